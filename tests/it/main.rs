//! The integration tests: one binary.

mod schema;
mod tidy;
