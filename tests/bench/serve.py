#!/usr/bin/env python3
"""Measures how fast tiles are served, beside a bare axum server that holds the same bytes in memory.

usage: serve.py HIRAKU BARE [--work DIR] [--seconds N] [--rounds N] [--free] [--only CASE,…]

Three generated layers (270,000 buildings, 30,000 roads, 5,000 places) are taken in, published and served by HIRAKU as
it is by default, counting on. BARE is `benches/bare.rs` with the very bytes that HIRAKU answered. The heaviest 500
tiles of zoom 14 of the buildings are asked for one after another by `wrk -t1 -c32`, in turns:

* gzip: stored tiles as they lie in the archive.
* 304: the same, each with the tag of the copy that the caller has.
* plain: callers that take no gzip; beside BARE with its gzip bytes, as it knows nothing else.
* composite: three layers in one tile.

Both servers are tied to one processor and wrk to another (`--free`: nothing is tied). While one is measured the other
is stopped, so that what it does in the background (rolling up counts) falls into its own time.
Figures: requests a second and their ratio, pair by pair; the time that 99 of 100 requests stay under; processor time of
the server by request, its background work included; resident memory of HIRAKU.
Before the load every address is asked for once of both: status, encoding and bytes must be those expected.
A missed bar is said in the table; ends with 1 where a command fails or an answer is wrong.
"""

import argparse
import gzip
import hashlib
import http.client
import json
import os
import pathlib
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

from pmtiles.reader import MmapSource, Reader, all_tiles

HERE = pathlib.Path(__file__).parent
CODE = "222127"
LAYERS = {"buildings": ("detailed", 270_000), "roads": ("roads", 30_000), "places": ("sites", 5_000)}
ZOOM, TILES, CONNECTIONS = 14, 500, 32

# Case: least ratio of requests a second to BARE, greatest ratio of p99.
BARS = {"gzip": (0.7, 2.0), "304": (0.7, None), "plain": (0.3, None), "composite": (None, None)}
MOST_PROCESSOR_US = 30
MOST_RESIDENT_MIB = 60

LUA = """
local requests, at = {}, 0
function init()
  for line in io.lines(%s) do
    local path, accept, tag = line:match("^(.-)\\t(.-)\\t(.-)$")
    local headers = {}
    if accept ~= "" then headers["Accept-Encoding"] = accept end
    if tag ~= "" then headers["If-None-Match"] = tag end
    requests[#requests + 1] = wrk.format("GET", path, headers)
  end
end
function request()
  at = at %% #requests + 1
  return requests[at]
end
function done(summary, latency)
  local errors = summary.errors
  print(string.format('{"requests": %%d, "us": %%d, "bytes": %%d, "p50": %%d, "p99": %%d, "errors": %%d}',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


def generated(work, kind, count):
    """A file of `tile_data.py`, made once."""
    path = work / f"{kind}_{count}.geojsonl"
    mark = path.with_suffix(".whole")
    if not mark.exists():
        subprocess.run([sys.executable, HERE / "tile_data.py", kind, str(count), path], check=True)
        mark.touch()
    return path


def dataset(root, slug, file, zooms=None):
    """A dataset folder around a file."""
    folder = root / slug
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.link(file, folder / "data.geojsonl")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    tiles = f"\n[tiles]\nmin_zoom = {zooms[0]}\nmax_zoom = {zooms[1]}\n" if zooms else ""
    (folder / "source.toml").write_text(
        f'name = "{CODE}_{slug}"\ntitle = "{slug}"\nnotes = ""\ntheme = "基盤"\ntags = []\nlicence = "cc0-1.0"\n'
        f'attribution = "generated"\npage = "https://example.com/"\nretrieved = "2026-11-01"\n\n'
        f'[publisher]\ncode = "{CODE}"\nname = "焼津市"\n{tiles}\n[[files]]\nname = "data.geojsonl"\n'
        f'sha256 = "{digest}"\nbytes = {file.stat().st_size}\nencoding = "UTF-8"\n',
        encoding="utf-8",
    )
    return folder


def said(command):
    """Runs a command to its end; what it printed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, check=False)
    if done.returncode:
        words = (done.stdout + done.stderr).decode(errors="replace")
        sys.exit(f"{command}: ended with {done.returncode}\n{words[-2000:]}")
    return done.stdout.decode()


def publish(hiraku, data, folders):
    """Takes in dataset folders and publishes them."""
    said([hiraku, "ingest", "--data", data, *folders])
    names = [f"{CODE}_{folder.name}" for folder in folders]
    said([hiraku, "publish", "--data", data, "--confirmed", *names])


def archives(data):
    """The PMTiles archives with gzip tiles among the objects, latest last."""
    found = []
    for path in (data / "objects").glob("??/*"):
        with open(path, "rb") as file:
            head = file.read(127)
        # Byte 98 of the header: 2 is gzip.
        if head[:7] == b"PMTiles" and head[98] == 2:
            found.append(path)
    return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def tiles_of(path):
    """All tiles of an archive: (zoom, column, row) to bytes as stored."""
    with open(path, "rb") as file:
        return dict(all_tiles(Reader(MmapSource(file)).get_bytes))


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Server:
    """A server of ours on a free port of this machine until the block ends."""

    def __init__(self, command, log, processor=None):
        self.port = free_port()
        tied = [] if processor is None else ["taskset", "-c", str(processor)]
        command = [str(part).replace("{port}", str(self.port)) for part in command]
        with open(log, "wb") as errors:
            self.process = subprocess.Popen([*tied, *command], stdout=errors, stderr=errors)
        for _ in range(600):
            if self.process.poll() is not None:
                sys.exit(f"{command}: ended with {self.process.returncode}\n{log.read_text(errors='replace')[-2000:]}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        self.process.kill()
        sys.exit(f"{command}: does not listen")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def hold(self, is_held):
        self.process.send_signal(signal.SIGSTOP if is_held else signal.SIGCONT)

    def processor_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii", errors="replace") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def asked(self, connection, path, accept="", tag=""):
        """Status, headers and body of an answer; the connection is kept."""
        headers = {"Accept-Encoding": accept or "identity"} | ({"If-None-Match": tag} if tag else {})
        connection.putrequest("GET", path, skip_accept_encoding=True)
        for name, value in headers.items():
            # A caller without gzip says nothing at all.
            if (name, value) != ("Accept-Encoding", "identity"):
                connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, dict(answer.headers.items()), answer.read()

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)


def hiraku_server(hiraku, data, log, processor=None):
    return Server([hiraku, "serve", "--data", data, "--listen", "127.0.0.1:{port}"], log, processor)


def header(headers, name):
    return next((value for key, value in headers.items() if key.lower() == name), None)


def memory(pid):
    """Resident MiB of a process, and of what is mapped where."""
    parts, name = {}, ""
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        lines = [line.split() for line in status if line.startswith(("VmRSS", "RssAnon", "RssFile"))]
    with open(f"/proc/{pid}/smaps", encoding="utf-8", errors="replace") as smaps:
        for line in smaps:
            words = line.split(maxsplit=5)
            if "-" in words[0] and not words[0].endswith(":"):
                name = place(words[5].strip() if len(words) > 5 else "", pid)
            elif words[0] == "Rss:":
                parts[name] = parts.get(name, 0) + int(words[1]) / 1024
    return {words[0].rstrip(":"): int(words[1]) / 1024 for words in lines} | parts


def place(name, pid):
    """What a mapping belongs to."""
    program = os.readlink(f"/proc/{pid}/exe")
    if name == program:
        return "program"
    known = {"libduckdb": "libduckdb.so", "/objects/": "archives", "/counts/": "count segments", "[heap]": "heap"}
    other = "other files" if name.startswith("/") else "anonymous"
    return next((own for part, own in known.items() if part in name), other)


class Bench:
    def __init__(self, options):
        self.options = options
        self.work = pathlib.Path(options.work).resolve()
        self.work.mkdir(parents=True, exist_ok=True)
        self.hiraku, self.bare = (str(pathlib.Path(program).resolve()) for program in (options.hiraku, options.bare))
        self.failed = False
        self.layer = f"{CODE}_buildings"
        self.all_layers = ",".join(f"{CODE}_{slug}" for slug in LAYERS)

    def wrong(self, what):
        print(f"\nwrong: {what}\n", file=sys.stderr)
        self.failed = True

    def published(self):
        data, root = self.work / "serve-data", self.work / "serve-datasets"
        shutil.rmtree(data, ignore_errors=True)
        folders = []
        for slug, (kind, count) in LAYERS.items():
            folders.append(dataset(root, slug, generated(self.work, kind, count), (10, ZOOM)))
        publish(self.hiraku, data, folders)
        return data

    def heaviest(self, data):
        """Column and row of the heaviest tiles of the buildings, and the mean of their bytes."""
        largest = max(archives(data), key=lambda path: path.stat().st_size)
        sizes = {at[1:]: len(tile) for at, tile in tiles_of(largest).items() if at[0] == ZOOM}
        chosen = sorted(sizes, key=sizes.get, reverse=True)[:TILES]
        # The order in which a map would hardly ask for them, but the same every time.
        chosen.sort(key=lambda at: hashlib.sha256(repr(at).encode()).digest())
        return chosen, statistics.mean(sizes[at] for at in chosen)

    def paths(self, case, chosen):
        layer = self.all_layers if case == "composite" else self.layer
        return [f"/tiles/{layer}/{ZOOM}/{x}/{y}" for x, y in chosen]

    def fetched(self, server, chosen, states):
        """Puts what is served into a folder for BARE."""
        folder = self.work / "bare"
        shutil.rmtree(folder, ignore_errors=True)
        connection = server.connection()
        cases = self.options.only or BARS
        for case in ["gzip", *(["composite"] if "composite" in cases else [])]:
            for path in self.paths(case, chosen):
                status, headers, body = server.asked(connection, path, "gzip")
                if status != 200 or header(headers, "content-encoding") != "gzip":
                    sys.exit(f"{path}: {status} {headers}")
                file = folder / path[1:]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(body)
            states[f"then: first answers ({case})"] = memory(server.process.pid)
        return folder

    def requests(self, server, case, chosen):
        """The file of requests of a case; each is asked for once and its answer looked at."""
        lines, connection, folder = [], server.connection(), self.work / "bare"
        accept = "" if case == "plain" else "gzip"
        sizes = []
        for path in self.paths(case, chosen):
            tag = header(server.asked(connection, path, accept)[1], "etag") if case == "304" else ""
            status, headers, body = server.asked(connection, path, accept, tag)
            stored = (folder / path[1:]).read_bytes()
            coding = header(headers, "content-encoding")
            if case == "304":
                right = status == 304 and not body and header(headers, "etag") == tag
            else:
                right = status == 200 and (body == stored if coding else body == gzip.decompress(stored))
                right = right and (case == "plain" or coding == "gzip")
            if not right:
                self.wrong(f"{path} ({case}): {status} {headers}, {len(body)} bytes")
            sizes.append(len(body))
            lines.append(f"{path}\t{accept}\t{tag}\n")
        file = self.work / f"requests-{case}-{server.port}.tsv"
        file.write_text("".join(lines), encoding="utf-8")
        return file, statistics.mean(sizes)

    def load(self, server, file):
        """One run of wrk: its figures, and processor seconds of the server."""
        script = self.work / "walk.lua"
        script.write_text(LUA % json.dumps(str(file)), encoding="utf-8")
        tied = [] if self.options.free else ["taskset", "-c", "1"]
        command = [*tied, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{self.options.seconds}s", "-s", script]
        before = server.processor_seconds()
        told = json.loads(said([*command, f"http://127.0.0.1:{server.port}"]).strip().splitlines()[-1])
        told["processor_us"] = (server.processor_seconds() - before) * 1e6 / max(told["requests"], 1)
        told["rate"] = told["requests"] / told["us"] * 1e6
        if told["errors"]:
            self.wrong(f"{file.name}: {told['errors']} errors of {told['requests']}")
        return told

    def rounds(self, servers, files):
        runs = {(case, name): [] for case in files for name in servers}
        for _ in range(self.options.rounds):
            for case, by_server in files.items():
                for name, server in servers.items():
                    for other in servers.values():
                        other.hold(other is not server)
                    runs[case, name].append(self.load(server, by_server[name]))
        for server in servers.values():
            server.hold(False)
        return runs

    def table(self, runs, sizes):
        print(f"\n### Tiles of zoom {ZOOM}, {TILES} addresses, {CONNECTIONS} connections, {self.options.rounds} rounds "
              f"of {self.options.seconds} s\n\n| | mean bytes | hiraku req/s | bare req/s | ratio "
              "| hiraku p50 / p99 ms | bare p50 / p99 ms | p99 ratio | hiraku CPU µs | bare CPU µs | bar |"
              "\n|---" + "|---" * 10 + "|")
        for case, (least, most_p99) in BARS.items():
            if (case, "hiraku") not in runs:
                continue
            own, bare = runs[case, "hiraku"], runs[case, "bare"]
            median = lambda key, of: statistics.median(run[key] for run in of)
            ratio = lambda key: statistics.median(a[key] / b[key] for a, b in zip(own, bare))
            verdicts = []
            if least:
                verdicts.append(f"≥ {least} × {'met' if ratio('rate') >= least else 'MISSED'}")
            if most_p99:
                verdicts.append(f"p99 ≤ {most_p99} × {'met' if ratio('p99') <= most_p99 else 'MISSED'}")
            if case == "gzip":
                met = "met" if median("processor_us", own) <= MOST_PROCESSOR_US else "MISSED"
                verdicts.append(f"CPU ≤ {MOST_PROCESSOR_US} µs {met}")
            times = lambda of: f"{median('p50', of) / 1000:.2f} / {median('p99', of) / 1000:.2f}"
            print(f"| {case} | {sizes[case]:,.0f} | {median('rate', own):,.0f} | {median('rate', bare):,.0f} "
                  f"| {ratio('rate'):.2f} | {times(own)} | {times(bare)} | {ratio('p99'):.2f} "
                  f"| {median('processor_us', own):.1f} | {median('processor_us', bare):.1f} | {'; '.join(verdicts)} |")

    def memory_table(self, states):
        keys = ["VmRSS", "RssAnon", "RssFile", "libduckdb.so", "program", "archives", "count segments", "heap"]
        print("\n### Resident memory of hiraku, MiB\n\n| | all | anonymous | of files | libduckdb.so | program "
              "| archives and indexes | count segments | heap of the C library (DuckDB) "
              "| without libduckdb.so and heap | more than the empty catalogue |\n|---" + "|---" * 10 + "|")
        for name, told in states.items():
            rest = told["VmRSS"] - told.get("libduckdb.so", 0) - told.get("heap", 0)
            print(f"| {name} | " + " | ".join(f"{told.get(key, 0):.1f}" for key in keys) + f" | {rest:.1f} "
                  f"| {told['VmRSS'] - states['empty catalogue']['VmRSS']:.1f} |")
        print(f"\nBar: {MOST_RESIDENT_MIB} MiB for three layers, DuckDB's share left out.")

    def run(self):
        data, processor = self.published(), None if self.options.free else 0
        chosen, mean = self.heaviest(data)
        print(f"\n{len(chosen)} tiles of zoom {ZOOM}, mean {mean:,.0f} bytes as gzip")
        if not 30_000 <= mean <= 35_840 or len(chosen) < TILES:
            self.wrong("the tiles are not those that the figures are meant for")
        states, empty = {}, self.work / "serve-empty"
        shutil.rmtree(empty, ignore_errors=True)
        with hiraku_server(self.hiraku, empty, self.work / "empty.log", processor) as server:
            time.sleep(2)
            states["empty catalogue"] = memory(server.process.pid)
        log = self.work / "hiraku.log"
        with hiraku_server(self.hiraku, data, log, processor) as hiraku:
            time.sleep(2)
            states["three layers, no request yet"] = memory(hiraku.process.pid)
            folder = self.fetched(hiraku, chosen, states)
            with Server([self.bare, folder, "{port}"], self.work / "bare.log", processor) as bare:
                servers = {"hiraku": hiraku, "bare": bare}
                files, sizes = {}, {}
                for case in self.options.only or BARS:
                    files[case] = {}
                    for name, server in servers.items():
                        files[case][name], size = self.requests(server, case, chosen)
                        if name == "hiraku":
                            sizes[case] = size
                            states[f"then: every tile asked for ({case})"] = memory(hiraku.process.pid)
                runs = self.rounds(servers, files)
                states["then: after the load"] = memory(hiraku.process.pid)
                # What was answered is rolled up every ten seconds.
                later = []
                for _ in range(45):
                    time.sleep(1)
                    later.append(memory(hiraku.process.pid))
                states["at its greatest in the 45 s after"] = max(later, key=lambda told: told["VmRSS"])
                states["at their end"] = later[-1]
                self.table(runs, sizes)
                self.memory_table(states)
        lines = log.read_text(errors="replace").splitlines()
        troubles = [line for line in lines if '"WARN"' in line or '"ERROR"' in line]
        if troubles:
            self.wrong(f"the log holds {len(troubles)} warnings, first: {troubles[0][:500]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hiraku")
    parser.add_argument("bare", help="the built benches/bare.rs")
    parser.add_argument("--work", default="/tmp/hiraku-bench", help="where files are generated and kept")
    parser.add_argument("--seconds", type=int, default=8, help="of one run of wrk")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--free", action="store_true", help="tie neither servers nor wrk to a processor")
    parser.add_argument("--only", type=lambda text: text.split(","), help="some of " + ", ".join(BARS))
    bench = Bench(parser.parse_args())
    for program in ("wrk", *([] if bench.options.free else ["taskset"])):
        if not shutil.which(program):
            sys.exit(f"{program} is not there")
    print(f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}")
    bench.run()
    sys.exit(1 if bench.failed else 0)


if __name__ == "__main__":
    main()
