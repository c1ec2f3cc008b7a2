//! The ingest table: per file rows, records, refused rows and findings by code.

use std::fmt::Write as _;

use serde::Serialize;

use crate::store::ingest::RefusedSource;

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "result")]
pub enum Verdict {
    /// Its records are staged.
    Taken,
    /// Nothing of it was taken in.
    Refused {
        /// A stable code.
        code: String,
        /// Why, in Japanese.
        message_ja: String,
        /// Why, in English.
        message_en: String,
    },
}

/// One table of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileLine {
    /// The dataset's name.
    pub dataset: String,
    /// The file.
    pub file: String,
    /// The table's key; empty where refused.
    pub table: String,
    /// The format as read; empty where refused.
    pub format: String,
    /// The encoding as found.
    pub encoding: String,
    /// Sheet and layout, where the file follows a standard one.
    pub sheet: Option<String>,
    /// Data rows read.
    pub rows_read: u64,
    /// Records.
    pub records: u64,
    /// Rows refused.
    pub refused: u64,
    /// Findings by code.
    pub findings: Vec<(String, u64)>,
    /// What became of it.
    #[serde(flatten)]
    pub verdict: Verdict,
}

impl FileLine {
    /// The line of a file that was refused as a whole.
    pub fn refused(refused: &RefusedSource) -> Self {
        Self {
            dataset: refused.dataset.clone(),
            file: refused.file.clone(),
            table: String::new(),
            format: String::new(),
            encoding: String::new(),
            sheet: None,
            rows_read: 0,
            records: 0,
            refused: 0,
            findings: Vec::new(),
            verdict: Verdict::Refused {
                code: refused.code.clone(),
                message_ja: refused.message_ja.clone(),
                message_en: refused.message_en.clone(),
            },
        }
    }
}

/// All lines of one run, in order of dataset and file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct IngestTable {
    /// The lines.
    pub lines: Vec<FileLine>,
    /// Datasets left as they were because their files did not change.
    pub unchanged: usize,
}

impl IngestTable {
    /// Files refused as a whole.
    pub fn refused_files(&self) -> usize {
        self.lines.iter().filter(|line| line.verdict != Verdict::Taken).count()
    }

    /// The table as tab-separated text, the same for the same files: the golden form.
    pub fn to_tsv(&self) -> String {
        let mut text =
            String::from("dataset\tfile\ttable\tformat\tencoding\tsheet\trows\trecords\trefused\tfindings\n");
        for line in &self.lines {
            let last = match &line.verdict {
                Verdict::Taken => {
                    line.findings.iter().map(|(code, count)| format!("{code}={count}")).collect::<Vec<_>>().join(" ")
                }
                Verdict::Refused { code, message_ja, .. } => format!("REFUSED {code}: {message_ja}"),
            };
            let _ = writeln!(
                text,
                "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                line.dataset,
                line.file,
                line.table,
                line.format,
                line.encoding,
                line.sheet.as_deref().unwrap_or("-"),
                line.rows_read,
                line.records,
                line.refused,
                last
            );
        }
        let (rows, records, refused) = self
            .lines
            .iter()
            .fold((0, 0, 0), |sum, line| (sum.0 + line.rows_read, sum.1 + line.records, sum.2 + line.refused));
        let _ = writeln!(
            text,
            "total\t{} tables, {} refused files\t\t\t\t\t{rows}\t{records}\t{refused}\t",
            self.lines.len() - self.refused_files(),
            self.refused_files()
        );
        text
    }
}
