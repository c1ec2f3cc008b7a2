//! Short pages of fixed text.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;

use super::frame::Frame;
use super::{PageResult, page};
use crate::count::access::Access;
use crate::http::app::App;
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
            page(&$template { frame: Frame::new(&app, $title).section($section) }, Access::SitePage)
        }
    };
}

fixed!(about, About, "about.html", "このサイトについて", "");
fixed!(terms, Terms, "terms.html", "利用規約", "");
fixed!(accessibility, Accessibility, "accessibility.html", "アクセシビリティ方針", "");

#[derive(Template)]
#[template(path = "help.html")]
struct Help {
    frame: Frame,
    /// The sheets of the standard, which the linked data names by their places on this page.
    sheets: &'static [Sheet],
}

/// `/help`.
pub(super) async fn help(State(app): State<Arc<App>>) -> PageResult {
    let frame = Frame::new(&app, "使い方")
        .section("/help")
        .graph("/catalog")
        .feed("データセットの更新", "/feeds/dataset.atom".to_owned());
    page(&Help { frame, sheets: Schemas::bundled().sheets() }, Access::SitePage)
}
