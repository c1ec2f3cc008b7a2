//! The meaning of each field, and how to use the template.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Worksheet};

use super::DATA_SHEET;
use super::examples::example;
use super::guidance::{guidance, mark};
use crate::pipeline::auxiliary;
use crate::report::ReportError;
use crate::report::wording::kind;
use crate::schema::{Sheet, licence_or_unknown};

const HEADER: [(&str, f64); 9] = [
    ("番号", 6.0),
    ("項目名", 30.0),
    ("区分", 16.0),
    ("種類", 14.0),
    ("書き方", 60.0),
    ("選択肢", 24.0),
    ("例", 34.0),
    ("English", 28.0),
    ("定義の確認", 14.0),
];

/// The data dictionary.
pub(super) fn fields(sheet: &Sheet) -> Result<Worksheet, ReportError> {
    let mut page = Worksheet::new();
    page.set_name(auxiliary::DICTIONARY)?;
    page.set_freeze_panes(1, 2)?;
    page.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    let head = Format::new()
        .set_bold()
        .set_background_color(Color::RGB(0x0026_3A52))
        .set_font_color(Color::White)
        .set_border(FormatBorder::Thin);
    let cell = Format::new()
        .set_num_format("@")
        .set_align(FormatAlign::Top)
        .set_text_wrap()
        .set_border(FormatBorder::Thin)
        .set_border_color(Color::RGB(0x00A0_A6AD));
    for (column, (title, width)) in (0_u16..).zip(HEADER) {
        page.write_string_with_format(0, column, title, &head)?;
        page.set_column_width(column, width)?;
    }
    for (row, field) in (1_u32..).zip(&sheet.fields) {
        let codes: Vec<&str> =
            field.codes.iter().map(|code| if code.is_empty() { "空欄" } else { code.as_str() }).collect();
        let texts = [
            field.no.to_string(),
            field.name.clone(),
            mark(field),
            kind(field.kind).to_owned(),
            guidance(field),
            codes.join("、"),
            example(field),
            field.english.clone(),
            if field.verified { "確認済み" } else { "未確認" }.to_owned(),
        ];
        for (column, text) in (0_u16..).zip(texts) {
            page.write_string_with_format(row, column, text, &cell)?;
        }
    }
    page.protect();
    Ok(page)
}

/// How to use the template, what it was made from, and under which licence.
pub(super) fn how_to(sheet: &Sheet) -> Result<Worksheet, ReportError> {
    let mut page = Worksheet::new();
    page.set_name(auxiliary::HOW_TO)?;
    page.set_column_width(0, 18)?;
    page.set_column_width(1, 92)?;
    page.set_paper_size(9).set_print_fit_to_pages(1, 0);
    let title = Format::new().set_bold().set_font_size(14);
    let label = Format::new().set_bold().set_align(FormatAlign::Top);
    let text = Format::new().set_text_wrap().set_align(FormatAlign::Top).set_num_format("@");
    page.write_string_with_format(0, 0, format!("{} {}の様式", sheet.number, sheet.title), &title)?;
    let slug = &sheet.slug;
    let licence = licence_or_unknown(&sheet.licence);
    let order =
        if sheet.column_order_verified { "" } else { "項目の並びは原本で確認されていません。" };
    let lines = [
        ("1", format!("「{DATA_SHEET}」シートの2行目から、1行に1件ずつ入力します。1行目の見出しは変えません。")),
        ("2", "見出しの◎は必須、○は推奨です。見出しにカーソルを合わせると、書き方と例が出ます。".to_owned()),
        (
            "3",
            "コード・電話番号・日付・時刻の列は文字列の書式です。先頭の0や「2026-04-01」がそのまま残ります。"
                .to_owned(),
        ),
        (
            "4",
            "他の表から貼り付けるときは「値の貼り付け」を使います。セルの結合、色での区別、数式は使いません。"
                .to_owned(),
        ),
        (
            "5",
            "市独自の列が必要なときは、シートの保護を解いて右端に見出しを加えます(パスワードはありません)。".to_owned(),
        ),
        ("6", format!("「{DATA_SHEET}」のほかのシートは説明です。取り込むときは読まれません。")),
        (
            "7",
            format!(
                "hiraku check でこのファイルを検査できます。公開するときの名前は「(6桁の団体コード)_{slug}」です。"
            ),
        ),
        ("様式", format!("自治体標準オープンデータセット {} {} ({})。{order}", sheet.number, sheet.title, sheet.book)),
        ("版", sheet.edition.clone()),
        ("ライセンス", format!("{} {}", licence.title, licence.url)),
        ("出典", sheet.attribution.clone()),
    ];
    for (row, (name, line)) in (2_u32..).zip(lines) {
        page.write_string_with_format(row, 0, name, &label)?;
        page.write_string_with_format(row, 1, line, &text)?;
    }
    page.protect();
    Ok(page)
}
