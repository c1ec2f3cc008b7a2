//! Sources to staged releases: each dataset in one transaction, whole or not at all.
//!
//! Long because each step of that one way is short and used once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::mpsc;

use super::batch::batches;
use super::facility::{self, Taken};
use super::frames::{Frame, Job, JobFile, Refusal, TableEnd};
use super::source::{Found, MAX_FILE_BYTES, Source, SourceTable};
use super::supervise::{WorkerCommand, run};
use super::table::{FileLine, IngestTable, Verdict};
use super::towns::TownFiles;
use super::{PipelineError, Progress};
use crate::clock::Clock;
use crate::model::catalogue::Organization;
use crate::model::code::MunicipalityCode;
use crate::model::finding::Finding;
use crate::model::id::{OrganizationId, ReleaseId};
use crate::model::name::Slug;
use crate::model::record::RefusedRow;
use crate::normalize::TableBegun;
use crate::schema::Municipalities;
use crate::store::Store;
use crate::store::catalogue::BOUNDARY_TAG;
use crate::store::ingest::{Ingest, RefusedSource, TableEntry};

/// Datasets whose files are read ahead while another is written: one worker a core of a small machine.
const READ_AHEAD: usize = 2;

/// Frames of one file that wait: about four batches of records, some 3 MB each.
const WAITING_FRAMES: usize = 4;

/// What ingest needs.
#[derive(Debug)]
pub struct IngestJob<'a> {
    /// The database.
    pub store: &'a Store,
    /// How workers are started.
    pub worker: &'a WorkerCommand,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// Take in datasets again whose files did not change.
    pub again: bool,
    /// Towns beside the bundled ones.
    pub towns: &'a TownFiles,
}

/// Takes in what was found. Gives one line per file; a refused file has its reason there and in the store.
pub fn ingest(
    job: &IngestJob<'_>,
    found: Vec<Found>,
    progress: &mut dyn Progress,
) -> Result<IngestTable, PipelineError> {
    let mut table = IngestTable::default();
    progress.begin("ingest", found.len());
    let mut sources = Vec::new();
    let mut names = HashMap::new();
    for item in found {
        match item {
            Found::Refused(refused) => {
                job.store.note_refused(&refused, job.clock.now())?;
                progress.step(&refused.dataset);
                table.lines.push(FileLine::refused(&refused));
            }
            Found::Dataset(source) => {
                if let Some(refused) = name_taken(job, &source, &mut names)? {
                    // Only the table says so: the store keeps the reasons of the dataset that owns the name.
                    progress.step(&refused.dataset);
                    table.lines.push(FileLine::refused(&refused));
                    continue;
                }
                let (digest, files) = source.digest()?;
                if !job.again && job.store.source_digest(&source.entry.name)?.as_deref() == Some(&digest) {
                    table.unchanged += 1;
                    progress.step(source.entry.name.as_str());
                } else {
                    sources.push(Seen { source, digest, files });
                }
            }
        }
    }
    // Boundaries first: positions of everything else are compared with them.
    let (first, rest): (Vec<_>, Vec<_>) =
        sources.into_iter().partition(|seen: &Seen| seen.source.entry.tags.iter().any(|tag| tag == BOUNDARY_TAG));
    for sources in [first, rest] {
        let bounds = boundaries(job, &sources)?;
        take_all(job, &sources, &bounds, &mut table, progress)?;
    }
    progress.end();
    table.lines.sort_by(|a, b| (&a.dataset, &a.file).cmp(&(&b.dataset, &b.file)));
    Ok(table)
}

/// A source whose files were looked at.
pub(super) struct Seen {
    pub(super) source: Box<Source>,
    digest: String,
    /// Its files as they were when the digest was taken.
    files: Vec<JobFile>,
}

impl Seen {
    /// Looks at the files of a source.
    pub(super) fn of(source: Box<Source>) -> Result<Self, PipelineError> {
        let (digest, files) = source.digest()?;
        Ok(Self { source, digest, files })
    }
}

/// Why a source may not have its name: another folder of this run, or another organization, has it.
fn name_taken(
    job: &IngestJob<'_>,
    source: &Source,
    names: &mut HashMap<String, String>,
) -> Result<Option<RefusedSource>, PipelineError> {
    let name = source.entry.name.as_str();
    let own = source.tables.first().map(SourceTable::file_name).unwrap_or_default();
    let owner = job.store.publisher_of(&source.entry.name)?.filter(|code| code != source.publisher.as_str());
    let (other_ja, other_en) = if let Some(code) = owner {
        (format!("団体 {code} のデータセット"), format!("a dataset of organization {code}"))
    } else if let Some(first) = names.insert(name.to_owned(), own.clone()) {
        names.insert(name.to_owned(), first.clone());
        (format!("同じ取り込みの「{first}」"), format!("{first} of the same run"))
    } else {
        return Ok(None);
    };
    Ok(Some(RefusedSource {
        dataset: name.to_owned(),
        file: own,
        code: "name-taken".to_owned(),
        message_ja: format!(
            "データセット名「{name}」は{other_ja}が使っています。source.toml の name を変えてください。"
        ),
        message_en: format!("The name {name} belongs to {other_en}; choose another name in source.toml."),
    }))
}

/// The boundaries of the publishers, as the worker takes them.
type Bounds = HashMap<MunicipalityCode, Vec<geojson::Geometry>>;

fn boundaries(job: &IngestJob<'_>, sources: &[Seen]) -> Result<Bounds, PipelineError> {
    let mut bounds = Bounds::new();
    for Seen { source, .. } in sources {
        if let Entry::Vacant(vacant) = bounds.entry(source.publisher) {
            let areas = job.store.boundary(source.publisher)?;
            vacant.insert(areas.iter().map(geojson::Geometry::from).collect());
        }
    }
    Ok(bounds)
}

/// Takes in datasets one after another while the files of the next are read ahead.
fn take_all(
    job: &IngestJob<'_>,
    sources: &[Seen],
    bounds: &Bounds,
    table: &mut IngestTable,
    progress: &mut dyn Progress,
) -> Result<(), PipelineError> {
    let mut known = HashMap::new();
    std::thread::scope(|scope| {
        let mut waiting = std::collections::VecDeque::new();
        let mut coming = sources.iter();
        loop {
            while waiting.len() < READ_AHEAD {
                let Some(seen) = coming.next() else { break };
                let source = &seen.source;
                let (frames, incoming) = mpsc::sync_channel(WAITING_FRAMES);
                let areas = bounds.get(&source.publisher).map_or(&[][..], Vec::as_slice);
                let towns = job.towns.around(Some(source.publisher), &mut known);
                scope.spawn(move || feed(job.worker, seen, (areas, &towns), &frames));
                waiting.push_back((seen, incoming));
            }
            let Some((seen, incoming)) = waiting.pop_front() else { return Ok(()) };
            let lines = take_in(job, seen, &incoming)?;
            super::difference::note(job.store, &seen.source.entry.name)?;
            table.lines.extend(lines);
            progress.step(seen.source.entry.name.as_str());
        }
    })
}

/// What the feeding thread says: which file, and its frames.
type Fed = (usize, Result<Frame, std::io::Error>);

fn feed(
    worker: &WorkerCommand,
    seen: &Seen,
    (areas, towns): (&[geojson::Geometry], &str),
    frames: &mpsc::SyncSender<Fed>,
) {
    for (index, file) in seen.source.tables.iter().enumerate() {
        let outcome = prepare(seen, file, (areas, towns)).and_then(|job| match job {
            Ok(job) => run(worker, &job, |frame| frames.send((index, Ok(frame))).is_ok()),
            Err(refusal) => {
                // Nobody listens any more where the send fails; the dataset has been given up.
                let _ = frames.send((index, Ok(Frame::RefusedWhole(refusal))));
                Ok(())
            }
        });
        if let Err(error) = outcome {
            let _ = frames.send((index, Err(error)));
            return;
        }
    }
}

pub(super) fn prepare(
    seen: &Seen,
    file: &SourceTable,
    (areas, towns): (&[geojson::Geometry], &str),
) -> std::io::Result<Result<Job, Refusal>> {
    let source = &seen.source;
    let single = source.tables.len() == 1;
    let stem = file.stem();
    let key = if single {
        source.entry.name.clone()
    } else {
        Slug::parse(&stem.to_ascii_lowercase()).unwrap_or_else(|_| Slug::from_digest("t", &stem))
    };
    let file_name = file.file_name();
    let title = match source.file_titles.iter().find(|(name, _)| *name == file_name) {
        Some((_, title)) => title.clone(),
        None if single || stem == source.entry.title => source.entry.title.clone(),
        None => format!("{}（{file_name}）", source.entry.title),
    };
    let main = JobFile::see(&file.path)?;
    let bytes = main.bytes;
    if bytes > MAX_FILE_BYTES {
        return Ok(Err(Refusal::too_large(bytes)));
    }
    let companions = file.seen_companions()?;
    // What is read has to be what the digest of the release says.
    if std::iter::once(&main).chain(companions.iter().map(|(_, file)| file)).any(|now| !seen.files.contains(now)) {
        return Ok(Err(Refusal::changed()));
    }
    Ok(Ok(Job {
        file_name: file.file_name(),
        file: main,
        companions,
        records: true,
        key: key.as_str().to_owned(),
        title,
        publisher: Some(source.publisher),
        titles: source.titles.clone(),
        bounds: areas.to_vec(),
        towns: towns.to_owned(),
        crs: source.crs.clone(),
        datum_grid: None,
        telling: super::frames::Telling::default(),
    }))
}

/// A table whose frames are coming.
struct Coming {
    begun: TableBegun,
    findings: Vec<Finding>,
    refused: Vec<RefusedRow>,
}

fn take_in(job: &IngestJob<'_>, seen: &Seen, incoming: &mpsc::Receiver<Fed>) -> Result<Vec<FileLine>, PipelineError> {
    let source = seen.source.as_ref();
    let release = ReleaseId::mint(job.clock.now());
    let mut ingest = job.store.begin_ingest(release)?;
    let mut lines: Vec<FileLine> = Vec::new();
    let mut coming: Option<Coming> = None;
    let mut before_tables: Vec<Finding> = Vec::new();
    let mut tables_of_file = 0_usize;
    let mut taken: Vec<Taken> = Vec::new();
    for (index, frame) in incoming {
        let Some(file) = source.tables.get(index) else { continue };
        let name = file.file_name();
        match frame.map_err(PipelineError::file(&file.path))? {
            Frame::Table(mut begun) => {
                begun.shape.tiles = source.tiles.clone();
                begun.shape.is_titled = source.file_titles.iter().any(|(titled, _)| *titled == name);
                ingest.begin_table(&begun.shape)?;
                tables_of_file += 1;
                coming =
                    Some(Coming { begun: *begun, findings: std::mem::take(&mut before_tables), refused: Vec::new() });
            }
            Frame::Batch(bytes) => match batches(&bytes) {
                Ok(batches) => {
                    for batch in batches {
                        ingest.append(batch)?;
                    }
                }
                Err(error) => {
                    tracing::info!(%error, "a worker's batch cannot be read");
                    return refuse(job, ingest, source, &name, Refusal::broken());
                }
            },
            Frame::Finding(finding) => match &mut coming {
                Some(table) => table.findings.push(*finding),
                None => before_tables.push(*finding),
            },
            Frame::Refused(row) => {
                if let Some(table) = &mut coming {
                    table.refused.push(*row);
                }
            }
            Frame::End(end) => {
                if let Some(table) = coming.take() {
                    taken.push(Taken::new(&name, &table.begun, &end));
                    lines.push(end_table(&mut ingest, source, &name, table, *end)?);
                }
            }
            Frame::Rows(_) | Frame::RowsTable(_) | Frame::RowsBatch(_) => {}
            Frame::RefusedWhole(refusal) => return refuse(job, ingest, source, &name, refusal),
            Frame::Done => {
                if tables_of_file == 0 {
                    return refuse(job, ingest, source, &name, Refusal::no_table());
                }
                tables_of_file = 0;
            }
        }
    }
    facility::fill(&mut ingest, &taken, &mut lines)?;
    let organization = organization(source, job.clock.now());
    ingest.commit(&source.entry, &organization, &seen.digest, job.clock.now())?;
    Ok(lines)
}

fn end_table(
    ingest: &mut Ingest<'_>,
    source: &Source,
    file: &str,
    table: Coming,
    end: TableEnd,
) -> Result<FileLine, PipelineError> {
    let listed = table.refused.len() as u64;
    if end.rows_read != end.records + end.refused || listed != end.refused {
        return Err(PipelineError::Conservation {
            file: file.to_owned(),
            rows_read: end.rows_read,
            records: end.records,
            refused: listed,
        });
    }
    let line = FileLine {
        dataset: source.entry.name.as_str().to_owned(),
        file: file.to_owned(),
        table: table.begun.shape.key.as_str().to_owned(),
        format: table.begun.format.clone(),
        encoding: table.begun.encoding.clone(),
        sheet: table.begun.shape.sheet.as_ref().map(|sheet| format!("{} {}", sheet.number, sheet.edition)),
        rows_read: end.rows_read,
        records: end.records,
        refused: end.refused,
        findings: end.finding_counts.iter().map(|(code, _, count)| (code.clone(), *count)).collect(),
        verdict: Verdict::Taken,
    };
    ingest.end_table(&TableEntry {
        shape: table.begun.shape,
        source_file: file.to_owned(),
        encoding: table.begun.encoding,
        format: table.begun.format,
        rows_read: end.rows_read,
        records: end.records,
        refused: end.refused,
        rows_above: table.begun.rows_above,
        geometry: end.geometry,
        bbox: end.bbox,
        finding_counts: end.finding_counts,
        findings: table.findings,
        refused_rows: table.refused,
    })?;
    Ok(line)
}

/// Gives up the whole dataset: nothing of it is taken in, and the reason is kept.
fn refuse(
    job: &IngestJob<'_>,
    ingest: Ingest<'_>,
    source: &Source,
    file: &str,
    refusal: Refusal,
) -> Result<Vec<FileLine>, PipelineError> {
    drop(ingest);
    let refused = RefusedSource {
        dataset: source.entry.name.as_str().to_owned(),
        file: file.to_owned(),
        code: refusal.code,
        message_ja: refusal.message_ja,
        message_en: refusal.message_en,
    };
    job.store.note_refused(&refused, job.clock.now())?;
    Ok(vec![FileLine::refused(&refused)])
}

fn organization(source: &Source, now: jiff::Timestamp) -> Organization {
    let known = Municipalities::bundled().by_code(source.publisher);
    let title = match (source.publisher_name.as_str(), known) {
        ("", Some(municipality)) => municipality.name.clone(),
        ("", None) => source.publisher.to_string(),
        (name, _) => name.to_owned(),
    };
    let prefecture = known.map(|municipality| municipality.prefecture.clone()).unwrap_or_default();
    Organization {
        id: OrganizationId::mint(now),
        code: source.publisher,
        name: Slug::parse(source.publisher.as_str()).expect("six digits are a valid name"),
        prefecture: if prefecture == title { String::new() } else { prefecture },
        title,
        created: now,
    }
}
