//! All the headers that mean something in one sheet, in the form they are compared in.

use std::collections::{HashMap, HashSet};

use super::everyday::Pool;
use super::fold::{fold_header, loose};
use super::sheet::Sheet;

/// All headers of one sheet, folded.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// Folded field names, in the order of the fields.
    pub(super) names: Vec<String>,
    /// Folded aliases by field, the surest first.
    pub(super) aliases: Vec<Vec<String>>,
    /// The older layout: folded header and field.
    pub(super) recommended: Option<Vec<(String, Option<usize>)>>,
    /// Names and aliases without the separators inside them, where that leaves no doubt.
    pub(super) loose: HashMap<String, usize>,
}

impl Vocabulary {
    /// Folds all names of a sheet; refuses a sheet in which one name means two fields.
    pub(super) fn new(sheet: &Sheet, pool: &Pool<'_>) -> Result<Self, String> {
        let names: Vec<String> = sheet.fields.iter().map(|field| fold_header(&field.name)).collect();
        let mut seen: HashSet<String> = HashSet::new();
        for name in &names {
            if !seen.insert(name.clone()) {
                return Err(format!("two fields are called {name}"));
            }
        }
        let mut aliases = Vec::with_capacity(sheet.fields.len());
        for field in &sheet.fields {
            let mut folded = Vec::with_capacity(field.aliases.len());
            for alias in &field.aliases {
                let alias = fold_header(alias);
                if !seen.insert(alias.clone()) {
                    return Err(format!("the alias {alias} of {} stands twice", field.name));
                }
                folded.push(alias);
            }
            aliases.push(folded);
        }
        let recommended = sheet.recommended.as_ref().map(|layout| {
            layout.columns.iter().map(|column| (fold_header(&column.name), column.field)).collect::<Vec<_>>()
        });
        // The older layout may use a word for a field of its own.
        seen.extend(recommended.iter().flatten().map(|(name, _)| name.clone()));
        // Names from elsewhere give way to those of the sheet, and to each other's first.
        for (field, aliases) in sheet.fields.iter().zip(&mut aliases) {
            for name in pool.names_of(&field.name) {
                let name = fold_header(&name);
                if seen.insert(name.clone()) {
                    aliases.push(name);
                }
            }
        }
        let loose = looser(&names, &aliases);
        Ok(Self { names, aliases, recommended, loose })
    }

    /// Every folded header that means something in this sheet, each once.
    pub(super) fn headers(&self) -> HashSet<&str> {
        let older = self.recommended.iter().flatten().map(|(name, _)| name.as_str());
        self.names
            .iter()
            .map(String::as_str)
            .chain(self.aliases.iter().flatten().map(String::as_str))
            .chain(older)
            .collect()
    }
}

fn looser(names: &[String], aliases: &[Vec<String>]) -> HashMap<String, usize> {
    let mut fields: HashMap<String, Option<usize>> = HashMap::new();
    for (field, (name, aliases)) in names.iter().zip(aliases).enumerate() {
        for name in std::iter::once(name).chain(aliases) {
            let known = fields.entry(loose(name)).or_insert(Some(field));
            if *known != Some(field) {
                *known = None;
            }
        }
    }
    fields.into_iter().filter_map(|(name, field)| Some((name, field?))).collect()
}
