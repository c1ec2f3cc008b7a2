//! PROJJSON (<https://proj.org/schemas/v0.7/projjson.schema.json>): a coordinate system as JSON. Its code decides; where
//! it has none that is known, it is written out as well-known text and read like a `.prj`.

use std::fmt::Write as _;

use serde_json::Value;

use crate::read::{Crs, crs};

/// The system a PROJJSON describes.
pub(super) fn system(json: &Value) -> Crs {
    let name = json.get("name").and_then(Value::as_str).unwrap_or("PROJJSON");
    known(json, 0).unwrap_or_else(|| Crs::Unknown(name.to_owned()))
}

fn known(json: &Value, depth: usize) -> Option<Crs> {
    if depth > 4 {
        return None;
    }
    if let Some(found) = json.get("id").and_then(by_id) {
        return Some(found);
    }
    let inner = match json.get("type").and_then(Value::as_str)? {
        "CompoundCRS" => json.get("components")?.get(0)?,
        "BoundCRS" => json.get("source_crs")?,
        "ProjectedCRS" => return text(&projected(json)?),
        _ => return text(&format!("GEOGCRS[\"\",{}]", datum(json)?)),
    };
    known(inner, depth + 1)
}

fn by_id(id: &Value) -> Option<Crs> {
    let authority = id.get("authority").and_then(Value::as_str)?;
    let code = id.get("code")?;
    let code = code.as_u64().map(|code| code.to_string()).or_else(|| code.as_str().map(str::to_owned))?;
    match crs::from_name(&format!("{authority}:{code}")) {
        Crs::Unknown(_) | Crs::Missing => None,
        found => Some(found),
    }
}

fn text(wkt: &str) -> Option<Crs> {
    match crs::from_prj(wkt.as_bytes()) {
        Crs::Unknown(_) | Crs::Missing => None,
        found => Some(found),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn datum(geographic: &Value) -> Option<String> {
    let datum = geographic.get("datum").or_else(|| geographic.get("datum_ensemble"))?;
    let name = datum.get("name").and_then(Value::as_str)?;
    let ellipsoid = datum.get("ellipsoid").and_then(|ellipsoid| ellipsoid.get("name")).and_then(Value::as_str);
    Some(format!("DATUM[{},ELLIPSOID[{},0,0]]", quoted(name), quoted(ellipsoid.unwrap_or_default())))
}

fn projected(json: &Value) -> Option<String> {
    let conversion = json.get("conversion")?;
    let method = conversion.get("method")?.get("name").and_then(Value::as_str)?;
    let mut wkt = format!(
        "PROJCRS[{},BASEGEOGCRS[\"\",{}],CONVERSION[\"\",METHOD[{}]",
        quoted(json.get("name").and_then(Value::as_str).unwrap_or_default()),
        datum(json.get("base_crs")?)?,
        quoted(method)
    );
    for parameter in conversion.get("parameters").and_then(Value::as_array).into_iter().flatten() {
        let (name, value) = (parameter.get("name")?.as_str()?, parameter.get("value")?.as_f64()?);
        // Writing to a String cannot fail.
        let _ = write!(wkt, ",PARAMETER[{},{value}]", quoted(name));
    }
    wkt.push(']');
    // A unit that is no metre stands as an object or under another name.
    let axes = json.get("coordinate_system").and_then(|system| system.get("axis")).and_then(Value::as_array);
    let is_metre = |axis: &Value| axis.get("unit").is_none_or(|unit| unit.as_str() == Some("metre"));
    if axes.is_some_and(|axes| !axes.iter().all(is_metre)) {
        return None;
    }
    wkt.push(']');
    Some(wkt)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn codes_and_parameters_state_systems() {
        assert_eq!(system(&json!({"id": {"authority": "EPSG", "code": 6668}})), Crs::Geographic);
        assert_eq!(system(&json!({"id": {"authority": "OGC", "code": "CRS84"}})), Crs::Geographic);
        assert_eq!(system(&json!({"id": {"authority": "EPSG", "code": 6676}})), Crs::PlaneRectangular(8));
        let zone = json!({
            "type": "ProjectedCRS", "name": "x",
            "base_crs": {"datum": {"name": "Japanese Geodetic Datum 2011", "ellipsoid": {"name": "GRS 1980"}}},
            "conversion": {"method": {"name": "Transverse Mercator"}, "parameters": [
                {"name": "Latitude of natural origin", "value": 36}, {"name": "Longitude of natural origin", "value": 138.5},
                {"name": "Scale factor at natural origin", "value": 0.9999},
                {"name": "False easting", "value": 0}, {"name": "False northing", "value": 0}]},
            "coordinate_system": {"axis": [{"unit": "metre"}, {"unit": "metre"}]},
        });
        assert_eq!(system(&zone), Crs::PlaneRectangular(8));
        let compound = json!({"type": "CompoundCRS", "name": "y", "components": [zone]});
        assert_eq!(system(&compound), Crs::PlaneRectangular(8));
        let tokyo = json!({"type": "GeographicCRS", "datum": {"name": "Tokyo", "ellipsoid": {"name": "Bessel 1841"}}});
        assert_eq!(system(&tokyo), Crs::GeographicTokyo);
        let far = json!({"type": "GeographicCRS", "name": "NAD83", "datum": {"name": "North American Datum 1983"}});
        assert_eq!(system(&far), Crs::Unknown("NAD83".to_owned()));
    }
}
