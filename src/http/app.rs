//! What every handler may use.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::ckan::kept::Answers;
use super::ckan::write::Writing;
use super::daily_dataset;
use super::desk::Desk;
use super::figures::Kept;
use super::made::Making;
use super::pages::Shelters;
use super::problem::Problem;
use super::search::{Lexicon, Limits, Names, SearchIndex};
use super::themes::Themes;
use super::tiles::open::Tilesets;
use crate::clock::Clock;
use crate::config::Config;
use crate::count::access::layer_target;
use crate::count::disclosure::coarse;
use crate::count::target;
use crate::model::catalogue::{Catalogue, OfSite};
use crate::model::time::japan_day;
use crate::store::Store;
use crate::store::counts::Counts;
use crate::store::objects::Objects;

/// Most searches at once. A usual one takes a millisecond and the costliest that is let in some seconds of one core
/// (`search::cost`): four of those leave cores and worker threads to tiles and downloads.
const SEARCHES_LIMIT: usize = 4;
/// Most dumps at once: each holds a thread and some ten megabytes until its caller has taken all.
const DUMPS_LIMIT: usize = 8;
/// Most statements of SQL at once: each may take a core for ten seconds.
const STATEMENTS_LIMIT: usize = 2;
/// Longest wait for a place among them: a caller who waits longer has gone, or asks again.
const SEARCH_WAIT_LIMIT: Duration = Duration::from_secs(5);

/// The server's state; handlers take `State<Arc<App>>`.
#[derive(Debug)]
pub struct App {
    /// The settings.
    pub config: Config,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// DuckDB.
    pub store: Arc<Store>,
    /// The files of releases.
    pub objects: Objects,
    /// The tilesets opened so far.
    pub tilesets: Tilesets,
    /// The access figures; `None` where this server keeps none (tests of pages alone).
    pub counts: Option<Arc<Counts>>,
    uses: ArcSwap<Uses>,
    /// When the figures were last rolled up, ms since 1970; 0 = not yet.
    rolled_up_ms: AtomicI64,
    /// Files that are made on request.
    pub(super) making: Arc<Making>,
    /// Answers made of the figures.
    pub(super) kept_figures: Kept,
    /// Shelters by municipality.
    pub(super) shelters: Shelters,
    /// What changes by API need; `None` where this server takes none.
    pub writing: Option<Arc<Writing>>,
    /// The staff desk; `None` where this server has none.
    pub desk: Option<Arc<Desk>>,
    published: ArcSwap<Published>,
    /// Which layers make which themed map.
    pub themes: Arc<Themes>,
    /// Words that mean the same, for the search.
    lexicon: Arc<Lexicon>,
    searches: Arc<Semaphore>,
    /// Places for dumps of whole tables.
    pub(super) dumps: Arc<Semaphore>,
    /// Places for statements of `datastore_search_sql`.
    pub(super) statements: Arc<Semaphore>,
}

/// Uses by people of a dataset or distribution, rounded down to a multiple of five so that nobody's single use shows
/// where the number is asked for again and again: all there were, and those of the last `RECENT_DAYS` days.
pub type Uses = HashMap<Uuid, (u64, u64)>;

/// Days that count as recent, today among them (CKAN's own).
const RECENT_DAYS: i64 = 14;

/// One state of what is public: the catalogue and what was made of it.
#[derive(Debug)]
pub struct Published {
    /// The catalogue.
    pub catalogue: Arc<Catalogue>,
    /// Its search index.
    pub index: SearchIndex,
    /// Its layers, by name, as the figures know them.
    pub layers: HashMap<String, Uuid>,
    /// Since when it is public here: what the whole catalogue shows was last changed then, by a release that came or
    /// by one that went.
    pub since: jiff::Timestamp,
    /// What it has answered.
    pub answers: Answers,
}

impl Published {
    fn of(catalogue: Arc<Catalogue>, lexicon: &Arc<Lexicon>, names: Arc<Names>, since: jiff::Timestamp) -> Arc<Self> {
        let layers =
            catalogue.layers().map(|(_, _, layer)| (layer.name.to_string(), layer_target(layer.name.as_str())));
        let index = SearchIndex::build(Arc::clone(&catalogue), Arc::clone(lexicon), names);
        Arc::new(Self { index, layers: layers.collect(), catalogue, since, answers: Answers::default() })
    }
}

impl App {
    /// Puts the parts together.
    pub fn new(
        config: Config,
        clock: Arc<dyn Clock>,
        store: Arc<Store>,
        objects: Objects,
        catalogue: Catalogue,
    ) -> Self {
        Self::with_lexicon(config, clock, store, objects, catalogue, Lexicon::bundled())
    }

    /// The same with words of one's own for the search.
    pub fn with_lexicon(
        config: Config,
        clock: Arc<dyn Clock>,
        store: Arc<Store>,
        objects: Objects,
        catalogue: Catalogue,
        lexicon: Arc<Lexicon>,
    ) -> Self {
        let published = Published::of(Arc::new(catalogue), &lexicon, Arc::default(), clock.now());
        let published = ArcSwap::new(published);
        let making = Arc::new(Making::new(&objects));
        Self {
            config,
            clock,
            store,
            objects,
            making,
            tilesets: Tilesets::default(),
            counts: None,
            uses: ArcSwap::default(),
            rolled_up_ms: AtomicI64::new(0),
            kept_figures: Kept::default(),
            shelters: Shelters::default(),
            writing: None,
            desk: None,
            published,
            themes: Themes::bundled(),
            lexicon,
            searches: Arc::new(Semaphore::new(SEARCHES_LIMIT)),
            dumps: Arc::new(Semaphore::new(DUMPS_LIMIT)),
            statements: Arc::new(Semaphore::new(STATEMENTS_LIMIT)),
        }
    }

    /// The same with access figures to show.
    #[must_use]
    pub fn with_counts(mut self, counts: Arc<Counts>) -> Self {
        self.counts = Some(counts);
        self.renew_uses();
        self.renew_daily_figures();
        self
    }

    /// The same with themed maps of one's own.
    #[must_use]
    pub fn with_themes(mut self, themes: Themes) -> Self {
        self.themes = Arc::new(themes);
        self
    }

    /// The same, taking changes by API.
    #[must_use]
    pub fn with_writing(mut self, writing: Writing) -> Self {
        self.writing = Some(Arc::new(writing));
        self
    }

    /// The same with a staff desk.
    #[must_use]
    pub fn with_desk(mut self, desk: Option<Desk>) -> Self {
        self.desk = desk.map(Arc::new);
        self
    }

    /// Reads the uses anew from the figures as they are rolled up. Blocks.
    pub fn renew_uses(&self) {
        let Some(counts) = &self.counts else { return };
        let days = jiff::Span::new().days(RECENT_DAYS);
        let since = japan_day(self.clock.now()).checked_sub(days).unwrap_or(jiff::civil::Date::MIN);
        match counts.uses(since) {
            Ok(uses) => {
                let told = uses.into_iter().map(|(id, (total, recent))| (id, (coarse(total), coarse(recent))));
                self.uses.store(Arc::new(told.collect()));
            }
            Err(error) => tracing::warn!(%error, "the uses could not be read; those of before are shown"),
        }
    }

    /// Shows the dataset of daily figures as it is today, where that is not shown yet. Blocks.
    pub fn renew_daily_figures(&self) {
        let before = self.published();
        let today = japan_day(self.clock.now());
        let is_shown = |own: &OfSite| own.last_day == today;
        if before.catalogue.datasets().iter().filter_map(|own| own.of_site.as_ref()).any(is_shown) {
            return;
        }
        if let Some(catalogue) = self.with_daily_figures(&before.catalogue) {
            let names = Arc::clone(before.index.names());
            let next = Published::of(Arc::new(catalogue), &self.lexicon, names, self.clock.now());
            // Where the catalogue was swapped meanwhile, the dataset came with it.
            self.published.compare_and_swap(&before, next);
        }
    }

    fn with_daily_figures(&self, catalogue: &Catalogue) -> Option<Catalogue> {
        let counts = self.counts.as_ref().filter(|_| self.config.daily_figures)?;
        let today = japan_day(self.clock.now());
        match counts.first_day() {
            Ok(first) => daily_dataset::with(catalogue, &self.config, first.unwrap_or(today), today),
            Err(error) => {
                tracing::warn!(%error, "the days of the figures could not be read; their dataset is not renewed");
                None
            }
        }
    }

    /// Gives up the files that are being made: the program ends.
    pub fn stop_making(&self) {
        self.making.stop();
    }

    /// Notes that the figures were rolled up just now.
    pub fn note_roll_up(&self) {
        self.rolled_up_ms.store(self.clock.now().as_millisecond(), Ordering::Relaxed);
    }

    /// When the figures were last rolled up, ms since 1970; `None` where that was not yet.
    pub(super) fn rolled_up_ms(&self) -> Option<i64> {
        Some(self.rolled_up_ms.load(Ordering::Relaxed)).filter(|at| *at > 0)
    }

    /// Time since the figures were last rolled up; `None` where that was not yet.
    pub fn roll_up_age(&self) -> Option<Duration> {
        let age_ms = self.clock.now().as_millisecond().saturating_sub(self.rolled_up_ms()?);
        Some(Duration::from_millis(u64::try_from(age_ms).unwrap_or(0)))
    }

    /// The uses at this moment.
    pub fn uses(&self) -> Arc<Uses> {
        self.uses.load_full()
    }

    /// Does work that takes long for one thread (a search) on a thread that may be kept busy, a few at a time.
    ///
    /// The place among the few is given back when the work is done, not when the caller goes away.
    ///
    /// # Errors
    /// [`Problem::Busy`] where no place becomes free in time.
    pub async fn at_length<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let place = tokio::time::timeout(SEARCH_WAIT_LIMIT, Arc::clone(&self.searches).acquire_owned()).await;
        let Ok(Ok(place)) = place else { return Err(Problem::Busy) };
        tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        })
        .await
        .map_err(|error| Problem::internal("searching", &error))
    }

    /// The catalogue at this moment. A request takes it once and sees one state throughout.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.published().catalogue)
    }

    /// The catalogue with its search index, at this moment.
    pub fn published(&self) -> Arc<Published> {
        self.published.load_full()
    }

    /// The same for a moment: nobody is told that it is held, so it must not be held across a wait.
    pub fn current(&self) -> Guard<Arc<Published>> {
        self.published.load()
    }

    /// Reads the names of the records into the search index, for so long at most, and swaps the index. Blocks.
    ///
    /// Until then a catalogue just loaded is found by everything but the names of its records. Tells whether all was read.
    pub fn read_names(&self, patience: Option<Duration>) -> bool {
        let before = self.published();
        let names = self.names_of(&before.catalogue, before.index.names(), patience);
        let is_whole = !names.is_partial();
        let next = Published::of(Arc::clone(&before.catalogue), &self.lexicon, Arc::new(names), before.since);
        // Where the catalogue was swapped meanwhile, its names were read with it.
        let now = self.published.compare_and_swap(&before, next);
        is_whole || !Arc::ptr_eq(&now, &before)
    }

    fn names_of(&self, catalogue: &Catalogue, before: &Names, patience: Option<Duration>) -> Names {
        let limits = Limits::mib(self.config.search_names_mib);
        let names = Names::read(&self.store, catalogue, before, limits, patience).unwrap_or_else(|error| {
            tracing::error!(%error, "the names of records cannot be read and are not searched");
            Names::default()
        });
        tracing::info!(
            tables = names.tables(),
            bytes = names.bytes(),
            tables_left_out = names.left_out(),
            "names of records are searched"
        );
        names
    }

    /// Swaps the catalogue; running requests keep the one they took. Builds the search index first, so this belongs
    /// on a thread that may block.
    pub fn swap_catalogue(&self, catalogue: Catalogue) {
        let catalogue = self.with_daily_figures(&catalogue).unwrap_or(catalogue);
        let names = self.names_of(&catalogue, self.published().index.names(), None);
        let next = Published::of(Arc::new(catalogue), &self.lexicon, Arc::new(names), self.clock.now());
        self.open_tilesets_of(&next);
        self.published.store(Arc::clone(&next));
        // Only now: until then requests were answered from the ones before.
        self.tilesets.keep_only(
            next.catalogue
                .layers()
                .flat_map(|(_, _, layer)| layer.archives().into_iter().chain(layer.index).chain(layer.brotli)),
        );
    }

    /// Lets the server show what is public now. Blocks.
    ///
    /// # Errors
    /// [`Problem::Internal`] where the catalogue cannot be read; what was shown before stays.
    pub(super) fn show_public(&self) -> Result<(), Problem> {
        let loaded = self.store.load_catalogue(crate::schema::licence_or_unknown);
        let catalogue = loaded.map_err(|error| Problem::internal("loading the catalogue", &error))?;
        if let Some(counts) = &self.counts {
            counts
                .remember_targets(&target::of_catalogue(&catalogue))
                .map_err(|error| Problem::internal("noting what is counted", &error))?;
        }
        self.swap_catalogue(catalogue);
        Ok(())
    }

    /// Opens the tilesets of all layers, so that nobody has to wait for it and damage is known soon. Blocks.
    pub fn open_tilesets(&self) {
        self.open_tilesets_of(&self.published());
    }

    fn open_tilesets_of(&self, published: &Published) {
        for (_, _, layer) in published.catalogue.layers() {
            self.tilesets.open(&self.objects, layer);
        }
    }
}
