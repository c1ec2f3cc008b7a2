//! What was done at the desk: entries that can only be added, each holding the digest of the one before, so that a change,
//! a deletion or another order shows.

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use super::account::Unit;

/// Something that was done, before it is an entry. Control characters are taken out when it is written.
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    /// When.
    pub at: jiff::Timestamp,
    /// By whom: the id of an account or a key, `command`, or `-` where it is not known.
    pub by: &'a str,
    /// What: a word or two in English (`account lock`).
    pub action: &'a str,
    /// To what: a name or id.
    pub subject: &'a str,
    /// The organization it belongs to; `None` = the site.
    pub organization: Option<&'a Unit>,
    /// How it ended: `done`, `refused`, or what was given (`editor:222127`).
    pub outcome: &'a str,
}

/// Longest text of one field of an entry, characters: a reason of a few sentences.
const FIELD_LIMIT_CHARS: usize = 1_000;

/// An entry of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1, without a gap.
    pub number: u64,
    /// When, microseconds since 1970.
    pub at_us: i64,
    /// By whom.
    pub by: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// The organization; empty = the site.
    pub organization: String,
    /// How it ended.
    pub outcome: String,
    /// The digest of the entry before, hex; of the first, 64 zeros.
    pub previous: String,
    /// The digest of this entry, hex.
    pub digest: String,
}

/// What stands in the place of the digest before the first.
pub fn beginning() -> String {
    "0".repeat(64)
}

impl Entry {
    /// The entry that follows `previous`.
    pub fn following(number: u64, previous: &str, act: &Act<'_>) -> Self {
        let clean = |text: &str| text.chars().filter(|c| !c.is_control()).take(FIELD_LIMIT_CHARS).collect::<String>();
        let mut entry = Self {
            number,
            at_us: act.at.as_microsecond(),
            by: clean(act.by),
            action: clean(act.action),
            subject: clean(act.subject),
            organization: act.organization.map(ToString::to_string).unwrap_or_default(),
            outcome: clean(act.outcome),
            previous: previous.to_owned(),
            digest: String::new(),
        };
        entry.digest = entry.computed();
        entry
    }

    /// When.
    pub fn at(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.at_us).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// The digest its content has: SHA-256 over every field, each preceded by its length, so that no text can be moved
    /// from one field into the next.
    pub fn computed(&self) -> String {
        let mut digest = sha2::Sha256::new().chain_update("hiraku audit 1\0");
        digest.update(self.number.to_be_bytes());
        digest.update(self.at_us.to_be_bytes());
        for text in [&self.by, &self.action, &self.subject, &self.organization, &self.outcome, &self.previous] {
            digest.update((text.len() as u64).to_be_bytes());
            digest.update(text.as_bytes());
        }
        hex::encode(digest.finalize())
    }
}

/// The end of the chain: how many entries, and the digest of the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// How many entries.
    pub number: u64,
    /// The digest of the last, hex.
    pub digest: String,
}

impl Default for Head {
    fn default() -> Self {
        Self { number: 0, digest: beginning() }
    }
}

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "fault")]
pub enum Fault {
    /// An entry's content does not have its digest.
    #[error("entry {number} was changed / {number}番の記録が書き換えられています")]
    Changed {
        /// Its number.
        number: u64,
    },
    /// An entry does not follow the one before.
    #[error("entry {number} does not follow the one before it / {number}番の記録が前の記録とつながっていません")]
    Broken {
        /// Its number.
        number: u64,
    },
    /// Entries are missing, stand twice or in another order.
    #[error("entry {expected} was expected, {found} was found / {expected}番があるべきところに{found}番があります")]
    Number {
        /// The number that should stand here.
        expected: u64,
        /// The number that does.
        found: u64,
    },
    /// The chain does not end where it was last written.
    #[error(
        "the chain ends with entry {found}, {expected} were written / {expected}番まで書かれたはずの記録が{found}番で終わっています"
    )]
    End {
        /// How many were written.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// An entry exported before is not the same now.
    #[error("entry {number} differs from the export / {number}番の記録が書き出したものと違います")]
    Exported {
        /// Its number.
        number: u64,
    },
}

/// Checks a chain entry by entry, from the first.
#[derive(Debug, Default)]
pub struct Check {
    head: Head,
    faults: Vec<Fault>,
}

/// Most faults that are told; after those it is clear that the chain is none.
const FAULTS_LIMIT: usize = 100;

impl Check {
    /// Looks at the next entry.
    pub fn entry(&mut self, entry: &Entry) {
        let expected = self.head.number + 1;
        if entry.number != expected {
            self.fault(Fault::Number { expected, found: entry.number });
        } else if entry.previous != self.head.digest {
            self.fault(Fault::Broken { number: entry.number });
        }
        if entry.computed() != entry.digest {
            self.fault(Fault::Changed { number: entry.number });
        }
        self.head = Head { number: entry.number, digest: entry.digest.clone() };
    }

    /// Ends the check: the chain must end where `written` says.
    pub fn end(mut self, written: &Head) -> (Head, Vec<Fault>) {
        if self.head != *written {
            self.fault(Fault::End { expected: written.number, found: self.head.number });
        }
        (self.head, self.faults)
    }

    fn fault(&mut self, fault: Fault) {
        if self.faults.len() < FAULTS_LIMIT {
            self.faults.push(fault);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(length: u64) -> Vec<Entry> {
        let mut head = Head::default();
        (1..=length)
            .map(|number| {
                let at = jiff::Timestamp::from_second(i64::try_from(number).expect("small")).expect("a time");
                let subject = number.to_string();
                let act = Act { at, by: "a", action: "test", subject: &subject, organization: None, outcome: "done" };
                let entry = Entry::following(number, &head.digest, &act);
                head = Head { number, digest: entry.digest.clone() };
                entry
            })
            .collect()
    }

    fn faults(entries: &[Entry], written: &Head) -> Vec<Fault> {
        let mut check = Check::default();
        for entry in entries {
            check.entry(entry);
        }
        check.end(written).1
    }

    #[test]
    fn any_change_deletion_or_reorder_is_found() {
        let whole = chain(9);
        let head = Head { number: 9, digest: whole[8].digest.clone() };
        assert_eq!(faults(&whole, &head), []);
        for at in 0..9 {
            let changes: [fn(&mut Entry); 8] = [
                |entry| entry.at_us += 1,
                |entry| entry.by.push('x'),
                |entry| entry.action.push('x'),
                |entry| entry.subject.push('x'),
                |entry| entry.organization.push('x'),
                |entry| entry.outcome.push('x'),
                |entry| entry.previous = beginning() + "0",
                |entry| entry.digest = beginning(),
            ];
            for change in changes {
                let mut changed = whole.clone();
                change(&mut changed[at]);
                assert!(!faults(&changed, &head).is_empty(), "{at}");
            }
            let mut shorter = whole.clone();
            shorter.remove(at);
            assert!(!faults(&shorter, &head).is_empty(), "{at}");
            let mut twice = whole.clone();
            twice.insert(at, whole[at].clone());
            assert!(!faults(&twice, &head).is_empty(), "{at}");
            // Changed and given a digest that fits: the next entry, or the end, tells.
            let mut mended = whole.clone();
            mended[at].outcome = "other".to_owned();
            mended[at].digest = mended[at].computed();
            assert!(!faults(&mended, &head).is_empty(), "{at}");
        }
        let mut turned = whole.clone();
        turned.swap(3, 4);
        assert!(!faults(&turned, &head).is_empty());
        assert!(!faults(&[], &head).is_empty());
    }

    #[test]
    fn no_text_can_be_moved_between_fields_and_no_line_can_be_forged() {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let act = |by, action| Act { at, by, action, subject: "", organization: None, outcome: "" };
        let digest = |act: &Act<'_>| Entry::following(1, &beginning(), act).digest;
        assert_ne!(digest(&act("ab", "c")), digest(&act("a", "bc")));
        let entry = Entry::following(1, &beginning(), &act("a\r\n2\t", &"x".repeat(2_000)));
        assert_eq!((entry.by.as_str(), entry.action.len()), ("a2", FIELD_LIMIT_CHARS));
    }
}
