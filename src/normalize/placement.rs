//! How a table's geometry is placed: by the system the file states or a person gave, held against the coordinates.
//!
//! Whatever there is to say of the coordinate system is said here, once. Nothing is placed by a system that nobody
//! stated; what the coordinates speak for is proposed.

use std::sync::Arc;

use geo_types::Coord;

use super::crs::Projector;
use super::datum::DatumGrid;
use super::fit::{self, Target, is_degrees, is_in_japan, part};
use super::running::Placement;
use crate::model::finding::{Finding, FindingCode, Place};
use crate::read::{Crs, TableHead};

/// Share of the coordinates from which on they contradict a system or an order of axes, and the share that the other
/// reading must reach. Nine in ten leave room for strays.
const MOST: f64 = 0.9;
const FEW: f64 = 0.1;

/// What decides besides the table itself.
pub(super) struct Circumstances<'c> {
    /// The system a person gave.
    pub(super) given: Option<&'c Crs>,
    /// The grid for the old datum.
    pub(super) grid: Option<&'c Arc<DatumGrid>>,
    /// Where the publisher is.
    pub(super) target: Target<'c>,
    /// Some of the table's coordinates.
    pub(super) sample: &'c [Coord<f64>],
}

/// Decides the placement of a table.
pub(super) fn placement(head: &TableHead, around: &Circumstances<'_>, findings: &mut Vec<Finding>) -> Placement {
    let Some(stated) = &head.crs else { return Placement::Columns };
    let place = || Place { sheet: head.name.clone(), ..Place::default() };
    let crs = match around.given {
        Some(given) => {
            let code = match stated {
                Crs::Missing | Crs::Unknown(_) => Some(FindingCode::CrsGiven),
                other if other == given => None,
                _ => Some(FindingCode::CrsOverridden),
            };
            findings.extend(code.map(|code| Finding::new(code, place(), &given.label(), stated.label())));
            given
        }
        None => stated,
    };
    let projector = match (crs, around.grid) {
        (crs, Some(grid)) if crs.is_tokyo() => Projector::with_grid(crs, grid),
        (crs, _) => Projector::new(crs),
    };
    let Some(projector) = projector else {
        let code = if *crs == Crs::Missing { FindingCode::CrsMissing } else { FindingCode::CrsUnknown };
        findings.push(with_proposal(code, place(), &crs.label(), None, around));
        return Placement::Nowhere;
    };
    let projector = match judge(crs, projector, around) {
        Judged::Right(projector) => projector,
        Judged::Swapped(projector) => {
            let found = around.sample.first().map_or_else(String::new, |at| format!("{}, {}", at.x, at.y));
            let code = FindingCode::AxesSwapped;
            findings.push(Finding::new(code, place(), &found, "").repaired("Y, X → X, Y"));
            projector
        }
        Judged::Contradicted => {
            let found = around.sample.first().map_or_else(String::new, |at| format!("{}, {}", at.x, at.y));
            findings.push(with_proposal(FindingCode::CrsContradicted, place(), &found, Some(crs), around));
            return Placement::Nowhere;
        }
    };
    match around.grid.filter(|_| crs.is_tokyo()) {
        Some(grid) => findings.push(Finding::new(FindingCode::DatumGrid, place(), grid.name(), "")),
        None if Projector::is_rough(crs) => {
            findings.push(Finding::new(FindingCode::DatumShifted, place(), "図形の座標系", ""));
        }
        None => {}
    }
    Placement::Geometry(projector)
}

/// A finding with the systems the coordinates speak for.
fn with_proposal(
    code: FindingCode,
    place: Place,
    found: &str,
    stated: Option<&Crs>,
    around: &Circumstances<'_>,
) -> Finding {
    let candidates = around.target.candidates(around.sample);
    let named = fit::named(&candidates);
    let expected = match stated {
        Some(stated) => format!("{} → {named}", stated.label()),
        None => named,
    };
    let finding = Finding::new(code, place, found, expected);
    match candidates.first().and_then(|best| best.crs.epsg()) {
        Some(code) => finding.proposed(format!("EPSG:{code}")),
        None => finding,
    }
}

enum Judged {
    Right(Projector),
    Swapped(Projector),
    Contradicted,
}

/// Holds a system against the coordinates.
fn judge(crs: &Crs, projector: Projector, around: &Circumstances<'_>) -> Judged {
    let sample = around.sample;
    if sample.is_empty() {
        return Judged::Right(projector);
    }
    let turned = |at: Coord<f64>| Coord { x: at.y, y: at.x };
    let degrees = part(sample, is_degrees);
    if crs.is_geographic() {
        // Metres are no degrees. Latitudes and longitudes of Japan cannot be mistaken for each other.
        if degrees < FEW {
            return Judged::Contradicted;
        }
        if part(sample, is_in_japan) <= FEW && part(sample, |at| is_in_japan(turned(at))) >= MOST {
            return Judged::Swapped(projector.swapped());
        }
        return Judged::Right(projector);
    }
    // Degrees under a system of metres would all lie at its origin.
    if part(sample, |at| is_in_japan(at) || is_in_japan(turned(at))) >= MOST {
        return Judged::Contradicted;
    }
    let in_japan = |projector: &Projector| part(sample, |at| projector.degrees(at).is_some_and(is_in_japan));
    let plain = around.target.share(sample, &projector);
    let plain_japan = in_japan(&projector);
    let Some(swapped) = Projector::new(crs).map(Projector::swapped) else { return Judged::Right(projector) };
    if around.target.is_known() && plain <= FEW && around.target.share(sample, &swapped) >= MOST {
        return Judged::Swapped(match around.grid.filter(|_| crs.is_tokyo()) {
            Some(grid) => Projector::with_grid(crs, grid).map_or(swapped, Projector::swapped),
            None => swapped,
        });
    }
    if plain_japan <= FEW { Judged::Contradicted } else { Judged::Right(projector) }
}
