//! A file inside an archive: its tables are named by its path, and so are its findings and its refusal.

use std::ops::ControlFlow;

use crate::model::finding::Finding;
use crate::read::{Row, RowSink, TableHead};

/// Hands on what a reader finds, under the name of the file.
pub(in crate::read) struct Named<'s> {
    /// Where to.
    pub(in crate::read) sink: &'s mut dyn RowSink,
    /// The path of the file.
    pub(in crate::read) name: String,
    /// Whether the sink wants no more.
    pub(in crate::read) is_stopped: bool,
}

impl Named<'_> {
    fn name_of(&self, sheet: Option<&str>) -> String {
        match sheet {
            Some(sheet) => format!("{} / {sheet}", self.name),
            None => self.name.clone(),
        }
    }

    fn flow(&mut self, flow: ControlFlow<()>) -> ControlFlow<()> {
        self.is_stopped |= flow.is_break();
        flow
    }

    fn placed(&self, mut finding: Finding) -> Finding {
        finding.place.sheet = Some(self.name_of(finding.place.sheet.as_deref()));
        finding
    }
}

impl RowSink for Named<'_> {
    fn table(&mut self, head: &TableHead) -> ControlFlow<()> {
        let head = TableHead { name: Some(self.name_of(head.name.as_deref())), ..head.clone() };
        let flow = self.sink.table(&head);
        self.flow(flow)
    }

    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        let flow = self.sink.row(row);
        self.flow(flow)
    }

    fn finding(&mut self, finding: Finding) {
        let finding = self.placed(finding);
        self.sink.finding(finding);
    }

    fn refused(&mut self, row: u64, reason: Finding, cells: Vec<String>) -> ControlFlow<()> {
        let reason = self.placed(reason);
        let flow = self.sink.refused(row, reason, cells);
        self.flow(flow)
    }
}

/// Counts rows, to compare two files of one name.
#[derive(Default)]
pub(super) struct Counted {
    pub(super) tables: u64,
    pub(super) rows: u64,
}

impl RowSink for Counted {
    fn table(&mut self, _: &TableHead) -> ControlFlow<()> {
        self.tables += 1;
        ControlFlow::Continue(())
    }

    fn row(&mut self, _: &Row<'_>) -> ControlFlow<()> {
        self.rows += 1;
        ControlFlow::Continue(())
    }

    fn finding(&mut self, _: Finding) {}

    fn refused(&mut self, _: u64, _: Finding, _: Vec<String>) -> ControlFlow<()> {
        self.rows += 1;
        ControlFlow::Continue(())
    }
}
