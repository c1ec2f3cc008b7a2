//! What clients really send, and what must be refused.

use super::*;
use crate::http::search::expression::Matcher;

fn now() -> Timestamp {
    "2026-11-21T09:45:30Z".parse().expect("a time")
}

fn is(field: &str, text: &str) -> Expression {
    Expression::Is(Field::parse(field), Matcher::Term(text.to_owned()))
}

fn not(inner: Expression) -> Expression {
    Expression::Not(Box::new(inner))
}

#[test]
fn what_clients_send_is_understood() {
    let and = Expression::And;
    let or = Expression::Or;
    for (text, expected) in [
        ("organization:422011", is("organization", "422011")),
        ("tags:\"a b\"", is("tags", "a b")),
        ("(groups:a OR groups:b)", or(vec![is("groups", "a"), is("groups", "b")])),
        ("organization:(a OR b)", or(vec![is("organization", "a"), is("organization", "b")])),
        ("-organization:(a OR b)", not(or(vec![is("organization", "a"), is("organization", "b")]))),
        ("organization:x AND -tags:y", and(vec![is("organization", "x"), not(is("tags", "y"))])),
        ("organization:x tags:y", and(vec![is("organization", "x"), is("tags", "y")])),
        ("+capacity:public +state:active", and(vec![is("capacity", "public"), is("state", "active")])),
        ("*:*", Expression::All),
        ("*:* -tags:y", and(vec![Expression::All, not(is("tags", "y"))])),
        ("NOT tags:y", not(is("tags", "y"))),
        ("name:pre*", Expression::Is(Field::Name, Matcher::Prefix("pre".into()))),
        ("tags:*", Expression::Is(Field::Tags, Matcher::Present)),
        ("title:AED^2", Expression::Boost(Box::new(is("title", "aed")), 2.0)),
        ("title:\"a b\"~3", is("title", "a b")),
        ("title:ひなん", is("title", "ヒナン")),
        ("res_url:http\\://x", is("res_url", "http://x")),
        (
            "tags:a OR tags:b organization:c",
            and(vec![or(vec![is("tags", "a"), is("tags", "b")]), is("organization", "c")]),
        ),
        ("tags:a AND tags:b OR tags:c", or(vec![and(vec![is("tags", "a"), is("tags", "b")]), is("tags", "c")])),
        ("tags:a && tags:b || tags:c", or(vec![and(vec![is("tags", "a"), is("tags", "b")]), is("tags", "c")])),
        ("+tags:a OR tags:b", Expression::Prefer(Box::new(is("tags", "a")), Box::new(is("tags", "b")))),
        ("extras_theme:防災", is("theme", "防災")),
    ] {
        assert_eq!(expression(text, now()), Ok(expected), "{text}");
    }
}

#[test]
fn ranges_of_times_and_texts_are_understood() {
    let time = |text: &str| text.parse::<Timestamp>().expect("a time");
    assert_eq!(
        expression("metadata_modified:[2024-01-01T00:00:00Z TO *]", now()),
        Ok(Expression::Is(Field::Modified, Matcher::TimeRange(Some((time("2024-01-01T00:00:00Z"), true)), None)))
    );
    assert_eq!(
        expression("metadata_modified:{NOW-7DAYS TO NOW]", now()),
        Ok(Expression::Is(
            Field::Modified,
            Matcher::TimeRange(Some((time("2026-11-14T09:45:30Z"), false)), Some((now(), true)))
        ))
    );
    assert_eq!(
        expression("name:[a TO b}", now()),
        Ok(Expression::Is(Field::Name, Matcher::TextRange(Some(("a".into(), true)), Some(("b".into(), false)))))
    );
}

#[test]
fn what_is_malformed_is_refused() {
    for text in [
        "title:",
        "title: a",
        ":a",
        "(a",
        "a)",
        "()",
        "title:()",
        "title:\"a",
        "title:[a TO",
        "title:[a]",
        "title:[a TO b",
        "title:[TO b]",
        "AND a",
        "a AND",
        "a OR OR b",
        "a OR",
        "{!func}x",
        "{!join from=a}x:y",
        "title:/a.*/",
        "title:a^",
        "title:a^x",
        "a:b:c",
        "*:a",
        "title:a\"b\"",
        "metadata_modified:yesterday",
        "metadata_modified:[x TO y]",
        "title:a\\",
        "tags:(name:a)",
        "t*:a",
        "-",
        "+",
        "NOT",
        "title:^2",
    ] {
        assert!(expression(text, now()).is_err(), "{text}: {:?}", expression(text, now()));
    }
    let deep = format!("{}a{}", "(".repeat(100), ")".repeat(100));
    assert!(expression(&deep, now()).is_err());
    let many = format!("name:({})", vec!["a"; 3000].join(" OR "));
    assert!(expression(&many, now()).is_err());
    let thousand = format!("name:({})", vec!["a"; 1000].join(" OR "));
    assert!(expression(&thousand, now()).is_ok());
}

#[test]
fn words_are_taken_as_typed() {
    let near = |text: &str| Expression::Is(Field::Text, Matcher::Near(text.to_owned()));
    let term = |text: &str| Expression::Is(Field::Text, Matcher::Term(text.to_owned()));
    for (text, expected) in [
        ("", Expression::All),
        ("  ", Expression::All),
        ("*", Expression::All),
        ("\"\"", Expression::All),
        ("避難所", near("避難所")),
        ("ＡＥＤ　設置", Expression::And(vec![near("aed"), near("設置")])),
        ("a b c", Expression::AtLeast(2, vec![near("a"), near("b"), near("c")])),
        ("+a -b c", Expression::And(vec![near("a"), not(near("b")), near("c")])),
        ("\"a b\"", term("a b")),
        ("\"a b", Expression::And(vec![near("a"), near("b")])),
        ("()", Expression::Nothing),
        ("!?", Expression::Nothing),
        ("a OR b", Expression::Or(vec![term("a"), term("b")])),
        ("(a OR b", Expression::AtLeast(2, vec![near("a"), near("or"), near("b")])),
    ] {
        assert_eq!(words(text), expected, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_panics_and_none_that_is_odd_means_everything(text in ".{0,80}|[-+!(){}\\[\\]^\"~*?:\\\\/ a-cANDORT]{0,60}") {
        let _ = expression(&text, now());
        let _ = query(&text, now());
        if words(&text) == Expression::All {
            proptest::prop_assert!(text.chars().all(|c| c.is_whitespace() || "*:\"'".contains(c)));
        }
    }
}
