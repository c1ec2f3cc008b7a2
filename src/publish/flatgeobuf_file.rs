//! FlatGeobuf 3 with its packed index, coordinates in EPSG:6668.
//!
//! Features keep the order of the release (Hilbert order already), so the index is packed over it and the file is
//! copied once from front to back. Lines and polygons are always written as multi-geometries, as desktop programs
//! expect one type in a layer. A record without geometry is a feature without geometry; its box in the index is empty
//! (infinities the wrong way round), so no box query finds it and reading all features does.
//!
//! Layout after <https://flatgeobuf.org>: magic, size-prefixed header, index, size-prefixed features. The crate's own
//! writer is not used because it fixes the geometry type before the first feature and cannot leave a geometry out.

use std::io::{self, BufReader, BufWriter, Seek as _, Write as _};

use flatbuffers::{FlatBufferBuilder, WIPOffset};
use flatgeobuf::packed_r_tree::{NodeItem, PackedRTree, calc_extent};
use flatgeobuf::{
    Column, ColumnArgs, ColumnType, Crs, CrsArgs, Feature, FeatureArgs, Geometry as FgbGeometry, GeometryArgs,
    GeometryType, Header, HeaderArgs,
};
use geo::BoundingRect as _;
use geo_types::{Coord, Geometry, LineString, Polygon};
use tempfile::NamedTempFile;

use super::rows::Cell;
use super::{Finished, PublishError, Rows, TableInput, Writer, finished, out};
use crate::model::catalogue::Format;
use crate::model::record::Storage;
use crate::store::objects::Objects;

const MAGIC: [u8; 8] = *b"fgb\x03fgb\x00";

/// The FlatGeobuf file of one table: features are spooled while their boxes gather, then written behind the index.
pub(super) struct FlatGeobufFile {
    title: String,
    columns: Vec<(String, String, ColumnType)>,
    spool: BufWriter<NamedTempFile>,
    out: super::Out,
    nodes: Vec<NodeItem>,
    offset: u64,
    /// The one type of all geometries so far; `Unknown` once they differ.
    seen: Option<GeometryType>,
    builder: FlatBufferBuilder<'static>,
    properties: Vec<u8>,
}

impl FlatGeobufFile {
    pub(super) fn new(input: TableInput<'_>, objects: &Objects) -> Result<Self, PublishError> {
        if u16::try_from(input.shape.columns.len()).is_err() {
            return Err(PublishError::TooLarge { format: Format::FlatGeobuf.name(), what: "more than 65,535 columns" });
        }
        let columns = input
            .shape
            .columns
            .iter()
            .map(|column| {
                let kind = match column.kind.storage() {
                    Storage::Text => ColumnType::String,
                    Storage::Integer => ColumnType::Long,
                    Storage::Number => ColumnType::Double,
                };
                (column.name.clone(), column.title.clone(), kind)
            })
            .collect();
        Ok(Self {
            title: input.title.to_owned(),
            columns,
            spool: out(objects, Format::FlatGeobuf)?,
            out: out(objects, Format::FlatGeobuf)?,
            nodes: Vec::new(),
            offset: 0,
            seen: None,
            builder: FlatBufferBuilder::new(),
            properties: Vec::new(),
        })
    }

    fn feature(&mut self, rows: &Rows<'_>, row: usize) -> io::Result<()> {
        self.properties.clear();
        for (index, cells) in (0_u16..).zip(rows.columns()) {
            property(&mut self.properties, index, cells.get(row))?;
        }
        self.builder.reset();
        let mut node = NodeItem::create(self.offset);
        let geometry = rows.geometry(row).map(|found| {
            let (kind, offset) = geometry(&mut self.builder, found);
            self.seen = match self.seen {
                None => Some(kind),
                Some(seen) if seen == kind => Some(kind),
                Some(_) => Some(GeometryType::Unknown),
            };
            if let Some(rect) = found.bounding_rect() {
                node.expand(&NodeItem::bounds(rect.min().x, rect.min().y, rect.max().x, rect.max().y));
            }
            offset
        });
        let properties = Some(self.builder.create_vector(&self.properties));
        let feature = Feature::create(&mut self.builder, &FeatureArgs { geometry, properties, columns: None });
        self.builder.finish_size_prefixed(feature, None);
        let bytes = self.builder.finished_data();
        self.spool.write_all(bytes)?;
        self.offset += bytes.len() as u64;
        self.nodes.push(node);
        Ok(())
    }

    /// Writes the header; the extent and the index are left out where no feature has a geometry.
    fn header(&mut self, extent: Option<&NodeItem>) -> io::Result<()> {
        let mut builder = FlatBufferBuilder::new();
        let columns: Vec<_> = self
            .columns
            .iter()
            .map(|(name, title, kind)| {
                let name = Some(builder.create_string(name));
                let title = Some(builder.create_string(title));
                // Width, precision and scale −1: not set, by the standard.
                let args = ColumnArgs {
                    name,
                    title,
                    type_: *kind,
                    width: -1,
                    precision: -1,
                    scale: -1,
                    nullable: true,
                    ..ColumnArgs::default()
                };
                Column::create(&mut builder, &args)
            })
            .collect();
        let columns = Some(builder.create_vector(&columns));
        let envelope = extent.map(|e| builder.create_vector(&[e.min_x, e.min_y, e.max_x, e.max_y]));
        let name = Some(builder.create_string(&self.title));
        let org = Some(builder.create_string("EPSG"));
        let crs_name = Some(builder.create_string("JGD2011"));
        let crs = Some(Crs::create(&mut builder, &CrsArgs { org, code: 6668, name: crs_name, ..CrsArgs::default() }));
        let title = Some(builder.create_string(&self.title));
        let args = HeaderArgs {
            name,
            envelope,
            geometry_type: self.seen.unwrap_or(GeometryType::Unknown),
            columns,
            features_count: self.nodes.len() as u64,
            index_node_size: extent.map_or(0, |_| PackedRTree::DEFAULT_NODE_SIZE),
            crs,
            title,
            ..HeaderArgs::default()
        };
        let header = Header::create(&mut builder, &args);
        builder.finish_size_prefixed(header, None);
        self.out.write_all(builder.finished_data())
    }

    fn end(mut self) -> io::Result<super::Out> {
        self.out.write_all(&MAGIC)?;
        let extent = self.seen.map(|_| calc_extent(&self.nodes));
        self.header(extent.as_ref())?;
        if let Some(extent) = extent {
            let tree = PackedRTree::build(&self.nodes, &extent, PackedRTree::DEFAULT_NODE_SIZE)
                .map_err(|error| io::Error::other(error.to_string()))?;
            tree.stream_write(&mut self.out).map_err(|error| io::Error::other(error.to_string()))?;
        }
        let mut spool = self.spool.into_inner().map_err(io::IntoInnerError::into_error)?;
        spool.rewind()?;
        io::copy(&mut BufReader::with_capacity(256 << 10, spool), &mut self.out)?;
        Ok(self.out)
    }
}

impl Writer for FlatGeobufFile {
    fn batch(&mut self, rows: &Rows<'_>) -> Result<(), PublishError> {
        (0..rows.len()).try_for_each(|row| self.feature(rows, row)).map_err(PublishError::write(Format::FlatGeobuf))
    }

    fn finish(self: Box<Self>) -> Result<Option<Finished>, PublishError> {
        finished(Format::FlatGeobuf, self.end().map_err(PublishError::write(Format::FlatGeobuf))?)
    }
}

/// A value: column index, then the value by its type; null values are left out.
fn property(into: &mut Vec<u8>, column: u16, cell: Cell<'_>) -> io::Result<()> {
    if cell == Cell::Null {
        return Ok(());
    }
    into.extend_from_slice(&column.to_le_bytes());
    match cell {
        Cell::Null => {}
        Cell::Integer(value) => into.extend_from_slice(&value.to_le_bytes()),
        Cell::Number(value) => into.extend_from_slice(&value.to_le_bytes()),
        Cell::Text(value) => {
            let length = u32::try_from(value.len()).map_err(io::Error::other)?;
            into.extend_from_slice(&length.to_le_bytes());
            into.extend_from_slice(value.as_bytes());
        }
    }
    Ok(())
}

type Built = WIPOffset<FgbGeometry<'static>>;

fn geometry(builder: &mut FlatBufferBuilder<'static>, found: &Geometry<f64>) -> (GeometryType, Built) {
    match found {
        Geometry::Point(point) => flat(builder, GeometryType::Point, &[&[point.0]]),
        Geometry::MultiPoint(points) => {
            let positions: Vec<Coord<f64>> = points.0.iter().map(|point| point.0).collect();
            flat(builder, GeometryType::MultiPoint, &[&positions])
        }
        Geometry::Line(line) => flat(builder, GeometryType::MultiLineString, &[&[line.start, line.end]]),
        Geometry::LineString(line) => flat(builder, GeometryType::MultiLineString, &[&line.0]),
        Geometry::MultiLineString(lines) => {
            let lines: Vec<&[Coord<f64>]> = lines.0.iter().map(|line| line.0.as_slice()).collect();
            flat(builder, GeometryType::MultiLineString, &lines)
        }
        Geometry::Polygon(found) => polygons(builder, std::slice::from_ref(found)),
        Geometry::MultiPolygon(found) => polygons(builder, &found.0),
        Geometry::Rect(found) => polygons(builder, &[found.to_polygon()]),
        Geometry::Triangle(found) => polygons(builder, &[found.to_polygon()]),
        Geometry::GeometryCollection(found) => {
            let parts: Vec<Built> = found.0.iter().map(|part| geometry(builder, part).1).collect();
            nested(builder, GeometryType::GeometryCollection, &parts)
        }
    }
}

/// Coordinates one after the other, with the ends of the parts where there is more than one.
fn flat(
    builder: &mut FlatBufferBuilder<'static>,
    kind: GeometryType,
    lines: &[&[Coord<f64>]],
) -> (GeometryType, Built) {
    let xy: Vec<f64> = lines.iter().flat_map(|line| line.iter().flat_map(|c| [c.x, c.y])).collect();
    let mut end = 0_u32;
    let ends: Vec<u32> = lines
        .iter()
        .map(|line| {
            end = end.saturating_add(u32::try_from(line.len()).unwrap_or(u32::MAX));
            end
        })
        .collect();
    let xy = Some(builder.create_vector(&xy));
    let ends = if ends.len() > 1 { Some(builder.create_vector(&ends)) } else { None };
    let args = GeometryArgs { ends, xy, type_: kind, ..GeometryArgs::default() };
    (kind, FgbGeometry::create(builder, &args))
}

fn polygons(builder: &mut FlatBufferBuilder<'static>, found: &[Polygon<f64>]) -> (GeometryType, Built) {
    let parts: Vec<Built> = found
        .iter()
        .map(|polygon| {
            let rings: Vec<&[Coord<f64>]> = std::iter::once(polygon.exterior())
                .chain(polygon.interiors())
                .map(|ring: &LineString<f64>| ring.0.as_slice())
                .collect();
            flat(builder, GeometryType::Polygon, &rings).1
        })
        .collect();
    nested(builder, GeometryType::MultiPolygon, &parts)
}

fn nested(builder: &mut FlatBufferBuilder<'static>, kind: GeometryType, parts: &[Built]) -> (GeometryType, Built) {
    let parts = Some(builder.create_vector(parts));
    let args = GeometryArgs { parts, type_: kind, ..GeometryArgs::default() };
    (kind, FgbGeometry::create(builder, &args))
}
