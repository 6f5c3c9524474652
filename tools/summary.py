#!/usr/bin/env python3
"""Counts what ./run test did: JUnit files of ctest, and steps.tsv. Prints every failure with its
output, every skipped test with its reason, and last one line 'N passed, N failed, N skipped'."""
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree


def skip_reason(output, message):
    """GoogleTest prints 'file:line: Skipped', then the reason; scripts print 'SKIP: reason'."""
    found = re.search(r"^SKIP: (.*)$", output, re.M) or re.search(
        r": Skipped\n(.*?)\n*^\[  SKIPPED", output, re.M | re.S)
    return " ".join(found.group(1).split()) if found else message or "no reason given"


def read_junit(path, passed, failed, skipped):
    preset = path.stem
    cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    if not cases:
        failed.append((f"{preset}: tests", "no test was found"))
    for case in cases:
        name = f"{preset}: {case.get('name')}"
        output = case.findtext("system-out") or ""
        status = case.get("status")
        skip = case.find("skipped")
        if skip is not None or status in ("notrun", "disabled"):
            message = skip.get("message", "") if skip is not None else status
            # A test whose program is missing was not skipped on purpose.
            if "SKIP_" in message or status == "disabled":
                skipped.append((name, skip_reason(output, message)))
            else:
                failed.append((name, message or "did not run"))
        elif status == "run" and case.find("failure") is None:
            passed.append(name)
        else:
            failed.append((name, output))


def main():
    folder = pathlib.Path(sys.argv[1])
    passed, failed, skipped = [], [], []
    for path in sorted(folder.glob("*.xml")):
        read_junit(path, passed, failed, skipped)
    tests = len(passed) + len(failed)
    steps = folder / "steps.tsv"
    for line in steps.read_text().splitlines() if steps.exists() else []:
        status, name, reason = line.split("\t")
        if status == "passed":
            passed.append(name)
        else:
            (failed if status == "failed" else skipped).append((name, reason))
    for name, output in failed:
        print(f"FAILED {name}\n    " + "\n    ".join(output.strip().splitlines()[-60:]))
    for name, reason in skipped:
        print(f"SKIPPED {name}: {reason}")
    if tests == 0:
        print("no test ran")
    print(f"{len(passed)} passed, {len(failed)} failed, {len(skipped)} skipped")
    return 1 if failed or tests == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
