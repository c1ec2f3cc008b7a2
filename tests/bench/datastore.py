#!/usr/bin/env python3
"""Measures the DataStore beside Datasette, which holds the same rows in SQLite.

usage: datastore.py HIRAKU [--work DIR] [--seconds N] [--rows N]

Two generated tables are taken in, published and served by HIRAKU as it is by default, counting on: `small` (10,000 rows,
12 columns) and `large` (`--rows`, 1,000,000 by default, 36 columns). Datasette serves `small` from SQLite, immutable,
with the settings of its documentation for production (no facets, no counts).

* paced: `datastore_search` of 100 rows of `small` at an offset, 200 requests a second for so many seconds over 8
  connections: the time that half and 99 of 100 answers stay under.
* most: the same as fast as 8 connections go, asked by `wrk -t1`: requests a second of HIRAKU and of Datasette in turns,
  and their ratio.
* large: one question after another of `large`: equality and limit; a range, sorted; words of Japanese in every column
  (`q`); each five times, the median told; the dump as CSV, MB a second and the resident memory of HIRAKU before and after.

Datasette comes from requirements-datastore.txt. Before the load both answer the same question, and their
rows are compared. A missed bar is said in the table; ends with 1 where a command fails or an answer is wrong.
"""

import argparse
import csv
import http.client
import json
import os
import pathlib
import platform
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from asking import get, port, wait_for

HERE = pathlib.Path(__file__).parent
SMALL, CONNECTIONS, PACE = 10_000, 8, 200
BAR_P50_MS, BAR_RATIO = 10, 10
PLACES = ["本町", "栄町", "中港", "小川", "大覚寺", "石津", "高新田", "三ヶ名", "西小川", "八楠"]
THINGS = ["図書館", "公民館", "保育園", "診療所", "食堂", "商店", "工場", "倉庫", "公園", "駐車場"]


def write_table(path, rows, columns):
    chance = random.Random(20261127)
    names = ["名称", "所在地", "分類", "席数"] + [f"項目{n}" for n in range(5, columns + 1)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for number in range(rows):
            thing = THINGS[chance.randrange(10)]
            row = [f"{PLACES[number % 10]}{thing}{number}", f"焼津市{PLACES[chance.randrange(10)]}{number % 97}番地",
                   thing, chance.randrange(1, 500)]
            row += [chance.randrange(1000) if n % 2 else f"{PLACES[chance.randrange(10)]}の{n}" for n in range(5, columns + 1)]
            writer.writerow(row)
    return names


def load(address, paths, seconds, pace=None):
    """Times in ms of all answers: `pace` requests a second over all connections, or as many as go."""
    times, faults = [], []
    end = time.monotonic() + seconds

    def run(own):
        connection = http.client.HTTPConnection("127.0.0.1", address, timeout=30)
        due, step = time.monotonic() + own / (pace or 1), CONNECTIONS / (pace or 1)
        number, mine = own, []
        try:
            while time.monotonic() < end:
                begun = time.monotonic()
                if pace:
                    time.sleep(max(0, due - begun))
                    begun, due = due, due + step
                get(connection, paths[number % len(paths)])
                mine.append((time.monotonic() - begun) * 1000)
                number += CONNECTIONS
        except Exception as fault:
            faults.append(fault)
        times.extend(mine)

    threads = [threading.Thread(target=run, args=(own,)) for own in range(CONNECTIONS)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        sys.exit(f"a request failed: {faults[0]}")
    return sorted(times), len(times) / (time.monotonic() - begun)


def most(address, paths, seconds, work):
    """Requests a second with as many as go, asked by wrk, which takes less of the machine than what it measures."""
    script = work / "wrk.lua"
    listed = ", ".join(json.dumps(path) for path in paths)
    script.write_text(f"local paths, at = {{{listed}}}, 0\n"
                      "request = function() at = at % #paths + 1; return wrk.format('GET', paths[at]) end\n"
                      "done = function(s) io.write(string.format('BAD %d\\n', s.errors.status + s.errors.read)) end\n")
    told = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "-s", str(script),
                           f"http://127.0.0.1:{address}/"], check=True, capture_output=True, text=True).stdout
    if "BAD 0" not in told:
        sys.exit(f"wrk met faults: {told}")
    return float(told.split("Requests/sec:")[1].split()[0])


def resident_mib(process):
    for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("hiraku")
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    work = options.work or pathlib.Path(tempfile.mkdtemp(prefix="hiraku-bench-"))
    work.mkdir(parents=True, exist_ok=True)
    names = write_table(work / "222127_small.csv", SMALL, 12)
    write_table(work / "222127_large.csv", options.rows, 36)
    data = work / "data"
    run = lambda *words: subprocess.run([options.hiraku, *words], check=True, stdout=subprocess.DEVNULL)
    run("ingest", "--data", str(data), "--licence", "cc-by-4.0", str(work / "222127_small.csv"), str(work / "222127_large.csv"))
    run("publish", "--data", str(data), "--all")

    base = sqlite3.connect(work / "small.db")
    base.execute("DROP TABLE IF EXISTS small")
    base.execute(f"CREATE TABLE small ({', '.join(f'[{name}]' for name in names)})")
    with (work / "222127_small.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    base.executemany(f"INSERT INTO small VALUES ({', '.join('?' * 12)})", rows)
    base.commit()
    base.close()

    own, other = port(), port()
    log = (work / "log").open("w")
    hiraku = subprocess.Popen([options.hiraku, "serve", "--data", str(data), "--listen", f"127.0.0.1:{own}"], stderr=log)
    datasette = subprocess.Popen(
        [str(pathlib.Path(sys.executable).parent / "datasette"), "serve", "-i", str(work / "small.db"), "-p", str(other),
         "--setting", "default_facet_size", "0", "--setting", "suggest_facets", "off", "--setting", "allow_facet", "off"],
        stdout=subprocess.DEVNULL, stderr=log)
    try:
        wait_for(own)
        wait_for(other)
        connection = http.client.HTTPConnection("127.0.0.1", own, timeout=120)
        ask = lambda alias, **more: f"/api/3/action/datastore_search?{urllib.parse.urlencode({'resource_id': alias, **more})}"
        ours = [ask("222127_small", limit=100, offset=100 * n, include_total="false") for n in range(100)]
        theirs = [f"/small/small.json?_shape=arrays&_size=100&_nocount=1&_next={100 * n}" for n in range(100)]
        first = json.loads(get(connection, ours[1]))["result"]["records"]
        second = json.loads(get(http.client.HTTPConnection("127.0.0.1", other, timeout=30), theirs[1]))["rows"]
        if [row["名称"] for row in first] != [row[1] if isinstance(row[0], int) else row[0] for row in second]:
            sys.exit("the two servers answer different rows")
        print(f"{platform.machine()}, {os.cpu_count()} processors, load before {os.getloadavg()[0]:.1f}")
        load(own, ours, 2)
        load(other, theirs, 2)
        times, _ = load(own, ours, options.seconds, PACE)
        p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
        print(f"paced {PACE}/s: p50 {p50:.2f} ms, p99 {p99:.2f} ms{'' if p50 <= BAR_P50_MS else '  MISSED'}")
        ratios = []
        for _ in range(3):
            mine, its = (most(address, paths, max(2, options.seconds / 2), work)
                         for address, paths in [(own, ours), (other, theirs)])
            ratios.append(mine / its)
            print(f"most: hiraku {mine:.0f}/s, datasette {its:.0f}/s, ratio {mine / its:.1f}")
        ratio = statistics.median(ratios)
        print(f"ratio {ratio:.1f}{'' if ratio >= BAR_RATIO else '  MISSED'}")
        connection = http.client.HTTPConnection("127.0.0.1", own, timeout=120)
        for name, question in [
            ("filter, limit", ask("222127_large", filters=json.dumps({"分類": "図書館"}), limit=100)),
            ("range, sort", ask("222127_large", filters=json.dumps({"席数": {"gte": 400}}), sort="席数 desc, 名称", limit=100)),
            ("q 大覚寺図書館", ask("222127_large", q="大覚寺図書館", limit=100)),
        ]:
            took = []
            for _ in range(5):
                begun = time.monotonic()
                total = json.loads(get(connection, question))["result"]["total"]
                took.append((time.monotonic() - begun) * 1000)
            print(f"{options.rows} x 36 {name}: {statistics.median(took):.0f} ms ({total} rows)")
        before, begun, size = resident_mib(hiraku.pid), time.monotonic(), 0
        peak = before
        connection.request("GET", "/datastore/dump/222127_large")
        answer = connection.getresponse()
        while piece := answer.read(1 << 20):
            size += len(piece)
            peak = max(peak, resident_mib(hiraku.pid))
        took = time.monotonic() - begun
        print(f"dump: {size / 1e6:.0f} MB in {took:.1f} s = {size / 1e6 / took:.0f} MB/s, "
              f"resident {before:.0f} MiB before, {peak:.0f} MiB at most")
    finally:
        for process in (hiraku, datasette):
            process.terminate()
            process.wait()


main()
