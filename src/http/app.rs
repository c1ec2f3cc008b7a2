//! What every handler may use.

use std::sync::{Arc, PoisonError, RwLock};

use crate::clock::Clock;
use crate::config::Config;
use crate::model::catalogue::Catalogue;
use crate::store::Store;
use crate::store::objects::Objects;

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
    catalogue: RwLock<Arc<Catalogue>>,
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
        Self { config, clock, store, objects, catalogue: RwLock::new(Arc::new(catalogue)) }
    }

    /// The catalogue at this moment. A request takes it once and sees one state throughout.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.catalogue.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Swaps the catalogue; running requests keep the one they took.
    pub fn swap_catalogue(&self, catalogue: Catalogue) {
        *self.catalogue.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(catalogue);
    }
}
