//! Whole values of one field: from a value to its datasets, and from a dataset to its values (for facets).

use std::collections::HashMap;

use super::bits::Bits;

/// All values of one field.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// In order.
    names: Vec<Box<str>>,
    /// Where the datasets of each value begin; one more than there are values.
    starts: Vec<u32>,
    datasets: Vec<u32>,
    /// The same the other way: where the values of each dataset begin.
    own_starts: Vec<u32>,
    own: Vec<u32>,
}

/// Pairs of value and dataset as they come, datasets ascending.
#[derive(Debug, Default)]
pub(super) struct ValuesBuilder {
    numbers: HashMap<Box<str>, u32, foldhash::fast::FixedState>,
    pairs: Vec<(u32, u32)>,
}

impl ValuesBuilder {
    pub(super) fn add(&mut self, value: &str, dataset: u32) {
        let next = narrow(self.numbers.len());
        let number = match self.numbers.get(value) {
            Some(number) => *number,
            None => *self.numbers.entry(value.into()).or_insert(next),
        };
        self.pairs.push((number, dataset));
    }

    pub(super) fn finish(self, datasets: usize) -> Values {
        let mut names: Vec<(Box<str>, u32)> = self.numbers.into_iter().collect();
        names.sort_unstable();
        let mut place = vec![0_u32; names.len()];
        for (at, (_, number)) in (0_u32..).zip(&names) {
            place[*number as usize] = at;
        }
        let mut pairs: Vec<(u32, u32)> =
            self.pairs.into_iter().map(|(number, dataset)| (place[number as usize], dataset)).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let (starts, by_value) = rows(names.len(), pairs.iter().copied());
        pairs.sort_unstable_by_key(|(value, dataset)| (*dataset, *value));
        let (own_starts, own) = rows(datasets, pairs.iter().map(|(value, dataset)| (*dataset, *value)));
        Values { names: names.into_iter().map(|(name, _)| name).collect(), starts, datasets: by_value, own_starts, own }
    }
}

/// Pairs in order as rows laid end to end: where each begins, and their second halves.
fn rows(count: usize, pairs: impl Iterator<Item = (u32, u32)>) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0_u32; count + 1];
    let mut cells = Vec::new();
    for (row, cell) in pairs {
        starts[row as usize + 1] += 1;
        cells.push(cell);
    }
    for at in 0..count {
        starts[at + 1] += starts[at];
    }
    (starts, cells)
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).expect("a catalogue in memory has fewer than 2^32 values")
}

impl Values {
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn name(&self, value: usize) -> &str {
        &self.names[value]
    }

    /// The datasets of a value.
    pub(super) fn datasets(&self, value: usize) -> &[u32] {
        &self.datasets[self.starts[value] as usize..self.starts[value + 1] as usize]
    }

    /// The value of this name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.names.binary_search_by(|own| (**own).cmp(name)).ok()
    }

    /// The first value that does not stand before this name.
    pub(super) fn from(&self, name: &str) -> usize {
        self.names.partition_point(|own| **own < *name)
    }

    /// How many of these datasets carry each value.
    pub(super) fn counts(&self, datasets: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut counts = vec![0_u32; self.names.len()];
        for dataset in datasets {
            let dataset = dataset as usize;
            for value in &self.own[self.own_starts[dataset] as usize..self.own_starts[dataset + 1] as usize] {
                counts[*value as usize] += 1;
            }
        }
        counts
    }

    /// All datasets of the values that fit.
    pub(super) fn gather(&self, length: usize, values: impl Iterator<Item = usize>) -> Bits {
        let mut bits = Bits::none(length);
        for value in values {
            bits.extend(self.datasets(value).iter().copied());
        }
        bits
    }

    /// Bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        let names: usize = self.names.iter().map(|name| name.len() + 32).sum();
        names + 4 * (self.starts.len() + self.datasets.len() + self.own_starts.len() + self.own.len())
    }
}
