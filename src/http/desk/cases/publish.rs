//! Making public: now, or at a time; and until when.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State};

use super::release::{Done, publish as make_public};
use super::{Head, PageResult, blocking, form, frame, lines, local, opened, shown_time, writing};
use crate::http::app::App;
use crate::http::desk::fields::Fields;
use crate::http::desk::frame::Frame;
use crate::http::desk::guard::Signed;
use crate::http::desk::{page, see_other};
use crate::http::problem::Problem;
use crate::model::case::kept::TEXT_LIMIT_CHARS;
use crate::model::case::{Act, Case, Hindrance, Person, transit};

/// Longest wait for a publication before the page of the case shows how far it is: pages answer within half a minute.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Template)]
#[template(path = "desk/cases/publish.html")]
struct Publish {
    frame: Frame,
    head: Head,
    hindrance: String,
    scheduled: String,
    /// The earliest time of the field.
    least: String,
    rows: u64,
    difference: String,
}

/// `GET /desk/cases/{id}/publish`.
pub(super) async fn show(State(app): State<Arc<App>>, signed: Signed, Path(id): Path<String>) -> PageResult {
    let own = signed.clone();
    let case = blocking(&app, move |app| opened(app, &own, &id)).await?;
    let facts = case.facts(&signed.actor.id, "");
    let hindrance = transit(&signed.actor, &case.unit, case.state, Act::Publish, &facts).err();
    let summary = case.summary.as_ref();
    let template = Publish {
        frame: frame(&app, &signed, &case, "公開する"),
        head: Head::new(&app, &case, "-"),
        hindrance: hindrance.map(|own| own.to_string()).unwrap_or_default(),
        scheduled: case.publish_at.map(shown_time).unwrap_or_default(),
        least: local(app.clock.now()).strftime("%Y-%m-%dT%H:%M").to_string(),
        rows: summary.map_or(0, |summary| summary.rows[1]),
        difference: summary
            .and_then(|summary| summary.difference.as_ref())
            .map(|(_, [added, removed, changed])| format!("追加 {added}件・削除 {removed}件・変更 {changed}件"))
            .unwrap_or_default(),
    };
    page(&template)
}

/// A time of a field, on the clock in Japan; `None` where nothing was chosen.
fn time(text: &str, title: &str) -> Result<Option<jiff::Timestamp>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let wrong =
        || format!("{title}「{}」を読み取れません。2026-12-01 09:00 のように入力してください。", super::line(text, 40));
    let civil: jiff::civil::DateTime = text.replace(' ', "T").parse().map_err(|_| wrong())?;
    jiff::tz::Offset::constant(9).to_timestamp(civil).map(Some).map_err(|_| wrong())
}

/// `POST /desk/cases/{id}/publish`: at once, or at the time that was chosen.
pub(super) async fn publish(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> PageResult {
    let own = signed.clone();
    let (action, sent) = (format!("/desk/cases/{id}/publish"), fields.clone());
    let is_later = fields.get("how") == "later";
    let given = id.clone();
    let taken = blocking(&app, move |app| {
        let act = if is_later { Act::Schedule } else { Act::Publish };
        let mut change = |app: &App, case: &mut Case| {
            let now = app.clock.now();
            case.expires = time(sent.get("until"), "公開の期限")?;
            if is_later {
                let at = time(sent.get("at"), "公開の日時")?.ok_or("公開の日時を入力してください。")?;
                if at <= now {
                    return Err("公開の日時が過ぎています。今より後の日時を入力してください。".to_owned());
                }
                case.publish_at = Some(at);
            }
            let begins = case.publish_at.unwrap_or(now);
            if case.expires.is_some_and(|until| until <= begins) {
                return Err("公開の期限は、公開する日時より後にしてください。".to_owned());
            }
            Ok(())
        };
        if is_later {
            return form::take(app, &own, &given, &sent, act, &mut change);
        }
        // The state changes only when it is public: until then what is written is the plan to publish it now.
        form::take_with(app, &own, &given, &sent, act, &mut change, &mut |app, case, _, token| {
            app.store.plan_case(&case, token).map_err(super::stored)
        })
    })
    .await?;
    let form::Taken::Done(case) = &taken else {
        return form::answer(&app, &signed, &taken, (&action, &fields), form::back);
    };
    if is_later {
        return Ok(see_other(&form::back(case)));
    }
    now(&app, signed, case, &fields).await
}

async fn now(app: &Arc<App>, signed: Signed, case: &Case, fields: &Fields) -> PageResult {
    let comment = lines(fields.get("comment"), TEXT_LIMIT_CHARS);
    let (id, by, jobs) = (case.id, Person::of(&signed.actor), Arc::clone(writing(app)?));
    let own = Arc::clone(app);
    let (by_whom, noted) = (signed.clone(), case.clone());
    jobs.jobs.tell(id, |progress| "公開しています".clone_into(&mut progress.stage));
    let job = tokio::task::spawn_blocking(move || {
        let done = make_public(&own, id, &by, &comment);
        jobs.jobs.end(id);
        let outcome = match &done {
            Ok(Done::Public) => "published",
            Ok(Done::Returned) => "returned",
            Ok(Done::Hindered(_)) => "hindered",
            Err(_) => "failed",
        };
        if let Err(error) = form::note(&own, &by_whom, &noted, Act::Publish, outcome) {
            tracing::error!(%error, "a publication could not be noted");
        }
        done
    });
    // It goes on where this does not wait for its end.
    let Ok(done) = tokio::time::timeout(PATIENCE, job).await else { return Ok(see_other(&form::back(case))) };
    let done = done.map_err(|error| Problem::internal("publishing a case", &error))??;
    match done {
        Done::Public | Done::Returned => Ok(see_other(&form::back(case))),
        Done::Hindered(Hindrance::Right) => Err(Problem::not_found()),
        Done::Hindered(hindrance) => form::refused(app, &signed, case, &hindrance.to_string()),
    }
}

/// `POST /desk/cases/{id}/unschedule`.
pub(super) async fn unschedule(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> PageResult {
    form::act(&app, signed, (id, "unschedule"), fields, Act::Unschedule, |_, case| {
        case.publish_at = None;
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_fields_are_those_of_japan() {
        assert_eq!(time("", "x"), Ok(None));
        let nine = "2026-12-01T00:00:00Z".parse().expect("a time");
        assert_eq!(time("2026-12-01T09:00", "x"), Ok(Some(nine)));
        assert_eq!(time("2026-12-01 09:00", "x"), Ok(Some(nine)));
        assert!(time("明日", "公開の日時").is_err_and(|message| message.contains("明日")));
    }
}
