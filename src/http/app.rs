//! What every handler may use.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::ckan::write::Writing;
use super::problem::Problem;
use super::search::SearchIndex;
use super::tiles::open::Tilesets;
use crate::clock::Clock;
use crate::config::Config;
use crate::count::access::layer_target;
use crate::model::catalogue::Catalogue;
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
    /// What changes by API need; `None` where this server takes none.
    pub writing: Option<Arc<Writing>>,
    published: ArcSwap<Published>,
    searches: Arc<Semaphore>,
    /// Places for dumps of whole tables.
    pub(super) dumps: Arc<Semaphore>,
    /// Places for statements of `datastore_search_sql`.
    pub(super) statements: Arc<Semaphore>,
}

/// One state of what is public: the catalogue and what was made of it.
#[derive(Debug)]
pub struct Published {
    /// The catalogue.
    pub catalogue: Arc<Catalogue>,
    /// Its search index.
    pub index: SearchIndex,
    /// Its layers, by name, as the figures know them.
    pub layers: HashMap<String, Uuid>,
}

impl Published {
    fn of(catalogue: Catalogue) -> Arc<Self> {
        let catalogue = Arc::new(catalogue);
        let layers =
            catalogue.layers().map(|(_, _, layer)| (layer.name.to_string(), layer_target(layer.name.as_str())));
        Arc::new(Self { index: SearchIndex::build(Arc::clone(&catalogue)), layers: layers.collect(), catalogue })
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
        let published = ArcSwap::new(Published::of(catalogue));
        Self {
            config,
            clock,
            store,
            objects,
            tilesets: Tilesets::default(),
            counts: None,
            writing: None,
            published,
            searches: Arc::new(Semaphore::new(SEARCHES_LIMIT)),
            dumps: Arc::new(Semaphore::new(DUMPS_LIMIT)),
            statements: Arc::new(Semaphore::new(STATEMENTS_LIMIT)),
        }
    }

    /// The same with access figures to show.
    #[must_use]
    pub fn with_counts(mut self, counts: Arc<Counts>) -> Self {
        self.counts = Some(counts);
        self
    }

    /// The same, taking changes by API.
    #[must_use]
    pub fn with_writing(mut self, writing: Writing) -> Self {
        self.writing = Some(Arc::new(writing));
        self
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

    /// Swaps the catalogue; running requests keep the one they took. Builds the search index first, so this belongs
    /// on a thread that may block.
    pub fn swap_catalogue(&self, catalogue: Catalogue) {
        let next = Published::of(catalogue);
        self.open_tilesets_of(&next);
        self.published.store(Arc::clone(&next));
        // Only now: until then requests were answered from the ones before.
        self.tilesets.keep_only(
            next.catalogue
                .layers()
                .flat_map(|(_, _, layer)| layer.archives().into_iter().chain(layer.index).chain(layer.brotli)),
        );
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
