//! What the workbook says of itself: its sheets, its date system, its shared strings and number formats.

use quick_xml::events::Event;

use crate::read::spreadsheet::{Format, Package, Shown, Strings, Xml, unescape};
use crate::read::{ReadError, ReadLimits};

/// A sheet as the workbook lists it.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    /// Its name.
    pub(super) name: String,
    /// The path of its part.
    pub(super) path: String,
    /// Whether it is shown.
    pub(super) shown: Shown,
}

/// What all sheets share.
#[derive(Debug, Default)]
pub(super) struct Workbook {
    /// The worksheets in order; chart sheets are left out.
    pub(super) sheets: Vec<Sheet>,
    /// Whether days are counted from 1904.
    pub(super) from_1904: bool,
    /// The shared strings.
    pub(super) strings: Strings,
    /// The number format of each cell style.
    pub(super) formats: Vec<Format>,
    /// Defined names with what they stand for, as far as that lies outside of the workbook.
    pub(super) names_outside: Vec<(String, String)>,
}

impl Workbook {
    /// Reads the parts that all sheets share.
    pub(super) fn open(package: &mut Package<'_>, limits: &ReadLimits) -> Result<Self, ReadError> {
        let path = workbook_path(package, limits)?;
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let relations_path = relations_of(&path);
        let relations = relations(package, &relations_path, limits)?;
        let target = |wanted: &dyn Fn(&Relation) -> bool| {
            relations.iter().find(|relation| wanted(relation)).map(|relation| resolve(folder, &relation.target))
        };
        let mut book = Self::default();
        let text = package.needed(&path)?;
        let mut xml = Xml::new(&text, &path, limits);
        let mut name = None::<(String, String)>;
        while let Some(event) = xml.next()? {
            let (Event::Start(element) | Event::Empty(element)) = &event else {
                match (&event, &mut name) {
                    (Event::End(_), Some(_)) => book.take_name(name.take(), limits),
                    (event, Some((_, stands_for))) => stands_for.push_str(&xml.text(event)?),
                    _ => {}
                }
                continue;
            };
            match element.local_name().into_inner() {
                "workbookPr" => {
                    book.from_1904 = is_true(xml.attribute(element, "date1904")?.as_deref());
                }
                "definedName" if matches!(event, Event::Start(_)) => {
                    name = Some((xml.attribute(element, "name")?.unwrap_or_default(), String::new()));
                }
                "sheet" => {
                    if book.sheets.len() >= limits.sheets {
                        return Err(ReadError::TooManyParts { what: "sheets", limit: limits.sheets });
                    }
                    let id = xml.attribute(element, "id")?.unwrap_or_default();
                    let state = xml.attribute(element, "state")?;
                    let Some(relation) = relations.iter().find(|relation| relation.id == id) else {
                        return Err(no_relation(&relations_path, &relations, &id));
                    };
                    if relation.kind.ends_with("/worksheet") {
                        let path = resolve(folder, &relation.target);
                        let name = xml.attribute(element, "name")?.unwrap_or_default();
                        let shown = match state.as_deref() {
                            None | Some("visible") => Shown::Yes,
                            Some("veryHidden") => Shown::Never,
                            Some(_) => Shown::No,
                        };
                        book.sheets.push(Sheet { name: unescape(&name).into_owned(), path, shown });
                    } else if !OTHER_SHEETS.iter().any(|kind| relation.kind.ends_with(kind)) {
                        return Err(no_relation(&relations_path, &relations, &id));
                    }
                }
                _ => {}
            }
        }
        if let Some(path) = target(&|relation| relation.kind.ends_with("/sharedStrings"))
            && let Some(text) = package.part(&path)?
        {
            book.strings = strings(&text, &path, limits)?;
        }
        if let Some(path) = target(&|relation| relation.kind.ends_with("/styles"))
            && let Some(text) = package.part(&path)?
        {
            book.formats = formats(&text, &path, limits)?;
        }
        Ok(book)
    }
}

impl Workbook {
    /// Keeps a defined name that stands for something in another file: `[1]Sheet1!$A$1`, `'C:\\台帳\\[名簿.xlsx]Sheet1'!$A$1`.
    fn take_name(&mut self, name: Option<(String, String)>, limits: &ReadLimits) {
        let outside = |text: &str| text.contains('[') && text.contains('!') || text.contains("://");
        self.names_outside.extend(name.filter(|(_, text)| outside(text) && self.names_outside.len() < limits.sheets));
    }
}

/// Whether an attribute says yes.
pub(super) fn is_true(value: Option<&str>) -> bool {
    matches!(value, Some("1" | "true" | "on"))
}

/// Sheets that hold no cells, or macros of Excel 4: they are passed over.
const OTHER_SHEETS: [&str; 4] = ["/chartsheet", "/dialogsheet", "/xlMacrosheet", "/xlIntlMacrosheet"];

/// The refusal of a workbook that lists a sheet and does not say where it is.
fn no_relation(path: &str, relations: &[Relation], id: &str) -> ReadError {
    if relations.is_empty() {
        return ReadError::PartMissing { part: path.to_owned() };
    }
    ReadError::PartBroken {
        part: path.to_owned(),
        detail: format!("Id=\"{}\"", id.chars().take(20).collect::<String>()),
    }
}

/// A relation of one part to another.
pub(super) struct Relation {
    id: String,
    /// What the other part is, as a URI; its end is the same in the transitional and the strict form.
    pub(super) kind: String,
    /// Where it is: a path inside the package, or of another file.
    pub(super) target: String,
}

/// The path of the relations of a part.
pub(super) fn relations_of(path: &str) -> String {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    resolve("", &format!("{folder}/_rels/{file}.rels"))
}

/// The workbook's part as the package names it; nearly always `xl/workbook.xml`.
fn workbook_path(package: &mut Package<'_>, limits: &ReadLimits) -> Result<String, ReadError> {
    let relations = relations(package, "_rels/.rels", limits)?;
    let found = relations.iter().find(|relation| relation.kind.ends_with("/officeDocument"));
    Ok(found.map_or_else(|| "xl/workbook.xml".to_owned(), |relation| resolve("", &relation.target)))
}

/// The relations that a part of this path lists; none where there is no such part.
pub(super) fn relations(
    package: &mut Package<'_>,
    path: &str,
    limits: &ReadLimits,
) -> Result<Vec<Relation>, ReadError> {
    let Some(text) = package.part(path)? else { return Ok(Vec::new()) };
    let mut xml = Xml::new(&text, path, limits);
    let mut found = Vec::new();
    while let Some(event) = xml.next()? {
        let (Event::Start(element) | Event::Empty(element)) = &event else { continue };
        if element.local_name().into_inner() == "Relationship" {
            found.push(Relation {
                id: xml.attribute(element, "Id")?.unwrap_or_default(),
                kind: xml.attribute(element, "Type")?.unwrap_or_default(),
                target: xml.attribute(element, "Target")?.unwrap_or_default(),
            });
        }
    }
    Ok(found)
}

/// The path of a relation's target inside the archive. Names are only compared with entries, never used as file paths.
pub(super) fn resolve(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            ".." => {
                parts.pop();
            }
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Reads the shared strings. The announced count is not looked at; readings of kanji (`rPh`) are left out.
fn strings(text: &str, path: &str, limits: &ReadLimits) -> Result<Strings, ReadError> {
    let mut xml = Xml::new(text, path, limits);
    let (mut strings, mut current) = (Strings::default(), String::new());
    let (mut in_text, mut in_reading) = (false, false);
    while let Some(event) = xml.next()? {
        match &event {
            Event::Start(element) => match element.local_name().into_inner() {
                "si" => current.clear(),
                "t" => in_text = true,
                "rPh" => in_reading = true,
                _ => {}
            },
            Event::Empty(element) if element.local_name().into_inner() == "si" => strings.push(""),
            Event::End(element) => match element.local_name().into_inner() {
                "si" => strings.push(&unescape(&current)),
                "t" => in_text = false,
                "rPh" => in_reading = false,
                _ => {}
            },
            event if in_text && !in_reading => current.push_str(&xml.text(event)?),
            _ => {}
        }
    }
    Ok(strings)
}

/// Reads the number format of each cell style (`cellXfs`).
fn formats(text: &str, path: &str, limits: &ReadLimits) -> Result<Vec<Format>, ReadError> {
    let mut xml = Xml::new(text, path, limits);
    let mut custom = std::collections::HashMap::new();
    let (mut formats, mut in_cell_styles) = (Vec::new(), false);
    while let Some(event) = xml.next()? {
        match &event {
            Event::Start(element) | Event::Empty(element) => match element.local_name().into_inner() {
                "numFmt" => {
                    let id: Option<u32> = xml.attribute(element, "numFmtId")?.and_then(|id| id.parse().ok());
                    let code = xml.attribute(element, "formatCode")?.unwrap_or_default();
                    custom.extend(id.map(|id| (id, Format::of_code(&code))));
                }
                "cellXfs" => in_cell_styles = matches!(event, Event::Start(_)),
                "xf" if in_cell_styles => {
                    let id = xml.attribute(element, "numFmtId")?.and_then(|id| id.parse().ok()).unwrap_or(0);
                    formats.push(custom.get(&id).copied().unwrap_or_else(|| Format::of_builtin(id)));
                }
                _ => {}
            },
            Event::End(element) if element.local_name().into_inner() == "cellXfs" => in_cell_styles = false,
            _ => {}
        }
    }
    Ok(formats)
}
