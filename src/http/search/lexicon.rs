//! Words that mean the same, as staff keep them: `schemas/search-words.txt`, and a file of the settings over it.
//!
//! One line is one meaning:
//!
//! ```text
//! 避難所, 避難場所, ひなんじょ, shelter      each finds the others; a word in kana is also a reading of them
//! 大井川町 => 焼津市                       only what stands left finds what stands right
//! 無視: どこ, ください                      words of questions, which need not occur
//! # a remark
//! ```

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use super::fold::fold;
use super::romaji;
use super::typo::one_slip;
use crate::model::catalogue::Organization;
use crate::schema::Municipalities;

const BUNDLED_NAME: &str = "schemas/search-words.txt";
const BUNDLED_TEXT: &str = include_str!("../../../schemas/search-words.txt");

/// Longest file, bytes: ten thousand lines of a hundred.
const FILE_LIMIT_BYTES: usize = 1 << 20;
/// Longest word, characters: no term of the field has more.
const WORD_LIMIT_CHARS: usize = 40;
/// Most words of a line: each is sought for whoever types one of them.
const LINE_LIMIT_WORDS: usize = 24;
/// Most words sought for one that was typed, whatever the lines say.
const OTHERS_LIMIT: usize = 32;
/// Fewest letters of a word in which a slip is looked past.
const SLIP_LEAST_CHARS: usize = 5;

/// How a word came to stand for what was typed; the less exact, the less it weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// It is what was typed.
    Exact,
    /// Its reading was typed.
    Reading,
    /// It means the same.
    Synonym,
    /// It differs by one letter.
    Typo,
    /// It is a part of what was typed without blanks.
    Piece,
}

impl By {
    /// What it multiplies the weight by.
    pub fn factor(self) -> f32 {
        match self {
            Self::Exact => 1.0,
            Self::Reading => 0.8,
            Self::Synonym => 0.5,
            Self::Typo => 0.25,
            Self::Piece => 0.4,
        }
    }

    /// The word for it in explanations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Reading => "reading",
            Self::Synonym => "synonym",
            Self::Typo => "typo",
            Self::Piece => "piece",
        }
    }
}

/// What is wrong with a line of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {en} / {ja}")]
pub struct LexiconError {
    /// The file as named.
    pub file: String,
    /// From 1; 0 where it is the file as a whole.
    pub line: usize,
    /// In English.
    pub en: String,
    /// In Japanese.
    pub ja: String,
}

#[derive(Debug, Default, Clone)]
struct Line {
    /// Those that find.
    from: Vec<String>,
    /// Those that are found; the same where the line has no arrow.
    to: Vec<String>,
}

/// The words.
#[derive(Debug, Default)]
pub struct Lexicon {
    lines: Vec<Line>,
    /// Folded word → lines it finds by.
    by_word: HashMap<String, Vec<usize>>,
    /// Key of a reading → lines it finds by.
    by_reading: BTreeMap<String, Vec<usize>>,
    ignored: BTreeSet<String>,
}

static BUNDLED: LazyLock<Arc<Lexicon>> = LazyLock::new(|| {
    Arc::new(Lexicon::parse(BUNDLED_NAME, BUNDLED_TEXT).expect("a test parses the file that is part of the program"))
});

/// A line as written.
enum Written {
    Line(Line),
    Ignored(Vec<String>),
    /// One word alone: the bundled lines with it are not wanted.
    Alone(String),
}

impl Lexicon {
    /// The words that are part of the program.
    pub fn bundled() -> Arc<Self> {
        Arc::clone(&BUNDLED)
    }

    /// The bundled words with those of a file over them: where a line shares a word with a bundled one, the line of the
    /// file stands for it; a word alone takes the bundled lines with it away.
    pub fn with_file(name: &str, text: &str) -> Result<Self, LexiconError> {
        let own = written(name, text)?;
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for line in &own {
            match line {
                Written::Line(line) => taken.extend(line.from.iter().map(|word| fold(word))),
                Written::Alone(word) => {
                    taken.insert(fold(word));
                }
                Written::Ignored(_) => {}
            }
        }
        let mut all = written(BUNDLED_NAME, BUNDLED_TEXT)?;
        all.retain(|line| match line {
            Written::Line(line) => !line.from.iter().any(|word| taken.contains(&fold(word))),
            _ => true,
        });
        all.extend(own);
        Ok(Self::of(&all))
    }

    /// The words of one file alone.
    pub fn parse(name: &str, text: &str) -> Result<Self, LexiconError> {
        Ok(Self::of(&written(name, text)?))
    }

    fn of(all: &[Written]) -> Self {
        let mut lexicon = Self::default();
        for line in all {
            match line {
                Written::Line(line) => lexicon.add(line),
                Written::Ignored(words) => lexicon.ignored.extend(words.iter().map(|word| fold(word))),
                Written::Alone(_) => {}
            }
        }
        lexicon
    }

    fn add(&mut self, line: &Line) {
        let at = self.lines.len();
        // Two spellings of one word are one word.
        let folded = |words: &[String]| {
            let mut seen = BTreeSet::new();
            words.iter().map(|word| fold(word)).filter(|word| seen.insert(word.clone())).collect::<Vec<_>>()
        };
        let line = Line { from: folded(&line.from), to: folded(&line.to) };
        for word in &line.from {
            self.by_word.entry(word.clone()).or_default().push(at);
            if romaji::is_kana(word)
                && let Some(key) = romaji::key(word)
            {
                self.by_reading.entry(key).or_default().push(at);
            }
        }
        self.lines.push(line);
    }

    /// The readings of publishers' names: やいづ and yaizu find 焼津市.
    pub(super) fn of_places(organizations: &[Arc<Organization>]) -> Self {
        let mut lexicon = Self::default();
        for organization in organizations {
            let Some(body) = Municipalities::bundled().by_code(organization.code) else { continue };
            let mut from = vec![body.kana.clone()];
            let endings = ["し", "ちょう", "まち", "むら", "そん", "けん", "ふ", "と", "く"];
            from.extend(endings.iter().find_map(|ending| body.kana.strip_suffix(ending)).map(str::to_owned));
            from.retain(|reading| !reading.is_empty());
            lexicon.add(&Line { from, to: vec![organization.title.clone()] });
        }
        lexicon
    }

    /// Whether a folded word need not occur.
    pub(super) fn is_ignored(&self, word: &str) -> bool {
        self.ignored.contains(word)
    }

    /// Whether a line begins with this folded word, or with its reading.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.by_word.contains_key(word) || romaji::key(word).is_some_and(|key| self.by_reading.contains_key(&key))
    }

    /// Folded words that stand for a folded one, each once.
    pub(super) fn others(&self, word: &str) -> Vec<(String, By)> {
        let mut found: Vec<(String, By)> = Vec::new();
        let is_reading = romaji::key(word);
        let by = if is_reading.is_some() && self.is_reading_only(word) { By::Reading } else { By::Synonym };
        for at in self.by_word.get(word).into_iter().flatten() {
            self.take(*at, word, by, &mut found);
        }
        let keyed = is_reading.as_ref().and_then(|key| self.by_reading.get(key));
        for at in keyed.into_iter().flatten() {
            self.take(*at, word, By::Reading, &mut found);
        }
        found
    }

    /// Kana that only tells how the other words of its lines are read; in Latin letters: not a word of a line itself.
    fn is_reading_only(&self, word: &str) -> bool {
        romaji::is_kana(word) || !self.by_word.contains_key(word)
    }

    /// Words of the readings and words that differ from a folded word by one letter.
    pub(super) fn near(&self, word: &str) -> Vec<(String, By)> {
        let mut found = Vec::new();
        if word.chars().count() < SLIP_LEAST_CHARS - 1 {
            return found;
        }
        let key = romaji::key(word).filter(|key| key.len() > SLIP_LEAST_CHARS);
        for (other, lines) in &self.by_word {
            let long = other.chars().count() >= SLIP_LEAST_CHARS - 1;
            if long && one_slip(word, other) {
                for at in lines {
                    self.take(*at, word, By::Typo, &mut found);
                }
            }
        }
        if let Some(key) = key {
            for (other, lines) in &self.by_reading {
                if other.len() > SLIP_LEAST_CHARS && one_slip(&key, other) {
                    for at in lines {
                        self.take(*at, word, By::Typo, &mut found);
                    }
                }
            }
        }
        found.sort();
        found
    }

    /// Words whose reading begins so.
    pub(super) fn completions(&self, word: &str) -> Vec<(String, By)> {
        let mut found = Vec::new();
        let Some(key) = romaji::key(word).filter(|key| key.len() >= 2) else { return found };
        for (_, lines) in self.by_reading.range(key.clone()..).take_while(|(own, _)| own.starts_with(&key)) {
            for at in lines {
                self.take(*at, word, By::Reading, &mut found);
            }
        }
        found
    }

    /// All words, as typed into the file but folded: for 「もしかして」.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.by_word.keys().map(String::as_str)
    }

    fn take(&self, at: usize, word: &str, by: By, found: &mut Vec<(String, By)>) {
        for other in &self.lines[at].to {
            if other != word && found.len() < OTHERS_LIMIT && !found.iter().any(|(known, _)| known == other) {
                found.push((other.clone(), by));
            }
        }
    }
}

fn written(file: &str, text: &str) -> Result<Vec<Written>, LexiconError> {
    let fault = |line: usize, en: String, ja: String| LexiconError { file: file.to_owned(), line, en, ja };
    if text.len() > FILE_LIMIT_BYTES {
        return Err(fault(0, "the file is longer than 1 MiB".to_owned(), "ファイルが1 MiBを超えています".to_owned()));
    }
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', '＃']) {
            continue;
        }
        let split = |part: &str| -> Result<Vec<String>, LexiconError> {
            let words: Vec<String> = part
                .split([',', '、', '，'])
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect();
            if words.len() > LINE_LIMIT_WORDS {
                return Err(fault(
                    number,
                    format!("more than {LINE_LIMIT_WORDS} words in a line"),
                    format!("1行の語が{LINE_LIMIT_WORDS}個を超えています"),
                ));
            }
            for word in &words {
                let folded = fold(word);
                if !folded.chars().any(char::is_alphanumeric) || word.chars().count() > WORD_LIMIT_CHARS {
                    return Err(fault(
                        number,
                        format!("{word:?} is no word of 1 to {WORD_LIMIT_CHARS} letters"),
                        format!("「{word}」は1〜{WORD_LIMIT_CHARS}文字の語ではありません"),
                    ));
                }
            }
            let mut seen = BTreeSet::new();
            if let Some(twice) = words.iter().find(|word| !seen.insert(word.as_str())) {
                return Err(fault(
                    number,
                    format!("{twice:?} stands twice in the line"),
                    format!("「{twice}」が同じ行に2回あります"),
                ));
            }
            Ok(words)
        };
        if let Some(rest) = line.strip_prefix("無視:").or_else(|| line.strip_prefix("無視：")) {
            lines.push(Written::Ignored(split(rest)?));
            continue;
        }
        let mut sides = line.splitn(3, "=>");
        let (left, right) = (split(sides.next().unwrap_or_default())?, sides.next());
        let written = match right {
            None if left.len() == 1 => Written::Alone(left.into_iter().next().unwrap_or_default()),
            None if left.is_empty() => {
                return Err(fault(number, "no word in the line".to_owned(), "行に語がありません".to_owned()));
            }
            None => Written::Line(Line { to: left.clone(), from: left }),
            Some(right) => {
                let right = split(right)?;
                if left.is_empty() || right.is_empty() || sides.next().is_some() {
                    return Err(fault(
                        number,
                        "words are wanted on both sides of one =>".to_owned(),
                        "「=>」は1行に1つで、左右に語が必要です".to_owned(),
                    ));
                }
                Written::Line(Line { from: left, to: right })
            }
        };
        lines.push(written);
    }
    Ok(lines)
}

#[cfg(test)]
#[path = "lexicon_tests.rs"]
mod tests;
