//! English keys of the data models of 推奨データセット (NEC-FIWARE/smart-data-models, `cio`), as cities use them for headers:
//! 高松市 publishes its AEDs, toilets, cultural properties and population under them, also as `LinkData` exports.
//!
//! Several are everyday English. Those never say which sheet a table is ([`is_plain`]).

/// Field name, keys for it.
pub(super) const KEYS: &[(&str, &[&str])] = &[
    // Nearly every set.
    ("全国地方公共団体コード", &["prefCode"]),
    ("名称_カナ", &["fullNameInKana"]),
    ("名称_英語", &["fullNameInRomaji"]),
    ("名称_英字", &["fullNameInRomaji"]),
    ("名称_通称", &["alternativeName"]),
    ("所在地_連結表記", &["address"]),
    ("所在地_都道府県", &["pref", "prefName"]),
    ("所在地_市区町村", &["cityName"]),
    ("建物名等(方書)", &["katagaki"]),
    ("電話番号", &["telephoneNumber"]),
    ("内線番号", &["extensionNumber"]),
    ("法人番号", &["corporateNumber"]),
    ("設置位置", &["installationPosition"]),
    ("利用可能曜日", &["availableDate"]),
    ("開始時間", &["startTime"]),
    ("終了時間", &["endTime"]),
    ("利用可能日時特記事項", &["availableDateNote"]),
    ("利用可能時間特記事項", &["availableDateNote"]),
    ("画像", &["image"]),
    // Misspelt in the model and in the files.
    ("画像_ライセンス", &["imageLicense", "iamgeLicense"]),
    ("URL", &["referenceObject"]),
    ("備考", &["note"]),
    // 02
    ("文化財分類", &["classification"]),
    ("種類", &["category"]),
    ("場所名称", &["placeName"]),
    ("員数（数）", &["member"]),
    ("員数（単位）", &["memberUnit"]),
    ("所有者等", &["owner"]),
    ("文化財指定日", &["culturalPropertyDate"]),
    ("概要", &["summary"]),
    ("概要_英語", &["summaryInRomaji"]),
    ("説明", &["description"]),
    ("説明_英語", &["descriptionEng"]),
    // 03
    ("標高", &["elevation"]),
    ("災害種別_崖崩れ、土石流及び地滑り", &["sedimentDisaster"]),
    ("災害種別_高潮", &["stormSurge"]),
    ("災害種別_地震", &["earthquake"]),
    ("災害種別_津波", &["tunami", "tsunami"]),
    ("災害種別_大規模な火事", &["fire"]),
    ("災害種別_内水氾濫", &["inundation"]),
    ("想定収容人数", &["capacity"]),
    ("対象となる町会・自治会", &["residentsAssociation"]),
    // 04; the groups of age are in `population_key`.
    ("地域コード", &["regionCode"]),
    ("地域名", &["regionName"]),
    ("調査年月日", &["surveyDate"]),
    ("総人口", &["totalPopulation"]),
    ("男性", &["male"]),
    ("女性", &["woman"]),
    ("世帯数", &["numberOfHouseholds"]),
    // 05
    ("種別", &["certifiedType"]),
    ("アクセス方法", &["access"]),
    ("駐車場情報", &["parkingInformation"]),
    ("収容定員", &["capacity"]),
    ("受入年齢", &["acceptedAge"]),
    ("一時預かりの有無", &["temporaryKeeping"]),
    // 06
    ("データセット_タイトル", &["dataName"]),
    ("データセット_分類", &["category"]),
    ("ファイル_形式", &["format"]),
    ("ファイル_API対応有無", &["apiSupport"]),
    ("ファイル_ライセンス", &["license"]),
    // 07
    ("設置者", &["installer"]),
    ("提供エリア", &["area"]),
    // 08
    ("小児対応設備の有無", &["equipmentForChildren"]),
    // 10
    ("診療科目", &["medicalSubjects"]),
    ("病床数", &["numberOfBeds"]),
    // 13
    ("男性トイレ総数", &["totalMensRestroom"]),
    ("男性トイレ数（小便器）", &["smallMensRestroom"]),
    ("男性トイレ数（和式）", &["japaneseMensRestroom"]),
    ("男性トイレ数（洋式）", &["westernMensRestroom"]),
    ("女性トイレ総数", &["totalWomanRestroom"]),
    ("女性トイレ数（和式）", &["japaneseWomanRestroom"]),
    ("女性トイレ数（洋式）", &["westernWomanRestroom"]),
    ("男女共用トイレ総数", &["sharedRestroom"]),
    ("男女共用トイレ数（和式）", &["japaneseSharedRestroom"]),
    ("男女共用トイレ数（洋式）", &["westernSharedRestroom"]),
    ("バリアフリートイレ数", &["multifunctionalRestroom"]),
    ("車椅子使用者用トイレ有無", &["wheelchairRestroom"]),
    ("乳幼児用設備設置トイレ有無", &["anInfantRestroom"]),
    ("オストメイト設置トイレ有無", &["ostomateRestroom"]),
];

/// Everyday English among the keys, in the form headers are compared in.
const PLAIN: &[&str] = &[
    "pref",
    "address",
    "image",
    "note",
    "classification",
    "category",
    "placename",
    "member",
    "owner",
    "summary",
    "description",
    "elevation",
    "earthquake",
    "tsunami",
    "fire",
    "capacity",
    "male",
    "woman",
    "access",
    "format",
    "license",
    "installer",
    "area",
    "inundation",
];

/// Whether a folded header is everyday English, which lists of every kind use.
pub(super) fn is_plain(folded: &str) -> bool {
    PLAIN.contains(&folded)
}

/// `man1` for 0-4歳の男性, `woman18` for 85歳以上の女性: eighteen groups of five years.
pub(super) fn population_key(field: &str) -> Option<String> {
    let (age, sex) = field.split_once("歳")?;
    let sex = match sex.trim_start_matches("以上") {
        "の男性" => "man",
        "の女性" => "woman",
        _ => return None,
    };
    let from: u32 = age.split_once('-').map_or(age, |(from, _)| from).parse().ok()?;
    from.is_multiple_of(5).then(|| format!("{sex}{}", from / 5 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Schemas, fold_header};

    #[test]
    fn groups_of_age_are_numbered_from_one() {
        assert_eq!(population_key("0-4歳の男性").as_deref(), Some("man1"));
        assert_eq!(population_key("85歳以上の女性").as_deref(), Some("woman18"));
        assert_eq!(population_key("受入年齢"), None);
    }

    #[test]
    fn every_key_belongs_to_a_field_and_plain_words_are_folded() {
        let fields: Vec<&str> = Schemas::bundled()
            .sheets()
            .iter()
            .flat_map(|sheet| &sheet.fields)
            .map(|field| field.name.as_str())
            .collect();
        for (field, _) in KEYS {
            assert!(fields.contains(field), "{field}");
        }
        for word in PLAIN {
            assert_eq!(fold_header(word), *word);
        }
    }

    #[test]
    fn english_headers_of_real_files_are_bound_and_everyday_english_is_not() {
        let bind = |header: &str| {
            let header: Vec<String> = header.split('|').map(str::to_owned).collect();
            Schemas::bundled().bind(&header).map(|binding| binding.sheet)
        };
        for (sheet, header) in [
            (
                "08",
                "#property|latitude|longitude|name|address|installationPosition|telephoneNumber|availableDate|startTime|endTime|availableDateNote|equipmentForChildren",
            ),
            (
                "08",
                "#property|name|address|installationPosition|location|telephoneNumber|availableDate|startTime|endTime|availableDateNote|equipmentForChildren",
            ),
            (
                "05",
                "#property|name|address|telephoneNumber|referenceObject|note|location|certifiedType|access|parkingInformation|capacity|acceptedAge|availableDate|startTime|endTime|availableDateNote|temporaryKeeping",
            ),
            (
                "07",
                "#property|latitude|longitude|prefCode|identification|pref|city|name|fullNameInKana|fullNameInRomaji|address|katagaki|installer|telephoneNumber|extensionNumber|ssid|area|referenceObject|note",
            ),
        ] {
            assert_eq!(bind(header).as_deref(), Some(sheet), "{header}");
        }
        for header in [
            "name|address|latitude|longitude|category|owner|summary|area|image|note|url",
            "id|name|description|capacity|access|member|owner|male|woman|fire|earthquake",
            "#property|latitude|longitude|name|address|telephoneNumber|referenceObject|note|service|availableDate|startTime|endTime|availableDateNote|capacity",
            "#property|name|burnableGarbage|crushableGarbage|cansGlassPlastic|paperAndCloth|plasticContainers",
        ] {
            assert_eq!(bind(header), None, "{header}");
        }
    }
}
