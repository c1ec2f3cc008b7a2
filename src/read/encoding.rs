//! Bytes of a text file to text: which encoding, and where it could not be followed.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{DecoderResult, EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

/// Text with the encoding it was found in.
pub(super) struct Decoded<'a> {
    /// The text, without its byte order mark; borrowed where the file is UTF-8 already.
    pub(super) text: Cow<'a, str>,
    /// The encoding's name for people.
    pub(super) name: &'static str,
    /// Places that could not be decoded, each now U+FFFD.
    pub(super) replaced: u64,
    /// Where the first of them are, as byte offsets into `text`, ascending.
    pub(super) replaced_at: Vec<usize>,
}

/// Replaced places whose row is told; beyond them only their number is. Ten screens of a hundred lines.
const REPLACED_KEPT: usize = 1_000;

/// Bytes given to the statistical detector. Names and addresses decide it within some kilobytes.
const DETECT_BYTES: usize = 1 << 20;

/// Decodes a whole file. Order of evidence: byte order mark, the zero bytes of UTF-16, the escapes of ISO-2022-JP, strict
/// UTF-8; else the Japanese encoding with the fewest undecodable places, the detector deciding between equals.
pub(super) fn decode(bytes: &[u8]) -> Decoded<'_> {
    if let Some(body) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return with(body, UTF_8, "UTF-8 (BOM)");
    }
    if let Some(body) = bytes.strip_prefix(b"\xFF\xFE") {
        return with(body, UTF_16LE, "UTF-16LE");
    }
    if let Some(body) = bytes.strip_prefix(b"\xFE\xFF") {
        return with(body, UTF_16BE, "UTF-16BE");
    }
    if let Some(encoding) = looks_utf16(bytes) {
        return with(bytes, encoding, if encoding == UTF_16LE { "UTF-16LE" } else { "UTF-16BE" });
    }
    if bytes.is_ascii() && [b"\x1b$B".as_slice(), b"\x1b$@", b"\x1b(J"].iter().any(|escape| has(bytes, escape)) {
        return with(bytes, ISO_2022_JP, "ISO-2022-JP");
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded { text: Cow::Borrowed(text), name: "UTF-8", replaced: 0, replaced_at: Vec::new() };
    }
    let start = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    let sample = &bytes[start..bytes.len().min(start + DETECT_BYTES)];
    if is_damaged_utf8(sample) {
        return with(bytes, UTF_8, "UTF-8");
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    let guess = detector.guess(Some(b"jp"), Utf8Detection::Allow);
    let mut candidates = [(SHIFT_JIS, "CP932"), (EUC_JP, "EUC-JP"), (UTF_8, "UTF-8")];
    // The guess is counted first, so that it wins between equals and mostly is the only one counted to the end.
    candidates.sort_by_key(|(encoding, _)| *encoding != guess);
    let (mut best, mut fewest) = (candidates[0], u64::MAX);
    for candidate in candidates {
        let broken = broken_places(bytes, candidate.0, fewest);
        if broken < fewest {
            (best, fewest) = (candidate, broken);
        }
    }
    with(bytes, best.0, best.1)
}

/// UTF-8 with some broken places: at least ten whole letters for each. Text in CP932 or EUC-JP breaks at nearly every
/// letter, while UTF-8 read as CP932 often breaks nowhere.
fn is_damaged_utf8(sample: &[u8]) -> bool {
    let (mut letters, mut broken) = (0_usize, 0_usize);
    for chunk in sample.utf8_chunks() {
        letters += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    letters >= broken * 10
}

fn has(bytes: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(bytes, word).is_some()
}

/// UTF-16 without a byte order mark: zero bytes stand on one side only, often enough, and all of it decodes.
pub(super) fn looks_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(4096) & !1];
    if sample.len() < 4 {
        return None;
    }
    let (mut even, mut odd) = (0_usize, 0_usize);
    for pair in sample.chunks_exact(2) {
        even += usize::from(pair[0] == 0);
        odd += usize::from(pair[1] == 0);
    }
    let enough = sample.len() / 2 / 50 + 1;
    let encoding = match (even, odd) {
        (0, odd) if odd >= enough => UTF_16LE,
        (even, 0) if even >= enough => UTF_16BE,
        _ => return None,
    };
    (bytes.len().is_multiple_of(2) && broken_places(bytes, encoding, 1) == 0).then_some(encoding)
}

/// How many places of the bytes do not follow this encoding; counting stops at `enough`.
fn broken_places(bytes: &[u8], encoding: &'static Encoding, enough: u64) -> u64 {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut out = vec![0_u8; 64 << 10];
    let (mut at, mut broken) = (0, 0);
    while broken < enough {
        let (result, read, _) = decoder.decode_to_utf8_without_replacement(&bytes[at..], &mut out, true);
        at += read;
        match result {
            DecoderResult::InputEmpty => break,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => broken += 1,
        }
    }
    broken
}

fn with<'a>(bytes: &'a [u8], encoding: &'static Encoding, name: &'static str) -> Decoded<'a> {
    if encoding == UTF_8
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return Decoded { text: Cow::Borrowed(text), name, replaced: 0, replaced_at: Vec::new() };
    }
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 2);
    let (mut at, mut replaced, mut replaced_at) = (0, 0_u64, Vec::new());
    loop {
        let (result, read) = decoder.decode_to_string_without_replacement(&bytes[at..], &mut text, true);
        at += read;
        match result {
            DecoderResult::InputEmpty => break,
            DecoderResult::OutputFull => text.reserve((bytes.len() - at).max(1024)),
            DecoderResult::Malformed(..) => {
                if replaced_at.len() < REPLACED_KEPT {
                    replaced_at.push(text.len());
                }
                replaced += 1;
                text.push('\u{FFFD}');
            }
        }
    }
    Decoded { text: Cow::Owned(text), name, replaced, replaced_at }
}

impl Decoded<'_> {
    /// Whether so much is undecodable that this is no text: more than one place in twenty characters, or a quarter NUL.
    pub(super) fn is_noise(&self) -> bool {
        let mut sample_end = self.text.len().min(1 << 20);
        while !self.text.is_char_boundary(sample_end) {
            sample_end -= 1;
        }
        let sample = &self.text[..sample_end];
        let chars = sample.chars().count();
        let broken = sample.chars().filter(|c| *c == '\u{FFFD}').count();
        let nul = sample.chars().filter(|c| *c == '\0').count();
        (self.replaced > 0 && broken * 20 > chars) || nul * 4 > chars
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "名称,住所\n焼津市役所,静岡県焼津市本町二丁目16番32号\n髙橋①㈱～,ｼｽﾞｵｶ\n";

    #[test]
    fn japanese_encodings_are_told_apart() {
        let (cp932, _, bad) = SHIFT_JIS.encode(TEXT);
        assert!(!bad);
        assert_eq!(decode(&cp932).name, "CP932");
        assert_eq!(decode(&cp932).text, TEXT);
        let plain = "名称,住所\n焼津市役所,静岡県焼津市本町二丁目16番32号\nシズオカ\n";
        for (encoding, name) in [(EUC_JP, "EUC-JP"), (ISO_2022_JP, "ISO-2022-JP")] {
            let (bytes, _, bad) = encoding.encode(plain);
            assert!(!bad);
            assert_eq!(decode(&bytes).name, name);
            assert_eq!(decode(&bytes).text, plain);
        }
    }

    #[test]
    fn utf16_is_found_with_and_without_its_mark() {
        let le: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!((decode(&le).name, decode(&le).text.as_ref()), ("UTF-16LE", TEXT));
        assert_eq!((decode(&be).name, decode(&be).text.as_ref()), ("UTF-16BE", TEXT));
        let marked = [b"\xFF\xFE".as_slice(), &le].concat();
        assert_eq!(decode(&marked).text, TEXT);
    }

    #[test]
    fn one_broken_byte_does_not_change_the_encoding() {
        let mut bytes = TEXT.as_bytes().to_vec();
        bytes.insert(7, 0xFF);
        let decoded = decode(&bytes);
        assert_eq!((decoded.name, decoded.replaced), ("UTF-8", 1));
        assert_eq!(decoded.replaced_at, [7]);
    }

    #[test]
    fn utf8_is_borrowed_and_not_copied() {
        assert!(matches!(decode(TEXT.as_bytes()).text, Cow::Borrowed(_)));
    }
}
