//! The parts of a workbook, unpacked under one budget, and their XML without document types.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use crate::read::zip::{Archive, ZipError};
use crate::read::{ReadError, ReadLimits};

/// Unpacked bytes below which the ratio is not looked at: small parts of blanks pack extremely well.
const RATIO_FREE_BYTES: usize = 16 << 20;

/// An opened workbook file.
pub(in crate::read) struct Package<'a> {
    archive: Archive<'a>,
    budget_bytes: usize,
}

impl<'a> Package<'a> {
    /// Reads the directory of the archive.
    pub(in crate::read) fn open(bytes: &'a [u8], limits: &ReadLimits) -> Result<Self, ReadError> {
        let archive = Archive::open(bytes, limits.zip_entries).map_err(|error| refuse("zip", &error))?;
        if let Some(name) = archive.twice() {
            return Err(ReadError::PartTwice { part: name.to_owned() });
        }
        let by_ratio = bytes.len().saturating_mul(limits.unpack_ratio).max(RATIO_FREE_BYTES);
        Ok(Self { archive, budget_bytes: limits.unpacked_bytes.min(by_ratio) })
    }

    /// The names of all parts.
    pub(in crate::read) fn names(&self) -> impl Iterator<Item = &str> {
        self.archive.names()
    }

    /// Unpacks a part; `None` where there is none of this name.
    pub(in crate::read) fn part(&mut self, name: &str) -> Result<Option<String>, ReadError> {
        let bytes = match self.archive.read_part(name, self.budget_bytes) {
            Ok(bytes) => bytes,
            Err(ZipError::Missing) => return Ok(None),
            Err(error) => return Err(refuse(name, &error)),
        };
        self.budget_bytes -= bytes.len().min(self.budget_bytes);
        let text = String::from_utf8(bytes)
            .map_err(|_| ReadError::PartBroken { part: name.to_owned(), detail: "UTF-8".to_owned() })?;
        Ok(Some(text))
    }

    /// Unpacks a part that must be there.
    pub(in crate::read) fn needed(&mut self, name: &str) -> Result<String, ReadError> {
        self.part(name)?.ok_or_else(|| ReadError::PartMissing { part: name.to_owned() })
    }
}

fn refuse(part: &str, error: &ZipError) -> ReadError {
    match error {
        ZipError::TooLarge { limit_bytes } => ReadError::UnpacksTooLarge { limit_bytes: *limit_bytes },
        ZipError::TooManyEntries { limit } => ReadError::TooManyParts { what: "entries", limit: *limit },
        ZipError::Encrypted => ReadError::Encrypted,
        ZipError::Missing => ReadError::PartMissing { part: part.to_owned() },
        other => ReadError::PartBroken { part: part.to_owned(), detail: other.to_string() },
    }
}

/// The events of one part.
pub(in crate::read) struct Xml<'t> {
    reader: Reader<&'t [u8]>,
    part: &'t str,
    depth: usize,
    depth_limit: usize,
}

impl<'t> Xml<'t> {
    /// Begins at the start of a part.
    pub(in crate::read) fn new(text: &'t str, part: &'t str, limits: &ReadLimits) -> Self {
        let reader = Reader::from_str(text.trim_start_matches('\u{FEFF}'));
        Self { reader, part, depth: 0, depth_limit: limits.nesting }
    }

    /// The next event; `None` at the end. A document type refuses the part, as do elements nested too deep.
    pub(in crate::read) fn next(&mut self) -> Result<Option<Event<'t>>, ReadError> {
        let event = self.reader.read_event().map_err(|error| self.broken(error))?;
        match &event {
            Event::DocType(_) => return Err(ReadError::Doctype { part: self.part.to_owned() }),
            Event::Start(_) => {
                self.depth += 1;
                if self.depth > self.depth_limit {
                    return Err(ReadError::TooDeep { limit: self.depth_limit });
                }
            }
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::Eof if self.depth > 0 => return Err(self.broken("EOF")),
            Event::Eof => return Ok(None),
            _ => {}
        }
        Ok(Some(event))
    }

    /// The refusal of this part for what is wrong with it.
    pub(in crate::read) fn broken(&self, detail: impl std::fmt::Display) -> ReadError {
        ReadError::PartBroken { part: self.part.to_owned(), detail: format!("{detail}") }
    }

    /// The value of an attribute by its name without prefix.
    pub(in crate::read) fn attribute(&self, element: &BytesStart<'t>, name: &str) -> Result<Option<String>, ReadError> {
        for attribute in element.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| self.broken(error))?;
            if attribute.key.local_name().into_inner() == name {
                let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| self.broken(error))?;
                return Ok(Some(value.into_owned()));
            }
        }
        Ok(None)
    }

    /// The text of an event inside an element; empty for events that are none.
    pub(in crate::read) fn text<'e>(&self, event: &'e Event<'t>) -> Result<Cow<'e, str>, ReadError> {
        match event {
            Event::Text(text) => Ok(text.xml10_content()),
            Event::CData(text) => Ok(text.xml10_content()),
            Event::GeneralRef(reference) => {
                if let Some(letter) = reference.resolve_char_ref().map_err(|error| self.broken(error))? {
                    return Ok(Cow::Owned(letter.to_string()));
                }
                quick_xml::escape::resolve_predefined_entity(reference)
                    .map(Cow::Borrowed)
                    .ok_or_else(|| self.broken(format!("&{};", reference.as_ref() as &str)))
            }
            _ => Ok(Cow::Borrowed("")),
        }
    }
}

/// Undoes the `_xHHHH_` form in which workbooks keep control characters (ECMA-376 part 1, 22.9.2.19).
pub(in crate::read) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains("_x") {
        return Cow::Borrowed(text);
    }
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find("_x") {
        let letter = rest
            .get(at + 2..at + 7)
            .filter(|code| code.ends_with('_') && code.as_bytes()[..4].iter().all(u8::is_ascii_hexdigit))
            .and_then(|code| u32::from_str_radix(&code[..4], 16).ok())
            .and_then(char::from_u32);
        out.push_str(&rest[..at]);
        if let Some(letter) = letter {
            out.push(letter);
            rest = &rest[at + 7..];
        } else {
            out.push_str("_x");
            rest = &rest[at + 2..];
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_unescaped_and_nothing_else() {
        assert_eq!(unescape("a_x000D_\nb_x005F_x000D_"), "a\r\nb_x000D_");
        assert_eq!(unescape("file_x1_xZZZZ_あ_x"), "file_x1_xZZZZ_あ_x");
    }
}
