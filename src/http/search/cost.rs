//! What a search costs, told from its tree before it is answered.
//!
//! The limits hold for one request as a whole, its words and all its filters together. With the largest catalogue this
//! server is made for (10,000 datasets of 5 KB of text, 50 MB) one pass over all texts takes some 50 ms:
//! a pattern reads all of them, a word only those of datasets that hold its pairs of characters (a tenth, as a rule).

use super::expression::{Expression, Matcher};
use super::parse::CLAUSE_LIMIT;

/// Most conditions that read the texts for a word. 200 × a tenth of 50 ms = 1 s at the worst; people type ten words.
const TEXT_LIMIT: usize = 200;
/// Most conditions that read every text or every value: patterns with `*` inside, and ranges of texts. 20 × 50 ms = 1 s.
const PATTERN_LIMIT: usize = 20;
/// Most characters in those two together: a word is looked up by each of its pairs of characters, in lists as long as
/// the catalogue: 4,000 × 10,000 additions = 40 ms.
const CHARACTER_LIMIT: usize = 4_000;

/// What is sought is more than one request may ask for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("fewer or shorter {what} (at most {limit} in one search)")]
pub struct TooCostly {
    /// What there is too much of.
    pub what: &'static str,
    /// How much there may be.
    pub limit: usize,
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
pub fn check<'a>(expressions: impl IntoIterator<Item = &'a Expression>) -> Result<(), TooCostly> {
    let mut cost = Cost::default();
    for expression in expressions {
        cost.add(expression);
    }
    for (what, sum, limit) in [
        ("conditions", cost.conditions, CLAUSE_LIMIT),
        ("words", cost.texts, TEXT_LIMIT),
        ("patterns", cost.patterns, PATTERN_LIMIT),
        ("characters in words and patterns", cost.characters, CHARACTER_LIMIT),
    ] {
        if sum > limit {
            return Err(TooCostly { what, limit });
        }
    }
    Ok(())
}

impl Cost {
    fn add(&mut self, expression: &Expression) {
        match expression {
            Expression::All | Expression::Nothing => {}
            Expression::Not(inner) | Expression::Boost(inner, _) => self.add(inner),
            Expression::And(parts) | Expression::Or(parts) | Expression::AtLeast(_, parts) => {
                for part in parts {
                    self.add(part);
                }
            }
            Expression::Prefer(required, optional) => {
                self.add(required);
                self.add(optional);
            }
            Expression::Is(field, matcher) => {
                self.conditions += 1;
                match matcher {
                    Matcher::Wildcard(pattern) => {
                        self.patterns += 1;
                        self.characters += pattern.len();
                    }
                    Matcher::TextRange(..) => self.patterns += 1,
                    Matcher::Term(text) | Matcher::Prefix(text) | Matcher::Near(text) if field.is_text() => {
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
        check(&parsed).err().map(|error| error.what)
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
        assert_eq!(refused(&[vec!["避難"; 201].join(" ")]), Some("words"));
        assert_eq!(refused(&["あ".repeat(5_000)]), Some("characters in words and patterns"));
        assert!(check(&[expression("title:[a TO b] -text:*", jiff::Timestamp::UNIX_EPOCH).expect("syntax")]).is_ok());
    }
}
