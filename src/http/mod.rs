//! axum: the only HTTP. A request goes one way: path to types → catalogue, file range or query → answer → counting.

pub mod app;
pub mod counting;
