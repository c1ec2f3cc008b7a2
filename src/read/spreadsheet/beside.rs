//! What lies in a workbook beside the cells that are shown. It is named with its place and never quoted: a finding may be
//! shown to everybody, and what is hidden may be what nobody should see.

use super::refs::Refs;
use crate::model::finding::{Finding, FindingCode, Place};
use crate::read::RowSink;

/// Whether a sheet is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::read) enum Shown {
    /// It is.
    #[default]
    Yes,
    /// Hidden; the menu shows it again.
    No,
    /// Hidden in a way that no menu shows (`veryHidden`).
    Never,
}

impl Shown {
    /// Says that a sheet is hidden, where it is.
    pub(in crate::read) fn tell(self, name: &str, sink: &mut dyn RowSink) {
        let (ja, en) = match self {
            Self::Yes => return,
            Self::No => (format!("シート「{name}」"), format!("sheet {name}")),
            Self::Never => {
                (format!("シート「{name}」(再表示メニューに出ない設定)"), format!("sheet {name}, kept out of the menu"))
            }
        };
        let place = Place { sheet: Some(name.to_owned()), ..Place::default() };
        sink.finding(Finding::new(FindingCode::HiddenContent, place, &ja, en));
    }
}

/// What lies on one sheet over or behind its cells.
#[derive(Debug, Default)]
pub(in crate::read) struct Beside {
    /// Cells with comments (notes, threads).
    pub(in crate::read) comments: Refs,
    /// Pictures by the cell of their corner.
    pub(in crate::read) pictures: Refs,
    /// Drawn shapes and text boxes.
    pub(in crate::read) shapes: Refs,
    /// Charts.
    pub(in crate::read) charts: Refs,
    /// Embedded files and controls, by name or cell.
    pub(in crate::read) objects: Refs,
}

impl Beside {
    /// Says what there is on the sheet of this name (`None` where the workbook has one sheet).
    pub(in crate::read) fn tell(&self, sheet: Option<&str>, sink: &mut dyn RowSink) {
        for (refs, code) in [
            (&self.comments, FindingCode::CommentPresent),
            (&self.pictures, FindingCode::PicturePresent),
            (&self.shapes, FindingCode::ShapePresent),
            (&self.charts, FindingCode::ChartPresent),
            (&self.objects, FindingCode::ObjectEmbedded),
        ] {
            if refs.count() > 0 {
                let cell = refs.first().filter(|_| code != FindingCode::ObjectEmbedded);
                let place = Place { sheet: sheet.map(str::to_owned), cell, ..Place::default() };
                sink.finding(Finding::new(code, place, &refs.count().to_string(), refs.list()));
            }
        }
    }
}
