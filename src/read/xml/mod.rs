//! XML of geodata: decoded by us, never with a document type, its depth and sizes bounded.
//!
//! A file is looked through as a stream ([`Scanner`]); only one feature at a time becomes a small tree ([`Tree`]).
//! Names are compared without their prefix: files with a missing or a wrong namespace are common, and the words
//! themselves are unmistakable.

mod decode;
mod error;
mod scanner;
mod tree;

pub(super) use self::decode::decode;
pub use self::error::XmlError;
pub(super) use self::scanner::{Piece, Scanner};
pub(super) use self::tree::{Element, Tree};

use super::encoding::Decoded;
use super::{ReadError, RowSink};
use crate::model::finding::{Finding, FindingCode, Place};

/// A name without its prefix: `Point` of `gml:Point`.
pub(super) fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// The decoded text of an XML file and what its declaration says wrongly.
pub(super) struct Document<'a> {
    /// The text.
    pub(super) decoded: Decoded<'a>,
    /// The encoding the declaration states, where the bytes are of another.
    pub(super) declared_wrongly: Option<String>,
}

impl Document<'_> {
    /// Refuses a file of which too much is no text in any encoding.
    pub(super) fn check(&self) -> Result<(), ReadError> {
        if self.decoded.is_noise() {
            return Err(ReadError::NotText { replaced: self.decoded.replaced });
        }
        Ok(())
    }

    /// What there is to say of the encoding: once, with the first table.
    pub(super) fn tell(&self, sink: &mut dyn RowSink) {
        let name = self.decoded.name;
        sink.finding(Finding::new(FindingCode::EncodingFound, Place::default(), name, ""));
        if let Some(declared) = &self.declared_wrongly {
            let code = FindingCode::EncodingDeclaredWrong;
            sink.finding(Finding::new(code, Place::default(), name, declared.as_str()));
        }
        if self.decoded.replaced > 0 {
            let found = self.decoded.replaced.to_string();
            sink.finding(Finding::new(FindingCode::EncodingReplaced, Place::default(), &found, name));
        }
    }
}
