//! How long the check before publication takes over a million cells of a table like sheet 08 (39 columns), on one core.
//! Run: `cargo bench --bench confidential`. Goal: under 2 s.

use std::time::Instant;

use hiraku::normalize::confidential::{Check, Layout, Policy};
use hiraku::read::{Cell, Row};

const HEADERS: [&str; 39] = [
    "全国地方公共団体コード",
    "ID",
    "地方公共団体名",
    "名称",
    "名称_カナ",
    "名称_英字",
    "所在地_全国地方公共団体コード",
    "町字ID",
    "所在地_連結表記",
    "所在地_都道府県",
    "所在地_市区町村",
    "所在地_町字",
    "所在地_番地以下",
    "建物名等(方書)",
    "緯度",
    "経度",
    "高度の種別",
    "高度の値",
    "電話番号",
    "内線番号",
    "連絡先メールアドレス",
    "連絡先FormURL",
    "連絡先備考（その他、SNSなど）",
    "郵便番号",
    "法人番号",
    "団体名",
    "設置位置",
    "利用可能曜日",
    "開始時間",
    "終了時間",
    "利用可能日時特記事項",
    "小児対応設備の有無",
    "画像",
    "画像_ライセンス",
    "URL",
    "備考",
    "種別",
    "階",
    "更新日",
];

fn cells(row: usize) -> Vec<String> {
    let mut cells = vec![
        "222127".into(),
        format!("08{row:08}"),
        "静岡県焼津市".into(),
        format!("例示公民館第{row}分館"),
        "レイジコウミンカン".into(),
        format!("Reiji Hall {row}"),
        "222127".into(),
        "0001001".into(),
        format!("静岡県焼津市本町{}丁目{}番{}号", row % 9 + 1, row % 31 + 1, row % 17 + 1),
        "静岡県".into(),
        "焼津市".into(),
        format!("本町{}丁目", row % 9 + 1),
        format!("{}番{}号", row % 31 + 1, row % 17 + 1),
        "例示ビル3階".into(),
        format!("34.86{:06}", row * 7 % 1_000_000),
        format!("138.32{:06}", row * 13 % 1_000_000),
        String::new(),
        String::new(),
        format!("054-{:03}-{:04}", row % 1_000, row * 3 % 10_000),
        String::new(),
        "info@city.example.lg.jp".into(),
        "https://www.city.example.lg.jp/form/aed.html".into(),
        String::new(),
        "4250041".into(),
        "8000020222127".into(),
        "例示財団法人".into(),
        format!("1階受付{}番カウンター横", row % 40),
        "月火水木金".into(),
        "08:30".into(),
        "17:15".into(),
        "祝日及び年末年始を除く".into(),
        "有".into(),
        String::new(),
        String::new(),
        format!("https://www.city.example.lg.jp/aed/{row}.html"),
        "開館時間内のみ利用できます".into(),
        "公共施設".into(),
        "1".into(),
        "2024-04-01".into(),
    ];
    cells.truncate(HEADERS.len());
    cells
}

fn main() {
    let headers: Vec<String> = HEADERS.iter().map(|header| (*header).to_owned()).collect();
    let texts: Vec<Vec<String>> = (0..1_000_000 / HEADERS.len()).map(cells).collect();
    let layout =
        Layout { headers: &headers, file_name: "222127_aed.csv", title: "AED設置箇所一覧", ..Layout::default() };
    let mut times: Vec<u128> = (0..5)
        .map(|_| {
            let begun = Instant::now();
            let mut check = Check::new(&layout, &Policy::default());
            for (at, row) in texts.iter().enumerate() {
                let cells: Vec<Cell<'_>> = row.iter().map(|cell| Cell::Text(cell)).collect();
                check.see(&Row { number: at as u64 + 2, cells: &cells, geometry: None });
            }
            let findings = check.findings();
            let took = begun.elapsed().as_micros();
            println!("{took} µs, {} findings", findings.len());
            took
        })
        .collect();
    times.sort_unstable();
    let cells = texts.len() * HEADERS.len();
    let median = times.get(times.len() / 2).copied().unwrap_or(0);
    println!(
        "median {:.3} s for {cells} cells, {:.1} ns a cell",
        median as f64 / 1e6,
        median as f64 * 1e3 / cells as f64
    );
}
