//! A replay whose truth is known by construction, and properties of the tally.

use std::collections::BTreeMap;

use hiraku::count::access::Access;
use hiraku::count::class::Class;
use hiraku::count::counter::{Answered, CounterOptions};
use hiraku::count::definition::Definition;
use hiraku::count::record::Record;
use hiraku::count::tally::{Event, Measure, tally};
use hiraku::count::target::Belonging;
use hiraku::count::verdict::{Facts, Kind, Method, Verdict};
use proptest::prelude::*;
use uuid::Uuid;

use super::count_city::*;

const REPLAY: CounterOptions = CounterOptions { replica: 3, slots: 4096, ring: 64, tick: None };

/// One answer of the scenario.
#[derive(Clone, Copy)]
struct Step {
    time_ms: i64,
    visitor: usize,
    access: Access,
    facts: Facts,
}

/// What a visitor does on one day: steps in seconds after its beginning, and what each plan must add, counted by hand
/// from the definition.
struct Plan {
    steps: &'static [(u32, Access, Facts)],
    truth: &'static [(&'static str, u64)],
}

const fn file(distribution: Uuid) -> Access {
    Access::Download { distribution, in_parts: false }
}
const PAGE: Access = Access::DatasetPage(DATASET);
const OPEN: Access = Access::MapOpen { map: MAP, embed: false };
const TILE: Access = Access::Tile(LAYER);
const HEAD: Facts = Facts { method: Method::Another, ..GET };
const GONE: Facts = Facts { status: 404, ..GET };
const AHEAD: Facts = Facts { prefetch: true, ..GET };

const PLANS: [Plan; 6] = [
    Plan {
        steps: &[(0, PAGE, GET), (10, PAGE, GET), (40, PAGE, GET)],
        truth: &[("investigations", 2), ("unique-investigations", 1), ("dup30", 1), ("counted", 2)],
    },
    Plan {
        steps: &[(0, PAGE, GET), (5, file(CSV), GET), (20, file(CSV), GET), (25, file(GEOJSON), GET)],
        truth: &[
            ("investigations", 3),
            ("unique-investigations", 1),
            ("requests", 2),
            ("unique-requests", 1),
            ("distribution-requests", 2),
            ("dup30", 1),
            ("counted", 3),
        ],
    },
    Plan {
        steps: &[(0, OPEN, GET), (1, TILE, GET), (2, TILE, GET), (3, TILE, GET), (31, OPEN, GET), (32, TILE, GET)],
        truth: &[
            ("map-sessions", 1),
            ("map-opens", 2),
            ("viewers", 1),
            ("layer-uses", 1),
            ("tile-requests", 4),
            ("tile", 4),
            ("counted", 2),
        ],
    },
    Plan {
        steps: &[
            (0, PAGE, HEAD),
            (1, PAGE, GONE),
            (2, Access::Asset, GET),
            (3, PAGE, AHEAD),
            (4, Access::Other, GET),
            (5, Access::SitePage, GET),
        ],
        truth: &[
            ("method", 1),
            ("status", 1),
            ("asset", 1),
            ("prefetch", 1),
            ("other", 1),
            ("page-views", 1),
            ("counted", 1),
        ],
    },
    // Both sides of the hour: begins at 59:50.
    Plan {
        steps: &[(0, PAGE, GET), (40, PAGE, GET)],
        truth: &[("investigations", 2), ("unique-investigations", 2), ("counted", 2)],
    },
    Plan {
        steps: &[
            (0, Access::Rows(OTHER_CSV), GET),
            (10, Access::Rows(OTHER_CSV), GET),
            (30, Access::Rows(OTHER_CSV), GET),
            (31, Access::Search(5), GET),
        ],
        truth: &[
            ("investigations", 2),
            ("unique-investigations", 1),
            ("requests", 2),
            ("unique-requests", 1),
            ("distribution-requests", 2),
            ("searches", 1),
            ("dup30", 1),
            ("counted", 3),
        ],
    },
];

const AGENTS: [(&str, &str); 4] =
    [(CHROME, "browser"), (CURL, "machine/script"), ("Googlebot/2.1", "robot"), ("kube-probe/1.27", "monitor")];
const VISITORS: usize = 2500;
const DAYS: i64 = 10;

/// The scenario and its truth: sums by name and class.
fn scenario(first_day_ms: i64) -> (Vec<Step>, BTreeMap<(&'static str, &'static str), u64>) {
    let mut state = 42_u64;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut steps = Vec::new();
    let mut truth = BTreeMap::new();
    for visitor in 0..VISITORS {
        let class = AGENTS[visitor % AGENTS.len()].1;
        for day in 0..DAYS {
            let index = usize::try_from(draw(6)).expect("below six");
            let begin = i64::try_from(draw(22) * 3600 + if index == 4 { 3590 } else { draw(3000) }).expect("small");
            let begin_ms = first_day_ms + (day * 86_400 + begin) * 1000 + i64::try_from(draw(1000)).expect("small");
            // A plan's first step is on the millisecond; the rest keep their distance to it exactly.
            let begin_ms = if index == 4 { begin_ms - begin_ms.rem_euclid(1000) } else { begin_ms };
            for (second, access, facts) in PLANS[index].steps {
                let time_ms = begin_ms + i64::from(*second) * 1000;
                steps.push(Step { time_ms, visitor, access: *access, facts: *facts });
            }
            for (name, value) in PLANS[index].truth {
                *truth.entry((*name, class)).or_insert(0) += value;
            }
        }
    }
    steps.sort_by_key(|step| step.time_ms);
    (steps, truth)
}

#[test]
fn a_replay_of_a_hundred_thousand_answers_gives_the_truth_through_restarts_crashes_and_closed_days() {
    let begin = at("2026-04-10T15:00:00Z");
    let (steps, truth) = scenario(begin.as_millisecond());
    assert!(steps.len() > 100_000, "{}", steps.len());
    let mut city = City::new("2026-04-10T15:00:00Z");
    city.counter = None;
    city.counter = Some(open_counter(city.data.path(), &city.clock, REPLAY));
    let mut removed_segments = 0;
    for (index, step) in steps.iter().enumerate() {
        city.clock.set(jiff::Timestamp::from_millisecond(step.time_ms).expect("in range"));
        if index % 1000 == 0 {
            city.counter().tick();
        }
        if index % 17_000 == 16_999 {
            let now = jiff::Timestamp::from_millisecond(step.time_ms).expect("in range");
            removed_segments += city.counts.roll_up(now).expect("rolled up").removed_segments;
        }
        match index % 40_000 {
            25_000 => {
                city.counter = None;
                city.counter = Some(open_counter(city.data.path(), &city.clock, REPLAY));
            }
            39_999 => {
                city.counter.take().expect("open").abandon();
                city.counter = Some(open_counter(city.data.path(), &city.clock, REPLAY));
            }
            _ => {}
        }
        let host = u32::try_from(step.visitor).expect("small");
        city.counter().count(&Answered {
            address: std::net::Ipv4Addr::from(0x0a00_0000 + host).into(),
            agent: AGENTS[step.visitor % AGENTS.len()].0.as_bytes(),
            facts: step.facts,
            ..blank(step.access)
        });
    }
    assert!(removed_segments > 5, "days were closed on the way: {removed_segments}");
    city.roll_up("2026-04-21T15:00:00Z");
    let found = report(&city.counts, "R8");
    assert_eq!(city.roll_up("2026-04-21T15:00:01Z").renewed, [], "nothing new, nothing done");
    assert_eq!(report(&city.counts, "R8"), found, "rolling up again changes nothing");

    let mut sums = BTreeMap::new();
    for (measure, by_class) in &found.measures {
        sums.extend(by_class.iter().map(|(class, value)| ((*measure, *class), *value)));
    }
    for line in &found.served {
        sums.insert((line.verdict, line.class), line.answers);
    }
    assert_eq!(sums, truth);
    assert_eq!(found.served_total, steps.len() as u64);
    let april = &found.months[0];
    assert_eq!(april.accesses, Some(truth[&("investigations", "browser")]));
    assert_eq!(april.machine_requests, Some(truth[&("requests", "machine/script")]));
    assert_eq!(april.viewers, Some(truth[&("viewers", "browser")]));
}

#[test]
fn the_report_is_printed_as_csv_and_json() {
    let city = City::new("2026-11-21T01:00:00Z");
    city.get("2026-11-21T01:00:00Z", "192.0.2.1", CHROME, file(OTHER_CSV));
    city.get("2026-11-21T01:00:00Z", "192.0.2.1", CHROME, TILE);
    city.counts.remember_definition(city.counter().definition()).expect("kept");
    let report = city.report();
    assert_eq!(report.definitions[0].title, "計数定義 第1版");
    let csv = report.to_csv();
    assert!(csv.starts_with("\u{feff}年度,区分,対象ID,対象,期間,指標,単位,実績,計数定義,観測率,備考\r\n"));
    let rows: Vec<Vec<String>> = csv::ReaderBuilder::new()
        .from_reader(csv.trim_start_matches('\u{feff}').as_bytes())
        .records()
        .map(|row| row.expect("as wide as its head").iter().map(str::to_owned).collect())
        .collect();
    let value = |part: &str, name: &str, measure: &str| {
        let row = rows.iter().find(|row| row[1] == part && row[2] == name && row[5] == measure).expect(measure);
        row[7].clone()
    };
    assert_eq!(value("主要指標", "", "オープンデータ年間ダウンロード数"), "1");
    assert_eq!(value("主要指標", "", "公開データセット数"), "2");
    assert_eq!(value("主要指標", "", "活用事例数"), "", "not known is empty");
    assert_eq!(value("主要指標", "", "観測率"), "100");
    assert_eq!(value("データセット別", "population", "ダウンロード数"), "1");
    assert_eq!(value("レイヤー別", "shelters", "レイヤー利用数"), "1");
    assert!(rows.iter().any(|row| row[3] == "人口,世帯数"), "quoted where needed");
    let json = serde_json::to_value(&report).expect("serialises");
    assert_eq!(json["fiscal_year_title"], "令和8年度");
    assert_eq!(json["kpis"][1]["value"], 1);
    assert_eq!(json["datasets"][0]["title"], "人口,世帯数");
    assert_eq!(json["served_total"], 2);
}

#[test]
fn a_year_without_records_is_empty_and_not_zero() {
    let city = City::new("2026-11-21T01:00:00Z");
    let report = report(&city.counts, "R5");
    assert!(report.year_is_over);
    assert!(report.kpis.iter().all(|kpi| kpi.value.is_none()), "{:?}", report.kpis);
    assert_eq!(report.kpis[0].note, "計数の記録がありません");
}

fn event() -> impl Strategy<Value = Event> {
    let what = (0..Kind::ALL.len(), 0..Class::ALL.len(), 0..4_usize, any::<bool>());
    (what, 0..3_u64, 0..3_u128, 0..100_000_i64, 0..1000_u32).prop_map(
        |((kind, class, verdict, also), token, target, time_ms, slot)| Event {
            replica: slot % 2,
            sequence: (1, slot),
            record: Record {
                time_ms,
                token,
                target: Uuid::from_u128(target),
                length_bytes: 10,
                status: 200,
                kind: Kind::ALL[kind],
                class: Class::ALL[class],
                verdict: [Verdict::Counted, Verdict::Tile, Verdict::Range, Verdict::Other][verdict],
                also,
                in_parts: also,
                family: hiraku::count::family::Family::OTHER,
                candidate: None,
            },
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn sums_balance_and_the_order_of_arrival_does_not_matter(
        events in proptest::collection::vec(event(), 0..200),
        turn in 0..200_usize,
    ) {
        let mut events = events;
        // No two events share a place.
        for (index, event) in events.iter_mut().enumerate() {
            event.sequence.1 = u32::try_from(index).expect("small");
        }
        let windows = Definition::bundled(&[], &[]).expect("fits").windows;
        let belonging = Belonging::default();
        let sums = tally(events.clone(), &windows, &belonging);
        let answers = events.iter().filter(|event| !event.record.also).count() as u64;
        prop_assert_eq!(sums.served.values().sum::<u64>(), answers);
        let turned = turn % events.len().max(1);
        events.rotate_left(turned);
        events.reverse();
        prop_assert_eq!(&tally(events, &windows, &belonging), &sums);
        let of = |measure| sums.figures.iter().filter(|((m, _, _), _)| *m == measure).map(|(_, v)| *v).sum::<u64>();
        prop_assert!(of(Measure::UniqueInvestigations) <= of(Measure::Investigations));
        prop_assert!(of(Measure::Requests) <= of(Measure::Investigations));
        prop_assert_eq!(of(Measure::Requests), of(Measure::DistributionRequests));
        prop_assert!(of(Measure::Viewers) <= of(Measure::MapSessions) && of(Measure::MapSessions) <= of(Measure::MapOpens));
    }
}
