//! The operator's own listener: `/metrics` in the text format of Prometheus. It is never part of the public routes,
//! holds nothing about any person, and as many lines whatever is asked of the server.

use std::fmt::{Display, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderValue, header};

use super::app::App;
use super::counting::Counting;
use super::meter::head;
use crate::count::segment;

/// Bytes of a page of memory in /proc.
const PAGE_BYTES: u64 = 4096;

/// What is looked at.
#[derive(Debug)]
struct Seen {
    app: Arc<App>,
    counting: Arc<Counting>,
    connections: Arc<AtomicU64>,
}

/// The routes of the operator's listener.
pub fn router(app: Arc<App>, counting: Arc<Counting>, connections: Arc<AtomicU64>) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state(Arc::new(Seen { app, counting, connections }))
}

async fn metrics(State(seen): State<Arc<Seen>>) -> Response {
    let text = tokio::task::spawn_blocking(move || written(&seen)).await.unwrap_or_default();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], text)
        .into_response()
}

fn written(seen: &Seen) -> String {
    let mut text = String::new();
    seen.counting.meter().write(&mut text);
    let totals = seen.counting.counter().totals();
    one(&mut text, ("hiraku_counter_answered_total", "counter"), "Answers handed to the counter", totals.answered);
    one(&mut text, ("hiraku_counter_recorded_total", "counter"), "Answers recorded in segments", totals.recorded);
    one(&mut text, ("hiraku_counter_lost_total", "counter"), "Answers that could not be recorded", totals.lost);
    one(&mut text, ("hiraku_counter_waiting", "gauge"), "Records that wait in memory for a segment", totals.waiting);
    let failures = totals.disk_failures;
    one(
        &mut text,
        ("hiraku_counter_disk_failures_total", "counter"),
        "Failures of the disk under the counter",
        failures,
    );
    let folder = seen.app.config.data.join("counts").join("segments");
    if let Ok(found) = segment::list(&folder) {
        head(&mut text, "hiraku_segments", "gauge", "Counting segments on the disk");
        for (state, sealed) in [("live", false), ("sealed", true)] {
            let number = found.iter().filter(|own| own.sealed == sealed).count();
            let _ = writeln!(text, "hiraku_segments{{state=\"{state}\"}} {number}");
        }
    }
    if let Some(age) = seen.app.roll_up_age() {
        one(&mut text, ("hiraku_roll_up_age_seconds", "gauge"), "Time since the last roll-up", age.as_secs_f64());
    }
    if let Some(bytes) = resident_bytes() {
        one(&mut text, ("hiraku_resident_memory_bytes", "gauge"), "Memory of the process", bytes);
    }
    let open = seen.connections.load(Ordering::Relaxed);
    one(&mut text, ("hiraku_open_connections", "gauge"), "Open connections of the public listener", open);
    let datasets = seen.app.catalogue().datasets_of_cities().count();
    one(&mut text, ("hiraku_public_datasets", "gauge"), "Datasets that are public", datasets);
    text
}

fn one(text: &mut String, (name, kind): (&str, &str), help: &str, value: impl Display) {
    head(text, name, kind, help);
    let _ = writeln!(text, "{name} {value}");
}

/// The second number of `/proc/self/statm` is the resident set in pages.
fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    text.split_whitespace().nth(1)?.parse::<u64>().ok().map(|pages| pages * PAGE_BYTES)
}
