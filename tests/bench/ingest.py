#!/usr/bin/env python3
"""Measures ingest beside its peers, in turns, and prints Markdown tables of medians.

usage: ingest.py HIRAKU [--rows N] [--check-rows N] [--runs N] [--growth N,N,…] [--buildings FILE] [--shelters FILE]
                 [--work DIR] [--qsv PROGRAM]

* Full ingest (decode, bind, normalise, findings, Arrow, DuckDB file, checkpoint) of a generated sheet-08 CSV in UTF-8 and
  in CP932, beside DuckDB's own `read_csv(all_varchar=true)` of the UTF-8 file into a table of a database file.
* `hiraku check` beside `frictionless validate` and `qsv validate` with the same columns, types and required fields.
* Buildings and shelters as GeoJSON beside `ogr2ogr -f FlatGeobuf`.
* Time and memory over the number of rows.

Every command runs in a process of its own; A B C A B C …, one warm-up each. Peak memory is that of all processes of a
command together, sampled every 20 ms from /proc (resident pages; what several processes share is counted for each).
The counts of every ingest are compared with what the generator knows: rows, refused rows, findings by code.
A peer that is not there is left out and named. Ends with 1 where a command fails or a count differs.
"""

import argparse
import csv
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import threading
import time
import tomllib

HERE = pathlib.Path(__file__).parent
SCHEMA = HERE.parents[1] / "schemas/standard/08_aed.toml"

DUCKDB = """
import sys, duckdb
c = duckdb.connect(sys.argv[2])
c.execute("SET threads = " + sys.argv[3])
c.execute(f"CREATE TABLE t AS SELECT * FROM read_csv('{sys.argv[1]}', all_varchar=true, ignore_errors=true)")
c.execute("CHECKPOINT")
c.close()
"""

FRICTIONLESS = """
import sys, frictionless
frictionless.system.trusted = True
resource = frictionless.Resource(path=sys.argv[1], schema=frictionless.Schema(sys.argv[2]), encoding="utf-8")
report = resource.validate(limit_errors=1_000_000_000)
print(report.tasks[0].stats)
"""


def family(root):
    """A process and those below it."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as stat:
                    parent = int(stat.read().rpartition(")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue
            children.setdefault(parent, []).append(int(entry))
    found, waiting = [], [root]
    while waiting:
        process = waiting.pop()
        found.append(process)
        waiting += children.get(process, [])
    return found


def resident_bytes(process):
    try:
        with open(f"/proc/{process}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0


class Failed(Exception):
    """A command that failed: what it was and what it said."""


class Run:
    """One run of one command: wall seconds, processor seconds, peak bytes (`bytes_of` each of its processes)."""

    def __init__(self, command, allowed=(0,), bytes_of=resident_bytes, every=0.02, environment=None):
        self.peak_bytes, over = 0, threading.Event()
        begun, before = time.monotonic(), os.times()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)

        def sample():
            while not over.wait(every):
                self.peak_bytes = max(self.peak_bytes, sum(map(bytes_of, family(process.pid))))

        sampler = threading.Thread(target=sample)
        sampler.start()
        self.said, errors = process.communicate()
        over.set()
        sampler.join()
        after = os.times()
        self.wall = time.monotonic() - begun
        self.processor = after.children_user + after.children_system - before.children_user - before.children_system
        if process.returncode not in allowed:
            raise Failed(f"{command}: ended with {process.returncode}\n{errors.decode(errors='replace')[-2000:]}")


class Bench:
    def __init__(self, options):
        self.options, self.work = options, pathlib.Path(options.work)
        self.hiraku = str(pathlib.Path(options.hiraku).resolve())
        self.work.mkdir(parents=True, exist_ok=True)
        self.failed = False

    def generated(self, kind, count, encoding=""):
        path = self.work / f"{kind}_{count}{encoding and '_' + encoding}.{'csv' if kind == 'aed' else 'geojsonl'}"
        mark = path.with_suffix(path.suffix + ".whole")
        if not mark.exists():
            arguments = [kind, str(count), *([encoding] if encoding else []), str(path)]
            subprocess.run([sys.executable, HERE / "generate.py", *arguments], check=True)
            mark.touch()
        return path

    def folder(self):
        folder = self.work / "data"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def ingest(self, path, truth=None, publisher="092011"):
        folder = self.folder()
        run = Run([self.hiraku, "--json", "ingest", "--data", str(folder), "--publisher", publisher, str(path)])
        line = json.loads(run.said)["lines"][0]
        if line["rows_read"] != line["records"] + line["refused"] or line.get("result") != "taken":
            self.wrong(path, line)
        if truth:
            self.compare(path, truth, line["rows_read"], line["records"], line["refused"], dict(line["findings"]))
        return run

    def check(self, path, truth):
        run = Run([self.hiraku, "--json", "check", "--publisher", "092011", str(path)], allowed=(0, 1))
        end = json.loads(run.said)
        end = (end["files"] if isinstance(end, dict) else end)[0]["tables"][0]["end"]
        counts = {code: count for code, _, count in end["finding_counts"]}
        self.compare(path, truth, end["rows_read"], end["records"], end["refused"], counts)
        return run

    def compare(self, path, truth, rows, records, refused, findings):
        right = (truth["rows"], truth["records"], truth["refused"])
        differing = {
            code: (count, findings.get(code, 0))
            for code, count in truth["findings"].items()
            if findings.get(code, 0) != count
        }
        if (rows, records, refused) != right or differing:
            self.wrong(path, {"counts": ((rows, records, refused), right), "findings": differing})

    def wrong(self, path, what):
        print(f"\n{path}: the counts are not those of the generator: {what}\n", file=sys.stderr)
        self.failed = True

    def truth(self, path):
        return json.loads(pathlib.Path(f"{path}.truth.json").read_text(encoding="utf-8"))

    def turns(self, title, contestants, base):
        """Runs all in turns and prints one table."""
        for _, run in contestants:
            run()
        runs = {name: [] for name, _ in contestants}
        for _ in range(self.options.runs):
            for name, run in contestants:
                runs[name].append(run())
        print(f"\n### {title}\n\n| | wall s | processor s | peak MiB | times {base} |\n|---|---|---|---|---|")
        for name, _ in contestants:
            ratio = statistics.median(run.wall / other.wall for run, other in zip(runs[name], runs[base]))
            median = lambda figure: statistics.median(figure(run) for run in runs[name])
            print(
                f"| {name} | {median(lambda run: run.wall):.2f} | {median(lambda run: run.processor):.2f} "
                f"| {median(lambda run: run.peak_bytes / 2**20):.0f} | {ratio:.2f} |",
                flush=True,
            )
        return runs

    def full(self):
        rows = self.options.rows
        utf8, cp932 = self.generated("aed", rows, "utf-8"), self.generated("aed", rows, "cp932")

        def duckdb():
            folder = self.folder()
            return Run([sys.executable, "-c", DUCKDB, str(utf8), str(folder / "t.duckdb"), str(os.cpu_count())])

        size = utf8.stat().st_size / 1e6
        self.turns(
            f"Ingest of {rows:,} rows, 39 columns ({size:.0f} MB as UTF-8)",
            [
                ("DuckDB read_csv", duckdb),
                ("hiraku ingest, UTF-8", lambda: self.ingest(utf8, self.truth(utf8))),
                ("hiraku ingest, CP932", lambda: self.ingest(cp932, self.truth(cp932))),
            ],
            "DuckDB read_csv",
        )

    def checks(self):
        rows = self.options.check_rows
        path = self.generated("aed", rows, "utf-8")
        contestants = [("hiraku check", lambda: self.check(path, self.truth(path)))]
        try:
            import frictionless  # noqa: F401

            schema = self.work / "frictionless.json"
            schema.write_text(json.dumps(table_schema(), ensure_ascii=False), encoding="utf-8")
            contestants.append(
                ("frictionless validate", lambda: Run([sys.executable, "-c", FRICTIONLESS, str(path), str(schema)]))
            )
        except ImportError:
            print("\nfrictionless is not there and was left out.")
        qsv = self.options.qsv and shutil.which(self.options.qsv)
        if qsv:
            schema = self.work / "qsv.schema.json"
            schema.write_text(json.dumps(json_schema(), ensure_ascii=False), encoding="utf-8")

            even = path.with_name(path.stem + "_even.csv")
            with open(path, encoding="utf-8", newline="") as rows_in, open(even, "w", encoding="utf-8", newline="") as out:
                reader, writer = csv.reader(rows_in), csv.writer(out)
                header = next(reader)
                writer.writerow(header)
                # It ends at the first row of another width, so that it is given the rows without those.
                writer.writerows(row for row in reader if len(row) == len(header))

            def validate():
                # It writes its lists of right and wrong rows beside its input.
                folder = self.folder()
                copy = folder / "aed.csv"
                os.link(even, copy)
                return Run([qsv, "validate", "--quiet", str(copy), str(schema)], allowed=(0, 1))

            contestants.append(("qsv validate", validate))
        else:
            print("\nqsv is not there and was left out.")
        self.turns(f"Check of {rows:,} rows, 39 columns, no database", contestants, "hiraku check")

    def geometry(self):
        ogr = shutil.which("ogr2ogr")
        for kind, count, given, publisher in [
            ("buildings", 179_000, self.options.buildings, "131121"),
            ("shelters", 198_000, self.options.shelters, "092011"),
        ]:
            path = pathlib.Path(given) if given else self.generated(kind, count)
            contestants = [("hiraku check", lambda: Run(
                [self.hiraku, "--json", "check", "--publisher", publisher, str(path)], allowed=(0, 1)))]
            contestants.append(("hiraku ingest", lambda: self.ingest(path, publisher=publisher)))
            base = "hiraku check"
            if ogr:
                base = "ogr2ogr -f FlatGeobuf"

                def convert():
                    folder = self.folder()
                    return Run([ogr, "-f", "FlatGeobuf", str(folder / "a.fgb"), f"GeoJSONSeq:{path}"])

                contestants.insert(0, (base, convert))
            else:
                print("\nogr2ogr is not there and was left out.")
            self.turns(f"GeoJSON: {path.name} ({path.stat().st_size / 1e6:.0f} MB)", contestants, base)

    def growth(self):
        print("\n### Growth\n\n| rows | MB | wall s | rows/s | peak MiB |\n|---|---|---|---|---|")
        for rows in self.options.growth:
            path = self.generated("aed", rows, "utf-8")
            run = self.ingest(path, self.truth(path))
            print(
                f"| {rows:,} | {path.stat().st_size / 1e6:.0f} | {run.wall:.2f} | {rows / run.wall:,.0f} "
                f"| {run.peak_bytes / 2**20:.0f} |",
                flush=True,
            )


def fields():
    return tomllib.loads(SCHEMA.read_text(encoding="utf-8"))["fields"]


# What a field's values look like, for peers that know nothing of the standard.
PATTERNS = {
    "code": r"^[0-9A-Za-z-]*$",
    "phone": r"^[0-9 /-]*$",
    "postal": r"^\d{7}$",
    "time": r"^\d\d:\d\d$",
    "weekday": r"^月?火?水?木?金?土?日?$",
    "url": r"^https?://",
    "kana": r"^[ァ-ヶー・　0-9A-Za-z]*$",
}


def table_schema():
    """The sheet as a Frictionless Table Schema."""
    schema = []
    for field in fields():
        number = field["type"] in ("latitude", "longitude", "number")
        constraints = {"required": True} if field["requirement"] == "◎" else {}
        if field["type"] in PATTERNS:
            constraints["pattern"] = PATTERNS[field["type"]]
        if field.get("codes") and field["type"] == "flag":
            constraints["enum"] = field["codes"]
        schema.append({"name": field["name"], "type": "number" if number else "string", "constraints": constraints})
    return {"fields": schema}


def json_schema():
    """The same as a JSON Schema."""
    properties, required = {}, []
    for field in fields():
        number = field["type"] in ("latitude", "longitude", "number")
        rule = {"type": ["number", "null"] if number else ["string", "null"]}
        if field["type"] in PATTERNS:
            rule["pattern"] = PATTERNS[field["type"]]
        if field.get("codes") and field["type"] == "flag":
            rule["enum"] = [*field["codes"], None]
        if field["requirement"] == "◎":
            rule["type"] = "string"
            rule["minLength"] = 1
            required.append(field["name"])
        properties[field["name"]] = rule
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "required": required,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hiraku")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--check-rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--growth", type=lambda text: [int(part) for part in text.split(",") if part],
                        default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--buildings", help="a file of GeoJSON features; generated where not given")
    parser.add_argument("--shelters", help="the same for points")
    parser.add_argument("--work", default="/tmp/hiraku-bench", help="where files are generated and kept")
    parser.add_argument("--qsv", default="qsv")
    parser.add_argument("--only", help="full, checks, geometry or growth")
    bench = Bench(parser.parse_args())
    print(f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}")
    for part in [bench.options.only] if bench.options.only else ["full", "checks", "geometry", "growth"]:
        try:
            getattr(bench, part)()
        except Failed as failure:
            sys.exit(str(failure))
    sys.exit(1 if bench.failed else 0)


if __name__ == "__main__":
    main()
