//! What goes into the counter and what comes out.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use uuid::Uuid;

use super::super::access::{Access, Caller};
use super::super::class::Class;
use super::super::classify::Classifier;
use super::super::definition::{Definition, DefinitionId};
use super::super::segment::Allocate;
use super::super::verdict::{Facts, Kind, Verdict};

/// How a counter works; [`Default`] is what a server uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CounterOptions {
    /// Which of several servers this is; 0 where there is one.
    pub replica: u32,
    /// Slots of a segment. 2^18 of 48 bytes are 12 MiB: nearly a minute at 5,000 answers a second, and two of them
    /// (live and spare) are all that a quiet server holds on the disk.
    pub slots: u32,
    /// Records that wait in memory where no segment can be made. 65,536 of 48 bytes are 3 MiB: 13 s at 5,000 answers a
    /// second, hours on a quiet day.
    pub ring: usize,
    /// Time between two runs of the background thread; `None` for no thread ([`tick`](super::Counter::tick) is then called by
    /// hand). A power cut loses what was answered since the last run.
    pub tick: Option<Duration>,
}

impl Default for CounterOptions {
    fn default() -> Self {
        Self { replica: 0, slots: 1 << 18, ring: 1 << 16, tick: Some(Duration::from_millis(100)) }
    }
}

/// What a counter works beside.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// A candidate definition, which judges the same answers in shadow.
    pub candidate: Option<Definition>,
    /// The folder of the salts that several servers share; `None` = the counter's own.
    pub salts: Option<PathBuf>,
    /// What gives segments their blocks; `None` = the file system. For tests of a full disk.
    pub allocate: Option<Allocate>,
}

/// A definition that runs in shadow: its classes and verdicts stand in the same records.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) id: DefinitionId,
    pub(super) classifier: Classifier,
}

/// All that is known of one answered request.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// The client's address, behind trusted proxies.
    pub address: IpAddr,
    /// The User-Agent; empty where there was none.
    pub agent: &'a [u8],
    /// Login and API key.
    pub caller: Caller,
    /// What was answered.
    pub access: Access,
    /// Further layers of a tile.
    pub also_layers: &'a [Uuid],
    /// A digest of the path, for pages without a target.
    pub page: u128,
    /// Method, status and what else the rules look at.
    pub facts: Facts,
    /// Length of the body in bytes, where it is known.
    pub length_bytes: Option<u64>,
}

/// How a request was counted, before the 30-second rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Its class.
    pub class: Class,
    /// Its verdict.
    pub verdict: Verdict,
    /// When, milliseconds since 1970 UTC.
    pub time_ms: i64,
    /// The visitor's token of the day.
    pub token: u64,
    /// What was answered.
    pub kind: Kind,
    /// Its target.
    pub target: Uuid,
}

/// What a counter did since it was opened. At rest `answered = recorded + waiting + lost`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Answers handed to the counter.
    pub answered: u64,
    /// Answers whose record lies in a segment.
    pub recorded: u64,
    /// Answers whose record waits in memory for a segment.
    pub waiting: u64,
    /// Answers whose record could not be kept.
    pub lost: u64,
    /// Failures of the disk since then.
    pub disk_failures: u64,
}
