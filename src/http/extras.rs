//! What a dataset says beyond CKAN's own fields: its `extras`, also searchable under their keys.

use crate::model::catalogue::Dataset;
use crate::model::lonlat::Bbox;

/// Keys and values, none of them empty.
pub fn of(dataset: &Dataset) -> Vec<(&'static str, String)> {
    let mut standards: Vec<String> = dataset
        .tables
        .iter()
        .filter_map(|table| table.shape.sheet.as_ref())
        .map(|sheet| format!("{}-{}", sheet.number, sheet.edition))
        .collect();
    standards.dedup();
    let renewed = dataset.of_site.as_ref();
    let code = &dataset.organization.code;
    let all = [
        ("theme", dataset.theme.clone()),
        ("attribution", dataset.attribution.clone()),
        ("municipality_code", if code.is_nowhere() { String::new() } else { code.as_str().to_owned() }),
        ("prefecture", dataset.organization.prefecture.clone()),
        ("standard_sheet", standards.join(" ")),
        ("retrieved", dataset.retrieved.clone()),
        ("release", dataset.release_number.to_string()),
        // As ckanext-dcat names them.
        ("frequency", renewed.map(|_| "R/P1D".to_owned()).unwrap_or_default()),
        ("temporal_start", renewed.map(|own| own.first_day.to_string()).unwrap_or_default()),
        ("temporal_end", renewed.map(|own| own.last_day.to_string()).unwrap_or_default()),
        ("spatial", bbox(dataset).map(|bbox| polygon(&bbox)).unwrap_or_default()),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// The box around all tables of a dataset.
pub fn bbox(dataset: &Dataset) -> Option<Bbox> {
    dataset.tables.iter().filter_map(|table| table.bbox).reduce(Bbox::union)
}

/// The box as the GeoJSON text that CKAN's spatial extension keeps under `spatial`.
fn polygon(bbox: &Bbox) -> String {
    let Bbox { west_deg: w, south_deg: s, east_deg: e, north_deg: n } = *bbox;
    serde_json::json!({ "type": "Polygon", "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]] }).to_string()
}
