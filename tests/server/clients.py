# SPDX-License-Identifier: BSD-2-Clause
"""What a user does, with several clients behind one interface.

Each client: list(path) -> names, upload(local, remote), download(remote, local),
mkdir(path), logout(); its making is the log-in, LoginRefused if that fails.
"""

import contextlib
import ftplib
import os
import subprocess

from control import Control


class LoginRefused(Exception):
    pass


class Raw:
    """Bytes over sockets."""

    def __init__(self, server, name, password):
        self.control = Control(server.host, server.port)
        self.control.command("USER " + name, 331)
        reply = self.control.command("PASS " + password)
        if reply.code != 230:
            self.control.close()
            raise LoginRefused(reply.text)
        self.control.command("TYPE I", 200)

    def list(self, path):
        text = self.control.fetch("MLSD " + path).decode()
        rows = [line.partition(" ")[::2] for line in text.split("\r\n") if line]
        return [name for facts, name in rows if "type=file" in facts.lower() or "type=dir" in facts.lower()]

    def upload(self, local, remote):
        with open(local, "rb") as file, self.control.connect_data() as data:
            self.control.command("STOR " + remote, 125, 150)
            data.sendfile(file)
        assert self.control.reply().code == 226

    def download(self, remote, local):
        with open(local, "wb") as file, self.control.connect_data() as data:
            self.control.command("RETR " + remote, 125, 150)
            while part := data.recv(1 << 20):
                file.write(part)
        assert self.control.reply().code == 226

    def mkdir(self, path):
        self.control.command("MKD " + path, 257)

    def logout(self):
        self.control.command("QUIT", 221)
        assert self.control.ended()
        self.control.close()


class Ftplib:
    """Python's."""

    def __init__(self, server, name, password):
        self.ftp = ftplib.FTP(timeout=60, encoding="utf-8")
        self.ftp.connect(server.host, server.port)
        try:
            self.ftp.login(name, password)
        except ftplib.error_perm as refused:
            self.ftp.close()
            raise LoginRefused(str(refused)) from None

    def list(self, path):
        return [name for name, facts in self.ftp.mlsd(path) if facts["type"] in ("file", "dir")]

    def upload(self, local, remote):
        with open(local, "rb") as file:
            self.ftp.storbinary("STOR " + remote, file, blocksize=1 << 20)

    def download(self, remote, local):
        with open(local, "wb") as file:
            self.ftp.retrbinary("RETR " + remote, file.write, blocksize=1 << 20)

    def mkdir(self, path):
        assert self.ftp.mkd(path).endswith(path)

    def logout(self):
        assert self.ftp.quit().startswith("221")


class Program:
    """A client that is a program, run again for each task."""

    def __init__(self, server, name, password):
        self.server, self.name, self.password = server, name, password
        self.check_login()

    def run(self, *command):
        environment = {**os.environ, "HOME": self.server.directory, "LC_ALL": "C.UTF-8"}
        return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)

    def logout(self):
        """The program said QUIT and was answered, each time."""


class Curl(Program):
    def url(self, path):
        return f"ftp://{self.server.host}:{self.server.port}/{path}"

    def curl(self, *arguments):
        done = self.run("curl", "-sS", "-v", "--user", f"{self.name}:{self.password}", *arguments)
        trace = done.stderr.decode(errors="replace")
        if "< 530" in trace:
            raise LoginRefused(trace)
        assert done.returncode == 0, trace
        return done.stdout.decode(), trace

    def check_login(self):
        self.curl("--list-only", self.url(""))

    def list(self, path):
        text, _ = self.curl(self.url(path + "/"))
        return [line.split(None, 8)[8] for line in text.splitlines()]

    def upload(self, local, remote):
        self.curl("-T", local, self.url(remote))

    def download(self, remote, local):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(local)
        self.curl("-o", local, self.url(remote))
        open(local, "ab").close()  # curl makes no file of nothing

    def mkdir(self, path):
        self.curl("-Q", "MKD " + path, "--list-only", self.url(""))

    def logout(self):
        self.server.wait_log("reason=quit")  # curl itself does not tell it


class Lftp(Program):
    SETTINGS = ("set ftp:ssl-allow no; set net:max-retries 1; set net:timeout 20; set net:persist-retries 0;"
                "set net:reconnect-interval-base 1; set xfer:log no; set cmd:fail-exit yes; set xfer:clobber yes;")

    def lftp(self, script, debug=False):
        level = "debug 5;" if debug else ""
        script = (f"{self.SETTINGS}{level} open -u {self.name},{self.password}"
                  f" ftp://{self.server.host}:{self.server.port}; {script}; bye")
        done = self.run("lftp", "--norc", "-c", script)
        words = done.stderr.decode(errors="replace")
        if "<--- 530" in words or "Login failed" in words:
            raise LoginRefused(words)
        assert done.returncode == 0, words
        return done.stdout.decode(), words

    def check_login(self):
        self.lftp("cls")

    def list(self, path):
        place = path + "/" if path else ""
        return [name.rstrip("/") for name in self.lftp(f"cls -1 --sort=name {place}")[0].splitlines()]

    def upload(self, local, remote):
        self.lftp(f"put {local} -o {remote}")

    def download(self, remote, local):
        self.lftp(f"get {remote} -o {local}")
        open(local, "ab").close()

    def mkdir(self, path):
        self.lftp(f"mkdir {path}")

    def logout(self):
        words = "".join(self.lftp("cls", debug=True))
        assert "---> QUIT" in words or "Closing control socket" in words, words


CLIENTS = [Raw, Ftplib, Curl, Lftp]
