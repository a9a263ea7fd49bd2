#!/usr/bin/env bash
# What a sandbox costs beside the plain process, in one run: to start and end a small program, a hundred at once, and bytes through its pipe.
# bench/sandbox.sh [ROUNDS]
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

dotnet build bench/Sandbox -c Release -v quiet --nologo >/dev/null
dotnet bench/Sandbox/bin/Release/net10.0/FlexCore.Sandbox.Benchmarks.dll "${1:-50}"
