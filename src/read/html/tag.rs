//! The tags and texts of a page in order. Total: whatever the bytes, there is a next piece or an end.

/// A piece of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// A tag: its name as written, whether it closes, and the rest between name and `>`.
    Tag { name: &'t str, closes: bool, rest: &'t str },
    /// Text between two tags, entities as they stand.
    Text(&'t str),
}

/// The pieces of a page.
pub(super) struct Pieces<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Pieces<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Passes over everything up to a closing tag, itself left for the next piece: what stands in a script is no text.
    fn skip_to(&mut self, closing: &str) {
        let rest = self.rest().as_bytes();
        let found = memchr::memmem::find_iter(rest, b"</").find(|at| {
            let name = rest.get(at + 2..at + 2 + closing.len());
            name.is_some_and(|name| name.eq_ignore_ascii_case(closing.as_bytes()))
        });
        self.at += found.unwrap_or(rest.len());
    }
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        loop {
            let rest = self.rest();
            if rest.is_empty() {
                return None;
            }
            if let Some(comment) = rest.strip_prefix("<!--") {
                self.at += 4 + comment.find("-->").map_or(comment.len(), |end| end + 3);
                continue;
            }
            let opens = rest.as_bytes().get(1).is_some_and(u8::is_ascii_alphabetic);
            let is_tag = rest.starts_with('<') && (opens || rest.starts_with("</"));
            if !is_tag && rest.starts_with("<!") || rest.starts_with("<?") {
                self.at += rest.find('>').map_or(rest.len(), |end| end + 1);
                continue;
            }
            if !is_tag {
                // A lone < is a letter like any other.
                let skip = usize::from(rest.starts_with('<'));
                let end = memchr::memchr(b'<', &rest.as_bytes()[skip..]).map_or(rest.len(), |end| end + skip);
                self.at += end;
                return Some(Piece::Text(rest.get(..end).unwrap_or_default()));
            }
            let end = tag_end(rest);
            self.at += end;
            let inner = rest.get(1..end).unwrap_or_default().trim_end_matches('>');
            let (closes, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
            let split = inner.find(|letter: char| letter.is_ascii_whitespace() || letter == '/').unwrap_or(inner.len());
            let (name, rest) = inner.split_at(split);
            for raw in ["script", "style", "textarea", "title"] {
                if !closes && name.eq_ignore_ascii_case(raw) {
                    self.skip_to(raw);
                }
            }
            return Some(Piece::Tag { name, closes, rest });
        }
    }
}

/// Where a tag ends: after its `>`, one in a quoted value left out. A quotation mark that is never closed is none.
fn tag_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut first) = (1, None);
    while let Some(found) = memchr::memchr3(b'>', b'"', b'\'', bytes.get(at..).unwrap_or_default()) {
        let here = at + found;
        if bytes[here] == b'>' {
            return here + 1;
        }
        first = first.or(Some(here));
        let Some(close) = memchr::memchr(bytes[here], &bytes[here + 1..]) else { break };
        at = here + close + 2;
    }
    let from = first.unwrap_or(1);
    memchr::memchr(b'>', &bytes[from..]).map_or(bytes.len(), |end| from + end + 1)
}

/// The value of an attribute, quotation marks left out; empty where it has none.
pub(super) fn attribute<'t>(tag: &'t str, wanted: &str) -> Option<&'t str> {
    let mut rest = tag;
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_ascii_whitespace() || letter == '/');
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(|letter: char| letter.is_ascii_whitespace() || letter == '=').unwrap_or(rest.len());
        let (name, after) = rest.split_at(end.max(1).min(rest.len()));
        let after = after.trim_start();
        let (value, next) = match after.strip_prefix('=').map(str::trim_start) {
            None => ("", after),
            Some(value) => match value.chars().next().filter(|quote| matches!(quote, '"' | '\'')) {
                Some(quote) => {
                    let inner = value.get(1..).unwrap_or_default();
                    inner.split_once(quote).unwrap_or((inner, ""))
                }
                None => value.split_at(value.find(|letter: char| letter.is_ascii_whitespace()).unwrap_or(value.len())),
            },
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_however_they_are_written() {
        let text = "<!DOCTYPE html><TD  colSpan = \"2\" title='a>b' nowrap>3 < 4<br/><!-- <td> --><script>if(a<b)\"</td>\"</script></td";
        let pieces: Vec<Piece<'_>> = Pieces::new(text).collect();
        assert!(
            matches!(pieces[0], Piece::Tag { name: "TD", closes: false, rest } if attribute(rest, "colspan") == Some("2")
                && attribute(rest, "title") == Some("a>b") && attribute(rest, "nowrap") == Some("") && attribute(rest, "x").is_none())
        );
        assert_eq!(pieces[1..3], [Piece::Text("3 "), Piece::Text("< 4")]);
        assert!(matches!(pieces[3], Piece::Tag { name: "br", .. }));
        assert!(matches!(pieces.last(), Some(Piece::Tag { name: "td", closes: true, .. })));
        for broken in ["<", "</", "<a", "<a b=\"", "<!--", "<a b='>c", "<=>", "<!", "<?x"] {
            assert!(Pieces::new(broken).count() < 5, "{broken}");
        }
    }
}
