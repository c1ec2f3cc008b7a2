//! The municipal data under `datasets/` is what its descriptions say, and its headers are bound as recorded.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use hiraku::model::code::MunicipalityCode;
use hiraku::model::name::{Digest, Slug};
use hiraku::schema::{HEADER_SEARCH_ROWS, Municipalities, Schemas, licence};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    name: Slug,
    title: String,
    notes: String,
    theme: String,
    tags: Vec<String>,
    licence: String,
    attribution: String,
    page: String,
    retrieved: String,
    publisher: Publisher,
    files: Vec<File>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Publisher {
    code: MunicipalityCode,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    sha256: String,
    bytes: u64,
    encoding: Option<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn folders_in(path: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(path)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

/// Every dataset folder with its description.
fn sources() -> Vec<(PathBuf, Source)> {
    folders_in(&root().join("datasets"))
        .iter()
        .flat_map(|publisher| folders_in(publisher))
        .map(|folder| {
            let text = fs::read_to_string(folder.join("source.toml")).expect("every dataset has a source.toml");
            let source: Result<Source, String> =
                toml::from_str(&text).map_err(|error| format!("{}: {error}", folder.display()));
            (folder, source.expect("a description"))
        })
        .collect()
}

#[test]
fn every_description_is_whole_and_true() {
    let mut names = HashSet::new();
    for (folder, source) in sources() {
        let at = folder.display();
        assert!(names.insert(source.name.as_str().to_owned()), "{at}: the name stands twice");
        assert!(source.name.as_str().starts_with(source.publisher.code.as_str()), "{at}: name without code");
        let body = Municipalities::bundled().by_code(source.publisher.code);
        assert_eq!(body.map(|body| body.name.as_str()), Some(source.publisher.name.as_str()), "{at}: publisher");
        let parent = folder.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        assert!(parent.is_some_and(|parent| parent.starts_with(source.publisher.code.as_str())), "{at}: folder");
        assert!(licence(&source.licence).is_some_and(|licence| licence.open), "{at}: licence {}", source.licence);
        assert!(!source.title.is_empty() && source.title.trim() == source.title, "{at}: title");
        assert!(!source.attribution.is_empty() && !source.theme.is_empty(), "{at}: attribution or theme");
        assert!(source.page.starts_with("https://"), "{at}: page");
        assert!(source.notes.is_empty() || source.notes.ends_with('。'), "{at}: notes");
        assert!(source.retrieved.parse::<jiff::civil::Date>().is_ok(), "{at}: retrieved");
        for tag in &source.tags {
            let fits = tag.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.'));
            assert!(fits && (2..=100).contains(&tag.chars().count()), "{at}: tag {tag}");
        }
    }
}

#[test]
fn every_file_is_listed_and_untouched() {
    for (folder, source) in sources() {
        let at = folder.display();
        let listed: BTreeSet<String> = source.files.iter().map(|file| file.name.clone()).collect();
        let present: BTreeSet<String> = fs::read_dir(&folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .filter(|name| name != "source.toml")
            .collect();
        assert_eq!(listed, present, "{at}");
        for file in &source.files {
            let bytes = fs::read(folder.join(&file.name)).expect("a listed file");
            assert_eq!(bytes.len() as u64, file.bytes, "{at}: {}", file.name);
            assert_eq!(Digest::of(&bytes).to_hex(), file.sha256, "{at}: {}", file.name);
            if let Some(encoding) = &file.encoding {
                assert!(decode(&bytes, encoding).is_some(), "{at}: {} is not {encoding}", file.name);
            }
        }
    }
}

#[test]
fn the_collection_is_as_large_and_varied_as_promised() {
    let sources = sources();
    let publishers: HashSet<MunicipalityCode> = sources.iter().map(|(_, source)| source.publisher.code).collect();
    assert!(sources.len() >= 190, "{} datasets", sources.len());
    assert!(publishers.len() >= 30, "{} publishers", publishers.len());
    let mie = publishers.iter().filter(|code| code.prefecture() == "24" && code.as_str() != "240001").count();
    assert_eq!(mie, 29, "every municipality of Mie");
    // The shape type stands at byte 32 of a Shapefile: 1 points, 3 lines, 5 polygons, and their Z and M forms.
    let kinds: Vec<u8> = sources
        .iter()
        .flat_map(|(folder, source)| source.files.iter().map(move |file| folder.join(&file.name)))
        .filter(|path| path.extension().is_some_and(|extension| extension == "shp"))
        .map(|path| fs::read(&path).expect("a shapefile")[32] % 10)
        .collect();
    for kind in [1, 3, 5] {
        assert!(kinds.contains(&kind), "no shapefile of type {kind}");
    }
    let geojson = sources
        .iter()
        .flat_map(|(_, source)| &source.files)
        .filter(|file| ["geojson", "json"].contains(&ending(&file.name)))
        .count();
    assert!(kinds.len() + geojson >= 100, "{} layers", kinds.len() + geojson);
}

#[test]
fn headers_of_the_csv_files_are_bound_as_recorded() {
    let expected = fs::read_to_string(answers()).unwrap_or_default();
    assert_eq!(bindings(), expected);
}

#[test]
#[ignore = "writes the answers anew"]
fn write_the_answers() {
    fs::write(answers(), bindings()).expect("the answers are written");
}

fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

fn answers() -> PathBuf {
    root().join("tests/data/schema/datasets.answer")
}

/// One line per CSV file: where its header stands, its sheet and edition, columns bound of columns named.
fn bindings() -> String {
    let mut text = String::new();
    for (folder, source) in sources() {
        for file in source.files.iter().filter(|file| ending(&file.name) == "csv" && file.name != "attributes.csv") {
            let bytes = fs::read(folder.join(&file.name)).expect("a listed file");
            let decoded = decode(&bytes, file.encoding.as_deref().expect("text")).expect("as recorded");
            let mut reader =
                csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(decoded.as_bytes());
            let rows: Vec<Vec<String>> = reader
                .records()
                .take(HEADER_SEARCH_ROWS)
                .map(|record| record.expect("CSV").iter().map(str::to_owned).collect())
                .collect();
            let guess = Schemas::bundled().find_header(&rows);
            let row = guess.row.expect("every file has a header");
            let columns = guess.cells.iter().filter(|cell| !cell.is_empty()).count();
            let bound = guess.binding.map_or_else(
                || "-".to_owned(),
                |binding| format!("{} {} {}", binding.sheet, binding.edition, binding.matched),
            );
            writeln!(text, "{} row {} columns {columns} = {bound}", source.name, row + 1).expect("text");
        }
    }
    text
}

fn decode(bytes: &[u8], encoding: &str) -> Option<String> {
    let (encoding, bytes) = match encoding {
        "UTF-8" => (encoding_rs::UTF_8, bytes),
        "UTF-8 (BOM)" => (encoding_rs::UTF_8, bytes.strip_prefix(b"\xef\xbb\xbf")?),
        "CP932" => (encoding_rs::SHIFT_JIS, bytes),
        _ => return None,
    };
    encoding.decode_without_bom_handling_and_without_replacement(bytes).map(std::borrow::Cow::into_owned)
}
