"""Runs one probe without a sandbox, to show that it works: python3 control.py UID PROBES NAME [--namespace].

Begins as root in namespaces that the caller has just made (unshare --mount --net --pid --ipc --uts --fork): whatever it changes is gone with
them. It lays out a small machine there, puts a neighbour into it and runs the probe as an ordinary user, never as root. The probe's line of
JSON is the output. With --namespace that user is root of a user namespace of its own.
"""

import ctypes
import fcntl
import json
import os
import pty
import resource
import shutil
import socket
import struct
import subprocess
import sys
import termios

libc = ctypes.CDLL(None, use_errno=True)

MS_BIND = 0x1000
MS_MOVE = 0x2000


def main(uid, probes, name, *options):
    if os.getpid() != 1 or len(socket.if_nameindex()) != 1:
        sys.exit("control.py runs in namespaces of its own")
    folder = make_files(int(uid), probes)
    make_network(folder)
    raise_limits()

    as_user = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--"]
    in_namespace = ["unshare", "--user", "--map-root-user", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--mount-proc", "--"]
    neighbour = subprocess.Popen(
        [*as_user, sys.executable, "-B", f"{folder}/neighbour.py", f"{folder}/outside", "--dns"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    target = json.loads(neighbour.stdout.readline())
    target |= {"work": f"{folder}/work", "granted": f"{folder}/granted", "hidden": f"{folder}/work/hidden"}
    _terminal, own_end = pty.openpty()  # closed, the first would hang up
    probe = subprocess.run(
        [*as_user, *(in_namespace if "--namespace" in options else []), sys.executable, "-B", f"{folder}/granted/probes", name],
        input=json.dumps(target), stdout=subprocess.PIPE, text=True, cwd=f"{folder}/granted",
        close_fds=False,  # what the caller has left open goes on to the probe
        preexec_fn=lambda: take_terminal(own_end))
    neighbour.kill()
    sys.stdout.write(probe.stdout)
    sys.exit(probe.returncode)


def make_files(uid, probes):
    """As in the sandbox: what is granted, the work folder, something hidden in it; and a program of root. All of it the user's own."""
    mount("tmpfs", "/mnt", "tmpfs", 0)
    folder = "/mnt/abuse"
    shutil.copytree(probes, f"{folder}/granted/probes")
    shutil.copy(os.path.join(os.path.dirname(os.path.abspath(__file__)), "neighbour.py"), folder)
    for name in ("outside", "work/hidden"):
        os.makedirs(f"{folder}/{name}")
    shutil.copy("/bin/sleep", f"{folder}/granted/program")
    with open(f"{folder}/work/hidden/secret", "w", encoding="utf-8") as file:
        file.write("hidden")
    for path, _, files in os.walk("/mnt"):
        os.chown(path, uid, uid)
        for name in files:
            os.chown(os.path.join(path, name), uid, uid)
    shutil.copy("/usr/bin/id", f"{folder}/granted/setuid-id")
    os.chmod(f"{folder}/granted/setuid-id", 0o4755)
    mount("tmpfs", "/dev/shm", "tmpfs", 0)
    mount("/mnt", "/tmp", None, MS_MOVE)
    return "/tmp/abuse"


def make_network(folder):
    """A loopback with more addresses on it, which stand for the world, and a server of names."""
    set_flags, set_address, up, running = 0x8914, 0x8916, 1, 0x40
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, set_flags, struct.pack("16sH14x", b"lo", up | running))
        for name, address in ((b"lo:1", "169.254.169.254"), (b"lo:2", "192.0.2.1")):
            fcntl.ioctl(control, set_address, struct.pack("16sH2s4s8x", name, socket.AF_INET, b"\0\0", socket.inet_aton(address)))
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", "w", encoding="ascii") as file:
        file.write("0")
    with open(f"{folder}/resolv.conf", "w", encoding="ascii") as file:
        file.write("nameserver 127.0.0.1\n")
    mount(f"{folder}/resolv.conf", "/etc/resolv.conf", None, MS_BIND)


def raise_limits():
    """As far as this machine goes."""
    for limit in (resource.RLIMIT_MEMLOCK, resource.RLIMIT_NOFILE):
        _, highest = resource.getrlimit(limit)
        resource.setrlimit(limit, (highest, highest))


def take_terminal(terminal):
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def mount(source, target, kind, flags):
    if libc.mount(source.encode(), target.encode(), kind and kind.encode(), flags, None) < 0:
        raise OSError(ctypes.get_errno(), f"mount {target}")


main(*sys.argv[1:])
