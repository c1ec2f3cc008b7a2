//! What is said of the dataset, with defaults that fit most.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};

use super::{Head, PageResult, blocking, form, frame, line, lines, naming, opened};
use crate::http::app::App;
use crate::http::desk::fields::Fields;
use crate::http::desk::frame::Frame;
use crate::http::desk::guard::Signed;
use crate::http::desk::page;
use crate::model::account::{Object, Verb};
use crate::model::case::{About, Act, Case, Promise};
use crate::model::name::Slug;
use crate::schema::licences;

/// Longest title, characters: two lines of a page.
const TITLE_CHARS: usize = 100;
/// Longest description, characters.
const NOTES_CHARS: usize = 5_000;
/// Most tags.
const TAGS_LIMIT: usize = 20;

struct Choice {
    value: String,
    title: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "desk/cases/about.html")]
struct Page {
    frame: Frame,
    head: Head,
    may_edit: bool,
    about: About,
    tags: String,
    licences: Vec<Choice>,
    promises: Vec<Choice>,
    themes: BTreeSet<String>,
    is_new: bool,
    attribution: String,
}

/// `GET /desk/cases/{id}/about`.
pub(super) async fn show(State(app): State<Arc<App>>, signed: Signed, Path(id): Path<String>) -> PageResult {
    let own = signed.clone();
    let case = blocking(&app, move |app| opened(app, &own, &id)).await?;
    let catalogue = app.catalogue();
    let themes = catalogue.datasets().iter().map(|dataset| dataset.theme.clone()).filter(|theme| !theme.is_empty());
    let chosen = if case.about.licence.is_empty() { naming::LICENCE } else { case.about.licence.as_str() };
    let template = Page {
        frame: frame(&app, &signed, &case, "説明"),
        head: Head::new(&app, &case, "about"),
        may_edit: case.state.is_editable() && signed.may(Verb::DatasetEdit, Object::Of(&case.unit)),
        tags: case.about.tags.join(", "),
        licences: licences()
            .iter()
            .map(|own| Choice { value: own.id.clone(), title: own.title.clone(), is_chosen: own.id == chosen })
            .collect(),
        promises: Promise::ALL
            .iter()
            .map(|own| Choice {
                value: own.as_str().to_owned(),
                title: own.title().to_owned(),
                is_chosen: *own == case.about.promise,
            })
            .collect(),
        themes: themes.collect(),
        is_new: is_new(&app, &case),
        attribution: naming::described(&case, &case.dataset).attribution,
        about: case.about,
    };
    page(&template)
}

/// Whether nothing of the dataset is public: its name may still be chosen.
fn is_new(app: &App, case: &Case) -> bool {
    app.catalogue().dataset(case.dataset.as_str()).is_none()
}

/// `POST /desk/cases/{id}/about`.
pub(super) async fn save(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> PageResult {
    let actor = Arc::clone(&signed.actor);
    let sent = fields.clone();
    form::act(&app, signed, (id, "about"), fields, Act::Describe, move |app, case| {
        let about = about_of(&sent)?;
        let given = sent.get("name").trim();
        if !given.is_empty() && given != case.dataset.as_str() {
            rename(app, case, given)?;
        }
        case.about = about;
        case.add_author(&actor);
        naming::unfit(case).map_or(Ok(()), Err)
    })
    .await
}

/// Reads what the form says; an error is a sentence for the person.
fn about_of(fields: &Fields) -> Result<About, String> {
    let title = line(fields.get("title"), TITLE_CHARS);
    if title.is_empty() {
        return Err("タイトルを入力してください。例: AED設置箇所一覧".to_owned());
    }
    let split = |c: char| matches!(c, ',' | '、' | '，' | '\n');
    let mut tags: Vec<String> = fields.get("tags").split(split).map(|tag| line(tag, 100)).collect();
    tags.retain(|tag| !tag.is_empty());
    if let Some(bad) = tags.iter().find(|tag| {
        tag.chars().count() < 2 || !tag.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.'))
    }) {
        return Err(format!(
            "タグ「{bad}」は使えません。2文字以上の文字・数字で、読点(、)で区切って入力してください。"
        ));
    }
    tags.truncate(TAGS_LIMIT);
    let promise = Promise::parse(fields.get("promise")).ok_or("更新の予定を選んでください。")?;
    let page = line(fields.get("page"), 2_000);
    Ok(About {
        title,
        notes: lines(fields.get("notes"), NOTES_CHARS),
        licence: line(fields.get("licence"), 100),
        theme: line(fields.get("theme"), 100),
        tags,
        page,
        promise,
    })
}

fn rename(app: &App, case: &mut Case, given: &str) -> Result<(), String> {
    if !is_new(app, case) {
        return Err("公開中のデータセットの名前は変えられません。".to_owned());
    }
    let name = Slug::parse(given)
        .map_err(|_| "アドレスに使う名前は、半角の英小文字・数字・「_」「-」で2文字以上100文字までです。".to_owned())?;
    match naming::is_free(app, &name, case.id) {
        Ok(true) => {
            case.dataset = name;
            Ok(())
        }
        Ok(false) => Err(format!("名前「{name}」は、ほかのデータセットか案件が使っています。")),
        Err(error) => {
            tracing::error!(%error, "names of datasets cannot be read");
            Err("名前を確認できませんでした。もう一度お試しください。".to_owned())
        }
    }
}
