use proptest::prelude::*;

use super::parse;
use crate::model::catalogue::Table;
use crate::model::name::Slug;
use crate::model::record::{Column, ColumnType, GeometryKind, TableShape};
use crate::model::tile::TileSettings;
use crate::store::condition::{Condition, Scalar, Side};

fn table() -> Table {
    let column =
        |name: &str, kind| Column { name: name.to_owned(), title: name.to_owned(), kind, found: None, field: None };
    Table {
        shape: TableShape {
            key: Slug::parse("main").expect("a name"),
            title: String::new(),
            sheet: None,
            columns: vec![
                column("名称", ColumnType::Text),
                column("収容 人数", ColumnType::Integer),
                column("面積（㎡）", ColumnType::Number),
                column("設置日", ColumnType::Date),
                column("say \"hi\"", ColumnType::Text),
            ],
            tiles: TileSettings::default(),
            is_titled: false,
        },
        record_table: "r".to_owned(),
        source_file: String::new(),
        encoding: String::new(),
        rows_read: 0,
        records: 0,
        refused: 0,
        findings: Vec::new(),
        geometry: Some(GeometryKind::Point),
        bbox: None,
        layer: None,
    }
}

fn text_is(column: &str, text: &str) -> Condition {
    Condition::OneOf { column: column.to_owned(), values: vec![Scalar::Text(text.to_owned())], or_null: false }
}

#[test]
fn expressions_bind_as_the_grammar_says() {
    let table = table();
    let a = || text_is("名称", "a");
    let not = |inner| Condition::Opposite(Box::new(inner));
    for (text, expected) in [
        ("名称='a'", a()),
        ("'a' = 名称", a()),
        ("\"名称\" = 'a'", a()),
        ("  ( 名称\u{3000}=\n'a' )", a()),
        ("名称 = 'it''s'", text_is("名称", "it's")),
        ("名称 = 'it\\'s'", text_is("名称", "it's")),
        ("名称 = '\\'", text_is("名称", "\\")),
        ("\"say \"\"hi\"\"\" = 'a'", text_is("say \"hi\"", "a")),
        ("名称 <> 'a'", not(a())),
        ("not 名称 = 'a'", not(a())),
        (
            "名称='a' OR 名称='b' AND 名称='c'",
            Condition::Any(vec![a(), Condition::All(vec![text_is("名称", "b"), text_is("名称", "c")])]),
        ),
        ("NOT 名称='a' AND 名称='b'", Condition::All(vec![not(a()), text_is("名称", "b")])),
        (
            "10 < 面積（㎡）",
            Condition::Compare { column: "面積（㎡）".to_owned(), side: Side::Above, value: Scalar::Integer(10) },
        ),
        (
            "面積（㎡） >= -1.5e2",
            Condition::Compare {
                column: "面積（㎡）".to_owned(), side: Side::From, value: Scalar::Number(-150.0)
            },
        ),
        ("設置日 = TIMESTAMP('2024-04-01T09:00:00+09:00')", text_is("設置日", "2024-04-01")),
        ("名称 IS NOT NULL", not(Condition::Null { column: "名称".to_owned() })),
    ] {
        assert_eq!(parse(text, &table), Ok(expected), "{text}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let table = table();
    for (text, at) in
        [("名称 = ", 4), ("名称 = 'a' 名称", 10), ("ない = 1", 1), ("名称 = 1", 1), ("名称 # 1", 4), ("('a'", 2)]
    {
        let error = parse(text, &table).expect_err(text);
        assert_eq!(error.at, at, "{text}: {}", error.line());
        assert!(!error.ja.is_empty() && !error.en.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn every_text_is_a_condition_or_an_error(text in ".{0,200}") {
        let _ = parse(&text, &table());
    }

    #[test]
    fn every_row_of_words_is_a_condition_or_an_error(words in prop::collection::vec(prop::sample::select(vec![
        "名称", "\"収容 人数\"", "設置日", "geometry", "_id", "=", "<>", "<", ">=", "(", ")", ",", "AND", "OR", "NOT", "LIKE",
        "BETWEEN", "IN", "IS", "NULL", "TRUE", "FALSE", "'a'", "'%'", "1", "-2.5", "1e400", "9223372036854775808", "CASEI(",
        "DATE('2024-01-01')", "INTERVAL(", "'..'", "S_INTERSECTS(", "S_WITHIN(", "T_DURING(", "BBOX(", "POINT(", "POLYGON((",
        "GEOMETRYCOLLECTION(", "1 1", "'", "\"", "\\",
    ]), 0..40)) {
        let _ = parse(&words.join(" "), &table());
    }
}
