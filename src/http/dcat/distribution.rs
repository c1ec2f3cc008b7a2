//! The files of a dataset, and the services that answer for them.

use oxrdf::NamedNode;

use super::dataset::{concept, language, licence, public_access, time};
use super::graph::{Graph, node};
use super::profile::Profile;
use super::site::{Site, eu, media_type, part};
use super::vocabulary::{DCAT, DCATAP, DCT, FOAF, ODRS, RDF, RDFS, SPDX, XSD, format_terms};
use crate::http::ckan::dict::is_queryable;
use crate::model::catalogue::{Content, Dataset, Distribution, Format};

/// Adds a distribution with its services; gives its node.
pub(super) fn add(
    graph: &mut Graph,
    site: &Site,
    dataset: &Dataset,
    distribution: &Distribution,
    profile: Profile,
) -> NamedNode {
    let own = site.distribution(dataset, distribution);
    graph.is(&own, DCAT.name("Distribution"));
    graph.said(&own, DCT.name("title"), &distribution.title, "ja");
    if let Some(table) = dataset.tables.get(distribution.table) {
        graph.said(&own, DCT.name("description"), &format!("{}({}件)", table.shape.title, table.records), "ja");
    }
    graph.text(&own, DCT.name("identifier"), &distribution.id.to_string());
    let file = site.file(dataset, distribution);
    graph.link(&own, DCAT.name("accessURL"), &file);
    graph.link(&own, DCAT.name("downloadURL"), &file);
    graph.is(&file, RDFS.name("Resource"));
    time(graph, &own, "issued", distribution.created);
    time(graph, &own, "modified", dataset.modified);
    language(graph, &own);
    formats(graph, &own, distribution.format);
    if let Some(licence) = licence(graph, site, &dataset.licence) {
        graph.link(&own, DCT.name("license"), &licence);
    }
    if !dataset.attribution.is_empty() {
        let rights = part(&site.dataset(dataset), "attribution");
        graph.link(&own, DCT.name("rights"), &rights);
        graph.is(&rights, DCT.name("RightsStatement"));
        graph.said(&rights, RDFS.name("label"), &dataset.attribution, "ja");
        graph.said(&rights, ODRS.name("attributionText"), &dataset.attribution, "ja");
    }
    let available = eu("planned-availability", "AVAILABLE");
    graph.link(&own, DCATAP.name("availability"), &available);
    concept(graph, &available, ("利用可能", "available"));
    content(graph, &own, &file, distribution, profile);
    for service in services(graph, site, dataset, distribution) {
        graph.link(&own, DCAT.name("accessService"), &service);
    }
    own
}

fn formats(graph: &mut Graph, own: &NamedNode, format: Format) {
    let terms = format_terms(format);
    let media = media_type(terms.media_type);
    graph.link(own, DCAT.name("mediaType"), &media);
    graph.is(&media, DCT.name("MediaType"));
    graph.text(&media, RDFS.name("label"), terms.media_type);
    // Formats that the table does not know are named by their media types.
    let kind = terms.file_type.map_or_else(|| media.clone(), |code| eu("file-type", code));
    graph.link(own, DCT.name("format"), &kind);
    graph.is(&kind, DCT.name("MediaTypeOrExtent"));
    if kind != media {
        graph.text(&kind, RDFS.name("label"), format.name());
    }
    let standard = node(terms.standard.0);
    graph.link(own, DCT.name("conformsTo"), &standard);
    graph.is(&standard, DCT.name("Standard"));
    graph.said(&standard, DCT.name("title"), terms.standard.1, "en");
}

/// Length and SHA-256 of the file, as the profile has them; of what is made whenever it is asked for there are none.
fn content(graph: &mut Graph, own: &NamedNode, file: &NamedNode, distribution: &Distribution, profile: Profile) {
    let Content::Object { digest, size_bytes } = &distribution.content else { return };
    let size = size_bytes.to_string();
    let sum = part(own, "checksum");
    match profile {
        Profile::Ap2 => graph.value(own, DCAT.name("byteSize"), size, XSD.name("decimal")),
        Profile::Ap3 | Profile::SchemaOrg => {
            graph.value(own, DCAT.name("byteSize"), size, XSD.name("nonNegativeInteger"));
            graph.is(&sum, SPDX.name("Checksum"));
            graph.is(&sha256(), SPDX.name("ChecksumAlgorithm"));
        }
        Profile::Both => {
            let extent = part(own, "size");
            graph.link(own, DCT.name("extent"), &extent);
            graph.is(&extent, DCT.name("SizeOrDuration"));
            graph.said(&extent, RDFS.name("label"), &format!("{size} bytes"), "en");
            graph.value(&extent, RDF.name("value"), size, XSD.name("nonNegativeInteger"));
            graph.is(file, SPDX.name("File"));
        }
    }
    let whose = if profile == Profile::Both { file } else { own };
    graph.link(whose, SPDX.name("checksum"), &sum);
    graph.link(&sum, SPDX.name("algorithm"), &sha256());
    graph.value(&sum, SPDX.name("checksumValue"), digest.to_hex(), XSD.name("hexBinary"));
}

fn sha256() -> NamedNode {
    SPDX.name("checksumAlgorithm_sha256").node()
}

/// The services through which a distribution can be asked for, each of which serves the dataset.
fn services(graph: &mut Graph, site: &Site, dataset: &Dataset, distribution: &Distribution) -> Vec<NamedNode> {
    let mut found = Vec::new();
    if is_queryable(distribution) {
        found.push(api(graph, site));
    }
    if distribution.format == Format::PmTiles {
        found.push(tiles(graph, site));
    }
    for service in &found {
        graph.link(service, DCAT.name("servesDataset"), &site.dataset(dataset));
    }
    found
}

/// The action API: rows with filters, search, metadata.
pub(super) fn api(graph: &mut Graph, site: &Site) -> NamedNode {
    let own = site.api();
    let titles = ("CKAN互換API", "CKAN-compatible API");
    let told = (
        "データセットの検索、メタデータの取得、行の絞り込み(datastore_search)ができます。",
        "Searches datasets, shows their metadata and gives rows with filters (datastore_search).",
    );
    let standard = ("https://docs.ckan.org/en/2.11/api/", "CKAN 2.11 API");
    service(graph, site, &own, titles, told, ("/api/3/action", "/help"), standard);
    own
}

/// Vector tiles of all layers.
pub(super) fn tiles(graph: &mut Graph, site: &Site) -> NamedNode {
    let own = site.tiles();
    let titles = ("ベクトルタイル(OGC API – Tiles)", "Vector tiles (OGC API – Tiles)");
    let told = (
        "位置を持つデータセットをベクトルタイル(MVT)で配信します。",
        "Serves datasets with positions as vector tiles (MVT).",
    );
    let standard = ("http://www.opengis.net/spec/ogcapi-tiles-1/1.0", "OGC API – Tiles – Part 1: Core");
    service(graph, site, &own, titles, told, ("/ogc", "/ogc/api"), standard);
    own
}

fn service(
    graph: &mut Graph,
    site: &Site,
    own: &NamedNode,
    titles: (&str, &str),
    told: (&str, &str),
    (endpoint, description): (&str, &str),
    (standard, name): (&'static str, &str),
) {
    graph.is(own, DCAT.name("DataService"));
    graph.both(own, DCT.name("title"), titles);
    graph.both(own, DCT.name("description"), told);
    for (property, path) in [("endpointURL", endpoint), ("endpointDescription", description)] {
        let address = site.at(path);
        graph.link(own, DCAT.name(property), &address);
        graph.is(&address, RDFS.name("Resource"));
    }
    let page = site.at("/help");
    graph.link(own, FOAF.name("page"), &page);
    graph.is(&page, FOAF.name("Document"));
    let standard = node(standard);
    graph.link(own, DCT.name("conformsTo"), &standard);
    graph.is(&standard, DCT.name("Standard"));
    graph.said(&standard, DCT.name("title"), name, "en");
    let rights = public_access(graph);
    graph.link(own, DCT.name("accessRights"), &rights);
}
