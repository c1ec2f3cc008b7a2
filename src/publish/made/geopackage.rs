//! GeoPackage 1.3 (OGC 12-128r17): one layer of features with its R-tree, in EPSG:6668.
//!
//! Values keep their types, the record's `_id` is its key. Lines and polygons that are in part multiple are all written
//! as multiple ones, since a layer has one type and desktop programs list others apart. SQLite writes the file without
//! journal: a half-written one is thrown away in any case.

use std::fmt::Write as _;

use geo::BoundingRect as _;
use geo_types::Geometry;
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, ToSql, params, params_from_iter};

use super::super::rows::{Cell, Rows};
use super::notice::facts;
use super::survey::{Kinds, Survey, survey};
use super::{MadeInput, Outcome, Pass, PublishError, each, failed};
use crate::model::made::MadeFormat;
use crate::model::record::Storage;
use crate::store::objects::Objects;

const FORMAT: MadeFormat = MadeFormat::GeoPackage;
/// `GPKG`.
const APPLICATION_ID: u32 = 0x4750_4b47;
/// Version 1.3.0.
const USER_VERSION: u32 = 10_300;
const EPSG: i32 = 6668;
const JGD2011: &str = "GEOGCS[\"JGD2011\",DATUM[\"Japanese_Geodetic_Datum_2011\",SPHEROID[\"GRS 1980\",6378137,\
    298.257222101,AUTHORITY[\"EPSG\",\"7019\"]],AUTHORITY[\"EPSG\",\"1128\"]],PRIMEM[\"Greenwich\",0,\
    AUTHORITY[\"EPSG\",\"8901\"]],UNIT[\"degree\",0.0174532925199433,AUTHORITY[\"EPSG\",\"9122\"]],\
    AUTHORITY[\"EPSG\",\"6668\"]]";
const WGS84: &str = "GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563,\
    AUTHORITY[\"EPSG\",\"7030\"]],AUTHORITY[\"EPSG\",\"6326\"]],PRIMEM[\"Greenwich\",0,AUTHORITY[\"EPSG\",\"8901\"]],\
    UNIT[\"degree\",0.0174532925199433,AUTHORITY[\"EPSG\",\"9122\"]],AUTHORITY[\"EPSG\",\"4326\"]]";

/// The tables that every GeoPackage has (clause 1.1, tables 2, 3, 5 and 9).
const CORE: &str = "
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
";

/// Names of the layer's table and of the columns that are not the table's own.
struct Names {
    table: String,
    id: String,
    geometry: String,
}

pub(super) fn make(input: &MadeInput<'_>, objects: &Objects, pass: &Pass<'_>) -> Result<Outcome, PublishError> {
    let survey = survey(input, pass)?;
    let file = objects.temporary().map_err(failed(FORMAT))?;
    let names = Names::of(input);
    let layer = LayerType::of(&survey.kinds);
    let connection = Connection::open(file.path()).map_err(failed(FORMAT))?;
    begin(&connection, input, &names, layer, &survey).map_err(failed(FORMAT))?;
    {
        let places = vec!["?"; input.shape.columns.len() + 2].join(", ");
        let rows_sql = format!("INSERT INTO {} VALUES ({places})", quoted(&names.table));
        let tree_sql = format!("INSERT INTO {} VALUES (?, ?, ?, ?, ?)", quoted(&names.tree()));
        let mut into_table = connection.prepare(&rows_sql).map_err(failed(FORMAT))?;
        let mut into_tree = connection.prepare(&tree_sql).map_err(failed(FORMAT))?;
        each(input, pass, |rows| {
            for row in 0..rows.len() {
                let (id, shape) = (rows.id(row), blob(rows, row, layer));
                let values = [Value::Id(id), Value::Shape(shape)].into_iter();
                let values = values.chain(rows.columns().iter().map(|cells| Value::Cell(cells.get(row))));
                into_table.execute(params_from_iter(values)).map_err(failed(FORMAT))?;
                if let Some(rect) = rows.geometry(row).and_then(Geometry::bounding_rect) {
                    into_tree
                        .execute(params![id, rect.min().x, rect.max().x, rect.min().y, rect.max().y])
                        .map_err(failed(FORMAT))?;
                }
            }
            Ok(())
        })?;
    }
    // Only now: before, every row would have set them off.
    connection.execute_batch(&names.triggers()).map_err(failed(FORMAT))?;
    connection.execute_batch("COMMIT").map_err(failed(FORMAT))?;
    connection.close().map_err(|(_, error)| failed(FORMAT)(error))?;
    Ok(Outcome { file, changed_cells: 0, note: None })
}

fn begin(
    connection: &Connection,
    input: &MadeInput<'_>,
    names: &Names,
    layer: LayerType,
    survey: &Survey,
) -> rusqlite::Result<()> {
    // 16 MiB of pages in memory, whatever the table.
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
         PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;
         PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {USER_VERSION};
         BEGIN; {CORE}"
    ))?;
    let mut systems = connection.prepare("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)")?;
    systems.execute(params!["Undefined Cartesian SRS", -1, "NONE", -1, "undefined", "undefined Cartesian"])?;
    systems.execute(params!["Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic"])?;
    systems.execute(params!["WGS 84 geodetic", 4326, "EPSG", 4326, WGS84, "longitude/latitude on WGS 84"])?;
    systems.execute(params!["JGD2011", EPSG, "EPSG", EPSG, JGD2011, "longitude/latitude on GRS 80, JGD2011"])?;
    let mut columns = String::new();
    for column in &input.shape.columns {
        let kind = match column.kind.storage() {
            Storage::Text => "TEXT",
            Storage::Integer => "INTEGER",
            Storage::Number => "REAL",
        };
        // Writing to a String cannot fail.
        let _ = write!(columns, ", {} {kind}", quoted(&column.name));
    }
    connection.execute_batch(&format!(
        "CREATE TABLE {} ({} INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, {} {}{columns});
         CREATE VIRTUAL TABLE {} USING rtree(id, minx, maxx, miny, maxy);",
        quoted(&names.table),
        quoted(&names.id),
        quoted(&names.geometry),
        layer.name(),
        quoted(&names.tree()),
    ))?;
    let told: Vec<String> = facts(input).into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let extent = survey.extent;
    connection.execute(
        "INSERT INTO gpkg_contents VALUES (?, 'features', ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            names.table,
            input.shape.title,
            told.join("\n"),
            input.released.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string(),
            extent.map(|rect| rect.min().x),
            extent.map(|rect| rect.min().y),
            extent.map(|rect| rect.max().x),
            extent.map(|rect| rect.max().y),
            EPSG
        ],
    )?;
    connection.execute(
        "INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, 0, 0)",
        params![names.table, names.geometry, layer.name(), EPSG],
    )?;
    connection.execute(
        "INSERT INTO gpkg_extensions VALUES (?, ?, 'gpkg_rtree_index',
         'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
        params![names.table, names.geometry],
    )?;
    Ok(())
}

impl Names {
    fn of(input: &MadeInput<'_>) -> Self {
        // SQLite tells names apart without the case of ASCII letters.
        let free = |wanted: &str| {
            let mut name = wanted.to_owned();
            while input.shape.columns.iter().any(|column| column.name.eq_ignore_ascii_case(&name)) {
                name.insert(0, '_');
            }
            name
        };
        let key = input.shape.key.as_str().replace('-', "_");
        let is_reserved = ["gpkg_", "rtree_", "sqlite_"].iter().any(|reserved| key.starts_with(reserved));
        Self { table: if is_reserved { format!("t_{key}") } else { key }, id: free("fid"), geometry: free("geom") }
    }

    fn tree(&self) -> String {
        format!("rtree_{}_{}", self.table, self.geometry)
    }

    /// What keeps the R-tree true where somebody edits the layer (annex F.3).
    fn triggers(&self) -> String {
        let (table, id, shape, tree) =
            (quoted(&self.table), quoted(&self.id), quoted(&self.geometry), quoted(&self.tree()));
        let named = |event: &str| quoted(&format!("{}_{event}", self.tree()));
        let there = format!("(NEW.{shape} NOTNULL AND NOT ST_IsEmpty(NEW.{shape}))");
        let gone = format!("(NEW.{shape} ISNULL OR ST_IsEmpty(NEW.{shape}))");
        let put = format!(
            "INSERT OR REPLACE INTO {tree} VALUES (NEW.{id}, ST_MinX(NEW.{shape}), ST_MaxX(NEW.{shape}), \
             ST_MinY(NEW.{shape}), ST_MaxY(NEW.{shape}));"
        );
        let drop = format!("DELETE FROM {tree} WHERE id = OLD.{id};");
        let all = [
            ("insert", format!("AFTER INSERT ON {table} WHEN {there}"), put.clone()),
            (
                "update1",
                format!("AFTER UPDATE OF {shape} ON {table} WHEN OLD.{id} = NEW.{id} AND {there}"),
                put.clone(),
            ),
            (
                "update2",
                format!("AFTER UPDATE OF {shape} ON {table} WHEN OLD.{id} = NEW.{id} AND {gone}"),
                drop.clone(),
            ),
            (
                "update3",
                format!("AFTER UPDATE ON {table} WHEN OLD.{id} != NEW.{id} AND {there}"),
                format!("{drop} {put}"),
            ),
            (
                "update4",
                format!("AFTER UPDATE ON {table} WHEN OLD.{id} != NEW.{id} AND {gone}"),
                format!("DELETE FROM {tree} WHERE id IN (OLD.{id}, NEW.{id});"),
            ),
            ("delete", format!("AFTER DELETE ON {table} WHEN OLD.{shape} NOT NULL"), drop),
        ];
        let mut sql = String::new();
        for (event, when, act) in all {
            let _ = writeln!(sql, "CREATE TRIGGER {} {when} BEGIN {act} END;", named(event));
        }
        sql
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The type of the layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LayerType {
    Point,
    MultiPoint,
    Line,
    MultiLine,
    Polygon,
    MultiPolygon,
    Any,
}

impl LayerType {
    /// The one type of all shapes, the multiple one where some are.
    fn of(kinds: &Kinds) -> Self {
        let points = kinds.point + kinds.multi_point > 0;
        let lines = kinds.line + kinds.multi_line > 0;
        let polygons = kinds.polygon + kinds.multi_polygon > 0;
        match (points, lines, polygons, kinds.collection > 0) {
            (true, false, false, false) if kinds.multi_point == 0 => Self::Point,
            (true, false, false, false) => Self::MultiPoint,
            (false, true, false, false) if kinds.multi_line == 0 => Self::Line,
            (false, true, false, false) => Self::MultiLine,
            (false, false, true, false) if kinds.multi_polygon == 0 => Self::Polygon,
            (false, false, true, false) => Self::MultiPolygon,
            _ => Self::Any,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Point => "POINT",
            Self::MultiPoint => "MULTIPOINT",
            Self::Line => "LINESTRING",
            Self::MultiLine => "MULTILINESTRING",
            Self::Polygon => "POLYGON",
            Self::MultiPolygon => "MULTIPOLYGON",
            Self::Any => "GEOMETRY",
        }
    }

    /// The code of the multiple type that a single shape is put into.
    fn wrapper(self, geometry: &Geometry<f64>) -> Option<u32> {
        match (self, geometry) {
            (Self::MultiPoint, Geometry::Point(_)) => Some(4),
            (Self::MultiLine, Geometry::LineString(_)) => Some(5),
            (Self::MultiPolygon, Geometry::Polygon(_)) => Some(6),
            _ => None,
        }
    }
}

/// A shape as GeoPackage keeps it (clause 2.1.3): head, box (but for points), well-known binary.
fn blob(rows: &Rows<'_>, row: usize, layer: LayerType) -> Option<Vec<u8>> {
    let (geometry, wkb) = (rows.geometry(row)?, rows.wkb(row)?);
    let mut bytes = Vec::with_capacity(wkb.len() + 49);
    let rect = if matches!(geometry, Geometry::Point(_)) { None } else { geometry.bounding_rect() };
    // Little-endian; a box of four numbers.
    bytes.extend_from_slice(&[b'G', b'P', 0, if rect.is_some() { 0b0000_0011 } else { 0b0000_0001 }]);
    bytes.extend_from_slice(&EPSG.to_le_bytes());
    if let Some(rect) = rect {
        for edge in [rect.min().x, rect.max().x, rect.min().y, rect.max().y] {
            bytes.extend_from_slice(&edge.to_le_bytes());
        }
    }
    if let Some(code) = layer.wrapper(geometry) {
        bytes.push(1);
        bytes.extend_from_slice(&code.to_le_bytes());
        bytes.extend_from_slice(&1_u32.to_le_bytes());
    }
    bytes.extend_from_slice(wkb);
    Some(bytes)
}

/// A value to be bound.
enum Value<'a> {
    Id(i64),
    Shape(Option<Vec<u8>>),
    Cell(Cell<'a>),
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Id(id) => id.to_sql(),
            Self::Shape(shape) => shape.to_sql(),
            Self::Cell(Cell::Null) => rusqlite::types::Null.to_sql(),
            Self::Cell(Cell::Text(text)) => text.to_sql(),
            Self::Cell(Cell::Integer(value)) => value.to_sql(),
            Self::Cell(Cell::Number(value)) => value.to_sql(),
        }
    }
}
