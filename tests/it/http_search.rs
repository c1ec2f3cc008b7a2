//! Japanese search over the router in process: what stands for a word, names of records, help where nothing is found.

use serde_json::{Value as Json, json};

use crate::http_site::{SHELTERS, Site, publish_staged, site, stage_park};

fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{path}?{query}")
}

/// A site of which the names of records are read.
fn site_with_names() -> Site {
    let site = site();
    assert!(site.app.read_names(None), "all names are read");
    site
}

async fn search(site: &Site, q: &str) -> Json {
    site.result(&address("package_search", &[("q", q), ("ext_explain", "true")])).await
}

fn names(result: &Json) -> Vec<&str> {
    result["results"].as_array().expect("results").iter().map(|each| each["name"].as_str().expect("a name")).collect()
}

#[tokio::test]
async fn a_word_is_found_by_its_readings_its_synonyms_and_past_a_slip() {
    let site = site();
    for (q, first, by) in [
        ("避難場所", SHELTERS, "exact"),
        ("ＡＥＤ", "242039_aed", "exact"),
        ("ひなんばしょ", SHELTERS, "reading"),
        ("hinanbasho", SHELTERS, "reading"),
        ("hinambasyo", SHELTERS, "reading"),
        ("evacuation shelter", SHELTERS, "synonym"),
        ("除細動器", "242039_aed", "exact"),
        ("えーいーでぃー", "242039_aed", "reading"),
        ("緊急避難場書", SHELTERS, "typo"),
        ("指定緊急非難場所", SHELTERS, "typo"),
        ("大井川町 公園", "222127_kouen", "synonym"),
        ("yaizu 公園", "222127_kouen", "reading"),
        ("焼津市の都市公園はどこにありますか", "222127_kouen", "exact"),
        ("燒津市 都市公園", "222127_kouen", "exact"),
    ] {
        let result = search(&site, q).await;
        assert_eq!(names(&result).first(), Some(&first), "{q}: {}", result["explain"]);
        let reasons = result["explain"][0]["reasons"].as_array().expect("reasons");
        assert!(reasons.iter().any(|reason| reason["by"] == by), "{q}: {reasons:?}");
    }
    for q in ["存在しない語句", "xyzzy", "ヌルヌルヌル"] {
        assert_eq!(search(&site, q).await["count"], 0, "{q}");
    }
}

#[tokio::test]
async fn what_is_exact_stands_before_what_means_the_same() {
    let site = site();
    // 避難所 is a tag of the shelters, and stands for 避難場所 in their title.
    let result = search(&site, "防災 避難所").await;
    assert_eq!(names(&result), [SHELTERS]);
    let reasons = result["explain"][0]["reasons"].as_array().expect("reasons").clone();
    let weight = |word: &str, field: &str| {
        reasons.iter().find(|own| own["word"] == word && own["field"] == field).and_then(|own| own["weight"].as_f64())
    };
    let (exact, synonym) = (weight("避難所", "tags"), weight("避難場所", "title"));
    assert!(exact.is_some() && synonym.is_some(), "{reasons:?}");
    for reason in &reasons {
        assert!(reason["weight"].as_f64() > Some(0.0) && reason["text"].is_string(), "{reason}");
    }
    // Without being asked for, no reasons are told.
    let plain = site.result(&address("package_search", &[("q", "避難所")])).await;
    assert_eq!(plain["explain"], Json::Null);
}

#[tokio::test]
async fn the_record_that_is_named_as_sought_is_told_with_its_page() {
    let site = site_with_names();
    let result = search(&site, "大井川庁舎").await;
    assert_eq!(names(&result), [SHELTERS]);
    let record = &result["explain"][0]["records"][0];
    assert_eq!(record["name"], "大井川庁舎");
    let page = record["url"].as_str().and_then(|url| url.strip_prefix("https://data.example.jp")).expect("of the site");
    let page = site.get(page).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("大井川庁舎"));
    // 髙 is 高; a line break and quotation marks in a name do no harm.
    let result = search(&site, "高向公民館").await;
    assert_eq!(result["explain"][0]["records"][0]["name"], "髙向公民館");
    let html = site.get(&address("/dataset", &[("q", "大井川庁舎")])).await.text();
    assert!(html.contains("該当する項目") && html.contains(&format!("/dataset/{SHELTERS}/feature/main/2")), "{html}");
    // A word of two letters is a kind of thing: it does not bring in every list with such a record.
    assert_eq!(names(&search(&site, "公園").await), ["222127_kouen"]);
}

#[tokio::test]
async fn only_what_is_public_now_is_found_by_its_records() {
    let site = site_with_names();
    stage_park(&site, "秘密の新公園予定地");
    site.app.read_names(None);
    assert_eq!(search(&site, "秘密の新公園予定地").await["count"], 0, "staged");
    assert_eq!(names(&search(&site, "石津西公園").await), ["222127_kouen"]);
    publish_staged(&site);
    assert_eq!(names(&search(&site, "秘密の新公園予定地").await), ["222127_kouen"]);
    let withdrawn = search(&site, "石津西公園").await;
    let told = withdrawn["explain"].to_string();
    assert!(!told.contains("石津西公園"), "withdrawn: {told}");
}

#[tokio::test]
async fn completions_know_readings() {
    let site = site();
    for (call, expected) in [
        ("tag_autocomplete?query=%E3%81%BC%E3%81%86%E3%81%95%E3%81%84", json!(["防災"])),
        ("tag_autocomplete?query=kouen", json!(["公園"])),
        ("tag_autocomplete?query=%E5%85%AC", json!(["公園"])),
        ("tag_autocomplete?query=zzzz", json!([])),
    ] {
        assert_eq!(site.result(call).await, expected, "{call}");
    }
    for (q, name) in [("hina", SHELTERS), ("ひなんば", SHELTERS), ("都市公", "222127_kouen"), ("242039", "242039_aed")]
    {
        let found = site.result(&address("package_autocomplete", &[("q", q)])).await;
        assert_eq!(found[0]["name"], name, "{q}: {found}");
        assert!(found[0]["match_displayed"].is_string());
    }
    let found = site.result(&address("organization_autocomplete", &[("q", "yaizu")])).await;
    assert_eq!(found[0]["title"], "焼津市", "{found}");
    let limited = site.result(&address("package_autocomplete", &[("q", "2"), ("limit", "1")])).await;
    assert_eq!(limited.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn the_search_box_has_a_list_without_script() {
    let site = site();
    for path in ["/".to_owned(), "/dataset".to_owned(), address("/dataset", &[("q", "避難")])] {
        let html = site.get(&path).await.text();
        assert!(html.contains("list=\"suggested\"") && html.contains("<datalist id=\"suggested\">"), "{path}");
        assert!(html.contains("<option value=\"防災\">"), "{path}");
    }
    let begun = site.get(&address("/dataset", &[("q", "指定緊急")])).await.text();
    assert!(begun.contains("<option value=\"指定緊急避難場所\">"), "{begun}");
}

#[tokio::test]
async fn where_nothing_is_found_the_page_helps() {
    let site = site();
    let nearest = site.get(&address("/dataset", &[("q", "公演")])).await.text();
    assert!(nearest.contains("もしかして"), "{nearest}");
    assert!(nearest.contains(&format!("href=\"{}\"", "/dataset?q=%E5%85%AC%E5%9C%92")), "{nearest}");
    let fewer = site.get(&address("/dataset", &[("q", "都市公園 ヌルヌルヌル")])).await.text();
    assert!(fewer.contains("言葉を減らす") && fewer.contains("都市公園</a>(1件)"), "{fewer}");
    let filtered = site.get(&address("/dataset", &[("q", "都市公園"), ("theme", "防災")])).await.text();
    assert!(filtered.contains("絞り込みを外す") && filtered.contains("(1件)"), "{filtered}");
    // The theme of a part of what was typed comes before all others.
    let broader = site.get(&address("/dataset", &[("q", "都市公園 伊勢市")])).await.text();
    assert!(broader.contains("条件に合うデータは見つかりませんでした") && broader.contains("まちづくり"), "{broader}");
    // Markup in what was typed stays text.
    let odd = site.get(&address("/dataset", &[("q", "<script>alert(1)</script>\" 公演")])).await;
    assert_eq!(odd.status, 200);
    assert!(!odd.text().contains("<script>alert"), "{}", odd.text());
}

#[tokio::test]
async fn chosen_facets_can_be_changed_and_pages_end_with_the_last() {
    let site = site();
    let html = site.get(&address("/dataset", &[("organization", "222127")])).await.text();
    assert!(html.contains("<strong>2件</strong>"), "{html}");
    assert!(html.contains("伊勢市"), "the other value of a chosen facet stays: {html}");
    let last = site.get(&address("/dataset", &[("page", "99")])).await.text();
    assert!(last.contains("<strong>3件</strong>") && last.contains("都市公園一覧"), "{last}");
}
