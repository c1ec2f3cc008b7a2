//! The compact protocol of Thrift, as far as it takes to look over footers and page headers before a library reads them:
//! every announced length and count must be there as bytes, and nothing may nest deep.

/// Structures in structures. A footer nests seven deep.
const DEPTH: usize = 24;

/// Kinds of values by their numbers in the protocol.
pub(super) const BINARY: u8 = 8;
pub(super) const LIST: u8 = 9;
pub(super) const STRUCT: u8 = 12;

/// A place in the bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Called with each field of a structure: its number and its kind. `Some(true)` where it took the value, `Some(false)`
/// where the value is to be passed over, `None` where the bytes are broken.
pub(super) type Visit<'v, 'a> = &'v mut dyn FnMut(&mut Reader<'a>, i16, u8) -> Option<bool>;

impl<'a> Reader<'a> {
    /// Begins at the start of the bytes.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Where it stands.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// A whole number of any width.
    pub(super) fn integer(&mut self) -> Option<i64> {
        let value = self.varint()?;
        let half = i64::try_from(value >> 1).ok()?;
        Some(if value & 1 == 0 { half } else { -half - 1 })
    }

    fn pass(&mut self, count: usize) -> Option<()> {
        self.at = self.at.checked_add(count).filter(|end| *end <= self.bytes.len())?;
        Some(())
    }

    /// The head of a list: how many, of which kind. Each takes at least one byte.
    pub(super) fn list(&mut self) -> Option<(usize, u8)> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => usize::try_from(self.varint()?).ok()?,
            count => usize::from(count),
        };
        (count <= self.left()).then_some((count, head & 0x0F))
    }

    /// Reads a structure.
    pub(super) fn fields(&mut self, visit: Visit<'_, 'a>) -> Option<()> {
        self.fields_within(visit, 0)
    }

    fn fields_within(&mut self, visit: Visit<'_, 'a>, depth: usize) -> Option<()> {
        if depth > DEPTH {
            return None;
        }
        let mut id = 0_i16;
        loop {
            let head = self.byte()?;
            let kind = head & 0x0F;
            if head == 0 {
                return Some(());
            }
            id = match head >> 4 {
                0 => i16::try_from(self.integer()?).ok()?,
                delta => id.checked_add(i16::from(delta))?,
            };
            if !visit(self, id, kind)? {
                self.skip(kind, depth)?;
            }
        }
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        match kind {
            // A truth value of a field stands in its head.
            1 | 2 => Some(()),
            3 => self.pass(1),
            4..=6 => self.varint().map(|_| ()),
            7 => self.pass(8),
            BINARY => {
                let length = usize::try_from(self.varint()?).ok()?;
                self.pass(length)
            }
            LIST | 10 => {
                let (count, kind) = self.list()?;
                (0..count).try_for_each(|_| self.element(kind, depth + 1))
            }
            11 => {
                let count = usize::try_from(self.varint()?).ok().filter(|count| *count <= self.left())?;
                let kinds = if count > 0 { self.byte()? } else { 0 };
                (0..count).try_for_each(|_| {
                    self.element(kinds >> 4, depth + 1)?;
                    self.element(kinds & 0x0F, depth + 1)
                })
            }
            STRUCT => self.fields_within(&mut |_, _, _| Some(false), depth + 1),
            13 => self.pass(16),
            _ => None,
        }
    }

    /// An element of a list, where a truth value takes a byte of its own.
    fn element(&mut self, kind: u8, depth: usize) -> Option<()> {
        if depth > DEPTH {
            return None;
        }
        if matches!(kind, 1 | 2) { self.pass(1) } else { self.skip(kind, depth) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lying_counts_and_deep_structures_end() {
        let passes = |bytes: &[u8]| Reader::new(bytes).fields(&mut |_, _, _| Some(false));
        // Field 1 = 7 as i32, field 3 = "ab".
        assert_eq!(passes(&[0x15, 14, 0x28, 2, b'a', b'b', 0]), Some(()));
        assert_eq!(passes(&[0x18, 200, 1, b'a', 0]), None);
        assert_eq!(passes(&[0x19, 0xFC, 0xFF, 0xFF, 0xFF, 0x0F]), None);
        assert_eq!(passes(&vec![0x1C; 100_000]), None);
        assert_eq!(passes(&[0x19, 0x19].repeat(100_000)), None);
        assert_eq!(passes(&[0x15, 0x80, 0x80]), None);
        assert_eq!(passes(&[]), None);
    }
}
