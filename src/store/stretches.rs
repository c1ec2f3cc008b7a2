//! Where in a table the records of a box can lie: boxes around every few hundred records, held in memory.
//!
//! Records lie along a Hilbert curve, so those of a small box are a few short stretches of `_id`. The database passes
//! over what lies outside one stretch, but not outside several at once, and without any it looks through every
//! row group that the box might touch; so each stretch is a statement of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::condition::Condition;
use super::spatial::around;
use super::{Store, StoreError, quoted};
use crate::model::catalogue::Table;
use crate::model::lonlat::Bbox;

/// Records in one box: a million make two thousand boxes, 64 KB.
const RECORDS_IN_ONE: u64 = 512;
/// Boxes between two stretches that are read over: to look at so many more records costs less than one more statement.
const GAP: u64 = 8;
/// Most stretches; a box that touches more is sought in the whole table.
const MOST: usize = 8;
/// Tables of fewer records are one row group: to look through all of it is one statement too.
const LEAST_RECORDS: u64 = 50_000;

/// A stretch of a table: from one `_id` to another, both among it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) first: u64,
    pub(super) last: u64,
}

impl Stretch {
    /// The stretch as SQL. Its numbers are written out, so that the database passes over what lies outside.
    pub(super) fn sql(self) -> String {
        format!("(_id >= {} AND _id <= {})", self.first, self.last)
    }
}

/// The boxes of the tables asked about so far. Records of a release never change, so neither do they.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<HashMap<String, Arc<Boxes>>>);

/// One box for every [`RECORDS_IN_ONE`] records, in order; `None` where none of them has a geometry.
#[derive(Debug)]
pub(super) struct Boxes(Vec<Option<Bbox>>);

impl Boxes {
    /// The stretches in which records that touch `bbox` can lie, in order; `None` where they are too many.
    pub(super) fn touching(&self, bbox: &Bbox) -> Option<Vec<Stretch>> {
        let mut found: Vec<(u64, u64)> = Vec::new();
        for (place, own) in (0_u64..).zip(&self.0) {
            if own.is_none_or(|own| !own.intersects(bbox)) {
                continue;
            }
            match found.last_mut() {
                Some((_, last)) if place - *last <= GAP => *last = place,
                _ => found.push((place, place)),
            }
            if found.len() > MOST {
                return None;
            }
        }
        let stretch = |(first, last)| Stretch { first: first * RECORDS_IN_ONE + 1, last: (last + 1) * RECORDS_IN_ONE };
        Some(found.into_iter().map(stretch).collect())
    }

    /// Records that might be expected in `bbox`, were those of each box spread evenly over it.
    pub(super) fn expected(&self, bbox: &Bbox) -> f64 {
        self.0.iter().flatten().filter(|own| own.intersects(bbox)).map(|own| share(own, bbox)).sum::<f64>()
            * RECORDS_IN_ONE as f64
    }
}

/// The share of a box that lies in another; of one without extent all of it.
fn share(own: &Bbox, bbox: &Bbox) -> f64 {
    let along = |from: f64, to: f64, other_from: f64, other_to: f64| {
        let length = to - from;
        if length > 0.0 { ((to.min(other_to) - from.max(other_from)) / length).clamp(0.0, 1.0) } else { 1.0 }
    };
    along(own.west_deg, own.east_deg, bbox.west_deg, bbox.east_deg)
        * along(own.south_deg, own.north_deg, bbox.south_deg, bbox.north_deg)
}

impl Store {
    /// The boxes of a table; `None` where it is too small for them.
    pub(super) fn boxes(
        &self,
        connection: &duckdb::Connection,
        table: &Table,
    ) -> Result<Option<Arc<Boxes>>, StoreError> {
        if table.records < LEAST_RECORDS || table.geometry.is_none() {
            return Ok(None);
        }
        let known =
            |boxes: &Known| boxes.0.lock().unwrap_or_else(PoisonError::into_inner).get(&table.record_table).cloned();
        if let Some(boxes) = known(&self.boxes) {
            return Ok(Some(boxes));
        }
        let sql = format!(
            "SELECT (_id - 1) // {RECORDS_IN_ONE}, min(_west), min(_south), max(_east), max(_north)
             FROM records.{} WHERE _west IS NOT NULL GROUP BY 1",
            quoted(&table.record_table)
        );
        let count = table.records.div_ceil(RECORDS_IN_ONE);
        let mut boxes = vec![None; usize::try_from(count).unwrap_or_default()];
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let place = usize::try_from(row.get::<_, i64>(0)?).unwrap_or(usize::MAX);
            let own =
                Bbox { west_deg: row.get(1)?, south_deg: row.get(2)?, east_deg: row.get(3)?, north_deg: row.get(4)? };
            let Some(slot) = boxes.get_mut(place) else {
                return Err(StoreError::Stored { what: "record", detail: format!("box {place} of {count}") });
            };
            *slot = Some(own);
        }
        let boxes = Arc::new(Boxes(boxes));
        let mut known = self.boxes.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(table.record_table.clone(), Arc::clone(&boxes));
        Ok(Some(boxes))
    }
}

/// The box outside of which no record can fulfil the condition; `None` where it names none.
pub(super) fn reach(condition: &Condition) -> Option<Bbox> {
    match condition {
        Condition::Meets(bbox) => Some(*bbox),
        Condition::Near { from, radius_m } => around(*from, *radius_m),
        // Each of them bounds all of them.
        Condition::All(parts) => parts.iter().find_map(reach),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bbox(west_deg: f64, east_deg: f64) -> Bbox {
        Bbox { west_deg, south_deg: 0.0, east_deg, north_deg: 1.0 }
    }

    #[test]
    fn stretches_hold_every_box_that_is_touched_and_join_over_small_gaps() {
        let mut boxes = vec![None; 100];
        for (place, own) in [(0, bbox(0.0, 1.0)), (5, bbox(0.5, 1.5)), (40, bbox(1.0, 2.0)), (99, bbox(5.0, 6.0))] {
            boxes[place] = Some(own);
        }
        let boxes = Boxes(boxes);
        let stretch = |first, last| Stretch { first, last };
        assert_eq!(
            boxes.touching(&bbox(0.9, 1.0)),
            Some(vec![stretch(1, 6 * 512), stretch(40 * 512 + 1, 41 * 512)]),
            "an edge that is shared counts"
        );
        assert_eq!(boxes.touching(&bbox(5.5, 9.0)), Some(vec![stretch(99 * 512 + 1, 100 * 512)]));
        assert_eq!(boxes.touching(&bbox(3.0, 4.0)), Some(Vec::new()), "nowhere");
        assert!((boxes.expected(&bbox(0.0, 0.5)) - 256.0).abs() < 1.0);
    }

    #[test]
    fn a_box_that_touches_many_stretches_is_sought_everywhere() {
        let every_tenth = (0..200).map(|place| (place % 10 == 0).then(|| bbox(0.0, 1.0))).collect();
        assert_eq!(Boxes(every_tenth).touching(&bbox(0.0, 1.0)), None);
    }
}
