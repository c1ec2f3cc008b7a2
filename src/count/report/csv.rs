//! The report as CSV.

use super::Report;

impl Report {
    /// The report as one table in long form: UTF-8 with byte order mark, CRLF, so that Excel opens it.
    pub fn to_csv(&self) -> String {
        let mut table = Table::new(self);
        for kpi in &self.kpis {
            let value = kpi.value.map_or(String::new(), |value| value.to_string());
            table.line("主要指標", ("", ""), &self.fiscal_year, (kpi.name, kpi.unit), &value, &kpi.note);
        }
        for month in &self.months {
            for (name, unit, value) in [
                ("オープンデータアクセス数", "件", month.accesses),
                ("オープンデータダウンロード数", "件", month.downloads),
                ("API・機械利用数", "件", month.machine_requests),
                ("公開型GISアクセス数", "件", month.map_sessions),
                ("公開型GIS延べ閲覧者数(日別)", "人", month.viewers),
                ("レイヤー利用数", "件", month.layer_uses),
            ] {
                let value = value.map_or(String::new(), |value| value.to_string());
                table.line("月別", ("", ""), &month.month, (name, unit), &value, "");
            }
        }
        for line in &self.datasets {
            let of = (line.name.as_str(), line.title.as_str());
            for (name, value) in [
                ("アクセス数", line.accesses),
                ("アクセス数(セッション)", line.unique_accesses),
                ("ダウンロード数", line.downloads),
                ("ダウンロード数(セッション)", line.unique_downloads),
                ("API・機械利用数", line.machine_requests),
            ] {
                table.line("データセット別", of, &self.fiscal_year, (name, "件"), &value.to_string(), "");
            }
        }
        for line in &self.layers {
            let of = (line.name.as_str(), line.title.as_str());
            for (name, value) in [
                ("レイヤー利用数", line.uses),
                ("レイヤー利用数(機械)", line.machine_uses),
                ("タイル要求数(技術値)", line.tile_requests),
            ] {
                table.line("レイヤー別", of, &self.fiscal_year, (name, "件"), &value.to_string(), "");
            }
        }
        for line in &self.served {
            let of = (line.class, line.verdict);
            table.line("応答の内訳", of, &self.fiscal_year, (line.verdict_title, "件"), &line.answers.to_string(), "");
        }
        let total = self.served_total.to_string();
        table.line("応答の内訳", ("", ""), &self.fiscal_year, ("応答の総数", "件"), &total, "");
        table.text
    }
}

/// Writes the long table; quoting by RFC 4180.
struct Table {
    text: String,
    year: String,
    definition: String,
    coverage: String,
}

impl Table {
    fn new(report: &Report) -> Self {
        let short: Vec<&str> = report.definitions.iter().map(|used| used.id.get(..12).unwrap_or(&used.id)).collect();
        let text = "\u{feff}年度,区分,対象ID,対象,期間,指標,単位,実績,計数定義,観測率,備考\r\n".to_owned();
        Self {
            text,
            year: report.fiscal_year_title.clone(),
            definition: short.join(" "),
            coverage: report.coverage_rate.map_or(String::new(), |rate| format!("{:.2}%", rate * 100.0)),
        }
    }

    fn line(&mut self, part: &str, of: (&str, &str), period: &str, what: (&str, &str), value: &str, note: &str) {
        let cells =
            [&self.year, part, of.0, of.1, period, what.0, what.1, value, &self.definition, &self.coverage, note];
        let quoted: Vec<String> = cells.iter().map(|cell| quote(cell)).collect();
        self.text.push_str(&quoted.join(","));
        self.text.push_str("\r\n");
    }
}

/// A cell, quoted where needed. Text that a spreadsheet would take for a formula gets an apostrophe before it.
fn quote(cell: &str) -> String {
    let cell = if cell.starts_with(['=', '+', '-', '@', '\t']) { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}
