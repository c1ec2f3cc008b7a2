//! Rows of a form that nobody filled in: they hold the code and the name of the city, which the form repeats in every row,
//! and nothing else.

use crate::read::Row;
use crate::schema::fold_header;

use super::text;

/// Headers of columns that a form fills in beforehand with the same for all rows, folded as [`fold_header`] does.
const FORM_COLUMNS: &[&str] = &[
    "全国地方公共団体コード",
    "都道府県コード又は市区町村コード",
    "都道府県コード",
    "市区町村コード",
    "市町村コード",
    "団体コード",
    "地方公共団体コード",
    "地方公共団体名",
    "自治体名",
    "都道府県名",
    "市区町村名",
    "市町村名",
    "都道府県",
    "市区町村",
    "市町村",
    "法人番号",
    "所在地_全国地方公共団体コード",
    "所在地_都道府県",
    "所在地_市区町村",
];
/// Those of the standard's sheets, where the publisher's own code stands in every row: of no other row it says anything.
const PUBLISHER_COLUMNS: &[&str] = &["全国地方公共団体コード", "都道府県コード又は市区町村コード"];
/// Headers of columns that number the rows.
const NUMBER_COLUMNS: &[&str] = &["no", "no.", "番号", "連番", "項番", "通番", "id"];
/// Fewest columns besides: a table of fewer may well be one of municipalities.
const MIN_OTHERS: usize = 3;

/// What a column is in a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Form,
    Number,
    Content,
}

/// Watches the columns of a table that a form fills in beforehand.
#[derive(Debug, Clone, Default)]
pub(super) struct Form {
    /// By column; empty where the table is no form.
    kinds: Vec<Kind>,
    /// Whether the publisher's own code is among them.
    has_publisher: bool,
    /// Their texts in the row before.
    last: Vec<String>,
}

impl Form {
    /// For a table with these names of columns.
    pub(super) fn new(header: &[String]) -> Self {
        let names: Vec<String> = header.iter().map(|cell| fold_header(cell)).collect();
        let is_of = |list: &[&str], name: &String| list.iter().any(|known| fold_header(known) == *name);
        let kind = |name: &String| {
            if is_of(FORM_COLUMNS, name) {
                Kind::Form
            } else if is_of(NUMBER_COLUMNS, name) {
                Kind::Number
            } else {
                Kind::Content
            }
        };
        let kinds: Vec<Kind> = names.iter().map(kind).collect();
        let others =
            kinds.iter().zip(&names).filter(|(kind, name)| **kind == Kind::Content && !name.is_empty()).count();
        if others < MIN_OTHERS || !kinds.contains(&Kind::Form) {
            return Self::default();
        }
        let has_publisher = names.iter().any(|name| is_of(PUBLISHER_COLUMNS, name));
        Self { kinds, has_publisher, last: Vec::new() }
    }

    /// Whether a row holds nothing but what the form repeats: the same as the row before, or the publisher's own code. To
    /// be asked of every row, in order.
    #[inline]
    pub(super) fn is_prefilled(&mut self, row: &Row<'_>) -> bool {
        if self.kinds.is_empty() {
            return false;
        }
        // Most rows hold something else in one of their first columns of content.
        let is_blank = |at: usize| row.cells.get(at).is_none_or(|cell| text::is_blank(cell.text()));
        let has_content = (0..row.cells.len().max(self.kinds.len()))
            .any(|at| !matches!(self.kinds.get(at), Some(Kind::Form | Kind::Number)) && !is_blank(at));
        if has_content {
            if self.last.is_empty() {
                self.last = self.texts(row);
            }
            return false;
        }
        let found = self.texts(row);
        if found.iter().all(String::is_empty) {
            return false;
        }
        // A form may leave a column out in the rows that wait to be filled in, but never says another thing.
        self.has_publisher
            || !self.last.is_empty()
                && self.last.iter().zip(&found).all(|(last, found)| found.is_empty() || last == found)
    }

    fn texts(&self, row: &Row<'_>) -> Vec<String> {
        let form = self.kinds.iter().enumerate().filter(|(_, kind)| **kind == Kind::Form);
        form.map(|(at, _)| row.cells.get(at).map_or("", |cell| text::trim(cell.text())).to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Cell;

    fn prefilled(header: &str, lines: &[&str]) -> Vec<bool> {
        let header: Vec<String> = header.split(',').map(str::to_owned).collect();
        let mut form = Form::new(&header);
        lines
            .iter()
            .map(|line| {
                let cells: Vec<Cell<'_>> = line.split(',').map(Cell::Text).collect();
                form.is_prefilled(&Row { number: 1, cells: &cells, geometry: None })
            })
            .collect()
    }

    #[test]
    fn rows_that_only_repeat_the_city_are_told() {
        let standard = "全国地方公共団体コード,ID,地方公共団体名,名称,住所,電話番号";
        assert_eq!(
            prefilled(
                standard,
                &["242039,1,伊勢市,市役所,岩渕,", "242039,2,伊勢市,,,", "242039,,,　,,", "242039,3,伊勢市,,,0596"]
            ),
            [false, true, true, false]
        );
        assert_eq!(prefilled(standard, &["242039,,,,,"]), [true], "the publisher alone");
        let own = "都道府県名,市町村名,名称,住所,電話番号";
        assert_eq!(
            prefilled(own, &["三重県,伊勢市,市役所,岩渕,", "三重県,伊勢市,,,", "三重県,,,,"]),
            [false, true, true]
        );
    }

    #[test]
    fn rows_about_municipalities_are_kept() {
        let cities = "団体コード,都道府県名,市区町村名,人口,面積,備考";
        assert_eq!(prefilled(cities, &["242012,三重県,津市,1,1,", "242039,三重県,伊勢市,,,"]), [false, false]);
        assert_eq!(prefilled("市区町村名,人口", &["伊勢市,1", "伊勢市,"]), [false, false]);
        assert_eq!(prefilled("名称,住所,電話番号,備考", &["a,,,", ",,,"]), [false, false]);
    }
}
