//! Linked data, feeds, sitemap and structured data in pages, over the router in process. What outsiders' libraries say
//! of the same answers stands in `tests/clients/dcat.py`.

use std::collections::{BTreeSet, HashMap};

use http::StatusCode;
use oxrdf::{NamedOrBlankNode, Term, Triple};
use quick_xml::events::Event;
use serde_json::Value as Json;

use crate::http_site::{Got, SHELTERS, site};

const BASE: &str = "https://data.example.jp";
const ENDINGS: [(&str, &str); 5] = [
    ("ttl", "text/turtle"),
    ("rdf", "application/rdf+xml"),
    ("xml", "application/rdf+xml"),
    ("jsonld", "application/ld+json"),
    ("n3", "text/n3"),
];

/// The triples of an answer, by the parser of its media type.
fn triples(got: &Got) -> BTreeSet<String> {
    let body = got.body.as_slice();
    let kind = got.header("content-type").split(';').next().unwrap_or_default();
    let all: Vec<Triple> = match kind {
        "text/turtle" => {
            oxttl::TurtleParser::new().for_slice(body).collect::<Result<_, _>>().expect("Turtle can be read")
        }
        "text/n3" => oxttl::N3Parser::new()
            .for_slice(body)
            .map(|quad| {
                let quad = quad.expect("N3 can be read");
                match (quad.subject, quad.predicate, quad.object) {
                    (
                        oxttl::n3::N3Term::NamedNode(s),
                        oxttl::n3::N3Term::NamedNode(p),
                        oxttl::n3::N3Term::NamedNode(o),
                    ) => Triple::new(s, p, o),
                    (
                        oxttl::n3::N3Term::NamedNode(s),
                        oxttl::n3::N3Term::NamedNode(p),
                        oxttl::n3::N3Term::Literal(o),
                    ) => Triple::new(s, p, o),
                    other => panic!("{other:?} is no triple of named nodes"),
                }
            })
            .collect(),
        "application/rdf+xml" => {
            oxrdfxml::RdfXmlParser::new().for_slice(body).collect::<Result<_, _>>().expect("RDF/XML can be read")
        }
        "application/ld+json" => oxjsonld::JsonLdParser::new()
            .for_slice(body)
            .map(|quad| Triple::from(quad.expect("JSON-LD can be read")))
            .collect(),
        other => panic!("{other} is no syntax of RDF"),
    };
    for triple in &all {
        assert!(matches!(triple.subject, NamedOrBlankNode::NamedNode(_)), "{triple}");
        assert!(!matches!(triple.object, Term::BlankNode(_)), "{triple}");
    }
    all.iter().map(ToString::to_string).collect()
}

/// The objects of a subject and property, both as they stand in a triple.
fn objects(all: &BTreeSet<String>, subject: &str, property: &str) -> Vec<String> {
    let begin = format!("<{subject}> <{property}> ");
    all.iter().filter_map(|triple| triple.strip_prefix(&begin)).map(str::to_owned).collect()
}

const DCT: &str = "http://purl.org/dc/terms/";
const DCAT: &str = "http://www.w3.org/ns/dcat#";
const HYDRA: &str = "http://www.w3.org/ns/hydra/core#";

#[tokio::test]
async fn the_catalogue_is_the_same_graph_in_every_syntax() {
    let site = site();
    for path in ["/catalog", &format!("/dataset/{SHELTERS}")] {
        let mut graphs: Vec<BTreeSet<String>> = Vec::new();
        for (ending, kind) in ENDINGS {
            let got = site.get(&format!("{path}.{ending}")).await;
            assert_eq!(got.status, StatusCode::OK, "{path}.{ending}: {}", got.text());
            assert!(got.header("content-type").starts_with(kind), "{path}.{ending}");
            assert_eq!(got.header("access-control-allow-origin"), "*", "{path}.{ending}");
            assert!(got.header("content-security-policy").starts_with("default-src 'none'"));
            // The pages of a graph carry the address they were asked under; everything else is one graph.
            let all = triples(&got).into_iter().filter(|triple| !triple.contains("/catalog.")).collect();
            assert_eq!(got.body, site.get(&format!("{path}.{ending}")).await.body, "the same bytes each time");
            graphs.push(all);
        }
        assert!(graphs[0].len() > 60, "{}", graphs[0].len());
        assert!(graphs.windows(2).all(|pair| pair[0] == pair[1]), "{path}");
    }
}

#[tokio::test]
async fn a_dataset_says_all_that_is_known_of_it() {
    let site = site();
    let catalogue = site.app.catalogue();
    let dataset = catalogue.dataset(SHELTERS).expect("a dataset");
    let own = format!("{BASE}/dataset/{}", dataset.id);
    let by_name = triples(&site.get(&format!("/dataset/{SHELTERS}.ttl")).await);
    assert_eq!(by_name, triples(&site.get(&format!("/dataset/{}.ttl", dataset.id)).await));
    let one = |property: &str| objects(&by_name, &own, property);
    assert_eq!(one(&format!("{DCT}title")), ["\"指定緊急避難場所\"@ja"]);
    assert_eq!(one(&format!("{DCT}description")), ["\"津波・洪水のときに避難する場所です。\"@ja"]);
    assert_eq!(one(&format!("{DCT}issued")), ["\"2026-11-01T00:00:00Z\"^^<http://www.w3.org/2001/XMLSchema#dateTime>"]);
    assert_eq!(one(&format!("{DCAT}keyword")), ["\"避難所\"@ja", "\"防災\"@ja"]);
    assert!(one(&format!("{DCT}spatial")).contains(&"<http://data.e-stat.go.jp/lod/sac/C22212>".to_owned()));
    assert_eq!(one(&format!("{DCT}publisher")), [format!("<{BASE}/organization/{}>", dataset.organization.id)]);
    assert!(one(&format!("{DCAT}landingPage")).contains(&"<https://example.jp/opendata>".to_owned()));
    assert!(
        one(&format!("{DCAT}theme"))
            .contains(&"<http://publications.europa.eu/resource/authority/data-theme/JUST>".to_owned())
    );
    let extent = objects(&by_name, &format!("{own}#extent"), &format!("{DCAT}bbox"));
    assert_eq!(
        extent,
        ["\"POLYGON((138.29 34.802,138.3236 34.802,138.3236 34.8668,138.29 34.8668,138.29 34.802))\"\
          ^^<http://www.opengis.net/ont/geosparql#wktLiteral>"]
    );
    assert_eq!(one(&format!("{DCAT}distribution")).len(), dataset.distributions.len());
    for distribution in &dataset.distributions {
        let node = format!("{own}/resource/{}", distribution.id);
        let of = |property: &str| objects(&by_name, &node, property);
        let file = hiraku::http::download::url(BASE, dataset, distribution);
        assert_eq!(of(&format!("{DCAT}downloadURL")), [format!("<{file}>")]);
        assert_eq!(of(&format!("{DCT}format")).len(), 1);
        // A licence's address may hold a question; it stays what it is.
        assert_eq!(of(&format!("{DCT}license")), ["<https://example.jp/licence?a=1&b=2>"]);
        let sums = objects(&by_name, &format!("{node}#checksum"), "http://spdx.org/rdf/terms#checksumValue");
        assert_eq!(
            sums,
            [format!(
                "\"{}\"^^<http://www.w3.org/2001/XMLSchema#hexBinary>",
                distribution.digest().expect("an object")
            )]
        );
        let way = site.get(&format!("/dataset/{}/resource/{}", dataset.id, distribution.id)).await;
        assert_eq!(
            (way.status, way.header("location")),
            (StatusCode::SEE_OTHER, format!("/dataset/{SHELTERS}").as_str())
        );
    }
}

#[tokio::test]
async fn profiles_decide_where_the_application_profiles_contradict_each_other() {
    let site = site();
    let size = |all: &BTreeSet<String>, datatype: &str| {
        let end = format!("XMLSchema#{datatype}>");
        all.iter().filter(|triple| triple.contains("dcat#byteSize") && triple.ends_with(&end)).count()
    };
    let files = site.app.catalogue().dataset(SHELTERS).expect("a dataset").distributions.len();
    for (profiles, decimal, whole) in [
        ("", 0, 0),
        ("?profiles=euro_dcat_ap", files, 0),
        ("?profiles=euro_dcat_ap_2", files, 0),
        ("?profiles=euro_dcat_ap_3", 0, files),
        ("?profiles=euro_dcat_ap_2,euro_dcat_ap_3", 0, files),
    ] {
        let all = triples(&site.get(&format!("/dataset/{SHELTERS}.ttl{profiles}")).await);
        assert_eq!((size(&all, "decimal"), size(&all, "nonNegativeInteger")), (decimal, whole), "{profiles}");
    }
    let schema_org = triples(&site.get(&format!("/dataset/{SHELTERS}.rdf?profiles=schemaorg")).await);
    assert!(schema_org.iter().any(|triple| triple.ends_with("<http://schema.org/Dataset>")));
    let whole = triples(&site.get("/catalog.n3?profiles=schemaorg").await);
    assert_eq!(whole.iter().filter(|triple| triple.ends_with("<http://schema.org/Dataset>")).count(), 3);
}

#[tokio::test]
async fn pages_of_the_catalogue_are_told_in_hydra() {
    let site = site();
    let datasets = |all: &BTreeSet<String>| objects(all, BASE, &format!("{DCAT}dataset")).len();
    let all = triples(&site.get("/catalog.ttl").await);
    let page = format!("{BASE}/catalog.ttl?page=1");
    assert_eq!(datasets(&all), 3);
    let integer = |n: u32| vec![format!("\"{n}\"^^<http://www.w3.org/2001/XMLSchema#integer>")];
    assert_eq!(objects(&all, &page, &format!("{HYDRA}totalItems")), integer(3));
    assert_eq!(objects(&all, &page, &format!("{HYDRA}itemsPerPage")), integer(100));
    for name in ["first", "firstPage", "last", "lastPage"] {
        assert_eq!(objects(&all, &page, &format!("{HYDRA}{name}")), [format!("<{page}>")], "{name}");
    }
    assert!(objects(&all, &page, &format!("{HYDRA}next")).is_empty());
    let beyond = triples(&site.get("/catalog.ttl?page=9&q=&utm_source=x").await);
    assert_eq!(datasets(&beyond), 0);
    let previous = objects(&beyond, &format!("{BASE}/catalog.ttl?page=9"), &format!("{HYDRA}previous"));
    assert_eq!(previous, [format!("<{page}>")]);
    for (asked, found) in [
        ("q=AED", 1),
        ("fq=organization:222127", 2),
        ("q=tags:%E9%98%B2%E7%81%BD&fq=organization:242039", 1),
        ("modified_since=2026-11-02", 2),
        ("modified_since=2026-11-03T00:00:00", 1),
        ("modified_since=2026-11-03T09:00:00%2B09:00", 1),
        ("modified_since=2030-01-01", 0),
        ("q=%E3%81%AA%E3%81%84%E8%AA%9E", 0),
    ] {
        let got = site.get(&format!("/catalog.jsonld?{asked}")).await;
        assert_eq!(got.status, StatusCode::OK, "{asked}");
        assert_eq!(datasets(&triples(&got)), found, "{asked}");
    }
}

#[tokio::test]
async fn more_than_a_hundred_datasets_are_paged() {
    let site = crate::http_site::site_of_many(101);
    let mut seen = BTreeSet::new();
    let mut path = "/catalog.ttl?q=tags:%E5%A4%9A%E6%95%B0".to_owned();
    let mut pages = 0;
    loop {
        let all = triples(&site.get(&path).await);
        seen.extend(objects(&all, BASE, &format!("{DCAT}dataset")));
        pages += 1;
        let next = all.iter().find_map(|triple| triple.split_once(&format!("<{HYDRA}next> <")).map(|(_, end)| end));
        let Some(next) = next else { break };
        let next = next.trim_end_matches('>').to_owned();
        assert!(next.contains("q=tags%3A"), "{next}");
        path = next.strip_prefix(BASE).expect("an address of this site").to_owned();
    }
    assert_eq!((pages, seen.len()), (2, 101));
    let feed = Feed::read(&site.get("/feeds/dataset.atom?page=2").await);
    assert_eq!(feed.entries, 20);
    assert_eq!(feed.links["previous"], format!("{BASE}/feeds/dataset.atom"));
    assert_eq!(feed.links["next"], format!("{BASE}/feeds/dataset.atom?page=3"));
    assert_eq!(feed.links["last"], format!("{BASE}/feeds/dataset.atom?page=6"));
}

#[tokio::test]
async fn who_asks_for_rdf_gets_it_where_a_page_lies() {
    let site = site();
    let dataset = format!("/dataset/{SHELTERS}");
    for path in ["/", &dataset] {
        for (accept, kind) in [
            ("text/turtle", "text/turtle"),
            ("application/rdf+xml", "application/rdf+xml"),
            ("application/ld+json, */*;q=0.1", "application/ld+json"),
            ("text/n3", "text/n3"),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
            ("*/*", "text/html"),
            ("text/html;q=0.9, text/turtle;q=0.8", "text/html"),
            ("image/png", "text/html"),
        ] {
            let got = site.with("GET", path, &[("accept", accept)]).await;
            assert_eq!(got.status, StatusCode::OK, "{path} {accept}");
            assert!(got.header("content-type").starts_with(kind), "{path} {accept}: {}", got.header("content-type"));
            let vary: Vec<_> = got.headers.get_all("vary").iter().filter_map(|v| v.to_str().ok()).collect();
            assert!(vary.iter().any(|v| v.eq_ignore_ascii_case("accept")), "{path} {accept}: {vary:?}");
        }
    }
    let catalog = site.with("GET", "/catalog", &[("accept", "text/turtle")]).await;
    assert!(triples(&catalog).len() > 60);
    let browser = site.with("GET", "/catalog", &[("accept", "text/html")]).await;
    assert_eq!((browser.status, browser.header("location")), (StatusCode::SEE_OTHER, "/"));
    let missing = site.with("GET", "/dataset/nothing_here", &[("accept", "text/turtle")]).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert!(missing.header("content-type").starts_with("text/plain"));
}

#[tokio::test]
async fn answers_are_asked_again_cheaply_and_from_everywhere() {
    let site = site();
    let dataset = format!("/dataset/{SHELTERS}.ttl");
    for path in ["/catalog.ttl", &dataset, "/feeds/dataset.atom", "/sitemap.xml", "/robots.txt"] {
        let got = site.get(path).await;
        assert_eq!(got.status, StatusCode::OK, "{path}");
        let (etag, modified) = (got.header("etag").to_owned(), got.header("last-modified").to_owned());
        assert!(etag.starts_with("W/\"") && modified.ends_with("GMT"), "{path}: {etag} {modified}");
        for (name, value) in [("if-none-match", etag.as_str()), ("if-modified-since", modified.as_str())] {
            let again = site.with("GET", path, &[(name, value)]).await;
            assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{path} {name}");
            assert_eq!(again.header("etag"), etag, "{path}");
        }
        let other = site.with("GET", path, &[("if-none-match", "\"other\"")]).await;
        assert_eq!(other.status, StatusCode::OK, "{path}");
        let head = site.with("HEAD", path, &[]).await;
        assert_eq!((head.status, head.body.len(), head.header("etag")), (StatusCode::OK, 0, etag.as_str()), "{path}");
        assert_eq!(head.header("content-type"), got.header("content-type"), "{path}");
        let asked_first = site.with("OPTIONS", path, &[("origin", "https://a.jp")]).await;
        assert_eq!(asked_first.status, StatusCode::NO_CONTENT, "{path}");
        assert_eq!(got.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(site.with("DELETE", path, &[]).await.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
}

#[tokio::test]
async fn hostile_questions_get_400_or_404_and_never_more() {
    let site = site();
    for (path, status) in [
        ("/catalog.ttl?page=0", 400),
        ("/catalog.ttl?page=-1", 400),
        ("/catalog.ttl?page=1e9", 400),
        ("/catalog.ttl?page=%00", 400),
        ("/catalog.ttl?page=%EF%BC%91", 400),
        ("/catalog.ttl?page=18446744073709551616", 200),
        ("/catalog.ttl?page=9223372036854775807", 200),
        ("/catalog.ttl?page=1&page=x", 400),
        ("/catalog.ttl?modified_since=yesterday", 400),
        ("/catalog.ttl?modified_since=2026-02-30", 400),
        ("/catalog.ttl?modified_since=%27%3B--", 400),
        ("/catalog.ttl?profiles=nothing", 400),
        ("/catalog.ttl?profiles=../../etc/passwd", 400),
        ("/catalog.ttl?q=title:(", 400),
        ("/catalog.ttl?q={!func}x", 400),
        ("/catalog.ttl?fq=title:%22a", 400),
        ("/catalog.ttl?fq=%FF%FE", 200),
        ("/catalog.ttl?q=%3Cscript%3Ealert(1)%3C/script%3E", 200),
        ("/catalog.ttl?nonsense=1&_=2&%00=3", 200),
        ("/catalog.exe", 404),
        ("/catalog.", 404),
        ("/catalog.ttl/x", 404),
        ("/dataset/nothing_here.ttl", 404),
        ("/dataset/.ttl", 404),
        ("/dataset/..%2F..%2Fetc%2Fpasswd.ttl", 404),
        ("/dataset/%FF.ttl", 400),
        ("/dataset/222127_hinanjo.exe", 404),
        ("/dataset/222127_hinanjo.ttl.ttl", 404),
        ("/dataset/222127_hinanjo.ttl?profiles=x", 400),
        ("/dataset/222127_hinanjo/resource/x", 404),
        ("/dataset/242039_aed/resource/00000000-0000-0000-0000-000000000000", 404),
        ("/feeds/dataset.atom?page=0", 400),
        ("/feeds/dataset.atom?page=x", 400),
        ("/feeds/dataset.atom?page=99999999999999999999", 200),
        ("/feeds/custom.atom?q=title:(", 400),
        ("/feeds/custom.atom?fq={!x}", 400),
        ("/feeds/organization/nothing.atom", 404),
        ("/feeds/organization/222127", 404),
        ("/feeds/organization/.atom", 404),
        ("/feeds/group/x.atom", 404),
        ("/feeds/tag/%E3%81%AA%E3%81%84.atom", 404),
        ("/feeds/tag/%FF.atom", 404),
        ("/feeds/dataset/nothing.atom", 404),
        ("/sitemap.xml?part=1", 200),
        ("/sitemap.xml?part=0", 404),
        ("/sitemap.xml?part=2", 404),
        ("/sitemap.xml?part=-1", 404),
        ("/sitemap.xml?part=x", 404),
    ] {
        let got = site.get(path).await;
        assert_eq!(got.status.as_u16(), status, "{path}: {}", got.text());
        assert!(!got.text().contains("alert(1)</script>"), "{path}");
    }
    let deep = format!("/catalog.ttl?q={}", "a%20".repeat(5_000));
    assert_eq!(site.get(&deep).await.status, StatusCode::BAD_REQUEST);
    for accept in ["text/turtle;q=NaN", "text/turtle;q=-1", ",,,,;;;", "text/turtle;q=1e40", "\u{7f}"] {
        let headers = [("accept", accept)];
        if http::HeaderValue::from_str(accept).is_ok() {
            assert_eq!(site.with("GET", "/", &headers).await.status, StatusCode::OK, "{accept}");
        }
    }
}

/// What a feed says.
#[derive(Debug, Default)]
struct Feed {
    id: String,
    title: String,
    updated: String,
    links: HashMap<String, String>,
    entries: usize,
    titles: Vec<String>,
    categories: BTreeSet<String>,
}

impl Feed {
    fn read(got: &Got) -> Self {
        assert_eq!(got.status, StatusCode::OK, "{}", got.text());
        assert!(got.header("content-type").starts_with("application/atom+xml"));
        let text = got.text();
        let mut reader = quick_xml::Reader::from_str(&text);
        let (mut feed, mut path): (Self, Vec<String>) = (Self::default(), Vec::new());
        loop {
            let event = reader.read_event().expect("XML can be read");
            let name = |start: &quick_xml::events::BytesStart<'_>| start.name().as_ref().to_owned();
            match &event {
                Event::Eof => break,
                Event::Start(start) => {
                    path.push(name(start));
                    feed.entries += usize::from(path == ["feed", "entry"]);
                }
                Event::End(_) => {
                    path.pop();
                }
                Event::Empty(start) => {
                    let values: HashMap<String, String> = start
                        .attributes()
                        .map(|each| each.expect("an attribute"))
                        .map(|each| {
                            let value = each.value.replace("&amp;", "&");
                            (each.key.as_ref().to_owned(), value)
                        })
                        .collect();
                    if path == ["feed"] && name(start) == "link" {
                        feed.links.insert(values["rel"].clone(), values["href"].clone());
                    }
                    if name(start) == "category" {
                        feed.categories.insert(values["term"].clone());
                    }
                }
                Event::Text(content) => {
                    let content = content.trim().to_owned();
                    match path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                        ["feed", "id"] => feed.id.push_str(&content),
                        ["feed", "title"] => feed.title.push_str(&content),
                        ["feed", "updated"] => feed.updated.push_str(&content),
                        ["feed", "entry", "title"] => feed.titles.push(content),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        feed
    }
}

#[tokio::test]
async fn feeds_tell_what_is_new() {
    let site = site();
    let all = Feed::read(&site.get("/feeds/dataset.atom").await);
    assert_eq!(all.titles, ["都市公園一覧", "AED設置箇所", "指定緊急避難場所"]);
    assert_eq!(all.id, format!("{BASE}/feeds/dataset.atom"));
    assert_eq!(all.updated, "2026-11-03T00:00:00Z");
    for (relation, address) in [
        ("self", "/feeds/dataset.atom"),
        ("first", "/feeds/dataset.atom"),
        ("last", "/feeds/dataset.atom"),
        ("alternate", "/dataset"),
    ] {
        assert_eq!(all.links[relation], format!("{BASE}{address}"), "{relation}");
    }
    assert!(!all.links.contains_key("next") && all.categories.contains("防災"));
    for (path, titles) in [
        ("organization/222127.atom", vec!["都市公園一覧", "指定緊急避難場所"]),
        ("tag/%E9%98%B2%E7%81%BD.atom", vec!["AED設置箇所", "指定緊急避難場所"]),
        ("custom.atom?q=AED", vec!["AED設置箇所"]),
        ("custom.atom?organization=222127&tags=%E5%85%AC%E5%9C%92&utm_source=x", vec!["都市公園一覧"]),
        ("custom.atom?fq=organization:242039", vec!["AED設置箇所"]),
        ("custom.atom?q=%E3%81%AA%E3%81%84%E8%AA%9E", vec![]),
        ("dataset/222127_kouen.atom", vec!["都市公園一覧(第1版)"]),
    ] {
        let feed = Feed::read(&site.get(&format!("/feeds/{path}")).await);
        assert_eq!(feed.titles, titles, "{path}");
        assert!(!feed.id.is_empty() && !feed.title.is_empty() && feed.updated.ends_with('Z'), "{path}");
    }
    let id = site.app.catalogue().organization("222127").expect("a publisher").id;
    assert_eq!(
        Feed::read(&site.get(&format!("/feeds/organization/{id}.atom")).await).id,
        format!("{BASE}/feeds/organization/222127.atom")
    );
    let custom = Feed::read(&site.get("/feeds/custom.atom?q=AED&page=1").await);
    assert_eq!(custom.links["alternate"], format!("{BASE}/dataset?q=AED"));
    assert_eq!(custom.links["self"], format!("{BASE}/feeds/custom.atom?q=AED"));
}

#[tokio::test]
async fn pages_name_their_feeds_and_graphs_and_say_what_they_hold() {
    let site = site();
    for (path, feed) in [
        ("/", "/feeds/dataset.atom"),
        ("/dataset", "/feeds/dataset.atom"),
        ("/dataset?q=AED&page=2", "/feeds/custom.atom?q=AED"),
        ("/organization/222127", "/feeds/organization/222127.atom"),
        ("/dataset/222127_kouen", "/feeds/dataset/222127_kouen.atom"),
    ] {
        let page = site.get(path).await.text();
        let link = page.lines().find(|line| line.contains("application/atom+xml")).unwrap_or_default();
        assert!(
            link.starts_with("<link rel=\"alternate\"") && link.contains(&format!("href=\"{feed}\"")),
            "{path}: {link}"
        );
        assert_eq!(site.get(feed).await.status, StatusCode::OK, "{feed}");
    }
    let page = site.get(&format!("/dataset/{SHELTERS}")).await;
    assert!(
        page.text()
            .contains(&format!("type=\"text/turtle\" title=\"メタデータ(DCAT)\" href=\"/dataset/{SHELTERS}.ttl\""))
    );
    let about = structured(&page);
    assert_eq!((&about["@context"], &about["@type"]), (&Json::from("https://schema.org/"), &Json::from("Dataset")));
    assert_eq!(about["name"], "指定緊急避難場所");
    assert!(about["description"].as_str().is_some_and(|text| text.chars().count() >= 50));
    assert_eq!(about["distribution"].as_array().map(Vec::len), Some(5));
    assert_eq!(about["spatialCoverage"]["geo"]["box"], "34.802 138.29 34.8668 138.3236");
    assert_eq!(about["includedInDataCatalog"]["@type"], "DataCatalog");
    assert_eq!(structured(&site.get("/").await)["@type"], "DataCatalog");
    // The policy allows no inline script; a data block is none.
    assert!(page.header("content-security-policy").contains("script-src 'self';"));
    assert!(!site.get("/terms").await.text().contains("ld+json"));
    assert!(site.get("/help").await.text().contains("id=\"standard-08\""), "the node of a sheet is a place there");
}

fn structured(page: &Got) -> Json {
    let text = page.text();
    let (_, rest) = text.split_once("<script type=\"application/ld+json\">").expect("a data block");
    let (inner, _) = rest.split_once("</script>").expect("its end");
    assert!(!inner.contains(['<', '>', '&']), "{inner}");
    serde_json::from_str(inner).expect("JSON")
}

#[tokio::test]
async fn search_engines_find_every_page() {
    let site = site();
    let robots = site.get("/robots.txt").await;
    assert!(robots.text().lines().any(|line| line == format!("Sitemap: {BASE}/sitemap.xml")), "{}", robots.text());
    let map = site.get("/sitemap.xml").await;
    assert!(map.header("content-type").starts_with("application/xml"));
    let text = map.text();
    let addresses: Vec<&str> =
        text.split("<loc>").skip(1).map(|rest| rest.split("</loc>").next().unwrap_or_default()).collect();
    for path in ["/", "/dataset/222127_hinanjo", "/dataset/242039_aed", "/organization/242039", "/map/222127_hinanjo"] {
        assert!(addresses.contains(&format!("{BASE}{path}").as_str()), "{path}: {addresses:?}");
    }
    assert!(text.contains(&format!("<loc>{BASE}/dataset/222127_kouen</loc><lastmod>2026-11-03T00:00:00Z</lastmod>")));
    for address in addresses {
        let path = address.strip_prefix(BASE).expect("an address of this site");
        let page = site.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert!(!page.text().contains("noindex"), "{path}");
    }
}
