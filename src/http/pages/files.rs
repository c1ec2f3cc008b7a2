//! The formats of a dataset's tables that are made on request, as its page offers them.

use super::wording::{number, size};
use crate::http::app::App;
use crate::http::made::{note_url, url};
use crate::http::words;
use crate::model::catalogue::{Dataset, Table};
use crate::model::made::{Limit, Made, MadeFormat, MadeKey, file_name};

/// What one table can be had as.
pub(super) struct Offered {
    /// The title of the table; empty where the dataset has one only.
    pub(super) title: String,
    pub(super) lines: Vec<Line>,
}

/// One format.
pub(super) struct Line {
    pub(super) format: &'static str,
    /// One line of help.
    pub(super) help: String,
    /// The size, where the file was made before; else that it is made first.
    pub(super) size: String,
    /// Where it is; empty where the format cannot hold the table.
    pub(super) href: String,
    pub(super) saved_as: String,
    /// What does not stand in it as in the data, and where that is listed.
    pub(super) note: Option<(String, Option<String>)>,
}

/// All tables of a dataset.
pub(super) fn offered(app: &App, dataset: &Dataset) -> Vec<Offered> {
    let is_only = dataset.tables.len() < 2;
    let of_table = |table: &Table| Offered {
        title: if is_only { String::new() } else { table.shape.title.clone() },
        lines: MadeFormat::of_table(table.geometry).map(|format| line(app, dataset, table, format)).collect(),
    };
    dataset.tables.iter().map(of_table).collect()
}

fn line(app: &App, dataset: &Dataset, table: &Table, format: MadeFormat) -> Line {
    let key = MadeKey { release: dataset.release, table: table.shape.key.clone(), format };
    let mut line = Line {
        format: format.name(),
        help: help(format).into_owned(),
        size: words::say("files-made-first").into_owned(),
        href: url("", dataset, table, format),
        saved_as: file_name(&table.shape.title, format.ending()),
        note: None,
    };
    match app.making.ledger.find(&key) {
        None => {}
        Some(Made::Refused(limit)) => {
            line.href = String::new();
            line.size = words::say("files-not-offered").into_owned();
            line.note = Some((reason(limit).into_owned(), None));
        }
        Some(Made::File(file)) => {
            line.size = size(file.size_bytes);
            if file.changed_cells > 0 {
                let told = words::tell(changed(format), &[("count", &number(file.changed_cells))]);
                line.note = Some((told.into_owned(), file.note.map(|_| note_url("", dataset, table))));
            }
        }
    }
    line
}

fn help(format: MadeFormat) -> std::borrow::Cow<'static, str> {
    match format {
        MadeFormat::Xlsx => words::say("files-help-xlsx"),
        MadeFormat::CsvCp932 => words::say("files-help-cp932"),
        MadeFormat::Json => words::say("files-help-json"),
        MadeFormat::Shapefile => words::say("files-help-shapefile"),
        MadeFormat::GeoPackage => words::say("files-help-geopackage"),
        MadeFormat::Kml => words::say("files-help-kml"),
    }
}

fn reason(limit: Limit) -> std::borrow::Cow<'static, str> {
    match limit {
        Limit::FileSize => words::say("files-limit-size"),
        Limit::Columns => words::say("files-limit-columns"),
        Limit::RecordLength => words::say("files-limit-record"),
    }
}

/// The wording of what was changed, with the number of cells.
const fn changed(format: MadeFormat) -> &'static str {
    match format {
        MadeFormat::CsvCp932 => "files-changed-cp932",
        MadeFormat::Shapefile => "files-changed-shapefile",
        _ => "files-changed-xlsx",
    }
}
