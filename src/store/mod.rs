//! DuckDB: the only SQL. Also the content-addressed objects.
//!
//! Ids are minted in Rust, uniqueness is checked inside the writing transaction, and the SQL keeps to what DuckLake
//! accepts (no PRIMARY KEY, UNIQUE, FOREIGN KEY, sequences or indexes).

pub mod objects;
pub mod rows;
