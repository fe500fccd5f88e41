#!/usr/bin/env bash
# bench: measure what has a ceiling, in one run, and print one table.
#
#   tests/bench/bench.sh                    builds Release in build/bench; some minutes
#   tests/bench/bench.sh --smoke BUILD      few rounds with the programs in BUILD; TAP, counts only
set -eu
ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
export PYTHONDONTWRITEBYTECODE=1 PYTHONUTF8=1
if [ "${1-}" = --smoke ]; then
	exec python3 "$ROOT/tests/bench/bench.py" --smoke "$2"
fi
BUILD=$ROOT/build/bench
cmake -S "$ROOT" -B "$BUILD" -G Ninja -DCMAKE_BUILD_TYPE=Release >/dev/null
cmake --build "$BUILD" --target kiemke kiemke-collector herd load nation save_bench receipt_bench search_bench >&2
exec python3 "$ROOT/tests/bench/bench.py" "$@" "$BUILD"
