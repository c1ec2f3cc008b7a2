//! The vocabularies of the graph, and what our words are in those of others.

use oxrdf::NamedNode;

use crate::model::catalogue::{Format, Licence};

/// A vocabulary: its usual prefix and its IRI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Vocabulary {
    /// The prefix in documents.
    pub(super) prefix: &'static str,
    /// What its names begin with.
    pub(super) iri: &'static str,
}

/// A name of a vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name(Vocabulary, &'static str);

impl Vocabulary {
    /// A class, property or datatype of it.
    pub(super) const fn name(self, name: &'static str) -> Name {
        Name(self, name)
    }
}

impl Name {
    /// Its node.
    pub(super) fn node(self) -> NamedNode {
        NamedNode::new_unchecked(format!("{}{}", self.0.iri, self.1))
    }
}

macro_rules! vocabularies {
    ($($name:ident $prefix:literal $iri:literal $what:literal;)+) => {
        $(
            #[doc = $what]
            pub(super) const $name: Vocabulary = Vocabulary { prefix: $prefix, iri: $iri };
        )+
        /// All of them, in the order of their prefixes.
        pub(super) const ALL: &[Vocabulary] = &[$($name),+];
    };
}

vocabularies! {
    ADMS "adms" "http://www.w3.org/ns/adms#" "Asset description.";
    DCAT "dcat" "http://www.w3.org/ns/dcat#" "Data catalogues (DCAT 3).";
    DCATAP "dcatap" "http://data.europa.eu/r5r/" "What DCAT-AP adds.";
    DCT "dct" "http://purl.org/dc/terms/" "Dublin Core.";
    FOAF "foaf" "http://xmlns.com/foaf/0.1/" "Agents and documents.";
    GEO "geo" "http://www.opengis.net/ont/geosparql#" "GeoSPARQL: literals of geometry.";
    HYDRA "hydra" "http://www.w3.org/ns/hydra/core#" "Paging.";
    ODRS "odrs" "http://schema.theodi.org/odrs#" "Rights statements: the line of attribution.";
    OWL "owl" "http://www.w3.org/2002/07/owl#" "Version information.";
    RDF "rdf" "http://www.w3.org/1999/02/22-rdf-syntax-ns#" "RDF itself.";
    RDFS "rdfs" "http://www.w3.org/2000/01/rdf-schema#" "Labels.";
    SKOS "skos" "http://www.w3.org/2004/02/skos/core#" "Concepts.";
    SPDX "spdx" "http://spdx.org/rdf/terms#" "Checksums.";
    VCARD "vcard" "http://www.w3.org/2006/vcard/ns#" "Contacts.";
    XSD "xsd" "http://www.w3.org/2001/XMLSchema#" "Datatypes.";
}

/// Where the authority tables of the Publications Office of the European Union lie.
pub(super) const EU: &str = "http://publications.europa.eu/resource/authority";

/// An IRI with its names in Japanese and English.
pub(super) type Known = (&'static str, (&'static str, &'static str));

/// Words in a theme, and the code of the table `data-theme` with its names; the first that fits is taken.
const THEMES: [(&[&str], Known); 11] = [
    (
        &["防災", "消防", "安全", "防犯", "救急"],
        ("JUST", ("司法・法制度・公共の安全", "Justice, legal system and public safety")),
    ),
    (&["健康", "医療", "福祉", "介護", "衛生"], ("HEAL", ("健康", "Health"))),
    (&["交通", "道路", "バス", "駐車", "駐輪"], ("TRAN", ("交通", "Transport"))),
    (
        &["教育", "子育て", "学校", "文化", "歴史", "スポーツ", "イベント", "図書"],
        ("EDUC", ("教育・文化・スポーツ", "Education, culture and sport")),
    ),
    (&["環境", "ごみ", "ゴミ", "公園", "緑", "気象"], ("ENVI", ("環境", "Environment"))),
    (
        &["農", "漁", "水産", "林", "食"],
        ("AGRI", ("農業・漁業・林業・食品", "Agriculture, fisheries, forestry and food")),
    ),
    (&["都市", "まちづくり", "地図", "地理", "土地", "地域"], ("REGI", ("地域・都市", "Regions and cities"))),
    (&["産業", "経済", "観光", "商", "税", "財政", "雇用"], ("ECON", ("経済・財政", "Economy and finance"))),
    (&["人口", "統計", "社会", "くらし", "生活"], ("SOCI", ("人口・社会", "Population and society"))),
    (&["エネルギー", "電力"], ("ENER", ("エネルギー", "Energy"))),
    (&["行政", "施設", "選挙", "議会", "公共"], ("GOVE", ("行政・公共部門", "Government and public sector"))),
];

/// The theme of the table `data-theme` that a publisher's own theme belongs to.
pub(super) fn data_theme(theme: &str) -> Option<Known> {
    THEMES.iter().find(|(words, _)| words.iter().any(|word| theme.contains(word))).map(|(_, known)| *known)
}

/// What is said of a file format.
#[derive(Debug, Clone, Copy)]
pub(super) struct FormatTerms {
    /// Its code in the table `file-type`; `None` where it has none, and its media type stands in.
    pub(super) file_type: Option<&'static str>,
    /// Its media type.
    pub(super) media_type: &'static str,
    /// The document that defines it, with its name.
    pub(super) standard: (&'static str, &'static str),
}

/// The terms of a format.
pub(super) fn format_terms(format: Format) -> FormatTerms {
    let (file_type, media_type, standard) = match format {
        Format::Csv => (Some("CSV"), "text/csv", ("https://www.rfc-editor.org/rfc/rfc4180", "RFC 4180 (CSV)")),
        Format::GeoJson => {
            (Some("GEOJSON"), "application/geo+json", ("https://www.rfc-editor.org/rfc/rfc7946", "RFC 7946 (GeoJSON)"))
        }
        Format::FlatGeobuf => (None, "application/vnd.flatgeobuf", ("https://flatgeobuf.org/", "FlatGeobuf 3.0")),
        Format::GeoParquet => {
            (None, "application/vnd.apache.parquet", ("https://geoparquet.org/releases/v1.1.0/", "GeoParquet 1.1.0"))
        }
        Format::Parquet => {
            (None, "application/vnd.apache.parquet", ("https://parquet.apache.org/docs/file-format/", "Apache Parquet"))
        }
        Format::PmTiles => (
            None,
            "application/vnd.pmtiles",
            ("https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md", "PMTiles 3"),
        ),
    };
    FormatTerms { file_type, media_type, standard }
}

/// The address that names a licence: of Creative Commons' deeds and legal codes the one that all languages share.
pub(super) fn licence_address(licence: &Licence) -> String {
    let url = licence.url.as_str();
    let is_theirs = url.starts_with("https://creativecommons.org/") || url.starts_with("http://creativecommons.org/");
    match url.rsplit_once('/').filter(|(_, last)| last.starts_with("legalcode") || last.starts_with("deed")) {
        Some((whole, _)) if is_theirs => format!("{whole}/").replacen("http://", "https://", 1),
        _ => url.to_owned(),
    }
}

/// The kind of a licence in ADMS' list, by what it asks for.
pub(super) fn licence_type(licence: &Licence) -> Known {
    let id = licence.id.to_ascii_lowercase();
    if id.starts_with("cc0") {
        ("PublicDomain", ("権利の放棄", "Work in the public domain"))
    } else if id.contains("-sa") {
        ("ViralEffect-ShareAlike", ("継承", "Viral effect (a.k.a. Share-alike)"))
    } else if licence.open {
        ("Attribution", ("出典の表示", "Attribution"))
    } else {
        ("UnknownIPR", ("不明", "Unknown IPR"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn themes_of_cities_find_their_place() {
        for (theme, code) in
            [("防災", Some("JUST")), ("健康・福祉", Some("HEAL")), ("環境・ごみ", Some("ENVI")), ("", None)]
        {
            assert_eq!(data_theme(theme).map(|(code, _)| code), code, "{theme}");
        }
    }

    #[test]
    fn licences_of_creative_commons_have_one_name_in_all_languages() {
        let named = |url: &str| {
            licence_address(&Licence { id: String::new(), title: String::new(), url: url.to_owned(), open: true })
        };
        assert_eq!(
            named("https://creativecommons.org/licenses/by/4.0/legalcode.ja"),
            "https://creativecommons.org/licenses/by/4.0/"
        );
        assert_eq!(
            named("http://creativecommons.org/licenses/by/4.0/deed.ja"),
            "https://creativecommons.org/licenses/by/4.0/"
        );
        assert_eq!(named("https://example.jp/deed.html"), "https://example.jp/deed.html");
    }
}
