#!/usr/bin/env bash
# One entity, a page of 100 and a page of those of which something holds (one in ten), out of 10,000 entities of some 200 bytes: in one file, in a folder, in SQLite and in PostgreSQL.
# One after the other, by one caller, at places chosen by a fixed seed; of each 300 in a round.
# bench/persistence.sh [ROUNDS]
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=bench/postgres.sh
. "$root/bench/postgres.sh"

dotnet build bench/Clients -c Release -v quiet --nologo >/dev/null
dotnet bench/Clients/bin/Release/net10.0/FlexCore.Clients.Benchmarks.dll persistence "Host=127.0.0.1;Port=$port;Database=postgres;Username=postgres" "${1:-5}"
