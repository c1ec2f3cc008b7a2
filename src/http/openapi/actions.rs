//! CKAN's actions, each under its own address. Their names and their help are those of [`ACTIONS`]; a test asks that every
//! read has its arguments and its result here.

use serde_json::{Value as Json, json};

use super::arguments::{Argument, Kind, Thing, body, may, must};
use super::operation::{Operation, Surface, get, in_path, in_query, name, one_of, post, schema, text};
use super::samples::Samples;
use crate::http::ckan::actions::{ACTIONS, Kind as Sort};
use crate::http::ckan::write;

/// What a read takes and gives.
struct Read {
    name: &'static str,
    arguments: &'static [Argument],
    result: fn() -> Json,
}

const fn read(name: &'static str, arguments: &'static [Argument], result: fn() -> Json) -> Read {
    Read { name, arguments, result }
}

const LIMIT: Argument = may("limit", Kind::Whole(None, None), "最大の件数 / most results");
const OFFSET: Argument = may("offset", Kind::Whole(Some(0), None), "飛ばす件数 / results passed over");
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

const READS: &[Read] = &[
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
                "並べ替え: score, name, title, metadata_created, metadata_modified, views_recent, views_total / order",
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
            may("sort", Kind::Such("package_count desc"), "並べ替え: name, title, package_count / order"),
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

fn object() -> Json {
    json!({ "type": "object" })
}

fn objects() -> Json {
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

/// CKAN's envelope around a result.
fn enveloped(result: &Json) -> Json {
    json!({
        "type": "object",
        "properties": { "help": { "type": "string" }, "success": { "const": true }, "result": result },
        "required": ["help", "success", "result"],
    })
}

/// The help of an action as a summary: the first sentence of each language.
fn summary(help: &str) -> String {
    let (japanese, rest) = help.split_once("。 ").unwrap_or((help, ""));
    let english = rest.split(". ").next().unwrap_or_default().trim_end_matches('.');
    format!("{japanese} / {english}")
}

const BASE: &str = "/api/3/action";

/// The operations under `/api` that are CKAN's.
pub(super) fn operations(samples: &Samples) -> Vec<Operation> {
    let mut all: Vec<Operation> = READS.iter().flat_map(|read| of_read(read, samples)).collect();
    all.extend(changes());
    all.extend(rest());
    all.extend(versions());
    all.extend(helpers());
    all
}

fn of_read(read: &Read, samples: &Samples) -> [Operation; 2] {
    let help = ACTIONS.iter().find(|action| action.name == read.name).map_or("", |action| action.help);
    let tag = if read.name.starts_with("datastore") { "rows" } else { "catalogue" };
    let path = format!("{BASE}/{}", read.name);
    let answer = enveloped(&(read.result)());
    let refused = [400, 403, 404, 409, 413, 503];
    let callback = in_query(
        "callback",
        "JSONPの関数名 / name of a function, for JSONP",
        &json!({ "type": "string", "pattern": "^[A-Za-z0-9_$.\\[\\]]{1,100}$" }),
    );
    let by_address = get(&path, read.name, tag, &summary(help))
        .with(read.arguments.iter().map(|argument| argument.in_address(samples)))
        .with([callback])
        .gives("答え / the answer", &[("application/json", answer.clone()), ("application/javascript", text())])
        .refuses(Surface::Ckan, &refused);
    let by_body = post(&path, &format!("{}_post", read.name), tag, &summary(help))
        .more("引数を本文で渡す。答えはGETと同じ / the same with the arguments in the body")
        .takes(&[("application/json", body(read.arguments))])
        .gives("答え / the answer", &[("application/json", answer)])
        .refuses(Surface::Ckan, &refused);
    [by_address, by_body]
}

/// What each change does, beside its name.
const CHANGES: [(&str, &str); 12] = [
    ("package_create", "データセットを作る / make a dataset"),
    ("package_update", "データセットの記述を置き換える / replace the description of a dataset"),
    ("package_patch", "データセットの記述の一部を変える / change parts of it"),
    ("package_delete", "データセットを取り下げる / withdraw a dataset"),
    ("resource_create", "ファイルを加える / add a file"),
    ("resource_update", "ファイルを置き換える / replace a file"),
    ("resource_patch", "ファイルの一部の項目を変える / change parts of a file's description"),
    ("resource_delete", "ファイルを取り除く / remove a file"),
    ("datastore_create", "表を行で作る / make a table of rows"),
    ("datastore_upsert", "行を加える、置き換える / add or replace rows"),
    ("datastore_delete", "行を取り除く / remove rows"),
    ("api_token_revoke", "トークンを無効にする / revoke a token"),
];

fn changes() -> Vec<Operation> {
    let of = |(name, words): &(&str, &str)| {
        post(&format!("{BASE}/{name}"), name, "changes", words)
            .by_token()
            .takes(&[("application/json", object()), ("multipart/form-data", object())])
            .gives(
                "答え。検査の結果が付く / the answer, with the findings",
                &[("application/json", enveloped(&json!({})))],
            )
            .refuses(Surface::Ckan, &[400, 403, 404, 409, 413, 503])
    };
    let by_address = |(name, _): &(&str, &str)| {
        get(&format!("{BASE}/{name}"), &format!("{name}_get"), "changes", "GETでは変更できません / no change by GET")
            .refuses(Surface::Ckan, &[400, 403, 503])
    };
    CHANGES.iter().flat_map(|change| [of(change), by_address(change)]).collect()
}

/// Actions that a CKAN has and this server refuses; and the older address of all.
fn rest() -> Vec<Operation> {
    let refused: Vec<&str> = ACTIONS
        .iter()
        .filter(|action| matches!(action.kind, Sort::Write | Sort::Staff) && !write::is_offered(action.name))
        .map(|action| action.name)
        .collect();
    let words = "提供していない操作 / an action that is not offered";
    let every: Vec<&str> = READS.iter().map(|read| read.name).chain(CHANGES.iter().map(|(name, _)| *name)).collect();
    let named = |words: &[&str]| in_path("name", "操作の名前 / name of the action", &one_of(words), None);
    let older = "古いアドレス。/api/3/action と同じ / an older address of /api/3/action";
    let statuses = [400, 403, 404, 409, 413, 503];
    let answer = [("application/json", enveloped(&json!({}))), ("application/javascript", text())];
    let older_path = "/api/action/{name}";
    let mut all = vec![
        get(&format!("{BASE}/{{name}}"), "refused", "catalogue", words)
            .with([named(&refused)])
            .refuses(Surface::Ckan, &statuses),
        post(&format!("{BASE}/{{name}}"), "refused_post", "catalogue", words)
            .with([named(&refused)])
            .takes(&[("application/json", object())])
            .refuses(Surface::Ckan, &statuses),
        get(older_path, "older", "catalogue", older)
            .with([named(&every)])
            .gives("答え / the answer", &answer)
            .refuses(Surface::Ckan, &statuses)
            .older(),
        post(older_path, "older_post", "catalogue", older)
            .with([named(&every)])
            .takes(&[("application/json", object())])
            .gives("答え / the answer", &answer)
            .refuses(Surface::Ckan, &statuses)
            .older(),
    ];
    // The changes have routes of their own there too.
    for (name, words) in CHANGES {
        let path = format!("/api/action/{name}");
        all.push(
            get(&path, &format!("older_{name}_get"), "changes", "GETでは変更できません / no change by GET")
                .refuses(Surface::Ckan, &[400, 403, 503])
                .older(),
        );
        all.push(
            post(&path, &format!("older_{name}"), "changes", words)
                .by_token()
                .takes(&[("application/json", object()), ("multipart/form-data", object())])
                .gives("答え / the answer", &[("application/json", enveloped(&json!({})))])
                .refuses(Surface::Ckan, &statuses)
                .older(),
        );
    }
    all
}

fn versions() -> Vec<Operation> {
    let answer =
        json!({ "type": "object", "properties": { "version": { "type": "integer" } }, "required": ["version"] });
    ["/api", "/api/", "/api/1", "/api/2", "/api/3", "/api/3/"]
        .into_iter()
        .enumerate()
        .map(|(number, path)| {
            get(path, &format!("version_{number}"), "catalogue", "APIの版 / version of the API")
                .gives("版 / the version", &[("application/json", answer.clone())])
                .refuses(Surface::Ckan, &[503])
        })
        .collect()
}

/// Helpers of forms, at four addresses each.
fn helpers() -> Vec<Operation> {
    let answer = json!({
        "type": "object",
        "properties": { "ResultSet": { "type": "object", "properties": { "Result": objects() }, "required": ["Result"] } },
        "required": ["ResultSet"],
    });
    let mut all = Vec::new();
    for (number, base) in ["/api/3/util", "/api/2/util", "/api/1/util", "/api/util"].into_iter().enumerate() {
        for (kind, id, words) in [
            ("dataset/autocomplete", "dataset", "データセットの候補 / datasets that fit what was typed"),
            ("tag/autocomplete", "tag", "タグの候補 / tags that fit what was typed"),
            ("resource/format_autocomplete", "format", "形式の候補 / formats that fit what was typed"),
        ] {
            let own = get(&format!("{base}/{kind}"), &format!("suggest_{id}_{number}"), "catalogue", words)
                .with([
                    may("incomplete", Kind::Such("避難"), "入力された文字 / what was typed")
                        .in_address(&Samples::default()),
                    may("limit", Kind::Whole(Some(10), None), "最大の件数 / most").in_address(&Samples::default()),
                ])
                .gives("候補 / what fits", &[("application/json", answer.clone())])
                .refuses(Surface::Ckan, &[409, 503]);
            all.push(if number == 0 { own } else { own.older() });
        }
    }
    all
}

/// `/datastore/dump/{id}`.
pub(super) fn dump(samples: &Samples) -> Operation {
    let arguments = [
        may("format", Kind::Words(&["csv", "tsv", "json", "xml"]), "形式 / the form"),
        may("bom", Kind::Flag(false), "BOMを付ける / with a byte order mark"),
        may("filters", Kind::Object, "項目と値のJSON / values by column as JSON"),
        may("q", Kind::Text, "言葉 / words"),
        may("fields", Kind::Text, "項目(カンマ区切り) / columns, with commas"),
        may("sort", Kind::Such("_id asc"), "並べ替え / order"),
        may("distinct", Kind::Flag(false), "同じ行を1つにする / equal rows once"),
        LIMIT,
        OFFSET,
    ];
    get("/datastore/dump/{id}", "dump", "rows", "表全体をファイルとして書き出す / a whole table as a file")
        .with([in_path(
            "id",
            "表のID、または別名 / id of a table, or its alias",
            &name(),
            samples.distribution.as_deref(),
        )])
        .with(arguments.iter().map(|argument| argument.in_address(samples)))
        .gives(
            "ファイル / the file",
            &[
                ("text/csv", text()),
                ("text/tab-separated-values", text()),
                ("application/json", json!({})),
                ("text/xml", text()),
            ],
        )
        .refuses(Surface::Plain, &[400, 404, 503])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_read_is_described_and_every_change_that_is_offered() {
        for action in ACTIONS {
            let described = READS.iter().any(|read| read.name == action.name);
            match action.kind {
                Sort::Read(_) | Sort::Search(_) | Sort::Rows(_) => assert!(described, "{}", action.name),
                Sort::Write | Sort::Staff => {
                    assert!(!described, "{}", action.name);
                    let offered = CHANGES.iter().any(|(name, _)| *name == action.name);
                    assert_eq!(offered, write::is_offered(action.name), "{}", action.name);
                }
            }
            let words = summary(action.help);
            assert!(words.split_once(" / ").is_some_and(|(_, english)| !english.is_empty()), "{words}");
        }
        for read in READS {
            assert!(ACTIONS.iter().any(|action| action.name == read.name), "{}", read.name);
        }
    }
}
