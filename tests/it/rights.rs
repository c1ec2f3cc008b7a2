//! The written matrix (`schemas/rights.toml`) against the doors that there are, and a walk of roles × organizations ×
//! verbs × objects over the real router. What should come out is reckoned here from the file anew.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use hiraku::model::account::{Account, Grant, State, Verb};
use hiraku::model::audit::Act;
use hiraku::model::id::AccountId;
use hiraku::model::rights::Matrix;
use hiraku::store::account::Change;
use hiraku::store::session::Link;
use http::{Request, StatusCode};

use crate::account::{Browser, grants, person};
use crate::http_site::{Site, site};

const ROLES: [&str; 5] = ["viewer", "editor", "approver", "publisher", "operator"];
const REACHES: [&str; 5] = ["*", "222127", "222127/kikaku", "222127/bousai", "242039"];
/// What things belong to; empty = the site.
const OBJECTS: [&str; 6] = ["", "222127", "222127/kikaku", "222127/bousai", "242039", "242039/kikaku"];

/// A rule as the file has it: what it is about, and the roles.
struct Rule {
    about: String,
    roles: BTreeSet<String>,
}

fn rules() -> BTreeMap<String, Rule> {
    let text = std::fs::read_to_string(crate::program::repository("schemas/rights.toml")).expect("the matrix");
    let file: toml::Table = toml::from_str(&text).expect("TOML");
    let rules = file["rule"].as_array().expect("a list").iter().map(|rule| {
        let roles = rule.get("roles").and_then(|roles| roles.as_array()).cloned().unwrap_or_default();
        let roles = roles.iter().map(|role| role.as_str().expect("text").to_owned()).collect();
        let about = rule["about"].as_str().expect("text").to_owned();
        (rule["verb"].as_str().expect("text").to_owned(), Rule { about, roles })
    });
    rules.collect()
}

/// Whether what holds in `reach` holds for `object`.
fn covers(reach: &str, object: &str) -> bool {
    reach == "*"
        || (!object.is_empty()
            && (reach == object || object.strip_prefix(reach).is_some_and(|rest| rest.starts_with('/'))))
}

fn allowed(rule: &Rule, given: &[&str], object: &str) -> bool {
    rule.about != "organization"
        || given.iter().any(|grant| {
            let (role, reach) = grant.split_once(':').expect("a grant");
            rule.roles.contains(role) && covers(reach, object)
        })
}

fn allowed_somewhere(rule: &Rule, given: &[&str]) -> bool {
    rule.about != "organization"
        || given.iter().any(|grant| rule.roles.contains(grant.split_once(':').expect("a grant").0))
}

fn singles() -> Vec<String> {
    ROLES.iter().flat_map(|role| REACHES.iter().map(move |reach| format!("{role}:{reach}"))).collect()
}

#[test]
fn every_door_is_in_the_matrix_and_every_line_of_it_is_a_door() {
    let (site, _clock) = site().with_desk();
    let doors = hiraku::http::desk::doors(&site.app);
    assert_eq!(doors.unlisted(), []);
    let there: BTreeSet<_> = doors.routes().iter().cloned().collect();
    assert_eq!(there.len(), doors.routes().len(), "no door stands twice");
    let written: BTreeSet<_> = Matrix::bundled().routes().iter().cloned().collect();
    assert_eq!(written.len(), Matrix::bundled().routes().len(), "no line stands twice");
    assert_eq!(there, written);
    // No address of the desk is given to a router past the doors.
    let mut folders = vec![crate::program::repository("src/http")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            let text = std::fs::read_to_string(&entry).expect("a source file");
            assert!(!text.contains("route(\"/desk"), "{}", entry.display());
            assert!(!text.contains("nest(\"/desk"), "{}", entry.display());
        }
    }
}

#[tokio::test]
async fn what_one_may_equals_the_matrix() {
    let (site, _clock) = site().with_desk();
    let rules = rules();
    assert_eq!(rules.len(), Verb::ALL.len());
    let singles = singles();
    let mut people: Vec<Vec<&str>> = vec![Vec::new()];
    people.extend(singles.iter().map(|grant| vec![grant.as_str()]));
    // Pairs, every fourth: roles add up and never take away.
    let pairs = (0..singles.len()).flat_map(|a| (a + 1..singles.len()).map(move |b| (a, b)));
    people.extend(pairs.step_by(4).map(|(a, b)| vec![singles[a].as_str(), singles[b].as_str()]));
    let mut cases = 0;
    for (number, given) in people.iter().enumerate() {
        let own = person(&site, &format!("person{number}"), given);
        let mut browser = Browser::signed_in(&site, &own.id);
        for (verb, rule) in &rules {
            for object in OBJECTS {
                let query = if object.is_empty() { String::new() } else { format!("?organization={object}") };
                let got = browser.get(&format!("/desk/may/{verb}{query}")).await;
                assert_eq!(got.status, StatusCode::OK, "{verb}");
                assert_eq!(got.json()["may"], allowed(rule, given, object), "{given:?} {verb} {object:?}");
                cases += 1;
            }
        }
    }
    assert!(cases >= 10_000, "{cases} cases");
}

/// An account with these roles that waits for its holder.
fn target(site: &Site, number: usize, given: &[&str]) -> Account {
    let now = site.app.clock.now();
    let account = Account {
        id: AccountId::mint(now).to_string(),
        login: format!("target{number}"),
        name: format!("対象 {number}"),
        state: State::Invited,
        grants: grants(given),
        created: now,
        signed_in: None,
    };
    let digest = [u8::try_from(number).expect("few"); 32];
    let link = Link { digest: &digest, created: now, expires: now };
    let act = Act { at: now, by: "test", action: "invite", subject: "", organization: None, outcome: "" };
    assert_eq!(site.app.store.invite(&account, &link, &act).expect("kept"), Change::Made);
    account
}

/// Whether a person may change an account: its every role lies where the person looks after accounts, and none of them
/// is one that only an operator of everything gives.
fn may_administer(rule: &Rule, given: &[&str], roles: &[&str]) -> bool {
    if given.contains(&"operator:*") {
        return true;
    }
    !roles.is_empty()
        && roles.iter().all(|grant| {
            let (role, reach) = grant.split_once(':').expect("a grant");
            role != "operator" && reach != "*" && allowed(rule, given, reach)
        })
}

#[tokio::test]
async fn the_doors_of_accounts_open_to_whom_the_matrix_says() {
    let (site, _clock) = site().with_desk();
    let rules = rules();
    let roles: [&[&str]; 7] = [
        &["editor:222127"],
        &["viewer:222127/kikaku"],
        &["editor:222127/bousai", "editor:242039"],
        &["publisher:242039"],
        &["operator:222127"],
        &["operator:*"],
        &[],
    ];
    let targets: Vec<Account> = roles.iter().enumerate().map(|(number, given)| target(&site, number, given)).collect();
    let singles = singles();
    let mut cases = 0;
    for (number, given) in singles.iter().map(|grant| vec![grant.as_str()]).chain([vec![]]).enumerate() {
        let own = person(&site, &format!("person{number}"), &given);
        let mut browser = Browser::signed_in(&site, &own.id);
        let (read, edit) = (&rules["account-read"], &rules["account-edit"]);
        for (account, roles) in targets.iter().zip(roles) {
            let path = format!("/desk/accounts/{}", account.id);
            let sees = allowed(read, &given, "")
                || roles.iter().any(|grant| {
                    let reach = grant.split_once(':').expect("a grant").1;
                    reach != "*" && allowed(read, &given, reach)
                });
            let got = browser.get(&path).await;
            assert_eq!(got.status == StatusCode::OK, sees, "{given:?} looks at {roles:?}: {}", got.status);
            let listed = browser.get("/desk/accounts").await;
            assert_eq!(listed.text().contains(&account.id), sees, "{given:?} lists {roles:?}");
            let may = may_administer(edit, &given, roles);
            let got = browser.get(&format!("{path}/edit")).await;
            assert_eq!(
                got.status,
                if may { StatusCode::OK } else { StatusCode::FORBIDDEN },
                "{given:?} edits {roles:?}"
            );
            // What is sent would change nothing where it is let through: it does not fit, or has happened already.
            for (what, fields) in [("name", &[("name", "")][..]), ("roles", &[]), ("lock", &[]), ("reset", &[])] {
                let got = browser.post(&format!("{path}/{what}"), fields).await;
                let expected: &[StatusCode] = if may {
                    &[StatusCode::UNPROCESSABLE_ENTITY, StatusCode::SEE_OTHER]
                } else {
                    &[StatusCode::FORBIDDEN]
                };
                assert!(expected.contains(&got.status), "{given:?} {what} {roles:?}: {}", got.status);
                cases += 1;
            }
            cases += 3;
        }
    }
    assert!(cases > 1_000, "{cases}");
    // Who was locked stays what they were: nobody's roles have changed on the way.
    for (account, given) in targets.iter().zip(roles) {
        let now = site.app.store.account(&account.id).expect("read").expect("there");
        let mut expected: Vec<Grant> = grants(given);
        expected.sort_by_key(ToString::to_string);
        assert_eq!((now.grants, &now.name), (expected, &account.name));
    }
}

#[tokio::test]
async fn every_door_is_shut_to_whom_its_verb_is_not_given() {
    let (site, _clock) = site().with_desk();
    let rules = rules();
    let account = target(&site, 0, &["editor:222127"]);
    let fill = |path: &str| {
        path.replace("{secret}", &"ab".repeat(32))
            .replace("{verb}", "desk")
            .split('/')
            .map(|part| if part.starts_with('{') { account.id.clone() } else { part.to_owned() })
            .collect::<Vec<_>>()
            .join("/")
    };
    let singles = singles();
    for (number, given) in singles.iter().map(|grant| vec![grant.as_str()]).chain([vec![]]).enumerate() {
        let own = person(&site, &format!("person{number}"), &given);
        for route in Matrix::bundled().routes() {
            let rule = &rules[&route.verb];
            if allowed_somewhere(rule, &given) {
                continue;
            }
            let mut browser = Browser::signed_in(&site, &own.id);
            let path = fill(&route.path);
            let got = if route.method == "GET" { browser.get(&path).await } else { browser.post(&path, &[]).await };
            assert_eq!(got.status, StatusCode::FORBIDDEN, "{given:?} {} {path}", route.method);
        }
    }
    // Without an account nothing is open but the entrance.
    for route in Matrix::bundled().routes().iter().filter(|route| rules[&route.verb].about != "nobody") {
        let path = fill(&route.path);
        let mut visitor = Browser::new(&site);
        visitor.get("/desk/sign-in").await;
        if route.method == "GET" {
            let got = visitor.get(&path).await;
            assert!(got.header("location").starts_with("/desk/sign-in?next="), "{path}");
            let request = Request::get(&path).header("accept", "application/json").body(Body::empty());
            assert_eq!(site.send(request.expect("a request")).await.status, StatusCode::UNAUTHORIZED, "{path}");
        } else {
            assert_eq!(visitor.post(&path, &[]).await.status, StatusCode::UNAUTHORIZED, "{path}");
        }
    }
}

#[tokio::test]
async fn the_audit_shows_what_belongs_to_ones_organizations() {
    let (site, _clock) = site().with_desk();
    for text in ["222127", "222127/kikaku", "242039"] {
        let unit = hiraku::model::account::Unit::parse(text).expect("a unit");
        let (at, subject) = (site.app.clock.now(), format!("mark of {text};"));
        let act = Act { at, by: "-", action: "test", subject: &subject, organization: Some(&unit), outcome: "done" };
        site.app.store.note(&act).expect("noted");
    }
    let marks = ["mark of 222127;", "mark of 222127/kikaku;", "mark of 242039;"];
    for (given, seen) in [
        ("publisher:222127", [true, true, false]),
        ("publisher:222127/kikaku", [false, true, false]),
        ("publisher:242039", [false, false, true]),
        ("operator:*", [true, true, true]),
    ] {
        let own = person(&site, &given.replace([':', '/', '*'], "-"), &[given]);
        let mut browser = Browser::signed_in(&site, &own.id);
        let page = browser.get("/desk/audit?action=test").await.text();
        assert_eq!(marks.map(|mark| page.contains(mark)), seen, "{given}");
        let other = browser.get("/desk/audit?organization=242039").await;
        assert_eq!(other.status == StatusCode::OK, seen[2], "{given}");
    }
}
