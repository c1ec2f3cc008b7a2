//! Reading the public catalogue into memory.

use std::collections::HashMap;
use std::sync::Arc;

use duckdb::Connection;

use super::release::bbox;
use super::{Store, StoreError};
use crate::model::catalogue::{Catalogue, Content, Dataset, Distribution, Format, Layer, Licence, Organization, Table};
use crate::model::code::MunicipalityCode;
use crate::model::id::{DatasetId, DistributionId, OrganizationId, ReleaseId};
use crate::model::name::{Digest, Slug};
use crate::schema::standard_tags;

impl Store {
    /// All that is public now. `licence` gives the licence of an id.
    pub fn load_catalogue(&self, licence: impl Fn(&str) -> Licence) -> Result<Catalogue, StoreError> {
        self.reading(|connection| {
            let organizations = organizations(connection)?;
            let mut tables = tables(connection)?;
            let mut files = files(connection)?;
            let mut datasets = Vec::new();
            let mut statement = connection.prepare(
                "SELECT d.id, d.organization_id, d.name, d.title, d.notes, d.licence, d.attribution, d.source_page,
                        d.theme, d.tags, d.retrieved, epoch_us(d.created), epoch_us(r.published), r.id, r.number
                 FROM dataset d JOIN release r ON r.id = d.current_release ORDER BY d.name",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let organization: String = row.get(1)?;
                let Some(organization) = organizations.get(&organization) else {
                    return Err(stored("organization of a dataset", &organization));
                };
                let release: String = row.get(13)?;
                let tables = tables.remove(&release).unwrap_or_default();
                let tags: String = row.get(9)?;
                let tags = serde_json::from_str(&tags).map_err(|error| stored("tags", &error.to_string()))?;
                let licence_id: String = row.get(5)?;
                datasets.push(Arc::new(Dataset {
                    id: parsed("dataset id", &row.get::<_, String>(0)?, DatasetId::parse)?,
                    name: parsed("dataset name", &row.get::<_, String>(2)?, slug)?,
                    title: row.get(3)?,
                    notes: row.get(4)?,
                    organization: Arc::clone(organization),
                    licence: licence(&licence_id),
                    attribution: row.get(6)?,
                    source_page: row.get(7)?,
                    theme: row.get(8)?,
                    tags: with_standard_tags(tags, &tables),
                    created: time(row.get(11)?)?,
                    modified: time(row.get(12)?)?,
                    retrieved: row.get(10)?,
                    release_number: row.get(14)?,
                    tables,
                    distributions: files.remove(&release).unwrap_or_default(),
                    release: parsed("release id", &release, ReleaseId::parse)?,
                    of_site: None,
                }));
            }
            Ok(Catalogue::new(organizations.into_values().collect(), datasets))
        })
    }
}

/// The tag by which a dataset says that it holds administrative boundaries.
pub const BOUNDARY_TAG: &str = "行政区域";

/// The field of 国土数値情報 N03 (行政区域データ) that holds the five-digit code of a municipality.
const N03_CODE: &str = "N03_007";

impl Store {
    /// The boundary of a municipality: the areas of its own dataset tagged [`BOUNDARY_TAG`], and those of its code in
    /// any other (国土数値情報 N03). Taken-in datasets count before they are published. Empty where none is known, and
    /// for prefectures.
    pub fn boundary(&self, code: MunicipalityCode) -> Result<Vec<geo_types::Geometry<f64>>, StoreError> {
        self.reading(|connection| {
            let mut statement = connection.prepare(
                "SELECT t.record_table, t.shape, o.code FROM dataset d
                 JOIN organization o ON o.id = d.organization_id
                 JOIN release_table t ON t.release_id = coalesce(d.staged_release, d.current_release)
                 WHERE contains(d.tags, ?) ORDER BY d.name, t.position",
            )?;
            let tables: Vec<(String, String, String)> = statement
                .query_map([format!("\"{BOUNDARY_TAG}\"")], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect::<Result<_, _>>()?;
            let mut areas = Vec::new();
            for (record_table, shape, owner) in tables {
                let condition = if shape.contains(N03_CODE) {
                    format!("{} = ?", super::quoted(N03_CODE))
                } else if owner == code.as_str() {
                    "? <> ''".to_owned()
                } else {
                    continue;
                };
                let mut statement = connection.prepare(&format!(
                    "SELECT _geom FROM records.{} WHERE _geom IS NOT NULL AND {condition} ORDER BY _id",
                    super::quoted(&record_table)
                ))?;
                let found: Vec<Vec<u8>> =
                    statement.query_map([code.five()], |row| row.get(0))?.collect::<Result<_, _>>()?;
                for wkb in found {
                    areas.push(super::rows::from_wkb(&wkb)?);
                }
            }
            Ok(areas)
        })
    }
}

fn organizations(connection: &Connection) -> Result<HashMap<String, Arc<Organization>>, StoreError> {
    let mut statement =
        connection.prepare("SELECT id, code, name, title, prefecture, epoch_us(created) FROM organization")?;
    let mut rows = statement.query([])?;
    let mut found = HashMap::new();
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        let organization = Organization {
            id: parsed("organization id", &id, OrganizationId::parse)?,
            code: parsed("organization code", &row.get::<_, String>(1)?, |text| MunicipalityCode::parse(text).ok())?,
            name: parsed("organization name", &row.get::<_, String>(2)?, slug)?,
            title: row.get(3)?,
            prefecture: row.get(4)?,
            created: time(row.get(5)?)?,
        };
        found.insert(id, Arc::new(organization));
    }
    Ok(found)
}

/// Archives of layers in releases that were public before, newest first.
fn earlier_tilesets(connection: &Connection) -> Result<HashMap<String, Vec<Digest>>, StoreError> {
    /// More than one, since an object may be that of several releases.
    const MOST: usize = 3;
    let mut statement = connection.prepare(
        "SELECT t.layer_name, t.tileset FROM release_table t JOIN release r ON r.id = t.release_id
         WHERE r.published IS NOT NULL AND t.tileset IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM dataset d WHERE d.current_release = r.id)
         ORDER BY r.published DESC",
    )?;
    let mut rows = statement.query([])?;
    let mut found: HashMap<String, Vec<Digest>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let (name, tileset): (String, String) = (row.get(0)?, row.get(1)?);
        let own = found.entry(name).or_default();
        let digest = parsed("tileset", &tileset, Digest::parse)?;
        if own.len() < MOST && !own.contains(&digest) {
            own.push(digest);
        }
    }
    Ok(found)
}

fn tables(connection: &Connection) -> Result<HashMap<String, Vec<Table>>, StoreError> {
    let mut earlier = earlier_tilesets(connection)?;
    let mut counts: HashMap<(String, i32), Vec<(String, u64)>> = HashMap::new();
    let mut statement = connection.prepare(
        "SELECT f.release_id, f.position, f.code, f.count FROM finding_count f
         JOIN dataset d ON d.current_release = f.release_id ORDER BY f.count DESC, f.code",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        counts.entry((row.get(0)?, row.get(1)?)).or_default().push((row.get(2)?, row.get(3)?));
    }
    let mut statement = connection.prepare(
        "SELECT t.release_id, t.position, t.shape, t.record_table, t.source_file, t.encoding, t.rows_read, t.records,
                t.refused, t.geometry, t.west, t.south, t.east, t.north, t.layer_name, t.tileset, t.min_zoom, t.max_zoom,
                t.tile_index, t.tileset_brotli
         FROM release_table t JOIN dataset d ON d.current_release = t.release_id ORDER BY t.release_id, t.position",
    )?;
    let mut rows = statement.query([])?;
    let mut found: HashMap<String, Vec<Table>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let release: String = row.get(0)?;
        let shape: String = row.get(2)?;
        let shape: crate::model::record::TableShape =
            serde_json::from_str(&shape).map_err(|error| stored("table shape", &error.to_string()))?;
        let geometry: Option<String> = row.get(9)?;
        let layer_name: Option<String> = row.get(14)?;
        let tileset: Option<String> = row.get(15)?;
        let (index, brotli): (Option<String>, Option<String>) = (row.get(18)?, row.get(19)?);
        let layer = match (layer_name, tileset) {
            (Some(name), Some(tileset)) => Some(Layer {
                name: parsed("layer name", &name, slug)?,
                title: shape.title.clone(),
                tileset: parsed("tileset", &tileset, Digest::parse)?,
                min_zoom: row.get(16)?,
                max_zoom: row.get(17)?,
                earlier: earlier.remove(&name).unwrap_or_default(),
                brotli: brotli.as_deref().map(|text| parsed("tileset", text, Digest::parse)).transpose()?,
                index: index.as_deref().map(|text| parsed("tile index", text, Digest::parse)).transpose()?,
            }),
            _ => None,
        };
        let table = Table {
            record_table: row.get(3)?,
            source_file: row.get(4)?,
            encoding: row.get(5)?,
            rows_read: row.get(6)?,
            records: row.get(7)?,
            refused: row.get(8)?,
            findings: counts.remove(&(release.clone(), row.get(1)?)).unwrap_or_default(),
            geometry: geometry
                .map(|text| serde_json::from_str(&text).map_err(|error| stored("geometry", &error.to_string())))
                .transpose()?,
            bbox: bbox(row, 10)?,
            layer,
            shape,
        };
        found.entry(release).or_default().push(table);
    }
    Ok(found)
}

fn files(connection: &Connection) -> Result<HashMap<String, Vec<Distribution>>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT f.release_id, f.distribution_id, f.table_position, x.format, f.title, f.file_name, f.size_bytes,
                f.digest, epoch_us(x.created)
         FROM release_file f JOIN dataset d ON d.current_release = f.release_id
         JOIN distribution x ON x.id = f.distribution_id ORDER BY f.release_id, f.position",
    )?;
    let mut rows = statement.query([])?;
    let mut found: HashMap<String, Vec<Distribution>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let table: u32 = row.get(2)?;
        found.entry(row.get(0)?).or_default().push(Distribution {
            id: parsed("distribution id", &row.get::<_, String>(1)?, DistributionId::parse)?,
            table: usize::try_from(table).expect("a 32-bit number fits"),
            format: parsed("format", &row.get::<_, String>(3)?, Format::parse)?,
            title: row.get(4)?,
            file_name: row.get(5)?,
            content: Content::Object {
                size_bytes: row.get(6)?,
                digest: parsed("digest", &row.get::<_, String>(7)?, Digest::parse)?,
            },
            created: time(row.get(8)?)?,
        });
    }
    Ok(found)
}

/// The publisher's tags, and those by which harvesters know a standard dataset.
fn with_standard_tags(mut tags: Vec<String>, tables: &[Table]) -> Vec<String> {
    for tag in tables.iter().filter_map(|table| table.shape.sheet.as_ref()).flat_map(standard_tags) {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

fn slug(text: &str) -> Option<Slug> {
    Slug::parse(text).ok()
}

fn time(microseconds: i64) -> Result<jiff::Timestamp, StoreError> {
    jiff::Timestamp::from_microsecond(microseconds).map_err(|error| stored("time", &error.to_string()))
}

fn parsed<T>(what: &'static str, text: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, StoreError> {
    parse(text).ok_or_else(|| stored(what, text))
}

fn stored(what: &'static str, detail: &str) -> StoreError {
    StoreError::Stored { what, detail: detail.to_owned() }
}
