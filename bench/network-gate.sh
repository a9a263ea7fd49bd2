#!/usr/bin/env bash
# One Python program against one server on loopback, run plainly and as a plugin that was granted the server: 300 connections with
# 64 bytes each way, one after the other (the median); 512 MiB by HTTP, read by urllib in pieces of 64 KiB; 512 MiB over a plain
# socket, read in pieces of 256 KiB. Direct and through the gate in turn, 7 rounds after one that is not counted.
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

project=$work/network-gate
rm -rf "$project"
mkdir -p "$project/plugins/measure"
cp bench/gate.py "$project/plugins/measure/"
coproc server { exec /usr/bin/python3 bench/gate.py serve; }
trap 'kill "$server_PID"' EXIT
read -r port <&"${server[0]}"

cat >"$project/plugins/measure/plugin.yaml" <<'YAML'
name: measure
version: 1.0.0
kind: task
protocol: task
command: [python3, gate.py, measure]
capabilities: { net: ["localhost:${input.port}", "localhost:${input.plain}"] }
YAML
cat >"$project/pipeline.yaml" <<YAML
name: bench-network-gate
grants: { measure: { net: ["localhost:$port", "localhost:$((port + 1))"] } }
steps:
  - id: measure
    task: { plugin: measure, input: { port: $port, plain: $((port + 1)) } }
YAML

cd "$project"
/usr/bin/python3 "$root/bench/gate.py" compare "${1:-7}" \
  "/usr/bin/python3 '$root/bench/gate.py' measure $port" \
  "'$root/flexcore' run pipeline.yaml --quiet >&2 && '$root/flexcore' events list --type StepSucceeded --json --limit 1000 | /usr/bin/python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin)[-1][\"data\"][\"output\"]))'"
