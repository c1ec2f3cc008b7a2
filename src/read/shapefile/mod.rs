//! Shapefile: `.shp` with its `.dbf`, and `.prj` and `.cpg` where they are there. The `.shx` is not needed.

mod dbf;
mod rings;
mod shp;
mod text;

use self::shp::Shape;
use super::cells::RowCells;
use super::{Cell, Crs, ReadError, ReadLimits, Row, RowSink, SourceFile, TableHead, control, crs};
use crate::model::finding::{Finding, FindingCode, Place};

/// Reads a Shapefile. Everything that can show it to be incomplete is checked before the first row.
/// Memory: the file, 16 bytes for each record, and one geometry at a time.
pub(super) fn read(source: &SourceFile, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let dbf = source.companion("dbf").ok_or(ReadError::CompanionMissing { extension: "dbf" })?;
    let shapes = shp::Shapes::open(&source.bytes, limits)?;
    let mut table = dbf::Table::open(dbf, limits)?;
    if shapes.len() != table.len() {
        return Err(ReadError::CountMismatch { shapes: shapes.len() as u64, rows: table.len() as u64 });
    }
    if shapes.len() == 0 {
        return Err(ReadError::Empty);
    }
    let chosen = text::choose(&table, source.companion("cpg"));
    let skipped = table.leave_out_unread();
    let skipped: Vec<(String, char)> =
        skipped.iter().map(|field| (text::name(field.raw_name, chosen.encoding), char::from(field.kind))).collect();
    let columns: Vec<String> = table.fields.iter().map(|field| text::name(field.raw_name, chosen.encoding)).collect();
    let crs = source.companion("prj").map_or(Crs::Missing, crs::from_prj);
    let head = TableHead {
        name: None,
        columns: Some(columns.clone()),
        crs: Some(crs),
        encoding: chosen.name.to_owned(),
        format: "Shapefile",
    };
    if sink.table(&head).is_break() {
        return Ok(());
    }
    whole_file_findings(&chosen, sink);
    for (column, kind) in &skipped {
        let place = Place { column: Some(column.clone()), ..Place::default() };
        sink.finding(Finding::new(FindingCode::ColumnSkipped, place, column, left_out(*kind)));
    }
    let (mut vertices, mut deleted_rows, mut with_heights) = (limits.file_vertices, 0_u64, 0_u64);
    let mut cells = RowCells::default();
    for index in 0..shapes.len() {
        let row = index as u64 + 1;
        let (record, deleted) = table.record(index);
        if deleted {
            deleted_rows += 1;
            continue;
        }
        let shape = shapes.shape(index, limits, &mut vertices)?;
        with_heights += u64::from(shapes.has_heights(index) && matches!(shape, Shape::Geometry(..)));
        dbf::fill(&mut cells, &table, &columns, (record, row), &chosen, sink);
        if push(row, &cells.cells(), &shape, sink).is_break() {
            return Ok(());
        }
    }
    if with_heights > 0 {
        sink.finding(Finding::new(FindingCode::HeightDropped, Place::default(), &with_heights.to_string(), ""));
    }
    if deleted_rows > 0 {
        // dBASE only marks what is deleted; whoever downloads the original still finds it there.
        let found = format!("削除済みの行({deleted_rows}件)");
        let en = format!("rows marked as deleted ({deleted_rows})");
        sink.finding(Finding::new(FindingCode::HiddenContent, Place::default(), &found, en));
    }
    Ok(())
}

/// Why a column of this kind is left out.
fn left_out(kind: char) -> String {
    match kind {
        'M' => "メモ型の値は別のファイル(.dbt)にあります。文字列型にしてください / memo values lie in a .dbt; use text"
            .to_owned(),
        'G' | 'P' | 'B' | 'W' | 'Q' => format!("画像などの埋め込み({kind}) / embedded objects ({kind})"),
        kind => {
            let kind = if kind.is_ascii_graphic() { kind } else { '?' };
            format!("対応していない型({kind})。文字列型または数値型にしてください / type {kind}; use text or number")
        }
    }
}

fn whole_file_findings(chosen: &text::Chosen, sink: &mut dyn RowSink) {
    sink.finding(Finding::new(FindingCode::EncodingFound, Place::default(), chosen.name, ""));
    if let Some(declared) = &chosen.declared_wrongly {
        let code = FindingCode::EncodingDeclaredWrong;
        sink.finding(Finding::new(code, Place::default(), chosen.name, declared.as_str()));
    }
}

fn push(row: u64, cells: &[Cell<'_>], shape: &Shape, sink: &mut dyn RowSink) -> std::ops::ControlFlow<()> {
    let place = Place { row: Some(row), ..Place::default() };
    let geometry = match shape {
        Shape::Geometry(geometry, left_out) => {
            if *left_out > 0 {
                let found = format!("長さや面積のない部分{left_out}個");
                sink.finding(Finding::new(FindingCode::GeometryRepaired, place, &found, ""));
            }
            Some(geometry)
        }
        // Whoever places the row tells that it has no place.
        Shape::Empty => None,
        Shape::NotFinite(found) => {
            sink.finding(Finding::new(FindingCode::GeometryNotFinite, place, found, ""));
            None
        }
        Shape::Broken(detail) => {
            let reason = Finding::new(FindingCode::FeatureBroken, place, detail, "");
            return sink.refused(row, reason, cells.iter().map(|cell| cell.text().to_owned()).collect());
        }
    };
    control::tell(row, None, cells, sink);
    sink.row(&Row { number: row, cells, geometry })
}
