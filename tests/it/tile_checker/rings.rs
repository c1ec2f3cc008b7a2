//! What the rings of a polygon feature may be: MVT 2.1 §4.3.4.4, and validity as OGC simple features has it.

use super::Position;

/// Twice the area by the surveyor's formula; positive for an outer ring.
pub(crate) fn doubled_area(ring: &[Position]) -> i64 {
    edges(ring).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum()
}

/// The first fault of a feature's rings, outer rings before their holes.
pub(super) fn check(rings: &[Vec<Position>]) -> Result<(), String> {
    for ring in rings {
        if edges(ring).any(|(a, b)| a == b) {
            return Err(format!("a ring with a doubled vertex: {ring:?}"));
        }
        if doubled_area(ring) == 0 {
            return Err(format!("a ring without area: {ring:?}"));
        }
    }
    if rings.first().is_some_and(|ring| doubled_area(ring) < 0) {
        return Err("a hole before any outer ring".to_owned());
    }
    check_edges(rings)?;
    let polygons: Vec<&[Vec<Position>]> = rings.chunk_by(|_, next| doubled_area(next) < 0).collect();
    for polygon in &polygons {
        let [outer, holes @ ..] = polygon else { continue };
        for (index, hole) in holes.iter().enumerate() {
            if let Some(outside) = places(hole, outer).find(|(_, place)| *place == Place::Outside) {
                return Err(format!("a hole lies outside its outer ring at {:?}", outside.0));
            }
            if holes.iter().enumerate().any(|(other, ring)| other != index && reaches_into(hole, ring)) {
                return Err("a hole lies in another hole".to_owned());
            }
        }
    }
    check_parts(&polygons)
}

/// Parts of one feature lie beside each other, or in each other's holes.
fn check_parts(polygons: &[&[Vec<Position>]]) -> Result<(), String> {
    for (index, first) in polygons.iter().enumerate() {
        for second in &polygons[index + 1..] {
            for (one, other) in [(first, second), (second, first)] {
                let inside = |ring: &Vec<Position>| reaches_into(&one[0], ring);
                if inside(&other[0]) && !other[1..].iter().any(inside) {
                    return Err(format!("parts of a feature lie over each other near {:?}", one[0][0]));
                }
            }
        }
    }
    Ok(())
}

fn edges(ring: &[Position]) -> impl Iterator<Item = (Position, Position)> {
    (0..ring.len()).map(|i| (ring[i], ring[(i + 1) % ring.len()]))
}

/// One edge of one ring.
struct Edge {
    ring: usize,
    place: usize,
    ends: [Position; 2],
    min: Position,
    max: Position,
}

/// No two edges cross or run along each other, and no ring touches itself. Different rings may touch at a place.
fn check_edges(rings: &[Vec<Position>]) -> Result<(), String> {
    let mut all: Vec<Edge> = Vec::new();
    for (ring, vertices) in rings.iter().enumerate() {
        all.extend(edges(vertices).enumerate().map(|(place, (a, b))| Edge {
            ring,
            place,
            ends: [a, b],
            min: [a[0].min(b[0]), a[1].min(b[1])],
            max: [a[0].max(b[0]), a[1].max(b[1])],
        }));
    }
    all.sort_by_key(|edge| edge.min[0]);
    for (index, one) in all.iter().enumerate() {
        for other in all[index + 1..].iter().take_while(|other| other.min[0] <= one.max[0]) {
            if other.min[1] > one.max[1] || other.max[1] < one.min[1] {
                continue;
            }
            let count = rings[one.ring].len();
            let adjoining = one.ring == other.ring
                && ((one.place + 1) % count == other.place || (other.place + 1) % count == one.place);
            let fault = match meeting(one.ends, other.ends) {
                Meeting::Cross => "cross",
                Meeting::Along => "run along each other",
                Meeting::Touch if one.ring == other.ring && !adjoining => "of one ring touch",
                Meeting::Touch | Meeting::Apart => continue,
            };
            return Err(format!("edges {fault}: {:?} and {:?}", one.ends, other.ends));
        }
    }
    Ok(())
}

#[derive(PartialEq)]
enum Meeting {
    Apart,
    /// One place in common, at an end of one of them.
    Touch,
    Cross,
    /// More than a place in common.
    Along,
}

fn side(a: Position, b: Position, p: Position) -> i64 {
    ((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])).signum()
}

fn meeting([a, b]: [Position; 2], [c, d]: [Position; 2]) -> Meeting {
    let (to_c, to_d) = (side(a, b, c), side(a, b, d));
    let (to_a, to_b) = (side(c, d, a), side(c, d, b));
    if to_c == 0 && to_d == 0 {
        // On one line: compared along the axis on which it is longer.
        let axis = usize::from((b[0] - a[0]).abs() < (b[1] - a[1]).abs());
        let low = a[axis].min(b[axis]).max(c[axis].min(d[axis]));
        let high = a[axis].max(b[axis]).min(c[axis].max(d[axis]));
        return match high - low {
            1.. => Meeting::Along,
            0 => Meeting::Touch,
            _ => Meeting::Apart,
        };
    }
    match (to_c * to_d, to_a * to_b) {
        (-1, -1) => Meeting::Cross,
        (1, _) | (_, 1) => Meeting::Apart,
        _ => Meeting::Touch,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Inside,
    Edge,
    Outside,
}

/// Where a position lies, by counting edges to its right.
pub(crate) fn place(ring: &[Position], p: Position) -> Place {
    let mut inside = false;
    for (a, b) in edges(ring) {
        let within =
            (a[0].min(b[0])..=a[0].max(b[0])).contains(&p[0]) && (a[1].min(b[1])..=a[1].max(b[1])).contains(&p[1]);
        if within && side(a, b, p) == 0 {
            return Place::Edge;
        }
        if (a[1] > p[1]) != (b[1] > p[1]) {
            let upwards = if b[1] > a[1] { 1 } else { -1 };
            inside ^= side(a, b, p) * upwards > 0;
        }
    }
    if inside { Place::Inside } else { Place::Outside }
}

/// Where the vertices of a ring, and the middles of its edges, lie in another ring.
fn places(ring: &[Position], other: &[Position]) -> impl Iterator<Item = (Position, Place)> {
    // Doubled, so that the middles are whole numbers too.
    let other: Vec<Position> = other.iter().map(|v| [v[0] * 2, v[1] * 2]).collect();
    let middles: Vec<Position> =
        edges(ring).flat_map(|(a, b)| [[a[0] * 2, a[1] * 2], [a[0] + b[0], a[1] + b[1]]]).collect();
    middles.into_iter().map(move |at| ([at[0] / 2, at[1] / 2], place(&other, at)))
}

/// Whether a ring, which does not cross the other, lies inside it.
fn reaches_into(ring: &[Position], other: &[Position]) -> bool {
    let boxes = |ring: &[Position], axis: usize| {
        let values = || ring.iter().map(|v| v[axis]);
        (values().min().unwrap_or(0), values().max().unwrap_or(0))
    };
    let meet = (0..2).all(|axis| {
        let ((low, high), (from, to)) = (boxes(ring, axis), boxes(other, axis));
        low < to && from < high
    });
    meet && places(ring, other).find(|(_, place)| *place != Place::Edge).is_some_and(|(_, p)| p == Place::Inside)
}
