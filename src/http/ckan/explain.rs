//! `ext_explain=true`: why each hit of `package_search` was found, in the order of the results.

use serde_json::{Value as Json, json};

use crate::http::pages::record_address;
use crate::http::search::Found;

/// `[{name, score, reasons: [{field, word, by, weight, text}], records: [{table, id, name, url}]}]`.
pub(super) fn explain(found: &Found, site: &str) -> Json {
    found
        .datasets
        .iter()
        .zip(&found.why)
        .map(|(dataset, why)| {
            let reasons: Json = why
                .reasons
                .iter()
                .map(|reason| {
                    json!({
                        "field": reason.part.name(),
                        "word": reason.word,
                        "by": reason.by.name(),
                        "weight": reason.weight,
                        "text": reason.text,
                    })
                })
                .collect();
            let records: Json = why
                .records
                .iter()
                .filter_map(|record| {
                    let key = dataset.tables.get(record.table)?.shape.key.as_str();
                    let address = record_address(dataset.name.as_str(), key, record.id);
                    Some(json!({ "table": key, "id": record.id, "name": record.name, "url": format!("{site}{address}") }))
                })
                .collect();
            json!({ "name": dataset.name, "score": why.score, "reasons": reasons, "records": records })
        })
        .collect()
}
