//! `/openapi.json` against the real router: every route is described and every description is a route; examples work;
//! and the page and the guide made beside it.

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::Value as Json;

use crate::http_site::{SHELTERS, Site, site};

/// The templates of all routes, as the router itself tells them.
fn routes(site: &Site) -> BTreeSet<String> {
    let told = format!("{:?}", site.router);
    let own = told.split("fallback_router").next().expect("the routes come first");
    let all: BTreeSet<String> = own
        .split("RouteId(")
        .filter_map(|part| part.split_once("): \""))
        .filter(|(number, _)| number.bytes().all(|b| b.is_ascii_digit()))
        .filter_map(|(_, rest)| rest.split('"').next())
        // The desk of the staff is no interface for the public.
        .filter(|route| *route != "/desk" && !route.starts_with("/desk/"))
        .map(str::to_owned)
        .collect();
    assert!(all.len() > 80 && all.contains("/tiles/{layer}/{z}/{x}/{y}") && all.contains("/mcp"), "{all:?}");
    all
}

/// Whether an address, which may have parts in braces itself, is answered by a route.
fn fits(route: &str, path: &str) -> bool {
    let (route, path): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
    route.len() == path.len()
        && route.iter().zip(&path).all(|(own, part)| own == part || (own.starts_with('{') && !part.is_empty()))
}

/// The route that answers: the one with most plain parts.
fn route_of<'a>(routes: &'a BTreeSet<String>, path: &str) -> Option<&'a String> {
    let plain = |route: &&String| route.split('/').filter(|part| !part.starts_with('{')).count();
    routes.iter().filter(|route| fits(route, path)).max_by_key(plain)
}

/// The methods that an address takes, as the router refuses another.
async fn methods(site: &Site, path: &str) -> BTreeSet<String> {
    let plain = path.replace(['{', '}'], "x");
    let got = site.with("TRACE", &plain, &[("host", "data.example.jp")]).await;
    assert_eq!(got.status, StatusCode::METHOD_NOT_ALLOWED, "{path}: {}", got.text());
    got.header("allow")
        .split(',')
        .map(|method| method.trim().to_lowercase())
        .filter(|m| m == "get" || m == "post")
        .collect()
}

fn operations(definition: &Json) -> Vec<(String, String, Json)> {
    let mut all = Vec::new();
    for (path, item) in definition["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("an item") {
            all.push((path.clone(), method.clone(), operation.clone()));
        }
    }
    all
}

#[tokio::test]
async fn every_route_is_described_and_every_description_is_a_route() {
    let site = site();
    let routes = routes(&site);
    let got = site.get("/openapi.json").await;
    assert_eq!(got.header("content-type"), "application/vnd.oai.openapi+json;version=3.1");
    let definition = got.json();
    let mut described: BTreeSet<(String, String)> = BTreeSet::new();
    for (path, method, _) in operations(&definition) {
        let route = route_of(&routes, &path).unwrap_or_else(|| panic!("{path} is described and is no route"));
        assert!(methods(&site, &path).await.contains(&method), "{method} {path} is described and is refused");
        described.insert((route.clone(), method));
    }
    for route in &routes {
        for method in methods(&site, route).await {
            assert!(described.contains(&(route.clone(), method.clone())), "{method} {route} is not described");
        }
    }
}

#[tokio::test]
async fn the_document_holds_together() {
    let site = site();
    let definition = site.get("/openapi.json").await.json();
    assert_eq!(definition["openapi"], "3.1.0");
    assert_eq!(definition["info"]["title"], site.app.config.site_title);
    let tags: BTreeSet<&str> =
        definition["tags"].as_array().expect("tags").iter().filter_map(|tag| tag["name"].as_str()).collect();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&definition) {
        let id = operation["operationId"].as_str().expect("an id").to_owned();
        assert!(ids.insert(id.clone()), "{id} stands twice");
        assert!(
            operation["tags"].as_array().expect("tags").iter().all(|tag| tags.contains(tag.as_str().unwrap_or("")))
        );
        let summary = operation["summary"].as_str().expect("a summary");
        assert!(summary.contains(" / "), "{path}: {summary}");
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let in_path: BTreeSet<&str> = path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        let told: BTreeSet<&str> = parameters
            .iter()
            .filter(|own| own["in"] == "path")
            .map(|own| own["name"].as_str().expect("a name"))
            .collect();
        assert_eq!(in_path, told, "{method} {path}");
        for parameter in &parameters {
            assert!(parameter["schema"].is_object() && parameter["description"].is_string(), "{path}: {parameter}");
        }
        let responses = operation["responses"].as_object().expect("answers");
        assert!(!responses.is_empty() && responses.contains_key("503"), "{method} {path}");
    }
    let text = definition.to_string();
    for reference in text.split("\"#/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(definition.pointer(&format!("/{reference}")).is_some(), "{reference} is named and is not there");
    }
    assert!(!text.contains("exclusiveMinimum\":true"), "nothing of 3.0");
}

/// The address of an operation with its examples filled in; `None` where a needed part has none.
fn example(path: &str, operation: &Json) -> Option<String> {
    let encode =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let (mut address, mut asked) = (path.to_owned(), Vec::new());
    for own in operation["parameters"].as_array().into_iter().flatten() {
        let value = match &own["example"] {
            Json::Null => None,
            Json::String(text) => Some(text.clone()),
            Json::Array(all) => Some(all.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(",")),
            other => Some(other.to_string()),
        };
        let name = own["name"].as_str().expect("a name");
        match (own["in"].as_str(), value) {
            (Some("path"), Some(value)) => address = address.replace(&format!("{{{name}}}"), &encode(&value)),
            (Some("query"), Some(value)) => asked.push(format!("{}={}", encode(name), encode(&value))),
            _ if own["required"] == true => return None,
            _ => {}
        }
    }
    Some(if asked.is_empty() { address } else { format!("{address}?{}", asked.join("&")) })
}

#[tokio::test]
async fn every_example_can_be_tried_and_is_answered_as_described() {
    let mut site = site();
    let folder = tempfile::tempdir().expect("a folder");
    site.router = crate::kpi::counted(&site, folder.path());
    let definition = site.get("/openapi.json").await.json();
    // What CKAN has and this site has none of, or tells holders of tokens only.
    let nothing_there = [
        "api_token_list",
        "resource_view_show",
        "group_show",
        "group_package_show",
        "group_activity_list",
        "vocabulary_show",
    ];
    let mut tried = 0;
    for (path, method, operation) in operations(&definition) {
        let id = operation["operationId"].as_str().expect("an id");
        let Some(address) = example(&path, &operation).filter(|_| method == "get") else { continue };
        let got = site.with("GET", &address, &[("host", "data.example.jp")]).await;
        let response = &operation["responses"][got.status.as_str()];
        assert!(response.is_object(), "{address}: {} is not described: {}", got.status, got.text());
        let response = match response["$ref"].as_str() {
            Some(reference) => definition.pointer(&reference[1..]).expect("there"),
            None => response,
        };
        let kinds: Vec<&String> = response["content"].as_object().into_iter().flatten().map(|(kind, _)| kind).collect();
        let kind = got.header("content-type").split(';').next().unwrap_or_default().to_owned();
        assert!(
            kinds.is_empty() || kinds.iter().any(|own| **own == kind || *own == "*/*"),
            "{address}: {kind} is none of {kinds:?}"
        );
        let good =
            operation["responses"].as_object().expect("answers").keys().any(|status| status.starts_with(['2', '3']));
        if good && !nothing_there.contains(&id) {
            let is_good = got.status.is_success() || got.status.is_redirection();
            assert!(is_good, "{address}: {} {}", got.status, got.text());
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried}");
}

#[tokio::test]
async fn the_page_shows_every_operation_in_every_language() {
    let site = site();
    let definition = site.get("/openapi.json").await.json();
    let mut pages = Vec::new();
    for language in ["ja", "ja-yasashii", "en"] {
        let got = site.get(&format!("/developers?lang={language}")).await;
        assert_eq!(got.status, StatusCode::OK);
        let page = got.text();
        for (path, _, operation) in operations(&definition) {
            let id = operation["operationId"].as_str().expect("an id");
            let is_good =
                operation["responses"].as_object().is_some_and(|all| all.keys().any(|s| s.starts_with(['2', '3'])));
            let shown = is_good && operation["deprecated"].is_null() && !id.ends_with("_post");
            let anchor = id.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
            assert_eq!(page.contains(&format!("id=\"{anchor}\"")), shown, "{id} {path}");
        }
        assert!(!page.contains("developers-"), "a wording is missing");
        pages.push(page);
    }
    assert!(pages[0].contains("開発者の方へ") && pages[2].contains("For developers"));
    assert!(pages[2].contains("Search") && !pages[2].contains("データセットの検索"));
    for path in ["/", "/help"] {
        assert!(site.get(path).await.text().contains("href=\"/developers\""), "{path}");
    }
    let landing = site.get("/ogc?f=json").await.json();
    let links = landing["links"].as_array().expect("links");
    let doc = links.iter().find(|link| link["rel"] == "service-doc").expect("a link");
    assert_eq!(doc["href"], "https://data.example.jp/developers#features");
}

#[tokio::test]
async fn the_guide_names_datasets_licences_and_apis_by_addresses_that_answer() {
    let site = site();
    let got = site.get("/llms.txt").await;
    assert_eq!((got.status, got.header("content-type")), (StatusCode::OK, "text/plain; charset=utf-8"));
    let text = got.text();
    let mut lines = text.lines();
    assert!(lines.next().is_some_and(|line| line.starts_with("# ")), "a title first");
    assert!(lines.find(|line| !line.is_empty()).is_some_and(|line| line.starts_with("> ")), "then what it is");
    for part in ["## API", "## ライセンス / licences", "## 焼津市(静岡県 2件)", SHELTERS, "PDL1.0", "## Optional"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let mut links = 0;
    for address in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        let Some(path) = address.strip_prefix("https://data.example.jp") else { continue };
        let got = site.with("GET", path, &[("host", "data.example.jp")]).await;
        let fine = got.status.is_success() || (path == "/mcp" && got.status == StatusCode::METHOD_NOT_ALLOWED);
        // These tests keep no figures.
        assert!(fine || path == "/stats.json", "{path}: {}", got.status);
        links += 1;
    }
    assert!(links > 10, "{links}");
    let again = site.with("GET", "/llms.txt", &[("if-none-match", got.header("etag"))]).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
}
