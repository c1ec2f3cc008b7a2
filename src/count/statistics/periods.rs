//! The rows of statistics: days, months, years, their totals, and the parts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use uuid::Uuid;

use super::plane::{DayPlane, MonthPlane};
use super::{Line, Part, Period, Scope, Shown, Sources, Sum, View, YEARS};
use crate::count::kpi::{Indicator, months_of};
use crate::count::report::Coverage;
use crate::count::target::TargetKind;
use crate::model::time::FiscalYear;

/// Days after its last one at which a month is final: a day is closed 48 hours after it began, and answers that come
/// later are numbered as lost.
const CLOSED_AFTER_DAYS: i64 = 2;

/// Whether the figures of the month with this day can no longer change.
pub fn is_final(day: Date, today: Date) -> bool {
    let days = jiff::Span::new().days(CLOSED_AFTER_DAYS);
    day.last_of_month().checked_add(days).is_ok_and(|closed| today >= closed)
}

/// The planes of all months at hand.
pub(super) struct Made<'a> {
    scope: &'a Scope,
    sources: &'a Sources,
    today: Date,
    planes: BTreeMap<(Date, Indicator), MonthPlane<'a>>,
    /// Days, and months by their first days, of which something is known.
    observed_days: BTreeSet<Date>,
    observed_months: BTreeSet<Date>,
}

impl<'a> Made<'a> {
    pub(super) fn new(scope: &'a Scope, sources: &'a Sources, today: Date) -> Self {
        let mut sums: BTreeMap<(Date, Indicator), Vec<&Sum>> = BTreeMap::new();
        for sum in &sources.months {
            sums.entry((sum.day, sum.indicator)).or_default().push(sum);
        }
        let mut planes: BTreeMap<(Date, Indicator), MonthPlane<'a>> = BTreeMap::new();
        // In the order of the indicators, accesses come before the downloads that are a part of them.
        for ((month, indicator), own) in sums {
            let accesses =
                (indicator == Indicator::Downloads).then(|| planes.get(&(month, Indicator::Accesses))).flatten();
            let plane = MonthPlane::new(sources, indicator, &own, accesses);
            planes.insert((month, indicator), plane);
        }
        let observed_days: BTreeSet<Date> =
            sources.observed.keys().copied().chain(sources.days.iter().map(|sum| sum.day)).collect();
        let observed_months = observed_days
            .iter()
            .map(|day| day.first_of_month())
            .chain(sources.months.iter().map(|sum| sum.day))
            .collect();
        Self { scope, sources, today, planes, observed_days, observed_months }
    }

    pub(super) fn periods(&self, view: View) -> Vec<Period> {
        match view {
            View::Days(first) => self.days(first),
            View::Months(year) => {
                let months = months_of(year).map(|(year, month)| jiff::civil::date(year, month, 1));
                months.filter(|first| *first <= self.today).map(|first| self.month(first)).collect()
            }
            View::Years(last) => (0..YEARS)
                .rev()
                .filter_map(|back| FiscalYear::new(last.year() - back))
                .filter(|year| year.first_day() <= self.today)
                .map(|year| self.year(year))
                .collect(),
        }
    }

    pub(super) fn totals(&self, view: View, periods: &[Period]) -> Vec<Shown> {
        match view {
            View::Days(first) => figures(self.scope, |indicator, scope| self.of_month(indicator, first, scope)),
            _ => (0..self.scope.indicators().len())
                .map(|at| Shown::sum(periods.iter().map(|period| period.figures[at])))
                .collect(),
        }
    }

    fn period(&self, label: String, (first_day, last_day): (Date, Date), running: bool, figures: Vec<Shown>) -> Period {
        let mut coverage = Coverage::default();
        self.sources.observed.range(first_day..=last_day).for_each(|(_, of)| coverage.add(of));
        let definitions = self.sources.definitions.iter();
        Period {
            label,
            first_day,
            last_day,
            running,
            figures,
            coverage: coverage.rate(),
            gap: coverage.minutes_live < coverage.minutes_up || coverage.lost > 0,
            definitions: definitions
                .filter(|used| used.first_day <= last_day && used.last_day >= first_day)
                .map(|used| used.id.clone())
                .collect(),
        }
    }

    fn month(&self, first: Date) -> Period {
        let figures = figures(self.scope, |indicator, scope| self.of_month(indicator, first, scope));
        let label = first.strftime("%Y-%m").to_string();
        self.period(label, (first, first.last_of_month()), !is_final(first, self.today), figures)
    }

    fn year(&self, year: FiscalYear) -> Period {
        let figures = figures(self.scope, |indicator, scope| self.of_year(indicator, year, scope));
        let running = !is_final(year.last_day(), self.today);
        self.period(year.short(), (year.first_day(), year.last_day()), running, figures)
    }

    /// The figure of a month.
    pub(super) fn of_month(&self, indicator: Indicator, first: Date, scope: &Scope) -> Shown {
        if !self.observed_months.contains(&first) {
            return Shown::Unobserved;
        }
        let plane = self.planes.get(&(first, indicator));
        let (value, shown) = match scope {
            Scope::Site => (plane.map_or(0, |plane| plane.site), true),
            Scope::Organization(name) => (plane.map_or(0, |plane| plane.organization(name)), true),
            Scope::Dataset(target) | Scope::Layer(target) => {
                let value = plane.map_or(0, |plane| plane.target(self.sources.organization(*target), *target));
                // Nothing at all was used of the kind: a key figure says so already.
                let shown = plane.is_none_or(|plane| plane.shown.get(target).copied().unwrap_or(plane.site == 0));
                (value, shown)
            }
        };
        // Also a sum that will be exact: asked for every day, it would tell each day, and every single use of a quiet one.
        match (is_final(first, self.today), shown) {
            (false, _) => Shown::running(value),
            (true, true) => Shown::Exact(value),
            (true, false) => Shown::Withheld,
        }
    }

    fn of_year(&self, indicator: Indicator, year: FiscalYear, scope: &Scope) -> Shown {
        let months = months_of(year).map(|(year, month)| jiff::civil::date(year, month, 1));
        Shown::sum(months.filter(|first| *first <= self.today).map(|first| self.of_month(indicator, first, scope)))
    }

    fn day_planes(&self, first: Date) -> BTreeMap<Indicator, DayPlane<'_>> {
        let last = first.last_of_month().min(self.today);
        let observed: Vec<Date> = days_of(first, last).filter(|day| self.is_day_observed(*day)).collect();
        let mut planes: BTreeMap<Indicator, DayPlane<'_>> = BTreeMap::new();
        for indicator in super::INDICATORS {
            let Some(month) = self.planes.get(&(first, indicator)) else { continue };
            let sums: Vec<&Sum> = self.sources.days.iter().filter(|sum| sum.indicator == indicator).collect();
            let accesses = (indicator == Indicator::Downloads).then(|| planes.get(&Indicator::Accesses)).flatten();
            let plane = DayPlane::new(month, observed.clone(), &sums, accesses);
            planes.insert(indicator, plane);
        }
        planes
    }

    fn days(&self, first: Date) -> Vec<Period> {
        let planes = self.day_planes(first);
        self.days_of_scope(self.scope, first, &planes)
    }

    fn days_of_scope(&self, scope: &Scope, first: Date, planes: &BTreeMap<Indicator, DayPlane<'_>>) -> Vec<Period> {
        let last = first.last_of_month().min(self.today);
        days_of(first, last)
            .map(|day| {
                let figures = figures(scope, |indicator, scope| {
                    self.of_day(planes.get(&indicator), self.planes.get(&(first, indicator)), day, scope)
                });
                self.period(day.to_string(), (day, day), !is_final(first, self.today), figures)
            })
            .collect()
    }

    /// The days of a month of everything that has figures then: what is not shown is left out, but of the site.
    pub(super) fn daily(&self, first: Date, titles: &BTreeMap<String, String>) -> Vec<Line> {
        let planes = self.day_planes(first);
        let mut lines = Vec::new();
        let mut push = |scope: &Scope, (kind, name, title, organization): (&'static str, &str, &str, &str)| {
            let periods = self.days_of_scope(scope, first, &planes);
            let keys: Vec<&'static str> = scope.indicators().iter().map(|indicator| indicator.key()).collect();
            let own = super::files::lines(&periods, &keys, (kind, name, title, organization));
            lines.extend(own.into_iter().filter(|line| *scope == Scope::Site || line.figure.value().is_some()));
        };
        push(&Scope::Site, ("site", "", "全体", ""));
        for (name, title) in titles {
            push(&Scope::Organization(name.clone()), ("organization", name, title, title));
        }
        for (id, name) in &self.sources.names {
            if let Some(scope) = scope_of(*id, name.kind) {
                let organization = titles.get(&name.organization).map_or("", String::as_str);
                push(&scope, (name.kind.name(), &name.name, &name.title, organization));
            }
        }
        lines
    }

    fn is_day_observed(&self, day: Date) -> bool {
        self.observed_days.contains(&day)
    }

    fn of_day(&self, plane: Option<&DayPlane<'_>>, month: Option<&MonthPlane<'_>>, day: Date, scope: &Scope) -> Shown {
        if !self.is_day_observed(day) {
            return Shown::Unobserved;
        }
        // Without a plane nothing was used all month.
        let (value, shown) = match (plane.and_then(|plane| Some((plane, plane.place(day)?))), month) {
            (Some((plane, at)), Some(month)) => match scope {
                Scope::Site => plane.site(at),
                Scope::Organization(name) => plane.organization(name, month, at),
                Scope::Dataset(target) | Scope::Layer(target) => plane.target(*target, at),
            },
            _ => (0, true),
        };
        match (is_final(day, self.today), shown) {
            (false, _) => Shown::running(value),
            (true, true) => Shown::Exact(value),
            (true, false) => Shown::Withheld,
        }
    }

    /// Organizations (of the site), datasets and layers with their sums over the whole time.
    pub(super) fn parts(&self, view: View) -> Vec<Part> {
        let (first, last) = view.days();
        let years: Vec<FiscalYear> =
            (FiscalYear::of(first).year()..=FiscalYear::of(last).year()).filter_map(FiscalYear::new).collect();
        let of = |scope: &Scope| {
            figures(scope, |indicator, scope| {
                Shown::sum(years.iter().map(|year| self.of_year(indicator, *year, scope)))
            })
        };
        let mut parts = Vec::new();
        let within = match self.scope {
            Scope::Site => None,
            Scope::Organization(name) => Some(name.as_str()),
            Scope::Dataset(_) | Scope::Layer(_) => return parts,
        };
        if within.is_none() {
            let mut names: Vec<&str> = self.sources.names.values().map(|own| own.organization.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names.into_iter().filter(|name| !name.is_empty()) {
                let figures = of(&Scope::Organization(name.to_owned()));
                parts.push(part("organization", (name, "", name), figures));
            }
        }
        for (id, name) in &self.sources.names {
            if within.is_some_and(|within| within != name.organization) {
                continue;
            }
            let scope = scope_of(*id, name.kind);
            if let Some(scope) = scope {
                parts.push(part(name.kind.name(), (&name.name, &name.title, &name.organization), of(&scope)));
            }
        }
        // By what is shown alone: the order tells nothing besides.
        let least = |part: &Part| part.figures.iter().map(|figure| figure.value().unwrap_or(0)).collect::<Vec<_>>();
        parts
            .sort_by(|a, b| a.kind.cmp(b.kind).then_with(|| least(b).cmp(&least(a))).then_with(|| a.name.cmp(&b.name)));
        parts
    }
}

/// The figures of a scope in the order of its indicators.
fn figures(scope: &Scope, figure: impl Fn(Indicator, &Scope) -> Shown) -> Vec<Shown> {
    scope.indicators().iter().map(|indicator| figure(*indicator, scope)).collect()
}

fn scope_of(id: Uuid, kind: TargetKind) -> Option<Scope> {
    match kind {
        TargetKind::Dataset => Some(Scope::Dataset(id)),
        TargetKind::Layer => Some(Scope::Layer(id)),
        TargetKind::Distribution | TargetKind::Map | TargetKind::UseCase => None,
    }
}

fn part(kind: &'static str, (name, title, organization): (&str, &str, &str), figures: Vec<Shown>) -> Part {
    Part { kind, name: name.to_owned(), title: title.to_owned(), organization: organization.to_owned(), figures }
}

fn days_of(first: Date, last: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(first), |day| day.tomorrow().ok()).take_while(move |day| *day <= last)
}
