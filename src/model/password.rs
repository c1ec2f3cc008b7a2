//! Passwords: which are taken, and what is kept of them.
//!
//! A password has 15 to 128 characters of any kind (NIST SP 800-63B: length, no rules about kinds of characters), and must
//! not be put together of what is tried first: common words (`schemas/passwords.txt`), walks over the keyboard, runs of
//! digits, repetitions, the names of the city and of the person.

use std::sync::LazyLock;

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use unicode_normalization::UnicodeNormalization as _;

/// Least length, characters.
pub const LEAST_CHARS: usize = 15;
/// Greatest length, characters: a few sentences, and no burden to hash.
pub const MOST_CHARS: usize = 128;
/// Least number of pieces: characters that belong to nothing that is tried first count one each, a common word or run
/// counts one as a whole, marks and spaces count nothing.
const LEAST_PIECES: usize = 8;
/// Longest word of the list, characters.
const LONGEST_WORD: usize = 24;

/// Memory of a hash, KiB. With it, two passes and one lane a hash takes some 50 ms of one core; OWASP's least is 19 MiB.
const MEMORY_KIB: u32 = 32 << 10;
/// Passes over that memory.
const PASSES: u32 = 2;

static WORDS: LazyLock<std::collections::HashSet<String>> = LazyLock::new(|| {
    include_str!("../../schemas/passwords.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .map(folded)
        .collect()
});

/// Rows of keyboards, of which four neighbours or more, forwards or backwards, are a walk.
const ROWS: [&str; 14] = [
    "1234567890-^",
    "qwertyuiop@[",
    "asdfghjkl;:]",
    "zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "ぬふあうえおやゆよわほへ",
    "たていすかんなにらせ",
    "ちとしはきくまのりれけむ",
    "つさそひこみもねるめろ",
    "あいうえおかきくけこさしすせそたちつてとなにぬねの",
    "はひふへほまみむめもやゆよらりるれろわをん",
];

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// Too short.
    #[error("パスワードは15文字以上にしてください。言葉をいくつか並べると、長くても覚えやすくなります。")]
    Short,
    /// Too long.
    #[error("パスワードは128文字までです。")]
    Long,
    /// Control characters.
    #[error("パスワードに使えない文字(改行など)が含まれています。")]
    Control,
    /// Put together of what is tried first.
    #[error(
        "よく使われる言葉、キーボードの並び、繰り返し、市や自分の名前などでできているため、推測されやすいパスワードです。\
         関係のない言葉をいくつか組み合わせてください。"
    )]
    Guessable,
}

/// Whether a password is taken. `names` are those of the city, the site and the person.
///
/// # Errors
/// The first reason why not.
pub fn check(password: &str, names: &[&str]) -> Result<(), Weakness> {
    let count = password.chars().count();
    if count < LEAST_CHARS {
        return Err(Weakness::Short);
    }
    if count > MOST_CHARS {
        return Err(Weakness::Long);
    }
    if password.chars().any(char::is_control) {
        return Err(Weakness::Control);
    }
    let names: Vec<String> = names
        .iter()
        .flat_map(|name| name.split(|c: char| !c.is_alphanumeric()))
        .map(folded)
        .filter(|name| name.chars().count() >= 2)
        .collect();
    if pieces(&folded(password), &names) < LEAST_PIECES { Err(Weakness::Guessable) } else { Ok(()) }
}

/// Small letters of one width, and letters in the place of the digits and marks that stand for them.
fn folded(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

/// Digits and marks that stand for letters, undone.
fn spelled(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        other => other,
    }
}

/// Of how many pieces a text is put together.
fn pieces(text: &str, names: &[String]) -> usize {
    let plain: Vec<char> = text.chars().collect();
    let letters: Vec<char> = plain.iter().copied().map(spelled).collect();
    let mut seen = std::collections::HashSet::new();
    let (mut at, mut count) = (0, 0);
    while at < plain.len() {
        let rest = &plain[at..];
        let length = [
            word(rest, names),
            word(&letters[at..], names),
            walk(rest),
            repeated(rest),
            rest.iter().take_while(|c| c.is_numeric()).count(),
        ]
        .into_iter()
        .max()
        .unwrap_or(0)
        .max(1);
        let piece = &rest[..length];
        // Marks and spaces add nothing, and no piece counts twice.
        if piece.iter().any(|c| c.is_alphanumeric()) && (length == 1 || seen.insert(piece)) {
            count += 1;
        }
        at += length;
    }
    count
}

/// Length of the longest common word or name at the beginning; 0 = none.
fn word(rest: &[char], names: &[String]) -> usize {
    (2..=rest.len().min(LONGEST_WORD))
        .rev()
        .find(|length| {
            let text: String = rest[..*length].iter().collect();
            WORDS.contains(&text) || names.contains(&text)
        })
        .unwrap_or(0)
}

/// Length of a walk over a keyboard or alphabet at the beginning; 0 = shorter than four.
fn walk(rest: &[char]) -> usize {
    ROWS.iter()
        .flat_map(|row| [row.chars().collect::<Vec<_>>(), row.chars().rev().collect()])
        .map(|row| {
            row.iter()
                .enumerate()
                .filter(|(_, c)| Some(*c) == rest.first())
                .map(|(from, _)| row[from..].iter().zip(rest).take_while(|(a, b)| a == b).count())
                .max()
                .unwrap_or(0)
        })
        .max()
        .filter(|length| *length >= 4)
        .unwrap_or(0)
}

/// Length of the same one to six characters again and again at the beginning; 0 = no three times, nor half of the text.
fn repeated(rest: &[char]) -> usize {
    (1..=rest.len() / 2)
        .map(|unit| {
            let times = rest.chunks(unit).take_while(|chunk| *chunk == &rest[..unit]).count();
            if times >= 3 || (times == 2 && unit >= 4) { times * unit } else { 0 }
        })
        .max()
        .unwrap_or(0)
}

fn hasher() -> Argon2<'static> {
    // The numbers are constants within the limits of the algorithm.
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// What is kept of a password: Argon2id as a PHC string. The password is hashed as typed, after NFKC, so that every
/// keyboard gives the same. `None` where the hasher fails, which it does only for want of memory.
pub fn hash(password: &str, salt: &[u8; 16]) -> Option<String> {
    let salt = SaltString::encode_b64(salt).ok()?;
    let text: String = password.nfkc().collect();
    Some(hasher().hash_password(text.as_bytes(), &salt).ok()?.to_string())
}

/// Whether a password is the one that was hashed. Where nothing is kept (no such account, or one that nobody can sign in
/// to) the same work is done, so that the time tells nothing.
pub fn verify(password: &str, kept: Option<&str>) -> bool {
    let text: String = password.chars().take(MOST_CHARS * 2).nfkc().collect();
    let parsed = kept.and_then(|kept| PasswordHash::new(kept).ok());
    if let Some(kept) = &parsed {
        return hasher().verify_password(text.as_bytes(), kept).is_ok();
    }
    let _ = std::hint::black_box(hash(&text, &[0; 16]));
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_first_is_not_taken() {
        let names = ["焼津市", "yaizu", "kikaku.tantou", "企画課 担当者"];
        for password in [
            "passwordpassword",
            "Password1234567",
            "P@ssw0rdP@ssw0rd",
            "qwertyuiop123456",
            "1qaz2wsx3edc4rfv",
            "aaaaaaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "焼津市役所焼津市役所2024",
            "yaizu-city-office-2026!",
            "kikaku.tantou2026",
            "たていすかんなにらせちとし",
            "123456789012345678",
            "sakura-sakura-2026",
            "ｐａｓｓｗｏｒｄ１２３４５６７",
            "adminadmin!!2026",
            "opendata opendata 1",
            "なにぬねのはひふへほまみむめも",
            "qwertyqwertyqwerty",
            "2026年4月1日2026年4月1日",
            "企画課担当者企画課担当者企画課",
        ] {
            assert!(matches!(check(password, &names), Err(Weakness::Guessable | Weakness::Short)), "{password}");
        }
    }

    #[test]
    fn long_and_unlike_is_taken_whatever_its_letters() {
        for password in [
            "tobira no mukou ni kujira",
            "correct horse battery staple",
            "ひつじがにじゅうさんびき",
            "kz8#Lq2!vXw9@Rt5",
            "灯台の下で鯨が三度うたった夜のこと",
            "にわとりとかたつむりのきゅうじつ",
        ] {
            let checked = check(password, &["焼津市"]);
            let short = password.chars().count() < LEAST_CHARS;
            assert_eq!(checked, if short { Err(Weakness::Short) } else { Ok(()) }, "{password}");
        }
        assert_eq!(check(&"あ".repeat(14), &[]), Err(Weakness::Short));
        assert_eq!(check(&"x y".repeat(50), &[]), Err(Weakness::Long));
        assert_eq!(check("tobira no mukou\nni kujira", &[]), Err(Weakness::Control));
    }

    #[test]
    fn a_hash_fits_its_password_and_no_other() {
        let kept = hash("tobira no mukou ni kujira", &[3; 16]).expect("hashed");
        assert!(kept.starts_with("$argon2id$v=19$m=32768,t=2,p=1$"), "{kept}");
        assert!(verify("tobira no mukou ni kujira", Some(&kept)));
        // The same letters in another width.
        assert!(verify("ｔｏｂｉｒａ no mukou ni kujira", Some(&kept)));
        for wrong in ["", "tobira no mukou ni kujir", "Tobira no mukou ni kujira", &"x".repeat(100_000)] {
            assert!(!verify(wrong, Some(&kept)));
        }
        assert!(!verify("tobira no mukou ni kujira", None) && !verify("x", Some("no hash")));
    }
}
