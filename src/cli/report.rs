//! `hiraku report`: the report of a fiscal year, or its table of key figures.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::Usage;
use super::job::Job;
use crate::model::time::FiscalYear;

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportFormat {
    /// CSV, UTF-8 with byte order mark.
    Csv,
    /// JSON.
    Json,
    /// CSV in CP932 (Shift_JIS of Windows); with --kpi.
    Cp932,
    /// A workbook; with --kpi.
    Xlsx,
}

/// `hiraku report`
#[derive(Debug, Args)]
pub struct Report {
    /// データの置き場所 / the data directory
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// 年度(R8、令和8年度、2026) / the fiscal year
    #[arg(long, value_name = "YEAR")]
    pub fiscal_year: String,
    /// 形式 / the form
    #[arg(long, value_enum)]
    pub format: Option<ReportFormat>,
    /// 目標と実績の表(KPI)を、全体と団体ごとに / the table of targets and figures, for all together and each organization
    #[arg(long)]
    pub kpi: bool,
    /// 書き出すファイル(cp932とxlsxでは必要) / the file to write; needed for cp932 and xlsx
    #[arg(long, value_name = "FILE", requires = "kpi")]
    pub to: Option<PathBuf>,
    /// すでにあるファイルに上書きする / replace a file that is there already
    #[arg(long)]
    pub force: bool,
}

impl Report {
    /// The job.
    pub fn into_job(self, json: bool) -> anyhow::Result<Job> {
        let year = FiscalYear::parse(&self.fiscal_year).map_err(|error| Usage(format!("--fiscal-year: {error}")))?;
        if json && self.format.is_some_and(|format| format != ReportFormat::Json) {
            return Err(
                Usage("--json and another --format contradict each other / 同時に指定できません".to_owned()).into()
            );
        }
        let format = self.format.unwrap_or(if json { ReportFormat::Json } else { ReportFormat::Csv });
        if self.kpi {
            return super::kpi::report_job(year, format, self.to, self.force);
        }
        if matches!(format, ReportFormat::Cp932 | ReportFormat::Xlsx) {
            return Err(Usage("--format cp932 and xlsx need --kpi / --kpiと合わせて指定してください".to_owned()).into());
        }
        Ok(Job::Report { year: year.year(), csv: format == ReportFormat::Csv })
    }
}
