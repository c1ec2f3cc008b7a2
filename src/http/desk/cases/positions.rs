//! Positions on a map drawn by the server, those that lie where none should marked and listed.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};

use super::check::seen;
use super::{Head, PageResult, blocking, frame, opened, piped, stored, writing};
use crate::http::app::App;
use crate::http::desk::frame::Frame;
use crate::http::desk::guard::Signed;
use crate::http::desk::page;
use crate::http::pages::spots::{Svg, draw};

/// Far positions that are listed; further ones are counted.
const LISTED: usize = 50;

struct Far {
    number: u64,
    row: u64,
    lon: String,
    lat: String,
}

struct TablePart {
    title: String,
    picture: Svg,
    placed: u64,
    far: u64,
    listed: Vec<Far>,
    has_boundary: bool,
}

#[derive(Template)]
#[template(path = "desk/cases/positions.html")]
struct Positions {
    frame: Frame,
    head: Head,
    parts: Vec<TablePart>,
}

/// `GET /desk/cases/{id}/positions`.
pub(super) async fn show(State(app): State<Arc<App>>, signed: Signed, Path(id): Path<String>) -> PageResult {
    let own = signed.clone();
    let (case, seen, land) = blocking(&app, move |app| {
        let case = opened(app, &own, &id)?;
        let seen = seen(writing(app)?, case.id).map_err(piped)?;
        let land = app.store.boundary(case.unit.code()).map_err(stored)?;
        Ok((case, seen, land))
    })
    .await?;
    let mut parts = Vec::new();
    for spots in seen.spots.iter().filter(|own| own.placed > 0) {
        let near: Vec<(f64, f64)> =
            spots.spots.iter().filter(|spot| !spot.is_far).map(|spot| (spot.lon_deg, spot.lat_deg)).collect();
        let far: Vec<_> = spots.spots.iter().filter(|spot| spot.is_far).take(LISTED).collect();
        let numbered: Vec<(u64, (f64, f64))> =
            far.iter().zip(1..).map(|(spot, number)| (number, (spot.lon_deg, spot.lat_deg))).collect();
        let title = if spots.table.is_empty() { case.about.title.clone() } else { spots.table.clone() };
        let description = format!("位置のあるデータ{}件。離れた位置{}件は白い丸で示す。", spots.placed, spots.far);
        parts.push(TablePart {
            picture: draw(format!("{title}の位置"), description, &land, &near, &numbered)?,
            title,
            placed: spots.placed,
            far: spots.far,
            listed: far
                .iter()
                .zip(1..)
                .map(|(spot, number)| Far {
                    number,
                    row: spot.row,
                    lon: format!("{:.5}", spot.lon_deg),
                    lat: format!("{:.5}", spot.lat_deg),
                })
                .collect(),
            has_boundary: !land.is_empty(),
        });
    }
    let template =
        Positions { frame: frame(&app, &signed, &case, "位置"), head: Head::new(&app, &case, "positions"), parts };
    page(&template)
}
