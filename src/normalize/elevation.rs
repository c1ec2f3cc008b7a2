//! 高度の値 and 高度の種別: a floor (ground floor 1, first basement −1, mezzanine 1.5), or metres above the sea or the ground.

use std::borrow::Cow;

use crate::model::finding::{FindingCode, Repair};

use super::value::{Normalized, Scalar};
use super::{flag, number, text};

/// A height: a number, metres with their unit, or a floor in words (3階, 3F, 地下1階, B1).
pub fn value(found: &str) -> Normalized<'_> {
    if !number::is_plain_decimal(found)
        && let Some(floor) = floor(found)
    {
        let repair = Repair::Made(floor.to_string());
        return Normalized::of(Scalar::Number(floor)).with(FindingCode::NumberFolded, "", repair);
    }
    number::number(found)
}

/// 階数, 標高 or 地表高. Other words for the same thing are folded; 海抜 is measured from a sea that the word does not name, so
/// that 標高 is only proposed.
pub fn kind<'a>(found: &'a str, codes: &[String]) -> Normalized<'a> {
    let folded = text::squeeze(found);
    let word = folded.trim_end_matches("(m)").trim_end_matches("(T.P.)").trim_end_matches("(TP)");
    let same = match word {
        "階" | "フロア" | "階層" | "階数" => "階数",
        "標高" | "標高値" | "T.P." | "TP" | "T.P" => "標高",
        "地表高" | "地上高" | "地盤高" | "地表からの高さ" | "地上からの高さ" => "地表高",
        "海抜" | "海抜高" | "海抜高度" => {
            return Normalized::wrong(FindingCode::FlagInvalid, found, listed(codes)).proposing("標高");
        }
        _ => return flag::code_list(found, codes),
    };
    if same == found { Normalized::kept(found) } else { Normalized::made(FindingCode::FlagFolded, same.to_owned()) }
}

fn listed(codes: &[String]) -> Cow<'static, str> {
    Cow::Owned(codes.join("、"))
}

/// 3階, 3F, 地下1階, B1F, 中2階 (between the first and the second floor).
fn floor(found: &str) -> Option<f64> {
    let squeezed = text::squeeze(found).to_uppercase();
    let (below, rest) = match squeezed.strip_prefix("地下").or_else(|| squeezed.strip_prefix('B')) {
        Some(rest) => (true, rest),
        None => (false, squeezed.strip_prefix("地上").unwrap_or(&squeezed)),
    };
    let (between, rest) = match rest.strip_prefix('中') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let digits = rest.strip_suffix('階').or_else(|| rest.strip_suffix('F'));
    // B1 says it without F; a number alone is no floor.
    let digits = digits.or(if below { Some(rest) } else { None })?;
    let number: u8 = digits.parse().ok().filter(|number| (1..=99).contains(number))?;
    let number = f64::from(number);
    match (below, between) {
        (true, false) => Some(-number),
        (false, true) => Some(number - 0.5),
        (false, false) => Some(number),
        (true, true) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floors_and_metres_are_numbers() {
        for (found, expected) in [
            ("3階", 3.0),
            ("３Ｆ", 3.0),
            ("地下1階", -1.0),
            ("B1", -1.0),
            ("Ｂ２Ｆ", -2.0),
            ("中2階", 1.5),
            ("地上1階", 1.0),
            ("12.5m", 12.5),
            ("12.5", 12.5),
            ("-1", -1.0),
            ("1.5", 1.5),
        ] {
            assert_eq!(value(found).value, Scalar::Number(expected), "{found}");
        }
        for bad in ["屋上", "B", "階", "地下中1階", "3階建て"] {
            assert_eq!(value(bad).value, Scalar::Null, "{bad}");
            assert_eq!(value(bad).remarks[0].code, FindingCode::NumberInvalid, "{bad}");
        }
    }

    #[test]
    fn kinds_are_folded_where_the_word_means_the_same() {
        let codes: Vec<String> = ["階数", "標高", "地表高"].map(str::to_owned).to_vec();
        for (found, expected) in [("階", "階数"), ("標高（m）", "標高"), ("地上高", "地表高"), ("標高", "標高")]
        {
            assert_eq!(kind(found, &codes).value.to_text(), expected, "{found}");
        }
        let sea = kind("海抜", &codes);
        assert_eq!((sea.value.to_text().as_ref(), &sea.remarks[0].repair), ("海抜", &Repair::Proposed("標高".into())));
        assert_eq!(kind("高さ", &codes).remarks[0].code, FindingCode::CodeListInvalid);
        assert_eq!(kind("標高", &codes).remarks, vec![]);
    }
}
