"""Runs probes, each in a process of its own: python3 probes NAME... <target.json; python3 probes --list.

Prints one line of JSON for each: {"probe", "allowed", "detail"}; {"probe", "absent"} where the machine does not have what is attacked;
{"probe", "error"} when the probe itself is broken, which neither the sandbox nor its absence explains.
"""

import errno
import importlib
import json
import os
import pkgutil
import select
import signal
import sys
import traceback
import types

SECONDS = 20
OWN_MODULES = {"__main__", "attempt"}


def main(arguments):
    import attempt

    inherited = inherited_descriptors()
    names = [module.name for module in pkgutil.iter_modules([os.path.dirname(os.path.abspath(__file__))]) if module.name not in OWN_MODULES]
    if arguments == ["--list"]:
        for name in names:
            importlib.import_module(name)
        print(json.dumps([{"name": name, "control": declared["control"]} for name, declared in attempt.PROBES.items()]))
        return

    target = types.SimpleNamespace(**json.load(sys.stdin), inherited=inherited)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a probe may send it to all that it can reach
    for name in arguments:
        importlib.import_module(name.split(".")[0])
        print(json.dumps({"probe": name, **run(attempt.PROBES[name]["run"], target)}), flush=True)


def inherited_descriptors():
    """Those beyond standard input, output and error that were open when this program began."""
    numbers = [int(name) for name in os.listdir("/proc/self/fd")]
    return [number for number in numbers if number > 2 and os.path.lexists(f"/proc/self/fd/{number}")]


def run(attack, target):
    result, answer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(result)
        os.write(answer, json.dumps(attempted(attack, target)).encode())
        os._exit(0)
    os.close(answer)
    readable, _, _ = select.select([result], [], [], SECONDS)
    if not readable:
        os.kill(child, signal.SIGKILL)
    text = os.read(result, 65536)
    os.close(result)
    _, status = os.waitpid(child, 0)
    if text:
        return json.loads(text)
    if not readable:
        return {"error": f"has not ended within {SECONDS} seconds"}
    return {"allowed": False, "detail": f"killed by {signal.Signals(os.WTERMSIG(status)).name}" if os.WIFSIGNALED(status) else f"exit {status >> 8}"}


def attempted(attack, target):
    from attempt import Absent, Blocked

    try:
        return {"allowed": True, "detail": str(attack(target))[:2000]}
    except Blocked as blocked:
        return {"allowed": False, "detail": str(blocked)}
    except OSError as error:
        return {"allowed": False, "detail": errno.errorcode.get(error.errno, str(error))}
    except Absent as absent:
        return {"absent": str(absent)}
    except BaseException:
        return {"error": traceback.format_exc()[-2000:]}


main(sys.argv[1:])
