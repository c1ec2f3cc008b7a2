//! The same tiles in a second encoding: brotli, which browsers take over a secure connection, where it pays.
//!
//! A few tiles say whether it does: attributes in Japanese pack a tenth smaller, bare buildings hardly. The twin archive
//! has the same directory and is for serving alone; the one that is offered for download stays gzip, which every reader
//! knows.

use std::io::{self, Read as _, Write as _};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use rayon::prelude::*;

use crate::publish::Out;
use crate::publish::archive::{ArchiveInfo, ArchiveWriter, Entry, TileCompression, Tileset};

/// Of brotli, 0–11: from 6 on a tile takes twice the time and more for one per cent less.
const QUALITY: i32 = 5;
/// Log2 of the window: 4 MiB, more than any tile.
const WINDOW: i32 = 22;
/// Tiles that are tried before all are packed.
const SAMPLE: usize = 12;
/// It pays where the sample gets smaller by this part, per cent.
const PAYS_PER_CENT: usize = 8;

/// Writes the twin of an archive to `out`; `false` where it does not pay. Tiles whose gzip bytes are those of `before`
/// are taken from its twin.
pub(super) fn twin(
    tileset: &Tileset<Bytes>,
    before: Option<&(Tileset<Bytes>, Tileset<Bytes>)>,
    mut writer: ArchiveWriter<Out>,
    info: &ArchiveInfo,
    out: &mut Out,
) -> io::Result<bool> {
    if !pays(tileset)? {
        return Ok(false);
    }
    // Some MiB at a time: what a tile becomes is written before more are packed.
    for entries in tileset.entries().chunks(256) {
        let packed: Vec<Vec<u8>> = entries
            .par_iter()
            .map(|entry| match before.and_then(|(gzip, brotli)| known(tileset, entry, gzip, brotli)) {
                Some(bytes) => Ok(bytes.to_vec()),
                None => brotli(tileset, entry),
            })
            .collect::<io::Result<_>>()?;
        for (entry, bytes) in entries.iter().zip(&packed) {
            for number in entry.tile_id..entry.tile_id + u64::from(entry.run_length) {
                writer.add(number, bytes)?;
            }
        }
    }
    let info = ArchiveInfo { tile_compression: TileCompression::Brotli, ..info.clone() };
    writer.finish(&info, out)?;
    Ok(true)
}

fn pays(tileset: &Tileset<Bytes>) -> io::Result<bool> {
    let entries = tileset.entries();
    let step = (entries.len() / SAMPLE).max(1);
    let mut sample: Vec<&Entry> = entries.iter().step_by(step).collect();
    sample.extend(entries.iter().max_by_key(|entry| entry.length));
    let sums: Vec<(usize, usize)> = sample
        .par_iter()
        .map(|entry| Ok((entry.length as usize, brotli(tileset, entry)?.len())))
        .collect::<io::Result<_>>()?;
    let (gzip, brotli) = sums.into_iter().fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
    Ok(brotli * 100 <= gzip * (100 - PAYS_PER_CENT))
}

/// The brotli bytes of a tile that was there before with the same content.
fn known<'a>(
    tileset: &Tileset<Bytes>,
    entry: &Entry,
    gzip: &Tileset<Bytes>,
    brotli: &'a Tileset<Bytes>,
) -> Option<&'a [u8]> {
    let coord = crate::publish::archive::tile_of(entry.tile_id)?;
    (gzip.get(coord)? == tileset.tile_of(entry)?).then(|| brotli.get(coord)).flatten()
}

fn brotli(tileset: &Tileset<Bytes>, entry: &Entry) -> io::Result<Vec<u8>> {
    let bytes = tileset.tile_of(entry).ok_or(io::ErrorKind::UnexpectedEof)?;
    let mut plain = Vec::with_capacity(bytes.len() * 3);
    MultiGzDecoder::new(bytes).read_to_end(&mut plain)?;
    let parameters = ::brotli::enc::BrotliEncoderParams {
        quality: QUALITY,
        lgwin: WINDOW,
        size_hint: plain.len(),
        ..Default::default()
    };
    let mut packed = Vec::with_capacity(bytes.len());
    {
        let mut writer = ::brotli::CompressorWriter::with_params(&mut packed, 64 << 10, &parameters);
        writer.write_all(&plain)?;
    }
    Ok(packed)
}
