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
    let table = dbf::Table::open(dbf, limits)?;
    if shapes.len() != table.len() {
        return Err(ReadError::CountMismatch { shapes: shapes.len() as u64, rows: table.len() as u64 });
    }
    if shapes.len() == 0 {
        return Err(ReadError::Empty);
    }
    let chosen = text::choose(&table, source.companion("cpg"));
    let columns: Vec<String> = table.fields.iter().map(|field| text::name(field.raw_name, chosen.encoding)).collect();
    if let Some((field, name)) = table.fields.iter().zip(&columns).find(|(field, _)| !b"CNFDLIO".contains(&field.kind))
    {
        return Err(ReadError::FieldUnsupported { field: name.clone(), kind: char::from(field.kind) });
    }
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
    let (mut vertices, mut deleted_rows) = (limits.vertices, 0_u64);
    let mut cells = RowCells::default();
    for index in 0..shapes.len() {
        let row = index as u64 + 1;
        let (record, deleted) = table.record(index);
        if deleted {
            deleted_rows += 1;
            continue;
        }
        let shape = shapes.shape(index, limits, &mut vertices)?;
        dbf::fill(&mut cells, &table, &columns, (record, row), &chosen, sink);
        if push(row, &cells.cells(), &shape, sink).is_break() {
            return Ok(());
        }
    }
    if deleted_rows > 0 {
        // dBASE only marks what is deleted; whoever downloads the original still finds it there.
        let found = format!("削除済みの行({deleted_rows}件)");
        sink.finding(Finding::new(FindingCode::HiddenContent, Place::default(), &found, ""));
    }
    Ok(())
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
