//! Letters to tokens.

use super::{Cql2Error, clip};

/// A token and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A keyword, a name of a function or a property.
    Word(String),
    /// A property in quotation marks.
    Name(String),
    /// A text.
    Text(String),
    /// A number as written.
    Number(String),
    /// A sign: one of `= <> < > <= >= ( ) ,`.
    Sign(&'static str),
}

/// The tokens of a text.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Cql2Error> {
    let mut scanner = Scanner { letters: text.chars().collect(), at: 0 };
    let mut tokens = Vec::new();
    loop {
        while scanner.peek().is_some_and(|c| c.is_whitespace() || c == '\u{85}') {
            scanner.at += 1;
        }
        let at = scanner.at;
        let Some(first) = scanner.peek() else { return Ok(tokens) };
        let kind = match first {
            '\'' => Kind::Text(scanner.quoted('\'')?),
            '"' => Kind::Name(scanner.quoted('"')?),
            '0'..='9' | '.' | '+' | '-' => Kind::Number(scanner.number()?),
            c if starts_name(c) => Kind::Word(scanner.word()),
            c => Kind::Sign(scanner.sign(c)?),
        };
        tokens.push(Token { at, kind });
    }
}

struct Scanner {
    letters: Vec<char>,
    at: usize,
}

impl Scanner {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn second(&self) -> Option<char> {
        self.letters.get(self.at + 1).copied()
    }

    /// A text or name up to its closing mark, which is written twice or after `\` where it is meant itself.
    fn quoted(&mut self, mark: char) -> Result<String, Cql2Error> {
        let begin = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.peek() {
                None => return Err(Cql2Error::new(begin, "引用符が閉じていません", "a quotation mark is not closed")),
                Some(c) if c == mark && self.second() == Some(mark) => {
                    text.push(mark);
                    self.at += 2;
                }
                Some(c) if c == mark => {
                    self.at += 1;
                    return Ok(text);
                }
                Some('\\') if self.second() == Some(mark) => {
                    // A backslash as the last letter of a text is one, where no other mark closes the text.
                    let rest = self.letters.get(self.at + 2..).unwrap_or_default();
                    if rest.contains(&mark) {
                        text.push(mark);
                        self.at += 2;
                    } else {
                        text.push('\\');
                        self.at += 1;
                    }
                }
                Some(c) => {
                    text.push(c);
                    self.at += 1;
                }
            }
        }
    }

    fn number(&mut self) -> Result<String, Cql2Error> {
        let begin = self.at;
        let mut text = String::new();
        if let Some(sign @ ('+' | '-')) = self.peek() {
            if sign == '-' {
                text.push('-');
            }
            self.at += 1;
        }
        let whole = self.digits(&mut text);
        let mut fraction = 0;
        if self.peek() == Some('.') {
            text.push('.');
            self.at += 1;
            fraction = self.digits(&mut text);
        }
        if whole + fraction == 0 {
            return Err(Cql2Error::new(begin, "数が読み取れません", "a number is expected"));
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            text.push('e');
            self.at += 1;
            if let Some(sign @ ('+' | '-')) = self.peek() {
                text.push(sign);
                self.at += 1;
            }
            if self.digits(&mut text) == 0 {
                return Err(Cql2Error::new(begin, "数が読み取れません", "a number is expected"));
            }
        }
        Ok(text)
    }

    fn digits(&mut self, text: &mut String) -> usize {
        let begin = self.at;
        while let Some(digit @ '0'..='9') = self.peek() {
            text.push(digit);
            self.at += 1;
        }
        self.at - begin
    }

    fn word(&mut self) -> String {
        let mut text = String::new();
        while let Some(c) = self.peek().filter(|c| continues_name(*c)) {
            text.push(c);
            self.at += 1;
        }
        text
    }

    fn sign(&mut self, first: char) -> Result<&'static str, Cql2Error> {
        let sign = match (first, self.second()) {
            ('<', Some('>')) => "<>",
            ('<', Some('=')) => "<=",
            ('>', Some('=')) => ">=",
            ('<', _) => "<",
            ('>', _) => ">",
            ('=', _) => "=",
            ('(', _) => "(",
            (')', _) => ")",
            (',', _) => ",",
            (c, _) => {
                let c = clip(&c.to_string());
                return Err(Cql2Error::new(
                    self.at,
                    format!("「{c}」はここでは使えません。記号を含む項目名は\"\"で囲んでください"),
                    format!("'{c}' has no meaning here; names with signs stand in double quotes"),
                ));
            }
        };
        self.at += sign.len();
        Ok(sign)
    }
}

/// Letters that begin a name (annex B of the standard).
fn starts_name(c: char) -> bool {
    matches!(c,
        ':' | '_' | 'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1ffe}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

fn continues_name(c: char) -> bool {
    starts_name(c) || matches!(c, '.' | '0'..='9' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}
