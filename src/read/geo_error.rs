//! Why a file of geodata or JSON is refused as a whole, in words a clerk can act on.

/// Reasons of the readers of GeoPackage, FlatGeobuf, Parquet and JSON. The display form is the English message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GeoError {
    /// A SQLite database that is no GeoPackage.
    #[error(
        "the file is a SQLite database without the table gpkg_contents, so it is no GeoPackage; export its tables as CSV \
         or GeoPackage"
    )]
    NotGeoPackage,
    /// A SpatiaLite database.
    #[error("the file is a SpatiaLite database, which is not read; export its layers as GeoPackage with a GIS program")]
    SpatiaLite,
    /// A set of map pictures or tiles.
    #[error("the file is a set of map tiles (MBTiles), which has no records; give the data the tiles were made from")]
    MbTiles,
    /// A file without a layer or table that can be read.
    #[error("the file holds no layer that can be read ({found}); export the layer as a table of its own")]
    NoLayer {
        /// The layers there are, with the reason each was passed over.
        found: String,
    },
    /// The same bytes are used again and again, or work has no end.
    #[error("reading {part} takes more work than its size allows ({detail}); write it again with its program")]
    WorkWithoutEnd {
        /// The format or layer.
        part: String,
        /// What was counted.
        detail: String,
    },
    /// A Parquet file that is encrypted.
    #[error("the Parquet file is encrypted; give it without encryption")]
    Encrypted,
    /// Fewer or more features or rows than announced.
    #[error("the file announces {announced} records and has {found}; copy or export it again")]
    CountWrong {
        /// Announced.
        announced: u64,
        /// There are.
        found: u64,
    },
    /// JSON in which no table can be found.
    #[error(
        "no table was found in the JSON ({found}); give an array of objects, one object a line, GeoJSON or TopoJSON"
    )]
    NoTable {
        /// What stands there.
        found: String,
    },
}

impl GeoError {
    /// The stable text machines use.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotGeoPackage => "not-geopackage",
            Self::SpatiaLite => "spatialite",
            Self::MbTiles => "mbtiles",
            Self::NoLayer { .. } => "no-layer",
            Self::WorkWithoutEnd { .. } => "work-without-end",
            Self::Encrypted => "file-encrypted",
            Self::CountWrong { .. } => "count-wrong",
            Self::NoTable { .. } => "json-no-table",
        }
    }

    /// The sentence for a person, in Japanese.
    pub fn message_ja(&self) -> String {
        match self {
            Self::NotGeoPackage => "SQLiteデータベースですが、GeoPackageではありません(gpkg_contents表がありません)。GeoPackageまたはCSVで出力し直してください。".to_owned(),
            Self::SpatiaLite => {
                "SpatiaLite形式には対応していません。QGISなどのGISソフトでGeoPackage形式に出力し直してください。".to_owned()
            }
            Self::MbTiles => "地図画像・タイルの集まり(MBTiles)で、データの行がありません。元になったデータを登録してください。".to_owned(),
            Self::NoLayer { found } => {
                format!("取り込めるレイヤーがありません({found})。レイヤーを表として出力し直してください。")
            }
            Self::WorkWithoutEnd { part, detail } => {
                format!("{part}の読み取りが、ファイルの大きさに見合わないため中止しました({detail})。元のソフトウェアで出力し直してください。")
            }
            Self::Encrypted => "Parquetファイルが暗号化されています。暗号化せずに出力し直してください。".to_owned(),
            Self::CountWrong { announced, found } => {
                format!("件数が{announced}件と書かれていますが、{found}件しか正しく読めません。コピーまたは出力をし直してください。")
            }
            Self::NoTable { found } => {
                format!("JSONの中に表が見つかりません({found})。オブジェクトの配列、1行に1件のJSON、GeoJSON、TopoJSONのいずれかで登録してください。")
            }
        }
    }
}
