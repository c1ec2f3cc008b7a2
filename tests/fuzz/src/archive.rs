//! Archives and several files out of one input.

/// Cuts one input into parts at a mark that mutations can move, copy and lose.
pub(crate) fn parts(data: &[u8]) -> Vec<&[u8]> {
    const MARK: &[u8] = b"\n--8<--\n";
    let mut parts = Vec::new();
    let mut rest = data;
    while let Some(at) = rest.windows(MARK.len()).position(|window| window == MARK) {
        parts.push(&rest[..at]);
        rest = &rest[at + MARK.len()..];
    }
    parts.push(rest);
    parts
}

/// A zip archive of stored entries, so that mutations reach the parts and not the compression.
pub(crate) fn zip_of(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for (name, content) in parts {
        let offset = u32::try_from(bytes.len()).expect("fuzz inputs are small");
        let size = u32::try_from(content.len()).expect("fuzz inputs are small");
        let name_size = u16::try_from(name.len()).expect("names are short");
        let mut shared = Vec::new();
        shared.extend(20_u16.to_le_bytes());
        // Names are UTF-8; stored; no time.
        shared.extend([0, 8, 0, 0, 0, 0, 0, 0]);
        shared.extend(crc32fast::hash(content).to_le_bytes());
        shared.extend(size.to_le_bytes());
        shared.extend(size.to_le_bytes());
        shared.extend(name_size.to_le_bytes());
        shared.extend([0, 0]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&shared);
        bytes.extend(name.as_bytes());
        bytes.extend(*content);
        directory.extend(b"PK\x01\x02");
        directory.extend(20_u16.to_le_bytes());
        directory.extend(&shared);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let start = u32::try_from(bytes.len()).expect("fuzz inputs are small");
    let count = u16::try_from(parts.len()).expect("few parts");
    let size = u32::try_from(directory.len()).expect("fuzz inputs are small");
    bytes.extend(directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(size.to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}
