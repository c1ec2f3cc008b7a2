//! The report on a terminal: short, the summary first, findings grouped, a few examples of each.

use std::fmt::Write as _;

use crate::model::finding::{Finding, Severity};
use crate::read::is_unseen;

use super::groups::{Group, groups};
use super::readability::Status;
use super::shown::{EXAMPLES, conformance, counts, form, positions, readability, repair, sheet};
use super::wording::{self, grouped};
use super::{FileReport, TableReport, Verdict};

/// How the text is shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    /// Colours of the terminal.
    pub colours: bool,
}

impl Look {
    fn paint(self, code: &str, text: &str) -> String {
        if self.colours { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn severity(self, severity: Severity, text: &str) -> String {
        let code = match severity {
            Severity::Note => "36",
            Severity::Warning => "33",
            Severity::Error => "31",
        };
        self.paint(code, text)
    }
}

/// Text of a file in one line, as a person sees it: characters that move the cursor, change colours, break lines or turn
/// the direction of what follows are written out (`[U+202E]`).
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' | '\t' => out.push(' '),
            letter if letter.is_control() || is_unseen(letter) => {
                let _ = write!(out, "[U+{:04X}]", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out
}

/// The report of some files.
pub fn text(reports: &[FileReport], look: Look) -> String {
    let mut out = String::new();
    for report in reports {
        file(&mut out, report, look);
    }
    if reports.len() > 1 {
        sum(&mut out, reports, look);
    }
    out
}

fn file(out: &mut String, report: &FileReport, look: Look) {
    let verdict = report.verdict();
    let (ja, en) = wording::verdict(verdict);
    let code = match verdict {
        Verdict::Clean | Verdict::Note => "32",
        Verdict::Warning | Verdict::Hold => "33",
        Verdict::Error | Verdict::Reject | Verdict::Refused => "31",
    };
    let _ = writeln!(out, "■ {}", look.paint("1", &plain(&report.file)));
    let _ = writeln!(out, "  判定: {} / {en}", look.paint(code, ja));
    if let Some((ja, en)) = wording::publishing(verdict, report.decision()) {
        let _ = writeln!(out, "  公開: {} / {en}", look.paint("33", ja));
    }
    if let Some(refusal) = &report.refused {
        let _ = writeln!(
            out,
            "  受け付けられない理由 [{}]\n    {}\n    {}",
            refusal.code,
            plain(&refusal.message_ja),
            plain(&refusal.message_en)
        );
    }
    for table in &report.tables {
        table_text(out, table, look);
    }
    for finding in &report.findings {
        let mark = look.severity(finding.severity, wording::severity_sign(finding.severity));
        let sheet = finding.place.sheet.as_ref().map(|sheet| format!("{sheet}: ")).unwrap_or_default();
        let _ =
            writeln!(out, "  {mark} {}[{}]", plain(&format!("{sheet}{}", finding.message_ja())), finding.code.as_str());
    }
    if report.refused.is_none() {
        let _ = writeln!(out, "  機械可読性: {}", readability(report));
        for answer in report.readability.items.iter().filter(|answer| answer.status == Status::NotOk) {
            let cells = match answer.cells.len() {
                0 => String::new(),
                _ => format!(" ({}{})", answer.cells.join("、"), more(answer.count, answer.cells.len())),
            };
            let _ = writeln!(out, "    × {} {}{}", answer.id, answer.title_ja, plain(&cells));
            let _ = writeln!(out, "        → {}", answer.mend_ja);
        }
    }
    out.push('\n');
}

fn more(count: u64, shown: usize) -> String {
    if count > shown as u64 { format!(" ほか、計{}か所", grouped(count)) } else { String::new() }
}

fn table_text(out: &mut String, table: &TableReport, look: Look) {
    let name = table.begun.name.as_ref().map(|name| format!("「{name}」 ")).unwrap_or_default();
    let _ = writeln!(out, "  表{} {} / {}", plain(&name), sheet(table), form(table));
    let _ = writeln!(out, "    件数: {}", counts(table));
    for (words, text) in [("様式への適合", conformance(table)), ("位置", positions(table)), ("理由", plain(&table.why))]
    {
        if !text.is_empty() {
            let _ = writeln!(out, "    {words}: {text}");
        }
    }
    let groups = groups(table);
    let of = |severity: Severity| grouped(table.count_with(severity));
    let _ = writeln!(
        out,
        "    指摘: 誤り {}・注意 {}・注記 {}",
        look.severity(Severity::Error, &of(Severity::Error)),
        look.severity(Severity::Warning, &of(Severity::Warning)),
        of(Severity::Note)
    );
    for found in &groups {
        group(out, table, found, look);
    }
    if !table.refused_rows.is_empty() {
        let _ = writeln!(out, "    受け付けない行:");
        for row in table.refused_rows.iter().take(EXAMPLES) {
            let _ = writeln!(out, "      {}行目: {}", row.row, plain(&row.reason.message_ja()));
        }
        let left = table.refused_rows.len().saturating_sub(EXAMPLES);
        if left > 0 {
            let _ = writeln!(out, "      ほか{left}行 (すべては --csv または --workbook)");
        }
    }
}

fn group(out: &mut String, table: &TableReport, group: &Group<'_>, look: Look) {
    let mark = look.severity(
        group.severity,
        &format!("{} {}", wording::severity_sign(group.severity), wording::severity(group.severity)),
    );
    let title = plain(&group.title_ja());
    let _ = writeln!(out, "    {mark} {title} {}件 [{}]", grouped(group.count), group.code.as_str());
    let _ = writeln!(out, "        {}", plain(&group.title_en()));
    let is_one_sentence = group.findings.len() > 1 && !title.contains('…');
    let examples = group.findings.iter().take(EXAMPLES);
    if is_one_sentence && group.findings.iter().all(|finding| finding.evidence.is_none()) {
        let places: Vec<String> =
            examples.map(|finding| table.shown_place(finding)).filter(|place| !place.is_empty()).collect();
        if !places.is_empty() {
            let _ = writeln!(out, "        {}{}", plain(&places.join("、")), more(group.count, places.len()));
        }
        return;
    }
    for finding in examples {
        let place = plain(&table.shown_place(finding));
        let message = plain(&finding.message_ja());
        let is_title = message == title;
        if is_title && place.is_empty() {
            continue;
        }
        let sentence = if is_title { String::new() } else { format!(" {message}") };
        let proposal = match &finding.repair {
            crate::model::finding::Repair::Proposed(_) => {
                format!(" → {}", plain(&repair(finding).unwrap_or_default()))
            }
            _ => String::new(),
        };
        let _ = writeln!(out, "        {place}{sentence}{proposal}{}", rows(finding));
    }
    let left = group.count.saturating_sub(EXAMPLES as u64);
    if left > 0 {
        let _ = writeln!(out, "        ほか{}件", grouped(left));
    }
}

/// The rows a finding of a whole column rests on, the first of them.
fn rows(finding: &Finding) -> String {
    let Some(evidence) = finding.evidence.as_ref().filter(|evidence| !evidence.rows.is_empty()) else {
        return String::new();
    };
    let rows: Vec<String> = evidence.rows.iter().map(u64::to_string).collect();
    let more = if evidence.cells > evidence.rows.len() as u64 { " …" } else { "" };
    format!(" (行 / rows: {}{more})", rows.join(", "))
}

fn sum(out: &mut String, reports: &[FileReport], look: Look) {
    let with = |verdict: Verdict| reports.iter().filter(|report| report.verdict() == verdict).count();
    let _ = writeln!(
        out,
        "{} {}ファイル: 指摘なし {}・注記だけ {}・要確認 {}・公開前に確認 {}・誤りあり {}・公開できない {}・受け付けられない {}",
        look.paint("1", "合計"),
        reports.len(),
        with(Verdict::Clean),
        with(Verdict::Note),
        with(Verdict::Warning),
        with(Verdict::Hold),
        with(Verdict::Error),
        with(Verdict::Reject),
        with(Verdict::Refused)
    );
}
