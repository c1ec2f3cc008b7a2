//! Pages for people, and their twins for programs. A new page is one line of [`PAGES`], a new document of a page's kind
//! one of [`DOCUMENTS`].

use serde_json::{Value as Json, json};

use super::catalogue::graph;
use super::operation::{self, Operation, Surface, get, in_path, in_query, name, one_of, page, schema, text, whole};
use super::samples::Samples;

/// The pages: address, name of the operation, words.
const PAGES: &[(&str, &str, &str)] = &[
    ("/", "home", "ホーム / home"),
    ("/dataset", "searchPage", "データの検索 / search"),
    ("/dataset/{name}", "datasetPage", "データセット / a dataset"),
    ("/dataset/{name}/feature/{table}/{id}", "recordPage", "1件の記録 / a record"),
    ("/organization", "organizationsPage", "組織の一覧 / organizations"),
    ("/organization/{organization}", "organizationPage", "組織 / an organization"),
    ("/map", "mapsPage", "地図の一覧 / maps"),
    ("/map/{layer}", "mapPage", "地図 / a map"),
    ("/stats", "statsPage", "利用状況 / figures"),
    ("/stats/{organization}", "statsOfOrganizationPage", "組織の利用状況 / figures of an organization"),
    ("/stats/dataset/{name}", "statsOfDatasetPage", "データセットの利用状況 / figures of a dataset"),
    ("/stats/layer/{layer}", "statsOfLayerPage", "レイヤの利用状況 / figures of a layer"),
    ("/stats/daily", "dailyPage", "日別の数の説明 / about the daily figures"),
    ("/stats/kpi", "kpiPage", "KPI / key figures"),
    ("/stats/kpi/{organization}", "kpiOfOrganizationPage", "組織のKPI / key figures of an organization"),
    ("/about", "aboutPage", "このサイトについて / about this site"),
    ("/terms", "termsPage", "利用規約 / terms"),
    ("/accessibility", "accessibilityPage", "アクセシビリティ方針 / accessibility"),
    ("/help", "helpPage", "使い方 / help"),
    ("/developers", "developersPage", "開発者の方へ / for developers"),
    ("/maps", "themedMapsPage", "テーマ別の地図の一覧 / themed maps"),
    ("/maps/{map}", "themedMapPage", "テーマ別の地図 / a themed map"),
    ("/maps/{map}/embed", "themedMapEmbed", "ほかのサイトに埋め込む地図 / a map to be embedded"),
    ("/maps/{map}/point", "themedMapPointPage", "地図の一点にあるもの / what lies at a point of a map"),
    ("/maps/{map}/print", "themedMapPrintPage", "縮尺どおりの印刷 / print to scale"),
    ("/map/{layer}/print", "mapPrintPage", "縮尺どおりの印刷 / print to scale"),
    ("/emergency", "emergencyPage", "近くの避難場所 / nearest shelters"),
    ("/emergency/offline", "emergencyOfflinePage", "通信なしで使うページ / the page used without a network"),
    ("/emergency/pick", "emergencyPick", "地図で選んだ場所へ移る / leads to the place chosen on a map"),
    ("/point", "pointPage", "この場所について / what is known of a place"),
];

/// Documents and pictures that take nothing but the parts of their path: address, name of the operation, group, media
/// type, words.
const DOCUMENTS: &[(&str, &str, &str, &str, &str)] = &[
    ("/organization.csv", "organizations_csv", "files", CSV, "組織の一覧 / organizations"),
    (
        "/organization/{organization}.csv",
        "organization_csv",
        "files",
        CSV,
        "組織のデータセット / datasets of an organization",
    ),
    ("/map.csv", "maps_csv", "files", CSV, "レイヤの一覧 / layers"),
    ("/maps.json", "themedMaps", "maps", JSON, "テーマ別の地図の一覧 / themed maps"),
    ("/maps/{map}/style.json", "themedMapStyle", "maps", JSON, "MapLibreのスタイル / MapLibre style"),
    ("/maps/{map}/qr.svg", "themedMapCode", "maps", SVG, "地図のアドレスのQRコード / the address as a QR code"),
    ("/maps/{map}/print.svg", "themedMapSheet", "maps", SVG, "縮尺どおりの図 / a sheet to scale"),
    ("/map/{layer}/print.svg", "mapSheet", "maps", SVG, "縮尺どおりの図 / a sheet to scale"),
    (
        "/emergency/worker.js",
        "emergencyWorker",
        "site",
        "text/javascript",
        "通信なしで使うための部品 / the service worker",
    ),
    ("/emergency/data.json", "emergencyIndex", "files", JSON, "避難場所のファイルの一覧 / files of shelters"),
    ("/emergency/data/{file}", "emergencyFile", "files", JSON, "1市町村の避難場所 / shelters of a municipality"),
    ("/emergency/pick.svg", "emergencyPicture", "site", SVG, "場所を選ぶ図 / the picture to choose on"),
    ("/point.json", "point", "files", JSON, "この場所について / what is known of a place"),
];

/// The parameter for a part of a path in braces.
fn part(path_part: &str, samples: &Samples) -> Json {
    let of = |words: &str, example: &Option<String>| in_path(path_part, words, &name(), example.as_deref());
    match path_part {
        "name" => of("データセットの名前またはID / name or id of a dataset", &samples.dataset),
        "organization" => of("組織の名前 / name of an organization", &samples.organization),
        "layer" => of("レイヤの名前 / name of a layer", &samples.layer),
        "table" => of("表の名前 / name of the table", &samples.table),
        "id" => in_path("id", "記録の番号 / number of the record", &whole(1, None, None), Some("1")),
        "map" => of("テーマ別の地図の名前 / name of a themed map", &None),
        "file" => of("ファイルの名前 / name of the file", &None),
        _ => of("名前 / a name", &None),
    }
}

fn parts(path: &str, samples: &Samples) -> Vec<Json> {
    let inside = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    inside.map(|own| part(own, samples)).collect()
}

fn fiscal_year() -> Json {
    in_query("fiscal-year", "年度。R8 または 2026 / the fiscal year", &text())
}

fn period() -> [Json; 3] {
    [
        in_query("by", "月別、年度別、日別 / by month, year or day", &one_of(&["month", "year", "day"])),
        fiscal_year(),
        in_query("month", "日別のときの月 / the month, where by=day", &text()),
    ]
}

fn searching() -> Vec<Json> {
    let narrowed = |name: &str| in_query(name, "絞り込み / narrows", &text());
    let mut all = vec![
        in_query("q", "言葉 / words", &text()),
        in_query("sort", "並べ替え / order", &one_of(&["score", "modified", "title", "used"])),
    ];
    all.extend(["theme", "organization", "res_format", "tags"].map(narrowed));
    all
}

/// What a page takes behind `?`.
fn asked(path: &str) -> Vec<Json> {
    let language = in_query("lang", "言語 / language", &one_of(&["ja", "ja-yasashii", "en"]));
    let mut all = vec![language];
    match path {
        "/dataset" => {
            all.extend(searching());
            all.push(page());
        }
        "/organization/{organization}" => all.push(page()),
        "/map" => all.push(in_query("organization", "この組織のものだけ / only of this organization", &text())),
        "/map/{layer}" => all.extend([
            in_query("bbox", "西,南,東,北(度) / west,south,east,north in degrees", &text()),
            page(),
            in_query("part", "list で一覧だけ / list: the list alone", &text()),
        ]),
        "/dataset/{name}" => all.extend([in_query("table", "表の名前 / name of the table", &text()), page()]),
        "/stats/kpi" | "/stats/kpi/{organization}" => all.push(fiscal_year()),
        "/emergency" => all.extend([
            in_query("city", "市町村のコード / code of a municipality", &text()),
            in_query("hazard", "災害の種類 / hazard", &text()),
        ]),
        "/emergency/pick" => all.extend(needed(path)),
        "/point" => {
            all.extend([in_query("lat", "緯度 / latitude", &text()), in_query("lon", "経度 / longitude", &text())]);
        }
        "/stats" | "/stats/{organization}" | "/stats/dataset/{name}" | "/stats/layer/{layer}" => all.extend(period()),
        _ => {}
    }
    all
}

/// What a document cannot be without. `example`: `None` where a site may have nothing there.
fn needed(path: &str) -> Vec<Json> {
    let degrees = |most: f64| json!({ "type": "number", "minimum": -most, "maximum": most });
    match path {
        "/point.json" => vec![
            operation::needed("lat", "緯度 / latitude", &degrees(90.0), Some("34.87")),
            operation::needed("lon", "経度 / longitude", &degrees(180.0), Some("138.32")),
        ],
        "/emergency/pick" | "/emergency/pick.svg" => {
            vec![operation::needed("city", "市町村のコード / code of a municipality", &text(), None)]
        }
        _ => Vec::new(),
    }
}

/// The pages.
pub(super) fn operations(samples: &Samples) -> Vec<Operation> {
    let of =
        |(path, id, words): &(&str, &str, &str)| {
            let page = get(path, id, "site", words)
                .with(parts(path, samples))
                .with(asked(path))
                .gives("ページ / the page", &[("text/html", text())])
                .refuses(Surface::Page, &[400, 404, 503]);
            match *path {
                // Accept may ask for the graph instead.
                "/" | "/dataset/{name}" => {
                    let mut kinds = vec![("text/html", text())];
                    kinds.extend(graph());
                    let either = [("text/html", text()), ("text/plain", text())];
                    page.gives(
                        "ページ、またはAcceptで求められたグラフ / the page, or the graph that Accept asks for",
                        &kinds,
                    )
                    .unchanged()
                    .answers(400, "リクエストを読み取れません / the request cannot be read", &either)
                    .answers(404, "見つかりません / not found", &either)
                }
                "/maps/{map}" | "/emergency/pick" => page
                    .answers(303, "別のアドレスへ / to another address", &[])
                    .answers(307, "別のアドレスへ / to another address", &[]),
                _ => page,
            }
        };
    PAGES.iter().map(of).collect()
}

const JSON: &str = "application/json";
const CSV: &str = "text/csv";
const SVG: &str = "image/svg+xml";
const GEO_JSON: &str = "application/geo+json";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The twins: pages in other forms.
#[expect(clippy::too_many_lines, reason = "one list, an entry for each page")]
pub(super) fn twins(samples: &Samples) -> Vec<Operation> {
    let object = || json!({ "type": "object" });
    let twin = |path: &str, id: &str, words: &str, kind: &str, schema: Json| {
        get(path, id, if path.starts_with("/stats") { "figures" } else { "files" }, words)
            .with(parts(path, samples))
            .gives("答え / the answer", &[(kind, schema)])
            .unchanged()
            .refuses(Surface::Page, &[400, 404, 503])
    };
    let datasets = json!({
        "type": "object",
        "properties": {
            "total": { "type": "integer" },
            "datasets": { "type": "array", "items": schema("Dataset") },
            "next": { "type": ["string", "null"] },
        },
        "required": ["total", "datasets", "next"],
    });
    let organizations = json!({
        "type": "object",
        "properties": { "organizations": { "type": "array", "items": object() } },
        "required": ["organizations"],
    });
    let table = || in_query("table", "表の名前。なければ最初の表 / name of the table, the first by default", &text());
    let file = |operation: Operation, kind: &str| {
        operation
            .with([table()])
            .answers(206, "一部分(Range) / a part of it (Range)", &[(kind, text())])
            .refuses(Surface::Page, &[412, 416])
    };
    let mut all = vec![
        twin("/dataset.json", "search_json", "データの検索。100件ずつ / search, 100 datasets a page", JSON, datasets)
            .with(searching())
            .with([page()]),
        twin("/dataset.csv", "search_csv", "検索結果すべて / all that is found", CSV, text()).with(searching()),
        twin(
            "/dataset/{name}.json",
            "dataset_json",
            "データセットと表の項目 / a dataset with its tables' columns",
            JSON,
            schema("Package"),
        ),
        file(twin("/dataset/{name}.csv", "dataset_csv", "表のCSV / the table as CSV", CSV, text()), CSV),
        file(
            twin(
                "/dataset/{name}.geojson",
                "dataset_geojson",
                "表のGeoJSON / the table as GeoJSON",
                GEO_JSON,
                schema("Features"),
            ),
            GEO_JSON,
        ),
        twin("/organization.json", "organizations_json", "組織の一覧 / organizations", JSON, organizations),
        twin(
            "/organization/{organization}.json",
            "organization_json",
            "組織とデータセット / an organization with its datasets",
            JSON,
            object(),
        ),
        twin("/map.json", "maps_json", "レイヤの一覧 / layers", JSON, schema("Layers")),
        twin("/map.geojson", "maps_geojson", "レイヤの範囲 / boxes around layers", GEO_JSON, schema("Features")),
    ];
    all.extend(DOCUMENTS.iter().map(|(path, id, tag, kind, words)| {
        let schema = if kind.ends_with("json") { object() } else { text() };
        get(path, id, tag, words)
            .with(parts(path, samples))
            .with(needed(path))
            .gives("答え / the answer", &[(kind, schema)])
            .unchanged()
            .refuses(Surface::Page, &[400, 404, 503])
    }));
    for (form, kind) in [("json", GEO_JSON), ("geojson", GEO_JSON), ("csv", CSV)] {
        let schema = if form == "csv" { text() } else { schema("Feature") };
        let path = format!("/dataset/{{name}}/feature/{{table}}/{{id}}.{form}");
        all.push(twin(&path, &format!("record_{form}"), "1件の記録 / a record", kind, schema));
    }
    for (form, kind) in [("json", JSON), ("csv", CSV)] {
        let shape = |of: &str| if form == "csv" { text() } else { schema(of) };
        for (path, id, words) in [
            ("/stats", "stats", "利用状況 / figures"),
            ("/stats/{organization}", "statsOfOrganization", "組織の利用状況 / figures of an organization"),
            ("/stats/dataset/{name}", "statsOfDataset", "データセットの利用状況 / figures of a dataset"),
            ("/stats/layer/{layer}", "statsOfLayer", "レイヤの利用状況 / figures of a layer"),
        ] {
            let own = twin(&format!("{path}.{form}"), &format!("{id}_{form}"), words, kind, shape("Statistics"));
            all.push(own.with(period()));
        }
        let words = "日別の数、1年度分 / daily figures of a fiscal year";
        let whole = if form == "csv" { text() } else { object() };
        all.push(
            twin(&format!("/stats/daily.{form}"), &format!("daily_{form}"), words, kind, whole).with([fiscal_year()]),
        );
    }
    for (form, kind) in [("csv", CSV), ("cp932.csv", CSV), ("xlsx", XLSX), ("json", JSON)] {
        let shape = || match form {
            "json" => object(),
            "csv" => text(),
            _ => super::operation::bytes(),
        };
        let id = form.replace('.', "_");
        let of_all = twin(&format!("/stats/kpi.{form}"), &format!("kpi_{id}"), "KPI / key figures", kind, shape());
        let path = format!("/stats/kpi/{{organization}}.{form}");
        let words = "組織のKPI / key figures of an organization";
        all.push(of_all.with([fiscal_year()]));
        all.push(twin(&path, &format!("kpiOfOrganization_{id}"), words, kind, shape()).with([fiscal_year()]));
    }
    all
}
