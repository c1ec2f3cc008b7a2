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
use crate::model::account::{Grant, Object, Unit, Verb};
use crate::model::case::Act as CaseAct;
use crate::model::time::japan_midnight;
use crate::store::audit::AuditQuestion;

/// Entries of one page.
const MOST: u32 = 100;
/// Longest text of a filter, characters.
const FILTER_LIMIT_CHARS: usize = 100;

/// What entries call what was done, and what pages do. Others are shown as they are written.
const ACTIONS: &[(&str, &str)] = &[
    ("sign-in", "サインイン"),
    ("sign-out", "サインアウト"),
    ("session", "サインインの打切り"),
    ("password change", "パスワードの変更"),
    ("password again", "パスワードの確認"),
    ("second factor change", "確認コードの端末の変更"),
    ("recovery codes renew", "回復コードの作り直し"),
    ("account set up", "アカウントの設定"),
    ("account invite", "アカウントの招待"),
    ("account rename", "表示する名前の変更"),
    ("account roles", "役割の変更"),
    ("account lock", "利用の停止"),
    ("account unlock", "利用の再開"),
    ("account reset", "パスワードと確認コードの再設定"),
    ("department set", "部署の登録"),
    ("token add", "APIトークンの作成"),
    ("token revoke", "APIトークンの無効化"),
    ("first link", "最初のリンクの作成"),
    ("case due", "予約した公開・期限による撤回"),
    ("ingest", "取り込み"),
    ("publish", "公開"),
    ("kpi set", "目標の登録"),
    ("backup", "控えの作成"),
];

/// How entries say it ended, and how pages do.
const OUTCOMES: &[(&str, &str)] = &[
    ("done", "完了"),
    ("made", "完了"),
    ("changed", "変更のため始め直し"),
    ("password", "パスワードを確認"),
    ("done by recovery code", "回復コードで完了"),
    ("refused", "拒否"),
    ("second factor refused", "確認コードで拒否"),
    ("first operator", "最初の運用管理者"),
    ("failed", "失敗"),
    ("begun", "開始"),
    ("files", "ファイルの差し替え"),
    ("published", "公開"),
    ("returned", "再確認へ"),
    ("hindered", "できず"),
    ("expired", "期限で撤回"),
];

fn action_title(action: &str) -> &str {
    if let Some(act) = action.strip_prefix("case ").and_then(CaseAct::parse) {
        return act.title();
    }
    let whole = ACTIONS.iter().find(|(word, _)| *word == action);
    let begun = || ACTIONS.iter().find(|(word, _)| action.strip_prefix(word).is_some_and(|rest| rest.starts_with(' ')));
    whole.or_else(begun).map_or(action, |(_, title)| title)
}

/// How it ended, for people; roles that were given are said with their organizations.
fn outcome_title(titles: &Titles, outcome: &str) -> String {
    if let Some((_, title)) = OUTCOMES.iter().find(|(word, _)| *word == outcome) {
        return (*title).to_owned();
    }
    let grants: Option<Vec<Grant>> = outcome.split(' ').map(Grant::parse).collect();
    let said = |grant: &Grant| format!("{} {}", titles.of(grant.reach.unit()), grant.role.title());
    grants.map_or_else(|| outcome.to_owned(), |grants| grants.iter().map(said).collect::<Vec<_>>().join("、"))
}

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
    /// Word, title, whether it is the one asked for.
    actions: Vec<(&'static str, &'static str, bool)>,
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
        action: action_title(&entry.action).to_owned(),
        subject: names.get(&entry.subject).unwrap_or(&entry.subject).clone(),
        organization: Unit::parse(&entry.organization).map(|unit| titles.of(Some(&unit))).unwrap_or_default(),
        outcome: outcome_title(&titles, &entry.outcome),
    });
    let lines = lines.collect();
    let actions = ACTIONS.iter().map(|(word, title)| (*word, *title, *word == filter.action)).collect();
    let frame = Frame::new(&app, &signed, "監査記録").section("/desk/audit");
    page(&AuditPage { frame, lines, filter: &filter, actions, older, checked, may_check })
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
