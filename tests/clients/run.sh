#!/usr/bin/env bash
# Takes in and publishes datasets/, serves them on a free port, and lets outside clients use them.
# usage: run.sh PROGRAM PYTHON
set -euo pipefail
program=$1 python=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"; }
trap stop EXIT

"$program" ingest --data "$work/data" "$here/../../datasets" > "$work/table.tsv" || [ $? -eq 1 ]
"$program" publish --data "$work/data" --all
port=$("$python" -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')
"$program" serve --data "$work/data" --listen "127.0.0.1:$port" 2> "$work/log" & server=$!
for _ in $(seq 200); do
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  sleep 0.1
done
"$python" "$here/clients.py" "http://127.0.0.1:$port" "$work/data" "$work/table.tsv" "$server"
