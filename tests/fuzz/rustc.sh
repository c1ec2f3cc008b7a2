#!/bin/sh
# The compiler with LLVM's pass for coverage, for hiraku and its targets alone (RUSTC_WORKSPACE_WRAPPER): dependencies
# stay as the tests have built them. Comparisons are not traced: that takes more than half of the time, and the words
# that are looked for are learned from memcmp all the same.
case " $* " in
  # The script of the build runs by itself, without the fuzzer's loop.
  *" build_script_build "*) exec "$@" ;;
esac
exec "$@" -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=3 \
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
