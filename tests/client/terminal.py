# SPDX-License-Identifier: BSD-2-Clause
"""The client on a pseudo-terminal."""

import os
import pty
import re
import select
import signal
import time


class Terminal:
    def __init__(self, client, *words):
        self.text = ""
        self.seen = 0
        self.code = None
        command = client.command(*words)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(client.directory)
            # libedit leaks what el_set(EL_ADDFN) copies: no finding about the client
            os.execve(command[0], command, {**client.environment, "ASAN_OPTIONS": "detect_leaks=0"})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)

    def send(self, text):
        os.write(self.fd, text.encode())

    def _read(self, seconds):
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return False
        try:
            got = os.read(self.fd, 65536)
        except OSError:  # the other end is closed
            got = b""
        self.text += got.decode(errors="replace")
        return bool(got)

    def expect(self, pattern, seconds=20):
        """Waits for a pattern after what was expected before; returns the match."""
        deadline = time.monotonic() + seconds
        while True:
            match = re.compile(pattern).search(self.text, self.seen)
            if match:
                self.seen = match.end()
                return match
            left = deadline - time.monotonic()
            assert left > 0 and (self._read(left) or re.compile(pattern).search(self.text, self.seen)), (
                f"/{pattern}/ did not come:\n{self.text}")

    def wait(self, seconds=20):
        """The exit code."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                while self._read(0):
                    pass
                self.code = os.waitstatus_to_exitcode(status)
                return self.code
            self._read(0.05)
        raise AssertionError("the client does not end:\n" + self.text)
