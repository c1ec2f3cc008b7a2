//! Reading the Parquet file of a day.

use std::fs::File;
use std::path::Path;

use arrow::array::{
    Array, BooleanArray, FixedSizeBinaryArray, RecordBatch, StringArray, UInt8Array, UInt16Array, UInt32Array,
};
use jiff::civil::Date;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sha2::Digest as _;
use uuid::Uuid;

use super::super::CountError;
use super::super::class::Class;
use super::super::verdict::{Kind, Verdict};
use super::Row;
use super::file::{DAY_KEY, DEFINITIONS_KEY, failed, path, schema};

/// Reads the archive of `day` below `folder`, whose SHA-256 must be `sha256` (hexadecimal): gives each row to `each`
/// with the place of its definition, and in the end the ids of the definitions.
pub fn read(folder: &Path, day: Date, sha256: &str, mut each: impl FnMut(u8, Row)) -> Result<Vec<String>, CountError> {
    let path = path(folder, day);
    let mut file = File::open(&path).map_err(CountError::file(&path))?;
    let mut digest = sha2::Sha256::new();
    std::io::copy(&mut file, &mut digest).map_err(CountError::file(&path))?;
    if hex::encode(digest.finalize()) != sha256 {
        return Err(failed(
            &path,
            &"it is not the file that was written when the day was closed (its SHA-256 differs)",
        ));
    }
    // What has the right digest was written by us; what does not fit nevertheless is another version's.
    let file = File::open(&path).map_err(CountError::file(&path))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| failed(&path, &error))?;
    let value = |key: &str| {
        let entries = builder.metadata().file_metadata().key_value_metadata()?;
        entries.iter().find(|entry| entry.key == key)?.value.clone()
    };
    if value(DAY_KEY).as_deref() != Some(day.to_string().as_str()) {
        return Err(failed(&path, &"it is the archive of another day"));
    }
    let definitions = value(DEFINITIONS_KEY).unwrap_or_default();
    let definitions: Vec<String> = definitions.split_whitespace().map(str::to_owned).collect();
    for batch in builder.build().map_err(|error| failed(&path, &error))? {
        let batch = batch.map_err(|error| failed(&path, &error))?;
        rows(&batch, &mut each).ok_or_else(|| failed(&path, &"its columns are not those of an archive"))?;
    }
    Ok(definitions)
}

fn rows(batch: &RecordBatch, each: &mut impl FnMut(u8, Row)) -> Option<()> {
    let expected = schema();
    if batch.num_columns() != expected.fields().len() {
        return None;
    }
    let column = |name: &str| batch.column_by_name(name);
    let text = |name: &str| column(name)?.as_any().downcast_ref::<StringArray>();
    let flag = |name: &str| column(name)?.as_any().downcast_ref::<BooleanArray>();
    let id = |name: &str| column(name)?.as_any().downcast_ref::<FixedSizeBinaryArray>();
    let wide = |name: &str| column(name)?.as_any().downcast_ref::<UInt32Array>();
    let definition = column("definition")?.as_any().downcast_ref::<UInt8Array>()?;
    let status = column("status")?.as_any().downcast_ref::<UInt16Array>()?;
    let (second, bytes) = (wide("second")?, wide("bytes")?);
    let (kind, class, sub, family, verdict) =
        (text("kind")?, text("class")?, text("sub")?, text("family")?, text("verdict")?);
    let (target, counted_for) = (id("target")?, id("counted_for")?);
    let (also, first, request, day) =
        (flag("also")?, flag("first_in_session")?, flag("first_request_in_session")?, flag("first_in_day")?);
    for row in 0..batch.num_rows() {
        let class = if sub.is_valid(row) {
            Class::parse(&format!("{}/{}", class.value(row), sub.value(row)))?
        } else {
            Class::parse(class.value(row))?
        };
        let kind_name = kind.value(row);
        let counted = counted_for.is_valid(row).then(|| Uuid::from_slice(counted_for.value(row)).ok()).flatten();
        each(
            definition.value(row),
            Row {
                second: second.value(row),
                kind: Kind::ALL.into_iter().find(|kind| kind.name() == kind_name)?,
                target: Uuid::from_slice(target.value(row)).ok()?,
                counted_for: counted,
                class,
                verdict: Verdict::parse(verdict.value(row))?,
                status: status.value(row),
                bytes: bytes.value(row),
                family: family.is_valid(row).then(|| family.value(row).to_owned()),
                also: also.value(row),
                first_in_session: first.value(row),
                first_request_in_session: request.value(row),
                first_in_day: day.value(row),
            },
        );
    }
    Some(())
}
