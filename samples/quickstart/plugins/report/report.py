"""A task that prints a short report on the customers that the load step wrote.

Standard input is the run's context, a JSON object; the object written to $FLEXCORE_OUTPUT is this step's output.
"""

import json
import os
import sys
from collections import Counter
from decimal import Decimal


def main():
    context = json.load(sys.stdin)
    path = os.path.join(context["input"]["path"], "customers.jsonl")
    top = int(context["input"].get("top", 5))
    loaded = context["steps"]["load"]["records"].get("customers", 0)

    count = without_email = 0
    balance = Decimal()
    countries = Counter()
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            customer = json.loads(line, parse_float=Decimal)
            count += 1
            without_email += customer["email"] is None
            balance += customer["balance"] or 0
            countries[customer["country"]] += 1

    print(f"{count:,} customers, {loaded:,} of them new in this run")
    print(f"{without_email:,} have no e-mail address; the balances add up to {balance:,}")
    most = countries.most_common(top)
    for country, customers in most:
        print(f"  {country}  {customers:6,}  {'#' * round(40 * customers / most[0][1])}")

    if "FLEXCORE_OUTPUT" in os.environ:
        with open(os.environ["FLEXCORE_OUTPUT"], "w", encoding="utf-8") as output:
            json.dump({"customers": count, "new": loaded, "balance": str(balance), "countries": dict(countries)}, output)


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"ERROR the report cannot be made: {error!r}")
