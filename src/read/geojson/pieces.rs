//! Files of one JSON text after the other: parted by record separators (RFC 8142) or by line ends. One text that is broken
//! does not break the others; the last one, cut off, shows that the file is not whole.

use super::fault;
use super::json::{Fault, Walker};
use crate::read::{ReadError, ReadLimits};

/// The byte before each text of a sequence.
const SEPARATOR: char = '\u{1E}';

/// Whether a file is a text sequence.
pub(in crate::read) fn is_sequence(text: &str) -> bool {
    text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with(SEPARATOR)
}

/// The texts of a sequence. A separator inside of a string must be escaped, so it parts texts wherever it stands.
pub(in crate::read) fn of_sequence<'t>(text: &'t str, limits: &ReadLimits) -> Result<Vec<&'t str>, ReadError> {
    split(text, text.split(SEPARATOR), limits)
}

/// The texts that follow a first one: anywhere behind it or, where one of them is broken, line by line.
pub(in crate::read) fn following<'t>(
    text: &'t str,
    first: &'t str,
    mut whole: Walker<'t>,
    limits: &ReadLimits,
) -> Result<Vec<&'t str>, ReadError> {
    let mut found = vec![first];
    while let Some(next) = whole.value() {
        match next {
            Ok(next) => found.push(next),
            Err(at) if first.contains('\n') => return Err(fault(text, at, limits)),
            Err(_) => return split(text, text.split('\n'), limits),
        }
    }
    Ok(found)
}

/// Pieces that are one value each; one that is not is kept, to be refused by its number.
fn split<'t>(
    text: &'t str,
    pieces: impl Iterator<Item = &'t str>,
    limits: &ReadLimits,
) -> Result<Vec<&'t str>, ReadError> {
    let (mut found, mut last_fault) = (Vec::new(), None);
    for piece in pieces {
        let piece = piece.trim_matches([' ', '\t', '\r', '\n']);
        if piece.is_empty() {
            continue;
        }
        if found.len() as u64 >= limits.rows {
            return Err(ReadError::TooManyRows { limit: limits.rows });
        }
        let mut walker = Walker::new(piece, limits.nesting);
        last_fault = match walker.value() {
            Some(Err(found)) => Some((piece, found)),
            _ => None,
        };
        let rest = piece.get(walker.position()..).unwrap_or_default().trim_start();
        // What stands behind a whole value makes the piece no value; the rest itself cannot be read as one.
        found.push(if last_fault.is_none() && !rest.is_empty() { rest } else { piece });
    }
    match last_fault {
        Some((piece, Fault::At(at))) if at >= piece.len() => {
            let end = piece.as_ptr().addr().saturating_sub(text.as_ptr().addr()).saturating_add(piece.len());
            Err(fault(text, Fault::At(end), limits))
        }
        _ => Ok(found),
    }
}
