//! The decisions by column: numbers, contacts, dates of birth, words of secret places, small and recoverable cells.

use super::check::Check;
use super::column::{Cells, Column};
use super::decide_table::{Table, table_findings};
use super::header::Header;
use super::recover::recovered;
use super::rules::RULES;
use crate::model::decision::Evidence;
use crate::model::finding::{Finding, FindingCode, Place};

/// All findings of a table.
pub(super) fn findings(check: &Check) -> Vec<Finding> {
    let table = Table::of(check);
    let mut found = Found { check, findings: Vec::new() };
    for column in &check.columns {
        number(column, &mut found);
        contacts(column, &table, &mut found);
        birth(column, &table, &mut found);
        small(column, &table, &mut found);
    }
    number(&check.beside, &mut found);
    contacts(&check.beside, &table, &mut found);
    recoverable(check, &mut found);
    table_findings(&table, &mut found);
    for column in check.columns.iter().filter(|column| column.excepted_cells > 0) {
        let reasons: Vec<&str> = check
            .allow
            .iter()
            .filter(|allow| allow.column == column.header.found)
            .map(|allow| allow.reason.as_str())
            .collect();
        found.allowed(&column.header.found, column.excepted_cells, &reasons.join(" / "));
    }
    found.findings
}

/// Findings as they are decided.
pub(super) struct Found<'a> {
    check: &'a Check,
    findings: Vec<Finding>,
}

impl Found<'_> {
    fn place(&self, column: &str) -> Place {
        let column = (!column.is_empty()).then(|| column.to_owned());
        Place { sheet: self.check.sheet_name.clone(), column, ..Place::default() }
    }

    /// Says what was found in a column, unless the operator has given a reason why that is right.
    pub(super) fn column(&mut self, code: FindingCode, column: &Column, cells: &Cells, confidence_percent: u8) {
        let found = cells.count.to_string();
        self.say(
            code,
            &column.header.found,
            &found,
            &format!("{confidence_percent}%"),
            cells,
            column.filled,
            confidence_percent,
        );
    }

    /// The same with texts of the finding's own.
    #[expect(clippy::too_many_arguments, reason = "all of one finding, said once")]
    pub(super) fn say(
        &mut self,
        code: FindingCode,
        column: &str,
        found: &str,
        expected: &str,
        cells: &Cells,
        of: u64,
        confidence_percent: u8,
    ) {
        let allowed = self
            .check
            .allow
            .iter()
            .find(|allow| allow.code == code && allow.pattern.is_none() && allow.column == column);
        if let Some(reason) = allowed.map(|allow| allow.reason.clone()) {
            self.allowed(column, cells.count, &format!("{}: {reason}", code.as_str()));
            return;
        }
        let evidence = Evidence { confidence_percent, cells: cells.count, of, rows: cells.rows.clone() };
        self.findings.push(Finding::new(code, self.place(column), found, expected).resting_on(evidence));
    }

    fn allowed(&mut self, column: &str, cells: u64, reason: &str) {
        let finding = Finding::new(FindingCode::ConfidentialAllowed, self.place(column), &cells.to_string(), reason);
        self.findings.push(finding);
    }
}

/// Per cent of `part` in `whole`, 0–100.
pub(super) fn percent(part: u64, whole: u64) -> u64 {
    part.saturating_mul(100).checked_div(whole).unwrap_or(0).min(100)
}

/// One in ten numbers passes by chance: the column decides, or a header that speaks of such numbers.
fn number(column: &Column, found: &mut Found<'_>) {
    let (threshold, passing) = (&RULES.threshold, &column.passing);
    if passing.count == 0 {
        // A header that says so is believed also where no number checks: they may be cut or mistyped.
        if column.header.number && column.candidates > 0 {
            let cells = Cells { count: column.candidates, ..Cells::default() };
            found.column(FindingCode::PersonalNumberPossible, column, &cells, 60);
        }
        return;
    }
    let share = percent(passing.count, column.candidates);
    if column.header.number || (passing.count >= threshold.number_cells && share >= threshold.number_percent) {
        found.column(FindingCode::PersonalNumber, column, passing, 99);
    } else if passing.count >= threshold.number_cells_hold && share >= threshold.number_percent
        || passing.count >= threshold.number_cells && share >= threshold.number_percent_hold
    {
        found.column(FindingCode::PersonalNumberPossible, column, passing, 90);
    } else if column.in_text.count > 0 {
        found.column(FindingCode::PersonalNumberPossible, column, &column.in_text, 50);
    }
}

fn contacts(column: &Column, table: &Table<'_>, found: &mut Found<'_>) {
    for (code, cells) in [(FindingCode::PersonalMobile, &column.mobiles), (FindingCode::PersonalMail, &column.mails)] {
        if cells.count >= RULES.threshold.contact_cells {
            found.column(code, column, cells, if table.has_persons() { 95 } else { 80 });
        } else if cells.count > 0 && table.has_persons() {
            found.column(code, column, cells, 80);
        } else if cells.count > 0 {
            found.column(FindingCode::PersonalContactFew, column, cells, 60);
        }
    }
}

fn birth(column: &Column, table: &Table<'_>, found: &mut Found<'_>) {
    let (threshold, years) = (&RULES.threshold, &column.years);
    if let Some(births) = table.births(column) {
        found.column(FindingCode::PersonalBirthDate, column, &births, 97);
    }
    if years.cells.count == 0 || column.header.established {
        return;
    }
    // Dates of one office lie close together and near today; those of births are spread over lives.
    let of_lives =
        (threshold.birth_mean_from..=threshold.birth_mean_to).contains(&years.mean()) && years.spread() >= 3.0;
    let most = years.cells.count >= threshold.name_cells
        && percent(years.cells.count, column.filled) >= threshold.name_percent;
    if most && of_lives && table.has_persons() {
        found.column(FindingCode::PersonalBirthDate, column, &years.cells, 75);
    }
}

fn small(column: &Column, table: &Table<'_>, found: &mut Found<'_>) {
    if column.small.count == 0 || column.texts * 2 > column.filled || !table.counts_persons_by_area() {
        return;
    }
    let to = found.check.shared.small_to.to_string();
    let count = column.small.count.to_string();
    let is_population = found.check.standard.as_deref() == Some("04");
    let code = if is_population { FindingCode::SmallCellsStandard } else { FindingCode::SmallCells };
    found.say(code, &column.header.found, &count, &to, &column.small, column.filled, 80);
}

fn recoverable(check: &Check, found: &mut Found<'_>) {
    let headers: Vec<&Header> = check.columns.iter().map(|column| &column.header).collect();
    let cells = recovered(&check.cross, &headers);
    for (at, column) in check.columns.iter().enumerate() {
        let mut of_column = Cells::default();
        cells.iter().filter(|cell| cell.column == at).for_each(|cell| of_column.add(cell.row));
        if of_column.count > 0 {
            found.say(
                FindingCode::SuppressedRecoverable,
                &column.header.found,
                &of_column.count.to_string(),
                "",
                &of_column,
                column.filled,
                95,
            );
        }
    }
}
