//! How a published file is used from other programs: a few lines for each, with the file's own address in them.
//!
//! The addresses are percent-encoded ([`crate::http::download::url`]), so that nothing in them ends a string of any of
//! the languages; names of columns are written as strings of JSON, which Python, JavaScript and R read alike.

use crate::http::ckan::dict::is_queryable;
use crate::model::catalogue::{Dataset, Distribution, Format, Table};
use crate::model::naming::label_column;
use crate::model::record::ColumnType;

/// Columns named one by one in a snippet; where more hold codes, all are read as text.
const MOST_NAMED: usize = 6;

/// A few lines for one program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Snippet {
    /// The program, as its users call it.
    pub(super) program: &'static str,
    /// What the lines do, for people.
    pub(super) words: &'static str,
    /// The language, as a class of the block.
    pub(super) language: &'static str,
    /// The lines.
    pub(super) code: String,
}

impl Snippet {
    fn new(program: &'static str, words: &'static str, language: &'static str, code: String) -> Self {
        Self { program, words, language, code }
    }
}

/// The snippets of a file. `site` and `url` are absolute addresses; `url` is that of the file.
pub(super) fn snippets(site: &str, url: &str, dataset: &Dataset, distribution: &Distribution) -> Vec<Snippet> {
    let table = dataset.tables.get(distribution.table);
    let name = format!("{}.{}", dataset.name, distribution.format.extension());
    let mut all = vec![Snippet::new(
        "curl",
        "ファイルとして保存します。",
        "shell",
        format!("curl --fail --location --output {name} \\\n  '{url}'"),
    )];
    match distribution.format {
        Format::Csv => all.extend(of_csv(site, url, distribution, table)),
        Format::GeoJson => all.extend(of_geojson(url, table)),
        Format::FlatGeobuf => all.extend(of_flatgeobuf(url)),
        Format::GeoParquet | Format::Parquet => all.extend(of_parquet(url, distribution.format)),
        Format::PmTiles => all.extend(of_tiles(site, url, table)),
    }
    all
}

fn of_csv(site: &str, url: &str, distribution: &Distribution, table: Option<&Table>) -> Vec<Snippet> {
    let text = table.map(text_columns).unwrap_or_default();
    let (python, r) = if text.is_empty() {
        (String::new(), String::new())
    } else if text.len() > MOST_NAMED {
        (", dtype=str".to_owned(), ", col_types = cols(.default = \"c\")".to_owned())
    } else {
        let named = |sign: &str, value: &str| {
            text.iter().map(|name| format!("{}{sign}{value}", literal(name))).collect::<Vec<_>>().join(", ")
        };
        (format!(", dtype={{{}}}", named(": ", "str")), format!(", col_types = cols({})", named(" = ", "\"c\"")))
    };
    let mut all = vec![
        Snippet::new(
            "Python(pandas)",
            "先頭の0が消えないように、コードの列は文字として読み込みます。",
            "python",
            format!("import pandas as pd\n\ndf = pd.read_csv(\"{url}\"{python})\nprint(df.head())"),
        ),
        Snippet::new(
            "R",
            "readrパッケージを使います。",
            "r",
            format!("library(readr)\n\ndf <- read_csv(\"{url}\"{r})\nhead(df)"),
        ),
        Snippet::new(
            "DuckDB",
            "ダウンロードせずにSQLで読みます。",
            "sql",
            format!("SELECT * FROM read_csv('{url}', all_varchar = true) LIMIT 10;"),
        ),
        Snippet::new(
            "Excel(Power Query)",
            "「データ」→「データの取得」→「その他のデータソースから」→「空のクエリ」の詳細エディターに貼り付けます。更新は「すべて更新」でできます。",
            "powerquery",
            format!(
                "let\n  Source = Csv.Document(Web.Contents(\"{url}\"), [Delimiter = \",\", Encoding = 65001, QuoteStyle = QuoteStyle.Csv]),\n  Table = Table.PromoteHeaders(Source, [PromoteAllScalars = true])\nin\n  Table"
            ),
        ),
    ];
    if is_queryable(distribution) {
        let search = format!("{site}/api/3/action/datastore_search?resource_id={}&limit=5", distribution.id);
        all.insert(
            1,
            Snippet::new(
                "JavaScript",
                "必要な行だけをAPIから受け取ります。他のサイトのページからも使えます。",
                "javascript",
                format!(
                    "const answer = await fetch(\"{search}\");\nconst {{ result }} = await answer.json();\nconsole.log(result.total, result.records);"
                ),
            ),
        );
    }
    all
}

fn of_geojson(url: &str, table: Option<&Table>) -> Vec<Snippet> {
    // What a map shows beside a sign: the column by which people know the thing.
    let name = table.and_then(|table| Some(&table.shape.columns.get(label_column(&table.shape)?)?.name));
    let shown =
        name.map_or_else(|| "feature.properties".to_owned(), |name| format!("feature.properties[{}]", literal(name)));
    vec![
        Snippet::new(
            "JavaScript",
            "ブラウザーやNode.jsで読み込みます。他のサイトのページからも使えます。",
            "javascript",
            format!(
                "const answer = await fetch(\"{url}\");\nconst {{ features }} = await answer.json();\nfor (const feature of features.slice(0, 5)) console.log({shown});"
            ),
        ),
        geopandas(url),
        sf(url),
        qgis(url),
    ]
}

fn of_flatgeobuf(url: &str) -> Vec<Snippet> {
    vec![geopandas(url), sf(url), qgis(url)]
}

fn of_parquet(url: &str, format: Format) -> Vec<Snippet> {
    let python = match format {
        Format::GeoParquet => Snippet::new(
            "Python(geopandas)",
            "pyarrowも入れておきます。",
            "python",
            format!(
                "import io, urllib.request\nimport geopandas as gpd\n\nwith urllib.request.urlopen(\"{url}\") as answer:\n    gdf = gpd.read_parquet(io.BytesIO(answer.read()))\nprint(gdf.head())"
            ),
        ),
        _ => Snippet::new(
            "Python(pandas)",
            "pyarrowも入れておきます。",
            "python",
            format!("import pandas as pd\n\ndf = pd.read_parquet(\"{url}\")\nprint(df.head())"),
        ),
    };
    let duckdb = Snippet::new(
        "DuckDB",
        "ダウンロードせずに、必要な列と行だけを読みます。",
        "sql",
        format!("SELECT * FROM read_parquet('{url}') LIMIT 10;"),
    );
    vec![python, duckdb]
}

fn of_tiles(site: &str, url: &str, table: Option<&Table>) -> Vec<Snippet> {
    let Some(layer) = table.and_then(|table| table.layer.as_ref()) else { return Vec::new() };
    let tiles = format!("{site}/tiles/{}", layer.name);
    vec![
        Snippet::new(
            "JavaScript(MapLibre GL JS)",
            "ウェブ地図に重ねます。アーカイブを置かなくても、このサイトのタイルをそのまま使えます。",
            "javascript",
            format!("map.addSource(\"{}\", {{ type: \"vector\", url: \"{tiles}.json\" }});", layer.name),
        ),
        Snippet::new(
            "QGIS",
            "「レイヤ」→「レイヤを追加」→「ベクタタイルレイヤを追加」→「新しい一般接続」のURLに入れます。",
            "text",
            format!("{tiles}/{{z}}/{{x}}/{{y}}"),
        ),
        Snippet::new("pmtiles", "保存せずにアーカイブの内容を確かめます。", "shell", format!("pmtiles show '{url}'")),
    ]
}

fn geopandas(url: &str) -> Snippet {
    Snippet::new(
        "Python(geopandas)",
        "地図として描くには gdf.plot() を使います。",
        "python",
        format!("import geopandas as gpd\n\ngdf = gpd.read_file(\"{url}\")\nprint(gdf.head())"),
    )
}

fn sf(url: &str) -> Snippet {
    Snippet::new(
        "R",
        "sfパッケージを使います。",
        "r",
        format!("library(sf)\n\nplaces <- st_read(\"{url}\")\nplot(st_geometry(places))"),
    )
}

fn qgis(url: &str) -> Snippet {
    Snippet::new(
        "QGIS",
        "「レイヤ」→「レイヤを追加」→「ベクタレイヤを追加」で、ソースタイプを「プロトコル」にし、URIに入れます。",
        "text",
        format!("/vsicurl/{url}"),
    )
}

/// Columns whose values begin with zeros that mean something, or could.
fn text_columns(table: &Table) -> Vec<&str> {
    let columns = table.shape.columns.iter();
    let codes =
        columns.filter(|column| matches!(column.kind, ColumnType::Code | ColumnType::Phone | ColumnType::Postal));
    codes.map(|column| column.name.as_str()).collect()
}

/// A text as a string of Python, JavaScript and R.
fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_stay_strings_whatever_they_hold() {
        assert_eq!(literal("市区町村コード"), "\"市区町村コード\"");
        assert_eq!(literal("a\"); import os #\\\n"), "\"a\\\"); import os #\\\\\\n\"");
    }
}
