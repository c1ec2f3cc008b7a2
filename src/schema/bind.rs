//! Which sheet, and which edition of it, a header belongs to.
//!
//! Columns are matched by name after [`fold_header`], never by position. Nearly every sheet asks for a name, an address
//! and coordinates, so such columns say little; a column counts by how few sheets know it. A table is bound only when
//! enough of what is peculiar to one sheet is there: a list of any facilities stays without a schema.

use std::collections::{HashMap, HashSet};

use super::fold::{fold_header, loose};
use super::hint::Hints;
use super::models::is_plain;
use super::sheet::Sheet;
use super::sheets::Schemas;
use super::vocabulary::Vocabulary;

/// The layout of the current standard.
pub const CURRENT: &str = "current";
/// The older 推奨データセット layout.
pub const RECOMMENDED: &str = "recommended";

/// Fewest columns that must match: below that, a header says nothing.
const MIN_MATCHED: usize = 4;
/// Least share of a file's named columns that must match. 焼津市 adds 18 columns of its own to the 30 of its tourism
/// list (30 of 48); a file of which most is something else is something else.
const MIN_SHARE: f64 = 0.4;
/// Least share of a layout's weight, together with the weight of one column that no other sheet has …
const MIN_COVERAGE: f64 = 0.5;
const MIN_EVIDENCE: f64 = 1.0;
/// … or, for files that carry only a part of a long layout, less of it but with much more that is peculiar to it.
const MIN_PART_COVERAGE: f64 = 0.2;
const MIN_PART_EVIDENCE: f64 = 2.5;
/// A file of which nearly all columns are those of one sheet is that sheet with less of it than half: this many columns,
/// and this share of the file's.
const MIN_MATCHED_OF_WHOLE: usize = 8;
const MIN_SHARE_OF_WHOLE: f64 = 0.8;
/// Headers beginning with the name of the thing (ゴミ集積場所_緯度) that make a table a list of it, where only the first
/// field of its sheet is known.
const MIN_PREFIXED: usize = 4;
/// Words that stand in lists of every kind; that only few sheets spell a field so does not make them peculiar.
const PLAIN_WORDS: [&str; 18] = [
    "都道府県",
    "市区町村",
    "町字",
    "番地以下",
    "所在地",
    "行政区",
    "説明",
    "概要",
    "内容",
    "種類",
    "種別",
    "状態",
    "状況",
    "対象者",
    "料金",
    "定員",
    "画像",
    "座標参照系",
];
const PLAIN_WEIGHT: f64 = 0.1;

/// A header bound to a sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    /// The number of the sheet, `01`–`31`.
    pub sheet: String,
    /// [`CURRENT`] or [`RECOMMENDED`].
    pub edition: &'static str,
    /// Per column of the file: the field that takes its values, as an index into [`Sheet::fields`]. A field stands at
    /// most once.
    pub columns: Vec<Option<usize>>,
    /// How well it fits; only to compare bindings of one file (more is better, no upper end).
    pub score: f64,
    /// How many columns have a field.
    pub matched: usize,
    /// Why, as a Japanese sentence for people.
    pub reason: String,
}

/// One sheet in one edition, held against a header.
struct Candidate {
    columns: Vec<Option<usize>>,
    matched: usize,
    /// Columns whose name is the edition's own, not an alias.
    exact: usize,
    /// Named columns that this sheet does not know.
    unknown: usize,
    /// Sum of the weights of the matched columns.
    evidence: f64,
    /// The weight of the column that says most.
    strongest: f64,
    /// Share of the edition's weight that was matched, 0–1.
    coverage: f64,
}

impl Schemas {
    /// The sheet and edition a header belongs to; `None` where it belongs to none.
    pub fn bind(&self, header: &[String]) -> Option<Binding> {
        self.bind_named(header, None)
    }

    /// Like [`Self::bind`], with the file's name as a hint: `222127_aed.csv` names sheet 08. The name alone binds
    /// nothing.
    pub fn bind_named(&self, header: &[String], file_name: Option<&str>) -> Option<Binding> {
        self.bind_hinted(header, Hints { file_name, titles: &[] })
    }

    /// Like [`Self::bind`], with all that stands around the table as a hint.
    pub fn bind_hinted(&self, header: &[String], hints: Hints<'_>) -> Option<Binding> {
        let folded: Vec<String> = header.iter().map(|cell| fold_header(cell)).collect();
        let named = folded.iter().filter(|cell| !cell.is_empty()).count();
        if named < MIN_MATCHED {
            return None;
        }
        let mut best: Option<Binding> = None;
        for (sheet, vocabulary) in self.sheets().iter().zip(&self.vocabularies) {
            let candidates = [CURRENT, RECOMMENDED]
                .map(|edition| self.candidate(vocabulary, edition, &folded).map(|candidate| (edition, candidate)));
            if candidates.iter().all(Option::is_none) {
                continue;
            }
            let hint = hints.worth(sheet);
            let is_list = sheet.fields.len() == 1 && is_list_of(&vocabulary.names, &folded, hint);
            let mut score = f64::NEG_INFINITY;
            for (_, candidate) in candidates.iter().flatten() {
                if is_list || candidate.is_enough(named, hint) {
                    score = score.max(candidate.score(hint) + if is_list { 1.0 } else { 0.0 });
                }
            }
            if score <= best.as_ref().map_or(f64::NEG_INFINITY, |best| best.score) {
                continue;
            }
            // Which edition of the sheet it is, its own names say: a shorter layout is sooner covered.
            let by_names = candidates.into_iter().flatten().max_by(|(_, one), (_, other)| {
                one.exact.cmp(&other.exact).then(one.score(hint).total_cmp(&other.score(hint)))
            });
            if let Some((edition, candidate)) = by_names {
                best = Some(candidate.into_binding(sheet, edition, named, score, hint));
            }
        }
        best
    }

    /// In how many sheets this header, folded, means something.
    pub(super) fn spread_of(&self, folded: &str) -> u32 {
        self.spread.get(folded).copied().unwrap_or(0)
    }

    /// Matches a header with one edition of one sheet: first by the edition's own names, then by other names.
    fn candidate(&self, vocabulary: &Vocabulary, edition: &'static str, folded: &[String]) -> Option<Candidate> {
        let own: Vec<(&str, Option<usize>)> = if edition == CURRENT {
            vocabulary.names.iter().enumerate().map(|(index, name)| (name.as_str(), Some(index))).collect()
        } else {
            vocabulary.recommended.as_ref()?.iter().map(|(name, field)| (name.as_str(), *field)).collect()
        };
        let mut at: HashMap<&str, usize> = HashMap::with_capacity(folded.len());
        for (index, cell) in folded.iter().enumerate() {
            // Of two columns of the same name the first one is bound, as in a spreadsheet.
            at.entry(cell.as_str()).or_insert(index);
        }
        let mut columns: Vec<Option<usize>> = vec![None; folded.len()];
        let mut known: HashSet<usize> = HashSet::new();
        let mut taken: HashSet<usize> = HashSet::new();
        let (mut exact, mut evidence, mut strongest) = (0, 0.0, 0.0_f64);
        for &(name, field) in &own {
            let Some(&column) = at.get(name) else { continue };
            known.insert(column);
            exact += 1;
            if let Some(field) = field {
                columns[column] = Some(field);
                taken.insert(field);
                let weight = self.weight(&vocabulary.names[field], name);
                evidence += weight;
                strongest = strongest.max(weight);
            }
        }
        for (field, aliases) in vocabulary.aliases.iter().enumerate() {
            for name in std::iter::once(&vocabulary.names[field]).chain(aliases) {
                let Some(&column) = at.get(name.as_str()) else { continue };
                if known.insert(column) && taken.insert(field) {
                    columns[column] = Some(field);
                    let weight = self.weight(&vocabulary.names[field], name);
                    evidence += weight;
                    strongest = strongest.max(weight);
                }
            }
        }
        for (column, cell) in folded.iter().enumerate() {
            if cell.is_empty() || known.contains(&column) {
                continue;
            }
            let Some(&field) = vocabulary.loose.get(&loose(cell)) else { continue };
            if taken.insert(field) {
                known.insert(column);
                columns[column] = Some(field);
                let weight = self.weight(&vocabulary.names[field], cell);
                evidence += weight;
                strongest = strongest.max(weight);
            }
        }
        let total: f64 = own
            .iter()
            .map(|&(name, field)| {
                field.map_or_else(|| self.weight(name, name), |f| self.weight(&vocabulary.names[f], name))
            })
            .sum();
        let matched = taken.len();
        // An older layout whose own names are hardly there is not what the file was made by.
        if matched == 0 || (edition == RECOMMENDED && exact * 2 < matched) {
            return None;
        }
        let unknown =
            folded.iter().enumerate().filter(|(index, cell)| !cell.is_empty() && !known.contains(index)).count();
        Some(Candidate { columns, matched, exact, unknown, evidence, strongest, coverage: (evidence / total).min(1.0) })
    }

    /// What one column says: 1 where only one sheet knows it, 1/n where n do.
    fn weight(&self, field_name: &str, header: &str) -> f64 {
        let spread = |name: &str| self.spread.get(name).copied().unwrap_or(1);
        let weight = 1.0 / f64::from(spread(field_name).max(spread(header)).max(1));
        if PLAIN_WORDS.contains(&header) || is_plain(header) { weight.min(PLAIN_WEIGHT) } else { weight }
    }
}

impl Candidate {
    fn is_enough(&self, named: usize, hint: f64) -> bool {
        let evidence = self.evidence + hint;
        // Where the file's name says the same, less of the layout needs to be there.
        let coverage = if hint >= 1.0 { MIN_PART_COVERAGE } else { MIN_COVERAGE };
        self.matched >= MIN_MATCHED
            && self.matched as f64 >= MIN_SHARE * named as f64
            && (((self.coverage >= coverage || self.is_nearly_all(named)) && evidence >= MIN_EVIDENCE)
                || (self.coverage >= MIN_PART_COVERAGE && evidence >= MIN_PART_EVIDENCE))
    }

    /// Whether the file holds little else than columns of the sheet, and many of them, one that no other sheet has.
    fn is_nearly_all(&self, named: usize) -> bool {
        self.strongest >= 1.0
            && self.matched >= MIN_MATCHED_OF_WHOLE
            && self.matched as f64 >= MIN_SHARE_OF_WHOLE * named as f64
    }

    /// Evidence first; then the edition's own names (they tell editions of one sheet apart), coverage, and what stays
    /// over.
    fn score(&self, hint: f64) -> f64 {
        self.evidence + hint + self.coverage + 0.1 * self.exact as f64 - 0.05 * self.unknown as f64
    }

    fn into_binding(self, sheet: &Sheet, edition: &'static str, named: usize, score: f64, hint: f64) -> Binding {
        let title = if edition == CURRENT {
            "自治体標準オープンデータセット"
        } else {
            "推奨データセット（旧様式）"
        };
        let by_name = if hint > 0.0 { "ファイル名または表題も一致しています。" } else { "" };
        let reason =
            format!("{title}の「{}」と{named}列のうち{}列の見出しが一致しました。{by_name}", sheet.title, self.matched);
        Binding { sheet: sheet.number.clone(), edition, columns: self.columns, score, matched: self.matched, reason }
    }
}

/// Whether a table is a list of the one thing of which only the first field is known: every header begins with its name
/// (ゴミ集積場所_全国地方公共団体コード, ゴミ集積場所_緯度 …), or the file is named so and has that field.
fn is_list_of(names: &[String], folded: &[String], hint: f64) -> bool {
    let [name] = names else { return false };
    if !folded.contains(name) {
        return false;
    }
    match name.split_once("_全国") {
        Some((thing, _)) => {
            let prefixed = |cell: &&String| cell.strip_prefix(thing).is_some_and(|rest| rest.starts_with('_'));
            folded.iter().filter(prefixed).count() >= MIN_PREFIXED
        }
        None => hint >= 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(cells: &str) -> Vec<String> {
        cells.split('|').map(str::to_owned).collect()
    }

    #[test]
    fn a_list_of_any_facilities_stays_without_a_schema() {
        let schemas = Schemas::bundled();
        for cells in [
            "名称|住所|緯度|経度",
            "ID|名称|住所|緯度|経度|電話番号|URL|備考",
            "NO|都道府県コード又は市区町村コード|都道府県名|市区町村名|名称|名称_カナ|住所|方書|緯度|経度|電話番号|備考",
            "全国地方公共団体コード|ID|地方公共団体名|名称|名称_カナ|所在地_連結表記|所在地_都道府県|所在地_市区町村|所在地_町字|緯度|経度",
            "都道府県|都道府県コード|市区町村|市区町村コード|緯度|経度|イベント|発生件数|リンク",
            "",
            "|||",
        ] {
            assert_eq!(schemas.bind(&header(cells)), None, "{cells}");
            assert_eq!(schemas.bind_named(&header(cells), Some("list.csv")), None, "{cells}");
        }
    }

    #[test]
    fn columns_are_bound_by_name_and_each_field_once() {
        let cells = header("経度|種別|ID|口径|ID|メモ|緯度|所在地_連結標記|所在地_連結表記");
        let binding = Schemas::bundled().bind(&cells).expect("hydrants");
        let sheet = Schemas::bundled().sheet("14").expect("sheet 14");
        let names: Vec<Option<&str>> =
            binding.columns.iter().map(|field| field.map(|index| sheet.fields[index].name.as_str())).collect();
        let expected = [
            Some("経度"),
            Some("種別"),
            Some("ID"),
            Some("口径"),
            None,
            None,
            Some("緯度"),
            None,
            Some("所在地_連結表記"),
        ];
        assert_eq!(names, expected);
        assert_eq!(binding.matched, 6);
    }

    #[test]
    fn a_file_name_helps_but_does_not_decide() {
        let schemas = Schemas::bundled();
        let few = header("名称|住所|緯度|経度|設置位置|利用可能曜日|開始時間|終了時間");
        let named = schemas.bind_named(&few, Some("222127_aed.csv")).map(|binding| binding.sheet);
        assert_eq!(named.as_deref(), Some("08"));
        assert_eq!(schemas.bind_named(&header("店名|住所|緯度|経度"), Some("222127_aed.csv")), None);
        let stations =
            header("ゴミ集積場所_全国地方公共団体コード|ゴミ集積場所_ID|ゴミ集積場所_緯度|ゴミ集積場所_経度|備考");
        assert_eq!(schemas.bind(&stations).map(|binding| binding.sheet).as_deref(), Some("30"));
        let radios = header("全国地方公共団体コード|施設_ID|設備_ID|名称|説明");
        assert_eq!(schemas.bind(&radios), None);
        let named = schemas.bind_named(&radios, Some("132128_emergency_radio.csv")).map(|binding| binding.sheet);
        assert_eq!(named.as_deref(), Some("23"));
    }
}
