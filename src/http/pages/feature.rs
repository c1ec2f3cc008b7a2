//! The page of one feature or record.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};

use super::address;
use super::frame::Frame;
use super::label::{label, level, level_column};
use super::picture::Picture;
use super::seen::picture_of;
use super::shapes::middle;
use super::table::Cell;
use super::{PageResult, page, rows, table_of};
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::words::say;
use crate::model::naming::label_column;
use crate::store::rows::RowQuery;

#[derive(Template)]
#[template(path = "feature.html")]
struct FeaturePage {
    frame: Frame,
    title: String,
    dataset_title: String,
    dataset_href: String,
    organization: String,
    attribution: String,
    licence_title: String,
    licence_url: String,
    values: Vec<(String, Cell)>,
    position: Option<(String, String)>,
    /// How exact the position is, where it was derived; empty where it is as published.
    level: String,
    picture: Option<Picture>,
    map_href: String,
    previous: Option<String>,
    next: Option<String>,
}

/// `/dataset/{name}/feature/{key}/{id}`.
pub(super) async fn feature(
    State(app): State<Arc<App>>,
    Path((name, key, id)): Path<(String, String, String)>,
) -> PageResult {
    let catalogue = app.catalogue();
    let dataset = catalogue.dataset(&name).ok_or_else(Problem::not_found)?;
    let (index, table) = table_of(dataset, &key).ok_or_else(Problem::not_found)?;
    // Only the plain form of a number that can exist is asked of the store.
    let id: u64 = id
        .parse()
        .ok()
        .filter(|number: &u64| (1..=table.records).contains(number) && number.to_string() == id)
        .ok_or_else(Problem::not_found)?;
    let query = RowQuery {
        equals: vec![("_id".to_owned(), vec![id.to_string()])],
        limit: 1,
        geometry: table.geometry.is_some(),
        ..RowQuery::default()
    };
    let found = rows(&app, dataset, index, query).await?;
    let row = found.rows.first().ok_or_else(Problem::not_found)?;
    let title = label(&row.values, label_column(&table.shape), id);
    let geometry = row.geometry.as_ref();
    let is_rough = !level(&row.values, level_column(&table.shape)).is_empty();
    let picture = match (geometry, &table.layer) {
        (Some(geometry), Some(layer)) => {
            Some(picture_of(&app, &catalogue, dataset, layer, (geometry, is_rough), &title).await?)
        }
        _ => None,
    };
    let name = dataset.name.as_str();
    let key = table.shape.key.as_str();
    let own = address::feature(name, key, id);
    let template = FeaturePage {
        frame: Frame::new(&app, &title)
            .section("/dataset")
            .crumb(&say("section-dataset"), "/dataset")
            .crumb(&dataset.organization.title, address::organization(dataset.organization.name.as_str()))
            .crumb(&dataset.title, address::dataset(name))
            .alternate("application/geo+json", &say("feature-geojson"), format!("{own}.geojson"))
            .alternate("application/json", &say("feature-json"), format!("{own}.json"))
            .alternate("text/csv", &say("feature-csv"), format!("{own}.csv")),
        dataset_title: dataset.title.clone(),
        dataset_href: address::dataset(name),
        organization: dataset.organization.title.clone(),
        attribution: dataset.attribution.clone(),
        licence_title: dataset.licence.title.clone(),
        licence_url: dataset.licence.url.clone(),
        values: table
            .shape
            .columns
            .iter()
            .zip(&row.values)
            .map(|(column, value)| (column.title.clone(), Cell::of(column, value)))
            .collect(),
        position: geometry.and_then(middle).map(|at| (format!("{:.6}", at.y), format!("{:.6}", at.x))),
        level: level(&row.values, level_column(&table.shape)),
        picture,
        map_href: table.layer.as_ref().map_or_else(String::new, |layer| address::map(layer.name.as_str())),
        previous: (id > 1).then(|| address::feature(name, key, id - 1)),
        next: (id < table.records).then(|| address::feature(name, key, id + 1)),
        title,
    };
    page(&template, Access::SitePage)
}
