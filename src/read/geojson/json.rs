//! JSON taken apart into the texts of its members and elements, without reading their values.
//!
//! This is what keeps one broken feature from breaking its file: only brackets and quotation marks must be right for the
//! pieces to be found; each piece is then read on its own.

/// Why a text could not be taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::read) enum Fault {
    /// Something else was due at this byte, or the text ends there.
    At(usize),
    /// Nested too deep.
    TooDeep,
}

/// Walks over the values of a text; positions are bytes of the whole text.
#[derive(Debug, Clone, Copy)]
pub(in crate::read) struct Walker<'t> {
    text: &'t str,
    at: usize,
    value_at: usize,
    depth_limit: usize,
}

/// What the next step of a walk found.
pub(in crate::read) type Step<T> = Option<Result<T, Fault>>;

impl<'t> Walker<'t> {
    /// Begins at the start of a text.
    pub(in crate::read) fn new(text: &'t str, depth_limit: usize) -> Self {
        Self { text, at: 0, value_at: 0, depth_limit }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes blanks, and the record separators of RFC 8142.
    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r' | 0x1E)) {
            self.at += 1;
        }
    }

    /// The next value of a sequence of values; `None` at the end.
    pub(in crate::read) fn value(&mut self) -> Step<&'t str> {
        self.blanks();
        self.peek()?;
        Some(self.skip())
    }

    /// Enters an object or array by its opening bracket.
    pub(in crate::read) fn enter(&mut self, bracket: u8) -> Result<(), Fault> {
        self.blanks();
        if self.peek() != Some(bracket) {
            return Err(Fault::At(self.at));
        }
        self.at += 1;
        Ok(())
    }

    /// The next element of the array entered; `None` at its end.
    pub(in crate::read) fn element(&mut self) -> Step<&'t str> {
        if self.closes(b']') {
            return None;
        }
        Some(self.skip().and_then(|value| self.comma(b']').map(|()| value)))
    }

    /// The next member of the object entered: its key with quotation marks, its value; `None` at its end.
    pub(in crate::read) fn member(&mut self) -> Step<(&'t str, &'t str)> {
        if self.closes(b'}') { None } else { Some(self.key_value()) }
    }

    fn key_value(&mut self) -> Result<(&'t str, &'t str), Fault> {
        if self.peek() != Some(b'"') {
            return Err(Fault::At(self.at));
        }
        let key = self.skip()?;
        self.blanks();
        if self.peek() != Some(b':') {
            return Err(Fault::At(self.at));
        }
        self.at += 1;
        self.blanks();
        let value = self.skip()?;
        self.comma(b'}')?;
        Ok((key, value))
    }

    /// Passes the closing bracket, if it is next.
    fn closes(&mut self, bracket: u8) -> bool {
        self.blanks();
        let closes = self.peek() == Some(bracket);
        self.at += usize::from(closes);
        closes
    }

    /// Passes a comma, or stays before the closing bracket.
    fn comma(&mut self, bracket: u8) -> Result<(), Fault> {
        self.blanks();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.blanks();
                if self.peek() == Some(bracket) { Err(Fault::At(self.at)) } else { Ok(()) }
            }
            Some(byte) if byte == bracket => Ok(()),
            _ => Err(Fault::At(self.at)),
        }
    }

    /// Passes one value whole and gives its text.
    fn skip(&mut self) -> Result<&'t str, Fault> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        self.value_at = start;
        let mut open: Vec<u8> = Vec::new();
        loop {
            match bytes.get(self.at) {
                None => return Err(Fault::At(self.at)),
                Some(b'"') => self.string()?,
                Some(b'{' | b'[') => {
                    if open.len() >= self.depth_limit {
                        return Err(Fault::TooDeep);
                    }
                    open.push(if bytes[self.at] == b'{' { b'}' } else { b']' });
                    self.at += 1;
                }
                Some(byte @ (b'}' | b']')) => {
                    if open.pop() != Some(*byte) {
                        return Err(Fault::At(self.at));
                    }
                    self.at += 1;
                }
                Some(_) if open.is_empty() => {
                    let stop =
                        |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r' | 0x1E | b':');
                    let length = bytes[self.at..].iter().position(stop).unwrap_or(bytes.len() - self.at);
                    if length == 0 {
                        return Err(Fault::At(self.at));
                    }
                    self.at += length;
                }
                Some(_) => {
                    let plain = |byte: &u8| matches!(byte, b'"' | b'{' | b'[' | b'}' | b']');
                    let length = bytes[self.at..].iter().position(plain).unwrap_or(bytes.len() - self.at);
                    self.at += length;
                    continue;
                }
            }
            if open.is_empty() {
                return Ok(&self.text[start..self.at]);
            }
        }
    }

    fn string(&mut self) -> Result<(), Fault> {
        let bytes = self.text.as_bytes();
        self.at += 1;
        loop {
            let Some(found) = memchr::memchr2(b'"', b'\\', &bytes[self.at..]) else {
                return Err(Fault::At(bytes.len()));
            };
            self.at += found + 1;
            if bytes[self.at - 1] == b'"' {
                return Ok(());
            }
            // A backslash takes the next byte with it; a letter of several bytes after it is no escape and is refused
            // when the string is read.
            if self.at >= bytes.len() {
                return Err(Fault::At(bytes.len()));
            }
            self.at += 1;
        }
    }

    /// Where the walk stands.
    pub(in crate::read) fn position(&self) -> usize {
        self.at
    }

    /// Where the value given last begins.
    pub(in crate::read) fn value_at(&self) -> usize {
        self.value_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_elements_are_found_without_reading_values() {
        let text = r#" { "a" : [1, NaN, {"x":"]}"}], "b\"":null } "#;
        let mut walker = Walker::new(text, 10);
        walker.enter(b'{').unwrap();
        assert_eq!(walker.member(), Some(Ok((r#""a""#, r#"[1, NaN, {"x":"]}"}]"#))));
        assert_eq!(walker.member(), Some(Ok((r#""b\"""#, "null"))));
        assert_eq!(walker.member(), None);
        let mut list = Walker::new(r#"[1, NaN, {"x":"]}"}]"#, 10);
        list.enter(b'[').unwrap();
        assert_eq!([list.element(), list.element()], [Some(Ok("1")), Some(Ok("NaN"))]);
        assert_eq!(list.element(), Some(Ok(r#"{"x":"]}"}"#)));
        assert_eq!(list.element(), None);
    }

    #[test]
    fn what_is_cut_off_or_too_deep_is_a_fault() {
        for text in ["{\"a\":[1,2", "[\"a", "[1 2]", "[1,]", "{\"a\" 1}", "[}", "\"\\"] {
            let mut walker = Walker::new(text, 10);
            let whole = walker.value();
            let mut list = Walker::new(text, 10);
            let inner = list.enter(b'[').or_else(|_| list.enter(b'{')).map(|()| {
                std::iter::from_fn(|| {
                    if text.starts_with('[') { list.element() } else { list.member().map(|m| m.map(|m| m.1)) }
                })
                .any(|element| element.is_err())
            });
            assert!(matches!(whole, Some(Err(_))) || inner == Ok(true), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(Walker::new(&deep, 64).value(), Some(Err(Fault::TooDeep)));
    }
}
