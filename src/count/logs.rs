//! Logs of other web servers: lines to records, by the same rule over what a log tells.
//!
//! A log knows no login, no API key, no prefetch and no range, and the time often to the second only; so its figures
//! carry a definition id of their own (see [`Definition::of_logs`]). Addresses and User-Agents become tokens and classes
//! at once; the salts of the days live in memory only and go with the process.

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;
use std::path::{Path, PathBuf};

use super::CountError;
use super::access::Caller;
use super::classify::Classifier;
use super::definition::Definition;
use super::record::{Entry, Record};
use super::salt::{DayNumber, Random, Salt};
use super::segment::{self, Header, SegmentId};
use super::target::Target;
use super::verdict::{Facts, Kind, Method, Part, Verdict, judge};

mod line;
mod paths;

pub use line::{BadLine, Format, Line};
pub use paths::{PathError, Paths};

/// Entries of one spooled segment: 3 MiB.
const SLOTS: u32 = 1 << 16;
/// Longest line that is read: web servers take request lines of 8 KiB, and the referrer may be as long.
const LONGEST_LINE: u64 = 64 << 10;
/// Bad lines that are named; the others are numbered.
const MOST_NAMED: usize = 20;
/// Things that may be named for the first time by logs: a city has some thousands of datasets and files.
const MOST_NEW_TARGETS: usize = 100_000;

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Bad {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// Why; never what it holds.
    pub reason: &'static str,
}

/// What was read of logs.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// Lines read, empty ones apart.
    pub lines: u64,
    /// Lines among them that could not be read.
    pub bad_lines: u64,
    /// The first of those.
    pub first_bad: Vec<Bad>,
    /// Lines without a User-Agent: they count as robots, as the definition has it.
    pub without_agent: u64,
    /// Answers by kind.
    pub kinds: BTreeMap<&'static str, u64>,
}

/// Turns lines into records of a folder of segments.
#[derive(Debug)]
pub struct LogReader<'a> {
    folder: PathBuf,
    definition: &'a Definition,
    classifier: Classifier,
    paths: &'a Paths,
    format: Format,
    random: Random,
    salts: HashMap<DayNumber, Salt>,
    entries: Vec<Entry>,
    number: u64,
    summary: Summary,
    new_targets: BTreeMap<uuid::Uuid, Target>,
}

impl<'a> LogReader<'a> {
    /// Reads into `folder`, which must be empty.
    pub fn new(
        folder: &Path,
        definition: &'a Definition,
        paths: &'a Paths,
        format: Format,
        random: Random,
    ) -> Result<Self, CountError> {
        Ok(Self {
            folder: folder.to_owned(),
            definition,
            classifier: Classifier::new(definition)?,
            paths,
            format,
            random,
            salts: HashMap::new(),
            entries: Vec::new(),
            number: 0,
            summary: Summary::default(),
            new_targets: BTreeMap::new(),
        })
    }

    /// Reads one log, gzip or plain by its content. `see` gets the number of each thousandth line.
    pub fn read(&mut self, name: &str, mut log: impl BufRead, see: &mut dyn FnMut(u64)) -> Result<(), CountError> {
        let failed = || CountError::file(Path::new(name));
        let is_gzip = log.fill_buf().map_err(failed())?.starts_with(&[0x1f, 0x8b]);
        if is_gzip {
            let plain = std::io::BufReader::with_capacity(1 << 16, flate2::bufread::MultiGzDecoder::new(log));
            self.read_lines(name, plain, see)
        } else {
            self.read_lines(name, log, see)
        }
    }

    fn read_lines(&mut self, name: &str, mut log: impl BufRead, see: &mut dyn FnMut(u64)) -> Result<(), CountError> {
        let mut bytes = Vec::new();
        for number in 1_u64.. {
            bytes.clear();
            let mut part = std::io::Read::take(&mut log, LONGEST_LINE);
            part.read_until(b'\n', &mut bytes).map_err(CountError::file(Path::new(name)))?;
            if bytes.is_empty() {
                break;
            }
            let whole = bytes.ends_with(b"\n") || (bytes.len() as u64) < LONGEST_LINE;
            if !whole {
                log.skip_until(b'\n').map_err(CountError::file(Path::new(name)))?;
            }
            let text = bytes.trim_ascii();
            if text.is_empty() {
                continue;
            }
            self.summary.lines += 1;
            let line = if whole { Line::parse(text, self.format) } else { Err(BadLine("it is longer than 64 KiB")) };
            match line {
                Ok(line) => self.take(&line)?,
                Err(BadLine(reason)) => {
                    self.summary.bad_lines += 1;
                    if self.summary.first_bad.len() < MOST_NAMED {
                        self.summary.first_bad.push(Bad { file: name.to_owned(), line: number, reason });
                    }
                }
            }
            if number.is_multiple_of(1000) {
                see(number);
            }
        }
        Ok(())
    }

    fn take(&mut self, line: &Line<'_>) -> Result<(), CountError> {
        let used = self.paths.used(&line.path);
        let (class, family) = self.classifier.classify_with_family(&line.agent, line.address, Caller::default());
        let facts = Facts {
            method: match line.method.as_ref() {
                "GET" => Method::Get,
                "POST" => Method::Post,
                _ => Method::Another,
            },
            status: line.status,
            part: Part::Unknown,
            prefetch: false,
            own_page: false,
        };
        let verdict = judge(used.access, class, &facts);
        let (kind, target) = Kind::of(used.access, used.page);
        // Names that were asked for in vain are no targets.
        if matches!(verdict, Verdict::Counted | Verdict::Tile) {
            for new in used.targets {
                if self.new_targets.len() < MOST_NEW_TARGETS {
                    self.new_targets.entry(new.id).or_insert(new);
                }
            }
        }
        self.summary.without_agent += u64::from(line.agent.is_empty());
        *self.summary.kinds.entry(kind.name()).or_default() += 1;
        let token = self.token(line)?;
        self.entries.push(Entry::Answer(Record {
            time_ms: line.time_ms,
            token,
            target,
            length_bytes: u32::try_from(line.bytes).unwrap_or(u32::MAX),
            status: line.status,
            kind,
            class,
            verdict,
            also: false,
            in_parts: false,
            family,
            candidate: None,
        }));
        if self.entries.len() >= SLOTS as usize { self.spool() } else { Ok(()) }
    }

    fn token(&mut self, line: &Line<'_>) -> Result<u64, CountError> {
        let day = DayNumber::of_ms(line.time_ms);
        let salt = if let Some(salt) = self.salts.get(&day) {
            *salt
        } else {
            let mut key = [0; 16];
            (self.random)(&mut key).map_err(CountError::Random)?;
            *self.salts.entry(day).or_insert(Salt::new(day, key))
        };
        Ok(salt.token(line.address, self.definition.windows.ipv6_prefix_bits, &line.agent))
    }

    fn spool(&mut self) -> Result<(), CountError> {
        let Some(first) = self.entries.first() else { return Ok(()) };
        self.number += 1;
        let header = Header {
            id: SegmentId { replica: u32::MAX, number: self.number },
            definition: self.definition.id,
            candidate: None,
            day: DayNumber::of_ms(first.time_ms()),
            slots: SLOTS,
        };
        segment::write_sealed(&self.folder, header, &self.entries)?;
        self.entries.clear();
        Ok(())
    }

    /// What was read, and the things that the logs name and nobody knew.
    pub fn finish(mut self) -> Result<(Summary, Vec<Target>), CountError> {
        self.spool()?;
        Ok((self.summary, self.new_targets.into_values().collect()))
    }
}
