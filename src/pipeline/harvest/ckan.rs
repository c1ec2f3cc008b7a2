//! Another CKAN: `package_search`, page by page.
//!
//! After a first complete run only what changed since is asked for; where the number of all datasets then is not the one
//! expected, something is gone, and everything is listed once more. What is missing from a list is asked for by itself
//! before it counts as gone, since pages shift while a catalogue changes.

use std::collections::HashSet;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value as Json;

use super::fetch::Fetcher;
use super::{ADDRESS_BYTES, DATASETS, FILES, Fault, FilePlace, Listing, Remote, RemoteFile, cut, fault};
use crate::model::harvest::{Item, Source, Standing};

/// Datasets of one page.
const ROWS: usize = 100;

/// What the catalogue says. `since` is the newest change seen before, empty where everything is wanted.
pub(super) fn list(fetcher: &mut Fetcher, source: &Source, since: &str, known: &[Item]) -> Result<Listing, Fault> {
    let catalogue = Catalogue { base: base(&source.address), filter: &source.filter };
    let is_time =
        since.len() >= 19 && since.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b':' | b'T' | b'.'));
    if is_time {
        let mut found = catalogue.pages(fetcher, Some(since))?;
        if found.broken.is_none() {
            let count = catalogue.page(fetcher, None, 0, 0)?.count;
            let mut expected: HashSet<&str> = known
                .iter()
                .filter(|item| item.standing != Standing::Withdrawn)
                .map(|item| item.remote.as_str())
                .collect();
            expected.extend(found.datasets.iter().map(|dataset| dataset.remote.as_str()));
            if count == expected.len() {
                found.all = Some(expected.into_iter().map(str::to_owned).collect());
                return Ok(found);
            }
        }
    }
    catalogue.pages(fetcher, None)
}

/// Whether a dataset is gone there: the catalogue itself says so.
pub(super) fn is_gone(fetcher: &mut Fetcher, source: &Source, remote: &str) -> Result<bool, Fault> {
    let id = utf8_percent_encode(remote, NON_ALPHANUMERIC);
    let address = format!("{}/api/3/action/package_show?id={id}", base(&source.address));
    match fetcher.document(&address, "application/json") {
        Ok(document) => {
            let answer: Json = serde_json::from_slice(&document.bytes).unwrap_or_default();
            Ok(answer["success"] == true && answer["result"]["state"] == "deleted")
        }
        // Made private, it is gone for everybody; in another organization it is no longer asked for.
        Err(refused) if refused.code == "not-found" => Ok(true),
        Err(refused) if refused.code == "status" => Ok(fetcher.status(&address)? == 403),
        Err(refused) => Err(refused),
    }
}

fn base(address: &str) -> String {
    let base = address.trim_end_matches('/');
    base.split_once("/api/").map_or(base, |(base, _)| base).to_owned()
}

struct Catalogue<'a> {
    base: String,
    filter: &'a str,
}

struct Page {
    count: usize,
    results: Vec<Json>,
}

impl Catalogue<'_> {
    fn page(&self, fetcher: &mut Fetcher, since: Option<&str>, start: usize, rows: usize) -> Result<Page, Fault> {
        let mut filters = Vec::new();
        if !self.filter.is_empty() {
            filters.push(format!("+({})", self.filter));
        }
        if let Some(since) = since {
            filters.push(format!("+metadata_modified:[{}Z TO *]", since.get(..19).unwrap_or(since)));
        }
        let filters = utf8_percent_encode(&filters.join(" "), NON_ALPHANUMERIC).to_string();
        // Sorted by what never changes, so that pages shift only where datasets come and go.
        let address = format!(
            "{}/api/3/action/package_search?q=*%3A*&fq={filters}&sort=id%20asc&rows={rows}&start={start}",
            self.base
        );
        let document = fetcher.document(&address, "application/json")?;
        let unreadable = || {
            fault(
                "answer",
                format!("{} の答えをCKANの検索結果として読めません。", self.base),
                format!("{} does not answer as a CKAN does", self.base),
            )
        };
        let mut answer: Json = serde_json::from_slice(&document.bytes).map_err(|_| unreadable())?;
        if answer["success"] != true {
            return Err(unreadable());
        }
        let count = answer["result"]["count"].as_u64().and_then(|count| usize::try_from(count).ok());
        let Json::Array(results) = answer["result"]["results"].take() else { return Err(unreadable()) };
        Ok(Page { count: count.ok_or_else(unreadable)?, results })
    }

    /// All pages. One that cannot be read ends the list; what was read before it counts.
    fn pages(&self, fetcher: &mut Fetcher, since: Option<&str>) -> Result<Listing, Fault> {
        let mut found = Listing::default();
        let mut seen = HashSet::new();
        let mut start = 0;
        loop {
            let page = match self.page(fetcher, since, start, ROWS) {
                Ok(page) => page,
                Err(fault) if start == 0 => return Err(fault),
                Err(fault) => {
                    found.broken = Some(fault);
                    return Ok(found);
                }
            };
            let (before, length) = (seen.len(), page.results.len());
            let mut read = 0;
            for result in &page.results {
                let Some(dataset) = dataset(&self.base, result) else { continue };
                read += 1;
                if seen.insert(dataset.remote.clone()) {
                    if dataset.modified > found.newest {
                        found.newest.clone_from(&dataset.modified);
                    }
                    found.datasets.push(dataset);
                }
            }
            start += length.max(1);
            // A page of what was seen already is the same page for ever.
            let is_same = read > 0 && seen.len() == before;
            let is_last = length == 0 || start >= page.count || is_same;
            if seen.len() > DATASETS || start > 10 * DATASETS {
                found.broken = Some(fault(
                    "too-many",
                    format!("データセットが{DATASETS}件を超えています。--filter で絞ってください。"),
                    format!("there are more than {DATASETS} datasets; say which by --filter"),
                ));
                return Ok(found);
            }
            if is_last {
                // A list that is shorter or longer than it says has shifted under our hands.
                if since.is_none() && seen.len() == page.count {
                    found.all = Some(seen.into_iter().collect());
                } else if since.is_none() {
                    found.broken = Some(fault(
                        "list-shifted",
                        format!("一覧が{}件のはずですが{}件でした。次の実行で確かめます。", page.count, seen.len()),
                        format!("the list is said to hold {} datasets and held {}", page.count, seen.len()),
                    ));
                }
                return Ok(found);
            }
        }
    }
}

/// A dataset of CKAN; `None` without an id, or where it is none that is public.
fn dataset(base: &str, result: &Json) -> Option<Remote> {
    let text = |key: &str| result[key].as_str().unwrap_or_default().trim().to_owned();
    let remote = text("id");
    let is_public = result["private"] != true && result["state"].as_str().is_none_or(|state| state == "active");
    if remote.is_empty() || remote.len() > 200 || !is_public {
        return None;
    }
    let extra = |wanted: &str| {
        let list = result["extras"].as_array().into_iter().flatten();
        let mut values = list.filter(|extra| extra["key"] == wanted).filter_map(|extra| extra["value"].as_str());
        values.next().unwrap_or_default().to_owned()
    };
    let organization = &result["organization"];
    let of_organization = |key: &str| organization[key].as_str().unwrap_or_default().to_owned();
    let name = text("name");
    let page = text("url");
    let page = if page.starts_with("http://") || page.starts_with("https://") {
        page
    } else {
        format!("{base}/dataset/{}", utf8_percent_encode(&name, NON_ALPHANUMERIC))
    };
    let tags = result["tags"].as_array().into_iter().flatten();
    let resources = result["resources"].as_array().into_iter().flatten();
    Some(Remote {
        names: vec![name],
        title: text("title"),
        notes: cut(result["notes"].as_str().unwrap_or_default(), 10_000),
        tags: tags.filter_map(|tag| tag["name"].as_str().map(str::to_owned)).collect(),
        theme: extra("theme"),
        licences: vec![text("license_id"), text("license_url"), text("license_title")],
        attribution: extra("attribution"),
        page,
        publishers: vec![extra("municipality_code"), of_organization("name"), of_organization("title"), text("author")],
        prefecture: extra("prefecture"),
        modified: text("metadata_modified"),
        files: resources.take(FILES).filter_map(file).collect(),
        remote,
    })
}

fn file(resource: &Json) -> Option<RemoteFile> {
    let text = |key: &str| resource[key].as_str().unwrap_or_default().trim().to_owned();
    let address = text("url");
    let remote = text("id");
    let has_id = (1..=200).contains(&remote.len());
    (1..=ADDRESS_BYTES).contains(&address.len()).then(|| RemoteFile {
        remote: if has_id { remote } else { address.clone() },
        place: FilePlace::Web(address),
        title: cut(&text("name"), 200),
        format: [text("format"), text("mimetype")].into_iter().find(|word| !word.is_empty()).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dataset_of_ckan_is_read_as_it_is_and_never_panics() {
        let result = serde_json::json!({
            "id": "1", "name": "aed", "title": "AED", "license_id": "cc-by", "private": false, "state": "active",
            "organization": { "name": "222127", "title": "焼津市" }, "metadata_modified": "2026-01-01T00:00:00.000000",
            "extras": [{ "key": "theme", "value": "防災" }, { "key": "x" }, 1],
            "tags": [{ "name": "AED" }, {}], "resources": [{ "url": "https://example.jp/a.csv" }, {}, null],
        });
        let read = dataset("https://example.jp", &result).expect("a dataset");
        assert_eq!(read.page, "https://example.jp/dataset/aed");
        assert_eq!((read.theme.as_str(), read.files.len(), read.tags.len()), ("防災", 1, 1));
        assert_eq!(read.files[0].remote, "https://example.jp/a.csv");
        for none in [
            serde_json::json!(null),
            serde_json::json!([]),
            serde_json::json!({ "id": 1 }),
            serde_json::json!({ "id": "1", "private": true }),
            serde_json::json!({ "id": "1", "state": "deleted" }),
        ] {
            assert_eq!(dataset("https://example.jp", &none), None, "{none}");
        }
        assert_eq!(base("https://example.jp/odp/api/3/action/package_list"), "https://example.jp/odp");
        assert_eq!(base("https://example.jp/"), "https://example.jp");
    }
}
