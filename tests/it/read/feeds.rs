//! GTFS-JP feeds made in code.

use geo_types::Geometry;
use hiraku::model::finding::{FindingCode, Severity};
use hiraku::read::{FileFormat, sniff};

use super::archives::archive;
use super::{Collected, collect, source};

const FILES: [(&str, &str); 10] = [
    ("agency.txt", "agency_id,agency_name,agency_url,agency_timezone\n1,市,https://www.example.jp/,Asia/Tokyo\n"),
    ("stops.txt", "stop_id,stop_name,stop_lat,stop_lon\nS1,駅前,34.8669,138.3232\nS2,市役所,34.8700,138.3300\n"),
    ("routes.txt", "route_id,agency_id,route_long_name,route_type\nR1,1,本町線,3\n"),
    (
        "calendar.txt",
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n平日,1,1,1,1,1,0,0,20250401,20260331\n",
    ),
    (
        "shapes.txt",
        "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\nL1,34.87,138.33,2\nL1,34.8669,138.3232,1\nL2,34.8,138.3,1\n",
    ),
    ("trips.txt", "route_id,service_id,trip_id,shape_id\nR1,平日,T1,L1\nR9,平日,T2,\n"),
    (
        "stop_times.txt",
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nT1,23:50:00,23:50:00,S1,1\nT1,24:10:00,24:10:00,S2,2\nT8,08:00:00,08:00:00,S1,1\nT1,25:00:00,25:00:00,S9,3\n",
    ),
    ("fare_attributes.txt", "fare_id,price,currency_type,payment_method,transfers\nF,200,JPY,0,0\n"),
    ("feed_info.txt", "feed_publisher_name,feed_publisher_url,feed_lang\n市,https://www.example.jp/,ja\n"),
    ("translations.txt", "trans_id,lang,translation\n駅前,ja-Hrkt,えきまえ\n"),
];

fn feed(files: &[(&str, &str)]) -> Vec<u8> {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    archive(&files)
}

fn table<'c>(collected: &'c Collected, name: &str) -> &'c (hiraku::read::TableHead, Vec<super::KeptRow>) {
    collected.tables.iter().find(|(head, _)| head.name.as_deref() == Some(name)).expect(name)
}

#[test]
fn every_file_is_a_table_stops_are_points_and_shapes_are_lines() {
    let file = source("feed.zip", feed(&FILES));
    assert_eq!(sniff(&file), Some(FileFormat::Gtfs));
    let collected = collect(&file).unwrap();
    assert_eq!(collected.tables.len(), 10);
    assert!(collected.tables.iter().all(|(head, _)| head.format == "GTFS-JP" && head.columns.is_some()));
    let stops = table(&collected, "stops.txt");
    assert_eq!(stops.1[0].geometry, Some(geo_types::Point::new(138.3232, 34.8669).into()));
    let shapes = table(&collected, "shapes.txt");
    let Some(Geometry::LineString(line)) = &shapes.1[0].geometry else { panic!("a line") };
    assert_eq!(line.0[0], geo_types::Coord { x: 138.3232, y: 34.8669 }, "in the order of the sequence");
    assert_eq!((shapes.1.len(), collected.refused.len()), (1, 1), "one vertex is no line");
    assert_eq!(table(&collected, "stop_times.txt").1.len(), 4);
}

#[test]
fn references_to_nothing_and_late_times_are_counted_with_an_example() {
    let collected = collect(&source("feed.zip", feed(&FILES))).unwrap();
    let broken: Vec<_> = collected
        .findings
        .iter()
        .filter(|finding| finding.code == FindingCode::GtfsReference)
        .map(|finding| {
            (finding.place.sheet.as_deref().unwrap(), finding.place.column.as_deref().unwrap(), finding.found.as_str())
        })
        .collect();
    assert_eq!(
        broken,
        [
            ("trips.txt", "route_id", "R9 (1)"),
            ("stop_times.txt", "trip_id", "T8 (1)"),
            ("stop_times.txt", "stop_id", "S9 (1)")
        ]
    );
    let late = collected.findings.iter().find(|finding| finding.code == FindingCode::TimePastMidnight).unwrap();
    assert_eq!((late.found.as_str(), late.place.row), ("24:10:00 (4)", Some(3)));
    assert_eq!(collected.count(FindingCode::GtfsFileMissing), 0);
}

#[test]
fn what_the_format_requires_and_is_missing_is_named() {
    let some: Vec<(&str, &str)> = FILES
        .into_iter()
        .filter(|(name, _)| !matches!(*name, "calendar.txt" | "agency.txt" | "feed_info.txt"))
        .collect();
    let mut some = some;
    some[0] = ("stops.txt", "stop_id,stop_lat,stop_lon\nS1,34.8669,138.3232\nS1,x,138.33\n");
    some.push(("独自.txt", "項目,値\na,1\n"));
    some.push(("メモ.pdf", "%PDF-"));
    let collected = collect(&source("feed.zip", feed(&some))).unwrap();
    let missing: Vec<_> = collected
        .findings
        .iter()
        .filter(|finding| finding.code == FindingCode::GtfsFileMissing)
        .map(|finding| (finding.found.as_str(), finding.severity))
        .collect();
    assert_eq!(
        missing,
        [
            ("agency.txt", Severity::Error),
            ("feed_info.txt", Severity::Warning),
            ("calendar.txt / calendar_dates.txt", Severity::Error)
        ]
    );
    let column = collected.findings.iter().find(|finding| finding.code == FindingCode::GtfsColumnMissing).unwrap();
    assert_eq!((column.found.as_str(), column.expected.as_str()), ("stop_name", "stops.txt"));
    assert_eq!(collected.count(FindingCode::IdDuplicate), 1);
    assert_eq!(table(&collected, "stops.txt").1[1].geometry, None);
    assert_eq!(table(&collected, "独自.txt").1.len(), 2, "a file of its own is a table like any other");
    assert!(
        collected
            .findings
            .iter()
            .any(|finding| finding.code == FindingCode::EntryIgnored && finding.found == "メモ.pdf")
    );
}

#[test]
fn a_feed_without_any_one_of_its_files_is_a_feed_that_says_which_and_what_to_do() {
    for absent in FILES.map(|(name, _)| name) {
        let others: Vec<(&str, &str)> = FILES.into_iter().filter(|(name, _)| *name != absent).collect();
        let folder = others.iter().map(|(name, text)| (format!("feed/{name}"), *text)).collect::<Vec<_>>();
        let folder: Vec<(&str, &str)> = folder.iter().map(|(name, text)| (name.as_str(), *text)).collect();
        for files in [&others, &folder] {
            let file = source("feed.zip", feed(files));
            assert_eq!(sniff(&file), Some(FileFormat::Gtfs), "without {absent}");
            let collected = collect(&file).unwrap();
            assert_eq!(collected.tables.len(), 9, "without {absent}");
            let missing: Vec<_> =
                collected.findings.iter().filter(|finding| finding.code == FindingCode::GtfsFileMissing).collect();
            if absent == "shapes.txt" {
                assert!(missing.is_empty());
            } else {
                let [missing] = missing.as_slice() else { panic!("without {absent}: {missing:?}") };
                assert!(missing.found.split(" / ").any(|name| name == absent), "{absent}: {}", missing.found);
                assert!(missing.message_ja().contains("列名") && missing.message_en().contains("columns"));
                let columns = FILES.iter().find(|(name, _)| *name == absent).map(|(_, text)| *text).unwrap();
                let wanted = missing.expected.split(['/', ',']).next().unwrap().trim();
                assert!(absent == "translations.txt" || columns.contains(wanted), "{absent}: {wanted}");
            }
            if absent != "stops.txt" {
                assert_eq!(
                    table(&collected, "stops.txt").1[0].geometry,
                    Some(geo_types::Point::new(138.3232, 34.8669).into())
                );
            }
        }
    }
}

#[test]
fn stops_are_taken_beside_one_other_file_and_lists_of_other_things_are_no_feed() {
    let two = [FILES[1], FILES[8]];
    let collected = collect(&source("feed.zip", feed(&two))).unwrap();
    assert_eq!(table(&collected, "stops.txt").0.format, "GTFS-JP");
    assert!(collected.count(FindingCode::GtfsFileMissing) >= 4);
    let lists =
        [("levels.txt", "level_id\n1\n"), ("pathways.txt", "pathway_id\n1\n"), ("readme.csv", "名称,住所\nあ,い\n")];
    assert_eq!(sniff(&source("lists.zip", feed(&lists))), Some(FileFormat::Zip));
}
