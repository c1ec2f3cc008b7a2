//! The text of an XML file: byte order mark, then its declaration, held against what the bytes really are.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::Document;
use crate::read::encoding::{self, Decoded};

/// Bytes in which an XML declaration stands; the longest with all its attributes has about eighty.
const DECLARATION_BYTES: usize = 256;

/// Decodes an XML file. The byte order mark decides, then the declaration; where its bytes contradict it, they do.
pub(in crate::read) fn decode(bytes: &[u8]) -> Document<'_> {
    let sure = |decoded| Document { decoded, declared_wrongly: None };
    if let Some(body) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return sure(encoding::with(body, UTF_8, "UTF-8 (BOM)"));
    }
    for (mark, head, encoding, name) in
        [(b"\xFF\xFE", b"<\0", UTF_16LE, "UTF-16LE"), (b"\xFE\xFF", b"\0<", UTF_16BE, "UTF-16BE")]
    {
        if let Some(body) = bytes.strip_prefix(mark) {
            return sure(encoding::with(body, encoding, name));
        }
        if bytes.starts_with(head) {
            return sure(encoding::with(bytes, encoding, name));
        }
    }
    let declared = declaration(bytes);
    let known = declared.as_deref().and_then(|label| Encoding::for_label(label.as_bytes()));
    let is_utf8 = std::str::from_utf8(bytes).is_ok();
    match known {
        // UTF-16 without its zero bytes is none; what the detector says stands.
        Some(encoding) if encoding != UTF_8 && encoding != UTF_16LE && encoding != UTF_16BE => {
            // Japanese text of another encoding is hardly ever valid UTF-8.
            if is_utf8 && !bytes.is_ascii() {
                return Document { decoded: encoding::with(bytes, UTF_8, "UTF-8"), declared_wrongly: declared };
            }
            let as_declared = encoding::with(bytes, encoding, shown(encoding));
            if as_declared.replaced == 0 {
                return sure(as_declared);
            }
            let guessed = encoding::decode(bytes);
            if guessed.replaced < as_declared.replaced {
                return wrong(guessed, declared);
            }
            sure(as_declared)
        }
        _ if is_utf8 => sure(encoding::with(bytes, UTF_8, "UTF-8")),
        _ => wrong(encoding::decode(bytes), declared.or_else(|| Some("UTF-8".to_owned()))),
    }
}

fn wrong(decoded: Decoded<'_>, declared: Option<String>) -> Document<'_> {
    // Damaged UTF-8 is UTF-8 all the same; its broken places are told by their number.
    let is_other = !declared.as_deref().is_some_and(|declared| decoded.name.eq_ignore_ascii_case(declared));
    Document { decoded, declared_wrongly: declared.filter(|_| is_other) }
}

/// The name for people, as the other readers write it.
fn shown(encoding: &'static Encoding) -> &'static str {
    match encoding.name() {
        "Shift_JIS" => "CP932",
        other => other,
    }
}

/// The encoding the XML declaration states.
fn declaration(bytes: &[u8]) -> Option<String> {
    let head = bytes.trim_ascii_start();
    let head = head.get(..DECLARATION_BYTES).unwrap_or(head).strip_prefix(b"<?xml")?;
    let head = head.get(..memchr::memmem::find(head, b"?>")?)?;
    let text = std::str::from_utf8(head).ok()?;
    let value = text.get(text.find("encoding")? + 8..)?.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let value = value.get(1..)?;
    Some(value.get(..value.find(quote)?)?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_followed_unless_the_bytes_contradict_them() {
        let body = "<kml><name>避難所の位置、①㈱</name></kml>";
        for (label, name) in [("Shift_JIS", "CP932"), ("windows-31j", "CP932"), ("EUC-JP", "EUC-JP")] {
            let text = format!("<?xml version='1.0' encoding='{label}'?>{body}");
            let encoding = Encoding::for_label(label.as_bytes()).expect("a known label");
            let (bytes, _, _) = encoding.encode(&text);
            let document = decode(&bytes);
            assert_eq!((document.decoded.name, document.declared_wrongly.is_none()), (name, true), "{label}");
            let document = decode(text.as_bytes());
            assert_eq!(
                (document.decoded.name, document.declared_wrongly.as_deref(), document.decoded.text.as_ref()),
                ("UTF-8", Some(label), text.as_str())
            );
        }
        let (cp932, _, _) = encoding_rs::SHIFT_JIS.encode(body);
        let document = decode(&cp932);
        assert_eq!((document.decoded.name, document.declared_wrongly.as_deref()), ("CP932", Some("UTF-8")));
    }

    #[test]
    fn utf16_is_known_by_its_mark_or_its_first_letter() {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><kml/>";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (bytes, name) in
            [(le.clone(), "UTF-16LE"), (be, "UTF-16BE"), ([b"\xFF\xFE".as_slice(), &le].concat(), "UTF-16LE")]
        {
            let document = decode(&bytes);
            assert_eq!((document.decoded.name, document.decoded.text.as_ref()), (name, text));
        }
        assert_eq!(decode(text.as_bytes()).decoded.name, "UTF-8");
    }
}
