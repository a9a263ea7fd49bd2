"""A Singer tap that reads one CSV file with a header row.

It remembers how many rows it has read, so the next run goes on with the rows appended since. A file that has become
shorter than that was replaced, and is read again from its first row.

CSV has no null: a field that holds `null` of the config (\\N unless said otherwise) is null, an empty field is the empty
text, except in a column of numbers or booleans, where it is null too. Types that the config does not give are inferred
from the first 1,000 rows; a later value that does not fit ends the run, it is never turned into something else.
"""

import argparse
import csv
import json
import os
import re
import signal
import sys
from itertools import islice
from json.encoder import encode_basestring as quote

SAMPLE_ROWS = 1000
STATE_EVERY_ROWS = 1000

# JSON writes these as CSV does, so a valid value is copied as text: no digit is ever lost.
LITERALS = {
    "integer": re.compile(r"-?(?:0|[1-9][0-9]*)"),
    "number": re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"),
    "boolean": re.compile(r"true|false"),
}


class TapError(Exception):
    """Something a person can mend; shown without a stack trace."""


def log(level, message):
    print(level, message, file=sys.stderr, flush=True)


def main():
    arguments = parse_arguments()
    table = Table(read_json(arguments.config, "config"))
    if arguments.discover:
        json.dump({"streams": [table.catalog_entry()]}, sys.stdout, ensure_ascii=False, indent=2)
        print()
        return 0

    selected = table.columns
    if arguments.catalog:
        selected = select(read_json(arguments.catalog, "catalog"), table)
    if not selected:
        log("INFO", f"{table.stream} is not selected")
        return 0

    return sync(table, selected, start_row=read_bookmark(arguments.state, table))


def parse_arguments():
    parser = argparse.ArgumentParser(description="Singer tap for a CSV file")
    parser.add_argument("--config", required=True, metavar="FILE")
    parser.add_argument("--state", metavar="FILE")
    parser.add_argument("--catalog", "--properties", metavar="FILE")
    parser.add_argument("--discover", action="store_true")
    return parser.parse_args()


def read_json(path, what):
    try:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
    except (OSError, ValueError) as error:
        raise TapError(f"the {what} {path} cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise TapError(f"the {what} {path} must hold a JSON object")
    return value


class Table:
    """The file and what the config says about it."""

    def __init__(self, config):
        if not config.get("path"):
            raise TapError("the config needs 'path': the CSV file to read")
        self.path = config["path"]
        self.stream = config.get("stream") or os.path.splitext(os.path.basename(self.path))[0]
        self.keys = config.get("keys", [])
        self.null = config.get("null", r"\N")
        self.delimiter = config.get("delimiter", ",")

        with self.open() as file:
            rows = self.reader(file)
            self.columns = next(rows, [])
            sample = list(islice(rows, SAMPLE_ROWS))
        self.check_columns(config.get("types", {}))
        self.types = {
            name: config.get("types", {}).get(name) or self.infer([row[index] for row in sample if index < len(row)])
            for index, name in enumerate(self.columns)
        }

    def open(self):
        return open(self.path, encoding="utf-8-sig", newline="", buffering=1 << 20)

    def reader(self, file):
        """Rows, blank lines left out."""
        return filter(None, csv.reader(file, delimiter=self.delimiter, strict=True))

    def rows_after(self, row):
        """The rows behind a row number, each with its own; all of them when the file has become shorter than that.
        Sets start to the row number that it really began behind.
        """
        self.start = row
        with self.open() as file:
            rows = self.reader(file)
            next(rows, None)
            if row == 0 or next(islice(rows, row - 1, None), None) is not None:
                yield from enumerate(rows, row + 1)
                return
        log("WARNING", f"{self.path} has fewer than the {row} rows read before: it was replaced, reading all of it")
        yield from self.rows_after(0)

    def check_columns(self, types):
        if not self.columns:
            raise TapError(f"{self.path} has no header row")
        if len(set(self.columns)) < len(self.columns) or "" in self.columns:
            raise TapError(f"{self.path}: each column needs a name of its own: {self.columns}")
        for name in [*self.keys, *types]:
            if name not in self.columns:
                raise TapError(f"{self.path} has no column '{name}', which the config names; it has {self.columns}")
        for name, kind in types.items():
            if kind != "string" and kind not in LITERALS:
                raise TapError(f"the config gives column '{name}' the type {kind!r}; there are string, {', '.join(LITERALS)}")

    def infer(self, values):
        values = [value for value in values if value not in ("", self.null)]
        for name, literal in LITERALS.items():
            if values and all(map(literal.fullmatch, values)):
                return name
        return "string"

    def schema(self, columns):
        properties = {
            name: {"type": self.types[name] if name in self.keys else ["null", self.types[name]]} for name in columns
        }
        return {"type": "object", "properties": properties}

    def catalog_entry(self):
        metadata = [{"breadcrumb": [], "metadata": {"selected-by-default": True, "table-key-properties": self.keys}}]
        for name in self.columns:
            inclusion = "automatic" if name in self.keys else "available"
            metadata.append({
                "breadcrumb": ["properties", name],
                "metadata": {"inclusion": inclusion, "selected-by-default": True},
            })
        return {
            "tap_stream_id": self.stream,
            "stream": self.stream,
            "key_properties": self.keys,
            "schema": self.schema(self.columns),
            "metadata": metadata,
        }

    def encoder(self, column):
        """A function from the CSV text of a column to its JSON text."""
        null = self.null
        literal = LITERALS.get(self.types[column])

        def refuse(value):
            raise TapError(f"column '{column}' holds {value!r}, which is not of type {self.types[column]}")

        def encode_text(value):
            return quote(value) if value != null else "null"

        def encode_literal(value):
            if literal.fullmatch(value):
                return value
            return "null" if value == null or not value else refuse(value)

        def encode_key(value):
            if value == null:
                raise TapError(f"the key column '{column}' is null")
            return quote(value) if literal is None else value if literal.fullmatch(value) else refuse(value)

        return encode_key if column in self.keys else encode_text if literal is None else encode_literal


def select(catalog, table):
    """The columns that a Singer catalog selects, none when it leaves the stream out."""
    for entry in catalog.get("streams", []):
        if entry.get("tap_stream_id", entry.get("stream")) == table.stream:
            break
    else:
        return []

    by_breadcrumb = {tuple(item["breadcrumb"]): item["metadata"] for item in entry.get("metadata", [])}

    def is_selected(breadcrumb, otherwise):
        metadata = by_breadcrumb.get(breadcrumb, {})
        if metadata.get("inclusion") == "unsupported":
            return False
        return metadata.get("selected", metadata.get("selected-by-default", otherwise))

    if not is_selected((), otherwise=entry.get("selected", False)):
        return []
    return [name for name in table.columns if name in table.keys or is_selected(("properties", name), otherwise=True)]


def read_bookmark(path, table):
    """How many rows earlier runs have read."""
    if not path:
        return 0
    row = read_json(path, "state").get("bookmarks", {}).get(table.stream, {}).get("row", 0)
    if not isinstance(row, int) or row < 0:
        raise TapError(f"the state's bookmark of {table.stream} is not a row number: {row!r}")
    return row


def sync(table, selected, start_row):
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    out = sys.stdout.buffer

    def write(lines):
        out.write("".join(lines).encode())
        out.flush()

    def state(row):
        return message(type="STATE", value={"bookmarks": {table.stream: {"row": row}}})

    write([message(type="SCHEMA", stream=table.stream, schema=table.schema(selected), key_properties=table.keys)])

    to_line = line_maker(table, selected)
    lines = []
    count = 0
    row_number = 0
    try:
        for row_number, row in table.rows_after(start_row):
            lines.append(to_line(row))
            count += 1
            if row_number % STATE_EVERY_ROWS == 0:
                lines.append(state(row_number))
                write(lines)
                lines.clear()
            if stopped:
                break
    except TapError as error:
        raise TapError(f"{table.path}, row {row_number}: {error}") from error
    except csv.Error as error:
        raise TapError(f"{table.path}, after row {row_number}: {error}") from error
    if lines or not count:
        row_number = table.start + count
        lines.append(state(row_number))
        write(lines)

    log("INFO", f"{count} rows of {table.stream}, up to row {row_number}")
    return 128 + signal.SIGTERM if stopped else 0


def line_maker(table, selected):
    """A function from a row to its RECORD line, put together from JSON texts: several times faster than through a dict."""
    width = len(table.columns)
    encoders = [(table.columns.index(name), table.encoder(name)) for name in selected]
    members = ",".join(quote(name).replace("%", "%%") + ":%s" for name in selected)
    stream = quote(table.stream).replace("%", "%%")
    template = f'{{"type":"RECORD","stream":{stream},"record":{{{members}}}}}\n'

    def to_line(row):
        if len(row) != width:
            raise TapError(f"has {len(row)} fields, the header has {width}")
        return template % tuple([encode(row[index]) for index, encode in encoders])

    return to_line


def message(**members):
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    csv.field_size_limit(sys.maxsize)
    try:
        sys.exit(main())
    except BrokenPipeError:
        log("ERROR", "nobody reads the output any more")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except UnicodeDecodeError as error:
        log("ERROR", f"the file is not UTF-8: {error}")
    except csv.Error as error:
        log("ERROR", f"the file is not whole CSV: {error}")
    except (TapError, OSError) as error:
        log("ERROR", error)
    sys.exit(1)
