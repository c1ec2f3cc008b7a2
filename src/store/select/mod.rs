//! One SELECT from outside (`datastore_search_sql`), made safe by being written anew.
//!
//! The text is parsed to a syntax tree in PostgreSQL's dialect, which is what CKAN's callers write. Nothing of the text
//! goes to DuckDB: from the tree a new statement is written, node by node, from a list of what may stand there
//! (`query`, `expression`, `function`). What is not on the list is refused by its kind. Tables become selections of
//! the public columns of published tables; names of functions and types are words of this program; identifiers are
//! quoted, texts and numbers are checked and quoted. So there is no way to files, settings, the catalogue's own tables,
//! or a second statement, whatever the parser takes a text for.
//!
//! The statement runs on a connection of its own, for a limited time, and gives a limited number of rows and bytes;
//! DuckDB's memory limit is that of the whole server.

mod expression;
mod function;
mod part;
mod query;
mod values;

use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value as Json;
use sqlparser::ast::Statement;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::{Store, StoreError};
use crate::model::catalogue::Table;

/// Longest statement, bytes: a screen full of SQL is 2 KB; lists of ids may be longer.
pub const MAX_BYTES: usize = 16 << 10;
/// Most words and signs of a statement: bounds the size of the tree, whose nodes take some hundred bytes each.
const MAX_TOKENS: usize = 3_000;
/// Deepest brackets the parser follows.
const MAX_DEPTH: usize = 40;
/// Most rows of an answer: CKAN's cap.
pub const MAX_ROWS: usize = 32_000;
/// Most bytes of text in an answer: 32,000 rows of a thousand bytes.
const MAX_ANSWER_BYTES: usize = 32 << 20;
/// Longest time a statement may run; sums over a million records take a tenth of a second.
pub const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Why a statement gets no answer.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// It is no SQL.
    #[error("{0}")]
    Syntax(String),
    /// It is not one SELECT.
    #[error("Query is not a single statement.")]
    Several,
    /// It names a table that nobody may read, or a function that nobody may call.
    #[error("{0}")]
    Forbidden(String),
    /// It holds something that is not offered, or names what does not exist.
    #[error("{0}")]
    Refused(String),
    /// It took longer than [`TIME_LIMIT`].
    #[error("the query took longer than {} seconds", TIME_LIMIT.as_secs())]
    TimedOut,
    /// The database failed otherwise.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A statement that may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedSelect {
    /// The text for DuckDB, written by this module.
    sql: String,
    /// The names of the tables as they were given, in order, each once.
    pub tables: Vec<String>,
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub struct Selected {
    /// Name and type (PostgreSQL's names) of each column.
    pub columns: Vec<(String, &'static str)>,
    /// The rows: one JSON value per column.
    pub rows: Vec<Vec<Json>>,
    /// Whether there were more rows than [`MAX_ROWS`].
    pub is_cut: bool,
}

/// Checks a statement and writes it anew. `table` gives the published table of a name.
///
/// # Errors
/// All of [`SelectError`] but [`SelectError::TimedOut`] and [`SelectError::Store`].
pub fn statement<'a>(text: &str, table: &dyn Fn(&str) -> Option<&'a Table>) -> Result<CheckedSelect, SelectError> {
    if text.len() > MAX_BYTES {
        return Err(SelectError::Refused(format!("the query is longer than {MAX_BYTES} bytes")));
    }
    if text.contains('\0') {
        return Err(SelectError::Syntax("syntax error: a zero byte".to_owned()));
    }
    let dialect = PostgreSqlDialect {};
    let syntax =
        |error: &dyn std::fmt::Display| SelectError::Syntax(format!("syntax error: {}", short(&error.to_string())));
    let tokens = Tokenizer::new(&dialect, text).tokenize_with_location().map_err(|error| syntax(&error))?;
    if tokens.len() > MAX_TOKENS {
        return Err(SelectError::Refused(format!("the query holds more than {MAX_TOKENS} words and signs")));
    }
    // Hints of some databases hide in comments, and a comment never changes what is asked: none is let in.
    if tokens.iter().any(|token| {
        matches!(&token.token, Token::Whitespace(blank) if !matches!(blank,
            sqlparser::tokenizer::Whitespace::Space
            | sqlparser::tokenizer::Whitespace::Newline
            | sqlparser::tokenizer::Whitespace::Tab))
    }) {
        return Err(SelectError::Refused("comments are not taken in a query".to_owned()));
    }
    let mut parser = Parser::new(&dialect).with_recursion_limit(MAX_DEPTH).with_tokens_with_locations(tokens);
    let statements = parser.parse_statements().map_err(|error| syntax(&error))?;
    let [statement] = statements.as_slice() else { return Err(SelectError::Several) };
    let Statement::Query(asked) = statement else {
        return Err(SelectError::Refused("Query is not a SELECT statement.".to_owned()));
    };
    let mut writer = query::Writer::new(table);
    let sql = writer.outermost(asked)?;
    Ok(CheckedSelect { sql, tables: writer.into_tables() })
}

impl Store {
    /// Runs a statement. Blocking: call it off the async threads.
    ///
    /// # Errors
    /// [`SelectError::TimedOut`], [`SelectError::Refused`] where DuckDB finds a fault in names, types or values or the
    /// answer is too large, [`SelectError::Store`].
    pub fn select(&self, statement: &CheckedSelect, time_limit: Duration) -> Result<Selected, SelectError> {
        // Not one of the readers: an interruption that comes late must not hit a question of somebody else.
        let connection = self.writer_clone()?;
        let interrupt = connection.interrupt_handle();
        let (done, waiting) = mpsc::channel::<()>();
        let watch = std::thread::Builder::new().name("statement".to_owned()).spawn(move || {
            let is_late = matches!(waiting.recv_timeout(time_limit), Err(mpsc::RecvTimeoutError::Timeout));
            if is_late {
                interrupt.interrupt();
            }
            is_late
        });
        let watch = watch.map_err(|source| StoreError::File { path: "statement".to_owned(), source })?;
        let answer = answer(&connection, &statement.sql);
        drop(done);
        let is_late = watch.join().unwrap_or(false);
        match answer {
            Err(SelectError::Store(StoreError::Database(error))) => {
                Err(if is_late { SelectError::TimedOut } else { told(error) })
            }
            other => other,
        }
    }
}

fn answer(connection: &duckdb::Connection, sql: &str) -> Result<Selected, SelectError> {
    let mut statement = connection.prepare(sql).map_err(StoreError::from)?;
    let batches = statement.query_arrow([]).map_err(StoreError::from)?;
    let schema = batches.get_schema();
    let mut selected = Selected::default();
    for field in schema.fields() {
        selected.columns.push((field.name().clone(), values::kind(field.data_type())?));
    }
    let mut bytes = 0;
    for batch in batches {
        for row in 0..batch.num_rows() {
            if selected.rows.len() == MAX_ROWS {
                selected.is_cut = true;
                return Ok(selected);
            }
            let cells: Vec<Json> =
                batch.columns().iter().map(|column| values::value(column, row)).collect::<Result<_, _>>()?;
            bytes += cells.iter().map(|cell| cell.as_str().map_or(16, str::len)).sum::<usize>();
            if bytes > MAX_ANSWER_BYTES {
                return Err(SelectError::Refused("the answer is too large; ask for fewer rows or columns".to_owned()));
            }
            selected.rows.push(cells);
        }
    }
    Ok(selected)
}

/// What DuckDB says, where the caller can mend it. Its suggestions and places (of a text the caller never saw) are left
/// out.
fn told(error: duckdb::Error) -> SelectError {
    let text = error.to_string();
    let kinds =
        ["Binder Error", "Conversion Error", "Out of Range Error", "Invalid Input Error", "Mismatch Type Error"];
    let Some(at) = kinds.iter().find_map(|kind| text.find(kind)) else {
        if ["IO Error", "INTERNAL Error", "FATAL Error"].iter().any(|kind| text.contains(kind)) {
            return SelectError::Store(StoreError::Database(error));
        }
        // Too deep for DuckDB, too large for its memory, or something it does not do: all of it is the caller's.
        let is_large = text.contains("Out of Memory");
        let why =
            if is_large { "the query needs more memory than it may take" } else { "the query cannot be answered" };
        return SelectError::Refused(why.to_owned());
    };
    let rest = &text[at..];
    let message = rest.split(['\n', '!']).next().unwrap_or(rest);
    let message = if message.contains("records.") { "the query cannot be answered" } else { message };
    SelectError::Refused(short(message))
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}
