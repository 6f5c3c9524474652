#!/usr/bin/env python3
"""Plants violations in a small tree and sees that check_layers.py finds each, and nothing else."""
import pathlib
import subprocess
import sys
import tempfile

CHECKER = pathlib.Path(__file__).with_name("check_layers.py")

GOOD = {
    "base/a.h": "#include <vector>\n",
    "io/a.cc": '#include "base/a.h"\n#include "io/b.h"\n',
    "patch/foo/write.cc": '#include "patch/foo/write_parts.h"\n#include "codec/c.h"\n',
    "patch/foo/foo_test.cc": '#include "diff/engine.h"\n',
    "recipe/run.cc": '#include "patch/foo/read.h"\n',
    "plan/plan.cc": '#include "diff/engine.h"\n#include "patch/foo/write.h"\n',
    "refs/scan.h": "#include <stdint.h>\n",
    "apps/kerf/main.cc": '#include "plan/plan.h"\n',
    "sim/pycom/device.cc": '#include "trust/ed25519.h"\n',
}
BAD = {
    "base/up.h": '#include "io/source.h"\n',
    "io/up.cc": '// why\n# include "codec/c.h"\n',
    "patch/foo/read.cc": '#include "diff/engine.h"\n',
    "patch/foo/format.cc": '#include "patch/foo/write_parts.h"\n',
    "patch/all_readers.cc": '#include "trust/ed25519.h"\n',
    "recipe/wrong.cc": '#include "patch/foo/write.h"\n',
    "agent/agent.cc": '#include "plan/plan.h"\n',
    "diff/suffix/near.cc": '#include "helper.h"\n',
    "diff/suffix/above.cc": '#include "../engine.h"\n',
    "refs/heap.h": "#include <vector>\n",
    "attic/new.h": "\n",
}


def run(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        done = subprocess.run([sys.executable, str(CHECKER), folder], capture_output=True, text=True)
        return done.returncode, done.stdout


def main():
    code, output = run(GOOD)
    if code != 0:
        sys.exit("a good tree is refused:\n" + output)
    for name, text in BAD.items():
        code, output = run({**GOOD, name: text})
        if code == 0 or name not in output or "1 forbidden" not in output:
            sys.exit(f"the violation planted in {name} was not found:\n{output}")
    if run({})[0] == 0:
        sys.exit("an empty tree passes: a check of nothing proves nothing")
    print(f"{len(BAD)} planted violations found")


if __name__ == "__main__":
    main()
