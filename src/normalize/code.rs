//! Codes and identifiers: municipality codes, IDs, corporate numbers, town and POI codes.

use crate::model::code::MunicipalityCode;
use crate::model::finding::{FindingCode, Repair};
use crate::schema::poi_code;

use super::text;
use super::value::{Normalized, Remark};

/// What settles a code that can be read in two ways: decided point (a).
pub struct CodeContext<'c> {
    /// The organization that publishes the file.
    pub publisher: Option<MunicipalityCode>,
    /// Prefectures (bit 1 … 47) of the file's codes that can be read in one way only; 0 where none was looked at.
    pub file_prefectures: u64,
    /// Whether the column names the publisher itself (and not the place of a facility).
    pub is_publisher_column: bool,
    /// Whether a code exists.
    pub known: &'c dyn Fn(MunicipalityCode) -> bool,
    /// The one municipality of that name, where there is only one.
    pub by_name: &'c dyn Fn(&str) -> Option<MunicipalityCode>,
}

/// The bit of a code's prefecture, for sets of prefectures.
pub fn prefecture_bit(code: MunicipalityCode) -> u64 {
    code.prefecture().parse::<u32>().map_or(0, |prefecture| 1 << (prefecture % 64))
}

/// A six-digit municipality code.
pub fn municipality<'a>(found: &'a str, context: &CodeContext<'_>) -> Normalized<'a> {
    if let Ok(code) = MunicipalityCode::parse(found) {
        return other_than_publisher(Normalized::kept(found), code, context);
    }
    if let Some(nothing) = text::nothing(found) {
        return nothing;
    }
    let squeezed = text::squeeze(found);
    let digits = squeezed.trim_start_matches('\'');
    let digits = digits.strip_suffix(".0").unwrap_or(digits);
    let invalid = |repair| Normalized::kept(found).with(FindingCode::CodeInvalid, "000000", repair);
    if digits.is_empty() || digits.len() > 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let named = (context.by_name)(text::trim(found)).or_else(|| code_in_address(&squeezed));
        return invalid(named.map_or(Repair::None, |code| Repair::Proposed(code.to_string())));
    }
    let known = |code: &MunicipalityCode| (context.known)(*code);
    match digits.len() {
        6 => match MunicipalityCode::parse(digits) {
            Ok(code) => {
                other_than_publisher(Normalized::made(FindingCode::WidthFolded, code.to_string()), code, context)
            }
            Err(_) => invalid(Repair::None),
        },
        5 => {
            let without_check = MunicipalityCode::from_five(digits).ok().filter(known);
            let without_zero = MunicipalityCode::parse(&format!("0{digits}")).ok().filter(known);
            five_digits(found, without_check, without_zero, context)
        }
        4 => match MunicipalityCode::from_five(&format!("0{digits}")).ok().filter(known) {
            Some(code) => Normalized::made(FindingCode::CodeZeroLost, code.to_string()).with(
                FindingCode::CodeCheckDigitAdded,
                "",
                Repair::Made(code.to_string()),
            ),
            None => invalid(Repair::None),
        },
        1 | 2 => {
            let prefecture = MunicipalityCode::from_five(&format!("{digits:0>2}000")).ok().filter(known);
            invalid(prefecture.map_or(Repair::None, |code| Repair::Proposed(code.to_string())))
        }
        _ => invalid(Repair::None),
    }
}

fn five_digits<'a>(
    found: &'a str,
    without_check: Option<MunicipalityCode>,
    without_zero: Option<MunicipalityCode>,
    context: &CodeContext<'_>,
) -> Normalized<'a> {
    let (code, kind) = match (without_check, without_zero) {
        (Some(code), None) => (code, FindingCode::CodeCheckDigitAdded),
        (None, Some(code)) => (code, FindingCode::CodeZeroLost),
        (Some(check), Some(zero)) => match context.publisher {
            Some(publisher) if check == publisher || (publisher != zero && same_prefecture(check, zero, publisher)) => {
                (check, FindingCode::CodeCheckDigitAdded)
            }
            Some(publisher) if zero == publisher || same_prefecture(zero, check, publisher) => {
                (zero, FindingCode::CodeZeroLost)
            }
            // The file's other codes lie in one of the two prefectures only.
            _ => match [check, zero].map(|code| context.file_prefectures & prefecture_bit(code) != 0) {
                [true, false] => (check, FindingCode::CodeCheckDigitAdded),
                [false, true] => (zero, FindingCode::CodeZeroLost),
                _ => {
                    let repair = Repair::Proposed(format!("{check} / {zero}"));
                    return Normalized::kept(found).with(FindingCode::CodeAmbiguous, "000000", repair);
                }
            },
        },
        (None, None) => return Normalized::wrong(FindingCode::CodeInvalid, found, "000000"),
    };
    other_than_publisher(Normalized::made(kind, code.to_string()), code, context)
}

/// Whether the first lies in the publisher's prefecture and the second does not.
fn same_prefecture(first: MunicipalityCode, second: MunicipalityCode, publisher: MunicipalityCode) -> bool {
    first.prefecture() == publisher.prefecture() && second.prefecture() != publisher.prefecture()
}

fn other_than_publisher<'a>(
    result: Normalized<'a>,
    code: MunicipalityCode,
    context: &CodeContext<'_>,
) -> Normalized<'a> {
    match context.publisher {
        Some(publisher) if context.is_publisher_column && publisher != code => {
            result.with(FindingCode::CodeOther, publisher.to_string(), Repair::None)
        }
        _ => result,
    }
}

/// The code at the end of a linked-data address (`…/C18207`).
fn code_in_address(text: &str) -> Option<MunicipalityCode> {
    let (_, tail) = text.rsplit_once("/C")?;
    MunicipalityCode::from_five(tail.get(..5)?).ok()
}

/// An identifier: half-width letters and digits. One that a spreadsheet turned into exponent form is lost, and no
/// other is invented for it.
pub fn identifier(found: &str) -> Normalized<'_> {
    if let Some(nothing) = text::nothing(found) {
        return nothing;
    }
    let trimmed = text::trim(found);
    let folded = text::fold_width(trimmed);
    if is_exponent(&folded) {
        return Normalized::dropped(FindingCode::IdExponent, "", Repair::None);
    }
    if folded == trimmed {
        return text::free(found);
    }
    Normalized::made(FindingCode::WidthFolded, folded.into_owned())
}

/// `1.31E+11`, `1.31025E+11`, `2E+12`: digits, a point, `E+` and two digits.
pub fn is_exponent(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    // 1.31025E11 as well; 12E3 may be a code.
    let digits = match exponent.strip_prefix('+') {
        Some(digits) => digits,
        None if mantissa.contains('.') => exponent,
        None => return false,
    };
    (1..=3).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && mantissa.starts_with(|letter: char| letter.is_ascii_digit())
        && mantissa.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// A corporate number (法人番号): thirteen digits of which the first checks the rest.
///
/// Source: 法人番号の指定等に関する省令 (財務省令): 9 − (Σ digit × weight mod 9), weights 1 and 2 by turns from the right.
pub fn corporate_number(found: &str) -> Normalized<'_> {
    if is_corporate_number(found) {
        return Normalized::kept(found);
    }
    if let Some(nothing) = text::nothing(found) {
        return nothing;
    }
    let folded = text::fold_width(text::trim(found));
    if is_exponent(&folded) {
        return Normalized::dropped(FindingCode::CorporateNumberInvalid, "0000000000000", Repair::None);
    }
    let digits = folded.replace(['-', ' '], "");
    if is_corporate_number(&digits) {
        return Normalized::made(FindingCode::WidthFolded, digits);
    }
    match check_digit(&digits) {
        Some(digit) => Normalized::wrong(FindingCode::CorporateNumberCheck, found, digit.to_string()),
        None => Normalized::wrong(FindingCode::CorporateNumberInvalid, found, "0000000000000"),
    }
}

/// The check digit that thirteen digits ought to begin with.
fn check_digit(text: &str) -> Option<u32> {
    let bytes = text.as_bytes();
    if bytes.len() != 13 || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let weighted = bytes[1..].iter().rev().zip([1, 2].into_iter().cycle());
    let sum: u32 = weighted.map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    Some(9 - sum % 9)
}

/// Whether the text is a corporate number with its right check digit.
pub fn is_corporate_number(text: &str) -> bool {
    check_digit(text).is_some_and(|digit| text.starts_with(|first: char| first.to_digit(10) == Some(digit)))
}

/// A town id (町字ID): seven digits; the hyphen of the sheet's example is removed.
pub fn town_id(found: &str) -> Normalized<'_> {
    digits_of(found, 7)
}

/// A POI code: four digits of the list. Three digits can only have lost their zero, where the list has that code.
pub fn poi(found: &str) -> Normalized<'_> {
    let result = digits_of(found, 4);
    let value = result.value.to_text().into_owned();
    if let ([Remark { repair: Repair::Proposed(code), .. }], 3) = (result.remarks.as_slice(), value.len())
        && poi_code(code).is_some()
    {
        return Normalized::made(FindingCode::CodeZeroLost, code.clone());
    }
    if value.len() == 4 && value.bytes().all(|byte| byte.is_ascii_digit()) && poi_code(&value).is_none() {
        return result.with(FindingCode::CodeListInvalid, "POIコード表", Repair::None);
    }
    result
}

fn digits_of(found: &str, length: usize) -> Normalized<'_> {
    let fits = |text: &str| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits(found) {
        return Normalized::kept(found);
    }
    if let Some(nothing) = text::nothing(found) {
        return nothing;
    }
    let squeezed = text::squeeze(found).replace('-', "");
    if fits(&squeezed) {
        return Normalized::made(FindingCode::CodeFolded, squeezed);
    }
    let shorter = (1..length).contains(&squeezed.len()) && squeezed.bytes().all(|byte| byte.is_ascii_digit());
    let repair =
        if shorter && squeezed.len() + 1 == length { Repair::Proposed(format!("0{squeezed}")) } else { Repair::None };
    Normalized::kept(found).with(
        FindingCode::CodeListInvalid,
        format!("{}～{}", "0".repeat(length), "9".repeat(length)),
        repair,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 7] = ["011002", "092011", "131016", "222127", "372013", "014010", "140104"];

    fn check<'a>(found: &'a str, publisher: Option<&str>) -> Normalized<'a> {
        check_among(found, publisher, 0)
    }

    fn check_among<'a>(found: &'a str, publisher: Option<&str>, file_prefectures: u64) -> Normalized<'a> {
        municipality(
            found,
            &CodeContext {
                publisher: publisher.map(|code| MunicipalityCode::parse(code).expect("a valid code")),
                file_prefectures,
                is_publisher_column: false,
                known: &|code| KNOWN.contains(&code.as_str()),
                by_name: &|name| (name == "焼津市").then(|| MunicipalityCode::parse("222127").expect("valid")),
            },
        )
    }

    #[test]
    fn codes_that_excel_damaged_are_restored_where_only_one_reading_exists() {
        for (found, expected, code) in [
            ("92011", "092011", FindingCode::CodeZeroLost),
            ("13101", "131016", FindingCode::CodeCheckDigitAdded),
            ("1100", "011002", FindingCode::CodeZeroLost),
            ("11002", "011002", FindingCode::CodeZeroLost),
            ("37201", "372013", FindingCode::CodeCheckDigitAdded),
            ("２２２１２７", "222127", FindingCode::WidthFolded),
            ("222127.0", "222127", FindingCode::WidthFolded),
        ] {
            let result = check(found, None);
            assert_eq!(result.value.to_text(), expected, "{found}");
            assert_eq!(result.remarks[0].code, code, "{found}");
        }
        assert_eq!(check("222127", None), Normalized::kept("222127"));
    }

    #[test]
    fn a_code_that_can_be_read_twice_is_settled_by_the_publisher_or_left() {
        // With both codes in the list used here, 14010 lacks either its check digit or its zero.
        let both = check("14010", None);
        assert_eq!(both.remarks[0].code, FindingCode::CodeAmbiguous);
        assert_eq!(both.value.to_text(), "14010");
        // The file's other codes: of 北海道, of 神奈川県, of both.
        assert_eq!(check_among("14010", None, 1 << 1).value.to_text(), "014010");
        assert_eq!(check_among("14010", None, 1 << 14 | 1 << 22).value.to_text(), "140104");
        assert_eq!(check_among("14010", None, 1 << 1 | 1 << 14).remarks[0].code, FindingCode::CodeAmbiguous);
        assert_eq!(check("14010", Some("014010")).value.to_text(), "014010");
        assert_eq!(check("14010", Some("140104")).value.to_text(), "140104");
    }

    #[test]
    fn what_is_no_code_stays_and_a_name_is_only_proposed() {
        assert_eq!(check("131017", None).remarks[0].code, FindingCode::CodeInvalid);
        assert_eq!(check("焼津市", None).remarks[0].repair, Repair::Proposed("222127".into()));
        assert_eq!(check("22212", None).value.to_text(), "222127");
        for bad in ["", "-"] {
            assert_eq!(check(bad, None).value.to_text(), "", "{bad}");
        }
    }

    #[test]
    fn ids_in_exponent_form_are_lost_and_none_is_invented() {
        for found in ["1.31E+11", "1.31025E+11", "２E+12"] {
            let result = identifier(found);
            assert_eq!(result.value.to_text(), "", "{found}");
            assert_eq!(result.remarks[0].code, FindingCode::IdExponent);
            assert_eq!(result.remarks[0].repair, Repair::None);
        }
        assert_eq!(identifier("0000000001"), Normalized::kept("0000000001"));
        assert_eq!(identifier("ＡＡ01").value.to_text(), "AA01");
        for fine in ["E+1", "1E11", "AE+01"] {
            assert_eq!(identifier(fine).remarks, vec![], "{fine}");
        }
    }

    #[test]
    fn corporate_numbers_are_checked_by_their_first_digit() {
        // The numbers of 焼津市 and of the Digital Agency as published by the National Tax Agency.
        for good in ["8000012010038", "5000020222127"] {
            let checked = corporate_number(good);
            assert_eq!(checked.remarks.is_empty(), is_corporate_number(good), "{good}");
        }
        assert_eq!(corporate_number("1234567890123").remarks[0].code, FindingCode::CorporateNumberCheck);
        assert_eq!(corporate_number("123456789012").remarks[0].code, FindingCode::CorporateNumberInvalid);
        assert_eq!(corporate_number("2E+12").value.to_text(), "");
    }

    #[test]
    fn town_ids_lose_their_hyphen() {
        assert_eq!(town_id("0008-001").value.to_text(), "0008001");
        assert_eq!(town_id("0003000").remarks, vec![]);
        assert_eq!(poi("101").value.to_text(), "0101");
        assert_eq!(poi("101").remarks[0].code, FindingCode::CodeZeroLost);
        assert_eq!(poi("0101").remarks, vec![]);
        assert_eq!(poi("9999").remarks[0].code, FindingCode::CodeListInvalid);
        assert_eq!(poi("10").remarks[0].repair, Repair::None);
    }
}
