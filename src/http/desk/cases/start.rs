//! Files come: a new case, or other files for one that is being prepared.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, Request, State};
use http::StatusCode;
use serde::Deserialize;

use super::receive::{Received, receive};
use super::{PageResult, act, blocking, form, naming, opened, piped, stored, writing};
use crate::http::app::App;
use crate::http::desk::frame::Frame;
use crate::http::desk::guard::Signed;
use crate::http::desk::{page_as, see_other};
use crate::http::problem::Problem;
use crate::model::account::{Object, Reach, Unit, Verb};
use crate::model::case::{About, Act, Answers, Case, Person, State as CaseState, transit};
use crate::model::id::CaseId;
use crate::model::name::Slug;
use crate::schema::Municipalities;
use crate::store::case::{CaseChange, Saved};

/// What the address says beforehand.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    /// The dataset to be brought up to date.
    #[serde(default)]
    dataset: String,
}

struct Choice {
    value: String,
    title: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "desk/cases/new.html")]
struct New {
    frame: Frame,
    once: String,
    error: String,
    units: Vec<Choice>,
    /// A person whose rights hold everywhere names the organization by its code.
    by_code: bool,
    datasets: Vec<Choice>,
}

/// `GET /desk/cases/new`.
pub(super) async fn form(State(app): State<Arc<App>>, signed: Signed, Query(asked): Query<Asked>) -> PageResult {
    // Whether there is any organization for which this person brings files, the door has asked; each is asked below.
    new_page(&app, &signed, StatusCode::OK, "", &asked.dataset)
}

fn new_page(app: &App, signed: &Signed, status: StatusCode, error: &str, chosen: &str) -> PageResult {
    let units: Vec<Unit> = units(signed);
    let by_code = units.is_empty() && signed.sees(Object::Site);
    let title = |unit: &Unit| {
        let name = Municipalities::bundled().by_code(unit.code()).map_or("", |own| own.name.as_str());
        match unit.department_name() {
            Some(department) => format!("{name} {department}"),
            None => name.to_owned(),
        }
    };
    let catalogue = app.catalogue();
    let own = catalogue.datasets().iter().filter(|dataset| {
        signed.sees(Object::Of(&Unit::municipality(dataset.organization.code)))
            || units.iter().any(|unit| unit.code() == dataset.organization.code)
    });
    let mut datasets: Vec<Choice> = own
        .map(|dataset| Choice {
            value: dataset.name.to_string(),
            title: dataset.title.clone(),
            is_chosen: dataset.name.as_str() == chosen,
        })
        .collect();
    datasets.sort_by(|a, b| a.title.cmp(&b.title));
    let units =
        units.iter().map(|unit| Choice { value: unit.to_string(), title: title(unit), is_chosen: false }).collect();
    let frame = Frame::new(app, signed, "新しく公開する").section("/desk/cases").crumb("案件", "/desk/cases");
    let template = New { frame, once: form::once(app), error: error.to_owned(), units, by_code, datasets };
    page_as(status, &template)
}

/// The organizations for which a person brings files, each once.
fn units(signed: &Signed) -> Vec<Unit> {
    let mut units: Vec<Unit> = signed
        .actor
        .grants
        .iter()
        .filter_map(|grant| match &grant.reach {
            Reach::Of(unit) => Some(unit.clone()),
            Reach::All => None,
        })
        .filter(|unit| signed.sees(Object::Of(unit)))
        .collect();
    units.sort();
    units.dedup();
    units
}

/// `POST /desk/cases/new`.
pub(super) async fn take(State(app): State<Arc<App>>, signed: Signed, request: Request) -> PageResult {
    let received = receive(writing(&app)?, &signed, request).await?;
    let fields = &received.fields;
    let dataset = fields.get("dataset").trim().to_owned();
    let Some(unit) = Unit::parse(fields.get("unit").trim()) else {
        let error = "公開する組織を選んでください。";
        return new_page(&app, &signed, StatusCode::UNPROCESSABLE_ENTITY, error, &dataset);
    };
    signed.permit(Object::Of(&unit))?;
    if let Some(error) = &received.unfit {
        return new_page(&app, &signed, StatusCode::UNPROCESSABLE_ENTITY, error, &dataset);
    }
    let (own, asked) = (signed.clone(), dataset.clone());
    let made = blocking(&app, move |app| begun(app, &own, unit, &asked, received)).await?;
    match made {
        Ok(case) => {
            act::begin(&app, &case);
            Ok(see_other(&form::back(&case)))
        }
        Err(error) => new_page(&app, &signed, StatusCode::UNPROCESSABLE_ENTITY, &error, &dataset),
    }
}

/// Makes the case of what was sent; an error is a sentence for the person.
fn begun(
    app: &App,
    signed: &Signed,
    unit: Unit,
    dataset: &str,
    received: Received,
) -> Result<Result<Case, String>, Problem> {
    let (now, id) = (app.clock.now(), CaseId::mint(app.clock.now()));
    let code = unit.code().to_string();
    let first = received.files.first().map_or("", |(name, _)| name.as_str());
    let mut about = About { licence: naming::LICENCE.to_owned(), ..About::default() };
    let dataset = if dataset.is_empty() {
        naming::first_name(app, &code, first, id).map_err(stored)?
    } else {
        let catalogue = app.catalogue();
        let Some(known) = catalogue.dataset(dataset).filter(|known| known.organization.code == unit.code()) else {
            return Ok(Err("更新するデータセットが見つかりません。一覧から選び直してください。".to_owned()));
        };
        about = naming::about_of(app, known).map_err(stored)?;
        known.name.clone()
    };
    if app.store.publisher_of(&dataset).map_err(stored)?.is_some_and(|owner| owner != code) {
        return Ok(Err("このデータセットは別の組織のものです。".to_owned()));
    }
    let files = writing(app)?.uploads.case(id).keep(1, received.files).map_err(piped)?;
    let person = Person::of(&signed.actor);
    let case = Case {
        id,
        version: 1,
        state: CaseState::Checking,
        unit,
        dataset,
        author: person.clone(),
        authors: vec![person.id.clone()],
        assignee: None,
        upload: 1,
        files,
        answers: Answers::default(),
        about,
        summary: None,
        trouble: String::new(),
        publish_at: None,
        expires: None,
        release: String::new(),
        published: None,
        withdrawal: None,
        created: now,
        changed: now,
        changed_by: person,
    };
    let token = crate::model::name::Digest::of(
        &serde_json::to_vec(&("new", received.fields.get("once"), &case.files)).unwrap_or_default(),
    )
    .to_hex();
    let comment = case.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join("、");
    let kept =
        app.store.add_case(&CaseChange { case: case.clone(), act: Act::Check, comment }, &token).map_err(stored)?;
    if kept == id {
        form::note(app, signed, &case, Act::Check, "begun").map_err(stored)?;
        return Ok(Ok(case));
    }
    // The same form came twice: the first one's case is the one.
    writing(app)?.uploads.case(id).remove().map_err(piped)?;
    let known = app.store.case(kept).map_err(stored)?.ok_or_else(Problem::not_found)?;
    Ok(Ok(Case { state: CaseState::Review, ..known }))
}

/// `POST /desk/cases/{id}/file`: other files in the place of those of the case. What was sent before is kept.
pub(super) async fn replace(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path(id): Path<String>,
    request: Request,
) -> PageResult {
    let own = signed.clone();
    let (given, before) = (id.clone(), signed.clone());
    blocking(&app, move |app| opened(app, &before, &given).map(drop)).await?;
    let received = receive(writing(&app)?, &signed, request).await?;
    let fields = received.fields.clone();
    let action = format!("/desk/cases/{id}");
    let taken = blocking(&app, move |app| replaced(app, &own, &id, received)).await?;
    if let form::Taken::Done(case) = &taken {
        act::begin(&app, case);
    }
    form::answer(&app, &signed, &taken, (&action, &fields), form::back)
}

fn replaced(app: &App, signed: &Signed, id: &str, received: Received) -> Result<form::Taken, Problem> {
    let case = opened(app, signed, id)?;
    let fields = &received.fields;
    let token = form::token(fields, "file");
    if app.store.form_was_taken(&token).map_err(stored)? {
        return Ok(form::Taken::Done(Box::new(Case { state: CaseState::Review, ..case })));
    }
    if fields.get("version") != case.version.to_string() {
        return Ok(form::Taken::Stale(Box::new(case)));
    }
    let facts = case.facts(&signed.actor.id, "");
    let state = match transit(&signed.actor, &case.unit, case.state, Act::Check, &facts) {
        Ok(state) => state,
        Err(hindrance) => return Ok(form::Taken::Refused(Box::new(case), hindrance.to_string())),
    };
    if let Some(message) = received.unfit {
        return Ok(form::Taken::Refused(Box::new(case), message));
    }
    let number = case.upload + 1;
    let files = writing(app)?.uploads.case(case.id).keep(number, received.files).map_err(piped)?;
    let mut next = Case { state, upload: number, files, changed: app.clock.now(), ..case.clone() };
    // Corrections belong to the cells of the files before. Confirmations stay where the very same was found again.
    next.answers = Answers { confirmed: next.answers.confirmed.clone(), ..Answers::default() };
    next.trouble.clear();
    next.changed_by = Person::of(&signed.actor);
    next.add_author(&signed.actor);
    let comment = next.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join("、");
    let change = CaseChange { case: next.clone(), act: Act::Check, comment };
    match app.store.change_case(&change, Some(&token)).map_err(stored)? {
        Saved::Done => {
            form::note(app, signed, &next, Act::Check, "files").map_err(stored)?;
            Ok(form::Taken::Done(Box::new(next)))
        }
        Saved::Repeated => Ok(form::Taken::Done(Box::new(case))),
        Saved::Stale => Ok(form::Taken::Stale(Box::new(case))),
    }
}

/// Whether a person may bring files at all: what decides about the button.
pub(super) fn may_begin(signed: &Signed) -> bool {
    crate::model::account::may_somewhere(&signed.actor, Verb::DatasetEdit)
}

/// A name that a file's own name gives, where it is one of the standard's form.
pub(super) fn standard_name(code: &str, file: &str) -> Option<Slug> {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_lowercase();
    Slug::parse(&stem).ok().filter(|name| name.as_str().strip_prefix(code).is_some_and(|rest| rest.starts_with('_')))
}
