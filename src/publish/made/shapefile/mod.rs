//! Shapefiles (ESRI, July 1998) in one zip archive: `.shp`, `.shx`, `.dbf` in CP932, `.prj` and `.cpg` for each kind of
//! shape, a text that explains them, and the list of values that do not stand there as in the release.
//!
//! A Shapefile holds one kind of shape, so points, multi-points, lines and polygons of one table become files of their
//! own. Records without shape stand, as null shapes, in the file with the most. The parts of a collection stand in the
//! file of their kind, with its attributes.

use std::io::{self, BufReader, Seek as _, Write as _};

use tempfile::NamedTempFile;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::survey::survey;
use super::{MadeInput, Outcome, Pass, PublishError, each, failed, refused};
use crate::model::made::{Limit, MadeFormat};
use crate::model::time::japan_day;
use crate::store::objects::Objects;

mod dbf;
mod explain;
mod fields;
mod shape;
mod shp;

use dbf::Dbf;
use fields::Fields;
use shape::{Kind, parts};
use shp::Shp;

const FORMAT: MadeFormat = MadeFormat::Shapefile;

/// Longest file: programs that read Shapefiles count bytes with 31 bits.
pub(super) const SIZE_LIMIT_BYTES: u64 = (1 << 31) - 1;

/// JGD2011 in the words of ESRI.
const PRJ: &str = "GEOGCS[\"GCS_JGD_2011\",DATUM[\"D_JGD_2011\",SPHEROID[\"GRS_1980\",6378137.0,298.257222101]],\
    PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]]";
const CPG: &str = "932";

/// One Shapefile under way.
struct Files {
    kind: Kind,
    base: String,
    shp: Shp,
    dbf: Dbf,
}

pub(super) fn make(
    input: &MadeInput<'_>,
    objects: &Objects,
    pass: &Pass<'_>,
    size_limit_bytes: u64,
) -> Result<Outcome, PublishError> {
    let survey = survey(input, pass)?;
    let fields = Fields::of(input.shape, &survey.columns).map_err(|limit| refused(FORMAT, limit))?;
    let kinds = Kind::present(&survey.kinds);
    let main = Kind::most_frequent(&survey.kinds);
    let mut files = Vec::new();
    for kind in &kinds {
        let key = input.shape.key.as_str();
        let base = if kinds.len() == 1 { key.to_owned() } else { format!("{key}_{}", kind.name()) };
        let shp = Shp::begin(objects, *kind).map_err(failed(FORMAT))?;
        let dbf = Dbf::begin(objects, &fields, input.released).map_err(failed(FORMAT))?;
        files.push(Files { kind: *kind, base, shp, dbf });
    }
    let mut changes = explain::changes(objects).map_err(failed(FORMAT))?;
    each(input, pass, |rows| {
        for row in 0..rows.len() {
            let found = parts(rows.geometry(row));
            for own in &mut files {
                let shape = found.of(own.kind);
                let is_null = rows.geometry(row).is_none() && own.kind == main;
                if shape.is_none() && !is_null {
                    continue;
                }
                own.shp.write(shape.as_ref()).map_err(failed(FORMAT))?;
                let number = own.dbf.write(&fields, rows, row).map_err(failed(FORMAT))?;
                for change in own.dbf.changes() {
                    changes
                        .cell(&[&own.base, &number.to_string(), &change.column, change.reason, &change.value])
                        .map_err(failed(FORMAT))?;
                }
                if own.shp.size_bytes() > size_limit_bytes || own.dbf.size_bytes() > size_limit_bytes {
                    return Err(refused(FORMAT, Limit::FileSize));
                }
            }
        }
        Ok(())
    })?;
    // What is in collections was not known before; a file that nothing came into is left out.
    let any = files.iter().any(|own| own.dbf.records() > 0);
    files.retain(|own| if any { own.dbf.records() > 0 } else { own.kind == main });
    let changed_cells = changes.cells;
    let changes = changes.end().map_err(failed(FORMAT))?;
    let told: Vec<explain::Told> = files
        .iter()
        .map(|own| explain::Told { base: own.base.clone(), kind: own.kind, records: own.dbf.records() })
        .collect();
    let text = explain::text(input, &fields, &told, &survey.kinds, main, changed_cells);
    let file = packed(input, objects, files, &text, changes).map_err(failed(FORMAT))?;
    Ok(Outcome { file, changed_cells, note: None })
}

/// Puts all files into the archive.
fn packed(
    input: &MadeInput<'_>,
    objects: &Objects,
    files: Vec<Files>,
    text: &str,
    changes: Option<NamedTempFile>,
) -> io::Result<NamedTempFile> {
    let mut zip = ZipWriter::new(io::BufWriter::with_capacity(256 << 10, objects.temporary()?));
    let day = japan_day(input.released);
    let number = |part: i8| u8::try_from(part).unwrap_or(1);
    let year = u16::try_from(day.year()).unwrap_or(0);
    let at = zip::DateTime::from_date_and_time(year, number(day.month()), number(day.day()), 0, 0, 0);
    let at = at.unwrap_or_default();
    let options = SimpleFileOptions::default().last_modified_time(at).unix_permissions(0o644);
    let whole = |zip: &mut ZipWriter<_>, name: &str, mut file: NamedTempFile| -> io::Result<()> {
        file.rewind()?;
        zip.start_file(name, options)?;
        io::copy(&mut BufReader::with_capacity(256 << 10, file), zip)?;
        Ok(())
    };
    zip.start_file(explain::TEXT, options)?;
    zip.write_all(text.as_bytes())?;
    if let Some(changes) = changes {
        whole(&mut zip, explain::CHANGES, changes)?;
    }
    for Files { base, shp, dbf, .. } in files {
        let (shp, shx) = shp.end()?;
        whole(&mut zip, &format!("{base}.shp"), shp)?;
        whole(&mut zip, &format!("{base}.shx"), shx)?;
        whole(&mut zip, &format!("{base}.dbf"), dbf.end()?)?;
        for (ending, content) in [("prj", PRJ), ("cpg", CPG)] {
            zip.start_file(format!("{base}.{ending}"), options)?;
            zip.write_all(content.as_bytes())?;
        }
    }
    zip.finish()?.into_inner().map_err(io::IntoInnerError::into_error)
}
