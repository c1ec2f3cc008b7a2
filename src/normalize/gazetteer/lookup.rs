//! The town of an address: found, doubtful or unknown.

use crate::model::lonlat::{Bbox, LonLat};

use super::super::text;
use super::fold::{Folded, fold, is_numeral};
use super::{City, Level, Towns, city_key};

/// Fewest towns whose points say how far a municipality reaches. The smallest in the bundled gazetteer has nine.
const MIN_TOWNS: usize = 5;

/// A town that an address names.
#[derive(Debug, Clone, PartialEq)]
pub struct TownHit<'t> {
    /// As the gazetteer writes it.
    pub name: &'t str,
    /// Its point, where the gazetteer has one.
    pub point: Option<LonLat>,
    /// How exact that is.
    pub level: Level,
    /// Bytes of the address that are the town as written; `None` where the address writes it in another way (`笹川6-12-3` for
    /// 笹川六丁目12番3号), so that it can be placed but not cut.
    pub written_bytes: Option<usize>,
}

/// What is known of an address.
#[derive(Debug, Clone, PartialEq)]
pub enum Lookup<'t> {
    /// The gazetteer does not know the municipality, or no town of it is named.
    Unknown,
    /// One town, beyond doubt.
    Found(TownHit<'t>),
    /// Perhaps this town: for a person to decide.
    Doubtful(TownHit<'t>),
}

impl Towns {
    /// Whether any town of the prefecture is known.
    pub fn knows_prefecture(&self, prefecture: &str) -> bool {
        let key = fold(prefecture).text;
        self.cities.range(key.clone()..).next().is_some_and(|(city, _)| city.starts_with(&key))
    }

    /// The box around the points of a municipality's towns, wards included; `None` where fewer than `MIN_TOWNS` of them are
    /// known. `city` may lack its county.
    pub fn extent(&self, prefecture: &str, city: &str) -> Option<Bbox> {
        let key = city_key(prefecture, city);
        let is_of_it =
            |name: &str| name == key || key.ends_with('市') && name.starts_with(&key) && name.ends_with('区');
        let cities = self.cities.range(key.clone()..).take_while(|(name, _)| name.starts_with(&key));
        let towns = cities.filter(|(name, _)| is_of_it(name)).flat_map(|(_, city)| city.towns.values());
        let points: Vec<LonLat> = towns.filter_map(|town| town.point).collect();
        let point = |place: &LonLat| Bbox {
            west_deg: place.lon_deg(),
            south_deg: place.lat_deg(),
            east_deg: place.lon_deg(),
            north_deg: place.lat_deg(),
        };
        if points.len() < MIN_TOWNS { None } else { points.iter().map(point).reduce(Bbox::union) }
    }

    /// The towns of a municipality with a point, wards included, by name; 小字 are left out. A town of a ward is told
    /// with the ward. `city` may lack its county.
    pub fn of(&self, prefecture: &str, city: &str) -> Vec<(String, LonLat)> {
        let key = city_key(prefecture, city);
        let cities = self.cities.range(key.clone()..).take_while(|(name, _)| name.starts_with(&key));
        let mut found = Vec::new();
        for (name, own) in cities {
            let ward = name.get(key.len()..).unwrap_or_default();
            if !(ward.is_empty() || key.ends_with('市') && ward.ends_with('区')) {
                continue;
            }
            let towns = own.towns.values().filter(|town| town.level != Level::PartOfTown);
            found.extend(towns.filter_map(|town| Some((format!("{ward}{}", town.name), town.point?))));
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }

    /// Looks the rest of an address (after the municipality) up. `city` may lack its county; of a designated city without its
    /// ward all wards are asked.
    pub fn find(&self, prefecture: &str, city: &str, rest: &str) -> Lookup<'_> {
        let key = city_key(prefecture, city);
        let folded = fold(rest);
        if let Some(city) = self.cities.get(&key) {
            return city.find(rest, &folded);
        }
        if !key.ends_with('市') {
            return Lookup::Unknown;
        }
        let mut answer = Lookup::Unknown;
        for (_, ward) in self.cities.range(key.clone()..).take_while(|(ward, _)| ward.starts_with(&key)) {
            answer = match (answer, ward.find(rest, &folded)) {
                (Lookup::Unknown, found) => found,
                (answer, Lookup::Unknown) => answer,
                // The same name in two wards: which one is not written.
                (Lookup::Found(hit) | Lookup::Doubtful(hit), _) => Lookup::Doubtful(hit),
            };
        }
        answer
    }
}

impl City {
    fn find(&self, written: &str, folded: &Folded) -> Lookup<'_> {
        for &(end, source_end) in folded.ends.iter().take(self.longest).rev() {
            let key = &folded.text[..end];
            let after = written.get(source_end..).unwrap_or("");
            if let Some(town) = self.towns.get(key) {
                let hit =
                    TownHit { name: &town.name, point: town.point, level: town.level, written_bytes: Some(source_end) };
                // 本町 beside 本町一丁目: `本町1-2` can be either.
                let block = chome(after).and_then(|number| self.towns.get(&format!("{key}{number}丁目")));
                return if block.is_none() && ends_here(after) { Lookup::Found(hit) } else { Lookup::Doubtful(hit) };
            }
            if self.bases.contains_key(key)
                && let Some(block) = chome(after).and_then(|number| self.towns.get(&format!("{key}{number}丁目")))
            {
                // Only 丁目 exist, so the first of several numbers is one.
                return Lookup::Found(TownHit {
                    name: &block.name,
                    point: block.point,
                    level: block.level,
                    written_bytes: None,
                });
            }
        }
        Lookup::Unknown
    }
}

/// The number before a dash and another number: `6-12-3`, `６の１２`.
fn chome(after: &str) -> Option<u32> {
    let folded = text::fold_width(text::trim(after));
    let digits = folded.bytes().take_while(u8::is_ascii_digit).count();
    let number = folded.get(..digits)?.parse().ok().filter(|number| (1..=99).contains(number))?;
    let rest = folded.get(digits..)?;
    let next = rest.strip_prefix(|letter: char| text::is_dash(letter) || letter == 'の')?;
    next.starts_with(|letter: char| letter.is_ascii_digit()).then_some(number)
}

/// Words that begin what lies below a town.
const WORDS: &[&str] = &[
    "字",
    "大字",
    "小字",
    "番地",
    "無番地",
    "地内",
    "地先",
    "他",
    "外",
    "ほか",
    "(",
    "（",
    "、",
    ",",
    "，",
    "付近",
    "周辺",
];

/// Whether the town's name can end here: nothing, a blank, a number, or a word that begins what lies below a town.
fn ends_here(after: &str) -> bool {
    let Some(first) = after.chars().next() else { return true };
    if text::is_blank_char(first) || text::is_dash(first) || first.is_numeric() {
        return true;
    }
    if is_numeral(first) {
        // 三番地, 二丁目 – but 本町一色 is another town.
        let rest = after.trim_start_matches(is_numeral);
        return rest.is_empty() || rest.starts_with(['番', '号', '-', '－', 'の', 'ノ']);
    }
    if WORDS.iter().any(|word| after.starts_with(word)) {
        return true;
    }
    // 甲12, 乙3番地, イ5: parts of a numbering.
    let is_series = matches!(first, '甲' | '乙' | '丙' | 'イ' | 'ロ' | 'ハ' | 'ニ' | 'ホ' | '第');
    is_series && after.chars().nth(1).is_some_and(char::is_numeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn towns() -> Towns {
        Towns::parse(
            "pref,city,town,koaza,lat,lng
三重県,四日市市,笹川六丁目,,34.946846,136.575596
三重県,四日市市,笹川十一丁目,,34.95,136.57
三重県,四日市市,本町,,34.97,136.62
三重県,四日市市,本町二丁目,,34.971,136.621
三重県,三重郡菰野町,大字菰野,,35.02,136.51
三重県,三重郡菰野町,大字菰野,辰巳野,35.03,136.52
三重県,いなべ市,員弁町石仏,,35.110331,136.563477
神奈川県,横浜市中区,太田町一丁目,,35.446251,139.63998
神奈川県,横浜市西区,中央一丁目,,35.45,139.62
神奈川県,横浜市鶴見区,中央一丁目,,35.46,139.64
神奈川県,茅ヶ崎市,茅ヶ崎,,,
",
        )
        .expect("a gazetteer")
    }

    fn found<'t>(
        towns: &'t Towns,
        prefecture: &str,
        city: &str,
        rest: &str,
    ) -> Option<(&'t str, Level, Option<usize>)> {
        match towns.find(prefecture, city, rest) {
            Lookup::Found(hit) => Some((hit.name, hit.level, hit.written_bytes)),
            _ => None,
        }
    }

    #[test]
    fn towns_are_found_in_every_spelling() {
        let towns = towns();
        for (city, rest, name, cut) in [
            ("四日市市", "笹川6丁目12-3", "笹川六丁目", Some("笹川6丁目")),
            ("四日市市", "笹川六丁目12番3号", "笹川六丁目", Some("笹川六丁目")),
            ("四日市市", "笹川１１丁目", "笹川十一丁目", Some("笹川１１丁目")),
            ("四日市市", "笹川6-12-3", "笹川六丁目", None),
            ("四日市市", "本町9-8", "本町", Some("本町")),
            ("四日市市", "本町2番地", "本町", Some("本町")),
            ("菰野町", "大字菰野1250", "大字菰野", Some("大字菰野")),
            ("三重郡菰野町", "菰野1250番地", "大字菰野", Some("菰野")),
            ("菰野町", "大字菰野字辰巳野5", "大字菰野辰巳野", Some("大字菰野字辰巳野")),
            ("いなべ市", "員弁町 石仏", "員弁町石仏", Some("員弁町 石仏")),
        ] {
            let (hit, _, bytes) = found(&towns, "三重県", city, rest).expect(rest);
            assert_eq!((hit, bytes.map(|bytes| &rest[..bytes])), (name, cut), "{rest}");
        }
        assert_eq!(found(&towns, "三重県", "菰野町", "字辰巳野"), None);
    }

    #[test]
    fn what_can_be_two_places_is_doubtful() {
        let towns = towns();
        for (prefecture, city, rest) in [
            ("三重県", "四日市市", "本町2-5"),
            ("三重県", "四日市市", "本町田5"),
            ("三重県", "四日市市", "本町一色5"),
            ("神奈川県", "横浜市", "中央1丁目2"),
        ] {
            assert!(matches!(towns.find(prefecture, city, rest), Lookup::Doubtful(_)), "{rest}");
        }
        assert!(matches!(towns.find("神奈川県", "横浜市", "太田町1丁目"), Lookup::Found(_)));
        for (city, rest) in [("四日市市", "笹川7丁目1"), ("四日市市", "笹川123"), ("津市", "本町1"), ("四日市市", "")]
        {
            assert_eq!(towns.find("三重県", city, rest), Lookup::Unknown, "{rest}");
        }
        // Known by name, without a point.
        assert!(matches!(towns.find("神奈川県", "茅ヶ崎市", "茅が崎1"), Lookup::Found(hit) if hit.point.is_none()));
    }

    #[test]
    fn any_text_has_an_answer() {
        let towns = towns();
        for rest in ["", "字", "大字", "十", "一丁目", "-", "本町\u{3000}", "本町髙\u{20bb7}", "笹川99999999999-1"]
        {
            let _ = towns.find("三重県", "四日市市", rest);
            let _ = towns.find("", "", rest);
        }
    }
}
