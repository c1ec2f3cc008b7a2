//! KMZ (OGC KML 2.2, annex C): a ZIP whose main file is `doc.kml`, or else the first KML in it.

use super::entries::ending;
use super::{ArchiveError, Budget, inside, listed, open, unpack};
use crate::model::finding::{Finding, FindingCode, Place};
use crate::read::kml;
use crate::read::{ReadError, ReadLimits, RowSink, SourceFile};

/// Reads the main file of a KMZ. Pictures and further KML, which the main file may link to, are named in a finding.
pub(in crate::read) fn read(source: &SourceFile, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let bytes: &[u8] = &source.bytes;
    let archive = open(bytes, limits)?;
    let mut budget = Budget::new(bytes.len(), limits);
    let files = || archive.entries().iter().filter(|entry| !entry.is_folder() && !entry.is_link());
    let all = || files().filter(|entry| ending(entry.name()) == "kml");
    let main = all().find(|entry| entry.name() == "doc.kml").or_else(|| all().next());
    let Some(main) = main else {
        let names: Vec<String> = files().map(|entry| entry.name().to_owned()).collect();
        return Err(ArchiveError::NoData { found: listed(&names) }.into());
    };
    let text = unpack(&archive, main, &mut budget)?;
    let others: Vec<String> =
        files().filter(|entry| entry.name() != main.name()).map(|entry| entry.name().to_owned()).collect();
    kml::read_text(&text, "KMZ", limits, sink).map_err(|error| inside(main.name(), error))?;
    if !others.is_empty() {
        sink.finding(Finding::new(FindingCode::EntryIgnored, Place::default(), &listed(&others), ""));
    }
    Ok(())
}
