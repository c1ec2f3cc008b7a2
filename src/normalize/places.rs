//! A sample of a table's coordinates, taken in the first reading, by which its coordinate system is judged.

use geo_types::{Coord, Geometry};

/// Coordinates kept: a hundred systems are tried on each, and a table is spread by far fewer.
const KEPT: usize = 256;

/// Coordinates of a table, evenly spread over its rows.
#[derive(Debug, Clone)]
pub struct Places {
    kept: Vec<Coord<f64>>,
    /// Every so manieth row is kept.
    stride: u64,
    seen: u64,
}

impl Default for Places {
    fn default() -> Self {
        Self { kept: Vec::new(), stride: 1, seen: 0 }
    }
}

impl Places {
    /// Looks at the geometry of one row.
    pub fn see(&mut self, geometry: &Geometry<f64>) {
        let at = self.seen;
        self.seen += 1;
        if !at.is_multiple_of(self.stride) {
            return;
        }
        // Ends and middle: a table of one long line or one large area is spread by more than its first vertex.
        let mut found = Vec::new();
        spread(geometry, &mut found);
        for place in found {
            if place.x.is_finite() && place.y.is_finite() {
                self.kept.push(place);
            }
        }
        if self.kept.len() > KEPT {
            let mut index = 0_usize;
            self.kept.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.stride = self.stride.saturating_mul(2);
        }
    }

    /// The coordinates kept.
    pub fn sample(&self) -> &[Coord<f64>] {
        &self.kept
    }
}

fn spread(geometry: &Geometry<f64>, found: &mut Vec<Coord<f64>>) {
    let mut ends = |line: &[Coord<f64>]| {
        found.extend(line.first());
        found.extend(line.get(line.len() / 2));
    };
    match geometry {
        Geometry::Point(point) => found.push(point.0),
        Geometry::MultiPoint(points) => found.extend(points.0.first().map(|point| point.0)),
        Geometry::LineString(line) => ends(&line.0),
        Geometry::MultiLineString(lines) => lines.0.iter().take(4).for_each(|line| ends(&line.0)),
        Geometry::Polygon(area) => ends(&area.exterior().0),
        Geometry::MultiPolygon(areas) => areas.0.iter().take(4).for_each(|area| ends(&area.exterior().0)),
        Geometry::GeometryCollection(parts) => parts.0.iter().take(4).for_each(|part| match part {
            // One level is enough to see where it lies.
            Geometry::GeometryCollection(_) => {}
            part => spread(part, found),
        }),
        Geometry::Line(line) => found.extend([line.start, line.end]),
        Geometry::Rect(area) => found.extend([area.min(), area.max()]),
        Geometry::Triangle(area) => found.push(area.v1()),
    }
}

#[cfg(test)]
mod tests {
    use geo_types::Point;

    use super::*;

    #[test]
    fn a_sample_stays_small_and_is_spread_over_all_rows() {
        let mut places = Places::default();
        for at in 0..100_000_u32 {
            places.see(&Point::new(f64::from(at), 0.0).into());
        }
        let kept = places.sample();
        assert!(kept.len() <= KEPT && kept.len() > KEPT / 4, "{}", kept.len());
        assert!(kept.iter().any(|place| place.x < 1_000.0) && kept.iter().any(|place| place.x > 90_000.0));
    }
}
