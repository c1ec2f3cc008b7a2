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
    if (is_canonical(found) && !found.is_empty()) || is_repeat(found) {
        return Weekdays { days: Normalized::kept(found), remark: None };
    }
    if let Some(days) = text::nothing(found) {
        return Weekdays { days, remark: None };
    }
    let folded = text::fold_width(text::trim(found));
    let (head, remark) = exception(&folded);
    let closed = remark.as_deref().and_then(closed_days);
    match read(head).map(|set| Set { days: set.days & !closed.map_or(0, |closed| closed.days), ..set }) {
        // 毎日（水曜一部休業）: what is taken away cannot be told from the words.
        Some(_) if closed.is_none() && remark.as_deref().is_some_and(names_weekday) => {
            Weekdays { days: Normalized::wrong(FindingCode::WeekdayInvalid, found, EXPECTED), remark: None }
        }
        Some(set) if set.days != 0 => {
            let joined = joined(set.days);
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
        _ => {
            let repair = proposal(&folded).map_or(Repair::None, Repair::Proposed);
            let days = Normalized::kept(found).with(FindingCode::WeekdayInvalid, EXPECTED, repair);
            Weekdays { days, remark: None }
        }
    }
}

fn joined(days: u8) -> String {
    LETTERS.iter().enumerate().filter(|(at, _)| days & (1 << at) != 0).map(|(_, day)| *day).collect()
}

/// Words that say a facility is closed, and small words around them.
const CLOSED: &[&str] = &[
    "定休日",
    "定休",
    "休館日",
    "休館",
    "休業日",
    "休業",
    "休診",
    "休園",
    "閉館",
    "閉園",
    "お休み",
    "休み",
    "休日",
    "休",
    "を除く",
    "は除く",
    "除く",
    "以外",
    "除",
];

/// The days that words take away: 水曜定休, 土日祝は休み, 日曜日を除く. `None` where they say more than days.
fn closed_days(words: &str) -> Option<Set> {
    let mut rest = text::trim(words);
    let mut any = false;
    while let Some(word) = CLOSED.iter().find(|word| rest.ends_with(**word)) {
        rest = text::trim(&rest[..rest.len() - word.len()]).trim_end_matches(['は', 'が', 'も', 'の', 'を', '/', ':']);
        any = true;
    }
    // 第3水曜定休: on other Wednesdays it is open, so nothing of the days goes.
    if any && rest.contains('第') {
        return Some(Set::default());
    }
    if any { read(text::trim(rest)) } else { None }
}

/// Whether words name a day of the week: a letter before 曜, or two days side by side.
fn names_weekday(words: &str) -> bool {
    words.contains('曜') || words.contains("土日") || words.contains("平日")
}

/// What a person may take instead of a cell that says when a place is closed, or which days of a month are meant.
fn proposal(folded: &str) -> Option<String> {
    if let Some(closed) = closed_days(folded).filter(|closed| closed.days != 0 && !folded.contains('第')) {
        return Some(joined(!closed.days & 0x7f)).filter(|open| !open.is_empty());
    }
    // 第1・3月曜: 13Mo (GIF 日付・時刻).
    let rest = folded.strip_prefix('第')?.trim_end_matches("日").trim_end_matches('曜');
    let day = rest.chars().last().and_then(|last| LETTERS.iter().position(|letter| *letter == last))?;
    let mut weeks = String::new();
    for letter in rest.chars().take(rest.chars().count().saturating_sub(1)) {
        match letter {
            '1'..='5' => weeks.push(letter),
            '一' => weeks.push('1'),
            '二' => weeks.push('2'),
            '三' => weeks.push('3'),
            '四' => weeks.push('4'),
            '五' => weeks.push('5'),
            '・' | '、' | ',' | '，' | '第' | '･' | '週' | '及' | 'び' | 'と' | ' ' | '(' | ')' => {}
            _ => return None,
        }
    }
    let english = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
    (!weeks.is_empty()).then(|| format!("{weeks}{}", english[day]))
}

/// Repeats as the Government Interoperability Framework writes them: `0We` every Wednesday, `13Mo` first and third Monday.
fn is_repeat(text: &str) -> bool {
    let digits = text.bytes().take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    (1..=5).contains(&digits)
        && text.get(digits..).is_some_and(|day| ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"].contains(&day))
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
    let cut = text
        .strip_suffix(')')
        .and_then(|inner| inner.split_once('('))
        .or_else(|| text.split_once('※'))
        // 月～金 祝日除く, 月～土、日祝休み: the first border behind which only what is closed stands.
        .or_else(|| {
            text.char_indices().filter(|(_, letter)| matches!(letter, ' ' | '、' | '。' | ',')).find_map(
                |(at, border)| {
                    let (head, words) = (&text[..at], &text[at + border.len_utf8()..]);
                    (read(head).is_some() && closed_days(words).is_some()).then_some((head, words))
                },
            )
        });
    match cut {
        // Only words that take days away may be moved; (月) may be a weekday itself.
        Some((head, words)) if words.contains('除') || words.contains('休') || words.contains('閉') => {
            (text::trim(head), Some(text::trim(words).to_owned()))
        }
        // 毎日(祝日含む): the same as 祝 among the days.
        Some((head, words)) if words.contains('含') && !names_weekday(words) => {
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
        "毎日" | "全日" | "年中無休" | "無休" | "全曜日" | "毎週" | "通年" | "年中" => {
            return Some(Set { days: 0x7f, holidays: false });
        }
        "平日" => return Some(Set { days: 0x1f, holidays: false }),
        "土日" | "週末" => return Some(Set { days: 0x60, holidays: false }),
        _ => {}
    }
    if text.len() <= 7 && text.bytes().all(|byte| matches!(byte, b'1'..=b'7')) {
        return Some(Set { days: text.bytes().fold(0, |days, byte| days | (1 << (byte - b'1'))), holidays: false });
    }
    // 1-5, 1~5: a range of the same numbers.
    if let [from @ b'1'..=b'7', b'-' | b'~', to @ b'1'..=b'7'] = text.as_bytes()
        && from <= to
    {
        return Some(Set { days: (*from..=*to).fold(0, |days, byte| days | (1 << (byte - b'1'))), holidays: false });
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
        let holiday = rest.strip_prefix("祝祭日").or_else(|| rest.strip_prefix("国民の祝日"));
        if let Some(tail) = holiday.or_else(|| rest.strip_prefix("祝日")).or_else(|| rest.strip_prefix('祝')) {
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
            ("1-5", "月火水木金"),
            ("月曜〜金曜", "月火水木金"),
            ("平日・土", "月火水木金土"),
            ("月・水・金曜日", "月水金"),
            ("月～日", "月火水木金土日"),
            ("Ｍｏｎ－Ｆｒｉ", "月火水木金"),
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
        for (found, days, remark) in [
            ("月～日・祝", "月火水木金土日", "祝日を含む"),
            ("月～金 祝日除く", "月火水木金", "祝日除く"),
            ("月～土、日祝は休み", "月火水木金土", "日祝は休み"),
            ("毎日（水曜定休）", "月火木金土日", "水曜定休"),
            ("毎日（土日祝を除く）", "月火水木金", "土日祝を除く"),
            ("毎日（第3水曜定休）", "月火水木金土日", "第3水曜定休"),
            ("年中無休（年末年始を除く）", "月火水木金土日", "年末年始を除く"),
            ("毎日（祝日含む）", "月火水木金土日", "祝日含む"),
            ("月～金※祝日を除く", "月火水木金", "祝日を除く"),
        ] {
            let result = weekdays(found);
            assert_eq!(result.days.value.to_text(), days, "{found}");
            assert_eq!(result.remark.as_deref(), Some(remark), "{found}");
        }
        assert_eq!(join_remark("年末年始休み", "祝日を含む"), "年末年始休み。祝日を含む");
        assert_eq!(join_remark("祝日を含む", "祝日を含む"), "祝日を含む");
    }

    #[test]
    fn closed_days_are_not_open_days() {
        for bad in ["水曜定休", "月曜日以外", "第2・第4土曜日", "不定期", "祝", "月～", "8"] {
            let result = weekdays(bad);
            assert_eq!(result.days.value.to_text(), bad, "{bad}");
            assert_eq!(result.days.remarks[0].code, FindingCode::WeekdayInvalid, "{bad}");
            assert_eq!(result.remark, None, "{bad}");
        }
        for (found, open) in [
            ("水曜定休", "月火木金土日"),
            ("月曜日以外", "火水木金土日"),
            ("日曜日・祝日は休み", "月火水木金土"),
            ("第2・第4土曜日", "24Sa"),
            ("第1・3月曜", "13Mo"),
            ("第一月曜日", "1Mo"),
        ] {
            let result = weekdays(found);
            assert_eq!(result.days.remarks[0].repair, Repair::Proposed(open.into()), "{found}");
        }
        assert_eq!(weekdays("毎日（水曜は一部休業あり）").days.value.to_text(), "毎日（水曜は一部休業あり）");
        for right in ["13Mo", "0We", "月水"] {
            assert_eq!(weekdays(right).days.remarks, vec![], "{right}");
        }
    }
}
