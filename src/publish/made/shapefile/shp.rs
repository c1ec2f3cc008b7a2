//! `.shp` and `.shx`: heads of 100 bytes, numbers and lengths big-endian, everything else little-endian.

use std::io::{self, BufWriter, Seek as _, SeekFrom, Write as _};

use geo_types::Coord;
use tempfile::NamedTempFile;

use super::shape::{Kind, Shape};
use crate::store::objects::Objects;

const HEAD_BYTES: usize = 100;
const FILE_CODE: i32 = 9994;
const VERSION: i32 = 1000;

/// West, south, east, north.
type Edges = [f64; 4];

/// Both files of one kind.
pub(super) struct Shp {
    kind: Kind,
    shapes: BufWriter<NamedTempFile>,
    places: BufWriter<NamedTempFile>,
    size_bytes: u64,
    records: u64,
    extent: Option<Edges>,
    content: Vec<u8>,
}

impl Shp {
    pub(super) fn begin(objects: &Objects, kind: Kind) -> io::Result<Self> {
        let out = || -> io::Result<BufWriter<NamedTempFile>> {
            let mut out = BufWriter::with_capacity(128 << 10, objects.temporary()?);
            out.write_all(&[0; HEAD_BYTES])?;
            Ok(out)
        };
        let (shapes, places) = (out()?, out()?);
        Ok(Self { kind, shapes, places, size_bytes: HEAD_BYTES as u64, records: 0, extent: None, content: Vec::new() })
    }

    /// Length of the longer file so far.
    pub(super) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Adds a record; `None` is a null shape.
    pub(super) fn write(&mut self, shape: Option<&Shape>) -> io::Result<()> {
        self.content.clear();
        let edges = content(&mut self.content, self.kind, shape);
        if let Some(own) = edges {
            self.extent = Some(self.extent.map_or(own, |all| joined(all, own)));
        }
        self.records += 1;
        let length = words(self.content.len() as u64)?;
        let number = i32::try_from(self.records).map_err(io::Error::other)?;
        self.places.write_all(&words(self.size_bytes)?.to_be_bytes())?;
        self.places.write_all(&length.to_be_bytes())?;
        self.shapes.write_all(&number.to_be_bytes())?;
        self.shapes.write_all(&length.to_be_bytes())?;
        self.shapes.write_all(&self.content)?;
        self.size_bytes += 8 + self.content.len() as u64;
        Ok(())
    }

    /// Ends both: `.shp`, then `.shx`.
    pub(super) fn end(self) -> io::Result<(NamedTempFile, NamedTempFile)> {
        let extent = self.extent.unwrap_or_default();
        let shp = headed(self.shapes, self.kind, self.size_bytes, extent)?;
        let shx = headed(self.places, self.kind, HEAD_BYTES as u64 + 8 * self.records, extent)?;
        Ok((shp, shx))
    }
}

/// Lengths and places are told in words of 16 bits.
fn words(bytes: u64) -> io::Result<i32> {
    i32::try_from(bytes / 2).map_err(io::Error::other)
}

fn headed(out: BufWriter<NamedTempFile>, kind: Kind, size_bytes: u64, extent: Edges) -> io::Result<NamedTempFile> {
    let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    let mut head = Vec::with_capacity(100);
    head.extend_from_slice(&FILE_CODE.to_be_bytes());
    head.extend_from_slice(&[0; 20]);
    head.extend_from_slice(&words(size_bytes)?.to_be_bytes());
    head.extend_from_slice(&VERSION.to_le_bytes());
    head.extend_from_slice(&kind.code().to_le_bytes());
    // No heights, no measures.
    for edge in extent.into_iter().chain([0.0; 4]) {
        head.extend_from_slice(&edge.to_le_bytes());
    }
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&head)?;
    Ok(file)
}

/// Writes the content of a record; gives its box.
fn content(into: &mut Vec<u8>, kind: Kind, shape: Option<&Shape>) -> Option<Edges> {
    let Some(shape) = shape else {
        into.extend_from_slice(&0_i32.to_le_bytes());
        return None;
    };
    into.extend_from_slice(&kind.code().to_le_bytes());
    match shape {
        Shape::Point(at) => {
            position(into, *at);
            Some([at.x, at.y, at.x, at.y])
        }
        Shape::MultiPoint(points) => {
            let edges = boxed(into, points.iter());
            count(into, points.len());
            for at in points {
                position(into, *at);
            }
            edges
        }
        Shape::Parts(parts) => {
            let edges = boxed(into, parts.iter().flatten());
            count(into, parts.len());
            count(into, parts.iter().map(Vec::len).sum());
            let mut start = 0;
            for part in parts {
                count(into, start);
                start += part.len();
            }
            for at in parts.iter().flatten() {
                position(into, *at);
            }
            edges
        }
    }
}

fn boxed<'c>(into: &mut Vec<u8>, positions: impl Iterator<Item = &'c Coord<f64>>) -> Option<Edges> {
    let edges = positions.map(|at| [at.x, at.y, at.x, at.y]).reduce(joined);
    for edge in edges.unwrap_or_default() {
        into.extend_from_slice(&edge.to_le_bytes());
    }
    edges
}

fn joined(a: Edges, b: Edges) -> Edges {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

/// A shape of more than 2³¹ positions is beyond the longest file, which ends the making.
fn count(into: &mut Vec<u8>, count: usize) {
    into.extend_from_slice(&i32::try_from(count).unwrap_or(i32::MAX).to_le_bytes());
}

fn position(into: &mut Vec<u8>, at: Coord<f64>) {
    into.extend_from_slice(&at.x.to_le_bytes());
    into.extend_from_slice(&at.y.to_le_bytes());
}
