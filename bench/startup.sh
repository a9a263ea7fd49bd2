#!/usr/bin/env bash
# Start-up: `flexcore --version` and a pipeline of one `noop: {}` step, through the launcher, beside /bin/true and the
# CLI without its launcher. 20 rounds in turn after 3 that are not counted.
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

project=$work/startup
mkdir -p "$project"
cat >"$project/pipeline.yaml" <<'YAML'
name: bench-startup
steps:
  - id: nothing
    noop: {}
YAML

./flexcore --version >/dev/null
read -r DOTNET_ROOT <.build/cli/dotnet-root
export DOTNET_ROOT
echo "milliseconds"
/usr/bin/python3 bench/compare.py --pairs 20 --warm-up 3 --unit ms \
  "true=exec /bin/true" \
  "cli --version=exec .build/cli/flexcore --version" \
  "flexcore --version=exec ./flexcore --version" \
  "flexcore run noop=exec ./flexcore run '$project/pipeline.yaml' --quiet"
