//! Shapes in filters: well-known text, and `BBOX(west,south,east,north)`.

use geo_types::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon, Rect,
};

use super::Cql2Error;
use super::reader::Reader;
use crate::model::lonlat::LonLat;

/// Deepest collections of collections.
const DEPTH_CAP: usize = 4;

type Read<T> = Result<T, Cql2Error>;

impl Reader<'_> {
    /// The shape whose keyword was just read; `None` where the keyword names none.
    pub(super) fn shape(&mut self, keyword: &str, depth: usize) -> Read<Option<Geometry<f64>>> {
        if depth > DEPTH_CAP {
            return Err(self.wrong("図形の入れ子が深すぎます", "shapes are nested too deeply"));
        }
        let keyword = keyword.to_ascii_uppercase();
        if keyword == "BBOX" {
            return self.bbox().map(Some);
        }
        let known = ["POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON"];
        let plain = keyword.strip_suffix('Z').unwrap_or(&keyword);
        if !known.contains(&plain) && plain != "GEOMETRYCOLLECTION" {
            return Ok(None);
        }
        self.take_word("Z");
        Ok(Some(match plain {
            "POINT" => Point(self.bracketed(Self::position)?).into(),
            "LINESTRING" => self.line()?.into(),
            "POLYGON" => self.polygon()?.into(),
            "MULTIPOINT" => MultiPoint(self.list(Self::point_of_many)?).into(),
            "MULTILINESTRING" => MultiLineString(self.list(Self::line)?).into(),
            "MULTIPOLYGON" => MultiPolygon(self.list(Self::polygon)?).into(),
            _ => {
                let members = self.list(|reader| {
                    let word = reader.word().ok_or_else(|| reader.wrong("図形が必要です", "a shape is expected"))?;
                    let shape = reader.shape(&word, depth + 1)?;
                    shape.ok_or_else(|| reader.wrong("図形が必要です", "a shape is expected"))
                })?;
                Geometry::GeometryCollection(GeometryCollection(members))
            }
        }))
    }

    fn bracketed<T>(&mut self, mut one: impl FnMut(&mut Self) -> Read<T>) -> Read<T> {
        self.expect("(")?;
        let found = one(self)?;
        self.expect(")")?;
        Ok(found)
    }

    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        self.expect("(")?;
        let mut found = vec![one(self)?];
        while self.take_sign(",") {
            found.push(one(self)?);
        }
        self.expect(")")?;
        Ok(found)
    }

    fn position(&mut self) -> Read<Coord<f64>> {
        let (x, y) = (self.decimal()?, self.decimal()?);
        if self.is_at_number() {
            self.decimal()?;
        }
        self.on_earth(x, y)
    }

    fn on_earth(&self, x: f64, y: f64) -> Read<Coord<f64>> {
        LonLat::new(x, y).map(|at| Coord { x: at.lon_deg(), y: at.lat_deg() }).ok_or_else(|| {
            self.wrong(
                "座標は経度(-180〜180)、緯度(-90〜90)の順に書いてください",
                "positions are longitude (-180 to 180), then latitude (-90 to 90)",
            )
        })
    }

    fn point_of_many(&mut self) -> Read<Point<f64>> {
        if self.is_at_sign("(") { self.bracketed(Self::position).map(Point) } else { self.position().map(Point) }
    }

    fn line(&mut self) -> Read<LineString<f64>> {
        let points = self.list(Self::position)?;
        if points.len() < 2 {
            return Err(self.wrong("線には2点以上が必要です", "a line has at least two positions"));
        }
        Ok(LineString(points))
    }

    fn polygon(&mut self) -> Read<Polygon<f64>> {
        let mut rings = self.list(|reader| {
            let ring = LineString(reader.list(Self::position)?);
            if ring.0.len() < 4 || !ring.is_closed() {
                return Err(reader.wrong(
                    "多角形の輪は4点以上で、最後の点を最初の点と同じにしてください",
                    "a ring has at least four positions, the last one equal to the first",
                ));
            }
            Ok(ring)
        })?;
        let outer = rings.remove(0);
        Ok(Polygon::new(outer, rings))
    }

    fn bbox(&mut self) -> Read<Geometry<f64>> {
        let numbers = self.list(Self::decimal)?;
        let [west, south, east, north] = match numbers.as_slice() {
            [west, south, east, north] | [west, south, _, east, north, _] => [*west, *south, *east, *north],
            _ => return Err(self.wrong("BBOXには4つ(または6つ)の数が必要です", "BBOX has four (or six) numbers")),
        };
        let (low, high) = (self.on_earth(west, south)?, self.on_earth(east, north)?);
        if low.y > high.y {
            return Err(self.wrong("南端が北端より北にあります", "the south lies north of the north"));
        }
        Ok(box_shape(low, high))
    }
}

/// The shape of a box; one whose west lies east of its east reaches over the 180th meridian.
fn box_shape(low: Coord<f64>, high: Coord<f64>) -> Geometry<f64> {
    if low.x > high.x {
        let parts = [(low, Coord { x: 180.0, y: high.y }), (Coord { x: -180.0, y: low.y }, high)];
        let parts = parts.into_iter().map(|(low, high)| box_shape(low, high)).collect();
        return Geometry::GeometryCollection(GeometryCollection(parts));
    }
    if low == high {
        return Point(low).into();
    }
    if low.x >= high.x || low.y >= high.y {
        return LineString(vec![low, high]).into();
    }
    Rect::new(low, high).to_polygon().into()
}
