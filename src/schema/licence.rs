//! The licences a dataset may name.

use std::sync::LazyLock;

use serde::Deserialize;

use super::SchemaError;
use crate::model::catalogue::Licence;

const FILE: &str = "licences.toml";
const TEXT: &str = include_str!("../../schemas/licences.toml");

static LICENCES: LazyLock<Vec<Licence>> =
    LazyLock::new(|| parse(TEXT).expect("a test parses the file that is part of the program"));

/// All known licences, in the order of `schemas/licences.toml`.
pub fn licences() -> &'static [Licence] {
    &LICENCES
}

/// The licence of this id.
pub fn licence(id: &str) -> Option<&'static Licence> {
    LICENCES.iter().find(|licence| licence.id == id)
}

/// The licence of this id; one that is not known is shown as it was named, as not open.
pub fn licence_or_unknown(id: &str) -> Licence {
    licence(id).cloned().unwrap_or_else(|| Licence {
        id: id.to_owned(),
        title: if id == "notspecified" { "ライセンスの記載なし".to_owned() } else { id.to_owned() },
        url: String::new(),
        open: false,
    })
}

fn parse(text: &str) -> Result<Vec<Licence>, SchemaError> {
    #[derive(Deserialize)]
    struct File {
        licences: Vec<Licence>,
    }
    let file: File =
        toml::from_str(text).map_err(|source| SchemaError::Toml { file: FILE, source: Box::new(source) })?;
    for (index, licence) in file.licences.iter().enumerate() {
        if file.licences[..index].iter().any(|earlier| earlier.id == licence.id) {
            return Err(SchemaError::Rule { file: FILE, reason: format!("{} stands twice", licence.id) });
        }
    }
    Ok(file.licences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_licences_of_japanese_open_data_are_known() {
        for id in ["pdl-1.0", "cc-by-4.0", "cc0-1.0", "gov-standard-2.0", "gsi-content", "ksj"] {
            let licence = licence(id).expect(id);
            assert!(licence.open && licence.url.starts_with("https://") && !licence.title.is_empty(), "{id}");
        }
        assert!(licence("unverified").is_none());
        assert!(parse(&format!("{TEXT}\n{TEXT}")).is_err());
    }
}
