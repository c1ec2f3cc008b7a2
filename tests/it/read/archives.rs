//! Archives of data files: what comes out under which name, what is named and left, and the games played with ZIP.

use std::io::Write as _;
use std::time::{Duration, Instant};

use hiraku::model::finding::FindingCode;
use hiraku::read::{FileFormat, ReadLimits, sniff};

use super::{Collected, collect, collect_within, sheet, source};

/// An archive of these files.
pub(super) fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn names(collected: &Collected) -> Vec<&str> {
    collected.tables.iter().map(|(head, _)| head.name.as_deref().unwrap_or("")).collect()
}

fn zoning() -> [(&'static str, &'static [u8]); 4] {
    macro_rules! part {
        ($ending:literal) => {
            include_bytes!(concat!("../../data/read/zoning-plane-rectangular/商業地域.", $ending)).as_slice()
        };
    }
    [("shp", part!("shp")), ("dbf", part!("dbf")), ("prj", part!("prj")), ("cpg", part!("cpg"))]
}

const CSV: &[u8] = "名称,住所\n市役所,本町\n".as_bytes();

#[test]
fn every_data_file_is_a_table_named_by_its_path() {
    let nested = archive(&[("内側.csv", CSV)]);
    let workbook = sheet("<row><c><v>1</v></c></row>");
    let mut files: Vec<(String, &[u8])> = Vec::new();
    for (folder, stem) in [("図/", "商業地域"), ("図/別/", "商業地域")] {
        files.extend(zoning().map(|(ending, bytes)| (format!("{folder}{stem}.{ending}"), bytes)));
    }
    files.push(("一覧.csv".to_owned(), CSV));
    files.push(("台帳.xlsx".to_owned(), &workbook));
    files.push(("中.zip".to_owned(), &nested));
    files.push(("README.txt".to_owned(), b"hello"));
    files.push(("__MACOSX/._x.csv".to_owned(), b"x"));
    files.push(("図/.DS_Store".to_owned(), b"x"));
    files.push(("説明.pdf".to_owned(), b"%PDF-1.4"));
    files.push(("お知らせ.txt".to_owned(), "一行だけの文です。".as_bytes()));
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    let collected = collect(&source("a.zip", archive(&files))).unwrap();
    assert_eq!(
        names(&collected),
        ["図/商業地域.shp", "図/別/商業地域.shp", "一覧.csv", "台帳.xlsx / 表", "中.zip / 内側.csv"]
    );
    let ignored = collected.findings.iter().find(|finding| finding.code == FindingCode::EntryIgnored).unwrap();
    for name in ["README.txt", "__MACOSX/._x.csv", "図/.DS_Store", "説明.pdf", "お知らせ.txt"] {
        assert!(ignored.found.contains(name), "{name}: {}", ignored.found);
    }
    let places: Vec<_> = collected.findings.iter().filter_map(|finding| finding.place.sheet.as_deref()).collect();
    assert!(places.contains(&"図/別/商業地域.shp"), "{places:?}");
}

#[test]
fn names_are_text_and_are_read_in_their_encodings() {
    // Stored by hand with CP932 bytes and no flag: written with ASCII names of the same length first.
    let mut bytes = archive(&[("xxxxxx.csv", CSV)]);
    let cp932 = encoding_rs::SHIFT_JIS.encode("避難所").0.into_owned();
    while let Some(at) = memchr::memmem::find(&bytes, b"xxxxxx") {
        bytes[at..at + 6].copy_from_slice(&cp932);
    }
    assert_eq!(names(&collect(&source("a.zip", bytes)).unwrap()), ["避難所.csv"]);
    for name in ["../../etc/passwd.csv", "/absolute.csv", "C:/x.csv"] {
        assert_eq!(names(&collect(&source("a.zip", archive(&[(name, CSV)]))).unwrap()), [name]);
    }
}

#[test]
fn one_refused_file_refuses_the_archive_with_its_name() {
    let bad = b"{\"type\":\"FeatureCollection\",\"features\":[";
    let error = collect(&source("a.zip", archive(&[("良い.csv", CSV), ("悪い.geojson", bad)]))).unwrap_err();
    assert_eq!(error.code(), "json-broken");
    assert!(error.message_ja().contains("悪い.geojson") && error.message_en().contains("悪い.geojson"));
    let lone = archive(&[("図.dbf", zoning()[1].1), ("a.csv", CSV)]);
    assert_eq!(collect(&source("a.zip", lone)).unwrap_err().code(), "companion-missing");
    let nothing = archive(&[("README.txt", b"hello"), ("a.pdf", b"%PDF-1.4")]);
    let error = collect(&source("a.zip", nothing)).unwrap_err();
    assert_eq!(error.code(), "archive-empty");
    assert!(error.message_ja().contains("README.txt"));
    let third = archive(&[("b.zip", &archive(&[("c.zip", &archive(&[("d.csv", CSV)]))]))]);
    assert_eq!(collect(&source("a.zip", third)).unwrap_err().code(), "archive-nested");
}

#[test]
fn the_same_areas_in_another_format_are_read_once() {
    let [shp, dbf, prj, cpg] = zoning().map(|(_, bytes)| bytes);
    let features = "{\"type\":\"Feature\",\"properties\":{\"a\":1},\"geometry\":null}";
    let count = collect(&source("a.zip", archive(&[("x.shp", shp), ("x.dbf", dbf), ("x.prj", prj)]))).unwrap().tables
        [0]
    .1
    .len();
    let geojson = format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", vec![features; count].join(","));
    let both =
        [("x.shp", shp), ("x.dbf", dbf), ("x.prj", prj), ("x.cpg", cpg), ("GeoJSON/x.geojson", geojson.as_bytes())];
    let collected = collect(&source("a.zip", archive(&both))).unwrap();
    assert_eq!(names(&collected), ["GeoJSON/x.geojson"]);
    assert_eq!(collected.count(FindingCode::SameDataAgain), 1);
    // One feature more: not the same data, so both are read.
    let more = geojson.replacen("[{", &format!("[{features},{{"), 1);
    let collected =
        collect(&source("a.zip", archive(&[both[0], both[1], both[2], ("x.geojson", more.as_bytes())]))).unwrap();
    assert_eq!((collected.tables.len(), collected.count(FindingCode::SameDataAgain)), (2, 0));
}

#[test]
fn gzip_holds_one_file() {
    let pack = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let collected = collect(&source("a.csv.gz", pack(CSV))).unwrap();
    assert_eq!(collected.texts(0)[1], ["市役所", "本町"]);
    let whole = pack(CSV);
    for cut in 1..whole.len() {
        let error = collect(&source("a.csv.gz", &whole[..cut])).unwrap_err();
        assert!(["archive-broken", "format-unknown"].contains(&error.code()), "{}", error.code());
    }
    assert_eq!(collect(&source("a.gz", pack(&vec![b' '; 64 << 20]))).unwrap_err().code(), "unpacks-too-large");
    assert_eq!(collect(&source("a.gz", pack(&pack(CSV)))).unwrap_err().code(), "archive-nested");
}

#[test]
fn a_kmz_is_its_main_file() {
    let kml = "<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Placemark><name>甲</name></Placemark></kml>".as_bytes();
    let other = "<kml><Placemark><name>乙</name></Placemark></kml>".as_bytes();
    let bytes = archive(&[("a.kml", other), ("doc.kml", kml), ("files/x.png", b"\x89PNG")]);
    let file = source("a.kmz", bytes);
    assert_eq!(sniff(&file), Some(FileFormat::Kmz));
    let collected = collect(&file).unwrap();
    assert_eq!(collected.texts(0), [["甲"]]);
    let ignored = collected.findings.iter().find(|finding| finding.code == FindingCode::EntryIgnored).unwrap();
    assert_eq!(ignored.found, "a.kml, files/x.png");
    let first = collect(&source("b.kmz", archive(&[("b.kml", kml), ("c.kml", other)]))).unwrap();
    assert_eq!(first.texts(0), [["甲"]]);
}

fn refused(bytes: Vec<u8>) -> &'static str {
    let begun = Instant::now();
    let error = collect(&source("a.zip", bytes)).unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(20), "{} took {:?}", error.code(), begun.elapsed());
    assert!(error.message_ja().ends_with('。'), "{}", error.message_ja());
    error.code()
}

#[test]
fn games_with_archives_are_refused() {
    let bomb = archive(&[("a.csv", &vec![b','; 64 << 20])]);
    assert_eq!(refused(bomb), "unpacks-too-large");
    let slices: Vec<(String, Vec<u8>)> = (0..8).map(|at| (format!("{at}.csv"), vec![b','; 15 << 20])).collect();
    let slices: Vec<(&str, &[u8])> = slices.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    assert_eq!(refused(archive(&slices)), "unpacks-too-large");
    // Names that differ in case only are one name on some systems.
    assert_eq!(refused(archive(&[("a.csv", CSV), ("A.CSV", CSV)])), "part-twice");
    let two = archive(&[("a.csv", CSV), ("b.csv", CSV)]);
    let directory: Vec<usize> = memchr::memmem::find_iter(&two, b"PK\x01\x02").collect();
    // The second entry begins where the first does.
    let mut overlapping = two.clone();
    let first: [u8; 4] = two[directory[0] + 42..directory[0] + 46].try_into().unwrap();
    overlapping[directory[1] + 42..directory[1] + 46].copy_from_slice(&first);
    assert_eq!(refused(overlapping), "archive-broken");
    let mut encrypted = two.clone();
    encrypted[directory[0] + 8] |= 1;
    assert_eq!(refused(encrypted), "file-encrypted");
    let mut renamed = two.clone();
    renamed[directory[0] + 46] = b'z';
    assert_eq!(refused(renamed), "archive-broken");
    let mut shortened = two.clone();
    shortened[directory[1]] = b'X';
    assert_eq!(refused(shortened), "archive-broken");
    let mut method = two.clone();
    method[directory[0] + 10] = 99;
    assert_eq!(refused(method), "archive-broken");
    let few = ReadLimits { zip_entries: 1, ..ReadLimits::default() };
    assert_eq!(collect_within(&source("a.zip", two.clone()), &few).unwrap_err().code(), "too-many-parts");
    for fiftieth in 0..50 {
        let cut = two.len() * fiftieth / 50;
        assert!(collect(&source("a.zip", &two[..cut])).is_err(), "cut at {cut}");
    }
}

#[test]
fn a_link_inside_is_named_and_never_followed() {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("a.csv", options).unwrap();
    writer.write_all(CSV).unwrap();
    writer.add_symlink("b.csv", "/etc/passwd", options).unwrap();
    let collected = collect(&source("a.zip", writer.finish().unwrap().into_inner())).unwrap();
    assert_eq!(names(&collected), ["a.csv"]);
    assert!(collected.findings.iter().any(|finding| finding.found.contains("b.csv (link)")));
}
