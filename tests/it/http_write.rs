//! Changes by API: datasets and files of programs that hold a token, over the router in process, with real workers.

use axum::body::Body;
use hiraku::model::code::MunicipalityCode;
use hiraku::model::token::{Rights, Token, text};
use http::{Request, StatusCode};
use serde_json::{Value as Json, json};

use crate::http_site::{Got, SHELTERS, Site, site};
use crate::program::{Server, hiraku_done};

const SHOPS: &str = "店名,住所,席数\nさかなや,焼津市本町5丁目6番1号,12\nみなと食堂,焼津市本町1丁目1番1号,30\n";
const MORE: &str = "店名,住所,席数\nさかなや,焼津市本町5丁目6番1号,12\nみなと食堂,焼津市本町1丁目1番1号,30\n港屋,焼津市中港1丁目1番1号,8\n";

/// Keeps a token and gives its text.
fn token(site: &Site, number: u8, organization: Option<&str>, rights: Rights, ended: bool) -> String {
    let now = site.app.clock.now();
    let secret = text(&[number; 32]);
    let token = Token {
        id: format!("00000000-0000-4000-8000-0000000000{number:02}"),
        name: "loader".to_owned(),
        organization: organization.map(|code| MunicipalityCode::parse(code).expect("a code")),
        rights,
        created: now,
        expires: ended.then_some(now),
        revoked: None,
    };
    site.app.store.add_token(&token, &secret).expect("kept");
    secret
}

async fn call(site: &Site, token: &str, action: &str, arguments: &Json) -> Got {
    let request = Request::builder()
        .method("POST")
        .uri(format!("/api/action/{action}"))
        .header("authorization", token)
        .header("content-type", "application/json");
    site.send(request.body(Body::from(arguments.to_string())).expect("a request")).await
}

async fn send(site: &Site, token: &str, action: &str, pairs: &[(&str, &str)], file: (&str, &[u8])) -> Got {
    let mut body = Vec::new();
    for (name, value) in pairs {
        body.extend_from_slice(
            format!("--xyz\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").as_bytes(),
        );
    }
    let head = format!("--xyz\r\ncontent-disposition: form-data; name=\"upload\"; filename=\"{}\"\r\n\r\n", file.0);
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(file.1);
    body.extend_from_slice(b"\r\n--xyz--\r\n");
    let request = Request::builder()
        .method("POST")
        .uri(format!("/api/3/action/{action}"))
        .header("x-ckan-api-key", token)
        .header("content-type", "multipart/form-data; boundary=xyz");
    site.send(request.body(Body::from(body)).expect("a request")).await
}

fn result(got: &Got) -> Json {
    assert_eq!(got.status, StatusCode::OK, "{}", got.text());
    got.json()["result"].clone()
}

fn left_over(site: &Site) -> Vec<String> {
    let entries = std::fs::read_dir(site.uploads()).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn shops() -> Json {
    json!({
        "name": "222127_shops", "title": "飲食店一覧", "owner_org": "222127", "license_id": "cc-by-4.0",
        "notes": "市内の飲食店です。", "tags": [{ "name": "観光" }],
    })
}

#[tokio::test]
async fn a_dataset_is_made_filled_changed_and_withdrawn() {
    let site = site().with_writing();
    let key = token(&site, 1, Some("222127"), Rights::Publish, false);
    let draft = result(&call(&site, &key, "package_create", &shops()).await);
    assert_eq!(
        (&draft["name"], &draft["state"], &draft["hiraku"]["state"]),
        (&json!("222127_shops"), &json!("draft"), &json!("draft"))
    );
    // Only who may write it sees a draft.
    assert_eq!(site.get("/api/3/action/package_show?id=222127_shops").await.status, StatusCode::NOT_FOUND);
    let own = call(&site, &key, "package_show", &json!({ "id": draft["id"] })).await;
    assert_eq!(result(&own)["title"], "飲食店一覧");
    let id = draft["id"].as_str().expect("an id").to_owned();
    let made =
        send(&site, &key, "resource_create", &[("package_id", &id), ("name", "飲食店")], ("a.csv", SHOPS.as_bytes()))
            .await;
    let made = result(&made);
    assert_eq!((&made["format"], &made["hiraku"]["state"]), (&json!("CSV"), &json!("published")), "{made}");
    assert_eq!(made["hiraku"]["files"][0]["records"], 2);
    // Everybody sees it at once: the dataset, a search, the rows, the file.
    let package = site.result("package_show?id=222127_shops").await;
    assert_eq!((&package["state"], &package["tags"][0]["name"]), (&json!("active"), &json!("観光")));
    assert_eq!(site.result("package_search?fq=name:222127_shops").await["count"], 1);
    let resource = made["id"].as_str().expect("an id").to_owned();
    assert_eq!(site.result(&format!("datastore_search?resource_id={resource}")).await["total"], 2);
    // A further file of the same name is no replacement; a replacement keeps the resource.
    let twice = send(&site, &key, "resource_create", &[("package_id", &id)], ("飲食店.csv", SHOPS.as_bytes())).await;
    assert_eq!(twice.status, StatusCode::CONFLICT, "{}", twice.text());
    let replaced =
        result(&send(&site, &key, "resource_update", &[("id", &resource)], ("b.csv", MORE.as_bytes())).await);
    assert_eq!((&replaced["id"], &replaced["hiraku"]["state"]), (&json!(resource), &json!("published")));
    assert_eq!(site.result(&format!("datastore_search?resource_id={resource}")).await["total"], 3);
    let patched = call(&site, &key, "package_patch", &json!({ "id": "222127_shops", "title": "飲食店" })).await;
    assert_eq!(result(&patched)["title"], "飲食店");
    assert_eq!(site.result("package_show?id=222127_shops").await["notes"], "市内の飲食店です。");
    let updated =
        call(&site, &key, "package_update", &json!({ "id": "222127_shops", "title": "店", "license_id": "cc-by-4.0" }))
            .await;
    assert_eq!((&result(&updated)["title"], &result(&updated)["notes"]), (&json!("店"), &json!("")));
    assert_eq!(site.result(&format!("datastore_search?resource_id={resource}")).await["total"], 3);
    assert_eq!(result(&call(&site, &key, "resource_delete", &json!({ "id": resource })).await), Json::Null);
    assert_eq!(site.get("/api/3/action/package_show?id=222127_shops").await.status, StatusCode::NOT_FOUND);
    let gone = call(&site, &key, "package_delete", &json!({ "id": "222127_shops" })).await;
    assert_eq!(result(&gone), Json::Null);
    assert!(left_over(&site).is_empty(), "{:?}", left_over(&site));
    let notes = site.app.store.actions(20).expect("notes");
    assert_eq!(
        notes[0][1..],
        ["00000000-0000-4000-8000-000000000001", "package_delete", "222127_shops", "done"].map(str::to_owned)
    );
    assert_eq!(notes.len(), 8, "{notes:?}");
}

#[tokio::test]
async fn rows_sent_as_json_become_a_table_and_grow() {
    let site = site().with_writing();
    let key = token(&site, 1, Some("222127"), Rights::Publish, false);
    result(&call(&site, &key, "package_create", &shops()).await);
    let table = json!({
        "resource": { "package_id": "222127_shops", "name": "席数" }, "force": true,
        "fields": [{ "id": "店名", "type": "text" }, { "id": "席数", "type": "int" }],
        "records": [{ "店名": "さかなや, \"本店\"", "席数": 12 }, { "店名": "みなと\n食堂", "席数": null }],
    });
    let made = result(&call(&site, &key, "datastore_create", &table).await);
    assert_eq!((&made["hiraku"]["state"], &made["datastore_active"]), (&json!("published"), &json!(true)), "{made}");
    let id = made["resource_id"].as_str().expect("an id").to_owned();
    let more = json!({ "resource_id": id, "method": "insert", "records": [{ "店名": "港屋", "席数": 8 }] });
    result(&call(&site, &key, "datastore_upsert", &more).await);
    let found = site.result(&format!("datastore_search?resource_id={id}&fields=%E5%BA%97%E5%90%8D,%E5%B8%AD%E6%95%B0&sort=%E5%B8%AD%E6%95%B0&records_format=lists")).await;
    assert_eq!(found["total"], 3, "{found}");
    assert_eq!((&found["records"][0], &found["records"][1]), (&json!(["港屋", 8]), &json!(["さかなや, \"本店\"", 12])));
    for (action, arguments, field) in [
        (
            "datastore_create",
            json!({ "resource": { "package_id": "222127_shops" }, "records": [{ "a": 1 }], "primary_key": ["_a"] }),
            "primary_key",
        ),
        (
            "datastore_create",
            json!({ "resource": { "package_id": "222127_shops" }, "records": [{ "a": 1 }, { "a": 1 }],
                    "primary_key": "a" }),
            "records",
        ),
        (
            "datastore_create",
            json!({ "resource": { "package_id": "222127_shops" }, "records": [{ "_found": 1 }] }),
            "records",
        ),
        ("datastore_create", json!({ "resource": { "package_id": "222127_shops" }, "records": [] }), "records"),
        ("datastore_create", json!({ "resource": { "package_id": "222127_shops" }, "records": [[1]] }), "records"),
        (
            "datastore_create",
            json!({ "resource": { "package_id": "222127_shops" }, "records": [{ "a": { "b": 1 } }] }),
            "records",
        ),
        ("datastore_create", json!({ "resource": "x", "records": [{ "a": 1 }] }), "resource"),
        (
            "datastore_create",
            json!({ "resource": { "package_id": "222127_shops", "name": "席数" }, "records": [{ "a": 1 }] }),
            "resource",
        ),
        ("datastore_upsert", json!({ "resource_id": id, "records": [{ "店名": "x" }] }), "table"),
        ("datastore_upsert", json!({ "resource_id": id, "method": "insert", "records": [{ "他": "x" }] }), "records"),
        ("datastore_delete", json!({ "resource_id": id, "filters": { "他": 8 } }), "filters"),
        ("datastore_delete", json!({ "resource_id": id, "filters": [] }), "filters"),
        ("datastore_records_delete", json!({ "resource_id": id, "filters": {} }), "filters"),
        (
            "datastore_records_delete",
            json!({ "resource_id": id, "filters": { "店名": ["さかなや, \"本店\"", "みなと\n食堂", "港屋"] } }),
            "filters",
        ),
    ] {
        let got = call(&site, &key, action, &arguments).await;
        assert_eq!(got.status, StatusCode::CONFLICT, "{arguments}: {}", got.text());
        assert!(got.json()["error"][field].is_array(), "{arguments}: {}", got.text());
    }
    assert_eq!(site.result(&format!("datastore_search?resource_id={id}")).await["total"], 3);
    result(&call(&site, &key, "datastore_delete", &json!({ "resource_id": id })).await);
    assert_eq!(
        site.get(&format!("/api/3/action/datastore_search?resource_id={id}")).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn only_a_valid_token_of_the_organization_changes_anything() {
    let site = site().with_writing();
    let ise = token(&site, 1, Some("242039"), Rights::Publish, false);
    let ended = token(&site, 2, Some("222127"), Rights::Publish, true);
    let all = token(&site, 3, None, Rights::Edit, false);
    let revoked = token(&site, 4, None, Rights::Publish, false);
    site.app.store.revoke_token("00000000-0000-4000-8000-000000000004", site.app.clock.now()).expect("ended");
    let unknown = text(&[9; 32]);
    for (key, why) in [
        ("", "none"),
        ("x", "nonsense"),
        (unknown.as_str(), "unknown"),
        (ended.as_str(), "ended"),
        (revoked.as_str(), "revoked"),
        (ise.as_str(), "of another organization"),
    ] {
        let got = call(&site, key, "package_create", &shops()).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN, "{why}: {}", got.text());
        assert_eq!(got.json()["error"]["__type"], "Authorization Error", "{why}");
    }
    // A stranger's file is not even read; reads go on with a token that is none.
    let stranger =
        send(&site, &unknown, "resource_create", &[("package_id", SHELTERS)], ("a.csv", SHOPS.as_bytes())).await;
    assert_eq!(stranger.status, StatusCode::FORBIDDEN);
    assert_eq!(call(&site, &unknown, "package_list", &json!({})).await.status, StatusCode::OK);
    let own = result(&call(&site, &ise, "organization_list_for_user", &json!({})).await);
    assert_eq!((own.as_array().map(Vec::len), &own[0]["name"]), (Some(1), &json!("242039")));
    assert_eq!(result(&call(&site, "x", "organization_list_for_user", &json!({})).await), json!([]));
    // What the city's own files hold is not changed by API.
    for (action, arguments) in [
        ("package_patch", json!({ "id": SHELTERS, "title": "x" })),
        ("package_delete", json!({ "id": SHELTERS })),
        ("resource_delete", json!({ "id": site.file(SHELTERS, hiraku::model::catalogue::Format::Csv).0 })),
    ] {
        assert_eq!(call(&site, &all, action, &arguments).await.status, StatusCode::FORBIDDEN, "{action}");
    }
    let got = call(&site, &all, "package_create", &json!({ "name": SHELTERS, "owner_org": "222127" })).await;
    assert_eq!(got.json()["error"]["name"], json!(["That URL is already in use."]));
    for action in ["group_create", "member_create", "vocabulary_create", "user_list"] {
        assert_eq!(call(&site, &all, action, &json!({})).await.status, StatusCode::FORBIDDEN, "{action}");
    }
    assert_eq!(site.with("GET", "/api/3/action/package_create", &[]).await.status, StatusCode::BAD_REQUEST);
    assert!(left_over(&site).is_empty());
}

#[tokio::test]
async fn a_token_without_the_right_to_publish_leaves_files_waiting() {
    let site = site().with_writing();
    let key = token(&site, 1, None, Rights::Edit, false);
    result(&call(&site, &key, "package_create", &shops()).await);
    let made =
        send(&site, &key, "resource_create", &[("package_id", "222127_shops")], ("a.csv", SHOPS.as_bytes())).await;
    assert_eq!(result(&made)["hiraku"]["state"], "waiting");
    assert_eq!(site.get("/api/3/action/package_show?id=222127_shops").await.status, StatusCode::NOT_FOUND);
    let waiting = site.app.store.staged_releases().expect("releases");
    assert_eq!(waiting.iter().map(|own| own.name.as_str()).collect::<Vec<_>>(), ["222127_shops"]);
    let twice = call(&site, &key, "package_create", &shops()).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
    // A token tells of itself and ends itself, and nothing of others.
    let own = result(&call(&site, &key, "api_token_list", &json!({})).await);
    assert_eq!((own.as_array().map(Vec::len), &own[0]["rights"]), (Some(1), &json!("edit")));
    assert!(!own.to_string().contains(&key));
    assert_eq!(site.get("/api/3/action/api_token_list").await.status, StatusCode::FORBIDDEN);
    let other = call(&site, &key, "api_token_revoke", &json!({ "jti": "00000000-0000-4000-8000-000000000002" })).await;
    assert_eq!(other.status, StatusCode::FORBIDDEN);
    assert_eq!(result(&call(&site, &key, "api_token_revoke", &json!({ "jti": own[0]["id"] })).await), Json::Null);
    assert_eq!(call(&site, &key, "package_create", &shops()).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_is_refused_leaves_the_state_before() {
    let site = site().with_writing();
    let key = token(&site, 1, Some("222127"), Rights::Publish, false);
    result(&call(&site, &key, "package_create", &shops()).await);
    let id = "222127_shops";
    let made = result(&send(&site, &key, "resource_create", &[("package_id", id)], ("a.csv", SHOPS.as_bytes())).await);
    let resource = made["id"].as_str().expect("an id").to_owned();
    let before = site.result("package_show?id=222127_shops").await;
    let numbers: String = (0..12_u64)
        .map(|n| {
            let digits: Vec<u64> =
                format!("{:011}", 12_345_678_901 + n * 7_919).bytes().map(|b| u64::from(b - b'0')).collect();
            let sum: u64 =
                digits.iter().rev().enumerate().map(|(n, d)| d * if n < 6 { n as u64 + 2 } else { n as u64 - 4 }).sum();
            let check = if sum % 11 <= 1 { 0 } else { 11 - sum % 11 };
            format!("住民{n},{}{check}\n", digits.iter().map(u64::to_string).collect::<String>())
        })
        .collect();
    let numbers = format!("氏名,個人番号\n{numbers}");
    for (name, bytes) in [
        ("b.csv", numbers.as_bytes()),
        ("b.xlsx", b"PK\x03\x04 no workbook".as_slice()),
        ("b.zip", b"PK".as_slice()),
        ("b.pdf", b"%PDF-1.7".as_slice()),
        ("b.csv", b"".as_slice()),
    ] {
        let got = send(&site, &key, "resource_create", &[("package_id", id)], (name, bytes)).await;
        assert_eq!(got.status, StatusCode::CONFLICT, "{name}: {}", got.text());
        assert!(got.json()["error"]["upload"].is_array(), "{name}: {}", got.text());
        assert!(!got.text().contains("/uploads/"), "{name}: {}", got.text());
        assert_eq!(site.result("package_show?id=222127_shops").await, before, "{name}");
        assert_eq!(left_over(&site), [id], "{name}");
    }
    assert!(site.app.store.staged_releases().expect("releases").is_empty(), "nothing waits");
    for (action, arguments, key_name) in [
        ("resource_create", json!({ "package_id": id, "url": "http://169.254.169.254/latest" }), "upload"),
        ("package_create", json!({ "name": "a b", "owner_org": "222127" }), "name"),
        ("package_create", json!({ "owner_org": "222127" }), "name"),
        ("package_create", json!({ "name": "222127_x" }), "owner_org"),
        ("package_create", json!({ "name": "222127_x", "owner_org": "999999" }), "owner_org"),
        (
            "package_create",
            json!({ "name": "222127_x", "owner_org": "222127", "resources": [{ "url": "file:///etc/passwd" }] }),
            "resources",
        ),
        ("package_create", json!({ "name": "222127_x", "owner_org": "222127", "license_id": "none-such" }), "source"),
        (
            "package_create",
            json!({ "name": "222127_x", "owner_org": "222127", "url": "javascript:alert(1)" }),
            "source",
        ),
        ("package_create", json!({ "name": "222127_x", "owner_org": "222127", "tags": [{ "name": "a・b" }] }), "tags"),
        ("package_create", json!({ "name": "222127_x", "owner_org": "222127", "tags": "x" }), "tags"),
        ("package_create", json!({ "name": "222127_x", "owner_org": "222127", "title": "x".repeat(10_001) }), "title"),
        ("package_patch", json!({ "id": id, "name": "222127_y" }), "name"),
        ("package_update", json!({ "id": id, "resources": [{ "url": "http://localhost/" }] }), "resources"),
    ] {
        let key = token_text();
        let got = call(&site, &key, action, &arguments).await;
        assert_eq!(got.status, StatusCode::CONFLICT, "{action} {arguments:.80}: {}", got.text());
        assert!(got.json()["error"][key_name].is_array(), "{action}: {}", got.text());
    }
    for name in ["../../x", "source.toml", "", "x"] {
        let got = send(&site, &key, "resource_create", &[("package_id", id)], (name, SHOPS.as_bytes())).await;
        assert!(got.status.is_client_error(), "{name}: {}", got.text());
    }
    let missing = send(&site, &key, "resource_create", &[("package_id", "no_such")], ("c.csv", SHOPS.as_bytes())).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    // A body that breaks off.
    let request = Request::builder()
        .method("POST")
        .uri("/api/3/action/resource_create")
        .header("authorization", &key)
        .header("content-type", "multipart/form-data; boundary=xyz")
        .body(Body::from(
            "--xyz\r\ncontent-disposition: form-data; name=\"upload\"; filename=\"c.csv\"\r\n\r\na,b\r\n1",
        ))
        .expect("a request");
    assert_eq!(site.send(request).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(site.result("package_show?id=222127_shops").await, before);
    assert_eq!(left_over(&site), [id]);
    assert_eq!(site.result(&format!("datastore_search?resource_id={resource}")).await["total"], 2);
}

#[tokio::test]
async fn rows_are_changed_and_taken_out_by_their_key() {
    let site = site().with_writing();
    let key = token(&site, 1, Some("222127"), Rights::Publish, false);
    result(&call(&site, &key, "package_create", &shops()).await);
    let table = json!({
        "resource": { "package_id": "222127_shops", "name": "席数の表" }, "primary_key": ["番号"],
        "records": [{ "番号": 1, "店名": "さかなや", "席数": 12 }, { "番号": 2, "店名": "みなと食堂", "席数": 30 },
                    { "番号": 3, "店名": "港屋", "席数": 8 }],
    });
    let made = result(&call(&site, &key, "datastore_create", &table).await);
    // The title that was given is the resource's, as it is.
    assert_eq!((&made["name"], &made["hiraku"]["state"]), (&json!("席数の表"), &json!("published")), "{made}");
    let id = made["resource_id"].as_str().expect("an id").to_owned();
    let rows = || async {
        let found = site
            .result(&format!("datastore_search?resource_id={id}&sort=%E7%95%AA%E5%8F%B7&records_format=lists"))
            .await;
        let list = found["records"].as_array().expect("rows").clone();
        list.into_iter().map(|row| json!(row.as_array().expect("a row")[1..])).collect::<Json>()
    };
    let upsert = |method: Option<&str>, records: Json| {
        let mut arguments = json!({ "resource_id": id, "records": records });
        if let Some(method) = method {
            arguments["method"] = json!(method);
        }
        arguments
    };
    // What a record does not name stays as it is.
    let come = upsert(None, json!([{ "番号": 2, "席数": 31 }, { "番号": 4, "店名": "浜", "席数": 5 }]));
    let told = result(&call(&site, &key, "datastore_upsert", &come).await);
    assert_eq!((&told["method"], &told["id"]), (&json!("upsert"), &json!(id)));
    let expected = json!([["1", "さかなや", 12], ["2", "みなと食堂", 31], ["3", "港屋", 8], ["4", "浜", 5]]);
    assert_eq!(rows().await, expected);
    for (method, records, field) in [
        ("update", json!([{ "番号": 9, "席数": 1 }]), "key"),
        ("update", json!([{ "席数": 1 }]), "key"),
        ("insert", json!([{ "番号": 1, "店名": "x" }]), "records"),
        ("upsert", json!([{ "番号": 1, "他": "x" }]), "records"),
        ("replace", json!([{ "番号": 1 }]), "method"),
    ] {
        let got = call(&site, &key, "datastore_upsert", &upsert(Some(method), records)).await;
        assert_eq!(got.status, StatusCode::CONFLICT, "{method}: {}", got.text());
        assert!(got.json()["error"][field].is_array(), "{method}: {}", got.text());
    }
    assert_eq!(rows().await, expected);
    let changed = upsert(Some("update"), json!([{ "番号": 4, "店名": "浜食堂" }]));
    result(&call(&site, &key, "datastore_upsert", &changed).await);
    let dry = json!({ "resource_id": id, "records": [{ "番号": 7 }], "dry_run": true });
    result(&call(&site, &key, "datastore_upsert", &dry).await);
    let asked = json!({ "resource_id": id, "filters": { "番号": [4, 99], "店名": "浜食堂" }, "force": true });
    let told = result(&call(&site, &key, "datastore_delete", &asked).await);
    assert_eq!(told["filters"], asked["filters"]);
    assert_eq!(rows().await, json!([["1", "さかなや", 12], ["2", "みなと食堂", 31], ["3", "港屋", 8]]));
    result(
        &call(&site, &key, "datastore_records_delete", &json!({ "resource_id": id, "filters": { "番号": 3 } })).await,
    );
    // The key is kept with the table, also where it is written anew.
    let again = json!({ "resource_id": id, "records": [{ "番号": 1, "店名": "x" }] });
    assert_eq!(call(&site, &key, "datastore_create", &again).await.status, StatusCode::CONFLICT);
    assert_eq!(rows().await, json!([["1", "さかなや", 12], ["2", "みなと食堂", 31]]));
    let view = json!({ "resource_id": id, "view_type": "recline_view", "title": "x" });
    assert_eq!(result(&call(&site, &key, "resource_view_create", &view).await)["view_type"], "recline_view");
}

#[tokio::test]
async fn titles_stay_and_a_change_that_waits_keeps_its_id() {
    let site = site().with_writing();
    let key = token(&site, 1, Some("222127"), Rights::Publish, false);
    result(&call(&site, &key, "package_create", &shops()).await);
    let pairs = [("package_id", "222127_shops"), ("name", "市内の店（令和8年度）")];
    let made = result(&send(&site, &key, "resource_create", &pairs, ("a.csv", SHOPS.as_bytes())).await);
    assert_eq!(made["name"], "市内の店（令和8年度）", "{made}");
    let id = made["id"].as_str().expect("an id").to_owned();
    assert_eq!(site.result(&format!("resource_show?id={id}")).await["name"], "市内の店（令和8年度）");
    // By patch, by update as it was sent back, and beside a new file.
    let patched = call(&site, &key, "resource_patch", &json!({ "id": id, "name": "店" })).await;
    assert_eq!(result(&patched)["name"], "店");
    let mut back = site.result(&format!("resource_show?id={id}")).await;
    // Also where it begins as the dataset's does.
    back["name"] = json!("飲食店一覧（市内）");
    assert_eq!(result(&call(&site, &key, "resource_update", &back).await)["name"], "飲食店一覧（市内）");
    back["name"] = json!("店の一覧");
    assert_eq!(result(&call(&site, &key, "resource_update", &back).await)["name"], "店の一覧");
    back["url"] = json!("http://169.254.169.254/");
    assert_eq!(call(&site, &key, "resource_update", &back).await.status, StatusCode::CONFLICT);
    let replaced = result(&send(&site, &key, "resource_update", &[("id", &id)], ("b.csv", MORE.as_bytes())).await);
    assert_eq!((&replaced["id"], &replaced["name"]), (&json!(id), &json!("店の一覧")));
    assert_eq!(
        result(&call(&site, &key, "package_patch", &json!({ "id": "222127_shops", "notes": "x" })).await)["resources"]
            [0]["name"],
        "店の一覧"
    );
    assert_eq!(
        call(&site, &key, "resource_patch", &json!({ "id": id, "name": "a\nb" })).await.status,
        StatusCode::CONFLICT
    );
    // Two thirds of the rows gone: held, told under the id it has.
    let one = "店名,住所,席数\nさかなや,焼津市本町5丁目6番1号,12\n";
    let held = result(&send(&site, &key, "resource_update", &[("id", &id)], ("c.csv", one.as_bytes())).await);
    assert_eq!((&held["hiraku"]["state"], &held["id"]), (&json!("held"), &json!(id)), "{held}");
    assert_eq!(site.result(&format!("datastore_search?resource_id={id}")).await["total"], 3);
}

/// A new file that waits is told under the id that it has once it is public.
#[tokio::test]
async fn a_new_file_that_waits_has_the_id_that_becomes_valid() {
    let site = site().with_writing();
    let edit = token(&site, 1, Some("222127"), Rights::Edit, false);
    let publish = token(&site, 2, Some("222127"), Rights::Publish, false);
    let package = result(&call(&site, &edit, "package_create", &shops()).await);
    let pairs = [("package_id", "222127_shops")];
    let made = result(&send(&site, &edit, "resource_create", &pairs, ("a.csv", SHOPS.as_bytes())).await);
    assert_eq!((&made["hiraku"]["state"], &made["state"]), (&json!("waiting"), &json!("draft")), "{made}");
    let id = made["id"].as_str().expect("an id").to_owned();
    let show = format!("/api/3/action/resource_show?id={id}");
    assert_eq!(site.get(&show).await.status, StatusCode::NOT_FOUND, "nobody reads what waits");
    result(&call(&site, &publish, "package_patch", &json!({ "id": "222127_shops", "notes": "x" })).await);
    let shown = site.get(&show).await;
    assert_eq!((shown.status, &shown.json()["result"]["format"]), (StatusCode::OK, &json!("CSV")));
    assert_eq!(site.result(&format!("datastore_search?resource_id={id}")).await["total"], 2);
    // The id that the draft had still leads its makers to the dataset.
    let by_draft = result(&call(&site, &edit, "package_show", &json!({ "id": package["id"] })).await);
    assert_eq!(
        (&by_draft["state"], &by_draft["num_resources"]),
        (&json!("active"), &site.result("package_show?id=222127_shops").await["num_resources"])
    );
}

#[tokio::test]
async fn organizations_are_made_named_and_taken_away_by_who_may() {
    let site = site().with_writing();
    let all = token(&site, 1, None, Rights::Publish, false);
    let yaizu = token(&site, 2, Some("222127"), Rights::Publish, false);
    let edit = token(&site, 3, None, Rights::Edit, false);
    let kameyama = json!({ "name": "242101", "title": "亀山市 オープンデータ" });
    for (key, why) in
        [("x", "no token"), (yaizu.as_str(), "of another organization"), (edit.as_str(), "may not publish")]
    {
        let got = call(&site, key, "organization_create", &kameyama).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN, "{why}: {}", got.text());
    }
    let made = result(&call(&site, &all, "organization_create", &kameyama).await);
    assert_eq!((&made["name"], &made["title"]), (&json!("242101"), &json!("亀山市 オープンデータ")));
    let shown = site.result("organization_show?id=242101").await;
    assert_eq!((&shown["id"], &shown["package_count"]), (&made["id"], &json!(0)));
    for (action, arguments, field) in [
        ("organization_create", json!({ "name": "242101" }), "name"),
        ("organization_create", json!({ "name": "tourism" }), "name"),
        ("organization_create", json!({ "name": "242102" }), "name"),
        ("organization_create", json!({}), "name"),
        ("organization_patch", json!({ "id": "242101", "name": "222127" }), "name"),
        ("organization_patch", json!({ "id": "242101", "title": "x".repeat(201) }), "title"),
        ("organization_delete", json!({ "id": "222127" }), "id"),
    ] {
        let got = call(&site, &all, action, &arguments).await;
        assert_eq!(got.status, StatusCode::CONFLICT, "{action} {arguments:.60}: {}", got.text());
        assert!(got.json()["error"][field].is_array(), "{action}: {}", got.text());
    }
    let patched = call(&site, &all, "organization_patch", &json!({ "id": made["id"], "title": "亀山市役所" })).await;
    assert_eq!(result(&patched)["title"], "亀山市役所");
    let updated = call(&site, &all, "organization_update", &json!({ "id": "242101" })).await;
    assert_eq!(result(&updated)["title"], "亀山市");
    assert_eq!(
        call(&site, &yaizu, "organization_delete", &json!({ "id": "242101" })).await.status,
        StatusCode::FORBIDDEN
    );
    // One with a draft stays; given to another one, it goes.
    let draft = json!({ "name": "242101_shops", "title": "店", "owner_org": "242101" });
    result(&call(&site, &all, "package_create", &draft).await);
    assert_eq!(call(&site, &all, "organization_delete", &json!({ "id": "242101" })).await.status, StatusCode::CONFLICT);
    let owner = json!({ "id": "242101_shops", "organization_id": "222127" });
    assert_eq!(call(&site, &yaizu, "package_owner_org_update", &owner).await.status, StatusCode::FORBIDDEN);
    result(&call(&site, &all, "package_owner_org_update", &owner).await);
    assert_eq!(result(&call(&site, &all, "organization_delete", &json!({ "id": "242101" })).await), Json::Null);
    assert_eq!(site.get("/api/3/action/organization_show?id=242101").await.status, StatusCode::NOT_FOUND);
    let notes = site.app.store.actions(30).expect("notes");
    assert!(notes.iter().any(|note| note[2] == "organization_delete" && note[4] == "done"), "{notes:?}");
    // The organizations with datasets are as they were.
    assert_eq!(site.result("organization_show?id=222127").await["title"], "焼津市");
}

#[tokio::test]
async fn a_token_makes_tokens_that_may_no_more_and_end_with_it() {
    let site = site().with_writing();
    let city = token(&site, 1, Some("222127"), Rights::Publish, false);
    let edit = token(&site, 2, Some("222127"), Rights::Edit, false);
    let child = result(&call(&site, &city, "api_token_create", &json!({ "name": "公園課", "user": "x" })).await);
    let child = child["token"].as_str().expect("a token").to_owned();
    let more = json!({ "name": "x", "rights": "publish" });
    assert_eq!(call(&site, &edit, "api_token_create", &more).await.status, StatusCode::FORBIDDEN);
    assert_eq!(call(&site, "x", "api_token_create", &more).await.status, StatusCode::FORBIDDEN);
    for wrong in [json!({}), json!({ "name": "" }), json!({ "name": "a", "rights": "all" }), json!({ "name": "a\nb" })]
    {
        assert_eq!(call(&site, &city, "api_token_create", &wrong).await.status, StatusCode::CONFLICT, "{wrong}");
    }
    // The organization is that of the token it was made with.
    result(&call(&site, &child, "package_create", &shops()).await);
    let other = json!({ "name": "242039_x", "owner_org": "242039" });
    assert_eq!(call(&site, &child, "package_create", &other).await.status, StatusCode::FORBIDDEN);
    let short = json!({ "name": "x", "rights": "edit", "expires_in": 1, "unit": 86400 });
    let grandchild =
        result(&call(&site, &child, "api_token_create", &short).await)["token"].as_str().expect("a token").to_owned();
    let list = result(&call(&site, &city, "api_token_list", &json!({})).await);
    let list = list.as_array().expect("a list").clone();
    assert_eq!(list.len(), 3, "{list:?}");
    assert!(list.iter().all(|own| own["organization"] == "222127" && !own.to_string().contains(&child)));
    assert_eq!(result(&call(&site, &edit, "api_token_list", &json!({})).await).as_array().map(Vec::len), Some(1));
    // Who was not made with a token is not ended by it; who was ends with it.
    assert_eq!(call(&site, &child, "api_token_revoke", &json!({ "token": city })).await.status, StatusCode::FORBIDDEN);
    assert_eq!(result(&call(&site, &city, "api_token_revoke", &json!({ "token": child })).await), Json::Null);
    for key in [&child, &grandchild] {
        assert_eq!(call(&site, key, "api_token_list", &json!({})).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(call(&site, &city, "api_token_list", &json!({})).await.status, StatusCode::OK);
}

/// One request to the real server: status and body, or nothing where it went away.
fn post(base: &str, key: &str, action: &str, body: &[u8], kind: &str) -> Option<(u16, Json)> {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = agent.post(format!("{base}/api/3/action/{action}")).header("authorization", key);
    let mut answer = request.header("content-type", kind).send(body).ok()?;
    let text = answer.body_mut().read_to_string().ok()?;
    Some((answer.status().as_u16(), serde_json::from_str(&text).ok()?))
}

fn form(pairs: &[(&str, &str)], file: &str) -> Vec<u8> {
    let mut body = String::new();
    for (name, value) in pairs {
        body.push_str(&format!("--xyz\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    }
    body.push_str("--xyz\r\ncontent-disposition: form-data; name=\"upload\"; filename=\"a.csv\"\r\n\r\n");
    body.push_str(file);
    body.push_str("\r\n--xyz--\r\n");
    body.into_bytes()
}

#[test]
fn a_server_killed_during_a_change_comes_back_with_the_state_before_or_after() {
    const ROWS: usize = 30_000;
    const FORM: &str = "multipart/form-data; boundary=xyz";
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let server = Server::start(&data);
    let made = hiraku_done(
        ["token", "add", "--json", "--name", "x", "--organization", "222127", "--rights", "publish", "--data"]
            .map(std::ffi::OsStr::new)
            .into_iter()
            .chain([data.as_os_str()]),
    );
    let key = serde_json::from_str::<Json>(&made).expect("JSON")["token"].as_str().expect("a token").to_owned();
    let listed =
        hiraku_done(["token", "list", "--data"].map(std::ffi::OsStr::new).into_iter().chain([data.as_os_str()]));
    assert!(!listed.contains(&key) && listed.contains("222127\tpublish"), "{listed}");
    let created = post(&server.base, &key, "package_create", shops().to_string().as_bytes(), "application/json");
    assert_eq!(created.expect("an answer").0, 200);
    let first = post(&server.base, &key, "resource_create", &form(&[("package_id", "222127_shops")], SHOPS), FORM);
    let (status, first) = first.expect("an answer");
    assert_eq!(status, 200, "{first}");
    let resource = first["result"]["id"].as_str().expect("an id").to_owned();
    let many: String = std::iter::once("店名,住所,席数\n".to_owned())
        .chain((0..ROWS).map(|n| format!("店{n},焼津市本町{n}番地,{}\n", n % 90)))
        .collect();
    let body = form(&[("id", &resource)], &many);
    let mut server = server;
    for wait_ms in [30, 150, 400, 800, 1_500] {
        let (base, own, sent) = (server.base.clone(), key.clone(), body.clone());
        let asked = std::thread::spawn(move || post(&base, &own, "resource_update", &sent, FORM));
        std::thread::sleep(std::time::Duration::from_millis(wait_ms));
        server.kill();
        let answered = asked.join().expect("the asking thread ends");
        server = Server::start(&data);
        let rows = ureq::get(format!("{}/api/3/action/datastore_search?resource_id={resource}&limit=0", server.base))
            .call()
            .expect("an answer")
            .body_mut()
            .read_to_string()
            .expect("text");
        let total = serde_json::from_str::<Json>(&rows).expect("JSON")["result"]["total"].as_u64().expect("a total");
        assert!(total == 2 || total == ROWS as u64, "{wait_ms} ms: {total}");
        if answered.is_some_and(|(status, _)| status == 200) {
            assert_eq!(total, ROWS as u64, "what was answered stays");
        }
        let left: Vec<String> = std::fs::read_dir(data.join("uploads"))
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        assert_eq!(left, ["222127_shops"], "{wait_ms} ms");
        // The next change goes its usual way.
        let back =
            post(&server.base, &key, "resource_update", &form(&[("id", &resource)], SHOPS), FORM).expect("an answer");
        assert_eq!(back.0, 200, "{}", back.1);
        // Two rows in the place of thirty thousand are held until a person has looked.
        let state = if total == ROWS as u64 { "held" } else { "published" };
        assert_eq!(back.1["result"]["hiraku"]["state"], state, "{}", back.1);
    }
    let ended = hiraku_done(
        ["token", "revoke", "--data"]
            .map(std::ffi::OsStr::new)
            .into_iter()
            .chain([data.as_os_str(), made_id(&made).as_ref()]),
    );
    assert!(ended.contains("revoked"), "{ended}");
    assert_eq!(
        post(&server.base, &key, "package_delete", b"{\"id\":\"222127_shops\"}", "application/json")
            .expect("an answer")
            .0,
        403
    );
}

fn made_id(made: &str) -> std::ffi::OsString {
    serde_json::from_str::<Json>(made).expect("JSON")["id"].as_str().expect("an id").into()
}

fn token_text() -> String {
    text(&[1; 32])
}
