#!/usr/bin/env bash
# What a task costs: a pipeline of 40 tasks, one after the other, each of them Python computing fib(10) in a sandbox of its own, beside the same programs in a
# loop of the shell, and a pipeline of 40 steps that do nothing. 7 rounds in turn after one that is not counted.
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

project=$work/tasks
rm -rf "$project"
mkdir -p "$project/plugins/fib"
cat >"$project/plugins/fib/fib.py" <<'PYTHON'
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(10))
PYTHON
cat >"$project/plugins/fib/plugin.yaml" <<'YAML'
name: fib
version: 1.0.0
kind: task
protocol: task
command: [python3, fib.py]
YAML

# chain NAME STEP: a pipeline of 40 steps, each after the one before it
chain() {
  printf 'name: bench-%s\nsteps:\n' "$1"
  for i in {1..40}; do
    printf '  - { id: s%d, needs: [%s], %s }\n' "$i" "$([ "$i" -eq 1 ] || printf 's%d' $((i - 1)))" "$2"
  done
}
chain tasks 'task: { plugin: fib }' >"$project/tasks.yaml"
chain noops 'noop: {}' >"$project/noops.yaml"

./flexcore --version >/dev/null
echo "milliseconds, 40 each"
/usr/bin/python3 bench/compare.py --pairs "${1:-7}" --unit ms \
  "loop=for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40; do /usr/bin/python3 '$project/plugins/fib/fib.py'; done" \
  "noops=exec ./flexcore run '$project/noops.yaml' --quiet" \
  "tasks=exec ./flexcore run '$project/tasks.yaml' --quiet"
