"""Sums up a test run: test_results.py FOLDER_OF_TRX_FILES [WHAT_ELSE_FAILED...]. The last line has the counts; exit 1 unless all is well."""

import glob
import os
import sys
from collections import Counter
from xml.etree import ElementTree

NAMESPACE = {"t": "http://microsoft.com/schemas/VisualStudio/TeamTest/2010"}


def main(folder, *broken):
    outcomes = Counter()
    failures = []
    for path in sorted(glob.glob(os.path.join(folder, "**", "*.trx"), recursive=True)):
        run = ElementTree.parse(path)
        failures_before = len(failures)
        for result in run.iterfind(".//t:UnitTestResult", NAMESPACE):
            outcome = {"Passed": "passed", "NotExecuted": "skipped"}.get(result.get("outcome"), "failed")
            outcomes[outcome] += 1
            message = result.findtext(".//t:Message", "", NAMESPACE).strip()
            if outcome == "skipped":
                print(f"skipped: {result.get('testName')}: {message}")
            elif outcome == "failed":
                failures.append(f"{result.get('testName')}\n    " + message.replace("\n", "\n    "))
        if run.find(".//t:ResultSummary", NAMESPACE).get("outcome") == "Failed" and len(failures) == failures_before:
            errors = [info.findtext("t:Text", "", NAMESPACE) for info in run.iterfind(".//t:RunInfo[@outcome='Error']", NAMESPACE)]
            failures.append("a test project ended early: " + " ".join(errors))

    # A test project ends badly because a test failed, or for a reason of its own, which then counts.
    if failures:
        broken = [what for what in broken if not what.startswith("a test project")]
    failures += broken
    if failures:
        print("\n== Failed")
        print("\n".join(failures))

    print(f"{outcomes['passed']} passed, {len(failures)} failed, {outcomes['skipped']} skipped")
    return 1 if failures or not outcomes["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
