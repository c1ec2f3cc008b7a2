//! The integration tests: one binary.

mod pages;
mod schema;
mod tidy;
mod http_site;
mod http_ckan;
mod http_files;
