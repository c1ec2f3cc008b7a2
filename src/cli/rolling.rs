//! The thread of a server that rolls up now and then.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::priority;
use super::serve::note_public;
use crate::clock::Clock;
use crate::http::app::App;
use crate::model::time::japan_day;
use crate::store::counts::Counts;

/// Time between two roll-ups of the live figures: pages show accesses at most this late on ordinary days.
const ROLL_UP_EVERY: Duration = Duration::from_secs(10);
/// A day of many millions of answers takes long to tally: the next time is put off until this many times as long has
/// passed, so that a tenth of one core is the most it takes.
const ROLL_UP_REST: u32 = 9;

/// A thread that rolls up: for the first time at once – the server answers meanwhile, and shows the figures of before –
/// and then until it is ended.
#[derive(Debug)]
pub(super) struct Rolling {
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    ended: bool,
    /// How long the last roll-up took.
    last_took: Duration,
}

impl Rolling {
    /// Begins.
    pub(super) fn begin(app: Arc<App>, counts: Arc<Counts>, clock: Arc<dyn Clock>) -> Self {
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("roll-up".to_owned()).spawn(move || {
            priority::give_way();
            own.run(&app, &counts, clock.as_ref());
        });
        if let Err(error) = &thread {
            tracing::error!(%error, "no thread for the roll-up");
        }
        Self { shared, thread: thread.ok() }
    }

    /// Ends the thread; says how long its last roll-up took.
    pub(super) fn end(mut self) -> Duration {
        self.stop();
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).last_took
    }

    fn stop(&mut self) {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
        self.shared.ended.notify_all();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so in the log.
            let _ = thread.join();
        }
    }
}

impl Drop for Rolling {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn run(&self, app: &App, counts: &Counts, clock: &dyn Clock) {
        // The day for which the uses were last read: recent ones pass away by themselves.
        let mut shown = None;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.ended {
            drop(state);
            let begun = Instant::now();
            // On a thread that ends with it: what it took of memory is then given back, which may be much on a busy day.
            let rolled_up = std::thread::scope(|scope| {
                scope
                    .spawn(|| {
                        priority::give_way();
                        counts.roll_up(clock.now())
                    })
                    .join()
            });
            match rolled_up {
                // A thread that panicked has said so in the log.
                Err(_) => {}
                Ok(Ok(rolled)) => {
                    app.note_roll_up();
                    let today = japan_day(clock.now());
                    if shown != Some(today) {
                        app.renew_daily_figures();
                    }
                    if shown != Some(today) || !rolled.renewed.is_empty() {
                        app.renew_uses();
                        shown = Some(today);
                    }
                    for problem in rolled.unarchived {
                        tracing::error!(%problem, "a day cannot be closed; its records are kept until its archive is written");
                    }
                }
                Ok(Err(error)) => tracing::warn!(%error, "the figures could not be rolled up; nothing is lost"),
            }
            if let Err(error) = note_public(counts, &app.catalogue(), clock.now()) {
                tracing::warn!(%error, "what is public could not be noted; it will be next time");
            }
            let took = begun.elapsed();
            state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.last_took = took;
            let rest = ROLL_UP_EVERY.max(took * ROLL_UP_REST);
            if !state.ended {
                state = self.ended.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }
}
