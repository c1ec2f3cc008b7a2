//! The pages in three languages: which language is heard, and that nothing of another is left in them.

use http::StatusCode;
use regex::Regex;

use crate::http_site::{Site, site};

/// Pages that are written in all languages.
const SPOKEN: &[&str] = &[
    "/",
    "/dataset",
    "/dataset?q=%E9%81%BF%E9%9B%A3",
    "/dataset?q=%E3%82%A2%E3%82%A4%E3%82%A6%E3%82%A8%E3%82%AA%E3%82%AB&theme=%E9%98%B2%E7%81%BD",
    "/organization",
    "/organization/222127",
    "/map",
    "/about",
    "/terms",
    "/accessibility",
    "/help",
    "/maps",
    "/point",
    "/point?lat=34.8668&lon=138.3236",
    "/emergency",
    "/developers",
    "/nothing-here",
];

/// Pages that are written in Japanese only.
const JAPANESE: &[&str] =
    &["/stats", "/stats/222127", "/stats/kpi", "/stats/daily", "/ogc?f=html", "/ogc/collections?f=html"];

/// Elements that have no end.
const VOID: &[&str] = &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"];

/// What people read and hear of a page's body, but for elements in Japanese and what only programs read.
fn foreign_text(page: &str) -> Vec<String> {
    let (_, body) = page.split_once("<body").expect("a body");
    let tag = Regex::new(r#"<(/?)([a-zA-Z0-9]+)((?:[^>"]|"[^"]*")*)>"#).expect("a pattern");
    let heard = Regex::new(r#"(?:aria-label|alt|title|placeholder)="([^"]*)""#).expect("a pattern");
    let (mut open, mut found, mut last): (Vec<(String, bool)>, Vec<String>, usize) = (Vec::new(), Vec::new(), 0);
    let passed = |open: &[(String, bool)]| open.iter().any(|(_, passed)| *passed);
    for own in tag.captures_iter(body) {
        let whole = own.get(0).expect("a match");
        if !passed(&open) {
            found.push(body[last..whole.start()].to_owned());
        }
        last = whole.end();
        let (name, rest) = (own[2].to_lowercase(), &own[3]);
        if own[1].is_empty() {
            let is_passed = rest.contains("lang=\"ja\"") || ["script", "datalist", "code"].contains(&name.as_str());
            if !is_passed && !passed(&open) {
                found.extend(heard.captures_iter(rest).map(|own| own[1].to_owned()));
            }
            if !VOID.contains(&name.as_str()) && !rest.ends_with('/') {
                open.push((name, is_passed));
            }
        } else if let Some(at) = open.iter().rposition(|(own, _)| *own == name) {
            open.truncate(at);
        }
    }
    found
}

fn is_japanese(text: &str) -> bool {
    text.chars().any(|letter| matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '、' | '。'))
}

async fn page(site: &Site, path: &str, language: &str) -> String {
    let got = site.with("GET", path, &[("cookie", &format!("a=b; lang={language}"))]).await;
    let expected = if path == "/nothing-here" { StatusCode::NOT_FOUND } else { StatusCode::OK };
    assert_eq!(got.status, expected, "{path}");
    let text = got.text();
    assert!(!text.contains("{ $") && !text.contains("{$"), "{path}: a place was not filled in");
    assert!(got.headers.get_all("vary").iter().any(|value| value == "cookie"), "{path}");
    let tag = if text.contains("<html lang=\"en\"") { "en" } else { "ja" };
    assert_eq!(got.header("content-language"), tag, "{path}");
    text
}

#[tokio::test]
async fn pages_speak_the_language_that_was_chosen_and_no_other() {
    let site = site();
    let attribute = Regex::new("=\"[^\"]*<ruby>").expect("a pattern");
    let catalogue = site.app.catalogue();
    let dataset = &catalogue.datasets()[0];
    let record = hiraku::http::pages::record_address(dataset.name.as_str(), dataset.tables[0].shape.key.as_str(), 1);
    for path in SPOKEN.iter().copied().chain([record.as_str()]) {
        let [japanese, easy, english] =
            [page(&site, path, "ja").await, page(&site, path, "ja-yasashii").await, page(&site, path, "en").await];
        assert!(japanese.contains("<html lang=\"ja\"") && japanese.contains("本文へ移動"), "{path}");
        assert!(!japanese.contains("<ruby>"), "{path}");
        assert!(easy.contains("<html lang=\"ja\"") && easy.contains("<ruby>本文<"), "{path}");
        assert!(english.contains("<html lang=\"en\"") && english.contains("Skip to content"), "{path}");
        // Names stand in the words of pictures, where nothing can mark them.
        let nameless = |text: &String| text.replace("焼津市役所", "").replace("焼津市", "");
        let left: Vec<String> = foreign_text(&english).iter().map(nameless).filter(|text| is_japanese(text)).collect();
        assert!(left.is_empty(), "{path}: {left:?}");
        let titled = |page: &str| {
            let title =
                page.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).expect("a title").0;
            title.split_once(" | ").map_or(String::new(), |(own, _)| nameless(&own.replace("避難", "")))
        };
        if path != record && !path.contains("%E3") {
            assert!(!is_japanese(&titled(&english)), "{path}: {}", titled(&english));
        }
        // Readings are part of text, never of an attribute or of the title.
        let title = easy.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).expect("a title").0;
        assert!(!attribute.is_match(&easy) && !title.contains('<'), "{path}");
    }
}

#[tokio::test]
async fn pages_in_japanese_only_are_japanese_whole_and_say_so_in_the_language_chosen() {
    let site = site();
    let dataset = format!("/dataset/{}", site.app.catalogue().datasets()[0].name);
    let catalogue = site.app.catalogue();
    let (_, _, layer) = catalogue.layers().next().expect("a layer");
    let map = format!("/map/{}", layer.name);
    for path in JAPANESE.iter().copied().chain([dataset.as_str(), map.as_str()]) {
        let [japanese, easy, english] =
            [page(&site, path, "ja").await, page(&site, path, "ja-yasashii").await, page(&site, path, "en").await];
        assert!(!japanese.contains("Japanese only"), "{path}");
        assert!(easy.contains("やさしい にほんごに なっていません"), "{path}");
        for page in [&easy, &english] {
            assert!(page.contains("<html lang=\"ja\"") && page.contains("本文へ移動"), "{path}");
            assert!(!page.contains("<ruby>") && !page.contains("Skip to content"), "{path}");
        }
        assert!(english.contains("lang=\"en\">This page is available in Japanese only."), "{path}");
        assert!(english.contains("hreflang=\"en\" aria-current=\"true\">English"), "{path}: what was chosen is marked");
    }
}

#[tokio::test]
async fn a_choice_by_address_is_remembered_and_nonsense_is_harmless() {
    let site = site();
    let got = site.get("/about?lang=en").await;
    assert!(got.text().contains("<html lang=\"en\""));
    assert_eq!(got.header("set-cookie"), "lang=en; Path=/; Max-Age=31536000; SameSite=Lax");
    let got = site.with("GET", "/about?lang=ja", &[("cookie", "lang=en")]).await;
    assert!(got.text().contains("<html lang=\"ja\""), "the address is heard first");
    for value in ["", "xx", "en%22%3E%3Cscript%3E", "en%0d%0aset-cookie:a=b", "EN", "%00"] {
        let got = site.get(&format!("/about?lang={value}")).await;
        assert!(got.status == StatusCode::OK && got.text().contains("<html lang=\"ja\""), "{value}");
        assert!(got.header("set-cookie").is_empty() && !got.text().contains("<script>"), "{value}");
    }
    // Files for programs do not change with it, nor do they set anything.
    let plain = site.get("/organization.json").await;
    let chosen = site.with("GET", "/organization.json?lang=en", &[("cookie", "lang=en")]).await;
    assert!(plain.body == chosen.body && chosen.header("set-cookie").is_empty());
    // The links to the other languages keep the question.
    let text = site.get("/dataset?q=a%26b&theme=c").await.text();
    assert!(text.contains("href=\"/dataset?q=a%26b&#38;theme=c&#38;lang=en\""), "{text}");
}
