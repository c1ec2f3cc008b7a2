//! Normalizing: golden files of real rows, and what must hold for any rows at all.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::PathBuf;

use geo_types::polygon;
use hiraku::model::code::MunicipalityCode;
use hiraku::model::finding::{Finding, FindingCode, Place, Repair};
use hiraku::model::record::{ColumnType, Record, RefusedRow, Value};
use hiraku::normalize::{NormalizeContext, Normalizer, Profile, RecordSink, TableBegun, TableCounts};
use hiraku::read::{Cell, Crs, Row, RowSink, TableHead};
use proptest::prelude::*;

/// All that came out of one file.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) tables: Vec<TableBegun>,
    pub(crate) records: Vec<Record>,
    refused: Vec<RefusedRow>,
    pub(crate) findings: Vec<Finding>,
    counts: Vec<TableCounts>,
}

impl RecordSink for Kept {
    fn table(&mut self, begun: TableBegun) -> ControlFlow<()> {
        self.tables.push(begun);
        ControlFlow::Continue(())
    }
    fn record(&mut self, record: Record) -> ControlFlow<()> {
        self.records.push(record);
        ControlFlow::Continue(())
    }
    fn refused(&mut self, row: RefusedRow) -> ControlFlow<()> {
        self.refused.push(row);
        ControlFlow::Continue(())
    }
    fn finding(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
    fn end(&mut self, counts: TableCounts) -> ControlFlow<()> {
        self.counts.push(counts);
        ControlFlow::Continue(())
    }
}

impl Kept {
    pub(crate) fn value(&self, record: usize, column: &str) -> &Value {
        let at = self.tables[0].shape.columns.iter().position(|known| known.name == column).expect(column);
        &self.records[record].values[at]
    }

    pub(crate) fn text(&self, record: usize, column: &str) -> String {
        shown(self.value(record, column))
    }

    fn codes(&self) -> Vec<FindingCode> {
        self.findings.iter().map(|finding| finding.code).collect()
    }

    pub(crate) fn has(&self, code: FindingCode) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Number(number) => number.to_string(),
    }
}

fn csv_head() -> TableHead {
    TableHead { name: None, columns: None, crs: None, encoding: "UTF-8".into(), format: "CSV" }
}

fn push(rows: &[Vec<String>], head: &TableHead, sink: &mut dyn RowSink) {
    if sink.table(head).is_break() {
        return;
    }
    for (at, row) in rows.iter().enumerate() {
        let cells: Vec<Cell<'_>> =
            row.iter().map(|cell| if cell.is_empty() { Cell::Empty } else { Cell::Text(cell) }).collect();
        if sink.row(&Row { number: at as u64 + 1, cells: &cells, geometry: None }).is_break() {
            return;
        }
    }
}

fn context(file_name: &str) -> NormalizeContext {
    let publisher = file_name.rsplit_once('_').and_then(|(_, code)| MunicipalityCode::parse(code.get(..6)?).ok());
    NormalizeContext {
        file_name: file_name.into(),
        key: "table".into(),
        title: "表".into(),
        publisher,
        ..Default::default()
    }
}

pub(crate) fn normalize(rows: &[Vec<String>], file_name: &str) -> Kept {
    normalize_with(rows, &csv_head(), context(file_name))
}

fn normalize_with(rows: &[Vec<String>], head: &TableHead, context: NormalizeContext) -> Kept {
    let mut profile = Profile::new();
    push(rows, head, &mut profile);
    let mut normalizer = Normalizer::new(context, &profile, Kept::default());
    push(rows, head, &mut normalizer);
    normalizer.finish()
}

pub(crate) fn table(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    reader.records().map(|row| row.expect("a test table").iter().map(str::to_owned).collect()).collect()
}

fn json(kept: &Kept) -> String {
    let tables: Vec<serde_json::Value> = kept
        .tables
        .iter()
        .map(|table| {
            let columns: Vec<String> = table
                .shape
                .columns
                .iter()
                .map(|column| {
                    let found = column.found.as_deref().unwrap_or("(none)");
                    format!("{} {:?} < {}", column.name, column.kind, found)
                })
                .collect();
            serde_json::json!({ "sheet": table.shape.sheet, "rows_above": table.rows_above, "columns": columns })
        })
        .collect();
    let records: Vec<serde_json::Value> = kept
        .records
        .iter()
        .map(|record| {
            let names = &kept.tables[0].shape.columns;
            let values: serde_json::Map<String, serde_json::Value> = names
                .iter()
                .zip(&record.values)
                .filter(|(_, value)| **value != Value::Null)
                .map(|(column, value)| {
                    let value = match value {
                        Value::Integer(number) => (*number).into(),
                        Value::Number(number) => (*number).into(),
                        other => shown(other).into(),
                    };
                    (column.name.clone(), value)
                })
                .collect();
            let found: serde_json::Map<String, serde_json::Value> =
                record.found.iter().map(|(at, text)| (names[*at].name.clone(), text.clone().into())).collect();
            let place = record.geometry.as_ref().map(|geometry| match geometry {
                geo_types::Geometry::Point(point) => format!("{} {}", point.x(), point.y()),
                other => format!("{other:?}"),
            });
            serde_json::json!({ "row": record.row, "values": values, "found": found, "geometry": place })
        })
        .collect();
    let findings: Vec<String> = kept
        .findings
        .iter()
        .map(|finding| {
            let mut line = finding.code.as_str().to_owned();
            if let Some(row) = finding.place.row {
                let _ = write!(line, " row {row}");
            }
            if let Some(column) = &finding.place.column {
                let _ = write!(line, " [{column}]");
            }
            let _ = write!(line, " {}", finding.message_ja());
            if let Repair::Proposed(text) = &finding.repair {
                let _ = write!(line, " (案: {text})");
            }
            line
        })
        .collect();
    let refused: Vec<String> =
        kept.refused.iter().map(|row| format!("row {} {}", row.row, row.reason.message_ja())).collect();
    let whole = serde_json::json!({
        "tables": tables, "counts": kept.counts, "findings": findings, "refused": refused, "records": records,
    });
    serde_json::to_string_pretty(&whole).expect("plain data") + "\n"
}

/// Every `tests/data/normalize/*.csv` has its answer beside it. A missing answer is written and fails the test once, so
/// that a person looks at it before it is kept.
#[test]
fn real_rows_become_the_records_and_findings_of_their_golden_files() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/normalize");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the fixtures")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "csv"))
        .collect();
    files.sort();
    assert!(files.len() >= 12, "fixtures are missing");
    let mut wrong = Vec::new();
    for file in files {
        let name = file.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        let rows = table(&std::fs::read_to_string(&file).expect("a fixture"));
        let kept = normalize(&rows, name);
        let rows_of =
            |counts: &TableCounts| counts.rows_read + counts.rows_above + counts.rows_below + counts.rows_empty;
        let data_rows = kept.counts.iter().map(rows_of).sum::<u64>();
        assert_eq!(data_rows, rows.len() as u64, "{name}: rows are conserved");
        let answer_file = file.with_extension("json");
        let answer = std::fs::read_to_string(&answer_file).unwrap_or_default();
        let made = json(&kept);
        if answer.is_empty() {
            std::fs::write(&answer_file, &made).expect("a first answer");
        }
        if made != answer {
            let at = made.lines().zip(answer.lines()).position(|(a, b)| a != b).unwrap_or(0);
            let line = |text: &str| text.lines().nth(at).unwrap_or_default().to_owned();
            wrong.push(format!("{name} line {}:\n  made   {}\n  answer {}", at + 1, line(&made), line(&answer)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_defect_of_the_aed_sheet_is_repaired_or_named_in_its_cell() {
    let header = "全国地方公共団体コード,ID,名称,名称_カナ,所在地_連結表記,緯度,経度,設置位置,電話番号,郵便番号,利用可能曜日,開始時間,終了時間,利用可能日時特記事項,小児対応設備の有無,URL,法人番号";
    let rows = table(&format!(
        "{header}
22212,A1,市役所,ｼﾔｸｼｮ,静岡県焼津市本町2-16-32,34.866918,138.323171,１階,(054)626-1139,〒425-8502,月～金,9：00,１７：００,,○,www.city.example.jp,
222127,1.31E+11,図書館,図書カン,焼津市三ケ名1550,138.3,34.86,,,,土日祝,終日,,休館日あり,△,,
222127,A1,港,みなと,静岡県焼津市中港2,0,0,,,,毎日,9:00～17:00,,,無,,123
"
    ));
    let kept = normalize(&rows, "aed_222127.csv");
    assert_eq!(kept.tables[0].shape.sheet.as_ref().map(|sheet| sheet.number.as_str()), Some("08"));
    assert_eq!(kept.counts[0].records, 3);
    for (record, column, expected) in [
        (0, "全国地方公共団体コード", "222127"),
        (0, "名称_カナ", "シヤクショ"),
        (0, "所在地_都道府県", "静岡県"),
        (0, "所在地_市区町村", "焼津市"),
        (0, "電話番号", "054-626-1139"),
        (0, "郵便番号", "4258502"),
        (0, "利用可能曜日", "月火水木金"),
        (0, "開始時間", "09:00"),
        (0, "終了時間", "17:00"),
        (0, "小児対応設備の有無", "有"),
        (0, "設置位置", "１階"),
        (1, "ID", ""),
        (1, "緯度", "34.86"),
        (1, "経度", "138.3"),
        (1, "利用可能曜日", "土日"),
        (1, "利用可能日時特記事項", "休館日あり。祝日を含む"),
        (1, "開始時間", "00:00"),
        (1, "終了時間", "24:00"),
        (1, "小児対応設備の有無", "△"),
        (1, "所在地_都道府県", ""),
        (2, "緯度", ""),
        (2, "終了時間", "17:00"),
        (2, "名称_カナ", "ミナト"),
        (1, "名称_カナ", "図書カン"),
    ] {
        assert_eq!(kept.text(record, column), expected, "{record} {column}");
    }
    for code in [
        FindingCode::CodeCheckDigitAdded,
        FindingCode::KanaFolded,
        FindingCode::AddressSplit,
        FindingCode::PhoneFolded,
        FindingCode::PostalFolded,
        FindingCode::WeekdayFolded,
        FindingCode::TimeFolded,
        FindingCode::TimeAllDay,
        FindingCode::FlagFolded,
        FindingCode::FlagInvalid,
        FindingCode::UrlInvalid,
        FindingCode::IdExponent,
        FindingCode::IdDuplicate,
        FindingCode::CoordinateSwapped,
        FindingCode::CoordinateZero,
        FindingCode::KanaInvalid,
        FindingCode::CorporateNumberInvalid,
    ] {
        let named = kept.has(code) || (code == FindingCode::IdDuplicate && kept.has(FindingCode::IdDuplicate));
        assert!(named, "{} in {:?}", code.as_str(), kept.codes());
    }
    assert!(kept.records[1].found.iter().any(|(_, text)| text == "1.31E+11"), "the id as found is kept");
    assert!(kept.records[1].geometry.is_some() && kept.records[2].geometry.is_none());
}

#[test]
fn our_own_values_change_nothing_and_find_nothing_when_read_again() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/normalize");
    for name in ["aed_komae_132195", "toilet_yaizu_222127", "evacuation_space_nanao_172022", "tourism_yaizu_222127"] {
        let rows = table(&std::fs::read_to_string(folder.join(format!("{name}.csv"))).expect("a fixture"));
        let first = normalize(&rows, name);
        let mut again: Vec<Vec<String>> =
            vec![first.tables[0].shape.columns.iter().map(|column| column.name.clone()).collect()];
        again.extend(first.records.iter().map(|record| record.values.iter().map(shown).collect::<Vec<_>>()));
        let second = normalize(&again, name);
        assert_eq!(second.records.len(), first.records.len(), "{name}");
        for (a, b) in first.records.iter().zip(&second.records) {
            assert_eq!(a.values, b.values, "{name} row {}", a.row);
            assert_eq!(b.found, vec![], "{name} row {}", a.row);
        }
        let made: Vec<&Finding> =
            second.findings.iter().filter(|finding| matches!(finding.repair, Repair::Made(_))).collect();
        assert!(made.is_empty(), "{name}: {made:?}");
    }
}

#[test]
fn a_table_of_no_sheet_keeps_every_value_as_published() {
    let rows =
        table("番号,店名,面積,席数,緯度,経度,\n001,髙木商店 ,12.5,10,34.86,138.32,\n002,港の店,8,,34.87,138.33,\n");
    let kept = normalize(&rows, "shops.csv");
    let kinds: Vec<ColumnType> = kept.tables[0].shape.columns.iter().map(|column| column.kind).collect();
    assert_eq!(
        kinds,
        [
            ColumnType::Text,
            ColumnType::Text,
            ColumnType::Number,
            ColumnType::Integer,
            ColumnType::Latitude,
            ColumnType::Longitude
        ]
    );
    assert_eq!(kept.text(0, "番号"), "001");
    assert_eq!(kept.text(0, "店名"), "髙木商店 ");
    assert_eq!(*kept.value(1, "席数"), Value::Null);
    assert!(kept.records.iter().all(|record| record.found.is_empty() && record.geometry.is_some()));
    assert!(kept.has(FindingCode::ColumnEmpty) && kept.has(FindingCode::SheetUnknown));
}

#[test]
fn rows_that_cannot_be_records_are_refused_with_their_cells_and_empty_ones_are_counted() {
    let rows = table("店名,住所,備考\nA,B,C\n店名,住所,備考\nA,B,C,D\n,,\n合計,3,\nA,B\n");
    let kept = normalize(&rows, "shops.csv");
    let counts = kept.counts[0];
    assert_eq!(
        (counts.rows_read, counts.records, counts.refused, counts.rows_above, counts.rows_empty),
        (5, 3, 2, 1, 1)
    );
    let reasons: Vec<FindingCode> = kept.refused.iter().map(|row| row.reason.code).collect();
    assert_eq!(reasons, [FindingCode::HeaderRepeated, FindingCode::RowRagged]);
    assert_eq!(kept.refused[1].cells, ["A", "B", "C", "D"]);
    for code in [FindingCode::RowEmpty, FindingCode::TotalRow, FindingCode::RowRagged] {
        assert!(kept.has(code), "{}", code.as_str());
    }
}

#[test]
fn features_keep_their_record_whatever_their_geometry() {
    let head = TableHead {
        name: Some("層".into()),
        columns: Some(vec!["種別".into()]),
        crs: Some(Crs::PlaneRectangular(8)),
        encoding: String::new(),
        format: "Shapefile",
    };
    let profile = Profile::new();
    let mut normalizer = Normalizer::new(context("layer.shp"), &profile, Kept::default());
    let geometries = [
        Some(geo_types::Geometry::from(geo_types::point!(x: -16_000.0, y: -125_700.0))),
        Some(geo_types::point!(x: f64::NAN, y: 0.0).into()),
        None,
    ];
    assert!(normalizer.table(&head).is_continue());
    for (at, geometry) in geometries.iter().enumerate() {
        let row = Row { number: at as u64 + 1, cells: &[Cell::Text("道")], geometry: geometry.as_ref() };
        assert!(normalizer.row(&row).is_continue());
    }
    let reason = Finding::new(FindingCode::GeometryInvalid, Place::default(), "", "");
    assert!(normalizer.refused(4, reason, vec![]).is_continue());
    let kept = normalizer.finish();
    assert_eq!(kept.counts[0].rows_read, 4);
    assert_eq!((kept.records.len(), kept.refused.len()), (3, 1));
    let Some(geo_types::Geometry::Point(place)) = kept.records[0].geometry else { panic!("a point") };
    assert!((place.x() - 138.3246).abs() < 1e-3 && (place.y() - 34.8664).abs() < 1e-3, "{place:?}");
    assert!(kept.has(FindingCode::GeometryNotFinite) && kept.has(FindingCode::GeometryEmpty));
}

#[test]
fn positions_outside_the_city_stay_and_a_file_of_them_is_named() {
    let square = polygon![(x: 138.2, y: 34.7), (x: 138.4, y: 34.7), (x: 138.4, y: 34.9), (x: 138.2, y: 34.9)];
    let inside = "店名,緯度,経度\nA,34.86,138.32\nB,34.87,138.33\nC,34.86,138.31\nD,34.85,138.31\n";
    let around =
        || NormalizeContext { bounds: Some(vec![geo_types::MultiPolygon(vec![square.clone()])]), ..context("a.csv") };
    let kept = normalize_with(&table(&format!("{inside}E,35.0,138.3\n")), &csv_head(), around());
    assert!(kept.has(FindingCode::CoordinateOutside) && !kept.has(FindingCode::PositionsOutside));
    assert!(kept.records.iter().all(|record| record.geometry.is_some()));
    let kept = normalize_with(&table(&format!("{inside}E,35.0,138.3\nF,35.1,138.3\n")), &csv_head(), around());
    assert!(kept.has(FindingCode::PositionsOutside));
}

#[test]
fn titles_of_the_publisher_are_shown_and_names_stay() {
    let context =
        NormalizeContext { titles: vec![("事業者名カナ".into(), "名称 (カナ)".into())], ..context("a.csv") };
    let kept = normalize_with(&table("事業者名,事業者名カナ\nA,エー\n"), &csv_head(), context);
    let column = &kept.tables[0].shape.columns[1];
    assert_eq!((column.name.as_str(), column.title.as_str()), ("事業者名カナ", "名称 (カナ)"));
}

#[test]
fn a_sink_that_wants_no_more_gets_no_more() {
    struct Once(u32);
    impl RecordSink for Once {
        fn table(&mut self, _: TableBegun) -> ControlFlow<()> {
            ControlFlow::Continue(())
        }
        fn record(&mut self, _: Record) -> ControlFlow<()> {
            self.0 += 1;
            ControlFlow::Break(())
        }
        fn refused(&mut self, _: RefusedRow) -> ControlFlow<()> {
            ControlFlow::Continue(())
        }
        fn finding(&mut self, _: Finding) {}
        fn end(&mut self, _: TableCounts) -> ControlFlow<()> {
            self.0 += 100;
            ControlFlow::Continue(())
        }
    }
    let profile = Profile::new();
    let mut normalizer = Normalizer::new(context("a.csv"), &profile, Once(0));
    push(&table(&format!("店名,住所\n{}", "A,B\n".repeat(50))), &csv_head(), &mut normalizer);
    assert_eq!(normalizer.finish().0, 1);
}

/// Cells as real files hold them, damaged ones among them, and any text at all.
fn any_cell() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "\\PC{0,12}",
        "[0-9０-９./:年月日時分～\\-ー〜,()（）°'′\"NESE+ ]{0,14}",
        "(令和|平成|昭和|R|H|S|明治)?[ 元0-9]{1,3}[年./][0-9 ]{1,3}[月./]?[0-9 ]{0,3}日?",
        "[月火水木金土日祝毎平曜・～、（）除く]{0,8}",
        Just("1.31E+11".to_owned()),
        Just("終日".to_owned()),
        Just("静岡県榛原郡吉田町".to_owned()),
        Just("\u{3000}".to_owned()),
        Just("合計".to_owned()),
        "(三重県)?(四日市市|津市|松阪市)?(大字|字)?[笹川本町日永殿6-9一二十丁目番地号０-９-]{0,12}",
        "-?[0-9]{3,7}(\\.[0-9]{1,2})?",
        Just("日本測地系".to_owned()),
        Just("34.86、138.32".to_owned()),
        "[あ-んｱ-ﾝﾞﾟ]{0,6}",
    ]
}

const HEADERS: [&str; 9] = [
    "全国地方公共団体コード,ID,名称,名称_カナ,所在地_連結表記,所在地_市区町村,緯度,経度,設置位置,電話番号,郵便番号,利用可能曜日,開始時間,終了時間,小児対応設備の有無,URL,法人番号,連絡先メールアドレス",
    "NO,名称,名称_カナ,住所,方書,緯度,経度,標高,電話番号,市区町村コード,都道府県名,市区町村名,災害種別_洪水,災害種別_地震,災害種別_津波,指定避難所との重複,想定収容人数,対象となる町会・自治会",
    "全国地方公共団体コード,ID,名称,所在地_連結表記,所在地_町字,緯度,経度,男性トイレ総数,女性トイレ総数,バリアフリートイレ数,車椅子使用者用トイレ有無,利用開始時間,利用終了時間,利用可能時間特記事項",
    "店名,緯度,経度,備考,,備考,_id",
    "x,y,name",
    "名称,住所,X座標,Y座標,市町村名",
    "名称,緯度,経度,測地系,所在地,位置の精度",
    "全国地方公共団体コード,ID,名称,名称_カナ,POIコード,所在地_連結表記,所在地_市区町村,高度の種別,高度の値,電話番号,内線番号,利用可能曜日,開始時間,終了時間,利用可能時間特記事項,URL,測地系,緯度経度",
    "イベント名,開始日,終了日,開始時間,終了時間",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn any_rows_are_conserved_and_never_panic(
        header in 0..=HEADERS.len(),
        body in prop::collection::vec(prop::collection::vec(any_cell(), 0..20), 0..30),
    ) {
        let mut rows: Vec<Vec<String>> =
            HEADERS.get(header).map(|header| header.split(',').map(str::to_owned).collect()).into_iter().collect();
        rows.extend(body);
        let kept = normalize(&rows, "any_222127.csv");
        let sum = |of: fn(&TableCounts) -> u64| kept.counts.iter().map(of).sum::<u64>() as usize;
        for counts in &kept.counts {
            prop_assert_eq!(counts.rows_read, counts.records + counts.refused);
        }
        prop_assert_eq!(sum(|counts| counts.records), kept.records.len());
        prop_assert_eq!(sum(|counts| counts.refused), kept.refused.len());
        prop_assert_eq!(kept.counts.len(), kept.tables.len());
        if kept.counts.is_empty() {
            let is_blank = |c: char| c.is_whitespace() || c == '\u{200b}' || c == '\u{feff}';
            prop_assert!(rows.iter().flatten().all(|cell| cell.chars().all(is_blank)), "rows and no table");
        } else if !kept.tables.iter().any(|table| table.cells.first() > Some(&Some(0))) {
            // Beside each other, tables share the rows; one below the other, each row belongs to one.
            let all = sum(|counts| counts.rows_read + counts.rows_above + counts.rows_below + counts.rows_empty);
            prop_assert_eq!(all, rows.len());
        }
        let mut records = kept.records.iter();
        for (table, counts) in kept.tables.iter().zip(&kept.counts) {
            let shape = &table.shape;
            for record in records.by_ref().take(counts.records as usize) {
                prop_assert_eq!(record.values.len(), shape.columns.len());
                for (value, column) in record.values.iter().zip(&shape.columns) {
                    use hiraku::model::record::Storage;
                    let fits = match value {
                        Value::Null => true,
                        Value::Text(_) => column.kind.storage() == Storage::Text,
                        Value::Integer(_) => column.kind.storage() == Storage::Integer,
                        Value::Number(number) => column.kind.storage() == Storage::Number && number.is_finite(),
                    };
                    prop_assert!(fits, "{:?} in {:?}", value, column);
                }
                prop_assert!(record.found.iter().all(|(at, _)| *at < shape.columns.len()));
            }
        }
    }

    #[test]
    fn a_normalized_value_normalizes_to_itself(cells in prop::collection::vec(any_cell(), 18)) {
        let header = HEADERS[0].split(',').map(str::to_owned).collect::<Vec<_>>();
        {
            let mut row = cells;
            row[2] = "名".to_owned();
            let first = normalize(&[header, row], "aed_222127.csv");
            let record = &first.records[0];
            let names: Vec<String> = first.tables[0].shape.columns.iter().map(|column| column.name.clone()).collect();
            let again = normalize(&[names, record.values.iter().map(shown).collect()], "aed_222127.csv");
            prop_assert_eq!(&record.values, &again.records[0].values);
            prop_assert!(
                !again.findings.iter().any(|finding| finding.place.row.is_some() && matches!(finding.repair, Repair::Made(_))),
                "{:?}", again.findings
            );
        }
    }
}

#[test]
fn errors_of_a_spreadsheet_are_no_values_and_lost_dashes_are_named() {
    let header = "全国地方公共団体コード,ID,名称,名称_カナ,所在地_連結表記,設置位置,電話番号,小児対応設備の有無";
    let rows = table(&format!("{header}\n222127,A1,#N/A,,静岡県焼津市本町2?16?32,#VALUE!,03-3657-3455（記念館）,有\n"));
    let kept = normalize(&rows, "aed_222127.csv");
    let said = json(&kept);
    for wanted in [
        "cell-error row 2 [名称]",
        "cell-error row 2 [設置位置]",
        "character-lost row 2 [所在地_連結表記]",
        "電話番号:記念館",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    assert!(!said.contains("\"名称\": \"#N/A\",\n        \"所在地"), "an error is no name");
}
