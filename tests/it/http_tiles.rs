//! Tiles of several layers, tiles of filters, tiles where an archive is damaged; styles, letters and pictures; the ways
//! of the OGC to the same tiles. Over the router in process.

use std::io::Read as _;
use std::sync::Arc;

use axum::body::Body;
use hiraku::config::Config;
use hiraku::count::access::{Access, AlsoLayers, layer_target};
use hiraku::http::Front;
use hiraku::http::counting::{Counting, counted};
use hiraku::model::tile::TileCoord;
use http::{Request, StatusCode};
use serde_json::Value as Json;
use tower::ServiceExt as _;

use crate::count_city::{CHROME, City, served};
use crate::http_site::{LAYER, Site, TOILETS, move_toilets, site, site_of_layers};
use crate::tile_checker::{CheckedTile, MvtValue, check, check_gzip};

const SITE: &str = "https://data.example.jp";
const GZIP: &[(&str, &str)] = &[("accept-encoding", "gzip")];

/// The tile with the city hall of 焼津市.
fn at(zoom: u8) -> TileCoord {
    let (x, y) = (14_487_u32, 6_497_u32);
    let tile = if zoom >= 14 { (x << (zoom - 14), y << (zoom - 14)) } else { (x >> (14 - zoom), y >> (14 - zoom)) };
    TileCoord::new(zoom, tile.0, tile.1).expect("a tile")
}

fn path(layers: &str, tile: TileCoord) -> String {
    format!("/tiles/{layers}/{}/{}/{}", tile.z(), tile.x(), tile.y())
}

fn read(gzip: &[u8]) -> CheckedTile {
    check_gzip(gzip, 64).expect("a tile without fault")
}

fn names(tile: &CheckedTile) -> Vec<&str> {
    tile.layers.iter().map(|layer| layer.name.as_str()).collect()
}

#[tokio::test]
async fn several_layers_are_one_tile() {
    let site = site_of_layers();
    let both = format!("{LAYER},{TOILETS}");
    let tile = at(12);
    let together = site.with("GET", &path(&both, tile), GZIP).await;
    assert_eq!(together.status, StatusCode::OK);
    assert_eq!(together.header("content-type"), "application/vnd.mapbox-vector-tile");
    assert_eq!(together.header("content-encoding"), "gzip");
    // One member: a reader that stops after the first has read everything.
    let mut plain = Vec::new();
    flate2::bufread::GzDecoder::new(together.body.as_slice()).read_to_end(&mut plain).expect("gzip");
    let whole = check(&plain, 64).expect("a tile without fault");
    assert_eq!(names(&whole), [LAYER, TOILETS]);
    for (own, layer) in whole.layers.iter().zip([LAYER, TOILETS]) {
        let alone = site.with("GET", &path(layer, tile), GZIP).await;
        let ids = |layer: &crate::tile_checker::CheckedLayer| layer.features.iter().map(|f| f.id).collect::<Vec<_>>();
        assert_eq!(ids(own), ids(&read(&alone.body).layers[0]), "{layer}");
    }
    // Commas as programs encode them.
    let encoded = format!("{LAYER}%2C{TOILETS}");
    assert_eq!(site.with("GET", &path(&encoded, tile), GZIP).await.body, together.body);
    assert_eq!(site.get(&format!("/tiles/{encoded}.json")).await.status, StatusCode::OK);
    assert_eq!(site.get(&path("%ff", tile)).await.status, StatusCode::NOT_FOUND);
    let bare = site.get(&path(&both, tile)).await;
    assert_eq!((bare.header("content-encoding"), bare.body == plain), ("", true));
    let tag = together.header("etag");
    let again = site.with("GET", &path(&both, tile), &[GZIP[0], ("if-none-match", tag)]).await;
    assert_eq!((again.status, again.header("etag"), again.body.len()), (StatusCode::NOT_MODIFIED, tag, 0));

    let many = vec![LAYER; 17].join(",");
    for wrong in
        [format!("{LAYER},nothing"), format!("{LAYER},{LAYER}"), format!("{LAYER},"), format!(",{LAYER}"), many]
    {
        assert_eq!(site.get(&path(&wrong, tile)).await.status, StatusCode::NOT_FOUND, "{wrong}");
        assert_eq!(site.get(&format!("/tiles/{wrong}.json")).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
    // Within the bounds that their TileJSON tells, though of neither layer's own.
    let between = TileCoord::new(14, 14_486, 6_500).expect("a tile");
    assert_eq!(site.get(&path(&both, between)).await.status, StatusCode::NO_CONTENT);
    let far = TileCoord::new(12, 0, 0).expect("a tile");
    assert_eq!(site.get(&path(&both, far)).await.status, StatusCode::NOT_FOUND);
    let beyond = TileCoord::new(22, 0, 0).expect("a tile");
    assert_eq!(site.get(&path(&both, beyond)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_layer_of_a_tile_is_counted() {
    let site = site_of_layers();
    let request = Request::get(path(&format!("{LAYER},{TOILETS}"), at(12))).body(Body::empty()).expect("a request");
    let response = site.router.clone().oneshot(request).await.expect("an answer");
    assert_eq!(response.extensions().get::<Access>(), Some(&Access::Tile(layer_target(LAYER))));
    let also = response.extensions().get::<AlsoLayers>().expect("the other layer");
    assert_eq!(*also.0, [layer_target(TOILETS)]);
}

#[tokio::test]
async fn the_tilejson_of_several_layers_leads_to_their_tiles() {
    let site = site_of_layers();
    let both = format!("{LAYER},{TOILETS}");
    let tilejson = site.get(&format!("/tiles/{both}.json")).await.json();
    let ids: Vec<&str> =
        tilejson["vector_layers"].as_array().expect("layers").iter().filter_map(|layer| layer["id"].as_str()).collect();
    assert_eq!(ids, [LAYER, TOILETS]);
    assert_eq!(tilejson["bounds"][0].as_f64(), Some(138.29));
    let template = tilejson["tiles"][0].as_str().and_then(|url| url.strip_prefix(SITE)).expect("an address").to_owned();
    let tile = at(13);
    let fill = |template: &str| {
        let template = template.replace("{z}", &tile.z().to_string());
        template.replace("{x}", &tile.x().to_string()).replace("{y}", &tile.y().to_string())
    };
    let got = site.with("GET", &fill(&template), GZIP).await;
    assert_eq!(got.header("cache-control"), "public, max-age=31536000, immutable");
    move_toilets(&site, 0.0001);
    let old = site.with("GET", &fill(&template), GZIP).await;
    assert_eq!(old.header("cache-control"), "public, max-age=60", "the old address must not be kept for ever");
    assert_ne!(old.header("etag"), got.header("etag"));
}

#[tokio::test]
async fn a_filter_leaves_what_it_names() {
    let site = site_of_layers();
    let tile = at(12);
    let with = |filters: &str| {
        let filters: String =
            percent_encoding::utf8_percent_encode(filters, percent_encoding::NON_ALPHANUMERIC).collect();
        format!("{}?filters={filters}", path(TOILETS, tile))
    };
    let all = read(&site.with("GET", &path(TOILETS, tile), GZIP).await.body).layers[0].features.len();
    let got = site.with("GET", &with("{\"収容 人数\":[3,\"5\"]}"), GZIP).await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.text());
    let features = &read(&got.body).layers[0].features;
    assert!((1..all).contains(&features.len()), "{} of {all}", features.len());
    for feature in features {
        let number = feature.tags.iter().find(|(name, _)| name == "収容 人数").map(|(_, value)| value);
        assert!(matches!(number, Some(MvtValue::Whole(3 | 5))), "{number:?}");
    }
    assert_eq!(site.get(&with("{\"名称\":\"ない\"}")).await.status, StatusCode::NO_CONTENT);
    for wrong in ["", "{", "[1]", "{\"ない列\":1}", "{\"名称\":{\"a\":1}}", "{\"名称\":null}"] {
        let got = site.get(&with(wrong)).await;
        assert_eq!(got.status, StatusCode::CONFLICT, "{wrong}");
    }
    assert_eq!(site.get(&format!("{}?filters=%ff", path(TOILETS, tile))).await.status, StatusCode::CONFLICT);
    // Zooms that the layer does not have stay without tiles: a tile of the world would be all features.
    let world = format!("/tiles/{TOILETS}/0/0/0?filters=%7B%22%E5%90%8D%E7%A7%B0%22%3A%22x%22%7D");
    assert_eq!(site.get(&world).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_second_encoding_says_the_same_in_fewer_bytes() {
    let site = site_of_layers();
    let tile = at(12);
    let gzip = site.with("GET", &path(TOILETS, tile), GZIP).await;
    let brotli = site.with("GET", &path(TOILETS, tile), &[("accept-encoding", "gzip, br")]).await;
    assert_eq!(brotli.header("content-encoding"), "br", "texts pack better with brotli");
    assert!(brotli.body.len() < gzip.body.len());
    assert_ne!(brotli.header("etag"), gzip.header("etag"));
    let mut plain = Vec::new();
    brotli::Decompressor::new(brotli.body.as_slice(), 4096).read_to_end(&mut plain).expect("brotli");
    assert_eq!(plain, site.get(&path(TOILETS, tile)).await.body);
    let refused = site.with("GET", &path(TOILETS, tile), &[("accept-encoding", "gzip, br;q=0")]).await;
    assert_eq!(refused.header("content-encoding"), "gzip");
}

/// Changes one byte in the middle of archives of a layer, or where it is said so cuts them off.
fn damage(site: &Site, layer: &str, cut: bool, which: impl Fn(usize) -> bool) {
    let catalogue = site.app.catalogue();
    let (_, _, layer) = catalogue.layer(layer).expect("the layer");
    for (number, digest) in layer.archives().iter().enumerate() {
        if which(number) {
            let object = site.app.objects.path(digest);
            let mut bytes = std::fs::read(&object).expect("the object");
            std::fs::remove_file(&object).expect("the object");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            bytes.truncate(if cut { 20 } else { bytes.len() });
            std::fs::write(&object, bytes).expect("a damaged object");
        }
    }
}

#[tokio::test]
async fn where_an_archive_is_damaged_the_last_good_release_is_served() {
    let site = site_of_layers();
    let tile = at(12);
    let first = site.with("GET", &path(TOILETS, tile), GZIP).await;
    move_toilets(&site, 0.0001);
    damage(&site, TOILETS, false, |number| number == 0);
    // As a server does that starts with what lies there.
    let site = site.started_anew();
    let earlier = site.with("GET", &path(TOILETS, tile), GZIP).await;
    assert_eq!((earlier.status, earlier.body == first.body), (StatusCode::OK, true));
    assert_eq!(earlier.header("cache-control"), "public, max-age=60");
    let names_of_both = format!("{LAYER},{TOILETS}");
    let tilejson = site.get(&format!("/tiles/{names_of_both}.json")).await.json();
    let version = tilejson["tiles"][0].as_str().and_then(|url| url.rsplit('?').next()).expect("a version").to_owned();
    let both = site.with("GET", &format!("{}?{version}", path(&names_of_both, tile)), GZIP).await;
    assert_eq!(both.status, StatusCode::OK);
    assert_eq!(both.header("cache-control"), "public, max-age=60", "what stands in is not kept for ever");
    assert_eq!(names(&read(&both.body)), [LAYER, TOILETS]);
}

#[tokio::test]
async fn without_any_good_archive_the_layer_is_being_repaired() {
    let site = site_of_layers();
    damage(&site, TOILETS, true, |_| true);
    let site = site.started_anew();
    for path in [path(TOILETS, at(12)), path(&format!("{LAYER},{TOILETS}"), at(12))] {
        let got = site.get(&path).await;
        assert_eq!((got.status, got.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "5"), "{path}");
    }
    assert_eq!(site.get(&path(LAYER, at(12))).await.status, StatusCode::OK);
    assert_eq!(site.get(&format!("/tiles/{TOILETS}.json")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn addresses_of_no_tile_are_not_found_on_every_way() {
    let site = site_of_layers();
    for (z, x, y) in [
        ("-1", "0", "0"),
        ("12", "4096", "0"),
        ("12", "0", "100000000000000000000"),
        ("12", "%30", "0"),
        ("12", "0.0", "0"),
        ("99999999999", "0", "0"),
        ("12", "%ff", "0"),
        ("1e1", "0", "0"),
    ] {
        for way in [
            format!("/tiles/{LAYER}/{z}/{x}/{y}"),
            format!("/tiles/{LAYER},{TOILETS}/{z}/{x}/{y}"),
            format!("/ogc/collections/{LAYER}/tiles/WebMercatorQuad/{z}/{y}/{x}"),
            format!("/ogc/tiles/WebMercatorQuad/{z}/{y}/{x}?collections={LAYER}"),
            format!("/wmts/1.0.0/{LAYER}/default/WebMercatorQuad/{z}/{y}/{x}.mvt"),
        ] {
            assert_eq!(site.get(&way).await.status, StatusCode::NOT_FOUND, "{way}");
        }
    }
}

/// All addresses of this site in a document.
fn addresses(json: &Json, found: &mut Vec<String>) {
    match json {
        Json::String(text) if text.starts_with(SITE) => found.push(text[SITE.len()..].to_owned()),
        Json::Array(values) => values.iter().for_each(|value| addresses(value, found)),
        Json::Object(map) => map.values().for_each(|value| addresses(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn a_style_draws_with_what_this_site_serves() {
    let site = site_of_layers();
    for (names, scheme) in [(LAYER.to_owned(), ""), (format!("{LAYER},{TOILETS}"), "?scheme=dark")] {
        let got = site.get(&format!("/styles/{names}.json{scheme}")).await;
        assert_eq!(got.status, StatusCode::OK);
        assert_eq!(got.header("access-control-allow-origin"), "*");
        let style = got.json();
        assert_eq!(style["version"], 8);
        let source = &style["sources"]["hiraku"];
        assert_eq!(source["url"], format!("{SITE}/tiles/{names}.json"));
        let layers = style["layers"].as_array().expect("layers");
        let ids: std::collections::HashSet<&str> = layers.iter().filter_map(|layer| layer["id"].as_str()).collect();
        assert_eq!(ids.len(), layers.len(), "ids stand once");
        for name in names.split(',') {
            assert!(layers.iter().any(|layer| layer["source-layer"] == name && layer["type"] == "circle"), "{name}");
            assert!(layers.iter().any(|layer| layer["source-layer"] == name && layer["type"] == "symbol"), "{name}");
        }
        let sprite = style["sprite"].as_str().and_then(|url| url.strip_prefix(SITE)).expect("a sprite");
        for (ending, kind) in [(".json", "application/json"), (".png", "image/png"), ("@2x.png", "image/png")] {
            let got = site.get(&format!("{sprite}{ending}")).await;
            assert_eq!((got.status, got.header("content-type")), (StatusCode::OK, kind), "{ending}");
            assert_eq!(got.header("access-control-allow-origin"), "*");
        }
        let glyphs = style["glyphs"].as_str().and_then(|url| url.strip_prefix(SITE)).expect("letters");
        let letters = glyphs.replace("{fontstack}", "Noto%20Sans%20JP").replace("{range}", "12288-12543");
        assert_eq!(site.get(&letters).await.status, StatusCode::OK, "{letters}");
    }
    for wrong in ["nothing.json", "", LAYER, "%ff.json"] {
        assert_eq!(site.get(&format!("/styles/{wrong}")).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
    for wrong in ["other.json", "hiraku.svg", "hiraku@3x.png", "%ff"] {
        assert_eq!(site.get(&format!("/sprites/{wrong}")).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
}

/// Fields of a protocol buffer: number, value, content.
fn fields(mut bytes: &[u8]) -> Vec<(u64, u64, &[u8])> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = bytes.split_first().expect("a varint");
            *bytes = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if *byte < 0x80 {
                break;
            }
        }
        value
    }
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let value = varint(&mut bytes);
        let length = if key & 7 == 2 { usize::try_from(value).expect("a length") } else { 0 };
        let (content, rest) = bytes.split_at(length);
        bytes = rest;
        found.push((key >> 3, value, content));
    }
    found
}

#[tokio::test]
async fn letters_are_fields_of_distances() {
    let site = site();
    // 髙 (U+9AD9) and 﨑 (U+FA11) stand in names of places and people.
    for (font, range, code) in [
        ("Noto%20Sans%20JP", "0-255", 0x41_u64),
        ("Noto%20Sans%20JP%20Bold", "12288-12543", 0x3042),
        ("Open%20Sans%20Regular,Noto%20Sans%20JP%20Regular", "39424-39679", 0x9ad9),
        ("Noto%20Sans%20JP%20Medium", "63999-64254", 0),
        ("Noto%20Sans%20JP", "64000-64255", 0xfa11),
    ] {
        let got = site.with("GET", &format!("/fonts/{font}/{range}.pbf"), &[("accept-encoding", "identity")]).await;
        if code == 0 {
            assert_eq!(got.status, StatusCode::NOT_FOUND, "{range} begins at no multiple of 256");
            continue;
        }
        assert_eq!((got.status, got.header("content-type")), (StatusCode::OK, "application/x-protobuf"), "{font}");
        let stack = fields(&got.body)[0].2.to_vec();
        let stack = fields(&stack);
        assert_eq!(stack[1].2, range.as_bytes());
        let glyph = stack
            .iter()
            .filter(|(number, ..)| *number == 3)
            .map(|(_, _, glyph)| fields(glyph))
            .find(|glyph| glyph[0].1 == code)
            .expect("the letter");
        let of = |number: u64| glyph.iter().find(|(own, ..)| *own == number).expect("a field");
        let (width, height) = (of(3).1, of(4).1);
        assert!((10..=26).contains(&height) && (10..=26).contains(&width), "{width} × {height}");
        let bitmap = of(2).2;
        assert_eq!(bitmap.len() as u64, (width + 6) * (height + 6));
        assert!(
            bitmap.iter().any(|value| *value > 192) && bitmap.iter().any(|value| *value < 64),
            "inside and outside"
        );
        assert!((10..=26).contains(&of(7).1), "an advance of {}", of(7).1);
    }
    let outside = site.get("/fonts/Noto%20Sans%20JP/57344-57599.pbf").await;
    assert_eq!(outside.status, StatusCode::OK, "a range without letters is an empty one");
    assert_eq!(site.get("/fonts/Comic%20Sans/0-255.pbf").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_link_of_the_ogc_documents_leads_somewhere() {
    let site = site_of_layers();
    let mut wanted = vec!["/ogc".to_owned(), format!("/ogc/tiles/WebMercatorQuad?collections={LAYER},{TOILETS}")];
    let mut seen = std::collections::BTreeSet::new();
    let mut tiles = 0;
    while let Some(address) = wanted.pop() {
        if !seen.insert(address.clone()) {
            continue;
        }
        let tile = at(12);
        let filled = address
            .replace("{tileMatrix}", "12")
            .replace("{tileRow}", &tile.y().to_string())
            .replace("{tileCol}", &tile.x().to_string());
        if address == "/ogc/tiles/WebMercatorQuad" || address.starts_with("/ogc/tiles/WebMercatorQuad/{tileMatrix}") {
            // Those of all layers say what has to be chosen first.
            if !address.contains("collections=") {
                let got = site.get(&filled).await;
                assert_eq!(got.status, StatusCode::BAD_REQUEST);
                assert!(got.json()["detail"].as_str().is_some_and(|text| text.contains("collections=")));
                continue;
            }
        }
        if !address.starts_with("/ogc") && !address.starts_with("/tiles") && !address.starts_with("/styles") {
            continue;
        }
        let got = site.get(&filled).await;
        assert_eq!(got.status, StatusCode::OK, "{filled}: {}", got.text());
        if got.header("content-type") == "application/vnd.mapbox-vector-tile" {
            tiles += 1;
        } else if address.starts_with("/ogc") && got.header("content-type").contains("json") {
            // Pages and tables of features name no further documents.
            addresses(&got.json(), &mut wanted);
        }
    }
    assert!(tiles >= 3 && seen.len() > 15, "{tiles} tiles, {seen:?}");
    let problem = site.get("/ogc/collections/nothing").await;
    assert_eq!(problem.header("content-type"), "application/problem+json");
    assert_eq!(problem.json()["status"], 404);
}

#[tokio::test]
async fn the_ways_of_the_ogc_lead_to_the_same_tiles() {
    let site = site_of_layers();
    let tile = at(12);
    let own = site.with("GET", &path(LAYER, tile), GZIP).await;
    let (z, x, y) = (tile.z(), tile.x(), tile.y());
    for way in [
        format!("/ogc/collections/{LAYER}/tiles/WebMercatorQuad/{z}/{y}/{x}"),
        format!("/wmts/1.0.0/{LAYER}/default/WebMercatorQuad/{z}/{y}/{x}.mvt"),
        format!(
            "/wmts?SERVICE=WMTS&Request=GetTile&Version=1.0.0&LAYER={LAYER}&STYLE=default&FORMAT=x\
                 &TileMatrixSet=WebMercatorQuad&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}"
        ),
    ] {
        let got = site.with("GET", &way, GZIP).await;
        assert_eq!((got.status, got.header("etag")), (StatusCode::OK, own.header("etag")), "{way}");
        assert_eq!(got.body, own.body);
        let request = Request::get(&way).body(Body::empty()).expect("a request");
        let response = site.router.clone().oneshot(request).await.expect("an answer");
        assert_eq!(response.extensions().get::<Access>(), Some(&Access::Tile(layer_target(LAYER))), "{way}");
    }
    let both = site.with("GET", &path(&format!("{LAYER},{TOILETS}"), tile), GZIP).await;
    let way = format!("/ogc/tiles/WebMercatorQuad/{z}/{y}/{x}?collections={LAYER}%2C{TOILETS}");
    assert_eq!(site.with("GET", &way, GZIP).await.body, both.body);

    let grid = site.get("/ogc/tileMatrixSets/WebMercatorQuad").await.json();
    let matrices = grid["tileMatrices"].as_array().expect("zooms");
    assert_eq!((matrices.len(), matrices[22]["matrixWidth"].as_u64()), (23, Some(1 << 22)));
    assert_eq!(matrices[0]["scaleDenominator"].as_f64(), Some(559_082_264.028_717));
    assert_eq!(site.get("/ogc/tileMatrixSets/WorldCRS84Quad").await.status, StatusCode::NOT_FOUND);
    let set = site.get(&format!("/ogc/collections/{LAYER}/tiles/WebMercatorQuad")).await.json();
    let limits = set["tileMatrixSetLimits"].as_array().expect("limits");
    let own = limits.iter().find(|limits| limits["tileMatrix"] == "12").expect("zoom 12");
    let range = |low: &str, high: &str| own[low].as_u64().expect("a number")..=own[high].as_u64().expect("a number");
    assert!(range("minTileRow", "maxTileRow").contains(&u64::from(y)));
    assert!(range("minTileCol", "maxTileCol").contains(&u64::from(x)));
    assert_eq!(set["layers"][0]["propertiesSchema"]["properties"]["収容 人数"]["type"], "integer");
}

#[tokio::test]
async fn the_capabilities_name_every_layer_and_mistakes_are_told_as_exceptions() {
    let site = site_of_layers();
    for way in ["/wmts/1.0.0/WMTSCapabilities.xml", "/wmts?service=wmts&REQUEST=GetCapabilities"] {
        let got = site.get(way).await;
        assert_eq!((got.status, got.header("content-type")), (StatusCode::OK, "application/xml; charset=utf-8"));
        let text = got.text();
        for layer in [LAYER, TOILETS] {
            assert!(text.contains(&format!("<ows:Identifier>{layer}</ows:Identifier>")), "{layer}");
            assert!(text.contains(&format!("{SITE}/wmts/1.0.0/{layer}/{{Style}}/{{TileMatrixSet}}/")), "{layer}");
        }
        assert!(text.contains("<ows:SupportedCRS>urn:ogc:def:crs:EPSG::3857</ows:SupportedCRS>"));
        let mut reader = quick_xml::Reader::from_str(&text);
        reader.config_mut().check_end_names = true;
        while reader.read_event().expect("XML") != quick_xml::events::Event::Eof {}
    }
    let tile = format!("service=WMTS&request=GetTile&layer={LAYER}&tilematrixset=WebMercatorQuad");
    for (query, code) in [
        (String::new(), "MissingParameterValue"),
        ("service=WMS&request=GetMap".to_owned(), "InvalidParameterValue"),
        ("request=GetFeatureInfo".to_owned(), "OperationNotSupported"),
        ("request=GetTile".to_owned(), "MissingParameterValue"),
        ("request=GetTile&layer=%3Cb%3E".to_owned(), "InvalidParameterValue"),
        (format!("{tile}&tilematrix=12&tilerow=-1&tilecol=0"), "TileOutOfRange"),
        (format!("{tile}&tilematrixset=x&tilematrix=x"), "TileOutOfRange"),
    ] {
        let got = site.get(&format!("/wmts?{query}")).await;
        assert_eq!(got.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(got.text().contains(&format!("exceptionCode=\"{code}\"")), "{query}: {}", got.text());
    }
}

/// An answer over a connection: status, headers by name without the date, body.
type Raw = (u16, Vec<(String, String)>, Vec<u8>);

async fn over_a_connection(address: std::net::SocketAddr, path: &str, headers: &[(&str, &str)]) -> Raw {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
    let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nuser-agent: {CHROME}");
    let request = format!("{head}\r\n{more}\r\n");
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("an answer");
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8(bytes[..end].to_vec()).expect("text");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|text| text.parse().ok());
    let mut found: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .filter(|(name, _)| !["date", "connection"].contains(&name.as_str()))
        .collect();
    found.sort();
    (status.expect("a status"), found, bytes[end + 4..].to_vec())
}

#[tokio::test]
async fn the_short_way_answers_as_the_routes_do() {
    let site = site_of_layers();
    let tile = at(12);
    // Opened by their first requests; from then on the short way is taken.
    site.get(&path(LAYER, tile)).await;
    let first = site.with("GET", &path(TOILETS, tile), GZIP).await;
    let tag = first.header("etag").to_owned();
    // Each way counts into a city of its own and says how.
    let mut cities = [City::new("2026-11-21T09:45:00Z"), City::new("2026-11-21T09:45:00Z")];
    let config = Config { counting_debug: true, ..Config::default() };
    let counting = cities.each_mut().map(|city| {
        let counter = Arc::new(city.counter.take().expect("a counter"));
        Arc::new(Counting::new(counter, &config).expect("a header name"))
    });
    let mut ways = Vec::new();
    let short = Front::new(site.app.clone(), Some(Arc::clone(&counting[0])));
    for front in [short, counted(site.router.clone(), Arc::clone(&counting[1])).into()] {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(hiraku::http::serve(front, listener, async {
            let _ = stopped.await;
        }));
        ways.push((address, stop, serving));
    }
    let version = site.get(&format!("/tiles/{TOILETS}.json")).await.json()["tiles"][0].as_str().map(str::to_owned);
    let version = version.as_deref().and_then(|url| url.rsplit('?').next()).expect("a version").to_owned();
    let own = path(TOILETS, tile);
    let mut statuses = std::collections::BTreeSet::new();
    for path in [
        own.clone(),
        format!("{own}?{version}"),
        format!("{own}.mvt"),
        format!("/tiles/{TOILETS}/12/0/0"),
        format!("/tiles/{TOILETS}/12/{}/{}", tile.x(), tile.y() + 1),
        // Between the shelters.
        format!("/tiles/{LAYER}/14/14486/6498"),
        format!("/tiles/{TOILETS}/22/0/0"),
        format!("/tiles/{TOILETS}/-1/0/0"),
        "/tiles/nothing/12/0/0".to_owned(),
        format!("/tiles/{LAYER},{TOILETS}/12/{}/{}", tile.x(), tile.y()),
        format!("/tiles/{TOILETS}.json"),
    ] {
        for headers in [
            &[][..],
            &[("accept-encoding", "gzip")],
            &[("accept-encoding", "br, gzip")],
            &[("accept-encoding", "gzip;q=0")],
            &[("accept-encoding", "gzip"), ("if-none-match", &tag)],
            &[("accept-encoding", "gzip"), ("if-none-match", "\"other\"")],
        ] {
            let short = over_a_connection(ways[0].0, &path, headers).await;
            let long = over_a_connection(ways[1].0, &path, headers).await;
            assert_eq!((short.0, &short.1), (long.0, &long.1), "{path} {headers:?}");
            assert!(short.2 == long.2, "{path} {headers:?}: other bytes");
            assert!(short.1.iter().any(|(name, _)| name == "x-hiraku-counted"), "{path}");
            statuses.insert(short.0);
        }
    }
    assert_eq!(statuses.into_iter().collect::<Vec<_>>(), [200, 204, 304, 404]);
    for (_, stop, serving) in ways {
        stop.send(()).expect("the server waits");
        serving.await.expect("the server ends in order");
    }
    let [short, long] = cities.each_ref().map(City::report);
    assert_eq!(short.served_total, long.served_total);
    let class = short.served.first().expect("something was answered").class;
    for verdict in ["tile", "status", "other"] {
        assert_eq!(served(&short, class, verdict), served(&long, class, verdict), "{verdict}");
    }
    assert!(served(&short, class, "tile") > 0 && served(&short, class, "status") > 0, "{:?}", short.served);
}
