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
    /// How many of them are letters of another encoding and not noise.
    foreign: u64,
}

/// Replaced places whose row is told; beyond them only their number is. Ten screens of a hundred lines.
const REPLACED_KEPT: usize = 1_000;

/// Bytes given to the statistical detector. Names and addresses decide it within some kilobytes.
const DETECT_BYTES: usize = 1 << 20;

/// Decodes a whole file. Order of evidence: byte order mark, the zero bytes of UTF-16, the escapes of ISO-2022-JP, strict
/// UTF-8; then UTF-8 where most of the Japanese is written in it; else the Japanese encoding with the fewest undecodable
/// places, the detector deciding between equals. Lines in UTF-8 inside of such a file count as undecodable places.
pub(super) fn decode(bytes: &[u8]) -> Decoded<'_> {
    // A letter of CP932 or EUC-JP has at most two bytes that are not ASCII.
    decode_as(bytes, 2)
}

/// Decodes JSON, which is UTF-8 by its standard: another encoding needs nearly everything to speak for it.
pub(super) fn decode_json(bytes: &[u8]) -> Decoded<'_> {
    // EUC-JP makes about one letter of UTF-8 in ten letters (twenty bytes) by chance, CP932 hardly any.
    decode_as(bytes, 8)
}

/// `weight`: bytes in other encodings that one letter in UTF-8 outweighs.
fn decode_as(bytes: &[u8], weight: usize) -> Decoded<'_> {
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
        return Decoded { text: Cow::Borrowed(text), name: "UTF-8", replaced: 0, replaced_at: Vec::new(), foreign: 0 };
    }
    let start = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    let sample = &bytes[start..bytes.len().min(start + DETECT_BYTES)];
    let japanese = Utf8Evidence::of(bytes);
    if japanese.outweighs(weight) || is_damaged_utf8(sample) {
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
    if best.0 != UTF_8 && japanese.letters > 0 { by_lines(bytes, best.0, best.1) } else { with(bytes, best.0, best.1) }
}

/// What in some bytes speaks for UTF-8, and what against it.
struct Utf8Evidence {
    /// Whole Japanese letters in UTF-8. Text in CP932 forms them by chance almost never: it needs a letter of the second
    /// level and two bytes of one quarter of all bytes after it.
    letters: usize,
    /// Bytes that are neither ASCII nor part of such a letter.
    other_bytes: usize,
}

impl Utf8Evidence {
    fn of(bytes: &[u8]) -> Self {
        let mut evidence = Self { letters: 0, other_bytes: 0 };
        for chunk in bytes.utf8_chunks() {
            for letter in chunk.valid().chars().filter(|letter| !letter.is_ascii()) {
                if is_japanese(letter) {
                    evidence.letters += 1;
                } else {
                    evidence.other_bytes += letter.len_utf8();
                }
            }
            evidence.other_bytes += chunk.invalid().len();
        }
        evidence
    }

    fn outweighs(&self, weight: usize) -> bool {
        self.letters > 0 && self.letters.saturating_mul(weight) >= self.other_bytes
    }
}

/// Kana, kanji, their punctuation and widths: all of three bytes or four.
fn is_japanese(letter: char) -> bool {
    matches!(letter,
        '\u{2010}'..='\u{27BF}' | '\u{3000}'..='\u{30FF}' | '\u{3200}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
            | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{2FFFF}')
}

/// Decodes a file of another encoding whose lines may be UTF-8 here and there. Such a line would decode to mojibake
/// without a broken place (`名称` as CP932 is `蜷咲ｧｰ`), so each of its letters counts as undecodable.
fn by_lines(bytes: &[u8], encoding: &'static Encoding, name: &'static str) -> Decoded<'static> {
    let mut all = Decoded { text: Cow::Borrowed(""), name, replaced: 0, replaced_at: Vec::new(), foreign: 0 };
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 2);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let evidence = Utf8Evidence::of(line);
        // Two letters, since one may be chance; and nothing else beside them, or nearly.
        if evidence.letters >= 2 && evidence.letters > evidence.other_bytes {
            for letter in line
                .utf8_chunks()
                .flat_map(|chunk| chunk.valid().chars().chain((!chunk.invalid().is_empty()).then_some('\u{FFFD}')))
            {
                if letter.is_ascii() {
                    text.push(letter);
                } else {
                    all.replace(&mut text);
                    all.foreign += 1;
                }
            }
        } else {
            let piece = with(line, encoding, name);
            let room = REPLACED_KEPT.saturating_sub(all.replaced_at.len());
            all.replaced_at.extend(piece.replaced_at.iter().take(room).map(|at| text.len() + at));
            all.replaced += piece.replaced;
            text.push_str(&piece.text);
        }
    }
    Decoded { text: Cow::Owned(text), ..all }
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

/// The first letters of a file in UTF-16; `None` where it is in anything else.
pub(super) fn utf16_head(bytes: &[u8]) -> Option<String> {
    let (body, encoding) = if let Some(body) = bytes.strip_prefix(b"\xFF\xFE") {
        (body, UTF_16LE)
    } else if let Some(body) = bytes.strip_prefix(b"\xFE\xFF") {
        (body, UTF_16BE)
    } else {
        (bytes, looks_utf16(bytes)?)
    };
    Some(with(&body[..body.len().min(8192)], encoding, "").text.into_owned())
}

/// UTF-16 without a byte order mark: zero bytes stand on one side only, often enough, beside most commas and line ends,
/// and nearly all of it decodes. A byte too much at the end or half a pair of surrogates leaves it UTF-16.
fn looks_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(4096) & !1];
    if sample.len() < 4 {
        return None;
    }
    let (mut even, mut odd) = (0_usize, 0_usize);
    let (mut separators, mut paired) = (0_usize, 0_usize);
    for pair in sample.chunks_exact(2) {
        for (byte, beside) in [(pair[0], pair[1]), (pair[1], pair[0])] {
            let separates = matches!(byte, b',' | b'\t' | b'\n');
            separators += usize::from(separates);
            paired += usize::from(separates && beside == 0);
        }
        even += usize::from(pair[0] == 0);
        odd += usize::from(pair[1] == 0);
    }
    let enough = sample.len() / 2 / 50 + 1;
    let encoding = match (even, odd) {
        (0, odd) if odd >= enough => UTF_16LE,
        (even, 0) if even >= enough => UTF_16BE,
        _ => return None,
    };
    // One broken place in fifty letters: a file shifted by one byte breaks far more often, as does anything else.
    let allowed = (bytes.len() / 2 / 50 + 1) as u64;
    (paired * 2 >= separators && broken_places(bytes, encoding, allowed + 1) <= allowed).then_some(encoding)
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

/// Decodes bytes whose encoding is known. A byte order mark is no part of them any more.
pub(super) fn with<'a>(bytes: &'a [u8], encoding: &'static Encoding, name: &'static str) -> Decoded<'a> {
    if encoding == UTF_8
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return Decoded { text: Cow::Borrowed(text), name, replaced: 0, replaced_at: Vec::new(), foreign: 0 };
    }
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut decoded = Decoded { text: Cow::Borrowed(""), name, replaced: 0, replaced_at: Vec::new(), foreign: 0 };
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 2);
    let mut at = 0;
    loop {
        let (result, read) = decoder.decode_to_string_without_replacement(&bytes[at..], &mut text, true);
        at += read;
        match result {
            DecoderResult::InputEmpty => break,
            DecoderResult::OutputFull => text.reserve((bytes.len() - at).max(1024)),
            DecoderResult::Malformed(..) => decoded.replace(&mut text),
        }
    }
    Decoded { text: Cow::Owned(text), ..decoded }
}

impl Decoded<'_> {
    /// Puts U+FFFD at the end of the text for one more place that could not be decoded.
    fn replace(&mut self, text: &mut String) {
        if self.replaced_at.len() < REPLACED_KEPT {
            self.replaced_at.push(text.len());
        }
        self.replaced += 1;
        text.push('\u{FFFD}');
    }

    /// Whether so much is undecodable that this is no text: more than one place in twenty characters, or a quarter NUL.
    /// Rows of another encoding do not make a file noise whose Japanese stands in UTF-8 otherwise: no noise is that.
    pub(super) fn is_noise(&self) -> bool {
        let mut sample_end = self.text.len().min(1 << 20);
        while !self.text.is_char_boundary(sample_end) {
            sample_end -= 1;
        }
        let sample = &self.text[..sample_end];
        let chars = sample.chars().count();
        let broken = sample.chars().filter(|c| *c == '\u{FFFD}').count();
        let broken = broken.saturating_sub(usize::try_from(self.foreign).unwrap_or(usize::MAX));
        let nul = sample.chars().filter(|c| *c == '\0').count();
        let japanese = || sample.chars().filter(|c| is_japanese(*c)).count();
        let mostly_utf8 = || self.name.starts_with("UTF-8") && japanese() >= broken;
        (self.replaced > 0 && broken * 20 > chars && !mostly_utf8()) || nul * 4 > chars
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
