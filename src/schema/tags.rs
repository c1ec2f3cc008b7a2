//! The tags by which harvesters know a standard dataset.
//!
//! Source: BODIK ODM and BODIK API take a dataset for a standard one where it carries the tag 自治体標準ODS (or
//! 推奨データセット) and the name of the sheet, such as AED設置箇所.

use super::bind::RECOMMENDED;
use super::sheets::Schemas;
use crate::model::record::SheetRef;

/// The tag of the standard.
const STANDARD: &str = "自治体標準ODS";
/// The tag of the layout before it.
const BEFORE: &str = "推奨データセット";

/// The tags of a table that follows a sheet: the standard's and the name of the sheet; of one in the older layout that
/// layout's too.
pub fn standard_tags(followed: &SheetRef) -> Vec<String> {
    let Some(sheet) = Schemas::bundled().sheet(&followed.number) else { return Vec::new() };
    let mut tags = vec![STANDARD.to_owned()];
    if followed.edition == RECOMMENDED {
        tags.push(BEFORE.to_owned());
    }
    tags.push(name(&sheet.title));
    tags
}

/// The title of a sheet as a tag: without 一覧 at its end, and with letters that a tag of CKAN may have
/// (`ckan/logic/validators.py`: letters, digits, blank, `-`, `_`, `.`).
fn name(title: &str) -> String {
    let mut name = String::new();
    for letter in title.strip_suffix("一覧").unwrap_or(title).chars() {
        match letter {
            '（' | '(' => name.push(' '),
            '・' => name.push('-'),
            letter if letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_' | '.') => name.push(letter),
            _ => {}
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sheet_has_tags_that_ckan_takes() {
        for sheet in Schemas::bundled().sheets() {
            for edition in ["current", RECOMMENDED] {
                let tags = standard_tags(&SheetRef { number: sheet.number.clone(), edition: edition.to_owned() });
                assert_eq!(tags.len(), if edition == RECOMMENDED { 3 } else { 2 });
                for tag in tags {
                    let fits = tag.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.'));
                    assert!(fits && (2..=100).contains(&tag.chars().count()) && tag.trim() == tag, "{tag}");
                }
            }
        }
        let aed = SheetRef { number: "08".to_owned(), edition: "current".to_owned() };
        assert_eq!(standard_tags(&aed), ["自治体標準ODS", "AED設置箇所"]);
        assert_eq!(name("地域・年齢別人口"), "地域-年齢別人口");
        assert!(standard_tags(&SheetRef { number: "99".to_owned(), edition: String::new() }).is_empty());
    }
}
