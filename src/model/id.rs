//! Ids of things in the store: UUID version 7 (RFC 9562), minted in Rust from the time handed in.

use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Mints a new id that sorts by `now`.
            pub fn mint(now: jiff::Timestamp) -> Self {
                Self(mint(now))
            }

            /// Parses the hyphenated form; anything else is `None` (a 404 at the border).
            pub fn parse(text: &str) -> Option<Self> {
                if text.len() != 36 {
                    return None;
                }
                Uuid::try_parse(text).ok().map(Self)
            }

            /// The bare UUID.
            pub fn uuid(self) -> Uuid {
                self.0
            }

            /// Wraps a UUID read back from the store.
            pub fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    )+};
}

ids! {
    /// An organization: a municipality or a department of one.
    OrganizationId,
    /// A dataset (CKAN: package).
    DatasetId,
    /// A distribution (CKAN: resource): one table of a dataset in one format. Stable over releases.
    DistributionId,
    /// A release: one immutable published state of one dataset.
    ReleaseId,
    /// A case (案件): one way of a dataset from a file on a desk to a release.
    CaseId,
    /// An account of the desk.
    AccountId,
    /// A session of one who is signed in.
    SessionId,
}

fn mint(now: jiff::Timestamp) -> Uuid {
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
    let context = uuid::NoContext;
    Uuid::new_v7(uuid::Timestamp::from_unix(context, seconds, nanos))
}
