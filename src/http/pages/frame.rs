//! What surrounds every page: title, search field, navigation, and the addresses of style and script.

use std::borrow::Cow;

use crate::http::app::App;
use crate::http::assets::manifest;
use crate::http::dcat;
use crate::http::words;

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

/// The navigation: address and words.
const SECTIONS: [(&str, &str); 5] =
    [("/dataset", "データ"), ("/map", "地図"), ("/organization", "組織"), ("/stats", "利用状況"), ("/help", "使い方")];

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
            self = self.alternate(media_type, "メタデータ(DCAT)", format!("{href}.{ending}"));
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
    pub(super) fn navigation(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> + '_ {
        SECTIONS.into_iter().map(|(href, words)| (href, words, href == self.section))
    }

    /// The wording of that name in the language of the request.
    #[expect(clippy::unused_self, reason = "templates reach wordings through the frame")]
    pub(super) fn say(&self, name: &str) -> Cow<'static, str> {
        words::say(name)
    }

    /// The same with one place filled in.
    #[expect(clippy::unused_self, reason = "templates reach wordings through the frame")]
    pub(super) fn tell(&self, name: &str, place: &str, text: &str) -> Cow<'static, str> {
        words::tell(name, &[(place, text)])
    }

    /// The language of the page, as `lang` says it.
    #[expect(clippy::unused_self, reason = "templates reach the language through the frame")]
    pub(super) fn language(&self) -> &'static str {
        words::spoken().tag()
    }

    /// The path of an asset.
    #[expect(clippy::unused_self, reason = "templates reach assets through the frame")]
    pub(super) fn asset(&self, name: &str) -> String {
        manifest().path(name)
    }
}
