//! `resource_create`, `resource_update`, `resource_patch`, `resource_delete`: a file of a dataset comes, is replaced, goes.
//!
//! A file that was sent becomes one or more tables, each published in several formats. The resource that is told is the
//! table's CSV.

use serde_json::{Value as Json, json};

use super::{Change, Upload, failed, outcome};
use crate::http::ckan::dict;
use crate::http::download;
use crate::http::problem::Problem;
use crate::model::id::DistributionId;
use crate::model::name::Slug;
use crate::pipeline::upload::{Described, FileNote, Outcome, file_name};

/// Longest title of a file, characters.
const TITLE_LIMIT: usize = 300;

pub(super) fn create(change: &Change) -> Result<Json, Problem> {
    let (name, mut described) = change.dataset("package_id")?;
    let upload = upload(change)?;
    // A name that is given is the file's for people; the ending says what it is.
    let title = title(change)?;
    let kept = match &title {
        Some(title) => {
            let ending = upload.name.rsplit('.').next().unwrap_or_default();
            let stem = title.strip_suffix(&format!(".{ending}")).unwrap_or(title).replace(['/', '\\'], "_");
            file_name(&format!("{stem}.{ending}")).unwrap_or_else(|| upload.name.clone())
        }
        None => upload.name.clone(),
    };
    if let Some(title) = &title {
        described.set_title(&kept, title);
    }
    if change.writing.uploads.files(&name).map_err(failed)?.iter().any(|file| stem(file) == stem(&kept)) {
        return Err(Problem::invalid(
            "upload",
            "a file of this name is there already; replace it with resource_update / \
             同じ名前のファイルがあります。差し替えは resource_update で行ってください",
        ));
    }
    let outcome = change.make(&described, &[], Some((&kept, &upload.file)))?;
    told(change, &described, outcome, &kept, None)
}

/// The title that a caller gives a file: one line of text.
fn title(change: &Change) -> Result<Option<String>, Problem> {
    let Some(text) = change.call.arguments.text("name")? else { return Ok(None) };
    let title = text.trim();
    if title.chars().count() > TITLE_LIMIT || title.chars().any(char::is_control) {
        return Err(Problem::invalid("name", "Must be one line of at most 300 letters"));
    }
    Ok((!title.is_empty()).then(|| title.to_owned()))
}

pub(super) fn update(change: &Change) -> Result<Json, Problem> {
    if change.upload.is_none() {
        // Clients send a resource back as they got it; an address that is another one would have to be fetched.
        let id = change.call.arguments.required("id")?;
        let found = DistributionId::parse(&id).and_then(|id| change.call.published.catalogue.distribution(id));
        let (dataset, own) = found.ok_or_else(Problem::not_found)?;
        // The name at its end follows from the title, which may have been another when the client read it.
        let here = download::url(&change.call.site, dataset, own);
        let folder = here.rsplit_once('/').map_or("", |(folder, _)| folder);
        let is_own = |url: &String| url.rsplit_once('/').is_some_and(|(start, _)| start == folder);
        if change.call.arguments.text("url")?.is_none_or(|url| is_own(&url)) && title(change)?.is_some() {
            return patch(change);
        }
    }
    let (name, mut described, old) = file(change)?;
    let upload = upload(change)?;
    let ending = upload.name.rsplit('.').next().unwrap_or_default();
    // The stem stays, so that the table stays the same one.
    let kept = format!("{}.{ending}", stem(&old));
    let taken = change.writing.uploads.files(&name).map_err(failed)?.iter().any(|file| *file == kept && *file != old);
    if taken {
        return Err(Problem::invalid("upload", "a file of this name is there already"));
    }
    // What is said of the file is said of the one in its place; its key may be no column any more.
    let note = described.note(&old);
    described.keep_note(FileNote { name: old.clone(), ..FileNote::default() });
    described.set_title(&kept, title(change)?.as_ref().unwrap_or(&note.title));
    let outcome = change.make(&described, std::slice::from_ref(&old), Some((&kept, &upload.file)))?;
    let id = change.call.arguments.text("id")?;
    told(change, &described, outcome, &kept, id.as_deref())
}

pub(super) fn patch(change: &Change) -> Result<Json, Problem> {
    if change.upload.is_some() {
        return update(change);
    }
    // Formats of resources follow from their files; their titles can be changed.
    let (_, mut described, old) = file(change)?;
    match title(change)? {
        Some(title) if title != described.note(&old).title => {
            described.set_title(&old, &title);
            let outcome = change.make(&described, &[], None)?;
            let id = change.call.arguments.text("id")?;
            told(change, &described, outcome, &old, id.as_deref())
        }
        _ => resource(change, &described, &old).ok_or_else(Problem::not_found),
    }
}

pub(super) fn delete(change: &Change) -> Result<Json, Problem> {
    let (_, described, old) = file(change)?;
    remove(change, &described, &old)?;
    Ok(Json::Null)
}

/// Takes a file out of its dataset. Without any file the dataset is a draft again.
pub(super) fn remove(change: &Change, described: &Described, old: &str) -> Result<(), Problem> {
    let name = Slug::parse(&described.name).map_err(|_| Problem::not_found())?;
    if change.writing.uploads.files(&name).map_err(failed)?.len() == 1 {
        change.may_withdraw(&name)?;
    }
    match change.make(described, &[old.to_owned()], None)? {
        Outcome::Draft => {
            change.call.app.store.withdraw(&name).map_err(|error| failed(error.into()))?;
            change.serve()
        }
        other => outcome::told(change, described, other).map(drop),
    }
}

fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

fn upload(change: &Change) -> Result<&Upload, Problem> {
    change.upload.as_ref().ok_or_else(|| {
        Problem::invalid(
            "upload",
            "the file itself is sent as upload (multipart/form-data); addresses are not fetched / \
             ファイルそのものを upload として送ってください。URLからの取得はしません",
        )
    })
}

/// The dataset and the file of the resource that `id` names.
fn file(change: &Change) -> Result<(Slug, Described, String), Problem> {
    named(change, "id")
}

pub(super) fn named(change: &Change, argument: &str) -> Result<(Slug, Described, String), Problem> {
    let id = change.call.arguments.required(argument)?;
    let found = DistributionId::parse(&id).and_then(|id| change.call.published.catalogue.distribution(id));
    let (dataset, distribution) = found.ok_or_else(Problem::not_found)?;
    let Some(described) = change.writing.uploads.described(&dataset.name).map_err(failed)? else {
        return Err(Problem::Forbidden {
            detail: "this dataset is kept by the city's own files / \
                     このデータセットは市のファイルから取り込まれたもので、APIでは変更できません"
                .to_owned(),
        });
    };
    change.may_write(&described)?;
    let file = dataset.tables.get(distribution.table).map(|table| table.source_file.clone());
    let known = change.writing.uploads.files(&dataset.name).map_err(failed)?;
    let file = file.filter(|file| known.contains(file)).ok_or_else(Problem::not_found)?;
    Ok((dataset.name.clone(), described, file))
}

fn resource(change: &Change, described: &Described, file: &str) -> Option<Json> {
    let catalogue = change.call.app.catalogue();
    let dataset = catalogue.dataset(&described.name)?;
    let at = dataset.tables.iter().position(|table| table.source_file == file)?;
    let (position, own) = dataset.distributions.iter().enumerate().find(|(_, own)| own.table == at)?;
    Some(dict::resource(dataset, own, position, &change.call.site))
}

/// The answer of a change to a file. `id` is that of the resource where there was one before: a change that waits is told
/// under it.
pub(super) fn told(
    change: &Change,
    described: &Described,
    outcome: Outcome,
    file: &str,
    id: Option<&str>,
) -> Result<Json, Problem> {
    let is_public = matches!(outcome, Outcome::Published(_));
    let package = outcome::told(change, described, outcome)?;
    let public = if is_public { resource(change, described, file) } else { None };
    let awaited = match (id, is_public, Slug::parse(&described.name)) {
        // A file that waits is told under the id that it will have.
        (None, false, Ok(name)) => {
            let app = &change.call.app;
            let found = app.store.awaited_distribution(&name, file, app.clock.now());
            found.map_err(|error| failed(error.into()))?.map(|own| own.to_string())
        }
        _ => id.map(str::to_owned),
    };
    let mut told = public.unwrap_or_else(|| {
        let title = described.note(file).title;
        let name = if title.is_empty() { stem(file) } else { &title };
        json!({ "id": awaited, "name": name, "package_id": package["id"], "state": "draft", "url": null,
                "url_type": "upload", "datastore_active": false })
    });
    told["hiraku"] = package["hiraku"].clone();
    Ok(told)
}
