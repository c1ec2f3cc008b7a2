//! Parquet and GeoParquet, one row group at a time.
//!
//! The library decodes; what it would believe without looking (lengths, counts, nesting, sizes of pages) is held against
//! the bytes before (`footer`), and a panic of it refuses the file.

mod footer;
mod geo;
mod native;
mod projjson;
mod thrift;
mod values;

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow::array::{Array as _, RecordBatch};
use arrow::datatypes::{DataType, Schema};
use bytes::Bytes;
use geo_types::Geometry;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::LogicalType;

use self::footer::broken;
use self::geo::{Encoding, Geo};
use self::values::{Form, Found, SEPARATOR};
use super::cells::RowCells;
use super::geo_error::GeoError;
use super::geometry_row::{Fault, Tally, push};
use super::{ReadError, ReadLimits, RowSink, SourceFile, TableHead, wkb};
use crate::model::finding::{Finding, FindingCode, Place};

/// Rows decoded at once: some hundred kilobytes of a municipal table.
const BATCH_ROWS: usize = 1_024;

/// Runs the library; a panic of it is a broken file.
fn guarded<T>(run: impl FnOnce() -> Result<T, parquet::errors::ParquetError>) -> Result<T, ReadError> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            Err(broken(error.to_string().chars().filter(|c| !c.is_control()).take(120).collect::<String>()))
        }
        Err(_) => Err(broken("the data contradict their description / データが記述と一致しません")),
    }
}

/// The columns that are read, by their place in the file.
struct Plan {
    columns: Vec<Planned>,
    geo: Option<Geo>,
}

struct Planned {
    /// The column, and the members of structures that lead to the value.
    path: Vec<usize>,
    name: String,
    form: Form,
}

/// Reads Parquet. Memory: the file once more, the pages of one row group as they are unpacked, 1,024 rows.
pub(super) fn read(source: &SourceFile, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let bytes: &[u8] = &source.bytes;
    let footer_at = footer::check(bytes, limits)?;
    let shared = Bytes::copy_from_slice(bytes);
    // The Arrow schema some writers add is a buffer of its own that says nothing the file does not.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let loaded = guarded(|| ArrowReaderMetadata::load(&shared, options))?;
    footer::check_pages(bytes, footer_at, loaded.metadata(), limits)?;
    let geo = geo::find(loaded.metadata(), loaded.schema())?;
    let (plan, told) = plan(&loaded, geo, limits)?;
    let total = loaded.metadata().file_metadata().num_rows();
    if total == 0 {
        return Err(ReadError::Empty);
    }
    let head = TableHead {
        name: None,
        columns: Some(plan.columns.iter().map(|column| column.name.clone()).collect()),
        crs: plan.geo.as_ref().map(|geo| geo.crs.clone()),
        encoding: String::new(),
        format: if plan.geo.is_some() { "GeoParquet" } else { "Parquet" },
    };
    if sink.table(&head).is_break() {
        return Ok(());
    }
    for (code, name, reason) in told {
        sink.finding(Finding::new(code, Place::default(), &name, reason));
    }
    rows(&shared, &loaded, &plan, limits, sink)
}

/// What is said of a column: the code, its name, what is expected or the reason.
type Told = (FindingCode, String, &'static str);

/// Which columns become cells, and what is said of those that do not, or not as they are. A structure becomes a column
/// for each of its members, named `structure.member`.
fn plan(loaded: &ArrowReaderMetadata, geo: Option<Geo>, limits: &ReadLimits) -> Result<(Plan, Vec<Told>), ReadError> {
    let schema: &Schema = loaded.schema();
    let (mut columns, mut told) = (Vec::new(), Vec::new());
    let uuids: Vec<&str> = loaded
        .parquet_schema()
        .columns()
        .iter()
        .filter(|leaf| matches!(leaf.logical_type_ref(), Some(LogicalType::Uuid)) && leaf.path().parts().len() == 1)
        .map(|leaf| leaf.name())
        .collect();
    for (at, field) in schema.fields().iter().enumerate() {
        let name = field.name().clone();
        if geo.as_ref().is_some_and(|geo| geo.column == at || geo.boxes.contains(&at)) {
            continue;
        }
        if geo.as_ref().is_some_and(|geo| geo.others.contains(&at)) {
            let reason = "図形の列は1列だけを取り込みます / only one column of geometry is taken";
            told.push((FindingCode::ColumnSkipped, name, reason));
        } else if uuids.contains(&name.as_str()) {
            columns.push(Planned { path: vec![at], name, form: Form::Uuid });
        } else {
            unfold(field.data_type(), vec![at], name, &mut columns, &mut told);
        }
        if columns.len() > limits.columns {
            return Err(ReadError::TooManyColumns { row: 0, found: columns.len(), limit: limits.columns });
        }
    }
    Ok((Plan { columns, geo }, told))
}

/// The columns of a value. The depth is bounded by that of the schema.
fn unfold(kind: &DataType, path: Vec<usize>, name: String, columns: &mut Vec<Planned>, told: &mut Vec<Told>) {
    if let DataType::Struct(members) = kind
        && !members.is_empty()
    {
        if path.len() == 1 {
            told.push((FindingCode::JsonFlattened, name.clone(), ""));
        }
        for (at, member) in members.iter().enumerate() {
            let path = path.iter().copied().chain([at]).collect();
            unfold(member.data_type(), path, format!("{name}.{}", member.name()), columns, told);
        }
        return;
    }
    let form = Form::of(kind);
    match form {
        Form::None => {
            let reason = "期間などの型には対応していません / durations and the like are not read";
            told.push((FindingCode::ColumnSkipped, name, reason));
            return;
        }
        Form::List => told.push((FindingCode::ListJoined, name.clone(), SEPARATOR)),
        Form::Json => told.push((FindingCode::NestedKept, name.clone(), "")),
        Form::Plain | Form::Uuid => {}
    }
    columns.push(Planned { path, name, form });
}

fn rows(
    shared: &Bytes,
    loaded: &ArrowReaderMetadata,
    plan: &Plan,
    limits: &ReadLimits,
    sink: &mut dyn RowSink,
) -> Result<(), ReadError> {
    let mut tally = Tally::new(limits);
    let (mut cells, mut number) = (RowCells::default(), 0_u64);
    for group in 0..loaded.metadata().num_row_groups() {
        let mut reader = guarded(|| {
            ParquetRecordBatchReaderBuilder::new_with_metadata(shared.clone(), loaded.clone())
                .with_row_groups(vec![group])
                .with_batch_size(BATCH_ROWS)
                .build()
        })?;
        loop {
            let next = guarded(|| reader.next().transpose().map_err(Into::into))?;
            let Some(batch) = next else { break };
            for row in 0..batch.num_rows() {
                number += 1;
                fill(&mut cells, &batch, plan, (row, number), limits, sink)?;
                let geometry = match &plan.geo {
                    None => Ok(None),
                    Some(geo) => geometry(&batch, geo, row, &mut tally),
                };
                if push((number, None), &cells, geometry, (&mut tally, limits), sink)?.is_break() {
                    return Ok(());
                }
            }
        }
    }
    let announced = u64::try_from(loaded.metadata().file_metadata().num_rows()).unwrap_or(u64::MAX);
    if announced != number {
        return Err(GeoError::CountWrong { announced, found: number }.into());
    }
    tally.tell(None, sink);
    Ok(())
}

fn fill(
    cells: &mut RowCells,
    batch: &RecordBatch,
    plan: &Plan,
    (row, number): (usize, u64),
    limits: &ReadLimits,
    sink: &mut dyn RowSink,
) -> Result<(), ReadError> {
    cells.reset(plan.columns.len());
    for (index, column) in plan.columns.iter().enumerate() {
        let found = values::at(batch.columns(), &column.path, row, column.form);
        let told = match &found {
            Found::Binary(count) => Some((FindingCode::ValueBinary, count.to_string())),
            Found::NotFinite(text) => Some((FindingCode::NumberInvalid, text.clone())),
            Found::Text(text) | Found::Unjoined(text) if text.len() > limits.cell_bytes => {
                return Err(ReadError::CellTooLong { row: number, limit_bytes: limits.cell_bytes });
            }
            Found::Unjoined(text) => Some((FindingCode::ListUnjoined, text.clone())),
            _ => None,
        };
        if let Some((code, text)) = told {
            let place = Place { sheet: None, row: Some(number), column: Some(column.name.clone()), ..Place::default() };
            let expected = if code == FindingCode::ListUnjoined { SEPARATOR } else { "" };
            sink.finding(Finding::new(code, place, &text, expected));
        }
        values::set(cells, index, &found);
    }
    Ok(())
}

fn geometry(batch: &RecordBatch, geo: &Geo, row: usize, tally: &mut Tally) -> Result<Option<Geometry<f64>>, Fault> {
    let array = batch.column(geo.column);
    match geo.encoding {
        Encoding::Native(kind) => native::read(array, row, kind, tally),
        Encoding::Wkb if array.is_null(row) => Ok(None),
        Encoding::Wkb => match values::binary(array, row) {
            Some([]) => Ok(None),
            Some(bytes) => wkb::read(bytes, tally),
            None => Err(Fault::broken(format!("geometry: {}", array.data_type()))),
        },
    }
}
