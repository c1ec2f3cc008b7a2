//! OGC API – Features (OGC 17-069r4, 19-079r2): the records of every layer, under the same landing page as its tiles.
//!
//! A question becomes a condition of the store, as the DataStore's does; answers are whole pages of bounded size, each
//! with the address of the next.

pub mod pairs;
pub mod place;
pub mod queryables;
pub mod question;
pub mod when;
pub mod write;

use std::sync::Arc;

use axum::Router;
use axum::extract::{OriginalUri, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;

use super::form::Form;
use super::grid::CRS84;
use super::{Answer, InPath, documents, shown};
use crate::count::access::Access;
use crate::http::app::{App, Published};
use crate::http::cache::{self, Policy};
use crate::http::pages::ogc as page;
use crate::http::problem::Problem;
use crate::http::tiles::tilejson::Named;
use crate::model::catalogue::{Dataset, Format, Table};
use crate::store::condition::{Condition, Scalar};
use crate::store::features::{Feature, FeatureQuery, FeaturesTaken};
use pairs::Pairs;
use question::Question;
use write::{Csv, GeoJson};

/// Media type of features.
pub const GEO_JSON: &str = "application/geo+json";
const CSV: &str = "text/csv; charset=utf-8; header=present";
/// Media type of queryables.
pub const SCHEMA_JSON: &str = "application/schema+json";

/// The routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/ogc/collections/{layer}/queryables", get(queryables))
        .route("/ogc/collections/{layer}/items", get(items))
        .route("/ogc/collections/{layer}/items/{id}", get(item))
}

/// What the figures know the records of a table as: its GeoJSON file, else its CSV file.
pub(in crate::http) fn access(dataset: &Dataset, table: &Table, form: Form) -> Access {
    let of = |format: Format| {
        dataset.distributions.iter().find(|own| {
            own.format == format
                && dataset.tables.get(own.table).is_some_and(|other| other.record_table == table.record_table)
        })
    };
    match of(Format::GeoJson).or_else(|| of(Format::Csv)) {
        // A person looks at a table of it; that is a preview.
        Some(distribution) if form == Form::Html => Access::Preview(distribution.id.uuid()),
        Some(distribution) => Access::Rows(distribution.id.uuid()),
        None => Access::Other,
    }
}

async fn queryables(
    State(app): State<Arc<App>>,
    layer: InPath<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Answer {
    let Path(name) = layer.map_err(|_| Problem::not_found())?;
    let pairs = Pairs::parse(uri.query())?;
    pairs.only(&["f"])?;
    let form = Form::of(pairs.one("f")?, &headers, false).map_err(|detail| pairs::bad(&detail))?;
    let catalogue = app.catalogue();
    let named = catalogue.layer(&name).ok_or_else(Problem::not_found)?;
    let schema = queryables::schema(named, &app.config.public_url());
    let mut response = shown(&app, &schema, form, &headers, &[("/ogc/collections", "レイヤ")])?;
    if form == Form::Json && response.status() == StatusCode::OK {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(SCHEMA_JSON));
    }
    Ok(response)
}

/// The tag of an answer: it changes with the release, the question and the program.
pub(in crate::http) fn tag(dataset: &Dataset, form: Form, path_and_query: &str) -> String {
    let parts = [env!("CARGO_PKG_VERSION"), &dataset.release.to_string(), form.name(), path_and_query].join("\n");
    format!("\"{}\"", &blake3::hash(parts.as_bytes()).to_hex()[..16])
}

/// Headers of every answer with features, also of the one that says that nothing changed.
pub(in crate::http) fn finish(mut response: Response, tag: &str, access: Access) -> Response {
    let own = response.headers_mut();
    own.insert(header::CACHE_CONTROL, Policy::Revalidate.value());
    own.insert(header::VARY, HeaderValue::from_static("accept"));
    // Weak: the time of the answer stands in it, and it may be compressed on the way.
    if let Ok(value) = HeaderValue::from_str(&format!("W/{tag}")) {
        own.insert(header::ETAG, value);
    }
    response.extensions_mut().insert(access);
    response
}

fn body(kind: &'static str, bytes: impl Into<axum::body::Body>) -> Response {
    let mut response = Response::new(bytes.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// What a page of features is made of.
struct Page<'a> {
    app: &'a App,
    named: Named<'a>,
    site: String,
    question: &'a Question,
}

impl Page<'_> {
    fn own(&self) -> String {
        format!("{}/ogc/collections/{}/items", self.site, self.named.2.name)
    }

    fn next(&self, taken: &FeaturesTaken) -> Option<String> {
        let after = taken.next_after?;
        let cursor = question::cursor(self.named.0, after);
        let form = self.question.form.name();
        Some(format!(
            "{}{}",
            self.own(),
            self.question.pairs.address(&["cursor", "f"], &[("f", form), ("cursor", &cursor)])
        ))
    }

    fn links(&self, taken: &FeaturesTaken) -> Vec<serde_json::Value> {
        let pairs = &self.question.pairs;
        let own = self.own();
        let other = |form: &str| format!("{own}{}", pairs.address(&["f"], &[("f", form)]));
        let mut links = vec![
            documents::link("self", GEO_JSON, "この文書 / this document", &format!("{own}{}", pairs.address(&[], &[]))),
            documents::link("alternate", "text/html", "ページ / as a page", &other("html")),
            documents::link("alternate", "text/csv", "CSV", &other("csv")),
            documents::link(
                "collection",
                "application/json",
                &self.named.2.title,
                &format!("{}/ogc/collections/{}", self.site, self.named.2.name),
            ),
        ];
        if let Some(next) = self.next(taken) {
            links.push(documents::link("next", GEO_JSON, "次のページ / next page", &next));
        }
        links
    }

    fn read(&self, take: impl FnMut(Feature) -> bool) -> Result<FeaturesTaken, Problem> {
        let found = self.app.store.features(self.named.1, &self.question.query, take);
        found.map_err(|error| Problem::internal("reading features", &error))
    }

    /// The page as GeoJSON.
    fn text(&self) -> Result<(String, FeaturesTaken), Problem> {
        let mut writer = GeoJson::new(&self.question.query.columns, &self.named.1.shape);
        writer.text.push_str("{\"type\":\"FeatureCollection\",\"features\":[\n");
        let taken = self.read(|feature| writer.take(&feature))?;
        let mut text = writer.text;
        let now = self.app.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let rest = json!({
            "numberMatched": taken.matched,
            "numberReturned": taken.returned,
            "timeStamp": now,
            "links": self.links(&taken),
        });
        text.push_str("\n],");
        // The object goes on where the list ended.
        text.push_str(rest.to_string().strip_prefix('{').unwrap_or("}"));
        Ok((text, taken))
    }

    fn geojson(&self) -> Result<Response, Problem> {
        let (text, taken) = self.text()?;
        let mut response = body(GEO_JSON, text);
        self.headers(&mut response, &taken);
        Ok(response)
    }

    fn csv(&self) -> Result<Response, Problem> {
        let (_, table, _) = self.named;
        let query = &self.question.query;
        let geometry = table.geometry.filter(|_| query.geometry);
        let mut writer = Csv::new(&query.columns, &table.shape, geometry, query.near.is_some());
        let taken = self.read(|feature| writer.take(&feature))?;
        let mut response = body(CSV, writer.finish());
        self.headers(&mut response, &taken);
        Ok(response)
    }

    fn html(&self) -> Result<Response, Problem> {
        let mut features = Vec::new();
        let mut room = write::PAGE_BYTES;
        let taken = self.read(|feature| {
            room = room.saturating_sub(feature.row.values.iter().map(|value| value.to_string().len()).sum());
            features.push(feature);
            room > 0
        })?;
        page::items(
            self.app,
            self.named,
            &self.question.query,
            &features,
            &taken,
            &self.question.pairs,
            self.next(&taken),
        )
    }

    /// What CSV has no place for, in headers: where it goes on, and how many there are.
    fn headers(&self, response: &mut Response, taken: &FeaturesTaken) {
        let headers = response.headers_mut();
        for (name, number) in [("ogc-numbermatched", taken.matched), ("ogc-numberreturned", taken.returned)] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(number));
        }
        headers.insert(
            HeaderName::from_static("content-crs"),
            HeaderValue::from_static("<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"),
        );
        if let Some(next) = self.next(taken)
            && let Ok(value) = HeaderValue::from_str(&format!("<{next}>; rel=\"next\""))
        {
            headers.insert(header::LINK, value);
        }
    }
}

async fn items(
    State(app): State<Arc<App>>,
    layer: InPath<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Answer {
    let Path(name) = layer.map_err(|_| Problem::not_found())?;
    let published = app.published();
    let (dataset, table, _) = published.catalogue.layer(&name).ok_or_else(Problem::not_found)?;
    let pairs = Pairs::parse(uri.query())?;
    let form = Form::of(pairs.one("f")?, &headers, true).map_err(|detail| pairs::bad(&detail))?;
    let tag = tag(dataset, form, uri.path_and_query().map_or("", http::uri::PathAndQuery::as_str));
    let access = access(dataset, table, form);
    if cache::none_match_hits(&headers, &tag) {
        return Ok(finish(StatusCode::NOT_MODIFIED.into_response(), &tag, access));
    }
    let own = Arc::clone(&app);
    let published = Arc::clone(&published);
    let response = app
        .at_length(move || {
            let named = layer_of(&published, &name)?;
            let question = asked(&own, named, uri.query(), &headers)?;
            let page = Page { app: &own, named, site: own.config.public_url(), question: &question };
            match question.form {
                Form::Json => page.geojson(),
                Form::Csv => page.csv(),
                Form::Html => page.html(),
            }
        })
        .await??;
    Ok(finish(response, &tag, access))
}

fn asked(
    app: &App,
    (dataset, table, _): Named<'_>,
    raw: Option<&str>,
    headers: &HeaderMap,
) -> Result<Question, Problem> {
    let unplaced = || {
        let found = app.store.has_unplaced(table);
        found.map_err(|error| Problem::internal("looking for records without geometry", &error))
    };
    Question::read(raw, headers, (dataset, table), unplaced)
}

/// A page of features as a value, for surfaces that are not OGC's: the same parameters (`raw`, as behind `?`), limits and
/// figures.
pub(in crate::http) fn found(
    app: &App,
    published: &Published,
    layer: &str,
    raw: &str,
) -> Result<(serde_json::Value, Access), Problem> {
    let named = layer_of(published, layer)?;
    let question = asked(app, named, Some(raw), &HeaderMap::new())?;
    let page = Page { app, named, site: app.config.public_url(), question: &question };
    let (text, _) = page.text()?;
    let value = serde_json::from_str(&text).map_err(|error| Problem::internal("reading features", &error))?;
    Ok((value, access(named.0, named.1, Form::Json)))
}

fn layer_of<'a>(published: &'a Published, name: &str) -> Result<Named<'a>, Problem> {
    published.catalogue.layer(name).ok_or_else(Problem::not_found)
}

/// The `_id` of a path: only the plain form of a number that can exist.
pub(in crate::http) fn parse_id(text: &str, table: &Table) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| (1..=table.records).contains(number) && number.to_string() == text)
}

async fn item(
    State(app): State<Arc<App>>,
    path: InPath<(String, String)>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Answer {
    let Path((name, id)) = path.map_err(|_| Problem::not_found())?;
    let published = app.published();
    let (dataset, table, _) = layer_of(&published, &name)?;
    let pairs = Pairs::parse(uri.query())?;
    pairs.only(&["f", "crs"])?;
    if pairs.one("crs")?.is_some_and(|crs| crs != CRS84) {
        return Err(pairs::bad(&format!("crs= に使える座標系は{CRS84}だけです / crs= can only be {CRS84}")));
    }
    let form = Form::of(pairs.one("f")?, &headers, true).map_err(|detail| pairs::bad(&detail))?;
    let id = parse_id(&id, table).ok_or_else(Problem::not_found)?;
    let tag = tag(dataset, form, uri.path_and_query().map_or("", http::uri::PathAndQuery::as_str));
    let access = access(dataset, table, form);
    if cache::none_match_hits(&headers, &tag) {
        return Ok(finish(StatusCode::NOT_MODIFIED.into_response(), &tag, access));
    }
    let own = Arc::clone(&app);
    let published = Arc::clone(&published);
    let response = app.at_length(move || one(&own, layer_of(&published, &name)?, id, form)).await??;
    Ok(finish(response, &tag, access))
}

/// A record of a table by its `_id`.
pub(in crate::http) fn read_one(app: &App, table: &Table, id: u64) -> Result<Feature, Problem> {
    let number = i64::try_from(id).map_err(|_| Problem::not_found())?;
    let query = FeatureQuery {
        columns: table.shape.columns.iter().map(|column| column.name.clone()).collect(),
        geometry: true,
        condition: Some(Condition::OneOf {
            column: "_id".to_owned(),
            values: vec![Scalar::Integer(number)],
            or_null: false,
        }),
        limit: 1,
        ..FeatureQuery::default()
    };
    let mut found = None;
    app.store
        .features(table, &query, |feature| {
            found = Some(feature);
            false
        })
        .map_err(|error| Problem::internal("reading a feature", &error))?;
    found.ok_or_else(Problem::not_found)
}

/// A feature by itself as GeoJSON with these links (relation, media type, address), or as CSV.
pub(in crate::http) fn alone(table: &Table, feature: &Feature, form: Form, links: &[(&str, &str, String)]) -> Response {
    let columns: Vec<String> = table.shape.columns.iter().map(|column| column.name.clone()).collect();
    if form == Form::Csv {
        let mut writer = Csv::new(&columns, &table.shape, table.geometry, false);
        writer.take(feature);
        return body(CSV, writer.finish());
    }
    let links: Vec<serde_json::Value> =
        links.iter().map(|(rel, kind, href)| json!({ "rel": rel, "type": kind, "href": href })).collect();
    let mut writer = GeoJson::new(&columns, &table.shape);
    writer.open(feature);
    let mut text = writer.text;
    text.push(',');
    text.push_str(json!({ "links": links }).to_string().strip_prefix('{').unwrap_or("}"));
    body(GEO_JSON, text)
}

/// One feature by itself.
fn one(app: &App, named: Named<'_>, id: u64, form: Form) -> Result<Response, Problem> {
    let (_, table, layer) = named;
    let feature = read_one(app, table, id)?;
    if form == Form::Html {
        return page::item(app, named, &feature);
    }
    let collection = format!("{}/ogc/collections/{}", app.config.public_url(), layer.name);
    let own = format!("{collection}/items/{id}");
    let links = [
        ("self", GEO_JSON, own.clone()),
        ("alternate", "text/html", format!("{own}?f=html")),
        ("alternate", "text/csv", format!("{own}?f=csv")),
        ("collection", "application/json", collection),
    ];
    Ok(alone(table, &feature, form, &links))
}
