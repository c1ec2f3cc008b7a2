//! The audit: a chain of entries that can only be added ([`crate::model::audit`]).

use duckdb::{Connection, OptionalExt as _, Row, params};

use super::{Store, StoreError};
use crate::model::audit::{Act, Check, Entry, Fault, Head};

/// The chain, and where it ends.
pub(super) const LAYOUT: &str = "
CREATE TABLE IF NOT EXISTS audit_entry(
    number UBIGINT, at_us BIGINT, by_whom VARCHAR, action VARCHAR, subject VARCHAR, organization VARCHAR, outcome VARCHAR,
    previous VARCHAR, digest VARCHAR);
CREATE TABLE IF NOT EXISTS audit_head(number UBIGINT, digest VARCHAR);
";

const COLUMNS: &str = "number, at_us, by_whom, action, subject, organization, outcome, previous, digest";

/// Which entries are asked for. Empty texts ask for all.
#[derive(Debug, Clone, Default)]
pub struct AuditQuestion {
    /// By whom: an id, whole.
    pub by: String,
    /// What: the words it begins with.
    pub action: String,
    /// To what: a part of it.
    pub subject: String,
    /// The organizations; `None` = all, and what belongs to none. A municipality stands for its departments.
    pub organizations: Option<Vec<String>>,
    /// From this moment, microseconds since 1970.
    pub from_us: Option<i64>,
    /// Before this moment.
    pub to_us: Option<i64>,
    /// Before the entry of this number.
    pub before: Option<u64>,
    /// Most entries.
    pub most: u32,
}

impl Store {
    /// Adds an entry.
    pub fn note(&self, act: &Act<'_>) -> Result<(), StoreError> {
        let mut people = self.people();
        let transaction = people.transaction()?;
        append(&transaction, act)?;
        Ok(transaction.commit()?)
    }

    /// Notes what was done: when, by whom (a token's id, or `command`), the action, its subject, and how it ended.
    pub fn note_action(
        &self,
        now: jiff::Timestamp,
        by: &str,
        action: &str,
        subject: &str,
        outcome: &str,
    ) -> Result<(), StoreError> {
        self.note(&Act { at: now, by, action, subject, organization: None, outcome })
    }

    /// The newest notes, newest first: time (UTC), by, action, subject, outcome.
    pub fn actions(&self, most: u32) -> Result<Vec<[String; 5]>, StoreError> {
        let entries = self.audit_entries(&AuditQuestion { most, ..AuditQuestion::default() })?;
        let told = |entry: Entry| {
            [
                entry.at().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                entry.by,
                entry.action,
                entry.subject,
                entry.outcome,
            ]
        };
        Ok(entries.into_iter().map(told).collect())
    }

    /// The entries that fit, newest first.
    pub fn audit_entries(&self, question: &AuditQuestion) -> Result<Vec<Entry>, StoreError> {
        let organizations = question.organizations.as_ref().map(|all| all.join(","));
        self.reading(|connection| {
            let mut statement = connection.prepare(&format!(
                "SELECT {COLUMNS} FROM audit_entry
                 WHERE (?1 = '' OR by_whom = ?1) AND starts_with(action, ?2) AND contains(subject, ?3)
                   AND (?4 IS NULL OR list_contains(string_split(?4, ','), organization)
                        OR list_contains(string_split(?4, ','), split_part(organization, '/', 1)))
                   AND at_us >= coalesce(?5, at_us) AND at_us < coalesce(?6, at_us + 1)
                   AND number < coalesce(?7, number + 1)
                 ORDER BY number DESC LIMIT ?8"
            ))?;
            let rows = statement.query_map(
                params![
                    question.by,
                    question.action,
                    question.subject,
                    organizations,
                    question.from_us,
                    question.to_us,
                    question.before,
                    question.most
                ],
                entry,
            )?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Hands every entry over, from the first.
    pub fn each_audit_entry(&self, mut each: impl FnMut(&Entry)) -> Result<(), StoreError> {
        self.reading(|connection| {
            let mut statement =
                connection.prepare(&format!("SELECT {COLUMNS} FROM audit_entry ORDER BY number, rowid"))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                each(&entry(row)?);
            }
            Ok(())
        })
    }

    /// Where the chain ends, as it was written.
    pub fn audit_head(&self) -> Result<Head, StoreError> {
        self.reading(head)
    }

    /// Checks the whole chain: its end as found, and every fault.
    pub fn check_audit(&self) -> Result<(Head, Vec<Fault>), StoreError> {
        // Held, so that nothing is added between the entries and the end.
        let people = self.people();
        let written = head(&people)?;
        let mut check = Check::default();
        let mut statement = people.prepare(&format!("SELECT {COLUMNS} FROM audit_entry ORDER BY number, rowid"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            check.entry(&entry(row)?);
        }
        Ok(check.end(&written))
    }
}

/// Adds an entry in the transaction of what it tells of.
pub(super) fn append(transaction: &Connection, act: &Act<'_>) -> Result<(), StoreError> {
    let head = head(transaction)?;
    let entry = Entry::following(head.number + 1, &head.digest, act);
    transaction.execute(
        "INSERT INTO audit_entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            entry.number,
            entry.at_us,
            entry.by,
            entry.action,
            entry.subject,
            entry.organization,
            entry.outcome,
            entry.previous,
            entry.digest
        ],
    )?;
    transaction.execute("DELETE FROM audit_head", [])?;
    transaction.execute("INSERT INTO audit_head VALUES (?, ?)", params![entry.number, entry.digest])?;
    Ok(())
}

/// Takes the notes of before there was a chain into it, in their order, behind an entry that says how many they are.
pub(super) fn take_over(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction()?;
    let notes: Vec<(i64, [String; 4])> = {
        let mut statement = transaction
            .prepare("SELECT epoch_us(noted), by_whom, action, subject, outcome FROM audit ORDER BY noted, rowid")?;
        let rows =
            statement.query_map([], |row| Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?])))?;
        rows.collect::<Result<_, _>>()?
    };
    let Some((last_us, _)) = notes.last() else { return Ok(()) };
    let time = |at_us: i64| jiff::Timestamp::from_microsecond(at_us).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let count = notes.len().to_string();
    append(
        &transaction,
        &Act {
            at: time(*last_us),
            by: "-",
            action: "audit take over",
            subject: "notes of before the chain follow",
            organization: None,
            outcome: &count,
        },
    )?;
    for (at_us, [by, action, subject, outcome]) in &notes {
        append(&transaction, &Act { at: time(*at_us), by, action, subject, organization: None, outcome })?;
    }
    transaction.execute("DELETE FROM audit", [])?;
    Ok(transaction.commit()?)
}

fn head(connection: &Connection) -> Result<Head, StoreError> {
    Ok(connection
        .query_row("SELECT number, digest FROM audit_head ORDER BY number DESC LIMIT 1", [], |row| {
            Ok(Head { number: row.get(0)?, digest: row.get(1)? })
        })
        .optional()?
        .unwrap_or_default())
}

fn entry(row: &Row<'_>) -> duckdb::Result<Entry> {
    Ok(Entry {
        number: row.get(0)?,
        at_us: row.get(1)?,
        by: row.get(2)?,
        action: row.get(3)?,
        subject: row.get(4)?,
        organization: row.get(5)?,
        outcome: row.get(6)?,
        previous: row.get(7)?,
        digest: row.get(8)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreOptions;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), StoreOptions { memory_mib: 64, threads: 1 }).expect("opens");
        (folder, store)
    }

    fn note(store: &Store, second: i64, action: &str) {
        let at = jiff::Timestamp::from_second(second).expect("a time");
        store.note_action(at, "command", action, "subject", "done").expect("noted");
    }

    #[test]
    fn whatever_is_done_to_the_table_shows() {
        for harm in [
            "UPDATE audit_entry SET outcome = 'other' WHERE number = 3",
            "UPDATE audit_entry SET by_whom = 'nobody' WHERE number = 1",
            "UPDATE audit_entry SET at_us = at_us + 1 WHERE number = 5",
            "DELETE FROM audit_entry WHERE number = 2",
            "DELETE FROM audit_entry WHERE number = 5",
            "DELETE FROM audit_entry",
            "UPDATE audit_entry SET number = 9 - number WHERE number IN (4, 5)",
            "INSERT INTO audit_entry SELECT * FROM audit_entry WHERE number = 4",
            "DELETE FROM audit_head",
            "UPDATE audit_head SET number = 4, digest = (SELECT digest FROM audit_entry WHERE number = 4)",
        ] {
            let (_folder, store) = store();
            (1..=5).for_each(|second| note(&store, second, "test"));
            assert_eq!(store.check_audit().expect("checked").1, []);
            store.people().execute_batch(harm).expect("done");
            assert!(!store.check_audit().expect("checked").1.is_empty(), "{harm}");
        }
    }

    #[test]
    fn notes_of_before_the_chain_stand_in_it_in_their_order() {
        let (folder, store) = store();
        store
            .writer()
            .execute_batch(
                "INSERT INTO audit VALUES ('2026-01-02', 'command', 'token revoke', 'x', 'done'),
                 ('2026-01-01', 'command', 'token add', 'x', 'edit')",
            )
            .expect("written");
        drop(store);
        let store = Store::open(folder.path(), StoreOptions { memory_mib: 64, threads: 1 }).expect("opens");
        note(&store, 1_800_000_000, "after");
        let actions: Vec<String> =
            store.actions(9).expect("read").into_iter().map(|[_, _, action, ..]| action).collect();
        assert_eq!(actions, ["after", "token revoke", "token add", "audit take over"]);
        assert_eq!(store.check_audit().expect("checked").1, []);
    }

    #[test]
    fn entries_are_found_by_what_they_say() {
        let (_folder, store) = store();
        (1..=5).for_each(|second| note(&store, second, if second % 2 == 0 { "even one" } else { "odd one" }));
        let found = |question: AuditQuestion| {
            let entries = store.audit_entries(&AuditQuestion { most: 9, ..question }).expect("read");
            entries.into_iter().map(|entry| entry.number).collect::<Vec<_>>()
        };
        assert_eq!(found(AuditQuestion { action: "even".into(), ..AuditQuestion::default() }), [4, 2]);
        assert_eq!(found(AuditQuestion { before: Some(3), ..AuditQuestion::default() }), [2, 1]);
        assert_eq!(found(AuditQuestion { from_us: Some(4_000_000), ..AuditQuestion::default() }), [5, 4]);
        assert_eq!(found(AuditQuestion { to_us: Some(2_000_000), ..AuditQuestion::default() }), [1]);
        assert!(
            found(AuditQuestion { organizations: Some(vec!["222127".into()]), ..AuditQuestion::default() }).is_empty()
        );
        assert!(found(AuditQuestion { subject: "' OR 1=1 --".into(), ..AuditQuestion::default() }).is_empty());
    }
}
