# SPDX-License-Identifier: BSD-2-Clause
"""scripts/demo: from nothing to a server that a client can log in to; Ctrl-C and SIGTERM end it."""

import ftplib
import os
import pty
import re
import select
import signal
import subprocess
import time
import uuid

import pytest

import harness
from proc import marked, wait_for

SCRIPT = os.path.join(harness.TOP, "scripts", "demo")


class Demo:
    """The script in a terminal of its own, so that Ctrl-C is a key and not a signal of ours."""

    def __init__(self, arguments, cwd):
        self.mark = f"WARDFTPD_TEST={uuid.uuid4().hex}"
        name, _, value = self.mark.partition("=")
        self.terminal, inside = pty.openpty()
        self.text = ""
        self.popen = subprocess.Popen(
            [SCRIPT, "--build", harness.BUILD, *arguments], cwd=cwd, stdin=inside, stdout=inside, stderr=inside,
            env={**os.environ, name: value}, preexec_fn=self._own_terminal)
        os.close(inside)

    @staticmethod
    def _own_terminal():
        import fcntl
        import termios
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def read(self):
        while select.select([self.terminal], [], [], 0)[0]:
            try:
                part = os.read(self.terminal, 65536)
            except OSError:  # the other end is closed
                return self.text
            if not part:
                break
            self.text += part.decode(errors="replace")
        return self.text

    def wait_for_text(self, pattern, seconds=60):
        def found():
            match = re.search(pattern, self.read())
            assert match or self.popen.poll() is None, f"it ended with {self.popen.returncode}:\n{self.text}"
            return match
        return wait_for(found, seconds, f"/{pattern}/ of the demo:\n{self.text}")

    def wait(self, seconds=30):
        deadline = time.monotonic() + seconds
        while self.popen.poll() is None and time.monotonic() < deadline:
            select.select([self.terminal], [], [], 0.05)
            self.read()
        self.read()  # what it said last
        return self.popen.returncode

    def processes(self):
        return marked(self.mark.encode())

    def end(self):
        left = self.processes()
        for process in left:
            os.kill(process.pid, signal.SIGKILL)
        self.popen.kill()
        self.popen.wait()
        os.close(self.terminal)
        assert not left, f"left running: {left}"


@pytest.fixture
def start(scratch):
    started = []

    def make(*arguments):
        port = harness.free_port()
        demo = Demo(["--port", str(port), *arguments], scratch)
        demo.port = port
        started.append(demo)
        return demo

    yield make
    for demo in started:
        demo.end()


def log_in(demo):
    password = demo.wait_for_text(r"password\s+(\S+)\r?\n").group(1)
    demo.wait_for_text(r"wardftpd [0-9.]+ serves")
    ftp = ftplib.FTP(timeout=20)
    ftp.connect("127.0.0.1", demo.port)
    ftp.login("demo", password)
    return ftp


def test_it_prints_how_to_log_in_and_control_c_ends_it(start, scratch):
    demo = start()
    with log_in(demo) as ftp:
        assert {"readme.txt", "picture.svg", "music"} <= set(ftp.nlst())
        ftp.storbinary("STOR mine", open(os.path.join(scratch, "demo", "home", "readme.txt"), "rb"))
        assert ftp.size("mine") == ftp.size("readme.txt")
    home = os.path.join(scratch, "demo", "home")
    assert os.stat(os.path.join(home, "mine")).st_uid == 21210
    assert os.stat(os.path.join(scratch, "demo", "passwd")).st_mode & 0o777 == 0o600
    assert os.stat(os.path.join(scratch, "demo", "tls", "key.pem")).st_mode & 0o777 == 0o600
    os.write(demo.terminal, b"\x03")
    assert demo.wait() == 0, demo.text
    wait_for(lambda: not demo.processes(), 5, "the end of every process of the demo")


def test_sigterm_ends_it_and_the_next_one_keeps_the_files(start, scratch):
    directory = os.path.join(scratch, "there")
    first = start(directory)
    with log_in(first) as ftp:
        ftp.mkd("kept")
    password = re.search(r"password\s+(\S+)", first.text).group(1)
    first.popen.send_signal(signal.SIGTERM)
    assert first.wait() == 0, first.text
    second = start(directory)
    with log_in(second) as ftp:
        assert "kept" in ftp.nlst()
    assert password not in second.text, "the password is to be a new one each time"
    second.popen.send_signal(signal.SIGTERM)
    assert second.wait() == 0


def test_it_refuses_what_it_did_not_make(start, scratch):
    with open(os.path.join(scratch, "letter"), "w") as file:
        file.write("not the demo's")
    demo = start(scratch)
    assert demo.wait() == 1
    assert "holds something else" in demo.text
    assert os.listdir(scratch) == ["letter"]


def test_a_directory_that_the_user_cannot_reach_is_named(start, scratch):
    closed = os.path.join(scratch, "closed")
    os.mkdir(closed, 0o700)
    demo = start(os.path.join(closed, "demo"))
    assert demo.wait() == 1
    assert f"can't pass {closed}" in demo.text


def test_a_taken_port_is_reported_at_once(start, server):
    demo = Demo(["--port", str(server.port)], server.directory)
    try:
        assert demo.wait() == 1
        assert "--port N" in demo.text
    finally:
        demo.end()
