#!/usr/bin/env bash
# Takes in and publishes datasets/ with the real program, serves them on a free port, and lets outsiders use them:
# a browser on every kind of page, then the Python clients and readers (which stop the server at the end); then others
# open what the program hands to people.
# usage: served.sh PROGRAM PYTHON [FOLDER FOR SCREENSHOTS]
set -euo pipefail
program=$1 python=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
shots=${3:-$work/shots}
server=
stop() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT

# Exit code 1 says that files were refused, which the golden table expects.
"$program" ingest --data "$work/data" "$here/../datasets" > "$work/table.tsv" || [ $? -eq 1 ]
# shellcheck disable=SC2046 # names hold no blanks
"$program" publish --data "$work/data" --confirmed $(grep -v "^#" "$here/../datasets/CONFIRMED")
"$program" publish --data "$work/data" --all
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
base=http://127.0.0.1:$port
operator=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
HIRAKU_OPERATOR_LISTEN=127.0.0.1:$operator "$program" serve --data "$work/data" --listen "127.0.0.1:$port" > "$work/link" 2> "$work/log" & server=$!
for _ in $(seq 300); do
  (exec 3<> "/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  sleep 0.1
done

failed=0
node "$here/web/run.mjs" --base "$base" --out "$shots" || failed=1
node "$here/web/draw.mjs" --base "$base" || failed=1
node "$here/web/account.mjs" --base "$base" --link "$(grep -o 'http://.*' "$work/link")" --out "$shots" || failed=1
node "$here/web/case.mjs" --hiraku "$program" --out "$shots" || failed=1
"$python" "$here/clients/metrics.py" "http://127.0.0.1:$operator" "$base" || failed=1
"$python" "$here/clients/tiles.py" "$base" || failed=1
"$python" "$here/clients/snippets.py" "$base" || failed=1
"$python" "$here/clients/dcat.py" "$base" || failed=1
"$python" "$here/clients/features.py" "$base" || failed=1
"$python" "$here/clients/files.py" "$base" "$program" || failed=1
"$python" "$here/clients/tools.py" "$base" || failed=1
"$python" "$here/clients/described.py" "$base" || failed=1
"$python" "$here/clients/writes.py" "$base" "$work/data" "$program" || failed=1
"$python" "$here/clients/clients.py" "$base" "$work/data" "$work/table.tsv" "$server" || failed=1
"$python" "$here/clients/harvest_tls.py" "$program" || failed=1
"$python" "$here/clients/workbooks.py" "$program" || failed=1
if grep -E '"level":"(WARN|ERROR)"' "$work/log"; then
  echo "the server's log holds warnings"
  failed=1
fi
exit $failed
