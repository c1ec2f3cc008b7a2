//! Readings above kanji (ふりがな) on the pages in easy Japanese, and wordings as HTML.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use super::{Language, spoken};

/// A wording as HTML: in easy Japanese its words have their readings above them.
pub fn ruby(text: &str) -> Markup {
    let mut html = String::with_capacity(text.len() * 2);
    read(text, &mut html);
    Markup(together(html))
}

fn read(text: &str, html: &mut String) {
    if spoken() == Language::Easy { annotate(text, html) } else { escape(text, html) }
}

/// One element around what has readings: a button or a box that places its parts would place each word by itself.
fn together(html: String) -> String {
    if html.contains("<ruby>") { format!("<span>{html}</span>") } else { html }
}

/// A wording that holds marks of HTML. They are those of the catalogues: nothing filled in may come this way.
pub fn rich(text: &str) -> Markup {
    let mut html = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('<') {
        read(before, &mut html);
        let (mark, behind) = behind.split_once('>').unwrap_or((behind, ""));
        html.extend(["<", mark, ">"]);
        rest = behind;
    }
    read(rest, &mut html);
    Markup(together(html))
}

/// A text of the data as HTML: on an English page marked as Japanese where it is.
pub fn published(text: &str) -> Markup {
    let mut html = String::with_capacity(text.len() + 32);
    let is_marked = spoken() == Language::English && text.chars().any(is_japanese);
    if is_marked {
        html.push_str("<span lang=\"ja\">");
    }
    escape(text, &mut html);
    if is_marked {
        html.push_str("</span>");
    }
    Markup(html)
}

fn is_japanese(letter: char) -> bool {
    is_kanji(letter) || matches!(letter, '\u{3001}'..='\u{303F}' | '\u{3040}'..='\u{30FF}' | '\u{FF66}'..='\u{FF9F}')
}

/// HTML that was escaped where it was made.
#[derive(Debug, Clone)]
pub struct Markup(String);

impl fmt::Display for Markup {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl askama::FastWritable for Markup {
    fn write_into(&self, to: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        Ok(to.write_str(&self.0)?)
    }
}

impl askama::filters::HtmlSafe for Markup {}

/// Readings by word, of words that hold a kanji: `web/words/ruby.txt`.
static READINGS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let lines = include_str!("../../../web/words/ruby.txt").lines();
    lines.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t')).collect()
});

/// Letters of the longest word.
static LONGEST: LazyLock<usize> =
    LazyLock::new(|| READINGS.keys().map(|word| word.chars().count()).max().unwrap_or_default());

/// The longest word with a reading at the beginning of a text.
fn reading(text: &str) -> Option<(&str, &'static str)> {
    let mut ends: Vec<usize> = text.char_indices().map(|(at, _)| at).skip(1).take(*LONGEST).collect();
    if ends.len() < *LONGEST {
        ends.push(text.len());
    }
    ends.iter().rev().filter_map(|end| text.get(..*end)).find_map(|word| Some((word, *READINGS.get(word)?)))
}

/// A kanji, or the mark that repeats one.
fn is_kanji(letter: char) -> bool {
    matches!(letter, '々' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}')
}

/// The kanji of a text that stand in no word with a reading.
#[cfg(test)]
pub(super) fn unread(text: &str) -> String {
    let mut unread = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if is_kanji(letter) {
            if let Some((word, _)) = reading(rest) {
                rest = &rest[word.len()..];
                continue;
            }
            unread.push(letter);
        }
        rest = &rest[letter.len_utf8()..];
    }
    unread
}

fn annotate(text: &str, html: &mut String) {
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let read = if is_kanji(letter) { reading(rest) } else { None };
        let Some((word, reading)) = read else {
            escape_letter(letter, html);
            rest = &rest[letter.len_utf8()..];
            continue;
        };
        // What stands in kana at the end of a word is read as it stands: 選ぶ is 選(えら)ぶ.
        let tail: usize = word.chars().rev().take_while(|letter| !is_kanji(*letter)).map(char::len_utf8).sum();
        let (stem, tail) = word.split_at(word.len() - tail);
        let stem_reading = reading.strip_suffix(tail).unwrap_or(reading);
        for part in ["<ruby>", stem, "<rp>(</rp><rt>", stem_reading, "</rt><rp>)</rp></ruby>", tail] {
            html.push_str(part);
        }
        rest = &rest[word.len()..];
    }
}

fn escape(text: &str, html: &mut String) {
    text.chars().for_each(|letter| escape_letter(letter, html));
}

fn escape_letter(letter: char, html: &mut String) {
    match letter {
        '<' => html.push_str("&#60;"),
        '>' => html.push_str("&#62;"),
        '&' => html.push_str("&#38;"),
        '"' => html.push_str("&#34;"),
        '\'' => html.push_str("&#39;"),
        other => html.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_stand_above_words_and_everything_is_escaped() {
        let easy = |text: &str| super::super::in_language(Language::Easy, || ruby(text).to_string());
        let within = |stem: &str, reading: &str| format!("<ruby>{stem}<rp>(</rp><rt>{reading}</rt><rp>)</rp></ruby>");
        assert_eq!(easy("<b>選ぶ&\"'"), format!("<span>&#60;b&#62;{}ぶ&#38;&#34;&#39;</span>", within("選", "えら")));
        assert_eq!(easy("地図を"), format!("<span>{}を</span>", within("地図", "ちず")));
        assert_eq!(easy("龘"), "龘", "a kanji without a reading stays");
        assert_eq!(ruby("選ぶ<").to_string(), "選ぶ&#60;", "in Japanese for everyone nothing is above");
    }
}
