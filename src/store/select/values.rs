//! Values of an answer: from Arrow's types to JSON and the names of PostgreSQL's types.

use arrow::array::{Array, ArrayRef, AsArray as _};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimeUnit, TimestampMicrosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use serde_json::Value as Json;

use super::SelectError;

fn unknown(kind: &DataType) -> SelectError {
    SelectError::Refused(format!("columns of the type {kind} are not given out; cast them to text"))
}

/// The name of the type.
pub(super) fn kind(kind: &DataType) -> Result<&'static str, SelectError> {
    Ok(match kind {
        DataType::Utf8 | DataType::Null => "text",
        DataType::Boolean => "bool",
        DataType::Int8 | DataType::Int16 | DataType::UInt8 => "int2",
        DataType::Int32 | DataType::UInt16 => "int4",
        DataType::Int64 | DataType::UInt32 => "int8",
        DataType::UInt64 | DataType::Decimal128(_, _) => "numeric",
        DataType::Float32 => "float4",
        DataType::Float64 => "float8",
        DataType::Date32 => "date",
        DataType::Timestamp(TimeUnit::Microsecond, None) => "timestamp",
        other => return Err(unknown(other)),
    })
}

/// One value. Numbers that are not finite are null, since JSON has none.
pub(super) fn value(column: &ArrayRef, row: usize) -> Result<Json, SelectError> {
    if column.is_null(row) {
        return Ok(Json::Null);
    }
    Ok(match column.data_type() {
        DataType::Null => Json::Null,
        DataType::Utf8 => Json::from(column.as_string::<i32>().value(row)),
        DataType::Boolean => Json::from(column.as_boolean().value(row)),
        DataType::Int8 => Json::from(column.as_primitive::<Int8Type>().value(row)),
        DataType::Int16 => Json::from(column.as_primitive::<Int16Type>().value(row)),
        DataType::Int32 => Json::from(column.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => Json::from(column.as_primitive::<Int64Type>().value(row)),
        DataType::UInt8 => Json::from(column.as_primitive::<UInt8Type>().value(row)),
        DataType::UInt16 => Json::from(column.as_primitive::<UInt16Type>().value(row)),
        DataType::UInt32 => Json::from(column.as_primitive::<UInt32Type>().value(row)),
        DataType::UInt64 => Json::from(column.as_primitive::<UInt64Type>().value(row)),
        DataType::Float32 => Json::from(column.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => Json::from(column.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(_, _) => decimal(&column.as_primitive::<Decimal128Type>().value_as_string(row)),
        DataType::Date32 => {
            column.as_primitive::<Date32Type>().value_as_date(row).map_or(Json::Null, |day| Json::from(day.to_string()))
        }
        DataType::Timestamp(TimeUnit::Microsecond, None) => column
            .as_primitive::<TimestampMicrosecondType>()
            .value_as_datetime(row)
            .map_or(Json::Null, |at| Json::from(at.format("%Y-%m-%dT%H:%M:%S%.f").to_string())),
        other => return Err(unknown(other)),
    })
}

/// A number as exact as JSON's readers take it: whole where it is one.
fn decimal(text: &str) -> Json {
    match text.parse::<i64>() {
        Ok(number) => Json::from(number),
        Err(_) => text.parse::<f64>().map_or(Json::Null, Json::from),
    }
}
