#!/usr/bin/env python3
"""Runs every fuzz target of the given presets: run_fuzzers.py SECONDS JOBS PRESET..."""
import concurrent.futures
import pathlib
import re
import subprocess
import sys

BUILD = pathlib.Path("build")


def run(target, seconds):
    name = f"{target.parent.parent.name}-{target.name}"
    findings = BUILD / "fuzz-findings"
    corpus = BUILD / "fuzz-corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = target.with_suffix(".corpus").read_text().strip()
    command = [str(target), f"-max_total_time={seconds}", "-max_len=65536", "-timeout=10",
               "-rss_limit_mb=1024", f"-artifact_prefix={findings}/{name}-",
               "-print_final_stats=1", str(corpus)]
    if seeds and pathlib.Path(seeds).is_dir():
        command.append(seeds)
    log = findings / f"{name}.log"
    with open(log, "wb") as out:
        code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out,
                              stderr=subprocess.STDOUT).returncode
    text = log.read_text(errors="replace")
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", text)
    coverage = re.findall(r"cov: (\d+)", text)
    print(f"{name}: {runs.group(1) if runs else '?'} runs, "
          f"coverage {coverage[-1] if coverage else '?'}, "
          + ("no finding" if code == 0 else f"FINDING (exit {code}), see {log}"), flush=True)
    return code == 0


def main():
    seconds, jobs, presets = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    (BUILD / "fuzz-findings").mkdir(parents=True, exist_ok=True)
    # By name first, so that the 32-bit and the 64-bit twin run side by side.
    targets = sorted((t for p in presets for t in (BUILD / p / "fuzz").iterdir()
                      if t.suffix != ".corpus"), key=lambda t: t.name)
    if not targets:
        print("no fuzz target was built", file=sys.stderr)
        return 1
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return 0 if all(list(pool.map(lambda t: run(t, seconds), targets))) else 1


if __name__ == "__main__":
    sys.exit(main())
