//! What a run did, dataset by dataset.

use std::fmt::Write as _;

use serde::Serialize;

use super::Fault;

/// What became of a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Became {
    /// It is public here in its newest state.
    Published,
    /// It was taken in and waits to be published.
    Waiting,
    /// It was taken in and is held until a person has looked.
    Held,
    /// It is as it was.
    Unchanged,
    /// It cannot be taken over: its licence, its publisher, its name, or a file.
    Refused,
    /// It could not be fetched or written this time.
    Failed,
    /// It is gone there and was withdrawn here.
    Withdrawn,
    /// It seems to be gone there and was left as it is.
    Left,
    /// It would be fetched (only looking).
    WouldTake,
    /// It would be withdrawn (only looking).
    WouldWithdraw,
}

impl Became {
    /// In Japanese and English.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Published => "公開 published",
            Self::Waiting => "公開待ち waiting",
            Self::Held => "保留 held",
            Self::Unchanged => "変更なし unchanged",
            Self::Refused => "受付不可 refused",
            Self::Failed => "失敗 failed",
            Self::Withdrawn => "取り下げ withdrawn",
            Self::Left => "要確認 left",
            Self::WouldTake => "取得予定 would-take",
            Self::WouldWithdraw => "取り下げ予定 would-withdraw",
        }
    }

    /// Whether a person should look at it.
    pub const fn needs_a_look(self) -> bool {
        matches!(self, Self::Held | Self::Refused | Self::Failed | Self::Left)
    }
}

/// One dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Its name here; empty where it has none yet.
    pub dataset: String,
    /// What names it there.
    pub remote: String,
    /// Its title.
    pub title: String,
    /// What became of it.
    pub became: Became,
    /// Files it has here.
    pub files: usize,
    /// Of these, files that were fetched.
    pub fetched: usize,
    /// Bytes fetched.
    pub bytes: u64,
    /// Records of the files that were taken in.
    pub records: u64,
    /// Files that were left out because they hold no table, with their formats.
    pub left_out: Vec<String>,
    /// Files that were left out because another one holds the same.
    pub other_formats: Vec<String>,
    /// A stable code, where there is something to say.
    pub code: String,
    /// That in Japanese.
    pub message_ja: String,
    /// That in English.
    pub message_en: String,
}

impl Line {
    /// A line on which nothing has happened yet.
    pub(super) fn new(dataset: &str, remote: &str, title: &str, became: Became) -> Self {
        Self {
            dataset: dataset.to_owned(),
            remote: remote.to_owned(),
            title: title.to_owned(),
            became,
            files: 0,
            fetched: 0,
            bytes: 0,
            records: 0,
            left_out: Vec::new(),
            other_formats: Vec::new(),
            code: String::new(),
            message_ja: String::new(),
            message_en: String::new(),
        }
    }

    /// The same with what there is to say.
    pub(super) fn saying(mut self, fault: Fault) -> Self {
        fault.code.clone_into(&mut self.code);
        self.message_ja = fault.message_ja;
        self.message_en = fault.message_en;
        self
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The catalogue.
    pub source: String,
    /// Whether it was only looked at.
    pub dry_run: bool,
    /// Whether the whole catalogue was gone through.
    pub complete: bool,
    /// Why not, where it was not.
    pub stopped: Option<String>,
    /// Its datasets.
    pub datasets: Vec<Line>,
}

impl Report {
    /// Whether a person should look at something.
    pub fn needs_a_look(&self) -> bool {
        !self.complete || self.datasets.iter().any(|line| line.became.needs_a_look())
    }

    /// A table for people; datasets without a change are counted only.
    pub fn to_tsv(&self) -> String {
        let mut text = "データセット\t結果\tファイル\t取得\tレコード\t説明\n".to_owned();
        let mut unchanged = 0;
        for line in &self.datasets {
            if line.became == Became::Unchanged {
                unchanged += 1;
                continue;
            }
            let name = if line.dataset.is_empty() { &line.remote } else { &line.dataset };
            let said = format!("{} {}", line.message_ja, line.message_en);
            let _ = writeln!(
                text,
                "{}\t{}\t{}\t{}\t{}\t{}",
                plain(name),
                line.became.word(),
                line.files,
                line.fetched,
                line.records,
                plain(said.trim())
            );
            for left in &line.left_out {
                let _ = writeln!(text, "\t\t\t\t\t- {}", plain(left));
            }
        }
        if unchanged > 0 {
            let _ = writeln!(text, "# {} {unchanged}", Became::Unchanged.word());
        }
        if let Some(stopped) = &self.stopped {
            let _ = writeln!(text, "# 途中で終わりました。次の実行で続きから始めます / stopped: {}", plain(stopped));
        }
        text
    }
}

/// A text that a terminal shows as it is, on one line.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
