//! Mapbox Vector Tile 2.1: the bytes of one tile. Source: <https://github.com/mapbox/vector-tile-spec/tree/master/2.1>.

use std::collections::HashMap;

use super::clip::{Kind, Part};
use super::project::Grid;
use crate::publish::archive::varint;
use crate::publish::rows::Cell;

const MOVE_TO: u32 = 1;
const LINE_TO: u32 = 2;
const CLOSE_PATH: u32 = 7;

/// The commands of a geometry, packed as varints, for parts in tile coordinates.
pub(super) fn commands(kind: Kind, parts: &[Part]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut at = [0, 0];
    if kind == Kind::Point {
        let count = parts.iter().flatten().flatten().count();
        command(&mut bytes, MOVE_TO, count);
        for point in parts.iter().flatten().flatten() {
            step(&mut bytes, &mut at, *point);
        }
        return bytes;
    }
    for line in parts.iter().flatten() {
        let Some((first, rest)) = line.split_first() else { continue };
        command(&mut bytes, MOVE_TO, 1);
        step(&mut bytes, &mut at, *first);
        command(&mut bytes, LINE_TO, rest.len());
        for vertex in rest {
            step(&mut bytes, &mut at, *vertex);
        }
        if kind == Kind::Polygon {
            command(&mut bytes, CLOSE_PATH, 1);
        }
    }
    bytes
}

fn command(bytes: &mut Vec<u8>, id: u32, count: usize) {
    varint(bytes, u64::from(id) | (count as u64) << 3);
}

fn step(bytes: &mut Vec<u8>, at: &mut Grid, to: Grid) {
    for axis in 0..2 {
        varint(bytes, zigzag(i64::from(to[axis]) - i64::from(at[axis])));
    }
    *at = to;
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// The values of all records, each different value once, and which record has which.
#[derive(Default)]
pub(super) struct Values {
    columns: usize,
    /// By record and column: the place of its value, or `NONE`.
    cells: Vec<u32>,
    /// The values as MVT `Value` messages.
    messages: Vec<Box<[u8]>>,
    uses: Vec<u32>,
    known: HashMap<Box<[u8]>, u32>,
}

const NONE: u32 = u32::MAX;

impl Values {
    pub(super) fn new(columns: usize) -> Self {
        Self { columns, ..Self::default() }
    }

    /// Adds a record; gives its row. `None` where more different values were added than can be numbered.
    pub(super) fn add<'a>(&mut self, cells: impl Iterator<Item = Cell<'a>>) -> Option<u32> {
        let row = u32::try_from(self.cells.len().checked_div(self.columns).unwrap_or(0)).ok()?;
        for cell in cells {
            let message = message(cell);
            let place = if message.is_empty() {
                NONE
            } else if let Some(place) = self.known.get(message.as_slice()) {
                *place
            } else {
                let place = u32::try_from(self.messages.len()).ok().filter(|place| *place != NONE)?;
                let message = message.into_boxed_slice();
                self.messages.push(message.clone());
                self.uses.push(0);
                self.known.insert(message, place);
                place
            };
            if let Some(uses) = self.uses.get_mut(place as usize) {
                *uses = uses.saturating_add(1);
            }
            self.cells.push(place);
        }
        Some(row)
    }

    /// The values of a record: column and place.
    fn of(&self, row: u32) -> impl Iterator<Item = (usize, u32)> {
        let begin = row as usize * self.columns;
        let cells = self.cells.get(begin..begin + self.columns).unwrap_or_default();
        cells.iter().copied().enumerate().filter(|(_, place)| *place != NONE)
    }

    /// What a record's attributes are likely to add to a tile, bytes: two references each, and its share of the
    /// dictionary (a value used by many records is likely to stand in the tile already).
    pub(super) fn estimate_bytes(&self, row: u32) -> usize {
        self.of(row)
            .map(|(_, place)| {
                let length = self.messages.get(place as usize).map_or(0, |message| message.len());
                let uses = self.uses.get(place as usize).map_or(1, |uses| *uses as usize);
                3 + (length + 2) / uses.clamp(1, 50)
            })
            .sum()
    }

    /// In how many records each column has a value.
    pub(super) fn filled(&self) -> Vec<u64> {
        let mut filled = vec![0; self.columns];
        for row in self.cells.chunks(self.columns.max(1)) {
            for (count, place) in filled.iter_mut().zip(row) {
                *count += u64::from(*place != NONE);
            }
        }
        filled
    }

    /// Forgets what is only needed while adding.
    pub(super) fn seal(&mut self) {
        self.known = HashMap::new();
    }
}

/// A `Value` message; empty for none. Whole numbers keep their exact value (`uint`, or `sint` below zero), decimal
/// numbers are doubles.
fn message(cell: Cell<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    match cell {
        Cell::Null => {}
        Cell::Text(text) => field(&mut bytes, 1, text.as_bytes()),
        Cell::Number(value) => {
            bytes.push(3 << 3 | 1);
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        Cell::Integer(value) => {
            if let Ok(value) = u64::try_from(value) {
                bytes.push(5 << 3);
                varint(&mut bytes, value);
            } else {
                bytes.push(6 << 3);
                varint(&mut bytes, zigzag(value));
            }
        }
    }
    bytes
}

fn field(bytes: &mut Vec<u8>, number: u8, content: &[u8]) {
    bytes.push(number << 3 | 2);
    varint(bytes, content.len() as u64);
    bytes.extend_from_slice(content);
}

/// One feature of a tile.
pub(super) struct Drawn<'a> {
    pub(super) id: Option<u64>,
    pub(super) row: u32,
    pub(super) kind: Kind,
    pub(super) commands: &'a [u8],
}

/// A tile of one layer; features in the order given, dictionaries in the order of first use.
pub(super) fn tile<'a>(
    layer: &str,
    names: &[String],
    values: &Values,
    features: impl Iterator<Item = Drawn<'a>>,
) -> Vec<u8> {
    let mut keys: Vec<Option<u64>> = vec![None; names.len()];
    let mut key_order: Vec<&str> = Vec::new();
    let mut places: HashMap<u32, u64> = HashMap::new();
    let mut value_order: Vec<u32> = Vec::new();
    let mut body = Vec::new();
    field(&mut body, 1, layer.as_bytes());
    let (mut feature, mut tags) = (Vec::new(), Vec::new());
    for drawn in features {
        feature.clear();
        tags.clear();
        if let Some(id) = drawn.id {
            feature.push(1 << 3);
            varint(&mut feature, id);
        }
        for (column, place) in values.of(drawn.row) {
            let (Some(key), Some(name)) = (keys.get_mut(column), names.get(column)) else { continue };
            let key = *key.get_or_insert_with(|| {
                key_order.push(name);
                key_order.len() as u64 - 1
            });
            let value = *places.entry(place).or_insert_with(|| {
                value_order.push(place);
                value_order.len() as u64 - 1
            });
            varint(&mut tags, key);
            varint(&mut tags, value);
        }
        if !tags.is_empty() {
            field(&mut feature, 2, &tags);
        }
        feature.push(3 << 3);
        feature.push(drawn.kind as u8);
        field(&mut feature, 4, drawn.commands);
        field(&mut body, 2, &feature);
    }
    for name in key_order {
        field(&mut body, 3, name.as_bytes());
    }
    for place in value_order {
        field(&mut body, 4, values.messages.get(place as usize).map_or(&[], |message| message));
    }
    body.push(5 << 3);
    varint(&mut body, 4096);
    body.push(15 << 3);
    varint(&mut body, 2);
    let mut tile = Vec::with_capacity(body.len() + 6);
    field(&mut tile, 3, &body);
    tile
}
