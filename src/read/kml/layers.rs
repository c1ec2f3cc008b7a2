//! Which Placemarks become which table, and the columns of each.
//!
//! A file is one table, its folders a column: folders of one map are mostly groups of one kind of thing (避難所 by
//! district), and one list is what people search and download. Only where the folders of the first level have attributes
//! of their own – several layers exported into one file – they become tables of their own, since a table of columns that
//! are half empty by construction would belong to neither.

use std::collections::{HashMap, HashSet};

use super::attributes::{Attribute, attributes};
use super::description;
use super::outline::{Mark, Outline};
use crate::read::xml::Tree;
use crate::read::{ReadError, ReadLimits};

/// Tables of one file; more layers than this are folders with free attributes.
const LAYER_LIMIT: usize = 50;

/// Folders of the first level that are compared with each other: twenty times as many.
const COMPARED_LIMIT: usize = 20 * LAYER_LIMIT;

/// The column of the folders.
pub(super) const FOLDER_COLUMN: &str = "フォルダ";

/// One table to be.
#[derive(Debug, Default)]
pub(super) struct Layer {
    /// The folder it is, where there are several tables.
    pub(super) name: Option<String>,
    /// Its columns.
    pub(super) columns: Vec<String>,
    by_attribute: HashMap<(bool, String), usize>,
    /// Its Placemarks in order, each with its number in the file.
    pub(super) marks: Vec<(u64, Mark)>,
    /// The column of the folders.
    pub(super) folder_column: Option<usize>,
    /// Whether its descriptions are tables and become columns.
    pub(super) has_tables: bool,
    /// How many levels of folders all of its file shares; they say nothing.
    pub(super) shared_levels: usize,
}

impl Layer {
    /// The column of an attribute.
    pub(super) fn column(&self, attribute: Attribute<'_>) -> Option<usize> {
        self.by_attribute.get(&(attribute.is_data(), attribute.name().to_owned())).copied()
    }

    /// The text of the folder column for a Placemark.
    pub(super) fn folder_text(&self, outline: &Outline, mark: &Mark) -> String {
        let path = outline.path(mark.folder);
        let names: Vec<&str> = path.iter().skip(self.shared_levels).map(|folder| outline.name(*folder)).collect();
        names.join(" / ")
    }
}

/// What is known of the Placemarks of one folder of the first level.
#[derive(Debug, Default)]
struct Group {
    folder: Option<u32>,
    marks: Vec<(u64, Mark)>,
    names: Vec<(bool, String)>,
    seen: HashSet<(bool, String)>,
    /// The keys all descriptions have as tables; `None` before the first and once they differ.
    table: Option<Vec<String>>,
    is_table: bool,
    /// Attributes of the Placemark and of its data that have one name and, somewhere, two values.
    clashes: HashSet<String>,
}

impl Group {
    /// What makes its columns its own: the names of its data, and of its descriptions where they are tables.
    fn own(&self) -> HashSet<&str> {
        let data = self.names.iter().filter(|(is_data, _)| *is_data).map(|(_, name)| name.as_str());
        let table = self.table.iter().filter(|_| self.is_table).flatten().map(String::as_str);
        data.chain(table).collect()
    }

    fn look(&mut self, tree: &Tree<'_>) {
        let mut element_values: Vec<(String, String)> = Vec::new();
        let mut described = false;
        attributes(tree.root(), &mut |attribute, value| {
            let name = attribute.name();
            if matches!(attribute, Attribute::Description) && !value.is_empty() {
                described = true;
                self.describe(value);
            }
            if attribute.is_data() {
                let other = element_values.iter().find(|(known, _)| known == name);
                if other.is_some_and(|(_, other)| !other.is_empty() && !value.is_empty() && other != value) {
                    self.clashes.insert(name.to_owned());
                }
            } else {
                element_values.push((name.to_owned(), value.to_owned()));
            }
            let key = (attribute.is_data(), name.to_owned());
            if !self.seen.contains(&key) {
                self.seen.insert(key.clone());
                self.names.push(key);
            }
        });
        self.is_table &= described;
    }

    fn describe(&mut self, value: &str) {
        if !self.is_table {
            return;
        }
        let keys = description::table(value).map(|pairs| pairs.into_iter().map(|(key, _)| key).collect::<Vec<_>>());
        match (&self.table, keys) {
            (None, Some(keys)) => self.table = Some(keys),
            (Some(known), Some(keys)) if *known == keys => {}
            _ => self.is_table = false,
        }
    }
}

/// Looks at every Placemark once and decides the tables.
pub(super) fn layers(text: &str, outline: &Outline, limits: &ReadLimits) -> Result<Vec<Layer>, ReadError> {
    let shared = shared_levels(outline);
    let mut groups: Vec<Group> = Vec::new();
    let mut by_folder: HashMap<Option<u32>, usize> = HashMap::new();
    let mut paths: HashMap<Option<u32>, Option<u32>> = HashMap::new();
    for (number, mark) in (1_u64..).zip(&outline.marks) {
        let top = *paths.entry(mark.folder).or_insert_with(|| outline.path(mark.folder).get(shared).copied());
        let at = *by_folder.entry(top).or_insert_with(|| {
            groups.push(Group { folder: top, is_table: true, ..Group::default() });
            groups.len() - 1
        });
        let Some(group) = groups.get_mut(at) else { continue };
        group.marks.push((number, *mark));
        group.look(&Tree::parse(text, mark.start..mark.end, "KML", limits)?);
        if group.names.len() > limits.columns {
            return Err(ReadError::TooManyColumns { row: number, found: group.names.len(), limit: limits.columns });
        }
    }
    Ok(tables(groups, outline, shared))
}

/// Levels of folders that all Placemarks share.
fn shared_levels(outline: &Outline) -> usize {
    let mut common: Option<Vec<u32>> = None;
    let mut seen = HashSet::new();
    for mark in &outline.marks {
        if seen.insert(mark.folder) {
            let path = outline.path(mark.folder);
            common = Some(match common {
                None => path,
                Some(known) => known.into_iter().zip(path).take_while(|(a, b)| a == b).map(|(a, _)| a).collect(),
            });
        }
    }
    common.map_or(0, |common| common.len())
}

/// Puts groups together that have attributes in common (at least half of the smaller one's) or none of their own.
fn tables(groups: Vec<Group>, outline: &Outline, shared: usize) -> Vec<Layer> {
    let mut merged: Vec<(HashSet<String>, Vec<Group>)> = Vec::new();
    let is_comparable = groups.len() <= COMPARED_LIMIT;
    for group in groups {
        let own: HashSet<String> = group.own().into_iter().map(str::to_owned).collect();
        let fits = |(theirs, _): &(HashSet<String>, Vec<Group>)| {
            let both = own.iter().filter(|name| theirs.contains(*name)).count();
            own.is_empty() || theirs.is_empty() || both * 2 >= own.len().min(theirs.len())
        };
        let at = if is_comparable && merged.len() <= LAYER_LIMIT { merged.iter().position(fits) } else { Some(0) };
        match at.and_then(|at| merged.get_mut(at)) {
            Some((theirs, others)) => {
                theirs.extend(own);
                others.push(group);
            }
            None => merged.push((own, vec![group])),
        }
    }
    let mut merged: Vec<Vec<Group>> = merged.into_iter().map(|(_, groups)| groups).collect();
    if merged.len() > LAYER_LIMIT {
        merged = vec![merged.into_iter().flatten().collect()];
    }
    let several = merged.len() > 1;
    merged.into_iter().map(|groups| layer(groups, outline, shared, several)).collect()
}

fn layer(groups: Vec<Group>, outline: &Outline, shared: usize, several: bool) -> Layer {
    let mut layer = Layer { shared_levels: shared, ..Layer::default() };
    let first = groups.first().map(|group| group.table.clone()).unwrap_or_default();
    layer.has_tables = groups.iter().all(|group| group.is_table && group.table.is_some() && group.table == first);
    let clashes: HashSet<&String> = groups.iter().flat_map(|group| &group.clashes).collect();
    let mut names: Vec<(bool, String)> = Vec::new();
    let mut seen = HashSet::new();
    for key in groups.iter().flat_map(|group| &group.names) {
        // Descriptions that are tables become the columns they hold.
        let is_table = layer.has_tables && !key.0 && key.1 == Attribute::Description.name();
        if !is_table && seen.insert(key.clone()) {
            names.push(key.clone());
        }
    }
    for key in first.iter().filter(|_| layer.has_tables).flatten() {
        let key = (true, key.clone());
        if seen.insert(key.clone()) {
            names.push(key);
        }
    }
    // What a Placemark has itself stands first, as programs write it.
    names.sort_by_key(|(is_data, _)| *is_data);
    for key in names {
        let twin = layer.by_attribute.get(&(!key.0, key.1.clone())).copied();
        let at = if let Some(at) = twin.filter(|_| !clashes.contains(&key.1)) {
            at
        } else {
            layer.columns.push(key.1.clone());
            layer.columns.len() - 1
        };
        layer.by_attribute.insert(key, at);
    }
    let mut folders = HashSet::new();
    for (_, mark) in groups.iter().flat_map(|group| &group.marks) {
        folders.insert(mark.folder);
    }
    if folders.len() > 1 {
        layer.columns.insert(0, FOLDER_COLUMN.to_owned());
        layer.by_attribute.values_mut().for_each(|at| *at += 1);
        layer.folder_column = Some(0);
    }
    if several {
        let names = groups.iter().map(|group| group.folder.map_or("", |folder| outline.name(folder)));
        let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
        layer.name = Some(if names.is_empty() { "Placemark".to_owned() } else { names.join(", ") });
    }
    layer.marks = groups.into_iter().flat_map(|group| group.marks).collect();
    layer.marks.sort_by_key(|(number, _)| *number);
    layer
}
