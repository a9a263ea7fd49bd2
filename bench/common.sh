# shellcheck shell=bash
# Every script of this folder begins so: in the repository's root, with a folder for its files and a line on the machine.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
root=$PWD
work=$root/.build/bench
mkdir -p "$work"
export PATH=/usr/bin:/bin:$PATH   # the interpreter that plugins get, in the environment that they get
# shellcheck disable=SC2086  # a list of names
unset ${!PYTHON@}

printf '%s · %s · %s × %s · load %s\n' "$(date -u +%F)" "$(git rev-parse --short HEAD)" "$(nproc)" \
  "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(cut -d ' ' -f 1 /proc/loadavg)"
