#!/usr/bin/env python3
"""Measures OGC API – Features over many points.

usage: features.py HIRAKU [--work DIR] [--points N] [--questions N]

`--points` generated points (1,000,000 by default) around one city are taken in, published and served by HIRAKU as it is by
default, counting on. One connection asks for 100 features in boxes of three sizes, each box at another place,
for the first 100 of all, and for the 100 nearest within a kilometre of a place; the times that half and
99 of 100 answers stay under are told. The answers to some boxes are checked against the generated points first.
A missed bar is said in the line; ends with 1 where a command fails or an answer is wrong.
"""

import argparse
import csv
import http.client
import json
import os
import pathlib
import platform
import random
import subprocess
import sys
import tempfile
import time

from asking import get, port, wait_for

NAME, LIMIT, BAR_P50_MS = "222127_points", 100, 5
WEST, SOUTH, EAST, NORTH = 138.0, 34.6, 138.6, 35.1


def write_points(path, count):
    chance = random.Random(20261127)
    points = []
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["名称", "分類", "緯度", "経度"])
        for number in range(count):
            at = round(chance.uniform(WEST, EAST), 6), round(chance.uniform(SOUTH, NORTH), 6)
            points.append(at)
            writer.writerow([f"地点{number}", "公園" if number % 3 else "広場", at[1], at[0]])
    return points


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("hiraku")
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=200)
    options = parser.parse_args()
    work = options.work or pathlib.Path(tempfile.mkdtemp(prefix="hiraku-bench-"))
    work.mkdir(parents=True, exist_ok=True)
    points = write_points(work / f"{NAME}.csv", options.points)
    data = work / "data"
    run = lambda *words: subprocess.run([options.hiraku, *words], check=True, stdout=subprocess.DEVNULL)
    run("ingest", "--data", str(data), "--licence", "cc-by-4.0", str(work / f"{NAME}.csv"))
    run("publish", "--data", str(data), "--all")
    own = port()
    with (work / "log").open("w") as log:
        hiraku = subprocess.Popen([options.hiraku, "serve", "--data", str(data), "--listen", f"127.0.0.1:{own}"], stderr=log)
    try:
        wait_for(own)
        connection = http.client.HTTPConnection("127.0.0.1", own, timeout=60)
        chance = random.Random(7)
        items = lambda more: f"/ogc/collections/{NAME}/items?limit={LIMIT}&{more}"

        def box(width):
            west, south = chance.uniform(WEST, EAST - width), chance.uniform(SOUTH, NORTH - width)
            return west, south, west + width, south + width

        for _ in range(5):
            west, south, east, north = edges = box(0.01)
            told = json.loads(get(connection, items("bbox=" + ",".join(map(str, edges)))))["numberMatched"]
            there = sum(west <= lon <= east and south <= lat <= north for lon, lat in points)
            if told != there:
                sys.exit(f"{edges}: {told} features are told, {there} are there")
        print(f"{platform.machine()}, {os.cpu_count()} processors, load before {os.getloadavg()[0]:.1f}, {len(points)} points")
        for name, question, bar in [
            ("bbox 0.002°", lambda: "bbox=" + ",".join(map(str, box(0.002))), BAR_P50_MS),
            ("bbox 0.01°", lambda: "bbox=" + ",".join(map(str, box(0.01))), BAR_P50_MS),
            ("bbox 0.1°", lambda: "bbox=" + ",".join(map(str, box(0.1))), None),
            ("no box", lambda: "filter-lang=cql2-text", None),
            ("near, 1 km", lambda: f"near={chance.uniform(WEST, EAST)},{chance.uniform(SOUTH, NORTH)}&radius=1000", None),
        ]:
            took = []
            for number in range(options.questions + 10):
                path = items(question())
                begun = time.monotonic()
                get(connection, path)
                # The first ones warm up what every server keeps.
                if number >= 10:
                    took.append((time.monotonic() - begun) * 1000)
            took.sort()
            p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
            missed = "  MISSED" if bar and p50 > bar else ""
            print(f"{name}, {LIMIT} features: p50 {p50:.2f} ms, p99 {p99:.2f} ms{missed}")
    finally:
        hiraku.terminate()
        hiraku.wait()


main()
