//! The time a dataset covers, as far as its titles say.

use jiff::civil::{Date, date};

use crate::model::catalogue::Dataset;

/// The eras that titles name, with the year before their first.
const ERAS: [(&str, i16); 3] = [("令和", 2018), ("平成", 1988), ("昭和", 1925)];

/// First and last day of the years that the titles of a dataset and its tables name; `None` where they name none. Of
/// what the site makes they are known.
pub(in crate::http) fn of(dataset: &Dataset) -> Option<(Date, Date)> {
    if let Some(own) = &dataset.of_site {
        return Some((own.first_day, own.last_day));
    }
    let titles = std::iter::once(&dataset.title).chain(dataset.tables.iter().map(|table| &table.shape.title));
    titles.flat_map(|title| years(title)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// The years in a text: `2005年`, `令和5年`, `平成元年度` (a fiscal year from 1 April), full-width digits too.
fn years(text: &str) -> Vec<(Date, Date)> {
    let letters: Vec<char> = text.chars().map(narrow).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let era = ERAS.iter().find(|(name, _)| letters[at..].iter().copied().take(2).eq(name.chars()));
        let from = if era.is_some() { at + 2 } else { at };
        let digits: String = letters[from..].iter().take_while(|letter| letter.is_ascii_digit()).collect();
        let is_first = era.is_some() && digits.is_empty() && letters.get(from) == Some(&'元');
        let to = if is_first { from + 1 } else { from + digits.len() };
        let number: Option<i16> = if is_first { Some(1) } else { digits.parse().ok() };
        let year = match (era, number) {
            (Some((_, before)), Some(number @ 1..=99)) => Some(before + number),
            (None, Some(year @ 1868..=2100)) if digits.len() == 4 => Some(year),
            _ => None,
        };
        if let Some(year) = year.filter(|_| letters.get(to) == Some(&'年')) {
            let fiscal = letters.get(to + 1) == Some(&'度');
            found.push(if fiscal {
                (date(year, 4, 1), date(year + 1, 3, 31))
            } else {
                (date(year, 1, 1), date(year, 12, 31))
            });
        }
        at = to.max(at + 1);
    }
    found
}

fn narrow(letter: char) -> char {
    match letter {
        '０'..='９' => char::from_u32(u32::from(letter) - u32::from('０') + u32::from('0')).unwrap_or(letter),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_years_that_are_named_as_such_are_years() {
        for (text, expected) in [
            ("浸水履歴 2005年", vec![(date(2005, 1, 1), date(2005, 12, 31))]),
            ("令和５年度 交通事故", vec![(date(2023, 4, 1), date(2024, 3, 31))]),
            ("平成元年", vec![(date(1989, 1, 1), date(1989, 12, 31))]),
            ("昭和57年7月", vec![(date(1982, 1, 1), date(1982, 12, 31))]),
            ("築50年の家", vec![]),
            ("12005年", vec![]),
            ("2005", vec![]),
            ("令和年度", vec![]),
            ("9999年", vec![]),
        ] {
            assert_eq!(years(text), expected, "{text}");
        }
    }
}
