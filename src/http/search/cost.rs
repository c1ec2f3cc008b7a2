//! What a search costs, told from its tree before it is answered.
//!
//! The limits hold for one request as a whole, its words and all its filters together. What stands for a word besides
//! itself (synonyms, readings, a look past a slip) counts like words of its own. While a search runs, `work` bounds it once
//! more by what it really touches.

use super::expression::{Expression, Matcher};
use super::lexicon::Lexicon;
use super::parse::CLAUSE_LIMIT;

/// Most conditions that read the texts for a word, alternatives among them. People type ten words of ten alternatives.
const TEXT_LIMIT: usize = 200;
/// What looking past a slip and taking a word apart cost beside looking for it.
const TYPED_COST: usize = 3;
/// Most conditions that read every text or every value: patterns with `*` inside, and ranges of texts.
const PATTERN_LIMIT: usize = 20;
/// Most characters in those two together: a word is looked up by each of its pairs of characters.
const CHARACTER_LIMIT: usize = 4_000;

/// What is sought is more than one request may ask for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("fewer or shorter {what}")]
pub struct TooCostly {
    /// What there is too much of.
    pub what: &'static str,
    /// How much of it there may be in one search; `None` where only the search itself can tell.
    pub limit: Option<usize>,
}

impl TooCostly {
    /// A search that was cut short.
    pub(super) fn work() -> Self {
        Self { what: "words; this search would go through too much of the catalogue", limit: None }
    }
}

/// The sums over some expressions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Cost {
    conditions: usize,
    texts: usize,
    patterns: usize,
    characters: usize,
}

/// Refuses expressions that together cost more than one request may.
pub fn check<'a>(expressions: impl IntoIterator<Item = &'a Expression>, lexicon: &Lexicon) -> Result<(), TooCostly> {
    let mut cost = Cost::default();
    for expression in expressions {
        cost.add(expression, lexicon);
    }
    for (what, sum, limit) in [
        ("conditions", cost.conditions, CLAUSE_LIMIT),
        ("words", cost.texts, TEXT_LIMIT),
        ("patterns", cost.patterns, PATTERN_LIMIT),
        ("characters in words and patterns", cost.characters, CHARACTER_LIMIT),
    ] {
        if sum > limit {
            return Err(TooCostly { what, limit: Some(limit) });
        }
    }
    Ok(())
}

impl Cost {
    fn add(&mut self, expression: &Expression, lexicon: &Lexicon) {
        match expression {
            Expression::All | Expression::Nothing => {}
            Expression::Not(inner) | Expression::Boost(inner, _) => self.add(inner, lexicon),
            Expression::And(parts) | Expression::Or(parts) | Expression::AtLeast(_, parts) => {
                for part in parts {
                    self.add(part, lexicon);
                }
            }
            Expression::Prefer(required, optional) => {
                self.add(required, lexicon);
                self.add(optional, lexicon);
            }
            Expression::Is(field, matcher) => {
                self.conditions += 1;
                match matcher {
                    Matcher::Wildcard(pattern) => {
                        self.patterns += 1;
                        self.characters += pattern.len();
                    }
                    Matcher::TextRange(..) => self.patterns += 1,
                    Matcher::Near(text) if field.is_text() => {
                        let others = lexicon.others(text);
                        self.texts += TYPED_COST + others.len();
                        self.characters +=
                            text.chars().count() + others.iter().map(|(word, _)| word.chars().count()).sum::<usize>();
                    }
                    Matcher::Term(text) | Matcher::Prefix(text) if field.is_text() => {
                        self.texts += 1;
                        self.characters += text.chars().count();
                    }
                    Matcher::Present if field.is_text() => self.texts += 1,
                    _ => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::search::parse::{expression, query};

    fn refused(texts: &[String]) -> Option<&'static str> {
        let parsed: Vec<_> =
            texts.iter().map(|text| query(text, jiff::Timestamp::UNIX_EPOCH).expect("syntax")).collect();
        check(&parsed, &Lexicon::bundled()).err().map(|error| error.what)
    }

    #[test]
    fn a_request_may_ask_for_many_names_but_for_few_patterns() {
        let pattern = |number: usize| format!("text:*a*a*a*z{number}*");
        let patterns = |count: usize| (0..count).map(pattern).collect::<Vec<_>>();
        assert_eq!(refused(&[patterns(20).join(" OR ")]), None);
        assert_eq!(refused(&[patterns(2_000).join(" OR ")]), Some("patterns"));
        assert_eq!(refused(&patterns(21)), Some("patterns"), "over several filters");
        assert_eq!(refused(&[format!("name:({})", vec!["a"; 1_000].join(" OR "))]), None);
        assert_eq!(refused(&vec![format!("name:({})", vec!["a"; 1_100].join(" OR ")); 2]), Some("conditions"));
        assert_eq!(refused(&[vec!["字"; 60].join(" ")]), None);
        assert_eq!(refused(&[vec!["字"; 70].join(" ")]), Some("words"));
        assert_eq!(refused(&[vec!["トイレ"; 20].join(" ")]), Some("words"), "what stands for a word counts");
        assert_eq!(refused(&["あ".repeat(5_000)]), Some("characters in words and patterns"));
        let plain = expression("title:[a TO b] -text:*", jiff::Timestamp::UNIX_EPOCH).expect("syntax");
        assert!(check(&[plain], &Lexicon::bundled()).is_ok());
    }
}
