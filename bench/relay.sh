#!/usr/bin/env bash
# The quickstart's tap on 1,000,000 records into a target that only reads (`cat >/dev/null`): what the runtime itself costs, when
# no target's disk hides it. A B A B, 5 pairs after a warm-up; fresh state each time. Run bench/quickstart.sh first: it makes the data.
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

project=$work/relay
data=$work/quickstart/customers-1000000.csv
mkdir -p "$project/plugins/sink"
ln -sfn "$root/samples/quickstart/plugins/tap-csv" "$project/plugins/tap-csv"
[ -s "$data" ] || { echo "run bench/quickstart.sh first: $data is missing" >&2; exit 2; }

cat >"$project/plugins/sink/plugin.yaml" <<YAML
name: sink
version: 1.0.0
kind: target
protocol: singer
command: [sh, -c, "cat >/dev/null"]
YAML
cat >"$project/pipeline.yaml" <<YAML
name: bench-relay
grants:
  tap-csv: { read: [$data] }
steps:
  - id: load
    sync:
      from: { plugin: tap-csv, config: { path: $data, stream: customers, keys: [id] } }
      to: { plugin: sink }
YAML
printf '{"path":"%s","stream":"customers","keys":["id"]}' "$data" >"$project/tap.json"

cd "$project"
echo "1000000 records, $(stat -c %s "$data") bytes of CSV; seconds"
/usr/bin/python3 "$root/bench/compare.py" --pairs 5 --before "rm -rf .flexcore" \
  "pipe=/usr/bin/python3 plugins/tap-csv/tap_csv.py --config tap.json | cat >/dev/null" \
  "flexcore=$root/flexcore run pipeline.yaml --quiet"
