//! `hiraku user` and `hiraku org`: accounts of the staff desk and departments. No password is ever given or shown: whoever
//! is added or reset gets a link of one use.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

use super::Usage;
use super::job::{Answer, Job, Workplace};
use crate::config::Config;
use crate::http::desk::Desk;
use crate::model::account::{Account, Grant, Login, State, Unit, shown_name};
use crate::model::audit::Act;
use crate::model::id::AccountId;
use crate::model::session::Secret;
use crate::schema::Municipalities;
use crate::store::account::{Change, Department};
use crate::store::session::Link;

/// How long a link opens, hours: over a weekend.
const LINK_HOURS: i64 = 72;

/// `hiraku user`
#[derive(Debug, Args)]
pub struct UserArguments {
    /// データの置き場所 / the data directory
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub what: UserWhat,
}

/// `hiraku user add|list|roles|reset|lock|unlock`
#[derive(Debug, Subcommand)]
pub enum UserWhat {
    /// アカウントを作り、招待のリンクを表示する / make an account and show its link of invitation
    Add {
        /// サインインの名前 / the name to sign in with
        #[arg(value_name = "LOGIN")]
        login: String,
        /// 表示する名前 / the name others see
        #[arg(long, value_name = "TEXT")]
        name: String,
        /// 役割:組織(例 editor:222127/kikaku、operator:*)。繰り返し指定できる / role and organization; may be repeated
        #[arg(long = "role", value_name = "ROLE:ORGANIZATION", required = true)]
        roles: Vec<String>,
    },
    /// アカウントの一覧 / list the accounts
    List,
    /// 役割を置き換える / replace the roles
    Roles {
        /// サインインの名前 / the name to sign in with
        #[arg(value_name = "LOGIN")]
        login: String,
        /// 役割:組織 / role and organization
        #[arg(value_name = "ROLE:ORGANIZATION", required = true)]
        roles: Vec<String>,
    },
    /// パスワードと確認コードを無効にし、新しいリンクを表示する / void password and second factor, show a new link
    Reset {
        /// サインインの名前 / the name to sign in with
        #[arg(value_name = "LOGIN")]
        login: String,
    },
    /// 利用を停止する / shut the account
    Lock {
        /// サインインの名前 / the name to sign in with
        #[arg(value_name = "LOGIN")]
        login: String,
    },
    /// 利用を再開する / open it again
    Unlock {
        /// サインインの名前 / the name to sign in with
        #[arg(value_name = "LOGIN")]
        login: String,
    },
}

/// `hiraku org`
#[derive(Debug, Args)]
pub struct OrgArguments {
    /// データの置き場所 / the data directory
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub what: OrgWhat,
}

/// `hiraku org set|list`
#[derive(Debug, Subcommand)]
pub enum OrgWhat {
    /// 部署を登録する、名前を変える / make a department, or name it anew
    Set {
        /// 団体コード/略称(例 222127/kikaku) / code and short name
        #[arg(value_name = "CODE/NAME")]
        unit: String,
        /// 部署の名前 / what it is called
        #[arg(value_name = "TITLE")]
        title: String,
    },
    /// 部署の一覧 / list the departments
    List,
}

/// A job about people, as it travels to a running server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PeopleJob {
    /// Make an account.
    Add {
        /// The name to sign in with.
        login: String,
        /// The name others see.
        name: String,
        /// Its roles.
        grants: Vec<Grant>,
        /// Where the desk is reached.
        origin: String,
    },
    /// Tell the accounts.
    List,
    /// Replace the roles of an account.
    Roles {
        /// The name to sign in with.
        login: String,
        /// Its roles.
        grants: Vec<Grant>,
    },
    /// Void password and second factor.
    Reset {
        /// The name to sign in with.
        login: String,
        /// Where the desk is reached.
        origin: String,
    },
    /// Shut an account, or open it.
    Lock {
        /// The name to sign in with.
        login: String,
        /// Whether it is shut.
        shut: bool,
    },
    /// Make or name a department.
    Department {
        /// The department.
        unit: Unit,
        /// What it is called.
        title: String,
    },
    /// Tell the departments.
    Departments,
}

fn grants(texts: &[String]) -> anyhow::Result<Vec<Grant>> {
    let parse = |text: &String| {
        let hint = "write ROLE:ORGANIZATION (editor:222127, viewer:222127/kikaku, operator:*) / 役割:組織 の形で書いてください";
        Grant::parse(text).ok_or_else(|| Usage(format!("{text:?}: {hint}")).into())
    };
    texts.iter().map(parse).collect()
}

fn login(text: &str) -> anyhow::Result<String> {
    let hint = "3 to 64 of a-z 0-9 . _ @ - / 半角の英小文字・数字・「.」「_」「-」「@」で3文字以上";
    let login = Login::parse(text).ok_or_else(|| Usage(format!("{text:?}: {hint}")))?;
    Ok(login.as_str().to_owned())
}

fn name(text: &str) -> anyhow::Result<String> {
    shown_name(text)
        .ok_or_else(|| Usage("a name has 1 to 60 letters / 名前は1文字以上60文字以内です".to_owned()).into())
}

/// Where the desk is reached, by the settings.
fn origin(config: &Config) -> anyhow::Result<String> {
    let desk = Desk::of(config, super::serve::random).map_err(|error| Usage(error.to_string()))?;
    Ok(desk.map_or_else(|| config.public_url(), |desk| desk.origin))
}

impl UserArguments {
    /// The data directory as given, and the job.
    pub fn into_job(self, config: &Config) -> anyhow::Result<(Option<PathBuf>, Job)> {
        let what = match self.what {
            UserWhat::Add { login: given, name: shown, roles } => PeopleJob::Add {
                login: login(&given)?,
                name: name(&shown)?,
                grants: grants(&roles)?,
                origin: origin(config)?,
            },
            UserWhat::List => PeopleJob::List,
            UserWhat::Roles { login: given, roles } => {
                PeopleJob::Roles { login: login(&given)?, grants: grants(&roles)? }
            }
            UserWhat::Reset { login: given } => PeopleJob::Reset { login: login(&given)?, origin: origin(config)? },
            UserWhat::Lock { login: given } => PeopleJob::Lock { login: login(&given)?, shut: true },
            UserWhat::Unlock { login: given } => PeopleJob::Lock { login: login(&given)?, shut: false },
        };
        Ok((self.data, Job::People { what }))
    }
}

impl OrgArguments {
    /// The data directory as given, and the job.
    pub fn into_job(self) -> anyhow::Result<(Option<PathBuf>, Job)> {
        let what = match self.what {
            OrgWhat::List => PeopleJob::Departments,
            OrgWhat::Set { unit: given, title } => {
                let unit = Unit::parse(&given).filter(|unit| {
                    unit.department_name().is_some() && Municipalities::bundled().by_code(unit.code()).is_some()
                });
                let hint = "write CODE/NAME (222127/kikaku) / 団体コード/略称 の形で書いてください";
                let unit = unit.ok_or_else(|| Usage(format!("{given:?}: {hint}")))?;
                PeopleJob::Department { unit, title: name(&title)? }
            }
        };
        Ok((self.data, Job::People { what }))
    }
}

/// Does a job about people.
pub(super) fn run(place: Workplace<'_>, job: &PeopleJob) -> anyhow::Result<Answer> {
    match job {
        PeopleJob::Add { login, name, grants, origin } => add(place, (login, name), grants, origin),
        PeopleJob::List => list(place),
        PeopleJob::Roles { login, grants } => {
            let account = account(place, login)?;
            let outcome = grants.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            let act = act(place, "account roles", &account.id, &outcome);
            done(login, place.store.set_grants(&account.id, grants, &act)?)
        }
        PeopleJob::Reset { login, origin } => {
            let account = account(place, login)?;
            let (secret, now, until) = link(place)?;
            let digest = secret.digest();
            let link = Link { digest: &digest, created: now, expires: until };
            let change = place.store.reset(&account.id, &link, &act(place, "account reset", &account.id, "done"))?;
            done(login, change)?;
            Ok(linked(&account, origin, &secret, until))
        }
        PeopleJob::Lock { login, shut } => {
            let account = account(place, login)?;
            let action = if *shut { "account lock" } else { "account unlock" };
            done(login, place.store.lock(&account.id, *shut, &act(place, action, &account.id, "done"))?)
        }
        PeopleJob::Department { unit, title } => {
            let department = Department { unit: unit.clone(), title: title.clone() };
            let subject = unit.to_string();
            let act = Act { organization: Some(unit), ..act(place, "department set", &subject, title) };
            done(&subject, place.store.set_department(&department, &act)?)
        }
        PeopleJob::Departments => {
            let departments = place.store.departments()?;
            let mut text = String::new();
            for department in &departments {
                let _ = writeln!(text, "{}\t{}", department.unit, department.title);
            }
            Ok(Answer { text, json: serde_json::to_value(&departments)?, data_errors: false })
        }
    }
}

fn act<'a>(place: Workplace<'_>, action: &'a str, subject: &'a str, outcome: &'a str) -> Act<'a> {
    Act { at: place.clock.now(), by: "command", action, subject, organization: None, outcome }
}

fn account(place: Workplace<'_>, login: &str) -> anyhow::Result<Account> {
    let found = match Login::parse(login) {
        Some(login) => place.store.account_of(&login)?,
        None => None,
    };
    found.ok_or_else(|| Usage(format!("no account {login:?} / アカウント「{login}」はありません")).into())
}

fn done(subject: &str, change: Change) -> anyhow::Result<Answer> {
    let refusal = match change {
        Change::Made => {
            let json = serde_json::json!({ "subject": subject, "done": true });
            return Ok(Answer { text: format!("{subject}\t変更しました / done\n"), json, data_errors: false });
        }
        Change::Unknown => "nothing to change / 変更するものがありません",
        Change::Taken => "the name is taken / この名前は使われています",
        Change::LastOperator => "nobody would be left who runs the system / 運用管理者が一人もいなくなります",
    };
    Err(Usage(format!("{subject}: {refusal}")).into())
}

fn link(place: Workplace<'_>) -> anyhow::Result<(Secret, jiff::Timestamp, jiff::Timestamp)> {
    let mut random = [0; 32];
    super::serve::random(&mut random)?;
    let now = place.clock.now();
    Ok((Secret::new(random), now, now.checked_add(jiff::SignedDuration::from_hours(LINK_HOURS))?))
}

fn linked(account: &Account, origin: &str, secret: &Secret, until: jiff::Timestamp) -> Answer {
    let link = format!("{origin}/desk/link/{}", secret.text());
    let text = format!(
        "{link}\n\
         このリンクを本人に渡してください。1回だけ、{until} まで使えます。二度と表示されません。\n\
         Hand this link to the holder. It opens once, until {until}, and is not shown again.\n"
    );
    let json = serde_json::json!({ "id": account.id, "login": account.login, "link": link, "until": until });
    Answer { text, json, data_errors: false }
}

fn add(place: Workplace<'_>, who: (&str, &str), grants: &[Grant], origin: &str) -> anyhow::Result<Answer> {
    let (secret, now, until) = link(place)?;
    let account = Account {
        id: AccountId::mint(now).to_string(),
        login: who.0.to_owned(),
        name: who.1.to_owned(),
        state: State::Invited,
        grants: grants.to_vec(),
        created: now,
        signed_in: None,
    };
    let digest = secret.digest();
    let outcome = grants.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let link = Link { digest: &digest, created: now, expires: until };
    done(who.0, place.store.invite(&account, &link, &act(place, "account invite", &account.id, &outcome))?)?;
    Ok(linked(&account, origin, &secret, until))
}

fn list(place: Workplace<'_>) -> anyhow::Result<Answer> {
    let accounts = place.store.accounts()?;
    let mut text = "login\tname\tstate\troles\tsigned in\n".to_owned();
    for account in &accounts {
        let grants = account.grants.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let signed_in = account.signed_in.map_or_else(|| "-".to_owned(), |at| at.to_string());
        let _ =
            writeln!(text, "{}\t{}\t{}\t{grants}\t{signed_in}", account.login, account.name, account.state.as_str());
    }
    Ok(Answer { text, json: serde_json::to_value(&accounts)?, data_errors: false })
}
