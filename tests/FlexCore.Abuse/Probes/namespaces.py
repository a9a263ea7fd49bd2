"""Making, changing and entering namespaces, and what could be mounted in them."""

import ctypes
import os
import signal
import socket
import tempfile

from attempt import NAMESPACE, Blocked, call, check, libc, probe

CLONE_NEWNS = 0x0002_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWNET = 0x4000_0000
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MNT_DETACH = 2


def mount(source, target, kind, flags):
    check(libc.mount(source, target, kind, flags, None), "mount")


def own_folder():
    """One that is a mount point wherever mounting is possible."""
    folder = tempfile.mkdtemp().encode()
    try:
        mount(b"tmpfs", folder, b"tmpfs", 0)
    except OSError:
        pass
    return folder


@probe(NAMESPACE)
def mount_a_file_system(_):
    mount(b"tmpfs", b"/tmp", b"tmpfs", 0)
    return "mounted"


@probe(NAMESPACE)
def unmount_proc(_):
    check(libc.umount2(b"/proc", MNT_DETACH), "umount2")
    return "unmounted"


@probe(NAMESPACE)
def remount_the_root_writable(_):
    mount(None, b"/", None, MS_REMOUNT | MS_BIND)
    return "remounted"


@probe(NAMESPACE)
def open_a_file_system(_):
    return call("fsopen", b"tmpfs", 0)


@probe(NAMESPACE)
def copy_a_tree_of_mounts(_):
    at_working_directory, clone, recursive = -100, 1, 0x8000
    return call("open_tree", at_working_directory, b"/", clone | recursive)


@probe(NAMESPACE)
def change_a_mount(_):
    at_working_directory, no_execution = -100, (ctypes.c_uint64 * 4)(8, 0, 0, 0)
    return call("mount_setattr", at_working_directory, own_folder(), 0, no_execution, ctypes.sizeof(no_execution))


@probe()
def unshare_a_user_namespace(_):
    return call("unshare", CLONE_NEWUSER)


@probe(NAMESPACE)
def unshare_a_mount_namespace(_):
    return call("unshare", CLONE_NEWNS)


def child_of(pid):
    """Both run here; the child leaves at once."""
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return "made"


@probe()
def clone_into_a_user_namespace(_):
    return child_of(call("clone", CLONE_NEWUSER | signal.SIGCHLD, 0, 0, 0, 0))


@probe()
def clone3_into_a_user_namespace(_):
    arguments = (ctypes.c_uint64 * 8)(CLONE_NEWUSER, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
    return child_of(call("clone3", arguments, ctypes.sizeof(arguments)))


@probe(NAMESPACE)
def enter_a_namespace(_):
    return call("setns", os.open("/proc/self/ns/net", os.O_RDONLY), CLONE_NEWNET)


@probe(NAMESPACE)
def change_the_root(_):
    os.chroot(own_folder())
    return "changed"


@probe(NAMESPACE)
def pivot_the_root(_):
    folder = own_folder()
    return call("pivot_root", folder, folder)


@probe(NAMESPACE)
def rename_the_machine(_):
    socket.sethostname("renamed")
    return "renamed"


@probe()
def learn_the_name_of_the_machine(target):
    if socket.gethostname() != target.hostname:
        raise Blocked(f"it says {socket.gethostname()}")
    return socket.gethostname()
