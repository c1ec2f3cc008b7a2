//! Values of tables of no sheet: as published, in the type their column allows.

use crate::model::record::{ColumnType, Storage, Value};
use crate::read::Cell;

use super::{degrees, number, text};

/// A value as published: the type was chosen so that all cells of the column fit. A cell that does not (only without
/// the first look at the file) becomes nothing, with its text kept beside it.
pub(super) fn published(cell: Cell<'_>, kind: ColumnType) -> (Value, bool) {
    let found = cell.text();
    if text::is_blank(found) {
        return (Value::Null, false);
    }
    match kind.storage() {
        Storage::Text => (Value::Text(found.to_owned()), false),
        Storage::Integer => {
            number::canonical_integer(found).map_or((Value::Null, true), |number| (Value::Integer(number), false))
        }
        // Zeros at the end of degrees say how finely they were measured; they are no code.
        Storage::Number if matches!(kind, ColumnType::Latitude | ColumnType::Longitude) => {
            degrees::plain(found).map_or((Value::Null, true), |degrees| (Value::Number(degrees), false))
        }
        Storage::Number => {
            number::published_decimal(found).map_or((Value::Null, true), |number| (Value::Number(number), false))
        }
    }
}
