//! Key figures: what was entered, what was public by day, and the sums they are compared with.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use duckdb::{Connection, params};
use jiff::civil::Date;

use super::super::StoreError;
use super::Counts;
use super::figures::{date, stored, timestamp};
use crate::count::kpi::{DayRow, Entry, Indicator, PublicRow, Sources, Table};
use crate::count::report::{Coverage, DefinitionUse};
use crate::model::time::FiscalYear;

impl Counts {
    /// Keeps entries. The newest of an organization, year and indicator is in force; the others stay as history.
    pub fn enter_targets(&self, entries: &[Entry], now: jiff::Timestamp) -> Result<(), StoreError> {
        self.with(|connection| {
            let transaction = connection.transaction()?;
            let mut number: u64 =
                transaction.query_row("SELECT coalesce(max(number), 0) FROM kpi_entries", [], |row| row.get(0))?;
            for entry in entries {
                number += 1;
                transaction.execute(
                    "INSERT INTO kpi_entries VALUES (?, ?, ?, ?, ?, ?, ?, ?::DATE, ?, ?::TIMESTAMP)",
                    params![
                        number,
                        entry.organization,
                        entry.fiscal_year,
                        entry.indicator.key(),
                        entry.target,
                        entry.reported,
                        entry.source,
                        entry.decided.to_string(),
                        entry.note,
                        timestamp(now)
                    ],
                )?;
            }
            Ok(transaction.commit()?)
        })
    }

    /// The entries in force, by organization, year and indicator.
    pub fn targets_in_force(&self) -> Result<Vec<Entry>, StoreError> {
        self.with(|connection| entries(connection))
    }

    /// Keeps what is public on the day of `rows`, so that the ends of past months stay known. The last look at a day
    /// stands; nothing is written where it is the same as before.
    pub fn note_public(&self, rows: &[PublicRow], now: jiff::Timestamp) -> Result<(), StoreError> {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(day) = rows.first().map(|row| row.day.to_string()) else { return Ok(()) };
        if *noted == rows {
            return Ok(());
        }
        self.with(|connection| {
            let transaction = connection.transaction()?;
            transaction.execute("DELETE FROM public_things WHERE day = ?::DATE", params![day])?;
            let mut appender = transaction.appender("public_things")?;
            for row in rows {
                appender.append_row(params![day, row.organization, row.datasets, row.layers, timestamp(now)])?;
            }
            appender.flush()?;
            drop(appender);
            Ok(transaction.commit()?)
        })?;
        *noted = rows.to_vec();
        Ok(())
    }

    /// The table of key figures of a fiscal year, exact: for those who run the site. `titles` names the organizations of the catalogue.
    pub fn key_figures(
        &self,
        year: FiscalYear,
        titles: &BTreeMap<String, String>,
        now: jiff::Timestamp,
    ) -> Result<Table, StoreError> {
        let sources = self.with(|connection| sources(connection, year))?;
        Ok(Table::new(year, &sources, titles, now))
    }

    /// The same as it is published: sums of months that are not final come in steps of five.
    pub fn published_key_figures(
        &self,
        year: FiscalYear,
        titles: &BTreeMap<String, String>,
        now: jiff::Timestamp,
    ) -> Result<Table, StoreError> {
        let sources = self.with(|connection| sources(connection, year))?;
        Ok(Table::published(year, sources, titles, now))
    }
}

fn entries(connection: &Connection) -> Result<Vec<Entry>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT organization, fiscal_year, indicator, target, reported, source, decided::VARCHAR, note FROM kpi_entries
         QUALIFY row_number() OVER (PARTITION BY organization, fiscal_year, indicator ORDER BY number DESC) = 1
         ORDER BY organization, fiscal_year, indicator",
    )?;
    let mut rows = statement.query([])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(Entry {
            organization: row.get(0)?,
            fiscal_year: row.get(1)?,
            indicator: indicator(&row.get::<_, String>(2)?)?,
            target: row.get(3)?,
            reported: row.get(4)?,
            source: row.get(5)?,
            decided: date(&row.get::<_, String>(6)?)?,
            note: row.get(7)?,
        });
    }
    Ok(entries)
}

fn indicator(key: &str) -> Result<Indicator, StoreError> {
    Indicator::ALL.into_iter().find(|own| own.key() == key).ok_or_else(|| stored("indicator", key))
}

fn sources(connection: &Connection, year: FiscalYear) -> Result<Sources, StoreError> {
    let before = FiscalYear::new(year.year() - 1).unwrap_or(year);
    let days = [before.first_day().to_string(), year.last_day().to_string()];
    let mut sources = Sources { entries: entries(connection)?, ..Sources::default() };
    let mut statement = connection.prepare(
        "SELECT f.day::VARCHAR, coalesce(t.organization, ''), f.measure, split_part(f.class, '/', 1) AS main,
                sum(f.value)::UBIGINT
         FROM figures AS f LEFT JOIN targets AS t ON t.id = f.target
         WHERE f.day BETWEEN ?::DATE AND ?::DATE AND main IN ('browser', 'machine')
               AND f.measure IN ('investigations', 'requests', 'map-sessions', 'viewers', 'layer-uses')
         GROUP BY ALL ORDER BY ALL",
    )?;
    let mut rows = statement.query(params![days[0], days[1]])?;
    while let Some(row) = rows.next()? {
        let (measure, main): (String, String) = (row.get(2)?, row.get(3)?);
        let of = |own: &Indicator| own.counted().is_some_and(|(own, class)| own.name() == measure && class == main);
        let Some(indicator) = Indicator::ALL.into_iter().find(of) else { continue };
        let day = date(&row.get::<_, String>(0)?)?;
        sources.days.push(DayRow { day, organization: row.get(1)?, indicator, value: row.get(4)? });
    }
    sources.observed = observed(connection, &days)?;
    let mut statement = connection.prepare(
        "SELECT day::VARCHAR, organization, datasets, layers FROM public_things
         WHERE day BETWEEN ?::DATE AND ?::DATE ORDER BY ALL",
    )?;
    let mut rows = statement.query(params![days[0], days[1]])?;
    while let Some(row) = rows.next()? {
        let day = date(&row.get::<_, String>(0)?)?;
        sources.public.push(PublicRow { day, organization: row.get(1)?, datasets: row.get(2)?, layers: row.get(3)? });
    }
    for own in [before, year] {
        sources.definitions.extend(definitions(connection, own)?);
    }
    Ok(sources)
}

/// How well each day was observed. Answers that came too late for their day are lost for its figures.
pub(super) fn observed(connection: &Connection, days: &[String; 2]) -> Result<BTreeMap<Date, Coverage>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT day::VARCHAR, sum(up)::UBIGINT, sum(live)::UBIGINT, sum(lost)::UBIGINT, sum(gaps)::UBIGINT
         FROM (SELECT day, minutes_up AS up, minutes_live AS live, lost, gaps FROM coverage
               UNION ALL SELECT day, 0, 0, answers, 0 FROM late_answers)
         WHERE day BETWEEN ?::DATE AND ?::DATE GROUP BY ALL ORDER BY ALL",
    )?;
    let mut rows = statement.query(params![days[0], days[1]])?;
    let mut observed = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let coverage =
            Coverage { minutes_up: row.get(1)?, minutes_live: row.get(2)?, lost: row.get(3)?, gaps: row.get(4)? };
        observed.insert(date(&row.get::<_, String>(0)?)?, coverage);
    }
    Ok(observed)
}

/// Definitions of one fiscal year, with their days within it.
fn definitions(connection: &Connection, year: FiscalYear) -> Result<Vec<DefinitionUse>, StoreError> {
    super::year::definitions(connection, &[year.first_day().to_string(), year.last_day().to_string()])
}
