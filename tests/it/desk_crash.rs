//! kill -9 in the middle of publishing and withdrawing a case: the case and the public tell the same, the one or the other.

use std::path::Path;
use std::time::{Duration, Instant};

use hiraku::clock::{Clock as _, SystemClock};
use hiraku::model::account::{Account, Grant, State};
use hiraku::model::audit::Act;
use hiraku::model::id::{AccountId, SessionId};
use hiraku::model::second;
use hiraku::model::session::{Secret, Session};
use hiraku::store::session::{Chosen, Link};
use hiraku::store::{Store, StoreOptions};

use crate::http_site::system_random;
use crate::program::Server;

/// Rounds of killing each of the two.
const ROUNDS: u32 = 6;

const CSV: &str = "名称,住所,緯度,経度\n本庁,焼津市本町1,34.86,138.32\n支所,焼津市栄町2,34.87,138.31\n";

fn secret() -> Secret {
    let mut bytes = [0; 32];
    system_random(&mut bytes).expect("chance");
    Secret::new(bytes)
}

/// Somebody who is signed in, without any page.
fn staff(store: &Store, login: &str, role: &str) -> Secret {
    let now = SystemClock.now();
    let act = Act { at: now, by: "test", action: "set up", subject: login, organization: None, outcome: "done" };
    let account = Account {
        id: AccountId::mint(now).to_string(),
        login: login.to_owned(),
        name: format!("{login} 担当者"),
        state: State::Invited,
        grants: vec![Grant::parse(&format!("{role}:222127")).expect("a grant")],
        created: now,
        signed_in: None,
    };
    let link = secret().digest();
    let expires = now + jiff::SignedDuration::from_hours(1);
    store.invite(&account, &Link { digest: &link, created: now, expires }, &act).expect("kept");
    let chosen = Chosen { password: "-", totp: &[1; 20], totp_step: 0, codes: &[second::code_digest("ABCD-EFGH")] };
    store.set_up(&link, None, &chosen, &act).expect("kept");
    let session = Session {
        id: SessionId::mint(now).to_string(),
        account_id: account.id,
        half: false,
        created: now,
        seen: now,
        confirmed: now,
    };
    let secret = secret();
    store.begin_session(&session, &secret.digest(), &act).expect("kept");
    secret
}

struct Hand<'a> {
    base: String,
    secret: &'a Secret,
}

impl Hand<'_> {
    fn agent() -> ureq::Agent {
        ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).build().into()
    }

    fn get(&self, path: &str) -> (u16, String) {
        let cookie = format!("hiraku-desk={}", self.secret.text());
        let mut got =
            Self::agent().get(format!("{}{path}", self.base)).header("cookie", cookie).call().expect("answered");
        (got.status().as_u16(), got.body_mut().read_to_string().expect("text"))
    }

    /// Sends a form of a page; `None` where the server died over it.
    fn send(&self, page: &str, form: &str, fields: &[(&str, &str)]) -> Option<(u16, String)> {
        let (_, text) = self.get(page);
        let hidden = |name: &str| {
            let rest = text.split_once(&format!("name=\"{name}\" value=\"")).map_or("", |(_, rest)| rest);
            rest.split('"').next().unwrap_or_default().to_owned()
        };
        let (once, version, csrf) = (hidden("once"), hidden("version"), self.secret.form_token());
        let mut all = vec![("csrf", csrf.as_str()), ("once", once.as_str()), ("version", version.as_str())];
        all.extend(fields);
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
        let cookie = format!("hiraku-desk={}", self.secret.text());
        let request = Self::agent().post(format!("{}{form}", self.base));
        let sent = request
            .header("cookie", cookie)
            .header("content-type", "application/x-www-form-urlencoded")
            .send(body.as_bytes());
        let mut got = sent.ok()?;
        let location =
            got.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let text = if location.is_empty() { got.body_mut().read_to_string().ok()? } else { location };
        Some((got.status().as_u16(), text))
    }
}

fn begun(hand: &Hand<'_>) -> String {
    let csrf = hand.secret.form_token();
    let (_, page) = hand.get("/desk/cases/new");
    let once = page.split_once("name=\"once\" value=\"").map_or("", |(_, rest)| rest);
    let once = once.split('"').next().unwrap_or_default();
    let body = format!(
        "--xyz\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n\
         --xyz\r\ncontent-disposition: form-data; name=\"once\"\r\n\r\n{once}\r\n\
         --xyz\r\ncontent-disposition: form-data; name=\"unit\"\r\n\r\n222127\r\n\
         --xyz\r\ncontent-disposition: form-data; name=\"file\"; filename=\"222127_office.csv\"\r\n\r\n{CSV}\r\n--xyz--\r\n"
    );
    let got = Hand::agent()
        .post(format!("{}/desk/cases/new", hand.base))
        .header("cookie", format!("hiraku-desk={}", hand.secret.text()))
        .header("content-type", "multipart/form-data; boundary=xyz")
        .send(body.as_bytes())
        .expect("answered");
    assert_eq!(got.status().as_u16(), 303);
    let path = got.headers().get("location").and_then(|value| value.to_str().ok()).expect("an address").to_owned();
    let begun = Instant::now();
    while hand.get(&path).1.contains("点検しています") {
        assert!(begun.elapsed() < Duration::from_secs(30), "the check does not end");
        std::thread::sleep(Duration::from_millis(50));
    }
    path
}

/// What the case says, and whether the dataset is public.
fn told(hand: &Hand<'_>, path: &str) -> (String, bool) {
    let (status, text) = hand.get(path);
    assert_eq!(status, 200, "{text}");
    let state = text.split_once("case-badge").and_then(|(_, rest)| rest.split_once('>')).map_or("", |(_, rest)| rest);
    let state = state.split('<').next().unwrap_or_default().to_owned();
    // A name that was public once is not given to a new dataset.
    let name = text.split_once("・222127_").and_then(|(_, rest)| rest.split_once(')')).map_or("", |(name, _)| name);
    (state, hand.get(&format!("/dataset/222127_{name}")).0 == 200)
}

/// Kills the server while a form is being taken; whether the answer had come before.
fn killed(server: Server, hand: &Hand<'_>, page: &str, form: &str, fields: &[(&str, &str)], wait: Duration) -> bool {
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| hand.send(page, form, fields).is_some());
        std::thread::sleep(wait);
        server.kill();
        sending.join().expect("it ends")
    })
}

fn started<'a>(data: &Path, secret: &'a Secret) -> (Server, Hand<'a>) {
    let server = Server::start(data);
    let hand = Hand { base: server.base.clone(), secret };
    (server, hand)
}

#[test]
fn killing_a_publication_or_a_withdrawal_leaves_nothing_half_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let (editor, approver, publisher) = {
        let store = Store::open(&data, StoreOptions { memory_mib: 256, threads: 1 }).expect("a database");
        (staff(&store, "tantou", "editor"), staff(&store, "kachou", "approver"), staff(&store, "sekinin", "publisher"))
    };
    let mut in_the_middle = 0;
    for round in 0..ROUNDS {
        let (server, hand) = started(&data, &editor);
        let path = begun(&hand);
        let submitted = hand.send(&path, &format!("{path}/submit"), &[]).expect("answered");
        assert_eq!(submitted.0, 303, "{}", submitted.1);
        let boss = Hand { base: server.base.clone(), secret: &approver };
        let page = boss.get(&path).1;
        let got = boss.send(&path, &format!("{path}/approve"), &[]).expect("answered");
        assert_eq!(got.0, 303, "{page} {}", got.1);

        let publish = format!("{path}/publish");
        let hand = Hand { base: server.base.clone(), secret: &publisher };
        let fields = [("how", "now"), ("at", ""), ("until", "")];
        let wait = Duration::from_millis(40 + 90 * u64::from(round));
        in_the_middle += u32::from(!killed(server, &hand, &publish, &publish, &fields, wait));

        let (server, hand) = started(&data, &publisher);
        let (state, is_public) = told(&hand, &path);
        assert!(matches!((state.as_str(), is_public), ("承認済み", false) | ("公開中", true)), "{state} {is_public}");
        if !is_public {
            assert_eq!(hand.send(&publish, &publish, &fields).expect("answered").0, 303);
            assert_eq!(told(&hand, &path), ("公開中".to_owned(), true));
        }
        let withdraw = format!("{path}/withdraw");
        let wait = Duration::from_millis(10 + 15 * u64::from(round));
        in_the_middle += u32::from(!killed(server, &hand, &withdraw, &withdraw, &[("comment", "誤り")], wait));
        let (server, hand) = started(&data, &publisher);
        let (state, is_public) = told(&hand, &path);
        assert!(matches!((state.as_str(), is_public), ("公開中", true) | ("撤回済み", false)), "{state} {is_public}");
        if is_public {
            assert_eq!(hand.send(&withdraw, &withdraw, &[("comment", "誤り")]).expect("answered").0, 303);
            assert_eq!(told(&hand, &path), ("撤回済み".to_owned(), false));
        }
        server.stop();
    }
    assert!(in_the_middle >= ROUNDS / 2, "some kills hit running work: {in_the_middle}");
    let store = Store::open(&data, StoreOptions { memory_mib: 256, threads: 1 }).expect("a database");
    assert_eq!(store.check_audit().expect("checked").1, []);
    assert!(store.staged_releases().expect("read").is_empty());
}
