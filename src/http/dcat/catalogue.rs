//! The catalogue as DCAT has it, and a page of it.

use std::sync::Arc;

use oxrdf::NamedNode;

use super::dataset::{self, data_themes, language, own_themes, publisher, time};
use super::distribution::{api, tiles};
use super::graph::{Graph, node};
use super::profile::Profile;
use super::question::Question;
use super::site::Site;
use super::vocabulary::{DCAT, DCT, FOAF, HYDRA, XSD};
use crate::config::Config;
use crate::model::catalogue::{Catalogue, Dataset};

/// Datasets on one page (ckanext-dcat's own number).
pub(super) const PER_PAGE: usize = 100;

/// What a page of the catalogue shows.
#[derive(Debug)]
pub(super) struct Page<'a> {
    /// Its datasets.
    pub(super) datasets: &'a [Arc<Dataset>],
    /// Datasets that fit, on all pages.
    pub(super) count: usize,
    /// What was asked.
    pub(super) question: &'a Question,
    /// The path it was asked under, such as `/catalog.ttl`.
    pub(super) path: &'a str,
}

/// The graph of a page: the catalogue, its datasets, and where the other pages lie.
pub(super) fn graph(catalogue: &Catalogue, config: &Config, site: &Site, page: &Page<'_>, profile: Profile) -> Graph {
    let mut graph = Graph::default();
    let own = about(&mut graph, catalogue, config, site);
    for each in page.datasets {
        let dataset = dataset::add(&mut graph, site, each, profile);
        graph.link(&own, DCAT.name("dataset"), &dataset);
    }
    paging(&mut graph, site, page);
    graph
}

fn about(graph: &mut Graph, catalogue: &Catalogue, config: &Config, site: &Site) -> NamedNode {
    let own = site.catalogue();
    graph.is(&own, DCAT.name("Catalog"));
    graph.said(&own, DCT.name("title"), &config.site_title, "ja");
    let described =
        if config.site_description.trim().is_empty() { &config.site_title } else { &config.site_description };
    graph.said(&own, DCT.name("description"), described, "ja");
    language(graph, &own);
    let home = site.at("/");
    graph.link(&own, FOAF.name("homepage"), &home);
    graph.is(&home, FOAF.name("Document"));
    // A catalogue of one city is published by it; one of several by the site itself.
    let agent = if let [only] = catalogue.organizations() {
        publisher(graph, site, only)
    } else {
        let agent = site.at("/about#publisher");
        graph.is(&agent, FOAF.name("Agent"));
        graph.said(&agent, FOAF.name("name"), &config.site_title, "ja");
        agent
    };
    graph.link(&own, DCT.name("publisher"), &agent);
    if let Some(first) = catalogue.datasets().iter().map(|dataset| dataset.created).min() {
        time(graph, &own, "issued", first);
    }
    if let Some(last) = catalogue.datasets().iter().map(|dataset| dataset.modified).max() {
        time(graph, &own, "modified", last);
    }
    for scheme in [data_themes(graph), own_themes(graph, site)] {
        graph.link(&own, DCAT.name("themeTaxonomy"), &scheme);
    }
    for service in [api(graph, site), tiles(graph, site)] {
        graph.link(&own, DCAT.name("service"), &service);
    }
    own
}

/// Hydra's paging, with the old names that ckanext-dcat writes beside the new ones.
fn paging(graph: &mut Graph, site: &Site, page: &Page<'_>) {
    let at = |number: usize| node(format!("{}{}", site.url(), page.question.address(page.path, number)));
    let (number, last) = (page.question.page, page.count.div_ceil(PER_PAGE).max(1));
    let own = at(number);
    graph.is(&own, HYDRA.name("PagedCollection"));
    let mut to = |names: [&'static str; 2], number: usize| {
        for name in names {
            graph.link(&own, HYDRA.name(name), &at(number));
        }
    };
    to(["first", "firstPage"], 1);
    to(["last", "lastPage"], last);
    if number > 1 {
        to(["previous", "previousPage"], (number - 1).min(last));
    }
    if number < last {
        to(["next", "nextPage"], number + 1);
    }
    for (name, count) in [("totalItems", page.count), ("itemsPerPage", PER_PAGE)] {
        graph.value(&own, HYDRA.name(name), count.to_string(), XSD.name("integer"));
    }
}
