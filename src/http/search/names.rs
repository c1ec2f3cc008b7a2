//! Names of records, by which the dataset that holds 「中央図書館」 is found.
//!
//! Only tables of current releases are read (a [`Catalogue`] holds no others), and of them only columns that hold names of
//! places, facilities and events. They are kept as found, one line for each record, and once more folded in the index:
//! with the lists of its pairs of characters some four bytes for each byte of names. [`Limits`] bounds them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::model::catalogue::{Catalogue, Table};
use crate::model::id::ReleaseId;
use crate::model::record::Storage;
use crate::schema::fold_header;
use crate::store::{Store, StoreError};

/// Headers (folded, see [`fold_header`]) of columns that hold names. None of them holds names of persons.
const COLUMNS: &[&str] = &[
    "名称",
    "名称_カナ",
    "名称_通称",
    "名称_英語",
    "指定暑熱避難施設の名称",
    "会場名",
    "地点名称",
    "地点名",
    "施設名",
    "施設名称",
    "施設名_カナ",
    "登録施設名",
    "施設・場所名",
    "避難所_施設名称",
    "学校名",
    "園名",
    "公園名",
    "公園名称",
    "イベント名",
    "文化財名",
    "文化財名称",
    "停留所名",
    "停留所名称",
    "バス停名",
    "バス停留所名",
    "路線名",
    "路線名称",
    "駅名",
    "河川名",
    "橋梁名",
    "農園名",
    "店舗名",
    "区域名",
    "地区名",
    "自治会名",
    "スポット名",
    "コース名",
    "name",
];
/// Most of them in one table.
const COLUMNS_LIMIT: usize = 4;

/// How much is read.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of names over all tables; tables that no longer fit are left out and counted.
    pub bytes: usize,
    /// Records of one table; names behind them are left out.
    pub records: u64,
}

impl Limits {
    /// 200,000 records of one table: an event or a shop list of the largest city; lists of parcels are no names.
    const RECORDS: u64 = 200_000;

    /// So many MiB of names.
    pub fn mib(mib: u64) -> Self {
        Self { bytes: usize::try_from(mib.min(1 << 20) << 20).unwrap_or(usize::MAX), records: Self::RECORDS }
    }
}

/// The names of one table: for each column one text with a line for each record, in the order of `_id`, from 1.
pub type TableNames = Arc<Vec<String>>;

/// The names of all tables that were read.
#[derive(Debug, Default, Clone)]
pub struct Names {
    by_table: HashMap<(ReleaseId, usize), TableNames>,
    /// Bytes of all of them.
    bytes: usize,
    /// Tables that did not fit.
    left_out: usize,
    /// Whether time ran out before all were read.
    partial: bool,
}

impl Names {
    /// Reads what is not yet among the names of before: a release never changes. Blocks.
    ///
    /// `patience`: how long at most; what is not read then is not there, and [`Self::is_partial`] says so.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn read(
        store: &Store,
        catalogue: &Catalogue,
        before: &Self,
        limits: Limits,
        patience: Option<Duration>,
    ) -> Result<Self, StoreError> {
        let begun = Instant::now();
        let mut names = Self::default();
        for dataset in catalogue.datasets() {
            for (number, table) in dataset.tables.iter().enumerate() {
                let columns = columns_of(table);
                if columns.is_empty() {
                    continue;
                }
                let key = (dataset.release, number);
                let known = before.by_table.get(&key).cloned();
                if known.is_none() && patience.is_some_and(|patience| begun.elapsed() > patience) {
                    names.partial = true;
                    continue;
                }
                let own = match known {
                    Some(known) => known,
                    None => Arc::new(store.names(table, &columns, limits.records)?),
                };
                let bytes: usize = own.iter().map(String::len).sum();
                if names.bytes + bytes > limits.bytes {
                    names.left_out += 1;
                    continue;
                }
                names.bytes += bytes;
                names.by_table.insert(key, own);
            }
        }
        Ok(names)
    }

    /// The names of a table of a release.
    pub fn of(&self, release: ReleaseId, table: usize) -> Option<&TableNames> {
        self.by_table.get(&(release, table))
    }

    /// Tables whose names were read.
    pub fn tables(&self) -> usize {
        self.by_table.len()
    }

    /// Bytes of all names.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Tables whose names did not fit into the limit.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Whether there was no time to read all.
    pub fn is_partial(&self) -> bool {
        self.partial
    }

    /// Adds names as if they had been read, for measuring without a database.
    pub fn insert(&mut self, release: ReleaseId, table: usize, columns: Vec<String>) {
        self.bytes += columns.iter().map(String::len).sum::<usize>();
        self.by_table.insert((release, table), Arc::new(columns));
    }
}

/// The columns of a table that hold names, in the order of [`COLUMNS`].
fn columns_of(table: &Table) -> Vec<&str> {
    let mut found: Vec<(usize, &str)> = table
        .shape
        .columns
        .iter()
        .filter(|column| column.kind.storage() == Storage::Text)
        .filter_map(|column| {
            let place = |name: &str| {
                let folded = fold_header(name);
                COLUMNS.iter().position(|own| fold_header(own) == folded)
            };
            Some((place(&column.name).or_else(|| place(&column.title))?, column.name.as_str()))
        })
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, name)| name).take(COLUMNS_LIMIT).collect()
}
