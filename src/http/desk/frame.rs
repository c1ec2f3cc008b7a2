//! What surrounds every page of the desk.

use std::borrow::Cow;

use super::guard::Signed;
use crate::http::app::App;
use crate::http::assets::manifest;
use crate::http::words;
use crate::model::account::{Verb, may_somewhere};

/// The parts of the desk's layout that differ from page to page.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The title of the page.
    pub title: String,
    /// The title of the site.
    pub site_title: String,
    /// Who is signed in; empty = nobody.
    pub person: String,
    /// What the forms of the page carry in the field `csrf`.
    pub form_token: String,
    /// The navigation: address, words, whether this is it.
    pub sections: Vec<(&'static str, &'static str, bool)>,
    /// The way from the first page of the desk to here, the page itself left out: words and address.
    pub crumbs: Vec<(String, String)>,
    /// Whether the page holds a map that script may take over.
    pub map: bool,
}

/// The navigation: address, words, and the verb without which it is not shown.
const SECTIONS: &[(&str, &str, Verb)] = &[
    ("/desk", "ホーム", Verb::Desk),
    ("/desk/cases", "案件", Verb::DatasetRead),
    ("/desk/accounts", "アカウント", Verb::AccountRead),
    ("/desk/organizations", "部署", Verb::OrganizationEdit),
    ("/desk/tokens", "APIトークン", Verb::TokenEdit),
    ("/desk/audit", "監査記録", Verb::AuditRead),
    ("/desk/own", "自分の設定", Verb::OwnAccount),
];

impl Frame {
    /// The frame of a page for somebody who is signed in.
    pub fn new(app: &App, signed: &Signed, title: &str) -> Self {
        let sections = SECTIONS.iter().filter(|(_, _, verb)| may_somewhere(&signed.actor, *verb));
        Self {
            person: signed.actor.name.clone(),
            form_token: signed.form_token().to_owned(),
            sections: sections.map(|(href, words, _)| (*href, *words, false)).collect(),
            ..Self::outside(app, title)
        }
    }

    /// The frame of a page for nobody in particular.
    pub fn outside(app: &App, title: &str) -> Self {
        Self {
            title: title.to_owned(),
            site_title: app.config.site_title.clone(),
            person: String::new(),
            form_token: String::new(),
            sections: Vec::new(),
            crumbs: Vec::new(),
            map: false,
        }
    }

    /// The same with the token of a visit, for a form before the sign-in.
    #[must_use]
    pub fn with_form_token(mut self, token: &str) -> Self {
        token.clone_into(&mut self.form_token);
        self
    }

    /// Names the entry of the navigation, by its address.
    #[must_use]
    pub fn section(mut self, section: &str) -> Self {
        for (href, _, current) in &mut self.sections {
            *current = *href == section;
        }
        self
    }

    /// Adds a step of the way.
    #[must_use]
    pub fn crumb(mut self, title: &str, href: &str) -> Self {
        self.crumbs.push((title.to_owned(), href.to_owned()));
        self
    }

    /// The wording of that name in the language of the request.
    pub fn say(&self, name: &str) -> Cow<'static, str> {
        words::say(name)
    }

    /// The path of an asset.
    pub fn asset(&self, name: &str) -> String {
        manifest().path(name)
    }
}
