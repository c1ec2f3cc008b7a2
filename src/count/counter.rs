//! The counter of a running server: from an answered request to a record in the live segment.
//!
//! The hot path takes no lock and allocates nothing: it loads the live segment, claims a slot and writes 48 bytes into
//! mapped memory. A lock is taken only where a segment is full or a day begins that nobody foresaw. Rotation loses and
//! doubles nothing: a full segment is closed by the same counter that gives out its slots, so that every claim either
//! got a slot (and will be written into it before the segment is sealed) or got none (and is made again in the next).
//!
//! Where no segment can be made, records wait in a bounded ring; where that is full they are lost *by number*, and the
//! minutes count as not observed. An answer is never delayed for it and never fails.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use arc_swap::ArcSwap;

use super::CountError;
use super::access::Access;
use super::classify::Classifier;
use super::definition::Definition;
use super::record::{Entry, RECORD_BYTES, Record};
use super::salt::{self, DayNumber, Random, Salt};
use super::segment::{self, Allocate, Header, Segment, SegmentId};
use super::verdict::{Kind, Verdict, judge};
use crate::clock::Clock;

mod answered;
mod background;
mod locks;

use locks::{lock, lock_of};

use answered::Candidate;
pub use answered::{Answered, Beside, Counted, CounterOptions, Totals};

/// The counter of one data directory. Only one process holds it; see [`CountError::Locked`].
#[derive(Debug)]
pub struct Counter {
    inner: Arc<Inner>,
    thread: Option<std::thread::JoinHandle<()>>,
    abandoned: bool,
}

#[derive(Debug)]
struct Inner {
    salts: PathBuf,
    segments: PathBuf,
    definition: Definition,
    classifier: Classifier,
    candidate: Option<Candidate>,
    allocate: Allocate,
    clock: Arc<dyn Clock>,
    random: Random,
    options: CounterOptions,
    live: ArcSwap<Live>,
    rotation: Mutex<Rotation>,
    ring: Mutex<VecDeque<Waiting>>,
    answered: AtomicU64,
    recorded: AtomicU64,
    lost: AtomicU64,
    lost_noted: AtomicU64,
    disk_failures: AtomicU64,
    /// The next time at which a segment may be tried again after a failure.
    retry_ms: AtomicI64,
    ticking: Mutex<Ticking>,
    stop: (Mutex<bool>, Condvar),
    _lock: File,
}

/// What the hot path reads.
#[derive(Debug, Clone)]
struct Live {
    segment: Option<Arc<Segment>>,
    /// Salts of the days at hand, today's among them.
    salts: [Option<Salt>; 3],
}

#[derive(Debug, Default)]
struct Rotation {
    spare: Option<Arc<Segment>>,
    closing: Vec<Arc<Segment>>,
    last_number: u64,
}

#[derive(Debug, Default)]
struct Ticking {
    minute: Option<i64>,
    /// Minutes in which the service was up and nothing could be written, to be noted later; bounded by a week.
    blind: VecDeque<i64>,
    swept_hour: Option<i64>,
}

#[derive(Debug, Clone, Copy)]
struct Waiting {
    bytes: [u8; RECORD_BYTES],
    answer: bool,
}

/// Milliseconds before another segment is tried after a failure, so that a full disk is not asked at every request.
const RETRY_MS: i64 = 1000;

impl Counter {
    /// Opens `folder` (`counts` in the data directory; mode 0700), takes its lock, seals what an earlier process left,
    /// loads or makes the day's salt and begins a segment. Errors tell why no counting is possible at all; after this
    /// nothing fails any more.
    pub fn open(
        folder: &Path,
        definition: Definition,
        options: CounterOptions,
        clock: Arc<dyn Clock>,
        random: Random,
    ) -> Result<Self, CountError> {
        Self::open_beside(folder, definition, Beside::default(), options, clock, random)
    }

    /// [`Self::open`] beside a candidate definition or other servers.
    pub fn open_beside(
        folder: &Path,
        definition: Definition,
        beside: Beside,
        options: CounterOptions,
        clock: Arc<dyn Clock>,
        random: Random,
    ) -> Result<Self, CountError> {
        let segments = folder.join("segments");
        fs::create_dir_all(&segments).map_err(CountError::file(&segments))?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(CountError::file(folder))?;
        let lock = lock(folder)?;
        for problem in segment::recover(&segments)? {
            tracing::warn!(%problem, "a counting segment of an earlier run could not be sealed");
        }
        let classifier = Classifier::new(&definition)?;
        let candidate = beside
            .candidate
            .as_ref()
            .map(|candidate| {
                definition.can_judge_beside(candidate)?;
                Ok::<_, CountError>(Candidate { id: candidate.id, classifier: Classifier::new(candidate)? })
            })
            .transpose()?;
        let now_ms = clock.now().as_millisecond();
        let salts = beside.salts.unwrap_or_else(|| folder.to_owned());
        salt::destroy_old(&salts, now_ms, definition.windows.salt_life_hours)?;
        let today = salt::load_or_make(&salts, DayNumber::of_ms(now_ms), random)?;
        let last_number = segment::list(&segments)?.iter().map(|found| found.id.number).max().unwrap_or(0);
        let inner = Arc::new(Inner {
            salts,
            segments,
            definition,
            classifier,
            candidate,
            allocate: beside.allocate.unwrap_or(segment::allocate),
            clock,
            random,
            options,
            live: ArcSwap::from_pointee(Live { segment: None, salts: [Some(today), None, None] }),
            rotation: Mutex::new(Rotation { last_number, ..Rotation::default() }),
            ring: Mutex::new(VecDeque::with_capacity(options.ring)),
            answered: AtomicU64::new(0),
            recorded: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            lost_noted: AtomicU64::new(0),
            disk_failures: AtomicU64::new(0),
            retry_ms: AtomicI64::new(i64::MIN),
            ticking: Mutex::new(Ticking::default()),
            stop: (Mutex::new(false), Condvar::new()),
            _lock: lock,
        });
        let first = inner.make_segment(now_ms)?;
        inner.install(Arc::new(first));
        inner.tick();
        let thread = options.tick.map(|every| {
            let inner = Arc::clone(&inner);
            std::thread::spawn(move || inner.run(every))
        });
        Ok(Self { inner, thread, abandoned: false })
    }

    /// The definition by which it counts.
    pub fn definition(&self) -> &Definition {
        &self.inner.definition
    }

    /// Classifies, judges and records one answered request. When it returns, the record lies in the page cache: the
    /// answer may go out.
    pub fn count(&self, answered: &Answered<'_>) -> Counted {
        self.inner.count(answered)
    }

    /// What it did since it was opened.
    pub fn totals(&self) -> Totals {
        let waiting = lock_of(&self.inner.ring).iter().filter(|waiting| waiting.answer).count() as u64;
        Totals {
            answered: self.inner.answered.load(Ordering::Acquire),
            recorded: self.inner.recorded.load(Ordering::Acquire),
            waiting,
            lost: self.inner.lost.load(Ordering::Acquire),
            disk_failures: self.inner.disk_failures.load(Ordering::Relaxed),
        }
    }

    /// One run of the background work: brings records to the disk, notes the minute, prepares the next segment and the
    /// next day's salt, seals what is full or of another hour, destroys old salts.
    pub fn tick(&self) {
        self.inner.tick();
    }

    /// Closes and seals the live segment and begins another: for tests and before a backup.
    pub fn rotate(&self) {
        self.inner.rotate();
        self.inner.tick();
    }

    /// Stops as a killed process does: nothing is sealed or synced, the lock goes. For tests.
    pub fn abandon(mut self) {
        self.stop_thread();
        self.abandoned = true;
    }

    fn stop_thread(&mut self) {
        if let Some(thread) = self.thread.take() {
            *lock_of(&self.inner.stop.0) = true;
            self.inner.stop.1.notify_all();
            // The thread does not panic; were it otherwise there would be nothing left to stop.
            let _ = thread.join();
        }
    }
}

impl Drop for Counter {
    /// An orderly end: the live segment is sealed. A killed process leaves that to the next start.
    fn drop(&mut self) {
        self.stop_thread();
        if !self.abandoned {
            self.inner.finish();
        }
    }
}

impl Inner {
    fn count(&self, answered: &Answered<'_>) -> Counted {
        self.answered.fetch_add(1, Ordering::AcqRel);
        let time_ms = self.clock.now().as_millisecond();
        let (class, family) = self.classifier.classify_with_family(answered.agent, answered.address, answered.caller);
        let verdict = judge(answered.access, class, &answered.facts);
        let candidate = self.candidate.as_ref().map(|candidate| {
            let class = candidate.classifier.classify(answered.agent, answered.address, answered.caller);
            (class, judge(answered.access, class, &answered.facts))
        });
        let token = self.token(time_ms, answered);
        let (kind, target) = Kind::of(answered.access, answered.page);
        let mut record = Record {
            time_ms,
            token,
            target,
            length_bytes: u32::try_from(answered.length_bytes.unwrap_or(0)).unwrap_or(u32::MAX),
            status: answered.facts.status,
            kind,
            class,
            verdict,
            also: false,
            in_parts: matches!(answered.access, Access::Download { in_parts: true, .. }),
            family,
            candidate,
        };
        self.put(&Entry::Answer(record), true);
        if verdict == Verdict::Tile && kind == Kind::Tile {
            record.also = true;
            record.length_bytes = 0;
            for layer in answered.also_layers {
                record.target = *layer;
                self.put(&Entry::Answer(record), false);
            }
        }
        Counted { class, verdict, time_ms, token, kind, target }
    }

    fn token(&self, time_ms: i64, answered: &Answered<'_>) -> u64 {
        let day = DayNumber::of_ms(time_ms);
        let bits = self.definition.windows.ipv6_prefix_bits;
        let known = self.live.load().salts.iter().flatten().find(|salt| salt.day == day).copied();
        known.unwrap_or_else(|| self.fetch_salt(day)).token(answered.address, bits, answered.agent)
    }

    /// The salt of a day that is not at hand: the clock was set, or the machine slept over midnight.
    fn fetch_salt(&self, day: DayNumber) -> Salt {
        let _rotation = lock_of(&self.rotation);
        let live = self.live.load_full();
        if let Some(salt) = live.salts.iter().flatten().find(|salt| salt.day == day) {
            return *salt;
        }
        let salt = salt::load_or_make(&self.salts, day, self.random).unwrap_or_else(|problem| {
            self.note_failure(&problem, "the day's salt could not be kept; a restart would split the day");
            salt::in_memory(day)
        });
        let [first, second, _] = live.salts;
        self.live.store(Arc::new(Live { segment: live.segment.clone(), salts: [Some(salt), first, second] }));
        salt
    }

    /// Puts an entry into the live segment, else into the ring, else numbers it as lost.
    fn put(&self, entry: &Entry, answer: bool) {
        let bytes = entry.to_bytes();
        loop {
            let live = self.live.load();
            let Some(segment) = &live.segment else { break };
            if segment.put(&bytes) {
                self.recorded.fetch_add(u64::from(answer), Ordering::AcqRel);
                return;
            }
            if !self.advance(segment.header.id) {
                break;
            }
        }
        let mut ring = lock_of(&self.ring);
        if ring.len() < self.options.ring {
            ring.push_back(Waiting { bytes, answer });
        } else {
            self.lost.fetch_add(u64::from(answer), Ordering::AcqRel);
        }
    }

    /// Replaces the full segment `full` by the next one; gives whether there is a segment to try again with.
    fn advance(&self, full: SegmentId) -> bool {
        let mut rotation = lock_of(&self.rotation);
        let live = self.live.load_full();
        match &live.segment {
            Some(segment) if segment.header.id == full => {
                segment.close();
                rotation.closing.push(Arc::clone(segment));
            }
            Some(_) => return true,
            None => return false,
        }
        let now_ms = self.clock.now().as_millisecond();
        let next = rotation.spare.take().or_else(|| self.try_segment(&mut rotation, now_ms));
        let found = next.is_some();
        self.live.store(Arc::new(Live { segment: next, salts: live.salts }));
        found
    }

    /// Makes a segment unless that failed a moment ago.
    fn try_segment(&self, rotation: &mut Rotation, now_ms: i64) -> Option<Arc<Segment>> {
        let retry_ms = self.retry_ms.load(Ordering::Relaxed);
        // A clock that was set back far must not silence the retry for as long.
        if now_ms < retry_ms && retry_ms.saturating_sub(now_ms) <= RETRY_MS {
            return None;
        }
        match self.make_numbered(&mut rotation.last_number, now_ms) {
            Ok(segment) => Some(Arc::new(segment)),
            Err(problem) => {
                self.note_failure(&problem, "no counting segment could be made; records wait in memory");
                self.retry_ms.store(now_ms.saturating_add(RETRY_MS), Ordering::Relaxed);
                None
            }
        }
    }

    fn make_segment(&self, now_ms: i64) -> Result<Segment, CountError> {
        self.make_numbered(&mut lock_of(&self.rotation).last_number, now_ms)
    }

    /// Numbers grow with the time, so that they do not begin anew once old segments are gone.
    fn make_numbered(&self, last_number: &mut u64, now_ms: i64) -> Result<Segment, CountError> {
        let number = u64::try_from(now_ms).unwrap_or(0).max(last_number.saturating_add(1));
        *last_number = number;
        let header = Header {
            id: SegmentId { replica: self.options.replica, number },
            definition: self.definition.id,
            candidate: self.candidate.as_ref().map(|candidate| candidate.id),
            day: DayNumber::of_ms(now_ms),
            slots: self.options.slots,
        };
        Segment::create(&self.segments, header, self.allocate)
    }

    fn install(&self, segment: Arc<Segment>) {
        let _rotation = lock_of(&self.rotation);
        let live = self.live.load_full();
        self.live.store(Arc::new(Live { segment: Some(segment), salts: live.salts }));
    }

    fn rotate(&self) {
        let id = self.live.load().segment.as_ref().map(|segment| segment.header.id);
        if let Some(id) = id {
            self.advance(id);
        }
    }

    fn note_failure(&self, problem: &CountError, what: &'static str) {
        // Once, and then every thousandth time: a full disk must not fill the log as well.
        if self.disk_failures.fetch_add(1, Ordering::Relaxed).is_multiple_of(1000) {
            tracing::warn!(%problem, "{what}");
        }
    }
}
