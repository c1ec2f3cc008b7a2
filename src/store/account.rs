//! Accounts of the desk, their roles and secrets, departments. Of passwords a slow hash is kept, of links, sessions and
//! recovery codes a digest; the secret of the second factor has to be kept as it is.
//!
//! Everything here has a connection of its own, so that nobody waits at the sign-in for a long intake. What is changed
//! and the entry that says so ([`super::audit`]) are one transaction.

use std::sync::MutexGuard;
use std::sync::atomic::Ordering;

use duckdb::{Connection, OptionalExt as _, Row, params};

use super::ingest::time_text;
use super::{Store, StoreError, audit};
use crate::model::account::{Account, Actor, Grant, Login, Reach, Role, State, Unit};
use crate::model::audit::Act;
use crate::model::code::MunicipalityCode;
use crate::model::name::Slug;

/// The tables of the desk's people.
pub(super) const LAYOUT: &str = "
CREATE TABLE IF NOT EXISTS account(
    id VARCHAR, login VARCHAR, name VARCHAR, state VARCHAR, password VARCHAR, totp VARCHAR, totp_step BIGINT,
    created TIMESTAMP, signed_in TIMESTAMP);
CREATE TABLE IF NOT EXISTS account_grant(account_id VARCHAR, given VARCHAR);
CREATE TABLE IF NOT EXISTS recovery_code(account_id VARCHAR, digest VARCHAR);
CREATE TABLE IF NOT EXISTS desk_session(
    id VARCHAR, account_id VARCHAR, digest VARCHAR, half BOOLEAN, created TIMESTAMP, seen TIMESTAMP, confirmed TIMESTAMP);
CREATE TABLE IF NOT EXISTS desk_link(account_id VARCHAR, digest VARCHAR, created TIMESTAMP, expires TIMESTAMP);
CREATE TABLE IF NOT EXISTS department(municipality VARCHAR, name VARCHAR, title VARCHAR, created TIMESTAMP);
";

const COLUMNS: &str = "id, login, name, state, epoch_us(created), epoch_us(signed_in)";

/// What proves that somebody is the holder of an account.
#[derive(Clone, PartialEq, Eq)]
pub struct Proof {
    /// The hash of the password (PHC string).
    pub password: String,
    /// The secret of the second factor.
    pub totp: [u8; 20],
    /// The last step of which a code was taken; none is taken twice.
    pub totp_step: i64,
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Proof(…)")
    }
}

/// A department as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Department {
    /// The organization.
    pub unit: Unit,
    /// What it is called.
    pub title: String,
}

/// Why a change of an account was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was made.
    Made,
    /// There is no such account, or it is not in a state in which this can be done.
    Unknown,
    /// The name is taken.
    Taken,
    /// Nobody would be left who runs the system.
    LastOperator,
}

pub(super) fn stored(what: &'static str, detail: &str) -> StoreError {
    StoreError::Stored { what, detail: detail.to_owned() }
}

pub(super) fn time(at_us: i64) -> Result<jiff::Timestamp, StoreError> {
    jiff::Timestamp::from_microsecond(at_us).map_err(|error| stored("time", &error.to_string()))
}

impl Store {
    /// The connection of the desk's people.
    pub(super) fn people(&self) -> MutexGuard<'_, Connection> {
        self.people.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A number that changes with every change of accounts, roles or sessions: what was read under another is read anew.
    pub fn people_generation(&self) -> u64 {
        self.people_generation.load(Ordering::Acquire)
    }

    /// Makes a change and its entry in one transaction. Where `work` gives anything but [`Change::Made`], nothing is
    /// changed and nothing noted.
    pub(super) fn acting(
        &self,
        act: &Act<'_>,
        work: impl FnOnce(&Connection) -> Result<Change, StoreError>,
    ) -> Result<Change, StoreError> {
        let mut people = self.people();
        let transaction = people.transaction()?;
        let change = work(&transaction)?;
        if change == Change::Made {
            audit::append(&transaction, act)?;
            transaction.commit()?;
            self.people_generation.fetch_add(1, Ordering::AcqRel);
        }
        Ok(change)
    }

    /// All accounts, by the name with which their holders sign in.
    pub fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.reading(|connection| {
            let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM account ORDER BY login, id"))?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(account(connection, row)?);
            }
            Ok(found)
        })
    }

    /// The account of that id.
    pub fn account(&self, id: &str) -> Result<Option<Account>, StoreError> {
        self.reading(|connection| one(connection, "id", id))
    }

    /// The account of that name.
    pub fn account_of(&self, login: &Login) -> Result<Option<Account>, StoreError> {
        self.reading(|connection| one(connection, "login", login.as_str()))
    }

    /// What proves that somebody is the holder; `None` where the account is not one that can be signed in to.
    pub fn proof(&self, id: &str) -> Result<Option<Proof>, StoreError> {
        self.reading(|connection| {
            let found: Option<(Option<String>, Option<String>, Option<i64>)> = connection
                .query_row(
                    "SELECT password, totp, totp_step FROM account WHERE id = ? AND state = 'ready'",
                    [id],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
                .optional()?;
            let Some((Some(password), Some(totp), step)) = found else { return Ok(None) };
            let mut secret = [0; 20];
            hex::decode_to_slice(&totp, &mut secret).map_err(|error| stored("second factor", &error.to_string()))?;
            Ok(Some(Proof { password, totp: secret, totp_step: step.unwrap_or(0) }))
        })
    }

    /// Whether somebody can sign in who runs the system.
    pub fn has_operator(&self) -> Result<bool, StoreError> {
        self.reading(has_operator)
    }

    /// Gives an account these roles instead of its own, and ends its sessions.
    pub fn set_grants(&self, id: &str, grants: &[Grant], act: &Act<'_>) -> Result<Change, StoreError> {
        self.acting(act, |people| {
            if one(people, "id", id)?.is_none() {
                return Ok(Change::Unknown);
            }
            let before = has_operator(people)?;
            write_grants(people, id, grants)?;
            end_all(people, id)?;
            Ok(if before && !has_operator(people)? { Change::LastOperator } else { Change::Made })
        })
    }

    /// Changes the name others see.
    pub fn rename(&self, id: &str, name: &str, act: &Act<'_>) -> Result<Change, StoreError> {
        self.acting(act, |people| {
            let changed = people.execute("UPDATE account SET name = ? WHERE id = ?", [name, id])?;
            Ok(if changed == 0 { Change::Unknown } else { Change::Made })
        })
    }

    /// Shuts an account, or opens it again. Shutting ends its sessions and links.
    pub fn lock(&self, id: &str, shut: bool, act: &Act<'_>) -> Result<Change, StoreError> {
        self.acting(act, |people| {
            let before = has_operator(people)?;
            let changed = if shut {
                people.execute("UPDATE account SET state = 'locked' WHERE id = ? AND state <> 'locked'", [id])?
            } else {
                people.execute(
                    "UPDATE account SET state = CASE WHEN password IS NULL THEN 'invited' ELSE 'ready' END
                     WHERE id = ? AND state = 'locked'",
                    [id],
                )?
            };
            if changed == 0 {
                return Ok(Change::Unknown);
            }
            end_all(people, id)?;
            people.execute("DELETE FROM desk_link WHERE account_id = ?", [id])?;
            Ok(if before && !has_operator(people)? { Change::LastOperator } else { Change::Made })
        })
    }

    /// Takes a new password, and ends all sessions of the account.
    pub fn set_password(&self, id: &str, hash: &str, act: &Act<'_>) -> Result<Change, StoreError> {
        self.acting(act, |people| {
            let changed =
                people.execute("UPDATE account SET password = ? WHERE id = ? AND state = 'ready'", [hash, id])?;
            end_all(people, id)?;
            Ok(if changed == 0 { Change::Unknown } else { Change::Made })
        })
    }

    /// Takes a new second factor with its recovery codes (digests), and ends all sessions of the account.
    pub fn set_totp(
        &self,
        id: &str,
        (secret, step): (&[u8; 20], i64),
        codes: &[String],
        act: &Act<'_>,
    ) -> Result<Change, StoreError> {
        self.acting(act, |people| {
            let changed = people.execute(
                "UPDATE account SET totp = ?, totp_step = ? WHERE id = ? AND state = 'ready'",
                params![hex::encode(secret), step, id],
            )?;
            write_codes(people, id, codes)?;
            end_all(people, id)?;
            Ok(if changed == 0 { Change::Unknown } else { Change::Made })
        })
    }

    /// Takes new recovery codes (digests) in the place of the old.
    pub fn set_codes(&self, id: &str, codes: &[String], act: &Act<'_>) -> Result<Change, StoreError> {
        self.acting(act, |people| {
            write_codes(people, id, codes)?;
            Ok(Change::Made)
        })
    }

    /// How many recovery codes are left.
    pub fn codes_left(&self, id: &str) -> Result<u64, StoreError> {
        self.reading(|connection| {
            Ok(connection
                .query_row("SELECT count(*) FROM recovery_code WHERE account_id = ?", [id], |row| row.get(0))?)
        })
    }

    /// Uses a step of the second factor up. `false` where a code of it, or of a later one, was taken before.
    pub fn use_step(&self, id: &str, step: i64) -> Result<bool, StoreError> {
        let changed = self.people().execute(
            "UPDATE account SET totp_step = ? WHERE id = ? AND state = 'ready' AND coalesce(totp_step, 0) < ?",
            params![step, id, step],
        )?;
        Ok(changed > 0)
    }

    /// Uses a recovery code up. `false` where it is none of this account.
    pub fn use_code(&self, id: &str, digest: &str) -> Result<bool, StoreError> {
        let used =
            self.people().execute("DELETE FROM recovery_code WHERE account_id = ? AND digest = ?", [id, digest])?;
        Ok(used > 0)
    }

    /// All departments, by municipality and name.
    pub fn departments(&self) -> Result<Vec<Department>, StoreError> {
        self.reading(|connection| {
            let mut statement =
                connection.prepare("SELECT municipality, name, title FROM department ORDER BY municipality, name")?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let (code, name): (String, String) = (row.get(0)?, row.get(1)?);
                let code = MunicipalityCode::parse(&code).map_err(|error| stored("department", &error.to_string()))?;
                let name = Slug::parse(&name).map_err(|error| stored("department", &error.to_string()))?;
                found.push(Department { unit: Unit::department(code, name), title: row.get(2)? });
            }
            Ok(found)
        })
    }

    /// Makes a department, or names it anew.
    pub fn set_department(&self, department: &Department, act: &Act<'_>) -> Result<Change, StoreError> {
        let Some(name) = department.unit.department_name() else { return Ok(Change::Unknown) };
        let code = department.unit.code();
        self.acting(act, |people| {
            let changed = people.execute(
                "UPDATE department SET title = ? WHERE municipality = ? AND name = ?",
                [department.title.as_str(), code.as_str(), name.as_str()],
            )?;
            if changed == 0 {
                people.execute(
                    "INSERT INTO department VALUES (?, ?, ?, ?::TIMESTAMP)",
                    params![code.as_str(), name.as_str(), department.title, time_text(act.at)],
                )?;
            }
            Ok(Change::Made)
        })
    }
}

pub(super) fn has_operator(connection: &Connection) -> Result<bool, StoreError> {
    let everywhere = Grant { role: Role::Operator, reach: Reach::All }.to_string();
    Ok(connection.query_row(
        "SELECT count(*) > 0 FROM account JOIN account_grant ON account_id = id WHERE state = 'ready' AND given = ?",
        [everywhere],
        |row| row.get(0),
    )?)
}

pub(super) fn one(connection: &Connection, column: &str, value: &str) -> Result<Option<Account>, StoreError> {
    let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM account WHERE {column} = ?"))?;
    let mut rows = statement.query([value])?;
    rows.next()?.map(|row| account(connection, row)).transpose()
}

fn account(connection: &Connection, row: &Row<'_>) -> Result<Account, StoreError> {
    let id: String = row.get(0)?;
    let state: String = row.get(3)?;
    Ok(Account {
        grants: grants(connection, &id)?,
        login: row.get(1)?,
        name: row.get(2)?,
        state: State::parse(&state).ok_or_else(|| stored("account", &state))?,
        created: time(row.get(4)?)?,
        signed_in: row.get::<_, Option<i64>>(5)?.map(time).transpose()?,
        id,
    })
}

fn grants(connection: &Connection, id: &str) -> Result<Vec<Grant>, StoreError> {
    let mut statement = connection.prepare("SELECT given FROM account_grant WHERE account_id = ? ORDER BY given")?;
    let texts = statement.query_map([id], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    texts.iter().map(|text| Grant::parse(text).ok_or_else(|| stored("role", text))).collect()
}

/// Who acts with an account that can be signed in to.
pub(super) fn actor(connection: &Connection, id: &str) -> Result<Option<Actor>, StoreError> {
    Ok(one(connection, "id", id)?.filter(|account| account.state == State::Ready).map(|account| account.actor()))
}

pub(super) fn write_grants(people: &Connection, id: &str, grants: &[Grant]) -> Result<(), StoreError> {
    people.execute("DELETE FROM account_grant WHERE account_id = ?", [id])?;
    let mut texts: Vec<String> = grants.iter().map(ToString::to_string).collect();
    texts.sort();
    texts.dedup();
    for text in &texts {
        people.execute("INSERT INTO account_grant VALUES (?, ?)", [id, text.as_str()])?;
    }
    Ok(())
}

pub(super) fn write_codes(people: &Connection, id: &str, codes: &[String]) -> Result<(), StoreError> {
    people.execute("DELETE FROM recovery_code WHERE account_id = ?", [id])?;
    for code in codes {
        people.execute("INSERT INTO recovery_code VALUES (?, ?)", [id, code.as_str()])?;
    }
    Ok(())
}

pub(super) fn end_all(people: &Connection, account_id: &str) -> Result<(), StoreError> {
    people.execute("DELETE FROM desk_session WHERE account_id = ?", [account_id])?;
    Ok(())
}
