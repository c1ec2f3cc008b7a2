//! The check of a case: its files through the same worker and the same ingest as any other, into what pages show.

use std::sync::PoisonError;

use serde::{Deserialize, Serialize};

use super::jobs::Jobs;
use super::naming;
use super::summary::summary;
use crate::http::app::App;
use crate::http::ckan::write::Writing;
use crate::model::case::{Act, Case, Person, State, Summary, proceed};
use crate::model::difference::ReleaseDifference;
use crate::model::finding::{Finding, Severity};
use crate::model::id::CaseId;
use crate::model::name::Slug;
use crate::normalize::TableBegun;
use crate::pipeline::PipelineError;
use crate::pipeline::case::{CaseFolder, Look, Spots, look, only_source};
use crate::pipeline::frames::Frame;
use crate::pipeline::ingest::IngestJob;
use crate::pipeline::source::{Found, Source, SourceTable};
use crate::pipeline::table::Verdict;
use crate::pipeline::tally::Kept;
use crate::report::check::Checked;
use crate::report::copy::{Corrections, copy_name, corrected, decoded, is_correctable};
use crate::report::place::shown_place;
use crate::report::sample::samples;
use crate::report::seen::SeenFile;
use crate::report::{FileReport, ReportError};
use crate::schema::Schemas;
use crate::store::StoreError;
use crate::store::case::{CaseChange, Saved};

/// The file in which a case keeps what its last check saw.
const SEEN: &str = "seen.json";
/// Times that a change of the program is tried again because a person changed the case meanwhile.
const TRIES: usize = 20;

/// What the last check of a case saw.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Seen {
    /// The digest of what was checked.
    pub(super) digest: String,
    /// File by file.
    pub(super) files: Vec<SeenFile>,
    /// Against what was public.
    pub(super) difference: Option<ReleaseDifference>,
    /// Names of columns by table, for the examples of the difference.
    pub(super) columns: Vec<(i32, Vec<String>)>,
    /// Positions by table.
    pub(super) spots: Vec<Spots>,
}

/// A check that broke off.
#[derive(Debug, thiserror::Error)]
enum CheckError {
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("what was seen cannot be kept: {0}")]
    Json(#[from] serde_json::Error),
}

/// What the last check of a case saw; empty where there was none.
pub(super) fn seen(writing: &Writing, id: CaseId) -> Result<Seen, PipelineError> {
    let bytes = writing.uploads.case(id).noted(SEEN)?;
    // Of another version of the program: a new check makes it anew.
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
}

/// Checks a case that says it is being checked, and writes down what came of it. Blocks.
pub(super) fn run(app: &App, writing: &Writing, id: CaseId) {
    let case = match app.store.case(id) {
        Ok(Some(case)) if case.state == State::Checking => case,
        Ok(_) => return,
        Err(error) => {
            tracing::error!(%error, case = %id, "a case cannot be read");
            return;
        }
    };
    let begun = app.clock.now();
    let outcome = checked(app, writing, &case);
    let took_ms = app.clock.now().as_millisecond().saturating_sub(begun.as_millisecond());
    let written = match outcome {
        Ok(summary) => {
            tracing::info!(case = %id, took_ms, "a case was checked");
            update(app, id, Act::Found, "", &mut |now| {
                naming::settle(app, now, &summary)?;
                now.summary = Some(summary.clone());
                now.trouble.clear();
                Ok(())
            })
        }
        Err(error) => {
            tracing::error!(%error, case = %id, "a check broke off");
            let trouble = "点検の途中でサーバーの問題が起きました。もう一度「点検する」を押してください。続くときは運用管理者に連絡してください。";
            update(app, id, Act::Broke, trouble, &mut |now| {
                trouble.clone_into(&mut now.trouble);
                Ok(())
            })
        }
    };
    if let Err(error) = written {
        tracing::error!(%error, case = %id, "the outcome of a check cannot be written");
    }
}

/// Does something to a case as the program itself, again where a person was quicker. `false` where it can no longer be
/// done.
pub(super) fn update(
    app: &App,
    id: CaseId,
    act: Act,
    comment: &str,
    change: &mut dyn FnMut(&mut Case) -> Result<(), StoreError>,
) -> Result<bool, StoreError> {
    for _ in 0..TRIES {
        let Some(mut case) = app.store.case(id)? else { return Ok(false) };
        let Ok(state) = proceed(case.state, act, &case.facts("", comment)) else { return Ok(false) };
        change(&mut case)?;
        case.state = state;
        case.changed = app.clock.now();
        case.changed_by = Person::program();
        let saved = app.store.change_case(&CaseChange { case, act, comment: comment.to_owned() }, None)?;
        if saved == Saved::Done {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The name under which a case is taken in for a look. No dataset has it: names of datasets begin with a code.
pub(super) fn draft_name(id: CaseId) -> Slug {
    Slug::from_digest("case-", &id.to_string())
}

fn checked(app: &App, writing: &Writing, case: &Case) -> Result<Summary, CheckError> {
    let draft = draft_name(case.id);
    let folder = writing.uploads.case(case.id);
    folder.begin_work(case.upload, &case.files, &naming::described(case, &draft))?;
    let mut refused: Vec<(String, String)> = Vec::new();
    for (file, label) in &case.answers.encodings {
        let path = folder.work().join(file);
        let bytes = std::fs::read(&path).map_err(ReportError::file(&path))?;
        if let Some(utf8) = decoded(&bytes, label) {
            folder.replace(file, file, &utf8)?;
        }
    }
    let copies = copied(writing, case, &folder, &mut refused)?;
    let hinted = hinted(case, &folder, &copies)?;
    let found = folder.sources()?;
    let mut seen = Seen { digest: case.digest(), ..Seen::default() };
    match only_source(&found) {
        Ok(source) => {
            for file in &source.tables {
                let name = file.file_name();
                let name = hinted.iter().find(|(now, _)| *now == name).map_or(name, |(_, before)| before.clone());
                let copy = copies.iter().find(|copy| copy.name == name);
                let shown = copy.map_or(name.as_str(), |copy| copy.original.as_str());
                seen.files.push(seen_file(writing, case.id, source, file, shown, copy)?);
            }
        }
        Err(reason) => refused.push(reason),
    }
    for file in &seen.files {
        if let Some(refusal) = &file.refused {
            refused.push((file.name.clone(), refusal.message_ja.clone()));
        }
    }
    if refused.is_empty() {
        writing.jobs.tell(case.id, |progress| "公開中のデータと比べています".clone_into(&mut progress.stage));
        let _turn = writing.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let job = IngestJob {
            store: &app.store,
            worker: &writing.worker,
            clock: app.clock.as_ref(),
            again: true,
            towns: &writing.towns,
        };
        let looked = look(&job, found, &draft, &case.dataset)?;
        refused.extend(looked.table.lines.iter().filter_map(|line| match &line.verdict {
            Verdict::Refused { message_ja, .. } => Some((line.file.clone(), message_ja.clone())),
            Verdict::Taken => None,
        }));
        let summary = summary(case, &seen, Some(&looked), refused);
        let Look { difference, columns, spots, .. } = looked;
        seen = Seen { difference, columns, spots, ..seen };
        folder.note(SEEN, &serde_json::to_vec(&seen)?)?;
        return Ok(summary);
    }
    let summary = summary(case, &seen, None, refused);
    folder.note(SEEN, &serde_json::to_vec(&seen)?)?;
    Ok(summary)
}

/// A corrected copy in the work folder.
struct Copied {
    /// Its name there.
    name: String,
    /// The name of the file as it was sent.
    original: String,
    sheets: Vec<(String, Option<String>)>,
    /// What the file as it was sent shows.
    report: FileReport,
}

/// Puts corrected copies in the place of the files that people corrected.
fn copied(
    writing: &Writing,
    case: &Case,
    folder: &CaseFolder,
    refused: &mut Vec<(String, String)>,
) -> Result<Vec<Copied>, CheckError> {
    let found = folder.sources()?;
    let Ok(source) = only_source(&found) else { return Ok(Vec::new()) };
    let mut copies = Vec::new();
    for file in &source.tables {
        let original = file.file_name();
        if !case.answers.change(&original) {
            continue;
        }
        writing.jobs.tell(case.id, |progress| progress.stage = format!("「{original}」の修正を反映しています"));
        let checked = checked_file(writing, source, file);
        let report = checked.report(Kept::FIRST, &mut |_| {})?;
        let corrections = Corrections {
            cells: case.answers.cells.iter().filter(|cell| cell.file == original).collect(),
            left: case
                .answers
                .left
                .iter()
                .filter(|(own, _, _)| *own == original)
                .map(|(_, sheet, what)| (sheet.as_deref(), *what))
                .collect(),
        };
        match corrected(&checked, &corrections)? {
            Ok(copy) => {
                let name = copy_name(&original);
                folder.replace(&original, &name, &copy.bytes)?;
                copies.push(Copied { name, original, sheets: copy.sheets, report });
            }
            Err(refusal) => refused.push((original, refusal.message_ja)),
        }
    }
    Ok(copies)
}

/// Gives files the names by which the standard's sheets are called, where a person said which sheet it is: what a sheet is
/// still follows from its columns, and the name speaks for it where they leave a doubt. The new names with the old.
fn hinted(case: &Case, folder: &CaseFolder, copies: &[Copied]) -> Result<Vec<(String, String)>, CheckError> {
    let mut hinted = Vec::new();
    for (original, number) in &case.answers.sheets {
        let Some(sheet) = Schemas::bundled().sheet(number) else { continue };
        let copy = copies.iter().find(|copy| copy.original == *original);
        let before = copy.map_or(original.as_str(), |copy| copy.name.as_str());
        let ending = before.rsplit_once('.').map_or("csv", |(_, ending)| ending);
        let now = format!("{}_{}.{ending}", case.unit.code(), sheet.slug);
        if is_correctable(before) && folder.rename(before, &now)? {
            hinted.push((now, before.to_owned()));
        }
    }
    Ok(hinted)
}

fn checked_file<'a>(writing: &'a Writing, source: &'a Source, file: &'a SourceTable) -> Checked<'a> {
    Checked { worker: &writing.worker, source, file, publisher: Some(source.publisher), towns: &writing.towns }
}

fn seen_file(
    writing: &Writing,
    id: CaseId,
    source: &Source,
    file: &SourceTable,
    shown: &str,
    copy: Option<&Copied>,
) -> Result<SeenFile, CheckError> {
    let jobs: &Jobs = &writing.jobs;
    jobs.tell(id, |progress| progress.stage = format!("「{shown}」を読み取っています"));
    let checked = checked_file(writing, source, file);
    let mut begun: Option<TableBegun> = None;
    let report = checked.report(Kept::FIRST, &mut |frame| match frame {
        Frame::Table(own) => begun = Some(own.as_ref().clone()),
        Frame::Rows(rows) => jobs.tell(id, |progress| progress.rows = *rows),
        Frame::Finding(finding) if finding.severity > Severity::Note => {
            jobs.found(id, || told(begun.as_ref(), finding));
        }
        Frame::Refused(row) => jobs.found(id, || format!("{}行目: {}", row.row, row.reason.message_ja())),
        _ => {}
    })?;
    let samples = samples(&report, &checked)?;
    let mut seen = SeenFile::of(shown, &report, &samples, copy.map(|copy| copy.sheets.as_slice()));
    if let Some(copy) = copy {
        seen.add_original(&copy.report);
    }
    Ok(seen)
}

fn told(begun: Option<&TableBegun>, finding: &Finding) -> String {
    let place = begun.map(|begun| shown_place(begun, finding)).unwrap_or_default();
    if place.is_empty() { finding.message_ja() } else { format!("{place}: {}", finding.message_ja()) }
}

/// The source of a case as it was checked, with the file of that name as it was sent: for a marked workbook.
pub(super) fn source_of(found: &[Found]) -> Option<&Source> {
    only_source(found).ok()
}
