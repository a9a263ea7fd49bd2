#!/usr/bin/env bash
# The quickstart's tap and target on 1,000,000 records (seed 1, about 100 MB of CSV): a shell pipe against `flexcore run`.
# A B A B, 5 pairs after a warm-up; a fresh output folder and fresh state each time.
# Last the runtime's own CPU time and peak memory. bench/quickstart.sh [RECORDS]
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

records=${1:-1000000}
sample=$root/samples/quickstart
project=$work/quickstart
mkdir -p "$project"
ln -sfn "$sample/plugins" "$project/plugins"
data=$project/customers-$records.csv
[ -s "$data" ] || { /usr/bin/python3 "$sample/make_data.py" --rows "$records" --seed 1 >"$data.new" && mv "$data.new" "$data"; }

cat >"$project/pipeline.yaml" <<YAML
name: bench-quickstart
grants:
  tap-csv: { read: [./customers-$records.csv] }
  target-jsonl: { write: [./out] }
steps:
  - id: load
    sync:
      from: { plugin: tap-csv, config: { path: ./customers-$records.csv, stream: customers, keys: [id] } }
      to: { plugin: target-jsonl, config: { path: ./out } }
YAML
printf '{"path":"%s","stream":"customers","keys":["id"]}' "$data" >"$project/tap.json"
printf '{"path":"%s"}' "$project/out" >"$project/target.json"

cd "$project"
tap="/usr/bin/python3 plugins/tap-csv/tap_csv.py --config tap.json"
target="/usr/bin/python3 plugins/target-jsonl/target_jsonl.py --config target.json"
check="[ \"\$(wc -l <out/customers.jsonl)\" = $records ]"
echo "$records records, $(stat -c %s "$data") bytes of CSV; seconds"
/usr/bin/python3 "$root/bench/compare.py" --pairs 5 --before "{ [ ! -e out ] || $check; } && rm -rf out .flexcore states.jsonl && sync" \
  "pipe=$tap | $target >states.jsonl" \
  "flexcore=$root/flexcore run pipeline.yaml --quiet"
sh -c "$check"
read -r DOTNET_ROOT <"$root/.build/cli/dotnet-root"
export DOTNET_ROOT
rm -rf out .flexcore
/usr/bin/python3 "$root/bench/own.py" "$root/.build/cli/flexcore" pipeline.yaml
