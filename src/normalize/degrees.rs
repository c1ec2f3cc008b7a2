//! One coordinate cell: in which of the many ways its degrees are written.

use crate::model::lonlat::JAPAN;

use super::text;

/// How a cell was written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Degrees {
    /// Nothing.
    Blank,
    /// A blank word.
    BlankWord,
    /// The plain decimal form.
    Plain(f64),
    /// Decimal, but in full-width digits, with blanks, a degree sign …
    Folded(f64),
    /// Degrees, minutes and seconds.
    Dms(f64),
    /// A run of digits without decimal point: as degrees with the point restored, and as ddmmss if that is possible.
    Pointless { degrees: f64, dms: Option<f64> },
    /// Not a coordinate.
    Wrong,
}

/// Which of the two coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    Latitude,
    Longitude,
}

impl Axis {
    /// Degrees this axis can have in Japan.
    pub(super) fn fits(self, degrees: f64) -> bool {
        match self {
            Self::Latitude => (JAPAN.south_deg..=JAPAN.north_deg).contains(&degrees),
            Self::Longitude => (JAPAN.west_deg..=JAPAN.east_deg).contains(&degrees),
        }
    }

    /// Digits of its whole degrees in Japan.
    fn whole_digits(self) -> usize {
        match self {
            Self::Latitude => 2,
            Self::Longitude => 3,
        }
    }
}

/// The plain decimal form.
pub(super) fn plain(text: &str) -> Option<f64> {
    if super::number::is_plain_decimal(text) { text.parse().ok() } else { None }
}

/// Reads one cell.
pub(super) fn read(found: &str, axis: Axis) -> Degrees {
    if text::is_blank(found) {
        return Degrees::Blank;
    }
    if text::is_blank_word(found) {
        return Degrees::BlankWord;
    }
    let squeezed = text::squeeze(found);
    let is_pointless = squeezed.len() >= 6 && squeezed.bytes().all(|byte| byte.is_ascii_digit());
    if is_pointless || is_packed(&squeezed) {
        return read_pointless(&squeezed, axis);
    }
    if let Some(value) = plain(&squeezed) {
        return if squeezed == found { Degrees::Plain(value) } else { Degrees::Folded(value) };
    }
    // 34,866918: the decimal comma of a spreadsheet in another language; thousands never have two or three whole digits
    // before more than three.
    if let Some((whole, fraction)) = squeezed.split_once(',')
        && whole.len() == axis.whole_digits()
        && fraction.len() > 3
        && let Some(value) = plain(&format!("{whole}.{fraction}"))
    {
        return Degrees::Folded(value);
    }
    let bare = squeezed
        .trim_end_matches(['度', '°', '゜', 'N', 'E', 'n', 'e'])
        .trim_end_matches("deg")
        .trim_start_matches(['N', 'E', 'n', '+', ':']);
    let bare = bare.trim_start_matches("北緯").trim_start_matches("東経");
    if let Some(value) = plain(bare) {
        return Degrees::Folded(value);
    }
    dms(&squeezed).map_or(Degrees::Wrong, Degrees::Dms)
}

/// `354643.2`: six or seven digits before a point are degrees, minutes and seconds run together.
fn is_packed(text: &str) -> bool {
    text.split_once('.').is_some_and(|(whole, fraction)| {
        matches!(whole.len(), 6 | 7)
            && whole.bytes().all(|byte| byte.is_ascii_digit())
            && fraction.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn read_pointless(text: &str, axis: Axis) -> Degrees {
    let has_point = text.contains('.');
    let digits: String = text.chars().filter(char::is_ascii_digit).take(20).collect();
    let whole = axis.whole_digits();
    let as_degrees = format!("{}.{}", digits.get(..whole).unwrap_or("0"), digits.get(whole..).unwrap_or("0"));
    let Ok(degrees) = as_degrees.parse::<f64>() else { return Degrees::Wrong };
    let part = |from: usize| digits.get(from..from + 2).and_then(|part| part.parse::<f64>().ok());
    let dms = match (part(whole), part(whole + 2)) {
        (Some(minutes), Some(seconds)) if minutes < 60.0 && seconds < 60.0 => {
            let rest = digits.get(whole + 4..).unwrap_or("");
            let seconds = format!("{seconds}.{rest}0").parse::<f64>().unwrap_or(seconds);
            digits.get(..whole).and_then(|degrees| degrees.parse::<f64>().ok()).map(|d| to_decimal(d, minutes, seconds))
        }
        _ => None,
    };
    // A point after the seconds rules out lost degrees.
    if has_point {
        return dms.map_or(Degrees::Wrong, Degrees::Dms);
    }
    Degrees::Pointless { degrees, dms }
}

/// Seven decimals of a degree are a centimetre; more would only show the arithmetic.
fn to_decimal(degrees: f64, minutes: f64, seconds: f64) -> f64 {
    ((degrees + minutes / 60.0 + seconds / 3600.0) * 1e7).round() / 1e7
}

/// `35°46'43.2"N`, `35度46分43.2秒`, `北緯35度46分43秒`, `35-46-43.2`, `35:46:43.2`, `N35.46.43.2`.
fn dms(text: &str) -> Option<f64> {
    let text = text.trim_start_matches("北緯").trim_start_matches("東経").trim_matches(['N', 'E', 'n', 'e']);
    let mut numbers: Vec<&str> = Vec::with_capacity(4);
    let mut start = None;
    // A point is a decimal point only after the minutes; before that it separates (35.46.43.2).
    let points = text.matches('.').count();
    let marks = text.chars().any(|letter| matches!(letter, '°' | '度' | '\'' | '′' | '’' | '分' | ':' | '-' | '゜'));
    for (at, letter) in text.char_indices() {
        let inside = letter.is_ascii_digit() || (letter == '.' && (marks || numbers.len() == 2));
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                numbers.push(&text[from..at]);
                start = None;
            }
            _ => {}
        }
        let known = matches!(
            letter,
            '0'..='9'
                | '.'
                | '°'
                | '゜'
                | '度'
                | '\''
                | '′'
                | '’'
                | '‘'
                | '分'
                | '"'
                | '″'
                | '”'
                | '“'
                | '秒'
                | ':'
                | '-'
                | '´'
                | '〃'
        );
        if !known || numbers.len() > 3 {
            return None;
        }
    }
    if let Some(from) = start {
        numbers.push(&text[from..]);
    }
    if !marks && points < 2 {
        return None;
    }
    let parsed: Vec<f64> = numbers.iter().map(|number| number.parse().ok()).collect::<Option<_>>()?;
    let (degrees, minutes, seconds) = match parsed.as_slice() {
        [degrees, minutes] => (*degrees, *minutes, 0.0),
        [degrees, minutes, seconds] => (*degrees, *minutes, *seconds),
        _ => return None,
    };
    let fits = degrees.fract() == 0.0 && degrees <= 180.0 && minutes < 60.0 && seconds < 60.0;
    (fits && (minutes.fract() == 0.0 || parsed.len() == 2)).then(|| to_decimal(degrees, minutes, seconds))
}
