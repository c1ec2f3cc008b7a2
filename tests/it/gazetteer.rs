//! Positions from addresses against the truth: the shelters of 三重県 and 神奈川県, whose own positions 国土地理院 publishes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use geo::{Distance as _, Haversine};
use geo_types::Point;
use hiraku::model::code::MunicipalityCode;
use hiraku::model::finding::FindingCode;
use hiraku::model::record::Value;
use hiraku::normalize::address::{Cut, Gazetteer, cut};
use hiraku::normalize::gazetteer::{LEVEL_COLUMN, Level, Lookup, Towns};

/// The address and true position of every shelter.
fn shelters() -> Vec<(String, Point<f64>)> {
    let mut files = Vec::new();
    collect(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("datasets"), &mut files);
    let mut found = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a file");
        let json: serde_json::Value = serde_json::from_str(&text).expect("GeoJSON");
        for feature in json["features"].as_array().into_iter().flatten() {
            let at = &feature["geometry"]["coordinates"];
            if let (Some(address), Some(lon), Some(lat)) =
                (feature["properties"]["住所"].as_str(), at[0].as_f64(), at[1].as_f64())
            {
                found.push((address.to_owned(), Point::new(lon, lat)));
            }
        }
    }
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            collect(&entry, found);
        } else if entry
            .parent()
            .and_then(Path::file_name)
            .is_some_and(|name| name.to_string_lossy().starts_with("gsi_"))
            && entry.extension().is_some_and(|extension| extension == "geojson")
        {
            found.push(entry);
        }
    }
}

#[test]
fn towns_of_real_addresses_lie_near_their_true_positions() {
    let shelters = shelters();
    assert!(shelters.len() > 5_000, "the walk found the shelters");
    let (gazetteer, towns) = (Gazetteer::bundled(), Towns::bundled());
    let mut by_level: Vec<(Level, Vec<f64>)> =
        [Level::PartOfTown, Level::Block, Level::Town].into_iter().map(|level| (level, Vec::new())).collect();
    let (mut doubtful, mut unknown, mut cuts) = (0, Vec::new(), 0);
    let mut far = Vec::new();
    for (address, truth) in &shelters {
        let Some(head) = gazetteer.head(address) else {
            unknown.push(address.clone());
            continue;
        };
        let prefecture = head.prefecture.or_else(|| gazetteer.prefecture_of(head.city)).unwrap_or_default();
        let lookup = towns.find(prefecture, head.city, head.rest);
        cuts += usize::from(matches!(cut(head.rest, &lookup), Cut::Proved(..)));
        match lookup {
            Lookup::Found(hit) => {
                let Some(point) = hit.point else { continue };
                let distance_m = Haversine.distance(*truth, Point::new(point.lon_deg(), point.lat_deg()));
                if distance_m > 10_000.0 {
                    far.push(format!("{address} → {} {distance_m:.0} m", hit.name));
                }
                if let Some((_, distances)) = by_level.iter_mut().find(|(level, _)| *level == hit.level) {
                    distances.push(distance_m);
                }
            }
            Lookup::Doubtful(_) => doubtful += 1,
            Lookup::Unknown => unknown.push(address.clone()),
        }
    }
    let mut report =
        format!("{} shelters, {cuts} cut, {doubtful} doubtful, {} unknown\n", shelters.len(), unknown.len());
    for (level, distances) in &mut by_level {
        distances.sort_by(f64::total_cmp);
        let at = |percent: usize| distances.get(distances.len() * percent / 100).copied().unwrap_or(0.0);
        let _ = writeln!(
            report,
            "{}: {}, median {:.0} m, 90% within {:.0} m, 99% within {:.0} m",
            level.as_str(),
            distances.len(),
            at(50),
            at(90),
            at(99)
        );
    }
    let _ = write!(report, "far: {far:#?}\nunknown, some: {:#?}", unknown.iter().take(25).collect::<Vec<_>>());
    println!("{report}");
    let placed: usize = by_level.iter().map(|(_, distances)| distances.len()).sum();
    assert!(placed * 100 >= shelters.len() * 95, "{report}");
    assert!(cuts * 100 >= shelters.len() * 80, "{report}");
    // Wide mountain villages have towns of ten kilometres; more than a few of those would be mistakes.
    assert!(far.len() * 1_000 <= placed * 5, "{report}");
    let block =
        by_level.iter().find(|(level, _)| *level == Level::Block).map(|(_, distances)| distances).expect("a level");
    assert!(block[block.len() / 2] < 400.0, "{report}");
}

#[test]
fn records_without_a_position_get_that_of_their_town_and_say_so() {
    let rows = super::normalize::table(
        "全国地方公共団体コード,ID,名称,名称_カナ,所在地_連結表記,緯度,経度,設置位置,電話番号,開始時間,終了時間,小児対応設備の有無
242021,1,笹川の施設,,三重県四日市市笹川6丁目29-1,,,1階,,,,
242021,2,位置のある施設,,三重県四日市市笹川6丁目29-1,34.95,136.57,1階,,,,
242021,3,どちらとも読める施設,,四日市市日永9-8-7-6,,,1階,,,,
242021,4,市の外,,愛知県豊橋市今橋町1,,,1階,,,,
242021,5,住所のない施設,,,,,1階,,,,
242021,6,零の位置,,四日市市諏訪町1-5,0,0,1階,,,,
",
    );
    let kept = super::normalize::normalize(&rows, "aed_242021.csv");
    assert_eq!(kept.tables[0].shape.sheet.as_ref().map(|sheet| sheet.number.as_str()), Some("08"));
    assert_eq!(kept.tables[0].shape.columns.last().map(|column| column.name.as_str()), Some(LEVEL_COLUMN));
    assert_eq!(kept.text(0, LEVEL_COLUMN), "町丁目");
    assert!(kept.records[0].geometry.is_some() && *kept.value(0, "緯度") != Value::Null);
    assert!(kept.records[0].found.iter().any(|(_, found)| found.is_empty()), "that the cell was empty is kept");
    assert_eq!((kept.text(0, "所在地_町字"), kept.text(0, "所在地_番地以下")), ("笹川6丁目".into(), "29-1".into()));
    assert_eq!((kept.text(1, LEVEL_COLUMN), kept.text(1, "緯度")), (String::new(), "34.95".into()));
    assert!(kept.records[3].geometry.is_none() && kept.records[4].geometry.is_none());
    assert_eq!(kept.text(5, LEVEL_COLUMN), "大字・町");
    let finding = kept.findings.iter().find(|finding| finding.code == FindingCode::PositionFromAddress).expect("named");
    assert!(
        finding.found.contains('件') && finding.message_ja().contains("笹川六丁目(町丁目)"),
        "{}",
        finding.message_ja()
    );
    assert!(kept.has(FindingCode::PositionProposed));
}

#[test]
fn a_table_of_no_sheet_is_placed_by_its_own_address_and_never_by_anothers() {
    let own = super::normalize::table("店名,住所,営業時間\nA,松阪市殿町1340-1,9時\nB,松阪市どこか,10時\n");
    let kept = super::normalize::normalize(&own, "shops_242047.csv");
    assert_eq!(kept.text(0, LEVEL_COLUMN), "大字・町");
    assert!(kept.records[0].geometry.is_some() && kept.records[1].geometry.is_none());
    assert_eq!(kept.text(0, "住所"), "松阪市殿町1340-1");
    for header in ["店名,申請者住所", "店名,代表者の住所", "住所,所在地"] {
        let rows = super::normalize::table(&format!("{header}\n松阪市殿町1340-1,松阪市殿町1340-1\n"));
        let kept = super::normalize::normalize(&rows, "shops_242047.csv");
        assert!(kept.records[0].geometry.is_none(), "{header}");
        assert!(kept.tables[0].shape.columns.iter().all(|column| column.name != LEVEL_COLUMN));
    }
    // Of a city whose towns are not known nothing is added.
    let elsewhere = super::normalize::normalize(&own, "shops_222127.csv");
    assert!(elsewhere.tables[0].shape.columns.iter().all(|column| column.name != LEVEL_COLUMN));
    assert!(MunicipalityCode::parse("242047").is_ok());
}
