//! The counting layer around a router, called in process.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use hiraku::config::Config;
use hiraku::count::access::{Access, Caller};
use hiraku::http::counting::{COUNTED, Counting, counted};
use http::StatusCode;
use tower::ServiceExt as _;

use super::count_city::*;

fn answer(access: Access) -> Response {
    let mut response = "ok".into_response();
    response.extensions_mut().insert(access);
    response
}

fn router(city: &mut City, debug: bool) -> (Router, Arc<Counting>) {
    let config = Config {
        trusted_proxies: vec!["10.0.0.0/8".parse().expect("a network")],
        counting_debug: debug,
        ..Config::default()
    };
    let counter = Arc::new(city.counter.take().expect("open"));
    let counting = Arc::new(Counting::new(counter, &config).expect("a header name"));
    let routes = Router::new()
        .route("/dataset", get(|| async { answer(Access::DatasetPage(DATASET)) }))
        .route("/map", get(|| async { answer(Access::MapOpen { map: MAP, embed: false }) }))
        .route("/rows", get(|| async { answer(Access::Rows(CSV)) }).post(|| async { answer(Access::Rows(CSV)) }))
        .route("/page/{name}", get(|| async { answer(Access::SitePage) }))
        .route("/plain", get(|| async { "no access said" }))
        .route("/broken", get(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
        .route(
            "/desk",
            get(|| async {
                let mut response = answer(Access::StaffPage);
                response.extensions_mut().insert(Caller { api_key: false, staff: true });
                response
            }),
        );
    (counted(routes, Arc::clone(&counting)), counting)
}

fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Request {
    let mut builder = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "user-agent") {
        builder = builder.header("user-agent", CHROME);
    }
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    let mut request = builder.body(Body::empty()).expect("a request");
    let peer: SocketAddr = "10.0.0.1:40000".parse().expect("an address");
    request.extensions_mut().insert(ConnectInfo(peer));
    request
}

async fn explained(router: &Router, request: Request) -> String {
    let response = router.clone().oneshot(request).await.expect("infallible");
    response.headers().get(COUNTED).expect("explained").to_str().expect("text").to_owned()
}

#[tokio::test]
async fn every_answer_says_how_it_was_counted() {
    let mut city = City::new("2026-11-21T01:00:00Z");
    let (router, counting) = router(&mut city, true);
    let cases: &[(&str, &str, &[(&str, &str)], &str)] = &[
        ("GET", "/dataset", &[], "browser/counted"),
        ("GET", "/dataset", &[], "browser/dup30"),
        ("HEAD", "/dataset", &[], "browser/method"),
        ("OPTIONS", "/dataset", &[], "browser/method"),
        ("GET", "/dataset", &[("user-agent", "Googlebot/2.1")], "robot/counted"),
        ("GET", "/dataset", &[("user-agent", "")], "robot/counted"),
        ("GET", "/dataset", &[("x-forwarded-for", "198.51.100.20")], "staff/counted"),
        ("GET", "/dataset", &[("forwarded", "for=198.51.100.20")], "browser/dup30"),
        (
            "GET",
            "/dataset",
            &[("x-forwarded-for", "192.0.2.8"), ("sec-purpose", "prefetch;prerender")],
            "browser/prefetch",
        ),
        ("GET", "/dataset", &[("purpose", "prefetch")], "browser/prefetch"),
        ("GET", "/dataset", &[("x-moz", "Prefetch")], "browser/prefetch"),
        ("GET", "/dataset", &[("purpose", "no-prefetching")], "browser/dup30"),
        ("POST", "/rows", &[], "browser/counted"),
        ("POST", "/dataset", &[], "browser/method"),
        ("GET", "/rows", &[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")], "browser/folded"),
        ("GET", "/rows", &[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "navigate")], "browser/dup30"),
        (
            "GET",
            "/rows",
            &[("user-agent", CURL), ("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")],
            "machine/script/counted",
        ),
        ("GET", "/page/a", &[], "browser/counted"),
        ("GET", "/page/b?x=1", &[], "browser/counted"),
        ("GET", "/page/b?x=2", &[], "browser/dup30"),
        ("GET", "/plain", &[], "browser/other"),
        ("GET", "/broken", &[], "browser/status"),
        ("GET", "/nowhere", &[], "browser/status"),
        ("GET", "/desk", &[], "staff/staff-page"),
    ];
    for (method, path, headers, expected) in cases {
        assert_eq!(explained(&router, request(method, path, headers)).await, *expected, "{method} {path} {headers:?}");
    }
    let totals = counting.counter().totals();
    assert_eq!((totals.answered, totals.recorded, totals.lost), (cases.len() as u64, cases.len() as u64, 0));
    let report = city.report();
    assert_eq!(report.served_total, cases.len() as u64, "served = classes × verdicts");
    assert_eq!(served(&report, "browser", "dup30"), 5);
}

#[tokio::test]
async fn answers_say_nothing_of_counting_unless_asked_to() {
    let mut city = City::new("2026-11-21T01:00:00Z");
    let (router, counting) = router(&mut city, false);
    let response = router.oneshot(request("GET", "/dataset", &[])).await.expect("infallible");
    assert!(response.headers().get(COUNTED).is_none());
    assert_eq!(counting.counter().totals().recorded, 1);
}

#[tokio::test]
async fn a_forged_forwarding_header_from_an_untrusted_peer_adds_no_visitor() {
    let mut city = City::new("2026-11-21T01:00:00Z");
    let (router, _counting) = router(&mut city, false);
    for host in 0..50 {
        let mut forged = request("GET", "/map", &[("x-forwarded-for", &format!("203.0.113.{host}"))]);
        let peer: SocketAddr = "192.0.2.77:40000".parse().expect("an address");
        forged.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(forged).await.expect("infallible");
    }
    assert_eq!(sum(&city.report(), "viewers", "browser"), 1);
}

#[tokio::test]
async fn no_address_or_agent_is_found_on_the_disk() {
    let mut city = City::new("2026-11-21T01:00:00Z");
    let (router, _counting) = router(&mut city, false);
    let agent = "Mozilla/5.0 (UnmistakableAgent) Firefox/1";
    router
        .oneshot(request(
            "GET",
            "/page/unmistakable-path",
            &[("x-forwarded-for", "203.0.113.99"), ("user-agent", agent)],
        ))
        .await
        .expect("infallible");
    city.report();
    let mut folders = vec![city.data.path().to_owned()];
    let mut looked_at = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).expect("readable");
            looked_at += 1;
            // Four bytes alone would be found by chance in a large file.
            let raw: &[&[u8]] = if bytes.len() < 50_000 { &[&[203, 0, 113, 99], &[99, 113, 0, 203]] } else { &[] };
            let needles = [b"203.0.113.99".as_slice(), b"UnmistakableAgent", b"unmistakable-path"];
            let needles = needles.iter().chain(raw);
            for needle in needles {
                assert!(!bytes.windows(needle.len()).any(|window| window == *needle), "{}", path.display());
            }
        }
    }
    assert!(looked_at >= 4, "segments, salt, lock and figures were looked at");
}
