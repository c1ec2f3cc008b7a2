//! The town-level gazetteer: where the town (町字) of an address ends, and about where it lies.
//!
//! A position from here is that of a town, never of a house; its [`Level`] travels with the record
//! ([`LEVEL_COLUMN`]). Source of the bundled towns: `schemas/gazetteer/README.md`.

mod fold;
mod lookup;

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use crate::model::lonlat::LonLat;

use self::fold::fold;
pub use self::lookup::{Lookup, TownHit};

/// The column that says how exact a position from an address is; empty where the position was published.
pub const LEVEL_COLUMN: &str = "位置の精度";

/// The towns that are part of the program: 三重県 and 神奈川県.
const BUNDLED: &str = include_str!("../../../schemas/gazetteer/towns.csv");

/// Most lines of a gazetteer file. The whole of Japan has 280,000 towns and parts of towns; ten times that is a mistake.
const MAX_LINES: usize = 3_000_000;

static TOWNS: LazyLock<Towns> =
    LazyLock::new(|| Towns::parse(BUNDLED).expect("a test parses the file that is part of the program"));

/// How exact a position from an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A representative point of the 小字.
    PartOfTown,
    /// Of the 丁目: mostly within 300 m.
    Block,
    /// Of the 大字 or 町: within the town, which may be kilometres wide.
    Town,
    /// Of the municipality (its office): only ever proposed.
    Municipality,
}

impl Level {
    /// The word in the column [`LEVEL_COLUMN`].
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PartOfTown => "小字",
            Self::Block => "町丁目",
            Self::Town => "大字・町",
            Self::Municipality => "市区町村",
        }
    }
}

/// One town.
#[derive(Debug, Clone, PartialEq)]
struct Town {
    /// 町字 as the gazetteer writes it, 小字 after it.
    name: String,
    /// Its point; `None` where the gazetteer has none, or two of towns that cannot be told apart.
    point: Option<LonLat>,
    level: Level,
}

/// The towns of one municipality or ward by their folded names.
#[derive(Debug, Clone, Default)]
struct City {
    towns: HashMap<String, Town>,
    /// Names of which only 丁目 exist (笹川 of 笹川一丁目 …), folded, as written.
    bases: HashMap<String, String>,
    /// Letters of the longest key.
    longest: usize,
}

/// Towns by municipality.
#[derive(Debug, Clone, Default)]
pub struct Towns {
    /// By prefecture and municipality (without county), folded.
    cities: BTreeMap<String, City>,
    /// How many there are.
    count: usize,
}

/// Why a gazetteer file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GazetteerError {
    /// A column is missing.
    #[error("the gazetteer has no column {0} / 住所位置ファイルに列「{0}」がありません")]
    Column(&'static str),
    /// A line cannot be read.
    #[error(
        "line {line} of the gazetteer cannot be read ({reason}) / 住所位置ファイルの{line}行目を読めません({reason})"
    )]
    Line {
        /// Its number, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// There are too many lines.
    #[error("the gazetteer has more than {MAX_LINES} lines / 住所位置ファイルが{MAX_LINES}行を超えています")]
    TooLong,
}

impl Towns {
    /// The towns that are part of the program, parsed at the first call.
    pub fn bundled() -> &'static Self {
        &TOWNS
    }

    /// Reads a gazetteer: CSV in UTF-8 with a header, `pref,city,town,koaza,lat,lng` in any order (koaza may be
    /// missing), or the columns of `latest.csv` of the same project.
    ///
    /// # Errors
    /// Where a column is missing or a line cannot be read: never a part of the file.
    pub fn parse(text: &str) -> Result<Self, GazetteerError> {
        Self::parse_where(text, &|_| true)
    }

    /// The same, of one prefecture only.
    ///
    /// # Errors
    /// As [`Towns::parse`]; lines of other prefectures are checked too.
    pub fn parse_prefecture(text: &str, prefecture: &str) -> Result<Self, GazetteerError> {
        Self::parse_where(text, &|found| found == prefecture)
    }

    fn parse_where(text: &str, wanted: &dyn Fn(&str) -> bool) -> Result<Self, GazetteerError> {
        let mut towns = Self::default();
        for_each_line(text, &mut |line| {
            if wanted(line.prefecture) {
                towns.add(line);
            }
        })?;
        for city in towns.cities.values_mut() {
            city.close();
        }
        Ok(towns)
    }

    /// How many towns there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn add(&mut self, line: &Line<'_>) {
        let city = self.cities.entry(city_key(line.prefecture, line.city)).or_default();
        let name = format!("{}{}", line.town, line.part);
        let level = if !line.part.is_empty() {
            Level::PartOfTown
        } else if line.town.ends_with("丁目") {
            Level::Block
        } else {
            Level::Town
        };
        let key = fold(&name).text;
        self.count += 1;
        if let Some(known) = city.towns.get_mut(&key) {
            // Two towns of one folded name: which of them is meant is not known, unless they are one place.
            if known.point != line.point {
                known.point = None;
            }
            return;
        }
        city.towns.insert(key, Town { name, point: line.point, level });
    }
}

impl City {
    /// Gathers the names of which only 丁目 exist.
    fn close(&mut self) {
        let mut bases = HashMap::new();
        for (key, town) in &self.towns {
            if town.level != Level::Block {
                continue;
            }
            let Some(base) = key.strip_suffix("丁目") else { continue };
            let base = base.trim_end_matches(|letter: char| letter.is_ascii_digit());
            let written = town.name.strip_suffix("丁目").unwrap_or(&town.name);
            let written = written.trim_end_matches(|c: char| c.is_ascii_digit() || fold::is_numeral(c));
            if !base.is_empty() && !self.towns.contains_key(base) {
                bases.entry(base.to_owned()).or_insert_with(|| written.to_owned());
            }
        }
        self.bases = bases;
        self.longest = self.towns.keys().chain(self.bases.keys()).map(|key| key.chars().count()).max().unwrap_or(0);
    }
}

/// The key of a municipality: prefecture and name without its county, folded.
fn city_key(prefecture: &str, city: &str) -> String {
    fold(&format!("{prefecture}{}", without_county(city))).text
}

/// 高座郡寒川町 → 寒川町; 蒲郡市 and 郡山市 stay, for counties hold towns and villages only.
fn without_county(city: &str) -> &str {
    match city.split_once('郡') {
        Some((county, rest)) if !county.is_empty() && !rest.is_empty() && city.ends_with(['町', '村']) => rest,
        _ => city,
    }
}

struct Line<'l> {
    prefecture: &'l str,
    city: &'l str,
    town: &'l str,
    part: &'l str,
    point: Option<LonLat>,
}

fn for_each_line(text: &str, take: &mut dyn FnMut(&Line<'_>)) -> Result<(), GazetteerError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let broken = |line: u64, reason: String| GazetteerError::Line { line, reason };
    let headers = reader.headers().map_err(|error| broken(1, error.to_string()))?.clone();
    let column = |names: [&'static str; 2]| {
        headers.iter().position(|header| names.contains(&header.trim())).ok_or(GazetteerError::Column(names[0]))
    };
    let prefecture = column(["pref", "都道府県名"])?;
    let city = column(["city", "市区町村名"])?;
    let town = column(["town", "大字町丁目名"])?;
    let part = column(["koaza", "小字・通称名"]).ok();
    let (lat, lon) = (column(["lat", "緯度"])?, column(["lng", "経度"])?);
    for (at, record) in reader.records().enumerate() {
        if at >= MAX_LINES {
            return Err(GazetteerError::TooLong);
        }
        let number = at as u64 + 2;
        let record = record.map_err(|error| broken(number, error.to_string()))?;
        let cell = |column: usize| record.get(column).unwrap_or("").trim();
        if cell(prefecture).is_empty() || cell(city).is_empty() {
            return Err(broken(number, "都道府県または市区町村が空です / no prefecture or municipality".to_owned()));
        }
        let point = match (cell(lat), cell(lon)) {
            ("", "") => None,
            (lat, lon) => {
                let degrees = lat.parse().ok().zip(lon.parse().ok());
                let point = degrees.and_then(|(lat, lon)| LonLat::new(lon, lat)).filter(|point| point.is_in_japan());
                Some(point.ok_or_else(|| broken(number, format!("{lat}, {lon}")))?)
            }
        };
        // A line without a town speaks of the municipality as a whole.
        if !cell(town).is_empty() {
            let part = part.map_or("", cell);
            take(&Line { prefecture: cell(prefecture), city: cell(city), town: cell(town), part, point });
        }
    }
    Ok(())
}

/// The lines of one prefecture (all where it is empty) of several gazetteers that were parsed before, as one in the plain form.
pub fn excerpt<'t>(texts: impl Iterator<Item = &'t str>, prefecture: &str) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing into memory does not fail; a text that cannot be read was refused when it was loaded.
    let _ = writer.write_record(["pref", "city", "town", "koaza", "lat", "lng"]);
    for text in texts {
        let _ = for_each_line(text, &mut |line| {
            if prefecture.is_empty() || line.prefecture == prefecture {
                let (lat, lon) = line.point.map_or((String::new(), String::new()), |point| {
                    (point.lat_deg().to_string(), point.lon_deg().to_string())
                });
                let _ = writer.write_record([line.prefecture, line.city, line.town, line.part, &lat, &lon]);
            }
        });
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_towns_are_those_of_two_prefectures() {
        let towns = Towns::bundled();
        assert_eq!(towns.len(), 8_058);
        assert!(towns.cities.contains_key("三重県四日市市") && towns.cities.contains_key("神奈川県寒川町"));
        assert!(Towns::parse_prefecture(BUNDLED, "三重県").is_ok_and(|mie| mie.len() == 3_108));
    }

    #[test]
    fn a_gazetteer_that_cannot_be_read_is_refused_whole_with_its_line() {
        let good =
            "都道府県名,市区町村名,大字町丁目名,小字・通称名,緯度,経度\n静岡県,焼津市,本町一丁目,,34.86,138.32\n";
        assert!(Towns::parse(good).is_ok_and(|towns| towns.len() == 1));
        let bad = format!("{good}静岡県,焼津市,本町二丁目,,138.32,34.86\n");
        assert!(matches!(Towns::parse(&bad), Err(GazetteerError::Line { line: 3, .. })));
        assert!(matches!(Towns::parse("pref,city,town,lat\n"), Err(GazetteerError::Column("lng"))));
        assert!(matches!(Towns::parse(""), Err(GazetteerError::Column("pref"))));
        assert!(Towns::parse("pref,city,town,lat,lng\n三重県,津市,x\n").is_err());
    }

    #[test]
    fn counties_fall_away_and_cities_named_after_one_stay() {
        assert_eq!(without_county("高座郡寒川町"), "寒川町");
        assert_eq!(without_county("蒲郡市"), "蒲郡市");
        assert_eq!(without_county("郡山市"), "郡山市");
    }
}
