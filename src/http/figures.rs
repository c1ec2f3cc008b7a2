//! Answers made of the access figures.
//!
//! To read figures is to open their database, one reader at a time and never beside the roll-up. A page that many look at
//! would hold that up, so an answer is kept until the figures, the catalogue or the day change, and equal questions asked
//! at once are one.

use std::time::Duration;

use bytes::Bytes;
use moka::future::Cache;

use super::app::App;
use super::problem::Problem;
use super::words;
use crate::model::time::japan_day;

/// Bytes of answers kept: some hundred pages.
const KEPT_BYTES: u64 = 16 << 20;
/// Answers of a state that has passed are asked for no more; they go after this time at the latest.
const KEPT_FOR: Duration = Duration::from_mins(2);

/// Answers that still hold.
#[derive(Debug)]
pub(super) struct Kept(Cache<String, Bytes>);

impl Default for Kept {
    fn default() -> Self {
        let weight = |_: &String, body: &Bytes| u32::try_from(body.len()).unwrap_or(u32::MAX);
        Self(Cache::builder().max_capacity(KEPT_BYTES).weigher(weight).time_to_live(KEPT_FOR).build())
    }
}

/// The answer to `question`, which names address, form and period whole; made where it is not kept. A server that does not
/// roll up (a test, a first moment) keeps nothing, because nothing says when its figures change.
///
/// # Errors
/// Those of `make`, of which nothing is kept.
pub(super) async fn answer(
    app: &App,
    question: &str,
    make: impl Future<Output = Result<Bytes, Problem>>,
) -> Result<Bytes, Problem> {
    let Some(rolled_up_ms) = app.rolled_up_ms() else { return make.await };
    let state = format!("{rolled_up_ms} {} {}", app.current().since, japan_day(app.clock.now()));
    let language = format!("{} {}", words::spoken().name(), words::wanted().name());
    let made = words::without_question(make);
    let kept = app.kept_figures.0.try_get_with(format!("{state} {language} {question}"), made).await;
    kept.map_err(|problem| (*problem).clone())
}
