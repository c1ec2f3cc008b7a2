//! The integration tests: one binary.

mod read;
mod schema;
mod tidy;
