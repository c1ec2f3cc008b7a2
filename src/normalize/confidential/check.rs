//! One table under the check: rows in, findings at the end.

use super::column::{Column, Shared};
use super::cross::Cross;
use super::decide;
use super::header::{Header, fold};
use super::letters::Letters;
use super::number::Folded;
use super::policy::{Allowance, Policy};
use super::rules::RULES;
use super::sensitive::Words;
use crate::model::finding::Finding;
use crate::model::record::ColumnType;
use crate::read::{Cell, Row};

/// What is known of a table before its first row.
#[derive(Debug, Clone, Default)]
pub struct Layout<'a> {
    /// Headers by column of the file, as found.
    pub headers: &'a [String],
    /// What the values mean, by column of the file, where a header is bound to a field or the values say so.
    pub kinds: &'a [Option<ColumnType>],
    /// The name of the standard field that a column is bound to, by column of the file.
    pub fields: &'a [Option<String>],
    /// The file.
    pub file_name: &'a str,
    /// The title of the table.
    pub title: &'a str,
    /// The sheet of the workbook, where it has several.
    pub sheet_name: Option<&'a str>,
    /// The standard sheet the table is bound to.
    pub standard: Option<&'a str>,
}

/// What titles and remarks are called in a finding.
const BESIDE: &str = "表の上下の注記";

/// Sees every row of one table; gives its findings at the end.
#[derive(Debug)]
pub struct Check {
    pub(super) columns: Vec<Column>,
    /// Titles and remarks above and below the table, as one column.
    pub(super) beside: Column,
    pub(super) shared: Shared,
    pub(super) cross: Cross,
    pub(super) allow: Vec<Allowance>,
    pub(super) sheet_name: Option<String>,
    pub(super) titles: String,
    pub(super) standard: Option<String>,
    /// Rows with a point.
    pub(super) points: u64,
    /// Rows seen.
    pub(super) rows: u64,
}

impl Check {
    /// A check of a table of this layout, by the bundled rules and the operator's additions.
    pub fn new(layout: &Layout<'_>, policy: &Policy) -> Self {
        let for_this_file =
            |allowance: &&Allowance| allowance.file.as_deref().is_none_or(|file| file == layout.file_name);
        let allow: Vec<Allowance> = policy.allow.iter().filter(for_this_file).cloned().collect();
        let with_patterns: Vec<&Allowance> = allow.iter().filter(|allowance| allowance.pattern.is_some()).collect();
        let columns = layout
            .headers
            .iter()
            .enumerate()
            .map(|(at, header)| {
                let kind = layout.kinds.get(at).copied().flatten();
                let field = layout.fields.get(at).and_then(Option::as_deref);
                Column::new(Header::of(header, kind, field), &with_patterns)
            })
            .collect();
        let words = Words::new(&policy.words);
        let letters = Letters::new(words.first_letters());
        let small_to = policy.small_cells.unwrap_or(RULES.threshold.small_cells);
        Self {
            columns,
            beside: Column::new(Header::of(BESIDE, None, None), &with_patterns),
            shared: Shared { letters, words, folded: Folded::default(), small_to },
            cross: Cross::default(),
            allow,
            sheet_name: layout.sheet_name.map(str::to_owned),
            titles: [layout.file_name, layout.title, layout.sheet_name.unwrap_or("")].map(fold).join("\n"),
            standard: layout.standard.map(str::to_owned),
            points: 0,
            rows: 0,
        }
    }

    /// Looks at a row as found.
    pub fn see(&mut self, row: &Row<'_>) {
        self.rows += 1;
        self.points += u64::from(matches!(row.geometry, Some(geo_types::Geometry::Point(_))));
        for (column, cell) in self.columns.iter_mut().zip(row.cells) {
            column.see(*cell, row.number, &mut self.shared);
        }
        self.cross.see(row);
    }

    /// Looks at a title or a remark that is no record.
    pub fn see_beside(&mut self, row: u64, text: &str) {
        self.beside.see(Cell::Text(text), row, &mut self.shared);
    }

    /// What was found, strongest first.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = decide::findings(self);
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.code.decision()));
        findings
    }
}
