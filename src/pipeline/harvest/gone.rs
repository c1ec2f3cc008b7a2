//! What is gone from a catalogue is withdrawn here: never because a list was short, and never much at once without a
//! person's word.

use std::collections::HashSet;

use super::report::{Became, Line};
use super::run::{Hand, Walk, is_here};
use super::{Fault, Listing, ckan, fault};
use crate::model::harvest::{Item, Kind};

/// Fewest datasets of which the loss of more than half is believed without a person's word.
const FEW: usize = 3;

impl Walk<'_> {
    /// Withdraws what is gone there.
    pub(super) fn gone(&mut self, listing: &Listing, hand: &mut dyn Hand) {
        let Some(all) = &listing.all else { return };
        let all: HashSet<&str> = all.iter().map(String::as_str).collect();
        let here: Vec<&Item> = self.plan.items.iter().filter(|item| is_here(item)).collect();
        let gone: Vec<&Item> = here.iter().copied().filter(|item| !all.contains(item.remote.as_str())).collect();
        let is_many = gone.len() > FEW && gone.len() * 2 > here.len();
        for item in gone {
            let mut line = Line::new(item.dataset.as_str(), &item.remote, item.dataset.as_str(), Became::Left);
            if is_many && !self.plan.confirmed {
                line = line.saying(fault(
                    "many-gone",
                    "元のカタログから半分を超えるデータセットがなくなっています。本当であれば --confirmed を付けて実行してください。".to_owned(),
                    "more than half of the datasets are gone from the catalogue; run with --confirmed where that is right".to_owned(),
                ));
            } else if let Some(doubt) = self.doubt(item) {
                line = line.saying(doubt);
            } else if self.plan.dry_run {
                line.became = Became::WouldWithdraw;
            } else {
                line = self.withdraw(item, line, hand);
            }
            self.report.datasets.push(line);
        }
    }

    /// Why a dataset that is missing from the list is not taken for gone.
    fn doubt(&mut self, item: &Item) -> Option<Fault> {
        if self.plan.source.kind != Kind::Ckan {
            return None;
        }
        match ckan::is_gone(self.fetcher, self.plan.source, &item.remote) {
            Ok(true) => None,
            Ok(false) => Some(fault(
                "still-there",
                "一覧にはありませんが、元のカタログにまだあります。条件(--filter)から外れたものは、必要であれば取り下げてください。".to_owned(),
                "it is not in the list but still in the catalogue; withdraw it where it should be".to_owned(),
            )),
            Err(fault) => Some(fault),
        }
    }

    fn withdraw(&mut self, item: &Item, mut line: Line, hand: &mut dyn Hand) -> Line {
        let note = format!(
            "元のカタログ「{}」からなくなりました / gone from {}",
            self.plan.source.name, self.plan.source.address
        );
        match hand.withdraw(&item.remote, &note) {
            Ok(()) => {
                line.became = Became::Withdrawn;
                line.message_ja = note;
                line
            }
            Err(error) => self.not_written(line, &*error),
        }
    }
}
