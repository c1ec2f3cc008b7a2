//! The replay through HTTP and the kills of `benches/counting`, in the size of a test; whole by `make bench-counting`.

use std::path::Path;
use std::process::Command;

use super::count_http_replay::replay;
use super::count_kills::{kill, serve};

#[test]
fn fifty_thousand_requests_through_http_give_the_truth() {
    let replayed = replay(50_000).expect("replayed");
    assert!(replayed.requests >= 50_000 && replayed.figures > 80 && !replayed.took.is_zero(), "{replayed:?}");
    assert_eq!(replayed.errors, Vec::<String>::new());
}

/// The process that [`what_was_answered_before_kill_nine_is_counted_once`] kills.
#[test]
#[ignore = "started and killed by another test"]
fn serving_child() {
    if let Some(data) = std::env::var_os("HIRAKU_TEST_SERVING") {
        serve(Path::new(&data)).expect("serves until it is killed");
    }
}

#[test]
fn what_was_answered_before_kill_nine_is_counted_once() {
    let killed = kill(5, |data| {
        let mut child = Command::new(std::env::current_exe().expect("this test"));
        child
            .args(["--exact", "count_load::serving_child", "--ignored", "--nocapture", "--test-threads=1"])
            .env("HIRAKU_TEST_SERVING", data);
        child
    });
    let killed = killed.expect("killed and compared");
    assert!(killed.kills == 5 && killed.is_exact(), "{killed:?}");
    assert!(killed.answered > 500 && killed.counted >= killed.answered, "{killed:?}");
}
