//! Sources: folders and files on disk, grouped into datasets with their metadata.
//!
//! A folder with a `source.toml` is one dataset. A file without one is a dataset of its own, titled by its name; its
//! publisher is the six-digit code its name begins with, or the one given on the command line.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::PipelineError;
use super::column_names::{is_column_names, titles};
use super::description::Description;
use super::digest::changed_file;
use super::frames::JobFile;
use super::kinds::{COMPANIONS, extension, is_main, may_hold_tables, refused_kind};
use crate::model::code::MunicipalityCode;
use crate::model::name::Slug;
use crate::model::tile::TileSettings;
use crate::store::ingest::{DatasetEntry, RefusedSource};

/// Longest file taken in, 8 GiB: a million rows of sheet 08 are 421 MB, and twice ten million rows are taken.
pub const MAX_FILE_BYTES: u64 = 8 << 30;

/// A dataset's files as they lie on disk.
#[derive(Debug, Clone)]
pub struct Source {
    /// What the catalogue says of it.
    pub entry: DatasetEntry,
    /// The publisher's code.
    pub publisher: MunicipalityCode,
    /// The publisher's name as given; empty = by its code.
    pub publisher_name: String,
    /// Its tables, each a main file with its companions, in order of name.
    pub tables: Vec<SourceTable>,
    /// Display names of columns: original → shown (from `attributes.csv`).
    pub titles: Vec<(String, String)>,
    /// Titles that files have of their own, by name.
    pub(super) file_titles: Vec<(String, String)>,
    /// The coordinate system a person gave, `EPSG:6676`; empty = as the files state.
    pub crs: String,
    /// How its tilesets are to be built.
    pub tiles: TileSettings,
    /// All its files, for [`Self::digest`].
    pub(super) files: Vec<PathBuf>,
    /// What beside its files makes a release of it: its description, the licence given.
    pub(super) described: String,
}

/// One main file and the files that belong to it.
#[derive(Debug, Clone)]
pub struct SourceTable {
    /// The main file.
    pub path: PathBuf,
    /// Companions by lower-case extension.
    pub companions: Vec<(String, PathBuf)>,
}

impl SourceTable {
    /// The file's name, folders left out.
    pub fn file_name(&self) -> String {
        shown_name(&self.path)
    }

    /// Its companions as they lie there now.
    pub fn seen_companions(&self) -> std::io::Result<Vec<(String, JobFile)>> {
        self.companions.iter().map(|(extension, path)| Ok((extension.clone(), JobFile::see(path)?))).collect()
    }

    /// The file's name without its ending.
    pub fn stem(&self) -> String {
        shown_name(&self.path.with_extension(""))
    }
}

/// What a path on the command line turned out to be.
#[derive(Debug, Clone)]
pub enum Found {
    /// A dataset that can be read.
    Dataset(Box<Source>),
    /// Something that cannot be a dataset, with its reason.
    Refused(RefusedSource),
}

/// What to assume of files that come without a `source.toml`.
#[derive(Debug, Clone, Default)]
pub struct Defaults {
    /// Their publisher.
    pub publisher: Option<MunicipalityCode>,
    /// The id of their licence; empty = `notspecified`.
    pub licence: String,
    /// The coordinate system of the files, also of those that a `source.toml` describes otherwise; empty = as they state.
    pub crs: String,
}

/// Walks `paths` (files, dataset folders, folders of such) and gives what was found, in order of path.
pub fn discover(paths: &[PathBuf], defaults: &Defaults) -> Result<Vec<Found>, PipelineError> {
    let mut found = Vec::new();
    for path in paths {
        let meta = fs::metadata(path).map_err(PipelineError::file(path))?;
        if meta.is_dir() {
            walk(path, defaults, &mut found)?;
        } else if meta.is_file() {
            found.push(single(path, defaults));
        } else {
            // A pipe or a device could be waited for for ever.
            found.push(Found::Refused(no_file(path)));
        }
    }
    Ok(found)
}

/// Why a pipe or a device is not read.
fn no_file(path: &Path) -> RefusedSource {
    let file = shown_name(path);
    RefusedSource {
        dataset: file.clone(),
        message_ja: format!("「{file}」は普通のファイルではありません。ファイルそのものを指定してください。"),
        message_en: format!("{file} is no plain file; name the file itself."),
        file,
        code: "no-plain-file".to_owned(),
    }
}

fn walk(folder: &Path, defaults: &Defaults, found: &mut Vec<Found>) -> Result<(), PipelineError> {
    if folder.join("source.toml").is_file() {
        found.push(dataset_folder(folder, defaults)?);
        return Ok(());
    }
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(PipelineError::file(folder))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    entries.sort();
    let has_data = entries.iter().any(|path| is_main(path) && !is_column_names(path));
    for path in entries {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if is_link(&path) {
            // A link could lead in circles or out of what the person meant to give.
            let name = shown_name(&path);
            found.push(Found::Refused(RefusedSource {
                dataset: name.clone(),
                message_ja: format!("「{name}」は他の場所を指すリンクです。ファイルそのものを置いてください。"),
                message_en: format!("{name} is a link to somewhere else; put the file itself here."),
                file: name,
                code: "source-file-link".to_owned(),
            }));
        } else if path.is_dir() {
            walk(&path, defaults, found)?;
        } else if is_main(&path) && !(has_data && is_column_names(&path)) {
            found.push(single(&path, defaults));
        }
    }
    Ok(())
}

fn dataset_folder(folder: &Path, defaults: &Defaults) -> Result<Found, PipelineError> {
    let toml_path = folder.join("source.toml");
    let folder_name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let broken = |message_ja: String, message_en: String| {
        Ok(Found::Refused(RefusedSource {
            dataset: folder_name.clone(),
            file: "source.toml".to_owned(),
            code: "source-description-broken".to_owned(),
            message_ja,
            message_en,
        }))
    };
    let bytes = fs::read(&toml_path).map_err(PipelineError::file(&toml_path))?;
    let (described, text) = match Description::parse(bytes) {
        Ok(parsed) => parsed,
        Err((message_ja, message_en)) => return broken(message_ja, message_en),
    };
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(PipelineError::file(folder))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.file_name().is_some_and(|name| name != "source.toml"))
        .collect();
    files.sort();
    let link = files.iter().find(|path| is_link(path)).map(|path| shown_name(path));
    files.retain(|path| path.is_file());
    let name = described.name.as_str().to_owned();
    let refuse = |file: String, code: &str, message_ja: String, message_en: String| {
        Ok(Found::Refused(RefusedSource { dataset: name.clone(), file, code: code.to_owned(), message_ja, message_en }))
    };
    if let Some(link) = link {
        return refuse(
            link.clone(),
            "source-file-link",
            format!("「{link}」は他の場所を指すリンクです。ファイルそのものを置いてください。"),
            format!("{link} is a link to somewhere else; put the file itself here."),
        );
    }
    if let Some(missing) = described.files.iter().find(|file| !folder.join(own_name(&file.name)).is_file()) {
        let missing = missing.name.clone();
        return refuse(
            missing.clone(),
            "source-file-missing",
            format!("source.toml にあるファイル「{missing}」がありません。"),
            format!("{missing}, which source.toml names, is missing."),
        );
    }
    if let Some(changed) = changed_file(folder, &described.files)? {
        return refuse(
            changed.clone(),
            "source-file-changed",
            format!("ファイル「{changed}」の内容が source.toml の sha256 と一致しません。"),
            format!("{changed} is not the file that source.toml describes (its sha256 differs)."),
        );
    }
    let data: Vec<PathBuf> = files.iter().filter(|path| !is_column_names(path)).cloned().collect();
    let (tables, orphans) = group(&data);
    if let Some(orphan) = orphans.first() {
        return refuse(
            orphan.clone(),
            "shapefile-main-missing",
            format!("シェープファイルの本体(.shp)がありません。「{orphan}」だけでは図形を読めません。"),
            format!("The main file (.shp) is missing; {orphan} alone holds no geometry."),
        );
    }
    if tables.is_empty() {
        return refuse(
            folder_name,
            "no-data-file",
            "データのファイルがありません。".to_owned(),
            "The folder holds no data file.".to_owned(),
        );
    }
    Ok(Found::Dataset(Box::new(Source {
        // The description itself is part of what makes a release: a corrected licence is a change.
        described: format!("{text}{}", defaults.crs),
        files,
        titles: titles(folder),
        file_titles: described
            .files
            .into_iter()
            .filter(|file| !file.title.trim().is_empty())
            .map(|file| (file.name, file.title))
            .collect(),
        crs: if defaults.crs.is_empty() { described.crs } else { defaults.crs.clone() },
        tiles: described.tiles,
        tables,
        publisher: described.publisher.code,
        publisher_name: described.publisher.name,
        entry: DatasetEntry {
            name: described.name,
            title: described.title,
            notes: described.notes,
            licence: described.licence,
            attribution: described.attribution,
            source_page: described.page,
            theme: described.theme,
            tags: described.tags,
            retrieved: described.retrieved,
        },
    })))
}

/// The licence id of data whose licence is not stated.
pub const NO_LICENCE: &str = "notspecified";

/// Only a file directly in the folder is meant, whatever a description says.
pub(super) fn own_name(name: &str) -> &std::ffi::OsStr {
    Path::new(name).file_name().unwrap_or_default()
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_symlink())
}

/// A file's name as it may be shown: control characters written out.
pub(super) fn shown_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.chars().flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] }).collect()
}

fn single(path: &Path, defaults: &Defaults) -> Found {
    let (tables, _) = group(&siblings(path));
    // What a person names is looked at whatever its ending; the content tells what it is.
    let named = || may_hold_tables(path).then(|| SourceTable { path: path.to_owned(), companions: Vec::new() });
    let Some(table) = tables.into_iter().find(|table| table.path == path).or_else(named) else {
        return Found::Refused(refused_kind(path));
    };
    let stem = table.stem();
    let by_name = stem.get(..6).and_then(|head| MunicipalityCode::parse(head).ok());
    let Some(publisher) = by_name.or(defaults.publisher) else {
        return Found::Refused(RefusedSource {
            dataset: stem,
            file: table.file_name(),
            code: "publisher-unknown".to_owned(),
            message_ja:
                "公開団体が分かりません。ファイル名を6桁の団体コードで始めるか、--publisher で指定してください。"
                    .to_owned(),
            message_en: "The publisher is not known: begin the file name with its six-digit code or give --publisher."
                .to_owned(),
        });
    };
    let lower = stem.to_ascii_lowercase();
    let name = Slug::parse(&lower).unwrap_or_else(|_| Slug::from_digest(&format!("{publisher}_"), &stem));
    let mut files = vec![table.path.clone()];
    files.extend(table.companions.iter().map(|(_, path)| path.clone()));
    Found::Dataset(Box::new(Source {
        entry: DatasetEntry {
            name,
            title: stem,
            notes: String::new(),
            licence: if defaults.licence.is_empty() { NO_LICENCE.to_owned() } else { defaults.licence.clone() },
            attribution: String::new(),
            source_page: String::new(),
            theme: String::new(),
            tags: Vec::new(),
            retrieved: String::new(),
        },
        publisher,
        publisher_name: String::new(),
        files,
        described: format!("{}{}", defaults.licence, defaults.crs),
        tables: vec![table],
        titles: Vec::new(),
        file_titles: Vec::new(),
        crs: defaults.crs.clone(),
        tiles: TileSettings::default(),
    }))
}

/// The file and those beside it with the same stem.
fn siblings(path: &Path) -> Vec<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut files = vec![path.to_owned()];
    if let Ok(entries) = fs::read_dir(folder) {
        files.extend(
            entries
                .filter_map(Result::ok)
                .map(|entry| entry.path())
                .filter(|other| {
                    other.file_name() != path.file_name()
                        && other.file_stem() == path.file_stem()
                        && COMPANIONS.contains(&extension(other).as_str())
                })
                .map(|other| path.with_file_name(other.file_name().unwrap_or_default())),
        );
    }
    files
}

/// Main files with their companions, and Shapefile parts that lack their main file.
fn group(files: &[PathBuf]) -> (Vec<SourceTable>, Vec<String>) {
    let mut by_stem: BTreeMap<PathBuf, Vec<(String, PathBuf)>> = BTreeMap::new();
    let mut mains = Vec::new();
    for path in files {
        let extension = extension(path);
        if COMPANIONS.contains(&extension.as_str()) {
            by_stem.entry(path.with_extension("")).or_default().push((extension, path.clone()));
        } else if is_main(path) {
            mains.push(path.clone());
        }
    }
    let mut tables = Vec::new();
    for path in mains {
        let companions = (extension(&path) == "shp").then(|| by_stem.remove(&path.with_extension(""))).flatten();
        tables.push(SourceTable { path, companions: companions.unwrap_or_default() });
    }
    // A lone DBF is a table without geometry in name only: its Shapefile's main file got lost.
    let orphans = by_stem
        .into_values()
        .flatten()
        .filter(|(extension, _)| extension != "cpg" && extension != "prj")
        .map(|(_, path)| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default())
        .collect();
    (tables, orphans)
}
