//! `search_datasets` and `describe_dataset`.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::tools::DATASETS;
use super::{Found, named, source, source_line};
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::ckan::arguments::Arguments;
use crate::http::ckan::{self, dict};
use crate::http::download;
use crate::http::problem::Problem;
use crate::model::catalogue::{Dataset, Table};
use crate::model::record::GeometryKind;

/// Longest notes in a list, in characters; the whole stands in the description.
const NOTES_CAP: usize = 200;
/// Organizations told beside what was found.
const ORGANIZATIONS: u32 = 10;

/// `search_datasets`: `package_search` with these filters.
pub(super) async fn search(app: &Arc<App>, given: Map<String, Json>) -> Result<Found, Problem> {
    let text = |name: &str| given.get(name).and_then(Json::as_str).filter(|text| !text.trim().is_empty());
    let filters: Vec<String> = [("organization", "organization"), ("format", "res_format"), ("tag", "tags")]
        .into_iter()
        .filter_map(|(name, field)| Some(format!("{field}:\"{}\"", quoted(text(name)?))))
        .collect();
    let number =
        |name: &str, default: u64| given.get(name).and_then(super::checked::whole).map_or(json!(default), |n| json!(n));
    let mut asked = Map::from_iter([
        ("q".to_owned(), json!(text("q").unwrap_or_default())),
        ("fq_list".to_owned(), json!(filters)),
        ("rows".to_owned(), number("limit", DATASETS.0)),
        ("start".to_owned(), number("offset", 0)),
        ("fl".to_owned(), json!(["name"])),
        ("facet.field".to_owned(), json!(["organization"])),
        ("facet.limit".to_owned(), json!(ORGANIZATIONS)),
    ]);
    if let Some(bbox) = text("bbox") {
        asked.insert("ext_bbox".to_owned(), json!(bbox));
    }
    let answer = ckan::read(app, "package_search", Arguments::from_map(asked)).await?;
    let site = app.config.public_url();
    let catalogue = app.catalogue();
    let results = answer.result.get("results").and_then(Json::as_array).into_iter().flatten();
    // One that was withdrawn in this moment is left out.
    let datasets: Vec<&Arc<Dataset>> =
        results.filter_map(|own| catalogue.dataset(own.get("name")?.as_str()?)).collect();
    let organizations = answer.result.pointer("/search_facets/organization/items").cloned();
    let content = json!({
        "total": answer.result.get("count"),
        "datasets": datasets.iter().map(|dataset| short(dataset, &site)).collect::<Vec<_>>(),
        "organizations": organizations.unwrap_or_else(|| json!([])),
    });
    let lines: Vec<String> = datasets.iter().map(|dataset| source_line(dataset, &site)).collect();
    let source = if lines.is_empty() { format!("{site}/dataset 0件 / nothing found") } else { lines.join("\n") };
    Ok(Found { content, source, access: answer.access })
}

/// A text inside the quotation marks of a search.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn short(dataset: &Dataset, site: &str) -> Json {
    let mut formats: Vec<&str> = dataset.distributions.iter().map(|own| own.format.name()).collect();
    formats.sort_unstable();
    formats.dedup();
    let tables = dataset.tables.iter().enumerate();
    json!({
        "source": source(dataset, site),
        "notes": dataset.notes.chars().take(NOTES_CAP).collect::<String>(),
        "formats": formats,
        "tables": tables.map(|(place, table)| brief(dataset, place, table)).collect::<Vec<_>>(),
    })
}

/// What leads on to a table.
fn brief(dataset: &Dataset, place: usize, table: &Table) -> Json {
    let queryable = dataset.distributions.iter().find(|own| own.table == place && dict::is_queryable(own));
    json!({
        "title": table.shape.title,
        "resource": queryable.map(|own| own.id),
        "layer": table.layer.as_ref().map(|layer| &layer.name),
        "records": table.records,
    })
}

/// `describe_dataset`.
pub(super) async fn describe(app: &Arc<App>, given: &Map<String, Json>) -> Result<Found, Problem> {
    let name = given.get("dataset").and_then(Json::as_str).unwrap_or_default();
    let catalogue = app.catalogue();
    let dataset = named(&catalogue, name)?;
    let site = app.config.public_url();
    let mut tables = Vec::with_capacity(dataset.tables.len());
    for (place, table) in dataset.tables.iter().enumerate() {
        let mut own = brief(dataset, place, table);
        let columns = match own.get("resource").and_then(Json::as_str) {
            Some(resource) => columns(app, resource).await?,
            None => json!([]),
        };
        let bbox = table.bbox.map(|bbox| [bbox.west_deg, bbox.south_deg, bbox.east_deg, bbox.north_deg]);
        if let Some(own) = own.as_object_mut() {
            own.insert("geometry".to_owned(), json!(table.geometry.map(geometry)));
            own.insert("bbox".to_owned(), json!(bbox));
            own.insert("columns".to_owned(), columns);
        }
        tables.push(own);
    }
    let file = |own: &crate::model::catalogue::Distribution| {
        json!({
            "title": own.title, "format": own.format.name(), "size_bytes": own.size_bytes(),
            "url": download::url(&site, dataset, own),
        })
    };
    let content = json!({
        "source": source(dataset, &site),
        "id": dataset.id,
        "notes": dataset.notes,
        "theme": dataset.theme,
        "tags": dataset.tags,
        "release": dataset.release_number,
        "tables": tables,
        "files": dataset.distributions.iter().map(file).collect::<Vec<_>>(),
    });
    Ok(Found { content, source: source_line(dataset, &site), access: Access::Metadata(dataset.id.uuid()) })
}

fn geometry(kind: GeometryKind) -> &'static str {
    match kind {
        GeometryKind::Point => "point",
        GeometryKind::Line => "line",
        GeometryKind::Polygon => "polygon",
        GeometryKind::Mixed => "mixed",
    }
}

/// The data dictionary of a table, as `datastore_info` tells it; what is empty is left out.
async fn columns(app: &Arc<App>, resource: &str) -> Result<Json, Problem> {
    let asked = Arguments::from_map(Map::from_iter([("id".to_owned(), json!(resource))]));
    let answer = ckan::read(app, "datastore_info", asked).await?;
    let fields = answer.result.get("fields").and_then(Json::as_array).into_iter().flatten();
    Ok(fields
        .map(|field| {
            let mut own = Map::new();
            own.insert("name".to_owned(), field.get("id").cloned().unwrap_or_default());
            own.insert("type".to_owned(), field.get("type").cloned().unwrap_or_default());
            for (key, value) in field.get("info").and_then(Json::as_object).into_iter().flatten() {
                let is_empty =
                    value.is_null() || value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty);
                let is_same = key == "label" && Some(value) == field.get("id");
                if !is_empty && !is_same {
                    own.insert(key.clone(), value.clone());
                }
            }
            Json::Object(own)
        })
        .collect())
}
