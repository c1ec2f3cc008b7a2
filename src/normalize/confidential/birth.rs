//! The year of a date in any of the spellings of Japanese files.

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
    let text = crate::normalize::text::trim(text);
    if text.len() < 5 || text.len() > 48 {
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
    let mut between = false;
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
    let is_whole = at == 2 && (1..=12).contains(&parts[1]) && (1..=31).contains(&parts[2]);
    if !is_whole || (base == 0 && lengths[0] != 4) || (base > 0 && lengths[0] > 2) || lengths[1] > 2 || lengths[2] > 2 {
        return None;
    }
    let year = u16::try_from(parts[0]).ok()?.checked_add(base)?;
    (1860..=2100).contains(&year).then_some(year)
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
