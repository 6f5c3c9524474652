#!/usr/bin/env python3
"""Builds the decoders of profiles tiny and small for one CPU as a device would, and proves what they take:
test_mcu_build.py NAME PREFIX FLAGS...

Nothing may be missing at link time but memcpy and its like: no libc, no libstdc++. What the CPU has no
instruction for comes from libgcc and is listed; 64-bit divisions are forbidden. Prints the size of the
code with one scanner and without any. The deepest stack comes from the compiler's call
graph: state and stack together must fit into KERF_TINY_RAM and KERF_SMALL_RAM.

Exit 77 with a reason if the compiler is not there."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLAGS = ["-std=c++20", "-ffreestanding", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics",
         "-Os", "-ffunction-sections", "-fdata-sections", "-fno-jump-tables", "-fcallgraph-info=su",
         "-Wall", "-Wextra", "-Werror", "-I", str(ROOT / "src")]
# Of each decoder: entries; the most stack, without what the port's functions take; the most code with
# one scanner, as a brake.
DECODERS = {
    "TINY": (("kerf_tiny_start", "kerf_tiny_push", "kerf_tiny_resume", "kerf_tiny_restart_point"),
             1440, 15000),
    "SMALL": (("kerf_small_apply",), 3584, 56000),
}
PROVIDED = ("memcpy", "memset", "memmove", "memcmp")
SCANNERS = {"thumb": 1 << 4 | 1 << 7, "xtensa": 1 << 5 | 1 << 7, "riscv": 1 << 6 | 1 << 7, "none": 0}
HELPER = re.compile(r"__(aeabi_|gnu_|\w+[ds]i[34]$)")
FORBIDDEN = re.compile(r"u?ldivmod|(div|mod)di3")

def constant(name):
    text = (ROOT / "src/mcu/kerf_mcu.h").read_text()
    return int(re.search(rf"#define {name} (\d+)", text).group(1))


def compile_rooms(prefix, flags, scanners, folder):
    """Returns the object files of all rooms."""
    objects = []
    for room in ("mcu", "mcu/cm", "model", "refs"):
        for source in sorted((ROOT / "src" / room).glob("*.cc")):
            if source.name.endswith(("_test.cc", "_fuzz.cc")):
                continue
            made = folder / f"{room.replace('/', '-')}-{source.stem}.o"
            subprocess.run([f"{prefix}g++", *FLAGS, *flags, f"-DKERF_REFS_SCANNERS={scanners:#x}",
                            "-c", str(source), "-o", str(made)], check=True)
            objects.append(str(made))
    return objects


def link(prefix, flags, entries, objects, folder):
    """Links the decoder with those entries and returns its ELF file."""
    program = folder / "decoder.elf"
    subprocess.run([f"{prefix}g++", *flags, "-nostdlib", "-Wl,--gc-sections", f"-Wl,-e,{entries[0]}",
                    *[f"-Wl,-u,{name}" for name in entries],
                    *[f"-Wl,--defsym,{name}=0" for name in PROVIDED],
                    *objects, "-lgcc", "-o", str(program)], check=True)
    return program


def text_size(prefix, program):
    out = subprocess.run([f"{prefix}size", str(program)], check=True, capture_output=True, text=True)
    return int(out.stdout.splitlines()[1].split()[0])


def deepest(folder, linked, entries):
    """The most stack below any entry, and the way there. Recursion is an error."""
    own, calls = {}, {}
    for graph in folder.glob("*.ci"):
        text = graph.read_text()
        for title, label in re.findall(r'node: \{ title: "([^"]+)" label: "([^"]*)"', text):
            found = re.search(r"(\d+) bytes \((\w+)", label)
            if found:
                if found.group(2) == "dynamic":
                    raise SystemExit(f"{title}: its stack has no bound")
                own[title] = max(own.get(title, 0), int(found.group(1)))
        for source, target in re.findall(r'sourcename: "([^"]+)" targetname: "([^"]+)"', text):
            calls.setdefault(source, set()).add(target)
    # Names are NAME, or FILE:NAME for what is local to a file.
    scanners = {name for name in own if re.search(r"refs\d+scan_\w+ERNS0_4ScanE$", name)
                and name in linked}
    # The functions by which the rooms read the old file and hand on the new one.
    ports = {name for name in own if "_FUN" in name and ("old_file" in name or "Small" in name)}
    known = {}

    def depth(name, above):
        if name in above:
            raise SystemExit(f"recursion: {' > '.join(above)} > {name}")
        if name not in known:
            targets = calls.get(name, set())
            if "__indirect_call" in targets:
                targets = targets - {"__indirect_call"}
                # scan_chunk calls scanners, those that need bytes these functions, and they the port.
                targets = targets | (scanners if "scan_chunk" in name else ports
                                     if name not in ports else set())
            best = max((depth(target, above + [name]) for target in targets),
                       default=(0, []))
            known[name] = (best[0] + own.get(name, 0), [name] + best[1])
        return known[name]

    return max(depth(name, []) for name in entries)


def check(decoder, scanner, prefix, flags, objects, folder):
    """Prints what the decoder takes; is it what it may?"""
    entries, most_stack, most_code = DECODERS[decoder]
    state, ram = constant(f"KERF_{decoder}_STATE"), constant(f"KERF_{decoder}_RAM")
    program = link(prefix, flags, entries, objects, folder)
    symbols = [line.split() for line in subprocess.run(
        [f"{prefix}nm", "-S", str(program)], check=True, capture_output=True,
        text=True).stdout.splitlines()]
    variables = [line[3] for line in symbols if len(line) == 4 and line[2] in "dDbBgGsS"]
    if variables:
        raise SystemExit(f"global variables: {', '.join(variables)}")
    linked = {line[-1] for line in symbols}
    helpers = sorted(name for name in linked if HELPER.match(name))
    if any(FORBIDDEN.search(name) for name in helpers):
        raise SystemExit(f"64-bit division: {', '.join(helpers)}")
    code = text_size(prefix, program)
    stack, way = deepest(folder, linked, entries)
    fits = stack <= most_stack and state + stack <= ram and code <= most_code
    print(f"{decoder.lower()}: {' '.join(flags)}: scanner {scanner}: code {code}, state {state}, "
          f"stack {stack}, RAM {state + stack} of {ram}{'' if fits else ': TOO MUCH'}"
          f"{', libgcc: ' + ' '.join(helpers) if helpers else ''}")
    if not fits:
        print("  " + " > ".join(way))
    return fits


def main():
    name, prefix, *flags = sys.argv[1:]
    if not shutil.which(f"{prefix}g++"):
        print(f"SKIP: {prefix}g++ is not installed")
        return 77
    bad = False
    for scanner in (name, "none"):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            objects = compile_rooms(prefix, flags, SCANNERS[scanner], folder)
            for decoder in DECODERS:
                bad |= not check(decoder, scanner, prefix, flags, objects, folder)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
