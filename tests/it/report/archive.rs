//! Parts of a workbook: read one, replace one.

use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// The names of all parts.
pub(crate) fn names(bytes: &[u8]) -> Vec<String> {
    let archive = ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    archive.file_names().map(|name| name.expect("UTF-8").into_owned()).collect()
}

/// One part as text.
pub(crate) fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let mut text = String::new();
    archive.by_name(name).unwrap_or_else(|_| panic!("{name} is there")).read_to_string(&mut text).expect("UTF-8");
    text
}

/// The same archive with one part changed.
pub(crate) fn with(bytes: &[u8], name: &str, change: impl FnOnce(String) -> String) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut change = Some(change);
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).expect("a part");
        let mut content = Vec::new();
        file.read_to_end(&mut content).expect("bytes");
        let own = file.name().expect("UTF-8").into_owned();
        drop(file);
        if own == name
            && let Some(change) = change.take()
        {
            content = change(String::from_utf8(content).expect("UTF-8")).into_bytes();
        }
        writer.start_file(own, SimpleFileOptions::default()).expect("a part");
        writer.write_all(&content).expect("memory takes it");
    }
    assert!(change.is_none(), "{name} is there");
    writer.finish().expect("an archive").into_inner()
}
