//! One graph: triples in a settled order, each once, every IRI checked and every text fit for every syntax.

use std::collections::{HashMap, HashSet};

use oxrdf::{Literal, NamedNode, NamedNodeRef, NamedOrBlankNode, Term, Triple};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::vocabulary::{Name, RDF};

/// What `url` leaves in an address although no IRI may hold it (RFC 3987 §2.2: `iunreserved`, `sub-delims`).
const NOT_IN_IRIS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A graph under construction. Subjects come out in the order in which they were first spoken of, each with its
/// classes first: the same catalogue always gives the same bytes.
#[derive(Debug, Default)]
pub(super) struct Graph {
    subjects: Vec<NamedNode>,
    places: HashMap<NamedNode, usize>,
    said: Vec<Vec<(NamedNode, Term)>>,
    seen: HashSet<Triple>,
}

/// A triple is about a node without a name; graphs here have none.
#[derive(Debug, thiserror::Error)]
#[error("a node without a name")]
pub(super) struct BlankNode;

impl Graph {
    /// A triple made elsewhere; one about a blank node is refused.
    pub(super) fn take(&mut self, triple: Triple) -> Result<(), BlankNode> {
        match triple.subject {
            NamedOrBlankNode::NamedNode(subject) => self.insert(&subject, triple.predicate, triple.object),
            NamedOrBlankNode::BlankNode(_) => return Err(BlankNode),
        }
        Ok(())
    }

    fn add(&mut self, subject: &NamedNode, predicate: Name, object: Term) {
        self.insert(subject, predicate.node(), object);
    }

    fn insert(&mut self, subject: &NamedNode, predicate: NamedNode, object: Term) {
        let triple = Triple::new(subject.clone(), predicate.clone(), object.clone());
        if !self.seen.insert(triple) {
            return;
        }
        let place = *self.places.entry(subject.clone()).or_insert_with(|| {
            self.subjects.push(subject.clone());
            self.said.push(Vec::new());
            self.subjects.len() - 1
        });
        self.said[place].push((predicate, object));
    }

    /// `subject` is of this class.
    pub(super) fn is(&mut self, subject: &NamedNode, class: Name) {
        self.add(subject, RDF.name("type"), class.node().into());
    }

    /// Another node.
    pub(super) fn link(&mut self, subject: &NamedNode, predicate: Name, object: &NamedNode) {
        self.add(subject, predicate, object.clone().into());
    }

    /// A text in no language (`xsd:string`); an empty one says nothing and is left out.
    pub(super) fn text(&mut self, subject: &NamedNode, predicate: Name, text: &str) {
        let text = clean(text);
        if !text.is_empty() {
            self.add(subject, predicate, Literal::new_simple_literal(text).into());
        }
    }

    /// A text in a language, `ja` or `en`; an empty one is left out.
    pub(super) fn said(&mut self, subject: &NamedNode, predicate: Name, text: &str, language: &'static str) {
        let text = clean(text);
        if !text.is_empty() {
            self.add(subject, predicate, Literal::new_language_tagged_literal_unchecked(text, language).into());
        }
    }

    /// A text in Japanese and in English.
    pub(super) fn both(&mut self, subject: &NamedNode, predicate: Name, (japanese, english): (&str, &str)) {
        self.said(subject, predicate, japanese, "ja");
        self.said(subject, predicate, english, "en");
    }

    /// A value of a datatype.
    pub(super) fn value(&mut self, subject: &NamedNode, predicate: Name, value: impl Into<String>, datatype: Name) {
        self.add(subject, predicate, Literal::new_typed_literal(value, datatype.node()).into());
    }

    /// All triples, subject by subject; of each the classes, then its properties, those of one predicate together.
    pub(super) fn triples(&self) -> impl Iterator<Item = (&NamedNode, NamedNodeRef<'_>, &Term)> {
        self.subjects.iter().zip(&self.said).flat_map(|(subject, said)| {
            let mut order: Vec<NamedNodeRef<'_>> = vec![oxrdf::vocab::rdf::TYPE];
            for (predicate, _) in said {
                if !order.contains(&predicate.as_ref()) {
                    order.push(predicate.as_ref());
                }
            }
            order.into_iter().flat_map(move |wanted| {
                said.iter()
                    .filter(move |(predicate, _)| predicate.as_ref() == wanted)
                    .map(move |(_, object)| (subject, wanted, object))
            })
        })
    }
}

/// The IRI of an address, percent-encoded where it has to be; `None` where it is no address of the web.
pub(super) fn web_iri(text: &str) -> Option<NamedNode> {
    let url = url::Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let whole = url.as_str();
    let from = url[..url::Position::BeforePath].len();
    let (authority, rest) = whole.split_at(from);
    let rest = stray_percents(&utf8_percent_encode(rest, NOT_IN_IRIS).to_string());
    NamedNode::new(format!("{authority}{rest}")).ok()
}

/// The node of a text that was built from parts which are percent-encoded already.
pub(super) fn node(text: impl Into<String>) -> NamedNode {
    NamedNode::new_unchecked(text)
}

/// `%` that begins no escape is itself escaped.
fn stray_percents(text: &str) -> String {
    let bytes = text.as_bytes();
    let is_hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    let mut whole = String::with_capacity(text.len());
    for (at, letter) in text.char_indices() {
        whole.push(letter);
        if letter == '%' && !(is_hex(at + 1) && is_hex(at + 2)) {
            whole.push_str("25");
        }
    }
    whole
}

/// A text that XML 1.0 can carry (its §2.2): without controls and non-characters, lines ended by `\n` alone, since XML
/// readers make that of every other ending.
pub(in crate::http) fn clean(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .map(|letter| if letter == '\r' { '\n' } else { letter })
        .filter(|letter| {
            matches!(letter, '\t' | '\n' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
                && !matches!(letter, '\u{7f}'..='\u{9f}')
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_becomes_a_valid_iri_or_none() {
        for (text, iri) in [
            ("https://example.jp/a b", Some("https://example.jp/a%20b")),
            (
                "https://例え.jp/データ?q=防災|x",
                Some("https://xn--r8jz45g.jp/%E3%83%87%E3%83%BC%E3%82%BF?q=%E9%98%B2%E7%81%BD%7Cx"),
            ),
            ("https://example.jp/100%/x[1]", Some("https://example.jp/100%25/x%5B1%5D")),
            ("http://[::1]:8080/a", Some("http://[::1]:8080/a")),
            ("https://example.jp/#<a>", Some("https://example.jp/#%3Ca%3E")),
            ("javascript:alert(1)", None),
            ("焼津市役所", None),
            ("", None),
        ] {
            assert_eq!(web_iri(text).map(NamedNode::into_string).as_deref(), iri, "{text}");
        }
    }

    #[test]
    fn texts_hold_nothing_that_a_syntax_cannot_carry() {
        assert_eq!(clean("a\r\nb\rc\u{0}\u{b}\u{fffe}\u{9f}d\te"), "a\nb\ncd\te");
        let mut graph = Graph::default();
        let subject = node("https://example.jp/a");
        graph.text(&subject, RDF.name("value"), "\u{1}");
        assert_eq!(graph.triples().count(), 0);
    }

    #[test]
    fn triples_are_said_once_and_classes_come_first() {
        let mut graph = Graph::default();
        let (a, b) = (node("https://example.jp/a"), node("https://example.jp/b"));
        graph.text(&a, RDF.name("value"), "1");
        graph.link(&b, RDF.name("value"), &a);
        graph.is(&a, RDF.name("Bag"));
        graph.text(&a, RDF.name("value"), "1");
        let order: Vec<_> = graph.triples().map(|(s, p, _)| (s.as_str(), p.as_str().rsplit('#').next())).collect();
        assert_eq!(
            order,
            [
                ("https://example.jp/a", Some("type")),
                ("https://example.jp/a", Some("value")),
                ("https://example.jp/b", Some("value")),
            ]
        );
    }
}
