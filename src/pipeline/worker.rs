//! The child's side: one file from standard input, frames to standard output, and nothing else to reach.
//!
//! The process limits itself before it reads a byte of the file: memory, processor time, files, no socket, no other
//! program. A parser that breaks a limit dies here, and only here.

use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Write};
use std::ops::ControlFlow;

use arrow::array::RecordBatch;
use arrow::ipc::writer::StreamWriter;

use super::batch::Batches;
use super::frames::{Frame, Job, Refusal, TableEnd, write};
use super::tally::FindingCounts;
use crate::model::finding::Finding;
use crate::model::record::{Record, RefusedRow};
use crate::normalize::{NormalizeContext, Normalizer, Profile, RecordSink, TableBegun, TableCounts};
use crate::read::{ReadLimits, SourceFile, read};

/// Address space for the program and its libraries (about 300 MB mapped) and rows in flight; to it come six bytes for
/// each byte of the file: its bytes, their decoded text and the index of its features.
const BASE_ADDRESS_SPACE_BYTES: u64 = 1 << 30;

/// Processor time, seconds: the deadline of the parent with a margin for its own waiting.
const CPU_SECONDS: u64 = 900;

/// Reads one job from `input` and answers on `output`.
///
/// # Errors
/// Where the parent's own words cannot be understood or it has gone; problems of the file are frames.
pub fn run(input: impl io::Read, output: impl Write) -> io::Result<()> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    let mut head = String::new();
    input.read_line(&mut head)?;
    let job: Job = serde_json::from_str(&head).map_err(io::Error::other)?;
    let total = job.bytes + job.companions.iter().map(|(_, bytes)| bytes).sum::<u64>();
    confine(BASE_ADDRESS_SPACE_BYTES.saturating_add(total.saturating_mul(6)))?;
    let source = take_source(&job, &mut input)?;
    let mut out = BufWriter::with_capacity(1 << 16, output);
    match convert(&job, &source, &mut out) {
        Ok(()) => write(&mut out, &Frame::Done)?,
        Err(Failure::Refused(refusal)) => write(&mut out, &Frame::RefusedWhole(refusal))?,
        Err(Failure::Output(error)) => return Err(error),
    }
    out.flush()
}

fn take_source(job: &Job, input: &mut impl io::Read) -> io::Result<SourceFile> {
    let mut exactly = |length: u64| -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(usize::try_from(length).map_err(io::Error::other)?);
        input.by_ref().take(length).read_to_end(&mut bytes)?;
        if bytes.len() as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    };
    let bytes = exactly(job.bytes)?;
    let mut companions = Vec::new();
    for (extension, length) in &job.companions {
        companions.push((extension.clone(), exactly(*length)?));
    }
    Ok(SourceFile { name: job.file_name.clone(), bytes, companions })
}

enum Failure {
    Refused(Refusal),
    Output(io::Error),
}

fn convert(job: &Job, source: &SourceFile, out: &mut dyn Write) -> Result<(), Failure> {
    let limits = ReadLimits::default();
    let refused = |error: crate::read::ReadError| {
        Failure::Refused(Refusal {
            code: error.code().to_owned(),
            message_ja: error.message_ja(),
            message_en: error.message_en(),
        })
    };
    // The first reading only looks: which columns of schema-less tables are numbers throughout.
    let mut profile = Profile::named(&source.name);
    read(source, &limits, &mut profile).map_err(refused)?;
    let bounds = job.bounds.iter().filter_map(|geometry| {
        geo_types::Geometry::<f64>::try_from(geometry).ok().and_then(|geometry| match geometry {
            geo_types::Geometry::Polygon(polygon) => Some(geo_types::MultiPolygon(vec![polygon])),
            geo_types::Geometry::MultiPolygon(polygons) => Some(polygons),
            _ => None,
        })
    });
    let bounds: Vec<_> = bounds.collect();
    let context = NormalizeContext {
        file_name: job.file_name.clone(),
        key: job.key.clone(),
        title: job.title.clone(),
        publisher: job.publisher,
        titles: job.titles.clone(),
        bounds: (!bounds.is_empty()).then_some(bounds),
    };
    let speaker = Speaker { out, table: None, failed: None };
    let mut normalizer = Normalizer::new(context, &profile, speaker);
    read(source, &limits, &mut normalizer).map_err(refused)?;
    let speaker = normalizer.finish();
    match speaker.failed {
        Some(error) => Err(Failure::Output(error)),
        None => Ok(()),
    }
}

/// Turns what normalizing yields into frames.
struct Speaker<'a> {
    out: &'a mut dyn Write,
    table: Option<Speaking>,
    failed: Option<io::Error>,
}

struct Speaking {
    batches: Batches,
    counts: FindingCounts,
    records: u64,
}

impl Speaker<'_> {
    fn say(&mut self, frame: &Frame) -> ControlFlow<()> {
        if self.failed.is_some() {
            return ControlFlow::Break(());
        }
        match write(self.out, frame) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => self.fail(error),
        }
    }

    fn fail(&mut self, error: io::Error) -> ControlFlow<()> {
        self.failed = Some(error);
        ControlFlow::Break(())
    }

    fn say_batch(&mut self, batch: Result<Option<RecordBatch>, arrow::error::ArrowError>) -> ControlFlow<()> {
        match batch.map(|batch| batch.map(|batch| ipc(&batch))) {
            Ok(None) => ControlFlow::Continue(()),
            Ok(Some(Ok(bytes))) => self.say(&Frame::Batch(bytes)),
            Ok(Some(Err(error))) | Err(error) => self.fail(io::Error::other(error)),
        }
    }
}

fn ipc(batch: &RecordBatch) -> Result<Vec<u8>, arrow::error::ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    writer.write(batch)?;
    writer.finish()?;
    writer.into_inner()
}

impl RecordSink for Speaker<'_> {
    fn table(&mut self, begun: TableBegun) -> ControlFlow<()> {
        self.table =
            Some(Speaking { batches: Batches::new(&begun.shape), counts: FindingCounts::default(), records: 0 });
        self.say(&Frame::Table(Box::new(begun)))
    }

    fn record(&mut self, record: Record) -> ControlFlow<()> {
        let Some(table) = &mut self.table else { return ControlFlow::Break(()) };
        table.records += 1;
        let batch = table.batches.push(&record);
        self.say_batch(batch)
    }

    fn refused(&mut self, row: RefusedRow) -> ControlFlow<()> {
        self.finding(row.reason.clone());
        self.say(&Frame::Refused(Box::new(row)))
    }

    fn finding(&mut self, finding: Finding) {
        let keep = self.table.as_mut().is_none_or(|table| table.counts.add(&finding));
        if keep {
            // A failed write is remembered and stops the reader at its next row.
            let _ = self.say(&Frame::Finding(Box::new(finding)));
        }
    }

    fn end(&mut self, counts: TableCounts) -> ControlFlow<()> {
        let Some(mut table) = self.table.take() else { return ControlFlow::Break(()) };
        let last = table.batches.finish();
        self.say_batch(last)?;
        let seen = table.batches.seen();
        self.say(&Frame::End(Box::new(TableEnd {
            rows_read: counts.rows_read,
            records: table.records,
            refused: counts.refused,
            geometry: seen.kind(),
            bbox: seen.bbox(),
            finding_counts: table.counts.into_list(),
        })))
    }
}

/// Takes away what a reader of files does not need.
fn confine(address_space_bytes: u64) -> io::Result<()> {
    use rlimit::Resource;
    for (resource, most) in [
        (Resource::AS, address_space_bytes),
        (Resource::CPU, CPU_SECONDS),
        // Standard output is a pipe; no file is ever written.
        (Resource::FSIZE, 0),
        (Resource::CORE, 0),
        (Resource::NOFILE, 32),
    ] {
        let (_, hard) = resource.get()?;
        resource.set(most.min(hard), most.min(hard))?;
    }
    // Where the parent dies, nobody waits for this any more.
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    forbid_system_calls()
}

/// socket, connect, bind, listen, socketpair, fork, vfork, execve, kill, ptrace, tkill, tgkill, process_vm_readv,
/// process_vm_writev, bpf, execveat (numbers of `asm/unistd_64.h`). Threads (clone) stay allowed.
#[cfg(target_arch = "x86_64")]
const FORBIDDEN: &[i64] = &[41, 42, 49, 50, 53, 57, 58, 59, 62, 101, 200, 234, 310, 311, 321, 322];

/// socket, connect, execve, execveat, ptrace, bpf (numbers of `asm-generic/unistd.h`).
#[cfg(not(target_arch = "x86_64"))]
const FORBIDDEN: &[i64] = &[198, 203, 221, 281, 117, 280];

/// No socket, no other program, no tracing of other processes: each answers "not permitted".
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
