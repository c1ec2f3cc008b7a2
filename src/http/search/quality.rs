//! How well the search finds what people mean: labelled queries, recall among the first ten, and the rank of the first.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::expression::{Piece, fits};
use super::{Query, SearchIndex};

/// Hits that count: a page of CKAN, and what people look at.
const LOOKED_AT: usize = 10;

/// A set of labelled queries.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuerySet {
    /// They.
    pub query: Vec<Labelled>,
}

/// One query with what it should find.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labelled {
    /// As typed.
    pub q: String,
    /// What kind of query it is: the figures are told by kind.
    pub kind: String,
    /// Names of the datasets that answer it; `*` stands for any letters.
    pub want: Vec<String>,
    /// A record that must be named with one of them.
    #[serde(default)]
    pub record: Option<String>,
}

/// What came of one query.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judged {
    /// As typed.
    pub q: String,
    /// Its kind.
    pub kind: String,
    /// Share of the wanted datasets among the first ten (of ten, where more are wanted).
    pub recall: f64,
    /// 1 for a wanted dataset in the first place, ½ in the second …; 0 for none among the first ten.
    pub reciprocal_rank: f64,
    /// Whether the record was named; true where none is wanted.
    pub record_named: bool,
    /// The first ten.
    pub found: Vec<String>,
    /// All that were found.
    pub count: usize,
}

/// What came of all of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quality {
    /// One by one.
    pub judged: Vec<Judged>,
    /// Mean recall among the first ten.
    pub recall_at_10: f64,
    /// Mean reciprocal rank.
    pub mrr: f64,
    /// Share of the wanted records that were named.
    pub records_named: f64,
}

impl QuerySet {
    /// Reads a set (TOML).
    ///
    /// # Errors
    /// What the parser says, with the line.
    pub fn parse(text: &str) -> Result<Self, Box<toml::de::Error>> {
        toml::from_str(text).map_err(Box::new)
    }

    /// Asks the index all of them.
    pub fn judge(&self, index: &SearchIndex) -> Quality {
        let judged: Vec<Judged> = self.query.iter().map(|labelled| labelled.judge(index)).collect();
        let mean = |values: &mut dyn Iterator<Item = f64>| {
            let (count, sum) = values.fold((0_u32, 0.0), |(count, sum), value| (count + 1, sum + value));
            if count == 0 { 1.0 } else { sum / f64::from(count) }
        };
        let with_record = self.query.iter().zip(&judged).filter(|(labelled, _)| labelled.record.is_some());
        Quality {
            recall_at_10: mean(&mut judged.iter().map(|own| own.recall)),
            mrr: mean(&mut judged.iter().map(|own| own.reciprocal_rank)),
            records_named: mean(&mut with_record.map(|(_, own)| f64::from(u8::from(own.record_named)))),
            judged,
        }
    }
}

impl Labelled {
    fn judge(&self, index: &SearchIndex) -> Judged {
        let query = Query { rows: LOOKED_AT, explain: true, ..Query::words(&self.q) };
        let found = index.search(&query).unwrap_or_default();
        let patterns: Vec<Vec<Piece>> = self
            .want
            .iter()
            .map(|name| name.chars().map(|c| if c == '*' { Piece::Any } else { Piece::Char(c) }).collect())
            .collect();
        let is_wanted = |name: &str| patterns.iter().any(|pattern| fits(pattern, name));
        let wanted = index.values(&super::Field::Name).filter(|(name, _)| is_wanted(name)).count();
        let names: Vec<String> = found.datasets.iter().map(|dataset| dataset.name.to_string()).collect();
        let hits = names.iter().filter(|name| is_wanted(name)).count();
        let first = names.iter().position(|name| is_wanted(name));
        let records = || found.datasets.iter().zip(&found.why).filter(|(dataset, _)| is_wanted(dataset.name.as_str()));
        let record_named = self
            .record
            .as_ref()
            .is_none_or(|record| records().any(|(_, why)| why.records.iter().any(|own| own.name == *record)));
        Judged {
            q: self.q.clone(),
            kind: self.kind.clone(),
            recall: if wanted == 0 { 0.0 } else { hits as f64 / wanted.min(LOOKED_AT) as f64 },
            reciprocal_rank: first.map_or(0.0, |at| 1.0 / (at as f64 + 1.0)),
            record_named,
            found: names,
            count: found.count,
        }
    }
}

impl Quality {
    /// As a table by kind, then the queries that fell short.
    pub fn to_text(&self) -> String {
        let mut kinds: BTreeMap<&str, (u32, f64, f64)> = BTreeMap::new();
        for own in &self.judged {
            let kind = kinds.entry(&own.kind).or_default();
            *kind = (kind.0 + 1, kind.1 + own.recall, kind.2 + own.reciprocal_rank);
        }
        let mut text = String::from("kind\tqueries\trecall@10\tMRR\n");
        for (kind, (count, recall, rank)) in kinds {
            let n = f64::from(count);
            let _ = writeln!(text, "{kind}\t{count}\t{:.3}\t{:.3}", recall / n, rank / n);
        }
        let _ = writeln!(text, "all\t{}\t{:.3}\t{:.3}", self.judged.len(), self.recall_at_10, self.mrr);
        let _ = writeln!(text, "records named\t{:.3}", self.records_named);
        for own in self.judged.iter().filter(|own| own.recall < 1.0 || own.reciprocal_rank < 1.0 || !own.record_named) {
            let _ = writeln!(
                text,
                "short\t{}\trecall {:.2}\trank {:.2}{}\t{} hits: {}",
                own.q,
                own.recall,
                own.reciprocal_rank,
                if own.record_named { "" } else { "\trecord not named" },
                own.count,
                own.found.join(" ")
            );
        }
        text
    }
}
