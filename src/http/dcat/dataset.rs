//! A dataset as DCAT has it.

use oxrdf::NamedNode;

use super::distribution;
use super::graph::{Graph, node, web_iri};
use super::period;
use super::profile::Profile;
use super::site::{Site, eu, part};
use super::vocabulary::{
    ADMS, DCAT, DCT, FOAF, GEO, OWL, RDFS, SKOS, VCARD, XSD, data_theme, licence_address, licence_type,
};
use crate::http::disposition::path_segment;
use crate::http::extras;
use crate::model::catalogue::{Dataset, Licence, Organization, Table};
use crate::model::lonlat::Bbox;
use crate::schema::Schemas;

/// Adds a dataset with all that belongs to it; gives its node.
pub(super) fn add(graph: &mut Graph, site: &Site, dataset: &Dataset, profile: Profile) -> NamedNode {
    let own = site.dataset(dataset);
    graph.is(&own, DCAT.name("Dataset"));
    graph.said(&own, DCT.name("title"), &dataset.title, "ja");
    graph.said(&own, DCT.name("description"), &description(dataset), "ja");
    graph.text(&own, DCT.name("identifier"), &dataset.id.to_string());
    other_identifier(graph, &own, dataset.name.as_str());
    for tag in &dataset.tags {
        graph.said(&own, DCAT.name("keyword"), tag, "ja");
    }
    time(graph, &own, "issued", dataset.created);
    time(graph, &own, "modified", dataset.modified);
    let number = dataset.release_number.to_string();
    graph.text(&own, DCAT.name("version"), &number);
    graph.text(&own, OWL.name("versionInfo"), &number);
    language(graph, &own);
    let agent = publisher(graph, site, &dataset.organization);
    graph.link(&own, DCT.name("publisher"), &agent);
    graph.link(&own, DCT.name("creator"), &agent);
    let contact = contact(graph, site, &dataset.organization);
    graph.link(&own, DCAT.name("contactPoint"), &contact);
    let rights = public_access(graph);
    graph.link(&own, DCT.name("accessRights"), &rights);
    frequency(graph, &own, dataset);
    pages(graph, site, &own, dataset);
    themes(graph, site, &own, dataset);
    places(graph, &own, dataset);
    times(graph, &own, dataset);
    origin(graph, &own, dataset);
    for table in &dataset.tables {
        standard(graph, site, &own, table);
    }
    if let Some(licence) = licence(graph, site, &dataset.licence) {
        graph.link(&own, DCT.name("license"), &licence);
    }
    for each in &dataset.distributions {
        let file = distribution::add(graph, site, dataset, each, profile);
        graph.link(&own, DCAT.name("distribution"), &file);
    }
    own
}

/// What the dataset is; one without notes is described by what is known of it.
pub(in crate::http) fn description(dataset: &Dataset) -> String {
    if dataset.notes.trim().is_empty() {
        format!("{}が公開する「{}」のデータです。", dataset.organization.title, dataset.title)
    } else {
        dataset.notes.clone()
    }
}

/// A time under a property of Dublin Core.
pub(super) fn time(graph: &mut Graph, own: &NamedNode, property: &'static str, at: jiff::Timestamp) {
    graph.value(own, DCT.name(property), at.to_string(), XSD.name("dateTime"));
}

/// Everything here is in Japanese.
pub(super) fn language(graph: &mut Graph, own: &NamedNode) {
    let japanese = eu("language", "JPN");
    graph.link(own, DCT.name("language"), &japanese);
    graph.is(&japanese, DCT.name("LinguisticSystem"));
    graph.both(&japanese, RDFS.name("label"), ("日本語", "Japanese"));
}

/// The agent of a publisher.
pub(super) fn publisher(graph: &mut Graph, site: &Site, organization: &Organization) -> NamedNode {
    let agent = site.organization(organization);
    graph.is(&agent, FOAF.name("Agent"));
    graph.is(&agent, FOAF.name("Organization"));
    graph.said(&agent, FOAF.name("name"), &organization.title, "ja");
    let page = site.organization_page(organization);
    graph.link(&agent, FOAF.name("page"), &page);
    graph.is(&page, FOAF.name("Document"));
    if organization.code.is_nowhere() {
        return agent;
    }
    graph.text(&agent, DCT.name("identifier"), organization.code.as_str());
    let (code, names) = if organization.prefecture.is_empty() {
        ("RegionalAuthority", ("都道府県", "Regional authority"))
    } else {
        ("LocalAuthority", ("市区町村", "Local authority"))
    };
    let kind = node(format!("http://purl.org/adms/publishertype/{code}"));
    graph.link(&agent, DCT.name("type"), &kind);
    concept(graph, &kind, names);
    agent
}

fn contact(graph: &mut Graph, site: &Site, organization: &Organization) -> NamedNode {
    let contact = part(&site.organization(organization), "contact");
    graph.is(&contact, VCARD.name("Kind"));
    graph.is(&contact, VCARD.name("Organization"));
    graph.said(&contact, VCARD.name("fn"), &organization.title, "ja");
    graph.link(&contact, VCARD.name("hasURL"), &site.organization_page(organization));
    contact
}

/// Open to everybody.
pub(super) fn public_access(graph: &mut Graph) -> NamedNode {
    let public = eu("access-right", "PUBLIC");
    graph.is(&public, DCT.name("RightsStatement"));
    graph.both(&public, RDFS.name("label"), ("公開", "public"));
    public
}

/// Publishers do not say how often they renew a dataset, and the catalogue does not guess; what the site makes itself is
/// of every day.
fn frequency(graph: &mut Graph, own: &NamedNode, dataset: &Dataset) {
    let (code, names) =
        if dataset.of_site.is_some() { ("DAILY", ("毎日", "daily")) } else { ("UNKNOWN", ("不明", "unknown")) };
    let frequency = eu("frequency", code);
    graph.link(own, DCT.name("accrualPeriodicity"), &frequency);
    graph.is(&frequency, DCT.name("Frequency"));
    graph.both(&frequency, RDFS.name("label"), names);
}

/// A concept with its names.
pub(super) fn concept(graph: &mut Graph, own: &NamedNode, names: (&str, &str)) {
    graph.is(own, SKOS.name("Concept"));
    graph.both(own, SKOS.name("prefLabel"), names);
}

fn pages(graph: &mut Graph, site: &Site, own: &NamedNode, dataset: &Dataset) {
    let page = site.page(dataset);
    graph.link(own, DCAT.name("landingPage"), &page);
    graph.is(&page, FOAF.name("Document"));
    graph.said(&page, DCT.name("title"), &dataset.title, "ja");
    if let Some(source) = web_iri(&dataset.source_page) {
        graph.link(own, DCAT.name("landingPage"), &source);
        graph.is(&source, FOAF.name("Document"));
    }
}

fn themes(graph: &mut Graph, site: &Site, own: &NamedNode, dataset: &Dataset) {
    if dataset.theme.is_empty() {
        return;
    }
    let theme = site.theme(&dataset.theme);
    graph.link(own, DCAT.name("theme"), &theme);
    graph.is(&theme, SKOS.name("Concept"));
    graph.said(&theme, SKOS.name("prefLabel"), &dataset.theme, "ja");
    graph.link(&theme, SKOS.name("inScheme"), &site.themes());
    own_themes(graph, site);
    if let Some((code, names)) = data_theme(&dataset.theme) {
        let theme = eu("data-theme", code);
        graph.link(own, DCAT.name("theme"), &theme);
        concept(graph, &theme, names);
        let scheme = data_themes(graph);
        graph.link(&theme, SKOS.name("inScheme"), &scheme);
    }
}

/// The scheme of the publishers' themes.
pub(super) fn own_themes(graph: &mut Graph, site: &Site) -> NamedNode {
    let scheme = site.themes();
    graph.is(&scheme, SKOS.name("ConceptScheme"));
    graph.both(&scheme, DCT.name("title"), ("テーマ", "Themes"));
    scheme
}

/// The scheme of the European Union's themes.
pub(super) fn data_themes(graph: &mut Graph) -> NamedNode {
    let scheme = node(format!("{}/data-theme", super::vocabulary::EU));
    graph.is(&scheme, SKOS.name("ConceptScheme"));
    graph.both(&scheme, DCT.name("title"), ("データのテーマ", "Data theme"));
    scheme
}

/// The municipality by its code (統計LODの標準地域コード: `C` and the five digits), and the box around all positions.
fn places(graph: &mut Graph, own: &NamedNode, dataset: &Dataset) {
    let organization = &dataset.organization;
    if organization.code.is_nowhere() {
        return;
    }
    let area = node(format!("http://data.e-stat.go.jp/lod/sac/C{}", organization.code.five()));
    graph.link(own, DCT.name("spatial"), &area);
    graph.is(&area, DCT.name("Location"));
    graph.said(&area, SKOS.name("prefLabel"), &format!("{}{}", organization.prefecture, organization.title), "ja");
    graph.text(&area, DCT.name("identifier"), organization.code.as_str());
    if let Some(bbox) = extras::bbox(dataset) {
        let extent = part(own, "extent");
        graph.link(own, DCT.name("spatial"), &extent);
        graph.is(&extent, DCT.name("Location"));
        graph.value(&extent, DCAT.name("bbox"), polygon(&bbox), GEO.name("wktLiteral"));
        let (lon_deg, lat_deg) = bbox.center();
        graph.value(&extent, DCAT.name("centroid"), format!("POINT({lon_deg} {lat_deg})"), GEO.name("wktLiteral"));
    }
}

/// The box in well-known text: longitude before latitude (CRS84, which a literal without another one means).
fn polygon(bbox: &Bbox) -> String {
    let Bbox { west_deg: w, south_deg: s, east_deg: e, north_deg: n } = *bbox;
    format!("POLYGON(({w} {s},{e} {s},{e} {n},{w} {n},{w} {s}))")
}

fn times(graph: &mut Graph, own: &NamedNode, dataset: &Dataset) {
    let Some((first, last)) = period::of(dataset) else { return };
    let covered = part(own, "period");
    graph.link(own, DCT.name("temporal"), &covered);
    graph.is(&covered, DCT.name("PeriodOfTime"));
    graph.value(&covered, DCAT.name("startDate"), first.to_string(), XSD.name("date"));
    graph.value(&covered, DCAT.name("endDate"), last.to_string(), XSD.name("date"));
}

/// Where the data came from, and what was done with it.
fn origin(graph: &mut Graph, own: &NamedNode, dataset: &Dataset) {
    let mut files: Vec<&str> = dataset.tables.iter().map(|table| table.source_file.as_str()).collect();
    files.retain(|file| !file.is_empty());
    files.dedup();
    if files.is_empty() {
        return;
    }
    let (listed, publisher) = (files.join(", "), &dataset.organization.title);
    let (japanese, english) = if dataset.retrieved.is_empty() {
        (String::new(), String::new())
    } else {
        (format!("{}取得、", dataset.retrieved), format!(", retrieved on {}", dataset.retrieved))
    };
    let statement = part(own, "provenance");
    graph.link(own, DCT.name("provenance"), &statement);
    graph.is(&statement, DCT.name("ProvenanceStatement"));
    let japanese = format!("{publisher}のファイル（{japanese}{listed}）の表記をそろえ、各形式に変換した。");
    let english = format!("Files of {publisher} ({listed}{english}), notations unified and formats converted.");
    graph.both(&statement, RDFS.name("label"), (&japanese, &english));
}

/// The sheet of 自治体標準オープンデータセット that a table follows.
fn standard(graph: &mut Graph, site: &Site, own: &NamedNode, table: &Table) {
    let Some(followed) = &table.shape.sheet else { return };
    let Some(sheet) = Schemas::bundled().sheet(&followed.number) else { return };
    let standard = site.at(&format!("/help#standard-{}", sheet.number));
    graph.link(own, DCT.name("conformsTo"), &standard);
    graph.is(&standard, DCT.name("Standard"));
    let title = format!("自治体標準オープンデータセット No.{} {}", sheet.number, sheet.title);
    graph.said(&standard, DCT.name("title"), &title, "ja");
    let english = format!("Japanese municipal standard open dataset no. {} ({})", sheet.number, sheet.slug);
    graph.said(&standard, DCT.name("title"), &english, "en");
    graph.text(&standard, DCT.name("identifier"), &sheet.number);
    graph.text(&standard, OWL.name("versionInfo"), &sheet.edition);
}

/// The document of a licence; `None` where the dataset names none.
pub(super) fn licence(graph: &mut Graph, site: &Site, licence: &Licence) -> Option<NamedNode> {
    if licence.id.is_empty() || licence.id == "notspecified" {
        return None;
    }
    let own =
        web_iri(&licence_address(licence)).unwrap_or_else(|| site.at(&format!("/terms#{}", path_segment(&licence.id))));
    graph.is(&own, DCT.name("LicenseDocument"));
    graph.said(&own, DCT.name("title"), &licence.title, "ja");
    graph.text(&own, DCT.name("identifier"), &licence.id);
    if let Some(text) = web_iri(&licence.url).filter(|text| *text != own) {
        graph.link(&own, RDFS.name("seeAlso"), &text);
    }
    let (code, names) = licence_type(licence);
    let kind = node(format!("http://purl.org/adms/licencetype/{code}"));
    graph.link(&own, DCT.name("type"), &kind);
    concept(graph, &kind, names);
    Some(own)
}

/// A name of the dataset beside its id.
fn other_identifier(graph: &mut Graph, own: &NamedNode, name: &str) {
    let identifier = part(own, "name");
    graph.link(own, ADMS.name("identifier"), &identifier);
    graph.is(&identifier, ADMS.name("Identifier"));
    graph.text(&identifier, SKOS.name("notation"), name);
}
