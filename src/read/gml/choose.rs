//! Which of a feature's geometries becomes its place on the map: the one a plan would show.

use geo_types::Geometry;

use super::attributes::holds_geometry;
use super::geometry::{Context, Frame, Parts, collect};
use crate::read::shape::Fault;
use crate::read::xml::Element;

/// Types that CityGML draws as lines at level 0 and as areas from level 1 on.
const TRAFFIC: [&str; 7] =
    ["Road", "Railway", "Track", "Square", "TransportationComplex", "Waterway", "TransportSpace"];

/// How a property's geometry is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    AsIs,
    Ground,
}

/// Where a property stands among others; the least is taken.
fn rank(kind: &str, property: &str) -> (u32, Way) {
    let exact = match property {
        "lod0FootPrint" => Some(0),
        "lod0RoofEdge" => Some(1),
        _ => None,
    };
    if let Some(rank) = exact {
        return (rank, Way::AsIs);
    }
    let Some(rest) = property.strip_prefix("lod") else { return (500, Way::AsIs) };
    let digits: String = rest.chars().take_while(|letter| letter.is_ascii_digit() || *letter == '-').collect();
    let level: i32 = digits.parse().unwrap_or(9);
    let is_traffic = TRAFFIC.contains(&kind);
    let by_level = match level {
        1 if is_traffic => 10,
        0 if is_traffic => 50,
        0 => 10,
        1 => 20,
        2 => 30,
        3 => 40,
        -1 => 60,
        _ => 70,
    };
    let what = rest.get(digits.len()..).unwrap_or_default();
    let (by_what, way) = match what {
        "TerrainIntersection" | "TerrainIntersectionCurve" => (400, Way::AsIs),
        "ImplicitRepresentation" => (450, Way::AsIs),
        what if what.contains("Solid") => (1, Way::Ground),
        what if what.contains("Curve") || what.contains("Network") => (2, Way::AsIs),
        what if what.contains("Point") => (3, Way::AsIs),
        _ => (0, Way::AsIs),
    };
    (by_level + by_what, way)
}

/// What was chosen.
pub(super) struct Chosen {
    /// The geometry; `None` where the feature has none.
    pub(super) geometry: Option<Geometry<f64>>,
    /// The properties that hold geometry and were not taken.
    pub(super) unused: Vec<String>,
}

/// The geometry of a feature.
pub(super) fn geometry<'t>(
    feature: Element<'_, 't>,
    frame: &Frame,
    context: &mut Context<'_, 't>,
) -> Result<Chosen, Fault> {
    let members = context.members;
    let is_shared = |id: &str| members.shared.contains_key(id);
    let kind = feature.local();
    let mut properties: Vec<(u32, Way, Element<'_, 't>)> = feature
        .children()
        .filter(|child| child.local() != "boundedBy" && holds_geometry(*child, &is_shared))
        .map(|child| {
            let (rank, way) = rank(kind, child.local());
            (rank, way, child)
        })
        .collect();
    properties.sort_by_key(|(rank, ..)| *rank);
    let mut chosen: Option<(Geometry<f64>, &str)> = None;
    let mut unused: Vec<String> = Vec::new();
    let mut simple: Vec<(Geometry<f64>, &str)> = Vec::new();
    for (rank, way, property) in properties {
        if (400..500).contains(&rank) || chosen.is_some() {
            unused.push(property.local().to_owned());
            continue;
        }
        let mut parts = Parts::default();
        collect(property, frame, context, &mut parts)?;
        let found = match way {
            Way::AsIs => parts.into_geometry(),
            Way::Ground => parts.into_ground(),
        };
        match found {
            Some(found) if rank < 500 => chosen = Some((found, property.local())),
            // Among properties without a level of detail the one of the highest dimension says most.
            Some(found) => simple.push((found, property.local())),
            None => {}
        }
    }
    if chosen.is_none() {
        simple.sort_by_key(|(found, _)| std::cmp::Reverse(dimension(found)));
        let mut all = simple.into_iter();
        chosen = all.next();
        unused.extend(all.map(|(_, name)| name.to_owned()));
    }
    let geometry = match chosen {
        Some((geometry, name)) => {
            unused.retain(|other| other != name);
            Some(geometry)
        }
        None => of_parts(feature, frame, context)?,
    };
    Ok(Chosen { geometry, unused })
}

fn dimension(geometry: &Geometry<f64>) -> u8 {
    match geometry {
        Geometry::Point(_) | Geometry::MultiPoint(_) => 0,
        Geometry::LineString(_) | Geometry::MultiLineString(_) | Geometry::Line(_) => 1,
        _ => 2,
    }
}

/// The geometry of a feature that has none of its own: the ground surfaces that bound it, else its building parts.
fn of_parts<'t>(
    feature: Element<'_, 't>,
    frame: &Frame,
    context: &mut Context<'_, 't>,
) -> Result<Option<Geometry<f64>>, Fault> {
    let mut found = Vec::new();
    for (holder, wanted) in [
        ("boundedBy", "GroundSurface"),
        ("boundary", "GroundSurface"),
        ("consistsOfBuildingPart", ""),
        ("buildingPart", ""),
    ] {
        let inside = feature.children().filter(|child| child.local() == holder).flat_map(Element::children);
        for part in inside.filter(|part| wanted.is_empty() || part.local() == wanted) {
            found.extend(geometry(part, frame, context)?.geometry);
        }
        if !found.is_empty() {
            break;
        }
    }
    Ok(crate::read::shape::gather(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn footprints_come_first_and_roads_are_areas() {
        let best = |kind: &str, names: &[&str]| {
            names.iter().min_by_key(|name| rank(kind, name).0).map(|name| (*name).to_owned()).expect("a name")
        };
        assert_eq!(best("Building", &["lod1Solid", "lod0RoofEdge", "lod2Solid"]), "lod0RoofEdge");
        assert_eq!(best("Building", &["lod2Solid", "lod1Solid", "lod1TerrainIntersection"]), "lod1Solid");
        assert_eq!(best("Road", &["lod0Network", "lod2MultiSurface", "lod1MultiSurface"]), "lod1MultiSurface");
        assert_eq!(best("UseDistrict", &["lod1MultiSurface", "lod0MultiSurface"]), "lod0MultiSurface");
    }
}
