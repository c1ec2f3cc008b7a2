//! A second encoder as judge: every real tile, written again by the `mvt` crate, decodes to the same features.

use mvt::{GeomData, GeomEncoder, GeomType, Tile};

use crate::tile_checker::{CheckedFeature, CheckedTile, MvtValue, check};

fn geometry(feature: &CheckedFeature) -> GeomData {
    let kind = match feature.kind {
        1 => GeomType::Point,
        2 => GeomType::Linestring,
        _ => GeomType::Polygon,
    };
    let mut encoder = GeomEncoder::<i32>::new(kind);
    for path in &feature.paths {
        for [x, y] in path {
            let (x, y) = (i32::try_from(*x).expect("in a tile"), i32::try_from(*y).expect("in a tile"));
            encoder.add_point(x, y).expect("the peer takes the point");
        }
        if feature.kind != 1 {
            encoder.complete_geom().expect("the peer takes the part");
        }
    }
    encoder.encode().expect("the peer takes the geometry")
}

fn written_by_peer(tile: &CheckedTile) -> Vec<u8> {
    let mut peer = Tile::new(4096);
    for layer in &tile.layers {
        let mut written = peer.create_layer(&layer.name);
        for feature in &layer.features {
            let mut drawn = written.into_feature(geometry(feature));
            if let Some(id) = feature.id {
                drawn.set_id(id);
            }
            for (key, value) in &feature.tags {
                match value {
                    MvtValue::Text(text) => drawn.add_tag_string(key, text),
                    MvtValue::Double(number) => drawn.add_tag_double(key, *number),
                    MvtValue::Whole(number) => drawn.add_tag_sint(key, *number),
                    MvtValue::Truth(truth) => drawn.add_tag_bool(key, *truth),
                }
            }
            written = drawn.into_layer();
        }
        peer.add_layer(written).expect("layers have different names");
    }
    peer.to_bytes().expect("the peer writes the tile")
}

#[test]
fn every_real_tile_is_the_same_when_another_encoder_writes_it() {
    let mut features = 0;
    for tiles in crate::publish::tiles_of_real_layers() {
        for (_, _, tile) in tiles {
            let again = check(&written_by_peer(&tile), 64).expect("the peer writes tiles without fault");
            assert_eq!(again.layers.len(), tile.layers.len());
            for (ours, theirs) in tile.layers.iter().zip(&again.layers) {
                assert_eq!(ours.name, theirs.name);
                assert_eq!(ours.features.len(), theirs.features.len());
                for (ours, theirs) in ours.features.iter().zip(&theirs.features) {
                    assert_eq!(ours.id, theirs.id);
                    assert_eq!(ours.kind, theirs.kind);
                    assert_eq!(ours.tags, theirs.tags);
                    assert_eq!(ours.paths, theirs.paths);
                    features += 1;
                }
            }
        }
    }
    assert!(features > 100, "the layers hold features: {features}");
}
