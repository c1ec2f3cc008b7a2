//! A QR code (JIS X 0510, ISO/IEC 18004) of a short text, as the path of an SVG: bytes, error correction level L,
//! versions 1 to 20 (up to 858 bytes). Enough for the address that puts a second factor into an app.

/// Error-correction codewords of each block and number of blocks, versions 1 to 20 at level L; total codewords.
const VERSIONS: [(usize, usize, usize); 20] = [
    (7, 1, 26),
    (10, 1, 44),
    (15, 1, 70),
    (20, 1, 100),
    (26, 1, 134),
    (18, 2, 172),
    (20, 2, 196),
    (24, 2, 242),
    (30, 2, 292),
    (18, 4, 346),
    (20, 4, 404),
    (24, 4, 466),
    (26, 4, 532),
    (30, 4, 581),
    (22, 6, 655),
    (24, 6, 733),
    (28, 6, 815),
    (30, 6, 901),
    (28, 7, 991),
    (28, 8, 1085),
];

/// Light modules around the code.
const QUIET: usize = 4;
/// The primitive polynomial of the field of 256.
const FIELD: u16 = 0x11d;

/// A code: its width in modules with the quiet zone, and the path of the dark ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) width: usize,
    pub(super) path: String,
}

/// The code of a text; `None` where it is too long.
pub(super) fn of(text: &str) -> Option<Code> {
    let (version, codewords) = codewords(text.as_bytes())?;
    let mut grid = Grid::new(version);
    grid.place(&codewords);
    let best = (0..8).map(|mask| grid.masked(mask)).min_by_key(Grid::penalty)?;
    let mut path = String::new();
    for (y, row) in best.dark.chunks(best.width).enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
            path.push_str(&format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET));
        }
    }
    Some(Code { width: best.width + 2 * QUIET, path })
}

/// The smallest version that holds the bytes, and all its codewords in the order in which they are placed.
fn codewords(bytes: &[u8]) -> Option<(usize, Vec<u8>)> {
    let fits = |(place, (ec, blocks, total)): (usize, &(usize, usize, usize))| {
        let version = place + 1;
        let count_bits = if version < 10 { 8 } else { 16 };
        let data = total - ec * blocks;
        (4 + count_bits + bytes.len() * 8 <= data * 8).then_some((version, *ec, *blocks, data, count_bits))
    };
    let (version, ec, blocks, data, count_bits) = VERSIONS.iter().enumerate().find_map(fits)?;
    let mut bits = Bits::default();
    bits.push(0b0100, 4);
    bits.push(u32::try_from(bytes.len()).ok()?, count_bits);
    bytes.iter().for_each(|byte| bits.push(u32::from(*byte), 8));
    bits.push(0, (data * 8 - bits.length).min(4));
    let mut words = bits.bytes;
    let mut padding = [0xec, 0x11].into_iter().cycle();
    words.extend(std::iter::from_fn(|| padding.next()).take(data - words.len()));
    // The first blocks are one codeword shorter where the data does not divide evenly.
    let (short, longer) = (data / blocks, data % blocks);
    let mut rest = words.as_slice();
    let mut parts = Vec::new();
    for block in 0..blocks {
        let (own, more) = rest.split_at(short + usize::from(block >= blocks - longer));
        parts.push((own, correction(own, ec)));
        rest = more;
    }
    let mut all = Vec::new();
    for place in 0..=short {
        all.extend(parts.iter().filter_map(|(own, _)| own.get(place)));
    }
    for place in 0..ec {
        all.extend(parts.iter().filter_map(|(_, own)| own.get(place)));
    }
    Some((version, all))
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    length: usize,
}

impl Bits {
    fn push(&mut self, value: u32, bits: usize) {
        for bit in (0..bits).rev() {
            if self.length.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if value >> bit & 1 == 1
                && let Some(last) = self.bytes.last_mut()
            {
                *last |= 1 << (7 - self.length % 8);
            }
            self.length += 1;
        }
    }
}

fn product(a: u8, b: u8) -> u8 {
    let (mut a, mut b, mut sum) = (u16::from(a), b, 0);
    while b > 0 {
        if b & 1 == 1 {
            sum ^= a;
        }
        a <<= 1;
        if a & 0x100 != 0 {
            a ^= FIELD;
        }
        b >>= 1;
    }
    u8::try_from(sum & 0xff).unwrap_or(0)
}

/// The remainder of the data by the generator of that degree (Reed and Solomon's code).
fn correction(data: &[u8], degree: usize) -> Vec<u8> {
    let mut generator = vec![0; degree];
    if let Some(last) = generator.last_mut() {
        *last = 1;
    }
    let mut root = 1;
    for _ in 0..degree {
        for place in 0..degree {
            generator[place] = product(generator[place], root) ^ generator.get(place + 1).copied().unwrap_or(0);
        }
        root = product(root, 2);
    }
    let mut rest = vec![0; degree];
    for byte in data {
        let factor = byte ^ rest[0];
        rest.rotate_left(1);
        rest[degree - 1] = 0;
        for (own, coefficient) in rest.iter_mut().zip(&generator) {
            *own ^= product(*coefficient, factor);
        }
    }
    rest
}

/// The modules, row by row; those that hold no data are fixed.
#[derive(Clone)]
struct Grid {
    version: usize,
    width: usize,
    dark: Vec<bool>,
    fixed: Vec<bool>,
}

impl Grid {
    fn new(version: usize) -> Self {
        let width = version * 4 + 17;
        let mut grid = Self { version, width, dark: vec![false; width * width], fixed: vec![false; width * width] };
        for place in 0..width {
            grid.fix(place, 6, place % 2 == 0);
            grid.fix(6, place, place % 2 == 0);
        }
        let far = width - 7;
        for (left, top) in [(0, 0), (far, 0), (0, far)] {
            grid.finder(left, top);
        }
        let middles = grid.alignment();
        let last = middles.last().copied().unwrap_or(0);
        for &x in &middles {
            for &y in &middles {
                if (x, y) != (6, 6) && (x, y) != (6, last) && (x, y) != (last, 6) {
                    grid.target(x, y);
                }
            }
        }
        grid.format(0);
        grid.version_marks();
        grid
    }

    fn fix(&mut self, x: usize, y: usize, dark: bool) {
        let place = y * self.width + x;
        self.dark[place] = dark;
        self.fixed[place] = true;
    }

    /// A finder with the light line around it.
    fn finder(&mut self, left: usize, top: usize) {
        for y in top.saturating_sub(1)..(top + 8).min(self.width) {
            for x in left.saturating_sub(1)..(left + 8).min(self.width) {
                let away = (x + 4).abs_diff(left + 7).max((y + 4).abs_diff(top + 7));
                self.fix(x, y, away != 2 && away != 4);
            }
        }
    }

    fn target(&mut self, middle_x: usize, middle_y: usize) {
        for y in middle_y - 2..=middle_y + 2 {
            for x in middle_x - 2..=middle_x + 2 {
                self.fix(x, y, x.abs_diff(middle_x).max(y.abs_diff(middle_y)) != 1);
            }
        }
    }

    /// Middles of the alignment patterns along one side (annex E).
    fn alignment(&self) -> Vec<usize> {
        if self.version == 1 {
            return Vec::new();
        }
        let count = self.version / 7 + 2;
        let step = (self.version * 8 + count * 3 + 5) / (count * 4 - 4) * 2;
        let mut middles: Vec<usize> = (0..count - 1).map(|n| self.width - 7 - n * step).collect();
        middles.push(6);
        middles.reverse();
        middles
    }

    /// Level L and the mask, with their own correction (BCH 15, 5), in both places.
    fn format(&mut self, mask: u32) {
        let data = 0b01 << 3 | mask;
        let rest = (0..10).fold(data, |rest, _| rest << 1 ^ (rest >> 9) * 0x537);
        let bits = (data << 10 | rest) ^ 0x5412;
        let bit = |place: usize| bits >> place & 1 == 1;
        let far = self.width - 1;
        for place in 0..6 {
            self.fix(8, place, bit(place));
            self.fix(5 - place, 8, bit(9 + place));
        }
        self.fix(8, 7, bit(6));
        self.fix(8, 8, bit(7));
        self.fix(7, 8, bit(8));
        for place in 0..8 {
            self.fix(far - place, 8, bit(place));
        }
        for place in 8..15 {
            self.fix(8, self.width + place - 15, bit(place));
        }
        self.fix(8, self.width - 8, true);
    }

    /// The number of the version (BCH 18, 6), from version 7 on.
    fn version_marks(&mut self) {
        let Some(data) = u32::try_from(self.version).ok().filter(|version| *version >= 7) else { return };
        let rest = (0..12).fold(data, |rest, _| rest << 1 ^ (rest >> 11) * 0x1f25);
        let bits = data << 12 | rest;
        for place in 0..18 {
            let (a, b) = (self.width - 11 + place % 3, place / 3);
            self.fix(a, b, bits >> place & 1 == 1);
            self.fix(b, a, bits >> place & 1 == 1);
        }
    }

    /// Places the codewords in columns of two, from the lower right, upwards and downwards by turns.
    fn place(&mut self, words: &[u8]) {
        let mut bits = words.iter().flat_map(|word| (0..8).rev().map(move |bit| word >> bit & 1 == 1));
        let mut right = self.width - 1;
        let mut upwards = true;
        loop {
            for step in 0..self.width {
                let y = if upwards { self.width - 1 - step } else { step };
                for x in [right, right - 1] {
                    let place = y * self.width + x;
                    if !self.fixed[place] {
                        self.dark[place] = bits.next().unwrap_or(false);
                    }
                }
            }
            upwards = !upwards;
            // The column of the timing pattern is passed over.
            right = match right {
                8 => 5,
                0..=2 => return,
                other => other - 2,
            };
        }
    }

    fn masked(&self, mask: u32) -> Self {
        let mut grid = self.clone();
        for y in 0..self.width {
            for x in 0..self.width {
                let turned = match mask {
                    0 => (x + y) % 2 == 0,
                    1 => y % 2 == 0,
                    2 => x % 3 == 0,
                    3 => (x + y) % 3 == 0,
                    4 => (x / 3 + y / 2) % 2 == 0,
                    5 => x * y % 2 + x * y % 3 == 0,
                    6 => (x * y % 2 + x * y % 3) % 2 == 0,
                    _ => ((x + y) % 2 + x * y % 3) % 2 == 0,
                };
                let place = y * self.width + x;
                grid.dark[place] ^= turned && !self.fixed[place];
            }
        }
        grid.format(mask);
        grid
    }

    /// How hard the code is to read (7.8.3): long runs, blocks, what looks like a finder, too much of one colour.
    fn penalty(&self) -> usize {
        let at = |x: usize, y: usize| self.dark[y * self.width + x];
        let mut sum = 0;
        for a in 0..self.width {
            for across in [false, true] {
                let line: Vec<bool> = (0..self.width).map(|b| if across { at(b, a) } else { at(a, b) }).collect();
                sum += line
                    .chunk_by(|a, b| a == b)
                    .map(<[bool]>::len)
                    .filter(|run| *run >= 5)
                    .map(|run| run - 2)
                    .sum::<usize>();
                let finder = [true, false, true, true, true, false, true];
                let light = |range: std::ops::Range<usize>| {
                    range.into_iter().all(|place| !line.get(place).copied().unwrap_or(false))
                };
                let found = (0..=self.width - 7).filter(|from| {
                    line[*from..from + 7] == finder
                        && (light(from + 7..from + 11) || (*from >= 4 && light(from - 4..*from)))
                });
                sum += 40 * found.count();
            }
        }
        for y in 0..self.width - 1 {
            for x in 0..self.width - 1 {
                let own = at(x, y);
                sum += 3 * usize::from(own == at(x + 1, y) && own == at(x, y + 1) && own == at(x + 1, y + 1));
            }
        }
        let dark = self.dark.iter().filter(|dark| **dark).count();
        sum + (dark * 100 / self.dark.len()).abs_diff(50) / 5 * 10
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_correction_is_that_of_the_standard() {
        // Annex I of the standard: version 1-M of `01234567`.
        let data = [0x10, 0x20, 0x0c, 0x56, 0x61, 0x80, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11];
        assert_eq!(correction(&data, 10), [0xa5, 0x24, 0xd4, 0xc1, 0xed, 0x36, 0xc7, 0x87, 0x2c, 0x55]);
    }

    #[test]
    fn patterns_lie_where_the_standard_has_them() {
        assert_eq!(Grid::new(7).alignment(), [6, 22, 38]);
        assert_eq!(Grid::new(14).alignment(), [6, 26, 46, 66]);
        assert_eq!(Grid::new(20).alignment(), [6, 34, 62, 90]);
        assert_eq!(Grid::new(2).alignment(), [6, 18]);
        let grid = Grid::new(1);
        let row = |y: usize| {
            grid.dark[y * 21..y * 21 + 7].iter().map(|dark| if *dark { '#' } else { '.' }).collect::<String>()
        };
        assert_eq!([row(0), row(1), row(2), row(3)], ["#######", "#.....#", "#.###.#", "#.###.#"]);
    }

    #[test]
    fn a_code_that_another_reader_has_read_stays_as_it_is() {
        // Read back whole by zxing-cpp, 2026-11.
        let site =
            "%E3%82%AA%E3%83%BC%E3%83%97%E3%83%B3%E3%83%87%E3%83%BC%E3%82%BF%E3%82%AB%E3%82%BF%E3%83%AD%E3%82%B0";
        let text = format!(
            "otpauth://totp/{site}:hiraku?secret=YNIBQATMW2LGISXSWNOADPPTLD6JPC4C&issuer={site}&algorithm=SHA1&digits=6&period=30"
        );
        let code = of(&text).expect("fits");
        assert_eq!(code.width, 69);
        let digest = crate::model::name::Digest::of(code.path.as_bytes()).to_hex();
        assert_eq!(digest, "5f2489be08bd0fea9360a1a21a1708b88673aacd2917b0b2f0322bdb1e06442b");
    }

    #[test]
    fn lengths_choose_the_version_and_too_much_is_none() {
        for (length, version) in [(1, 1), (17, 1), (18, 2), (230, 9), (231, 10), (271, 10), (272, 11), (858, 20)] {
            let (found, words) = codewords(&vec![b'a'; length]).expect("fits");
            assert_eq!((found, words.len()), (version, VERSIONS[version - 1].2), "{length}");
        }
        assert_eq!(of(&"a".repeat(859)), None);
    }
}
