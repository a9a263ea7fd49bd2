"""The host that probes attack: python3 neighbour.py FOLDER [--dns]. Runs under the uid of the attacker, so that no permission protects it.

Lays a secret (the variable FLEXCORE_ABUSE_SECRET) into everything that a process has, opens what one can connect to, and prints one line
of JSON that says where all that is. When its input ends it prints another one: whether it was left unharmed.
"""

import ctypes
import json
import os
import signal
import socket
import sys
import threading

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p

SECRET = os.environ["FLEXCORE_ABUSE_SECRET"]


def main(folder, *options):
    allow_any_tracer, any_process = 0x59616D61, -1
    libc.prctl(allow_any_tracer, ctypes.c_ulong(any_process), 0, 0, 0)  # where Yama would protect it
    memory = ctypes.create_string_buffer(SECRET.encode())
    name = f"flexcore-abuse-{os.getpid()}"
    if "--dns" in options:
        answer_names()

    expendable = os.fork()
    if expendable == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pause()

    listener = socket.create_server(("127.0.0.1", 0))
    sockets = [listen("\0" + name), listen(os.path.join(folder, "socket"))]
    os.chmod(os.path.join(folder, "socket"), 0o666)
    secret_file, shared_file = os.path.join(folder, "secret"), f"/dev/shm/{name}"
    for path in (secret_file, shared_file):
        with open(path, "w", encoding="utf-8") as file:
            file.write(SECRET)
    descriptor = os.open(os.path.join(folder, "status"), os.O_RDWR | os.O_CREAT, 0o600)
    queue = f"/{name}"
    libc.mq_open(queue.encode(), os.O_CREAT | os.O_RDWR, 0o600, None)
    try:
        print(json.dumps({
            "secret": SECRET,
            "secret_file": secret_file,
            "pid": os.getpid(),
            "expendable": expendable,
            "memory": ctypes.addressof(memory),
            "descriptor": descriptor,
            "port": listener.getsockname()[1],
            "abstract_socket": name,
            "socket": os.path.join(folder, "socket"),
            "shared_memory": shared_memory(),
            "shared_file": shared_file,
            "queue": queue,
            "hostname": socket.gethostname(),
        }), flush=True)
        sys.stdin.read()
        lives = os.waitpid(expendable, os.WNOHANG) == (0, 0)
        with open(secret_file, encoding="utf-8") as file:
            same = file.read() == SECRET and os.fstat(descriptor).st_size == 0
        print(json.dumps({"unharmed": lives and same and os.getpriority(os.PRIO_PROCESS, 0) < 19}), flush=True)
    finally:
        os.kill(expendable, signal.SIGKILL)
        libc.mq_unlink(queue.encode())
        os.unlink(shared_file)


def listen(address):
    server = socket.socket(socket.AF_UNIX)
    server.bind(address)
    server.listen()
    return server


def shared_memory():
    """A segment that is gone with this process, whatever ends it."""
    private_key, everybody, remove = 0, 0o666, 0
    number = libc.shmget(private_key, 4096, everybody)
    address = libc.shmat(number, None, 0)
    libc.shmctl(number, remove, None)
    ctypes.memmove(address, SECRET.encode(), len(SECRET))
    return number


def answer_names():
    """Says 192.0.2.7 to every question."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))

    def serve():
        while True:
            question, sender = server.recvfrom(512)
            end = question.index(0, 12) + 5
            is_address = question[end - 4:end - 2] == b"\0\x01"
            header = question[:2] + b"\x81\x80" + question[4:6] + bytes([0, is_address]) + bytes(4)
            record = b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04" + socket.inet_aton("192.0.2.7")
            server.sendto(header + question[12:end] + (record if is_address else b""), sender)

    threading.Thread(target=serve, daemon=True).start()


main(*sys.argv[1:])
