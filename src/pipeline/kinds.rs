//! Which files are looked at, by the endings of their names; what they are is told by their content.

use std::path::Path;

use super::source::shown_name;
use crate::store::ingest::RefusedSource;

/// Endings of files that hold tables.
const MAIN: &[&str] = &[
    "csv", "tsv", "txt", "xlsx", "xlsm", "xls", "ods", "geojson", "json", "geojsonl", "shp", "gpkg", "kml", "kmz",
    "fgb", "parquet", "gml", "zip", "xml", "gz", "topojson", "jsonl", "ndjson",
];

/// The formats for a person, as the endings above and the readers have them.
const FORMATS_JA: &str = "CSV・TSV、Excel(XLSX・XLSM・XLS)、ODS、JSON・GeoJSON・TopoJSON、シェープファイル(.shp)、GeoPackage、KML・KMZ、FlatGeobuf、Parquet・GeoParquet、GML・CityGML(XML)、GTFS-JP(ZIP)、およびこれらを入れたZIP・GZ";
const FORMATS_EN: &str = "CSV and TSV, Excel (XLSX, XLSM, XLS), ODS, JSON, GeoJSON and TopoJSON, Shapefile (.shp), GeoPackage, KML and KMZ, FlatGeobuf, Parquet and GeoParquet, GML and CityGML (XML), GTFS-JP (ZIP), and ZIP or GZ files of these";

/// Endings of files that belong to a Shapefile of the same stem.
pub(super) const COMPANIONS: &[&str] = &["dbf", "shx", "prj", "cpg"];

/// Whether a file can hold tables, by its ending; metadata in XML beside the data never do.
pub(super) fn is_main(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let is_metadata = name.ends_with(".shp.xml")
        || extension(path) == "xml" && (name.starts_with("ks-meta") || path.with_extension("shp").is_file());
    MAIN.contains(&extension(path).as_str()) && !is_metadata
}

/// Whether a file that a person names can be looked at, whatever its ending: not a part of a Shapefile, which says nothing
/// without the others, and not its metadata.
pub(super) fn may_hold_tables(path: &Path) -> bool {
    let is_xml = extension(path) == "xml";
    !COMPANIONS.contains(&extension(path).as_str()) && (!is_xml || is_main(path))
}

/// Why a file that no table is read from by its ending is refused.
pub(super) fn refused_kind(path: &Path) -> RefusedSource {
    let file = shown_name(path);
    let (code, message_ja, message_en) = if COMPANIONS.contains(&extension(path).as_str()) {
        (
            "shapefile-main-missing",
            format!(
                "「{file}」はシェープファイルの一部です。本体(.shp)を、同じ名前の.dbf、.shx、.prjと並べて指定してください。"
            ),
            format!("{file} is a part of a Shapefile; name its main file (.shp), with .dbf, .shx and .prj beside it."),
        )
    } else {
        (
            "format-unknown",
            format!("「{file}」は対応していない種類のファイルです。{FORMATS_JA}に対応しています。"),
            format!("The kind of file of {file} is not supported; {FORMATS_EN} are."),
        )
    };
    RefusedSource { dataset: file.clone(), file, code: code.to_owned(), message_ja, message_en }
}

pub(super) fn extension(path: &Path) -> String {
    path.extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default()
}
