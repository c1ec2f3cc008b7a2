//! The makings that run: equal ones are one, few at a time, and none ends because its caller has gone.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

use crate::http::app::App;
use crate::http::problem::Problem;
use crate::model::catalogue::Dataset;
use crate::model::made::{Made, MadeKey};
use crate::pipeline::made::{MadeJob, make_file};
use crate::store::made::Ledger;
use crate::store::objects::Objects;

/// Makings at once: each takes a core and some ten to a hundred megabytes, and tiles and pages need cores too.
const PLACES: usize = 2;
/// Makings that run or wait for a place. Whoever comes later is told to come again.
const WAITING_LIMIT: usize = 32;
/// Longest wait of a caller, below the server's limit for any answer. Then the caller is told to come again, and the
/// making goes on.
const PATIENCE: Duration = Duration::from_secs(25);

/// What becomes of a making; `None` while it runs.
type Told = Option<Result<Made, Problem>>;

/// The makings that run, and what was made.
#[derive(Debug)]
pub struct Making {
    pub(in crate::http) ledger: Arc<Ledger>,
    running: Mutex<HashMap<MadeKey, watch::Receiver<Told>>>,
    places: Arc<Semaphore>,
    stop: Arc<AtomicBool>,
}

impl Making {
    /// With what was made before.
    pub fn new(objects: &Objects) -> Self {
        Self {
            ledger: Arc::new(Ledger::open(objects)),
            running: Mutex::default(),
            places: Arc::new(Semaphore::new(PLACES)),
            stop: Arc::default(),
        }
    }

    /// Gives up what runs.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Makes the file of the table at `place`, or waits for whoever makes it; `None` where that takes longer than callers wait.
    pub(super) async fn made(
        self: &Arc<Self>,
        app: &Arc<App>,
        key: MadeKey,
        dataset: &Arc<Dataset>,
        place: usize,
    ) -> Result<Option<Made>, Problem> {
        let mut told = match self.begin(&key)? {
            Begun::Known(made) => return Ok(Some(made)),
            Begun::Running(told) => told,
            Begun::Here(tell, told) => {
                let (making, app) = (Arc::clone(self), Arc::clone(app));
                let dataset = Arc::clone(dataset);
                tokio::spawn(async move {
                    let outcome = making.run(app, key.clone(), dataset, place).await;
                    making.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
                    let _ = tell.send(Some(outcome));
                });
                told
            }
        };
        let outcome = tokio::time::timeout(PATIENCE, told.wait_for(Option::is_some)).await;
        match outcome {
            Ok(Ok(outcome)) => outcome.clone().unwrap_or(Err(Problem::Internal)).map(Some),
            Ok(Err(_)) => Err(Problem::internal("making a file", &"nobody tells how it ended")),
            Err(_) => Ok(None),
        }
    }

    fn begin(&self, key: &MadeKey) -> Result<Begun, Problem> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(told) = running.get(key) {
            return Ok(Begun::Running(told.clone()));
        }
        // It may have ended since it was looked for.
        if let Some(made) = self.ledger.find(key) {
            return Ok(Begun::Known(made));
        }
        if running.len() >= WAITING_LIMIT {
            return Err(Problem::Busy);
        }
        let (tell, told) = watch::channel(None);
        running.insert(key.clone(), told.clone());
        Ok(Begun::Here(tell, told))
    }

    async fn run(&self, app: Arc<App>, key: MadeKey, dataset: Arc<Dataset>, place: usize) -> Result<Made, Problem> {
        let free = Arc::clone(&self.places).acquire_owned().await.map_err(|_| Problem::Busy)?;
        let (ledger, stop) = (Arc::clone(&self.ledger), Arc::clone(&self.stop));
        let made = tokio::task::spawn_blocking(move || {
            let _free = free;
            let table = dataset.tables.get(place).ok_or_else(Problem::not_found)?;
            let job = MadeJob { store: &app.store, objects: &app.objects, ledger: &ledger, stop: &stop };
            make_file(job, &key, &dataset, table).map_err(|error| Problem::internal("making a file", &error))
        });
        made.await.map_err(|error| Problem::internal("making a file", &error))?
    }
}

enum Begun {
    /// It is there already.
    Known(Made),
    /// Somebody else makes it.
    Running(watch::Receiver<Told>),
    /// The caller is to make it.
    Here(watch::Sender<Told>, watch::Receiver<Told>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::ReleaseId;
    use crate::model::made::{Limit, MadeFormat};
    use crate::model::name::Slug;

    #[test]
    fn equal_makings_are_one_and_too_many_are_told_to_come_again() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let making = Making::new(&Objects::open(folder.path())?);
        let key = |number: usize| MadeKey {
            release: ReleaseId::from_uuid(uuid::Uuid::from_u128(number as u128)),
            table: Slug::parse("main").expect("a name"),
            format: MadeFormat::Kml,
        };
        let mut told = Vec::new();
        for number in 0..WAITING_LIMIT {
            let begun = making.begin(&key(number));
            assert!(matches!(begun, Ok(Begun::Here(..))), "{number}");
            told.push(begun);
        }
        assert!(matches!(making.begin(&key(0)), Ok(Begun::Running(_))));
        assert!(matches!(making.begin(&key(WAITING_LIMIT)), Err(Problem::Busy)));
        // What was made meanwhile needs no place.
        let made = Made::Refused(Limit::FileSize);
        making.ledger.note(&key(WAITING_LIMIT), made)?;
        assert!(matches!(making.begin(&key(WAITING_LIMIT)), Ok(Begun::Known(known)) if known == made));
        Ok(())
    }
}
