#!/usr/bin/env bash
# From `git clone` of this repository (its last commit) to the end of the first run, on a machine that has what
# ./flexcore needs from Debian and a .NET SDK; the packages of the build are downloaded.
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

clone=$(mktemp -d)
trap 'rm -rf "$clone"' EXIT
TIMEFORMAT='%R'
echo "seconds"
printf 'git clone: '
time git clone -q "file://$root" "$clone/flexcore"
cd "$clone/flexcore"
export NUGET_PACKAGES=$clone/packages   # downloads are part of it
printf 'first run: '
time ./flexcore run samples/quickstart/pipeline.yaml --quiet >/dev/null
printf 'second run: '
time ./flexcore run samples/quickstart/pipeline.yaml --quiet >/dev/null
