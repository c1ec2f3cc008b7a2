//! What another catalogue says of a dataset to what is said of it here. Nothing is guessed: a licence or a publisher that
//! cannot be told for certain refuses the dataset, with what the operator can say to settle it.

use uuid::Uuid;

use super::{Fault, Remote, cut, fault};
use crate::model::code::MunicipalityCode;
use crate::model::harvest::Source;
use crate::model::name::Slug;
use crate::pipeline::source::NO_LICENCE;
use crate::pipeline::upload::{Described, Publisher};
use crate::schema::{Municipalities, Municipality, attribution_line, licence, licence_named};

/// Most tags of a dataset.
const TAGS: usize = 50;

/// What is said here, without the files. `known` is the name it has here already.
pub(super) fn describe(source: &Source, remote: &Remote, known: Option<&Slug>) -> Result<Described, Fault> {
    let municipality = publisher(source, remote)?;
    let licence = licence_of(source, remote)?;
    let name = known.cloned().unwrap_or_else(|| name(source, remote, municipality.code));
    let title = [&remote.title, &remote.names.first().cloned().unwrap_or_default()]
        .into_iter()
        .map(|title| cut(&title.replace('\n', " "), 300))
        .find(|title| !title.is_empty())
        .unwrap_or_else(|| name.to_string());
    let is_page = remote.page.starts_with("http://") || remote.page.starts_with("https://");
    let page = if is_page { cut(&remote.page.replace('\n', ""), 2_000) } else { String::new() };
    let mut attribution = cut(&remote.attribution.replace('\n', " "), 500);
    if attribution.is_empty() {
        attribution = attribution_line(&licence, &municipality.name, &title, &page);
    }
    if attribution.is_empty() {
        attribution = format!("{}「{title}」", municipality.name);
    }
    Ok(Described {
        name: name.to_string(),
        title,
        notes: cut(&remote.notes, 10_000),
        theme: cut(&remote.theme.replace('\n', " "), 100),
        tags: tags(&remote.tags),
        licence,
        attribution,
        page,
        retrieved: String::new(),
        publisher: Publisher { code: municipality.code.to_string(), name: municipality.name.clone() },
        files: Vec::new(),
    })
}

/// The municipality: the operator's word, else a code or a name that the catalogue gives.
fn publisher(source: &Source, remote: &Remote) -> Result<&'static Municipality, Fault> {
    let list = Municipalities::bundled();
    let of_code = |text: &str| {
        let code = MunicipalityCode::parse(text).or_else(|_| MunicipalityCode::from_five(text)).ok()?;
        list.by_code(code)
    };
    if let Some(code) = source.publisher
        && let Some(known) = list.by_code(code)
    {
        return Ok(known);
    }
    let prefecture = (!remote.prefecture.is_empty()).then_some(remote.prefecture.as_str());
    let words = remote.publishers.iter().map(|word| word.trim()).filter(|word| !word.is_empty());
    let mut found = words.clone().filter_map(|word| of_code(word).or_else(|| by_name(list, prefecture, word)));
    found.next().ok_or_else(|| {
        let said = cut(words.collect::<Vec<_>>().join(", ").as_str(), 100);
        fault(
            "publisher-unknown",
            format!(
                "公開団体が分かりません(「{said}」)。6桁の団体コードを harvest add の --publisher で指定してください。"
            ),
            format!("the publisher is not known ({said:?}); give its six-digit code by --publisher of harvest add"),
        )
    })
}

/// A municipality by its name, with its prefecture in front or not.
fn by_name(list: &'static Municipalities, prefecture: Option<&str>, word: &str) -> Option<&'static Municipality> {
    list.by_name(prefecture, word).or_else(|| {
        let mut prefectures = list.iter().filter(|own| own.code.five().ends_with("000"));
        let own = prefectures.find(|own| word.len() > own.name.len() && word.starts_with(&own.name))?;
        list.by_name(Some(&own.name), word.strip_prefix(own.name.as_str())?.trim())
    })
}

/// The id of the licence.
fn licence_of(source: &Source, remote: &Remote) -> Result<String, Fault> {
    let said: Vec<&str> = remote.licences.iter().map(|word| word.trim()).filter(|word| !word.is_empty()).collect();
    let mapped = |word: &str| source.licence_as.iter().find(|(own, _)| own.eq_ignore_ascii_case(word));
    if let Some((_, id)) = said.iter().find_map(|word| mapped(word)) {
        return Ok(id.clone());
    }
    // Ids and titles say it best: one page often tells of several licences.
    let (addresses, names): (Vec<&str>, Vec<&str>) = said.iter().partition(|word| word.starts_with("http"));
    let named = |words: &[&str]| {
        let mut ids: Vec<&str> =
            words.iter().filter_map(|word| licence_named(word)).map(|own| own.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let mut known = named(&names);
    if known.is_empty() {
        known = named(&addresses);
    }
    match known.as_slice() {
        [only] => return Ok((*only).to_owned()),
        [first, second, ..] => {
            return Err(fault(
                "licence-several",
                format!("ライセンスが「{first}」とも「{second}」とも書かれています。元のカタログを確かめてください。"),
                format!("the licence is said to be {first} and {second}; look at the catalogue it comes from"),
            ));
        }
        [] => {}
    }
    let nothing = said
        .iter()
        .all(|word| word.eq_ignore_ascii_case(NO_LICENCE) || word.eq_ignore_ascii_case("License not specified"));
    if !nothing {
        let shown = cut(said.first().copied().unwrap_or_default(), 100);
        return Err(fault(
            "licence-unknown",
            format!(
                "ライセンス「{shown}」が分かりません。何にあたるかを確かめ、harvest add の --licence-as '{shown}=ID' で指定してください。"
            ),
            format!(
                "the licence {shown:?} is not known; settle what it is by --licence-as '{shown}=ID' of harvest add"
            ),
        ));
    }
    if licence(&source.licence).is_some() {
        return Ok(source.licence.clone());
    }
    Err(fault(
        "licence-missing",
        "ライセンスが書かれていません。すべてに同じものを使ってよければ、harvest add の --licence で指定してください。"
            .to_owned(),
        "no licence is stated; where one holds for all, give it by --licence of harvest add".to_owned(),
    ))
}

/// The name here: that of the catalogue, where it is one and no machine's id.
fn name(source: &Source, remote: &Remote, code: MunicipalityCode) -> Slug {
    let fitting =
        remote.names.iter().map(|name| name.trim()).filter(|name| name.len() >= 2 && Uuid::parse_str(name).is_err());
    let mut slugs = fitting.filter_map(|name| Slug::parse(&format!("{}{name}", source.prefix)).ok());
    // A bare number names nothing by itself: the publisher's code stands in front.
    let found = slugs.next().filter(|slug| slug.as_str().bytes().any(|b| b.is_ascii_lowercase()));
    found.unwrap_or_else(|| {
        let prefix = if source.prefix.is_empty() { format!("{code}_") } else { source.prefix.clone() };
        Slug::from_digest(&prefix, &remote.remote)
    })
}

/// Tags with letters that a tag of CKAN may have.
fn tags(given: &[String]) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in given {
        let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_' | '.');
        let tag: String = tag.chars().map(|letter| if fits(letter) { letter } else { '-' }).collect();
        let tag: String = tag.trim_matches([' ', '-']).chars().take(100).collect();
        if tag.chars().count() >= 2 && !tags.contains(&tag) && tags.len() < TAGS {
            tags.push(tag);
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::harvest::Kind;

    fn source() -> Source {
        Source {
            name: Slug::parse("pref").expect("a name"),
            kind: Kind::Ckan,
            address: "https://example.jp".to_owned(),
            publisher: None,
            licence: String::new(),
            licence_as: vec![("CC-BY".to_owned(), "cc-by-4.0".to_owned())],
            prefix: String::new(),
            filter: String::new(),
        }
    }

    fn remote() -> Remote {
        Remote {
            remote: "0f1e".to_owned(),
            names: vec!["aed".to_owned()],
            title: "AED\u{7}設置箇所".to_owned(),
            licences: vec!["cc-by-40-intl".to_owned()],
            publishers: vec![String::new(), "222127".to_owned()],
            tags: vec!["AED・救急".to_owned(), "x".to_owned()],
            page: "javascript:alert(1)".to_owned(),
            ..Remote::default()
        }
    }

    #[test]
    fn what_a_catalogue_says_becomes_what_is_said_here() {
        let described = describe(&source(), &remote(), None).expect("described");
        assert_eq!((described.name.as_str(), described.title.as_str()), ("aed", "AED設置箇所"));
        assert_eq!((described.licence.as_str(), described.publisher.name.as_str()), ("cc-by-4.0", "焼津市"));
        assert_eq!(described.attribution, "焼津市「AED設置箇所」、CC BY 4.0");
        assert_eq!((described.tags.as_slice(), described.page.as_str()), (&["AED-救急".to_owned()][..], ""));
        assert_eq!(described.unfit().expect("judged"), None);
    }

    #[test]
    fn publishers_are_known_by_code_or_name_and_never_guessed() {
        for (words, code) in [
            (&["222127"][..], Some("222127")),
            (&["22212"], Some("222127")),
            (&["", "静岡県焼津市"], Some("222127")),
            (&["焼津市"], Some("222127")),
            (&["府中市"], None),
            (&["222128"], None),
            (&["観光課"], None),
            (&[], None),
        ] {
            let remote = Remote { publishers: words.iter().map(|w| (*w).to_owned()).collect(), ..remote() };
            let found = describe(&source(), &remote, None).map(|own| own.publisher.code);
            assert_eq!(found.ok().as_deref(), code, "{words:?}");
        }
    }

    #[test]
    fn a_licence_is_certain_or_the_dataset_is_refused() {
        for (words, fallback, outcome) in [
            (&["cc-by"][..], "", Ok("cc-by-4.0")),
            (&["", "https://creativecommons.org/licenses/by/4.0/deed.ja"], "", Ok("cc-by-4.0")),
            (&["cc-by-4.0", "CC BY-SA 4.0"], "", Err("licence-several")),
            (&["other-closed"], "cc-by-4.0", Err("licence-unknown")),
            (&["notspecified", "License not specified"], "pdl-1.0", Ok("pdl-1.0")),
            (&[], "pdl-1.0", Ok("pdl-1.0")),
            (&[], "", Err("licence-missing")),
        ] {
            let remote = Remote { licences: words.iter().map(|w| (*w).to_owned()).collect(), ..remote() };
            let source = Source { licence: fallback.to_owned(), ..source() };
            let found = describe(&source, &remote, None).map(|own| own.licence).map_err(|fault| fault.code);
            assert_eq!(found.as_deref().map_err(|code| *code), outcome, "{words:?}");
        }
    }

    #[test]
    fn names_stay_where_they_are_names() {
        for (names, prefix, expected) in [
            (&["aed"][..], "", "aed"),
            (&["aed"], "222127_", "222127_aed"),
            (&["2f1e3d4c-0000-4000-8000-000000000000", "aed"], "", "aed"),
            (&["AED 一覧", "222127_aed"], "", "222127_aed"),
        ] {
            let remote = Remote { names: names.iter().map(|n| (*n).to_owned()).collect(), ..remote() };
            let described =
                describe(&Source { prefix: prefix.to_owned(), ..source() }, &remote, None).expect("described");
            assert_eq!(described.name, expected, "{names:?}");
        }
        let nameless = Remote { names: vec!["1".to_owned(), "12".to_owned()], ..remote() };
        let first = describe(&source(), &nameless, None).expect("described").name;
        assert!(first.starts_with("222127_") && first.len() == 17, "{first}");
        let known = Slug::parse("kept").expect("a name");
        assert_eq!(describe(&source(), &remote(), Some(&known)).expect("described").name, "kept");
    }
}
