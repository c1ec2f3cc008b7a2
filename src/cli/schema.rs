//! `hiraku schema list|show`.

use super::arguments::{Schema, SchemaWhat};
use super::{Outcome, Usage, say};
use crate::schema::Schemas;

/// Runs the command.
pub fn run(arguments: &Schema, json: bool) -> anyhow::Result<Outcome> {
    let schemas = Schemas::bundled();
    match &arguments.what {
        SchemaWhat::List => {
            if json {
                say(&format!("{}\n", serde_json::to_string_pretty(schemas.sheets())?));
                return Ok(Outcome::Done);
            }
            for sheet in schemas.sheets() {
                say(&format!("{} {} {}項目 {}\n", sheet.number, sheet.title, sheet.fields.len(), sheet.edition));
            }
        }
        SchemaWhat::Show { number } => {
            let sheet = schemas
                .sheet(number)
                .ok_or_else(|| Usage(format!("no sheet {number:?}; the numbers are 01 to 31 / 番号は01から31です")))?;
            if json {
                say(&format!("{}\n", serde_json::to_string_pretty(sheet)?));
                return Ok(Outcome::Done);
            }
            say(&format!("{} {} ({})\n", sheet.number, sheet.title, sheet.edition));
            for field in &sheet.fields {
                let verified = if field.verified { "" } else { " (未確認 / unverified)" };
                say(&format!("{:>3} {:1} {} — {}{verified}\n", field.no, field.requirement, field.name, field.format));
            }
        }
    }
    Ok(Outcome::Done)
}
