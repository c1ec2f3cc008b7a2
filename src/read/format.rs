//! The formats of files, by name, and what to do about those that are not read.

/// The formats that are told apart. Some are read, the others are recognised to be refused in clear words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileFormat {
    /// Text in columns, parted by comma, tab or semicolon.
    Delimited,
    /// A workbook of Office Open XML (`.xlsx`, `.xlsm`).
    Xlsx,
    /// GeoJSON, RFC 7946; also one feature a line.
    GeoJson,
    /// A Shapefile; the main file is its `.shp`.
    Shapefile,
    /// A part of a Shapefile that came without its `.shp`.
    ShapefilePart,
    /// A workbook of Excel 97–2003.
    Xls,
    /// A workbook of Excel 4.0 or older.
    OldExcel,
    /// A workbook as XML of Excel 2002–2003 (SpreadsheetML).
    XmlSpreadsheet,
    /// A workbook saved as a web archive (MHTML).
    WebArchive,
    /// A workbook with a password.
    EncryptedOffice,
    /// A binary workbook (`.xlsb`).
    Xlsb,
    /// An OpenDocument spreadsheet.
    Ods,
    /// A text document or slides.
    OfficeDocument,
    /// A zip archive of other files.
    Zip,
    /// A gzip file.
    Gzip,
    /// KML.
    Kml,
    /// KML in a zip archive.
    Kmz,
    /// GML, among it CityGML.
    Gml,
    /// GTFS-JP: the timetables of buses, a zip archive.
    Gtfs,
    /// XML of JPGIS 1.0 or 2.1, before 国土数値情報 went over to GML.
    OldJpgis,
    /// Other XML.
    Xml,
    /// A web page, often an error page saved under the name of the data.
    Html,
    /// A web page whose table a system gives out under the name of a workbook (`.xls`) or CSV.
    HtmlTable,
    /// TopoJSON.
    TopoJson,
    /// JSON that is neither: objects or lists of values.
    Json,
    /// A PDF.
    Pdf,
    /// A picture.
    Image,
    /// Sound or film.
    Media,
    /// An archive that is not unpacked, by its name (`7z`, `RAR`, `LZH` …).
    Archive(&'static str),
    /// A drawing of a CAD program, by its name (`DWG`, `DXF`, `SXF`, `JWW`).
    Drawing(&'static str),
    /// GPX: tracks and places of receivers.
    Gpx,
    /// A cloud of points (LAS, LAZ).
    PointCloud,
    /// A calendar (iCalendar).
    Calendar,
    /// A database of Microsoft Access.
    Access,
    /// A text of the word processor 一太郎.
    Ichitaro,
    /// A program.
    Program,
    /// A SQLite database, among them GeoPackage.
    Sqlite,
    /// Parquet.
    Parquet,
    /// FlatGeobuf.
    FlatGeobuf,
}

impl FileFormat {
    /// Whether [`super::read`] reads it.
    pub fn is_read(self) -> bool {
        matches!(
            self,
            Self::Delimited
                | Self::Xlsx
                | Self::Xls
                | Self::Ods
                | Self::HtmlTable
                | Self::XmlSpreadsheet
                | Self::GeoJson
                | Self::TopoJson
                | Self::Json
                | Self::Sqlite
                | Self::Parquet
                | Self::FlatGeobuf
                | Self::Shapefile
                | Self::Kml
                | Self::Kmz
                | Self::Gml
                | Self::Gtfs
                | Self::Zip
                | Self::Gzip
        )
    }

    /// Its name in English.
    pub fn title(self) -> &'static str {
        match self {
            Self::Delimited => "CSV",
            Self::Xlsx => "XLSX",
            Self::GeoJson => "GeoJSON",
            Self::Shapefile => "Shapefile",
            Self::ShapefilePart => "a part of a Shapefile",
            Self::Xls => "an Excel 97-2003 workbook (XLS)",
            Self::OldExcel => "a workbook of Excel 4.0 or older",
            Self::XmlSpreadsheet => "an XML spreadsheet of Excel 2003",
            Self::WebArchive => "a web archive (MHTML)",
            Self::EncryptedOffice => "an encrypted workbook",
            Self::Xlsb => "a binary workbook (XLSB)",
            Self::Ods => "an OpenDocument spreadsheet (ODS)",
            Self::OfficeDocument => "an office document",
            Self::Zip => "a ZIP archive",
            Self::Gzip => "a gzip file",
            Self::Kml => "KML",
            Self::Kmz => "KMZ",
            Self::Gml => "GML",
            Self::Gtfs => "GTFS-JP",
            Self::OldJpgis => "XML of JPGIS 1.0/2.1 (GI)",
            Self::Xml => "XML",
            Self::Html => "a web page (HTML)",
            Self::HtmlTable => "a table in a web page (HTML), whatever its name says",
            Self::TopoJson => "TopoJSON",
            Self::Json => "JSON",
            Self::Pdf => "PDF",
            Self::Image => "a picture",
            Self::Media => "sound or film",
            Self::Archive(name) | Self::Drawing(name) => name,
            Self::Gpx => "GPX",
            Self::PointCloud => "a cloud of points (LAS)",
            Self::Calendar => "a calendar (iCalendar)",
            Self::Access => "a database of Microsoft Access",
            Self::Ichitaro => "a text of Ichitaro (JTD)",
            Self::Program => "a program",
            Self::Sqlite => "a SQLite database (GeoPackage)",
            Self::Parquet => "Parquet",
            Self::FlatGeobuf => "FlatGeobuf",
        }
    }

    /// Its name in Japanese.
    pub fn title_ja(self) -> &'static str {
        match self {
            Self::ShapefilePart => "Shapefileの一部のファイル",
            Self::Xls => "Excel 97-2003形式(XLS)",
            Self::OldExcel => "Excel 4.0以前の形式",
            Self::XmlSpreadsheet => "XMLスプレッドシート2003形式",
            Self::WebArchive => "単一ファイルWebページ(MHTML)",
            Self::EncryptedOffice => "パスワード付きのExcelファイル",
            Self::Xlsb => "Excelバイナリ形式(XLSB)",
            Self::Ods => "OpenDocument表計算形式(ODS)",
            Self::OfficeDocument => "文書ファイル",
            Self::Zip => "ZIPファイル",
            Self::Gzip => "gzipファイル",
            Self::Html => "ウェブページ(HTML)",
            Self::HtmlTable => "ウェブページ(HTML)の表で、ファイル名の拡張子とは中身が違うファイル",
            Self::Image => "画像ファイル",
            Self::Media => "音声・動画ファイル",
            Self::Archive("a packed file") => "圧縮ファイル",
            Self::PointCloud => "点群データ(LAS)",
            Self::Calendar => "カレンダー(iCalendar)",
            Self::Access => "Accessデータベース",
            Self::Ichitaro => "一太郎文書(JTD)",
            Self::Program => "プログラム(実行ファイル)",
            Self::OldJpgis => "旧形式のJPGIS(GI)のXML",
            Self::Sqlite => "SQLite(GeoPackage)",
            other => other.title(),
        }
    }

    /// What to do about it, in English.
    pub fn remedy_en(self) -> &'static str {
        match self {
            Self::Zip | Self::Gzip | Self::Archive(_) => "unpack it and give the files inside (or pack them as ZIP)",
            Self::Drawing(_) => "convert it to GeoJSON or a Shapefile with its coordinate system in a GIS program",
            Self::PointCloud => "publish it as a file to download beside a table that describes it",
            Self::Access => "export its tables as XLSX or CSV (UTF-8)",
            Self::Program => "check that the right file was chosen",
            Self::Html => "check that it is not an error page, and give the data itself as XLSX or CSV (UTF-8)",
            Self::OldJpgis => "take the same data as GML (JPGIS 2014), Shapefile or GeoJSON from the download site",
            other if other.holds_places() => "save it as GeoJSON",
            _ => "save it as XLSX or CSV (UTF-8)",
        }
    }

    /// What to do about it, in Japanese, without the full stop.
    pub fn remedy_ja(self) -> &'static str {
        match self {
            Self::Zip | Self::Gzip | Self::Archive(_) => "展開して、中のファイルを(またはZIP形式で)登録してください",
            Self::Drawing(_) => "GISソフトで座標系を指定してGeoJSON形式またはシェープファイルに変換してください",
            Self::PointCloud => "点群の一覧をXLSX形式またはCSV(UTF-8)形式で登録してください",
            Self::Access => "テーブルをXLSX形式またはCSV(UTF-8)形式で書き出してください",
            Self::Program => "登録するファイルを間違えていないか確認してください",
            Self::Html => {
                "ダウンロードに失敗したページでないか確認し、XLSX形式またはCSV(UTF-8)形式のデータを登録してください"
            }
            Self::OldJpgis => {
                "国土数値情報ダウンロードサイトにある同じデータのGML(JPGIS2014)、Shapefile、GeoJSONのいずれかを登録してください"
            }
            other if other.holds_places() => "GeoJSON形式で保存し直してください",
            _ => "XLSX形式またはCSV(UTF-8)形式で保存し直してください",
        }
    }

    fn holds_places(self) -> bool {
        matches!(
            self,
            Self::Kml
                | Self::Kmz
                | Self::Gml
                | Self::Gtfs
                | Self::TopoJson
                | Self::Sqlite
                | Self::Parquet
                | Self::FlatGeobuf
                | Self::ShapefilePart
                | Self::Gpx
        )
    }
}
