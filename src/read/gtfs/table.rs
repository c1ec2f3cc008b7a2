//! One text file of a feed as a table: its first row names the columns, stops have positions, times are looked at.

use std::ops::ControlFlow;

use geo_types::{Geometry, Point};

use super::files::File;
use super::references::{Column, Keys};
use super::shapes::Shapes;
use crate::model::finding::{Finding, FindingCode, Place};
use crate::read::{Cell, Crs, Row, RowSink, TableHead};

/// The format of a table, by which normalizing knows the standard sheet.
pub(super) const FORMAT: &str = "GTFS-JP";

/// Takes the rows of one file.
pub(super) struct Table<'s> {
    pub(super) sink: &'s mut dyn RowSink,
    pub(super) file: &'static File,
    pub(super) keys: &'s mut Keys,
    /// Set where the rows are the vertices of lines.
    pub(super) shapes: Option<&'s mut Shapes>,
    encoding: String,
    header: Option<Vec<String>>,
    references: Vec<Column>,
    key: Option<usize>,
    position: Option<(usize, usize)>,
    times: Vec<usize>,
    late: Option<(u64, u64, String)>,
    blank: u64,
    /// What was said before the header came.
    early: Vec<Finding>,
    pub(super) is_stopped: bool,
}

impl<'s> Table<'s> {
    pub(super) fn new(
        sink: &'s mut dyn RowSink,
        file: &'static File,
        keys: &'s mut Keys,
        shapes: Option<&'s mut Shapes>,
    ) -> Self {
        Self {
            sink,
            file,
            keys,
            shapes,
            encoding: String::new(),
            header: None,
            references: Vec::new(),
            key: None,
            position: None,
            times: Vec::new(),
            late: None,
            blank: 0,
            early: Vec::new(),
            is_stopped: false,
        }
    }

    fn place(&self, row: Option<u64>, column: Option<&str>) -> Place {
        Place { sheet: Some(self.file.name.to_owned()), row, column: column.map(str::to_owned), ..Place::default() }
    }

    fn flow(&mut self, flow: ControlFlow<()>) -> ControlFlow<()> {
        self.is_stopped |= flow.is_break();
        flow
    }

    fn begin(&mut self, header: Vec<String>) -> ControlFlow<()> {
        let at = |name: &str| header.iter().position(|cell| cell == name);
        self.key = self.file.key.and_then(at);
        self.references = self.keys.columns(self.file, &header);
        self.position = match self.file.name {
            "stops.txt" => at("stop_lat").zip(at("stop_lon")),
            _ => None,
        };
        self.times = ["arrival_time", "departure_time", "start_time", "end_time"].into_iter().filter_map(at).collect();
        self.keys.begin(self.file.name);
        let missing: Vec<&str> = self.file.columns.iter().copied().filter(|name| at(name).is_none()).collect();
        let flow = if let Some(shapes) = &mut self.shapes {
            shapes.begin(&header);
            ControlFlow::Continue(())
        } else {
            let head = TableHead {
                name: Some(self.file.name.to_owned()),
                columns: Some(header.clone()),
                crs: self.position.map(|_| Crs::Geographic),
                encoding: self.encoding.clone(),
                format: FORMAT,
            };
            self.sink.table(&head)
        };
        self.header = Some(header);
        if self.shapes.is_none() {
            for finding in std::mem::take(&mut self.early) {
                self.sink.finding(finding);
            }
        }
        for name in missing {
            let place = self.place(None, Some(name));
            self.say(Finding::new(FindingCode::GtfsColumnMissing, place, name, self.file.name));
        }
        self.flow(flow)
    }

    /// Findings of the vertices of lines wait until the table of lines begins.
    fn say(&mut self, finding: Finding) {
        if self.shapes.is_some() { self.early.push(finding) } else { self.sink.finding(finding) }
    }

    /// The encoding of the file.
    pub(super) fn encoding(&self) -> &str {
        &self.encoding
    }

    /// What was said and could not be handed on yet.
    pub(super) fn take_early(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.early)
    }

    /// Whether the file had a header.
    pub(super) fn has_begun(&self) -> bool {
        self.header.is_some()
    }

    /// What is known when the file ends.
    pub(super) fn close(&mut self) {
        let findings: Vec<Finding> =
            self.references.iter().filter_map(|column| column.finding(self.file.name)).collect();
        for finding in findings {
            self.say(finding);
        }
        if let Some((row, count, text)) = self.late.take() {
            let place = self.place(Some(row), None);
            let found = format!("{text} ({count})");
            self.say(Finding::new(FindingCode::TimePastMidnight, place, &found, ""));
        }
        if self.blank > 0 {
            let place = self.place(None, None);
            self.say(Finding::new(FindingCode::RowEmpty, place, &self.blank.to_string(), ""));
        }
    }

    fn look(&mut self, row: &Row<'_>) {
        let text = |at: usize| row.cells.get(at).map_or("", |cell| cell.text().trim());
        if let Some(key) = self.key {
            let value = text(key);
            if let Some(first) = (!value.is_empty()).then(|| self.keys.add(self.file.name, value, row.number)).flatten()
            {
                let place = self.place(Some(row.number), self.file.key);
                self.say(Finding::new(FindingCode::IdDuplicate, place, value, first.to_string()));
            }
        }
        if self.file.name == "calendar_dates.txt"
            && let Some(at) =
                self.header.as_ref().and_then(|header| header.iter().position(|cell| cell == "service_id"))
        {
            // A service may have many days; its name may stand alone here.
            let _ = self.keys.add(self.file.name, text(at), row.number);
        }
        self.keys.check(&mut self.references, row.number, &|at| text(at).to_owned());
        for at in &self.times {
            let found = text(*at);
            if is_past_midnight(found) {
                let (_, count, _) = self.late.get_or_insert((row.number, 0, found.to_owned()));
                *count += 1;
            }
        }
    }
}

/// `25:10:00`: the day of service goes on after midnight.
fn is_past_midnight(time: &str) -> bool {
    let Some((hours, rest)) = time.split_once(':') else { return false };
    hours.parse::<u32>().is_ok_and(|hours| {
        hours > 24 || (hours == 24 && rest.bytes().any(|byte| byte.is_ascii_digit() && byte != b'0'))
    })
}

impl RowSink for Table<'_> {
    fn table(&mut self, head: &TableHead) -> ControlFlow<()> {
        self.encoding.clone_from(&head.encoding);
        ControlFlow::Continue(())
    }

    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        if self.header.is_none() {
            let header = row.cells.iter().map(|cell| cell.text().trim().to_owned()).collect();
            return self.begin(header);
        }
        if row.cells.iter().all(|cell| cell.text().trim().is_empty()) {
            self.blank += 1;
            return ControlFlow::Continue(());
        }
        self.look(row);
        if let Some(shapes) = &mut self.shapes {
            return shapes.row(row, self.keys);
        }
        let number = |at: usize| row.cells.get(at).and_then(|cell| degrees(*cell));
        let point = self.position.and_then(|(lat, lon)| Some((number(lat)?, number(lon)?)));
        let geometry = point.map(|(lat, lon)| Geometry::Point(Point::new(lon, lat)));
        let flow = self.sink.row(&Row { number: row.number, cells: row.cells, geometry: geometry.as_ref() });
        self.flow(flow)
    }

    fn finding(&mut self, mut finding: Finding) {
        finding.place.sheet = Some(self.file.name.to_owned());
        if self.header.is_none() || self.shapes.is_some() {
            self.early.push(finding);
        } else {
            self.sink.finding(finding);
        }
    }

    fn refused(&mut self, row: u64, reason: Finding, cells: Vec<String>) -> ControlFlow<()> {
        let flow = self.sink.refused(row, reason, cells);
        self.flow(flow)
    }
}

/// A decimal number of degrees; `None` for anything else.
pub(super) fn degrees(cell: Cell<'_>) -> Option<f64> {
    let text = cell.text().trim();
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.'));
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_times_after_24_00_are_past_midnight() {
        for (time, past) in
            [("24:00:00", false), ("24:00:01", true), ("25:10:00", true), ("23:59:59", false), ("", false)]
        {
            assert_eq!(is_past_midnight(time), past, "{time}");
        }
    }
}
