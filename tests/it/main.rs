//! The integration tests: one binary.

mod datasets;
mod pages;
mod normalize;
mod read;
mod schema;
mod tidy;
mod crash;
mod program;
mod whole;
mod publish;
mod tile_checker;
mod http_site;
mod http_ckan;
mod http_files;

mod count_city;
mod count_crash;
mod count_http;
mod count_readings;
mod count_replay;
