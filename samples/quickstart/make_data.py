#!/usr/bin/python3
"""Makes data/customers.csv, the same bytes for the same --rows and --seed.

The committed file is `python3 make_data.py > data/customers.csv`. A null is written \\N, an empty text is an empty field.
"""

import argparse
import csv
import random
import sys
from datetime import date, timedelta

COLUMNS = ["id", "name", "email", "city", "country", "signed_up", "balance", "newsletter", "note"]
NULL = r"\N"

GIVEN = "Ana João Inês Zoë Søren Łukasz Šárka Ümit Maëlle Νίκος Юлия أمينة ישראל ทักษิณ さくら 伟 민준 Aoife Ngozi Siân".split()
FAMILY = "Silva O'Neill Müller Žižek Nguyễn García Dvořák Ångström Παπαδόπουλος Иванова العلوي 田中 王 김 de\u00a0Souza Smith-Jones".split(" ")
CITIES = [
    ("Lisboa", "PT"), ("São Paulo", "BR"), ("Zürich", "CH"), ("Kraków", "PL"), ("Αθήνα", "GR"), ("東京", "JP"), ("北京", "CN"),
    ("서울", "KR"), ("Washington, D.C.", "US"), ("Reykjavík", "IS"), ("İstanbul", "TR"), ("القاهرة", "EG"), ("Lagos", "NG"),
]
NOTES = [
    "", "", "", NULL, NULL,
    "Prefers e-mail",
    "Said: \"call me after 6\", twice",
    "First line\nsecond line, with a comma",
    "Windows line\r\nand the next",
    "Pays in cash 💶, likes 🍣 and 👩‍👩‍👧‍👦 offers",
    "C:\\customers\\vip\ttab",
    "e\u0301 is e and an accent; \u200bzero width",
    "null", "NaN", "007", "'; DROP TABLE customers; --", " leading and trailing ",
]


def rows(count, seed):
    # random.random() alone is promised to give the same numbers in every Python for the same seed.
    rng = random.Random(seed)

    def pick(items):
        return items[int(rng.random() * len(items))]

    first_day = date(2015, 1, 1)
    for number in range(1, count + 1):
        city, country = CITIES[int(rng.random() ** 2 * len(CITIES))]
        yield [
            number,
            f"{pick(GIVEN)} {pick(FAMILY)}",
            f"customer{number}@example.com" if rng.random() > 0.05 else NULL,
            city,
            country,
            first_day + timedelta(days=int(rng.random() * 3650)),
            f"{rng.random() * 20000 - 1000:.2f}" if rng.random() > 0.1 else NULL,
            pick(["true", "false"]),
            pick(NOTES),
        ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=2026)
    options = parser.parse_args()

    out = open(sys.stdout.fileno(), "w", encoding="utf-8", newline="", closefd=False)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows(options.rows, options.seed))
    out.flush()


if __name__ == "__main__":
    main()
