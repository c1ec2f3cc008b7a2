//! Prefectures, municipalities and wards by their codes.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::SchemaError;
use crate::model::code::MunicipalityCode;

const FILE: &str = "municipalities.csv";
const TEXT: &str = include_str!("../../schemas/municipalities.csv");

/// What kind of body a code names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MunicipalityKind {
    /// 都道府県.
    Prefecture,
    /// 政令指定都市.
    DesignatedCity,
    /// 市.
    City,
    /// 特別区.
    SpecialWard,
    /// 町.
    Town,
    /// 村.
    Village,
    /// 行政区 of a designated city; publishes nothing itself, but addresses name it.
    Ward,
}

/// One line of `schemas/municipalities.csv`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Municipality {
    /// Six digits.
    pub code: MunicipalityCode,
    /// What it is.
    pub kind: MunicipalityKind,
    /// The prefecture it lies in; its own name for a prefecture.
    pub prefecture: String,
    /// The designated city of a ward.
    pub parent: Option<MunicipalityCode>,
    /// Its name without prefecture and county: 焼津市, 札幌市中央区.
    pub name: String,
    /// Its reading in hiragana.
    pub kana: String,
    /// Longitude of a representative point (its office), degrees.
    pub lon_deg: f64,
    /// Latitude of that point, degrees.
    pub lat_deg: f64,
    /// `stale_…` where the body no longer exists since that day; else empty.
    pub remark: String,
}

/// All of them.
#[derive(Debug)]
pub struct Municipalities {
    all: Vec<Municipality>,
    by_five: HashMap<String, usize>,
}

impl<'a> IntoIterator for &'a Municipalities {
    type Item = &'a Municipality;
    type IntoIter = std::slice::Iter<'a, Municipality>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

static BUNDLED: LazyLock<Municipalities> =
    LazyLock::new(|| Municipalities::parse(TEXT).expect("a test parses the file that is part of the program"));

impl Municipalities {
    /// The list that is part of the program, parsed at the first call.
    pub fn bundled() -> &'static Self {
        &BUNDLED
    }

    /// All of them by code.
    pub fn iter(&self) -> std::slice::Iter<'_, Municipality> {
        self.all.iter()
    }

    /// The body of this code.
    pub fn by_code(&self, code: MunicipalityCode) -> Option<&Municipality> {
        self.by_five(code.five())
    }

    /// The body of these five digits.
    pub fn by_five(&self, five: &str) -> Option<&Municipality> {
        self.by_five.get(five).and_then(|&index| self.all.get(index))
    }

    /// The body of this name. A county in front (度会郡玉城町) may stay. A name that exists more
    /// than once in what was asked for (府中市 without its prefecture) names nothing.
    pub fn by_name(&self, prefecture: Option<&str>, name: &str) -> Option<&Municipality> {
        let mut found = self.named(prefecture, name);
        if found.is_empty() {
            // 郡 also ends the first word of 郡山市 or 蒲郡市, so the name as given was tried first.
            let (_, rest) = name.split_once('郡')?;
            found = self.named(prefecture, rest);
        }
        if let [only] = found.as_slice() { Some(only) } else { None }
    }

    fn named(&self, prefecture: Option<&str>, name: &str) -> Vec<&Municipality> {
        let fits =
            |body: &&Municipality| body.name == name && prefecture.is_none_or(|wanted| body.prefecture == wanted);
        self.all.iter().filter(fits).collect()
    }

    fn parse(text: &str) -> Result<Self, SchemaError> {
        let all: Vec<Municipality> = csv::Reader::from_reader(text.as_bytes())
            .deserialize()
            .collect::<Result<_, _>>()
            .map_err(|source| SchemaError::Csv { file: FILE, source })?;
        let mut by_five = HashMap::with_capacity(all.len());
        for (index, body) in all.iter().enumerate() {
            if by_five.insert(body.code.five().to_owned(), index).is_some() {
                return Err(SchemaError::Rule { file: FILE, reason: format!("{} stands twice", body.code) });
            }
        }
        Ok(Self { all, by_five })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_holds_every_prefecture_and_municipality() {
        let list = Municipalities::parse(TEXT).expect("bundled list");
        let count = |kind| list.iter().filter(|body| body.kind == kind).count();
        assert_eq!(count(MunicipalityKind::Prefecture), 47);
        assert_eq!(list.iter().count() - 47 - count(MunicipalityKind::Ward), 1741);
        let mie = list.iter().filter(|body| body.prefecture == "三重県" && body.kind != MunicipalityKind::Prefecture);
        assert_eq!(mie.count(), 29);
        assert!(list.iter().all(|body| (122.0..154.0).contains(&body.lon_deg) && (20.0..46.0).contains(&body.lat_deg)));
    }

    #[test]
    fn names_and_codes_find_the_same_body() {
        let list = Municipalities::bundled();
        let code = |body: Option<&Municipality>| body.map(|body| body.code.as_str().to_owned());
        assert_eq!(code(list.by_five("22212")), Some("222127".into()));
        assert_eq!(code(list.by_name(None, "焼津市")), Some("222127".into()));
        assert_eq!(code(list.by_name(Some("三重県"), "度会郡玉城町")), Some("244619".into()));
        assert_eq!(code(list.by_name(Some("福島県"), "郡山市")), Some("072036".into()));
        assert_eq!(code(list.by_name(Some("東京都"), "府中市")), Some("132063".into()));
        assert_eq!(list.by_name(None, "府中市"), None);
        assert_eq!(list.by_name(None, "架空市"), None);
        let ward = list.by_name(None, "札幌市中央区").expect("a ward");
        assert_eq!(ward.parent.map(|code| code.to_string()), Some("011002".into()));
    }
}
