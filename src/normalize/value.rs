//! What a value normalizer gives back: the value to store and what there is to say about it.

use std::borrow::Cow;

use crate::model::finding::{FindingCode, Repair};
use crate::model::record::Value;

/// A value borrowed from the cell where nothing changed, so that the common case allocates once, when it is stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar<'a> {
    /// Nothing.
    Null,
    /// Text.
    Text(Cow<'a, str>),
    /// A whole number.
    Integer(i64),
    /// A finite decimal number.
    Number(f64),
}

impl Scalar<'_> {
    /// The value as a record holds it.
    pub fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => Value::Text(text.into_owned()),
            Self::Integer(number) => Value::Integer(number),
            Self::Number(number) => Value::Number(number),
        }
    }

    /// The value as text, numbers in their shortest form; empty for nothing.
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Null => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Integer(number) => Cow::Owned(number.to_string()),
            Self::Number(number) => Cow::Owned(number.to_string()),
        }
    }
}

/// One thing to say about a value; the engine adds the place and the text as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What kind of problem.
    pub code: FindingCode,
    /// What would be right; may be empty.
    pub expected: Cow<'static, str>,
    /// What was done.
    pub repair: Repair,
}

/// The result of normalizing one cell. Total: there is always one.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalized<'a> {
    /// The value to store.
    pub value: Scalar<'a>,
    /// What there is to say; empty for a value that was right.
    pub remarks: Vec<Remark>,
}

impl<'a> Normalized<'a> {
    /// Nothing, and nothing to say.
    pub fn null() -> Self {
        Self { value: Scalar::Null, remarks: Vec::new() }
    }

    /// A value that was right as found.
    pub fn kept(text: &'a str) -> Self {
        Self { value: Scalar::Text(Cow::Borrowed(text)), remarks: Vec::new() }
    }

    /// A value, and nothing to say.
    pub fn of(value: Scalar<'a>) -> Self {
        Self { value, remarks: Vec::new() }
    }

    /// A text that was repaired.
    pub fn made(code: FindingCode, text: String) -> Self {
        let repair = Repair::Made(text.clone());
        Self {
            value: Scalar::Text(Cow::Owned(text)),
            remarks: vec![Remark { code, expected: Cow::Borrowed(""), repair }],
        }
    }

    /// A text that is wrong, cannot be repaired and stays as found.
    pub fn wrong(code: FindingCode, text: &'a str, expected: impl Into<Cow<'static, str>>) -> Self {
        Self::kept(text).with(code, expected, Repair::None)
    }

    /// A text that stays as found, with a repair that a person may take.
    pub fn proposed(code: FindingCode, text: &'a str, repair: impl Into<String>) -> Self {
        Self::kept(text).with(code, "", Repair::Proposed(repair.into()))
    }

    /// The same with its last remark's repair proposed.
    #[must_use]
    pub fn proposing(mut self, repair: &str) -> Self {
        if let Some(remark) = self.remarks.last_mut() {
            remark.repair = Repair::Proposed(repair.to_owned());
        }
        self
    }

    /// A value that cannot be stored; the text as found is kept beside the record.
    pub fn dropped(code: FindingCode, expected: impl Into<Cow<'static, str>>, repair: Repair) -> Self {
        Self::null().with(code, expected, repair)
    }

    /// The same with one more remark.
    #[must_use]
    pub fn with(mut self, code: FindingCode, expected: impl Into<Cow<'static, str>>, repair: Repair) -> Self {
        self.remarks.push(Remark { code, expected: expected.into(), repair });
        self
    }
}
