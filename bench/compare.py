"""Times commands in turn, A B A B…, and prints each time, then medians with minimum and maximum.

compare.py [--pairs N] [--warm-up N] [--unit ms|s] [--before COMMAND] NAME=COMMAND...

Each command runs in sh, its output thrown away; one that fails ends the comparison. The first is the base of the
ratios. --before runs ahead of each, untimed.
"""

import argparse
import statistics
import subprocess
import sys
import time


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=1)
    parser.add_argument("--unit", choices=["ms", "s"], default="s")
    parser.add_argument("--before", default=":")
    parser.add_argument("commands", nargs="+", metavar="NAME=COMMAND")
    options = parser.parse_args()
    commands = dict(command.split("=", 1) for command in options.commands)
    base = next(iter(commands))
    factor, digits = (1000, 1) if options.unit == "ms" else (1, 2)

    times = {name: [] for name in commands}
    for turn in range(-options.warm_up, options.pairs):
        for name, command in commands.items():
            elapsed = run(name, command, options.before) * factor
            if turn >= 0:
                times[name].append(elapsed)
        if turn >= 0 and options.pairs <= 10:
            print(f"{turn + 1}: " + ", ".join(f"{name} {times[name][-1]:.{digits}f}" for name in commands), flush=True)

    def summary(values, digits):
        return f"median {statistics.median(values):.{digits}f} (min {min(values):.{digits}f}, max {max(values):.{digits}f})"

    for name, values in times.items():
        line = f"{name}: {summary(values, digits)} {options.unit}"
        if name != base:
            ratios = [value / against for value, against in zip(values, times[base])]
            line += f"; ratio to {base}, pair by pair: {summary(ratios, 3)}"
        print(line)


def run(name, command, before):
    subprocess.run(["sh", "-c", before], check=True)
    start = time.perf_counter()
    done = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    elapsed = time.perf_counter() - start
    if done.returncode != 0:
        sys.stderr.buffer.write(done.stderr)
        sys.exit(f"{name} failed with exit code {done.returncode}")
    return elapsed


if __name__ == "__main__":
    main()
