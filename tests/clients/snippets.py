"""The lines that pages of datasets offer to programs, run as they stand.

usage: snippets.py BASE_URL

curl, JavaScript (Node.js) and Python are run in an empty directory and must print something of the data. Lines for
DuckDB name an address, for which it would fetch an extension: the same lines are run over the downloaded file. Lines for
R, QGIS and Excel are looked at: the address in them is that of the file and answers.
Prints a line a dataset and ends with "N passed, N failed".
"""

import html
import re
import subprocess
import sys
import tempfile
import urllib.request

import duckdb

BASE = sys.argv[1]
# Names of their own characters, points, areas, a table without positions.
MOST_DATASETS = 4
PROGRAMS = {"shell", "javascript", "python", "r", "sql", "powerquery", "text"}


def text(address):
    with urllib.request.urlopen(address, timeout=60) as answer:
        return answer.read().decode()


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, (command, done.stderr[-600:])
    return done.stdout


def try_one(language, code, folder):
    addresses = re.findall(r"http://[^\s'\"]+", code)
    assert addresses and all(address.startswith(BASE + "/") for address in addresses), code
    if language == "shell" and code.startswith("curl"):
        run(["bash", "-c", code], folder)
    elif language == "javascript" and "addSource" not in code:
        assert run(["node", "--input-type=module", "-e", code], folder).strip(), code
    elif language == "python":
        assert run([sys.executable, "-c", code], folder).strip(), code
    elif language == "sql":
        with urllib.request.urlopen(addresses[0], timeout=60) as answer, open(f"{folder}/table", "wb") as file:
            file.write(answer.read())
        assert duckdb.sql(code.replace(addresses[0], f"{folder}/table").rstrip(";")).fetchall(), code
    else:
        # A template of tiles stands for the description of the same tiles.
        with urllib.request.urlopen(addresses[0].replace("/{z}/{x}/{y}", ".json"), timeout=60) as answer:
            assert answer.status == 200, code


def datasets():
    names = re.findall(r'"([^"]+)"', text(f"{BASE}/api/3/action/package_list").partition('"result"')[2])
    return names[:: max(1, len(names) // MOST_DATASETS)][:MOST_DATASETS]


passed = failed = 0
seen = set()
for name in datasets():
    page = text(f"{BASE}/dataset/{name}")
    found = re.findall(r'<pre class="([a-z]+)"><code>(.*?)</code></pre>', page, re.S)
    assert found, name
    for language, code in found:
        seen.add(language)
        try:
            with tempfile.TemporaryDirectory() as folder:
                try_one(language, html.unescape(code), folder)
            passed += 1
        except Exception as error:  # noqa: BLE001 - told, and counted
            failed += 1
            print(f"FAILED {name} {language}: {error}")
    print(f"ok     snippets of {name}: {len(found)}")
if seen != PROGRAMS:
    failed += 1
    print("FAILED never seen:", PROGRAMS - seen, "unknown:", seen - PROGRAMS)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
