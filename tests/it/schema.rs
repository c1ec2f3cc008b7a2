//! Headers of real files, and what they are bound to: each `tests/data/schema/headers/NAME.csv` has its answer beside
//! it in `NAME.answer`. Where a change of the rules is meant, `cargo test --test it -- --ignored write_the_answers`
//! writes the answers anew; the difference is then to be read.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use hiraku::schema::{HEADER_SEARCH_ROWS, Schemas};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/schema/headers")
}

fn cases() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder())
        .expect("the folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "csv"))
        .collect();
    files.sort();
    files
}

/// The first rows of a UTF-8 CSV file.
fn first_rows(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    reader
        .records()
        .take(HEADER_SEARCH_ROWS)
        .map(|record| record.expect("CSV").iter().map(str::to_owned).collect())
        .collect()
}

/// What `find_header` says, as text: the row, the sheet with its edition, and each column with its field.
fn answer(rows: &[Vec<String>]) -> String {
    let guess = Schemas::bundled().find_header(rows);
    let mut text = String::new();
    let Some(row) = guess.row else { return "no header\n".into() };
    writeln!(text, "header in row {}", row + 1).expect("text");
    let Some(binding) = guess.binding else {
        writeln!(text, "no sheet").expect("text");
        return text;
    };
    let sheet = Schemas::bundled().sheet(&binding.sheet).expect("the sheet of the binding");
    writeln!(text, "{} {} {}", sheet.number, sheet.title, binding.edition).expect("text");
    writeln!(text, "{} of {} columns", binding.matched, guess.cells.len()).expect("text");
    for (column, field) in guess.cells.iter().zip(&binding.columns) {
        let field = field.map_or("-", |index| sheet.fields[index].name.as_str());
        writeln!(text, "{column} = {field}").expect("text");
    }
    text
}

#[test]
fn headers_of_real_files_are_bound_as_recorded() {
    let cases = cases();
    assert!(cases.len() >= 9, "cases are missing");
    for case in cases {
        let found = answer(&first_rows(&fs::read(&case).expect("a case")));
        let expected = fs::read_to_string(case.with_extension("answer")).unwrap_or_default();
        assert_eq!(found, expected, "{}", case.display());
    }
}

proptest::proptest! {
    #[test]
    fn no_header_breaks_the_binding(rows in proptest::collection::vec(proptest::collection::vec(".{0,12}", 0..12), 0..6)) {
        let guess = Schemas::bundled().find_header(&rows);
        if let Some(row) = guess.row {
            proptest::prop_assert!(row < rows.len());
        }
        if let Some(binding) = guess.binding {
            proptest::prop_assert_eq!(binding.columns.len(), guess.cells.len());
        }
    }

    #[test]
    fn columns_in_any_order_are_bound_to_the_same_fields(shift in 0_usize..39, blank in 0_usize..39) {
        let sheet = Schemas::bundled().sheet("13").expect("sheet 13");
        let mut header: Vec<String> = sheet.fields.iter().map(|field| field.name.clone()).collect();
        header.rotate_left(shift);
        header[blank].clear();
        let binding = Schemas::bundled().bind(&header).expect("the toilet sheet");
        proptest::prop_assert_eq!(binding.sheet.as_str(), "13");
        for (column, field) in header.iter().zip(&binding.columns) {
            let name = field.map_or("", |index| sheet.fields[index].name.as_str());
            proptest::prop_assert_eq!(column.as_str(), name);
        }
    }
}

#[test]
#[ignore = "writes the answers anew"]
fn write_the_answers() {
    for case in cases() {
        let found = answer(&first_rows(&fs::read(&case).expect("a case")));
        fs::write(case.with_extension("answer"), found).expect("an answer is written");
    }
}
