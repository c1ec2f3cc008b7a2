//! Where tables begin and end, what their header is, and that no row is lost on the way.

use std::ops::ControlFlow;

use hiraku::model::finding::{Finding, FindingCode, Repair};
use hiraku::model::record::{Record, RefusedRow, Value};
use hiraku::normalize::{NormalizeContext, Normalizer, Profile, RecordSink, TableBegun, TableCounts};
use hiraku::read::{Cell, Row, RowSink, TableHead};
use proptest::prelude::*;

/// One table as it came out.
#[derive(Debug)]
struct Table {
    begun: TableBegun,
    records: Vec<Record>,
    refused: Vec<RefusedRow>,
    findings: Vec<Finding>,
    counts: TableCounts,
}

impl Table {
    fn names(&self) -> Vec<&str> {
        self.begun.shape.columns.iter().map(|column| column.name.as_str()).collect()
    }

    fn sheet(&self) -> Option<&str> {
        self.begun.shape.sheet.as_ref().map(|sheet| sheet.number.as_str())
    }

    fn rows(&self) -> Vec<Vec<String>> {
        self.records.iter().map(|record| record.values.iter().map(shown).collect()).collect()
    }

    fn found(&self, code: FindingCode) -> Vec<&str> {
        self.findings.iter().filter(|finding| finding.code == code).map(|finding| finding.found.as_str()).collect()
    }

    fn accounted(&self) -> u64 {
        self.counts.rows_read + self.counts.rows_above + self.counts.rows_below + self.counts.rows_empty
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

#[derive(Default)]
struct Kept {
    tables: Vec<Table>,
}

impl RecordSink for Kept {
    fn table(&mut self, begun: TableBegun) -> ControlFlow<()> {
        let counts = TableCounts::default();
        self.tables.push(Table { begun, records: vec![], refused: vec![], findings: vec![], counts });
        ControlFlow::Continue(())
    }
    fn record(&mut self, record: Record) -> ControlFlow<()> {
        self.tables.last_mut().expect("a table").records.push(record);
        ControlFlow::Continue(())
    }
    fn refused(&mut self, row: RefusedRow) -> ControlFlow<()> {
        self.tables.last_mut().expect("a table").refused.push(row);
        ControlFlow::Continue(())
    }
    fn finding(&mut self, finding: Finding) {
        if let Some(table) = self.tables.last_mut() {
            table.findings.push(finding);
        }
    }
    fn end(&mut self, counts: TableCounts) -> ControlFlow<()> {
        self.tables.last_mut().expect("a table").counts = counts;
        ControlFlow::Continue(())
    }
}

/// Rows as a reader pushes them; `format` XLSX leaves empty rows out, as spreadsheets do.
fn push(rows: &[Vec<String>], format: &'static str, sink: &mut dyn RowSink) {
    let head = TableHead { name: None, columns: None, crs: None, encoding: String::new(), format };
    if sink.table(&head).is_break() {
        return;
    }
    for (at, row) in rows.iter().enumerate() {
        if format == "XLSX" && row.iter().all(String::is_empty) {
            continue;
        }
        let cells: Vec<Cell<'_>> =
            row.iter().map(|cell| if cell.is_empty() { Cell::Empty } else { Cell::Text(cell) }).collect();
        if sink.row(&Row { number: at as u64 + 1, cells: &cells, geometry: None }).is_break() {
            return;
        }
    }
}

fn tables_of(rows: &[Vec<String>], format: &'static str, file_name: &str) -> Vec<Table> {
    let mut profile = Profile::named(file_name);
    push(rows, format, &mut profile);
    let context = NormalizeContext {
        file_name: file_name.into(),
        key: "table".into(),
        title: "表".into(),
        ..NormalizeContext::default()
    };
    let mut normalizer = Normalizer::new(context, &profile, Kept::default());
    push(rows, format, &mut normalizer);
    normalizer.finish().tables
}

fn rows(lines: &[&str]) -> Vec<Vec<String>> {
    lines.iter().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// The tables of a CSV; every row is accounted for.
#[track_caller]
fn tables(lines: &[&str]) -> Vec<Table> {
    let found = tables_of(&rows(lines), "CSV", "list.csv");
    assert_eq!(found.iter().map(Table::accounted).sum::<u64>(), lines.len() as u64, "rows are conserved");
    for table in &found {
        assert_eq!(table.counts.rows_read, table.counts.records + table.counts.refused);
        assert_eq!(table.counts.records, table.records.len() as u64);
        assert_eq!(table.counts.refused, table.refused.len() as u64);
    }
    found
}

const BELOW: &[&str] = &[
    "地区別人口,,",
    "地区,人口,世帯数",
    "東部,100,40",
    "西部,80,30",
    "※令和6年4月1日現在,,",
    ",,",
    "施設の数,,",
    "種別,件数,備考",
    "学校,12,",
    "公園,30,小さいものを除く",
    "",
    "出典：住民基本台帳",
];

#[test]
fn tables_below_each_other_become_tables_of_their_own() {
    for format in ["CSV", "XLSX"] {
        let found = tables_of(&rows(BELOW), format, "list.csv");
        assert_eq!(found.len(), 2, "{format}");
        assert_eq!(found[0].names(), ["地区", "人口", "世帯数"]);
        assert_eq!(found[0].rows(), [["東部", "100", "40"], ["西部", "80", "30"]]);
        assert_eq!(found[0].found(FindingCode::NoteRow), ["※令和6年4月1日現在"]);
        assert_eq!(found[1].names(), ["種別", "件数", "備考"]);
        assert_eq!(found[1].records.len(), 2);
        assert_eq!(found[1].records[0].row, 9, "rows keep their numbers");
        assert_eq!(found[1].found(FindingCode::PreambleRow), ["施設の数"]);
        assert_eq!(found[1].found(FindingCode::NoteRow), ["出典：住民基本台帳"]);
        assert_eq!(found[1].begun.shape.title, "表（施設の数）");
        assert_eq!(found[1].begun.shape.key.as_str(), "table-2");
    }
    tables(BELOW);
}

#[test]
fn an_empty_row_inside_a_table_is_no_new_table() {
    let found = tables(&[
        "名称,住所,区分",
        "市役所,本町,公共",
        "",
        "公民館,西町,公共",
        "",
        "体育館,東町,不明",
        "図書館,北町,公共",
    ]);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].records.len(), found[0].counts.rows_empty), (4, 2));
    // Words above numbers are no header by themselves.
    let found = tables(&["地区,人口,世帯数", "東部,1,2", "", "西部,不明,調査中", "南部,3,4", "北部,5,6"]);
    assert_eq!((found.len(), found[0].records.len()), (1, 4));
}

#[test]
fn the_same_header_under_a_new_title_is_the_same_table_going_on() {
    let found = tables(&[
        "東部地区,,",
        "番号,名称,住所",
        "1,市役所,本町",
        "",
        "西部地区,,",
        "番号,名称,住所",
        "1,公民館,西町",
        "2,体育館,西町",
    ]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].records.len(), 3);
    assert_eq!(found[0].found(FindingCode::TableContinued), ["西部地区"]);
    assert_eq!(found[0].refused.iter().map(|row| row.row).collect::<Vec<_>>(), [6]);
}

#[test]
fn tables_beside_each_other_become_tables_of_their_own() {
    let found = tables_of(
        &rows(&[
            "地区別人口,,,施設数,",
            "地区,人口,,種別,件数",
            "東部,100,,学校,12",
            "西部,80,,公園,30",
            ",,,図書館,2",
        ]),
        "CSV",
        "list.csv",
    );
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].rows(), [["東部", "100"], ["西部", "80"]]);
    assert_eq!(found[1].rows(), [["学校", "12"], ["公園", "30"], ["図書館", "2"]]);
    assert_eq!(found[0].begun.cells, [Some(0), Some(1)]);
    assert_eq!(found[1].begun.cells, [Some(3), Some(4)], "counted in the row of the sheet");
    assert_eq!(found[1].begun.shape.title, "表（施設数）");
    // A column left empty for looks parts nothing.
    let found = tables(&["番号,名称,,住所,電話番号", "1,市役所,,本町,054-1", "2,公民館,,西町,054-2"]);
    assert_eq!((found.len(), found[0].records.len()), (1, 2));
}

#[test]
fn a_cell_between_tables_beside_each_other_is_not_lost() {
    let mut lines = vec!["番号,名称,,番号,名称".to_owned()];
    lines.extend((1..=70).map(|number| format!("{number},左{number},,{number},右{number}")));
    lines.push("71,左71,はみ出し,71,右71".to_owned());
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let found = tables_of(&rows(&lines), "CSV", "list.csv");
    assert_eq!((found[0].records.len(), found[1].records.len()), (70, 70));
    assert_eq!(found[0].refused.len(), 1);
    assert_eq!(found[0].refused[0].cells, ["71", "左71", "はみ出し", "71", "右71"]);
}

#[test]
fn remarks_below_a_table_are_kept_as_findings_and_sums_stay_records() {
    let found = tables(&[
        "地区,人口,世帯数,面積",
        "東部,100,40,1.5",
        "合計,100,40,1.5",
        "※令和6年4月1日現在,,,",
        "注）概数です,,,",
        ",,,",
        "焼津市市民課,,,",
        "更新日,2024-04-01,,",
    ]);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].counts.records, found[0].counts.rows_below, found[0].counts.rows_empty), (2, 4, 1));
    assert_eq!(
        found[0].found(FindingCode::NoteRow),
        ["※令和6年4月1日現在", "注）概数です", "焼津市市民課", "更新日 2024-04-01"]
    );
    assert_eq!(found[0].found(FindingCode::TotalRow), ["合計"]);
    // A record that holds only its name is a record; so is a remark with records below it.
    let found = tables(&["名称,住所,電話", "市役所,本町,054-1", "※準備中の施設,,", "公民館,西町,054-2", "体育館,,"]);
    assert_eq!((found[0].counts.records, found[0].counts.rows_below), (4, 0));
}

#[test]
fn headers_of_two_rows_are_joined_and_said_to_be() {
    let found = tables(&[
        "公民館一覧,,,,",
        "番号,施設名,開館時間,,備考",
        ",,開始,終了,",
        ",,(時),(時),",
        "記入例,公民館,9:00,17:00,なし",
        "1,東公民館,9:00,17:00,",
        "2,西公民館,9:00,21:00,夜間あり",
    ]);
    assert_eq!(found[0].names(), ["番号", "施設名", "開館時間_開始", "開館時間_終了", "備考"]);
    assert_eq!(found[0].records.len(), 2);
    let joined = found[0].findings.iter().find(|finding| finding.code == FindingCode::HeaderJoined).expect("a finding");
    assert_eq!((joined.found.as_str(), &joined.repair), ("2-3", &Repair::Made("開館時間_開始".into())));
    assert_eq!(found[0].found(FindingCode::HeaderRemark).len(), 2);
    assert_eq!(found[0].counts.rows_above, 5);
}

#[test]
fn groups_over_the_standards_own_names_are_bound() {
    let found = tables(&[
        "ID,種別,所在地,,,位置,,口径",
        ",,連結表記,都道府県,市区町村,緯度,経度,",
        "A1,消火栓,静岡県焼津市本町2-16,静岡県,焼津市,34.866,138.323,75",
        "A2,防火水槽,静岡県焼津市本町3-1,静岡県,焼津市,34.867,138.324,100",
    ]);
    assert_eq!(found[0].sheet(), Some("14"));
    let record = &found[0].records[0];
    let at = |name: &str| found[0].names().iter().position(|known| *known == name).expect("a column");
    assert_eq!(shown(&record.values[at("所在地_市区町村")]), "焼津市");
    assert!(record.geometry.is_some());
}

#[test]
fn a_table_without_header_gets_a_proposal_or_the_order_of_its_sheet() {
    let found = tables(&[
        "173240,1,川北町役場,石川県能美郡川北町壱ツ屋174,36.4667,136.5412",
        "173240,2,川北町文化センター,石川県能美郡川北町壱ツ屋196,36.4652,136.5437",
    ]);
    assert_eq!(found[0].records.len(), 2);
    assert_eq!(found[0].names()[..2], ["列1", "列2"]);
    let proposal = found[0].findings.iter().find(|finding| finding.code == FindingCode::HeaderProposed);
    assert_eq!(
        proposal.map(|finding| finding.repair.clone()),
        Some(Repair::Proposed(
            "列1=全国地方公共団体コード、列2=ID、列3=名称、列4=所在地_連結表記、列5=緯度、列6=経度".into()
        ))
    );
    let found = tables(&[
        "222127,A1,静岡県焼津市,消火栓,222127,,静岡県焼津市本町2-16,静岡県,焼津市,本町,2-16,,34.866918,138.323171,75,",
        "222127,A2,静岡県焼津市,防火水槽,222127,,静岡県焼津市本町3-1,静岡県,焼津市,本町,3-1,,34.867918,138.324171,100,",
    ]);
    assert_eq!(found[0].sheet(), Some("14"));
    assert_eq!(found[0].found(FindingCode::SheetByOrder).len(), 1);
    assert!(found[0].records.iter().all(|record| record.geometry.is_some()));
}

#[test]
fn the_shelters_of_the_geospatial_authority_are_a_source_of_sheet_03() {
    let found = tables(&[
        "NO,共通ID,都道府県名及び市町村名,施設・場所名,住所,洪水,崖崩れ、土石流及び地滑り,高潮,地震,津波,大規模な火事,内水氾濫,火山現象,指定避難所との住所同一,緯度,経度,備考",
        "63696,E2420300002201,三重県伊勢市,伊勢市立城田中学校校舎３階以上,三重県伊勢市粟野町472,1,1,1,1,1,,1,,1,34.486373,136.671992,",
        "63697,E2420400002201,三重県伊勢市,別の市のID,三重県伊勢市粟野町473,1,,,,,,,,,34.486,136.672,",
    ]);
    assert_eq!(found[0].sheet(), Some("03"));
    let value = |record: usize, name: &str| {
        let at = found[0].names().iter().position(|known| *known == name).expect("a column");
        shown(&found[0].records[record].values[at])
    };
    for (name, expected) in [
        ("市区町村コード", "242039"),
        ("災害種別_洪水", "1"),
        ("災害種別_大規模な火事", ""),
        ("指定避難所との重複", "1"),
        ("所在地_市区町村", "伊勢市"),
    ] {
        assert_eq!(value(0, name), expected, "{name}");
    }
    // A code that does not agree with the place is not taken.
    assert_eq!(value(1, "市区町村コード"), "");
    assert!(found[0].found(FindingCode::SourceMapped)[0].contains("洪水→災害種別_洪水"));
    assert_eq!(found[0].found(FindingCode::CodeFromId), ["E2420300002201"]);
}

#[test]
fn rows_too_long_are_refused_alone_and_trailing_commas_are_nothing() {
    let found = tables(&[
        "名称,住所,緯度,,",
        "市役所,本町,34.8,,",
        "公民館,西町,34.8,,,はみ出し",
        "図書館,東町",
        "体育館,北町,34.9,,,,",
    ]);
    assert_eq!((found[0].counts.records, found[0].counts.refused), (3, 1));
    assert_eq!(found[0].refused[0].row, 3);
    assert_eq!(found[0].names()[..3], ["名称", "住所", "緯度"]);
    assert!(!found[0].names().iter().any(|name| name.starts_with('列')), "{:?}", found[0].names());
}

#[test]
fn many_small_tables_stay_linear_and_none_of_their_rows_is_lost() {
    let mut lines = Vec::new();
    for number in 0..300 {
        let other = if number % 2 == 0 { "番号,名称,住所" } else { "地区,人口,世帯数" };
        lines.extend([other, "1,2,3", "4,5,6", ""]);
    }
    let found = tables(&lines);
    assert!(found.len() > 1 && found.len() <= 64, "{}", found.len());
}

/// A row of a random table.
#[derive(Debug, Clone)]
enum Line {
    Blank,
    Note(&'static str),
    Header(usize),
    Data(Vec<&'static str>),
}

fn line() -> impl Strategy<Value = Line> {
    const HEADERS: usize = 4;
    let cell = prop_oneof![
        Just(""),
        Just("市役所"),
        Just("12"),
        Just("34.8"),
        Just("名称"),
        Just("※"),
        Just("合計"),
        Just("本町1-2"),
        Just("○"),
    ];
    prop_oneof![
        1 => Just(Line::Blank),
        1 => prop_oneof![Just("※注記"), Just("東部地区"), Just("出典：市"), Just("合計")].prop_map(Line::Note),
        1 => (0..HEADERS).prop_map(Line::Header),
        4 => proptest::collection::vec(cell, 0..9).prop_map(Line::Data),
    ]
}

fn text(line: &Line) -> Vec<String> {
    let words: Vec<&str> = match line {
        Line::Blank => vec!["", ""],
        Line::Note(note) => vec![note],
        Line::Header(0) => vec!["番号", "名称", "住所", "電話"],
        Line::Header(1) => vec!["地区", "人口", "世帯数"],
        Line::Header(2) => vec!["番号", "名称", "", "番号", "名称"],
        Line::Header(_) => vec!["番号", "開館時間", "", "備考"],
        Line::Data(cells) => cells.clone(),
    };
    words.into_iter().map(str::to_owned).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_row_of_any_sheet_is_accounted_for_once(lines in proptest::collection::vec(line(), 0..90), sheet in any::<bool>()) {
        let rows: Vec<Vec<String>> = lines.iter().map(text).collect();
        let format = if sheet { "XLSX" } else { "CSV" };
        let found = tables_of(&rows, format, "list.csv");
        let mut seen = std::collections::BTreeSet::new();
        for table in &found {
            prop_assert_eq!(table.counts.rows_read, table.counts.records + table.counts.refused);
            prop_assert_eq!(table.counts.records, table.records.len() as u64);
            prop_assert_eq!(table.counts.refused, table.refused.len() as u64);
            seen.extend(table.records.iter().map(|record| record.row));
            seen.extend(table.refused.iter().map(|row| row.row));
            // Header rows are told by their number; all other rows above and below by a finding.
            seen.extend(table.findings.iter().filter_map(|finding| finding.place.row));
        }
        let is_aside = found.iter().any(|table| table.begun.cells.first() > Some(&Some(0)));
        if !sheet && !is_aside && !found.is_empty() {
            let accounted: u64 = found.iter().map(Table::accounted).sum();
            prop_assert_eq!(accounted, rows.len() as u64);
        }
        // Whatever a row holds stands in a record, a refused row or a finding, or is the name of a column.
        let headers: Vec<String> = found
            .iter()
            .flat_map(|table| &table.begun.shape.columns)
            .filter_map(|column| column.found.clone())
            .flat_map(|name| name.split('_').map(str::to_owned).collect::<Vec<_>>())
            .collect();
        for (at, row) in rows.iter().enumerate() {
            let number = at as u64 + 1;
            let is_header = row.iter().all(|cell| cell.is_empty() || headers.contains(cell));
            let is_blank = row.iter().all(String::is_empty);
            prop_assert!(seen.contains(&number) || is_header || is_blank, "row {number} {row:?}");
        }
    }
}
