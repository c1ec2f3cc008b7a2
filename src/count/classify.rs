//! From a request to its class: networks, login, API key and User-Agent, in the order of the definition.

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use regex::bytes::{RegexSet, RegexSetBuilder};

use super::access::Caller;
use super::class::{Class, Sub};
use super::definition::{Definition, DefinitionError};
use super::family::Family;

/// Bytes of a User-Agent that are looked at. Real ones have 40–300; the limit keeps one search below some ten
/// microseconds (about 5 ns a byte) whatever a client sends.
const AGENT_LIMIT_BYTES: usize = 2048;

/// Slots of the cache of User-Agents: 8 bytes each, 32 KiB. A city sees a few hundred different ones an hour.
const CACHE_SLOTS: usize = 4096;

/// Tells the class of requests.
#[derive(Debug)]
pub struct Classifier {
    staff_networks: Vec<ipnet::IpNet>,
    monitor_networks: Vec<ipnet::IpNet>,
    monitor: RegexSet,
    robot_extra: RegexSet,
    exceptions: RegexSet,
    /// For each exception the upstream patterns that it turns off, by index.
    disables: Vec<Vec<usize>>,
    machine: RegexSet,
    subs: Vec<Sub>,
    robots: RegexSet,
    cache: Cache,
}

impl Classifier {
    /// Compiles the lists of a definition (some 30 ms).
    pub fn new(definition: &Definition) -> Result<Self, DefinitionError> {
        let overlay = &definition.overlay;
        let subs = overlay
            .machine
            .iter()
            .map(|entry| {
                Sub::ALL
                    .into_iter()
                    .find(|sub| sub.name() == entry.sub)
                    .ok_or(DefinitionError::Unknown { what: "sub of machine" })
            })
            .collect::<Result<_, _>>()?;
        let disables = overlay
            .browser_exception
            .iter()
            .map(|entry| {
                let off = |(index, pattern): (usize, &String)| entry.disables.contains(pattern).then_some(index);
                definition.robots.iter().enumerate().filter_map(off).collect()
            })
            .collect();
        Ok(Self {
            staff_networks: definition.staff_networks.clone(),
            monitor_networks: definition.monitor_networks.clone(),
            monitor: set("monitor", overlay.monitor.iter().map(|entry| &entry.pattern))?,
            robot_extra: set("robot_extra", overlay.robot_extra.iter().map(|entry| &entry.pattern))?,
            exceptions: set("browser_exception", overlay.browser_exception.iter().map(|entry| &entry.pattern))?,
            disables,
            machine: set("machine", overlay.machine.iter().map(|entry| &entry.pattern))?,
            subs,
            robots: set("robots.json", definition.robots.iter())?,
            cache: Cache::default(),
        })
    }

    /// The class of a request. Where a valid API key makes the machine, its sub is what the User-Agent says, or
    /// script.
    pub fn classify(&self, agent: &[u8], address: IpAddr, caller: Caller) -> Class {
        self.classify_with_family(agent, address, caller).0
    }

    /// [`Self::classify`] with the family of the User-Agent.
    pub fn classify_with_family(&self, agent: &[u8], address: IpAddr, caller: Caller) -> (Class, Family) {
        let agent = &agent[..agent.len().min(AGENT_LIMIT_BYTES)];
        let (by_agent, family) = self.cache.get_or(agent, || (self.by_agent(agent), Family::of(agent)));
        (self.by_circumstances(by_agent, address, caller), family)
    }

    fn by_circumstances(&self, by_agent: Class, address: IpAddr, caller: Caller) -> Class {
        let within = |networks: &[ipnet::IpNet]| {
            !networks.is_empty() && networks.iter().any(|network| network.contains(&address))
        };
        if within(&self.monitor_networks) || (by_agent == Class::Monitor && !caller.api_key) {
            Class::Monitor
        } else if caller.staff || within(&self.staff_networks) {
            Class::Staff
        } else if caller.api_key {
            if matches!(by_agent, Class::Machine(_)) { by_agent } else { Class::Machine(Sub::Script) }
        } else {
            by_agent
        }
    }

    /// The class that the User-Agent alone gives. No User-Agent is the empty one: the upstream list takes it for a
    /// robot.
    fn by_agent(&self, agent: &[u8]) -> Class {
        if self.monitor.is_match(agent) {
            return Class::Monitor;
        }
        if self.robot_extra.is_match(agent) {
            return Class::Robot;
        }
        if let Some(first) = self.machine.matches(agent).iter().next() {
            return Class::Machine(self.subs[first]);
        }
        let robots = self.robots.matches(agent);
        if !robots.matched_any() {
            return Class::Browser;
        }
        let exceptions = self.exceptions.matches(agent);
        let is_off = |robot: usize| exceptions.iter().any(|exception| self.disables[exception].contains(&robot));
        if robots.iter().all(is_off) { Class::Browser } else { Class::Robot }
    }
}

fn set<'a>(part: &'static str, patterns: impl Iterator<Item = &'a String>) -> Result<RegexSet, DefinitionError> {
    RegexSetBuilder::new(patterns)
        .case_insensitive(true)
        .build()
        .map_err(|error| DefinitionError::Parse { part, detail: error.to_string() })
}

/// The class of User-Agents seen before, by a keyed hash of 64 bits: an array of atomics, no lock, no allocation, a
/// newer User-Agent in the same slot displaces the older. Slot and stored part of the hash overlap, so that a slot
/// keeps all 64 bits: two User-Agents that share them (one pair in 2^64, under a key nobody outside knows) would share
/// a class.
#[derive(Debug)]
struct Cache {
    key: RandomState,
    slots: Box<[AtomicU64]>,
}

impl Default for Cache {
    fn default() -> Self {
        Self { key: RandomState::new(), slots: (0..CACHE_SLOTS).map(|_| AtomicU64::new(0)).collect() }
    }
}

impl Cache {
    fn get_or(&self, agent: &[u8], find: impl FnOnce() -> (Class, Family)) -> (Class, Family) {
        let hash = self.key.hash_one(agent);
        // The low twelve bits are the slot, the others are kept; in the place of the low ones stand the class (its
        // place in the list of classes and one, four bits) and the family (eight bits).
        let slot = &self.slots[usize::try_from(hash % CACHE_SLOTS as u64).unwrap_or(0)];
        let stored = slot.load(Ordering::Relaxed);
        let [family, class, ..] = stored.to_le_bytes();
        if stored >> 12 == hash >> 12
            && let Some(place) = usize::from(class & 15).checked_sub(1)
            && let Some(class) = Class::ALL.get(place)
        {
            return (*class, Family::from_code(family));
        }
        let (class, family) = find();
        let place = Class::ALL.iter().position(|known| *known == class).map_or(0, |place| place + 1) as u64;
        slot.store((hash >> 12) << 12 | place << 8 | u64::from(family.code()), Ordering::Relaxed);
        (class, family)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count::address::NO_ADDRESS;

    fn classifier() -> Classifier {
        let staff: ipnet::IpNet = "198.51.100.0/24".parse().expect("a network");
        let monitor: ipnet::IpNet = "192.0.2.0/24".parse().expect("a network");
        Classifier::new(&Definition::bundled(&[staff], &[monitor]).expect("fits")).expect("compiles")
    }

    const CHROME: &[u8] = b"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
        Chrome/131.0.0.0 Safari/537.36";
    const NOBODY: Caller = Caller { api_key: false, staff: false };
    const KEY: Caller = Caller { api_key: true, staff: false };
    const LOGIN: Caller = Caller { api_key: false, staff: true };

    #[test]
    fn every_fixture_gets_its_class_also_from_the_cache() {
        let file: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/data/counting/ua-fixtures.json")).expect("JSON");
        let fixtures = file["fixtures"].as_array().expect("a list");
        assert_eq!(fixtures.len(), 44);
        let classifier = classifier();
        for _ in 0..2 {
            for fixture in fixtures {
                let agent = fixture["ua"].as_str().expect("text");
                let class = classifier.classify(agent.as_bytes(), NO_ADDRESS, NOBODY);
                assert_eq!(class.name(), fixture["class"].as_str().expect("text"), "{agent}");
            }
        }
    }

    #[test]
    fn monitor_comes_before_staff_and_staff_before_all_others() {
        let classifier = classifier();
        let (staff, monitor) = ("198.51.100.7".parse().expect("ip"), "192.0.2.7".parse().expect("ip"));
        assert_eq!(classifier.classify(CHROME, staff, NOBODY), Class::Staff);
        assert_eq!(classifier.classify(b"curl/8", staff, KEY), Class::Staff);
        assert_eq!(classifier.classify(b"kube-probe/1.27", staff, NOBODY), Class::Monitor);
        assert_eq!(classifier.classify(CHROME, monitor, LOGIN), Class::Monitor);
        assert_eq!(classifier.classify(b"Googlebot", NO_ADDRESS, LOGIN), Class::Staff);
    }

    #[test]
    fn a_valid_api_key_makes_a_machine_whatever_the_user_agent() {
        let classifier = classifier();
        for agent in [CHROME, b"Googlebot/2.1", b"", b"kube-probe/1.27", b"curl/8"] {
            assert_eq!(classifier.classify(agent, NO_ADDRESS, KEY), Class::Machine(Sub::Script));
        }
        assert_eq!(classifier.classify(b"GDAL/3.8.4", NO_ADDRESS, KEY), Class::Machine(Sub::GisApp));
        assert_eq!(classifier.classify(CHROME, NO_ADDRESS, NOBODY), Class::Browser);
    }

    #[test]
    fn an_exception_turns_off_only_the_patterns_it_names() {
        let classifier = classifier();
        let app = "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 YJApp-IOS jp.co.yahoo.ipn.appli/4.1";
        assert_eq!(classifier.classify(app.as_bytes(), NO_ADDRESS, NOBODY), Class::Browser);
        let crawler = format!("{app} spider");
        assert_eq!(classifier.classify(crawler.as_bytes(), NO_ADDRESS, NOBODY), Class::Robot);
    }

    #[test]
    fn user_agents_that_are_no_text_or_without_end_get_a_class() {
        let classifier = classifier();
        let mut long = CHROME.to_vec();
        long.resize(1 << 20, 0xff);
        assert_eq!(classifier.classify(&long, NO_ADDRESS, NOBODY), Class::Browser);
        assert_eq!(classifier.classify(&[0xff, 0xfe, 0x00], NO_ADDRESS, NOBODY), Class::Browser);
    }
}
