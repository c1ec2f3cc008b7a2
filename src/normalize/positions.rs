//! What a table says of positions that its rows do not simply hold.

use crate::model::finding::Finding;
use crate::model::record::{Column, ColumnType};
use crate::read::TableHead;

use super::from_address::Placer;
use super::gazetteer::LEVEL_COLUMN;
use super::locate::Locator;
use super::table::{Shaped, Surroundings, Way};

impl Shaped {
    /// What is known of derived positions when all rows were seen.
    pub(super) fn closing_findings(&self, sheet: Option<&str>) -> Vec<Finding> {
        let (locator, placer, column) = match &self.way {
            Way::Bound(binder) => (&binder.locator, &binder.placer, binder.address_header()),
            Way::AsPublished(table) => {
                let header = table.address.and_then(|(at, _)| self.headers.get(at));
                (&table.locator, &table.placer, header.map_or("", String::as_str))
            }
        };
        let mut findings = locator.findings(sheet, &self.headers);
        findings.extend(placer.findings(sheet, column));
        findings
    }
}

/// The ways to positions beside plain columns of latitude and longitude; features have their own geometry.
pub(super) fn ways(
    head: &TableHead,
    headers: &[String],
    position: Option<(usize, usize)>,
    around: &Surroundings<'_>,
) -> (Locator, Placer) {
    let locator = match head.crs {
        None => Locator::new(headers, position, around.publisher, around.frame),
        Some(_) => Locator::default(),
    };
    (locator, Placer::new(around.publisher, around.towns.cloned()))
}

/// The column that states how exact a derived position is.
pub(super) fn level_column() -> Column {
    Column {
        name: LEVEL_COLUMN.to_owned(),
        title: LEVEL_COLUMN.to_owned(),
        kind: ColumnType::Text,
        found: None,
        field: None,
    }
}
