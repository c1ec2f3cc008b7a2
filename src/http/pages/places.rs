//! Names of municipalities on a picture: each once, none over another.

use super::shapes::{Canvas, Place};

/// Names on one picture at most: more cover the map.
const PLACES: usize = 40;

/// The names written so far.
#[derive(Debug)]
pub(super) struct Places {
    canvas: Canvas,
    /// Width of a letter, in the canvas's unit.
    letter: f64,
    pub(super) names: Vec<PlaceName>,
    boxes: Vec<[f64; 4]>,
}

/// A name and where its middle stands.
#[derive(Debug)]
pub(super) struct PlaceName {
    pub(super) name: String,
    pub(super) x: String,
    pub(super) y: String,
}

impl Places {
    pub(super) fn new(canvas: Canvas, letter: f64) -> Self {
        Self { canvas, letter, names: Vec::new(), boxes: Vec::new() }
    }

    /// Whether a name is still to be written. Islands of one municipality are parts with the same name: one of them
    /// carries it.
    pub(super) fn wants(&self, name: &str) -> bool {
        !name.is_empty() && self.names.len() < PLACES && self.names.iter().all(|place| place.name != name)
    }

    /// Writes a name; one that would touch another or leave the picture is left out.
    pub(super) fn write(&mut self, name: &str, (x, y): Place) {
        let half = (name.chars().count() as f64 / 2.0 + 0.3) * self.letter;
        let label = [x - half, y - 0.8 * self.letter, x + half, y + 0.8 * self.letter];
        let touches =
            |other: &[f64; 4]| label[0] < other[2] && other[0] < label[2] && label[1] < other[3] && other[1] < label[3];
        let inside = self.canvas.shows((label[0], label[1])) && self.canvas.shows((label[2], label[3]));
        if inside && !self.boxes.iter().any(touches) {
            self.boxes.push(label);
            let place = PlaceName {
                name: name.to_owned(),
                x: self.canvas.number(x),
                y: self.canvas.number(y + self.letter / 3.0),
            };
            self.names.push(place);
        }
    }
}
