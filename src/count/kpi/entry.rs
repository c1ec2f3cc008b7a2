//! Targets and published figures as staff enter them, one at a time or as a CSV file.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Indicator;
use crate::model::code::MunicipalityCode;
use crate::model::time::FiscalYear;

/// Longest file: two thousand lines of half a kilobyte.
const MAX_BYTES: usize = 1 << 20;
/// Most lines: a joint catalogue of forty cities with ten indicators over five years.
const MAX_ROWS: usize = 2_000;
/// Problems told at once: what fits on a screen.
const MAX_PROBLEMS: usize = 20;
/// Longest source or note: two sentences.
const MAX_TEXT_CHARS: usize = 400;

/// A target, or a figure published before this program counted, with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The six digits of the organization; empty = all together.
    pub organization: String,
    /// The western year in which the fiscal year begins.
    pub fiscal_year: i16,
    /// What it is about.
    pub indicator: Indicator,
    /// The target.
    pub target: Option<u64>,
    /// A figure that was published, counted in another way.
    pub reported: Option<u64>,
    /// Where it stands: plan, page.
    pub source: String,
    /// The day of that.
    pub decided: Date,
    /// What to read beside it; may be empty.
    pub note: String,
}

/// The texts of an entry, not yet looked at.
#[derive(Debug, Clone, Default)]
pub struct Given<'a> {
    /// Six digits or nothing.
    pub organization: &'a str,
    /// `R8`, `令和8年度`, `2026`.
    pub fiscal_year: &'a str,
    /// A key or a name.
    pub indicator: &'a str,
    /// A whole number or nothing; commas and full-width digits are fine.
    pub target: &'a str,
    /// The same.
    pub reported: &'a str,
    /// Must not be empty.
    pub source: &'a str,
    /// `YYYY-MM-DD`.
    pub decided: &'a str,
    /// May be empty.
    pub note: &'a str,
}

/// One thing that is wrong, in words for the person who entered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryProblem {
    /// The line of the file, from 1; 0 where there is no file.
    pub line: u64,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Why entries were not taken. Nothing is taken of a file with a problem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Too long, no text, no header.
    #[error("{0}")]
    File(String),
    /// Some lines are wrong.
    #[error("{}", listed(.0))]
    Lines(Vec<EntryProblem>),
}

fn listed(problems: &[EntryProblem]) -> String {
    let told: Vec<String> = problems
        .iter()
        .map(|problem| match problem.line {
            0 => problem.message.clone(),
            line => format!("{line}行目 / line {line}: {}", problem.message),
        })
        .collect();
    told.join("\n")
}

impl Given<'_> {
    /// The entry, or all that is wrong with it.
    pub fn check(&self) -> Result<Entry, Vec<String>> {
        let mut wrong = Vec::new();
        let shown = |text: &str| text.chars().take(40).collect::<String>();
        let organization = self.organization.trim();
        if !organization.is_empty() && MunicipalityCode::parse(organization).is_err() {
            wrong.push(format!(
                "団体コード「{}」: 6桁の全国地方公共団体コード、全体なら空欄にしてください / a six-digit code, or nothing for all together",
                shown(organization)
            ));
        }
        let year = FiscalYear::parse(self.fiscal_year);
        if year.is_err() {
            wrong.push(format!(
                "年度「{}」: R8、令和8年度、2026のように書いてください / a fiscal year like R8 or 2026",
                shown(self.fiscal_year)
            ));
        }
        let indicator = Indicator::parse(self.indicator);
        if indicator.is_none() {
            let known: Vec<&str> = Indicator::ALL.iter().map(|own| own.key()).collect();
            wrong.push(format!(
                "指標「{}」: 登録できる指標ではありません / an indicator is one of {}",
                shown(self.indicator),
                known.join(", ")
            ));
        }
        let mut number = |name: &str, text: &str| {
            let number = whole_number(text);
            if number.is_err() {
                wrong.push(format!("{name}「{}」: 0以上の整数にしてください / a whole number", shown(text)));
            }
            number.unwrap_or_default()
        };
        let target = number("目標 / target", self.target);
        let reported = number("実績(公表値) / reported", self.reported);
        if target.is_none() && reported.is_none() && wrong.is_empty() {
            wrong.push("目標か実績(公表値)のどちらかが必要です / a target or a reported figure is needed".to_owned());
        }
        let source = self.source.trim();
        if source.is_empty() {
            wrong.push("出典が必要です / the source is needed".to_owned());
        }
        let decided: Result<Date, _> = self.decided.trim().parse();
        if decided.is_err() {
            wrong.push(format!(
                "日付「{}」: 2026-03-31のように書いてください / a day like 2026-03-31",
                shown(self.decided)
            ));
        }
        if source.chars().count() > MAX_TEXT_CHARS || self.note.chars().count() > MAX_TEXT_CHARS {
            wrong.push(format!("出典と備考は{MAX_TEXT_CHARS}字までです / at most {MAX_TEXT_CHARS} characters"));
        }
        match (year, indicator, decided) {
            (Ok(year), Some(indicator), Ok(decided)) if wrong.is_empty() => Ok(Entry {
                organization: organization.to_owned(),
                fiscal_year: year.year(),
                indicator,
                target,
                reported,
                source: source.to_owned(),
                decided,
                note: self.note.trim().to_owned(),
            }),
            _ => Err(wrong),
        }
    }
}

fn whole_number(text: &str) -> Result<Option<u64>, ()> {
    use unicode_normalization::UnicodeNormalization as _;
    let digits: String = text.nfkc().filter(|letter| *letter != ',' && !letter.is_whitespace()).collect();
    if digits.is_empty() {
        return Ok(None);
    }
    // Beyond a billion nothing a city counts is meant; i64 then holds every difference.
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || digits.len() > 10 {
        return Err(());
    }
    digits.parse().map(Some).map_err(|_| ())
}

/// Columns and the headers under which they are found.
const COLUMNS: [(&str, &[&str]); 8] = [
    ("organization", &["団体コード", "code", "organization"]),
    ("fiscal_year", &["年度", "fiscal_year"]),
    ("indicator", &["指標", "kpi", "indicator"]),
    ("target", &["目標", "target"]),
    ("reported", &["実績", "公表値", "実績(公表値)", "actual", "reported"]),
    ("source", &["出典", "source"]),
    ("decided", &["日付", "決定日", "date", "decided"]),
    ("note", &["備考", "note"]),
];

/// Reads a CSV file (UTF-8 with or without byte order mark, or CP932) with a header in Japanese or English. `source`
/// and `decided` stand in where a line has none.
pub fn parse_entries(bytes: &[u8], source: &str, decided: &str) -> Result<Vec<Entry>, EntryError> {
    if bytes.len() > MAX_BYTES {
        return Err(EntryError::File(format!("ファイルが大きすぎます(上限{MAX_BYTES}バイト) / the file is too long")));
    }
    let utf8 = std::str::from_utf8(bytes).ok().map(|text| Cow::Borrowed(text.trim_start_matches('\u{feff}')));
    let cp932 = || encoding_rs::SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes);
    let Some(text) = utf8.or_else(cp932) else {
        let message = "文字コードがUTF-8でもシフトJISでもありません / the file is neither UTF-8 nor CP932";
        return Err(EntryError::File(message.to_owned()));
    };
    let mut reader = ::csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(|cell| cell.trim().to_owned()).collect(),
        Err(error) => return Err(EntryError::File(format!("CSVとして読めません / not CSV: {error}"))),
    };
    let places: HashMap<&str, usize> = COLUMNS
        .iter()
        .filter_map(|(name, headers)| Some((*name, header.iter().position(|cell| headers.contains(&cell.as_str()))?)))
        .collect();
    for needed in ["fiscal_year", "indicator"] {
        if !places.contains_key(needed) {
            let message = "見出しに「年度」と「指標」が必要です / the header needs fiscal_year and indicator";
            return Err(EntryError::File(message.to_owned()));
        }
    }
    let (mut entries, mut problems) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(|error| EntryError::File(format!("CSVとして読めません / not CSV: {error}")))?;
        let line = record.position().map_or(0, ::csv::Position::line);
        let cell = |name: &str| places.get(name).and_then(|place| record.get(*place)).unwrap_or("").trim();
        let or = |own: &'_ str, other: &'_ str| if own.is_empty() { other.to_owned() } else { own.to_owned() };
        // A year without any figure stands in many lists; there is nothing to keep of it.
        if cell("target").is_empty() && cell("reported").is_empty() {
            continue;
        }
        let (source, decided) = (or(cell("source"), source), or(cell("decided"), decided));
        let given = Given {
            organization: cell("organization"),
            fiscal_year: cell("fiscal_year"),
            indicator: cell("indicator"),
            target: cell("target"),
            reported: cell("reported"),
            source: &source,
            decided: &decided,
            note: cell("note"),
        };
        match given.check() {
            Ok(entry) => entries.push(entry),
            Err(wrong) => problems.extend(wrong.into_iter().map(|message| EntryProblem { line, message })),
        }
        if problems.len() >= MAX_PROBLEMS {
            break;
        }
        if entries.len() > MAX_ROWS {
            return Err(EntryError::File(format!("行が多すぎます(上限{MAX_ROWS}行) / too many lines")));
        }
    }
    if problems.is_empty() { Ok(entries) } else { Err(EntryError::Lines(problems)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_taken_in_either_language_and_encoding() {
        let text = "団体コード,年度,指標,単位,目標,実績,出典,日付,備考\r\n\
                    242039,令和4年度,オープンデータのアクセス数,件/年,\"16,500\",１６８６３,計画,2023-03-31,計測方法の変更\r\n\
                    ,R8,viewers,人,18000,,総合計画,2026-03-01,\r\n";
        let (sjis, _, _) = encoding_rs::SHIFT_JIS.encode(text);
        let entries = parse_entries(text.as_bytes(), "", "").expect("fits");
        assert_eq!(parse_entries(&sjis, "", "").as_ref(), Ok(&entries));
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[0].indicator, Indicator::Accesses);
        assert_eq!((entries[0].target, entries[0].reported), (Some(16500), Some(16863)));
        assert_eq!((entries[0].fiscal_year, entries[1].fiscal_year), (2022, 2026));
        assert_eq!(entries[1].organization, "");
        let english = "city,code,kpi,unit,fiscal_year,target,actual,note\n\
                       x,242039,accesses,,R5,1,,\nx,242039,accesses,,R6,,,\n";
        let entries = parse_entries(english.as_bytes(), "計画", "2026-04-01").expect("fits");
        assert_eq!(entries.len(), 1, "a line without any figure is nothing to keep");
        assert_eq!(entries[0].source, "計画");
    }

    #[test]
    fn every_mistake_is_told_with_its_line_and_nothing_is_taken() {
        let text = "年度,指標,目標,出典,日付\nR8,accesses,1,x,2026-04-01\nR0,visits,-1,,tomorrow\n";
        let Err(EntryError::Lines(problems)) = parse_entries(text.as_bytes(), "", "") else {
            panic!("taken");
        };
        assert!(problems.iter().all(|problem| problem.line == 3), "{problems:?}");
        let all: String = problems.iter().map(|problem| problem.message.as_str()).collect();
        for word in ["年度「R0」", "指標「visits」", "「-1」", "出典", "「tomorrow」"] {
            assert!(all.contains(word), "{word}: {all}");
        }
        assert!(matches!(parse_entries(b"a,b\n1,2\n", "", ""), Err(EntryError::File(_))));
        assert!(matches!(parse_entries(&[0xff, 0xfe, 0xfd, b'\n'], "", ""), Err(EntryError::File(_))));
    }
}
