#!/usr/bin/env bash
# The event store beside what its database can do and beside its peers, on a PostgreSQL cluster of its own with durable defaults (fsync and
# synchronous_commit on), in turn, ROUNDS times; 3 seconds each after one of warm-up. Events of 213 bytes of JSON and 109 of metadata.
# bench/eventstore.sh [ROUNDS] [WORKLOAD…]   a workload is append, hundred, import, read, replay, verify, latency, sqlite, or large and proof (10 million events; only when named)
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

rounds=${1:-5}
shift || true
binaries=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
export PATH=$PATH:$binaries
cluster=$(mktemp -d)
port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
as_owner=()
[ "$(id -u)" != 0 ] || { as_owner=(setpriv --reuid postgres --regid postgres --clear-groups); chown postgres "$cluster"; }
"${as_owner[@]}" "$binaries/initdb" -D "$cluster/data" -A trust -U postgres -E UTF8 --locale C.UTF-8 >/dev/null
printf '%s\n' "port = $port" "listen_addresses = '127.0.0.1'" "unix_socket_directories = '$cluster'" "max_connections = 400" >>"$cluster/data/postgresql.conf"
"${as_owner[@]}" "$binaries/pg_ctl" -D "$cluster/data" -l "$cluster/log" -w start >/dev/null
trap '"${as_owner[@]}" "$binaries/pg_ctl" -D "$cluster/data" -m fast -w stop >/dev/null; rm -rf "$cluster"' EXIT

mkdir -p "$work/eventstore"
chmod 755 "$work/eventstore"
dotnet build bench/EventStore -c Release -v quiet --nologo >/dev/null
npm ci --silent --no-audit --no-fund --prefix bench/EventStore/peers >/dev/null
dotnet bench/EventStore/bin/Release/net10.0/FlexCore.EventStore.Benchmarks.dll \
  "Host=127.0.0.1;Port=$port;Database=postgres;Username=postgres" "$work/eventstore" "$root/bench/EventStore/peers" "$rounds" "$@"
