//! `hiraku template`: empty sheets of the standard as workbooks.

use std::io::Write as _;
use std::path::Path;

use super::arguments::Template;
use super::check::write_to;
use super::{Outcome, Usage, say};
use crate::report::fix::may_write;
use crate::report::template::{file_name, has_template, sheets, template};
use crate::schema::{Schemas, Sheet};

/// Runs the command.
pub fn run(arguments: &Template, json: bool) -> anyhow::Result<Outcome> {
    let mut written = Vec::new();
    if arguments.all {
        if arguments.to.exists() && !arguments.to.is_dir() {
            let path = arguments.to.display();
            return Err(Usage(format!("--to {path}: --all needs a folder / --all にはフォルダが必要です")).into());
        }
        std::fs::create_dir_all(&arguments.to)?;
        let all: Vec<_> = sheets().map(|sheet| (sheet, arguments.to.join(file_name(sheet)))).collect();
        for (_, path) in &all {
            free(path, arguments.force)?;
        }
        for (sheet, path) in all {
            write(sheet, &path, arguments.force)?;
            written.push((sheet, path));
        }
    } else {
        let number = arguments.sheet.as_deref().unwrap_or_default();
        let sheet = Schemas::bundled()
            .sheet(number)
            .ok_or_else(|| Usage(format!("no sheet {number:?}; the numbers are 01 to 31 / 番号は01から31です")))?;
        if !has_template(sheet) {
            return Err(Usage(format!(
                "{} {}: its fields are not known, or it points to another standard, so there is no template / 項目が確認できていないか、別の標準に従うため、様式を作れません",
                sheet.number, sheet.title
            ))
            .into());
        }
        let path = if arguments.to.is_dir() { arguments.to.join(file_name(sheet)) } else { arguments.to.clone() };
        free(&path, arguments.force)?;
        write(sheet, &path, arguments.force)?;
        written.push((sheet, path));
    }
    if json {
        let list: Vec<_> = written
            .iter()
            .map(|(sheet, path)| serde_json::json!({"sheet": sheet.number, "title": sheet.title, "file": path}))
            .collect();
        say(&format!("{}\n", serde_json::to_string_pretty(&list)?));
    } else {
        for (sheet, path) in &written {
            say(&format!("{} {} {}\n", sheet.number, sheet.title, path.display()));
        }
        let missing: Vec<&str> = Schemas::bundled()
            .sheets()
            .iter()
            .filter(|sheet| arguments.all && !has_template(sheet))
            .map(|sheet| sheet.number.as_str())
            .collect();
        if !missing.is_empty() {
            say(&format!(
                "{}: 項目が確認できていないか別の標準に従うため、様式はありません / no template: fields not known, or another standard\n",
                missing.join("、")
            ));
        }
    }
    Ok(Outcome::Done)
}

fn free(path: &Path, force: bool) -> anyhow::Result<()> {
    may_write(path, force, &[]).map_err(|error| Usage(format!("{}: {error}", path.display())).into())
}

fn write(sheet: &Sheet, path: &Path, force: bool) -> anyhow::Result<()> {
    let bytes = template(sheet)?;
    write_to(path, force, |file| Ok(file.write_all(&bytes)?))
}
