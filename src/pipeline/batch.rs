//! Records to Arrow batches: the columns that the store's staging table has.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryBuilder, Float64Builder, Int64Builder, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use geo::BoundingRect as _;
use geo_types::Geometry;

use crate::model::lonlat::{Bbox, hilbert};
use crate::model::record::{GeometryKind, Record, Storage, TableShape, Value};

/// Records in one batch: large enough that the cost of a batch vanishes, small enough to stay in the cache.
pub const BATCH_RECORDS: usize = 4_096;

/// Most bytes of text and geometry in one batch before it is sent early: far below the longest frame.
const BATCH_BYTES: usize = 32 << 20;

enum Builder {
    Text(StringBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
}

/// Gathers records of one table into batches.
pub struct Batches {
    schema: Arc<Schema>,
    names: Vec<String>,
    row: Int64Builder,
    hilbert: Int64Builder,
    columns: Vec<Builder>,
    found: StringBuilder,
    geometry: BinaryBuilder,
    edges: [Float64Builder; 4],
    records: usize,
    bytes: usize,
    seen: Seen,
}

/// What kinds of geometry have gone through, and their box.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen {
    kind: Option<GeometryKind>,
    bbox: Option<Bbox>,
}

impl Seen {
    /// The kind of all geometry so far.
    pub fn kind(&self) -> Option<GeometryKind> {
        self.kind
    }

    /// The box of all geometry so far.
    pub fn bbox(&self) -> Option<Bbox> {
        self.bbox
    }

    fn add(&mut self, geometry: &Geometry<f64>, bbox: Bbox) {
        let kind = match geometry {
            Geometry::Point(_) | Geometry::MultiPoint(_) => GeometryKind::Point,
            Geometry::Line(_) | Geometry::LineString(_) | Geometry::MultiLineString(_) => GeometryKind::Line,
            Geometry::Polygon(_) | Geometry::MultiPolygon(_) | Geometry::Rect(_) | Geometry::Triangle(_) => {
                GeometryKind::Polygon
            }
            Geometry::GeometryCollection(_) => GeometryKind::Mixed,
        };
        self.kind = Some(match self.kind {
            None => kind,
            Some(before) if before == kind => kind,
            Some(_) => GeometryKind::Mixed,
        });
        self.bbox = Some(self.bbox.map_or(bbox, |before| before.union(bbox)));
    }
}

impl Batches {
    /// Batches for a table of this shape.
    pub fn new(shape: &TableShape) -> Self {
        let mut fields = vec![Field::new("_row", DataType::Int64, true), Field::new("_hilbert", DataType::Int64, true)];
        let mut columns = Vec::new();
        for column in &shape.columns {
            let (data_type, builder) = match column.kind.storage() {
                Storage::Text => (DataType::Utf8, Builder::Text(StringBuilder::new())),
                Storage::Integer => (DataType::Int64, Builder::Integer(Int64Builder::new())),
                Storage::Number => (DataType::Float64, Builder::Number(Float64Builder::new())),
            };
            fields.push(Field::new(&column.name, data_type, true));
            columns.push(builder);
        }
        fields.push(Field::new("_found", DataType::Utf8, true));
        fields.push(Field::new("_geom", DataType::Binary, true));
        for edge in ["_west", "_south", "_east", "_north"] {
            fields.push(Field::new(edge, DataType::Float64, true));
        }
        Self {
            schema: Arc::new(Schema::new(fields)),
            names: shape.columns.iter().map(|column| column.name.clone()).collect(),
            row: Int64Builder::new(),
            hilbert: Int64Builder::new(),
            columns,
            found: StringBuilder::new(),
            geometry: BinaryBuilder::new(),
            edges: std::array::from_fn(|_| Float64Builder::new()),
            records: 0,
            bytes: 0,
            seen: Seen::default(),
        }
    }

    /// Adds a record; gives a batch when one is full.
    pub fn push(&mut self, record: &Record) -> Result<Option<RecordBatch>, arrow::error::ArrowError> {
        self.row.append_value(i64::try_from(record.row).unwrap_or(i64::MAX));
        for (index, builder) in self.columns.iter_mut().enumerate() {
            let value = record.values.get(index).unwrap_or(&Value::Null);
            match (builder, value) {
                (Builder::Text(builder), Value::Text(text)) => {
                    self.bytes += text.len();
                    builder.append_value(text);
                }
                (Builder::Text(builder), Value::Integer(number)) => builder.append_value(number.to_string()),
                (Builder::Text(builder), Value::Number(number)) => builder.append_value(number.to_string()),
                (Builder::Text(builder), Value::Null) => builder.append_null(),
                (Builder::Integer(builder), Value::Integer(number)) => builder.append_value(*number),
                (Builder::Integer(builder), _) => builder.append_null(),
                (Builder::Number(builder), Value::Number(number)) => builder.append_value(*number),
                (Builder::Number(builder), Value::Integer(number)) => builder.append_value(*number as f64),
                (Builder::Number(builder), _) => builder.append_null(),
            }
        }
        self.push_found(&record.found);
        self.push_geometry(record.geometry.as_ref());
        self.records += 1;
        if self.records >= BATCH_RECORDS || self.bytes >= BATCH_BYTES { self.finish() } else { Ok(None) }
    }

    /// Notes what geometry goes through, where the record itself is not wanted.
    pub fn see(&mut self, record: &Record) {
        if let Some((geometry, rect)) = record.geometry.as_ref().and_then(|it| Some((it, it.bounding_rect()?))) {
            self.seen.add(geometry, bbox_of(rect));
        }
    }

    fn push_found(&mut self, found: &[(usize, String)]) {
        if found.is_empty() {
            self.found.append_null();
            return;
        }
        let object: serde_json::Map<String, serde_json::Value> = found
            .iter()
            .filter_map(|(index, text)| Some((self.names.get(*index)?.clone(), text.clone().into())))
            .collect();
        let text = serde_json::Value::Object(object).to_string();
        self.bytes += text.len();
        self.found.append_value(text);
    }

    fn push_geometry(&mut self, geometry: Option<&Geometry<f64>>) {
        let placed = geometry.and_then(|geometry| {
            let rect = geometry.bounding_rect()?;
            Some((geometry, rect, to_wkb(geometry)?))
        });
        let Some((geometry, rect, wkb)) = placed else {
            self.geometry.append_null();
            self.hilbert.append_value(0);
            for edge in &mut self.edges {
                edge.append_null();
            }
            return;
        };
        self.bytes += wkb.len();
        self.geometry.append_value(&wkb);
        let bbox = bbox_of(rect);
        let (lon, lat) = bbox.center();
        self.hilbert.append_value(i64::from(hilbert(lon, lat)));
        let values = [bbox.west_deg, bbox.south_deg, bbox.east_deg, bbox.north_deg];
        for (edge, value) in self.edges.iter_mut().zip(values) {
            edge.append_value(value);
        }
        self.seen.add(geometry, bbox);
    }

    /// The records that wait, as a batch; `None` where none do.
    pub fn finish(&mut self) -> Result<Option<RecordBatch>, arrow::error::ArrowError> {
        if self.records == 0 {
            return Ok(None);
        }
        self.records = 0;
        self.bytes = 0;
        let mut arrays: Vec<ArrayRef> = vec![Arc::new(self.row.finish()), Arc::new(self.hilbert.finish())];
        for builder in &mut self.columns {
            arrays.push(match builder {
                Builder::Text(builder) => Arc::new(builder.finish()),
                Builder::Integer(builder) => Arc::new(builder.finish()),
                Builder::Number(builder) => Arc::new(builder.finish()),
            });
        }
        arrays.push(Arc::new(self.found.finish()));
        arrays.push(Arc::new(self.geometry.finish()));
        for edge in &mut self.edges {
            arrays.push(Arc::new(edge.finish()));
        }
        RecordBatch::try_new(Arc::clone(&self.schema), arrays).map(Some)
    }

    /// What geometry has gone through so far.
    pub fn seen(&self) -> Seen {
        self.seen
    }
}

/// The batches of an Arrow IPC stream, as a worker sends them.
pub fn batches(bytes: &[u8]) -> Result<Vec<RecordBatch>, ArrowError> {
    StreamReader::try_new(bytes, None)?.collect()
}

fn bbox_of(rect: geo_types::Rect<f64>) -> Bbox {
    Bbox { west_deg: rect.min().x, south_deg: rect.min().y, east_deg: rect.max().x, north_deg: rect.max().y }
}

fn to_wkb(geometry: &Geometry<f64>) -> Option<Vec<u8>> {
    use geozero::{CoordDimensions, ToWkb as _};
    if let Geometry::Point(point) = geometry {
        // Most of all geometry: little endian, kind 1, x, y.
        let mut wkb = Vec::with_capacity(21);
        wkb.extend_from_slice(&[1, 1, 0, 0, 0]);
        wkb.extend_from_slice(&point.x().to_le_bytes());
        wkb.extend_from_slice(&point.y().to_le_bytes());
        return Some(wkb);
    }
    geometry.to_wkb(CoordDimensions::xy()).ok()
}
