//! Pages of a table as it lies, put together of rows that are kept as they are sent.
//!
//! To ask the database for a hundred rows costs more than to send them. So rows are asked for by the block, every column
//! of them, and a page is cut out of one block or two.

use std::sync::Arc;

use super::search::rows;
use super::subject::Subject;
use crate::http::ckan::Call;
use crate::http::ckan::kept::Block;
use crate::http::ckan::records::{Form, Written, records};
use crate::http::problem::Problem;
use crate::store::rows::RowQuery;

/// Rows in a block: those of twelve columns are some 130 KB.
const ROWS: u64 = 512;
/// Cells in a block: of wide tables it has fewer rows.
const CELLS: u64 = 12_288;
/// Longest page that is put together; a longer one is asked of the database whole.
const LONGEST_PAGE: u64 = 1_024;

/// The `records` of a page with all columns in their order; `None` where it is none that is put together.
pub(super) fn page(
    call: &Call,
    subject: &Subject<'_>,
    query: &RowQuery,
    form: Form,
) -> Result<Option<String>, Problem> {
    let is_list = matches!(form, Form::Objects | Form::Lists);
    if !is_list || query.limit > LONGEST_PAGE || subject.list.is_some() {
        return Ok(None);
    }
    let table = subject.table.as_ref();
    let columns = table.shape.columns.len() as u64 + 1;
    let size = (CELLS / columns).clamp(1, ROWS);
    let last = query.offset.saturating_add(query.limit).min(table.records);
    let mut text = String::from("[");
    let mut at = query.offset;
    while at < last {
        let block = block(call, subject, form, (at / size, size))?;
        let first = index(at % size);
        let until = index((last - at / size * size).min(size));
        let (Some(begin), Some(end)) =
            (start_of(&block, first), until.checked_sub(1).and_then(|own| block.ends.get(own)))
        else {
            return Err(Problem::internal("reading rows", &"a block has fewer rows than its table"));
        };
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(block.json.get(begin..*end).unwrap_or_default());
        at = at / size * size + until as u64;
    }
    text.push(']');
    Ok(Some(text))
}

/// A row of a block, whose number is far below any bound of the machine.
fn index(row: u64) -> usize {
    usize::try_from(row).unwrap_or(usize::MAX)
}

/// Where a row begins: behind the bracket of the list, or the comma after the row before.
fn start_of(block: &Block, row: usize) -> Option<usize> {
    match row.checked_sub(1) {
        None => Some(1),
        Some(before) => block.ends.get(before).map(|end| end + 1),
    }
}

fn block(call: &Call, subject: &Subject<'_>, form: Form, (number, size): (u64, u64)) -> Result<Arc<Block>, Problem> {
    let table = subject.table.as_ref();
    let key = format!("{} {} {number}", table.record_table, form.name());
    if let Some(block) = call.published.answers.block(&key) {
        return Ok(block);
    }
    let columns: Vec<String> = table.shape.columns.iter().map(|column| column.name.clone()).collect();
    let query = RowQuery { columns: columns.clone(), limit: size, offset: number * size, ..RowQuery::default() };
    let page = rows(call, subject, &query)?;
    let wanted: Vec<String> = std::iter::once("_id".to_owned()).chain(columns).collect();
    let Written { json, ends } = records(&page, &wanted, &[], form)?;
    let block = Arc::new(Block { json, ends });
    call.published.answers.keep_block(key, &block);
    Ok(block)
}
