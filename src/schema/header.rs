//! Where the header of a table stands among its first rows.

use super::bind::Binding;
use super::everyday::is_generic;
use super::fold::fold_header;
use super::hint::Hints;
use super::remark::remark_rows;
use super::shape::{
    contrasts, different, filled, header_by_contrast, is_all_names, is_value, is_wide, looks_like_header, width,
};
use super::sheets::Schemas;
use super::stack::{Stack, stack_at};

/// How many rows are looked at. Real files have a title, a date, a note and a licence above the header (高松市: eight
/// lines), some a page of explanations; sixty rows are a printed page, and bound the work per table.
pub const HEADER_SEARCH_ROWS: usize = 60;
/// Fewest names a row must have to be held against the sheets; [`Schemas::bind`] asks for as many matches.
const MIN_NAMES: usize = 4;
/// Most texts above a header that are taken as its title.
const MAX_TITLES: usize = 8;

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeaderGuess {
    /// The first row of the header, from 0 in the rows handed in; `None` where the table seems to have none.
    pub row: Option<usize>,
    /// How many rows it takes: 1, or 2 to 6 where groups stand over names; 0 where there is none.
    pub height: usize,
    /// Which of these rows, from 0, hold remarks (marks, units) instead of names, or beside them.
    pub inside: Vec<usize>,
    /// Its names, those of several rows joined by `_`.
    pub cells: Vec<String>,
    /// How many rows right below it are not data: units, an example, marks of what is required.
    pub remarks: usize,
    /// The sheet it belongs to.
    pub binding: Option<Binding>,
}

impl Schemas {
    /// Finds the header among the first rows: the row that a sheet recognises best, else the first row that looks like
    /// one (as wide as the table, texts that differ, no numbers). Of several tables one below the other, the first.
    pub fn find_header(&self, rows: &[Vec<String>]) -> HeaderGuess {
        self.find_header_hinted(rows, &[], Hints::default())
    }

    /// Like [`Self::find_header`], with the file's name as a hint for the sheet.
    pub fn find_header_named(&self, rows: &[Vec<String>], file_name: Option<&str>) -> HeaderGuess {
        self.find_header_hinted(rows, &[], Hints { file_name, titles: &[] })
    }

    /// Like [`Self::find_header`], with all that stands around the table. `gaps` are the rows before which rows are
    /// missing (a spreadsheet leaves empty ones out).
    pub fn find_header_hinted(&self, rows: &[Vec<String>], gaps: &[usize], hints: Hints<'_>) -> HeaderGuess {
        let rows = &rows[..rows.len().min(HEADER_SEARCH_ROWS)];
        if let Some(at) = rows.iter().position(|row| row.first().is_some_and(|cell| cell.trim() == "#property")) {
            return self.linkdata(rows, at, hints);
        }
        let rows = &rows[..self.end_of_first(rows, gaps)];
        let known = |cell: &str| self.is_name(cell);
        let stack = (0..rows.len()).find_map(|at| Some((at, stack_at(&rows[at..], &known)?)));
        let mut best: Option<(usize, Binding)> = None;
        let mut titles: Vec<String> = hints.titles.to_vec();
        for (at, row) in rows.iter().enumerate() {
            if different(row) == 1 && titles.len() < MAX_TITLES {
                titles.extend(row.iter().find(|cell| !cell.trim().is_empty()).cloned());
            }
            if !self.may_be_bound(row) {
                continue;
            }
            let Some(binding) = self.bind_hinted(row, Hints { titles: &titles, ..hints }) else { continue };
            if best.as_ref().is_none_or(|(_, known)| binding.score > known.score) {
                best = Some((at, binding));
            }
        }
        let hints = Hints { titles: &titles, ..hints };
        let by_shape = || {
            let width = width(rows);
            let by_names = rows.iter().position(|row| looks_like_header(row, width));
            by_names.or_else(|| header_by_contrast(rows, width))
        };
        let single = best.as_ref().map(|(at, _)| *at).or_else(by_shape);
        if let Some((at, stack)) = stack {
            // A header of several rows stands above all it could be mistaken for, and holds what it is made of.
            let end = at + stack.height;
            let is_first =
                single.is_none_or(|single| single >= at) && best.as_ref().is_none_or(|(bound, _)| *bound < end);
            if is_first && is_wide(filled(&stack.cells), width(rows)) {
                return self.stacked(rows, at, stack, hints);
            }
        }
        let Some(at) = single else { return HeaderGuess::default() };
        let binding = best.map(|(_, binding)| binding);
        self.guess(rows, at, 1, rows[at].clone(), binding)
    }

    fn guess(
        &self,
        rows: &[Vec<String>],
        at: usize,
        height: usize,
        cells: Vec<String>,
        binding: Option<Binding>,
    ) -> HeaderGuess {
        let below = rows.get(at + height..).unwrap_or_default();
        let remarks = remark_rows(below);
        // The same header in another spelling (English under Japanese) is no record either.
        let again =
            below.get(remarks).and_then(|row| self.bind(row)).zip(binding.as_ref()).is_some_and(|(again, own)| {
                let same = again.columns.iter().zip(&own.columns).filter(|(one, other)| one.is_some() && one == other);
                again.sheet == own.sheet && same.count() * 2 > own.matched
            });
        HeaderGuess { row: Some(at), height, cells, remarks: remarks + usize::from(again), inside: Vec::new(), binding }
    }

    fn stacked(&self, rows: &[Vec<String>], at: usize, stack: Stack, hints: Hints<'_>) -> HeaderGuess {
        // A sheet may know the joined name (所在地_都道府県) or only the one inside (緯度 under 位置).
        let mut seen = std::collections::HashSet::new();
        let mut keys = stack.cells.clone();
        for (key, inner) in keys.iter_mut().zip(&stack.inner) {
            let spread = |name: &str| self.spread_of(&fold_header(name));
            if spread(key) == 0 && spread(inner) > 0 && seen.insert(fold_header(inner)) {
                key.clone_from(inner);
            }
        }
        let binding = self.bind_hinted(&keys, hints);
        HeaderGuess { inside: stack.remarks, ..self.guess(rows, at, stack.height, stack.cells, binding) }
    }

    /// `LinkData` exports: the header begins with `#property`; the rows beginning with `#` below it say what its columns
    /// are, those above it where the data comes from.
    fn linkdata(&self, rows: &[Vec<String>], at: usize, hints: Hints<'_>) -> HeaderGuess {
        let cells = rows[at].clone();
        let is_remark = |row: &&Vec<String>| row.first().is_some_and(|cell| cell.starts_with('#'));
        let remarks = rows[at + 1..].iter().take_while(is_remark).count();
        let binding = self.bind_hinted(&cells, hints);
        HeaderGuess { row: Some(at), height: 1, cells, remarks, inside: Vec::new(), binding }
    }

    /// Where the first table ends, if another one follows below it after an empty row: what comes later must not be
    /// taken for its header.
    fn end_of_first(&self, rows: &[Vec<String>], gaps: &[usize]) -> usize {
        let is_gap = |at: usize| gaps.contains(&at) || rows.get(at).is_some_and(|row| filled(row) == 0);
        let mut start = 0;
        while start < rows.len() {
            let end = (start + 1..rows.len()).find(|at| is_gap(*at)).unwrap_or(rows.len());
            if self.is_table(&rows[start..end]) {
                return end;
            }
            start = end;
        }
        rows.len()
    }

    /// Whether these rows are a table with its header beyond doubt.
    fn is_table(&self, rows: &[Vec<String>]) -> bool {
        (0..rows.len().saturating_sub(1)).any(|at| {
            let (row, below) = (&rows[at], &rows[at + 1..]);
            different(row) > 1
                && below.iter().any(|other| filled(other) > 1 && filled(other) * 2 >= filled(row))
                && self.is_header_beyond_doubt(row, below)
        })
    }

    /// Whether a row above others can only be a header: a sheet knows it, its words name columns, or they stand above
    /// values.
    pub fn is_header_beyond_doubt(&self, row: &[String], below: &[Vec<String>]) -> bool {
        let count = filled(row);
        if count < 2 || different(row) * 5 < count * 4 || !is_all_names(row) {
            return false;
        }
        let named = self.known_names(row);
        named * 2 >= count && named > 1 && (count > 2 || named == count)
            || count > 2 && below.len() > 1 && contrasts(row, below) * 3 >= count
            || self.may_be_bound(row) && self.bind(row).is_some()
    }

    /// How many cells of a row are words that name columns, in a sheet of the standard or in any table.
    pub fn known_names(&self, row: &[String]) -> usize {
        row.iter().filter(|cell| !cell.trim().is_empty() && self.is_name(cell)).count()
    }

    /// Whether a cell is a word that names columns: in a sheet of the standard, or in any table.
    fn is_name(&self, cell: &str) -> bool {
        let folded = fold_header(cell);
        self.spread_of(&folded) > 0 || is_generic(&folded)
    }

    /// A cheap look before a row is held against all sheets: some names, of which a few are known.
    fn may_be_bound(&self, row: &[String]) -> bool {
        let names = row.iter().filter(|cell| !cell.trim().is_empty() && !is_value(cell));
        names.clone().count() >= MIN_NAMES
            && names.filter(|cell| self.spread_of(&fold_header(cell)) > 0).take(2).count() == 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lines: &[&str]) -> Vec<Vec<String>> {
        lines.iter().map(|line| line.split(',').map(str::to_owned).collect()).collect()
    }

    #[test]
    fn a_header_below_a_preamble_is_found_by_its_sheet() {
        let table = rows(&[
            "消防水利施設一覧,,,,,",
            "令和６年４月１日現在,,,,,",
            "",
            "ID,種別,所在地_連結表記,緯度,経度,口径",
            "A1,消火栓,静岡県焼津市本町2丁目16-32,34.866,138.323,75",
        ]);
        let guess = Schemas::bundled().find_header(&table);
        assert_eq!(guess.row, Some(3));
        assert_eq!(guess.binding.map(|binding| binding.sheet).as_deref(), Some("14"));
    }

    #[test]
    fn a_header_of_no_sheet_is_found_by_its_shape() {
        let table = rows(&["救護所の一覧", "番号,名称,設置場所,電話", "1,港小学校,体育館,054-624-5266"]);
        let guess = Schemas::bundled().find_header(&table);
        assert_eq!((guess.row, guess.height, guess.binding), (Some(1), 1, None));
        let gap = rows(&["ID,名称,分類,住所,緯度,経度,", "1,小泉八雲滞在の家跡碑,碑,城之腰107,34.8,138.3,x"]);
        assert_eq!(Schemas::bundled().find_header(&gap).row, Some(0));
    }

    #[test]
    fn one_row_that_is_too_long_does_not_hide_the_header() {
        let table = rows(&[
            "名称,住所,緯度,経度",
            "a,b,34.8,138.3,extra,extra2",
            "市役所,本町,34.8,138.3",
            "公民館,西町,34.8,138.3",
            "図書館,東町,34.8,138.3",
        ]);
        assert_eq!(Schemas::bundled().find_header(&table).row, Some(0));
    }

    #[test]
    fn years_and_repeated_names_are_a_header_above_other_cells() {
        for table in [
            ["地区,2020,2021,2022", "A,1,2,3", "B,4,5,6"],
            ["地区,2020,2021,2022", "A,1990,2001,2013", "B,2004,2015,1996"],
            ["地区,人口,人口,人口", "A,1,2,3", "B,4,5,6"],
            ["地区,2022", "A,1", "B,4"],
        ] {
            assert_eq!(Schemas::bundled().find_header(&rows(&table)).row, Some(0), "{table:?}");
        }
        for table in [
            ["東部,2020,2031,2022", "西部,1990,2001,2013", "北部,2004,2015,1996"],
            ["東部,10,不明", "西部,11,12", "北部,13,14"],
            ["東部,東部,東部", "西部,西部,西部", "北部,北部,北部"],
        ] {
            assert_eq!(Schemas::bundled().find_header(&rows(&table)).row, None, "{table:?}");
        }
    }

    #[test]
    fn a_table_without_a_header_has_none() {
        let table = rows(&["17324,1,川北町役場,36.46,136.54", "17324,2,川北町文化センター,36.47,136.53"]);
        assert_eq!(Schemas::bundled().find_header(&table), HeaderGuess::default());
        assert_eq!(Schemas::bundled().find_header(&[]), HeaderGuess::default());
        assert_eq!(Schemas::bundled().find_header(&rows(&["", "", ""])), HeaderGuess::default());
    }

    #[test]
    fn of_two_tables_the_first_header_is_taken() {
        let table = rows(&[
            "地区別人口,,",
            "地区,人口,世帯数",
            "東部,100,40",
            "西部,80,30",
            ",,",
            "ID,名称,名称_カナ,所在地_連結表記,緯度,経度,設置位置,利用可能曜日,開始時間,終了時間,小児対応設備の有無",
            "1,市役所,シヤクショ,本町,34.8,138.3,1階,月火,9:00,17:00,有",
        ]);
        assert_eq!(Schemas::bundled().find_header(&table).row, Some(1));
    }

    #[test]
    fn a_preamble_of_pairs_is_no_table() {
        let table = rows(&[
            "作成日,2024-04-01",
            "作成者,危機管理課",
            "",
            "番号,名称,住所,電話",
            "1,市役所,本町,054-1",
            "2,公民館,西町,054-2",
        ]);
        assert_eq!(Schemas::bundled().find_header(&table).row, Some(3));
    }

    #[test]
    fn a_long_preamble_hides_no_header() {
        let mut lines = vec!["この資料について説明する文章です。"; 40];
        lines.extend(["番号,名称,住所", "1,市役所,本町", "2,公民館,西町"]);
        assert_eq!(Schemas::bundled().find_header(&rows(&lines)).row, Some(40));
    }

    #[test]
    fn groups_over_names_and_rows_of_units_belong_to_the_header() {
        let table = rows(&[
            "令和6年4月1日現在,,,,",
            "番号,施設名,定員,開館時間,",
            ",,,開始,終了",
            ",,(人),,",
            "1,図書館,20,9:00,17:00",
            "2,公民館,30,9:00,21:00",
        ]);
        let guess = Schemas::bundled().find_header(&table);
        assert_eq!((guess.row, guess.height, guess.remarks), (Some(1), 2, 1));
        assert_eq!(guess.cells, ["番号", "施設名", "定員", "開館時間_開始", "開館時間_終了"]);
    }

    #[test]
    fn a_linkdata_export_has_its_header_at_property() {
        let table = rows(&[
            "#lang,ja",
            "#namespace,ex,http://example.jp/",
            "#property,緯度,経度",
            "#object_type,x,x",
            "1,34,138",
        ]);
        let guess = Schemas::bundled().find_header(&table);
        assert_eq!((guess.row, guess.remarks), (Some(2), 1));
    }
}
