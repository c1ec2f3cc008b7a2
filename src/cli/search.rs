//! The search on the command line: its words of the settings, and `hiraku search-quality`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::Usage;
use super::job::{Answer, Job, Workplace};
use crate::config::Config;
use crate::http::search::lexicon::Lexicon;
use crate::http::search::quality::QuerySet;
use crate::http::search::{Limits, Names, SearchIndex};

/// `hiraku search-quality`
#[derive(Debug, Args)]
pub struct SearchQuality {
    /// 正解つきの検索語のファイル(TOML) / labelled queries: `[[query]]` with q, kind, want and record
    #[arg(value_name = "FILE")]
    pub queries: PathBuf,
    /// データの置き場所 / the data directory
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

impl SearchQuality {
    /// The job.
    pub fn into_job(self, config: &Config) -> anyhow::Result<Job> {
        let text = read(&self.queries, "")?;
        // A mistake in it is told here, before anybody else is asked.
        set_of(&self.queries.display().to_string(), &text)?;
        lexicon(&config.search_words)?;
        let words = &config.search_words;
        let words = (!words.as_os_str().is_empty()).then(|| std::path::absolute(words)).transpose()?;
        Ok(Job::SearchQuality { queries: text, words, names_mib: config.search_names_mib })
    }
}

fn set_of(name: &str, text: &str) -> anyhow::Result<QuerySet> {
    Ok(QuerySet::parse(text).map_err(|error| Usage(format!("{name}: {error}")))?)
}

fn read(path: &Path, setting: &str) -> anyhow::Result<String> {
    let wrong = |error: &dyn std::fmt::Display| Usage(format!("{setting}{}: {error}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| wrong(&error))?;
    Ok(String::from_utf8(bytes)
        .map_err(|_| wrong(&"the file is not in UTF-8 / 文字コードをUTF-8にして保存してください"))?)
}

/// The words of the settings over the bundled ones.
///
/// # Errors
/// A mistake in the file, with its line and what is wanted there.
pub fn lexicon(path: &Path) -> anyhow::Result<Arc<Lexicon>> {
    if path.as_os_str().is_empty() {
        return Ok(Lexicon::bundled());
    }
    let text = read(path, "search_words: ")?;
    let lexicon = Lexicon::with_file(&path.display().to_string(), &text);
    Ok(Arc::new(lexicon.map_err(|error| Usage(format!("search_words: {error}")))?))
}

/// Asks all the queries and tells how well they were answered.
pub(super) fn quality(place: Workplace<'_>, queries: &str, words: Option<&Path>, mib: u64) -> anyhow::Result<Answer> {
    let set = set_of("queries", queries)?;
    let catalogue = Arc::new(place.store.load_catalogue(crate::schema::licence_or_unknown)?);
    let names = Names::read(place.store, &catalogue, &Names::default(), Limits::mib(mib), None)?;
    let index = SearchIndex::build(catalogue, lexicon(words.unwrap_or(Path::new("")))?, Arc::new(names));
    let quality = set.judge(&index);
    Ok(Answer { text: quality.to_text(), json: serde_json::to_value(&quality)?, data_errors: false })
}
