#!/usr/bin/env bash
# A node with PIPELINES pipelines and a run of STEPS steps, and what its console takes: time until the whole page is there, over one connection each, and its bytes, uncompressed; and the bytes of
# the first page with its styles and scripts as a browser gets them.
# bench/console.sh [ROUNDS] [PIPELINES] [STEPS]
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

rounds=${1:-21}
pipelines=${2:-10000}
steps=${3:-1000}
./flexcore --version >/dev/null
project=$work/console
rm -rf "$project"
mkdir -p "$project/many"
cd -- "$project"
echo 'http: 127.0.0.1:0' >flexcore.yaml
for ((i = 0; i < pipelines; i++)); do printf 'name: p%05d\nsteps: [{ id: a, noop: {} }]\n' "$i" >"many/p$i.yaml"; done
{
  printf 'name: long\nsteps:\n'
  for ((i = 0; i < steps; i++)); do echo "  - { id: s$i, noop: {} }"; done
} >many/long.yaml
"$root/flexcore" pipeline apply -f many >/dev/null
token=$("$root/flexcore" token create bench --role admin)
"$root/flexcore" serve --grpc off 2>node.log &
node=$!
trap 'kill "$node" 2>/dev/null; wait "$node" 2>/dev/null' EXIT
until address=$(grep -o 'http://[0-9.:]*' node.log | head -n 1) && [ -n "$address" ]; do sleep 0.05; done
run=$(curl -sf -H "Authorization: Bearer $token" -H 'Content-Type: application/json' -d '{"pipeline":"long"}' "$address/api/v1/runs" | sed 's/.*"run_id":"\([^"]*\)".*/\1/')
until curl -sf -H "Authorization: Bearer $token" "$address/api/v1/runs/$run" | grep -q '"status":"succeeded","duration'; do sleep 0.2; done
curl -sf -o /dev/null -c cookies --data-urlencode "token=$token" "$address/login"

page() {
  for ((round = 0; round <= rounds; round++)); do curl -sf -b cookies -o page.html -w '%{time_total} %{size_download}\n' "$address$2"; done | tail -n +2 | sort -n |
    awk -v name="$1" '{ t[NR] = $1; bytes = $2 } END { printf "%-28s %6.1f ms (%.1f to %.1f), %d KB\n", name, t[int((NR + 1) / 2)] * 1000, t[1] * 1000, t[NR] * 1000, bytes / 1000 }'
}
page 'overview' /
page "$pipelines pipelines" /pipelines
page '... searched' '/pipelines?search=p09'
page "run of $steps steps" "/runs/$run"
page '... all of them' "/runs/$run?all=1"
page 'events' /events

curl -sf -b cookies -o page.html "$address/"
total=$(wc -c <page.html)
for asset in $(grep -o '/assets/[^"]*' page.html | sort -u); do total=$((total + $(curl -sf -H 'Accept-Encoding: br' "$address$asset" | wc -c))); done
for script in times morph live run slider; do total=$((total + $(curl -sf -H 'Accept-Encoding: br' "$address$(grep -o '/assets/[^/]*' page.html | head -n 1)/$script.js" | wc -c))); done
printf 'first page with all that it needs: %d KB\n' $((total / 1000))
