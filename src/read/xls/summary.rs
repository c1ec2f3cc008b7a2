//! The document's properties ([MS-OLEPS]): whether they hold names of people and offices.

use super::compound::Compound;
use super::little::u32_at;

/// Streams of properties with the ids that hold names ([MS-OSHARED] 2.3.3.2), in Japanese and English.
type Named = (u32, &'static str, &'static str);
const STREAMS: [(&str, [Named; 2]); 2] = [
    ("\u{5}SummaryInformation", [(4, "作成者", "creator"), (8, "最終更新者", "last modified by")]),
    ("\u{5}DocumentSummaryInformation", [(14, "管理者", "manager"), (15, "会社名", "company")]),
];

/// Properties of one set; the standard names 27 and programs add few.
const PROPERTIES: usize = 200;

/// Which names the properties hold. Properties that cannot be read hold none: they are no values.
pub(super) fn authors(file: &Compound<'_>) -> (Vec<&'static str>, Vec<&'static str>) {
    let mut found = (Vec::new(), Vec::new());
    for (stream, wanted) in STREAMS {
        let Ok(Some(bytes)) = file.stream(stream) else { continue };
        for (id, ja, en) in wanted {
            if has_text(&bytes, id) == Some(true) {
                found.0.push(ja);
                found.1.push(en);
            }
        }
    }
    found
}

/// Whether the first property set has a text of this id that is not blank. `None` where the set is broken.
fn has_text(bytes: &[u8], wanted: u32) -> Option<bool> {
    let set = bytes.get(u32_at(bytes, 44)? as usize..)?;
    let count = (u32_at(set, 4)? as usize).min(PROPERTIES);
    let ids = (0..count).map(|index| 8 + index * 8);
    let mut places = ids.filter(|at| u32_at(set, *at) == Some(wanted)).filter_map(|at| u32_at(set, at + 4));
    let Some(at) = places.next() else { return Some(false) };
    let value = set.get(at as usize..)?;
    let bytes_each = match u32_at(value, 0)? {
        0x1E => 1,
        0x1F => 2,
        _ => return Some(false),
    };
    let length = (u32_at(value, 4)? as usize).saturating_mul(bytes_each);
    let text = value.get(8..8_usize.saturating_add(length).min(value.len()))?;
    Some(text.iter().any(|byte| *byte > b' '))
}
