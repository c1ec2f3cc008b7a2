//! The integration tests: one binary.

mod datasets;
mod http_ckan;
mod http_files;
mod http_site;
mod normalize;
mod pages;
mod publish;
mod read;
mod schema;
mod tidy;
mod tile_checker;
