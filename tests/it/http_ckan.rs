//! CKAN's contract: envelope, errors, shapes and search, over the router in process.

use axum::body::Body;
use hiraku::count::access::Access;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use proptest::prelude::{ProptestConfig, any, prop};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

use crate::http_site::{SHELTERS, Site, TOILETS, move_toilets, site, site_of_layers};

fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

async fn search(site: &Site, pairs: &[(&str, &str)]) -> Json {
    site.result(&format!("package_search?{}", query(pairs))).await
}

fn names(result: &Json) -> Vec<&str> {
    result["results"].as_array().expect("results").iter().map(|each| each["name"].as_str().expect("a name")).collect()
}

#[tokio::test]
async fn the_envelope_is_that_of_ckan_whatever_the_way_of_asking() {
    let site = site();
    for path in ["/api/3/action/package_show", "/api/action/package_show"] {
        let by_get = site.get(&format!("{path}?id={SHELTERS}")).await;
        assert_eq!(by_get.header("content-type"), "application/json;charset=utf-8");
        assert_eq!(by_get.header("access-control-allow-origin"), "*");
        let envelope = by_get.json();
        assert_eq!(envelope["help"], "https://data.example.jp/api/3/action/help_show?name=package_show");
        assert_eq!(envelope["success"], true);
        assert_eq!(envelope.as_object().map(serde_json::Map::len), Some(3));
        let document = json!({ "id": SHELTERS }).to_string();
        let form = format!("id={SHELTERS}");
        let parts = format!("--x\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n{SHELTERS}\r\n--x--\r\n");
        for (kind, body) in [
            ("application/json", document.as_str()),
            ("application/json;charset=utf-8", document.as_str()),
            ("application/x-www-form-urlencoded", document.as_str()),
            ("application/x-www-form-urlencoded", form.as_str()),
            ("multipart/form-data; boundary=x", parts.as_str()),
            ("", document.as_str()),
        ] {
            let by_post = site.post(path, kind, body).await;
            assert_eq!(by_post.json()["result"], envelope["result"], "{kind}");
        }
    }
    let empty = site.post("/api/3/action/package_list", "application/json", "").await;
    assert_eq!(empty.json()["result"], json!(["222127_hinanjo", "222127_kouen", "242039_aed"]));
    let head = site.with("HEAD", "/api/3/action/status_show", &[]).await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    assert_eq!(site.get("/api/3").await.json(), json!({ "version": 3 }));
    assert_eq!(site.get("/api").await.json(), json!({ "version": 1 }));
}

#[tokio::test]
async fn every_error_has_the_status_and_shape_of_ckan() {
    let site = site();
    for (call, status, kind) in [
        ("package_show", 409, "Validation Error"),
        ("package_show?id=nothing_here", 404, "Not Found Error"),
        ("package_show?id=%E9%81%BF", 404, "Not Found Error"),
        ("resource_show?id=x", 404, "Not Found Error"),
        ("resource_show", 409, "Validation Error"),
        ("help_show", 409, "Validation Error"),
        ("help_show?name=nothing", 404, "Not Found Error"),
        ("package_list?limit=x", 409, "Validation Error"),
        ("package_list?offset=-1", 409, "Validation Error"),
        ("package_search?rows=-1", 409, "Validation Error"),
        ("package_search?rows=x", 409, "Validation Error"),
        ("package_search?start=-1", 409, "Validation Error"),
        ("package_search?facet.field=organization", 409, "Validation Error"),
        ("package_search?nonsense=1", 400, "Search Query Error"),
        ("package_search?sort=name", 400, "Search Query Error"),
        ("package_search?sort=nonsense+asc", 400, "Search Query Error"),
        ("package_search?fq=title:(", 409, "Search Error"),
        ("package_search?q=title:%22a", 409, "Search Error"),
        ("package_search?q={!func}x", 409, "Search Error"),
        ("package_search?ext_bbox=1,2,3", 409, "Search Error"),
        ("package_autocomplete", 409, "Validation Error"),
        ("organization_show?id=nothing", 404, "Not Found Error"),
        ("organization_show?id=222127&include_users=true", 403, "Authorization Error"),
        ("organization_list?sort=nonsense", 409, "Validation Error"),
        ("organization_list?limit=x", 409, "Validation Error"),
        ("group_show?id=x", 404, "Not Found Error"),
        ("tag_show?id=nothing", 404, "Not Found Error"),
        ("tag_list?vocabulary_id=x", 404, "Not Found Error"),
        ("vocabulary_show?id=x", 404, "Not Found Error"),
        ("resource_search", 409, "Validation Error"),
        ("resource_search?query=x", 409, "Validation Error"),
        ("resource_search?query=nonsense:x", 409, "Validation Error"),
        ("format_autocomplete", 409, "Validation Error"),
        ("datastore_search", 409, "Validation Error"),
        ("datastore_search?resource_id=x", 404, "Not Found Error"),
        ("user_list", 403, "Authorization Error"),
    ] {
        let got = site.get(&format!("/api/3/action/{call}")).await;
        let body = got.json();
        assert_eq!(got.status.as_u16(), status, "{call}: {body}");
        assert_eq!(body["success"], false, "{call}");
        assert_eq!(body["error"]["__type"], kind, "{call}");
        assert!(body["help"].as_str().is_some_and(|help| help.contains("help_show?name=")), "{call}");
    }
    let missing = site.get("/api/3/action/package_show").await.json();
    assert_eq!(missing["error"]["id"], json!(["Missing value"]));
    let unknown = site.get("/api/3/action/package_search?nonsense=1").await.json();
    assert!(unknown["error"]["message"].as_str().is_some_and(|m| m.contains("nonsense")), "{unknown}");
}

#[tokio::test]
async fn what_is_no_call_gets_a_bare_text() {
    let site = site();
    let calls = [
        site.get("/api/3/action/nothing").await,
        site.post("/api/3/action/package_show", "application/json", "{").await,
        site.post("/api/3/action/package_show", "application/json", "[1]").await,
        site.post("/api/3/action/package_show", "application/json", "\"x\"").await,
        site.get("/api/3/action/package_create").await,
        site.get("/api/3/action/package_list?callback=alert(1)//").await,
    ];
    for got in calls {
        assert_eq!(got.status, StatusCode::BAD_REQUEST, "{}", got.text());
        assert!(got.json().as_str().is_some_and(|text| text.starts_with("Bad request")), "{}", got.text());
    }
    assert_eq!(site.post("/api/3/action/package_create", "application/json", "{}").await.status, StatusCode::FORBIDDEN);
    for method in ["PUT", "DELETE", "PATCH"] {
        let got = site.with(method, "/api/3/action/package_list", &[]).await;
        assert_eq!(got.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(got.json()["success"], false);
        assert_eq!(got.header("allow"), "GET,HEAD,POST");
    }
    let nowhere = site.get("/api/4/nothing").await;
    assert_eq!((nowhere.status, nowhere.json()["success"].clone()), (StatusCode::NOT_FOUND, json!(false)));
}

#[tokio::test]
async fn a_caller_of_jsonp_gets_a_call_of_its_function() {
    let site = site();
    let got = site.get("/api/3/action/package_list?callback=f.g").await;
    assert_eq!(got.header("content-type"), "application/javascript;charset=utf-8");
    let text = got.text();
    let inner = text.strip_prefix("f.g(").and_then(|rest| rest.strip_suffix(");")).expect("a call");
    assert_eq!(serde_json::from_str::<Json>(inner).expect("JSON")["success"], true);
}

#[tokio::test]
async fn dictionaries_have_all_keys_of_ckan() {
    let site = site();
    let package = site.result(&format!("package_show?id={SHELTERS}")).await;
    for key in [
        "author",
        "author_email",
        "creator_user_id",
        "extras",
        "groups",
        "id",
        "isopen",
        "license_id",
        "license_title",
        "license_url",
        "maintainer",
        "maintainer_email",
        "metadata_created",
        "metadata_modified",
        "name",
        "notes",
        "num_resources",
        "num_tags",
        "organization",
        "owner_org",
        "private",
        "relationships_as_object",
        "relationships_as_subject",
        "resources",
        "state",
        "tags",
        "title",
        "type",
        "url",
        "version",
    ] {
        assert!(package.get(key).is_some(), "{key}");
    }
    assert_eq!(package["metadata_created"], "2026-11-01T00:00:00.000000");
    assert_eq!(package["organization"]["name"], "222127");
    assert_eq!(package["num_resources"], json!(package["resources"].as_array().map(Vec::len)));
    let resource = &package["resources"][0];
    for key in [
        "cache_last_updated",
        "cache_url",
        "created",
        "datastore_active",
        "description",
        "format",
        "hash",
        "id",
        "last_modified",
        "metadata_modified",
        "mimetype",
        "mimetype_inner",
        "name",
        "package_id",
        "position",
        "resource_type",
        "size",
        "state",
        "url",
        "url_type",
    ] {
        assert!(resource.get(key).is_some(), "{key}");
    }
    assert_eq!(resource["format"], "CSV");
    assert_eq!(resource["datastore_active"], true);
    assert_eq!(resource["mimetype"], "text/csv");
    let url = resource["url"].as_str().expect("a url");
    assert!(url.starts_with("https://data.example.jp/dataset/222127_hinanjo/resource/"), "{url}");
    assert!(
        url.ends_with("/download/%E6%8C%87%E5%AE%9A%E7%B7%8A%E6%80%A5%E9%81%BF%E9%9B%A3%E5%A0%B4%E6%89%80.csv"),
        "{url}"
    );
    let id = package["id"].as_str().expect("an id");
    assert_eq!(site.result(&format!("package_show?id={id}")).await, package);
    let alone = site.result(&format!("resource_show?id={}", resource["id"].as_str().expect("an id"))).await;
    assert_eq!(&alone, resource);
    let organization = site.result("organization_show?id=222127&include_datasets=true").await;
    for key in ["display_name", "image_display_url", "num_followers", "package_count", "extras", "tags", "groups"] {
        assert!(organization.get(key).is_some(), "{key}");
    }
    assert_eq!(organization["package_count"], 2);
    assert_eq!(organization["packages"].as_array().map(Vec::len), Some(2));
    let status = site.result("status_show").await;
    assert!(status["ckan_version"].as_str().is_some_and(|version| version.starts_with("2.11")));
    assert_eq!(status["extensions"], json!(["datastore", "dcat"]));
    let licences = site.result("license_list").await;
    assert_eq!(licences.as_array().map(Vec::len), Some(2));
    assert_eq!(licences[0]["domain_software"], "False");
}

#[tokio::test]
async fn lists_and_suggestions_answer() {
    let site = site();
    for (call, expected) in [
        ("package_list?limit=1&offset=1", json!(["222127_kouen"])),
        ("package_list?limit=0", json!(["222127_hinanjo", "222127_kouen", "242039_aed"])),
        ("organization_list", json!(["242039", "222127"])),
        ("organization_list?sort=name+desc", json!(["242039", "222127"])),
        ("organization_list?sort=package_count", json!(["222127", "242039"])),
        ("organization_list?q=%E7%84%BC", json!(["222127"])),
        ("group_list", json!([])),
        ("tag_list", json!(["AED", "公園", "避難所", "防災"])),
        ("tag_list?query=aed", json!(["AED"])),
        ("tag_autocomplete?query=%E5%85%AC", json!(["公園"])),
        ("tag_autocomplete", json!([])),
        ("tag_search", json!({ "count": 0, "results": [] })),
        ("format_autocomplete?q=csv", json!(["csv"])),
        ("vocabulary_list", json!([])),
        ("organization_list_for_user", json!([])),
        ("site_read", json!(true)),
        ("dataset_follower_count?id=x", json!(0)),
    ] {
        assert_eq!(site.result(call).await, expected, "{call}");
    }
    let suggested = site.result("package_autocomplete?q=%E5%85%AC%E5%9C%92").await;
    assert_eq!(suggested[0]["name"], "222127_kouen");
    assert_eq!(suggested[0]["match_field"], "title");
    let newest = site.result("current_package_list_with_resources?limit=1").await;
    assert_eq!(newest[0]["name"], "222127_kouen");
    let found = site.result("resource_search?query=format:csv").await;
    assert_eq!(found["count"], 3);
    assert_eq!(site.result("resource_search?query=name:%25").await["count"], 0);
    let legacy = site.get("/api/2/util/tag/autocomplete?incomplete=%E5%85%AC").await.json();
    assert_eq!(legacy, json!({ "ResultSet": { "Result": [{ "Name": "公園" }] } }));
    let legacy = site.get("/api/util/dataset/autocomplete?incomplete=aed").await.json();
    assert_eq!(legacy["ResultSet"]["Result"][0]["name"], "242039_aed");
}

#[tokio::test]
async fn searches_find_what_they_name() {
    let site = site();
    for (pairs, expected) in [
        (vec![("q", "避難場所")], vec!["222127_hinanjo"]),
        (vec![("q", "ひなん")], vec!["222127_hinanjo"]),
        (vec![("q", "ヒナギク")], vec![]),
        (vec![("q", "aed")], vec!["242039_aed"]),
        (vec![("q", "ＡＥＤ")], vec!["242039_aed"]),
        (vec![("q", "ed")], vec![]),
        (vec![("q", "焼津市 公園")], vec!["222127_kouen"]),
        (vec![("q", "都市公園 -焼津市")], vec![]),
        (vec![("q", "緊急避難場所一覧")], vec!["222127_hinanjo"]),
        (vec![("q", ""), ("sort", "name asc")], vec!["222127_hinanjo", "222127_kouen", "242039_aed"]),
        (vec![("q", "*:*"), ("sort", "name desc")], vec!["242039_aed", "222127_kouen", "222127_hinanjo"]),
        (vec![("fq", "organization:242039")], vec!["242039_aed"]),
        (vec![("fq", "-organization:(242039 OR x)"), ("sort", "name asc")], vec!["222127_hinanjo", "222127_kouen"]),
        (vec![("fq", "tags:防災"), ("sort", "name asc")], vec!["222127_hinanjo", "242039_aed"]),
        (vec![("fq", "tags:防災 organization:222127")], vec!["222127_hinanjo"]),
        (vec![("fq", "tags:防")], vec![]),
        (vec![("fq", "res_format:PMTiles")], vec!["222127_hinanjo"]),
        (vec![("fq_list", "tags:防災"), ("fq_list", "license_id:cc-by-4.0")], vec!["242039_aed"]),
        (vec![("fq", "name:(222127_kouen OR 242039_aed)"), ("sort", "name asc")], vec!["222127_kouen", "242039_aed"]),
        (vec![("fq", "name:2420*")], vec!["242039_aed"]),
        (vec![("q", "organization:222127 AND -tags:公園")], vec!["222127_hinanjo"]),
        (vec![("fq", "metadata_modified:[2026-11-03T00:00:00Z TO *]")], vec!["222127_kouen"]),
        (vec![("fq", "metadata_modified:{2026-11-03T00:00:00Z TO *]")], vec![]),
        (vec![("fq", "metadata_created:[NOW-1DAYS TO NOW]")], vec![]),
        (vec![("fq", "theme:防災")], vec!["222127_hinanjo"]),
        (vec![("fq", "extras_theme:医療")], vec!["242039_aed"]),
        (vec![("fq", "unknown_field:x")], vec![]),
        (vec![("q", "title:公園")], vec!["222127_kouen"]),
        (vec![("fq", "+capacity:public +state:active"), ("rows", "0")], vec![]),
        (vec![("ext_bbox", "138,34,139,35")], vec!["222127_hinanjo"]),
        (vec![("ext_bbox", "0,0,1,1")], vec![]),
        (vec![("sort", "name asc"), ("start", "1"), ("rows", "1")], vec!["222127_kouen"]),
        (vec![("start", "99999999999999999999")], vec![]),
    ] {
        let result = search(&site, &pairs).await;
        assert_eq!(names(&result), expected, "{pairs:?}");
    }
    let ranked = search(&site, &[("q", "防災")]).await;
    assert_eq!(ranked["count"], 2);
    assert_eq!(ranked["sort"], "score desc, metadata_modified desc");
}

#[tokio::test]
async fn facets_count_all_hits_and_name_them() {
    let site = site();
    let result =
        search(&site, &[("rows", "0"), ("facet.field", "[\"organization\",\"tags\",\"license_id\",\"groups\"]")]).await;
    assert_eq!(result["count"], 3);
    assert_eq!(result["facets"]["organization"], json!({ "222127": 2, "242039": 1 }));
    let items = &result["search_facets"]["organization"]["items"];
    assert_eq!(items[0], json!({ "name": "222127", "display_name": "焼津市", "count": 2 }));
    assert_eq!(result["search_facets"]["groups"]["items"], json!([]));
    let limited = search(&site, &[("facet.field", "[\"tags\"]"), ("facet.limit", "1"), ("facet.mincount", "2")]).await;
    assert_eq!(limited["facets"]["tags"], json!({ "防災": 2 }));
    let none = search(&site, &[("facet.field", "[\"tags\"]"), ("facet", "false")]).await;
    assert_eq!((&none["facets"], &none["search_facets"]), (&json!({}), &json!({})));
    let only = search(&site, &[("fl", "name,title"), ("rows", "1")]).await;
    assert_eq!(only["results"][0].as_object().map(serde_json::Map::len), Some(2));
}

#[tokio::test]
async fn a_long_body_is_refused_by_its_announced_length() {
    let site = site();
    let got = site.with("POST", "/api/3/action/package_list", &[("content-length", "1000000000000")]).await;
    assert_eq!(got.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn no_arguments_make_a_fault_of_the_server() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let site = site();
    let (csv, _) = site.file(SHELTERS, hiraku::model::catalogue::Format::Csv);
    let actions: Vec<&str> = hiraku::http::ckan::actions::ACTIONS.iter().map(|action| action.name).collect();
    let keys = prop::sample::select(vec![
        "q",
        "fq",
        "fq_list",
        "rows",
        "start",
        "sort",
        "facet.field",
        "facet.limit",
        "facet.mincount",
        "fl",
        "id",
        "query",
        "limit",
        "offset",
        "page",
        "name",
        "resource_id",
        "filters",
        "fields",
        "records_format",
        "ext_bbox",
        "callback",
        "organizations",
        "all_fields",
        "order_by",
        "incomplete",
    ]);
    let known =
        prop::sample::select(vec![csv, SHELTERS.to_owned(), "222127".to_owned(), "-1".to_owned(), "[]".to_owned()]);
    let text = proptest::prop_oneof![
        any::<String>(),
        "[-+!(){}\\[\\]^\"~*?:\\\\/ a-cTO0-9.,%{}]{0,40}",
        "(title|tags|metadata_modified):[-+(\\[\"{a-z0-9* TO]{0,20}",
        known,
    ];
    let arguments = prop::collection::vec((keys, text), 0..5);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(400));
    for round in 0..400 {
        let arguments = arguments.new_tree(&mut runner).expect("arguments").current();
        let pairs: Vec<(&str, &str)> = arguments.iter().map(|(key, value)| (*key, value.as_str())).collect();
        for name in [actions[round % actions.len()], "package_search", "datastore_search"] {
            let path = format!("/api/3/action/{name}?{}", query(&pairs));
            let got = runtime.block_on(site.get(&path));
            assert!(!got.status.is_server_error(), "{path}: {}", got.text());
        }
    }
}

#[tokio::test]
async fn a_search_that_costs_too_much_is_refused_and_not_begun() {
    let site = site();
    let patterns = (0..2_000).map(|number| format!("text:*a*a*a*z{number}*")).collect::<Vec<_>>().join(" OR ");
    let body = query(&[("q", &patterns)]);
    let got = site.post("/api/3/action/package_search", "application/x-www-form-urlencoded", &body).await;
    assert_eq!(got.status, StatusCode::CONFLICT, "{}", got.text());
    assert_eq!(got.json()["error"]["__type"], "Search Error");
    let names = (0..1_000).map(|number| format!("name:x{number}")).collect::<Vec<_>>().join(" OR ");
    let body = query(&[("fq", &format!("{names} OR name:{SHELTERS}"))]);
    let got = site.post("/api/3/action/package_search", "application/x-www-form-urlencoded", &body).await;
    assert_eq!(got.json()["result"]["count"], 1, "{}", got.text());
}

#[tokio::test]
async fn a_post_may_carry_its_arguments_in_the_address_or_as_quoted_json() {
    let site = site();
    let named = site.post("/api/3/action/help_show?name=package_show", "application/json", "").await;
    assert_eq!(named.status, StatusCode::OK);
    let missing = site.post("/api/3/action/help_show", "application/json", "").await;
    assert_eq!(missing.status, StatusCode::CONFLICT);
    for body in ["%7B%22name%22%3A%22package_show%22%7D", "%7B%22name%22%3A%22package_show%22%7D=1"] {
        let quoted = site.post("/api/3/action/help_show", "application/x-www-form-urlencoded", body).await;
        assert_eq!(quoted.status, StatusCode::OK, "{body}: {}", quoted.text());
    }
}

/// An equal question is answered out of what is kept, counted like the first, and never beyond its release.
#[tokio::test]
async fn kept_answers_are_counted_and_go_with_their_release() {
    let site = site_of_layers();
    let (id, _) = site.file(TOILETS, hiraku::model::catalogue::Format::Csv);
    let questions = [
        format!("package_show?id={TOILETS}"),
        "package_search?q=%E3%83%88%E3%82%A4%E3%83%AC&facet.field=%5B%22tags%22%5D".to_owned(),
        format!("datastore_search?resource_id={id}&limit=5"),
    ];
    let ask = async |question: &str| {
        let request = Request::get(format!("/api/3/action/{question}")).body(Body::empty()).expect("a request");
        let response = site.router.clone().oneshot(request).await.expect("the router always answers");
        let access = response.extensions().get::<Access>().copied().expect("counted");
        let head = (response.status(), response.headers().clone());
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        (head, access, body)
    };
    let mut before = Vec::new();
    for question in &questions {
        let first = ask(question).await;
        assert_eq!(first.0.0, StatusCode::OK, "{question}");
        assert_ne!(first.1, Access::Other, "{question}");
        assert_eq!(ask(question).await, first, "{question}");
        // Another spelling is another question, with the same answer.
        let again = ask(&format!("{question}&")).await;
        assert_eq!((again.1, &again.2), (first.1, &first.2), "{question}");
        let called = ask(&format!("{question}&callback=f")).await;
        assert!(called.2.starts_with(b"f({"), "{question}");
        before.push(first.2);
    }
    move_toilets(&site, 0.001);
    for (question, before) in questions.iter().zip(&before) {
        let after = ask(question).await;
        assert_eq!(after.0.0, StatusCode::OK, "{question}");
        assert_eq!(question.starts_with("package"), after.2 != before, "{question}: what changed is told");
    }
    let name = hiraku::model::name::Slug::parse(TOILETS).expect("a name");
    assert!(site.app.store.withdraw(&name).expect("withdrawn"));
    site.app.swap_catalogue(site.app.store.load_catalogue(hiraku::schema::licence_or_unknown).expect("a catalogue"));
    assert_eq!(ask(&questions[0]).await.0.0, StatusCode::NOT_FOUND);
    assert_eq!(site.result(&questions[1]).await["count"], 0);
    assert_eq!(ask(&questions[2]).await.0.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_was_published_is_told_as_activities() {
    let site = site_of_layers();
    move_toilets(&site, 0.001);
    let recent = site.result("recently_changed_packages_activity_list").await;
    let kinds: Vec<&str> =
        recent.as_array().expect("a list").iter().filter_map(|a| a["activity_type"].as_str()).collect();
    assert_eq!(kinds.len(), 3);
    assert_eq!(kinds.iter().filter(|kind| **kind == "changed package").count(), 1, "{recent}");
    let own = site.result(&format!("package_activity_list?id={TOILETS}")).await;
    let package = site.result(&format!("package_show?id={TOILETS}")).await;
    assert_eq!(
        (&own[0]["activity_type"], &own[1]["activity_type"]),
        (&json!("changed package"), &json!("new package"))
    );
    assert_eq!((&own[0]["object_id"], &own[0]["timestamp"]), (&package["id"], &package["metadata_modified"]));
    assert_eq!(own[0]["data"]["package"]["title"], package["title"]);
    assert_eq!(site.result(&format!("package_activity_list?id={TOILETS}&limit=1&offset=1")).await, json!([own[1]]));
    let all = site.result("organization_activity_list?id=222127&limit=1000").await;
    assert_eq!(all.as_array().map(Vec::len), Some(3));
    for (call, status) in [
        ("package_activity_list?id=nothing", StatusCode::NOT_FOUND),
        ("organization_activity_list?id=nothing", StatusCode::NOT_FOUND),
        ("group_activity_list?id=nothing", StatusCode::NOT_FOUND),
        ("package_activity_list", StatusCode::CONFLICT),
        ("recently_changed_packages_activity_list?limit=x", StatusCode::CONFLICT),
        ("recently_changed_packages_activity_list?offset=-1", StatusCode::CONFLICT),
    ] {
        assert_eq!(site.get(&format!("/api/3/action/{call}")).await.status, status, "{call}");
    }
    let far = site.result("recently_changed_packages_activity_list?offset=99999999999999999999").await;
    assert_eq!(far, json!([]));
}
