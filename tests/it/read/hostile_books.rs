//! Workbooks of Excel 97–2003 and OpenDocument that lie, go round in circles, are cut off or damaged.

use std::time::{Duration, Instant};

use hiraku::read::{ReadError, ReadLimits};

use super::books::{compound, label, number, record, stream, words};
use super::{collect, collect_within, source};

const XLS: &[u8] = include_bytes!("../../data/read/places-xls/places.xls");
const ODS: &[u8] = include_bytes!("../../data/read/places-ods/places.ods");

fn refused(bytes: Vec<u8>) -> ReadError {
    let begun = Instant::now();
    let error = collect(&source("a.xls", bytes)).unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(20), "{error:?} took {:?}", begun.elapsed());
    error
}

fn words_clerks_can_act_on(error: &ReadError) {
    assert!(error.message_ja().ends_with('。') && error.message_en().ends_with('.'), "{error:?}");
}

/// A compound file of forty sectors whose table says what `change` makes of it.
fn chained(change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let cells = (0..1_000).map(|row| number(row, 0, 0, 1.0)).collect();
    let mut bytes = compound("Workbook", &stream(true, &[], &[("a", 0, cells)]));
    assert!(collect(&source("a.xls", bytes.clone())).is_ok());
    change(&mut bytes);
    bytes
}

fn put(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

#[test]
fn circles_and_lies_of_a_compound_file_are_refused() {
    // Sector 0 is the table (from byte 512), sector 1 the directory (1024), the stream begins in sector 2.
    let lies: [(&str, Box<dyn FnOnce(&mut [u8])>); 10] = [
        ("the stream's chain goes round", Box::new(|b| put(b, 512 + 4 * 10, 2))),
        ("the directory's chain goes round", Box::new(|b| put(b, 512 + 4, 1))),
        ("the list of tables goes round", Box::new(|b| put(b, 68, 2))),
        ("the chain ends early", Box::new(|b| put(b, 512 + 4 * 10, 0xFFFF_FFFE))),
        ("the chain leads out of the file", Box::new(|b| put(b, 512 + 4 * 10, 0x00FF_FFFF))),
        ("the stream has four thousand million bytes", Box::new(|b| put(b, 1024 + 128 + 120, u32::MAX))),
        ("the stream begins outside", Box::new(|b| put(b, 1024 + 128 + 116, 0x00FF_FFFF))),
        ("small sectors without a stream for them", Box::new(|b| put(b, 56, u32::MAX))),
        ("sectors of an impossible size", Box::new(|b| b[30] = 40)),
        ("all tables are one", Box::new(|b| (0..109).for_each(|index| put(b, 76 + 4 * index, 0)))),
    ];
    for (what, change) in lies {
        let bytes = chained(change);
        let begun = Instant::now();
        match collect(&source("a.xls", bytes)) {
            Err(error) => {
                assert!(matches!(error.code(), "part-broken" | "file-truncated" | "part-missing"), "{what}: {error:?}");
                words_clerks_can_act_on(&error);
            }
            // A chain that goes round behind the stream's end, or a table that is there twice, changes nothing.
            Ok(collected) => {
                assert!(what.contains("goes round") || what.contains("tables"), "{what}");
                assert!(collected.tables[0].1.len() <= 1_000);
            }
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
    }
    // A directory whose entries point at each other.
    let bytes = chained(|b| {
        put(b, 1024 + 128 + 68, 1);
        put(b, 1024 + 128 + 72, 0);
    });
    assert_eq!(collect(&source("a.xls", bytes)).unwrap().tables[0].1.len(), 1_000);
}

#[test]
fn announced_counts_of_records_are_not_believed() {
    let sst = record(
        0x00FC,
        &[u32::MAX.to_le_bytes().to_vec(), u32::MAX.to_le_bytes().to_vec(), words(&[1]), vec![0, b'a']].concat(),
    );
    let shared = record(0x00FD, &[words(&[0, 0, 0]), vec![0; 4]].concat());
    let bytes = compound("Workbook", &stream(true, std::slice::from_ref(&sst), &[("a", 0, vec![shared])]));
    assert_eq!(collect(&source("a.xls", bytes)).unwrap().texts(0), [["a"]]);
    let long = record(0x00FC, &[vec![1, 0, 0, 0, 1, 0, 0, 0], words(&[0xFFFF]), vec![1, 0]].concat());
    let rich = record(
        0x00FC,
        &[vec![1, 0, 0, 0, 1, 0, 0, 0], words(&[1]), vec![4], u32::MAX.to_le_bytes().to_vec(), vec![b'a']].concat(),
    );
    for globals in [long, rich] {
        let error = refused(compound("Workbook", &stream(true, &[globals], &[("a", 0, vec![])])));
        assert_eq!(error.code(), "part-broken");
    }
    // Cells without their bodies, merged ranges that are not there, a sheet at no place.
    for cell in [record(0x0203, &[0; 3]), record(0x00FD, &[0; 7]), record(0x0006, &[0; 9]), record(0x00BD, &[0; 2])] {
        let error = refused(compound("Workbook", &stream(true, &[], &[("a", 0, vec![cell])])));
        assert_eq!(error.code(), "part-broken");
    }
    let merged = record(0x00E5, &words(&[0xFFFF, 0, 9, 0, 9]));
    let bytes = compound("Workbook", &stream(true, &[], &[("a", 0, vec![label(0, 0, "a"), merged])]));
    assert_eq!(collect(&source("a.xls", bytes)).unwrap().texts(0), [["a"]]);
    let mut lost = compound("Workbook", &stream(true, &[], &[("a", 0, vec![label(0, 0, "a")])]));
    let listed = lost.windows(4).position(|four| four == [0x85, 0, 10, 0]).unwrap();
    put(&mut lost, listed + 4, 0x7FFF_FFFF);
    assert_eq!(refused(lost).code(), "part-broken");
}

#[test]
fn merged_ranges_without_end_stay_within_the_cells_allowed() {
    let cells: Vec<Vec<u8>> = (0..2_000).flat_map(|row| [number(row, 0, 0, 1.0), number(row, 255, 0, 1.0)]).collect();
    let merge = record(0x00E5, &words(&[1, 0, 0xFFFF, 0, 255]));
    let bytes = compound("Workbook", &stream(true, &[], &[("a", 0, [cells, vec![merge]].concat())]));
    let limits = ReadLimits { cells: 100_000, ..ReadLimits::default() };
    assert_eq!(collect_within(&source("a.xls", bytes), &limits).unwrap_err().code(), "too-many-cells");
}

#[test]
fn a_workbook_cut_off_anywhere_is_refused() {
    for (name, whole) in [("a.xls", XLS), ("a.ods", ODS)] {
        let all = collect(&source(name, whole)).unwrap();
        let rows = |tables: &[(_, Vec<_>)]| tables.iter().map(|(_, rows)| rows.len()).sum::<usize>();
        for part in 1..50 {
            let cut = whole.len() * part / 50;
            match collect(&source(name, &whole[..cut])) {
                Err(error) => words_clerks_can_act_on(&error),
                // Only what lies behind all cells (properties of the document) may be missing.
                Ok(found) => assert_eq!(rows(&found.tables), rows(&all.tables), "{name} cut at {cut}"),
            }
        }
    }
}

#[test]
fn flipped_bytes_never_panic_a_reader() {
    let limits = ReadLimits { unpacked_bytes: 4 << 20, rows: 70_000, cells: 500_000, ..ReadLimits::default() };
    // Bytes by a linear congruential generator (Knuth), so that each run sees the same files.
    let mut seed = 20_240_401_u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for (name, whole, rounds) in [("a.xls", XLS, 1_500), ("a.ods", ODS, 500)] {
        for _ in 0..rounds {
            let mut bytes = whole.to_vec();
            for _ in 0..=next(6) {
                let at = next(bytes.len());
                bytes[at] = u8::try_from(next(256)).unwrap();
            }
            let begun = Instant::now();
            if let Err(error) = collect_within(&source(name, bytes), &limits) {
                words_clerks_can_act_on(&error);
            }
            assert!(begun.elapsed() < Duration::from_secs(20));
        }
    }
    // The content of a packed file is mostly caught by its checksum, so the flat form is damaged as well.
    let flat = super::books::content(
        "",
        r#"<table:table table:name="a"><table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-spanned="2" office:value-type="float" office:value="1.5"><text:p>1.5<text:s text:c="3"/></text:p></table:table-cell></table:table-row></table:table>"#,
    );
    let flat = flat.replacen("office:document-content", "office:document", 1).into_bytes();
    let head =
        br#"<?xml version="1.0"?><office:document office:mimetype="application/vnd.oasis.opendocument.spreadsheet"/>"#;
    for _ in 0..3_000 {
        let mut bytes = flat.clone();
        let at = next(bytes.len());
        bytes[at] = u8::try_from(next(128)).unwrap();
        let whole = [&head[..], &bytes].concat();
        if let Err(error) = collect_within(&source("a.fods", whole), &limits) {
            words_clerks_can_act_on(&error);
        }
    }
}
