//! Short pages of fixed text.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;

use super::frame::Frame;
use super::{PageResult, page};
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::words::say;
use crate::schema::{Schemas, Sheet};

macro_rules! fixed {
    ($handler:ident, $template:ident, $path:literal, $title:literal, $section:literal) => {
        #[derive(Template)]
        #[template(path = $path)]
        struct $template {
            frame: Frame,
        }

        /// The page.
        pub(super) async fn $handler(State(app): State<Arc<App>>) -> PageResult {
            page(&$template { frame: Frame::new(&app, &say($title)).section($section) }, Access::SitePage)
        }
    };
}

fixed!(about, About, "about.html", "frame-about", "");
fixed!(terms, Terms, "terms.html", "frame-terms", "");
fixed!(accessibility, Accessibility, "accessibility.html", "frame-accessibility", "");

#[derive(Template)]
#[template(path = "help.html")]
struct Help {
    frame: Frame,
    /// The sheets of the standard, which the linked data names by their places on this page.
    sheets: &'static [Sheet],
}

/// `/help`.
pub(super) async fn help(State(app): State<Arc<App>>) -> PageResult {
    let frame = Frame::new(&app, &say("section-help"))
        .section("/help")
        .graph("/catalog")
        .feed(&say("feed-datasets"), "/feeds/dataset.atom".to_owned());
    page(&Help { frame, sheets: Schemas::bundled().sheets() }, Access::SitePage)
}
