"""What the kernel shows as files: devices, terminals, settings, control groups."""

import os
import stat

from attempt import NAMESPACE, found, otherwise, probe


@probe()
def find_a_disk(_):
    names = [f"/dev/{name}" for name in os.listdir("/dev")]
    return found([name for name in names if stat.S_ISBLK(os.lstat(name).st_mode)])


@probe()
def open_the_terminal_of_the_runtime(_):
    os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    return "opened"


@probe(NAMESPACE)
def change_a_setting_of_the_kernel(_):
    """core_pattern would be a program that root runs."""
    error = None
    for name in ("kernel/core_pattern", "kernel/modprobe", "vm/drop_caches", "net/ipv4/ip_forward"):
        try:
            os.close(os.open(f"/proc/sys/{name}", os.O_WRONLY))
            return name
        except OSError as e:
            error = e
    raise error


@probe(otherwise("EACCES"))
def leave_the_own_control_group(_):
    error = None
    for group in ("", "memory/", "unified/"):
        try:
            os.close(os.open(f"/sys/fs/cgroup/{group}cgroup.procs", os.O_WRONLY))
            return "opened"
        except OSError as e:
            error = e
    raise error
