//! What a header says of its column.

use unicode_normalization::UnicodeNormalization as _;

use super::rules::RULES;
use crate::model::record::ColumnType;
use crate::normalize::text;

/// The groups of header words that are asked for.
#[cfg(test)]
pub(super) const GROUPS: &[&str] = &[
    "number",
    "birth",
    "established",
    "person",
    "person_or_body",
    "kana",
    "address",
    "home",
    "owner",
    "attribute",
    "area",
    "facility",
    "people",
    "total",
];

/// What a header says.
#[expect(clippy::struct_excessive_bools, reason = "a header says several things at once")]
#[derive(Debug, Clone, Default)]
pub(super) struct Header {
    /// As it stands in the file.
    pub(super) found: String,
    pub(super) number: bool,
    pub(super) birth: bool,
    pub(super) established: bool,
    pub(super) person: bool,
    pub(super) person_or_body: bool,
    pub(super) kana: bool,
    pub(super) address: bool,
    /// An address of a person.
    pub(super) home: bool,
    /// An address of a person or a body.
    pub(super) owner: bool,
    pub(super) attribute: bool,
    pub(super) area: bool,
    pub(super) facility: bool,
    pub(super) people: bool,
    pub(super) total: bool,
    /// Latitude or longitude.
    pub(super) position: bool,
    pub(super) telephone: bool,
}

impl Header {
    pub(super) fn of(found: &str, kind: Option<ColumnType>) -> Self {
        let folded = fold(found);
        let is = |group: &str| RULES.header_is(group, &folded);
        let address = is("address");
        let position = matches!(kind, Some(ColumnType::Latitude | ColumnType::Longitude))
            || ["緯度", "経度", "latitude", "longitude"].iter().any(|word| folded.contains(word))
            || matches!(folded.as_str(), "lat" | "lon" | "lng" | "x" | "y" | "x座標" | "y座標");
        Self {
            number: is("number"),
            birth: is("birth"),
            established: is("established"),
            person: is("person"),
            person_or_body: is("person_or_body"),
            kana: is("kana"),
            address,
            home: address && is("home"),
            owner: address && is("owner"),
            attribute: is("attribute"),
            area: is("area"),
            facility: is("facility"),
            people: is("people"),
            total: is("total"),
            telephone: ["電話", "携帯", "tel", "phone", "連絡先"].iter().any(|word| folded.contains(word)),
            position,
            found: found.to_owned(),
        }
    }
}

/// NFKC, lower case, no blanks.
pub(super) fn fold(text: &str) -> String {
    text.nfkc().filter(|letter| !text::is_blank_char(*letter)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_whatever_their_width() {
        let header = |text: &str| Header::of(text, None);
        assert!(header("個人　番号").number && header("ﾏｲﾅﾝﾊﾞｰ").number && !header("法人番号").number);
        assert!(header("代表者 住所").home && header("所在地").address && !header("所在地").home);
        assert!(header("設置者所在地").owner && !header("メールアドレス").address);
        assert!(header("氏名").person && !header("氏名カナ").person && header("氏名カナ").kana);
        assert!(header("開設年月日").established && header("生年月日").birth);
        assert!(header("要介護1").people && !header("要介護者対応設備").people);
        assert!(header("ＬＡＴ").position);
    }
}
