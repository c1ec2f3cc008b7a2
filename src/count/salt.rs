//! The visitor token and the salt of each Japanese day.

use std::fs::{self, File};
use std::hash::Hasher as _;
use std::io::Write as _;
use std::net::IpAddr;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use siphasher::sip::SipHasher24;

use super::CountError;
use super::address::visitor_bytes;

/// Milliseconds of a day.
pub(crate) const DAY_MS: i64 = 86_400_000;
/// Milliseconds by which Japan is ahead of UTC.
const JAPAN_MS: i64 = 9 * 3_600_000;

/// Fills a buffer with random bytes from the system; handed in by the program.
pub type Random = fn(&mut [u8]) -> std::io::Result<()>;

/// A day in Japan as the number of days since 1 January 1970: cheap to find on the hot path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayNumber(i64);

impl DayNumber {
    /// The day in Japan of a time in milliseconds since 1970 UTC.
    pub const fn of_ms(time_ms: i64) -> Self {
        Self(time_ms.saturating_add(JAPAN_MS).div_euclid(DAY_MS))
    }

    /// The day of a civil date.
    pub fn of_date(date: Date) -> Self {
        let span = date.duration_since(jiff::civil::date(1970, 1, 1));
        Self(span.as_secs().div_euclid(86_400))
    }

    /// The civil date; `None` outside of the years −9999 to 9999.
    pub fn date(self) -> Option<Date> {
        jiff::civil::date(1970, 1, 1).checked_add(jiff::SignedDuration::from_hours(self.0.checked_mul(24)?)).ok()
    }

    /// Its first millisecond, 0:00 in Japan.
    pub const fn begin_ms(self) -> i64 {
        self.0.saturating_mul(DAY_MS).saturating_sub(JAPAN_MS)
    }

    /// The day `days` later.
    #[must_use]
    pub const fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The bare number.
    pub const fn number(self) -> i64 {
        self.0
    }
}

/// The hour of the day in Japan, 0–23.
pub const fn japan_hour(time_ms: i64) -> u8 {
    // The remainder of a day in hours lies in 0..24.
    #[expect(clippy::cast_possible_truncation, reason = "0..24 fits into a byte")]
    let hour = (time_ms.saturating_add(JAPAN_MS).rem_euclid(DAY_MS) / 3_600_000) as u8;
    hour
}

/// The salt of one day.
#[derive(Clone, Copy)]
pub struct Salt {
    /// The day it belongs to.
    pub day: DayNumber,
    key: [u8; 16],
}

impl std::fmt::Debug for Salt {
    /// Never shows the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Salt").field("day", &self.day).finish_non_exhaustive()
    }
}

impl Salt {
    /// A salt of given bytes.
    pub const fn new(day: DayNumber, key: [u8; 16]) -> Self {
        Self { day, key }
    }

    /// The visitor token: the 64 bits of SipHash-2-4 keyed by the salt over address and User-Agent.
    pub fn token(&self, address: IpAddr, ipv6_prefix_bits: u8, agent: &[u8]) -> u64 {
        let mut hasher = SipHasher24::new_with_key(&self.key);
        hasher.write(&visitor_bytes(address, ipv6_prefix_bits));
        hasher.write(agent);
        hasher.finish()
    }
}

/// The salt of `day` from its file `salt-YYYY-MM-DD` in `folder`, made (mode 0600, synced) where there is none, so that
/// a restart does not split the day.
pub(crate) fn load_or_make(folder: &Path, day: DayNumber, random: Random) -> Result<Salt, CountError> {
    let path = path(folder, day);
    match fs::read(&path) {
        Ok(bytes) => {
            if let Ok(key) = <[u8; 16]>::try_from(bytes.as_slice()) {
                return Ok(Salt::new(day, key));
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(CountError::file(&path)(error)),
    }
    let mut key = [0; 16];
    random(&mut key).map_err(CountError::Random)?;
    let temporary = path.with_extension(format!("{:x}-{:x}.new", std::process::id(), key[0]));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)
        .map_err(CountError::file(&temporary))?;
    file.set_permissions(fs::Permissions::from_mode(0o600)).map_err(CountError::file(&temporary))?;
    file.write_all(&key).and_then(|()| file.sync_all()).map_err(CountError::file(&temporary))?;
    // Of several servers that make the day's salt in a shared folder at once the first wins; the others take its salt.
    let placed = fs::hard_link(&temporary, &path);
    match placed {
        Ok(()) => fs::remove_file(&temporary).map_err(CountError::file(&temporary))?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            fs::remove_file(&temporary).map_err(CountError::file(&temporary))?;
            let bytes = fs::read(&path).map_err(CountError::file(&path))?;
            if let Ok(key) = <[u8; 16]>::try_from(bytes.as_slice()) {
                return Ok(Salt::new(day, key));
            }
            // What lies there is no salt: something else took its name.
            fs::write(&path, key).map_err(CountError::file(&path))?;
        }
        // A file system without links: one server alone makes its salts.
        Err(_) => fs::rename(&temporary, &path).map_err(CountError::file(&path))?,
    }
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(CountError::file(folder))?;
    Ok(Salt::new(day, key))
}

/// A salt that lives in memory only, for when the disk takes none: a restart would split the day, but counting goes on.
pub(crate) fn in_memory(day: DayNumber) -> Salt {
    use std::hash::{BuildHasher as _, RandomState};
    let mut key = [0; 16];
    for half in key.chunks_exact_mut(8) {
        half.copy_from_slice(&RandomState::new().hash_one(day).to_le_bytes());
    }
    Salt::new(day, key)
}

/// Overwrites and removes the salts whose life is over at `now_ms`. Gives the number removed.
pub(crate) fn destroy_old(folder: &Path, now_ms: i64, life_hours: u16) -> Result<usize, CountError> {
    let mut removed = 0;
    for entry in fs::read_dir(folder).map_err(CountError::file(folder))? {
        let entry = entry.map_err(CountError::file(folder))?;
        let name = entry.file_name();
        let Some(text) = name.to_str().and_then(|name| name.strip_prefix("salt-")) else { continue };
        let text = text.split('.').next().unwrap_or(text);
        let Ok(date) = text.parse::<Date>() else { continue };
        let end_ms = DayNumber::of_date(date).begin_ms().saturating_add(i64::from(life_hours) * 3_600_000);
        if now_ms >= end_ms {
            let path = entry.path();
            // Overwriting does not reach every copy on every file system; removing is what counts.
            if let Ok(mut file) = fs::OpenOptions::new().write(true).open(&path) {
                let _ = file.write_all(&[0; 16]).and_then(|()| file.sync_all());
            }
            match fs::remove_file(&path) {
                Ok(()) => removed += 1,
                // Another server of the same site was there first.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(CountError::file(&path)(error)),
            }
        }
    }
    Ok(removed)
}

fn path(folder: &Path, day: DayNumber) -> PathBuf {
    let name = day.date().map_or_else(|| format!("salt-day{}", day.number()), |date| format!("salt-{date}"));
    folder.join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().expect("a time").as_millisecond()
    }

    #[expect(clippy::unnecessary_wraps, reason = "the form that a source of random bytes has")]
    fn counting_up(bytes: &mut [u8]) -> std::io::Result<()> {
        use std::sync::atomic::{AtomicU8, Ordering};
        static NEXT: AtomicU8 = AtomicU8::new(1);
        bytes.fill(NEXT.fetch_add(1, Ordering::Relaxed));
        Ok(())
    }

    #[test]
    fn days_and_hours_turn_at_midnight_in_japan() {
        let (before, after) = (ms("2026-03-31T14:59:59.999Z"), ms("2026-03-31T15:00:00Z"));
        let day = DayNumber::of_ms(after);
        assert_eq!(DayNumber::of_ms(before).plus(1), day);
        assert_eq!(day.date(), Some(jiff::civil::date(2026, 4, 1)));
        assert_eq!(DayNumber::of_date(jiff::civil::date(2026, 4, 1)), day);
        assert_eq!(day.begin_ms(), after);
        assert_eq!((japan_hour(before), japan_hour(after)), (23, 0));
        assert_eq!(japan_hour(i64::MIN), japan_hour(i64::MIN));
    }

    #[test]
    fn a_restart_finds_the_same_salt_and_only_the_owner_may_read_it() -> Result<(), CountError> {
        let folder = tempfile::tempdir().expect("a folder");
        let day = DayNumber::of_ms(ms("2026-11-21T00:00:00Z"));
        let first = load_or_make(folder.path(), day, counting_up)?;
        let second = load_or_make(folder.path(), day, counting_up)?;
        let token = |salt: Salt| salt.token("192.0.2.1".parse().expect("ip"), 64, b"UA");
        assert_eq!(token(first), token(second));
        let next = load_or_make(folder.path(), day.plus(1), counting_up)?;
        assert_ne!(token(first), token(next), "another day, another token");
        let mode = fs::metadata(folder.path().join("salt-2026-11-21")).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        Ok(())
    }

    #[test]
    fn a_salt_is_destroyed_after_its_life_and_not_before() -> Result<(), CountError> {
        let folder = tempfile::tempdir().expect("a folder");
        let day = DayNumber::of_ms(ms("2026-11-21T00:00:00Z"));
        load_or_make(folder.path(), day, counting_up)?;
        let end = day.begin_ms() + 48 * 3_600_000;
        assert_eq!(destroy_old(folder.path(), end - 1, 48)?, 0);
        assert_eq!(destroy_old(folder.path(), end, 48)?, 1);
        assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 0);
        Ok(())
    }

    #[test]
    fn a_token_tells_addresses_and_agents_apart() {
        let salt = Salt::new(DayNumber(0), [7; 16]);
        let token = |address: &str, agent: &[u8]| salt.token(address.parse().expect("ip"), 64, agent);
        assert_eq!(token("2001:db8::1", b"a"), token("2001:db8::2", b"a"));
        assert_ne!(token("192.0.2.1", b"a"), token("192.0.2.2", b"a"));
        assert_ne!(token("192.0.2.1", b"a"), token("192.0.2.1", b"b"));
        assert!(!format!("{salt:?}").contains('['), "no key in messages");
    }
}
