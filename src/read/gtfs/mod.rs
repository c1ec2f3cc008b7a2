//! GTFS-JP (標準的なバス情報フォーマット, sheet 21): every text file of the feed is a table; stops are points, shapes are lines.

mod files;
mod references;
mod shapes;
mod table;

pub(super) use self::files::feed_folder;
use self::files::{FILES, File, Need};
use self::references::Keys;
use self::shapes::Shapes;
use self::table::Table;
use super::bundle::{ArchiveError, Budget, Named, Use, inside, listed, open, unpack, use_of};
use super::zip::{Archive, Entry};
use super::{ReadError, ReadLimits, RowSink, SourceFile, delimited};
use crate::model::finding::{Finding, FindingCode, Place};

/// Reads a feed. Memory: one file of it, its keys, and the vertices of its shapes.
pub(super) fn read(source: &SourceFile, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let bytes: &[u8] = &source.bytes;
    let archive = open(bytes, limits)?;
    let mut budget = Budget::new(bytes.len(), limits);
    let folder = folder(&archive);
    let mut keys = Keys::default();
    let mut is_first = true;
    for file in FILES {
        let Some(entry) = entry(&archive, &folder, file) else { continue };
        let bytes = unpack(&archive, entry, &mut budget)?;
        if is_first {
            tell_files(&archive, &folder, sink);
            is_first = false;
        }
        let inner = SourceFile { name: file.name.to_owned(), bytes: bytes.into(), companions: Vec::new() };
        if one(&inner, file, &mut keys, limits, sink)? {
            return Ok(());
        }
    }
    if is_first {
        return Err(ArchiveError::NoData { found: listed(&names(&archive)) }.into());
    }
    for entry in archive.entries().iter().filter(|entry| is_other(entry, &folder)) {
        let bytes = unpack(&archive, entry, &mut budget)?;
        let name = entry.name().to_owned();
        let inner = SourceFile { name: name.clone(), bytes: bytes.into(), companions: Vec::new() };
        let mut named = Named { sink: &mut *sink, name: name.clone(), is_stopped: false };
        match delimited::read(&inner, limits, &mut named) {
            Ok(()) | Err(ReadError::Empty) => {}
            Err(error) => return Err(inside(&name, error)),
        }
        if named.is_stopped {
            return Ok(());
        }
    }
    Ok(())
}

/// Whether an entry is a text file of the feed that neither GTFS nor GTFS-JP knows; it is read as any table.
fn is_other(entry: &Entry, folder: &str) -> bool {
    entry.name().strip_prefix(folder).is_some_and(|own| {
        let is_text = own.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("txt"));
        is_text && !own.contains('/') && use_of(own) == Use::Data && FILES.iter().all(|file| file.name != own)
    }) && !entry.is_link()
}

/// Reads one file; whether the sink wants no more.
fn one(
    inner: &SourceFile,
    file: &'static File,
    keys: &mut Keys,
    limits: &ReadLimits,
    sink: &mut dyn RowSink,
) -> Result<bool, ReadError> {
    let mut shapes = (file.name == shapes::NAME).then(Shapes::default);
    let mut table = Table::new(&mut *sink, file, keys, shapes.as_mut());
    let result = delimited::read(inner, limits, &mut table);
    let begun = table.has_begun();
    match result {
        // An empty file is as good as none.
        Err(ReadError::Empty) => {
            let place = Place { sheet: Some(file.name.to_owned()), ..Place::default() };
            sink.finding(Finding::new(FindingCode::GtfsFileMissing, place, file.name, file.columns.join(", ")));
            return Ok(false);
        }
        Err(error) => return Err(inside(file.name, error)),
        Ok(()) => {}
    }
    if begun {
        table.close();
    }
    let is_stopped = table.is_stopped;
    let (encoding, early) = (table.encoding().to_owned(), table.take_early());
    match shapes {
        Some(shapes) if begun => Ok(shapes.finish(&encoding, early, limits, sink)?.is_break()),
        _ => Ok(is_stopped),
    }
}

/// The folder that holds the feed; mostly none.
fn folder(archive: &Archive<'_>) -> String {
    feed_folder(&archive.names()).unwrap_or_default().to_owned()
}

fn entry<'a>(archive: &'a Archive<'_>, folder: &str, file: &File) -> Option<&'a Entry> {
    archive.entries().iter().find(|entry| entry.name().strip_prefix(folder) == Some(file.name) && !entry.is_link())
}

fn names(archive: &Archive<'_>) -> Vec<String> {
    archive.entries().iter().filter(|entry| !entry.is_folder()).map(|entry| entry.name().to_owned()).collect()
}

/// Which files are missing, and which are none of a feed.
fn tell_files(archive: &Archive<'_>, folder: &str, sink: &mut dyn RowSink) {
    use crate::model::finding::Severity;

    let has = |name: &str| FILES.iter().any(|file| file.name == name && entry(archive, folder, file).is_some());
    for file in FILES {
        if file.need == Need::Never || has(file.name) {
            continue;
        }
        let columns = file.columns.join(", ");
        let mut finding = Finding::new(FindingCode::GtfsFileMissing, Place::default(), file.name, columns);
        if file.need == Need::InJapan {
            finding.severity = Severity::Warning;
        }
        sink.finding(finding);
    }
    if !has("calendar.txt") && !has("calendar_dates.txt") {
        // Either says on which days a bus runs.
        let either = ["calendar.txt", "calendar_dates.txt"];
        let columns = FILES.iter().filter(|file| either.contains(&file.name)).map(|file| file.columns.join(", "));
        let columns = columns.collect::<Vec<_>>().join(" / ");
        sink.finding(Finding::new(FindingCode::GtfsFileMissing, Place::default(), &either.join(" / "), columns));
    }
    let is_known =
        |name: &String| name.strip_prefix(folder).is_some_and(|own| FILES.iter().any(|file| file.name == own));
    let read = |name: &String| archive.entries().iter().any(|entry| entry.name() == name && is_other(entry, folder));
    let others: Vec<String> = names(archive).into_iter().filter(|name| !is_known(name) && !read(name)).collect();
    if !others.is_empty() {
        sink.finding(Finding::new(FindingCode::EntryIgnored, Place::default(), &listed(&others), ""));
    }
}
