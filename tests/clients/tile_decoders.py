"""Two decoders of vector tiles side by side: mapbox-vector-tile here, @mapbox/vector-tile in tests/web/decode.mjs."""

import functools
import hashlib
import json
import struct
import subprocess
from pathlib import Path

import mapbox_vector_tile

DECODE = Path(__file__).parents[1] / "web/decode.mjs"


@functools.lru_cache(maxsize=60_000)
def decoded(tile):
    """Layers of an unpacked tile; y runs downwards, as it is stored."""
    return mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})


def value_text(value):
    if isinstance(value, str):
        return f"t{value}"
    if isinstance(value, bool):
        return f"b{value:d}"
    return f"n{struct.pack('>d', value).hex()}"


def geometry_of(feature):
    kind, coordinates = feature["geometry"]["type"], feature["geometry"]["coordinates"]
    number = {"Point": 1, "LineString": 2, "Polygon": 3}[kind.removeprefix("Multi")]
    return number, coordinates if kind.startswith("Multi") else [coordinates]


def canonical(tile):
    """The text that decode.mjs writes for the same tile."""
    layers = []
    for name, layer in sorted(decoded(tile).items(), key=lambda item: item[0].encode()):
        features = []
        for feature in layer["features"]:
            kind, geometry = geometry_of(feature)
            pairs = sorted(feature["properties"].items(), key=lambda pair: pair[0].encode())
            features.append([feature["id"], kind, [[key, value_text(value)] for key, value in pairs], geometry])
        layers.append([name, layer["version"], layer["extent"], features])
    return json.dumps(layers, ensure_ascii=False, separators=(",", ":"))


def other(tiles, *options):
    """What the other decoder says of tiles, a line each."""
    frames = b"".join(struct.pack(">I", len(tile)) + tile for tile in tiles)
    told = subprocess.run(["node", DECODE, *options], input=frames, capture_output=True, check=True)
    return told.stdout.decode().splitlines()


def compare(tiles):
    """Fails at the first tile that the two do not read alike; gives how many were read."""
    distinct = dict((body, at) for at, body in tiles.items())
    lines = other(distinct)
    assert len(lines) == len(distinct)
    for (body, at), line in zip(distinct.items(), lines):
        ours = canonical(body)
        if hashlib.sha256(ours.encode()).hexdigest() != line:
            theirs = other([body], "--print")[0]
            first = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
            beside = slice(max(0, first - 80), first + 80)
            raise AssertionError((at, ours[beside], theirs[beside]))
    return len(tiles)


def same_values(found, wanted):
    """Equal keys, values and kinds of values (GeoJSON has one kind of number)."""
    if set(found) != set(wanted):
        return False
    return all(
        isinstance(value, str) == isinstance(wanted[key], str) and value == wanted[key]
        for key, value in found.items()
    )
