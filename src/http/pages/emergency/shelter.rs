//! One shelter: what its record says, and for which hazards it is marked.
//!
//! Which tables hold shelters is decided by their columns: those bound to sheet 03 (指定緊急避難場所, 国土地理院's list of
//! them among these), and 国土地理院's list of 指定避難所, which says nothing of hazards.

use serde_json::Value as Json;

use super::super::label::value_text;
use super::hazard::Hazard;
use crate::model::catalogue::Table;
use crate::model::lonlat::LonLat;
use crate::model::record::TableShape;
use crate::normalize::gazetteer::LEVEL_COLUMN;
use crate::store::rows::RowQuery;
use crate::store::{Store, StoreError};

/// Most shelters read of one table. The greatest city has some three thousand; what lies beyond is counted and said.
const TABLE_LIMIT: u64 = 20_000;

/// What a table of shelters is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// 指定緊急避難場所: where to flee to, marked by hazard.
    Refuge,
    /// 指定避難所: where to stay afterwards, not marked by hazard.
    Stay,
}

/// Columns that only 国土地理院's list of 指定避難所 has all of.
const STAY_COLUMNS: [&str; 3] = ["共通ID", "施設・場所名", SAME_AS_REFUGE];
/// Its flag: a 指定緊急避難場所 lies at the same address.
const SAME_AS_REFUGE: &str = "指定緊急避難場所との住所同一";

impl Kind {
    /// What a table is; `None` where it holds no shelters.
    pub(super) fn of(shape: &TableShape) -> Option<Self> {
        if shape.sheet.as_ref().is_some_and(|sheet| sheet.number == "03") {
            return Some(Self::Refuge);
        }
        let has = |name: &str| shape.columns.iter().any(|column| column.name == name);
        STAY_COLUMNS.into_iter().all(has).then_some(Self::Stay)
    }
}

/// Whether a shelter may be gone to in a hazard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fitness {
    /// It is marked for this hazard.
    Fit,
    /// It is marked for others and not for this one.
    Unfit,
    /// The record does not tell: a list without such marks, a mark that cannot be read, or a record without any.
    Unknown,
}

/// A shelter.
#[derive(Debug, Clone)]
pub(super) struct Shelter {
    /// Its list, as an index into the city's sources.
    pub(super) source: usize,
    /// `_id` of its record.
    pub(super) id: u64,
    pub(super) name: String,
    /// Its address.
    pub(super) place: String,
    /// `None` where the record has no position.
    pub(super) at: Option<LonLat>,
    /// Whether the position was derived from the address.
    pub(super) is_rough: bool,
    pub(super) elevation_m: Option<f64>,
    /// How many people, as the record says it.
    pub(super) capacity: String,
    /// What the record says of floors.
    pub(super) floors: String,
    pub(super) remarks: String,
    /// Whether a 指定緊急避難場所 is said to lie at the address of this 指定避難所.
    pub(super) has_refuge: bool,
    /// Hazards it is marked for, by [`Hazard::bit`].
    pub(super) fit: u8,
    /// Hazards of which the record does not tell.
    pub(super) unknown: u8,
}

impl Shelter {
    /// Whether it may be gone to.
    pub(super) fn fitness(&self, hazard: Hazard) -> Fitness {
        if self.fit & hazard.bit() != 0 {
            Fitness::Fit
        } else if self.unknown & hazard.bit() != 0 {
            Fitness::Unknown
        } else {
            Fitness::Unfit
        }
    }
}

/// Reads the shelters of a table, and how many there are in all. Blocks.
pub(super) fn read(store: &Store, table: &Table, kind: Kind, source: usize) -> Result<(Vec<Shelter>, u64), StoreError> {
    let query = RowQuery { limit: TABLE_LIMIT, total: true, geometry: table.geometry.is_some(), ..RowQuery::default() };
    let page = store.rows(table, &query)?;
    let columns = Columns::of(&table.shape, kind);
    let shelters = page.rows.iter().map(|row| {
        let text = |at: Option<usize>| at.and_then(|at| row.values.get(at)).map(value_text).unwrap_or_default();
        let (fit, unknown) = columns.marks(&row.values);
        let position = row.geometry.as_ref().and_then(geo::InteriorPoint::interior_point);
        Shelter {
            source,
            id: row.id,
            name: super::super::label::label(&row.values, columns.name, row.id),
            place: columns.place(&row.values),
            at: position.and_then(|point| LonLat::new(point.x(), point.y())),
            is_rough: !text(columns.level).is_empty(),
            elevation_m: columns.elevation.and_then(|at| row.values.get(at)).and_then(Json::as_f64),
            capacity: text(columns.capacity),
            floors: text(columns.floors),
            remarks: text(columns.remarks),
            has_refuge: text(columns.same) == "1",
            fit,
            unknown,
        }
    });
    Ok((shelters.collect(), page.total.unwrap_or(0)))
}

/// Where in a row what stands.
struct Columns {
    name: Option<usize>,
    place: Option<usize>,
    /// The parts of an address that stands in several columns.
    parts: Vec<usize>,
    level: Option<usize>,
    elevation: Option<usize>,
    capacity: Option<usize>,
    floors: Option<usize>,
    remarks: Option<usize>,
    same: Option<usize>,
    /// The flag of each hazard; `None` where the file has none.
    flags: [Option<usize>; 8],
}

impl Columns {
    fn of(shape: &TableShape, kind: Kind) -> Self {
        let at = |name: &str| shape.columns.iter().position(|column| column.name == name);
        // A column of the sheet that the file lacks says nothing: its emptiness is no mark.
        let found =
            |name: &str| at(name).filter(|at| shape.columns.get(*at).is_some_and(|column| column.found.is_some()));
        let floors = shape.columns.iter().position(|column| column.field.is_none() && column.name.contains('階'));
        Self {
            name: crate::model::naming::name_column(shape),
            place: super::super::label::place_column(shape),
            parts: ["所在地_都道府県", "所在地_市区町村", "所在地_町字", "所在地_番地以下"]
                .into_iter()
                .filter_map(at)
                .collect(),
            level: at(LEVEL_COLUMN),
            elevation: at("標高"),
            capacity: at("想定収容人数"),
            floors,
            remarks: at("備考"),
            same: at(SAME_AS_REFUGE),
            flags: match kind {
                Kind::Refuge => Hazard::ALL.map(|hazard| found(hazard.field())),
                Kind::Stay => [None; 8],
            },
        }
    }

    fn place(&self, values: &[Json]) -> String {
        let text = |at: usize| values.get(at).map(value_text).unwrap_or_default();
        let whole = self.place.map(text).unwrap_or_default();
        if whole.is_empty() { self.parts.iter().map(|at| text(*at)).collect() } else { whole }
    }

    /// The hazards marked, and those of which the row does not tell.
    fn marks(&self, values: &[Json]) -> (u8, u8) {
        let (mut fit, mut unknown) = (0, 0);
        for (hazard, at) in Hazard::ALL.into_iter().zip(self.flags) {
            match at.and_then(|at| values.get(at)).map(value_text).as_deref() {
                Some("1") => fit |= hazard.bit(),
                Some("") => {}
                // Not the sheet's word and no word that means it (`normalize::flag`): nobody but the publisher can tell.
                Some(_) | None => unknown |= hazard.bit(),
            }
        }
        // A row without a single mark is a row that was not filled in, not a place that is safe in nothing.
        if fit == 0 { (0, u8::MAX) } else { (fit, unknown) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn columns(flags: [Option<usize>; 8]) -> Columns {
        Columns {
            name: None,
            place: None,
            parts: vec![0, 1],
            level: None,
            elevation: None,
            capacity: None,
            floors: None,
            remarks: None,
            same: None,
            flags,
        }
    }

    #[test]
    fn only_the_mark_of_the_sheet_makes_a_shelter_fit() {
        let all = columns([0, 1, 2, 3, 4, 5, 6, 7].map(Some));
        let row = |text: &str| {
            vec![json!(text), json!("1"), json!(null), json!(null), json!(""), json!(null), json!(null), json!(null)]
        };
        let flood = |text: &str| {
            let (fit, unknown) = all.marks(&row(text));
            (fit & Hazard::Flood.bit() != 0, unknown & Hazard::Flood.bit() != 0)
        };
        assert_eq!(flood("1"), (true, false));
        assert_eq!(flood(""), (false, false));
        for word in ["△", "2階以上", "○", "0", "要確認"] {
            assert_eq!(flood(word), (false, true), "{word}");
        }
    }

    #[test]
    fn an_empty_row_and_a_missing_column_tell_nothing() {
        let all = columns([0, 1, 2, 3, 4, 5, 6, 7].map(Some));
        assert_eq!(all.marks(&vec![json!(null); 8]), (0, u8::MAX));
        let lacking = columns([Some(0), None, None, None, None, None, None, None]);
        let (fit, unknown) = lacking.marks(&[json!("1")]);
        assert_eq!((fit, unknown), (Hazard::Flood.bit(), !Hazard::Flood.bit()));
        assert_eq!(columns([None; 8]).marks(&[]), (0, u8::MAX));
    }

    #[test]
    fn an_address_in_parts_is_put_together() {
        assert_eq!(columns([None; 8]).place(&[json!("静岡県"), json!("焼津市")]), "静岡県焼津市");
    }
}
