//! Accounts and their roles. Who looks after an account looks after every role it has; nobody changes their own.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;

use super::door::Doors;
use super::fields::Fields;
use super::frame::Frame;
use super::guard::Signed;
use super::invite::{link_page, new_link};
use super::invited::NAME_RULE;
use super::{japan_minute, page, page_as, see_other, work};
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::model::account::{Account, Grant, Object, Reach, Role, Unit, Verb, may, shown_name};
use crate::model::id::AccountId;
use crate::schema::Municipalities;
use crate::store::account::{Change, Department};
use crate::store::session::Link;

/// Most roles of one account.
const GRANTS_LIMIT: usize = 50;

pub(super) fn doors(doors: Doors) -> Doors {
    doors
        .get("/desk/accounts", Verb::AccountRead, list)
        .get("/desk/accounts/{id}", Verb::AccountRead, show)
        .get("/desk/accounts/{id}/edit", Verb::AccountEdit, show_edit)
        .post("/desk/accounts/{id}/name", Verb::AccountEdit, rename)
        .post("/desk/accounts/{id}/roles", Verb::AccountEdit, set_roles)
        .post("/desk/accounts/{id}/lock", Verb::AccountEdit, lock)
        .post("/desk/accounts/{id}/unlock", Verb::AccountEdit, unlock)
        .post("/desk/accounts/{id}/reset", Verb::AccountEdit, reset)
}

struct Line {
    account: Account,
    roles: Vec<(String, &'static str)>,
    signed_in: String,
}

#[derive(Template)]
#[template(path = "desk/accounts.html")]
struct ListPage {
    frame: Frame,
    lines: Vec<Line>,
    may_invite: bool,
}

#[derive(Template)]
#[template(path = "desk/account.html")]
struct AccountPage<'a> {
    frame: Frame,
    line: &'a Line,
    created: String,
    may_edit: bool,
}

pub(super) struct Choice {
    pub(super) value: String,
    pub(super) title: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "desk/account_edit.html")]
struct EditPage<'a> {
    frame: Frame,
    account: &'a Account,
    grants: Vec<Choice>,
    roles: Vec<Choice>,
    organizations: Vec<Choice>,
    fault: &'a str,
}

pub(super) fn object(grant: &Grant) -> Object<'_> {
    grant.reach.unit().map_or(Object::Site, Object::Of)
}

/// What organizations are called.
pub(super) struct Titles(HashMap<String, String>);

impl Titles {
    pub(super) async fn read(app: &Arc<App>) -> Result<(Self, Vec<Department>), Problem> {
        let departments = work(app, "reading departments", |app| app.store.departments()).await?;
        let known = departments.iter().map(|department| (department.unit.to_string(), department.title.clone()));
        Ok((Self(known.collect()), departments))
    }

    /// `焼津市 企画課`; what is not known by name is said as it is written.
    pub(super) fn of(&self, unit: Option<&Unit>) -> String {
        let Some(unit) = unit else { return "すべての組織".to_owned() };
        let code = unit.code();
        let city = Municipalities::bundled().by_code(code).map_or_else(|| code.to_string(), |body| body.name.clone());
        match unit.department_name() {
            None => city,
            Some(name) => format!("{city} {}", self.0.get(&unit.to_string()).map_or(name.as_str(), String::as_str)),
        }
    }
}

/// Roles for people: organization and role.
pub(super) async fn role_lines(app: &Arc<App>, grants: &[Grant]) -> Result<Vec<(String, &'static str)>, Problem> {
    let (titles, _) = Titles::read(app).await?;
    Ok(grants.iter().map(|grant| (titles.of(grant.reach.unit()), grant.role.title())).collect())
}

async fn list(State(app): State<Arc<App>>, signed: Signed) -> Result<Response, Problem> {
    let accounts = work(&app, "reading accounts", |app| app.store.accounts()).await?;
    let mut lines = Vec::new();
    for account in accounts {
        if sees(&signed, &account) {
            lines.push(line(&app, account).await?);
        }
    }
    let may_invite = signed.actor.grants.iter().any(|grant| may(&signed.actor, Verb::AccountEdit, object(grant)));
    page(&ListPage { frame: Frame::new(&app, &signed, "アカウント").section("/desk/accounts"), lines, may_invite })
}

/// Whether an account is shown: any of its roles lies where the person looks; one without roles to who sees the site.
fn sees(signed: &Signed, account: &Account) -> bool {
    let site = signed.sees(Object::Site);
    site || account.grants.iter().any(|grant| grant.reach != Reach::All && signed.sees(object(grant)))
}

async fn line(app: &Arc<App>, account: Account) -> Result<Line, Problem> {
    Ok(Line {
        roles: role_lines(app, &account.grants).await?,
        signed_in: account.signed_in.map_or_else(|| "まだありません".to_owned(), japan_minute),
        account,
    })
}

async fn read(app: &Arc<App>, id: &str) -> Result<Account, Problem> {
    let id = AccountId::parse(id).ok_or_else(Problem::not_found)?.to_string();
    work(app, "reading an account", move |app| app.store.account(&id)).await?.ok_or_else(Problem::not_found)
}

async fn show(State(app): State<Arc<App>>, signed: Signed, Path(id): Path<String>) -> Result<Response, Problem> {
    let account = read(&app, &id).await?;
    if !sees(&signed, &account) {
        return Err(not_yours());
    }
    let may_edit = signed.actor.may_administer(&account);
    let line = line(&app, account).await?;
    let frame =
        Frame::new(&app, &signed, &line.account.name).section("/desk/accounts").crumb("アカウント", "/desk/accounts");
    page(&AccountPage { frame, created: japan_minute(line.account.created), line: &line, may_edit })
}

pub(super) fn not_yours() -> Problem {
    Problem::Forbidden { detail: "このアカウントを扱う権限がありません。".to_owned() }
}

/// The account, where the person looks after it.
async fn administered(app: &Arc<App>, signed: &Signed, id: &str) -> Result<Account, Problem> {
    let account = read(app, id).await?;
    let reached = if account.grants.is_empty() {
        signed.sees(Object::Site)
    } else {
        account.grants.iter().all(|grant| signed.sees(object(grant)))
    };
    if reached && signed.actor.may_administer(&account) { Ok(account) } else { Err(not_yours()) }
}

/// Roles and organizations that the person may give.
pub(super) async fn choices(app: &Arc<App>, signed: &Signed) -> Result<(Vec<Choice>, Vec<Choice>), Problem> {
    let (titles, departments) = Titles::read(app).await?;
    let everywhere = Grant { role: Role::Operator, reach: Reach::All };
    let is_operator = signed.actor.grants.contains(&everywhere);
    let roles = Role::ALL.into_iter().filter(|role| is_operator || *role != Role::Operator);
    let roles =
        roles.map(|role| Choice { value: role.as_str().to_owned(), title: role.title().to_owned(), chosen: false });
    let mut units: Vec<Unit> = app.catalogue().organizations().iter().map(|own| Unit::municipality(own.code)).collect();
    units.extend(
        departments.into_iter().flat_map(|department| [Unit::municipality(department.unit.code()), department.unit]),
    );
    units.extend(signed.actor.grants.iter().filter_map(|grant| grant.reach.unit().cloned()));
    units.sort();
    units.dedup();
    let mut organizations: Vec<Choice> = units
        .into_iter()
        .filter(|unit| may(&signed.actor, Verb::AccountEdit, Object::Of(unit)))
        .map(|unit| Choice { value: unit.to_string(), title: titles.of(Some(&unit)), chosen: false })
        .collect();
    if is_operator {
        organizations.insert(0, Choice { value: "*".to_owned(), title: titles.of(None), chosen: false });
    }
    Ok((roles.collect(), organizations))
}

/// The role a form gives, where it is one the person may give to an organization that there is.
pub(super) async fn given(app: &Arc<App>, signed: &Signed, role: &str, reach: &str) -> Result<Grant, Problem> {
    let unknown = || Problem::invalid("organization", "役割と組織を選んでください。");
    let grant = Grant { role: Role::parse(role).ok_or_else(unknown)?, reach: Reach::parse(reach).ok_or_else(unknown)? };
    signed.permit(object(&grant))?;
    if !signed.actor.may_grant(&grant) {
        return Err(Problem::Forbidden { detail: "この役割を与える権限がありません。".to_owned() });
    }
    if let Some(unit) = grant.reach.unit() {
        let (_, departments) = Titles::read(app).await?;
        let known = unit.department_name().is_none() || departments.iter().any(|department| department.unit == *unit);
        if Municipalities::bundled().by_code(unit.code()).is_none() || !known {
            return Err(Problem::invalid("organization", "登録されていない組織です。先に部署を登録してください。"));
        }
    }
    Ok(grant)
}

async fn show_edit(State(app): State<Arc<App>>, signed: Signed, Path(id): Path<String>) -> Result<Response, Problem> {
    let account = administered(&app, &signed, &id).await?;
    edit_page(&app, &signed, &account, "").await
}

async fn edit_page(app: &Arc<App>, signed: &Signed, account: &Account, fault: &str) -> Result<Response, Problem> {
    let (titles, _) = Titles::read(app).await?;
    let (roles, organizations) = choices(app, signed).await?;
    let grants = account.grants.iter().map(|grant| Choice {
        value: grant.to_string(),
        title: format!("{} {}", titles.of(grant.reach.unit()), grant.role.title()),
        chosen: true,
    });
    let own = format!("/desk/accounts/{}", account.id);
    let frame = Frame::new(app, signed, "アカウントの変更").section("/desk/accounts");
    let frame = frame.crumb("アカウント", "/desk/accounts").crumb(&account.name, &own);
    let status = if fault.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page_as(status, &EditPage { frame, account, grants: grants.collect(), roles, organizations, fault })
}

/// After a change: back to the account, or what stood in the way.
async fn changed(app: &Arc<App>, signed: &Signed, account: &Account, change: Change) -> Result<Response, Problem> {
    let fault = match change {
        Change::Made => return Ok(see_other(&format!("/desk/accounts/{}", account.id))),
        Change::LastOperator => {
            "運用管理者が一人もいなくなるため、変更できません。先に別の運用管理者を登録してください。"
        }
        Change::Unknown | Change::Taken => "アカウントの状態が変わっています。画面を読み込み直してください。",
    };
    edit_page(app, signed, account, fault).await
}

/// The first organization of an account, under which its entries stand in the audit.
fn place(account: &Account) -> Option<&Unit> {
    account.grants.iter().find_map(|grant| grant.reach.unit())
}

async fn rename(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let account = administered(&app, &signed, &id).await?;
    let Some(name) = shown_name(fields.get("name")) else { return edit_page(&app, &signed, &account, NAME_RULE).await };
    let (acting, own) = (signed.clone(), account.clone());
    let change = work(&app, "renaming an account", move |app| {
        app.store.rename(&own.id, &name, &acting.act(app, "account rename", &own.id, place(&own), &name))
    });
    changed(&app, &signed, &account, change.await?).await
}

async fn set_roles(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let account = administered(&app, &signed, &id).await?;
    // What stays is chosen among what there is: nothing comes in by this field.
    let kept = |grant: &&Grant| fields.all("keep").any(|text| text == grant.to_string());
    let mut grants: Vec<Grant> = account.grants.iter().filter(kept).cloned().collect();
    if !fields.get("role").is_empty() {
        grants.push(given(&app, &signed, fields.get("role"), fields.get("organization")).await?);
    }
    if grants.is_empty() || grants.len() > GRANTS_LIMIT {
        let fault = "役割を1つ以上残してください。使わないアカウントは停止してください。";
        return edit_page(&app, &signed, &account, fault).await;
    }
    let (acting, own) = (signed.clone(), account.clone());
    let change = work(&app, "changing roles", move |app| {
        let outcome = grants.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let act = acting.act(app, "account roles", &own.id, place(&own), &outcome);
        app.store.set_grants(&own.id, &grants, &act)
    });
    changed(&app, &signed, &account, change.await?).await
}

async fn lock(State(app): State<Arc<App>>, signed: Signed, Path(id): Path<String>) -> Result<Response, Problem> {
    shut(app, signed, &id, true).await
}

async fn unlock(State(app): State<Arc<App>>, signed: Signed, Path(id): Path<String>) -> Result<Response, Problem> {
    shut(app, signed, &id, false).await
}

async fn shut(app: Arc<App>, signed: Signed, id: &str, shut: bool) -> Result<Response, Problem> {
    let account = administered(&app, &signed, id).await?;
    let (acting, own) = (signed.clone(), account.clone());
    let change = work(&app, "locking an account", move |app| {
        let action = if shut { "account lock" } else { "account unlock" };
        app.store.lock(&own.id, shut, &acting.act(app, action, &own.id, place(&own), "done"))
    });
    changed(&app, &signed, &account, change.await?).await
}

async fn reset(State(app): State<Arc<App>>, signed: Signed, Path(id): Path<String>) -> Result<Response, Problem> {
    let account = administered(&app, &signed, &id).await?;
    let (secret, until) = new_link(&app)?;
    let (digest, acting, own) = (secret.digest(), signed.clone(), account.clone());
    let change = work(&app, "resetting an account", move |app| {
        let act = acting.act(app, "account reset", &own.id, place(&own), "done");
        app.store.reset(&own.id, &Link { digest: &digest, created: act.at, expires: until }, &act)
    })
    .await?;
    if change == Change::Made {
        return link_page(&app, &signed, &account, (&secret, until));
    }
    changed(&app, &signed, &account, change).await
}
