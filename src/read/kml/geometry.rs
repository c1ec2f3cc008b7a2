//! The geometry of a Placemark (OGC KML 2.2, section 10).

use geo_types::{Coord, Geometry, Polygon};

use crate::read::ReadLimits;
use crate::read::shape::{self, Fault, Tally};
use crate::read::xml::Element;

/// What is said of the geometries of a file.
pub(super) struct Notes {
    /// Counted by every reader of geometry.
    pub(super) tally: Tally,
    /// Coordinate lists with blanks beside their commas.
    pub(super) spaced: u64,
    /// 3-D models, which have no place in a table.
    pub(super) models: u64,
}

/// The geometry of a Placemark; `None` where it has none.
pub(super) fn geometry(
    placemark: Element<'_, '_>,
    notes: &mut Notes,
    limits: &ReadLimits,
) -> Result<Option<Geometry<f64>>, Fault> {
    Ok(shape::gather(parts(placemark, notes, limits)?))
}

/// All geometries directly inside an element, those of nested collections among them. The depth of the tree is bounded
/// by the limit of nesting.
fn parts(holder: Element<'_, '_>, notes: &mut Notes, limits: &ReadLimits) -> Result<Vec<Geometry<f64>>, Fault> {
    let mut found = Vec::new();
    for child in holder.children() {
        match child.local() {
            "Point" => {
                let coords = coordinates(child, notes, limits)?;
                match coords.as_slice() {
                    [place] => found.push(Geometry::Point((*place).into())),
                    // An empty Point is how some programs write "no place".
                    [] => notes.tally.empty += 1,
                    several => {
                        return Err(Fault::Broken(format!(
                            "Point: 位置が{}個 / {} places",
                            several.len(),
                            several.len()
                        )));
                    }
                }
            }
            "LineString" => {
                let coords = coordinates(child, notes, limits)?;
                if coords.is_empty() {
                    notes.tally.empty += 1;
                } else {
                    found.push(shape::line(coords, "LineString")?.into());
                }
            }
            "LinearRing" => {
                let coords = coordinates(child, notes, limits)?;
                if coords.is_empty() {
                    notes.tally.empty += 1;
                } else {
                    found.push(shape::ring(coords, &mut notes.tally)?.into());
                }
            }
            "Polygon" => found.extend(polygon(child, notes, limits)?.map(Geometry::Polygon)),
            "Track" => {
                let coords = track(child, notes, limits)?;
                match coords.len() {
                    0 => notes.tally.empty += 1,
                    1 => found.push(Geometry::Point(coords.first().copied().unwrap_or_default().into())),
                    _ => found.push(shape::line(coords, "Track")?.into()),
                }
            }
            "MultiGeometry" | "MultiTrack" => found.extend(parts(child, notes, limits)?),
            "Model" => notes.models += 1,
            _ => {}
        }
    }
    Ok(found)
}

fn polygon(area: Element<'_, '_>, notes: &mut Notes, limits: &ReadLimits) -> Result<Option<Polygon<f64>>, Fault> {
    let (mut outer, mut inner) = (None, Vec::new());
    let mut is_outline_empty = false;
    for boundary in area.children() {
        let is_outer = match boundary.local() {
            "outerBoundaryIs" => true,
            "innerBoundaryIs" => false,
            _ => continue,
        };
        // The standard wants one ring in each; programs put several holes into one.
        for ring in boundary.children().filter(|child| child.local() == "LinearRing") {
            let coords = coordinates(ring, notes, limits)?;
            if coords.is_empty() {
                is_outline_empty |= is_outer;
                notes.tally.empty += u64::from(!is_outer);
                continue;
            }
            let ring = shape::ring(coords, &mut notes.tally)?;
            if !is_outer {
                inner.push(ring);
            } else if outer.replace(ring).is_some() {
                return Err(Fault::Broken("Polygon: 外側の輪が2つあります / two outer rings".to_owned()));
            }
        }
    }
    match outer {
        Some(outer) => Ok(Some(Polygon::new(outer, inner))),
        // Where the outline is empty, its holes are holes in nothing.
        None if inner.is_empty() || is_outline_empty => {
            notes.tally.empty += 1;
            Ok(None)
        }
        None => Err(Fault::Broken("Polygon: 外側の輪がありません / no outer ring".to_owned())),
    }
}

/// The places of a `gx:Track`: `gx:coord` elements of numbers parted by blanks. Times without a place are left out, as
/// the format means them.
fn track(track: Element<'_, '_>, notes: &mut Notes, limits: &ReadLimits) -> Result<Vec<Coord<f64>>, Fault> {
    let mut coords = Vec::new();
    for coord in track.children().filter(|child| child.local() == "coord") {
        let text = coord.text();
        if text.is_empty() {
            continue;
        }
        let numbers: Vec<f64> = text
            .split_ascii_whitespace()
            .map(number)
            .collect::<Option<_>>()
            .ok_or_else(|| Fault::broken("gx:coord", text))?;
        coords.push(place(&numbers, "gx:coord", text, notes, limits)?);
    }
    Ok(coords)
}

/// The places of the `coordinates` inside an element.
fn coordinates(holder: Element<'_, '_>, notes: &mut Notes, limits: &ReadLimits) -> Result<Vec<Coord<f64>>, Fault> {
    let Some(list) = holder.child("coordinates") else { return Ok(Vec::new()) };
    let text = list.text();
    let (mut coords, mut spaced) = (Vec::new(), false);
    for tuple in tuples(text) {
        let (tuple, with_blanks) = tuple;
        spaced |= with_blanks;
        let mut numbers = [0.0; 3];
        let mut count = 0_usize;
        for part in tuple.split(',') {
            let part = part.trim();
            // A comma too much at the end of a tuple takes nothing away.
            if part.is_empty() && count >= 2 {
                continue;
            }
            let value = number(part).ok_or_else(|| Fault::broken("coordinates", tuple))?;
            if let Some(slot) = numbers.get_mut(count) {
                *slot = value;
            }
            count += 1;
        }
        let numbers = numbers.get(..count).ok_or_else(|| Fault::broken("coordinates", tuple))?;
        coords.push(place(numbers, "coordinates", tuple, notes, limits)?);
    }
    notes.spaced += u64::from(spaced);
    Ok(coords)
}

/// The tuples of a list, parted by blanks; blanks beside a comma belong to their tuple. Whether there were such.
fn tuples(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = text.trim();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (mut end, mut spaced) = (rest.len(), false);
        let mut at = 0;
        while let Some(blank) = rest.get(at..).and_then(|tail| tail.find(char::is_whitespace)) {
            let from = at + blank;
            let after = rest.get(from..).unwrap_or_default().trim_start();
            let before_comma = rest.get(..from).is_some_and(|head| head.ends_with(','));
            if before_comma || after.starts_with(',') {
                spaced = true;
                at = rest.len() - after.len();
                if after.starts_with(',') {
                    at += 1;
                }
            } else {
                end = from;
                break;
            }
        }
        let tuple = rest.get(..end)?;
        rest = rest.get(end..).unwrap_or_default().trim_start();
        Some((tuple, spaced))
    })
}

fn place(
    numbers: &[f64],
    what: &str,
    found: &str,
    notes: &mut Notes,
    limits: &ReadLimits,
) -> Result<Coord<f64>, Fault> {
    let (x, y, height) = match numbers {
        [x, y] => (*x, *y, 0.0),
        [x, y, height] => (*x, *y, *height),
        _ => return Err(Fault::broken(what, found)),
    };
    notes.tally.vertex(limits)?;
    notes.tally.heights += u64::from(height != 0.0);
    Ok(Coord { x, y })
}

/// A decimal number; words such as `inf` and `nan`, which Rust would take, are none.
fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<(&str, bool)> {
        tuples(text).collect()
    }

    #[test]
    fn blanks_and_line_breaks_part_tuples_unless_they_stand_beside_a_comma() {
        assert_eq!(split(" 139.5,35.6,0\n139.6,35.7,0 "), [("139.5,35.6,0", false), ("139.6,35.7,0", false)]);
        assert_eq!(split("139.5, 35.6, 0 139.6 ,35.7"), [("139.5, 35.6, 0", true), ("139.6 ,35.7", true)]);
        assert_eq!(split("139.5,\n35.6"), [("139.5,\n35.6", true)]);
        assert_eq!(split("139.5,35.6\u{3000}139.6,35.7").len(), 2);
        assert!(split("  \n").is_empty());
        assert_eq!(split(&", ".repeat(50_000)).len(), 1);
    }

    #[test]
    fn words_are_no_numbers() {
        assert_eq!((number("1e2"), number("inf"), number("nan"), number("")), (Some(100.0), None, None, None));
    }
}
