//! What was answered since the start, in numbers alone: for the operator's `/metrics`.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::count::class::Class;
use crate::count::verdict::Verdict;

/// Classes without their subs, in the order of the definition.
const CLASSES: [&str; 5] = ["browser", "machine", "robot", "staff", "monitor"];
/// First digits of statuses.
const STATUSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
/// Upper bounds of the time to an answer's head, µs: from a tile out of memory to the longest answer that is let run.
const BOUNDS_US: [u64; 12] =
    [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000, 30_000_000];

/// Counters without locks. Labels are fixed lists, so that their number is bounded whatever is asked.
#[derive(Debug, Default)]
pub struct Meter {
    answers: [[AtomicU64; STATUSES.len()]; CLASSES.len()],
    verdicts: [AtomicU64; Verdict::ALL.len()],
    times: [AtomicU64; BOUNDS_US.len()],
    slower: AtomicU64,
    sum_us: AtomicU64,
}

impl Meter {
    /// Notes an answer.
    pub(super) fn note(&self, class: Class, verdict: Verdict, status: u16, took: Duration) {
        let class = CLASSES.iter().position(|own| *own == class.main_name()).unwrap_or(0);
        let status = usize::from(status / 100).clamp(1, STATUSES.len()) - 1;
        self.answers[class][status].fetch_add(1, Ordering::Relaxed);
        if let Some(place) = Verdict::ALL.iter().position(|own| *own == verdict) {
            self.verdicts[place].fetch_add(1, Ordering::Relaxed);
        }
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let place = BOUNDS_US.iter().position(|bound| us <= *bound);
        place.map_or(&self.slower, |place| &self.times[place]).fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }

    /// The numbers in the text format of Prometheus (0.0.4).
    pub(super) fn write(&self, text: &mut String) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        head(text, "hiraku_answers_total", "counter", "Answers by class of the caller and status");
        for (class, by_status) in CLASSES.iter().zip(&self.answers) {
            for (status, answers) in STATUSES.iter().zip(by_status) {
                let answers = read(answers);
                let _ = writeln!(text, "hiraku_answers_total{{class=\"{class}\",status=\"{status}\"}} {answers}");
            }
        }
        head(
            text,
            "hiraku_verdicts_total",
            "counter",
            "Answers by verdict of the counting definition (repeats within 30 s are found at the roll-up)",
        );
        for (verdict, answers) in Verdict::ALL.iter().zip(&self.verdicts) {
            let _ = writeln!(text, "hiraku_verdicts_total{{verdict=\"{}\"}} {}", verdict.name(), read(answers));
        }
        head(text, "hiraku_answer_seconds", "histogram", "Time to the head of an answer");
        let mut sum = 0;
        for (bound, times) in BOUNDS_US.iter().zip(&self.times) {
            sum += read(times);
            let _ = writeln!(text, "hiraku_answer_seconds_bucket{{le=\"{}\"}} {sum}", seconds(*bound));
        }
        sum += read(&self.slower);
        let _ = writeln!(text, "hiraku_answer_seconds_bucket{{le=\"+Inf\"}} {sum}");
        let _ = writeln!(text, "hiraku_answer_seconds_sum {}", seconds(read(&self.sum_us)));
        let _ = writeln!(text, "hiraku_answer_seconds_count {sum}");
    }
}

fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

/// The two lines above a family.
pub(super) fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}
