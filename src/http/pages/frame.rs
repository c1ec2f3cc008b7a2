//! What surrounds every page: title, search field, navigation, and the addresses of style and script.

use std::borrow::Cow;

use crate::http::app::App;
use crate::http::assets::manifest;
use crate::http::dcat;
use crate::http::words::{self, Language, Markup};

/// The parts of the layout that differ from page to page.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// The title of the page; empty on the home page.
    pub(super) title: String,
    /// One sentence for search engines.
    pub(super) description: String,
    /// The title of the site.
    pub(super) site_title: String,
    /// Which entry of the navigation the page belongs to: its path, or nothing.
    pub(super) section: &'static str,
    /// The way from the home page to here, the page itself left out.
    pub(super) crumbs: Vec<Crumb>,
    /// The same thing in other forms.
    pub(super) alternates: Vec<Alternate>,
    /// What the page is about in schema.org's words: JSON-LD that nothing in it can end; empty on most pages.
    pub(super) structured: String,
    /// Whether the page holds a map that script may take over.
    pub(super) map: bool,
    /// Whether search engines should pass it over (a page of results, a page of an error).
    pub(super) unlisted: bool,
}

/// One step of the way to a page.
#[derive(Debug, Clone)]
pub(super) struct Crumb {
    pub(super) title: String,
    pub(super) href: String,
}

/// A machine's form of the page.
#[derive(Debug, Clone)]
pub(super) struct Alternate {
    pub(super) media_type: &'static str,
    pub(super) title: String,
    pub(super) href: String,
}

/// The page in a language.
#[derive(Debug, Clone)]
pub(super) struct InLanguage {
    pub(super) href: String,
    pub(super) tag: &'static str,
    pub(super) own_name: &'static str,
    pub(super) current: bool,
    /// Whether the head names it: easy Japanese has no tag of its own that search engines know.
    pub(super) is_alternate: bool,
}

/// The navigation: address and wording.
const SECTIONS: [(&str, &str); 5] = [
    ("/dataset", "section-dataset"),
    ("/map", "section-map"),
    ("/organization", "section-organization"),
    ("/stats", "section-stats"),
    ("/help", "section-help"),
];

#[expect(clippy::unused_self, reason = "templates reach wordings and assets through the frame")]
impl Frame {
    /// A frame with the site's own texts.
    pub(super) fn new(app: &App, title: &str) -> Self {
        Self {
            title: title.to_owned(),
            description: app.config.site_description.clone(),
            site_title: app.config.site_title.clone(),
            section: "",
            crumbs: Vec::new(),
            alternates: Vec::new(),
            structured: String::new(),
            map: false,
            unlisted: false,
        }
    }

    /// Names the entry of the navigation.
    #[must_use]
    pub(super) fn section(mut self, section: &'static str) -> Self {
        self.section = section;
        self
    }

    /// Adds a step of the way.
    #[must_use]
    pub(super) fn crumb(mut self, title: &str, href: impl Into<String>) -> Self {
        self.crumbs.push(Crumb { title: title.to_owned(), href: href.into() });
        self
    }

    /// Adds a machine's form.
    #[must_use]
    pub(super) fn alternate(mut self, media_type: &'static str, title: &str, href: String) -> Self {
        self.alternates.push(Alternate { media_type, title: title.to_owned(), href });
        self
    }

    /// Adds an Atom feed of what the page shows.
    #[must_use]
    pub(super) fn feed(self, title: &str, href: String) -> Self {
        self.alternate("application/atom+xml", title, href)
    }

    /// Adds the graph behind the page in all its syntaxes; `href` is its address without the ending.
    #[must_use]
    pub(super) fn graph(mut self, href: &str) -> Self {
        for (media_type, ending) in [
            ("text/turtle", "ttl"),
            ("application/rdf+xml", "rdf"),
            ("application/ld+json", "jsonld"),
            ("text/n3", "n3"),
        ] {
            self = self.alternate(media_type, &words::say("frame-graph"), format!("{href}.{ending}"));
        }
        self
    }

    /// Says in schema.org's words what the page is about.
    #[must_use]
    pub(super) fn structured(mut self, document: &serde_json::Value) -> Self {
        self.structured = dcat::in_page(document);
        self
    }

    /// The navigation for the template: address, words, whether this is it.
    pub(super) fn navigation(&self) -> impl Iterator<Item = (&'static str, Markup, bool)> + '_ {
        SECTIONS.into_iter().map(|(href, name)| (href, words::ruby(&words::say(name)), href == self.section))
    }

    /// The wording of that name, for attributes and titles.
    pub(super) fn say(&self, name: &str) -> Cow<'static, str> {
        words::say(name)
    }

    /// The same with one place filled in.
    pub(super) fn tell(&self, name: &str, place: &str, value: &(impl ToString + ?Sized)) -> Cow<'static, str> {
        words::tell(name, &[(place, &value.to_string())])
    }

    /// A wording as text of a page: in easy Japanese with readings.
    pub(super) fn ruby(&self, name: &str) -> Markup {
        words::ruby(&words::say(name))
    }

    /// A text of the data, which stays as it was published: on an English page marked as Japanese where it is.
    pub(super) fn data(&self, text: &str) -> Markup {
        words::published(text)
    }

    /// A text that was said before, with readings.
    pub(super) fn ruby_of(&self, text: &str) -> Markup {
        words::ruby(text)
    }

    /// A wording that holds links and other marks of HTML.
    pub(super) fn rich(&self, name: &str) -> Markup {
        words::rich(&words::say(name))
    }

    /// A wording whose only place is `$value`, with readings.
    pub(super) fn filled(&self, name: &str, value: &(impl ToString + ?Sized)) -> Markup {
        words::ruby(&words::tell(name, &[("value", &value.to_string())]))
    }

    /// A wording with two places, with readings.
    pub(super) fn tell_two(
        &self,
        name: &str,
        place: &str,
        value: &(impl ToString + ?Sized),
        other_place: &str,
        other: &(impl ToString + ?Sized),
    ) -> Markup {
        words::ruby(&words::tell(name, &[(place, &value.to_string()), (other_place, &other.to_string())]))
    }

    /// The language of the page, as `lang` says it.
    pub(super) fn language(&self) -> &'static str {
        words::spoken().tag()
    }

    /// Whether what is published, which is Japanese, stands on a page in another language.
    pub(super) fn is_foreign(&self) -> bool {
        words::spoken() == Language::English
    }

    /// The language that was asked for and the sentence, where the page is not in it.
    pub(super) fn other_language(&self) -> Option<(&'static str, Cow<'static, str>)> {
        let wanted = words::wanted();
        (wanted != words::spoken()).then(|| (wanted.tag(), words::said(wanted, "frame-japanese-only", &[])))
    }

    /// The page in all languages.
    pub(super) fn languages(&self) -> impl Iterator<Item = InLanguage> {
        Language::ALL.into_iter().map(|language| InLanguage {
            href: words::here_in(language),
            tag: language.tag(),
            own_name: language.own_name(),
            current: language == words::wanted(),
            is_alternate: language != Language::Easy,
        })
    }

    /// The path of an asset.
    pub(super) fn asset(&self, name: &str) -> String {
        manifest().path(name)
    }
}
