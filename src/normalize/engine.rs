//! The engine: rows in, records out, every row accounted for.

use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::sync::Arc;

use geo_types::MultiPolygon;

use crate::model::code::MunicipalityCode;
use crate::model::finding::Finding;
use crate::model::lonlat::Bbox;
use crate::model::name::Slug;
use crate::model::record::RefusedRow;
use crate::read::{Crs, Row, RowSink, TableHead};
use crate::schema::{Municipalities, MunicipalityKind};

use super::bounds::Bounds;
use super::confidential::{Check, Layout, Policy};
use super::cut::{Beside, Cuts, Cutter};
use super::datum::DatumGrid;
use super::fit::Target;
use super::gazetteer::Towns;
use super::head::Opened;
use super::held::HeldRow;
use super::lines::Lines;
use super::placement::{Circumstances, placement};
use super::profile::{Profile, TableProfile};
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
    /// Out while it hands something on.
    cutter: Option<Box<Cutter>>,
    context: NormalizeContext,
    profiles: Vec<TableProfile>,
    profile: PhantomData<&'p Profile>,
    bounds: Option<Bounds>,
    /// What stands for the boundary where that is not known.
    rough: Option<Bounds>,
    frame: Option<Bbox>,
    sink: S,
    tables: usize,
    state: State,
}

enum State {
    Idle,
    Running(Box<Running>),
    /// The sink wants no more.
    Stopped,
}

impl<'p, S: RecordSink> Normalizer<'p, S> {
    /// `profile` is what a first reading of the same file saw; without one, columns of no sheet stay text.
    pub fn new(mut context: NormalizeContext, profile: &'p Profile, sink: S) -> Self {
        let bounds = context.bounds.take().and_then(Bounds::new);
        let body = context.publisher.and_then(|code| Municipalities::bundled().by_code(code));
        let rough = if bounds.is_some() { None } else { body.and_then(Bounds::around) };
        let frame = bounds.as_ref().and_then(Bounds::frame).or_else(|| {
            let body = body?;
            Some(Bbox {
                west_deg: body.lon_deg - FRAME_RADIUS_DEG,
                south_deg: body.lat_deg - FRAME_RADIUS_DEG,
                east_deg: body.lon_deg + FRAME_RADIUS_DEG,
                north_deg: body.lat_deg + FRAME_RADIUS_DEG,
            })
        });
        let cutter = Some(Box::new(Cutter::new(&context.file_name)));
        let (profiles, profile) = (profile.tables(), PhantomData);
        Self { cutter, context, profiles, profile, bounds, rough, frame, sink, tables: 0, state: State::Idle }
    }

    /// Ends the last table and gives the sink back.
    pub fn finish(mut self) -> S {
        // The sink's wish to stop changes nothing at the end.
        let _ = self.cut(|cutter, engine| cutter.end(engine));
        self.sink
    }

    /// The key and title of the table that begins.
    fn identity(&self, opened: &Opened) -> (Slug, String) {
        let number = self.tables + 1;
        let key = if number == 1 { self.context.key.clone() } else { format!("{}-{number}", self.context.key) };
        let slug = Slug::parse(&key).unwrap_or_else(|_| Slug::from_digest("table_", &key));
        let own = if opened.is_further { opened.title() } else { None };
        let names: Vec<&str> = opened.head.name.iter().chain(&own).map(String::as_str).collect();
        let title = if number > 1 && !names.is_empty() {
            format!("{}（{}）", self.context.title, names.join(" "))
        } else {
            self.context.title.clone()
        };
        (slug, title)
    }

    /// A point of the municipality; of a prefecture none says where its places are.
    fn center(&self) -> Option<(f64, f64)> {
        let body = Municipalities::bundled().by_code(self.context.publisher?)?;
        (body.kind != MunicipalityKind::Prefecture).then_some((body.lon_deg, body.lat_deg))
    }

    /// Hands something to the cutter, which hands it back as tables.
    fn cut(&mut self, hand: impl FnOnce(&mut Cutter, &mut Self) -> ControlFlow<()>) -> ControlFlow<()> {
        let Some(mut cutter) = self.cutter.take() else { return ControlFlow::Break(()) };
        let flow = hand(&mut cutter, self);
        self.cutter = Some(cutter);
        flow
    }

    /// Shapes a table.
    fn begin(&mut self, opened: Opened) -> ControlFlow<()> {
        let header = &opened.header;
        let mut findings = Vec::new();
        let (key, title) = self.identity(&opened);
        let profile = self.profiles.get(self.tables).cloned().unwrap_or_default();
        let around = Surroundings {
            key,
            title,
            publisher: self.context.publisher,
            titles: &self.context.titles,
            frame: self.frame,
            profile: &profile,
            towns: self.context.towns.as_ref(),
        };
        let shaped = Shaped::new(&opened.head, header, &around, &mut findings);
        self.tables += 1;
        let around = Circumstances {
            given: self.context.crs.as_ref(),
            grid: self.context.datum_grid.as_ref(),
            target: Target { bounds: self.bounds.as_ref(), center: self.center() },
            sample: profile.places.sample(),
        };
        let placement = placement(&opened.head, &around, &mut findings);
        let check = self.check(&shaped, opened.head.name.as_deref());
        let mut running = Running {
            check,
            header: if opened.head.columns.is_some() { Vec::new() } else { header_texts(header) },
            is_text: opened.head.format == "CSV" && opened.first_column == 0,
            sheet_name: opened.head.name.clone(),
            shaped,
            placement,
            counts: TableCounts::default(),
            first_empty: None,
            positions: 0,
            is_rough: false,
            filled_positions: 0,
            outside: 0,
            lines: Lines::default(),
        };
        note_rows_above(&opened, &mut running, &mut findings);
        let begun = TableBegun {
            shape: running.shaped.shape.clone(),
            encoding: opened.head.encoding.clone(),
            format: opened.head.format.to_owned(),
            rows_above: running.counts.rows_above,
            name: opened.head.name.clone(),
            // Counted in the row of the sheet, also where other tables stand to the left.
            cells: running.shaped.cells().into_iter().map(|cell| Some(cell? + opened.first_column)).collect(),
        };
        self.state = State::Running(Box::new(running));
        self.flow(|sink| sink.table(begun))?;
        opened.findings.into_iter().chain(findings).for_each(|finding| self.sink.finding(finding));
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
        for finding in
            running.put_geometry(row, made.position, &mut record.geometry, self.bounds.as_ref().or(self.rough.as_ref()))
        {
            self.sink.finding(finding);
        }
        if matches!(running.placement, Placement::Geometry(_)) && running.shaped.fill_position(&mut record) {
            running.filled_positions += 1;
        }
        running.counts.rows_read += 1;
        running.counts.records += 1;
        self.flow(|sink| sink.record(record))
    }

    /// A row that is no record: a remark, a title, the header again.
    fn set_aside(&mut self, row: &HeldRow, what: Beside) -> ControlFlow<()> {
        let State::Running(running) = &mut self.state else { return ControlFlow::Break(()) };
        let finding = running.beside_finding(row, what);
        if what == Beside::Header {
            return self.refuse(row.number, finding, row.texts());
        }
        running.counts.rows_below += 1;
        self.sink.finding(finding);
        ControlFlow::Continue(())
    }

    fn end_table(&mut self) -> ControlFlow<()> {
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
            State::Idle => ControlFlow::Continue(()),
        }
    }
}

impl<S: RecordSink> Cuts for Normalizer<'_, S> {
    fn open(&mut self, opened: Opened) -> ControlFlow<()> {
        self.begin(opened)
    }

    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        self.run(row)
    }

    fn beside(&mut self, row: &HeldRow, what: Beside) -> ControlFlow<()> {
        self.set_aside(row, what)
    }

    fn refused(&mut self, row: u64, reason: Finding, cells: Vec<String>) -> ControlFlow<()> {
        self.refuse(row, reason, cells)
    }

    fn finding(&mut self, finding: Finding) {
        self.sink.finding(finding);
    }

    fn end(&mut self) -> ControlFlow<()> {
        self.end_table()
    }
}

impl<S: RecordSink> RowSink for Normalizer<'_, S> {
    fn table(&mut self, head: &TableHead) -> ControlFlow<()> {
        self.cut(|cutter, engine| cutter.table(head, engine))
    }

    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        self.cut(|cutter, engine| cutter.row(row, engine))
    }

    fn finding(&mut self, finding: Finding) {
        // Nothing here can stop the reader.
        let _ = self.cut(|cutter, engine| {
            cutter.finding(finding, engine);
            ControlFlow::Continue(())
        });
    }

    fn refused(&mut self, row: u64, reason: Finding, cells: Vec<String>) -> ControlFlow<()> {
        self.cut(|cutter, engine| cutter.refused(row, reason, cells, engine))
    }
}
