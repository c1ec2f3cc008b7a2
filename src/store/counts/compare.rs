//! What candidates counted in shadow, beside what was published.

use std::collections::BTreeMap;

use duckdb::{Connection, params};
use jiff::civil::Date;

use super::super::StoreError;
use super::figures::{date, stored};
use crate::count::class::Class;
use crate::count::compare::{Comparison, lines};
use crate::count::tally::Measure;

/// One comparison of each candidate that ran in shadow on days from `first` to `last`.
pub(super) fn comparisons(connection: &Connection, (first, last): (Date, Date)) -> Result<Vec<Comparison>, StoreError> {
    let days = [first.to_string(), last.to_string()];
    let mut statement = connection.prepare(
        "SELECT shadow.definition, any_value(definitions.title), min(shadow.day)::VARCHAR, max(shadow.day)::VARCHAR,
                count(DISTINCT shadow.day)::UBIGINT,
                (SELECT min(day)::VARCHAR FROM served WHERE served.definition = shadow.definition)
         FROM shadow_served AS shadow LEFT JOIN definitions ON definitions.id = shadow.definition
         WHERE shadow.day BETWEEN ?::DATE AND ?::DATE GROUP BY shadow.definition ORDER BY min(shadow.day), 1",
    )?;
    let mut rows = statement.query(params![days[0], days[1]])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let candidate: String = row.get(0)?;
        found.push(Comparison {
            lines: lines(&sums(connection, &candidate, &days)?),
            in_force: in_force(connection, &candidate, &days)?,
            candidate,
            title: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
            first_day: date(&row.get::<_, String>(2)?)?,
            last_day: date(&row.get::<_, String>(3)?)?,
            days: row.get(4)?,
            break_day: row.get::<_, Option<String>>(5)?.as_deref().map(date).transpose()?,
        });
    }
    Ok(found)
}

/// The days on which a candidate (?1) ran in shadow, from ?2 to ?3.
const OVERLAP: &str =
    "SELECT DISTINCT day FROM shadow_served WHERE definition = ?1 AND day BETWEEN ?2::DATE AND ?3::DATE";

fn in_force(connection: &Connection, candidate: &str, days: &[String; 2]) -> Result<Vec<String>, StoreError> {
    let mut statement = connection
        .prepare(&format!("SELECT DISTINCT definition FROM served WHERE day IN ({OVERLAP}) ORDER BY definition"))?;
    let rows = statement.query_map(params![candidate, days[0], days[1]], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

type Sums = BTreeMap<(Measure, &'static str), (u64, u64)>;

fn sums(connection: &Connection, candidate: &str, days: &[String; 2]) -> Result<Sums, StoreError> {
    let mut statement = connection.prepare(&format!(
        "SELECT measure, class, sum(in_force)::UBIGINT, sum(candidate)::UBIGINT FROM (
             SELECT measure, class, value AS in_force, 0 AS candidate FROM figures WHERE day IN ({OVERLAP})
             UNION ALL
             SELECT measure, class, 0, value FROM shadow_figures
             WHERE definition = ?1 AND day BETWEEN ?2::DATE AND ?3::DATE)
         GROUP BY measure, class"
    ))?;
    let mut rows = statement.query(params![candidate, days[0], days[1]])?;
    let mut sums = Sums::new();
    while let Some(row) = rows.next()? {
        let (measure, class): (String, String) = (row.get(0)?, row.get(1)?);
        let measure = Measure::parse(&measure).ok_or_else(|| stored("measure", &measure))?;
        let class = Class::parse(&class).ok_or_else(|| stored("class", &class))?.main_name();
        let sum = sums.entry((measure, class)).or_default();
        sum.0 += row.get::<_, u64>(2)?;
        sum.1 += row.get::<_, u64>(3)?;
    }
    Ok(sums)
}
