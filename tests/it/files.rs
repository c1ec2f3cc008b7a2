//! Files made on request, over the router in process: every format from one release, made once, kept, counted, swept.

use std::collections::HashSet;
use std::io::Read as _;
use std::sync::Arc;

use axum::body::Body;
use hiraku::count::access::{Access, made_target};
use hiraku::count::target::of_catalogue;
use hiraku::http::made::{note_url, url};
use hiraku::model::catalogue::Format;
use hiraku::model::made::MadeFormat;
use hiraku::pipeline::auxiliary::SHEETS;
use hiraku::pipeline::publish::sweep;
use http::{Request, StatusCode};
use tower::ServiceExt as _;

use crate::http_site::{Got, SHELTERS, Site, publish_staged, site, site_of_rows, stage_park};

const AED: &str = "242039_aed";
const PARKS: &str = "222127_kouen";

/// The address of the only table of a dataset.
fn address(site: &Site, name: &str, format: MadeFormat) -> String {
    let catalogue = site.app.catalogue();
    let dataset = catalogue.dataset(name).expect("a dataset");
    url("", dataset, &dataset.tables[0], format)
}

async fn access(site: &Site, method: &str, path: &str) -> Option<Access> {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a request");
    let response = site.router.clone().oneshot(request).await.expect("always answers");
    response.extensions().get::<Access>().copied()
}

fn objects(site: &Site) -> HashSet<std::path::PathBuf> {
    site.app.objects.files().expect("a folder").into_iter().collect()
}

fn unzipped(got: &Got) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(got.body.as_slice())).expect("a zip");
    (0..archive.len())
        .map(|at| {
            let mut entry = archive.by_index(at).expect("an entry");
            let name = entry.name().expect("a name").into_owned();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("reads");
            (name, bytes)
        })
        .collect()
}

#[tokio::test]
async fn every_format_is_made_kept_and_sent_like_any_file() {
    let site = site();
    for format in MadeFormat::ALL {
        let path = address(&site, SHELTERS, format);
        assert_eq!(path, format!("/dataset/{SHELTERS}/download/main.{}", format.ending()));
        let got = site.get(&path).await;
        assert_eq!(got.status, StatusCode::OK, "{path}: {}", got.text());
        assert_eq!(got.header("content-type"), format.media_type());
        assert_eq!(got.header("etag"), format!("\"{}\"", hiraku::model::name::Digest::of(&got.body)), "{path}");
        assert_eq!(got.header("content-length"), got.body.len().to_string());
        assert_eq!(got.header("last-modified"), "Sun, 01 Nov 2026 00:00:00 GMT");
        assert_eq!(got.header("cache-control"), "public, max-age=60");
        assert_eq!(got.header("content-location"), path.replace("/download", "/release/1/download"));
        assert!(got.header("content-security-policy").contains("sandbox"));
        assert_eq!(got.header("access-control-allow-origin"), "*");
        let named = "filename*=UTF-8''%E6%8C%87%E5%AE%9A%E7%B7%8A%E6%80%A5%E9%81%BF%E9%9B%A3%E5%A0%B4%E6%89%80.";
        let disposition = got.header("content-disposition");
        assert!(disposition.contains(&format!("{named}{}", format.ending())), "{disposition}");

        let before = objects(&site);
        let again = site.get(&path).await;
        assert_eq!((again.body, objects(&site)), (got.body.clone(), before), "{path} is made once");
        let part = site.with("GET", &path, &[("range", "bytes=2-5")]).await;
        assert_eq!((part.status, part.body), (StatusCode::PARTIAL_CONTENT, got.body[2..=5].to_vec()));
        let known = site.with("GET", &path, &[("if-none-match", got.header("etag"))]).await;
        assert_eq!((known.status, known.body.len()), (StatusCode::NOT_MODIFIED, 0));
        let head = site.with("HEAD", &path, &[]).await;
        assert_eq!((head.header("etag"), head.body.len()), (got.header("etag"), 0));
        let of_release = site.get(got.header("content-location")).await;
        assert_eq!((of_release.status, of_release.body), (StatusCode::OK, got.body.clone()));
    }
    // The stored ones have readable addresses too, and are the same files.
    for format in [Format::Csv, Format::GeoJson, Format::FlatGeobuf, Format::GeoParquet, Format::PmTiles] {
        let (_, stored) = site.file(SHELTERS, format);
        let readable = format!("/dataset/{SHELTERS}/download/main.{}", format.extension());
        let (stored, got) = (site.get(&stored).await, site.get(&readable).await);
        assert_eq!((got.status, &got.body), (StatusCode::OK, &stored.body), "{readable}");
        assert_eq!(got.header("content-disposition"), stored.header("content-disposition"));
    }
}

#[tokio::test]
async fn all_formats_hold_the_same_records() {
    let site = site();
    let json = site.get(&address(&site, SHELTERS, MadeFormat::Json)).await.json();
    let names: Vec<&str> = json.as_array().expect("a list").iter().filter_map(|row| row["名称"].as_str()).collect();
    let collection = site.get(&format!("/dataset/{SHELTERS}/download/main.geojson")).await.json();
    let features = collection["features"].as_array().expect("features");
    let expected: Vec<&str> = features.iter().filter_map(|own| own["properties"]["名称"].as_str()).collect();
    assert_eq!((names.len(), names), (3, expected.clone()));
    for (row, feature) in json.as_array().expect("a list").iter().zip(features) {
        assert_eq!(row["緯度"], feature["geometry"]["coordinates"][1]);
        for name in ["収容 人数", "面積", "コード"] {
            assert_eq!(row[name], feature["properties"][name], "{name}");
        }
    }
    let utf8 = site.get(&format!("/dataset/{SHELTERS}/download/main.csv")).await.text();
    let cp932 = site.get(&address(&site, SHELTERS, MadeFormat::CsvCp932)).await.body;
    let (text, _, is_broken) = encoding_rs::SHIFT_JIS.decode(&cp932);
    assert!(!is_broken);
    assert_eq!(text, utf8.trim_start_matches('\u{feff}'));
    let kml = site.get(&address(&site, SHELTERS, MadeFormat::Kml)).await.text();
    assert_eq!(kml.matches("<Placemark ").count(), 3);
    let parts = unzipped(&site.get(&address(&site, SHELTERS, MadeFormat::Shapefile)).await);
    let dbf = &parts.iter().find(|(name, _)| name == "main.dbf").expect("attributes").1;
    assert_eq!(u32::from_le_bytes(dbf[4..8].try_into().expect("four bytes")), 3);
    // The sheet that explains the workbook is one that taking it in again passes over.
    let parts = unzipped(&site.get(&address(&site, SHELTERS, MadeFormat::Xlsx)).await);
    let book = parts.iter().find(|(name, _)| name == "xl/workbook.xml").expect("a workbook");
    let book = String::from_utf8_lossy(&book.1).into_owned();
    assert!(SHEETS.iter().any(|name| book.contains(&format!("name=\"{name}\""))), "{book}");
}

#[tokio::test]
async fn a_table_without_shapes_has_no_format_of_shapes() {
    let site = site();
    for format in MadeFormat::ALL {
        let got = site.get(&address(&site, AED, format)).await;
        let expected = if format.holds_shapes() { StatusCode::NOT_FOUND } else { StatusCode::OK };
        assert_eq!(got.status, expected, "{}", format.name());
    }
    for wrong in [
        format!("/dataset/{SHELTERS}/download/main"),
        format!("/dataset/{SHELTERS}/download/main.exe"),
        format!("/dataset/{SHELTERS}/download/other.xlsx"),
        format!("/dataset/{SHELTERS}/download/..%2f..%2fetc%2fpasswd"),
        format!("/dataset/{SHELTERS}/download/%ff.xlsx"),
        format!("/dataset/{SHELTERS}/download/main.parquet.xlsx"),
        format!("/dataset/{SHELTERS}/release/2/download/main.xlsx"),
        format!("/dataset/{SHELTERS}/release/01/download/main.xlsx"),
        format!("/dataset/{SHELTERS}/release/-1/download/main.xlsx"),
        "/dataset/nothing/download/main.xlsx".to_owned(),
    ] {
        let got = site.get(&wrong).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "{wrong}");
        assert!(got.text().contains("見つかりません"), "{wrong}: {}", got.text());
    }
    let path = address(&site, SHELTERS, MadeFormat::Xlsx);
    assert_eq!(site.with("DELETE", &path, &[]).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_download_is_counted_once_for_its_own_target() {
    let site = site();
    let targets = of_catalogue(&site.app.catalogue());
    for format in MadeFormat::ALL {
        let path = address(&site, SHELTERS, format);
        let target = made_target(SHELTERS, path.rsplit('/').next().expect("a file"));
        let expected = Some(Access::Download { distribution: target, in_parts: format.is_read_in_parts() });
        // Before it is made, while it is made, and afterwards.
        assert_eq!(access(&site, "HEAD", &path).await, expected, "{path}");
        assert_eq!(access(&site, "GET", &path).await, expected, "{path}");
        assert_eq!(access(&site, "GET", &path).await, expected, "{path}");
        let known = targets.iter().find(|own| own.id == target).expect("a target");
        assert_eq!(known.name, format.name());
        assert_eq!(known.dataset, site.app.catalogue().dataset(SHELTERS).map(|own| own.id.uuid()));
    }
    let ids: HashSet<_> = targets.iter().map(|own| own.id).collect();
    assert_eq!(ids.len(), targets.len(), "every target has an id of its own");
    // A stored file stays what it is, whatever its address.
    let (id, _) = site.file(SHELTERS, Format::Csv);
    let Some(Access::Download { distribution, .. }) =
        access(&site, "GET", &format!("/dataset/{SHELTERS}/download/main.csv")).await
    else {
        panic!("a download");
    };
    assert_eq!(distribution.to_string(), id);
}

#[tokio::test]
async fn head_makes_nothing() {
    let site = site();
    let before = objects(&site);
    let head = site.with("HEAD", &address(&site, SHELTERS, MadeFormat::GeoPackage), &[]).await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    assert_eq!(head.header("content-type"), "application/geopackage+sqlite3");
    assert!(head.header("content-disposition").contains(".gpkg"));
    assert_eq!((head.header("etag"), head.header("content-length")), ("", ""));
    assert_eq!(objects(&site), before);
}

#[tokio::test]
async fn characters_that_cp932_lacks_are_listed_beside_the_file() {
    let site = site();
    stage_park(&site, "𠮷田川公園");
    publish_staged(&site);
    let catalogue = site.app.catalogue();
    let dataset = catalogue.dataset(PARKS).expect("a dataset");
    let note = note_url("", dataset, &dataset.tables[0]);
    let got = site.get(&address(&site, PARKS, MadeFormat::CsvCp932)).await;
    let (text, _, _) = encoding_rs::SHIFT_JIS.decode(&got.body);
    assert!(text.contains("〓田川公園"), "{text}");
    assert_eq!(got.header("link"), format!("<{note}>; rel=\"describedby\"; type=\"text/plain\""));
    let list = site.get(&note).await;
    assert_eq!((list.status, list.header("content-type")), (StatusCode::OK, "text/plain; charset=utf-8"));
    assert!(list.text().contains("\r\n2\t名称\t𠮷田川公園\r\n"), "{}", list.text());
    assert_eq!(access(&site, "GET", &note).await, Some(Access::Other));
    let page = site.get(&format!("/dataset/{PARKS}")).await.text();
    assert!(page.contains(&note) && page.contains("1個のセル"), "{page}");
    // Where nothing was replaced there is no list.
    let path = address(&site, SHELTERS, MadeFormat::CsvCp932);
    assert_eq!(site.get(&path).await.header("link"), "");
    assert_eq!(site.get(&path.replace("cp932.csv", "cp932.txt")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_page_offers_every_format_and_its_size_once_known() {
    let site = site();
    let page = async |query: &str| site.get(&format!("/dataset/{SHELTERS}{query}")).await.text();
    let before = page("").await;
    for format in MadeFormat::ALL {
        assert!(before.contains(&format!("href=\"{}\"", address(&site, SHELTERS, format))), "{}", format.name());
    }
    assert!(before.contains("Excelで開くとき") && before.contains("ほかの形式"));
    let waiting = |page: &str| page.matches("初めてのときに作成します").count();
    assert_eq!(waiting(&before), 6);
    site.get(&address(&site, SHELTERS, MadeFormat::Xlsx)).await;
    assert_eq!(waiting(&page("").await), 5);
    // The page is Japanese whole in every language until it is translated whole.
    for language in ["en", "ja-yasashii"] {
        let page = page(&format!("?lang={language}")).await;
        assert!(page.contains("ほかの形式") && !page.contains("Other formats"), "{page}");
    }
    let without = site.get(&format!("/dataset/{AED}")).await.text();
    assert!(!without.contains("main.gpkg") && without.contains("main.xlsx"));
}

#[tokio::test]
async fn a_new_release_is_made_anew_and_the_old_files_go_with_the_sweep() {
    let site = site();
    let path = address(&site, PARKS, MadeFormat::Xlsx);
    let old = site.get(&path).await;
    let old_release = old.header("content-location").to_owned();
    stage_park(&site, "新しい公園");
    // What waits is not public.
    assert_eq!(site.get(&path).await.body, old.body);
    publish_staged(&site);
    let new = site.get(&path).await;
    assert_ne!(new.header("etag"), old.header("etag"));
    assert_eq!(new.header("content-location"), format!("/dataset/{PARKS}/release/2/download/main.xlsx"));
    assert_eq!(site.get(&old_release).await.status, StatusCode::NOT_FOUND);
    let of_old = hiraku::model::name::Digest::of(&old.body);
    assert!(site.app.objects.path(&of_old).is_file());
    sweep(&site.app.store, &site.app.objects).expect("sweeps");
    assert!(!site.app.objects.path(&of_old).exists());
    assert_eq!(site.get(&path).await.body, new.body);
    // A server started anew knows what was made.
    let site = site.started_anew();
    let before = objects(&site);
    assert_eq!(site.get(&path).await.body, new.body);
    assert_eq!(objects(&site), before);
    // What is lost is made again.
    let digest = hiraku::model::name::Digest::of(&new.body);
    std::fs::remove_file(site.app.objects.path(&digest)).expect("removes");
    assert_eq!(site.get(&path).await.body, new.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn equal_requests_at_once_are_one_making() {
    let site = Arc::new(site_of_rows(30_000));
    let before = objects(&site);
    let path = address(&site, crate::http_site::MANY, MadeFormat::Xlsx);
    let asking: Vec<_> = (0..20)
        .map(|_| {
            let (site, path) = (Arc::clone(&site), path.clone());
            tokio::spawn(async move { site.get(&path).await })
        })
        .collect();
    // Callers who go away end nothing.
    let gone = tokio::spawn({
        let (site, path) = (Arc::clone(&site), path.clone());
        async move { site.get(&path).await }
    });
    gone.abort();
    let mut tags = HashSet::new();
    for asked in asking {
        let got = asked.await.expect("runs");
        assert_eq!(got.status, StatusCode::OK, "{}", got.text());
        tags.insert(got.header("etag").to_owned());
    }
    assert_eq!(tags.len(), 1);
    // The file and its entry; nothing half-made is left.
    let made: Vec<_> = objects(&site).difference(&before).cloned().collect();
    assert_eq!(made.len(), 2, "{made:?}");
    assert!(made.iter().all(|path| !path.to_string_lossy().contains("objects/tmp/")), "{made:?}");
}

#[tokio::test]
async fn a_server_that_ends_gives_up_what_it_makes() {
    let site = site();
    let before = objects(&site);
    site.app.stop_making();
    let got = site.get(&address(&site, SHELTERS, MadeFormat::Kml)).await;
    assert_eq!(got.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(objects(&site), before, "what fails leaves nothing");
}
