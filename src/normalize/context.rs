//! What is known of a file before it is read.

use std::sync::Arc;

use geo_types::MultiPolygon;

use crate::model::code::MunicipalityCode;
use crate::read::Crs;

use super::confidential::Policy;
use super::datum::DatumGrid;
use super::gazetteer::Towns;

/// What is known of a file before it is read.
#[derive(Debug, Clone, Default)]
pub struct NormalizeContext {
    /// Its name as published; `222127_aed.csv` hints at sheet 08.
    pub file_name: String,
    /// The key of its first table; further tables get `-2`, `-3` … A text that is no slug is digested into one.
    pub key: String,
    /// The title of its first table; further tables add their own names.
    pub title: String,
    /// The organization that publishes it.
    pub publisher: Option<MunicipalityCode>,
    /// Display names of columns: the header as found, the name to show.
    pub titles: Vec<(String, String)>,
    /// The publisher's boundary in degrees; without it no position is said to be outside.
    pub bounds: Option<Vec<MultiPolygon<f64>>>,
    /// Towns beside the bundled ones, for positions from addresses.
    pub towns: Option<Arc<Towns>>,
    /// What the operator adds to the check before publication.
    pub confidential: Policy,
    /// The coordinate system a person gave; it stands before what the file states.
    pub crs: Option<Crs>,
    /// The operator's grid from the old Tokyo Datum; without one three parameters are used.
    pub datum_grid: Option<Arc<DatumGrid>>,
}
