//! The whole life of a case at the desk, over the real router with real workers: from a filled template with mistakes to
//! what a citizen sees, its correction and its withdrawal; and what comes twice, too late, or from somebody who means ill.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use hiraku::clock::SetClock;
use hiraku::http::desk::cases::{act_on_due, recover};
use hiraku::model::case::{Act, Case, State};
use hiraku::model::id::CaseId;
use hiraku::model::name::Slug;
use hiraku::schema::Schemas;
use hiraku::store::case::CaseChange;
use http::{Request, StatusCode};
use rust_xlsxwriter::Workbook;

use crate::account::{Browser, person};
use crate::http_site::{Got, Site, site};

/// A place of the list: name, address, latitude, longitude, remark.
type Place = [&'static str; 5];

const GOOD: [Place; 3] = [
    ["焼津市役所", "静岡県焼津市本町二丁目16番32号", "34.86680", "138.32360", "夜間は利用できません"],
    ["大井川庁舎", "静岡県焼津市宗高900番地", "34.80200", "138.29000", ""],
    ["焼津市立図書館", "静岡県焼津市三ケ名1550番地", "34.86010", "138.31550", ""],
];

/// The AED list of the standard, filled in as its template would be: the header of the sheet, one place a row.
fn workbook(places: &[Place], has_hidden_column: bool) -> Vec<u8> {
    let sheet = Schemas::bundled().sheet("08").expect("the AED list");
    let mut book = Workbook::new();
    let data = book.add_worksheet();
    data.set_name("データ").expect("a name");
    for (column, field) in (0_u16..).zip(&sheet.fields) {
        data.write_string(0, column, &field.name).expect("a header");
        for (row, place) in (1_u32..).zip(places) {
            let text = match field.name.as_str() {
                "全国地方公共団体コード" => "222127".to_owned(),
                "ID" => format!("{row:010}"),
                "地方公共団体名" => "焼津市".to_owned(),
                "名称" => place[0].to_owned(),
                "所在地_連結表記" => place[1].to_owned(),
                "緯度" => place[2].to_owned(),
                "経度" => place[3].to_owned(),
                "備考" => place[4].to_owned(),
                _ => continue,
            };
            data.write_string(row, column, &text).expect("a cell");
        }
        if has_hidden_column && field.name == "備考" {
            data.set_column_hidden(column).expect("hidden");
        }
    }
    book.save_to_buffer().expect("a workbook")
}

/// The desk with people who work at it.
struct Office {
    site: Site,
    clock: Arc<SetClock>,
    ids: Vec<String>,
}

const EDITOR: usize = 0;
const APPROVER: usize = 1;
const PUBLISHER: usize = 2;
const OTHER_CITY: usize = 3;
const BOTH: usize = 4;

fn office() -> Office {
    let (site, clock) = site().with_cases();
    let roles: [(&str, &[&str]); 5] = [
        ("tantou", &["editor:222127"]),
        ("kachou", &["approver:222127"]),
        ("sekinin", &["publisher:222127"]),
        ("tanin", &["publisher:242039"]),
        ("kennin", &["editor:222127", "approver:222127"]),
    ];
    let ids = roles.iter().map(|(login, roles)| person(&site, login, roles).id).collect();
    Office { site, clock, ids }
}

impl Office {
    fn browser(&self, who: usize) -> Browser<'_> {
        Browser::signed_in(&self.site, &self.ids[who])
    }

    fn case(&self, path: &str) -> Case {
        let id = CaseId::parse(path.rsplit('/').next().expect("an id")).expect("an id");
        self.site.app.store.case(id).expect("read").expect("a case")
    }

    /// Waits until the check of a case is over.
    async fn checked(&self, path: &str) -> Case {
        for _ in 0..600 {
            let case = self.case(path);
            if case.state != State::Checking {
                return case;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the check does not end");
    }

    /// Sends files as a new case, and waits for the check. Gives the address of the case.
    async fn begun(&self, who: usize, dataset: &str, name: &str, bytes: &[u8]) -> String {
        let mut browser = self.browser(who);
        let fields = [("unit", "222127"), ("dataset", dataset)];
        let got = upload(&mut browser, "/desk/cases/new", &fields, &[(name, bytes)]).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.text());
        let path = got.header("location").to_owned();
        self.checked(&path).await;
        path
    }
}

/// Sends a form with files.
async fn upload(browser: &mut Browser<'_>, path: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Got {
    let token = browser.token();
    let mut body = Vec::new();
    for (name, value) in [("csrf", token.as_str())].iter().chain(fields) {
        body.extend_from_slice(
            format!("--xyz\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").as_bytes(),
        );
    }
    for (name, bytes) in files {
        let head = format!("--xyz\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--xyz--\r\n");
    let request = Request::post(path)
        .header("content-type", "multipart/form-data; boundary=xyz")
        .header("sec-fetch-site", "same-origin");
    browser.send(request.body(Body::from(body)).expect("a request")).await
}

/// The value of a hidden field on a page.
fn hidden(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).expect("the field");
    rest.split('"').next().expect("a value").to_owned()
}

/// Opens a page and sends one of its forms, with what a browser would send besides.
async fn sent(browser: &mut Browser<'_>, page: &str, form: &str, fields: &[(&str, &str)]) -> Got {
    let opened = browser.get(page).await;
    assert_eq!(opened.status, StatusCode::OK, "{page}: {}", opened.text());
    let (once, version) = (hidden(&opened.text(), "once"), hidden(&opened.text(), "version"));
    let mut all = vec![("once", once.as_str()), ("version", version.as_str())];
    all.extend(fields);
    browser.post(form, &all).await
}

fn done(got: &Got) {
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.text());
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one life, from beginning to end")]
async fn a_list_goes_from_the_template_to_the_citizen_and_back() {
    let office = office();
    let mut editor = office.browser(EDITOR);
    let template = editor.get("/desk/templates/template_08_aed.xlsx").await;
    assert_eq!(template.status, StatusCode::OK);
    assert!(template.body.starts_with(b"PK"), "an Excel workbook");

    // Filled with mistakes: a latitude in words, and a column that nobody sees.
    let mut places = GOOD;
    places[1][2] = "さんじゅうよん";
    let sent_book = workbook(&places, true);
    let path = office.begun(EDITOR, "", "AED一覧.xlsx", &sent_book).await;
    let case = office.case(&path);
    assert_eq!((case.state, case.dataset.as_str()), (State::Review, "222127_aed"), "{:?}", case.summary);
    assert!(case.about.title.contains("AED"), "{}", case.about.title);
    let page = editor.get(&path).await.text();
    assert!(page.contains("要確認") && page.contains("エラー"), "{page}");
    // Nothing of it is public or waits.
    assert_eq!(office.site.get("/dataset/222127_aed").await.status, StatusCode::NOT_FOUND);
    assert!(office.site.app.store.staged_releases().expect("read").is_empty());

    // Cell by cell: the faulty one is in the table, with its letters and what is wrong.
    let findings = editor.get(&format!("{path}/findings")).await.text();
    assert!(findings.contains("さんじゅうよん") && findings.contains("name=\"cell.0.0.3."), "{findings}");
    let (_, rest) = findings.split_once("name=\"cell.0.0.3.").expect("the field");
    let column = rest.split('"').next().expect("a number").to_owned();
    let cell = format!("cell.0.0.3.{column}");
    let got =
        sent(&mut editor, &format!("{path}/findings"), &format!("{path}/cells"), &[(&cell, "34.80200"), ("save", "1")])
            .await;
    done(&got);
    let case = office.checked(&path).await;
    let summary = case.summary.clone().expect("checked");
    assert_eq!((case.state, summary.findings[0], summary.rows), (State::Review, 0, [3, 3, 0]), "{summary:?}");
    assert_eq!(case.answers.cells.len(), 1);
    // The hidden column is still one to be looked at, though the copy has nothing hidden.
    assert!(summary.holds.iter().any(|held| held.code == "hidden-content"), "{:?}", summary.holds);
    // What was sent is kept as it was.
    let original = editor.get(&format!("{path}/file/1")).await;
    assert!(original.body == sent_book, "the workbook is not what was sent");
    let book = editor.get(&format!("{path}/book/0")).await;
    assert!(book.status == StatusCode::OK && book.body.starts_with(b"PK"));
    let map = editor.get(&format!("{path}/positions")).await.text();
    assert!(map.contains("<svg") && map.contains("3件"), "{map}");

    // The description, then the question for approval.
    let about = [
        ("title", "AED設置箇所一覧"),
        ("notes", "市内のAEDです。"),
        ("licence", "cc-by-4.0"),
        ("promise", "yearly"),
        ("theme", "医療"),
        ("tags", "AED、救急"),
        ("page", ""),
        ("name", "222127_aed"),
    ];
    done(&sent(&mut editor, &format!("{path}/about"), &format!("{path}/about"), &about).await);
    done(&sent(&mut editor, &path, &format!("{path}/submit"), &[("comment", "お願いします")]).await);
    assert_eq!(office.case(&path).state, State::Submitted);

    // Held: it is not approved before somebody else has confirmed it.
    let mut approver = office.browser(APPROVER);
    let inbox = approver.get("/desk/cases").await.text();
    assert!(inbox.contains("AED設置箇所一覧") && inbox.contains("あなたの順番です"), "{inbox}");
    let got = sent(&mut approver, &path, &format!("{path}/approve"), &[("comment", "")]).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    assert!(got.text().contains("確認が終わっていない指摘"), "{}", got.text());
    let mark = summary.holds[0].mark.clone();
    let holds = format!("{path}/holds");
    let empty = sent(&mut approver, &holds, &format!("{path}/confirm"), &[("mark", &mark), ("comment", " ")]).await;
    assert_eq!(empty.status, StatusCode::CONFLICT, "a reason is needed");
    for held in &summary.holds {
        let fields = [("mark", held.mark.as_str()), ("comment", "備考は空欄で、個人情報はありません。")];
        done(&sent(&mut approver, &holds, &format!("{path}/confirm"), &fields).await);
    }
    done(&sent(&mut approver, &path, &format!("{path}/approve"), &[("comment", "確認しました")]).await);
    let case = office.case(&path);
    assert_eq!(case.state, State::Approved);
    assert!(case.answers.confirmed.iter().all(|own| own.by.id == office.ids[APPROVER]));

    // Published, and seen by everybody at once.
    let mut publisher = office.browser(PUBLISHER);
    let publish = format!("{path}/publish");
    done(
        &sent(&mut publisher, &publish, &publish, &[("how", "now"), ("at", ""), ("until", ""), ("comment", "")]).await,
    );
    let first = office.case(&path);
    assert_eq!(first.state, State::Public, "{first:?}");
    let page = office.site.get("/dataset/222127_aed").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("更新の予定: 毎年"), "the promise is public");
    let package = office.site.result("package_show?id=222127_aed").await;
    let resource = package["resources"][0]["id"].as_str().expect("an id").to_owned();
    let rows = office.site.result(&format!("datastore_search?resource_id={resource}")).await;
    assert_eq!(rows["total"], 3);
    assert!(rows["records"].to_string().contains("34.802"), "the corrected cell: {rows}");

    // Corrected: what changes is shown before it is published.
    let mut corrected = GOOD;
    corrected[2][0] = "焼津市立焼津図書館";
    let path2 = office.begun(EDITOR, "222127_aed", "aed2.xlsx", &workbook(&corrected, false)).await;
    let difference = editor.get(&format!("{path2}/difference")).await.text();
    assert!(
        difference.contains("<ins>焼津市立焼津図書館</ins>") && difference.contains("<del>焼津市立図書館</del>"),
        "{difference}"
    );
    assert!(office.site.get("/dataset/222127_aed").await.text().contains("焼津市立図書館"), "the old one is public");
    approved(&office, &path2).await;
    let publish = format!("{path2}/publish");
    done(
        &sent(&mut publisher, &publish, &publish, &[("how", "now"), ("at", ""), ("until", ""), ("comment", "")]).await,
    );
    assert_eq!((office.case(&path).state, office.case(&path2).state), (State::Superseded, State::Public));
    let versions = editor.get(&format!("{path2}/versions")).await.text();
    assert!(versions.contains("第2版") && versions.contains("変更 1件"), "{versions}");

    // Back to the first, and again to the second.
    for (to, name) in [(&path, "焼津市立図書館"), (&path2, "焼津市立焼津図書館")] {
        let restore = format!("{to}/restore");
        done(&sent(&mut publisher, &restore, &restore, &[("comment", "戻します")]).await);
        let rows = office.site.result(&format!("datastore_search?resource_id={resource}")).await;
        assert!(rows["records"].to_string().contains(name), "{rows}");
    }
    withdrawn(&office, &path2, &resource).await;
    // The first one may come back, the withdrawn one may not.
    let got = sent(&mut publisher, &format!("{path}/restore"), &format!("{path}/restore"), &[("comment", "")]).await;
    done(&got);
    assert_eq!(office.site.get("/dataset/222127_aed").await.status, StatusCode::OK);
    assert_eq!(office.site.app.store.check_audit().expect("checked").1, []);
    let actions: Vec<String> = office
        .site
        .app
        .store
        .case_events(office.case(&path).id)
        .expect("read")
        .iter()
        .map(|event| event.act.as_str().to_owned())
        .collect();
    assert_eq!(
        actions,
        [
            "check",
            "found",
            "check",
            "found",
            "describe",
            "submit",
            "confirm",
            "approve",
            "publish",
            "supersede",
            "restore",
            "supersede",
            "restore"
        ]
    );
}

/// Asks for approval and approves.
async fn approved(office: &Office, path: &str) {
    done(&sent(&mut office.browser(EDITOR), path, &format!("{path}/submit"), &[("comment", "")]).await);
    let mut approver = office.browser(APPROVER);
    for held in office.case(path).summary.expect("checked").holds {
        let fields = [("mark", held.mark.as_str()), ("comment", "確認しました")];
        done(&sent(&mut approver, &format!("{path}/holds"), &format!("{path}/confirm"), &fields).await);
    }
    done(&sent(&mut approver, path, &format!("{path}/approve"), &[("comment", "")]).await);
    assert_eq!(office.case(path).state, State::Approved);
}

/// Withdraws what is public and looks everywhere whether it is gone.
async fn withdrawn(office: &Office, path: &str, resource: &str) {
    let site = &office.site;
    let package = site.result("package_show?id=222127_aed").await;
    let download = package["resources"][0]["url"].as_str().expect("an address");
    let download = download.strip_prefix(&site.app.config.public_url()).expect("an address of ours").to_owned();
    let tiles = site.get("/tiles/222127_aed.json").await;
    let tile = tiles.json()["tiles"][0].as_str().map(str::to_owned);
    let mut places = vec![
        "/dataset/222127_aed".to_owned(),
        "/dataset/222127_aed.json".to_owned(),
        "/map/222127_aed".to_owned(),
        "/tiles/222127_aed.json".to_owned(),
        "/api/3/action/package_show?id=222127_aed".to_owned(),
        format!("/api/3/action/datastore_search?resource_id={resource}"),
        download,
    ];
    if let Some(tile) = tile {
        let tile = tile.replace("{z}", "0").replace("{x}", "0").replace("{y}", "0");
        places.push(tile.strip_prefix(&site.app.config.public_url()).unwrap_or(&tile).to_owned());
    }
    let mut served = Vec::new();
    for place in places {
        if site.get(&place).await.status == StatusCode::OK {
            served.push(place);
        }
    }
    let places = served;
    assert!(places.len() >= 7, "{places:?}");
    assert!(site.get("/feeds/dataset.atom").await.text().contains("222127_aed"));
    let mut approver = office.browser(APPROVER);
    let withdraw = format!("{path}/withdraw");
    let none = sent(&mut approver, &withdraw, &withdraw, &[("comment", "")]).await;
    assert_eq!(none.status, StatusCode::CONFLICT, "a reason is needed");
    let begun = std::time::Instant::now();
    done(&sent(&mut approver, &withdraw, &withdraw, &[("comment", "座標の誤りが見つかったため")]).await);
    for place in &places {
        assert_eq!(site.get(place).await.status, StatusCode::NOT_FOUND, "{place}");
    }
    assert!(!site.get("/feeds/dataset.atom").await.text().contains("222127_aed"));
    assert_eq!(site.result("package_search?fq=name:222127_aed").await["count"], 0);
    assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
    let case = office.case(path);
    let withdrawal = case.withdrawal.expect("withdrawn");
    assert_eq!((case.state, withdrawal.by.id.as_str()), (State::Withdrawn, office.ids[APPROVER].as_str()));
    assert!(withdrawal.served.iter().any(|(_, href, _)| href.contains("/download/")), "{:?}", withdrawal.served);
    let page = approver.get(&format!("{path}/versions")).await.text();
    assert!(page.contains("座標の誤りが見つかったため") && page.contains("公開していたもの"), "{page}");
}

#[tokio::test]
async fn nobody_approves_their_own_and_nobody_sees_other_cities() {
    let office = office();
    let path = office.begun(BOTH, "", "222127_aed.xlsx", &workbook(&GOOD, true)).await;
    let mut both = office.browser(BOTH);
    done(&sent(&mut both, &path, &format!("{path}/submit"), &[("comment", "")]).await);
    let got = sent(&mut both, &path, &format!("{path}/approve"), &[("comment", "")]).await;
    assert!(got.status == StatusCode::CONFLICT && got.text().contains("自分で確認・承認できません"), "{}", got.text());
    let mark = office.case(&path).summary.expect("checked").holds[0].mark.clone();
    let fields = [("mark", mark.as_str()), ("comment", "よい")];
    let got = sent(&mut both, &path, &format!("{path}/confirm"), &fields).await;
    assert!(got.status == StatusCode::CONFLICT && got.text().contains("自分で確認・承認できません"), "{}", got.text());
    // The editor may neither approve nor publish; another city sees nothing at all.
    let mut editor = office.browser(EDITOR);
    assert_eq!(editor.post(&format!("{path}/approve"), &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(editor.get(&format!("{path}/publish")).await.status, StatusCode::FORBIDDEN);
    let mut stranger = office.browser(OTHER_CITY);
    assert!(!stranger.get("/desk/cases").await.text().contains("AED"));
    for page in ["", "/findings", "/holds", "/about", "/file/1", "/book/0", "/publish", "/withdraw", "/progress"] {
        assert_eq!(stranger.get(&format!("{path}{page}")).await.status, StatusCode::FORBIDDEN, "{page}");
    }
    for form in ["cells", "about", "submit", "approve", "return", "publish", "withdraw", "drop", "comment", "confirm"] {
        assert_eq!(stranger.post(&format!("{path}/{form}"), &[]).await.status, StatusCode::FORBIDDEN, "{form}");
    }
    let got = upload(&mut stranger, "/desk/cases/new", &[("unit", "222127")], &[("a.csv", b"a,b\n1,2\n")]).await;
    assert_eq!(got.status, StatusCode::FORBIDDEN);
    assert_eq!(office.case(&path).state, State::Submitted);
}

#[tokio::test]
async fn what_comes_twice_is_taken_once_and_what_comes_too_late_is_not_lost() {
    let office = office();
    let mut editor = office.browser(EDITOR);
    let book = workbook(&GOOD, false);
    let fields = [("unit", "222127"), ("dataset", ""), ("once", "the-same-form")];
    let first = upload(&mut editor, "/desk/cases/new", &fields, &[("aed.xlsx", &book)]).await;
    let second = upload(&mut editor, "/desk/cases/new", &fields, &[("aed.xlsx", &book)]).await;
    done(&first);
    assert_eq!(first.header("location"), second.header("location"), "one case");
    assert_eq!(office.site.app.store.cases().expect("read").len(), 1);
    let path = first.header("location").to_owned();
    office.checked(&path).await;

    let page = editor.get(&path).await.text();
    let (once, version) = (hidden(&page, "once"), hidden(&page, "version"));
    let form = [("once", once.as_str()), ("version", version.as_str()), ("comment", "お願いします")];
    for _ in 0..3 {
        done(&editor.post(&format!("{path}/submit"), &form).await);
    }
    let submits = office.site.app.store.case_events(office.case(&path).id).expect("read");
    assert_eq!(submits.iter().filter(|event| event.act == Act::Submit).count(), 1);
    done(&sent(&mut editor, &path, &format!("{path}/recall"), &[]).await);

    // Two people have the description open; the second is told of the first, and finds what they wrote.
    let mut other = office.browser(BOTH);
    let about = |title: &'static str, version: String| {
        vec![
            ("once".to_owned(), format!("form of {title}")),
            ("version".to_owned(), version),
            ("title".to_owned(), title.to_owned()),
            ("notes".to_owned(), format!("{title}の<b>説明</b>")),
            ("licence".to_owned(), "cc-by-4.0".to_owned()),
            ("promise".to_owned(), "none".to_owned()),
        ]
    };
    let version = hidden(&other.get(&format!("{path}/about")).await.text(), "version");
    for (browser, title, expected) in
        [(&mut editor, "先の人の題", StatusCode::SEE_OTHER), (&mut other, "後の人の題", StatusCode::CONFLICT)]
    {
        let fields = about(title, version.clone());
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let got = browser.post(&format!("{path}/about"), &fields).await;
        assert_eq!(got.status, expected, "{}", got.text());
        if expected == StatusCode::CONFLICT {
            let text = got.text();
            assert!(text.contains("tantou 担当者さん") && text.contains("後の人の題"), "{text}");
            assert!(text.contains("の&lt;b&gt;説明") || text.contains("の&#60;b&#62;説明"), "{text}");
            // Sent again from that page, it is taken.
            let again = [
                ("once", hidden(&text, "once")),
                ("version", hidden(&text, "version")),
                ("title", "後の人の題".to_owned()),
                ("licence", "cc-by-4.0".to_owned()),
                ("promise", "none".to_owned()),
            ];
            let again: Vec<(&str, &str)> = again.iter().map(|(name, value)| (*name, value.as_str())).collect();
            done(&browser.post(&format!("{path}/about"), &again).await);
        }
    }
    assert_eq!(office.case(&path).about.title, "後の人の題");
}

#[tokio::test]
async fn hostile_files_names_and_texts_are_only_text() {
    let office = office();
    let mut editor = office.browser(EDITOR);
    // A form without its token changes nothing, whatever comes first.
    let request = Request::post("/desk/cases/new").header("content-type", "multipart/form-data; boundary=xyz");
    let body = "--xyz\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\na\r\n--xyz--\r\n";
    assert_eq!(editor.send(request.body(Body::from(body)).expect("a request")).await.status, StatusCode::FORBIDDEN);
    for name in ["passwd", "..", ".csv", "source.toml"] {
        let got = upload(&mut editor, "/desk/cases/new", &[("unit", "222127")], &[(name, b"a,b\n1,2\n")]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(got.text().contains("ファイル名"), "{}", got.text());
    }
    let none = upload(&mut editor, "/desk/cases/new", &[("unit", "222127")], &[]).await;
    assert!(none.status == StatusCode::UNPROCESSABLE_ENTITY && none.text().contains("ファイルを選んでください"));
    assert!(office.site.app.store.cases().expect("read").is_empty());

    let csv = "名称,住所,緯度,経度,備考\n<script>alert(1)</script>,焼津市本町,34.86,138.32,=HYPERLINK(\"http://x\")\n\
               @SUM(1),焼津市栄町,abc,138.31,\"a\"\"b\"\n+1,焼津市本町,34.85,138.30,\u{202e}gpj.exe\n";
    let path = office.begun(EDITOR, "", "../../<img src=x onerror=alert(1)>.csv", csv.as_bytes()).await;
    let case = office.case(&path);
    assert_eq!(case.state, State::Review, "{:?}", case.trouble);
    assert!(!case.files[0].name.contains('/'), "{}", case.files[0].name);
    let got = sent(
        &mut editor,
        &format!("{path}/findings"),
        &format!("{path}/cells"),
        &[("other", "0.0"), ("at", "E3"), ("value", "=cmd|' /C calc'!A0<script>")],
    )
    .await;
    done(&got);
    office.checked(&path).await;
    done(&sent(&mut editor, &path, &format!("{path}/comment"), &[("comment", "<script>alert(2)</script>\u{0}")]).await);
    for page in ["", "/findings", "/positions", "/holds", "/about"] {
        let text = editor.get(&format!("{path}{page}")).await.text();
        for bad in ["<script>alert", "<img src=x", "<script>\"", "\u{202e}"] {
            assert!(!text.contains(bad), "{page} holds {bad}");
        }
    }
    // The workbook that is handed back holds texts, no formula.
    let book = editor.get(&format!("{path}/book/0")).await;
    assert_eq!(book.status, StatusCode::OK);
    let mut package = zip::ZipArchive::new(std::io::Cursor::new(book.body)).expect("a workbook");
    for at in 0..package.len() {
        let mut text = String::new();
        let mut part = package.by_index(at).expect("a part");
        let name = part.name().expect("a name").to_string();
        if name.starts_with("xl/worksheets/") && std::io::Read::read_to_string(&mut part, &mut text).is_ok() {
            assert!(!text.contains("<f>"), "{name}");
        }
    }
    // Bytes that are no workbook, and a bundle that leads out of its folder, are refused with a reason.
    let bad = office.begun(EDITOR, "", "broken.xlsx", b"PK\x03\x04 no workbook at all").await;
    let case = office.case(&bad);
    assert!(case.state == State::Review && !case.summary.expect("checked").refused.is_empty());
    let got = sent(&mut editor, &path, &format!("{bad}/submit"), &[("comment", "")]).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    // A time that is none, an act that is none, a case that is none.
    for (page, status) in [
        ("/desk/cases/x", StatusCode::NOT_FOUND),
        ("/desk/cases/00000000-0000-0000-0000-000000000000", StatusCode::NOT_FOUND),
        ("/desk/templates/..%2f..%2fetc%2fpasswd", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(editor.get(page).await.status, status, "{page}");
    }
}

#[tokio::test]
async fn individual_numbers_are_never_published_and_a_column_can_be_left_out() {
    let office = office();
    // Numbers with a right check digit.
    let csv = "氏名コード,名称,個人番号\n1,本庁,123456789018\n2,支所,234567890121\n3,北館,345678901234\n4,南館,456789012346\n5,東館,567890123457\n";
    let path = office.begun(EDITOR, "", "meibo.csv", csv.as_bytes()).await;
    let case = office.case(&path);
    let summary = case.summary.expect("checked");
    assert!(summary.holds.iter().any(|held| held.is_never), "{summary:?}");
    let mut editor = office.browser(EDITOR);
    let page = editor.get(&path).await.text();
    assert!(page.contains("個人番号") && !page.contains("承認を申請する</button>"), "{page}");
    let got = sent(&mut editor, &path, &format!("{path}/submit"), &[("comment", "")]).await;
    assert!(got.status == StatusCode::CONFLICT && got.text().contains("公開できません"));
    let held = summary.holds.iter().find(|held| held.is_never).expect("held");
    let mut approver = office.browser(APPROVER);
    let fields = [("mark", held.mark.as_str()), ("comment", "公開したい")];
    let got = sent(&mut approver, &path, &format!("{path}/confirm"), &fields).await;
    assert_eq!(got.status, StatusCode::CONFLICT, "nobody confirms it");
    let got = sent(&mut editor, &format!("{path}/holds"), &format!("{path}/cells"), &[("leave-column", "0.0.2")]).await;
    done(&got);
    let case = office.checked(&path).await;
    let summary = case.summary.expect("checked");
    assert!(!summary.holds.iter().any(|held| held.is_never), "{summary:?}");
    assert_eq!(summary.rows[1], 5);
    approved(&office, &path).await;
    let publish = format!("{path}/publish");
    let fields = [("how", "now"), ("at", ""), ("until", ""), ("comment", "")];
    done(&sent(&mut office.browser(PUBLISHER), &publish, &publish, &fields).await);
    let case = office.case(&path);
    assert_eq!(case.state, State::Public, "{}", case.trouble);
    let package = office.site.result(&format!("package_show?id={}", case.dataset)).await;
    let resource = package["resources"][0]["id"].as_str().expect("an id");
    let rows = office.site.result(&format!("datastore_search?resource_id={resource}")).await;
    assert!(rows["total"] == 5 && !rows.to_string().contains("123456789018"), "{rows}");
}

#[tokio::test]
async fn what_is_planned_is_done_when_it_is_due() {
    let office = office();
    let path = office.begun(EDITOR, "", "aed.xlsx", &workbook(&GOOD, false)).await;
    approved(&office, &path).await;
    let mut publisher = office.browser(PUBLISHER);
    let publish = format!("{path}/publish");
    let now = office.site.app.clock.now();
    let local = |hours: i64| {
        let at = now + jiff::SignedDuration::from_hours(hours);
        jiff::tz::Offset::constant(9).to_datetime(at).strftime("%Y-%m-%dT%H:%M").to_string()
    };
    let past = [("how", "later"), ("at", "2020-01-01T09:00"), ("until", ""), ("comment", "")];
    assert_eq!(sent(&mut publisher, &publish, &publish, &past).await.status, StatusCode::CONFLICT);
    let (at, until) = (local(2), local(50));
    let plan = [("how", "later"), ("at", at.as_str()), ("until", until.as_str()), ("comment", "")];
    done(&sent(&mut publisher, &publish, &publish, &plan).await);
    assert_eq!(office.case(&path).state, State::Scheduled);
    act_on_due(&office.site.app);
    assert_eq!(office.case(&path).state, State::Scheduled, "not yet");
    office.clock.set(now + jiff::SignedDuration::from_hours(3));
    act_on_due(&office.site.app);
    assert_eq!(office.case(&path).state, State::Public);
    assert_eq!(office.site.get("/dataset/222127_aed").await.status, StatusCode::OK);
    office.clock.set(now + jiff::SignedDuration::from_hours(51));
    act_on_due(&office.site.app);
    assert_eq!(office.case(&path).state, State::Withdrawn);
    assert_eq!(office.site.get("/dataset/222127_aed").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_a_program_that_died_left_is_put_right() {
    let office = office();
    let app = &office.site.app;
    let path = office.begun(EDITOR, "", "aed.xlsx", &workbook(&GOOD, false)).await;
    approved(&office, &path).await;
    // It died after the release was taken in, before it was public: nothing is public, and it is as approved as before.
    let case = office.case(&path);
    let name = Slug::parse("222127_kouen").expect("a name");
    let public = app.store.release_to_compare(&name, "current").expect("read").expect("public").id;
    app.store.note_case_release(case.id, "00000000-0000-7000-8000-000000000000").expect("noted");
    recover(app).expect("recovered");
    assert_eq!(office.case(&path).state, State::Approved);
    // It died after the release became public, before the case said so.
    app.store.note_case_release(case.id, &public).expect("noted");
    recover(app).expect("recovered");
    let case = office.case(&path);
    assert_eq!(case.state, State::Public);
    assert!(case.published.is_some());
    // It died in the middle of a check.
    let checking = Case { state: State::Checking, ..office.case(&path) };
    app.store
        .change_case(&CaseChange { case: checking, act: Act::Check, comment: String::new() }, None)
        .expect("written");
    recover(app).expect("recovered");
    let case = office.case(&path);
    assert!(case.state == State::Draft && case.trouble.contains("再起動"), "{case:?}");
}
