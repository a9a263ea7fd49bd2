"""Memory and queues that processes share."""

import ctypes
import os

from attempt import check, found, libc, probe

libc.shmat.restype = ctypes.c_void_p


@probe()
def attach_shared_memory_of_the_host(target):
    address = libc.shmat(target.shared_memory, None, 0)
    if address == ctypes.c_void_p(-1).value:
        raise OSError(ctypes.get_errno(), "shmat")
    return found(ctypes.string_at(address, len(target.secret)).decode() == target.secret)


@probe()
def open_a_queue_of_the_host(target):
    return check(libc.mq_open(target.queue.encode(), os.O_RDWR), "mq_open")


@probe()
def read_what_lies_in_dev_shm(target):
    with open(target.shared_file, encoding="utf-8") as file:
        return found(file.read() == target.secret)
