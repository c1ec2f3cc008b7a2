//! The table as CSV: UTF-8 with byte order mark, or CP932 for what reads nothing else.

use super::{Row, Table};

/// The columns of the agreed table, then what stands beside it.
pub(super) const HEAD: [&str; 17] = [
    "年度",
    "指標",
    "単位",
    "目標",
    "実績",
    "達成率",
    "前年度",
    "増減",
    "計数定義",
    "観測率",
    "備考",
    "団体コード",
    "団体",
    "年度末見込み",
    "見込みの方法",
    "目標の出典",
    "目標の決定日",
];

impl Table {
    /// The table with CRLF, UTF-8 with byte order mark, so that Excel opens it.
    pub fn to_csv(&self) -> String {
        let mut text = "\u{feff}".to_owned();
        let head: Vec<String> = HEAD.iter().map(|name| (*name).to_owned()).chain(self.months.iter().cloned()).collect();
        line(&mut text, &head);
        for row in &self.rows {
            line(&mut text, &cells(row));
        }
        text
    }

    /// The same in CP932 (Windows-31J). Letters it lacks become 〓.
    pub fn to_cp932(&self) -> Vec<u8> {
        let text = self.to_csv();
        let mut bytes = Vec::with_capacity(text.len());
        for letter in text.trim_start_matches('\u{feff}').chars() {
            // Unicode has two of each of these; CP932 is mapped to the other one.
            let letter = match letter {
                '\u{301c}' => '\u{ff5e}',
                '\u{2212}' => '\u{ff0d}',
                '\u{2014}' => '\u{2015}',
                other => other,
            };
            let mut buffer = [0; 4];
            let (encoded, _, lacking) = encoding_rs::SHIFT_JIS.encode(letter.encode_utf8(&mut buffer));
            // 〓 (U+3013), the printers' mark for a missing letter.
            bytes.extend_from_slice(if lacking { &[0x81, 0xac] } else { &encoded });
        }
        bytes
    }
}

/// The cells of a line as text. What is not there is an empty cell, or the word for it.
fn cells(row: &Row) -> Vec<String> {
    let number = |value: Option<u64>| value.map_or(String::new(), |value| value.to_string());
    let mut cells = vec![
        row.fiscal_year.clone(),
        row.name.to_owned(),
        row.unit.to_owned(),
        number(row.target),
        row.actual.map_or_else(|| row.absent.to_owned(), |value| value.to_string()),
        row.achievement.map_or(String::new(), |share| format!("{share}%")),
        number(row.previous),
        row.change.map_or(String::new(), |change| change.to_string()),
        row.definition.clone(),
        row.coverage.map_or(String::new(), |rate| format!("{:.2}%", rate * 100.0)),
        row.note.clone(),
        row.organization.clone(),
        row.organization_title.clone(),
        number(row.projection),
        row.projection_method.to_owned(),
        row.target_source.clone(),
        row.target_decided.map_or(String::new(), |day| day.to_string()),
    ];
    cells.extend(row.months.iter().map(|value| number(*value)));
    cells
}

fn line(text: &mut String, cells: &[String]) {
    let quoted: Vec<String> = cells.iter().map(|cell| quote(cell)).collect();
    text.push_str(&quoted.join(","));
    text.push_str("\r\n");
}

/// A cell, quoted where needed. Text that a spreadsheet would take for a formula gets an apostrophe before it; a
/// negative number is none.
fn quote(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t']) && cell.parse::<i64>().is_err();
    let cell = if formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}
