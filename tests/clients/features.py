"""Outside clients against OGC API – Features of a served catalogue.

usage: features.py BASE_URL

* OWSLib reads landing page, conformance, collections, queryables and features, page by page.
* GDAL's driver OAPIF (in pyogrio) lists the layers and reads them whole, in a box and by attributes; the outcome is that
  of the published GeoJSON.
* jsonschema checks queryables as a schema of Draft 2020-12.
* shapely and geographiclib (in pyproj) judge boxes, shapes and distances.

Prints a line a check and ends with "N passed, N failed".
"""

import io
import sys

import geopandas
import jsonschema
import pyogrio
import pyproj
import requests
import shapely
from owslib.ogcapi.features import Features

from checks import check, run

BASE = sys.argv[1]


def collections():
    return requests.get(f"{BASE}/ogc/collections", timeout=30).json()["collections"]


def layers():
    return {layer["id"]: layer for layer in requests.get(f"{BASE}/tiles.json", timeout=30).json()["layers"]}


def items(layer, **parameters):
    answer = requests.get(f"{BASE}/ogc/collections/{layer}/items", params=parameters, timeout=60)
    assert answer.status_code == 200, (answer.url, answer.status_code, answer.text[:300])
    return answer.json()


def walk(layer, **parameters):
    page = items(layer, **parameters)
    while True:
        yield from page["features"]
        after = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not after:
            return
        page = requests.get(after[0], timeout=60).json()


def published(layer):
    """The published GeoJSON of the dataset of a layer, where it has one table."""
    shown = requests.get(f"{BASE}/api/3/action/package_show", params={"id": layer["dataset"]}, timeout=30).json()
    files = [file for file in shown["result"]["resources"] if file["format"] == "GeoJSON"]
    return requests.get(files[0]["url"], timeout=60).json() if len(files) == 1 else None


def chosen(most=6):
    """Layers of every kind of geometry that are not too long for all checks."""
    found = {}
    for layer in layers().values():
        if 20 <= layer["records"] <= 2_000:
            found.setdefault(layer["geometry"], []).append(layer)
    assert found, "the catalogue has layers"
    return [layer for of_kind in found.values() for layer in of_kind[: max(1, most // len(found))]]


@check
def owslib_reads_the_service():
    service = Features(f"{BASE}/ogc/")
    assert any(link["rel"] == "service-desc" for link in service.links)
    conforms = service.conformance()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in conforms
    assert service.api()["openapi"].startswith("3.0")
    names = service.feature_collections()
    assert set(names) == set(layers()), set(names) ^ set(layers())
    for layer in chosen():
        name = layer["id"]
        described = service.collection(name)
        assert described["id"] == name and described["itemType"] == "feature"
        properties = service.collection_queryables(name)["properties"]
        page = service.collection_items(name, limit=7)
        assert page["numberReturned"] == len(page["features"]) == 7, page["numberReturned"]
        assert page["numberMatched"] == layer["records"], name
        first = page["features"][0]
        assert set(first["properties"]) <= set(properties), name
        alone = service.collection_item(name, str(first["id"]))
        assert alone["properties"] == first["properties"] and alone["geometry"] == first["geometry"]
        filtered = service.collection_items(name, filter="_id <= 3", limit=10)
        assert [feature["id"] for feature in filtered["features"]] == [1, 2, 3]


@check
def queryables_are_schemas_that_the_features_fit():
    for layer in chosen():
        schema = requests.get(f"{BASE}/ogc/collections/{layer['id']}/queryables", timeout=30).json()
        jsonschema.Draft202012Validator.check_schema(schema)
        own = {"type": "object", "properties": schema["properties"]}
        for name, about in own["properties"].items():
            if "type" in about:
                about["type"] = [about["type"], "null"]
        judge = jsonschema.Draft202012Validator(own)
        for feature in items(layer["id"], limit=200)["features"]:
            judge.validate(feature["properties"])


@check
def pages_hold_the_records_of_the_published_file():
    for layer in chosen():
        file = published(layer)
        if file is None:
            continue
        ours = list(walk(layer["id"], limit=97))
        assert [feature["id"] for feature in ours] == [feature["id"] for feature in file["features"]], layer["id"]
        for one, other in zip(ours, file["features"]):
            assert one["properties"] == other["properties"] and one["geometry"] == other["geometry"], (layer["id"], one["id"])


@check
def gdal_reads_layers_whole_and_in_boxes():
    source = f"OAPIF:{BASE}/ogc"
    listed = {name for name, _ in pyogrio.list_layers(source)}
    assert set(layers()) == listed, len(listed)
    for layer in chosen():
        name = layer["id"]
        frame = pyogrio.read_dataframe(source, layer=name, PAGE_SIZE="50")
        assert len(frame) == layer["records"], (name, len(frame), layer["records"])
        assert frame.crs is not None and frame.crs.to_epsg() in (4326, None)
        file = published(layer)
        if file is None:
            continue
        truth = geopandas.GeoDataFrame.from_features(file["features"])
        same = frame.geometry.reset_index(drop=True).geom_equals_exact(truth.geometry.set_crs(frame.crs), 1e-7)
        both_empty = frame.geometry.isna().reset_index(drop=True) & truth.geometry.isna()
        assert (same | both_empty).all(), name
        west, south, east, north = layer["bounds"]
        box = (west, south, (west + east) / 2, (south + north) / 2)
        part = pyogrio.read_dataframe(source, layer=name, bbox=box)
        expected = int(truth.intersects(shapely.box(*box)).sum())
        assert int(part.geometry.notna().sum()) == expected, (name, len(part), expected)


@check
def gdal_asks_by_attributes():
    source = f"OAPIF:{BASE}/ogc"
    asked = 0
    for layer in chosen(12):
        file = published(layer)
        if file is None:
            continue
        first = file["features"][0]["properties"]
        for name, value in first.items():
            if not isinstance(value, str) or not value or len(value) > 40:
                continue
            words = value.replace("'", "''")
            frame = pyogrio.read_dataframe(source, layer=layer["id"], where=f"\"{name}\" = '{words}'")
            expected = sum(feature["properties"][name] == value for feature in file["features"])
            assert len(frame) == expected, (layer["id"], name, value, len(frame), expected)
            asked += 1
            break
    assert asked >= 3, asked


@check
def boxes_and_shapes_find_what_shapely_finds():
    for layer in chosen():
        file = published(layer)
        if file is None:
            continue
        west, south, east, north = layer["bounds"]
        frame = geopandas.GeoDataFrame.from_features(file["features"])
        ids = [feature["id"] for feature in file["features"]]
        bare = {one for one, shape in zip(ids, frame.geometry) if shape is None or shape.is_empty}
        for part in (0.3, 0.6):
            box = (west, south, west + (east - west) * part, south + (north - south) * part)
            found = {feature["id"] for feature in walk(layer["id"], bbox=",".join(map(str, box)), limit=1000)}
            expected = {one for one, hit in zip(ids, frame.intersects(shapely.box(*box))) if hit}
            assert found - bare == expected, (layer["id"], len(found), len(expected))
            # A box matches what has no place, too (/req/core/fc-bbox-response C).
            assert bare <= found
            corner = shapely.Polygon([(west, south), (west + (east - west) * part, south), (west, north)])
            asked = f"S_INTERSECTS(geometry,{shapely.to_wkt(corner, rounding_precision=8)})"
            found = {feature["id"] for feature in walk(layer["id"], filter=asked, limit=1000)}
            corner = shapely.from_wkt(shapely.to_wkt(corner, rounding_precision=8))
            expected = {one for one, hit in zip(ids, frame.intersects(corner)) if hit}
            assert found == expected, (layer["id"], found ^ expected)


@check
def the_nearest_are_those_of_geographiclib():
    earth = pyproj.Geod(ellps="GRS80")
    for layer in chosen():
        if layer["geometry"] != "point":
            continue
        west, south, east, north = layer["bounds"]
        lon, lat = (west + east) / 2, (south + north) / 2
        found = list(walk(layer["id"], near=f"{lon},{lat}", limit=200))
        metres = []
        for feature in found:
            x, y = feature["geometry"]["coordinates"][:2]
            _, _, far = earth.inv(lon, lat, x, y)
            told = feature["properties"]["distance_m"]
            assert abs(told - far) < 0.2, (layer["id"], feature["id"], told, far)
            metres.append(told)
        assert metres == sorted(metres) and metres, layer["id"]
        half = metres[len(metres) // 2] + 0.2
        near = items(layer["id"], near=f"{lon},{lat}", radius=half, limit=1)
        assert near["numberMatched"] == sum(far <= half for far in metres), layer["id"]


@check
def the_forms_agree():
    for layer in chosen(3):
        name = layer["id"]
        table = requests.get(f"{BASE}/ogc/collections/{name}/items", params={"f": "csv", "limit": 50}, timeout=30)
        assert table.headers["Content-Type"].startswith("text/csv")
        rows = geopandas.pd.read_csv(io.BytesIO(table.content), dtype=str, encoding="utf-8-sig")
        features = items(name, limit=50)["features"]
        assert [int(number) for number in rows["_id"]] == [feature["id"] for feature in features], name
        page = requests.get(f"{BASE}/ogc/collections/{name}/items", headers={"Accept": "text/html"}, timeout=30)
        assert page.headers["Content-Type"].startswith("text/html") and "<table>" in page.text
        again = requests.get(page.url, headers={"Accept": "text/html", "If-None-Match": page.headers["ETag"]}, timeout=30)
        assert again.status_code == 304
    wrong = requests.get(f"{BASE}/ogc/collections/{name}/items", params={"no-such": "1"}, timeout=30)
    assert wrong.status_code == 400 and wrong.headers["Content-Type"] == "application/problem+json"


run()
