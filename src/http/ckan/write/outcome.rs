//! What an answer to a change tells: the dataset as everybody sees it, and beside CKAN's keys, under `hiraku`, whether it
//! is public, what was found in its files, and why it waits.

use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{Change, failed};
use crate::count::access::target_of_name;
use crate::http::ckan::{Call, dict};
use crate::http::problem::Problem;
use crate::model::code::MunicipalityCode;
use crate::model::name::Slug;
use crate::pipeline::publish::HeldReason;
use crate::pipeline::table::{IngestTable, Verdict};
use crate::pipeline::upload::{Described, Outcome};

/// The id of a dataset that has no release yet: it follows from its name.
pub(super) fn draft_id(name: &Slug) -> Uuid {
    target_of_name("draft", name.as_str())
}

/// The answer, or the problem where nothing changed.
pub(super) fn told(change: &Change, described: &Described, outcome: Outcome) -> Result<Json, Problem> {
    let (state, table, reasons) = match outcome {
        Outcome::Draft => ("draft", IngestTable::default(), Vec::new()),
        Outcome::Published(table) => ("published", table, Vec::new()),
        Outcome::Waiting(table, reasons) => (if reasons.is_empty() { "waiting" } else { "held" }, table, reasons),
        Outcome::Refused(table) => return Err(refused(&table)),
        Outcome::Forbidden(_, reasons) => {
            let messages = reasons.iter().flat_map(|own| [own.message_ja.clone(), own.message_en.clone()]).collect();
            return Err(Problem::Validation { fields: vec![("upload".to_owned(), messages)] });
        }
    };
    let mut package = dataset(change, described);
    package["hiraku"] = json!({
        "state": state,
        "files": table.lines,
        "held": reasons.iter().map(reason).collect::<Vec<_>>(),
    });
    Ok(package)
}

fn reason(own: &HeldReason) -> Json {
    json!({
        "code": own.reason.finding.code.as_str(),
        "place": own.place(),
        "message_ja": own.message_ja,
        "message_en": own.message_en,
    })
}

fn refused(table: &IngestTable) -> Problem {
    let mut messages = Vec::new();
    for line in &table.lines {
        if let Verdict::Refused { code, message_ja, message_en } = &line.verdict {
            messages.push(format!("{}: {message_ja} {message_en} [{code}]", line.file));
        }
    }
    Problem::Validation { fields: vec![("upload".to_owned(), messages)] }
}

/// The dataset as it is public; as a draft where it is not.
pub(super) fn dataset(change: &Change, described: &Described) -> Json {
    let call = &change.call;
    match call.app.catalogue().dataset(&described.name) {
        Some(dataset) => dict::package(dataset, &call.site),
        None => draft(call, described),
    }
}

/// The draft of a name or id, for those who may write it; `None` for everybody else.
pub(in crate::http::ckan) fn shown_draft(call: &Call, id: &str) -> Result<Option<Json>, Problem> {
    let (Some(token), Some(writing)) = (&call.token, &call.app.writing) else { return Ok(None) };
    for name in writing.uploads.names().map_err(failed)? {
        if name.as_str() == id || draft_id(&name).to_string() == id {
            // The id that a draft had goes on naming the dataset to those who made it.
            if let Some(dataset) = call.published.catalogue.dataset(name.as_str()) {
                return Ok(Some(dict::package(dataset, &call.site)));
            }
            let Some(described) = writing.uploads.described(&name).map_err(failed)? else { continue };
            let code = MunicipalityCode::parse(&described.publisher.code).ok();
            return Ok(code.is_some_and(|code| token.writes_for(code)).then(|| draft(call, &described)));
        }
    }
    Ok(None)
}

fn draft(call: &Call, described: &Described) -> Json {
    let code = MunicipalityCode::parse(&described.publisher.code).ok();
    let catalogue = call.app.catalogue();
    let organization = code.and_then(|code| catalogue.organization(code.as_str()).cloned());
    let licence = crate::schema::licence_or_unknown(&described.licence);
    json!({
        "id": Slug::parse(&described.name).map(|name| draft_id(&name)).ok(),
        "name": described.name,
        "title": described.title,
        "notes": described.notes,
        "url": described.page,
        "license_id": described.licence,
        "license_title": licence.title,
        "isopen": licence.open,
        "owner_org": organization.as_ref().map_or_else(|| json!(described.publisher.code), |own| json!(own.id)),
        "organization": organization.as_ref().map(|own| dict::inner_organization(own)),
        "private": true,
        "state": "draft",
        "type": "dataset",
        "num_resources": 0,
        "num_tags": described.tags.len(),
        "resources": [],
        "tags": described.tags.iter().map(|name| dict::tag(name)).collect::<Vec<_>>(),
        "groups": [],
        "extras": [],
    })
}
