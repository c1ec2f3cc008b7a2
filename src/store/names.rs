//! Reading the names of the records of one table, for the search.

use super::condition::known;
use super::{Store, StoreError, quoted};
use crate::model::catalogue::Table;

/// Longest name kept, characters: longer cells are descriptions.
const NAME_LIMIT_CHARS: u32 = 100;

impl Store {
    /// The values of some columns of text, each column as one text with a line for each record in the order of `_id`
    /// (which runs from 1 without gaps); an empty line where there is none. Blocking.
    ///
    /// # Errors
    /// [`StoreError::NoColumn`] where the table does not have such a column, and where the database fails.
    pub fn names(&self, table: &Table, columns: &[&str], most_records: u64) -> Result<Vec<String>, StoreError> {
        let select = columns
            .iter()
            .map(|column| {
                let name = known(table, column)?;
                Ok(format!(
                    "left(replace(replace(coalesce({name}, ''), chr(10), ' '), chr(13), ' '), {NAME_LIMIT_CHARS})"
                ))
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        // Unordered and put into their places here: half the time of a sort by the database, which is most of it.
        let sql = format!(
            "SELECT _id, {} FROM records.{} WHERE _id <= {most_records}",
            select.join(", "),
            quoted(&table.record_table)
        );
        self.reading(|connection| {
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            let mut names: Vec<(i64, Vec<String>)> = Vec::new();
            while let Some(row) = rows.next()? {
                let own = (1..=columns.len()).map(|index| row.get(index)).collect::<Result<_, _>>()?;
                names.push((row.get(0)?, own));
            }
            names.sort_unstable_by_key(|(id, _)| *id);
            let mut texts = vec![String::new(); columns.len()];
            let mut next = 1;
            for (id, own) in names {
                // A record that is not there leaves its line empty, so that lines keep counting records.
                for (text, name) in texts.iter_mut().zip(own) {
                    for _ in next..id {
                        text.push('\n');
                    }
                    text.push_str(&name);
                    text.push('\n');
                }
                next = id + 1;
            }
            Ok(texts)
        })
    }
}
