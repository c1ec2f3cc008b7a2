//! Checks that run in the background, and how far they are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use crate::http::app::App;
use crate::model::case::Act;
use crate::model::id::CaseId;

use super::check;

/// Most checks at once: each has a worker of its own on another core.
const CHECKS_LIMIT: usize = 2;
/// Findings told while a check runs: a screen of them.
const TOLD: usize = 12;

/// How far a check is.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    /// What is done now.
    pub(super) stage: String,
    /// Rows read so far.
    pub(super) rows: u64,
    /// The first findings.
    pub(super) found: Vec<String>,
}

/// The checks that run.
#[derive(Debug)]
pub struct Jobs {
    running: Mutex<HashMap<CaseId, Progress>>,
    places: Arc<Semaphore>,
}

impl Default for Jobs {
    fn default() -> Self {
        Self { running: Mutex::default(), places: Arc::new(Semaphore::new(CHECKS_LIMIT)) }
    }
}

impl Jobs {
    /// How far the check of a case is; `None` where none runs.
    pub(super) fn progress(&self, id: CaseId) -> Option<Progress> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    pub(super) fn tell(&self, id: CaseId, tell: impl FnOnce(&mut Progress)) {
        tell(self.running.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default());
    }

    /// A finding of the check that runs.
    pub(super) fn found(&self, id: CaseId, text: impl FnOnce() -> String) {
        self.tell(id, |progress| {
            if progress.found.len() < TOLD {
                progress.found.push(text());
            }
        });
    }

    pub(super) fn end(&self, id: CaseId) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

/// Begins the check of a case whose state says that it is being checked. It goes on whoever looks.
pub(super) fn begin(app: &Arc<App>, id: CaseId) {
    let Some(writing) = app.writing.clone() else { return };
    writing.jobs.tell(id, |progress| "順番を待っています".clone_into(&mut progress.stage));
    let app = Arc::clone(app);
    tokio::spawn(async move {
        let place = Arc::clone(&writing.jobs.places).acquire_owned().await;
        let own = Arc::clone(&writing);
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            check::run(&app, &own, id);
            app
        })
        .await;
        writing.jobs.end(id);
        if let Err(error) = done {
            tracing::error!(%error, case = %id, act = Act::Check.as_str(), "a check ended by itself");
        }
    });
}
