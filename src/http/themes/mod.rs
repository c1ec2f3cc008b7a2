//! Themed maps: which layers of the catalogue a purpose puts together, as data (`schemas/maps.toml`, or the file of the
//! setting `maps`).
//!
//! A theme makes one map for each organization that has layers for it; a map without layers does not exist.
//! Long because the rules and what they find of a catalogue are one thing, and its tests stand beside it.

mod rule;

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use super::words::{Language, spoken};
use crate::count::target::Target;
use crate::model::catalogue::{Catalogue, Dataset, Layer, Organization, Table};
use crate::schema::Schemas;

pub use rule::Rule;

const BUNDLED_NAME: &str = "schemas/maps.toml";
const BUNDLED_TEXT: &str = include_str!("../../../schemas/maps.toml");

/// Longest file, bytes: a hundred themes with twenty groups each.
const FILE_LIMIT_BYTES: usize = 1 << 20;
/// Most themes: a list that a person can read.
const THEMES_LIMIT: usize = 100;
/// Most layers of one map: so many pairs of colour and shape there are (8 × 5), and no two layers share one.
pub const LAYERS_LIMIT: usize = 40;
/// Most layers shown at once: each is a question to the database for every picture.
pub const SHOWN_LIMIT: usize = 12;

/// Most layers of roads, and of buildings, under one map.
const GROUND_LAYERS: usize = 4;

/// Why a file of themes cannot be used. The display form is Japanese, then English.
#[derive(Debug, thiserror::Error)]
pub enum ThemesError {
    /// No TOML, or a key that does not exist; the message names line and key.
    #[error("{file}: 読み取れません / cannot be read: {source}")]
    Parse {
        /// The file.
        file: String,
        /// What the parser says.
        source: Box<toml::de::Error>,
    },
    /// A theme that cannot be right.
    #[error("{file}: 地図「{map}」: {ja} / map {map:?}: {en}")]
    Map {
        /// The file.
        file: String,
        /// The name of the theme, as found.
        map: String,
        /// What is wrong and what would be right.
        ja: String,
        /// The same in English.
        en: String,
    },
    /// The file is too long.
    #[error("{file}: 1 MiB を超えています / longer than 1 MiB")]
    TooLong {
        /// The file.
        file: String,
    },
}

/// A text in the three languages of the pages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    ja: String,
    easy: String,
    en: String,
}

impl Words {
    /// In the language of the request.
    pub fn spoken(&self) -> &str {
        self.said(spoken())
    }

    /// In a language.
    pub fn said(&self, language: Language) -> &str {
        match language {
            Language::Japanese => &self.ja,
            Language::Easy => &self.easy,
            Language::English => &self.en,
        }
    }
}

/// One purpose.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    /// Its part of the address: `a-z0-9`.
    pub name: String,
    /// Its title.
    pub title: Words,
    /// What the map is for.
    pub about: Words,
    /// Only for these organizations (six digits); empty = for all.
    #[serde(default)]
    organizations: Vec<String>,
    #[serde(default, rename = "group")]
    groups: Vec<GroupRules>,
}

/// Which layers stand together in the tree.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupRules {
    title: Words,
    /// So many of its layers, from the top, are shown at first.
    #[serde(default)]
    shown: usize,
    any: Vec<Rule>,
    #[serde(default)]
    except: Vec<Rule>,
}

/// What lies under every map.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct BaseRules {
    #[serde(default)]
    roads: Vec<Rule>,
    #[serde(default)]
    buildings: Vec<Rule>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    base: BaseRules,
    #[serde(default, rename = "map")]
    maps: Vec<Theme>,
}

/// All themes of a site.
#[derive(Debug)]
pub struct Themes(File);

/// One layer of a map.
#[derive(Debug, Clone)]
pub struct MapLayer {
    /// Its dataset.
    pub dataset: Arc<Dataset>,
    /// Its table, as an index into the dataset's.
    pub table: usize,
    /// The layer.
    pub layer: Layer,
    /// Whether it is shown where the address does not say.
    pub shown: bool,
}

impl MapLayer {
    /// Its table; `None` cannot happen for a layer of the catalogue it was found in.
    pub fn table(&self) -> Option<&Table> {
        self.dataset.tables.get(self.table)
    }
}

/// Layers under one heading.
#[derive(Debug, Clone)]
pub struct Group {
    /// The heading.
    pub title: Words,
    /// Its layers, as a range of the map's.
    pub layers: std::ops::Range<usize>,
}

/// What lies under a map.
#[derive(Debug, Clone, Default)]
pub struct Base {
    /// Roads of the organization.
    pub roads: Vec<MapLayer>,
    /// Its buildings.
    pub buildings: Vec<MapLayer>,
}

/// A theme with the layers of one organization.
#[derive(Debug, Clone)]
pub struct ThemedMap {
    /// `222127-bosai`.
    pub name: String,
    /// The theme.
    pub theme: Theme,
    /// Whose layers they are.
    pub organization: Arc<Organization>,
    /// The headings, in order.
    pub groups: Vec<Group>,
    /// All layers, the uppermost first.
    pub layers: Vec<MapLayer>,
    /// Layers that fit as well, past the greatest number.
    pub left_out: usize,
    /// What lies under them.
    pub base: Base,
}

impl ThemedMap {
    /// Its title in the language of the request: `焼津市の防災`.
    pub fn title(&self) -> String {
        super::words::tell(
            "map-of-organization",
            &[("organization", &self.organization.title), ("theme", self.theme.title.spoken())],
        )
        .into_owned()
    }
}

static BUNDLED: LazyLock<Arc<Themes>> = LazyLock::new(|| {
    Arc::new(Themes::parse(BUNDLED_NAME, BUNDLED_TEXT).expect("a test parses the file that is part of the program"))
});

impl Themes {
    /// The themes that are part of the program.
    pub fn bundled() -> Arc<Self> {
        Arc::clone(&BUNDLED)
    }

    /// Reads a file of themes; `file` names it in messages.
    ///
    /// # Errors
    /// The first fault, with the theme it stands in and what would be right.
    pub fn parse(file: &str, text: &str) -> Result<Self, ThemesError> {
        if text.len() > FILE_LIMIT_BYTES {
            return Err(ThemesError::TooLong { file: file.to_owned() });
        }
        let found: File = toml::from_str(text)
            .map_err(|source| ThemesError::Parse { file: file.to_owned(), source: Box::new(source) })?;
        let mut names = HashSet::new();
        let fault =
            |map: &str, ja: String, en: String| ThemesError::Map { file: file.to_owned(), map: map.to_owned(), ja, en };
        for (number, theme) in found.maps.iter().enumerate() {
            let name = theme.name.as_str();
            if number >= THEMES_LIMIT {
                return Err(fault(
                    name,
                    format!("地図は{THEMES_LIMIT}までです"),
                    format!("at most {THEMES_LIMIT} maps"),
                ));
            }
            if name.is_empty() || name.len() > 40 || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            {
                return Err(fault(
                    name,
                    "name は半角の英小文字と数字、40字までです".to_owned(),
                    "name is made of a-z and 0-9, at most 40".to_owned(),
                ));
            }
            if !names.insert(name) {
                return Err(fault(name, "同じ name が2つあります".to_owned(), "this name stands twice".to_owned()));
            }
            if theme.groups.is_empty() {
                return Err(fault(
                    name,
                    "[[map.group]] が1つもありません".to_owned(),
                    "there is no [[map.group]]".to_owned(),
                ));
            }
            for rule in theme.groups.iter().flat_map(|group| group.any.iter().chain(&group.except)) {
                rule.check().map_err(|(ja, en)| fault(name, ja, en))?;
            }
            if let Some(group) = theme.groups.iter().find(|group| group.any.is_empty()) {
                return Err(fault(
                    name,
                    format!("「{}」の any が空です", group.title.ja),
                    format!("any of {:?} is empty", group.title.en),
                ));
            }
        }
        for rule in found.base.roads.iter().chain(&found.base.buildings) {
            rule.check().map_err(|(ja, en)| fault("[base]", ja, en))?;
        }
        Ok(Self(found))
    }

    /// The theme of a name.
    pub fn theme(&self, name: &str) -> Option<&Theme> {
        self.0.maps.iter().find(|theme| theme.name == name)
    }

    /// All maps of a catalogue: by organization, then in the order of the file.
    pub fn maps(&self, catalogue: &Catalogue) -> Vec<ThemedMap> {
        let with_layers: BTreeSet<&str> =
            catalogue.layers().map(|(dataset, ..)| dataset.organization.name.as_str()).collect();
        let organizations = catalogue.organizations().iter();
        organizations
            .filter(|organization| with_layers.contains(organization.name.as_str()))
            .flat_map(|organization| {
                self.0.maps.iter().filter_map(|theme| self.resolve(catalogue, organization, theme))
            })
            .collect()
    }

    /// The map of a name such as `222127-bosai`.
    pub fn map(&self, catalogue: &Catalogue, name: &str) -> Option<ThemedMap> {
        let (organization, theme) = name.split_once('-')?;
        let organization = catalogue.organizations().iter().find(|own| own.name.as_str() == organization)?;
        self.resolve(catalogue, organization, self.theme(theme)?)
    }

    /// A map of one layer, over the ground of its organization.
    pub fn of_one(&self, catalogue: &Catalogue, own: MapLayer) -> ThemedMap {
        let organization = Arc::clone(&own.dataset.organization);
        let same = |text: &str| Words { ja: text.to_owned(), easy: text.to_owned(), en: text.to_owned() };
        let title = own.layer.title.as_str();
        ThemedMap {
            name: own.layer.name.to_string(),
            theme: Theme {
                name: String::new(),
                title: same(title),
                about: same(""),
                organizations: Vec::new(),
                groups: Vec::new(),
            },
            groups: Vec::new(),
            left_out: 0,
            base: self.base(&candidates(catalogue, &organization)),
            layers: vec![own],
            organization,
        }
    }

    fn base(&self, candidates: &[MapLayer]) -> Base {
        let under = |rules: &[Rule]| {
            let fits =
                |own: &&MapLayer| own.table().is_some_and(|table| rules.iter().any(|rule| rule.fits(own, table)));
            candidates.iter().filter(fits).take(GROUND_LAYERS).cloned().collect()
        };
        Base { roads: under(&self.0.base.roads), buildings: under(&self.0.base.buildings) }
    }

    /// The maps as the figures know them.
    pub fn targets(&self, catalogue: &Catalogue) -> Vec<Target> {
        let target = |map: &ThemedMap| Target {
            organization: map.organization.name.to_string(),
            ..Target::map(&map.name, &format!("{}の{}", map.organization.title, map.theme.title.ja))
        };
        self.maps(catalogue).iter().map(target).collect()
    }

    fn resolve(&self, catalogue: &Catalogue, organization: &Arc<Organization>, theme: &Theme) -> Option<ThemedMap> {
        let own_name = organization.name.as_str();
        if !theme.organizations.is_empty() && !theme.organizations.iter().any(|name| name == own_name) {
            return None;
        }
        let candidates = candidates(catalogue, organization);
        let mut taken = vec![false; candidates.len()];
        let (mut layers, mut groups, mut left_out) = (Vec::new(), Vec::new(), 0);
        for group in &theme.groups {
            let begin = layers.len();
            // By rule, then by title: the file says what comes first.
            for rule in &group.any {
                for (candidate, taken) in candidates.iter().zip(&mut taken) {
                    let fits = |rule: &Rule| candidate.table().is_some_and(|table| rule.fits(candidate, table));
                    if *taken || !fits(rule) || group.except.iter().any(fits) {
                        continue;
                    }
                    *taken = true;
                    if layers.len() >= LAYERS_LIMIT {
                        left_out += 1;
                        continue;
                    }
                    layers.push(MapLayer { shown: layers.len() - begin < group.shown, ..candidate.clone() });
                }
            }
            if layers.len() > begin {
                groups.push(Group { title: group.title.clone(), layers: begin..layers.len() });
            }
        }
        if layers.is_empty() {
            return None;
        }
        // Something is seen when the map is opened, and no more than may be.
        if !layers.iter().any(|layer| layer.shown)
            && let Some(first) = layers.first_mut()
        {
            first.shown = true;
        }
        layers.iter_mut().filter(|layer| layer.shown).skip(SHOWN_LIMIT).for_each(|layer| layer.shown = false);
        Some(ThemedMap {
            name: format!("{own_name}-{}", theme.name),
            theme: theme.clone(),
            organization: Arc::clone(organization),
            groups,
            layers,
            left_out,
            base: self.base(&candidates),
        })
    }
}

/// The layers of an organization, by title.
fn candidates(catalogue: &Catalogue, organization: &Organization) -> Vec<MapLayer> {
    let own = catalogue.datasets().iter().filter(|dataset| dataset.organization.id == organization.id);
    let mut found: Vec<MapLayer> = own
        .flat_map(|dataset| {
            dataset.tables.iter().enumerate().filter_map(|(table, own)| {
                let layer = own.layer.clone()?;
                Some(MapLayer { dataset: Arc::clone(dataset), table, layer, shown: false })
            })
        })
        .collect();
    found.sort_by(|a, b| (&a.layer.title, &a.layer.name).cmp(&(&b.layer.title, &b.layer.name)));
    found
}

/// Whether a number is that of a standard sheet.
fn is_sheet(number: &str) -> bool {
    Schemas::bundled().sheets().iter().any(|sheet| sheet.number == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str =
        "[[map.group]]\ntitle = { ja = \"a\", easy = \"a\", en = \"a\" }\nany = [{ theme = \"防災\" }]\n";

    fn text(name: &str, group: &str) -> String {
        let words = "{ ja = \"a\", easy = \"a\", en = \"a\" }";
        format!("[[map]]\nname = \"{name}\"\ntitle = {words}\nabout = {words}\n{group}")
    }

    #[test]
    fn the_bundled_file_is_right() {
        let themes = Themes::parse(BUNDLED_NAME, BUNDLED_TEXT).expect("the bundled themes");
        let names: Vec<&str> = themes.0.maps.iter().map(|theme| theme.name.as_str()).collect();
        assert_eq!(
            names,
            ["bosai", "shisetsu", "kosodate", "fukushi", "toshikeikaku", "doro", "gesui", "kanko"],
            "防災, 公共施設, 子育て, 福祉・地域資源, 都市計画, 道路台帳, 下水道台帳, 文化財・観光"
        );
    }

    #[test]
    fn a_fault_names_the_map_and_what_would_be_right() {
        let message = |text: &str| Themes::parse("maps.toml", text).expect_err("a fault").to_string();
        for (text, parts) in [
            (text("Bosai", GROUP), ["Bosai", "英小文字"]),
            (text("bosai", ""), ["bosai", "map.group"]),
            (text("a", GROUP) + &text("a", GROUP), ["「a」", "2つ"]),
            (text("a", &GROUP.replace("theme = \"防災\"", "sheet = \"99\"")), ["99", "01"]),
            (text("a", &GROUP.replace("theme = \"防災\"", "")), ["「a」", "title"]),
            (text("a", &GROUP.replace("theme", "thema")), ["thema", "line 7"]),
            (text("a", &GROUP.replace("any = [{ theme = \"防災\" }]", "any = []")), ["「a」", "any"]),
            (text("a", &GROUP.replace("en = ", "fr = ")), ["fr", "line"]),
            ("[base]\nroads = [{ title = [] }]".to_owned(), ["[base]", "title"]),
        ] {
            let message = message(&text);
            for part in parts {
                assert!(message.contains(part), "{part} in {message}");
            }
            assert!(message.contains("maps.toml"), "{message}");
        }
        assert!(Themes::parse("maps.toml", &"#".repeat(2 << 20)).is_err());
        assert!(Themes::parse("maps.toml", "").is_ok_and(|none| none.0.maps.is_empty()));
    }
}
