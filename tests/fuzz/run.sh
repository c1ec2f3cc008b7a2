#!/usr/bin/env bash
# Runs every fuzz target for some seconds, with the compiler at hand: coverage comes from LLVM's own pass, so no nightly
# compiler and no cargo-fuzz are needed. What was learned stays in the cache; a crash ends the run with 1 and keeps its
# input, which belongs into tests/fuzz/seeds/TARGET once it is mended.
#
# usage: run.sh SECONDS [TARGET...]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
seconds=$1
shift
cache=${XDG_CACHE_HOME:-$HOME/.cache}/hiraku
export CARGO_TARGET_DIR=$cache/fuzz-target
export RUSTFLAGS="--cfg fuzzing -Clink-arg=-Wl,-rpath,$DUCKDB_LIB_DIR -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
cd "$here"
cargo build --locked --bins --target "$(rustc -vV | sed -n 's/^host: //p')" 
binaries=$CARGO_TARGET_DIR/$(rustc -vV | sed -n 's/^host: //p')/debug
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(sed -n 's/^name = "\(.*\)"$/\1/p' Cargo.toml | grep -v hiraku)
failed=0
for target in "${targets[@]}"; do
  mkdir -p "$cache/fuzz-corpus/$target" "$cache/fuzz-crashes"
  # 64 KiB hold every structure of every format; a run over 1 GiB or 20 s is a fault like a panic.
  if "$binaries/$target" -max_total_time="$seconds" -max_len=65536 -timeout=20 -rss_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix="$cache/fuzz-crashes/$target-" "$cache/fuzz-corpus/$target" "seeds/$target" >"$cache/fuzz-crashes/$target.log" 2>&1
  then
    printf '%-16s %s runs, %s inputs kept\n' "$target" \
      "$(sed -n 's/^stat::number_of_executed_units: *//p' "$cache/fuzz-crashes/$target.log")" \
      "$(find "$cache/fuzz-corpus/$target" -type f | wc -l)"
  else
    failed=$((failed + 1))
    printf '%-16s FAILED\n' "$target"
    grep -aE 'panicked|assert|SUMMARY|Test unit|ERROR' -A3 "$cache/fuzz-crashes/$target.log" | tail -20
  fi
done
passed=$((${#targets[@]} - failed))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
