//! The arguments of a call against the schema that the tool shows: what is told is what is taken.

use serde_json::{Map, Value as Json};

/// Longest text of one argument, in characters: the longest filter anyone writes, many times over.
const TEXT_LIMIT: usize = 2_000;

/// Holds arguments against the schema of a tool's input: names, types, ranges and allowed words.
///
/// # Errors
/// What is wrong and what would be right, in Japanese and English.
pub(super) fn check(schema: &Map<String, Json>, given: &Map<String, Json>) -> Result<(), String> {
    let none = Map::new();
    let known = schema.get("properties").and_then(Json::as_object).unwrap_or(&none);
    for (name, value) in given {
        let Some(own) = known.get(name) else {
            let names: Vec<&str> = known.keys().map(String::as_str).collect();
            let name: String = name.chars().take(60).collect();
            return Err(format!(
                "「{name}」という引数はありません。使えるもの: {0} / there is no argument '{name}'; there are: {0}",
                names.join(", ")
            ));
        };
        // An argument that is null is one that is not given.
        if !value.is_null() {
            fits(name, own, value)?;
        }
    }
    let required = schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
    for name in required {
        if given.get(name).is_none_or(Json::is_null) {
            return Err(format!("引数 {name} が必要です / the argument {name} is needed"));
        }
    }
    Ok(())
}

fn fits(name: &str, schema: &Json, value: &Json) -> Result<(), String> {
    let wrong = |japanese: &str, english: &str| Err(format!("{name}: {japanese} / {name} must be {english}"));
    match schema.get("type").and_then(Json::as_str) {
        Some("string") => match value.as_str() {
            None => return wrong("文字列を指定してください", "a text"),
            Some(text) if text.chars().count() > TEXT_LIMIT => {
                return wrong("2,000文字までにしてください", "of 2,000 characters at most");
            }
            Some(_) => {}
        },
        Some("integer") if whole(value).is_none() => return wrong("整数を指定してください", "a whole number"),
        Some("number") if value.as_f64().is_none() => return wrong("数を指定してください", "a number"),
        Some("boolean") if !value.is_boolean() => return wrong("trueかfalseを指定してください", "true or false"),
        Some("array") => {
            let is_list = value.as_array().is_some_and(|all| all.iter().all(Json::is_string));
            if !is_list {
                return wrong("文字列の配列を指定してください", "a list of texts");
            }
        }
        Some("object") if !value.is_object() => return wrong("オブジェクトを指定してください", "an object"),
        _ => {}
    }
    let bound = |key: &str| schema.get(key).and_then(Json::as_f64);
    if let Some(number) = value.as_f64() {
        let (least, most) = (bound("minimum"), bound("maximum"));
        if least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most) {
            let shown = |end: Option<f64>| end.map(|end| end.to_string()).unwrap_or_default();
            let range = format!("{}〜{}", shown(least), shown(most));
            return wrong(&format!("{range}の範囲で指定してください"), &format!("between {range}"));
        }
    }
    if let Some(words) = schema.get("enum").and_then(Json::as_array)
        && !words.contains(value)
    {
        let words: Vec<&str> = words.iter().filter_map(Json::as_str).collect();
        let words = words.join(", ");
        return wrong(&format!("{words} のどれかを指定してください"), &format!("one of {words}"));
    }
    Ok(())
}

/// A whole number, also where a program writes it as `5.0`.
pub(super) fn whole(value: &Json) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "whole and far within 64 bits")]
    let of_float = |number: f64| (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64);
    value.as_i64().or_else(|| value.as_f64().and_then(of_float))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_are_held_against_the_schema_that_is_shown() {
        let Json::Object(schema) = json!({
            "type": "object",
            "properties": {
                "q": { "type": "string" },
                "limit": { "type": "integer", "minimum": 1, "maximum": 50 },
                "lon": { "type": "number", "minimum": -180, "maximum": 180 },
                "fields": { "type": "array", "items": { "type": "string" } },
                "filters": { "type": "object" },
                "by": { "type": "string", "enum": ["month", "year"] },
            },
            "required": ["q"],
        }) else {
            return;
        };
        let fits = |given: Json| match given {
            Json::Object(given) => check(&schema, &given),
            _ => Err("no object".to_owned()),
        };
        for fine in [
            json!({ "q": "" }),
            json!({ "q": "x", "limit": 50, "lon": -180, "fields": ["a"], "filters": {}, "by": "year" }),
            json!({ "q": "x", "limit": 5.0, "by": null }),
        ] {
            assert_eq!(fits(fine.clone()), Ok(()), "{fine}");
        }
        for (wrong, word) in [
            (json!({}), "needed"),
            (json!({ "q": null }), "needed"),
            (json!({ "q": 1 }), "a text"),
            (json!({ "q": "x".repeat(2_001) }), "2,000"),
            (json!({ "q": "x", "limit": 0 }), "1〜50"),
            (json!({ "q": "x", "limit": 1.5 }), "whole"),
            (json!({ "q": "x", "limit": "5" }), "whole"),
            (json!({ "q": "x", "limit": u64::MAX }), "whole"),
            (json!({ "q": "x", "lon": 180.5 }), "180"),
            (json!({ "q": "x", "fields": "a" }), "list"),
            (json!({ "q": "x", "fields": [1] }), "list"),
            (json!({ "q": "x", "filters": [] }), "object"),
            (json!({ "q": "x", "by": "day" }), "month, year"),
            (json!({ "q": "x", "sql": "select" }), "there are: q, limit"),
        ] {
            let why = fits(wrong.clone()).expect_err("refused");
            assert!(why.contains(word), "{wrong}: {why}");
        }
    }
}
