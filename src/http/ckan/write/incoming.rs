//! The body of a change: its arguments, and the file it may carry, which goes to the disk as it comes.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::multipart::{Field, Multipart};
use axum::extract::{FromRequest as _, Request};
use http::header;
use tokio::io::AsyncWriteExt as _;

use super::{Upload, Writing, failed};
use crate::http::ckan::arguments::{Arguments, BODY_LIMIT_BYTES};
use crate::http::problem::Problem;
use crate::pipeline::upload::file_name;

/// Longest wait for a further piece of a body.
const PIECE_LIMIT: Duration = Duration::from_secs(30);
/// Longest body of JSON: loaders send some hundred rows at a time; 32 MiB are 100,000 short ones.
const RECORDS_LIMIT_BYTES: usize = 32 << 20;
/// Most parts of a body; the longest action has 30 arguments.
const PARTS_LIMIT: usize = 100;

fn unreadable() -> Problem {
    Problem::BadRequest { detail: "Bad request - the multipart body cannot be read".into() }
}

/// Reads the body. Without `multipart/form-data` there is no file.
pub(super) async fn read(writing: &Arc<Writing>, request: Request) -> Result<(Arguments, Option<Upload>), Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.to_ascii_lowercase().starts_with("multipart/form-data") {
        return Ok((Arguments::from_body_within(request, RECORDS_LIMIT_BYTES).await?, None));
    }
    let mut multipart = Multipart::from_request(request, &()).await.map_err(|_| unreadable())?;
    let (mut pairs, mut upload, mut bytes) = (Vec::new(), None, 0);
    for _ in 0..PARTS_LIMIT {
        let next = tokio::time::timeout(PIECE_LIMIT, multipart.next_field()).await.map_err(|_| Problem::Busy)?;
        let Some(field) = next.map_err(|error| told(&error))? else {
            return Ok((Arguments::from_list(pairs), upload));
        };
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(str::to_owned) {
            Some(given) if name == "upload" => {
                if upload.is_some() {
                    return Err(Problem::invalid("upload", "one file at a time"));
                }
                let kept = file_name(&given).ok_or_else(|| {
                    Problem::invalid(
                        "upload",
                        "the file needs a name with an ending / 拡張子のあるファイル名が必要です",
                    )
                })?;
                upload = Some(Upload { file: received(writing, field).await?, name: kept });
            }
            Some(_) => return Err(Problem::invalid("upload", "files are sent as the part named upload")),
            None => {
                let text = text(field, &mut bytes).await?;
                pairs.push((name, text));
            }
        }
    }
    Err(unreadable())
}

fn told(error: &axum::extract::multipart::MultipartError) -> Problem {
    if error.status() == http::StatusCode::PAYLOAD_TOO_LARGE { Problem::TooLarge } else { unreadable() }
}

async fn text(mut field: Field<'_>, bytes: &mut usize) -> Result<String, Problem> {
    let mut text = Vec::new();
    loop {
        let piece = tokio::time::timeout(PIECE_LIMIT, field.chunk()).await.map_err(|_| Problem::Busy)?;
        let Some(piece) = piece.map_err(|error| told(&error))? else { break };
        *bytes += piece.len();
        if *bytes > BODY_LIMIT_BYTES {
            return Err(Problem::TooLarge);
        }
        text.extend_from_slice(&piece);
    }
    String::from_utf8(text).map_err(|_| unreadable())
}

async fn received(writing: &Arc<Writing>, mut field: Field<'_>) -> Result<crate::pipeline::upload::Incoming, Problem> {
    let disk = |error: std::io::Error| Problem::internal("keeping a file that was sent", &error);
    let incoming = writing.uploads.incoming().map_err(failed)?;
    let mut file = tokio::fs::File::from_std(incoming.reopen().map_err(disk)?);
    loop {
        let piece = tokio::time::timeout(PIECE_LIMIT, field.chunk()).await.map_err(|_| Problem::Busy)?;
        let Some(piece) = piece.map_err(|error| told(&error))? else { break };
        file.write_all(&piece).await.map_err(disk)?;
    }
    file.flush().await.map_err(disk)?;
    file.sync_all().await.map_err(disk)?;
    Ok(incoming)
}
