//! OGC API – Features over the router in process: every answer against a filter by hand over the same records.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use geo::Intersects as _;
use geo_types::{Coord, Geometry, LineString, Point, Polygon, Rect};
use hiraku::count::access::Access;
use hiraku::model::record::{ColumnType, Value};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value as Json;
use tower::ServiceExt as _;

use crate::pages::fixture::{self, Made};

mod filters;
mod stretches;

const YAIZU: (&str, &str, &str) = ("222127", "焼津市", "静岡県");
const POINTS: &str = "222127_ten";
const SHAPES: &str = "222127_zukei";
const SITE: &str = "http://127.0.0.1:8080";

/// Numbers that look random and are the same in every run (a linear congruential generator).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn degrees(&mut self, low: f64, high: f64) -> f64 {
        let unit = self.below(1_000_000) as f64 / 1_000_000.0;
        ((low + unit * (high - low)) * 1e6).round() / 1e6
    }
}

/// One record as the tests know it.
pub(super) struct Known {
    pub(super) values: BTreeMap<&'static str, Value>,
    pub(super) geometry: Option<Geometry<f64>>,
}

const COLUMNS: &[(&str, ColumnType)] = &[
    ("名称", ColumnType::Text),
    ("収容 人数", ColumnType::Integer),
    ("面積", ColumnType::Number),
    ("コード", ColumnType::Code),
    ("設置日", ColumnType::Date),
];

fn known(dice: &mut Dice, n: u64, geometry: Option<Geometry<f64>>) -> Known {
    let kinds = ["公園", "小学校", "AEDステーション", "aed 駅前", "100%_\\市民", "it's"];
    let kind = kinds[usize::try_from(dice.below(6)).expect("small")];
    let days = ["2024-04-01", "2024-04-15", "2025-03-31", "2025-12-01", "2024", "2025-03", "2023-12-31"];
    let mut values = BTreeMap::new();
    let mut put = |name, value: Option<Value>| values.insert(name, value.unwrap_or(Value::Null));
    put("名称", Some(Value::Text(format!("{kind}{}", n % 5))));
    put("収容 人数", (dice.below(5) > 0).then(|| Value::Integer(dice.below(40) as i64 - 5)));
    put("面積", (dice.below(4) > 0).then(|| Value::Number(dice.below(60) as f64 / 4.0 - 3.0)));
    put("コード", (dice.below(6) > 0).then(|| Value::Text(format!("{:04}", dice.below(30)))));
    let day = days[usize::try_from(dice.below(7)).expect("small")];
    put("設置日", (dice.below(5) > 0).then(|| Value::Text(day.to_owned())));
    Known { values, geometry }
}

fn points() -> Vec<Known> {
    let mut dice = Dice::new(1);
    (0..700)
        .map(|n| {
            let at = Point::new(dice.degrees(138.2, 138.4), dice.degrees(34.75, 34.95));
            let geometry = match n % 50 {
                7 => None,
                11 => Some(Point::new(if n % 100 == 11 { 179.5 } else { -179.5 }, at.y()).into()),
                _ => Some(at.into()),
            };
            known(&mut dice, n, geometry)
        })
        .collect()
}

fn shapes() -> Vec<Known> {
    let mut dice = Dice::new(2);
    (0..240)
        .map(|n| {
            let (x, y) = (dice.degrees(138.2, 138.4), dice.degrees(34.75, 34.95));
            let (wide, high) = (dice.degrees(0.001, 0.02), dice.degrees(0.001, 0.02));
            let geometry: Geometry<f64> = match n % 3 {
                // Lines and triangles fill half of their boxes, so that boxes alone would say too much.
                0 => LineString::from(vec![(x, y), (x + wide, y + high)]).into(),
                1 => Polygon::new(LineString::from(vec![(x, y), (x + wide, y), (x, y + high), (x, y)]), Vec::new())
                    .into(),
                _ => Point::new(x, y).into(),
            };
            known(&mut dice, n, (n % 40 != 3).then_some(geometry))
        })
        .collect()
}

fn made(name: &'static str, title: &'static str, records: &[Known]) -> Made<'static> {
    let row =
        |known: &Known| (COLUMNS.iter().map(|(name, _)| known.values[name].clone()).collect(), known.geometry.clone());
    Made {
        name,
        title,
        publisher: YAIZU,
        theme: "防災",
        columns: COLUMNS,
        rows: records.iter().map(row).collect(),
        refused: 0,
    }
}

/// Records by `_id`, and a server of them.
pub(super) struct Site {
    router: Router,
    pub(super) points: Vec<Known>,
    pub(super) shapes: Vec<Known>,
    _folder: tempfile::TempDir,
}

pub(super) struct Got {
    pub(super) status: StatusCode,
    headers: HeaderMap,
    access: Option<Access>,
    body: Vec<u8>,
}

impl Got {
    pub(super) fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

impl Site {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (points, shapes) = (points(), shapes());
        let plain: &[(&str, ColumnType)] = &[("地域名", ColumnType::Text)];
        let table = Made {
            name: "222127_jinko",
            title: "人口",
            publisher: YAIZU,
            theme: "人口",
            columns: plain,
            rows: vec![(vec![Value::Text("本町".to_owned())], None)],
            refused: 0,
        };
        let app = fixture::app(folder.path(), &[made(POINTS, "点", &points), made(SHAPES, "図形", &shapes), table]);
        let mut site = Self { router: hiraku::http::router(app.clone()), points, shapes, _folder: folder };
        // The store orders records along the curve and numbers them; their places are taken from the names' table.
        site.points = ordered(&app, POINTS, std::mem::take(&mut site.points));
        site.shapes = ordered(&app, SHAPES, std::mem::take(&mut site.shapes));
        site
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Got {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).expect(path);
        let response = self.router.clone().oneshot(request).await.expect("the router always answers");
        let access = response.extensions().get::<Access>().copied();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes().to_vec();
        Got { status: parts.status, headers: parts.headers, access, body }
    }

    pub(super) async fn get(&self, path: &str) -> Got {
        self.send("GET", path, &[]).await
    }

    pub(super) async fn items(&self, layer: &str, pairs: &[(&str, &str)]) -> Got {
        self.get(&format!("/ogc/collections/{layer}/items?{}", query(pairs))).await
    }

    /// The `_id`s of all pages in order, and the number that each page says there are.
    pub(super) async fn walk(&self, layer: &str, pairs: &[(&str, &str)]) -> (Vec<u64>, Vec<u64>) {
        let mut path = format!("/ogc/collections/{layer}/items?{}", query(pairs));
        let (mut ids, mut matched) = (Vec::new(), Vec::new());
        for _ in 0..2_000 {
            let got = self.get(&path).await;
            assert_eq!(got.status, StatusCode::OK, "{path}: {}", got.text());
            let page = got.json();
            let features = page["features"].as_array().expect("features");
            assert_eq!(page["numberReturned"].as_u64(), Some(features.len() as u64), "{path}");
            matched.push(page["numberMatched"].as_u64().expect("a number"));
            ids.extend(features.iter().map(|feature| feature["id"].as_u64().expect("an id")));
            let next = page["links"].as_array().expect("links").iter().find(|link| link["rel"] == "next");
            match next.and_then(|link| link["href"].as_str()) {
                Some(next) => next.strip_prefix(SITE).expect("this site").clone_into(&mut path),
                None => return (ids, matched),
            }
        }
        panic!("the pages never end: {path}");
    }
}

/// Records in the order of their `_id`s: told apart by geometry and values, of which equal ones may change places.
fn ordered(app: &hiraku::http::app::App, layer: &str, mut records: Vec<Known>) -> Vec<Known> {
    let catalogue = app.catalogue();
    let (_, table, _) = catalogue.layer(layer).expect("a layer");
    let question =
        hiraku::store::rows::RowQuery { limit: 32_000, geometry: true, ..hiraku::store::rows::RowQuery::default() };
    let page = app.store.rows(table, &question).expect("rows");
    assert_eq!(page.rows.len(), records.len());
    page.rows
        .iter()
        .map(|row| {
            let same = |known: &Known| {
                known.geometry == row.geometry
                    && COLUMNS.iter().zip(&row.values).all(|((name, _), value)| match &known.values[name] {
                        Value::Null => value.is_null(),
                        Value::Text(text) => value.as_str() == Some(text),
                        Value::Integer(number) => value.as_i64() == Some(*number),
                        Value::Number(number) => value.as_f64() == Some(*number),
                    })
            };
            let place = records.iter().position(same).expect("the record is one of those taken in");
            records.remove(place)
        })
        .collect()
}

pub(super) fn ids_where(records: &[Known], holds: impl Fn(&Known) -> bool) -> Vec<u64> {
    (1..).zip(records).filter(|(_, known)| holds(known)).map(|(id, _)| id).collect()
}

#[tokio::test]
async fn paging_walks_every_record_exactly_once() {
    let site = Site::new();
    let all: Vec<u64> = (1..=700).collect();
    for limit in ["7", "100", "699", "700", "10000", "99999999999999999999999"] {
        let (ids, matched) = site.walk(POINTS, &[("limit", limit)]).await;
        assert!(ids == all && matched.iter().all(|n| *n == 700), "limit {limit}: {} of 700", ids.len());
    }
    let first = site.items(POINTS, &[]).await.json();
    assert_eq!(first["numberReturned"], 10);
    assert!(first["timeStamp"].as_str().is_some_and(|text| text.ends_with('Z')));
    // Sorted: every order has each record once, and the order holds.
    for sortby in ["収容 人数", "-収容 人数", "面積,-名称", "-設置日,コード,面積", "名称", "-_id", "+面積"]
    {
        let (ids, _) = site.walk(POINTS, &[("sortby", sortby), ("limit", "23")]).await;
        let mut seen = ids.clone();
        seen.sort_unstable();
        assert!(seen == all, "{sortby}: {} of 700", seen.len());
        let first = sortby.split(',').next().expect("a key");
        let (descending, name) = match first.strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, first.trim_start_matches('+')),
        };
        if name == "_id" {
            assert!(ids.windows(2).all(|pair| pair[0] > pair[1]));
            continue;
        }
        let values: Vec<&Value> =
            ids.iter().map(|id| &site.points[usize::try_from(*id).expect("small") - 1].values[name]).collect();
        for pair in values.windows(2) {
            let in_order = match (pair[0], pair[1]) {
                (_, Value::Null) => true,
                (Value::Null, _) => false,
                (Value::Integer(a), Value::Integer(b)) => {
                    if descending {
                        a >= b
                    } else {
                        a <= b
                    }
                }
                (Value::Number(a), Value::Number(b)) => {
                    if descending {
                        a >= b
                    } else {
                        a <= b
                    }
                }
                (Value::Text(a), Value::Text(b)) => {
                    if descending {
                        a >= b
                    } else {
                        a <= b
                    }
                }
                pair => panic!("{pair:?}"),
            };
            assert!(in_order, "{sortby}: {pair:?}");
        }
    }
    // With a filter, the pages together are what one page is.
    let filter = [("filter", "\"収容 人数\" >= 10 OR 面積 < 0"), ("limit", "13")];
    let (ids, matched) = site.walk(POINTS, &filter).await;
    let (whole, _) = site.walk(POINTS, &[filter[0], ("limit", "10000")]).await;
    assert!(ids == whole && matched.iter().all(|n| *n == whole.len() as u64) && ids.len() > 100);
}

fn rect(west: f64, south: f64, east: f64, north: f64) -> Rect<f64> {
    Rect::new(Coord { x: west, y: south }, Coord { x: east, y: north })
}

#[tokio::test]
async fn a_box_finds_what_a_filter_by_hand_finds() {
    let site = Site::new();
    let mut dice = Dice::new(3);
    let mut found = 0;
    for _ in 0..60 {
        let (west, south) = (dice.degrees(138.15, 138.4), dice.degrees(34.7, 34.95));
        let (east, north) = (west + dice.degrees(0.0, 0.08), south + dice.degrees(0.0, 0.08));
        let bbox = format!("{west},{south},{east},{north}");
        for (layer, records) in [(POINTS, &site.points), (SHAPES, &site.shapes)] {
            let inside = |known: &Known| {
                // Records without geometry belong to every box (/req/core/fc-bbox-response C).
                known.geometry.as_ref().is_none_or(|geometry| geometry.intersects(&rect(west, south, east, north)))
            };
            let expected = ids_where(records, inside);
            let (ids, matched) = site.walk(layer, &[("bbox", &bbox), ("limit", "50")]).await;
            assert_eq!(ids, expected, "{layer} {bbox}");
            assert!(matched.iter().all(|n| *n == expected.len() as u64));
            found += expected.len();
        }
    }
    assert!(found > 500, "{found}");
    // Heights are read and match everything; a box over the 180th meridian has two halves.
    let (flat, _) = site.walk(POINTS, &[("bbox", "138.2,34.8,138.3,34.9"), ("limit", "999")]).await;
    let (high, _) = site.walk(POINTS, &[("bbox", "138.2,34.8,-5,138.3,34.9,5"), ("limit", "999")]).await;
    assert_eq!(flat, high);
    let over = ids_where(&site.points, |known| match &known.geometry {
        Some(Geometry::Point(at)) => at.x() >= 179.0 || at.x() <= -179.0,
        _ => known.geometry.is_none(),
    });
    let (ids, _) = site.walk(POINTS, &[("bbox", "179,30,-179,40"), ("limit", "5")]).await;
    assert!(ids == over && over.len() > 20, "{ids:?}");
}

#[tokio::test]
async fn days_find_what_a_filter_by_hand_finds() {
    let site = Site::new();
    // First and last day of what is written: a year and a month are as long as they are.
    let period = |text: &str| match text.len() {
        4 => (format!("{text}-01-01"), format!("{text}-12-31")),
        7 => (format!("{text}-01"), format!("{text}-31")),
        _ => (text.to_owned(), text.to_owned()),
    };
    for (datetime, from, to) in [
        ("2024-04-01", "2024-04-01", "2024-04-01"),
        ("2025-03-15T12:00:00Z", "2025-03-15", "2025-03-15"),
        ("2024-04-01/2025-03-31", "2024-04-01", "2025-03-31"),
        ("2024-12-31T23:59:59Z/2025-03-01T00:00:00+09:00", "2024-12-31", "2025-03-01"),
        ("../2023-12-31", "0000-00-00", "2023-12-31"),
        ("2025-04-01/..", "2025-04-01", "9999-99-99"),
        ("/2024-04-02", "0000-00-00", "2024-04-02"),
        ("2025-12-02/", "2025-12-02", "9999-99-99"),
        ("../..", "0000-00-00", "9999-99-99"),
    ] {
        let expected = ids_where(&site.points, |known| match &known.values["設置日"] {
            Value::Text(text) => {
                let own = period(text);
                own.0.as_str() <= to && own.1.as_str() >= from
            }
            _ => true,
        });
        let (ids, _) = site.walk(POINTS, &[("datetime", datetime), ("limit", "1000")]).await;
        assert_eq!(ids, expected, "{datetime}");
    }
}

#[tokio::test]
async fn the_nearest_come_first_with_their_distances() {
    let site = Site::new();
    for (lon, lat) in [(138.3, 34.85), (138.21, 34.94), (0.0, 0.0), (179.9, 34.8)] {
        let near = format!("{lon},{lat}");
        for (layer, records) in [(POINTS, &site.points), (SHAPES, &site.shapes)] {
            let mut expected: Vec<(f64, u64)> = (1..)
                .zip(records)
                .filter_map(|(id, known)| {
                    let from = Coord { x: lon, y: lat };
                    Some((hiraku::store::matcher::distance_m(known.geometry.as_ref()?, from)?, id))
                })
                .collect();
            expected.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
            let wanted: Vec<u64> = expected.iter().map(|(_, id)| *id).collect();
            let (ids, matched) = site.walk(layer, &[("near", &near), ("limit", "37")]).await;
            assert_eq!(ids, wanted, "{layer} {near}");
            assert!(matched.iter().all(|n| *n == wanted.len() as u64));
            let radius_m = expected[expected.len() / 3].0 + 0.5;
            let within = expected.iter().filter(|(metres, _)| *metres <= radius_m).count();
            let radius = radius_m.to_string();
            let got = site.items(layer, &[("near", &near), ("radius", &radius), ("limit", "1000")]).await.json();
            assert_eq!(got["numberMatched"].as_u64(), Some(within as u64), "{layer} {near}");
            for (feature, (metres, id)) in got["features"].as_array().expect("features").iter().zip(&expected) {
                assert_eq!(feature["id"].as_u64(), Some(*id));
                let told = feature["properties"]["distance_m"].as_f64().expect("metres");
                assert!((told - metres).abs() < 0.051, "{told} {metres}");
            }
        }
    }
    // A degree of latitude from the equator is 110,574 m on the ellipsoid (WGS 84).
    let metres = hiraku::store::matcher::distance_m(&Point::new(0.0, 1.0).into(), Coord { x: 0.0, y: 0.0 });
    assert!(metres.is_some_and(|metres| (metres - 110_574.4).abs() < 0.5), "{metres:?}");
}

#[tokio::test]
async fn values_properties_and_forms_are_as_asked() {
    let site = Site::new();
    let text = |value: &Value| if let Value::Text(text) = value { text.clone() } else { String::new() };
    let expected = ids_where(&site.points, |known| text(&known.values["コード"]) == "0007");
    assert!(!expected.is_empty());
    assert_eq!(site.walk(POINTS, &[("コード", "0007")]).await.0, expected);
    let either = ids_where(&site.points, |known| {
        matches!(known.values["収容 人数"], Value::Integer(3 | 4)) && text(&known.values["名称"]) == "公園1"
    });
    let pairs = [("収容 人数", "3"), ("名称", "公園1"), ("収容 人数", "4.0")];
    assert_eq!(site.walk(POINTS, &pairs).await.0, either);
    let got = site.items(POINTS, &[("properties", "面積,\"収容 人数\""), ("limit", "1"), ("_id", "5")]).await.json();
    let feature = &got["features"][0];
    let names: Vec<&str> = feature["properties"].as_object().expect("properties").keys().map(String::as_str).collect();
    assert_eq!((names, feature["id"].as_u64()), (vec!["面積", "収容 人数"], Some(5)));
    let got = site.items(POINTS, &[("skipGeometry", "true"), ("limit", "1")]).await.json();
    assert!(got["features"][0]["geometry"].is_null());

    let csv = site.items(POINTS, &[("f", "csv"), ("limit", "3")]).await;
    assert!(csv.header("content-type").starts_with("text/csv"));
    assert!(csv.header("link").contains("rel=\"next\"") && csv.header("link").contains("f=csv"));
    assert_eq!(csv.header("ogc-numbermatched"), "700");
    let lines = csv.text();
    let mut lines = lines.lines();
    assert_eq!(lines.next(), Some("\u{feff}_id,名称,収容 人数,面積,コード,設置日,緯度,経度"));
    assert_eq!(lines.count(), 3);
    let html = site.send("GET", &format!("/ogc/collections/{POINTS}/items?limit=2"), &[("accept", "text/html")]).await;
    assert!(html.header("content-type").starts_with("text/html") && html.header("vary").contains("accept"));
    assert!(html.text().contains("rel=\"next\"") && html.text().contains("<table>"), "{}", html.text());
    assert!(matches!(html.access, Some(Access::Preview(_))), "{:?}", html.access);
    let json = site.items(POINTS, &[]).await;
    assert_eq!(json.header("content-type"), "application/geo+json");
    assert!(matches!(json.access, Some(Access::Rows(_))), "{:?}", json.access);
    for form in ["json", "html", "csv", "geojson"] {
        let got = site.get(&format!("/ogc/collections/{SHAPES}/items/9?f={form}")).await;
        assert_eq!(got.status, StatusCode::OK, "{form}: {}", got.text());
    }
    let one = site.get(&format!("/ogc/collections/{SHAPES}/items/9")).await.json();
    assert_eq!((one["type"].as_str(), one["id"].as_u64()), (Some("Feature"), Some(9)));
    assert!(one["links"].as_array().is_some_and(|links| links.iter().any(|link| link["rel"] == "collection")));
    for id in ["0", "241", "-1", "+1", "01", "1.0", "x", "%00", "18446744073709551616"] {
        let got = site.get(&format!("/ogc/collections/{SHAPES}/items/{id}")).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "{id}");
    }
}

#[tokio::test]
async fn an_answer_that_has_not_changed_is_304_and_head_has_no_body() {
    let site = Site::new();
    for path in [
        "/ogc".to_owned(),
        "/ogc/collections".to_owned(),
        format!("/ogc/collections/{POINTS}"),
        format!("/ogc/collections/{POINTS}/queryables"),
        format!("/ogc/collections/{POINTS}/items?limit=5"),
        format!("/ogc/collections/{POINTS}/items/3"),
    ] {
        let got = site.get(&path).await;
        let tag = got.header("etag").to_owned();
        assert!(got.status == StatusCode::OK && tag.starts_with("W/\""), "{path}: {tag}");
        assert_eq!(got.header("access-control-allow-origin"), "*", "{path}");
        let again = site.send("GET", &path, &[("if-none-match", &tag)]).await;
        assert_eq!((again.status, again.body.len(), again.header("etag")), (StatusCode::NOT_MODIFIED, 0, tag.as_str()));
        let head = site.send("HEAD", &path, &[]).await;
        assert_eq!((head.status, head.body.len(), head.header("etag")), (StatusCode::OK, 0, tag.as_str()), "{path}");
        assert_eq!(site.send("POST", &path, &[]).await.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(site.send("OPTIONS", &path, &[]).await.status, StatusCode::NO_CONTENT, "{path}");
    }
    let items = format!("/ogc/collections/{POINTS}/items?limit=5");
    let json = site.get(&items).await.header("etag").to_owned();
    let html = site.send("GET", &items, &[("accept", "text/html"), ("if-none-match", &json)]).await;
    assert_eq!(html.status, StatusCode::OK, "another form is another answer");
}

#[tokio::test]
async fn what_is_conformed_to_is_told_once_and_every_parameter_is_defined() {
    let site = Site::new();
    let classes = site.get("/ogc/conformance").await.json();
    let classes: Vec<&str> =
        classes["conformsTo"].as_array().expect("a list").iter().filter_map(Json::as_str).collect();
    for class in [
        "ogcapi-features-1/1.0/conf/core",
        "ogcapi-features-3/1.0/conf/features-filter",
        "cql2/1.0/conf/cql2-text",
        "ogcapi-tiles-1/1.0/conf/core",
    ] {
        let whole = format!("http://www.opengis.net/spec/{class}");
        assert_eq!(classes.iter().filter(|own| **own == whole).count(), 1, "{class}");
    }
    let collections = site.get("/ogc/collections").await.json();
    let names: Vec<&str> =
        collections["collections"].as_array().expect("a list").iter().filter_map(|own| own["id"].as_str()).collect();
    assert_eq!(names, [POINTS, SHAPES], "tables without position are no collections");
    let collection = site.get(&format!("/ogc/collections/{POINTS}")).await.json();
    let links = collection["links"].as_array().expect("links");
    assert!(links.iter().any(|link| link["rel"] == "items" && link["type"] == "application/geo+json"));
    let queryables = site.get(&format!("/ogc/collections/{POINTS}/queryables")).await;
    assert_eq!(queryables.header("content-type"), "application/schema+json");
    let queryables = queryables.json();
    assert_eq!(queryables["properties"]["収容 人数"]["type"], "integer");
    assert_eq!(queryables["properties"]["設置日"]["x-ogc-role"], "primary-instant");
    assert_eq!(queryables["properties"]["geometry"]["format"], "geometry-point-or-multipoint");
    let api = site.get("/ogc/api").await.json();
    assert!(api["openapi"].as_str().is_some_and(|version| version.starts_with("3.0")));
    let items = &api["paths"]["/collections/{collectionId}/items"]["get"]["parameters"];
    let defined: Vec<&str> = items
        .as_array()
        .expect("parameters")
        .iter()
        .filter_map(|own| own["$ref"].as_str()?.rsplit('/').next())
        .filter_map(|name| api["components"]["parameters"][name]["name"].as_str())
        .collect();
    for name in hiraku::http::ogc::features::question::PARAMETERS {
        assert!(defined.contains(&name), "{name} is not in the definition: {defined:?}");
    }
    for path in [
        "/ogc",
        "/ogc/conformance",
        "/ogc/collections",
        &format!("/ogc/collections/{POINTS}"),
        &format!("/ogc/collections/{POINTS}/queryables"),
    ] {
        let page = site.get(&format!("{path}?f=html")).await;
        assert!(page.status == StatusCode::OK && page.text().contains("<h1>"), "{path}");
        assert_eq!(page.access, Some(Access::SitePage), "{path}");
    }
}

/// Parameters and values that no question may have.
const WRONG: &[(&str, &str)] = &[
    ("limit", "0"),
    ("limit", "-1"),
    ("limit", "x"),
    ("limit", ""),
    ("limit", "1.5"),
    ("limit", "１０"),
    ("bbox", "1,2,3"),
    ("bbox", "a,b,c,d"),
    ("bbox", "138,35,139,34"),
    ("bbox", "NaN,0,1,1"),
    ("bbox", ""),
    ("bbox", "-1e400,0,1,1"),
    ("bbox-crs", "EPSG:4326"),
    ("crs", "http://www.opengis.net/def/crs/EPSG/0/3857"),
    ("datetime", "yesterday"),
    ("datetime", "2024-13-01"),
    ("datetime", "2025-01-01/2024-01-01"),
    ("datetime", "a/b/c"),
    ("f", "xml"),
    ("f", ""),
    ("filter-lang", "cql-text"),
    ("filter-lang", "cql2-json"),
    ("filter-crs", "x"),
    ("properties", "ない"),
    ("sortby", "ない"),
    ("sortby", "面積; DROP TABLE x"),
    ("sortby", "_geom"),
    ("skipGeometry", "x"),
    ("near", "1"),
    ("near", "200,0"),
    ("radius", "10"),
    ("cursor", "x"),
    ("cursor", "abcdef012345-1"),
    ("cursor", "-1"),
    ("unknown", "1"),
    ("_geom", "1"),
    ("_found", "x"),
    ("_row", "1"),
    ("offset", "10"),
    ("収容 人数", "x"),
    ("filter", ""),
    ("filter", "   "),
    ("filter", "面積"),
    ("filter", "面積 ="),
    ("filter", "= 1"),
    ("filter", "面積 = 'x'"),
    ("filter", "名称 = 1"),
    ("filter", "ない = 1"),
    ("filter", "面積 = 1 AND"),
    ("filter", "(面積 = 1"),
    ("filter", "面積 = 1)"),
    ("filter", "面積 = 1; DROP TABLE records"),
    ("filter", "1=1 --"),
    ("filter", "面積 = 1 /* x */"),
    ("filter", "名称 = 'x"),
    ("filter", "\"名称 = 'x'"),
    ("filter", "面積 = 1e999"),
    ("filter", "面積 BETWEEN 1"),
    ("filter", "面積 IN ()"),
    ("filter", "面積 IS 1"),
    ("filter", "面積 LIKE 'x'"),
    ("filter", "read_csv('/etc/passwd') = 1"),
    ("filter", "名称 = (SELECT 1)"),
    ("filter", "S_INTERSECTS(geometry)"),
    ("filter", "S_INTERSECTS(名称,POINT(1 1))"),
    ("filter", "S_INTERSECTS(geometry,POINT(1))"),
    ("filter", "S_INTERSECTS(geometry,POINT(500 1))"),
    ("filter", "S_INTERSECTS(geometry,POLYGON((0 0,1 1)))"),
    ("filter", "S_INTERSECTS(geometry,BBOX(1,2,3))"),
    ("filter", "S_BUFFER(geometry,POINT(1 1))"),
    ("filter", "設置日 = DATE('2024-02-30')"),
    ("filter", "面積 = DATE('2024-02-01')"),
    ("filter", "設置日 > TIMESTAMP('x')"),
    ("filter", "geometry = 1"),
    ("filter", "CASEI(面積) = 'x'"),
    ("filter", "\u{0}"),
    ("filter", "NOT"),
    ("filter", "NOT NOT"),
    ("filter", "AND"),
    ("filter", "面積 = 1 OR OR 面積 = 2"),
    ("filter", "'"),
    ("filter", "\\"),
];

#[tokio::test]
async fn what_cannot_be_read_is_told_with_400() {
    let site = Site::new();
    let deep = format!("{}面積=1{}", "(".repeat(3_000), ")".repeat(3_000));
    let negated = format!("{} 面積=1", "NOT ".repeat(5_000));
    let many = vec!["面積=1"; 2_000].join(" OR ");
    let list = format!("面積 IN ({})", vec!["1"; 5_000].join(","));
    let nested = format!("S_INTERSECTS(geometry,{}POINT(1 1){})", "GEOMETRYCOLLECTION(".repeat(500), ")".repeat(500));
    let heavy = [&deep, &negated, &many, &list, &nested].map(|text| ("filter", text.as_str()));
    for (name, value) in WRONG.iter().copied().chain(heavy) {
        let got = site.items(POINTS, &[(name, value)]).await;
        let short: String = value.chars().take(60).collect();
        assert_eq!(got.status, StatusCode::BAD_REQUEST, "{name}={short}: {}", got.text());
        assert_eq!(got.header("content-type"), "application/problem+json", "{name}={short}");
        assert!(got.json()["detail"].as_str().is_some_and(|detail| detail.contains(" / ")), "{name}={short}");
    }
    for pairs in [
        &[("limit", "1"), ("limit", "2")][..],
        &[("near", "138,34"), ("sortby", "面積")],
        &[("near", "138,34"), ("radius", "0")],
        &[("near", "138,34"), ("radius", "-5")],
    ] {
        assert_eq!(site.items(POINTS, pairs).await.status, StatusCode::BAD_REQUEST, "{pairs:?}");
    }
    let everything: Vec<String> = (0..300).map(|n| format!("a{n}=1")).collect();
    let path = format!("/ogc/collections/{POINTS}/items?{}", everything.join("&"));
    assert_eq!(site.get(&path).await.status, StatusCode::BAD_REQUEST);
    for path in ["/ogc?x=1", "/ogc/conformance?x=1", "/ogc/collections?x=1", "/ogc/collections?f=csv"] {
        assert_eq!(site.get(path).await.status, StatusCode::BAD_REQUEST, "{path}");
    }
    let path = format!("/ogc/collections/{POINTS}/items/1?limit=1");
    assert_eq!(site.get(&path).await.status, StatusCode::BAD_REQUEST);
    for path in ["/ogc/collections/nothing/items", "/ogc/collections/%ff/items", "/ogc/collections/222127_jinko/items"]
    {
        assert_eq!(site.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
