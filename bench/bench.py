#!/usr/bin/env python3
"""Measures every format of kerf beside Debian's bsdiff, xdelta3, zstd and rdiff on a corpus of real
update pairs, CATEGORY/PAIR/{old,new}, and writes bench/results/NAME.tsv: sizes, ratios and peak
memory, no seconds (they say more about the machine). See bench/README.md."""
import argparse
import json
import math
import os
import pathlib
import random
import re
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))
import measure  # noqa: E402

COLUMNS = ["category", "pair", "tool", "bytes", "percent_of_new", "bytes_ratio", "diff_cpu_ratio",
           "diff_rss_kb", "diff_rss_ratio", "apply_cpu_ratio", "apply_rss_kb", "apply_rss_ratio",
           "verified"]
RATIOS = ["bytes_ratio", "diff_cpu_ratio", "diff_rss_ratio", "apply_cpu_ratio", "apply_rss_ratio"]
BASELINE = "bsdiff"


def zeros_pair(folder):
    """Two blocks of 10 MB, zero but for a hundred bytes each: bsdiff needs minutes for them."""
    dice = random.Random(1)
    for name in ("old", "new"):
        block = bytearray(10_000_000)
        for _ in range(100):
            block[dice.randrange(len(block))] = dice.randrange(1, 256)
        pathlib.Path(folder, name).write_bytes(block)


def pairs(corpus, only, scratch):
    """(category, pair, old, new), smallest first, so that a fault shows early."""
    found = []
    for old in corpus.glob("*/*/old"):
        new = old.with_name("new")
        if new.is_file() and re.search(only, f"{old.parts[-3]}/{old.parts[-2]}"):
            found.append((old.parts[-3], old.parts[-2], str(old), str(new)))
    if re.search(only, "synthetic/zeros-10MB"):
        folder = pathlib.Path(scratch, "zeros")
        folder.mkdir()
        zeros_pair(folder)
        found.append(("synthetic", "zeros-10MB", str(folder / "old"), str(folder / "new")))
    return sorted(found, key=lambda p: os.path.getsize(p[3]))


def ratio(value, baseline):
    if not value or not baseline:
        return "-"
    return f"{value / baseline:.3f}"


def row(category, pair, tool, got, base, new_size):
    if base.diff.capped:
        # bsdiff had not finished: all that is known is that we took less than this part of it.
        cpu = "<" + ratio(got.diff.cpu, base.diff.cpu) if tool != BASELINE else "-"
    else:
        cpu = ratio(got.diff.cpu, base.diff.cpu)
    percent = f"{100 * got.patch_bytes / new_size:.3f}" if got.patch_bytes else "-"
    return dict(zip(COLUMNS, [
        category, pair, tool, str(got.patch_bytes or "-"), percent,
        ratio(got.patch_bytes, base.patch_bytes), cpu, str(got.diff.rss_kb),
        ratio(got.diff.rss_kb, base.diff.rss_kb) if not base.diff.capped else "-",
        ratio(got.apply.cpu, base.apply.cpu), str(got.apply.rss_kb or "-"),
        ratio(got.apply.rss_kb, base.apply.rss_kb),
        re.sub(r"\s+", " ", got.verified)]))


class PeerCache:
    """What peers took on this machine, kept in the build tree for --reuse-peers."""

    def __init__(self, path, reuse):
        self.path = path
        self.reuse = reuse
        self.known = json.loads(path.read_text()) if path.exists() else {}

    def get(self, key, run):
        if not (self.reuse and key in self.known):
            got = run()
            self.known[key] = [got.patch_bytes, vars(got.diff), vars(got.apply), got.verified]
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(json.dumps(self.known))
        size, diff, apply, verified = self.known[key]
        return measure.Outcome(size, measure.Cost(**diff), measure.Cost(**apply), verified)


def measure_pair(pair, ours, peers, cache, scratch, cap):
    category, name, old, new = pair
    print(f"{category}/{name}: {os.path.getsize(old):,} -> {os.path.getsize(new):,} bytes",
          flush=True)
    results = {}
    for tool in peers + ours:
        def attempt(tool=tool):
            return measure.try_tool(tool, old, new, scratch, cap)
        key = "\t".join((tool.name, category, name, *(str(os.path.getsize(f)) for f in (old, new))))
        got = attempt() if tool.ours else cache.get(key, attempt)
        results[tool.name] = got
        print(f"  {tool.name:28} {got.patch_bytes:12,} bytes {got.diff.cpu:8.2f} CPU s "
              f"{got.diff.rss_kb // 1024:6} MiB, apply {got.apply.cpu:6.2f} s "
              f"{got.apply.rss_kb // 1024:5} MiB, {got.verified}", flush=True)
    base = results[BASELINE]
    return [row(category, name, tool, got, base, os.path.getsize(new))
            for tool, got in results.items()]


def read_table(path):
    if not path.exists():
        return []
    lines = path.read_text().splitlines()
    return [dict(zip(COLUMNS, line.split("\t"))) for line in lines[1:]] \
        if lines and lines[0].split("\t") == COLUMNS else []


def write_table(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.sort(key=lambda r: (r["category"], r["pair"], r["tool"]))
    lines = ["\t".join(COLUMNS)] + ["\t".join(r[c] for c in COLUMNS) for r in rows]
    path.write_text("\n".join(lines) + "\n")


def print_means(rows):
    """Geometric means over the pairs where both numbers exist."""
    print("\ngeometric means, ratio to bsdiff and bspatch (number of pairs)\n"
          f"{'category':10} {'tool':28} {'pairs':>5} " + " ".join(f"{r[:-6]:>10}" for r in RATIOS))
    for category in sorted({r["category"] for r in rows}) + ["all"]:
        chosen = [r for r in rows if category in ("all", r["category"])]
        for tool in sorted({r["tool"] for r in chosen}):
            of_tool = [r for r in chosen if r["tool"] == tool]
            means = []
            for column in RATIOS:
                logs = [math.log(float(r[column])) for r in of_tool
                        if re.fullmatch(r"[0-9.]+", r[column]) and float(r[column]) > 0]
                means.append(f"{math.exp(sum(logs) / len(logs)):10.3f}" if logs else f"{'-':>10}")
            print(f"{category:10} {tool:28} {len(of_tool):5} " + " ".join(means))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kerf", required=True)
    parser.add_argument("--corpus", type=pathlib.Path, required=True)
    parser.add_argument("--only", default=".", help="pairs whose CATEGORY/PAIR matches")
    parser.add_argument("--name", help="of the table in bench/results; else the corpus folder's")
    parser.add_argument("--cap", type=int, default=900, help="CPU seconds for one program run")
    parser.add_argument("--reuse-peers", action="store_true",
                        help="take peers' numbers from the last run on this machine")
    options = parser.parse_args()
    kerf = os.path.abspath(options.kerf)
    ours, peers = measure.our_formats(kerf), measure.peers(kerf)
    cache = PeerCache(HERE.parent / "build/bench-peers.json", options.reuse_peers)
    table = HERE / "results" / f"{options.name or options.corpus.resolve().name}.tsv"
    rows = []
    with tempfile.TemporaryDirectory(prefix="kerf-bench-") as scratch:
        for pair in pairs(options.corpus, options.only, scratch):
            # The zeros are there to be slow: two minutes of bsdiff show it.
            cap = min(options.cap, 120) if pair[0] == "synthetic" else options.cap
            rows += measure_pair(pair, ours, peers, cache, scratch, cap)
            done = {(r["category"], r["pair"]) for r in rows}
            write_table(table, rows + [r for r in read_table(table)
                                       if (r["category"], r["pair"]) not in done])
    if not rows:
        print(f"no pair under {options.corpus} matches {options.only!r}", file=sys.stderr)
        return 1
    print_means(rows)
    wrong = [r for r in rows if not r["verified"].startswith("yes")
             and (r["tool"].startswith("kerf") or r["verified"].startswith("cross"))]
    for r in wrong:
        print(f"NOT VERIFIED {r['category']}/{r['pair']} {r['tool']}: {r['verified']}")
    print(f"\n{table.relative_to(HERE.parent)} written")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
