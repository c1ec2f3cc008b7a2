#![no_main]

#[path = "../src/hook.rs"]
mod hook;

libfuzzer_sys::fuzz_target!(init: hook::let_libraries_panic(), |data: &[u8]| {
    hiraku_fuzz::run("parquet", data);
});
