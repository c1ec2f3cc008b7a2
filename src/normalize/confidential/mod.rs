//! The check before publication (秘匿性): does a table hold what must not be published?
//!
//! A [`Check`] sees every row of a table as found and decides at its end, column by column, with a stated confidence:
//! one cell says little (one in ten twelve-digit numbers has a right check digit by chance), a whole column says much.
//! What a finding means for the release is [`crate::model::decision::Decision`]. No finding quotes a value that it says
//! must not be published; rows and counts are named instead.
//!
//! Words and thresholds are data: `schemas/confidential.toml`. Most cells are dismissed after one look at their bytes.

mod apart;
mod birth;
mod check;
mod column;
mod contact;
mod cross;
mod decide;
mod decide_table;
mod header;
mod letters;
mod mail;
mod number;
mod person;
mod policy;
mod recover;
mod rules;
mod sensitive;

pub(super) use apart::Apart;
pub use check::{Check, Layout};
pub use policy::{Allowance, Policy};
