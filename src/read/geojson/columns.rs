//! The columns of features: the keys of their properties over the whole file, their identifiers where those say more than
//! which feature it is, and what stands outside of the properties.

use std::borrow::Cow;
use std::collections::HashMap;

use super::feature::{self, Parts};
use crate::read::{ReadError, ReadLimits};

/// The columns of a layer and how to find one by its key.
#[derive(Debug, Default)]
pub(in crate::read) struct Columns<'t> {
    /// Their names in the order in which they first occur; those from outside the properties last.
    pub(in crate::read) names: Vec<String>,
    by_key: HashMap<Cow<'t, str>, usize>,
    /// Where the identifier goes, if it is a column.
    pub(in crate::read) id: Option<usize>,
    foreign: HashMap<Cow<'t, str>, usize>,
}

/// What identifiers have been so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ids {
    /// None.
    Absent,
    /// 0, 1, 2 … or 1, 2, 3 …, from this.
    Counting(u64),
    /// Anything else: identifiers that somebody gave.
    Given,
}

impl<'t> Columns<'t> {
    /// Gathers the columns of all features. `parts` takes one apart; one that cannot be taken apart is refused later and
    /// names no columns.
    pub(in crate::read) fn gather(
        features: &[&'t str],
        limits: &ReadLimits,
        parts: impl Fn(&'t str) -> Option<Parts<'t>>,
    ) -> Result<Self, ReadError> {
        let mut columns = Self::default();
        let mut ids = Ids::Absent;
        let mut foreign: Vec<Cow<'t, str>> = Vec::new();
        for (row, text) in (1_u64..).zip(features) {
            let Some(parts) = parts(text) else { continue };
            ids = ids.and(parts.id, row);
            for (key, _) in &parts.foreign {
                if let Some(key) = feature::string(key)
                    && !columns.foreign.contains_key(&key)
                {
                    columns.foreign.insert(key.clone(), 0);
                    foreign.push(key);
                }
            }
            columns.see(parts.properties, limits);
            let found = columns.names.len() + foreign.len();
            if found > limits.columns {
                return Err(ReadError::TooManyColumns { row, found, limit: limits.columns });
            }
        }
        // A property of the same name stands for itself.
        if ids == Ids::Given && !columns.by_key.contains_key("id") {
            columns.id = Some(columns.names.len());
            columns.names.push("id".to_owned());
        }
        for key in foreign {
            if columns.by_key.contains_key(&key) {
                columns.foreign.remove(&key);
            } else {
                columns.foreign.insert(key.clone(), columns.names.len());
                columns.names.push(key.into_owned());
            }
        }
        Ok(columns)
    }

    fn see(&mut self, properties: Option<&'t str>, limits: &ReadLimits) {
        let Some(properties) = properties.filter(|text| text.starts_with('{')) else { return };
        let _ = feature::members(properties, limits.nesting, "", |raw, _| {
            if let Some(key) = feature::string(raw)
                && !self.by_key.contains_key(&key)
            {
                self.by_key.insert(key.clone(), self.names.len());
                self.names.push(key.into_owned());
            }
            Ok(())
        });
    }

    /// The column of a property.
    pub(in crate::read) fn of(&self, key: &str) -> Option<usize> {
        self.by_key.get(key).copied()
    }

    /// The column of a member outside of the properties.
    pub(in crate::read) fn of_foreign(&self, key: &str) -> Option<usize> {
        self.foreign.get(key).copied()
    }

    /// The names of the columns from outside of the properties, the identifier left out.
    pub(in crate::read) fn foreign_names(&self) -> &[String] {
        self.names.get(self.names.len() - self.foreign.len()..).unwrap_or_default()
    }
}

impl Ids {
    fn and(self, raw: Option<&str>, row: u64) -> Self {
        let Some(raw) = raw.filter(|raw| *raw != "null") else { return self };
        let start =
            raw.parse::<u64>().ok().and_then(|id| id.checked_add(1)?.checked_sub(row)).filter(|start| *start <= 1);
        match (self, start) {
            (Self::Absent, Some(start)) => Self::Counting(start),
            (Self::Counting(first), Some(start)) if first == start => self,
            _ => Self::Given,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_that_only_count_are_no_column() {
        let of = |ids: &[Option<&str>]| (1_u64..).zip(ids).fold(Ids::Absent, |ids, (row, raw)| ids.and(*raw, row));
        assert_eq!(of(&[Some("1"), Some("2"), Some("3")]), Ids::Counting(1));
        assert_eq!(of(&[Some("0"), Some("1")]), Ids::Counting(0));
        assert_eq!(of(&[None, None]), Ids::Absent);
        assert_eq!(of(&[Some("1"), Some("3")]), Ids::Given);
        assert_eq!(of(&[Some("\"way/1\"")]), Ids::Given);
        assert_eq!(of(&[Some("18446744073709551615")]), Ids::Given);
    }
}
