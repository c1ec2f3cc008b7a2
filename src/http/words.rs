//! The wordings of the pages in three languages: Fluent catalogues of `web/words`, checked when the program is built
//! (`build.rs`).
//!
//! The language of a request is set once, by [`speak`], for everything its handler makes; what is made outside a
//! request is Japanese. Handlers and templates ask for a wording by its name ([`say`], [`tell`]).

use std::borrow::Cow;
use std::sync::LazyLock;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use http::header::{self, HeaderMap, HeaderValue};
use rust_embed::RustEmbed;
use unic_langid::LanguageIdentifier;

mod ruby;

pub use ruby::{Markup, published, rich, ruby};

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// Japanese as a city writes it.
    #[default]
    Japanese,
    /// やさしい日本語: Japanese for everyone.
    Easy,
    /// English.
    English,
}

impl Language {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::Japanese, Self::Easy, Self::English];

    /// Its name in addresses (`?lang=`), the cookie and the folder of its wordings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Japanese => "ja",
            Self::Easy => "ja-yasashii",
            Self::English => "en",
        }
    }

    /// The language of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.name() == name)
    }

    /// What `lang` of a page says (BCP 47): both kinds of Japanese are `ja`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Japanese | Self::Easy => "ja",
            Self::English => "en",
        }
    }

    /// What it calls itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::Japanese => "日本語",
            Self::Easy => "やさしい日本語",
            Self::English => "English",
        }
    }
}

/// The parameter and the cookie that hold a choice.
pub const CHOICE: &str = "lang";
/// Longest question of an address, bytes, that the links to the other languages repeat: each page holds five of them.
const QUESTION_LIMIT: usize = 2_000;
/// How long a choice is remembered: a year.
const CHOICE_SECONDS: u32 = 365 * 86_400;

/// What the pages of one request share.
#[derive(Debug, Clone)]
struct Spoken {
    language: Language,
    /// What was asked for: another language where a page is written in Japanese only.
    wanted: Language,
    path: String,
    /// The address's question without the choice of a language.
    question: Vec<(String, String)>,
}

tokio::task_local! {
    static SPOKEN: Spoken;
}

/// The language that was asked for.
pub fn wanted() -> Language {
    SPOKEN.try_with(|spoken| spoken.wanted).unwrap_or_default()
}

/// Makes an answer that is kept for others too: it is in the language of the request, and its links to other languages say
/// nothing of what else this address asked for.
pub async fn without_question<T>(make: impl Future<Output = T>) -> T {
    let spoken = SPOKEN.try_with(|spoken| Spoken { question: Vec::new(), ..spoken.clone() });
    match spoken {
        Ok(spoken) => SPOKEN.scope(spoken, make).await,
        Err(_) => make.await,
    }
}

/// The language of the request that is being answered; Japanese outside one.
pub fn spoken() -> Language {
    SPOKEN.try_with(|spoken| spoken.language).unwrap_or_default()
}

/// The address of the page that is being made, in a language; the choice alone outside a request.
pub fn here_in(language: Language) -> String {
    let (path, question) = SPOKEN.try_with(|spoken| (spoken.path.clone(), spoken.question.clone())).unwrap_or_default();
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    pairs.extend_pairs(question).append_pair(CHOICE, language.name());
    format!("{path}?{}", pairs.finish())
}

/// The wording of that name. A name that no catalogue has is said as it stands; the build fails over
/// those that are asked for by a literal (`build.rs`).
pub fn say(name: &str) -> Cow<'static, str> {
    tell(name, &[])
}

/// The wording of that name with its places filled in.
pub fn tell(name: &str, places: &[(&str, &str)]) -> Cow<'static, str> {
    said(spoken(), name, places)
}

/// The wording of that name in a language.
pub fn said(language: Language, name: &str, places: &[(&str, &str)]) -> Cow<'static, str> {
    let bundle = &BUNDLES[language as usize];
    let Some(pattern) = bundle.get_message(name).and_then(|message| message.value()) else {
        tracing::error!(name, "a wording is missing");
        return Cow::Owned(name.to_owned());
    };
    // One is a number to Fluent, which some languages say in another way; what has separators stays text.
    let value = |text| if text == "1" { FluentValue::from(1) } else { FluentValue::from(text) };
    let filled: FluentArgs<'_> = places.iter().map(|(place, text)| (*place, value(*text))).collect();
    let mut faults = Vec::new();
    let text = bundle.format_pattern(pattern, Some(&filled), &mut faults);
    if !faults.is_empty() {
        tracing::error!(name, ?faults, "a wording could not be filled in");
    }
    Cow::Owned(text.into_owned())
}

/// The wordings as they lie in the program.
#[derive(RustEmbed)]
#[folder = "web/words"]
#[include = "*.ftl"]
struct Catalogues;

static BUNDLES: LazyLock<[FluentBundle<FluentResource>; 3]> = LazyLock::new(|| Language::ALL.map(bundle));

fn bundle(language: Language) -> FluentBundle<FluentResource> {
    let tag: LanguageIdentifier = language.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // The marks that keep directions of writing apart are not wanted in attributes and files; all three run one way.
    bundle.set_use_isolating(false);
    let folder = format!("{}/", language.name());
    for file in Catalogues::iter().filter(|file| file.starts_with(&folder)) {
        let text = Catalogues::get(&file).map(|file| String::from_utf8_lossy(&file.data).into_owned());
        // What could not be read has already failed the build.
        let resource = match FluentResource::try_new(text.unwrap_or_default()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(%file, ?errors, "wordings were passed over");
        }
    }
    bundle
}

/// Sets the language of a request: `?lang=` where it names one, else the cookie of that name, else Japanese. A choice
/// by address is remembered in the cookie, which holds nothing but the language.
///
/// The browser's own `Accept-Language` is offered, not obeyed: a link shows everybody the same page.
pub async fn speak(request: Request, next: Next) -> Response {
    let (spoken, asked) = Spoken::of(&request);
    let language = spoken.language;
    let mut response = SPOKEN.scope(spoken, next.run(request)).await;
    name_language(response.headers_mut(), language, asked.is_some());
    response
}

/// For pages whose text is written in Japanese only: the whole page is Japanese, whatever was asked for, and its frame says
/// so in the language that was ([`wanted`]).
pub async fn in_japanese(request: Request, next: Next) -> Response {
    let Ok(heard) = SPOKEN.try_with(Clone::clone) else { return next.run(request).await };
    let spoken = Spoken { language: Language::Japanese, ..heard };
    let mut response = SPOKEN.scope(spoken, next.run(request)).await;
    if is_page(response.headers()) {
        let value = HeaderValue::from_static(Language::Japanese.tag());
        response.headers_mut().insert(header::CONTENT_LANGUAGE, value);
    }
    response
}

/// [`speak`] for an answer that no route makes.
pub fn speak_at_once(request: &Request, answer: impl FnOnce() -> Response) -> Response {
    let (spoken, asked) = Spoken::of(request);
    let language = spoken.language;
    let mut response = SPOKEN.sync_scope(spoken, answer);
    name_language(response.headers_mut(), language, asked.is_some());
    response
}

impl Spoken {
    /// What a request says, and the language that its address asks for.
    fn of(request: &Request) -> (Self, Option<Language>) {
        let query = request.uri().query();
        let asked = asked(query);
        let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let is_short = query.is_none_or(|query| query.len() <= QUESTION_LIMIT);
        let question = pairs.filter(|(key, _)| is_short && key != CHOICE);
        let language = asked.or_else(|| remembered(request.headers())).unwrap_or_default();
        let spoken = Self {
            language,
            wanted: language,
            path: request.uri().path().to_owned(),
            question: question.map(|(key, value)| (key.into_owned(), value.into_owned())).collect(),
        };
        (spoken, asked)
    }
}

/// Says the language of a page, and has a choice by address remembered.
fn name_language(headers: &mut HeaderMap, language: Language, is_chosen: bool) {
    if !is_page(headers) {
        return;
    }
    headers.entry(header::CONTENT_LANGUAGE).or_insert(HeaderValue::from_static(language.tag()));
    headers.append(header::VARY, HeaderValue::from_static("cookie"));
    let cookie = format!("{CHOICE}={}; Path=/; Max-Age={CHOICE_SECONDS}; SameSite=Lax", language.name());
    if is_chosen && let Ok(value) = HeaderValue::from_str(&cookie) {
        headers.append(header::SET_COOKIE, value);
    }
}

fn is_page(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

fn asked(query: Option<&str>) -> Option<Language> {
    let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.filter(|(key, _)| key == CHOICE).find_map(|(_, value)| Language::parse(&value))
}

fn remembered(headers: &HeaderMap) -> Option<Language> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == CHOICE)
        .find_map(|(_, value)| Language::parse(value))
}

/// Does something in a language.
#[cfg(test)]
fn in_language<T>(language: Language, act: impl FnOnce() -> T) -> T {
    SPOKEN.sync_scope(Spoken { language, wanted: language, path: "/".to_owned(), question: Vec::new() }, act)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_says_its_own() {
        let [japanese, easy, english] = Language::ALL.map(|language| said(language, "language", &[]));
        assert_eq!((&*japanese, &*easy, &*english), ("言語", "ことば", "Language"));
        assert_eq!(say("language"), japanese, "outside a request");
        assert_eq!(say("no-such-wording"), "no-such-wording");
    }

    /// A reading that is missing or wrong shows; this finds those that are missing.
    #[test]
    fn every_kanji_of_the_easy_wordings_has_a_reading() {
        let mut missing: Vec<String> = Vec::new();
        for file in Catalogues::iter().filter(|file| file.starts_with("ja-yasashii/")) {
            let text = Catalogues::get(&file).map(|file| String::from_utf8_lossy(&file.data).into_owned());
            for line in text.unwrap_or_default().lines().filter(|line| !line.trim_start().starts_with('#')) {
                let unread = ruby::unread(line);
                if !unread.is_empty() {
                    missing.push(format!("{file}: {unread} in {line}"));
                }
            }
        }
        assert!(missing.is_empty(), "{}", missing.join("\n"));
    }

    #[test]
    fn links_to_other_languages_keep_the_question() {
        let request = axum::http::Request::builder()
            .uri("/dataset?q=%E9%81%BF%E9%9B%A3&lang=en&theme=a%26b")
            .body(axum::body::Body::empty());
        let Ok(request) = request else { unreachable!("the request is whole") };
        let (spoken, asked) = Spoken::of(&request);
        assert_eq!(asked, Some(Language::English));
        let link = SPOKEN.sync_scope(spoken, || here_in(Language::Easy));
        assert_eq!(link, "/dataset?q=%E9%81%BF%E9%9B%A3&theme=a%26b&lang=ja-yasashii");
    }

    #[test]
    fn an_address_is_heard_before_the_cookie_and_nonsense_is_neither() {
        assert_eq!(asked(Some("q=a&lang=en")), Some(Language::English));
        assert_eq!(asked(Some("lang=xx&lang=ja-yasashii")), Some(Language::Easy));
        assert_eq!(asked(Some("lang=")), None);
        let cookie = |text: &str| {
            remembered(&HeaderMap::from_iter([(
                header::COOKIE,
                HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("")),
            )]))
        };
        assert_eq!(cookie("a=b; lang=en"), Some(Language::English));
        assert_eq!(cookie("xlang=en; lang=\"en\""), None);
    }
}
