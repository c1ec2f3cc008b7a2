//! The figures of one fiscal year, as a report needs them.

use std::collections::BTreeMap;

use duckdb::{Connection, params};

use super::super::StoreError;
use super::figures::{date, stored, uuid};
use crate::count::class::Class;
use crate::count::report::{Coverage, CoverageRow, DefinitionUse, MonthRow, Sources, TargetName, TargetRow};
use crate::count::tally::Measure;
use crate::count::target::TargetKind;
use crate::count::verdict::Verdict;
use crate::model::time::FiscalYear;

pub(super) fn sources(connection: &Connection, year: FiscalYear) -> Result<Sources, StoreError> {
    let days = [year.first_day().to_string(), year.last_day().to_string()];
    let mut sources = Sources::default();
    // One pass over the days for both lists.
    let mut statement = connection.prepare(
        "SELECT year(day) * 100 + month(day) AS month, target::VARCHAR, measure, class, sum(value)::UBIGINT
         FROM figures WHERE day BETWEEN ?::DATE AND ?::DATE
         GROUP BY GROUPING SETS ((month, measure, class), (target, measure, class))",
    )?;
    let mut rows = statement.query(params![days[0], days[1]])?;
    while let Some(row) = rows.next()? {
        let (measure, class) = (measure(&row.get::<_, String>(2)?)?, class(&row.get::<_, String>(3)?)?);
        let value = row.get(4)?;
        match (row.get::<_, Option<i64>>(0)?, row.get::<_, Option<String>>(1)?) {
            (Some(month), _) => {
                let month = format!("{:04}-{:02}", month / 100, month % 100);
                sources.months.push(MonthRow { month, measure, class, value });
            }
            (None, Some(target)) => sources.targets.push(TargetRow { target: uuid(&target)?, measure, class, value }),
            (None, None) => return Err(stored("sum", "neither of a month nor of a target")),
        }
    }
    let mut statement = connection.prepare(
        "SELECT class, verdict, sum(answers)::UBIGINT FROM served WHERE day BETWEEN ?::DATE AND ?::DATE GROUP BY ALL",
    )?;
    let mut rows = statement.query(params![days[0], days[1]])?;
    while let Some(row) = rows.next()? {
        let name: String = row.get(1)?;
        let verdict = Verdict::parse(&name).ok_or_else(|| stored("verdict", &name))?;
        sources.served.push((class(&row.get::<_, String>(0)?)?, verdict, row.get(2)?));
    }
    sources.served.sort_unstable_by_key(|(class, verdict, _)| (*class, *verdict));
    sources.names = names(connection)?;
    sources.coverage = coverage(connection, &days)?;
    sources.definitions = definitions(connection, &days)?;
    Ok(sources)
}

pub(super) fn names(connection: &Connection) -> Result<BTreeMap<uuid::Uuid, TargetName>, StoreError> {
    let mut statement = connection.prepare("SELECT id::VARCHAR, kind, organization, name, title FROM targets")?;
    let mut rows = statement.query([])?;
    let mut names = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let kind: String = row.get(1)?;
        let name = TargetName {
            kind: TargetKind::parse(&kind).ok_or_else(|| stored("kind of target", &kind))?,
            organization: row.get(2)?,
            name: row.get(3)?,
            title: row.get(4)?,
        };
        names.insert(uuid(&row.get::<_, String>(0)?)?, name);
    }
    Ok(names)
}

/// Answers that came too late for their day are lost for its figures, and numbered as such.
fn coverage(connection: &Connection, days: &[String; 2]) -> Result<Vec<CoverageRow>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT strftime(day, '%Y-%m'), sum(up)::UBIGINT, sum(live)::UBIGINT, sum(lost)::UBIGINT, sum(gaps)::UBIGINT
         FROM (SELECT day, minutes_up AS up, minutes_live AS live, lost, gaps FROM coverage
               UNION ALL SELECT day, 0, 0, answers, 0 FROM late_answers)
         WHERE day BETWEEN ?::DATE AND ?::DATE GROUP BY ALL ORDER BY ALL",
    )?;
    let mut rows = statement.query(params![days[0], days[1]])?;
    let mut coverage = Vec::new();
    while let Some(row) = rows.next()? {
        coverage.push(CoverageRow {
            month: row.get(0)?,
            coverage: Coverage {
                minutes_up: row.get(1)?,
                minutes_live: row.get(2)?,
                lost: row.get(3)?,
                gaps: row.get(4)?,
            },
        });
    }
    Ok(coverage)
}

pub(super) fn definitions(connection: &Connection, days: &[String; 2]) -> Result<Vec<DefinitionUse>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT used.definition, any_value(definitions.title), min(used.day)::VARCHAR, max(used.day)::VARCHAR
         FROM served AS used LEFT JOIN definitions ON definitions.id = used.definition
         WHERE used.day BETWEEN ?::DATE AND ?::DATE GROUP BY used.definition ORDER BY min(used.day), used.definition",
    )?;
    let mut rows = statement.query(params![days[0], days[1]])?;
    let mut definitions = Vec::new();
    while let Some(row) = rows.next()? {
        definitions.push(DefinitionUse {
            id: row.get(0)?,
            title: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
            first_day: date(&row.get::<_, String>(2)?)?,
            last_day: date(&row.get::<_, String>(3)?)?,
        });
    }
    Ok(definitions)
}

fn measure(name: &str) -> Result<Measure, StoreError> {
    Measure::parse(name).ok_or_else(|| stored("measure", name))
}

fn class(name: &str) -> Result<Class, StoreError> {
    Class::parse(name).ok_or_else(|| stored("class", name))
}
