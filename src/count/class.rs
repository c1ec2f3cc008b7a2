//! The classes of requests (計数定義 第1版, 区分).

use std::fmt;

/// Who asked, as the published figures separate it. Every class obeys the same rules; KPIs use [`Self::Browser`]
/// unless their name says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A person with a browser (or an app that shows web pages).
    Browser,
    /// A program that works for a person: script, desktop GIS, spreadsheet; and every request with a valid API key.
    Machine(Sub),
    /// A crawler on the COUNTER list or our overlay.
    Robot,
    /// The city hall itself.
    Staff,
    /// An availability check.
    Monitor,
}

/// What kind of program a [`Class::Machine`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sub {
    /// A script or HTTP library.
    Script,
    /// A desktop or server GIS.
    GisApp,
    /// A spreadsheet, business intelligence tool or database.
    DataApp,
    /// A mobile app that is no browser.
    MobileApp,
    /// Another catalogue that gathers ours.
    Harvester,
}

impl Sub {
    /// All, in the order of the overlay.
    pub const ALL: [Self; 5] = [Self::Script, Self::GisApp, Self::DataApp, Self::MobileApp, Self::Harvester];

    /// The name in the overlay and in figures.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Script => "script",
            Self::GisApp => "gis_app",
            Self::DataApp => "data_app",
            Self::MobileApp => "mobile_app",
            Self::Harvester => "harvester",
        }
    }
}

impl Class {
    /// All classes, subs apart, in the order in which they are printed.
    pub const ALL: [Self; 9] = [
        Self::Browser,
        Self::Machine(Sub::Script),
        Self::Machine(Sub::GisApp),
        Self::Machine(Sub::DataApp),
        Self::Machine(Sub::MobileApp),
        Self::Machine(Sub::Harvester),
        Self::Robot,
        Self::Staff,
        Self::Monitor,
    ];

    /// The code in a record.
    pub const fn code(self) -> u8 {
        match self {
            Self::Browser => 1,
            Self::Robot => 2,
            Self::Staff => 3,
            Self::Monitor => 4,
            Self::Machine(Sub::Script) => 16,
            Self::Machine(Sub::GisApp) => 17,
            Self::Machine(Sub::DataApp) => 18,
            Self::Machine(Sub::MobileApp) => 19,
            Self::Machine(Sub::Harvester) => 20,
        }
    }

    /// The class of a record's code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.code() == code)
    }

    /// The name without its sub: `browser`, `machine`, `robot`, `staff`, `monitor`.
    pub const fn main_name(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Machine(_) => "machine",
            Self::Robot => "robot",
            Self::Staff => "staff",
            Self::Monitor => "monitor",
        }
    }

    /// The full name in figures: `machine/gis_app`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Machine(Sub::Script) => "machine/script",
            Self::Machine(Sub::GisApp) => "machine/gis_app",
            Self::Machine(Sub::DataApp) => "machine/data_app",
            Self::Machine(Sub::MobileApp) => "machine/mobile_app",
            Self::Machine(Sub::Harvester) => "machine/harvester",
            other => other.main_name(),
        }
    }

    /// The class of a [`Self::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// A code that is the same for all subs, for rules that hold "per class".
    pub(crate) const fn main_code(self) -> u8 {
        match self {
            Self::Machine(_) => 16,
            other => other.code(),
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_are_read_back() {
        for class in Class::ALL {
            assert_eq!(Class::from_code(class.code()), Some(class));
            assert_eq!(Class::parse(class.name()), Some(class));
        }
        assert_eq!(Class::from_code(0), None);
        assert_eq!(Class::parse("machine"), None);
    }
}
