//! The head of a geometry in a GeoPackage (OGC 12-128r18, 2.1.3): "GP", version, flags, reference system, envelope.

use geo_types::Geometry;

use crate::read::geometry_row::{Fault, Tally};
use crate::read::wkb;

/// A geometry with the reference system its head names.
#[derive(Debug)]
pub(super) struct Read {
    /// The geometry; `None` for an empty one.
    pub(super) geometry: Option<Geometry<f64>>,
    /// The number of its system in `gpkg_spatial_ref_sys`.
    pub(super) srs_id: i32,
}

/// Reads the value of a geometry column.
pub(super) fn read(bytes: &[u8], tally: &mut Tally) -> Result<Read, Fault> {
    let [b'G', b'P', version, flags, srs @ ..] = bytes else {
        return Err(Fault::broken("GeoPackage geometry: no \"GP\""));
    };
    if *version != 0 {
        return Err(Fault::broken(format!("GeoPackage geometry: version {version}")));
    }
    if flags & 0b0010_0000 != 0 {
        return Err(Fault::Unsupported("ExtendedGeoPackageBinary".to_owned()));
    }
    let envelope_bytes = match (flags >> 1) & 0b111 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        other => return Err(Fault::broken(format!("GeoPackage geometry: envelope {other}"))),
    };
    let cut = || Fault::broken("GeoPackage geometry: cut off");
    let (srs, rest) = srs.split_first_chunk::<4>().ok_or_else(cut)?;
    let srs_id = if flags & 1 == 1 { i32::from_le_bytes(*srs) } else { i32::from_be_bytes(*srs) };
    let body = rest.get(envelope_bytes..).ok_or_else(cut)?;
    // The flag says that it is empty; what stands behind it is then an empty geometry of some kind, or nothing.
    let is_empty = flags & 0b0001_0000 != 0;
    let geometry = if is_empty && body.is_empty() { None } else { wkb::read(body, tally)? };
    if is_empty && geometry.is_some() {
        return Err(Fault::broken("GeoPackage geometry: flagged empty, but with positions"));
    }
    Ok(Read { geometry, srs_id })
}
