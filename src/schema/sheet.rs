//! One sheet of the standard: its fields and its older layout.

use serde::Deserialize;

use super::SchemaError;
use super::fold::fold_header;
use crate::model::record::{ColumnType, FieldNote};

/// A field of a sheet: what the standard says of one column.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Field {
    /// Its place in the sheet, from 1.
    pub no: u32,
    /// Its name: the header the standard asks for.
    pub name: String,
    /// Its English name; may be empty.
    pub english: String,
    /// Its physical name (of databases and interfaces); may be empty.
    pub physical_name: String,
    /// What its values mean.
    pub kind: ColumnType,
    /// The mark of the sheet: `◎` required, `○` recommended, empty, `unknown`, `注n`.
    pub requirement: String,
    /// The format asked for, in English; may be empty.
    pub format: String,
    /// The unit of its values; may be empty.
    pub unit: String,
    /// The allowed words; empty where free. An empty word among them means that the cell may be empty.
    pub codes: Vec<String>,
    /// What stands between several values in one cell; `None` where a cell holds one value.
    pub separator: Option<String>,
    /// Whether this exact name was seen in a source.
    pub verified: bool,
    /// Where it was seen.
    pub evidence: String,
    /// A remark; may be empty.
    pub note: String,
    /// Other headers that mean the same, the surest first.
    pub aliases: Vec<String>,
}

impl Field {
    /// Whether the sheet marks it `◎`.
    pub fn is_required(&self) -> bool {
        self.requirement == "◎"
    }

    /// What a data dictionary says of it.
    pub fn to_note(&self) -> FieldNote {
        FieldNote {
            requirement: self.requirement.clone(),
            format: self.format.clone(),
            english: self.english.clone(),
            codes: self.codes.clone(),
            verified: self.verified,
        }
    }
}

/// A column of an older layout (推奨データセット).
#[derive(Debug, Clone, serde::Serialize)]
pub struct LayoutColumn {
    /// Its header.
    pub name: String,
    /// Whether that edition marked it 必須.
    pub required: bool,
    /// The current field that holds its values, as an index into [`Sheet::fields`]; `None` where the standard has no
    /// field of that meaning today.
    pub field: Option<usize>,
}

/// The older layout of a sheet.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Layout {
    /// Its title.
    pub title: String,
    /// Its columns in order.
    pub columns: Vec<LayoutColumn>,
}

/// One of the 31 standard datasets.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Sheet {
    /// Two digits, `01`–`31`.
    pub number: String,
    /// The part of a file name that names it: `aed` in `222127_aed.csv`.
    pub slug: String,
    /// Its Japanese title.
    pub title: String,
    /// The definition book, `A`–`H`.
    pub book: String,
    /// Which edition the definition was taken from.
    pub edition: String,
    /// The id of its licence in `schemas/licences.toml`.
    pub licence: String,
    /// The line to print when the definition is used.
    pub attribution: String,
    /// Whether its columns were seen in a source.
    pub verified: bool,
    /// Whether their order was; where not, match by name only (which is what [`super::Schemas::bind`] always does).
    pub column_order_verified: bool,
    /// Whether its records have positions.
    pub has_points: bool,
    /// Its fields in order; empty where the standard only points to another standard.
    pub fields: Vec<Field>,
    /// Its older layout.
    pub recommended: Option<Layout>,
    /// The public sources of the definition.
    pub sources: Vec<String>,
    /// Remarks.
    pub notes: Vec<String>,
}

impl Sheet {
    /// The field of this name, compared after [`fold_header`].
    pub fn field(&self, name: &str) -> Option<(usize, &Field)> {
        let folded = fold_header(name);
        self.fields.iter().enumerate().find(|(_, field)| fold_header(&field.name) == folded)
    }

    /// Parses one file of `schemas/standard/`.
    pub(super) fn parse(file: &'static str, text: &str) -> Result<Self, SchemaError> {
        let raw: RawSheet =
            toml::from_str(text).map_err(|source| SchemaError::Toml { file, source: Box::new(source) })?;
        let rule = |reason: String| SchemaError::Rule { file, reason };
        let fields: Vec<Field> = raw.fields.into_iter().map(Field::from).collect();
        for (index, field) in fields.iter().enumerate() {
            if usize::try_from(field.no).ok() != Some(index + 1) {
                return Err(rule(format!("field {} should have no = {}", field.name, index + 1)));
            }
        }
        let columns = |layout: RawLayout| -> Result<Layout, SchemaError> {
            let mut columns = Vec::with_capacity(layout.columns.len());
            for column in layout.columns {
                let field = match &column.field {
                    None => None,
                    Some(name) => {
                        let at = fields.iter().position(|field| field.name == *name);
                        Some(at.ok_or_else(|| rule(format!("{} points to the unknown field {name}", column.name)))?)
                    }
                };
                columns.push(LayoutColumn { name: column.name, required: column.required, field });
            }
            Ok(Layout { title: layout.title, columns })
        };
        let recommended = raw.recommended.map(columns).transpose()?;
        let has_points = match raw.geometry.as_str() {
            "point" => true,
            "none" => false,
            other => return Err(rule(format!("geometry is {other}, not point or none"))),
        };
        Ok(Self {
            number: raw.number,
            slug: raw.slug,
            title: raw.title,
            book: raw.book,
            edition: raw.edition,
            licence: raw.licence,
            attribution: raw.attribution,
            verified: raw.verified,
            column_order_verified: raw.column_order_verified,
            has_points,
            fields,
            recommended,
            sources: raw.sources,
            notes: raw.notes,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSheet {
    number: String,
    title: String,
    slug: String,
    book: String,
    edition: String,
    #[serde(default, rename = "file_name")]
    _file_name: String,
    geometry: String,
    verified: bool,
    column_order_verified: bool,
    licence: String,
    attribution: String,
    sources: Vec<String>,
    notes: Vec<String>,
    #[serde(default)]
    fields: Vec<RawField>,
    recommended: Option<RawLayout>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawField {
    no: u32,
    name: String,
    #[serde(default)]
    english: String,
    #[serde(default)]
    physical_name: String,
    #[serde(rename = "type")]
    kind: ColumnType,
    separator: Option<String>,
    requirement: String,
    #[serde(default)]
    format: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    codes: Vec<String>,
    verified: bool,
    evidence: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    aliases: Vec<RawAlias>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAlias {
    name: String,
    /// Where it was seen: for people who read the file, not for the program.
    #[serde(rename = "seen")]
    _seen: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLayout {
    title: String,
    #[serde(rename = "number")]
    _number: String,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "verified")]
    _verified: bool,
    columns: Vec<RawLayoutColumn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLayoutColumn {
    name: String,
    required: bool,
    field: Option<String>,
}

impl From<RawField> for Field {
    fn from(raw: RawField) -> Self {
        Self {
            no: raw.no,
            name: raw.name,
            english: raw.english,
            physical_name: raw.physical_name,
            kind: raw.kind,
            requirement: raw.requirement,
            format: raw.format,
            unit: raw.unit,
            codes: raw.codes,
            separator: raw.separator,
            verified: raw.verified,
            evidence: raw.evidence,
            note: raw.note,
            aliases: raw.aliases.into_iter().map(|alias| alias.name).collect(),
        }
    }
}
