//! The way into the desk, over the router in process and the real program: sign-in, second factor, sessions, links, and
//! what an attacker tries.
//!
//! Long because the driver of the desk stands here beside its tests.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use hiraku::clock::SetClock;
use hiraku::model::account::{Account, Grant, State};
use hiraku::model::audit::Act;
use hiraku::model::id::{AccountId, SessionId};
use hiraku::model::session::{Secret, Session};
use hiraku::model::{password, second};
use hiraku::store::account::Change;
use hiraku::store::session::{Chosen, Link};
use http::{Request, StatusCode};
use tower::ServiceExt as _;

use crate::http_site::{Got, Site, site, system_random};
use crate::program::{HIRAKU, hiraku, hiraku_done};

pub(crate) const PASSWORD: &str = "tobira no mukou ni kujira";
/// One hash for all: hashing takes its time, and that is tested elsewhere.
static HASH: std::sync::LazyLock<String> =
    std::sync::LazyLock::new(|| password::hash(PASSWORD, &[5; 16]).expect("hashed"));

const OTHER: &str = "nanairo no kasa wo sasu kame";

/// Somebody with an account.
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) login: String,
    pub(crate) totp: [u8; 20],
}

fn act<'a>(site: &Site, action: &'a str) -> Act<'a> {
    Act { at: site.app.clock.now(), by: "test", action, subject: "", organization: None, outcome: "done" }
}

pub(crate) fn grants(texts: &[&str]) -> Vec<Grant> {
    texts.iter().map(|text| Grant::parse(text).expect("a grant")).collect()
}

fn secret() -> Secret {
    let mut bytes = [0; 32];
    system_random(&mut bytes).expect("chance");
    Secret::new(bytes)
}

/// Makes an account and gives it [`PASSWORD`] and a second factor, without any page.
pub(crate) fn person(site: &Site, login: &str, roles: &[&str]) -> Person {
    let store = &site.app.store;
    let now = site.app.clock.now();
    let account = Account {
        id: AccountId::mint(now).to_string(),
        login: login.to_owned(),
        name: format!("{login} 担当者"),
        state: State::Invited,
        grants: grants(roles),
        created: now,
        signed_in: None,
    };
    let link = secret().digest();
    let expires = now + jiff::SignedDuration::from_hours(1);
    let change = store.invite(&account, &Link { digest: &link, created: now, expires }, &act(site, "invite"));
    assert_eq!(change.expect("kept"), Change::Made);
    let mut totp = [0; 20];
    system_random(&mut totp).expect("chance");
    let chosen = Chosen { password: &HASH, totp: &totp, totp_step: 0, codes: &[second::code_digest("ABCD-EFGH")] };
    assert_eq!(store.set_up(&link, None, &chosen, &act(site, "set up")).expect("kept"), Change::Made);
    Person { id: account.id, login: login.to_owned(), totp }
}

/// A browser: keeps cookies, sends what forms hold.
pub(crate) struct Browser<'a> {
    site: &'a Site,
    pub(crate) jar: BTreeMap<String, String>,
    pub(crate) address: SocketAddr,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(site: &'a Site) -> Self {
        Self { site, jar: BTreeMap::new(), address: SocketAddr::from(([192, 0, 2, 1], 4000)) }
    }

    /// A browser whose person is signed in since now, without any page.
    pub(crate) fn signed_in(site: &'a Site, account_id: &str) -> Self {
        let now = site.app.clock.now();
        let id = SessionId::mint(now).to_string();
        let session =
            Session { id, account_id: account_id.to_owned(), half: false, created: now, seen: now, confirmed: now };
        let secret = secret();
        site.app.store.begin_session(&session, &secret.digest(), &act(site, "sign-in")).expect("kept");
        let mut browser = Self::new(site);
        browser.jar.insert("hiraku-desk".to_owned(), secret.text());
        browser
    }

    pub(crate) async fn send(&mut self, request: Request<Body>) -> Got {
        let (mut parts, body) = request.into_parts();
        if !self.jar.is_empty() {
            let cookies: Vec<String> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
            parts.headers.insert("cookie", cookies.join("; ").parse().expect("a value"));
        }
        let mut request = Request::from_parts(parts, body);
        request.extensions_mut().insert(ConnectInfo(self.address));
        let got = self.site.send(request).await;
        for set in got.headers.get_all("set-cookie") {
            let text = set.to_str().expect("ascii");
            let (name, value) = text.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            if value.is_empty() {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
        got
    }

    pub(crate) async fn get(&mut self, path: &str) -> Got {
        self.send(Request::get(path).header("accept", "text/html").body(Body::empty()).expect(path)).await
    }

    /// Sends fields as they are.
    pub(crate) async fn post_bare(&mut self, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Got {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body)).expect(path)).await
    }

    /// The token that forms of this browser carry now.
    pub(crate) fn token(&self) -> String {
        let text = self.jar.get("hiraku-desk").or_else(|| self.jar.get("hiraku-visit")).expect("a cookie");
        Secret::parse(text).expect("a secret").form_token()
    }

    /// Sends fields with the token.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Got {
        let token = self.token();
        let mut all = vec![("csrf", token.as_str())];
        all.extend(fields);
        self.post_bare(path, &[("sec-fetch-site", "same-origin")], &all).await
    }

    async fn password(&mut self, login: &str, password: &str) -> Got {
        self.get("/desk/sign-in").await;
        self.post("/desk/sign-in", &[("login", login), ("password", password)]).await
    }

    pub(crate) async fn sign_in(&mut self, person: &Person) {
        let got = self.password(&person.login, PASSWORD).await;
        assert_eq!((got.status, got.header("location")), (StatusCode::SEE_OTHER, "/desk/second-factor?next=%2Fdesk"));
        let code = code(self.site, person);
        let got = self.post("/desk/second-factor", &[("code", &code)]).await;
        assert_eq!((got.status, got.header("location")), (StatusCode::SEE_OTHER, "/desk"), "{}", got.text());
    }
}

fn code(site: &Site, person: &Person) -> String {
    second::code(&person.totp, site.app.clock.now()).expect("a code")
}

fn pass(clock: &SetClock, site: &Site, minutes: i64) {
    clock.set(site.app.clock.now() + jiff::SignedDuration::from_mins(minutes));
}

fn desk() -> (Site, Arc<SetClock>) {
    site().with_desk()
}

#[tokio::test]
async fn the_first_link_makes_an_operator_once() {
    let (site, clock) = desk();
    let link = secret();
    let now = site.app.clock.now();
    let until = now + jiff::SignedDuration::from_hours(24);
    let digest = link.digest();
    let kept = Link { digest: &digest, created: now, expires: until };
    site.app.store.first_link(&kept, &act(&site, "first link")).expect("kept");
    let path = format!("/desk/link/{}", link.text());
    let mut browser = Browser::new(&site);
    let page = browser.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("最初の運用管理者") && page.text().contains("otpauth://totp/"), "{}", page.text());
    let mut factor = [0; 20];
    factor.copy_from_slice(&link.derived("second factor")[..20]);
    assert!(page.text().contains(&second::typed(&factor)));
    let code = second::code(&factor, now).expect("a code");
    let weak = [
        ("login", "Unyou"),
        ("name", "運用 担当者"),
        ("password", "焼津市役所の焼津市役所2026"),
        ("again", "焼津市役所の焼津市役所2026"),
        ("code", code.as_str()),
    ];
    let got = browser.post(&path, &weak).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.text().contains("推測されやすい"), "{}", got.text());
    // The city's name in Latin letters is a word that is tried first, too.
    let mut latin = weak;
    (latin[2].1, latin[3].1) = ("yaizu-city-office-2026", "yaizu-city-office-2026");
    assert!(browser.post(&path, &latin).await.text().contains("推測されやすい"));
    assert!(page.text().contains("<svg class=\"desk-qr\""));
    let mut right = weak;
    (right[2].1, right[3].1) = (PASSWORD, "another one, and long");
    let got = browser.post(&path, &right).await;
    assert!(got.text().contains("同じではありません"), "{}", got.text());
    right[3].1 = PASSWORD;
    right[4].1 = "000000";
    assert!(browser.post(&path, &right).await.text().contains("確認コードが違います"));
    right[4].1 = code.as_str();
    let got = browser.post(&path, &right).await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.text());
    assert_eq!(got.text().matches("<li><code>").count(), 10, "{}", got.text());
    // Once.
    assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.post(&path, &right).await.status, StatusCode::NOT_FOUND);
    let accounts = site.app.store.accounts().expect("read");
    assert_eq!((accounts.len(), accounts[0].login.as_str()), (1, "unyou"));
    assert_eq!(accounts[0].grants, grants(&["operator:*"]));
    // The code that was given at the set-up is used up: the next one lets in.
    pass(&clock, &site, 1);
    let operator = Person { id: accounts[0].id.clone(), login: "unyou".to_owned(), totp: factor };
    let mut browser = Browser::new(&site);
    browser.sign_in(&operator).await;
    let home = browser.get("/desk").await;
    assert!(home.text().contains("運用管理者") && home.text().contains("href=\"/desk/audit\""), "{}", home.text());
    // A further link of the first run opens nothing while somebody runs the system.
    let late = secret().digest();
    let kept = Link { digest: &late, created: now, expires: until };
    site.app.store.first_link(&kept, &act(&site, "first link")).expect("kept");
    assert_eq!(site.app.store.link(&late, site.app.clock.now()).expect("read"), None);
    assert_eq!(site.app.store.check_audit().expect("checked").1, []);
}

#[tokio::test]
async fn links_end_and_nonsense_is_none() {
    let (site, clock) = desk();
    let (link, now) = (secret(), site.app.clock.now());
    let digest = link.digest();
    let kept = Link { digest: &digest, created: now, expires: now + jiff::SignedDuration::from_mins(60) };
    site.app.store.first_link(&kept, &act(&site, "first link")).expect("kept");
    let path = format!("/desk/link/{}", link.text());
    assert_eq!(Browser::new(&site).get(&path).await.status, StatusCode::OK);
    clock.set(now - jiff::SignedDuration::from_mins(1));
    assert_eq!(Browser::new(&site).get(&path).await.status, StatusCode::NOT_FOUND, "a clock that went back");
    clock.set(now + jiff::SignedDuration::from_mins(60));
    for path in [&path, "/desk/link/x", "/desk/link/%00", &format!("/desk/link/{}", secret().text())] {
        let got = Browser::new(&site).get(path).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND);
        assert!(got.text().contains("このリンクは使えません"), "{path}");
    }
}

#[tokio::test]
async fn whether_a_name_is_known_shows_neither_in_the_answer_nor_in_the_time() {
    let (site, _clock) = desk();
    person(&site, "kikaku", &["editor:222127"]);
    let shut = person(&site, "shut", &["editor:222127"]);
    site.app.store.lock(&shut.id, true, &act(&site, "lock")).expect("kept");
    let mut answers = Vec::new();
    let mut times: BTreeMap<&str, Vec<u128>> = BTreeMap::new();
    for round in 0..9_u8 {
        for login in ["kikaku", "nobody", "shut", "no name!"] {
            let mut browser = Browser::new(&site);
            browser.address = SocketAddr::from(([198, 51, 100, round], 1));
            browser.get("/desk/sign-in").await;
            let begun = std::time::Instant::now();
            let got = browser.post("/desk/sign-in", &[("login", login), ("password", "wrong, but long enough")]).await;
            times.entry(login).or_default().push(begun.elapsed().as_millis());
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{login}");
            let token = browser.token();
            answers.push(got.text().replace(&token, "").replace(login, ""));
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    let middle = |login: &str| {
        let mut own = times[login].clone();
        own.sort_unstable();
        own[own.len() / 2]
    };
    let known = middle("kikaku");
    for login in ["nobody", "shut", "no name!"] {
        let other = middle(login);
        // A hash left out would halve the time at least; other tests run beside this one.
        assert!(other * 10 > known * 6 && known * 10 > other * 6, "{login}: {other} ms, kikaku: {known} ms");
    }
}

#[tokio::test]
async fn guessing_is_slowed_and_the_holder_elsewhere_still_enters() {
    let (site, _clock) = desk();
    let kikaku = person(&site, "kikaku", &["editor:222127"]);
    let mut attacker = Browser::new(&site);
    attacker.address = SocketAddr::from(([203, 0, 113, 9], 1));
    attacker.get("/desk/sign-in").await;
    let mut judged = 0;
    for number in 0..60 {
        let guess = format!("guess number {number} of sixty");
        let got = attacker.post("/desk/sign-in", &[("login", "KIKAKU "), ("password", &guess)]).await;
        match got.status {
            StatusCode::UNPROCESSABLE_ENTITY => judged += 1,
            StatusCode::TOO_MANY_REQUESTS => {
                let wait: u64 = got.header("retry-after").parse().expect("seconds");
                assert!((1..=900).contains(&wait));
                assert!(got.text().contains("しばらく受け付けません"));
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!(judged, 5);
    // Even the right password is not looked at now from there.
    let got = attacker.post("/desk/sign-in", &[("login", "kikaku"), ("password", PASSWORD)]).await;
    assert_eq!(got.status, StatusCode::TOO_MANY_REQUESTS);
    Browser::new(&site).sign_in(&kikaku).await;
    // What was tried stands in the audit, without the passwords.
    let notes = site.app.store.actions(100).expect("read");
    assert_eq!(notes.iter().filter(|note| note[2] == "sign-in" && note[4] == "refused").count(), 5);
    assert!(!format!("{notes:?}").contains("guess"));
}

#[tokio::test]
async fn a_code_is_taken_once_and_a_clock_may_differ_by_half_a_minute() {
    let (site, clock) = desk();
    let kikaku = person(&site, "kikaku", &["editor:222127"]);
    let now = site.app.clock.now();
    let at = |seconds: i64| second::code(&kikaku.totp, now + jiff::SignedDuration::from_secs(seconds)).expect("a code");
    for (given, taken) in
        [(at(60), false), (at(-60), false), (at(-30), true), (at(-30), false), (at(30), true), (at(0), false)]
    {
        let mut browser = Browser::new(&site);
        browser.password("kikaku", PASSWORD).await;
        let got = browser.post("/desk/second-factor", &[("code", &given)]).await;
        assert_eq!(got.status == StatusCode::SEE_OTHER, taken, "{given}");
        assert_eq!(browser.get("/desk").await.status == StatusCode::OK, taken);
        pass(&clock, &site, 0);
    }
    // A recovery code stands for one sign-in, however it is written.
    for (given, taken) in [("abcd efgh", true), ("ABCD-EFGH", false)] {
        let mut browser = Browser::new(&site);
        browser.address = SocketAddr::from(([192, 0, 2, 77], 1));
        browser.password("kikaku", PASSWORD).await;
        let got = browser.post("/desk/second-factor", &[("code", given)]).await;
        assert_eq!(got.status == StatusCode::SEE_OTHER, taken, "{given}");
    }
}

#[tokio::test]
async fn the_second_factor_cannot_be_guessed_nor_passed_by() {
    let (site, clock) = desk();
    let kikaku = person(&site, "kikaku", &["operator:*"]);
    let mut browser = Browser::new(&site);
    browser.password("kikaku", PASSWORD).await;
    // With the password alone nothing is open.
    for path in ["/desk", "/desk/own", "/desk/accounts", "/desk/audit"] {
        assert_eq!(browser.get(path).await.status, StatusCode::SEE_OTHER, "{path}");
    }
    assert_eq!(browser.post("/desk/own/sessions/end-all", &[]).await.status, StatusCode::UNAUTHORIZED);
    let mut judged = 0;
    for number in 0..20 {
        let got = browser.post("/desk/second-factor", &[("code", &format!("{number:06}"))]).await;
        judged += usize::from(got.status == StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert!(judged <= 6, "{judged}");
    // After five minutes the password has to be given again.
    pass(&clock, &site, 5);
    let got = browser.post("/desk/second-factor", &[("code", &code(&site, &kikaku))]).await;
    assert_eq!((got.status, got.header("location")), (StatusCode::FORBIDDEN, ""), "{}", got.text());
    assert_eq!(browser.get("/desk/second-factor").await.header("location"), "/desk/sign-in");
}

#[tokio::test]
async fn a_session_is_new_at_the_sign_in_and_ends_idle_and_after_a_day() {
    let (site, clock) = desk();
    let kikaku = person(&site, "kikaku", &["editor:222127"]);
    // What somebody else put into the browser opens nothing and does not become a session.
    let mut browser = Browser::new(&site);
    browser.jar.insert("hiraku-desk".to_owned(), "ab".repeat(32));
    assert_eq!(browser.get("/desk").await.header("location"), "/desk/sign-in?next=%2Fdesk");
    browser.get("/desk/sign-in").await;
    let visit = browser.jar["hiraku-visit"].clone();
    let token = Secret::parse(&visit).expect("a secret").form_token();
    let fields = [("csrf", token.as_str()), ("login", "kikaku"), ("password", PASSWORD)];
    let got = browser.post_bare("/desk/sign-in", &[], &fields).await;
    let cookie = got.headers.get_all("set-cookie").iter().next().expect("a cookie").to_str().expect("ascii");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    let half = browser.jar["hiraku-desk"].clone();
    assert!(half != "ab".repeat(32) && half != visit && !browser.jar.contains_key("hiraku-visit"));
    let got = browser.post("/desk/second-factor", &[("code", &code(&site, &kikaku))]).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER);
    let whole = browser.jar["hiraku-desk"].clone();
    assert_ne!(whole, half);
    // The half session is gone with its secret.
    let mut old = Browser::new(&site);
    old.jar.insert("hiraku-desk".to_owned(), half);
    assert_eq!(old.get("/desk").await.status, StatusCode::SEE_OTHER);
    // Nothing of the secret lies in the store.
    let digest = hex::encode(Secret::parse(&whole).expect("a secret").digest());
    assert_ne!(digest, whole);
    pass(&clock, &site, 29);
    assert_eq!(browser.get("/desk").await.status, StatusCode::OK);
    pass(&clock, &site, 29);
    assert_eq!(browser.get("/desk").await.status, StatusCode::OK);
    pass(&clock, &site, 30);
    assert_eq!(browser.get("/desk").await.status, StatusCode::SEE_OTHER);
    let mut busy = Browser::signed_in(&site, &kikaku.id);
    for _ in 0..(12 * 60 / 20 - 1) {
        pass(&clock, &site, 20);
        assert_eq!(busy.get("/desk").await.status, StatusCode::OK);
    }
    pass(&clock, &site, 20);
    assert_eq!(busy.get("/desk").await.status, StatusCode::SEE_OTHER, "twelve hours");
    // A clock that goes back an hour ends sessions rather than lengthen them.
    let mut skewed = Browser::signed_in(&site, &kikaku.id);
    assert_eq!(skewed.get("/desk").await.status, StatusCode::OK);
    pass(&clock, &site, -60);
    assert_eq!(skewed.get("/desk").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn whoever_signs_out_is_out_everywhere_they_want() {
    let (site, clock) = desk();
    let kikaku = person(&site, "kikaku", &["editor:222127"]);
    let other = person(&site, "bousai", &["editor:222127"]);
    let [mut here, mut there, mut third] = [(); 3].map(|()| Browser::signed_in(&site, &kikaku.id));
    let mut stranger = Browser::signed_in(&site, &other.id);
    let page = here.get("/desk/own").await.text();
    let ids: Vec<&str> =
        page.split("name=\"session\" value=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(ids.len(), 2, "{page}");
    // Nobody ends the sessions of others.
    assert_eq!(stranger.post("/desk/own/sessions/end", &[("session", ids[0])]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(here.post("/desk/own/sessions/end", &[("session", ids[0])]).await.status, StatusCode::SEE_OTHER);
    let open = [there.get("/desk").await.status, third.get("/desk").await.status];
    assert_eq!(open.iter().filter(|status| **status == StatusCode::OK).count(), 1);
    let secret = here.jar["hiraku-desk"].clone();
    let got = here.post("/desk/sign-out", &[]).await;
    assert_eq!((got.header("location"), got.header("clear-site-data")), ("/desk/sign-in", "\"cache\""));
    here.jar.insert("hiraku-desk".to_owned(), secret);
    assert_eq!(here.get("/desk").await.status, StatusCode::SEE_OTHER);
    let mut here = Browser::signed_in(&site, &kikaku.id);
    here.post("/desk/own/sessions/end-all", &[]).await;
    assert_eq!(there.get("/desk").await.status, StatusCode::SEE_OTHER);
    assert_eq!(third.get("/desk").await.status, StatusCode::SEE_OTHER);
    assert_eq!(stranger.get("/desk").await.status, StatusCode::OK);
    // A new password ends the others and goes on in a new session here.
    let [mut here, mut there] = [(); 2].map(|()| Browser::signed_in(&site, &kikaku.id));
    let secret = here.jar["hiraku-desk"].clone();
    let wrong = [("current", "not this one, I think"), ("password", OTHER), ("again", OTHER)];
    assert!(here.post("/desk/own/password", &wrong).await.text().contains("パスワードが違います"));
    let right = [("current", PASSWORD), ("password", OTHER), ("again", OTHER)];
    assert_eq!(here.post("/desk/own/password", &right).await.status, StatusCode::SEE_OTHER);
    assert_ne!(here.jar["hiraku-desk"], secret);
    assert_eq!(here.get("/desk").await.status, StatusCode::OK);
    assert_eq!(there.get("/desk").await.status, StatusCode::SEE_OTHER);
    let mut again = Browser::new(&site);
    assert_eq!(again.password("kikaku", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(again.password("kikaku", OTHER).await.status, StatusCode::SEE_OTHER);
    // So does a new second factor; its codes are new, and the old device's are none.
    pass(&clock, &site, 1);
    let page = here.get("/desk/own/second-factor").await.text();
    let mut proposed = [0; 20];
    let own = Secret::parse(&here.jar["hiraku-desk"]).expect("a secret");
    proposed.copy_from_slice(&own.derived("second factor")[..20]);
    assert!(page.contains(&second::typed(&proposed)));
    let fresh = second::code(&proposed, site.app.clock.now()).expect("a code");
    let got = here.post("/desk/own/second-factor", &[("code", &fresh), ("current", OTHER)]).await;
    assert_eq!(got.text().matches("<li><code>").count(), 10, "{}", got.text());
    let mut again = Browser::new(&site);
    again.password("kikaku", OTHER).await;
    let got = again.post("/desk/second-factor", &[("code", &code(&site, &kikaku))]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn forms_come_from_our_own_pages_with_their_token() {
    let (site, _clock) = desk();
    let kikaku = person(&site, "kikaku", &["operator:*"]);
    let other = person(&site, "bousai", &["editor:222127"]);
    let mut browser = Browser::signed_in(&site, &kikaku.id);
    let foreign = Browser::signed_in(&site, &other.id).token();
    let path = "/desk/own/sessions/end-all";
    let token = browser.token();
    for (headers, given) in [
        (&[][..], ""),
        (&[], foreign.as_str()),
        (&[], &token[..63]),
        (&[("origin", "https://evil.example")], token.as_str()),
        (&[("origin", "null")], &token),
        (&[("sec-fetch-site", "cross-site")], &token),
        (&[("sec-fetch-site", "same-site")], &token),
        (&[("sec-fetch-site", "cross-site"), ("origin", "http://127.0.0.1:8080")], &token),
    ] {
        let got = browser.post_bare(path, headers, &[("csrf", given)]).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN, "{headers:?} {given}");
    }
    for kind in ["text/plain", "application/json", "multipart/form-data; boundary=x", ""] {
        let request = Request::post(path).header("content-type", kind).body(Body::from(format!("csrf={token}")));
        assert_eq!(browser.send(request.expect("a request")).await.status, StatusCode::BAD_REQUEST, "{kind}");
    }
    // By GET nothing changes, and what is too long is not read.
    assert_eq!(browser.get(path).await.status, StatusCode::METHOD_NOT_ALLOWED);
    let long = "x".repeat(2 << 20);
    assert_eq!(browser.post(path, &[("more", &long)]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(browser.get("/desk").await.status, StatusCode::OK);
    let origin = [("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "same-origin")];
    assert_eq!(browser.post_bare(path, &origin, &[("csrf", &token)]).await.status, StatusCode::SEE_OTHER);
    // The form of the sign-in has a token too, bound to the visit.
    let mut visitor = Browser::new(&site);
    let bare = [("login", "kikaku"), ("password", PASSWORD)];
    assert_eq!(visitor.post_bare("/desk/sign-in", &[], &bare).await.status, StatusCode::FORBIDDEN);
    visitor.get("/desk/sign-in").await;
    assert_eq!(visitor.post_bare("/desk/sign-in", &[], &bare).await.status, StatusCode::FORBIDDEN);
    // A browser that carries two sessions carries one that somebody else put there.
    let doubled = format!("hiraku-desk={}; hiraku-desk={}", "ab".repeat(32), browser.jar.get("x").map_or("", |x| x));
    let request = Request::get("/desk").header("cookie", doubled).body(Body::empty()).expect("a request");
    assert_eq!(site.send(request).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn nobody_is_sent_elsewhere_after_the_sign_in() {
    let (site, _clock) = desk();
    let kikaku = person(&site, "kikaku", &["editor:222127"]);
    for (next, led) in [
        ("/desk/own", "/desk/own"),
        ("https://evil.example/", "/desk"),
        ("//evil.example/desk", "/desk"),
        ("/\\evil.example", "/desk"),
        ("/desk/own\r\nset-cookie: a=b", "/desk"),
        ("/dataset", "/desk"),
        ("javascript:alert(1)", "/desk"),
    ] {
        let mut browser = Browser::signed_in(&site, &kikaku.id);
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
        assert_eq!(browser.get(&format!("/desk/sign-in?{query}")).await.header("location"), led, "{next}");
        let got = browser.post("/desk/confirm", &[("current", PASSWORD), ("next", next)]).await;
        assert_eq!(got.header("location"), led, "{next}");
        assert_eq!(got.headers.get_all("set-cookie").iter().count(), 1);
    }
}

#[tokio::test]
async fn what_matters_asks_for_the_password_again() {
    let (site, clock) = desk();
    let unyou = person(&site, "unyou", &["operator:*"]);
    let mut browser = Browser::signed_in(&site, &unyou.id);
    assert_eq!(browser.get("/desk/accounts/new").await.status, StatusCode::OK);
    pass(&clock, &site, 12);
    let got = browser.get("/desk/accounts/new").await;
    assert_eq!(got.header("location"), "/desk/confirm?next=%2Fdesk%2Faccounts%2Fnew");
    // A form that was opened in time can still be sent, three minutes later it cannot.
    let form = [("login", "shinki"), ("name", "新規 担当者"), ("role", "editor"), ("organization", "222127")];
    assert_eq!(browser.post("/desk/accounts/new", &form).await.status, StatusCode::OK);
    pass(&clock, &site, 3);
    assert_eq!(browser.post("/desk/accounts/new", &form).await.status, StatusCode::FORBIDDEN);
    let secret = browser.jar["hiraku-desk"].clone();
    assert_eq!(
        browser.post("/desk/confirm", &[("current", "wrong, but long enough")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let got = browser.post("/desk/confirm", &[("current", PASSWORD), ("next", "/desk/accounts/new")]).await;
    assert_eq!(got.header("location"), "/desk/accounts/new");
    assert_ne!(browser.jar["hiraku-desk"], secret, "a session that may more is a new one");
    assert_eq!(browser.get("/desk/accounts/new").await.status, StatusCode::OK);
    let mut old = Browser::new(&site);
    old.jar.insert("hiraku-desk".to_owned(), secret);
    assert_eq!(old.get("/desk").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_invitation_gives_what_was_chosen_and_no_more() {
    let (site, _clock) = desk();
    let sekinin = person(&site, "sekinin", &["publisher:222127"]);
    person(&site, "unyou", &["operator:*"]);
    let mut browser = Browser::signed_in(&site, &sekinin.id);
    let department = [("municipality", "222127"), ("name", "kikaku"), ("title", "企画課")];
    assert_eq!(browser.post("/desk/organizations", &department).await.status, StatusCode::SEE_OTHER);
    let invite = |role: &'static str, organization: &'static str| {
        [("login", "shinki"), ("name", "新規 担当者"), ("role", role), ("organization", organization)]
    };
    for (role, organization, status) in [
        ("operator", "222127", StatusCode::FORBIDDEN),
        ("editor", "*", StatusCode::FORBIDDEN),
        ("editor", "242039", StatusCode::FORBIDDEN),
        ("editor", "222127/nothing", StatusCode::CONFLICT),
        ("root", "222127", StatusCode::CONFLICT),
        ("editor", "", StatusCode::CONFLICT),
    ] {
        let got = browser.post("/desk/accounts/new", &invite(role, organization)).await;
        assert_eq!(got.status, status, "{role} {organization}: {}", got.text());
    }
    // Fields that the form does not have change nothing.
    let mut form = invite("editor", "222127/kikaku").to_vec();
    form.extend([
        ("state", "ready"),
        ("grants", "operator:*"),
        ("keep", "operator:*"),
        ("id", "x"),
        ("password", PASSWORD),
    ]);
    let got = browser.post("/desk/accounts/new", &form).await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.text());
    let link = got.text();
    let link =
        link.split("http://127.0.0.1:8080").nth(1).and_then(|rest| rest.split('<').next()).expect("a link").to_owned();
    let accounts = site.app.store.accounts().expect("read");
    let made = accounts.iter().find(|account| account.login == "shinki").expect("made").clone();
    assert_eq!((made.state, &made.grants), (State::Invited, &grants(&["editor:222127/kikaku"])));
    let taken = browser.post("/desk/accounts/new", &form).await;
    assert!(taken.text().contains("すでに使われています"), "{}", taken.text());
    // The holder follows the link.
    let mut holder = Browser::new(&site);
    let page = holder.get(&link).await;
    assert!(page.text().contains("新規 担当者"), "{}", page.text());
    let secret = Secret::parse(link.rsplit('/').next().expect("a part")).expect("a secret");
    let mut factor = [0; 20];
    factor.copy_from_slice(&secret.derived("second factor")[..20]);
    let code = second::code(&factor, site.app.clock.now()).expect("a code");
    let chosen = [("password", OTHER), ("again", OTHER), ("code", code.as_str()), ("login", "unyou"), ("name", "x")];
    assert_eq!(holder.post(&link, &chosen).await.status, StatusCode::OK);
    let now = site.app.store.account(&made.id).expect("read").expect("an account");
    assert_eq!((now.state, now.login.as_str(), now.name.as_str()), (State::Ready, "shinki", "新規 担当者"));
    // Roles change, and the sessions end with them; what was not there cannot be kept.
    let path = format!("/desk/accounts/{}", made.id);
    let mut holder = Browser::signed_in(&site, &made.id);
    let roles =
        [("keep", "operator:*"), ("keep", "editor:222127/kikaku"), ("role", "approver"), ("organization", "222127")];
    assert_eq!(browser.post(&format!("{path}/roles"), &roles).await.status, StatusCode::SEE_OTHER);
    let now = site.app.store.account(&made.id).expect("read").expect("an account");
    assert_eq!(now.grants, grants(&["approver:222127", "editor:222127/kikaku"]));
    assert_eq!(holder.get("/desk").await.status, StatusCode::SEE_OTHER);
    // Shut and opened again.
    let mut holder = Browser::signed_in(&site, &made.id);
    assert_eq!(browser.post(&format!("{path}/lock"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(holder.get("/desk").await.status, StatusCode::SEE_OTHER);
    let mut again = Browser::new(&site);
    assert_eq!(again.password("shinki", OTHER).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(browser.post(&format!("{path}/unlock"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(again.password("shinki", OTHER).await.status, StatusCode::SEE_OTHER);
    // A reset voids everything and shows a new link.
    let got = browser.post(&format!("{path}/reset"), &[]).await;
    assert!(got.text().contains("/desk/link/"), "{}", got.text());
    assert_eq!(Browser::new(&site).password("shinki", OTHER).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Nobody changes themselves, nor who stands above.
    let accounts = site.app.store.accounts().expect("read");
    let unyou = accounts.iter().find(|account| account.login == "unyou").expect("there");
    for id in [&sekinin.id, &unyou.id] {
        for what in ["roles", "lock", "unlock", "reset", "name"] {
            let got = browser
                .post(
                    &format!("/desk/accounts/{id}/{what}"),
                    &[("name", "x"), ("role", "editor"), ("organization", "222127")],
                )
                .await;
            assert_eq!(got.status, StatusCode::FORBIDDEN, "{what}");
        }
    }
}

#[tokio::test]
async fn somebody_always_runs_the_system() {
    let (site, _clock) = desk();
    let one = person(&site, "unyou1", &["operator:*"]);
    let two = person(&site, "unyou2", &["operator:*"]);
    let path = format!("/desk/accounts/{}", one.id);
    let mut browser = Browser::signed_in(&site, &two.id);
    assert_eq!(browser.post(&format!("{path}/lock"), &[]).await.status, StatusCode::SEE_OTHER);
    let store = &site.app.store;
    assert_eq!(store.lock(&two.id, true, &act(&site, "lock")).expect("asked"), Change::LastOperator);
    assert_eq!(
        store.set_grants(&two.id, &grants(&["editor:222127"]), &act(&site, "roles")).expect("asked"),
        Change::LastOperator
    );
    assert_eq!(store.account(&two.id).expect("read").expect("there").grants, grants(&["operator:*"]));
    assert_eq!(browser.get("/desk").await.status, StatusCode::OK);
}

#[tokio::test]
async fn keys_of_programs_are_shown_once_and_end() {
    let (site, _clock) = desk();
    let unyou = person(&site, "unyou", &["operator:222127"]);
    let mut browser = Browser::signed_in(&site, &unyou.id);
    let form = |organization: &'static str, days: &'static str| {
        [("name", "夜間の登録"), ("organization", organization), ("rights", "publish"), ("days", days)]
    };
    for (organization, days, status) in [
        ("*", "30", StatusCode::FORBIDDEN),
        ("242039", "30", StatusCode::FORBIDDEN),
        ("000000", "30", StatusCode::CONFLICT),
        ("222127", "731", StatusCode::UNPROCESSABLE_ENTITY),
        ("222127", "", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(
            browser.post("/desk/tokens", &form(organization, days)).await.status,
            status,
            "{organization} {days}"
        );
    }
    let shown = browser.post("/desk/tokens", &form("222127", "30")).await.text();
    let text = shown.split("<code>").nth(1).and_then(|rest| rest.split('<').next()).expect("a key");
    let token = site.app.store.token(text, site.app.clock.now()).expect("read").expect("a key that is valid");
    assert_eq!(token.organization.map(|code| code.to_string()).as_deref(), Some("222127"));
    let listed = browser.get("/desk/tokens").await.text();
    assert!(listed.contains("夜間の登録") && !listed.contains(text), "{listed}");
    // Another's key is neither seen nor ended.
    let other = person(&site, "other", &["operator:242039"]);
    let mut stranger = Browser::signed_in(&site, &other.id);
    assert!(!stranger.get("/desk/tokens").await.text().contains("夜間の登録"));
    let fields = [("token", token.id.as_str())];
    assert_eq!(stranger.post("/desk/tokens/revoke", &fields).await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.post("/desk/tokens/revoke", &fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.app.store.token(text, site.app.clock.now()).expect("read"), None);
    assert_eq!(browser.post("/desk/tokens/revoke", &fields).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_people_type_is_text_everywhere() {
    let (site, _clock) = desk();
    let unyou = person(&site, "unyou", &["operator:*"]);
    let mut browser = Browser::signed_in(&site, &unyou.id);
    let evil = "<script>alert(1)</script>\"'><img src=x>";
    let form = [("login", "shinki"), ("name", evil), ("role", "editor"), ("organization", "222127")];
    let mut pages = vec![browser.post("/desk/accounts/new", &form).await.text()];
    let department = [("municipality", "222127"), ("name", "kikaku"), ("title", evil)];
    assert_eq!(browser.post("/desk/organizations", &department).await.status, StatusCode::SEE_OTHER);
    let accounts = site.app.store.accounts().expect("read");
    let made = &accounts.iter().find(|account| account.login == "shinki").expect("made").id;
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("subject", evil).finish();
    let paths = [
        "/desk/accounts".to_owned(),
        format!("/desk/accounts/{made}"),
        format!("/desk/accounts/{made}/edit"),
        "/desk/accounts/new".to_owned(),
        "/desk/organizations".to_owned(),
        "/desk/audit".to_owned(),
        format!("/desk/audit?{query}"),
        format!("/desk/sign-in?next={}", "%22%3E%3Cscript%3E"),
    ];
    for path in &paths {
        pages.push(browser.get(path).await.text());
    }
    let login = [("login", evil), ("password", evil), ("next", evil)];
    let mut visitor = Browser::new(&site);
    visitor.get("/desk/sign-in").await;
    pages.push(visitor.post("/desk/sign-in", &login).await.text());
    for page in &pages {
        assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{page}");
    }
    assert!(pages[1].contains("&#60;script&#62;alert(1)"), "{}", pages[1]);
}

#[tokio::test]
async fn every_answer_is_kept_nowhere_framed_nowhere_and_counted_as_staff() {
    use hiraku::count::access::{Access, Caller};
    let (site, _clock) = desk();
    let unyou = person(&site, "unyou", &["operator:*"]);
    let secret = Browser::signed_in(&site, &unyou.id).jar["hiraku-desk"].clone();
    for (path, inside, status) in [
        ("/desk", true, StatusCode::OK),
        ("/desk", false, StatusCode::SEE_OTHER),
        ("/desk/sign-in", false, StatusCode::OK),
        ("/desk/accounts/nobody", true, StatusCode::NOT_FOUND),
        ("/desk/sign-out", true, StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let cookie = if inside { format!("hiraku-desk={secret}") } else { String::new() };
        let request = Request::get(path).header("cookie", cookie).body(Body::empty()).expect("a request");
        let response = site.router.clone().oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), status, "{path}");
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe") && header("x-content-type-options") == "nosniff");
        assert!(header("access-control-allow-origin").is_empty() && header("content-encoding").is_empty());
        assert_eq!(response.extensions().get::<Access>(), Some(&Access::StaffPage), "{path}");
        let caller = response.extensions().get::<Caller>().copied().unwrap_or_default();
        assert_eq!(caller.staff, inside && status == StatusCode::OK || caller.staff, "{path}");
    }
}

#[tokio::test]
async fn a_desk_of_its_own_is_not_on_the_public_listener() {
    let site = site();
    assert_eq!(site.get("/desk/sign-in").await.status, StatusCode::NOT_FOUND, "no desk for a public address");
    let site = site.with_settings(|config| config.site_url = String::new());
    assert_eq!(site.get("/desk").await.status, StatusCode::NOT_FOUND, "nor without one");
    let (site, _clock) = site.with_desk();
    let own = hiraku::http::desk_router(Arc::clone(&site.app));
    let ask = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        own.clone().oneshot(request).await.expect("an answer").status()
    };
    assert_eq!(ask("/desk/sign-in").await, StatusCode::OK);
    assert_eq!(ask("/").await, StatusCode::SEE_OTHER);
    for path in ["/dataset", "/api/3/action/package_list", "/map"] {
        assert_eq!(ask(path).await, StatusCode::NOT_FOUND, "{path}");
    }
}

fn text(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn the_program_shows_the_first_link_takes_commands_and_finds_what_was_tampered_with() {
    use std::io::{BufRead as _, BufReader};
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|own| own.local_addr()).expect("a port").port();
    let listen = format!("127.0.0.1:{port}");
    let mut serving = Command::new(HIRAKU)
        .args(["serve", "--listen", &listen, "--data"])
        .arg(&data)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let lines = BufReader::new(serving.stdout.take().expect("piped")).lines();
    let link = lines.map_while(Result::ok).find(|line| line.contains("/desk/link/")).expect("a link");
    let begun = std::time::Instant::now();
    while std::net::TcpStream::connect(&listen).is_err() {
        assert!(begun.elapsed().as_secs() < 30, "the server does not answer");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(link.starts_with(&format!("http://{listen}/desk/link/")), "{link}");
    // Commands are taken by the running server.
    let run = |arguments: &[&str]| {
        let own = [arguments, &["--data", data.to_str().expect("text")]].concat();
        hiraku(own)
    };
    let added = run(&[
        "user",
        "add",
        "kikaku",
        "--name",
        "企画課 担当者",
        "--role",
        "editor:222127",
        "--role",
        "viewer:242039",
    ]);
    assert!(added.status.success() && text(&added).contains("/desk/link/"), "{}", text(&added));
    assert_eq!(run(&["user", "add", "kikaku", "--name", "x", "--role", "editor:222127"]).status.code(), Some(2));
    assert_eq!(run(&["user", "add", "other", "--name", "x", "--role", "root:*"]).status.code(), Some(2));
    assert!(run(&["user", "roles", "kikaku", "approver:222127"]).status.success());
    assert!(run(&["user", "lock", "kikaku"]).status.success());
    let listed = run(&["user", "list"]);
    assert!(text(&listed).contains("kikaku\t企画課 担当者\tlocked\tapprover:222127\t-"), "{}", text(&listed));
    assert!(run(&["org", "set", "222127/kikaku", "企画課"]).status.success());
    assert!(text(&run(&["org", "list"])).contains("222127/kikaku\t企画課"));
    let export = folder.path().join("audit.jsonl");
    let export = export.to_str().expect("text");
    assert!(run(&["audit", "export", "--to", export]).status.success());
    assert!(run(&["audit", "verify", "--export", export]).status.success());
    serving.kill().expect("ended");
    serving.wait().expect("ended");
    // After the end, without a server, the same.
    let listed = run(&["audit", "list", "--action", "account"]);
    assert!(text(&listed).contains("account lock") && !text(&listed).contains("first link"), "{}", text(&listed));
    // What other commands change stands there too; a restored copy carries the same chain.
    let copy = folder.path().join("copy.tar");
    assert!(run(&["backup", "--to", copy.to_str().expect("text")]).status.success());
    assert!(text(&run(&["audit", "list", "--action", "backup"])).contains("command\tbackup\t\t\tdone"));
    let restored = folder.path().join("restored");
    let restored = restored.to_str().expect("text");
    hiraku_done(["restore", "--data", restored, "--from", copy.to_str().expect("text")]);
    hiraku_done(["audit", "verify", "--data", restored, "--export", export]);
    assert!(run(&["audit", "verify"]).status.success());
    tampered(&data, "UPDATE audit_entry SET outcome = 'operator:*' WHERE action = 'account roles'");
    let found = run(&["audit", "verify"]);
    assert_eq!(found.status.code(), Some(1), "{}", text(&found));
    assert!(text(&found).contains("書き換えられています"), "{}", text(&found));
    // A chain that was written anew from the beginning fits itself; the export from before tells.
    tampered(&data, "DELETE FROM audit_entry; DELETE FROM audit_head;");
    assert!(run(&["audit", "verify"]).status.success());
    assert_eq!(run(&["audit", "verify", "--export", export]).status.code(), Some(1));
}

fn tampered(data: &Path, sql: &str) {
    let connection = duckdb::Connection::open(data.join("hiraku.duckdb")).expect("opens");
    connection.execute_batch(sql).expect("done");
}
