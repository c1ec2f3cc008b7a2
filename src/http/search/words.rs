//! Words as a person types them into a search box, to [`Expression`].

use jiff::Timestamp;

use super::expression::{Expression, Field, Matcher};
use super::fold::fold;
use super::parse::{CLAUSE_LIMIT, expression, joined};

/// Words as a person types them; any text is one. Two words must both occur, of more a few may be missing
/// (`mm=2<-1 5<80%`); `+word`, `-word` and `"words in order"` mean what they say.
pub fn words(text: &str) -> Expression {
    let trimmed = text.trim();
    if matches!(trimmed, "" | "*" | "*:*" | "\"\"" | "''") {
        return Expression::All;
    }
    let has_operator = trimmed.split_whitespace().any(|word| matches!(word, "AND" | "OR" | "NOT" | "&&" | "||"));
    if has_operator && let Ok(expression) = expression(trimmed, Timestamp::UNIX_EPOCH) {
        return expression;
    }
    let (mut musts, mut nots, mut shoulds) = (Vec::new(), Vec::new(), Vec::new());
    for (mark, phrase, word) in split_words(trimmed).into_iter().take(CLAUSE_LIMIT) {
        let folded = fold(&word);
        if !folded.chars().any(char::is_alphanumeric) {
            continue;
        }
        let matcher = if phrase { Matcher::Term(folded) } else { Matcher::Near(folded) };
        let condition = Expression::Is(Field::Text, matcher);
        match mark {
            Some('+') => musts.push(condition),
            Some(_) => nots.push(Expression::Not(Box::new(condition))),
            None => shoulds.push(condition),
        }
    }
    let count = shoulds.len();
    let least = least(count);
    let mut all = musts;
    all.append(&mut nots);
    match shoulds.len() {
        0 => {}
        _ if least == count => all.append(&mut shoulds),
        _ => all.push(Expression::AtLeast(least, shoulds)),
    }
    joined(all, Expression::And)
}

/// How many of so many words must occur.
pub(super) fn least(count: usize) -> usize {
    match count {
        0..=2 => count,
        3..=5 => count - 1,
        _ => count * 4 / 5,
    }
}

/// Words with their mark (`+` or `-`) and whether they stood in quotes.
fn split_words(text: &str) -> Vec<(Option<char>, bool, String)> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let mut mark = None;
        if matches!(first, '+' | '-') {
            mark = Some(first);
            rest = &rest[1..];
        }
        if let Some(inner) = rest.strip_prefix('"')
            && let Some((phrase, after)) = inner.split_once('"')
        {
            words.push((mark, true, phrase.to_owned()));
            rest = after.trim_start();
            continue;
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        words.push((mark, false, word.trim_matches(['"', '(', ')', ',', '、', '。']).to_owned()));
        rest = after.trim_start();
    }
    words
}
