//! All different texts of the catalogue, and which of them hold a word.
//!
//! Ten thousand datasets share one name of a column: each text stands here once, with the datasets and fields it stands
//! in. A word is sought by its pairs of characters among the texts, and each text that may hold it is looked at once.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use rayon::slice::ParallelSliceMut as _;

use super::expression::Field;
use super::fold::fold;
use super::work::Work;

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Part {
    /// The title of the dataset.
    Title,
    /// Its name in addresses.
    Name,
    /// A tag.
    Tag,
    /// Its publisher or the publisher's prefecture.
    Publisher,
    /// Its description or theme.
    Notes,
    /// The title of a table or file, or of the standard's sheet.
    Resource,
    /// The name of a column.
    Column,
    /// A word that the data dictionary allows in a column, or its English name.
    Dictionary,
    /// The name of a record.
    Record,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Title,
        Self::Name,
        Self::Tag,
        Self::Publisher,
        Self::Notes,
        Self::Resource,
        Self::Column,
        Self::Dictionary,
        Self::Record,
    ];

    /// What a word there weighs: CKAN's `name^4 title^4 tags^2 groups^2 text`, and what only we have below it.
    pub fn weight(self) -> f32 {
        match self {
            Self::Title | Self::Name => 4.0,
            Self::Tag => 2.0,
            Self::Publisher => 1.5,
            Self::Notes | Self::Record => 1.0,
            Self::Resource => 0.8,
            Self::Column => 0.5,
            Self::Dictionary => 0.2,
        }
    }

    /// The word for it in explanations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Name => "name",
            Self::Tag => "tags",
            Self::Publisher => "organization",
            Self::Notes => "notes",
            Self::Resource => "resource",
            Self::Column => "column",
            Self::Dictionary => "dictionary",
            Self::Record => "record",
        }
    }

    pub(super) fn belongs(self, field: &Field) -> bool {
        match field {
            Field::Text => true,
            Field::Title => self == Self::Title,
            Field::Notes => self == Self::Notes,
            Field::ResourceText => self == Self::Resource,
            Field::Author => self == Self::Publisher,
            _ => false,
        }
    }

    pub(super) fn bit(self) -> u16 {
        1 << self as u8
    }
}

/// A dataset and a part of it, packed: four bits are the part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u32);

impl Place {
    fn new(dataset: u32, part: Part) -> Self {
        Self(dataset << 4 | u32::from(part as u8))
    }

    pub(super) fn dataset(self) -> u32 {
        self.0 >> 4
    }

    pub(super) fn part(self) -> Part {
        Part::ALL[(self.0 & 15) as usize]
    }
}

type Pairs = HashMap<u64, Vec<u32>, FixedState>;

/// The texts.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// All of them end to end, so that going through many is going forward in memory.
    all: String,
    /// Where each begins; one more than there are texts.
    begins: Vec<u32>,
    /// The parts each stands in, as bits.
    parts: Vec<u16>,
    /// Where the places of each begin; one more than there are texts.
    starts: Vec<u32>,
    places: Vec<Place>,
    /// Two characters that follow each other → texts; a text of one character stands under it and NUL.
    pairs: Pairs,
}

/// Texts as they come.
#[derive(Debug, Default)]
pub(super) struct TextsBuilder<'a> {
    by_found: HashMap<&'a str, u32, FixedState>,
    by_folded: HashMap<Box<str>, u32, FixedState>,
    entries: Vec<(u32, Place)>,
}

impl<'a> TextsBuilder<'a> {
    /// Adds a text where it stands; gives its number, `None` where nothing remains of it.
    pub(super) fn add(&mut self, text: &'a str, dataset: u32, part: Part) -> Option<u32> {
        let number = if let Some(number) = self.by_found.get(text) {
            *number
        } else {
            let folded = fold(text);
            let number = if folded.is_empty() { u32::MAX } else { self.number(folded) };
            self.by_found.insert(text, number);
            number
        };
        if number == u32::MAX {
            return None;
        }
        self.entries.push((number, Place::new(dataset, part)));
        Some(number)
    }

    /// Adds a text that is folded already.
    pub(super) fn add_folded(&mut self, folded: String, dataset: u32, part: Part) -> u32 {
        let number = self.number(folded);
        self.entries.push((number, Place::new(dataset, part)));
        number
    }

    fn number(&mut self, folded: String) -> u32 {
        let next = u32::try_from(self.by_folded.len()).expect("a catalogue in memory has fewer than 2^32 texts");
        *self.by_folded.entry(folded.into_boxed_str()).or_insert(next)
    }

    pub(super) fn finish(self) -> Texts {
        let mut texts: Vec<Box<str>> = vec![Box::default(); self.by_folded.len()];
        for (text, number) in self.by_folded {
            texts[number as usize] = text;
        }
        let mut entries = self.entries;
        entries.par_sort_unstable();
        entries.dedup();
        let mut parts = vec![0_u16; texts.len()];
        let mut starts = vec![0_u32; texts.len() + 1];
        for (number, place) in &entries {
            parts[*number as usize] |= place.part().bit();
            starts[*number as usize + 1] += 1;
        }
        for at in 0..texts.len() {
            starts[at + 1] += starts[at];
        }
        let mut pairs: Pairs = HashMap::default();
        for (number, text) in (0_u32..).zip(&texts) {
            for pair in keys_of(text) {
                let numbers = pairs.entry(pair).or_default();
                if numbers.last() != Some(&number) {
                    numbers.push(number);
                }
            }
        }
        for numbers in pairs.values_mut() {
            numbers.shrink_to_fit();
        }
        let places = entries.into_iter().map(|(_, place)| place).collect();
        let mut all = String::with_capacity(texts.iter().map(|text| text.len()).sum());
        let mut begins = vec![0];
        for text in texts {
            all.push_str(&text);
            begins.push(u32::try_from(all.len()).expect("the texts of a catalogue in memory are shorter than 4 GiB"));
        }
        Texts { all, begins, parts, starts, places, pairs }
    }
}

fn key(first: char, second: char) -> u64 {
    u64::from(u32::from(first)) << 32 | u64::from(u32::from(second))
}

/// The pairs of a text; of a single character it and NUL.
fn keys_of(text: &str) -> impl Iterator<Item = u64> {
    let single = text.chars().next().filter(|first| first.len_utf8() == text.len());
    text.chars().zip(text.chars().skip(1)).map(|(a, b)| key(a, b)).chain(single.map(|c| key(c, '\0')))
}

/// A text that holds a word, and how much of it the word is: up to 1, and a tenth more at its beginning.
pub(super) type Held = (u32, f32);

impl Texts {
    pub(super) fn text(&self, number: u32) -> &str {
        &self.all[self.begins[number as usize] as usize..self.begins[number as usize + 1] as usize]
    }

    pub(super) fn parts(&self, number: u32) -> u16 {
        self.parts[number as usize]
    }

    pub(super) fn places(&self, number: u32) -> &[Place] {
        &self.places[self.starts[number as usize] as usize..self.starts[number as usize + 1] as usize]
    }

    /// All texts with their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        (0_u32..).take(self.parts.len()).map(|number| (number, self.text(number)))
    }

    /// Texts that hold every pair of characters of a word, ascending.
    pub(super) fn candidates(&self, word: &str, work: &Work) -> Vec<u32> {
        let mut chars = word.chars();
        let (Some(first), second) = (chars.next(), chars.next()) else { return Vec::new() };
        if second.is_none() {
            return self.with_character(first, work);
        }
        let mut lists: Vec<&[u32]> = Vec::new();
        for key in keys_of(word) {
            match self.pairs.get(&key) {
                Some(numbers) => lists.push(numbers),
                None => return Vec::new(),
            }
        }
        lists.sort_by_key(|numbers| numbers.len());
        let Some((shortest, rest)) = lists.split_first() else { return Vec::new() };
        if !work.spend(shortest.len()) {
            return Vec::new();
        }
        let mut found = shortest.to_vec();
        for numbers in rest {
            // A list little longer is walked beside, a much longer one is looked up in.
            if !work.spend(found.len()) {
                return Vec::new();
            }
            if numbers.len() / 8 < found.len() {
                let mut at = 0;
                found.retain(|number| {
                    while numbers.get(at).is_some_and(|own| own < number) {
                        at += 1;
                    }
                    numbers.get(at) == Some(number)
                });
                work.spend(numbers.len() / 4);
            } else {
                found.retain(|number| numbers.binary_search(number).is_ok());
            }
        }
        found
    }

    /// Texts with one character anywhere.
    fn with_character(&self, c: char, work: &Work) -> Vec<u32> {
        let code = u64::from(u32::from(c));
        let mut found: Vec<u32> = Vec::new();
        work.spend(self.pairs.len() / 8);
        for (key, numbers) in &self.pairs {
            if key >> 32 == code || key & u64::from(u32::MAX) == code {
                if !work.spend(numbers.len() * 2) {
                    return Vec::new();
                }
                found.extend_from_slice(numbers);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Texts in which a word occurs, of those in some of these parts; of names of records none where more than so many
    /// texts of them may hold it.
    pub(super) fn holding(&self, word: &str, parts: u16, most_names: usize, work: &Work) -> Vec<Held> {
        let mut candidates = self.candidates(word, work);
        candidates.retain(|number| self.parts(*number) & parts != 0);
        let is_names = |number: &u32| self.parts(*number) == Part::Record.bit();
        if candidates.iter().filter(|number| is_names(number)).count() > most_names {
            candidates.retain(|number| !is_names(number));
        }
        let finder = memchr::memmem::Finder::new(word);
        let in_letters = word.starts_with(|c: char| c.is_ascii_alphanumeric());
        // Its one pair is the word: where that stands is of no further interest.
        let is_pair = !in_letters && word.chars().nth(2).is_none();
        let mut held = Vec::with_capacity(candidates.len());
        for number in candidates {
            let text = self.text(number);
            if is_pair && !is_names(&number) {
                let start = if text.starts_with(word) { BEGINNING } else { 0.0 };
                held.push((number, word.len() as f32 / text.len() as f32 + start));
                continue;
            }
            if !work.spend(2 + text.len() / 128) {
                return Vec::new();
            }
            let at = if in_letters { occurrence(text, word) } else { finder.find(text.as_bytes()) };
            if let Some(at) = at {
                let whole =
                    if is_names(&number) { closeness(text, at, word.len()) } else { share(word.len(), text.len(), at) };
                held.push((number, whole));
            }
        }
        held
    }

    /// Whether a word occurs in any text of these parts.
    pub(super) fn occurs(&self, word: &str, parts: u16, work: &Work) -> bool {
        self.candidates(word, work).into_iter().any(|number| {
            let text = self.text(number);
            self.parts(number) & parts != 0 && work.spend(1 + text.len() / 64) && occurrence(text, word).is_some()
        })
    }

    /// Bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        let pairs: usize = self.pairs.values().map(|numbers| 4 * numbers.capacity() + 40).sum();
        self.all.len() + pairs + 2 * self.parts.len() + 4 * (2 * self.starts.len() + self.places.len())
    }
}

/// Where a word occurs; one in Latin letters or digits must begin where a word begins (`ed` is not in `aed`).
pub(super) fn occurrence(text: &str, word: &str) -> Option<usize> {
    if !word.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return text.find(word);
    }
    text.match_indices(word).map(|(at, _)| at).find(|at| !text[..*at].ends_with(|c: char| c.is_ascii_alphanumeric()))
}

/// How much of its line a stretch of it is. Records' names stand as lines of one text.
pub(super) fn closeness(text: &str, at: usize, length: usize) -> f32 {
    let (from, to) = line(text, at);
    share(length, to - from, at - from)
}

fn share(length: usize, whole: usize, at: usize) -> f32 {
    length as f32 / whole.max(1) as f32 + if at == 0 { BEGINNING } else { 0.0 }
}

/// What a word at the beginning of a text has over one inside it.
const BEGINNING: f32 = 0.1;

/// The line around a place.
pub(super) fn line(text: &str, at: usize) -> (usize, usize) {
    let from = text[..at].rfind('\n').map_or(0, |before| before + 1);
    let to = text[at..].find('\n').map_or(text.len(), |behind| at + behind);
    (from, to)
}
