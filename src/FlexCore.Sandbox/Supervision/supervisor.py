"""Runs one program without namespaces, and ends when the program and all that it has started are gone.

Descriptors: 2 errors, 3 and 4 the program's input and output, 5 the line that lets it begin, 10 the instructions (JSON), 11 where is reported
what bubblewrap would report. A .NET process could do none of this: between fork and exec it may run no code, and it is never a single thread.
"""

import base64
import ctypes
import json
import os
import signal
import sys

INPUT, OUTPUT, START, INSTRUCTIONS, STATUS = 3, 4, 5, 10, 11

PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 22, 36, 38
SECCOMP_MODE_FILTER = 2
CLOSE_RANGE_CLOEXEC = 4
SYS_CLOSE_RANGE, SYS_OPENAT2, SYS_LANDLOCK_CREATE_RULESET, SYS_LANDLOCK_ADD_RULE, SYS_LANDLOCK_RESTRICT_SELF = 436, 437, 444, 445, 446
AT_FDCWD, RESOLVE_NO_SYMLINKS = -100, 4
LANDLOCK_RULE_PATH_BENEATH = 1
ALL_FILE_RIGHTS, RIGHTS_OF_A_FILE = 0xFFFF, 0xC007
ALL_TCP_RIGHTS, ALL_SCOPES, SCOPE_SIGNAL = 3, 3, 2

libc = ctypes.CDLL(None, use_errno=True)


class Filter(ctypes.Structure):
    """struct sock_fprog"""

    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


class Path(ctypes.Structure):
    """struct landlock_path_beneath_attr"""

    _pack_ = 1
    _fields_ = [("rights", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def call(name, result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def prctl(option, *values):
    call("prctl", libc.prctl(option, *[ctypes.c_ulong(value) if isinstance(value, int) else value for value in (*values, 0, 0, 0, 0)[:4]]))


def syscall(name, number, *values):
    return call(name, libc.syscall(ctypes.c_long(number), *[ctypes.c_long(value) if isinstance(value, int) else value for value in values]))


def open_path(path, may_be_link):
    """A path that was granted goes through no link: somebody could have put it there since it was checked."""
    if may_be_link:
        return os.open(path, os.O_PATH | os.O_CLOEXEC)
    how = (ctypes.c_uint64 * 3)(os.O_PATH | os.O_CLOEXEC, 0, RESOLVE_NO_SYMLINKS)
    return syscall(f"openat2 {path}", SYS_OPENAT2, AT_FDCWD, os.fsencode(path), how, ctypes.sizeof(how))


def create_ruleset(files, tcp, scopes):
    handled = (ctypes.c_uint64 * 3)(files, tcp, scopes)
    return syscall("landlock_create_ruleset", SYS_LANDLOCK_CREATE_RULESET, handled, ctypes.sizeof(handled), 0)


def restrict_signals():
    """Whether signals of this process reach nobody but its descendants from now on."""
    try:
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        syscall("landlock_restrict_self", SYS_LANDLOCK_RESTRICT_SELF, create_ruleset(0, 0, SCOPE_SIGNAL), 0)
    except OSError:
        return False  # No Landlock, or one that does not know of signals.
    try:
        os.kill(os.getppid(), 0)
    except PermissionError:
        return True
    return False


def restrict_files(rules):
    """Landlock: nothing but these paths, no TCP, no signal to anybody outside, no abstract socket."""
    ruleset = create_ruleset(ALL_FILE_RIGHTS, ALL_TCP_RIGHTS, ALL_SCOPES)
    for path, rights, may_be_link in rules:
        parent = open_path(path, may_be_link)
        if not os.path.isdir(f"/proc/self/fd/{parent}"):
            rights &= RIGHTS_OF_A_FILE
        rule = Path(rights, parent)
        syscall(f"landlock_add_rule {path}", SYS_LANDLOCK_ADD_RULE, ruleset, LANDLOCK_RULE_PATH_BENEATH, ctypes.byref(rule), 0)
        os.close(parent)
    syscall("landlock_restrict_self", SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0)


def become_program(todo, supervisor):
    os.setsid()
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != supervisor:
        raise OSError("the supervisor has ended")
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    for path in todo["memberFiles"]:
        with open(path, "w", encoding="ascii") as members:
            members.write("0")
    os.dup2(INPUT, 0)
    os.dup2(OUTPUT, 1)
    syscall("close_range", SYS_CLOSE_RANGE, 3, 0xFFFF_FFFF, CLOSE_RANGE_CLOEXEC)
    os.chdir(todo["folder"])
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    if todo["rules"] is not None:
        restrict_files(todo["rules"])
    if todo["filter"] is not None:
        code = base64.b64decode(todo["filter"])
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(Filter(len(code) // 8, code)))
    os.execve(todo["command"][0], todo["command"], todo["environment"])


def start(todo):
    """The pid of the program; it has begun, with all that confines it, or this ends."""
    failed, failure = os.pipe()
    supervisor = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            become_program(todo, supervisor)
        except BaseException as error:
            os.write(2, f"{error}\n".encode(errors="replace"))
            os.write(failure, b"!")
            os._exit(1)
    for number in (INPUT, OUTPUT, START, INSTRUCTIONS, failure):
        os.close(number)
    if os.read(failed, 1):
        sys.exit(1)
    return pid


def report(**what):
    os.write(STATUS, (json.dumps({name.replace("_", "-"): value for name, value in what.items()}) + "\n").encode())


def reap(pid):
    """Removes all children that have ended. Returns the wait status of this one, if it is among them; raises when there is no child left."""
    found = None
    while True:
        try:
            ended, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            if found is None:
                raise
            return found
        if ended == 0:
            return found
        if ended == pid:
            found = status


def kill_all(reaches_descendants_alone):
    """Kills all descendants at once, so that not even a fork bomb is faster; or else our children: nobody but we removes them, so their pids mean no others."""
    try:
        if reaches_descendants_alone:
            os.kill(-1, signal.SIGKILL)
            return
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as children:
            for child in children.read().split():
                os.kill(int(child), signal.SIGKILL)
    except (PermissionError, ProcessLookupError):
        pass  # There is none left, or it has become another user's.


def end_all(reaches_descendants_alone):
    """Ends all descendants. Those of a child that is gone become our children."""
    while True:
        kill_all(reaches_descendants_alone)
        try:
            reap(None)
        except ChildProcessError:
            return
        signal.sigtimedwait({signal.SIGCHLD}, 0.01)


def main():
    prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    with open(INSTRUCTIONS, encoding="utf-8", closefd=False) as file:
        todo = json.load(file)
    report(child_pid=os.getpid())
    if not os.read(START, 1):
        return
    alone = restrict_signals()
    signals = {signal.SIGCHLD, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    pid = start(todo)
    status = None
    while status is None:
        if signal.sigwait(signals) == signal.SIGTERM:
            return end_all(alone)
        status = reap(pid)
    end_all(alone)
    code = os.waitstatus_to_exitcode(status)
    report(exit_code=code if code >= 0 else 128 - code)


main()
