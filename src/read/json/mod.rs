//! JSON of every kind: GeoJSON, TopoJSON, and tables of objects or arrays. Which one it is stands in the text itself.

mod find;
mod keys;
mod objects;
mod topology;

use super::geojson::feature;
use super::geojson::json::Walker;
use super::{ReadError, ReadLimits, RowSink, SourceFile, encoding, geojson};

/// What a text of JSON is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    GeoJson,
    Topology,
    Table,
}

/// Reads JSON of any kind. Memory: the text (once more only where it is not UTF-8), 16 bytes for each row.
pub(super) fn read(source: &SourceFile, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let decoded = encoding::decode_json(&source.bytes, &|range| source.bytes.forget(range));
    if decoded.is_noise() {
        return Err(ReadError::NotText { replaced: decoded.replaced });
    }
    match form(&decoded.text, limits) {
        Form::GeoJson => geojson::read(&decoded, limits, sink),
        Form::Topology => topology::read(&decoded, limits, sink),
        Form::Table => objects::read(&decoded, limits, sink),
    }
}

/// Tells the form by the members of the first object. What is no JSON at all is left to the reader of GeoJSON, which says
/// where it is broken.
fn form(text: &str, limits: &ReadLimits) -> Form {
    let text = text.trim_start_matches([' ', '\t', '\r', '\n', '\u{1E}']);
    if text.starts_with('[') {
        let mut list = Walker::new(text, limits.nesting);
        let first = list.enter(b'[').ok().and_then(|()| list.element());
        return match first {
            Some(Ok(first)) if first.starts_with('{') && object(first, limits) == Some(Form::GeoJson) => Form::GeoJson,
            _ => Form::Table,
        };
    }
    if !text.starts_with('{') {
        return if text.starts_with(['"', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 't', 'f', 'n']) {
            Form::Table
        } else {
            Form::GeoJson
        };
    }
    object(text, limits).unwrap_or(Form::Table)
}

/// What an object is; `None` where its members say nothing.
fn object(text: &str, limits: &ReadLimits) -> Option<Form> {
    let mut members = Walker::new(text, limits.nesting);
    members.enter(b'{').ok()?;
    let (mut geometry, mut has_coordinates) = (false, false);
    while let Some(member) = members.member() {
        let Ok((key, value)) = member else {
            // Cut off or broken: what was seen until there, and the names at its head, must do.
            let head: String = text.chars().take(4_096).collect();
            let is_features = geometry || head.contains("\"features\"") || head.contains("\"Feature");
            return is_features.then_some(Form::GeoJson);
        };
        match key {
            "\"type\"" => match feature::string(value).as_deref() {
                Some("FeatureCollection" | "Feature") => return Some(Form::GeoJson),
                Some("Topology") => return Some(Form::Topology),
                Some(
                    "Point" | "MultiPoint" | "LineString" | "MultiLineString" | "Polygon" | "MultiPolygon"
                    | "GeometryCollection",
                ) => geometry = true,
                _ => {}
            },
            "\"coordinates\"" | "\"geometries\"" => has_coordinates = true,
            _ => {}
        }
        if geometry && has_coordinates {
            return Some(Form::GeoJson);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_members_tell_the_form() {
        let of = |text: &str| form(text, &ReadLimits::default());
        assert_eq!(of(r#"{"type":"FeatureCollection"}"#), Form::GeoJson);
        assert_eq!(of(r#"{"features":[],"type":"FeatureCollection"}"#), Form::GeoJson);
        assert_eq!(of(r#"[{"type":"Feature"}]"#), Form::GeoJson);
        assert_eq!(of("\u{1E}{\"type\":\"Feature\"}"), Form::GeoJson);
        assert_eq!(of(r#"{"type":"Topology","objects":{}}"#), Form::Topology);
        assert_eq!(of(r#"{"type":"Point","coordinates":[1,2]}"#), Form::GeoJson);
        assert_eq!(of(r#"{"type":"Point","name":"a"}"#), Form::Table);
        assert_eq!(of(r#"[{"名称":"a","type":"公園"}]"#), Form::Table);
        assert_eq!(of(r#"{"type":"FeatureCollection","features":[{"#), Form::GeoJson);
        assert_eq!(of(r#"{"data":[{"a":1}]}"#), Form::Table);
        assert_eq!(of("// a"), Form::GeoJson);
    }
}
