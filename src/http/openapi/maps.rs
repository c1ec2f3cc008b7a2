//! Tiles, styles, letters and signs for maps, and WMTS.

use serde_json::{Value as Json, json};

use super::operation::{Operation, Surface, bytes, get, in_path, in_query, name, needed, one_of, schema, text, whole};
use super::samples::Samples;
use crate::http::ogc::grid;
use crate::http::tiles::body::MEDIA_TYPE;
use crate::model::tile::MAX_ZOOM;

fn layers(samples: &Samples) -> Json {
    let words = "レイヤの名前。カンマで区切ると重ね合わせ / name of a layer, or of several with commas";
    in_path("layers", words, &name(), samples.layer.as_deref())
}

fn scheme() -> Json {
    in_query("scheme", "配色 / colours", &one_of(&["light", "dark"]))
}

/// The operations.
pub(super) fn operations(samples: &Samples) -> Vec<Operation> {
    let (z, x, y) = samples.tile.clone().unwrap_or_default();
    let tile = |operation: Operation| {
        operation
            .gives("タイル(MVT 2.1) / a tile", &[(MEDIA_TYPE, bytes())])
            .answers(204, "データのないタイル / a tile without data", &[])
            .unchanged()
            .refuses(Surface::Plain, &[404, 409, 503])
    };
    let zoom = whole(0, None, Some(u64::from(MAX_ZOOM)));
    let place = [
        in_path("z", "ズーム / zoom", &zoom, Some(&z)),
        in_path("x", "列 / column", &whole(0, None, None), Some(&x)),
        in_path("y", "行 / row", &whole(0, None, None), Some(&y)),
    ];
    let mut all = vec![
        get("/tiles.json", "listLayers", "maps", "すべてのレイヤ / all layers")
            .gives("一覧 / the list", &[("application/json", schema("Layers"))])
            .unchanged()
            .refuses(Surface::Plain, &[503]),
        get("/tiles/{layers}.json", "getTileJson", "maps", "レイヤのTileJSON / TileJSON of layers")
            .with([layers(samples)])
            .gives("TileJSON 3.0", &[("application/json", schema("TileJson"))])
            .unchanged()
            .refuses(Surface::Plain, &[404, 503]),
        tile(
            get("/tiles/{layers}/{z}/{x}/{y}", "getTile", "maps", "ベクトルタイル / a vector tile")
                .with([layers(samples)])
                .with(place)
                .with([
                    in_query("v", "TileJSONにある版 / the version in the TileJSON", &text()),
                    in_query(
                        "filters",
                        "項目と値のJSON。合うものだけのタイル / values by column as JSON: only what matches",
                        &text(),
                    ),
                ]),
        ),
        get("/styles/{layers}.json", "getStyle", "maps", "MapLibreのスタイル / a style for MapLibre")
            .with([layers(samples), scheme()])
            .gives("スタイル / the style", &[("application/json", schema("Style"))])
            .unchanged()
            .refuses(Surface::Plain, &[404, 503]),
        get("/map/{layer}/style.json", "getPageStyle", "maps", "地図のページのスタイル / the style of a map page")
            .with([
                in_path("layer", "レイヤの名前 / name of a layer", &name(), samples.layer.as_deref()),
                scheme(),
                in_query("faces", "apart で書体を別にする / apart: without the fonts", &text()),
            ])
            .gives("スタイル / the style", &[("application/json", schema("Style"))])
            .unchanged()
            .refuses(Surface::Page, &[404, 503]),
        get("/map/{layer}.svg", "getMapPicture", "maps", "地図の絵 / the map as a picture")
            .with([
                in_path("layer", "レイヤの名前 / name of a layer", &name(), samples.layer.as_deref()),
                in_query("bbox", "西,南,東,北(度) / west,south,east,north in degrees", &text()),
                in_query("v", "アドレスにある版 / the version in the address", &text()),
            ])
            .gives("SVG", &[("image/svg+xml", text())])
            .unchanged()
            .refuses(Surface::Page, &[400, 404, 503]),
        get("/fonts/{stack}/{range}.pbf", "getLetters", "maps", "地図の文字 / letters for maps")
            .with([
                in_path("stack", "書体の名前 / name of the font", &text(), Some(crate::http::style::FONT)),
                in_path("range", "256文字の範囲 / 256 letters", &text(), Some("0-255")),
            ])
            .gives("文字(SDF) / letters (SDF)", &[("application/x-protobuf", bytes())])
            .unchanged()
            .refuses(Surface::Plain, &[404, 503]),
        get("/sprites/{file}", "getSigns", "maps", "地図の記号 / signs for maps")
            .with([in_path(
                "file",
                "ファイル / the file",
                &one_of(&["hiraku.json", "hiraku.png", "hiraku@2x.json", "hiraku@2x.png"]),
                Some("hiraku.json"),
            )])
            .gives("記号 / the signs", &[("application/json", json!({ "type": "object" })), ("image/png", bytes())])
            .unchanged()
            .answers(404, "見つかりません / not found", &[])
            .refuses(Surface::Plain, &[503]),
    ];
    all.extend(wmts(samples, &tile));
    all
}

fn wmts(samples: &Samples, tile: &dyn Fn(Operation) -> Operation) -> Vec<Operation> {
    let (z, x, y) = samples.tile.clone().unwrap_or_default();
    let layer = || in_path("layer", "レイヤの名前 / name of a layer", &name(), samples.layer.as_deref());
    let capabilities = "WMTSの能力文書 / capabilities of WMTS";
    vec![
        get("/wmts/1.0.0/WMTSCapabilities.xml", "getCapabilities", "maps", capabilities)
            .gives("XML", &[("application/xml", text())])
            .refuses(Surface::Plain, &[503]),
        get("/wmts", "wmts", "maps", "WMTS 1.0.0(キーと値) / WMTS 1.0.0 by key and value")
            .with([
                needed(
                    "REQUEST",
                    "要求 / the request",
                    &one_of(&["GetCapabilities", "GetTile"]),
                    Some("GetCapabilities"),
                ),
                in_query("SERVICE", "WMTS", &one_of(&["WMTS"])),
                in_query("LAYER", "レイヤ / the layer", &text()),
                in_query("TILEMATRIXSET", "区切り方 / the tiling scheme", &one_of(&[grid::NAME])),
                in_query("TILEMATRIX", "ズーム / zoom", &text()),
                in_query("TILEROW", "行 / row", &text()),
                in_query("TILECOL", "列 / column", &text()),
            ])
            .gives(
                "能力文書またはタイル / capabilities or a tile",
                &[("application/xml", text()), (MEDIA_TYPE, bytes())],
            )
            .answers(204, "データのないタイル / a tile without data", &[])
            .unchanged()
            .answers(400, "例外報告 / an exception report", &[("application/xml", text())])
            .refuses(Surface::Plain, &[404, 503]),
        tile(
            get(
                "/wmts/1.0.0/{layer}/default/{grid}/{matrix}/{row}/{column}",
                "getWmtsTile",
                "maps",
                "WMTSのタイル / a tile of WMTS",
            )
            .with([
                layer(),
                in_path("grid", "区切り方 / the tiling scheme", &one_of(&[grid::NAME]), Some(grid::NAME)),
                in_path("matrix", "ズーム / zoom", &text(), Some(&z)),
                in_path("row", "行 / row", &whole(0, None, None), Some(&y)),
                in_path("column", "列 / column", &whole(0, None, None), Some(&x)),
            ]),
        ),
    ]
}
