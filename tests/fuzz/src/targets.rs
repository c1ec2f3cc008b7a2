//! One function a target.

use geo_types::Coord;
use hiraku::normalize::datum::DatumGrid;
use hiraku::normalize::gazetteer::Towns;
use hiraku::pipeline::frames as framing;
use hiraku::schema::Schemas;

use super::archive::{parts, zip_of};
use super::checker::ingest;

/// A target: its name, as a folder of `seeds/`, and what it does with an input; it answers how many records (frames,
/// grids, towns) came of it.
pub type Target = (&'static str, fn(&[u8]) -> u64);

/// All targets.
pub const TARGETS: &[Target] = &[
    ("bundle", |data| ingest("a.zip", data, &[])),
    ("datum_grid", datum_grid),
    ("delimited", |data| ingest("a.csv", data, &[])),
    ("flatgeobuf", |data| ingest("a.fgb", data, &[])),
    ("frames", frames),
    ("gazetteer", gazetteer),
    ("geojson", |data| ingest("a.geojson", data, &[])),
    ("geopackage", |data| ingest("a.gpkg", data, &[])),
    ("gml", |data| ingest("a.gml", data, &[])),
    ("html", |data| ingest("a.xls", data, &[])),
    ("kml", |data| ingest("a.kml", data, &[])),
    ("normalize", normalize),
    ("objects", |data| ingest("a.json", data, &[])),
    ("ods", |data| ingest("a.ods", data, &[])),
    ("ods_content", ods_content),
    ("parquet", |data| ingest("a.parquet", data, &[])),
    ("shapefile", shapefile),
    ("transit", transit),
    ("workbook_parts", workbook_parts),
    ("xls", |data| ingest("a.xls", data, &[])),
    ("xlsx", |data| ingest("a.xlsx", data, &[])),
    ("xml_spreadsheet", |data| ingest("a.xml", data, &[])),
];

/// Cells of every standard sheet: the first byte chooses the sheet, the rest are rows of tab-separated cells in the order
/// of its fields. Nothing but normalize and its reader of rows stands between the mutation and the values.
fn normalize(data: &[u8]) -> u64 {
    let Some((choice, cells)) = data.split_first() else { return 0 };
    let sheets: Vec<_> = Schemas::bundled().sheets().iter().filter(|sheet| !sheet.fields.is_empty()).collect();
    let sheet = sheets[usize::from(*choice) % sheets.len()];
    let header: Vec<&str> = sheet.fields.iter().map(|field| field.name.as_str()).collect();
    let mut file = header.join("\t").into_bytes();
    file.push(b'\n');
    file.extend_from_slice(cells);
    ingest(&format!("242039_{}.tsv", sheet.slug), &file, &[])
}

/// The content of an OpenDocument spreadsheet.
fn ods_content(data: &[u8]) -> u64 {
    let mimetype = b"application/vnd.oasis.opendocument.spreadsheet";
    ingest("a.ods", &zip_of(&[("mimetype", mimetype), ("content.xml", data)]), &[])
}

/// The files of a Shapefile: .shp, .dbf, .prj, .cpg.
fn shapefile(data: &[u8]) -> u64 {
    let parts = parts(data);
    let companions: Vec<(&str, &[u8])> = ["dbf", "prj", "cpg"].into_iter().zip(parts.iter().skip(1).copied()).collect();
    ingest("a.shp", parts[0], &companions)
}

/// The tables of a GTFS-JP feed.
fn transit(data: &[u8]) -> u64 {
    const NAMES: [&str; 8] = [
        "agency.txt",
        "stops.txt",
        "routes.txt",
        "trips.txt",
        "stop_times.txt",
        "calendar.txt",
        "shapes.txt",
        "feed_info.txt",
    ];
    let parts: Vec<(&str, &[u8])> = NAMES.into_iter().zip(parts(data)).collect();
    ingest("feed.zip", &zip_of(&parts), &[])
}

/// The parts inside a workbook (XLSX): the sheet, the strings, the styles, the workbook, comments, a drawing.
fn workbook_parts(data: &[u8]) -> u64 {
    const WORKBOOK: &[u8] =
        br#"<workbook xmlns:r="r"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
    const OF_WORKBOOK: &[u8] = br#"<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId3" Type="http://x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId4" Type="http://x/styles" Target="styles.xml"/></Relationships>"#;
    const OF_SHEET: &[u8] = br#"<Relationships><Relationship Id="rId1" Type="http://x/comments" Target="../comments1.xml"/><Relationship Id="rId2" Type="http://x/drawing" Target="../drawings/drawing1.xml"/></Relationships>"#;
    const USUAL: [(&str, &[u8]); 6] = [
        ("xl/worksheets/sheet1.xml", b""),
        ("xl/sharedStrings.xml", b"<sst/>"),
        ("xl/styles.xml", b"<styleSheet/>"),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/comments1.xml", b"<comments/>"),
        ("xl/drawings/drawing1.xml", b"<wsDr/>"),
    ];
    let given = parts(data);
    let part =
        |(at, (name, usual)): (usize, (&'static str, &'static [u8]))| (name, given.get(at).copied().unwrap_or(usual));
    let mut all: Vec<(&str, &[u8])> = USUAL.into_iter().enumerate().map(part).collect();
    all.push(("xl/_rels/workbook.xml.rels", OF_WORKBOOK));
    all.push(("xl/worksheets/_rels/sheet1.xml.rels", OF_SHEET));
    ingest("a.xlsx", &zip_of(&all), &[])
}

/// What a worker says, as its parent hears it: what is understood can be said and heard again.
fn frames(data: &[u8]) -> u64 {
    let (mut input, mut heard) = (data, 0);
    while let Ok(Some(frame)) = framing::read(&mut input) {
        let mut said = Vec::new();
        framing::write(&mut said, &frame).expect("memory takes what was read");
        let again = framing::read(&mut said.as_slice());
        let again = again.expect("what was written is a frame").expect("and there is one");
        assert_eq!(format!("{frame:?}"), format!("{again:?}"), "a frame comes back as it was");
        heard += 1;
    }
    heard
}

/// The operator's grid from the old Tokyo Datum: whatever is taken shifts to numbers.
fn datum_grid(data: &[u8]) -> u64 {
    let Ok(grid) = DatumGrid::parse("grid", data) else { return 0 };
    let odd = [(180.0, -90.0), (-1e300, f64::MAX), (f64::NAN, f64::INFINITY)];
    for (x, y) in [(139.7, 35.6), (136.5, 34.3), (0.0, 0.0)].into_iter().chain(odd) {
        if let Some(place) = grid.shift(Coord { x, y }) {
            assert!(place.x.is_finite() && place.y.is_finite(), "a place stays a place");
        }
    }
    1
}

/// The operator's list of towns.
fn gazetteer(data: &[u8]) -> u64 {
    let Ok(text) = std::str::from_utf8(data) else { return 0 };
    let Ok(towns) = Towns::parse(text) else { return 0 };
    assert!(towns.len() <= text.len(), "a town has a line");
    towns.len() as u64
}
