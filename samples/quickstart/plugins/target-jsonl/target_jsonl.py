"""A Singer target that appends each record stream to a file <stream>.jsonl in one folder.

A STATE is given back on standard output only when every record before it is on disk. A run that was killed may leave
half a line at the end of a file: no STATE has promised it, so the next run cuts it off.

Records are checked, then copied as the tap wrote them, so that no digit of a number changes.

Records that carry a `version` are kept in <stream>.jsonl.v<version> until ACTIVATE_VERSION names that version; then
they take the place of <stream>.jsonl, and .<stream>.version remembers which version that is.
"""

import argparse
import json
import os
import re
import sys

WRITE_BUFFER = 1 << 20

# How taps write a RECORD; any other order of its members takes the longer way, parse_object, to the same result.
USUAL_RECORD = re.compile(r'\{"type": ?"RECORD", ?"stream": ?"([^"\\]*)", ?"record": ?')
MEMBER = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*:\s*', re.ASCII)
SEPARATOR = re.compile(r"\s*([,}])", re.ASCII)
UNSAFE_IN_FILE_NAME = re.compile(r"^\.|[^\w.-]")


class TargetError(Exception):
    """Something a person can mend; shown without a stack trace."""


def log(level, message):
    print(level, message, file=sys.stderr, flush=True)


def refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


scan = json.JSONDecoder(parse_constant=refuse_constant).raw_decode


def parse_object(text):
    """The members of a JSON object, each as its value and its own text."""
    if not text.startswith("{"):
        raise ValueError("it is not a JSON object")
    members = {}
    end = 1
    separator = None
    while separator != "}":
        key = MEMBER.match(text, end)
        if not key:
            raise ValueError("it is not a JSON object")
        value, end = scan(text, key.end())
        members[key[1]] = value, text[key.end():end]
        after = SEPARATOR.match(text, end)
        if not after:
            raise ValueError("it ends too early, or lacks a comma")
        separator, end = after[1], after.end()
    if not text[end:].isspace() and end < len(text):
        raise ValueError("there is something behind its end")
    return members


class StreamFile:
    """A file that records are appended to."""

    def __init__(self, path):
        self.path = path
        self.file = open(path, "ab", buffering=WRITE_BUFFER)
        self.is_dirty = False
        cut_half_line(path)
        sync_folder(os.path.dirname(path))

    def append(self, record):
        self.file.write(record.encode())
        self.file.write(b"\n")
        self.is_dirty = True

    def sync(self):
        if self.is_dirty:
            self.file.flush()
            os.fdatasync(self.file.fileno())
            self.is_dirty = False


def cut_half_line(path):
    with open(path, "rb+") as file:
        size = kept = file.seek(0, os.SEEK_END)
        while kept > 0:
            start = max(0, kept - 65536)
            file.seek(start)
            newline = file.read(kept - start).rfind(b"\n")
            if newline >= 0:
                kept = start + newline + 1
                break
            kept = start
        if kept < size:
            log("WARNING", f"{path}: cut off {size - kept} bytes of a record that an interrupted run left")
            file.truncate(kept)


def sync_folder(path):
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(descriptor)
    os.close(descriptor)


class Stream:
    """A record stream: its schema's keys and the files of its versions."""

    def __init__(self, folder, name):
        safe_name = UNSAFE_IN_FILE_NAME.sub(lambda match: f"%{ord(match[0]):02X}", name)
        self.path = os.path.join(folder, f"{safe_name}.jsonl")
        self.version_path = os.path.join(folder, f".{safe_name}.version")
        self.keys = []
        self.files = {}
        self.active_version = None
        if os.path.exists(self.version_path):
            with open(self.version_path, encoding="utf-8") as file:
                self.active_version = int(file.read())
            self.finish_activation()

    def file(self, version):
        if version == self.active_version:
            version = None
        if version not in self.files:
            self.files[version] = StreamFile(self.path if version is None else self.pending_path(version))
        return self.files[version]

    def activate(self, version):
        if version == self.active_version:
            return
        self.file(version)
        for file in self.files.values():
            file.sync()
            file.file.close()
        self.files.clear()

        fresh = self.version_path + ".new"
        with open(fresh, "w", encoding="utf-8") as file:
            file.write(f"{version}\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self.version_path)
        self.active_version = version
        self.finish_activation()

    def finish_activation(self):
        """Puts the active version in its place, unless that was done already; a killed run may have stopped just before."""
        pending = self.pending_path(self.active_version)
        if os.path.exists(pending):
            os.replace(pending, self.path)
            sync_folder(os.path.dirname(self.path))

    def pending_path(self, version):
        return f"{self.path}.v{version}"


class Target:
    def __init__(self, folder):
        self.folder = folder
        self.streams = {}
        self.unknown_types = set()
        self.record_count = 0
        self.handlers = {
            "SCHEMA": self.on_schema,
            "RECORD": self.on_record,
            "STATE": self.on_state,
            "ACTIVATE_VERSION": self.on_activate_version,
            "BATCH": self.on_batch,
        }

    def handle(self, line):
        usual = USUAL_RECORD.match(line)
        if usual:
            record, end = scan(line, usual.end())
            if line[end:] in ("}\n", "}"):
                self.append(usual[1], record, line[usual.end():end], version=None)
                return

        message = parse_object(line)
        kind = value(message, "type", str)
        handler = self.handlers.get(kind)
        if handler:
            handler(message)
        elif kind not in self.unknown_types:
            self.unknown_types.add(kind)
            log("WARNING", f"messages of type {kind!r} are ignored")

    def on_record(self, message):
        version = optional(message, "version", int)
        self.append(value(message, "stream", str), value(message, "record", dict), message["record"][1], version)

    def append(self, stream_name, record, text, version):
        stream = self.stream(stream_name)
        if not isinstance(record, dict):
            raise TargetError("the record is not a JSON object")
        for key in stream.keys:
            if key not in record:
                raise TargetError(f"the record lacks '{key}', a key of its stream")
        stream.file(version).append(text)
        self.record_count += 1

    def on_schema(self, message):
        schema = value(message, "schema", dict)
        if not isinstance(schema.get("properties"), dict):
            raise TargetError("the schema has no 'properties'")
        name = value(message, "stream", str)
        if name not in self.streams:
            self.streams[name] = Stream(self.folder, name)
        self.streams[name].keys = optional(message, "key_properties", list) or []

    def on_state(self, message):
        if "value" not in message:
            raise TargetError("the STATE has no 'value'")
        self.sync()
        print(message["value"][1], flush=True)

    def on_activate_version(self, message):
        self.stream(value(message, "stream", str)).activate(value(message, "version", int))

    def on_batch(self, message):
        """The Singer SDK's batches: files of JSON Lines, named by file:// addresses."""
        import gzip
        import zlib
        from urllib.parse import unquote, urlsplit

        stream_name = value(message, "stream", str)
        encoding = value(message, "encoding", dict)
        openers = {None: open, "none": open, "gzip": gzip.open}
        if encoding.get("format") != "jsonl" or encoding.get("compression") not in openers:
            raise TargetError(f"batches in the encoding {encoding} are not supported")
        for address in value(message, "manifest", list):
            parts = urlsplit(address)
            if parts.scheme != "file":
                raise TargetError(f"the batch file {address} is not a file:// address")
            number = 0
            try:
                with openers[encoding.get("compression")](unquote(parts.path), "rb") as lines:
                    for number, line in enumerate(lines, 1):
                        text = line.decode().strip()
                        self.append(stream_name, json.loads(text, parse_constant=refuse_constant), text, version=None)
            except (TargetError, ValueError, OSError, EOFError, zlib.error) as error:
                raise TargetError(f"{address}, line {number}: {error}") from error

    def stream(self, name):
        if name not in self.streams:
            raise TargetError(f"the stream {name!r} has had no SCHEMA")
        return self.streams[name]

    def sync(self):
        for stream in self.streams.values():
            for file in stream.files.values():
                file.sync()


def value(message, name, kind):
    found = optional(message, name, kind)
    if found is None:
        raise TargetError(f"the message lacks '{name}'")
    return found


def optional(message, name, kind):
    found = message[name][0] if name in message else None
    if found is not None and not isinstance(found, kind):
        raise TargetError(f"'{name}' is not of type {kind.__name__}")
    return found


def main():
    parser = argparse.ArgumentParser(description="Singer target for JSON Lines")
    parser.add_argument("--config", required=True, metavar="FILE")
    target = Target(read_folder(parser.parse_args().config))
    with open(sys.stdin.fileno(), "rb", buffering=WRITE_BUFFER) as lines:
        for number, line in enumerate(lines, 1):
            try:
                target.handle(line.decode())
            except (TargetError, ValueError, RecursionError) as error:
                raise TargetError(f"line {number}: {error}") from error
    target.sync()
    log("INFO", f"{target.record_count} records written")


def read_folder(config):
    try:
        with open(config, encoding="utf-8") as file:
            folder = json.load(file)["path"]
        os.makedirs(folder, exist_ok=True)
    except (ValueError, KeyError, TypeError) as error:
        raise TargetError(f"the config {config} must be a JSON object with 'path', the folder to write to") from error
    return folder


if __name__ == "__main__":
    try:
        main()
    except (TargetError, OSError) as error:
        log("ERROR", error)
        sys.exit(1)
