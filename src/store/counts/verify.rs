//! The figures made again from archives and segments, beside those that are kept.

use std::collections::{BTreeMap, BTreeSet};

use duckdb::{Connection, params};
use jiff::civil::Date;
use serde::Serialize;

use super::super::StoreError;
use super::Places;
use super::day::{Day, Judge, Rules, Tallies};
use super::figures::{applied, archives, closed_days, date, stored};
use super::read::read_into;
use super::roll_up::{Readings, roll_up_and_keep};
use crate::count::archive::{self, Recounts};
use crate::count::definition::DefinitionId;

/// Differences that are listed of one day; the number of all is told.
const MOST_LISTED: usize = 20;

/// A cell that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which cell: table, definition, measure or hour, target, class, verdict.
    pub cell: String,
    /// The figure that is kept; `None` where there is none.
    pub kept: Option<u64>,
    /// The figure made again; `None` where there is none.
    pub recomputed: Option<u64>,
}

/// What came of one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifiedDay {
    /// The day.
    pub day: Date,
    /// `archive` of a closed day, `segments` of an open one.
    pub source: &'static str,
    /// Cells compared.
    pub cells: u64,
    /// Cells that differ.
    pub differences: u64,
    /// The first of them, at most twenty.
    pub first_differences: Vec<Difference>,
    /// Why nothing could be compared: the archive is missing or damaged, or records are.
    pub problem: Option<String>,
}

pub(super) fn verify(
    connection: &mut Connection,
    places: &Places,
    (first, last): (Date, Date),
    now: jiff::Timestamp,
    see: &mut dyn FnMut(usize, &VerifiedDay),
) -> Result<Vec<VerifiedDay>, StoreError> {
    // Open days are compared by the very entries that this roll-up read: answers go on meanwhile.
    let (_, mut read) = roll_up_and_keep(connection, places, now)?;
    let closed = closed_days(connection)?;
    let archives = archives(connection)?;
    let rules = Rules::read(connection)?;
    let days: BTreeSet<Date> = days_with_figures(connection)?
        .into_iter()
        .chain(closed.iter().copied())
        .filter(|day| (first..=last).contains(day))
        .collect();
    let mut verified = Vec::new();
    for day in &days {
        let (source, recomputed) = if closed.contains(day) {
            ("archive", from_archive(places, *day, archives.get(day)))
        } else {
            ("segments", from_segments(connection, places, &mut read, *day, &rules)?)
        };
        let result = match recomputed {
            Ok(tallies) => compare(*day, source, &cells_of(&tallies), &cells_kept(connection, *day)?),
            Err(problem) => VerifiedDay {
                day: *day,
                source,
                cells: 0,
                differences: 0,
                first_differences: Vec::new(),
                problem: Some(problem),
            },
        };
        see(days.len(), &result);
        verified.push(result);
    }
    Ok(verified)
}

fn days_with_figures(connection: &Connection) -> Result<BTreeSet<Date>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT DISTINCT day::VARCHAR FROM (SELECT day FROM figures UNION ALL SELECT day FROM served
         UNION ALL SELECT day FROM shadow_figures UNION ALL SELECT day FROM shadow_served
         UNION ALL SELECT day FROM applied_segments)",
    )?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    rows.map(|row| date(&row?)).collect()
}

fn from_archive(places: &Places, day: Date, sha256: Option<&String>) -> Result<Tallies, String> {
    let sha256 = sha256.ok_or(
        "the day was closed without an archive: records were missing, or no version that keeps archives closed it",
    )?;
    let mut recounts = Recounts::new();
    let definitions = archive::read(&places.archive, day, sha256, |definition, row| {
        recounts.entry(definition).or_default().take(&row);
    })
    .map_err(|error| error.to_string())?;
    let mut tallies = Tallies::new();
    for (place, recount) in recounts {
        let judge = definitions.get(usize::from(place)).and_then(|name| Judge::parse(name));
        let judge = judge.ok_or("the archive names no definition for some of its rows")?;
        tallies.insert(judge, recount.finish());
    }
    Ok(tallies)
}

fn from_segments(
    connection: &Connection,
    places: &Places,
    read: &mut Readings,
    day: Date,
    rules: &Rules,
) -> Result<Result<Tallies, String>, StoreError> {
    let applied = applied(connection)?;
    for id in applied.days.get(&day).into_iter().flat_map(BTreeMap::keys) {
        if !read.contains_key(id) {
            let mut outcome = super::RollUp::default();
            read_into(read, &places.segments, *id, &mut outcome);
            if let Some(problem) = outcome.unreadable.pop() {
                return Ok(Err(problem));
            }
        }
        if !read.contains_key(id) {
            return Ok(Err(format!("segment {} of replica {} is missing", id.number, id.replica)));
        }
    }
    Ok(Day { read, segments: &places.segments, date: day }.tallies(rules).map_err(|error| error.to_string()))
}

/// Figures by the name of their cell.
type Cells = BTreeMap<String, u64>;

fn cells_of(tallies: &Tallies) -> Cells {
    let mut cells = Cells::new();
    for (judge, tally) in tallies {
        for ((measure, target, class), value) in &tally.figures {
            cells.insert(format!("figures {judge} {} {target} {}", measure.name(), class.name()), *value);
        }
        for ((hour, class, verdict), answers) in &tally.served {
            cells.insert(format!("served {judge} {hour} {} {}", class.name(), verdict.name()), *answers);
        }
    }
    cells
}

fn cells_kept(connection: &Connection, day: Date) -> Result<Cells, StoreError> {
    let mut cells = Cells::new();
    for (shadow, figures, served) in [(false, "figures", "served"), (true, "shadow_figures", "shadow_served")] {
        let queries = [
            (
                "figures",
                format!(
                    "SELECT definition, measure || ' ' || target::VARCHAR || ' ' || class, value FROM {figures} WHERE day = ?::DATE"
                ),
            ),
            (
                "served",
                format!(
                    "SELECT definition, hour::VARCHAR || ' ' || class || ' ' || verdict, answers FROM {served} WHERE day = ?::DATE"
                ),
            ),
        ];
        for (table, query) in queries {
            let mut statement = connection.prepare(&query)?;
            let mut rows = statement.query(params![day.to_string()])?;
            while let Some(row) = rows.next()? {
                let id: String = row.get(0)?;
                let definition = DefinitionId::parse(&id).ok_or_else(|| stored("definition", &id))?;
                let judge = Judge { shadow, definition };
                // A cell that stands there twice is wrong, and shows as a sum that nothing makes again.
                *cells.entry(format!("{table} {judge} {}", row.get::<_, String>(1)?)).or_default() +=
                    row.get::<_, u64>(2)?;
            }
        }
    }
    Ok(cells)
}

fn compare(day: Date, source: &'static str, recomputed: &Cells, kept: &Cells) -> VerifiedDay {
    let names: BTreeSet<&String> = recomputed.keys().chain(kept.keys()).collect();
    let cells = names.len() as u64;
    let differing = || names.iter().filter(|name| recomputed.get(**name) != kept.get(**name));
    let first_differences = differing()
        .take(MOST_LISTED)
        .map(|name| Difference {
            cell: (*name).clone(),
            kept: kept.get(*name).copied(),
            recomputed: recomputed.get(*name).copied(),
        })
        .collect();
    VerifiedDay { day, source, cells, differences: differing().count() as u64, first_differences, problem: None }
}
