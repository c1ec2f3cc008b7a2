//! What becomes of each column of a bound table: which normalizer its values go through, and which columns belong
//! together.

use crate::model::record::ColumnType;
use crate::schema::{Field, Sheet, fold_header};

use super::bound_remarks::is_named;
use super::flag;

/// The normalizer of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Free text.
    Free,
    /// Free text that names a thing or a place, or holds remarks: なし means there that there is nothing.
    Named { is_address: bool },
    /// Several values joined by semicolons.
    Multi,
    /// Municipality code; of the publisher itself or of a place.
    Municipality { is_publisher: bool },
    /// Identifier or other code; `is_key` for the one that must be unique.
    Identifier { is_key: bool },
    /// 法人番号.
    Corporate,
    /// 町字ID.
    Town,
    /// POIコード.
    Poi,
    /// Whole number.
    Integer,
    /// Decimal number.
    Number,
    /// 高度の値: a floor, or metres.
    Elevation,
    /// 高度の種別.
    ElevationKind,
    /// Date.
    Date,
    /// Time without partner.
    Time,
    /// Opening time; the closing time is the field at `end`. What stands beside a time goes to the field at `remarks`.
    TimeStart { end: usize, remarks: Option<usize> },
    /// Closing time: handled with its opening time.
    TimeEnd,
    /// Weekdays; holidays go to the field at `remarks`.
    Weekday { remarks: Option<usize> },
    /// One of few words that say yes or no.
    Flag,
    /// One of few words.
    CodeList,
    /// Telephone numbers; an extension goes to the field at `extension`.
    Phone { extension: Option<usize> },
    /// Postal code.
    Postal,
    /// Web address.
    Url,
    /// Mail address.
    Email,
    /// Reading.
    Kana,
    /// Latitude, handled together with the longitude.
    Latitude,
    /// Longitude.
    Longitude,
}

/// The fields of one address: indexes into the sheet's fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AddressFields {
    pub(super) joined: usize,
    pub(super) prefecture: usize,
    pub(super) city: usize,
    pub(super) town: usize,
    pub(super) below: usize,
}

/// The roles of a sheet's fields.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Roles {
    pub(super) of: Vec<Role>,
    pub(super) latitude: Option<usize>,
    pub(super) longitude: Option<usize>,
    pub(super) address: Option<AddressFields>,
    /// The remarks of the record.
    pub(super) remarks: Option<usize>,
    /// 地方公共団体名, made of 都道府県名 and 市区町村名 of the older layouts.
    pub(super) government: Option<usize>,
}

impl Roles {
    /// Reads the roles off a sheet. `is_bound` says which fields the file has a column for.
    pub(super) fn new(sheet: &Sheet, is_bound: &dyn Fn(usize) -> bool) -> Self {
        let fields = &sheet.fields;
        let named = |name: &str| fields.iter().position(|field| field.name == name);
        // Where what is no time or day goes: the remarks beside them, else the remarks of the record.
        let time_remarks = fields
            .iter()
            .position(|field| {
                let is_of_times = field.name.contains('時') || field.name.contains('曜');
                field.kind == ColumnType::Text && field.name.contains("特記事項") && is_of_times
            })
            .or_else(|| named("備考"));
        let mut of: Vec<Role> = fields.iter().map(role).collect();
        for (at, field) in fields.iter().enumerate() {
            match of[at] {
                Role::Time if field.name.contains("開始") => {
                    let partner = named(&field.name.replacen("開始", "終了", 1));
                    if let Some(end) = partner.filter(|end| of[*end] == Role::Time) {
                        of[at] = Role::TimeStart { end, remarks: time_remarks };
                        of[end] = Role::TimeEnd;
                    }
                }
                Role::Weekday { .. } => {
                    of[at] = Role::Weekday { remarks: time_remarks };
                }
                Role::Phone { .. } if field.name.contains("電話番号") => {
                    of[at] = Role::Phone { extension: named(&field.name.replacen("電話番号", "内線番号", 1)) };
                }
                _ => {}
            }
        }
        // A lone closing time has no opening time in the file to be handled with.
        for at in 0..of.len() {
            if let Role::TimeStart { end, .. } = of[at]
                && !is_bound(at)
            {
                (of[at], of[end]) = (Role::Time, Role::Time);
            }
        }
        let address = fields.iter().find_map(|field| {
            let prefix = field.name.strip_suffix("所在地_連結表記")?;
            let part = |name: &str| named(&format!("{prefix}所在地_{name}"));
            Some(AddressFields {
                joined: part("連結表記")?,
                prefecture: part("都道府県")?,
                city: part("市区町村")?,
                town: part("町字")?,
                below: part("番地以下")?,
            })
        });
        Self {
            latitude: of.iter().position(|role| *role == Role::Latitude),
            longitude: of.iter().position(|role| *role == Role::Longitude),
            address,
            remarks: named("備考"),
            government: named("地方公共団体名"),
            of,
        }
    }
}

/// Whether a field holds codes of municipalities.
pub(super) fn is_municipality(field: &Field) -> bool {
    field.kind == ColumnType::Code
        && (field.name.contains("地方公共団体コード") || field.name.contains("市区町村コード"))
}

fn role(field: &Field) -> Role {
    let name = field.name.as_str();
    match field.kind {
        ColumnType::Text if field.separator.is_some() => Role::Multi,
        ColumnType::Text if !field.codes.is_empty() => {
            if flag::is_flag_list(&field.codes) {
                Role::Flag
            } else {
                Role::CodeList
            }
        }
        ColumnType::Text if is_named(field) => {
            Role::Named { is_address: name.contains("所在地") || name.contains("住所") }
        }
        ColumnType::Text => Role::Free,
        ColumnType::Code if is_municipality(field) => {
            Role::Municipality { is_publisher: name == "全国地方公共団体コード" }
        }
        ColumnType::Code if name.contains("法人番号") => Role::Corporate,
        ColumnType::Code if name == "町字ID" => Role::Town,
        ColumnType::Code if name == "POIコード" => Role::Poi,
        ColumnType::Code => Role::Identifier { is_key: name == "ID" },
        ColumnType::Integer => Role::Integer,
        ColumnType::Number if name == "高度の値" => Role::Elevation,
        ColumnType::Number => Role::Number,
        ColumnType::Date => Role::Date,
        ColumnType::Time => Role::Time,
        ColumnType::Weekday => Role::Weekday { remarks: None },
        ColumnType::Flag if name == "高度の種別" => Role::ElevationKind,
        ColumnType::Flag if flag::is_flag_list(&field.codes) => Role::Flag,
        ColumnType::Flag if field.codes.is_empty() => Role::Free,
        ColumnType::Flag => Role::CodeList,
        ColumnType::Phone => Role::Phone { extension: None },
        ColumnType::Postal => Role::Postal,
        ColumnType::Url => Role::Url,
        ColumnType::Email => Role::Email,
        ColumnType::Kana => Role::Kana,
        ColumnType::Latitude => Role::Latitude,
        ColumnType::Longitude => Role::Longitude,
    }
}

/// Whether two headers mean the same column.
pub(super) fn is_same_header(first: &str, second: &str) -> bool {
    first == second || fold_header(first) == fold_header(second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schemas;

    #[test]
    fn the_fields_of_the_aed_sheet_have_their_roles() {
        let sheet = Schemas::bundled().sheet("08").expect("a sheet");
        let roles = Roles::new(sheet, &|_| true);
        let role = |name: &str| roles.of[sheet.fields.iter().position(|field| field.name == name).expect(name)];
        assert_eq!(role("全国地方公共団体コード"), Role::Municipality { is_publisher: true });
        assert_eq!(role("所在地_全国地方公共団体コード"), Role::Municipality { is_publisher: false });
        assert_eq!(role("ID"), Role::Identifier { is_key: true });
        assert_eq!(role("法人番号"), Role::Corporate);
        assert!(matches!(role("開始時間"), Role::TimeStart { .. }));
        assert_eq!(role("終了時間"), Role::TimeEnd);
        assert!(matches!(role("利用可能曜日"), Role::Weekday { remarks: Some(_) }));
        assert_eq!(role("小児対応設備の有無"), Role::Flag);
        assert!(matches!(role("電話番号"), Role::Phone { extension: Some(_) }));
        assert_eq!(role("高度の値"), Role::Elevation);
        assert_eq!(role("高度の種別"), Role::ElevationKind);
        assert!(roles.address.is_some() && roles.latitude.is_some() && roles.government.is_some());
    }

    #[test]
    fn every_sheet_has_roles_for_all_its_fields() {
        for sheet in Schemas::bundled().sheets() {
            assert_eq!(Roles::new(sheet, &|_| true).of.len(), sheet.fields.len(), "{}", sheet.number);
        }
    }
}
