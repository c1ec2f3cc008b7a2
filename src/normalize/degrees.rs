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
    /// `34,860`: three digits after a comma, which may as well be metres with a mark for thousands. What it is as degrees.
    Comma(f64),
    /// Not a coordinate as it stands, but what is left without the words or letters around it is one.
    Near(f64),
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
    if let Some(value) = in_words(found) {
        return Degrees::Dms(value);
    }
    let squeezed = text::squeeze(found);
    let is_pointless = squeezed.len() >= 6 && squeezed.bytes().all(|byte| byte.is_ascii_digit());
    if is_pointless || is_packed(&squeezed) {
        return read_pointless(&squeezed, axis);
    }
    if let Some(value) = plain(&squeezed) {
        return if squeezed == found { Degrees::Plain(value) } else { Degrees::Folded(value) };
    }
    if let Some(degrees) = with_comma(&squeezed, axis) {
        return degrees;
    }
    let bare = bare(&squeezed);
    if let Some(value) = plain(&bare) {
        return Degrees::Folded(value);
    }
    dms(&squeezed).or_else(|| dms(&bare)).map(Degrees::Dms).or_else(|| near(&bare, axis)).unwrap_or(Degrees::Wrong)
}

/// `34,866918`: the decimal comma of a spreadsheet in another language; thousands never have two or three whole digits
/// before more than three.
fn with_comma(squeezed: &str, axis: Axis) -> Option<Degrees> {
    let (whole, fraction) = squeezed.split_once([',', '、'])?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() != axis.whole_digits() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let value = plain(&format!("{whole}.{fraction}"))?;
    Some(if fraction.len() == 3 { Degrees::Comma(value) } else { Degrees::Folded(value) })
}

/// `34 51 36`: degrees, minutes and seconds with blanks between them. Two numbers alone may be degrees with a lost point.
fn in_words(found: &str) -> Option<f64> {
    let parts: Vec<String> = found
        .split(text::is_blank_char)
        .filter(|part| !part.is_empty())
        .map(|part| text::squeeze(part).into_owned())
        .collect();
    let is_number = |part: &String| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match parts.as_slice() {
        [degrees, minutes, seconds] if parts.iter().all(is_number) => dms(&format!("{degrees}:{minutes}:{seconds}")),
        _ => None,
    }
}

/// A cell without what only stands around its number: brackets, the sign of a formula, the name of the axis, the unit.
/// Points of other scripts become points.
fn bare(squeezed: &str) -> String {
    let mut bare =
        squeezed.trim_matches(['(', ')', '（', '）', '[', ']', '［', '］', '「', '」', '=', ':', '：', '\'', '"']);
    for name in ["緯度", "経度", "北緯", "東経", ":", "："] {
        bare = bare.strip_prefix(name).unwrap_or(bare);
    }
    let bare = bare
        .trim_end_matches(['度', '°', '゜', 'º', '˚', 'N', 'E', 'n', 'e', '。'])
        .trim_end_matches("deg")
        .trim_start_matches(['N', 'E', 'n', 'e', '+', ':', '.']);
    let points = bare.chars().filter(|letter| matches!(letter, '.' | '。' | '．' | '・' | '･' | '｡')).count();
    if points == 1 { bare.replace(['。', '．', '・', '･', '｡'], ".") } else { bare.to_owned() }
}

/// What a damaged cell may have been: only ever proposed.
fn near(bare: &str, axis: Axis) -> Option<Degrees> {
    // 3.4875E+01 is how a spreadsheet shows a number in a narrow column: digits are lost.
    if bare.contains(['e', 'E']) {
        return bare.parse().ok().filter(|value| axis.fits(*value)).map(Degrees::Near);
    }
    // 約34.48, 34.48付近, 34.4875m: the only number there is; 34.860.12: the second point is one too many.
    let first = bare.find(|letter: char| letter.is_ascii_digit())?;
    let rest = &bare[first..];
    let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
    let (number, behind) = rest.split_at(end);
    if behind.contains(|letter: char| letter.is_ascii_digit()) {
        return None;
    }
    let (whole, fraction) = number.split_once('.')?;
    let joined = format!("{whole}.{}", fraction.replace('.', ""));
    plain(&joined).filter(|value| axis.fits(*value)).map(Degrees::Near)
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
    // 59.999 seconds rounded on their way out are written as 60.00.
    let fits = degrees.fract() == 0.0 && degrees <= 180.0 && minutes < 60.0 && seconds <= 60.0;
    (fits && (minutes.fract() == 0.0 || parsed.len() == 2)).then(|| to_decimal(degrees, minutes, seconds))
}
