//! The well-known text of coordinate systems (OGC 01-009 and ISO 19162), as a tree of keywords.

/// Levels of brackets read. A compound system of WKT2 nests seven deep.
const DEPTH: usize = 20;

/// Bytes read. The longest texts known have some kilobytes.
const BYTES: usize = 64 << 10;

/// One keyword with what stands in its brackets.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// The keyword in upper case.
    pub(super) keyword: String,
    arguments: Vec<Argument>,
}

#[derive(Debug, Clone, PartialEq)]
enum Argument {
    Text(String),
    Node(Node),
}

impl Node {
    /// The first argument, where it is a text: the name.
    pub(super) fn name(&self) -> Option<&str> {
        self.number_or_text(0)
    }

    /// The argument at this index, where it is a text or number.
    pub(super) fn number_or_text(&self, index: usize) -> Option<&str> {
        match self.arguments.get(index)? {
            Argument::Text(text) => Some(text),
            Argument::Node(_) => None,
        }
    }

    /// The keywords directly inside.
    pub(super) fn children(&self) -> impl Iterator<Item = &Self> {
        self.arguments.iter().filter_map(|argument| match argument {
            Argument::Node(node) => Some(node),
            Argument::Text(_) => None,
        })
    }

    /// Whether this is a coordinate system.
    pub(super) fn is_system(&self) -> bool {
        self.keyword.ends_with("CS") || self.keyword.ends_with("CRS")
    }

    /// The first of these keywords inside, at any depth.
    pub(super) fn find(&self, keywords: &[&str]) -> Option<&Self> {
        let mut found = None;
        self.walk(&mut |node| {
            if found.is_none() && keywords.contains(&node.keyword.as_str()) {
                found = Some(node);
            }
        });
        found
    }

    /// All of this keyword inside, at any depth.
    pub(super) fn all(&self, keyword: &str) -> Vec<&Self> {
        let mut found = Vec::new();
        self.walk(&mut |node| {
            if node.keyword == keyword {
                found.push(node);
            }
        });
        found
    }

    fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        for child in self.children() {
            visit(child);
            child.walk(visit);
        }
    }
}

/// Parses a text; `None` where it is no well-known text, too long or too deep.
pub(super) fn parse(text: &str) -> Option<Node> {
    if text.len() > BYTES {
        return None;
    }
    Parser { rest: text }.node(0)
}

struct Parser<'t> {
    rest: &'t str,
}

impl Parser<'_> {
    fn node(&mut self, depth: usize) -> Option<Node> {
        if depth > DEPTH {
            return None;
        }
        let word = self.word()?;
        self.open()?;
        let mut arguments = Vec::new();
        loop {
            self.blanks();
            let first = self.rest.chars().next()?;
            if first == '"' {
                arguments.push(Argument::Text(self.quoted()?));
            } else if first.is_ascii_alphabetic() {
                arguments.push(self.word_or_node(depth)?);
            } else {
                let end = self.rest.find([',', ']', ')'])?;
                arguments.push(Argument::Text(self.rest[..end].trim().to_owned()));
                self.rest = &self.rest[end..];
            }
            self.blanks();
            let next = self.rest.chars().next()?;
            self.rest = &self.rest[next.len_utf8()..];
            match next {
                ',' => {}
                ']' | ')' => return Some(Node { keyword: word.to_ascii_uppercase(), arguments }),
                _ => return None,
            }
        }
    }

    fn word_or_node(&mut self, depth: usize) -> Option<Argument> {
        let before = self.rest;
        let word = self.word()?;
        self.blanks();
        if self.rest.starts_with(['[', '(']) {
            self.rest = before;
            self.node(depth + 1).map(Argument::Node)
        } else {
            Some(Argument::Text(word))
        }
    }

    fn word(&mut self) -> Option<String> {
        self.blanks();
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
        let word = self.rest.get(..end).filter(|word| !word.is_empty())?.to_owned();
        self.rest = &self.rest[end..];
        Some(word)
    }

    fn open(&mut self) -> Option<()> {
        self.blanks();
        self.rest = self.rest.strip_prefix(['[', '('])?;
        Some(())
    }

    fn quoted(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            self.rest = self.rest.strip_prefix('"')?;
            let end = self.rest.find('"')?;
            text.push_str(&self.rest[..end]);
            self.rest = &self.rest[end + 1..];
            if !self.rest.starts_with('"') {
                return Some(text);
            }
            text.push('"');
        }
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }
}
