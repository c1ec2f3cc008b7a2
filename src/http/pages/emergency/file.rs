//! The shelters of one municipality as one compact JSON file, for the browser to keep.
//!
//! Rows are arrays in the order of `columns`, what is empty at their end left out: a city of a thousand shelters is
//! some 30 KB as sent.

use bytes::Bytes;
use serde_json::{Value as Json, json};

use super::super::address;
use super::area::{Area, List};
use super::hazard::Hazard;
use super::shelter::{Kind, Shelter};

/// What stands in a row, in order. `lon` and `lat` are degrees × 100,000 (about a metre), `fit` and `unknown` sets of
/// hazards as sums of 1, 2, 4 … in the order of `hazards`, `rough` is 1 where the position was derived.
const COLUMNS: [&str; 13] = [
    "list",
    "id",
    "name",
    "place",
    "lon",
    "lat",
    "fit",
    "unknown",
    "elevation_m",
    "capacity",
    "floors",
    "remarks",
    "rough",
];

/// The file of a municipality.
pub(super) fn of(area: &Area, shelters: &[Shelter]) -> Bytes {
    let organization = &area.organization;
    let whole = format!("{}{}", organization.prefecture, organization.title);
    let lists: Vec<Json> = area.lists.iter().map(list).collect();
    let rows: Vec<Json> = shelters.iter().map(|shelter| row(shelter, &whole, &organization.title)).collect();
    let document = json!({
        "city": organization.title,
        "code": area.code(),
        "prefecture": organization.prefecture,
        "date": area.date(),
        "hazards": Hazard::ALL.map(Hazard::name),
        "lists": lists,
        "columns": COLUMNS,
        "shelters": rows,
    });
    Bytes::from(document.to_string())
}

fn list(list: &List) -> Json {
    let dataset = &list.dataset;
    let key = list.table().map(|table| table.shape.key.as_str()).unwrap_or_default();
    json!({
        "title": dataset.title,
        "attribution": dataset.attribution,
        "licence": dataset.licence.title,
        "licence_url": dataset.licence.url,
        "date": list.date(),
        "marked": list.kind == Kind::Refuge,
        // An id behind it is the page of a record.
        "records": address::feature(dataset.name.as_str(), key, 0).trim_end_matches('0'),
    })
}

fn row(shelter: &Shelter, whole: &str, title: &str) -> Json {
    // The file's own city is not told again with every address.
    let place = shelter.place.strip_prefix(whole).or_else(|| shelter.place.strip_prefix(title));
    #[expect(clippy::cast_possible_truncation, reason = "degrees times 100,000 are at most 18 million")]
    let fifth = |degrees: f64| (degrees * 1e5).round() as i64;
    let text = |text: &str| if text.is_empty() { Json::Null } else { json!(text) };
    let mut cells = vec![
        json!(shelter.source),
        json!(shelter.id),
        json!(shelter.name),
        json!(place.unwrap_or(&shelter.place)),
        json!(shelter.at.map(|at| fifth(at.lon_deg()))),
        json!(shelter.at.map(|at| fifth(at.lat_deg()))),
        json!(shelter.fit),
        json!(shelter.unknown),
        json!(shelter.elevation_m),
        text(&shelter.capacity),
        text(&shelter.floors),
        text(&shelter.remarks),
        if shelter.is_rough { json!(1) } else { Json::Null },
    ];
    while cells.last().is_some_and(Json::is_null) {
        cells.pop();
    }
    Json::Array(cells)
}
