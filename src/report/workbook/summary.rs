//! The sheet in front: what came out, with links to the cells.

use rust_xlsxwriter::{Format, Url, Worksheet};

use super::cells::Written;
use super::marks::Weight;
use super::style::{Style, weighed};
use super::{Extent, MAX_COMMENTS};
use crate::model::finding::Severity;
use crate::report::groups::groups;
use crate::report::readability::{Status, rule};
use crate::report::shown::{conformance, counts, form, positions, readability, sheet as sheet_of};
use crate::report::{FileReport, ReportError, TableReport, wording};

/// The name of the sheet.
pub(super) const NAME: &str = crate::pipeline::auxiliary::RESULTS;

/// The widths of its columns.
const WIDTHS: [f64; 5] = [18.0, 64.0, 10.0, 26.0, 26.0];

struct Lines<'a> {
    sheet: Worksheet,
    style: &'a Style,
    row: u32,
}

impl Lines<'_> {
    fn text(&mut self, column: u16, text: &str, format: &Format) -> Result<(), ReportError> {
        self.sheet.write_string_with_format(self.row, column, text, format)?;
        Ok(())
    }

    fn pair(&mut self, label: &str, text: &str) -> Result<(), ReportError> {
        if text.is_empty() {
            return Ok(());
        }
        let style = self.style;
        self.text(0, label, &style.label)?;
        self.text(1, text, &style.wrapped)?;
        self.row += 1;
        Ok(())
    }

    fn heading(&mut self, titles: &[&str]) -> Result<(), ReportError> {
        let style = self.style;
        self.row += 1;
        for (column, title) in (0..).zip(titles) {
            self.text(column, title, &style.heading)?;
        }
        self.row += 1;
        Ok(())
    }
}

/// The sheet of results.
pub(super) fn sheet(
    report: &FileReport,
    written: &Written,
    extent: &Extent,
    style: &Style,
) -> Result<Worksheet, ReportError> {
    let mut lines = Lines { sheet: Worksheet::new(), style, row: 0 };
    lines.sheet.set_name(NAME)?;
    lines.sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    for (column, width) in (0..).zip(WIDTHS) {
        lines.sheet.set_column_width(column, width)?;
    }
    lines.text(0, &format!("検査結果 {}", report.file), &style.title)?;
    lines.row += 1;
    let (ja, en) = wording::verdict(report.verdict());
    lines.pair("判定", &format!("{ja} / {en}"))?;
    if let Some((ja, en)) = wording::publishing(report.verdict(), report.decision()) {
        lines.pair("公開", &format!("{ja} / {en}"))?;
    }
    if let Some(refusal) = &report.refused {
        lines.pair("理由", &format!("{}\n{}", refusal.message_ja, refusal.message_en))?;
    }
    if extent.is_part {
        lines.pair("収めた範囲", "行が多いため、指摘のある行だけを収めました。元の行番号は左端の列にあります。")?;
    }
    if extent.without_comment > 0 {
        let text = format!(
            "コメントは{}個までにしました。残りの{}セルは色だけを付け、内容は「{}」にあります。",
            wording::grouped(MAX_COMMENTS),
            wording::grouped(extent.without_comment),
            super::list::NAME
        );
        lines.pair("コメント", &text)?;
    }
    if extent.cut > 0 {
        let text = format!("{}個のセルは長すぎるため、途中までを収めました。", wording::grouped(extent.cut));
        lines.pair("省略", &text)?;
    }
    lines.text(0, "色の意味", &style.label)?;
    lines.row += 1;
    for (weight, words, meaning) in [
        (Weight::Error, "誤り", "値または行をそのままでは使えません。直してください。"),
        (Weight::Warning, "注意", "人が確かめてください。値は使います。"),
        (Weight::Note, "注記", "参考です。自動で直した箇所を含みます。"),
        (Weight::Refused, "受け付けない行", "行の全体を受け付けません。理由は行の先頭のコメントにあります。"),
    ] {
        lines.text(0, words, &weighed(weight))?;
        lines.text(1, meaning, &style.wrapped)?;
        lines.row += 1;
    }
    for table in &report.tables {
        table_lines(&mut lines, table, written)?;
    }
    readability_lines(&mut lines, report)?;
    Ok(lines.sheet)
}

fn table_lines(lines: &mut Lines<'_>, table: &TableReport, written: &Written) -> Result<(), ReportError> {
    let style = lines.style;
    lines.row += 1;
    let name = table.begun.name.as_deref().unwrap_or(&table.begun.shape.title);
    lines.text(0, &format!("表 {name}"), &style.title)?;
    lines.row += 1;
    let pairs = [
        ("様式", sheet_of(table)),
        ("様式の判断", table.why.clone()),
        ("形式", form(table)),
        ("件数", counts(table)),
        ("様式への適合", conformance(table)),
        ("位置", positions(table)),
    ];
    for (label, text) in pairs {
        lines.pair(label, &text)?;
    }
    lines.heading(&["重さ", "指摘", "件数", "最初の場所", "コード"])?;
    for group in groups(table) {
        lines.text(0, wording::severity(group.severity), &weighed(weight(group.severity)))?;
        lines.text(1, &group.title_ja(), &style.wrapped)?;
        lines.sheet.write_number_with_format(lines.row, 2, group.count as f64, &style.number)?;
        let first = group.findings.iter().find_map(|finding| {
            let (row, cell) = table.mark_of(finding)?;
            let link = written.link(table.begun.name.as_deref(), row, cell.unwrap_or(0))?;
            Some((link, table.shown_place(finding)))
        });
        match first {
            Some((link, place)) => {
                let row = lines.row;
                lines.sheet.write_url_with_options(row, 3, Url::new(link), place, "", Some(&style.link))?;
            }
            None => lines.text(3, "", &style.plain)?,
        }
        lines.text(4, group.code.as_str(), &style.plain)?;
        lines.row += 1;
    }
    Ok(())
}

fn weight(severity: Severity) -> Weight {
    severity.into()
}

fn readability_lines(lines: &mut Lines<'_>, report: &FileReport) -> Result<(), ReportError> {
    let style = lines.style;
    lines.row += 1;
    lines.text(0, "機械可読性", &style.title)?;
    lines.row += 1;
    lines.pair("到達", &readability(report))?;
    lines.heading(&["番号", "項目", "結果", "場所", "直し方・理由"])?;
    for answer in &report.readability.items {
        lines.text(0, answer.id, &style.plain)?;
        lines.text(1, answer.title_ja, &style.wrapped)?;
        let (words, format) = match answer.status {
            Status::Ok => ("満たす", style.plain.clone()),
            Status::NotOk => ("満たさない", weighed(Weight::Warning)),
            Status::Unchecked => ("確認できない", style.plain.clone()),
            Status::NotApplicable => ("対象外", style.plain.clone()),
        };
        lines.text(2, words, &format)?;
        lines.text(3, &answer.cells.join("、"), &style.wrapped)?;
        let words = if answer.mend_ja.is_empty() { answer.remark_ja.as_str() } else { answer.mend_ja };
        lines.text(4, words, &style.wrapped)?;
        lines.row += 1;
    }
    lines.row += 1;
    lines.text(0, &rule().attribution, &style.plain)?;
    lines.row += 1;
    Ok(())
}
