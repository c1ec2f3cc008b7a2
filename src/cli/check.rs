//! `hiraku check`: what is wrong with a file, without a database.

use std::fmt::Write as _;
use std::fs;

use serde::Serialize;

use super::arguments::{Check, crs, must_exist, publisher};
use super::{Outcome, Usage, say};
use crate::config::Config;
use crate::model::decision::Decision;
use crate::model::finding::{Finding, FindingCode, Repair, Severity};
use crate::model::record::{RefusedRow, TableShape};
use crate::pipeline::frames::{Frame, Job, Refusal, TableEnd};
use crate::pipeline::ingest::no_table;
use crate::pipeline::source::{Defaults, Found, Source, SourceTable, discover};
use crate::pipeline::supervise::{Input, WorkerCommand, run as run_worker};

/// What was found in one file.
#[derive(Debug, Default, Serialize)]
pub struct FileReport {
    /// The file.
    pub file: String,
    /// Why nothing of it can be used, where that is so.
    pub refused: Option<Refusal>,
    /// Its tables.
    pub tables: Vec<TableReport>,
}

/// What was found in one table.
#[derive(Debug, Serialize)]
pub struct TableReport {
    /// Its columns, title and sheet.
    pub shape: TableShape,
    /// The encoding as found.
    pub encoding: String,
    /// The format as read.
    pub format: String,
    /// Its counts; `None` where the file broke off.
    pub end: Option<TableEnd>,
    /// Findings with their places (the first of each code), each with its sentences.
    pub findings: Vec<Told>,
    /// Rows that became no record.
    pub refused_rows: Vec<RefusedRow>,
}

/// A finding with its sentences.
#[derive(Debug, Serialize)]
pub struct Told {
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// In Japanese.
    pub message_ja: String,
    /// In English.
    pub message_en: String,
}

impl From<Finding> for Told {
    fn from(finding: Finding) -> Self {
        Self { message_ja: finding.message_ja(), message_en: finding.message_en(), finding }
    }
}

/// Runs the command.
pub fn run(arguments: &Check, config: &Config, json: bool) -> anyhow::Result<Outcome> {
    must_exist(&arguments.files)?;
    let publisher = publisher(arguments.publisher.as_deref())?;
    let crs = crs(arguments.crs.as_deref())?;
    // A file may be checked without its publisher being known; then nothing is compared with it.
    let stand_in = publisher.or_else(|| crate::model::code::MunicipalityCode::from_five("00000").ok());
    let found = discover(&arguments.files, &Defaults { publisher: stand_in, licence: String::new(), crs })?;
    if found.is_empty() {
        return Err(Usage("no data file was found / データのファイルが見つかりません".to_owned()).into());
    }
    let worker = WorkerCommand::of(&std::env::current_exe()?)
        .with_datum_grid(&config.datum_grid)
        .with_policy(super::confidential::policy(config)?);
    let mut reports = Vec::new();
    for item in found {
        match item {
            Found::Refused(refused) => reports.push(FileReport {
                file: refused.file,
                refused: Some(Refusal {
                    code: refused.code,
                    message_ja: refused.message_ja,
                    message_en: refused.message_en,
                }),
                tables: Vec::new(),
            }),
            Found::Dataset(source) => {
                let code = (source.publisher.five() != "00000").then_some(source.publisher);
                for table in &source.tables {
                    reports.push(check(&worker, table, code, &source)?);
                }
            }
        }
    }
    if json {
        say(&format!("{}\n", serde_json::to_string_pretty(&reports)?));
    } else {
        say(&text(&reports));
    }
    let bad = reports.iter().any(|report| {
        report.refused.is_some()
            || report.tables.iter().any(|table| {
                table.end.as_ref().is_none_or(|end| {
                    // What must not be published, or not unseen, is as wrong as what cannot be read.
                    let holds =
                        |code: &str| FindingCode::parse(code).is_some_and(|code| code.decision() != Decision::Note);
                    end.refused > 0
                        || end
                            .finding_counts
                            .iter()
                            .any(|(code, severity, _)| *severity == Severity::Error || holds(code))
                })
            })
    });
    Ok(if bad { Outcome::DataErrors } else { Outcome::Done })
}

fn check(
    worker: &WorkerCommand,
    table: &SourceTable,
    publisher: Option<crate::model::code::MunicipalityCode>,
    source: &Source,
) -> anyhow::Result<FileReport> {
    let mut input = Input { bytes: fs::read(&table.path)?, companions: Vec::new() };
    for (extension, path) in &table.companions {
        input.companions.push((extension.clone(), fs::read(path)?));
    }
    let job = Job {
        file_name: table.file_name(),
        bytes: input.bytes.len() as u64,
        companions: input.companions.iter().map(|(name, bytes)| (name.clone(), bytes.len() as u64)).collect(),
        key: "table".to_owned(),
        title: table.stem(),
        publisher,
        titles: source.titles.clone(),
        bounds: Vec::new(),
        crs: source.crs.clone(),
        datum_grid: None,
    };
    let mut report = FileReport { file: table.file_name(), ..FileReport::default() };
    let mut early: Vec<Told> = Vec::new();
    run_worker(worker, &job, input, |frame| {
        match frame {
            Frame::Table(begun) => report.tables.push(TableReport {
                shape: begun.shape,
                encoding: begun.encoding,
                format: begun.format,
                end: None,
                findings: std::mem::take(&mut early),
                refused_rows: Vec::new(),
            }),
            Frame::Finding(finding) => match report.tables.last_mut() {
                Some(table) => table.findings.push(Told::from(*finding)),
                None => early.push(Told::from(*finding)),
            },
            Frame::Refused(row) => {
                if let Some(table) = report.tables.last_mut() {
                    table.refused_rows.push(*row);
                }
            }
            Frame::End(end) => {
                if let Some(table) = report.tables.last_mut() {
                    table.end = Some(*end);
                }
            }
            Frame::RefusedWhole(refusal) => report.refused = Some(refusal),
            Frame::Batch(_) | Frame::Rows(_) | Frame::Done => {}
        }
        true
    })?;
    if report.refused.is_none() && report.tables.is_empty() {
        report.refused = Some(no_table());
    }
    Ok(report)
}

fn text(reports: &[FileReport]) -> String {
    let mut out = String::new();
    for report in reports {
        let _ = writeln!(out, "■ {}", report.file);
        if let Some(refusal) = &report.refused {
            let _ = writeln!(
                out,
                "  受け付けられません [{}]\n    {}\n    {}",
                refusal.code, refusal.message_ja, refusal.message_en
            );
        }
        for table in &report.tables {
            table_text(&mut out, table);
        }
    }
    out
}

fn table_text(out: &mut String, table: &TableReport) {
    let sheet = table.shape.sheet.as_ref().map_or_else(
        || "標準様式なし / no standard sheet".to_owned(),
        |sheet| format!("標準様式 {} ({})", sheet.number, sheet.edition),
    );
    let _ = writeln!(out, "  表: {} / {} / {} {}", table.shape.title, sheet, table.format, table.encoding);
    if let Some(end) = &table.end {
        let _ = writeln!(
            out,
            "  {}行 = {}件 + 受け付けない{}行 / {} rows = {} records + {} refused",
            end.rows_read, end.records, end.refused, end.rows_read, end.records, end.refused
        );
        for (code, severity, count) in &end.finding_counts {
            let _ = writeln!(out, "    {severity:?} {code}: {count}");
        }
    }
    for told in &table.findings {
        let place = &told.finding.place;
        let _ = write!(out, "  - ");
        if let Some(sheet) = &place.sheet {
            let _ = write!(out, "{sheet} ");
        }
        if let Some(row) = place.row {
            let _ = write!(out, "{row}行目 ");
        }
        if let Some(column) = &place.column {
            let _ = write!(out, "「{column}」 ");
        }
        let _ = writeln!(out, "[{}] {}\n      {}", told.finding.code.as_str(), told.message_ja, told.message_en);
        if let Some(evidence) = told.finding.evidence.as_ref().filter(|evidence| !evidence.rows.is_empty()) {
            let rows: Vec<String> = evidence.rows.iter().map(u64::to_string).collect();
            let more = if evidence.cells > evidence.rows.len() as u64 { " …" } else { "" };
            let _ = writeln!(out, "      行 / rows: {}{more}", rows.join(", "));
        }
        if let Repair::Proposed(repair) = &told.finding.repair {
            let _ = writeln!(out, "      提案 / proposed: {repair}");
        }
    }
    for row in &table.refused_rows {
        let _ = writeln!(out, "  × {}行目: {}", row.row, row.reason.message_ja());
    }
}
