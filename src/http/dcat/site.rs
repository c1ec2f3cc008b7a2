//! The nodes of the site: what each thing is called in the graph.

use oxrdf::NamedNode;

use super::graph::{node, web_iri};
use super::vocabulary::EU;
use crate::http::disposition::path_segment;
use crate::http::download;
use crate::model::catalogue::{Dataset, Distribution, Organization};

/// The public address of the site, from which all its nodes are made: those of CKAN (`/dataset/{id}`,
/// `/dataset/{id}/resource/{id}`, `/organization/{id}`), each of which answers.
#[derive(Debug, Clone)]
pub(in crate::http) struct Site {
    url: String,
}

impl Site {
    /// The site under an address without a slash at its end.
    pub(in crate::http) fn new(public_url: &str) -> Self {
        let url = web_iri(public_url).map_or_else(|| public_url.to_owned(), NamedNode::into_string);
        Self { url: url.trim_end_matches('/').to_owned() }
    }

    /// The address, without a slash at its end.
    pub(in crate::http) fn url(&self) -> &str {
        &self.url
    }

    /// What lies under a path (`/…`, percent-encoded).
    pub(super) fn at(&self, path: &str) -> NamedNode {
        node(format!("{}{path}", self.url))
    }

    /// The catalogue.
    pub(super) fn catalogue(&self) -> NamedNode {
        node(self.url.clone())
    }

    /// A dataset.
    pub(in crate::http) fn dataset(&self, dataset: &Dataset) -> NamedNode {
        self.at(&format!("/dataset/{}", dataset.id))
    }

    /// The page of a dataset.
    pub(in crate::http) fn page(&self, dataset: &Dataset) -> NamedNode {
        self.at(&format!("/dataset/{}", dataset.name))
    }

    /// A distribution.
    pub(super) fn distribution(&self, dataset: &Dataset, distribution: &Distribution) -> NamedNode {
        self.at(&format!("/dataset/{}/resource/{}", dataset.id, distribution.id))
    }

    /// The file of a distribution.
    pub(in crate::http) fn file(&self, dataset: &Dataset, distribution: &Distribution) -> NamedNode {
        node(download::url(&self.url, dataset, distribution))
    }

    /// A publisher.
    pub(in crate::http) fn organization(&self, organization: &Organization) -> NamedNode {
        self.at(&format!("/organization/{}", organization.id))
    }

    /// The page of a publisher.
    pub(in crate::http) fn organization_page(&self, organization: &Organization) -> NamedNode {
        self.at(&format!("/organization/{}", organization.name))
    }

    /// A theme of the publishers' own.
    pub(super) fn theme(&self, theme: &str) -> NamedNode {
        self.at(&format!("/dataset?theme={}", path_segment(theme)))
    }

    /// The scheme of those themes.
    pub(super) fn themes(&self) -> NamedNode {
        self.at("/dataset#themes")
    }

    /// The action API.
    pub(super) fn api(&self) -> NamedNode {
        self.at("/api/3#service")
    }

    /// The service of tiles.
    pub(super) fn tiles(&self) -> NamedNode {
        self.at("/ogc#service")
    }
}

/// A part of a node's description that has no address of its own.
pub(super) fn part(whole: &NamedNode, name: &str) -> NamedNode {
    node(format!("{}#{name}", whole.as_str()))
}

/// A code of an authority table of the European Union.
pub(super) fn eu(table: &str, code: &str) -> NamedNode {
    node(format!("{EU}/{table}/{code}"))
}

/// A media type in IANA's registry.
pub(super) fn media_type(name: &str) -> NamedNode {
    node(format!("https://www.iana.org/assignments/media-types/{name}"))
}
