//! Statistics as lines: the columns of every CSV file of figures, the open dataset of daily figures among them.

use super::{INDICATORS, Period, Shown, Statistics, heading};

/// The columns: name in Japanese, key, what stands in it.
pub const COLUMNS: [(&str, &str, &str); 13] = [
    ("初日", "first_day", "期間の初日(日本時間)。YYYY-MM-DD"),
    ("最終日", "last_day", "期間の最終日(日本時間)。日別では初日と同じ"),
    ("対象の種類", "kind", "site(全体)、organization(団体)、dataset(データセット)、layer(地図のレイヤー)"),
    ("対象", "name", "団体コード、データセットまたはレイヤーの名前(アドレスに使う英数字)。全体では空"),
    ("名称", "title", "対象の日本語の名称"),
    ("団体", "organization", "対象の団体。全体では空"),
    ("指標", "indicator", "accesses、downloads、machine-requests、map-sessions、viewers、layer-uses"),
    ("指標の名称", "indicator_title", "指標の日本語の名称"),
    ("値", "value", "数。非公表と記録なしでは空"),
    (
        "状態",
        "status",
        "exact(確定した数)、at-least(この数以上。途中の月は5件きざみ)、withheld(非公表)、unobserved(記録なし)",
    ),
    ("観測率", "coverage", "サービスが動いていた時間のうち記録できた時間の割合(0から1)。動いていなければ空"),
    ("計数定義", "definition", "計数定義の識別子の先頭12桁。複数のときは空白で区切る"),
    ("途中", "running", "後で数が変わりうるとき1、確定した期間は0"),
];

/// One line: a figure of one thing in one period.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Line {
    /// First day.
    pub first_day: jiff::civil::Date,
    /// Last day.
    pub last_day: jiff::civil::Date,
    /// What kind of thing.
    pub kind: &'static str,
    /// Its name in addresses.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its organization.
    pub organization: String,
    /// The key of the indicator.
    pub indicator: &'static str,
    /// The figure.
    #[serde(flatten)]
    pub figure: Shown,
    /// 観測率, 0–1.
    pub coverage: Option<f64>,
    /// The definitions, twelve digits of each.
    pub definition: String,
    /// Whether the figure can still change.
    pub running: bool,
}

impl Statistics {
    /// The periods as lines about the thing that is named here: kind, name, title, organization.
    pub fn lines(&self, of: (&'static str, &str, &str, &str)) -> Vec<Line> {
        lines(&self.periods, &self.indicators, of)
    }
}

/// Periods as lines.
pub(super) fn lines(
    periods: &[Period],
    indicators: &[&'static str],
    (kind, name, title, organization): (&'static str, &str, &str, &str),
) -> Vec<Line> {
    let mut lines = Vec::new();
    for period in periods {
        let short: Vec<&str> = period.definitions.iter().map(|id| &id[..id.len().min(12)]).collect();
        for (indicator, figure) in indicators.iter().zip(&period.figures) {
            lines.push(Line {
                first_day: period.first_day,
                last_day: period.last_day,
                kind,
                name: name.to_owned(),
                title: title.to_owned(),
                organization: organization.to_owned(),
                indicator,
                figure: *figure,
                coverage: period.coverage,
                definition: short.join(" "),
                running: period.running,
            });
        }
    }
    lines
}

/// Lines as CSV with CRLF, UTF-8 with byte order mark, so that Excel opens it.
pub fn csv(lines: &[Line]) -> String {
    let mut text = "\u{feff}".to_owned();
    push(&mut text, COLUMNS.map(|(name, ..)| name.to_owned()).iter());
    for line in lines {
        let indicator = INDICATORS.into_iter().find(|own| own.key() == line.indicator);
        let cells = [
            line.first_day.to_string(),
            line.last_day.to_string(),
            line.kind.to_owned(),
            line.name.clone(),
            line.title.clone(),
            line.organization.clone(),
            line.indicator.to_owned(),
            indicator.map_or("", heading).to_owned(),
            line.figure.value().map_or_else(String::new, |value| value.to_string()),
            line.figure.status().to_owned(),
            line.coverage.map_or_else(String::new, |rate| format!("{rate:.4}")),
            line.definition.clone(),
            u8::from(line.running).to_string(),
        ];
        push(&mut text, cells.iter());
    }
    text
}

fn push<'a>(text: &mut String, cells: impl Iterator<Item = &'a String>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            text.push(',');
        }
        // A spreadsheet would take such a text for a formula.
        let plain = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.clone() };
        if plain.contains([',', '"', '\n', '\r']) {
            text.push('"');
            text.push_str(&plain.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(&plain);
        }
    }
    text.push_str("\r\n");
}
