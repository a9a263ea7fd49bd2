#!/usr/bin/env bash
# Installs what the tests need, builds, and runs them: ./test.sh [--long] [filter]
#   --long   adds soaks, many kills and scale
#   filter   only the tests whose full name contains it, without the check of the format
# The last line is "N passed, N failed, N skipped"; what failed is named above it.
set -uo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
cd "$root" || exit 3
install=yes
[ "${FLEXCORE_NO_INSTALL:-0}" = 0 ] || install=no
# shellcheck source=eng/setup.sh
. eng/setup.sh

unset FLEXCORE_LONG
filter=
for argument in "$@"; do
  case $argument in
    --long) export FLEXCORE_LONG=1 ;;
    -h | --help) sed -n '2,5s/^# //p' "$0"; exit 0 ;;
    -*) say "unknown option $argument: ./test.sh [--long] [filter]"; exit 2 ;;
    *) filter=$argument ;;
  esac
done

mkdir -p "$build"
require run test sdk
export DOTNET_CLI_UI_LANGUAGE=en

hang_limit=5m
[ -z "${FLEXCORE_LONG:-}" ] || hang_limit=60m
results=$build/test-results
rm -rf "$results"
mkdir -p "$results"
broken=()   # what failed beside tests

step() { printf '\n== %s\n' "$*"; }
finish() { /usr/bin/python3 eng/test_results.py "$results" "${broken[@]}"; exit; }

step Build
sdk build FlexCore.slnx -v quiet || { broken+=("the build"); finish; }

if [ -z "$filter" ]; then
  step Format
  sdk format FlexCore.slnx --verify-no-changes --no-restore || broken+=("the format; dotnet format FlexCore.slnx mends it")
fi

step Launcher
./flexcore --version || broken+=("the launcher")

step Tests
sdk test FlexCore.slnx --no-build -m:1 --logger "console;verbosity=minimal" --logger trx --results-directory "$results" \
  --blame-hang-timeout "$hang_limit" --blame-hang-dump-type none ${filter:+--filter "FullyQualifiedName~$filter"} ||
  broken+=("a test project, see above")
finish
