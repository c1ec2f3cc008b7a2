#!/usr/bin/env bash
# Runs every fuzz target for some seconds, as many at a time as there are cores, with the compiler at hand: coverage comes
# from LLVM's own pass, so no nightly compiler and no cargo-fuzz are needed. A run shorter than a minute begins with the
# seeds alone and always tries the same changes, so that it says the same everywhere; a longer one goes on from what the
# cache has learned. A crash ends the run with 1 and keeps its input in the cache; once it is mended, that input belongs
# into tests/fuzz/seeds/TARGET as broke_….
#
# usage: run.sh SECONDS [TARGET...]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
seconds=$1
shift
cache=${XDG_CACHE_HOME:-$HOME/.cache}/hiraku/fuzz
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-${cache%/fuzz}/target}
# Dependencies are those of the development build; overflow checks and debug assertions stay on.
CARGO_PROFILE_DEV_OPT_LEVEL=1 RUSTC_WORKSPACE_WRAPPER=$here/rustc.sh \
  cargo build --locked --manifest-path "$here/Cargo.toml" --bin fuzz-all
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(sed -n 's/^name = "\(.*\)"$/\1/p' "$here/Cargo.toml" | grep -v '^\(hiraku-fuzz\|fuzz-all\)$')
mkdir -p "$cache/crashes"

run() {
  local target=$1 log=$cache/crashes/$1.log same=0
  corpus=$cache/corpus/$target
  if [ "$seconds" -lt 60 ]; then
    corpus=$(mktemp -d)
    trap 'rm -rf "$corpus"' EXIT
    same=1
  fi
  mkdir -p "$corpus"
  # 64 KiB hold every structure of every format; a run over 1 GiB or 20 s is a fault like a panic.
  if FUZZ_TARGET=$target "$CARGO_TARGET_DIR/debug/fuzz-all" -seed=$same -max_total_time="$seconds" -max_len=65536 \
    -timeout=20 -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="$cache/crashes/$target-" \
    "$corpus" "$here/seeds/$target" >"$log" 2>&1
  then
    printf '%-16s %8s runs, %6s places reached\n' "$target" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
      "$(grep -ao ' cov: [0-9]*' "$log" | tail -1 | tr -dc 0-9)"
  else
    printf '%-16s FAILED\n' "$target"
    grep -aE 'panicked|assert|SUMMARY|Test unit|ERROR' -A3 "$log" | tail -20 | grep . || tail -5 "$log"
    return 1
  fi
}
export -f run
export here seconds cache
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -euc 'run {}' || exit 1
