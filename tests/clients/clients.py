"""Outside clients and readers against a served catalogue.

usage: clients.py BASE_URL DATA_DIRECTORY INGEST_TABLE SERVER_PROCESS

ckanapi lists, searches and shows; geopandas reads GeoJSON, FlatGeobuf and GeoParquet with equal rows and geometries;
mapbox-vector-tile decodes every tile of three layers; duckdb opens the database once the server has stopped.
Prints a line a check and ends with "N passed, N failed".
"""

import csv
import gzip
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree
from pathlib import Path

import ckanapi
import duckdb
import geopandas
import mapbox_vector_tile
import numpy
import pandas
import requests
import shapely
from pmtiles.reader import MemorySource, Reader, all_tiles

from checks import check, run

BASE, DATA, TABLE, SERVER = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])


def datasets():
    catalogue = ckanapi.RemoteCKAN(BASE, user_agent="hiraku-tests/1")
    found = [catalogue.action.package_show(id=name) for name in catalogue.action.package_list()]
    # The site's own dataset of daily figures is no file that was taken in.
    assert [one["name"] for one in found if one["organization"]["name"] == "site"] == ["daily-access-figures"]
    return [one for one in found if one["organization"]["name"] != "site"]


def files_of(dataset):
    """Downloads of a dataset by format; tables of several-table datasets are told apart by title."""
    by_table = {}
    for resource in dataset["resources"]:
        title = resource["name"].rsplit("（", 1)[0]
        by_table.setdefault(title, {})[resource["format"]] = resource
    return by_table


def download(resource):
    answer = requests.get(resource["url"], timeout=60)
    assert answer.status_code == 200, (resource["url"], answer.status_code)
    assert len(answer.content) == resource["size"], resource["url"]
    return answer.content


@check
def ckanapi_lists_shows_and_searches():
    catalogue = ckanapi.RemoteCKAN(BASE, user_agent="hiraku-tests/1")
    assert catalogue.action.status_show()["ckan_version"].startswith("2.1")
    names = catalogue.action.package_list()
    assert len(names) >= 190, len(names)
    assert names == sorted(names)
    first = catalogue.action.package_show(id=names[0])
    assert first["name"] == names[0] and first["id"]
    assert catalogue.action.package_show(id=first["id"])["name"] == names[0]
    found = catalogue.action.package_search(q="避難", rows=5, **{"facet.field": ["organization", "res_format", "tags"]})
    assert found["count"] > 0 and len(found["results"]) == min(5, found["count"])
    organizations = found["search_facets"]["organization"]["items"]
    assert sum(item["count"] for item in organizations) == found["count"]
    one = organizations[0]
    narrowed = catalogue.action.package_search(q="避難", fq=f"organization:{one['name']}", rows=1000)
    assert narrowed["count"] == one["count"]
    assert all(result["organization"]["name"] == one["name"] for result in narrowed["results"])
    assert all(catalogue.action.resource_show(id=r["id"])["id"] == r["id"] for r in first["resources"])
    listed = catalogue.action.organization_list(all_fields=True)
    assert len(catalogue.action.organization_list()) >= 30
    assert sum(o["package_count"] for o in listed) <= len(names)
    assert any(licence["id"] == first["license_id"] for licence in catalogue.action.license_list())


@check
def ckanapi_meets_the_errors_it_knows():
    catalogue = ckanapi.RemoteCKAN(BASE, user_agent="hiraku-tests/1")
    for call, error in [
        (lambda: catalogue.action.package_show(id="no-such-dataset"), ckanapi.NotFound),
        (lambda: catalogue.action.package_show(), ckanapi.ValidationError),
        (lambda: catalogue.action.package_search(rows=-1), ckanapi.ValidationError),
        (lambda: catalogue.action.no_such_action(), ckanapi.CKANAPIError),
    ]:
        try:
            call()
        except error:
            continue
        raise AssertionError(f"{error.__name__} was expected")


@check
def the_command_line_of_ckanapi_dumps_the_catalogue():
    tool = Path(sys.executable).with_name("ckanapi")
    # It starts itself again for each worker, by name.
    path = {**os.environ, "PATH": f"{tool.parent}{os.pathsep}{os.environ['PATH']}"}
    listed = subprocess.run([tool, "-r", BASE, "action", "package_list"], capture_output=True, check=True, text=True)
    assert listed.stdout.count('"') >= 2 * 190
    dumped = subprocess.run(
        [tool, "-r", BASE, "dump", "organizations", "--all"], capture_output=True, check=True, text=True, env=path
    )
    assert len(dumped.stdout.splitlines()) >= 30


@check
def geometry_files_agree_with_each_other_and_with_the_ingest_table():
    with TABLE.open(encoding="utf-8") as file:
        records = {}
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["findings"] is not None and not row["findings"].startswith("REFUSED") and row["table"]:
                records.setdefault(row["dataset"], []).append(int(row["records"]))
    kinds, compared = set(), 0
    for dataset in datasets():
        tables = files_of(dataset)
        counts = []
        for formats in tables.values():
            rows = list(csv.reader(io.StringIO(download(formats["CSV"]).decode("utf-8-sig"))))
            counts.append(len(rows) - 1)
            if "GeoJSON" not in formats:
                continue
            frames = {}
            frames["GeoJSON"] = geopandas.read_file(io.BytesIO(download(formats["GeoJSON"])), engine="pyogrio")
            frames["FlatGeobuf"] = geopandas.read_file(io.BytesIO(download(formats["FlatGeobuf"])), engine="pyogrio")
            frames["GeoParquet"] = geopandas.read_parquet(io.BytesIO(download(formats["GeoParquet"])))
            reference = frames["GeoParquet"]
            assert len(reference) == len(rows) - 1, dataset["name"]
            for name, frame in frames.items():
                assert len(frame) == len(reference), (dataset["name"], name, len(frame), len(reference))
                assert frame.crs is not None and frame.crs.is_geographic, (dataset["name"], name)
                assert_same_shapes(frame, reference, (dataset["name"], name))
            kinds |= {kind.replace("Multi", "") for kind in reference.geom_type.dropna()}
            compared += 1
        assert sorted(counts) == sorted(records[dataset["name"]]), dataset["name"]
    assert compared >= 100, compared
    assert {"Point", "LineString", "Polygon"} <= kinds, kinds


def assert_same_shapes(frame, reference, what):
    """Feature by feature: both without geometry, or the same vertices to 2e-7 degrees (2 cm), area and length."""
    for place, (ours, theirs) in enumerate(zip(frame.geometry, reference.geometry)):
        empty = [shape is None or shape.is_empty for shape in (ours, theirs)]
        assert empty[0] == empty[1], (*what, place)
        if empty[0]:
            continue
        left, right = shapely.get_coordinates(ours), shapely.get_coordinates(theirs)
        assert left.shape == right.shape, (*what, place, left.shape, right.shape)
        # Rings may begin elsewhere or run the other way round, so each axis is compared in order of size.
        apart = abs(numpy.sort(left, axis=0) - numpy.sort(right, axis=0)).max()
        assert apart < 2e-7, (*what, place, apart)
        assert abs(ours.length - theirs.length) < 1e-6 * (1 + len(left) / 100), (*what, place)
        assert abs(ours.area - theirs.area) < 1e-6 * (1 + ours.length), (*what, place)


@check
def an_independent_decoder_reads_every_tile_of_three_layers():
    chosen = {}
    for dataset in datasets():
        for formats in files_of(dataset).values():
            if "PMTiles" not in formats:
                continue
            frame = geopandas.read_parquet(io.BytesIO(download(formats["GeoParquet"])))
            kinds = {kind.replace("Multi", "") for kind in frame.geom_type.dropna()}
            if len(kinds) == 1 and len(frame) >= 20:
                chosen.setdefault(kinds.pop(), (formats["PMTiles"], frame))
    assert set(chosen) == {"Point", "LineString", "Polygon"}, set(chosen)
    for kind, (resource, frame) in chosen.items():
        archive = download(resource)
        reader = Reader(MemorySource(archive))
        header, metadata = reader.header(), reader.metadata()
        assert metadata["vector_layers"], resource["url"]
        ids, labels, tiles = {}, {}, 0
        for (z, x, y), body in all_tiles(MemorySource(archive)):
            decoded = mapbox_vector_tile.decode(gzip.decompress(body))
            assert list(decoded), (z, x, y)
            for name, layer in decoded.items():
                label = name.endswith(".label")
                for feature in layer["features"]:
                    expected = "Point" if label else kind
                    assert feature["geometry"]["type"].replace("Multi", "") == expected, (name, z, x, y)
                    (labels if label else ids).setdefault(z, set()).add(feature["id"])
            tiles += 1
        placed = int(frame.geometry.notna().sum())
        assert len(ids[header["max_zoom"]]) == placed, (kind, len(ids[header["max_zoom"]]), placed)
        # Only areas are labelled, and only what is drawn.
        assert kind == "Polygon" or not labels, kind
        assert all(labels[z] <= ids[z] for z in labels), kind
        assert tiles == header["addressed_tiles_count"], kind


@check
def tiles_are_served_as_the_archive_holds_them():
    layers = requests.get(f"{BASE}/tiles.json", timeout=30).json()["layers"]
    assert len(layers) >= 100, len(layers)
    for layer in layers[:: max(1, len(layers) // 10)]:
        described = requests.get(layer["tilejson"], timeout=30).json()
        assert described["tilejson"] == "3.0.0" and described["vector_layers"] and described["attribution"]
        longitude, latitude, _ = described["center"]
        import math

        zoom = described["maxzoom"]
        west, south, east, north = described["bounds"]
        column = int((west + 180) / 360 * 2**zoom)
        row = int((1 - math.asinh(math.tan(math.radians(north))) / math.pi) / 2 * 2**zoom)
        url = described["tiles"][0].format(z=zoom, x=column, y=row)
        answer = requests.get(url, timeout=30)
        assert answer.status_code in (200, 204), (url, answer.status_code)
        if answer.status_code == 200:
            assert mapbox_vector_tile.decode(answer.content)
            again = requests.get(url, headers={"If-None-Match": answer.headers["ETag"]}, timeout=30)
            assert again.status_code == 304 and again.headers["ETag"] == answer.headers["ETag"]
    for path in ["0/0/1", "-1/0/0", "99/0/0", "1/a/0", "1/0.5/0"]:
        assert requests.get(f"{BASE}/tiles/{layers[0]['id']}/{path}", timeout=30).status_code == 404, path


@check
def pandas_reads_the_dumps_of_a_table_as_its_rows():
    catalogue = ckanapi.RemoteCKAN(BASE, user_agent="hiraku-tests/1")
    names = catalogue.action.datastore_search(resource_id="_table_metadata", limit=32000)["records"]
    aliases = {row["name"]: row["alias_of"] for row in names if row["alias_of"]}
    for alias in ["222127_aed", "222127_library"]:
        resource = aliases[alias]
        info = catalogue.action.datastore_info(id=resource)
        assert info["meta"]["aliases"] == [alias], info["meta"]
        columns = ["_id"] + [field["id"] for field in info["fields"]]
        url = f"{BASE}/datastore/dump/{resource}"
        found = catalogue.action.datastore_search(resource_id=resource, limit=32000, records_format="lists")
        rows = [["" if cell is None else cell for cell in row] for row in found["records"]]
        for form, separator in [("csv", ","), ("tsv", "\t")]:
            frame = pandas.read_csv(f"{url}?format={form}&bom=true", sep=separator, dtype=str, keep_default_na=False)
            assert list(frame.columns) == columns, (alias, form, list(frame.columns))
            assert len(frame) == info["meta"]["count"] == found["total"], (alias, form, len(frame))
            for got, wanted in zip(frame.values.tolist(), rows):
                for cell, value in zip(got, wanted):
                    equal = float(cell) == value if isinstance(value, float) else cell.removeprefix("'") == str(value)
                    assert equal, (alias, form, cell, value)
        whole = requests.get(url, params={"format": "json"}, timeout=60).json()
        assert [field["id"] for field in whole["fields"]] == columns
        assert whole["records"] == found["records"], alias
        tree = xml.etree.ElementTree.fromstring(requests.get(url, params={"format": "xml"}, timeout=60).content)
        assert [int(row.get("_id")) for row in tree] == [row[0] for row in rows], alias
        assert all(len(row) == len(columns) - 1 for row in tree), alias
        part = pandas.read_csv(f"{url}?limit=2&offset=1&sort=_id desc".replace(" ", "%20"), dtype=str)
        assert part["_id"].tolist() == [str(row[0]) for row in rows[::-1][1:3]], alias


@check
def ckanapi_writes_with_a_token_and_not_without():
    program = os.readlink(f"/proc/{SERVER}/exe")

    def tokens(*words):
        done = subprocess.run([program, "token", *words, "--data", str(DATA), "--json"], capture_output=True, check=True)
        return json.loads(done.stdout)

    made = tokens("add", "--name", "clients.py", "--organization", "222127", "--rights", "publish", "--days", "1")
    other = tokens("add", "--name", "clients.py", "--organization", "242039", "--rights", "publish")
    described = dict(name="222127_clients", title="飲食店一覧", owner_org="222127", license_id="cc-by-4.0")
    for key in [None, "x", other["token"]]:
        stranger = ckanapi.RemoteCKAN(BASE, apikey=key, user_agent="hiraku-tests/1")
        try:
            stranger.action.package_create(**described)
            raise AssertionError(f"written with {key}")
        except ckanapi.NotAuthorized:
            pass
    catalogue = ckanapi.RemoteCKAN(BASE, apikey=made["token"], user_agent="hiraku-tests/1")
    package = catalogue.action.package_create(**described, tags=[{"name": "観光"}])
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "飲食店.csv", Path(folder) / "b.csv"
        first.write_text("店名,席数\nさかなや,12\nみなと食堂,30\n", encoding="utf-8")
        second.write_text("店名,席数\nさかなや,12\nみなと食堂,30\n港屋,8\n", encoding="cp932")
        resource = catalogue.action.resource_create(package_id=package["id"], upload=first.open("rb"))
        assert resource["hiraku"]["state"] == "published", resource
        assert catalogue.action.datastore_search(resource_id=resource["id"])["total"] == 2
        # The same from the command line.
        words = ["-r", BASE, "-a", made["token"]]
        command = [str(Path(sys.executable).parent / "ckanapi")]
        done = subprocess.run(
            [*command, "action", "resource_update", *words, f"id={resource['id']}", f"upload@{second}"],
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr
        assert catalogue.action.datastore_search(resource_id=resource["id"])["total"] == 3
        done = subprocess.run([*command, "action", "datastore_info", "-r", BASE, f"id={resource['id']}"], capture_output=True)
        assert [field["id"] for field in json.loads(done.stdout)["fields"]] == ["店名", "席数"], done
        broken = Path(folder) / "b.xlsx"
        broken.write_bytes(b"PK no workbook")
        try:
            catalogue.action.resource_create(package_id=package["id"], upload=broken.open("rb"))
            raise AssertionError("a broken file was taken")
        except ckanapi.ValidationError as refused:
            assert "b.xlsx" in refused.error_dict["upload"][0], refused
    assert pandas.read_csv(f"{BASE}/datastore/dump/222127_clients")["席数"].tolist() == [12, 30, 8]
    # As scripts change a dataset: what is shown, changed, sent back whole.
    shown = catalogue.action.package_show(id="222127_clients")
    shown["notes"] = "市内の飲食店の一覧です。"
    updated = catalogue.action.package_update(**shown)
    assert (updated["notes"], updated["tags"][0]["name"]) == (shown["notes"], "観光"), updated
    assert [own["id"] for own in updated["resources"]] == [own["id"] for own in shown["resources"]]
    catalogue.action.package_patch(id=package["id"], title="市内の飲食店")
    assert ckanapi.RemoteCKAN(BASE).action.package_show(id="222127_clients")["title"] == "市内の飲食店"
    catalogue.action.package_delete(id="222127_clients")
    assert "222127_clients" not in ckanapi.RemoteCKAN(BASE).action.package_list()
    tokens("revoke", made["id"])
    try:
        catalogue.action.package_create(**described)
        raise AssertionError("written with a token that was ended")
    except ckanapi.NotAuthorized:
        pass


@check
def python_duckdb_opens_the_database_after_the_server():
    os.kill(SERVER, signal.SIGTERM)
    for _ in range(600):
        if not alive(SERVER):
            break
        time.sleep(0.1)
    connection = duckdb.connect(str(DATA / "hiraku.duckdb"), read_only=True)
    tables = connection.execute(
        "SELECT t.record_table, t.records FROM release_table t JOIN dataset d ON d.current_release = t.release_id"
    ).fetchall()
    assert len(tables) >= 190, len(tables)
    for table, records in tables:
        count = connection.execute(f'SELECT count(*), count(DISTINCT _id) FROM records."{table}"').fetchone()
        assert count == (records, records), (table, count, records)


def alive(process):
    """Whether anything of the process still runs. A child of the shell that waits for it stays as a zombie, which is
    gone enough; but its first thread is one while others still end, and these hold its files open."""
    states = []
    for thread in Path(f"/proc/{process}/task").glob("*/stat"):
        try:
            states.append(thread.read_text().rsplit(")", 1)[1].split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return any(state not in "ZX" for state in states)


run()
