"""What the runtime itself needs for one run of each pipeline, beside its plugins: own.py FLEXCORE PIPELINE…

The CPU time is that of the runtime's process alone: it is not the parent that the system counts its plugins' times for.
The peak is its largest resident set. Both from wait4; the plugins' CPU time is what their cgroups report."""
import json
import os
import subprocess
import sys

command, *pipelines = sys.argv[1:]
for pipeline in pipelines:
    run = subprocess.Popen([command, "run", pipeline, "--quiet", "--json"], stdout=subprocess.PIPE, text=True)
    answer = json.loads(run.stdout.read())
    _, status, usage = os.wait4(run.pid, 0)
    if status != 0:
        sys.exit(f"{pipeline} failed")
    plugins = sum(plugin["cpu_ms"] for step in answer["steps"] for plugin in step["plugins"]) / 1000
    print(f"{pipeline}: {usage.ru_utime + usage.ru_stime:.2f} s of CPU beside the plugins' {plugins:.2f} s; peak memory {usage.ru_maxrss / 1024:.0f} MiB")
