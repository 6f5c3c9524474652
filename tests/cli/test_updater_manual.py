"""The manual page of kerf-updater has every option that --help prints, and no other; docs/updater.md
names every event that the source reports."""
import pathlib
import re
import shutil
import subprocess

import support
from test_manual import help_options, roff_options

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/man/kerf-updater.1"


class Manual(support.KerfTest):
    def test_options(self):
        offered = help_options(self.kerf("--help").stdout.decode())
        self.assertGreater(len(offered), 20)
        self.assertEqual(offered, roff_options(PAGE.read_text()))

    def test_events(self):
        document = (ROOT / "docs/updater.md").read_text()
        section = document.split("\n## Events\n")[1].split("\n## ")[0]
        listed = {name for line in section.splitlines() if line.startswith("| `")
                  for name in re.findall(r"`(\w+)`", line.split("|")[1])}
        reported = set()
        for folder in ("src/agent", "src/apps/kerf-updater"):
            for path in (ROOT / folder).rglob("*.cc"):
                if not path.name.endswith("_test.cc"):
                    text = path.read_text()
                    reported |= set(re.findall(r'event\(\s*"(\w+)"', text))
                    reported |= set(re.findall(r'\? "(\w+)" : "(\w+)"', text)[0]
                                    if path.name == "stage.cc" else ())
        self.assertEqual(listed, reported)

    def test_usage(self):
        for arguments in ((), ("run",), ("--data", "d", "fly"), ("--data", "d", "run", "extra"),
                          ("--data", "d", "--handler", "apk", "run"),
                          ("--data", "d", "--attempts", "0", "run")):
            done = self.kerf(*arguments, code=2)
            self.assertTrue(done.stderr.decode().startswith("kerf-updater: "))
            self.assertEqual(done.stdout, b"")
        self.assertNotIn("d", self.names())

    def test_configuration_file(self):
        self.put("kerf.conf", f"data = {self.folder}/d\nhandler = apk=/bin/false\njson = true\n")
        done = self.kerf("--config", "kerf.conf", "run", code=1)
        self.assertIn(b'"code":1004', done.stdout)
        self.kerf("--config", "none.conf", "run", code=2)
        self.put("kerf.conf", "no-such-option = 1\n")
        self.kerf("--config", "kerf.conf", "--data", "d", "run", code=2)

    def test_lint(self):
        if shutil.which("mandoc") is None:
            self.skipTest("no mandoc (Debian package mandoc)")
        done = subprocess.run(["mandoc", "-Tlint", "-W", "warning", str(PAGE)],
                              capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, ""))


if __name__ == "__main__":
    support.main()
