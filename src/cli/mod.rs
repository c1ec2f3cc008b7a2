//! The command line: wiring only.
//!
//! Exit codes: 0 done · 1 done, but data was refused, has errors or is held (`check`, `ingest`) · 2 the command or the
//! settings are wrong · 3 the world failed (disk, database, network).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::config::Config;

pub mod arguments;
pub mod audit;
pub mod backup;
pub mod check;
pub mod confidential;
pub mod control;
pub mod counts;
pub mod data_dir;
pub mod diff;
pub mod harvest;
pub mod job;
pub mod kpi;
mod priority;
pub mod progress;
pub mod report;
mod rolling;
pub mod schema;
pub mod search;
pub mod serve;
pub mod template;
pub mod tiles;
pub mod token;
pub mod user;

use arguments::Command;

/// 市町村のオープンデータカタログ / An open-data catalogue and public GIS for Japanese cities.
#[derive(Debug, Parser)]
#[command(name = "hiraku", version, after_help = EXIT_CODES)]
pub struct Arguments {
    /// 設定ファイル(TOML) / settings file; environment variables HIRAKU_* and flags win over it
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// 結果をJSONで出力する / print results as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "終了コード / exit codes:
  0  完了 / done
  1  完了したが、受け付けなかったデータ、誤り、公開前に確認すべきものがある / done, but data was refused, has errors or is held
  2  命令または設定の誤り / the command or the settings are wrong
  3  ディスクやデータベースなどの障害 / the world failed (disk, database, network)";

/// How a command ended without a failure of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All is well.
    Done,
    /// Something in the data was refused or is wrong.
    DataErrors,
}

/// Runs the program.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if matches!(arguments.command, Command::Worker) {
        return worker();
    }
    start_log();
    let config = match settings(arguments.config.as_deref()) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("hiraku: {}", sentence(&error));
            return ExitCode::from(2);
        }
    };
    match run(arguments.command, config, arguments.json) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::DataErrors) => ExitCode::from(1),
        Err(error) => {
            eprintln!("hiraku: {}", sentence(&error));
            ExitCode::from(if error.is::<Usage>() { 2 } else { 3 })
        }
    }
}

/// An error with its causes, each said once.
fn sentence(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !text.contains(&cause) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause);
        }
    }
    text
}

/// Prints to standard output. Where nobody reads any more (`| head`), that is the reader's right.
pub(crate) fn say(text: &str) {
    use std::io::Write as _;
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// A mistake of the person at the keyboard.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

fn run(command: Command, config: Config, json: bool) -> anyhow::Result<Outcome> {
    match command {
        Command::Check(mut check) => {
            check.gazetteer = check.gazetteer.or_else(|| config.gazetteer_dir.clone());
            check::run(&check, &config, json)
        }
        Command::Ingest(ingest) => {
            let data = ingest.data.clone().unwrap_or_else(|| config.data.clone());
            job::run_and_print(&config, &data, &ingest.into_job(&config)?, json)
        }
        Command::Publish(publish) => {
            let data = publish.data.clone().unwrap_or_else(|| config.data.clone());
            job::run_and_print(&config, &data, &publish.into_job()?, json)
        }
        Command::Diff(diff) => {
            let data = diff.data.clone().unwrap_or_else(|| config.data.clone());
            job::run_and_print(&config, &data, &diff.into_job(), json)
        }
        Command::Sweep(sweep) => {
            let data = sweep.data.unwrap_or_else(|| config.data.clone());
            job::run_and_print(&config, &data, &job::Job::Sweep, json)
        }
        Command::Report(report) => {
            let data = report.data.clone().unwrap_or_else(|| config.data.clone());
            job::run_and_print(&config, &data, &report.into_job(json)?, json)
        }
        Command::Kpi(kpi) => {
            let (data, job) = kpi.into_job()?;
            job::run_and_print(&config, &data.unwrap_or_else(|| config.data.clone()), &job, json)
        }
        Command::SearchQuality(quality) => {
            let data = quality.data.clone().unwrap_or_else(|| config.data.clone());
            job::run_and_print(&config, &data, &quality.into_job(&config)?, json)
        }
        Command::Token(token) => {
            let (data, job) = token.into_job()?;
            job::run_and_print(&config, &data.unwrap_or_else(|| config.data.clone()), &job, json)
        }
        Command::User(user) => {
            let (data, job) = user.into_job(&config)?;
            job::run_and_print(&config, &data.unwrap_or_else(|| config.data.clone()), &job, json)
        }
        Command::Org(org) => {
            let (data, job) = org.into_job()?;
            job::run_and_print(&config, &data.unwrap_or_else(|| config.data.clone()), &job, json)
        }
        Command::Audit(audit) => {
            let (data, job) = audit.into_job()?;
            job::run_and_print(&config, &data.unwrap_or_else(|| config.data.clone()), &job, json)
        }
        Command::Harvest(harvest) => harvest::run(harvest, &config, json),
        Command::Backup(backup) => {
            let data = backup.data.unwrap_or_else(|| config.data.clone());
            let to = std::path::absolute(&backup.to)?;
            job::run_and_print(&config, &data, &job::Job::Backup { to }, json)
        }
        Command::Restore(restore) => backup::restore(&restore.data.unwrap_or(config.data), &restore.from, json),
        Command::Serve(serve) => serve::run(serve.over(config)?),
        Command::Schema(schema) => schema::run(&schema, json),
        Command::Template(template) => template::run(&template, json),
        Command::Counts(arguments) => counts::run(arguments, &config, json),
        Command::Tiles(tiles) => tiles::run(&tiles, &config, json),
        Command::Worker => Ok(Outcome::Done),
    }
}

fn worker() -> ExitCode {
    match crate::pipeline::worker::run(std::io::stdin(), std::io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(3)
        }
    }
}

fn settings(file: Option<&std::path::Path>) -> anyhow::Result<Config> {
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    if let Some(unknown) = environment.keys().find(|key| {
        key.strip_prefix("HIRAKU_").is_some_and(|rest| {
            rest != "LOG" && !crate::config::KEYS.iter().any(|(known, _)| known.eq_ignore_ascii_case(rest))
        })
    }) {
        anyhow::bail!("{unknown} is no setting / {unknown} という設定はありません");
    }
    let named = file.map(std::path::Path::to_path_buf);
    let usual = PathBuf::from("hiraku.toml");
    let path = named.clone().unwrap_or(usual);
    let text = if named.is_some() || path.is_file() {
        std::fs::read_to_string(&path).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?
    } else {
        String::new()
    };
    Ok(Config::from_parts(&path.display().to_string(), &text, &environment)?)
}

/// Log lines go to standard error, one JSON object a line. They name no address and quote no body.
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_default_directive(tracing::Level::INFO.into())
        .with_env_var("HIRAKU_LOG")
        .from_env_lossy();
    // What the library behind `/mcp` tells of each call quotes its caller.
    let filter = match "rmcp=error".parse() {
        Ok(quiet) => filter.add_directive(quiet),
        Err(_) => filter,
    };
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
}
