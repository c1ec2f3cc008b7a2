//! Colours of maps.

/// The colours of one scheme. Contrast of a mark against sea, land and its own edge is at least 3:1.
pub struct Palette {
    /// Water, and everything outside the areas known.
    pub sea: &'static str,
    /// Land.
    pub land: &'static str,
    /// Borders of municipalities.
    pub border: &'static str,
    /// Edges of areas, lines and points.
    pub mark: &'static str,
    /// Areas.
    pub fill: &'static str,
    /// Around marks, so that they stand out from each other.
    pub edge: &'static str,
    /// Letters.
    pub ink: &'static str,
    /// What the visitor chose.
    pub chosen: &'static str,
}

/// For bright surroundings.
pub const LIGHT: Palette = Palette {
    sea: "#e3ebf2",
    land: "#fcfcf9",
    border: "#6b6b6b",
    mark: "#0031d8",
    fill: "#7096f8",
    edge: "#ffffff",
    ink: "#1a1a1a",
    chosen: "#c74700",
};

/// For dark surroundings.
pub const DARK: Palette = Palette {
    sea: "#1a222c",
    land: "#2b313a",
    border: "#b8bdc6",
    mark: "#9db7f9",
    fill: "#4979f5",
    edge: "#10131a",
    ink: "#f2f2f2",
    chosen: "#ffa66d",
};

/// Marks of several layers on one map. Each stands out from land and sea as the marks of a single layer do.
const SERIES_LIGHT: [&str; 8] =
    ["#0031d8", "#a23b00", "#00724f", "#8a2a8f", "#6b5700", "#b3003c", "#4d4d4d", "#00708f"];
const SERIES_DARK: [&str; 8] = ["#9db7f9", "#ffb38a", "#6fd6b0", "#e3a6e8", "#e0cd7a", "#ff9fb8", "#c8c8c8", "#7fd0ea"];

impl Palette {
    /// The palette of a scheme by its name in addresses: `dark`, else light.
    pub fn of(scheme: Option<&str>) -> &'static Self {
        if scheme == Some("dark") { &DARK } else { &LIGHT }
    }

    /// Whether its marks are light on a dark ground.
    pub fn is_dark(&self) -> bool {
        self.land == DARK.land
    }

    /// The colour of the nth of several layers.
    pub fn series(&self, number: usize) -> &'static str {
        let series = if self.is_dark() { &SERIES_DARK } else { &SERIES_LIGHT };
        series.get(number % series.len()).copied().unwrap_or(self.mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance and contrast as WCAG 2.2 defines them.
    fn contrast(a: &str, b: &str) -> f64 {
        let luminance = |color: &str| -> f64 {
            let channel = |at: usize| {
                let value = f64::from(u8::from_str_radix(&color[at..at + 2], 16).expect("hex")) / 255.0;
                if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn marks_stand_out_from_every_ground() {
        for palette in [&LIGHT, &DARK] {
            let series = (0..8).map(|number| palette.series(number));
            for mark in [palette.mark, palette.chosen, palette.border].into_iter().chain(series) {
                for ground in [palette.sea, palette.land] {
                    let ratio = contrast(mark, ground);
                    assert!(ratio >= 3.0, "{mark} on {ground}: {ratio}");
                }
            }
            assert!(contrast(palette.ink, palette.land) >= 7.0);
            assert!(contrast(palette.mark, palette.edge) >= 3.0);
        }
    }
}
