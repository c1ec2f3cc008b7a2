//! Functions of our own inside the database: whether a geometry lies so to a shape, how far it is away, whether a text
//! fits a pattern.
//!
//! The shape and the pattern are held beside the database while a statement runs, and the statement names them by a
//! number: they are copied once instead of once a row, and nothing of them becomes SQL.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use arrow::array::{Array, AsArray as _, BooleanArray, Float64Array, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use duckdb::vscalar::arrow::{ArrowFunctionSignature, VArrowScalar};
use geo::algorithm::line_measures::{Distance as _, Geodesic};
use geo::{Closest, ClosestPoint as _, MapCoords as _, PreparedGeometry, Relate as _};
use geo_types::{Coord, Geometry, Point};

use super::rows::from_wkb;

/// How one geometry lies to another (OGC 06-103r4, §6.1.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// They share a point.
    Intersects,
    /// They share no point.
    Disjoint,
    /// They are the same set of points.
    Equals,
    /// They share points of their edges only.
    Touches,
    /// The row's lies inside the other.
    Within,
    /// The other lies inside the row's.
    Contains,
    /// They overlap, and neither lies inside the other.
    Overlaps,
    /// One passes through the other.
    Crosses,
}

/// A pattern of text: `%` for any letters, `_` for one; each may be escaped with `\`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<Part>,
    fold: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Letter(char),
    One,
    Any,
}

impl Pattern {
    /// Reads a pattern; with `fold`, upper and lower case are the same.
    pub fn new(text: &str, fold: bool) -> Self {
        let folded = if fold { text.to_lowercase() } else { text.to_owned() };
        let mut letters = folded.chars();
        let mut parts = Vec::new();
        while let Some(letter) = letters.next() {
            parts.push(match letter {
                '%' if parts.last() == Some(&Part::Any) => continue,
                '%' => Part::Any,
                '_' => Part::One,
                '\\' => Part::Letter(letters.next().unwrap_or('\\')),
                letter => Part::Letter(letter),
            });
        }
        Self { parts, fold }
    }

    /// Whether the whole text fits. Time grows with letters times parts at the worst: after a second `%` the letters
    /// that the first one took need not be tried again.
    pub fn fits(&self, text: &str) -> bool {
        let folded;
        let text = if self.fold {
            folded = text.to_lowercase();
            folded.as_str()
        } else {
            text
        };
        let (mut rest, mut at) = (text.chars(), 0);
        let mut again: Option<(std::str::Chars<'_>, usize)> = None;
        loop {
            let part = self.parts.get(at);
            if part == Some(&Part::Any) {
                at += 1;
                again = Some((rest.clone(), at));
                continue;
            }
            let mut ahead = rest.clone();
            let fits = match (part, ahead.next()) {
                (None, None) => return true,
                (Some(Part::One), Some(_)) => true,
                (Some(Part::Letter(wanted)), Some(found)) => *wanted == found,
                _ => false,
            };
            if fits {
                rest = ahead;
                at += 1;
                continue;
            }
            let Some((from, part)) = &mut again else { return false };
            if from.next().is_none() {
                return false;
            }
            rest = from.clone();
            at = *part;
        }
    }
}

/// What a function looks up.
#[derive(Debug)]
pub(super) enum Matcher {
    /// A shape, and how geometries lie to it.
    Shape(Relation, Arc<Geometry<f64>>),
    /// A pattern.
    Text(Arc<Pattern>),
}

/// What statements that run now look up, by number.
#[derive(Debug, Clone, Default)]
pub(super) struct Matchers(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    next: AtomicU64,
    held: RwLock<HashMap<u64, Arc<Matcher>>>,
}

impl Matchers {
    /// Holds a matcher until the guard goes.
    pub(super) fn hold(&self, matcher: Matcher) -> Held {
        let key = self.0.next.fetch_add(1, Ordering::Relaxed);
        self.0.held.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::new(matcher));
        Held { matchers: self.clone(), key }
    }

    fn get(&self, key: u64) -> Option<Arc<Matcher>> {
        self.0.held.read().unwrap_or_else(PoisonError::into_inner).get(&key).map(Arc::clone)
    }

    /// Teaches a database the functions.
    pub(super) fn register(&self, connection: &duckdb::Connection) -> duckdb::Result<()> {
        connection.register_scalar_function_with_state::<Related>("_related", self)?;
        connection.register_scalar_function_with_state::<Fits>("_fits", self)?;
        connection.register_scalar_function::<DistanceTo>("_distance")
    }

    /// The matcher that a column of one number names.
    fn of(&self, column: &dyn Array) -> Result<Arc<Matcher>, Box<dyn std::error::Error>> {
        let keys = column.as_primitive_opt::<Int64Type>().ok_or("the number of a matcher is BIGINT")?;
        let key = keys.iter().flatten().next().and_then(|key| u64::try_from(key).ok());
        Ok(key.and_then(|key| self.get(key)).ok_or("the matcher is gone")?)
    }
}

/// Keeps a matcher for as long as it lives.
#[derive(Debug)]
pub(super) struct Held {
    matchers: Matchers,
    key: u64,
}

impl Held {
    pub(super) fn key(&self) -> u64 {
        self.key
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.matchers.0.held.write().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// `_related(geometry, matcher)`.
struct Related;

impl VArrowScalar for Related {
    type State = Matchers;

    fn invoke(matchers: &Matchers, input: RecordBatch) -> Result<Arc<dyn Array>, Box<dyn std::error::Error>> {
        if input.num_rows() == 0 {
            return Ok(Arc::new(BooleanArray::new_null(0)));
        }
        let matcher = matchers.of(input.column(1))?;
        let Matcher::Shape(relation, shape) = &*matcher else { return Err("the matcher is no shape".into()) };
        let geometries = input.column(0).as_binary_opt::<i32>().ok_or("geometries are BLOBs")?;
        // Made ready for some two thousand rows at once; it cannot be shared between threads.
        let ready = std::panic::catch_unwind(AssertUnwindSafe(|| PreparedGeometry::from(&**shape)));
        let Ok(ready) = ready else { return Ok(Arc::new(BooleanArray::new_null(input.num_rows()))) };
        let found: BooleanArray = geometries.iter().map(|wkb| is_related(wkb?, *relation, &ready)).collect();
        Ok(Arc::new(found))
    }

    fn signatures() -> Vec<ArrowFunctionSignature> {
        vec![ArrowFunctionSignature::exact(vec![DataType::Binary, DataType::Int64], DataType::Boolean)]
    }
}

/// Unknown where the geometry cannot be read or compared.
fn is_related<'a>(wkb: &[u8], relation: Relation, shape: &PreparedGeometry<'a, &'a Geometry<f64>>) -> Option<bool> {
    let own = from_wkb(wkb).ok()?;
    // The library asserts what broken geometries may not fulfil; one of those must not end the answer to all others.
    let matrix = std::panic::catch_unwind(AssertUnwindSafe(|| own.relate(shape))).ok()?;
    Some(match relation {
        Relation::Intersects => matrix.is_intersects(),
        Relation::Disjoint => matrix.is_disjoint(),
        Relation::Equals => matrix.is_equal_topo(),
        Relation::Touches => matrix.is_touches(),
        Relation::Within => matrix.is_within(),
        Relation::Contains => matrix.is_contains(),
        Relation::Overlaps => matrix.is_overlaps(),
        Relation::Crosses => matrix.is_crosses(),
    })
}

/// `_fits(text, matcher)`.
struct Fits;

impl VArrowScalar for Fits {
    type State = Matchers;

    fn invoke(matchers: &Matchers, input: RecordBatch) -> Result<Arc<dyn Array>, Box<dyn std::error::Error>> {
        if input.num_rows() == 0 {
            return Ok(Arc::new(BooleanArray::new_null(0)));
        }
        let matcher = matchers.of(input.column(1))?;
        let Matcher::Text(pattern) = &*matcher else { return Err("the matcher is no pattern".into()) };
        let texts = input.column(0).as_string_opt::<i32>().ok_or("texts are VARCHARs")?;
        let found: BooleanArray = texts.iter().map(|text| Some(pattern.fits(text?))).collect();
        Ok(Arc::new(found))
    }

    fn signatures() -> Vec<ArrowFunctionSignature> {
        vec![ArrowFunctionSignature::exact(vec![DataType::Utf8, DataType::Int64], DataType::Boolean)]
    }
}

/// `_distance(geometry, longitude, latitude)`.
struct DistanceTo;

impl VArrowScalar for DistanceTo {
    type State = ();

    fn invoke((): &(), input: RecordBatch) -> Result<Arc<dyn Array>, Box<dyn std::error::Error>> {
        let geometries = input.column(0).as_binary_opt::<i32>().ok_or("geometries are BLOBs")?;
        let degrees =
            |column: usize| input.column(column).as_primitive_opt::<Float64Type>().ok_or("degrees are DOUBLE");
        let (longitudes, latitudes) = (degrees(1)?, degrees(2)?);
        let found: Float64Array = geometries
            .iter()
            .zip(longitudes.iter().zip(latitudes.iter()))
            .map(|(wkb, (x, y))| distance_m(&from_wkb(wkb?).ok()?, Coord { x: x?, y: y? }))
            .collect();
        Ok(Arc::new(found))
    }

    fn signatures() -> Vec<ArrowFunctionSignature> {
        let parameters = vec![DataType::Binary, DataType::Float64, DataType::Float64];
        vec![ArrowFunctionSignature::exact(parameters, DataType::Float64)]
    }
}

/// Metres along the ellipsoid (GRS 80 and WGS 84 differ by less than a millimetre in Japan) from a position to the
/// nearest point of a geometry; 0 inside an area.
///
/// The nearest point of lines and areas is sought on a plane whose degrees are scaled at the position: exact for points,
/// and for others within a thousandth where they are nearer than some kilometres.
pub fn distance_m(geometry: &Geometry<f64>, from: Coord<f64>) -> Option<f64> {
    if let Geometry::Point(point) = geometry {
        return Some(Geodesic.distance(Point(from), *point));
    }
    let scale = from.y.to_radians().cos().max(1e-6);
    let plane = geometry.map_coords(|at| Coord { x: (at.x - from.x) * scale, y: at.y - from.y });
    match plane.closest_point(&Point::new(0.0, 0.0)) {
        Closest::Intersection(_) => Some(0.0),
        Closest::SinglePoint(near) => {
            Some(Geodesic.distance(Point(from), Point::new(near.x() / scale + from.x, near.y() + from.y)))
        }
        Closest::Indeterminate => None,
    }
}

#[cfg(test)]
mod tests {
    use geo_types::polygon;

    use super::*;

    #[test]
    fn patterns_fit_as_those_of_sql() {
        for (pattern, text, fits) in [
            ("", "", true),
            ("", "a", false),
            ("%", "", true),
            ("%公園%", "中央公園前", true),
            ("%公園", "中央公園前", false),
            ("中央_園%", "中央公園前", true),
            ("a%b%c", "a--b-b-c", true),
            ("a%b%c", "a--b-b-c-", false),
            ("100\\%", "100%", true),
            ("100\\%", "1000", false),
            ("\\_a", "_a", true),
            ("\\_a", "xa", false),
            ("_", "𠮷", true),
            ("%a%a%a%a%a%a%a%a%a%a%a%b", &"a".repeat(5_000), false),
            ("a\\", "a\\", true),
        ] {
            assert_eq!(Pattern::new(pattern, false).fits(text), fits, "{pattern} {text}");
        }
        assert!(Pattern::new("aed%", true).fits("AEDステーション"));
        assert!(!Pattern::new("aed%", false).fits("AEDステーション"));
    }

    #[test]
    fn distances_are_those_of_the_ellipsoid() {
        // 東京駅 to 大阪駅, by the geographer's calculation of 国土地理院 (GRS 80).
        let tokyo = Coord { x: 139.767_125, y: 35.681_236 };
        let osaka = Geometry::Point(Point::new(135.495_951, 34.702_485));
        let found = distance_m(&osaka, tokyo).expect("a distance");
        assert!((found - 403_000.0).abs() < 1_500.0, "{found}");
        let square = polygon![(x: 139.0, y: 35.0), (x: 140.0, y: 35.0), (x: 140.0, y: 36.0), (x: 139.0, y: 36.0)];
        assert_eq!(distance_m(&square.clone().into(), tokyo), Some(0.0));
        let outside = distance_m(&square.into(), Coord { x: 138.9, y: 35.5 }).expect("a distance");
        // A tenth of a degree of longitude at 35.5°.
        assert!((outside - 9_072.0).abs() < 10.0, "{outside}");
    }
}
