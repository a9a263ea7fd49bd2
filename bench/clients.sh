#!/usr/bin/env bash
# Our clients beside the bare drivers with the same settings, in turns within one process: bench/clients.sh kafka [ROUNDS] [MESSAGES]
# The cluster is librdkafka's mock, in the same process: what is measured is the way to it.
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

dotnet build bench/Clients -c Release -v quiet --nologo
dotnet bench/Clients/bin/Release/net10.0/FlexCore.Clients.Benchmarks.dll "${1:?which client? kafka}" "${2:-5}" "${3:-200000}"
