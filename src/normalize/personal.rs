//! A light watch for individual numbers (個人番号) and mobile telephones, decided by column.
//!
//! One in ten random twelve-digit numbers has a right check digit, so single hits say nothing: a column is named when
//! at least eight cells pass and nine tenths of its candidates do, or when its header speaks of such numbers.

use super::contact;
use super::text;

/// Fewest cells with a right check digit that make a column suspicious by itself.
const MIN_PASSING: u64 = 8;
/// Fewest mobile numbers in a column that are named; one or two are the contact of an event.
const MIN_MOBILES: u64 = 3;

/// What was seen in one column.
#[derive(Debug, Clone, Copy, Default)]
pub struct Watch {
    candidates: u64,
    passing: u64,
    mobiles: u64,
}

impl Watch {
    /// Looks at one cell.
    pub fn see(&mut self, cell: &str) {
        // Both kinds have 11 to 12 digits; with full-width digits and separators still under 60 bytes.
        if cell.len() < 11 || cell.len() > 60 || !cell.contains(|letter: char| letter.is_numeric()) {
            return;
        }
        if let Some(digits) = twelve_digits(cell) {
            self.candidates += 1;
            self.passing += u64::from(has_check_digit(digits));
        } else if contact::is_mobile(cell) {
            self.mobiles += 1;
        }
    }

    /// Whether the column holds individual numbers.
    pub fn holds_individual_numbers(&self, header: &str) -> bool {
        let named = ["個人番号", "マイナンバー"].iter().any(|word| header.contains(word));
        (named && self.passing >= 1) || (self.passing >= MIN_PASSING && self.passing * 10 >= self.candidates * 9)
    }

    /// How many mobile numbers, where there are enough to name.
    pub fn mobiles(&self) -> Option<u64> {
        (self.mobiles >= MIN_MOBILES).then_some(self.mobiles)
    }
}

/// Exactly twelve digits but for blanks and hyphens.
fn twelve_digits(cell: &str) -> Option<[u8; 12]> {
    let mut digits = [0; 12];
    let mut count = 0;
    for letter in cell.chars() {
        let digit = match letter {
            '0'..='9' => u32::from(letter) - u32::from('0'),
            '０'..='９' => u32::from(letter) - u32::from('０'),
            letter if text::is_dash(letter) || text::is_blank_char(letter) => continue,
            _ => return None,
        };
        *digits.get_mut(count)? = u8::try_from(digit).ok()?;
        count += 1;
    }
    (count == 12).then_some(digits)
}

/// Source: 総務省令第85号 (平成26年) 第5条: 11 − (Σ P·Q mod 11), a remainder of 0 or 1 gives 0; P is the n-th digit from
/// the right without the check digit, Q is n + 1 up to the sixth and n − 5 from the seventh.
fn has_check_digit(digits: [u8; 12]) -> bool {
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
mod tests {
    use super::*;

    /// Numbers built by the rule itself: nobody's.
    fn built(seed: u64) -> String {
        let head = format!("{:011}", seed * 7_919 + 12_345_678_901);
        (0..=9_u8)
            .map(|check| format!("{head}{check}"))
            .find(|number| twelve_digits(number).is_some_and(has_check_digit))
            .expect("one of ten digits is right")
    }

    #[test]
    fn a_column_of_right_check_digits_is_named_and_sequential_ids_are_not() {
        let mut watch = Watch::default();
        for seed in 0..10 {
            watch.see(&built(seed));
        }
        assert!(watch.holds_individual_numbers("番号"));
        let mut ids = Watch::default();
        for seed in 0..1000_u64 {
            ids.see(&format!("{:012}", 222_127_000_000 + seed));
        }
        assert!(!ids.holds_individual_numbers("ID"));
        let mut one = Watch::default();
        one.see(&built(1));
        assert!(!one.holds_individual_numbers("ID") && one.holds_individual_numbers("個人番号"));
    }

    #[test]
    fn three_mobile_numbers_are_named() {
        let mut watch = Watch::default();
        for number in ["090-0000-0001", "08000000002", "０７０－００００－０００３", "054-626-1139"] {
            watch.see(number);
        }
        assert_eq!(watch.mobiles(), Some(3));
    }
}
