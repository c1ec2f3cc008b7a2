//! The archive of closed days, and figures made again from it.

use std::path::{Path, PathBuf};

use hiraku::count::access::Access;
use hiraku::count::archive::{self, Row};
use hiraku::count::counter::Answered;
use hiraku::count::segment::list;
use hiraku::store::counts::VerifiedDay;
use jiff::civil::{Date, date};
use uuid::Uuid;

use super::count_city::*;

const DAY: Date = date(2026, 11, 21);
const CLOSED: &str = "2026-11-22T15:00:00Z";

fn archive_path(data: &Path) -> PathBuf {
    data.join("counts/archive/2026/2026-11-21.parquet")
}

fn verify(city: &City, now: &str) -> Vec<VerifiedDay> {
    city.counts.verify(Date::MIN, Date::MAX, at(now), &mut |_, _| {}).expect("verified")
}

fn digest(data: &Path) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(std::fs::read(archive_path(data)).expect("the archive is there")))
}

fn rows(data: &Path) -> Vec<Row> {
    let mut rows = Vec::new();
    archive::read(&data.join("counts/archive"), DAY, &digest(data), |_, row| rows.push(row)).expect("whole");
    rows
}

/// A day with everything in it: all kinds, repeats, sessions, several layers of a tile, parts of files, GIS.
fn busy_day() -> City {
    let city = City::new("2026-11-21T00:30:00Z");
    let all = [
        Access::DatasetPage(DATASET),
        Access::Preview(CSV),
        Access::Download { distribution: CSV, in_parts: false },
        Access::Download { distribution: PMTILES, in_parts: true },
        Access::Rows(GEOJSON),
        Access::Rows(OTHER_CSV),
        Access::Metadata(OTHER_DATASET),
        Access::Search(7),
        Access::MapOpen { map: MAP, embed: false },
        Access::MapOpen { map: MAP, embed: true },
        Access::Tile(LAYER),
        Access::UseCase(Uuid::from_u128(77)),
        Access::SitePage,
        Access::Asset,
        Access::Other,
    ];
    let part = hiraku::count::verdict::Part::Bytes { first: 100, last: 200, length: Some(9000) };
    for step in 0..1200_u32 {
        let (hour, minute, second) = (step / 300, step / 5 % 60, step % 5 * 11);
        city.clock.set(at(&format!("2026-11-21T0{hour}:{minute:02}:{second:02}.5Z")));
        let access = all[step as usize * 7 % all.len()];
        let mut facts = GET;
        if step % 11 == 0 {
            (facts.status, facts.part) = (206, part);
        }
        if step % 37 == 0 {
            facts.status = 404;
        }
        let agent = [CHROME, CURL, QGIS, "Googlebot/2.1"][step as usize % 4];
        city.counter().count(&Answered {
            address: std::net::Ipv4Addr::from(0x0a00_0000 + step * step % 31).into(),
            agent: agent.as_bytes(),
            also_layers: &[OTHER_LAYER],
            page: u128::from(step % 3),
            facts,
            length_bytes: Some(1000 + u64::from(step)),
            ..blank(access)
        });
        if step % 50 == 0 {
            city.counter().tick();
        }
    }
    city
}

#[test]
fn a_closed_day_is_archived_in_the_same_step_and_its_figures_are_made_again_from_it_exactly() {
    let mut city = busy_day();
    city.counter = None;
    city.roll_up("2026-11-21T12:00:00Z");
    let open = verify(&city, "2026-11-21T12:00:01Z");
    assert_eq!((open.len(), open[0].source, open[0].differences, &open[0].problem), (1, "segments", 0, &None));
    assert!(open[0].cells > 100, "{}", open[0].cells);
    let before = report(&city.counts, "R8");
    assert!(!archive_path(city.data.path()).exists());
    let rolled = city.roll_up(CLOSED);
    assert_eq!((rolled.closed, rolled.unarchived), (vec![DAY], Vec::<String>::new()));
    assert!(list(&city.data.path().join("counts/segments")).expect("readable").is_empty());
    assert_eq!(report(&city.counts, "R8"), before, "closing changes no figure");
    let closed = verify(&city, CLOSED);
    assert_eq!((closed[0].source, closed[0].differences, &closed[0].problem), ("archive", 0, &None));
    assert_eq!(closed[0].cells, open[0].cells);
    assert!(!archive_path(city.data.path()).with_extension("new").exists());
    let kept = rows(city.data.path());
    assert!(kept.iter().filter(|row| !row.also).count() == 1200);
    let size = std::fs::metadata(archive_path(city.data.path())).expect("there").len();
    println!("{} rows in {size} bytes", kept.len());
}

#[test]
fn the_archive_holds_no_address_token_or_search_and_only_families_that_twenty_visitors_share() {
    let city = City::new("2026-11-21T01:00:00Z");
    for visitor in 0..20_u32 {
        let address = std::net::Ipv4Addr::from(0xcb00_7100 + visitor).to_string();
        city.get("2026-11-21T01:00:00Z", &address, CHROME, Access::DatasetPage(DATASET));
        if visitor < 19 {
            city.get("2026-11-21T01:00:00Z", &address, CURL, Access::Search(0xfeed_beef_feed_beef));
        }
    }
    let folder = city.data.path().join("counts/segments");
    let mut city = city;
    city.counter = None;
    let mut tokens = Vec::new();
    for found in list(&folder).expect("readable") {
        let image = hiraku::count::segment::Image::read(&folder, found.id).expect("whole").expect("there");
        for (_, entry) in image.entries() {
            if let hiraku::count::record::Entry::Answer(record) = entry {
                tokens.push(record.token);
            }
        }
    }
    assert_eq!(tokens.len(), 39);
    city.roll_up(CLOSED);
    let rows = rows(city.data.path());
    assert_eq!(rows.len(), 39);
    for row in &rows {
        let is_search = row.kind == hiraku::count::verdict::Kind::Search;
        assert_eq!(row.family.as_deref(), if is_search { None } else { Some("chrome") });
        assert_eq!(row.target.is_nil(), is_search);
    }
    // Whatever the whole data directory holds now, it holds no token and no address in any form.
    let mut files = Vec::new();
    all_files(city.data.path(), &mut files);
    for file in files.iter().filter(|file| !file.ends_with("salt-2026-11-21")) {
        let bytes = std::fs::read(file).expect("readable");
        let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        for token in &tokens {
            assert!(!holds(&token.to_le_bytes()) && !holds(&token.to_be_bytes()), "{}", file.display());
            assert!(!holds(format!("{token:x}").as_bytes()) && !holds(token.to_string().as_bytes()));
        }
        for visitor in 0..20_u32 {
            let address = std::net::Ipv4Addr::from(0xcb00_7100 + visitor);
            assert!(!holds(address.to_string().as_bytes()), "{}", file.display());
            assert!(!holds(&address.octets()), "{}", file.display());
        }
    }
}

fn all_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() { all_files(&path, files) } else { files.push(path) }
    }
}

#[test]
fn rows_of_one_second_do_not_tell_in_which_order_they_came() {
    let order = |turned: bool| {
        let mut city = City::new("2026-11-21T01:00:00Z");
        let mut steps: Vec<u32> = (0..40).collect();
        if turned {
            steps.reverse();
        }
        for (place, visitor) in steps.into_iter().enumerate() {
            let address = std::net::Ipv4Addr::from(0xcb00_7100 + visitor).to_string();
            let access = if visitor % 2 == 0 { Access::DatasetPage(DATASET) } else { Access::Preview(CSV) };
            city.get(&format!("2026-11-21T01:00:00.{place:03}Z"), &address, CHROME, access);
        }
        city.counter = None;
        city.roll_up(CLOSED);
        digest(city.data.path())
    };
    assert_eq!(order(false), order(true));
}

#[test]
fn a_day_whose_archive_cannot_be_written_stays_open_with_its_segments() {
    let mut city = City::new("2026-11-21T01:00:00Z");
    city.get("2026-11-21T01:00:00Z", "192.0.2.1", CHROME, Access::DatasetPage(DATASET));
    city.counter = None;
    let archive = city.data.path().join("counts/archive");
    std::fs::write(&archive, "a file where the folder should be").expect("written");
    let rolled = city.roll_up(CLOSED);
    assert_eq!((rolled.closed.len(), rolled.removed_segments, rolled.unarchived.len()), (0, 0, 1), "{rolled:?}");
    assert_eq!(list(&city.data.path().join("counts/segments")).expect("readable").len(), 1);
    assert_eq!(sum(&report(&city.counts, "R8"), "investigations", "browser"), 1);
    std::fs::remove_file(&archive).expect("removed");
    let rolled = city.roll_up("2026-11-22T15:10:00Z");
    assert_eq!((rolled.closed, rolled.removed_segments), (vec![DAY], 1));
    assert_eq!(verify(&city, CLOSED)[0].differences, 0);
}

#[test]
fn a_crash_between_archive_and_closing_leaves_an_open_day_that_is_closed_later() {
    let mut city = City::new("2026-11-21T01:00:00Z");
    city.get("2026-11-21T01:00:00Z", "192.0.2.1", CHROME, Access::DatasetPage(DATASET));
    city.counter = None;
    city.roll_up("2026-11-21T02:00:00Z");
    let database = city.data.path().join("counts.duckdb");
    let before = std::fs::read(&database).expect("readable");
    let folder = city.data.path().join("counts/segments");
    let segment = std::fs::read_dir(&folder).expect("readable").next().expect("one").expect("readable").path();
    let records = std::fs::read(&segment).expect("readable");
    city.roll_up(CLOSED);
    let archived = digest(city.data.path());
    // As after a crash before the commit: the archive in its place, database and segments of before; and a file that
    // another attempt left half-made.
    let _ = std::fs::remove_file(city.data.path().join("counts.duckdb.wal"));
    std::fs::write(&database, before).expect("written");
    std::fs::write(&segment, records).expect("written");
    std::fs::write(archive_path(city.data.path()).with_extension("new"), "half").expect("written");
    let rolled = city.roll_up("2026-11-22T15:20:00Z");
    assert_eq!((rolled.closed, rolled.removed_segments), (vec![DAY], 1));
    assert_eq!(digest(city.data.path()), archived);
    assert_eq!(verify(&city, CLOSED)[0].differences, 0);
    assert_eq!(sum(&report(&city.counts, "R8"), "investigations", "browser"), 1);
}

#[test]
fn a_crash_between_closing_and_removal_leaves_segments_that_are_removed_and_counted_once() {
    let mut city = City::new("2026-11-21T01:00:00Z");
    city.get("2026-11-21T01:00:00Z", "192.0.2.1", CHROME, Access::DatasetPage(DATASET));
    city.counter = None;
    let folder = city.data.path().join("counts/segments");
    let segment = std::fs::read_dir(&folder).expect("readable").next().expect("one").expect("readable").path();
    let records = std::fs::read(&segment).expect("readable");
    city.roll_up(CLOSED);
    for (minute, note) in ["before its row is forgotten", "and long after"].into_iter().enumerate() {
        std::fs::write(&segment, &records).expect("written");
        let rolled = city.roll_up(&format!("2026-11-22T15:{minute}0:01Z"));
        assert_eq!((rolled.removed_segments, rolled.late_answers), (1, 0), "{note}");
        city.roll_up(&format!("2026-11-22T15:{minute}5:00Z"));
    }
    assert_eq!(sum(&report(&city.counts, "R8"), "investigations", "browser"), 1);
    assert_eq!(report(&city.counts, "R8").coverage.lost, 0);
}

#[test]
fn verification_finds_a_changed_figure_and_a_changed_or_missing_archive() {
    let mut city = busy_day();
    city.counter = None;
    city.roll_up(CLOSED);
    let path = archive_path(city.data.path());
    let whole = std::fs::read(&path).expect("readable");
    let mut bytes = whole.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, &bytes).expect("written");
    let verified = verify(&city, CLOSED);
    assert!(verified[0].problem.as_deref().is_some_and(|problem| problem.contains("SHA-256")), "{verified:?}");
    std::fs::remove_file(&path).expect("removed");
    assert!(verify(&city, CLOSED)[0].problem.is_some());
    std::fs::write(&path, &whole).expect("written");
    assert_eq!(verify(&city, CLOSED)[0].problem, None);
}
