//! GeoJSON (RFC 7946, with the `crs` member of its 2008 ancestor) and GeoJSON text sequences (RFC 8142, or one feature a
//! line), feature by feature.

pub(super) mod columns;
pub(super) mod feature;
pub(super) mod json;
pub(super) mod lines;
mod pieces;

use self::columns::Columns;
use self::feature::{Broken, GeometryFault, Tally};
use self::json::{Fault, Walker};
use self::lines::Lines;
use super::cells::RowCells;
use super::encoding::Decoded;
use super::{Crs, ReadError, ReadLimits, Row, RowSink, TableHead, control, crs};
use crate::model::finding::{Finding, FindingCode, Place};

/// The features of a file as texts, and the coordinate system it states.
struct Layer<'t> {
    features: Vec<&'t str>,
    /// A file that is a geometry and nothing else.
    bare: bool,
    crs: Crs,
}

/// Reads GeoJSON. Memory: the text (once more only where it is not UTF-8), 16 bytes for each feature, one feature at a time.
pub(super) fn read(decoded: &Decoded<'_>, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    read_layer(decoded, &layer(&decoded.text, limits)?, limits, sink)
}

/// Reads features that stand somewhere inside of another JSON.
pub(super) fn read_features(
    decoded: &Decoded<'_>,
    features: Vec<&str>,
    limits: &ReadLimits,
    sink: &mut dyn RowSink,
) -> Result<(), ReadError> {
    read_layer(decoded, &Layer { features, bare: false, crs: Crs::Geographic }, limits, sink)
}

fn read_layer(
    decoded: &Decoded<'_>,
    layer: &Layer<'_>,
    limits: &ReadLimits,
    sink: &mut dyn RowSink,
) -> Result<(), ReadError> {
    let text: &str = &decoded.text;
    if layer.features.is_empty() {
        return Err(ReadError::Empty);
    }
    if layer.features.len() as u64 > limits.rows {
        return Err(ReadError::TooManyRows { limit: limits.rows });
    }
    let parts = |text| if layer.bare { None } else { feature::parts(text, limits.nesting).ok() };
    let columns = Columns::gather(&layer.features, limits, parts)?;
    let head = TableHead {
        name: None,
        columns: Some(columns.names.clone()),
        crs: Some(layer.crs.clone()),
        encoding: decoded.name.to_owned(),
        format: "GeoJSON",
    };
    if sink.table(&head).is_break() {
        return Ok(());
    }
    sink.finding(Finding::new(FindingCode::EncodingFound, Place::default(), decoded.name, ""));
    tell_outside(&columns, None, sink);
    tell_replaced(&layer.features, decoded, sink);
    rows(layer, text, &columns, limits, sink)
}

/// Tells which columns stand outside of the properties.
pub(super) fn tell_outside(columns: &Columns<'_>, sheet: Option<&str>, sink: &mut dyn RowSink) {
    for name in columns.foreign_names() {
        let place =
            Place { sheet: sheet.map(str::to_owned), row: None, column: Some(name.clone()), ..Place::default() };
        sink.finding(Finding::new(FindingCode::MemberOutside, place, name, ""));
    }
}

/// Tells which features (pieces of the text, in its order) hold places that could not be decoded; those outside of any
/// feature come without a row.
pub(super) fn tell_replaced(features: &[&str], decoded: &Decoded<'_>, sink: &mut dyn RowSink) {
    let mut tell = |row, count: u64| {
        if count > 0 {
            let place = Place { row, ..Place::default() };
            sink.finding(Finding::new(FindingCode::EncodingReplaced, place, &count.to_string(), decoded.name));
        }
    };
    let mut left = decoded.replaced;
    let mut places = decoded.replaced_at.as_slice();
    for (row, feature) in (1_u64..).zip(features) {
        if places.is_empty() {
            break;
        }
        let start = feature.as_ptr().addr().saturating_sub(decoded.text.as_ptr().addr());
        places = places.get(places.partition_point(|at| *at < start)..).unwrap_or_default();
        let here = places.partition_point(|at| *at < start + feature.len());
        places = places.get(here..).unwrap_or_default();
        left = left.saturating_sub(here as u64);
        tell(Some(row), here as u64);
    }
    tell(None, left);
}

/// The error of a text that cannot be taken apart.
pub(super) fn fault(text: &str, fault: Fault, limits: &ReadLimits) -> ReadError {
    match fault {
        Fault::TooDeep => ReadError::TooDeep { limit: limits.nesting },
        Fault::At(at) => {
            let before = text.get(..at).unwrap_or(text);
            let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() as u64 + 1;
            let found: String =
                text.get(at..).unwrap_or_default().chars().take(30).filter(|c| !c.is_control()).collect();
            let detail = if found.trim().is_empty() { "EOF".to_owned() } else { found };
            ReadError::JsonBroken { line, detail }
        }
    }
}

/// The elements of a list that stands at this place of the text.
pub(super) fn elements<'t>(
    (text, list, list_at): (&'t str, &'t str, usize),
    limits: &ReadLimits,
) -> Result<Vec<&'t str>, ReadError> {
    let broken = |found| match found {
        Fault::At(at) => fault(text, Fault::At(list_at + at), limits),
        Fault::TooDeep => fault(text, found, limits),
    };
    let mut walker = Walker::new(list, limits.nesting);
    walker.enter(b'[').map_err(broken)?;
    let mut found = Vec::new();
    while let Some(element) = walker.element() {
        found.push(element.map_err(broken)?);
    }
    Ok(found)
}

fn layer<'t>(text: &'t str, limits: &ReadLimits) -> Result<Layer<'t>, ReadError> {
    let broken = |at| fault(text, at, limits);
    if pieces::is_sequence(text) {
        return Ok(Layer { features: pieces::of_sequence(text, limits)?, bare: false, crs: Crs::Geographic });
    }
    let mut whole = Walker::new(text, limits.nesting);
    let first = whole.value().ok_or(ReadError::Empty)?.map_err(broken)?;
    if !first.starts_with(['{', '[', '"', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 't', 'f', 'n']) {
        return Err(broken(Fault::At(whole.value_at())));
    }
    let first_at = whole.value_at();
    if first.starts_with('[') {
        // A bare list of features, as some programs write it.
        if whole.value().is_some() {
            return Err(broken(Fault::At(whole.value_at())));
        }
        return Ok(Layer { features: elements((text, first, first_at), limits)?, bare: false, crs: Crs::Geographic });
    }
    if !first.starts_with('{') {
        return Err(ReadError::NotGeoJson { found: first.chars().take(20).collect() });
    }
    let (mut kind, mut features, mut system) = (None, None, None);
    let mut members = Walker::new(first, limits.nesting);
    members.enter(b'{').map_err(broken)?;
    while let Some(member) = members.member() {
        let (key, value) = member.map_err(|fault| match fault {
            Fault::At(at) => broken(Fault::At(first_at + at)),
            Fault::TooDeep => broken(fault),
        })?;
        match key {
            "\"type\"" => kind = feature::string(value),
            "\"features\"" => features = Some((value, first_at + members.value_at())),
            "\"crs\"" => system = Some(value),
            _ => {}
        }
    }
    let crs = system.map_or(Crs::Geographic, stated);
    // What follows a whole collection would be lost; only features may follow each other.
    if kind.as_deref() != Some("Feature") && whole.value().is_some() {
        return Err(broken(Fault::At(whole.value_at())));
    }
    let kind = kind.ok_or_else(|| ReadError::NotGeoJson { found: "type = -".to_owned() })?;
    match kind.as_ref() {
        "FeatureCollection" => {
            let (list, list_at) = features.ok_or_else(|| ReadError::NotGeoJson { found: "features = -".to_owned() })?;
            if !list.starts_with('[') {
                return Err(ReadError::NotGeoJson { found: "features".to_owned() });
            }
            Ok(Layer { features: elements((text, list, list_at), limits)?, bare: false, crs })
        }
        "Feature" => Ok(Layer { features: pieces::following(text, first, whole, limits)?, bare: false, crs }),
        "Point" | "MultiPoint" | "LineString" | "MultiLineString" | "Polygon" | "MultiPolygon"
        | "GeometryCollection" => Ok(Layer { features: vec![first], bare: true, crs }),
        other => Err(ReadError::NotGeoJson { found: format!("type = {}", other.chars().take(40).collect::<String>()) }),
    }
}

/// The values of a text of one value after the other, whose first was found.
pub(super) fn following<'t>(text: &'t str, first: &'t str, limits: &ReadLimits) -> Result<Vec<&'t str>, ReadError> {
    if pieces::is_sequence(text) {
        return pieces::of_sequence(text, limits);
    }
    let mut whole = Walker::new(text, limits.nesting);
    // The first is passed once more.
    whole.value().ok_or(ReadError::Empty)?.map_err(|found| fault(text, found, limits))?;
    pieces::following(text, first, whole, limits)
}

/// The system of a `crs` member. `null` and a member that names nothing state nothing, which means WGS84.
pub(super) fn stated(raw: &str) -> Crs {
    let value: serde_json::Value = serde_json::from_str(raw).unwrap_or_default();
    let properties = value.get("properties");
    if let Some(name) = properties.and_then(|p| p.get("name")).and_then(serde_json::Value::as_str) {
        return crs::from_name(name);
    }
    let code = properties.and_then(|p| p.get("code")).and_then(serde_json::Value::as_u64);
    match code.and_then(|code| u32::try_from(code).ok()) {
        Some(code) => crs::from_epsg(code).unwrap_or_else(|| Crs::Unknown(format!("EPSG:{code}"))),
        None if value.is_null() => Crs::Geographic,
        None => Crs::Unknown(raw.chars().take(80).collect()),
    }
}

fn rows(
    layer: &Layer<'_>,
    text: &str,
    columns: &Columns<'_>,
    limits: &ReadLimits,
    sink: &mut dyn RowSink,
) -> Result<(), ReadError> {
    let mut tally = Tally::new(limits);
    let (mut cells, mut lines, mut with_heights) = (RowCells::default(), Lines::new(text), 0_u64);
    let mut filled = Filled::default();
    for (number, text) in (1_u64..).zip(&layer.features) {
        let place = || Place { row: Some(number), ..Place::default() };
        cells.reset(columns.names.len());
        filled.begin(columns.names.len());
        let before = tally.unclosed_rings;
        tally.begin(limits);
        let geometry = match one(layer.bare, text, columns, &mut cells, &mut filled, limits, &mut tally) {
            Ok(geometry) => geometry,
            Err(GeometryFault::TooManyVertices) => return Err(ReadError::TooManyVertices { limit: limits.vertices }),
            Err(GeometryFault::Broken(Broken(found))) => {
                let line = lines.of(text);
                let found = format!("{found}; {line}行目 / line {line}");
                let reason = Finding::new(FindingCode::FeatureBroken, place(), &found, "");
                let cells = cells.cells().into_iter().map(|cell| cell.text().to_owned()).collect();
                tally.has_heights = false;
                if sink.refused(number, reason, cells).is_break() {
                    return Ok(());
                }
                continue;
            }
        };
        with_heights += u64::from(std::mem::take(&mut tally.has_heights));
        for twice in filled.twice.drain(..) {
            let key = columns.names.get(twice).map_or("", String::as_str);
            let place = Place { column: Some(key.to_owned()), ..place() };
            sink.finding(Finding::new(FindingCode::JsonKeyDuplicate, place, key, ""));
        }
        if tally.unclosed_rings > before {
            sink.finding(Finding::new(
                FindingCode::GeometryRepaired,
                place(),
                "閉じていない輪を閉じた / ring closed",
                "",
            ));
        }
        if tally.empty_parts > 0 && geometry.is_some() {
            let found = tally.empty_parts.to_string();
            sink.finding(Finding::new(FindingCode::GeometryPartEmpty, place(), &found, ""));
        }
        let cells = cells.cells();
        control::tell(number, None, &cells, sink);
        if sink.row(&Row { number, cells: &cells, geometry: geometry.as_ref() }).is_break() {
            return Ok(());
        }
    }
    if with_heights > 0 {
        sink.finding(Finding::new(FindingCode::HeightDropped, Place::default(), &with_heights.to_string(), ""));
    }
    Ok(())
}

/// Which columns the object under way has filled, so that a key that stands twice is seen.
#[derive(Debug, Default)]
pub(super) struct Filled {
    seen: Vec<bool>,
    /// Columns filled more than once.
    pub(super) twice: Vec<usize>,
}

impl Filled {
    /// A new object begins.
    pub(super) fn begin(&mut self, width: usize) {
        self.seen.clear();
        self.seen.resize(width, false);
        self.twice.clear();
    }

    /// A column is filled.
    pub(super) fn see(&mut self, index: usize) {
        if let Some(seen) = self.seen.get_mut(index)
            && std::mem::replace(seen, true)
        {
            self.twice.push(index);
        }
    }
}

/// Reads one feature into the cells and gives its geometry.
fn one(
    bare: bool,
    text: &str,
    columns: &Columns<'_>,
    cells: &mut RowCells,
    filled: &mut Filled,
    limits: &ReadLimits,
    tally: &mut Tally,
) -> Result<Option<geo_types::Geometry<f64>>, GeometryFault> {
    if bare {
        return feature::geometry(text, limits.nesting, tally);
    }
    let parts = feature::parts(text, limits.nesting)?;
    if parts.kind != Some("\"Feature\"") {
        return Err(Broken::new("type", parts.kind.unwrap_or("-")).into());
    }
    values(&parts, columns, cells, filled, limits)?;
    match parts.geometry {
        None => Ok(None),
        Some(raw) => feature::geometry(raw, limits.nesting, tally),
    }
}

/// Sets the cells of a feature's identifier, properties and members outside of them.
pub(super) fn values(
    parts: &feature::Parts<'_>,
    columns: &Columns<'_>,
    cells: &mut RowCells,
    filled: &mut Filled,
    limits: &ReadLimits,
) -> Result<(), Broken> {
    if let Some((index, raw)) = columns.id.zip(parts.id) {
        feature::property(cells, index, "id", raw)?;
    }
    for (raw, value) in &parts.foreign {
        let key = feature::string(raw).ok_or_else(|| Broken::new("feature", raw))?;
        if let Some(index) = columns.of_foreign(&key) {
            filled.see(index);
            feature::property(cells, index, &key, value)?;
        }
    }
    match parts.properties {
        None | Some("null") => Ok(()),
        Some(properties) => feature::members(properties, limits.nesting, "properties", |raw, value| {
            let key = feature::string(raw).ok_or_else(|| Broken::new("properties", raw))?;
            match columns.of(&key) {
                Some(index) => {
                    filled.see(index);
                    feature::property(cells, index, &key, value)
                }
                None => Ok(()),
            }
        }),
    }
}
