//! The page of a dataset: what it is, its files, its tables, its quality and its map.

use std::borrow::Cow;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawQuery, State};

use super::address::{self, Question};
use super::files::{Offered, offered};
use super::frame::Frame;
use super::label::label;
use super::pager::{Pager, window};
use super::snippets::{Snippet, snippets};
use super::table::{Cell, Entry, dictionary};
use super::wording::{Day, excerpt, format_help, geometry_kind, number, size};
use super::{PageResult, page, rows, table_of};
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::daily_dataset;
use crate::http::dcat::{self, Site};
use crate::http::download;
use crate::http::problem::Problem;
use crate::http::words::say;
use crate::model::catalogue::{Dataset, Format, Table};
use crate::model::finding::{FindingCode, Severity};
use crate::model::naming::label_column;
use crate::model::record::Storage;
use crate::store::rows::RowQuery;

/// Rows of the preview on one page.
const PER_PAGE: u64 = 20;

/// A table that can be chosen.
struct Tab {
    title: String,
    href: String,
    current: bool,
}

/// A file to download.
struct File {
    title: String,
    format: &'static str,
    help: &'static str,
    size: String,
    href: String,
    saved_as: String,
    snippets: Vec<Snippet>,
}

/// One kind of finding.
struct FindingLine {
    severity: &'static str,
    severity_class: &'static str,
    sentence: String,
    code: String,
    count: String,
}

/// What was found in one table.
struct Quality {
    rows_read: String,
    records: String,
    refused: String,
    nothing_refused: bool,
    balanced: bool,
    source_file: String,
    encoding: String,
    sheet: Option<String>,
    findings: Vec<FindingLine>,
}

/// One row of the preview.
struct PreviewRow {
    label: String,
    href: String,
    cells: Vec<Cell>,
}

/// The map of the table.
struct MapPart {
    title: String,
    href: String,
    picture: String,
    kind: Cow<'static, str>,
}

#[derive(Template)]
#[template(path = "dataset.html")]
struct DatasetPage {
    frame: Frame,
    title: String,
    notes: String,
    organization: String,
    organization_href: String,
    stats_href: String,
    theme: String,
    theme_href: String,
    tags: Vec<(String, String)>,
    licence_title: String,
    licence_url: String,
    licence_open: bool,
    attribution: String,
    source_page: String,
    created: Day,
    modified: Day,
    retrieved: Option<Day>,
    release_number: u32,
    api_href: String,
    tabs: Vec<Tab>,
    table: Option<TablePart>,
    files: Vec<File>,
    offered: Vec<Offered>,
    maps: Vec<MapPart>,
}

/// The chosen table.
struct TablePart {
    title: String,
    columns: Vec<String>,
    numeric: Vec<bool>,
    /// Fields of the standard that are left out because the file lacks them.
    lacking: usize,
    preview: Vec<PreviewRow>,
    first: String,
    last: String,
    total: String,
    pager: Pager,
    dictionary: Vec<Entry>,
    standard: bool,
    quality: Quality,
}

/// `/dataset/{name}`.
pub(super) async fn dataset(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let catalogue = app.catalogue();
    let dataset = catalogue.dataset(&name).ok_or_else(Problem::not_found)?;
    let question = Question::parse(raw.as_deref());
    let chosen = match question.get("table") {
        Some(key) => Some(table_of(dataset, key).ok_or_else(Problem::not_found)?),
        None => dataset.tables.first().map(|table| (0, table)),
    };
    let name = dataset.name.as_str();
    let path = address::dataset(name);
    let api_href = format!("/api/3/action/package_show?id={}", address::segment(name));
    let mut frame = Frame::new(&app, &dataset.title)
        .section("/dataset")
        .crumb("データ", "/dataset")
        .crumb(&dataset.organization.title, address::organization(dataset.organization.name.as_str()))
        .alternate("application/json", "メタデータ(CKAN形式)", api_href.clone())
        .alternate("application/json", "メタデータと項目(JSON)", format!("{path}.json"))
        .graph(&path)
        .feed("このデータセットの更新", format!("/feeds/dataset/{}.atom", address::segment(name)))
        .structured(&dcat::dataset_in_page(&app.config, &Site::new(&app.config.public_url()), dataset));
    for (format, words, ending) in
        [(Format::Csv, "データ(CSV)", "csv"), (Format::GeoJson, "データ(GeoJSON)", "geojson")]
    {
        if let Some((place, table)) = chosen
            && dataset.distributions.iter().any(|own| own.table == place && own.format == format)
        {
            let own = Question::default().with("table", (place > 0).then(|| table.shape.key.as_str()));
            frame = frame.alternate(format.media_type(), words, own.under(&format!("{path}.{ending}")));
        }
    }
    if !dataset.notes.is_empty() {
        frame.description = excerpt(&dataset.notes, 120);
    }
    let table = match chosen {
        Some((index, table)) => Some(table_part(&app, dataset, index, table, &question).await?),
        None => None,
    };
    let template = DatasetPage {
        frame,
        title: dataset.title.clone(),
        notes: dataset.notes.clone(),
        organization: dataset.organization.title.clone(),
        organization_href: address::organization(dataset.organization.name.as_str()),
        stats_href: match dataset.of_site {
            Some(_) => daily_dataset::PAGE.to_owned(),
            None => address::stats_of_dataset(dataset.name.as_str()),
        },
        theme: dataset.theme.clone(),
        theme_href: Question::default().with("theme", Some(&dataset.theme)).under("/dataset"),
        tags: dataset
            .tags
            .iter()
            .map(|tag| (tag.clone(), Question::default().with("tags", Some(tag)).under("/dataset")))
            .collect(),
        licence_title: dataset.licence.title.clone(),
        licence_url: dataset.licence.url.clone(),
        licence_open: dataset.licence.open,
        attribution: dataset.attribution.clone(),
        source_page: dataset.source_page.clone(),
        created: Day::of(dataset.created),
        modified: Day::of(dataset.modified),
        retrieved: Day::of_text(&dataset.retrieved),
        release_number: dataset.release_number,
        api_href,
        tabs: tabs(dataset, chosen.map(|(index, _)| index), &path),
        table,
        files: files(&app, dataset),
        offered: offered(&app, dataset),
        maps: maps(dataset),
    };
    page(&template, Access::DatasetPage(dataset.id.uuid()))
}

fn tabs(dataset: &Dataset, current: Option<usize>, path: &str) -> Vec<Tab> {
    if dataset.tables.len() < 2 {
        return Vec::new();
    }
    dataset
        .tables
        .iter()
        .enumerate()
        .map(|(index, table)| Tab {
            title: table.shape.title.clone(),
            href: format!("{}#preview", Question::default().with("table", Some(table.shape.key.as_str())).under(path)),
            current: Some(index) == current,
        })
        .collect()
}

fn files(app: &App, dataset: &Dataset) -> Vec<File> {
    let site = app.config.public_url();
    dataset
        .distributions
        .iter()
        .map(|distribution| File {
            title: distribution.title.clone(),
            format: distribution.format.name(),
            help: format_help(distribution.format),
            size: distribution.size_bytes().map_or_else(|| "毎日更新".to_owned(), size),
            href: download::url("", dataset, distribution),
            saved_as: distribution.file_name.clone(),
            snippets: snippets(&site, &download::url(&site, dataset, distribution), dataset, distribution),
        })
        .collect()
}

fn maps(dataset: &Dataset) -> Vec<MapPart> {
    dataset
        .tables
        .iter()
        .filter_map(|table| {
            let layer = table.layer.as_ref()?;
            let href = address::map(layer.name.as_str());
            Some(MapPart {
                title: layer.title.clone(),
                picture: format!("{href}.svg?v={}", &layer.tileset.to_hex()[..12]),
                href,
                kind: table.geometry.map_or_else(|| say("geometry-any"), geometry_kind),
            })
        })
        .collect()
}

async fn table_part(
    app: &Arc<App>,
    dataset: &Arc<Dataset>,
    index: usize,
    table: &Table,
    question: &Question,
) -> Result<TablePart, Problem> {
    let (first, last, offset) = window(question.page(), PER_PAGE, table.records);
    let query = RowQuery { limit: PER_PAGE, offset, ..RowQuery::default() };
    let found = rows(app, dataset, index, query).await?;
    let columns = &table.shape.columns;
    let label_at = label_column(&table.shape);
    let key = table.shape.key.as_str();
    // A standard sheet has many fields; those that the publisher's file lacks would only widen the table.
    let shown: Vec<usize> = (0..columns.len())
        .filter(|index| {
            columns[*index].found.is_some()
                || found.rows.iter().any(|row| row.values.get(*index).is_some_and(|value| !value.is_null()))
        })
        .collect();
    let preview = found
        .rows
        .iter()
        .map(|row| PreviewRow {
            label: label(&row.values, label_at, row.id),
            href: address::feature(dataset.name.as_str(), key, row.id),
            cells: shown.iter().filter_map(|index| Some(Cell::of(&columns[*index], row.values.get(*index)?))).collect(),
        })
        .collect();
    let path = address::dataset(dataset.name.as_str());
    Ok(TablePart {
        title: table.shape.title.clone(),
        columns: shown.iter().map(|index| columns[*index].title.clone()).collect(),
        numeric: shown.iter().map(|index| columns[*index].kind.storage() != Storage::Text).collect(),
        lacking: columns.len() - shown.len(),
        preview,
        first: number(first),
        last: number(last),
        total: number(table.records),
        pager: Pager::new("データの中身", table.records, PER_PAGE, question, &path, "#preview"),
        dictionary: dictionary(&table.shape),
        standard: table.shape.sheet.is_some(),
        quality: quality(table),
    })
}

fn quality(table: &Table) -> Quality {
    let findings = table
        .findings
        .iter()
        .map(|(code, count)| {
            let known = FindingCode::ALL.iter().find(|known| known.as_str() == code);
            let (severity, severity_class) = match known.map(|code| code.severity()) {
                Some(Severity::Error) => ("要修正", "error"),
                Some(Severity::Warning) => ("要確認", "warning"),
                Some(Severity::Note) | None => ("参考", "note"),
            };
            FindingLine {
                severity,
                severity_class,
                sentence: known.map_or_else(|| code.clone(), |code| general_sentence(code.text_ja())),
                code: code.clone(),
                count: number(*count),
            }
        })
        .collect();
    Quality {
        rows_read: number(table.rows_read),
        records: number(table.records),
        refused: number(table.refused),
        nothing_refused: table.refused == 0,
        balanced: table.rows_read == table.records + table.refused,
        source_file: table.source_file.clone(),
        encoding: table.encoding.clone(),
        sheet: table.shape.sheet.as_ref().map(|sheet| sheet_title(&sheet.number, &sheet.edition)),
        findings,
    }
}

fn sheet_title(number: &str, edition: &str) -> String {
    let edition = if edition == "recommended" { "(旧・推奨データセットの様式)" } else { "" };
    format!("自治体標準オープンデータセット No.{number}{edition}")
}

/// The sentence of a kind of finding, with `…` for what differs from cell to cell.
fn general_sentence(template: &str) -> String {
    // Remarks in brackets only name the cell's own texts and say nothing of the kind.
    let mut text = template.replace("({found}列、見出しは{expected}列)", "");
    for place in ["({found} → {repair})", "(最初は{expected}行目)", "({expected})", "({found})", "({repair})"] {
        text = text.replace(place, "");
    }
    for place in ["{found}", "{expected}", "{repair}"] {
        text = text.replace(place, "…");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_about_a_kind_of_finding_hold_no_places() {
        for code in FindingCode::ALL {
            let sentence = general_sentence(code.text_ja());
            assert!(!sentence.contains(['{', '}']), "{sentence}");
        }
        assert_eq!(general_sentence(FindingCode::NumberFolded.text_ja()), "数値の表記を直しました。");
    }
}
