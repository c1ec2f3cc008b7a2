//! What a workbook holds beside the cells of its sheets: comments, drawings, embedded files, caches of pivot tables, links,
//! macros, the names of its authors.

use quick_xml::events::Event;

use super::workbook::{Relation, Workbook, relations, relations_of, resolve};
use crate::model::finding::{Finding, FindingCode, Place};
use crate::read::spreadsheet::{Beside, Package, Refs, Xml, place};
use crate::read::{ReadError, ReadLimits, RowSink};

/// Says what lies on one sheet. A part that cannot be read is told as one thing without a place: it holds no values.
pub(super) fn of_sheet(
    package: &mut Package<'_>,
    path: &str,
    name: Option<&str>,
    limits: &ReadLimits,
    sink: &mut dyn RowSink,
) -> Result<(), ReadError> {
    let relations = lenient(relations(package, &relations_of(path), limits))?.unwrap_or_default();
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let (mut beside, mut commented) = (Beside::default(), std::collections::BTreeSet::new());
    for relation in &relations {
        let target = resolve(folder, &relation.target);
        let kind = relation.kind.rsplit('/').next().unwrap_or_default();
        match kind {
            "comments" | "threadedComment" => match lenient(comments(package, &target, limits))? {
                Some(found) => commented.extend(found),
                None => beside.comments.add_named("?"),
            },
            "drawing" if lenient(drawing(package, &target, limits, &mut beside))?.is_none() => {
                beside.shapes.add_named("?");
            }
            "image" => beside.pictures.add_named("A1"),
            "oleObject" | "package" | "control" => beside.objects.add_named(file_name(&relation.target)),
            _ => {}
        }
    }
    // A thread has a comment of the older form beside it, so each cell counts once.
    for (row, column) in &commented {
        beside.comments.add(*column, *row);
    }
    beside.tell(name, sink);
    Ok(())
}

/// Passes over what is broken in a part that holds no values; limits and document types refuse all the same.
fn lenient<T>(result: Result<T, ReadError>) -> Result<Option<T>, ReadError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(ReadError::PartBroken { .. } | ReadError::PartMissing { .. } | ReadError::TooDeep { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The last piece of a path: whoever reads it need not learn whose folder it lay in.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The author of the comments that templates and marked workbooks of this program have: they are no secret of anybody.
const OWN_AUTHOR: &str = "hiraku";

/// The cells (row, column) that a part of comments or of threads speaks of.
fn comments(package: &mut Package<'_>, path: &str, limits: &ReadLimits) -> Result<Vec<(u32, usize)>, ReadError> {
    let text = package.needed(path)?;
    let mut xml = Xml::new(&text, path, limits);
    let (mut found, mut authors, mut author) = (Vec::new(), Vec::new(), None::<String>);
    while let Some(event) = xml.next()? {
        match &event {
            Event::Start(element) | Event::Empty(element) => match element.local_name().into_inner() {
                "author" => author = Some(String::new()),
                "comment" | "threadedComment" => {
                    let by = xml.attribute(element, "authorId")?.and_then(|id| id.parse::<usize>().ok());
                    let is_own = by.and_then(|id| authors.get(id)).is_some_and(|author| author == OWN_AUTHOR);
                    let cell = xml.attribute(element, "ref")?.as_deref().and_then(place::cell);
                    found.extend(cell.filter(|_| !is_own).map(|(column, row)| (row, column)));
                }
                _ => {}
            },
            Event::End(element) if element.local_name().into_inner() == "author" => authors.extend(author.take()),
            event => {
                if let Some(author) = &mut author {
                    author.push_str(&xml.text(event)?);
                }
            }
        }
    }
    Ok(found)
}

/// Pictures, shapes and charts by the cell their corner lies in. Only the first form of what is there in several
/// (`mc:AlternateContent`) counts.
fn drawing(package: &mut Package<'_>, path: &str, limits: &ReadLimits, beside: &mut Beside) -> Result<(), ReadError> {
    let text = package.needed(path)?;
    let mut xml = Xml::new(&text, path, limits);
    let (mut corner, mut number, mut in_corner, mut kind) = ((0_usize, 0_u32), String::new(), false, None::<Kind>);
    while let Some(event) = xml.next()? {
        match &event {
            Event::Start(element) | Event::Empty(element) => match element.local_name().into_inner() {
                "twoCellAnchor" | "oneCellAnchor" | "absoluteAnchor" => (corner, kind) = ((0, 0), None),
                "from" => in_corner = true,
                "col" | "row" => number.clear(),
                "pic" => kind = kind.or(Some(Kind::Picture)),
                "sp" | "cxnSp" => kind = kind.or(Some(Kind::Shape)),
                // A frame is known by what it frames.
                "graphicFrame" => kind = kind.or(Some(Kind::Frame)),
                "chart" if kind == Some(Kind::Frame) => kind = Some(Kind::Chart),
                _ => {}
            },
            Event::End(element) => match element.local_name().into_inner() {
                "from" => in_corner = false,
                "col" if in_corner => corner.0 = number.trim().parse().unwrap_or(0).min(16_383),
                "row" if in_corner => corner.1 = number.trim().parse().unwrap_or(0).min(1_048_575),
                "twoCellAnchor" | "oneCellAnchor" | "absoluteAnchor" => {
                    let refs: Option<&mut Refs> = match kind.take() {
                        Some(Kind::Picture) => Some(&mut beside.pictures),
                        Some(Kind::Chart) => Some(&mut beside.charts),
                        Some(Kind::Shape | Kind::Frame) => Some(&mut beside.shapes),
                        None => None,
                    };
                    if let Some(refs) = refs {
                        refs.add(corner.0, corner.1);
                    }
                }
                _ => {}
            },
            event if in_corner => number.push_str(&xml.text(event)?),
            _ => {}
        }
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Picture,
    Shape,
    Frame,
    Chart,
}

/// Says what the workbook holds as a whole.
pub(super) fn of_workbook(
    package: &mut Package<'_>,
    book: &Workbook,
    limits: &ReadLimits,
    sink: &mut dyn RowSink,
) -> Result<(), ReadError> {
    let mut tell = |code, found: &str, expected: &str| {
        sink.finding(Finding::new(code, Place::default(), found, expected));
    };
    let names: Vec<String> = package.names().map(str::to_owned).collect();
    let lower: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
    let has = |prefix: &str| lower.iter().any(|name| name.starts_with(prefix));
    if lower.iter().any(|name| name.ends_with("vbaproject.bin")) || has("xl/macrosheets/") {
        tell(FindingCode::MacroPresent, "", "");
    }
    if has("xl/model/") {
        tell(FindingCode::HiddenContent, "データモデル(Power Pivot)", "data model (Power Pivot)");
    }
    if has("xl/revisions/") {
        tell(FindingCode::HiddenContent, "変更履歴", "history of changes");
    }
    if has("xl/connections.xml") {
        tell(FindingCode::ExternalLink, "xl/connections.xml", "");
    }
    for (name, stands_for) in &book.names_outside {
        tell(FindingCode::NameOutside, name, file_name(stands_for));
    }
    for (name, lower) in names.iter().zip(&lower) {
        if lower.starts_with("xl/externallinks/externallink") {
            let links = lenient(relations(package, &relations_of(name), limits))?.unwrap_or_default();
            let outside =
                |link: &&Relation| link.kind.ends_with("/externalLinkPath") || link.kind.contains("xternalLink");
            let found = links.iter().find(outside).map_or("?", |link| file_name(&link.target));
            tell(FindingCode::ExternalLink, found, "");
        } else if lower.starts_with("xl/pivotcache/pivotcachedefinition") {
            let (rows, source) = lenient(pivot_cache(package, name, limits))?.unwrap_or_default();
            tell(FindingCode::PivotCache, if rows.is_empty() { "?" } else { &rows }, &source);
        }
    }
    let (ja, en) = authors(package, limits)?;
    if !ja.is_empty() {
        tell(FindingCode::AuthorPresent, &ja.join("、"), &en.join(", "));
    }
    Ok(())
}

/// How many rows a pivot table's cache keeps, and of what.
fn pivot_cache(package: &mut Package<'_>, path: &str, limits: &ReadLimits) -> Result<(String, String), ReadError> {
    let text = package.needed(path)?;
    let mut xml = Xml::new(&text, path, limits);
    let (mut rows, mut source) = (String::new(), String::new());
    while let Some(event) = xml.next()? {
        let (Event::Start(element) | Event::Empty(element)) = &event else { continue };
        match element.local_name().into_inner() {
            "pivotCacheDefinition" => rows = xml.attribute(element, "recordCount")?.unwrap_or_default(),
            "worksheetSource" => {
                let sheet = xml.attribute(element, "sheet")?.or(xml.attribute(element, "name")?).unwrap_or_default();
                let range = xml.attribute(element, "ref")?.unwrap_or_default();
                source = [sheet, range].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("!");
            }
            _ => {}
        }
    }
    Ok((rows.chars().take(12).collect(), source))
}

/// Which names of people and offices the document's properties hold, in Japanese and English.
fn authors(
    package: &mut Package<'_>,
    limits: &ReadLimits,
) -> Result<(Vec<&'static str>, Vec<&'static str>), ReadError> {
    let (mut ja, mut en) = (Vec::new(), Vec::new());
    for path in ["docProps/core.xml", "docProps/app.xml"] {
        let Some(Some(text)) = lenient(package.part(path))? else { continue };
        let mut xml = Xml::new(&text, path, limits);
        let mut open = None;
        while let Some(Some(event)) = lenient(xml.next())? {
            match &event {
                Event::Start(element) => {
                    open = match element.local_name().into_inner() {
                        "creator" => Some(("作成者", "creator")),
                        "lastModifiedBy" => Some(("最終更新者", "last modified by")),
                        "Manager" => Some(("管理者", "manager")),
                        "Company" => Some(("会社名", "company")),
                        _ => None,
                    };
                }
                Event::End(_) => open = None,
                event => {
                    if let Some((name_ja, name_en)) = open
                        && lenient(xml.text(event))?
                            .is_some_and(|text| !text.trim().is_empty() && text.trim() != "hiraku")
                        && !ja.contains(&name_ja)
                    {
                        ja.push(name_ja);
                        en.push(name_en);
                    }
                }
            }
        }
    }
    Ok((ja, en))
}
