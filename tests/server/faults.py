# SPDX-License-Identifier: BSD-2-Clause
"""System calls of a running process that fail on purpose: strace attaches to
it and injects the error, so that what is tested is what is shipped."""

import os
import re
import resource
import signal
import subprocess
import tempfile

from proc import wait_for


class Injection:
    """While it is open, calls of the process fail: Injection(process, "accept4", "EMFILE", "1..3").

    error: its name; or a number, which the calls return without having done anything.
    when: which of the calls fail, as strace has it; by default all. Each process has its own count.
    children: those that it forks meanwhile are traced as well.
    """

    def __init__(self, process, calls, error, when="1+", children=False):
        self.process, self.calls = process, calls
        outcome = "retval" if isinstance(error, int) else "error"
        self.what = f"inject={calls}:{outcome}={error}:when={when}"
        self.follow = ["-f"] if children else []

    def __enter__(self):
        self.output = tempfile.NamedTemporaryFile("r", prefix="wardftpd-inject-", dir="/var/tmp")
        self.errors = tempfile.NamedTemporaryFile("r", prefix="wardftpd-inject-", dir="/var/tmp")
        with open(self.errors.name, "w") as errors:
            self.strace = subprocess.Popen(["strace", *self.follow, "-o", self.output.name, "-e", f"trace={self.calls}",
                                            "-e", self.what, "-p", str(self.process.pid)], stderr=errors)
        wait_for(lambda: "attached" in open(self.errors.name).read() or self.strace.poll() is not None,
                 what="strace to attach")
        said = open(self.errors.name).read()
        assert "attached" in said, said  # the process may be gone by now: that was the fault's doing
        return self

    def count(self):
        """How many calls have failed so far."""
        with open(self.output.name) as file:
            return len(re.findall(r"\(INJECTED\)", file.read()))

    def wait(self, most=1):
        wait_for(lambda: self.count() >= most, 20, f"{most} failed calls of {self.calls}")

    def __exit__(self, *_):
        if self.strace.poll() is None:
            self.strace.send_signal(signal.SIGINT)
        self.strace.wait(60)
        self.output.close()
        self.errors.close()


class Limit:
    """While it is open, the process may open no descriptor more: not
    even in the place of one that is closed higher up."""

    def __init__(self, process):
        self.pid = process.pid

    def __enter__(self):
        taken = {int(name) for name in os.listdir(f"/proc/{self.pid}/fd")}
        first_free = next(number for number in range(len(taken) + 1) if number not in taken)
        self.before = resource.prlimit(self.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (first_free, self.before[1]))
        return self

    def __exit__(self, *_):
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, self.before)
