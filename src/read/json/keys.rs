//! The keys of a table of objects: which become columns, which columns of their own keys, and which is the geometry.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::read::geojson::feature;
use crate::read::{ReadError, ReadLimits};

/// Keys of an object that become columns; an object with more is a list by another name.
const FLATTENED: usize = 60;

/// One column to be.
#[derive(Debug, Default)]
struct Key<'t> {
    /// Rows in which it holds an object.
    objects: u64,
    /// Rows in which it holds something else than nothing.
    others: u64,
    /// Rows in which the object is a geometry of GeoJSON.
    shapes: u64,
    inner: Vec<Cow<'t, str>>,
    inner_seen: HashSet<Cow<'t, str>>,
}

/// Where a key's value goes.
#[derive(Debug)]
pub(super) enum Target {
    /// To this column.
    Column(usize),
    /// To columns of its own keys.
    Inner(HashMap<String, usize>),
    /// To the geometry of the row.
    Geometry,
}

pub(super) type Columns = (Vec<String>, HashMap<String, Target>, Vec<String>);

/// The columns of all objects, where each key goes, and the keys that were flattened.
pub(super) fn gather(rows: &[&str], limits: &ReadLimits) -> Result<Columns, ReadError> {
    let mut order: Vec<Cow<'_, str>> = Vec::new();
    let mut keys: HashMap<Cow<'_, str>, Key<'_>> = HashMap::new();
    for (number, row) in (1_u64..).zip(rows) {
        let _ = feature::members(row, limits.nesting, "", |raw, value| {
            let Some(name) = feature::string(raw) else { return Ok(()) };
            let key = keys.entry(name.clone()).or_insert_with(|| {
                order.push(name);
                Key::default()
            });
            if value.starts_with('{') {
                key.shapes += u64::from(key.shapes == key.objects && is_geometry(value, limits));
                key.objects += 1;
                if key.others == 0 && key.inner.len() <= FLATTENED {
                    let _ = feature::members(value, limits.nesting, "", |raw, _| {
                        if let Some(inner) = feature::string(raw)
                            && key.inner.len() <= FLATTENED
                            && key.inner_seen.insert(inner.clone())
                        {
                            key.inner.push(inner);
                        }
                        Ok(())
                    });
                }
            } else {
                key.others += u64::from(value != "null");
            }
            Ok(())
        });
        if order.len() > limits.columns {
            return Err(ReadError::TooManyColumns { row: number, found: order.len(), limit: limits.columns });
        }
    }
    let (mut names, mut targets, mut flattened) = (Vec::new(), HashMap::new(), Vec::new());
    let mut has_geometry = false;
    let taken: HashSet<&str> = order.iter().map(Cow::as_ref).collect();
    for name in &order {
        let Some(key) = keys.get(name) else { continue };
        let dotted = |inner: &str| format!("{name}.{inner}");
        let is_sure = key.objects > 0
            && key.others == 0
            && (1..=FLATTENED).contains(&key.inner.len())
            && key.inner.iter().all(|inner| !taken.contains(dotted(inner).as_str()));
        if !has_geometry && key.objects > 0 && key.others == 0 && key.shapes == key.objects {
            has_geometry = true;
            targets.insert(name.to_string(), Target::Geometry);
        } else if is_sure {
            let inner = key.inner.iter().enumerate().map(|(at, inner)| (inner.to_string(), names.len() + at)).collect();
            names.extend(key.inner.iter().map(|inner| dotted(inner)));
            targets.insert(name.to_string(), Target::Inner(inner));
            flattened.push(name.to_string());
        } else {
            targets.insert(name.to_string(), Target::Column(names.len()));
            names.push(name.to_string());
        }
    }
    Ok((names, targets, flattened))
}

/// Whether an object is a geometry as GeoJSON writes it.
fn is_geometry(value: &str, limits: &ReadLimits) -> bool {
    let (mut is_kind, mut has_positions) = (false, false);
    let _ = feature::members(value, limits.nesting, "", |key, value| {
        is_kind |= key == "\"type\""
            && [
                "\"Point\"",
                "\"LineString\"",
                "\"Polygon\"",
                "\"MultiPoint\"",
                "\"MultiLineString\"",
                "\"MultiPolygon\"",
            ]
            .contains(&value);
        has_positions |= key == "\"coordinates\"" && value.starts_with('[');
        Ok(())
    });
    is_kind && has_positions
}
