//! Japanese time: days in Asia/Tokyo and fiscal years (年度).

use std::fmt;

use jiff::civil::Date;

/// Hours by which Japan is ahead of UTC; there is no daylight saving time (since 1952).
const JST: jiff::tz::Offset = jiff::tz::Offset::constant(9);

/// The civil date in Japan at an instant.
pub fn japan_day(at: jiff::Timestamp) -> Date {
    JST.to_datetime(at).date()
}

/// The civil date and time in Japan at an instant.
pub fn japan_time(at: jiff::Timestamp) -> jiff::civil::DateTime {
    JST.to_datetime(at)
}

/// The instant at which a day begins in Japan; `None` beyond the range of instants.
pub fn japan_midnight(day: Date) -> Option<jiff::Timestamp> {
    JST.to_timestamp(day.to_datetime(jiff::civil::Time::midnight())).ok()
}

/// A Japanese fiscal year: 1 April 00:00 to 31 March 24:00, Asia/Tokyo. Named by the year it begins in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FiscalYear(i16);

/// The text names no fiscal year.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a fiscal year is written R8, H30, 令和8年度 or 2026; found {found:?}")]
pub struct FiscalYearError {
    /// The text as given, cut at 40 characters.
    pub found: String,
}

impl FiscalYear {
    /// The fiscal year that begins on 1 April of `year`; 1989–9998.
    pub fn new(year: i16) -> Option<Self> {
        (1989..=9998).contains(&year).then_some(Self(year))
    }

    /// The fiscal year of a day.
    pub fn of(day: Date) -> Self {
        if day.month() >= 4 { Self(day.year()) } else { Self(day.year() - 1) }
    }

    /// Parses `R8`, `H30`, `令和8年度`, `令和元年度`, `2026`, `FY2026`.
    pub fn parse(text: &str) -> Result<Self, FiscalYearError> {
        let error = || FiscalYearError { found: text.chars().take(40).collect() };
        let trimmed = text.trim().trim_end_matches("年度").trim_end_matches('年');
        let (base, digits) = if let Some(rest) = trimmed.strip_prefix("令和") {
            (2018, rest)
        } else if let Some(rest) = trimmed.strip_prefix("平成") {
            (1988, rest)
        } else if let Some(rest) = trimmed.strip_prefix("FY") {
            (0, rest)
        } else if let Some(rest) = trimmed.strip_prefix(['R', 'r']) {
            (2018, rest)
        } else if let Some(rest) = trimmed.strip_prefix(['H', 'h']) {
            (1988, rest)
        } else {
            (0, trimmed)
        };
        let number: i16 = if digits == "元" && base > 0 {
            1
        } else if (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
            digits.parse().map_err(|_| error())?
        } else {
            return Err(error());
        };
        if base > 0 && !(1..=99).contains(&number) {
            return Err(error());
        }
        Self::new(base + number).ok_or_else(error)
    }

    /// The western year in which it begins.
    pub fn year(self) -> i16 {
        self.0
    }

    /// 1 April.
    pub fn first_day(self) -> Date {
        jiff::civil::date(self.0, 4, 1)
    }

    /// 31 March of the next year.
    pub fn last_day(self) -> Date {
        jiff::civil::date(self.0 + 1, 3, 31)
    }

    /// `R8`; years before Reiwa as `H30`. FY2019 is `R1`.
    pub fn short(self) -> String {
        if self.0 >= 2019 { format!("R{}", self.0 - 2018) } else { format!("H{}", self.0 - 1988) }
    }
}

impl fmt::Display for FiscalYear {
    /// `令和8年度`; FY2019, which began in Heisei, as `平成31年度(令和元年度)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            2019 => f.write_str("平成31年度(令和元年度)"),
            year @ 2020.. => write!(f, "令和{}年度", year - 2018),
            1989 => f.write_str("平成元年度"),
            year => write!(f, "平成{}年度", year - 1988),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fiscal_years_turn_on_the_first_of_april_in_japan() {
        let before: jiff::Timestamp = "2026-03-31T14:59:59Z".parse().expect("valid");
        let after: jiff::Timestamp = "2026-03-31T15:00:00Z".parse().expect("valid");
        assert_eq!(FiscalYear::of(japan_day(before)).year(), 2025);
        assert_eq!(FiscalYear::of(japan_day(after)).year(), 2026);
    }

    #[test]
    fn every_spelling_names_the_same_year() {
        for text in ["R8", "r8", "令和8年度", "令和8年", "2026", "FY2026", "2026年度"] {
            assert_eq!(FiscalYear::parse(text).map(FiscalYear::year), Ok(2026), "{text}");
        }
        assert_eq!(FiscalYear::parse("令和元年度").map(FiscalYear::year), Ok(2019));
        assert_eq!(FiscalYear::parse("H31").map(FiscalYear::year), Ok(2019));
        assert_eq!(FiscalYear::new(2019).map(|y| y.to_string()).as_deref(), Some("平成31年度(令和元年度)"));
        for bad in ["", "R", "R0", "R100", "+2026", "２０２６", "26", "令和"] {
            assert!(FiscalYear::parse(bad).is_err(), "{bad}");
        }
    }
}
