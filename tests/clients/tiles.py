"""Outside decoders and readers against every tileset of a served catalogue.

usage: tiles.py BASE_URL [LAYER …]

* mapbox-vector-tile (PyPI) and @mapbox/vector-tile (npm, decode.mjs) decode every tile to the same layers, ids,
  attributes with their types, and geometry.
* The pmtiles package walks every archive: header, order and packing of the directories, counts, zooms, bounds.
* From the zoom on that the archive promises, every feature is there, with the attributes of the catalogue's GeoJSON; at
  the greatest zoom all tiles put together cover what the GeoJSON covers, no more and no less.
* Neighbouring tiles agree on what crosses the edge between them.
* GDAL opens the archives and finds the same records and attributes.

Every check sees every layer. Prints a line a check and ends with "N passed, N failed".
"""

import io
import json
import math
import multiprocessing
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

import ckanapi
import geopandas
import pyogrio
import requests

sys.path.insert(0, str(Path(__file__).parent))
import archive_walk
import tile_decoders
import tile_edges
import tile_shapes

# The check and how many things of all layers together it has to have looked at.
CHECKS = {}


def check(at_least):
    def keep(function):
        CHECKS[function] = at_least
        return function

    return keep


class Layer:
    """A layer of /tiles.json, its archive and the GeoJSON that stands beside it."""

    def __init__(self, described, resources):
        self.name, self.geometry, self.records = described["id"], described["geometry"], described["records"]
        self.tilejson = requests.get(described["tilejson"], timeout=60).json()
        self.bytes = download(resources["PMTiles"])
        self.archive = archive_walk.Archive(self.bytes)
        features = json.loads(download(resources["GeoJSON"]))["features"]
        self.placed = {feature["id"]: feature for feature in features if feature["geometry"] is not None}
        self.complete_from = self.archive.metadata["hiraku"]["complete_from_zoom"]
        self.zooms = (self.archive.header["min_zoom"], self.archive.header["max_zoom"])

    def complete_tiles(self):
        """Features of the layer itself (not of its labels) in the tiles that promise all of them."""
        for (z, x, y), tile in self.archive.tiles.items():
            if z >= self.complete_from:
                yield (z, x, y), tile_decoders.decoded(tile).get(self.name, {"features": []})["features"]


def download(resource):
    answer = requests.get(resource["url"], timeout=120)
    assert answer.status_code == 200, (resource["url"], answer.status_code)
    return answer.content


@check(at_least=10_000)
def archives_are_what_their_header_and_directories_say(layer):
    layer.archive.walk(layer.name)
    assert layer.zooms == (layer.tilejson["minzoom"], layer.tilejson["maxzoom"])
    said = [layer.archive.header[f"{edge}_e7"] / 1e7 for edge in ("min_lon", "min_lat", "max_lon", "max_lat")]
    assert all(math.isclose(a, b, abs_tol=2e-7) for a, b in zip(said, layer.tilejson["bounds"])), said
    return len(layer.archive.tiles)


@check(at_least=10_000)
def two_decoders_read_every_tile_alike(layer):
    return tile_decoders.compare(layer.archive.tiles)


@check(at_least=10_000)
def tilejson_describes_the_layers_and_fields_that_the_tiles_have(layer):
    described = {entry["id"]: entry for entry in layer.tilejson["vector_layers"]}
    stored = {entry["id"]: entry for entry in layer.archive.metadata["vector_layers"]}
    assert set(described) == set(stored), (set(described), set(stored))
    for (z, x, y), tile in layer.archive.tiles.items():
        for name, found in tile_decoders.decoded(tile).items():
            for layers in (described, stored):
                assert name in layers, (name, (z, x, y))
                assert layers[name]["minzoom"] <= z <= layers[name]["maxzoom"], (name, (z, x, y))
                keys = {key for feature in found["features"] for key in feature["properties"]}
                assert keys <= set(layers[name]["fields"]), ((z, x, y), keys - set(layers[name]["fields"]))
    return len(layer.archive.tiles)


@check(at_least=10_000)
def every_feature_is_there_from_the_promised_zoom_on(layer):
    assert layer.archive.metadata["hiraku"]["features"] == len(layer.placed)
    if len(layer.placed) == layer.records:
        assert set(layer.placed) == set(range(1, layer.records + 1))
    assert layer.zooms[0] <= layer.complete_from <= layer.zooms[1], (layer.zooms, layer.complete_from)
    found = {zoom: set() for zoom in range(layer.complete_from, layer.zooms[1] + 1)}
    for (z, _, _), features in layer.complete_tiles():
        # What a collection holds besides its first part has no id of its own.
        found[z] |= {feature["id"] for feature in features} - {0}
    for zoom, ids in found.items():
        missing, invented = sorted(set(layer.placed) - ids), sorted(ids - set(layer.placed))
        assert not missing and not invented, (zoom, missing[:5], invented[:5])
    return len(layer.placed)


@check(at_least=10_000)
def attributes_in_tiles_are_those_of_the_catalogue(layer):
    """Value by value and type by type: text stays text, numbers stay numbers, Japanese names stay as they are."""
    compared = 0
    for at, features in layer.complete_tiles():
        for feature in features:
            if feature["id"] != 0:
                properties = layer.placed[feature["id"]]["properties"]
                wanted = {key: value for key, value in properties.items() if value is not None}
                found = feature["properties"]
                assert tile_decoders.same_values(found, wanted), (at, feature["id"], found, wanted)
                compared += sum(any(ord(letter) > 0x3000 for letter in key) for key in wanted)
    return compared


@check(at_least=10_000)
def tiles_of_the_greatest_zoom_cover_what_the_catalogue_covers(layer):
    return tile_shapes.compare(layer)


@check(at_least=10_000)
def neighbouring_tiles_agree_on_what_crosses_their_edge(layer):
    return tile_edges.compare(layer.archive.tiles, layer.complete_from)


@check(at_least=10_000)
def gdal_finds_the_same_records_and_columns(layer):
    """GDAL opens the greatest zoom; a record that lies in several tiles comes once a tile."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layer.pmtiles"
        path.write_bytes(layer.bytes)
        names = {str(name) for name, _ in pyogrio.list_layers(path)}
        assert names == {entry["id"] for entry in layer.tilejson["vector_layers"]}, names
        frame = pyogrio.read_dataframe(path, layer=layer.name)
    assert frame.crs is not None and frame.crs.to_epsg() == 3857, frame.crs
    ids = set(frame["mvt_id"].dropna().astype(int))
    assert ids == set(layer.placed), (len(ids), len(layer.placed))
    collection = {"type": "FeatureCollection", "features": list(layer.placed.values())}
    wanted = geopandas.read_file(io.BytesIO(json.dumps(collection).encode()), engine="pyogrio")
    # A column without any value is in no tile.
    columns = {name for name in wanted.columns.drop(["geometry", "id"], errors="ignore") if wanted[name].notna().any()}
    assert columns <= set(frame.columns), columns - set(frame.columns)
    texts = [name for name in columns if all(isinstance(value, str) for value in wanted[name].dropna())]
    for row in frame[frame["mvt_id"].notna()].to_dict("records"):
        properties = layer.placed[int(row["mvt_id"])]["properties"]
        for name in texts:
            found = row[name] if isinstance(row[name], str) else None
            assert found == properties[name], (row["mvt_id"], name, found, properties[name])
    return len(ids)


def look(task):
    """All checks of one layer: how many things each looked at, or what is wrong."""
    described, resources = task
    try:
        layer = Layer(described, resources)
    except Exception:
        return described["id"], {}, traceback.format_exc()
    told = {}
    for function in CHECKS:
        begun = time.monotonic()
        try:
            answer = function(layer)
        except Exception:  # a failed check must not hide the others
            answer = traceback.format_exc()
        told[function.__name__] = (answer, time.monotonic() - begun)
    return layer.name, told, None


def tasks(base, wanted):
    catalogue = ckanapi.RemoteCKAN(base, user_agent="hiraku-tests/1")
    for described in requests.get(f"{base}/tiles.json", timeout=60).json()["layers"]:
        if wanted and described["id"] not in wanted:
            continue
        resources = catalogue.action.package_show(id=described["dataset"])["resources"]
        # A dataset of several tables names them apart; one of a single table needs no name.
        titles = {resource["name"].rsplit("（", 1)[0] for resource in resources}
        own = [r for r in resources if len(titles) == 1 or r["name"].rsplit("（", 1)[0] == described["title"]]
        yield described, {resource["format"]: resource for resource in own}


def main():
    base, *wanted = sys.argv[1:]
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        layers = pool.map(look, list(tasks(base, wanted)), chunksize=8)
    passed = failed = 0
    for name, _, problem in layers:
        if problem:
            failed += 1
            print(f"FAILED  {name} cannot be read\n{problem}")
    for function, at_least in CHECKS.items():
        answers = {name: told[function.__name__] for name, told, problem in layers if not problem}
        faults = {name: answer for name, (answer, _) in answers.items() if isinstance(answer, str)}
        looked = sum(answer for answer, _ in answers.values() if not isinstance(answer, str))
        seconds = sum(took for _, took in answers.values())
        about = f"{looked} things of {len(answers)} layers, {seconds:.1f} s of processor"
        if faults or (not wanted and looked < at_least):
            failed += 1
            print(f"FAILED  {function.__name__}: {len(faults)} layers; {about}")
            for name, fault in list(faults.items())[:5]:
                print(f"  {name}: {fault[-1500:]}")
        else:
            passed += 1
            print(f"ok      {function.__name__} ({about})")
    kinds = {described["geometry"] for described, _ in tasks(base, wanted)} if not wanted else set()
    if not wanted and not {"point", "line", "polygon"} <= kinds:
        failed += 1
        print(f"FAILED  layers of every kind of geometry: {kinds}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
