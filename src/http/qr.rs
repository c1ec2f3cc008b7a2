//! A short text as a QR code (ISO/IEC 18004): the address of a map, so that what one screen shows another can open; the
//! address that puts a second factor into an app.
//!
//! Bytes, error correction level M, the smallest version that holds the text; drawn as one SVG path.
//! Long because its tables and the reader of its tests stand beside it.

use std::fmt::Write as _;

/// Codewords of error correction in a block of level M, by version (ISO/IEC 18004, table 9).
const CORRECTION: [u8; 40] = [
    10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28,
    28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
];
/// Blocks of level M, by version (the same table).
const BLOCKS: [u8; 40] = [
    1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33,
    35, 37, 38, 40, 43, 45, 47, 49,
];
/// Light modules around the code.
const QUIET: usize = 4;

/// A code: its modules row by row, and which of them hold no data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http) struct Code {
    side: usize,
    dark: Vec<bool>,
    fixed: Vec<bool>,
}

/// Modules of a version that hold data or correction.
fn raw_modules(version: usize) -> usize {
    let side = version * 4 + 17;
    let mut modules = side * side - 3 * 64 - 31 - 2 * (side - 16);
    if version >= 2 {
        let marks = version / 7 + 2;
        modules -= (marks * marks - 3) * 25;
        // Alignment marks over the timing lines share five modules with them.
        modules += (marks - 2) * 2 * 5;
    }
    if version >= 7 { modules - 36 } else { modules }
}

fn at(table: &[u8; 40], version: usize) -> usize {
    table.get(version - 1).copied().map_or(1, usize::from)
}

fn data_codewords(version: usize) -> usize {
    raw_modules(version) / 8 - at(&CORRECTION, version) * at(&BLOCKS, version)
}

/// Bits of the length of a text of bytes.
fn length_bits(version: usize) -> usize {
    if version < 10 { 8 } else { 16 }
}

impl Code {
    /// The code of a text; `None` for one of more than 2,331 bytes, which no code of this level holds.
    pub(in crate::http) fn of(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let fits = |version: &usize| 4 + length_bits(*version) + 8 * bytes.len() <= 8 * data_codewords(*version);
        let version = (1..=40).find(fits)?;
        let words = interleaved(version, &codewords(version, bytes));
        let masked = (0..8).map(|mask| {
            let mut code = Self::blank(version);
            code.write(&words, mask);
            code.format(mask);
            code
        });
        masked.min_by_key(Self::penalty)
    }

    /// The marks of a version, without data.
    fn blank(version: usize) -> Self {
        let side = version * 4 + 17;
        let mut code = Self { side, dark: vec![false; side * side], fixed: vec![false; side * side] };
        for n in 0..side {
            code.fix(6, n, n % 2 == 0);
            code.fix(n, 6, n % 2 == 0);
        }
        for (row, column) in [(3, 3), (3, side - 4), (side - 4, 3)] {
            code.mark(row, column, 4);
        }
        let places = alignment(version);
        for (i, row) in places.iter().enumerate() {
            for (j, column) in places.iter().enumerate() {
                let last = places.len() - 1;
                // Three corners hold the finders.
                if !matches!((i, j), (0, 0)) && (i, j) != (0, last) && (i, j) != (last, 0) {
                    code.mark(*row, *column, 2);
                }
            }
        }
        if version >= 7 {
            let bits = version << 12 | remainder(version << 12, 0x1F25, 12);
            for n in 0..18 {
                let (far, near) = (side - 11 + n % 3, n / 3);
                code.fix(far, near, bits >> n & 1 == 1);
                code.fix(near, far, bits >> n & 1 == 1);
            }
        }
        // Their place is kept; the bits come with the mask.
        code.format(0);
        code
    }

    fn fix(&mut self, row: usize, column: usize, dark: bool) {
        let place = row * self.side + column;
        if let (Some(own), Some(fixed)) = (self.dark.get_mut(place), self.fixed.get_mut(place)) {
            (*own, *fixed) = (dark, true);
        }
    }

    /// Rings around a middle: dark and light by turns, to this distance; of a finder the last one is light.
    fn mark(&mut self, row: usize, column: usize, reach: usize) {
        for r in (row + 1).saturating_sub(reach + 1)..=(row + reach).min(self.side - 1) {
            for c in (column + 1).saturating_sub(reach + 1)..=(column + reach).min(self.side - 1) {
                let ring = row.abs_diff(r).max(column.abs_diff(c));
                self.fix(r, c, !matches!((reach, ring), (4, 2 | 4) | (2, 1)));
            }
        }
    }

    /// Level M and the mask, twice.
    fn format(&mut self, mask: usize) {
        // Level M is 00 in the two bits before the mask.
        let bits = (mask << 10 | remainder(mask << 10, 0x537, 10)) ^ 0x5412;
        let bit = |n: usize| bits >> n & 1 == 1;
        let side = self.side;
        for n in 0..15 {
            let (row, column) = match n {
                0..=5 => (n, 8),
                6 => (7, 8),
                7 => (8, 8),
                8 => (8, 7),
                _ => (8, 14 - n),
            };
            self.fix(row, column, bit(n));
            let (row, column) = if n < 8 { (8, side - 1 - n) } else { (side - 15 + n, 8) };
            self.fix(row, column, bit(n));
        }
        self.fix(side - 8, 8, true);
    }

    /// The places of data in the order of their bits: two columns at a time, upwards and downwards by turns.
    fn path(&self) -> Vec<usize> {
        let side = self.side;
        let mut path = Vec::new();
        let rights = (1..side).rev().filter(|column| *column != 6);
        let rights: Vec<usize> = rights.collect();
        for (number, pair) in rights.chunks(2).enumerate() {
            let right = pair.first().copied().unwrap_or_default();
            for step in 0..side {
                let row = if number % 2 == 0 { side - 1 - step } else { step };
                for column in [right, right - 1 - usize::from(right == 7)] {
                    let place = row * side + column;
                    if self.fixed.get(place) == Some(&false) {
                        path.push(place);
                    }
                }
            }
        }
        path
    }

    fn write(&mut self, words: &[u8], mask: usize) {
        let side = self.side;
        for (n, place) in self.path().into_iter().enumerate() {
            let bit = words.get(n / 8).is_some_and(|word| word >> (7 - n % 8) & 1 == 1);
            if let Some(dark) = self.dark.get_mut(place) {
                *dark = bit ^ masks(mask, place / side, place % side);
            }
        }
    }

    fn is_dark(&self, row: usize, column: usize) -> bool {
        self.dark.get(row * self.side + column).copied().unwrap_or_default()
    }

    /// How hard it is to read: long runs, blocks of one colour, and an uneven share of dark.
    fn penalty(&self) -> usize {
        let mut penalty = 0;
        for across in [false, true] {
            for line in 0..self.side {
                let (mut run, mut before) = (0, None);
                for n in 0..self.side {
                    let own = if across { self.is_dark(n, line) } else { self.is_dark(line, n) };
                    run = if before == Some(own) { run + 1 } else { 1 };
                    before = Some(own);
                    penalty += match run {
                        5 => 3,
                        6.. => 1,
                        _ => 0,
                    };
                }
            }
        }
        for row in 1..self.side {
            for column in 1..self.side {
                let own = self.is_dark(row, column);
                let others = [(row - 1, column), (row, column - 1), (row - 1, column - 1)];
                penalty += if others.iter().all(|(r, c)| self.is_dark(*r, *c) == own) { 3 } else { 0 };
            }
        }
        let dark = self.dark.iter().filter(|dark| **dark).count() * 20;
        penalty + dark.abs_diff(self.dark.len() * 10) / self.dark.len() * 10
    }

    /// Its side with the light around it, modules.
    pub(in crate::http) fn side(&self) -> usize {
        self.side + 2 * QUIET
    }

    /// The dark modules as path data, one stroke for each run.
    pub(in crate::http) fn path_data(&self) -> String {
        let mut path = String::new();
        for row in 0..self.side {
            let mut column = 0;
            while column < self.side {
                let run = (column..self.side).take_while(|c| self.is_dark(row, *c)).count();
                if run > 0 {
                    let (x, y) = (column + QUIET, row + QUIET);
                    // Writing to a text cannot fail.
                    let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
                }
                column += run.max(1);
            }
        }
        path
    }
}

/// Middles of the alignment marks, along either side.
fn alignment(version: usize) -> Vec<usize> {
    if version == 1 {
        return Vec::new();
    }
    let count = version / 7 + 2;
    let last = version * 4 + 10;
    // Evenly spaced by even steps; version 32 is the one that the rule does not give.
    let step = if version == 32 { 26 } else { (version * 4 + count * 2 + 1) / (count * 2 - 2) * 2 };
    let mut places: Vec<usize> = (0..count - 1).map(|n| last - n * step).collect();
    places.push(6);
    places.reverse();
    places
}

/// Whether a mask turns the module of a place around.
fn masks(mask: usize, row: usize, column: usize) -> bool {
    let product = row * column;
    0 == match mask {
        0 => (row + column) % 2,
        1 => row % 2,
        2 => column % 3,
        3 => (row + column) % 3,
        4 => (row / 2 + column / 3) % 2,
        5 => product % 2 + product % 3,
        6 => (product % 2 + product % 3) % 2,
        _ => ((row + column) % 2 + product % 3) % 2,
    }
}

/// The remainder of a polynomial over two elements.
fn remainder(mut value: usize, divisor: usize, degree: usize) -> usize {
    for bit in (degree..degree + 8).rev() {
        if value >> bit & 1 == 1 {
            value ^= divisor << (bit - degree);
        }
    }
    value
}

/// The text as codewords, filled up to the version's number.
fn codewords(version: usize, bytes: &[u8]) -> Vec<u8> {
    let mut bits: Vec<bool> = Vec::new();
    let mut put = |value: usize, count: usize| bits.extend((0..count).rev().map(|n| value >> n & 1 == 1));
    put(0b0100, 4);
    put(bytes.len(), length_bits(version));
    for byte in bytes {
        put(usize::from(*byte), 8);
    }
    let room = 8 * data_codewords(version);
    let end = room.saturating_sub(bits.len()).min(4);
    bits.resize(bits.len() + end, false);
    bits.resize(bits.len().div_ceil(8) * 8, false);
    let mut words: Vec<u8> =
        bits.chunks(8).map(|byte| byte.iter().fold(0, |word, bit| word << 1 | u8::from(*bit))).collect();
    let filling = [0xEC, 0x11].into_iter().cycle().take(data_codewords(version).saturating_sub(words.len()));
    words.extend(filling);
    words
}

/// The codewords cut into blocks, each with its correction, taken by turns.
fn interleaved(version: usize, words: &[u8]) -> Vec<u8> {
    let (count, correction) = (at(&BLOCKS, version), at(&CORRECTION, version));
    let raw = raw_modules(version) / 8;
    let short = raw / count - correction;
    let long_from = count - raw % count;
    let (mut blocks, mut rest) = (Vec::new(), words);
    for number in 0..count {
        let (own, others) = rest.split_at((short + usize::from(number >= long_from)).min(rest.len()));
        blocks.push((own, corrections(own, correction)));
        rest = others;
    }
    let data = (0..=short).flat_map(|n| blocks.iter().filter_map(move |(own, _)| own.get(n).copied()));
    let more = (0..correction).flat_map(|n| blocks.iter().filter_map(move |(_, own)| own.get(n).copied()));
    data.chain(more).collect()
}

/// Reed–Solomon over the field of 256 elements with x⁸+x⁴+x³+x²+1.
fn corrections(data: &[u8], count: usize) -> Vec<u8> {
    let mut generator = vec![0_u8; count];
    if let Some(last) = generator.last_mut() {
        *last = 1;
    }
    let mut root = 1;
    for _ in 0..count {
        for n in 0..count {
            let next = generator.get(n + 1).copied().unwrap_or(0);
            if let Some(own) = generator.get_mut(n) {
                *own = times(*own, root) ^ next;
            }
        }
        root = times(root, 2);
    }
    let mut rest = vec![0_u8; count];
    for byte in data {
        let factor = byte ^ rest.first().copied().unwrap_or(0);
        rest.rotate_left(1);
        if let Some(last) = rest.last_mut() {
            *last = 0;
        }
        rest.iter_mut().zip(&generator).for_each(|(own, term)| *own ^= times(*term, factor));
    }
    rest
}

fn times(a: u8, b: u8) -> u8 {
    let mut product = 0_u16;
    for n in (0..8).rev() {
        product = (product << 1) ^ ((product >> 7) * 0x11D);
        product ^= u16::from(b >> n & 1) * u16::from(a);
    }
    u8::try_from(product & 0xFF).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a code as a reader does: format, mask, path, blocks, text.
    fn read(code: &Code) -> String {
        let version = (code.side - 17) / 4;
        let format = (0..15).fold(0_usize, |bits, n| {
            let (row, column) = if n < 8 { (8, code.side - 1 - n) } else { (code.side - 15 + n, 8) };
            bits | usize::from(code.is_dark(row, column)) << n
        });
        let told = (format ^ 0x5412) >> 10;
        assert!(told < 8, "level M");
        let bits: Vec<bool> = Code::blank(version)
            .path()
            .iter()
            .map(|place| code.dark[*place] ^ masks(told, place / code.side, place % code.side))
            .collect();
        let words: Vec<u8> =
            bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |w, bit| w << 1 | u8::from(*bit))).collect();
        assert_eq!(words.len(), raw_modules(version) / 8, "version {version}");
        let (count, correction) = (at(&BLOCKS, version), at(&CORRECTION, version));
        let data = data_codewords(version);
        let mut blocks = vec![Vec::new(); count];
        let short = data / count;
        let long_from = count - data % count;
        let mut taken = words.iter();
        for n in 0..=short {
            for (number, block) in blocks.iter_mut().enumerate() {
                if n < short || number >= long_from {
                    block.push(*taken.next().expect("enough"));
                }
            }
        }
        let text: Vec<u8> = blocks.concat();
        for _ in 0..correction {
            for block in &mut blocks {
                block.push(*taken.next().expect("enough"));
            }
        }
        // Every block is a multiple of the generator: it vanishes at each of its roots.
        for block in &blocks {
            let mut root = 1;
            for _ in 0..correction {
                assert_eq!(block.iter().fold(0, |sum, word| times(sum, root) ^ word), 0);
                root = times(root, 2);
            }
        }
        let text: Vec<bool> = text.iter().flat_map(|word| (0..8).rev().map(move |n| word >> n & 1 == 1)).collect();
        let number = |from: usize, count: usize| {
            text[from..from + count].iter().fold(0_usize, |sum, bit| sum << 1 | usize::from(*bit))
        };
        assert_eq!(number(0, 4), 0b0100, "bytes");
        let head = 4 + length_bits(version);
        let bytes = (0..number(4, head - 4)).map(|n| u8::try_from(number(head + 8 * n, 8)).expect("eight bits"));
        String::from_utf8(bytes.collect()).expect("a text")
    }

    #[test]
    fn what_was_written_is_read_in_every_version() {
        for length in [1, 14, 20, 60, 100, 180, 250, 400, 700, 1_100, 1_600, 2_331] {
            let text: String = "https://data.example.jp/maps/222127-bosai?layers=a,b~60&at=34.8"
                .chars()
                .cycle()
                .take(length)
                .collect();
            let code = Code::of(&text).expect("fits");
            assert_eq!(read(&code), text);
        }
        assert!(Code::of(&"x".repeat(2_332)).is_none());
    }

    #[test]
    fn the_correction_is_that_of_the_standard() {
        // Annex I of the standard: version 1-M of `01234567`.
        let data = [0x10, 0x20, 0x0c, 0x56, 0x61, 0x80, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11];
        assert_eq!(corrections(&data, 10), [0xa5, 0x24, 0xd4, 0xc1, 0xed, 0x36, 0xc7, 0x87, 0x2c, 0x55]);
    }

    #[test]
    fn capacities_are_those_of_the_standard() {
        for (version, bytes) in [(1, 14), (2, 26), (7, 122), (10, 213), (20, 666), (32, 1_538), (40, 2_331)] {
            assert_eq!((8 * data_codewords(version) - 4 - length_bits(version)) / 8, bytes, "version {version}");
        }
        assert_eq!(alignment(2), [6, 18]);
        assert_eq!(alignment(7), [6, 22, 38]);
        assert_eq!(alignment(32), [6, 34, 60, 86, 112, 138]);
        assert_eq!(alignment(40), [6, 30, 58, 86, 114, 142, 170]);
    }
}
