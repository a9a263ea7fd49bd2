"""What probes are written with: how one is declared, how it says that it was stopped, and system calls by name."""

import ctypes
import errno
import os
import platform

USER = {"kind": "user"}
"""The control: an ordinary user succeeds."""

NAMESPACE = {"kind": "namespace"}
"""The control: an ordinary user succeeds as root of a user namespace of its own."""

PROBES = {}


def otherwise(error):
    """The control: nobody but root succeeds anywhere, and an ordinary user is refused in another way than the sandbox refuses."""
    return {"kind": "otherwise", "error": error}


def no_control(reason):
    """There is no control: no process that is not root can show that the attempt works."""
    return {"kind": "none", "reason": reason}


def probe(control=USER):
    """Declares a probe. It returns what it got; being stopped is an OSError or Blocked."""

    def declare(function):
        name = f"{function.__module__}.{function.__name__}"
        PROBES[name] = {"run": function, "control": control}
        return function

    return declare


class Blocked(Exception):
    """Nothing was refused, and yet there was nothing to get."""


class Absent(Exception):
    """This machine does not have what is attacked."""


def found(what):
    """What was got, unless it is nothing."""
    if not what:
        raise Blocked("nothing there")
    return str(what)


libc = ctypes.CDLL(None, use_errno=True)

CALLS = {  # x86-64, arm64
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "clock_settime": (227, 112),
    "clone": (56, 220),
    "clone3": (435, 435),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsopen": (430, 430),
    "init_module": (175, 105),
    "io_uring_setup": (425, 425),
    "ioctl": (16, 29),
    "iopl": (172, None),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "mknodat": (259, 33),
    "modify_ldt": (154, None),
    "mount_setattr": (442, 442),
    "move_pages": (279, 239),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "pivot_root": (155, 41),
    "quotactl": (179, 60),
    "reboot": (169, 142),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "socket": (41, 198),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}


def call(name, *arguments):
    """Makes a system call; an error is an OSError."""
    result = raw_call(name, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


def check(result, name):
    """The result of a function of the C library; an error is an OSError."""
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


def raw_call(name, *arguments):
    return libc.syscall(ctypes.c_long(number_of(name)), *[argument_of(value) for value in arguments])


def number_of(name):
    number = CALLS[name][platform.machine() == "aarch64"]
    if number is None:
        raise Absent(f"{platform.machine()} has no {name}")
    return number


def argument_of(value):
    return ctypes.c_ulong(value & 0xFFFF_FFFF_FFFF_FFFF) if isinstance(value, int) else value


class _Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("if_true", ctypes.c_ubyte), ("if_false", ctypes.c_ubyte), ("value", ctypes.c_uint32)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction))]


def reaches_kernel(name, *arguments):
    """Whether a call gets past the sandbox's filter to the kernel itself, found out without making it.

    A second filter, of our own, answers the call by a tracer who is not there: ENOSYS. Of several filters the stricter answer
    counts (seccomp(2)), and refusing is stricter: the error is another one wherever somebody else has refused the call before.
    So even what would harm the machine, or what only root may do, can be tried by anybody.
    """
    no_new_privileges, seccomp, with_filter = 38, 22, 2
    load_number, if_equal, answer = 0x20, 0x15, 0x06
    trace, allow = 0x7FF0_0000, 0x7FFF_0000
    instructions = (_Instruction * 4)(
        (load_number, 0, 0, 0),
        (if_equal, 0, 1, number_of(name)),
        (answer, 0, 0, trace),
        (answer, 0, 0, allow),
    )
    program = _Program(4, instructions)
    check(libc.prctl(no_new_privileges, 1, 0, 0, 0), "prctl")
    check(libc.prctl(seccomp, with_filter, ctypes.byref(program)), "prctl")
    result = raw_call(name, *arguments)
    error = ctypes.get_errno()
    if result < 0 and error == errno.ENOSYS:
        return "reaches the kernel"
    raise OSError(error, os.strerror(error))
