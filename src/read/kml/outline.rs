//! The first walk through a KML: where its Placemarks are, in which folders, and what is passed over.

use crate::read::xml::{Piece, Scanner, local};
use crate::read::{ReadError, ReadLimits};

/// Folders of one file: Google Earth hangs with some ten thousand.
const FOLDER_LIMIT: usize = 100_000;

/// A Placemark: where its text is, and in which folder.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) folder: Option<u32>,
}

/// A Folder or Document.
#[derive(Debug)]
struct Folder {
    name: String,
    parent: Option<u32>,
}

/// What a KML holds.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// The outermost element as it stands.
    pub(super) root: String,
    /// The namespace the outermost element states.
    pub(super) namespace: Option<String>,
    /// The Placemarks in order.
    pub(super) marks: Vec<Mark>,
    /// What is never followed: kind and number.
    pub(super) not_followed: Vec<(&'static str, u64)>,
    folders: Vec<Folder>,
}

/// Elements that lead out of the file or hold pictures.
const NOT_FOLLOWED: [&str; 6] =
    ["NetworkLink", "NetworkLinkControl", "GroundOverlay", "ScreenOverlay", "PhotoOverlay", "Tour"];

impl Outline {
    /// Walks through the whole text, so that what is broken anywhere is known before the first row.
    pub(super) fn of(text: &str, limits: &ReadLimits) -> Result<Self, ReadError> {
        let mut outline = Self::default();
        let mut scanner = Scanner::new(text, "KML", limits);
        // The folders that are open; `None` for the elements between them.
        let mut open: Vec<Option<u32>> = Vec::new();
        while let Some(piece) = scanner.next()? {
            let (name, tag, at) = match piece {
                Piece::Start { name, tag, at } => (name, tag, at),
                Piece::End { .. } => {
                    open.pop();
                    continue;
                }
                Piece::Text(_) => continue,
            };
            if open.is_empty() {
                name.clone_into(&mut outline.root);
                let key = name.split_once(':').map_or("xmlns", |(prefix, _)| prefix);
                outline.namespace = scanner.attribute(&tag, key)?;
            }
            let folder = open.iter().rev().find_map(|folder| *folder);
            match local(name) {
                "Folder" | "Document" => {
                    if outline.folders.len() >= FOLDER_LIMIT {
                        return Err(ReadError::TooManyParts { what: "folders", limit: FOLDER_LIMIT });
                    }
                    open.push(u32::try_from(outline.folders.len()).ok());
                    outline.folders.push(Folder { name: String::new(), parent: folder });
                }
                "name" if open.last().copied().flatten().is_some() => {
                    let text = scanner.text_inside()?;
                    let known = folder.and_then(|folder| outline.folders.get_mut(folder as usize));
                    if let Some(folder) = known {
                        folder.name = text;
                    }
                }
                "Placemark" => {
                    if outline.marks.len() as u64 >= limits.rows {
                        return Err(ReadError::TooManyRows { limit: limits.rows });
                    }
                    let end = scanner.skip()?;
                    outline.marks.push(Mark { start: at, end, folder });
                }
                kind => match NOT_FOLLOWED.iter().find(|known| **known == kind) {
                    Some(kind) => {
                        scanner.skip()?;
                        outline.pass_over(kind, 1);
                    }
                    None => open.push(None),
                },
            }
        }
        Ok(outline)
    }

    /// Counts something that is passed over.
    pub(super) fn pass_over(&mut self, kind: &'static str, count: u64) {
        match self.not_followed.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, known)) => *known += count,
            None if count > 0 => self.not_followed.push((kind, count)),
            None => {}
        }
    }

    /// The folders from the outermost one down to this one.
    pub(super) fn path(&self, folder: Option<u32>) -> Vec<u32> {
        let mut path = Vec::new();
        let mut at = folder;
        while let Some(index) = at {
            path.push(index);
            at = self.folders.get(index as usize).and_then(|folder| folder.parent);
        }
        path.reverse();
        path
    }

    /// The name of a folder.
    pub(super) fn name(&self, folder: u32) -> &str {
        self.folders.get(folder as usize).map_or("", |folder| folder.name.as_str())
    }
}
