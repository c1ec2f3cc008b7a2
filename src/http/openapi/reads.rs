//! The reads among CKAN's actions: what each takes and gives.

use serde_json::{Value as Json, json};

use super::arguments::{Argument, Kind, Thing, may, must};
use super::operation::{schema, text};

/// What a read takes and gives.
pub(super) struct Read {
    pub(super) name: &'static str,
    pub(super) arguments: &'static [Argument],
    pub(super) result: fn() -> Json,
}

const fn read(name: &'static str, arguments: &'static [Argument], result: fn() -> Json) -> Read {
    Read { name, arguments, result }
}

pub(super) const LIMIT: Argument = may("limit", Kind::Whole(None, None), "最大の件数 / most results");
pub(super) const OFFSET: Argument = may("offset", Kind::Whole(Some(0), None), "飛ばす件数 / results passed over");
const TRACKING: Argument =
    may("include_tracking", Kind::Flag(false), "利用の数(tracking_summary)を付ける / with numbers of uses");
const OF_DATASET: Argument =
    must("id", Kind::Of(Thing::Dataset), "データセットの名前またはID / name or id of a dataset");
const OF_ORGANIZATION: Argument =
    must("id", Kind::Of(Thing::Organization), "組織の名前またはID / name or id of an organization");
const OF_RESOURCE: Argument = must("id", Kind::Of(Thing::Distribution), "配布ファイルのID / id of a resource");
const OF_ANYTHING: Argument = must("id", Kind::Such("x"), "名前またはID / name or id");
const Q: Argument = may("q", Kind::Such("避難所"), "言葉 / words");
const TYPED: Argument = must("q", Kind::Such("避難"), "入力された文字 / what was typed");
const TAG_WORDS: Argument = may("query", Kind::Such("防災"), "言葉 / words");
const VOCABULARY: Argument = may("vocabulary_id", Kind::Text, "語彙(使っていません) / a vocabulary; none are in use");

pub(super) const READS: &[Read] = &[
    read("status_show", &[], object),
    read("site_read", &[], flag),
    read("help_show", &[must("name", Kind::Such("package_show"), "操作の名前 / name of an action")], text),
    read("license_list", &[], || list_of("Licence")),
    read("package_list", &[LIMIT, OFFSET], names),
    read("package_show", &[OF_DATASET, TRACKING], || whole_of("Package", &["id", "name", "title", "resources"])),
    read(
        "current_package_list_with_resources",
        &[may("limit", Kind::Whole(None, None), "最大の件数 / most results"), OFFSET],
        || list_of("Package"),
    ),
    read("package_autocomplete", &[TYPED, LIMIT], objects),
    read(
        "package_search",
        &[
            may("q", Kind::Such("避難所"), "言葉、またはSolrの式 / words, or an expression of Solr"),
            may("fq", Kind::Such("res_format:CSV"), "絞り込みの式 / an expression that narrows"),
            may("fq_list", Kind::List, "絞り込みの式の一覧 / several of them"),
            may("rows", Kind::Whole(Some(10), Some(1_000)), "最大の件数 / most results"),
            may("start", Kind::Whole(Some(0), None), "飛ばす件数 / results passed over"),
            may(
                "sort",
                Kind::Such("metadata_modified desc"),
                "並べ替え: score, name, title, metadata_created, metadata_modified, views_recent, views_total / order by score, \
                 name, title, metadata_created, metadata_modified, views_recent or views_total",
            ),
            may("facet", Kind::Flag(true), "ファセットを数える / count facets"),
            may("facet.field", Kind::List, "数える項目 / fields to count, e.g. [\"organization\",\"tags\"]"),
            may("facet.limit", Kind::Text, "値の最大の数。-1で無制限 / most values, -1 for all (default 50)"),
            may("facet.mincount", Kind::Whole(Some(1), None), "数の下限 / least count"),
            may("fl", Kind::Text, "返すキー / keys to give"),
            may("ext_bbox", Kind::Such("122,20,154,46"), "範囲: 西,南,東,北(度) / west,south,east,north in degrees"),
            may("ext_explain", Kind::Flag(false), "見つかった理由を付ける / say why each was found"),
            TRACKING,
        ],
        search_result,
    ),
    read("resource_show", &[OF_RESOURCE, TRACKING], || whole_of("Resource", &["id", "url", "format"])),
    read(
        "resource_search",
        &[
            must("query", Kind::Such("format:csv"), "項目:言葉 / field:term"),
            may("order_by", Kind::Text, "並べる項目 / field of the order"),
            LIMIT,
            OFFSET,
        ],
        || counted(&schema("Resource")),
    ),
    read("resource_view_list", &[OF_RESOURCE], objects),
    read("resource_view_show", &[OF_ANYTHING], object),
    read("format_autocomplete", &[must("q", Kind::Such("geo"), "入力された文字 / what was typed"), LIMIT], names),
    read(
        "organization_list",
        &[
            may("q", Kind::Text, "言葉 / words"),
            may(
                "sort",
                Kind::Such("package_count desc"),
                "並べ替え: name, title, package_count / order by name, title or package_count",
            ),
            may(
                "limit",
                Kind::Whole(None, Some(1_000)),
                "最大の件数(all_fieldsでは25) / most results, 25 with all_fields",
            ),
            OFFSET,
            may("organizations", Kind::Text, "この組織だけ / only these, with commas"),
            may("all_fields", Kind::Flag(false), "名前だけでなくすべて / all keys instead of names"),
        ],
        || json!({ "type": "array", "items": { "anyOf": [text(), schema("Organization")] } }),
    ),
    read(
        "organization_show",
        &[
            OF_ORGANIZATION,
            may("include_datasets", Kind::Flag(false), "データセット10件を付ける / with ten datasets"),
            may("include_dataset_count", Kind::Flag(true), "データセットの数を付ける / with the number of datasets"),
            may("include_extras", Kind::Flag(true), "コードと都道府県を付ける / with code and prefecture"),
        ],
        || whole_of("Organization", &["id", "name", "title"]),
    ),
    read("organization_autocomplete", &[may("q", Kind::Such("市"), "入力された文字 / what was typed"), LIMIT], objects),
    read("organization_list_for_user", &[], || list_of("Organization")),
    read("group_list", &[LIMIT, OFFSET], names),
    read("group_show", &[OF_ANYTHING], object),
    read("group_package_show", &[OF_ANYTHING], objects),
    read("group_autocomplete", &[Q], objects),
    read("group_list_authz", &[], objects),
    read(
        "tag_list",
        &[
            TAG_WORDS,
            may("all_fields", Kind::Flag(false), "名前だけでなくすべて / all keys instead of names"),
            VOCABULARY,
        ],
        || json!({ "type": "array", "items": { "anyOf": [text(), schema("Tag")] } }),
    ),
    read(
        "tag_show",
        &[
            must("id", Kind::Of(Thing::Tag), "タグの名前またはID / name or id of a tag"),
            may("include_datasets", Kind::Flag(false), "データセットを付ける / with its datasets"),
            VOCABULARY,
        ],
        || whole_of("Tag", &["id", "name"]),
    ),
    read("tag_search", &[TAG_WORDS, LIMIT, OFFSET, VOCABULARY], || counted(&schema("Tag"))),
    read("tag_autocomplete", &[TAG_WORDS, LIMIT, OFFSET, VOCABULARY], names),
    read("vocabulary_list", &[], objects),
    read("vocabulary_show", &[OF_ANYTHING], object),
    read("member_roles_list", &[], objects),
    read("recently_changed_packages_activity_list", &[LIMIT, OFFSET], objects),
    read("package_activity_list", &[OF_DATASET, LIMIT, OFFSET], objects),
    read("organization_activity_list", &[OF_ORGANIZATION, LIMIT, OFFSET], objects),
    read("group_activity_list", &[OF_ANYTHING, LIMIT, OFFSET], objects),
    read("package_relationships_list", &[OF_DATASET], objects),
    read("dataset_follower_count", &[OF_DATASET], number),
    read("group_follower_count", &[OF_ANYTHING], number),
    read("organization_follower_count", &[OF_ORGANIZATION], number),
    read(
        "datastore_search",
        &[
            must(
                "resource_id",
                Kind::Of(Thing::Distribution),
                "表(CSVの配布ファイル)のID、または別名 / id of a table's CSV resource, or its alias",
            ),
            may(
                "filters",
                Kind::Object,
                "項目と値のJSON。値は一覧や範囲でもよい / values by column as JSON; lists and ranges too",
            ),
            may("q", Kind::Text, "言葉、または項目ごとの言葉のJSON / words, or JSON of words by column"),
            may("plain", Kind::Flag(true), "qを式ではなく言葉として読む / read q as words, not as an expression"),
            may("full_text", Kind::Text, "全文の式 / an expression over the whole row"),
            may("language", Kind::Text, "受け取るだけで使わない / taken and not used"),
            may("distinct", Kind::Flag(false), "同じ行を1つにする / equal rows once"),
            may("fields", Kind::Text, "返す項目(カンマ区切り) / columns, with commas"),
            may("sort", Kind::Such("_id asc"), "並べ替え / order"),
            may("limit", Kind::Whole(Some(100), Some(crate::store::rows::MAX_ROWS)), "最大の行数 / most rows"),
            OFFSET,
            may("include_total", Kind::Flag(true), "総数を付ける / with the exact total"),
            may("records_format", Kind::Words(&["objects", "lists", "csv", "tsv"]), "行の形 / form of the rows"),
        ],
        || schema("Rows"),
    ),
    read("datastore_info", &[must("id", Kind::Of(Thing::Distribution), "表のID / id of a table")], || {
        json!({
            "type": "object",
            "properties": { "meta": { "type": "object" }, "fields": { "type": "array", "items": schema("Column") } },
            "required": ["meta", "fields"],
        })
    }),
    read(
        "datastore_search_sql",
        &[must(
            "sql",
            Kind::Text,
            "SELECT文1つ。設定 datastore_sql が有効なときだけ / one SELECT, where the site offers it",
        )],
        object,
    ),
    read("api_token_list", &[], objects),
];

pub(super) fn object() -> Json {
    json!({ "type": "object" })
}

pub(super) fn objects() -> Json {
    json!({ "type": "array", "items": { "type": "object" } })
}

fn names() -> Json {
    json!({ "type": "array", "items": { "type": "string" } })
}

fn flag() -> Json {
    json!({ "type": "boolean" })
}

fn number() -> Json {
    json!({ "type": "integer" })
}

fn list_of(name: &str) -> Json {
    json!({ "type": "array", "items": schema(name) })
}

/// A thing with the keys that it always has; asked for with `fl`, it has fewer.
fn whole_of(name: &str, keys: &[&str]) -> Json {
    json!({ "allOf": [schema(name), { "required": keys }] })
}

fn counted(of: &Json) -> Json {
    json!({
        "type": "object",
        "properties": { "count": { "type": "integer" }, "results": { "type": "array", "items": of } },
        "required": ["count", "results"],
    })
}

fn search_result() -> Json {
    json!({
        "type": "object",
        "properties": {
            "count": { "type": "integer", "description": "見つかった総数 / all that was found" },
            "results": { "type": "array", "items": schema("Package") },
            "sort": { "type": "string" },
            "facets": { "type": "object" },
            "search_facets": { "type": "object" },
            "explain": {},
        },
        "required": ["count", "results", "sort", "facets", "search_facets"],
    })
}
