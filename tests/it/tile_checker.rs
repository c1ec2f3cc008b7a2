//! A strict reader of Mapbox Vector Tiles 2.1, written from the specification alone: it decodes a tile by hand and
//! refuses whatever the specification forbids or a viewer could trip over.
//!
//! Source: <https://github.com/mapbox/vector-tile-spec/tree/master/2.1>. Long because it stands alone: it
//! shares no code with the encoder it judges. What rings may be is in `rings`.

#![expect(clippy::unwrap_used, reason = "a test that meets what it does not expect fails here")]

use std::collections::HashSet;
use std::io::Read as _;

mod rings;

pub(crate) use rings::{Place, doubled_area, place};

/// A tile without fault.
#[derive(Debug, Default)]
pub(crate) struct CheckedTile {
    pub(crate) layers: Vec<CheckedLayer>,
}

/// A layer without fault.
#[derive(Debug, Default)]
pub(crate) struct CheckedLayer {
    pub(crate) name: String,
    pub(crate) features: Vec<CheckedFeature>,
}

/// A feature without fault.
#[derive(Debug)]
pub(crate) struct CheckedFeature {
    pub(crate) id: Option<u64>,
    /// 1 point, 2 line, 3 polygon.
    pub(crate) kind: u64,
    pub(crate) tags: Vec<(String, MvtValue)>,
    /// Points as one path, lines as one path each, polygons as rings.
    pub(crate) paths: Vec<Vec<Position>>,
}

pub(crate) type Position = [i64; 2];

/// A value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum MvtValue {
    Text(String),
    Double(f64),
    Whole(i64),
    Truth(bool),
}

/// What a tile is held to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rules {
    /// What the specification says MUST be.
    Specification,
    /// What it says SHOULD be too, and what we promise of our own tiles; geometry reaches `buffer` units out of the tile
    /// at most.
    Ours { buffer: i64 },
}

/// Unpacks and checks a stored tile; `buffer` is how far geometry may lie outside the tile, in units.
pub(crate) fn check_gzip(bytes: &[u8], buffer: i64) -> Result<CheckedTile, String> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).map_err(|error| error.to_string())?;
    check(&plain, buffer)
}

/// Checks a tile of ours; says the first fault.
pub(crate) fn check(bytes: &[u8], buffer: i64) -> Result<CheckedTile, String> {
    check_by(bytes, Rules::Ours { buffer })
}

/// Checks a tile; says the first fault.
pub(crate) fn check_by(bytes: &[u8], rules: Rules) -> Result<CheckedTile, String> {
    let mut tile = CheckedTile::default();
    for field in fields(bytes)? {
        match field {
            (3, Wire::Bytes(layer)) => tile.layers.push(check_layer(layer, rules)?),
            (number, _) => return Err(format!("a tile has no field {number}")),
        }
    }
    let names: HashSet<&str> = tile.layers.iter().map(|layer| layer.name.as_str()).collect();
    if names.len() != tile.layers.len() {
        return Err("two layers share a name".to_owned());
    }
    if tile.layers.is_empty() && matches!(rules, Rules::Ours { .. }) {
        return Err("the tile has no layer".to_owned());
    }
    Ok(tile)
}

enum Wire<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Fixed32([u8; 4]),
    Bytes(&'a [u8]),
}

fn varint(bytes: &mut &[u8]) -> Result<u64, String> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or("a varint ends too early")?;
        *bytes = rest;
        if shift == 63 && *byte > 1 {
            break;
        }
        value |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Ok(value);
        }
    }
    Err("a varint is too long".to_owned())
}

fn fields(mut bytes: &[u8]) -> Result<Vec<(u64, Wire<'_>)>, String> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let wire = match key & 7 {
            0 => Wire::Varint(varint(&mut bytes)?),
            1 => {
                let (head, rest) = bytes.split_first_chunk::<8>().ok_or("a number ends too early")?;
                bytes = rest;
                Wire::Fixed64(*head)
            }
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).map_err(|error| error.to_string())?;
                let (head, rest) = bytes.split_at_checked(length).ok_or("a message ends too early")?;
                bytes = rest;
                Wire::Bytes(head)
            }
            5 => {
                let (head, rest) = bytes.split_first_chunk::<4>().ok_or("a number ends too early")?;
                bytes = rest;
                Wire::Fixed32(*head)
            }
            other => return Err(format!("wire type {other}")),
        };
        fields.push((key >> 3, wire));
    }
    Ok(fields)
}

fn text(bytes: &[u8]) -> Result<String, String> {
    String::from_utf8(bytes.to_vec()).map_err(|error| error.to_string())
}

/// Keeps the only value of a field.
fn once<T>(place: &mut Option<T>, found: T, what: &str) -> Result<(), String> {
    if place.replace(found).is_some() { Err(format!("{what} stands twice")) } else { Ok(()) }
}

fn check_layer(bytes: &[u8], rules: Rules) -> Result<CheckedLayer, String> {
    let (mut name, mut version, mut extent) = (None, None, None);
    let (mut keys, mut values, mut messages, mut features) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for field in fields(bytes)? {
        match field {
            (15, Wire::Varint(found)) => once(&mut version, found, "the version")?,
            (1, Wire::Bytes(found)) => once(&mut name, text(found)?, "the name")?,
            (2, Wire::Bytes(found)) => features.push(found),
            (3, Wire::Bytes(found)) => keys.push(text(found)?),
            (4, Wire::Bytes(found)) => {
                values.push(check_value(found)?);
                messages.push(found);
            }
            (5, Wire::Varint(found)) => once(&mut extent, found, "the extent")?,
            (number, _) => return Err(format!("a layer has no field {number} of this type")),
        }
    }
    // A reader takes tiles of versions 1 and 2; what is written today is 2.
    if version != Some(2) && !(version == Some(1) && matches!(rules, Rules::Specification)) {
        return Err(format!("version {version:?}"));
    }
    let mut layer = CheckedLayer { name: name.ok_or("a layer without name")?, features: Vec::new() };
    let mut used = (vec![false; keys.len()], vec![false; values.len()]);
    for bytes in features {
        layer.features.push(check_feature(bytes, &keys, &values, &mut used, rules)?);
    }
    if let Rules::Ours { buffer } = rules {
        if layer.name.is_empty() || layer.features.is_empty() {
            return Err("a layer without name or feature".to_owned());
        }
        if extent != Some(4096) {
            return Err(format!("extent {extent:?}"));
        }
        if keys.iter().collect::<HashSet<_>>().len() != keys.len() {
            return Err("a key stands twice".to_owned());
        }
        if messages.iter().collect::<HashSet<_>>().len() != messages.len() {
            return Err("a value stands twice".to_owned());
        }
        if used.0.iter().chain(&used.1).any(|used| !used) {
            return Err("a key or value is used by no feature".to_owned());
        }
        check_features(&layer.features, -buffer..=4096 + buffer)?;
    }
    Ok(layer)
}

/// What is promised of the features of our own tiles besides.
fn check_features(features: &[CheckedFeature], span: std::ops::RangeInclusive<i64>) -> Result<(), String> {
    let mut ids = HashSet::new();
    for feature in features {
        // Browsers read ids as doubles.
        if feature.id.is_some_and(|id| !ids.insert(id) || id >= 1 << 53) {
            return Err(format!("id {:?} stands twice or is too large", feature.id));
        }
        for position in feature.paths.iter().flatten().flatten() {
            if !span.contains(position) {
                return Err(format!("a position lies at {position}, outside {span:?}"));
            }
        }
        if !(1..=3).contains(&feature.kind) {
            return Err("a feature of unknown type".to_owned());
        }
        let points = if feature.kind == 1 { feature.paths[0].as_slice() } else { &[] };
        if points.iter().collect::<HashSet<_>>().len() != points.len() {
            return Err("a point stands twice in a feature".to_owned());
        }
    }
    Ok(())
}

fn check_value(bytes: &[u8]) -> Result<MvtValue, String> {
    let fields = fields(bytes)?;
    let [field] = fields.as_slice() else { return Err("a value is one thing".to_owned()) };
    Ok(match field {
        (1, Wire::Bytes(found)) => MvtValue::Text(text(found)?),
        (2, Wire::Fixed32(found)) => MvtValue::Double(f64::from(f32::from_le_bytes(*found))),
        (3, Wire::Fixed64(found)) => MvtValue::Double(f64::from_le_bytes(*found)),
        (4, Wire::Varint(found)) => MvtValue::Whole(found.cast_signed()),
        (5, Wire::Varint(found)) => MvtValue::Whole(i64::try_from(*found).map_err(|error| error.to_string())?),
        (6, Wire::Varint(found)) => MvtValue::Whole(unzigzag(*found)),
        (7, Wire::Varint(found @ 0..=1)) => MvtValue::Truth(*found == 1),
        (number, _) => return Err(format!("a value has no field {number} of this type")),
    })
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

/// Packed `uint32`s: what is greater is cut off differently by different readers.
fn packed(mut bytes: &[u8]) -> Result<Vec<u64>, String> {
    let mut values = Vec::new();
    while !bytes.is_empty() {
        let value = varint(&mut bytes)?;
        if value > u64::from(u32::MAX) {
            return Err(format!("{value} is no number of 32 bits"));
        }
        values.push(value);
    }
    Ok(values)
}

fn check_feature(
    bytes: &[u8],
    keys: &[String],
    values: &[MvtValue],
    used: &mut (Vec<bool>, Vec<bool>),
    rules: Rules,
) -> Result<CheckedFeature, String> {
    let (mut id, mut kind, mut geometry, mut tags) = (None, None, None, None);
    for field in fields(bytes)? {
        match field {
            (1, Wire::Varint(found)) => once(&mut id, found, "the id")?,
            (2, Wire::Bytes(found)) => once(&mut tags, packed(found)?, "the list of tags")?,
            (3, Wire::Varint(found)) => once(&mut kind, found, "the type")?,
            (4, Wire::Bytes(found)) => once(&mut geometry, packed(found)?, "the geometry")?,
            (number, _) => return Err(format!("a feature has no field {number} of this type")),
        }
    }
    let mut named = Vec::new();
    let mut seen = HashSet::new();
    for pair in tags.unwrap_or_default().chunks(2) {
        let &[key, value] = pair else { return Err("a tag without value".to_owned()) };
        let (key, value) = (usize::try_from(key).unwrap(), usize::try_from(value).unwrap());
        let name = keys.get(key).ok_or("a tag names a key that is not there")?;
        let found = values.get(value).ok_or("a tag names a value that is not there")?;
        if !seen.insert(key) {
            return Err(format!("the key {name} stands twice in a feature"));
        }
        used.0[key] = true;
        used.1[value] = true;
        named.push((name.clone(), found.clone()));
    }
    let kind = kind.ok_or("a feature without type")?;
    let geometry = geometry.ok_or("a feature without geometry")?;
    // What lies in a geometry of unknown type is unknown too; only the specification allows it.
    let is_unknown = kind == 0 && matches!(rules, Rules::Specification);
    let paths = if is_unknown { Vec::new() } else { check_geometry(kind, &geometry)? };
    Ok(CheckedFeature { id, kind, tags: named, paths })
}

fn check_geometry(kind: u64, commands: &[u64]) -> Result<Vec<Vec<Position>>, String> {
    let mut paths: Vec<Vec<Position>> = Vec::new();
    let mut closed = true;
    let mut at: Position = [0, 0];
    let mut rest = commands;
    let mut expected = 1;
    while let Some((command, after)) = rest.split_first() {
        rest = after;
        let (id, count) = (command & 7, usize::try_from(command >> 3).unwrap());
        if id != expected {
            return Err(format!("command {id} where {expected} should stand"));
        }
        if count == 0 {
            return Err("a command for nothing".to_owned());
        }
        let mut steps = Vec::new();
        if id != 7 {
            let (numbers, after) = rest.split_at_checked(count * 2).ok_or("a command without its numbers")?;
            rest = after;
            for step in numbers.chunks(2) {
                at = [at[0] + unzigzag(step[0]), at[1] + unzigzag(step[1])];
                steps.push(at);
            }
        }
        match (kind, id) {
            (1, 1) => {
                paths.push(steps);
                expected = 0;
            }
            (2 | 3, 1) => {
                if count != 1 {
                    return Err("a line or ring begins at one place".to_owned());
                }
                paths.push(steps);
                closed = false;
                expected = 2;
            }
            (2, 2) => {
                paths.last_mut().unwrap().extend(steps);
                expected = 1;
            }
            (3, 2) => {
                if count < 2 {
                    return Err("a ring of two vertices".to_owned());
                }
                paths.last_mut().unwrap().extend(steps);
                expected = 7;
            }
            (3, 7) => {
                if count != 1 {
                    return Err("a ring is closed once".to_owned());
                }
                closed = true;
                expected = 1;
            }
            _ => return Err(format!("type {kind}, command {id}")),
        }
    }
    if paths.is_empty() || (kind == 2 && expected != 1) || (kind == 3 && !closed) {
        return Err("the geometry ends too early".to_owned());
    }
    match kind {
        1 => {}
        2 => {
            for line in &paths {
                if line.windows(2).any(|pair| pair[0] == pair[1]) {
                    return Err("a segment without length".to_owned());
                }
            }
        }
        _ => rings::check(&paths)?,
    }
    Ok(paths)
}

/// A tile by hand: one layer with one feature.
fn by_hand(kind: u8, commands: &[u8], tags: &[u8]) -> Vec<u8> {
    let mut feature = vec![0x08, 1, 0x12, u8::try_from(tags.len()).unwrap()];
    feature.extend(tags);
    feature.extend([0x18, kind, 0x22, u8::try_from(commands.len()).unwrap()]);
    feature.extend(commands);
    let mut layer = vec![0x78, 2, 0x0a, 1, b'a', 0x12, u8::try_from(feature.len()).unwrap()];
    layer.extend(feature);
    layer.extend([0x1a, 1, b'k', 0x22, 2, 0x28, 7, 0x28, 0x80, 0x20]);
    let mut tile = vec![0x1a, u8::try_from(layer.len()).unwrap()];
    tile.extend(layer);
    tile
}

#[test]
fn the_checker_accepts_what_is_right_and_refuses_what_is_not() {
    // MoveTo(1) 0,0; LineTo(3) +10,0 +0,10 -10,0; ClosePath: clockwise on the screen, so an outer ring.
    let square: &[u8] = &[9, 0, 0, 26, 20, 0, 0, 20, 19, 0, 15];
    let tile = check(&by_hand(3, square, &[0, 0]), 64).expect("a right tile");
    assert_eq!(tile.layers[0].features[0].tags, [("k".to_owned(), MvtValue::Whole(7))]);
    assert_eq!(doubled_area(&tile.layers[0].features[0].paths[0]), 200);
    for (what, bytes) in [
        ("orientation", by_hand(3, &[9, 0, 0, 26, 0, 20, 20, 0, 0, 19, 15], &[0, 0])),
        ("hole without outer ring", by_hand(3, &[9, 0, 0, 18, 0, 20, 20, 0, 15], &[0, 0])),
        ("spike", by_hand(3, &[9, 0, 0, 42, 20, 0, 0, 20, 10, 0, 9, 0, 19, 0, 15], &[0, 0])),
        ("touches itself", by_hand(3, &[9, 0, 0, 42, 20, 0, 0, 20, 9, 19, 9, 20, 0, 19, 15], &[0, 0])),
        ("bow-tie", by_hand(3, &[9, 0, 0, 26, 20, 20, 0, 19, 19, 20, 15], &[0, 0])),
        ("not closed", by_hand(3, &[9, 0, 0, 26, 20, 0, 0, 20, 19, 0], &[0, 0])),
        ("two vertices", by_hand(3, &[9, 0, 0, 10, 20, 0, 15], &[0, 0])),
        ("no area", by_hand(3, &[9, 0, 0, 18, 20, 0, 20, 0, 15], &[0, 0])),
        ("doubled vertex", by_hand(3, &[9, 0, 0, 34, 20, 0, 0, 0, 0, 20, 19, 0, 15], &[0, 0])),
        ("line of one point", by_hand(2, &[9, 0, 0], &[0, 0])),
        ("segment without length", by_hand(2, &[9, 0, 0, 10, 0, 0], &[0, 0])),
        ("point twice", by_hand(1, &[17, 2, 2, 0, 0], &[0, 0])),
        ("outside", by_hand(1, &[9, 0x80, 0x8f, 0x01, 0], &[0, 0])),
        ("value that is not there", by_hand(1, &[9, 2, 2], &[0, 1])),
        ("unused dictionary", by_hand(1, &[9, 2, 2], &[])),
        ("tag without value", by_hand(1, &[9, 2, 2], &[0])),
    ] {
        assert!(check(&bytes, 64).is_err(), "{what}");
    }
}
