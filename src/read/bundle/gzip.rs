//! One file packed by gzip (RFC 1952).

use std::io::Read as _;

use super::{ArchiveError, Budget};
use crate::read::{FileFormat, ReadError, ReadLimits, RowSink, SourceFile, sniff};

/// Reads the file inside a gzip file, by its content.
pub(in crate::read) fn read(
    source: &SourceFile,
    limits: &ReadLimits,
    depth: usize,
    sink: &mut dyn RowSink,
) -> Result<(), ReadError> {
    let packed: &[u8] = &source.bytes;
    let budget = Budget::new(packed.len(), limits);
    let limit = u64::try_from(budget.left).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(packed).take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(
        |error| match error.kind() {
            std::io::ErrorKind::OutOfMemory => ArchiveError::TooLarge { limit_bytes: budget.limit },
            _ => ArchiveError::Broken { detail: format!("gzip: {error}") },
        },
    )?;
    if bytes.len() > budget.left {
        return Err(ArchiveError::TooLarge { limit_bytes: budget.limit }.into());
    }
    let name = match source.name.rsplit_once('.') {
        Some((name, ending)) if ending.eq_ignore_ascii_case("gz") => name.to_owned(),
        _ => source.name.clone(),
    };
    let file = SourceFile { name: name.clone(), bytes: bytes.into(), companions: Vec::new() };
    if matches!(sniff(&file), Some(FileFormat::Zip | FileFormat::Gzip)) {
        return Err(ArchiveError::TooDeep { name }.into());
    }
    crate::read::read_within(&file, limits, depth + 1, sink)
}
