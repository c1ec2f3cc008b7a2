//! The attributes of a feature, nested ones by dotted names: `BuildingIDAttribute.buildingID`.
//!
//! Codes stay codes: the words of a `codeSpace` stand in files of their own that do not come with this one.

use std::collections::HashMap;

use super::members::is_geometry;
use crate::read::xml::Element;

/// One value of a feature.
pub(super) struct Found<'a> {
    /// The name of its column.
    pub(super) path: &'a str,
    /// Its text.
    pub(super) text: &'a str,
    /// Which of several nested objects of one path it belongs to, from 0.
    pub(super) turn: usize,
    /// Its unit, where the file states one.
    pub(super) unit: Option<&'a str>,
}

/// Elements between a property and its value that say nothing of their own (GML's times, generic attributes).
const TRANSPARENT: [&str; 3] = ["TimeInstant", "timePosition", "value"];

/// Parts of a feature that hold geometry or pictures only.
const NO_ATTRIBUTES: [&str; 5] = ["boundedBy", "appearance", "appearanceMember", "metaDataProperty", "boundary"];

struct Walk<'w> {
    is_shared: &'w dyn Fn(&str) -> bool,
    take: &'w mut dyn FnMut(Found<'_>),
    /// Objects seen so far, by path.
    turns: HashMap<String, usize>,
}

/// Gives the attributes of a feature in the order of the file. `is_shared` says whether an id is that of a geometry.
pub(super) fn attributes(feature: Element<'_, '_>, is_shared: &dyn Fn(&str) -> bool, take: &mut dyn FnMut(Found<'_>)) {
    if let Some(id) = feature.attribute("id").or_else(|| feature.attribute("fid")) {
        take(Found { path: "gml_id", text: id, turn: 0, unit: None });
    }
    let mut walk = Walk { is_shared, take, turns: HashMap::new() };
    let mut path = String::new();
    for child in feature.children() {
        walk.element(child, &mut path, 0);
    }
}

/// Whether a property holds geometry or refers to one.
pub(super) fn holds_geometry(property: Element<'_, '_>, is_shared: &dyn Fn(&str) -> bool) -> bool {
    let refers = || property.attribute("href").and_then(|href| href.strip_prefix('#')).is_some_and(is_shared);
    property.children().next().map_or_else(refers, |child| is_geometry(child.local()))
}

impl Walk<'_> {
    fn element(&mut self, element: Element<'_, '_>, path: &mut String, turn: usize) {
        let name = element.local();
        if NO_ATTRIBUTES.contains(&name) || is_geometry(name) || holds_geometry(element, self.is_shared) {
            return;
        }
        let before = path.len();
        // Generic attributes of CityGML carry their name as an attribute.
        let generic =
            element.attribute("name").filter(|_| name.ends_with("Attribute") || name.ends_with("AttributeSet"));
        match generic {
            Some(generic) => push(path, generic),
            None if TRANSPARENT.contains(&name) && before > 0 => {}
            None => push(path, name),
        }
        if element.is_leaf() {
            self.value(element, path, turn);
            path.truncate(before);
            return;
        }
        // A text beside elements is a value of its own.
        if !element.text().is_empty() {
            self.value(element, path, turn);
        }
        if !self.pair(element, path, before) {
            for child in element.children() {
                // A property and the object it holds are one level, named by the object.
                if is_object(child) && generic.is_none() {
                    let whole = path.len();
                    path.truncate(before);
                    let own = path.len();
                    push(path, child.local());
                    let count = self.turns.entry(path.clone()).or_insert(0);
                    let child_turn = *count;
                    *count += 1;
                    if !self.pair(child, path, own) {
                        for inner in child.children() {
                            self.element(inner, path, child_turn);
                        }
                    }
                    path.truncate(own);
                    push(path, name);
                    path.truncate(whole);
                } else {
                    self.element(child, path, turn);
                }
            }
        }
        path.truncate(before);
    }

    /// `uro:KeyValuePairAttribute`: its key names the column.
    fn pair(&mut self, object: Element<'_, '_>, path: &mut String, before: usize) -> bool {
        if object.local() != "KeyValuePairAttribute" {
            return false;
        }
        let key = object.child("key").map_or("", Element::text);
        if key.is_empty() {
            return false;
        }
        let whole = path.len();
        path.truncate(before);
        push(path, "KeyValuePairAttribute");
        push(path, key);
        let key_turn = self.turns.entry(path.clone()).or_insert(0);
        let turn = *key_turn;
        *key_turn += 1;
        for value in object.children().filter(|child| child.local() != "key") {
            self.value(value, path, turn);
        }
        path.truncate(whole.min(path.len()));
        true
    }

    fn value(&mut self, element: Element<'_, '_>, path: &str, turn: usize) {
        let text = element.text();
        let text = if text.is_empty() { element.attribute("href").unwrap_or("") } else { text };
        (self.take)(Found { path, text, turn, unit: element.attribute("uom") });
    }
}

/// Whether an element is an object and no property: its name begins with a capital and it holds something.
fn is_object(element: Element<'_, '_>) -> bool {
    let name = element.local();
    name.starts_with(|letter: char| letter.is_ascii_uppercase())
        && !element.is_leaf()
        && !TRANSPARENT.contains(&name)
        && !is_geometry(name)
}

fn push(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::ReadLimits;
    use crate::read::xml::Tree;

    fn found(text: &str) -> Vec<(String, String, usize)> {
        let tree = Tree::parse(text, 0..text.len(), "GML", &ReadLimits::default()).expect("well-formed");
        let mut all = Vec::new();
        attributes(tree.root(), &|id| id == "sf1", &mut |found| {
            all.push((found.path.to_owned(), found.text.to_owned(), found.turn));
        });
        all
    }

    fn owned(all: &[(&str, &str, usize)]) -> Vec<(String, String, usize)> {
        all.iter().map(|(path, text, turn)| ((*path).to_owned(), (*text).to_owned(), *turn)).collect()
    }

    #[test]
    fn nested_attributes_have_the_names_of_their_objects() {
        let text = "<bldg:Building gml:id='b1'><gml:name>x</gml:name><bldg:lod0FootPrint><gml:MultiSurface/></bldg:lod0FootPrint>\
            <uro:buildingIDAttribute><uro:BuildingIDAttribute><uro:buildingID>14</uro:buildingID></uro:BuildingIDAttribute></uro:buildingIDAttribute>\
            <uro:risk><uro:Tsunami><uro:rank>1</uro:rank></uro:Tsunami></uro:risk>\
            <uro:risk><uro:Tsunami><uro:rank>2</uro:rank></uro:Tsunami></uro:risk>\
            <gen:stringAttribute name='大字'><gen:value>本町</gen:value></gen:stringAttribute></bldg:Building>";
        let expected = [
            ("gml_id", "b1", 0),
            ("name", "x", 0),
            ("BuildingIDAttribute.buildingID", "14", 0),
            ("Tsunami.rank", "1", 0),
            ("Tsunami.rank", "2", 1),
            ("大字", "本町", 0),
        ];
        assert_eq!(found(text), owned(&expected));
    }

    #[test]
    fn keys_of_pairs_name_their_columns_and_times_have_no_levels() {
        let text = "<f><uro:kv><uro:KeyValuePairAttribute><uro:key>104</uro:key><uro:codeValue>2</uro:codeValue></uro:KeyValuePairAttribute></uro:kv>\
            <uro:kv><uro:KeyValuePairAttribute><uro:key>105</uro:key><uro:codeValue>3</uro:codeValue></uro:KeyValuePairAttribute></uro:kv>\
            <date><gml:TimeInstant><gml:timePosition>2020</gml:timePosition></gml:TimeInstant></date>\
            <ksj:bounds xlink:href='#sf1'/><ksj:line xlink:href='#st1'/></f>";
        let expected = [
            ("KeyValuePairAttribute.104", "2", 0),
            ("KeyValuePairAttribute.105", "3", 0),
            ("date", "2020", 0),
            ("line", "#st1", 0),
        ];
        assert_eq!(found(text), owned(&expected));
    }
}
