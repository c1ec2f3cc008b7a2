//! The content of an OpenDocument spreadsheet.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let bytes = hiraku_fuzz::zip_of(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", data),
    ]);
    hiraku_fuzz::ingest("a.ods", &bytes, &[]);
});
