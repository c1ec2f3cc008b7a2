//! A candidate definition in shadow: the same answers, both figures, the published ones untouched.

use std::sync::Arc;

use hiraku::count::access::Access;
use hiraku::count::counter::{Beside, Counter, CounterOptions};
use hiraku::count::definition::{Definition, DefinitionError};
use jiff::civil::{Date, date};

use super::count_city::*;

const V1: &str = include_str!("../../schemas/counting/v1.toml");

fn candidate(from: &str, to: &str) -> Result<Definition, DefinitionError> {
    let text = V1.replace("version = 1\n", "version = 2\n").replace(from, to);
    Definition::candidate(&text, None, None, &[], &[])
}

fn city_with(definition: Definition, candidate: Option<Definition>, now: &str) -> City {
    let mut city = City::new(now);
    city.counter = None;
    city.counts.remember_definition(&definition).expect("kept");
    if let Some(candidate) = &candidate {
        city.counts.remember_definition(candidate).expect("kept");
    }
    reopen(&mut city, definition, candidate);
    city
}

fn reopen(city: &mut City, definition: Definition, candidate: Option<Definition>) {
    city.counter = None;
    let clock: Arc<hiraku::clock::SetClock> = Arc::clone(&city.clock);
    let options = CounterOptions { ..BY_HAND };
    let beside = Beside { candidate, ..Beside::default() };
    let folder = city.data.path().join("counts");
    city.counter = Some(Counter::open_beside(&folder, definition, beside, options, clock, random).expect("opens"));
}

fn click(city: &City, day: &str) {
    // 0, 15 and 40 s: two by a window of 30 s, three by one of 10 s.
    for second in ["00", "15", "40"] {
        city.get(&format!("{day}T01:00:{second}Z"), "192.0.2.1", CHROME, Access::DatasetPage(DATASET));
    }
}

#[test]
fn a_candidate_counts_the_same_answers_in_shadow_and_the_published_figures_do_not_change() {
    let v1 = Definition::bundled(&[], &[]).expect("fits");
    let v2 = candidate("repeat_ms = 30000", "repeat_ms = 10000").expect("fits");
    let plain = city_with(v1.clone(), None, "2026-11-21T00:00:00Z");
    click(&plain, "2026-11-21");
    let alone = plain.report();
    let mut city = city_with(v1.clone(), Some(v2.clone()), "2026-11-21T00:00:00Z");
    click(&city, "2026-11-21");
    assert_eq!(city.report(), alone, "as without a candidate");
    assert_eq!(sum(&alone, "investigations", "browser"), 2);

    let [comparison] = city.counts.comparisons(Date::MIN, Date::MAX).expect("compared").try_into().expect("one");
    assert_eq!((comparison.candidate, comparison.days), (v2.id.to_string(), 1));
    assert_eq!(comparison.in_force, [v1.id.to_string()]);
    assert_eq!(comparison.break_day, None);
    let line = comparison.lines.iter().find(|line| line.measure == "investigations").expect("there");
    assert_eq!((line.in_force, line.candidate, line.ratio), (2, 3, Some(1.5)));

    // The day is closed: both are in its archive, both are made again from it.
    city.counter = None;
    city.roll_up("2026-11-22T15:00:00Z");
    let verified = city.counts.verify(Date::MIN, Date::MAX, at("2026-11-22T15:00:01Z"), &mut |_, _| {});
    let verified = verified.expect("verified");
    assert_eq!((verified[0].source, verified[0].differences, &verified[0].problem), ("archive", 0, &None));
    assert_eq!(verified[0].cells, 7, "four of the one, three of the other, which has no repeat");

    // The switch: the candidate comes into force, what was published before stays, the break is told.
    city.clock.set(at("2026-11-24T00:00:00Z"));
    reopen(&mut city, v2.clone(), None);
    click(&city, "2026-11-24");
    city.roll_up("2026-11-24T02:00:00Z");
    let after = report(&city.counts, "R8");
    assert_eq!(sum(&after, "investigations", "browser"), 2 + 3);
    let used: Vec<_> = after.definitions.iter().map(|used| (used.id.clone(), used.first_day)).collect();
    assert_eq!(used, [(v1.id.to_string(), date(2026, 11, 21)), (v2.id.to_string(), date(2026, 11, 24))]);
    let comparison = &city.counts.comparisons(Date::MIN, Date::MAX).expect("compared")[0];
    assert_eq!(comparison.break_day, Some(date(2026, 11, 24)));
    assert_eq!(comparison.last_day, date(2026, 11, 21));
}

#[test]
fn a_candidate_with_another_class_is_judged_by_its_own_lists() {
    let overlay = include_str!("../../schemas/counting/robots-overlay-jp.json");
    let other = overlay.replacen("\"robot_extra\": [", "\"robot_extra\": [{\"pattern\": \"Chrome/131\"},", 1);
    assert_ne!(other, overlay);
    let digest = |text: &str| {
        use sha2::Digest as _;
        hex::encode(sha2::Sha256::digest(text))
    };
    let text = V1.replace(&digest(overlay), &digest(&other));
    let v2 = Definition::candidate(&text, None, Some(&other), &[], &[]).expect("fits");
    let city = city_with(Definition::bundled(&[], &[]).expect("fits"), Some(v2), "2026-11-21T00:00:00Z");
    click(&city, "2026-11-21");
    city.report();
    let comparison = &city.counts.comparisons(Date::MIN, Date::MAX).expect("compared")[0];
    let of = |class| {
        let line = comparison.lines.iter().find(|line| (line.measure, line.class) == ("investigations", class));
        line.map(|line| (line.in_force, line.candidate))
    };
    assert_eq!((of("browser"), of("robot")), (Some((2, 0)), Some((0, 2))));
}

#[test]
fn a_candidate_that_needs_other_tokens_or_is_no_other_definition_is_refused() {
    let v1 = Definition::bundled(&[], &[]).expect("fits");
    let prefix = candidate("ipv6_prefix_bits = 64", "ipv6_prefix_bits = 56").expect("a definition");
    assert!(v1.can_judge_beside(&prefix).is_err());
    assert!(v1.can_judge_beside(&v1.clone()).is_err());
    assert!(candidate("engine = 1", "engine = 9").is_err());
}
