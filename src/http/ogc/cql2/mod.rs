//! Filters in CQL2 text (OGC 21-065r2): read once, at the border, into a [`Condition`] on the table's own columns.
//!
//! Total: every text is a condition or one sentence of what is wrong with it and where.

mod functions;
mod lexer;
mod operand;
mod reader;
mod shape;
#[cfg(test)]
mod tests;

use crate::model::catalogue::Table;
use crate::store::condition::Condition;

/// Most letters of a filter: a head of 64 KiB holds some 20,000 letters of Japanese, or a shape of 3,000 vertices.
const LETTERS_CAP: usize = 65_536;
/// Most comparisons of one filter: each is looked at for every row.
const PREDICATES_CAP: usize = 256;
/// Most values of the lists of one filter.
const VALUES_CAP: usize = 2_000;
/// Deepest brackets and negations.
const DEPTH_CAP: usize = 32;

/// What is wrong with a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cql2Error {
    /// Which letter it is about, from 1.
    pub at: usize,
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
}

impl Cql2Error {
    fn new(at: usize, ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self { at: at + 1, ja: ja.into(), en: en.into() }
    }

    /// One line for the caller.
    pub fn line(&self) -> String {
        format!("filter（{}文字目）: {} / filter (letter {0}): {}", self.at, self.ja, self.en)
    }
}

/// The name of the geometry in filters: `geometry`, or `_geometry` where a column has that name.
pub fn geometry_name(table: &Table) -> &'static str {
    let taken = table.shape.columns.iter().any(|column| column.name == "geometry");
    if taken { "_geometry" } else { "geometry" }
}

/// Reads a filter.
pub fn parse(text: &str, table: &Table) -> Result<Condition, Cql2Error> {
    if text.chars().nth(LETTERS_CAP).is_some() {
        return Err(Cql2Error::new(LETTERS_CAP, "長すぎます", "too long"));
    }
    reader::read(&lexer::tokens(text)?, table)
}

/// The beginning of a text from outside, as it may be repeated in an answer.
fn clip(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}
