//! `organization_create`, `organization_update`, `organization_patch`, `organization_delete`: the organizations are the
//! municipalities of Japan, named by their codes; what can be changed of one is the title that it is shown under.

use serde_json::{Value as Json, json};

use super::{Change, failed};
use crate::http::ckan::dict;
use crate::http::problem::Problem;
use crate::model::catalogue::Organization;
use crate::model::code::MunicipalityCode;
use crate::model::id::OrganizationId;
use crate::model::name::Slug;
use crate::model::token::Rights;
use crate::schema::{Municipalities, Municipality};

/// Longest title, characters.
const TITLE_LIMIT: usize = 200;

pub(super) fn create(change: &Change) -> Result<Json, Problem> {
    let name = change.call.arguments.required("name")?;
    let known = MunicipalityCode::parse(&name).ok().and_then(|code| Municipalities::bundled().by_code(code));
    let Some(municipality) = known else {
        return Err(Problem::invalid(
            "name",
            "an organization is named by the six-digit code of a municipality / \
             組織の名前は、市区町村または都道府県の6桁の団体コードです",
        ));
    };
    may(change, municipality.code)?;
    if change.call.published.catalogue.organization(municipality.code.as_str()).is_some() {
        return Err(Problem::invalid("name", "Group name already exists in database"));
    }
    let title = title(change)?.unwrap_or_else(|| municipality.name.clone());
    let is_prefecture = municipality.prefecture == municipality.name;
    let organization = Organization {
        id: OrganizationId::mint(change.call.app.clock.now()),
        code: municipality.code,
        name: Slug::parse(municipality.code.as_str()).map_err(|error| Problem::internal("a code", &error))?,
        title,
        prefecture: if is_prefecture { String::new() } else { municipality.prefecture.clone() },
        created: change.call.app.clock.now(),
    };
    let kept = change.call.app.store.add_organization(&organization).map_err(|error| failed(error.into()))?;
    if !kept {
        return Err(Problem::invalid("name", "Group name already exists in database"));
    }
    told(change, &organization)
}

pub(super) fn update(change: &Change) -> Result<Json, Problem> {
    let (organization, municipality) = known(change)?;
    // An update says everything: without a title it is the municipality's own name again.
    let title = title(change)?.unwrap_or_else(|| municipality.name.clone());
    retitled(change, &organization, title)
}

pub(super) fn patch(change: &Change) -> Result<Json, Problem> {
    let (organization, _) = known(change)?;
    let title = title(change)?.unwrap_or_else(|| organization.title.clone());
    retitled(change, &organization, title)
}

pub(super) fn delete(change: &Change) -> Result<Json, Problem> {
    let (organization, _) = known(change)?;
    let uploads = &change.writing.uploads;
    let mut has_drafts = false;
    for name in uploads.names().map_err(failed)? {
        let described = uploads.described(&name).map_err(failed)?;
        has_drafts |= described.is_some_and(|own| own.publisher.code == organization.code.as_str());
    }
    let removed = !has_drafts
        && change.call.app.store.remove_organization(&organization.id).map_err(|error| failed(error.into()))?;
    if !removed {
        return Err(Problem::invalid(
            "id",
            "Organization cannot be deleted while it still has datasets / データセットのある組織は削除できません",
        ));
    }
    change.serve()?;
    Ok(Json::Null)
}

fn known(change: &Change) -> Result<(Organization, &'static Municipality), Problem> {
    let id = change.call.arguments.required("id")?;
    let organization = change.call.published.catalogue.organization(&id).ok_or_else(Problem::not_found)?;
    may(change, organization.code)?;
    let given = change.call.arguments.text("name")?;
    if given.is_some_and(|name| name != organization.name.as_str()) {
        return Err(Problem::invalid(
            "name",
            "the name of an organization stays as it is / 組織の名前は変更できません",
        ));
    }
    let municipality = Municipalities::bundled().by_code(organization.code).ok_or_else(Problem::not_found)?;
    Ok((organization.as_ref().clone(), municipality))
}

/// What is said of an organization is public at once, so the right to publish is needed.
fn may(change: &Change, code: MunicipalityCode) -> Result<(), Problem> {
    if change.token.writes_for(code) && change.token.rights == Rights::Publish {
        return Ok(());
    }
    Err(Problem::Forbidden {
        detail: "the token may not change this organization / このトークンではこの組織を変更できません".to_owned(),
    })
}

fn title(change: &Change) -> Result<Option<String>, Problem> {
    let Some(text) = change.call.arguments.text("title")? else { return Ok(None) };
    let title = text.trim();
    if title.chars().count() > TITLE_LIMIT || title.chars().any(char::is_control) {
        return Err(Problem::invalid("title", "Must be one line of at most 200 letters"));
    }
    Ok((!title.is_empty()).then(|| title.to_owned()))
}

fn retitled(change: &Change, organization: &Organization, title: String) -> Result<Json, Problem> {
    change.call.app.store.retitle_organization(&organization.id, &title).map_err(|error| failed(error.into()))?;
    told(change, &Organization { title, ..organization.clone() })
}

fn told(change: &Change, organization: &Organization) -> Result<Json, Problem> {
    change.serve()?;
    let datasets = change.call.app.catalogue();
    let count = datasets.datasets().iter().filter(|dataset| dataset.organization.id == organization.id).count();
    let mut told = dict::organization(organization, count);
    told.insert("extras".to_owned(), dict::organization_extras(organization));
    for empty in ["tags", "groups", "users"] {
        told.insert(empty.to_owned(), json!([]));
    }
    Ok(Json::Object(told))
}
