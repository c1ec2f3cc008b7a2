//! The pages, called in process over a small catalogue.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use geo_types::{line_string, point, polygon};
use hiraku::count::access::Access;
use hiraku::model::record::{ColumnType, Value};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use fixture::Made;

pub(crate) mod fixture;

const YAIZU: (&str, &str, &str) = ("222127", "焼津市", "静岡県");
const ISE: (&str, &str, &str) = ("242039", "伊勢市", "三重県");

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn datasets() -> Vec<Made<'static>> {
    let name_and_place: &[(&str, ColumnType)] = &[("名称", ColumnType::Text), ("住所", ColumnType::Text)];
    let shelters = (0..45)
        .map(|index| {
            let at = point! { x: 138.28 + f64::from(index) * 0.001, y: 34.82 + f64::from(index % 5) * 0.01 };
            (vec![text(&format!("第{index}避難所<仮>")), text("焼津市本町")], Some(at.into()))
        })
        .collect();
    let town = polygon![(x: 138.2, y: 34.75), (x: 138.4, y: 34.75), (x: 138.4, y: 34.92), (x: 138.2, y: 34.92)];
    vec![
        Made {
            name: "222127_hinanjo",
            title: "指定緊急避難場所一覧",
            publisher: YAIZU,
            theme: "防災",
            columns: name_and_place,
            rows: shelters,
            refused: 2,
        },
        Made {
            name: "222127_boundary",
            title: "焼津市行政区域",
            publisher: YAIZU,
            theme: "行政区域",
            columns: &[("市区町村名", ColumnType::Text)],
            rows: vec![(vec![text("焼津市")], Some(town.into()))],
            refused: 0,
        },
        Made {
            name: "222127_roads",
            title: "緊急輸送路",
            publisher: YAIZU,
            theme: "防災",
            columns: &[("路線名", ColumnType::Text), ("延長", ColumnType::Number)],
            rows: vec![(
                vec![text("国道150号"), Value::Number(1.5)],
                Some(line_string![(x: 138.25, y: 34.8), (x: 138.35, y: 34.88)].into()),
            )],
            refused: 0,
        },
        Made {
            name: "242039_population",
            title: "地域・年齢別人口",
            publisher: ISE,
            theme: "人口",
            columns: &[("地域名", ColumnType::Text), ("人口", ColumnType::Integer)],
            rows: vec![(vec![text("二見町"), Value::Integer(8_123)], None)],
            refused: 0,
        },
    ]
}

struct Site {
    router: Router,
    _folder: tempfile::TempDir,
}

struct Answer {
    status: StatusCode,
    media_type: String,
    access: Option<Access>,
    body: String,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let app = fixture::app(folder.path(), &datasets());
        Self { router: hiraku::http::router(app), _folder: folder }
    }

    async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("never fails");
        let media_type = response
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let access = response.extensions().get::<Access>().copied();
        let status = response.status();
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        Answer { status, media_type, access, body: String::from_utf8_lossy(&bytes).into_owned() }
    }
}

#[tokio::test]
async fn every_kind_of_page_answers_whole_html_in_japanese_and_says_what_was_seen() {
    let site = Site::new();
    for path in [
        "/",
        "/dataset",
        "/dataset?q=%E9%81%BF%E9%9B%A3",
        "/dataset/222127_hinanjo",
        "/dataset/242039_population",
        "/dataset/222127_hinanjo/feature/table/1",
        "/dataset/242039_population/feature/table/1",
        "/organization",
        "/organization/222127",
        "/map",
        "/map/222127_hinanjo",
        "/map/222127_roads",
        "/map/222127_boundary",
        "/about",
        "/terms",
        "/accessibility",
        "/help",
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        assert_eq!(answer.media_type, "text/html; charset=utf-8", "{path}");
        assert!(answer.body.starts_with("<!DOCTYPE html>\n<html lang=\"ja\">"), "{path}");
        assert!(answer.body.trim_end().ends_with("</html>"), "{path}");
        assert!(answer.access.is_some(), "{path} says nothing to the counting");
        assert_eq!(answer.body.matches("<h1").count(), 1, "{path}");
        for banned in [" style=\"", "<style", "<script>", "onclick", "javascript:"] {
            assert!(!answer.body.contains(banned), "{path} holds {banned}");
        }
    }
}

#[tokio::test]
async fn what_does_not_exist_is_a_helpful_404() {
    let site = Site::new();
    for path in [
        "/nowhere",
        "/dataset/none",
        "/organization/none",
        "/map/none",
        "/map/none.svg",
        "/map/none/style.json",
        "/map/242039_population",
        "/dataset/222127_hinanjo?table=none",
        "/dataset/222127_hinanjo/feature/table/0",
        "/dataset/222127_hinanjo/feature/table/46",
        "/dataset/222127_hinanjo/feature/table/01",
        "/dataset/222127_hinanjo/feature/table/x",
        "/dataset/222127_hinanjo/feature/none/1",
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.body.contains("見つかりませんでした"), "{path}: {}", answer.body);
        assert!(answer.body.contains("action=\"/dataset\""), "{path} offers no search");
    }
    let answer = site.get("/map/222127_hinanjo?bbox=1,2").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.body.contains("西端の経度"), "{}", answer.body);
}

#[tokio::test]
async fn a_search_finds_narrows_and_helps_when_nothing_fits() {
    let site = Site::new();
    let found = site.get("/dataset?q=%E9%81%BF%E9%9B%A3%E5%A0%B4%E6%89%80").await;
    assert!(found.body.contains("指定緊急避難場所一覧") && !found.body.contains("地域・年齢別人口</a>"));
    let narrowed = site.get("/dataset?organization=242039").await;
    assert!(narrowed.body.contains("地域・年齢別人口") && !narrowed.body.contains(">緊急輸送路<"));
    assert!(narrowed.body.contains("組織: 伊勢市"));
    let nothing = site.get("/dataset?q=zzz").await;
    assert!(nothing.body.contains("見つかりませんでした") && nothing.body.contains("theme="));
    let (Some(Access::Search(first)), Some(Access::Search(second)), Some(Access::Search(other))) = (
        site.get("/dataset?q=abc").await.access,
        site.get("/dataset?q=ABC&page=2&sort=title").await.access,
        site.get("/dataset?q=abd").await.access,
    ) else {
        panic!("a search is a search");
    };
    assert_eq!(first, second);
    assert_ne!(first, other);
}

#[tokio::test]
async fn texts_from_data_are_escaped_everywhere() {
    let site = Site::new();
    for path in [
        "/dataset/222127_hinanjo",
        "/dataset/222127_hinanjo/feature/table/3",
        "/map/222127_hinanjo",
        "/map/222127_hinanjo.svg",
        "/dataset?q=%3Cscript%3Ealert(1)%3C/script%3E%22",
    ] {
        let answer = site.get(path).await;
        assert!(!answer.body.contains("<仮>") && !answer.body.contains("<script>alert"), "{path}");
    }
}

#[tokio::test]
async fn a_dataset_page_shows_rows_quality_and_files_and_pages_through_them() {
    let site = Site::new();
    let first = site.get("/dataset/222127_hinanjo").await;
    for part in [
        "45件中 1〜20件目",
        "読み取った47行のうち、45行を公開し、2行は",
        "数値の表記を直しました。",
        "12.3 KB",
        "焼津市「指定緊急避難場所一覧」",
        "/api/3/action/package_show?id=222127_hinanjo",
        "2026年10月1日",
    ] {
        assert!(first.body.contains(part), "{part} is missing");
    }
    assert!(matches!(first.access, Some(Access::DatasetPage(_))));
    // What programs need, with the addresses of this site in it.
    let snippets: Vec<&str> = first.body.split("<pre class=\"").skip(1).collect();
    assert!(snippets.len() >= 6, "{}", snippets.len());
    for snippet in snippets {
        let code = snippet.split("</pre>").next().expect("a part");
        assert!(code.contains("http://127.0.0.1"), "a whole address: {code}");
        assert!(code.contains("/222127_hinanjo") || code.contains("datastore_search?resource_id="), "{code}");
    }
    let last = site.get("/dataset/222127_hinanjo?page=3").await;
    assert!(last.body.contains("45件中 41〜45件目"), "{}", last.body);
}

#[tokio::test]
async fn a_map_without_script_is_a_picture_with_the_same_features_as_its_list() {
    let site = Site::new();
    let whole = site.get("/map/222127_hinanjo").await;
    assert!(matches!(whole.access, Some(Access::MapOpen { embed: false, .. })));
    assert_eq!(whole.body.matches("<circle class=\"point\" cx=").count(), 46, "45 and the one of the legend");
    assert_eq!(whole.body.matches("<li data-feature=").count(), 20);
    assert_eq!(whole.body.matches("<text class=\"number\"").count(), 20);
    assert!(whole.body.contains("<path class=\"land\" d=\"M"), "the boundary of its own city lies under it");
    // A part of the map shows a part of the features, in both.
    let part = site.get("/map/222127_hinanjo?bbox=138.2795,34.81,138.2855,34.8701").await;
    assert_eq!(part.body.matches("<li data-feature=").count(), part.body.matches("<text class=\"number\"").count());
    assert!(part.body.matches("<li data-feature=").count() < 45);
    let list = site.get("/map/222127_hinanjo?bbox=138.2795,34.81,138.2855,34.8701&part=list").await;
    assert!(!list.body.contains("<html") && list.body.contains("<li data-feature="), "{}", list.body);
    assert_eq!(list.access, Some(Access::Other));
    let empty = site.get("/map/222127_hinanjo?bbox=130,30,130.1,30.1").await;
    assert!(empty.body.contains("この範囲にはありません"));
    let picture = site.get("/map/222127_roads.svg").await;
    assert_eq!(picture.media_type, "image/svg+xml");
    assert!(picture.body.starts_with("<svg xmlns=") && picture.body.contains("class=\"line\""));
}

#[tokio::test]
async fn the_style_names_only_addresses_of_this_site() {
    let site = Site::new();
    for scheme in ["", "?scheme=dark"] {
        let answer = site.get(&format!("/map/222127_hinanjo/style.json{scheme}")).await;
        let style: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
        assert_eq!(style["version"], 8);
        assert_eq!(style["layers"][0]["type"], "background");
        assert!(style.get("glyphs").is_none() && style.get("sprite").is_none());
        for source in ["features", "boundary"] {
            let tiles = style["sources"][source]["tiles"][0].as_str().expect("an address");
            assert!(tiles.starts_with("/tiles/222127_"), "{tiles}");
        }
        let labels = style["layers"].as_array().expect("layers").iter().find(|layer| layer["id"] == "names");
        assert_eq!(labels.expect("labels")["layout"]["text-font"][0], "Noto Sans JP");
        assert!(style["font-faces"]["Noto Sans JP"].is_array());
    }
}

#[tokio::test]
async fn pages_have_twins_for_programs() {
    let site = Site::new();
    for (path, kind, part) in [
        ("/dataset.json?q=%E9%81%BF%E9%9B%A3", "application/json", "\"222127_hinanjo\""),
        ("/dataset.csv?organization=242039", "text/csv", "242039_population"),
        ("/dataset/222127_hinanjo.json", "application/json", "\"tables\""),
        ("/dataset/222127_hinanjo/feature/table/1.geojson", "application/geo+json", "\"type\":\"Feature\""),
        ("/dataset/242039_population/feature/table/1.json", "application/geo+json", "\"geometry\":null"),
        ("/dataset/242039_population/feature/table/1.csv", "text/csv", "8123"),
        ("/organization.json", "application/json", "\"222127\""),
        ("/organization.csv", "text/csv", "伊勢市"),
        ("/organization/222127.json", "application/json", "\"222127_roads\""),
        ("/organization/222127.csv", "text/csv", "222127_roads"),
        ("/map.json", "application/json", "\"222127_roads\""),
        ("/map.csv", "text/csv", "222127_roads"),
        ("/map.geojson", "application/geo+json", "\"Polygon\""),
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        assert!(answer.media_type.starts_with(kind), "{path}: {}", answer.media_type);
        assert!(answer.body.contains(part), "{path}: {}", answer.body);
    }
    for path in [
        "/dataset/nothing.json",
        "/dataset/222127_hinanjo.pdf",
        "/dataset/242039_population.geojson",
        "/dataset/222127_hinanjo/feature/table/0.json",
        "/dataset/222127_hinanjo/feature/table/46.geojson",
        "/organization/nothing.json",
        "/organization/222127.geojson",
    ] {
        assert_eq!(site.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let page = site.get("/dataset/222127_hinanjo/feature/table/1").await;
    assert!(page.body.contains("rel=\"alternate\" type=\"application/geo+json\""), "the page names its twin");
}
