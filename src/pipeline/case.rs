//! The files of a case of the staff desk, and the way of them into the store.
//!
//! ```text
//! uploads/+cases/<id>/upload-1/    the files of the first upload as they were sent; never written again
//! uploads/+cases/<id>/corrected/   what is checked and published: the same files, corrected ones as copies
//! uploads/+cases/<id>/seen.json    what the last check saw
//! ```
//!
//! A check takes the files in under a name of its own, compares them with what is public and forgets them again, so that
//! nothing waits that nobody asked for. Only a publication takes them in under the name of the dataset.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use arrow::array::{Array as _, Float64Array, Int64Array};
use geo::Contains as _;
use geo_types::{Geometry, Point};

use super::difference::{EXAMPLES_KEPT, difference, suspicions};
use super::ingest::{IngestJob, ingest};
use super::publish::HeldReason;
use super::source::{Defaults, Found, Source, discover};
use super::table::IngestTable;
use super::upload::{Described, Incoming};
use super::{PipelineError, Unwatched};
use crate::model::case::CaseFile;
use crate::model::code::MunicipalityCode;
use crate::model::decision::Decision;
use crate::model::difference::ReleaseDifference;
use crate::model::finding::Finding;
use crate::model::id::CaseId;
use crate::model::name::{Digest, Slug};
use crate::store::Store;
use crate::store::difference::ComparedRelease;
use crate::store::release::Reason;

/// The folder of all cases under `uploads/`: no dataset can have this name.
pub const FOLDER: &str = "+cases";

/// Positions kept to be drawn: more dots than a picture of that size can show apart.
const POINTS_KEPT: usize = 5_000;

/// The folder of one case.
#[derive(Debug, Clone)]
pub struct CaseFolder {
    root: PathBuf,
}

impl CaseFolder {
    /// The folder of a case under the folder of uploads.
    pub(super) fn of(uploads: &Path, id: CaseId) -> Self {
        Self { root: uploads.join(FOLDER).join(id.to_string()) }
    }

    /// Where the files of an upload lie.
    pub fn upload(&self, number: u32) -> PathBuf {
        self.root.join(format!("upload-{number}"))
    }

    /// Where the files lie that are checked and published.
    pub fn work(&self) -> PathBuf {
        self.root.join("corrected")
    }

    /// Keeps the files of an upload, whole or not at all.
    pub fn keep(&self, number: u32, files: Vec<(String, Incoming)>) -> Result<Vec<CaseFile>, PipelineError> {
        let place = self.upload(number);
        let next = self.root.join(format!(".upload-{number}"));
        let failed = PipelineError::file;
        if next.exists() {
            fs::remove_dir_all(&next).map_err(failed(&next))?;
        }
        fs::create_dir_all(&next).map_err(failed(&next))?;
        let mut kept = Vec::new();
        for (name, incoming) in files {
            let to = next.join(&name);
            let (digest, bytes) = digest_of(incoming.path()).map_err(failed(&to))?;
            incoming.persist(&to).map_err(|error| failed(&to)(error.error))?;
            kept.push(CaseFile { name, bytes, digest });
        }
        // What an upload left that was not taken into the case.
        if place.exists() {
            fs::remove_dir_all(&place).map_err(failed(&place))?;
        }
        fs::rename(&next, &place).map_err(failed(&place))?;
        synced(&self.root).map_err(failed(&self.root))?;
        Ok(kept)
    }

    /// Removes the folder with all that was sent.
    pub fn remove(&self) -> Result<(), PipelineError> {
        fs::remove_dir_all(&self.root).map_err(PipelineError::file(&self.root))
    }

    /// Begins the work folder anew with the files of an upload as they were sent.
    pub fn begin_work(&self, upload: u32, files: &[CaseFile], described: &Described) -> Result<(), PipelineError> {
        let (from, work) = (self.upload(upload), self.work());
        if work.exists() {
            fs::remove_dir_all(&work).map_err(PipelineError::file(&work))?;
        }
        fs::create_dir_all(&work).map_err(PipelineError::file(&work))?;
        for file in files {
            let (from, to) = (from.join(&file.name), work.join(&file.name));
            fs::hard_link(&from, &to)
                .or_else(|_| fs::copy(&from, &to).map(drop))
                .map_err(PipelineError::file(&from))?;
        }
        self.describe(described)
    }

    /// Writes what is said of the dataset beside the files.
    pub fn describe(&self, described: &Described) -> Result<(), PipelineError> {
        let path = self.work().join("source.toml");
        fs::write(&path, described.to_toml()?).map_err(PipelineError::file(&path))
    }

    /// The sources in the work folder, as any publisher's folder.
    pub fn sources(&self) -> Result<Vec<Found>, PipelineError> {
        discover(&[self.work()], &Defaults::default())
    }

    /// Puts a corrected copy in the place of a file of the work folder.
    pub fn replace(&self, file: &str, copy: &str, bytes: &[u8]) -> Result<(), PipelineError> {
        let work = self.work();
        fs::remove_file(work.join(file)).map_err(PipelineError::file(&work.join(file)))?;
        fs::write(work.join(copy), bytes).map_err(PipelineError::file(&work.join(copy)))
    }

    /// Gives a file of the work folder another name; `false` where that is taken.
    pub fn rename(&self, file: &str, name: &str) -> Result<bool, PipelineError> {
        let (from, to) = (self.work().join(file), self.work().join(name));
        if to.exists() {
            return Ok(false);
        }
        fs::rename(&from, &to).map_err(PipelineError::file(&from))?;
        Ok(true)
    }

    /// Keeps what a check saw.
    pub fn note(&self, name: &str, bytes: &[u8]) -> Result<(), PipelineError> {
        let (path, next) = (self.root.join(name), self.root.join(format!(".{name}")));
        let write = || -> io::Result<()> {
            let mut file = fs::File::create(&next)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&next, &path)
        };
        write().map_err(PipelineError::file(&path))
    }

    /// What [`Self::note`] kept; `None` where nothing was.
    pub fn noted(&self, name: &str) -> Result<Option<Vec<u8>>, PipelineError> {
        let path = self.root.join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(PipelineError::file(&path)(error)),
        }
    }
}

fn digest_of(path: &Path) -> io::Result<(String, u64)> {
    use sha2::Digest as _;
    let mut file = fs::File::open(path)?;
    let (mut digest, mut bytes, mut piece) = (sha2::Sha256::new(), 0, vec![0; 1 << 18]);
    loop {
        let count = file.read(&mut piece)?;
        if count == 0 {
            return Ok((hex::encode(digest.finalize()), bytes));
        }
        digest.update(piece.get(..count).unwrap_or_default());
        bytes += count as u64;
    }
}

fn synced(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// One position of a table.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Spot {
    /// The row of the file.
    pub row: u64,
    /// The middle of its geometry, degrees.
    pub lon_deg: f64,
    /// The same.
    pub lat_deg: f64,
    /// Whether it lies where none should: outside the municipality, or, where its boundary is not known, far from the
    /// others.
    pub is_far: bool,
}

/// The positions of one table.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Spots {
    /// The key of the table, or its name where the dataset has one only.
    pub table: String,
    /// Records with a position.
    pub placed: u64,
    /// Of these, far ones.
    pub far: u64,
    /// All far ones and the first others, up to some thousands.
    pub spots: Vec<Spot>,
}

/// What taking the files in for a look showed.
#[derive(Debug)]
pub struct Look {
    /// Line by line, as with any ingest.
    pub table: IngestTable,
    /// For what the release would be held or never published, each with its mark.
    pub reasons: Vec<(String, HeldReason)>,
    /// Against what is public now.
    pub difference: Option<ReleaseDifference>,
    /// The shapes of the compared tables after: columns by position, to show examples under their names.
    pub columns: Vec<(i32, Vec<String>)>,
    /// Positions by table.
    pub spots: Vec<Spots>,
}

/// Takes the sources of a case in under the name `draft`, looks at them beside what is public of `dataset`, and forgets
/// them. Call it only while no other job runs on the data directory.
pub fn look(job: &IngestJob<'_>, found: Vec<Found>, draft: &Slug, dataset: &Slug) -> Result<Look, PipelineError> {
    let publisher = found.iter().find_map(|item| match item {
        Found::Dataset(source) => Some(source.publisher),
        Found::Refused(_) => None,
    });
    let looked = looked(job, found, draft, dataset, publisher);
    job.store.unstage(draft)?;
    job.store.forget_draft(draft)?;
    job.store.sweep()?;
    looked
}

fn looked(
    job: &IngestJob<'_>,
    found: Vec<Found>,
    draft: &Slug,
    dataset: &Slug,
    publisher: Option<MunicipalityCode>,
) -> Result<Look, PipelineError> {
    let table = ingest(job, found, &mut Unwatched)?;
    let mut look = Look { table, reasons: Vec::new(), difference: None, columns: Vec::new(), spots: Vec::new() };
    let Some(after) = job.store.release_to_compare(draft, "staged")? else { return Ok(look) };
    let staged = job.store.staged_releases()?.into_iter().find(|release| release.name == *draft);
    let mut reasons: Vec<Reason> = staged.into_iter().flat_map(|release| release.held).collect();
    if let Some(before) = job.store.release_to_compare(dataset, "current")? {
        let found = difference(job.store, &before, &after, EXAMPLES_KEPT)?;
        reasons.extend(suspected(&found, &after));
        look.difference = Some(found);
    }
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.decision));
    look.reasons = reasons.into_iter().map(|reason| (mark(&reason, draft), HeldReason::new(draft, reason))).collect();
    look.columns = after
        .tables
        .iter()
        .map(|table| (table.position, table.shape.columns.iter().map(|column| column.name.clone()).collect()))
        .collect();
    let areas = publisher.map(|code| job.store.boundary(code)).transpose()?.unwrap_or_default();
    for table in &after.tables {
        let key = table.shape.key.as_str();
        let name = if key == draft.as_str() { String::new() } else { key.to_owned() };
        look.spots.push(spots(job.store, &table.record_table, name, &areas)?);
    }
    Ok(look)
}

/// What of a difference holds the release.
fn suspected(found: &ReleaseDifference, after: &ComparedRelease) -> Vec<Reason> {
    let key_of = |position: i32| {
        let table = after.tables.iter().find(|table| table.position == position);
        table.map(|table| table.shape.key.as_str().to_owned()).unwrap_or_default()
    };
    suspicions(found)
        .into_iter()
        .filter(|(_, finding)| finding.code.decision() != Decision::Note)
        .map(|(position, finding)| Reason { decision: finding.code.decision(), table: key_of(position), finding })
        .collect()
}

/// What tells a reason from others, and from the same reason on other data. The name under which the dataset was taken
/// in is no part of it.
pub fn mark(reason: &Reason, name: &Slug) -> String {
    let table = if reason.table == name.as_str() { "" } else { reason.table.as_str() };
    let Finding { code, place, found, expected, evidence, .. } = &reason.finding;
    let told = serde_json::to_vec(&(table, code, place, found, expected, evidence)).unwrap_or_default();
    Digest::of(&told).to_hex().chars().take(32).collect()
}

fn spots(store: &Store, record_table: &str, table: String, areas: &[Geometry<f64>]) -> Result<Spots, PipelineError> {
    let mut all: Vec<Spot> = Vec::new();
    store.sweep_records(record_table, |batches| {
        for batch in batches {
            let number = |name: &str| {
                batch.column_by_name(name).and_then(|column| column.as_any().downcast_ref::<Float64Array>().cloned())
            };
            let rows = batch.column_by_name("_row").and_then(|own| own.as_any().downcast_ref::<Int64Array>().cloned());
            let (Some(rows), Some(west), Some(south), Some(east), Some(north)) =
                (rows, number("_west"), number("_south"), number("_east"), number("_north"))
            else {
                continue;
            };
            for at in 0..batch.num_rows() {
                if west.is_null(at) || north.is_null(at) {
                    continue;
                }
                all.push(Spot {
                    row: u64::try_from(rows.value(at)).unwrap_or(0),
                    lon_deg: f64::midpoint(west.value(at), east.value(at)),
                    lat_deg: f64::midpoint(south.value(at), north.value(at)),
                    is_far: false,
                });
            }
        }
    })?;
    mark_far(&mut all, areas);
    let (placed, far) = (all.len() as u64, all.iter().filter(|spot| spot.is_far).count() as u64);
    all.sort_by_key(|spot| (!spot.is_far, spot.row));
    all.truncate(POINTS_KEPT);
    Ok(Spots { table, placed, far, spots: all })
}

/// Share of a median distance beyond which a position stands alone: a town whose half lies within two kilometres seldom
/// has a place of its own twenty-five away.
const FAR_TIMES: f64 = 12.0;
/// Least distance that is far, degrees: some five kilometres.
const FAR_LEAST_DEG: f64 = 0.05;

/// Marks the positions outside the areas; where there are none, those far from the middle of the others.
fn mark_far(spots: &mut [Spot], areas: &[Geometry<f64>]) {
    if !areas.is_empty() {
        for spot in spots {
            let point = Point::new(spot.lon_deg, spot.lat_deg);
            spot.is_far = !areas.iter().any(|area| area.contains(&point));
        }
        return;
    }
    let Some(middle_lon) = median(spots.iter().map(|spot| spot.lon_deg).collect()) else { return };
    let Some(middle_lat) = median(spots.iter().map(|spot| spot.lat_deg).collect()) else { return };
    let away = |spot: &Spot| (spot.lon_deg - middle_lon).hypot(spot.lat_deg - middle_lat);
    let limit = median(spots.iter().map(away).collect()).map_or(FAR_LEAST_DEG, |usual| usual * FAR_TIMES);
    let limit = limit.max(FAR_LEAST_DEG);
    for spot in spots {
        spot.is_far = away(spot) > limit;
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// The one source of a work folder, or why there is none.
pub fn only_source(found: &[Found]) -> Result<&Source, (String, String)> {
    match found.first() {
        Some(Found::Dataset(source)) => Ok(source),
        Some(Found::Refused(refused)) => Err((refused.file.clone(), refused.message_ja.clone())),
        None => Err((String::new(), "データのファイルがありません。".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(lon_deg: f64, lat_deg: f64) -> Spot {
        Spot { row: 1, lon_deg, lat_deg, is_far: false }
    }

    #[test]
    fn a_position_far_from_all_others_is_marked_and_a_large_town_is_not() {
        let mut spots: Vec<Spot> = (0..20).map(|n| spot(138.3 + f64::from(n) * 0.002, 34.85)).collect();
        spots.push(spot(139.7, 35.68));
        mark_far(&mut spots, &[]);
        assert_eq!(spots.iter().filter(|spot| spot.is_far).count(), 1);
        assert!(spots.last().expect("the last").is_far);
        mark_far(&mut [], &[]);
    }

    #[test]
    fn a_known_boundary_decides() {
        let square = geo_types::Rect::new((138.0, 34.0), (139.0, 35.0)).to_polygon();
        let mut spots = vec![spot(138.5, 34.5), spot(138.5, 35.5)];
        mark_far(&mut spots, &[square.into()]);
        assert_eq!(spots.iter().map(|spot| spot.is_far).collect::<Vec<_>>(), [false, true]);
    }
}
