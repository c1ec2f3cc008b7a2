//! From a path in a log to what was used.

use std::collections::HashMap;

use regex::Regex;
use serde::Deserialize;
use uuid::Uuid;

use super::super::access::{Access, layer_target, target_of_name};
use super::super::target::{Target, TargetKind};
use super::super::verdict::Kind;

const BUNDLED: &str = include_str!("../../../schemas/counting/paths.toml");

/// Why a mapping cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PathError {
    /// It does not parse.
    #[error("the mapping of paths cannot be read: {0}")]
    Parse(#[from] toml::de::Error),
    /// A pattern is no regular expression.
    #[error("{0}")]
    Pattern(#[from] regex::Error),
    /// A kind is not known.
    #[error("{0:?} is no kind of the counting definition")]
    Kind(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    path: Vec<RuleText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    pattern: String,
    kind: String,
    query: Option<String>,
}

/// A mapping of paths.
#[derive(Debug)]
pub struct Paths {
    text: String,
    rules: Vec<(Regex, Kind, Option<String>)>,
    /// Ids of known things by kind and name.
    known: HashMap<(TargetKind, String), Uuid>,
    known_ids: HashMap<Uuid, Option<Uuid>>,
}

/// What a path stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// The access.
    pub access: Access,
    /// A digest of the path.
    pub page: u128,
    /// What it names that was not known.
    pub targets: Vec<Target>,
}

impl Paths {
    /// The bundled mapping (our own paths and CKAN's), after the rules of `own` where that is given. `known` are the
    /// things that the catalogue has or had.
    pub fn new(own: Option<&str>, known: &[Target]) -> Result<Self, PathError> {
        let mut rules = Vec::new();
        for text in own.into_iter().chain([BUNDLED]) {
            let parsed: Text = toml::from_str(text)?;
            for rule in parsed.path {
                let kind = Kind::ALL.into_iter().find(|kind| kind.name() == rule.kind);
                rules.push((Regex::new(&rule.pattern)?, kind.ok_or(PathError::Kind(rule.kind))?, rule.query));
            }
        }
        // Of a distribution the name is its format, which many share: it is known by its id alone.
        let named = known.iter().filter(|target| target.kind != TargetKind::Distribution);
        Ok(Self {
            text: format!("{}\0{BUNDLED}", own.unwrap_or_default()),
            rules,
            known: named.map(|target| ((target.kind, target.name.clone()), target.id)).collect(),
            known_ids: known.iter().map(|target| (target.id, target.dataset)).collect(),
        })
    }

    /// The whole mapping as text, for the id of the definition.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What a path with its query stands for.
    pub fn used(&self, address: &str) -> Used {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let path = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
        let page = target_of_name("page", &path).as_u128();
        let mut targets = Vec::new();
        let found = self.rules.iter().find_map(|(pattern, kind, parameter)| {
            let groups = pattern.captures(&path)?;
            let group = |name: &str| groups.name(name).map(|part| part.as_str().to_owned());
            let from_query = parameter.as_ref().and_then(|name| value_of(query, name));
            Some((
                *kind,
                [group("dataset"), group("resource"), group("layer"), group("map"), group("use_case")],
                from_query,
            ))
        });
        let Some((kind, [dataset, resource, layer, map, use_case], from_query)) = found else {
            return Used { access: Access::Other, page, targets };
        };
        let access = match kind {
            Kind::DatasetPage | Kind::Metadata => match dataset.or(from_query) {
                Some(name) => {
                    let id = self.dataset(&name, &mut targets);
                    if kind == Kind::Metadata { Access::Metadata(id) } else { Access::DatasetPage(id) }
                }
                None => Access::Other,
            },
            Kind::Download | Kind::Preview | Kind::Rows => match resource.or(from_query) {
                Some(name) => {
                    let dataset = dataset.map(|name| self.dataset(&name, &mut targets));
                    let id = self.distribution(&name, dataset, &mut targets);
                    match kind {
                        Kind::Download => Access::Download { distribution: id, in_parts: false },
                        Kind::Preview => Access::Preview(id),
                        _ => Access::Rows(id),
                    }
                }
                None => Access::Other,
            },
            Kind::Search => Access::Search(search(&path, query)),
            Kind::Map | Kind::MapEmbed => match map.or(layer) {
                Some(name) => Access::MapOpen { map: layer_target(&name), embed: kind == Kind::MapEmbed },
                None => Access::Other,
            },
            Kind::Tile => layer.map_or(Access::Other, |name| Access::Tile(layer_target(&name))),
            Kind::UseCase => {
                use_case.map_or(Access::SitePage, |name| Access::UseCase(target_of_name("use-case", &name)))
            }
            Kind::SitePage => Access::SitePage,
            Kind::Asset => Access::Asset,
            Kind::StaffPage => Access::StaffPage,
            Kind::Other => Access::Other,
        };
        Used { access, page, targets }
    }

    fn dataset(&self, name: &str, new: &mut Vec<Target>) -> Uuid {
        if let Some(id) = self.known.get(&(TargetKind::Dataset, name.to_owned())) {
            return *id;
        }
        let id = name.parse().unwrap_or_else(|_| target_of_name("dataset", name));
        if !self.known_ids.contains_key(&id) {
            new.push(target(id, TargetKind::Dataset, Some(id), name));
        }
        id
    }

    fn distribution(&self, name: &str, dataset: Option<Uuid>, new: &mut Vec<Target>) -> Uuid {
        let id = name.parse().unwrap_or_else(|_| target_of_name("resource", name));
        // Rows name no dataset; where nothing else does, they stand for themselves.
        if !self.known_ids.contains_key(&id) && dataset.is_some() {
            new.push(target(id, TargetKind::Distribution, dataset, name));
        }
        id
    }
}

fn target(id: Uuid, kind: TargetKind, dataset: Option<Uuid>, name: &str) -> Target {
    // Names of CKAN have at most 100 characters; what is longer was nobody's.
    let name: String = name.chars().take(100).collect();
    Target { id, kind, dataset, layer: None, organization: String::new(), title: name.clone(), name }
}

fn value_of(query: &str, name: &str) -> Option<String> {
    let pair = url::form_urlencoded::parse(query.as_bytes()).find(|(key, value)| key == name && !value.is_empty())?;
    Some(pair.1.into_owned())
}

/// The search without paging and order, letters folded.
fn search(path: &str, query: &str) -> u128 {
    let mut pairs: Vec<String> = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| !matches!(key.as_ref(), "page" | "start" | "rows" | "sort" | "offset" | "limit"))
        .map(|(key, value)| format!("{key}={}", value.to_lowercase()))
        .collect();
    pairs.sort_unstable();
    target_of_name("search", &format!("{path}?{}", pairs.join("&"))).as_u128()
}

#[cfg(test)]
mod tests {
    use super::super::super::access::made_target;
    use super::*;

    #[test]
    fn our_own_paths_and_those_of_ckan_are_known() {
        let shelters = Uuid::from_u128(1);
        let paths =
            Paths::new(None, &[target(shelters, TargetKind::Dataset, Some(shelters), "shelters")]).expect("fits");
        let file = "0b0e3a4e-0000-4000-8000-000000000001";
        let id: Uuid = file.parse().expect("an id");
        for (path, access) in [
            ("/dataset/shelters", Access::DatasetPage(shelters)),
            ("/ja/dataset/shelters?x=1", Access::DatasetPage(shelters)),
            (
                &format!("/dataset/shelters/resource/{file}/download/a.csv"),
                Access::Download { distribution: id, in_parts: false },
            ),
            (
                "/dataset/shelters/download/main.xlsx",
                Access::Download { distribution: made_target("shelters", "main.xlsx"), in_parts: false },
            ),
            (&format!("/dataset/shelters/resource/{file}"), Access::Preview(id)),
            ("/api/3/action/package_show?id=shelters", Access::Metadata(shelters)),
            (&format!("/datastore/dump/{file}?format=tsv"), Access::Download { distribution: id, in_parts: false }),
            (&format!("/api/3/action/datastore_search?resource_id={file}&limit=5"), Access::Rows(id)),
            ("/api/3/action/package_list", Access::Other),
            ("/map/shelters", Access::MapOpen { map: layer_target("shelters"), embed: false }),
            ("/tiles/shelters/5/1/2.mvt", Access::Tile(layer_target("shelters"))),
            ("/", Access::SitePage),
            ("/organization/yaizu", Access::SitePage),
            ("/emergency?city=222127&hazard=flood", Access::SitePage),
            ("/emergency/data.json", Access::Other),
            ("/base/css/main.css", Access::Asset),
            ("/wp-login.php", Access::Other),
        ] {
            assert_eq!(paths.used(path).access, access, "{path}");
        }
        let search = |path: &str| paths.used(path).access;
        assert_eq!(search("/dataset?q=AED&page=2"), search("/dataset?q=aed"));
        assert_ne!(search("/dataset?q=aed"), search("/dataset?q=park"));
    }

    #[test]
    fn rules_of_ones_own_come_first_and_wrong_ones_are_named() {
        let own = "[[path]]\npattern = '^/od/(?P<dataset>\\w+)\\.html$'\nkind = 'dataset-page'\n";
        let paths = Paths::new(Some(own), &[]).expect("fits");
        let used = paths.used("/od/parks.html");
        assert_eq!(used.access, Access::DatasetPage(target_of_name("dataset", "parks")));
        assert_eq!(used.targets[0].name, "parks");
        assert!(Paths::new(Some("[[path]]\npattern = '('\nkind = 'other'"), &[]).is_err());
        assert!(matches!(Paths::new(Some("[[path]]\npattern = ''\nkind = 'page'"), &[]), Err(PathError::Kind(_))));
    }
}
