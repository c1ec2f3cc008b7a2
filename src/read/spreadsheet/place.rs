//! Where cells lie: `A1`, `C3:D7`, and runs of numbers for people.

/// Column and row of a cell reference, both from 0. Anchors (`$`) are passed over.
pub(in crate::read) fn cell(reference: &str) -> Option<(usize, u32)> {
    let reference = reference.replace('$', "");
    let split = reference.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = reference.split_at(split);
    let row: u32 = if digits.len() <= 7 { digits.parse().ok()? } else { return None };
    if letters.is_empty() || letters.len() > 3 || !letters.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let column = letters.bytes().fold(0, |sum, byte| sum * 26 + usize::from(byte.to_ascii_uppercase() - b'A') + 1);
    Some((column - 1, row.checked_sub(1)?))
}

/// Two corners, from 0: first column, first row, last column, last row.
pub(in crate::read) fn range(reference: &str) -> Option<(usize, u32, usize, u32)> {
    let (from, to) = reference.split_once(':').unwrap_or((reference, reference));
    let (a, b) = (cell(from)?, cell(to)?);
    Some((a.0.min(b.0), a.1.min(b.1), a.0.max(b.0), a.1.max(b.1)))
}

/// The name of a cell, from 0: `B3`.
pub(in crate::read) fn name(column: usize, row: u32) -> String {
    format!("{}{}", letters(column), u64::from(row) + 1)
}

/// The name of a range by its corners, from 0: `A2:C5`.
pub(crate) fn range_name(first: (usize, u32), last: (usize, u32)) -> String {
    format!("{}:{}", name(first.0, first.1), name(last.0, last.1))
}

/// The letters of a column, from 0.
pub(in crate::read) fn letters(column: usize) -> String {
    let (mut rest, mut letters) = (column + 1, Vec::new());
    while rest > 0 {
        letters.push(char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(rest - 1) % 26]));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// The first run of ascending numbers as a range of whole rows or columns: `3:5`, `9:9`.
pub(in crate::read) fn first_run(numbers: &[u64], name: impl Fn(u64) -> String) -> Option<String> {
    let first = *numbers.first()?;
    let last = (first..).zip(numbers).take_while(|(expected, number)| expected == *number).last()?;
    Some(format!("{}:{}", name(first), name(last.0)))
}

/// Ascending numbers as runs: `3–5, 9`.
pub(in crate::read) fn runs(numbers: &[u64], name: impl Fn(u64) -> String) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut rest = numbers;
    while let Some(first) = rest.first() {
        let length = (1..rest.len()).take_while(|index| rest[*index] == first + *index as u64).count() + 1;
        let last = rest[length - 1];
        out.push(if length == 1 { name(*first) } else { format!("{}–{}", name(*first), name(last)) });
        rest = &rest[length..];
    }
    out.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_and_written() {
        assert_eq!(cell("A1"), Some((0, 0)));
        assert_eq!(cell("$AA$10"), Some((26, 9)));
        assert_eq!(cell("XFD1048576"), Some((16_383, 1_048_575)));
        for broken in ["", "A", "1", "A0", "ABCD1", "あ1", "A99999999"] {
            assert_eq!(cell(broken), None, "{broken}");
        }
        assert_eq!(range("C3:A1"), Some((0, 0, 2, 2)));
        for column in [0, 25, 26, 701, 702, 16_383] {
            assert_eq!(cell(&format!("{}1", letters(column))), Some((column, 0)));
        }
        assert_eq!(runs(&[1, 3, 4, 5, 9], |n| n.to_string()), "1, 3–5, 9");
    }
}
