//! A list of datasets in the sheet 06 オープンデータ一覧, and a folder of files.
//!
//! The list is read by the worker like any file. A line is one file; lines of one dataset (by its ID, else by its title)
//! belong together. An address without `http` is a file beside the list, where the list lies on this machine.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::fetch::{Conditions, Fetched, Fetcher};
use super::{ADDRESS_BYTES, DATASETS, FILES, Fault, FilePlace, Listing, Remote, RemoteFile, cut, fault};
use crate::model::harvest::Source;
use crate::pipeline::frames::{Frame, Job, JobFile, Telling};
use crate::pipeline::kinds::is_main;
use crate::pipeline::rows::RowsWanted;
use crate::pipeline::supervise::{WorkerCommand, run};
use crate::pipeline::tally::Kept;
use crate::schema::{HEADER_SEARCH_ROWS, Schemas, fold_header};

/// Most lines of a list.
const LINES: usize = 100_000;

/// What the list says.
pub(super) fn list(
    fetcher: &mut Fetcher,
    worker: &WorkerCommand,
    source: &Source,
    folder: &Path,
) -> Result<Listing, Fault> {
    if !source.address.starts_with("http") {
        let path = PathBuf::from(&source.address);
        return read(worker, &path, &shown(&path), path.parent());
    }
    match fetcher.file(&source.address, Conditions::default(), folder)? {
        Fetched::File { file, .. } => {
            let name = source.address.rsplit('/').next().unwrap_or_default();
            read(worker, file.path(), name.split(['?', '#']).next().unwrap_or_default(), None)
        }
        Fetched::Unchanged => Ok(Listing::default()),
    }
}

fn shown(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The files of a folder, each a dataset. Links are not followed.
pub(super) fn folder(source: &Source) -> Result<Listing, Fault> {
    let path = Path::new(&source.address);
    let failed = |error: std::io::Error| {
        let path = path.display();
        fault("disk", format!("{path} を読めません({error})。"), format!("{path} cannot be read: {error}"))
    };
    let mut files: Vec<PathBuf> = fs::read_dir(path)
        .map_err(failed)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|file| fs::symlink_metadata(file).is_ok_and(|meta| meta.is_file()) && is_main(file))
        .filter(|file| !shown(file).starts_with('.'))
        .collect();
    files.sort();
    let datasets = files.into_iter().take(DATASETS).map(|file| {
        let name = shown(&file);
        let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Remote {
            remote: name.clone(),
            names: vec![stem.to_lowercase()],
            title: cut(&stem, 200),
            publishers: vec![stem.chars().take(6).collect()],
            files: vec![RemoteFile {
                remote: name,
                place: FilePlace::Here(file),
                title: String::new(),
                format: String::new(),
            }],
            ..Remote::default()
        }
    });
    let mut listing = Listing { datasets: datasets.collect(), ..Listing::default() };
    listing.all = Some(listing.datasets.iter().map(|dataset| dataset.remote.clone()).collect());
    Ok(listing)
}

fn read(worker: &WorkerCommand, path: &Path, name: &str, beside: Option<&Path>) -> Result<Listing, Fault> {
    let rows = rows(worker, path, name)?;
    let header = rows.iter().take(HEADER_SEARCH_ROWS).enumerate().find_map(|(at, row)| Some((at, columns(row)?)));
    let Some((at, columns)) = header else {
        return Err(fault(
            "list-header",
            "一覧の見出しが見つかりません。06 オープンデータ一覧の「データセット_タイトル」と「ファイル_ダウンロードURL」が必要です。".to_owned(),
            "the list has no header with データセット_タイトル and ファイル_ダウンロードURL (sheet 06)".to_owned(),
        ));
    };
    let mut datasets: Vec<Remote> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for row in rows.iter().skip(at + 1) {
        let cell = |field: &str| {
            let at = columns.get(field).copied();
            at.and_then(|at| row.get(at)).map(|text| text.trim().to_owned()).unwrap_or_default()
        };
        let title = cell(TITLE);
        if title.is_empty() {
            continue;
        }
        let (id, code) = (cell("データセット_ID"), cell("全国地方公共団体コード"));
        let remote = cut(&format!("{code}/{}", if id.is_empty() { &title } else { &id }), 300);
        let at = *places.entry(remote.clone()).or_insert_with(|| {
            datasets.push(Remote {
                remote: remote.clone(),
                names: vec![id.to_lowercase()],
                title: cut(&title, 200),
                notes: cut(&cell("データセット_概要"), 10_000),
                tags: cell("データセット_キーワード").split([';', '；', ',', '、', '\n']).map(str::to_owned).collect(),
                theme: cell("データセット_分類"),
                page: cell("データセット_URL"),
                publishers: vec![code, cell("地方公共団体名")],
                modified: cell("データセット_最終更新日"),
                ..Remote::default()
            });
            datasets.len() - 1
        });
        let Some(dataset) = datasets.get_mut(at) else { continue };
        dataset.licences.extend([cell("ファイル_ライセンス"), cell("ファイル_利用規約")]);
        let changed = cell("ファイル_最終更新日");
        if changed > dataset.modified {
            dataset.modified = changed;
        }
        // In the older layout the dataset's own address is the file's.
        let address = [cell(DOWNLOAD), cell("ファイル_アクセスURL"), cell("データセット_URL")];
        let address = address.into_iter().find(|address| !address.is_empty()).unwrap_or_default();
        if address.len() <= ADDRESS_BYTES
            && dataset.files.len() < FILES
            && let Some(place) = place(&address, beside)
        {
            dataset.files.push(RemoteFile {
                remote: address,
                place,
                title: cut(&cell("ファイル_タイトル"), 200),
                format: cell("ファイル_形式"),
            });
        }
    }
    let mut listing = Listing { datasets, ..Listing::default() };
    listing.all = Some(listing.datasets.iter().map(|dataset| dataset.remote.clone()).collect());
    Ok(listing)
}

/// An address of the web, or a file directly beside the list: never one elsewhere on this machine.
fn place(address: &str, beside: Option<&Path>) -> Option<FilePlace> {
    if address.starts_with("http://") || address.starts_with("https://") {
        return Some(FilePlace::Web(address.to_owned()));
    }
    let name = Path::new(address);
    let is_name = name.components().count() == 1 && name.file_name().is_some_and(|own| own == address);
    let path = beside.filter(|_| is_name && !address.starts_with('.')).map(|folder| folder.join(name))?;
    fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_file()).then_some(FilePlace::Here(path))
}

const TITLE: &str = "データセット_タイトル";
const DOWNLOAD: &str = "ファイル_ダウンロードURL";

/// Headers that lists of cities use beside those that the sheet's definition knows.
const ALSO: [(&str, &[&str]); 8] = [
    (TITLE, &["データセット名", "データ名", "タイトル", "名称"]),
    (DOWNLOAD, &["ダウンロードURL", "ファイルURL", "ファイル名", "URL"]),
    ("データセット_概要", &["概要", "説明"]),
    ("データセット_キーワード", &["キーワード", "タグ"]),
    ("データセット_最終更新日", &["更新日"]),
    ("ファイル_形式", &["形式", "拡張子"]),
    ("ファイル_ライセンス", &["ライセンス", "利用条件"]),
    ("全国地方公共団体コード", &["団体コード", "市区町村コード"]),
];

/// Which column is which field, where a row is the header of such a list.
fn columns(row: &[String]) -> Option<HashMap<String, usize>> {
    let mut found = HashMap::new();
    let schemas = Schemas::bundled();
    if let Some(binding) = schemas.bind_named(row, Some("open_data_list.csv")).filter(|own| own.sheet == "06")
        && let Some(sheet) = schemas.sheet(&binding.sheet)
    {
        for (at, field) in binding.columns.iter().enumerate() {
            if let Some(field) = field.and_then(|field| sheet.fields.get(field)) {
                found.insert(field.name.clone(), at);
            }
        }
    }
    let folded: Vec<String> = row.iter().map(|cell| fold_header(cell)).collect();
    if let Some(sheet) = schemas.sheet("06") {
        for field in &sheet.fields {
            let wanted = fold_header(&field.name);
            if let Some(at) = folded.iter().position(|cell| *cell == wanted) {
                found.entry(field.name.clone()).or_insert(at);
            }
        }
    }
    for (field, names) in ALSO {
        let at = names.iter().find_map(|name| folded.iter().position(|cell| *cell == fold_header(name)));
        if let Some(at) = at {
            found.entry(field.to_owned()).or_insert(at);
        }
    }
    let has_file =
        [DOWNLOAD, "ファイル_アクセスURL", "データセット_URL"].iter().any(|field| found.contains_key(*field));
    (found.contains_key(TITLE) && has_file).then_some(found)
}

/// The rows of the first table of a file.
fn rows(worker: &WorkerCommand, path: &Path, name: &str) -> Result<Vec<Vec<String>>, Fault> {
    let failed = |error: std::io::Error| {
        fault("disk", format!("「{name}」を読めません({error})。"), format!("{name} cannot be read: {error}"))
    };
    let job = Job {
        file_name: name.to_owned(),
        file: JobFile::see(path).map_err(failed)?,
        companions: Vec::new(),
        records: false,
        key: "table".to_owned(),
        title: name.to_owned(),
        publisher: None,
        titles: Vec::new(),
        bounds: Vec::new(),
        towns: String::new(),
        crs: String::new(),
        datum_grid: None,
        telling: Telling { findings: Kept::FIRST, rows: Some(RowsWanted::default()) },
    };
    let (mut rows, mut tables, mut refused) = (Vec::new(), 0, None);
    run(worker, &job, |frame| {
        match frame {
            Frame::RowsTable(table) => {
                tables += 1;
                rows.extend(table.columns.filter(|_| tables == 1));
            }
            Frame::RowsBatch(batch) => {
                rows.extend(
                    batch.rows.into_iter().map(|(_, cells)| cells.iter().map(|cell| cell.text().to_owned()).collect()),
                );
            }
            Frame::RefusedWhole(refusal) => refused = Some(refusal),
            _ => {}
        }
        tables <= 1 && rows.len() <= LINES
    })
    .map_err(failed)?;
    match refused {
        Some(refusal) => Err(fault("list-refused", refusal.message_ja, refusal.message_en)),
        None => Ok(rows),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_both_layouts_and_of_plain_lists_are_known() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let current = row(&[
            "全国地方公共団体コード",
            "データセット_ID",
            "データセット_タイトル",
            "データセット_概要",
            "ファイル_ダウンロードURL",
            "ファイル_ライセンス",
        ]);
        let found = columns(&current).expect("a header");
        assert_eq!((found[TITLE], found[DOWNLOAD], found["データセット_ID"]), (2, 4, 1));
        let plain = row(&["タイトル", "URL", "ライセンス"]);
        let found = columns(&plain).expect("a header");
        assert_eq!(found["ファイル_ライセンス"], 2);
        assert!(columns(&row(&["オープンデータ一覧", "", ""])).is_none());
        assert!(columns(&row(&["名称", "住所"])).is_none());
    }

    #[test]
    fn a_file_beside_the_list_is_meant_and_none_elsewhere() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("aed.csv"), "x").expect("a file");
        fs::create_dir(folder.path().join("sub")).expect("a folder");
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("link.csv")).expect("a link");
        let beside = Some(folder.path());
        assert!(matches!(place("aed.csv", beside), Some(FilePlace::Here(_))));
        assert!(matches!(place("https://example.jp/a.csv", None), Some(FilePlace::Web(_))));
        for other in
            ["../aed.csv", "/etc/passwd", "sub", "link.csv", "", ".", "..", "file:///etc/passwd", "sub/../aed.csv"]
        {
            assert_eq!(place(other, beside), None, "{other}");
        }
        assert_eq!(place("aed.csv", None), None);
    }
}
