//! Values of a search expression: phrases, terms with patterns, ranges, and what they mean in their field.

use super::{Parser, SyntaxError};
use crate::http::search::date;
use crate::http::search::expression::{Expression, Field, Matcher, Piece};
use crate::http::search::fold::fold;

impl Parser {
    pub(super) fn phrase(&mut self) -> Result<Vec<char>, SyntaxError> {
        self.at += 1;
        let mut text = Vec::new();
        loop {
            match self.peek() {
                None => return Err(self.error("a closing quotation mark")),
                Some('"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some('\\') => {
                    self.at += 1;
                    text.push(self.peek().ok_or_else(|| self.error("a character after \\"))?);
                }
                Some(c) => text.push(c),
            }
            self.at += 1;
        }
    }

    pub(super) fn term(&mut self) -> Result<Vec<Piece>, SyntaxError> {
        let mut pieces = Vec::new();
        while let Some(c) = self.peek() {
            match c {
                '\\' => {
                    self.at += 1;
                    pieces.push(Piece::Char(self.peek().ok_or_else(|| self.error("a character after \\"))?));
                }
                '*' => pieces.push(Piece::Any),
                '?' => pieces.push(Piece::One),
                '(' | ')' | '[' | ']' | '{' | '}' | '"' | '^' | '~' | ':' => break,
                c if c.is_whitespace() => break,
                c => pieces.push(Piece::Char(c)),
            }
            self.at += 1;
        }
        if pieces.is_empty() { Err(self.error("a value")) } else { Ok(pieces) }
    }

    pub(super) fn range(&mut self, field: &Field) -> Result<Expression, SyntaxError> {
        let low_in = self.peek() == Some('[');
        self.at += 1;
        let low = self.bound()?;
        self.skip_blanks();
        if !self.operator("TO") {
            return Err(self.error("TO between the ends of a range"));
        }
        self.at += 2;
        let high = self.bound()?;
        self.skip_blanks();
        let high_in = match self.peek() {
            Some(']') => true,
            Some('}') => false,
            _ => return Err(self.error("a closing bracket of the range")),
        };
        self.at += 1;
        let matcher = if field.is_time() {
            let time = |bound: Option<String>, inside| {
                bound
                    .map(|text| date::parse(&text, self.now).map(|time| (time, inside)))
                    .map_or(Ok(None), |time| time.map(Some).ok_or_else(|| self.error("a time")))
            };
            Matcher::TimeRange(time(low, low_in)?, time(high, high_in)?)
        } else {
            let text = |bound: Option<String>, inside| {
                bound.map(|text| (if field.is_text() { fold(&text) } else { text }, inside))
            };
            Matcher::TextRange(text(low, low_in), text(high, high_in))
        };
        Ok(Expression::Is(field.clone(), matcher))
    }

    /// One end of a range; `*` is open.
    fn bound(&mut self) -> Result<Option<String>, SyntaxError> {
        self.skip_blanks();
        if self.peek() == Some('"') {
            return Ok(Some(self.phrase()?.into_iter().collect()));
        }
        let from = self.at;
        while self.peek().is_some_and(|c| !c.is_whitespace() && !matches!(c, ']' | '}' | '[' | '{' | '"')) {
            self.at += 1;
        }
        let text: String = self.chars[from..self.at].iter().filter(|c| **c != '\\').collect();
        match text.as_str() {
            "" => Err(self.error("both ends of the range")),
            "*" => Ok(None),
            _ => Ok(Some(text)),
        }
    }

    pub(super) fn value(&self, field: &Field, pieces: &[Piece]) -> Result<Expression, SyntaxError> {
        if pieces == [Piece::Any] {
            return Ok(Expression::Is(field.clone(), Matcher::Present));
        }
        let plain = |pieces: &[Piece]| -> Option<String> {
            pieces.iter().map(|piece| if let Piece::Char(c) = piece { Some(*c) } else { None }).collect()
        };
        let folded = |text: String| if field.is_text() { fold(&text) } else { text };
        let whole = plain(pieces);
        if field.is_time() {
            let time = whole.and_then(|text| date::parse(&text, self.now)).ok_or_else(|| self.error("a time"))?;
            return Ok(Expression::Is(field.clone(), Matcher::TimeRange(Some((time, true)), Some((time, true)))));
        }
        let prefix = pieces.split_last().filter(|(last, _)| **last == Piece::Any).and_then(|(_, head)| plain(head));
        let matcher = match (whole, prefix) {
            (Some(text), _) => Matcher::Term(folded(text)),
            (None, Some(text)) => Matcher::Prefix(folded(text)),
            (None, None) if field.is_text() => Matcher::Wildcard(
                pieces
                    .iter()
                    .flat_map(|piece| match piece {
                        Piece::Char(c) => fold(&c.to_string()).chars().map(Piece::Char).collect(),
                        other => vec![*other],
                    })
                    .collect(),
            ),
            (None, None) => Matcher::Wildcard(pieces.to_vec()),
        };
        let empty = matches!(&matcher, Matcher::Term(text) | Matcher::Prefix(text) if field.is_text()
            && !text.chars().any(char::is_alphanumeric));
        Ok(if empty { Expression::Nothing } else { Expression::Is(field.clone(), matcher) })
    }
}
