#!/usr/bin/env bash
# What the data plane itself costs: a tap that is `cat` and a target that reads all and prints the last STATE (`tail -n 1` and `sed`),
# 1,000,000 records of 8 fields (seed 1, 230 MB): as they are, with a map of 4 operations, with validation of every record. Then as they
# are with the same file ten times over, so that start-up does not count. A B A B, 5 rounds after a warm-up; fresh state each time.
# Last the runtime's own CPU time and peak memory. bench/dataplane.sh [ROUNDS]
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

rounds=${1:-5}
project=$work/dataplane
data=$project/messages.jsonl
mkdir -p "$project/plugins/cat" "$project/plugins/last"
[ -s "$data" ] || { /usr/bin/python3 bench/messages.py 1000000 1 >"$data.new" && mv "$data.new" "$data"; }
last="tail -n 1 | sed 's/.*\"value\": *\\(.*\\)}/\\1/'"

cat >"$project/plugins/cat/plugin.yaml" <<YAML
name: cat
version: 1.0.0
kind: tap
protocol: singer
command: [sh, -c, "for i in \$(seq \$(sed 's/[^0-9]//g' \$2)); do cat $data; done", tap]
capabilities: { read: [$data] }
YAML
cat >"$project/plugins/last/plugin.yaml" <<YAML
name: last
version: 1.0.0
kind: target
protocol: singer
command: [sh, -c, 'tail -n 1 | sed "s/.*\"value\": *\(.*\)}/\1/"']
YAML

pipeline() { # NAME TIMES MORE
  cat >"$project/$1.yaml" <<YAML
name: bench-$1
grants: { cat: { read: [$data] } }
steps:
  - id: load
    sync:
      from: { plugin: cat, config: { times: $2 } }
      to: { plugin: last }
$3
YAML
}
map='      through: [{ map: { stream: orders, rename: { id: order_id }, cast: { total: number }, where: "quantity >= 0", mask: { email: hmac } } }]'
pipeline plain 1 ''
pipeline plain-ten 10 ''
pipeline map 1 "$map"
pipeline validate 1 '      validate: fail'

cd "$project"
flexcore="$root/flexcore run"
echo "1000000 records, $(stat -c %s "$data") bytes; seconds, of the whole command with its start"
/usr/bin/python3 "$root/bench/compare.py" --pairs "$rounds" --before "rm -rf .flexcore" \
  "pipe=cat $data | $last" "plain=$flexcore plain.yaml --quiet" "map=$flexcore map.yaml --quiet" "validate=$flexcore validate.yaml --quiet"
echo "as they are, ten times over; seconds"
/usr/bin/python3 "$root/bench/compare.py" --pairs "$rounds" --before "rm -rf .flexcore" \
  "pipe=for i in 1 2 3 4 5 6 7 8 9 10; do cat $data; done | $last" "plain=$flexcore plain-ten.yaml --quiet"
read -r DOTNET_ROOT <"$root/.build/cli/dotnet-root"
export DOTNET_ROOT
rm -rf .flexcore
/usr/bin/python3 "$root/bench/own.py" "$root/.build/cli/flexcore" plain.yaml map.yaml validate.yaml plain-ten.yaml
