//! `hiraku tiles`: a file to a PMTiles archive, without a data directory.
//!
//! The file goes the way of every other as far as it needs to: a worker reads it, its records are put into Hilbert
//! order, and the same builder makes the tileset. There is no database, and nothing stays but the archive.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

use super::arguments::{Tiles, crs, must_exist};
use super::progress::Shown;
use super::{Outcome, Usage, say};
use crate::config::Config;
use crate::model::code::MunicipalityCode;
use crate::model::name::Slug;
use crate::model::tile::TileSettings;
use crate::pipeline::Progress as _;
use crate::pipeline::apart::{self, TableApart};
use crate::pipeline::source::{Defaults, Found, NO_LICENCE, discover};
use crate::pipeline::supervise::WorkerCommand;
use crate::publish::archive::Tileset;
use crate::publish::{TableInput, TileOptions, publish_tileset};
use crate::store::ingest::RefusedSource;
use crate::store::objects::Objects;

/// The code of no municipality: the file's publisher does not matter to its tiles.
const NOBODY: &str = "00000";

/// Runs the command.
pub fn run(arguments: &Tiles, config: &Config, json: bool) -> anyhow::Result<Outcome> {
    must_exist(std::slice::from_ref(&arguments.file))?;
    if arguments.out.exists() && !arguments.force {
        let out = arguments.out.display();
        return Err(
            Usage(format!("{out} はすでにあります(--force で上書き) / {out} exists (--force replaces it)")).into()
        );
    }
    let layer = layer(arguments)?;
    let folder = arguments.out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let place = tempfile::Builder::new()
        .prefix(".hiraku-tiles-")
        .tempdir_in(folder)
        .with_context(|| folder.display().to_string())?;
    let objects = Objects::open(&place.path().join("objects"))?;
    let mut progress = Shown::default();
    progress.begin("tiles", 2);
    let read = read_tables(arguments, config, place.path())?;
    progress.step("read");
    let tables = match read {
        Ok(tables) => tables,
        Err(refused) => {
            progress.end();
            say(&format!("{}\t{}\n{}\n{}\n", refused.file, refused.code, refused.message_ja, refused.message_en));
            return Ok(Outcome::DataErrors);
        }
    };
    let mut drawn: Vec<TableApart> =
        tables.into_iter().filter(|table| table.geometry.is_some() && is_asked(arguments, table)).collect();
    let keys: Vec<String> = drawn.iter().map(|table| table.shape.key.to_string()).collect();
    let (Some(table), true) = (drawn.pop(), drawn.is_empty()) else {
        let keys = if keys.is_empty() { "0".to_owned() } else { keys.join(", ") };
        return Err(Usage(format!(
            "位置のある表を1つ選んでください(--table)。見つかった表: {keys} / name one table with positions (--table); found: {keys}"
        ))
        .into());
    };
    let input = TableInput {
        shape: &table.shape,
        title: &table.shape.title,
        layer: Some(&layer),
        attribution: "",
        geometry: table.geometry,
        bbox: table.bbox,
        tiles: TileOptions {
            memory_bytes: config.tile_memory_bytes(),
            previous: None,
            twin: false,
            budget_bytes: arguments.tile_bytes,
        },
    };
    let made = publish_tileset(input, table.records, &objects)?
        .ok_or_else(|| Usage("位置のある行がありません / no record has a position".to_owned()))?;
    progress.step("tiles");
    progress.end();
    let object = objects.path(&made.digest);
    put(&object, &arguments.out)?;
    let archive = Tileset::open(std::fs::read(&arguments.out)?)?;
    let metadata: serde_json::Value = serde_json::from_str(archive.metadata())?;
    let told = json!({
        "file": arguments.out,
        "layer": layer.as_str(),
        "bytes": archive.bytes().len(),
        "tiles": archive.tiles(),
        "minzoom": made.min_zoom,
        "maxzoom": made.max_zoom,
        "hiraku": metadata["hiraku"],
    });
    let text = if json { serde_json::to_string_pretty(&told)? } else { told.to_string() };
    say(&format!("{text}\n"));
    Ok(Outcome::Done)
}

/// The tables of the file, or why there are none.
fn read_tables(
    arguments: &Tiles,
    config: &Config,
    folder: &Path,
) -> anyhow::Result<Result<Vec<TableApart>, RefusedSource>> {
    let defaults = Defaults {
        publisher: MunicipalityCode::from_five(NOBODY).ok(),
        licence: NO_LICENCE.to_owned(),
        crs: crs(arguments.crs.as_deref())?,
    };
    let found = discover(std::slice::from_ref(&arguments.file), &defaults)?;
    let worker = WorkerCommand::of(&std::env::current_exe()?)
        .with_datum_grid(&config.datum_grid)
        .with_policy(super::confidential::policy(config)?);
    let towns = super::arguments::towns(None)?;
    let mut all = Vec::new();
    for item in found {
        match item {
            Found::Refused(refused) => return Ok(Err(refused)),
            Found::Dataset(mut source) => {
                source.tiles = asked(arguments, &source.tiles);
                match apart::read(&worker, source, &towns, folder)? {
                    Ok(tables) => all.extend(tables),
                    Err(refused) => return Ok(Err(refused)),
                }
            }
        }
    }
    Ok(Ok(all))
}

/// The object under its new name: on the same file system no byte is copied.
fn put(object: &Path, out: &PathBuf) -> anyhow::Result<()> {
    let context = || out.display().to_string();
    if out.exists() {
        std::fs::remove_file(out).with_context(context)?;
    }
    std::fs::rename(object, out).with_context(context)?;
    std::fs::set_permissions(out, std::os::unix::fs::PermissionsExt::from_mode(0o644)).with_context(context)
}

fn layer(arguments: &Tiles) -> anyhow::Result<Slug> {
    if let Some(name) = &arguments.layer {
        return Slug::parse(name).map_err(|error| Usage(format!("--layer: {error}")).into());
    }
    let stem = arguments.file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Slug::parse(&stem.to_lowercase()).unwrap_or_else(|_| Slug::from_digest("layer", &stem)))
}

fn is_asked(arguments: &Tiles, table: &TableApart) -> bool {
    arguments.table.as_ref().is_none_or(|wanted| wanted == table.shape.key.as_str() || *wanted == table.shape.title)
}

/// What the command line asks for, before what the description says.
fn asked(arguments: &Tiles, described: &TileSettings) -> TileSettings {
    TileSettings {
        min_zoom: arguments.min_zoom.or(described.min_zoom),
        max_zoom: arguments.max_zoom.or(described.max_zoom),
        complete_from: arguments.complete_from.or(described.complete_from),
        importance: described.importance.clone(),
        label: arguments.label.clone().or_else(|| described.label.clone()),
    }
}
