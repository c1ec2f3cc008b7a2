//! The check before publication: invented persons and numbers are caught, real files of cities are not.
//!
//! Every person here is invented (山田太郎, 例示花子), every number is built by the rule or of a range nobody has.

use std::fmt::Write as _;
use std::fs;
use std::ops::ControlFlow;

use hiraku::model::decision::Decision;
use hiraku::model::finding::{Finding, FindingCode};
use hiraku::model::record::{Record, RefusedRow};
use hiraku::normalize::confidential::{Allowance, Policy};
use hiraku::normalize::{NormalizeContext, Normalizer, Profile, RecordSink, TableBegun, TableCounts};
use hiraku::read::{ReadLimits, SourceFile, read};

use crate::program::hiraku;

#[derive(Default)]
struct Findings(Vec<Finding>);

impl RecordSink for Findings {
    fn table(&mut self, _: TableBegun) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
    fn record(&mut self, _: Record) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
    fn refused(&mut self, _: RefusedRow) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
    fn finding(&mut self, finding: Finding) {
        self.0.push(finding);
    }
    fn end(&mut self, _: TableCounts) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

fn findings_by(name: &str, bytes: &[u8], confidential: Policy) -> Vec<Finding> {
    let source = SourceFile { name: name.to_owned(), bytes: bytes.to_vec().into(), companions: Vec::new() };
    let profile = Profile::new();
    let context = NormalizeContext {
        file_name: name.to_owned(),
        key: "t".to_owned(),
        title: name.split('.').next().unwrap_or_default().to_owned(),
        confidential,
        ..NormalizeContext::default()
    };
    let mut normalizer = Normalizer::new(context, &profile, Findings::default());
    read(&source, &ReadLimits::default(), &mut normalizer).unwrap_or_else(|error| panic!("{name}: {error}"));
    normalizer.finish().0
}

fn findings(name: &str, bytes: &[u8]) -> Vec<Finding> {
    findings_by(name, bytes, Policy::default())
}

/// Findings that hold or reject.
fn serious(findings: &[Finding]) -> Vec<FindingCode> {
    let mut codes: Vec<FindingCode> =
        findings.iter().map(|finding| finding.code).filter(|code| code.decision() != Decision::Note).collect();
    codes.sort();
    codes.dedup();
    codes
}

/// A number with a right check digit (総務省令第85号 第5条), built from a counter.
fn individual_number(seed: u64) -> String {
    with_check_digit(seed * 7_919 + 12_345_678_901)
}

fn with_check_digit(head: u64) -> String {
    let head = format!("{head:011}");
    let sum: u64 =
        head.bytes().rev().zip([2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6]).map(|(d, q)| u64::from(d - b'0') * q).sum();
    let check = if sum % 11 <= 1 { 0 } else { 11 - sum % 11 };
    format!("{head}{check}")
}

/// The same with another last digit.
fn with_wrong_digit(number: &str) -> String {
    let last = number.bytes().last().map_or(0, |digit| (digit - b'0' + 1) % 10);
    format!("{}{last}", &number[..11])
}

fn numbers(header: &str, write: impl Fn(u64) -> String, rows: u64) -> String {
    (0..rows).fold(format!("連番,{header}\n"), |mut text, row| {
        let _ = writeln!(text, "{},{}", row + 1, write(row));
        text
    })
}

const NAMES: [&str; 6] = ["山田太郎", "例示花子", "佐藤一郎", "鈴木美咲", "見本健太", "高橋　直美"];

fn with_names(header: &str, row: impl Fn(usize, &str) -> String) -> String {
    NAMES.iter().enumerate().fold(format!("{header}\n"), |mut text, (at, name)| {
        let _ = writeln!(text, "{}", row(at, name));
        text
    })
}

/// Name, text of the file, and the finding that must hold or reject it.
fn to_be_caught() -> Vec<(&'static str, String, FindingCode)> {
    use FindingCode as C;
    let wide = |text: &str| -> String {
        text.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).expect("a digit")).collect()
    };
    let grouped = |seed| {
        let number = individual_number(seed);
        format!("{}-{}-{}", &number[..4], &number[4..8], &number[8..])
    };
    vec![
        ("numbers.csv", numbers("番号", individual_number, 10), C::PersonalNumber),
        ("numbers_wide.csv", numbers("番号", |row| wide(&individual_number(row)), 9), C::PersonalNumber),
        ("numbers_grouped.csv", numbers("管理用", grouped, 8), C::PersonalNumber),
        ("number_header.csv", numbers("個人番号", |row| if row == 3 { individual_number(row) } else { String::new() }, 6), C::PersonalNumber),
        // A spreadsheet takes the leading zero.
        ("number_lost_zero.csv", numbers("マイナンバー", |row| with_check_digit(1_234_567_890 + row * 7)[1..].to_owned(), 5), C::PersonalNumber),
        ("number_in_text.csv", format!("施設,備考\n公民館,{}\n図書館,本人確認済({})\n", "なし", individual_number(5)), C::PersonalNumberPossible),
        ("number_short.csv", numbers("識別", individual_number, 4), C::PersonalNumberPossible),
        ("number_mixed.csv", numbers("管理番号", |row| if row % 5 == 0 { format!("{:012}", 111_111_111_110 + row) } else { individual_number(row) }, 50), C::PersonalNumberPossible),
        ("number_mistyped.csv", numbers("個人番号", |row| with_wrong_digit(&individual_number(row)), 6), C::PersonalNumberPossible),
        ("number_above.csv", format!("担当 マイナンバー {}\n\n施設,階\n公民館,1\n図書館,2\n体育館,1\n", individual_number(5)), C::PersonalNumberPossible),
        ("small_words.csv", "地区,感染者数\n東町,12人\n西町,1人\n南町,31人\n".to_owned(), C::SmallCells),
        ("mobiles.csv", "団体,連絡先\n例示会,090-0000-0001\n見本会,080-0000-0002\n試行会,０７０－００００－０００３\n".to_owned(), C::PersonalMobile),
        ("mobile_beside_name.csv", "役職,氏名,電話\n会長,山田太郎,090-0000-0001\n副会長,例示花子,054-000-0001\n".to_owned(), C::PersonalMobile),
        ("mails.csv", "サークル,申込先\n例示会,reiji.hanako@gmail.com\n見本会,mihon123@yahoo.co.jp\n試行会,abc@docomo.ne.jp\n".to_owned(), C::PersonalMail),
        ("birth_header.csv", with_names("番号,生年月日", |at, _| format!("{at},昭和{}年3月5日", 30 + at)), C::PersonalBirthDate),
        ("birth_beside_names.csv", with_names("氏名,日付", |at, name| format!("{name},S{}.{}.5", 21 + at * 5, at + 1)), C::PersonalBirthDate),
        ("names_header.csv", with_names("地区,氏名", |at, name| format!("第{at}区,{name}")), C::PersonalName),
        ("representatives.csv", with_names("事業所,代表者", |at, name| format!("例示{at}事業所,{name}")), C::PersonalName),
        ("names_without_header.csv", with_names("項目1,項目2", |at, name| format!("{name},静岡県焼津市本町{at}丁目1-1")), C::PersonalName),
        ("readings.csv", with_names("氏名カナ,連絡", |at, _| format!("{},054-000-000{at}", ["ヤマダ タロウ", "レイジ ハナコ", "サトウ イチロウ", "スズキ ミサキ", "ミホン ケンタ", "タカハシ ナオミ"][at])), C::PersonalName),
        ("民生委員名簿.csv", with_names("地区,委員名", |at, name| format!("第{at}地区,{name}")), C::PersonalList),
        ("list.csv", with_names("氏名,住所,年齢", |at, name| format!("{name},静岡県焼津市栄町{at}-1,{}", 30 + at)), C::PersonalList),
        // The shape of 愛媛県, December 2023: beside each facility the home of whoever answers for it.
        ("working_sheet.csv", with_names("施設名,所在地,代表者氏名,代表者住所", |at, name| format!("例示施設{at},愛媛県松山市一番町{at}丁目1,{name},愛媛県松山市二番町{at}-2-3")), C::PersonalAddress),
        ("managers_home.csv", with_names("施設名,所在地,管理者住所", |at, _| format!("例示施設{at},愛媛県松山市一番町{at}丁目1,愛媛県今治市別宮町{at}-2")), C::PersonalAddress),
        ("small.csv", "地区,要介護1,要介護2,要介護3\n東町,12,1,8\n西町,20,7,2\n南町,31,9,11\n".to_owned(), C::SmallCells),
        ("small_long.csv", "町字,性別,年齢,人数\n東町,男,0-4歳,12\n東町,女,0-4歳,1\n西町,男,0-4歳,30\n".to_owned(), C::SmallCells),
        ("recoverable.csv", "地区,男,女,計\n東町,15,26,41\n西町,X,14,18\n南町,31,29,60\n".to_owned(), C::SuppressedRecoverable),
        ("recoverable_both.csv", "地区,a病,b病,c病,計\n東,X,X,13,27\n西,X,15,12,33\n南,14,X,13,33\n北,11,12,13,36\n計,34,44,51,129\n".to_owned(), C::SuppressedRecoverable),
        ("secret_places.csv", "名称,住所\n例示公民館,本町1\n母子生活支援施設 例示荘,栄町2\n".to_owned(), C::SensitivePlace),
        ("secret_kind.csv", "種別,施設,緯度,経度\n女性相談,例示センター,34.86,138.32\n公園,例示公園,34.87,138.31\n".to_owned(), C::SensitivePlace),
        ("birth_years.csv", with_names("番号,生年", |at, _| format!("{at},{}", 1950 + at)), C::PersonalBirthDate),
        ("birth_serials.csv", with_names("番号,生年月日", |at, _| format!("{at},{}", 26_000 + at * 900)), C::PersonalBirthDate),
        ("born_and_hurt.csv", "事故発生年,出生年\n2020,1955\n2021,1960\n2022,1971\n".to_owned(), C::PersonalBirthDate),
        ("birth_english.csv", with_names("no,birth_date", |at, _| format!("{at},19{}-03-05", 50 + at)), C::PersonalBirthDate),
        ("birth_era_years.csv", with_names("番号,作者生年", |at, _| format!("{at},昭和{}年", 30 + at)), C::PersonalBirthDate),
        ("owner_english.csv", with_names("id,facility,owner", |at, name| format!("{at},例示{at}館,{name}")), C::PersonalName),
        ("establisher.csv", with_names("name,establisher", |at, name| if at % 2 == 0 { format!("例示{at}医院,{name}") } else { format!("例示{at}医院,例示医療法人") }), C::PersonalName),
        ("titles.csv", with_names("事業所,法人代表者", |at, name| format!("例示{at}事業所,代表取締役　{name}")), C::PersonalName),
        ("titles_english.csv", with_names("name,corporateRepresentative", |at, name| format!("例示{at}病院,理事長　{name}")), C::PersonalName),
        ("council_with_homes.csv", with_names("議席番号,議員名,住所", |at, name| format!("{at},{name},静岡県焼津市栄町{at}-1")), C::PersonalName),
        ("council_with_mobiles.csv", with_names("議席番号,議員氏名,連絡先", |at, name| format!("{at},{name},090-0000-000{at}")), C::PersonalName),
        ("council_with_births.csv", with_names("議員名,会派,生年月日", |at, name| format!("{name},例示会,昭和{}年3月5日", 30 + at)), C::PersonalName),
        ("homes.csv", "番号,年齢,要介護度,緯度,経度\n1,81,3,34.86123,138.32123\n2,77,2,34.87123,138.31123\n3,90,5,34.85123,138.30123\n".to_owned(), C::PersonalHome),
    ]
}

#[test]
fn every_invented_case_is_caught_with_its_cells_and_no_value_is_quoted() {
    let cases = to_be_caught();
    assert!(cases.len() >= 20);
    for (name, text, code) in cases {
        let found = findings(name, text.as_bytes());
        let Some(finding) = found.iter().find(|finding| finding.code == code) else {
            panic!("{name}: {code:?} is not among {:?}", serious(&found));
        };
        let evidence = finding.evidence.as_ref().unwrap_or_else(|| panic!("{name}: no evidence"));
        assert!(evidence.cells >= 1 && (1..=100).contains(&evidence.confidence_percent), "{name}: {evidence:?}");
        assert!(finding.message_ja().len() > 10 && finding.place.column.is_some(), "{name}");
        for finding in found.iter().filter(|finding| finding.evidence.is_some()) {
            let said = format!("{}{}", finding.found, finding.expected);
            assert!(!NAMES.iter().any(|name| said.contains(name)), "{name}: {said}");
            assert!(said.chars().filter(char::is_ascii_digit).nth(8).is_none(), "{name}: {said}");
        }
    }
}

#[test]
fn what_cities_publish_every_day_is_not_held() {
    let ids = numbers("ID", |row| format!("{:012}", 222_127_000_000 + row * 3), 200);
    let cases: &[(&str, &str)] = &[
        ("sequential.csv", &ids),
        (
            "facilities.csv",
            "施設名,所在地,電話番号,開設年月日\n小川公園,静岡県焼津市小川1,054-000-0001,S48.3.5\n石田会館,静岡県焼津市石津2,054-000-0002,昭和50年4月1日\n中村橋,静岡県焼津市本町3,,1999-04-01\n",
        ),
        ("corporate.csv", "法人名,法人番号\n焼津市,8000020222127\n伊勢市,3000020242039\n松阪市,1000020242047\n"),
        ("jan.csv", "品名,JAN\n例示,4901234567894\n見本,4902345678900\n"),
        (
            "mails.csv",
            "課,メール\n総務課,soumu@city.example.lg.jp\n企画課,kikaku@city.example.lg.jp\n観光協会,info@example.or.jp\n",
        ),
        ("free_calls.csv", "窓口,電話\nA,0800-000-0001\nB,0800-000-0002\nC,0120-000-003\n"),
        ("sections.csv", "事業,担当者\nA,総務課\nB,企画課\nC,観光協会\n"),
        ("towns.csv", "町名,世帯数\n小川,1234\n石津,2345\n中島,345\n大島,4567\n三ケ名,456\n"),
        ("capacity.csv", "施設名,定員,0歳児,1歳児\n例示保育園,90,2,1\n見本保育園,60,1,2\n"),
        ("dates.csv", "地区,実施日\n東,2024-04-01\n西,2024-04-02\n南,2024-04-03\n"),
        ("bus.csv", "名称,緯度,経度,設備\n例示停,34.86,138.32,バスシェルター\n見本停,34.87,138.31,待合シェルター\n"),
        (
            "births_and_deaths.csv",
            "year,birthTotal,birthMan,birthWoman\n2019,2812,1444,1368\n2020,2690,1380,1310\n2021,2555,1301,1254\n",
        ),
        ("births.csv", "年,出生数,出生者数\n2019,2812,2810\n2020,2690,2688\n"),
        ("born_in.csv", "出生年,人口\n1950,1234\n1951,1300\n1952,1290\n"),
        ("fires.csv", "番号,発生年月日,火災種別\n1,2023-01-05,建物\n2,2023-02-11,車両\n3,1998-03-15,林野\n"),
        ("crimes.csv", "罪名,発生年月日（始期）,町丁目\n自転車盗,2023-01-05,本町\n車上ねらい,2023-02-11,栄町\n"),
        ("accidents.csv", "番号,事故発生年,地区\n1,2020,本町\n2,2021,栄町\n3,2022,緑町\n"),
        ("paintings.csv", "名称,種別,作者生年\n湖畔の図,絵画,1850\n観音像,彫刻,1702\n石灯籠,工芸,1650\n"),
        ("titles_alone.csv", "施設,代表者\nA,理事長\nB,焼津市長\nC,代表取締役　例示産業株式会社\n"),
        (
            "events.csv",
            "イベント名,開催場所,緯度,経度,主催者,説明\nおはなし会,公民館,34.86,138.32,例示市こども女性相談課,公演は更生保護女性の会です\n女性相談の日,市役所,34.87,138.31,例示市,DV相談を受け付けます。\n",
        ),
        (
            "council.csv",
            "議席番号,議員名,ふりがな,会派,当選回数\n1,山田 太郎,やまだ たろう,例示会,3\n2,佐藤 花子,さとう はなこ,見本会,2\n3,鈴木 一郎,すずき いちろう,無所属,1\n",
        ),
        (
            "council_reversed.csv",
            "議席番号,氏名,電話番号,会派\n1,山田 太郎,054-000-0001,例示会\n2,佐藤 花子,054-000-0002,見本会\n3,鈴木 一郎,054-000-0003,無所属\n",
        ),
        ("歴代市長.csv", "代,氏名,就任\n1,山田 太郎,1951-04-01\n2,佐藤 花子,1975-05-01\n3,鈴木 一郎,1999-05-01\n"),
        ("readings_alone.csv", "番号,ふりがな\n1,やまだ たろう\n2,さとう はなこ\n3,すずき いちろう\n"),
        (
            "works.csv",
            "作品名,作者氏名,所在地\n例示の像,山田太郎,静岡県焼津市本町1-1\n見本の像,佐藤一郎,静岡県焼津市栄町2-2\n試行の像,鈴木美咲,静岡県焼津市小川3-3\n",
        ),
        ("suppressed.csv", "地区,男,女,計\n東町,15,26,41\n西町,X,X,18\n南町,31,29,60\n"),
        ("coordinates.csv", "地点,緯度,経度\nA,34.866812345678,138.325463478265\nB,34.090123456789,138.080123456789\n"),
    ];
    for (name, text) in cases {
        assert_eq!(serious(&findings(name, text.as_bytes())), [], "{name}");
    }
}

/// Names and their readings, told once and alike.
#[test]
fn names_in_public_office_are_a_note_whichever_way_they_are_written() {
    let text = with_names("議員名,ふりがな,会派", |at, name| {
        format!("{name},{},例示会", ["やまだ たろう", "さとう はなこ", "すずき みさき"][at % 3])
    });
    let found = findings("giin.csv", text.as_bytes());
    let notes = found.iter().filter(|finding| finding.code == FindingCode::PersonalNamePossible);
    let columns: Vec<_> = notes.filter_map(|finding| finding.place.column.as_deref()).collect();
    assert_eq!(columns, ["議員名", "ふりがな"], "{found:?}");
    assert_eq!(serious(&found), []);
}

#[test]
fn a_word_of_a_secret_place_in_running_text_is_a_note_beside_a_place_that_holds() {
    let text = "名称,住所,備考\n例示荘,本町1,母子生活支援施設の隣です。\n母子生活支援施設 見本荘,栄町2,\n";
    let found = findings("p.csv", text.as_bytes());
    let of =
        |code| found.iter().find(|finding| finding.code == code).and_then(|finding| finding.place.column.as_deref());
    assert_eq!((of(FindingCode::SensitivePlace), of(FindingCode::SensitiveWord)), (Some("名称"), Some("備考")));
    let place = found.iter().find(|finding| finding.code == FindingCode::SensitivePlace).expect("the place");
    assert!(place.message_ja().contains("住所または位置"), "{}", place.message_ja());
}

#[test]
fn a_column_is_judged_by_its_standard_field_too() {
    // The recommended sheet of cultural properties calls the column 所有者等; the file has its English key.
    let rows = with_names("名称,文化財分類,種類,住所,owner", |at, name| {
        format!("例示{at}像,有形文化財,彫刻,静岡県焼津市栄町{at}-1,{name}")
    });
    assert!(serious(&findings("c.csv", rows.as_bytes())).contains(&FindingCode::PersonalName));
}

#[test]
fn properties_of_features_are_checked_like_cells() {
    let features: Vec<String> = (0..9)
        .map(|at| {
            format!(r#"{{"type":"Feature","properties":{{"番号":"{}"}},"geometry":{{"type":"Point","coordinates":[138.32,34.86]}}}}"#, individual_number(at))
        })
        .collect();
    let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
    assert_eq!(serious(&findings("points.geojson", text.as_bytes())), [FindingCode::PersonalNumber]);
}

#[test]
fn the_hidden_parts_of_a_workbook_are_held() {
    use rust_xlsxwriter::Workbook;
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (at, header) in ["施設名", "所在地", "手帳の等級"].iter().enumerate() {
        sheet.write(0, at as u16, *header).expect("a cell");
    }
    for row in 1..4_u32 {
        sheet.write(row, 0, format!("例示施設{row}")).expect("a cell");
        sheet.write(row, 1, "本町1").expect("a cell");
        sheet.write(row, 2, "1級").expect("a cell");
    }
    sheet.set_column_hidden(2).expect("a column");
    sheet.set_row_hidden(3).expect("a row");
    let hidden = book.add_worksheet().set_name("元データ").expect("a name");
    hidden.write(0, 0, "氏名").expect("a cell");
    hidden.set_hidden(true);
    let bytes = book.save_to_buffer().expect("a workbook");
    let found = findings("施設一覧.xlsx", &bytes);
    assert!(serious(&found).contains(&FindingCode::HiddenContent), "{found:?}");
    let parts = found.iter().filter(|finding| finding.code == FindingCode::HiddenContent).count();
    assert_eq!(parts, 3, "sheet, column and row");
}

#[test]
fn the_citys_words_its_threshold_and_its_exceptions_are_heeded() {
    let places = "名称,住所\nひみつの家,本町1\n例示公民館,栄町2\n".as_bytes();
    let policy = Policy { words: vec!["ひみつの家".to_owned()], ..Policy::default() };
    assert_eq!(serious(&findings("p.csv", places)), []);
    assert_eq!(serious(&findings_by("p.csv", places, policy)), [FindingCode::SensitivePlace]);

    let counts = "地区,要介護1\n東町,12\n西町,4\n".as_bytes();
    assert_eq!(serious(&findings("c.csv", counts)), []);
    let policy = Policy { small_cells: Some(5), ..Policy::default() };
    assert_eq!(serious(&findings_by("c.csv", counts, policy)), [FindingCode::SmallCells]);

    let mobiles = "団体,連絡先\nA,090-0000-0001\nB,090-0000-0002\nC,090-0000-0003\nD,090-0000-0004\n".as_bytes();
    let allow = |column: &str, file: Option<&str>, pattern: Option<&str>| Policy {
        allow: vec![Allowance {
            code: FindingCode::PersonalMobile,
            column: column.to_owned(),
            file: file.map(str::to_owned),
            pattern: pattern.map(str::to_owned),
            reason: "団体の公開番号".to_owned(),
        }],
        ..Policy::default()
    };
    let all = findings_by("m.csv", mobiles, allow("連絡先", Some("m.csv"), None));
    assert_eq!(serious(&all), []);
    assert!(
        all.iter()
            .any(|finding| finding.code == FindingCode::ConfidentialAllowed
                && finding.expected.contains("団体の公開番号"))
    );
    for elsewhere in
        [allow("電話", None, None), allow("連絡先", Some("n.csv"), None), allow("連絡先", None, Some("090-0000-0001"))]
    {
        assert_eq!(serious(&findings_by("m.csv", mobiles, elsewhere)), [FindingCode::PersonalMobile]);
    }
    assert_eq!(serious(&findings_by("m.csv", mobiles, allow("連絡先", None, Some("090-0000-000[1-3]")))), []);
}

#[test]
fn a_rejected_release_is_never_published_and_a_held_one_only_by_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data").to_str().expect("text").to_owned();
    let put = |name: &str, text: &str| {
        let path = folder.path().join(format!("222127_{name}.csv"));
        fs::write(&path, text).expect("a file");
        path.to_str().expect("text").to_owned()
    };
    let rejected = put("rejected", &numbers("番号", individual_number, 10));
    let held = put("held", "団体,連絡先\nA,090-0000-0001\nB,090-0000-0002\nC,090-0000-0003\n");
    let fine = put("fine", "名称,住所\n本庁,本町1\n支所,栄町2\n");

    for (file, code) in [(&rejected, 1), (&held, 1), (&fine, 0)] {
        assert_eq!(hiraku(["check", file.as_str()]).status.code(), Some(code), "{file}");
    }
    let shown = String::from_utf8(hiraku(["check", held.as_str()]).stdout).expect("UTF-8");
    assert!(shown.contains("判定: 公開前に確認が必要です") && !shown.contains("直す必要のある"), "{shown}");
    assert!(shown.contains("personal-mobile") && shown.contains("「連絡先」") && shown.contains("2, 3, 4"), "{shown}");

    hiraku([
        "ingest",
        "--data",
        data.as_str(),
        "--licence",
        "pdl-1.0",
        rejected.as_str(),
        held.as_str(),
        fine.as_str(),
    ]);
    let publish = |more: &[&str]| {
        let output = hiraku([&["publish", "--data", data.as_str()], more].concat());
        (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
    };
    let (code, said) = publish(&["--all"]);
    assert_eq!(code, Some(1));
    assert!(said.starts_with("1 datasets published"), "{said}");
    assert!(said.contains("personal-number") && said.contains("「番号」") && said.contains("公開不可"), "{said}");
    let (code, said) = publish(&["--confirmed", "222127_rejected", "222127_held"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with("1 datasets published") && said.contains("222127_rejected (personal-number)"), "{said}");
}
