//! Workbooks of Excel 97–2003 and OpenDocument made in code, record by record and element by element.

use std::io::Write as _;

/// One record of a workbook stream.
pub(super) fn record(kind: u16, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap();
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), body].concat()
}

/// Bytes of several little-endian words.
pub(super) fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A sheet of a stream: name, state (0 shown, 1 hidden, 2 very hidden), records.
pub(super) type Sheet<'a> = (&'a str, u8, Vec<Vec<u8>>);

/// A workbook stream; `unicode` for BIFF8, else BIFF5 with names in CP932.
pub(super) fn stream(unicode: bool, globals: &[Vec<u8>], sheets: &[Sheet<'_>]) -> Vec<u8> {
    let version = if unicode { 0x0600 } else { 0x0500 };
    let begin = |kind: u16| record(0x0809, &words(&[version, kind, 0, 0, 0, 0, 0, 0]));
    let listed = |offsets: &[u32]| -> Vec<u8> {
        let mut out = begin(5);
        out.extend(globals.concat());
        for ((name, state, _), offset) in sheets.iter().zip(offsets) {
            let mut body = offset.to_le_bytes().to_vec();
            body.extend([*state, 0]);
            if unicode {
                let units: Vec<u16> = name.encode_utf16().collect();
                body.extend([u8::try_from(units.len()).unwrap(), 1]);
                body.extend(words(&units));
            } else {
                let bytes = encoding_rs::SHIFT_JIS.encode(name).0.into_owned();
                body.push(u8::try_from(bytes.len()).unwrap());
                body.extend(bytes);
            }
            out.extend(record(0x0085, &body));
        }
        out.extend(record(0x000A, &[]));
        out
    };
    let mut at = listed(&vec![0; sheets.len()]).len();
    let mut parts = Vec::new();
    let mut offsets = Vec::new();
    for (_, _, records) in sheets {
        let part = [begin(0x10), records.concat(), record(0x000A, &[])].concat();
        offsets.push(u32::try_from(at).unwrap());
        at += part.len();
        parts.push(part);
    }
    let mut out = listed(&offsets);
    out.extend(parts.concat());
    out
}

/// A compound file with one stream of at least 4,096 bytes, in 512-byte sectors: tables, directory, stream.
pub(super) fn compound(name: &str, stream: &[u8]) -> Vec<u8> {
    let mut stream = stream.to_vec();
    stream.resize(stream.len().max(4_096), 0);
    let data = stream.len().div_ceil(512);
    let tables = (data + 3).div_ceil(127);
    let mut table: Vec<u32> = vec![0xFFFF_FFFD; tables];
    table.push(0xFFFF_FFFE);
    let first = u32::try_from(tables + 1).unwrap();
    table.extend((1..u32::try_from(data).unwrap()).map(|index| first + index));
    table.push(0xFFFF_FFFE);
    table.resize(tables * 128, 0xFFFF_FFFF);
    let mut head = vec![0_u8; 512];
    head[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    head[24..34].copy_from_slice(&words(&[0x3E, 3, 0xFFFE, 9, 6]));
    let mut put = |at: usize, value: u32| head[at..at + 4].copy_from_slice(&value.to_le_bytes());
    put(44, u32::try_from(tables).unwrap());
    put(48, u32::try_from(tables).unwrap());
    put(56, 4_096);
    put(60, 0xFFFF_FFFE);
    put(68, 0xFFFF_FFFE);
    (0..109).for_each(|index| {
        put(76 + index * 4, u32::try_from(index).ok().filter(|_| index < tables).unwrap_or(u32::MAX));
    });
    let entry = |name: &str, kind: u8, child: u32, start: u32, size: u64| {
        let mut entry = vec![0_u8; 128];
        let units = words(&name.encode_utf16().collect::<Vec<_>>());
        entry[..units.len()].copy_from_slice(&units);
        entry[64] = u8::try_from(units.len() + 2).unwrap();
        entry[66] = kind;
        entry[68..72].copy_from_slice(&u32::MAX.to_le_bytes());
        entry[72..76].copy_from_slice(&u32::MAX.to_le_bytes());
        entry[76..80].copy_from_slice(&child.to_le_bytes());
        entry[116..120].copy_from_slice(&start.to_le_bytes());
        entry[120..128].copy_from_slice(&size.to_le_bytes());
        entry
    };
    let mut out = head;
    out.extend(table.iter().flat_map(|number| number.to_le_bytes()));
    out.extend(entry("Root Entry", 5, 1, 0xFFFF_FFFE, 0));
    out.extend(entry(name, 2, u32::MAX, first, stream.len() as u64));
    out.extend(vec![0; 256]);
    out.extend(&stream);
    out.resize(out.len().div_ceil(512) * 512, 0);
    out
}

/// A cell of a number.
pub(super) fn number(row: u16, column: u16, style: u16, value: f64) -> Vec<u8> {
    record(0x0203, &[words(&[row, column, style]), value.to_le_bytes().to_vec()].concat())
}

/// A cell of text in letters of two bytes (BIFF8, LABEL).
pub(super) fn label(row: u16, column: u16, text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let count = u16::try_from(units.len()).unwrap();
    record(0x0204, &[words(&[row, column, 0, count]), vec![1], words(&units)].concat())
}

/// An OpenDocument spreadsheet of these sheets, with automatic styles before them.
pub(super) fn ods(styles: &str, tables: &str) -> Vec<u8> {
    ods_of(&content(styles, tables), &[])
}

/// The content of such a spreadsheet.
pub(super) fn content(styles: &str, tables: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:draw="d" xmlns:xlink="x" xmlns:calcext="c"><office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"#
    )
}

/// A packed document of this content and these other parts.
pub(super) fn ods_of(content: &str, others: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let usual = [("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", content)];
    for (name, text) in usual.iter().chain(others) {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
