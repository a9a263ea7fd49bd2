#!/usr/bin/env bash
# A client beside the bare driver with the same settings, in turns within one process: bench/clients.sh kafka [ROUNDS]
# Kafka is librdkafka's mock cluster in the same process: what is measured is the way to it.
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

dotnet build bench/Clients -c Release -v quiet --nologo
dotnet bench/Clients/bin/Release/net10.0/FlexCore.Clients.Benchmarks.dll "${1:?which client? kafka}" - "${2:-5}"
