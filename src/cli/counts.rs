//! `hiraku counts`: verification of the figures, candidates, segments of other servers, logs of the past.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand};
use jiff::civil::Date;

use super::progress::{Reading, Shown};
use super::{Outcome, Usage, say};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::count::compare::Comparison;
use crate::count::definition::Definition;
use crate::count::logs::{Format, LogReader, Paths, Summary};
use crate::model::time::FiscalYear;
use crate::pipeline::Progress as _;
use crate::store::counts::{Counts, LogDays, VerifiedDay};

/// `hiraku counts`
#[derive(Debug, Args)]
pub struct CountsArguments {
    /// データの置き場所 / the data directory
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub what: CountsWhat,
}

/// `hiraku counts verify|…`
#[derive(Debug, Subcommand)]
pub enum CountsWhat {
    /// 保存した数値を記録から計算し直して比べる / compute all figures again from the records and compare
    Verify(Verify),
    /// 試行中の計数定義を現行の定義と比べる / compare candidate definitions with the one in force
    Compare(Compare),
    /// ほかのサーバーの計数記録を取り込む / take in counting segments of other servers
    Import(Import),
    /// 過去のアクセスログを取り込む / take in logs of another web server
    ImportLog(ImportLog),
}

/// `hiraku counts compare`
#[derive(Debug, Args)]
pub struct Compare {
    /// この年度だけ(R8、令和8年度、2026) / this fiscal year only
    #[arg(long, value_name = "YEAR")]
    pub year: Option<String>,
}

/// `hiraku counts import`
#[derive(Debug, Args)]
pub struct Import {
    /// 計数記録のファイルまたはフォルダ / sealed segments, or folders of such
    #[arg(required = true, value_name = "DIR|FILE")]
    pub paths: Vec<PathBuf>,
}

/// `hiraku counts verify`
#[derive(Debug, Args)]
pub struct Verify {
    /// この日だけ(YYYY-MM-DD) / this day only
    #[arg(long, value_name = "DAY", conflicts_with = "year")]
    pub day: Option<String>,
    /// この年度だけ(R8、令和8年度、2026) / this fiscal year only
    #[arg(long, value_name = "YEAR")]
    pub year: Option<String>,
}

/// `hiraku counts import-log`
#[derive(Debug, Args)]
pub struct ImportLog {
    /// アクセスログ(gzip可) / logs, gzip or plain
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// ログの形式 / the form of the lines
    #[arg(long, value_enum, default_value_t = Format::Auto)]
    pub format: Format,
    /// パスの対応を書いたTOML(先に照合する) / a mapping of paths (TOML), tried before the bundled one
    #[arg(long, value_name = "FILE")]
    pub paths: Option<PathBuf>,
}

/// Runs the command. It may run beside a server: the figures have a lock of their own.
pub fn run(arguments: CountsArguments, config: &Config, json: bool) -> anyhow::Result<Outcome> {
    let data = arguments.data.unwrap_or_else(|| config.data.clone());
    if !data.join("counts.duckdb").is_file() {
        let data = data.display();
        return Err(Usage(format!("{data} holds no figures / {data} に計数の記録はありません")).into());
    }
    let counts = super::serve::open_counts(&data, config)?;
    match arguments.what {
        CountsWhat::Verify(what) => verify(&counts, &what, json),
        CountsWhat::Compare(what) => compare(&counts, &what, json),
        CountsWhat::Import(what) => import(&counts, &what, json),
        CountsWhat::ImportLog(what) => import_log(&counts, &what, config, json),
    }
}

/// The first and last day of a fiscal year, or of all.
fn days(day: Option<&str>, year: Option<&str>) -> anyhow::Result<(Date, Date)> {
    if let Some(text) = day {
        let wrong = |_| Usage(format!("--day: {text:?} is not YYYY-MM-DD / 日付ではありません"));
        let day: Date = text.parse().map_err(wrong)?;
        return Ok((day, day));
    }
    match year {
        Some(text) => {
            let year = FiscalYear::parse(text).map_err(|error| Usage(format!("--year: {error}")))?;
            Ok((year.first_day(), year.last_day()))
        }
        None => Ok((Date::MIN, Date::MAX)),
    }
}

fn verify(counts: &Counts, what: &Verify, json: bool) -> anyhow::Result<Outcome> {
    let (first, last) = days(what.day.as_deref(), what.year.as_deref())?;
    let mut shown = Shown::default();
    let mut begun = false;
    let verified = counts.verify(first, last, SystemClock.now(), &mut |days, day| {
        if !begun {
            shown.begin("verify", days);
            begun = true;
        }
        shown.step(&day.day.to_string());
    })?;
    shown.end();
    if json {
        say(&format!("{}\n", serde_json::to_string_pretty(&verified)?));
    } else {
        say(&table(&verified));
    }
    let broken: Vec<String> =
        verified.iter().filter_map(|day| Some(format!("{}: {}", day.day, day.problem.as_ref()?))).collect();
    if let Some(first) = broken.first() {
        let others = broken.len() - 1;
        bail!("{first}{}", if others > 0 { format!(" (and {others} more days)") } else { String::new() });
    }
    let differs = verified.iter().any(|day| day.differences > 0);
    Ok(if differs { Outcome::DataErrors } else { Outcome::Done })
}

fn compare(counts: &Counts, what: &Compare, json: bool) -> anyhow::Result<Outcome> {
    let (first, last) = days(None, what.year.as_deref())?;
    counts.roll_up(SystemClock.now())?;
    let comparisons = counts.comparisons(first, last)?;
    if json {
        say(&format!("{}\n", serde_json::to_string_pretty(&comparisons)?));
        return Ok(Outcome::Done);
    }
    let mut text = String::new();
    if comparisons.is_empty() {
        text.push_str("no candidate has run / 試行した計数定義はありません\n");
    }
    for comparison in &comparisons {
        let Comparison { title, candidate, first_day, last_day, days, break_day, .. } = comparison;
        let _ = writeln!(text, "{title} {candidate}\n{first_day} – {last_day}: {days}日 / days");
        if let Some(day) = break_day {
            let _ = writeln!(text, "{day} から現行の定義 / in force from this day on");
        }
        text.push_str("指標 / measure\t区分 / class\t現行 / in force\t試行 / candidate\t比 / ratio\n");
        for line in &comparison.lines {
            let ratio = line.ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.4}"));
            let _ = writeln!(text, "{}\t{}\t{}\t{}\t{ratio}", line.measure, line.class, line.in_force, line.candidate);
        }
    }
    say(&text);
    Ok(Outcome::Done)
}

fn import(counts: &Counts, what: &Import, json: bool) -> anyhow::Result<Outcome> {
    super::arguments::must_exist(&what.paths)?;
    let mut shown = Shown::default();
    let mut begun = false;
    let imported = counts.import(&what.paths, SystemClock.now(), &mut |files, file| {
        if !begun {
            shown.begin("import", files);
            begun = true;
        }
        shown.step(file);
    })?;
    shown.end();
    if json {
        say(&format!("{}\n", serde_json::to_string_pretty(&imported)?));
    } else {
        let mut text = format!(
            "取り込み / taken in {}, 取り込み済み / known before {}, 遅れた応答 / late answers {}\n",
            imported.taken, imported.known, imported.late_answers
        );
        for refused in &imported.refused {
            let _ = writeln!(text, "不可 / refused: {refused}");
        }
        say(&text);
    }
    Ok(if imported.refused.is_empty() { Outcome::Done } else { Outcome::DataErrors })
}

fn import_log(counts: &Counts, what: &ImportLog, config: &Config, json: bool) -> anyhow::Result<Outcome> {
    super::arguments::must_exist(&what.files)?;
    let own = what.paths.as_ref().map(std::fs::read_to_string).transpose();
    let own = own.map_err(|error| Usage(format!("--paths: {error}")))?;
    let paths = Paths::new(own.as_deref(), &counts.targets()?);
    let paths = paths.map_err(|error| Usage(format!("--paths: {error}")))?;
    let definition = Definition::bundled(&config.staff_networks, &config.monitor_networks)?.of_logs(paths.text());
    let spool = counts.spool()?;
    let mut reader = LogReader::new(spool.path(), &definition, &paths, what.format, super::serve::random)?;
    let mut shown = Shown::default();
    shown.begin("read", what.files.len());
    for path in &what.files {
        let name = path.display().to_string();
        let file = std::io::BufReader::with_capacity(1 << 16, std::fs::File::open(path)?);
        let mut lines = Reading::begin(&name);
        reader.read(&name, file, &mut |line| lines.lines(line))?;
        lines.end();
        shown.step(&name);
    }
    shown.end();
    let (summary, targets) = reader.finish()?;
    counts.remember_definition(&definition)?;
    counts.remember_targets(&targets)?;
    let mut shown = Shown::default();
    let mut begun = false;
    let days = counts.take_log_days(&spool, SystemClock.now(), &mut |days, day| {
        if !begun {
            shown.begin("count", days);
            begun = true;
        }
        shown.step(&day.to_string());
    })?;
    shown.end();
    if json {
        let value = serde_json::json!({ "definition": definition.id.to_string(), "read": summary, "days": days });
        say(&format!("{}\n", serde_json::to_string_pretty(&value)?));
    } else {
        say(&log_text(&definition, &summary, &days));
    }
    Ok(if summary.bad_lines > 0 { Outcome::DataErrors } else { Outcome::Done })
}

fn log_text(definition: &Definition, summary: &Summary, days: &LogDays) -> String {
    let mut text = format!("{} {}\n", definition.title, definition.id);
    let _ = writeln!(text, "{}行 / lines, 読めない行 / bad lines: {}", summary.lines, summary.bad_lines);
    for bad in &summary.first_bad {
        let _ = writeln!(text, "  {}:{}: {}", bad.file, bad.line, bad.reason);
    }
    if summary.without_agent > 0 {
        let _ = writeln!(
            text,
            "ブラウザーの名称のない行(ロボットとして数えます) / without a User-Agent (counted as robots): {}",
            summary.without_agent
        );
    }
    for (label, days) in [
        ("計数した日 / days counted", &days.taken),
        ("すでに数値のある日(変更しません) / days that have figures already, left as they are", &days.known),
        ("48時間を過ぎていない日(取り込みません) / days not over for 48 hours, left out", &days.too_new),
    ] {
        let answers: u64 = days.iter().map(|(_, answers)| answers).sum();
        if let (Some((first, _)), Some((last, _))) = (days.first(), days.last()) {
            let _ = writeln!(text, "{label}: {} ({first} – {last}), {answers}件 / answers", days.len());
        }
    }
    text
}

fn table(verified: &[VerifiedDay]) -> String {
    let mut text = "日 / day\t元 / source\t比べた数 / cells\t違い / differences\n".to_owned();
    for day in verified {
        let result = day.problem.clone().unwrap_or_else(|| day.differences.to_string());
        let _ = writeln!(text, "{}\t{}\t{}\t{result}", day.day, day.source, day.cells);
        for cell in &day.first_differences {
            let number = |value: Option<u64>| value.map_or("-".to_owned(), |value| value.to_string());
            let (kept, again) = (number(cell.kept), number(cell.recomputed));
            let _ = writeln!(text, "  {}: 保存 / kept {kept}, 再計算 / recomputed {again}", cell.cell);
        }
    }
    let sum = |of: fn(&VerifiedDay) -> u64| verified.iter().map(of).sum::<u64>();
    let _ = writeln!(
        text,
        "{}日 / days, {} cells, {} differences",
        verified.len(),
        sum(|day| day.cells),
        sum(|day| day.differences)
    );
    text
}
