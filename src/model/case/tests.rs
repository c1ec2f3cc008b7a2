use super::*;
use crate::model::account::{Grant, Role};

const OWN: &str = "222127/kikaku";

fn actor(role: Role, reach: &str) -> Actor {
    let grant = Grant::parse(&format!("{}:{reach}", role.as_str())).expect("a grant");
    Actor { id: "a".to_owned(), name: "担当者".to_owned(), grants: vec![grant] }
}

fn unit() -> Unit {
    Unit::parse(OWN).expect("a unit")
}

/// Nothing stands against anything.
fn sound() -> Facts {
    Facts { is_checked: true, is_explained: true, ..Facts::default() }
}

/// One act: where it may be done and where it leads, and by whom.
type Written = (Act, &'static [(State, State)], &'static [Role]);

/// What may be done, written down once more: act, states from → to, roles.
const EXPECTED: &[Written] = {
    use Role::{Approver, Editor, Publisher, Viewer};
    use State as S;
    &[
        (
            Act::Check,
            &[(S::Draft, S::Checking), (S::Review, S::Checking), (S::Returned, S::Checking)],
            &[Editor, Publisher],
        ),
        (
            Act::Describe,
            &[(S::Draft, S::Draft), (S::Review, S::Review), (S::Returned, S::Returned)],
            &[Editor, Publisher],
        ),
        (
            Act::Confirm,
            &[(S::Review, S::Review), (S::Returned, S::Returned), (S::Submitted, S::Submitted)],
            &[Approver, Publisher],
        ),
        (Act::Submit, &[(S::Review, S::Submitted), (S::Returned, S::Submitted)], &[Editor, Publisher]),
        (Act::Recall, &[(S::Submitted, S::Review)], &[Editor, Publisher]),
        (
            Act::Return,
            &[(S::Submitted, S::Returned), (S::Approved, S::Returned), (S::Scheduled, S::Returned)],
            &[Approver, Publisher],
        ),
        (Act::Approve, &[(S::Submitted, S::Approved)], &[Approver, Publisher]),
        (Act::Schedule, &[(S::Approved, S::Scheduled), (S::Scheduled, S::Scheduled)], &[Publisher]),
        (Act::Unschedule, &[(S::Scheduled, S::Approved)], &[Publisher]),
        (Act::Publish, &[(S::Approved, S::Public), (S::Scheduled, S::Public)], &[Publisher]),
        (Act::Restore, &[(S::Superseded, S::Public)], &[Publisher]),
        (Act::Withdraw, &[(S::Public, S::Withdrawn)], &[Approver, Publisher]),
        (
            Act::Drop,
            &[
                (S::Draft, S::Dropped),
                (S::Checking, S::Dropped),
                (S::Review, S::Dropped),
                (S::Submitted, S::Dropped),
                (S::Returned, S::Dropped),
                (S::Approved, S::Dropped),
                (S::Scheduled, S::Dropped),
            ],
            &[Editor, Publisher],
        ),
        (
            Act::Delegate,
            &[
                (S::Draft, S::Draft),
                (S::Checking, S::Checking),
                (S::Review, S::Review),
                (S::Submitted, S::Submitted),
                (S::Returned, S::Returned),
                (S::Approved, S::Approved),
                (S::Scheduled, S::Scheduled),
            ],
            &[Approver, Publisher],
        ),
        (
            Act::Comment,
            &[
                (S::Draft, S::Draft),
                (S::Checking, S::Checking),
                (S::Review, S::Review),
                (S::Submitted, S::Submitted),
                (S::Returned, S::Returned),
                (S::Approved, S::Approved),
                (S::Scheduled, S::Scheduled),
                (S::Public, S::Public),
                (S::Superseded, S::Superseded),
                (S::Withdrawn, S::Withdrawn),
                (S::Dropped, S::Dropped),
            ],
            &[Viewer, Editor, Approver, Publisher],
        ),
        (Act::Found, &[], &[]),
        (Act::Broke, &[], &[]),
        (Act::Hold, &[], &[]),
        (Act::Supersede, &[], &[]),
        (Act::Expire, &[], &[]),
    ]
};

#[test]
fn every_act_in_every_state_by_every_role_is_as_written() {
    let mut asked = 0;
    for act in Act::ALL {
        let (_, steps, roles) = EXPECTED.iter().find(|(own, _, _)| *own == act).expect("every act is written down");
        for state in State::ALL {
            for role in Role::ALL {
                for (reach, holds_here) in
                    [(OWN, true), ("222127", true), ("*", true), ("222127/bousai", false), ("242039", false)]
                {
                    for is_author in [false, true] {
                        let facts = Facts { is_author, ..sound() };
                        let found = transit(&actor(role, reach), &unit(), state, act, &facts);
                        let step = steps.iter().find(|(from, _)| *from == state);
                        let four_eyes = is_author && matches!(act, Act::Confirm | Act::Approve);
                        let expected = match step {
                            _ if !(holds_here && roles.contains(&role)) => Err(Hindrance::Right),
                            None => Err(Hindrance::State(state, act)),
                            Some(_) if four_eyes => Err(Hindrance::Author),
                            Some((_, to)) => Ok(*to),
                        };
                        assert_eq!(found, expected, "{act:?} {state:?} {role:?} {reach} {is_author}");
                        asked += 1;
                    }
                }
            }
        }
    }
    assert_eq!(asked, 20 * 11 * 5 * 5 * 2);
}

#[test]
fn what_is_not_sound_goes_no_further_whoever_asks() {
    let publisher = actor(Role::Publisher, OWN);
    let ask = |state, act, facts: Facts| transit(&publisher, &unit(), state, act, &facts);
    for (act, state) in [
        (Act::Submit, State::Review),
        (Act::Approve, State::Submitted),
        (Act::Schedule, State::Approved),
        (Act::Publish, State::Approved),
        (Act::Publish, State::Scheduled),
    ] {
        assert_eq!(ask(state, act, Facts { is_forbidden: true, ..sound() }), Err(Hindrance::Forbidden));
        assert_eq!(ask(state, act, Facts { is_refused: true, ..sound() }), Err(Hindrance::Refused));
        assert_eq!(ask(state, act, Facts { is_checked: false, ..sound() }), Err(Hindrance::Unchecked));
        let held = Facts { holds: 2, open_holds: 1, ..sound() };
        if act == Act::Submit {
            assert_eq!(ask(state, act, held), Ok(State::Submitted), "the one who approves may confirm");
        } else {
            assert_eq!(ask(state, act, held), Err(Hindrance::OpenHolds(1)));
        }
    }
    let own = Facts { holds: 1, is_author: true, ..sound() };
    assert_eq!(ask(State::Approved, Act::Publish, own), Err(Hindrance::Author), "of what was held, by nobody's self");
    assert_eq!(ask(State::Approved, Act::Publish, Facts { holds: 0, ..own }), Ok(State::Public));
    for (state, act) in
        [(State::Submitted, Act::Return), (State::Public, Act::Withdraw), (State::Submitted, Act::Confirm)]
    {
        assert_eq!(ask(state, act, Facts { is_explained: false, ..sound() }), Err(Hindrance::Unexplained));
    }
}

#[test]
fn what_only_the_program_does_is_done_where_it_belongs() {
    for (act, from, to) in [
        (Act::Found, State::Checking, State::Review),
        (Act::Broke, State::Checking, State::Draft),
        (Act::Hold, State::Scheduled, State::Review),
        (Act::Supersede, State::Public, State::Superseded),
        (Act::Expire, State::Public, State::Withdrawn),
    ] {
        for state in State::ALL {
            let is_scheduled_like = act == Act::Hold && state == State::Approved;
            let expected = if state == from || is_scheduled_like { Ok(to) } else { Err(Hindrance::State(state, act)) };
            assert_eq!(proceed(state, act, &sound()), expected, "{act:?} {state:?}");
        }
    }
}

#[test]
fn words_are_read_back_and_a_correction_that_says_what_was_found_is_none() {
    for act in Act::ALL {
        assert_eq!(Act::parse(act.as_str()), Some(act));
    }
    for promise in Promise::ALL {
        assert_eq!(Promise::parse(promise.as_str()), Some(promise));
    }
    let edit = |after: &str, before: &str| CellEdit {
        file: "a.csv".to_owned(),
        sheet: None,
        row: 2,
        column: 1,
        before: before.to_owned(),
        after: after.to_owned(),
        by: "担当者".to_owned(),
    };
    let mut answers = Answers::default();
    answers.correct(edit("1", "x"));
    answers.correct(edit("2", "1"));
    assert_eq!((answers.cells.len(), answers.cells[0].before.as_str(), answers.cells[0].after.as_str()), (1, "x", "2"));
    answers.correct(edit("x", "2"));
    assert!(answers.cells.is_empty() && !answers.change("a.csv"));
    answers.leave("a.csv", None, Left::Column(3), true);
    answers.leave("a.csv", None, Left::Column(3), true);
    assert!(answers.left.len() == 1 && answers.change("a.csv"));
    answers.leave("a.csv", None, Left::Column(3), false);
    assert!(answers.left.is_empty());
}
