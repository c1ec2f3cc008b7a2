//! What a case says of its dataset where nobody has said it yet: name, title, description.

use crate::http::app::App;
use crate::model::case::{About, Case, Promise, Summary};
use crate::model::catalogue::Dataset;
use crate::model::id::CaseId;
use crate::model::name::Slug;
use crate::pipeline::upload::{Described, Publisher};
use crate::schema::{Municipalities, Schemas};
use crate::store::StoreError;

/// The licence a new dataset gets unless somebody chooses another.
pub(super) const LICENCE: &str = "cc-by-4.0";

/// The name of a new dataset until its sheet is known.
pub(super) fn provisional(code: &str, id: CaseId) -> Slug {
    Slug::from_digest(&format!("{code}_"), &id.to_string())
}

/// The title of a new dataset until its sheet is known: the name of its first file.
pub(super) fn first_title(case: &Case) -> String {
    let name = case.files.first().map_or("", |file| file.name.as_str());
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()
}

/// The name of the organization that publishes.
pub(super) fn publisher(case: &Case) -> String {
    let code = case.unit.code();
    Municipalities::bundled().by_code(code).map_or_else(|| code.to_string(), |own| own.name.clone())
}

/// Fills in what follows from the sheet, where nobody has said otherwise.
pub(super) fn settle(app: &App, case: &mut Case, summary: &Summary) -> Result<(), StoreError> {
    let code = case.unit.code().to_string();
    let number = summary.tables.first().and_then(|(_, sheet)| sheet.get(..2));
    let sheet = number.and_then(|number| Schemas::bundled().sheet(number));
    if case.about.title.is_empty() || case.about.title == first_title(case) {
        case.about.title = sheet.map_or_else(|| first_title(case), |sheet| sheet.title.clone());
    }
    if case.about.notes.is_empty() && sheet.is_some() {
        case.about.notes = format!("{}の{}です。", publisher(case), case.about.title);
    }
    if case.about.licence.is_empty() {
        LICENCE.clone_into(&mut case.about.licence);
    }
    let Some(sheet) = sheet.filter(|_| case.dataset == provisional(&code, case.id)) else { return Ok(()) };
    for number in 1..100 {
        let ending = if number == 1 { String::new() } else { format!("_{number}") };
        let Ok(name) = Slug::parse(&format!("{code}_{}{ending}", sheet.slug)) else { return Ok(()) };
        if is_free(app, &name, case.id)? {
            case.dataset = name;
            return Ok(());
        }
    }
    Ok(())
}

/// Whether no dataset and no other open case has this name.
pub(super) fn is_free(app: &App, name: &Slug, own: CaseId) -> Result<bool, StoreError> {
    if app.store.publisher_of(name)?.is_some() {
        return Ok(false);
    }
    Ok(!app.store.cases()?.iter().any(|case| case.id != own && case.state.is_open() && case.dataset == *name))
}

/// The description of a case's dataset under a name.
pub(super) fn described(case: &Case, name: &Slug) -> Described {
    let about = &case.about;
    let publisher = publisher(case);
    let promise = match about.promise {
        Promise::None => String::new(),
        promise => format!("更新の予定: {}", promise.title()),
    };
    let notes = [about.notes.trim(), promise.as_str()].into_iter().filter(|text| !text.is_empty());
    let title = if about.title.is_empty() { first_title(case) } else { about.title.clone() };
    Described {
        name: name.to_string(),
        attribution: format!("{publisher}「{title}」"),
        title,
        notes: notes.collect::<Vec<_>>().join("\n\n"),
        theme: about.theme.clone(),
        tags: about.tags.clone(),
        licence: if about.licence.is_empty() { LICENCE.to_owned() } else { about.licence.clone() },
        page: about.page.clone(),
        retrieved: String::new(),
        files: Vec::new(),
        publisher: Publisher { code: case.unit.code().to_string(), name: publisher },
    }
}

/// What in the description of a case cannot be right, as a sentence.
pub(super) fn unfit(case: &Case) -> Option<String> {
    match described(case, &case.dataset).unfit() {
        Ok(found) => found.map(|(japanese, _)| japanese),
        Err(error) => {
            tracing::error!(%error, "a description cannot be written");
            Some("説明に使えない文字があります。".to_owned())
        }
    }
}

/// The name of a new dataset: that of its file where it has the standard's form and is free.
pub(super) fn first_name(app: &App, code: &str, file: &str, id: CaseId) -> Result<Slug, StoreError> {
    if let Some(name) = super::start::standard_name(code, file)
        && is_free(app, &name, id)?
    {
        return Ok(name);
    }
    Ok(provisional(code, id))
}

/// What is said of a public dataset, as the case that published it says it; without one, as it is public.
pub(super) fn about_of(app: &App, dataset: &Dataset) -> Result<About, StoreError> {
    let release = dataset.release.to_string();
    if let Some(case) = app.store.cases()?.into_iter().find(|case| case.release == release) {
        return Ok(case.about);
    }
    Ok(About {
        title: dataset.title.clone(),
        notes: dataset.notes.clone(),
        licence: dataset.licence.id.clone(),
        theme: dataset.theme.clone(),
        tags: dataset.tags.clone(),
        page: dataset.source_page.clone(),
        promise: Promise::None,
    })
}
