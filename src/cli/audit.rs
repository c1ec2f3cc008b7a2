//! `hiraku audit`: what was done at the desk and by commands; the chain that shows whether anything was changed since.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

use super::Usage;
use super::job::{Answer, Job, Workplace};
use crate::model::audit::{Entry, Fault};
use crate::store::audit::AuditQuestion;

/// `hiraku audit`
#[derive(Debug, Args)]
pub struct AuditArguments {
    /// データの置き場所 / the data directory
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub what: AuditWhat,
}

/// `hiraku audit list|export|verify`
#[derive(Debug, Subcommand)]
pub enum AuditWhat {
    /// 新しい記録から表示する / show the newest entries
    List {
        /// 表示する件数 / how many
        #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        most: u32,
        /// だれが(ID) / by whom: an id
        #[arg(long, value_name = "ID", default_value = "")]
        by: String,
        /// 何を(先頭一致) / what, by how it begins
        #[arg(long, value_name = "TEXT", default_value = "")]
        action: String,
        /// 組織 / the organization, with its departments
        #[arg(long, value_name = "CODE[/NAME]")]
        organization: Option<String>,
    },
    /// すべての記録を1行1件のJSONで書き出す / write all entries as JSON lines
    Export {
        /// 書き出すファイル / the file to write
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// 書き換え・削除・並べ替えがないか検査する / find any change, deletion or reorder
    Verify {
        /// 以前に書き出したファイルとも照合する / compare with what was exported before, too
        #[arg(long, value_name = "FILE")]
        export: Option<PathBuf>,
    },
}

/// A job about the audit, as it travels to a running server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditJob {
    /// Tell the newest entries.
    List {
        /// Most of them.
        most: u32,
        /// By whom.
        by: String,
        /// What.
        action: String,
        /// Of which organization.
        organization: Option<String>,
    },
    /// Write all entries.
    Export {
        /// An absolute path, where nothing lies yet.
        to: PathBuf,
    },
    /// Check the chain.
    Verify {
        /// An absolute path.
        export: Option<PathBuf>,
    },
}

impl AuditArguments {
    /// The data directory as given, and the job.
    pub fn into_job(self) -> anyhow::Result<(Option<PathBuf>, Job)> {
        let what = match self.what {
            AuditWhat::List { most, by, action, organization } => AuditJob::List { most, by, action, organization },
            AuditWhat::Export { to } => AuditJob::Export { to: std::path::absolute(to)? },
            AuditWhat::Verify { export } => AuditJob::Verify { export: export.map(std::path::absolute).transpose()? },
        };
        Ok((self.data, Job::Audit { what }))
    }
}

/// Does a job about the audit.
pub(super) fn run(place: Workplace<'_>, job: &AuditJob) -> anyhow::Result<Answer> {
    match job {
        AuditJob::List { most, by, action, organization } => {
            let question = AuditQuestion {
                by: by.clone(),
                action: action.clone(),
                organizations: organization.as_ref().map(|own| vec![own.clone()]),
                most: *most,
                ..AuditQuestion::default()
            };
            let entries = place.store.audit_entries(&question)?;
            let mut text = String::new();
            for entry in &entries {
                let Entry { number, by, action, subject, organization, outcome, .. } = entry;
                let _ =
                    writeln!(text, "{number}\t{}\t{by}\t{action}\t{subject}\t{organization}\t{outcome}", entry.at());
            }
            Ok(Answer { text, json: serde_json::to_value(&entries)?, data_errors: false })
        }
        AuditJob::Export { to } => export(place, to),
        AuditJob::Verify { export } => verify(place, export.as_deref()),
    }
}

fn export(place: Workplace<'_>, to: &Path) -> anyhow::Result<Answer> {
    if to.exists() {
        return Err(Usage(format!("{} exists already / すでにあります", to.display())).into());
    }
    let folder = to.parent().filter(|folder| folder.is_dir()).with_context(|| to.display().to_string())?;
    let mut file = tempfile::Builder::new().prefix(".hiraku-audit-").tempfile_in(folder)?;
    let mut lines = String::new();
    let mut count = 0_u64;
    place.store.each_audit_entry(|entry| {
        // An entry is texts and numbers: it always has a JSON.
        lines.push_str(&serde_json::to_string(entry).unwrap_or_default());
        lines.push('\n');
        count += 1;
    })?;
    std::io::Write::write_all(&mut file, lines.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(to)?;
    let head = place.store.audit_head()?;
    Ok(Answer {
        text: format!("{}\t{count} entries\t{}\n", to.display(), head.digest),
        json: serde_json::json!({ "file": to, "entries": count, "head": head }),
        data_errors: false,
    })
}

fn verify(place: Workplace<'_>, export: Option<&Path>) -> anyhow::Result<Answer> {
    let (head, mut faults) = place.store.check_audit()?;
    if let Some(path) = export {
        faults.extend(differing(place, path)?);
    }
    let mut text = format!("{} entries, {}\n", head.number, head.digest);
    for fault in &faults {
        let _ = writeln!(text, "{fault}");
    }
    if faults.is_empty() {
        text.push_str("記録に書き換え、削除、並べ替えはありません / no change, deletion or reorder\n");
    }
    let json = serde_json::json!({ "head": head, "faults": faults });
    Ok(Answer { text, json, data_errors: !faults.is_empty() })
}

/// Entries exported before that are not the same now, or gone.
fn differing(place: Workplace<'_>, path: &Path) -> anyhow::Result<Vec<Fault>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mut exported =
        text.lines().map(serde_json::from_str::<Entry>).collect::<Result<Vec<_>, _>>().map_err(|error| {
            Usage(format!("{}: no export of the audit / 監査記録の書き出しではありません: {error}", path.display()))
        })?;
    exported.sort_by_key(|entry| entry.number);
    let mut now = std::collections::HashMap::new();
    place.store.each_audit_entry(|entry| {
        now.insert(entry.number, entry.digest.clone());
    })?;
    let differs = |entry: &&Entry| now.get(&entry.number) != Some(&entry.digest);
    Ok(exported.iter().filter(differs).map(|entry| Fault::Exported { number: entry.number }).collect())
}
