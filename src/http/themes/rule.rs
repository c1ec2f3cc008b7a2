//! Which layers a group takes: everything a rule names must fit.

use serde::Deserialize;

use super::{MapLayer, is_sheet};
use crate::model::catalogue::Table;

/// One rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// The number of the standard sheet the table follows.
    sheet: Option<String>,
    /// A part of the dataset's theme.
    theme: Option<String>,
    /// One of the dataset's tags is one of these.
    tag: Option<Vec<String>>,
    /// The title of dataset or layer holds one of these.
    title: Option<Vec<String>>,
    /// The layer's own name.
    layer: Option<String>,
}

impl Rule {
    /// What is wrong with it, in Japanese and English.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        if let Some(sheet) = self.sheet.as_deref().filter(|sheet| !is_sheet(sheet)) {
            return Err((
                format!("sheet = \"{sheet}\" という番号の標準データセットはありません(01から31)"),
                format!("there is no standard sheet {sheet:?} (01 to 31)"),
            ));
        }
        let texts = [&self.theme, &self.layer].into_iter().flatten();
        let lists = [&self.tag, &self.title].into_iter().flatten();
        let is_empty = texts.clone().any(|text| text.trim().is_empty())
            || lists.clone().any(|list| list.is_empty() || list.iter().any(|text| text.trim().is_empty()));
        let says_nothing = self.sheet.is_none() && texts.count() == 0 && lists.count() == 0;
        if is_empty || says_nothing {
            return Err((
                "条件が空です。sheet、theme、tag、title、layer のどれかを書いてください".to_owned(),
                "an empty rule; write one of sheet, theme, tag, title, layer".to_owned(),
            ));
        }
        Ok(())
    }

    /// Whether a layer fits.
    pub(super) fn fits(&self, own: &MapLayer, table: &Table) -> bool {
        let dataset = &own.dataset;
        let has_title =
            |part: &String| dataset.title.contains(part.as_str()) || own.layer.title.contains(part.as_str());
        self.sheet.as_ref().is_none_or(|number| table.shape.sheet.as_ref().is_some_and(|own| own.number == *number))
            && self.theme.as_ref().is_none_or(|theme| dataset.theme.contains(theme.as_str()))
            && self.tag.as_ref().is_none_or(|tags| tags.iter().any(|tag| dataset.tags.contains(tag)))
            && self.title.as_ref().is_none_or(|titles| titles.iter().any(has_title))
            && self.layer.as_ref().is_none_or(|name| own.layer.name.as_str() == name)
    }
}
