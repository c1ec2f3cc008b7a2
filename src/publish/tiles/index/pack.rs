//! From the spool to the index: vertices get their zooms, polygons their label, records their id; then all is written.

use std::collections::HashMap;
use std::io::{self, Write as _};

use bytes::Bytes;
use rayon::prelude::*;

use super::super::label::label_point;
use super::super::project::{Shape, World};
use super::super::simplify::Simplifier;
use super::super::thin::key;
use super::gather::{About, Gathered, Spool, Spooled, word};
use super::geometry::encode;
use super::tree::TreeWriter;
use super::{Built, Entry, FORMAT, Head, Index, MAGIC, NO_ID};
use crate::model::mapped::MappedFile;
use crate::publish::Out;

/// Points of a table from which on lesser zooms need not show each of them: fewer make no tile heavy.
const CROWDED_FROM: u64 = 10_000;

/// An index that is written but for its head.
pub(in crate::publish::tiles) struct Packed {
    out: Out,
    head: Head,
    places: [u64; 3],
    pub(in crate::publish::tiles) about: About,
}

/// Writes all shapes to `out`. `memory_bytes`: how much the search for junctions may hold at once. `previous`: the index
/// of the release before, whose ids are kept.
pub(in crate::publish::tiles) fn pack(
    gathered: Gathered,
    mut head: Head,
    out: Out,
    memory_bytes: usize,
    previous: Option<&Index>,
) -> io::Result<Packed> {
    let (mut spool, about) = gathered.into_spool()?;
    head.shapes = about.shapes;
    head.crowded = about.kinds[0] > CROWDED_FROM;
    let mut ids = Ids::new(previous);
    let simplifier = simplifier(&mut spool, &about, memory_bytes)?;
    let wants_labels = head.label_column.is_some();
    let mut counted = Counted { out, bytes: 0 };
    let mut tree = TreeWriter::default();
    let mut table = io::BufWriter::with_capacity(256 << 10, tempfile::tempfile_in(counted.folder())?);
    let mut count = 0_u64;
    spool.batches(|batch| {
        let made: Vec<Option<(Entry, Vec<u8>)>> =
            batch.into_par_iter().map(|spooled| finished(&spooled, &simplifier, wants_labels)).collect();
        for (mut entry, content) in made.into_iter().flatten() {
            if entry.id != NO_ID {
                entry.id = ids.mint(entry.identity, entry.id);
                head.last_id = head.last_id.max(entry.id);
            }
            // The digest covers the id, which tiles show too.
            entry.digest = word(&blake3::hash(&[entry.digest.to_le_bytes(), entry.id.to_le_bytes()].concat()));
            entry.at = counted.bytes;
            counted.write(&content)?;
            tree.add(entry.bounds);
            table.write_all(&entry.encode())?;
            count += 1;
        }
        Ok(())
    })?;
    let entries_at = counted.bytes;
    let mut file = table.into_inner().map_err(io::IntoInnerError::into_error)?;
    io::Seek::rewind(&mut file)?;
    counted.bytes += io::copy(&mut file, &mut counted.out)?;
    let tree_at = counted.bytes;
    counted.write(&tree.finish())?;
    counted.out.flush()?;
    Ok(Packed { out: counted.out, head, places: [entries_at, count, tree_at], about })
}

struct Counted {
    out: Out,
    bytes: u64,
}

impl Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Where temporary files may lie: beside the file itself, on a disk that holds it.
    fn folder(&self) -> std::path::PathBuf {
        self.out.get_ref().path().parent().map_or_else(std::env::temp_dir, std::path::Path::to_owned)
    }
}

impl Packed {
    /// Writes the head and the end of the file.
    fn end(&mut self, built: Option<Built>) -> io::Result<()> {
        self.head.built = built;
        let head_at = io::Seek::stream_position(&mut self.out)?;
        let text = serde_json::to_vec(&self.head)?;
        self.out.write_all(&text)?;
        let [entries, count, tree] = self.places;
        for value in [entries, count, tree, head_at, text.len() as u64, u64::from(FORMAT), MAGIC] {
            self.out.write_all(&value.to_le_bytes())?;
        }
        self.out.flush()
    }

    /// The index as it stands, for building the tiles from.
    pub(in crate::publish::tiles) fn open(&mut self) -> io::Result<Index> {
        // Head and footer are written once more behind these when the tiles are known: what is mapped never changes.
        self.end(None)?;
        let mapped = MappedFile::open(self.out.get_ref().as_file())?;
        let index = Index::open(Bytes::from_owner(mapped)).map_err(io::Error::other)?;
        Ok(index)
    }

    /// The finished file, with what the tileset was built with.
    pub(in crate::publish::tiles) fn finish(mut self, built: Built) -> io::Result<tempfile::NamedTempFile> {
        self.end(Some(built))?;
        self.out.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

/// Ids: those that the records had in the release before, found by identity; new records get numbers beyond all.
/// Records of one identity are told apart by their order.
///
/// Numbers rather than digests, since a digest would add its eight bytes to a tile for every feature.
struct Ids {
    /// Identity and id of the release before, in order.
    known: Vec<(u64, u64)>,
    /// How many of a group of one identity are given away.
    given: HashMap<u64, usize>,
    /// The next number for a new record; `None` where there was no release before and `_id` serves.
    next: Option<u64>,
}

impl Ids {
    fn new(previous: Option<&Index>) -> Self {
        let Some(previous) = previous else { return Self { known: Vec::new(), given: HashMap::new(), next: None } };
        let entries = previous.entries().filter(|(_, entry)| entry.id != NO_ID);
        let mut known: Vec<(u64, u64)> = entries.map(|(_, entry)| (entry.identity, entry.id)).collect();
        known.par_sort_unstable();
        let last = known.iter().map(|(_, id)| *id).max().unwrap_or(0);
        Self { known, given: HashMap::new(), next: Some(previous.head.last_id.max(last) + 1) }
    }

    fn mint(&mut self, identity: u64, row_id: u64) -> u64 {
        let Some(next) = &mut self.next else { return row_id };
        let first = self.known.partition_point(|(known, _)| *known < identity);
        let group = self.known.get(first..).unwrap_or_default();
        let given = self.given.entry(identity).or_default();
        let found = group.get(*given).filter(|(known, _)| *known == identity).map(|(_, id)| *id);
        *given += 1;
        found.unwrap_or_else(|| {
            *next += 1;
            *next - 1
        })
    }
}

fn simplifier(spool: &mut Spool, about: &About, memory_bytes: usize) -> io::Result<Simplifier> {
    let mut simplifier = Simplifier::default();
    if about.kinds[1] + about.kinds[2] == 0 {
        return Ok(simplifier);
    }
    let passes = Simplifier::passes(about.vertices, memory_bytes);
    for pass in 0..passes {
        let mut seen = Vec::new();
        spool.batches(|batch| {
            let found: Vec<Vec<(u64, u64)>> = batch
                .par_iter()
                .map(|spooled| {
                    spooled.shape().map_or_else(Vec::new, |shape| Simplifier::vertices(&shape, pass, passes))
                })
                .collect();
            seen.extend(found.into_iter().flatten());
            Ok(())
        })?;
        simplifier.learn(seen);
    }
    simplifier.seal();
    Ok(simplifier)
}

/// The entry of a shape, but for its id and place, and its content.
fn finished(spooled: &Spooled, simplifier: &Simplifier, wants_labels: bool) -> Option<(Entry, Vec<u8>)> {
    let mut shape = spooled.shape()?;
    simplifier.simplify(&mut shape);
    let mut content = Vec::with_capacity(spooled.geometry.len() + spooled.attributes.len());
    encode(&shape, spooled.bounds.min, &mut content);
    let geometry_bytes = u32::try_from(content.len()).ok()?;
    content.extend_from_slice(&spooled.attributes);
    let anchor = anchor(&shape)?;
    let label = match &shape {
        Shape::Polygons(polygons) if wants_labels => label_point(polygons).unwrap_or(anchor),
        _ => anchor,
    };
    let size = shape.size();
    let key = key(spooled.class, spooled.kind, size, spooled.identity);
    let mut hasher = blake3::Hasher::new();
    hasher.update(&content);
    for number in [spooled.bounds.min[0], spooled.bounds.min[1], geometry_bytes, key, label[0], label[1]] {
        hasher.update(&number.to_le_bytes());
    }
    let digest = word(&hasher.finalize());
    let entry = Entry {
        id: spooled.id,
        identity: spooled.identity,
        bounds: spooled.bounds,
        anchor,
        label,
        size,
        key,
        kind: spooled.kind,
        digest,
        at: 0,
        geometry_bytes,
        attribute_bytes: u32::try_from(spooled.attributes.len()).ok()?,
    };
    Some((entry, content))
}

fn anchor(shape: &Shape) -> Option<World> {
    match shape {
        Shape::Points(points) => points.first().copied(),
        Shape::Lines(_) | Shape::Polygons(_) => shape.paths().next()?.0.vertices.first().copied(),
    }
}
