"""The manual pages describe every command and option that --help prints, and no other."""
import pathlib
import re
import shutil
import subprocess

import support

MAN = pathlib.Path(__file__).resolve().parents[2] / "docs/man"
PAGE = MAN / "kerf.1"
PACKAGE_LIST_PAGE = MAN / "kerf-package-list.1"
COMMANDS = ("diff", "apply", "info", "verify", "repair", "formats")
PACKAGE_LIST_COMMANDS = ("publish package-list", "lint package-list")


def roff_options(text):
    """The options that mdoc source names: '.It Fl o , Fl -output Ar PATCH' gives -o, --output."""
    return {"-" + name for name in re.findall(r"\bFl (-?[a-z][a-z0-9-]*)", text)}


def help_options(text):
    lines = [line for line in text.splitlines() if line.startswith("  -")]
    return {name for line in lines for name in re.findall(r"(?<![\w-])--?[a-z][a-z0-9-]*",
                                                          re.split(r"\s{2,}", line.strip())[0])}


class Manual(support.KerfTest):
    def compare_options(self, path, commands, foreign):
        """`foreign`: options of other programs that the page mentions."""
        page = path.read_text()
        common = re.search(r"\.Ss Options of all commands\n(.*?)\n\.Sh", page, re.S).group(1)
        known = help_options(self.kerf("--help").stdout.decode())
        for command in commands:
            section = re.search(rf"\.Ss kerf {command}\n(.*?)\n\.S[sh]", page, re.S).group(1)
            synopsis = re.search(rf"\.Nm(?: kerf)?\n\.Cm {command}\n(.*?)\n\.(?:Nm|Sh)", page,
                                 re.S).group(1)
            offered = help_options(self.kerf(*command.split(), "--help").stdout.decode())
            self.assertGreaterEqual(len(offered), 3)
            described = roff_options(section) | roff_options(common)
            self.assertEqual(offered - described, set(), f"kerf {command}: not described")
            self.assertEqual(roff_options(section) - offered, set(), f"kerf {command}: no such option")
            short = {option for option in offered if len(option) == 2} | {"--help", "--output"}
            self.assertEqual(offered - short - {"--format"} - roff_options(synopsis), set(),
                             f"kerf {command}: not in the synopsis")
            self.assertEqual(roff_options(synopsis) - offered, set())
            known |= offered
        self.assertEqual(roff_options(page) - known - foreign, set(), "no such option")

    def test_options(self):
        self.compare_options(PAGE, COMMANDS, {"-algorithm"})

    def test_options_of_package_lists(self):
        self.compare_options(PACKAGE_LIST_PAGE, PACKAGE_LIST_COMMANDS, set())

    def test_codes(self):
        page = PAGE.read_text()
        source = (PAGE.parents[2] / "src/base/result.h").read_text()
        codes = re.findall(r"^  (\w+) = (\d+),", source, re.M)
        self.assertEqual(len(codes), 9)
        for name, number in codes:
            self.assertRegex(page, rf"\.Cm {name}\n\({number}\)")

    def test_lint(self):
        if shutil.which("mandoc") is None:
            self.skipTest("no mandoc (Debian package mandoc)")
        done = subprocess.run(["mandoc", "-Tlint", "-W", "warning",
                               *map(str, sorted(PAGE.parent.glob("*.1")))],
                              capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, ""))


if __name__ == "__main__":
    support.main()
