//! Archives of data files: ZIP with one level of ZIP inside, KMZ, and gzip of one file.
//!
//! Names in an archive are text: nothing is ever written under them. All data files are read, or the archive is refused
//! with the name of the file that cannot be; what is no data is named in a finding.

mod entries;
mod error;
mod gzip;
mod inner;
mod kmz;

use std::collections::{BTreeMap, HashMap};

pub(super) use self::entries::{Use, use_of};
use self::entries::{base, ending, is_table_text, stem};
pub use self::error::ArchiveError;
pub(super) use self::gzip::read as read_gzip;
use self::inner::Counted;
pub(super) use self::inner::Named;
pub(super) use self::kmz::read as read_kmz;
use super::zip::{Archive, Entry, ZipError};
use super::{FileFormat, ReadError, ReadLimits, RowSink, SourceFile, sniff};
use crate::model::finding::{Finding, FindingCode, Place};

/// Unpacked bytes below which the ratio is not looked at: small files of blanks pack extremely well.
const RATIO_FREE_BYTES: usize = 16 << 20;

/// Names listed in the finding of what is no data.
const NAMES_LISTED: usize = 20;

/// Archives in an archive that are opened.
const DEPTH: usize = 1;

/// Bytes that may still be unpacked.
pub(super) struct Budget {
    left: usize,
    limit: usize,
}

impl Budget {
    /// The budget of one file of this many bytes.
    pub(super) fn new(bytes: usize, limits: &ReadLimits) -> Self {
        let by_ratio = bytes.saturating_mul(limits.unpack_ratio).max(RATIO_FREE_BYTES);
        let limit = limits.unpacked_bytes.min(by_ratio);
        Self { left: limit, limit }
    }

    fn take(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes);
    }
}

/// Opens an archive and refuses what programs read differently.
pub(super) fn open<'a>(bytes: &'a [u8], limits: &ReadLimits) -> Result<Archive<'a>, ReadError> {
    let archive = Archive::open(bytes, limits.zip_entries).map_err(|error| refusal(&error, 0))?;
    if let Some(name) = archive.twice() {
        return Err(ArchiveError::EntryTwice { name: name.to_owned() }.into());
    }
    archive.check().map_err(|error| refusal(&error, 0))?;
    Ok(archive)
}

/// Unpacks an entry under the budget of its archive.
pub(super) fn unpack(archive: &Archive<'_>, entry: &Entry, budget: &mut Budget) -> Result<Vec<u8>, ReadError> {
    let bytes = archive.unpack(entry, budget.left).map_err(|error| {
        let error = refusal(&error, budget.limit);
        match error {
            ReadError::Archive(ArchiveError::TooLarge { .. }) => error,
            other => inside(entry.name(), other),
        }
    })?;
    budget.take(bytes.len());
    Ok(bytes)
}

fn refusal(error: &ZipError, limit_bytes: usize) -> ReadError {
    match error {
        ZipError::Encrypted => ReadError::Encrypted,
        ZipError::TooManyEntries { limit } => ReadError::TooManyParts { what: "entries", limit: *limit },
        ZipError::TooLarge { .. } => ArchiveError::TooLarge { limit_bytes }.into(),
        other => ArchiveError::Broken { detail: other.to_string() }.into(),
    }
}

/// The refusal of an archive for a file inside.
pub(super) fn inside(name: &str, error: ReadError) -> ReadError {
    let name = name.chars().filter(|letter| !letter.is_control()).take(200).collect();
    ArchiveError::Inside { name, error: Box::new(error) }.into()
}

/// One data file of an archive: its entry and those that belong to it.
struct Member<'a> {
    main: &'a Entry,
    companions: Vec<(String, &'a Entry)>,
}

/// Reads a ZIP of data files.
pub(super) fn read(
    source: &SourceFile,
    limits: &ReadLimits,
    depth: usize,
    sink: &mut dyn RowSink,
) -> Result<(), ReadError> {
    let bytes: &[u8] = &source.bytes;
    let mut budget = Budget::new(bytes.len(), limits);
    let mut bundle = Bundle { limits, depth, tables: 0 };
    bundle.read(bytes, &mut budget, sink)?;
    Ok(())
}

struct Bundle<'l> {
    limits: &'l ReadLimits,
    depth: usize,
    tables: u64,
}

impl Bundle<'_> {
    fn read(&mut self, bytes: &[u8], budget: &mut Budget, sink: &mut dyn RowSink) -> Result<(), ReadError> {
        let archive = open(bytes, self.limits)?;
        let (members, mut ignored) = members(&archive)?;
        let mut left_out = self.same_again(&archive, &members, budget)?;
        for (at, member) in members.iter().enumerate() {
            if left_out.contains_key(&at) {
                continue;
            }
            let name = member.main.name();
            let file = Self::take_out(&archive, member, budget)?;
            if is_no_data(name, &file) {
                ignored.push(name.to_owned());
                continue;
            }
            let mut named = Named { sink: &mut *sink, name: name.to_owned(), is_stopped: false };
            let result = match sniff(&file) {
                Some(FileFormat::Zip | FileFormat::Gzip) if self.depth >= DEPTH => {
                    return Err(ArchiveError::TooDeep { name: name.to_owned() }.into());
                }
                _ => super::read_within(&file, self.limits, self.depth + 1, &mut named),
            };
            let is_stopped = named.is_stopped;
            result.map_err(|error| inside(name, error))?;
            self.tables += 1;
            if is_stopped {
                return Ok(());
            }
        }
        if self.tables == 0 {
            let found = listed(&ignored);
            return Err(ArchiveError::NoData { found }.into());
        }
        if !ignored.is_empty() {
            sink.finding(Finding::new(FindingCode::EntryIgnored, Place::default(), &listed(&ignored), ""));
        }
        let mut again: Vec<(usize, String)> = left_out.drain().collect();
        again.sort_unstable();
        for (at, kept) in again {
            let name = members.get(at).map_or("", |member| member.main.name());
            sink.finding(Finding::new(FindingCode::SameDataAgain, Place::default(), name, kept));
        }
        Ok(())
    }

    fn take_out(archive: &Archive<'_>, member: &Member<'_>, budget: &mut Budget) -> Result<SourceFile, ReadError> {
        let bytes = unpack(archive, member.main, budget)?.into();
        let mut companions = Vec::with_capacity(member.companions.len());
        for (ending, entry) in &member.companions {
            companions.push((ending.clone(), unpack(archive, entry, budget)?.into()));
        }
        Ok(SourceFile { name: base(member.main.name()).to_owned(), bytes, companions })
    }

    /// Files of one name in several formats of maps, as 国土数値情報 packs them (Shapefile, GeoJSON and GML of the same
    /// areas): where they have as many features, the first of them stands for all. By their place: the name of the one
    /// that is read.
    fn same_again(
        &self,
        archive: &Archive<'_>,
        members: &[Member<'_>],
        budget: &mut Budget,
    ) -> Result<HashMap<usize, String>, ReadError> {
        const ORDER: [&str; 6] = ["geojson", "shp", "gml", "xml", "kml", "json"];
        let mut by_stem: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, member) in members.iter().enumerate() {
            let name = member.main.name();
            if ORDER.contains(&ending(name).as_str()) {
                by_stem.entry(base(&stem(name)).to_owned()).or_default().push(at);
            }
        }
        let mut left_out = HashMap::new();
        for group in by_stem.into_values().filter(|group| group.len() > 1) {
            let mut counted: Vec<(usize, usize, u64)> = Vec::new();
            for at in group {
                let Some(member) = members.get(at) else { continue };
                let own = ending(member.main.name());
                let place = ORDER.iter().position(|known| *known == own).unwrap_or(ORDER.len());
                let file = Self::take_out(archive, member, budget)?;
                let mut count = Counted::default();
                super::read_within(&file, self.limits, self.depth + 1, &mut count)
                    .map_err(|error| inside(member.main.name(), error))?;
                if count.tables == 1 {
                    counted.push((place, at, count.rows));
                }
            }
            counted.sort_unstable();
            let Some((first_place, first, rows)) = counted.first().copied() else { continue };
            let kept = members.get(first).map_or("", |member| member.main.name());
            for (place, at, others) in counted.into_iter().skip(1) {
                if others == rows && place != first_place {
                    left_out.insert(at, kept.to_owned());
                }
            }
        }
        Ok(left_out)
    }
}

/// Whether an unpacked file is none of data after all.
fn is_no_data(name: &str, file: &SourceFile) -> bool {
    let bytes: &[u8] = &file.bytes;
    match sniff(file) {
        Some(FileFormat::Pdf | FileFormat::Image | FileFormat::OfficeDocument | FileFormat::Html) => true,
        Some(FileFormat::Delimited) if matches!(ending(name).as_str(), "txt" | "") => !is_table_text(bytes),
        // Metadata and styles; data in XML are KML or GML.
        Some(FileFormat::Xml) => ending(name) == "xml",
        None => bytes.is_empty(),
        _ => false,
    }
}

/// The data files of an archive, Shapefiles put together, and the names of what is no data.
fn members<'a>(archive: &'a Archive<'_>) -> Result<(Vec<Member<'a>>, Vec<String>), ReadError> {
    let mut members: Vec<Member<'a>> = Vec::new();
    let mut ignored = Vec::new();
    let mut parts: BTreeMap<String, Vec<(String, &'a Entry)>> = BTreeMap::new();
    for entry in archive.entries().iter().filter(|entry| !entry.is_folder()) {
        if entry.is_link() {
            ignored.push(format!("{} (link)", entry.name()));
            continue;
        }
        match use_of(entry.name()) {
            Use::Ignored => ignored.push(entry.name().to_owned()),
            Use::Data => members.push(Member { main: entry, companions: Vec::new() }),
            Use::ShapefilePart(_, ending) if ending == "shp" => {
                members.push(Member { main: entry, companions: Vec::new() });
            }
            Use::ShapefilePart(stem, ending) => parts.entry(stem).or_default().push((ending, entry)),
        }
    }
    for member in &mut members {
        if ending(member.main.name()) == "shp" {
            member.companions = parts.remove(&stem(member.main.name())).unwrap_or_default();
        }
    }
    for (ending, entry) in parts.into_values().flatten() {
        // A lone .prj or .cpg says nothing of any data; a .dbf or .shx is half a Shapefile.
        if matches!(ending.as_str(), "prj" | "cpg") {
            ignored.push(entry.name().to_owned());
        } else {
            return Err(inside(entry.name(), ReadError::CompanionMissing { extension: "shp" }));
        }
    }
    Ok((members, ignored))
}

/// Names in one line.
pub(super) fn listed(names: &[String]) -> String {
    use std::fmt::Write as _;

    let mut text = names.iter().take(NAMES_LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > NAMES_LISTED {
        let _ = write!(text, " … ({})", names.len());
    }
    text.chars().filter(|letter| !letter.is_control()).collect()
}
