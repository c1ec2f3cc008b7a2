//! From the records of one day to its figures: the rules that need order – 30 seconds, sessions, once per session.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

use super::class::Class;
use super::definition::Windows;
use super::record::Record;
use super::salt::japan_hour;
use super::target::Belonging;
use super::verdict::{Kind, Verdict};

/// What a figure measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Uses of a dataset in any form (COUNTER: total investigations). Target: the dataset.
    Investigations,
    /// Sessions in which a dataset was used (COUNTER: unique investigations). Target: the dataset.
    UniqueInvestigations,
    /// Times its content was got (COUNTER: total requests). Target: the dataset.
    Requests,
    /// Sessions in which its content was got (COUNTER: unique requests). Target: the dataset.
    UniqueRequests,
    /// Times the content of one distribution was got. Target: the distribution.
    DistributionRequests,
    /// Sessions in which a map was opened. Target: the map.
    MapSessions,
    /// Those of them whose first open was of the embedded map. Target: the map.
    MapSessionsEmbedded,
    /// Opens of a map, each that the 30-second rule lets pass. Target: the map.
    MapOpens,
    /// Visitors of the day who opened at least one map. No target.
    Viewers,
    /// Sessions in which a layer was drawn or read by a GIS. Target: the layer.
    LayerUses,
    /// Tiles answered: technical. Target: the layer.
    TileRequests,
    /// Bytes of tiles answered, where the length is known: technical. Target: the layer.
    TileBytes,
    /// Searches. No target.
    Searches,
    /// Views of a use-case page. Target: the use case.
    UseCaseViews,
    /// Views of other public pages. No target.
    PageViews,
}

impl Measure {
    /// All measures.
    pub const ALL: [Self; 15] = [
        Self::Investigations,
        Self::UniqueInvestigations,
        Self::Requests,
        Self::UniqueRequests,
        Self::DistributionRequests,
        Self::MapSessions,
        Self::MapSessionsEmbedded,
        Self::MapOpens,
        Self::Viewers,
        Self::LayerUses,
        Self::TileRequests,
        Self::TileBytes,
        Self::Searches,
        Self::UseCaseViews,
        Self::PageViews,
    ];

    /// The name it is stored under.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Investigations => "investigations",
            Self::UniqueInvestigations => "unique-investigations",
            Self::Requests => "requests",
            Self::UniqueRequests => "unique-requests",
            Self::DistributionRequests => "distribution-requests",
            Self::MapSessions => "map-sessions",
            Self::MapSessionsEmbedded => "map-sessions-embedded",
            Self::MapOpens => "map-opens",
            Self::Viewers => "viewers",
            Self::LayerUses => "layer-uses",
            Self::TileRequests => "tile-requests",
            Self::TileBytes => "tile-bytes",
            Self::Searches => "searches",
            Self::UseCaseViews => "use-case-views",
            Self::PageViews => "page-views",
        }
    }

    /// The measure of a [`Self::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.name() == name)
    }
}

/// A record with its place in the order of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// The replica that wrote it.
    pub replica: u32,
    /// Its place there: segment number and slot.
    pub sequence: (u64, u32),
    /// What was answered.
    pub record: Record,
}

/// The figures of one day under one definition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// By measure, target (nil where the measure has none) and class.
    pub figures: BTreeMap<(Measure, Uuid, Class), u64>,
    /// Answers by hour in Japan, class and final verdict. Their sum is the number of answers.
    pub served: BTreeMap<(u8, Class, Verdict), u64>,
}

/// The 30-second rule: whether an event counts, given the last one counted of its key. A key is (token, kind, target).
/// Events come in the order of time; at a difference of exactly the window the event counts.
#[derive(Debug, Default)]
pub struct Repeats {
    last_counted_ms: HashMap<(u64, Kind, Uuid), i64>,
}

impl Repeats {
    /// Whether the event counts; if so it is the last one counted from now on.
    pub fn passes(&mut self, token: u64, kind: Kind, target: Uuid, time_ms: i64, window_ms: u64) -> bool {
        match self.last_counted_ms.entry((token, kind, target)) {
            std::collections::hash_map::Entry::Occupied(mut last) => {
                let passes = time_ms < *last.get() || last.get().abs_diff(time_ms) >= window_ms;
                if passes {
                    last.insert(time_ms);
                }
                passes
            }
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(time_ms);
                true
            }
        }
    }

    /// Forgets all that can no longer suppress anything at `now_ms`.
    pub fn forget_before(&mut self, now_ms: i64, window_ms: u64) {
        self.last_counted_ms.retain(|_, last| last.abs_diff(now_ms) < window_ms);
    }

    /// Number of keys remembered.
    pub fn len(&self) -> usize {
        self.last_counted_ms.len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.last_counted_ms.is_empty()
    }
}

/// Tallies the events of one day in Japan. Their order on entry does not matter: they are put into the order of
/// (time, replica, sequence).
pub fn tally(mut events: Vec<Event>, windows: &Windows, belonging: &Belonging) -> Tally {
    events.sort_unstable_by_key(|event| (event.record.time_ms, event.replica, event.sequence));
    let mut tallier = Tallier::new(windows, belonging);
    for event in &events {
        tallier.take(&event.record);
    }
    tallier.finish()
}

/// What became of a record among the others of its day: with it the archive needs no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The final verdict.
    pub verdict: Verdict,
    /// What it was counted for where that is not its target: the dataset of a distribution, the layer of rows and files.
    pub counted_for: Option<Uuid>,
    /// Whether it was the first use of that in its session.
    pub first_in_session: bool,
    /// Whether its content was got for the first time in the session.
    pub first_request_in_session: bool,
    /// Whether it was the visitor's first map of the day.
    pub first_in_day: bool,
}

/// What happens once per session: (measure, token, target, class without sub).
type Once = (Measure, u64, Uuid, u8);

/// Repeats are forgotten again after this many windows: often enough to keep few, seldom enough to cost nothing.
const FORGOTTEN_AFTER_WINDOWS: u64 = 20;

/// Tallies the events of one day in Japan that come in the order of (time, replica, sequence).
///
/// What it remembers is that of the running session and of the last few windows, and the day's viewers of maps; its
/// size grows with the visitors of a session, not with the answers of the day.
#[derive(Debug)]
pub struct Tallier<'a> {
    windows: &'a Windows,
    belonging: &'a Belonging,
    tally: Tally,
    repeats: Repeats,
    /// When repeats were last forgotten.
    forgot_ms: i64,
    /// The slice of the day that `once` is of.
    slice: Option<u8>,
    once: HashSet<Once>,
    viewers: HashSet<(u64, u8)>,
}

impl<'a> Tallier<'a> {
    /// Begins a day.
    pub fn new(windows: &'a Windows, belonging: &'a Belonging) -> Self {
        Self {
            windows,
            belonging,
            tally: Tally::default(),
            repeats: Repeats::default(),
            forgot_ms: i64::MIN,
            slice: None,
            once: HashSet::new(),
            viewers: HashSet::new(),
        }
    }

    /// The figures of what was taken.
    pub fn finish(self) -> Tally {
        self.tally
    }

    /// Takes the next event; says what became of it.
    pub fn take(&mut self, record: &Record) -> Mark {
        let window = self.windows.repeat_ms;
        if self.forgot_ms.abs_diff(record.time_ms) >= window.saturating_mul(FORGOTTEN_AFTER_WINDOWS) {
            self.repeats.forget_before(record.time_ms, window);
            self.forgot_ms = record.time_ms;
        }
        let slice = japan_hour(record.time_ms) / self.windows.session_hours.max(1);
        if self.slice.replace(slice) != Some(slice) {
            self.once.clear();
        }
        self.settle(record)
    }

    fn settle(&mut self, record: &Record) -> Mark {
        let mut verdict = record.verdict;
        let mut mark = Mark {
            verdict,
            counted_for: None,
            first_in_session: false,
            first_request_in_session: false,
            first_in_day: false,
        };
        // A GIS that reads rows without positions reads data, not a layer.
        if verdict == Verdict::Tile && record.kind == Kind::Rows && self.belonging.is_without_layer(record.target) {
            verdict = Verdict::Counted;
        }
        if verdict == Verdict::Counted {
            let window = self.windows.repeat_ms;
            if self.repeats.passes(record.token, record.kind, record.target, record.time_ms, window) {
                self.count(record, &mut mark);
            } else {
                verdict = Verdict::Dup30;
            }
        }
        match verdict {
            Verdict::Tile if record.kind == Kind::Tile => {
                mark.first_in_session = self.once(record, Measure::LayerUses, record.target);
                if !record.also {
                    self.add(Measure::TileRequests, record.target, record.class, 1);
                    self.add(Measure::TileBytes, record.target, record.class, u64::from(record.length_bytes));
                }
            }
            Verdict::Tile => self.mark_layer(record, &mut mark),
            Verdict::Range if record.in_parts => self.mark_layer(record, &mut mark),
            _ => {}
        }
        if !record.also {
            let hour = japan_hour(record.time_ms);
            *self.tally.served.entry((hour, record.class, verdict)).or_default() += 1;
        }
        mark.verdict = verdict;
        mark
    }

    fn count(&mut self, record: &Record, mark: &mut Mark) {
        let (target, class) = (record.target, record.class);
        match record.kind {
            Kind::DatasetPage | Kind::Metadata | Kind::Preview | Kind::Download | Kind::Rows => {
                let dataset = self.belonging.dataset(target);
                self.add(Measure::Investigations, dataset, class, 1);
                mark.counted_for = Some(dataset);
                mark.first_in_session = self.once(record, Measure::UniqueInvestigations, dataset);
                if matches!(record.kind, Kind::Download | Kind::Rows) {
                    self.add(Measure::Requests, dataset, class, 1);
                    mark.first_request_in_session = self.once(record, Measure::UniqueRequests, dataset);
                    self.add(Measure::DistributionRequests, target, class, 1);
                }
            }
            Kind::Search => self.add(Measure::Searches, Uuid::nil(), class, 1),
            Kind::Map | Kind::MapEmbed => {
                self.add(Measure::MapOpens, target, class, 1);
                mark.first_in_session = self.once(record, Measure::MapSessions, target);
                if mark.first_in_session && record.kind == Kind::MapEmbed {
                    self.add(Measure::MapSessionsEmbedded, target, class, 1);
                }
                mark.first_in_day = self.viewers.insert((record.token, class.main_code()));
                if mark.first_in_day {
                    self.add(Measure::Viewers, Uuid::nil(), class, 1);
                }
            }
            Kind::UseCase => self.add(Measure::UseCaseViews, target, class, 1),
            Kind::SitePage => self.add(Measure::PageViews, Uuid::nil(), class, 1),
            // These never get the verdict `counted`.
            Kind::Tile | Kind::Asset | Kind::StaffPage | Kind::Other => {}
        }
    }

    fn mark_layer(&mut self, record: &Record, mark: &mut Mark) {
        if let Some(layer) = self.belonging.layer(record.target) {
            mark.counted_for = Some(layer);
            mark.first_in_session = self.once(record, Measure::LayerUses, layer);
        }
    }

    fn add(&mut self, measure: Measure, target: Uuid, class: Class, value: u64) {
        if value == 0 {
            return;
        }
        *self.tally.figures.entry((measure, target, class)).or_default() += value;
    }

    /// Adds one if it is the first of its session; gives whether it was.
    fn once(&mut self, record: &Record, measure: Measure, target: Uuid) -> bool {
        let first = self.once.insert((measure, record.token, target, record.class.main_code()));
        if first {
            self.add(measure, target, record.class, 1);
        }
        first
    }
}
