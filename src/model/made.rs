//! Files of a table that are made when somebody first asks for them, beside those made when a release is published.

use super::id::ReleaseId;
use super::name::{Digest, Slug};
use super::record::GeometryKind;

/// A format that is made on request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MadeFormat {
    /// CSV in CP932 (Shift_JIS of Windows).
    CsvCp932,
    /// A workbook (ECMA-376).
    Xlsx,
    /// One list of objects.
    Json,
    /// Shapefiles in a zip archive, attributes in CP932.
    Shapefile,
    /// GeoPackage 1.3.
    GeoPackage,
    /// KML 2.2.
    Kml,
}

impl MadeFormat {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 6] = [Self::Xlsx, Self::CsvCp932, Self::Json, Self::Shapefile, Self::GeoPackage, Self::Kml];

    /// The name people know it by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CsvCp932 => "CSV(CP932)",
            Self::Xlsx => "XLSX",
            Self::Json => "JSON",
            Self::Shapefile => "Shapefile",
            Self::GeoPackage => "GeoPackage",
            Self::Kml => "KML",
        }
    }

    /// The ending of file names and addresses, without the first dot.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::CsvCp932 => "cp932.csv",
            Self::Xlsx => "xlsx",
            Self::Json => "json",
            Self::Shapefile => "shp.zip",
            Self::GeoPackage => "gpkg",
            Self::Kml => "kml",
        }
    }

    /// The media type it is served under.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::CsvCp932 => "text/csv; charset=Shift_JIS",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Json => "application/json",
            Self::Shapefile => "application/zip",
            Self::GeoPackage => "application/geopackage+sqlite3",
            Self::Kml => "application/vnd.google-earth.kml+xml",
        }
    }

    /// Whether clients read it by parts (then a range is no download unless it covers the whole).
    pub const fn is_read_in_parts(self) -> bool {
        matches!(self, Self::GeoPackage)
    }

    /// Whether it holds shapes, so that a table without any has none of it.
    pub const fn holds_shapes(self) -> bool {
        matches!(self, Self::Shapefile | Self::GeoPackage | Self::Kml)
    }

    /// The formats of a table.
    pub fn of_table(geometry: Option<GeometryKind>) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |format| geometry.is_some() || !format.holds_shapes())
    }

    /// The format of a [`Self::ending`].
    pub fn of_ending(ending: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.ending() == ending)
    }
}

/// Which file of which release: what names it for ever.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MadeKey {
    /// The release.
    pub release: ReleaseId,
    /// The key of the table.
    pub table: Slug,
    /// The format.
    pub format: MadeFormat,
}

impl MadeKey {
    /// The name of its entry: release, table, ending, with dots between them.
    pub fn entry(&self) -> String {
        format!("{}.{}.{}", self.release, self.table, self.format.ending())
    }

    /// The key of an [`Self::entry`].
    pub fn parse(entry: &str) -> Option<Self> {
        let mut parts = entry.splitn(3, '.');
        Some(Self {
            release: ReleaseId::parse(parts.next()?)?,
            table: Slug::parse(parts.next()?).ok()?,
            format: MadeFormat::of_ending(parts.next()?)?,
        })
    }
}

/// What became of the making.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// The file is there.
    File(MadeFile),
    /// The format cannot hold the table.
    Refused(Limit),
}

/// A file that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MadeFile {
    /// The object that holds it.
    pub digest: Digest,
    /// Its length.
    pub size_bytes: u64,
    /// Cells that do not stand in it as in the release, because the format has no place for them.
    pub changed_cells: u64,
    /// The object that lists them, where the file itself has no place for the list; with its length.
    pub note: Option<(Digest, u64)>,
}

/// What a format cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// A file of 2 GiB or more.
    FileSize,
    /// More columns than it has places.
    Columns,
    /// A record that is longer than it may be.
    RecordLength,
}

impl Limit {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::FileSize, Self::Columns, Self::RecordLength];

    /// The name it is kept under.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FileSize => "file-size",
            Self::Columns => "columns",
            Self::RecordLength => "record-length",
        }
    }

    /// The limit of a [`Self::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|limit| limit.name() == name)
    }
}

/// A file name a person recognises; letters that file systems refuse are replaced.
pub fn file_name(title: &str, ending: &str) -> String {
    let safe: String = title
        .chars()
        .map(|letter| if letter.is_control() || r#"/\:*?"<>|"#.contains(letter) { '_' } else { letter })
        .take(80)
        .collect();
    format!("{}.{ending}", safe.trim_matches(['.', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_from_its_entry() {
        let release = ReleaseId::mint(jiff::Timestamp::UNIX_EPOCH);
        let table = Slug::parse("hinanjo-1_a").expect("a name");
        for format in MadeFormat::ALL {
            let key = MadeKey { release, table: table.clone(), format };
            assert_eq!(MadeKey::parse(&key.entry()), Some(key));
        }
        for wrong in
            ["", "a.b.c", &format!("{release}.hinanjo.exe"), &format!("{release}.x.xlsx"), &release.to_string()]
        {
            assert_eq!(MadeKey::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn tables_without_shapes_have_no_format_of_shapes() {
        let plain: Vec<_> = MadeFormat::of_table(None).map(MadeFormat::name).collect();
        assert_eq!(plain, ["XLSX", "CSV(CP932)", "JSON"]);
        assert_eq!(MadeFormat::of_table(Some(GeometryKind::Mixed)).count(), 6);
        assert_eq!(file_name("R6/施設: 一覧.", "xlsx"), "R6_施設_ 一覧.xlsx");
    }
}
