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
    "official",
    "author",
    "council",
    "prose",
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
    /// Names of those in public office.
    pub(super) official: bool,
    /// Names of those who made the work that a row tells of.
    pub(super) author: bool,
    /// Only lists of members of a council have it.
    pub(super) council: bool,
    /// Free text, where a word of a place is no place.
    pub(super) prose: bool,
}

impl Header {
    /// `field`: the name of the standard field that the column is bound to.
    pub(super) fn of(found: &str, kind: Option<ColumnType>, field: Option<&str>) -> Self {
        let folded = fold(found);
        let joined = folded.replace(['_', '-'], "");
        let field = field.map(fold);
        let is = |group: &str| RULES.header_is(group, &joined);
        // The field says in Japanese what a header in English or another edition's words mean.
        let also_field = |group: &str| is(group) || field.as_ref().is_some_and(|field| RULES.header_is(group, field));
        let address = is("address");
        let position = matches!(kind, Some(ColumnType::Latitude | ColumnType::Longitude))
            || ["緯度", "経度", "latitude", "longitude"].iter().any(|word| folded.contains(word))
            || matches!(folded.as_str(), "lat" | "lon" | "lng" | "x" | "y" | "x座標" | "y座標");
        Self {
            number: is("number"),
            birth: also_field("birth"),
            established: also_field("established"),
            person: also_field("person"),
            person_or_body: also_field("person_or_body"),
            kana: also_field("kana"),
            address,
            home: address && is("home"),
            owner: address && is("owner"),
            attribute: is("attribute"),
            area: is("area"),
            facility: also_field("facility"),
            people: is("people"),
            total: is("total"),
            telephone: ["電話", "携帯", "tel", "phone", "連絡先"].iter().any(|word| folded.contains(word)),
            position,
            official: is("official"),
            author: is("author"),
            council: is("council"),
            prose: also_field("prose"),
            found: found.to_owned(),
        }
    }

    /// `氏名カナ`: a reading under a header that also says whose.
    pub(super) fn speaks_of_persons(&self) -> bool {
        ["氏名", "姓名", "名前", "代表者", "担当者", "管理者", "世帯主", "本人", "シメイ", "しめい"]
            .iter()
            .any(|word| self.found.contains(word))
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
        let header = |text: &str| Header::of(text, None, None);
        assert!(header("個人　番号").number && header("ﾏｲﾅﾝﾊﾞｰ").number && !header("法人番号").number);
        assert!(header("代表者 住所").home && header("所在地").address && !header("所在地").home);
        assert!(header("設置者所在地").owner && !header("メールアドレス").address);
        assert!(header("氏名").person && !header("氏名カナ").person && header("氏名カナ").kana);
        assert!(header("開設年月日").established && header("生年月日").birth);
        assert!(header("要介護1").people && !header("要介護者対応設備").people);
        assert!(header("ＬＡＴ").position);
    }

    #[test]
    fn a_date_of_birth_is_told_from_what_happened_and_from_what_was_counted() {
        let is_birth = |text: &str| Header::of(text, None, None).birth;
        for found in [
            "生年月日",
            "作者生年",
            "代表者の生年月日",
            "生年",
            "生年（西暦）",
            "出生年月日",
            "出生日",
            "誕生日",
            "生年月日(数字8桁)",
            "birth",
            "Birthday",
            "birth_date",
            "dateOfBirth",
            "date-of-birth",
            "DOB",
            "会員DOB",
            "year_of_birth",
        ] {
            assert!(is_birth(found), "{found}");
        }
        for found in [
            "発生年月日",
            "発生年月日（始期）",
            "事故発生年",
            "派生年",
            "厚生年金",
            "衛生年報",
            "学生年齢",
            "小学生年間",
            "出生数",
            "出生者数",
            "出生",
            "birthTotal",
            "birthMan",
            "birthWoman",
            "number_of_births",
            "birthRate",
            "birthplace",
            "再生年",
            "adobe",
        ] {
            assert!(!is_birth(found), "{found}");
        }
    }

    #[test]
    fn english_headers_and_standard_fields_speak_as_japanese_headers_do() {
        let header = |text: &str| Header::of(text, None, None);
        for found in
            ["owner", "establisher", "corporateRepresentative", "presidentName", "contact_person", "施設の所有者"]
        {
            assert!(header(found).person_or_body, "{found}");
        }
        for found in ["ownerId", "representative_phone", "establisherCode", "directory", "ownership", "managerAddress"]
        {
            assert!(!header(found).person_or_body, "{found}");
        }
        assert!(header("last_name").person && header("fullName").person);
        assert!(!header("keeper").person_or_body && Header::of("keeper", None, Some("所有者等")).person_or_body);
    }
}
