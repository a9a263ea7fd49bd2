"""What is let pass by design: programs need it, or it harms nobody who knows of it."""

import os
import socket

from attempt import found, probe


@probe()
def connect_to_a_socket_in_a_granted_folder(target):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(os.path.join(target.work, "socket"))
    return "connected"


@probe()
def make_names_that_steer_terminals(target):
    name = "\x1b[2J\x07\nerror[FX9001]: forged"
    with open(os.path.join(target.work, name), "w", encoding="utf-8"):
        return name


@probe()
def make_a_tree_of_3000_folders(target):
    os.chdir(target.work)
    for _ in range(3000):
        os.mkdir("d" * 20)
        os.chdir("d" * 20)
    return "made"


@probe()
def make_a_file_in_memory(_):
    return os.memfd_create("file")


@probe()
def open_the_memory_of_the_first_process(_):
    """The sandbox's own: it has the same filter, no rights, and nothing open that leads out."""
    with open("/proc/1/mem", "r+b", buffering=0), open("/proc/1/maps", encoding="utf-8") as maps:
        return found(maps.readline())
