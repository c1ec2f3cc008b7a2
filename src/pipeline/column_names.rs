//! The file beside data in which a publisher says how its columns are to be shown.

use std::fs;
use std::io::Read as _;
use std::path::Path;

/// The file in which a publisher names the columns of the data beside it (焼津市's form).
const COLUMN_NAMES: &str = "attributes.csv";
/// What its header begins with; a file of that name without it is data like any other.
const COLUMN_NAMES_BEGIN: &str = "original_name,display_name";

/// Whether a file says how the columns of others are called, and is no data itself.
pub(super) fn is_column_names(path: &Path) -> bool {
    if path.file_name().is_none_or(|name| name != COLUMN_NAMES) {
        return false;
    }
    let mut head = [0; COLUMN_NAMES_BEGIN.len() + '\u{feff}'.len_utf8()];
    let read = fs::File::open(path).and_then(|mut file| {
        let mut filled = 0;
        while filled < head.len() {
            match file.read(&mut head[filled..])? {
                0 => break,
                more => filled += more,
            }
        }
        Ok(filled)
    });
    let Ok(filled) = read else { return false };
    let text = String::from_utf8_lossy(&head[..filled]);
    text.trim_start_matches('\u{feff}').starts_with(COLUMN_NAMES_BEGIN)
}

/// Display names of columns from the publisher's `attributes.csv` (焼津市's form: original_name, display_name).
pub(super) fn titles(folder: &Path) -> Vec<(String, String)> {
    let path = folder.join(COLUMN_NAMES);
    if !is_column_names(&path) {
        return Vec::new();
    }
    let Ok(bytes) = fs::read(path) else { return Vec::new() };
    let (text, _, _) = encoding_rs::UTF_8.decode(&bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    reader
        .records()
        .filter_map(Result::ok)
        .filter_map(|record| Some((plain(record.get(0)?), plain(record.get(1)?))))
        .filter(|(original, shown)| !original.is_empty() && !shown.is_empty())
        .collect()
}

/// A cell without blanks around it and without the byte order marks that some files carry inside.
fn plain(cell: &str) -> String {
    cell.trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_that_names_columns_is_taken_for_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(COLUMN_NAMES);
        for (text, expected) in [
            ("original_name,display_name,label_flag\r\nP01,名称,1\r\n", true),
            ("\u{feff}original_name,display_name\n", true),
            ("番号,名称,住所\n1,市役所,本町\n", false),
            ("original", false),
            ("", false),
        ] {
            fs::write(&path, text).expect("written");
            assert_eq!(is_column_names(&path), expected, "{text}");
        }
        assert!(!is_column_names(&folder.path().join("a1.csv")));
    }
}
