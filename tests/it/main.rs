//! The integration tests: one binary.
#![expect(
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::type_complexity,
    clippy::unnecessary_wraps,
    clippy::format_collect,
    clippy::format_push_string,
    reason = "in a test a panic is the message, the numbers and texts are small, and nothing is reached from outside"
)]

mod account;
mod confidential;
mod count_archive;
mod count_city;
mod count_crash;
mod count_http;
#[path = "../../benches/counting/replay.rs"]
mod count_http_replay;
#[path = "../../benches/counting/kills.rs"]
mod count_kills;
mod count_load;
mod count_logs;
mod count_readings;
mod count_replay;
mod count_replicas;
mod count_shadow;
mod count_trouble;
mod crash;
mod datasets;
mod desk;
mod desk_cases;
mod desk_crash;
mod facility;
mod files;
mod forms;
mod gazetteer;
mod difference;
mod emergency;
mod harvest;
mod harvest_upstream;
mod http_ckan;
mod http_ckan_datastore;
mod http_dcat;
mod http_dump;
mod http_sql;
mod http_features;
mod http_files;
mod http_mcp;
mod http_openapi;
mod http_search;
mod http_site;
mod http_tiles;
mod http_write;
mod kpi;
mod large;
mod maps;
mod mvt_fixtures;
mod mvt_peer;
mod normalize;
mod odd;
mod pages;
mod program;
mod publish;
mod read;
mod reread;
mod report;
mod rights;
mod schema;
mod search;
mod seeds;
mod sheets;
mod statistics;
mod structure;
mod tidy;
mod tile_checker;
mod tiles;
mod tiles_command;
mod values;
mod whole;
#[path = "../../benches/counting/wire.rs"]
mod wire;
mod words;
mod worker;
