//! The sweep: records in release order to a spool of projected shapes, and what is known of them as a whole.

use std::io::{self, BufReader, Seek as _, SeekFrom, Write as _};

use rayon::prelude::*;

use super::super::clip::Kind;
use super::super::encode::message;
use super::super::project::{self, Shape, World, length};
use super::geometry::{Reader, encode, kind_of};
use super::{Bounds, NO_ID, add_attribute};
use crate::model::lonlat::Bbox;
use crate::model::tile::TileSettings;
use crate::publish::Out;
use crate::publish::rows::{Cell, Rows};

/// Shapes on their way to the index, in a file.
pub(in crate::publish::tiles) struct Gathered {
    spool: Out,
    pub(in crate::publish::tiles) about: About,
    columns: Columns,
}

/// Which columns mean something to the builder.
#[derive(Debug, Clone, Default)]
struct Columns {
    /// Together they identify a record: 全国地方公共団体コード and ID of the standard's sheets.
    identity: Vec<usize>,
    importance: Option<usize>,
    order: Vec<String>,
}

/// What is known of all shapes.
#[derive(Debug, Clone)]
pub(in crate::publish::tiles) struct About {
    pub(in crate::publish::tiles) records: u64,
    pub(in crate::publish::tiles) shapes: u64,
    pub(in crate::publish::tiles) vertices: u64,
    /// Box in degrees.
    pub(in crate::publish::tiles) degrees: Option<Bbox>,
    pub(in crate::publish::tiles) bounds: Bounds,
    /// Shapes that are points, lines, polygons.
    pub(in crate::publish::tiles) kinds: [u64; 3],
    /// In how many records each column has a value.
    pub(in crate::publish::tiles) filled: Vec<u64>,
    /// Lengths of edges by quarter octaves.
    pub(in crate::publish::tiles) edges: [u64; 160],
    /// Sums over lines and rings: length; over polygons: area.
    pub(in crate::publish::tiles) length: f64,
    pub(in crate::publish::tiles) area: f64,
}

/// One shape of the spool.
pub(super) struct Spooled {
    pub(super) identity: u64,
    pub(super) kind: Kind,
    /// The record's `_id` on its first shape, [`NO_ID`] on the others.
    pub(super) id: u64,
    /// Rank of its class by configuration: 15 matters most.
    pub(super) class: u8,
    pub(super) bounds: Bounds,
    pub(super) geometry: Vec<u8>,
    pub(super) attributes: Vec<u8>,
}

const HEAD_BYTES: usize = 48;

impl Spooled {
    pub(super) fn shape(&self) -> Option<Shape> {
        Reader::new(&self.geometry, self.bounds.min).shape(self.kind)
    }

    fn write(&self, out: &mut Out) -> io::Result<()> {
        let mut head = [0; HEAD_BYTES];
        head[..8].copy_from_slice(&self.identity.to_le_bytes());
        head[8..16].copy_from_slice(&self.id.to_le_bytes());
        head[16] = self.kind as u8;
        head[17] = self.class;
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).map_err(io::Error::other);
        let [[a, b], [c, d]] = [self.bounds.min, self.bounds.max];
        let words = [a, b, c, d, length(&self.geometry)?, length(&self.attributes)?];
        for (slot, word) in head[24..].chunks_exact_mut(4).zip(words) {
            slot.copy_from_slice(&word.to_le_bytes());
        }
        out.write_all(&head)?;
        out.write_all(&self.geometry)?;
        out.write_all(&self.attributes)
    }

    /// The next one of a spool; `None` at its end.
    fn read(spool: &mut impl io::Read) -> io::Result<Option<Self>> {
        let mut head = [0; HEAD_BYTES];
        let first = spool.read(&mut head)?;
        if first == 0 {
            return Ok(None);
        }
        spool.read_exact(head.get_mut(first..).unwrap_or_default())?;
        let mut words = [0_u32; 6];
        for (word, slot) in words.iter_mut().zip(head[24..].as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*slot);
        }
        let [a, b, c, d, geometry, attributes] = words;
        let mut take = |length: u32| -> io::Result<Vec<u8>> {
            let mut bytes = vec![0; length as usize];
            spool.read_exact(&mut bytes)?;
            Ok(bytes)
        };
        let (mut identity, mut id) = ([0; 8], [0; 8]);
        identity.copy_from_slice(&head[..8]);
        id.copy_from_slice(&head[8..16]);
        Ok(Some(Self {
            identity: u64::from_le_bytes(identity),
            id: u64::from_le_bytes(id),
            kind: match head[16] {
                1 => Kind::Point,
                2 => Kind::Line,
                _ => Kind::Polygon,
            },
            class: head[17],
            bounds: Bounds { min: [a, b], max: [c, d] },
            geometry: take(geometry)?,
            attributes: take(attributes)?,
        }))
    }
}

impl Gathered {
    /// `names`: the columns of the table. `identity`: those that identify a record together, where known.
    pub(in crate::publish::tiles) fn new(
        spool: Out,
        names: &[String],
        identity: Vec<usize>,
        settings: &TileSettings,
    ) -> Self {
        let importance = settings.importance.as_ref();
        let columns = Columns {
            identity,
            importance: importance.and_then(|by| names.iter().position(|name| *name == by.column)),
            order: importance.map(|by| by.order.clone()).unwrap_or_default(),
        };
        let about = About {
            records: 0,
            shapes: 0,
            vertices: 0,
            degrees: None,
            bounds: Bounds::NOTHING,
            kinds: [0; 3],
            filled: vec![0; names.len()],
            edges: [0; 160],
            length: 0.0,
            area: 0.0,
        };
        Self { spool, about, columns }
    }

    /// Takes a batch.
    pub(in crate::publish::tiles) fn add(&mut self, rows: &Rows<'_>) -> io::Result<()> {
        let columns = &self.columns;
        let made: Vec<Vec<(Spooled, Shape)>> =
            (0..rows.len()).into_par_iter().map(|row| columns.shapes(rows, row)).collect();
        for (row, shapes) in made.into_iter().enumerate() {
            if shapes.is_empty() {
                continue;
            }
            self.about.record(rows, row);
            for (spooled, shape) in shapes {
                self.about.shape(&shape, spooled.bounds);
                spooled.write(&mut self.spool)?;
            }
        }
        Ok(())
    }

    /// The spool for reading, as often as wanted.
    pub(super) fn into_spool(self) -> io::Result<(Spool, About)> {
        let file = self.spool.into_inner().map_err(io::IntoInnerError::into_error)?.into_file();
        Ok((Spool { file }, self.about))
    }
}

/// A spool that is read from its beginning.
pub(super) struct Spool {
    file: std::fs::File,
}

impl Spool {
    /// Hands over all shapes in order, in batches.
    pub(super) fn batches(&mut self, mut take: impl FnMut(Vec<Spooled>) -> io::Result<()>) -> io::Result<()> {
        // Few enough to stay in the caches, enough for two threads to be worth waking.
        const BATCH: usize = 4096;
        const BATCH_BYTES: usize = 8 << 20;
        self.file.seek(SeekFrom::Start(0))?;
        let mut reader = BufReader::with_capacity(1 << 20, &self.file);
        loop {
            let (mut batch, mut bytes) = (Vec::with_capacity(BATCH), 0);
            while batch.len() < BATCH && bytes < BATCH_BYTES {
                let Some(spooled) = Spooled::read(&mut reader)? else { break };
                bytes += spooled.geometry.len() + spooled.attributes.len();
                batch.push(spooled);
            }
            if batch.is_empty() {
                return Ok(());
            }
            take(batch)?;
        }
    }
}

impl Columns {
    fn shapes(&self, rows: &Rows<'_>, row: usize) -> Vec<(Spooled, Shape)> {
        let Some(geometry) = rows.geometry(row) else { return Vec::new() };
        let shapes = project::shapes(geometry);
        if shapes.is_empty() {
            return Vec::new();
        }
        let mut attributes = Vec::new();
        let mut value = Vec::new();
        for (index, cells) in rows.columns().iter().enumerate() {
            value.clear();
            message(cells.get(row), &mut value);
            if let (false, Ok(column)) = (value.is_empty(), u16::try_from(index)) {
                add_attribute(&mut attributes, column, &value);
            }
        }
        let identity = self.identity(rows, row);
        let class = self.class(rows, row);
        // MVT ids are read as doubles by browsers: 2^53 is far beyond any table.
        let id = u64::try_from(rows.id(row)).ok().filter(|id| *id < 1 << 53);
        shapes
            .into_iter()
            .enumerate()
            .map(|(index, shape)| {
                let bounds = bounds(&shape);
                let mut bytes = Vec::new();
                encode(&shape, bounds.min, &mut bytes);
                let identity = identity.unwrap_or_else(|| {
                    // Where nothing identifies the record, its place does.
                    let mut hasher = blake3::Hasher::new();
                    hasher.update(&bounds.min.map(u32::to_le_bytes).concat());
                    hasher.update(&bytes);
                    word(&hasher.finalize())
                });
                let spooled = Spooled {
                    identity,
                    kind: kind_of(&shape),
                    id: id.filter(|_| index == 0).unwrap_or(NO_ID),
                    class,
                    bounds,
                    geometry: bytes,
                    attributes: attributes.clone(),
                };
                (spooled, shape)
            })
            .collect()
    }

    fn identity(&self, rows: &Rows<'_>, row: usize) -> Option<u64> {
        let mut hasher = blake3::Hasher::new();
        let mut value = Vec::new();
        for (place, column) in self.identity.iter().enumerate() {
            value.clear();
            message(rows.columns().get(*column)?.get(row), &mut value);
            if value.is_empty() && place + 1 == self.identity.len() {
                return None;
            }
            hasher.update(&(value.len() as u64).to_le_bytes());
            hasher.update(&value);
        }
        (!self.identity.is_empty()).then(|| word(&hasher.finalize()))
    }

    fn class(&self, rows: &Rows<'_>, row: usize) -> u8 {
        let Some(cells) = self.importance.and_then(|column| rows.columns().get(column)) else { return 0 };
        let text = match cells.get(row) {
            Cell::Text(text) => text.to_owned(),
            Cell::Integer(number) => number.to_string(),
            Cell::Number(number) => number.to_string(),
            Cell::Null => return 0,
        };
        let place = self.order.iter().position(|value| *value == text);
        place.and_then(|place| u8::try_from(place).ok()).map_or(0, |place| 15_u8.saturating_sub(place).max(1))
    }
}

/// The first 64 bits of a digest.
pub(super) fn word(hash: &blake3::Hash) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(first)
}

fn vertices(shape: &Shape) -> impl Iterator<Item = World> {
    let points: &[World] = if let Shape::Points(points) = shape { points } else { &[] };
    points.iter().copied().chain(shape.paths().flat_map(|(path, _)| path.vertices.iter().copied()))
}

fn bounds(shape: &Shape) -> Bounds {
    let mut bounds = Bounds::NOTHING;
    vertices(shape).for_each(|vertex| bounds.add(vertex));
    bounds
}

impl About {
    fn record(&mut self, rows: &Rows<'_>, row: usize) {
        use geo::BoundingRect;
        self.records += 1;
        if let Some(rect) = rows.geometry(row).and_then(BoundingRect::bounding_rect) {
            let found = Bbox {
                west_deg: rect.min().x,
                south_deg: rect.min().y,
                east_deg: rect.max().x,
                north_deg: rect.max().y,
            };
            self.degrees = Some(self.degrees.map_or(found, |degrees| degrees.union(found)));
        }
        for (filled, cells) in self.filled.iter_mut().zip(rows.columns()) {
            *filled += u64::from(cells.get(row) != Cell::Null);
        }
    }

    fn shape(&mut self, shape: &Shape, bounds: Bounds) {
        self.shapes += 1;
        self.bounds = self.bounds.union(bounds);
        if let Some(kind) = self.kinds.get_mut(kind_of(shape) as usize - 1) {
            *kind += 1;
        }
        if let Shape::Points(points) = shape {
            self.vertices += points.len() as u64;
        } else {
            let is_area = matches!(shape, Shape::Polygons(_));
            for (path, _) in shape.paths() {
                self.vertices += path.vertices.len() as u64;
                self.length += length(path);
                for pair in path.vertices.windows(2) {
                    let [a, b] = pair else { continue };
                    let edge = (f64::from(a[0]) - f64::from(b[0])).hypot(f64::from(a[1]) - f64::from(b[1]));
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
                    let bucket = (edge.max(1.0).log2() * 4.0).clamp(0.0, 159.0) as usize;
                    if let Some(count) = self.edges.get_mut(bucket) {
                        *count += 1;
                    }
                }
            }
            if is_area {
                self.area += shape.size();
            }
        }
    }

    /// The length that half of all edges exceed, world units; `None` of points alone.
    pub(in crate::publish::tiles) fn median_edge(&self) -> Option<f64> {
        let total: u64 = self.edges.iter().sum();
        let mut sum = 0;
        let bucket = self.edges.iter().position(|count| {
            sum += count;
            sum * 2 > total
        })?;
        Some(((bucket as f64 + 0.5) / 4.0).exp2())
    }
}
