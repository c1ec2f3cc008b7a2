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
        let sql = format!(
            "SELECT {} FROM records.{} WHERE _id <= {most_records} ORDER BY _id",
            select.join(", "),
            quoted(&table.record_table)
        );
        self.reading(|connection| {
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            let mut texts = vec![String::new(); columns.len()];
            while let Some(row) = rows.next()? {
                for (index, text) in texts.iter_mut().enumerate() {
                    text.push_str(&row.get::<_, String>(index)?);
                    text.push('\n');
                }
            }
            Ok(texts)
        })
    }
}
