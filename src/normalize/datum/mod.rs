//! From the old Tokyo Datum to JGD2000 by a grid that the operator supplies: `TKY2JGD.par` of 国土地理院, or NTv2 (`.gsb`).

mod ntv2;
mod par;

use geo_types::Coord;

/// Longest grid file taken: `TKY2JGD.par` has 15 MB, NTv2 of the whole country 13 MB.
pub const MAX_GRID_BYTES: u64 = 64 << 20;

/// Why a grid file cannot be used. The display form is the English message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatumGridError {
    /// Neither of the two formats.
    #[error("the datum grid is neither TKY2JGD.par nor NTv2 (.gsb)")]
    UnknownFormat,
    /// A line of a `.par` that is no mesh code with two shifts.
    #[error("line {line} of the datum grid is no mesh code with two shifts")]
    Line {
        /// The line, from 1.
        line: usize,
    },
    /// A record of an NTv2 file that cannot be right.
    #[error("the NTv2 datum grid is broken: {detail}")]
    Ntv2 {
        /// What is wrong.
        detail: &'static str,
    },
}

/// A grid of shifts.
#[derive(Debug)]
pub struct DatumGrid {
    name: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Par(par::Meshes),
    Ntv2(ntv2::Grids),
}

impl DatumGrid {
    /// Parses a grid file strictly: one line or record that cannot be right refuses it.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, DatumGridError> {
        let kind = if ntv2::is_ntv2(bytes) {
            Kind::Ntv2(ntv2::Grids::parse(bytes)?)
        } else if par::is_par(bytes) {
            Kind::Par(par::Meshes::parse(bytes)?)
        } else {
            return Err(DatumGridError::UnknownFormat);
        };
        Ok(Self { name: name.to_owned(), kind })
    }

    /// The name of its file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Longitude and latitude on the new datum; `None` outside of the grid.
    pub fn shift(&self, old: Coord<f64>) -> Option<Coord<f64>> {
        let (lon_s, lat_s) = match &self.kind {
            Kind::Par(meshes) => meshes.shift_s(old)?,
            Kind::Ntv2(grids) => grids.shift_s(old)?,
        };
        Some(Coord { x: old.x + lon_s / 3600.0, y: old.y + lat_s / 3600.0 })
    }
}

/// The value at a place inside of a cell, by its corners: south-west, south-east, north-west, north-east.
fn bilinear(corners: [(f64, f64); 4], east: f64, north: f64) -> (f64, f64) {
    let [sw, se, nw, ne] = corners;
    let mix = |sw: f64, se: f64, nw: f64, ne: f64| {
        (sw * (1.0 - east) + se * east) * (1.0 - north) + (nw * (1.0 - east) + ne * east) * north
    };
    (mix(sw.0, se.0, nw.0, ne.0), mix(sw.1, se.1, nw.1, ne.1))
}
