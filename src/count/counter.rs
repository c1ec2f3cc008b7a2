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
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use uuid::Uuid;

use super::CountError;
use super::access::{Access, Caller};
use super::class::Class;
use super::classify::Classifier;
use super::definition::Definition;
use super::record::{Entry, RECORD_BYTES, Record};
use super::salt::{self, DAY_MS, DayNumber, Random, Salt, japan_hour};
use super::segment::{self, Header, Segment, SegmentId};
use super::verdict::{Facts, Kind, Verdict, judge};
use crate::clock::Clock;

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
    /// Time between two runs of the background thread; `None` for no thread ([`Counter::tick`] is then called by
    /// hand). A power cut loses what was answered since the last run.
    pub tick: Option<Duration>,
}

impl Default for CounterOptions {
    fn default() -> Self {
        Self { replica: 0, slots: 1 << 18, ring: 1 << 16, tick: Some(Duration::from_millis(100)) }
    }
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

/// The counter of one data directory. Only one process holds it; see [`CountError::Locked`].
#[derive(Debug)]
pub struct Counter {
    inner: Arc<Inner>,
    thread: Option<std::thread::JoinHandle<()>>,
    abandoned: bool,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    segments: PathBuf,
    definition: Definition,
    classifier: Classifier,
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
/// Minutes of blindness that are remembered: one week.
const MOST_BLIND_MINUTES: usize = 7 * 24 * 60;

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
        let segments = folder.join("segments");
        fs::create_dir_all(&segments).map_err(CountError::file(&segments))?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(CountError::file(folder))?;
        let lock = lock(folder)?;
        for problem in segment::recover(&segments)? {
            tracing::warn!(%problem, "a counting segment of an earlier run could not be sealed");
        }
        let classifier = Classifier::new(&definition)?;
        let now_ms = clock.now().as_millisecond();
        salt::destroy_old(folder, now_ms, definition.windows.salt_life_hours)?;
        let today = salt::load_or_make(folder, DayNumber::of_ms(now_ms), random)?;
        let last_number = segment::list(&segments)?.iter().map(|found| found.id.number).max().unwrap_or(0);
        let inner = Arc::new(Inner {
            folder: folder.to_owned(),
            segments,
            definition,
            classifier,
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

fn lock(folder: &Path) -> Result<File, CountError> {
    let path = folder.join("lock");
    let file =
        fs::OpenOptions::new().create(true).write(true).truncate(false).open(&path).map_err(CountError::file(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(CountError::Locked { path: path.display().to_string() }),
        Err(fs::TryLockError::Error(source)) => Err(CountError::file(&path)(source)),
    }
}

/// A poisoned lock is taken over: what it guards is whole after every statement.
fn lock_of<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    fn count(&self, answered: &Answered<'_>) -> Counted {
        self.answered.fetch_add(1, Ordering::AcqRel);
        let time_ms = self.clock.now().as_millisecond();
        let class = self.classifier.classify(answered.agent, answered.address, answered.caller);
        let verdict = judge(answered.access, class, &answered.facts);
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
        let salt = salt::load_or_make(&self.folder, day, self.random).unwrap_or_else(|problem| {
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
            day: DayNumber::of_ms(now_ms),
            slots: self.options.slots,
        };
        Segment::create(&self.segments, header)
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
        if self.disk_failures.fetch_add(1, Ordering::Relaxed) % 1000 == 0 {
            tracing::warn!(%problem, "{what}");
        }
    }

    fn run(&self, every: Duration) {
        let mut stop = lock_of(&self.stop.0);
        while !*stop {
            let (guard, _) = self.stop.1.wait_timeout(stop, every).unwrap_or_else(PoisonError::into_inner);
            drop(guard);
            self.tick();
            stop = lock_of(&self.stop.0);
        }
    }

    fn tick(&self) {
        let mut ticking = lock_of(&self.ticking);
        let now_ms = self.clock.now().as_millisecond();
        self.renew_segment(now_ms);
        self.drain_ring(now_ms);
        self.note_minutes(&mut ticking, now_ms);
        if let Some(segment) = &self.live.load_full().segment {
            if let Err(problem) = segment.sync() {
                self.note_failure(&problem, "counting records could not be brought to the disk");
            }
        }
        self.seal_closed();
        self.renew_salts(&mut ticking, now_ms);
    }

    /// A segment where there is none, a spare where there is none, and a new segment with every hour.
    fn renew_segment(&self, now_ms: i64) {
        let live = self.live.load_full();
        if let Some(segment) = &live.segment {
            let made_ms = i64::try_from(segment.header.id.number).unwrap_or(i64::MAX);
            let same_hour = made_ms.div_euclid(3_600_000) == now_ms.div_euclid(3_600_000);
            if !same_hour && segment.written() > 0 {
                self.advance(segment.header.id);
            }
        }
        let mut rotation = lock_of(&self.rotation);
        if rotation.spare.is_none() {
            // The lock is held meanwhile; whoever needs it now needs just this segment.
            rotation.spare = self.try_segment(&mut rotation, now_ms);
        }
        let live = self.live.load_full();
        if live.segment.is_none() {
            if let Some(segment) = rotation.spare.take() {
                self.live.store(Arc::new(Live { segment: Some(segment), salts: live.salts }));
            }
        }
    }

    /// Moves what waits into the live segment and notes what was lost.
    fn drain_ring(&self, now_ms: i64) {
        loop {
            let live = self.live.load_full();
            let Some(segment) = &live.segment else { return };
            let lost = self.lost.load(Ordering::Acquire);
            let new_lost = lost - self.lost_noted.load(Ordering::Acquire);
            if new_lost > 0 {
                if !segment.put(&Entry::Lost { time_ms: now_ms, answers: new_lost }.to_bytes()) {
                    return;
                }
                self.lost_noted.store(lost, Ordering::Release);
            }
            let mut ring = lock_of(&self.ring);
            let Some(first) = ring.front() else { return };
            // A full segment is replaced by the next request or tick; what waits goes there.
            if !segment.put(&first.bytes) {
                drop(ring);
                if !self.advance(segment.header.id) {
                    return;
                }
                continue;
            }
            self.recorded.fetch_add(u64::from(first.answer), Ordering::AcqRel);
            ring.pop_front();
        }
    }

    fn note_minutes(&self, ticking: &mut Ticking, now_ms: i64) {
        let minute = now_ms.div_euclid(60_000);
        let live = self.live.load().segment.is_some();
        if live {
            for minute in ticking.blind.drain(..) {
                self.put(&Entry::Minute { time_ms: minute * 60_000, live: false }, false);
            }
        } else if ticking.blind.back() != Some(&minute) {
            if ticking.blind.len() == MOST_BLIND_MINUTES {
                ticking.blind.pop_front();
            }
            ticking.blind.push_back(minute);
        }
        if ticking.minute != Some(minute) && live {
            self.put(&Entry::Minute { time_ms: now_ms, live: true }, false);
            ticking.minute = Some(minute);
        }
    }

    fn seal_closed(&self) {
        let closing = std::mem::take(&mut lock_of(&self.rotation).closing);
        let mut left = Vec::new();
        for segment in closing {
            if !segment.is_complete() {
                left.push(segment);
                continue;
            }
            if let Err(problem) = segment.seal() {
                self.note_failure(&problem, "a counting segment could not be sealed; it is read as it stands");
                left.push(segment);
            }
        }
        lock_of(&self.rotation).closing.extend(left);
    }

    /// Tomorrow's salt is at hand an hour before midnight; once an hour old ones are destroyed.
    fn renew_salts(&self, ticking: &mut Ticking, now_ms: i64) {
        let today = DayNumber::of_ms(now_ms);
        let hour = now_ms.div_euclid(3_600_000);
        if japan_hour(now_ms) == 23 {
            let tomorrow = today.plus(1);
            let live = self.live.load_full();
            if !live.salts.iter().flatten().any(|salt| salt.day == tomorrow) {
                self.fetch_salt(tomorrow);
            }
        }
        if ticking.swept_hour == Some(hour) {
            return;
        }
        ticking.swept_hour = Some(hour);
        let life_hours = self.definition.windows.salt_life_hours;
        {
            let _rotation = lock_of(&self.rotation);
            let live = self.live.load_full();
            let alive = |salt: &Salt| now_ms < salt.day.begin_ms().saturating_add(i64::from(life_hours) * DAY_MS / 24);
            let salts = live.salts.map(|salt| salt.filter(alive));
            self.live.store(Arc::new(Live { segment: live.segment.clone(), salts }));
        }
        if let Err(problem) = salt::destroy_old(&self.folder, now_ms, life_hours) {
            self.note_failure(&problem, "an old salt could not be destroyed");
        }
    }

    /// The end: everything into sealed segments, the spare removed.
    fn finish(&self) {
        self.tick();
        let mut rotation = lock_of(&self.rotation);
        let live = self.live.load_full();
        self.live.store(Arc::new(Live { segment: None, salts: live.salts }));
        let spare = rotation.spare.take();
        drop(rotation);
        for segment in live.segment.iter().chain(&spare) {
            segment.close();
            lock_of(&self.rotation).closing.push(Arc::clone(segment));
        }
        self.seal_closed();
    }
}
