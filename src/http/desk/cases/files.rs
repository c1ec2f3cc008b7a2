//! Files for the person: the marked workbook, the file as it was sent, empty sheets of the standard.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header;

use super::check::source_of;
use super::{PageResult, blocking, opened, piped, writing};
use crate::http::app::App;
use crate::http::desk::frame::Frame;
use crate::http::desk::guard::Signed;
use crate::http::desk::page;
use crate::http::disposition::attachment;
use crate::http::problem::Problem;
use crate::pipeline::tally::Kept;
use crate::report::check::Checked;
use crate::report::template::{file_name, sheets, template as empty};
use crate::report::{ReportError, workbook};

/// The kind of a workbook (XLSX).
const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn reported(error: ReportError) -> Problem {
    Problem::internal("making a workbook", &error)
}

/// A file to be kept, never to be shown by the browser as a page of ours.
fn download(bytes: Vec<u8>, kind: &'static str, name: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, http::HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, attachment(name)),
        (header::X_CONTENT_TYPE_OPTIONS, http::HeaderValue::from_static("nosniff")),
    ];
    (headers, bytes).into_response()
}

/// `GET /desk/cases/{id}/book/{number}`: a file of the case as it was checked, its faulty cells marked and commented.
pub(super) async fn book(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path((id, number)): Path<(String, usize)>,
) -> PageResult {
    blocking(&app, move |app| {
        let case = opened(app, &signed, &id)?;
        let writing = writing(app)?;
        let found = writing.uploads.case(case.id).sources().map_err(piped)?;
        let source = source_of(&found).ok_or_else(Problem::not_found)?;
        let file = source.tables.get(number).ok_or_else(Problem::not_found)?;
        let checked =
            Checked { worker: &writing.worker, source, file, publisher: Some(source.publisher), towns: &writing.towns };
        let report = checked.report(Kept::ALL, &mut |_| {}).map_err(reported)?;
        let mut bytes = std::io::Cursor::new(Vec::new());
        workbook::write(&report, &checked, &mut bytes).map_err(reported)?;
        Ok(download(bytes.into_inner(), WORKBOOK, &format!("点検結果_{}.xlsx", file.stem())))
    })
    .await
}

/// `GET /desk/cases/{id}/file/{number}`: a file as it was sent, from 1.
pub(super) async fn original(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path((id, number)): Path<(String, usize)>,
) -> PageResult {
    blocking(&app, move |app| {
        let case = opened(app, &signed, &id)?;
        let at = number.checked_sub(1).ok_or_else(Problem::not_found)?;
        let file = case.files.get(at).ok_or_else(Problem::not_found)?;
        let path = writing(app)?.uploads.case(case.id).upload(case.upload).join(&file.name);
        let bytes = std::fs::read(&path).map_err(|error| Problem::internal("reading a file of a case", &error))?;
        Ok(download(bytes, "application/octet-stream", &file.name))
    })
    .await
}

#[derive(Template)]
#[template(path = "desk/cases/templates.html")]
struct Templates {
    frame: Frame,
    sheets: Vec<(String, String, String)>,
}

/// `GET /desk/templates`.
pub(super) async fn templates(State(app): State<Arc<App>>, signed: Signed) -> PageResult {
    let list = sheets().map(|sheet| {
        let file = file_name(sheet);
        (sheet.number.clone(), sheet.title.clone(), format!("/desk/templates/{file}"))
    });
    let frame = Frame::new(&app, &signed, "様式のダウンロード").section("/desk/cases").crumb("案件", "/desk/cases");
    page(&Templates { frame, sheets: list.collect() })
}

/// `GET /desk/templates/{file}`.
pub(super) async fn template(State(app): State<Arc<App>>, Path(file): Path<String>) -> PageResult {
    blocking(&app, move |_| {
        let sheet = sheets().find(|sheet| file_name(sheet) == file).ok_or_else(Problem::not_found)?;
        Ok(download(empty(sheet).map_err(reported)?, WORKBOOK, &file))
    })
    .await
}
