//! `queryables`: what filters may name, as JSON Schema (OGC 19-079r2, §6).

use serde_json::{Map, Value as Json, json};

use super::when;
use crate::http::ogc::cql2::geometry_name;
use crate::http::tiles::tilejson::Named;
use crate::model::catalogue::Table;
use crate::model::record::{Column, ColumnType, GeometryKind};

/// `/ogc/collections/{layer}/queryables`.
pub fn schema((_, table, layer): Named<'_>, site: &str) -> Json {
    let mut properties = Map::new();
    let geometry = geometry_name(table);
    properties.insert(
        geometry.to_owned(),
        json!({ "title": "位置・形", "format": format_of(table.geometry), "x-ogc-role": "primary-geometry" }),
    );
    let id = json!({ "title": "記録の番号", "type": "integer", "minimum": 1, "x-ogc-role": "id" });
    properties.insert("_id".to_owned(), id);
    for column in &table.shape.columns {
        properties.insert(column.name.clone(), property(column, table));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("{site}/ogc/collections/{}/queryables", layer.name),
        "type": "object",
        "title": layer.title,
        "description": "filter=（CQL2）と ?項目名=値 に使える項目 / properties for filter= (CQL2) and ?name=value",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn format_of(kind: Option<GeometryKind>) -> &'static str {
    match kind {
        Some(GeometryKind::Point) => "geometry-point-or-multipoint",
        Some(GeometryKind::Line) => "geometry-linestring-or-multilinestring",
        Some(GeometryKind::Polygon) => "geometry-polygon-or-multipolygon",
        Some(GeometryKind::Mixed) | None => "geometry-any",
    }
}

fn property(column: &Column, table: &Table) -> Json {
    let mut property = json!({
        "title": column.title,
        "type": match column.kind {
            ColumnType::Integer => "integer",
            kind if kind.storage() == crate::model::record::Storage::Number => "number",
            _ => "string",
        },
    });
    let Some(object) = property.as_object_mut() else { return property };
    if let Some(field) = &column.field {
        if !field.codes.is_empty() {
            object.insert("description".to_owned(), Json::from(field.codes.join("、")));
        } else if !field.format.is_empty() {
            object.insert("description".to_owned(), Json::from(field.format.as_str()));
        }
    }
    if column.kind == ColumnType::Date {
        // Months and years without a day are kept as published, so the values are texts that begin like dates.
        object.insert("pattern".to_owned(), Json::from("^\\d{4}(-\\d{2}(-\\d{2})?)?$"));
        let role = match when::columns(table) {
            Some((first, None)) if first == column.name => Some("primary-instant"),
            Some((first, Some(_))) if first == column.name => Some("primary-interval-start"),
            Some((_, Some(last))) if last == column.name => Some("primary-interval-end"),
            _ => None,
        };
        if let Some(role) = role {
            object.insert("x-ogc-role".to_owned(), Json::from(role));
        }
    }
    property
}
