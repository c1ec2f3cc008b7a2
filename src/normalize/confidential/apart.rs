//! The check of a long table in a thread of its own: it needs the rows as found and nothing else, and takes about as long
//! as reading them.

use std::sync::mpsc::{Receiver, SendError, SyncSender, sync_channel};
use std::thread::JoinHandle;

use geo_types::{Geometry, Point};

use super::Check;
use crate::model::finding::Finding;
use crate::read::pack::Packed;
use crate::read::{Cell, Row};

/// Rows that are looked at where they come: most tables are shorter, and a thread costs as much as a hundred rows.
const ROWS_HERE: u64 = 2_048;

/// Rows of one pack.
const PACK_ROWS: usize = 1_024;
/// Bytes of text of one pack: what fits the cache that cores share.
const PACK_BYTES: usize = 256 << 10;
/// Packs that wait.
const WAITING_PACKS: usize = 4;

/// A check that is done here or by a thread.
#[derive(Debug)]
pub(in crate::normalize) struct Apart(Where);

#[derive(Debug)]
enum Where {
    Here(Box<Check>),
    There(There),
    /// Between the two.
    Nowhere,
}

/// A check in its thread.
#[derive(Debug)]
struct There {
    pack: Pack,
    packs: SyncSender<Pack>,
    thread: JoinHandle<Option<Box<Check>>>,
}

/// What was seen, in its order.
#[derive(Debug, Default)]
struct Pack {
    seen: Vec<Seen>,
    cells: Packed,
}

/// One row, and where its cells end.
#[derive(Debug)]
struct Seen {
    number: u64,
    what: What,
    end: usize,
}

#[derive(Debug)]
enum What {
    Row,
    /// A row with a point.
    Placed,
    /// A title or a remark.
    Beside,
}

impl Apart {
    /// Begins with what the check has seen so far.
    pub(in crate::normalize) fn new(check: Check) -> Self {
        Self(Where::Here(Box::new(check)))
    }

    /// [`Check::see`].
    pub(in crate::normalize) fn see(&mut self, row: &Row<'_>) {
        match &mut self.0 {
            Where::Here(check) => {
                check.see(row);
                if check.rows == ROWS_HERE {
                    self.leave();
                }
            }
            Where::There(there) => {
                let is_placed = matches!(row.geometry, Some(Geometry::Point(_)));
                there.push(row.number, if is_placed { What::Placed } else { What::Row }, row.cells);
            }
            Where::Nowhere => {}
        }
    }

    /// [`Check::see_beside`].
    pub(in crate::normalize) fn see_beside(&mut self, row: u64, text: &str) {
        match &mut self.0 {
            Where::Here(check) => check.see_beside(row, text),
            Where::There(there) => there.push(row, What::Beside, &[Cell::Text(text)]),
            Where::Nowhere => {}
        }
    }

    /// [`Check::findings`] of everything seen.
    pub(in crate::normalize) fn findings(&mut self) -> Vec<Finding> {
        self.0 = match std::mem::replace(&mut self.0, Where::Nowhere) {
            Where::There(there) => there.back(),
            here => here,
        };
        match &self.0 {
            Where::Here(check) => check.findings(),
            Where::There(_) | Where::Nowhere => Vec::new(),
        }
    }

    /// Hands the check to a thread. Where the system has none left, it goes on here.
    fn leave(&mut self) {
        let Where::Here(check) = std::mem::replace(&mut self.0, Where::Nowhere) else { return };
        let (handing, handed) = sync_channel(1);
        let (packs, seen) = sync_channel(WAITING_PACKS);
        let thread = std::thread::Builder::new().name("confidential".to_owned());
        let thread = thread.spawn(move || handed.recv().ok().map(|check| look(check, &seen)));
        self.0 = match thread {
            Ok(thread) => match handing.send(check) {
                Ok(()) => Where::There(There { pack: Pack::default(), packs, thread }),
                Err(SendError(check)) => Where::Here(check),
            },
            Err(_) => Where::Here(check),
        };
    }
}

impl There {
    fn push(&mut self, number: u64, what: What, cells: &[Cell<'_>]) {
        let end = self.pack.cells.push(cells);
        self.pack.seen.push(Seen { number, what, end });
        if self.pack.seen.len() >= PACK_ROWS || self.pack.cells.text_bytes() >= PACK_BYTES {
            self.send();
        }
    }

    fn send(&mut self) {
        let room = Pack { seen: Vec::with_capacity(self.pack.seen.len()), cells: Packed::like(&self.pack.cells) };
        // A thread that ended early has panicked, which `back` hands on.
        let _ = self.packs.send(std::mem::replace(&mut self.pack, room));
    }

    /// The check, when it has seen everything.
    fn back(mut self) -> Where {
        self.send();
        drop(self.packs);
        match self.thread.join() {
            Ok(check) => check.map_or(Where::Nowhere, Where::Here),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

/// Looks at everything that comes.
fn look(mut check: Box<Check>, packs: &Receiver<Pack>) -> Box<Check> {
    // Where a point lies is not looked at.
    let point = Geometry::Point(Point::new(0.0, 0.0));
    for Pack { seen, cells } in packs {
        let mut rows = cells.unpack();
        for Seen { number, what, end } in seen {
            let cells = rows.upto(end);
            match what {
                What::Beside => check.see_beside(number, cells.first().map_or("", |cell| cell.text())),
                What::Row => check.see(&Row { number, cells, geometry: None }),
                What::Placed => check.see(&Row { number, cells, geometry: Some(&point) }),
            }
        }
    }
    check
}

#[cfg(test)]
mod tests {
    use super::super::{Layout, Policy};
    use super::*;

    fn check() -> Check {
        let headers = ["氏名", "電話番号", "メール"].map(str::to_owned);
        Check::new(&Layout { headers: &headers, ..Layout::default() }, &Policy::default())
    }

    #[test]
    fn a_long_table_is_judged_as_if_it_were_looked_at_here() {
        let (mut here, mut apart) = (check(), Apart::new(check()));
        apart.see_beside(1, "担当 090-1234-5678");
        here.see_beside(1, "担当 090-1234-5678");
        for number in 2..3 * ROWS_HERE {
            let (name, phone) = (format!("山田 太郎{}", number % 7), format!("090-0000-{number:04}"));
            let cells = [Cell::Text(&name), Cell::Text(&phone), Cell::Text("someone@example.jp")];
            let row = Row { number, cells: &cells, geometry: None };
            here.see(&row);
            apart.see(&row);
            if number % 1_000 == 0 {
                here.see_beside(number, "備考 090-1111-2222");
                apart.see_beside(number, "備考 090-1111-2222");
            }
        }
        assert!(matches!(apart.0, Where::There(_)), "a thread has it");
        let (here, apart) = (here.findings(), apart.findings());
        assert!(!here.is_empty());
        assert_eq!(format!("{here:?}"), format!("{apart:?}"));
    }

    #[test]
    fn a_short_table_needs_no_thread() {
        let mut apart = Apart::new(check());
        let row = Row { number: 2, cells: &[Cell::Text("090-1234-5678")], geometry: None };
        (1..ROWS_HERE).for_each(|_| apart.see(&row));
        assert!(matches!(apart.0, Where::Here(_)));
        assert!(!apart.findings().is_empty());
    }
}
