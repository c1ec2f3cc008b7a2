//! How often a sign-in may be tried: by account and address together, by address, by account. No address is kept: what
//! stands here are digests keyed with a salt that lives for a day in memory, and is gone with the program.
//!
//! An attempt counts before it is judged, so that many at once gain nothing; a right one is taken back. What is refused
//! here is not judged at all and does not count. Somebody who tries a name from elsewhere does not shut its holder out:
//! the holder's own address has its own count.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use siphasher::sip128::{Hasher128 as _, SipHasher13};

use crate::count::address::visitor_bytes;
use crate::model::time::japan_day;

/// How many tries are free, and how long the waits after them are, doubling from the first to the longest.
struct Rule {
    free: u32,
    first_s: u32,
    longest_s: u32,
}

/// One name from one address: a person who has forgotten which of a few passwords it was.
const PAIR: Rule = Rule { free: 5, first_s: 30, longest_s: 900 };
/// One address, whatever the name: an office behind one address on a Monday morning, not a list of names.
const ADDRESS: Rule = Rule { free: 20, first_s: 30, longest_s: 900 };
/// One name, whatever the address: many machines that share the work. The wait stays so short that the holder gets in
/// between.
const ACCOUNT: Rule = Rule { free: 100, first_s: 5, longest_s: 5 };
/// After this long without a try, a count begins anew.
const FORGOTTEN_S: i64 = 3_600;
/// Most counts that are kept: 48 bytes each, some five megabytes. Beyond, those whose waits are over go first.
const COUNTS_LIMIT: usize = 100_000;
/// Bits of an IPv6 address that name a connection.
const IPV6_PREFIX_BITS: u8 = 64;

#[derive(Debug, Clone, Copy)]
struct Count {
    tries: u32,
    last_s: i64,
}

#[derive(Debug, Default)]
struct Counts {
    day: Option<jiff::civil::Date>,
    salt: [u8; 16],
    of: HashMap<u128, Count>,
}

/// The counts of this process.
#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<Counts>);

impl Rule {
    /// Seconds to wait still; 0 = none.
    fn wait_s(&self, count: Option<&Count>, now_s: i64) -> i64 {
        let Some(count) = count else { return 0 };
        let Some(over) = count.tries.checked_sub(self.free) else { return 0 };
        let whole = i64::from(self.first_s.saturating_mul(1 << over.min(16)).min(self.longest_s));
        // A clock that went back does not lengthen the wait.
        (count.last_s.min(now_s) + whole - now_s).max(0)
    }
}

impl Throttle {
    /// Counts a try of `name` from `address`.
    ///
    /// # Errors
    /// The seconds to wait, where it may not be made now.
    pub(super) fn attempt(
        &self,
        now: jiff::Timestamp,
        (name, address): (&str, IpAddr),
        random: impl FnOnce(&mut [u8]) -> std::io::Result<()>,
    ) -> Result<(), u64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let day = japan_day(now);
        if counts.day != Some(day) {
            let mut salt = [0; 16];
            // Without a salt nothing is kept of anybody, and nobody is let in.
            random(&mut salt).map_err(|_| 60_u64)?;
            *counts = Counts { day: Some(day), salt, of: HashMap::new() };
        }
        let now_s = now.as_second();
        let keys = keys(&counts.salt, name, address);
        let wait = keys.iter().map(|(key, rule)| rule.wait_s(counts.of.get(key), now_s)).max().unwrap_or(0);
        if wait > 0 {
            return Err(u64::try_from(wait).unwrap_or(1));
        }
        if counts.of.len() >= COUNTS_LIMIT {
            counts.of.retain(|_, count| now_s - count.last_s < i64::from(PAIR.longest_s));
        }
        for (key, _) in keys {
            let count = counts.of.entry(key).or_insert(Count { tries: 0, last_s: now_s });
            if (now_s - count.last_s).abs() > FORGOTTEN_S {
                count.tries = 0;
            }
            count.tries = count.tries.saturating_add(1);
            count.last_s = now_s;
        }
        Ok(())
    }

    /// Takes back what a right try had counted, and forgets the wrong ones of this name from this address.
    pub(super) fn succeeded(&self, name: &str, address: IpAddr) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let [(pair, _), others @ ..] = keys(&counts.salt, name, address);
        counts.of.remove(&pair);
        for (key, _) in others {
            if let Some(count) = counts.of.get_mut(&key) {
                count.tries = count.tries.saturating_sub(1);
            }
        }
    }
}

fn keys(salt: &[u8; 16], name: &str, address: IpAddr) -> [(u128, &'static Rule); 3] {
    let address = visitor_bytes(address, IPV6_PREFIX_BITS);
    let keyed = |kind: u8, name: &str, address: &[u8]| {
        let mut hasher = SipHasher13::new_with_key(salt);
        std::hash::Hasher::write(&mut hasher, &[kind]);
        std::hash::Hasher::write(&mut hasher, address);
        std::hash::Hasher::write(&mut hasher, name.as_bytes());
        hasher.finish128().as_u128()
    };
    [(keyed(0, name, &address), &PAIR), (keyed(1, "", &address), &ADDRESS), (keyed(2, name, &[]), &ACCOUNT)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "the shape of the system's source of chance")]
    fn random(bytes: &mut [u8]) -> std::io::Result<()> {
        bytes.fill(7);
        Ok(())
    }

    fn at(second: i64) -> jiff::Timestamp {
        jiff::Timestamp::from_second(1_790_000_000 + second).expect("a time")
    }

    fn ip(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn sixty_wrong_tries_in_a_minute_are_slowed_and_the_right_person_elsewhere_still_enters() {
        let throttle = Throttle::default();
        let judged = (0..60).filter(|second| throttle.attempt(at(*second), ("kikaku", ip(1)), random).is_ok()).count();
        assert_eq!(judged, 6, "five at once, one after half a minute");
        assert_eq!(throttle.attempt(at(60), ("kikaku", ip(2)), random), Ok(()));
        assert!(throttle.attempt(at(60), ("kikaku", ip(1)), random).is_err());
    }

    #[test]
    fn an_address_cannot_walk_through_a_list_of_names() {
        let throttle = Throttle::default();
        let judged = (0..100).filter(|n| throttle.attempt(at(0), (&format!("name{n}"), ip(1)), random).is_ok()).count();
        assert_eq!(judged, 20);
    }

    #[test]
    fn many_addresses_that_share_the_work_leave_room_for_the_holder() {
        let throttle = Throttle::default();
        for n in 0..200_u8 {
            let _ = throttle.attempt(at(0), ("kikaku", ip(n)), random);
        }
        assert_eq!(throttle.attempt(at(0), ("kikaku", ip(250)), random), Err(5));
        assert_eq!(throttle.attempt(at(5), ("kikaku", ip(250)), random), Ok(()));
    }

    #[test]
    fn a_right_try_forgets_the_wrong_ones_and_a_clock_that_goes_back_shuts_nobody_out() {
        let throttle = Throttle::default();
        for _ in 0..4 {
            assert!(throttle.attempt(at(0), ("kikaku", ip(1)), random).is_ok());
        }
        throttle.succeeded("kikaku", ip(1));
        for _ in 0..5 {
            assert!(throttle.attempt(at(1), ("kikaku", ip(1)), random).is_ok());
        }
        assert_eq!(throttle.attempt(at(1), ("kikaku", ip(1)), random), Err(30));
        assert_eq!(throttle.attempt(at(-3_000), ("kikaku", ip(1)), random), Err(30));
        assert!(throttle.attempt(at(4_000), ("kikaku", ip(1)), random).is_ok());
    }
}
