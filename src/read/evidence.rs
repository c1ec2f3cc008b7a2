//! What the bytes of a text file show of their encoding: passes over all of them, of which little is held at a time.

use std::ops::Range;

use encoding_rs::{DecoderResult, Encoding};

/// Hears which bytes will not be looked at for a while.
pub(super) type Forget<'f> = &'f (dyn Fn(Range<usize>) + Sync);

/// What one pass over all bytes shows.
pub(super) struct Look {
    pub(super) is_ascii: bool,
    pub(super) escapes: bool,
    pub(super) is_utf8: bool,
    pub(super) evidence: Utf8Evidence,
}

/// Bytes that one step looks at before they are forgotten.
const STEP_BYTES: usize = 4 << 20;

/// Files from this size on are looked at by two threads.
const HALVED_BYTES: usize = 16 << 20;

/// The halves of a long file, parted behind a line feed, at which every encoding that is asked about begins anew.
fn halves(bytes: &[u8]) -> [Range<usize>; 2] {
    let middle = bytes.len() / 2;
    let from = if bytes.len() < HALVED_BYTES { None } else { bytes.get(middle..) };
    let end = from.and_then(|rest| memchr::memchr(b'\n', &rest[..rest.len().min(STEP_BYTES)]));
    let at = end.map_or(bytes.len(), |end| middle + end + 1);
    [0..at, at..bytes.len()]
}

/// Runs a pass over both halves at once.
fn over_halves<T: Send>(bytes: &[u8], pass: impl Fn(Range<usize>) -> T + Sync) -> [T; 2] {
    let [first, second] = halves(bytes);
    if second.is_empty() {
        return [pass(first), pass(second)];
    }
    std::thread::scope(|scope| {
        let other = std::thread::Builder::new().spawn_scoped(scope, || pass(second.clone()));
        let first = pass(first);
        // Where the system has no thread left, one does both; a pass that panicked does so again in the reading thread.
        let other = other.ok().and_then(|other| other.join().ok());
        [first, other.unwrap_or_else(|| pass(second.clone()))]
    })
}

/// Looks at all bytes, by two threads where there are many.
pub(super) fn looks(bytes: &[u8], forget: Forget<'_>) -> Look {
    let [a, b] = over_halves(bytes, |range| look(bytes, range, forget));
    let is_utf8 = a.is_utf8 && b.is_utf8;
    let mut evidence = Utf8Evidence::NONE;
    if !is_utf8 {
        for half in over_halves(bytes, |range| Utf8Evidence::of(bytes, range, forget)) {
            evidence.add(&half);
        }
    }
    Look { is_ascii: is_utf8 && a.is_ascii && b.is_ascii, escapes: a.escapes || b.escapes, is_utf8, evidence }
}

fn look(bytes: &[u8], range: Range<usize>, forget: Forget<'_>) -> Look {
    let mut look = Look { is_ascii: true, escapes: false, is_utf8: true, evidence: Utf8Evidence::NONE };
    let mut at = range.start;
    while at < range.end && look.is_utf8 {
        let step = &bytes[at..range.end.min(at + STEP_BYTES)];
        if look.is_ascii {
            look.is_ascii = step.is_ascii();
            // An escape that a step cuts in two is one of many.
            look.escapes |= [b"\x1b$B".as_slice(), b"\x1b$@", b"\x1b(J"].iter().any(|escape| has(step, escape));
        }
        let right = match simdutf8::compat::from_utf8(step) {
            Ok(_) => step.len(),
            // A letter that the step cuts in two.
            Err(error) if error.error_len().is_none() && at + step.len() < range.end => error.valid_up_to(),
            Err(_) => {
                look.is_utf8 = false;
                break;
            }
        };
        forget(at..at + right);
        at += right;
    }
    look
}

/// What in some bytes speaks for UTF-8, and what against it.
pub(super) struct Utf8Evidence {
    /// Whole Japanese letters in UTF-8. Text in CP932 forms them by chance almost never: it needs a letter of the second
    /// level and two bytes of one quarter of all bytes after it.
    pub(super) letters: usize,
    /// Bytes that are neither ASCII nor part of such a letter.
    pub(super) other_bytes: usize,
    /// Lines that are UTF-8 by themselves.
    pub(super) lines: usize,
}

impl Utf8Evidence {
    const NONE: Self = Self { letters: 0, other_bytes: 0, lines: 0 };

    /// Gathers it from a range that begins and ends between letters.
    pub(super) fn of(bytes: &[u8], range: Range<usize>, forget: Forget<'_>) -> Self {
        let mut evidence = Self::NONE;
        let (mut at, mut forgotten) = (range.start, range.start);
        let bytes = &bytes[..range.end];
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            evidence.add(&Self::of_line(&rest[..end]));
            at += end;
            if at - forgotten >= STEP_BYTES {
                forget(forgotten..at);
                forgotten = at;
            }
        }
        forget(forgotten..at);
        evidence
    }

    /// Gathers it from one line.
    pub(super) fn of_line(line: &[u8]) -> Self {
        let mut evidence = Self::NONE;
        let mut at = 0;
        while let Some(byte) = line.get(at) {
            if byte.is_ascii() {
                at += 1;
            } else if let Some(length) = japanese_letter(&line[at..]) {
                evidence.letters += 1;
                at += length;
            } else {
                evidence.other_bytes += 1;
                at += 1;
            }
        }
        evidence.lines = usize::from(evidence.is_utf8_line());
        evidence
    }

    /// Whether a line is UTF-8: it has two letters of it, since one may be chance, and nothing else beside them, or
    /// nearly.
    pub(super) fn is_utf8_line(&self) -> bool {
        self.letters >= 2 && self.letters > self.other_bytes
    }

    fn add(&mut self, other: &Self) {
        self.letters += other.letters;
        self.other_bytes += other.other_bytes;
        self.lines += other.lines;
    }

    pub(super) fn outweighs(&self, weight: usize) -> bool {
        self.letters > 0 && self.letters.saturating_mul(weight) >= self.other_bytes
    }
}

/// The bytes of the whole Japanese letter in UTF-8 that some bytes begin with. All have three or four bytes; what
/// follows the first is never the first of another, so that looking byte by byte misses none.
fn japanese_letter(bytes: &[u8]) -> Option<usize> {
    let length = match bytes.first()? {
        0xE2..=0xEF => 3,
        0xF0 => 4,
        _ => return None,
    };
    let text = std::str::from_utf8(bytes.get(..length)?).ok()?;
    text.chars().next().is_some_and(is_japanese).then_some(length)
}

/// Kana, kanji, their punctuation and widths: all of three bytes or four.
pub(super) fn is_japanese(letter: char) -> bool {
    matches!(letter,
        '\u{2010}'..='\u{27BF}' | '\u{3000}'..='\u{30FF}' | '\u{3200}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
            | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{2FFFF}')
}

/// How many places of the bytes do not follow this encoding; counting stops at `enough`.
pub(super) fn broken_in_pieces(bytes: &[u8], encoding: &'static Encoding, enough: u64, forget: Forget<'_>) -> u64 {
    let [a, b] = over_halves(bytes, |range| broken_places(bytes, range, encoding, enough, forget));
    a.saturating_add(b).min(enough)
}

pub(super) fn broken_places(
    bytes: &[u8],
    range: Range<usize>,
    encoding: &'static Encoding,
    enough: u64,
    forget: Forget<'_>,
) -> u64 {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut out = vec![0_u8; 64 << 10];
    let (mut at, mut broken, mut forgotten) = (range.start, 0, range.start);
    while broken < enough {
        let (result, read, _) = decoder.decode_to_utf8_without_replacement(&bytes[at..range.end], &mut out, true);
        at += read;
        match result {
            DecoderResult::InputEmpty => break,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => broken += 1,
        }
        if at - forgotten >= STEP_BYTES {
            forget(forgotten..at);
            forgotten = at;
        }
    }
    forget(forgotten..at);
    broken
}

fn has(bytes: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(bytes, word).is_some()
}
