//! The items as data.

use std::sync::LazyLock;

use serde::Deserialize;

/// The rule with its items.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name.
    pub title: String,
    /// The day it was decided.
    pub decided: String,
    /// Where its text was taken from, `owner/name:path`.
    pub source: String,
    /// Its page.
    pub page: String,
    /// Its licence, an id of `schemas/licences.toml`.
    pub licence: String,
    /// The line to print when the items are shown.
    pub attribution: String,
    /// The items in order.
    pub items: Vec<Item>,
}

/// The kind of a file, as items tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// Spreadsheets.
    Sheet,
    /// Delimited text.
    Text,
    /// Everything else: geographic formats, JSON.
    Other,
}

/// How an item is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Check {
    /// By findings alone.
    Findings,
    /// Not at all.
    None,
    /// The format itself.
    Format,
    /// Headers that say nothing.
    HeaderNames,
    /// Blanks and line breaks for looks.
    Spacing,
    /// Several values in one cell.
    OneValue,
    /// Platform-dependent characters.
    Characters,
    /// Line breaks inside cells.
    LineBreaks,
    /// Numbers with units, commas, words.
    Numbers,
    /// Values left out because they equal those above.
    Omission,
    /// Details added to "other".
    OtherDetail,
    /// The header stands in row 1.
    FirstRow,
    /// What codes mean.
    CodeTable,
    /// Signs in columns of numbers.
    NumberSigns,
    /// Units of numbers.
    Units,
    /// Years of Japanese eras.
    Eras,
    /// Codes or names of places.
    Regions,
    /// Years across in columns.
    LongForm,
}

/// One item.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its number in the rule.
    pub id: String,
    /// Its level, 1 to 3.
    pub level: u8,
    /// What it asks for, in our words.
    pub title_ja: String,
    /// The same in English.
    pub title_en: String,
    /// The kinds of files it asks something of.
    pub(super) applies: Vec<Kind>,
    /// How it is looked at.
    pub(super) check: Check,
    /// Codes of findings that break it, whatever the check.
    #[serde(default)]
    pub findings: Vec<String>,
    /// How it is looked at, in words.
    pub how_ja: String,
    /// The same in English.
    pub how_en: String,
    /// Why it cannot be judged from the file, where that is so.
    #[serde(default)]
    pub why_ja: String,
    /// The same in English.
    #[serde(default)]
    pub why_en: String,
    /// How to mend it, in plain Japanese.
    pub mend_ja: String,
    /// The same in English.
    pub mend_en: String,
}

static RULE: LazyLock<Rule> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../schemas/machine-readability.toml"))
        .expect("a test parses the file that is part of the program")
});

/// The rule that is part of the program, parsed at the first call.
pub fn rule() -> &'static Rule {
    &RULE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::FindingCode;

    /// Codes of readers of spreadsheets and of the layout of tables: an item is judged by those that are there.
    const COMING: [&str; 12] = [
        "several-tables",
        "picture-present",
        "shape-present",
        "chart-present",
        "object-embedded",
        "table-continued",
        "note-row",
        "cell-line-break",
        "cell-spaced",
        "header-joined",
        "header-remark",
        "date-era",
    ];

    #[test]
    fn the_thirty_items_are_there_with_known_findings_and_reasons() {
        let rule = rule();
        let by_level = |level: u8| rule.items.iter().filter(|item| item.level == level).count();
        assert_eq!((by_level(1), by_level(2), by_level(3)), (15, 6, 9));
        assert!(crate::schema::licence(&rule.licence).is_some() && rule.attribution.contains("PDL1.0"));
        let mut place = 0;
        for (item, before) in rule.items.iter().zip(std::iter::once(None).chain(rule.items.iter().map(Some))) {
            place = if before.is_some_and(|before| before.level == item.level) { place + 1 } else { 1 };
            assert_eq!(item.id, format!("L{}-{place:02}", item.level));
            for code in &item.findings {
                let is_known = FindingCode::ALL.iter().any(|known| known.as_str() == code);
                assert!(is_known || COMING.contains(&code.as_str()), "{}: {code}", item.id);
            }
            assert!(item.check != Check::Findings || !item.findings.is_empty(), "{} is never judged", item.id);
            assert!(item.check != Check::None || !item.why_ja.is_empty(), "{} says no reason", item.id);
            assert!(!item.mend_ja.is_empty() && !item.mend_en.is_empty() && !item.applies.is_empty(), "{}", item.id);
        }
    }
}
