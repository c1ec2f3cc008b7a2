//! The judge: one answer for each item.

use crate::model::finding::FindingCode;
use crate::model::record::{Column, ColumnType, Storage};
use crate::report::facts::{ColumnFacts, Seen};
use crate::report::place::{a1, has_cells, reference};
use crate::report::wording::grouped;
use crate::report::{FileReport, TableReport};

use super::items::{Check, Item, Kind, rule};
use super::{Answer, Readability, Status, headers};

/// Places shown for one item.
const PLACES: usize = 10;

/// Least share of the filled cells of a column that must look like numbers for it to be a column of numbers.
const MOSTLY: f64 = 0.8;

/// Judges all items for one file.
pub(in crate::report) fn judge(report: &FileReport) -> Readability {
    let kind = kind(report);
    Readability::of(rule().items.iter().map(|item| answer(item, kind, report)).collect())
}

fn kind(report: &FileReport) -> Kind {
    let name = report.file.to_lowercase();
    match report.tables.first().map(|table| table.begun.format.as_str()) {
        Some("XLSX" | "XLSM" | "XLS" | "ODS" | "HTML" | "XML Spreadsheet") => Kind::Sheet,
        Some("CSV" | "TSV") => Kind::Text,
        None if [".xlsx", ".xlsm", ".xls", ".ods"].iter().any(|ending| name.ends_with(ending)) => Kind::Sheet,
        None if [".csv", ".tsv", ".txt"].iter().any(|ending| name.ends_with(ending)) => Kind::Text,
        Some(_) | None => Kind::Other,
    }
}

/// What was found against an item.
#[derive(Default)]
struct Against {
    count: u64,
    cells: Vec<String>,
    /// More to say, in Japanese and English.
    remark: (String, String),
    /// The item cannot be judged although it was looked at.
    is_open: bool,
}

impl Against {
    fn add(&mut self, cell: String) {
        self.count += 1;
        self.show(cell);
    }

    fn show(&mut self, cell: String) {
        if self.cells.len() < PLACES && !cell.is_empty() && !self.cells.contains(&cell) {
            self.cells.push(cell);
        }
    }

    fn seen(&mut self, table: &TableReport, at: usize, seen: &Seen) {
        self.count += seen.count;
        for row in &seen.rows {
            self.show(cell(table, at, *row));
        }
    }
}

/// A cell of a column of the shape.
fn cell(table: &TableReport, at: usize, row: u64) -> String {
    let sheet = table.begun.name.as_ref().map(|sheet| format!("{sheet}!")).unwrap_or_default();
    let name = table.begun.shape.columns.get(at).map_or("", |column| column.name.as_str());
    match table.begun.cells.get(at).copied().flatten() {
        Some(column) if has_cells(&table.begun.format) && row > 0 => format!("{sheet}{}", a1(column, row)),
        _ if row > 0 => format!("{sheet}{row}件目「{name}」"),
        _ => format!("{sheet}「{name}」"),
    }
}

/// The header of a column.
fn header(table: &TableReport, at: usize) -> String {
    cell(table, at, if has_cells(&table.begun.format) { table.begun.rows_above } else { 0 })
}

fn answer(item: &'static Item, kind: Kind, report: &FileReport) -> Answer {
    let mut answer = Answer {
        id: &item.id,
        level: item.level,
        title_ja: &item.title_ja,
        title_en: &item.title_en,
        status: Status::Ok,
        remark_ja: String::new(),
        remark_en: String::new(),
        count: 0,
        cells: Vec::new(),
        mend_ja: "",
        mend_en: "",
    };
    if !item.applies.contains(&kind) {
        answer.status = Status::NotApplicable;
        return answer;
    }
    let is_readable = report.refused.is_none();
    let is_judged = match item.check {
        Check::None => false,
        // Judged by findings alone: only where the readers know them.
        Check::Findings => FindingCode::ALL.iter().any(|known| item.findings.iter().any(|code| known.as_str() == code)),
        _ => true,
    };
    if !is_judged || (!is_readable && item.check != Check::Format) {
        answer.status = Status::Unchecked;
        (answer.remark_ja, answer.remark_en) = if is_readable {
            (item.why_ja.clone(), item.why_en.clone())
        } else {
            ("ファイルを読めないため確認できません。".to_owned(), "The file cannot be read.".to_owned())
        };
        return answer;
    }
    let mut against = Against::default();
    if item.check == Check::Format {
        if !is_readable {
            against.count = 1;
        }
    } else {
        by_findings(item, report, &mut against);
        for table in &report.tables {
            by_check(item, table, &mut against);
        }
    }
    (answer.remark_ja, answer.remark_en) = against.remark;
    if against.is_open && against.count == 0 {
        answer.status = Status::Unchecked;
        if answer.remark_ja.is_empty() {
            (answer.remark_ja, answer.remark_en) = (item.why_ja.clone(), item.why_en.clone());
        }
    } else if against.count > 0 {
        answer.status = Status::NotOk;
        (answer.mend_ja, answer.mend_en) = (&item.mend_ja, &item.mend_en);
    }
    (answer.count, answer.cells) = (against.count, against.cells);
    answer
}

/// Findings that break the item.
fn by_findings(item: &Item, report: &FileReport, against: &mut Against) {
    let breaks = |code: &str| item.findings.iter().any(|known| known == code);
    for finding in report.findings.iter().filter(|finding| breaks(finding.code.as_str())) {
        let sheet = finding.place.sheet.clone().unwrap_or_default();
        let row = finding.place.row.map(|row| format!("{row}行目")).unwrap_or_default();
        against.add(format!("{sheet} {row}").trim().to_owned());
    }
    for table in &report.tables {
        for code in &item.findings {
            against.count += table.count_of(code);
        }
        for finding in table.findings.iter().filter(|finding| breaks(finding.code.as_str())) {
            against.show(reference(table, finding));
        }
    }
}

fn by_check(item: &Item, table: &TableReport, against: &mut Against) {
    let columns = &table.begun.shape.columns;
    let is_bound = table.begun.shape.sheet.is_some();
    let each = || columns.iter().zip(&table.facts.columns).enumerate();
    match item.check {
        Check::HeaderNames => on_headers(table, against, headers::says_nothing),
        Check::Spacing => {
            on_headers(table, against, headers::is_spaced);
            each().for_each(|(at, (_, facts))| {
                against.seen(table, at, &facts.spacing);
                against.seen(table, at, &facts.line_breaks);
            });
            // Blanks around values are findings of the bound table and facts alike: counted once.
            against.count = against.count.saturating_sub(table.count_of("value-trimmed"));
        }
        Check::OneValue => each().for_each(|(at, (_, facts))| against.seen(table, at, &facts.several)),
        Check::LineBreaks => each().for_each(|(at, (_, facts))| against.seen(table, at, &facts.line_breaks)),
        Check::Characters => {
            on_headers(table, against, |header| {
                header.chars().any(|letter| super::characters::class(letter) == super::characters::Class::Sign)
            });
            let mut kanji = 0;
            each().for_each(|(at, (_, facts))| {
                against.seen(table, at, &facts.signs);
                kanji += facts.name_kanji;
            });
            if kanji > 0 {
                let kanji = grouped(kanji);
                against.remark = (
                    format!("人名・地名などの漢字(髙、﨑など)が{kanji}セルにあります。そのままで構いません。"),
                    format!("{kanji} cells hold kanji of names, which may stay."),
                );
            }
        }
        Check::Numbers if !is_bound => each()
            .filter(|(_, (_, facts))| is_mostly_numbers(facts))
            .for_each(|(at, (_, facts))| against.seen(table, at, &facts.dressed_numbers)),
        Check::Omission => omission(table, against),
        Check::OtherDetail => each().for_each(|(at, (_, facts))| against.seen(table, at, &facts.other_detail)),
        Check::FirstRow => {
            if has_cells(&table.begun.format) && table.begun.rows_above > 1 && against.count == 0 {
                against.add(header(table, 0));
            }
        }
        Check::CodeTable => against.is_open |= !is_bound,
        Check::NumberSigns => {
            let mut signs = Against::default();
            each().filter(|(_, (column, facts))| is_number(column, facts)).for_each(|(at, (_, facts))| {
                signs.seen(table, at, &facts.number_signs);
            });
            if signs.count > 0 {
                // The sign may be defined elsewhere: a person has to look.
                against.is_open = true;
                signs.cells.into_iter().for_each(|cell| against.show(cell));
            }
        }
        Check::Units if !is_bound => each()
            .filter(|(_, (column, facts))| {
                let header = column.found.as_deref().unwrap_or(&column.name);
                is_number(column, facts) && !headers::is_name(header) && !headers::states_unit(header)
            })
            .for_each(|(at, _)| against.add(header(table, at))),
        Check::Eras => each()
            .filter(|(_, (column, _))| {
                let header = column.found.as_deref().unwrap_or(&column.name);
                column.kind == ColumnType::Text && header.contains(['年', '月', '日', '期'])
            })
            .for_each(|(at, (_, facts))| against.seen(table, at, &facts.eras)),
        Check::Regions => regions(table, against),
        Check::LongForm if !is_bound => {
            let headers: Vec<&str> =
                columns.iter().map(|column| column.found.as_deref().unwrap_or(&column.name)).collect();
            for at in headers::years_across(&headers) {
                against.add(header(table, at));
            }
        }
        Check::Findings | Check::None | Check::Format | Check::Numbers | Check::Units | Check::LongForm => {}
    }
}

fn on_headers(table: &TableReport, against: &mut Against, is_bad: impl Fn(&str) -> bool) {
    for (at, column) in table.begun.shape.columns.iter().enumerate() {
        if column.found.as_deref().is_some_and(&is_bad) {
            against.add(header(table, at));
        }
    }
}

/// Whether most filled cells of a column of text are numbers, some of them plain enough to tell.
fn is_mostly_numbers(facts: &ColumnFacts) -> bool {
    let numbers = facts.plain_numbers + facts.dressed_numbers.count;
    facts.filled > 0 && numbers as f64 >= facts.filled as f64 * MOSTLY
}

fn is_number(column: &Column, facts: &ColumnFacts) -> bool {
    match column.kind {
        ColumnType::Latitude | ColumnType::Longitude => false,
        kind => kind.storage() != Storage::Text || (kind == ColumnType::Text && is_mostly_numbers(facts)),
    }
}

/// Ditto marks anywhere; in a table of no sheet, also a first column whose blanks go on a value above.
fn omission(table: &TableReport, against: &mut Against) {
    for (at, facts) in table.facts.columns.iter().enumerate() {
        against.seen(table, at, &facts.ditto);
    }
    let first = table.begun.cells.iter().position(|cell| *cell == Some(0));
    let Some((at, facts)) = first.and_then(|at| Some((at, table.facts.columns.get(at)?))) else { return };
    let begins_filled = facts.empty.rows.first().is_none_or(|row| *row > table.begun.rows_above + 1);
    if table.begun.shape.sheet.is_none()
        && has_cells(&table.begun.format)
        && begins_filled
        && facts.filled > 0
        && facts.empty.count >= facts.filled
    {
        against.seen(table, at, &facts.empty);
    }
}

/// Addresses without any code or prefecture.
fn regions(table: &TableReport, against: &mut Against) {
    let names = || {
        table.begun.shape.columns.iter().zip(&table.facts.columns).enumerate().filter_map(|(at, (column, facts))| {
            let header = column.found.as_deref().unwrap_or(&column.name);
            (facts.filled > 0).then_some((at, header))
        })
    };
    if names().any(|(_, name)| headers::is_region(name)) {
        return;
    }
    if let Some((at, _)) = names().find(|(_, name)| headers::is_address(name)) {
        against.add(header(table, at));
    } else {
        against.is_open = true;
        against.remark = (
            "地域を示す列が見つかりません。地域のデータであれば、コードの列を加えてください。".to_owned(),
            "No column says where; add one with codes if the data are about places.".to_owned(),
        );
    }
}
