//! The attributes of a Placemark: its own elements, its times, its ExtendedData.

use crate::read::xml::{Element, local};

/// What an attribute is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attribute<'a> {
    /// The description, which may be a table.
    Description,
    /// Another element of the Placemark itself, or its times.
    Own(&'a str),
    /// One of its ExtendedData.
    Data(&'a str),
}

impl<'a> Attribute<'a> {
    /// Its name: the header of its column.
    pub(super) fn name(self) -> &'a str {
        match self {
            Self::Description => "description",
            Self::Own(name) | Self::Data(name) => name,
        }
    }

    /// Whether it is one of the ExtendedData.
    pub(super) fn is_data(self) -> bool {
        matches!(self, Self::Data(_))
    }
}

/// Gives all attributes of a Placemark in order, its own elements before its data.
pub(super) fn attributes(placemark: Element<'_, '_>, take: &mut dyn FnMut(Attribute<'_>, &str)) {
    if let Some(id) = placemark.attribute("id") {
        take(Attribute::Own("id"), id);
    }
    for child in placemark.children() {
        match child.local() {
            "description" => take(Attribute::Description, child.text()),
            name @ ("name" | "address" | "phoneNumber") => take(Attribute::Own(name), child.text()),
            "TimeStamp" => own(child, &["when"], take),
            "TimeSpan" => own(child, &["begin", "end"], take),
            _ => {}
        }
    }
    for data in placemark.children().filter(|child| child.local() == "ExtendedData") {
        extended(data, take);
    }
}

fn own(holder: Element<'_, '_>, names: &[&'static str], take: &mut dyn FnMut(Attribute<'_>, &str)) {
    for name in names {
        if let Some(found) = holder.child(name) {
            take(Attribute::Own(name), found.text());
        }
    }
}

fn extended(data: Element<'_, '_>, take: &mut dyn FnMut(Attribute<'_>, &str)) {
    for child in data.children() {
        match child.local() {
            "Data" => {
                let name = child.attribute("name").map_or("", str::trim);
                let value = child.child("value").map_or("", Element::text);
                take(Attribute::Data(name), value);
            }
            "SchemaData" => {
                for field in child.children() {
                    let name = field.attribute("name").map_or("", str::trim);
                    match field.local() {
                        "SimpleData" => take(Attribute::Data(name), field.text()),
                        "SimpleArrayData" => {
                            let values: Vec<&str> = field.children().map(Element::text).collect();
                            take(Attribute::Data(name), &values.join(";"));
                        }
                        _ => {}
                    }
                }
            }
            // Free elements of other namespaces (KML 2.2, 9.2); lists of times and places are no attributes.
            name if child.is_leaf() && !child.text().is_empty() => take(Attribute::Data(local(name)), child.text()),
            _ => {}
        }
    }
}
