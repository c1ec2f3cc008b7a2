//! What rows must fulfil, as values: the SQL of it holds only column names of the table, marks for bound values, and
//! numbers of our own types.
//!
//! One tree for all who ask: the DataStore's filters and words, and the filters of OGC API – Features (CQL2).

use std::sync::Arc;

use duckdb::types::Value;
use geo_types::Geometry;

use super::matcher::{Held, Matcher, Matchers, Pattern, Relation};
use super::{StoreError, quoted, spatial};
use crate::model::catalogue::Table;
use crate::model::lonlat::{Bbox, LonLat};
use crate::model::record::Storage;

/// A condition on the rows of one table. Column names must be those of the table or `_id` (checked by the store).
///
/// What a row without the value makes of a condition is unknown, and so is the opposite of that ([`Self::Opposite`]);
/// a row whose condition is unknown is not meant.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All hold; without any, every row is meant.
    All(Vec<Condition>),
    /// One holds; without any, no row is meant.
    Any(Vec<Condition>),
    /// The other does not hold. A row without the value fulfils it too.
    Not(Box<Condition>),
    /// The other is false. A row without the value does not fulfil it (OGC 21-065r2, §6.2: three truth values).
    Opposite(Box<Condition>),
    /// The column is one of the values.
    OneOf {
        /// The column.
        column: String,
        /// The values.
        values: Vec<Scalar>,
        /// Whether a row without a value is meant too.
        or_null: bool,
    },
    /// The column lies on one side of a value.
    Compare {
        /// The column.
        column: String,
        /// The side.
        side: Side,
        /// The value.
        value: Scalar,
    },
    /// Two columns of the same storage, or of numbers, compared with each other.
    Columns {
        /// The column on the left.
        left: String,
        /// How they lie to each other; `None` = equal.
        side: Option<Side>,
        /// The column on the right.
        right: String,
    },
    /// The column has no value.
    Null {
        /// The column.
        column: String,
    },
    /// The text of the column is this one; without regard to case.
    Folded {
        /// The column, of text.
        column: String,
        /// Which side of the text; `None` = equal.
        side: Option<Side>,
        /// The text.
        text: String,
    },
    /// The text of the column fits a pattern.
    Like {
        /// The column, of text.
        column: String,
        /// The pattern.
        pattern: Arc<Pattern>,
    },
    /// The days of the column, which may be whole months or years, share a day with a period. With `until`, a row's own
    /// period runs from the one column to the other. A row without a day fulfils it.
    During {
        /// The column with the first day.
        column: String,
        /// The column with the last day.
        until: Option<String>,
        /// First day of the period, `YYYY-MM-DD`; `None` = open.
        from: Option<String>,
        /// Last day of the period; `None` = open.
        to: Option<String>,
    },
    /// The geometry meets the box: it shares a point with it. A row without geometry: unknown.
    Meets(Bbox),
    /// The geometry lies so to a shape.
    Related {
        /// How.
        relation: Relation,
        /// The shape, longitude and latitude in degrees.
        shape: Arc<Geometry<f64>>,
    },
    /// The geometry is at most so far away, in metres along the ellipsoid.
    Near {
        /// From where.
        from: LonLat,
        /// How far.
        radius_m: f64,
    },
    /// The row has no geometry.
    Unplaced,
    /// The word occurs in the column, or in any column; without regard to case. A word that is a number also matches
    /// columns of numbers that equal it.
    Contains {
        /// The column; `None` = any.
        column: Option<String>,
        /// The word.
        word: String,
    },
}

/// A value to compare with. Numbers may be compared with columns of either kind of number.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A decimal number.
    Number(f64),
}

/// Which side of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Less.
    Below,
    /// Less or equal.
    UpTo,
    /// Greater.
    Above,
    /// Greater or equal.
    From,
}

impl Side {
    fn sign(self) -> &'static str {
        match self {
            Self::Below => "<",
            Self::UpTo => "<=",
            Self::Above => ">",
            Self::From => ">=",
        }
    }

    /// The side as seen from the other operand: `a < b` is `b > a`.
    #[must_use]
    pub fn flipped(self) -> Self {
        match self {
            Self::Below => Self::Above,
            Self::UpTo => Self::From,
            Self::Above => Self::Below,
            Self::From => Self::UpTo,
        }
    }
}

fn sign(side: Option<Side>) -> &'static str {
    side.map_or("=", Side::sign)
}

impl Scalar {
    fn bound(&self) -> Value {
        match self {
            Self::Text(text) => Value::Text(text.clone()),
            Self::Integer(number) => Value::BigInt(*number),
            Self::Number(number) => Value::Double(*number),
        }
    }
}

/// What a statement needs beside its SQL: the values of its marks in order, and what its functions look up while it
/// runs.
#[derive(Debug)]
pub(super) struct Bound<'a> {
    pub(super) values: Vec<Value>,
    matchers: &'a Matchers,
    held: Vec<Held>,
}

impl<'a> Bound<'a> {
    pub(super) fn new(matchers: &'a Matchers) -> Self {
        Self { values: Vec::new(), matchers, held: Vec::new() }
    }

    /// Whether its SQL and values say all of it.
    pub(super) fn is_plain(&self) -> bool {
        self.held.is_empty()
    }

    pub(super) fn hold(&mut self, matcher: Matcher) -> u64 {
        let held = self.matchers.hold(matcher);
        let key = held.key();
        self.held.push(held);
        key
    }
}

/// The name of a column of the table, quoted.
pub(super) fn known(table: &Table, name: &str) -> Result<String, StoreError> {
    if name == "_id" || storage(table, name).is_some() {
        Ok(quoted(name))
    } else {
        Err(StoreError::NoColumn { column: name.chars().take(80).collect() })
    }
}

fn storage(table: &Table, name: &str) -> Option<Storage> {
    table.shape.columns.iter().find(|column| column.name == name).map(|column| column.kind.storage())
}

/// The column as it is compared with these values: whole numbers with decimal ones as decimal numbers.
fn comparable(table: &Table, name: &str, values: &[Scalar]) -> Result<String, StoreError> {
    let known = known(table, name)?;
    let decimal = values.iter().any(|value| matches!(value, Scalar::Number(_)));
    let is_whole = matches!(storage(table, name), None | Some(Storage::Integer));
    Ok(if decimal && is_whole { format!("CAST({known} AS DOUBLE)") } else { known })
}

impl Condition {
    /// The SQL, and the values of its marks appended to `bound` in order.
    pub(super) fn sql(&self, table: &Table, bound: &mut Bound<'_>) -> Result<String, StoreError> {
        Ok(match self {
            Self::All(parts) => joined(parts, " AND ", "true", table, bound)?,
            Self::Any(parts) => joined(parts, " OR ", "false", table, bound)?,
            Self::Not(inner) => format!("(({}) IS NOT TRUE)", inner.sql(table, bound)?),
            Self::Opposite(inner) => format!("(NOT ({}))", inner.sql(table, bound)?),
            Self::OneOf { column, values: wanted, or_null } => {
                let name = comparable(table, column, wanted)?;
                let mut sql = match wanted.len() {
                    0 => "false".to_owned(),
                    1 => format!("{name} = ?"),
                    count => format!("{name} IN ({})", vec!["?"; count].join(", ")),
                };
                bound.values.extend(wanted.iter().map(Scalar::bound));
                if *or_null {
                    sql = format!("({sql} OR {name} IS NULL)");
                }
                sql
            }
            Self::Compare { column, side, value } => {
                bound.values.push(value.bound());
                format!("{} {} ?", comparable(table, column, std::slice::from_ref(value))?, side.sign())
            }
            Self::Columns { left, side, right } => {
                format!("{} {} {}", known(table, left)?, sign(*side), known(table, right)?)
            }
            Self::Null { column } => format!("{} IS NULL", known(table, column)?),
            Self::Folded { column, side, text } => {
                bound.values.push(Value::Text(text.clone()));
                format!("lower({}) {} lower(?)", known(table, column)?, sign(*side))
            }
            Self::Like { column, pattern } => {
                let key = bound.hold(Matcher::Text(Arc::clone(pattern)));
                format!("_fits({}, {key})", known(table, column)?)
            }
            Self::During { column, until, from, to } => {
                let first = known(table, column)?;
                let last = match until {
                    Some(until) => format!("coalesce({}, {first})", known(table, until)?),
                    None => first.clone(),
                };
                let mut parts = Vec::new();
                // `2024` is before `2024-01-01` as a text and begins with it as a period, so texts compare as first days.
                if let Some(to) = to {
                    bound.values.push(Value::Text(to.clone()));
                    parts.push(format!("{first} <= ?"));
                }
                // Its last day lies in the period where its letters do not come before as many of the period's.
                if let Some(from) = from {
                    bound.values.push(Value::Text(from.clone()));
                    parts.push(format!("{last} >= left(CAST(? AS VARCHAR), CAST(length({last}) AS BIGINT))"));
                }
                let held = if parts.is_empty() { "true".to_owned() } else { parts.join(" AND ") };
                format!("(({held}) OR {first} IS NULL)")
            }
            Self::Meets(bbox) => spatial::meets(bbox, bound),
            Self::Related { relation, shape } => spatial::related(*relation, shape, bound),
            Self::Near { from, radius_m } => spatial::near(*from, *radius_m),
            Self::Unplaced => "(_west IS NULL)".to_owned(),
            Self::Contains { column: Some(column), word } => {
                let name = known(table, column)?;
                let text = match storage(table, column) {
                    Some(Storage::Text) => name,
                    _ => format!("CAST({name} AS VARCHAR)"),
                };
                occurs(&text, word, bound)
            }
            Self::Contains { column: None, word } => anywhere(table, word, bound),
        })
    }
}

fn joined(
    parts: &[Condition],
    word: &str,
    empty: &str,
    table: &Table,
    bound: &mut Bound<'_>,
) -> Result<String, StoreError> {
    let parts = parts.iter().map(|part| part.sql(table, bound)).collect::<Result<Vec<_>, _>>()?;
    Ok(if parts.is_empty() { empty.to_owned() } else { format!("({})", parts.join(word)) })
}

fn anywhere(table: &Table, word: &str, bound: &mut Bound<'_>) -> String {
    let number = word.parse::<f64>().ok().filter(|number| number.is_finite());
    let mut parts = Vec::new();
    for column in &table.shape.columns {
        let name = quoted(&column.name);
        match (column.kind.storage(), number) {
            (Storage::Text, _) => parts.push(occurs(&name, word, bound)),
            (_, Some(number)) => {
                bound.values.push(Value::Double(number));
                parts.push(format!("{name} = ?"));
            }
            (_, None) => {}
        }
    }
    if parts.is_empty() { "false".to_owned() } else { format!("({})", parts.join(" OR ")) }
}

/// Letters without case (kana, kanji, digits) need no folding, which costs more than the search itself.
fn occurs(text: &str, word: &str, bound: &mut Bound<'_>) -> String {
    let lower = word.to_lowercase();
    let has_case = lower != word.to_uppercase();
    bound.values.push(Value::Text(lower));
    if has_case { format!("contains(lower({text}), ?)") } else { format!("contains({text}, ?)") }
}
