//! Who may write which slot, and when all that was given has been written: the part of a segment that threads share.
//!
//! A writer *claims* a slot (`next`), writes into it, and *publishes* it (`written`). Whoever closes the segment ends the
//! claims and knows how many there were (`claimed`); once as many are published, every slot is whole and may be read.
//! The atomics are a parameter, so that the checker of orders below drives this very code.

use std::sync::atomic::{AtomicU64, Ordering};

/// Added to the claims when a segment is closed: no claim after that can be below the number of slots, and claims cannot
/// carry the number round (2^64 − 2^40 of them).
const CLOSED: u64 = 1 << 40;

/// An atomic number.
pub(super) trait Word {
    fn of(value: u64) -> Self;
    fn load(&self, order: Ordering) -> u64;
    fn store(&self, value: u64, order: Ordering);
    fn fetch_add(&self, value: u64, order: Ordering) -> u64;
}

impl Word for AtomicU64 {
    fn of(value: u64) -> Self {
        Self::new(value)
    }

    fn load(&self, order: Ordering) -> u64 {
        self.load(order)
    }

    fn store(&self, value: u64, order: Ordering) {
        self.store(value, order);
    }

    fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
        self.fetch_add(value, order)
    }
}

/// The slots of a segment.
#[derive(Debug)]
pub(super) struct Slots<W> {
    room: u64,
    /// The next free slot; [`CLOSED`] and above once no more are given.
    next: W,
    /// Slots fully written.
    written: W,
    /// Slots given in all, set when closing; `u64::MAX` before.
    claimed: W,
}

/// How far a segment is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Filled {
    /// Slots written; where some are still being written, not the first ones.
    pub(super) written: u64,
    /// Slots given: those before may hold records.
    pub(super) given: u64,
    /// Whether every slot given has been written.
    pub(super) is_settled: bool,
}

impl<W: Word> Slots<W> {
    pub(super) fn new(room: u32) -> Self {
        Self { room: u64::from(room), next: W::of(0), written: W::of(0), claimed: W::of(u64::MAX) }
    }

    /// Lets `write` write into the next free slot, which it alone is given; `false` where there is none any more.
    pub(super) fn put(&self, write: impl FnOnce(u64)) -> bool {
        let slot = self.next.fetch_add(1, Ordering::Relaxed);
        if slot >= self.room {
            return false;
        }
        write(slot);
        self.written.fetch_add(1, Ordering::Release);
        true
    }

    /// Slots written so far.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }

    /// Gives out no more slots. Those given before may still be being written.
    pub(super) fn close(&self) {
        let before = self.next.fetch_add(CLOSED, Ordering::AcqRel);
        if before < CLOSED {
            self.claimed.store(before.min(self.room), Ordering::Release);
        }
    }

    /// Whether it is closed and every slot given has been written.
    pub(super) fn is_complete(&self) -> bool {
        self.written() == self.claimed.load(Ordering::Acquire)
    }

    /// How far it is filled. What was written is read before what was given: were a slot after the first `written` among
    /// those written, its claim would be seen too, so that equal numbers mean that the first `written` slots are whole.
    pub(super) fn filled(&self) -> Filled {
        let written = self.written();
        let given = (self.next.load(Ordering::Relaxed) % CLOSED).min(self.room);
        Filled { written, given, is_settled: written == given }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;
    use std::sync::Arc;

    use loom::sync::atomic::AtomicU64 as Checked;
    use loom::thread;

    use super::*;

    impl Word for Checked {
        fn of(value: u64) -> Self {
            Self::new(value)
        }

        fn load(&self, order: Ordering) -> u64 {
            self.load(order)
        }

        fn store(&self, value: u64, order: Ordering) {
            self.store(value, order);
        }

        fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
            self.fetch_add(value, order)
        }
    }

    /// The same without any order between threads: what the checker must find wrong.
    #[derive(Debug)]
    struct Unordered(Checked);

    impl Word for Unordered {
        fn of(value: u64) -> Self {
            Self(Checked::new(value))
        }

        fn load(&self, _: Ordering) -> u64 {
            self.0.load(Ordering::Relaxed)
        }

        fn store(&self, value: u64, _: Ordering) {
            self.0.store(value, Ordering::Relaxed);
        }

        fn fetch_add(&self, value: u64, _: Ordering) -> u64 {
            self.0.fetch_add(value, Ordering::Relaxed)
        }
    }

    /// A segment of records of two words, stored as the mapped memory stores them: each word by itself, in no order.
    #[derive(Debug)]
    struct Model<W> {
        slots: Slots<W>,
        memory: Vec<[Checked; 2]>,
    }

    impl<W: Word + Debug + Send + Sync + 'static> Model<W> {
        fn new(room: u32) -> Arc<Self> {
            let memory = (0..room).map(|_| [Checked::new(0), Checked::new(0)]).collect();
            Arc::new(Self { slots: Slots::new(room), memory })
        }

        fn put(&self, record: u64) -> bool {
            self.slots.put(|slot| {
                for word in &self.memory[usize::try_from(slot).expect("small")] {
                    word.store(record, Ordering::Relaxed);
                }
            })
        }

        /// The records of the first slots, each of which must be whole.
        fn records(&self, slots: u64) -> Vec<u64> {
            let whole = |words: &[Checked; 2]| {
                let [first, second] = [0, 1].map(|at| words[at].load(Ordering::Relaxed));
                assert!(first != 0 && first == second, "a record is whole: {first} and {second}");
                first
            };
            let mut records: Vec<u64> =
                self.memory.iter().take(usize::try_from(slots).expect("small")).map(whole).collect();
            records.sort_unstable();
            records
        }

        fn writers(self: &Arc<Self>, records: impl IntoIterator<Item = Vec<u64>>) -> Vec<thread::JoinHandle<Vec<u64>>> {
            let spawn = |own: Vec<u64>| {
                let model = Arc::clone(self);
                thread::spawn(move || own.into_iter().filter(|record| model.put(*record)).collect())
            };
            records.into_iter().map(spawn).collect()
        }
    }

    fn joined(writers: Vec<thread::JoinHandle<Vec<u64>>>) -> Vec<u64> {
        let mut answered: Vec<u64> = writers.into_iter().flat_map(|writer| writer.join().expect("no panic")).collect();
        answered.sort_unstable();
        answered
    }

    /// Two writers, and this thread closes and looks whether the segment may be sealed.
    fn seal_beside_writers<W: Word + Debug + Send + Sync + 'static>(room: u32, records: [Vec<u64>; 2]) {
        loom::model(move || {
            let model: Arc<Model<W>> = Model::new(room);
            let writers = model.writers(records.clone());
            model.slots.close();
            let sealed = model.slots.is_complete().then(|| model.records(model.slots.written()));
            let answered = joined(writers);
            assert!(model.slots.is_complete(), "all writers are done, so nothing is missing");
            if let Some(sealed) = sealed {
                assert_eq!(sealed, answered, "what was sealed is what was answered, each once");
            }
            assert_eq!(model.records(model.slots.written()), answered);
            assert!(!model.put(9), "a closed segment takes nothing");
        });
    }

    #[test]
    fn in_every_order_of_steps_a_sealed_segment_holds_what_was_answered_once() {
        seal_beside_writers::<Checked>(4, [vec![1], vec![2]]);
        seal_beside_writers::<Checked>(4, [vec![1, 3], vec![2]]);
    }

    #[test]
    fn in_every_order_of_steps_a_full_segment_gives_each_slot_to_one_writer() {
        seal_beside_writers::<Checked>(1, [vec![1], vec![2]]);
        seal_beside_writers::<Checked>(2, [vec![1, 3], vec![2]]);
    }

    fn sync_beside_writers<W: Word + Debug + Send + Sync + 'static>() {
        loom::model(|| {
            let model: Arc<Model<W>> = Model::new(4);
            let writers = model.writers([vec![1], vec![2]]);
            let filled = model.slots.filled();
            if filled.is_settled {
                assert_eq!(model.records(filled.given).len() as u64, filled.written);
            }
            joined(writers);
            let filled = model.slots.filled();
            assert_eq!(filled, Filled { written: 2, given: 2, is_settled: true });
        });
    }

    #[test]
    fn in_every_order_of_steps_what_is_settled_is_whole() {
        sync_beside_writers::<Checked>();
    }

    #[test]
    #[should_panic(expected = "a record is whole")]
    fn without_order_between_threads_the_checker_finds_a_torn_record() {
        seal_beside_writers::<Unordered>(4, [vec![1], vec![2]]);
    }

    #[test]
    #[should_panic(expected = "a record is whole")]
    fn without_order_between_threads_what_is_settled_is_found_torn() {
        sync_beside_writers::<Unordered>();
    }
}
