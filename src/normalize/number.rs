//! Numbers: width, thousands commas, units. Words inside keep a value out of a number column.

use crate::model::finding::{FindingCode, Repair};

use super::text;
use super::value::{Normalized, Remark, Scalar};

/// Counters and units that name what the column counts without changing its scale. `km`, `ha`, `千円` change it and
/// are not among them. Longer ones first, so that `箇所` is not read as `所`.
const UNITS: &[&str] = &[
    "平方メートル",
    "メートル",
    "ミリ",
    "箇所",
    "か所",
    "カ所",
    "ヶ所",
    "ヵ所",
    "区画",
    "世帯",
    "m2",
    "㎡",
    "m²",
    "mm",
    "㎜",
    "人",
    "名",
    "個",
    "台",
    "基",
    "円",
    "件",
    "本",
    "冊",
    "歳",
    "才",
    "室",
    "床",
    "戸",
    "棟",
    "回",
    "枚",
    "校",
    "席",
    "組",
    "園",
    "点",
    "部",
    "店",
    "社",
    "団体",
    "学級",
    "クラス",
    "便器",
    "便座",
    "食",
    "頭",
    "匹",
    "羽",
    "脚",
    "灯",
    "器",
    "階",
    "箇",
    "口",
    "m",
    "ｍ",
    "%",
    "％",
];

/// Largest whole number a double holds exactly; spreadsheets and JSON readers cannot carry more.
pub const EXACT_LIMIT: i64 = 1 << 53;

/// A whole number.
pub fn integer(found: &str) -> Normalized<'_> {
    if let Some(number) = canonical_integer(found) {
        return Normalized::of(Scalar::Integer(number));
    }
    if let Some(nothing) = text::nothing(found) {
        return nothing;
    }
    match read(found) {
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
        Some(number) if number.fract() == 0.0 && number.abs() <= EXACT_LIMIT as f64 => {
            let whole = number as i64;
            made(Scalar::Integer(whole), whole.to_string())
        }
        _ => invalid(found, "整数", false),
    }
}

/// A decimal number.
pub fn number(found: &str) -> Normalized<'_> {
    if is_plain_decimal(found)
        && let Ok(number) = found.parse::<f64>()
        && (found.len() <= 15 || read(found).is_some())
    {
        return Normalized::of(Scalar::Number(number));
    }
    if let Some(nothing) = text::nothing(found) {
        return nothing;
    }
    match read(found) {
        Some(number) => made(Scalar::Number(number), number.to_string()),
        None => invalid(found, "数値", true),
    }
}

fn made(value: Scalar<'static>, text: String) -> Normalized<'static> {
    Normalized {
        value,
        remarks: vec![Remark { code: FindingCode::NumberFolded, expected: "".into(), repair: Repair::Made(text) }],
    }
}

/// Not a number: nothing is stored; a number at its head is proposed (`2※内1個は故障中` → 2).
fn invalid(found: &str, expected: &'static str, decimal: bool) -> Normalized<'static> {
    let is_free = matches!(text::squeeze(found).as_ref(), "無料" | "無償" | "入場無料" | "参加無料");
    let proposal = if is_free { Some("0".to_owned()) } else { leading_number(found, decimal) };
    let repair = proposal.map_or(Repair::None, Repair::Proposed);
    Normalized::dropped(FindingCode::NumberInvalid, expected, repair)
}

/// `-?(0|[1-9][0-9]*)` within ±2^53.
pub fn canonical_integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let fits = matches!(digits, [b'0'] | [b'1'..=b'9', ..])
        && digits.len() <= 16
        && digits.iter().all(u8::is_ascii_digit)
        && text != "-0";
    if fits { text.parse().ok().filter(|number: &i64| number.abs() <= EXACT_LIMIT) } else { None }
}

/// `-?(0|[1-9][0-9]*)(\.[0-9]+)?` of at most 30 letters: the plain way to write a number.
pub fn is_plain_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    if digits.len() > 30 {
        return false;
    }
    let whole = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let head = matches!(digits.get(..whole), Some([b'0'] | [b'1'..=b'9', ..]));
    let tail = match digits.get(whole..) {
        Some([]) => true,
        Some([b'.', rest @ ..]) => !rest.is_empty() && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    head && tail
}

/// A decimal number whose text is exactly what a program would write for it again, so that storing it as a number
/// changes nothing that was published.
pub fn published_decimal(text: &str) -> Option<f64> {
    if !is_plain_decimal(text) || text == "-0" || (text.contains('.') && text.ends_with('0')) {
        return None;
    }
    // Fifteen significant digits survive a double; longer ones are compared.
    let number: f64 = text.parse().ok()?;
    (text.len() <= 15 || number.to_string() == text).then_some(number)
}

/// Reads a number written in any way that leaves no doubt; `None` otherwise.
fn read(found: &str) -> Option<f64> {
    let squeezed = text::squeeze(found);
    let mut rest: &str = &squeezed;
    for unit in UNITS {
        if let Some(head) = rest.strip_suffix(unit) {
            rest = head;
            break;
        }
    }
    let rest = rest.strip_prefix('+').unwrap_or(rest);
    let without_commas;
    let digits = if rest.contains(',') {
        without_commas = strip_thousands(rest)?;
        &without_commas
    } else {
        rest
    };
    let body = digits.strip_prefix('-').unwrap_or(digits);
    let shaped = body.len() <= 30
        && body.starts_with(|letter: char| letter.is_ascii_digit())
        && body.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    if !shaped {
        return None;
    }
    // What a double cannot hold to the last digit would come out as another number.
    let significant = body.trim_start_matches(['0', '.']).bytes().filter(u8::is_ascii_digit).count();
    if significant > 15 && digits.parse::<f64>().is_ok_and(|number| number.to_string() != digits) {
        return None;
    }
    digits.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number + 0.0)
}

/// Removes thousands commas where they stand every three digits; `None` where they do not.
fn strip_thousands(text: &str) -> Option<String> {
    let (sign, body) = text.strip_prefix('-').map_or(("", text), |body| ("-", body));
    let (whole, fraction) = body.split_once('.').map_or((body, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let mut joined = String::with_capacity(text.len());
    joined.push_str(sign);
    if !(1..=3).contains(&first.len()) {
        return None;
    }
    joined.push_str(first);
    for group in groups {
        if group.len() != 3 || !group.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        joined.push_str(group);
    }
    if let Some(fraction) = fraction {
        joined.push('.');
        joined.push_str(fraction);
    }
    Some(joined)
}

/// The number that words stand around, for a person to take: 先着30人 → 30. `None` where the words change it (3万, 5km), or
/// where it is one end of a range (0－4, 4～5).
fn leading_number(found: &str, decimal: bool) -> Option<String> {
    let squeezed = text::squeeze(found);
    let start = squeezed.find(|letter: char| letter.is_ascii_digit())?;
    let sign = squeezed[..start].ends_with(['▲', '△', '-']);
    let rest = &squeezed[start..];
    let digits: String = rest.chars().take_while(|letter| letter.is_ascii_digit() || *letter == ',').take(20).collect();
    let mut after = &rest[digits.len()..];
    let mut number = if digits.contains(',') { strip_thousands(&digits)? } else { digits.clone() };
    if let Some(fraction) = after.strip_prefix('.') {
        let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 || length > 15 || !decimal {
            return None;
        }
        number = format!("{number}.{}", &fraction[..length]);
        after = &fraction[length..];
    }
    let is_range = after.strip_prefix(['-', '~', '〜', '～']).or_else(|| after.strip_prefix("から"));
    let is_scaled =
        ["万", "千", "百", "億", "km", "ha", "㎞", "㏊", "/", "分の", "割"].iter().any(|unit| after.starts_with(unit));
    // 1号認定 40: the number names something. Behind one that counts stand a unit, a bracket, a mark or nothing.
    let counts = after.is_empty()
        || UNITS.iter().any(|unit| after.starts_with(unit))
        || after.starts_with(['(', '（', '※', '*', '+', '＋', 'メ', '平', '以', '程', '約', '前', '弱', '強']);
    if !counts {
        return None;
    }
    if is_range.is_some_and(|end| end.starts_with(|letter: char| letter.is_ascii_digit())) || is_scaled {
        return None;
    }
    if decimal {
        let number: f64 = number.parse().ok().filter(|number: &f64| number.is_finite())?;
        return Some((if sign { -number } else { number }).to_string());
    }
    let number = number.parse::<i64>().ok().filter(|number| *number <= EXACT_LIMIT && !sign)?;
    Some(number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_the_spellings_of_real_files() {
        let cases: &[(&str, i64, bool)] = &[
            ("3", 3, false),
            ("０", 0, true),
            ("4,315 ", 4315, true),
            ("50,700 ", 50700, true),
            ("１２人", 12, true),
            ("8台", 8, true),
            ("007", 7, true),
            ("100.0", 100, true),
            ("−5", -5, true),
            ("+3", 3, true),
            ("2箇所", 2, true),
        ];
        for (found, expected, repaired) in cases {
            let result = integer(found);
            assert_eq!(result.value, Scalar::Integer(*expected), "{found}");
            assert_eq!(!result.remarks.is_empty(), *repaired, "{found}");
        }
        assert_eq!(number("2.7").value, Scalar::Number(2.7));
        assert_eq!(number("1,234.5ｍ").value, Scalar::Number(1234.5));
    }

    #[test]
    fn words_inside_keep_a_value_out_and_only_propose_a_number() {
        for (found, proposal) in
            [("2※内1個は故障中", "2"), ("先着30人程度", "30"), ("屋内1,371人／屋外5,470人", "1371")]
        {
            let result = integer(found);
            assert_eq!(result.value, Scalar::Null, "{found}");
            assert_eq!(result.remarks[0].code, FindingCode::NumberInvalid);
            assert_eq!(result.remarks[0].repair, Repair::Proposed(proposal.into()), "{found}");
        }
        for found in ["可", "4～5", "1,23", "1.5", "99999999999999999999", "1e400", "inf", "NaN1", "5km"] {
            assert_eq!(integer(found).value, Scalar::Null, "{found}");
            assert_eq!(integer(found).remarks[0].code, FindingCode::NumberInvalid, "{found}");
        }
    }

    #[test]
    fn units_that_change_the_scale_and_ranges_are_never_cut_to_a_number() {
        for found in ["３２.５ｋｍ", "0－4歳", "0~4", "4～5人", "3万人", "1/2", "2.5人", "▲5", "可"] {
            let result = integer(found);
            assert_eq!(result.value, Scalar::Null, "{found}");
            assert_eq!(result.remarks[0].repair, Repair::None, "{found}");
        }
        for (found, proposal) in [("約３２.５メートル程度", "32.5"), ("△1,234", "-1234"), ("▲0.5%", "-0.5")]
        {
            assert_eq!(number(found).remarks[0].repair, Repair::Proposed(proposal.into()), "{found}");
        }
        assert_eq!(number("３２.５ｋｍ").remarks[0].repair, Repair::None);
        assert_eq!(number("1,234㎡").value, Scalar::Number(1234.0));
        assert_eq!(number("３２.５㎡").value, Scalar::Number(32.5));
        for (found, proposal) in [("約50人", "50"), ("先着30人", "30"), ("50人程度", "50"), ("2※内1個は故障中", "2")]
        {
            assert_eq!(integer(found).remarks[0].repair, Repair::Proposed(proposal.into()), "{found}");
        }
    }

    #[test]
    fn a_dash_in_a_number_column_is_a_blank() {
        assert_eq!(integer("-").remarks[0].code, FindingCode::BlankWord);
        assert_eq!(integer("").remarks, vec![]);
    }

    #[test]
    fn nothing_wrong_is_proposed_and_no_digit_is_lost() {
        for (found, proposal) in [
            ("1号認定 40、2・3号認定 105", None),
            ("10,5", None),
            ("1,00", None),
            ("0x1F", None),
            ("無料", Some("0")),
            ("2※内1個は故障中", Some("2")),
        ] {
            let made = number(found);
            assert_eq!(made.value, Scalar::Null, "{found}");
            let expected = proposal.map_or(Repair::None, |text| Repair::Proposed(text.to_owned()));
            assert_eq!(made.remarks[0].repair, expected, "{found}");
        }
        assert_eq!(number("12345678901234567890").value, Scalar::Null);
        assert_eq!(integer("9007199254740993").value, Scalar::Null);
        assert_eq!(number("0.1234567890123").value, Scalar::Number(0.123_456_789_012_3));
    }
}
