//! Bytes of a text file to text: which encoding, and where it could not be followed.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, DecoderResult, EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

use super::evidence::{Forget, Utf8Evidence, broken_in_pieces, broken_places, is_japanese, looks};

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
pub(super) const REPLACED_KEPT: usize = 1_000;

/// Bytes given to the statistical detector. Names and addresses decide it within some kilobytes.
const DETECT_BYTES: usize = 1 << 20;

/// Which encoding a file is in, and how it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice {
    /// The encoding.
    pub(super) encoding: &'static Encoding,
    /// Its name for people.
    pub(super) name: &'static str,
    /// Bytes of the byte order mark.
    pub(super) start: usize,
    /// Whether single lines of the file may be in UTF-8.
    pub(super) by_lines: bool,
}

impl Choice {
    fn new(encoding: &'static Encoding, name: &'static str, start: usize) -> Self {
        Self { encoding, name, start, by_lines: false }
    }
}

/// Chooses the encoding of a file of text in columns. Order of evidence: byte order mark, the zero bytes of UTF-16, the
/// escapes of ISO-2022-JP, strict UTF-8; then UTF-8 where most of the Japanese is written in it; else the Japanese
/// encoding with the fewest undecodable places, the detector deciding between equals. Lines in UTF-8 inside of such a
/// file count as undecodable places.
pub(super) fn choose(bytes: &[u8], forget: Forget<'_>) -> Choice {
    // A letter of CP932 or EUC-JP has at most two bytes that are not ASCII.
    choose_by(bytes, 2, forget)
}

/// Decodes JSON, which is UTF-8 by its standard: another encoding needs nearly everything to speak for it.
pub(super) fn decode_json<'a>(bytes: &'a [u8], forget: Forget<'_>) -> Decoded<'a> {
    // EUC-JP makes about one letter of UTF-8 in ten letters (twenty bytes) by chance, CP932 hardly any.
    decode_as(bytes, choose_by(bytes, 8, forget))
}

/// Decodes a whole file that is held or small.
pub(super) fn decode(bytes: &[u8]) -> Decoded<'_> {
    decode_as(bytes, choose(bytes, &|_| ()))
}

fn decode_as(bytes: &[u8], choice: Choice) -> Decoded<'_> {
    let body = &bytes[choice.start..];
    if choice.by_lines {
        by_lines(body, choice.encoding, choice.name)
    } else {
        with(body, choice.encoding, choice.name)
    }
}

/// `weight`: bytes in other encodings that one letter in UTF-8 outweighs.
fn choose_by(bytes: &[u8], weight: usize, forget: Forget<'_>) -> Choice {
    for (mark, encoding, name) in [
        (b"\xEF\xBB\xBF".as_slice(), UTF_8, "UTF-8 (BOM)"),
        (b"\xFF\xFE", UTF_16LE, "UTF-16LE"),
        (b"\xFE\xFF", UTF_16BE, "UTF-16BE"),
    ] {
        if bytes.starts_with(mark) {
            return Choice::new(encoding, name, mark.len());
        }
    }
    if let Some(encoding) = looks_utf16(bytes, forget) {
        return Choice::new(encoding, if encoding == UTF_16LE { "UTF-16LE" } else { "UTF-16BE" }, 0);
    }
    let look = looks(bytes, forget);
    if look.escapes && look.is_ascii {
        return Choice::new(ISO_2022_JP, "ISO-2022-JP", 0);
    }
    if look.is_utf8 {
        return Choice::new(UTF_8, "UTF-8", 0);
    }
    let start = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    let sample = &bytes[start..bytes.len().min(start + DETECT_BYTES)];
    let japanese = look.evidence;
    if japanese.outweighs(weight) || is_damaged_utf8(sample) {
        return Choice::new(UTF_8, "UTF-8", 0);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    let guess = detector.guess(Some(b"jp"), Utf8Detection::Allow);
    let mut candidates = [(SHIFT_JIS, "CP932"), (EUC_JP, "EUC-JP"), (UTF_8, "UTF-8")];
    // The guess is counted first, so that it wins between equals and mostly is the only one counted to the end.
    candidates.sort_by_key(|(encoding, _)| *encoding != guess);
    let (mut best, mut fewest) = (candidates[0], u64::MAX);
    for candidate in candidates {
        let broken = broken_in_pieces(bytes, candidate.0, fewest, forget);
        if broken < fewest {
            (best, fewest) = (candidate, broken);
        }
    }
    let by_lines = best.0 != UTF_8 && japanese.lines > 0;
    Choice { by_lines, ..Choice::new(best.0, best.1, 0) }
}

/// Decodes a file of another encoding whose lines may be UTF-8 here and there.
fn by_lines(bytes: &[u8], encoding: &'static Encoding, name: &'static str) -> Decoded<'static> {
    let mut all = Decoded { text: Cow::Borrowed(""), name, replaced: 0, replaced_at: Vec::new(), foreign: 0 };
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 2);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        push_line(line, encoding, &mut text, &mut |text, is_foreign| {
            all.replace(text);
            all.foreign += u64::from(is_foreign);
        });
    }
    Decoded { text: Cow::Owned(text), ..all }
}

/// Decodes one line that may be UTF-8. Such a line would decode to mojibake without a broken place (`名称` as CP932 is
/// `蜷咲ｧｰ`), so each of its letters is replaced; `replace` does that and hears whether it was one.
pub(super) fn push_line(
    line: &[u8],
    encoding: &'static Encoding,
    text: &mut String,
    replace: &mut dyn FnMut(&mut String, bool),
) {
    if Utf8Evidence::of_line(line).is_utf8_line() {
        for letter in line
            .utf8_chunks()
            .flat_map(|chunk| chunk.valid().chars().chain((!chunk.invalid().is_empty()).then_some('\u{FFFD}')))
        {
            if letter.is_ascii() {
                text.push(letter);
            } else {
                replace(text, true);
            }
        }
    } else {
        let mut decoder = encoding.new_decoder_without_bom_handling();
        push_decoded(&mut decoder, line, true, text, &mut |text| replace(text, false));
    }
}

/// Decodes some bytes to the end of a text; `replace` is called for each place that cannot be.
pub(super) fn push_decoded(
    decoder: &mut Decoder,
    bytes: &[u8],
    is_last: bool,
    text: &mut String,
    replace: &mut dyn FnMut(&mut String),
) {
    let mut at = 0;
    text.reserve(bytes.len() + bytes.len() / 2 + 16);
    loop {
        let (result, read) = decoder.decode_to_string_without_replacement(&bytes[at..], text, is_last);
        at += read;
        match result {
            DecoderResult::InputEmpty => break,
            DecoderResult::OutputFull => text.reserve((bytes.len() - at).max(1024)),
            DecoderResult::Malformed(..) => replace(text),
        }
    }
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

/// The first letters of a file in UTF-16; `None` where it is in anything else.
pub(super) fn utf16_head(bytes: &[u8]) -> Option<String> {
    let (body, encoding) = if let Some(body) = bytes.strip_prefix(b"\xFF\xFE") {
        (body, UTF_16LE)
    } else if let Some(body) = bytes.strip_prefix(b"\xFE\xFF") {
        (body, UTF_16BE)
    } else {
        (bytes, looks_utf16(bytes, &|_| ())?)
    };
    Some(with(&body[..body.len().min(8192)], encoding, "").text.into_owned())
}

/// UTF-16 without a byte order mark: zero bytes stand on one side only, often enough, beside most commas and line ends,
/// and nearly all of it decodes. A byte too much at the end or half a pair of surrogates leaves it UTF-16.
fn looks_utf16(bytes: &[u8], forget: Forget<'_>) -> Option<&'static Encoding> {
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
    (paired * 2 >= separators && broken_places(bytes, 0..bytes.len(), encoding, allowed + 1, forget) <= allowed)
        .then_some(encoding)
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
    let mut text = String::new();
    push_decoded(&mut decoder, bytes, true, &mut text, &mut |text| decoded.replace(text));
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

    /// Whether this is no text: [`is_noise`].
    pub(super) fn is_noise(&self) -> bool {
        is_noise(&self.text, self.name, self.replaced, self.foreign)
    }
}

/// Whether so much is undecodable that this is no text: more than one place in twenty characters, or a quarter NUL.
/// Rows of another encoding (`foreign` of the `replaced` places) do not make a file noise whose Japanese stands in UTF-8
/// otherwise: no noise is that.
pub(super) fn is_noise(text: &str, name: &str, replaced: u64, foreign: u64) -> bool {
    let mut sample_end = text.len().min(1 << 20);
    while !text.is_char_boundary(sample_end) {
        sample_end -= 1;
    }
    let sample = &text[..sample_end];
    let chars = sample.chars().count();
    let broken = sample.chars().filter(|c| *c == '\u{FFFD}').count();
    let broken = broken.saturating_sub(usize::try_from(foreign).unwrap_or(usize::MAX));
    let nul = sample.chars().filter(|c| *c == '\0').count();
    let japanese = || sample.chars().filter(|c| is_japanese(*c)).count();
    let mostly_utf8 = || name.starts_with("UTF-8") && japanese() >= broken;
    (replaced > 0 && broken * 20 > chars && !mostly_utf8()) || nul * 4 > chars
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
