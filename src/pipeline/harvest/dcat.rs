//! A DCAT catalogue: all its pages as one graph, and what that says of each dataset.

use std::collections::HashSet;

use oxrdf::Term;

use super::fetch::Fetcher;
use super::graph::{Graph, key};
use super::{ADDRESS_BYTES, DATASETS, FILES, Fault, FilePlace, Listing, Remote, RemoteFile, cut, fault};
use crate::model::harvest::Source;

/// Most pages of a catalogue: 200 of 100 datasets are [`DATASETS`].
const PAGES: usize = 200;
/// What is asked for; Turtle is the shortest.
const ACCEPT: &str = "text/turtle, application/rdf+xml;q=0.9, application/ld+json;q=0.8, */*;q=0.1";

const DCAT: &str = "http://www.w3.org/ns/dcat#";
const DCT: &str = "http://purl.org/dc/terms/";
const HYDRA: &str = "http://www.w3.org/ns/hydra/core#";

fn dcat(name: &str) -> String {
    format!("{DCAT}{name}")
}

fn dct(name: &str) -> String {
    format!("{DCT}{name}")
}

/// What the catalogue says.
pub(super) fn list(fetcher: &mut Fetcher, source: &Source) -> Result<Listing, Fault> {
    let mut graph = Graph::default();
    let mut next = Some(source.address.clone());
    let mut asked = HashSet::new();
    let mut broken = None;
    while let Some(address) = next.take() {
        if !asked.insert(address.clone()) {
            break;
        }
        if asked.len() > PAGES {
            broken = Some(fault(
                "too-many",
                format!("カタログが{PAGES}ページを超えています。"),
                format!("the catalogue has more than {PAGES} pages"),
            ));
            break;
        }
        let read = fetcher.document(&address, ACCEPT).and_then(|document| graph.read(&document));
        match read {
            Ok(()) => {}
            Err(fault) if asked.len() == 1 => return Err(fault),
            Err(fault) => {
                broken = Some(fault);
                break;
            }
        }
        // Each page says which is the next; the one that was not asked for yet is it.
        let class = format!("{HYDRA}PagedCollection");
        next = graph
            .of_class(&class)
            .flat_map(|page| ["next", "nextPage"].map(|name| graph.text(page, &format!("{HYDRA}{name}"))))
            .find(|address| !address.is_empty() && !asked.contains(address));
    }
    let class = dcat("Dataset");
    let mut found = Listing::default();
    for node in graph.of_class(&class).take(DATASETS) {
        // A blank node is another one the next time, so that its dataset could not be known again.
        if let Some(dataset) = dataset(&graph, node).filter(|_| !node.starts_with("_:") && node.len() <= ADDRESS_BYTES)
        {
            if dataset.modified > found.newest {
                found.newest.clone_from(&dataset.modified);
            }
            found.datasets.push(dataset);
        }
    }
    let class = format!("{HYDRA}PagedCollection");
    let total = graph
        .of_class(&class)
        .map(|page| graph.text(page, &format!("{HYDRA}totalItems")))
        .find(|total| !total.is_empty());
    let total: Option<usize> = total.and_then(|total| total.parse().ok());
    if broken.is_none() {
        match total.filter(|total| *total != found.datasets.len()) {
            None => found.all = Some(found.datasets.iter().map(|dataset| dataset.remote.clone()).collect()),
            Some(total) => {
                let held = found.datasets.len();
                broken = Some(fault(
                    "list-shifted",
                    format!("一覧が{total}件のはずですが{held}件でした。次の実行で確かめます。"),
                    format!("the list is said to hold {total} datasets and held {held}"),
                ));
            }
        }
    }
    found.broken = broken;
    Ok(found)
}

fn dataset(graph: &Graph, node: &str) -> Option<Remote> {
    let title = graph.text(node, &dct("title"));
    if title.is_empty() {
        return None;
    }
    let mut names: Vec<String> = graph
        .nodes(node, "http://www.w3.org/ns/adms#identifier")
        .iter()
        .map(|other| graph.text(other, "http://www.w3.org/2004/02/skos/core#notation"))
        .collect();
    names.push(graph.text(node, &dct("identifier")));
    let tail = node.trim_end_matches('/').rsplit(['/', '#']).next().unwrap_or_default();
    names.push(tail.to_owned());
    let files = graph.nodes(node, &dcat("distribution"));
    let mut licences = licences(graph, node);
    for file in &files {
        licences.extend(self::licences(graph, file));
    }
    let publisher = graph.nodes(node, &dct("publisher"));
    let mut publishers: Vec<String> = publisher.iter().map(|own| graph.text(own, &dct("identifier"))).collect();
    publishers.extend(publisher.iter().map(|own| graph.text(own, "http://xmlns.com/foaf/0.1/name")));
    let attribution = files
        .iter()
        .flat_map(|file| graph.nodes(file, &dct("rights")))
        .map(|rights| graph.text(&rights, "http://schema.theodi.org/odrs#attributionText"))
        .find(|line| !line.is_empty());
    Some(Remote {
        remote: node.to_owned(),
        names,
        notes: cut(&graph.text(node, &dct("description")), 10_000),
        tags: graph.texts(node, &dcat("keyword")),
        theme: theme(graph, node),
        licences,
        attribution: attribution.unwrap_or_default(),
        page: page(graph, node),
        publishers,
        prefecture: String::new(),
        modified: graph.text(node, &dct("modified")),
        files: files.iter().take(FILES).filter_map(|own| file(graph, own)).collect(),
        title,
    })
}

/// The page it was taken from before the one there, where it names several.
fn page(graph: &Graph, node: &str) -> String {
    let pages = graph.nodes(node, &dcat("landingPage"));
    let is_elsewhere = |page: &&String| {
        let host = |address: &str| url::Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned));
        host(page) != host(node)
    };
    let found = pages.iter().find(is_elsewhere).or(pages.first()).cloned();
    found.filter(|page| page.starts_with("http")).unwrap_or_else(|| node.to_owned())
}

/// The theme in the words of the publisher: not one of the European list.
fn theme(graph: &Graph, node: &str) -> String {
    let own = graph.nodes(node, &dcat("theme"));
    let own = own.iter().find(|theme| !theme.starts_with("http://publications.europa.eu/"));
    own.map(|theme| graph.text(theme, "http://www.w3.org/2004/02/skos/core#prefLabel")).unwrap_or_default()
}

/// What a licence is named by: the identifier its node has, its address, its title.
fn licences(graph: &Graph, node: &str) -> Vec<String> {
    let property = dct("license");
    let mut names = Vec::new();
    for term in graph.all(node, &property) {
        if let Term::Literal(literal) = term {
            names.push(literal.value().to_owned());
        }
        if let Some(licence) = key(term) {
            names.push(graph.text(&licence, &dct("identifier")));
            names.push(graph.text(&licence, &dct("title")));
            names.push(licence);
        }
    }
    names
}

fn file(graph: &Graph, node: &str) -> Option<RemoteFile> {
    let mut address = graph.text(node, &dcat("downloadURL"));
    if address.is_empty() {
        address = graph.text(node, &dcat("accessURL"));
    }
    let format = graph
        .nodes(node, &dct("format"))
        .first()
        .map_or_else(|| graph.text(node, &dct("format")), |format| tail(format));
    let media_type = graph
        .nodes(node, &dcat("mediaType"))
        .first()
        .map(|media| media.split("media-types/").last().unwrap_or_default().to_owned());
    let is_named = !node.starts_with("_:") && node.len() <= ADDRESS_BYTES;
    (1..=ADDRESS_BYTES).contains(&address.len()).then(|| RemoteFile {
        remote: if is_named { node.to_owned() } else { address.clone() },
        place: FilePlace::Web(address),
        title: cut(&graph.text(node, &dct("title")), 200),
        format: if format.is_empty() { media_type.unwrap_or_default() } else { format },
    })
}

fn tail(iri: &str) -> String {
    iri.rsplit(['/', '#']).next().unwrap_or_default().to_owned()
}
