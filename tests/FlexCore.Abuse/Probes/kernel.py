"""The kernel's less travelled parts: what namespaces do not confine, and what has been a way out before."""

import ctypes
import errno
import mmap
import os
import platform

from attempt import Absent, Blocked, call, check, found, libc, no_control, otherwise, probe, reaches_kernel

THREAD_KEYRING = -1
SESSION_KEYRING = -3


@probe()
def add_a_key(_):
    """Keyrings are in no namespace."""
    return call("add_key", b"user", b"flexcore-abuse", b"x", 1, THREAD_KEYRING)


@probe()
def find_the_keys_of_the_session(_):
    get_keyring_id = 0
    return call("keyctl", get_keyring_id, SESSION_KEYRING, 0)


@probe()
def load_a_bpf_map(_):
    return reaches_kernel("bpf", 0, None, 0)


@probe()
def measure_the_machine(_):
    return reaches_kernel("perf_event_open", None, 0, -1, -1, 0)


@probe()
def handle_page_faults(_):
    user_mode_only = 1
    return call("userfaultfd", os.O_CLOEXEC | user_mode_only)


@probe()
def make_an_io_uring(_):
    return call("io_uring_setup", 1, ctypes.create_string_buffer(120))


@probe()
def watch_all_files(_):
    return reaches_kernel("fanotify_init", 0, 0)


@probe()
def boot_another_kernel(_):
    return reaches_kernel("kexec_load", 0, 0, None, 0)


@probe()
def reboot_the_machine(_):
    return reaches_kernel("reboot", 0, 0, 0, None)


@probe()
def load_a_module(_):
    return reaches_kernel("init_module", None, 0, b"")


@probe()
def load_a_module_from_a_file(_):
    return reaches_kernel("finit_module", -1, b"", 0)


@probe()
def read_the_log_of_the_kernel(_):
    return reaches_kernel("syslog", 10, None, 0)


@probe(otherwise("EPERM"))
def read_the_log_of_the_kernel_as_a_device(_):
    return os.open("/dev/kmsg", os.O_RDONLY)


@probe()
def set_the_clock(_):
    return reaches_kernel("clock_settime", 0, None)


@probe()
def set_the_time_of_day(_):
    return reaches_kernel("settimeofday", None, None)


@probe()
def bend_the_clock(_):
    return reaches_kernel("adjtimex", None)


@probe()
def name_a_file_by_its_inode(_):
    handle = (ctypes.c_uint32 * 34)(128)
    at_working_directory = -100
    try:
        return call("name_to_handle_at", at_working_directory, b"/usr/bin/python3", handle, ctypes.byref(ctypes.c_int()), 0)
    except OSError as error:
        if error.errno == errno.EOPNOTSUPP:
            raise Absent("the file system of /usr has no such names") from None
        raise


@probe()
def open_a_file_by_its_inode(_):
    return reaches_kernel("open_by_handle_at", -1, None, 0)


@probe()
def take_the_machine_s_swap(_):
    return reaches_kernel("swapon", b"", 0)


@probe()
def account_for_processes(_):
    return reaches_kernel("acct", None)


@probe()
def set_quotas(_):
    return reaches_kernel("quotactl", 0, None, 0, None)


@probe()
def move_the_pages_of_a_process(_):
    return reaches_kernel("move_pages", 1, 0, None, None, None, 0)


@probe()
def write_to_ports(_):
    return reaches_kernel("iopl", 3)


@probe()
def change_segments(_):
    return reaches_kernel("modify_ldt", 0, None, 0)


@probe()
def run_without_random_addresses(_):
    no_randomization = 0x0040000
    return check(libc.personality(no_randomization), "personality")


@probe()
def push_keys_into_a_terminal(_):
    tiocsti = 0x5412
    return reaches_kernel("ioctl", 0, tiocsti, b"x")


@probe()
def push_keys_with_high_bits_set(_):
    """The kernel ignores them, and a filter that did not was got around: CVE-2019-10063."""
    tiocsti = 0x5412
    return reaches_kernel("ioctl", 0, tiocsti | 1 << 32, b"x")


@probe()
def paste_into_a_console(_):
    tioclinux = 0x541C
    return reaches_kernel("ioctl", 0, tioclinux, b"x")


@probe()
def enter_by_the_32_bit_door(_):
    """There system calls have other numbers: 20 is getpid."""
    if platform.machine() != "x86_64":
        raise Absent("only x86-64 has it")
    code = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x14\x00\x00\x00" b"\xcd\x80" b"\xc3")  # mov eax, 20; int 0x80; ret
    enter = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
    if enter() != os.getpid():
        raise Blocked("no answer")
    return "answered"


@probe(no_control("root's alone on every kernel, and many do not have them"))
def read_the_memory_of_the_kernel(_):
    error = None
    for path in ("/dev/mem", "/dev/port", "/proc/kcore", "/proc/kmsg"):
        try:
            return os.open(path, os.O_RDONLY)
        except OSError as e:
            error = e
    raise error


@probe(no_control("hidden from everybody without CAP_SYSLOG or performance counters"))
def learn_where_the_kernel_lies(_):
    with open("/proc/kallsyms", encoding="utf-8") as file:
        return found([line for _, line in zip(range(2000), file) if int(line.split()[0], 16)])


@probe(no_control("root's alone, and not in every kernel"))
def press_magic_keys(_):
    return os.open("/proc/sysrq-trigger", os.O_WRONLY)
