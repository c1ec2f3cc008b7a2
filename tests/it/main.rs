//! The integration tests: one binary.

mod schema;
mod tidy;

mod count_city;
mod count_crash;
mod count_http;
mod count_readings;
mod count_replay;
