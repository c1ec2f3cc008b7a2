//! `access_figures`: the public statistics of a dataset or an organization.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value as Json, json};

use super::{Found, named};
use crate::count::access::Access;
use crate::count::statistics::{Scope, View};
use crate::http::app::App;
use crate::http::figures as kept;
use crate::http::problem::Problem;
use crate::model::time::{FiscalYear, japan_day};
use crate::schema::licence_or_unknown;

/// The id of the licence of all statistics (schemas/licences.toml).
const LICENCE: &str = "cc-by-4.0";

fn bad(detail: &str) -> Problem {
    Problem::BadRequest { detail: detail.to_owned() }
}

/// `access_figures`.
pub(super) async fn figures(app: &Arc<App>, given: &Map<String, Json>) -> Result<Found, Problem> {
    let text = |name: &str| given.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
    let catalogue = app.catalogue();
    let (scope, of, path) = match (text("dataset"), text("organization")) {
        (Some(name), None) => {
            let dataset = named(&catalogue, name)?;
            let of = json!({ "kind": "dataset", "name": dataset.name, "title": dataset.title });
            (Scope::Dataset(dataset.id.uuid()), of, format!("/stats/dataset/{}", dataset.name))
        }
        (None, Some(name)) => {
            let own = catalogue.organization(name).ok_or_else(|| Problem::NotFound {
                detail: "organization は6桁のコードです / organization is a six-digit name".to_owned(),
            })?;
            let of = json!({ "kind": "organization", "name": own.name, "title": own.title });
            (Scope::Organization(own.name.to_string()), of, format!("/stats/{}", own.name))
        }
        _ => {
            return Err(bad(
                "dataset か organization のどちらか一方を指定してください / give either dataset or organization",
            ));
        }
    };
    let this_year = FiscalYear::of(japan_day(app.clock.now()));
    let year = match text("fiscal_year") {
        None => this_year,
        Some(text) => FiscalYear::parse(text).ok().filter(|year| *year <= this_year).ok_or_else(|| {
            bad("fiscal_year は「R8」や「2026」のように、今年度までで指定してください / fiscal_year: R8 or 2026, up to the present one")
        })?,
    };
    let by_year = text("by") == Some("year");
    let view = if by_year { View::Years(this_year) } else { View::Months(year) };
    let counts = app.counts.clone().ok_or_else(|| Problem::NotFound {
        detail: "このサイトは利用状況を集計していません / this site keeps no figures".to_owned(),
    })?;
    let now = app.clock.now();
    let body = kept::answer(app, &format!("mcp {path} {view:?}"), async move {
        let read = tokio::task::spawn_blocking(move || counts.statistics(&scope, view, now)).await;
        let failed = |error: &dyn std::fmt::Display| Problem::internal("reading the figures", error);
        let statistics = read.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
        serde_json::to_vec(&statistics).map(Bytes::from).map_err(|error| failed(&error))
    })
    .await?;
    let statistics: Json =
        serde_json::from_slice(&body).map_err(|error| Problem::internal("reading the figures", &error))?;
    let url = format!("{}{path}", app.config.public_url());
    let licence = licence_or_unknown(LICENCE);
    let source = format!("出典 / source: {}（{} {}） {url}", app.config.site_title, licence.title, licence.url);
    let content = json!({
        "of": of,
        "by": if by_year { "year" } else { "month" },
        "url": url,
        "licence": { "id": licence.id, "title": licence.title, "url": licence.url },
        "statistics": statistics,
    });
    Ok(Found { content, source, access: Access::Other })
}
