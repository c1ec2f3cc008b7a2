//! What rows must fulfil, as values: the SQL of it holds only column names of the table and marks for bound values.

use duckdb::types::Value;

use super::{StoreError, quoted};
use crate::model::catalogue::Table;
use crate::model::record::Storage;

/// A condition on the rows of one table. Column names must be those of the table or `_id` (checked by the store).
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All hold; without any, every row is meant.
    All(Vec<Condition>),
    /// One holds; without any, no row is meant.
    Any(Vec<Condition>),
    /// The other does not hold. A row without the value fulfils it too.
    Not(Box<Condition>),
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
    /// The word occurs in the column, or in any column; without regard to case. A word that is a number also matches
    /// columns of numbers that equal it.
    Contains {
        /// The column; `None` = any.
        column: Option<String>,
        /// The word.
        word: String,
    },
}

/// A value to compare with, of the storage of its column.
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

impl Condition {
    /// The SQL, and the values of its marks appended to `values` in order.
    pub(super) fn sql(&self, table: &Table, values: &mut Vec<Value>) -> Result<String, StoreError> {
        Ok(match self {
            Self::All(parts) => joined(parts, " AND ", "true", table, values)?,
            Self::Any(parts) => joined(parts, " OR ", "false", table, values)?,
            Self::Not(inner) => format!("(({}) IS NOT TRUE)", inner.sql(table, values)?),
            Self::OneOf { column, values: wanted, or_null } => {
                let name = known(table, column)?;
                let mut sql = match wanted.len() {
                    0 => "false".to_owned(),
                    1 => format!("{name} = ?"),
                    count => format!("{name} IN ({})", vec!["?"; count].join(", ")),
                };
                values.extend(wanted.iter().map(Scalar::bound));
                if *or_null {
                    sql = format!("({sql} OR {name} IS NULL)");
                }
                sql
            }
            Self::Compare { column, side, value } => {
                values.push(value.bound());
                format!("{} {} ?", known(table, column)?, side.sign())
            }
            Self::Contains { column: Some(column), word } => {
                let name = known(table, column)?;
                let text = match storage(table, column) {
                    Some(Storage::Text) => name,
                    _ => format!("CAST({name} AS VARCHAR)"),
                };
                occurs(&text, word, values)
            }
            Self::Contains { column: None, word } => {
                let number = word.parse::<f64>().ok().filter(|number| number.is_finite());
                let mut parts = Vec::new();
                for column in &table.shape.columns {
                    let name = quoted(&column.name);
                    match (column.kind.storage(), number) {
                        (Storage::Text, _) => parts.push(occurs(&name, word, values)),
                        (_, Some(number)) => {
                            values.push(Value::Double(number));
                            parts.push(format!("{name} = ?"));
                        }
                        (_, None) => {}
                    }
                }
                if parts.is_empty() { "false".to_owned() } else { format!("({})", parts.join(" OR ")) }
            }
        })
    }
}

fn joined(
    parts: &[Condition],
    word: &str,
    empty: &str,
    table: &Table,
    values: &mut Vec<Value>,
) -> Result<String, StoreError> {
    let parts = parts.iter().map(|part| part.sql(table, values)).collect::<Result<Vec<_>, _>>()?;
    Ok(if parts.is_empty() { empty.to_owned() } else { format!("({})", parts.join(word)) })
}

/// Letters without case (kana, kanji, digits) need no folding, which costs more than the search itself.
fn occurs(text: &str, word: &str, values: &mut Vec<Value>) -> String {
    let lower = word.to_lowercase();
    let has_case = lower != word.to_uppercase();
    values.push(Value::Text(lower));
    if has_case { format!("contains(lower({text}), ?)") } else { format!("contains({text}, ?)") }
}
