//! The audit as a page: what was done, by whom, to what; with a filter, a hundred entries at a time.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::accounts::Titles;
use super::door::Doors;
use super::frame::Frame;
use super::guard::Signed;
use super::{japan_minute, page, work};
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::query::parameter;
use crate::model::account::{Object, Unit, Verb};
use crate::model::time::japan_midnight;
use crate::store::audit::AuditQuestion;

/// Entries of one page.
const MOST: u32 = 100;
/// Longest text of a filter, characters.
const FILTER_LIMIT_CHARS: usize = 100;

pub(super) fn doors(doors: Doors) -> Doors {
    doors.get("/desk/audit", Verb::AuditRead, show)
}

struct Line {
    number: u64,
    at: String,
    by: String,
    action: String,
    subject: String,
    organization: String,
    outcome: String,
}

#[derive(Template)]
#[template(path = "desk/audit.html")]
struct AuditPage<'a> {
    frame: Frame,
    lines: Vec<Line>,
    filter: &'a Filter,
    /// The address of the entries before these; empty = there are none.
    older: String,
    /// Whether the chain holds, where that was asked; the number of its entries and what is wrong.
    checked: Option<(u64, Vec<String>)>,
    may_check: bool,
}

#[derive(Default)]
struct Filter {
    by: String,
    action: String,
    subject: String,
    organization: String,
    from: String,
    to: String,
}

impl Filter {
    fn of(query: Option<&str>) -> Self {
        let text = |name| {
            let text = parameter(query, name).unwrap_or_default();
            text.trim().chars().filter(|c| !c.is_control()).take(FILTER_LIMIT_CHARS).collect()
        };
        Self {
            by: text("by"),
            action: text("action"),
            subject: text("subject"),
            organization: text("organization"),
            from: text("from"),
            to: text("to"),
        }
    }

    fn older(&self, before: u64) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, text) in [
            ("by", &self.by),
            ("action", &self.action),
            ("subject", &self.subject),
            ("organization", &self.organization),
            ("from", &self.from),
            ("to", &self.to),
        ] {
            if !text.is_empty() {
                query.append_pair(name, text);
            }
        }
        query.append_pair("before", &before.to_string());
        format!("/desk/audit?{}", query.finish())
    }
}

/// The beginning of a day in Japan, microseconds since 1970; `None` where the text is no day.
fn day_us(text: &str, add: i64) -> Option<i64> {
    let day: jiff::civil::Date = text.parse().ok()?;
    let day = day.checked_add(jiff::Span::new().days(add)).ok()?;
    Some(japan_midnight(day)?.as_microsecond())
}

async fn show(State(app): State<Arc<App>>, signed: Signed, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let filter = Filter::of(query.as_deref());
    // Who reads for the site reads all; others what belongs to their organizations.
    let organizations = if signed.sees(Object::Site) {
        (!filter.organization.is_empty()).then(|| vec![filter.organization.clone()])
    } else {
        Some(own_organizations(&signed, &filter.organization)?)
    };
    let (titles, _) = Titles::read(&app).await?;
    let given = filter.by.clone();
    let mut question = AuditQuestion {
        by: String::new(),
        action: filter.action.clone(),
        subject: filter.subject.clone(),
        organizations,
        from_us: day_us(&filter.from, 0),
        to_us: day_us(&filter.to, 1),
        before: parameter(query.as_deref(), "before").and_then(|text| text.parse().ok()),
        most: MOST,
    };
    let may_check = signed.may(Verb::AuditRead, Object::Site);
    let check = may_check && parameter(query.as_deref(), "check").is_some();
    let (entries, names, checked) = work(&app, "reading the audit", move |app| {
        let accounts = app.store.accounts()?;
        // A person is sought by the name that is shown or signed in with.
        let named = accounts.iter().find(|account| account.name == given || account.login == given);
        question.by = named.map_or(given, |account| account.id.clone());
        let checked = if check {
            let (head, faults) = app.store.check_audit()?;
            Some((head.number, faults.iter().map(ToString::to_string).collect()))
        } else {
            None
        };
        let names: HashMap<String, String> = accounts.into_iter().map(|account| (account.id, account.name)).collect();
        Ok((app.store.audit_entries(&question)?, names, checked))
    })
    .await?;
    let older = match entries.last() {
        Some(last) if entries.len() == MOST as usize && last.number > 1 => filter.older(last.number),
        _ => String::new(),
    };
    let shown = |id: &str| match id {
        "-" => "(不明)".to_owned(),
        "command" => "コマンド".to_owned(),
        id => names.get(id).cloned().unwrap_or_else(|| id.to_owned()),
    };
    let lines = entries.iter().map(|entry| Line {
        number: entry.number,
        at: japan_minute(entry.at()),
        by: shown(&entry.by),
        action: entry.action.clone(),
        subject: shown(&entry.subject),
        organization: Unit::parse(&entry.organization).map(|unit| titles.of(Some(&unit))).unwrap_or_default(),
        outcome: entry.outcome.clone(),
    });
    let lines = lines.collect();
    let frame = Frame::new(&app, &signed, "監査記録").section("/desk/audit");
    page(&AuditPage { frame, lines, filter: &filter, older, checked, may_check })
}

/// The organizations of one who does not read for the site: those where the person may, or the one asked for among them.
fn own_organizations(signed: &Signed, asked: &str) -> Result<Vec<String>, Problem> {
    if !asked.is_empty() {
        let unit = Unit::parse(asked).ok_or_else(Problem::not_found)?;
        signed.permit(Object::Of(&unit))?;
        return Ok(vec![asked.to_owned()]);
    }
    let units = signed.actor.grants.iter().filter_map(|grant| grant.reach.unit());
    Ok(units.filter(|unit| signed.sees(Object::Of(unit))).map(ToString::to_string).collect())
}
