//! What a year will come to, from what was counted so far.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::model::time::FiscalYear;

/// Days that must have been observed before anything is projected: a month, so that every day of the week and both
/// ends of a month are in it.
const LEAST_DAYS: usize = 30;

/// Days of the year before that may lack for its course over the seasons to be used: five of 365, about one in a
/// hundred.
const MAY_LACK_DAYS: i32 = 5;

/// Least count of the year before up to the same day: from fewer, one more or less moves the outcome by over 3 %.
const LEAST_COUNT: u64 = 30;

pub(super) const BY_SEASON: &str = "前年度の同じ日までの割合による見込み";
pub(super) const BY_DAYS: &str = "観測した日の1日平均を残りの日数に当てた見込み";

/// The projected sum of `year`, and how it was reckoned. `days` are the sums of the year and of the one before,
/// `observed` the days with a live counter. The present day is not over, so it counts among those to come.
pub(super) fn project(
    year: FiscalYear,
    today: Date,
    days: &BTreeMap<Date, u64>,
    observed: &BTreeSet<Date>,
) -> Option<(u64, &'static str)> {
    if FiscalYear::of(today) != year {
        return None;
    }
    let counted = |from: Date, before: Date| days.range(from..before).map(|(_, value)| *value).sum::<u64>();
    let seen = observed.range(year.first_day()..today).count();
    if seen < LEAST_DAYS {
        return None;
    }
    let so_far = counted(year.first_day(), today);
    let elapsed = length(year.first_day(), today);
    let last = FiscalYear::new(year.year() - 1)?;
    let last_seen = i32::try_from(observed.range(last.first_day()..=last.last_day()).count()).unwrap_or(0);
    let last_whole = length(last.first_day(), year.first_day()) - last_seen <= MAY_LACK_DAYS;
    let this_whole = elapsed - i32::try_from(seen).unwrap_or(0) <= MAY_LACK_DAYS;
    // 29 February of a leap year falls on the 28th of the year before.
    let same_day = jiff::civil::Date::new(today.year() - 1, today.month(), today.day())
        .unwrap_or_else(|_| jiff::civil::date(today.year() - 1, 2, 28));
    let last_same = counted(last.first_day(), same_day);
    if last_whole && this_whole && last_same >= LEAST_COUNT {
        let whole = so_far as f64 * counted(last.first_day(), year.first_day()) as f64 / last_same as f64;
        return Some((rounded(whole), BY_SEASON));
    }
    let to_come = length(today, year.last_day()) + 1;
    Some((rounded(so_far as f64 * (1.0 + f64::from(to_come) / seen as f64)), BY_DAYS))
}

/// Days from `from` until before `until`.
fn length(from: Date, until: Date) -> i32 {
    from.until(until).map_or(0, |span| span.get_days())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, rounded, far below 2^52")]
fn rounded(value: f64) -> u64 {
    value.max(0.0).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each_day(from: Date, days: usize, value: impl Fn(Date) -> u64) -> BTreeMap<Date, u64> {
        from.series(jiff::ToSpan::days(1)).take(days).map(|day| (day, value(day))).collect()
    }

    fn year() -> FiscalYear {
        FiscalYear::new(2026).expect("a year")
    }

    #[test]
    fn nothing_is_projected_before_thirty_days_have_been_observed() {
        let days = each_day(year().first_day(), 29, |_| 10);
        let observed = days.keys().copied().collect();
        assert_eq!(project(year(), jiff::civil::date(2026, 4, 30), &days, &observed), None);
        let days = each_day(year().first_day(), 30, |_| 10);
        let observed = days.keys().copied().collect();
        assert_eq!(project(year(), jiff::civil::date(2026, 5, 1), &days, &observed), Some((3650, BY_DAYS)));
    }

    #[test]
    fn the_second_year_follows_the_seasons_of_the_first() {
        // Typhoons: September counts ten times as much as any other month.
        let last = FiscalYear::new(2025).expect("a year");
        let shape = |day: Date| if day.month() == 9 { 100 } else { 10 };
        let mut days = each_day(last.first_day(), 365, shape);
        days.extend(each_day(year().first_day(), 91, |day| 2 * shape(day)));
        let observed = days.keys().copied().collect();
        let whole: u64 = days.range(..year().first_day()).map(|(_, value)| 2 * value).sum();
        assert_eq!(project(year(), jiff::civil::date(2026, 7, 1), &days, &observed), Some((whole, BY_SEASON)));
        // A year of which a month was not observed has no shape to follow.
        let observed: BTreeSet<Date> =
            days.keys().copied().filter(|day| *day < last.first_day() || day.month() != 9).collect();
        assert_eq!(
            project(year(), jiff::civil::date(2026, 7, 1), &days, &observed).map(|(_, method)| method),
            Some(BY_DAYS)
        );
    }

    #[test]
    fn a_year_that_is_over_or_to_come_has_no_projection() {
        let days = each_day(year().first_day(), 365, |_| 1);
        let observed = days.keys().copied().collect();
        assert_eq!(project(year(), jiff::civil::date(2027, 4, 1), &days, &observed), None);
        assert_eq!(project(year(), jiff::civil::date(2026, 3, 31), &days, &observed), None);
    }
}
