"""Standard input and output, terminals, and the progress bar."""
import fcntl
import os
import pty
import struct
import subprocess
import termios

import support


class Streams(support.KerfTest):
    def test_each_input_may_come_from_standard_input(self):
        done = self.kerf("apply", "-", "patch.bin", "-o", "a", input=self.old)
        self.assertEqual((self.get("a"), done.stderr), (self.new, b""))
        self.kerf("apply", "old.bin", "-", "-o", "b", input=self.get("patch.bin"))
        self.assertEqual(self.get("b"), self.new)
        self.kerf("diff", "-", "new.bin", "-o", "c", input=self.old)
        self.kerf("diff", "old.bin", "-", "-o", "d", input=self.new)
        self.assertEqual(self.get("c"), self.get("d"))
        self.kerf("verify", "old.bin", "c", "-", input=self.new)
        self.kerf("verify", "-", "c", "new.bin", input=self.old)
        self.kerf("verify", "old.bin", "-", "new.bin", input=self.get("c"))
        self.assertEqual(self.kerf_json("info", "-", input=self.get("c"))["new_size"], 35000)

    def test_input_larger_than_the_memory_of_the_spool(self):
        old = self.old * 100
        self.put("patch.bin", support.simple_patch(old, self.new))
        self.kerf("apply", "-", "patch.bin", "-o", "a", input=old)
        self.assertEqual(self.get("a"), self.new)

    def test_output_to_standard_output(self):
        done = self.kerf("apply", "old.bin", "patch.bin", "-o", "-")
        self.assertEqual(done.stdout, self.new)
        self.assertIn(b"standard output", done.stderr)
        patch = self.kerf("diff", "old.bin", "new.bin", "-o", "-", "--quiet")
        self.assertEqual(patch.stderr, b"")
        self.put("made.bin", patch.stdout)
        self.kerf("verify", "old.bin", "made.bin", "new.bin")

    def test_a_pipeline(self):
        script = '"$0" diff old.bin new.bin -o - -q | "$0" apply old.bin - -o - -q | cmp - new.bin'
        subprocess.run(["bash", "-o", "pipefail", "-c", script, support.PROGRAM], cwd=self.folder,
                       check=True)

    def test_nothing_goes_out_before_all_is_checked(self):
        big = support.simple_patch(b"", self.new * 200)
        self.put("cut.bin", big[:-10])
        self.refused("apply", "old.bin", "cut.bin", "-o", "-", says="cut.bin")
        self.refused("apply", "old.bin", "patch.bin", "-o", "-", "--new-sha256", "0" * 64,
                     says="wrong result")

    def test_only_one_standard_input(self):
        self.refused("apply", "-", "-", "-o", "out", says="standard input", code=2)
        self.refused("diff", "-", "-", "-o", "out", says="standard input", code=2)
        self.refused("verify", "-", "patch.bin", "-", says="standard input", code=2)

    def test_json_and_data_do_not_share_standard_output(self):
        for command in (("diff", "old.bin", "new.bin"), ("apply", "old.bin", "patch.bin")):
            done = self.kerf(*command, "-o", "-", "--json", code=2)
            self.assertIn(b'"usage"', done.stdout)

    def test_an_input_by_redirection_is_not_overwritten(self):
        with open(self.folder / "old.bin", "rb") as stdin:
            self.refused("apply", "-", "patch.bin", "-o", "old.bin", "--force", stdin=stdin,
                         says="is the input", code=2)

    def test_full_standard_output_is_a_failure(self):
        for command in (("info", "patch.bin"), ("formats",), ("--version",), ("help",),
                        ("apply", "old.bin", "patch.bin", "-o", "-"),
                        ("diff", "old.bin", "new.bin", "-o", "-")):
            with self.subTest(command=command), open("/dev/full", "wb") as full:
                self.refused(*command, stdout=full, says=["standard output", "No space"])


class Terminals(support.KerfTest):
    def run_on_terminal(self, *arguments, columns=100, streams=("stderr",)):
        """Runs kerf with the given streams on a terminal; gives exit code and what was shown."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 25, columns, 0, 0))
        others = {name: subprocess.DEVNULL for name in ("stdin", "stdout", "stderr")}
        process = subprocess.Popen([support.PROGRAM, *arguments], cwd=self.folder,
                                   **{**others, **dict.fromkeys(streams, slave)})
        os.close(slave)
        shown = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:  # the last holder of the other end is gone
                break
            if not piece:
                break
            shown += piece
        os.close(master)
        return process.wait(), shown.decode()

    def test_a_bar_is_drawn_and_taken_away(self):
        for arguments in (("diff", "old.bin", "new.bin", "-o", "made.bin"),
                          ("apply", "old.bin", "patch.bin", "-o", "out.bin"),
                          ("verify", "old.bin", "patch.bin", "new.bin")):
            with self.subTest(arguments=arguments):
                code, shown = self.run_on_terminal(*arguments)
                self.assertEqual(code, 0, shown)
                self.assertIn("%", shown)
                self.assertIn("[", shown)
                self.assertTrue(shown.endswith("\r\x1b[K"), repr(shown))

    def test_the_bar_never_wraps(self):
        for columns in (2, 10, 30):
            _, shown = self.run_on_terminal("apply", "old.bin", "patch.bin", "-o", f"out{columns}",
                                            columns=columns)
            for line in shown.replace("\x1b[K", "").split("\r"):
                self.assertLess(len(line), columns)

    def test_no_bar_when_not_wanted(self):
        for option in ("--quiet", "--json", "--no-progress"):
            code, shown = self.run_on_terminal("apply", "old.bin", "patch.bin", "-o", "out" + option,
                                               option)
            self.assertEqual((code, shown), (0, ""))

    def test_no_bar_when_standard_error_is_piped(self):
        code, shown = self.run_on_terminal("apply", "old.bin", "patch.bin", "-o", "out.bin",
                                           streams=("stdin", "stdout"))
        self.assertEqual(code, 0)
        self.assertNotIn("\x1b", shown)

    def test_an_error_stands_on_its_own_line(self):
        self.put("cut.bin", support.simple_patch(self.old, self.new * 20)[:-1])
        code, shown = self.run_on_terminal("apply", "old.bin", "cut.bin", "-o", "out.bin")
        self.assertEqual(code, 1)
        self.assertIn("\x1b[Kkerf: cut.bin", shown)

    def test_binary_data_is_not_sent_to_a_terminal(self):
        for arguments in (("diff", "old.bin", "new.bin"), ("apply", "old.bin", "patch.bin")):
            code, shown = self.run_on_terminal(*arguments, "-o", "-", streams=("stdout", "stderr"))
            self.assertEqual(code, 2)
            self.assertIn("terminal", shown)
            self.assertNotIn("BSDIFF40", shown)


if __name__ == "__main__":
    support.main()
