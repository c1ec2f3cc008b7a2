//! A judge of JSON by a schema (2020-12), for the words our schemas use. A word it does not know is a fault of its own.

use serde_json::Value as Json;

/// Everything in which a value differs from its schema.
pub(crate) fn faults(schema: &Json, value: &Json) -> Vec<String> {
    let mut faults = Vec::new();
    judge(schema, schema, value, "", &mut faults);
    faults
}

fn judge(root: &Json, schema: &Json, value: &Json, at: &str, faults: &mut Vec<String>) {
    let words = schema.as_object().expect("a schema is an object");
    for (word, asked) in words {
        match word.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => {}
            "$ref" => {
                let name = asked.as_str().and_then(|name| name.strip_prefix('#')).expect("a reference inside");
                let target = root.pointer(name).expect("the reference leads somewhere");
                judge(root, target, value, at, faults);
            }
            "type" => {
                let one = std::slice::from_ref(asked);
                let allowed = asked.as_array().map_or(one, Vec::as_slice);
                if !allowed.iter().any(|kind| is(value, kind.as_str().expect("a type"))) {
                    faults.push(told(at, &format!("{value} is not {asked}")));
                }
            }
            "enum" => {
                if !asked.as_array().expect("a list").contains(value) {
                    faults.push(told(at, &format!("{value} is none of {asked}")));
                }
            }
            "pattern" => {
                let pattern = regex::Regex::new(asked.as_str().expect("a pattern")).expect("a valid pattern");
                if value.as_str().is_some_and(|text| !pattern.is_match(text)) {
                    faults.push(told(at, &format!("{value} does not fit {asked}")));
                }
            }
            "minimum" => {
                if value.as_f64().is_some_and(|number| number < asked.as_f64().expect("a number")) {
                    faults.push(told(at, &format!("{value} is below {asked}")));
                }
            }
            "maximum" => {
                if value.as_f64().is_some_and(|number| number > asked.as_f64().expect("a number")) {
                    faults.push(told(at, &format!("{value} is above {asked}")));
                }
            }
            "required" => {
                for key in asked.as_array().expect("a list").iter().filter_map(Json::as_str) {
                    if value.as_object().is_some_and(|object| !object.contains_key(key)) {
                        faults.push(told(at, &format!("{key} is missing")));
                    }
                }
            }
            "properties" => {
                for (key, inner) in asked.as_object().expect("an object") {
                    if let Some(value) = value.get(key) {
                        judge(root, inner, value, &format!("{at}/{key}"), faults);
                    }
                }
            }
            "items" => {
                for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                    judge(root, asked, value, &format!("{at}/{index}"), faults);
                }
            }
            "anyOf" => {
                let fits = |inner: &Json| {
                    let mut inner_faults = Vec::new();
                    judge(root, inner, value, at, &mut inner_faults);
                    inner_faults.is_empty()
                };
                if !asked.as_array().expect("a list").iter().any(fits) {
                    faults.push(told(at, "it fits none of the forms"));
                }
            }
            other => faults.push(told(at, &format!("the judge does not know {other}"))),
        }
    }
}

fn told(at: &str, text: &str) -> String {
    format!("{at}: {text}")
}

fn is(value: &Json, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}
