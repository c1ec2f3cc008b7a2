//! The DataStore of CKAN's API, over the router in process.

use http::StatusCode;
use serde_json::json;

use crate::http_site::{Got, SHELTERS, Site, TOILETS, site, site_of_layers};

fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

async fn search(site: &Site, pairs: &[(&str, &str)]) -> Got {
    let (id, _) = site.file(SHELTERS, hiraku::model::catalogue::Format::Csv);
    let mut all = vec![("resource_id", id.as_str())];
    all.extend_from_slice(pairs);
    site.get(&format!("/api/3/action/datastore_search?{}", query(&all))).await
}

#[tokio::test]
async fn rows_of_a_table_answer_as_the_datastore() {
    let site = site();
    let (id, _) = site.file(SHELTERS, hiraku::model::catalogue::Format::Csv);
    let call = async |pairs: &[(&str, &str)]| {
        let mut all = vec![("resource_id", id.as_str())];
        all.extend_from_slice(pairs);
        site.get(&format!("/api/3/action/datastore_search?{}", query(&all))).await
    };
    let all = call(&[]).await.json();
    let result = &all["result"];
    assert_eq!(result["total"], 3);
    assert_eq!(result["fields"][0], json!({ "id": "_id", "type": "int" }));
    assert_eq!(result["fields"][1]["info"]["label"], "名称(見出し)");
    assert_eq!(
        result["records"][0],
        json!({ "_id": 1, "名称": "焼津市役所", "収容 人数": 120, "面積": 1.5, "コード": "0123" })
    );
    for (pairs, expected) in [
        (vec![("filters", "{\"コード\":\"0123\"}")], json!([[1]])),
        (vec![("filters", "{\"収容 人数\":[80,120]}"), ("sort", "\"収容 人数\" desc")], json!([[1], [2]])),
        (vec![("filters", "{\"面積\":2}")], json!([[3]])),
        (vec![("filters", "{\"_id\":2}")], json!([[2]])),
        (vec![("q", "公園")], json!([[3]])),
        (vec![("limit", "1"), ("offset", "1")], json!([[2]])),
        (vec![("sort", "_id desc"), ("limit", "2")], json!([[3], [2]])),
        (vec![("sort", "面積 desc nulls last")], json!([[3], [1], [2]])),
        (vec![("offset", "99999999999999999999")], json!([])),
        (vec![("limit", "0")], json!([])),
    ] {
        let mut pairs = pairs.clone();
        pairs.extend([("fields", "_id"), ("records_format", "lists")]);
        let got = call(&pairs).await;
        assert_eq!(got.json()["result"]["records"], expected, "{pairs:?}: {}", got.text());
    }
    let csv = call(&[("records_format", "csv"), ("fields", "_id,名称")]).await.json();
    assert_eq!(csv["result"]["records"], "1,焼津市役所\n2,大井川庁舎\n3,\"中央公園, \"\"東\"\"\"\n");
    for (pairs, key) in [
        (vec![("fields", "nothing")], "fields"),
        (vec![("sort", "nothing desc")], "sort"),
        (vec![("sort", "名称; DROP TABLE x")], "sort"),
        (vec![("filters", "{\"nothing\":1}")], "filters"),
        (vec![("filters", "{\"収容 人数\":\"x\"}")], "filters"),
        (vec![("filters", "{")], "filters"),
        (vec![("filters", "[]")], "filters"),
        (vec![("limit", "x")], "limit"),
        (vec![("limit", "-1")], "limit"),
        (vec![("records_format", "xml")], "records_format"),
        (vec![("nothing", "1")], "nothing"),
    ] {
        let got = call(&pairs).await;
        assert_eq!(got.status, StatusCode::CONFLICT, "{pairs:?}");
        assert!(got.json()["error"][key].is_array(), "{pairs:?}: {}", got.text());
    }
    let info = site.result(&format!("datastore_info?id={id}")).await;
    assert_eq!(info["meta"]["count"], 3);
    assert_eq!(info["fields"][1]["schema"]["native_type"], "int8");
}

/// The `_id`s that a question finds, in order, and the total told.
async fn ids(site: &Site, pairs: &[(&str, &str)]) -> (Vec<u64>, u64) {
    let mut pairs = pairs.to_vec();
    pairs.extend([("fields", "_id"), ("records_format", "lists")]);
    let got = search(site, &pairs).await;
    assert_eq!(got.status, StatusCode::OK, "{pairs:?}: {}", got.text());
    let result = got.json()["result"].clone();
    let rows = result["records"].as_array().expect("records").iter().map(|row| row[0].as_u64().expect("an id"));
    (rows.collect(), result["total"].as_u64().expect("a total"))
}

#[tokio::test]
async fn filters_take_values_lists_ranges_and_groups() {
    let site = site();
    for (filters, expected) in [
        (json!({}), vec![1, 2, 3]),
        (json!({ "名称": "大井川庁舎" }), vec![2]),
        (json!({ "名称": ["大井川庁舎", "焼津市役所", "なし"] }), vec![1, 2]),
        (json!({ "名称": [] }), vec![]),
        (json!({ "収容 人数": "80" }), vec![2]),
        (json!({ "コード": null }), vec![3]),
        (json!({ "名称": [null, "大井川庁舎"] }), vec![2]),
        (json!({ "収容 人数": { "gte": 80 } }), vec![1, 2]),
        (json!({ "収容 人数": { "gt": 80 } }), vec![1]),
        (json!({ "収容 人数": { "gt": 70, "lt": 120 } }), vec![2]),
        (json!({ "_id": { "lte": 2 } }), vec![1, 2]),
        (json!({ "_id": { "in": [1, 3] } }), vec![1, 3]),
        (json!({ "_id": { "eq": 3 } }), vec![3]),
        (json!({ "_id": [{ "lt": 2 }, 3] }), vec![1, 3]),
        (json!({ "コード": { "gte": "0123" }, "_id": 1 }), vec![1]),
        (json!({ "$or": [{ "_id": 1 }, { "名称": "大井川庁舎" }] }), vec![1, 2]),
        (json!({ "$or": [] }), vec![]),
        (json!({ "$and": [{ "_id": { "gt": 1 } }, { "$or": [{ "_id": 3 }, { "_id": 1 }] }] }), vec![3]),
    ] {
        let text = filters.to_string();
        let (found, total) = ids(&site, &[("filters", &text)]).await;
        assert_eq!((&found, total), (&expected, expected.len() as u64), "{text}");
    }
    let deep = (0..20).fold(json!({ "_id": 1 }), |inner, _| json!({ "$and": [inner] }));
    for filters in [
        json!({ "$or": { "_id": 1 } }),
        json!({ "$or": [1] }),
        json!({ "$not": [{ "_id": 1 }] }),
        json!({ "_id": { "like": "1" } }),
        json!({ "_id": { "in": 1 } }),
        json!({ "_id": { "eq": [1] } }),
        json!({ "_id": { "gt": null } }),
        json!({ "_id": "1.5" }),
        json!({ "_id": [[1]] }),
        json!({ "_found": "x" }),
        json!({ "_id": vec![1; 10_001] }),
        deep,
    ] {
        let (id, _) = site.file(SHELTERS, hiraku::model::catalogue::Format::Csv);
        let body = json!({ "resource_id": id, "filters": filters }).to_string();
        let got = site.post("/api/3/action/datastore_search", "application/json", &body).await;
        assert_eq!(got.status, StatusCode::CONFLICT, "{body:.200}");
        assert!(got.json()["error"]["filters"].is_array(), "{body:.200}");
    }
}

#[tokio::test]
async fn words_are_sought_everywhere_or_in_one_column() {
    let site = site();
    for (pairs, expected) in [
        (vec![("q", "市役所")], vec![1]),
        (vec![("q", "焼津 役所")], vec![1]),
        (vec![("q", "焼津 公園")], vec![]),
        (vec![("q", "{\"名称\": \"公園\"}")], vec![3]),
        (vec![("q", "{\"収容 人数\": \"80\", \"名称\": \"庁舎\"}")], vec![2]),
        (vec![("q", "{\"コード\": \"公園\"}")], vec![]),
        (vec![("q", "{}")], vec![1, 2, 3]),
        (vec![("q", "80")], vec![2]),
        (vec![("q", "公園:*"), ("plain", "false")], vec![3]),
        (vec![("q", "公園 | 庁舎"), ("plain", "false")], vec![2, 3]),
        (vec![("q", "!(公園 | 庁舎)"), ("plain", "false")], vec![1]),
        (vec![("q", "焼津 & !公園"), ("plain", "False")], vec![1]),
        (vec![("q", "'中央公園':*"), ("plain", "false")], vec![3]),
        (vec![("full_text", "公園")], vec![3]),
        (vec![("full_text", "公園"), ("q", "庁舎")], vec![]),
        (vec![("q", "公園"), ("language", "english")], vec![3]),
        (vec![("q", "公園"), ("sort", "rank desc")], vec![3]),
        (vec![("q", "公園 | 庁舎")], vec![]),
    ] {
        let (found, total) = ids(&site, &pairs).await;
        assert_eq!((&found, total), (&expected, expected.len() as u64), "{pairs:?}");
    }
    let ranked = search(&site, &[("q", "{\"名称\": \"公園\"}")]).await.json();
    assert_eq!(ranked["result"]["records"][0]["rank 名称"], 1.0);
    let last = ranked["result"]["fields"].as_array().and_then(|fields| fields.last()).expect("fields");
    assert_eq!(last, &json!({ "id": "rank 名称", "type": "float4" }));
    let many = vec!["x"; 33].join(" ");
    let brackets = "(".repeat(5_000);
    for (pairs, key) in [
        (vec![("q", "{\"nothing\": \"x\"}")], "q"),
        (vec![("q", "{\"名称\": []}")], "q"),
        (vec![("q", "a b"), ("plain", "false")], "q"),
        (vec![("q", "a &"), ("plain", "false")], "q"),
        (vec![("q", "'a"), ("plain", "false")], "q"),
        (vec![("q", &brackets), ("plain", "false")], "q"),
        (vec![("q", &many)], "q"),
        (vec![("full_text", "("), ("plain", "false")], "full_text"),
    ] {
        let got = search(&site, &pairs).await;
        assert_eq!(got.status, StatusCode::CONFLICT, "{pairs:?}");
        assert!(got.json()["error"][key].is_array(), "{pairs:?}: {}", got.text());
    }
}

#[tokio::test]
async fn rows_without_a_value_stand_where_the_order_says() {
    let site = site();
    for (sort, expected) in [
        ("\"収容 人数\"", vec![2, 1, 3]),
        ("\"収容 人数\" asc", vec![2, 1, 3]),
        ("\"収容 人数\" desc", vec![3, 1, 2]),
        ("\"収容 人数\" desc nulls last", vec![1, 2, 3]),
        ("\"収容 人数\" NULLS FIRST", vec![3, 2, 1]),
        ("\"収容 人数\" asc nulls first, _id desc", vec![3, 2, 1]),
        ("_id desc, _id asc", vec![3, 2, 1]),
    ] {
        assert_eq!(ids(&site, &[("sort", sort)]).await.0, expected, "{sort}");
    }
}

#[tokio::test]
async fn distinct_rows_are_counted_once() {
    let site = site();
    let call = async |pairs: &[(&str, &str)]| {
        let mut all = vec![("distinct", "true"), ("records_format", "lists")];
        all.extend_from_slice(pairs);
        search(&site, &all).await
    };
    let codes = call(&[("fields", "コード")]).await.json()["result"].clone();
    let rows = codes["records"].as_array().expect("records");
    assert_eq!(codes["total"], json!(rows.len()));
    assert_eq!(codes["distinct"], "true");
    let mut once = rows.clone();
    once.dedup();
    assert_eq!(&once, rows);
    let page = call(&[("fields", "名称"), ("limit", "1"), ("offset", "1"), ("sort", "名称 desc")]).await.json();
    assert_eq!((page["result"]["records"].as_array().map(Vec::len), &page["result"]["total"]), (Some(1), &json!(3)));
    assert_eq!(call(&[]).await.json()["result"]["total"], 3);
    let refused = call(&[("fields", "コード"), ("sort", "名称")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.json()["error"]["sort"].is_array());
}

#[tokio::test]
async fn the_data_dictionary_tells_what_the_standard_says_of_a_field() {
    let site = site();
    let (id, _) = site.file(SHELTERS, hiraku::model::catalogue::Format::Csv);
    let fields = site.result(&format!("datastore_info?id={id}")).await["fields"].clone();
    assert_eq!(fields.as_array().map(Vec::len), Some(4), "without _id: {fields}");
    let info = &fields[0]["info"];
    assert_eq!((&info["label"], &info["requirement"]), (&json!("名称(見出し)"), &json!("◎")));
    assert_eq!((&info["format"], &info["codes"], &info["verified"]), (&json!("文字列"), &json!([]), &json!(true)));
    // A column of the publisher's own has nothing that the standard says.
    assert!(fields[1]["info"].get("requirement").is_none(), "{fields}");
}

/// Pages of a table as it lies are put together of rows that are kept; named columns are asked of the database.
#[tokio::test]
async fn pages_of_kept_rows_are_those_of_the_database() {
    let site = site_of_layers();
    let (id, _) = site.file(TOILETS, hiraku::model::catalogue::Format::Csv);
    for (limit, offset) in
        [(100, 0), (100, 450), (7, 509), (600, 0), (1_000, 590), (1, 511), (1, 512), (5, 600), (0, 3)]
    {
        for form in ["objects", "lists"] {
            let asked =
                format!("datastore_search?resource_id={id}&limit={limit}&offset={offset}&records_format={form}");
            let kept = site.result(&asked).await;
            let named = query(&[("fields", "_id,名称,収容 人数,面積,コード")]);
            let database = site.result(&format!("{asked}&{named}")).await;
            assert_eq!(kept["records"], database["records"], "{asked}");
            assert_eq!((&kept["total"], &kept["fields"]), (&json!(600), &database["fields"]), "{asked}");
            let rows = 600_usize.saturating_sub(offset).min(limit);
            assert_eq!(kept["records"].as_array().map(Vec::len), Some(rows), "{asked}");
        }
    }
}

/// Totals of conditions are kept, each for itself.
#[tokio::test]
async fn totals_are_those_of_each_condition_and_release() {
    let site = site_of_layers();
    let (id, _) = site.file(TOILETS, hiraku::model::catalogue::Format::Csv);
    for (filters, expected) in [("{\"_id\":[1,2,3]}", 3), ("{\"_id\":[4,5]}", 2), ("{\"_id\":[1,2,3]}", 3)] {
        for limit in ["1", "2"] {
            let pairs = [("resource_id", id.as_str()), ("filters", filters), ("limit", limit)];
            let found = site.result(&format!("datastore_search?{}", query(&pairs))).await;
            assert_eq!(found["total"], expected, "{filters}");
        }
    }
}
