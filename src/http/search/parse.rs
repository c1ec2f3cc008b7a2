//! The part of Lucene's syntax that clients send, to [`Expression`].
//!
//! Binding, tightest first: `NOT + -`, `AND`, `OR`, and last the plain blank between clauses, which is an *and*:
//! `tags:a OR tags:b organization:c` asks for c and one of a and b. (Lucene's classic parser would drop both tags.)
//!
//! Here the order of clauses is read; `value` reads what stands behind a field.

use jiff::Timestamp;

use super::expression::{Expression, Field, Piece};
use super::words::words;

mod value;

/// Longest search text, characters: 1,000 names of 100 characters with ` OR ` between them, twice over.
const TEXT_LIMIT_CHARS: usize = 220_000;
/// Most values in one search; Solr's own limit is 1,024.
pub(super) const CLAUSE_LIMIT: usize = 2_048;
/// Deepest nesting of parentheses; each level is a stack frame, and no client sends more than three.
const DEPTH_LIMIT: usize = 30;

/// The text is no search expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{expected} (character {at})")]
pub struct SyntaxError {
    /// The character at which it was seen, from 1.
    pub at: usize,
    /// What would be right there.
    pub expected: &'static str,
}

/// The `q` of a search: words, or an expression where it holds a colon (CKAN's own rule).
pub fn query(text: &str, now: Timestamp) -> Result<Expression, SyntaxError> {
    let trimmed = text.trim();
    if trimmed.contains(':') || trimmed.starts_with("{!") { expression(trimmed, now) } else { Ok(words(trimmed)) }
}

/// An expression, as `fq` always is.
pub fn expression(text: &str, now: Timestamp) -> Result<Expression, SyntaxError> {
    let chars: Vec<char> = text.chars().take(TEXT_LIMIT_CHARS + 1).collect();
    let mut parser = Parser { chars, at: 0, depth: 0, clauses: 0, now };
    if parser.chars.len() > TEXT_LIMIT_CHARS {
        return Err(parser.error("a shorter expression"));
    }
    parser.skip_blanks();
    if parser.looking_at("{!") {
        return Err(parser.error("an expression without local parameters"));
    }
    let expression = parser.sequence(&Field::Text)?;
    if parser.at < parser.chars.len() {
        return Err(parser.error("no closing bracket without an opening one"));
    }
    Ok(expression)
}

pub(super) fn joined(mut parts: Vec<Expression>, join: impl FnOnce(Vec<Expression>) -> Expression) -> Expression {
    match parts.len() {
        0 => Expression::Nothing,
        1 => parts.remove(0),
        _ => join(parts),
    }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: usize,
    clauses: usize,
    now: Timestamp,
}

/// Alternatives joined by OR; each is a chain joined by AND, with whether it began with `+`.
type Alternatives = Vec<(bool, Vec<Expression>)>;

impl Parser {
    fn error(&self, expected: &'static str) -> SyntaxError {
        SyntaxError { at: self.at + 1, expected }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn looking_at(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(offset, c)| self.chars.get(self.at + offset) == Some(&c))
    }

    /// The operator that stands here as a word of its own.
    fn operator(&self, word: &str) -> bool {
        let after = self.chars.get(self.at + word.len());
        self.looking_at(word) && after.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')'))
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// Clauses up to the end or a closing bracket.
    fn sequence(&mut self, field: &Field) -> Result<Expression, SyntaxError> {
        let mut groups: Vec<Expression> = Vec::new();
        let mut group: Alternatives = Vec::new();
        loop {
            self.skip_blanks();
            if self.peek().is_none_or(|c| c == ')') {
                break;
            }
            let or = self.operator("OR") || self.operator("||");
            let and = self.operator("AND") || self.operator("&&");
            if or || and {
                if group.is_empty() {
                    return Err(self.error("a condition before AND or OR"));
                }
                self.at += if self.looking_at("AND") { 3 } else { 2 };
                self.skip_blanks();
                let doubled = ["OR", "||", "AND", "&&"].iter().any(|word| self.operator(word));
                if doubled || self.peek().is_none_or(|c| c == ')') {
                    return Err(self.error("a condition after AND or OR"));
                }
            }
            let (plus, condition) = self.clause(field)?;
            match group.last_mut() {
                Some((required, chain)) if and => {
                    *required &= plus;
                    chain.push(condition);
                }
                _ if or => group.push((plus, vec![condition])),
                _ => {
                    groups.extend(alternatives(std::mem::take(&mut group)));
                    group.push((plus, vec![condition]));
                }
            }
        }
        groups.extend(alternatives(group));
        Ok(joined(groups, Expression::And))
    }

    /// One condition with its sign; tells whether the sign was `+`.
    fn clause(&mut self, field: &Field) -> Result<(bool, Expression), SyntaxError> {
        let mut plus = false;
        let mut not = false;
        match self.peek() {
            Some('+') => {
                plus = true;
                self.at += 1;
            }
            Some('-' | '!') => {
                not = true;
                self.at += 1;
            }
            _ if self.operator("NOT") => {
                not = true;
                self.at += 3;
            }
            _ => {}
        }
        self.skip_blanks();
        let condition = self.condition(field)?;
        Ok((plus, if not { Expression::Not(Box::new(condition)) } else { condition }))
    }

    fn condition(&mut self, field: &Field) -> Result<Expression, SyntaxError> {
        self.clauses += 1;
        if self.clauses > CLAUSE_LIMIT {
            return Err(self.error("fewer conditions"));
        }
        let condition = match self.peek() {
            None | Some(')') => return Err(self.error("a value")),
            Some('(') => self.group(field)?,
            Some('"') => {
                let text = self.phrase()?;
                self.value(field, &text.into_iter().map(Piece::Char).collect::<Vec<_>>())?
            }
            Some('[' | '{') => self.range(field)?,
            Some('/') => return Err(self.error("a value without a regular expression")),
            Some(_) => {
                let pieces = self.term()?;
                if self.peek() == Some(':') {
                    self.at += 1;
                    return self.of_field(&pieces, field);
                }
                self.value(field, &pieces)?
            }
        };
        self.suffix(condition)
    }

    fn of_field(&mut self, name: &[Piece], outer: &Field) -> Result<Expression, SyntaxError> {
        if *outer != Field::Text {
            return Err(self.error("no field inside the brackets of a field"));
        }
        if name == [Piece::Any] {
            let value = self.term()?;
            if value != [Piece::Any] {
                return Err(self.error("*:*"));
            }
            return self.suffix(Expression::All);
        }
        let name: Option<String> =
            name.iter().map(|piece| if let Piece::Char(c) = piece { Some(*c) } else { None }).collect();
        let name = name.ok_or_else(|| self.error("the name of a field"))?;
        if self.peek().is_none_or(|c| c.is_whitespace() || c == ':') {
            return Err(self.error("a value after the colon"));
        }
        let field = Field::parse(&name);
        match self.peek() {
            Some('(') => {
                let condition = self.group(&field)?;
                self.suffix(condition)
            }
            _ => self.plain_condition(&field),
        }
    }

    /// A value after `field:`; a second colon has no place there.
    fn plain_condition(&mut self, field: &Field) -> Result<Expression, SyntaxError> {
        let condition = match self.peek() {
            Some('"') => {
                let text = self.phrase()?;
                self.value(field, &text.into_iter().map(Piece::Char).collect::<Vec<_>>())?
            }
            Some('[' | '{') => self.range(field)?,
            Some('/') => return Err(self.error("a value without a regular expression")),
            _ => {
                let pieces = self.term()?;
                self.value(field, &pieces)?
            }
        };
        if self.peek() == Some(':') {
            return Err(self.error("quotes around a value with a colon"));
        }
        self.suffix(condition)
    }

    fn group(&mut self, field: &Field) -> Result<Expression, SyntaxError> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return Err(self.error("fewer brackets"));
        }
        self.at += 1;
        let inner = self.sequence(field)?;
        if self.peek() != Some(')') {
            return Err(self.error("a closing bracket"));
        }
        self.at += 1;
        self.depth -= 1;
        if inner == Expression::Nothing {
            return Err(self.error("a condition between the brackets"));
        }
        Ok(inner)
    }

    /// `^2`, `^0.5`, `^=1` and `~`, `~2` after a condition. Slop and fuzziness are taken and not used.
    fn suffix(&mut self, mut condition: Expression) -> Result<Expression, SyntaxError> {
        while let Some(mark @ ('^' | '~')) = self.peek() {
            self.at += 1;
            if mark == '^' && self.peek() == Some('=') {
                self.at += 1;
            }
            let from = self.at;
            while self.peek().is_some_and(|c| c.is_ascii_digit() || c == '.') {
                self.at += 1;
            }
            let number: String = self.chars[from..self.at].iter().collect();
            if mark == '^' {
                let weight: f32 = number.parse().map_err(|_| self.error("a number after ^"))?;
                condition = Expression::Boost(Box::new(condition), weight.clamp(0.0, 1e6));
            } else if !number.is_empty() && number.parse::<f32>().is_err() {
                return Err(self.error("a number after ~"));
            }
        }
        match self.peek() {
            None | Some(')') => Ok(condition),
            Some(c) if c.is_whitespace() => Ok(condition),
            Some(_) => Err(self.error("a blank between conditions")),
        }
    }
}

/// One group: the alternatives that began with `+` must hold, the others then only raise the rank.
fn alternatives(group: Alternatives) -> Option<Expression> {
    if group.is_empty() {
        return None;
    }
    if group.len() == 1 {
        return group.into_iter().next().map(|(_, chain)| joined(chain, Expression::And));
    }
    let (required, optional): (Vec<_>, Vec<_>) = group.into_iter().partition(|(plus, _)| *plus);
    let chains = |alternatives: Alternatives| -> Vec<Expression> {
        alternatives.into_iter().map(|(_, chain)| joined(chain, Expression::And)).collect()
    };
    let (required, optional) = (chains(required), chains(optional));
    Some(match (required.is_empty(), optional.is_empty()) {
        (true, _) => joined(optional, Expression::Or),
        (_, true) => joined(required, Expression::And),
        _ => {
            Expression::Prefer(Box::new(joined(required, Expression::And)), Box::new(joined(optional, Expression::Or)))
        }
    })
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
