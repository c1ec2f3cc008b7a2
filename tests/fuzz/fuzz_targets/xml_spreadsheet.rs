#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    hiraku_fuzz::run("xml_spreadsheet", data);
});
