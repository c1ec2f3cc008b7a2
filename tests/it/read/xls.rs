//! Workbooks of Excel 5.0 to 2003, record by record.

use encoding_rs::SHIFT_JIS;
use hiraku::model::finding::FindingCode;
use hiraku::read::{FileFormat, ReadError, sniff};

use super::books::{compound, label, number, record, stream, words};
use super::{Collected, collect, source};

fn formula(row: u16, column: u16, result: [u8; 8]) -> Vec<u8> {
    record(0x0006, &[words(&[row, column, 0]), result.to_vec(), words(&[0, 0, 0, 0])].concat())
}

/// Formats 164 and on, and the styles 0 general, 1 date, 2 era, 3 code, 4 hours past a day, 5 unseen.
fn styles() -> Vec<Vec<u8>> {
    let codes = ["[$-411]ggge\"年\"m\"月\"d\"日\"", "000000", "[h]:mm", ";;;"];
    let mut out = Vec::new();
    for (id, code) in (164_u16..).zip(codes) {
        let units: Vec<u16> = code.encode_utf16().collect();
        out.push(record(0x041E, &[words(&[id, u16::try_from(units.len()).unwrap()]), vec![1], words(&units)].concat()));
    }
    for id in [0, 14, 164, 165, 166, 167] {
        out.push(record(0x00E0, &[words(&[0, id]), vec![0; 16]].concat()));
    }
    out
}

fn read(globals: &[Vec<u8>], cells: Vec<Vec<u8>>) -> Collected {
    let bytes = compound("Workbook", &stream(true, globals, &[("表", 0, cells)]));
    let file = source("a.xls", bytes);
    assert_eq!(sniff(&file), Some(FileFormat::Xls));
    collect(&file).unwrap()
}

#[test]
fn cells_of_every_record_keep_their_meaning() {
    let rk = |value: u32| value.to_le_bytes().to_vec();
    let cells = vec![
        label(0, 0, "名称"),
        record(0x0205, &[words(&[0, 1, 0]), vec![1, 0]].concat()),
        record(0x0205, &[words(&[0, 2, 0]), vec![0x2A, 1]].concat()),
        number(1, 0, 1, 45383.0),
        number(1, 1, 2, 45383.0),
        number(1, 2, 3, 12203.0),
        number(1, 3, 4, 1.0625),
        number(1, 4, 0, f64::NAN),
        record(0x027E, &[words(&[2, 0, 0]), rk(3 | 3_550 << 2)].concat()),
        record(0x00BD, &[words(&[2, 1, 3]), rk(2 | 7 << 2), words(&[0]), rk(0x4037_8000), words(&[2])].concat()),
        formula(3, 0, 2.5_f64.to_le_bytes()),
        formula(3, 1, [0, 0, 0, 0, 0, 0, 0xFF, 0xFF]),
        record(0x04BC, &[0; 10]),
        record(0x0207, &[words(&[2]), vec![1], words(&"計算".encode_utf16().collect::<Vec<_>>())].concat()),
        formula(3, 2, [1, 0, 1, 0, 0, 0, 0xFF, 0xFF]),
        formula(3, 3, [2, 0, 0x07, 0, 0, 0, 0xFF, 0xFF]),
        formula(3, 4, [3, 0, 0, 0, 0, 0, 0xFF, 0xFF]),
        formula(3, 5, [0, 0, 0, 0, 0, 0, 0xFF, 0xFF]),
        number(4, 0, 5, 7.0),
    ];
    let collected = read(&styles(), cells);
    assert_eq!(collected.tables[0].0.format, "XLS");
    assert_eq!(
        collected.texts(0),
        [
            vec!["名称", "TRUE"],
            vec!["2024-04-01", "2024-04-01", "012203", "25:30:00"],
            vec!["35.5", "000007", "23.5"],
            vec!["2.5", "計算", "TRUE"],
            vec!["7"],
        ]
    );
    let errors: Vec<_> = collected.findings.iter().filter(|finding| finding.code == FindingCode::CellError).collect();
    let told: Vec<_> = errors.iter().map(|f| (f.place.cell.as_deref().unwrap(), f.found.as_str())).collect();
    assert_eq!(told, [("C1", "#N/A"), ("E2", "#NUM!"), ("D4", "#DIV/0!"), ("F4", "=")]);
    assert_eq!(collected.count(FindingCode::FormulaCached), 1);
    let unseen = collected.findings.iter().find(|finding| finding.code == FindingCode::HiddenContent).unwrap();
    assert_eq!(unseen.place.cell.as_deref(), Some("A5"));
}

#[test]
fn shared_strings_go_on_over_records_with_another_width() {
    // Four strings: one begun in narrow letters that goes on in wide ones, one with fonts and a reading, one that
    // begins exactly where a record does, one empty.
    let first = [[4_u32.to_le_bytes(), 4_u32.to_le_bytes()].concat(), words(&[4]), vec![0], b"AB".to_vec()].concat();
    let rich = [words(&[1]), vec![0x0D], words(&[1]), 6_u32.to_le_bytes().to_vec(), words(&[0x6E2F, 0, 5]), vec![9; 6]];
    let second = [vec![1], words(&[0x6771, 0x897F]), rich.concat()].concat();
    let third = [words(&[2]), vec![0], b"ok".to_vec(), words(&[0]), vec![0]].concat();
    let globals = [record(0x00FC, &first), record(0x003C, &second), record(0x003C, &third)];
    let shared = |row: u16, index: u32| record(0x00FD, &[words(&[row, 0, 0]), index.to_le_bytes().to_vec()].concat());
    // Rows out of order are put in order.
    let collected = read(&globals, vec![shared(2, 2), shared(0, 0), shared(1, 1), number(3, 0, 0, 1.0), shared(3, 3)]);
    assert_eq!(collected.texts(0), [["AB東西"], ["港"], ["ok"]]);
    let bytes = compound("Workbook", &stream(true, &globals, &[("表", 0, vec![shared(0, 4)])]));
    assert_eq!(collect(&source("a.xls", bytes)).unwrap_err().code(), "part-broken");
}

#[test]
fn merged_hidden_and_drawn_things_are_told() {
    let row = |row: u16, hidden: u16| record(0x0208, &words(&[row, 0, 3, 300, 0, 0, hidden << 5, 0]));
    let anchor = [
        words(&[0x000F, 0xF004]),
        26_u32.to_le_bytes().to_vec(),
        words(&[0, 0xF010]),
        18_u32.to_le_bytes().to_vec(),
        words(&[0, 2, 0, 4, 0, 3, 0, 5, 0]),
    ];
    let cells = vec![
        record(0x0200, &[1_u32.to_le_bytes(), 2_u32.to_le_bytes(), [0, 0, 1, 0], [0; 4]].concat()),
        record(0x007D, &words(&[1, 2, 2_000, 0, 1, 0])),
        row(0, 0),
        label(0, 0, "題"),
        label(0, 2, "備　考"),
        row(1, 1),
        label(1, 0, "東\n西"),
        number(1, 1, 0, 1.0),
        row(2, 0),
        record(0x00E5, &words(&[2, 0, 0, 0, 1, 1, 2, 0, 0])),
        record(0x00EC, &anchor.concat()),
        record(0x005D, &words(&[0x15, 0x12, 8, 1, 0, 0, 0, 0, 0, 0, 0])),
        record(0x0809, &words(&[0x0600, 0x20, 0, 0, 0, 0, 0, 0])),
        number(0, 0, 0, 999.0),
        record(0x000A, &[]),
        record(0x001C, &[words(&[1, 1, 0, 1, 0]), vec![0, 0]].concat()),
    ];
    let hidden = vec![label(0, 0, "秘密")];
    let bytes = stream(
        true,
        &[record(0x01AE, &[words(&[1, 7]), vec![0], b"\x01\x03b.xls".to_vec()].concat())],
        &[("公開", 0, cells), ("名簿", 1, hidden.clone()), ("台帳", 2, hidden)],
    );
    let collected = collect(&source("a.xls", compound("Workbook", &bytes))).unwrap();
    assert_eq!(collected.tables.len(), 1);
    assert_eq!(collected.texts(0), [vec!["題", "題", "備　考"], vec!["東\n西", "1"], vec!["東\n西"]]);
    let told: Vec<_> = collected
        .findings
        .iter()
        .map(|finding| (finding.code.as_str(), finding.place.cell.as_deref().unwrap_or(""), finding.found.as_str()))
        .collect();
    for wanted in [
        ("hidden-content", "2:2", "行(2)"),
        ("hidden-content", "B:C", "列(B–C)"),
        ("hidden-content", "", "シート「名簿」"),
        ("hidden-content", "", "シート「台帳」(再表示メニューに出ない設定)"),
        ("merged-cells", "A1:B1", "A1:B1"),
        ("merged-cells", "A2:A3", "A2:A3"),
        ("picture-present", "C5", "1"),
        ("comment-present", "B2", "1"),
        ("outside-dimension", "A1", "A2:A2"),
        ("cell-line-break", "A2", "1"),
        ("cell-spaced", "C1", "1"),
        ("external-link", "", "b.xls"),
    ] {
        assert!(told.contains(&wanted), "{wanted:?} is not among {told:?}");
    }
}

#[test]
fn older_workbooks_are_read_in_their_code_page() {
    let label = |row: u16, text: &[u8]| {
        record(0x0204, &[words(&[row, 0, 0, u16::try_from(text.len()).unwrap()]), text.to_vec()].concat())
    };
    let japanese = SHIFT_JIS.encode("髙橋①").0.into_owned();
    let cells = vec![label(0, &japanese), label(1, b"a\x81"), label(2, b"ok")];
    for page in [Some(932), None] {
        let globals: Vec<Vec<u8>> = page.into_iter().map(|page| record(0x0042, &words(&[page]))).collect();
        let bytes = stream(false, &globals, &[("施設", 0, cells.clone()), ("別", 0, cells.clone())]);
        for file in [compound("Book", &bytes), bytes] {
            let collected = collect(&source("a.xls", file)).unwrap();
            assert_eq!(collected.tables[0].0.name.as_deref(), Some("施設"));
            assert_eq!(collected.texts(0)[0], ["髙橋①"]);
            let replaced = collected.findings.iter().find(|finding| finding.code == FindingCode::EncodingReplaced);
            if page.is_some() {
                assert_eq!(replaced.unwrap().place.row, Some(2));
            }
        }
    }
}

#[test]
fn days_may_be_counted_from_1904_and_locked_books_are_refused() {
    let globals = [vec![record(0x0022, &words(&[1]))], styles()].concat();
    assert_eq!(read(&globals, vec![number(0, 0, 1, 43921.0)]).texts(0), [["2024-04-01"]]);
    let locked = compound("Workbook", &stream(true, &[record(0x002F, &[0; 6])], &[("a", 0, vec![])]));
    assert_eq!(collect(&source("a.xls", locked)).unwrap_err(), ReadError::Encrypted);
    let document = compound("WordDocument", &[0; 8]);
    let error = collect(&source("a.xls", document)).unwrap_err();
    assert_eq!(error, ReadError::UnsupportedFormat { format: FileFormat::OfficeDocument });
    let empty = compound("Workbook", &stream(true, &[], &[("a", 0, vec![])]));
    assert_eq!(collect(&source("a.xls", empty)).unwrap_err(), ReadError::Empty);
}
