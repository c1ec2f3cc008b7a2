//! The integration tests: one binary.

mod datasets;
mod schema;
mod tidy;
mod publish;
mod tile_checker;
