//! What came of a check, in figures and in what holds the release.

use super::check::Seen;
use crate::model::case::{Case, Held, Summary};
use crate::model::decision::Decision;
use crate::model::difference::{ReleaseDifference, TableDifference};
use crate::model::finding::Severity;
use crate::model::name::Digest;
use crate::pipeline::case::Look;
use crate::pipeline::publish::HeldReason;
use crate::report::place::cell_of;
use crate::report::seen::{SeenFile, SeenTable};

/// What came of a check in figures.
pub(super) fn summary(case: &Case, seen: &Seen, look: Option<&Look>, refused: Vec<(String, String)>) -> Summary {
    let mut rows = [0; 3];
    let mut tables = Vec::new();
    for (file, table) in seen.files.iter().flat_map(|file| file.tables.iter().map(move |table| (file, table))) {
        for (sum, own) in rows.iter_mut().zip(table.counts) {
            *sum += own;
        }
        tables.push((table_name(file, table), sheet_words(table)));
    }
    let count = |severity| seen.files.iter().map(|file| file.count(severity)).sum::<u64>();
    let mut holds: Vec<Held> = Vec::new();
    for (mark, reason) in look.map_or(&[][..], |look| look.reasons.as_slice()) {
        holds.push(held(mark, reason, &seen.files));
    }
    for file in &seen.files {
        holds.extend(hidden(file, &holds));
    }
    let sums = |found: &ReleaseDifference| {
        let sum = |of: fn(&TableDifference) -> u64| found.tables.iter().map(of).sum::<u64>();
        let records = |tables: &[(String, u64)]| tables.iter().map(|(_, records)| records).sum::<u64>();
        [
            sum(|table| table.added) + records(&found.added_tables),
            sum(|table| table.removed) + records(&found.removed_tables),
            sum(|table| table.changed),
        ]
    };
    let spots = look.map_or(&[][..], |look| look.spots.as_slice());
    Summary {
        digest: case.digest(),
        rows,
        findings: [count(Severity::Error), count(Severity::Warning), count(Severity::Note)],
        tables,
        refused,
        holds,
        difference: look.and_then(|look| look.difference.as_ref()).map(|found| (found.from.clone(), sums(found))),
        placed: [spots.iter().map(|own| own.placed).sum(), spots.iter().map(|own| own.far).sum()],
    }
}

/// The name of a table as pages show it.
pub(super) fn table_name(file: &SeenFile, table: &SeenTable) -> String {
    match (&table.origin, file.tables.len()) {
        (Some(sheet), _) => format!("{} の「{sheet}」", file.name),
        (None, _) => file.name.clone(),
    }
}

/// Which standard sheet a table follows, in words.
pub(super) fn sheet_words(table: &SeenTable) -> String {
    match &table.begun.shape.sheet {
        Some(sheet) => {
            let edition = if sheet.edition == "recommended" { "旧様式" } else { "現行の様式" };
            format!("{} {}({edition})", sheet.number, table.sheet_title)
        }
        None => "標準様式なし(列をそのまま公開)".to_owned(),
    }
}

fn held(mark: &str, reason: &HeldReason, files: &[SeenFile]) -> Held {
    let finding = &reason.reason.finding;
    let evidence = finding.evidence.as_ref().map(|evidence| {
        format!(
            "入力のある{}セルのうち{}セルが該当(確からしさ {}%)",
            evidence.of, evidence.cells, evidence.confidence_percent
        )
    });
    let column = files.iter().find_map(|file| {
        file.tables.iter().filter(|table| table.is_correctable).find_map(|table| {
            let is_here = finding.place.sheet.is_none() || finding.place.sheet == table.begun.name;
            let cell = cell_of(&table.begun, finding).filter(|_| is_here)?;
            Some((file.name.clone(), table.origin.clone(), cell))
        })
    });
    Held {
        mark: mark.to_owned(),
        code: finding.code.as_str().to_owned(),
        is_never: reason.reason.decision == Decision::Reject,
        place: reason.place(),
        message: reason.message_ja.clone(),
        evidence: evidence.unwrap_or_default(),
        column,
    }
}

/// What only the file as it was sent shows and a person has to look at.
fn hidden(file: &SeenFile, known: &[Held]) -> Vec<Held> {
    let holding = file.findings.iter().filter(|finding| finding.code.decision() != Decision::Note);
    holding
        .filter(|finding| !known.iter().any(|held| held.code == finding.code.as_str()))
        .map(|finding| Held {
            mark: Digest::of(&serde_json::to_vec(&(&file.name, finding)).unwrap_or_default())
                .to_hex()
                .chars()
                .take(32)
                .collect(),
            code: finding.code.as_str().to_owned(),
            is_never: finding.code.decision() == Decision::Reject,
            place: file.name.clone(),
            message: finding.message_ja(),
            evidence: String::new(),
            column: None,
        })
        .collect()
}
