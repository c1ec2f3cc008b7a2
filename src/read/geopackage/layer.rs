//! What a GeoPackage lists: its layers, their columns and their reference systems.

use std::collections::HashMap;

use rusqlite::OptionalExtension as _;

use super::database::{Database, Object, failure, quoted};
use crate::read::geo_error::GeoError;
use crate::read::{Crs, ReadError, ReadLimits, crs};

/// One layer that is read.
#[derive(Debug)]
pub(super) struct Layer {
    /// The name of its table as the schema writes it.
    pub(super) table: String,
    /// Its columns in order, that of the geometry left out.
    pub(super) columns: Vec<Column>,
    /// The column of the geometry and its system; `None` for a table of attributes only.
    pub(super) geometry: Option<(String, Crs)>,
    /// A column that only counts rows, left out of `columns`.
    pub(super) counting: Option<String>,
}

/// One column.
#[derive(Debug)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: String,
    /// What its declared type says of its values.
    pub(super) kind: Kind,
}

/// Declared types whose values are stored as another type (OGC 12-128r18, table 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// 0 and 1.
    Boolean,
    /// Text in the form of ISO 8601.
    Date,
    /// As the value is.
    Plain,
}

/// The layers, and those passed over with the reason.
#[derive(Debug, Default)]
pub(super) struct Layers {
    /// To read.
    pub(super) read: Vec<Layer>,
    /// Name and reason.
    pub(super) skipped: Vec<(String, &'static str)>,
    /// Whether there is a table of reference systems.
    pub(super) has_systems: bool,
}

const VIEW: &str = "ビューは読み込みません。表に書き出してください / a view; write it to a table";
const TILES: &str = "地図画像・タイル / map pictures or tiles";
const STYLES: &str = "地図の色や記号の設定 / styles and projects of a GIS program";
const UNLISTED: &str = "gpkg_contentsに登録されていません / not listed in gpkg_contents";
const MODULE: &str = "仮想表 / a virtual table";
const ABSENT: &str = "表がありません / there is no such table";
const GENERATED: &str = "計算列があります。値として書き出してください / generated columns; write them as values";
const NO_GEOMETRY: &str = "図形の列がgpkg_geometry_columnsにありません / no geometry column is listed";
/// A layer without rows: nothing is lost by leaving it out.
pub(super) const EMPTY: &str = "行がありません / no rows";
const OTHER: &str = "未対応の種類のデータ / another kind of content";

/// Finds the layers of a GeoPackage.
pub(super) fn find(database: &Database, limits: &ReadLimits) -> Result<Layers, ReadError> {
    let objects = database.objects()?;
    let by_name: HashMap<String, &Object> =
        objects.iter().map(|object| (object.name.to_ascii_lowercase(), object)).collect();
    let is_table = |name: &str| by_name.get(name).is_some_and(|object| object.is_plain_table);
    if !is_table("gpkg_contents") {
        let has = |name: &str| by_name.contains_key(name);
        return Err(if has("geometry_columns") && has("spatial_ref_sys") {
            GeoError::SpatiaLite
        } else if has("tiles") && has("metadata") {
            GeoError::MbTiles
        } else {
            GeoError::NotGeoPackage
        }
        .into());
    }
    for table in ["gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys"] {
        if is_table(table) {
            database.check(table)?;
        }
    }
    let contents = contents(database, limits)?;
    let has_systems = is_table("gpkg_spatial_ref_sys");
    let mut layers = Layers { has_systems, ..Layers::default() };
    for (name, data_type) in &contents {
        let folded = name.to_ascii_lowercase();
        let is_feature = data_type.eq_ignore_ascii_case("features");
        let reason = match by_name.get(&folded) {
            _ if is_style(&folded) => Some(STYLES),
            _ if data_type.contains("tile") || data_type.contains("gridded") => Some(TILES),
            // "aspatial" is what attributes were called before they were in the standard.
            _ if !is_feature && !matches!(data_type.as_str(), "attributes" | "aspatial") => Some(OTHER),
            None => Some(ABSENT),
            Some(object) if object.kind == "view" => Some(VIEW),
            Some(object) if !object.is_plain_table => Some(MODULE),
            Some(object) => match layer(database, object, is_feature, &is_table)? {
                Ok(layer) => {
                    layers.read.push(layer);
                    None
                }
                Err(reason) => Some(reason),
            },
        };
        layers.skipped.extend(reason.map(|reason| (name.clone(), reason)));
    }
    let listed = |name: &str| contents.iter().any(|(listed, _)| listed.eq_ignore_ascii_case(name));
    let unlisted = objects.iter().filter(|object| object.is_plain_table && !listed(&object.name));
    for object in unlisted.filter(|object| !is_internal(&object.name.to_ascii_lowercase())) {
        let reason = if is_style(&object.name.to_ascii_lowercase()) { STYLES } else { UNLISTED };
        layers.skipped.push((object.name.clone(), reason));
    }
    Ok(layers)
}

fn is_style(folded: &str) -> bool {
    matches!(folded, "layer_styles" | "qgis_projects")
}

/// Tables of the format itself, of its index and of SQLite.
fn is_internal(folded: &str) -> bool {
    ["gpkg_", "rtree_", "sqlite_", "nga_", "ogr_"].iter().any(|head| folded.starts_with(head))
}

fn contents(database: &Database, limits: &ReadLimits) -> Result<Vec<(String, String)>, ReadError> {
    let broken = |error: rusqlite::Error| failure("gpkg_contents", &error);
    let sql = "SELECT CAST(table_name AS TEXT), CAST(data_type AS TEXT) FROM gpkg_contents NOT INDEXED";
    let mut statement = database.connection().prepare(sql).map_err(broken)?;
    let mut rows = statement.query([]).map_err(broken)?;
    let mut found: Vec<(String, String)> = Vec::new();
    while let Some(row) = rows.next().map_err(broken)? {
        if found.len() >= limits.sheets {
            return Err(ReadError::TooManyParts { what: "layers", limit: limits.sheets });
        }
        let name: Option<String> = row.get(0).map_err(broken)?;
        let kind: Option<String> = row.get(1).map_err(broken)?;
        let Some(name) = name else { continue };
        if !found.iter().any(|(other, _)| other.eq_ignore_ascii_case(&name)) {
            found.push((name, kind.unwrap_or_default().to_ascii_lowercase()));
        }
    }
    Ok(found)
}

fn layer(
    database: &Database,
    object: &Object,
    is_feature: bool,
    is_table: &dyn Fn(&str) -> bool,
) -> Result<Result<Layer, &'static str>, ReadError> {
    let table = object.name.as_str();
    let broken = |error: rusqlite::Error| failure(table, &error);
    let mut statement =
        database.connection().prepare(&format!("PRAGMA table_xinfo({})", quoted(table))).map_err(broken)?;
    let mut rows = statement.query([]).map_err(broken)?;
    let (mut columns, mut key) = (Vec::new(), None);
    while let Some(row) = rows.next().map_err(broken)? {
        let name: String = row.get(1).map_err(broken)?;
        let declared: Option<String> = row.get(2).map_err(broken)?;
        let declared = declared.unwrap_or_default().to_ascii_uppercase();
        if row.get::<_, i64>(6).map_err(broken)? != 0 {
            return Ok(Err(GENERATED));
        }
        // Only a key of this very type is the number of the row.
        if row.get::<_, i64>(5).map_err(broken)? == 1 && declared == "INTEGER" {
            key = Some(name.clone());
        }
        columns.push(Column { kind: kind(&declared), name });
    }
    database.check(table)?;
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {} NOT INDEXED)", quoted(table));
    if !database.connection().query_row(&sql, [], |row| row.get::<_, bool>(0)).map_err(broken)? {
        return Ok(Err(EMPTY));
    }
    let geometry = if is_feature {
        let found = if is_table("gpkg_geometry_columns") { geometry_column(database, table)? } else { None };
        let Some((column, srs_id)) = found else { return Ok(Err(NO_GEOMETRY)) };
        let Some(at) = columns.iter().position(|other| other.name.eq_ignore_ascii_case(&column)) else {
            return Ok(Err(NO_GEOMETRY));
        };
        Some((columns.remove(at).name, system(database, srs_id, is_table("gpkg_spatial_ref_sys"))?))
    } else {
        None
    };
    let counting = match key.filter(|key| matches!(key.to_ascii_lowercase().as_str(), "fid" | "ogc_fid")) {
        Some(key) if only_counts(database, table, &key)? => {
            columns.retain(|column| column.name != key);
            Some(key)
        }
        _ => None,
    };
    Ok(Ok(Layer { table: table.to_owned(), columns, geometry, counting }))
}

fn kind(declared: &str) -> Kind {
    if declared.starts_with("BOOL") {
        Kind::Boolean
    } else if declared.starts_with("DATE") {
        Kind::Date
    } else {
        Kind::Plain
    }
}

fn geometry_column(database: &Database, table: &str) -> Result<Option<(String, i64)>, ReadError> {
    let broken = |error: rusqlite::Error| failure("gpkg_geometry_columns", &error);
    let sql = "SELECT column_name, srs_id FROM gpkg_geometry_columns NOT INDEXED WHERE lower(table_name) = lower(?1)";
    let found = database.connection().query_row(sql, [table], |row| Ok((row.get(0)?, row.get(1)?)));
    found.optional().map_err(broken)
}

/// Whether a key runs from 0 or 1 without a gap.
fn only_counts(database: &Database, table: &str, key: &str) -> Result<bool, ReadError> {
    let key = quoted(key);
    let sql = format!("SELECT count(*), min({key}), max({key}) FROM {} NOT INDEXED", quoted(table));
    let (count, least, most): (i64, Option<i64>, Option<i64>) = database
        .connection()
        .query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .map_err(|error| failure(table, &error))?;
    Ok(match (least, most) {
        (Some(least @ (0 | 1)), Some(most)) => {
            most.checked_sub(least).and_then(|span| span.checked_add(1)) == Some(count)
        }
        _ => false,
    })
}

/// Name, organization, its code and definition of a system.
type Found = (Option<String>, Option<String>, Option<i64>, Option<String>);

/// The system of a number of `gpkg_spatial_ref_sys`: by the code of its organization, else by its definition. Where both
/// are known and differ, the file contradicts itself and nothing is placed.
pub(super) fn system(database: &Database, srs_id: i64, has_systems: bool) -> Result<Crs, ReadError> {
    // 0 and -1 are "undefined" by the standard.
    if matches!(srs_id, 0 | -1) {
        return Ok(Crs::Missing);
    }
    let unknown = || Crs::Unknown(format!("srs_id {srs_id}"));
    if !has_systems {
        return Ok(unknown());
    }
    let sql = "SELECT CAST(srs_name AS TEXT), CAST(organization AS TEXT), organization_coordsys_id, \
               CAST(definition AS TEXT) FROM gpkg_spatial_ref_sys NOT INDEXED WHERE srs_id = ?1";
    let found: Option<Found> = database
        .connection()
        .query_row(sql, [srs_id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()
        .map_err(|error| failure("gpkg_spatial_ref_sys", &error))?;
    let Some((name, organization, code, definition)) = found else { return Ok(unknown()) };
    let is_epsg = organization.is_some_and(|organization| organization.trim().eq_ignore_ascii_case("EPSG"));
    let by_code = code.filter(|_| is_epsg).and_then(|code| u32::try_from(code).ok()).and_then(crs::from_epsg);
    let definition =
        definition.filter(|text| !text.trim().is_empty() && !text.trim().eq_ignore_ascii_case("undefined"));
    let by_text = definition.map(|text| crs::from_prj(text.as_bytes()));
    // Programs without a system for a layer write one of their own: GDAL's 99999 "Undefined SRS".
    let is_undefined = name.as_deref().is_some_and(|name| name.trim().to_ascii_lowercase().starts_with("undefined"));
    if by_code.is_none() && is_undefined {
        return Ok(Crs::Missing);
    }
    Ok(match (by_code, by_text) {
        (Some(code), Some(Crs::Unknown(_) | Crs::Missing) | None) => code,
        (Some(code), Some(text)) if code == text => code,
        (Some(_), Some(_)) => Crs::Unknown(format!("EPSG:{} ≠ {}", code.unwrap_or_default(), name.unwrap_or_default())),
        (None, Some(text)) => text,
        (None, None) => name.map_or_else(unknown, Crs::Unknown),
    })
}
