//! Which rules a graph follows where those of the application profiles contradict each other.

/// The application profile of a graph.
///
/// The shapes of DCAT-AP 2.1.1 and 3.0.0 cannot both be met by a graph that says all: `dcat:byteSize` must be an
/// `xsd:decimal` there and an `xsd:nonNegativeInteger` here, and a `spdx:Checksum` must be SHA-1 there. A caller who
/// names no profile gets a graph that fits both: size and SHA-256 are then said of the file behind the download
/// address (`dct:extent`, `spdx:File`) and not of the distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::http) enum Profile {
    /// What both allow.
    #[default]
    Both,
    /// DCAT-AP 2.1.1.
    Ap2,
    /// DCAT-AP 3.0.0.
    Ap3,
    /// schema.org instead of DCAT.
    SchemaOrg,
}

/// The names `profiles=` takes (those of ckanext-dcat).
const NAMES: [(&str, Profile); 4] = [
    ("euro_dcat_ap", Profile::Ap2),
    ("euro_dcat_ap_2", Profile::Ap2),
    ("euro_dcat_ap_3", Profile::Ap3),
    ("schemaorg", Profile::SchemaOrg),
];

impl Profile {
    /// Reads `profiles=`: names between commas or blanks, the last of them decides, since each later one adds to the
    /// ones before. `None` where a name is unknown.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut found = Self::Both;
        for name in text.split([',', ' ']).filter(|name| !name.is_empty()) {
            found = NAMES.iter().find(|(known, _)| *known == name)?.1;
        }
        Some(found)
    }

    /// The names that can be given.
    pub(super) fn names() -> String {
        NAMES.map(|(name, _)| name).join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_read_as_ckan_reads_them() {
        for (text, profile) in [
            ("", Some(Profile::Both)),
            ("euro_dcat_ap_2", Some(Profile::Ap2)),
            ("euro_dcat_ap_2,euro_dcat_ap_3", Some(Profile::Ap3)),
            ("euro_dcat_ap euro_dcat_ap_2", Some(Profile::Ap2)),
            ("schemaorg", Some(Profile::SchemaOrg)),
            ("nothing", None),
        ] {
            assert_eq!(Profile::parse(text), profile, "{text}");
        }
    }
}
