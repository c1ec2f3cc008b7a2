//! What search engines ask for first: `robots.txt`, and `sitemap.xml` with every page that is to be found.
//!
//! Sources: <https://www.sitemaps.org/protocol.html> (at most 50,000 addresses a file, an index above), RFC 9309.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use http::HeaderMap;

use super::app::App;
use super::dcat::{Site, answer};
use super::problem::Problem;
use super::query::parameter;
use crate::count::access::Access;
use crate::model::catalogue::Catalogue;

/// Most addresses in one file (the protocol's own limit; at 100 bytes each far below its 50 MB).
const ADDRESSES_LIMIT: usize = 50_000;
const XML: &str = "application/xml; charset=utf-8";
const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// The pages that are there whatever is published.
const FIXED: [&str; 10] =
    ["/", "/dataset", "/map", "/organization", "/stats", "/about", "/terms", "/accessibility", "/help", "/developers"];

/// The routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/robots.txt", get(robots)).route("/sitemap.xml", get(sitemap))
}

/// `/robots.txt`: pages may be read, what is made for programs need not be.
async fn robots(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let site = Site::new(&app.config.public_url());
    let body = format!(
        "User-agent: *\nDisallow: /api/\nDisallow: /tiles/\nDisallow: /ogc/\nAllow: /\n\nSitemap: {}/sitemap.xml\n",
        site.url()
    );
    let since = app.current().since;
    answer(body.into_bytes(), "text/plain; charset=utf-8", &headers, since, Access::Other)
}

/// `/sitemap.xml`; where there are more addresses than one file may hold, an index of `/sitemap.xml?part=…`.
async fn sitemap(
    State(app): State<Arc<App>>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let published = app.published();
    let site = Site::new(&app.config.public_url());
    let entries = entries(&published.catalogue, &site);
    let body = match parameter(raw.as_deref(), "part") {
        None => whole(&entries, site.url(), ADDRESSES_LIMIT),
        Some(part) => one_part(&entries, &part, ADDRESSES_LIMIT).ok_or_else(Problem::not_found)?,
    };
    Ok(answer(body.into_bytes(), XML, &headers, published.since, Access::Other))
}

/// A page, and when what it shows was last changed, where that is known.
struct Entry {
    address: String,
    modified: Option<jiff::Timestamp>,
}

fn entries(catalogue: &Catalogue, site: &Site) -> Vec<Entry> {
    let newest = catalogue.datasets().iter().map(|dataset| dataset.modified).max();
    let mut entries: Vec<Entry> = FIXED
        .iter()
        .map(|path| Entry {
            address: format!("{}{path}", site.url()),
            modified: newest.filter(|_| matches!(*path, "/" | "/dataset" | "/map")),
        })
        .collect();
    for organization in catalogue.organizations() {
        let own = catalogue.datasets().iter().filter(|dataset| dataset.organization.id == organization.id);
        entries.push(Entry {
            address: site.organization_page(organization).into_string(),
            modified: own.map(|dataset| dataset.modified).max(),
        });
    }
    for dataset in catalogue.datasets() {
        entries.push(Entry { address: site.page(dataset).into_string(), modified: Some(dataset.modified) });
        for layer in dataset.tables.iter().filter_map(|table| table.layer.as_ref()) {
            let address = format!("{}/map/{}", site.url(), layer.name);
            entries.push(Entry { address, modified: Some(dataset.modified) });
        }
    }
    entries
}

fn whole(entries: &[Entry], site: &str, limit: usize) -> String {
    if entries.len() <= limit {
        return addresses(entries);
    }
    let mut body = opening("sitemapindex");
    for (index, part) in entries.chunks(limit).enumerate() {
        let address = format!("{site}/sitemap.xml?part={}", index + 1);
        line(&mut body, "sitemap", &address, part.iter().filter_map(|entry| entry.modified).max());
    }
    body.push_str("</sitemapindex>\n");
    body
}

fn one_part(entries: &[Entry], part: &str, limit: usize) -> Option<String> {
    let number: usize = part.parse().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()))?;
    entries.chunks(limit).nth(number.checked_sub(1)?).map(addresses)
}

fn addresses(entries: &[Entry]) -> String {
    let mut body = opening("urlset");
    for entry in entries {
        line(&mut body, "url", &entry.address, entry.modified);
    }
    body.push_str("</urlset>\n");
    body
}

fn opening(element: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{element} xmlns=\"{NAMESPACE}\">\n")
}

fn line(body: &mut String, element: &str, address: &str, modified: Option<jiff::Timestamp>) {
    let address = quick_xml::escape::escape(address);
    let modified = modified.map(|at| format!("<lastmod>{}</lastmod>", seconds(at))).unwrap_or_default();
    // Writing to a text cannot fail.
    let _ = writeln!(body, "<{element}><loc>{address}</loc>{modified}</{element}>");
}

/// A time to the second, UTC: what the protocol and RFC 3339 share.
pub(super) fn seconds(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many(count: usize) -> Vec<Entry> {
        let modified = "2026-11-01T00:00:00Z".parse().ok();
        (0..count).map(|n| Entry { address: format!("https://a.jp/{n}?x=1&y=<2>"), modified }).collect()
    }

    #[test]
    fn more_than_one_file_may_hold_becomes_an_index() {
        let entries = many(7);
        assert!(whole(&entries, "https://a.jp", 7).contains("<urlset"));
        let index = whole(&entries, "https://a.jp", 3);
        assert_eq!(index.matches("<sitemap>").count(), 3);
        assert!(index.contains("<loc>https://a.jp/sitemap.xml?part=3</loc><lastmod>2026-11-01T00:00:00Z</lastmod>"));
        let sizes: Vec<_> =
            ["1", "2", "3"].map(|part| one_part(&entries, part, 3).expect("a part").matches("<url>").count()).into();
        assert_eq!(sizes, [3, 3, 1]);
        for part in ["0", "4", "-1", "+1", "x", "", "99999999999999999999999"] {
            assert!(one_part(&entries, part, 3).is_none(), "{part}");
        }
        assert!(addresses(&many(1)).contains("<loc>https://a.jp/0?x=1&amp;y=&lt;2&gt;</loc>"));
    }

    #[test]
    fn fifty_thousand_fit_one_file_and_one_more_does_not() {
        assert!(whole(&many(ADDRESSES_LIMIT), "https://a.jp", ADDRESSES_LIMIT).contains("<urlset"));
        let index = whole(&many(ADDRESSES_LIMIT + 1), "https://a.jp", ADDRESSES_LIMIT);
        assert_eq!(index.matches("<sitemap>").count(), 2);
    }
}
