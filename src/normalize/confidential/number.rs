//! Individual numbers (個人番号) and mobile telephone numbers in the digits of a cell.

use unicode_normalization::UnicodeNormalization as _;

use crate::normalize::text;

/// What the digits of one cell are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Digits {
    /// Twelve-digit numbers.
    pub(super) candidates: u32,
    /// Of them, those with the check digit of an individual number.
    pub(super) passing: u32,
    /// Of these, those that stand by themselves in a longer text.
    pub(super) in_text: u32,
    /// Whether the cell is one twelve-digit number.
    pub(super) whole: bool,
    /// Mobile telephone numbers.
    pub(super) mobiles: u32,
}

/// Most groups of digits looked at together: a number of twelve digits in ones has twelve.
const MAX_GROUPS: usize = 16;
/// Longest cell looked at, bytes: a page of text. Longer ones are read to there.
const MAX_BYTES: usize = 1 << 16;

/// A cell folded for the search: digits, `-` for dashes, blanks, other ASCII as it is, everything else [`OTHER`].
#[derive(Debug, Default)]
pub(super) struct Folded(Vec<u8>);

/// A letter that is neither digit nor mark.
const OTHER: u8 = 1;

impl Folded {
    /// Folds a cell into the buffer.
    pub(super) fn fill(&mut self, cell: &str, is_rare: bool) {
        self.0.clear();
        if is_rare {
            // NFKC makes several letters of one: the rule is about what a person reads.
            for letter in cell.chars().take(MAX_BYTES).nfkc() {
                self.push(letter);
            }
        } else {
            cell.chars().take(MAX_BYTES).for_each(|letter| self.push(letter));
        }
    }

    fn push(&mut self, letter: char) {
        self.0.push(match letter {
            letter if letter.is_ascii() => u8::try_from(letter).unwrap_or(OTHER),
            '０'..='９' => b'0' + u8::try_from(u32::from(letter) - u32::from('０')).unwrap_or(0),
            '（' => b'(',
            '）' => b')',
            '＋' => b'+',
            '．' => b'.',
            '，' => b',',
            '\u{feff}' | '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{2060}' => return,
            letter if text::is_dash(letter) => b'-',
            letter if text::is_blank_char(letter) => b' ',
            _ => OTHER,
        });
    }
}

/// One run of digits with the marks between them.
struct Cluster {
    /// Where each group begins and how long it is.
    groups: [(usize, usize); MAX_GROUPS],
    count: usize,
    begin: usize,
    end: usize,
}

/// Looks through a folded cell. `pads` = the header speaks of individual numbers: a number of eleven digits has lost its
/// leading zero to a spreadsheet.
pub(super) fn look(folded: &Folded, pads: bool) -> Digits {
    let bytes = folded.0.as_slice();
    let mut found = Digits::default();
    let mut at = 0;
    while let Some(begin) = bytes.iter().skip(at).position(u8::is_ascii_digit).map(|skip| at + skip) {
        let cluster = cluster(bytes, begin);
        at = cluster.end;
        judge(bytes, &cluster, pads, &mut found);
    }
    found
}

fn cluster(bytes: &[u8], begin: usize) -> Cluster {
    let mut cluster = Cluster { groups: [(0, 0); MAX_GROUPS], count: 0, begin, end: begin };
    let mut at = begin;
    while cluster.count < MAX_GROUPS {
        let length = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        cluster.groups[cluster.count] = (at, length);
        cluster.count += 1;
        cluster.end = at + length;
        // Up to two marks may stand between groups: `090)-1234`.
        let marks = bytes[cluster.end..].iter().take_while(|byte| matches!(byte, b'-' | b' ' | b'(' | b')')).count();
        let next = cluster.end + marks;
        if marks == 0 || marks > 2 || !bytes.get(next).is_some_and(u8::is_ascii_digit) {
            break;
        }
        at = next;
    }
    cluster
}

fn judge(bytes: &[u8], cluster: &Cluster, pads: bool, found: &mut Digits) {
    let before = cluster.begin.checked_sub(1).and_then(|at| bytes.get(at)).copied();
    let after = bytes.get(cluster.end).copied();
    let digit_at = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    // Digits of a decimal or of an amount in thousands are no number of anybody; `.0` is a spreadsheet's addition.
    let is_float_end = after == Some(b'.') && bytes[cluster.end..].iter().skip(1).all(|byte| *byte == b'0');
    let goes_on = matches!(after, Some(b'.' | b',')) && digit_at(Some(cluster.end + 1)) && !is_float_end;
    let came_from = matches!(before, Some(b'.' | b',')) && digit_at(cluster.begin.checked_sub(2));
    if goes_on || came_from {
        return;
    }
    let groups = &cluster.groups[..cluster.count];
    let total: usize = groups.iter().map(|(_, length)| length).sum();
    if total < 10 {
        return;
    }
    let begins_bare =
        bytes[..cluster.begin].iter().all(|byte| matches!(byte, b' ' | b'-' | b'(' | b'\'' | b'\t' | b'\n' | b'\r'));
    let ends_bare = is_float_end
        || bytes[cluster.end..].iter().all(|byte| matches!(byte, b' ' | b'-' | b')' | b'\t' | b'\n' | b'\r'));
    let is_whole = begins_bare && ends_bare;
    mobiles(bytes, groups, before, found);
    let mut seen = false;
    if before != Some(b'+') {
        let joined = |groups: &[(usize, usize)]| -> Option<[u8; 12]> {
            let mut digits = [0; 12];
            let all = groups.iter().flat_map(|(at, length)| bytes.iter().skip(*at).take(*length));
            for (digit, byte) in digits.iter_mut().zip(all) {
                *digit = byte - b'0';
            }
            (groups.iter().map(|(_, length)| length).sum::<usize>() == 12).then_some(digits)
        };
        let all_fours = cluster.count == 4 && groups.iter().all(|(_, length)| *length == 4);
        if is_whole && total == 12 {
            seen = candidate(joined(groups), true, false, found);
        } else if !all_fours {
            let stands_alone = stands_alone(bytes, cluster, before, after);
            for at in 0..groups.len() {
                let rest = &groups[at..];
                let length = match rest {
                    [(_, 12), ..] => 1,
                    [(_, 4), (_, 4), (_, 4), ..] => 3,
                    _ => continue,
                };
                // A hyphen binds: `9-1234…` is one longer number.
                if !bound(bytes, groups, at, at + length) {
                    seen |= candidate(joined(&rest[..length]), false, stands_alone, found);
                }
            }
        }
        if pads && !seen && is_whole && total == 11 && cluster.count == 1 && bytes.get(cluster.begin) != Some(&b'0') {
            let mut digits = [0; 12];
            for (digit, byte) in digits[1..].iter_mut().zip(&bytes[cluster.begin..]) {
                *digit = byte - b'0';
            }
            candidate(Some(digits), true, false, found);
        }
    }
}

/// Whether a hyphen binds the groups `from..to` to those before or after.
fn bound(bytes: &[u8], groups: &[(usize, usize)], from: usize, to: usize) -> bool {
    let hyphen = |at: usize| bytes.get(at) == Some(&b'-');
    let before = from > 0 && groups.get(from).is_some_and(|(at, _)| hyphen(at.saturating_sub(1)));
    let after = to < groups.len() && groups.get(to - 1).is_some_and(|(at, length)| hyphen(at + length));
    before || after
}

fn candidate(digits: Option<[u8; 12]>, whole: bool, stands_alone: bool, found: &mut Digits) -> bool {
    let Some(digits) = digits else { return false };
    found.candidates += 1;
    found.whole |= whole;
    if has_check_digit(digits) {
        found.passing += 1;
        found.in_text += u32::from(stands_alone && !whole);
    }
    true
}

/// Whether nothing around the digits makes them part of an identifier or an address of the web.
fn stands_alone(bytes: &[u8], cluster: &Cluster, before: Option<u8>, after: Option<u8>) -> bool {
    let glued = |byte: Option<u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'=' | b'%' | b'@'))
    };
    if glued(before) || glued(after) {
        return false;
    }
    let token: usize =
        bytes[..cluster.begin].iter().rev().take_while(|byte| !matches!(**byte, b' ' | b'\n' | b'\t' | OTHER)).count();
    let token = &bytes[cluster.begin - token..cluster.begin];
    !token.windows(3).any(|window| window == b"://") && !token.starts_with(b"www.")
}

/// Source of prefixes: 電気通信番号計画 (070, 080, 090 with eleven digits; 0800 with 4-3-4 is free of charge).
fn mobiles(bytes: &[u8], groups: &[(usize, usize)], before: Option<u8>, found: &mut Digits) {
    let digits_from = |at: usize| groups.iter().skip(at).flat_map(|(at, length)| bytes.iter().skip(*at).take(*length));
    for (at, (_, length)) in groups.iter().enumerate() {
        let head: Vec<u8> = digits_from(at).take(5).copied().collect();
        let international = before == Some(b'+') && at == 0 && head.starts_with(b"81");
        let (prefix, wanted) = if international { (head.get(2..4), 12) } else { (head.get(1..3), 11) };
        let begins = international || head.first() == Some(&b'0');
        if bound(bytes, groups, at, groups.len()) {
            continue;
        }
        if !begins || !matches!(prefix, Some(b"70" | b"80" | b"90")) {
            continue;
        }
        // `0800-123-4567`: the first group has four digits.
        if !international && *length == 4 {
            continue;
        }
        let mut sum = 0;
        let ends_right = groups.iter().skip(at).any(|(_, length)| {
            sum += length;
            sum == wanted || (international && sum == wanted + 1)
        });
        found.mobiles += u32::from(ends_right);
    }
}

/// Whether a number without its leading zero is a mobile one, as spreadsheets leave them in columns of telephones.
pub(super) fn is_mobile_without_zero(cell: &str) -> bool {
    let bytes = cell.as_bytes();
    bytes.len() == 10 && matches!(&bytes[..2], b"70" | b"80" | b"90") && bytes.iter().all(u8::is_ascii_digit)
}

/// Source: 総務省令第85号 (平成26年) 第5条: 11 − (Σ P·Q mod 11), a remainder of 0 or 1 gives 0; P is the n-th digit from
/// the right without the check digit, Q is n + 1 up to the sixth and n − 5 from the seventh.
pub(super) fn has_check_digit(digits: [u8; 12]) -> bool {
    let sum: u32 = digits[..11]
        .iter()
        .rev()
        .zip([2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6])
        .map(|(digit, weight)| u32::from(*digit) * weight)
        .sum();
    let rest = sum % 11;
    u32::from(digits[11]) == if rest <= 1 { 0 } else { 11 - rest }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Numbers built by the rule itself: nobody's.
    pub(in super::super) fn built(seed: u64) -> String {
        let head = format!("{:011}", (seed * 7_919 + 12_345_678_901) % 100_000_000_000);
        (0..=9_u8)
            .map(|check| format!("{head}{check}"))
            .find(|number| {
                let mut digits = [0; 12];
                digits.iter_mut().zip(number.bytes()).for_each(|(digit, byte)| *digit = byte - b'0');
                has_check_digit(digits)
            })
            .expect("one of ten digits is right")
    }

    fn digits(cell: &str) -> Digits {
        let mut folded = Folded::default();
        folded.fill(cell, !cell.is_ascii());
        look(&folded, false)
    }

    #[test]
    fn twelve_digits_are_found_in_every_writing() {
        let number = built(3);
        let (a, b, c) = (&number[..4], &number[4..8], &number[8..]);
        let wide: String = number.chars().map(|d| char::from_u32(u32::from(d) + 0xfee0).expect("wide")).collect();
        for cell in [
            number.clone(),
            format!("{a}-{b}-{c}"),
            format!("{a} {b}　{c}"),
            wide,
            format!("'{number}"),
            format!("{number}.0"),
            format!(" {a}ー{b}ー{c} "),
        ] {
            let found = digits(&cell);
            assert!(found.passing == 1 && found.whole, "{cell}: {found:?}");
        }
        for cell in
            [format!("番号は{number}です"), format!("氏名 例示 太郎 {a}-{b}-{c}、以上"), format!("a/b {number}")]
        {
            let found = digits(&cell);
            assert!(found.passing == 1 && found.in_text == 1 && !found.whole, "{cell}: {found:?}");
        }
    }

    #[test]
    fn longer_numbers_decimals_amounts_and_addresses_of_the_web_are_not_numbers_of_persons() {
        let number = built(3);
        for cell in [
            format!("9{number}"),
            format!("138.{number}"),
            format!("{number}.25"),
            format!("9-{number}"),
            "1234-5678-9012-3456".to_owned(),
            format!("{}0", &number[..11]) + "12",
        ] {
            assert!(digits(&cell).in_text == 0 && !(digits(&cell).whole && digits(&cell).passing > 0), "{cell}");
        }
        assert_eq!(digits(&format!("https://example.jp/?id={number}")).in_text, 0);
        assert_eq!(digits("4901234567894").candidates, 0, "JAN");
        assert_eq!(digits("8000020222127").candidates, 0, "法人番号");
    }

    #[test]
    fn mobile_numbers_are_told_from_free_and_land_lines() {
        for cell in [
            "090-0000-0001",
            "08000000002",
            "０７０－００００－０００３",
            "+81-90-0000-0001",
            "(090)0000-0001",
            "電話 090 0000 0001",
            "+81 80 0000 0001",
            "054-626-1139 / 090-0000-0001",
        ] {
            assert_eq!(digits(cell).mobiles, 1, "{cell}");
        }
        for cell in [
            "0800-000-0001",
            "054-626-1139",
            "0120-000-000",
            "050-0000-0001",
            "138.090000000012",
            "09-000-0001",
            "222127000090",
        ] {
            assert_eq!(digits(cell).mobiles, 0, "{cell}");
        }
        assert!(is_mobile_without_zero("9000000001") && !is_mobile_without_zero("546261139"));
    }
}
