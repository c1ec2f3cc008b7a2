//! The licences a dataset may name.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;

use super::SchemaError;
use crate::model::catalogue::Licence;

const FILE: &str = "licences.toml";
const TEXT: &str = include_str!("../../schemas/licences.toml");

static BUNDLED: LazyLock<Bundled> =
    LazyLock::new(|| parse(TEXT).expect("a test parses the file that is part of the program"));

/// The file as it is used.
#[derive(Debug)]
struct Bundled {
    licences: Vec<Licence>,
    /// In which form the source is to be named, for each licence.
    attributions: Vec<String>,
    /// Names in the form of [`folded`], and which licence each names.
    names: HashMap<String, usize>,
}

/// All known licences, in the order of `schemas/licences.toml`.
pub fn licences() -> &'static [Licence] {
    &BUNDLED.licences
}

/// The licence that another catalogue names by an id, a title or an address; `None` where it cannot be told for certain
/// (also `cc-by` without a version).
///
/// ```
/// let named = |text| hiraku::schema::licence_named(text).map(|licence| licence.id.as_str());
/// assert_eq!(named("cc-by-40-intl"), Some("cc-by-4.0"));
/// assert_eq!(named("http://creativecommons.org/licenses/by/4.0/deed.ja"), Some("cc-by-4.0"));
/// assert_eq!(named("cc-by"), None);
/// ```
pub fn licence_named(text: &str) -> Option<&'static Licence> {
    let key = folded(text);
    if key.is_empty() {
        return None;
    }
    BUNDLED.names.get(&key).and_then(|&at| BUNDLED.licences.get(at))
}

/// The line by which a source is named under a licence: `publisher`, `title` and `page` in the form that
/// `schemas/licences.toml` gives. Empty where the licence asks for none.
pub fn attribution_line(licence: &str, publisher: &str, title: &str, page: &str) -> String {
    let at = BUNDLED.licences.iter().position(|own| own.id == licence);
    let form = at.and_then(|at| BUNDLED.attributions.get(at)).map_or("", String::as_str);
    let form = if page.is_empty() { form.replace("（{page}）", "") } else { form.to_owned() };
    // One pass, so that a title with braces of its own stays as it is.
    let mut line = String::new();
    let mut rest = form.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else { break };
        line.push_str(before);
        line.push_str(match name {
            "publisher" => publisher,
            "title" => title,
            "page" => page,
            _ => "",
        });
        rest = tail;
    }
    line.push_str(rest);
    line
}

/// Letters and digits alone, in one width and small; of an address neither scheme nor the page of a language.
fn folded(text: &str) -> String {
    let text = text.trim();
    let address = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let text = match address {
        Some(rest) => {
            let rest = rest.strip_prefix("www.").unwrap_or(rest).trim_end_matches('/');
            match rest.rsplit_once('/') {
                Some((whole, last)) if last.starts_with("legalcode") || last.starts_with("deed") => whole,
                _ => rest,
            }
        }
        None => text,
    };
    text.nfkc().flat_map(char::to_lowercase).filter(|letter| letter.is_alphanumeric()).collect()
}

/// The licence of this id.
pub fn licence(id: &str) -> Option<&'static Licence> {
    licences().iter().find(|licence| licence.id == id)
}

/// The licence of this id; one that is not known is shown as it was named, as not open.
pub fn licence_or_unknown(id: &str) -> Licence {
    licence(id).cloned().unwrap_or_else(|| Licence {
        id: id.to_owned(),
        title: if id == "notspecified" { "ライセンスの記載なし".to_owned() } else { id.to_owned() },
        url: String::new(),
        open: false,
    })
}

fn parse(text: &str) -> Result<Bundled, SchemaError> {
    #[derive(Deserialize)]
    struct File {
        licences: Vec<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        #[serde(flatten)]
        licence: Licence,
        attribution: String,
        #[serde(default)]
        known_as: Vec<String>,
    }
    let file: File =
        toml::from_str(text).map_err(|source| SchemaError::Toml { file: FILE, source: Box::new(source) })?;
    let mut bundled = Bundled { licences: Vec::new(), attributions: Vec::new(), names: HashMap::new() };
    for (index, Entry { licence, attribution, known_as }) in file.licences.into_iter().enumerate() {
        if bundled.licences.iter().any(|earlier| earlier.id == licence.id) {
            return Err(SchemaError::Rule { file: FILE, reason: format!("{} stands twice", licence.id) });
        }
        let own = [&licence.id, &licence.title, &licence.url];
        for name in own.into_iter().chain(&known_as) {
            if let Some(other) = bundled.names.insert(folded(name), index).filter(|other| *other != index) {
                let other = &bundled.licences[other].id;
                let reason = format!("{name} names {} and {other}", licence.id);
                return Err(SchemaError::Rule { file: FILE, reason });
            }
        }
        bundled.licences.push(licence);
        bundled.attributions.push(attribution);
    }
    Ok(bundled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_licences_of_japanese_open_data_are_known() {
        for id in ["pdl-1.0", "cc-by-4.0", "cc0-1.0", "gov-standard-2.0", "gsi-content", "ksj"] {
            let licence = licence(id).expect(id);
            assert!(licence.open && licence.url.starts_with("https://") && !licence.title.is_empty(), "{id}");
        }
        assert!(licence("unverified").is_none());
        assert!(parse(&format!("{TEXT}\n{TEXT}")).is_err());
    }
    #[test]
    fn names_that_other_catalogues_use_lead_to_one_licence_or_to_none() {
        for (name, id) in [
            ("cc-by-40-intl", Some("cc-by-4.0")),
            ("CC-BY-4.0", Some("cc-by-4.0")),
            ("ＣＣ　ＢＹ　４．０", Some("cc-by-4.0")),
            ("https://creativecommons.org/licenses/by/4.0/", Some("cc-by-4.0")),
            ("http://creativecommons.org/licenses/by/4.0/legalcode", Some("cc-by-4.0")),
            ("https://creativecommons.org/licenses/by/2.1/jp/deed.ja", Some("cc-by-2.1-jp")),
            ("cc-zero", Some("cc0-1.0")),
            ("PDL1.0", Some("pdl-1.0")),
            ("政府標準利用規約(第2.0版)", Some("gov-standard-2.0")),
            ("cc-by", None),
            ("https://creativecommons.org/licenses/by/3.0/", None),
            ("notspecified", None),
            ("other-closed", None),
            ("", None),
            ("（）", None),
        ] {
            assert_eq!(licence_named(name).map(|licence| licence.id.as_str()), id, "{name}");
        }
        for own in licences() {
            for name in [&own.id, &own.title, &own.url] {
                assert_eq!(licence_named(name).map(|found| &found.id), Some(&own.id), "{name}");
            }
        }
    }

    #[test]
    fn a_source_is_named_in_the_form_of_its_licence() {
        assert_eq!(
            attribution_line("cc-by-4.0", "焼津市", "{page} 一覧", "https://example.jp/a"),
            "焼津市「{page} 一覧」（https://example.jp/a）、CC BY 4.0"
        );
        assert_eq!(attribution_line("pdl-1.0", "焼津市", "公園", ""), "出典：焼津市「公園」");
        assert_eq!(attribution_line("cc0-1.0", "焼津市", "公園", "https://example.jp/a"), "");
        assert_eq!(attribution_line("none-such", "焼津市", "公園", ""), "");
    }
}
