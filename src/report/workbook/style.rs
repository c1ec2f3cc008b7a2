//! The formats of the marked workbook. Weight is told by colour and by the comment or list, never by colour alone.

use std::collections::HashMap;

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, FormatUnderline};

use super::marks::Weight;

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Holds {
    /// Text that stays text when the cell is edited.
    Text,
    /// Text that begins like a formula.
    GuardedText,
    /// A number or truth value.
    Number,
    Date,
    Time,
    DateTime,
}

/// All formats, made once.
pub(super) struct Style {
    cells: HashMap<(Holds, Option<Weight>), Format>,
    pub(super) title: Format,
    pub(super) heading: Format,
    pub(super) label: Format,
    pub(super) plain: Format,
    pub(super) wrapped: Format,
    pub(super) number: Format,
    pub(super) link: Format,
}

/// Fill and letters of a weight. Contrast of the letters is at least 7:1.
fn colours(weight: Weight) -> (u32, u32) {
    match weight {
        Weight::Note => (0x00DC_E9F7, 0x000F_2F57),
        Weight::Warning => (0x00FF_EFB8, 0x004A_3800),
        Weight::Error => (0x00FF_CFCA, 0x0070_0D0D),
        Weight::Refused => (0x00D9_D9D9, 0x0070_0D0D),
    }
}

/// The format of a weight alone, for legends and lists.
pub(super) fn weighed(weight: Weight) -> Format {
    let (fill, letters) = colours(weight);
    let format = Format::new()
        .set_background_color(Color::RGB(fill))
        .set_font_color(Color::RGB(letters))
        .set_border(FormatBorder::Thin)
        .set_border_color(Color::RGB(letters))
        .set_align(FormatAlign::Top);
    if weight == Weight::Refused { format.set_font_strikethrough() } else { format }
}

impl Style {
    pub(super) fn new() -> Self {
        let mut cells = HashMap::new();
        let weights = [None, Some(Weight::Note), Some(Weight::Warning), Some(Weight::Error), Some(Weight::Refused)];
        for weight in weights {
            for holds in [Holds::Text, Holds::GuardedText, Holds::Number, Holds::Date, Holds::Time, Holds::DateTime] {
                let base = weight.map_or_else(Format::new, weighed);
                let format = match holds {
                    Holds::Text => base.set_num_format("@"),
                    Holds::GuardedText => base.set_num_format("@").set_quote_prefix(),
                    Holds::Number => base,
                    Holds::Date => base.set_num_format("yyyy-mm-dd"),
                    Holds::Time => base.set_num_format("hh:mm:ss"),
                    Holds::DateTime => base.set_num_format("yyyy-mm-dd hh:mm:ss"),
                };
                cells.insert((holds, weight), format);
            }
        }
        Self {
            cells,
            title: Format::new().set_bold().set_font_size(14),
            heading: Format::new()
                .set_bold()
                .set_background_color(Color::RGB(0x0026_3A52))
                .set_font_color(Color::White)
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter),
            label: Format::new().set_bold().set_align(FormatAlign::Top),
            plain: Format::new().set_align(FormatAlign::Top).set_num_format("@"),
            wrapped: Format::new().set_align(FormatAlign::Top).set_num_format("@").set_text_wrap(),
            number: Format::new().set_align(FormatAlign::Top).set_num_format("#,##0"),
            link: Format::new()
                .set_align(FormatAlign::Top)
                .set_font_color(Color::RGB(0x0000_31D8))
                .set_underline(FormatUnderline::Single),
        }
    }

    /// The format of a cell.
    pub(super) fn cell(&self, holds: Holds, weight: Option<Weight>) -> &Format {
        self.cells.get(&(holds, weight)).unwrap_or(&self.plain)
    }
}
