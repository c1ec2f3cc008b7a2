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

/// A catalogue of so many datasets whose texts hold the commonest words of the field over and over.
fn large(count: usize) -> hiraku::model::catalogue::Catalogue {
    use hiraku::model::catalogue::{Catalogue, Dataset, Licence, Organization};
    use hiraku::model::code::MunicipalityCode;
    use hiraku::model::id::{DatasetId, OrganizationId, ReleaseId};
    use hiraku::model::name::Slug;

    let at: jiff::Timestamp = "2026-11-01T00:00:00Z".parse().expect("a time");
    let organization = std::sync::Arc::new(Organization {
        id: OrganizationId::mint(at),
        code: MunicipalityCode::parse("222127").expect("a code"),
        name: Slug::parse("222127").expect("a name"),
        title: "焼津市".to_owned(),
        prefecture: "静岡県".to_owned(),
        created: at,
    });
    let dataset = |number: usize| Dataset {
        id: DatasetId::mint(at),
        name: Slug::parse(&format!("d{number}")).expect("a name"),
        title: format!("施設一覧の避難所と図書館と公園 第{number}号"),
        notes: format!("市町村の施設の一覧のデータです。トイレ、病院、学校、駐車場、バス停の場所 {number}"),
        organization: std::sync::Arc::clone(&organization),
        licence: Licence { id: "x".to_owned(), title: "x".to_owned(), url: String::new(), open: true },
        attribution: String::new(),
        source_page: String::new(),
        theme: "防災".to_owned(),
        tags: vec!["防災".to_owned()],
        created: at,
        modified: at,
        retrieved: String::new(),
        release: ReleaseId::mint(at),
        release_number: 1,
        tables: Vec::new(),
        distributions: Vec::new(),
        of_site: None,
    };
    Catalogue::new(
        vec![std::sync::Arc::clone(&organization)],
        (0..count).map(|n| std::sync::Arc::new(dataset(n))).collect(),
    )
}

#[test]
fn no_question_takes_more_work_than_one_may() {
    use hiraku::http::search::{Lexicon, Names, Query, SearchIndex, cost, parse};

    let catalogue = std::sync::Arc::new(large(20_000));
    let index = SearchIndex::build(catalogue, Lexicon::bundled(), std::sync::Arc::new(Names::default()));
    let every = index.search(&Query { rows: 3, ..Query::words("施設一覧") }).expect("an ordinary question");
    assert_eq!((every.count, every.datasets.len()), (20_000, 3));
    let mut refused = 0;
    for text in [
        "市町村の施設の一覧のデータです市町村の施設の一覧のデータです市町村の施設の一覧のデータです".to_owned(),
        "市 町 村 の 施 設 一 覧 デ ー タ".to_owned(),
        (0..60).map(|n| format!("施設一覧{n} ")).collect(),
        (0..60).map(|n| format!("\"避難所と図書館{n}\" ")).collect(),
        "トイレ 避難所 図書館 公園 病院 学校 保育園 バス 駐車場 観光".to_owned(),
        (0..20).map(|n| format!("text:*の*の*の*z{n}* OR ")).collect::<String>() + "a",
        format!("title:({})", vec!["施設"; 190].join(" OR ")),
        "施設施設".repeat(50),
        "ーー".repeat(99),
        "a".repeat(200),
    ] {
        let wanted = parse::query(&text, jiff::Timestamp::UNIX_EPOCH).expect("a question");
        let query = Query { wanted, explain: true, ..Query::default() };
        let allowed = cost::check([&query.wanted], index.lexicon()).is_ok();
        let answered = allowed && index.search(&query).is_ok();
        refused += u32::from(!answered);
    }
    assert!(refused >= 1, "the dearest are refused");
}
