//! People who work at the desk: their accounts, what roles they have and for which organization.
//!
//! What a role may do is decided in one place: [`may`], over the written matrix `schemas/rights.toml`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::code::MunicipalityCode;
pub use super::login::{Login, shown_name};
use super::name::Slug;
pub use super::rights::{Object, Verb, may, may_somewhere};

/// What a person does in an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Sees what is being prepared.
    Viewer,
    /// Brings files, corrects them, asks for approval (起案).
    Editor,
    /// Approves or returns, confirms findings that hold a release (承認).
    Approver,
    /// Makes public, withdraws, and looks after the people of the organization (公開の責任者).
    Publisher,
    /// Runs the system: accounts, organizations, keys, backups. Has no part in what is published.
    Operator,
}

impl Role {
    /// All of them, from the least to the most.
    pub const ALL: [Self; 5] = [Self::Viewer, Self::Editor, Self::Approver, Self::Publisher, Self::Operator];

    /// The word in the matrix, on the command line and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Approver => "approver",
            Self::Publisher => "publisher",
            Self::Operator => "operator",
        }
    }

    /// The role of a [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// What pages call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Viewer => "閲覧者",
            Self::Editor => "担当者",
            Self::Approver => "承認者",
            Self::Publisher => "公開責任者",
            Self::Operator => "運用管理者",
        }
    }
}

/// An organization: a municipality, or a department of one. Written `222127` or `222127/kikaku`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit {
    municipality: MunicipalityCode,
    department: Option<Slug>,
}

impl Unit {
    /// A municipality as a whole.
    pub const fn municipality(code: MunicipalityCode) -> Self {
        Self { municipality: code, department: None }
    }

    /// A department.
    pub const fn department(code: MunicipalityCode, name: Slug) -> Self {
        Self { municipality: code, department: Some(name) }
    }

    /// Parses the written form; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let (code, department) = match text.split_once('/') {
            Some((code, name)) => (code, Some(Slug::parse(name).ok()?)),
            None => (text, None),
        };
        Some(Self { municipality: MunicipalityCode::parse(code).ok()?, department })
    }

    /// The code of the municipality it is or belongs to.
    pub const fn code(&self) -> MunicipalityCode {
        self.municipality
    }

    /// The name of the department; `None` = the municipality itself.
    pub const fn department_name(&self) -> Option<&Slug> {
        self.department.as_ref()
    }

    /// Whether `other` is this unit or a department of it.
    pub fn covers(&self, other: &Self) -> bool {
        self.municipality == other.municipality && (self.department.is_none() || self.department == other.department)
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.department {
            Some(department) => write!(f, "{}/{department}", self.municipality),
            None => write!(f, "{}", self.municipality),
        }
    }
}

/// Where a role holds. Written `*`, or as the [`Unit`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// Everywhere, and for what belongs to no organization.
    All,
    /// In this organization and its departments.
    Of(Unit),
}

impl Reach {
    /// Parses the written form.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "*" { Some(Self::All) } else { Unit::parse(text).map(Self::Of) }
    }

    /// Whether a role that holds here holds for `unit`; `None` = what belongs to no organization.
    pub fn covers(&self, unit: Option<&Unit>) -> bool {
        match (self, unit) {
            (Self::All, _) => true,
            (Self::Of(own), Some(unit)) => own.covers(unit),
            (Self::Of(_), None) => false,
        }
    }

    /// The organization it is; `None` = everywhere.
    pub const fn unit(&self) -> Option<&Unit> {
        match self {
            Self::All => None,
            Self::Of(unit) => Some(unit),
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Of(unit) => unit.fmt(f),
        }
    }
}

/// A role and where it holds. Written `editor:222127/kikaku`, `operator:*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Where it holds.
    pub reach: Reach,
}

impl Grant {
    /// Parses the written form.
    pub fn parse(text: &str) -> Option<Self> {
        let (role, reach) = text.split_once(':')?;
        Some(Self { role: Role::parse(role)?, reach: Reach::parse(reach)? })
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.role.as_str(), self.reach)
    }
}

macro_rules! as_text {
    ($($name:ident),+) => {$(
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("{text:?} is none")))
            }
        }
    )+};
}

as_text!(Unit, Reach, Grant);

/// In what state an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It waits for its holder to choose a password, by a link.
    Invited,
    /// It can be signed in to.
    Ready,
    /// It cannot.
    Locked,
}

impl State {
    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Ready => "ready",
            Self::Locked => "locked",
        }
    }

    /// The state of an [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Invited, Self::Ready, Self::Locked].into_iter().find(|state| state.as_str() == text)
    }

    /// What pages call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Invited => "招待中",
            Self::Ready => "利用中",
            Self::Locked => "停止中",
        }
    }
}

/// An account as it is kept, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Its id (UUIDv7).
    pub id: String,
    /// The name with which its holder signs in.
    pub login: String,
    /// The name others see.
    pub name: String,
    /// Its state.
    pub state: State,
    /// Its roles, in order, none twice.
    pub grants: Vec<Grant>,
    /// When it was made.
    pub created: jiff::Timestamp,
    /// When its holder signed in last.
    pub signed_in: Option<jiff::Timestamp>,
}

impl Account {
    /// Its holder as one who acts.
    pub fn actor(&self) -> Actor {
        Actor { id: self.id.clone(), name: self.name.clone(), grants: self.grants.clone() }
    }
}

/// Who acts: the one thing that decisions about rights know of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The id of the account; what the audit keeps.
    pub id: String,
    /// The name others see.
    pub name: String,
    /// The roles, each with where it holds.
    pub grants: Vec<Grant>,
}

impl Actor {
    /// Whether these two are different persons: what a second pair of eyes needs.
    pub fn is_other(&self, id: &str) -> bool {
        self.id != id
    }

    /// Whether the actor may give this role, or take it: within where the actor looks after accounts, nothing above
    /// [`Role::Publisher`] unless the actor is an operator everywhere.
    pub fn may_grant(&self, grant: &Grant) -> bool {
        let everywhere = Grant { role: Role::Operator, reach: Reach::All };
        self.grants.contains(&everywhere)
            || (grant.role != Role::Operator
                && grant.reach.unit().is_some_and(|unit| may(self, Verb::AccountEdit, Object::Of(unit))))
    }

    /// Whether the actor looks after this account: after every role it has, and it is not the actor's own. An account
    /// without any role is looked after by operators alone.
    pub fn may_administer(&self, account: &Account) -> bool {
        let everywhere = Grant { role: Role::Operator, reach: Reach::All };
        self.is_other(&account.id)
            && (self.grants.contains(&everywhere)
                || (!account.grants.is_empty() && account.grants.iter().all(|grant| self.may_grant(grant))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(grants: &[&str]) -> Actor {
        let grants = grants.iter().map(|text| Grant::parse(text).expect("a grant")).collect();
        Actor { id: "a".to_owned(), name: "担当者".to_owned(), grants }
    }

    fn account(grants: &[&str]) -> Account {
        Account {
            id: "b".to_owned(),
            login: "tantou".to_owned(),
            name: "担当者".to_owned(),
            state: State::Ready,
            grants: actor(grants).grants,
            created: jiff::Timestamp::UNIX_EPOCH,
            signed_in: None,
        }
    }

    #[test]
    fn a_municipality_covers_its_departments_and_nothing_else() {
        let unit = |text| Unit::parse(text).expect("a unit");
        assert!(unit("222127").covers(&unit("222127/kikaku")));
        assert!(!unit("222127/kikaku").covers(&unit("222127")));
        assert!(!unit("222127/kikaku").covers(&unit("222127/bousai")));
        assert!(!unit("222127").covers(&unit("242039")));
        assert!(Reach::All.covers(None) && Reach::All.covers(Some(&unit("242039"))));
        assert!(!Reach::Of(unit("222127")).covers(None));
    }

    #[test]
    fn written_forms_are_read_back_and_others_are_refused() {
        for text in ["operator:*", "editor:222127", "viewer:222127/kikaku"] {
            assert_eq!(Grant::parse(text).expect(text).to_string(), text);
        }
        for text in
            ["", "editor", "editor:", "root:*", "editor:222128", "editor:222127/", "editor:222127/企画", "editor:*/a"]
        {
            assert_eq!(Grant::parse(text), None, "{text}");
        }
    }

    #[test]
    fn nobody_gives_what_lies_beyond_them_and_nobody_administers_themselves() {
        let operator = actor(&["operator:*"]);
        let publisher = actor(&["publisher:222127"]);
        let grant = |text| Grant::parse(text).expect("a grant");
        assert!(operator.may_grant(&grant("operator:*")) && operator.may_grant(&grant("editor:242039")));
        assert!(publisher.may_grant(&grant("editor:222127/kikaku")) && publisher.may_grant(&grant("publisher:222127")));
        for text in ["operator:222127", "operator:*", "editor:*", "editor:242039"] {
            assert!(!publisher.may_grant(&grant(text)), "{text}");
        }
        assert!(publisher.may_administer(&account(&["editor:222127"])));
        assert!(!publisher.may_administer(&account(&["editor:222127", "editor:242039"])));
        assert!(!publisher.may_administer(&account(&["operator:*"])) && !publisher.may_administer(&account(&[])));
        let mut own = account(&["editor:222127"]);
        own.id = "a".to_owned();
        assert!(!publisher.may_administer(&own) && !operator.may_administer(&own));
    }
}
