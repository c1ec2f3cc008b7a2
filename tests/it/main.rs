//! The integration tests: one binary.

mod pages;
mod schema;
mod tidy;
