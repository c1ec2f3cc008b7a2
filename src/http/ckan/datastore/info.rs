//! `datastore_info`: the data dictionary.

use serde_json::{Value as Json, json};

use super::{field, kind, table};
use crate::count::access::Access;
use crate::http::ckan::packages::index;
use crate::http::ckan::{Answer, Call};
use crate::http::problem::Problem;

pub(in crate::http::ckan) fn datastore_info(call: &Call) -> Result<Answer, Problem> {
    let (distribution, table) = table(call, &["id", "resource_id"])?;
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
    let result = json!({
        "meta": {
            "id": distribution.id,
            "count": index(table.records),
            "table_type": "BASE TABLE",
            "size": distribution.size_bytes,
            "db_size": null,
            "idx_size": 0,
            "aliases": [],
        },
        "fields": fields,
    });
    Ok(Answer { result, access: Access::Other })
}
