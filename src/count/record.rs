//! The record of one answer: 48 bytes, little-endian, closed by a CRC-32.
//!
//! | bytes | what |
//! |---|---|
//! | 0–7 | time, milliseconds since 1970 UTC |
//! | 8–15 | visitor token (of a mark: its number) |
//! | 16–31 | target |
//! | 32–35 | length of the body in bytes, at most 2^32 − 1; 0 where it is not known |
//! | 36–37 | status |
//! | 38 | kind (200 and above: a mark) |
//! | 39 | class |
//! | 40 | verdict |
//! | 41 | flags |
//! | 42 | what a candidate definition makes of it: class (upper four bits, 0 = no candidate) and verdict |
//! | 43 | family of the User-Agent |
//! | 44–47 | CRC-32 (IEEE) of bytes 0–43 |

use uuid::Uuid;

use super::class::Class;
use super::family::Family;
use super::verdict::{Kind, Verdict};

/// Length of a record in bytes.
pub const RECORD_BYTES: usize = 48;

/// Flag: the same answer has a record before this one, which marks a further layer only.
const ALSO: u8 = 1;
/// Flag: a download in a format that clients read by parts.
const IN_PARTS: u8 = 2;

const MINUTE_LIVE: u8 = 200;
const MINUTE_BLIND: u8 = 201;
const LOST: u8 = 202;

/// One answer. No address, agent or path: only the token, which means nothing once the day's salt is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// When it was answered, milliseconds since 1970 UTC.
    pub time_ms: i64,
    /// The visitor's token of the day.
    pub token: u64,
    /// What was used.
    pub target: Uuid,
    /// Length of the body in bytes; 0 where it is not known.
    pub length_bytes: u32,
    /// The status.
    pub status: u16,
    /// What was answered.
    pub kind: Kind,
    /// Who asked.
    pub class: Class,
    /// What becomes of it, before the 30-second rule.
    pub verdict: Verdict,
    /// Whether it only marks a further layer of the answer recorded before.
    pub also: bool,
    /// Whether it is a file in a format that clients read by parts.
    pub in_parts: bool,
    /// Family of the User-Agent.
    pub family: Family,
    /// Class and verdict by the candidate definition that runs in shadow.
    pub candidate: Option<(Class, Verdict)>,
}

/// What a slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// An answer.
    Answer(Record),
    /// The service was up in this minute.
    Minute {
        /// A time in the minute, milliseconds since 1970 UTC.
        time_ms: i64,
        /// Whether answers could be recorded.
        live: bool,
    },
    /// Answers could not be kept.
    Lost {
        /// When that was noted.
        time_ms: i64,
        /// How many.
        answers: u64,
    },
}

impl Entry {
    /// Its time, milliseconds since 1970 UTC.
    pub const fn time_ms(&self) -> i64 {
        match self {
            Self::Answer(Record { time_ms, .. }) | Self::Minute { time_ms, .. } | Self::Lost { time_ms, .. } => {
                *time_ms
            }
        }
    }

    /// The bytes of its slot.
    pub fn to_bytes(&self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        bytes[0..8].copy_from_slice(&self.time_ms().to_le_bytes());
        match self {
            Self::Answer(record) => {
                bytes[8..16].copy_from_slice(&record.token.to_le_bytes());
                bytes[16..32].copy_from_slice(record.target.as_bytes());
                bytes[32..36].copy_from_slice(&record.length_bytes.to_le_bytes());
                bytes[36..38].copy_from_slice(&record.status.to_le_bytes());
                bytes[38] = record.kind as u8;
                bytes[39] = record.class.code();
                bytes[40] = record.verdict as u8;
                bytes[41] = (u8::from(record.also) * ALSO) | (u8::from(record.in_parts) * IN_PARTS);
                bytes[42] = candidate_code(record.candidate);
                bytes[43] = record.family.code();
            }
            Self::Minute { live, .. } => bytes[38] = if *live { MINUTE_LIVE } else { MINUTE_BLIND },
            Self::Lost { answers, .. } => {
                bytes[8..16].copy_from_slice(&answers.to_le_bytes());
                bytes[38] = LOST;
            }
        }
        let crc = crc32fast::hash(&bytes[..44]);
        bytes[44..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Reads a slot; `None` where the checksum fails or a code is not known (the slot is torn or was never written).
    pub fn from_bytes(bytes: &[u8; RECORD_BYTES]) -> Option<Self> {
        let part = |from: usize| <[u8; 8]>::try_from(&bytes[from..from + 8]).ok();
        let crc = u32::from_le_bytes([bytes[44], bytes[45], bytes[46], bytes[47]]);
        if crc32fast::hash(&bytes[..44]) != crc {
            return None;
        }
        let time_ms = i64::from_le_bytes(part(0)?);
        let number = u64::from_le_bytes(part(8)?);
        match bytes[38] {
            MINUTE_LIVE => Some(Self::Minute { time_ms, live: true }),
            MINUTE_BLIND => Some(Self::Minute { time_ms, live: false }),
            LOST => Some(Self::Lost { time_ms, answers: number }),
            kind => Some(Self::Answer(Record {
                time_ms,
                token: number,
                target: Uuid::from_slice(&bytes[16..32]).ok()?,
                length_bytes: u32::from_le_bytes([bytes[32], bytes[33], bytes[34], bytes[35]]),
                status: u16::from_le_bytes([bytes[36], bytes[37]]),
                kind: Kind::from_code(kind)?,
                class: Class::from_code(bytes[39])?,
                verdict: Verdict::from_code(bytes[40])?,
                also: bytes[41] & ALSO != 0,
                in_parts: bytes[41] & IN_PARTS != 0,
                family: Family::from_code(bytes[43]),
                candidate: candidate_from_code(bytes[42])?,
            })),
        }
    }
}

/// Class and verdict in one byte: there are fewer than sixteen of each.
fn candidate_code(candidate: Option<(Class, Verdict)>) -> u8 {
    let Some((class, verdict)) = candidate else { return 0 };
    let class = Class::ALL.iter().position(|known| *known == class).unwrap_or(0) + 1;
    let verdict = Verdict::ALL.iter().position(|known| *known == verdict).unwrap_or(0);
    u8::try_from(class << 4 | verdict).unwrap_or(0)
}

/// What [`candidate_code`] wrote; the outer `None` is a code that is not known.
#[expect(clippy::option_option, reason = "no candidate is not a broken record")]
fn candidate_from_code(code: u8) -> Option<Option<(Class, Verdict)>> {
    if code == 0 {
        return Some(None);
    }
    let class = Class::ALL.get(usize::from(code >> 4).checked_sub(1)?)?;
    Some(Some((*class, *Verdict::ALL.get(usize::from(code & 15))?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record() -> impl Strategy<Value = Record> {
        let codes = (0..Kind::ALL.len(), 0..Class::ALL.len(), 0..Verdict::ALL.len());
        let numbers = any::<(i64, u64, u128, u32, u16, bool, bool, bool)>();
        (codes, numbers).prop_map(|((kind, class, verdict), n)| Record {
            time_ms: n.0,
            token: n.1,
            target: Uuid::from_u128(n.2),
            length_bytes: n.3,
            status: n.4,
            kind: Kind::ALL[kind],
            class: Class::ALL[class],
            verdict: Verdict::ALL[verdict],
            also: n.5,
            in_parts: n.6,
            family: Family::of(b"curl/8"),
            candidate: n.7.then_some((Class::ALL[8 - class], Verdict::ALL[10 - verdict])),
        })
    }

    proptest! {
        #[test]
        fn a_record_is_read_back_and_a_flipped_bit_is_seen(record in record(), bit in 0..RECORD_BYTES * 8) {
            let entry = Entry::Answer(record);
            let mut bytes = entry.to_bytes();
            prop_assert_eq!(Entry::from_bytes(&bytes), Some(entry));
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(Entry::from_bytes(&bytes), None);
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in any::<[u8; 32]>()) {
            let mut slot = [0; RECORD_BYTES];
            slot[..32].copy_from_slice(&bytes);
            let _ = Entry::from_bytes(&slot);
            slot[38] = bytes[0];
            slot[39] = bytes[1];
            let crc = crc32fast::hash(&slot[..44]);
            slot[44..].copy_from_slice(&crc.to_le_bytes());
            let _ = Entry::from_bytes(&slot);
        }
    }

    #[test]
    fn marks_are_read_back_and_an_empty_slot_is_none() {
        for entry in [
            Entry::Minute { time_ms: 60_000, live: true },
            Entry::Minute { time_ms: -1, live: false },
            Entry::Lost { time_ms: 1, answers: u64::MAX },
        ] {
            assert_eq!(Entry::from_bytes(&entry.to_bytes()), Some(entry));
        }
        assert_eq!(Entry::from_bytes(&[0; RECORD_BYTES]), None);
    }
}
