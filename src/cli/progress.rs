//! Progress a person can watch: a bar on a terminal, a line now and then elsewhere.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

use crate::pipeline::Progress;
use crate::pipeline::frames::Frame;

/// Shows progress on standard error.
#[derive(Debug, Default)]
pub struct Shown {
    bar: Option<ProgressBar>,
    what: String,
    total: usize,
    done: usize,
}

/// Lines printed where there is no terminal: one for each of so many parts of the job.
const LINES: usize = 10;

impl Progress for Shown {
    fn begin(&mut self, what: &str, total: usize) {
        what.clone_into(&mut self.what);
        self.total = total;
        self.done = 0;
        if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new(total as u64);
            if let Ok(style) = ProgressStyle::with_template("{prefix:>8} [{bar:40}] {pos}/{len} {elapsed} {wide_msg}") {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_prefix(what.to_owned());
            self.bar = Some(bar);
        }
    }

    fn step(&mut self, name: &str) {
        self.done += 1;
        match &self.bar {
            Some(bar) => {
                bar.set_message(name.to_owned());
                bar.inc(1);
            }
            None if self.done * LINES / self.total.max(1) != (self.done - 1) * LINES / self.total.max(1) => {
                eprintln!("{} {}/{} {name}", self.what, self.done, self.total);
            }
            None => {}
        }
    }

    fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_with_message("");
        }
    }
}

/// Shows on a terminal how far the reading of one file is; elsewhere it says nothing.
#[derive(Debug)]
pub struct Reading {
    bar: Option<ProgressBar>,
}

impl Reading {
    /// A file begins.
    pub fn begin(file: &str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {human_pos}行 {elapsed}") {
                bar.set_style(style);
            }
            bar.set_message(crate::report::text::plain(file));
            bar.enable_steady_tick(std::time::Duration::from_millis(120));
            bar
        });
        Self { bar }
    }

    /// Sees a frame of the file.
    pub fn see(&self, frame: &Frame) {
        if let (Some(bar), Frame::Rows(rows)) = (&self.bar, frame) {
            bar.set_position(*rows);
        }
    }

    /// So many lines have been read.
    pub fn lines(&mut self, lines: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(lines);
        }
    }

    /// The file is over.
    pub fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
