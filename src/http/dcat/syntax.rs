//! The syntaxes in which a graph is written.

use oxrdf::{QuadRef, TripleRef};

use super::graph::Graph;
use super::vocabulary;
use crate::http::accept;

/// A syntax of RDF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Syntax {
    /// Turtle (RDF 1.1).
    Turtle,
    /// RDF/XML.
    RdfXml,
    /// JSON-LD 1.1.
    JsonLd,
    /// Notation3; every Turtle document is one.
    N3,
}

/// The endings of addresses, as ckanext-dcat has them.
const ENDINGS: [(&str, Syntax); 5] = [
    ("ttl", Syntax::Turtle),
    ("rdf", Syntax::RdfXml),
    ("xml", Syntax::RdfXml),
    ("jsonld", Syntax::JsonLd),
    ("n3", Syntax::N3),
];

impl Syntax {
    /// The syntax of an ending.
    pub(super) fn of_ending(ending: &str) -> Option<Self> {
        ENDINGS.iter().find(|(known, _)| *known == ending).map(|(_, syntax)| *syntax)
    }

    /// The media type with its character set, where the type has one.
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Turtle => "text/turtle; charset=utf-8",
            Self::RdfXml => "application/rdf+xml; charset=utf-8",
            Self::JsonLd => "application/ld+json",
            Self::N3 => "text/n3; charset=utf-8",
        }
    }

    fn of_media_type(name: &str) -> Option<Self> {
        match name {
            "text/turtle" | "application/x-turtle" => Some(Self::Turtle),
            "application/rdf+xml" => Some(Self::RdfXml),
            "application/ld+json" => Some(Self::JsonLd),
            "text/n3" | "text/rdf+n3" => Some(Self::N3),
            _ => None,
        }
    }

    /// What an `Accept` header wants most, the first named among equals: a syntax, or `None` for a page, which is also
    /// the answer where nothing of RDF is named (`*/*` is what every program sends).
    pub(super) fn accepted(headers: &http::HeaderMap) -> Option<Self> {
        let mut best: Option<(Option<Self>, f32)> = None;
        for (name, weight) in accept::ranges(headers).filter(|(_, weight)| *weight > 0.0) {
            let is_page = matches!(name.as_str(), "text/html" | "application/xhtml+xml");
            let wanted = Self::of_media_type(&name);
            if (is_page || wanted.is_some()) && best.is_none_or(|(_, other)| weight > other) {
                best = Some((wanted, weight));
            }
        }
        best.and_then(|(wanted, _)| wanted)
    }
}

/// Writes a graph.
///
/// # Errors
/// Those of the writer; into memory there is none.
pub(super) fn write(graph: &Graph, syntax: Syntax) -> std::io::Result<Vec<u8>> {
    let triples = graph.triples().map(|(subject, predicate, object)| TripleRef::new(subject, predicate, object));
    match syntax {
        Syntax::Turtle | Syntax::N3 => {
            let mut serializer = oxttl::TurtleSerializer::new();
            for each in vocabulary::ALL {
                serializer = serializer.with_prefix(each.prefix, each.iri).map_err(std::io::Error::other)?;
            }
            let mut writer = serializer.for_writer(Vec::new());
            for triple in triples {
                writer.serialize_triple(triple)?;
            }
            writer.finish()
        }
        Syntax::RdfXml => {
            let mut serializer = oxrdfxml::RdfXmlSerializer::new();
            for each in vocabulary::ALL {
                serializer = serializer.with_prefix(each.prefix, each.iri).map_err(std::io::Error::other)?;
            }
            let mut writer = serializer.for_writer(Vec::new());
            for triple in triples {
                writer.serialize_triple(triple)?;
            }
            writer.finish()
        }
        Syntax::JsonLd => {
            let mut serializer = oxjsonld::JsonLdSerializer::new();
            for each in vocabulary::ALL {
                serializer = serializer.with_prefix(each.prefix, each.iri).map_err(std::io::Error::other)?;
            }
            let mut writer = serializer.for_writer(Vec::new());
            for triple in triples {
                writer.serialize_quad(QuadRef::new(
                    triple.subject,
                    triple.predicate,
                    triple.object,
                    oxrdf::GraphNameRef::DefaultGraph,
                ))?;
            }
            writer.finish()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_given_unless_rdf_is_wanted_first() {
        for (accept, syntax) in [
            ("", None),
            ("*/*", None),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", None),
            ("text/turtle", Some(Syntax::Turtle)),
            ("text/turtle, text/html", Some(Syntax::Turtle)),
            ("text/html, text/turtle", None),
            ("text/html;q=0.5, text/turtle", Some(Syntax::Turtle)),
            ("application/rdf+xml;q=0.8, application/ld+json;q=0.9, */*;q=0.1", Some(Syntax::JsonLd)),
            ("text/turtle;q=0", None),
            ("text/turtle;q=x", None),
            ("TEXT/N3; Q=0.3", Some(Syntax::N3)),
            (",;,q=,", None),
        ] {
            let headers = http::HeaderMap::from_iter([(
                http::header::ACCEPT,
                http::HeaderValue::from_str(accept).expect("a value"),
            )]);
            assert_eq!(Syntax::accepted(&headers), syntax, "{accept}");
        }
    }
}
