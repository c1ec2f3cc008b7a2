//! A set of datasets, one bit each: what filters give, so that narrowing and counting cost a pass over words of 64.

/// Numbers below a length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bits {
    words: Vec<u64>,
    length: usize,
}

impl Bits {
    pub(super) fn none(length: usize) -> Self {
        Self { words: vec![0; length.div_ceil(64)], length }
    }

    pub(super) fn all(length: usize) -> Self {
        let mut bits = Self { words: vec![u64::MAX; length.div_ceil(64)], length };
        bits.trim();
        bits
    }

    pub(super) fn of(length: usize, numbers: impl IntoIterator<Item = u32>) -> Self {
        let mut bits = Self::none(length);
        bits.extend(numbers);
        bits
    }

    /// The numbers a condition holds for.
    pub(super) fn where_holds(length: usize, holds: impl Fn(usize) -> bool) -> Self {
        let mut bits = Self::none(length);
        for (at, word) in bits.words.iter_mut().enumerate() {
            let from = at * 64;
            for bit in 0..(length - from).min(64) {
                *word |= u64::from(holds(from + bit)) << bit;
            }
        }
        bits
    }

    pub(super) fn extend(&mut self, numbers: impl IntoIterator<Item = u32>) {
        for number in numbers {
            self.words[number as usize / 64] |= 1 << (number % 64);
        }
    }

    pub(super) fn has(&self, number: u32) -> bool {
        self.words[number as usize / 64] >> (number % 64) & 1 == 1
    }

    pub(super) fn and(&mut self, other: &Self) {
        for (own, other) in self.words.iter_mut().zip(&other.words) {
            *own &= other;
        }
    }

    pub(super) fn or(&mut self, other: &Self) {
        for (own, other) in self.words.iter_mut().zip(&other.words) {
            *own |= other;
        }
    }

    #[must_use]
    pub(super) fn not(mut self) -> Self {
        for word in &mut self.words {
            *word = !*word;
        }
        self.trim();
        self
    }

    /// The numbers, ascending.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        (0_u32..).step_by(64).zip(&self.words).flat_map(|(from, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros();
                    rest &= rest - 1;
                    from + bit
                })
            })
        })
    }

    /// Bits beyond the length stay clear.
    fn trim(&mut self) {
        if let Some(last) = self.words.last_mut()
            && !self.length.is_multiple_of(64)
        {
            *last &= (1 << (self.length % 64)) - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_joined_and_turned_round() {
        for length in [0, 1, 63, 64, 65, 130] {
            let even = Bits::where_holds(length, |number| number % 2 == 0);
            let odd = even.clone().not();
            let mut both = even.clone();
            both.or(&odd);
            assert_eq!(both, Bits::all(length));
            both.and(&odd);
            assert_eq!(both, odd);
            let numbers: Vec<u32> = even.numbers().collect();
            assert_eq!(numbers.len(), length.div_ceil(2));
            assert!(numbers.iter().all(|number| even.has(*number) && !odd.has(*number)));
            assert_eq!(Bits::of(length, numbers), even);
        }
    }
}
