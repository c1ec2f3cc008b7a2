//! CKAN's dictionaries of a dataset, a resource, an organization, a tag and a licence: all keys, as CKAN 2.11 has them.

use serde_json::{Map, Value as Json, json};

use crate::count::access::target_of_name;
use crate::http::{download, extras};
use crate::model::catalogue::{Dataset, Distribution, Format, Licence, Organization};

/// A time as CKAN writes it: UTC without zone, microseconds.
pub fn time(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string()
}

/// A dataset (`package_show`).
pub fn package(dataset: &Dataset, site: &str) -> Json {
    let mut package = json!({
        "author": dataset.organization.title,
        "author_email": null,
        "creator_user_id": null,
        "id": dataset.id,
        "isopen": dataset.licence.open,
        "license_id": dataset.licence.id,
        "license_title": dataset.licence.title,
        "maintainer": null,
        "maintainer_email": null,
        "metadata_created": time(dataset.created),
        "metadata_modified": time(dataset.modified),
        "name": dataset.name,
        "notes": dataset.notes,
        "num_resources": dataset.distributions.len(),
        "num_tags": dataset.tags.len(),
        "organization": inner_organization(&dataset.organization),
        "owner_org": dataset.organization.id,
        "private": false,
        "state": "active",
        "title": dataset.title,
        "type": "dataset",
        "url": text_or_null(&dataset.source_page),
        "version": dataset.release_number.to_string(),
        "extras": extras_of(dataset),
        "groups": [],
        "resources": resources(dataset, site),
        "tags": dataset.tags.iter().map(|name| tag(name)).collect::<Vec<_>>(),
        "relationships_as_subject": [],
        "relationships_as_object": [],
    });
    if !dataset.licence.url.is_empty()
        && let Some(object) = package.as_object_mut()
    {
        object.insert("license_url".to_owned(), Json::from(dataset.licence.url.as_str()));
    }
    package
}

fn extras_of(dataset: &Dataset) -> Vec<Json> {
    extras::of(dataset).into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
}

fn resources(dataset: &Dataset, site: &str) -> Vec<Json> {
    dataset.distributions.iter().enumerate().map(|(position, each)| resource(dataset, each, position, site)).collect()
}

/// A distribution (`resource_show`).
pub fn resource(dataset: &Dataset, distribution: &Distribution, position: usize, site: &str) -> Json {
    let media_type = distribution.format.media_type();
    json!({
        "cache_last_updated": null,
        "cache_url": null,
        "created": time(distribution.created),
        "datastore_active": is_queryable(distribution),
        "description": description(dataset, distribution),
        "format": distribution.format.name(),
        "hash": distribution.digest().map(|digest| digest.to_hex()).unwrap_or_default(),
        "id": distribution.id,
        "last_modified": time(dataset.modified),
        "metadata_modified": time(dataset.modified),
        "mimetype": media_type.split(';').next(),
        "mimetype_inner": null,
        "name": distribution.title,
        "package_id": dataset.id,
        "position": position,
        "resource_type": null,
        "size": distribution.size_bytes(),
        "state": "active",
        "url": download::url(site, dataset, distribution),
        "url_type": distribution.digest().map(|_| "upload"),
    })
}

/// Whether the rows of a distribution can be asked for: each table answers under its CSV file.
pub fn is_queryable(distribution: &Distribution) -> bool {
    distribution.format == Format::Csv && distribution.digest().is_some()
}

fn description(dataset: &Dataset, distribution: &Distribution) -> Json {
    dataset
        .tables
        .get(distribution.table)
        .map_or(Json::Null, |table| Json::from(format!("{}({}件)", table.shape.title, table.records)))
}

/// The organization inside a dataset.
pub fn inner_organization(organization: &Organization) -> Json {
    json!({
        "id": organization.id,
        "name": organization.name,
        "title": organization.title,
        "type": "organization",
        "description": organization.prefecture,
        "image_url": "",
        "created": time(organization.created),
        "is_organization": true,
        "approval_status": "approved",
        "state": "active",
    })
}

/// An organization by itself (`organization_show`, `organization_list` with `all_fields`).
pub fn organization(organization: &Organization, package_count: usize) -> Map<String, Json> {
    let mut whole = match inner_organization(organization) {
        Json::Object(map) => map,
        _ => Map::new(),
    };
    whole.insert("display_name".to_owned(), Json::from(organization.title.as_str()));
    whole.insert("image_display_url".to_owned(), Json::from(""));
    whole.insert("num_followers".to_owned(), Json::from(0));
    whole.insert("package_count".to_owned(), Json::from(package_count));
    whole
}

/// The extras of an organization.
pub fn organization_extras(organization: &Organization) -> Json {
    let code = if organization.code.is_nowhere() { "" } else { organization.code.as_str() };
    let pairs = [("municipality_code", code), ("prefecture", organization.prefecture.as_str())];
    pairs
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| json!({ "key": key, "value": value, "state": "active" }))
        .collect()
}

/// A tag; its id follows from its name.
pub fn tag(name: &str) -> Json {
    json!({
        "display_name": name,
        "id": target_of_name("tag", name),
        "name": name,
        "state": "active",
        "vocabulary_id": null,
    })
}

/// A licence; its flags are the texts that CKAN's own list has.
pub fn licence(licence: &Licence) -> Json {
    let flag = |yes: bool| if yes { "True" } else { "False" };
    json!({
        "id": licence.id,
        "title": licence.title,
        "url": licence.url,
        "status": "active",
        "family": "",
        "maintainer": "",
        "od_conformance": if licence.open { "approved" } else { "not reviewed" },
        "osd_conformance": "not reviewed",
        "is_generic": "False",
        "is_okd_compliant": flag(licence.open),
        "domain_content": flag(licence.open),
        "domain_data": flag(licence.open),
        "domain_software": "False",
    })
}

fn text_or_null(text: &str) -> Json {
    if text.is_empty() { Json::Null } else { Json::from(text) }
}
