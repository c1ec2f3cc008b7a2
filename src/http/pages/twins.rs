//! The same things as the pages, for programs: each page's address with `.json`, `.csv` or `.geojson` at its end.

use std::sync::Arc;

use axum::extract::{OriginalUri, Path, RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, Uri, header};
use serde_json::{Value as Json, json};

use super::address::{self, Question};
use super::{PageResult, search, table_of};
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::ckan::dict;
use crate::http::ogc::features as ogc;
use crate::http::problem::Problem;
use crate::http::{download, tiles};
use crate::model::catalogue::{Catalogue, Dataset, Format, Organization};
use crate::model::lonlat::Bbox;

/// A form of a twin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Csv,
    GeoJson,
}

/// An address that ends in a form: what stands before, and the form. Names of datasets and organizations hold no dot.
pub(super) fn split(name: &str) -> Option<(&str, Form)> {
    let (own, form) = name.rsplit_once('.')?;
    Some((
        own,
        match form {
            "json" => Form::Json,
            "csv" => Form::Csv,
            "geojson" => Form::GeoJson,
            _ => return None,
        },
    ))
}

fn is_csv(uri: &Uri) -> bool {
    split(uri.path()).is_some_and(|(_, form)| form == Form::Csv)
}

/// A document.
fn document(json: &Json, asked: &HeaderMap, access: Access) -> Response {
    let mut response = tiles::json_answer(json, asked);
    response.extensions_mut().insert(access);
    response
}

/// A table as CSV: UTF-8 with byte order mark, as all tables of this site.
fn table(head: &[&str], rows: &[Vec<String>], access: Access) -> PageResult {
    let mut bytes = "\u{feff}".as_bytes().to_vec();
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut bytes);
    let guarded =
        |row: &[String]| row.iter().map(|cell| crate::publish::guarded(cell).into_owned()).collect::<Vec<_>>();
    let written =
        writer.write_record(head).and_then(|()| rows.iter().try_for_each(|row| writer.write_record(guarded(row))));
    written.map_err(|error| Problem::internal("writing a table", &error))?;
    writer.flush().map_err(|error| Problem::internal("writing a table", &error))?;
    drop(writer);
    Ok(csv(bytes, access))
}

fn csv(bytes: impl Into<axum::body::Body>, access: Access) -> Response {
    let mut response = Response::new(bytes.into());
    let own = response.headers_mut();
    own.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    own.insert(header::CACHE_CONTROL, crate::http::cache::Policy::Revalidate.value());
    response.extensions_mut().insert(access);
    response
}

/// A dataset in a list.
fn summary(dataset: &Dataset, site: &str) -> Json {
    let mut formats: Vec<&str> = dataset.distributions.iter().map(|own| own.format.name()).collect();
    formats.dedup();
    json!({
        "name": dataset.name,
        "title": dataset.title,
        "notes": dataset.notes,
        "organization": dataset.organization.name,
        "organization_title": dataset.organization.title,
        "theme": dataset.theme,
        "tags": dataset.tags,
        "license_id": dataset.licence.id,
        "formats": formats,
        "records": dataset.tables.iter().map(|table| table.records).sum::<u64>(),
        "layers": dataset.tables.iter().filter_map(|table| table.layer.as_ref()).map(|layer| &layer.name).collect::<Vec<_>>(),
        "modified": dataset.modified.to_string(),
        "url": format!("{site}{}", address::dataset(dataset.name.as_str())),
        "json": format!("{site}{}.json", address::dataset(dataset.name.as_str())),
    })
}

const DATASET_HEAD: [&str; 9] =
    ["名前", "題名", "組織コード", "組織", "テーマ", "ライセンス", "件数", "更新日時", "URL"];

fn summary_row(dataset: &Dataset, site: &str) -> Vec<String> {
    vec![
        dataset.name.to_string(),
        dataset.title.clone(),
        dataset.organization.name.to_string(),
        dataset.organization.title.clone(),
        dataset.theme.clone(),
        dataset.licence.id.clone(),
        dataset.tables.iter().map(|table| table.records).sum::<u64>().to_string(),
        dataset.modified.to_string(),
        format!("{site}{}", address::dataset(dataset.name.as_str())),
    ]
}

fn extent(bbox: Option<Bbox>) -> Json {
    bbox.map_or(Json::Null, |bbox| json!([bbox.west_deg, bbox.south_deg, bbox.east_deg, bbox.north_deg]))
}

/// `/dataset/{name}.json`: the dataset as CKAN describes it, with its tables and their columns. `.csv`, `.geojson`: the
/// file of its table, of several that of `?table=`.
pub(super) async fn dataset(
    app: &Arc<App>,
    name: &str,
    form: Form,
    raw: Option<&str>,
    (method, asked): (&Method, &HeaderMap),
) -> PageResult {
    let catalogue = app.catalogue();
    let dataset = catalogue.dataset(name).ok_or_else(Problem::not_found)?;
    let site = app.config.public_url();
    let wanted = match form {
        Form::Json => {
            let mut package = dict::package(dataset, &site);
            if let Some(object) = package.as_object_mut() {
                object.insert(
                    "tables".to_owned(),
                    dataset.tables.iter().map(|table| tables(dataset, table, &site)).collect(),
                );
            }
            return Ok(document(&package, asked, Access::Metadata(dataset.id.uuid())));
        }
        Form::Csv => Format::Csv,
        Form::GeoJson => Format::GeoJson,
    };
    let place = match Question::parse(raw).get("table") {
        Some(key) => table_of(dataset, key).ok_or_else(Problem::not_found)?.0,
        None => 0,
    };
    let own = dataset.distributions.iter().find(|own| own.table == place && own.format == wanted);
    let response = download::send(app, dataset, own.ok_or_else(Problem::not_found)?, method, asked).await?;
    Ok(response)
}

fn tables(dataset: &Dataset, table: &crate::model::catalogue::Table, site: &str) -> Json {
    let key = table.shape.key.as_str();
    json!({
        "key": key,
        "title": table.shape.title,
        "records": table.records,
        "rows_read": table.rows_read,
        "refused": table.refused,
        "geometry": table.geometry,
        "bbox": extent(table.bbox),
        "layer": table.layer.as_ref().map(|layer| &layer.name),
        "items": table.layer.as_ref().map(|layer| format!("{site}/ogc/collections/{}/items", layer.name)),
        "record": format!("{site}{}/feature/{key}/{{id}}.json", address::dataset(dataset.name.as_str())),
        "columns": table.shape.columns,
    })
}

/// `/dataset/{name}/feature/{key}/{id}.json` and `.geojson`: the record as a GeoJSON feature, without geometry where it
/// has none; `.csv`: its line with the names of the columns.
pub(super) async fn feature(
    app: &Arc<App>,
    (dataset_name, key, id): (&str, &str, &str),
    form: Form,
    asked: &HeaderMap,
) -> PageResult {
    let catalogue = app.catalogue();
    let dataset = Arc::clone(catalogue.dataset(dataset_name).ok_or_else(Problem::not_found)?);
    let (place, table) = table_of(&dataset, key).ok_or_else(Problem::not_found)?;
    let id = ogc::parse_id(id, table).ok_or_else(Problem::not_found)?;
    let form = if form == Form::Csv { crate::http::ogc::form::Form::Csv } else { crate::http::ogc::form::Form::Json };
    let access = ogc::access(&dataset, table, form);
    let page = address::feature(dataset.name.as_str(), key, id);
    let tag = ogc::tag(&dataset, form, &page);
    if crate::http::cache::none_match_hits(asked, &tag) {
        let unchanged = axum::response::IntoResponse::into_response(http::StatusCode::NOT_MODIFIED);
        return Ok(ogc::finish(unchanged, &tag, access));
    }
    let own = Arc::clone(app);
    let response = app
        .at_length(move || {
            let table = dataset.tables.get(place).ok_or_else(Problem::not_found)?;
            let feature = ogc::read_one(&own, table, id)?;
            let site = own.config.public_url();
            let links = [("alternate", "text/html", format!("{site}{page}"))];
            Ok::<_, Problem>(ogc::alone(table, &feature, form, &links))
        })
        .await??;
    Ok(ogc::finish(response, &tag, access))
}

/// `/dataset.json`, `/dataset.csv`: the search of the page, all its results by pages of 100.
pub(super) async fn found(
    State(app): State<Arc<App>>,
    RawQuery(raw): RawQuery,
    OriginalUri(uri): OriginalUri,
    asked: HeaderMap,
) -> PageResult {
    const PER_PAGE: u64 = 100;
    let question = Question::parse(raw.as_deref());
    let site = app.config.public_url();
    let access = Access::Search(search::target(&question));
    if is_csv(&uri) {
        let found = search::find(&app, &question, 0, usize::MAX).await?;
        let rows: Vec<Vec<String>> = found.datasets.iter().map(|dataset| summary_row(dataset, &site)).collect();
        return table(&DATASET_HEAD, &rows, access);
    }
    let offset = (question.page() - 1).saturating_mul(PER_PAGE);
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    let found = search::find(&app, &question, start, usize::try_from(PER_PAGE).unwrap_or(usize::MAX)).await?;
    let total = found.count as u64;
    let next = (offset.saturating_add(PER_PAGE) < total)
        .then(|| format!("{site}{}", question.with_page(question.page() + 1).under("/dataset.json")));
    let results: Vec<Json> = found.datasets.iter().map(|dataset| summary(dataset, &site)).collect();
    Ok(document(&json!({ "total": total, "datasets": results, "next": next }), &asked, access))
}

fn organization_json(catalogue: &Catalogue, organization: &Organization, site: &str) -> Json {
    let own = || catalogue.datasets().iter().filter(|dataset| dataset.organization.id == organization.id);
    json!({
        "name": organization.name,
        "code": organization.code.as_str(),
        "title": organization.title,
        "prefecture": organization.prefecture,
        "datasets": own().count(),
        "layers": own().flat_map(|dataset| &dataset.tables).filter(|table| table.layer.is_some()).count(),
        "url": format!("{site}{}", address::organization(organization.name.as_str())),
        "json": format!("{site}{}.json", address::organization(organization.name.as_str())),
    })
}

/// `/organization.json`, `/organization.csv`: all organizations.
pub(super) async fn organizations(
    State(app): State<Arc<App>>,
    OriginalUri(uri): OriginalUri,
    asked: HeaderMap,
) -> PageResult {
    let catalogue = app.catalogue();
    let site = app.config.public_url();
    let all: Vec<Json> =
        catalogue.organizations().iter().map(|own| organization_json(&catalogue, own, &site)).collect();
    if is_csv(&uri) {
        let keys = ["code", "title", "prefecture", "datasets", "layers", "url"];
        let cell = |json: &Json, key: &str| match json.get(key) {
            Some(Json::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let rows: Vec<Vec<String>> = all.iter().map(|own| keys.iter().map(|key| cell(own, key)).collect()).collect();
        let head = ["地方公共団体コード", "名称", "都道府県", "データセット数", "レイヤー数", "URL"];
        return table(&head, &rows, Access::Other);
    }
    Ok(document(&json!({ "organizations": all }), &asked, Access::Other))
}

/// `/organization/{name}.json`, `.csv`: an organization with its datasets.
pub(super) fn organization(app: &App, name: &str, form: Form, asked: &HeaderMap) -> PageResult {
    let catalogue = app.catalogue();
    let organization = catalogue.organization(name).ok_or_else(Problem::not_found)?;
    let site = app.config.public_url();
    let own: Vec<_> =
        catalogue.datasets().iter().filter(|dataset| dataset.organization.id == organization.id).collect();
    match form {
        Form::Csv => {
            let rows: Vec<Vec<String>> = own.iter().map(|dataset| summary_row(dataset, &site)).collect();
            table(&DATASET_HEAD, &rows, Access::Other)
        }
        Form::Json => {
            let mut json = organization_json(&catalogue, organization, &site);
            if let Some(object) = json.as_object_mut() {
                object.insert("datasets".to_owned(), own.iter().map(|dataset| summary(dataset, &site)).collect());
            }
            Ok(document(&json, asked, Access::Other))
        }
        Form::GeoJson => Err(Problem::not_found()),
    }
}

/// `/map.json`, `/map.csv`, `/map.geojson`: all layers; as GeoJSON with the box of each.
pub(super) async fn maps(State(app): State<Arc<App>>, OriginalUri(uri): OriginalUri, asked: HeaderMap) -> PageResult {
    let catalogue = app.catalogue();
    let site = app.config.public_url();
    match split(uri.path()).map(|(_, form)| form) {
        Some(Form::Csv) => {
            let head = ["レイヤー", "題名", "データセット", "組織", "テーマ", "件数", "西", "南", "東", "北", "URL"];
            let rows: Vec<Vec<String>> = catalogue
                .layers()
                .map(|(dataset, table, layer)| {
                    let mut row = vec![
                        layer.name.to_string(),
                        layer.title.clone(),
                        dataset.name.to_string(),
                        dataset.organization.title.clone(),
                        dataset.theme.clone(),
                        table.records.to_string(),
                    ];
                    row.extend(match table.bbox {
                        Some(b) => {
                            [b.west_deg, b.south_deg, b.east_deg, b.north_deg].map(|degrees| degrees.to_string())
                        }
                        None => Default::default(),
                    });
                    row.push(format!("{site}{}", address::map(layer.name.as_str())));
                    row
                })
                .collect();
            table(&head, &rows, Access::Other)
        }
        Some(Form::GeoJson) => {
            let features: Vec<Json> = catalogue
                .layers()
                .map(|(dataset, table, layer)| {
                    let ring = table.bbox.map_or(Json::Null, |b| {
                        let (w, s, e, n) = (b.west_deg, b.south_deg, b.east_deg, b.north_deg);
                        json!({ "type": "Polygon", "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]] })
                    });
                    json!({
                        "type": "Feature",
                        "id": layer.name,
                        "properties": {
                            "title": layer.title,
                            "dataset": dataset.name,
                            "organization_title": dataset.organization.title,
                            "theme": dataset.theme,
                            "records": table.records,
                            "items": format!("{site}/ogc/collections/{}/items", layer.name),
                        },
                        "geometry": ring,
                    })
                })
                .collect();
            let mut response =
                document(&json!({ "type": "FeatureCollection", "features": features }), &asked, Access::Other);
            if response.status() == http::StatusCode::OK {
                response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(ogc::GEO_JSON));
            }
            Ok(response)
        }
        _ => Ok(document(&tiles::tilejson::list(&catalogue, &site), &asked, Access::Other)),
    }
}

/// `/dataset/{name}` with its twins.
pub(super) async fn dataset_or_twin(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
    method: Method,
    asked: HeaderMap,
) -> PageResult {
    match split(&name) {
        Some((name, form)) => dataset(&app, name, form, raw.as_deref(), (&method, &asked)).await,
        None => super::dataset::dataset(State(app), Path(name), RawQuery(raw)).await,
    }
}

/// `/dataset/{name}/feature/{key}/{id}` with its twins.
pub(super) async fn feature_or_twin(
    State(app): State<Arc<App>>,
    Path((name, key, id)): Path<(String, String, String)>,
    asked: HeaderMap,
) -> PageResult {
    match split(&id) {
        Some((id, form)) => feature(&app, (&name, &key, id), form, &asked).await,
        None => super::feature::feature(State(app), Path((name, key, id))).await,
    }
}

/// `/organization/{name}` with its twins.
pub(super) async fn organization_or_twin(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
    asked: HeaderMap,
) -> PageResult {
    match split(&name) {
        Some((name, form)) => organization(&app, name, form, &asked),
        None => super::organization::one(&app, &name, raw.as_deref()),
    }
}
