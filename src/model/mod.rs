//! The nouns of the field: ids, codes, coordinates, days, findings, records and the catalogue.
//!
//! Everything here is plain data with checked constructors. No input or output, nothing asynchronous;
//! the one exception is [`mapped`], the only module with `unsafe`, which maps files into memory.

pub mod catalogue;
pub mod code;
pub mod decision;
pub mod difference;
pub mod finding;
pub mod harvest;
pub mod id;
pub mod lonlat;
pub mod mapped;
pub mod name;
pub mod naming;
pub mod record;
pub mod tile;
pub mod time;
pub mod token;
