//! The national standard (自治体標準オープンデータセット) as data, and the binding of a file's header to its fields.
//!
//! Everything here is read once from the files under `schemas/`, which are part of the program; `schemas/README.md`
//! describes their format. No input or output: a caller hands in header cells and gets a [`Binding`].
//!
//! ```
//! use hiraku::schema::Schemas;
//!
//! let header: Vec<String> = ["全国地方公共団体コード", "ID", "種別", "所在地_連結表記", "緯度", "経度", "口径"]
//!     .map(str::to_owned)
//!     .to_vec();
//! let binding = Schemas::bundled().bind(&header).expect("the hydrant sheet is recognised");
//! assert_eq!((binding.sheet.as_str(), binding.edition), ("14", "current"));
//! ```

mod bind;
mod everyday;
mod fold;
mod header;
mod hint;
mod levels;
mod licence;
mod models;
mod municipality;
mod poi;
mod remark;
mod shape;
mod sheet;
mod sheets;
mod stack;
mod tags;
mod vocabulary;

pub use bind::{Binding, CURRENT, RECOMMENDED};
pub use fold::fold_header;
pub use header::{HEADER_SEARCH_ROWS, HeaderGuess};
pub use hint::Hints;
pub use licence::{attribution_line, licence, licence_named, licence_or_unknown, licences};
pub use municipality::{Municipalities, Municipality, MunicipalityKind};
pub use poi::{PoiCode, poi_code, poi_codes};
pub use remark::is_example;
pub(crate) use shape::{contrasts, is_value};
pub use sheet::{Field, Layout, LayoutColumn, Sheet};
pub use sheets::Schemas;
pub use tags::standard_tags;

/// A bundled file that does not hold what `schemas/README.md` says. Met only while `schemas/` is being edited: the
/// tests parse every file.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// Not TOML, or not the expected keys.
    #[error("schemas/{file}: {source}")]
    Toml {
        /// The file under `schemas/`.
        file: &'static str,
        /// What the parser says.
        source: Box<toml::de::Error>,
    },
    /// Not CSV, or not the expected columns.
    #[error("schemas/{file}: {source}")]
    Csv {
        /// The file under `schemas/`.
        file: &'static str,
        /// What the parser says.
        source: csv::Error,
    },
    /// Parsed, but against the rules of the format.
    #[error("schemas/{file}: {reason}")]
    Rule {
        /// The file under `schemas/`.
        file: &'static str,
        /// Which rule, and where.
        reason: String,
    },
}
