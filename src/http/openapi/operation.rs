//! One operation, put together part by part.

use serde_json::{Map, Value as Json, json};

/// What the body of a refusal looks like: each surface has its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surface {
    /// CKAN's envelope, or a bare text.
    Ckan,
    /// A document of RFC 9457.
    Ogc,
    /// Two lines of text.
    Plain,
    /// A page.
    Page,
}

/// Statuses of refusals with what they mean.
const REFUSALS: [(u16, &str); 10] = [
    (400, "リクエストを読み取れません / the request cannot be read"),
    (403, "許可されていません / not allowed"),
    (404, "見つかりません / not found"),
    (406, "求められた形式では答えられません / none of the forms asked for can be given"),
    (409, "指定された値に誤りがあります / an argument does not fit"),
    (412, "ファイルは更新されています / the file has changed"),
    (413, "送られた内容が大きすぎます / the body is too large"),
    (415, "この形式の内容は受け取れません / a body of this kind is not taken"),
    (416, "範囲がファイルの外にあります / the range lies outside the file"),
    (503, "混み合っています。Retry-After の秒数の後に / busy; try again after Retry-After seconds"),
];

impl Surface {
    const ALL: [Self; 4] = [Self::Ckan, Self::Ogc, Self::Plain, Self::Page];

    const fn name(self) -> &'static str {
        match self {
            Self::Ckan => "Ckan",
            Self::Ogc => "Problem",
            Self::Plain => "Text",
            Self::Page => "Page",
        }
    }

    fn content(self) -> Json {
        match self {
            // With `callback` a refusal too is a call of the function.
            Self::Ckan => json!({
                "application/json": { "schema": schema("Refusal") },
                "application/javascript": { "schema": { "type": "string" } },
            }),
            Self::Ogc => json!({ "application/problem+json": { "schema": schema("Problem") } }),
            Self::Plain => json!({ "text/plain": { "schema": { "type": "string" } } }),
            Self::Page => json!({ "text/html": { "schema": { "type": "string" } } }),
        }
    }
}

/// The refusals of all surfaces, as components.
pub(super) fn refusals() -> Json {
    let all = Surface::ALL.iter().flat_map(|surface| {
        REFUSALS.iter().map(move |(status, words)| {
            let response = json!({ "description": words, "content": surface.content() });
            (format!("{}{status}", surface.name()), response)
        })
    });
    Json::Object(all.collect())
}

/// A schema of the components.
pub(super) fn schema(name: &str) -> Json {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// One operation.
#[derive(Debug)]
pub(in crate::http) struct Operation {
    path: String,
    method: &'static str,
    document: Map<String, Json>,
    parameters: Vec<Json>,
    responses: Map<String, Json>,
}

/// An operation by GET, which also answers HEAD. `summary`: Japanese, ` / `, English.
pub(super) fn get(path: &str, id: &str, tag: &str, summary: &str) -> Operation {
    Operation::new("get", path, id, tag, summary)
}

/// An operation by POST.
pub(super) fn post(path: &str, id: &str, tag: &str, summary: &str) -> Operation {
    Operation::new("post", path, id, tag, summary)
}

impl Operation {
    fn new(method: &'static str, path: &str, id: &str, tag: &str, summary: &str) -> Self {
        let document = Map::from_iter([
            ("operationId".to_owned(), json!(id)),
            ("tags".to_owned(), json!([tag])),
            ("summary".to_owned(), json!(summary)),
        ]);
        Self { path: path.to_owned(), method, document, parameters: Vec::new(), responses: Map::new() }
    }

    /// An operation that another document describes.
    pub(super) fn described(path: &str, tag: &str, mut document: Map<String, Json>) -> Self {
        let of = |document: &mut Map<String, Json>, key: &str| document.shift_remove(key).unwrap_or_default();
        let parameters = match of(&mut document, "parameters") {
            Json::Array(parameters) => parameters,
            _ => Vec::new(),
        };
        let responses = match of(&mut document, "responses") {
            Json::Object(responses) => responses,
            _ => Map::new(),
        };
        document.insert("tags".to_owned(), json!([tag]));
        Self { path: path.to_owned(), method: "get", document, parameters, responses }
    }

    /// Adds parameters.
    pub(super) fn with(mut self, parameters: impl IntoIterator<Item = Json>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// Says more than the summary.
    pub(super) fn more(mut self, words: &str) -> Self {
        self.document.insert("description".to_owned(), json!(words));
        self
    }

    /// Marks an older address of the same.
    pub(super) fn older(mut self) -> Self {
        self.document.insert("deprecated".to_owned(), json!(true));
        self
    }

    /// Needs a token.
    pub(super) fn by_token(mut self) -> Self {
        self.document.insert("security".to_owned(), json!([{ "token": [] }]));
        self
    }

    /// The body it takes: media types with their schemas.
    pub(super) fn takes(mut self, content: &[(&str, Json)]) -> Self {
        let content = content_of(content);
        self.document.insert("requestBody".to_owned(), json!({ "required": true, "content": content }));
        self
    }

    /// The answer: media types with their schemas.
    pub(super) fn gives(self, words: &str, content: &[(&str, Json)]) -> Self {
        self.answers(200, words, content)
    }

    /// An answer of another status.
    pub(super) fn answers(mut self, status: u16, words: &str, content: &[(&str, Json)]) -> Self {
        let mut response = json!({ "description": words });
        if let Some(own) = response.as_object_mut().filter(|_| !content.is_empty()) {
            own.insert("content".to_owned(), content_of(content));
        }
        self.responses.insert(status.to_string(), response);
        self
    }

    /// Answers 304 to a caller whose copy is current.
    pub(super) fn unchanged(self) -> Self {
        self.answers(304, "変わっていません(If-None-Match、If-Modified-Since) / not modified", &[])
    }

    /// The refusals it can answer with.
    pub(super) fn refuses(mut self, surface: Surface, statuses: &[u16]) -> Self {
        for status in statuses {
            let own = json!({ "$ref": format!("#/components/responses/{}{status}", surface.name()) });
            self.responses.insert(status.to_string(), own);
        }
        self
    }

    /// Path, method and document.
    pub(super) fn finish(mut self) -> (String, &'static str, Json) {
        if !self.parameters.is_empty() {
            self.document.insert("parameters".to_owned(), Json::Array(self.parameters));
        }
        self.document.insert("responses".to_owned(), Json::Object(self.responses));
        (self.path, self.method, Json::Object(self.document))
    }
}

fn content_of(content: &[(&str, Json)]) -> Json {
    Json::Object(content.iter().map(|(kind, schema)| ((*kind).to_owned(), json!({ "schema": schema }))).collect())
}

/// A part of the path. `example`: one that is there now.
pub(super) fn in_path(name: &str, words: &str, schema: &Json, example: Option<&str>) -> Json {
    let mut parameter = json!({ "name": name, "in": "path", "required": true, "description": words, "schema": schema });
    if let (Some(example), Some(own)) = (example, parameter.as_object_mut()) {
        own.insert("example".to_owned(), number_or_text(schema, example));
    }
    parameter
}

/// A parameter behind `?`.
pub(super) fn in_query(name: &str, words: &str, schema: &Json) -> Json {
    json!({ "name": name, "in": "query", "required": false, "description": words, "schema": schema })
}

/// The same where nothing is answered without it.
pub(super) fn needed(name: &str, words: &str, schema: &Json, example: Option<&str>) -> Json {
    let mut parameter =
        json!({ "name": name, "in": "query", "required": true, "description": words, "schema": schema });
    if let (Some(example), Some(own)) = (example, parameter.as_object_mut()) {
        own.insert("example".to_owned(), number_or_text(schema, example));
    }
    parameter
}

fn number_or_text(schema: &Json, example: &str) -> Json {
    match (schema.get("type").and_then(Json::as_str), example.parse::<u64>()) {
        (Some("integer"), Ok(number)) => json!(number),
        _ => json!(example),
    }
}

/// A text.
pub(super) fn text() -> Json {
    json!({ "type": "string" })
}

/// A name, an id: a text with at least one letter and nothing that divides an address.
pub(super) fn name() -> Json {
    json!({ "type": "string", "pattern": "^[^/?#.\\s\\x00-\\x1f]+$" })
}

/// A whole number from `least`, by default and at most.
pub(super) fn whole(least: u64, default: Option<u64>, most: Option<u64>) -> Json {
    let mut schema = json!({ "type": "integer", "minimum": least });
    if let Some(own) = schema.as_object_mut() {
        own.extend(most.map(|most| ("maximum".to_owned(), json!(most))));
        own.extend(default.map(|default| ("default".to_owned(), json!(default))));
    }
    schema
}

/// One of these words, the first by default.
pub(super) fn one_of(words: &[&str]) -> Json {
    json!({ "type": "string", "enum": words, "default": words.first() })
}

/// A page, from 1.
pub(super) fn page() -> Json {
    in_query("page", "何ページ目か / page", &whole(1, Some(1), Some(1_000_000)))
}

/// Bytes.
pub(super) fn bytes() -> Json {
    json!({ "type": "string", "format": "binary" })
}
