# SPDX-License-Identifier: BSD-2-Clause
"""Runs the client under test."""

import json
import os
import subprocess

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.path.join(TOP, os.environ.get("WARDFTPD_BUILD", "build"))
WARDFTP = os.path.join(BUILD, "wardftp")

# what the exit codes mean (wardftp(1))
OK, USAGE, REFUSED, NO_HOST, UNREACHABLE, NO_CREATE, LOCAL, AGAIN, PROTOCOL, LOGIN, INTERRUPTED = (
    0, 64, 66, 68, 69, 73, 74, 75, 76, 77, 130)


class Result:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr.decode(errors="replace")
        assert self.code >= 0, f"killed by signal {-self.code}: {self.err}"
        for word in ("AddressSanitizer", "runtime error:", "LeakSanitizer"):
            assert word not in self.err, self.err

    @property
    def text(self):
        return self.out.decode(errors="surrogateescape")

    @property
    def events(self):
        return [json.loads(line) for line in self.text.splitlines()]


class Client:
    """directory: its home and where it runs."""

    def __init__(self, directory, retry="0"):
        self.directory = str(directory)
        self.retry = retry
        self.environment = {"HOME": self.directory, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "vt100"}

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def login(self, host, user, password):
        with open(os.open(self.path(".netrc"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
            file.write(f"machine {host} login {user} password {password}\n")

    def write(self, name, content):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as file:
            file.write(content)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def exists(self, name):
        return os.path.exists(self.path(name))

    def command(self, *words):
        limits = ["--retry", self.retry] if self.retry is not None else []
        return [WARDFTP, *limits, *map(str, words)]

    def run(self, *words, input=None, timeout=60, pass_fds=()):
        return Result(subprocess.run(self.command(*words), cwd=self.directory, env=self.environment,
                                     stdin=subprocess.DEVNULL if input is None else None, input=input,
                                     capture_output=True, timeout=timeout, pass_fds=pass_fds))

    def ok(self, *words, **arguments):
        result = self.run(*words, **arguments)
        assert result.code == 0, f"{words}: exit {result.code}\n{result.err}{result.text}"
        return result

    def start(self, *words, **arguments):
        return subprocess.Popen(self.command(*words), cwd=self.directory, env=self.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **arguments)
