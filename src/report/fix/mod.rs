//! The records of a file as the standard's own CSV and XLSX, ready to be published or mended further.
//!
//! The columns are those of the standard sheet in its order, then the file's own. Values are the repaired ones; what
//! could not be repaired stays as found. Rows that were refused and repairs that are only proposed are listed beside it,
//! so that nothing is lost silently. A table of no sheet keeps its columns and values as published. Reading the result
//! again finds nothing that was repairable.
//!
//! Lines and polygons have no place in a table that people open in a spreadsheet: such a table is not written, and the
//! outcome says so.

mod lists;
mod table;

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::model::code::MunicipalityCode;
use crate::normalize::TableBegun;
use crate::pipeline::frames::Frame;
use crate::schema::Schemas;

use super::{FileReport, ReportError};
use table::Table;

/// Which files are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forms {
    /// CSV, UTF-8 with byte order mark.
    pub csv: bool,
    /// XLSX.
    pub xlsx: bool,
}

/// Where the files of one source go.
#[derive(Debug, Clone)]
pub struct Into<'a> {
    /// The folder, which must be there.
    pub folder: &'a Path,
    /// The name of the files without its ending; `None` = the standard's file name where known, else the source's own.
    pub stem: Option<&'a str>,
    /// Which files are written.
    pub forms: Forms,
    /// Whether files that are there may be replaced.
    pub force: bool,
    /// Files that are never replaced: the sources.
    pub sources: &'a [PathBuf],
}

/// Takes the records of one source while they come.
pub struct Fix<'a> {
    into: Into<'a>,
    source_stem: String,
    publisher: Option<MunicipalityCode>,
    tables: Vec<(String, Table)>,
    failed: Option<ReportError>,
}

/// What became of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// The files written.
    pub files: Vec<PathBuf>,
    /// What was not written, and why, in Japanese and English.
    pub left_out: Vec<(String, String)>,
}

impl<'a> Fix<'a> {
    /// A taker for a source of this stem.
    pub fn new(into: Into<'a>, source_stem: String, publisher: Option<MunicipalityCode>) -> Self {
        Self { into, source_stem, publisher, tables: Vec::new(), failed: None }
    }

    /// Sees one frame of the source. The first failure is kept and told by [`Self::finish`].
    pub fn see(&mut self, frame: &Frame) {
        if self.failed.is_some() {
            return;
        }
        let seen = match frame {
            Frame::Table(begun) => Table::begin(begun, self.into.forms, self.into.folder)
                .map(|table| self.tables.push((self.stem(begun), table))),
            Frame::Batch(bytes) => match self.tables.last_mut() {
                Some((_, table)) => table.batch(bytes),
                None => Ok(()),
            },
            _ => Ok(()),
        };
        self.failed = seen.err();
    }

    /// The name of a table's files without ending.
    fn stem(&self, begun: &TableBegun) -> String {
        if let Some(stem) = self.into.stem {
            return stem.to_owned();
        }
        let sheet = begun.shape.sheet.as_ref().and_then(|sheet| Schemas::bundled().sheet(&sheet.number));
        match (sheet, self.publisher) {
            (Some(sheet), Some(code)) => format!("{code}_{}", sheet.slug),
            _ => self.source_stem.clone(),
        }
    }

    /// Puts the files in their places. Nothing is written of a source that was refused.
    ///
    /// # Errors
    /// Where a file is in the way or cannot be written; then nothing of this source was put in place.
    pub fn finish(self, report: &FileReport, taken: &mut HashSet<PathBuf>) -> Result<Fixed, ReportError> {
        let Self { into, source_stem, tables, failed, .. } = self;
        if let Some(error) = failed {
            return Err(error);
        }
        let mut fixed = Fixed { files: Vec::new(), left_out: Vec::new() };
        if let Some(refusal) = &report.refused {
            fixed.left_out.push((refusal.message_ja.clone(), refusal.message_en.clone()));
            return Ok(fixed);
        }
        let mut ready: Vec<(NamedTempFile, PathBuf)> = Vec::new();
        let mut names = taken.clone();
        for ((stem, table), told) in tables.into_iter().zip(&report.tables) {
            let name = free_name(&stem, &source_stem, into.folder, into.forms, &names);
            names.extend([".csv", ".xlsx"].map(|ending| into.folder.join(format!("{name}{ending}"))));
            let path = |ending: &str| into.folder.join(format!("{name}{ending}"));
            let done = table.finish()?;
            if let Some(why) = done.left_out {
                fixed.left_out.push(why);
                continue;
            }
            let forms = [(done.csv, ".csv"), (done.xlsx, ".xlsx")];
            ready.extend(forms.into_iter().filter_map(|(file, ending)| Some((file?, path(ending)))));
            if let Some(why) = done.xlsx_left_out {
                fixed.left_out.push(why);
            }
            let refused = lists::refused(told, into.folder)?.map(|file| (file, path("_refused.csv")));
            let proposed = lists::proposals(told, into.folder)?.map(|file| (file, path("_proposals.csv")));
            ready.extend(refused.into_iter().chain(proposed));
        }
        for (_, path) in &ready {
            may_write(path, into.force, into.sources).map_err(ReportError::file(path))?;
        }
        for (file, path) in ready {
            persist(file, &path, into.force)?;
            taken.insert(path.clone());
            fixed.files.push(path);
        }
        Ok(fixed)
    }
}

/// A stem whose files no other table of this run has: the wanted one, then one with the source's own name, then numbers.
fn free_name(wanted: &str, source: &str, folder: &Path, forms: Forms, taken: &HashSet<PathBuf>) -> String {
    let ending = if forms.csv { ".csv" } else { ".xlsx" };
    let is_free = |stem: &str| !taken.contains(&folder.join(format!("{stem}{ending}")));
    if is_free(wanted) {
        return wanted.to_owned();
    }
    let with_source = format!("{wanted}_{source}");
    if wanted != source && is_free(&with_source) {
        return with_source;
    }
    (2..=u32::MAX).map(|number| format!("{wanted}-{number}")).find(|stem| is_free(stem)).unwrap_or(with_source)
}

/// Whether a file may be written here: never over a source, and over another file only by force.
///
/// # Errors
/// `AlreadyExists` with a sentence where not.
pub fn may_write(path: &Path, force: bool, sources: &[PathBuf]) -> io::Result<()> {
    let Ok(target) = fs::canonicalize(path) else { return Ok(()) };
    let is_source = sources.iter().any(|source| fs::canonicalize(source).is_ok_and(|source| source == target));
    let reason = if is_source {
        "this is a file being checked and is never overwritten / 検査するファイルには上書きしません"
    } else if target.is_dir() {
        "this is a folder / フォルダです"
    } else if !force {
        "the file is there already; use --force to replace it / すでにあります(上書きは --force)"
    } else {
        return Ok(());
    };
    Err(io::Error::new(io::ErrorKind::AlreadyExists, reason))
}

/// Gives a finished file its name; it appears whole or not at all.
///
/// # Errors
/// Where a file is in the way or the folder cannot be written.
pub fn persist(file: NamedTempFile, path: &Path, force: bool) -> Result<(), ReportError> {
    // Temporary files are private; what a person asked for has the usual rights.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let rights = fs::Permissions::from_mode(0o644);
        file.as_file().set_permissions(rights).map_err(ReportError::file(path))?;
    }
    let persisted = if force { file.persist(path) } else { file.persist_noclobber(path) };
    persisted.map(drop).map_err(|error| ReportError::file(path)(error.error))
}
