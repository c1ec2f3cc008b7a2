//! Tokens that were made with others: they end with them.

use std::collections::HashMap;

use duckdb::params;

use super::{Store, StoreError};
use crate::model::token::Token;

/// The tables.
pub(super) const LAYOUT: &str = "CREATE TABLE IF NOT EXISTS api_token_origin(id VARCHAR, made_with VARCHAR);";

impl Store {
    /// Keeps a token that was made with another one.
    pub fn add_token_made_with(&self, token: &Token, text: &str, origin: &str) -> Result<(), StoreError> {
        // First where it comes from: a program that dies in between leaves no token that nothing ends.
        self.writer().execute("INSERT INTO api_token_origin VALUES (?, ?)", params![token.id, origin])?;
        self.add_token(token, text)
    }

    /// The tokens that were made with one, and with these, and so on.
    pub fn tokens_made_with(&self, origin: &str) -> Result<Vec<Token>, StoreError> {
        let pairs: Vec<(String, String)> = self.reading(|connection| {
            let mut statement = connection.prepare("SELECT made_with, id FROM api_token_origin")?;
            Ok(statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
        })?;
        let mut made: HashMap<&str, Vec<&str>> = HashMap::new();
        for (with, id) in &pairs {
            made.entry(with).or_default().push(id);
        }
        let (mut found, mut next) = (Vec::new(), vec![origin]);
        while let Some(own) = next.pop() {
            // Taken out, so that a circle ends.
            let children = made.remove(own).unwrap_or_default();
            next.extend(&children);
            found.extend(children);
        }
        Ok(self.tokens()?.into_iter().filter(|token| found.contains(&token.id.as_str())).collect())
    }
}
