//! What stands around a table and may say which sheet it is: the name of its file, its sheet's name, its title.

use unicode_normalization::UnicodeNormalization as _;

use super::sheet::Sheet;

/// What a file name such as `222127_aed.csv`, or the full title of a sheet, is worth beside the columns: one column
/// that no other sheet has.
const NAMED: f64 = 1.0;
/// What the bare word of the title is worth (公衆トイレ): it also stands in lists of other things.
const MENTIONED: f64 = 0.5;
/// Shortest title, in characters, whose bare word says anything: イベント stands in lists of every kind.
const MIN_WORD_CHARS: usize = 5;
/// Stands in titles of every kind of list.
const EVERYWHERE: [&str; 1] = ["オープンデータ"];

/// What stands around a table.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints<'a> {
    /// The name of its file.
    pub file_name: Option<&'a str>,
    /// Texts above it: its title, the name of its sheet.
    pub titles: &'a [String],
}

impl Hints<'_> {
    /// What the hints are worth for a sheet, in columns that no other sheet has.
    pub(super) fn worth(&self, sheet: &Sheet) -> f64 {
        if self.file_name.is_some_and(|name| names_sheet(name, &sheet.slug)) {
            return NAMED;
        }
        let title = fold(&sheet.title);
        let word = title.trim_end_matches("一覧").trim_end_matches("情報");
        let says_word = word.chars().count() >= MIN_WORD_CHARS && !EVERYWHERE.contains(&word);
        let texts = self.file_name.into_iter().chain(self.titles.iter().map(String::as_str));
        texts
            .map(|text| {
                let text = fold(text);
                if text.contains(&title) {
                    NAMED
                } else if says_word && text.contains(word) {
                    MENTIONED
                } else {
                    0.0
                }
            })
            .fold(0.0, f64::max)
    }
}

fn fold(text: &str) -> String {
    text.nfkc().filter(|letter| !letter.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// Whether a file name has the form `[6 digits]_[slug].csv`, with or without an addition (`_all`, `-64305`).
fn names_sheet(file_name: &str, slug: &str) -> bool {
    let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
    let Some((code, rest)) = stem.split_once('_') else { return false };
    let after = rest.strip_prefix(slug);
    code.len() == 6
        && code.bytes().all(|b| b.is_ascii_digit())
        && after.is_some_and(|after| after.is_empty() || after.starts_with(['_', '-', ' ', '(']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schemas;

    #[test]
    fn file_names_and_titles_name_a_sheet() {
        let schemas = Schemas::bundled();
        let worth = |number: &str, file_name: &str, title: &str| {
            let titles = [title.to_owned()];
            let hints = Hints { file_name: Some(file_name), titles: &titles };
            schemas.sheet(number).map_or(-1.0, |sheet| hints.worth(sheet))
        };
        let is = |one: f64, other: f64| (one - other).abs() < 1e-9;
        assert!(is(worth("08", "222127_aed.csv", ""), NAMED));
        assert!(is(worth("13", "list.csv", "焼津市 公衆トイレ一覧（令和6年度）"), NAMED));
        assert!(is(worth("13", "公衆ﾄｲﾚ.xlsx", ""), MENTIONED));
        assert!(is(worth("06", "list.csv", "伊勢市オープンデータ"), 0.0));
        assert!(is(worth("12", "list.csv", "イベント時の駐車場"), 0.0));
        assert!(is(worth("03", "指定避難所一覧.csv", ""), 0.0));
        assert!(names_sheet("132055_food_business_all.csv", "food_business"));
        assert!(!names_sheet("aed.csv", "aed") && !names_sheet("222127_aedes.csv", "aed"));
    }
}
