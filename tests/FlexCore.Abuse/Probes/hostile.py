"""Using up what the machine has. All are bounded, by count: where nothing stops them they end by themselves, and nothing is harmed."""

import ctypes
import os
import resource
import signal
import threading
import time

from attempt import Blocked, check, libc, probe

MEBIBYTE = 1 << 20
MUCH = 96


def hold(number=MUCH):
    return [b"x" * MEBIBYTE for _ in range(number)]


def fill(file):
    for block in (b"x" * MEBIBYTE for _ in range(MUCH)):
        file.write(block)
    return f"{MUCH} MiB"


@probe()
def take_memory(_):
    return f"{len(hold())} MiB"


@probe()
def take_memory_in_20_children(_):
    """Each of them alone is small; and their parent goes on."""
    ready, holding = os.pipe()
    children = []
    for _ in range(20):
        child = os.fork()
        if child == 0:
            taken = hold(MUCH // 16)
            os.write(holding, b"x" * bool(taken))
            signal.pause()
        children.append(child)
    got = 0
    while got < len(children):
        got += len(os.read(ready, 64))
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return f"{got} children"


@probe()
def fill_the_private_tmp(_):
    with open("/tmp/large", "wb", buffering=0) as file:
        return fill(file)


@probe()
def fill_the_shared_memory_folder(_):
    with open("/dev/shm/large", "wb", buffering=0) as file:
        return fill(file)


@probe()
def fill_a_file_in_memory(_):
    """Runtimes need such files, so that no limit of files counts them."""
    with os.fdopen(os.memfd_create("large"), "wb", buffering=0) as file:
        return fill(file)


@probe()
def fill_shared_segments(_):
    segment = check(libc.shmget(0, MUCH * MEBIBYTE, 0o1600), "shmget")
    libc.shmat.restype = ctypes.c_void_p
    address = libc.shmat(segment, None, 0)
    libc.shmctl(segment, 0, None)
    ctypes.memset(address, 1, MUCH * MEBIBYTE)
    return f"{MUCH} MiB"


@probe()
def use_up_the_inodes_of_the_private_tmp(_):
    """Empty files with long names: they need no space, but the kernel's memory."""
    folder = os.open("/tmp", os.O_RDONLY)
    for number in range(60_000):
        os.close(os.open(f"{number:0200}", os.O_CREAT, dir_fd=folder))
    return "60,000 files"


def fill_slowly(path):
    """So that whoever looks from time to time can see it."""
    with open(path, "wb", buffering=0) as file:
        for _ in range(64):
            file.write(bytes(MEBIBYTE))
            time.sleep(0.01)
    return "64 MiB"


@probe()
def fill_the_work_folder(target):
    return fill_slowly(os.path.join(target.work, "large"))


@probe()
def fill_the_work_folder_under_a_name_that_is_no_text(target):
    folder = os.path.join(target.work.encode(), b"\xff")
    os.mkdir(folder)
    return fill_slowly(os.path.join(folder, b"\xfe"))


@probe()
def use_up_the_inodes_of_the_work_folder(target):
    folder = os.open(target.work, os.O_RDONLY)
    for number in range(20_000):
        os.close(os.open(f"{number}", os.O_CREAT, dir_fd=folder))
        if number % 100 == 0:
            time.sleep(0.005)
    return "20,000 files"


@probe()
def fork_without_end(_):
    """Every child forks like its parent, until 150 were there."""
    resource.setrlimit(resource.RLIMIT_NPROC, (1000, 1000))
    count, counted = os.pipe()
    first = os.fork()
    if first == 0:
        os.setpgid(0, 0)
        os.write(counted, b"g")  # a group of their own, by which they are ended
        while True:
            try:
                if os.fork() == 0:
                    os.write(counted, b"x")
            except OSError:
                os.write(counted, b"!")
                signal.pause()
    seen = b""
    while len(seen) < 150 and b"!" not in seen:
        seen += os.read(count, 64)
    os.killpg(first, signal.SIGKILL)
    if b"!" in seen:
        raise Blocked("stopped")
    return f"{len(seen)} processes"


@probe()
def leave_zombies(_):
    for _ in range(150):
        if os.fork() == 0:
            os._exit(0)
    return "150 zombies"


@probe()
def start_threads(_):
    stop = threading.Event()
    threading.stack_size(64 * 1024)
    threads = []
    try:
        for _ in range(150):
            thread = threading.Thread(target=stop.wait, daemon=True)
            thread.start()
            threads.append(thread)
        return "150 threads"
    except RuntimeError as refused:
        raise Blocked(str(refused)) from None
    finally:
        stop.set()
