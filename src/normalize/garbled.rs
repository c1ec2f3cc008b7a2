//! Text that somebody decoded wrongly before us: 名称 in UTF-8, taken for CP932 and saved again, is 蜷咲ｧｰ.

use encoding_rs::{Encoding, SHIFT_JIS, WINDOWS_1252};

use crate::model::finding::{Finding, FindingCode, Place};

/// Encodings that UTF-8 is taken for.
const TAKEN_FOR: [&Encoding; 2] = [SHIFT_JIS, WINDOWS_1252];
/// Fewest letters of the headers together that are judged: by chance two letters may well make another one.
const MIN_LETTERS: usize = 4;

/// Says that the headers of a table are garbled, with what they seem to have been.
pub(super) fn garbled(headers: &[String], sheet: Option<&str>) -> Option<Finding> {
    let letters = headers.iter().flat_map(|header| header.chars()).filter(|letter| !letter.is_ascii()).count();
    if letters < MIN_LETTERS {
        return None;
    }
    let encoding = TAKEN_FOR.into_iter().find(|encoding| is_of(encoding, headers))?;
    let first = headers.iter().find(|header| !header.is_ascii())?;
    let place = Place { sheet: sheet.map(str::to_owned), ..Place::default() };
    Some(Finding::new(FindingCode::TextGarbled, place, first, "").proposed(undone(encoding, first)))
}

/// Whether most bytes of the headers in this encoding are Japanese in UTF-8. What cannot be written in it was lost, and
/// is left out.
fn is_of(encoding: &'static Encoding, headers: &[String]) -> bool {
    let (mut japanese, mut others) = (0_usize, 0_usize);
    for header in headers {
        let bytes = bytes(encoding, header);
        for chunk in bytes.utf8_chunks() {
            let wide = chunk.valid().chars().filter(|letter| !letter.is_ascii());
            for letter in wide {
                let is_japanese =
                    matches!(letter, '\u{3001}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}' | '\u{FF01}'..='\u{FF9F}');
                *(if is_japanese { &mut japanese } else { &mut others }) += letter.len_utf8();
            }
            others += chunk.invalid().len();
        }
    }
    japanese > 0 && japanese * 10 >= (japanese + others) * 6
}

/// The bytes of a text in an encoding, letters that it does not have left out.
fn bytes(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for letter in text.chars() {
        let mut place = [0; 4];
        let (bytes, _, is_lost) = encoding.encode(letter.encode_utf8(&mut place));
        if !is_lost {
            out.extend_from_slice(&bytes);
        }
    }
    out
}

fn undone(encoding: &'static Encoding, text: &str) -> String {
    String::from_utf8_lossy(&bytes(encoding, text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<String> {
        let headers: Vec<String> = text.split(',').map(str::to_owned).collect();
        garbled(&headers, None).map(|finding| finding.message_ja())
    }

    #[test]
    fn text_taken_for_another_encoding_is_named() {
        for encoding in TAKEN_FOR {
            let (garbled, _) = encoding.decode_without_bom_handling("施設名称,所在地住所,電話番号".as_bytes());
            assert!(found(&garbled).is_some_and(|message| message.contains("文字化け")), "{garbled}");
        }
        for right in [
            "名称,住所,電話番号",
            "ﾒｲｼｮｳ,ｼﾞｭｳｼｮ,TEL",
            "施設名称（カナ）,①備考",
            "name,address",
            "café,naïve,Ärzte,Öl",
            "蜷",
        ] {
            assert_eq!(found(right), None, "{right}");
        }
    }
}
