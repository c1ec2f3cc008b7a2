//! OpenDocument spreadsheets (ISO/IEC 26300, OASIS 1.2 and 1.3), packed (`.ods`) or flat (`.fods`), values only.
//!
//! A sheet of this format may announce a million equal rows in forty bytes. Blank ones cost nothing; filled ones are
//! counted before the first is pushed.

mod cell;
mod content;
mod paragraph;
mod rows;
mod survey;

use std::borrow::Cow;

use quick_xml::events::Event;

use self::rows::Reading;
use self::survey::{Survey, Table};
use super::spreadsheet::{Package, Shown, Xml};
use super::{ReadError, ReadLimits, RowSink, SourceFile};
use crate::model::finding::{Finding, FindingCode, Place};

/// The part that holds all sheets.
const CONTENT: &str = "content.xml";

/// Reads a spreadsheet as [`super::xlsx::read`] does: each sheet with values a table, merged cells spread, stored values
/// of formulas, everything hidden told.
///
/// Memory: the file and its unpacked content, within `unpacked_bytes`, and one row.
pub(super) fn read(source: &SourceFile, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let bytes: &[u8] = &source.bytes;
    let mut package = if bytes.starts_with(b"PK") { Some(Package::open(bytes, limits)?) } else { None };
    let text: Cow<'_, str> = match &mut package {
        Some(package) => {
            // Encrypted parts are no XML; the manifest says so before anything else.
            if package.part("META-INF/manifest.xml")?.is_some_and(|manifest| manifest.contains("encryption-data")) {
                return Err(ReadError::Encrypted);
            }
            Cow::Owned(package.needed(CONTENT)?)
        }
        None => Cow::Borrowed(
            std::str::from_utf8(bytes)
                .map_err(|_| ReadError::PartBroken { part: "FODS".to_owned(), detail: "UTF-8".to_owned() })?,
        ),
    };
    let mut survey = Survey::new(limits);
    content::walk(&text, limits, &mut survey)?;
    let several = survey.tables.iter().filter(|table| table.is_read()).count() > 1;
    let outside = std::mem::take(&mut survey.outside);
    let mut reading = Reading::new(survey.tables, several, limits, sink);
    content::walk(&text, limits, &mut reading)?;
    let (stopped, tables) = (reading.stopped, reading.read);
    if stopped {
        return Ok(());
    }
    if tables == 0 {
        return Err(ReadError::Empty);
    }
    drop(text);
    let mut tell = |code, found: &str, expected: &str| {
        sink.finding(Finding::new(code, Place::default(), found, expected));
    };
    for (name, target) in &outside.names {
        tell(FindingCode::NameOutside, name, target);
    }
    if outside.has_changes {
        tell(FindingCode::HiddenContent, "変更履歴", "history of changes");
    }
    let Some(package) = &mut package else { return Ok(()) };
    // Each library of macros is a folder with a list of its modules, which is there without any module as well.
    let is_macro = |name: &str| {
        name.starts_with("Scripts/") && !name.ends_with('/')
            || name.starts_with("Basic/") && name.matches('/').count() > 1 && !name.ends_with("script-lb.xml")
    };
    if package.names().any(|name| is_macro(name) && !name.ends_with('/')) {
        tell(FindingCode::MacroPresent, "", "");
    }
    let (ja, en) = authors(package, limits)?;
    if !ja.is_empty() {
        tell(FindingCode::AuthorPresent, &ja.join("、"), &en.join(", "));
    }
    Ok(())
}

impl Table {
    /// Whether the table is a sheet that is shown, and not the copy of one in another file.
    fn is_read(&self) -> bool {
        self.shown == Shown::Yes && self.source.is_none()
    }
}

/// Which names of people the document's properties hold, in Japanese and English. What cannot be read holds none.
fn authors(
    package: &mut Package<'_>,
    limits: &ReadLimits,
) -> Result<(Vec<&'static str>, Vec<&'static str>), ReadError> {
    let (mut ja, mut en) = (Vec::new(), Vec::new());
    let Some(text) = package.part("meta.xml")? else { return Ok((ja, en)) };
    let mut xml = Xml::new(&text, "meta.xml", limits);
    let mut open = None;
    while let Ok(Some(event)) = xml.next() {
        match &event {
            Event::Start(element) => {
                open = match element.local_name().into_inner() {
                    "initial-creator" => Some(("作成者", "creator")),
                    "creator" => Some(("最終更新者", "last modified by")),
                    "printed-by" => Some(("印刷者", "printed by")),
                    _ => None,
                };
            }
            Event::End(_) => open = None,
            event => {
                let is_text = xml.text(event).is_ok_and(|text| !text.trim().is_empty());
                if let Some((name_ja, name_en)) = open.filter(|_| is_text)
                    && !ja.contains(&name_ja)
                {
                    ja.push(name_ja);
                    en.push(name_en);
                }
            }
        }
    }
    Ok((ja, en))
}
