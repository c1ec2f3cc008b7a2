//! What is gathered of one column while its rows come.

use super::birth::{self, Births};
use super::contact::{self, is_address};
use super::header::Header;
use super::letters::{self, Letters};
use super::number::{self, Folded};
use super::person::{self, Likeness};
use super::rules::RULES;
use super::sensitive::Words;
use super::{mail, policy::Allowance};
use crate::model::finding::FindingCode;
use crate::read::Cell;

/// Cells that speak for something: all counted, the first ones with their rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Cells {
    pub(super) count: u64,
    pub(super) rows: Vec<u64>,
}

impl Cells {
    pub(super) fn add(&mut self, row: u64) {
        self.count += 1;
        if self.rows.len() < RULES.threshold.rows_named {
            self.rows.push(row);
        }
    }

    /// Takes in the cells of another kind of the same column.
    pub(super) fn join(&mut self, other: &Self) {
        self.count += other.count;
        self.rows.extend(&other.rows);
        self.rows.sort_unstable();
        self.rows.truncate(RULES.threshold.rows_named);
    }
}

/// Years of the dates of a column.
#[derive(Debug, Clone, Default)]
pub(super) struct Years {
    pub(super) cells: Cells,
    sum: f64,
    squares: f64,
}

impl Years {
    fn add(&mut self, year: u16, row: u64) {
        self.cells.add(row);
        self.sum += f64::from(year);
        self.squares += f64::from(year) * f64::from(year);
    }

    pub(super) fn mean(&self) -> f64 {
        self.sum / self.cells.count.max(1) as f64
    }

    /// Standard deviation, years.
    pub(super) fn spread(&self) -> f64 {
        let count = self.cells.count.max(1) as f64;
        (self.squares / count - self.mean() * self.mean()).max(0.0).sqrt()
    }
}

/// Longest name or kind of a place, letters.
const LONGEST_NAME: usize = 40;

/// Cells dismissed before, by a digest of their text: most columns repeat few texts.
const DISMISSED: usize = 256;

/// One column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) header: Header,
    /// Patterns of cells that are excepted, with the finding they are excepted from.
    excepted: Vec<(FindingCode, regex::Regex)>,
    pub(super) excepted_cells: u64,
    pub(super) filled: u64,
    pub(super) candidates: u64,
    pub(super) passing: Cells,
    pub(super) in_text: Cells,
    pub(super) mobiles: Cells,
    pub(super) mails: Cells,
    pub(super) years: Years,
    /// Where the header speaks of births.
    pub(super) births: Births,
    pub(super) full_names: Cells,
    pub(super) readings: Cells,
    /// Family names alone.
    pub(super) families: Cells,
    /// Names, family names and what could be one.
    pub(super) possible_names: Cells,
    /// Cells in which a name of a person stands beside a telephone number, and those with an address too.
    pub(super) contacts: Cells,
    pub(super) contact_homes: Cells,
    pub(super) addresses: Cells,
    pub(super) sensitive: Cells,
    /// Words of secret places in running text.
    pub(super) sensitive_prose: Cells,
    pub(super) sensitive_words: Vec<String>,
    /// Counts of persons that are small.
    pub(super) small: Cells,
    /// Cells that are neither numbers nor blank.
    pub(super) texts: u64,
    /// Grows with everything that is noted of a cell.
    noted: u64,
    dismissed: Box<[u64]>,
}

/// What all columns of a table share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) letters: Letters,
    pub(super) words: Words,
    pub(super) folded: Folded,
    /// Counts of persons up to this are small.
    pub(super) small_to: u8,
}

impl Column {
    pub(super) fn new(header: Header, allow: &[&Allowance]) -> Self {
        let excepted = allow
            .iter()
            .filter(|allowance| allowance.column == header.found)
            .filter_map(|allowance| {
                let whole = format!("^(?:{})$", allowance.pattern.as_deref()?);
                Some((allowance.code, regex::Regex::new(&whole).ok()?))
            })
            .collect();
        Self {
            header,
            excepted,
            excepted_cells: 0,
            filled: 0,
            candidates: 0,
            passing: Cells::default(),
            in_text: Cells::default(),
            mobiles: Cells::default(),
            mails: Cells::default(),
            years: Years::default(),
            births: Births::default(),
            full_names: Cells::default(),
            readings: Cells::default(),
            families: Cells::default(),
            possible_names: Cells::default(),
            contacts: Cells::default(),
            contact_homes: Cells::default(),
            addresses: Cells::default(),
            sensitive: Cells::default(),
            sensitive_prose: Cells::default(),
            sensitive_words: Vec::new(),
            small: Cells::default(),
            texts: 0,
            noted: 0,
            dismissed: vec![0; DISMISSED].into_boxed_slice(),
        }
    }

    /// Looks at one cell. Called for every cell of every file: what most cells are is decided first.
    #[inline]
    pub(super) fn see(&mut self, cell: Cell<'_>, row: u64, shared: &mut Shared) {
        let text = match cell {
            Cell::Empty | Cell::Bool(_) => return,
            Cell::Text(text) | Cell::Number(text) | Cell::DateTime(text) => text,
        };
        let (mut digits, mut any, mut at) = (0_usize, 0_u8, false);
        for byte in text.bytes() {
            digits += usize::from(byte.wrapping_sub(b'0') < 10);
            any |= byte;
            at |= byte == b'@';
        }
        self.filled += u64::from(any != 0);
        if self.header.people && digits < 3 && text.len() < 6 {
            self.see_count(text, row, shared.small_to);
        }
        if any < 0x80 {
            // `S48.3.5` is a day of three digits and an era.
            let is_era = digits >= 3
                && matches!(
                    text.as_bytes().first(),
                    Some(b'M' | b'T' | b'S' | b'H' | b'R' | b'm' | b't' | b's' | b'h' | b'r')
                );
            if digits >= 6 || at || is_era || (self.header.birth && digits > 0) {
                self.see_ascii(text, digits, at, row, shared);
            } else {
                self.texts += u64::from(digits == 0 && any != 0);
            }
        } else {
            self.texts += u64::from(!is_count(text));
            self.see_wide(text, at, row, shared);
        }
    }

    fn see_ascii(&mut self, text: &str, digits: usize, at: bool, row: u64, shared: &mut Shared) {
        if at {
            self.see_mail(text, row);
        }
        // Ten digits are a land line; digits about a point are a measure.
        let is_decimal = digits + 1 == text.len() && !text.ends_with(".0") && text.contains('.');
        if digits >= 11 && !is_decimal {
            self.see_digits(text, false, row, shared);
        } else if digits == 10 && self.header.telephone && number::is_mobile_without_zero(text) {
            self.see_mobile(text, row);
        }
        if self.header.birth {
            self.see_birth(text, row);
        } else if !self.header.established
            && (3..=14).contains(&digits)
            && !is_decimal
            && text.as_bytes().first().is_none_or(|first| *first != b'0')
            && let Some(year) = birth::year(text)
        {
            self.see_year(year, text, row);
        }
    }

    fn see_wide(&mut self, text: &str, at: bool, row: u64, shared: &mut Shared) {
        let digest = digest(text);
        let slot = usize::try_from(digest >> 56).unwrap_or(0) % DISMISSED;
        if self.dismissed[slot] == digest {
            return;
        }
        let (mut classes, mut letters, mut digits) = (0_u16, 0_usize, 0_usize);
        for letter in text.chars() {
            let class = shared.letters.of(letter);
            classes |= class;
            letters += 1;
            digits += usize::from(class & letters::DIGIT);
        }
        let before = self.noted;
        if at || classes & letters::AT != 0 {
            self.see_mail(text, row);
        }
        if digits >= 10 || (classes & letters::RARE != 0 && letters >= 12) {
            self.see_digits(text, classes & letters::RARE != 0, row, shared);
        }
        let may_be_day = digits >= 3 && letters <= 24 && !self.header.established;
        if self.header.birth {
            self.see_birth(text, row);
        } else if may_be_day && let Some(year) = birth::year(text) {
            self.see_year(year, text, row);
        }
        if digits == 0 && letters <= person::LONGEST + 16 {
            self.see_name(text, classes, letters, row);
        }
        if digits >= contact::DIGITS && classes & letters::FAMILY != 0 && letters <= contact::LONGEST {
            self.see_contact(text, classes & letters::ADDRESS != 0, row);
        }
        if letters >= 5 && classes & letters::ADDRESS != 0 && is_address(text, digits) {
            self.addresses.add(row);
            self.noted += 1;
        }
        if classes & letters::SENSITIVE != 0
            && let Some(word) = shared.words.find(text)
            && !self.is_excepted(FindingCode::SensitivePlace, text)
        {
            if self.sensitive_words.len() < 8 && !self.sensitive_words.iter().any(|known| known == word) {
                self.sensitive_words.push(word.to_owned());
            }
            // A sentence tells of much; a name or kind is what it says.
            let is_prose = self.header.prose || letters > LONGEST_NAME || text.contains(['。', '\n']);
            if is_prose { &mut self.sensitive_prose } else { &mut self.sensitive }.add(row);
            self.noted += 1;
        }
        if self.noted == before {
            self.dismissed[slot] = digest;
        }
    }

    fn see_name(&mut self, text: &str, classes: u16, letters: usize, row: u64) {
        let is_kana_only = classes & letters::KANJI == 0 && classes & letters::KANA != 0;
        let asked = self.header.person || self.header.person_or_body;
        if classes & letters::FAMILY == 0 && !is_kana_only && !asked {
            return;
        }
        if is_kana_only && letters <= 20 {
            let is_reading = person::is_reading(text)
                || (self.header.kana && self.header.speaks_of_persons() && person::begins_as_reading(text));
            if is_reading && !self.is_excepted(FindingCode::PersonalName, text) {
                self.readings.add(row);
                self.noted += 1;
                return;
            }
        }
        let likeness = person::likeness(text);
        if likeness == Likeness::None || self.is_excepted(FindingCode::PersonalName, text) {
            return;
        }
        self.noted += 1;
        match likeness {
            Likeness::Full => self.full_names.add(row),
            Likeness::Family => self.families.add(row),
            Likeness::Possible | Likeness::None => {}
        }
        if likeness == Likeness::Full || asked {
            self.possible_names.add(row);
        }
    }

    fn see_contact(&mut self, text: &str, may_have_address: bool, row: u64) {
        let Some(found) = contact::look(text, may_have_address) else { return };
        if self.is_excepted(FindingCode::PersonalName, text) {
            return;
        }
        self.noted += 1;
        self.contacts.add(row);
        if found.has_address {
            self.contact_homes.add(row);
        }
    }

    fn see_count(&mut self, text: &str, row: u64, small_to: u8) {
        let bare = crate::normalize::text::trim(text);
        let bare = bare.strip_suffix(['人', '名', '件']).or(bare.strip_suffix(".0")).unwrap_or(bare);
        let mut letters = bare.chars();
        let count = match (letters.next(), letters.next()) {
            (Some(letter @ '0'..='9'), None) => u32::from(letter) - u32::from('0'),
            (Some(letter @ '０'..='９'), None) => u32::from(letter) - u32::from('０'),
            _ => return,
        };
        if count >= 1 && count <= u32::from(small_to) && !self.is_excepted(FindingCode::SmallCells, text) {
            self.small.add(row);
        }
    }

    fn see_mail(&mut self, text: &str, row: u64) {
        if mail::is_private(text) && !self.is_excepted(FindingCode::PersonalMail, text) {
            self.mails.add(row);
            self.noted += 1;
        }
    }

    fn see_digits(&mut self, text: &str, is_rare: bool, row: u64, shared: &mut Shared) {
        shared.folded.fill(text, is_rare);
        let found = number::look(&shared.folded, self.header.number);
        self.candidates += u64::from(found.candidates > 0);
        self.noted += u64::from(found.candidates > 0);
        if found.passing > 0 {
            self.passing.add(row);
            if found.in_text > 0 {
                self.in_text.add(row);
            }
        }
        if found.mobiles > 0 || (self.header.telephone && number::is_mobile_without_zero(text)) {
            self.see_mobile(text, row);
        }
    }

    fn see_mobile(&mut self, text: &str, row: u64) {
        if !self.is_excepted(FindingCode::PersonalMobile, text) {
            self.mobiles.add(row);
            self.noted += 1;
        }
    }

    fn see_year(&mut self, year: u16, text: &str, row: u64) {
        if !self.is_excepted(FindingCode::PersonalBirthDate, text) {
            self.years.add(year, row);
            self.noted += 1;
        }
    }

    fn see_birth(&mut self, text: &str, row: u64) {
        if !self.is_excepted(FindingCode::PersonalBirthDate, text) {
            self.noted += u64::from(self.births.see(text, row));
        }
    }

    fn is_excepted(&mut self, code: FindingCode, text: &str) -> bool {
        let is = self.excepted.iter().any(|(excepted, pattern)| *excepted == code && pattern.is_match(text));
        self.excepted_cells += u64::from(is);
        self.noted += u64::from(is);
        is
    }
}

/// A digest of a text: never 0, which an empty slot holds. Two texts of one column with the same digest would hide one
/// from the other; at 64 bits that does not happen by chance.
fn digest(text: &str) -> u64 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ text.len() as u64;
    let mut chunks = text.as_bytes().chunks_exact(8);
    let mut mix = |word: u64| {
        state = (state ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd);
        state ^= state >> 32;
    };
    for chunk in &mut chunks {
        mix(chunk.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte)));
    }
    mix(chunks.remainder().iter().fold(1, |word, byte| (word << 8) | u64::from(*byte)));
    state.wrapping_mul(0xc4ce_b9fe_1a85_ec53) | 1
}
/// `12人`, `１２`: a count in wide letters.
fn is_count(text: &str) -> bool {
    let bare = crate::normalize::text::trim(text).trim_end_matches(['人', '名', '件']);
    !bare.is_empty() && bare.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '０'..='９' | ',' | '，'))
}
