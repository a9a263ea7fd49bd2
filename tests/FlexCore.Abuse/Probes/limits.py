"""Taking more than was given. All are bounded: by count, so that where nothing stops them nothing is harmed."""

import ctypes
import mmap
import os
import resource
import signal

from attempt import Blocked, check, libc, probe

MEBIBYTE = 1 << 20


@probe()
def raise_the_limit_of_open_files(_):
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    except ValueError as refused:
        raise Blocked(str(refused)) from None
    return "raised"


@probe()
def open_1000_files(_):
    return len([os.open("/dev/null", os.O_RDONLY) for _ in range(1000)])


@probe()
def start_100_processes(_):
    children = []
    try:
        for _ in range(100):
            child = os.fork()
            if child == 0:
                signal.pause()
            children.append(child)
        return "started"
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def fill(folder):
    path = os.path.join(folder, "large")
    with open(path, "wb", buffering=0) as file:
        for _ in range(16):
            if file.write(bytes(MEBIBYTE)) < MEBIBYTE:
                raise Blocked("full")
    return "16 MiB written"


@probe()
def fill_the_private_tmp(_):
    return fill("/tmp")


@probe()
def fill_the_shared_memory_folder(_):
    return fill("/dev/shm")


@probe()
def lock_a_mebibyte_of_memory(_):
    memory = mmap.mmap(-1, MEBIBYTE)
    check(libc.mlock(ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(memory))), ctypes.c_size_t(MEBIBYTE)), "mlock")
    return "locked"
