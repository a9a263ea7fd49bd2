#!/usr/bin/env bash
# The connectors in their sandboxes. PostgreSQL to PostgreSQL, a table of 8 columns with a primary key, in full, against
# `psql COPY | psql COPY` into a table with the same key; CSV to JSON Lines against the quickstart's Python pair in a pipe;
# 100 tables that have nothing new. A B A B after a warm-up, whole commands with their start. bench/connectors.sh [ROWS]
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=bench/postgres.sh
. "$root/bench/postgres.sh"

rows=${1:-1000000}
project=$work/connectors
rm -rf "$project" && mkdir -p "$project" && cd "$project"
compare() { /usr/bin/python3 "$root/bench/compare.py" --pairs 5 "$@"; }
sql() { psql -h 127.0.0.1 -p "$port" -U postgres -qAt "$@"; }
sql -c 'CREATE DATABASE source' -c 'CREATE DATABASE copy' -c 'CREATE DATABASE many'
sql source <<SQL
CREATE TABLE orders (id bigint PRIMARY KEY, quantity int NOT NULL, customer text, city text, note text, total numeric(12,2), updated_at timestamptz, paid boolean);
INSERT INTO orders SELECT i, i % 100, 'customer ' || i, 'Lisboa', 'a note with ' || md5(i::text), (i * 1.37)::numeric(12,2), timestamptz '2026-01-01' + i * interval '1 second', i % 3 = 0 FROM generate_series(1, $rows) i;
VACUUM ANALYZE orders; CHECKPOINT;
SQL
sql copy -c 'CREATE TABLE by_psql (id bigint PRIMARY KEY, quantity int NOT NULL, customer text, city text, note text, total numeric(12,2), updated_at timestamptz, paid boolean)'
sql many -c "DO \$\$ BEGIN FOR i IN 1..100 LOOP EXECUTE format('CREATE TABLE t%s (id bigint PRIMARY KEY, at timestamptz); INSERT INTO t%s VALUES (1, now())', i, i); END LOOP; END \$\$"

step() { # NAME, the database read from, more settings of the tap
  cat >"$1.yaml" <<YAML
name: $1
grants: { tap-postgres: { net: ["localhost:$port"] }, target-postgres: { net: ["localhost:$port"] } }
steps:
  - id: load
    sync:
      from: { plugin: tap-postgres, config: { host: localhost, port: $port, database: $2, user: postgres, tls: disable$3 } }
      to: { plugin: target-postgres, config: { host: localhost, port: $port, database: copy, user: postgres, tls: disable, schema: ${1//-/_} } }
YAML
}
step in-full source ''
step nothing-new many ", replication_keys: { $(seq -s ', ' -f 't%g: at' 100) }"

echo "$rows rows, PostgreSQL to PostgreSQL; seconds"
compare --before "psql -h 127.0.0.1 -p $port -U postgres -q copy -c 'TRUNCATE by_psql' -c CHECKPOINT" \
  "psql=psql -h 127.0.0.1 -p $port -U postgres -q source -c 'COPY orders TO STDOUT' | psql -h 127.0.0.1 -p $port -U postgres -q copy -c 'COPY by_psql FROM STDIN'" \
  "flexcore=$root/flexcore run in-full.yaml --quiet"
[ "$(sql copy -c 'SELECT count(*) FROM in_full.orders')" = "$rows" ]

sample=$root/samples/quickstart
data=$work/quickstart/customers-$rows.csv
mkdir -p "$work/quickstart"
[ -s "$data" ] || { /usr/bin/python3 "$sample/make_data.py" --rows "$rows" --seed 1 >"$data.new" && mv "$data.new" "$data"; }
cat >csv.yaml <<YAML
name: csv
grants: { tap-csv: { read: [$data] }, target-jsonl: { write: [./out] } }
steps: [{ id: load, sync: { from: { plugin: tap-csv, config: { path: $data, stream: customers, keys: [id] } }, to: { plugin: target-jsonl, config: { path: ./out } } } }]
YAML
printf '{"path":"%s","stream":"customers","keys":["id"]}' "$data" >tap.json
printf '{"path":"%s"}' "$project/out" >target.json
pair="/usr/bin/python3 $sample/plugins/tap-csv/tap_csv.py --config tap.json | /usr/bin/python3 $sample/plugins/target-jsonl/target_jsonl.py --config target.json"
connectors="$root/.build/cli/flexcore-connectors"
read -r DOTNET_ROOT <"$root/.build/cli/dotnet-root"
export DOTNET_ROOT
echo "$rows rows, CSV to JSON Lines; seconds"
compare --before "rm -rf out .flexcore/flexcore.db* .flexcore/views.db* && sync" \
  "python=$pair" \
  "flexcore=$root/flexcore run csv.yaml --quiet" \
  "connectors=$connectors tap-csv --config tap.json | $connectors target-jsonl --config target.json"
[ "$(wc -l <out/customers.jsonl)" = "$rows" ]

echo "100 tables with nothing new; seconds"
"$root/flexcore" run nothing-new.yaml --quiet
compare "flexcore=$root/flexcore run nothing-new.yaml --quiet"
