//! hiraku publishes a city's data: files that staff already have become a catalogue, maps and figures.
//!
//! The modules stand in the order in which data travels; each uses only those before it (a test checks it):
//! `model → schema → read → normalize → count → store → publish → pipeline → http → cli`, with `clock` and `config`
//! handed in. `ARCHITECTURE.md` walks one upload, one tile and one count through them.

pub mod cli;
pub mod count;
pub mod http;
pub mod model;
pub mod normalize;
pub mod pipeline;
pub mod publish;
pub mod read;
pub mod schema;
pub mod store;

pub mod clock;
pub mod config;
