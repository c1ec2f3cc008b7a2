//! `datastore_search_sql`, where the setting `datastore_sql` is on.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::subject::found;
use crate::count::access::Access;
use crate::http::ckan::{Answer, Call};
use crate::http::problem::Problem;
use crate::store::select::{SelectError, TIME_LIMIT, statement};

/// What is said where the setting is off: CKAN's own words first, as of an action that is not there.
const OFF: &str = "Bad request - Action name not known: datastore_search_sql \
                   (SQL is off on this site; datastore_search answers filters, words and order. \
                   このサイトではSQLによる検索を提供していません。datastore_search をお使いください。)";

pub(in crate::http::ckan) fn datastore_search_sql(call: &Call) -> Result<Answer, Problem> {
    if !call.app.config.datastore_sql {
        return Err(Problem::BadRequest { detail: OFF.to_owned() });
    }
    let sql = call.arguments.required("sql")?;
    let catalogue = &call.published.catalogue;
    let checked = statement(&sql, &|name| found(catalogue, name).map(|(_, _, table)| table)).map_err(problem)?;
    // Few at once, and nobody waits for them on a thread: statements are costly, other answers are not.
    let Ok(_place) = Arc::clone(&call.app.statements).try_acquire_owned() else { return Err(Problem::Busy) };
    let selected = call.app.store.select(&checked, TIME_LIMIT).map_err(problem)?;
    let fields: Vec<Json> = selected.columns.iter().map(|(name, kind)| json!({ "id": name, "type": kind })).collect();
    let records: Vec<Json> = selected
        .rows
        .into_iter()
        .map(|row| {
            let names = selected.columns.iter().map(|(name, _)| name.clone());
            Json::Object(names.zip(row).collect::<Map<_, _>>())
        })
        .collect();
    let mut result = json!({ "sql": sql, "fields": fields, "records": records });
    if selected.is_cut {
        result["records_truncated"] = json!(true);
    }
    let first = checked.tables.first().and_then(|name| found(catalogue, name));
    let access = first.map_or(Access::Other, |(_, distribution, _)| Access::Rows(distribution.id.uuid()));
    Ok(Answer::new(result, access))
}

fn problem(error: SelectError) -> Problem {
    match error {
        SelectError::Forbidden(detail) => Problem::Forbidden { detail },
        SelectError::Store(error) => Problem::internal("running a statement", &error),
        SelectError::Syntax(_) | SelectError::Several | SelectError::Refused(_) | SelectError::TimedOut => {
            Problem::invalid("query", &error.to_string())
        }
    }
}
