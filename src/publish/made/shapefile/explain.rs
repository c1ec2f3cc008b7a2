//! What stands in the archive beside the Shapefiles: a text that explains them, and the list of changed values.

use std::io;

use encoding_rs::SHIFT_JIS;

use super::super::MadeInput;
use super::super::notice::{CellList, facts};
use super::super::survey::Kinds;
use super::fields::{FieldKind, Fields};
use super::shape::Kind;
use crate::store::objects::Objects;

/// The text.
pub(super) const TEXT: &str = "README.txt";
/// The list.
pub(super) const CHANGES: &str = "changed-values.txt";

/// One Shapefile, as the text tells of it.
pub(super) struct Told {
    pub(super) base: String,
    pub(super) kind: Kind,
    pub(super) records: u64,
}

/// The list of values that do not stand there as in the release.
pub(super) fn changes(objects: &Objects) -> io::Result<CellList> {
    let head = [
        "Shapefileの制限のため、公開データと異なる値の一覧です。「元の値」が公開データの値です。".to_owned(),
        "制限のない形式(GeoPackage、GeoJSONなど)では、すべての値がそのまま入っています。".to_owned(),
    ];
    CellList::begin(objects, &head, &["ファイル", "レコード番号", "項目", "理由", "元の値"])
}

/// The text, UTF-8 with byte order mark.
pub(super) fn text(
    input: &MadeInput<'_>,
    fields: &Fields,
    files: &[Told],
    kinds: &Kinds,
    main: Kind,
    changed_cells: u64,
) -> String {
    let mut lines: Vec<String> = facts(input).into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
    lines.push("座標系: JGD2011 緯度経度(EPSG:6668)。文字コード: CP932(Shift_JIS)。".to_owned());
    lines.push(String::new());
    lines.push("■ ファイル".to_owned());
    for file in files {
        lines.push(format!("{}.shp\t{}\t{}件", file.base, file.kind.title(), file.records));
    }
    if files.len() > 1 {
        lines.push("Shapefileには1種類の図形しか入らないため、図形の種類ごとに分けています。".to_owned());
    }
    if kinds.none > 0 {
        lines.push(format!("図形のない{}件は、{}のファイルに図形なしで入っています。", kinds.none, main.title()));
    }
    if kinds.collection > 0 {
        lines.push(format!(
            "種類の異なる図形をまとめた{}件は、図形ごとに分け、同じ属性を付けて各ファイルに入れています。",
            kinds.collection
        ));
    }
    lines.push(String::new());
    lines.push("■ 項目(Shapefileの項目名は10バイトまでのため、短くしています)".to_owned());
    lines.push("Shapefileの項目名\t公開データの項目名\t説明\t型".to_owned());
    for (at, field) in fields.0.iter().enumerate() {
        let (short, _) = SHIFT_JIS.decode_without_bom_handling(&field.name);
        let title = input.shape.columns.get(at).map_or("", |column| column.title.as_str());
        let kind = match field.kind {
            FieldKind::Text { width } => format!("文字({width}バイト)"),
            FieldKind::Number { width, decimals: 0 } => format!("整数({width}桁)"),
            FieldKind::Number { width, decimals } => format!("数値({width}桁、小数{decimals}桁)"),
        };
        lines.push(format!("{short}\t{}\t{title}\t{kind}", field.column));
    }
    lines.push(String::new());
    lines.push("■ 値".to_owned());
    lines.push("日付は公開データと同じく文字です。空の値と値のない欄は区別されません。".to_owned());
    lines.push(if changed_cells == 0 {
        "すべての値が公開データのとおりです。".to_owned()
    } else {
        format!(
            "{changed_cells}個の値は、文字の長さ(254バイトまで)、CP932にない文字(〓に置き換え)、または小数の桁数の制限のため、\
             公開データと異なります。元の値は {CHANGES} にあります。"
        )
    });
    format!("\u{feff}{}\r\n", lines.join("\r\n"))
}
