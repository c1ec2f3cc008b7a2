#!/usr/bin/env python3
"""Measures the catalogue's actions over 100,000 datasets, by HTTP, counting on.

usage: catalogue.py HIRAKU [--work DIR] [--datasets N] [--seconds N]

One small dataset is taken in and published by HIRAKU, then its rows in the database are written N times under other names,
ids and words, with 1,800 organizations: what a server loads at its start. Told are the time to the first answer and the
resident memory; `package_search` with Japanese words, two filters and three facets, 200 requests a second over 8
connections, every question another one and then those of a day, which come again; `package_show` as fast as
8 connections of wrk go, of 5,000 datasets in turn. A missed bar is said in the line. DuckDB for Python comes from
requirements.txt.
"""

import argparse
import csv
import http.client
import itertools
import json
import os
import pathlib
import platform
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import duckdb

from asking import get, port

CONNECTIONS, PACE, ORGANIZATIONS = 8, 200, 1_800
BAR_P50_MS, BAR_P99_MS, BAR_SHOW, BAR_START_S = 2, 10, 15_000, 3
THINGS = ["避難所", "図書館", "公衆トイレ", "AED設置箇所", "保育園", "観光施設", "小学校", "消防水利施設", "文化財", "公共施設", "病院",
          "駐輪場", "人口", "バス停", "公衆無線LAN", "ごみ収集日", "イベント", "都市公園", "道路台帳", "統計書"]
KINDS = ["一覧", "位置情報", "令和5年度", "令和6年度", "令和7年度", "統計表", "地図", "名簿", "時刻表", "台帳"]
WORDS = THINGS + ["避難場所", "子育て", "ひなんじょ", "中央 図書館", "市の公園", "防災 一覧", "駅前", "高齢者", "津波", "学校 位置"]


def codes():
    """Six-digit codes with their check digits."""
    for prefecture, city in itertools.product(range(1, 48), range(201, 241)):
        digits = f"{prefecture:02}{city:03}"
        total = sum(int(digit) * weight for digit, weight in zip(digits, (6, 5, 4, 3, 2)))
        yield f"{digits}{(11 - total % 11) % 10 if total >= 11 else 11 - total}"


def multiply(data, count):
    base = duckdb.connect(str(data / "hiraku.duckdb"))
    base.execute("CREATE TEMP TABLE city(number INTEGER, id VARCHAR, code VARCHAR)")
    base.executemany("INSERT INTO city VALUES (?, NULL, ?)",
                     [[number, code] for number, code in enumerate(itertools.islice(codes(), ORGANIZATIONS))])
    base.execute("UPDATE city SET id = CAST(uuidv7() AS VARCHAR)")
    # That of the small dataset is there already.
    base.execute("INSERT INTO organization SELECT c.id, c.code, c.code, '第' || c.number || '市', '静岡県', o.created "
                 "FROM city c, organization o WHERE c.code NOT IN (SELECT code FROM organization)")
    base.execute("DELETE FROM city WHERE id NOT IN (SELECT id FROM organization)")
    base.execute("CREATE TEMP TABLE own(number INTEGER, city INTEGER, dataset VARCHAR, release VARCHAR)")
    base.execute(f"INSERT INTO own SELECT n, n % (SELECT max(number) FROM city), CAST(uuidv7() AS VARCHAR), "
                 f"CAST(uuidv7() AS VARCHAR) FROM range({count}) r(n)")
    pick = lambda words, by: f"list_extract({words!r}, CAST(w.number // {by} % {len(words)} AS INTEGER) + 1)"
    thing, kind = pick(THINGS, 1), pick(KINDS, 20)
    base.execute(f"""
        INSERT INTO dataset SELECT w.dataset, c.id, c.code || '_d' || w.number,
            '第' || c.number || '市 ' || {thing} || ' ' || {kind},
            {thing} || 'の名称、所在地、電話番号、開館時間などをまとめた' || {kind} || 'です。番号' || w.number, d.licence, d.attribution,
            d.source_page, d.theme, json_array({thing}, '自治体標準ODS'), d.retrieved, d.created - to_seconds(w.number),
            NULL, w.release
        FROM own w JOIN city c ON c.number = w.city, (SELECT * FROM dataset WHERE name = '222127_first') d""")
    base.execute("""
        INSERT INTO release SELECT w.release, w.dataset, 1, r.source_digest, r.created, r.published - to_seconds(w.number)
        FROM own w, (SELECT * FROM release LIMIT 1) r""")
    base.execute("INSERT INTO release_table SELECT w.release, t.* EXCLUDE (release_id) FROM own w, "
                 "(SELECT * FROM release_table LIMIT 1) t")
    base.execute("""
        CREATE TEMP TABLE file AS SELECT w.release, w.dataset, CAST(uuidv7() AS VARCHAR) AS id, f.* EXCLUDE (release_id),
            x.table_key, x.format, x.created
        FROM own w, release_file f JOIN distribution x ON x.id = f.distribution_id WHERE x.format = 'CSV'""")
    base.execute("INSERT INTO distribution SELECT id, dataset, table_key, format, created FROM file")
    base.execute("INSERT INTO release_file SELECT release, position, id, table_position, title, file_name, size_bytes, digest "
                 "FROM file")
    base.close()


def paced(address, paths, seconds):
    times, faults = [], []
    end = time.monotonic() + seconds

    def run(own):
        connection = http.client.HTTPConnection("127.0.0.1", address, timeout=30)
        due, step = time.monotonic() + own / PACE, CONNECTIONS / PACE
        number, mine = own, []
        try:
            while due < end and number < len(paths):
                begun = time.monotonic()
                time.sleep(max(0, due - begun))
                begun, due = time.monotonic(), due + step
                get(connection, paths[number])
                mine.append((time.monotonic() - begun) * 1000)
                number += CONNECTIONS
        except Exception as fault:
            faults.append(fault)
        times.extend(mine)

    threads = [threading.Thread(target=run, args=(own,)) for own in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        sys.exit(f"a request failed: {faults[0]}")
    times.sort()
    return times[len(times) // 2], times[len(times) * 99 // 100]


def most(address, paths, seconds, work):
    script = work / "wrk.lua"
    (work / "paths").write_text("\n".join(paths))
    script.write_text(f"local paths, at = {{}}, 0\nfor line in io.lines({json.dumps(str(work / 'paths'))}) do paths[#paths+1] "
                      "= wrk.format('GET', line) end\nrequest = function() at = at % #paths + 1; return paths[at] end\n"
                      "done = function(s) io.write(string.format('BAD %d\\n', s.errors.status + s.errors.read)) end\n")
    told = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "-s", str(script),
                           f"http://127.0.0.1:{address}/"], check=True, capture_output=True, text=True).stdout
    if "BAD 0" not in told:
        sys.exit(f"wrk met faults: {told}")
    return float(told.split("Requests/sec:")[1].split()[0])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("hiraku")
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--datasets", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    work = options.work or pathlib.Path(tempfile.mkdtemp(prefix="hiraku-bench-"))
    work.mkdir(parents=True, exist_ok=True)
    data = work / "data"
    if not data.exists():
        with (work / "222127_first.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["名称", "所在地"], ["中央図書館", "焼津市本町5丁目"], ["港公園", "焼津市中港1丁目"]])
        run = lambda *words: subprocess.run([options.hiraku, *words], check=True, stdout=subprocess.DEVNULL)
        run("ingest", "--data", str(data), "--licence", "cc-by-4.0", str(work / "222127_first.csv"))
        run("publish", "--data", str(data), "--all")
        multiply(data, options.datasets)
    own = port()
    print(f"{platform.machine()}, {os.cpu_count()} processors, load before {os.getloadavg()[0]:.1f}")
    begun = time.monotonic()
    with (work / "log").open("w") as log:
        hiraku = subprocess.Popen([options.hiraku, "serve", "--data", str(data), "--listen", f"127.0.0.1:{own}"], stderr=log)
    try:
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", own, timeout=60)
                found = json.loads(get(connection, "/api/3/action/package_search?rows=0"))["result"]["count"]
                break
            except OSError:
                if time.monotonic() - begun > 120 or hiraku.poll() is not None:
                    sys.exit(f"the server does not answer: {(work / 'log').read_text()[-2000:]}")
                time.sleep(0.02)
        start = time.monotonic() - begun
        status = pathlib.Path(f"/proc/{hiraku.pid}/status").read_text()
        resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024
        print(f"start with {found} datasets: {start:.2f} s{'' if start < BAR_START_S else '  MISSED'}, resident {resident:.0f} MiB")
        time.sleep(5)
        chance = random.Random(7)
        facets = json.dumps(["organization", "tags", "res_format"])

        def question(words):
            return "/api/3/action/package_search?" + urllib.parse.urlencode(
                {"q": words, "fq": "res_format:CSV license_id:\"cc-by-4.0\"", "facet.field": facets, "rows": 10})

        count = int(PACE * options.seconds)
        fresh = [question(f"{chance.choice(WORDS)} {chance.choice(KINDS + THINGS)} 第{number}市" if number % 3 else
                          f"{chance.choice(WORDS)} {number}") for number in range(count)]
        day = [question(chance.choice(WORDS)) for _ in range(count)]
        for name, paths in [("every question another", fresh), ("30 questions in turn", day)]:
            p50, p99 = paced(own, paths, options.seconds)
            missed = "" if p50 < BAR_P50_MS and p99 < BAR_P99_MS else "  MISSED"
            print(f"package_search, {PACE}/s, {name}: p50 {p50:.2f} ms, p99 {p99:.2f} ms{missed}")
        names = json.loads(get(connection, "/api/3/action/package_list"))["result"]
        shown = chance.sample(names, min(5_000, len(names)))
        for _ in range(3):
            rate = most(own, [f"/api/3/action/package_show?id={name}" for name in shown], options.seconds / 2, work)
            print(f"package_show: {rate:.0f}/s{'' if rate >= BAR_SHOW else '  MISSED'}")
    finally:
        hiraku.terminate()
        hiraku.wait()


main()
