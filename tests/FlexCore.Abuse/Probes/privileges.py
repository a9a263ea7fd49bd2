"""Becoming somebody else, or somebody with more rights."""

import os
import resource
import subprocess
import time

from attempt import NAMESPACE, Blocked, found, no_control, otherwise, probe


def own_status(*names):
    with open("/proc/self/status", encoding="utf-8") as file:
        lines = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
    return {name: lines[name].strip() for name in names}


def effective_uid(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return int(next(line for line in file if line.startswith("Uid:")).split("\t")[2])


@probe()
def become_root_by_a_program_of_the_system(_):
    """su is root's as soon as it runs, and then waits for a password."""
    program = subprocess.Popen(["/usr/bin/su", "root"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if program.poll() is not None:
                raise Blocked(f"it ended with {program.returncode}")
            if effective_uid(program.pid) == 0:
                return "root"
            time.sleep(0.005)
        raise Blocked("it runs as ourselves")
    finally:
        program.stdin.close()
        try:
            program.kill()
        except OSError:
            pass  # it is root's


@probe()
def become_root_by_a_program_in_a_granted_folder(target):
    answer = subprocess.run([os.path.join(target.granted, "setuid-id"), "-u"], capture_output=True, text=True, check=True)
    if answer.stdout != "0\n":
        raise Blocked(f"it runs as {answer.stdout.strip()}")
    return "root"


@probe(NAMESPACE)
def make_a_program_of_root(target):
    path = os.path.join(target.work, "of-root")
    with open(path, "w", encoding="utf-8"):
        os.chown(path, 0, 0)
        os.chmod(path, 0o4755)
    return "made"


@probe(otherwise("EPERM"))
def become_root(_):
    """Refused as invalid in the sandbox: there is no root in it to become."""
    os.setresuid(0, 0, 0)
    return "root"


@probe()
def hold_capabilities(_):
    held = own_status("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
    return found({name: value for name, value in held.items() if int(value, 16)})


@probe()
def run_without_no_new_privileges(_):
    return found(own_status("NoNewPrivs") == {"NoNewPrivs": "0"})


@probe()
def run_without_a_filter_of_calls(_):
    return found(own_status("Seccomp") == {"Seccomp": "0"})


@probe(no_control("no ordinary user may, unless the machine's administrator lets it"))
def run_before_everybody_else(_):
    os.setpriority(os.PRIO_PROCESS, 0, -20)
    return os.getpriority(os.PRIO_PROCESS, 0)


@probe(no_control("no ordinary user may, unless the machine's administrator lets it"))
def run_in_real_time(_):
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    return "real time"


@probe()
def leave_a_core_dump(_):
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, 1 << 20))
    except ValueError as refused:
        raise Blocked(str(refused)) from None
    return "allowed to"
