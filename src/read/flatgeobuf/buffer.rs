//! FlatBuffers (<https://flatbuffers.dev/internals/>) read with every offset checked: a table is a place in the bytes,
//! its table of fields another, and a field an offset from there. Nothing is set aside by an announced length.

/// A table in a buffer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table<'a> {
    bytes: &'a [u8],
    at: usize,
    fields: &'a [u8],
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(array(bytes, at)?)).ok()
}

impl<'a> Table<'a> {
    /// The root of a buffer without its size prefix.
    pub(super) fn root(bytes: &'a [u8]) -> Option<Self> {
        Self::at(bytes, u32_at(bytes, 0)?)
    }

    fn at(bytes: &'a [u8], at: usize) -> Option<Self> {
        let back = i64::from(i32::from_le_bytes(array(bytes, at)?));
        let fields_at = usize::try_from(i64::try_from(at).ok()?.checked_sub(back)?).ok()?;
        let length = usize::from(u16::from_le_bytes(array(bytes, fields_at)?));
        // Two lengths of two bytes each stand before the fields.
        let fields = bytes.get(fields_at.checked_add(4)?..fields_at.checked_add(length)?)?;
        Some(Self { bytes, at, fields })
    }

    /// Where a field's value stands; `Ok(None)` where the field is absent.
    fn field(&self, index: usize) -> Result<Option<usize>, Broken> {
        match array(self.fields, index * 2).map(u16::from_le_bytes) {
            None | Some(0) => Ok(None),
            Some(offset) => self.at.checked_add(usize::from(offset)).map(Some).ok_or(Broken),
        }
    }

    /// A number of N bytes, or its default.
    pub(super) fn number<const N: usize>(&self, index: usize, default: [u8; N]) -> Result<[u8; N], Broken> {
        match self.field(index)? {
            None => Ok(default),
            Some(at) => array(self.bytes, at).ok_or(Broken),
        }
    }

    /// A byte, 0 by default.
    pub(super) fn byte(&self, index: usize) -> Result<u8, Broken> {
        self.number(index, [0]).map(|[byte]| byte)
    }

    /// Where an offset leads.
    fn target(&self, index: usize) -> Result<Option<usize>, Broken> {
        let Some(at) = self.field(index)? else { return Ok(None) };
        let to = u32_at(self.bytes, at).and_then(|offset| at.checked_add(offset));
        to.map(Some).ok_or(Broken)
    }

    /// A vector of elements of `size` bytes each, as its bytes; `None` where it is absent.
    pub(super) fn vector(&self, index: usize, size: usize) -> Result<Option<&'a [u8]>, Broken> {
        let Some(at) = self.target(index)? else { return Ok(None) };
        let vector = u32_at(self.bytes, at).and_then(|count| {
            let start = at.checked_add(4)?;
            self.bytes.get(start..start.checked_add(count.checked_mul(size)?)?)
        });
        vector.map(Some).ok_or(Broken)
    }

    /// A text.
    pub(super) fn text(&self, index: usize) -> Result<Option<&'a str>, Broken> {
        self.vector(index, 1)?.map(|bytes| std::str::from_utf8(bytes).map_err(|_| Broken)).transpose()
    }

    /// A table inside.
    pub(super) fn table(&self, index: usize) -> Result<Option<Self>, Broken> {
        let Some(at) = self.target(index)? else { return Ok(None) };
        Self::at(self.bytes, at).map(Some).ok_or(Broken)
    }

    /// A vector of tables; `None` where it is absent.
    pub(super) fn tables(&self, index: usize) -> Result<Option<Tables<'a>>, Broken> {
        let Some(at) = self.target(index)? else { return Ok(None) };
        let offsets = self.vector(index, 4)?.ok_or(Broken)?;
        Ok(Some(Tables { bytes: self.bytes, start: at.checked_add(4).ok_or(Broken)?, count: offsets.len() / 4 }))
    }
}

/// Something lies outside the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

/// A vector of tables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tables<'a> {
    bytes: &'a [u8],
    start: usize,
    count: usize,
}

impl<'a> Tables<'a> {
    /// How many there are.
    pub(super) fn len(self) -> usize {
        self.count
    }

    /// The tables in order.
    pub(super) fn iter(self) -> impl Iterator<Item = Result<Table<'a>, Broken>> {
        (0..self.count).map(move |index| {
            let at = self.start.checked_add(index.checked_mul(4).ok_or(Broken)?).ok_or(Broken)?;
            let to = u32_at(self.bytes, at).and_then(|offset| at.checked_add(offset)).ok_or(Broken)?;
            Table::at(self.bytes, to).ok_or(Broken)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bytes_lead_outside() {
        for bytes in [&[][..], &[0; 3], &[0; 8], &[255; 64], &[4, 0, 0, 0, 252, 255, 255, 127, 4, 0], &[1; 40]] {
            if let Some(table) = Table::root(bytes) {
                for index in 0..20 {
                    let _ = (table.byte(index), table.text(index), table.vector(index, 8));
                    let _ = (table.table(index).is_ok(), table.number(index, [0; 8]));
                    if let Ok(Some(tables)) = table.tables(index) {
                        assert!(tables.iter().all(|table| table.is_ok() || table.is_err()));
                    }
                }
            }
        }
    }
}
