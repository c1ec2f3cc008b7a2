//! The child's side: one file, frames to standard output, and nothing else to reach.
//!
//! The process opens the file, then limits itself before it reads a byte of it: memory, processor time, no further file,
//! no socket, no other program. A parser that breaks a limit dies here, and only here.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Write};
use std::path::Path;
use std::sync::{Arc, mpsc};

use super::auxiliary::DataOnly;
use super::frames::{Errand, Frame, Job, JobFile, Refusal, write};
use super::relay::{self, RecordPacker, RowPacker, WAITING_PACKS};
use super::rows::RowTeller;
use super::speaker::Speaker;
use crate::normalize::confidential::Policy;
use crate::normalize::datum::{DatumGrid, MAX_GRID_BYTES};
use crate::normalize::gazetteer::Towns;
use crate::normalize::{NormalizeContext, Normalizer, Profile, Turning};
use crate::read::{FileBytes, ReadError, ReadLimits, SourceFile, read};

/// Address space for the program and its libraries (about 300 MB mapped) and rows in flight; to it come the files, which
/// are mapped, and what is held of them.
const BASE_ADDRESS_SPACE_BYTES: u64 = 1 << 30;

/// What a reader that cannot stream may hold: five bytes for each of the file (decoded text, the index of its features),
/// up to [`ReadLimits::held_bytes`] as often.
const HELD_FOR_ONE: u64 = 5;

/// Processor time, seconds: the deadline of the parent with a margin for its own waiting.
const CPU_SECONDS: u64 = 900;

/// Bytes of a file for each further second. Fifty times as many are usual.
const BYTES_A_SECOND: u64 = 2 << 20;

/// Reads one job from `input` and answers on `output`.
///
/// # Errors
/// Where the parent's own words cannot be understood or it has gone; problems of the file are frames.
pub fn run(input: impl io::Read, output: impl Write) -> io::Result<()> {
    let mut head = String::new();
    BufReader::new(input).read_line(&mut head)?;
    let Errand { job, confidential } = serde_json::from_str(&head).map_err(io::Error::other)?;
    let total = job.companions.iter().fold(job.file.bytes, |sum, (_, file)| sum.saturating_add(file.bytes));
    let mut out = BufWriter::with_capacity(1 << 16, output);
    let Some((files, source)) = take_source(&job)? else {
        write(&mut out, &Frame::RefusedWhole(Refusal::changed()))?;
        return out.flush();
    };
    // Opened while files may be opened; read where some coordinates turn out to need it.
    let grid = job.datum_grid.as_deref().map(|path| (path, File::open(path)));
    let held = total.min(ReadLimits::default().held_bytes as u64).saturating_mul(HELD_FOR_ONE);
    confine(
        BASE_ADDRESS_SPACE_BYTES.saturating_add(total).saturating_add(held),
        CPU_SECONDS.saturating_add(total / BYTES_A_SECOND),
    )?;
    match convert(&job, (grid, confidential), &source, &mut out) {
        Ok(()) => {
            let mut unchanged = true;
            for (seen, file) in &files {
                unchanged &= seen.is(file)?;
            }
            write(&mut out, &if unchanged { Frame::Done } else { Frame::RefusedWhole(Refusal::changed()) })?;
        }
        Err(Failure::Refused(refusal)) => write(&mut out, &Frame::RefusedWhole(refusal))?,
        Err(Failure::Output(error)) => return Err(error),
    }
    out.flush()
}

/// A file of the job, open.
type Open<'j> = (&'j JobFile, File);

/// Opens and maps the files of the job; `None` where one of them is not what the parent saw.
fn take_source(job: &Job) -> io::Result<Option<(Vec<Open<'_>>, SourceFile)>> {
    let mut files = Vec::with_capacity(1 + job.companions.len());
    let mut source = SourceFile { name: job.file_name.clone(), ..SourceFile::default() };
    let all = std::iter::once((None, &job.file)).chain(job.companions.iter().map(|(name, file)| (Some(name), file)));
    for (extension, seen) in all {
        let file = File::open(seen.path())?;
        if !seen.is(&file)? {
            return Ok(None);
        }
        let bytes = FileBytes::map(&file)?;
        match extension {
            None => source.bytes = bytes,
            Some(extension) => source.companions.push((extension.clone(), bytes)),
        }
        files.push((seen, file));
    }
    Ok(Some((files, source)))
}

enum Failure {
    Refused(Refusal),
    Output(io::Error),
}

/// The operator's grid: where it lies, and what opening it gave.
type Grid<'j> = (&'j Path, io::Result<File>);

fn convert(
    job: &Job,
    (grid, confidential): (Option<Grid<'_>>, Policy),
    source: &SourceFile,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let refused = |error: crate::read::ReadError| {
        Failure::Refused(Refusal {
            code: error.code().to_owned(),
            message_ja: error.message_ja(),
            message_en: error.message_en(),
        })
    };
    if let Some(wanted) = &job.telling.rows {
        let mut teller = RowTeller::new(wanted, out);
        let mut turning = Turning::new(&job.file_name, &mut teller);
        read(source, &ReadLimits::default(), &mut turning).map_err(refused)?;
        // Where nobody listens any more, the teller says so below.
        let _ = turning.finish();
        return teller.finish().map_err(Failure::Output);
    }
    // The first reading only looks: which columns of schema-less tables are numbers throughout.
    let mut profile = Profile::named(&job.file_name);
    side_by_side(source, |packs| relay::play_rows(packs, &mut DataOnly::new(&mut profile)))
        .map_err(Failure::Output)?
        .map_err(refused)?;
    let bounds = job.bounds.iter().filter_map(|geometry| {
        geo_types::Geometry::<f64>::try_from(geometry).ok().and_then(|geometry| match geometry {
            geo_types::Geometry::Polygon(polygon) => Some(geo_types::MultiPolygon(vec![polygon])),
            geo_types::Geometry::MultiPolygon(polygons) => Some(polygons),
            _ => None,
        })
    });
    let bounds: Vec<_> = bounds.collect();
    let crs = crate::read::Crs::parse(&job.crs);
    let needs_grid = profile.has_old_datum() || crs.as_ref().is_some_and(crate::read::Crs::is_tokyo);
    let datum_grid = match grid.filter(|_| needs_grid) {
        Some((path, file)) => Some(Arc::new(datum_grid(path, file).map_err(Failure::Refused)?)),
        None => None,
    };
    let context = NormalizeContext {
        crs,
        datum_grid,
        file_name: job.file_name.clone(),
        key: job.key.clone(),
        title: job.title.clone(),
        publisher: job.publisher,
        titles: job.titles.clone(),
        bounds: (!bounds.is_empty()).then_some(bounds),
        towns: towns(&job.towns)?,
        confidential,
    };
    let mut speaker = Speaker::new(out, job.telling.findings, job.records);
    let (records, made) = mpsc::sync_channel(WAITING_PACKS);
    let outcome = std::thread::scope(|scope| {
        let normalizing = thread("normalizing").spawn_scoped(scope, || {
            let mut normalizer = Normalizer::new(context, &profile, RecordPacker::new(records));
            let outcome = side_by_side(source, |packs| relay::play_rows(packs, &mut DataOnly::new(&mut normalizer)));
            // What the file's last rows become is said only where all of it could be read.
            if matches!(outcome, Ok(Ok(()))) {
                normalizer.finish().finish();
            }
            outcome
        })?;
        relay::play_records(&made, &mut speaker);
        drop(made);
        normalizing.join().map_err(|_| io::Error::other("normalizing ended early"))?
    });
    if let Some(error) = speaker.failed.take() {
        return Err(Failure::Output(error));
    }
    outcome.map_err(Failure::Output)?.map_err(refused)?;
    speaker.without_records().map_or(Ok(()), |refusal| Err(Failure::Refused(refusal)))
}

/// Reads the file in a thread of its own while what it says is taken here.
fn side_by_side(
    source: &SourceFile,
    take: impl FnOnce(&mpsc::Receiver<relay::Rows>),
) -> io::Result<Result<(), ReadError>> {
    let (rows, packs) = mpsc::sync_channel(WAITING_PACKS);
    std::thread::scope(|scope| {
        let reading = thread("reading").spawn_scoped(scope, || {
            let mut packer = RowPacker::new(rows);
            let outcome = read(source, &ReadLimits::default(), &mut packer);
            packer.finish();
            outcome
        })?;
        take(&packs);
        // Where the taker had enough, the reader finds nobody listening.
        drop(packs);
        reading.join().map_err(|_| io::Error::other("reading ended early"))
    })
}

/// Threads have the stack of a main thread, which readers of nested things were measured with.
fn thread(name: &str) -> std::thread::Builder {
    std::thread::Builder::new().name(name.to_owned()).stack_size(8 << 20)
}

/// The towns the parent sent; it has read them before.
fn towns(text: &str) -> Result<Option<Arc<Towns>>, Failure> {
    if text.is_empty() {
        return Ok(None);
    }
    Towns::parse(text).map(|towns| Some(Arc::new(towns))).map_err(|error| Failure::Output(io::Error::other(error)))
}

/// Reads the operator's grid of shifts. One that cannot be used refuses the file: positions good to ten metres must not
/// pass for those of the grid.
fn datum_grid(path: &Path, file: io::Result<File>) -> Result<DatumGrid, Refusal> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let refusal = |detail: String| Refusal {
        code: "datum-grid-broken".to_owned(),
        message_ja: format!(
            "設定 datum_grid の変換パラメータファイル「{name}」を使えません({detail})。管理者に連絡してください。"
        ),
        message_en: format!(
            "The datum grid {name} of the setting datum_grid cannot be used ({detail}); tell the operator."
        ),
    };
    let file = file.map_err(|error| refusal(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(MAX_GRID_BYTES + 1).read_to_end(&mut bytes).map_err(|error| refusal(error.to_string()))?;
    if bytes.len() as u64 > MAX_GRID_BYTES {
        return Err(refusal(format!("> {MAX_GRID_BYTES} bytes")));
    }
    DatumGrid::parse(&name, &bytes).map_err(|error| refusal(error.to_string()))
}

/// Takes away what a reader of files does not need.
fn confine(address_space_bytes: u64, cpu_seconds: u64) -> io::Result<()> {
    use rlimit::Resource;
    for (resource, most) in [
        (Resource::AS, address_space_bytes),
        (Resource::CPU, cpu_seconds),
        // Standard output is a pipe; no file is ever written.
        (Resource::FSIZE, 0),
        (Resource::CORE, 0),
        (Resource::NOFILE, 32),
    ] {
        let (_, hard) = resource.get()?;
        resource.set(most.min(hard), most.min(hard))?;
    }
    // A server takes its memory in small pages, which a worker would inherit; this one is large for a short while.
    rustix::thread::disable_transparent_huge_pages(false)?;
    // Where the parent dies, nobody waits for this any more.
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    forbid_system_calls()
}

/// socket, connect, bind, listen, socketpair, fork, vfork, execve, kill, ptrace, tkill, tgkill, process_vm_readv,
/// process_vm_writev, bpf, execveat; open, creat, openat, open_by_handle_at, openat2, since the files of the job are open
/// already (numbers of `asm/unistd_64.h`). Threads (clone) stay allowed.
#[cfg(target_arch = "x86_64")]
const FORBIDDEN: &[i64] =
    &[41, 42, 49, 50, 53, 57, 58, 59, 62, 101, 200, 234, 310, 311, 321, 322, 2, 85, 257, 304, 437];

/// socket, connect, execve, execveat, ptrace, bpf; openat, open_by_handle_at, openat2 (numbers of
/// `asm-generic/unistd.h`).
#[cfg(not(target_arch = "x86_64"))]
const FORBIDDEN: &[i64] = &[198, 203, 221, 281, 117, 280, 56, 265, 437];

/// No socket, no further file, no other program, no tracing of other processes: each answers "not permitted".
fn forbid_system_calls() -> io::Result<()> {
    use seccompiler::{SeccompAction, SeccompFilter, TargetArch, apply_filter};

    let Ok(arch) = TargetArch::try_from(std::env::consts::ARCH) else {
        // On a machine without a filter of its own the limits above still hold.
        return Ok(());
    };
    let rules = FORBIDDEN.iter().map(|call| (*call, Vec::new())).collect();
    let filter =
        SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(1), arch).map_err(io::Error::other)?;
    let program: seccompiler::BpfProgram = filter.try_into().map_err(io::Error::other)?;
    apply_filter(&program).map_err(io::Error::other)
}
