//! The decided readings of counting definition v1, each from the answer to the report.

use hiraku::count::access::{Access, Caller};
use hiraku::count::counter::Answered;
use hiraku::count::verdict::{Facts, Method, Part};
use uuid::Uuid;

use super::count_city::*;

const PAGE: Access = Access::DatasetPage(DATASET);
const fn download(distribution: Uuid) -> Access {
    Access::Download { distribution, in_parts: false }
}

#[test]
fn an_event_exactly_thirty_seconds_after_the_last_counted_one_counts() {
    let city = City::new("2026-11-21T01:00:00Z");
    city.get("2026-11-21T01:00:00Z", "192.0.2.1", CHROME, PAGE);
    city.get("2026-11-21T01:00:29.999Z", "192.0.2.1", CHROME, PAGE);
    city.get("2026-11-21T01:00:30Z", "192.0.2.1", CHROME, PAGE);
    let report = city.report();
    assert_eq!(sum(&report, "investigations", "browser"), 2);
    assert_eq!(sum(&report, "unique-investigations", "browser"), 1);
    assert_eq!(served(&report, "browser", "dup30"), 1);
}

#[test]
fn clicks_at_0_20_and_40_seconds_count_two() {
    let city = City::new("2026-11-21T01:00:00Z");
    for second in ["00", "20", "40"] {
        city.get(&format!("2026-11-21T01:00:{second}Z"), "192.0.2.1", CHROME, PAGE);
    }
    assert_eq!(sum(&city.report(), "investigations", "browser"), 2);
}

#[test]
fn csv_and_geojson_of_one_dataset_are_two_downloads_but_one_unique_and_the_page_is_a_use_of_its_own() {
    let city = City::new("2026-11-21T01:00:00Z");
    city.get("2026-11-21T01:00:00Z", "192.0.2.1", CHROME, PAGE);
    city.get("2026-11-21T01:00:01Z", "192.0.2.1", CHROME, download(CSV));
    city.get("2026-11-21T01:00:02Z", "192.0.2.1", CHROME, download(GEOJSON));
    city.get("2026-11-21T01:00:03Z", "192.0.2.1", CHROME, Access::Preview(CSV));
    let report = city.report();
    assert_eq!(sum(&report, "investigations", "browser"), 4, "every request is an investigation as well");
    assert_eq!(sum(&report, "requests", "browser"), 2);
    assert_eq!(sum(&report, "unique-investigations", "browser"), 1);
    assert_eq!(sum(&report, "unique-requests", "browser"), 1);
    let line = &report.datasets[0];
    assert_eq!((line.id, line.title.as_str(), line.accesses, line.downloads), (DATASET, "指定緊急避難場所", 4, 2));
    assert_eq!((line.unique_accesses, line.unique_downloads), (1, 1));
}

#[test]
fn paging_through_rows_within_thirty_seconds_is_one_and_so_is_paging_through_a_search() {
    let city = City::new("2026-11-21T01:00:00Z");
    for second in ["00", "05", "10"] {
        city.get(&format!("2026-11-21T01:00:{second}Z"), "192.0.2.1", CURL, Access::Rows(CSV));
        city.get(&format!("2026-11-21T01:00:{second}Z"), "192.0.2.1", CHROME, Access::Search(7));
    }
    city.get("2026-11-21T01:00:12Z", "192.0.2.1", CHROME, Access::Search(8));
    let report = city.report();
    assert_eq!(sum(&report, "requests", "machine/script"), 1);
    assert_eq!(sum(&report, "searches", "browser"), 2);
    assert_eq!(sum(&report, "investigations", "browser"), 0, "a search is no use of a dataset");
}

#[test]
fn a_unique_is_once_per_session_dataset_and_class_and_sessions_end_with_the_hour() {
    let city = City::new("2026-11-21T01:00:00Z");
    let key = Caller { api_key: true, staff: false };
    for (time, caller) in [
        ("2026-11-21T01:58:00Z", Caller::default()),
        ("2026-11-21T01:59:00Z", Caller::default()),
        ("2026-11-21T01:59:40Z", key),
        ("2026-11-21T02:00:30Z", Caller::default()),
    ] {
        city.clock.set(at(time));
        city.counter().count(&Answered { caller, ..blank(PAGE) });
    }
    let report = city.report();
    assert_eq!(sum(&report, "investigations", "browser"), 3);
    assert_eq!(sum(&report, "unique-investigations", "browser"), 2, "one before and one after the hour");
    assert_eq!(sum(&report, "unique-investigations", "machine/script"), 1);
}

#[test]
fn the_key_of_the_thirty_second_rule_is_not_the_class() {
    let city = City::new("2026-11-21T01:00:00Z");
    city.counter().count(&blank(PAGE));
    city.counter().count(&Answered { caller: Caller { api_key: true, staff: false }, ..blank(PAGE) });
    let report = city.report();
    assert_eq!(served(&report, "machine/script", "dup30"), 1);
}

#[test]
fn use_cases_searches_and_site_pages_are_in_no_dataset_figure() {
    let city = City::new("2026-11-21T01:00:00Z");
    city.get("2026-11-21T01:00:00Z", "192.0.2.1", CHROME, Access::UseCase(Uuid::from_u128(9)));
    for page in [1, 2, 2] {
        city.counter().count(&Answered { page, ..blank(Access::SitePage) });
    }
    city.get("2026-11-21T01:00:01Z", "192.0.2.1", CHROME, Access::Metadata(DATASET));
    let report = city.report();
    assert_eq!(sum(&report, "use-case-views", "browser"), 1);
    assert_eq!(sum(&report, "page-views", "browser"), 2, "two pages, one of them read twice");
    assert_eq!(sum(&report, "investigations", "browser"), 1, "the metadata");
    assert_eq!(sum(&report, "requests", "browser"), 0);
}

#[test]
fn a_map_session_is_one_per_session_and_map_and_via_is_that_of_the_first_open() {
    let city = City::new("2026-11-21T01:00:00Z");
    let open = |time: &str, address: &str, embed| {
        city.get(time, address, CHROME, Access::MapOpen { map: MAP, embed });
    };
    open("2026-11-21T01:00:00Z", "192.0.2.1", false);
    open("2026-11-21T01:00:10Z", "192.0.2.1", false);
    open("2026-11-21T01:01:00Z", "192.0.2.1", true);
    open("2026-11-21T01:02:00Z", "192.0.2.2", true);
    open("2026-11-21T02:02:00Z", "192.0.2.2", false);
    let report = city.report();
    assert_eq!(sum(&report, "map-sessions", "browser"), 3);
    assert_eq!(sum(&report, "map-sessions-embedded", "browser"), 1);
    assert_eq!(sum(&report, "map-opens", "browser"), 4);
    assert_eq!(sum(&report, "viewers", "browser"), 2);
}

#[test]
fn viewers_are_summed_by_day_in_japan() {
    let city = City::new("2026-11-20T01:00:00Z");
    let map = Access::MapOpen { map: MAP, embed: false };
    city.get("2026-11-20T14:59:59.999Z", "192.0.2.1", CHROME, map);
    city.get("2026-11-20T15:00:00Z", "192.0.2.1", CHROME, map);
    let report = city.report();
    assert_eq!(sum(&report, "viewers", "browser"), 2, "the day turns at midnight in Japan, the token with it");
    assert_eq!(sum(&report, "map-opens", "browser"), 2);
}

#[test]
fn a_tile_is_never_an_access_and_marks_each_of_its_layers_once_a_session() {
    let city = City::new("2026-11-21T01:00:00Z");
    for status in [200, 204, 304, 200] {
        let facts = Facts { status, ..GET };
        let answered =
            Answered { also_layers: &[OTHER_LAYER], facts, length_bytes: Some(100), ..blank(Access::Tile(LAYER)) };
        city.counter().count(&answered);
    }
    let report = city.report();
    assert_eq!(sum(&report, "layer-uses", "browser"), 2, "two layers");
    assert_eq!(sum(&report, "tile-requests", "browser"), 4);
    assert_eq!(sum(&report, "tile-bytes", "browser"), 400);
    assert_eq!(served(&report, "browser", "tile"), 4, "further layers are no further answers");
    assert_eq!(report.served_total, 4);
    assert_eq!(sum(&report, "investigations", "browser"), 0);
}

#[test]
fn tiles_fetched_by_our_own_map_are_tiles_and_not_folded() {
    let city = City::new("2026-11-21T01:00:00Z");
    let facts = Facts { own_page: true, ..GET };
    city.counter().count(&Answered { facts, ..blank(Access::Tile(LAYER)) });
    assert_eq!(sum(&city.report(), "layer-uses", "browser"), 1);
}

#[test]
fn a_desktop_gis_that_reads_features_or_tiles_marks_the_layer_once_and_other_clients_make_requests() {
    let city = City::new("2026-11-21T01:00:00Z");
    for second in ["00", "31"] {
        city.get(&format!("2026-11-21T01:00:{second}Z"), "192.0.2.1", QGIS, Access::Rows(GEOJSON));
        city.get(&format!("2026-11-21T01:00:{second}Z"), "192.0.2.1", QGIS, Access::Tile(LAYER));
    }
    city.get("2026-11-21T01:01:00Z", "192.0.2.1", CURL, Access::Rows(GEOJSON));
    city.get("2026-11-21T01:01:00Z", "192.0.2.1", QGIS, Access::Rows(OTHER_CSV));
    let report = city.report();
    assert_eq!(sum(&report, "layer-uses", "machine/gis_app"), 1);
    assert_eq!(sum(&report, "requests", "machine/script"), 1);
    assert_eq!(sum(&report, "requests", "machine/gis_app"), 1, "rows without positions are data");
    assert_eq!(report.layers.iter().map(|line| (line.id, line.machine_uses)).collect::<Vec<_>>(), [(LAYER, 1)]);
}

#[test]
fn statuses_methods_and_reasons_are_tried_in_the_decided_order() {
    let city = City::new("2026-11-21T01:00:00Z");
    let cases = [
        (Facts { method: Method::Another, status: 404, ..GET }, PAGE, "method"),
        (Facts { method: Method::Post, ..GET }, PAGE, "method"),
        (Facts { method: Method::Post, ..GET }, Access::Rows(CSV), "counted"),
        (Facts { status: 302, ..GET }, download(OTHER_CSV), "status"),
        (Facts { status: 404, prefetch: true, ..GET }, Access::Asset, "status"),
        (Facts { status: 429, ..GET }, PAGE, "status"),
        (Facts { status: 500, ..GET }, Access::Other, "status"),
        (Facts { status: 204, ..GET }, PAGE, "status"),
        (Facts { status: 206, ..GET }, PAGE, "status"),
        (Facts { prefetch: true, ..GET }, Access::Asset, "asset"),
        (Facts { prefetch: true, status: 206, ..GET }, download(CSV), "prefetch"),
        (Facts { status: 206, own_page: true, ..GET }, download(CSV), "range"),
        (Facts { own_page: true, ..GET }, Access::StaffPage, "staff-page"),
        (Facts { own_page: true, ..GET }, Access::Rows(GEOJSON), "folded"),
        (Facts { own_page: true, ..GET }, Access::Preview(CSV), "counted"),
        (GET, Access::Other, "other"),
        (Facts { status: 304, ..GET }, PAGE, "counted"),
    ];
    let mut expected = std::collections::BTreeMap::new();
    for (facts, access, verdict) in cases {
        let counted = city.counter().count(&Answered { facts, ..blank(access) });
        assert_eq!(counted.verdict.name(), verdict, "{access:?} {facts:?}");
        *expected.entry(verdict).or_insert(0) += 1;
    }
    let report = city.report();
    assert_eq!(report.served_total, cases.len() as u64);
    for (verdict, answers) in expected {
        assert_eq!(served(&report, "browser", verdict), answers, "{verdict}");
    }
}

#[test]
fn a_script_that_claims_to_be_our_page_is_not_folded() {
    let city = City::new("2026-11-21T01:00:00Z");
    let facts = Facts { own_page: true, ..GET };
    city.answer("2026-11-21T01:00:00Z", "192.0.2.1", CURL, Access::Rows(CSV), facts);
    assert_eq!(sum(&city.report(), "requests", "machine/script"), 1);
}

#[test]
fn a_part_is_a_download_from_byte_zero_and_of_formats_read_in_parts_only_as_a_whole() {
    let city = City::new("2026-11-21T01:00:00Z");
    let part = |value: &str| Facts { status: 206, part: Part::parse(value.as_bytes()), ..GET };
    let whole = Access::Download { distribution: PMTILES, in_parts: true };
    for (access, value, verdict) in [
        (download(CSV), "bytes 0-9/100", "counted"),
        (download(CSV), "bytes 10-99/100", "range"),
        (download(CSV), "bytes 0-9/*", "counted"),
        (download(CSV), "", "range"),
        (download(CSV), "bytes */100", "range"),
        (whole, "bytes 0-16383/100000", "range"),
        (whole, "bytes 5-9/100000", "range"),
        (whole, "bytes 0-99999/100000", "counted"),
        (whole, "bytes 0-18446744073709551615/18446744073709551615", "range"),
    ] {
        let counted = city.counter().count(&Answered { facts: part(value), ..blank(access) });
        assert_eq!(counted.verdict.name(), verdict, "{value}");
    }
    let report = city.report();
    assert_eq!(sum(&report, "layer-uses", "browser"), 1, "other ranges mark the layer");
    assert_eq!(sum(&report, "requests", "browser"), 2, "the third CSV part falls under the 30-second rule");
}

#[test]
fn all_classes_obey_the_same_rules() {
    let city = City::new("2026-11-21T01:00:00Z");
    for agent in [CHROME, CURL, "Googlebot/2.1", "kube-probe/1.27"] {
        for second in ["00", "10", "30"] {
            city.get(&format!("2026-11-21T01:00:{second}Z"), "192.0.2.1", agent, PAGE);
        }
    }
    for second in ["00", "10", "30"] {
        city.get(&format!("2026-11-21T01:00:{second}Z"), "198.51.100.9", CHROME, PAGE);
    }
    let report = city.report();
    for class in ["browser", "machine/script", "robot", "monitor", "staff"] {
        assert_eq!(sum(&report, "investigations", class), 2, "{class}");
        assert_eq!(served(&report, class, "dup30"), 1, "{class}");
    }
    let accesses = report.kpis.iter().find(|kpi| kpi.key == "accesses").and_then(|kpi| kpi.value);
    assert_eq!(accesses.map(|value| value.to_string()).as_deref(), Some("2"), "the figure is of browsers only");
}

#[test]
fn ipv6_neighbours_are_one_visitor_and_another_agent_is_another() {
    let city = City::new("2026-11-21T01:00:00Z");
    let map = Access::MapOpen { map: MAP, embed: false };
    city.get("2026-11-21T01:00:00Z", "2001:db8:1:1::1", CHROME, map);
    city.get("2026-11-21T01:05:00Z", "2001:db8:1:1:ffff::2", CHROME, map);
    city.get("2026-11-21T01:10:00Z", "2001:db8:1:2::1", CHROME, map);
    city.get(
        "2026-11-21T01:15:00Z",
        "2001:db8:1:1::1",
        "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
        map,
    );
    assert_eq!(sum(&city.report(), "viewers", "browser"), 3);
}

#[test]
fn the_year_turns_on_the_first_of_april_in_japan() {
    let city = City::new("2026-03-31T14:00:00Z");
    city.get("2026-03-31T14:59:59.999Z", "192.0.2.1", CHROME, PAGE);
    city.get("2026-03-31T15:00:00Z", "192.0.2.1", CHROME, PAGE);
    city.roll_up("2026-03-31T15:00:01Z");
    assert_eq!(sum(&report(&city.counts, "R7"), "investigations", "browser"), 1);
    let eighth = report(&city.counts, "R8");
    assert_eq!(sum(&eighth, "investigations", "browser"), 1);
    assert_eq!(eighth.months[0].month, "2026-04");
    assert_eq!(eighth.months[0].accesses, Some(1));
    assert_eq!(eighth.months[1].accesses, None, "missing is not zero");
}

#[test]
fn a_clock_that_steps_back_an_hour_keeps_the_order_of_time() {
    let city = City::new("2026-11-21T02:00:00Z");
    city.get("2026-11-21T02:00:00Z", "192.0.2.1", CHROME, PAGE);
    city.counter().tick();
    city.get("2026-11-21T01:00:00Z", "192.0.2.1", CHROME, PAGE);
    city.counter().tick();
    city.get("2026-11-21T02:00:10Z", "192.0.2.1", CHROME, PAGE);
    city.get("2026-11-21T01:00:10Z", "192.0.2.1", CHROME, PAGE);
    let report = city.report();
    assert_eq!(sum(&report, "investigations", "browser"), 2);
    assert_eq!(served(&report, "browser", "dup30"), 2);
}

#[test]
fn a_clock_that_steps_back_over_midnight_keeps_the_days_salt() {
    let city = City::new("2026-11-20T14:30:00Z");
    let map = Access::MapOpen { map: MAP, embed: false };
    city.get("2026-11-20T14:30:00Z", "192.0.2.1", CHROME, map);
    city.get("2026-11-20T15:30:00Z", "192.0.2.1", CHROME, map);
    city.get("2026-11-20T14:40:00Z", "192.0.2.1", CHROME, map);
    let report = city.report();
    assert_eq!(sum(&report, "viewers", "browser"), 2, "one on each day");
    assert_eq!(sum(&report, "map-opens", "browser"), 3);
}
