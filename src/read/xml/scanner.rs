//! The elements and texts of a document in order, with their places in its text.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{XmlError, local};
use crate::read::{ReadError, ReadLimits};

/// One thing in a document.
pub(in crate::read) enum Piece<'t> {
    /// An element begins.
    Start {
        /// Its name with prefix.
        name: &'t str,
        /// Its tag.
        tag: BytesStart<'t>,
        /// Where its tag begins in the text.
        at: usize,
    },
    /// An element ends.
    End {
        /// Where its end tag ends in the text.
        end: usize,
    },
    /// A text; comments and processing instructions are passed over.
    Text(Cow<'t, str>),
}

/// Walks through a document or a piece of one.
pub(in crate::read) struct Scanner<'t> {
    reader: Reader<&'t [u8]>,
    text: &'t str,
    /// The document the text is a piece of, and where in it, to count lines.
    whole: (&'t str, usize),
    depth: usize,
    depth_limit: usize,
    has_root: bool,
    part: &'static str,
}

impl<'t> Scanner<'t> {
    /// Begins at the start of a text. `part` names the format in refusals.
    pub(in crate::read) fn new(text: &'t str, part: &'static str, limits: &ReadLimits) -> Self {
        Self::within(text, 0..text.len(), part, limits)
    }

    /// Walks through a piece of a document only.
    pub(in crate::read) fn within(
        whole: &'t str,
        range: std::ops::Range<usize>,
        part: &'static str,
        limits: &ReadLimits,
    ) -> Self {
        let start = range.start;
        let text = whole.get(range).unwrap_or_default();
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let whole = (whole, start);
        Self { reader, text, whole, depth: 0, depth_limit: limits.nesting, has_root: false, part }
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).min(self.text.len())
    }

    /// The line of a place in the text, from 1.
    pub(in crate::read) fn line(&self, at: usize) -> u64 {
        let (whole, start) = self.whole;
        let before = whole.as_bytes().get(..start.saturating_add(at)).unwrap_or(whole.as_bytes());
        memchr::memchr_iter(b'\n', before).count() as u64 + 1
    }

    fn broken(&self, detail: impl std::fmt::Display) -> ReadError {
        XmlError::Broken { line: self.line(self.position()), detail: detail.to_string() }.into()
    }

    /// The next piece; `None` at the end of a whole document.
    pub(in crate::read) fn next(&mut self) -> Result<Option<Piece<'t>>, ReadError> {
        loop {
            let at = self.position();
            let event = self.reader.read_event().map_err(|error| self.broken(error))?;
            let end = self.position();
            match event {
                Event::DocType(_) => return Err(ReadError::Doctype { part: self.part.to_owned() }),
                Event::Start(tag) | Event::Empty(tag) => {
                    if self.depth == 0 && self.has_root {
                        return Err(self.broken("second root element"));
                    }
                    self.has_root = true;
                    self.depth += 1;
                    if self.depth > self.depth_limit {
                        return Err(ReadError::TooDeep { limit: self.depth_limit });
                    }
                    let from = at.saturating_add(1);
                    let name = self.text.get(from..from + tag.name().as_ref().len()).unwrap_or_default();
                    return Ok(Some(Piece::Start { name, tag, at }));
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Some(Piece::End { end }));
                }
                Event::Text(_) => {
                    let text = self.text.get(at..end).unwrap_or_default();
                    if self.depth > 0 {
                        return Ok(Some(Piece::Text(plain_lines(text))));
                    }
                    if !text.trim_matches(['\u{FEFF}', '\0']).trim().is_empty() {
                        return Err(self.broken("text outside of the root element"));
                    }
                }
                Event::CData(_) => {
                    // `<![CDATA[` and `]]>` around it.
                    let text = self.text.get(at + 9..end.saturating_sub(3)).unwrap_or_default();
                    return Ok(Some(Piece::Text(plain_lines(text))));
                }
                Event::GeneralRef(reference) => {
                    if let Some(letter) = reference.resolve_char_ref().map_err(|error| self.broken(error))? {
                        return Ok(Some(Piece::Text(Cow::Owned(letter.to_string()))));
                    }
                    let name: &str = reference.as_ref();
                    let Some(text) = quick_xml::escape::resolve_predefined_entity(name) else {
                        let name = name.chars().take(40).collect();
                        return Err(XmlError::Entity { line: self.line(at), name }.into());
                    };
                    return Ok(Some(Piece::Text(Cow::Borrowed(text))));
                }
                Event::Eof if self.depth > 0 => return Err(self.broken("EOF")),
                Event::Eof => return Ok(None),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }

    /// Passes over the rest of the element that began last; where its end tag ends comes back.
    pub(in crate::read) fn skip(&mut self) -> Result<usize, ReadError> {
        let outside = self.depth.saturating_sub(1);
        loop {
            match self.next()? {
                Some(Piece::End { end }) if self.depth <= outside => return Ok(end),
                Some(_) => {}
                None => return Err(self.broken("EOF")),
            }
        }
    }

    /// The text directly inside the element that began last, up to its end; other elements inside are passed over.
    pub(in crate::read) fn text_inside(&mut self) -> Result<String, ReadError> {
        let outside = self.depth.saturating_sub(1);
        let mut text = String::new();
        loop {
            match self.next()? {
                Some(Piece::End { .. }) if self.depth <= outside => return Ok(text.trim().to_owned()),
                Some(Piece::Text(piece)) if self.depth == outside + 1 => text.push_str(&piece),
                Some(_) => {}
                None => return Err(self.broken("EOF")),
            }
        }
    }

    /// The value of an attribute of a tag, by its name without prefix.
    pub(in crate::read) fn attribute(&self, tag: &BytesStart<'t>, name: &str) -> Result<Option<String>, ReadError> {
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| self.broken(error))?;
            if local(attribute.key.as_ref()) == name {
                return self.value(&attribute).map(Some);
            }
        }
        Ok(None)
    }

    /// The attributes of a tag that `wanted` wants, by their names without prefix.
    pub(in crate::read) fn attributes(
        &self,
        tag: &BytesStart<'t>,
        wanted: impl Fn(&str) -> bool,
        mut take: impl FnMut(&str, String),
    ) -> Result<(), ReadError> {
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| self.broken(error))?;
            let name = local(attribute.key.as_ref());
            if wanted(name) {
                take(name, self.value(&attribute)?);
            }
        }
        Ok(())
    }

    fn value(&self, attribute: &quick_xml::events::attributes::Attribute<'_>) -> Result<String, ReadError> {
        let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
        value.map(Cow::into_owned).map_err(|error| self.broken(error))
    }
}

/// Line ends as XML wants them (section 2.11): one line feed each.
fn plain_lines(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { Cow::Borrowed(text) }
}
