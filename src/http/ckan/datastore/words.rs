//! The arguments `q` and `full_text`: words sought in all columns or in one.
//!
//! A word is found anywhere inside a text, since Japanese writes without blanks. With `plain` (the default) every word
//! must occur; without it the text is an expression of PostgreSQL's `tsquery`: `&`, `|`, `!`, `( )`, `word:*`.

use serde_json::{Map, Value as Json};

use super::{has_column, no_column};
use crate::http::ckan::Call;
use crate::http::problem::Problem;
use crate::model::catalogue::Table;
use crate::store::condition::Condition;

/// Most words of one call: each is sought in every column of text, and nobody types more.
const WORDS_CAP: usize = 32;
/// Deepest brackets and negations of an expression.
const DEPTH_CAP: usize = 16;

/// What is sought.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// Names of the columns of rank that CKAN adds.
    pub ranks: Vec<String>,
}

pub(super) fn words(call: &Call, table: &Table) -> Result<Words, Problem> {
    let plain = call.arguments.flag("plain", true);
    let mut found = Words::default();
    let mut count = 0;
    if let Some(map) = dictionary(call)? {
        for (name, value) in map {
            if !has_column(table, &name) {
                return Err(Problem::invalid("q", &no_column(&name)));
            }
            let text = match value {
                Json::String(text) => text,
                Json::Number(number) => number.to_string(),
                _ => return Err(Problem::invalid("q", "Values must be texts")),
            };
            if let Some(condition) = sought("q", &text, plain, Some(&name), &mut count)? {
                found.conditions.push(condition);
                found.ranks.push(format!("rank {name}"));
            }
        }
    } else {
        let text = call.arguments.text("q")?.unwrap_or_default();
        if let Some(condition) = sought("q", &text, plain, None, &mut count)? {
            found.conditions.push(condition);
            found.ranks.push("rank".to_owned());
        }
    }
    let text = call.arguments.text("full_text")?.unwrap_or_default();
    found.conditions.extend(sought("full_text", &text, plain, None, &mut count)?);
    Ok(found)
}

/// `q` as words for columns: an object, or its JSON as text. A text that only begins like one is a text.
fn dictionary(call: &Call) -> Result<Option<Map<String, Json>>, Problem> {
    match call.arguments.raw("q") {
        Some(Json::Object(map)) => Ok(Some(map.clone())),
        Some(Json::String(text)) if text.trim_start().starts_with('{') => {
            Ok(serde_json::from_str(text).ok().and_then(|value: Json| value.as_object().cloned()))
        }
        Some(Json::Array(_)) => Err(Problem::invalid("q", "Must be a string or a json object")),
        _ => Ok(None),
    }
}

fn sought(
    argument: &str,
    text: &str,
    plain: bool,
    column: Option<&str>,
    count: &mut usize,
) -> Result<Option<Condition>, Problem> {
    let wrong = |message: &str| Problem::invalid(argument, message);
    let tokens = if plain {
        text.split_whitespace().map(|word| Token::Word(word.to_owned())).collect()
    } else {
        tokens(text).ok_or_else(|| wrong("syntax error in tsquery"))?
    };
    if tokens.is_empty() {
        return Ok(None);
    }
    *count += tokens.iter().filter(|token| matches!(token, Token::Word(_))).count();
    if *count > WORDS_CAP {
        return Err(wrong("Too many words"));
    }
    let condition = if plain {
        Condition::All(tokens.into_iter().filter_map(|token| token.word(column)).collect())
    } else {
        let mut parser = Parser { tokens: &tokens, at: 0, column };
        parser.any(0).filter(|_| parser.at == tokens.len()).ok_or_else(|| wrong("syntax error in tsquery"))?
    };
    Ok(Some(condition))
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    And,
    Or,
    Not,
    Open,
    Close,
}

impl Token {
    fn word(self, column: Option<&str>) -> Option<Condition> {
        match self {
            Self::Word(word) => Some(Condition::Contains { column: column.map(str::to_owned), word }),
            _ => None,
        }
    }
}

/// The tokens of an expression; `None` where a quotation mark is not closed.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        found.push(match c {
            c if c.is_whitespace() => continue,
            '&' => Token::And,
            '|' => Token::Or,
            '!' => Token::Not,
            '(' => Token::Open,
            ')' => Token::Close,
            '\'' => {
                let mut word = String::new();
                loop {
                    match letters.next()? {
                        '\'' if letters.peek() == Some(&'\'') => word.extend(letters.next()),
                        '\'' => break,
                        c => word.push(c),
                    }
                }
                word.extend(std::iter::from_fn(|| letters.next_if(|c| is_part(*c))));
                Token::Word(without_mark(word))
            }
            c => {
                let mut word = String::from(c);
                word.extend(std::iter::from_fn(|| letters.next_if(|c| is_part(*c))));
                Token::Word(without_mark(word))
            }
        });
    }
    found.retain(|token| *token != Token::Word(String::new()));
    Some(found)
}

fn is_part(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '&' | '|' | '!' | '(' | ')' | '\'')
}

/// The word without `:*` and weights behind it: a word is sought anywhere, so also as a beginning.
fn without_mark(word: String) -> String {
    match word.rsplit_once(':') {
        Some((head, mark)) if mark.chars().all(|c| matches!(c, '*' | 'A'..='D' | 'a'..='d')) => head.to_owned(),
        _ => word,
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    column: Option<&'a str>,
}

impl Parser<'_> {
    fn next_is(&mut self, token: &Token) -> bool {
        let is = self.tokens.get(self.at) == Some(token);
        self.at += usize::from(is);
        is
    }

    fn any(&mut self, depth: usize) -> Option<Condition> {
        let mut parts = vec![self.all(depth)?];
        while self.next_is(&Token::Or) {
            parts.push(self.all(depth)?);
        }
        Some(Condition::Any(parts))
    }

    fn all(&mut self, depth: usize) -> Option<Condition> {
        let mut parts = vec![self.one(depth)?];
        while self.next_is(&Token::And) {
            parts.push(self.one(depth)?);
        }
        Some(Condition::All(parts))
    }

    fn one(&mut self, depth: usize) -> Option<Condition> {
        if depth > DEPTH_CAP {
            return None;
        }
        if self.next_is(&Token::Not) {
            return Some(Condition::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.next_is(&Token::Open) {
            let inner = self.any(depth + 1)?;
            return self.next_is(&Token::Close).then_some(inner);
        }
        let word = self.tokens.get(self.at)?.clone().word(self.column)?;
        self.at += 1;
        Some(word)
    }
}
