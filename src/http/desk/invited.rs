//! Links of one use: the first run, an invitation, a reset. Who follows one chooses a password and a second factor.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;

use super::door::Doors;
use super::enter::desk;
use super::fields::Fields;
use super::frame::Frame;
use super::guard::{Visit, first_twenty};
use super::{page, page_as, work};
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::qr;
use crate::http::search::romaji;
use crate::model::account::{Account, Grant, Login, Reach, Role, State as AccountState, Verb, shown_name};
use crate::model::audit::Act;
use crate::model::id::AccountId;
use crate::model::session::Secret;
use crate::model::{password, second};
use crate::schema::Municipalities;
use crate::store::account::Change;
use crate::store::session::{Chosen, Leads};

pub(super) fn doors(doors: Doors) -> Doors {
    doors.get("/desk/link/{secret}", Verb::Enter, show).post("/desk/link/{secret}", Verb::Enter, choose)
}

#[derive(Template)]
#[template(path = "desk/link.html")]
struct LinkPage<'a> {
    frame: Frame,
    secret: &'a str,
    /// Whether name and login are chosen too: the first run.
    first: bool,
    login: &'a str,
    name: &'a str,
    typed: String,
    address: String,
    picture: Option<qr::Code>,
    faults: &'a [String],
}

#[derive(Template)]
#[template(path = "desk/codes.html")]
struct CodesPage {
    frame: Frame,
    codes: Vec<String>,
    /// Where to go on to.
    next: &'static str,
    /// The words of that link.
    onward: &'static str,
}

/// What is said under a link that opens nothing, whatever the reason.
fn gone() -> Problem {
    Problem::NotFound {
        detail: "このリンクは使えません。期限が切れたか、すでに使われています。新しいリンクを管理者に頼んでください。"
            .to_owned(),
    }
}

/// The account of a link, `None` for the first run; with the link's secret.
async fn followed(app: &Arc<App>, text: &str) -> Result<(Secret, Option<Account>), Problem> {
    let secret = Secret::parse(text).ok_or_else(gone)?;
    let (digest, now) = (secret.digest(), app.clock.now());
    let found = work(app, "looking at a link", move |app| app.store.link(&digest, now)).await?;
    match found.ok_or_else(gone)? {
        Leads::First => Ok((secret, None)),
        Leads::To(account) => Ok((secret, Some(account))),
    }
}

fn answer(
    app: &App,
    visit: &Visit,
    (secret, account): (&Secret, Option<&Account>),
    (login, name): (&str, &str),
    faults: &[String],
) -> Result<Response, Problem> {
    let factor = first_twenty(&secret.derived("second factor"));
    let (login, name) = account.map_or((login, name), |account| (&account.login, &account.name));
    let shown = if login.is_empty() { "hiraku" } else { login };
    let address = second::address(&factor, &app.config.site_title, shown);
    let frame = Frame::outside(app, if account.is_some() { "アカウントの設定" } else { "はじめの設定" });
    let template = LinkPage {
        frame: frame.with_form_token(&visit.form_token),
        secret: &secret.text(),
        first: account.is_none(),
        login,
        name,
        typed: second::typed(&factor),
        picture: qr::Code::of(&address),
        address,
        faults,
    };
    page_as(if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, &template)
}

async fn show(State(app): State<Arc<App>>, visit: Visit, Path(text): Path<String>) -> Result<Response, Problem> {
    let (secret, account) = followed(&app, &text).await?;
    answer(&app, &visit, (&secret, account.as_ref()), ("", ""), &[])
}

async fn choose(
    State(app): State<Arc<App>>,
    visit: Visit,
    Path(text): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let desk = desk(&app)?;
    let (secret, account) = followed(&app, &text).await?;
    let (given_login, given_name) = (fields.get("login").to_owned(), fields.get("name").to_owned());
    let again =
        |faults: &[String]| answer(&app, &visit, (&secret, account.as_ref()), (&given_login, &given_name), faults);
    let mut faults = Vec::new();
    let first = if account.is_none() { first_account(&app, &given_login, &given_name, &mut faults) } else { None };
    let person = account.as_ref().or(first.as_ref());
    let names = person.map(|account| [account.login.as_str(), account.name.as_str()]).unwrap_or_default();
    faults.extend(password_faults(&app, &fields, &names));
    let factor = first_twenty(&secret.derived("second factor"));
    let step = second::step(&factor, fields.get("code"), app.clock.now());
    if step.is_none() {
        faults.push(WRONG_CODE.to_owned());
    }
    let (Some(step), true) = (step, faults.is_empty()) else { return again(&faults) };
    let (codes, digests) = new_codes(&desk)?;
    let hash = new_hash(&desk, fields.get("password")).await?;
    let digest = secret.digest();
    let change = work(&app, "setting an account up", move |app| {
        let id = account.or_else(|| first.clone()).map(|account| account.id).unwrap_or_default();
        let act = Act {
            at: app.clock.now(),
            by: &id,
            action: "account set up",
            subject: &id,
            organization: None,
            outcome: if first.is_some() { "first operator" } else { "done" },
        };
        let chosen = Chosen { password: &hash, totp: &factor, totp_step: step, codes: &digests };
        app.store.set_up(&digest, first.as_ref(), &chosen, &act)
    })
    .await?;
    match change {
        Change::Made => codes_page(Frame::outside(&app, "回復コード"), codes, ("/desk/sign-in", "サインインへ進む")),
        _ => Err(gone()),
    }
}

/// The account of the first run: it runs the system, everywhere.
fn first_account(app: &App, login: &str, name: &str, faults: &mut Vec<String>) -> Option<Account> {
    let login = Login::parse(login);
    if login.is_none() {
        faults.push(LOGIN_RULE.to_owned());
    }
    let name = shown_name(name);
    if name.is_none() {
        faults.push(NAME_RULE.to_owned());
    }
    let now = app.clock.now();
    Some(Account {
        id: AccountId::mint(now).to_string(),
        login: login?.as_str().to_owned(),
        name: name?,
        state: AccountState::Invited,
        grants: vec![Grant { role: Role::Operator, reach: Reach::All }],
        created: now,
        signed_in: None,
    })
}

/// What is said of a name to sign in with that is none.
pub(super) const LOGIN_RULE: &str =
    "サインインの名前は、半角の英小文字・数字・「.」「_」「-」「@」で3文字以上64文字以内にしてください。";
/// What is said of a name to be shown that is none.
pub(super) const NAME_RULE: &str = "表示する名前は、1文字以上60文字以内で入力してください。";
/// What is said of a code that does not fit.
pub(super) const WRONG_CODE: &str = "確認コードが違います。アプリに登録してから、表示されている6桁の数字を入力してください。端末の時計が合っているかも確認してください。";

/// What is wrong with a new password: the fields `password` and `again`.
pub(super) fn password_faults(app: &App, fields: &Fields, names: &[&str]) -> Vec<String> {
    let (given, again) = (fields.get("password"), fields.get("again"));
    let mut known = vec![app.config.site_title.clone()];
    known.extend(names.iter().map(|name| (*name).to_owned()));
    for organization in app.catalogue().organizations() {
        known.push(organization.title.clone());
        if let Some(body) = Municipalities::bundled().by_code(organization.code) {
            let without = |text: &str, kinds: &[&str]| {
                kinds.iter().find_map(|kind| text.strip_suffix(kind)).unwrap_or(text).to_owned()
            };
            // Also without the last letter, which says what kind of body it is, and in Latin letters: 焼津, やいづ, yaizu.
            known.push(without(&body.name, &["市", "町", "村", "区"]));
            let kana = without(&body.kana, &["し", "ちょう", "まち", "むら", "そん", "く"]);
            known.extend(written_as(given, &kana));
            known.extend([body.kana.clone(), kana]);
        }
    }
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let mut faults: Vec<String> = password::check(given, &known).err().iter().map(ToString::to_string).collect();
    if given != again {
        faults.push("2回入力したパスワードが同じではありません。".to_owned());
    }
    faults
}

/// Longest reading of a city in Latin letters that is looked for.
const READING_LIMIT_CHARS: usize = 16;

/// What in a password is that reading, written in Latin letters in any way (`yaizu`, `yaidu`).
fn written_as(password: &str, kana: &str) -> Option<String> {
    let wanted = romaji::key(&katakana(kana))?;
    let letters: Vec<char> = password.chars().take(password::MOST_CHARS).map(|c| c.to_ascii_lowercase()).collect();
    let begin =
        |from: usize| (3..=READING_LIMIT_CHARS).filter_map(move |length| Some((from, from.checked_add(length)?)));
    (0..letters.len()).flat_map(begin).find_map(|(from, to)| {
        let part: String = letters.get(from..to)?.iter().collect();
        (romaji::key(&part).as_ref() == Some(&wanted)).then_some(part)
    })
}

fn katakana(hiragana: &str) -> String {
    let turned = |c: char| match c {
        'ぁ'..='ゖ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        other => other,
    };
    hiragana.chars().map(turned).collect()
}

/// Hashes a new password.
pub(super) async fn new_hash(desk: &super::Desk, given: &str) -> Result<String, Problem> {
    let (given, salt) = (given.to_owned(), desk.random()?);
    let hash = desk.hashing(move || password::hash(&given, &salt)).await?;
    hash.ok_or_else(|| Problem::internal("hashing a password", &"the hasher failed"))
}

/// New recovery codes, and what is kept of them.
pub(super) fn new_codes(desk: &super::Desk) -> Result<(Vec<String>, Vec<String>), Problem> {
    let codes = (0..second::CODES)
        .map(|_| Ok(second::recovery_code(&desk.random::<{ second::CODE_BYTES }>()?)))
        .collect::<Result<Vec<_>, Problem>>()?;
    let digests = codes.iter().map(|code| second::code_digest(code)).collect();
    Ok((codes, digests))
}

/// The one page on which recovery codes are shown.
pub(super) fn codes_page(
    frame: Frame,
    codes: Vec<String>,
    (next, onward): (&'static str, &'static str),
) -> Result<Response, Problem> {
    page(&CodesPage { frame, codes, next, onward })
}
