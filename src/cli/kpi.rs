//! `hiraku kpi`: targets of key figures, entered with their source, and the list of those in force.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::Usage;
use super::job::{Answer, Job, Workplace};
use super::report::ReportFormat;
use crate::count::kpi::{Entry, Given, parse_entries};
use crate::count::target;
use crate::model::time::FiscalYear;

/// `hiraku kpi`
#[derive(Debug, Args)]
pub struct Kpi {
    /// What to do.
    #[command(subcommand)]
    pub what: KpiWhat,
}

/// `hiraku kpi set|list|import`
#[derive(Debug, Subcommand)]
pub enum KpiWhat {
    /// 目標や過年度の公表値を登録する / enter a target, or a figure published before
    Set(KpiSet),
    /// 登録されている目標の一覧 / list the entries in force
    List {
        /// データの置き場所 / the data directory
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// CSVファイルから登録する / enter the lines of a CSV file
    Import {
        /// データの置き場所 / the data directory
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// 出典(行に書かれていないとき) / the source, where a line has none
        #[arg(long, value_name = "TEXT", default_value = "")]
        source: String,
        /// 決定日(行に書かれていないとき) / the day it was decided, where a line has none
        #[arg(long, value_name = "YYYY-MM-DD", default_value = "")]
        date: String,
        /// 団体コード・年度・指標・目標・実績・出典・日付・備考の列があるCSV / code, fiscal_year, kpi, target, actual, source, date, note
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
    },
}

/// `hiraku kpi set`
#[derive(Debug, Args)]
pub struct KpiSet {
    /// データの置き場所 / the data directory
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// 団体の6桁のコード(省略すると全体) / the organization's six-digit code; all together where absent
    #[arg(long, value_name = "CODE", default_value = "")]
    pub organization: String,
    /// 年度(R8、令和8年度、2026) / the fiscal year
    #[arg(long, value_name = "YEAR")]
    pub fiscal_year: String,
    /// 指標の名前かキー(accesses、downloads、map-sessionsなど) / name or key of the indicator
    #[arg(long, value_name = "KPI")]
    pub indicator: String,
    /// 目標 / the target
    #[arg(long, value_name = "NUMBER", default_value = "")]
    pub target: String,
    /// 過年度の公表値 / a figure that was published, counted in another way
    #[arg(long, value_name = "NUMBER", default_value = "")]
    pub reported: String,
    /// 出典 / where it stands
    #[arg(long, value_name = "TEXT")]
    pub source: String,
    /// 決定または公表の日 / the day it was decided or published
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub date: String,
    /// 備考 / a note
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub note: String,
}

impl Kpi {
    /// The data directory as given, and the job.
    pub fn into_job(self) -> anyhow::Result<(Option<PathBuf>, Job)> {
        Ok(match self.what {
            KpiWhat::List { data } => (data, Job::KpiList),
            KpiWhat::Set(set) => {
                let given = Given {
                    organization: &set.organization,
                    fiscal_year: &set.fiscal_year,
                    indicator: &set.indicator,
                    target: &set.target,
                    reported: &set.reported,
                    source: &set.source,
                    decided: &set.date,
                    note: &set.note,
                };
                let entry = given.check().map_err(|wrong| Usage(wrong.join("\n")))?;
                (set.data, Job::KpiEnter { entries: vec![entry] })
            }
            KpiWhat::Import { data, source, date, file } => {
                let bytes = std::fs::read(&file).with_context(|| file.display().to_string())?;
                let entries = parse_entries(&bytes, &source, &date)
                    .map_err(|error| Usage(format!("{}: {error}", file.display())))?;
                (data, Job::KpiEnter { entries })
            }
        })
    }
}

/// Keeps entries.
pub(super) fn enter(place: Workplace<'_>, entries: &[Entry]) -> anyhow::Result<Answer> {
    place.counts.enter_targets(entries, place.clock.now())?;
    Ok(Answer {
        text: format!("{0} entries kept / {0}件を登録しました\n", entries.len()),
        json: serde_json::to_value(entries)?,
        data_errors: false,
    })
}

/// Tells those in force.
pub(super) fn list(place: Workplace<'_>) -> anyhow::Result<Answer> {
    let entries = place.counts.targets_in_force()?;
    let mut text = "団体コード\t年度\t指標\t単位\t目標\t実績(公表値)\t出典\t日付\t備考\n".to_owned();
    for entry in &entries {
        let year = FiscalYear::new(entry.fiscal_year).map_or(String::new(), FiscalYear::short);
        let number = |value: Option<u64>| value.map_or(String::new(), |value| value.to_string());
        let _ = writeln!(
            text,
            "{}\t{year}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            entry.organization,
            entry.indicator.name(),
            entry.indicator.unit(),
            number(entry.target),
            number(entry.reported),
            entry.source,
            entry.decided,
            entry.note
        );
    }
    Ok(Answer { text, json: serde_json::to_value(&entries)?, data_errors: false })
}

/// The job of a table of key figures.
pub(super) fn report_job(
    year: FiscalYear,
    format: ReportFormat,
    to: Option<PathBuf>,
    force: bool,
) -> anyhow::Result<Job> {
    if to.is_none() && matches!(format, ReportFormat::Cp932 | ReportFormat::Xlsx) {
        return Err(Usage("--to FILE is needed for this form / --to でファイルを指定してください".to_owned()).into());
    }
    let to = to.map(std::path::absolute).transpose()?;
    if let Some(to) = to.as_deref().filter(|to| !force && to.exists()) {
        let to = to.display();
        return Err(Usage(format!("{to} is there already; --force replaces it / すでにあります")).into());
    }
    Ok(Job::KpiReport { year: year.year(), format, to, force })
}

/// The table of key figures with everything counted up to now.
pub(super) fn report(
    place: Workplace<'_>,
    year: i16,
    format: ReportFormat,
    to: Option<(&Path, bool)>,
) -> anyhow::Result<Answer> {
    let year = FiscalYear::new(year).ok_or_else(|| Usage("--fiscal-year".to_owned()))?;
    let catalogue = place.store.load_catalogue(crate::schema::licence_or_unknown)?;
    let now = place.clock.now();
    place.counts.remember_targets(&target::of_catalogue(&catalogue))?;
    place.counts.roll_up(now)?;
    super::serve::note_public(place.counts, &catalogue, now)?;
    let table = place.counts.key_figures(year, &target::organization_titles(&catalogue), now)?;
    let json = serde_json::to_value(&table)?;
    let bytes = match format {
        ReportFormat::Csv => table.to_csv().into_bytes(),
        ReportFormat::Cp932 => table.to_cp932(),
        ReportFormat::Xlsx => table.to_xlsx()?,
        ReportFormat::Json => format!("{}\n", serde_json::to_string_pretty(&json)?).into_bytes(),
    };
    let text = match to {
        None => String::from_utf8(bytes)?,
        Some((to, force)) => {
            super::check::write_to(to, force, |file| Ok(std::io::Write::write_all(file, &bytes)?))?;
            format!("{0} written / {0} を書き出しました\n", to.display())
        }
    };
    Ok(Answer { text, json, data_errors: false })
}
