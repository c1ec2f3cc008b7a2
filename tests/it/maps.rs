//! Themed maps, the report of a point, and sheets of paper: over a city made by hand, called in process.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use geo::{Distance as _, Geodesic};
use geo_types::{Point, line_string, point, polygon};
use hiraku::count::access::{Access, map_target};
use hiraku::http::themes::Themes;
use hiraku::model::record::{ColumnType, Value};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use regex::Regex;
use tower::ServiceExt as _;

use crate::pages::fixture::{self, Made};

const YAIZU: (&str, &str, &str) = ("222127", "焼津市", "静岡県");
const NAMED: &[(&str, ColumnType)] = &[("名称", ColumnType::Text)];

fn made(
    name: &'static str,
    title: &'static str,
    theme: &'static str,
    rows: Vec<(String, geo_types::Geometry<f64>)>,
) -> Made<'static> {
    let rows = rows.into_iter().map(|(name, geometry)| (vec![Value::Text(name)], Some(geometry))).collect();
    Made { name, title, publisher: YAIZU, theme, columns: NAMED, rows, refused: 0 }
}

/// Corners of a grid that is measured on paper: longitude, latitude.
const GRID: [(f64, f64); 4] = [(138.32, 34.86), (138.3212, 34.86), (138.32, 34.8609), (138.3212, 34.8609)];

fn datasets(many: usize) -> Vec<Made<'static>> {
    let shelters = (0..45)
        .map(|n| {
            let at = point! { x: 138.28 + f64::from(n) * 0.001, y: 34.82 + f64::from(n % 5) * 0.01 };
            (format!("第{n}避難所<仮>"), at.into())
        })
        .collect();
    let flooded = polygon![(x: 138.31, y: 34.85), (x: 138.33, y: 34.85), (x: 138.33, y: 34.87), (x: 138.31, y: 34.87)];
    let town = polygon![(x: 138.2, y: 34.75), (x: 138.4, y: 34.75), (x: 138.4, y: 34.92), (x: 138.2, y: 34.92)];
    let road = line_string![(x: 138.25, y: 34.86), (x: 138.35, y: 34.86)];
    let grid = GRID.iter().enumerate().map(|(n, (x, y))| (format!("標石{n}"), point! { x: *x, y: *y }.into()));
    let crowd = (0..many).map(|n| {
        let at = point! { x: 138.30 + (n % 100) as f64 * 0.0002, y: 34.84 + (n / 100) as f64 * 0.0002 };
        (format!("消火栓{n}"), at.into())
    });
    let mut all = vec![
        made("222127_hinanjo", "指定緊急避難場所一覧", "防災", shelters),
        made("222127_shinsui", "浸水想定区域", "防災", vec![("区域A".to_owned(), flooded.into())]),
        made("222127_yuso", "緊急輸送路", "防災", vec![("国道150号".to_owned(), road.clone().into())]),
        made("222127_grid", "防災の標石", "防災", grid.collect()),
        made("222127_boundary", "焼津市行政区域", "行政区域", vec![("焼津市".to_owned(), town.into())]),
        made("222127_roads", "路線網図", "道路・交通", vec![("市道1号".to_owned(), road.into())]),
    ];
    if many > 0 {
        all.push(made("222127_shoka", "消防水利施設一覧", "防災", crowd.collect()));
    }
    all
}

struct Site {
    router: Router,
    _folder: tempfile::TempDir,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    access: Option<Access>,
    body: String,
}

impl Site {
    fn new() -> Self {
        Self::with(0)
    }

    fn with(many: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let app = fixture::app(folder.path(), &datasets(many));
        Self { router: hiraku::http::router(app), _folder: folder }
    }

    fn with_themes(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let app = Arc::into_inner(fixture::app(folder.path(), &datasets(0))).expect("held once");
        let app = app.with_themes(Themes::parse("own.toml", text).expect("themes"));
        Self { router: hiraku::http::router(Arc::new(app)), _folder: folder }
    }

    async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).body(Body::empty()).expect(path);
        let response = self.router.clone().oneshot(request).await.expect("never fails");
        let access = response.extensions().get::<Access>().copied();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, access, body }
    }

    async fn ok(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        answer.body
    }
}

fn all<'a>(pattern: &str, text: &'a str) -> Vec<&'a str> {
    let pattern = Regex::new(pattern).expect("a pattern");
    pattern.captures_iter(text).filter_map(|found| Some(found.get(1)?.as_str())).collect()
}

const MAP: &str = "/maps/222127-bosai";

#[tokio::test]
async fn maps_are_made_of_what_the_catalogue_holds_and_empty_ones_are_left_out() {
    let site = Site::new();
    let list = site.ok("/maps").await;
    assert!(list.contains("href=\"/maps/222127-bosai\"") && list.contains("href=\"/maps/222127-doro\""), "{list}");
    assert!(!list.contains("222127-gesui") && !list.contains("222127-kosodate"), "{list}");
    let twin: serde_json::Value = serde_json::from_str(&site.ok("/maps.json").await).expect("JSON");
    assert_eq!(twin["maps"][0]["name"], "222127-bosai");
    // The theme alone leads to the only map there is.
    let short = site.get("/maps/bosai").await;
    assert_eq!(
        (short.status, &short.headers["location"]),
        (StatusCode::TEMPORARY_REDIRECT, &MAP.parse().expect("a value"))
    );
    for path in ["/maps/gesui", "/maps/222127-gesui", "/maps/999999-bosai", "/maps/x", "/maps/222127-", "/maps/-"] {
        assert_eq!(site.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let page = site.ok(MAP).await;
    for part in ["<summary>避難する場所", "<summary>道路・通信", "丸", "凡例", "クリエイティブ・コモンズ"]
    {
        assert!(page.contains(part), "{part}");
    }
    // The first groups are shown, the roads wait in the tree.
    assert!(page.contains("value=\"222127_hinanjo\" checked") && !page.contains("value=\"222127_yuso\" checked"));
}

#[tokio::test]
async fn themes_of_ones_own_replace_the_bundled_ones() {
    let words = "{ ja = \"標石\", easy = \"いし\", en = \"Stones\" }";
    let own = Site::with_themes(&format!(
        "[[map]]\nname = \"ishi\"\ntitle = {words}\nabout = {words}\n[[map.group]]\ntitle = {words}\nany = [{{ layer = \
         \"222127_grid\" }}]\n"
    ));
    let english = own.ok("/maps/222127-ishi?lang=en").await;
    assert!(english.contains("Stones: 焼津市") && english.contains("What is drawn on the map"), "{english}");
    assert_eq!(own.get(MAP).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_list_holds_exactly_what_is_drawn() {
    let site = Site::new();
    let at = "at=34.86,138.32,13";
    let url = |page: u32| format!("{MAP}?layers=222127_hinanjo,222127_shinsui~50,222127_yuso&{at}&page={page}");
    let first = site.ok(&url(1)).await;
    let svg =
        first.split("<svg viewBox=").nth(1).and_then(|rest| rest.split("class=\"scale\"").next()).expect("a picture");
    let lines = svg.split("<g id=\"map-l").skip(1).filter_map(|group| group.split("</g>").next());
    let lines: usize = lines.map(|group| all("(<path )", group).len()).sum();
    let (points, areas) = (all("(<use href=\"#map-p)", svg).len(), all("(class=\"t-edge)", svg).len());
    assert_eq!((lines, areas), (1, 1), "one road, one area");
    let told = all("地図に([0-9,]+)件", &first);
    assert_eq!(told.first().copied(), Some((points + lines + areas).to_string().as_str()), "{told:?}");
    // The pages of the list together name each of them once.
    let mut links = BTreeSet::new();
    let mut count = 0;
    for page in 1..=2 {
        let html = site.ok(&url(page)).await;
        let list = html.split("id=\"feature-list\"").nth(1).expect("a list").to_owned();
        for link in all("<a href=\"(/dataset/[^\"]+/feature/[^\"]+)\"", &list) {
            count += 1;
            links.insert(link.to_owned());
        }
    }
    assert_eq!((links.len(), count), (points + lines + areas, points + lines + areas));
    // Moved away there is nothing, in the picture and in the list.
    let away = site.ok(&format!("{MAP}?layers=222127_hinanjo&at=34.0,136.0,13")).await;
    assert!(!away.contains("<use ") && away.contains("この範囲にはありません"));
    // The part that the script asks for is the same list.
    let bbox = "138.31,34.85,138.33,34.87";
    let part = site.get(&format!("{MAP}?layers=222127_hinanjo,222127_yuso&bbox={bbox}&part=list")).await;
    assert!(part.body.contains("国道150号") && !part.body.contains("<html"), "{}", part.body);
    assert_eq!(part.access, Some(Access::Other));
}

#[tokio::test]
async fn the_address_is_the_whole_state_and_survives_forms_and_links() {
    let site = Site::new();
    let form = format!(
        "{MAP}?form=1&layers=222127_yuso,222127_hinanjo~50&at=34.86,138.32,13&layer=222127_hinanjo&layer=222127_shinsui&\
         o~222127_hinanjo=75&layer=222127_yuso&o~222127_shinsui=junk"
    );
    let answer = site.get(&form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let plain = answer.headers["location"].to_str().expect("ascii").to_owned();
    // The order of before stays, what is new comes where the map has it.
    assert_eq!(plain, format!("{MAP}?layers=222127_yuso,222127_hinanjo~75,222127_shinsui&at=34.86000,138.32000,13"));
    let page = site.ok(&plain).await;
    let link = |word: &str| {
        let found = Regex::new(&format!("href=\"([^\"]+)\">{word}</a>")).expect("a pattern");
        found
            .captures(&page)
            .and_then(|found| found.get(1))
            .expect(word)
            .as_str()
            .replace("&#38;", "&")
            .replace("&amp;", "&")
    };
    assert_eq!(link("拡大"), format!("{},14", plain.trim_end_matches(",13")));
    assert!(page.contains("opacity=\"0.75\""));
    // Further up and down again is the same.
    let up = Regex::new("href=\"([^\"]+)\" data-keeps-at>上へ").expect("a pattern");
    let up = up.captures(&page).and_then(|found| found.get(1)).expect("a link up").as_str().replace("&#38;", "&");
    assert!(up.contains("layers=222127_hinanjo~75,222127_yuso,222127_shinsui"), "{up}");
    let swapped = site.ok(&up).await;
    assert!(swapped.contains("layers=222127_yuso,222127_hinanjo~75,222127_shinsui"), "the way down leads back");
    // By latitude and longitude, and with nothing shown.
    let place = site.get(&format!("{MAP}?form=place&layers=-&lat=34.9&lon=138.3&zoom=15.5")).await;
    assert_eq!(place.headers["location"], format!("{MAP}?layers=-&at=34.90000,138.30000,15.5"));
    assert!(site.ok(&format!("{MAP}?layers=-")).await.contains("表示するレイヤーを選んでください"));
}

#[tokio::test]
async fn hostile_addresses_are_answered_in_words() {
    let site = Site::new();
    for at in ["NaN,1,2", "1,2,3,4", "999,999,5", "34,138,1e9", "%00", "34;DROP,1,1"] {
        let answer = site.get(&format!("{MAP}?at={at}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{at}");
        assert!(answer.body.contains("緯度,経度,ズーム"), "{}", answer.body);
    }
    let gone = site.ok(&format!("{MAP}?layers=222127_hinanjo,gone,%3Cscript%3Ealert(1)%3C/script%3E")).await;
    assert!(gone.contains("この地図にはありません") && !gone.contains("<script>alert"), "names that are gone are told");
    let many = "a,".repeat(50_000);
    let answer = site.get(&format!("{MAP}?layers={}", &many[..30_000])).await;
    assert!(answer.status == StatusCode::OK && answer.body.len() < 200_000);
    let flood: String = (0..2_000).map(|n| format!("&layer=222127_hinanjo&o~{n}=1")).collect();
    assert_eq!(site.get(&format!("{MAP}?form=1{flood}")).await.status, StatusCode::SEE_OTHER);
    assert!(!site.ok(MAP).await.contains("第0避難所<仮>"), "names are escaped");
    for page in ["0", "-1", "99999999999", "x"] {
        site.ok(&format!("{MAP}?page={page}")).await;
    }
}

#[tokio::test]
async fn the_work_of_a_picture_is_bounded_and_what_is_left_out_is_told() {
    let site = Site::with(9_000);
    let page = site.ok(&format!("{MAP}?layers=222127_shoka,222127_hinanjo&at=34.85,138.31,12")).await;
    let drawn = all("(<use href=\"#map-p)", page.split("class=\"scale\"").next().unwrap_or_default()).len();
    assert!((2_000..=5_000).contains(&drawn), "{drawn}");
    assert_eq!(all("(href=\"#map-p0\")", &page).len(), 45, "the lower layer is not starved by the upper");
    assert!(page.len() < 1_000_000, "{}", page.len());
    let left_out = all("ほかの([0-9,]+)件は", &page);
    assert_eq!(left_out.len(), 1, "{left_out:?}");
    // A sheet is whole or is not made.
    let sheet = site.get(&format!("{MAP}/print?layers=222127_shoka&at=34.85,138.31,12&scale=25000")).await;
    assert_eq!(sheet.status, StatusCode::BAD_REQUEST);
    assert!(
        sheet.body.contains("9,000件") && sheet.body.contains("5,000件") && sheet.body.contains("<form"),
        "{}",
        sheet.body
    );
    site.ok(&format!("{MAP}/print?layers=222127_shoka&at=34.85,138.31,12&scale=2500")).await;
}

#[tokio::test]
async fn an_embedded_map_may_be_framed_and_no_other_page() {
    let site = Site::new();
    let embed = site.get(&format!("{MAP}/embed?layers=222127_hinanjo")).await;
    let policy = |answer: &Answer| answer.headers["content-security-policy"].to_str().unwrap_or_default().to_owned();
    assert!(policy(&embed).contains("frame-ancestors *") && policy(&embed).contains("script-src 'self';"));
    assert_eq!(embed.access, Some(Access::MapOpen { map: map_target("222127-bosai"), embed: true }));
    assert!(embed.body.contains("出典") && !embed.body.contains("site-header"));
    let whole = site.get(MAP).await;
    assert!(policy(&whole).contains("frame-ancestors 'none'"));
    assert_eq!(whole.access, Some(Access::MapOpen { map: map_target("222127-bosai"), embed: false }));
    assert!(whole.body.contains("/maps/222127-bosai/embed?layers="));
    let code = site.get(&format!("{MAP}/qr.svg?layers=222127_hinanjo&at=34.86,138.32,13")).await;
    assert_eq!((code.status, code.access), (StatusCode::OK, Some(Access::Asset)));
    assert!(code.body.contains("<svg xmlns=") && whole.body.contains("/maps/222127-bosai/qr.svg?layers="));
    let style: serde_json::Value =
        serde_json::from_str(&site.ok(&format!("{MAP}/style.json?layers=222127_yuso")).await).expect("JSON");
    let layers = style["layers"].as_array().expect("layers");
    let visibility = |id: &str| {
        let own = layers.iter().find(|layer| layer["id"] == id).unwrap_or_else(|| panic!("{id}"));
        own["layout"]["visibility"].as_str().map(str::to_owned)
    };
    assert_eq!(visibility("222127_yuso/lines").as_deref(), Some("visible"));
    assert_eq!(visibility("222127_hinanjo/points").as_deref(), Some("none"));
}

#[tokio::test]
async fn a_point_is_told_by_all_layers() {
    let site = Site::new();
    let page = site.ok(&format!("{MAP}/point?at=34.86005,138.32")).await;
    for part in ["区域A", "国道150号", "標石0", "第39避難所", "南へ6 m", "この地点を含む区域", "証明ではありません"]
    {
        assert!(page.contains(part), "{part} in {page}");
    }
    let far = site.ok(&format!("{MAP}/point?at=34.0,137.0")).await;
    assert!(!far.contains("区域A") && far.contains("当てはまるものはありません"));
    let part = site.get(&format!("{MAP}/point?at=34.86,138.32&part=report")).await;
    assert!(!part.body.contains("<html") && part.access == Some(Access::Other));
    assert_eq!(site.get(&format!("{MAP}/point?lat=x&lon=1")).await.status, StatusCode::BAD_REQUEST);
    let english = site.ok(&format!("{MAP}/point?at=34.86005,138.32&lang=en")).await;
    assert!(english.contains("Areas that contain this point") && english.contains("6 m south"), "{english}");
}

/// Places of marks on a sheet, mm.
fn marks(svg: &str) -> Vec<(f64, f64)> {
    let pattern = Regex::new("<use href=\"#sheet-p\\d+\" x=\"([-\\d.]+)\" y=\"([-\\d.]+)\"").expect("a pattern");
    let number = |text: &str| text.parse::<f64>().expect("a number");
    let mut found: Vec<_> = pattern.captures_iter(svg).map(|found| (number(&found[1]), number(&found[2]))).collect();
    // The order of the grid: from the south-west, along the south, then the north.
    let count = found.len() as f64;
    let middle = found.iter().fold((0.0, 0.0), |sum, at| (sum.0 + at.0 / count, sum.1 + at.1 / count));
    found.sort_by_key(|at| (at.1 < middle.1, at.0 > middle.0));
    found
}

#[tokio::test]
async fn lengths_on_a_sheet_are_those_on_the_ground_to_a_thousandth() {
    let site = Site::new();
    for (paper, orientation, size) in [
        ("a4", "landscape", (297, 210)),
        ("a4", "portrait", (210, 297)),
        ("a3", "landscape", (420, 297)),
        ("a3", "portrait", (297, 420)),
    ] {
        for scale in [500, 1_000, 2_500] {
            let query = format!(
                "layers=222127_grid&at=34.86045,138.3206&paper={paper}&orientation={orientation}&scale={scale}"
            );
            for path in [format!("{MAP}/print.svg?{query}"), format!("/map/222127_grid/print.svg?{query}")] {
                let answer = site.get(&path).await;
                assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
                assert_eq!(answer.headers["content-type"], "image/svg+xml");
                let svg = &answer.body;
                assert!(svg.contains(&format!("width=\"{}mm\" height=\"{}mm\"", size.0, size.1)), "{path}");
                let found = marks(svg);
                // 1:500 shows 135 m of 210 mm: the grid of 110 m may reach over the edge of the smaller papers.
                let mut worst: f64 = 0.0;
                if found.len() == GRID.len() {
                    for (a, at_a) in found.iter().zip(GRID) {
                        for (b, at_b) in found.iter().zip(GRID).filter(|(b, _)| *b != a) {
                            let on_paper_m = (a.0 - b.0).hypot(a.1 - b.1) / 1_000.0 * f64::from(scale);
                            let on_ground_m = Geodesic.distance(Point::new(at_a.0, at_a.1), Point::new(at_b.0, at_b.1));
                            worst = worst.max((on_paper_m / on_ground_m - 1.0).abs());
                        }
                    }
                    assert!(worst < 1e-3, "{path}: {worst:e}");
                }
                assert!(found.len() == GRID.len() || scale == 500, "{path}: {} marks", found.len());
            }
        }
    }
}

#[tokio::test]
async fn a_sheet_says_what_it_is_and_a_page_offers_other_ones() {
    let site = Site::new();
    let query = "layers=222127_hinanjo,222127_shinsui&at=34.86,138.32&paper=a3&orientation=portrait&scale=10000";
    let page = site.get(&format!("{MAP}/print?{query}")).await;
    assert_eq!((page.status, page.access), (StatusCode::OK, Some(Access::SitePage)));
    for part in [
        "縮尺 1:10,000",
        "指定緊急避難場所一覧",
        "浸水想定区域",
        "クリエイティブ・コモンズ",
        "2026年10月1日",
        "作成日 2026年11月21日",
        ">N</text>",
        "data-metres=\"200\"",
        "paper-a3-portrait",
        "print.svg?layers=",
        "100 %",
        "焼津市「浸水想定区域」",
    ] {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    assert!(!page.body.contains(" style=\"") && !page.body.contains("<style") && !page.body.contains("window.open"));
    let link = site.ok("/map/222127_hinanjo").await;
    assert!(link.contains("/map/222127_hinanjo/print?at=34."), "the map of a layer leads to its sheet");
    site.ok("/map/222127_hinanjo/print").await;
    assert_eq!(site.get("/map/none/print").await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.get("/maps/222127-gesui/print").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_sheet_that_cannot_be_is_refused_with_the_reason() {
    let site = Site::new();
    for (query, reason) in [
        ("scale=499", "500から25000"),
        ("scale=25001", "500から25000"),
        ("scale=%2B1000", "500から25000"),
        ("scale=1e3", "500から25000"),
        ("scale=99999999999999999999", "500から25000"),
        ("paper=a0", "A4かA3"),
        ("orientation=diagonal", "横か縦"),
        ("at=0,0", "日本の範囲"),
        ("at=x", "緯度,経度,ズーム"),
        ("layers=-", "印刷するレイヤーがありません"),
        ("layers=222127_hinanjo,gone", "gone"),
    ] {
        let page = site.get(&format!("{MAP}/print?{query}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(page.body.contains(reason) && page.body.contains("<select id=\"scale\""), "{query}: {}", page.body);
        let file = site.get(&format!("{MAP}/print.svg?{query}")).await;
        assert_eq!(file.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(file.body.contains(reason) && !file.body.contains("sheet-map"), "{query}: {}", file.body);
    }
}

#[tokio::test]
async fn every_page_is_whole_in_three_languages() {
    let site = Site::new();
    for path in [
        "/maps".to_owned(),
        MAP.to_owned(),
        format!("{MAP}/embed"),
        format!("{MAP}/print"),
        format!("{MAP}/point?at=34.86,138.32"),
    ] {
        let mut seen = BTreeSet::new();
        for language in ["ja", "ja-yasashii", "en"] {
            let join = if path.contains('?') { '&' } else { '?' };
            let body = site.ok(&format!("{path}{join}lang={language}")).await;
            assert!(body.trim_end().ends_with("</html>") && body.matches("<h1").count() == 1, "{path} {language}");
            for banned in [" style=\"", "<style", "<script>", "onclick", "javascript:", "map-wind", "map-shape"] {
                assert!(!body.contains(banned), "{path} {language} holds {banned}");
            }
            seen.insert(body);
        }
        assert_eq!(seen.len(), 3, "{path} is the same in two languages");
    }
}
