//! What the operator adds to the check before publication, from the settings.

use anyhow::Context as _;

use super::Usage;
use crate::config::Config;
use crate::normalize::confidential::Policy;

/// The longest list of words taken, bytes: some ten thousand words.
const MAX_WORDS_BYTES: usize = 1 << 20;

/// Reads the words and checks the exceptions.
///
/// # Errors
/// A [`Usage`] where the settings are wrong; an error of the world where the file of words cannot be read.
pub fn policy(config: &Config) -> anyhow::Result<Policy> {
    let mut policy = Policy {
        words: Vec::new(),
        allow: config.confidential_allow.clone(),
        small_cells: Some(config.confidential_small_cells),
    };
    if let Some(fault) = policy.fault() {
        return Err(Usage(fault).into());
    }
    let path = &config.confidential_words;
    if !path.as_os_str().is_empty() {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("confidential_words: {} cannot be read / 読めません", path.display()))?;
        if text.len() > MAX_WORDS_BYTES {
            return Err(Usage(format!("confidential_words: at most {MAX_WORDS_BYTES} bytes / 大きすぎます")).into());
        }
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
        policy.words =
            lines.filter(|line| line.chars().count() >= 2 && !line.starts_with('#')).map(str::to_owned).collect();
    }
    Ok(policy)
}
