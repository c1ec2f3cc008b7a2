//! Usage reports for those who reckon by COUNTER: the JSON of its Release 5.1 (Code of Practice, section 3; report of
//! datasets after the Code of Practice for Research Data), filled with what the counting definition counts. It is in
//! the style of COUNTER and not audited.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};
use jiff::civil::Date;
use serde_json::{Map, Value as Json, json};

use super::app::App;
use super::cache::Policy;
use super::problem::Problem;
use crate::count::access::Access;
use crate::count::statistics::{Item, View, YEARS, is_final, items};
use crate::count::target::organization_titles;
use crate::model::time::{FiscalYear, japan_day};

/// The routes; their paths are those of COUNTER's own API.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/counter/r51/status", get(status))
        .route("/api/counter/r51/reports", get(list))
        .route("/api/counter/r51/reports/dr", get(report))
        .route("/api/counter/r51/reports/dsr", get(report))
}

fn answer(status: StatusCode, body: &Json) -> Response {
    let mut response = (status, body.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, Policy::Revalidate.value());
    response.extensions_mut().insert(Access::Other);
    response
}

async fn status(State(app): State<Arc<App>>) -> Response {
    let active = app.counts.is_some();
    answer(
        StatusCode::OK,
        &json!([{ "Description": "COUNTER-style usage reports, not audited", "Service_Active": active }]),
    )
}

async fn list() -> Response {
    let report = json!({
        "Report_Name": "Dataset Report",
        "Report_ID": "DSR",
        "Release": "5.1",
        "Report_Description": "COUNTER-style, not audited / COUNTERの形式による報告(監査は受けていません)",
        "Path": "/r51/reports/dsr",
    });
    answer(StatusCode::OK, &json!([report]))
}

/// COUNTER's exceptions: 3020 and 3031 (Code of Practice, appendix D).
fn exception(status: StatusCode, code: u16, message: &str, data: &str) -> Response {
    answer(status, &json!({ "Code": code, "Message": message, "Data": data }))
}

/// `2026-04` or `2026-04-01`, `2026-04-30`: its month.
fn month(text: &str) -> Option<Date> {
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let whole = match text.len() {
        7 => format!("{text}-01"),
        10 => text.to_owned(),
        _ => return None,
    };
    plain(&whole).then(|| whole.parse::<Date>().ok()).flatten().map(Date::first_of_month)
}

async fn report(State(app): State<Arc<App>>, RawQuery(raw): RawQuery) -> Response {
    let arguments: BTreeMap<String, String> =
        url::form_urlencoded::parse(raw.unwrap_or_default().as_bytes()).into_owned().take(50).collect();
    let now = app.clock.now();
    let today = japan_day(now);
    let this_year = FiscalYear::of(today);
    let oldest = FiscalYear::new(this_year.year() - YEARS + 1).unwrap_or(this_year).first_day();
    let given = |name: &str, otherwise: Date| arguments.get(name).map_or(Some(otherwise), |text| month(text));
    let dates = given("begin_date", this_year.first_day()).zip(given("end_date", today.first_of_month()));
    let Some((first, last)) = dates.filter(|(first, last)| first <= last && oldest <= *first && *last <= today) else {
        let data = format!("begin_date, end_date: YYYY-MM, {}..{}", oldest.strftime("%Y-%m"), today.strftime("%Y-%m"));
        return exception(StatusCode::BAD_REQUEST, 3020, "Invalid Date Arguments", &data);
    };
    let Some(counts) = app.counts.clone() else {
        return exception(StatusCode::SERVICE_UNAVAILABLE, 1000, "Service Not Available", "no figures are kept here");
    };
    let found = tokio::task::spawn_blocking(move || {
        let view = View::Years(this_year);
        let sources = counts.statistics_sources(view)?;
        let unique = counts.unique_uses(view)?;
        Ok::<_, crate::store::StoreError>((items(&sources, &unique, (first, last), now), sources.definitions))
    })
    .await;
    let (items, definitions) = match found {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => return Problem::internal("reading the figures", &error).into_response(),
        Err(error) => return Problem::internal("reading the figures", &error).into_response(),
    };
    let titles = organization_titles(&app.catalogue());
    let site = app.config.public_url();
    let mut exceptions = Vec::new();
    if !is_final(last, today) {
        exceptions.push(json!({
            "Code": 3031,
            "Message": "Usage Not Ready for Requested Dates",
            "Data": "a month is reported from the second day after its end",
        }));
    }
    let used: Vec<&str> = definitions.iter().map(|used| used.id.as_str()).collect();
    let body = json!({
        "Report_Header": {
            "Report_Name": "Dataset Report",
            "Report_ID": "DSR",
            "Release": "5.1",
            "Institution_Name": "The World",
            "Institution_ID": { "Proprietary": ["hiraku:world"] },
            "Report_Filters": {
                "Begin_Date": first.to_string(),
                "End_Date": last.last_of_month().to_string(),
                "Data_Type": ["Dataset"],
            },
            "Report_Attributes": { "Attributes_To_Show": ["Access_Method"] },
            "Exceptions": exceptions,
            "Created": now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "Created_By": app.config.site_title,
            "Registry_Record": "",
            "Notes": "",
        },
        "Report_Items": items.iter().map(|item| report_item(item, &titles, &site, &app.config.site_title)).collect::<Vec<_>>(),
    });
    answer(StatusCode::OK, &with_notes(body, &used))
}

/// What a reader must know before comparing: where this differs from COUNTER.
fn with_notes(mut body: Json, definitions: &[&str]) -> Json {
    let notes = format!(
        "COUNTER-style, not audited / 監査は受けていません. Counting definition {}. Time zone Asia/Tokyo. Requests are \
         downloads and reads of rows by API; Regular is people with a browser, Machine is scripts and other programs; \
         robots on the COUNTER list are in neither. Repeats within 30 seconds count once, chains are not left open. \
         Figures under 5, and those that would give one back, are left out.",
        if definitions.is_empty() { "-".to_owned() } else { definitions.join(" ") }
    );
    if let Some(header) = body.get_mut("Report_Header").and_then(Json::as_object_mut) {
        header.insert("Notes".to_owned(), Json::from(notes));
    }
    body
}

fn report_item(item: &Item, titles: &BTreeMap<String, String>, site: &str, platform: &str) -> Json {
    let mut performance = Vec::new();
    let regular = [
        ("Total_Item_Investigations", &item.investigations),
        ("Unique_Item_Investigations", &item.unique_investigations),
        ("Total_Item_Requests", &item.requests),
        ("Unique_Item_Requests", &item.unique_requests),
    ];
    let machine = [("Total_Item_Requests", &item.machine_requests)];
    for (method, metrics) in [("Regular", regular.as_slice()), ("Machine", machine.as_slice())] {
        let mut of = Map::new();
        for (metric, months) in metrics.iter().filter(|(_, months)| !months.is_empty()) {
            let months: Map<String, Json> =
                months.iter().map(|(first, value)| (first.strftime("%Y-%m").to_string(), json!(value))).collect();
            of.insert((*metric).to_owned(), Json::Object(months));
        }
        if !of.is_empty() {
            performance.push(json!({ "Data_Type": "Dataset", "Access_Method": method, "Performance": of }));
        }
    }
    json!({
        "Item": if item.title.is_empty() { &item.name } else { &item.title },
        "Item_ID": {
            "Proprietary": format!("hiraku:{}", item.id),
            "URI": format!("{site}/dataset/{}", item.name),
        },
        "Publisher": titles.get(&item.organization).map_or("", String::as_str),
        "Platform": platform,
        "Attribute_Performance": performance,
    })
}
