//! Fields of a `.dbf`: names of ten bytes that differ, types and widths.

use super::super::super::rows::Cell;
use super::super::cp932;
use super::super::survey::{Width, digits};
use crate::model::made::Limit;
use crate::model::record::{Storage, TableShape};

/// Longest name, bytes.
const NAME_BYTES: usize = 10;
/// Longest text, bytes.
pub(super) const TEXT_BYTES: usize = 254;
/// Most characters of a number that all readers take.
const NUMBER_CHARS: usize = 24;
/// Most fields (dBASE IV).
const FIELDS_LIMIT: usize = 255;
/// Longest record, bytes, the mark of deletion among them: its length has 16 bits.
const RECORD_BYTES_LIMIT: usize = 65_535;

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// The name of the column.
    pub(super) column: String,
    /// The short name, CP932.
    pub(super) name: Vec<u8>,
    /// What it holds.
    pub(super) kind: FieldKind,
}

/// What a field holds; widths in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldKind {
    Text { width: usize },
    Number { width: usize, decimals: usize },
}

impl FieldKind {
    /// Its width.
    pub(super) const fn width(self) -> usize {
        match self {
            Self::Text { width } | Self::Number { width, .. } => width,
        }
    }
}

/// All fields of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fields(pub(super) Vec<Field>);

/// Why a value does not stand in a field as in the release.
pub(super) type Reason = Option<&'static str>;

impl Fields {
    /// The fields for columns of these widths.
    pub(super) fn of(shape: &TableShape, widths: &[Width]) -> Result<Self, Limit> {
        if shape.columns.len() > FIELDS_LIMIT {
            return Err(Limit::Columns);
        }
        let mut fields: Vec<Field> = Vec::with_capacity(shape.columns.len());
        for (column, width) in shape.columns.iter().zip(widths) {
            let name = short_name(&column.name, &fields);
            fields.push(Field { column: column.name.clone(), name, kind: kind(column.kind.storage(), width) });
        }
        // A table without columns still needs one field.
        if fields.is_empty() {
            fields.push(Field { column: String::new(), name: b"ID".to_vec(), kind: FieldKind::Text { width: 1 } });
        }
        let fields = Self(fields);
        if fields.record_bytes() > RECORD_BYTES_LIMIT { Err(Limit::RecordLength) } else { Ok(fields) }
    }

    /// Length of a record with the mark of deletion.
    pub(super) fn record_bytes(&self) -> usize {
        1 + self.0.iter().map(|field| field.kind.width()).sum::<usize>()
    }
}

fn kind(storage: Storage, width: &Width) -> FieldKind {
    match storage {
        Storage::Text => FieldKind::Text { width: width.text_bytes.clamp(1, TEXT_BYTES) },
        Storage::Integer => {
            let (least, greatest) = width.integers;
            FieldKind::Number { width: least.to_string().len().max(greatest.to_string().len()), decimals: 0 }
        }
        Storage::Number => {
            // One decimal at least, by which readers know decimal numbers.
            let decimals = width.decimals.max(1);
            let whole = width.whole.max(1);
            if whole + 1 + decimals <= NUMBER_CHARS {
                FieldKind::Number { width: whole + 1 + decimals, decimals }
            } else if whole + 2 <= NUMBER_CHARS {
                FieldKind::Number { width: NUMBER_CHARS, decimals: NUMBER_CHARS - 1 - whole }
            } else {
                FieldKind::Text { width: (width.whole + 1 + width.decimals).min(TEXT_BYTES) }
            }
        }
    }
}

/// The first ten bytes of a name, with a number where an earlier field has the same.
fn short_name(column: &str, earlier: &[Field]) -> Vec<u8> {
    let plain: String = column.chars().map(|letter| if letter.is_control() { '_' } else { letter }).collect();
    let is_free = |name: &[u8]| !earlier.iter().any(|field| field.name.eq_ignore_ascii_case(name));
    let mut name = Vec::new();
    cp932::encode_up_to(plain.trim(), NAME_BYTES, &mut name);
    if name.is_empty() {
        name.extend_from_slice(b"FIELD");
    }
    let mut number = 2_u32;
    while !is_free(&name) {
        let ending = format!("_{number}");
        name.clear();
        cp932::encode_up_to(plain.trim(), NAME_BYTES - ending.len(), &mut name);
        name.extend_from_slice(ending.as_bytes());
        number += 1;
    }
    name
}

/// Appends a value, filled with blanks to the width of its field; says where it is not that of the release.
pub(super) fn put(kind: FieldKind, cell: Cell<'_>, into: &mut Vec<u8>) -> Reason {
    let end = into.len() + kind.width();
    let reason = match (kind, cell) {
        // The types of columns and values are those of one shape.
        (_, Cell::Null) | (FieldKind::Number { .. }, Cell::Text(_)) => None,
        (FieldKind::Text { width }, Cell::Text(text)) => text_of(text, width, into),
        (FieldKind::Text { width }, Cell::Integer(value)) => text_of(&value.to_string(), width, into),
        (FieldKind::Text { width }, Cell::Number(value)) => text_of(&value.to_string(), width, into),
        (FieldKind::Number { width, decimals }, Cell::Number(value)) => {
            let own = digits(value).1;
            // The shortest form and zeros: the full one of 0.1 ends in digits that nobody wrote.
            let text = match own {
                0 => format!("{value}.{}", "0".repeat(decimals)),
                own if own <= decimals => format!("{value}{}", "0".repeat(decimals - own)),
                _ => format!("{value:.decimals$}"),
            };
            into.extend_from_slice(format!("{text:>width$}").as_bytes());
            (own > decimals).then_some("小数を丸めた")
        }
        (FieldKind::Number { width, .. }, Cell::Integer(value)) => {
            into.extend_from_slice(format!("{value:>width$}").as_bytes());
            None
        }
    };
    into.resize(end, b' ');
    reason
}

fn text_of(text: &str, width: usize, into: &mut Vec<u8>) -> Reason {
    let encoded = cp932::encode_up_to(text, width, into);
    match (encoded.is_cut, encoded.lost > 0) {
        (true, true) => Some("254バイトで切った・CP932にない文字"),
        (true, false) => Some("254バイトで切った"),
        (false, true) => Some("CP932にない文字"),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(bytes: &[u8]) -> String {
        encoding_rs::SHIFT_JIS.decode_without_bom_handling(bytes).0.into_owned()
    }

    #[test]
    fn names_have_ten_bytes_and_differ() {
        let mut fields: Vec<Field> = Vec::new();
        for column in ["名称", "所在地_連結表記", "所在地_連絡先の番号", "所在地_連2", "Name", "NAME", "", "\t", "𠮷野"]
        {
            let name = short_name(column, &fields);
            fields.push(Field { column: column.to_owned(), name, kind: FieldKind::Text { width: 1 } });
        }
        let names: Vec<String> = fields.iter().map(|field| name(&field.name)).collect();
        assert_eq!(names, ["名称", "所在地_連", "所在地__2", "所在地_連2", "Name", "NAME_2", "FIELD", "_", "〓野"]);
        assert!(fields.iter().all(|field| field.name.len() <= NAME_BYTES));
    }

    #[test]
    fn widths_hold_every_value_and_what_does_not_fit_is_told() {
        let number = |whole, decimals| kind(Storage::Number, &Width { whole, decimals, ..Width::default() });
        assert_eq!(number(3, 2), FieldKind::Number { width: 6, decimals: 2 });
        assert_eq!(number(3, 0), FieldKind::Number { width: 5, decimals: 1 });
        assert_eq!(number(3, 40), FieldKind::Number { width: 24, decimals: 20 });
        assert_eq!(number(30, 0), FieldKind::Text { width: 31 });
        let text = |bytes| kind(Storage::Text, &Width { text_bytes: bytes, ..Width::default() });
        assert_eq!(text(0).width(), 1);
        assert_eq!(text(1_000).width(), TEXT_BYTES);
        let put = |kind, cell| {
            let mut bytes = Vec::new();
            let reason = put(kind, cell, &mut bytes);
            (name(&bytes), reason)
        };
        assert_eq!(put(text(6), Cell::Text("避難所")), ("避難所".to_owned(), None));
        assert_eq!(put(text(5), Cell::Text("避難所")), ("避難 ".to_owned(), Some("254バイトで切った")));
        assert_eq!(put(text(8), Cell::Text("𠮷野")), ("〓野    ".to_owned(), Some("CP932にない文字")));
        assert_eq!(put(number(3, 2), Cell::Number(-1.5)), (" -1.50".to_owned(), None));
        assert_eq!(put(number(3, 2), Cell::Number(7.0)), ("  7.00".to_owned(), None));
        assert_eq!(put(number(3, 40), Cell::Number(0.1)), (format!("  0.1{}", "0".repeat(19)), None));
        assert_eq!(put(number(3, 40), Cell::Number(1e-30)).1, Some("小数を丸めた"));
        let whole = kind(Storage::Integer, &Width { integers: (-5, 100), ..Width::default() });
        assert_eq!(put(whole, Cell::Integer(-5)), (" -5".to_owned(), None));
        assert_eq!(put(whole, Cell::Null), ("   ".to_owned(), None));
    }
}
