//! What stands on a side of a comparison, and what two of them make.

use super::{Cql2Error, clip};
use crate::model::record::{ColumnType, Storage};
use crate::store::condition::{Condition, Scalar, Side};

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    /// A column, with its type; `_id` is a whole number.
    Column(String, ColumnType),
    /// The geometry.
    Geometry,
    /// A text, or a column of text, without regard to case.
    Folded(Box<Operand>),
    /// A text.
    Text(String),
    /// A number.
    Number(Scalar),
    /// A day, `YYYY-MM-DD`.
    Day(String),
    /// True or false.
    Truth(bool),
}

/// How the sides are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Equal,
    Unequal,
    Side(Side),
}

impl Sign {
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "=" => Self::Equal,
            "<>" => Self::Unequal,
            "<" => Self::Side(Side::Below),
            "<=" => Self::Side(Side::UpTo),
            ">" => Self::Side(Side::Above),
            ">=" => Self::Side(Side::From),
            _ => return None,
        })
    }

    fn flipped(self) -> Self {
        match self {
            Self::Side(side) => Self::Side(side.flipped()),
            same => same,
        }
    }
}

/// `left sign right` as a condition.
pub(super) fn compare(left: &Operand, sign: Sign, right: &Operand, at: usize) -> Result<Condition, Cql2Error> {
    if sign == Sign::Unequal {
        return Ok(Condition::Opposite(Box::new(compare(left, Sign::Equal, right, at)?)));
    }
    let side = match sign {
        Sign::Side(side) => Some(side),
        _ => None,
    };
    match (left, right) {
        (Operand::Column(left, a), Operand::Column(right, b)) => {
            let is_text = |kind: &ColumnType| kind.storage() == Storage::Text;
            if is_text(a) != is_text(b) {
                return Err(mismatch(left, *a, at));
            }
            Ok(Condition::Columns { left: left.clone(), side, right: right.clone() })
        }
        (Operand::Column(name, kind), value) if !matches!(value, Operand::Folded(_) | Operand::Geometry) => {
            let value = scalar(name, *kind, value, at)?;
            Ok(match side {
                Some(side) => Condition::Compare { column: name.clone(), side, value },
                None => Condition::OneOf { column: name.clone(), values: vec![value], or_null: false },
            })
        }
        (Operand::Folded(inner), other) if matches!(**inner, Operand::Column(..)) => {
            let text = match other {
                Operand::Text(text) => text,
                Operand::Folded(text) => match &**text {
                    Operand::Text(text) => text,
                    _ => return Err(unsupported(at)),
                },
                _ => return Err(unsupported(at)),
            };
            let Operand::Column(column, _) = &**inner else { return Err(unsupported(at)) };
            Ok(Condition::Folded { column: column.clone(), side, text: text.clone() })
        }
        (value, Operand::Column(..)) => compare(right, sign.flipped(), value, at),
        (value, Operand::Folded(inner)) if matches!(**inner, Operand::Column(..)) => {
            compare(right, sign.flipped(), value, at)
        }
        (left, right) => {
            let order = known_order(left, right).ok_or_else(|| unsupported(at))?;
            let holds = match side {
                None => order.is_eq(),
                Some(Side::Below) => order.is_lt(),
                Some(Side::UpTo) => order.is_le(),
                Some(Side::Above) => order.is_gt(),
                Some(Side::From) => order.is_ge(),
            };
            Ok(if holds { Condition::All(Vec::new()) } else { Condition::Any(Vec::new()) })
        }
    }
}

/// The order of two values that both stand in the filter.
fn known_order(left: &Operand, right: &Operand) -> Option<std::cmp::Ordering> {
    let number = |scalar: &Scalar| match scalar {
        Scalar::Integer(number) => Some(*number as f64),
        Scalar::Number(number) => Some(*number),
        Scalar::Text(_) => None,
    };
    match (left, right) {
        (Operand::Text(a), Operand::Text(b)) | (Operand::Day(a), Operand::Day(b)) => Some(a.cmp(b)),
        (Operand::Number(a), Operand::Number(b)) => number(a)?.partial_cmp(&number(b)?),
        (Operand::Truth(a), Operand::Truth(b)) => Some(a.cmp(b)),
        (Operand::Folded(a), Operand::Folded(b)) => match (&**a, &**b) {
            (Operand::Text(a), Operand::Text(b)) => Some(a.to_lowercase().cmp(&b.to_lowercase())),
            _ => None,
        },
        _ => None,
    }
}

/// The value as it is compared with a column of this type.
pub(super) fn scalar(name: &str, kind: ColumnType, value: &Operand, at: usize) -> Result<Scalar, Cql2Error> {
    match (kind.storage(), value) {
        (Storage::Text, Operand::Text(text)) => Ok(Scalar::Text(text.clone())),
        (Storage::Text, Operand::Day(day)) if kind == ColumnType::Date => Ok(Scalar::Text(day.clone())),
        (Storage::Integer | Storage::Number, Operand::Number(number)) => Ok(number.clone()),
        _ => Err(mismatch(name, kind, at)),
    }
}

fn mismatch(name: &str, kind: ColumnType, at: usize) -> Cql2Error {
    let name = clip(name);
    let (ja, en) = match kind {
        ColumnType::Date => {
            ("日付です。DATE('2026-04-01') のように比べてください", "a date: compare with DATE('2026-04-01')")
        }
        kind if kind.storage() == Storage::Text => {
            ("文字列です。値を''で囲んでください", "a text: its values stand in single quotes")
        }
        _ => ("数です。値を引用符なしの数で書いてください", "a number: its values are numbers without quotes"),
    };
    Cql2Error::new(at, format!("「{name}」は{ja}"), format!("'{name}' is {en}"))
}

pub(super) fn unsupported(at: usize) -> Cql2Error {
    Cql2Error::new(at, "この比較はできません", "these cannot be compared")
}
