//! `source.toml`: what a publisher's folder says of itself, checked before anything is read.

use serde::Deserialize;

use super::source::NO_LICENCE;
use crate::model::code::MunicipalityCode;
use crate::model::name::Slug;
use crate::model::tile::TileSettings;

/// What a `source.toml` says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    pub(super) name: Slug,
    pub(super) title: String,
    #[serde(default)]
    pub(super) notes: String,
    #[serde(default)]
    pub(super) theme: String,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    pub(super) licence: String,
    pub(super) attribution: String,
    #[serde(default)]
    pub(super) page: String,
    #[serde(default)]
    pub(super) retrieved: String,
    pub(super) publisher: DescribedPublisher,
    /// The coordinate system of its files where they do not state it (or state it wrongly): `EPSG:6676`.
    #[serde(default)]
    pub(super) crs: String,
    #[serde(default)]
    pub(super) files: Vec<DescribedFile>,
    /// How its layers are built; see [`TileSettings`].
    #[serde(default)]
    pub(super) tiles: TileSettings,
}

/// Who publishes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DescribedPublisher {
    pub(super) code: MunicipalityCode,
    #[serde(default)]
    pub(super) name: String,
}

/// One of the files.
#[derive(Debug, Deserialize)]
pub(super) struct DescribedFile {
    pub(super) name: String,
    pub(super) sha256: Option<String>,
    /// The title of what it holds; the dataset's where absent.
    #[serde(default)]
    pub(super) title: String,
}

/// Why a description is refused, in Japanese and English.
type Unfit = (String, String);

impl Description {
    /// Parses and checks the bytes of a description; gives it with its text.
    pub(super) fn parse(bytes: Vec<u8>) -> Result<(Self, String), Unfit> {
        let Ok(text) = String::from_utf8(bytes) else {
            return Err((
                "source.toml がUTF-8ではありません。UTF-8で保存し直してください。".to_owned(),
                "source.toml is not UTF-8; save it again as UTF-8.".to_owned(),
            ));
        };
        let described: Self = toml::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
            let line =
                error.span().and_then(|span| text.get(..span.start)).map_or(1, |head| head.lines().count().max(1));
            (
                format!(
                    "source.toml の{line}行目を読めません。項目の名前と値を確認してください({})。",
                    error.message()
                ),
                format!("source.toml cannot be read, line {line}: {}", error.message()),
            )
        })?;
        match unfit(&described) {
            Some(unfit) => Err(unfit),
            None => Ok((described, text)),
        }
    }
}

fn unfit_tiles(tiles: &TileSettings) -> Option<Unfit> {
    let zooms = [("min_zoom", tiles.min_zoom), ("max_zoom", tiles.max_zoom), ("complete_from", tiles.complete_from)];
    if let Some((name, zoom)) = zooms.into_iter().find_map(|(name, zoom)| Some((name, zoom.filter(|zoom| *zoom > 18)?)))
    {
        return Some((
            format!("[tiles] の {name} = {zoom} は範囲外です。0から18までの整数で書いてください。"),
            format!("[tiles] {name} = {zoom} is out of range; write a whole number from 0 to 18"),
        ));
    }
    let (least, most) = (tiles.min_zoom?, tiles.max_zoom?);
    (least > most).then(|| {
        (
            format!("[tiles] の min_zoom = {least} が max_zoom = {most} より大きくなっています。"),
            format!("[tiles] min_zoom = {least} is greater than max_zoom = {most}"),
        )
    })
}

/// What in a description cannot be right, in Japanese and English.
fn unfit(described: &Description) -> Option<Unfit> {
    if crate::schema::licence(&described.licence).is_none() && described.licence != NO_LICENCE {
        let licence = &described.licence;
        return Some((
            format!("ライセンス「{licence}」は schemas/licences.toml にありません。"),
            format!("the licence {licence:?} is not in schemas/licences.toml"),
        ));
    }
    let crs = &described.crs;
    if !crs.is_empty() && crate::read::Crs::parse(crs).is_none() {
        return Some((
            format!("crs「{crs}」は対応している座標系ではありません。EPSG:6676 のように書いてください。"),
            format!("crs {crs:?} is no coordinate system that is read; write it like EPSG:6676"),
        ));
    }
    if let Some(unfit) = unfit_tiles(&described.tiles) {
        return Some(unfit);
    }
    let retrieved = &described.retrieved;
    if !retrieved.is_empty() && retrieved.parse::<jiff::civil::Date>().is_err() {
        return Some((
            format!("retrieved「{retrieved}」は日付(YYYY-MM-DD)ではありません。"),
            format!("retrieved {retrieved:?} is no date (YYYY-MM-DD)"),
        ));
    }
    let page = &described.page;
    if !(page.is_empty() || page.starts_with("https://") || page.starts_with("http://")) {
        return Some((
            format!("page「{page}」は http または https で始まるURLではありません。"),
            format!("page {page:?} is no http or https URL"),
        ));
    }
    let texts = [&described.title, &described.notes, &described.theme, &described.attribution];
    let mut texts = texts.into_iter().chain(described.files.iter().map(|file| &file.title));
    if described.title.trim().is_empty() || texts.any(|text| text.contains(|c: char| c.is_control() && c != '\n')) {
        return Some((
            "title が空か、制御文字を含む項目があります。".to_owned(),
            "title is empty, or a text holds control characters".to_owned(),
        ));
    }
    None
}
