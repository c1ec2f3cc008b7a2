//! What the public is told of months that are not final: an exact sum that is asked for again and again tells every
//! single use, so that sums of such months come in steps of five until the month is final.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{DayRow, Indicator, Sources};
use crate::count::disclosure::coarse;
use crate::count::statistics::is_final;

/// What stands beside such a sum.
pub(super) const NOTE: &str = "確定していない月は5件きざみ(この数以上)";

/// The sources with the days of months that are not final changed so that each sum of an organization from the first
/// of the month, and the sum of all together, is a multiple of five not above the counted one.
pub(super) fn told(mut sources: Sources, today: Date) -> Sources {
    let mut running: BTreeMap<(Date, Indicator), BTreeMap<String, BTreeMap<Date, u64>>> = BTreeMap::new();
    sources.days.retain(|row| {
        if is_final(row.day, today) {
            return true;
        }
        let own = running.entry((row.day.first_of_month(), row.indicator)).or_default();
        *own.entry(row.organization.clone()).or_default().entry(row.day).or_default() += row.value;
        false
    });
    for ((_, indicator), organizations) in running {
        let (mut last, mut whole, mut of_parts) = (None, 0, 0);
        for (organization, days) in organizations {
            let mut sum = 0;
            for (day, value) in days {
                let before = coarse(sum);
                sum += value;
                last = last.max(Some(day));
                sources.days.push(DayRow {
                    day,
                    organization: organization.clone(),
                    indicator,
                    value: coarse(sum) - before,
                });
            }
            whole += sum;
            of_parts += coarse(sum);
        }
        // What the parts lack of five each may be five or more of all together; it belongs to no organization.
        if let Some(day) = last {
            let organization = String::new();
            sources.days.push(DayRow { day, organization, indicator, value: coarse(whole) - of_parts });
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn row(day: Date, organization: &str, value: u64) -> DayRow {
        DayRow { day, organization: organization.to_owned(), indicator: Indicator::Accesses, value }
    }

    fn sum(sources: &Sources, organization: Option<&str>, month: i8) -> u64 {
        let own = |row: &&DayRow| {
            row.day.month() == month && organization.is_none_or(|organization| organization == row.organization)
        };
        sources.days.iter().filter(own).map(|row| row.value).sum()
    }

    #[test]
    fn a_running_month_is_told_in_fives_of_each_and_of_all_and_a_final_one_exactly() {
        let today = date(2026, 11, 21);
        let days = vec![
            row(date(2026, 10, 3), "222127", 7),
            row(date(2026, 11, 3), "222127", 4),
            row(date(2026, 11, 4), "222127", 5),
            row(date(2026, 11, 4), "242039", 4),
            row(date(2026, 11, 5), "", 3),
        ];
        let told = told(Sources { days, ..Sources::default() }, today);
        assert_eq!(sum(&told, Some("222127"), 10), 7);
        assert_eq!([Some("222127"), Some("242039"), None].map(|own| sum(&told, own, 11)), [5, 0, 15]);
        let single = |row: &&DayRow| row.day.month() == 11 && !row.value.is_multiple_of(5);
        assert_eq!(told.days.iter().find(single), None, "no day tells a single use either");
    }

    #[test]
    fn what_a_daily_caller_sees_changes_by_five_at_the_least() {
        let mut before = (0, 0);
        for day in 1..=20 {
            let days = (1..=day).map(|day| row(date(2026, 11, day), "222127", u64::from(day % 3 == 0)));
            let told = told(Sources { days: days.collect(), ..Sources::default() }, date(2026, 11, day));
            let now = (sum(&told, Some("222127"), 11), sum(&told, None, 11));
            assert!(now == before || now == (before.0 + 5, before.1 + 5), "{before:?} {now:?}");
            before = now;
        }
        assert_eq!(before, (5, 5));
    }
}
