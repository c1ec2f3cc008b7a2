//! The arguments of CKAN's actions: what each takes, for its address and for its body.

use serde_json::{Map, Value as Json, json};

use super::operation::{in_query, needed, one_of, text, whole};
use super::samples::Samples;

/// One argument.
#[derive(Debug, Clone, Copy)]
pub(super) struct Argument {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) words: &'static str,
    pub(super) needed: bool,
}

/// What an argument is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// A text.
    Text,
    /// A text with this example.
    Such(&'static str),
    /// The name or id of a thing.
    Of(Thing),
    /// A whole number from 0; default and most where there are any.
    Whole(Option<u64>, Option<u64>),
    /// Yes or no.
    Flag(bool),
    /// A list of texts: in an address JSON, in a body itself.
    List,
    /// An object: in an address JSON, in a body itself.
    Object,
    /// One of these, the first by default.
    Words(&'static [&'static str]),
}

/// What an example is taken from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Thing {
    Dataset,
    Organization,
    Distribution,
    Tag,
}

/// An argument that may be left out.
pub(super) const fn may(name: &'static str, kind: Kind, words: &'static str) -> Argument {
    Argument { name, kind, words, needed: false }
}

/// An argument without which nothing is answered.
pub(super) const fn must(name: &'static str, kind: Kind, words: &'static str) -> Argument {
    Argument { name, kind, words, needed: true }
}

impl Argument {
    fn example<'a>(&self, samples: &'a Samples) -> Option<&'a str> {
        match self.kind {
            Kind::Such(example) => Some(example),
            Kind::Of(thing) => match thing {
                Thing::Dataset => samples.dataset.as_deref(),
                Thing::Organization => samples.organization.as_deref(),
                Thing::Distribution => samples.distribution.as_deref(),
                Thing::Tag => samples.tag.as_deref(),
            },
            _ => None,
        }
    }

    /// As a parameter behind `?`.
    pub(super) fn in_address(&self, samples: &Samples) -> Json {
        let schema = match self.kind {
            Kind::Text | Kind::Such(_) | Kind::Of(_) => text(),
            Kind::Whole(default, most) => whole(0, default, most),
            Kind::Flag(default) => json!({ "type": "boolean", "default": default }),
            Kind::Words(words) => one_of(words),
            Kind::List => {
                json!({ "type": "string", "contentMediaType": "application/json", "examples": ["[\"名称\"]"] })
            }
            Kind::Object => json!({ "type": "string", "contentMediaType": "application/json", "examples": ["{}"] }),
        };
        let example = self.example(samples);
        if self.needed {
            return needed(self.name, self.words, &schema, example);
        }
        let mut parameter = in_query(self.name, self.words, &schema);
        if let (Some(example), Some(own)) = (example, parameter.as_object_mut()) {
            own.insert("example".to_owned(), json!(example));
        }
        parameter
    }

    fn in_body(&self) -> Json {
        let mut schema = match self.kind {
            Kind::Text | Kind::Such(_) | Kind::Of(_) => text(),
            Kind::Whole(default, most) => whole(0, default, most),
            Kind::Flag(default) => json!({ "type": "boolean", "default": default }),
            Kind::Words(words) => one_of(words),
            Kind::List => json!({ "type": "array", "items": { "type": "string" } }),
            Kind::Object => json!({ "type": "object" }),
        };
        if let Some(own) = schema.as_object_mut() {
            own.insert("description".to_owned(), json!(self.words));
        }
        schema
    }
}

/// All of them as the schema of a body.
pub(super) fn body(arguments: &[Argument]) -> Json {
    let properties: Map<String, Json> =
        arguments.iter().map(|argument| (argument.name.to_owned(), argument.in_body())).collect();
    let needed: Vec<&str> = arguments.iter().filter(|argument| argument.needed).map(|argument| argument.name).collect();
    json!({ "type": "object", "properties": properties, "required": needed })
}
