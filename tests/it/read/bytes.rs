//! No bytes make a reader panic: any bytes, and real files with bytes changed, cut off or doubled.

use hiraku::read::{ReadLimits, sniff};
use proptest::prelude::*;

use super::shapes::shapefile;
use super::{SourceFile, collect_within, sheet, source, workbook};

/// Small limits, so that many cases run in a second.
fn limits() -> ReadLimits {
    ReadLimits { unpacked_bytes: 1 << 20, rows: 10_000, cells: 100_000, ring_steps: 100_000, ..ReadLimits::default() }
}

fn check(source: &SourceFile) {
    let _ = sniff(source);
    match collect_within(source, &limits()) {
        Ok(collected) => assert!(!collected.tables.is_empty(), "what is read holds a table"),
        Err(error) => {
            assert!(!error.code().is_empty());
            assert!(error.message_ja().ends_with('。'));
            assert!(error.message_en().ends_with('.'));
        }
    }
}

const SAMPLES: &[(&str, &[u8])] = &[
    ("nouen.csv", include_bytes!("../../data/read/allotments-cp932/222127_nouen.csv")),
    ("beach.csv", include_bytes!("../../data/read/beach-mixed-endings/ビーチクリーン大作戦会場.csv")),
    ("wireless.xlsx", include_bytes!("../../data/read/wireless-xlsx/public_wireless_lan__data.xlsx")),
    ("places.xls", include_bytes!("../../data/read/places-xls/places.xls")),
    ("places.ods", include_bytes!("../../data/read/places-ods/places.ods")),
    ("shelters.geojson", include_bytes!("../../data/read/shelters-geojson/evacuation_243418.geojson")),
    ("zoning.gpkg", include_bytes!("../../data/read/geopackage-zoning/zoning.gpkg")),
    ("zoning.fgb", include_bytes!("../../data/read/flatgeobuf-zoning/zoning.fgb")),
    ("zoning.parquet", include_bytes!("../../data/read/geoparquet-native/zoning.parquet")),
    ("types.parquet", include_bytes!("../../data/read/parquet-types/types.parquet")),
    ("n03.topojson", include_bytes!("../../data/read/topojson-municipalities/N03-21_14_s0010.topojson")),
    (
        "table.json",
        br#"{"result":{"fields":[{"id":"a"}],"records":[{"a":1.50,"b":{"c":"x"}},{"a":null,"b":{"d":[1]}}]}}"#,
    ),
];

/// A change to bytes: overwrite, insert or remove at a place, or cut off there.
#[derive(Debug, Clone)]
enum Change {
    Set(prop::sample::Index, u8),
    Insert(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index, usize),
    Cut(prop::sample::Index),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>;
    // Bytes that mean something to one of the formats come more often than others.
    let byte =
        prop_oneof![any::<u8>(), prop::sample::select(b"\"\\,\t;\r\n\0{}[]<>&0129eE-+.\x1b\xff\x81\xe3".to_vec())];
    prop_oneof![
        4 => (at(), byte.clone()).prop_map(|(at, byte)| Change::Set(at, byte)),
        2 => (at(), prop::collection::vec(byte, 1..6)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        1 => (at(), 1_usize..9).prop_map(|(at, length)| Change::Remove(at, length)),
        1 => at().prop_map(Change::Cut),
    ]
}

fn apply(bytes: &mut Vec<u8>, changes: &[Change]) {
    for change in changes {
        if bytes.is_empty() {
            return;
        }
        match change {
            Change::Set(at, byte) => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Change::Insert(at, more) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, more.iter().copied());
            }
            Change::Remove(at, length) => {
                let at = at.index(bytes.len());
                bytes.drain(at..bytes.len().min(at + length));
            }
            Change::Cut(at) => bytes.truncate(at.index(bytes.len())),
        }
    }
}

#[test]
fn no_part_of_a_sample_of_geodata_or_json_is_taken_for_the_whole() {
    for (name, bytes) in SAMPLES.iter().filter(|(name, _)| !name.ends_with("csv")) {
        assert!(collect_within(&source(name, *bytes), &limits()).is_ok(), "{name}");
        for part in 0..50 {
            let cut = bytes.len() * part / 50;
            assert!(collect_within(&source(name, &bytes[..cut]), &limits()).is_err(), "{name}: {cut} bytes");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_never_panic_a_reader(
        head in prop::sample::select(vec![
            &b""[..], b"\xEF\xBB\xBF", b"\xFF\xFE", b"{\"type\":\"FeatureCollection\",\"features\":[", b"PK\x03\x04",
            b"SQLite format 3\0", b"PAR1", b"fgb\x03fgb\x00", b"{\"type\":\"Topology\",\"objects\":{", b"[{\"a\":",
            b"\x00\x00\x27\x0a", b"\"", b"\x1b$B", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<!DOCTYPE html>",
        ]),
        body in prop::collection::vec(any::<u8>(), 0..600),
        name in prop::sample::select(vec!["a.csv", "a.tsv", "a.xlsx", "a.geojson", "a.shp", "a.dbf", "a"]),
    ) {
        let mut file = source(name, [head, &body].concat());
        file.companions = ["dbf", "prj", "cpg"].map(|name| (name.to_owned(), body.clone().into())).to_vec();
        check(&file);
    }

    #[test]
    fn changed_files_never_panic_a_reader(
        sample in prop::sample::select(SAMPLES.to_vec()),
        changes in prop::collection::vec(change(), 1..8),
    ) {
        let mut bytes = sample.1.to_vec();
        apply(&mut bytes, &changes);
        check(&source(sample.0, bytes));
    }

    #[test]
    fn turned_bits_never_panic_a_reader_of_geodata(
        sample in prop::sample::select(SAMPLES[4..].to_vec()),
        turned in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..20),
    ) {
        let mut bytes = sample.1.to_vec();
        for (at, bits) in turned {
            let at = at.index(bytes.len());
            bytes[at] ^= bits;
        }
        check(&source(sample.0, bytes));
    }

    #[test]
    fn a_changed_sheet_never_panics_the_reader(changes in prop::collection::vec(change(), 1..8)) {
        let mut rows = concat!(
            r#"<row r="1" hidden="1"><c r="A1" t="inlineStr"><is><t>a&amp;_x000D_</t></is></c><c r="C1" s="1"><v>45383.5</v></c></row>"#,
            r#"<row r="3"><c t="s"><v>0</v></c><c r="B3" t="e"><v>#N/A</v></c><c r="D3" t="b"><f>1</f><v>1</v></c></row>"#,
            r#"</sheetData><mergeCells><mergeCell ref="A1:B3"/></mergeCells><sheetData>"#,
        ).as_bytes().to_vec();
        apply(&mut rows, &changes);
        check(&source("a.xlsx", sheet(&String::from_utf8_lossy(&rows))));
    }

    #[test]
    fn a_changed_part_never_panics_the_reader(changes in prop::collection::vec(change(), 1..8), which in 0_usize..3) {
        let mut parts = [
            ("xl/sharedStrings.xml", r#"<sst uniqueCount="2"><si><t>a</t><rPh><t>b</t></rPh></si><si><r><t>c</t></r></si></sst>"#.to_owned()),
            ("xl/styles.xml", r#"<s><numFmts><numFmt numFmtId="164" formatCode="[$-411]ggge&quot;年&quot;"/></numFmts><cellXfs><xf/><xf numFmtId="164"/></cellXfs></s>"#.to_owned()),
            ("xl/workbook.xml", r#"<workbook><workbookPr date1904="1"/><sheets><sheet name="a" id="rId1" state="hidden"/></sheets></workbook>"#.to_owned()),
        ];
        let mut bytes = parts[which].1.clone().into_bytes();
        apply(&mut bytes, &changes);
        parts[which].1 = String::from_utf8_lossy(&bytes).into_owned();
        let mut all: Vec<(&str, &str)> = parts.iter().map(|(name, text)| (*name, text.as_str())).collect();
        all.push(("xl/worksheets/sheet1.xml", r#"<worksheet><sheetData><row><c t="s" s="1"><v>1</v></c><c s="1"><v>9</v></c></row></sheetData></worksheet>"#));
        check(&source("a.xlsx", workbook(&all)));
    }

    #[test]
    fn a_changed_shapefile_never_panics_the_reader(
        shp in prop::collection::vec(change(), 0..5),
        dbf in prop::collection::vec(change(), 0..5),
    ) {
        let mut file = shapefile();
        apply(file.bytes.to_mut(), &shp);
        apply(file.companions[0].1.to_mut(), &dbf);
        check(&file);
    }

    #[test]
    fn what_is_written_as_csv_is_read_back(
        mut rows in (2_usize..6).prop_flat_map(|width| {
            prop::collection::vec(prop::collection::vec("[a-z\",\r\n;\t 日本ー㈱]{0,8}", width), 1..12)
        }),
        crlf in any::<bool>(),
    ) {
        rows.insert(0, rows[0].iter().map(|_| "列".to_owned()).collect());
        let ending = if crlf { "\r\n" } else { "\n" };
        let quote = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
        let text: String = rows.iter().map(|row| row.iter().map(quote).collect::<Vec<_>>().join(",") + ending).collect();
        let collected = collect_within(&source("a.csv", text.into_bytes()), &limits()).unwrap();
        prop_assert_eq!(collected.texts(0), rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect::<Vec<Vec<_>>>());
    }
}
