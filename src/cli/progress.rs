//! Progress a person can watch: a bar on a terminal, a line now and then elsewhere.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

use crate::pipeline::Progress;

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
