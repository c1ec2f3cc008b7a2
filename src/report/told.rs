//! The report as JSON: `schemas/report.schema.json` describes it, a test holds real reports against it.

use std::collections::HashMap;

use serde::Serialize;

use crate::model::decision::Decision;
use crate::model::finding::{Finding, FindingCode, Severity};
use crate::model::lonlat::Bbox;
use crate::model::record::{GeometryKind, RefusedRow, TableShape};
use crate::pipeline::frames::{Refusal, TableEnd};
use crate::pipeline::tally::FINDINGS_KEPT_PER_CODE;

use super::columns::ColumnReport;
use super::conformance::Conformance;
use super::groups::groups;
use super::place::reference;
use super::readability::{Readability, rule};
use super::shown::EXAMPLES;
use super::{FileReport, TableReport, Verdict};

/// A file's report as JSON tells it.
#[derive(Debug, Serialize)]
pub struct Told<'r> {
    file: &'r str,
    bytes: u64,
    verdict: Verdict,
    decision: Decision,
    refused: Option<&'r Refusal>,
    findings: Vec<ToldFinding<'r>>,
    tables: Vec<ToldTable<'r>>,
    readability: ToldReadability<'r>,
}

#[derive(Debug, Serialize)]
struct ToldReadability<'r> {
    rule: &'static str,
    attribution: &'static str,
    #[serde(flatten)]
    result: &'r Readability,
}

#[derive(Debug, Serialize)]
struct ToldTable<'r> {
    name: Option<&'r str>,
    verdict: Verdict,
    decision: Decision,
    shape: &'r TableShape,
    sheet_title: Option<&'r str>,
    why: &'r str,
    format: &'r str,
    encoding: &'r str,
    counts: Option<Counts>,
    positions: Positions,
    conformance: Option<&'r Conformance>,
    columns: &'r [ColumnReport],
    groups: Vec<ToldGroup<'r>>,
    findings: Vec<ToldFinding<'r>>,
    refused_rows: &'r [RefusedRow],
    end: Option<&'r TableEnd>,
}

/// The conservation law of a table: rows read = records + rows refused.
#[derive(Debug, Serialize)]
struct Counts {
    rows_above: u64,
    rows_read: u64,
    records: u64,
    refused: u64,
    balanced: bool,
}

#[derive(Debug, Serialize)]
struct Positions {
    geometry: Option<GeometryKind>,
    placed: u64,
    unplaced: u64,
    outside: u64,
    bbox: Option<Bbox>,
}

#[derive(Debug, Serialize)]
struct ToldGroup<'r> {
    code: FindingCode,
    severity: Severity,
    count: u64,
    title_ja: String,
    title_en: String,
    examples: Vec<ToldFinding<'r>>,
}

#[derive(Debug, Serialize)]
struct ToldFinding<'r> {
    #[serde(flatten)]
    finding: &'r Finding,
    /// `シート1!C12`, `12行目`; empty where it lies nowhere in particular.
    reference: String,
    message_ja: String,
    message_en: String,
}

impl<'r> ToldFinding<'r> {
    fn of(finding: &'r Finding, table: Option<&TableReport>) -> Self {
        Self {
            reference: table.map(|table| reference(table, finding)).unwrap_or_default(),
            message_ja: finding.message_ja(),
            message_en: finding.message_en(),
            finding,
        }
    }
}

/// A report as JSON tells it: of the findings, the first 200 of each code with their places.
pub fn told(report: &FileReport) -> Told<'_> {
    let rule = rule();
    Told {
        file: &report.file,
        bytes: report.bytes,
        verdict: report.verdict(),
        decision: report.decision(),
        refused: report.refused.as_ref(),
        findings: report.findings.iter().map(|finding| ToldFinding::of(finding, None)).collect(),
        tables: report.tables.iter().map(table).collect(),
        readability: ToldReadability { rule: &rule.title, attribution: &rule.attribution, result: &report.readability },
    }
}

fn table(table: &TableReport) -> ToldTable<'_> {
    let mut seen: HashMap<FindingCode, u64> = HashMap::new();
    let first = table.findings.iter().filter(|finding| {
        let seen = seen.entry(finding.code).or_default();
        *seen += 1;
        *seen <= FINDINGS_KEPT_PER_CODE
    });
    let findings = first.map(|finding| ToldFinding::of(finding, Some(table))).collect();
    let end = table.end.as_ref();
    ToldTable {
        name: table.begun.name.as_deref(),
        verdict: table.verdict(),
        decision: table.decision(),
        shape: &table.begun.shape,
        sheet_title: (!table.sheet_title.is_empty()).then_some(table.sheet_title.as_str()),
        why: &table.why,
        format: &table.begun.format,
        encoding: &table.begun.encoding,
        counts: end.map(|end| Counts {
            rows_above: table.begun.rows_above,
            rows_read: end.rows_read,
            records: end.records,
            refused: end.refused,
            balanced: end.rows_read == end.records + end.refused && end.refused == table.refused_rows.len() as u64,
        }),
        positions: Positions {
            geometry: end.and_then(|end| end.geometry),
            placed: table.placed,
            unplaced: table.facts.records.saturating_sub(table.placed),
            outside: table.count_of("coordinate-outside"),
            bbox: end.and_then(|end| end.bbox),
        },
        conformance: table.conformance.as_ref(),
        columns: &table.columns,
        groups: groups(table)
            .into_iter()
            .map(|group| ToldGroup {
                code: group.code,
                severity: group.severity,
                count: group.count,
                title_ja: group.title_ja(),
                title_en: group.title_en(),
                examples: group
                    .findings
                    .iter()
                    .take(EXAMPLES)
                    .map(|finding| ToldFinding::of(finding, Some(table)))
                    .collect(),
            })
            .collect(),
        findings,
        refused_rows: &table.refused_rows,
        end,
    }
}
