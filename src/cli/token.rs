//! `hiraku token`: tokens with which programs write by API. The text is shown once; only its digest is kept.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use uuid::Uuid;

use super::Usage;
use super::job::{Answer, Job, Workplace};
use crate::model::code::MunicipalityCode;
use crate::model::token::{self, Rights, Token};

/// Longest life of a token, days: ten years.
const MAX_DAYS: u32 = 3_650;
/// Notes of what was done that the list shows.
const NOTES_SHOWN: u32 = 20;

/// `hiraku token`
#[derive(Debug, Args)]
pub struct TokenArguments {
    /// What to do.
    #[command(subcommand)]
    pub what: TokenWhat,
}

/// `hiraku token add|list|revoke`
#[derive(Debug, Subcommand)]
pub enum TokenWhat {
    /// トークンを作る(文字列は一度だけ表示) / make a token; its text is shown once
    Add {
        /// データの置き場所 / the data directory
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// 何に使うか / what it is for
        #[arg(long, value_name = "TEXT")]
        name: String,
        /// 変更できる組織の6桁のコード / the six-digit code of the organization it writes for
        #[arg(long, value_name = "CODE", required_unless_present = "all_organizations")]
        organization: Option<String>,
        /// すべての組織のデータを変更できる / it writes for all organizations
        #[arg(long, conflicts_with = "organization")]
        all_organizations: bool,
        /// edit = 取り込みまで、publish = 公開まで / edit = files wait for a person, publish = they become public
        #[arg(long, value_name = "RIGHTS", default_value = "edit", value_parser = ["edit", "publish"])]
        rights: String,
        /// 有効な日数 / days until it ends
        #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_DAYS)))]
        days: u32,
        /// 期限を設けない / it never ends
        #[arg(long, conflicts_with = "days")]
        no_end: bool,
    },
    /// トークンの一覧と最近の操作 / list the tokens and what was done last
    List {
        /// データの置き場所 / the data directory
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// トークンを無効にする / end a token
    Revoke {
        /// データの置き場所 / the data directory
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// トークンのID(文字列ではない) / the token's id (not its text)
        #[arg(value_name = "ID")]
        id: String,
    },
}

impl TokenArguments {
    /// The data directory as given, and the job.
    pub fn into_job(self) -> anyhow::Result<(Option<PathBuf>, Job)> {
        Ok(match self.what {
            TokenWhat::List { data } => (data, Job::TokenList),
            TokenWhat::Revoke { data, id } => (data, Job::TokenRevoke { id }),
            TokenWhat::Add { data, name, organization, all_organizations: _, rights, days, no_end } => {
                let name = name.trim().to_owned();
                if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
                    return Err(Usage("--name: 1 to 100 letters / 1から100文字で指定してください".to_owned()).into());
                }
                let organization = organization
                    .map(|code| {
                        MunicipalityCode::parse(&code).map_err(|error| Usage(format!("--organization: {error}")))
                    })
                    .transpose()?;
                let rights = Rights::parse(&rights).ok_or_else(|| Usage("--rights".to_owned()))?;
                (data, Job::TokenAdd { name, organization, rights, days: (!no_end).then_some(days) })
            }
        })
    }
}

/// Makes a token. Its text stands in this answer and nowhere else.
pub(super) fn add(
    place: Workplace<'_>,
    name: &str,
    organization: Option<MunicipalityCode>,
    rights: Rights,
    days: Option<u32>,
) -> anyhow::Result<Answer> {
    let now = place.clock.now();
    let mut random = [0; 32];
    super::serve::random(&mut random)?;
    let text = token::text(&random);
    let mut id = [0; 16];
    super::serve::random(&mut id)?;
    let id = uuid::Builder::from_random_bytes(id).into_uuid();
    let expires = days.map(|days| now.checked_add(jiff::Span::new().hours(i64::from(days) * 24))).transpose()?;
    let token =
        Token { id: id.to_string(), name: name.to_owned(), organization, rights, created: now, expires, revoked: None };
    place.store.add_token(&token, &text)?;
    place.store.note_action(now, "command", "token add", &token.id, rights.as_str())?;
    let mut json = told(&token);
    json["token"] = text.clone().into();
    let shown = format!(
        "{text}\n\
         このトークンは二度と表示されません。ID: {id}\n\
         This token is not shown again. Its id: {id}\n"
    );
    Ok(Answer { text: shown, json, data_errors: false })
}

/// Tells the tokens and what was done last.
pub(super) fn list(place: Workplace<'_>) -> anyhow::Result<Answer> {
    let tokens = place.store.tokens()?;
    let notes = place.store.actions(NOTES_SHOWN)?;
    let now = place.clock.now();
    let mut text = "id\tname\torganization\trights\texpires\tstate\n".to_owned();
    for token in &tokens {
        let organization = token.organization.map_or_else(|| "*".to_owned(), |code| code.as_str().to_owned());
        let expires = token.expires.map_or_else(|| "-".to_owned(), |at| at.to_string());
        let state = if token.is_valid(now) { "valid" } else { "ended" };
        let (id, name, rights) = (&token.id, &token.name, token.rights.as_str());
        let _ = writeln!(text, "{id}\t{name}\t{organization}\t{rights}\t{expires}\t{state}");
    }
    for note in &notes {
        let _ = writeln!(text, "# {}", note.join("\t"));
    }
    let json = serde_json::json!({ "tokens": tokens.iter().map(told).collect::<Vec<_>>(), "actions": notes });
    Ok(Answer { text, json, data_errors: false })
}

/// Ends a token.
pub(super) fn revoke(place: Workplace<'_>, id: &str) -> anyhow::Result<Answer> {
    let now = place.clock.now();
    let known = Uuid::parse_str(id).is_ok() && place.store.revoke_token(id, now)?;
    if !known {
        return Err(Usage("no valid token of this id / このIDの有効なトークンはありません".to_owned()).into());
    }
    place.store.note_action(now, "command", "token revoke", id, "done")?;
    Ok(Answer {
        text: format!("{id}\t無効にしました / revoked\n"),
        json: serde_json::json!({ "id": id, "revoked": now }),
        data_errors: false,
    })
}

fn told(token: &Token) -> serde_json::Value {
    serde_json::json!({
        "id": token.id,
        "name": token.name,
        "organization": token.organization.map(|code| code.as_str().to_owned()),
        "rights": token.rights.as_str(),
        "created": token.created,
        "expires": token.expires,
        "revoked": token.revoked,
    })
}
