//! The integration tests: one binary.

mod schema;
mod publish;
mod tile_checker;
