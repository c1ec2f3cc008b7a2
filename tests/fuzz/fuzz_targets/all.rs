//! All targets in one program; the environment variable `FUZZ_TARGET` names the one that runs.
#![no_main]

use std::sync::LazyLock;

static TARGET: LazyLock<String> = LazyLock::new(|| std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target"));

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    hiraku_fuzz::run(&TARGET, data);
});
