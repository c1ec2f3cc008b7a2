//! A case (案件): the way of one dataset from the file on a desk to a release, and what may be done in which state.
//!
//! [`transit`] is the only place that decides: by the rights of the person, the state of the case and what is known of
//! it. It changes nothing itself.

use serde::{Deserialize, Serialize};

use super::account::{Actor, Object, Unit, Verb, may};

pub mod kept;

pub use kept::{About, Answers, Case, CaseFile, CellEdit, Confirmed, Held, Left, Person, Promise, Summary, Withdrawal};

/// In what state a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Files came; they have not been checked, or the check broke off.
    Draft,
    /// They are being checked.
    Checking,
    /// They were checked; a person looks at what was found.
    Review,
    /// Somebody asked for approval (起案).
    Submitted,
    /// It came back with a comment (差戻し).
    Returned,
    /// It may be published (承認).
    Approved,
    /// It will be published at a time.
    Scheduled,
    /// It is public.
    Public,
    /// It was public until a newer release took its place.
    Superseded,
    /// It was public and was taken away (撤回).
    Withdrawn,
    /// It was given up before it was public (取下げ).
    Dropped,
}

impl State {
    /// All of them, in the order of a case's life.
    pub const ALL: [Self; 11] = [
        Self::Draft,
        Self::Checking,
        Self::Review,
        Self::Submitted,
        Self::Returned,
        Self::Approved,
        Self::Scheduled,
        Self::Public,
        Self::Superseded,
        Self::Withdrawn,
        Self::Dropped,
    ];

    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Checking => "checking",
            Self::Review => "review",
            Self::Submitted => "submitted",
            Self::Returned => "returned",
            Self::Approved => "approved",
            Self::Scheduled => "scheduled",
            Self::Public => "public",
            Self::Superseded => "superseded",
            Self::Withdrawn => "withdrawn",
            Self::Dropped => "dropped",
        }
    }

    /// What pages call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Draft => "下書き",
            Self::Checking => "点検中",
            Self::Review => "要確認",
            Self::Submitted => "申請中",
            Self::Returned => "差戻し",
            Self::Approved => "承認済み",
            Self::Scheduled => "公開予定",
            Self::Public => "公開中",
            Self::Superseded => "旧版",
            Self::Withdrawn => "撤回済み",
            Self::Dropped => "取下げ",
        }
    }

    /// Whether somebody still has something to do before it is public.
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::Draft
                | Self::Checking
                | Self::Review
                | Self::Submitted
                | Self::Returned
                | Self::Approved
                | Self::Scheduled
        )
    }

    /// Whether the people who prepare it may change files, cells and description.
    pub const fn is_editable(self) -> bool {
        matches!(self, Self::Draft | Self::Review | Self::Returned)
    }
}

/// What is done with a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Files came or cells were corrected: check (again).
    Check,
    /// The check ended.
    Found,
    /// The check broke off.
    Broke,
    /// The description was changed.
    Describe,
    /// A finding that holds the release was looked at and confirmed.
    Confirm,
    /// Ask for approval (起案).
    Submit,
    /// Take the question for approval back.
    Recall,
    /// Send back with a comment (差戻し).
    Return,
    /// Approve (承認).
    Approve,
    /// Plan the publication.
    Schedule,
    /// Give the plan up.
    Unschedule,
    /// Make public.
    Publish,
    /// What was to be published is no longer what was confirmed.
    Hold,
    /// A newer release takes its place.
    Supersede,
    /// Go back to it.
    Restore,
    /// Take away what is public (撤回).
    Withdraw,
    /// The time it was to be public is over.
    Expire,
    /// Give the case up (取下げ).
    Drop,
    /// Say something.
    Comment,
    /// Hand it to somebody else.
    Delegate,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::Check,
        Self::Found,
        Self::Broke,
        Self::Describe,
        Self::Confirm,
        Self::Submit,
        Self::Recall,
        Self::Return,
        Self::Approve,
        Self::Schedule,
        Self::Unschedule,
        Self::Publish,
        Self::Hold,
        Self::Supersede,
        Self::Restore,
        Self::Withdraw,
        Self::Expire,
        Self::Drop,
        Self::Comment,
        Self::Delegate,
    ];

    /// The word in the history and the audit.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Found => "found",
            Self::Broke => "broke",
            Self::Describe => "describe",
            Self::Confirm => "confirm",
            Self::Submit => "submit",
            Self::Recall => "recall",
            Self::Return => "return",
            Self::Approve => "approve",
            Self::Schedule => "schedule",
            Self::Unschedule => "unschedule",
            Self::Publish => "publish",
            Self::Hold => "hold",
            Self::Supersede => "supersede",
            Self::Restore => "restore",
            Self::Withdraw => "withdraw",
            Self::Expire => "expire",
            Self::Drop => "drop",
            Self::Comment => "comment",
            Self::Delegate => "delegate",
        }
    }

    /// The act of an [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.as_str() == text)
    }

    /// What the history calls it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Check => "点検",
            Self::Found => "点検の完了",
            Self::Broke => "点検の中断",
            Self::Describe => "説明の変更",
            Self::Confirm => "指摘の確認",
            Self::Submit => "申請(起案)",
            Self::Recall => "申請の引戻し",
            Self::Return => "差戻し",
            Self::Approve => "承認",
            Self::Schedule => "公開の予約",
            Self::Unschedule => "予約の取消し",
            Self::Publish => "公開",
            Self::Hold => "公開の中止(再確認)",
            Self::Supersede => "新しい版への交代",
            Self::Restore => "この版に戻す",
            Self::Withdraw => "撤回",
            Self::Expire => "公開期限による撤回",
            Self::Drop => "取下げ",
            Self::Comment => "コメント",
            Self::Delegate => "担当の引継ぎ",
        }
    }

    /// The right it needs; `None` = only the program does it.
    pub const fn verb(self) -> Option<Verb> {
        match self {
            Self::Found | Self::Broke | Self::Hold | Self::Supersede | Self::Expire => None,
            Self::Check | Self::Describe | Self::Submit | Self::Recall | Self::Drop => Some(Verb::DatasetEdit),
            Self::Confirm => Some(Verb::HoldConfirm),
            Self::Return | Self::Approve | Self::Delegate => Some(Verb::DatasetApprove),
            Self::Schedule | Self::Unschedule | Self::Publish | Self::Restore => Some(Verb::ReleasePublish),
            Self::Withdraw => Some(Verb::ReleaseWithdraw),
            Self::Comment => Some(Verb::DatasetRead),
        }
    }

    /// The state it leads to from `state`; `None` where it cannot be done there.
    pub const fn from(self, state: State) -> Option<State> {
        use State as S;
        match (self, state) {
            (Self::Check, S::Draft | S::Review | S::Returned) => Some(S::Checking),
            (Self::Found, S::Checking) | (Self::Hold, S::Approved | S::Scheduled) | (Self::Recall, S::Submitted) => {
                Some(S::Review)
            }
            (Self::Broke, S::Checking) => Some(S::Draft),
            (Self::Describe, S::Draft | S::Review | S::Returned)
            | (Self::Confirm, S::Review | S::Returned | S::Submitted)
            | (Self::Comment, _) => Some(state),
            (Self::Submit, S::Review | S::Returned) => Some(S::Submitted),
            (Self::Return, S::Submitted | S::Approved | S::Scheduled) => Some(S::Returned),
            (Self::Approve, S::Submitted) | (Self::Unschedule, S::Scheduled) => Some(S::Approved),
            (Self::Schedule, S::Approved | S::Scheduled) => Some(S::Scheduled),
            (Self::Publish, S::Approved | S::Scheduled) | (Self::Restore, S::Superseded) => Some(S::Public),
            (Self::Supersede, S::Public) => Some(S::Superseded),
            (Self::Withdraw | Self::Expire, S::Public) => Some(S::Withdrawn),
            (Self::Drop | Self::Delegate, _) if state.is_open() => {
                Some(if matches!(self, Self::Drop) { S::Dropped } else { state })
            }
            _ => None,
        }
    }
}

/// What has to be known of a case, and of the person's part in it, to decide.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// The person brought or changed something of it: files, cells, the question for approval.
    pub is_author: bool,
    /// It was checked as it is now.
    pub is_checked: bool,
    /// A file of it was refused.
    pub is_refused: bool,
    /// It holds what is never published (個人番号).
    pub is_forbidden: bool,
    /// Findings that hold it.
    pub holds: usize,
    /// Of these, those that nobody has confirmed.
    pub open_holds: usize,
    /// Something was written with the act: a comment, a reason.
    pub is_explained: bool,
}

/// Why something cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Hindrance {
    /// The person has no right to it here.
    #[error("この操作をする権限がありません。")]
    Right,
    /// Not in this state.
    #[error("案件は「{}」のため、「{}」はできません。画面を読み込み直して、今の状態を確認してください。", .0.title(), .1.title())]
    State(State, Act),
    /// It is the person's own work.
    #[error("ファイルの登録・修正・申請をした人は、自分で確認・承認できません。別の人に依頼してください。")]
    Author,
    /// It was not checked.
    #[error("今のファイルの点検が終わっていません。点検をしてから申請してください。")]
    Unchecked,
    /// A file was refused.
    #[error("読み取れないファイルがあります。理由に従って直したファイルに差し替えてください。")]
    Refused,
    /// It can never be published.
    #[error("個人番号(マイナンバー)が含まれているため、公開できません。該当の列または値を除いてください。")]
    Forbidden,
    /// Findings wait for a person.
    #[error("確認が終わっていない指摘が{0}件あります。権限のある別の人が確認すると、先へ進めます。")]
    OpenHolds(usize),
    /// Nothing was written.
    #[error("理由またはコメントを入力してください。")]
    Unexplained,
}

/// Whether `actor` may do `act` with a case of `unit` in `state`, and the state it leads to.
///
/// # Errors
/// The first thing that stands against it: the right, the state, whose work it is, then what is known of the case.
pub fn transit(actor: &Actor, unit: &Unit, state: State, act: Act, facts: &Facts) -> Result<State, Hindrance> {
    if !act.verb().is_some_and(|verb| may(actor, verb, Object::Of(unit))) {
        return Err(Hindrance::Right);
    }
    if act.from(state).is_none() {
        return Err(Hindrance::State(state, act));
    }
    // Four eyes: who made it neither confirms nor approves; of what was held, neither publishes.
    let needs_another = match act {
        Act::Confirm | Act::Approve => true,
        Act::Publish | Act::Schedule => facts.holds > 0,
        _ => false,
    };
    if needs_another && facts.is_author { Err(Hindrance::Author) } else { proceed(state, act, facts) }
}

/// The same for the program itself: no right is asked, only whether it can be done.
///
/// # Errors
/// What stands against it.
pub fn proceed(state: State, act: Act, facts: &Facts) -> Result<State, Hindrance> {
    let next = act.from(state).ok_or(Hindrance::State(state, act))?;
    let must_be_explained = matches!(act, Act::Return | Act::Withdraw | Act::Confirm | Act::Comment);
    if must_be_explained && !facts.is_explained {
        return Err(Hindrance::Unexplained);
    }
    let must_be_sound = matches!(act, Act::Submit | Act::Approve | Act::Schedule | Act::Publish);
    if must_be_sound {
        if facts.is_forbidden {
            return Err(Hindrance::Forbidden);
        }
        if facts.is_refused {
            return Err(Hindrance::Refused);
        }
        if !facts.is_checked {
            return Err(Hindrance::Unchecked);
        }
    }
    // They may be confirmed after the question for approval, by the one who approves.
    if must_be_sound && act != Act::Submit && facts.open_holds > 0 {
        return Err(Hindrance::OpenHolds(facts.open_holds));
    }
    Ok(next)
}

#[cfg(test)]
mod tests;
