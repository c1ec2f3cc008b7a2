//! Sources to staged releases: each dataset in one transaction, whole or not at all.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs;
use std::sync::mpsc;

use arrow::ipc::reader::StreamReader;

use super::facility::{self, Taken};
use super::frames::{Frame, Job, Refusal, TableEnd};
use super::source::{Found, MAX_FILE_BYTES, Source, SourceTable};
use super::supervise::{Input, WorkerCommand, run};
use super::table::{FileLine, IngestTable, Verdict};
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

/// Frames of one file that wait: about 16 batches of records.
const WAITING_FRAMES: usize = 16;

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
                } else if !job.again && job.store.source_digest(&source.entry.name)?.as_deref() == Some(&source.digest)
                {
                    table.unchanged += 1;
                    progress.step(source.entry.name.as_str());
                } else {
                    sources.push(source);
                }
            }
        }
    }
    // Boundaries first: positions of everything else are compared with them.
    let (first, rest): (Vec<_>, Vec<_>) =
        sources.into_iter().partition(|source| source.entry.tags.iter().any(|tag| tag == BOUNDARY_TAG));
    for sources in [first, rest] {
        let bounds = boundaries(job, &sources)?;
        take_all(job, &sources, &bounds, &mut table, progress)?;
    }
    progress.end();
    table.lines.sort_by(|a, b| (&a.dataset, &a.file).cmp(&(&b.dataset, &b.file)));
    Ok(table)
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

fn boundaries(job: &IngestJob<'_>, sources: &[Box<Source>]) -> Result<Bounds, PipelineError> {
    let mut bounds = Bounds::new();
    for source in sources {
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
    sources: &[Box<Source>],
    bounds: &Bounds,
    table: &mut IngestTable,
    progress: &mut dyn Progress,
) -> Result<(), PipelineError> {
    std::thread::scope(|scope| {
        let mut waiting = std::collections::VecDeque::new();
        let mut coming = sources.iter();
        loop {
            while waiting.len() < READ_AHEAD {
                let Some(source) = coming.next() else { break };
                let (frames, incoming) = mpsc::sync_channel(WAITING_FRAMES);
                let areas = bounds.get(&source.publisher).map_or(&[][..], Vec::as_slice);
                scope.spawn(move || feed(job.worker, source, areas, &frames));
                waiting.push_back((source, incoming));
            }
            let Some((source, incoming)) = waiting.pop_front() else { return Ok(()) };
            let lines = take_in(job, source, &incoming)?;
            table.lines.extend(lines);
            progress.step(source.entry.name.as_str());
        }
    })
}

/// What the feeding thread says: which file, and its frames.
type Fed = (usize, Result<Frame, std::io::Error>);

fn feed(worker: &WorkerCommand, source: &Source, areas: &[geojson::Geometry], frames: &mpsc::SyncSender<Fed>) {
    for (index, file) in source.tables.iter().enumerate() {
        let outcome = prepare(source, file, areas).and_then(|(job, input)| match input {
            Ok(input) => run(worker, &job, input, |frame| frames.send((index, Ok(frame))).is_ok()),
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

fn prepare(
    source: &Source,
    file: &SourceTable,
    areas: &[geojson::Geometry],
) -> std::io::Result<(Job, Result<Input, Refusal>)> {
    let single = source.tables.len() == 1;
    let stem = file.stem();
    let key = if single {
        source.entry.name.clone()
    } else {
        Slug::parse(&stem.to_ascii_lowercase()).unwrap_or_else(|_| Slug::from_digest("t", &stem))
    };
    let title = if single || stem == source.entry.title {
        source.entry.title.clone()
    } else {
        format!("{}（{}）", source.entry.title, file.file_name())
    };
    let bytes = fs::metadata(&file.path)?.len();
    let mut job = Job {
        file_name: file.file_name(),
        bytes,
        companions: Vec::new(),
        key: key.as_str().to_owned(),
        title,
        publisher: Some(source.publisher),
        titles: source.titles.clone(),
        bounds: areas.to_vec(),
    };
    if bytes > MAX_FILE_BYTES {
        let refusal = Refusal {
            code: "file-too-large".to_owned(),
            message_ja: format!("ファイルが大きすぎます({bytes}バイト、上限{MAX_FILE_BYTES}バイト)。"),
            message_en: format!("The file is too large ({bytes} bytes; at most {MAX_FILE_BYTES})."),
        };
        return Ok((job, Err(refusal)));
    }
    let mut input = Input { bytes: fs::read(&file.path)?, companions: Vec::new() };
    job.bytes = input.bytes.len() as u64;
    for (extension, path) in &file.companions {
        let bytes = fs::read(path)?;
        job.companions.push((extension.clone(), bytes.len() as u64));
        input.companions.push((extension.clone(), bytes));
    }
    Ok((job, Ok(input)))
}

/// A table whose frames are coming.
struct Coming {
    begun: TableBegun,
    findings: Vec<Finding>,
    refused: Vec<RefusedRow>,
}

fn take_in(
    job: &IngestJob<'_>,
    source: &Source,
    incoming: &mpsc::Receiver<Fed>,
) -> Result<Vec<FileLine>, PipelineError> {
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
            Frame::Table(begun) => {
                ingest.begin_table(&begun.shape)?;
                tables_of_file += 1;
                coming =
                    Some(Coming { begun: *begun, findings: std::mem::take(&mut before_tables), refused: Vec::new() });
            }
            Frame::Batch(bytes) => append(&mut ingest, &bytes)?,
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
                    let (file, shape) = (name.clone(), table.begun.shape.clone());
                    taken.push(Taken { file, shape, has_places: end.bbox.is_some() });
                    lines.push(end_table(&mut ingest, source, &name, table, *end)?);
                }
            }
            Frame::Rows(_) => {}
            Frame::RefusedWhole(refusal) => return refuse(job, ingest, source, &name, refusal),
            Frame::Done => {
                if tables_of_file == 0 {
                    return refuse(job, ingest, source, &name, no_table());
                }
                tables_of_file = 0;
            }
        }
    }
    for (list, code, count) in facility::fill(&mut ingest, &taken)? {
        if let Some(line) = lines.get_mut(list) {
            line.findings.push((code.as_str().to_owned(), count));
        }
    }
    let organization = organization(source, job.clock.now());
    ingest.commit(&source.entry, &organization, &source.digest, job.clock.now())?;
    Ok(lines)
}

fn append(ingest: &mut Ingest<'_>, bytes: &[u8]) -> Result<(), PipelineError> {
    let reader = StreamReader::try_new(bytes, None).map_err(crate::store::StoreError::from)?;
    for batch in reader {
        ingest.append(batch.map_err(crate::store::StoreError::from)?)?;
    }
    Ok(())
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

/// The refusal of a file without any table.
pub fn no_table() -> Refusal {
    Refusal {
        code: "no-table".to_owned(),
        message_ja: "ファイルに見出しとデータのある表がありません。1行目に列の名前、2行目からデータを入れてください。"
            .to_owned(),
        message_en: "The file holds no table with a header and data; put names of columns in row 1 and data below."
            .to_owned(),
    }
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
