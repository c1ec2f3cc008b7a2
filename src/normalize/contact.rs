//! Telephone numbers, postal codes, web and mail addresses.

use crate::model::finding::{FindingCode, Repair};

use super::text;
use super::value::Normalized;

/// Telephone numbers: half-width, hyphens for brackets, several joined by ` / `.
pub fn phone(found: &str) -> Normalized<'_> {
    if is_plain_phone(found) {
        return Normalized::kept(found);
    }
    if let Some(nothing) = text::nothing(found) {
        return nothing;
    }
    let trimmed = text::trim(found);
    let mut numbers = Vec::new();
    for part in trimmed.split(['/', '／', '、', ',', '，', ';', '；', '\n']).filter(|part| !text::is_blank(part)) {
        let Some(number) = one_phone(part) else {
            // Two numbers with a blank between them: each is whole by itself.
            let words: Vec<&str> = part.split(text::is_blank_char).filter(|word| !word.is_empty()).collect();
            if words.len() > 1 && words.iter().all(|word| one_phone(word).is_some()) {
                numbers.extend(words.into_iter().filter_map(one_phone));
                continue;
            }
            let repair = lost_zero(part).map_or(Repair::None, Repair::Proposed);
            return Normalized::kept(found).with(FindingCode::PhoneInvalid, "00-0000-0000", repair);
        };
        numbers.push(number);
    }
    if numbers.is_empty() {
        return Normalized::wrong(FindingCode::PhoneInvalid, found, "00-0000-0000");
    }
    let joined = numbers.join(" / ");
    if joined == found { Normalized::kept(found) } else { Normalized::made(FindingCode::PhoneFolded, joined) }
}

/// `054-626-1139`: the form that needs no look.
fn is_plain_phone(text: &str) -> bool {
    let shaped = text.starts_with('0')
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
        && !text.ends_with('-')
        && !text.contains("--");
    shaped && has_phone_length(text)
}

/// Ten digits; eleven for mobile and IP numbers (050, 060, 070, 080, 090) and the toll-free 0800.
fn has_phone_length(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let long = ["050", "060", "070", "080", "090"].iter().any(|prefix| text.starts_with(prefix));
    digits == 10 || (digits == 11 && long)
}

fn one_phone(part: &str) -> Option<String> {
    let folded = text::fold_width(text::trim(part));
    let mut rest: &str = text::trim(&folded);
    for word in ["TEL", "Tel", "tel", "電話番号", "電話", "代表", "(代表)", "(代)", "(直通)", "直通", "☎", "℡", "📞"]
    {
        if let Some(tail) = rest.strip_prefix(word) {
            rest = tail.trim_start_matches([':', '.', ' ']);
            break;
        }
    }
    let rest = rest.trim_end_matches("(代表)").trim_end_matches("(代)").trim_end_matches("(直通)");
    // The country code, with or without the zero in brackets: +81-54-…, +81(0)54-…
    let abroad;
    let rest = match rest.strip_prefix("+81") {
        Some(tail) => {
            let tail = tail.trim_start_matches(|letter| letter == ' ' || text::is_dash(letter));
            let tail = tail.strip_prefix("(0)").or_else(|| tail.strip_prefix('0')).unwrap_or(tail);
            abroad = format!("0{}", tail.trim_start_matches(|letter| letter == ' ' || text::is_dash(letter)));
            abroad.as_str()
        }
        None => rest,
    };
    let mut number = String::with_capacity(rest.len());
    for letter in rest.chars() {
        match letter {
            '0'..='9' => number.push(letter),
            '(' | ')' | ' ' | '.' => number.push('-'),
            letter if text::is_dash(letter) => number.push('-'),
            letter if text::is_blank_char(letter) => number.push('-'),
            _ => return None,
        }
    }
    while number.contains("--") {
        number = number.replace("--", "-");
    }
    let number = number.trim_matches('-');
    let emergency = number.len() == 3 && number.starts_with('1') && number.bytes().all(|byte| byte.is_ascii_digit());
    (emergency || is_plain_phone(number)).then(|| number.to_owned())
}

/// Splits an extension off a number: `054-626-1139（内線2442）` → the number and `2442`. The extension has its own column
/// (GIF DS-445).
pub fn split_extension(found: &str) -> Option<(&str, String)> {
    let at = found.find("内線").or_else(|| found.find("（内）")).or_else(|| found.find("(内)"))?;
    let head = text::trim(found.get(..at)?).trim_end_matches(['(', '（', '、', ',', '／', '/']);
    let head = text::trim(head);
    let tail: String = text::squeeze(found.get(at..)?)
        .trim_start_matches(['内', '線', '(', ')', '（', '）', ':', '：', '番', '号', '-'])
        .trim_end_matches([')', '）', '番'])
        .to_owned();
    let is_extension = (1..=6).contains(&tail.len()) && tail.bytes().all(|byte| byte.is_ascii_digit());
    (is_extension && one_phone(head).is_some()).then_some((head, tail))
}

/// Splits words in brackets off a number: `03-3657-3455（寅さん記念館）` → the number and `寅さん記念館`. Brackets around
/// digits belong to the number.
pub(super) fn split_words(found: &str) -> Option<(&str, &str)> {
    let trimmed = text::trim(found);
    let inner = trimmed.strip_suffix([')', '）'])?;
    let at = inner.rfind(['(', '（'])?;
    let words = text::trim(inner.get(at..)?.trim_start_matches(['(', '（']));
    let head = text::trim(inner.get(..at)?);
    let are_words = !words.is_empty() && !words.chars().any(|letter| letter.is_ascii_digit() || letter.is_numeric());
    (are_words && one_phone(trimmed).is_none() && one_phone(head).is_some()).then_some((head, words))
}

/// Nine or ten digits without the leading zero, as a spreadsheet leaves them: the zero is proposed.
fn lost_zero(part: &str) -> Option<String> {
    let squeezed = text::squeeze(part);
    let digits = squeezed.bytes().filter(u8::is_ascii_digit).count();
    let shaped = matches!(digits, 9 | 10)
        && squeezed.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
        && matches!(squeezed.as_bytes().first(), Some(b'1'..=b'9'));
    let candidate = format!("0{squeezed}");
    (shaped && is_plain_phone(&candidate)).then_some(candidate)
}

/// Whether a number is that of a mobile telephone: 070, 080 or 090 and eleven digits.
pub fn is_mobile(text: &str) -> bool {
    let squeezed = text::squeeze(text);
    let mut digits = squeezed.bytes().filter(|byte| *byte != b'-' && *byte != b'(' && *byte != b')');
    let head = (digits.next(), digits.next(), digits.next());
    matches!(head, (Some(b'0'), Some(b'7' | b'8' | b'9'), Some(b'0')))
        && digits.by_ref().take_while(u8::is_ascii_digit).count() == 8
        && digits.next().is_none()
}

/// Postal codes: seven half-width digits without hyphen.
pub fn postal(found: &str) -> Normalized<'_> {
    let is_seven = |text: &str| text.len() == 7 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_seven(found) {
        return Normalized::kept(found);
    }
    if let Some(nothing) = text::nothing(found) {
        return nothing;
    }
    let squeezed = text::squeeze(found);
    let rest = squeezed.trim_start_matches('〒').trim_start_matches('T');
    let digits: String = match rest.split_once('-') {
        Some((head, tail)) if head.len() == 3 && tail.len() == 4 => format!("{head}{tail}"),
        // 60-0001 lost the zero of its first part.
        Some((head, tail)) if head.len() == 2 && tail.len() == 4 => format!("{head}{tail}"),
        _ => rest.strip_suffix(".0").unwrap_or(rest).to_owned(),
    };
    if is_seven(&digits) {
        return Normalized::made(FindingCode::PostalFolded, digits);
    }
    let lost_zero = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let repair = if lost_zero { Repair::Proposed(format!("0{digits}")) } else { Repair::None };
    Normalized::kept(found).with(FindingCode::PostalInvalid, "0000000", repair)
}

/// Web addresses of http and https.
pub fn url(found: &str) -> Normalized<'_> {
    if is_url(found) {
        return Normalized::kept(found);
    }
    if let Some(nothing) = text::nothing(found) {
        return nothing;
    }
    let folded = text::fold_width(text::trim(found));
    if is_url(&folded) {
        let trimmed_only = folded == text::trim(found);
        let code = if trimmed_only { FindingCode::ValueTrimmed } else { FindingCode::UrlFolded };
        return Normalized::made(code, folded.into_owned());
    }
    let proposal = if folded.starts_with("ttp://") || folded.starts_with("ttps://") {
        Some(format!("h{folded}"))
    } else if let Some((_, tail)) =
        folded.split_once("://").filter(|(scheme, _)| is_misspelt(scheme) && !matches!(*scheme, "http" | "https"))
    {
        Some(format!("https://{}", text::trim(tail)))
    } else if folded.contains(|letter| text::is_blank_char(letter) || matches!(letter, '、' | ';')) {
        // Several in one cell: the first. One with a blank inside is another address without what follows it.
        let mut parts = folded
            .split(|letter| text::is_blank_char(letter) || matches!(letter, '、' | ';'))
            .filter(|part| !part.is_empty());
        let first = parts.next().filter(|part| is_url(part)).map(str::to_owned);
        first.filter(|_| parts.all(|part| is_url(part) || looks_like_host(part)))
    } else if looks_like_host(&folded) {
        Some(format!("https://{folded}"))
    } else {
        None
    };
    let repair = proposal.filter(|text| is_url(text)).map_or(Repair::None, Repair::Proposed);
    Normalized::kept(found).with(FindingCode::UrlInvalid, "https://…", repair)
}

/// htp, hhttp, https: and the like before `://`.
fn is_misspelt(scheme: &str) -> bool {
    let scheme = scheme.to_ascii_lowercase();
    (2..=7).contains(&scheme.len()) && scheme.bytes().all(|byte| matches!(byte, b'h' | b't' | b'p' | b's' | b':'))
}

/// `www.example.jp/a`, `city.example.lg.jp`: an address without its scheme.
fn looks_like_host(text: &str) -> bool {
    let host = text.split(['/', '?', '#']).next().unwrap_or_default();
    let last = host.rsplit('.').next().unwrap_or_default();
    text.is_ascii()
        && !text.contains('@')
        && host.contains('.')
        && (text.starts_with("www.") || ["jp", "com", "net", "org", "info", "tokyo", "city"].contains(&last))
}

fn is_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    !rest.chars().any(|letter| text::is_blank_char(letter) || letter.is_control())
        && !rest.contains("http://")
        && !rest.contains(['<', '>', '"'])
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && host.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_'))
}

/// Mail addresses.
pub fn email(found: &str) -> Normalized<'_> {
    if is_email(found) {
        return Normalized::kept(found);
    }
    if let Some(nothing) = text::nothing(found) {
        return nothing;
    }
    let folded = text::fold_width(text::trim(found)).replace("mailto:", "");
    if is_email(&folded) {
        return Normalized::made(FindingCode::WidthFolded, folded);
    }
    let plain = folded.replace("[at]", "@").replace("(at)", "@").replace("★", "@").replace(' ', "");
    let repair = if is_email(&plain) { Repair::Proposed(plain) } else { Repair::None };
    Normalized::kept(found).with(FindingCode::EmailInvalid, "name@example.lg.jp", repair)
}

fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else { return false };
    let fits = |part: &str, extra: &[u8]| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.ends_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || extra.contains(&byte))
    };
    text.len() <= 254 && fits(name, b"._%+-/'!#$&*=?^`{|}~") && fits(host, b".-") && host.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_become_hyphens_and_width_is_folded() {
        for (found, expected) in [
            ("(054)626-1139", "054-626-1139"),
            ("054(626)1139", "054-626-1139"),
            ("０５４－６２６－１１３９", "054-626-1139"),
            ("0778-51-２２00", "0778-51-2200"),
            ("TEL：054-626-1139", "054-626-1139"),
            ("054ー626ー1139", "054-626-1139"),
            ("054-626-1139、054-626-1140", "054-626-1139 / 054-626-1140"),
            ("+81-54-626-1139", "054-626-1139"),
            (" 054-626-1139", "054-626-1139"),
            ("+81(0)54-626-1139", "054-626-1139"),
            ("+81 54 626 1139", "054-626-1139"),
            ("+81546261139", "0546261139"),
            ("054-626-1139(代表)", "054-626-1139"),
            ("（代）054-626-1139", "054-626-1139"),
            ("054-626-1139 054-626-1140", "054-626-1139 / 054-626-1140"),
            ("054-626-1139\n054-626-1140", "054-626-1139 / 054-626-1140"),
            ("０１２０（００）００００", "0120-00-0000"),
        ] {
            let result = phone(found);
            assert_eq!(result.value.to_text(), expected, "{found}");
            assert_eq!(result.remarks[0].code, FindingCode::PhoneFolded, "{found}");
        }
        for good in ["054-626-1139", "0120-00-0000", "0546261139", "110", "054-626-1139 / 054-626-1140"] {
            assert_eq!(phone(good).remarks, vec![], "{good}");
        }
    }

    #[test]
    fn an_extension_is_split_off_where_a_whole_number_stands_before_it() {
        for (found, number, extension) in [
            ("054-626-1139 内線2442", "054-626-1139", "2442"),
            ("054-626-1139（内線：２４４２）", "054-626-1139", "2442"),
            ("(054)626-1139 (内)31", "(054)626-1139", "31"),
        ] {
            assert_eq!(split_extension(found), Some((number, extension.to_owned())), "{found}");
        }
        for none in ["内線2442", "626-1139 内線2", "054-626-1139 内線なし", "054-626-1139"] {
            assert_eq!(split_extension(none), None, "{none}");
        }
    }

    #[test]
    fn a_lost_zero_is_only_proposed() {
        assert_eq!(phone("546261139").remarks[0].repair, Repair::Proposed("0546261139".into()));
        for bad in ["626-1139", "内線2442", "054-626", "お問い合わせ"] {
            assert_eq!(phone(bad).value.to_text(), bad);
            assert_eq!(phone(bad).remarks[0].code, FindingCode::PhoneInvalid, "{bad}");
        }
        assert!(is_mobile("090-0000-0000") && is_mobile("０８０００００００００") && !is_mobile("054-626-1139"));
    }

    #[test]
    fn postal_codes_have_seven_digits() {
        for found in ["425-8502", "〒425-8502", "４２５－８５０２", "425ー8502"] {
            assert_eq!(postal(found).value.to_text(), "4258502", "{found}");
        }
        assert_eq!(postal("60000").remarks[0].repair, Repair::None);
        assert_eq!(postal("600000").remarks[0].repair, Repair::Proposed("0600000".into()));
        assert_eq!(postal("60-0001").remarks[0].repair, Repair::Proposed("0600001".into()));
        assert_eq!(postal("4258502").remarks, vec![]);
    }

    #[test]
    fn addresses_of_the_web_and_of_mail_are_checked() {
        assert_eq!(url("https://www.city.komae.tokyo.jp/index.cfm/42,73691,html").remarks, vec![]);
        assert_eq!(url("https://yaizu-smartcity.jp/images/小泉八雲マップ/1.jpg").remarks, vec![]);
        assert_eq!(url("ｈｔｔｐ://www.example.jp").value.to_text(), "http://www.example.jp");
        assert_eq!(url("www.example.jp").remarks[0].repair, Repair::Proposed("https://www.example.jp".into()));
        for (found, proposal) in [
            ("http://a.example.jp http://b.example.jp", "http://a.example.jp"),
            ("htp://www.example.jp/", "https://www.example.jp/"),
            ("city.example.lg.jp/kouen.html", "https://city.example.lg.jp/kouen.html"),
        ] {
            assert_eq!(url(found).remarks[0].repair, Repair::Proposed(proposal.into()), "{found}");
        }
        for bad in ["javascript:alert(1)", "http://", "http://localhost", "http://a.jp http://b.jp", "なまえ"] {
            assert_eq!(url(bad).remarks[0].code, FindingCode::UrlInvalid, "{bad}");
        }
        assert_eq!(email("soumu@city.yaizu.lg.jp").remarks, vec![]);
        assert_eq!(email("soumu＠city.yaizu.lg.jp").value.to_text(), "soumu@city.yaizu.lg.jp");
        assert_eq!(email("soumu city").remarks[0].code, FindingCode::EmailInvalid);
    }

    #[test]
    fn words_beside_a_number_are_parted_and_half_an_address_is_never_proposed() {
        assert_eq!(split_words("03-3657-3455（寅さん記念館）"), Some(("03-3657-3455", "寅さん記念館")));
        for whole in ["(054)626-1139", "054-626-1139", "記念館（代表）", "054-626-1139(内線2)"] {
            assert_eq!(split_words(whole), None, "{whole}");
        }
        assert_eq!(url("https://example.jp/院内　保育所/").remarks[0].repair, Repair::None);
        let two = url("https://a.example.jp https://b.example.jp");
        assert_eq!(two.remarks[0].repair, Repair::Proposed("https://a.example.jp".to_owned()));
    }
}
