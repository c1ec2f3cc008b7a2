//! The shortest text of a number.

/// The shortest decimal text that reads back as the same number: `35.5`, `222127`, `-0.00001`; without exponent but
/// beyond 10²¹ and below 10⁻⁹, where it would be mostly zeros.
pub(super) fn shortest(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if (1e-9..1e21).contains(&size) {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

/// The shortest text of a number written in decimal. Whole numbers keep every digit however long they are.
/// `None` where the text is no finite number.
pub(super) fn shortest_of(text: &str) -> Option<String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole && (digits == "0" || !digits.starts_with('0')) && text != "-0" {
        return Some(text.to_owned());
    }
    // Rust's own reading takes words such as "inf" that no file means as numbers.
    if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E')) {
        return None;
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite()).map(shortest)
}

/// The text of a number of JSON: as published (`1.50`, `1e5`, identifiers of any length), but for digits that only show
/// how the number was kept (`138.86490000000001`): a number of 64 bits has fifteen that are sure, and with more of them
/// its shortest text is the number meant. `None` where the text is no finite number.
pub(super) fn as_published(text: &str) -> Option<std::borrow::Cow<'_, str>> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let keep = digits <= 15 || !text.contains('.') || text.contains(['e', 'E']);
    if !keep {
        return shortest_of(text).map(Into::into);
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    (is_number && text.parse::<f64>().is_ok_and(f64::is_finite)).then(|| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_json_stay_as_published() {
        for (found, expected) in [
            ("1.50", Some("1.50")),
            ("1e5", Some("1e5")),
            ("12345678901234567890123", Some("12345678901234567890123")),
            ("138.86490000000001", Some("138.8649")),
            ("-0.0", Some("-0.0")),
            ("1e999", None),
        ] {
            assert_eq!(as_published(found).as_deref(), expected, "{found}");
        }
    }

    #[test]
    fn numbers_have_their_shortest_text() {
        for (found, expected) in [
            ("0.10000000000000001", Some("0.1")),
            ("222127.0", Some("222127")),
            ("1.2345678901234567E+3", Some("1234.5678901234567")),
            ("123456789012345678901234567890", Some("123456789012345678901234567890")),
            ("-0", Some("0")),
            ("007", Some("7")),
            ("1E+300", Some("1e300")),
            ("1e999", None),
            ("NaN", None),
            ("inf", None),
            ("", None),
            ("-", None),
        ] {
            assert_eq!(shortest_of(found).as_deref(), expected, "{found}");
        }
    }
}
