//! Key figures: targets, figures of both kinds, the year before, several organizations, and all forms of the table.

use std::collections::BTreeMap;
use std::sync::Arc;

use hiraku::count::access::Access;
use hiraku::count::kpi::{Entry, PublicRow, Row, Table, parse_entries};
use hiraku::count::target::{Target, TargetKind};
use hiraku::http::app::App;
use hiraku::model::time::FiscalYear;
use http::StatusCode;
use uuid::Uuid;

use crate::count_city::{CHROME, CSV, CURL, City, DATASET, MAP, at, open_counts};
use crate::http_site::{Site, site};

const NEIGHBOUR: Uuid = Uuid::from_u128(91);
const NOW: &str = "2026-11-21T12:00:00Z";

fn titles() -> BTreeMap<String, String> {
    [("222127", "焼津市"), ("242039", "伊勢市")].map(|(code, title)| (code.to_owned(), title.to_owned())).into()
}

fn table(city: &City, year: &str) -> Table {
    city.counts.key_figures(FiscalYear::parse(year).expect("a year"), &titles(), at(NOW)).expect("a table")
}

fn row<'a>(table: &'a Table, organization: &str, key: &str) -> &'a Row {
    table.rows.iter().find(|row| row.organization == organization && row.key == key).expect("a line")
}

fn enter(city: &City, text: &str) -> Vec<Entry> {
    let entries = parse_entries(text.as_bytes(), "情報化計画", "2026-03-31").expect("fits");
    city.counts.enter_targets(&entries, at(NOW)).expect("kept");
    entries
}

fn joint_city() -> City {
    let city = City::new("2026-11-21T01:00:00Z");
    let neighbour = Target {
        id: NEIGHBOUR,
        kind: TargetKind::Dataset,
        dataset: Some(NEIGHBOUR),
        layer: None,
        organization: "242039".to_owned(),
        name: "aed".to_owned(),
        title: "AED設置箇所".to_owned(),
    };
    city.counts.remember_targets(&[neighbour]).expect("kept");
    city.get("2026-11-20T01:00:00Z", "192.0.2.1", CHROME, Access::DatasetPage(DATASET));
    let download = Access::Download { distribution: CSV, in_parts: false };
    city.get("2026-11-20T01:01:00Z", "192.0.2.1", CHROME, download);
    city.get("2026-11-20T01:02:00Z", "192.0.2.1", CURL, download);
    city.get("2026-11-20T01:03:00Z", "192.0.2.2", CHROME, Access::DatasetPage(NEIGHBOUR));
    city.get("2026-11-20T01:04:00Z", "192.0.2.2", CHROME, Access::MapOpen { map: MAP, embed: false });
    city.roll_up(NOW);
    city
}

#[test]
fn each_organization_has_its_figures_and_all_together_their_sum() {
    let city = joint_city();
    enter(&city, "団体コード,年度,指標,目標\n222127,R8,accesses,4\n242039,R8,accesses,4\n222127,R8,downloads,2\n");
    let table = table(&city, "R8");
    let figures = |organization: &str, key: &str| {
        let row = row(&table, organization, key);
        (row.target, row.actual, row.achievement)
    };
    assert_eq!(figures("222127", "accesses"), (Some(4), Some(2), Some(50.0)));
    assert_eq!(figures("242039", "accesses"), (Some(4), Some(1), Some(25.0)));
    assert_eq!(figures("", "accesses"), (Some(8), Some(3), Some(37.5)));
    // One of the two has no target, so there is none of both.
    assert_eq!(figures("", "downloads"), (None, Some(1), None));
    assert_eq!(figures("", "machine-requests"), (None, Some(1), None));
    assert_eq!(figures("", "map-sessions"), (None, Some(1), None));
    assert_eq!(figures("", "viewers"), (None, Some(1), None));
    assert_eq!((row(&table, "222127", "viewers").actual, row(&table, "222127", "viewers").absent), (None, "該当なし"));
    let accesses = row(&table, "", "accesses");
    assert_eq!(accesses.months[7], Some(3), "November");
    assert_eq!(accesses.months[0], None, "nothing was observed in April, which is not zero");
    assert_eq!(accesses.projection, None, "two days are too few");
    assert!(accesses.note.contains("計数は2026年11月20日から"), "{}", accesses.note);
    assert_eq!(accesses.definition.len(), 12);
    assert!(accesses.coverage.is_some_and(|rate| rate > 0.0));
}

#[test]
fn what_is_not_counted_says_so_and_a_published_figure_stands_in_for_it() {
    let city = joint_city();
    let before = table(&city, "R8");
    for key in ["use-cases", "staff-duties"] {
        assert_eq!((row(&before, "", key).actual, row(&before, "", key).absent), (None, "該当なし"), "{key}");
        assert!(row(&before, "", key).note.contains("該当なし"));
    }
    assert_eq!(row(&table(&city, "R5"), "", "accesses").absent, "記録なし");
    enter(
        &city,
        "団体コード,年度,指標,目標,実績,備考\n\
         242039,R7,オープンデータのアクセス数,24000,16863,外部の解析ツールによる\n\
         242039,R8,オープンデータのアクセス数,24000,,\n\
         242039,R7,オープンデータ活用事例数(累計),3,1,\n\
         242039,R8,オープンデータ活用事例数(累計),4,2,\n",
    );
    let table = table(&city, "R8");
    let accesses = row(&table, "242039", "accesses");
    assert_eq!((accesses.actual, accesses.previous, accesses.change), (Some(1), Some(16863), None));
    assert!(accesses.note.contains("計数の方法が異なる"), "{}", accesses.note);
    let cases = row(&table, "242039", "use-cases");
    assert_eq!((cases.target, cases.actual, cases.previous, cases.change), (Some(4), Some(2), Some(1), Some(1)));
    assert_eq!(cases.achievement, Some(50.0));
    assert!(cases.note.contains("公表値"), "{}", cases.note);
}

/// Targets and results that cities have published in their plans, given back line by line by the tables of their years.
#[test]
fn the_tables_of_five_years_give_back_what_cities_have_published() {
    let text = include_str!("../data/counting/kpi-targets.csv");
    let city = joint_city();
    let entries = enter(&city, text);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let lines: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("CSV");
    assert_eq!((entries.len(), lines.len()), (24, 24));
    for line in &lines {
        let (code, year, name) = (&line[0], &line[1], &line[2]);
        let table = table(&city, year);
        let key = hiraku::count::kpi::Indicator::parse(name).expect("known under the name of the plan").key();
        let row = row(&table, code, key);
        assert_eq!(row.target, line[3].parse().ok(), "target of {code} {year} {name}");
        let published: Option<u64> = line[4].parse().ok();
        assert_eq!(row.actual.filter(|_| published.is_some()), published, "result of {code} {year} {name}");
        let share = published
            .zip(row.target)
            .map(|(result, target)| (result as f64 * 10_000.0 / target as f64).round() / 100.0);
        assert!(published.is_none() || row.achievement == share, "{code} {year} {name}: {:?}", row.achievement);
        assert_eq!((row.target_source.as_str(), row.target_decided.is_some()), ("情報化計画", true));
    }
}

#[test]
fn an_entry_is_replaced_by_a_later_one_and_names_its_source() {
    let city = joint_city();
    enter(&city, "団体コード,年度,指標,目標\n,R8,accesses,10\n");
    enter(&city, "団体コード,年度,指標,目標,出典,日付\n,令和8年度,accesses,12,改定計画,2026-06-30\n");
    let in_force = city.counts.targets_in_force().expect("entries");
    assert_eq!(in_force.len(), 1);
    let table = table(&city, "R8");
    let own = row(&table, "", "accesses");
    assert_eq!((own.target, own.target_source.as_str()), (Some(12), "改定計画"));
    assert_eq!(own.target_decided.map(|day| day.to_string()).as_deref(), Some("2026-06-30"));
}

#[test]
fn what_was_public_at_the_end_of_each_month_stays_known() {
    let city = joint_city();
    let note = |day: &str, yaizu: (u64, u64), ise: Option<(u64, u64)>| {
        let day: jiff::civil::Date = day.parse().expect("a day");
        let row = |name: &str, (datasets, layers)| PublicRow { day, organization: name.to_owned(), datasets, layers };
        let rows: Vec<PublicRow> =
            [Some(row("222127", yaizu)), ise.map(|ise| row("242039", ise))].into_iter().flatten().collect();
        city.counts.note_public(&rows, at(NOW)).expect("noted");
    };
    note("2026-03-30", (5, 1), None);
    note("2026-03-31", (6, 2), None);
    note("2026-09-29", (7, 2), None);
    note("2026-11-20", (9, 3), Some((4, 0)));
    note("2026-11-20", (8, 3), Some((4, 0)));
    let this = table(&city, "R8");
    let both = row(&this, "", "public-datasets");
    assert_eq!((both.actual, both.previous, both.change), (Some(12), Some(6), Some(6)));
    assert_eq!(both.months[..8], [None, None, None, None, None, Some(7), None, Some(12)]);
    assert!(both.note.contains("2026年11月20日現在"), "{}", both.note);
    assert_eq!(row(&this, "222127", "public-layers").actual, Some(3));
    let ise = row(&this, "242039", "public-datasets");
    assert_eq!((ise.actual, ise.previous, ise.months[5]), (Some(4), None, None));
    let last = table(&city, "R7");
    let at_end = row(&last, "", "public-datasets");
    assert_eq!((at_end.actual, at_end.months[11]), (Some(6), Some(6)));
    assert!(!at_end.note.contains("現在"), "the last day was looked at: {}", at_end.note);
}

#[test]
fn all_forms_hold_the_same_table() {
    let city = joint_city();
    enter(&city, "団体コード,年度,指標,目標,備考\n222127,R8,accesses,4,=1+1 〜 髙 😀\n");
    let table = table(&city, "R8");
    let csv = table.to_csv();
    assert!(csv.starts_with("\u{feff}年度,指標,単位,目標,実績,達成率,前年度,増減,計数定義,観測率,備考,"));
    let line = csv.lines().find(|line| line.contains("222127") && line.contains("年間アクセス数")).expect("a line");
    assert!(line.starts_with("令和8年度,オープンデータ年間アクセス数,件/年,4,2,50%,"), "{line}");
    assert!(line.contains(",'=1+1 〜 髙 😀。"), "{line}");
    let cp932 = table.to_cp932();
    let back = encoding_rs_decoded(&cp932);
    assert_eq!(back.lines().count(), csv.lines().count());
    assert!(back.contains("'=1+1 ～ 髙 〓"), "{back}");
    let json = serde_json::to_value(&table).expect("JSON");
    assert_eq!(json["rows"].as_array().map(Vec::len), Some(30));
    let xlsx = table.to_xlsx().expect("a workbook");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(xlsx)).expect("a workbook is a zip");
    let mut sheet = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("xl/worksheets/sheet1.xml").expect("a sheet"), &mut sheet)
        .expect("text");
    assert!(sheet.contains("<v>0.5</v>"), "the share is a number: {sheet}");
}

fn encoding_rs_decoded(bytes: &[u8]) -> String {
    let (text, _, broken) = encoding_rs::SHIFT_JIS.decode(bytes);
    assert!(!broken);
    text.into_owned()
}

/// A site with the figures of a folder of its own.
pub(crate) fn counted(site: &Site, folder: &std::path::Path) -> axum::Router {
    let counts = Arc::new(open_counts(folder));
    let catalogue = site.app.store.load_catalogue(hiraku::schema::licence_or_unknown).expect("a catalogue");
    let day = hiraku::model::time::japan_day(site.app.clock.now());
    let rows = hiraku::count::target::public_of_catalogue(&catalogue, day);
    counts.note_public(&rows, site.app.clock.now()).expect("noted");
    let (store, objects) = (Arc::clone(&site.app.store), site.app.objects.clone());
    let app = App::new(site.app.config.clone(), Arc::clone(&site.app.clock), store, objects, catalogue);
    hiraku::http::router(Arc::new(app.with_counts(counts)))
}

#[tokio::test]
async fn the_table_is_a_page_and_four_files_for_all_and_for_each_organization() {
    let mut site = site();
    let folder = tempfile::tempdir().expect("a folder");
    site.router = counted(&site, folder.path());
    for path in ["/stats/kpi", "/stats/kpi/222127"] {
        let page = site.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let text = page.text();
        for word in ["公開データセット数(累計)", "該当なし", "記録なし", "計数定義"] {
            assert!(text.contains(word), "{path}: {word}");
        }
        for (ending, kind) in [
            (".csv", "text/csv; charset=utf-8"),
            (".cp932.csv", "text/csv; charset=shift_jis"),
            (".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (".json", "application/json"),
        ] {
            let file = site.get(&format!("{path}{ending}")).await;
            assert_eq!((file.status, file.header("content-type")), (StatusCode::OK, kind), "{path}{ending}");
            assert!(text.contains(&format!("type=\"{kind}\"")), "the page names {ending}");
        }
    }
    let json = site.get("/stats/kpi/222127.json").await.json();
    let rows = json["rows"].as_array().expect("rows");
    assert!(rows.iter().all(|row| row["organization"] == "222127"));
    let datasets = rows.iter().find(|row| row["key"] == "public-datasets").expect("a line");
    assert_eq!(datasets["actual"], 2);
    for (path, status) in [
        ("/stats/kpi/999999", StatusCode::NOT_FOUND),
        ("/stats/kpi/222127.pdf", StatusCode::NOT_FOUND),
        ("/stats/kpi?fiscal-year=R99", StatusCode::BAD_REQUEST),
        ("/stats/kpi.csv?fiscal-year=x", StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(site.get(path).await.status, status, "{path}");
    }
}
