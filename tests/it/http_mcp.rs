//! `/mcp`: the protocol, the tools against what the APIs say, who is let in, and what the figures take.

use axum::body::Body;
use hiraku::count::access::Access;
use hiraku::model::catalogue::Format;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

use crate::http_site::{LAYER, SHELTERS, Site, TOILETS, site, site_of_layers};

const OWN: &str = "data.example.jp";

fn request(message: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::builder().method("POST").uri("/mcp");
    let usual =
        [("host", OWN), ("content-type", "application/json"), ("accept", "application/json, text/event-stream")];
    for (name, value) in usual {
        if !headers.iter().any(|(own, _)| *own == name) {
            request = request.header(name, value);
        }
    }
    for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
        request = request.header(*name, *value);
    }
    request.body(Body::from(message.to_owned())).expect("a request")
}

/// Status, answer and what is told to the counting layer.
async fn sent(site: &Site, request: Request<Body>) -> (StatusCode, Json, Option<Access>) {
    let response = site.router.clone().oneshot(request).await.expect("answers");
    let access = response.extensions().get::<Access>().copied();
    let status = response.status();
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or(Json::Null), access)
}

async fn called(site: &Site, tool: &str, arguments: Json) -> (Json, Option<Access>) {
    let message = json!({
        "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": { "name": tool, "arguments": arguments },
    });
    let (status, answer, access) = sent(site, request(&message.to_string(), &[])).await;
    assert_eq!((status, &answer["id"]), (StatusCode::OK, &json!(7)), "{answer}");
    (answer["result"].clone(), access)
}

/// The structured answer of a call that succeeds, checked against the schema that the tool shows.
async fn given(site: &Site, tool: &str, arguments: Json) -> (Json, Option<Access>) {
    let (result, access) = called(site, tool, arguments).await;
    assert_eq!(result["isError"], false, "{result}");
    let content = result["structuredContent"].clone();
    let texts: Vec<&str> =
        result["content"].as_array().expect("blocks").iter().filter_map(|block| block["text"].as_str()).collect();
    assert_eq!(texts.len(), 2, "a line of the source, and the answer as text");
    assert!(texts[0].starts_with("出典 / source: ") || texts[0].contains("nothing found"), "{}", texts[0]);
    assert_eq!(serde_json::from_str::<Json>(texts[1]).expect("JSON"), content, "both say the same");
    (content, access)
}

async fn refused(site: &Site, tool: &str, arguments: Json) -> String {
    let (result, access) = called(site, tool, arguments.clone()).await;
    assert_eq!(result["isError"], true, "{arguments}: {result}");
    assert_eq!(access, Some(Access::Other), "nothing was given");
    let text = result["content"][0]["text"].as_str().expect("a sentence").to_owned();
    assert!(text.contains(" / "), "in two languages: {text}");
    text
}

#[tokio::test]
async fn a_client_is_greeted_and_shown_the_tools() {
    let site = site();
    let hello = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" },
    } });
    let (status, answer, _) = sent(&site, request(&hello.to_string(), &[])).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["result"]["protocolVersion"], "2025-06-18", "{answer}");
    assert_eq!(answer["result"]["serverInfo"]["name"], "hiraku");
    assert!(answer["result"]["capabilities"]["tools"].is_object() && answer["result"]["instructions"].is_string());
    let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    assert_eq!(sent(&site, request(&ready.to_string(), &[])).await.0, StatusCode::ACCEPTED);

    let list = json!({ "jsonrpc": "2.0", "id": "a", "method": "tools/list" });
    let (_, answer, access) = sent(&site, request(&list.to_string(), &[])).await;
    let tools = answer["result"]["tools"].as_array().expect("tools");
    let names: Vec<&str> = tools.iter().filter_map(|tool| tool["name"].as_str()).collect();
    assert_eq!(names, ["search_datasets", "describe_dataset", "query_rows", "records_near", "access_figures"]);
    for tool in tools {
        assert_eq!(tool["annotations"]["readOnlyHint"], true, "{tool}");
        assert!(tool["outputSchema"]["type"] == "object" && tool["inputSchema"]["additionalProperties"] == false);
    }
    assert_eq!(access, Some(Access::Other));
}

#[tokio::test]
async fn datasets_are_found_and_described_as_by_the_api() {
    let site = site();
    let (found, access) = given(&site, "search_datasets", json!({ "q": "避難所" })).await;
    let by_api = site.result("package_search?q=%E9%81%BF%E9%9B%A3%E6%89%80").await;
    assert_eq!(found["total"], by_api["count"]);
    assert_eq!(found["datasets"][0]["source"]["dataset"], by_api["results"][0]["name"]);
    assert!(matches!(access, Some(Access::Search(_))), "{access:?}");
    let source = &found["datasets"][0]["source"];
    assert_eq!(source["url"], format!("https://data.example.jp/dataset/{SHELTERS}"));
    assert_eq!(source["attribution"], "焼津市『指定緊急避難場所』");
    assert_eq!(source["licence"]["url"], "https://example.jp/licence?a=1&b=2");

    for (filter, expected) in [
        (json!({ "organization": "242039" }), 1),
        (json!({ "tag": "防災" }), 2),
        (json!({ "format": "GeoJSON" }), 1),
        (json!({ "bbox": "138.2,34.7,138.4,34.9" }), 1),
        (json!({ "organization": "x\" OR name:\"*" }), 0),
        (json!({ "tag": "防災\\" }), 0),
        (json!({ "limit": 1, "offset": 1 }), 3),
        (json!({}), 3),
    ] {
        let (found, _) = given(&site, "search_datasets", filter.clone()).await;
        assert_eq!(found["total"], expected, "{filter}");
    }
    let (one, _) = given(&site, "search_datasets", json!({ "limit": 1 })).await;
    assert_eq!(one["datasets"].as_array().map(Vec::len), Some(1));

    let (described, access) = given(&site, "describe_dataset", json!({ "dataset": SHELTERS })).await;
    let id = site.app.catalogue().dataset(SHELTERS).expect("there").id.uuid();
    assert_eq!(access, Some(Access::Metadata(id)));
    let table = &described["tables"][0];
    assert_eq!((&table["records"], &table["layer"], &table["geometry"]), (&json!(3), &json!(LAYER), &json!("point")));
    assert_eq!(table["resource"], site.file(SHELTERS, Format::Csv).0);
    let columns: Vec<&str> =
        table["columns"].as_array().expect("columns").iter().filter_map(|own| own["name"].as_str()).collect();
    assert_eq!(columns, ["名称", "収容 人数", "面積", "コード"]);
    assert_eq!(table["columns"][0]["requirement"], "◎");
    assert_eq!(described["files"].as_array().map(Vec::len), Some(5));
}

#[tokio::test]
async fn rows_are_those_of_the_datastore_and_are_counted_as_rows() {
    let site = site();
    let (resource, _) = site.file(SHELTERS, Format::Csv);
    let asked = json!({ "resource": resource, "filters": { "収容 人数": [120, 80] }, "sort": "収容 人数 asc", "fields": ["名称"] });
    let (rows, access) = given(&site, "query_rows", asked).await;
    assert_eq!(rows["rows"], json!([{ "名称": "大井川庁舎" }, { "名称": "焼津市役所" }]));
    assert_eq!(rows["total"], 2);
    assert_eq!(rows["source"]["dataset"], SHELTERS);
    assert_eq!(access.map(|access| matches!(access, Access::Rows(_))), Some(true));
    let (all, _) = given(&site, "query_rows", json!({ "resource": SHELTERS, "q": "庁舎", "limit": 1 })).await;
    assert_eq!((&all["total"], &all["rows"][0]["名称"]), (&json!(1), &json!("大井川庁舎")), "by its alias too");
    let (first, _) = given(&site, "query_rows", json!({ "resource": SHELTERS, "limit": 1, "offset": 2 })).await;
    assert_eq!((&first["total"], first["rows"].as_array().map(Vec::len)), (&json!(3), Some(1)));

    for (arguments, word) in [
        (json!({}), "resource"),
        (json!({ "resource": "nowhere" }), "describe_dataset"),
        (json!({ "resource": SHELTERS, "filters": { "無い": 1 } }), "filters: field \"無い\" does not exist"),
        (json!({ "resource": SHELTERS, "sort": "無い" }), "sort"),
        (json!({ "resource": SHELTERS, "fields": ["無い"] }), "fields"),
        (json!({ "resource": SHELTERS, "limit": 501 }), "1〜500"),
        (json!({ "resource": SHELTERS, "offset": -1 }), "offset"),
        (json!({ "resource": SHELTERS, "sql": "DROP TABLE x" }), "there are: resource"),
    ] {
        let why = refused(&site, "query_rows", arguments.clone()).await;
        assert!(why.contains(word), "{arguments}: {why}");
    }
}

#[tokio::test]
async fn records_near_a_position_are_those_of_the_features() {
    let site = site_of_layers();
    let near = json!({ "layer": TOILETS, "lon": 138.3236, "lat": 34.8668, "radius_m": 3_000, "limit": 5 });
    let (found, access) = given(&site, "records_near", near).await;
    let by_api = site
        .get(&format!("/ogc/collections/{TOILETS}/items?near=138.3236,34.8668&radius=3000&limit=5&f=json"))
        .await
        .json();
    let records = found["records"].as_array().expect("records");
    assert!(!records.is_empty());
    assert_eq!(found["total"], by_api["numberMatched"]);
    for (record, feature) in records.iter().zip(by_api["features"].as_array().expect("features")) {
        assert_eq!(record["id"], feature["id"]);
        assert_eq!(record["distance_m"], feature["properties"]["distance_m"]);
        assert_eq!(record["properties"]["名称"], feature["properties"]["名称"]);
        assert_eq!(record["geometry"], feature["geometry"]);
        let path = record["page"].as_str().and_then(|page| page.strip_prefix("https://data.example.jp")).expect("here");
        assert_eq!(site.get(path).await.status, StatusCode::OK, "{path}");
    }
    let distances: Vec<f64> = records.iter().filter_map(|record| record["distance_m"].as_f64()).collect();
    assert!(distances.is_sorted() && distances.len() == records.len() && distances.iter().all(|far| *far <= 3_000.0));
    assert!(matches!(access, Some(Access::Rows(_))), "{access:?}");
    let nothing = json!({ "layer": TOILETS, "lon": 0, "lat": 0 });
    assert_eq!(given(&site, "records_near", nothing).await.0["total"], 0);
    for (arguments, word) in [
        (json!({ "layer": "nowhere", "lon": 138, "lat": 34 }), "describe_dataset"),
        (json!({ "layer": TOILETS, "lon": 138 }), "lat"),
        (json!({ "layer": TOILETS, "lon": 34, "lat": 138 }), "-90〜90"),
        (json!({ "layer": TOILETS, "lon": "138", "lat": 34 }), "lon"),
        (json!({ "layer": TOILETS, "lon": 138, "lat": 34, "radius_m": 0 }), "1〜100000"),
    ] {
        let why = refused(&site, "records_near", arguments.clone()).await;
        assert!(why.contains(word), "{arguments}: {why}");
    }
}

#[tokio::test]
async fn figures_are_those_of_the_statistics() {
    let mut site = site();
    let why = refused(&site, "access_figures", json!({ "dataset": SHELTERS })).await;
    assert!(why.contains("keeps no figures"), "{why}");
    let folder = tempfile::tempdir().expect("a folder");
    site.router = crate::kpi::counted(&site, folder.path());
    for (arguments, path) in [
        (json!({ "dataset": SHELTERS }), format!("/stats/dataset/{SHELTERS}.json")),
        (json!({ "organization": "222127", "by": "year" }), "/stats/222127.json?by=year".to_owned()),
    ] {
        let (told, access) = given(&site, "access_figures", arguments).await;
        let by_page = site.get(&path).await.json();
        assert_eq!(told["statistics"]["periods"], by_page["statistics"]["periods"], "{path}");
        assert_eq!(told["licence"], by_page["licence"]);
        assert_eq!(access, Some(Access::Other));
    }
    for (arguments, word) in [
        (json!({}), "either"),
        (json!({ "dataset": SHELTERS, "organization": "222127" }), "either"),
        (json!({ "dataset": "nowhere" }), "search_datasets"),
        (json!({ "organization": "nowhere" }), "six-digit"),
        (json!({ "dataset": SHELTERS, "fiscal_year": "R99" }), "fiscal_year"),
        (json!({ "dataset": SHELTERS, "by": "day" }), "month, year"),
    ] {
        let why = refused(&site, "access_figures", arguments.clone()).await;
        assert!(why.contains(word), "{arguments}: {why}");
    }
}

#[tokio::test]
async fn pages_of_other_sites_are_kept_out() {
    let site = site();
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }).to_string();
    for (headers, expected) in [
        (vec![("host", OWN)], StatusCode::OK),
        (vec![("host", "localhost:8080")], StatusCode::OK),
        (vec![("host", OWN), ("origin", "https://data.example.jp")], StatusCode::OK),
        (vec![("host", "evil.example")], StatusCode::FORBIDDEN),
        (vec![("host", "")], StatusCode::FORBIDDEN),
        (vec![("host", OWN), ("origin", "https://evil.example")], StatusCode::FORBIDDEN),
        (vec![("host", OWN), ("origin", "null")], StatusCode::FORBIDDEN),
        (vec![("accept", "application/json")], StatusCode::NOT_ACCEPTABLE),
        (vec![("content-type", "text/plain")], StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        let (status, answer, _) = sent(&site, request(&list, &headers)).await;
        assert_eq!(status, expected, "{headers:?}: {answer}");
    }
    let got = site.get("/mcp").await;
    assert_eq!((got.status, got.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
    let preflight = site.with("OPTIONS", "/mcp", &[("origin", "https://evil.example")]).await;
    assert_eq!(preflight.header("access-control-allow-origin"), "", "no page of another site may read it");
}

#[tokio::test]
async fn hostile_messages_get_an_answer_and_no_fault() {
    let site = site();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let nested = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "query_rows", "arguments": { "resource": SHELTERS, "filters": { "名称": [[[[1]]]] } },
    } });
    let long = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "search_datasets", "arguments": { "q": "あ".repeat(100_000) },
    } });
    let syntax = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "search_datasets", "arguments": { "q": "title:(((" },
    } });
    let unknown = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "drop_table" } });
    let method =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": { "uri": "file:///etc/passwd" } });
    for message in ["", "{}", "null", "[]", "\u{0}", "{\"jsonrpc\":\"2.0\"}", &deep]
        .into_iter()
        .map(str::to_owned)
        .chain([nested, long, syntax, unknown, method].iter().map(Json::to_string))
    {
        let (status, answer, access) = sent(&site, request(&message, &[])).await;
        let start: String = message.chars().take(120).collect();
        assert!(status.as_u16() < 500, "{status} {start}: {answer}");
        let is_refused = !status.is_success() || answer["error"].is_object() || answer["result"]["isError"] == true;
        assert!(is_refused, "{start}: {answer}");
        assert_eq!(access, Some(Access::Other), "{start}");
    }
    let (status, _, _) = sent(&site, request(&"x".repeat(2 << 20), &[])).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}
