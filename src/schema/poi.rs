//! POI codes of the Government Interoperability Framework.

use std::sync::LazyLock;

use serde::Deserialize;

use super::SchemaError;

const FILE: &str = "poi_codes.csv";
const TEXT: &str = include_str!("../../schemas/poi_codes.csv");

/// A kind of place: a value of the field `POIコード`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PoiCode {
    /// Four digits, leading zero kept.
    pub code: String,
    /// Its group, such as 地形.
    pub group: String,
    /// Its name, such as 山.
    pub name: String,
    /// Examples; may be empty.
    pub examples: String,
}

static CODES: LazyLock<Vec<PoiCode>> =
    LazyLock::new(|| parse(TEXT).expect("a test parses the file that is part of the program"));

/// All POI codes, sorted by code.
pub fn poi_codes() -> &'static [PoiCode] {
    &CODES
}

/// The POI code of these four digits.
pub fn poi_code(code: &str) -> Option<&'static PoiCode> {
    CODES.binary_search_by(|known| known.code.as_str().cmp(code)).ok().and_then(|index| CODES.get(index))
}

fn parse(text: &str) -> Result<Vec<PoiCode>, SchemaError> {
    let mut codes: Vec<PoiCode> = csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|source| SchemaError::Csv { file: FILE, source })?;
    codes.sort_by(|a, b| a.code.cmp(&b.code));
    Ok(codes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_four_digits_and_each_stands_once() {
        let codes = poi_codes();
        assert_eq!(codes.len(), 650);
        assert!(codes.windows(2).all(|pair| pair[0].code < pair[1].code));
        assert!(codes.iter().all(|poi| poi.code.len() == 4 && poi.code.bytes().all(|b| b.is_ascii_digit())));
        assert_eq!(poi_code("0101").map(|poi| poi.name.as_str()), Some("山"));
        assert_eq!(poi_code("101"), None);
    }
}
