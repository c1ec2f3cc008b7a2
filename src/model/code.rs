//! Codes of municipalities (全国地方公共団体コード).

use std::fmt;

/// A six-digit code of a prefecture or municipality, check digit included.
///
/// Source: 総務省 全国地方公共団体コード; the check digit is the last digit of `11 - (Σ digit × weight) mod 11`
/// with weights 6 5 4 3 2 (a sum below 11 is taken as it is).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MunicipalityCode([u8; 6]);

/// Why a text is no municipality code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Not exactly six ASCII digits.
    #[error("a municipality code has six digits, found {found:?}")]
    Shape {
        /// The text as given.
        found: String,
    },
    /// The sixth digit does not follow from the first five.
    #[error("the check digit of {found} should be {expected}")]
    CheckDigit {
        /// The six digits as given.
        found: String,
        /// The digit that would be right, 0–9.
        expected: u8,
    },
}

impl MunicipalityCode {
    /// Parses six ASCII digits and verifies the check digit.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let digits: [u8; 6] = text
            .as_bytes()
            .try_into()
            .ok()
            .filter(|bytes: &[u8; 6]| bytes.iter().all(u8::is_ascii_digit))
            .ok_or_else(|| CodeError::Shape { found: text.chars().take(40).collect() })?;
        let expected = check_digit([digits[0], digits[1], digits[2], digits[3], digits[4]]);
        if digits[5] == expected {
            Ok(Self(digits))
        } else {
            Err(CodeError::CheckDigit { found: text.to_owned(), expected: expected - b'0' })
        }
    }

    /// Adds the check digit to a five-digit code.
    pub fn from_five(text: &str) -> Result<Self, CodeError> {
        let digits: [u8; 5] = text
            .as_bytes()
            .try_into()
            .ok()
            .filter(|bytes: &[u8; 5]| bytes.iter().all(u8::is_ascii_digit))
            .ok_or_else(|| CodeError::Shape { found: text.chars().take(40).collect() })?;
        let mut six = [check_digit(digits); 6];
        six[..5].copy_from_slice(&digits);
        Ok(Self(six))
    }

    /// The code of no municipality (00000, the whole country): of the publisher of what the site makes itself.
    pub const fn nowhere() -> Self {
        Self(*b"000001")
    }

    /// Whether it is [`Self::nowhere`].
    pub fn is_nowhere(self) -> bool {
        self == Self::nowhere()
    }

    /// The six digits.
    pub fn as_str(&self) -> &str {
        // Only ASCII digits are stored, so this is never the empty text.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The five digits without the check digit.
    pub fn five(&self) -> &str {
        &self.as_str()[..5]
    }

    /// The two digits of the prefecture, `01`–`47`.
    pub fn prefecture(&self) -> &str {
        &self.as_str()[..2]
    }
}

fn check_digit(digits: [u8; 5]) -> u8 {
    let sum: u32 = digits.iter().zip([6, 5, 4, 3, 2]).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let rest = if sum < 11 { 11 - sum } else { 11 - sum % 11 };
    b'0' + u8::try_from(rest % 10).expect("a remainder of ten fits")
}

impl fmt::Display for MunicipalityCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for MunicipalityCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MunicipalityCode({})", self.as_str())
    }
}

impl serde::Serialize for MunicipalityCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for MunicipalityCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_of_known_cities_hold() {
        for code in ["011002", "222127", "242039", "242047", "242101", "142140", "131016", "010006"] {
            assert_eq!(MunicipalityCode::parse(code).expect(code).as_str(), code);
            assert_eq!(MunicipalityCode::from_five(&code[..5]).expect(code).as_str(), code);
        }
    }

    #[test]
    fn a_wrong_check_digit_names_the_right_one() {
        assert_eq!(
            MunicipalityCode::parse("222128"),
            Err(CodeError::CheckDigit { found: "222128".into(), expected: 7 })
        );
        for bad in ["", "22212", "2221277", "２２２１２７", "22212a", "+22127"] {
            assert!(matches!(MunicipalityCode::parse(bad), Err(CodeError::Shape { .. })), "{bad}");
        }
    }
}
