//! How well the search finds what people mean, over all of `datasets/` as the program publishes them.

use std::path::Path;

use serde_json::Value as Json;

use crate::program::{hiraku, hiraku_done, repository};

/// The labelled queries.
const QUERIES: &str = "tests/data/search/queries.toml";

/// Asks them of a data directory that holds all datasets, published.
pub(crate) fn finds_what_people_mean(data: &Path) {
    let queries = repository(QUERIES);
    let told = hiraku_done(["search-quality".as_ref(), queries.as_os_str(), "--data".as_ref(), data.as_os_str()]);
    println!("{told}");
    let asked = hiraku_done([
        "search-quality".as_ref(),
        queries.as_os_str(),
        "--data".as_ref(),
        data.as_os_str(),
        "--json".as_ref(),
    ]);
    let quality: Json = serde_json::from_str(&asked).expect("JSON");
    let figure = |name: &str| quality[name].as_f64().expect("a figure");
    let judged = quality["judged"].as_array().expect("the queries");
    assert!(judged.len() >= 120, "{}", judged.len());
    assert!(figure("recall_at_10") >= 0.95, "{told}");
    assert!(figure("mrr") >= 0.85, "{told}");
    assert!(figure("records_named") >= 0.9, "{told}");
    let kinds: std::collections::BTreeSet<&str> = judged.iter().filter_map(|own| own["kind"].as_str()).collect();
    for kind in ["kana", "romaji", "width", "typo", "place", "old", "column", "record", "english", "question"] {
        assert!(kinds.contains(kind), "{kind}");
    }
    // The table for people says the same.
    assert!(told.lines().any(|line| line.starts_with("all\t")), "{told}");
}

#[test]
fn a_faulty_file_of_words_or_queries_is_told_and_nothing_begins() {
    let folder = tempfile::tempdir().expect("a folder");
    let (words, settings) = (folder.path().join("words.txt"), folder.path().join("hiraku.toml"));
    std::fs::write(&words, "避難所, 避難場所\n図書館 => \n").expect("written");
    std::fs::write(&settings, format!("search_words = {:?}\n", words.display().to_string())).expect("written");
    let data = folder.path().join("data");
    let serve = ["--config".as_ref(), settings.as_os_str(), "serve".as_ref(), "--data".as_ref(), data.as_os_str()];
    let output = hiraku(serve);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("search_words") && told.contains("words.txt:2") && told.contains("=>"), "{told}");
    std::fs::write(&words, [0x82, 0xa0]).expect("written");
    let output = hiraku(serve);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && told.contains("UTF-8"), "{told}");

    let queries = folder.path().join("queries.toml");
    std::fs::write(&queries, "[[query]]\nq = 1\n").expect("written");
    let output = hiraku(["search-quality".as_ref(), queries.as_os_str(), "--data".as_ref(), data.as_os_str()]);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}
