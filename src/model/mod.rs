//! The nouns of the field: ids, codes, coordinates, days, findings, records and the catalogue.
//!
//! Everything here is plain data with checked constructors. No input or output, nothing asynchronous;
//! the one exception is [`mapped`], the only module with `unsafe`, which maps files into memory.

pub mod account;
pub mod audit;
pub mod case;
pub mod catalogue;
pub mod code;
pub mod decision;
pub mod difference;
pub mod finding;
pub mod harvest;
pub mod id;
pub mod login;
pub mod lonlat;
pub mod made;
pub mod mapped;
pub mod name;
pub mod naming;
pub mod password;
pub mod record;
pub mod rights;
pub mod second;
pub mod session;
pub mod tile;
pub mod time;
pub mod token;
