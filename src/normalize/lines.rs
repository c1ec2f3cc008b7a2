//! Areas delivered as lines: outlines that close, under names that speak of areas.

use geo_types::{Geometry, LineString};

use crate::read::Row;

use super::text;

/// Words that speak of an area.
const AREA_WORDS: &[&str] = &[
    "区域",
    "地域",
    "地区",
    "エリア",
    "範囲",
    "学区",
    "校区",
    "用地",
    "区画",
    "町界",
    "行政界",
    "行政区",
    "圏域",
    "面積",
    "敷地",
    "area",
    "zone",
];

/// Features whose values are looked at for such words.
const LOOKED_AT: u64 = 100;

/// What was seen of the lines of one table.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    features: u64,
    closed: u64,
    word: Option<String>,
}

impl Lines {
    /// Looks at one feature.
    pub(super) fn see(&mut self, geometry: Option<&Geometry<f64>>, row: &Row<'_>) {
        let is_closed = match geometry {
            None => return,
            Some(Geometry::LineString(line)) => closes(line),
            Some(Geometry::MultiLineString(lines)) => lines.0.iter().all(closes),
            Some(_) => false,
        };
        self.features += 1;
        self.closed += u64::from(is_closed);
        if is_closed && self.word.is_none() && self.features <= LOOKED_AT {
            self.word = row.cells.iter().find_map(|cell| area_word(cell.text()));
        }
    }

    /// What to say where nearly all features are closed lines and a name speaks of an area; `names` are headers and titles.
    pub(super) fn are_areas<'n>(&self, mut names: impl Iterator<Item = &'n str>) -> Option<String> {
        // A name says more than a value: outlines are often cut into pieces, and then few of them close by themselves.
        let named = names.find_map(area_word);
        let share = if named.is_some() { 1 } else { 4 };
        if self.closed == 0 || self.closed * 5 < self.features * share {
            return None;
        }
        let word = named.or_else(|| self.word.clone())?;
        Some(format!("閉じた線{}件/{}件、「{word}」", self.closed, self.features))
    }
}

fn closes(line: &LineString<f64>) -> bool {
    line.0.len() >= 4 && line.0.first() == line.0.last()
}

/// The text, short as it is, where it speaks of an area.
fn area_word(found: &str) -> Option<String> {
    let lower = found.to_lowercase();
    let speaks = AREA_WORDS.iter().any(|word| {
        if word.is_ascii() {
            // `zone` and `area` as whole words: not in `areaname_code`, nor in `horizontal`.
            lower.split(|letter: char| !letter.is_ascii_alphabetic()).any(|part| part == *word)
        } else {
            lower.contains(word)
        }
    });
    speaks.then(|| text::trim(found).chars().take(20).collect())
}

#[cfg(test)]
mod tests {
    use geo_types::line_string;

    use super::*;
    use crate::read::Cell;

    fn seen(lines: &[LineString<f64>], cell: &str) -> Lines {
        let mut seen = Lines::default();
        for line in lines {
            let cells = [Cell::Text(cell)];
            seen.see(Some(&line.clone().into()), &Row { number: 1, cells: &cells, geometry: None });
        }
        seen
    }

    #[test]
    fn closed_lines_under_the_name_of_an_area_are_named() {
        let open = line_string![(x: 138.0, y: 34.0), (x: 138.1, y: 34.0), (x: 138.1, y: 34.1)];
        let outline = line_string![(x: 138.0, y: 34.0), (x: 138.1, y: 34.0), (x: 138.1, y: 34.1), (x: 138.0, y: 34.0)];
        let lines = vec![outline.clone(); 5];
        assert!(seen(&lines, "").are_areas(["名称", "土地区画整理事業区域"].into_iter()).is_some());
        assert!(
            seen(&lines, "第一地区").are_areas(["名称"].into_iter()).is_some_and(|found| found.contains("5件/5件"))
        );
        // A bus that comes back to where it set out is a line, and so is a border that does not close.
        assert_eq!(seen(&lines, "市内循環線").are_areas(["路線名"].into_iter()), None);
        assert_eq!(seen(&[outline, open.clone(), open], "第一地区").are_areas(["区域"].into_iter()), None);
        assert_eq!(seen(&[], "").are_areas(["区域"].into_iter()), None);
    }
}
