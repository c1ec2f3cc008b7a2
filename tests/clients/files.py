"""Outside readers against the files that are made on request, of a served catalogue.

usage: files.py BASE_URL PROGRAM [--all]

Each table is fetched in every format under its readable address and read by a program of others: GDAL (in pyogrio) for
Shapefile, GeoPackage and KML, openpyxl for XLSX, pandas for CSV in CP932. What they read is what the published file of the
same release holds (GeoJSON, or Parquet of tables without shapes): number of records, every value, every geometry within
1e-7 degrees. What a format cannot hold is told: each difference stands in the list that comes with the file, and each line
of the list is a difference.

Beside the served catalogue stands a small one of its own, taken in and served by PROGRAM: shapes of every kind in one
table, holes, records without shape, values that formats cut, replace or take for formulas. Without --all, some tables of
each kind of geometry are read, and all with characters outside CP932. Prints a line a check and ends with "N passed,
N failed".
"""

import atexit
import csv
import hashlib
import io
import json
import math
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unicodedata
import zipfile
from pathlib import Path

import openpyxl
import pandas
import pyarrow.parquet
import pyogrio
import requests
import shapely
import shapely.geometry

from checks import check, run

BASE, PROGRAM = sys.argv[1], sys.argv[2]
ALL = "--all" in sys.argv
TOLERANCE_DEG = 1e-7
# Two characters of Unicode that are one of CP932: the second is written.
TWINS = str.maketrans("〜‖−—–¢£¬¥‾\u00a0", "～∥－―-￠￡￢￥￣ ")


class Table:
    """A table of a dataset with what was published of it."""

    def __init__(self, base, dataset, key, geometry):
        self.base, self.dataset, self.key, self.geometry = base, dataset, key, geometry

    def __repr__(self):
        return f"{self.dataset}/{self.key}"

    def address(self, ending):
        return f"{self.base}/dataset/{self.dataset}/download/{self.key}.{ending}"

    def file(self, ending):
        answer = requests.get(self.address(ending), timeout=120)
        assert answer.status_code == 200, (answer.url, answer.status_code, answer.text[:300])
        return answer

    def published(self):
        """Names of columns, a dict for each record, and the shapes (None where the table has none)."""
        if not self.geometry:
            table = pyarrow.parquet.read_table(io.BytesIO(self.file("parquet").content))
            return table.column_names, table.to_pylist(), None
        found = json.loads(self.file("geojson").content)["features"]
        rows = [feature["properties"] for feature in found]
        shapes = [feature["geometry"] and shapely.geometry.shape(feature["geometry"]) for feature in found]
        return list(rows[0]) if rows else [], rows, shapes


def tables(base):
    """All tables of a catalogue: read from the datasets' own JSON."""
    for name in requests.get(f"{base}/api/3/action/package_list", timeout=30).json()["result"]:
        document = requests.get(f"{base}/dataset/{name}.json", timeout=30).json()
        for table in document["tables"]:
            yield Table(base, name, table["key"], table["geometry"]), table["records"]


def of_every_kind():
    """A collection of features of every kind, some without shape, and a table without any."""
    ring = [[138.30, 34.80], [138.40, 34.80], [138.40, 34.90], [138.30, 34.90], [138.30, 34.80]]
    hole = [[138.32, 34.82], [138.32, 34.84], [138.34, 34.84], [138.34, 34.82], [138.32, 34.82]]
    other = [[138.45, 34.80], [138.46, 34.80], [138.46, 34.81], [138.45, 34.81], [138.45, 34.80]]
    shapes = [
        ("Point", [138.3236, 34.8668]),
        ("MultiPoint", [[138.31, 34.81], [138.3200000123, 34.82]]),
        ("LineString", [[138.31, 34.81], [138.32, 34.82], [138.33, 34.82]]),
        ("MultiLineString", [[[138.31, 34.81], [138.32, 34.82]], [[138.33, 34.83], [138.34, 34.84]]]),
        ("Polygon", [ring, hole]),
        ("MultiPolygon", [[ring, hole], [other]]),
        (None, None),
        ("Point", [138.33, 34.87]),
    ]
    names = ["髙橋﨑公園", "𠮷野家の角", "葛\U000e0100城市", "10:00〜12:00", "かき\u3099の木 <b>&amp;\""]
    names += ["=1+1", "長" * 300, "①㈱Ⅳ"]
    rows = [
        {
            "名称": name,
            "とても長い項目の名前その一": f"{at:04}",
            "とても長い項目の名前その二": at * 1_000_000_007_000,
            "面積": at / 7 if at % 3 else None,
            "Name": f"改行\n{at}" if at % 2 else "",
        }
        for at, name in enumerate(names)
    ]
    features = [
        {"type": "Feature", "properties": row, "geometry": kind and {"type": kind, "coordinates": at}}
        for row, (kind, at) in zip(rows, shapes)
    ]
    collection = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return {"222127_shapes": ("shapes.geojson", collection), "222127_plain": ("plain.csv", text.getvalue().encode())}


def served():
    """Takes the tables of every kind in, publishes and serves them until the end; gives the address."""
    folder = Path(tempfile.mkdtemp(prefix="files-"))
    for name, (file, content) in of_every_kind().items():
        own = folder / "data" / name
        own.mkdir(parents=True)
        (own / file).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        (own / "source.toml").write_text(
            f'name = "{name}"\ntitle = "髙﨑の施設"\nlicence = "cc-by-4.0"\nattribution = "焼津市『施設』"\n'
            'retrieved = "2026-11-01"\n[publisher]\ncode = "222127"\nname = "焼津市"\n'
            f'[[files]]\nname = "{file}"\nsha256 = "{digest}"\n',
            encoding="utf-8",
        )
    site = folder / "site"
    publish = ["publish", "--data", site, "--confirmed", *of_every_kind()]
    for arguments in (["ingest", "--data", site, folder / "data"], publish):
        done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True)
        assert done.returncode in (0, 1), (arguments, done.stdout.decode(), done.stderr.decode())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = open(folder / "log", "w")
    server = subprocess.Popen([PROGRAM, "serve", "--data", str(site), "--listen", f"127.0.0.1:{port}"], stderr=log)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.wait)
    atexit.register(server.terminate)
    base = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            requests.get(base, timeout=5)
            return base
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("the small catalogue is not served")


def composed(text):
    """The text with voiced marks joined to their kana, and the twin that CP932 has of each character."""
    if "\u3099" in text or "\u309a" in text:
        text = unicodedata.normalize("NFC", text)
    return text.translate(TWINS)


def lacking(text):
    """The characters of a text that CP932 lacks, marks that only choose among shapes among them."""
    found = []
    for letter in composed(text):
        try:
            letter.encode("cp932")
        except UnicodeEncodeError:
            found.append(letter)
    return found


def chosen():
    kept = [table for table, _ in tables(served())]
    assert {table.geometry for table in kept} == {"mixed", None}, kept
    found = {}
    for table, records in tables(BASE):
        of_kind = found.setdefault(table.geometry, [])
        if ALL or (records <= 3_000 and (len(of_kind) < 6 or lacking(table.file("csv").content.decode("utf-8-sig")))):
            of_kind.append(table)
    assert {"point", "line", "polygon"} <= set(found), set(found)
    return kept + [table for of_kind in found.values() for table in of_kind]


TABLES = chosen()


def same(found, expected):
    """Whether two values are one: numbers within what a text of 15 digits tells, nothing and empty text alike."""
    if expected in (None, ""):
        return found in (None, "") or (isinstance(found, float) and math.isnan(found))
    if isinstance(expected, (int, float)) and not isinstance(expected, bool):
        try:
            return math.isclose(float(found), float(expected), rel_tol=1e-12, abs_tol=1e-12)
        except (TypeError, ValueError):
            return False
    return found == expected


def plain(value):
    """A value of pandas as one of Python."""
    if value is None or value is pandas.NA or value is pandas.NaT:
        return None
    return value.item() if hasattr(value, "item") else value


def same_shape(found, expected):
    if expected is None:
        return found is None or found.is_empty

    if found is None:
        return False
    ones, others = list(shapely.get_parts(found)), list(shapely.get_parts(expected))
    if len(ones) != len(others):
        return False
    if all(near(one, other) for one, other in zip(ones, others)):
        return True
    # Readers of Shapefiles find out themselves which rings are whose, in an order of their own.
    return all(any(near(one, other) for other in others) for one in ones)


def near(one, other):
    """The same ring may begin at another vertex after it is read."""
    if one.equals_exact(other, TOLERANCE_DEG) or one.normalize().equals_exact(other.normalize(), TOLERANCE_DEG):
        return True
    if one.geom_type != other.geom_type or shapely.get_num_coordinates(one) != shapely.get_num_coordinates(other):
        return False
    return shapely.hausdorff_distance(one, other) <= TOLERANCE_DEG


def changed(rows, change):
    """Rows with every text changed."""
    return [{name: change(cell) if isinstance(cell, str) else cell for name, cell in row.items()} for row in rows]


def compare(table, columns, rows, expected, told=frozenset()):
    """Rows as read and as published; `told` holds places (record from 0, column) that the file says differ."""
    assert len(rows) == len(expected), (table, len(rows), len(expected))
    different = {
        (at, column)
        for at, (row, own) in enumerate(zip(rows, expected))
        for column in columns
        if not same(row[column], own[column])
    }
    untold = sorted(different - set(told))[:3]
    assert not untold, (table, [(at, column, rows[at][column], expected[at][column]) for at, column in untold])


@check
def every_table_is_one_list_of_objects():
    for table in TABLES:
        columns, expected, shapes = table.published()
        rows = json.loads(table.file("json").content)
        compare(table, columns, rows, expected)
        for row, shape in zip(rows, shapes or []):
            extra = [name for name in row if name not in columns]
            if extra and shape is not None and shape.geom_type == "Point":
                assert (row[extra[1]], row[extra[0]]) == (shape.x, shape.y) or same_shape(
                    shapely.Point(row[extra[1]], row[extra[0]]), shape
                ), (table, row)


@check
def pandas_reads_the_csv_in_cp932():
    for table in TABLES:
        own = table.file("cp932.csv")
        assert own.headers["content-type"] == "text/csv; charset=Shift_JIS"
        read = pandas.read_csv(io.BytesIO(own.content), encoding="cp932", dtype=str, keep_default_na=False)
        text = io.StringIO(table.file("csv").content.decode("utf-8-sig"), newline="")
        names, *expected = list(csv.reader(text))
        assert len(read) == len(expected), (table, len(read), len(expected))
        lost = 0
        for found, line in zip([list(read.columns)] + read.values.tolist(), [names] + expected):
            for cell, whole in zip(found, line):
                missing = lacking(whole)
                if missing:
                    lost += 1
                    seen = [letter for letter in missing if unicodedata.category(letter) not in ("Cf", "Mn")]
                    assert cell.count("〓") == len(seen) + whole.count("〓"), (table, cell, whole)
                else:
                    assert cell.replace("\r\n", "\n") == composed(whole).replace("\r\n", "\n"), (table, cell, whole)
        if lost:
            assert own.links or "link" in own.headers, table
            note = table.file("cp932.txt").content.decode("utf-8-sig")
            assert f"合計 {lost}セル" in note, (table, lost, note[-200:])
        else:
            assert "link" not in own.headers, table


@check
def openpyxl_reads_the_workbook():
    for table in TABLES:
        columns, expected, _ = table.published()
        book = openpyxl.load_workbook(io.BytesIO(table.file("xlsx").content), read_only=True)
        assert book.sheetnames[0] == "データ" and book.sheetnames[-1] == "使い方", (table, book.sheetnames)
        rows = []
        for name in book.sheetnames[:-1]:
            names, *lines = book[name].iter_rows(values_only=True)
            width = len(names)
            rows += [dict(zip(names, tuple(line) + (None,) * (width - len(line)))) for line in lines]
        long = {
            (at, column)
            for at, row in enumerate(expected)
            for column in columns
            if isinstance(row[column], str) and len(row[column].encode("utf-16-le")) > 2 * 32_767
        }
        if rows or not expected:
            texts = changed(expected, lambda text: text.replace("\r\n", "\n"))
            rows = changed(rows, lambda text: text.replace("_x000D_", "").replace("\r\n", "\n"))
            compare(table, columns, rows, texts, long)
        # Codes and dates are text, whatever they look like.
        for row, own in zip(rows, expected):
            for column in columns:
                if isinstance(own[column], str) and own[column] != "":
                    assert isinstance(row[column], str), (table, column, row[column])
        assert not any(cell.data_type == "f" for line in book["データ"].iter_rows(max_row=200) for cell in line), table


def short_names(archive):
    """Names of columns by those of the fields, from the text in the archive."""
    text = archive.read("README.txt").decode("utf-8-sig")
    lines = text.split("■ 項目", 1)[1].split("■ 値")[0].split("\r\n")[2:]
    return [line.split("\t")[:2] for line in lines if "\t" in line]


def kind_of(shape):
    if shape is None:
        return None
    return {
        "Point": "point",
        "MultiPoint": "multipoint",
        "LineString": "line",
        "MultiLineString": "line",
        "Polygon": "polygon",
        "MultiPolygon": "polygon",
    }.get(shape.geom_type)


@check
def gdal_reads_the_shapefiles():
    for table in (table for table in TABLES if table.geometry):
        columns, expected, shapes = table.published()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "file.shp.zip"
            path.write_bytes(table.file("shp.zip").content)
            archive = zipfile.ZipFile(path)
            names = short_names(archive)
            assert [whole for _, whole in names] == columns, (table, names, columns)
            assert all(len(short.encode("cp932")) <= 10 for short, _ in names)
            bases = [name[:-4] for name in archive.namelist() if name.endswith(".shp")]
            told = {}
            if "changed-values.txt" in archive.namelist():
                list_ = archive.read("changed-values.txt").decode("utf-8-sig").split("\r\n")
                for line in list_[list_.index("ファイル\tレコード番号\t項目\t理由\t元の値") + 1 :]:
                    parts = line.split("\t")
                    if len(parts) == 5:
                        told.setdefault(parts[0], set()).add((int(parts[1]) - 1, parts[2]))
            records = 0
            for base in bases:
                assert archive.read(f"{base}.cpg") == b"932"
                frame = pyogrio.read_dataframe(f"/vsizip/{path}/{base}.shp")
                assert frame.crs.to_epsg() == 6668, (table, frame.crs)
                kinds = {kind_of(shape) for shape in shapes if shape is not None}
                kind = base.rsplit("_", 1)[-1] if len(bases) > 1 else kinds.pop()
                here = [at for at, shape in enumerate(shapes) if kind_of(shape) == kind]
                if len(frame) > len(here):
                    here = [at for at, shape in enumerate(shapes) if kind_of(shape) in (kind, None)]
                records += len(frame)
                rows = [
                    {whole: plain(frame[short].iloc[at]) for short, whole in names} for at in range(len(frame))
                ]
                wanted = changed([expected[at] for at in here], lambda text: composed(text.strip(" ")))
                rows = changed(rows, lambda text: text.strip(" "))
                compare(table, columns, rows, wanted, told.get(base, set()))
                for at, column in told.get(base, set()):
                    whole = expected[here[at]][column]
                    assert isinstance(whole, float) or rows[at][column] != whole, (table, at, column, whole)
                for at, found in zip(here, frame.geometry):
                    assert same_shape(found, shapes[at]), (table, base, at, found, shapes[at])
            assert records == len(expected), (table, records, len(expected))


@check
def gdal_reads_the_geopackage():
    for table in (table for table in TABLES if table.geometry):
        columns, expected, shapes = table.published()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "file.gpkg"
            path.write_bytes(table.file("gpkg").content)
            layers = pyogrio.list_layers(path)
            assert len(layers) == 1, (table, layers)
            frame = pyogrio.read_dataframe(path, fid_as_index=True)
            assert list(frame.index) == list(range(1, len(expected) + 1)), table
            assert frame.crs.to_epsg() == 6668
            types = pyogrio.read_info(path)
            assert types["features"] == len(expected)
            rows = [{name: plain(frame[name].iloc[at]) for name in columns} for at in range(len(frame))]
            compare(table, columns, rows, expected)
            for found, shape in zip(frame.geometry, shapes):
                assert same_shape(found, shape), (table, found, shape)
            # What lies in a box is found by the tree as by reading all.
            west, south, east, north = types["total_bounds"]
            box = (west, south, (west + east) / 2, (south + north) / 2)
            inside = pyogrio.read_dataframe(path, bbox=box, fid_as_index=True)
            area = shapely.box(*box)
            judged = {at + 1 for at, shape in enumerate(shapes) if shape is not None and shapely.intersects(shape, area)}
            assert judged <= set(inside.index), (table, judged - set(inside.index))
            base = sqlite3.connect(path)
            assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert base.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
            assert base.execute("PRAGMA foreign_key_check").fetchall() == []
            tree = base.execute("SELECT name FROM sqlite_master WHERE name LIKE 'rtree_%' AND sql LIKE '%VIRTUAL%'")
            ((name,),) = tree.fetchall()
            assert base.execute("SELECT rtreecheck(?)", (name,)).fetchone() == ("ok",)


@check
def gdal_reads_the_kml():
    for table in (table for table in TABLES if table.geometry):
        columns, expected, shapes = table.published()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "file.kml"
            path.write_bytes(table.file("kml").content)
            frame = pyogrio.read_dataframe(path)
            assert len(frame) == len(expected), (table, len(frame), len(expected))
            # GDAL has fields of its own before ours, and numbers ours where they clash.
            own = list(frame.columns)
            read = dict(zip(columns, own[own.index("icon") + 1 : own.index("geometry")], strict=True))
            assert all(other.startswith(name) for name, other in read.items()), (table, read)
            rows = [{name: plain(frame[read[name]].iloc[at]) for name in columns} for at in range(len(frame))]
            compare(table, columns, changed(rows, str.strip), changed(expected, str.strip))
            for found, shape in zip(frame.geometry, shapes):
                assert same_shape(shapely.force_2d(found) if found is not None else None, shape), (table, found, shape)


@check
def every_file_is_kept_and_read_in_parts():
    table = next(table for table in TABLES if table.geometry)
    for ending in ("xlsx", "cp932.csv", "json", "shp.zip", "gpkg", "kml", "csv", "geojson"):
        first = table.file(ending)
        again = requests.get(table.address(ending), headers={"Range": "bytes=0-99"}, timeout=30)
        assert (again.status_code, again.content) == (206, first.content[:100]), ending
        assert again.headers["etag"] == first.headers["etag"]
        known = requests.get(table.address(ending), headers={"If-None-Match": first.headers["etag"]}, timeout=30)
        assert known.status_code == 304, ending
        assert "filename*=UTF-8''" in first.headers["content-disposition"], ending
    # GDAL reads the kept file over HTTP by parts.
    frame = pyogrio.read_info(f"/vsicurl/{table.address('gpkg')}")
    assert frame["features"] > 0


run()
