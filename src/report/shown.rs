//! Lines that reports for people share.

use crate::model::finding::{Finding, Repair};

use super::wording::{grouped, percent};
use super::{FileReport, TableReport};

/// Examples shown of each kind of finding; all are in the CSV and the workbook.
pub const EXAMPLES: usize = 3;

/// What was done about a finding, or is proposed; `None` where nothing is.
pub fn repair(finding: &Finding) -> Option<String> {
    match &finding.repair {
        Repair::None => None,
        Repair::Made(text) if text.is_empty() => Some("空欄にしました".to_owned()),
        Repair::Made(text) => Some(format!("「{text}」に直しました")),
        Repair::Proposed(text) => Some(format!("「{text}」に直すことを提案します")),
    }
}

/// `124行 = 120件 + 受け付けない4行`, the conservation law of a table.
pub fn counts(table: &TableReport) -> String {
    match &table.end {
        Some(end) => format!(
            "{}行 = {}件 + 受け付けない{}行",
            grouped(end.rows_read),
            grouped(end.records),
            grouped(end.refused)
        ),
        None => "読み取りの途中で止まりました".to_owned(),
    }
}

/// `08 AED設置箇所一覧(現行の様式)`; which standard sheet, and in which edition.
pub fn sheet(table: &TableReport) -> String {
    match &table.begun.shape.sheet {
        Some(sheet) => {
            let edition = if sheet.edition == "recommended" { "旧様式" } else { "現行の様式" };
            format!("{} {}({edition})", sheet.number, table.sheet_title)
        }
        None => "標準様式なし".to_owned(),
    }
}

/// `必須◎ 87%(列 3/3) 推奨○ 45%(列 12/18)`; empty where there is no score.
pub fn conformance(table: &TableReport) -> String {
    let Some(conformance) = &table.conformance else { return String::new() };
    let part = |words: &str, score: Option<f64>, (fields, present): (u64, u64)| {
        score.map(|score| format!("{words} {}(列 {present}/{fields})", percent(score)))
    };
    let parts = [
        part("必須◎", conformance.required, conformance.required_fields),
        part("推奨○", conformance.recommended, conformance.recommended_fields),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// `CSV・CP932`
pub fn form(table: &TableReport) -> String {
    match table.begun.encoding.as_str() {
        "" => table.begun.format.clone(),
        encoding => format!("{}・{encoding}", table.begun.format),
    }
}

/// `位置あり 120件・なし 4件`; empty where the table has no positions at all.
pub fn positions(table: &TableReport) -> String {
    if table.placed == 0 {
        return String::new();
    }
    let without = table.facts.records.saturating_sub(table.placed);
    let kind = table.end.as_ref().and_then(|end| end.geometry).map(super::wording::geometry).unwrap_or_default();
    let outside = match table.count_of("coordinate-outside") {
        0 => String::new(),
        outside => format!("・市区町村の外 {}件", grouped(outside)),
    };
    // No boundary is at hand here: positions are only held against a distance from the office.
    format!("{kind} {}件・位置なし {}件{outside}(境界とは照合していません)", grouped(table.placed), grouped(without))
}

/// `レベル2 (満たす 18・満たさない 3・確認できない 5)`
pub fn readability(report: &FileReport) -> String {
    let sum = |of: fn(&super::readability::LevelSum) -> u64| report.readability.levels.iter().map(of).sum::<u64>();
    format!(
        "レベル{} (満たす {}・満たさない {}・確認できない {})",
        report.readability.level,
        sum(|level| level.ok),
        sum(|level| level.not_ok),
        sum(|level| level.unchecked)
    )
}
