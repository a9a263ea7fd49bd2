"""Writes a Singer message stream to standard output: messages.py RECORDS SEED. One stream of 8 fields, about 230 bytes a line, a STATE every 10,000 records."""
import json, random, sys

records, seed = int(sys.argv[1]), int(sys.argv[2])
random.seed(seed)
names = [f"{first} {last}" for first in ("Ada", "Zoë", "Grace", "Alan", "Edsger") for last in ("Lovelace", "Müller", "Hopper", "Turing", "Dijkstra")]
schema = {
    "type": "object",
    "required": ["id", "email"],
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "name": {"type": "string", "maxLength": 80},
        "email": {"type": "string", "pattern": "^[^@]+@[^@]+$"},
        "country": {"enum": ["PT", "DE", "FR", "GB", "US"]},
        "total": {"type": ["null", "string"]},
        "quantity": {"type": "integer", "minimum": 0, "maximum": 1000},
        "is_new": {"type": "boolean"},
        "updated_at": {"type": "string", "format": "date-time"},
    },
}
write = sys.stdout.write
write(json.dumps({"type": "SCHEMA", "stream": "orders", "schema": schema, "key_properties": ["id"]}) + "\n")
for i in range(1, records + 1):
    write(
        '{"type": "RECORD", "stream": "orders", "record": {"id": %d, "name": "%s", "email": "user%d@example.com", "country": "%s", "total": "%d.%02d", "quantity": %d, "is_new": %s, "updated_at": "2026-%02d-%02dT%02d:00:00Z"}}\n'
        % (i, random.choice(names), i, random.choice(("PT", "DE", "FR", "GB", "US")), random.randrange(10000), random.randrange(100), random.randrange(1001), random.choice(("true", "false")), random.randrange(1, 13), random.randrange(1, 29), random.randrange(24))
    )
    if i % 10000 == 0 or i == records:
        write('{"type": "STATE", "value": {"bookmarks": {"orders": {"id": %d}}}}\n' % i)
