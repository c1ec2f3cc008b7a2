//! The nearest features of a place: a radius is widened until enough are found, so that few distances are taken.

use super::{Page, Reader, full, where_all};
use crate::model::lonlat::LonLat;
use crate::store::StoreError;
use crate::store::condition::Bound;
use crate::store::rows::found_row;
use crate::store::spatial::{around, distance, touches, written};

/// Radii tried for the nearest features: near ones twice as far as the one before, far ones eight times; the last is more
/// than half around the earth.
const RADII_M: [f64; 11] =
    [125.0, 250.0, 500.0, 1_000.0, 2_000.0, 4_000.0, 16_000.0, 128_000.0, 1_024_000.0, 8_192_000.0, 1e8];
/// Records whose distances are taken without a further thought: some milliseconds.
const FEW: f64 = 5_000.0;

impl Reader<'_> {
    /// The nearest features: within a radius that is widened until enough are found, so that few distances are taken.
    pub(super) fn nearest(&self, from: LonLat) -> Result<Page, StoreError> {
        let begun = match self.query.after {
            None => None,
            Some(id) => {
                let sql = format!("SELECT {} FROM {} WHERE _id = {id}", distance(from), self.from());
                let mut statement = self.connection.prepare(&sql)?;
                let mut found = statement.query([])?;
                match found.next()? {
                    Some(row) => row.get::<_, Option<f64>>(0)?.map(|metres| (metres, id)),
                    None => None,
                }
            }
        };
        let least = begun.map_or(0.0, |(metres, _)| metres);
        let mut last = Page { picked: Vec::new(), rows: None, more: false };
        // Where little enough lies within what is meant at all, all of it is looked at once.
        let most = match (&self.boxes, self.reach()) {
            (Some(boxes), Some(reach)) => boxes.expected(&reach),
            (Some(_), None) => f64::INFINITY,
            (None, _) => self.table.records as f64,
        };
        if most <= FEW {
            return self.within(from, None, begun);
        }
        for radius in RADII_M {
            let whole = radius >= 1e8;
            if !whole && (radius < least || self.is_too_near(from, radius)) {
                continue;
            }
            last = self.within(from, (!whole).then_some(radius), begun)?;
            if last.more {
                break;
            }
        }
        Ok(last)
    }

    /// Whether so near there can hardly be enough features for a page: a guess, which only decides where the search
    /// begins.
    fn is_too_near(&self, from: LonLat, radius: f64) -> bool {
        let expected = self.boxes.as_ref().and_then(|boxes| Some(boxes.expected(&around(from, radius)?)));
        // A circle is three quarters of its box.
        expected.is_some_and(|expected| expected * 0.75 <= self.query.limit as f64)
    }

    /// The nearest features within a radius, behind `begun`.
    fn within(&self, from: LonLat, radius: Option<f64>, begun: Option<(f64, u64)>) -> Result<Page, StoreError> {
        let mut bound = Bound::new(&self.store.matchers);
        let mut filter = self.filter(&mut bound)?;
        let mut outer = vec!["_metres IS NOT NULL".to_owned()];
        let mut bbox = None;
        if let Some(radius) = radius {
            let Some(around) = around(from, radius) else {
                return Ok(Page { picked: Vec::new(), rows: None, more: false });
            };
            filter.push(touches(&around));
            outer.push(format!("_metres <= {}", written(radius)));
            bbox = Some(around);
        }
        if let Some((metres, id)) = begun {
            let metres = written(metres);
            outer.push(format!("(_metres > {metres} OR (_metres = {metres} AND _id > {id}))"));
        }
        let one_step = self.one_step();
        let select = if one_step { self.select()? } else { "_id".to_owned() };
        let columns = if one_step { self.query.columns.len() + 1 + usize::from(self.query.geometry) } else { 1 };
        let mut found = Vec::new();
        for part in self.parts(bbox.or_else(|| self.reach()).as_ref(), 0) {
            let sql = format!(
                "SELECT * FROM (SELECT {select}, {} AS _metres FROM {}{}) WHERE {} ORDER BY _metres, _id LIMIT {}",
                distance(from),
                self.from(),
                where_all(&filter, part),
                outer.join(" AND "),
                self.query.limit + 1
            );
            let mut statement = self.connection.prepare(&sql)?;
            let mut rows = statement.query(duckdb::params_from_iter(bound.values.iter()))?;
            while let Some(row) = rows.next()? {
                let metres: f64 = row.get(columns)?;
                let id: i64 = row.get(0)?;
                let row =
                    if one_step { Some(found_row(row, self.query.columns.len(), self.query.geometry)?) } else { None };
                found.push((metres, u64::try_from(id).unwrap_or(0), row));
            }
        }
        // Each part has its own nearest ones.
        found.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        found.truncate(usize::try_from(self.query.limit + 1).unwrap_or(usize::MAX));
        let picked = found.iter().map(|(metres, id, _)| (*id, Some(*metres))).collect();
        let rows = one_step.then(|| found.into_iter().filter_map(|(_, _, row)| row).collect());
        Ok(full(picked, rows, self.query.limit))
    }
}
