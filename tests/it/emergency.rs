//! 防災 and この場所について with the real program over real lists: right order, right marks, small answers, and no trace
//! of a position anywhere.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use sha2::Digest as _;

use crate::program::{Server, hiraku, hiraku_done, repository};
use crate::whole::{agent, get};

/// Lists of three cities, and the areas of one.
const FOLDERS: [&str; 9] = [
    "142034_hiratsuka",
    "242012_tsu/gsi_emergency_sites",
    "242012_tsu/gsi_shelters",
    "222127_yaizu/evacuation_space",
    "222127_yaizu/aed",
    "222127_yaizu/zoning_residential_1",
    "222127_yaizu/inland_flood_hazard",
    "222127_yaizu/elementary_school_districts",
    "222127_yaizu/neighborhood_association_area",
];

/// Takes folders in, publishes all, and serves them.
fn serve(data: &Path, folders: &[PathBuf]) -> Server {
    let mut arguments: Vec<&std::ffi::OsStr> = vec!["ingest".as_ref(), "--data".as_ref(), data.as_os_str()];
    arguments.extend(folders.iter().map(|folder| folder.as_os_str()));
    let output = hiraku(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    hiraku_done(["publish".as_ref(), "--data".as_ref(), data.as_os_str(), "--all".as_ref()]);
    Server::start(data)
}

/// What a page or document answers.
fn page(server: &Server, path: &str) -> String {
    let (status, body) = get(&agent(), &format!("{}{path}", server.base));
    let body = String::from_utf8(body).expect("UTF-8");
    assert_eq!(status, 200, "{path}: {body}");
    body
}

fn json(server: &Server, path: &str) -> Json {
    serde_json::from_str(&page(server, path)).expect("JSON")
}

/// The texts between two marks, in order.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Vec<&'t str> {
    text.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect()
}

/// The shelters of the list proper: what stands before the part of those of unknown fitness.
fn listed(page: &str) -> Vec<String> {
    let list = page.split("<ol class=\"shelters\"").nth(1).and_then(|rest| rest.split("</ol>").next()).unwrap_or("");
    between(list, "<h3><a href=\"", "</a></h3>")
        .iter()
        .filter_map(|link| link.split('>').nth(1))
        .map(unescaped)
        .collect()
}

fn unescaped(text: &str) -> String {
    text.replace("&#38;", "&").replace("&#60;", "<").replace("&#62;", ">").replace("&#39;", "'").replace("&#34;", "\"")
}

/// Metres between two positions by Gauss's mid-latitude formula on GRS 80: another way than the program's geodesic, within
/// a millimetre per kilometre at these distances.
fn mid_latitude_m(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (a, e2) = (6_378_137.0_f64, 0.006_694_380_022_9_f64);
    let middle = f64::midpoint(from.1, to.1).to_radians();
    let w = (1.0 - e2 * middle.sin().powi(2)).sqrt();
    let (prime_vertical, meridian) = (a / w, a * (1.0 - e2) / w.powi(3));
    let north = (to.1 - from.1).to_radians() * meridian;
    let east = (to.0 - from.0).to_radians() * prime_vertical * middle.cos();
    north.hypot(east)
}

/// The shelters of 国土地理院's file as it lies in the repository that carry a mark, by distance.
fn by_hand(file: &str, mark: &str, from: (f64, f64)) -> Vec<(f64, String)> {
    let text = fs::read_to_string(repository(file)).expect("a file of datasets/");
    let document: Json = serde_json::from_str(&text).expect("GeoJSON");
    let mut found: Vec<(f64, String)> = document["features"]
        .as_array()
        .expect("features")
        .iter()
        .filter(|feature| feature["properties"][mark] == "1")
        .map(|feature| {
            let at = &feature["geometry"]["coordinates"];
            let to = (at[0].as_f64().expect("a longitude"), at[1].as_f64().expect("a latitude"));
            let name = feature["properties"]["施設・場所名"].as_str().expect("a name");
            (mid_latitude_m(from, to), name.to_owned())
        })
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found
}

fn in_order(server: &Server) {
    let from = (136.51573, 34.71848);
    for (hazard, mark) in
        [("tsunami", "津波"), ("flood", "洪水"), ("landslide", "崖崩れ、土石流及び地滑り"), ("storm-surge", "高潮")]
    {
        let expected = by_hand("datasets/242012_tsu/gsi_emergency_sites/emergency_242012.geojson", mark, from);
        let distance = |name: &str| {
            expected
                .iter()
                .find(|(_, own)| own.trim() == name.trim())
                .unwrap_or_else(|| panic!("{name} is not marked {mark}"))
                .0
        };
        let shown = listed(&page(server, &format!("/emergency?hazard={hazard}&lat={}&lon={}", from.1, from.0)));
        assert_eq!(shown.len(), 20, "{hazard}");
        for (shown, (metres, name)) in shown.iter().zip(&expected) {
            // Two at the same place may change places.
            assert!(
                (distance(shown) - metres).abs() < 0.01,
                "{hazard}: {shown} stands where {name} should, {metres} m"
            );
        }
    }
    let next = listed(&page(server, &format!("/emergency?hazard=flood&lat={}&lon={}&page=2", from.1, from.0)));
    assert_eq!(next.len(), 20);
}

/// What stands under the heading of the results, without the wordings of the script.
fn results(page: &str) -> &str {
    page.split("<section id=\"results\"")
        .nth(1)
        .and_then(|rest| rest.split("id=\"emergency-kept\"").next())
        .unwrap_or("")
}

fn unknown_stays_apart(server: &Server) {
    let text = page(server, "/emergency?city=242012&hazard=flood&lat=34.71848&lon=136.51573");
    let (proper, apart) = results(&text).split_once("id=\"unknown-title\"").expect("a part for what is not known");
    assert!(!proper.contains("指定避難所(避難生活"), "a list without marks is not mixed in");
    assert!(apart.contains("指定避難所(避難生活"), "it stands apart");
    // A 指定避難所 whose 指定緊急避難場所 is on the list is not offered as unknown: its marks are known.
    let text = page(server, "/emergency?city=142034&hazard=flood&lat=35.32551&lon=139.37518");
    assert!(listed(&text).first().is_some_and(|name| name.contains("中島中学校")), "it is marked for floods");
    assert_eq!(results(&text).matches("中島中学校").count(), 1, "and stands once");
    let volcano = page(server, "/emergency?city=242012&hazard=volcano");
    assert!(listed(&volcano).is_empty(), "no list is better than a wrong one");
    assert!(results(&volcano).contains("市区町村に確認してください"), "and it says so");
}

fn choosing_without_script(server: &Server) {
    let start = page(server, "/emergency");
    for code in ["142034", "222127", "242012"] {
        assert!(start.contains(&format!("<option value=\"{code}\"")), "{code}");
    }
    // 三重県 is in the gazetteer; 焼津市 is not, and its towns come from its own addresses.
    let tsu = page(server, "/emergency?city=242012&hazard=flood&town=%E6%A0%97%E7%9C%9F%E7%94%BA%E5%B1%8B%E7%94%BA");
    assert!(tsu.contains("栗真町屋町からの直線"), "the town is named");
    assert!(listed(&tsu).len() == 20);
    let yaizu = page(server, "/emergency?city=222127&hazard=tsunami&town=%E4%B8%AD%E6%B8%AF");
    assert_eq!(listed(&yaizu).first().map(String::as_str), Some("中港タワー"), "the shelter of the same town");
    // A click becomes an address; a key press, which says 0, 0, means the middle.
    let click = |query: &str| {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
        let url = format!("{}/emergency/pick?city=222127&hazard=flood&bbox=138.3,34.8,138.4,34.9&{query}", server.base);
        let answer = agent.get(&url).call().unwrap_or_else(|error| panic!("{url}: {error}"));
        assert_eq!(answer.status().as_u16(), 303, "{url}");
        answer.headers()["location"].to_str().expect("an address").to_owned()
    };
    let west = click("at.x=10&at.y=140");
    assert!(west.starts_with("/emergency?city=222127&hazard=flood&lat=34.8") && west.ends_with("#results"), "{west}");
    assert_eq!(click("at.x=0&at.y=0"), click(""));
    assert_ne!(west, click(""));
    assert!(page(server, "/emergency/pick.svg?city=222127").starts_with("<svg"));
}

fn hostile_questions(server: &Server) {
    for path in [
        "/emergency?hazard=%E6%B4%AA%E6%B0%B4",
        "/emergency?hazard=flood%00",
        "/emergency?lat=34.8",
        "/emergency?lat=91&lon=181",
        "/emergency?lat=NaN&lon=NaN",
        "/emergency?lat=1e1&lon=1e2",
        "/emergency?lat=34.8'--&lon=138",
        "/emergency?city=../../etc/passwd",
        "/emergency?city=999999",
        "/emergency?city=222127&town=%3Cscript%3E",
        "/emergency/pick",
        "/emergency/pick?city=1",
        "/emergency/pick.svg",
        "/emergency/data/222127.json",
        "/emergency/data/222127-0000000000000000.json",
        "/emergency/data/..%2F..%2Fetc%2Fpasswd",
        "/emergency/data/%FF.json",
        "/point?lat=34.8",
        "/point?lat=0&lon=0",
        "/point?lat=34.8&lon=138.3%27",
        "/point.json",
        "/point.json?lat=x&lon=y",
    ] {
        let (status, body) = get(&agent(), &format!("{}{path}", server.base));
        assert!(status == 400 || status == 404, "{path}: {status}");
        assert!(!String::from_utf8_lossy(&body).contains("<script>"), "{path}");
    }
    for path in [
        "/emergency?page=99999999999999999999",
        "/emergency?city=222127&hazard=flood&page=1000000",
        "/emergency?bbox=1,2,3&city=222127",
    ] {
        assert_eq!(get(&agent(), &format!("{}{path}", server.base)).0, 200, "{path}");
    }
}

/// Bytes as sent to a browser of today.
fn sent(server: &Server, path: &str) -> usize {
    let mut answer = agent()
        .get(&format!("{}{path}", server.base))
        .header("accept-encoding", "br")
        .call()
        .unwrap_or_else(|error| panic!("{path}: {error}"));
    assert_eq!(answer.status().as_u16(), 200, "{path}");
    answer.body_mut().with_config().limit(10 << 20).read_to_vec().expect("a body").len()
}

fn light_files(server: &Server) {
    let index = json(server, "/emergency/data.json");
    let cities = index["cities"].as_array().expect("cities");
    assert_eq!(cities.len(), 3);
    let tsu = cities.iter().find(|city| city["code"] == "242012").expect("the greatest of them");
    let href = tsu["href"].as_str().expect("an address");
    let shown = "/emergency?city=242012&hazard=flood&lat=34.71848&lon=136.51573";
    let text = page(server, shown);
    let assets: Vec<&str> =
        between(&text, "\"/assets/", "\"").into_iter().filter(|name| !name.contains("fonts-")).collect();
    let assets: usize = assets
        .iter()
        .filter(|name| name.starts_with("site-") || name.starts_with("emergency-"))
        .map(|name| sent(server, &format!("/assets/{name}")))
        .sum();
    let whole = sent(server, shown) + assets + sent(server, href) + sent(server, "/emergency/worker.js");
    assert!(whole <= 60_000, "{whole} bytes with the 757 and 227 shelters of 津市");
    // The address is that of a state: immutable, and everything in it is dated.
    let answer = agent().get(&format!("{}{href}", server.base)).call().expect("the file");
    assert!(answer.headers()["cache-control"].to_str().expect("text").contains("immutable"));
    let file = json(server, href);
    assert_eq!(file["date"], "2026-11-21");
    let rows = file["shelters"].as_array().expect("shelters");
    assert!(rows.len() > 757, "{}", rows.len());
    // Flags: those of the file are those of the source.
    let floods =
        by_hand("datasets/242012_tsu/gsi_emergency_sites/emergency_242012.geojson", "洪水", (136.5, 34.7)).len();
    assert_eq!(rows.iter().filter(|row| row[6].as_u64().is_some_and(|fit| fit & 1 == 1)).count(), floods);
    let worker = agent().get(&format!("{}/emergency/worker.js", server.base)).call().expect("the worker");
    assert_eq!(worker.headers()["service-worker-allowed"], "/emergency");
    assert!(worker.headers()["content-security-policy"].to_str().expect("text").contains("worker-src 'self'"));
}

fn about_a_place(server: &Server) {
    let inside = "lat=34.83720&lon=138.29220";
    let text = page(server, &format!("/point?{inside}"));
    let report = json(server, &format!("/point.json?{inside}"));
    let kinds: Vec<&str> =
        report["holds"].as_array().expect("areas").iter().filter_map(|held| held["kind"].as_str()).collect();
    assert!(kinds.contains(&"school-district") && kinds.contains(&"boundary"), "{report}");
    for held in report["holds"].as_array().expect("areas") {
        assert!(held["source"]["licence"].as_str().is_some_and(|licence| !licence.is_empty()), "{held}");
        assert_eq!(held["source"]["date"], "2026-11-21");
        let path = held["record"].as_str().and_then(|url| url.split_once("/dataset/")).expect("a record").1;
        assert!(page(server, &format!("/dataset/{path}")).contains("<h1>"), "{path}");
    }
    let near = report["near"].as_array().expect("near things");
    let far: Vec<f64> = near.iter().filter_map(|near| near["distance_m"].as_f64()).collect();
    assert!(!far.is_empty() && far.is_sorted() && far.iter().all(|metres| *metres <= 2_000.0), "{far:?}");
    assert!(text.contains("参考です") && text.contains("小学校区"), "{text}");
    // The box of a district holds more than the district: exact geometry decides.
    let schools =
        report["holds"].as_array().expect("areas").iter().filter(|held| held["kind"] == "school-district").count();
    assert_eq!(schools, 1, "{report}");
    let outside = page(server, "/point?lat=36.2&lon=139.9");
    assert!(outside.contains("危険がないことを意味しません"), "outside of everything it says so");
    assert!(page(server, "/point").contains("name=\"lat\""));
}

/// No file of the data directory and no line of the log holds the digits of a position that was asked for.
fn leaves_no_trace(server: Server, data: &Path) {
    let (lat, lon) = ("34.71917", "136.51919");
    for path in ["/emergency?hazard=flood&", "/point?", "/point.json?", "/emergency?lat=1&"] {
        let _ = get(&agent(), &format!("{}{path}lat={lat}&lon={lon}", server.base));
    }
    let lines = server.log();
    server.stop();
    assert!(!lines.iter().any(|line| line.contains(lat) || line.contains(lon)), "a position stands in the log");
    let mut folders = vec![data.to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.is_file() {
                let bytes = fs::read(&entry).expect("a file");
                let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
                assert!(!holds(lat) && !holds(lon), "{} holds a position", entry.display());
                files += 1;
            }
        }
    }
    assert!(files > 10);
}

#[test]
fn the_nearest_shelters_are_those_marked_for_the_hazard_and_no_position_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let folders: Vec<PathBuf> = FOLDERS.iter().map(|name| repository("datasets").join(name)).collect();
    let server = serve(&data, &folders);
    assert!(page(&server, "/").contains("href=\"/emergency\""), "one tap from the home page");
    in_order(&server);
    unknown_stays_apart(&server);
    choosing_without_script(&server);
    hostile_questions(&server);
    light_files(&server);
    about_a_place(&server);
    leaves_no_trace(server, &data);
}

/// Spellings of a mark, and what each must come to for floods: fit, not fit, not known. Every row has a mark for earthquakes.
const SPELLINGS: [(&str, &str); 22] = [
    ("1", "fit"),
    ("１", "fit"),
    ("○", "fit"),
    ("〇", "fit"),
    ("◯", "fit"),
    ("◎", "fit"),
    ("●", "fit"),
    ("有", "fit"),
    ("可", "fit"),
    ("TRUE", "fit"),
    ("対応", "fit"),
    ("1.0", "fit"),
    ("", "unfit"),
    ("0", "unfit"),
    ("×", "unfit"),
    ("無", "unfit"),
    ("不可", "unfit"),
    ("FALSE", "unfit"),
    ("-", "unfit"),
    ("△", "unknown"),
    ("2階以上", "unknown"),
    ("要確認", "unknown"),
];

/// A dataset of one file, described as those in datasets/.
fn made(folder: &Path, name: &str, csv: &str) -> PathBuf {
    let folder = folder.join(name);
    fs::create_dir(&folder).expect("a new folder");
    fs::write(folder.join("list.csv"), csv).expect("written");
    let digest = hex::encode(sha2::Sha256::digest(csv.as_bytes()));
    let source = format!(
        "name = \"{name}\"\ntitle = \"施設の一覧\"\nnotes = \"\"\ntheme = \"行政\"\ntags = []\nlicence = \"cc-by-4.0\"\n\
         attribution = \"焼津市\"\npage = \"https://example.jp/\"\nretrieved = \"2026-11-21\"\n\n[publisher]\ncode = \"222127\"\n\
         name = \"焼津市\"\n\n[[files]]\nname = \"list.csv\"\nsha256 = \"{digest}\"\nbytes = {}\nencoding = \"UTF-8\"\n",
        csv.len()
    );
    fs::write(folder.join("source.toml"), source).expect("written");
    folder
}

#[test]
fn every_spelling_of_a_mark_is_what_it_means_and_nothing_else_makes_a_shelter() {
    let folder = tempfile::tempdir().expect("a folder");
    // The titles say nothing of shelters: the columns decide.
    let head = "NO,名称,住所,緯度,経度,市区町村コード,災害種別_洪水,災害種別_崖崩れ、土石流及び地滑り,災害種別_高潮,災害種別_地震,\
                災害種別_津波,災害種別_大規模な火事,災害種別_内水氾濫,災害種別_火山現象,指定避難所との重複,標高,備考\n";
    let rows: String = SPELLINGS
        .iter()
        .enumerate()
        .map(|(index, (mark, _))| {
            format!("{index},施設{index},静岡県焼津市本町{index},34.86{index:02},138.32,222127,{mark},,,1,,,,,,12.5,\n")
        })
        .collect();
    // A row without a single mark was not filled in; one without position is listed apart.
    let more = "90,記載なしの施設,静岡県焼津市本町90,34.8690,138.32,222127,,,,,,,,,,,\n\
                91,位置なしの施設,,,,222127,1,,,,,,,,,,\n";
    // Named as one, but without such columns.
    let other = "名称,種別,緯度,経度\n避難所という名前の店,避難場所,34.86,138.32\n別の店,避難場所,34.87,138.32\n";
    let folders = [
        made(folder.path(), "222127_list", &format!("{head}{rows}{more}")),
        made(folder.path(), "222127_hinanjo_shop", other),
    ];
    let data = folder.path().join("data");
    let server = serve(&data, &folders);
    let text = page(&server, "/emergency?hazard=flood&lat=34.86&lon=138.32");
    let fit: Vec<String> = (0..)
        .zip(SPELLINGS)
        .filter(|(_, (_, is))| *is == "fit")
        .map(|(index, _): (usize, _)| format!("施設{index}"))
        .collect();
    assert_eq!(listed(&text), fit, "the only city is chosen by itself, the nearest first");
    let apart = text.split("id=\"unknown-title\"").nth(1).expect("a part for what is not known");
    for (index, (mark, is)) in SPELLINGS.iter().enumerate() {
        assert_eq!(apart.contains(&format!(">施設{index}</a>")), *is == "unknown", "{mark}");
    }
    assert!(apart.contains("記載なしの施設"), "a row that was not filled in is not known");
    assert!(text.contains("位置が分からない") && text.contains("位置なしの施設"), "what has no position is not lost");
    assert!(!text.contains("避難所という名前の店"), "a name does not make a shelter");
    assert!(text.contains("標高 12.5 m"), "{text}");
    assert!(text.contains("ほかの7か所"), "what is not designated is counted, not shown");
    let english = page(&server, "/emergency?hazard=flood&lat=34.86&lon=138.32&lang=en");
    assert!(english.contains("lang=\"en\"") && english.contains("12.5 m above sea level"), "{english}");
    let easy = page(&server, "/emergency?lang=ja-yasashii");
    assert!(easy.contains("逃げる場所"));
    server.stop();
}
