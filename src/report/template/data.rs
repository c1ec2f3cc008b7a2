//! The sheet that takes the data, and its example.

use std::fmt::Write as _;

use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DataValidationRule, Format, FormatAlign, FormatBorder, Note,
    ProtectionOptions, Worksheet,
};

use super::DATA_SHEET;
use super::examples::example;
use super::guidance::{guidance, mark};
use crate::model::record::{ColumnType, Storage};
use crate::pipeline::auxiliary;
use crate::report::ReportError;
use crate::report::wording::kind;
use crate::schema::{Field, Sheet};

/// The last row of a sheet, from 0.
const LAST_ROW: u32 = (1 << 20) - 1;

/// Longest prompt (Excel).
const PROMPT_CHARS: usize = 255;

/// Fill and letters of a header by its mark. Contrast of the letters is at least 7:1.
fn colours(field: &Field) -> (u32, u32) {
    match field.requirement.as_str() {
        "◎" => (0x008F_1D1D, 0x00FF_FFFF),
        "○" => (0x001D_4F7F, 0x00FF_FFFF),
        mark if mark.starts_with('注') => (0x006B_4E00, 0x00FF_FFFF),
        "" => (0x00E3_E6EA, 0x001A_1A1A),
        _ => (0x00F3_F0E6, 0x001A_1A1A),
    }
}

/// The format of a header: its colour, and its mark drawn in front of the field's exact name.
fn header_format(field: &Field) -> Format {
    let (fill, letters) = colours(field);
    let drawn = match field.requirement.as_str() {
        mark @ ("◎" | "○") => format!("\"{mark}\"@"),
        mark if mark.starts_with('注') => format!("\"({mark})\"@"),
        _ => "@".to_owned(),
    };
    Format::new()
        .set_bold()
        .set_num_format(drawn)
        .set_background_color(Color::RGB(fill))
        .set_font_color(Color::RGB(letters))
        .set_border(FormatBorder::Thin)
        .set_border_color(Color::RGB(0x0080_8080))
        .set_align(FormatAlign::VerticalCenter)
        .set_text_wrap()
        .set_locked()
}

/// The format of a field's cells: numbers are numbers, everything else is text.
fn cell_format(field: &Field) -> Format {
    let format = Format::new().set_unlocked();
    if field.kind.storage() == Storage::Text { format.set_num_format("@") } else { format }
}

/// Width of a column: its header in two lines or its example in one.
fn width(field: &Field) -> f64 {
    let cells = |text: &str| text.chars().map(|letter| if letter.is_ascii() { 1.0 } else { 2.0 }).sum::<f64>();
    (cells(&field.name) / 2.0 + 4.0).max(cells(&example(field)).min(44.0) + 3.0).clamp(10.0, 48.0)
}

/// The sheet that takes the data.
pub(super) fn sheet(sheet: &Sheet) -> Result<Worksheet, ReportError> {
    let mut data = begin(sheet, DATA_SHEET)?;
    data.protect_with_options(&ProtectionOptions {
        format_cells: true,
        format_columns: true,
        format_rows: true,
        insert_rows: true,
        insert_links: true,
        delete_rows: true,
        sort: true,
        use_autofilter: true,
        ..ProtectionOptions::new()
    });
    for (column, field) in (0_u16..).zip(&sheet.fields) {
        let text = note(field);
        let lines = text.lines().map(|line| 1 + line.chars().count() / 20).sum::<usize>();
        let height = u32::try_from(30 + 20 * lines).unwrap_or(300);
        let note = Note::new(text).add_author_prefix(false).set_author("hiraku").set_width(300).set_height(height);
        data.insert_note(0, column, &note)?;
        data.add_data_validation(1, column, LAST_ROW, column, &validation(field)?)?;
    }
    data.set_active(true);
    data.set_tab_color(Color::RGB(0x001D_4F7F));
    Ok(data)
}

/// The same with one row of examples.
pub(super) fn example_sheet(sheet: &Sheet) -> Result<Worksheet, ReportError> {
    let mut data = begin(sheet, auxiliary::EXAMPLE)?;
    for (column, field) in (0_u16..).zip(&sheet.fields) {
        let text = example(field);
        let format = cell_format(field);
        match (field.kind.storage(), text.parse::<f64>()) {
            (_, _) if text.is_empty() => {}
            (Storage::Integer | Storage::Number, Ok(number)) => {
                data.write_number_with_format(1, column, number, &format)?;
            }
            _ => {
                data.write_string_with_format(1, column, &text, &format)?;
            }
        }
    }
    data.protect();
    Ok(data)
}

fn begin(sheet: &Sheet, name: &str) -> Result<Worksheet, ReportError> {
    let mut data = Worksheet::new();
    data.set_name(name)?;
    data.set_freeze_panes(1, 0)?;
    data.set_landscape().set_paper_size(8).set_repeat_rows(0, 0)?;
    data.set_header(format!("&L{} {}&R{name}", sheet.number, sheet.title));
    data.set_row_height(0, 40)?;
    for (column, field) in (0_u16..).zip(&sheet.fields) {
        data.set_column_width(column, width(field))?;
        data.set_column_format(column, &cell_format(field))?;
        data.write_string_with_format(0, column, &field.name, &header_format(field))?;
    }
    Ok(data)
}

/// The note of a header.
fn note(field: &Field) -> String {
    let mut text =
        format!("{}\n区分: {}\n種類: {}\n書き方: {}", field.name, mark(field), kind(field.kind), guidance(field));
    let example = example(field);
    if !example.is_empty() {
        let _ = write!(text, "\n例: {example}");
    }
    if !field.verified {
        text.push_str("\n(この項目の定義は原本で確認されていません)");
    }
    text
}

/// What the cells of a field take, with a prompt.
fn validation(field: &Field) -> Result<DataValidation, ReportError> {
    let words: Vec<&str> = field.codes.iter().map(String::as_str).filter(|code| !code.is_empty()).collect();
    let name = field.name.as_str();
    let (rule, is_strict) = if !words.is_empty() && field.kind != ColumnType::Weekday && field.separator.is_none() {
        (DataValidation::new().allow_list_strings(&words)?, true)
    } else {
        let length = |chars: u32| DataValidation::new().allow_text_length(DataValidationRule::EqualTo(chars));
        let rule = match field.kind {
            ColumnType::Integer => {
                DataValidation::new().allow_whole_number(DataValidationRule::GreaterThanOrEqualTo(0))
            }
            // The range of Japan with its remotest islands and waters.
            ColumnType::Latitude => DataValidation::new().allow_decimal_number(DataValidationRule::Between(20.0, 46.0)),
            ColumnType::Longitude => {
                DataValidation::new().allow_decimal_number(DataValidationRule::Between(122.0, 154.0))
            }
            ColumnType::Number => DataValidation::new().allow_decimal_number(DataValidationRule::Between(-1e12, 1e12)),
            ColumnType::Postal => length(7),
            ColumnType::Code if name.contains("地方公共団体コード") || name.contains("市区町村コード") => {
                length(6)
            }
            ColumnType::Code if name.contains("法人番号") => length(13),
            ColumnType::Date => DataValidation::new().allow_text_length(DataValidationRule::Between(4, 10)),
            ColumnType::Time => length(5),
            _ => DataValidation::new().allow_any_value(),
        };
        (rule, false)
    };
    // A whole message, cut where Excel takes no more.
    let prompt: String = format!("{} {}", mark(field), guidance(field)).chars().take(PROMPT_CHARS).collect();
    let title: String = name.chars().take(32).collect();
    let rule = rule
        .ignore_blank(true)
        .set_input_title(title)?
        .set_input_message(prompt)?
        .set_error_title("書き方を確かめてください")?
        .set_error_message(guidance(field).chars().take(PROMPT_CHARS).collect::<String>())?;
    // Lists are closed; elsewhere the person at the desk may know better.
    let style = if is_strict { DataValidationErrorStyle::Stop } else { DataValidationErrorStyle::Warning };
    Ok(rule.set_error_style(style))
}
