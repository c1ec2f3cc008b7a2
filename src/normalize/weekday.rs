//! Weekdays, joined from Monday: `月火水木金`. Holidays and exceptions go to the remarks.

use crate::model::finding::{FindingCode, Repair};

use super::text;
use super::value::Normalized;

const LETTERS: [char; 7] = ['月', '火', '水', '木', '金', '土', '日'];
const EXPECTED: &str = "月火水木金土日";

/// A weekday cell, and what of it belongs into the remarks column.
#[derive(Debug, Clone, PartialEq)]
pub struct Weekdays<'a> {
    /// The days.
    pub days: Normalized<'a>,
    /// A sentence for the remarks (祝日を含む, 祝日を除く); `None` where there is none.
    pub remark: Option<String>,
}

/// Reads a weekday cell.
pub fn weekdays(found: &str) -> Weekdays<'_> {
    if is_canonical(found) && !found.is_empty() {
        return Weekdays { days: Normalized::kept(found), remark: None };
    }
    if let Some(days) = text::nothing(found) {
        return Weekdays { days, remark: None };
    }
    let folded = text::fold_width(text::trim(found));
    let (head, remark) = exception(&folded);
    match read(head) {
        Some(set) if set.days != 0 => {
            let joined: String =
                LETTERS.iter().enumerate().filter(|(at, _)| set.days & (1 << at) != 0).map(|(_, day)| *day).collect();
            let remark = match (set.holidays, remark) {
                (true, None) => Some("祝日を含む".to_owned()),
                (_, remark) => remark,
            };
            let days = if joined == found {
                Normalized::kept(found)
            } else {
                Normalized::made(FindingCode::WeekdayFolded, joined)
            };
            Weekdays { days, remark }
        }
        _ => Weekdays { days: Normalized::wrong(FindingCode::WeekdayInvalid, found, EXPECTED), remark: None },
    }
}

/// The letters of the week in order, each at most once.
fn is_canonical(text: &str) -> bool {
    let mut next = 0;
    text.chars().all(|letter| match LETTERS.iter().position(|day| *day == letter) {
        Some(at) if at >= next => {
            next = at + 1;
            true
        }
        _ => false,
    })
}

/// Splits an exception in brackets off the end: `月～金(祝日を除く)`.
fn exception(text: &str) -> (&str, Option<String>) {
    let cut = text.strip_suffix(')').and_then(|inner| inner.split_once('(')).or_else(|| text.split_once('※'));
    match cut {
        // Only words that take days away may be moved; (月) may be a weekday itself.
        Some((head, words)) if words.contains('除') || words.contains('休') => {
            (text::trim(head), Some(text::trim(words).to_owned()))
        }
        _ => (text, None),
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Set {
    days: u8,
    holidays: bool,
}

fn read(text: &str) -> Option<Set> {
    match text {
        "毎日" | "全日" | "年中無休" | "無休" | "全曜日" => {
            return Some(Set { days: 0x7f, holidays: false });
        }
        "平日" => return Some(Set { days: 0x1f, holidays: false }),
        "土日" | "週末" => return Some(Set { days: 0x60, holidays: false }),
        _ => {}
    }
    if text.len() <= 7 && text.bytes().all(|byte| matches!(byte, b'1'..=b'7')) {
        return Some(Set { days: text.bytes().fold(0, |days, byte| days | (1 << (byte - b'1'))), holidays: false });
    }
    if text.is_ascii() {
        return english(text);
    }
    let mut set = Set::default();
    let mut last: Option<usize> = None;
    let mut range = false;
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if let Some(tail) = rest.strip_prefix("から") {
            (range, rest) = (true, tail);
            continue;
        }
        if let Some(tail) = rest.strip_prefix("まで").or_else(|| rest.strip_prefix("曜日")) {
            rest = tail;
            continue;
        }
        if let Some(tail) = rest.strip_prefix("祝日").or_else(|| rest.strip_prefix('祝')) {
            if range {
                return None;
            }
            (set.holidays, rest) = (true, tail);
            continue;
        }
        if let Some(tail) = rest.strip_prefix("平日") {
            set.days |= 0x1f;
            rest = tail;
            continue;
        }
        rest = &rest[letter.len_utf8()..];
        if let Some(day) = LETTERS.iter().position(|known| *known == letter) {
            if range {
                let mut at = last?;
                while at != day {
                    at = (at + 1) % 7;
                    set.days |= 1 << at;
                }
                range = false;
            }
            set.days |= 1 << day;
            last = Some(day);
        } else if matches!(letter, '~' | '〜' | '～') || text::is_dash(letter) {
            if last.is_none() || range {
                return None;
            }
            range = true;
        } else if !matches!(
            letter,
            '・' | '、' | ',' | '，' | '/' | ' ' | ';' | '曜' | '．' | '.' | '･' | 'と' | '及' | 'び'
        ) {
            return None;
        }
    }
    (!range).then_some(set)
}

fn english(text: &str) -> Option<Set> {
    let day = |word: &str| -> Option<usize> {
        let head = word.get(..3)?.to_ascii_lowercase();
        let known = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().position(|name| *name == head)?;
        let full = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"][known];
        full.starts_with(word.to_ascii_lowercase().as_str()).then_some(known)
    };
    let mut set = Set::default();
    for part in text.split([',', '/', ' ', ';', '.']).filter(|part| !part.is_empty()) {
        if let Some((from, to)) = part.split_once(['-', '~']) {
            let (mut at, to) = (day(from)?, day(to)?);
            set.days |= 1 << at;
            while at != to {
                at = (at + 1) % 7;
                set.days |= 1 << at;
            }
        } else {
            set.days |= 1 << day(part)?;
        }
    }
    Some(set)
}

/// Appends a sentence to a remarks cell unless it already says so.
pub fn join_remark(remarks: &str, sentence: &str) -> String {
    let remarks = text::trim(remarks);
    if remarks.is_empty() {
        sentence.to_owned()
    } else if remarks.contains(sentence) {
        remarks.to_owned()
    } else {
        format!("{remarks}。{sentence}")
    }
}

/// The finding for a sentence that went to the remarks.
pub fn remark_moved<'a>(joined: String) -> Normalized<'a> {
    let repair = Repair::Made(joined.clone());
    Normalized::of(super::value::Scalar::Text(joined.into())).with(FindingCode::WeekdayFolded, "", repair)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekdays_are_joined_from_monday() {
        for (found, expected) in [
            ("月～金", "月火水木金"),
            ("月-金", "月火水木金"),
            ("月曜日から金曜日まで", "月火水木金"),
            ("月・火・水", "月火水"),
            ("金、月", "月金"),
            ("毎日", "月火水木金土日"),
            ("平日", "月火水木金"),
            ("12345", "月火水木金"),
            ("Mon", "月"),
            ("Mon-Fri", "月火水木金"),
            ("金～月", "月金土日"),
            ("火曜日", "火"),
        ] {
            let result = weekdays(found);
            assert_eq!(result.days.value.to_text(), expected, "{found}");
            assert_eq!(result.days.remarks[0].code, FindingCode::WeekdayFolded, "{found}");
            assert_eq!(result.remark, None, "{found}");
        }
        assert_eq!(weekdays("月火水木金土日").days.remarks, vec![]);
    }

    #[test]
    fn holidays_and_exceptions_go_to_the_remarks() {
        let result = weekdays("土日祝");
        assert_eq!((result.days.value.to_text().as_ref(), result.remark.as_deref()), ("土日", Some("祝日を含む")));
        let result = weekdays("月～金（祝日を除く）");
        assert_eq!(
            (result.days.value.to_text().as_ref(), result.remark.as_deref()),
            ("月火水木金", Some("祝日を除く"))
        );
        assert_eq!(join_remark("年末年始休み", "祝日を含む"), "年末年始休み。祝日を含む");
        assert_eq!(join_remark("祝日を含む", "祝日を含む"), "祝日を含む");
    }

    #[test]
    fn closed_days_are_not_open_days() {
        for bad in ["水曜定休", "月曜日以外", "第2・第4土曜日", "不定期", "祝", "月～", "8"] {
            let result = weekdays(bad);
            assert_eq!(result.days.value.to_text(), bad, "{bad}");
            assert_eq!(result.days.remarks[0].code, FindingCode::WeekdayInvalid, "{bad}");
        }
    }
}
