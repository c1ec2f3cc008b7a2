//! The integration tests: one binary.

mod normalize;
mod schema;
mod tidy;
