//! Datasets as search engines want them: schema.org's `Dataset` and `DataCatalog` as JSON-LD, in pages and, for
//! `profiles=schemaorg`, as a graph.
//!
//! Sources: <https://schema.org/Dataset>; Google's rules for dataset search (a description of 50 to 5,000 characters,
//! boxes as `south west north east`).

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::dataset::description;
use super::graph::{Graph, clean};
use super::period;
use super::site::Site;
use super::vocabulary::{format_terms, licence_address};
use crate::config::Config;
use crate::http::extras;
use crate::http::problem::Problem;
use crate::model::catalogue::{Catalogue, Content, Dataset, Distribution, Organization};

/// Columns named at most; a wide table would make the page heavy.
const COLUMNS_LIMIT: usize = 50;
/// Bounds of a description in characters.
const DESCRIPTION_CHARS: std::ops::RangeInclusive<usize> = 50..=5_000;

/// A dataset, its own document.
pub(in crate::http) fn dataset(config: &Config, site: &Site, dataset: &Dataset) -> Json {
    with_context(dataset_node(config, site, dataset))
}

/// The catalogue, its own document: what it is, and how it is searched.
pub(in crate::http) fn catalogue(catalogue: &Catalogue, config: &Config, site: &Site) -> Json {
    with_context(catalogue_node(catalogue, config, site))
}

/// A page of the catalogue with its datasets.
pub(super) fn page(all: &Catalogue, config: &Config, site: &Site, datasets: &[Arc<Dataset>]) -> Json {
    let mut node = catalogue_node(all, config, site);
    if let Some(object) = node.as_object_mut() {
        let datasets = datasets.iter().map(|each| dataset_node(config, site, each)).collect::<Json>();
        object.insert("dataset".to_owned(), datasets);
    }
    with_context(node)
}

fn with_context(node: Json) -> Json {
    let mut whole = json!({ "@context": "https://schema.org/" });
    if let (Some(whole), Json::Object(node)) = (whole.as_object_mut(), node) {
        whole.extend(node);
    }
    whole
}

fn catalogue_node(catalogue: &Catalogue, config: &Config, site: &Site) -> Json {
    let mut node = about_site(config, site);
    let publishers: Json = match catalogue.organizations() {
        [only] => organization(site, only),
        _ => {
            json!({ "@type": "Organization", "@id": format!("{}/about#publisher", site.url()), "name": clean(&config.site_title) })
        }
    };
    if let Some(object) = node.as_object_mut() {
        object.insert("inLanguage".to_owned(), json!("ja"));
        object.insert("isAccessibleForFree".to_owned(), json!(true));
        object.insert("publisher".to_owned(), publishers);
        if let Some(last) = catalogue.datasets().iter().map(|dataset| dataset.modified).max() {
            object.insert("dateModified".to_owned(), json!(last.to_string()));
        }
    }
    node
}

fn about_site(config: &Config, site: &Site) -> Json {
    json!({
        "@type": "DataCatalog",
        "@id": site.url(),
        "name": clean(&config.site_title),
        "description": clean(&config.site_description),
        "url": format!("{}/", site.url()),
    })
}

fn organization(site: &Site, organization: &Organization) -> Json {
    json!({
        "@type": "GovernmentOrganization",
        "@id": site.organization(organization).as_str(),
        "name": clean(&organization.title),
        "identifier": organization.code.as_str(),
        "url": site.organization_page(organization).as_str(),
    })
}

fn dataset_node(config: &Config, site: &Site, dataset: &Dataset) -> Json {
    let own = site.dataset(dataset).into_string();
    let publisher = organization(site, &dataset.organization);
    let mut node = json!({
        "@type": "Dataset",
        "@id": own,
        "name": clean(&dataset.title),
        "description": long_description(dataset),
        "url": site.page(dataset).as_str(),
        "identifier": dataset.id.to_string(),
        "keywords": dataset.tags.iter().map(|tag| clean(tag)).collect::<Vec<_>>(),
        "creator": publisher,
        "publisher": publisher,
        "datePublished": dataset.created.to_string(),
        "dateModified": dataset.modified.to_string(),
        "version": dataset.release_number.to_string(),
        "inLanguage": "ja",
        "isAccessibleForFree": true,
        "includedInDataCatalog": about_site(config, site),
        "distribution": dataset.distributions.iter().map(|each| download(site, dataset, each)).collect::<Vec<_>>(),
        "variableMeasured": columns(dataset),
    });
    if let Some(object) = node.as_object_mut() {
        if dataset.of_site.is_none() {
            object.insert("spatialCoverage".to_owned(), place(&own, dataset));
        }
        let licence = licence_address(&dataset.licence);
        for (key, text) in [
            ("license", licence.as_str()),
            ("creditText", dataset.attribution.as_str()),
            ("isBasedOn", dataset.source_page.as_str()),
            ("genre", dataset.theme.as_str()),
        ] {
            if !text.is_empty() {
                object.insert(key.to_owned(), Json::from(clean(text)));
            }
        }
        if let Some((first, last)) = period::of(dataset) {
            object.insert("temporalCoverage".to_owned(), json!(format!("{first}/{last}")));
        }
    }
    node
}

fn place(own: &str, dataset: &Dataset) -> Json {
    let publisher = &dataset.organization;
    let mut place = json!({
        "@type": "Place",
        "@id": format!("{own}#place"),
        "name": clean(&format!("{}{}", publisher.prefecture, publisher.title)),
    });
    if let (Some(bbox), Some(object)) = (extras::bbox(dataset), place.as_object_mut()) {
        let corners = format!("{} {} {} {}", bbox.south_deg, bbox.west_deg, bbox.north_deg, bbox.east_deg);
        object.insert("geo".to_owned(), json!({ "@type": "GeoShape", "@id": format!("{own}#box"), "box": corners }));
    }
    place
}

fn download(site: &Site, dataset: &Dataset, distribution: &Distribution) -> Json {
    let mut download = json!({
        "@type": "DataDownload",
        "@id": site.distribution(dataset, distribution).as_str(),
        "name": clean(&distribution.title),
        "encodingFormat": format_terms(distribution.format).media_type,
        "contentUrl": site.file(dataset, distribution).as_str(),
    });
    if let (Content::Object { digest, size_bytes }, Some(object)) = (&distribution.content, download.as_object_mut()) {
        object.insert("contentSize".to_owned(), json!(format!("{size_bytes} B")));
        object.insert("sha256".to_owned(), json!(digest.to_hex()));
    }
    download
}

fn columns(dataset: &Dataset) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for column in dataset.tables.iter().flat_map(|table| &table.shape.columns).filter(|column| column.found.is_some()) {
        let name = clean(&column.title);
        if names.len() < COLUMNS_LIMIT && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A description long enough to be taken: one that is short is followed by what else is known.
fn long_description(dataset: &Dataset) -> String {
    let mut text = description(dataset);
    if text.chars().count() < *DESCRIPTION_CHARS.start() {
        let records: u64 = dataset.tables.iter().map(|table| table.records).sum();
        let publisher = &dataset.organization;
        let more = format!(
            " {}{}のオープンデータ「{}」({records}件)です。CSVなどの機械判読しやすい形式でダウンロードでき、APIでも利用できます。",
            publisher.prefecture, publisher.title, dataset.title
        );
        text.push_str(&more);
    }
    clean(&text).chars().take(*DESCRIPTION_CHARS.end()).collect()
}

/// The document as text inside a page: nothing in it can end the element, whatever stands in the data.
pub(in crate::http) fn in_page(document: &Json) -> String {
    document.to_string().replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e")
}

/// The same as a graph. All names are those of schema.org, so that its context need not be fetched.
///
/// # Errors
/// [`Problem::Internal`] where the document is no JSON-LD, which a test rules out.
pub(super) fn graph(document: &Json) -> Result<Graph, Problem> {
    let mut document = document.clone();
    if let Some(object) = document.as_object_mut() {
        object.insert("@context".to_owned(), json!({ "@vocab": "http://schema.org/" }));
    }
    let mut graph = Graph::default();
    for quad in oxjsonld::JsonLdParser::new().for_slice(&document.to_string()) {
        let quad = quad.map_err(|error| Problem::internal("reading JSON-LD of our own", &error))?;
        graph.take(quad.into()).map_err(|error| Problem::internal("reading JSON-LD of our own", &error))?;
    }
    Ok(graph)
}
