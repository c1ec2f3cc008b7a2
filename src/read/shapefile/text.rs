//! The encoding of a `.dbf`: what is declared, and what the bytes say.

use encoding_rs::{DecoderResult, EUC_JP, Encoding, SHIFT_JIS, UTF_8};

use super::dbf::Table;

/// The encoding to read a table in.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    /// The encoding.
    pub(super) encoding: &'static Encoding,
    /// Its name for people.
    pub(super) name: &'static str,
    /// What the `.cpg` or the language driver declares, where the content says otherwise.
    pub(super) declared_wrongly: Option<String>,
}

const CANDIDATES: [(&Encoding, &str); 3] = [(SHIFT_JIS, "CP932"), (UTF_8, "UTF-8"), (EUC_JP, "EUC-JP")];

/// Chooses by `.cpg`, else language driver, else CP932 – and follows the content where it contradicts them.
pub(super) fn choose(table: &Table<'_>, cpg: Option<&[u8]>) -> Chosen {
    let stated =
        cpg.map(|bytes| String::from_utf8_lossy(bytes).trim_matches(|c: char| !c.is_ascii_graphic()).to_owned());
    let stated = stated.filter(|text| !text.is_empty());
    let by_cpg = stated.as_deref().and_then(by_name);
    // Language drivers of Japanese: 0x13 is code page 932 of DOS, 0x7B that of Windows.
    let by_driver = if matches!(table.language, 0x13 | 0x7B) { Some((SHIFT_JIS, "CP932")) } else { None };
    let declared = by_cpg.or(by_driver);
    let (first, first_name) = declared.unwrap_or(CANDIDATES[0]);
    let plain = Chosen { encoding: first, name: first_name, declared_wrongly: None };
    let mut evidence = Evidence::default();
    for (bytes, full) in table.texts().chain(table.fields.iter().map(|field| (name_bytes(field.raw_name), true))) {
        if !bytes.is_ascii() {
            evidence.add(bytes, full);
        }
    }
    if evidence.places == 0 {
        return plain;
    }
    let broken = |encoding: &Encoding| {
        let index = CANDIDATES.iter().position(|(candidate, _)| *candidate == encoding).unwrap_or(0);
        evidence.broken[index]
    };
    // Japanese text in CP932 is hardly ever valid UTF-8, least of all with its sequences of three bytes.
    let surely_utf8 = broken(UTF_8) == 0 && (evidence.three_bytes || broken(first) > 0);
    let (encoding, name) = if surely_utf8 {
        (UTF_8, "UTF-8")
    } else {
        let order = std::iter::once((first, first_name)).chain(CANDIDATES);
        order.min_by_key(|(encoding, _)| broken(encoding)).unwrap_or((first, first_name))
    };
    // A name that is no encoding of Japanese is wrong too, where there is Japanese.
    let wrong = match (by_cpg, &stated) {
        (None, Some(_)) => true,
        _ => declared.is_some() && encoding != first,
    };
    let said = if stated.is_some() { stated } else { Some(format!("LDID 0x{:02X}", table.language)) };
    Chosen { encoding, name, declared_wrongly: said.filter(|_| wrong) }
}

/// What the texts of a table say about each candidate.
#[derive(Default)]
struct Evidence {
    places: u64,
    broken: [u64; 3],
    three_bytes: bool,
}

impl Evidence {
    fn add(&mut self, bytes: &[u8], full: bool) {
        self.places += 1;
        for (broken, (encoding, _)) in self.broken.iter_mut().zip(CANDIDATES) {
            *broken += broken_places(bytes, full, encoding, |_| {});
        }
        self.three_bytes |= bytes.iter().any(|byte| (0xE0..=0xEF).contains(byte));
    }
}

fn name_bytes(raw: &[u8]) -> &[u8] {
    let end = raw.iter().position(|byte| *byte == 0).unwrap_or(raw.len());
    raw[..end].trim_ascii()
}

/// A column's name. Names have at most ten bytes, so the last letter may be cut in half; the half is left out.
pub(super) fn name(raw: &[u8], encoding: &'static Encoding) -> String {
    let mut name = String::new();
    broken_places(name_bytes(raw), true, encoding, |piece| name.push_str(piece));
    name
}

/// Decodes a cell onto `out`. A letter cut in half by the end of a full column is left out. Gives the number of places
/// that could not be decoded, the half letter among them.
pub(super) fn decode(bytes: &[u8], full: bool, encoding: &'static Encoding, out: &mut String) -> u64 {
    if bytes.is_ascii() {
        out.extend(bytes.iter().map(|byte| char::from(*byte)));
        return 0;
    }
    let before = out.len();
    let broken = broken_places(bytes, full, encoding, |piece| out.push_str(piece));
    let half = full && before < out.len() && broken == 0 && broken_places(bytes, false, encoding, |_| {}) > 0;
    broken + u64::from(half)
}

/// Counts undecodable places and gives the text in pieces, U+FFFD for each place. In a full column an incomplete letter
/// at the very end is neither counted nor given.
fn broken_places(bytes: &[u8], full: bool, encoding: &'static Encoding, mut piece: impl FnMut(&str)) -> u64 {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut buffer = [0_u8; 512];
    let (mut at, mut broken) = (0, 0);
    loop {
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(&bytes[at..], &mut buffer, true);
        at += read;
        piece(std::str::from_utf8(&buffer[..written]).unwrap_or_default());
        match result {
            DecoderResult::InputEmpty => return broken,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) if full && at == bytes.len() => return broken,
            DecoderResult::Malformed(..) => {
                broken += 1;
                piece("\u{FFFD}");
            }
        }
    }
}

/// The encoding a `.cpg` names, in the many ways programs write it.
fn by_name(stated: &str) -> Option<(&'static Encoding, &'static str)> {
    let folded: String = stated.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    match folded.as_str() {
        "UTF8" | "65001" | "CP65001" => Some((UTF_8, "UTF-8")),
        "SHIFTJIS" | "SJIS" | "XSJIS" | "MSKANJI" | "CP932" | "932" | "ANSI932" | "OEM932" | "MS932" | "WINDOWS31J"
        | "WINDOWS932" | "LDID19" | "LDID123" => Some((SHIFT_JIS, "CP932")),
        "EUCJP" | "EUC" | "CP51932" | "51932" | "20932" | "EUCJP0" => Some((EUC_JP, "EUC-JP")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_names_are_read_in_their_many_spellings() {
        for (stated, expected) in [
            ("Shift_JIS", "CP932"),
            ("SJIS", "CP932"),
            ("OEM 932", "CP932"),
            ("ANSI 932", "CP932"),
            ("utf8", "UTF-8"),
            ("UTF-8", "UTF-8"),
            ("EUC-JP", "EUC-JP"),
        ] {
            assert_eq!(by_name(stated).map(|(_, name)| name), Some(expected), "{stated}");
        }
        assert_eq!(by_name("1252"), None);
    }

    #[test]
    fn names_cut_inside_a_letter_lose_the_half() {
        let (bytes, _, _) = SHIFT_JIS.encode("異常気象名");
        assert_eq!(name(&bytes[..9], SHIFT_JIS), "異常気象");
        let mut padded = bytes[..7].to_vec();
        padded.extend([0; 4]);
        assert_eq!(name(&padded, SHIFT_JIS), "異常気");
        assert_eq!(name("避難所".as_bytes().get(..8).unwrap(), UTF_8), "避難");
    }

    #[test]
    fn a_half_letter_at_the_end_of_a_full_column_is_counted_once() {
        let (bytes, _, _) = SHIFT_JIS.encode("10cm程度");
        let mut out = String::new();
        assert_eq!(decode(&bytes[..7], true, SHIFT_JIS, &mut out), 1);
        assert_eq!(out, "10cm程");
        out.clear();
        assert_eq!(decode(&bytes[..7], false, SHIFT_JIS, &mut out), 1);
        assert_eq!(out, "10cm程\u{FFFD}");
    }
}
