//! What the tiles of a layer leave out at lesser zooms, told to whoever looks at the map.

use serde_json::Value as Json;

use super::wording::number;

/// What one zoom does not draw by itself.
pub(super) struct ZoomLine {
    pub(super) zoom: u64,
    pub(super) left_out: String,
    pub(super) merged: String,
}

/// What the tiles of a layer hold.
pub(super) struct Fullness {
    /// How many features have a position: so many are drawn at most.
    pub(super) features: String,
    /// Whether some are left out, and not only drawn together with others.
    pub(super) leaves_out: bool,
    /// From this zoom on everything is drawn.
    pub(super) complete_from: u64,
    /// The zooms below that leave something out or draw several features as one, greatest first.
    pub(super) lines: Vec<ZoomLine>,
}

impl Fullness {
    /// From the metadata of the layer's archive; `None` where it says nothing.
    pub(super) fn of(about: &Json) -> Option<Self> {
        let about = about.get("hiraku")?;
        let features = about.get("features")?.as_u64()?;
        let mut leaves_out = false;
        let complete_from = about.get("complete_from_zoom")?.as_u64()?;
        let mut lines: Vec<ZoomLine> = about
            .get("zooms")?
            .as_object()?
            .iter()
            .filter_map(|(zoom, figures)| {
                let figure = |name: &str| figures.get(name).and_then(Json::as_u64).unwrap_or(0);
                let (left_out, merged) = (figure("dropped"), figure("merged") + figure("joined"));
                let zoom: u64 = zoom.parse().ok()?;
                leaves_out |= left_out > 0 && zoom < complete_from;
                (left_out + merged > 0 && zoom < complete_from).then(|| ZoomLine {
                    zoom,
                    left_out: number(left_out),
                    merged: number(merged),
                })
            })
            .collect();
        lines.sort_by_key(|line| std::cmp::Reverse(line.zoom));
        Some(Self { features: number(features), leaves_out, complete_from, lines })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooms_that_leave_nothing_out_are_not_told() {
        let about = serde_json::json!({ "hiraku": { "features": 2000, "complete_from_zoom": 12, "zooms": {
            "9": { "dropped": 1200, "merged": 30, "joined": 4 },
            "10": { "dropped": 0, "merged": 7, "joined": 0 },
            "11": { "dropped": 0, "merged": 0, "joined": 0 },
            "12": { "dropped": 0, "merged": 0, "joined": 0 },
        }}});
        let fullness = Fullness::of(&about).expect("figures");
        let told: Vec<(u64, &str, &str)> =
            fullness.lines.iter().map(|l| (l.zoom, l.left_out.as_str(), l.merged.as_str())).collect();
        assert_eq!((fullness.complete_from, fullness.leaves_out, fullness.features.as_str()), (12, true, "2,000"));
        assert_eq!(told, [(10, "0", "7"), (9, "1,200", "34")]);
        assert!(Fullness::of(&Json::Null).is_none());
    }
}
