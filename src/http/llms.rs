//! `/llms.txt`: what the site is and how programs read it, for language models and those who build with them, in the form
//! of <https://llmstxt.org> (Markdown: a title, a quotation, sections of links), made from the catalogue.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::HeaderMap;

use super::app::App;
use super::dcat::answer;
use super::mcp;
use crate::config::Config;
use crate::count::access::Access;
use crate::model::catalogue::{Catalogue, Dataset, Organization};

/// Where it lies.
pub const PATH: &str = "/llms.txt";
/// Datasets named in all, and of one organization: some 100 characters each, so that the whole stays within what such a
/// program reads at once. The rest is one link away.
const DATASETS: usize = 300;
const OF_ONE: usize = 20;
/// Organizations named: those beyond are found by search.
const ORGANIZATIONS: usize = 100;

/// The route.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route(PATH, get(serve))
}

async fn serve(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let published = app.published();
    let body = text(&published.catalogue, &app.config).into_bytes();
    answer(body, "text/plain; charset=utf-8", &headers, published.since, Access::Other)
}

/// A title in a line of Markdown: nothing in it begins or ends a link, a line or a mark.
fn plain(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '[' | ']' | '\\' | '`' | '*' | '_' | '<' | '>' | '#' => {
                line.push('\\');
                line.push(c);
            }
            c if c.is_control() => line.push(' '),
            c => line.push(c),
        }
    }
    line
}

fn text(catalogue: &Catalogue, config: &Config) -> String {
    let site = config.public_url();
    let (datasets, organizations) = (catalogue.datasets_of_cities().count(), catalogue.organizations().len());
    let mut out = format!(
        "# {}\n\n> {}\n\n\
         {organizations}の組織による{datasets}件のデータセットがあります。読み取りに登録や鍵は要りません。\
         使うときは、データセットごとのライセンスと出典の表示に従ってください。\n\
         {datasets} datasets of {organizations} organizations of Japan. Reading needs no account and no key. Data is mostly in \
         Japanese; show the attribution and the licence of each dataset when you use it.\n\n",
        plain(&config.site_title),
        plain(&config.site_description),
    );
    out.push_str("## API\n\n");
    for (path, title, words) in [
        (
            mcp::PATH,
            "MCP",
            "Model Context Protocol、読み取り専用 / read-only tools: search, describe, query rows, near, figures",
        ),
        ("/openapi.json", "OpenAPI 3.1", "すべてのAPIの定義 / the definition of every API"),
        ("/developers", "開発者の方へ / for developers", "同じ内容のページ / the same as a page"),
        ("/api/3/action/package_search?q=避難所", "CKAN API", "データセットの検索 / search of datasets, as CKAN 2.11"),
        ("/dataset.json", "データセットの一覧 / all datasets", "JSON、100件ずつ / 100 a page"),
        ("/ogc", "OGC API – Features, Tiles", "位置のある記録 / records with positions"),
        ("/tiles.json", "地図のタイル / tiles", "レイヤとTileJSON / layers with their TileJSON"),
        ("/catalog.ttl", "DCAT", "カタログ全体のRDF / the catalogue as linked data"),
    ] {
        let path = path.replace("避難所", "%E9%81%BF%E9%9B%A3%E6%89%80");
        let _ = writeln!(out, "- [{title}]({site}{path}): {words}");
    }
    out.push('\n');
    licences(&mut out, catalogue);
    let mut room = DATASETS;
    for organization in catalogue.organizations().iter().take(ORGANIZATIONS) {
        section(&mut out, catalogue, organization, &site, &mut room);
    }
    if organizations > ORGANIZATIONS {
        let rest = organizations - ORGANIZATIONS;
        let _ = write!(
            out,
            "## ほかの組織 / more organizations\n\n- [組織の一覧 / all organizations]({site}/organization.json): ほか {rest} / {rest} more\n\n"
        );
    }
    let _ = write!(
        out,
        "## Optional\n\n\
         - [使い方 / help]({site}/help)\n\
         - [利用規約 / terms]({site}/terms)\n\
         - [利用状況 / figures]({site}/stats.json): 数え方の定義つき / with the definition of counting\n"
    );
    out
}

fn licences(out: &mut String, catalogue: &Catalogue) {
    let mut known: BTreeMap<&str, (&str, &str, usize)> = BTreeMap::new();
    for dataset in catalogue.datasets() {
        let licence = &dataset.licence;
        known.entry(&licence.id).or_insert((&licence.title, &licence.url, 0)).2 += 1;
    }
    if known.is_empty() {
        return;
    }
    out.push_str("## ライセンス / licences\n\n");
    for (id, (title, url, count)) in known {
        let title = plain(title);
        // A licence without an address is named, not linked.
        let title = if url.is_empty() { title } else { format!("[{title}]({url})") };
        let _ = writeln!(out, "- {title}: {}、{count}件 / {count} datasets", plain(id));
    }
    out.push('\n');
}

fn section(out: &mut String, catalogue: &Catalogue, organization: &Organization, site: &str, room: &mut usize) {
    let mut own: Vec<&Arc<Dataset>> =
        catalogue.datasets().iter().filter(|dataset| dataset.organization.id == organization.id).collect();
    if own.is_empty() {
        return;
    }
    own.sort_by_key(|dataset| std::cmp::Reverse(dataset.modified));
    let count = own.len();
    let place = [plain(&organization.prefecture), format!("{count}件")].join(" ");
    let _ = write!(out, "## {}({})\n\n", plain(&organization.title), place.trim());
    let shown = count.min(OF_ONE).min(*room);
    *room -= shown;
    for dataset in own.iter().take(shown) {
        let records: u64 = dataset.tables.iter().map(|table| table.records).sum();
        let _ = writeln!(
            out,
            "- [{}]({site}/dataset/{}.json): {records}件、{}",
            plain(&dataset.title),
            dataset.name,
            plain(&dataset.licence.id)
        );
    }
    if shown < count {
        let name = &organization.name;
        let rest = count - shown;
        let _ = writeln!(out, "- [ほか{rest}件 / {rest} more]({site}/organization/{name}.json)");
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_cannot_break_out_of_their_line() {
        assert_eq!(plain("a](http://x)\n# b"), "a\\](http://x) \\# b");
        assert_eq!(plain("市の*[データ]`"), "市の\\*\\[データ\\]\\`");
    }

    #[test]
    fn an_empty_site_is_told_too() {
        let told = text(&Catalogue::default(), &Config::default());
        assert!(
            told.starts_with("# オープンデータカタログ\n\n> ") && told.contains("/mcp") && !told.contains("licences")
        );
    }
}
