//! Reading, normalizing and writing side by side: rows and records handed from thread to thread in packs, in their order.
//!
//! Nothing of a reader or of `normalize` knows of it. A pack holds about a thousand rows, few packs wait, so that a slow
//! side holds up the others instead of filling memory.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender};

use geo_types::Geometry;

use crate::model::finding::Finding;
use crate::model::record::{Record, RefusedRow};
use crate::normalize::{RecordSink, TableBegun, TableCounts};
use crate::read::pack::Packed;
use crate::read::{Row, RowSink, TableHead};

/// Packs that wait for the next thread.
pub(super) const WAITING_PACKS: usize = 4;

/// Bytes of text and geometry in one pack: what fits the cache that cores share.
const PACK_BYTES: usize = 256 << 10;

/// Things said in one pack.
const PACK_EVENTS: usize = 1_024;

/// What a reader said.
#[derive(Debug)]
enum Read {
    Table(Box<TableHead>),
    /// Its cells end at this place of [`Rows::cells`].
    Row {
        number: u64,
        cells_end: usize,
        geometry: Option<Box<Geometry<f64>>>,
    },
    Finding(Box<Finding>),
    Refused {
        row: u64,
        reason: Box<Finding>,
        cells: Vec<String>,
    },
}

/// A pack of what a reader said.
#[derive(Debug, Default)]
pub(super) struct Rows {
    events: Vec<Read>,
    cells: Packed,
    geometry_bytes: usize,
}

impl Rows {
    /// Says it all again.
    pub(super) fn play(self, to: &mut dyn RowSink) -> ControlFlow<()> {
        let mut rows = self.cells.unpack();
        for event in self.events {
            match event {
                Read::Table(head) => to.table(&head)?,
                Read::Finding(finding) => to.finding(*finding),
                Read::Refused { row, reason, cells } => to.refused(row, *reason, cells)?,
                Read::Row { number, cells_end, geometry } => {
                    to.row(&Row { number, cells: rows.upto(cells_end), geometry: geometry.as_deref() })?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn is_full(&self) -> bool {
        self.events.len() >= PACK_EVENTS || self.cells.text_bytes() + self.geometry_bytes >= PACK_BYTES
    }
}

/// Packs what a reader says and sends it on.
pub(super) struct RowPacker {
    to: SyncSender<Rows>,
    pack: Rows,
}

impl RowPacker {
    pub(super) fn new(to: SyncSender<Rows>) -> Self {
        Self { to, pack: Rows::default() }
    }

    /// Sends what is left.
    pub(super) fn finish(mut self) {
        // Where nobody listens any more, nothing is missed.
        let _ = self.send();
    }

    fn send(&mut self) -> ControlFlow<()> {
        let room = Rows {
            events: Vec::with_capacity(self.pack.events.len()),
            cells: Packed::like(&self.pack.cells),
            geometry_bytes: 0,
        };
        match self.to.send(std::mem::replace(&mut self.pack, room)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    fn push(&mut self, event: Read) -> ControlFlow<()> {
        self.pack.events.push(event);
        if self.pack.is_full() { self.send() } else { ControlFlow::Continue(()) }
    }
}

impl RowSink for RowPacker {
    fn table(&mut self, head: &TableHead) -> ControlFlow<()> {
        self.push(Read::Table(Box::new(head.clone())))
    }

    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        let pack = &mut self.pack;
        let cells_end = pack.cells.push(row.cells);
        let geometry = row.geometry.map(|geometry| {
            pack.geometry_bytes += geometry_bytes(geometry);
            Box::new(geometry.clone())
        });
        self.push(Read::Row { number: row.number, cells_end, geometry })
    }

    fn finding(&mut self, finding: Finding) {
        // A listener that has gone is noticed at the next row.
        let _ = self.push(Read::Finding(Box::new(finding)));
    }

    fn refused(&mut self, row: u64, reason: Finding, cells: Vec<String>) -> ControlFlow<()> {
        self.push(Read::Refused { row, reason: Box::new(reason), cells })
    }
}

/// About the bytes of a geometry.
fn geometry_bytes(geometry: &Geometry<f64>) -> usize {
    use geo::CoordsIter as _;
    16 * geometry.coords_count()
}

/// What normalizing said.
#[derive(Debug)]
pub(super) enum Made {
    Table(Box<TableBegun>),
    Record(Box<Record>),
    Refused(Box<RefusedRow>),
    Finding(Box<Finding>),
    End(TableCounts),
}

impl Made {
    /// Says it again.
    pub(super) fn play(self, to: &mut dyn RecordSink) -> ControlFlow<()> {
        match self {
            Self::Table(begun) => to.table(*begun),
            Self::Record(record) => to.record(*record),
            Self::Refused(row) => to.refused(*row),
            Self::Finding(finding) => {
                to.finding(*finding);
                ControlFlow::Continue(())
            }
            Self::End(counts) => to.end(counts),
        }
    }
}

/// Packs what normalizing says and sends it on.
pub(super) struct RecordPacker {
    to: SyncSender<Vec<Made>>,
    pack: Vec<Made>,
    bytes: usize,
}

impl RecordPacker {
    pub(super) fn new(to: SyncSender<Vec<Made>>) -> Self {
        Self { to, pack: Vec::with_capacity(PACK_EVENTS), bytes: 0 }
    }

    /// Sends what is left.
    pub(super) fn finish(mut self) {
        // Where nobody listens any more, nothing is missed.
        let _ = self.send();
    }

    fn send(&mut self) -> ControlFlow<()> {
        self.bytes = 0;
        match self.to.send(std::mem::replace(&mut self.pack, Vec::with_capacity(PACK_EVENTS))) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    fn push(&mut self, said: Made, bytes: usize) -> ControlFlow<()> {
        self.pack.push(said);
        self.bytes += bytes;
        if self.pack.len() >= PACK_EVENTS || self.bytes >= PACK_BYTES { self.send() } else { ControlFlow::Continue(()) }
    }
}

impl RecordSink for RecordPacker {
    fn table(&mut self, begun: TableBegun) -> ControlFlow<()> {
        self.push(Made::Table(Box::new(begun)), 0)
    }

    fn record(&mut self, record: Record) -> ControlFlow<()> {
        // A value has about ten bytes of text.
        let bytes = record.values.len() * 32 + record.geometry.as_ref().map_or(0, geometry_bytes);
        self.push(Made::Record(Box::new(record)), bytes)
    }

    fn refused(&mut self, row: RefusedRow) -> ControlFlow<()> {
        self.push(Made::Refused(Box::new(row)), 0)
    }

    fn finding(&mut self, finding: Finding) {
        // A listener that has gone is noticed at the next record.
        let _ = self.push(Made::Finding(Box::new(finding)), 0);
    }

    fn end(&mut self, counts: TableCounts) -> ControlFlow<()> {
        self.push(Made::End(counts), 0)
    }
}

/// Plays all packs of rows that come.
pub(super) fn play_rows(packs: &Receiver<Rows>, to: &mut dyn RowSink) {
    for pack in packs {
        if pack.play(to).is_break() {
            break;
        }
    }
}

/// Plays all packs of records that come.
pub(super) fn play_records(packs: &Receiver<Vec<Made>>, to: &mut dyn RecordSink) {
    for said in packs.iter().flatten() {
        if said.play(to).is_break() {
            break;
        }
    }
}
