//! The second factor: codes by the clock (TOTP, RFC 6238: SHA-1, six digits, thirty seconds), and recovery codes for when
//! the device is lost.

use sha2::Digest as _;
use totp_rs::{Builder, Totp};

/// How many recovery codes there are: enough for a year of forgotten telephones.
pub const CODES: usize = 10;
/// Random bytes of a recovery code: 80 bits, so that a fast digest keeps it safe.
pub const CODE_BYTES: usize = 10;
/// The letters of base 32 (RFC 4648).
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The step of a code that fits `secret` at `now`, or one step (thirty seconds) before or after, for clocks that differ.
/// Spaces between the digits are passed over. That no step is taken twice is for the caller to see to.
pub fn step(secret: &[u8; 20], code: &str, now: jiff::Timestamp) -> Option<i64> {
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let found = totp(secret)?.check(&digits, u64::try_from(now.as_second()).ok()?)?;
    i64::try_from(found).ok()
}

/// The code of a moment, for tests of what is built on it.
pub fn code(secret: &[u8; 20], now: jiff::Timestamp) -> Option<String> {
    Some(totp(secret)?.generate(u64::try_from(now.as_second()).ok()?).to_string())
}

fn totp(secret: &[u8; 20]) -> Option<Totp> {
    Builder::new().with_secret(*secret).build().ok()
}

/// Bytes in base 32, as apps take them when they are typed: in groups of four.
pub fn typed(secret: &[u8; 20]) -> String {
    grouped(&base32(secret))
}

/// The address that an app on the same device opens (`otpauth`).
pub fn address(secret: &[u8; 20], issuer: &str, login: &str) -> String {
    let encoded =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let (issuer, login) = (encoded(&issuer.replace(':', " ")), encoded(login));
    format!(
        "otpauth://totp/{issuer}:{login}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period=30",
        base32(secret)
    )
}

/// A recovery code of random bytes, as it is shown once: `ABCD-EFGH-IJKL-MNOP`.
pub fn recovery_code(random: &[u8; CODE_BYTES]) -> String {
    grouped(&base32(random)).replace(' ', "-")
}

/// What is kept of a recovery code, however it was typed.
pub fn code_digest(code: &str) -> String {
    let letters: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    hex::encode(sha2::Sha256::new().chain_update("hiraku recovery\0").chain_update(letters).finalize())
}

fn grouped(text: &str) -> String {
    let groups: Vec<String> =
        text.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    groups.join(" ")
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut held, mut bits) = (0_u32, 0);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[usize::try_from(held >> bits & 31).unwrap_or(0)]));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[usize::try_from(held << (5 - bits) & 31).unwrap_or(0)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the examples of RFC 6238, appendix B.
    const SECRET: &[u8; 20] = b"12345678901234567890";

    fn at(second: i64) -> jiff::Timestamp {
        jiff::Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        for (second, eight) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
        ] {
            let six = &eight[2..];
            assert_eq!(step(SECRET, six, at(second)), Some(second / 30), "{second}");
            assert_eq!(code(SECRET, at(second)).as_deref(), Some(six));
        }
    }

    #[test]
    fn a_clock_that_differs_by_one_step_is_taken_and_by_more_is_not() {
        let code = code(SECRET, at(3_000)).expect("a code");
        for (second, taken) in [(2_969, false), (2_970, true), (3_000, true), (3_059, true), (3_060, false)] {
            assert_eq!(step(SECRET, &code, at(second)).is_some(), taken, "{second}");
        }
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        assert_eq!(step(SECRET, &spaced, at(3_000)), Some(100));
        for wrong in ["", "12345", "1234567", "+12345", "１２３４５６", "12 34 5x"] {
            assert_eq!(step(SECRET, wrong, at(3_000)), None, "{wrong}");
        }
    }

    #[test]
    fn secrets_are_written_in_base_32() {
        assert_eq!(base32(b""), "");
        assert_eq!(base32(b"f"), "MY");
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI");
        assert_eq!(typed(SECRET), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        let address = address(SECRET, "焼津市: データ", "kikaku@example.lg.jp");
        assert!(address.starts_with("otpauth://totp/%E7%84%BC%E6%B4%A5%E5%B8%82%20%20"), "{address}");
        assert!(address.contains(":kikaku%40example%2Elg%2Ejp?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&"), "{address}");
    }

    #[test]
    fn a_recovery_code_is_known_however_it_is_typed() {
        let code = recovery_code(&[0xff; CODE_BYTES]);
        assert_eq!(code, "7777-7777-7777-7777");
        assert_eq!(code_digest(&code), code_digest(" 7777 7777 77777777"));
        assert_eq!(code_digest("abcd"), code_digest("ABCD"));
        assert_ne!(code_digest("ABCE"), code_digest("ABCD"));
    }
}
