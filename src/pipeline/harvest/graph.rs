//! A graph of another catalogue, read whole: Turtle, RDF/XML or JSON-LD.

use std::collections::HashMap;

use oxrdf::{NamedOrBlankNode, Term};

use super::fetch::Document;
use super::{Fault, fault};

/// Most triples: a catalogue of a thousand datasets with ten files each has some 400,000.
const TRIPLES: usize = 5_000_000;

/// What is said, by subject and predicate.
#[derive(Debug, Default)]
pub(super) struct Graph {
    said: HashMap<String, Vec<(String, Term)>>,
    /// Subjects in the order in which they were first spoken of.
    order: Vec<String>,
    triples: usize,
}

/// A node as a key: its IRI, or `_:` and the name of a blank one.
pub(super) fn key(term: &Term) -> Option<String> {
    match term {
        Term::NamedNode(node) => Some(node.as_str().to_owned()),
        Term::BlankNode(node) => Some(node.to_string()),
        Term::Literal(_) => None,
    }
}

impl Graph {
    /// Adds a document.
    pub(super) fn read(&mut self, document: &Document) -> Result<(), Fault> {
        let bytes = document.bytes.as_slice();
        let wrong = |error: &dyn std::fmt::Display| {
            let address = &document.address;
            fault(
                "answer",
                format!("{address} をDCATのカタログとして読めません({error})。"),
                format!("{address} cannot be read as a DCAT catalogue: {error}"),
            )
        };
        // Blank nodes of two documents are different ones, even under one name.
        let page = self.triples;
        let address = document.address.as_str();
        match syntax(document) {
            Syntax::Turtle => {
                let parser = oxttl::TurtleParser::new().with_base_iri(address).map_err(|error| wrong(&error))?;
                for triple in parser.for_slice(bytes) {
                    let triple = triple.map_err(|error| wrong(&error))?;
                    self.add(page, &triple.subject, triple.predicate.as_str(), triple.object)
                        .map_err(|()| wrong(&TOO_MANY))?;
                }
            }
            Syntax::RdfXml => {
                // Entities of one's own can be made to grow without end; no catalogue needs them.
                if memchr::memmem::find(bytes, b"<!DOCTYPE").is_some()
                    || memchr::memmem::find(bytes, b"<!ENTITY").is_some()
                {
                    return Err(wrong(&"DOCTYPE"));
                }
                let parser = oxrdfxml::RdfXmlParser::new().with_base_iri(address).map_err(|error| wrong(&error))?;
                for triple in parser.for_slice(bytes) {
                    let triple = triple.map_err(|error| wrong(&error))?;
                    self.add(page, &triple.subject, triple.predicate.as_str(), triple.object)
                        .map_err(|()| wrong(&TOO_MANY))?;
                }
            }
            Syntax::JsonLd => {
                // Contexts elsewhere are not fetched: a document that needs one is refused.
                let parser = oxjsonld::JsonLdParser::new().with_base_iri(address).map_err(|error| wrong(&error))?;
                for quad in parser.for_slice(bytes) {
                    let quad = quad.map_err(|error| wrong(&error))?;
                    self.add(page, &quad.subject, quad.predicate.as_str(), quad.object)
                        .map_err(|()| wrong(&TOO_MANY))?;
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, page: usize, subject: &NamedOrBlankNode, predicate: &str, object: Term) -> Result<(), ()> {
        self.triples += 1;
        if self.triples > TRIPLES {
            return Err(());
        }
        let subject = match subject {
            NamedOrBlankNode::NamedNode(node) => node.as_str().to_owned(),
            NamedOrBlankNode::BlankNode(node) => format!("{node}.{page}"),
        };
        let object = match object {
            Term::BlankNode(node) => oxrdf::BlankNode::new(format!("{}.{page}", node.as_str()))
                .map_or(Term::BlankNode(node), Term::BlankNode),
            other => other,
        };
        let order = &mut self.order;
        let said = self.said.entry(subject).or_insert_with_key(|subject| {
            order.push(subject.clone());
            Vec::new()
        });
        let fresh = !said.iter().rev().take(200).any(|(known, value)| known == predicate && *value == object);
        if fresh {
            said.push((predicate.to_owned(), object));
        }
        Ok(())
    }

    /// Subjects of a class, in order.
    pub(super) fn of_class<'a>(&'a self, class: &'a str) -> impl Iterator<Item = &'a str> {
        self.order
            .iter()
            .map(String::as_str)
            .filter(move |subject| self.all(subject, RDF_TYPE).any(|term| key(term).is_some_and(|own| own == class)))
    }

    /// All values of a property.
    pub(super) fn all<'a>(&'a self, subject: &str, property: &'a str) -> impl Iterator<Item = &'a Term> {
        let said = self.said.get(subject).map_or(&[][..], Vec::as_slice);
        said.iter().filter(move |(own, _)| own == property).map(|(_, term)| term)
    }

    /// The nodes that are values of a property.
    pub(super) fn nodes(&self, subject: &str, property: &str) -> Vec<String> {
        self.all(subject, property).filter_map(key).collect()
    }

    /// A text: the Japanese one before one in no language before any other; empty where there is none.
    pub(super) fn text(&self, subject: &str, property: &str) -> String {
        let rank = |term: &&Term| match term {
            Term::Literal(literal) => match literal.language() {
                Some(language) if language.starts_with("ja") => 0,
                None => 1,
                Some(_) => 2,
            },
            _ => 3,
        };
        match self.all(subject, property).min_by_key(rank) {
            Some(Term::Literal(literal)) => literal.value().trim().to_owned(),
            Some(Term::NamedNode(node)) => node.as_str().to_owned(),
            _ => String::new(),
        }
    }

    /// All texts of a property, the Japanese ones alone where there are any.
    pub(super) fn texts(&self, subject: &str, property: &str) -> Vec<String> {
        let literals: Vec<_> = self
            .all(subject, property)
            .filter_map(|term| if let Term::Literal(own) = term { Some(own) } else { None })
            .collect();
        let is_japanese = |language: Option<&str>| language.is_some_and(|own| own.starts_with("ja"));
        let any_japanese = literals.iter().any(|own| is_japanese(own.language()));
        literals
            .into_iter()
            .filter(|own| !any_japanese || own.language().is_none() || is_japanese(own.language()))
            .map(|own| own.value().trim().to_owned())
            .collect()
    }
}

/// `rdf:type`.
const RDF_TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const TOO_MANY: &str = "too many triples";

enum Syntax {
    Turtle,
    RdfXml,
    JsonLd,
}

/// By the media type; by the first letter where that says nothing.
fn syntax(document: &Document) -> Syntax {
    match document.media_type.as_str() {
        "text/turtle" | "text/n3" | "application/n-triples" => return Syntax::Turtle,
        "application/rdf+xml" => return Syntax::RdfXml,
        "application/ld+json" => return Syntax::JsonLd,
        _ => {}
    }
    let text = document.bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(&document.bytes);
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'[') => Syntax::JsonLd,
        // `<` also begins an IRI; a prolog or an element of RDF/XML is told by what follows.
        Some(b'<')
            if document.media_type.ends_with("xml")
                || text.windows(5).take(512).any(|five| five == b"<?xml" || five == b"<rdf:") =>
        {
            Syntax::RdfXml
        }
        _ => Syntax::Turtle,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(media_type: &str, text: &str) -> Result<Graph, Fault> {
        let mut graph = Graph::default();
        let document = Document {
            bytes: text.as_bytes().to_vec(),
            media_type: media_type.to_owned(),
            address: "https://example.jp/catalog".to_owned(),
        };
        graph.read(&document).map(|()| graph)
    }

    #[test]
    fn the_three_syntaxes_say_the_same_and_lies_are_refused() {
        let turtle = "@prefix d: <http://purl.org/dc/terms/> . <a> a <http://x/C> ; d:title \"A\"@en, \"あ\"@ja .";
        let xml = "<?xml version=\"1.0\"?><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
                   xmlns:d=\"http://purl.org/dc/terms/\" xmlns:x=\"http://x/\"><x:C rdf:about=\"a\">\
                   <d:title xml:lang=\"ja\">あ</d:title></x:C></rdf:RDF>";
        let json = "{\"@id\":\"a\",\"@type\":\"http://x/C\",\"http://purl.org/dc/terms/title\":\
                    {\"@value\":\"あ\",\"@language\":\"ja\"}}";
        for (media_type, text) in
            [("text/turtle", turtle), ("", turtle), ("application/rdf+xml", xml), ("text/xml", xml), ("", json)]
        {
            let graph = graph(media_type, text).expect(media_type);
            let found: Vec<&str> = graph.of_class("http://x/C").collect();
            assert_eq!(found, ["https://example.jp/a"], "{media_type}");
            assert_eq!(graph.text(found[0], "http://purl.org/dc/terms/title"), "あ");
        }
        let laughs = xml.replace("?>", "?><!DOCTYPE r [<!ENTITY a \"aaaa\">]>");
        for (media_type, text) in [
            ("application/rdf+xml", laughs.as_str()),
            ("text/turtle", "<a> <b> "),
            ("", "<html><body>503</body></html>"),
            ("application/ld+json", "{\"@context\":\"https://elsewhere.example/context.jsonld\",\"@id\":\"a\"}"),
        ] {
            assert_eq!(graph(media_type, text).expect_err(text).code, "answer", "{text}");
        }
    }
}
