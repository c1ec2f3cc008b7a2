//! `package_create`, `package_update`, `package_patch`, `package_delete`, `package_owner_org_update`.

use serde_json::{Map, Value as Json};

use super::{Change, failed, outcome};
use crate::http::problem::Problem;
use crate::model::code::MunicipalityCode;
use crate::model::name::Slug;
use crate::pipeline::source::NO_LICENCE;
use crate::pipeline::upload::{Described, Publisher};
use crate::schema::Municipalities;

/// Most tags of a dataset; the national standard's own lists have ten.
const TAGS_LIMIT: usize = 50;
/// Longest text of a description, characters.
const TEXT_LIMIT: usize = 10_000;

pub(super) fn create(change: &Change) -> Result<Json, Problem> {
    let arguments = &change.call.arguments;
    let name = arguments.required("name")?;
    let name = Slug::parse(&name).map_err(|_| {
        Problem::invalid(
            "name",
            "Must be purely lowercase alphanumeric (ascii) characters and these symbols: -_ (2 to 100)",
        )
    })?;
    no_resources(change)?;
    let publisher = publisher(change)?;
    let blank = blank(&name, publisher);
    change.may_write(&blank)?;
    // Also one that waits, and one that was taken in from the city's own files.
    let known = change.call.app.store.source_digest(&name).map_err(|error| failed(error.into()))?.is_some();
    if known || change.writing.uploads.described(&name).map_err(failed)?.is_some() {
        return Err(Problem::invalid("name", "That URL is already in use."));
    }
    let described = given(change, blank)?;
    let outcome = change.make(&described, &[], None)?;
    outcome::told(change, &described, outcome)
}

pub(super) fn update(change: &Change) -> Result<Json, Problem> {
    let (name, old) = change.dataset("id")?;
    // What is said of files stays with the files.
    described_anew(change, &name, Described { files: old.files, ..blank(&name, old.publisher) })
}

pub(super) fn patch(change: &Change) -> Result<Json, Problem> {
    let (name, old) = change.dataset("id")?;
    described_anew(change, &name, old)
}

fn described_anew(change: &Change, name: &Slug, before: Described) -> Result<Json, Problem> {
    if change.call.arguments.text("name")?.is_some_and(|given| given != name.as_str()) {
        return Err(Problem::invalid(
            "name",
            "the name of a dataset stays as it is / データセットの名前は変更できません",
        ));
    }
    let mut described = given(change, before)?;
    if change.call.arguments.raw("owner_org").is_some() {
        described.publisher = publisher(change)?;
        change.may_write(&described)?;
    }
    let gone = dropped_files(change, name)?;
    let outcome = change.make(&described, &gone, None)?;
    outcome::told(change, &described, outcome)
}

/// `package_owner_org_update`: gives a dataset to another organization that the token writes for.
pub(super) fn owner(change: &Change) -> Result<Json, Problem> {
    let (_, mut described) = change.dataset("id")?;
    described.publisher = publisher_of(change, "organization_id")?;
    change.may_write(&described)?;
    let outcome = change.make(&described, &[], None)?;
    outcome::told(change, &described, outcome)
}

pub(super) fn delete(change: &Change) -> Result<Json, Problem> {
    let (name, _) = change.dataset("id")?;
    change.may_withdraw(&name)?;
    change.writing.uploads.remove(&change.call.app.store, &name).map_err(failed)?;
    change.serve()?;
    Ok(Json::Null)
}

/// A dataset of which nothing is said yet.
fn blank(name: &Slug, publisher: Publisher) -> Described {
    Described {
        name: name.to_string(),
        title: name.to_string(),
        notes: String::new(),
        theme: String::new(),
        tags: Vec::new(),
        licence: NO_LICENCE.to_owned(),
        attribution: String::new(),
        page: String::new(),
        retrieved: String::new(),
        publisher,
        files: Vec::new(),
    }
}

/// What the arguments say over `before`.
fn given(change: &Change, mut before: Described) -> Result<Described, Problem> {
    let arguments = &change.call.arguments;
    for (name, place) in [
        ("title", &mut before.title),
        ("notes", &mut before.notes),
        ("url", &mut before.page),
        ("license_id", &mut before.licence),
    ] {
        if let Some(text) = arguments.text(name)? {
            if text.chars().count() > TEXT_LIMIT {
                return Err(Problem::invalid(name, "the text is too long"));
            }
            *place = text;
        }
    }
    if let Some(tags) = tags(change)? {
        before.tags = tags;
    }
    for (key, value) in extras(change)? {
        match key.as_str() {
            "theme" => before.theme = value,
            "attribution" => before.attribution = value,
            _ => {}
        }
    }
    if before.licence.is_empty() {
        NO_LICENCE.clone_into(&mut before.licence);
    }
    if before.attribution.is_empty() {
        before.attribution = format!("{}「{}」", before.publisher.name, before.title);
    }
    match before.unfit().map_err(failed)? {
        Some((ja, en)) => Err(Problem::invalid("source", &format!("{ja} {en}"))),
        None => Ok(before),
    }
}

/// The tags: a list of dictionaries with a name, or words between commas.
fn tags(change: &Change) -> Result<Option<Vec<String>>, Problem> {
    let arguments = &change.call.arguments;
    let names: Vec<String> = if let Some(text) = arguments.text("tag_string")? {
        text.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect()
    } else if let Some(list) = dictionaries(arguments.raw("tags"), "tags")? {
        let name = |tag: &Map<String, Json>| tag.get("name").and_then(Json::as_str).map(str::to_owned);
        list.iter()
            .map(|tag| name(tag).ok_or_else(|| Problem::invalid("tags", "Missing value")))
            .collect::<Result<_, _>>()?
    } else {
        return Ok(None);
    };
    let fits = |tag: &String| {
        (2..=100).contains(&tag.chars().count())
            && tag.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.'))
    };
    match names.iter().find(|tag| !fits(tag)) {
        Some(tag) => Err(Problem::invalid(
            "tags",
            &format!(
                "Tag \"{}\" must be 2 to 100 alphanumeric characters or symbols: -_.",
                super::super::organizations::clip(tag)
            ),
        )),
        None if names.len() > TAGS_LIMIT => Err(Problem::invalid("tags", "Too many tags")),
        None => Ok(Some(names)),
    }
}

fn extras(change: &Change) -> Result<Vec<(String, String)>, Problem> {
    let list = dictionaries(change.call.arguments.raw("extras"), "extras")?.unwrap_or_default();
    let text = |map: &Map<String, Json>, key: &str| map.get(key).and_then(Json::as_str).map(str::to_owned);
    list.iter()
        .map(|map| text(map, "key").zip(text(map, "value")).ok_or_else(|| Problem::invalid("extras", "Missing value")))
        .collect()
}

fn dictionaries(value: Option<&Json>, name: &str) -> Result<Option<Vec<Map<String, Json>>>, Problem> {
    let wrong = || Problem::invalid(name, "Must be a list of dictionaries");
    let value = match value {
        None => return Ok(None),
        Some(Json::String(text)) => serde_json::from_str(text).map_err(|_| wrong())?,
        Some(value) => value.clone(),
    };
    let Json::Array(list) = value else { return Err(wrong()) };
    let list = list.into_iter().map(|each| if let Json::Object(map) = each { Ok(map) } else { Err(wrong()) });
    list.collect::<Result<_, _>>().map(Some)
}

/// A new dataset has no files yet; they are sent one by one, and no address is fetched.
fn no_resources(change: &Change) -> Result<(), Problem> {
    match dictionaries(change.call.arguments.raw("resources"), "resources")? {
        Some(list) if !list.is_empty() => Err(Problem::invalid(
            "resources",
            "files are sent with resource_create (upload); addresses are not fetched / \
             ファイルは resource_create の upload で送ってください。URLからの取得はしません",
        )),
        _ => Ok(()),
    }
}

/// The files that an update leaves out: those of which it names no resource, where it names resources at all.
fn dropped_files(change: &Change, name: &Slug) -> Result<Vec<String>, Problem> {
    let Some(list) = dictionaries(change.call.arguments.raw("resources"), "resources")? else { return Ok(Vec::new()) };
    let Some(dataset) = change.call.published.catalogue.dataset(name.as_str()) else {
        return no_resources(change).map(|()| Vec::new());
    };
    let mut kept = Vec::new();
    for resource in &list {
        let id = resource.get("id").and_then(Json::as_str).unwrap_or_default();
        let own = dataset.distributions.iter().find(|own| own.id.to_string() == id);
        let Some(own) = own else {
            return Err(Problem::invalid("resources", "a file is added with resource_create (upload)"));
        };
        kept.extend(dataset.tables.get(own.table).map(|table| table.source_file.clone()));
    }
    let mut files = change.writing.uploads.files(name).map_err(failed)?;
    let is_public = |file: &String| dataset.tables.iter().any(|table| table.source_file == *file);
    files.retain(|file| is_public(file) && !kept.contains(file));
    Ok(files)
}

/// The organization that `owner_org` names: a municipality of Japan.
fn publisher(change: &Change) -> Result<Publisher, Problem> {
    publisher_of(change, "owner_org")
}

fn publisher_of(change: &Change, argument: &str) -> Result<Publisher, Problem> {
    let given = change.call.arguments.required(argument)?;
    let code = match change.call.published.catalogue.organization(&given) {
        Some(known) => Some(known.code),
        None => MunicipalityCode::parse(&given).ok(),
    };
    let known = code.and_then(|code| Municipalities::bundled().by_code(code).map(|own| (code, own)));
    let Some((code, municipality)) = known else {
        return Err(Problem::invalid(argument, "Organization does not exist"));
    };
    Ok(Publisher { code: code.to_string(), name: municipality.name.clone() })
}
