//! Which files of a dataset are taken: of files with the same content in several formats one, and nothing that holds no
//! table.

use std::path::Path;

use percent_encoding::percent_decode_str;

use super::{FilePlace, RemoteFile};
use crate::pipeline::kinds::{extension, is_main};
use crate::pipeline::upload::file_name;

/// Endings in the order in which they are wanted. Tables first: they carry the columns as the publisher wrote them.
const ORDER: [&str; 23] = [
    "csv", "tsv", "xlsx", "xlsm", "xls", "ods", "geojson", "gpkg", "fgb", "kml", "kmz", "gml", "topojson", "geojsonl",
    "zip", "json", "parquet", "jsonl", "ndjson", "xml", "gz", "txt", "shp",
];

/// Endings of files that carry shapes.
const SHAPES: [&str; 8] = ["geojson", "gpkg", "fgb", "kml", "kmz", "gml", "topojson", "zip"];

/// Endings of files that hold no table, whatever a catalogue says of them.
const NO_TABLES: [&str; 16] = [
    "pdf", "html", "htm", "doc", "docx", "ppt", "pptx", "jpg", "jpeg", "png", "gif", "tif", "tiff", "mp4", "mp3",
    "pmtiles",
];

/// Words of formats, as catalogues write them, and the endings they mean.
const FORMATS: [(&str, &str); 18] = [
    ("excel", "xlsx"),
    ("エクセル", "xlsx"),
    ("vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ("vnd.ms-excel", "xls"),
    ("vnd.oasis.opendocument.spreadsheet", "ods"),
    ("geo+json", "geojson"),
    ("vnd.geo+json", "geojson"),
    ("shape", "zip"),
    ("shapefile", "zip"),
    ("esri shapefile", "zip"),
    ("gtfs", "zip"),
    ("gtfs-jp", "zip"),
    ("geopackage", "gpkg"),
    ("vnd.google-earth.kml+xml", "kml"),
    ("vnd.flatgeobuf", "fgb"),
    ("flatgeobuf", "fgb"),
    ("vnd.apache.parquet", "parquet"),
    ("geoparquet", "parquet"),
];

/// Files that are the same thing in several formats.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group<'a> {
    /// What they are called, small.
    stem: String,
    /// The files with their endings, the one that is wanted most first.
    pub(super) files: Vec<(&'a RemoteFile, String)>,
}

/// The groups in the order of their first files, and the files that hold no table.
pub(super) fn groups(files: &[RemoteFile]) -> (Vec<Group<'_>>, Vec<&RemoteFile>) {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut other = Vec::new();
    for file in files {
        let Some(ending) = ending(file) else {
            other.push(file);
            continue;
        };
        let stem = stem(file);
        match groups.iter_mut().find(|group| group.stem == stem) {
            Some(group) => group.files.push((file, ending)),
            None => groups.push(Group { stem, files: vec![(file, ending)] }),
        }
    }
    for group in &mut groups {
        group.files.sort_by_key(|(_, ending)| ORDER.iter().position(|own| own == ending).unwrap_or(ORDER.len()));
    }
    // What the browser shows of a table beside it (a picture, tiles, a page to print) is the table in another format.
    other.retain(|file| !groups.iter().any(|group| group.stem == stem(file)));
    // A text beside tables explains them.
    if groups.len() > 1 {
        groups.retain(|group| {
            let is_text = group.files.iter().all(|(_, ending)| ending == "txt");
            other.extend(group.files.iter().filter(|_| is_text).map(|(file, _)| *file));
            !is_text
        });
    }
    (groups, other)
}

impl<'a> Group<'a> {
    /// The file that carries the shapes, where the one wanted most is a table.
    pub(super) fn with_shapes(&self) -> Option<&(&'a RemoteFile, String)> {
        let (_, first) = self.files.first()?;
        let is_table = ["csv", "tsv", "xlsx", "xlsm", "xls", "ods"].contains(&first.as_str());
        self.files.iter().find(|(_, ending)| is_table && SHAPES.contains(&ending.as_str()))
    }
}

/// Whether the first line of a table names columns of positions, as far as that can be told without reading it.
pub(super) fn has_positions(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').find(|line| line.len() > 2).unwrap_or_default();
    let text = match std::str::from_utf8(line) {
        Ok(text) => text.to_lowercase(),
        Err(_) => encoding_rs::SHIFT_JIS.decode(line).0.to_lowercase(),
    };
    ["緯度", "経度", "座標", "latitude", "longitude", "wkt"].iter().any(|word| text.contains(word))
        || text.split(',').any(|cell| matches!(cell.trim_matches(['"', ' ', '\r']), "lat" | "lon" | "lng" | "geometry"))
}

/// The ending of a file that may hold tables: by its address, else by its format.
fn ending(file: &RemoteFile) -> Option<String> {
    let name = last(&file.place);
    if is_main(Path::new(&name)) {
        return Some(extension(Path::new(&name)));
    }
    if NO_TABLES.contains(&extension(Path::new(&name)).as_str()) {
        return None;
    }
    let format = file.format.trim().trim_start_matches('.').to_lowercase();
    let format = format.rsplit('/').next().unwrap_or_default();
    let format = format.split(';').next().unwrap_or_default().trim();
    let known = FORMATS.iter().find(|(word, _)| *word == format).map_or(format, |(_, ending)| ending);
    is_main(Path::new(&format!("x.{known}"))).then(|| known.to_owned())
}

/// The last part of an address, decoded.
fn last(place: &FilePlace) -> String {
    match place {
        FilePlace::Here(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        FilePlace::Web(address) => {
            let path = address.split(['?', '#']).next().unwrap_or_default();
            percent_decode_str(path.rsplit('/').next().unwrap_or_default()).decode_utf8_lossy().into_owned()
        }
    }
}

/// What a file is called without its ending: by its address where that names a file, else by its title.
fn stem(file: &RemoteFile) -> String {
    let name = last(&file.place);
    let has_ending = name.rsplit_once('.').is_some_and(|(_, ending)| (1..=10).contains(&ending.len()));
    let stem = name.rsplit_once('.').filter(|_| has_ending).map_or("", |(stem, _)| stem);
    let stem = if stem.is_empty() { plain_title(&file.title) } else { stem };
    if stem.is_empty() { file.remote.to_lowercase() } else { stem.to_lowercase() }
}

/// A title without the format that many catalogues add: `避難所（CSV）`, `避難所.csv`.
pub(super) fn plain_title(title: &str) -> &str {
    let title = title.trim();
    for (open, close) in [('（', '）'), ('(', ')'), ('[', ']'), ('【', '】')] {
        if let Some((before, format)) = title.strip_suffix(close).and_then(|head| head.rsplit_once(open)) {
            let format = format.trim().to_lowercase();
            let is_format = is_main(Path::new(&format!("x.{format}")))
                || ["excel", "エクセル", "geoparquet", "flatgeobuf", "pmtiles", "shape", "シェープファイル"]
                    .contains(&format.as_str());
            if is_format && !before.trim().is_empty() {
                return before.trim();
            }
        }
    }
    match title.rsplit_once('.') {
        Some((stem, _)) if is_main(Path::new(title)) && !stem.is_empty() => stem,
        _ => title,
    }
}

/// The name a file is kept under: one that no other has, whatever its ending.
pub(super) fn kept_name(file: &RemoteFile, ending: &str, taken: &[String]) -> String {
    let name = last(&file.place);
    let name = if is_main(Path::new(&name)) { name } else { String::new() };
    let stem = name.rsplit_once('.').map_or_else(|| plain_title(&file.title).to_owned(), |(stem, _)| stem.to_owned());
    let stem = stem.replace(['/', '\\'], "_");
    let is_taken = |stem: &str| {
        taken.iter().any(|other| other.rsplit_once('.').is_some_and(|(own, _)| own.eq_ignore_ascii_case(stem)))
    };
    let named = |stem: &str| file_name(&format!("{stem}.{ending}"));
    for number in 1..=super::FILES + 1 {
        let candidate = if number == 1 { stem.clone() } else { format!("{stem}-{number}") };
        let name = named(&candidate).unwrap_or_else(|| format!("data-{number}.{ending}"));
        if !is_taken(name.rsplit_once('.').map_or("", |(own, _)| own)) {
            return name;
        }
    }
    format!("data-{}.{ending}", taken.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(address: &str, title: &str, format: &str) -> RemoteFile {
        RemoteFile {
            remote: address.to_owned(),
            place: FilePlace::Web(address.to_owned()),
            title: title.to_owned(),
            format: format.to_owned(),
        }
    }

    #[test]
    fn of_one_thing_in_several_formats_one_is_taken() {
        let files = [
            file("https://example.jp/a/%E9%81%BF%E9%9B%A3.pdf", "避難", "PDF"),
            file("https://example.jp/a/hinan.xlsx", "避難（XLSX）", "XLSX"),
            file("https://example.jp/b/Hinan.csv?x=1.pdf", "避難（CSV）", "CSV"),
            file("https://example.jp/b/hinan.geojson", "避難（GeoJSON）", "GeoJSON"),
            file("https://example.jp/b/hinan.pmtiles", "避難（PMTiles）", "PMTiles"),
            file("https://example.jp/download?id=3", "AED.csv", "text/csv"),
            file("https://example.jp/page", "説明", "HTML"),
            file("https://example.jp/readme.txt", "説明", "TXT"),
        ];
        let (groups, other) = groups(&files);
        let chosen: Vec<(&str, &str)> =
            groups.iter().map(|own| (own.files[0].0.title.as_str(), own.files[0].1.as_str())).collect();
        assert_eq!(chosen, [("避難（CSV）", "csv"), ("AED.csv", "csv")]);
        assert_eq!(groups[0].with_shapes().map(|(file, _)| file.title.as_str()), Some("避難（GeoJSON）"));
        assert_eq!(other.len(), 3);
    }

    #[test]
    fn names_are_kept_apart_and_hold_no_path() {
        let taken = vec!["a.csv".to_owned(), "a-2.xlsx".to_owned()];
        assert_eq!(kept_name(&file("https://example.jp/a.csv", "", ""), "csv", &taken), "a-3.csv");
        assert_eq!(kept_name(&file("https://example.jp/d?id=1", "避難所/東（CSV）", ""), "csv", &[]), "避難所_東.csv");
        assert_eq!(kept_name(&file("https://example.jp/%2e%2e%2fx.csv", "", ""), "csv", &[]), "_x.csv");
        assert_eq!(kept_name(&file("https://example.jp/d", "", ""), "csv", &[]), "data-1.csv");
        assert_eq!(plain_title("町丁別人口 (Excel)"), "町丁別人口");
        assert_eq!(plain_title("人口（令和6年）"), "人口（令和6年）");
    }

    #[test]
    fn positions_are_seen_in_the_header_of_any_encoding() {
        let (sjis, _, _) = encoding_rs::SHIFT_JIS.encode("名称,緯度,経度\r\n");
        assert!(has_positions(&sjis));
        assert!(has_positions("\u{feff}name,lat,lon\n".as_bytes()));
        assert!(!has_positions("名称,面積\n".as_bytes()));
        assert!(!has_positions(b""));
    }
}
