//! Actions about the site itself.

#![expect(clippy::unnecessary_wraps, reason = "every action has the same signature")]

use serde_json::{Value as Json, json};

use super::{Answer, Call, actions, dict};
use crate::http::problem::Problem;
use crate::model::catalogue::Licence;

/// The version of CKAN whose answers these are; clients choose their ways by it.
const CKAN_VERSION: &str = "2.11.6";

pub(super) fn status_show(call: &Call) -> Result<Answer, Problem> {
    let config = &call.app.config;
    Ok(json!({
        "site_title": config.site_title,
        "site_description": config.site_description,
        "site_url": call.site,
        "error_emails_to": null,
        "locale_default": "ja",
        "extensions": ["datastore", "dcat"],
        "ckan_version": CKAN_VERSION,
    })
    .into())
}

pub(super) fn site_read(_: &Call) -> Result<Answer, Problem> {
    Ok(json!(true).into())
}

pub(super) fn help_show(call: &Call) -> Result<Answer, Problem> {
    let name = call.arguments.required("name")?;
    let action = actions::find(&name).ok_or_else(Problem::not_found)?;
    Ok(json!(action.help).into())
}

pub(super) fn license_list(call: &Call) -> Result<Answer, Problem> {
    let mut licences: Vec<&Licence> = Vec::new();
    for dataset in call.published.catalogue.datasets() {
        if !licences.iter().any(|known| known.id == dataset.licence.id) {
            licences.push(&dataset.licence);
        }
    }
    licences.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(licences.into_iter().map(dict::licence).collect::<Json>().into())
}

pub(super) fn empty_list(_: &Call) -> Result<Answer, Problem> {
    Ok(json!([]).into())
}

pub(super) fn zero(call: &Call) -> Result<Answer, Problem> {
    call.arguments.required("id")?;
    Ok(json!(0).into())
}

pub(super) fn member_roles_list(_: &Call) -> Result<Answer, Problem> {
    Ok(json!([
        { "text": "管理者 (Admin)", "value": "admin" },
        { "text": "編集者 (Editor)", "value": "editor" },
        { "text": "メンバー (Member)", "value": "member" },
    ])
    .into())
}
