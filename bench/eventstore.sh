#!/usr/bin/env bash
# The event store beside what its database can do and beside its peers, on a PostgreSQL cluster of its own with durable defaults (fsync and
# synchronous_commit on), in turn, ROUNDS times; 3 seconds each after one of warm-up. Events of 213 bytes of JSON and 109 of metadata.
# bench/eventstore.sh [ROUNDS] [WORKLOAD…]   a workload is append, hundred, import, read, replay, verify, latency, sqlite, or large and proof (10 million events; only when named)
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

rounds=${1:-5}
shift || true
# shellcheck source=bench/postgres.sh
. "$root/bench/postgres.sh"

mkdir -p "$work/eventstore"
chmod 755 "$work/eventstore"
dotnet build bench/EventStore -c Release -v quiet --nologo >/dev/null
npm ci --silent --no-audit --no-fund --prefix bench/EventStore/peers >/dev/null
dotnet bench/EventStore/bin/Release/net10.0/FlexCore.EventStore.Benchmarks.dll \
  "Host=127.0.0.1;Port=$port;Database=postgres;Username=postgres" "$work/eventstore" "$root/bench/EventStore/peers" "$rounds" "$@"
