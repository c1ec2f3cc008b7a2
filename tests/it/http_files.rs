//! Downloads and tiles over the router in process: ranges, tags, names, encodings.

use std::io::Read as _;

use hiraku::model::catalogue::Format;
use hiraku::model::tile::TileCoord;
use http::StatusCode;
use serde_json::json;

use crate::http_site::{LAYER, SHELTERS, Site, site};

#[tokio::test]
async fn a_download_is_the_file_with_its_name_and_tag() {
    let site = site();
    let (_, path) = site.file(SHELTERS, Format::Csv);
    let got = site.get(&path).await;
    assert_eq!(got.status, StatusCode::OK);
    assert_eq!(got.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(
        got.header("content-disposition"),
        "attachment; filename=\"download.csv\"; filename*=UTF-8''%E6%8C%87%E5%AE%9A%E7%B7%8A%E6%80%A5%E9%81%BF%E9%9B%A3\
         %E5%A0%B4%E6%89%80.csv"
    );
    assert_eq!(got.header("accept-ranges"), "bytes");
    assert_eq!(got.header("last-modified"), "Sun, 01 Nov 2026 00:00:00 GMT");
    assert_eq!(got.header("x-content-type-options"), "nosniff");
    assert!(got.header("content-security-policy").contains("sandbox"));
    assert_eq!(got.header("content-length"), got.body.len().to_string());
    assert_eq!(got.header("content-encoding"), "");
    assert!(got.body.starts_with("\u{feff}".as_bytes()), "{}", got.text());
    let etag = got.header("etag").to_owned();
    assert_eq!(etag, format!("\"{}\"", hiraku::model::name::Digest::of(&got.body)));

    let head = site.with("HEAD", &path, &[("range", "bytes=0-1")]).await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    assert_eq!(head.header("content-length"), got.body.len().to_string());
    assert_eq!(head.header("etag"), etag);

    let zipped = site.with("GET", &path, &[("accept-encoding", "gzip, br")]).await;
    assert_eq!((zipped.header("content-encoding"), zipped.body.len()), ("", got.body.len()));

    for (name, value, status) in [
        ("if-none-match", etag.as_str(), 304),
        ("if-none-match", "\"other\"", 200),
        ("if-none-match", "*", 304),
        ("if-modified-since", "Sun, 01 Nov 2026 00:00:00 GMT", 304),
        ("if-modified-since", "Sat, 31 Oct 2026 00:00:00 GMT", 200),
        ("if-match", "\"other\"", 412),
        ("if-match", etag.as_str(), 200),
    ] {
        let got = site.with("GET", &path, &[(name, value)]).await;
        assert_eq!(got.status.as_u16(), status, "{name}: {value}");
        if status == 304 {
            assert_eq!(got.header("etag"), etag);
            assert!(got.body.is_empty());
        }
    }
}

#[tokio::test]
async fn a_part_of_a_download_is_that_part() {
    let site = site();
    let (_, path) = site.file(SHELTERS, Format::GeoJson);
    let whole = site.get(&path).await;
    let (body, etag) = (&whole.body, whole.header("etag"));
    let size = body.len();
    for (range, from, to) in [("bytes=0-9", 0, 9), ("bytes=5-", 5, size - 1), ("bytes=-4", size - 4, size - 1)] {
        let got = site.with("GET", &path, &[("range", range)]).await;
        assert_eq!(got.status, StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(got.header("content-range"), format!("bytes {from}-{to}/{size}"));
        assert_eq!(got.body, body[from..=to]);
        assert_eq!(got.header("content-length"), (to - from + 1).to_string());
    }
    let outside = site.with("GET", &path, &[("range", "bytes=9999999-")]).await;
    assert_eq!(outside.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(outside.header("content-range"), format!("bytes */{size}"));
    let several = site.with("GET", &path, &[("range", "bytes=0-1,3-4")]).await;
    assert_eq!((several.status, several.body.len()), (StatusCode::OK, size));
    let same = site.with("GET", &path, &[("range", "bytes=0-1"), ("if-range", etag)]).await;
    assert_eq!(same.status, StatusCode::PARTIAL_CONTENT);
    let other = site.with("GET", &path, &[("range", "bytes=0-1"), ("if-range", "\"other\"")]).await;
    assert_eq!((other.status, other.body.len()), (StatusCode::OK, size));
}

#[tokio::test]
async fn an_address_of_no_file_is_not_found() {
    let site = site();
    let (id, path) = site.file(SHELTERS, Format::Csv);
    assert_eq!(site.get(&format!("/dataset/{SHELTERS}/resource/{id}/download")).await.status, StatusCode::OK);
    assert_eq!(
        site.get(&format!("/dataset/{SHELTERS}/resource/{id}/download/old-name.csv")).await.status,
        StatusCode::OK
    );
    for path in [
        format!("/dataset/242039_aed/resource/{id}/download/x.csv"),
        format!("/dataset/{SHELTERS}/resource/x/download/x.csv"),
        format!("/dataset/{SHELTERS}/resource/00000000-0000-0000-0000-000000000000/download/x.csv"),
        format!("/dataset/{SHELTERS}/resource/{id}/download/..%2f..%2fetc%2fpasswd/x"),
        format!("/dataset/%ff/resource/{id}/download/x"),
    ] {
        let got = site.get(&path).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "{path}");
        assert!(got.text().contains("見つかりません"), "{path}");
    }
    assert_eq!(site.with("DELETE", &path, &[]).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

async fn tilejson(site: &Site) -> serde_json::Value {
    site.get(&format!("/tiles/{LAYER}.json")).await.json()
}

/// A tile of the greatest zoom that holds the first shelter, and the path of its versioned address.
async fn a_tile(site: &Site) -> (TileCoord, String) {
    let tilejson = tilejson(site).await;
    let zoom = u8::try_from(tilejson["maxzoom"].as_u64().expect("a zoom")).expect("small");
    let side = f64::from(1_u32 << zoom);
    let (lon, lat) = (138.3236_f64, 34.8668_f64.to_radians());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a tile of the world")]
    let (x, y) = (
        ((lon + 180.0) / 360.0 * side) as u32,
        ((1.0 - (lat.tan() + 1.0 / lat.cos()).ln() / std::f64::consts::PI) / 2.0 * side) as u32,
    );
    let template = tilejson["tiles"][0].as_str().expect("a template");
    let path = template.strip_prefix("https://data.example.jp").expect("the site").to_owned();
    let path = path.replace("{z}", &zoom.to_string()).replace("{x}", &x.to_string()).replace("{y}", &y.to_string());
    (TileCoord::new(zoom, x, y).expect("a tile"), path)
}

#[tokio::test]
async fn a_tile_is_sent_as_stored_and_known_by_its_tag() {
    let site = site();
    let (_, path) = a_tile(&site).await;
    let zipped = site.with("GET", &path, &[("accept-encoding", "gzip")]).await;
    assert_eq!(zipped.status, StatusCode::OK, "{path}");
    assert_eq!(zipped.header("content-type"), "application/vnd.mapbox-vector-tile");
    assert_eq!(zipped.header("content-encoding"), "gzip");
    assert_eq!(zipped.header("vary"), "accept-encoding");
    assert_eq!(zipped.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(zipped.header("access-control-allow-origin"), "*");
    assert_eq!(zipped.header("content-length"), zipped.body.len().to_string());
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(zipped.body.as_slice()).read_to_end(&mut plain).expect("gzip");

    for encoding in ["identity", "gzip;q=0", "br"] {
        let got = site.with("GET", &path, &[("accept-encoding", encoding)]).await;
        assert_eq!((got.status, got.header("content-encoding")), (StatusCode::OK, ""), "{encoding}");
        assert_eq!(got.body, plain, "{encoding}");
        assert_ne!(got.header("etag"), zipped.header("etag"));
        assert_eq!(got.header("vary"), "accept-encoding");
    }
    let etag = zipped.header("etag");
    for tag in [etag.to_owned(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
        let got = site.with("GET", &path, &[("accept-encoding", "gzip"), ("if-none-match", &tag)]).await;
        assert_eq!((got.status, got.body.len()), (StatusCode::NOT_MODIFIED, 0), "{tag}");
        assert_eq!((got.header("etag"), got.header("vary")), (etag, "accept-encoding"));
        assert!(got.header("cache-control").contains("immutable"));
    }
    // The tag of the other encoding is another thing.
    let got = site.with("GET", &path, &[("if-none-match", etag)]).await;
    assert_eq!(got.status, StatusCode::OK);
    let head = site.with("HEAD", &path, &[("accept-encoding", "gzip")]).await;
    assert_eq!((head.status, head.body.len(), head.header("etag")), (StatusCode::OK, 0, etag));
    assert_eq!(head.header("content-length"), zipped.body.len().to_string());

    let bare = path.split('?').next().expect("a path");
    for (path, policy) in [
        (bare.to_owned(), "public, max-age=60"),
        (format!("{bare}?v=00000000"), "public, max-age=60"),
        (format!("{bare}.mvt"), "public, max-age=60"),
        (format!("{bare}.pbf"), "public, max-age=60"),
    ] {
        let got = site.with("GET", &path, &[("accept-encoding", "gzip")]).await;
        assert_eq!((got.status, got.header("cache-control")), (StatusCode::OK, policy), "{path}");
        assert_eq!(got.body, zipped.body);
    }
}

#[tokio::test]
async fn where_there_is_no_tile_the_answer_says_why() {
    let site = site();
    let (coord, _) = a_tile(&site).await;
    let (z, x, y) = (coord.z(), coord.x(), coord.y());
    let too_deep = u64::from(z) + 1;
    for (path, status) in [
        (format!("{LAYER}/{z}/0/0"), 404),
        (format!("{LAYER}/{too_deep}/{}/{}", 2 * x, 2 * y), 404),
        (format!("{LAYER}/-1/0/0"), 404),
        (format!("{LAYER}/{z}/{}/{y}", 1_u64 << z), 404),
        (format!("{LAYER}/{z}/{x}/100000000000000000000"), 404),
        (format!("{LAYER}/{z}/{x}/{y}.0"), 404),
        (format!("{LAYER}/{z}/%2e%2e/{y}"), 404),
        (format!("{LAYER}/{z}/{x}/%ff"), 404),
        (format!("nothing/{z}/{x}/{y}"), 404),
        (format!("%ff/{z}/{x}/{y}"), 404),
        ("nothing.json".to_owned(), 404),
        (LAYER.to_owned(), 404),
    ] {
        let got = site.get(&format!("/tiles/{path}")).await;
        assert_eq!(got.status.as_u16(), status, "{path}");
    }
    // Between the shelters of the north and of the south lies a tile without one.
    let (_, table) = {
        let catalogue = site.app.catalogue();
        let (dataset, table, _) = catalogue.layer(LAYER).expect("the layer");
        (dataset.name.clone(), table.clone())
    };
    assert!(table.bbox.is_some());
    let empty = site.get(&format!("/tiles/{LAYER}/{z}/{}/{}", x - 1, y + 2)).await;
    assert_eq!((empty.status, empty.body.len()), (StatusCode::NO_CONTENT, 0));
    assert_eq!(empty.header("access-control-allow-origin"), "*");
    let post = site.with("POST", &format!("/tiles/{LAYER}/{z}/{x}/{y}"), &[]).await;
    assert_eq!(post.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn tilejson_says_all_a_map_needs() {
    let site = site();
    let list = site.get("/tiles.json").await.json();
    assert_eq!(list["layers"].as_array().map(Vec::len), Some(1));
    assert_eq!(list["layers"][0]["id"], LAYER);
    assert_eq!(list["layers"][0]["tilejson"], format!("https://data.example.jp/tiles/{LAYER}.json"));
    let tilejson = tilejson(&site).await;
    assert_eq!(tilejson["tilejson"], "3.0.0");
    assert_eq!(tilejson["bounds"], json!([138.29, 34.802, 138.3236, 34.8668]));
    assert_eq!(tilejson["vector_layers"][0]["id"], LAYER);
    assert_eq!(tilejson["vector_layers"][0]["fields"]["名称"], "名称(見出し) · 文字列");
    let attribution = tilejson["attribution"].as_str().expect("a text");
    assert_eq!(
        attribution,
        "焼津市『指定緊急避難場所』 (<a href=\"https://example.jp/licence?a=1&amp;b=2\">PDL1.0の日本語名</a>)"
    );
    assert!(tilejson["tiles"][0].as_str().is_some_and(|url| url.contains("?v=")));
    assert!(tilejson["center"].is_array() && tilejson["minzoom"].is_u64() && tilejson["maxzoom"].is_u64());
    let first = site.get("/tiles.json").await;
    let again = site.with("GET", "/tiles.json", &[("if-none-match", first.header("etag"))]).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn long_documents_are_compressed_and_short_ones_sent_as_they_are() {
    let site = site();
    for (path, encoding) in
        [("/api/3/action/current_package_list_with_resources", "gzip"), ("/api/3/action/site_read", "")]
    {
        let got = site.with("GET", path, &[("accept-encoding", "gzip")]).await;
        assert_eq!(got.header("content-encoding"), encoding, "{path}");
    }
}

#[tokio::test]
async fn every_answer_carries_the_headers_of_safety() {
    let site = site();
    let (_, file) = site.file(SHELTERS, Format::Csv);
    for path in ["/api/3/action/status_show", "/api/3/action/nothing", "/tiles.json", "/nothing", file.as_str()] {
        let got = site.get(path).await;
        assert_eq!(got.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(got.header("referrer-policy"), "strict-origin-when-cross-origin", "{path}");
        let policy = got.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}");
    }
    let preflight = site.with("OPTIONS", "/api/3/action/package_search", &[("origin", "https://example.com")]).await;
    assert_eq!(preflight.status, StatusCode::NO_CONTENT);
    assert_eq!(preflight.header("access-control-allow-origin"), "*");
    assert!(preflight.header("access-control-allow-methods").contains("POST"));
}

#[tokio::test]
async fn a_connection_is_served_and_the_server_ends_in_order() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let site = site();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(hiraku::http::serve(site.router.clone(), listener, async {
        let _ = stopped.await;
    }));
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
    stream.write_all(b"GET /api/3 HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("a request");
    let mut answer = [0; 15];
    stream.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    stop.send(()).expect("the server waits");
    serving.await.expect("the server ends in order");
}
