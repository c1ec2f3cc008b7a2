//! `/datastore/dump`, the list of tables and the aliases, over the router in process.

use axum::body::Body;
use hiraku::count::access::Access;
use hiraku::model::catalogue::Format;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

use crate::http_site::{MANY, SHELTERS, Site, site, site_of_rows};

fn address(site: &Site, pairs: &[(&str, &str)]) -> String {
    let (id, _) = site.file(SHELTERS, Format::Csv);
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("/datastore/dump/{id}?{query}")
}

/// The rows that `datastore_search` gives: what every dump must hold.
async fn rows(site: &Site) -> Vec<Vec<Json>> {
    let (id, _) = site.file(SHELTERS, Format::Csv);
    let found = site.result(&format!("datastore_search?resource_id={id}&records_format=lists")).await;
    serde_json::from_value(found["records"].clone()).expect("lists")
}

fn cell(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Number(number) => number.as_f64().expect("a number").to_string(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_dump_in_every_format_holds_the_rows_of_the_table() {
    let site = site();
    let expected = rows(&site).await;
    let (id, path) = site.file(SHELTERS, Format::Csv);
    for (format, kind, delimiter) in
        [("csv", "text/csv; charset=utf-8", b','), ("tsv", "text/tab-separated-values; charset=utf-8", b'\t')]
    {
        let got = site.get(&address(&site, &[("format", format)])).await;
        assert_eq!((got.status, got.header("content-type")), (StatusCode::OK, kind));
        assert_eq!(got.header("content-disposition"), format!("attachment; filename=\"{id}.{format}\""));
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(got.body.as_slice());
        let header: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
        assert_eq!(header, ["_id", "名称", "収容 人数", "面積", "コード"]);
        let found: Vec<Vec<String>> =
            reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect();
        let wanted: Vec<Vec<String>> = expected.iter().map(|row| row.iter().map(cell).collect()).collect();
        assert_eq!(found, wanted, "{format}");
    }
    // The rows of the published file, which holds the positions besides.
    let file = site.get(&path).await.text();
    let plain = site.get(&address(&site, &[("fields", "名称,収容 人数,面積,コード"), ("bom", "true")])).await.text();
    for (own, whole) in plain.lines().zip(file.lines()) {
        assert!(whole.starts_with(own), "{own} / {whole}");
    }
    assert_eq!(plain.lines().count(), file.lines().count());
    let got = site.get(&address(&site, &[("format", "json")])).await;
    assert_eq!(got.header("content-type"), "application/json; charset=utf-8");
    assert_eq!(got.json()["fields"][0], json!({ "id": "_id", "type": "int" }));
    assert_eq!(got.json()["records"], json!(expected));
    let got = site.get(&address(&site, &[("format", "xml")])).await;
    assert_eq!(got.header("content-type"), "text/xml; charset=utf-8");
    let mut found: Vec<Vec<String>> = Vec::new();
    let mut reader = quick_xml::Reader::from_reader(got.body.as_slice());
    let mut inside = false;
    loop {
        match reader.read_event().expect("well-formed") {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(tag) if tag.name().as_ref() == "row" => {
                let id = tag.attributes().next().expect("an id").expect("an attribute");
                found.push(vec![id.value.into_owned()]);
            }
            quick_xml::events::Event::Start(tag) if tag.name().as_ref() != "data" => inside = true,
            quick_xml::events::Event::Empty(_) => found.last_mut().expect("a row").push(String::new()),
            quick_xml::events::Event::Text(text) if inside => {
                let text = text.to_string();
                found.last_mut().expect("a row").push(text);
            }
            quick_xml::events::Event::End(_) => inside = false,
            _ => {}
        }
    }
    let wanted: Vec<Vec<String>> = expected.iter().map(|row| row.iter().map(cell).collect()).collect();
    assert_eq!(found, wanted, "{}", got.text());
    assert!(got.text().contains("<収容_人数 name=\"収容 人数\">120</収容_人数>"), "{}", got.text());
}

#[tokio::test]
async fn a_dump_takes_what_a_search_takes() {
    let site = site();
    for (pairs, expected) in [
        (vec![], json!([[1], [2], [3]])),
        (vec![("limit", "1")], json!([[1]])),
        (vec![("limit", "0")], json!([])),
        (vec![("offset", "1")], json!([[2], [3]])),
        (vec![("offset", "1"), ("limit", "1")], json!([[2]])),
        (vec![("offset", "9")], json!([])),
        (vec![("sort", "_id desc")], json!([[3], [2], [1]])),
        (vec![("sort", "_id desc"), ("offset", "1"), ("limit", "1")], json!([[2]])),
        (vec![("sort", "_id")], json!([[1], [2], [3]])),
        (vec![("filters", "{\"収容 人数\":[80,120]}"), ("sort", "\"収容 人数\"")], json!([[2], [1]])),
        (vec![("filters", "{\"_id\":{\"gte\":2}}"), ("offset", "1")], json!([[3]])),
        (vec![("q", "公園")], json!([[3]])),
        (vec![("q", "ない")], json!([])),
    ] {
        let mut pairs = pairs.clone();
        pairs.extend([("format", "json"), ("fields", "_id")]);
        let got = site.get(&address(&site, &pairs)).await;
        assert_eq!(got.json()["records"], expected, "{pairs:?}: {}", got.text());
    }
    let distinct = [("format", "json"), ("fields", "コード"), ("distinct", "true"), ("sort", "コード desc")];
    let got = site.get(&address(&site, &distinct)).await;
    assert_eq!(got.json()["records"], json!([[null], ["0456"], ["0123"]]), "{}", got.text());
    let marked = site.get(&address(&site, &[("bom", "true")])).await;
    assert!(marked.body.starts_with("\u{feff}_id,".as_bytes()));
    let unmarked = site.get(&address(&site, &[("bom", "false")])).await;
    assert!(unmarked.body.starts_with(b"_id,"));
    for (pairs, key) in [
        (vec![("format", "xlsx")], "format: "),
        (vec![("limit", "-1")], "limit: Must be a natural number"),
        (vec![("offset", "x")], "offset: Invalid integer"),
        (vec![("filters", "{")], "filters: "),
        (vec![("fields", "_found")], "fields: "),
        (vec![("sort", "_geom")], "sort: "),
        (vec![("q", "{\"_west\":\"1\"}")], "q: "),
    ] {
        let got = site.get(&address(&site, &pairs)).await;
        assert_eq!(got.status, StatusCode::BAD_REQUEST, "{pairs:?}");
        assert!(got.text().contains(key), "{pairs:?}: {}", got.text());
    }
    let (geojson, _) = site.file(SHELTERS, Format::GeoJson);
    for id in [geojson.as_str(), "x", "..%2f..%2fetc%2fpasswd", "01900000-0000-7000-8000-000000000000", "%00"] {
        assert_eq!(site.get(&format!("/datastore/dump/{id}")).await.status, StatusCode::NOT_FOUND, "{id}");
    }
    assert_eq!(site.with("DELETE", &address(&site, &[]), &[]).await.status, StatusCode::METHOD_NOT_ALLOWED);
    let head = site.with("HEAD", &address(&site, &[]), &[]).await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    assert_eq!(head.header("content-type"), "text/csv; charset=utf-8");
}

#[tokio::test]
async fn a_dump_counts_as_a_download_of_its_distribution() {
    let site = site();
    let request = Request::builder().uri(address(&site, &[])).body(Body::empty()).expect("a request");
    let response = site.router.clone().oneshot(request).await.expect("an answer");
    let access = response.extensions().get::<Access>().copied();
    let (id, _) = site.file(SHELTERS, Format::Csv);
    let Some(Access::Download { distribution, in_parts: false }) = access else { panic!("{access:?}") };
    assert_eq!(distribution.to_string(), id);
}

#[tokio::test]
async fn a_dump_of_many_rows_comes_in_parts_and_holds_each_once() {
    const ROWS: usize = 45_000;
    let site = site_of_rows(ROWS);
    for (query, ascending) in
        [("", true), ("&sort=_id+desc", false), ("&filters=%7B%22_id%22%3A%7B%22gt%22%3A0%7D%7D", true)]
    {
        let request = Request::builder().uri(format!("/datastore/dump/{MANY}?fields=_id{query}"));
        let response = site.router.clone().oneshot(request.body(Body::empty()).expect("one")).await.expect("an answer");
        assert!(!response.headers().contains_key("content-length"));
        let mut body = response.into_body();
        let (mut parts, mut text) = (0, Vec::new());
        while let Some(frame) = body.frame().await {
            parts += 1;
            text.extend_from_slice(&frame.expect("a part").into_data().expect("data"));
        }
        assert!(parts > 4, "{query}: {parts} parts");
        let mut found: Vec<usize> =
            String::from_utf8(text).expect("UTF-8").lines().skip(1).map(|line| line.parse().expect("an id")).collect();
        if !ascending {
            found.reverse();
        }
        assert_eq!(found, (1..=ROWS).collect::<Vec<_>>(), "{query}");
    }
    // Who goes away in the middle leaves his place to others.
    for _ in 0..20 {
        let request = Request::builder().uri(format!("/datastore/dump/{MANY}")).body(Body::empty()).expect("one");
        let response = site.router.clone().oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn tables_are_listed_and_answer_to_their_alias() {
    let site = site();
    let all = site.result("datastore_search?resource_id=_table_metadata").await;
    assert_eq!((&all["total"], &all["resource_id"]), (&json!(6), &json!("_table_metadata")));
    let (id, _) = site.file(SHELTERS, Format::Csv);
    let filters = json!({ "alias_of": id }).to_string();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("resource_id", "_table_metadata"), ("filters", filters.as_str()), ("fields", "name")])
        .finish();
    let own = site.result(&format!("datastore_search?{query}")).await;
    assert_eq!(own["records"], json!([{ "name": SHELTERS }]));
    let one = site.result("datastore_search?resource_id=_table_metadata&q=kouen&sort=name+desc&limit=1").await;
    assert_eq!(one["records"][0]["name"], "222127_kouen");
    let by_alias = site.result(&format!("datastore_search?resource_id={SHELTERS}&limit=1")).await;
    assert_eq!((&by_alias["resource_id"], &by_alias["total"]), (&json!(id), &json!(3)));
    let info = site.result(&format!("datastore_info?id={SHELTERS}")).await;
    assert_eq!((&info["meta"]["aliases"], &info["meta"]["table_type"]), (&json!([SHELTERS]), &json!("BASE TABLE")));
    assert_eq!(site.get(&format!("/datastore/dump/{SHELTERS}?limit=1")).await.text().lines().count(), 2);
    let refused = site.get("/api/3/action/datastore_search?resource_id=_table_metadata&fields=record_table").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(site.get("/api/3/action/datastore_search?resource_id=222127_").await.status, StatusCode::NOT_FOUND);
}
