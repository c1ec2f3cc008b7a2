//! Why a file as a whole is refused, in words a clerk can act on.

use super::format::FileFormat;
use super::geo_error::GeoError;

/// The file as a whole is refused; nothing of it is published. The display form is the English message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// More bytes than a reader takes.
    #[error("the file has {found_bytes} bytes; at most {limit_bytes} can be read. Split it into smaller files")]
    TooLarge {
        /// Bytes of the file.
        found_bytes: usize,
        /// Bytes allowed.
        limit_bytes: usize,
    },
    /// Nothing in the file.
    #[error("the file holds no rows; give a file with data")]
    Empty,
    /// The content is of no known format.
    #[error(
        "the format of the file could not be told; give CSV (UTF-8), Excel (XLSX, XLS), ODS, JSON or GeoJSON, Shapefile, GeoPackage, KML, FlatGeobuf, Parquet, GML or GTFS-JP (ZIP)"
    )]
    UnknownFormat,
    /// The format is known but not read.
    #[error("the file is {}, which is not read; {}", format.title(), format.remedy_en())]
    UnsupportedFormat {
        /// What it is.
        format: FileFormat,
    },
    /// An encrypted workbook or archive.
    #[error(
        "the file is protected by a password; take it off and give the file again: in Excel by File > Info > Protect Workbook > Encrypt with Password, with the field emptied, or save it as CSV; an archive is packed again without a password"
    )]
    Encrypted,
    /// Too much of the content is no text in any encoding.
    #[error("{replaced} places of the file are no text in any known encoding; save it as CSV in UTF-8")]
    NotText {
        /// Places that could not be decoded.
        replaced: u64,
    },
    /// More rows than a reader takes.
    #[error("the table has more than {limit} rows; split it")]
    TooManyRows {
        /// Rows allowed.
        limit: u64,
    },
    /// A row is wider than a table may be.
    #[error("row {row} has a value in column {found}; at most {limit} columns can be read")]
    TooManyColumns {
        /// The row, from 1.
        row: u64,
        /// The column of the value, from 1 (or the number of columns).
        found: usize,
        /// Columns allowed.
        limit: usize,
    },
    /// More cells than a workbook may have.
    #[error("the workbook has more than {limit} cells; split it")]
    TooManyCells {
        /// Cells allowed.
        limit: u64,
    },
    /// A cell longer than a cell may be.
    #[error("a cell in row {row} is longer than {limit_bytes} bytes; check the quotation marks and line breaks")]
    CellTooLong {
        /// The row, from 1.
        row: u64,
        /// Bytes allowed.
        limit_bytes: usize,
    },
    /// A row longer than a row may be.
    #[error("row {row} is longer than {limit_bytes} bytes; check the quotation marks and line breaks")]
    RowTooLong {
        /// The row, from 1.
        row: u64,
        /// Bytes allowed.
        limit_bytes: usize,
    },
    /// A part unpacks to more than is allowed: a zip bomb or a sheet without end.
    #[error("the workbook unpacks to more than {limit_bytes} bytes; remove empty rows and pictures, or split it")]
    UnpacksTooLarge {
        /// Bytes allowed, or the ratio times the packed bytes.
        limit_bytes: usize,
    },
    /// More parts (entries, sheets, merged ranges) than are taken.
    #[error("the file has more than {limit} {what}")]
    TooManyParts {
        /// What there are too many of.
        what: &'static str,
        /// How many are allowed.
        limit: usize,
    },
    /// A part that must be there is not.
    #[error("the file lacks its part {part}; save it again with a spreadsheet program")]
    PartMissing {
        /// The part's name.
        part: String,
    },
    /// Two parts have one name.
    #[error("the file holds its part {part} twice; save it again with a spreadsheet program")]
    PartTwice {
        /// The part's name.
        part: String,
    },
    /// A part cannot be read.
    #[error("the part {part} of the file is broken ({detail}); save it again with the program it came from")]
    PartBroken {
        /// The part: a path inside the archive, `shp`, `dbf`, `GeoJSON` …
        part: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The file ends before its data do.
    #[error("the file {part} is cut off: it announces {expected_bytes} bytes and has {found_bytes}; copy it again")]
    Truncated {
        /// Which file or part.
        part: &'static str,
        /// Bytes announced.
        expected_bytes: u64,
        /// Bytes there are.
        found_bytes: u64,
    },
    /// XML with a document type declaration.
    #[error("the part {part} has a document type declaration (DOCTYPE), which is never read")]
    Doctype {
        /// The part.
        part: String,
    },
    /// JSON that is not GeoJSON.
    #[error("the JSON is no GeoJSON ({found}); a FeatureCollection, a Feature or a geometry is read")]
    NotGeoJson {
        /// Its `type` or its outermost form, as found.
        found: String,
    },
    /// JSON that does not keep to its syntax.
    #[error("the JSON is broken in line {line} ({detail}); write it again with the program it came from")]
    JsonBroken {
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        detail: String,
    },
    /// Brackets or elements nested too deep.
    #[error("the file nests deeper than {limit} levels")]
    TooDeep {
        /// Levels allowed.
        limit: usize,
    },
    /// More vertices than are taken.
    #[error("the file has more than {limit} vertices; split it")]
    TooManyVertices {
        /// Vertices allowed.
        limit: u64,
    },
    /// A file that belongs to a Shapefile is missing.
    #[error("the .{extension} of the Shapefile is missing; .shp, .shx, .dbf and .prj belong together")]
    CompanionMissing {
        /// The extension that is missing.
        extension: &'static str,
    },
    /// A Shapefile of a type that has no place on a map.
    #[error("the Shapefile has shape type {shape_type}; points, lines and polygons are read")]
    ShapeTypeUnsupported {
        /// The type's number (31 is MultiPatch).
        shape_type: i32,
    },
    /// Shapes and attribute rows do not belong together.
    #[error("the .shp has {shapes} shapes and the .dbf has {rows} rows; export both again together")]
    CountMismatch {
        /// Shapes in the `.shp`.
        shapes: u64,
        /// Rows in the `.dbf`.
        rows: u64,
    },
    /// A reason of the readers of geodata and JSON.
    #[error(transparent)]
    Geo(#[from] GeoError),
    /// XML that cannot be read.
    #[error(transparent)]
    Xml(#[from] super::XmlError),
    /// An archive that cannot be read, or of which a file is refused.
    #[error(transparent)]
    Archive(#[from] super::ArchiveError),
}

impl ReadError {
    /// The stable text machines use.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "file-too-large",
            Self::Empty => "file-empty",
            Self::UnknownFormat => "format-unknown",
            Self::UnsupportedFormat { .. } => "format-unsupported",
            Self::Encrypted => "file-encrypted",
            Self::NotText { .. } => "not-text",
            Self::TooManyRows { .. } => "too-many-rows",
            Self::TooManyColumns { .. } => "too-many-columns",
            Self::TooManyCells { .. } => "too-many-cells",
            Self::CellTooLong { .. } => "cell-too-long",
            Self::RowTooLong { .. } => "row-too-long",
            Self::UnpacksTooLarge { .. } => "unpacks-too-large",
            Self::TooManyParts { .. } => "too-many-parts",
            Self::PartMissing { .. } => "part-missing",
            Self::PartTwice { .. } => "part-twice",
            Self::PartBroken { .. } => "part-broken",
            Self::Truncated { .. } => "file-truncated",
            Self::Doctype { .. } => "xml-doctype",
            Self::NotGeoJson { .. } => "not-geojson",
            Self::JsonBroken { .. } => "json-broken",
            Self::TooDeep { .. } => "too-deep",
            Self::TooManyVertices { .. } => "too-many-vertices",
            Self::CompanionMissing { .. } => "companion-missing",
            Self::ShapeTypeUnsupported { .. } => "shape-type-unsupported",
            Self::CountMismatch { .. } => "count-mismatch",
            Self::Geo(error) => error.code(),
            Self::Xml(error) => error.code(),
            Self::Archive(error) => error.code(),
        }
    }

    /// The sentence for a person, in English.
    pub fn message_en(&self) -> String {
        format!("{self}.")
    }

    /// The sentence for a person, in Japanese.
    pub fn message_ja(&self) -> String {
        match self {
            Self::Geo(error) => error.message_ja(),
            Self::TooLarge { found_bytes, limit_bytes } => {
                format!(
                    "ファイルの大きさ({found_bytes}バイト)が上限({limit_bytes}バイト)を超えています。ファイルを分けてください。"
                )
            }
            Self::Empty => "ファイルにデータがありません。データの入ったファイルを登録してください。".to_owned(),
            Self::UnknownFormat => {
                "ファイルの形式を判別できません。CSV(UTF-8)、Excel(XLSX、XLS)、ODS、JSON・GeoJSON、シェープファイル、GeoPackage、KML、FlatGeobuf、Parquet、GML、GTFS-JP(ZIP)のいずれかで登録してください。"
                    .to_owned()
            }
            Self::UnsupportedFormat { format } => {
                format!("{}には対応していません。{}。", format.title_ja(), format.remedy_ja())
            }
            Self::Encrypted => {
                "ファイルにパスワードが設定されています。Excelでは「ファイル」→「情報」→「ブックの保護」→「パスワードを使用して暗号化」でパスワードを空にして保存するか、CSVで保存し直してください。ZIPはパスワードを付けずに圧縮し直してください。"
                    .to_owned()
            }
            Self::NotText { replaced } => {
                format!("文字として読めない箇所が{replaced}箇所あります。CSV(UTF-8)で保存し直してください。")
            }
            Self::TooManyRows { limit } => format!("行数が上限({limit}行)を超えています。ファイルを分けてください。"),
            Self::TooManyColumns { row, found, limit } => {
                format!(
                    "{row}行目の{found}列目に値があります。読み込める列は{limit}列までです。不要な列を削除してください。"
                )
            }
            Self::TooManyCells { limit } => {
                format!("セルの数が上限({limit})を超えています。ファイルを分けてください。")
            }
            Self::CellTooLong { row, limit_bytes } => {
                format!("{row}行目に{limit_bytes}バイトを超えるセルがあります。引用符(\")と改行を確認してください。")
            }
            Self::RowTooLong { row, limit_bytes } => {
                format!("{row}行目が{limit_bytes}バイトを超えています。引用符(\")と改行を確認してください。")
            }
            Self::UnpacksTooLarge { limit_bytes } => {
                format!(
                    "ファイルを展開すると上限({limit_bytes}バイト)を超えます。空の行や画像を削除するか、ファイルを分けてください。"
                )
            }
            Self::TooManyParts { what, limit } => {
                let what = match *what {
                    "sheets" => "シート",
                    "merged ranges" => "結合されたセル",
                    _ => "内部のファイル",
                };
                format!("{what}の数が上限({limit})を超えています。")
            }
            Self::PartMissing { part } => {
                format!("ファイルの中に{part}がありません。表計算ソフトで開き、保存し直してください。")
            }
            Self::PartTwice { part } => {
                format!("ファイルの中に{part}が二つあります。表計算ソフトで開き、保存し直してください。")
            }
            Self::PartBroken { part, detail } => {
                format!("{part}が壊れています({detail})。元のソフトウェアで保存し直してください。")
            }
            Self::Truncated { part, expected_bytes, found_bytes } => format!(
                "{part}が途中で切れています({expected_bytes}バイトのはずが{found_bytes}バイトです)。ファイルをコピーし直してください。"
            ),
            Self::Doctype { part } => format!("{part}に文書型宣言(DOCTYPE)があります。安全のため読み込みません。"),
            Self::NotGeoJson { found } => {
                format!("GeoJSONではありません({found})。FeatureCollection、Featureまたは図形を登録してください。")
            }
            Self::JsonBroken { line, detail } => {
                format!("JSONの{line}行目に誤りがあります({detail})。元のソフトウェアで出力し直してください。")
            }
            Self::TooDeep { limit } => format!("入れ子が深すぎます(上限{limit}段)。"),
            Self::TooManyVertices { limit } => {
                format!("頂点の数が上限({limit})を超えています。ファイルを分けてください。")
            }
            Self::CompanionMissing { extension } => format!(
                "Shapefileの.{extension}ファイルがありません。.shp、.shx、.dbf、.prjをそろえて登録してください。"
            ),
            Self::ShapeTypeUnsupported { shape_type } => {
                format!(
                    "Shapefileの図形の種類({shape_type})に対応していません。点、線、面のいずれかで出力してください。"
                )
            }
            Self::CountMismatch { shapes, rows } => format!(
                "図形(.shp)が{shapes}件、属性(.dbf)が{rows}件で一致しません。両方を一緒に出力し直してください。"
            ),
            Self::Xml(error) => error.message_ja(),
            Self::Archive(error) => error.message_ja(),
        }
    }
}
