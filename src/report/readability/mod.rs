//! The machine-readability items of the Digital Agency's rule (30 items in three levels), judged for one file.
//!
//! The items are data (`schemas/machine-readability.toml`): what each asks for, how it is looked at, how to mend it. The
//! judge answers each with "fulfilled", "not fulfilled" with the cells, "not checkable" with the reason, or "does not
//! apply" to files of this kind.
//!
//! The rule gives each item a level (1: a machine can read the table, 2: it can calculate with the values, 3: data of
//! several bodies can be put together); it gives files no mark. The level shown here is the highest one of which, and of
//! all below it, every item that was checked is fulfilled; 0 where an item of level 1 is not.

pub(super) mod characters;
mod headers;
mod items;
mod judge;

use serde::Serialize;

pub use items::{Item, Rule, rule};
pub(super) use judge::judge;

/// How an item came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Fulfilled.
    Ok,
    /// Not fulfilled.
    NotOk,
    /// Cannot be judged from the file.
    Unchecked,
    /// Asks nothing of files of this kind.
    NotApplicable,
}

/// The answer to one item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// The item's number, `L1-01`.
    pub id: &'static str,
    /// Its level, 1 to 3.
    pub level: u8,
    /// What it asks for.
    pub title_ja: &'static str,
    /// The same in English.
    pub title_en: &'static str,
    /// How it came out.
    pub status: Status,
    /// Why, where that needs words; may be empty.
    pub remark_ja: String,
    /// The same in English.
    pub remark_en: String,
    /// How often it was broken.
    pub count: u64,
    /// The first places where it was broken: `シート1!C12`, `12行目`.
    pub cells: Vec<String>,
    /// What to do about it, in Japanese; empty where it is fulfilled.
    pub mend_ja: &'static str,
    /// The same in English.
    pub mend_en: &'static str,
}

/// How the items of one level came out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LevelSum {
    /// The level.
    pub level: u8,
    /// Items fulfilled.
    pub ok: u64,
    /// Items not fulfilled.
    pub not_ok: u64,
    /// Items that cannot be judged from the file.
    pub unchecked: u64,
    /// Items that do not apply.
    pub not_applicable: u64,
}

/// How a file came out.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Readability {
    /// The level reached, 0 to 3; see the module.
    pub level: u8,
    /// The sums by level.
    pub levels: Vec<LevelSum>,
    /// All items in their order.
    pub items: Vec<Answer>,
}

impl Readability {
    /// The answers with their sums and the level reached.
    fn of(items: Vec<Answer>) -> Self {
        let mut levels = Vec::new();
        let mut level = 0;
        let mut unbroken = true;
        for number in 1..=3 {
            let mut sum = LevelSum { level: number, ..LevelSum::default() };
            for answer in items.iter().filter(|answer| answer.level == number) {
                match answer.status {
                    Status::Ok => sum.ok += 1,
                    Status::NotOk => sum.not_ok += 1,
                    Status::Unchecked => sum.unchecked += 1,
                    Status::NotApplicable => sum.not_applicable += 1,
                }
            }
            unbroken = unbroken && sum.not_ok == 0 && sum.ok > 0;
            if unbroken {
                level = number;
            }
            levels.push(sum);
        }
        Self { level, levels, items }
    }
}
