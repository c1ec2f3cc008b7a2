//! The 31 sheets of the standard, parsed once.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::SchemaError;
use super::everyday::Pool;
use super::sheet::Sheet;
use super::vocabulary::Vocabulary;

macro_rules! sheet {
    ($file:literal) => {
        (concat!("standard/", $file), include_str!(concat!("../../schemas/standard/", $file)))
    };
}

const FILES: [(&str, &str); 31] = [
    sheet!("01_public_facility.toml"),
    sheet!("02_cultural_property.toml"),
    sheet!("03_evacuation_space.toml"),
    sheet!("04_population.toml"),
    sheet!("05_preschool.toml"),
    sheet!("06_open_data_list.toml"),
    sheet!("07_public_wireless_lan.toml"),
    sheet!("08_aed.toml"),
    sheet!("09_care_service.toml"),
    sheet!("10_hospital.toml"),
    sheet!("11_tourism.toml"),
    sheet!("12_event.toml"),
    sheet!("13_public_toilet.toml"),
    sheet!("14_fire_hydrant.toml"),
    sheet!("15_food_business.toml"),
    sheet!("16_school_lunch.toml"),
    sheet!("17_school_district.toml"),
    sheet!("18_boring_log.toml"),
    sheet!("19_city_planning_survey.toml"),
    sheet!("20_procurement.toml"),
    sheet!("21_bus_gtfs_jp.toml"),
    sheet!("22_support_system.toml"),
    sheet!("23_emergency_radio.toml"),
    sheet!("24_educational_institution.toml"),
    sheet!("25_public_parking.toml"),
    sheet!("26_bicycle_parking.toml"),
    sheet!("27_polling_place.toml"),
    sheet!("28_garbage_separation.toml"),
    sheet!("29_baby_station.toml"),
    sheet!("30_garbage_station.toml"),
    sheet!("31_tourism_point.toml"),
];

/// All sheets, with what is needed to recognise them.
#[derive(Debug)]
pub struct Schemas {
    sheets: Vec<Sheet>,
    pub(super) vocabularies: Vec<Vocabulary>,
    /// In how many sheets a folded header occurs, as name, alias or older name.
    pub(super) spread: HashMap<String, u32>,
}

static BUNDLED: LazyLock<Schemas> =
    LazyLock::new(|| Schemas::parse(&FILES).expect("a test parses every file that is part of the program"));

impl Schemas {
    /// The sheets that are part of the program, parsed at the first call.
    pub fn bundled() -> &'static Self {
        &BUNDLED
    }

    /// All sheets by number.
    pub fn sheets(&self) -> &[Sheet] {
        &self.sheets
    }

    /// The sheet of this number (`08`) or slug (`aed`).
    pub fn sheet(&self, number_or_slug: &str) -> Option<&Sheet> {
        self.sheets.iter().find(|sheet| sheet.number == number_or_slug || sheet.slug == number_or_slug)
    }

    fn parse(files: &[(&'static str, &str)]) -> Result<Self, SchemaError> {
        let mut sheets: Vec<Sheet> = Vec::with_capacity(files.len());
        for (index, (file, text)) in files.iter().enumerate() {
            let sheet = Sheet::parse(file, text)?;
            let expected = format!("{:02}", index + 1);
            if sheet.number != expected || *file != format!("standard/{expected}_{}.toml", sheet.slug) {
                let reason = format!("number {} and slug {} do not fit the file", sheet.number, sheet.slug);
                return Err(SchemaError::Rule { file, reason });
            }
            sheets.push(sheet);
        }
        let mut vocabularies = Vec::with_capacity(sheets.len());
        let pool = Pool::new(&sheets);
        for (sheet, (file, _)) in sheets.iter().zip(files) {
            vocabularies.push(Vocabulary::new(sheet, &pool).map_err(|reason| SchemaError::Rule { file, reason })?);
        }
        let mut spread = HashMap::new();
        for header in vocabularies.iter().flat_map(Vocabulary::headers) {
            *spread.entry(header.to_owned()).or_insert(0) += 1;
        }
        Ok(Self { sheets, vocabularies, spread })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::licence;

    #[test]
    fn every_bundled_sheet_parses_and_names_a_known_licence() {
        let schemas = Schemas::parse(&FILES).expect("bundled sheets");
        assert_eq!(schemas.sheets().len(), 31);
        assert_eq!(schemas.sheets().iter().map(|sheet| sheet.fields.len()).sum::<usize>(), 788);
        assert_eq!(schemas.sheets().iter().filter(|sheet| sheet.recommended.is_some()).count(), 14);
        for sheet in schemas.sheets() {
            assert!(licence(&sheet.licence).is_some(), "{}", sheet.number);
            assert!(sheet.attribution.contains("デジタル庁"), "{}", sheet.number);
        }
    }

    #[test]
    fn a_sheet_is_found_by_number_and_by_slug() {
        let schemas = Schemas::bundled();
        assert_eq!(schemas.sheet("08").map(|sheet| sheet.title.as_str()), Some("AED設置箇所一覧"));
        assert_eq!(schemas.sheet("aed").map(|sheet| sheet.number.as_str()), Some("08"));
        assert!(schemas.sheet("32").is_none());
    }

    #[test]
    fn older_headers_point_to_the_fields_of_today() {
        for sheet in Schemas::bundled().sheets() {
            let Some(layout) = &sheet.recommended else { continue };
            for (old, new) in [("住所", "所在地_連結表記"), ("NO", "ID"), ("方書", "建物名等(方書)")] {
                let Some(column) = layout.columns.iter().find(|column| column.name == old) else { continue };
                let field = column.field.map(|index| sheet.fields[index].name.as_str());
                // The list of open data (06) has an id of the dataset instead.
                assert!(field == Some(new) || sheet.number == "06", "{} {old} {field:?}", sheet.number);
            }
        }
    }

    #[test]
    fn a_layout_that_points_nowhere_is_refused() {
        let text = FILES[7].1.replace("field = \"所在地_連結表記\"", "field = \"所在\"");
        let error = Sheet::parse(FILES[7].0, &text).expect_err("unknown field");
        assert!(error.to_string().contains("所在"), "{error}");
    }
}
