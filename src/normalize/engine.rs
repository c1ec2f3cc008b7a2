//! The engine: rows in, records out, every row accounted for.

use std::ops::ControlFlow;
use std::sync::Arc;

use geo_types::MultiPolygon;

use crate::model::code::MunicipalityCode;
use crate::model::finding::Finding;
use crate::model::lonlat::Bbox;
use crate::model::name::Slug;
use crate::model::record::RefusedRow;
use crate::read::{Crs, Row, RowSink, TableHead};
use crate::schema::{Municipalities, MunicipalityKind, Schemas};

use super::bounds::Bounds;
use super::confidential::{Check, Layout, Policy};
use super::datum::DatumGrid;
use super::fit::Target;
use super::gazetteer::Towns;
use super::head::{HeldRow, Opening, Pending};
use super::lines::Lines;
use super::placement::{Circumstances, placement};
use super::profile::Profile;
use super::running::{Placement, Running, header_texts, note_rows_above};
use super::table::{Shaped, Surroundings};
use super::{RecordSink, TableBegun, TableCounts, text};

/// How far around the publisher's representative point its places can be, degrees: about 50 km. Only used to choose
/// between two readings of a damaged coordinate where no boundary is at hand.
const FRAME_RADIUS_DEG: f64 = 0.5;

/// What is known of a file before it is read.
#[derive(Debug, Clone, Default)]
pub struct NormalizeContext {
    /// Its name as published; `222127_aed.csv` hints at sheet 08.
    pub file_name: String,
    /// The key of its first table; further tables get `-2`, `-3` … A text that is no [`Slug`] is digested into one.
    pub key: String,
    /// The title of its first table; further tables add their own names.
    pub title: String,
    /// The organization that publishes it.
    pub publisher: Option<MunicipalityCode>,
    /// Display names of columns: the header as found, the name to show.
    pub titles: Vec<(String, String)>,
    /// The publisher's boundary in degrees; without it no position is said to be outside.
    pub bounds: Option<Vec<MultiPolygon<f64>>>,
    /// Towns beside the bundled ones, for positions from addresses.
    pub towns: Option<Arc<Towns>>,
    /// What the operator adds to the check before publication.
    pub confidential: Policy,
    /// The coordinate system a person gave; it stands before what the file states.
    pub crs: Option<Crs>,
    /// The operator's grid from the old Tokyo Datum; without one three parameters are used.
    pub datum_grid: Option<Arc<DatumGrid>>,
}

/// Turns rows into records. Total: every row pushed becomes exactly one record or one refused row, but for rows without
/// any content, which are counted and named once per table.
pub struct Normalizer<'p, S: RecordSink> {
    context: NormalizeContext,
    profile: &'p Profile,
    bounds: Option<Bounds>,
    frame: Option<Bbox>,
    sink: S,
    tables: usize,
    state: State,
}

enum State {
    Idle,
    Opening(Opening),
    Running(Box<Running>),
    /// The sink wants no more.
    Stopped,
}

impl<'p, S: RecordSink> Normalizer<'p, S> {
    /// `profile` is what a first reading of the same file saw; without one, columns of no sheet stay text.
    pub fn new(mut context: NormalizeContext, profile: &'p Profile, sink: S) -> Self {
        let bounds = context.bounds.take().and_then(Bounds::new);
        let frame = bounds.as_ref().and_then(Bounds::frame).or_else(|| {
            let body = Municipalities::bundled().by_code(context.publisher?)?;
            Some(Bbox {
                west_deg: body.lon_deg - FRAME_RADIUS_DEG,
                south_deg: body.lat_deg - FRAME_RADIUS_DEG,
                east_deg: body.lon_deg + FRAME_RADIUS_DEG,
                north_deg: body.lat_deg + FRAME_RADIUS_DEG,
            })
        });
        Self { context, profile, bounds, frame, sink, tables: 0, state: State::Idle }
    }

    /// Ends the last table and gives the sink back.
    pub fn finish(mut self) -> S {
        // The sink's wish to stop changes nothing at the end.
        let _ = self.end_table();
        self.sink
    }

    /// The key and title of the table that begins.
    fn identity(&self, head: &TableHead) -> (Slug, String) {
        let number = self.tables + 1;
        let key = if number == 1 { self.context.key.clone() } else { format!("{}-{number}", self.context.key) };
        let slug = Slug::parse(&key).unwrap_or_else(|_| Slug::from_digest("table_", &key));
        let title = match &head.name {
            Some(name) if number > 1 => format!("{}（{name}）", self.context.title),
            _ => self.context.title.clone(),
        };
        (slug, title)
    }

    /// A point of the municipality; of a prefecture none says where its places are.
    fn center(&self) -> Option<(f64, f64)> {
        let body = Municipalities::bundled().by_code(self.context.publisher?)?;
        (body.kind != MunicipalityKind::Prefecture).then_some((body.lon_deg, body.lat_deg))
    }

    /// Shapes the table whose first rows were held back, and lets them go on.
    fn open(&mut self) -> ControlFlow<()> {
        let State::Opening(opening) = std::mem::replace(&mut self.state, State::Idle) else {
            return ControlFlow::Continue(());
        };
        let header = opening.decide(Schemas::bundled(), &self.context.file_name);
        let is_nothing = opening.head.columns.is_none() && opening.rows().all(HeldRow::is_blank);
        if is_nothing && opening.pending.iter().all(|pending| matches!(pending, Pending::Row(_))) {
            // No header, no row: not a table. What the reader said of it still stands.
            opening.findings.into_iter().for_each(|finding| self.sink.finding(finding));
            return ControlFlow::Continue(());
        }
        let mut findings = Vec::new();
        let (key, title) = self.identity(&opening.head);
        let profile = self.profile.table_at(self.tables);
        let around = Surroundings {
            key,
            title,
            publisher: self.context.publisher,
            titles: &self.context.titles,
            frame: self.frame,
            profile: &profile,
            towns: self.context.towns.as_ref(),
        };
        let shaped = Shaped::new(&opening.head, &header, &around, &mut findings);
        self.tables += 1;
        let around = Circumstances {
            given: self.context.crs.as_ref(),
            grid: self.context.datum_grid.as_ref(),
            target: Target { bounds: self.bounds.as_ref(), center: self.center() },
            sample: profile.places.sample(),
        };
        let placement = placement(&opening.head, &around, &mut findings);
        let check = self.check(&shaped, opening.head.name.as_deref());
        let mut running = Running {
            check,
            header: if opening.is_named() { Vec::new() } else { header_texts(&header) },
            is_text: opening.head.format == "CSV",
            sheet_name: opening.head.name.clone(),
            shaped,
            placement,
            counts: TableCounts::default(),
            first_empty: None,
            positions: 0,
            filled_positions: 0,
            outside: 0,
            lines: Lines::default(),
        };
        note_rows_above(&opening, &header, &mut running, &mut findings);
        let begun = TableBegun {
            shape: running.shaped.shape.clone(),
            encoding: opening.head.encoding.clone(),
            format: opening.head.format.to_owned(),
            rows_above: running.counts.rows_above,
            name: opening.head.name.clone(),
            cells: running.shaped.cells(),
        };
        self.state = State::Running(Box::new(running));
        self.flow(|sink| sink.table(begun))?;
        opening.findings.into_iter().chain(findings).for_each(|finding| self.sink.finding(finding));
        let mut row_number = 0;
        for pending in opening.pending {
            match pending {
                Pending::Row(row) => {
                    row_number += 1;
                    if row_number > header.above {
                        row.replay(|row| self.run(row))?;
                    }
                }
                Pending::Refused { row, reason, cells } => self.refuse(row, reason, cells)?,
            }
        }
        ControlFlow::Continue(())
    }

    /// The check before publication for a table of this shape.
    fn check(&self, shaped: &Shaped, sheet_name: Option<&str>) -> Check {
        let kind = |header: &String| {
            shaped.shape.columns.iter().find(|column| column.found.as_ref() == Some(header)).map(|column| column.kind)
        };
        let kinds: Vec<_> = shaped.headers.iter().map(kind).collect();
        let layout = Layout {
            headers: &shaped.headers,
            kinds: &kinds,
            file_name: &self.context.file_name,
            title: &shaped.shape.title,
            sheet_name,
            standard: shaped.shape.sheet.as_ref().map(|sheet| sheet.number.as_str()),
        };
        Check::new(&layout, &self.context.confidential)
    }

    /// Remembers that the sink wants no more.
    fn flow(&mut self, hand: impl FnOnce(&mut S) -> ControlFlow<()>) -> ControlFlow<()> {
        let flow = hand(&mut self.sink);
        if flow.is_break() {
            self.state = State::Stopped;
        }
        flow
    }

    fn refuse(&mut self, row: u64, reason: Finding, cells: Vec<String>) -> ControlFlow<()> {
        let State::Running(running) = &mut self.state else { return ControlFlow::Break(()) };
        running.counts.rows_read += 1;
        running.counts.refused += 1;
        self.flow(|sink| sink.refused(RefusedRow { row, reason, cells }))
    }

    /// One row of the table under way.
    fn run(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        let State::Running(running) = &mut self.state else { return ControlFlow::Break(()) };
        // A feature without values and geometry is still a feature; a row of commas is nothing.
        let is_feature = !matches!(running.placement, Placement::Columns);
        if !is_feature && row.geometry.is_none() && row.cells.iter().all(|cell| text::is_blank(cell.text())) {
            running.counts.rows_empty += 1;
            running.first_empty.get_or_insert(row.number);
            return ControlFlow::Continue(());
        }
        if let Some(reason) = running.reason_to_refuse(row) {
            let cells = row.cells.iter().map(|cell| cell.text().to_owned()).collect();
            return self.refuse(row.number, reason, cells);
        }
        for finding in running.row_findings(row) {
            self.sink.finding(finding);
        }
        running.check.see(row);
        let made = running.shaped.make(row);
        let mut record = made.record;
        made.findings.into_iter().for_each(|finding| self.sink.finding(finding));
        for finding in running.put_geometry(row, made.position, &mut record.geometry, self.bounds.as_ref()) {
            self.sink.finding(finding);
        }
        if matches!(running.placement, Placement::Geometry(_)) && running.shaped.fill_position(&mut record) {
            running.filled_positions += 1;
        }
        running.counts.rows_read += 1;
        running.counts.records += 1;
        self.flow(|sink| sink.record(record))
    }

    fn end_table(&mut self) -> ControlFlow<()> {
        if matches!(self.state, State::Opening(_)) {
            self.open()?;
        }
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Running(running) => {
                running.closing_findings().into_iter().for_each(|finding| self.sink.finding(finding));
                let counts = running.counts;
                self.flow(|sink| sink.end(counts))
            }
            State::Stopped => {
                self.state = State::Stopped;
                ControlFlow::Break(())
            }
            State::Idle | State::Opening(_) => ControlFlow::Continue(()),
        }
    }
}

impl<S: RecordSink> RowSink for Normalizer<'_, S> {
    fn table(&mut self, head: &TableHead) -> ControlFlow<()> {
        self.end_table()?;
        let opening = Opening::new(head);
        let is_named = opening.is_named();
        self.state = State::Opening(opening);
        // Where the format names the columns there is nothing to wait for.
        if is_named { self.open() } else { ControlFlow::Continue(()) }
    }

    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        match &mut self.state {
            State::Opening(opening) => {
                if opening.push(row) {
                    return self.open();
                }
                ControlFlow::Continue(())
            }
            _ => self.run(row),
        }
    }

    fn finding(&mut self, finding: Finding) {
        if let State::Opening(opening) = &mut self.state {
            opening.findings.push(finding);
        } else {
            self.sink.finding(finding);
        }
    }

    fn refused(&mut self, row: u64, reason: Finding, cells: Vec<String>) -> ControlFlow<()> {
        if let State::Opening(opening) = &mut self.state {
            opening.pending.push(Pending::Refused { row, reason, cells });
            return ControlFlow::Continue(());
        }
        self.refuse(row, reason, cells)
    }
}
