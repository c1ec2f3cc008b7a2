//! The tools as they are shown: names, words in Japanese and English, and the schemas of what they take and give.

use std::sync::Arc;

use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Map, Value as Json, json};

/// Datasets in one answer, by default and at most: what a person reads, and what a program still carries whole.
pub(super) const DATASETS: (u64, u64) = (10, 50);
/// Rows in one answer, by default and at most. The answer goes out twice, as a value and as text, and is read by programs
/// whose memory is short; who wants whole tables takes `datastore_search` or the file.
pub(super) const ROWS: (u64, u64) = (20, 500);
/// Records near a position, by default and at most.
pub(super) const NEAR: (u64, u64) = (10, 100);
/// How far is looked where nothing is said, metres: a quarter of an hour on foot.
pub(super) const RADIUS_M: f64 = 1_000.0;
/// How far is looked at most, metres: across a prefecture.
pub(super) const RADIUS_CAP_M: f64 = 100_000.0;

/// One tool.
#[derive(Debug)]
pub(in crate::http) struct Offered {
    /// Its name.
    pub(in crate::http) name: &'static str,
    /// What it is called.
    pub(in crate::http) title: &'static str,
    /// What it does.
    pub(in crate::http) description: &'static str,
    input: fn() -> Json,
    output: fn() -> Json,
}

impl Offered {
    /// The schema of what it takes.
    pub(super) fn input(&self) -> Map<String, Json> {
        object((self.input)())
    }
}

fn object(schema: Json) -> Map<String, Json> {
    match schema {
        Json::Object(schema) => schema,
        _ => Map::new(),
    }
}

/// All tools, in the order in which they are used.
pub(in crate::http) const TOOLS: &[Offered] = &[
    Offered {
        name: "search_datasets",
        title: "データセットを探す / Find datasets",
        description: "データセットを言葉、組織、形式、タグ、範囲で探します。日本語の言いかえや読みでも見つかります。 \
                      Finds datasets by words (Japanese synonyms and readings included), organization, format, tag or \
                      area. Gives names for describe_dataset.",
        input: search_input,
        output: search_output,
    },
    Offered {
        name: "describe_dataset",
        title: "データセットを知る / Describe a dataset",
        description: "データセット1件の説明、ライセンス、出典、表とその項目(データ項目定義)、ファイルを返します。 \
                      Describes one dataset: what it is, licence, source, its tables with every column (data dictionary) \
                      and its files. Gives resource ids for query_rows and layer names for records_near.",
        input: describe_input,
        output: describe_output,
    },
    Offered {
        name: "query_rows",
        title: "表の行を調べる / Query rows",
        description: "表の行を、項目の値、言葉、並べ替えで調べます。totalは条件に合う行の総数です。 \
                      Queries rows of a table by values of columns, by words, in an order. total is the exact number of \
                      rows that match, so that counting needs no rows.",
        input: rows_input,
        output: rows_output,
    },
    Offered {
        name: "records_near",
        title: "位置の近くを調べる / Records near a position",
        description: "ある位置に近い順に、レイヤの記録を距離(メートル)とともに返します。 \
                      Gives the records of a layer nearest to a position, with their distance in metres.",
        input: near_input,
        output: near_output,
    },
    Offered {
        name: "access_figures",
        title: "利用状況を見る / See how much data is used",
        description: "データセットまたは組織がどれだけ使われたかを、月別または年度別に返します。少ない数は伏せるか丸めています。 \
                      Tells how much a dataset or an organization was used, by month or fiscal year. Small numbers are \
                      withheld or rounded.",
        input: figures_input,
        output: figures_output,
    },
];

/// The tools as clients list them.
pub(super) fn all() -> Vec<Tool> {
    let shown = |tool: &Offered| {
        let hints = ToolAnnotations::with_title(tool.title)
            .read_only(true)
            .destructive(false)
            .idempotent(true)
            .open_world(false);
        Tool::new(tool.name, tool.description, Arc::new(tool.input()))
            .with_title(tool.title)
            .with_raw_output_schema(Arc::new(object((tool.output)())))
            .with_annotations(hints)
    };
    TOOLS.iter().map(shown).collect()
}

fn text(description: &str) -> Json {
    json!({ "type": "string", "description": description })
}

fn whole(description: &str, (default, most): (u64, u64)) -> Json {
    json!({ "type": "integer", "minimum": 1, "maximum": most, "default": default, "description": description })
}

fn offset() -> Json {
    json!({
        "type": "integer", "minimum": 0, "maximum": 1_000_000_000, "default": 0,
        "description": "先頭から飛ばす件数 / how many to pass over",
    })
}

fn takes(properties: &Json, required: &[&str]) -> Json {
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn search_input() -> Json {
    takes(
        &json!({
            "q": text(
                "探す言葉。空なら全件 / words to look for; all datasets where empty. 例 / e.g. 避難所, AED, 図書館"
            ),
            "organization": text("組織のコード(6桁) / an organization's six-digit name, e.g. 222127"),
            "format": json!({
                "type": "string", "enum": crate::model::catalogue::Format::ALL.map(crate::model::catalogue::Format::name),
                "description": "ファイルの形式 / a format of its files",
            }),
            "tag": text("タグ / a tag"),
            "bbox": text(
                "範囲: 西端の経度,南端の緯度,東端の経度,北端の緯度 / west,south,east,north in degrees, e.g. 138.2,34.8,138.4,34.9"
            ),
            "limit": whole("最大の件数 / most datasets", DATASETS),
            "offset": offset(),
        }),
        &[],
    )
}

fn describe_input() -> Json {
    takes(&json!({ "dataset": text("データセットの名前またはID / name or id of the dataset") }), &["dataset"])
}

fn rows_input() -> Json {
    takes(
        &json!({
            "resource": text(
                "表のID(describe_dataset の tables[].resource) / id of the table, from tables[].resource of describe_dataset"
            ),
            "filters": json!({
                "type": "object",
                "description": "項目名と値。値を配列にすると、どれかに一致 / values by column, all must match; a list matches any. \
                                例 / e.g. {\"市区町村名\": \"焼津市\"}",
            }),
            "q": text("行のどこかに含まれる言葉 / words anywhere in the row"),
            "fields": json!({
                "type": "array", "items": { "type": "string" },
                "description": "返す項目。指定がなければすべて / columns to give; all by default",
            }),
            "sort": text("並べ替え / order, e.g. 名称 asc, 収容人数 desc"),
            "limit": whole("最大の行数 / most rows", ROWS),
            "offset": offset(),
        }),
        &["resource"],
    )
}

fn near_input() -> Json {
    takes(
        &json!({
            "layer": text(
                "レイヤの名前(describe_dataset の tables[].layer) / name of the layer, from tables[].layer of describe_dataset"
            ),
            "lon": json!({
                "type": "number", "minimum": -180, "maximum": 180, "description": "経度(度、WGS 84) / longitude, degrees",
            }),
            "lat": json!({
                "type": "number", "minimum": -90, "maximum": 90, "description": "緯度(度、WGS 84) / latitude, degrees",
            }),
            "radius_m": json!({
                "type": "number", "minimum": 1, "maximum": RADIUS_CAP_M, "default": RADIUS_M,
                "description": "調べる半径(メートル) / how far to look, metres",
            }),
            "limit": whole("最大の件数 / most records", NEAR),
            "with_shapes": json!({
                "type": "boolean", "default": false,
                "description": "線と面の形も返す(点の位置はいつも返す) / give lines and areas too; points always have theirs",
            }),
        }),
        &["layer", "lon", "lat"],
    )
}

fn figures_input() -> Json {
    takes(
        &json!({
            "dataset": text("データセットの名前またはID / name or id of a dataset"),
            "organization": text("組織のコード(6桁) / an organization's six-digit name"),
            "by": json!({
                "type": "string", "enum": ["month", "year"], "default": "month",
                "description": "月別か年度別 / by month or fiscal year",
            }),
            "fiscal_year": text("年度。指定がなければ今年度 / the fiscal year, R8 or 2026; the present one by default"),
        }),
        &[],
    )
}

/// What every answer says of where it comes from.
fn source() -> Json {
    json!({
        "type": "object",
        "properties": {
            "dataset": { "type": "string" },
            "title": { "type": "string" },
            "organization": { "type": "string" },
            "url": { "type": "string", "format": "uri" },
            "published_at": { "type": "string" },
            "attribution": { "type": "string" },
            "licence": licence(),
            "modified": { "type": "string" },
        },
        "required": ["dataset", "title", "url", "attribution", "licence"],
    })
}

fn licence() -> Json {
    json!({
        "type": "object",
        "properties": { "id": { "type": "string" }, "title": { "type": "string" }, "url": { "type": "string" } },
        "required": ["id", "title", "url"],
    })
}

fn gives(properties: &Json) -> Json {
    let required: Vec<&String> = properties.as_object().into_iter().flat_map(Map::keys).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn objects() -> Json {
    json!({ "type": "array", "items": { "type": "object" } })
}

fn search_output() -> Json {
    gives(&json!({
        "total": { "type": "integer" },
        "datasets": { "type": "array", "items": gives(&json!({
            "source": source(), "notes": { "type": "string" }, "formats": { "type": "array" }, "tables": objects(),
        })) },
        "organizations": objects(),
    }))
}

fn describe_output() -> Json {
    gives(&json!({
        "source": source(),
        "id": { "type": "string" },
        "notes": { "type": "string" },
        "theme": { "type": "string" },
        "tags": { "type": "array", "items": { "type": "string" } },
        "release": { "type": "integer" },
        "tables": { "type": "array", "items": gives(&json!({
            "title": { "type": "string" },
            "resource": { "type": ["string", "null"] },
            "layer": { "type": ["string", "null"] },
            "records": { "type": "integer" },
            "geometry": { "type": ["string", "null"] },
            "bbox": { "type": ["array", "null"], "items": { "type": "number" } },
            "columns": objects(),
        })) },
        "files": objects(),
    }))
}

fn rows_output() -> Json {
    gives(&json!({
        "source": source(), "total": { "type": "integer" }, "columns": objects(), "rows": objects(),
    }))
}

fn near_output() -> Json {
    gives(&json!({
        "source": source(),
        "total": { "type": "integer" },
        "records": { "type": "array", "items": gives(&json!({
            "id": { "type": "integer" },
            "distance_m": { "type": "number" },
            "page": { "type": "string", "format": "uri" },
            "properties": { "type": "object" },
            "geometry": { "type": ["object", "null"] },
        })) },
    }))
}

fn figures_output() -> Json {
    gives(&json!({
        "of": { "type": "object" },
        "by": { "type": "string" },
        "url": { "type": "string", "format": "uri" },
        "licence": licence(),
        "statistics": { "type": "object" },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_is_told_in_both_languages_and_only_reads() {
        for tool in all() {
            let words = tool.description.clone().unwrap_or_default();
            let is_japanese = |c: char| ('\u{3040}'..='\u{30ff}').contains(&c);
            assert!(words.contains(is_japanese) && words.ends_with('.'), "{}", tool.name);
            assert_eq!(tool.annotations.as_ref().and_then(|hints| hints.read_only_hint), Some(true));
            let properties = tool.input_schema.get("properties").and_then(Json::as_object).expect("an object");
            for (name, own) in properties {
                let words = own.get("description").and_then(Json::as_str).unwrap_or_default();
                assert!(words.contains(" / "), "{} {name}", tool.name);
            }
        }
    }
}
