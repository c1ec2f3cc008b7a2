//! The engine: rows in, records out, every row accounted for.

use std::marker::PhantomData;
use std::ops::ControlFlow;

use crate::model::finding::{Finding, FindingCode, Place};
use crate::model::lonlat::Bbox;
use crate::model::name::Slug;
use crate::model::record::RefusedRow;
use crate::read::{Row, RowSink, TableHead};
use crate::schema::{Municipalities, MunicipalityKind};

use super::bounds::Bounds;
use super::confidential::{Apart, Check, Layout};
use super::context::NormalizeContext;
use super::cut::{Beside, Cuts, Cutter};
use super::fit::Target;
use super::head::{Opened, leaves_gaps};
use super::held::HeldRow;
use super::lines::Lines;
use super::placement::{Circumstances, placement};
use super::profile::{Profile, TableProfile};
use super::running::{Placement, Running, header_texts, note_rows_above};
use super::table::{Shaped, Surroundings};
use super::{RecordSink, TableBegun, TableCounts, garbled, naming, text};

/// How far around the publisher's representative point its places can be, degrees: about 50 km. Only used to choose
/// between two readings of a damaged coordinate where no boundary is at hand.
const FRAME_RADIUS_DEG: f64 = 0.5;

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
    /// Tables of the file that came, and those of them that were taken.
    seen: usize,
    tables: usize,
    /// Whether the workbook counts its days from 1904.
    is_from_1904: bool,
    state: State,
}

enum State {
    Idle,
    Running(Box<Running>),
    /// An empty table beside others is passed over.
    PassingOver,
    /// The sink wants no more.
    Stopped,
}

impl<'p, S: RecordSink> Normalizer<'p, S> {
    /// `profile` is what a first reading of the same file saw; without one, columns of no sheet stay text.
    pub fn new(mut context: NormalizeContext, profile: &'p Profile, sink: S) -> Self {
        let bounds = context.bounds.take().and_then(Bounds::new);
        let body = context.publisher.and_then(|code| Municipalities::bundled().by_code(code));
        let rough =
            if bounds.is_some() { None } else { body.and_then(|body| Bounds::rough(body, context.towns.as_deref())) };
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
        Self {
            cutter,
            context,
            profiles,
            profile,
            bounds,
            rough,
            frame,
            sink,
            seen: 0,
            tables: 0,
            is_from_1904: false,
            state: State::Idle,
        }
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
        self.is_from_1904 |= opened.findings.iter().any(|finding| finding.code == FindingCode::DaysFrom1904);
        let profile = self.profiles.get(self.seen).cloned();
        self.seen += 1;
        if profile.as_ref().is_some_and(|profile| self.is_empty_beside_others(&opened, profile)) {
            return self.pass_over(opened);
        }
        let profile = profile.unwrap_or_default();
        if self.context.publisher.is_none() && self.bounds.is_none() {
            // Nobody said whose file it is; its name or its only code does.
            let code = naming::city_of(&self.context.file_name).or(profile.city);
            let body = code.and_then(|code| Municipalities::bundled().by_code(code));
            self.rough = body.and_then(|body| Bounds::rough(body, self.context.towns.as_deref()));
        }
        let (key, title) = self.identity(&opened);
        let around = Surroundings {
            key,
            title,
            publisher: self.context.publisher,
            titles: &self.context.titles,
            frame: self.frame,
            profile: &profile,
            towns: self.context.towns.as_ref(),
            is_from_1904: self.is_from_1904,
        };
        let mut shaped = Shaped::new(&opened.head, header, &around, &mut findings);
        if self.is_from_1904 {
            shaped.count_from_1904();
        }
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
            is_text_or_sheet: opened.head.columns.is_none(),
            is_text: opened.head.format == "CSV" && opened.first_column == 0,
            sheet_name: opened.head.name.clone(),
            shaped,
            placement,
            counts: TableCounts::default(),
            first_empty: None,
            counted: (0, None),
            prefilled: (0, None),
            named: (0, 0, 0),
            last_row: if leaves_gaps(&opened) { opened.above.last().map_or(0, |(_, row)| row.number) } else { 0 },
            positions: 0,
            filled_positions: 0,
            outside: 0,
            lines: Lines::default(),
        };
        findings.extend(garbled::garbled(&running.shaped.headers, opened.head.name.as_deref()));
        findings.extend(naming::hidden_letters(&self.context.file_name).filter(|_| self.tables == 1));
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

    /// Whether a sheet has a header alone, where the file has others with rows. The layers of a format that names its
    /// columns are kept: it says what they are without features too.
    fn is_empty_beside_others(&self, opened: &Opened, profile: &TableProfile) -> bool {
        opened.head.columns.is_none()
            && opened.head.name.is_some()
            && !opened.is_further
            && profile.contents == 0
            && self.profiles.iter().any(|profile| profile.contents > 0)
    }

    fn pass_over(&mut self, opened: Opened) -> ControlFlow<()> {
        let name = opened.head.name.unwrap_or_default();
        let place = Place { sheet: Some(name.clone()), ..Place::default() };
        opened.findings.into_iter().for_each(|finding| self.sink.finding(finding));
        self.sink.finding(Finding::new(FindingCode::SheetEmpty, place, &name, ""));
        self.state = State::PassingOver;
        ControlFlow::Continue(())
    }

    /// The check before publication for a table of this shape.
    fn check(&self, shaped: &Shaped, sheet_name: Option<&str>) -> Apart {
        let columns = &shaped.shape.columns;
        let column = |header: &String| columns.iter().find(|column| column.found.as_ref() == Some(header));
        let kinds: Vec<_> = shaped.headers.iter().map(|header| column(header).map(|column| column.kind)).collect();
        let field =
            |header: &String| column(header).filter(|column| column.field.is_some()).map(|column| column.name.clone());
        let fields: Vec<_> = shaped.headers.iter().map(field).collect();
        let layout = Layout {
            headers: &shaped.headers,
            kinds: &kinds,
            fields: &fields,
            file_name: &self.context.file_name,
            title: &shaped.shape.title,
            sheet_name,
            standard: shaped.shape.sheet.as_ref().map(|sheet| sheet.number.as_str()),
        };
        Apart::new(Check::new(&layout, &self.context.confidential))
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
        running.see_gap(row);
        running.counts.rows_read += 1;
        running.counts.refused += 1;
        self.flow(|sink| sink.refused(RefusedRow { row, reason, cells }))
    }

    /// One row of the table under way.
    fn run(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        if matches!(self.state, State::PassingOver) {
            // The first look saw no row with content.
            return ControlFlow::Continue(());
        }
        let State::Running(running) = &mut self.state else { return ControlFlow::Break(()) };
        running.see_gap(row.number);
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
        running.see_first_cell(row);
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
        if matches!(self.state, State::PassingOver) {
            return ControlFlow::Continue(());
        }
        let State::Running(running) = &mut self.state else { return ControlFlow::Break(()) };
        if let Some(finding) = running.put_beside(row, what) {
            if what == Beside::Header {
                return self.refuse(row.number, finding, row.texts());
            }
            self.sink.finding(finding);
        }
        ControlFlow::Continue(())
    }

    fn end_table(&mut self) -> ControlFlow<()> {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Running(mut running) => {
                running.closing_findings().into_iter().for_each(|finding| self.sink.finding(finding));
                let counts = running.counts;
                self.flow(|sink| sink.end(counts))
            }
            State::Stopped => {
                self.state = State::Stopped;
                ControlFlow::Break(())
            }
            State::Idle | State::PassingOver => ControlFlow::Continue(()),
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
