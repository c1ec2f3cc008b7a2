//! What the public statistics are made of: sums by day and month, target and class.

use std::collections::{BTreeMap, HashMap};

use duckdb::{Connection, params};
use jiff::civil::Date;
use uuid::Uuid;

use super::super::StoreError;
use super::figures::{date, stored, uuid};
use super::{Counts, kpi, year};
use crate::count::class::Class;
use crate::count::statistics::{INDICATORS, Scope, Sources, Statistics, Sum, UniqueUses, View};
use crate::count::tally::Measure;
use crate::count::verdict::Verdict;

impl Counts {
    /// The statistics of a scope.
    pub fn statistics(&self, scope: &Scope, view: View, now: jiff::Timestamp) -> Result<Statistics, StoreError> {
        Ok(Statistics::new(scope, view, &self.statistics_sources(view)?, now))
    }

    /// What the statistics of all scopes in a view are made of.
    pub fn statistics_sources(&self, view: View) -> Result<Sources, StoreError> {
        self.with(|connection| sources(connection, view))
    }

    /// The first day of which anything was noted; `None` before the first roll-up.
    pub fn first_day(&self) -> Result<Option<Date>, StoreError> {
        self.with(|connection| {
            let first: Option<String> = connection.query_row(
                "SELECT least((SELECT min(day) FROM coverage), (SELECT min(day) FROM served))::VARCHAR",
                [],
                |row| row.get(0),
            )?;
            first.map(|day| date(&day)).transpose()
        })
    }

    /// Sums by month of what happened once a session to a dataset, by people: unique investigations and unique
    /// requests, by dataset and month.
    pub fn unique_uses(&self, view: View) -> Result<UniqueUses, StoreError> {
        let (first, last) = view.days();
        self.with(|connection| {
            let mut statement = connection.prepare(
                "SELECT date_trunc('month', day)::DATE::VARCHAR, target::VARCHAR, measure, sum(value)::UBIGINT
                 FROM figures WHERE day BETWEEN ?::DATE AND ?::DATE AND class = 'browser'
                       AND measure IN ('unique-investigations', 'unique-requests') GROUP BY ALL",
            )?;
            let mut rows = statement.query(params![first.to_string(), last.to_string()])?;
            let mut uses = UniqueUses::default();
            while let Some(row) = rows.next()? {
                let key = (date(&row.get::<_, String>(0)?)?, uuid(&row.get::<_, String>(1)?)?);
                let of = if row.get::<_, String>(2)? == Measure::UniqueRequests.name() {
                    &mut uses.requests
                } else {
                    &mut uses.investigations
                };
                of.insert(key, row.get(3)?);
            }
            Ok(uses)
        })
    }

    /// Uses by a browser of each dataset (investigations) and distribution (its requests): all there are, and those of
    /// the days after `since`.
    pub fn uses(&self, since: Date) -> Result<HashMap<Uuid, (u64, u64)>, StoreError> {
        self.with(|connection| {
            let mut statement = connection.prepare(
                "SELECT target::VARCHAR, sum(value)::UBIGINT,
                        coalesce(sum(value) FILTER (WHERE day > ?::DATE), 0)::UBIGINT
                 FROM figures WHERE class = 'browser' AND measure IN ('investigations', 'distribution-requests')
                 GROUP BY target",
            )?;
            let mut rows = statement.query(params![since.to_string()])?;
            let mut uses = HashMap::new();
            while let Some(row) = rows.next()? {
                uses.insert(uuid(&row.get::<_, String>(0)?)?, (row.get(1)?, row.get(2)?));
            }
            Ok(uses)
        })
    }
}

fn sources(connection: &Connection, view: View) -> Result<Sources, StoreError> {
    let (first, last) = view.days();
    let days = [first.to_string(), last.to_string()];
    let mut sources = Sources {
        months: sums(connection, "date_trunc('month', day)::DATE", &days)?,
        names: year::names(connection)?,
        observed: kpi::observed(connection, &days)?,
        definitions: year::definitions(connection, &days)?,
        ..Sources::default()
    };
    if matches!(view, View::Days(_)) {
        sources.days = sums(connection, "day", &days)?;
    }
    let mut statement = connection.prepare(
        "SELECT class, verdict, sum(answers)::UBIGINT FROM served WHERE day BETWEEN ?::DATE AND ?::DATE
         GROUP BY ALL ORDER BY ALL",
    )?;
    let mut rows = statement.query(params![days[0], days[1]])?;
    while let Some(row) = rows.next()? {
        let (class, verdict): (String, String) = (row.get(0)?, row.get(1)?);
        let class = Class::parse(&class).ok_or_else(|| stored("class", &class))?;
        let verdict = Verdict::parse(&verdict).ok_or_else(|| stored("verdict", &verdict))?;
        sources.served.push((class, verdict, row.get(2)?));
    }
    Ok(sources)
}

/// Sums over what `period` (an expression of ours over `day`) gives.
fn sums(connection: &Connection, period: &str, days: &[String; 2]) -> Result<Vec<Sum>, StoreError> {
    let mut statement = connection.prepare(&format!(
        "SELECT ({period})::VARCHAR AS period, target::VARCHAR, measure, split_part(class, '/', 1) AS main, sum(value)::UBIGINT
         FROM figures WHERE day BETWEEN ?::DATE AND ?::DATE AND main IN ('browser', 'machine')
               AND measure IN ('investigations', 'requests', 'map-sessions', 'viewers', 'layer-uses')
         GROUP BY ALL"
    ))?;
    let wanted: BTreeMap<(&str, &str), _> = INDICATORS
        .into_iter()
        .filter_map(|indicator| indicator.counted().map(|(measure, class)| ((measure.name(), class), indicator)))
        .collect();
    let mut rows = statement.query(params![days[0], days[1]])?;
    let mut sums = Vec::new();
    while let Some(row) = rows.next()? {
        let (measure, main): (String, String) = (row.get(2)?, row.get(3)?);
        let Some(indicator) = wanted.get(&(measure.as_str(), main.as_str())) else { continue };
        sums.push(Sum {
            day: date(&row.get::<_, String>(0)?)?,
            target: uuid(&row.get::<_, String>(1)?)?,
            indicator: *indicator,
            value: row.get(4)?,
        });
    }
    Ok(sums)
}
