#!/usr/bin/env python3
"""Verifies proofs about a FlexCore event log, offline, with nothing but Python's standard library.

    python3 verify.py PROOF.json --key PUBLIC.pem [--key OTHER.pem]

An inclusion proof shows that an event was in the log, at its place, with its content and time; a consistency proof, that
the log lost and changed nothing between two checkpoints. Trust a key only if you got it from the log's owner.
Prints "ok: ..." and exits 0, or "FAILED: why" and exits 1; exits 2 when a file cannot be read as what it should be.
"""
import argparse, base64, datetime, hashlib, json, re, struct, sys, uuid

P = 2**256 - 2**224 + 2**192 + 2**96 - 1  # The curve P-256 (FIPS 186): y*y = x*x*x - 3*x + B modulo P
B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b
G = (0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
     0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5)
N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")  # DER before x and y of a P-256 key
MAX_FILE, MAX_NOTE, MAX_PATH = 64 << 20, 64 << 10, 64
TIME, EPOCH = "%Y-%m-%dT%H:%M:%S.%fZ", datetime.datetime(1970, 1, 1)

class Failed(Exception): pass  # The proof does not hold; any other exception: the input is not what it should be.
def need(condition, why, error=ValueError):
    if not condition: raise error(why)
def sha256(*parts): return hashlib.sha256(b"".join(parts)).digest()
def sized(data): return struct.pack(">I", len(data)) + data
def node(left, right): return sha256(b"\1", left, right)

def unique(pairs):
    need(len(dict(pairs)) == len(pairs), "a name stands twice in the file")
    return dict(pairs)

def unbase64(text, what, size=None):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text and size in (None, len(data)), f"{what} is not base64 of the right size")
    return data

# --- ECDSA over P-256 with SHA-256 ---
def add(p, q):
    if p is None or q is None: return p or q
    if p[0] == q[0] and (p[1] + q[1]) % P == 0: return None
    slope = (3 * p[0]**2 - 3) * pow(2 * p[1], -1, P) if p == q else (q[1] - p[1]) * pow(q[0] - p[0], -1, P)
    x = (slope**2 - p[0] - q[0]) % P
    return x, (slope * (p[0] - x) - p[1]) % P

def multiply(k, p):
    result = None
    for bit in f"{k:b}": result = add(add(result, result), p if bit == "1" else None)
    return result

def der(tag, body): return bytes([tag, len(body)]) + body
def der_integer(n): return der(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))

def is_signed(point, text, signature):
    need(8 <= len(signature) <= 72, "a signature is too long or too short", Failed)
    length = signature[3]
    r, s = int.from_bytes(signature[4:4 + length], "big"), int.from_bytes(signature[6 + length:], "big")
    need(signature == der(0x30, der_integer(r) + der_integer(s)), "a signature is not DER", Failed)
    need(0 < r < N and 0 < s < N, "a signature is out of range", Failed)
    e, w = int.from_bytes(sha256(text), "big"), pow(s, -1, N)
    found = add(multiply(e * w % N, G), multiply(r * w % N, point))
    return found is not None and found[0] % N == r

def read_key(path):
    with open(path, encoding="ascii") as file: pem = file.read(MAX_NOTE)
    match = re.fullmatch(r"\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*", pem)
    need(match, f"{path} is not the PEM of a public key")
    spki = unbase64("".join(match[1].split()), path, len(SPKI) + 64)
    x, y = int.from_bytes(spki[-64:-32], "big"), int.from_bytes(spki[-32:], "big")
    need(spki.startswith(SPKI) and x < P and y < P and (y * y - x**3 + 3 * x - B) % P == 0, f"{path} is not a key of the curve P-256")
    return sha256(spki)[:4], (x, y)

# --- Signed checkpoints (C2SP signed-note and tlog-checkpoint) ---
def read_checkpoint(note, keys):
    need(len(note.encode()) <= MAX_NOTE and note[-1:] == "\n" and "\n\n" in note, "a checkpoint is not a signed note")
    end, known = note.rindex("\n\n") + 1, 0
    text, lines = note[:end], note[:end].split("\n")
    for line in note[end + 1:-1].split("\n"):
        match = re.fullmatch(r"\u2014 [^\s+]+ ([A-Za-z0-9+/=]+)", line)
        need(match, "a line under a checkpoint is not a signature")
        signature = unbase64(match[1], "a signature")
        for point in (point for key_id, point in keys if key_id == signature[:4]):
            need(is_signed(point, text.encode(), signature[4:]), "the signature of a checkpoint is wrong", Failed)
            known += 1
    need(known, "no given key has signed the checkpoint", Failed)
    need(len(lines) > 3 and all(lines[:-1]) and re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]), "a signed text is not a checkpoint")
    return lines[0], int(lines[1]), unbase64(lines[2], "a root", 32)

# --- The tree (RFC 9162, 2.1.3.2 and 2.1.4.2) ---
def climb(index, last, start, path):
    """Goes up from a node to the roots of the tree that ends with it, and of the whole tree, whose end is above last."""
    old = new = start
    for sibling in path:
        need(last, "the proof is too long", Failed)
        if index & 1 or index == last:
            old, new = node(sibling, old), node(sibling, new)
            while index and not index & 1: index, last = index >> 1, last >> 1
        else: new = node(new, sibling)
        index, last = index >> 1, last >> 1
    need(not last, "the proof is too short", Failed)
    return old, new

def check_consistency(old_size, old_root, new_size, new_root, path):
    need(old_size <= new_size, "the newer checkpoint has fewer events", Failed)
    need(old_size or old_root == sha256(), "the root of the empty log is wrong", Failed)
    need(old_size != new_size or old_root == new_root, "two checkpoints of one size have different roots", Failed)
    trivial = old_size in (0, new_size)
    need(trivial == (not path), "the proof is too long or too short", Failed)
    if trivial: return
    index, last = old_size - 1, new_size - 1
    while index & 1: index, last = index >> 1, last >> 1
    if old_size & (old_size - 1) == 0: path = [old_root, *path]  # a complete tree is itself a node of the newer one
    need(climb(index, last, path[0], path[1:]) == (old_root, new_root), "the newer log does not begin with the older one", Failed)

def event_hash(event, previous):
    at, identity, place = event["at"], event["id"], (event["position"], event["version"])
    need(re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", identity), "the id of the event is not a UUID")
    need(re.fullmatch("[0-9:T.-]{26}Z", at), "the time of the event is not to the microsecond")
    need(all(type(number) is int and 0 < number < 2**63 for number in place), "the place of the event is not a number")
    need(place[1] > 1 or previous == bytes(32), "the first event of a stream has one before it", Failed)
    microseconds = (datetime.datetime.strptime(at, TIME) - EPOCH) // datetime.timedelta(microseconds=1)
    contents = [event["stream"].encode(), event["type"].encode(), *(unbase64(event[x], x) for x in ("data_base64", "metadata_base64"))]
    digest = sha256(b"\1", uuid.UUID(identity).bytes, struct.pack(">q", microseconds), *map(sized, contents))
    return sha256(b"\2", previous, struct.pack(">Q", event["version"]), digest)

def verify(proof, keys):
    need(type(proof["proof"]) is list and len(proof["proof"]) <= MAX_PATH, "the proof is too long", Failed)
    path = [unbase64(text, "a hash of the proof", 32) for text in proof["proof"]]
    if proof["kind"] == "consistency":
        old, new = read_checkpoint(proof["old"], keys), read_checkpoint(proof["new"], keys)
        need(old[0] == new[0], "the checkpoints are of two logs", Failed)
        check_consistency(*old[1:], *new[1:], path)
        return f"the log {new[0]!a} of {new[1]} events begins with all {old[1]} events that it had"
    need(proof["kind"] == "inclusion", "the kind of the proof is not known")
    event, (origin, size, root) = proof["event"], read_checkpoint(proof["checkpoint"], keys)
    found = event_hash(event, unbase64(proof["previous_hash"], "previous_hash", 32))
    need(found == unbase64(proof["hash"], "hash", 32), "the event is not the one that the hash is of", Failed)
    need(event["position"] <= size, "the event is behind the end of the checkpoint", Failed)
    need(climb(event["position"] - 1, size - 1, sha256(b"\0", found), path)[1] == root, "the event is not in the log of the checkpoint", Failed)
    return f"event {event['position']} ({event['type']!a} of {event['stream']!a}) is in the log {origin!a} of {size} events"

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Verifies a proof about a FlexCore event log.")
    parser.add_argument("proof"), parser.add_argument("--key", action="append", required=True)
    arguments = parser.parse_args()
    try:
        with open(arguments.proof, "rb") as file: content = file.read(MAX_FILE)  # a longer one is cut off, and no JSON
        print("ok:", verify(json.loads(content, object_pairs_hook=unique), [read_key(path) for path in arguments.key]))
    except Failed as failure: sys.exit(print(f"FAILED: {failure}") or 1)
    except (ValueError, LookupError, TypeError, AttributeError, OSError, RecursionError) as error:
        sys.exit(print(f"bad input: {error}", file=sys.stderr) or 2)
