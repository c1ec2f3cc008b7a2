//! The text of a file in pieces: never more of it at once than is worked on, whatever the file's length.

use encoding_rs::Decoder;

use super::FileBytes;
use super::encoding::{self, Choice, REPLACED_KEPT, push_decoded, push_line};

/// Bytes of the file decoded in one step.
const STEP_BYTES: usize = 256 << 10;

/// A window over the decoded text of a file.
pub(super) struct Windows<'a> {
    file: &'a FileBytes,
    choice: Choice,
    decoder: Decoder,
    /// Bytes of the file that are decoded.
    at: usize,
    forgotten: usize,
    text: String,
    /// Where in the text the places lie that could not be decoded, ascending; of the first [`REPLACED_KEPT`] of the file.
    replaced_at: Vec<usize>,
    /// How many of them have been told by their place.
    told: usize,
    replaced: u64,
    foreign: u64,
}

impl<'a> Windows<'a> {
    /// A window at the beginning of the file, empty.
    pub(super) fn new(file: &'a FileBytes, choice: Choice) -> Self {
        Self {
            file,
            choice,
            decoder: choice.encoding.new_decoder_without_bom_handling(),
            at: choice.start,
            forgotten: 0,
            text: String::new(),
            replaced_at: Vec::new(),
            told: 0,
            replaced: 0,
            foreign: 0,
        }
    }

    /// The text in the window.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether nothing comes after the window.
    pub(super) fn is_last(&self) -> bool {
        self.at >= self.file.len()
    }

    /// Where in the text places could not be decoded; only the first of a file are kept.
    pub(super) fn replaced_at(&self) -> &[usize] {
        &self.replaced_at
    }

    /// Places that could not be decoded so far and have no place of their own.
    pub(super) fn replaced_untold(&self) -> u64 {
        self.replaced - self.told as u64
    }

    /// All places so far that could not be decoded.
    pub(super) fn replaced(&self) -> u64 {
        self.replaced
    }

    /// Whether what is in the window is no text.
    pub(super) fn is_noise(&self) -> bool {
        encoding::is_noise(&self.text, self.choice.name, self.replaced, self.foreign)
    }

    /// Drops the first bytes of the window and decodes on until it holds as many as wanted, or the file ends.
    pub(super) fn advance(&mut self, consumed: usize, wanted: usize) {
        self.text.drain(..consumed);
        self.replaced_at.retain_mut(|at| {
            let stays = *at >= consumed;
            *at -= if stays { consumed } else { 0 };
            stays
        });
        while self.text.len() < wanted && !self.is_last() {
            self.step();
        }
        self.file.forget_before(self.at, &mut self.forgotten);
    }

    fn step(&mut self) {
        let rest = &self.file[self.at..];
        let mut step = &rest[..rest.len().min(STEP_BYTES)];
        if self.choice.by_lines {
            // Whole lines; one longer than a step is taken as it comes.
            let whole = memchr::memrchr(b'\n', step).map_or(step.len(), |end| end + 1);
            step = &step[..if step.len() == rest.len() { step.len() } else { whole }];
        }
        self.at += step.len();
        let is_last = self.is_last();
        let (replaced, foreign, told, replaced_at) =
            (&mut self.replaced, &mut self.foreign, &mut self.told, &mut self.replaced_at);
        let mut replace = |text: &mut String, is_foreign: bool| {
            if *told < REPLACED_KEPT {
                replaced_at.push(text.len());
                *told += 1;
            }
            *replaced += 1;
            *foreign += u64::from(is_foreign);
            text.push('\u{FFFD}');
        };
        if self.choice.by_lines {
            for line in step.split_inclusive(|byte| *byte == b'\n') {
                push_line(line, self.choice.encoding, &mut self.text, &mut replace);
            }
        } else {
            push_decoded(&mut self.decoder, step, is_last, &mut self.text, &mut |text| replace(text, false));
        }
    }
}
