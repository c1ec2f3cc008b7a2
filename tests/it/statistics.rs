//! The public statistics: pages, files, the open dataset of daily figures, what CKAN's clients ask for, and that what is
//! withheld cannot be reckoned back.

use std::collections::BTreeMap;
use std::sync::Arc;

use hiraku::clock::{Clock, SetClock};
use hiraku::config::Config;
use hiraku::count::access::{Access, layer_target};
use hiraku::count::counter::Counter;
use hiraku::count::definition::Definition;
use hiraku::count::kpi::Indicator;
use hiraku::count::report::{Coverage, TargetName};
use hiraku::count::statistics::{Scope, Shown, Sources, Statistics, Sum, View};
use hiraku::count::target::{TargetKind, of_catalogue};
use hiraku::http::app::App;
use hiraku::model::catalogue::Format;
use hiraku::model::time::FiscalYear;
use hiraku::schema::licence_or_unknown;
use http::StatusCode;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::count_city::{BY_HAND, CHROME, CURL, City, at, open_counter, random, report};
use crate::http_site::{LAYER, SHELTERS, Site, site};

const NOW: &str = "2026-11-21T09:45:00Z";
const POPULAR_DAYS: i8 = 10;

/// A site with figures of October 2026 and of three days in November: the shelters eight accesses and six downloads a
/// day, another dataset one access a day.
struct Counted {
    site: Site,
    city: City,
    second: String,
}

fn counted() -> Counted {
    let mut site = site();
    let mut city = City::new("2026-10-01T00:00:00Z");
    let catalogue = site.app.catalogue();
    city.counts.remember_targets(&of_catalogue(&catalogue)).expect("kept");
    let shelters = catalogue.dataset(SHELTERS).expect("a dataset");
    let csv = shelters.distributions.iter().find(|own| own.format == Format::Csv).expect("a file").id.uuid();
    let second = catalogue.datasets().iter().find(|own| own.name != shelters.name).expect("another").clone();
    let days = (1..=POPULAR_DAYS).map(|day| (10, day)).chain([(11, 18), (11, 19), (11, 20)]);
    for (month, day) in days {
        let time = |minute: u32| format!("2026-{month:02}-{day:02}T01:{minute:02}:00Z");
        for visitor in 0..8_u32 {
            let address = format!("192.0.2.{}", visitor + 1);
            city.get(&time(visitor), &address, CHROME, Access::DatasetPage(shelters.id.uuid()));
            if visitor < 6 {
                let download = Access::Download { distribution: csv, in_parts: false };
                city.get(&time(visitor + 10), &address, CHROME, download);
            }
        }
        city.get(&time(30), "192.0.2.50", CHROME, Access::DatasetPage(second.id.uuid()));
        city.get(&time(31), "192.0.2.51", CURL, Access::Download { distribution: csv, in_parts: false });
        city.get(&time(32), "192.0.2.50", CHROME, Access::MapOpen { map: layer_target(LAYER), embed: false });
        city.get(&time(33), "192.0.2.60", "Googlebot/2.1", Access::DatasetPage(second.id.uuid()));
        city.counter().tick();
    }
    city.counter = None;
    city.roll_up(NOW);
    site.app = with_counts(&site, &city);
    site.router = hiraku::http::router(Arc::clone(&site.app));
    Counted { second: second.name.to_string(), site, city }
}

fn with_counts(site: &Site, city: &City) -> Arc<App> {
    let catalogue = site.app.store.load_catalogue(hiraku::schema::licence_or_unknown).expect("a catalogue");
    let (store, objects) = (Arc::clone(&site.app.store), site.app.objects.clone());
    let app = App::new(site.app.config.clone(), Arc::clone(&site.app.clock), store, objects, catalogue);
    let counts = Arc::new(crate::count_city::open_counts(city.data.path()));
    Arc::new(app.with_counts(counts))
}

async fn statistics(site: &Site, path: &str) -> Json {
    let got = site.get(path).await;
    assert_eq!(got.status, StatusCode::OK, "{path}: {}", got.text());
    got.json()["statistics"].take()
}

fn figure(statistics: &Json, label: &str, indicator: &str) -> (String, Option<u64>) {
    let place = statistics["indicators"].as_array().expect("a list").iter().position(|own| own == indicator);
    let periods = statistics["periods"].as_array().expect("a list");
    let period = periods.iter().find(|own| own["label"] == label).expect("a period");
    let cell = &period["figures"][place.expect("an indicator")];
    (cell["status"].as_str().expect("a status").to_owned(), cell["value"].as_u64())
}

#[tokio::test]
async fn the_sums_of_the_site_and_of_an_organization_are_those_of_the_report() {
    let made = counted();
    let report = report(&made.city.counts, "R8");
    let all = statistics(&made.site, "/stats.json").await;
    for month in &report.months {
        let expected = [
            ("accesses", month.accesses),
            ("downloads", month.downloads),
            ("machine-requests", month.machine_requests),
            ("map-sessions", month.map_sessions),
            ("viewers", month.viewers),
            ("layer-uses", month.layer_uses),
        ];
        if month.month.as_str() > "2026-11" {
            continue;
        }
        for (indicator, value) in expected {
            // Of the month that runs in fives.
            let told =
                if month.month == "2026-11" { value.map(|own| own / 5 * 5).filter(|own| *own > 0) } else { value };
            assert_eq!(figure(&all, &month.month, indicator).1, told, "{} {indicator}", month.month);
        }
    }
    let days = u64::try_from(POPULAR_DAYS).expect("few");
    assert_eq!(figure(&all, "2026-10", "accesses"), ("exact".to_owned(), Some(days * 15)));
    assert_eq!(figure(&all, "2026-04", "accesses"), ("unobserved".to_owned(), None), "missing is not zero");
    let organization = statistics(&made.site, "/stats/222127.json").await;
    assert_eq!(figure(&organization, "2026-10", "downloads"), ("exact".to_owned(), Some(days * 6)));
    let years = statistics(&made.site, "/stats.json?by=year").await;
    assert_eq!(figure(&years, "R8", "accesses"), ("at-least".to_owned(), Some((days + 3) * 15)));
    // What is told of answers that were not counted is the report's too.
    assert_eq!(all["served_total"], report.served_total);
    let robots = all["served"].as_array().expect("a list").iter().find(|own| own["class"] == "robot");
    assert_eq!(robots.expect("robots are shown")["answers"], days + 3);
}

#[tokio::test]
async fn a_page_and_its_files_say_the_same() {
    let made = counted();
    let second = &made.second;
    for path in [
        "/stats".to_owned(),
        "/stats/222127".to_owned(),
        format!("/stats/dataset/{SHELTERS}"),
        format!("/stats/dataset/{second}"),
        format!("/stats/layer/{LAYER}"),
    ] {
        for query in ["", "?by=year", "?by=day&month=2026-10", "?by=day", "?fiscal-year=R7"] {
            let page = made.site.get(&format!("{path}{query}")).await;
            assert_eq!(page.status, StatusCode::OK, "{path}{query}");
            let html = page.text();
            let json = statistics(&made.site, &format!("{path}.json{query}")).await;
            let csv = made.site.get(&format!("{path}.csv{query}")).await;
            assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
            let text = csv.text();
            assert!(text.starts_with("\u{feff}初日,最終日,対象の種類,"), "{text}");
            let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
            let lines: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("CSV");
            let indicators = json["indicators"].as_array().expect("a list").len();
            let periods = json["periods"].as_array().expect("a list");
            assert_eq!(lines.len(), periods.len() * indicators, "{path}{query}");
            for (index, line) in lines.iter().enumerate() {
                let cell = &periods[index / indicators]["figures"][index % indicators];
                let value = cell["value"].as_u64();
                assert_eq!(line[8].parse().ok(), value, "{path}{query} line {index}");
                assert_eq!(line[9], *cell["status"].as_str().expect("a status"), "{path}{query} line {index}");
            }
            // The table beside the charts holds each figure, in the order of the periods.
            let table = html.split("id=\"numbers-caption\"").nth(1).expect("a table").split("</table>").next();
            let body = table.expect("it ends").split("<tbody>").nth(1).expect("a body").split("</tbody>").next();
            let cells: Vec<&str> = body.expect("it ends").split("<td class=\"number\">").skip(1).collect();
            assert_eq!(cells.len(), periods.len() * (indicators + 1), "{path}{query}");
            for (index, period) in periods.iter().enumerate() {
                for place in 0..indicators {
                    let cell = &period["figures"][place];
                    let expected = match (cell["status"].as_str(), cell["value"].as_u64()) {
                        (Some("exact"), Some(value)) => format!("{value}<"),
                        (Some("at-least"), Some(value)) => format!("{value}以上<"),
                        (Some("withheld"), None) => "非公表<".to_owned(),
                        (Some("unobserved"), None) => "記録なし<".to_owned(),
                        other => panic!("{other:?}"),
                    };
                    let found = cells[index * (indicators + 1) + place];
                    assert!(found.starts_with(&expected), "{path}{query}: {found} is not {expected}");
                }
            }
            assert_eq!(html.matches("<svg class=\"chart\"").count(), indicators, "{path}{query}");
            assert!(!html.contains("style="), "{path}{query}");
        }
    }
}

#[tokio::test]
async fn a_small_dataset_is_withheld_and_the_month_that_runs_is_told_in_fives() {
    let made = counted();
    let shelters = statistics(&made.site, &format!("/stats/dataset/{SHELTERS}.json")).await;
    // Eight page views and six downloads a day; two views a day were no downloads.
    let days = u64::try_from(POPULAR_DAYS).expect("few");
    assert_eq!(figure(&shelters, "2026-10", "accesses"), ("exact".to_owned(), Some(days * 14)));
    assert_eq!(figure(&shelters, "2026-11", "accesses"), ("at-least".to_owned(), Some(40)));
    assert_eq!(figure(&shelters, "2026-11", "downloads"), ("at-least".to_owned(), Some(15)));
    let second = statistics(&made.site, &format!("/stats/dataset/{}.json", made.second)).await;
    assert_eq!(figure(&second, "2026-11", "accesses"), ("withheld".to_owned(), None), "three are under five");
    // Its ten of October are shown, but not its single ones of each day, nor the days of the shelters that would give
    // them back as the rest of the whole.
    assert_eq!(figure(&second, "2026-10", "accesses"), ("exact".to_owned(), Some(days)));
    for name in [SHELTERS, &made.second] {
        let by_day = statistics(&made.site, &format!("/stats/dataset/{name}.json?by=day&month=2026-10")).await;
        assert_eq!(figure(&by_day, "2026-10-03", "accesses"), ("withheld".to_owned(), None), "{name}");
    }
    let by_day = statistics(&made.site, "/stats.json?by=day&month=2026-10").await;
    assert_eq!(figure(&by_day, "2026-10-03", "accesses"), ("exact".to_owned(), Some(15)));
    // Rows in which nothing is shown are counted, not listed.
    let html = made.site.get("/stats").await.text();
    assert!(html.contains("公表できる数のないデータセットが"), "{html}");
    assert_eq!(figure(&by_day, "2026-10-20", "accesses").0, "unobserved");
}

/// All that is published of accesses in the month that runs, of the site and of an organization.
async fn published(site: &Site) -> Vec<(String, Json)> {
    let mut all = Vec::new();
    for path in [
        "/stats.json",
        "/stats.json?by=day&month=2026-11",
        "/stats.json?by=year",
        "/stats/222127.json",
        "/stats/222127.json?by=day&month=2026-11",
        "/stats/222127.json?by=year",
    ] {
        let statistics = statistics(site, path).await;
        for part in ["periods", "totals", "parts"] {
            all.push((format!("{path} {part}"), statistics[part].clone()));
        }
    }
    all.push(("daily".to_owned(), site.get("/stats/daily.json").await.json()["lines"].take()));
    all.push(("kpi".to_owned(), site.get("/stats/kpi.json").await.json()["rows"].take()));
    let html = site.get("/stats").await.text();
    let figures = html.split("<dl class=\"figures\">").nth(1).and_then(|rest| rest.split("</dl>").next());
    all.push(("page".to_owned(), Json::from(figures.expect("key figures"))));
    all
}

/// One more use on the present day: of 15 a day for three days, 45 are published until there are 50.
#[tokio::test]
async fn whoever_asks_for_totals_again_and_again_learns_of_no_single_use() {
    let mut made = counted();
    let before = published(&made.site).await;
    let shelters = made.site.app.catalogue().dataset(SHELTERS).expect("a dataset").id.uuid();
    for visitor in 0..5_u8 {
        made.city.clock.set(at("2026-11-21T09:00:00Z"));
        made.city.counter = Some(open_counter(made.city.data.path(), &made.city.clock, BY_HAND));
        let (time, address) = (format!("2026-11-21T09:0{visitor}:00Z"), format!("192.0.2.{}", 100 + visitor));
        made.city.get(&time, &address, CHROME, Access::DatasetPage(shelters));
        made.city.counter = None;
        made.city.roll_up(NOW);
        let exact = report(&made.city.counts, "R8");
        assert_eq!(exact.months[7].accesses, Some(46 + u64::from(visitor)), "the report itself is exact");
        made.site.app = with_counts(&made.site, &made.city);
        made.site.router = hiraku::http::router(Arc::clone(&made.site.app));
        let now = published(&made.site).await;
        for ((name, old), (_, new)) in before.iter().zip(&now) {
            // That the present day was observed is told in any case; a dataset has fives of its own.
            let is_other = name.contains("by=day") || name == "daily" || name.ends_with("parts");
            if visitor < 4 && !is_other {
                assert_eq!(old, new, "{name} after {} more", visitor + 1);
            }
        }
    }
    let organization = statistics(&made.site, "/stats/222127.json").await;
    assert_eq!(figure(&organization, "2026-11", "accesses"), ("at-least".to_owned(), Some(50)), "five more are told");
    let kpi = made.site.get("/stats/kpi/222127.json").await.json();
    let row = kpi["rows"].as_array().expect("rows").iter().find(|row| row["key"] == "accesses").expect("a row");
    assert_eq!(row["actual"], 150 + 50);
    assert!(row["note"].as_str().is_some_and(|note| note.contains("5件きざみ")), "{row}");
}

#[tokio::test]
async fn an_answer_made_of_figures_is_kept_until_the_next_roll_up() {
    let mut made = counted();
    let clock = Arc::new(SetClock::new(at(NOW)));
    let (old, catalogue) = (Arc::clone(&made.site.app), made.site.app.store.load_catalogue(licence_or_unknown));
    let app = App::new(
        old.config.clone(),
        Arc::clone(&clock) as Arc<dyn Clock>,
        Arc::clone(&old.store),
        old.objects.clone(),
        catalogue.expect("a catalogue"),
    );
    made.site.app = Arc::new(app.with_counts(Arc::new(crate::count_city::open_counts(made.city.data.path()))));
    made.site.router = hiraku::http::router(Arc::clone(&made.site.app));
    made.site.app.note_roll_up();
    let mut before = Vec::new();
    for path in ["/stats", "/stats.csv", "/stats.json", "/stats/daily.csv"] {
        before.push((path, made.site.get(path).await.text()));
    }
    let definition = Definition::bundled(&[], &[]).expect("it fits");
    let own = Arc::clone(&made.city.clock);
    own.set(at("2026-11-21T01:00:00Z"));
    let counter = Counter::open(&made.city.data.path().join("counts"), definition, BY_HAND, own, random);
    made.city.counter = Some(counter.expect("it opens"));
    let page = Access::DatasetPage(made.site.app.catalogue().dataset(SHELTERS).expect("a dataset").id.uuid());
    for visitor in 0..20 {
        made.city.get("2026-11-21T01:00:00Z", &format!("192.0.2.{}", visitor + 1), CHROME, page);
    }
    made.city.counter = None;
    made.city.roll_up(NOW);
    for (path, text) in &before {
        assert_eq!(made.site.get(path).await.text(), *text, "{path} is not made again");
    }
    clock.set(at("2026-11-21T09:46:00Z"));
    made.site.app.note_roll_up();
    for (path, text) in &before {
        assert_ne!(made.site.get(path).await.text(), *text, "{path} tells the new figures");
    }
}

#[tokio::test]
async fn other_sites_may_read_every_file_beside_a_page() {
    let made = counted();
    for path in [
        "/stats.csv",
        "/stats.json",
        "/stats/222127.json",
        "/stats/daily.csv",
        "/stats/kpi.json",
        "/stats/kpi.xlsx",
        "/dataset.json",
        "/organization.csv",
        "/map.geojson",
        &format!("/dataset/{SHELTERS}.csv"),
    ] {
        let got = made.site.get(path).await;
        assert_eq!((got.status, got.header("access-control-allow-origin")), (StatusCode::OK, "*"), "{path}");
        let asked = made.site.with("OPTIONS", path, &[("origin", "https://example.jp")]).await;
        assert_eq!(
            (asked.status, asked.header("access-control-allow-origin")),
            (StatusCode::NO_CONTENT, "*"),
            "{path}"
        );
    }
    let page = made.site.get("/stats").await;
    assert_eq!(page.header("access-control-allow-origin"), "", "a page is not for the scripts of others");
}

#[tokio::test]
async fn gaps_and_breaks_are_drawn_and_told() {
    let mut made = counted();
    // From the twentieth on another definition: the networks of the city hall have changed.
    let definition = Definition::bundled(&["203.0.113.0/24".parse().expect("a network")], &[]).expect("it fits");
    made.city.counts.remember_definition(&definition).expect("kept");
    let clock = Arc::clone(&made.city.clock);
    clock.set(at("2026-11-21T01:00:00Z"));
    let counter = Counter::open(&made.city.data.path().join("counts"), definition, BY_HAND, clock, random);
    made.city.counter = Some(counter.expect("it opens"));
    made.city.get("2026-11-21T01:00:00Z", "192.0.2.1", CHROME, Access::SitePage);
    made.city.counter = None;
    made.city.roll_up(NOW);
    let html = made.site.get("/stats?by=day").await.text();
    assert!(html.contains("2026年11月21日から計数定義が変わりました"), "{html}");
    assert!(html.contains("class=\"break\"") && html.contains("class=\"gap\""));
    assert!(html.contains("記録のない期間: 2026年11月1日〜2026年11月17日"));
    assert!(html.matches("識別子 ").count() >= 2, "both definitions are named");
}

#[tokio::test]
async fn the_daily_figures_are_a_dataset_of_their_own() {
    let made = counted();
    let page = made.site.get("/stats/daily").await.text();
    for word in ["初日", "first_day", "観測率", "/stats/daily.csv?fiscal-year=R8", "利用条件"] {
        assert!(page.contains(word), "{word}");
    }
    let csv = made.site.get("/stats/daily.csv").await.text();
    let mut reader = csv::Reader::from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let lines: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("CSV");
    let json = made.site.get("/stats/daily.json?fiscal-year=R8").await.json();
    assert_eq!(json["lines"].as_array().map(Vec::len), Some(lines.len()));
    assert_eq!(json["columns"].as_array().map(Vec::len), Some(13));
    assert_eq!(json["licence"]["id"], "cc-by-4.0");
    let site: Vec<_> = lines.iter().filter(|line| &line[0] == "2026-10-03" && &line[2] == "site").collect();
    assert_eq!(site.len(), 6);
    assert_eq!((&site[0][6], &site[0][8]), ("accesses", "15"));
    assert!(lines.iter().all(|line| !matches!(line[8].parse::<u64>(), Ok(1..=4))), "no small cell");
    assert_eq!(made.site.get("/stats/daily.csv?fiscal-year=R99").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_daily_figures_stand_in_the_catalogue_as_a_dataset_of_the_site() {
    const NAME: &str = "daily-access-figures";
    let made = counted();
    let site = &made.site;
    let cities = site.app.catalogue().datasets_of_cities().count();
    let names = site.result("package_list").await;
    assert_eq!(names.as_array().map(Vec::len), Some(cities + 1));
    assert!(names.as_array().expect("a list").iter().any(|name| name == NAME));
    let package = site.result(&format!("package_show?id={NAME}")).await;
    assert_eq!((&package["license_id"], &package["isopen"]), (&Json::from("cc-by-4.0"), &Json::from(true)));
    assert_eq!(package["organization"]["title"], site.app.config.site_title);
    let extra = |key: &str| {
        let all = package["extras"].as_array().expect("a list");
        all.iter().find(|own| own["key"] == key).map(|own| own["value"].as_str().unwrap_or("").to_owned())
    };
    assert_eq!(extra("frequency").as_deref(), Some("R/P1D"));
    assert_eq!(extra("temporal_start").as_deref(), Some("2026-10-01"));
    assert_eq!(extra("temporal_end").as_deref(), Some("2026-11-21"));
    assert_eq!(extra("municipality_code"), None, "the site is no municipality");
    // One file of each year with figures; what its address answers is the file of the statistics.
    let resources = package["resources"].as_array().expect("a list");
    assert_eq!(resources.len(), 1);
    assert_eq!((&resources[0]["format"], &resources[0]["datastore_active"]), (&Json::from("CSV"), &Json::from(false)));
    let url = resources[0]["url"].as_str().expect("an address");
    let path = url.strip_prefix(site.app.config.public_url().as_str()).expect("of this site");
    assert_eq!(site.get(path).await.body, site.get("/stats/daily.csv?fiscal-year=R8").await.body);
    let id = resources[0]["id"].as_str().expect("an id");
    let sent = site.get(&format!("/dataset/{NAME}/resource/{id}/download/daily.csv")).await;
    assert_eq!((sent.status, sent.header("location")), (StatusCode::TEMPORARY_REDIRECT, path));
    assert_eq!(site.result(&format!("resource_show?id={id}")).await["package_id"], package["id"]);

    let found = site.result("package_search?q=%E6%97%A5%E5%88%A5%E3%81%AE%E5%88%A9%E7%94%A8%E3%81%AE%E6%95%B0").await;
    assert_eq!(found["results"][0]["name"], NAME);
    let found = site.result("package_search?fq=organization:site").await;
    assert_eq!(found["count"], 1);
    let cities_alone = site.result("organization_list").await;
    assert!(cities_alone.as_array().expect("a list").iter().all(|name| name != "site"), "it is no city");
    assert_eq!(site.result("organization_show?id=site").await["package_count"], 1);
    let turtle = site.get(&format!("/dataset/{NAME}.ttl")).await.text();
    for word in ["DAILY", "2026-10-01", "/stats/daily.csv?fiscal-year=R8", "creativecommons"] {
        assert!(turtle.contains(word), "{word}: {turtle}");
    }
    assert!(site.get("/catalog.ttl").await.text().contains(package["id"].as_str().expect("an id")));
    assert!(site.get("/sitemap.xml").await.text().contains(&format!("/dataset/{NAME}<")));
    let page = site.get(&format!("/dataset/{NAME}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("毎日更新") && page.text().contains("href=\"/stats/daily\""), "{}", page.text());

    // No figure of the cities knows of it, and who looks at it raises none.
    let city = site.result("organization_show?id=222127").await;
    let own =
        site.app.catalogue().datasets_of_cities().filter(|own| own.organization.name.as_str() == "222127").count();
    assert_eq!(city["package_count"], own);
    let public = hiraku::count::target::public_of_catalogue(&site.app.catalogue(), date(2026, 11, 21));
    assert_eq!(public.iter().map(|row| row.datasets).sum::<u64>(), cities as u64);
    assert!(of_catalogue(&site.app.catalogue()).iter().all(|target| target.name != NAME));
    assert_eq!(site.get(&format!("/stats/dataset/{NAME}.json")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.get("/stats/site.json").await.status, StatusCode::NOT_FOUND);
    assert!(!site.get("/feeds/dataset.atom").await.text().contains(NAME), "what changes every day is no news");
}

#[tokio::test]
async fn looking_at_the_dataset_of_daily_figures_is_a_use_of_no_dataset() {
    use hiraku::http::counting::{COUNTED, Counting, counted as with_counting};
    let mut made = counted();
    made.city.counter = Some(open_counter(made.city.data.path(), &made.city.clock, BY_HAND));
    let config = Config { counting_debug: true, ..Config::default() };
    let counter = Arc::new(made.city.counter.take().expect("open"));
    let counting = Arc::new(Counting::new(counter, &config).expect("a header name"));
    made.site.router = with_counting(made.site.router.clone(), counting);
    let agent = [("user-agent", CHROME)];
    for (path, how) in [
        ("/dataset/daily-access-figures", "browser/counted"),
        ("/stats/daily.csv", "browser/counted"),
        ("/api/3/action/package_show?id=daily-access-figures", "browser/other"),
    ] {
        assert_eq!(made.site.with("GET", path, &agent).await.header(COUNTED.as_str()), how, "{path}");
    }
    let before = report(&made.city.counts, "R8");
    made.city.roll_up("2026-11-21T09:46:00Z");
    let after = report(&made.city.counts, "R8");
    let of = |report: &hiraku::count::report::Report, measure| crate::count_city::sum(report, measure, "browser");
    assert_eq!(of(&after, "investigations"), of(&before, "investigations"));
    assert_eq!(of(&after, "page-views"), of(&before, "page-views") + 2);
}

#[tokio::test]
async fn the_dataset_of_daily_figures_can_be_turned_off_and_is_renewed_with_the_day() {
    let made = counted();
    let app = |daily_figures: bool, now: &str| {
        let config = Config { daily_figures, ..made.site.app.config.clone() };
        let catalogue = made.site.app.store.load_catalogue(licence_or_unknown).expect("a catalogue");
        let (store, objects) = (Arc::clone(&made.site.app.store), made.site.app.objects.clone());
        let clock = Arc::new(SetClock::new(at(now)));
        let shared: Arc<SetClock> = Arc::clone(&clock);
        let counts = Arc::new(crate::count_city::open_counts(made.city.data.path()));
        (App::new(config, shared, store, objects, catalogue).with_counts(counts), clock)
    };
    let last_day =
        |app: &App| app.catalogue().dataset("daily-access-figures").and_then(|own| own.of_site).map(|own| own.last_day);
    let (off, _) = app(false, NOW);
    assert_eq!(last_day(&off), None);
    let (on, clock) = app(true, NOW);
    assert_eq!(last_day(&on), Some(date(2026, 11, 21)));
    clock.set(at("2026-11-21T15:00:00Z"));
    on.renew_daily_figures();
    assert_eq!(last_day(&on), Some(date(2026, 11, 22)), "the next day in Japan");
    // A new catalogue brings it along.
    on.swap_catalogue(made.site.app.store.load_catalogue(licence_or_unknown).expect("a catalogue"));
    assert_eq!(last_day(&on), Some(date(2026, 11, 22)));
    assert_eq!(on.catalogue().datasets().len(), on.catalogue().datasets_of_cities().count() + 1);
}

#[tokio::test]
async fn ckan_clients_get_tracking_summaries_and_orders_by_views() {
    let made = counted();
    let site = &made.site;
    let package = site.result(&format!("package_show?id={SHELTERS}&include_tracking=true")).await;
    // 13 days of 14 accesses are 182; of these three days lie within the last fourteen.
    assert_eq!(package["tracking_summary"], serde_json::json!({ "total": 180, "recent": 40 }));
    let csv = package["resources"].as_array().expect("a list").iter().find(|own| own["format"] == "CSV");
    assert_eq!(csv.expect("a CSV file")["tracking_summary"], serde_json::json!({ "total": 75, "recent": 15 }));
    let id = csv.expect("a CSV file")["id"].as_str().expect("an id").to_owned();
    let resource = site.result(&format!("resource_show?id={id}&include_tracking=true")).await;
    assert_eq!(resource["tracking_summary"]["total"], 75);
    assert!(site.result(&format!("package_show?id={SHELTERS}")).await.get("tracking_summary").is_none());
    let names = |result: &Json| -> Vec<String> {
        let list = result["results"].as_array().expect("a list");
        list.iter().map(|own| own["name"].as_str().expect("a name").to_owned()).collect()
    };
    let found = site.result("package_search?sort=views_recent%20desc&include_tracking=true").await;
    assert_eq!(names(&found)[0], SHELTERS);
    assert_eq!(found["results"][0]["tracking_summary"]["recent"], 40);
    let last = names(&site.result("package_search?sort=views_total%20asc").await);
    assert_eq!(last.last().map(String::as_str), Some(SHELTERS));
    let page = site.get("/dataset?sort=used").await.text();
    let first = page.split("<ul class=\"results\">").nth(1).expect("results");
    assert!(first.find(SHELTERS).expect("it is there") < first.find(&made.second).expect("it is there"));
    assert!(page.contains("よく使われている順") && page.contains("/stats#definition"));
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused() {
    let made = counted();
    for (path, status) in [
        ("/stats?by=week", 400),
        ("/stats?by=day&month=2026-13", 400),
        ("/stats?by=day&month=2027-01", 400),
        ("/stats?by=day&month=0001-01", 400),
        ("/stats?by=day&month=%2B202-01", 400),
        ("/stats?fiscal-year=R99", 400),
        ("/stats/999999", 404),
        ("/stats/dataset/nothing", 404),
        ("/stats/layer/nothing.json", 404),
        ("/stats/222127.xlsx", 404),
        ("/stats?by=day&month=1990-04", 200),
        ("/stats.csv?by=year&fiscal-year=R1", 200),
    ] {
        assert_eq!(made.site.get(path).await.status.as_u16(), status, "{path}");
    }
    let uncounted = site();
    assert_eq!(uncounted.get("/stats").await.status, StatusCode::OK);
    for path in ["/stats.csv", "/stats/daily.csv"] {
        assert_eq!(uncounted.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// A month of a few days, for each organization its datasets with their accesses by day.
type Month = Vec<Vec<Vec<u64>>>;

const FIRST: Date = date(2026, 6, 1);

fn sources(month: &Month) -> Sources {
    let mut sources = Sources::default();
    for (organization, datasets) in month.iter().enumerate() {
        for (dataset, days) in datasets.iter().enumerate() {
            let target = id(organization, dataset);
            let name = TargetName {
                kind: TargetKind::Dataset,
                organization: format!("o{organization}"),
                name: format!("d{organization}-{dataset}"),
                title: String::new(),
            };
            sources.names.insert(target, name);
            let mut sum = 0;
            for (day, value) in days.iter().enumerate() {
                let day = FIRST + jiff::Span::new().days(i64::try_from(day).expect("few"));
                sources.observed.insert(day, Coverage { minutes_up: 60, minutes_live: 60, lost: 0, gaps: 0 });
                if *value > 0 {
                    sources.days.push(Sum { day, target, indicator: Indicator::Accesses, value: *value });
                }
                sum += value;
            }
            if sum > 0 {
                sources.months.push(Sum { day: FIRST, target, indicator: Indicator::Accesses, value: sum });
            }
        }
    }
    sources
}

fn id(organization: usize, dataset: usize) -> Uuid {
    Uuid::from_u128(1 + organization as u128 * 100 + dataset as u128)
}

const PRIME: u64 = 1_000_000_007;

fn power(base: u64, mut exponent: u64) -> u64 {
    let (mut base, mut result) = (base % PRIME, 1);
    while exponent > 0 {
        if exponent % 2 == 1 {
            result = result * base % PRIME;
        }
        base = base * base % PRIME;
        exponent /= 2;
    }
    result
}

/// What follows from equations: their span, row by row, each led by a column of its own.
#[derive(Default)]
struct Span(BTreeMap<usize, Vec<u64>>);

impl Span {
    fn reduce(&self, mut row: Vec<u64>) -> Vec<u64> {
        for (lead, own) in &self.0 {
            let factor = row[*lead];
            if factor != 0 {
                for (cell, value) in row.iter_mut().zip(own) {
                    *cell = (*cell + (PRIME - factor) * value) % PRIME;
                }
            }
        }
        row
    }

    fn add(&mut self, row: Vec<u64>) {
        let mut row = self.reduce(row);
        if let Some(lead) = row.iter().position(|cell| *cell != 0) {
            let inverse = power(row[lead], PRIME - 2);
            for cell in &mut row {
                *cell = *cell * inverse % PRIME;
            }
            for own in self.0.values_mut() {
                let factor = own[lead];
                for (cell, value) in own.iter_mut().zip(&row) {
                    *cell = (*cell + (PRIME - factor) * value) % PRIME;
                }
            }
            self.0.insert(lead, row);
        }
    }

    fn tells(&self, row: Vec<u64>) -> bool {
        self.reduce(row).iter().all(|cell| *cell == 0)
    }
}

/// Everything that is published of the month, put together against what is withheld.
fn attack(month: &Month) -> Result<(), TestCaseError> {
    let sources = sources(month);
    let now = at("2026-08-15T00:00:00Z");
    let days = month[0][0].len();
    let cells: Vec<(usize, usize, usize)> = month
        .iter()
        .enumerate()
        .flat_map(|(o, own)| (0..own.len()).flat_map(move |d| (0..days).map(move |day| (o, d, day))))
        .collect();
    let row = |wanted: &dyn Fn(usize, usize, usize) -> bool| -> Vec<u64> {
        cells.iter().map(|(o, d, day)| u64::from(wanted(*o, *d, *day))).collect()
    };
    let truth = |wanted: &dyn Fn(usize, usize, usize) -> bool| -> u64 {
        cells.iter().filter(|(o, d, day)| wanted(*o, *d, *day)).map(|(o, d, day)| month[*o][*d][*day]).sum()
    };
    let mut span = Span::default();
    let mut secret: Vec<Box<dyn Fn(usize, usize, usize) -> bool>> = Vec::new();
    let mut scopes: Vec<(Scope, Option<usize>, Option<usize>)> = vec![(Scope::Site, None, None)];
    for (o, own) in month.iter().enumerate() {
        scopes.push((Scope::Organization(format!("o{o}")), Some(o), None));
        scopes.extend((0..own.len()).map(|d| (Scope::Dataset(id(o, d)), Some(o), Some(d))));
    }
    for (scope, o, d) in scopes {
        let inside = move |own_o: usize, own_d: usize| o.is_none_or(|o| o == own_o) && d.is_none_or(|d| d == own_d);
        let mut told: Vec<(Shown, Box<dyn Fn(usize, usize, usize) -> bool>)> = Vec::new();
        let by_day = Statistics::new(&scope, View::Days(FIRST), &sources, now);
        for (day, period) in by_day.periods.iter().take(days).enumerate() {
            told.push((period.figures[0], Box::new(move |a, b, own| own == day && inside(a, b))));
        }
        told.push((by_day.totals[0], Box::new(move |a, b, _| inside(a, b))));
        let year = FiscalYear::new(2026).expect("a year");
        for view in [View::Months(year), View::Years(year)] {
            let statistics = Statistics::new(&scope, view, &sources, now);
            told.push((statistics.totals[0], Box::new(move |a, b, _| inside(a, b))));
        }
        for (shown, wanted) in told {
            match shown {
                Shown::Exact(value) => {
                    prop_assert_eq!(value, truth(&wanted), "what is shown is so");
                    span.add(row(&wanted));
                }
                _ => secret.push(wanted),
            }
        }
    }
    for wanted in secret {
        let value = truth(&wanted);
        if (1..5).contains(&value) {
            prop_assert!(!span.tells(row(&wanted)), "{value} can be reckoned back in {month:?}");
        }
    }
    Ok(())
}

fn months() -> impl Strategy<Value = Month> {
    let cell = prop_oneof![3 => Just(0_u64), 4 => 1_u64..5, 4 => 5_u64..30];
    (1_usize..4, 2_usize..5, 2_usize..7).prop_flat_map(move |(organizations, datasets, days)| {
        let days = prop::collection::vec(cell.clone(), days);
        prop::collection::vec(prop::collection::vec(days, datasets), organizations)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn nothing_that_is_withheld_can_be_reckoned_back(month in months()) {
        attack(&month)?;
    }
}

#[tokio::test]
async fn metrics_are_on_the_operators_listener_alone() {
    use hiraku::http::counting::{Counting, counted};
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    let mut site = site();
    let mut city = City::new(NOW);
    let counter = Arc::new(city.counter.take().expect("open"));
    let counting = Arc::new(Counting::new(counter, &site.app.config).expect("a header name"));
    let operator = hiraku::http::operator::router(Arc::clone(&site.app), Arc::clone(&counting), Arc::default());
    site.router = counted(site.router.clone(), counting);
    assert_eq!(site.get("/metrics").await.status, StatusCode::NOT_FOUND, "nothing of it is public");
    assert_eq!(site.with("GET", "/", &[("user-agent", CHROME)]).await.status, StatusCode::OK);
    assert_eq!(site.with("HEAD", "/", &[("user-agent", "Googlebot/2.1")]).await.status, StatusCode::OK);
    let read = || async {
        let request = http::Request::get("/metrics").body(axum::body::Body::empty()).expect("a request");
        let answer = operator.clone().oneshot(request).await.expect("infallible");
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
        String::from_utf8(answer.into_body().collect().await.expect("a body").to_bytes().to_vec()).expect("UTF-8")
    };
    let text = read().await;
    for line in [
        "hiraku_answers_total{class=\"browser\",status=\"2xx\"} 1",
        "hiraku_answers_total{class=\"robot\",status=\"2xx\"} 1",
        "hiraku_verdicts_total{verdict=\"counted\"} 1",
        "hiraku_verdicts_total{verdict=\"method\"} 1",
        "hiraku_verdicts_total{verdict=\"status\"} 1",
        "hiraku_answer_seconds_count 3",
        "hiraku_counter_answered_total 3",
        "hiraku_counter_lost_total 0",
        "hiraku_open_connections 0",
    ] {
        assert!(text.lines().any(|own| own == line), "{line} in {text}");
    }
    // However many different things are asked for, the lines are the same.
    for number in 0..50 {
        site.get(&format!("/dataset/nothing-{number}?q={number}")).await;
    }
    let later = read().await;
    assert_eq!(later.lines().count(), text.lines().count());
    assert!(!later.contains("nothing-") && !later.contains("192.0.2"), "{later}");
}

#[tokio::test]
async fn usage_reports_have_the_form_of_counter_and_the_figures_of_the_statistics() {
    let made = counted();
    for path in ["/api/counter/r51/reports/dsr", "/api/counter/r51/reports/dr"] {
        let got = made.site.get(&format!("{path}?begin_date=2026-04&end_date=2026-11")).await;
        assert_eq!(got.status, StatusCode::OK);
        let report = got.json();
        let header = &report["Report_Header"];
        assert_eq!((&header["Release"], &header["Report_ID"]), (&Json::from("5.1"), &Json::from("DSR")));
        assert_eq!(header["Report_Filters"]["End_Date"], "2026-11-30");
        assert_eq!(header["Exceptions"][0]["Code"], 3031, "November is not over");
        assert!(header["Notes"].as_str().is_some_and(|notes| notes.contains("not audited")));
        let items = report["Report_Items"].as_array().expect("a list");
        let shelters =
            items.iter().find(|own| own["Item_ID"]["URI"].as_str().is_some_and(|uri| uri.ends_with(SHELTERS)));
        let methods = shelters.expect("the shelters")["Attribute_Performance"].as_array().expect("a list");
        let regular = methods.iter().find(|own| own["Access_Method"] == "Regular").expect("people");
        let json = statistics(&made.site, &format!("/stats/dataset/{SHELTERS}.json")).await;
        let performance = &regular["Performance"];
        assert_eq!(
            performance["Total_Item_Investigations"]["2026-10"].as_u64(),
            figure(&json, "2026-10", "accesses").1
        );
        assert_eq!(performance["Total_Item_Requests"]["2026-10"].as_u64(), figure(&json, "2026-10", "downloads").1);
        assert_eq!(performance["Unique_Item_Requests"]["2026-10"], u64::try_from(POPULAR_DAYS).expect("few") * 6);
        assert!(performance["Total_Item_Requests"].get("2026-11").is_none(), "a month that runs is not reported");
    }
    for wrong in ["begin_date=2026-13", "begin_date=2026-11&end_date=2026-04", "begin_date=1900-01", "end_date=x"] {
        let got = made.site.get(&format!("/api/counter/r51/reports/dsr?{wrong}")).await;
        assert_eq!((got.status, &got.json()["Code"]), (StatusCode::BAD_REQUEST, &Json::from(3020)), "{wrong}");
    }
}
