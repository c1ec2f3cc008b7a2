//! The first walk through a GML: where its features are, of which types, and which geometries others refer to.

use std::collections::HashMap;
use std::ops::Range;

use crate::read::xml::{Piece, Scanner, Tree, local};
use crate::read::{ReadError, ReadLimits};

/// Types of features of one file; a table each. CityGML with all of i-UR knows some two hundred.
const TYPE_LIMIT: usize = 500;

/// Geometries that others may refer to; 80 bytes each.
const SHARED_LIMIT: usize = 4_000_000;

/// The geometries of GML 2, 3.1 and 3.2, and those of the parts they are made of.
const GEOMETRIES: [&str; 33] = [
    "Point",
    "LineString",
    "LinearRing",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "MultiGeometry",
    "Curve",
    "CompositeCurve",
    "OrientableCurve",
    "MultiCurve",
    "Ring",
    "Surface",
    "CompositeSurface",
    "OrientableSurface",
    "PolyhedralSurface",
    "TriangulatedSurface",
    "Tin",
    "MultiSurface",
    "Shell",
    "Solid",
    "CompositeSolid",
    "MultiSolid",
    "GeometricComplex",
    "Box",
    "Envelope",
    "ImplicitGeometry",
    "Grid",
    "RectifiedGrid",
    "TopoSurface",
    "TopoCurve",
    "TopoPoint",
];

/// Whether an element of this name is a geometry.
pub(super) fn is_geometry(name: &str) -> bool {
    GEOMETRIES.contains(&name)
}

/// Elements whose children are features.
const HOLDERS: [&str; 6] =
    ["cityObjectMember", "featureMember", "featureMembers", "member", "members", "additionalObjects"];

/// What stands beside features and is none.
const BESIDE: [&str; 12] = [
    "appearanceMember",
    "appearance",
    "metaDataProperty",
    "description",
    "name",
    "identifier",
    "engineeringCRS",
    "fileHeader",
    "metadata",
    "TimeInstant",
    "TimePeriod",
    "dataQualityInfo",
];

/// One type of features.
#[derive(Debug)]
pub(super) struct Kind {
    /// Its name without prefix.
    pub(super) name: String,
    /// Where its features are.
    pub(super) features: Vec<Range<usize>>,
}

/// What a GML holds.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// The outermost element as it stands.
    pub(super) root: String,
    /// The types of features, in the order of their first.
    pub(super) kinds: Vec<Kind>,
    /// Geometries by their `gml:id`.
    pub(super) shared: HashMap<String, Range<usize>>,
    /// The `srsName` and `srsDimension` of the envelope around all.
    pub(super) srs_name: Option<String>,
    pub(super) dimension: Option<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    /// A collection of features.
    Collection,
    /// A holder: its children are features.
    Holder,
    /// A feature, by the place of its kind, or something inside of one.
    Feature(usize),
    Inside,
}

struct Open {
    role: Role,
    start: usize,
    /// The id of a geometry that others may refer to.
    id: Option<String>,
}

impl Members {
    /// Walks through the whole text, so that what is broken anywhere is known before the first row.
    pub(super) fn of(text: &str, limits: &ReadLimits) -> Result<Self, ReadError> {
        let mut members = Self::default();
        let has = |word: &[u8]| memchr::memmem::find(text.as_bytes(), word).is_some();
        let has_references = has(b"href=\"#") || has(b"href='#");
        let mut scanner = Scanner::new(text, "GML", limits);
        let mut open: Vec<Open> = Vec::new();
        let mut features = 0_u64;
        while let Some(piece) = scanner.next()? {
            let (name, tag, start) = match piece {
                Piece::Start { name, tag, at } => (name, tag, at),
                Piece::End { end } => {
                    members.close(open.pop(), end)?;
                    continue;
                }
                Piece::Text(_) => continue,
            };
            let own = local(name);
            let is_collection = own.ends_with("Collection") || own == "CityModel";
            let parent = open.last().map(|open| open.role);
            let role = match parent {
                None => {
                    name.clone_into(&mut members.root);
                    Role::Collection
                }
                Some(Role::Collection) if HOLDERS.contains(&own) => Role::Holder,
                Some(Role::Collection) if own == "boundedBy" => {
                    let end = scanner.skip()?;
                    members.bounded(text, start..end, limits)?;
                    continue;
                }
                Some(Role::Collection) if BESIDE.contains(&own) => {
                    scanner.skip()?;
                    continue;
                }
                Some(Role::Holder) if is_collection => Role::Collection,
                // In a dataset of 国土数値情報 or 基盤地図情報 features and geometries stand side by side.
                Some(Role::Collection) if is_geometry(own) => Role::Inside,
                Some(Role::Collection | Role::Holder) => {
                    features += 1;
                    if features > limits.rows {
                        return Err(ReadError::TooManyRows { limit: limits.rows });
                    }
                    Role::Feature(members.kind(own)?)
                }
                Some(Role::Feature(_) | Role::Inside) => Role::Inside,
            };
            let is_target = has_references && role == Role::Inside && is_geometry(own);
            let id = if is_target { scanner.attribute(&tag, "id")? } else { None };
            open.push(Open { role, start, id });
        }
        Ok(members)
    }

    fn kind(&mut self, name: &str) -> Result<usize, ReadError> {
        if let Some(at) = self.kinds.iter().position(|kind| kind.name == name) {
            return Ok(at);
        }
        if self.kinds.len() >= TYPE_LIMIT {
            return Err(ReadError::TooManyParts { what: "feature types", limit: TYPE_LIMIT });
        }
        self.kinds.push(Kind { name: name.to_owned(), features: Vec::new() });
        Ok(self.kinds.len() - 1)
    }

    fn close(&mut self, closed: Option<Open>, end: usize) -> Result<(), ReadError> {
        let Some(Open { role, start, id }) = closed else { return Ok(()) };
        if let Role::Feature(kind) = role
            && let Some(kind) = self.kinds.get_mut(kind)
        {
            kind.features.push(start..end);
        }
        if let Some(id) = id {
            if self.shared.len() >= SHARED_LIMIT {
                return Err(ReadError::TooManyParts { what: "shared geometries", limit: SHARED_LIMIT });
            }
            // Of two with one id the first stays; which was meant is not for us to guess, and both are told apart by none.
            self.shared.entry(id).or_insert(start..end);
        }
        Ok(())
    }

    /// The envelope around all features.
    fn bounded(&mut self, text: &str, range: Range<usize>, limits: &ReadLimits) -> Result<(), ReadError> {
        let tree = Tree::parse(text, range, "GML", limits)?;
        for envelope in tree.root().children() {
            if self.srs_name.is_none() {
                self.srs_name = envelope.attribute("srsName").map(str::to_owned);
            }
            if self.dimension.is_none() {
                self.dimension = envelope.attribute("srsDimension").and_then(|text| text.trim().parse().ok());
            }
        }
        Ok(())
    }
}
