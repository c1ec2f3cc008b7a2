//! One line of the table.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{Entry, Indicator, Nature, Row, Sources, months_of, projection};
use crate::count::report::Coverage;
use crate::model::time::FiscalYear;

/// What lines are made from.
pub(super) struct View<'a> {
    year: FiscalYear,
    today: Date,
    sources: &'a Sources,
    organizations: Vec<&'a str>,
    observed: BTreeSet<Date>,
    /// Sums by day; under the empty name those of all together.
    sums: BTreeMap<(&'a str, Indicator), BTreeMap<Date, u64>>,
    /// Datasets and layers by day; under the empty name those of all together.
    public: BTreeMap<&'a str, BTreeMap<Date, (u64, u64)>>,
}

/// A figure, or why there is none.
struct Found {
    value: Option<u64>,
    /// The day of which it is, where that is not the last of the period.
    of_day: Option<Date>,
}

impl<'a> View<'a> {
    pub(super) fn new(year: FiscalYear, sources: &'a Sources, organizations: Vec<&'a str>, today: Date) -> Self {
        let mut sums: BTreeMap<(&str, Indicator), BTreeMap<Date, u64>> = BTreeMap::new();
        for row in &sources.days {
            let mut names = vec![""];
            // Persons are told apart by day only, whatever they looked at: there are no viewers of one organization.
            if !row.organization.is_empty() && row.indicator != Indicator::Viewers {
                names.push(&row.organization);
            }
            for name in names {
                *sums.entry((name, row.indicator)).or_default().entry(row.day).or_default() += row.value;
            }
        }
        let mut public: BTreeMap<&str, BTreeMap<Date, (u64, u64)>> = BTreeMap::new();
        for row in &sources.public {
            for name in ["", row.organization.as_str()] {
                let of_day = public.entry(name).or_default().entry(row.day).or_default();
                of_day.0 += row.datasets;
                of_day.1 += row.layers;
            }
        }
        // Figures taken over from elsewhere may come without minutes; a day with any of them was seen.
        let live = sources.observed.iter().filter(|(_, of)| of.minutes_up > 0).map(|(day, _)| *day);
        let observed = live.chain(sources.days.iter().map(|row| row.day)).collect();
        Self { year, today, sources, organizations, observed, sums, public }
    }

    pub(super) fn row(&self, organization: Option<&str>, title: &str, indicator: Indicator) -> Row {
        let name = organization.unwrap_or("");
        let mut notes: Vec<String> = Vec::new();
        let target = self.target(organization, indicator, self.year, |entry| entry.target);
        let reported = self.target(organization, indicator, self.year, |entry| entry.reported);
        if let Some((_, true)) = target {
            notes.push("目標は各団体の目標の合計".to_owned());
        }
        let target = target.map(|(value, _)| value);
        let own = self.figure(name, indicator, self.year);
        let mut counted = own.value.is_some();
        let mut actual = own.value;
        if let Some((value, _)) = reported {
            if actual.is_none() {
                actual = Some(value);
                counted = false;
                notes.push("実績は公表値(このサイトの計数によらない)".to_owned());
            } else if actual != Some(value) {
                notes.push(format!("公表値は{value}{}(このサイトの計数によらない)", indicator.unit()));
            }
        }
        let absent = match (actual, indicator.not_applicable()) {
            (Some(_), _) => "",
            (None, Some(reason)) => {
                notes.push(reason.to_owned());
                "該当なし"
            }
            (None, None) if indicator == Indicator::Viewers && organization.is_some() => {
                notes.push("該当なし(閲覧者は団体別には数えません)".to_owned());
                "該当なし"
            }
            (None, None) => "記録なし",
        };
        if let Some(day) = own.of_day.filter(|_| counted) {
            notes.push(format!("{}年{}月{}日現在", day.year(), day.month(), day.day()));
        }
        let coverage = self.coverage(self.year).filter(|_| indicator.nature() == Nature::Yearly && counted);
        if let Some(of) = &coverage {
            self.tell_coverage(of, &mut notes);
        }
        let (previous, same_way) = self.previous(organization, indicator, counted, &mut notes);
        let change = match (actual, previous) {
            (Some(now), Some(before)) if same_way => i64::try_from(now).ok().zip(i64::try_from(before).ok()),
            _ => None,
        }
        .map(|(now, before)| now - before);
        let projected = (counted && indicator.nature() == Nature::Yearly)
            .then(|| {
                let empty = BTreeMap::new();
                let days = self.sums.get(&(name, indicator)).unwrap_or(&empty);
                projection::project(self.year, self.today, days, &self.observed)
            })
            .flatten();
        let entry = self.entry(name, indicator, self.year);
        Row {
            fiscal_year: self.year.to_string(),
            organization: name.to_owned(),
            organization_title: title.to_owned(),
            key: indicator.key(),
            name: indicator.name(),
            unit: indicator.unit(),
            target,
            actual,
            absent,
            achievement: actual.zip(target.filter(|target| *target > 0)).map(|(actual, target)| {
                let share = actual as f64 * 10_000.0 / target as f64;
                share.round() / 100.0
            }),
            previous,
            change,
            projection: projected.map(|(value, _)| value),
            projection_method: projected.map_or("", |(_, method)| method),
            definition: if counted && indicator.nature() == Nature::Yearly {
                self.definitions(self.year).into_iter().collect::<Vec<_>>().join(" ")
            } else {
                String::new()
            },
            coverage: coverage.as_ref().and_then(Coverage::rate),
            note: entry.map(|entry| entry.note.clone()).filter(|note| !note.is_empty()).into_iter().chain(notes).fold(
                String::new(),
                |text, next| {
                    if text.is_empty() { next } else { format!("{text}。{next}") }
                },
            ),
            target_source: entry.map_or(String::new(), |entry| entry.source.clone()),
            target_decided: entry.map(|entry| entry.decided),
            months: self.months(name, indicator),
        }
    }

    fn entry(&self, organization: &str, indicator: Indicator, year: FiscalYear) -> Option<&'a Entry> {
        self.sources.entries.iter().find(|entry| {
            entry.organization == organization && entry.indicator == indicator && entry.fiscal_year == year.year()
        })
    }

    /// A value that was entered, and whether it is a sum over organizations. All together have the sum only where each
    /// organization has its own.
    fn target(
        &self,
        organization: Option<&str>,
        indicator: Indicator,
        year: FiscalYear,
        value: impl Fn(&Entry) -> Option<u64>,
    ) -> Option<(u64, bool)> {
        if let Some(own) = self.entry(organization.unwrap_or(""), indicator, year).and_then(&value) {
            return Some((own, false));
        }
        if organization.is_some() || self.organizations.is_empty() {
            return None;
        }
        let each = self.organizations.iter().map(|name| self.entry(name, indicator, year).and_then(&value));
        Some((each.sum::<Option<u64>>()?, self.organizations.len() > 1))
    }

    /// The figure as this program counted it.
    fn figure(&self, name: &str, indicator: Indicator, year: FiscalYear) -> Found {
        let (first, last) = (year.first_day(), year.last_day().min(self.today));
        let none = Found { value: None, of_day: None };
        if first > last || indicator.not_applicable().is_some() {
            return none;
        }
        match indicator.nature() {
            Nature::Yearly => {
                let by_organization = indicator == Indicator::Viewers && !name.is_empty();
                if by_organization || self.observed.range(first..=last).next().is_none() {
                    return none;
                }
                let days = self.sums.get(&(name, indicator));
                let value = days.map_or(0, |days| days.range(first..=last).map(|(_, value)| *value).sum());
                Found { value: Some(value), of_day: (self.today <= year.last_day()).then_some(self.today) }
            }
            Nature::Cumulative => match self.public_at(name, indicator, first, last) {
                Some((day, value)) => Found { value: Some(value), of_day: (day < year.last_day()).then_some(day) },
                None => none,
            },
        }
    }

    /// What was public on the last day of a period on which anything was looked at.
    fn public_at(&self, name: &str, indicator: Indicator, first: Date, last: Date) -> Option<(Date, u64)> {
        let (day, _) = self.public.get("")?.range(first..=last).next_back()?;
        let (datasets, layers) = self.public.get(name)?.get(day)?;
        Some((*day, if indicator == Indicator::PublicDatasets { *datasets } else { *layers }))
    }

    fn months(&self, name: &str, indicator: Indicator) -> Vec<Option<u64>> {
        months_of(self.year)
            .map(|(year, month)| {
                let first = jiff::civil::date(year, month, 1);
                let last = first.last_of_month().min(self.today);
                if first > last || indicator.not_applicable().is_some() {
                    return None;
                }
                match indicator.nature() {
                    Nature::Cumulative => self.public_at(name, indicator, first, last).map(|(_, value)| value),
                    Nature::Yearly if indicator == Indicator::Viewers && !name.is_empty() => None,
                    Nature::Yearly => self.observed.range(first..=last).next().map(|_| {
                        let days = self.sums.get(&(name, indicator));
                        days.map_or(0, |days| days.range(first..=last).map(|(_, value)| *value).sum())
                    }),
                }
            })
            .collect()
    }

    /// The figure of the year before, and whether it was counted in the same way.
    fn previous(
        &self,
        organization: Option<&str>,
        indicator: Indicator,
        counted: bool,
        notes: &mut Vec<String>,
    ) -> (Option<u64>, bool) {
        let Some(last) = FiscalYear::new(self.year.year() - 1) else { return (None, false) };
        if let Some(value) = self.figure(organization.unwrap_or(""), indicator, last).value {
            let same =
                indicator.nature() == Nature::Cumulative || self.definitions(last) == self.definitions(self.year);
            if counted && !same {
                notes.push("前年度とは計数定義が異なるため、増減は示しません".to_owned());
            }
            return (Some(value), counted && same);
        }
        let Some((value, _)) = self.target(organization, indicator, last, |entry| entry.reported) else {
            return (None, false);
        };
        // What a city counts on its shelves is the same number, whoever looks; accesses are not.
        let same = !counted || indicator.nature() == Nature::Cumulative;
        notes.push(if same {
            "前年度は公表値".to_owned()
        } else {
            "前年度は公表値で、計数の方法が異なるため増減は示しません".to_owned()
        });
        (Some(value), same)
    }

    /// Definitions in use in a year, twelve digits of each.
    fn definitions(&self, year: FiscalYear) -> BTreeSet<&'a str> {
        let of_year = self
            .sources
            .definitions
            .iter()
            .filter(|used| FiscalYear::of(used.first_day) <= year && year <= FiscalYear::of(used.last_day));
        of_year.map(|used| used.id.get(..12).unwrap_or(&used.id)).collect()
    }

    fn coverage(&self, year: FiscalYear) -> Option<Coverage> {
        let mut days = self.sources.observed.range(year.first_day()..=year.last_day()).map(|(_, of)| *of).peekable();
        days.peek()?;
        Some(days.fold(Coverage::default(), |sum, of| Coverage {
            minutes_up: sum.minutes_up + of.minutes_up,
            minutes_live: sum.minutes_live + of.minutes_live,
            lost: sum.lost + of.lost,
            gaps: sum.gaps + of.gaps,
        }))
    }

    fn tell_coverage(&self, of: &Coverage, notes: &mut Vec<String>) {
        let first = self.observed.range(self.year.first_day()..).next();
        if let Some(first) = first.filter(|first| **first > self.year.first_day()) {
            notes.push(format!("計数は{}年{}月{}日から", first.year(), first.month(), first.day()));
        }
        if of.minutes_live < of.minutes_up {
            notes.push(format!("計数が止まっていた時間が{}分", of.minutes_up - of.minutes_live));
        }
        if of.lost > 0 {
            notes.push(format!("記録できなかった応答が{}件", of.lost));
        }
    }
}
