//! The report as one page: nothing but the file itself is needed to read or print it.
//!
//! Japanese first, English beside it; light and dark by the reader's setting; filters without script. Everything of the
//! file is escaped text.

use askama::Template;

use crate::model::finding::{Finding, Severity};
use crate::pipeline::rows::FoundCell;

use super::groups::groups;
use super::place::{letters, one_line};
use super::readability::{Status, rule};
use super::sample::{ROWS, Sample};
use super::shown::{EXAMPLES, counts, form, positions, repair, sheet};
use super::text::plain;
use super::wording::{self, grouped, percent};
use super::{FileReport, ReportError, TableReport};

/// Refused rows shown; all are in the CSV.
const REFUSED: usize = 20;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'r> {
    title: String,
    files: Vec<FileView<'r>>,
    attribution: &'static str,
}

struct FileView<'r> {
    number: usize,
    name: String,
    class: &'static str,
    sign: &'static str,
    verdict_ja: &'static str,
    verdict_en: &'static str,
    publishing: Option<(&'static str, &'static str)>,
    errors: String,
    warnings: String,
    notes: String,
    refused: Option<&'r crate::pipeline::frames::Refusal>,
    findings: Vec<Line>,
    tables: Vec<TableView>,
    level: u8,
    items: Vec<ItemView>,
    broken: usize,
}

struct TableView {
    title: String,
    facts: Vec<(&'static str, &'static str, String)>,
    scores: Vec<ScoreView>,
    groups: Vec<GroupView>,
    grid: Option<Grid>,
    columns: Vec<ColumnView>,
    refused: Vec<(u64, String, String)>,
    refused_more: usize,
}

struct ScoreView {
    words: &'static str,
    words_en: &'static str,
    value: f64,
    percent: String,
    present: u64,
    fields: u64,
}

struct GroupView {
    class: &'static str,
    sign: &'static str,
    weight: &'static str,
    count: String,
    title_ja: String,
    title_en: String,
    code: &'static str,
    examples: Vec<Line>,
    more: u64,
}

struct Line {
    class: &'static str,
    sign: &'static str,
    place: String,
    message: String,
    message_en: String,
    repair: String,
}

struct Grid {
    letters: Vec<(String, &'static str)>,
    rows: Vec<GridRow>,
    shown: usize,
    faulty: String,
}

struct GridRow {
    number: u64,
    class: &'static str,
    is_header: bool,
    cells: Vec<GridCell>,
    lines: Vec<Line>,
}

struct GridCell {
    text: String,
    class: &'static str,
    sign: &'static str,
    /// Whether the column has no fault in any row shown; print leaves it out.
    quiet: bool,
}

struct ColumnView {
    letters: String,
    found: String,
    name: String,
    kind: &'static str,
    mark: String,
    filled: String,
    repaired: String,
    wrong: String,
    score: String,
    class: &'static str,
}

struct ItemView {
    id: &'static str,
    title_ja: &'static str,
    title_en: &'static str,
    class: &'static str,
    words: &'static str,
    cells: String,
    count: String,
    mend: String,
}

/// The page of some files with the faulty rows of each.
///
/// # Errors
/// Where the page cannot be put together.
pub fn html(reports: &[(FileReport, Vec<Sample>)]) -> Result<String, ReportError> {
    let title = match reports {
        [(report, _)] => format!("検査結果 {}", plain(&report.file)),
        _ => format!("検査結果 {}ファイル", reports.len()),
    };
    let files = reports.iter().zip(1..).map(|((report, samples), number)| file(report, samples, number)).collect();
    Ok(Page { title, files, attribution: &rule().attribution }.render()?)
}

fn class(severity: Severity) -> &'static str {
    wording::severity_en(severity)
}

fn file<'r>(report: &'r FileReport, samples: &[Sample], number: usize) -> FileView<'r> {
    let verdict = report.verdict();
    let (verdict_ja, verdict_en) = wording::verdict(verdict);
    let (class, sign) = match verdict {
        super::Verdict::Clean | super::Verdict::Note => ("good", "○"),
        super::Verdict::Warning | super::Verdict::Hold => ("warning", "▲"),
        super::Verdict::Error | super::Verdict::Reject | super::Verdict::Refused => ("error", "×"),
    };
    let of = |severity: Severity| {
        let early = report.findings.iter().filter(|finding| finding.severity == severity).count() as u64;
        grouped(early + report.tables.iter().map(|table| table.count_with(severity)).sum::<u64>())
    };
    let items: Vec<ItemView> = report.readability.items.iter().map(item).collect();
    FileView {
        number,
        name: plain(&report.file),
        class,
        sign,
        verdict_ja,
        verdict_en,
        publishing: wording::publishing(verdict, report.decision()),
        errors: of(Severity::Error),
        warnings: of(Severity::Warning),
        notes: of(Severity::Note),
        refused: report.refused.as_ref(),
        findings: report.findings.iter().map(|finding| line(finding, None)).collect(),
        tables: report.tables.iter().map(|found| table(found, samples)).collect(),
        level: report.readability.level,
        broken: items.iter().filter(|item| item.class == "error").count(),
        items,
    }
}

fn line(finding: &Finding, table: Option<&TableReport>) -> Line {
    let place = match table {
        Some(table) => table.shown_place(finding),
        None => finding.place.sheet.clone().unwrap_or_default(),
    };
    Line {
        class: class(finding.severity),
        sign: wording::severity_sign(finding.severity),
        place: plain(&place),
        message: plain(&finding.message_ja()),
        message_en: plain(&finding.message_en()),
        repair: plain(&repair(finding).unwrap_or_default()),
    }
}

fn table(table: &TableReport, samples: &[Sample]) -> TableView {
    let facts = [
        ("様式", "Sheet", sheet(table)),
        ("様式の判断", "Why", table.why.clone()),
        ("形式・文字コード", "Format", form(table)),
        ("件数", "Rows = records + refused", counts(table)),
        ("位置", "Positions", positions(table)),
    ];
    let scores = table.conformance.iter().flat_map(|conformance| {
        [
            ("必須 ◎", "required", conformance.required, conformance.required_fields),
            ("推奨 ○", "recommended", conformance.recommended, conformance.recommended_fields),
        ]
    });
    let refused = table.refused_rows.iter().take(REFUSED);
    TableView {
        title: plain(table.begun.name.as_deref().unwrap_or(&table.begun.shape.title)),
        facts: facts
            .into_iter()
            .filter(|(_, _, text)| !text.is_empty())
            .map(|(ja, en, text)| (ja, en, plain(&text)))
            .collect(),
        scores: scores
            .filter_map(|(words, words_en, score, (fields, present))| {
                let value = score?;
                Some(ScoreView { words, words_en, value, percent: percent(value), present, fields })
            })
            .collect(),
        groups: groups(table)
            .into_iter()
            .map(|group| {
                let title_ja = plain(&group.title_ja());
                let is_one_sentence = !title_ja.contains('…');
                let examples = group.findings.iter().take(EXAMPLES).map(|finding| {
                    let mut line = line(finding, Some(table));
                    if is_one_sentence {
                        line.message.clear();
                    }
                    line
                });
                GroupView {
                    class: class(group.severity),
                    sign: wording::severity_sign(group.severity),
                    weight: wording::severity(group.severity),
                    count: grouped(group.count),
                    title_en: plain(&group.title_en()),
                    code: group.code.as_str(),
                    examples: examples.filter(|line| !(line.place.is_empty() && line.message.is_empty())).collect(),
                    more: group.count.saturating_sub(EXAMPLES as u64),
                    title_ja,
                }
            })
            .collect(),
        grid: grid(table, samples),
        columns: table.columns.iter().map(|found| column(found, table)).collect(),
        refused: refused
            .map(|row| (row.row, plain(&row.reason.message_ja()), plain(&row.reason.message_en())))
            .collect(),
        refused_more: table.refused_rows.len().saturating_sub(REFUSED),
    }
}

fn column(column: &super::columns::ColumnReport, table: &TableReport) -> ColumnView {
    let rows = table.end.as_ref().map_or(0, |end| end.records);
    let share = |part: u64| if rows == 0 { String::new() } else { percent(part as f64 / rows as f64) };
    let score = table.conformance.iter().flat_map(|conformance| &conformance.fields);
    let score = score.filter(|field| column.is_field && field.name == column.name).map(|field| field.score).next();
    let mark = column.requirement.as_deref().map(|mark| match mark {
        "◎" | "○" => format!("{mark} {}", wording::requirement(mark)),
        mark => wording::requirement(mark).to_owned(),
    });
    ColumnView {
        letters: column.letters.clone().unwrap_or_default(),
        found: column.found.as_deref().map_or_else(|| "(列なし)".to_owned(), |found| plain(&one_line(found))),
        name: if column.is_field { plain(&column.name) } else { "(市独自の列)".to_owned() },
        kind: wording::kind(column.kind),
        mark: mark.unwrap_or_default(),
        filled: share(column.filled),
        repaired: grouped(column.repaired),
        wrong: grouped(column.wrong),
        score: score.map(percent).unwrap_or_default(),
        class: if column.wrong > 0 || score.is_some_and(|score| score <= 0.0) { "warning" } else { "" },
    }
}

fn grid(table: &TableReport, samples: &[Sample]) -> Option<Grid> {
    let sample = samples.iter().find(|sample| sample.name == table.begun.name)?;
    let above = table.begun.rows_above;
    let mut faulty: Vec<u64> = table.findings.iter().filter_map(|finding| finding.place.row).collect();
    faulty.extend(table.refused_rows.iter().map(|row| row.row));
    faulty.retain(|row| *row > above);
    faulty.sort_unstable();
    faulty.dedup();
    if faulty.is_empty() {
        return None;
    }
    let header = sample.columns.as_ref().map(|columns| columns.iter().cloned().map(FoundCell::Text).collect());
    let lines: Vec<(u64, Vec<FoundCell>)> =
        header.map(|header| (0, header)).into_iter().chain(sample.rows.iter().cloned()).collect();
    let width = lines.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0).min(200);
    let mut is_faulty = vec![false; width];
    let mut rows = Vec::new();
    for (number, cells) in &lines {
        let of_row: Vec<(Option<usize>, &Finding)> = table
            .findings
            .iter()
            .filter_map(|finding| table.mark_of(finding).map(|(row, cell)| (row, cell, finding)))
            .filter(|(row, _, finding)| row == number && (*number > above || finding.severity > Severity::Note))
            .map(|(_, cell, finding)| (cell, finding))
            .collect();
        let is_refused = table.refused_rows.iter().any(|row| row.row == *number);
        let is_header = *number == 0 || *number <= above;
        let cells = (0..width)
            .map(|at| {
                let worst =
                    of_row.iter().filter(|(cell, _)| *cell == Some(at)).map(|(_, finding)| finding.severity).max();
                if let (Some(flag), Some(_)) = (is_faulty.get_mut(at), worst) {
                    *flag = true;
                }
                GridCell {
                    text: plain(cells.get(at).map_or("", FoundCell::text)).chars().take(80).collect(),
                    class: worst.map(class).unwrap_or_default(),
                    sign: worst.map(wording::severity_sign).unwrap_or_default(),
                    quiet: false,
                }
            })
            .collect();
        let worst = of_row.iter().map(|(_, finding)| finding.severity).max();
        let row_class = if is_refused { "error" } else { worst.map(class).unwrap_or_default() };
        rows.push(GridRow {
            number: *number,
            class: if is_header { "head" } else { row_class },
            is_header,
            cells,
            lines: of_row.iter().map(|(_, finding)| line(finding, Some(table))).collect(),
        });
    }
    for row in &mut rows {
        for (at, (cell, is_faulty)) in row.cells.iter_mut().zip(&is_faulty).enumerate() {
            cell.quiet = at >= 4 && !is_faulty;
        }
    }
    let quiet = |at: usize| if at >= 4 && !is_faulty.get(at).copied().unwrap_or(false) { "quiet" } else { "" };
    Some(Grid {
        letters: (0..width).map(|at| (letters(at), quiet(at))).collect(),
        shown: faulty.len().min(ROWS),
        faulty: grouped(faulty.len() as u64),
        rows,
    })
}

fn item(answer: &super::readability::Answer) -> ItemView {
    let (class, words) = match answer.status {
        Status::Ok => ("good", "○ 満たす"),
        Status::NotOk => ("error", "× 満たさない"),
        Status::Unchecked => ("open", "? 確認できない"),
        Status::NotApplicable => ("none", "― 対象外"),
    };
    let more = answer.count.saturating_sub(answer.cells.len() as u64);
    ItemView {
        id: answer.id,
        title_ja: answer.title_ja,
        title_en: answer.title_en,
        class,
        words,
        cells: plain(&answer.cells.join("、")),
        count: if more > 0 && !answer.cells.is_empty() {
            format!("ほか{}か所", grouped(more))
        } else {
            String::new()
        },
        mend: if answer.mend_ja.is_empty() {
            answer.remark_ja.clone()
        } else {
            format!("{} {}", answer.mend_ja, answer.remark_ja)
        },
    }
}
