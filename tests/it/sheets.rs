//! Every sheet of the standard recognises tables made from its own definition, however they are written.

use hiraku::schema::{CURRENT, Hints, RECOMMENDED, Schemas, Sheet};

/// Sheets of which the standard names the columns; of three more only the first is known.
fn sheets() -> impl Iterator<Item = &'static Sheet> {
    Schemas::bundled().sheets().iter().filter(|sheet| sheet.fields.len() > 1)
}

/// Binds a header and holds every column against the field it should have; an empty text where it should have none.
#[track_caller]
fn expect(sheet: &Sheet, edition: &str, columns: &[(String, &str)], what: &str) {
    let header: Vec<String> = columns.iter().map(|(header, _)| header.clone()).collect();
    let Some(binding) = Schemas::bundled().bind(&header) else {
        panic!("{} {what}: bound to nothing", sheet.number);
    };
    assert_eq!((binding.sheet.as_str(), binding.edition), (sheet.number.as_str(), edition), "{} {what}", sheet.number);
    for ((header, expected), field) in columns.iter().zip(&binding.columns) {
        let field = field.map_or("", |index| sheet.fields[index].name.as_str());
        assert_eq!(field, *expected, "{} {what}: {header}", sheet.number);
    }
}

fn pairs(sheet: &Sheet) -> Vec<(String, &str)> {
    sheet.fields.iter().map(|field| (field.name.clone(), field.name.as_str())).collect()
}

#[test]
fn every_sheet_knows_its_own_names_in_any_order_and_with_columns_of_the_citys_own() {
    let mut seen = 0;
    for sheet in sheets() {
        let columns = pairs(sheet);
        expect(sheet, CURRENT, &columns, "as defined");
        let mut shuffled = columns.clone();
        shuffled.reverse();
        shuffled.rotate_left(columns.len() / 3);
        expect(sheet, CURRENT, &shuffled, "shuffled");
        let mut more = columns;
        more.extend((1..=8).map(|number| (format!("市独自の項目{number}"), "")));
        expect(sheet, CURRENT, &more, "with local columns");
        seen += 1;
    }
    assert_eq!(seen, 22, "22 sheets have columns");
}

#[test]
fn every_older_layout_is_told_from_the_current_one() {
    let mut seen = 0;
    for sheet in sheets() {
        let Some(layout) = &sheet.recommended else { continue };
        let columns: Vec<(String, &str)> = layout
            .columns
            .iter()
            .map(|column| (column.name.clone(), column.field.map_or("", |field| sheet.fields[field].name.as_str())))
            .collect();
        // Of 14 the older layout is the shorter of two of which all names but five are the same.
        expect(sheet, RECOMMENDED, &columns, "older layout");
        seen += 1;
    }
    assert_eq!(seen, 14, "14 sheets have an older layout");
}

#[test]
fn every_sheet_is_recognised_with_half_of_its_optional_columns() {
    let mut without_name = 0;
    for sheet in sheets() {
        for parity in [0, 1] {
            let columns: Vec<(String, &str)> = pairs(sheet)
                .into_iter()
                .zip(&sheet.fields)
                .enumerate()
                .filter(|(at, (_, field))| field.is_required() || at % 2 == parity)
                .map(|(_, (pair, _))| pair)
                .collect();
            let header: Vec<String> = columns.iter().map(|(header, _)| header.clone()).collect();
            // A half without any column that is peculiar to the sheet says nothing by itself, but never the wrong thing.
            if Schemas::bundled().bind(&header).is_some() {
                without_name += 1;
                expect(sheet, CURRENT, &columns, "half");
            } else {
                let name = format!("222127_{}.csv", sheet.slug);
                let binding = Schemas::bundled().bind_named(&header, Some(&name)).expect("a sheet");
                assert_eq!(binding.sheet, sheet.number);
            }
        }
    }
    assert!(without_name >= 42, "{without_name} of 44 halves are recognised without the name of a file");
}

#[test]
fn every_sheet_is_recognised_in_the_spellings_of_real_files() {
    type Spelling = (&'static str, fn(usize, &str) -> String);
    let spellings: [Spelling; 9] = [
        ("numbered", |at, name| format!("{}.{name}", at + 1)),
        ("bracketed numbers", |at, name| format!("（{}） {name}", at + 1)),
        ("circled numbers", |at, name| if at < 20 { format!("{}{name}", circled(at)) } else { name.to_owned() }),
        ("marked", |at, name| if at % 3 == 0 { format!("{name}※") } else { format!("＊{name}") }),
        ("required", |at, name| if at % 2 == 0 { format!("{name}（必須）") } else { format!("【任意】{name}") }),
        ("full-width brackets", |_, name| name.replace('(', "（").replace(')', "）")),
        ("half-width kana", |_, name| name.replace("コード", "ｺｰﾄﾞ").replace("カナ", "ｶﾅ").replace("トイレ", "ﾄｲﾚ")),
        ("line breaks", |_, name| {
            let cut = name.char_indices().nth(2).map_or(name.len(), |(at, _)| at);
            format!("{}\n{}", &name[..cut], &name[cut..])
        }),
        ("blanks and quotes", |_, name| format!("\u{3000}\"{name}\" ")),
    ];
    for (what, spell) in spellings {
        for sheet in sheets() {
            let columns: Vec<(String, &str)> =
                pairs(sheet).into_iter().enumerate().map(|(at, (name, field))| (spell(at, &name), field)).collect();
            expect(sheet, CURRENT, &columns, what);
        }
    }
}

fn circled(at: usize) -> char {
    u32::try_from(at).ok().and_then(|at| char::from_u32(0x2460 + at)).unwrap_or('①')
}

#[test]
fn a_sheet_is_recognised_by_its_english_and_its_physical_names() {
    let sheet = Schemas::bundled().sheet("13").expect("sheet 13");
    let physical: Vec<String> = sheet.fields.iter().map(|field| field.physical_name.clone()).collect();
    let binding = Schemas::bundled().bind(&physical).expect("physical names");
    assert_eq!(binding.sheet, "13");
    assert!(binding.matched >= 37, "{}", binding.matched);
    let english: Vec<String> = sheet.fields.iter().map(|field| field.english.clone()).collect();
    let binding = Schemas::bundled().bind(&english).expect("English names");
    assert_eq!(binding.sheet, "13");
    // Three English names of this sheet stand one row too low in its definition and are not trusted.
    assert!(binding.matched >= 33, "{}", binding.matched);
}

#[test]
fn sheets_of_which_one_column_is_known_are_recognised_by_their_prefix() {
    for (number, thing) in [("30", "ゴミ集積場所"), ("31", "観光ポイント")] {
        let header: Vec<String> = ["全国地方公共団体コード", "ID", "名称", "緯度", "経度", "備考"]
            .iter()
            .map(|name| format!("{thing}_{name}"))
            .collect();
        let binding = Schemas::bundled().bind(&header).expect("a list of one thing");
        assert_eq!(binding.sheet, number);
    }
}

#[test]
fn facility_lists_that_share_their_columns_are_told_apart_by_what_is_peculiar_to_one() {
    let shared =
        ["全国地方公共団体コード", "ID", "地方公共団体名", "名称", "名称_カナ", "所在地_連結表記", "緯度", "経度"];
    let bind = |own: &[&str], file_name: &str, title: &str| {
        let header: Vec<String> = shared.iter().chain(own).map(|name| (*name).to_owned()).collect();
        let titles = [title.to_owned()];
        let hints = Hints { file_name: Some(file_name), titles: &titles };
        Schemas::bundled().bind_hinted(&header, hints).map(|binding| binding.sheet)
    };
    assert_eq!(bind(&[], "list.csv", ""), None, "what all share says nothing");
    assert_eq!(bind(&["設置位置", "利用可能曜日", "小児対応設備の有無"], "222127_aed.csv", "").as_deref(), Some("08"));
    assert_eq!(
        bind(&["SSID", "提供エリア", "設置者"], "list.csv", "公衆無線LANアクセスポイント一覧").as_deref(),
        Some("07")
    );
    assert_eq!(bind(&["診療科目", "病床数", "医療機関の種類"], "list.csv", "医療機関一覧").as_deref(), Some("10"));
    assert_eq!(bind(&["文化財分類", "文化財指定日", "所有者等"], "list.csv", "文化財一覧").as_deref(), Some("02"));
    // A name alone binds nothing: a list of anything may stand in a file of that name.
    assert_eq!(
        bind(
            &["収穫量", "品種", "作付面積", "農家数", "面積", "単価", "出荷先", "栽培方法", "備考", "等級", "色", "味"],
            "222127_aed.csv",
            ""
        ),
        None
    );
}
