//! The year of a date in any of the spellings of Japanese files.

use super::column::Cells;

/// First years of the eras, less one: 明治 to 令和.
const ERAS: [(&[&str], u16); 5] = [
    (&["明治", "明", "㍾", "M", "m", "Ｍ"], 1867),
    (&["大正", "大", "㍽", "T", "t", "Ｔ"], 1911),
    (&["昭和", "昭", "㍼", "S", "s", "Ｓ"], 1925),
    (&["平成", "平", "㍻", "H", "h", "Ｈ"], 1988),
    (&["令和", "令", "㋿", "R", "r", "Ｒ"], 2018),
];

/// The year of a whole date: `1973-03-05`, `1973/3/5`, `19730305`, `S48.3.5`, `昭和48年3月5日`. `None` for anything else,
/// also for a year or month alone.
pub(super) fn year(text: &str) -> Option<u16> {
    // Earlier days are of history.
    parts(text).filter(|(year, is_whole)| *is_whole && *year >= 1860).map(|(year, _)| year)
}

/// What a number without any mark may be under a header of dates of birth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bare {
    /// A year of the calendar.
    Year(u16),
    /// A spreadsheet's number of a day of this year.
    Serial(u16),
}

/// Days from 1899-12-30, from which spreadsheets count, to 1927-05-18 and to 2064-04-08: shorter numbers are counts or
/// years, and nobody is born later yet.
const SERIALS: std::ops::RangeInclusive<u32> = 10_000..=60_000;

/// What the cells of a column say of births, where its header speaks of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Births {
    /// Years of the living, of dates that say that they are some.
    dated: Cells,
    /// The same of historic persons.
    dated_before: u64,
    /// Bare numbers that can be years or day numbers of a spreadsheet.
    bare: Cells,
    /// Bare years before the living.
    bare_before: u64,
}

/// Nobody born earlier lives.
const FIRST_YEAR: u16 = 1900;

impl Births {
    /// Looks at a cell; whether it says anything.
    pub(super) fn see(&mut self, text: &str, row: u64) -> bool {
        match (partial(text), bare(text)) {
            (Some(year), _) if year >= FIRST_YEAR => self.dated.add(row),
            (Some(_), _) => self.dated_before += 1,
            (None, Some(Bare::Year(year))) if year < FIRST_YEAR => self.bare_before += 1,
            (None, Some(_)) => self.bare.add(row),
            (None, None) => return false,
        }
        true
    }

    /// The cells that are births of the living. Counts look like bare numbers: nearly all cells of the column must be
    /// possible births, and `counts` denies them. A column of mostly historic persons has none.
    pub(super) fn living(&self, filled: u64, counts: bool) -> Option<Cells> {
        let all = self.dated.count + self.dated_before + self.bare.count + self.bare_before;
        let with_bare = !counts && all * 10 >= filled * 9;
        let mut living = self.dated.clone();
        let mut before = self.dated_before;
        if with_bare {
            living.join(&self.bare);
            before += self.bare_before;
        }
        (living.count > before).then_some(living)
    }
}

/// What a bare number could say of a birth: `1973` or `26728`. Counts look the same, so that the column decides.
pub(super) fn bare(text: &str) -> Option<Bare> {
    let text = crate::normalize::text::trim(text);
    let text = text.strip_suffix(".0").unwrap_or(text);
    if !matches!(text.len(), 4 | 5) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u32 = text.parse().ok()?;
    match u16::try_from(number) {
        Ok(year @ 1000..=2100) => Some(Bare::Year(year)),
        _ if SERIALS.contains(&number) => {
            Some(Bare::Serial(u16::try_from(1900 + u64::from(number) * 100 / 36_525).ok()?))
        }
        _ => None,
    }
}

/// The year of a date that may lack its day or month but says that it is one: `昭和48年`, `1973年3月`, `S48`.
pub(super) fn partial(text: &str) -> Option<u16> {
    parts(text).map(|(year, _)| year)
}

/// The year, and whether month and day follow.
fn parts(text: &str) -> Option<(u16, bool)> {
    let text = crate::normalize::text::trim(text);
    if text.len() < 3 || text.len() > 48 {
        return None;
    }
    let (base, rest) = match text.as_bytes().first()? {
        b'1' | b'2' => (0, text),
        byte if byte.is_ascii_digit() => return None,
        _ => era(text).unwrap_or((0, text)),
    };
    let mut parts = [0_u32; 3];
    let mut lengths = [0_u32; 3];
    let mut at = 0;
    let (mut between, mut is_marked) = (false, base > 0);
    for letter in rest.chars() {
        let digit = match letter {
            '0'..='9' => u32::from(letter) - u32::from('0'),
            '０'..='９' => u32::from(letter) - u32::from('０'),
            '元' if base > 0 && at == 0 && lengths[0] == 0 => 1,
            // A time may follow, and the weekday in brackets.
            ' ' | 'T' | '\u{3000}' | '(' | '（' | '日' if at == 2 && lengths[2] > 0 => break,
            '-' | '/' | '.' | '年' | '月' | '－' | '／' | '．' | '・' | ' ' | '\u{3000}' => {
                if lengths[0] == 0 && !matches!(letter, ' ' | '\u{3000}') {
                    return None;
                }
                between = true;
                is_marked |= matches!(letter, '年' | '/' | '-' | '.');
                continue;
            }
            _ => return None,
        };
        if between && lengths[at] > 0 {
            at += 1;
            if at > 2 {
                return None;
            }
        }
        between = false;
        parts[at] = parts[at].checked_mul(10)?.checked_add(digit)?;
        lengths[at] += 1;
        if lengths[at] > 8 {
            return None;
        }
    }
    if at == 0 && base == 0 && lengths[0] == 8 {
        parts = [parts[0] / 10_000, parts[0] / 100 % 100, parts[0] % 100];
        (at, lengths) = (2, [4, 2, 2]);
    }
    let is_whole = at == 2;
    let in_year = at == 0 || (1..=12).contains(&parts[1]);
    let in_month = !is_whole || (1..=31).contains(&parts[2]);
    let by_length = if base == 0 { lengths[0] == 4 } else { matches!(lengths[0], 1 | 2) };
    if !(in_year && in_month && by_length && (is_whole || is_marked)) || lengths[1] > 2 || lengths[2] > 2 {
        return None;
    }
    let year = u16::try_from(parts[0]).ok()?.checked_add(base)?;
    (1000..=2100).contains(&year).then_some((year, is_whole))
}

fn era(text: &str) -> Option<(u16, &str)> {
    ERAS.iter().find_map(|(names, base)| {
        names.iter().find_map(|name| text.strip_prefix(name)).map(|rest| (*base, rest.trim_start()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_day_has_its_year() {
        for found in [
            "1973-03-05",
            "1973/3/5",
            "1973.3.5",
            "19730305",
            "S48.3.5",
            "s48/03/05",
            "昭和48年3月5日",
            "昭和４８年３月５日",
            "㍼48.3.5",
            "昭48.3.5",
            "1973年3月5日",
            "1973-03-05T00:00:00",
            "Ｓ48.3.5",
            "S 48. 3. 5",
            "1973/3/5 0:00",
            "1973年3月5日(月)",
        ] {
            assert_eq!(year(found), Some(1973), "{found}");
        }
        assert_eq!(year("平成元年5月1日"), Some(1989));
        for found in ["昭和48年", "1973年", "S48", "1973年3月", "1973/3", "昭和４８年３月", "昭和48年3月5日"]
        {
            assert_eq!(partial(found), Some(1973), "{found}");
        }
        for found in ["1973", "48", "S", "1,973", "1973.13", "12年生", "34.8"] {
            assert_eq!(partial(found), None, "{found}");
        }
        assert_eq!((bare("1973"), bare("1650")), (Some(Bare::Year(1973)), Some(Bare::Year(1650))));
        assert_eq!((bare("26728"), bare("10000")), (Some(Bare::Serial(1973)), Some(Bare::Serial(1927))));
        for found in ["281", "9999", "61000", "123456", "1,973"] {
            assert_eq!(bare(found), None, "{found}");
        }
        for found in [
            "1973",
            "1973-03",
            "138.3254",
            "34.866812",
            "054-626-1139",
            "20231301",
            "12345678",
            "S48",
            "大塚公園",
            "2024年度",
            "S-1-2-3",
        ] {
            assert_eq!(year(found), None, "{found}");
        }
    }
}
