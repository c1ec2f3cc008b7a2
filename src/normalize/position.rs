//! Which columns of a table of no sheet are latitude and longitude.

use crate::model::finding::{Finding, FindingCode, Place};
use crate::schema::fold_header;

use super::degrees::Axis;
use super::plan::is_same_header;
use super::profile::TableProfile;

/// Headers that are a coordinate without doubt, the surest pair of a table that has several.
const LATITUDES: &[&str] = &["緯度", "latitude", "lat", "緯度（世界測地系）", "緯度(10進)", "緯度(十進)", "ido"];
const LONGITUDES: &[&str] =
    &["経度", "longitude", "lon", "lng", "long", "経度（世界測地系）", "経度(10進)", "経度(十進)", "keido"];

/// The cells of latitude and longitude, by header and plausible values. Axes that were told by the values alone, and
/// stand against custom, become a finding.
pub(super) fn position_columns(
    headers: &[String],
    profile: &TableProfile,
    sheet_name: Option<&str>,
    findings: &mut Vec<Finding>,
) -> Option<(usize, usize)> {
    let column = |names: &[&str]| {
        headers.iter().position(|header| names.iter().any(|name| is_same_header(&header.to_lowercase(), name)))
    };
    let named = column(LATITUDES).zip(column(LONGITUDES)).or_else(|| only_pair(headers));
    if named.is_some() {
        return named;
    }
    let plausible =
        |at: usize, latitude: bool| profile.columns.get(at).is_some_and(|column| column.is_plausible_degrees(latitude));
    // X and Y mean many things (metres, east or north first): taken only where the values say which is which.
    let (x, y) = column(&["x", "x座標", "xcoord", "point_x"]).zip(column(&["y", "y座標", "ycoord", "point_y"]))?;
    if plausible(x, false) && plausible(y, true) {
        Some((y, x))
    } else if plausible(x, true) && plausible(y, false) {
        // Surveyors' x is north, but a map's is east: said, since no header proves it.
        let place = Place {
            sheet: sheet_name.map(str::to_owned),
            row: None,
            column: Some(format!("{}, {}", headers[x], headers[y])),
            ..Place::default()
        };
        findings.push(Finding::new(FindingCode::CoordinateAxes, place, &headers[x], headers[y].clone()));
        Some((x, y))
    } else {
        None
    }
}

/// The one pair of columns whose names end in a coordinate: 店舗緯度, 緯度_10進, `shop_latitude`. Of several pairs none is the
/// place of the row.
fn only_pair(headers: &[String]) -> Option<(usize, usize)> {
    let only = |axis: Axis| {
        let mut fitting = headers.iter().enumerate().filter(|(_, header)| axis_of(header) == Some(axis));
        let (at, _) = fitting.next()?;
        fitting.next().is_none().then_some(at)
    };
    only(Axis::Latitude).zip(only(Axis::Longitude))
}

/// The axis a header names; `None` where it names none or both.
fn axis_of(header: &str) -> Option<Axis> {
    let folded = fold_header(header);
    let names = |japanese: &str, words: &[&str]| {
        let after = folded.rsplit_once(japanese).map(|(_, after)| after);
        after.is_some_and(is_unit)
            || folded.split(|letter: char| !letter.is_ascii_alphabetic()).any(|word| words.contains(&word))
            || folded.ends_with(words[0])
    };
    match (names("緯度", &["latitude", "lat"]), names("経度", &["longitude", "lon", "lng"])) {
        (true, false) if !folded.contains("経度") => Some(Axis::Latitude),
        (false, true) if !folded.contains("緯度") => Some(Axis::Longitude),
        _ => None,
    }
}

/// What may follow the name of a coordinate: nothing, a remark in brackets, the way of writing.
fn is_unit(after: &str) -> bool {
    let after = after.trim_start_matches(['_', '-', ':']);
    after.is_empty()
        || (after.starts_with('(') && after.ends_with(')'))
        || ["10進", "十進", "世界測地系", "wgs84", "jgd2011", "jgd2000", "度", "deg"]
            .iter()
            .any(|unit| after.starts_with(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(headers: &[&str]) -> Option<(usize, usize)> {
        let headers: Vec<String> = headers.iter().map(|header| (*header).to_owned()).collect();
        position_columns(&headers, &TableProfile::default(), None, &mut Vec::new())
    }

    #[test]
    fn headers_that_end_in_a_coordinate_are_one() {
        assert_eq!(pair(&["店舗名", "店舗緯度", "店舗経度"]), Some((1, 2)));
        assert_eq!(pair(&["経度_10進", "緯度_10進"]), Some((1, 0)));
        assert_eq!(pair(&["地点緯度（世界測地系）", "地点経度（世界測地系）"]), Some((0, 1)));
        assert_eq!(pair(&["Shop Latitude", "Shop Longitude"]), Some((0, 1)));
        assert_eq!(pair(&["start_lat", "start_lng"]), Some((0, 1)));
    }

    #[test]
    fn several_pairs_or_columns_of_both_are_none() {
        assert_eq!(pair(&["始点緯度", "始点経度", "終点緯度", "終点経度"]), None);
        assert_eq!(pair(&["緯度経度", "緯度経度の精度"]), None);
        assert_eq!(pair(&["platform", "along"]), None);
        // The plain pair is the place of the row, whatever other pairs there are.
        assert_eq!(pair(&["旧緯度", "旧経度", "緯度", "経度"]), Some((2, 3)));
    }
}
