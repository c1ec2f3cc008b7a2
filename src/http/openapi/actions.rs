//! CKAN's actions, each under its own address. Their names and their help are those of [`ACTIONS`]; a test asks that every
//! read has its arguments and its result here.

use serde_json::{Value as Json, json};

use super::arguments::{Kind, body, may};
use super::operation::{Operation, Surface, get, in_path, in_query, name, one_of, post, text};
use super::reads::{LIMIT, OFFSET, READS, Read, object, objects};
use super::samples::Samples;
use crate::http::ckan::actions::{ACTIONS, Kind as Sort};
use crate::http::ckan::write;

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
const CHANGES: [(&str, &str); 20] = [
    ("package_create", "データセットを作る / make a dataset"),
    ("package_update", "データセットの記述を置き換える / replace the description of a dataset"),
    ("package_patch", "データセットの記述の一部を変える / change parts of it"),
    ("package_delete", "データセットを取り下げる / withdraw a dataset"),
    ("package_owner_org_update", "データセットを別の組織に移す / move a dataset to another organization"),
    ("resource_create", "ファイルを加える / add a file"),
    ("resource_update", "ファイルを置き換える / replace a file"),
    ("resource_patch", "ファイルの一部の項目を変える / change parts of a file's description"),
    ("resource_delete", "ファイルを取り除く / remove a file"),
    ("datastore_create", "表を行で作る / make a table of rows"),
    ("datastore_upsert", "行を加える、置き換える / add or replace rows"),
    ("datastore_delete", "行を取り除く / remove rows"),
    ("datastore_records_delete", "条件に合う行を取り除く / remove the rows that match"),
    ("resource_view_create", "プレビューの指定を受け取る / take the choice of a preview"),
    ("organization_create", "組織を登録する / register an organization"),
    ("organization_update", "組織の記述を置き換える / replace the description of an organization"),
    ("organization_patch", "組織の記述の一部を変える / change parts of it"),
    ("organization_delete", "組織を取り除く / remove an organization"),
    ("api_token_create", "トークンを作る / make a token"),
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
