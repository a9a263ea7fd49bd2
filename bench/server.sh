#!/usr/bin/env bash
# A node that serves REST on PostgreSQL, and what it bears: 500 reads and 50 starts a second for SECONDS; reads as fast as they come, beside a bare minimal API of ASP.NET that
# answers with the same bytes; 500 who follow one run by its events; memory at rest and with them.
# bench/server.sh [ROUNDS] [SECONDS]
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=bench/postgres.sh
. "$root/bench/postgres.sh"

rounds=${1:-3}
seconds=${2:-30}
dotnet build bench/Server -c Release -v quiet --nologo
program=$root/bench/Server/bin/Release/net10.0/FlexCore.Server.Benchmarks.dll
driver() { dotnet "$program" "$@"; }
./flexcore --version >/dev/null
project=$work/server
rm -rf "$project"
mkdir -p "$project/plugins/pause"
cd -- "$project"
printf 'store: { kind: postgres, connection: "Host=127.0.0.1;Port=%s;Database=postgres;Username=postgres" }\n' "$port" >flexcore.yaml
printf '%s\n' 'name: two' 'concurrency: unlimited' 'steps: [{ id: a, noop: {} }, { id: b, noop: {}, needs: [a] }]' >two.yaml
printf '%s\n' 'name: pause' 'version: 1.0.0' 'kind: task' 'protocol: task' 'command: [sleep, "0.5"]' >plugins/pause/plugin.yaml
{
  printf '%s\n' 'name: slow' 'steps:' '  - { id: s0, task: { plugin: pause } }'
  for i in {1..20}; do echo "  - { id: s$i, needs: [s$((i - 1))], task: { plugin: pause } }"; done
} >slow.yaml
"$root/flexcore" pipeline apply -f . >/dev/null
for i in {1..60}; do "$root/flexcore" token create "bench-$i" --role operator; done >tokens
"$root/flexcore" serve --slots 10 --http 127.0.0.1:0 2>node.log &
node=$!
until address=$(grep -o 'http://[0-9.:]*' node.log | head -n 1) && [ -n "$address" ]; do sleep 0.05; done
curl -sf -H "Authorization: Bearer $(head -n 1 tokens)" "$address/api/v1/pipelines/two" >same-bytes
bare_port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
dotnet "$program" bare "$bare_port" same-bytes &
bare=$!
trap 'kill "$node" "$bare" 2>/dev/null; wait "$node" "$bare" 2>/dev/null; "${as_owner[@]}" "$binaries/pg_ctl" -D "$cluster/data" -m fast -w stop >/dev/null; rm -rf "$cluster"' EXIT
until curl -sf "http://127.0.0.1:$bare_port/" >/dev/null; do sleep 0.05; done
memory() { awk '/^VmRSS/ { printf "%d MiB\n", $2 / 1024 }' "/proc/$node/status"; }

for ((round = 1; round <= rounds; round++)); do
  echo "round $round; the node has $(memory)"
  driver mixed "$address" tokens "$seconds"
  printf 'bare:     '
  driver most "http://127.0.0.1:$bare_port" tokens 10 /
  printf 'FlexCore: '
  driver most "$address" tokens 10 /api/v1/pipelines/two
  driver follow "$address" tokens 500
  echo "then the node has $(memory)"
done
