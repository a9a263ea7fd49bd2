#!/usr/bin/python3
"""What the gate of a sandbox's network costs: one program, run plainly and as a plugin, against one server.

  gate.py serve            serves on a port of the loopback and prints it
  gate.py measure          (a task plugin) measures against localhost:PORT of its input, writes its output
  gate.py measure PORT     the same in a plain process, prints it
  gate.py compare ROUNDS DIRECT -- GATE…   runs both in turn and prints medians and ratios
"""
import http.server
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

CONNECTIONS = 300          # of 64 bytes each way, one after the other; 50 before that are not counted
BYTES = 512 << 20          # per transfer; one of 64 MiB before is not counted
PIECE = bytes(256 << 10)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        left = int(self.path[1:])
        self.send_response(200)
        self.send_header("Content-Length", str(left))
        self.end_headers()
        send(self.connection, left)

    def log_message(self, *_):
        pass


def send(connection, left):
    while left > 0:
        left -= connection.send(PIECE[:left] if left < len(PIECE) else PIECE)


def serve():
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    plain = socket.create_server(("127.0.0.1", web.server_port + 1), backlog=128)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    print(web.server_port, flush=True)
    while True:
        connection, _ = plain.accept()
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            wanted = int(connection.recv(64))
            send(connection, wanted)


def connect(port, wanted):
    connection = socket.create_connection(("localhost", port))
    connection.sendall(b"%64d" % wanted)
    return connection


def exchange(port):
    began = time.perf_counter()
    with connect(port, 64) as connection:
        got = connection.recv(64, socket.MSG_WAITALL)
    assert len(got) == 64
    return (time.perf_counter() - began) * 1e3


def plain(port, size):
    buffer, got, began = bytearray(len(PIECE)), 0, time.perf_counter()
    with connect(port, size) as connection:
        while count := connection.recv_into(buffer):
            got += count
    assert got == size
    return size / (time.perf_counter() - began) / 1e6


def web(port, size):
    got, began = 0, time.perf_counter()
    with urllib.request.urlopen(f"http://localhost:{port}/{size}") as answer:
        while piece := answer.read(64 << 10):
            got += len(piece)
    assert got == size
    return size / (time.perf_counter() - began) / 1e6


def measure(port):
    for _ in range(50):
        exchange(port + 1)
    latency = statistics.median(exchange(port + 1) for _ in range(CONNECTIONS))
    plain(port + 1, 64 << 20)
    return {"ms": latency, "plain": plain(port + 1, BYTES), "http": web(port, BYTES)}


def compare(rounds, direct, gate):
    results = {"direct": [], "gate": []}
    for turn in range(rounds + 1):
        for name, command in (("direct", direct), ("gate", gate)):
            out = json.loads(subprocess.run(["/bin/sh", "-c", command], check=True, stdout=subprocess.PIPE).stdout)
            if turn > 0:
                results[name].append(out)
    pairs = list(zip(results["direct"], results["gate"]))
    show("a connection with 64 bytes each way, ms more than direct", [g["ms"] - d["ms"] for d, g in pairs], "ms", results)
    show("HTTP GET with urllib, ratio to direct", [g["http"] / d["http"] for d, g in pairs], "http", results)
    show("plain socket, ratio to direct", [g["plain"] / d["plain"] for d, g in pairs], "plain", results)


def show(what, figures, key, results):
    absolute = ", ".join(f"{name} {statistics.median(one[key] for one in all):.3g}" for name, all in results.items())
    print(f"{what}: {statistics.median(figures):.3f} ({min(figures):.3f} to {max(figures):.3f}); {absolute}")


if sys.argv[1] == "serve":
    serve()
elif sys.argv[1] == "compare":
    compare(int(sys.argv[2]), sys.argv[3], sys.argv[4])
elif len(sys.argv) > 2:
    print(json.dumps(measure(int(sys.argv[2]))))
else:
    with open(os.environ["FLEXCORE_OUTPUT"], "w") as output:
        json.dump(measure(json.load(sys.stdin)["input"]["port"]), output)
