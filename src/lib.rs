//! hiraku publishes a city's data: files that staff already have become a catalogue, maps and figures.
//!
//! The modules stand in the order in which data travels; each uses only those before it (a test checks it):
//! `model → schema → read → normalize → count → store → publish → pipeline → report → http → cli`, with `clock` and `config`
//! handed in. `ARCHITECTURE.md` walks one upload, one tile and one count through them.

pub mod model;
pub mod schema;
pub mod read;
pub mod normalize;
pub mod count;
pub mod store;
pub mod publish;
pub mod pipeline;
pub mod report;
pub mod http;
pub mod cli;

pub mod clock;
pub mod config;
