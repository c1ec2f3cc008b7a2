//! What is kept to answer again: whole answers to equal questions, and rows of tables as they are sent.
//!
//! Both stand beside the catalogue they were made of and go with it when a release comes or goes, so that nothing is
//! answered beyond its release and nothing withdrawn is answered at all. An answer out of here is counted like any other.

use std::sync::Arc;

use bytes::Bytes;
use moka::sync::Cache;

use super::arguments::Arguments;
use crate::count::access::Access;

/// Bytes of answers kept, the least used going first: some thousand pages of a hundred rows.
const ANSWERS_BYTES: u64 = 32 << 20;
/// Bytes of rows kept: a hundred thousand and more.
const ROWS_BYTES: u64 = 32 << 20;
/// Longest answer or block kept.
const LONGEST_BYTES: usize = 2 << 20;
/// Longest question.
const QUESTION_BYTES: usize = 4 << 10;
/// What keeping one costs beside its bytes.
const OVERHEAD_BYTES: usize = 256;

/// Actions whose answers depend on arguments and catalogue alone.
const ACTIONS: &[&str] = &["package_show", "package_search", "datastore_search"];

/// An answer with its envelope.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) body: Bytes,
    pub(super) access: Access,
}

/// Rows that follow each other, as the JSON of a list, and where each ends in it.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) json: String,
    pub(super) ends: Vec<usize>,
}

/// What one state of the catalogue has answered.
#[derive(Debug)]
pub struct Answers {
    whole: Cache<String, Kept>,
    blocks: Cache<String, Arc<Block>>,
}

impl Default for Answers {
    fn default() -> Self {
        let size = |bytes: usize| u32::try_from(bytes + OVERHEAD_BYTES).unwrap_or(u32::MAX);
        Self {
            whole: Cache::builder()
                .max_capacity(ANSWERS_BYTES)
                .weigher(move |key: &String, kept: &Kept| size(key.len() + kept.body.len()))
                .build(),
            blocks: Cache::builder()
                .max_capacity(ROWS_BYTES)
                .weigher(move |key: &String, block: &Arc<Block>| {
                    size(key.len() + block.json.len() + block.ends.len() * 8)
                })
                .build(),
        }
    }
}

impl Answers {
    pub(super) fn get(&self, question: &str) -> Option<Kept> {
        self.whole.get(question)
    }

    pub(super) fn keep(&self, question: String, body: &Bytes, access: Access) {
        if body.len() <= LONGEST_BYTES {
            self.whole.insert(question, Kept { body: body.clone(), access });
        }
    }

    pub(super) fn block(&self, key: &str) -> Option<Arc<Block>> {
        self.blocks.get(key)
    }

    pub(super) fn keep_block(&self, key: String, block: &Arc<Block>) {
        if block.json.len() <= LONGEST_BYTES {
            self.blocks.insert(key, Arc::clone(block));
        }
    }
}

/// A question whose answer may be kept: the action and what stands behind `?`, letter for letter.
pub(super) fn question(name: &str, query: &str) -> Option<String> {
    let fits = ACTIONS.contains(&name) && query.len() <= QUESTION_BYTES;
    fits.then(|| [name, query].join("?"))
}

/// Whether the answer is still that of the same question later: not where it tells of uses or depends on the time. What
/// only looks like it is made anew each time.
pub(super) fn holds(arguments: &Arguments) -> bool {
    arguments.names().all(|name| {
        let value = arguments.raw(name).map(ToString::to_string).unwrap_or_default().to_lowercase();
        name != "include_tracking" && !value.contains("now") && !value.contains("views")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_depends_on_the_catalogue_alone_is_kept() {
        assert!(question("package_show", "id=a").is_some());
        assert_ne!(question("package_show", "id=a"), question("package_search", "id=a"));
        assert_eq!(question("status_show", ""), None);
        assert_eq!(question("package_search", &"q".repeat(5_000)), None);
        for (query, expected) in [
            ("q=%E9%81%BF%E9%9B%A3&fq=tags:a", true),
            ("id=a&include_tracking=true", false),
            ("fq=metadata_modified:[NOW-7DAYS TO *]", false),
            ("fq_list=a&fq_list=metadata_created:[Now/DAY TO *]", false),
            ("sort=views_recent desc", false),
        ] {
            assert_eq!(holds(&Arguments::from_query(query)), expected, "{query}");
        }
    }
}
