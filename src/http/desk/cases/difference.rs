//! What changes against the release that is public: rows added, removed and changed, with their cells.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};

use super::check::seen;
use super::grid::cut;
use super::{Head, PageResult, blocking, frame, opened, piped, writing};
use crate::http::app::App;
use crate::http::desk::frame::Frame;
use crate::http::desk::guard::Signed;
use crate::http::desk::page;
use crate::model::difference::{KeyKind, ReleaseDifference, ShownRecord, TableDifference};

/// Columns of a record that are shown.
const COLUMNS_SHOWN: usize = 12;

/// A table of records of one kind.
pub(super) struct Kind {
    pub(super) title: &'static str,
    pub(super) sign: &'static str,
    pub(super) count: u64,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<(u64, Vec<String>)>,
}

impl Kind {
    /// Whether there are more than are shown.
    pub(super) fn is_cut(&self) -> bool {
        (self.rows.len() as u64) < self.count
    }
}

/// A changed cell: key, row, column, before, after.
pub(super) struct CellLine {
    pub(super) key: String,
    pub(super) row: u64,
    pub(super) column: String,
    pub(super) before: String,
    pub(super) after: String,
}

/// The difference of one table.
pub(super) struct TablePart {
    pub(super) title: String,
    pub(super) key: String,
    pub(super) before: u64,
    pub(super) after: u64,
    pub(super) same: u64,
    pub(super) changed: u64,
    pub(super) columns: Vec<String>,
    pub(super) kinds: Vec<Kind>,
    pub(super) cells: Vec<CellLine>,
    pub(super) moved: u64,
}

#[derive(Template)]
#[template(path = "desk/cases/difference.html")]
struct Difference {
    frame: Frame,
    head: Head,
    parts: Vec<TablePart>,
    added: Vec<(String, u64)>,
    removed: Vec<(String, u64)>,
}

/// `GET /desk/cases/{id}/difference`.
pub(super) async fn show(State(app): State<Arc<App>>, signed: Signed, Path(id): Path<String>) -> PageResult {
    let own = signed.clone();
    let (case, seen) = blocking(&app, move |app| {
        let case = opened(app, &own, &id)?;
        let seen = seen(writing(app)?, case.id).map_err(piped)?;
        Ok((case, seen))
    })
    .await?;
    let found = seen.difference.unwrap_or_default();
    let template = Difference {
        frame: frame(&app, &signed, &case, "公開中との違い"),
        head: Head::new(&app, &case, "difference"),
        parts: parts(&found, &seen.columns, &case.about.title),
        added: found.added_tables.clone(),
        removed: found.removed_tables.clone(),
    };
    page(&template)
}

/// The parts of a page that shows a difference.
pub(super) fn parts(found: &ReleaseDifference, columns: &[(i32, Vec<String>)], title: &str) -> Vec<TablePart> {
    let only = found.tables.len() == 1;
    let part = |table: &TableDifference| {
        let names = columns.iter().find(|(position, _)| *position == table.position);
        let names = names.map_or(&[][..], |(_, names)| names.as_slice());
        let rows = |records: &[ShownRecord]| {
            let shown = |record: &ShownRecord| {
                let values = record.values.iter().take(COLUMNS_SHOWN);
                (record.row, values.map(|value| cut(value.as_deref().unwrap_or(""))).collect())
            };
            records.iter().map(shown).collect()
        };
        let kind = |title, sign, count, records: &[ShownRecord]| Kind {
            title,
            sign,
            count,
            columns: names.iter().take(COLUMNS_SHOWN).cloned().collect(),
            rows: rows(records),
        };
        let joined =
            |key: &[Option<String>]| key.iter().map(|own| own.as_deref().unwrap_or("")).collect::<Vec<_>>().join("・");
        let cells = table.examples.changed.iter().flat_map(|record| {
            record.cells.iter().map(move |cell| CellLine {
                key: cut(&joined(&record.key)),
                row: record.row_after,
                column: cell.column.clone(),
                before: cut(cell.before.as_deref().unwrap_or("")),
                after: cut(cell.after.as_deref().unwrap_or("")),
            })
        });
        let changed =
            |words: &str, names: &[String]| names.iter().map(|name| format!("{words}: {name}")).collect::<Vec<_>>();
        let mut columns = changed("増えた列", &table.columns_added);
        columns.extend(changed("なくなった列", &table.columns_removed));
        columns.extend(table.columns_retyped.iter().map(|own| format!("種類の変わった列: {}", own.column)));
        columns.extend(table.emptied.iter().map(|own| format!("空になった列: {}", own.column)));
        TablePart {
            title: if only { title.to_owned() } else { table.table.clone() },
            key: match table.key_kind {
                KeyKind::Standard | KeyKind::Found => format!("「{}」が同じ行を比べました。", table.key.join("」「")),
                KeyKind::Content => "行を見分ける列がないため、行の内容全体で比べました。".to_owned(),
            },
            before: table.before,
            after: table.after,
            same: table.same,
            changed: table.changed,
            columns,
            kinds: vec![
                kind("追加される行", "＋", table.added, &table.examples.added),
                kind("削除される行", "－", table.removed, &table.examples.removed),
            ],
            cells: cells.collect(),
            moved: table.geometry.moved,
        }
    };
    found.tables.iter().map(part).collect()
}
