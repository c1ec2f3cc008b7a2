//! The catalogue as linked data, feeds, and what search engines and other programs ask for first.

use serde_json::{Value as Json, json};

use super::operation::{Operation, Surface, get, in_path, in_query, name, page, text, whole};
use super::samples::Samples;

/// The syntaxes of a graph: ending and media type.
const SYNTAXES: [(&str, &str); 5] = [
    ("ttl", "text/turtle"),
    ("rdf", "application/rdf+xml"),
    ("xml", "application/rdf+xml"),
    ("jsonld", "application/ld+json"),
    ("n3", "text/n3"),
];

fn profiles() -> Json {
    let words = "語彙の約束: euro_dcat_ap_2, euro_dcat_ap_3, schemaorg / a profile";
    in_query("profiles", words, &json!({ "type": "string", "enum": ["euro_dcat_ap_2", "euro_dcat_ap_3", "schemaorg"] }))
}

/// A text, or the JSON that it is.
fn shape(kind: &str) -> Json {
    if kind.ends_with("json") { json!({ "type": ["object", "array"] }) } else { text() }
}

/// The forms of a graph.
pub(super) fn graph() -> Vec<(&'static str, Json)> {
    SYNTAXES.iter().map(|(_, kind)| (*kind, shape(kind))).collect()
}

/// The operations.
pub(super) fn operations(samples: &Samples) -> Vec<Operation> {
    let asked = || {
        [
            page(),
            in_query("q", "言葉 / words", &text()),
            in_query("fq", "絞り込みの式 / an expression that narrows", &text()),
            in_query("modified_since", "この日時から後に更新されたもの / changed since (ISO 8601)", &text()),
            profiles(),
        ]
    };
    let mut all = vec![
        get(
            "/catalog",
            "getCatalog",
            "linked-data",
            "カタログ。Acceptで形式を選ぶ / the catalogue in the syntax that Accept names",
        )
        .with(asked())
        .gives("グラフ / the graph", &graph())
        .answers(303, "ページへ / to the page", &[])
        .unchanged()
        .refuses(Surface::Plain, &[400, 503]),
    ];
    for (ending, kind) in SYNTAXES {
        let words = format!("カタログ({ending}) / the catalogue ({ending})");
        all.push(
            get(&format!("/catalog.{ending}"), &format!("getCatalog_{ending}"), "linked-data", &words)
                .with(asked())
                .gives("グラフ、100件ずつ / the graph, 100 datasets a page", &[(kind, shape(kind))])
                .unchanged()
                .refuses(Surface::Plain, &[400, 503]),
        );
    }
    for (ending, kind) in SYNTAXES {
        let words = format!("データセットのメタデータ({ending}) / metadata of a dataset ({ending})");
        all.push(
            get(&format!("/dataset/{{name}}.{ending}"), &format!("getDataset_{ending}"), "linked-data", &words)
                .with([
                    in_path(
                        "name",
                        "データセットの名前またはID / name or id of a dataset",
                        &name(),
                        samples.dataset.as_deref(),
                    ),
                    profiles(),
                ])
                .gives("グラフ / the graph", &[(kind, shape(kind))])
                .unchanged()
                .refuses(Surface::Plain, &[400, 404, 503]),
        );
    }
    all.push(
        get(
            "/dataset/{name}/resource/{id}",
            "getResource",
            "linked-data",
            "配布ファイルの名前のアドレス。データセットへ / the address that names a file; leads to its dataset",
        )
        .with([
            in_path("name", "データセットの名前 / name of a dataset", &name(), samples.dataset.as_deref()),
            in_path("id", "配布ファイルのID / id of a file", &name(), samples.distribution.as_deref()),
        ])
        .answers(303, "データセットへ / to the dataset", &[])
        .refuses(Surface::Plain, &[404, 503]),
    );
    all.extend(feeds(samples));
    all
}

fn feeds(samples: &Samples) -> Vec<Operation> {
    let feed = |path: &str, id: &str, words: &str| {
        get(path, id, "linked-data", words)
            .gives("Atom", &[("application/atom+xml", text())])
            .unchanged()
            .refuses(Surface::Plain, &[400, 404, 503])
    };
    let number = || in_query("page", "何ページ目か。20件ずつ / page, 20 entries each", &whole(1, Some(1), None));
    let fields = ["organization", "tags", "res_format", "license_id", "theme", "name", "municipality_code"];
    let field = |name: &&str| in_query(name, "この値のものだけ / only what has this value", &text());
    vec![
        feed("/feeds/dataset.atom", "feedOfAll", "新しいデータセットと更新 / what is new").with([number()]),
        feed("/feeds/custom.atom", "feedOfSearch", "検索結果の更新 / what is new of a search")
            .with([
                number(),
                in_query("q", "言葉 / words", &text()),
                in_query("fq", "絞り込みの式 / an expression that narrows", &text()),
            ])
            .with(fields.iter().map(field)),
        feed("/feeds/dataset/{name}.atom", "feedOfDataset", "データセットの版 / releases of a dataset")
            .with([in_path("name", "データセットの名前 / name of a dataset", &name(), samples.dataset.as_deref())]),
        feed("/feeds/organization/{name}.atom", "feedOfOrganization", "組織の更新 / what is new of an organization")
            .with([
                in_path("name", "組織の名前 / name of an organization", &name(), samples.organization.as_deref()),
                number(),
            ]),
        feed("/feeds/tag/{name}.atom", "feedOfTag", "タグの更新 / what is new of a tag")
            .with([in_path("name", "タグ / a tag", &name(), samples.tag.as_deref()), number()]),
        get(
            "/feeds/group/{name}.atom",
            "feedOfGroup",
            "linked-data",
            "グループ(使っていません) / groups; none are in use",
        )
        .with([in_path("name", "グループの名前 / name of a group", &name(), None)])
        .refuses(Surface::Plain, &[404, 503]),
    ]
}
