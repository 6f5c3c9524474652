#!/usr/bin/env python3
"""summary.py decides whether a run is green: it must count each kind of outcome, and fail on
failures, on nothing, and on a preset without tests."""
import pathlib
import subprocess
import sys
import tempfile

SUMMARY = pathlib.Path(__file__).with_name("summary.py")
PASSED = '<testcase name="a" status="run"><system-out>fine</system-out></testcase>'
FAILED = '<testcase name="b" status="fail"><failure message=""/>' \
         '<system-out>why it failed</system-out></testcase>'
SKIPPED = '<testcase name="c" status="notrun"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>' \
          "<system-out>[ RUN      ] c\nx.cc:3: Skipped\nno such\n tool\n\n[  SKIPPED ] c</system-out>" \
          "</testcase>"
SCRIPT = '<testcase name="d" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/>' \
         "<system-out>x\nSKIP: bspatch is missing\n</system-out></testcase>"
NOT_BUILT = '<testcase name="e" status="notrun"><skipped message="Unable to find executable"/>' \
            "<system-out></system-out></testcase>"


def run(cases, steps=""):
    with tempfile.TemporaryDirectory() as folder:
        if cases is not None:
            pathlib.Path(folder, "release.xml").write_text(
                '<?xml version="1.0"?><testsuite>' + "".join(cases) + "</testsuite>")
        pathlib.Path(folder, "steps.tsv").write_text(steps)
        done = subprocess.run([sys.executable, str(SUMMARY), folder], capture_output=True,
                              text=True)
        return done.returncode, done.stdout


def expect(cases, steps, code, last, *inside):
    got = run(cases, steps)
    lines = got[1].splitlines()
    if got[0] != code or lines[-1] != last or any(part not in got[1] for part in inside):
        sys.exit(f"expected exit {code} and {last!r} with {inside}, got exit {got[0]} and:\n{got[1]}")


def main():
    expect([PASSED, PASSED], "passed\tbuild\t\n", 0, "3 passed, 0 failed, 0 skipped")
    expect([PASSED, FAILED], "", 1, "1 passed, 1 failed, 0 skipped",
           "FAILED release: b", "why it failed")
    expect([PASSED, SKIPPED, SCRIPT], "", 0, "1 passed, 0 failed, 2 skipped",
           "SKIPPED release: c: no such tool", "SKIPPED release: d: bspatch is missing")
    expect([PASSED, NOT_BUILT], "", 1, "1 passed, 1 failed, 0 skipped", "FAILED release: e")
    expect([PASSED], "failed\tm32 build\tsee the log\n", 1, "1 passed, 1 failed, 0 skipped")
    expect([PASSED], "skipped\tm32\tno packages\n", 0, "1 passed, 0 failed, 1 skipped",
           "SKIPPED m32: no packages")
    expect(None, "passed\tbuild\t\n", 1, "1 passed, 0 failed, 0 skipped", "no test ran")
    expect([], "passed\tbuild\t\n", 1, "1 passed, 1 failed, 0 skipped", "no test was found")
    print("summary counts every kind of outcome")


if __name__ == "__main__":
    main()
