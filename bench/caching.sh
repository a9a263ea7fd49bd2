#!/usr/bin/env bash
# A value that is in memory, asked for through the cache, through FusionCache under it, and from the memory cache under that: with BenchmarkDotNet, in one process.
# Gate: less than 200 ns and no allocation. bench/caching.sh [ARGUMENTS of BenchmarkDotNet]
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

dotnet build bench/Caching -c Release -v quiet --nologo >/dev/null
cd "$work"
dotnet "$root/bench/Caching/bin/Release/net10.0/FlexCore.Caching.Benchmarks.dll" "$@" | grep '^|'
