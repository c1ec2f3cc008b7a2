//! `/developers`: every API on one page, made from the description that `/openapi.json` is.

use std::borrow::Cow;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use serde_json::Value as Json;
use url::form_urlencoded;

use super::address::segment;
use super::frame::Frame;
use super::{PageResult, page};
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::mcp::TOOLS;
use crate::http::openapi::{self, MEDIA_TYPE, TAGS};
use crate::http::words::{self, Language};

#[derive(Template)]
#[template(path = "developers.html")]
struct Developers {
    frame: Frame,
    site: String,
    tools: Vec<(&'static str, String)>,
    groups: Vec<Group>,
}

/// Operations that belong together.
struct Group {
    name: &'static str,
    title: String,
    operations: Vec<Shown>,
}

/// One operation.
struct Shown {
    /// Its place on the page: letters that an address takes as they are.
    anchor: String,
    method: String,
    path: String,
    summary: String,
    words: String,
    parameters: Vec<Parameter>,
    answers: Vec<Answer>,
    /// An address that can be tried.
    example: Option<String>,
}

struct Parameter {
    name: String,
    needed: bool,
    kind: Cow<'static, str>,
    range: String,
    words: String,
}

struct Answer {
    status: String,
    words: String,
    kinds: String,
}

/// `/developers`.
pub(super) async fn developers(State(app): State<Arc<App>>) -> PageResult {
    let definition = openapi::definition(&app);
    let groups = TAGS
        .iter()
        .map(|(name, words)| Group { name, title: half(words), operations: operations(&definition, name) })
        .filter(|group| !group.operations.is_empty())
        .collect();
    let frame = Frame::new(&app, &words::say("developers-title"))
        .section("/help")
        .crumb(&words::say("developers-help"), "/help")
        .alternate(MEDIA_TYPE, "OpenAPI 3.1", openapi::PATH.to_owned());
    let tools = TOOLS.iter().map(|tool| (tool.name, half(tool.title))).collect();
    page(&Developers { frame, site: app.config.public_url(), tools, groups }, Access::SitePage)
}

/// The half of a text in Japanese and English that the reader wants.
fn half(words: &str) -> String {
    let (japanese, english) = words.split_once(" / ").unwrap_or((words, words));
    (if words::spoken() == Language::English { english } else { japanese }).to_owned()
}

fn text<'a>(value: &'a Json, key: &str) -> &'a str {
    value.get(key).and_then(Json::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Json, key: &str) -> impl Iterator<Item = &'a Json> {
    value.get(key).and_then(Json::as_array).into_iter().flatten()
}

/// The operations of a group; older addresses and the second way of an action (by POST) are left to the description.
fn operations(definition: &Json, tag: &str) -> Vec<Shown> {
    let paths = definition.get("paths").and_then(Json::as_object).into_iter().flatten();
    let all = paths.flat_map(|(path, item)| {
        item.as_object().into_iter().flatten().map(move |(method, operation)| (path, method, operation))
    });
    all.filter(|(_, method, operation)| {
        let is_second = method.as_str() == "post" && text(operation, "operationId").ends_with("_post");
        let is_refusal = operation
            .get("responses")
            .and_then(Json::as_object)
            .is_none_or(|all| all.keys().all(|status| !status.starts_with('2') && !status.starts_with('3')));
        let is_older = operation.get("deprecated").is_some();
        list(operation, "tags").any(|own| own == tag) && !is_second && !is_refusal && !is_older
    })
    .map(|(path, method, operation)| shown(definition, path, method, operation))
    .collect()
}

fn shown(definition: &Json, path: &str, method: &str, operation: &Json) -> Shown {
    let responses = operation.get("responses").and_then(Json::as_object).into_iter().flatten();
    let answers = responses.map(|(status, response)| {
        let own = match text(response, "$ref").strip_prefix('#') {
            Some(pointer) => definition.pointer(pointer).unwrap_or(response),
            None => response,
        };
        let kinds: Vec<&str> =
            own.get("content").and_then(Json::as_object).into_iter().flatten().map(|(kind, _)| kind.as_str()).collect();
        Answer { status: status.clone(), words: half(text(own, "description")), kinds: kinds.join(", ") }
    });
    Shown {
        anchor: text(operation, "operationId").replace(|letter: char| !letter.is_ascii_alphanumeric(), "-"),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: half(text(operation, "summary")),
        words: half(text(operation, "description")),
        parameters: list(operation, "parameters").map(parameter).collect(),
        answers: answers.collect(),
        example: (method == "get").then(|| example(path, operation)).flatten(),
    }
}

fn parameter(own: &Json) -> Parameter {
    let schema = own.get("schema").unwrap_or(&Json::Null);
    let kind = match text(schema, "type") {
        "integer" => words::say("developers-kind-integer"),
        "number" => words::say("developers-kind-number"),
        "boolean" => words::say("developers-kind-boolean"),
        "array" => words::say("developers-kind-array"),
        "object" => words::say("developers-kind-object"),
        _ => words::say("developers-kind-text"),
    };
    Parameter {
        name: text(own, "name").to_owned(),
        needed: own.get("required") == Some(&Json::Bool(true)),
        kind,
        range: range(schema),
        words: half(text(own, "description")),
    }
}

/// Allowed words, or least and most; and what holds where nothing is said.
fn range(schema: &Json) -> String {
    let plain = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let words: Vec<String> = list(schema, "enum").map(plain).collect();
    let (least, most) = (schema.get("minimum").map(plain), schema.get("maximum").map(plain));
    let mut range = match (words.is_empty(), least, most) {
        // A long list is told in the description.
        (false, ..) if words.len() > 12 => String::new(),
        (false, ..) => words.join(", "),
        (true, None, None) => String::new(),
        (true, least, most) => format!("{}–{}", least.unwrap_or_default(), most.unwrap_or_default()),
    };
    if let Some(default) = schema.get("default").filter(|_| words.len() <= 12) {
        let default = words::tell("developers-default", &[("value", &plain(default))]);
        range = if range.is_empty() { default.into_owned() } else { format!("{range} ({default})") };
    }
    range
}

/// The address with its examples filled in; `None` where a needed part has none.
fn example(path: &str, operation: &Json) -> Option<String> {
    let mut address = path.to_owned();
    let mut asked = form_urlencoded::Serializer::new(String::new());
    for own in list(operation, "parameters") {
        let name = text(own, "name");
        let value = own.get("example").map(|value| match value {
            Json::String(text) => text.clone(),
            Json::Array(all) => all.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(","),
            other => other.to_string(),
        });
        let is_needed = own.get("required") == Some(&Json::Bool(true));
        match (text(own, "in"), value) {
            ("path", Some(value)) => address = address.replace(&format!("{{{name}}}"), &segment(&value)),
            ("query", Some(value)) => {
                asked.append_pair(name, &value);
            }
            _ if is_needed => return None,
            _ => {}
        }
    }
    let asked = asked.finish();
    Some(if asked.is_empty() { address } else { format!("{address}?{asked}") })
}
