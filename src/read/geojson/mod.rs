//! GeoJSON (RFC 7946, with the `crs` member of its 2008 ancestor) and GeoJSON text sequences, feature by feature.

mod feature;
mod json;

use std::borrow::Cow;
use std::collections::HashMap;

use self::feature::{Broken, GeometryFault, Tally};
use self::json::{Fault, Walker};
use super::cells::RowCells;
use super::encoding::Decoded;
use super::{Crs, ReadError, ReadLimits, Row, RowSink, SourceFile, TableHead, control, crs, encoding};
use crate::model::finding::{Finding, FindingCode, Place};

/// The features of a file as texts, and the coordinate system it states.
struct Layer<'t> {
    features: Vec<&'t str>,
    /// A file that is a geometry and nothing else.
    bare: bool,
    crs: Crs,
}

/// Reads GeoJSON. Memory: the text (once more only where it is not UTF-8), 16 bytes for each feature, one feature at a time.
pub(super) fn read(source: &SourceFile, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let decoded = encoding::decode_json(&source.bytes);
    if decoded.is_noise() {
        return Err(ReadError::NotText { replaced: decoded.replaced });
    }
    let text: &str = &decoded.text;
    let layer = layer(text, limits)?;
    if layer.features.is_empty() {
        return Err(ReadError::Empty);
    }
    if layer.features.len() as u64 > limits.rows {
        return Err(ReadError::TooManyRows { limit: limits.rows });
    }
    let (columns, by_key) = columns(&layer, limits)?;
    let head = TableHead {
        name: None,
        columns: Some(columns),
        crs: Some(layer.crs.clone()),
        encoding: decoded.name.to_owned(),
        format: "GeoJSON",
    };
    if sink.table(&head).is_break() {
        return Ok(());
    }
    sink.finding(Finding::new(FindingCode::EncodingFound, Place::default(), decoded.name, ""));
    tell_replaced(&layer, &decoded, sink);
    rows(&layer, &by_key, limits, sink)
}

/// Tells which features hold places that could not be decoded; those outside of any feature come without a row.
fn tell_replaced(layer: &Layer<'_>, decoded: &Decoded<'_>, sink: &mut dyn RowSink) {
    let mut tell = |row, count: u64| {
        if count > 0 {
            let place = Place { row, ..Place::default() };
            sink.finding(Finding::new(FindingCode::EncodingReplaced, place, &count.to_string(), decoded.name));
        }
    };
    let mut left = decoded.replaced;
    let mut places = decoded.replaced_at.as_slice();
    for (row, feature) in (1_u64..).zip(&layer.features) {
        if places.is_empty() {
            break;
        }
        // Features are pieces of the text, one behind the other.
        let start = feature.as_ptr().addr() - decoded.text.as_ptr().addr();
        places = &places[places.partition_point(|at| *at < start)..];
        let here = places.partition_point(|at| *at < start + feature.len());
        places = &places[here..];
        left -= here as u64;
        tell(Some(row), here as u64);
    }
    tell(None, left);
}

fn fault(text: &str, fault: Fault, limits: &ReadLimits) -> ReadError {
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

fn layer<'t>(text: &'t str, limits: &ReadLimits) -> Result<Layer<'t>, ReadError> {
    let broken = |at| fault(text, at, limits);
    let mut whole = Walker::new(text, limits.nesting);
    let first = whole.value().ok_or(ReadError::Empty)?.map_err(broken)?;
    if !first.starts_with(['{', '[', '"', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 't', 'f', 'n']) {
        return Err(broken(Fault::At(whole.value_at())));
    }
    if !first.starts_with('{') {
        return Err(ReadError::NotGeoJson { found: first.chars().take(20).collect() });
    }
    let first_at = whole.value_at();
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
            let mut walker = Walker::new(list, limits.nesting);
            walker.enter(b'[').map_err(|_| ReadError::NotGeoJson { found: "features".to_owned() })?;
            let mut found = Vec::new();
            while let Some(element) = walker.element() {
                found.push(element.map_err(|fault| match fault {
                    Fault::At(at) => broken(Fault::At(list_at + at)),
                    Fault::TooDeep => broken(fault),
                })?);
            }
            Ok(Layer { features: found, bare: false, crs })
        }
        "Feature" => {
            let mut found = vec![first];
            while let Some(next) = whole.value() {
                found.push(next.map_err(broken)?);
            }
            Ok(Layer { features: found, bare: false, crs })
        }
        "Point" | "MultiPoint" | "LineString" | "MultiLineString" | "Polygon" | "MultiPolygon"
        | "GeometryCollection" => Ok(Layer { features: vec![first], bare: true, crs }),
        other => Err(ReadError::NotGeoJson { found: format!("type = {}", other.chars().take(40).collect::<String>()) }),
    }
}

/// The system of a `crs` member. `null` and a member that names nothing state nothing, which means WGS84.
fn stated(raw: &str) -> Crs {
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

type Keys<'t> = HashMap<Cow<'t, str>, usize>;

/// The property keys of all features in the order in which they first occur.
fn columns<'t>(layer: &Layer<'t>, limits: &ReadLimits) -> Result<(Vec<String>, Keys<'t>), ReadError> {
    let (mut names, mut keys) = (Vec::new(), Keys::new());
    if layer.bare {
        return Ok((names, keys));
    }
    for (row, text) in (1..).zip(&layer.features) {
        // A feature that cannot be taken apart is refused later; its keys name no columns.
        let Ok(parts) = feature::parts(text, limits.nesting) else { continue };
        let Some(properties) = parts.properties.filter(|text| text.starts_with('{')) else { continue };
        let _ = feature::members(properties, limits.nesting, "", |raw, _| {
            if let Some(key) = feature::string(raw)
                && !keys.contains_key(&key)
            {
                keys.insert(key.clone(), names.len());
                names.push(key.into_owned());
            }
            Ok(())
        });
        if names.len() > limits.columns {
            return Err(ReadError::TooManyColumns { row, found: names.len(), limit: limits.columns });
        }
    }
    Ok((names, keys))
}

fn rows(layer: &Layer<'_>, keys: &Keys<'_>, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let mut tally = Tally { vertices_left: limits.vertices, unclosed_rings: 0 };
    let mut cells = RowCells::default();
    for (number, text) in (1_u64..).zip(&layer.features) {
        let place = Place { row: Some(number), ..Place::default() };
        cells.reset(keys.len());
        let before = tally.unclosed_rings;
        let geometry = match one(layer.bare, text, keys, &mut cells, limits, &mut tally) {
            Ok(geometry) => geometry,
            Err(GeometryFault::TooManyVertices) => return Err(ReadError::TooManyVertices { limit: limits.vertices }),
            Err(GeometryFault::Broken(Broken(found))) => {
                let reason = Finding::new(FindingCode::FeatureBroken, place, &found, "");
                let cells = cells.cells().into_iter().map(|cell| cell.text().to_owned()).collect();
                if sink.refused(number, reason, cells).is_break() {
                    return Ok(());
                }
                continue;
            }
        };
        if tally.unclosed_rings > before {
            sink.finding(Finding::new(
                FindingCode::GeometryRepaired,
                place,
                "閉じていない輪を閉じた / ring closed",
                "",
            ));
        }
        control::tell(number, None, &cells.cells(), sink);
        if sink.row(&Row { number, cells: &cells.cells(), geometry: geometry.as_ref() }).is_break() {
            return Ok(());
        }
    }
    Ok(())
}

/// Reads one feature into the cells and gives its geometry.
fn one(
    bare: bool,
    text: &str,
    keys: &Keys<'_>,
    cells: &mut RowCells,
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
    match parts.properties {
        None | Some("null") => {}
        Some(properties) => feature::members(properties, limits.nesting, "properties", |raw, value| {
            let key = feature::string(raw).ok_or_else(|| Broken::new("properties", raw))?;
            match keys.get(&key) {
                Some(index) => feature::property(cells, *index, &key, value),
                None => Ok(()),
            }
        })?,
    }
    match parts.geometry {
        None => Ok(None),
        Some(raw) => feature::geometry(raw, limits.nesting, tally),
    }
}
