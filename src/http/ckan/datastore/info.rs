//! `datastore_info`: the data dictionary.

use serde_json::{Value as Json, json};

use super::subject::subject;
use super::{field, kind};
use crate::count::access::Access;
use crate::http::ckan::packages::index;
use crate::http::ckan::{Answer, Call};
use crate::http::problem::Problem;
use crate::model::catalogue::Distribution;

pub(in crate::http::ckan) fn datastore_info(call: &Call) -> Result<Answer, Problem> {
    let subject = subject(call, &["id", "resource_id"])?;
    let table = subject.table.as_ref();
    let fields: Vec<Json> = table
        .shape
        .columns
        .iter()
        .map(|column| {
            let mut own = field(table, &column.name, false);
            own["schema"] = json!({
                "native_type": kind(column.kind.storage()),
                "is_index": false,
                "index_name": null,
                "notnull": false,
                "uniquekey": false,
            });
            own
        })
        .collect();
    let size_bytes = subject.distribution.and_then(Distribution::size_bytes).unwrap_or(0);
    let result = json!({
        "meta": {
            "id": subject.id,
            "count": index(table.records),
            "table_type": if subject.distribution.is_some() { "BASE TABLE" } else { "VIEW" },
            "size": size_bytes,
            "db_size": null,
            "idx_size": 0,
            "aliases": subject.alias.iter().collect::<Vec<_>>(),
        },
        "fields": fields,
    });
    Ok(Answer::new(result, Access::Other))
}
