"""Runs programs and says what they took; the table of programs that make and apply patches. Shared by
bench/bench.py and tools/demo.py."""
import dataclasses
import filecmp
import json
import os
import pathlib
import resource
import signal
import subprocess
import tempfile
import time


@dataclasses.dataclass
class Cost:
    cpu: float = 0.0    # seconds, user and system, all threads
    wall: float = 0.0   # seconds
    rss_kb: int = 0     # peak, mapped pages counted
    capped: bool = False
    failed: str = ""    # why, if so

    def __add__(self, other):
        return Cost(self.cpu + other.cpu, self.wall + other.wall, max(self.rss_kb, other.rss_kb),
                    self.capped or other.capped, self.failed or other.failed)


def run_once(command, cap):
    """One run, ended after `cap` CPU seconds."""
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (cap, cap + 5))

    with tempfile.NamedTemporaryFile() as report, tempfile.TemporaryFile() as words:
        # Memory comes from time(1): this process' own size would show in what it starts itself.
        # CPU time comes from wait4, since time(1) knows hundredths only.
        start = time.monotonic()
        child = subprocess.Popen(["/usr/bin/time", "-q", "-f", "%M", "-o", report.name] + command,
                                 stdin=subprocess.DEVNULL, stdout=words, stderr=words,
                                 preexec_fn=limit)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        cost = Cost(usage.ru_utime + usage.ru_stime, time.monotonic() - start)
        lines = report.read().split()
        cost.rss_kb = int(lines[-1]) if lines else 0
        if child.returncode != 0:
            cost.capped = child.returncode in (128 + signal.SIGXCPU, -signal.SIGXCPU)
            words.seek(0)
            said = words.read()[-500:].decode("utf-8", "replace").strip()
            cost.failed = f"stopped after {cap} CPU seconds" if cost.capped else \
                f"{' '.join(command[:2])} gave {child.returncode}: {said}"
        return cost


def run(commands, cap=900, repeat=True):
    """All of `commands` in turn. What is short is repeated, and the best of three counts."""
    best = sum((run_once(c, cap) for c in commands), Cost())
    for _ in range(2 if repeat and best.cpu < 1 and not best.failed else 0):
        again = sum((run_once(c, cap) for c in commands), Cost())
        if again.cpu < best.cpu:
            best = again
    return best


@dataclasses.dataclass
class Tool:
    name: str
    make: object            # (old, new, patch) -> commands
    apply: object           # (old, patch, out) -> commands
    cross: object = None    # likewise: another program that must agree
    ours: bool = False


def zstd(name, *level):
    common = ["zstd", "-q", "-f", "--long=31", "--memory=2048MB"]
    return Tool(name, lambda o, n, p: [common + [*level, f"--patch-from={o}", n, "-o", p]],
                lambda o, p, out: [common + ["-d", f"--patch-from={o}", p, "-o", out]])


def xdelta3(name, *options):
    return Tool(name, lambda o, n, p: [["xdelta3", "-e", "-f", *options, "-s", o, n, p]],
                lambda o, p, out: [["xdelta3", "-d", "-f", "-s", o, p, out]])


def peers(kerf):
    return [
        Tool("bsdiff", lambda o, n, p: [["bsdiff", o, n, p]],
             lambda o, p, out: [["bspatch", o, out, p]],
             cross=lambda o, p, out: kerf_apply(kerf, o, p, out)),
        xdelta3("xdelta3 -9 -S lzma", "-9", "-S", "lzma"),
        xdelta3("xdelta3 -9 -n -A -S none", "-9", "-n", "-A", "-S", "none"),
        zstd("zstd -19 --long=31", "-19"),
        zstd("zstd --ultra -22 --long=31", "--ultra", "-22"),
        Tool("rdiff", lambda o, n, p: [["rdiff", "-f", "signature", o, p + ".signature"],
                                       ["rdiff", "-f", "delta", p + ".signature", n, p]],
             lambda o, p, out: [["rdiff", "-f", "patch", o, p, out]]),
    ]


def kerf_apply(kerf, old, patch, out):
    return [[kerf, "apply", "--quiet", "--force", old, patch, "-o", out]]


def our_formats(kerf):
    """One tool for each format that this kerf writes."""
    listed = subprocess.run([kerf, "formats", "--json"], capture_output=True, check=True)
    tools = []
    names = [writer["name"] for writer in json.loads(listed.stdout)["writes"]]
    choices = [(name, []) for name in names]
    choices += [(f"sliver {profile}", ["--profile", profile])
                for profile in ("max", "fast") if "sliver" in names]
    for label, options in choices:
        name = label.split()[0]
        tools.append(Tool(
            f"kerf {label}",
            lambda o, n, p, name=name, options=options: [[
                kerf, "diff", "--quiet", "--force", "--format", name, *options, o, n, "-o", p]],
            lambda o, p, out: kerf_apply(kerf, o, p, out),
            cross=(lambda o, p, out: [["bspatch", o, out, p]]) if name == "bsdiff" else None,
            ours=True))
    return tools


@dataclasses.dataclass
class Outcome:
    patch_bytes: int = 0
    diff: Cost = dataclasses.field(default_factory=Cost)
    apply: Cost = dataclasses.field(default_factory=Cost)
    verified: str = "no"    # "yes", "yes+cross" (another program agrees), or what went wrong


def try_tool(tool, old, new, folder, cap=900, repeat=True):
    """Makes a patch, applies it, compares."""
    patch, out = str(pathlib.Path(folder, "patch")), str(pathlib.Path(folder, "out"))

    def applied(commands, repeated):
        pathlib.Path(out).unlink(missing_ok=True)
        cost = run(commands, cap, repeated)
        if not cost.failed and not filecmp.cmp(new, out, shallow=False):
            cost.failed = "the result differs"
        return cost

    pathlib.Path(patch).unlink(missing_ok=True)
    outcome = Outcome(diff=run(tool.make(old, new, patch), cap, repeat))
    if outcome.diff.failed:
        outcome.verified = outcome.diff.failed
        return outcome
    outcome.patch_bytes = os.path.getsize(patch)
    outcome.apply = applied(tool.apply(old, patch, out), repeat)
    outcome.verified = outcome.apply.failed or "yes"
    if tool.cross and not outcome.apply.failed:
        second = applied(tool.cross(old, patch, out), False)
        outcome.verified = f"cross: {second.failed}" if second.failed else "yes+cross"
    return outcome
