//! Who may do what: one decision over the written matrix `schemas/rights.toml`. What the matrix does not allow is
//! refused.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::account::{Actor, Role, Unit};

const TEXT: &str = include_str!("../../schemas/rights.toml");

static MATRIX: LazyLock<Matrix> =
    LazyLock::new(|| Matrix::parse(TEXT).expect("a test parses the file that is part of the program"));

macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident = $word:literal),+ $(,)?) => {
        /// Something that can be done at the desk.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Verb {
            $($(#[$doc])* $name),+
        }

        impl Verb {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word in the matrix.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word),+
                }
            }
        }
    };
}

verbs! {
    /// Come in: sign in, sign out, follow a link of invitation. Needs no account.
    Enter = "enter",
    /// See the first page of the desk, and what one may.
    Desk = "desk",
    /// Change what is one's own: password, second factor, sessions.
    OwnAccount = "own-account",
    /// See datasets that are being prepared, their findings and differences.
    DatasetRead = "dataset-read",
    /// Bring files, correct them, describe them, ask for approval, take back.
    DatasetEdit = "dataset-edit",
    /// Approve or return what was asked for.
    DatasetApprove = "dataset-approve",
    /// Confirm findings that hold a release.
    HoldConfirm = "hold-confirm",
    /// Make public, plan it, go back to an earlier release.
    ReleasePublish = "release-publish",
    /// Take away what is public, everywhere.
    ReleaseWithdraw = "release-withdraw",
    /// Draw up layers and maps.
    LayerEdit = "layer-edit",
    /// See internal layers.
    LayerRead = "layer-read",
    /// See targets and figures of the organization.
    KpiRead = "kpi-read",
    /// Enter targets.
    KpiEdit = "kpi-edit",
    /// See accounts and their roles.
    AccountRead = "account-read",
    /// Invite, give and take roles, lock, reset.
    AccountEdit = "account-edit",
    /// Make and name departments.
    OrganizationEdit = "organization-edit",
    /// Read the audit.
    AuditRead = "audit-read",
    /// Make and revoke keys of programs.
    TokenEdit = "token-edit",
    /// See the state of the system.
    SystemRead = "system-read",
}

impl Verb {
    /// The verb of a [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|verb| verb.as_str() == text)
    }

    /// What the matrix says of it.
    pub fn rule(self) -> Option<&'static Rule> {
        MATRIX.rules.get(&self)
    }
}

/// What something is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object<'a> {
    /// Something of this organization.
    Of(&'a Unit),
    /// Something that belongs to no organization: the site.
    Site,
}

impl<'a> Object<'a> {
    /// The organization, where there is one.
    pub const fn unit(self) -> Option<&'a Unit> {
        match self {
            Self::Of(unit) => Some(unit),
            Self::Site => None,
        }
    }
}

/// What has to be asked before a verb is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// Nothing: no account is needed.
    Nobody,
    /// Oneself: any account.
    Oneself,
    /// An organization: every handler names the one its object belongs to.
    Organization,
}

/// One line of the matrix.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The word of the verb.
    pub verb: String,
    /// What it is, for people.
    pub title: String,
    /// What it is about.
    pub about: About,
    /// The roles that may.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// Whether the password must have been given lately.
    #[serde(default)]
    pub fresh: bool,
}

/// One door of the desk, as the matrix lists it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: String,
    /// The path as the router has it.
    pub path: String,
    /// The word of its verb.
    pub verb: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Rule>,
    route: Vec<Route>,
}

/// The matrix, read.
#[derive(Debug)]
pub struct Matrix {
    rules: HashMap<Verb, Rule>,
    routes: Vec<Route>,
}

/// Why a matrix cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum MatrixError {
    /// No TOML of this form.
    #[error("schemas/rights.toml: {0}")]
    Toml(#[from] toml::de::Error),
    /// A verb that there is not, or that stands twice or nowhere.
    #[error("schemas/rights.toml: the verb {0:?} is unknown, stands twice, or has no rule")]
    Verb(String),
}

impl Matrix {
    /// The matrix of the program.
    pub fn bundled() -> &'static Self {
        &MATRIX
    }

    /// Reads a matrix: every verb has exactly one rule, every route a verb.
    pub fn parse(text: &str) -> Result<Self, MatrixError> {
        let file: File = toml::from_str(text)?;
        let mut rules = HashMap::new();
        for rule in file.rule {
            let verb = Verb::parse(&rule.verb).ok_or_else(|| MatrixError::Verb(rule.verb.clone()))?;
            if let Some(twice) = rules.insert(verb, rule) {
                return Err(MatrixError::Verb(twice.verb));
            }
        }
        if let Some(verb) = Verb::ALL.iter().find(|verb| !rules.contains_key(verb)) {
            return Err(MatrixError::Verb(verb.as_str().to_owned()));
        }
        if let Some(route) = file.route.iter().find(|route| Verb::parse(&route.verb).is_none()) {
            return Err(MatrixError::Verb(route.verb.clone()));
        }
        Ok(Self { rules, routes: file.route })
    }

    /// The doors it lists.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Whether an actor may do this to that.
    pub fn may(&self, actor: &Actor, verb: Verb, object: Object<'_>) -> bool {
        self.rules.get(&verb).is_some_and(|rule| match rule.about {
            About::Nobody | About::Oneself => true,
            About::Organization => {
                actor.grants.iter().any(|grant| rule.roles.contains(&grant.role) && grant.reach.covers(object.unit()))
            }
        })
    }
}

/// Whether an actor may do this to something of that organization. The one decision; everything else asks it.
pub fn may(actor: &Actor, verb: Verb, object: Object<'_>) -> bool {
    MATRIX.may(actor, verb, object)
}

/// Whether there is anything an actor may do this to: what opens a door, before it is known what lies behind.
pub fn may_somewhere(actor: &Actor, verb: Verb) -> bool {
    MATRIX.rules.get(&verb).is_some_and(|rule| match rule.about {
        About::Nobody | About::Oneself => true,
        About::Organization => actor.grants.iter().any(|grant| rule.roles.contains(&grant.role)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::Grant;

    fn actor(grants: &[&str]) -> Actor {
        let grants = grants.iter().map(|text| Grant::parse(text).expect("a grant")).collect();
        Actor { id: "a".to_owned(), name: "担当者".to_owned(), grants }
    }

    #[test]
    fn the_bundled_matrix_is_whole() {
        let matrix = Matrix::parse(TEXT).expect("the matrix parses");
        for verb in Verb::ALL {
            let rule = &matrix.rules[verb];
            assert!(!rule.title.is_empty());
            assert_eq!(rule.roles.is_empty(), rule.about != About::Organization, "{}", rule.verb);
        }
    }

    #[test]
    fn what_is_not_written_is_refused() {
        let unit = Unit::parse("222127").expect("a unit");
        for verb in Verb::ALL.iter().copied() {
            let about = verb.rule().expect("a rule").about;
            assert_eq!(may(&actor(&[]), verb, Object::Of(&unit)), about != About::Organization);
            assert_eq!(may_somewhere(&actor(&[]), verb), about != About::Organization);
        }
        let editor = actor(&["editor:222127/kikaku"]);
        assert!(!may(&editor, Verb::DatasetEdit, Object::Of(&unit)) && may_somewhere(&editor, Verb::DatasetEdit));
        assert!(!may(&editor, Verb::DatasetEdit, Object::Site));
        let kikaku = Unit::parse("222127/kikaku").expect("a unit");
        assert!(may(&editor, Verb::DatasetEdit, Object::Of(&kikaku)));
        assert!(!may(&editor, Verb::ReleasePublish, Object::Of(&kikaku)));
        assert!(!may(&actor(&["operator:*"]), Verb::ReleasePublish, Object::Of(&kikaku)));
    }

    #[test]
    fn a_matrix_with_an_unknown_or_missing_verb_is_none() {
        assert!(matches!(Matrix::parse("rule = []\nroute = []\n"), Err(MatrixError::Verb(_))));
        assert!(matches!(Matrix::parse("rule = 1"), Err(MatrixError::Toml(_))));
        let more = format!("{TEXT}\n[[route]]\nmethod = \"GET\"\npath = \"/desk/x\"\nverb = \"fly\"\n");
        assert!(matches!(Matrix::parse(&more), Err(MatrixError::Verb(verb)) if verb == "fly"));
    }
}
