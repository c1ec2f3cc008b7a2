//! What a file is, told by its content; its extension only decides between formats that look alike.

use super::SourceFile;
use super::format::FileFormat;
use super::gtfs::feed_folder;
use super::xls::{Compound, SIGNATURE};
use super::zip::Archive;

/// Tells the format of a file by its content. `None` for an empty file and for bytes that are neither text nor anything
/// known.
pub fn sniff(source: &SourceFile) -> Option<FileFormat> {
    let bytes: &[u8] = &source.bytes;
    let extension =
        source.name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    if bytes.is_empty() {
        return None;
    }
    magic(bytes, &extension).or_else(|| text(bytes, &extension))
}

fn magic(bytes: &[u8], extension: &str) -> Option<FileFormat> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Some(zipped(bytes, extension));
    }
    if bytes.starts_with(&SIGNATURE) {
        return Some(compound(bytes));
    }
    // Workbook streams without a file system around them begin with the record BOF: 5.0 and later, then 2 to 4.
    if bytes.starts_with(&[0x09, 0x08]) && matches!(bytes.get(4..6), Some([0x00, 0x05 | 0x06])) {
        return Some(FileFormat::Xls);
    }
    if [[9, 0, 4, 0], [9, 0, 6, 0], [9, 2, 6, 0], [9, 4, 6, 0]].iter().any(|head| bytes.starts_with(head)) {
        return Some(FileFormat::OldExcel);
    }
    // 9994 big-endian opens both .shp and .shx; only the extension tells them apart.
    if bytes.starts_with(&[0, 0, 0x27, 0x0A]) {
        return Some(if extension == "shx" { FileFormat::ShapefilePart } else { FileFormat::Shapefile });
    }
    if matches!(extension, "dbf" | "prj" | "cpg") {
        return Some(FileFormat::ShapefilePart);
    }
    // The fourth byte is the version; a column may be named fgb.
    if bytes.starts_with(b"fgb") && bytes.get(4..7) == Some(b"fgb") {
        return Some(FileFormat::FlatGeobuf);
    }
    // LHA names its method after two bytes: -lh5-.
    if bytes.get(2..5) == Some(b"-lh") && bytes.get(6) == Some(&b'-') {
        return Some(FileFormat::Archive("LZH"));
    }
    // AC1015 and its like, then zero bytes; a table may well begin with these letters.
    if bytes.starts_with(b"AC10") && bytes.get(6..11).is_some_and(|rest| rest.contains(&0)) {
        return Some(FileFormat::Drawing("DWG"));
    }
    if bytes.get(4..19) == Some(b"Standard Jet DB") || bytes.get(4..19) == Some(b"Standard ACE DB") {
        return Some(FileFormat::Access);
    }
    if bytes.get(4..8) == Some(b"ftyp") || bytes.starts_with(b"RIFF") && bytes.get(8..12) != Some(b"WEBP") {
        return Some(FileFormat::Media);
    }
    // The letters MZ alone may open a table; a program has zero bytes after them.
    if bytes.starts_with(b"MZ") && bytes[2..bytes.len().min(64)].contains(&0) {
        return Some(FileFormat::Program);
    }
    KNOWN.iter().find(|(head, _)| bytes.starts_with(head)).map(|(_, format)| *format)
}

/// What files begin with.
const KNOWN: [(&[u8], FileFormat); 24] = [
    (b"%PDF-", FileFormat::Pdf),
    (&[0x1F, 0x8B], FileFormat::Gzip),
    (b"SQLite format 3\0", FileFormat::Sqlite),
    (b"PAR1", FileFormat::Parquet),
    (&[0x89, b'P', b'N', b'G'], FileFormat::Image),
    (&[0xFF, 0xD8, 0xFF], FileFormat::Image),
    (b"GIF8", FileFormat::Image),
    (b"II*\0", FileFormat::Image),
    (b"MM\0*", FileFormat::Image),
    (b"RIFF", FileFormat::Image),
    (b"{\\rtf", FileFormat::OfficeDocument),
    (b"%!PS-Adobe", FileFormat::OfficeDocument),
    (b"7z\xBC\xAF\x27\x1C", FileFormat::Archive("7z")),
    (b"Rar!\x1A\x07", FileFormat::Archive("RAR")),
    (b"MSCF\0\0\0\0", FileFormat::Archive("CAB")),
    (b"BZh91AY&SY", FileFormat::Archive("bzip2")),
    (b"BZh1", FileFormat::Archive("bzip2")),
    (&[0xFD, b'7', b'z', b'X', b'Z', 0], FileFormat::Archive("xz")),
    (&[0x28, 0xB5, 0x2F, 0xFD], FileFormat::Archive("Zstandard")),
    (b"JwwData.", FileFormat::Drawing("JWW")),
    (b"AutoCAD Binary DXF", FileFormat::Drawing("DXF")),
    (b"ISO-10303-21;", FileFormat::Drawing("SXF (STEP)")),
    (b"LASF", FileFormat::PointCloud),
    (b"\x7FELF", FileFormat::Program),
];

/// What lies in a compound file, by the names below its root.
fn compound(bytes: &[u8]) -> FileFormat {
    let Ok(file) = Compound::open(bytes) else {
        // The directory cannot be read, but its names, in UTF-16LE, may still be there. An encrypted workbook has this.
        let encrypted: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let found = memchr::memmem::find(bytes, &encrypted).is_some();
        return if found { FileFormat::EncryptedOffice } else { FileFormat::Xls };
    };
    if file.has("EncryptedPackage") {
        FileFormat::EncryptedOffice
    } else if ["WordDocument", "PowerPoint Document", "VisioDocument"].iter().any(|name| file.has(name)) {
        FileFormat::OfficeDocument
    } else if file.has("DocumentText") && !file.has("Workbook") && !file.has("Book") {
        FileFormat::Ichitaro
    } else {
        FileFormat::Xls
    }
}

fn zipped(bytes: &[u8], extension: &str) -> FileFormat {
    // An archive whose directory cannot be read is what its name says, so that it is refused as a broken workbook.
    let Ok(archive) = Archive::open(bytes, 10_000) else {
        return if matches!(extension, "xlsx" | "xlsm") { FileFormat::Xlsx } else { FileFormat::Zip };
    };
    let has = |name: &str| archive.names().any(|found| found == name);
    if has("xl/workbook.bin") {
        FileFormat::Xlsb
    } else if has("xl/workbook.xml") || archive.names().any(|name| name.starts_with("xl/worksheets/")) {
        FileFormat::Xlsx
    } else if has("encrypted-package") {
        // OpenDocument 1.3 and later may keep the whole document in one encrypted part.
        FileFormat::EncryptedOffice
    } else if has("content.xml") {
        let mimetype = archive.read_part("mimetype", 1_000);
        let sheet = match &mimetype {
            Ok(found) => found.trim_ascii().starts_with(b"application/vnd.oasis.opendocument.spreadsheet"),
            Err(_) => matches!(extension, "ods" | "ots"),
        };
        if sheet { FileFormat::Ods } else { FileFormat::OfficeDocument }
    } else if archive.names().any(|name| name.starts_with("word/") || name.starts_with("ppt/")) {
        FileFormat::OfficeDocument
    } else {
        bundled(&archive, extension)
    }
}

/// What an archive of files is: KMZ by its main file or its name, GTFS by the files of one folder.
fn bundled(archive: &Archive<'_>, extension: &str) -> FileFormat {
    let is_kml = |name: &str| name.len() > 4 && name.to_ascii_lowercase().ends_with(".kml");
    if archive.names().any(|name| name == "doc.kml") || (extension == "kmz" && archive.names().any(is_kml)) {
        return FileFormat::Kmz;
    }
    if feed_folder(&archive.names()).is_some() { FileFormat::Gtfs } else { FileFormat::Zip }
}

fn text(bytes: &[u8], extension: &str) -> Option<FileFormat> {
    // Text in UTF-16 is told by its letters like any other; its NUL bytes say nothing.
    if let Some(head) = super::encoding::utf16_head(bytes) {
        return letters(head.as_bytes(), extension);
    }
    letters(bytes, extension)
}

fn letters(bytes: &[u8], extension: &str) -> Option<FileFormat> {
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    // A record separator opens each text of RFC 8142.
    let body = after_comments(body.strip_prefix(b"\x1E").unwrap_or(body));
    let head = &body[..body.len().min(4096)];
    // <焼津市AED一覧> opens a table, not a text in tags.
    if let [b'<', b'a'..=b'z' | b'A'..=b'Z' | b'?' | b'!' | b'_' | b'/', ..] = head {
        let head = head.to_ascii_lowercase();
        let has = |word: &[u8]| memchr::memmem::find(&head, word).is_some();
        let opens_page =
            [b"<html".as_slice(), b"<!doctype html", b"<table", b"<head", b"<body", b"<meta", b"<div", b"<style"]
                .iter()
                .any(|tag| has(tag));
        if has(b"application/vnd.oasis.opendocument.spreadsheet") && has(b"<office:document") {
            return Some(FileFormat::Ods);
        }
        // Descriptions in KML are often pieces of web pages.
        return Some(if has(b"<kml") || has(b"opengis.net/kml") || (extension == "kml" && has(b"<placemark")) {
            FileFormat::Kml
        } else if has(b"urn:schemas-microsoft-com:office:spreadsheet") && !has(b"<html") {
            FileFormat::XmlSpreadsheet
        } else if opens_page && !head.starts_with(b"<?xml") || has(b"<html") || has(b"<!doctype html") {
            let named_as_table = matches!(extension, "xls" | "xlsx" | "csv" | "tsv" | "ods");
            let table =
                memchr::memmem::find_iter(&body[..body.len().min(1 << 20)].to_ascii_lowercase(), b"<tr").count();
            if named_as_table && table >= 2 { FileFormat::HtmlTable } else { FileFormat::Html }
        } else if has(b"<gpx") {
            FileFormat::Gpx
        } else if has(b"<svg") && !has(b"<html") {
            FileFormat::Image
        } else if has(b":gi ") && has(b"jpgis") || has(b"xmlns:jps") {
            FileFormat::OldJpgis
        } else if has(b"opengis.net/gml") || has(b"<gml:") || has(b"citymodel") {
            FileFormat::Gml
        } else {
            FileFormat::Xml
        });
    }
    let starts = |word: &[u8]| head.len() >= word.len() && head[..word.len()].eq_ignore_ascii_case(word);
    if starts(b"mime-version:") || starts(b"from: <saved by") {
        return Some(FileFormat::WebArchive);
    }
    if starts(b"begin:vcalendar") {
        return Some(FileFormat::Calendar);
    }
    // The first pair of a DXF: group 0, SECTION, each on a line of its own.
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    if matches!(lines.next(), Some(b"0" | b"999")) && lines.take(4).any(|line| line == b"SECTION") {
        return Some(FileFormat::Drawing("DXF"));
    }
    let json_name = matches!(
        extension,
        "json" | "geojson" | "topojson" | "geojsonl" | "geojsonseq" | "ndjson" | "jsonl" | "jsonseq"
    );
    // A list of objects is JSON whatever its name; a text in brackets may open a note above a table.
    let list = head.strip_prefix(b"[").map(<[u8]>::trim_ascii_start).is_some_and(|inner| inner.starts_with(b"{"));
    let object = head
        .strip_prefix(b"{")
        .map(<[u8]>::trim_ascii_start)
        .is_some_and(|inner| inner.is_empty() || inner.starts_with(b"\"") || inner.starts_with(b"}"));
    if object || (head.starts_with(b"{") && json_name) || list || (head.starts_with(b"[") && json_name) {
        let has = |words: &[&str]| words.iter().any(|word| memchr::memmem::find(head, word.as_bytes()).is_some());
        return Some(if has(&["\"Topology\""]) {
            FileFormat::TopoJson
        } else if has(&["\"Feature", "\"features\"", "\"coordinates\"", "\"geometries\""]) || extension == "geojson" {
            FileFormat::GeoJson
        } else {
            FileFormat::Json
        });
    }
    // Only the reader of JSON can say what is wrong with JSON that does not begin like it.
    if matches!(extension, "geojson" | "geojsonl" | "geojsonseq") {
        return Some(FileFormat::GeoJson);
    }
    // A NUL here and there is a damaged text; one in eight bytes is none.
    let sample = &bytes[..bytes.len().min(4096)];
    let nul = memchr::memchr_iter(0, sample).count();
    let control = sample
        .iter()
        .filter(|byte| **byte < 0x20 && !matches!(**byte, 0 | b'\t' | b'\n' | b'\r' | 0x0C | 0x1A..=0x1E))
        .count();
    if nul * 8 > sample.len() || control * 20 > sample.len() {
        return None;
    }
    Some(FileFormat::Delimited)
}

/// What follows comments as programs put them before JSON (which has none). Without JSON after them they are text.
fn after_comments(body: &[u8]) -> &[u8] {
    let mut rest = body;
    while rest.starts_with(b"//") || rest.starts_with(b"/*") {
        let end: &[u8] = if rest.starts_with(b"//") { b"\n" } else { b"*/" };
        let Some(at) = memchr::memmem::find(rest, end) else { return body };
        rest = rest[at + end.len()..].trim_ascii_start();
    }
    if matches!(rest.first(), Some(b'{' | b'[')) { rest } else { body }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, bytes: &[u8]) -> Option<FileFormat> {
        sniff(&SourceFile { name: name.to_owned(), bytes: bytes.into(), companions: Vec::new() })
    }

    #[test]
    fn content_decides_and_not_the_extension() {
        assert_eq!(of("a.csv", b"{\"type\":\"FeatureCollection\"}"), Some(FileFormat::GeoJson));
        assert_eq!(of("a.csv", b"<!DOCTYPE html><html>404</html>"), Some(FileFormat::Html));
        assert_eq!(of("a.csv", b"%PDF-1.7"), Some(FileFormat::Pdf));
        assert_eq!(of("a.xlsx", "名称,住所\n".as_bytes()), Some(FileFormat::Delimited));
        assert_eq!(of("a.csv", b""), None);
        assert_eq!(of("a.bin", &[0, 1, 2, 3, 0, 5, 6, 0, 9]), None);
        assert_eq!(of("a.shx", &[0, 0, 0x27, 0x0A]), Some(FileFormat::ShapefilePart));
        assert_eq!(of("a.json", b"{\"type\":\"Topology\"}"), Some(FileFormat::TopoJson));
        assert_eq!(of("a.xls", &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]), Some(FileFormat::Xls));
    }
}
