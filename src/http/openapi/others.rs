//! Files of datasets, exports of tables, figures for programs, the tools' endpoint, and the site's own documents.

use serde_json::json;

use super::operation::{Operation, Surface, bytes, get, in_path, in_query, name, post, text, whole};
use super::samples::Samples;
use super::{MEDIA_TYPE, PATH, actions};
use crate::http::{llms, mcp};
use crate::model::catalogue::Format;

/// The operations.
pub(super) fn operations(samples: &Samples) -> Vec<Operation> {
    let mut all = vec![actions::dump(samples)];
    all.extend(downloads(samples));
    all.extend(counter());
    all.push(tools());
    all.extend(documents(samples));
    all
}

fn downloads(samples: &Samples) -> Vec<Operation> {
    let mut kinds: Vec<(&str, serde_json::Value)> =
        Format::ALL.iter().map(|format| (format.media_type().split(';').next().unwrap_or_default(), bytes())).collect();
    kinds.dedup_by(|a, b| a.0 == b.0);
    let file = |path: &str, id: &str, words: &str| {
        get(path, id, "files", words)
            .with([
                in_path("name", "データセットの名前 / name of a dataset", &name(), samples.dataset.as_deref()),
                in_path("id", "配布ファイルのID / id of a file", &name(), samples.distribution.as_deref()),
            ])
            .gives("ファイル / the file", &kinds)
            .answers(206, "一部分(Range) / a part of it (Range)", &kinds)
            .unchanged()
            .refuses(Surface::Plain, &[404, 412, 416, 503])
    };
    let own = "/dataset/{name}/resource/{id}/download";
    let mut of_table: Vec<(&str, serde_json::Value)> = kinds.clone();
    for kind in [
        "application/json",
        "application/zip",
        "application/geopackage+sqlite3",
        "application/vnd.google-earth.kml+xml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "text/plain",
    ] {
        if of_table.iter().all(|(own, _)| *own != kind) {
            of_table.push((kind, bytes()));
        }
    }
    let table = |path: &str, id: &str, words: &str| {
        get(path, id, "files", words)
            .with([
                in_path("name", "データセットの名前 / name of a dataset", &name(), samples.dataset.as_deref()),
                in_path("file", "表の名前と形式(表.xlsx など) / table and format, as table.xlsx", &name(), None),
            ])
            .gives("ファイル / the file", &of_table)
            .answers(206, "一部分(Range) / a part of it (Range)", &of_table)
            .unchanged()
            .refuses(Surface::Plain, &[400, 404, 412, 416, 503])
    };
    vec![
        table("/dataset/{name}/download/{file}", "downloadTable", "表を好きな形式で / a table in any format"),
        table(
            "/dataset/{name}/release/{number}/download/{file}",
            "downloadTableOfRelease",
            "その版の表を好きな形式で / a table of that release in any format",
        )
        .with([in_path("number", "版の番号 / number of the release", &whole(1, None, None), Some("1"))]),
        file(&format!("{own}/{{file_name}}"), "download", "ファイルをダウンロードする / download a file").with([
            in_path(
                "file_name",
                "保存するときの名前。どれでもよい / the name it is saved under; any will do",
                &name(),
                samples.file_name.as_deref(),
            ),
        ]),
        file(own, "downloadUnnamed", "同じ、名前なし / the same without a name").older(),
    ]
}

fn counter() -> Vec<Operation> {
    let object = || json!({ "type": "object" });
    let base = "/api/counter/r51";
    let exception = [("application/json", object())];
    let month = |name: &str, words: &str| {
        in_query(name, words, &json!({ "type": "string", "pattern": "^\\d{4}-\\d{2}(-\\d{2})?$" }))
    };
    let report = |path: &str, id: &str| {
        get(
            &format!("{base}/reports/{path}"),
            id,
            "figures",
            "COUNTER 5.1の形の利用報告 / usage report in the form of COUNTER 5.1",
        )
        .with([
            month("begin_date", "始まりの月 / first month, YYYY-MM"),
            month("end_date", "終わりの月 / last month, YYYY-MM"),
        ])
        .gives("報告 / the report", &[("application/json", object())])
        .answers(400, "COUNTERの例外 / an exception of COUNTER", &exception)
        .answers(503, "集計していません / no figures are kept", &exception)
    };
    let list = |path: &str, id: &str, words: &str| {
        get(&format!("{base}/{path}"), id, "figures", words)
            .gives("一覧 / the list", &[("application/json", json!({ "type": "array", "items": object() }))])
            .refuses(Surface::Plain, &[503])
    };
    vec![
        list("status", "counterStatus", "利用報告の状態 / status of usage reports"),
        list("reports", "counterReports", "利用報告の一覧 / usage reports there are"),
        report("dsr", "counterDatasets"),
        report("dr", "counterDatasetsOlder").older(),
    ]
}

fn tools() -> Operation {
    let names: Vec<&str> = mcp::TOOLS.iter().map(|tool| tool.name).collect();
    let message = json!({
        "type": "object",
        "properties": {
            "jsonrpc": { "const": "2.0" }, "id": { "type": ["string", "integer", "null"] },
            "result": { "type": "object" }, "error": { "type": "object" },
        },
        "required": ["jsonrpc"],
    });
    let asked = json!({
        "type": "object",
        "properties": {
            "jsonrpc": { "const": "2.0" }, "id": { "type": ["string", "integer"] },
            "method": { "type": "string" }, "params": { "type": "object" },
        },
        "required": ["jsonrpc", "method"],
        "examples": [{ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }],
    });
    let sentence = [("text/plain", text()), ("application/json", message.clone())];
    post(
        mcp::PATH,
        "mcp",
        "catalogue",
        "AIアシスタントなどのための入口(Model Context Protocol) / for assistants (Model Context Protocol)",
    )
    .more(&format!(
        "読み取り専用のツール: {0} / Read-only tools: {0}. Streamable HTTP, stateless; Accept: application/json, \
             text/event-stream.",
        names.join(", ")
    ))
    .takes(&[("application/json", asked)])
    .gives("JSON-RPCの答え / the answer of JSON-RPC", &[("application/json", message)])
    .answers(202, "知らせを受け取りました / a notification was taken", &[])
    .answers(400, "読み取れません / cannot be read", &sentence)
    .answers(403, "このサイトの名前で呼ばれていません / not asked under this site's name", &sentence)
    .answers(404, "そのメソッドはありません / no such method", &sentence)
    .answers(406, "Acceptが足りません / the Accept header takes too little", &sentence)
    .answers(413, "長すぎます / too long", &sentence)
    .answers(415, "application/json で送ってください / send application/json", &sentence)
    .answers(422, "JSON-RPCではありません / no JSON-RPC", &sentence)
    .refuses(Surface::Plain, &[503])
}

fn documents(samples: &Samples) -> Vec<Operation> {
    let plain = |path: &str, id: &str, words: &str, kind: &str| {
        get(path, id, "site", words).gives("文書 / the document", &[(kind, text())]).unchanged()
    };
    vec![
        get(PATH, "openapi", "site", "この文書 / this document")
            .gives("OpenAPI 3.1", &[(MEDIA_TYPE.split(';').next().unwrap_or_default(), json!({ "type": "object" }))])
            .unchanged()
            .refuses(Surface::Plain, &[503]),
        plain(llms::PATH, "llms", "言語モデルのための案内 / a guide for language models", "text/plain")
            .refuses(Surface::Plain, &[503]),
        plain("/robots.txt", "robots", "ロボットへの案内 / for robots", "text/plain").refuses(Surface::Plain, &[503]),
        plain("/sitemap.xml", "sitemap", "ページの一覧 / all pages", "application/xml")
            .with([in_query("part", "分かれているときの番号 / the part, where there are several", &text())])
            .refuses(Surface::Plain, &[404, 503]),
        get("/assets/{name}", "asset", "site", "ページの部品 / parts of pages")
            .with([in_path("name", "ファイル / the file", &name(), samples.asset.as_deref())])
            .gives("ファイル / the file", &[("*/*", bytes())])
            .unchanged()
            .answers(404, "見つかりません / not found", &[])
            .refuses(Surface::Plain, &[503]),
    ]
}
