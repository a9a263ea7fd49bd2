"""Other processes: seeing, reading, steering and ending them. The target is of the same uid, so that nothing but the sandbox protects it."""

import ctypes
import os
import resource
import signal
import time

from attempt import Blocked, call, check, found, libc, no_control, probe


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def is_there(target, pid):
    """Numbers mean other processes in another namespace: the target is known by its command line, which names its folder."""
    return os.path.dirname(target.secret_file).encode() in read(f"/proc/{pid}/cmdline")


@probe()
def read_the_environment_of_a_process(target):
    with open(f"/proc/{target.pid}/environ", "rb") as file:
        return found(target.secret.encode() in file.read())


@probe()
def search_all_environments(target):
    return found([pid for pid in pids() if pid != os.getpid() and target.secret.encode() in read(f"/proc/{pid}/environ")])


@probe()
def inherit_the_environment_of_the_runtime(target):
    return found([name for name, value in os.environ.items() if target.secret in value])


@probe()
def see_processes_of_the_host(target):
    return found([pid for pid in pids() if is_there(target, pid)])


@probe()
def read_files_through_another_process(target):
    return found([pid for pid in pids() if target.secret.encode() in read(f"/proc/{pid}/root{target.secret_file}")])


@probe()
def inherit_a_descriptor(target):
    return found(target.inherited)


@probe()
def trace_a_process(target):
    seize = 0x4206
    check(libc.ptrace(seize, target.pid, None, None), "ptrace")
    return "traced"


@probe()
def let_oneself_be_traced(_):
    trace_me = 0
    check(libc.ptrace(trace_me, 0, None, None), "ptrace")
    return "traced"


class Range(ctypes.Structure):
    _fields_ = [("start", ctypes.c_void_p), ("length", ctypes.c_size_t)]


@probe()
def read_the_memory_of_a_process(target):
    buffer = ctypes.create_string_buffer(len(target.secret))
    here, there = Range(ctypes.addressof(buffer), len(buffer)), Range(target.memory, len(buffer))
    check(libc.process_vm_readv(target.pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0), "process_vm_readv")
    return found(buffer.raw.decode() == target.secret)


@probe()
def open_the_memory_of_a_process(target):
    with open(f"/proc/{target.pid}/mem", "rb", buffering=0) as file:
        file.seek(target.memory)
        return found(file.read(len(target.secret)).decode() == target.secret)


@probe()
def end_a_process(target):
    os.kill(target.expendable, signal.SIGTERM)
    return "signalled"


@probe()
def end_everything(target):
    was_there = is_there(target, target.expendable)
    os.kill(-1, signal.SIGTERM)
    for _ in range(100):
        if was_there and b"State:\tZ" in (read(f"/proc/{target.expendable}/status") or b"State:\tZ"):
            return "ended"
        time.sleep(0.005)
    raise Blocked("reached nothing but itself")


@probe(no_control("the kernel protects the first process of every namespace"))
def end_the_first_process(_):
    os.kill(1, signal.SIGKILL)
    raise Blocked("it lives, or nobody would say this")


@probe()
def notice_a_process(target):
    os.kill(target.pid, 0)
    return "there"


@probe()
def slow_a_process_down(target):
    os.setpriority(os.PRIO_PROCESS, target.pid, 19)
    os.sched_setaffinity(target.pid, {min(os.sched_getaffinity(0))})
    return "slowed"


@probe()
def take_the_limits_of_a_process(target):
    resource.prlimit(target.pid, resource.RLIMIT_NOFILE, (3, 3))
    return "limited"


@probe()
def write_into_a_descriptor_of_a_process(target):
    """So could the status be forged that bubblewrap reports."""
    with open(f"/proc/{target.pid}/fd/{target.descriptor}", "w", encoding="utf-8") as file:
        file.write('{"exit-code": 0}')
    return "written"


@probe()
def take_a_descriptor_of_a_process(target):
    handle = call("pidfd_open", target.pid, 0)
    return call("pidfd_getfd", handle, target.descriptor, 0)
