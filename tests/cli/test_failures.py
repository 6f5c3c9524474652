"""Signals, full disks and read-only folders: nothing stays behind, inputs stay as they are."""
import os
import resource
import signal
import subprocess

import support


class Failures(support.KerfTest):
    def limit_file_size(self, most):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        return limit

    def test_no_room_for_the_output(self):
        for command in (("apply", "old.bin", "patch.bin", "-o", "out.bin"),
                        ("diff", "old.bin", "new.bin", "-o", "made.bin")):
            with self.subTest(command=command):
                self.refused(*command, says=["write", "too large"],
                             preexec_fn=self.limit_file_size(2000))

    def test_no_room_keeps_the_replaced_file(self):
        self.put("out.bin", "precious")
        self.refused("apply", "old.bin", "patch.bin", "-o", "out.bin", "--force", says="write",
                     preexec_fn=self.limit_file_size(2000))

    def test_no_room_for_the_spool(self):
        self.refused("apply", "-", "patch.bin", "-o", "out.bin", says="spool",
                     input=self.old * 100, preexec_fn=self.limit_file_size(2000))

    def test_folder_that_cannot_be_written(self):
        if os.geteuid() == 0:
            # Root may write everywhere; a folder of the kernel's is closed to root as well.
            self.refused("apply", "old.bin", "patch.bin", "-o", "/proc/self/out.bin",
                         says="/proc/self")
            return
        os.mkdir(self.folder / "closed", 0o500)
        done = self.kerf("apply", "old.bin", "patch.bin", "-o", "closed/out.bin", code=1)
        self.assertIn(b"permission", done.stderr)
        self.assertEqual(os.listdir(self.folder / "closed"), [])

    def wait_until_reading(self, process):
        """Until kerf sleeps in its read of standard input: its output file is open by then."""
        while process.poll() is None:
            with open(f"/proc/{process.pid}/stat") as stat:
                state = stat.read().rsplit(")", 1)[1].split()[0]
            if state == "S" and os.path.basename(
                    os.readlink(f"/proc/{process.pid}/exe")) == os.path.basename(support.PROGRAM):
                return
        self.fail("kerf ended early")

    def test_signals_leave_nothing(self):
        before = self.names()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL):
            for command in (("apply", "-", "patch.bin", "-o", "out.bin"),
                            ("diff", "-", "new.bin", "-o", "out.bin")):
                with self.subTest(signal=number, command=command):
                    process = subprocess.Popen([support.PROGRAM, *command], cwd=self.folder,
                                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
                    process.stdin.write(self.old[:10000])
                    process.stdin.flush()
                    self.wait_until_reading(process)
                    process.send_signal(number)
                    self.assertEqual(process.wait(), -number)
                    process.stdin.close()
                    self.assertEqual(self.names(), before)

    def test_signals_in_the_middle_of_writing(self):
        """Ended at many moments of a long run, kerf leaves either nothing or the whole file."""
        big = self.new * 400
        self.put("big.bin", support.simple_patch(self.old, big))
        before = self.names()
        for number in (signal.SIGTERM, signal.SIGKILL):
            for written in (0, 1, 4):
                process = subprocess.Popen(
                    [support.PROGRAM, "apply", "old.bin", "big.bin", "-o", "out.bin", "-q"],
                    cwd=self.folder)
                # /proc counts what has been written so far: a moment of the work, not of the clock.
                while process.poll() is None and self.written(process) < written << 20:
                    pass
                process.send_signal(number)
                code = process.wait()
                if code == 0:
                    self.assertEqual(self.get("out.bin"), big)
                    os.remove(self.folder / "out.bin")
                else:
                    self.assertEqual(code, -number)
                self.assertEqual(self.names(), before)

    def written(self, process):
        try:
            with open(f"/proc/{process.pid}/io") as counters:
                return int(dict(line.split(": ") for line in counters)["wchar"])
        except (FileNotFoundError, ProcessLookupError):
            return 1 << 62

    def test_ignored_hangup_stays_ignored(self):
        process = subprocess.Popen(["nohup", support.PROGRAM, "apply", "-", "patch.bin", "-o",
                                    "out.bin"], cwd=self.folder, stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_until_reading(process)
        process.send_signal(signal.SIGHUP)
        process.communicate(self.old)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.get("out.bin"), self.new)


if __name__ == "__main__":
    support.main()
