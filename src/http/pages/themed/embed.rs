//! A themed map inside another site's page: picture or moving map, legend and sources, nothing around them.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawQuery, State as Extracted};
use axum::http::header;

use super::super::frame::Frame;
use super::super::{PageResult, page};
use super::state::{State, pairs};
use super::tree::{self, LegendLine, Source};
use super::{Screen, Shot, Tool, path_of, settings, shoot, themed, tools, view_of};
use crate::count::access::{Access, map_target};
use crate::http::app::App;
use crate::http::headers::embeddable_policy;

#[derive(Template)]
#[template(path = "themed_embed.html")]
struct Embed {
    frame: Frame,
    title: String,
    picture: Screen,
    tools: Vec<Tool>,
    legend: Vec<LegendLine>,
    sources: Vec<Source>,
    settings: String,
    /// The map on its own, in full.
    whole_href: String,
}

/// `/maps/{name}/embed`. Any site may frame it: it shows what is public, takes no input that changes anything, and the
/// only cookie, the language, is not sent to frames of other sites.
pub(super) async fn embed(
    Extracted(app): Extracted<Arc<App>>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let catalogue = app.catalogue();
    let map = themed(&app, &catalogue, &name)?;
    let state = State::parse(&pairs(raw.as_deref()), &map.layers)?;
    let view = view_of(&map, &state);
    let Shot { content, picture, .. } = shoot(&app, &catalogue, &map, &state, view, false).await?;
    let path = path_of(&map.name);
    let own = format!("{path}/embed");
    let mut frame = Frame::new(&app, &map.title());
    frame.map = true;
    frame.unlisted = true;
    let template = Embed {
        title: map.title(),
        tools: tools(&state, view, &own),
        legend: tree::legend(&map, &state),
        sources: tree::sources(&map, &state, &content),
        settings: settings(&map, &state, view, &path),
        whole_href: state.href(&path),
        frame,
        picture,
    };
    let mut answer = page(&template, Access::MapOpen { map: map_target(&map.name), embed: true })?;
    let policy = embeddable_policy(&app.config.base_map_hosts);
    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(answer)
}
