//! A chart of one indicator, drawn on the server; the same numbers stand in the table beside it.

use askama::Template;

use super::wording::number;
use crate::count::statistics::{Period, Shown};
use crate::model::time::FiscalYear;

/// Size of the picture, px: as wide as the text of a phone, so that its letters are there as large as others.
const WIDTH: f64 = 360.0;
/// Where the bars stand.
const LEFT: f64 = 66.0;
const RIGHT: f64 = 352.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 158.0;
/// Height of the mark for a figure that is withheld, px.
const STUB: f64 = 8.0;
/// Names under the bars at most: more would touch.
const NAMES: usize = 6;

/// One bar, or the mark in its place.
struct Bar {
    class: &'static str,
    x: String,
    y: String,
    width: String,
    height: String,
}

/// A word or number at a place.
struct Label {
    at: String,
    words: String,
}

/// The model of the picture.
#[derive(Template)]
#[template(path = "chart.svg", escape = "html")]
pub(super) struct Chart {
    id: String,
    pub(super) title: String,
    description: String,
    bars: Vec<Bar>,
    gaps: Vec<(String, String)>,
    breaks: Vec<String>,
    lines: Vec<Label>,
    names: Vec<Label>,
}

/// A picture is a template of its own: every text in it is escaped there.
impl askama::filters::HtmlSafe for Chart {}

impl Chart {
    /// The chart of the figure at `place` of every period.
    pub(super) fn new(id: &str, title: &str, periods: &[Period], place: usize) -> Self {
        let greatest = periods.iter().filter_map(|period| period.figures[place].value()).max().unwrap_or(0);
        let top = round_up(greatest);
        let step = (RIGHT - LEFT) / (periods.len().max(1) as f64);
        let width = (step * 0.72).min(26.0);
        let height = |value: u64| (BOTTOM - TOP) * value as f64 / top as f64;
        let mut chart = Self {
            id: id.to_owned(),
            title: title.to_owned(),
            description: description(periods, place),
            bars: Vec::new(),
            gaps: Vec::new(),
            breaks: breaks(periods).map(|index| px(LEFT + step * index as f64)).collect(),
            lines: [0, top / 2, top]
                .into_iter()
                .map(|value| Label { at: px(BOTTOM - height(value)), words: number(value) })
                .collect(),
            names: Vec::new(),
        };
        let every = periods.len().div_ceil(NAMES).max(1);
        for (index, period) in periods.iter().enumerate() {
            let left = LEFT + step * index as f64;
            let middle = left + step / 2.0;
            let figure = period.figures[place];
            if period.gap || figure == Shown::Unobserved {
                chart.gaps.push((px(left), px(step)));
            }
            let (class, tall) = match figure {
                Shown::Exact(value) => ("bar", height(value)),
                Shown::AtLeast(value) => ("bar running", height(value)),
                Shown::Withheld => ("bar withheld", STUB),
                Shown::Unobserved => continue,
            };
            chart.bars.push(Bar {
                class,
                x: px(middle - width / 2.0),
                y: px(BOTTOM - tall),
                width: px(width),
                height: px(tall),
            });
            if index % every == 0 {
                chart.names.push(Label { at: px(middle), words: short_name(&period.label) });
            }
        }
        if chart.names.is_empty() {
            chart.names.extend(periods.iter().enumerate().step_by(every).map(|(index, period)| Label {
                at: px(LEFT + step * (index as f64 + 0.5)),
                words: short_name(&period.label),
            }));
        }
        chart
    }
}

/// Periods that were counted by other definitions than the one before them.
pub(super) fn breaks(periods: &[Period]) -> impl Iterator<Item = usize> + '_ {
    let mut before: &[String] = &[];
    periods.iter().enumerate().filter_map(move |(index, period)| {
        if period.definitions.is_empty() {
            return None;
        }
        let changed = !before.is_empty() && before != period.definitions.as_slice();
        before = &period.definitions;
        changed.then_some(index)
    })
}

/// The least number of the form 2, 4, 10, 20, 40, 100 … that is not less: half of it is whole.
fn round_up(value: u64) -> u64 {
    let mut unit = 1;
    loop {
        for step in [2, 4, 10] {
            if value <= unit * step {
                return unit * step;
            }
        }
        if unit > u64::MAX / 100 {
            return value;
        }
        unit *= 10;
    }
}

/// A period as a person reads it: `2026年11月21日`, `2026年11月`, `令和8年度`.
pub(super) fn in_words(period: &Period) -> String {
    let (year, month, day) = (period.first_day.year(), period.first_day.month(), period.first_day.day());
    match period.label.split('-').count() {
        3 => format!("{year}年{month}月{day}日"),
        2 => format!("{year}年{month}月"),
        _ => FiscalYear::of(period.first_day).to_string(),
    }
}

/// `2026-11-21` as `21日`, `2026-11` as `11月`, `R8` as it is.
fn short_name(label: &str) -> String {
    let parts: Vec<&str> = label.split('-').collect();
    let digits = |text: &str| text.trim_start_matches('0').to_owned();
    match parts.as_slice() {
        [_, _, day] => format!("{}日", digits(day)),
        [_, month] => format!("{}月", digits(month)),
        _ => label.to_owned(),
    }
}

fn description(periods: &[Period], place: usize) -> String {
    let greatest = periods
        .iter()
        .filter_map(|period| Some((period.figures[place].value()?, period)))
        .max_by_key(|(value, _)| *value);
    match greatest {
        Some((value, period)) => {
            format!("最も多いのは{}の{}です。数は下の表にあります。", in_words(period), number(value))
        }
        None => "公表できる数はありません。".to_owned(),
    }
}

fn px(value: f64) -> String {
    format!("{:.1}", value.clamp(0.0, WIDTH))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(label: &str, figure: Shown, definitions: &[&str], gap: bool) -> Period {
        let month = label[5..7].parse().expect("a month");
        let day = jiff::civil::date(2026, month, 1);
        Period {
            label: label.to_owned(),
            first_day: day,
            last_day: day,
            running: false,
            figures: vec![figure],
            coverage: None,
            gap,
            definitions: definitions.iter().map(|id| (*id).to_owned()).collect(),
        }
    }

    #[test]
    fn a_chart_draws_figures_marks_gaps_and_breaks() {
        let periods = [
            period("2026-04", Shown::Unobserved, &[], false),
            period("2026-05", Shown::Exact(120), &["a"], false),
            period("2026-06", Shown::Withheld, &["a"], true),
            period("2026-07", Shown::AtLeast(40), &["b"], false),
        ];
        let svg = Chart::new("c", "アクセス<b>", &periods, 0).render().expect("a fixed template");
        assert_eq!(breaks(&periods).collect::<Vec<_>>(), [3]);
        assert_eq!(svg.matches("class=\"gap\"").count(), 2, "{svg}");
        assert_eq!(svg.matches("class=\"break\"").count(), 1, "{svg}");
        for part in
            ["class=\"bar\"", "class=\"bar withheld\"", "class=\"bar running\"", ">200<", ">5月<", "2026年5月の120"]
        {
            assert!(svg.contains(part), "{part} in {svg}");
        }
        assert!(!svg.contains("<b>") && !svg.contains("style="), "{svg}");
        assert_eq!([0, 1, 3, 5, 11, 41, 120].map(round_up), [2, 2, 4, 10, 20, 100, 200]);
    }
}
