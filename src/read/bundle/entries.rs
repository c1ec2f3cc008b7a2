//! What the entries of an archive are: data, parts of a Shapefile, or what comes along and is no data.

/// What one entry is, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::read) enum Use {
    /// Something that is no data: named, never read.
    Ignored,
    /// A part of a Shapefile: its path without the ending, in lower case, and its ending.
    ShapefilePart(String, String),
    /// Possibly data.
    Data,
}

/// Endings of what belongs to a Shapefile and is read.
const PARTS: [&str; 5] = ["shp", "dbf", "shx", "prj", "cpg"];

/// Endings of what is never data: indexes and styles of GIS programs, pictures, documents, programs, metadata.
const NO_DATA: [&str; 57] = [
    "sbn", "sbx", "fbn", "fbx", "ain", "aih", "atx", "ixs", "mxs", "qix", "qpj", "qml", "qmd", "qgs", "qgz", "lyr",
    "lyrx", "sld", "mxd", "aprx", "cst", "avl", "pdf", "doc", "docx", "ppt", "pptx", "rtf", "md", "html", "htm", "css",
    "js", "url", "lnk", "png", "jpg", "jpeg", "gif", "bmp", "svg", "webp", "ico", "tif", "tiff", "jgw", "pgw", "tfw",
    "aux", "ovr", "exe", "bat", "sh", "py", "log", "ini", "db",
];

/// Words in the name of a text that explains the data.
const EXPLAINING: [&str; 12] = [
    "readme",
    "read_me",
    "license",
    "licence",
    "はじめに",
    "お読み",
    "読んで",
    "利用規約",
    "利用条件",
    "説明",
    "注意",
    "凡例",
];

/// The name of a file without its folders.
pub(super) fn base(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// The ending of a name in lower case.
pub(super) fn ending(name: &str) -> String {
    base(name).rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default()
}

/// The path of a name without its ending, in lower case.
pub(super) fn stem(name: &str) -> String {
    let folders = name.len() - base(name).len();
    let stem = base(name).rsplit_once('.').map_or(base(name), |(stem, _)| stem);
    format!("{}{stem}", name.get(..folders).unwrap_or_default()).to_lowercase()
}

/// What an entry of this name is.
pub(in crate::read) fn use_of(name: &str) -> Use {
    let own = base(name);
    let lower = own.to_lowercase();
    let is_hidden = own.starts_with('.') || own.starts_with("~$");
    let by_system = name.split('/').any(|folder| folder == "__MACOSX" || folder == ".git")
        || matches!(lower.as_str(), "thumbs.db" | "desktop.ini" | "icon\r");
    let ending = ending(name);
    let is_text = matches!(ending.as_str(), "txt" | "");
    let explains = is_text && EXPLAINING.iter().any(|word| lower.contains(word));
    // ISO metadata beside the data: of ArcGIS (`a.shp.xml`) and of 国土数値情報 (`KS-META-…`).
    let is_metadata = lower.ends_with(".shp.xml") || (lower.starts_with("ks-meta") && ending == "xml");
    if is_hidden || by_system || explains || is_metadata || NO_DATA.contains(&ending.as_str()) {
        Use::Ignored
    } else if PARTS.contains(&ending.as_str()) {
        Use::ShapefilePart(stem(name), ending)
    } else {
        Use::Data
    }
}

/// Whether a text is a table at all: most of its first lines have the same number of commas or tabs, at least one.
pub(super) fn is_table_text(bytes: &[u8]) -> bool {
    let head = bytes.get(..16 << 10).unwrap_or(bytes);
    let lines: Vec<&[u8]> =
        head.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(20).collect();
    [b',', b'\t', b';'].into_iter().any(|separator| {
        let count = |line: &&[u8]| memchr::memchr_iter(separator, line).count();
        let first = lines.first().map_or(0, count);
        first > 0 && lines.iter().filter(|line| count(line) == first).count() * 2 > lines.len()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_along_is_told_from_data() {
        for name in [
            "__MACOSX/a/._b.csv",
            ".DS_Store",
            "a/Thumbs.db",
            "README.txt",
            "はじめにお読みください.txt",
            "仕様書.pdf",
            "N03-21_24.shp.xml",
            "KS-META-N03-21.xml",
            "a.sbn",
            "~$台帳.xlsx",
        ] {
            assert_eq!(use_of(name), Use::Ignored, "{name}");
        }
        for name in ["避難所.csv", "a/b.geojson", "N03-21.xml", "stops.txt", "../../etc/passwd.csv", "/abs.csv", "data"]
        {
            assert_eq!(use_of(name), Use::Data, "{name}");
        }
        let part = |stem: &str, ending: &str| Use::ShapefilePart(stem.to_owned(), ending.to_owned());
        assert_eq!(use_of("Dir/公園.SHP"), part("dir/公園", "shp"));
        assert_eq!(use_of("dir/公園.dbf"), part("dir/公園", "dbf"));
    }

    #[test]
    fn a_text_without_columns_is_no_table() {
        assert!(is_table_text("名称,住所\n市役所,本町\n".as_bytes()));
        assert!(!is_table_text("この資料は、市が作成しました。\nご利用の際は, 出典を記載してください。\n".as_bytes()));
        assert!(!is_table_text(b""));
    }
}
