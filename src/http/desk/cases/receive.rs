//! The body of a form with files: each goes to the disk as it comes.

use std::time::Duration;

use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest as _, Request};
use http::StatusCode;
use tokio::io::AsyncWriteExt as _;

use super::piped;
use crate::http::ckan::write::Writing;
use crate::http::desk::fields::Fields;
use crate::http::desk::guard::Signed;
use crate::http::problem::Problem;
use crate::pipeline::upload::{Incoming, file_name};
use crate::report::copy::is_correctable;

/// Longest wait for a further piece of a body.
const PIECE_LIMIT: Duration = Duration::from_secs(30);
/// Most files of one case: a Shapefile has five parts; a few of them and some tables.
const FILES_LIMIT: usize = 40;
/// Longest text of a field, bytes.
const TEXT_LIMIT_BYTES: usize = 64 << 10;
/// Most fields that are no files.
const TEXTS_LIMIT: usize = 20;

/// What a form with files sent.
pub(super) struct Received {
    /// Its other fields.
    pub(super) fields: Fields,
    /// Its files under the names they are kept under.
    pub(super) files: Vec<(String, Incoming)>,
    /// What is wrong with the files, for the person; `None` where nothing is.
    pub(super) unfit: Option<String>,
}

fn unreadable() -> Problem {
    Problem::BadRequest {
        detail: "送られた内容を読み取れませんでした。もう一度送ってください。".to_owned()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn broken(error: MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Problem::TooLarge } else { unreadable() }
}

/// Reads the body. The token of the form comes first and is checked before anything else is read.
pub(super) async fn receive(writing: &Writing, signed: &Signed, request: Request) -> Result<Received, Problem> {
    let mut multipart = Multipart::from_request(request, &()).await.map_err(|_| unreadable())?;
    let (mut texts, mut files, mut unfit) = (Vec::<(String, String)>::new(), Vec::<(String, Incoming)>::new(), None);
    let mut is_checked = false;
    loop {
        let next = tokio::time::timeout(PIECE_LIMIT, multipart.next_field()).await.map_err(|_| Problem::Busy)?;
        let Some(field) = next.map_err(broken)? else { break };
        let name = field.name().unwrap_or_default().to_owned();
        let Some(given) = field.file_name().map(str::to_owned) else {
            let text = text(field).await?;
            if name == "csrf" && !is_checked {
                signed.check_form_token(&text)?;
                is_checked = true;
            }
            texts.push((name, text));
            if texts.len() > TEXTS_LIMIT {
                return Err(unreadable());
            }
            continue;
        };
        if !is_checked {
            signed.check_form_token("")?;
        }
        if files.len() >= FILES_LIMIT {
            return Err(Problem::BadRequest {
                detail: format!("一度に送れるファイルは{FILES_LIMIT}個までです。")
            });
        }
        let (incoming, bytes) = received(writing, field).await?;
        if given.is_empty() && bytes == 0 {
            // A file field that was left empty.
            continue;
        }
        if let Some(kept) = file_name(&given) {
            files.push((kept, incoming));
        } else {
            let shown = super::line(&given, 100);
            unfit.get_or_insert(format!("「{shown}」は拡張子のあるファイル名(例: aed.xlsx)に付け直してください。"));
        }
    }
    if !is_checked {
        signed.check_form_token("")?;
    }
    if unfit.is_none() {
        unfit = unfit_names(&files);
    }
    let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&texts).finish();
    Ok(Received { fields: Fields::parse(encoded.as_bytes()), files, unfit })
}

/// Why these files cannot be kept side by side.
fn unfit_names(files: &[(String, Incoming)]) -> Option<String> {
    let stem = |name: &str| name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_lowercase();
    if files.is_empty() {
        return Some("ファイルを選んでください。".to_owned());
    }
    for (at, (name, _)) in files.iter().enumerate() {
        let before = files.get(..at).unwrap_or_default();
        let clashes = |other: &String| {
            other.eq_ignore_ascii_case(name)
                || (stem(other) == stem(name) && is_correctable(other) && is_correctable(name))
        };
        if before.iter().any(|(other, _)| clashes(other)) {
            return Some(format!("「{name}」と同じ名前のファイルがあります。別の名前に付け直してください。"));
        }
    }
    None
}

async fn text(mut field: Field<'_>) -> Result<String, Problem> {
    let mut text = Vec::new();
    loop {
        let piece = tokio::time::timeout(PIECE_LIMIT, field.chunk()).await.map_err(|_| Problem::Busy)?;
        let Some(piece) = piece.map_err(broken)? else { break };
        text.extend_from_slice(&piece);
        if text.len() > TEXT_LIMIT_BYTES {
            return Err(Problem::TooLarge);
        }
    }
    String::from_utf8(text).map_err(|_| unreadable())
}

async fn received(writing: &Writing, mut field: Field<'_>) -> Result<(Incoming, u64), Problem> {
    let disk = |error: std::io::Error| Problem::internal("keeping a file that was sent", &error);
    let incoming = writing.uploads.incoming().map_err(piped)?;
    let mut file = tokio::fs::File::from_std(incoming.reopen().map_err(disk)?);
    let mut bytes = 0;
    loop {
        let piece = tokio::time::timeout(PIECE_LIMIT, field.chunk()).await.map_err(|_| Problem::Busy)?;
        let Some(piece) = piece.map_err(broken)? else { break };
        bytes += piece.len() as u64;
        file.write_all(&piece).await.map_err(disk)?;
    }
    file.flush().await.map_err(disk)?;
    file.sync_all().await.map_err(disk)?;
    Ok((incoming, bytes))
}
