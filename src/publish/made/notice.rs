//! What a file says of its table beside the data, and the list of cells that do not stand in it as in the release.

use std::io::{self, Write as _};

use tempfile::NamedTempFile;

use super::MadeInput;
use crate::model::time::japan_day;
use crate::store::objects::Objects;

/// Cells that a list names; of more it says how many. Nobody reads ten thousand, and each may be long.
const LISTED_LIMIT: u64 = 10_000;

/// Name and value of what is said of every table.
pub(super) fn facts(input: &MadeInput<'_>) -> Vec<(&'static str, String)> {
    let licence = if input.licence.url.is_empty() {
        input.licence.title.clone()
    } else {
        format!("{}({})", input.licence.title, input.licence.url)
    };
    let mut facts = vec![
        ("データ", input.shape.title.clone()),
        ("データセット", input.dataset.to_owned()),
        ("公開している組織", input.publisher.to_owned()),
        ("版", format!("第{}版({}公開)", input.release_number, japan_day(input.released))),
        ("ライセンス", licence),
        ("出典の書き方", input.attribution.to_owned()),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

/// A list of cells, tab-separated in UTF-8 with byte order mark, that grows on the disk.
#[derive(Debug)]
pub(super) struct CellList {
    out: io::BufWriter<NamedTempFile>,
    /// Cells told, listed or not.
    pub(super) cells: u64,
}

impl CellList {
    /// Begins with lines that explain it, and the names of the columns.
    pub(super) fn begin(objects: &Objects, head: &[String], columns: &[&str]) -> io::Result<Self> {
        let mut out = io::BufWriter::new(objects.temporary()?);
        out.write_all("\u{feff}".as_bytes())?;
        for line in head {
            write!(out, "{line}\r\n")?;
        }
        write!(out, "\r\n{}\r\n", columns.join("\t"))?;
        Ok(Self { out, cells: 0 })
    }

    /// Adds a cell.
    pub(super) fn cell(&mut self, values: &[&str]) -> io::Result<()> {
        self.cells += 1;
        if self.cells > LISTED_LIMIT {
            return Ok(());
        }
        let one_line = |value: &str| value.replace(['\t', '\r', '\n'], " ");
        let line: Vec<String> = values.iter().map(|value| one_line(value)).collect();
        write!(self.out, "{}\r\n", line.join("\t"))
    }

    /// Ends the list; `None` where it names no cell.
    pub(super) fn end(mut self) -> io::Result<Option<NamedTempFile>> {
        if self.cells == 0 {
            return Ok(None);
        }
        if self.cells > LISTED_LIMIT {
            write!(self.out, "(ほか{}セル)\r\n", self.cells - LISTED_LIMIT)?;
        }
        write!(self.out, "\r\n合計 {}セル\r\n", self.cells)?;
        Ok(Some(self.out.into_inner().map_err(io::IntoInnerError::into_error)?))
    }
}
