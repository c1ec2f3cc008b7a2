//! What a case does to the public: publish, withdraw, go back; and what a program that died left of it.
//!
//! The truth about what is public is the release in the store. A publication that was cut off either has its release
//! public – then the case says so at the next start – or has not, and is as approved as before.

use std::sync::PoisonError;

use super::check::{draft_name, update};
use super::naming;
use crate::http::app::App;
use crate::http::ckan::write::Writing;
use crate::http::problem::Problem;
use crate::model::account::Actor;
use crate::model::case::{Act, Case, Hindrance, Person, State, Withdrawal, proceed};
use crate::model::decision::Decision;
use crate::model::id::CaseId;
use crate::pipeline::PipelineError;
use crate::pipeline::case::mark;
use crate::pipeline::ingest::IngestJob;
use crate::pipeline::publish::{HeldReason, PublishJob};
use crate::pipeline::upload::Outcome;
use crate::store::StoreError;
use crate::store::case::{CaseChange, Saved};

/// What became of a publication.
#[derive(Debug)]
pub(super) enum Done {
    /// It is public.
    Public,
    /// It is not what was confirmed and approved, and went back to those who prepare it.
    Returned,
    /// It cannot be done.
    Hindered(Hindrance),
}

/// A fault while the public was being changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReleaseError {
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("this server takes no changes")]
    NoWriting,
    #[error("the catalogue could not be shown anew")]
    NotShown(Problem),
}

impl From<ReleaseError> for Problem {
    fn from(error: ReleaseError) -> Self {
        match error {
            ReleaseError::NotShown(problem) => problem,
            other => Self::internal("changing what is public", &other),
        }
    }
}

fn writing(app: &App) -> Result<&Writing, ReleaseError> {
    app.writing.as_deref().ok_or(ReleaseError::NoWriting)
}

/// Publishes an approved case. Blocks for as long as it takes to write its files.
pub(super) fn publish(app: &App, id: CaseId, by: &Person, comment: &str) -> Result<Done, ReleaseError> {
    let writing = writing(app)?;
    let _turn = writing.turn.lock().unwrap_or_else(PoisonError::into_inner);
    // What it is may have changed while this waited for its turn.
    let Some(case) = app.store.case(id)? else { return Ok(Done::Hindered(Hindrance::Right)) };
    if case.state == State::Public {
        return Ok(Done::Public);
    }
    if let Err(hindrance) = proceed(case.state, Act::Publish, &case.facts("", comment)) {
        return Ok(Done::Hindered(hindrance));
    }
    let folder = writing.uploads.case(id);
    folder.describe(&naming::described(&case, &case.dataset))?;
    let ingest = IngestJob {
        store: &app.store,
        worker: &writing.worker,
        clock: app.clock.as_ref(),
        again: true,
        towns: &writing.towns,
    };
    let publishing = PublishJob {
        store: &app.store,
        objects: &app.objects,
        clock: app.clock.as_ref(),
        tile_memory_bytes: writing.tile_memory_bytes,
    };
    let confirmed = |reason: &HeldReason| {
        let mark = mark(&reason.reason, &case.dataset);
        reason.reason.decision != Decision::Reject && case.answers.confirmed.iter().any(|own| own.mark == mark)
    };
    let agrees = |reasons: &[HeldReason]| reasons.iter().all(confirmed);
    let mut noted = |release: &str| -> Result<(), PipelineError> { Ok(app.store.note_case_release(id, release)?) };
    let outcome = writing.uploads.publish_case(&ingest, &publishing, (&case.dataset, &folder), &agrees, &mut noted)?;
    let why = match outcome {
        Outcome::Published(_) => {
            let published = is_public(app, id, by, comment)?;
            app.show_public().map_err(ReleaseError::NotShown)?;
            return Ok(if published {
                Done::Public
            } else {
                Done::Hindered(Hindrance::State(case.state, Act::Publish))
            });
        }
        Outcome::Waiting(_, reasons) | Outcome::Forbidden(_, reasons) => {
            let new = reasons.iter().filter(|reason| !confirmed(reason)).map(|reason| reason.message_ja.clone());
            format!(
                "公開の直前の点検で、確認されていない指摘がありました。もう一度点検してください。{}",
                new.take(3).collect::<String>()
            )
        }
        Outcome::Refused(_) | Outcome::Draft => {
            "公開の直前の点検で、ファイルを読み取れませんでした。もう一度点検してください。".to_owned()
        }
    };
    update(app, id, Act::Hold, &why, &mut |case| {
        case.trouble.clone_from(&why);
        case.summary = None;
        case.release.clear();
        case.publish_at = None;
        Ok(())
    })?;
    Ok(Done::Returned)
}

/// Writes that the release of a case is public.
fn is_public(app: &App, id: CaseId, by: &Person, comment: &str) -> Result<bool, StoreError> {
    for _ in 0..20 {
        let Some(mut case) = app.store.case(id)? else { return Ok(false) };
        case.state = State::Public;
        case.published = app.store.published_at(&case.release)?;
        case.publish_at = None;
        case.changed = app.clock.now();
        case.changed_by = by.clone();
        let change = CaseChange { case, act: Act::Publish, comment: comment.to_owned() };
        if app.store.case_published(&change)? == Saved::Done {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What of a dataset is being served: what it is, its address, and uses by people as far as counted.
pub(super) fn served(app: &App, case: &Case) -> Vec<(String, String, Option<u64>)> {
    let catalogue = app.catalogue();
    let Some(dataset) = catalogue.dataset(case.dataset.as_str()) else { return Vec::new() };
    let (site, uses) = (app.config.public_url(), app.uses());
    let used = |id: uuid::Uuid| app.counts.as_ref().map(|_| uses.get(&id).map_or(0, |(all, _)| *all));
    let name = &dataset.name;
    let mut served = vec![(
        "データセットのページとその機械可読版・フィード・検索".to_owned(),
        format!("{site}/dataset/{name}"),
        used(dataset.id.uuid()),
    )];
    for distribution in &dataset.distributions {
        served.push((
            format!("ファイル {}", distribution.title),
            crate::http::download::url(&site, dataset, distribution),
            used(distribution.id.uuid()),
        ));
    }
    for layer in dataset.tables.iter().filter_map(|table| table.layer.as_ref()) {
        served.push((
            format!("地図とタイル {}", layer.title),
            format!("{site}/map/{}", layer.name),
            used(crate::count::access::layer_target(layer.name.as_str())),
        ));
    }
    served.push((
        "API(datastore_search・OGC API Features)".to_owned(),
        format!("{site}/api/3/action/package_show?id={name}"),
        None,
    ));
    served
}

/// Takes what is public of a case away, everywhere at once. `by` = `None`: the program, because its time is over.
pub(super) fn withdraw(
    app: &App,
    mut case: Case,
    by: Option<&Actor>,
    reason: &str,
    token: Option<&str>,
) -> Result<Saved, ReleaseError> {
    let begun = app.clock.now();
    let served = served(app, &case);
    let person = by.map_or_else(Person::program, Person::of);
    case.state = State::Withdrawn;
    case.withdrawal = Some(Withdrawal { by: person.clone(), at: begun, reason: reason.to_owned(), took_ms: 0, served });
    case.changed = begun;
    case.changed_by = person;
    let (id, act) = (case.id, if by.is_some() { Act::Withdraw } else { Act::Expire });
    let saved = {
        let writing = writing(app)?;
        let _turn = writing.turn.lock().unwrap_or_else(PoisonError::into_inner);
        app.store.withdraw_case(&CaseChange { case, act, comment: reason.to_owned() }, token)?
    };
    if saved == Saved::Done {
        app.show_public().map_err(ReleaseError::NotShown)?;
        let took = app.clock.now().as_millisecond().saturating_sub(begun.as_millisecond());
        app.store.note_case_withdrawal(id, u64::try_from(took).unwrap_or(0))?;
    }
    Ok(saved)
}

/// Makes the release of an earlier case public again.
pub(super) fn restore(
    app: &App,
    mut case: Case,
    by: &Actor,
    comment: &str,
    token: Option<&str>,
) -> Result<Saved, ReleaseError> {
    case.state = State::Public;
    case.changed = app.clock.now();
    case.changed_by = Person::of(by);
    let saved = {
        let writing = writing(app)?;
        let _turn = writing.turn.lock().unwrap_or_else(PoisonError::into_inner);
        app.store.restore_case(&CaseChange { case, act: Act::Restore, comment: comment.to_owned() }, token)?
    };
    if saved == Saved::Done {
        app.show_public().map_err(ReleaseError::NotShown)?;
    }
    Ok(saved)
}

/// Puts right what a program that died left: checks that broke off, and publications of which the case does not know how
/// they ended. Call it before anything is served.
///
/// # Errors
/// Where the store cannot be read or written.
pub fn recover(app: &App) -> Result<(), StoreError> {
    for case in app.store.cases()? {
        match case.state {
            State::Checking => {
                app.store.unstage(&draft_name(case.id))?;
                app.store.forget_draft(&draft_name(case.id))?;
                let trouble =
                    "サーバーが再起動したため、点検が途中で止まりました。「点検する」を押すと、もう一度点検します。";
                update(app, case.id, Act::Broke, trouble, &mut |now| {
                    trouble.clone_into(&mut now.trouble);
                    Ok(())
                })?;
            }
            State::Approved | State::Scheduled if !case.release.is_empty() => {
                if app.store.published_at(&case.release)?.is_some() {
                    is_public(app, case.id, &Person::program(), "サーバーの再起動の前に公開が終わっていました。")?;
                } else if app.store.staged_release_of(&case.dataset)?.as_deref() == Some(case.release.as_str()) {
                    app.store.unstage(&case.dataset)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Publishes what is due, and takes away what has been public for its time. Blocks; call it now and then.
pub fn act_on_due(app: &App) {
    let cases = match app.store.cases() {
        Ok(cases) => cases,
        Err(error) => {
            tracing::error!(%error, "cases that are due cannot be read");
            return;
        }
    };
    let now = app.clock.now();
    for case in cases {
        let is_due = |at: Option<jiff::Timestamp>| at.is_some_and(|at| at <= now);
        let id = case.id;
        let outcome = if case.state == State::Scheduled && is_due(case.publish_at) {
            publish(app, id, &Person::program(), "予約した日時になりました。").map(|done| match done {
                Done::Public => "published",
                Done::Returned => "returned",
                Done::Hindered(_) => "hindered",
            })
        } else if case.state == State::Public && is_due(case.expires) {
            withdraw(app, case.clone(), None, "公開の期限が過ぎました。", None).map(|_| "expired")
        } else {
            continue;
        };
        match outcome {
            Ok(outcome) => {
                tracing::info!(case = %id, outcome, "a case was due");
                let act = crate::model::audit::Act {
                    at: now,
                    by: "schedule",
                    action: "case due",
                    subject: &id.to_string(),
                    organization: Some(&case.unit),
                    outcome,
                };
                if let Err(error) = app.store.note(&act) {
                    tracing::error!(%error, "what was due could not be noted");
                }
            }
            Err(error) => tracing::error!(%error, case = %id, "a case that was due could not be done"),
        }
    }
}
