# SPDX-License-Identifier: BSD-2-Clause
"""Starts wardftpd and the peers for the bench, each in a cgroup of its own, on a tmpfs."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time

import accounting

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.path.join(TOP, os.environ.get("WARDFTPD_BUILD", "build"))
PEERS = os.path.join(TOP, "tests", "peers")
NAMES = ("wardftpd", "pure-ftpd", "vsftpd", "proftpd")
PASSWORD = "bench-Pass1"
HASH = "$6$rounds=1000$loopback$l7/JJQCX.8L1ZWI7m/Qeb7rxJh.RSqx9wP.rufW6sXfyeWSlvZZYCp0QEC.jO1sgUSA.ccHFK43QBxoEQ1S79/"
ID = 2001  # uid and gid of the files, as tests/peers/lib.sh has them
LISTED = (10, 100, 1000, 10000, 100000)
SMALL_FILES = 32

WARDFTPD_CONF = """\
[daemon]
user_file = {dir}/passwd
pid_file = {dir}/pid
control_socket = {dir}/control
state_directory = {dir}/state
empty_root = {dir}/empty
log = none
max_sessions = 7000
max_sessions_per_address = 7000
ban_after = 0

[listener default]
address = 127.0.0.1:{port}

[tls]
certificate = {dir}/cert.pem
key = {dir}/key.pem

[defaults]
max_sessions_per_user = 7000
uploads = direct
sync_uploads = no

[user atomic]
uploads = atomic

[user synced]
uploads = atomic
sync_uploads = yes
"""


def free_port(room=420):
    """A port with `room` free ones behind it, for the passive range of the peers."""
    for port in range(20000, 30000, room):
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    raise SystemExit("bench: no free port")


def fill_shared(directory, bulk):
    """What every server serves, once: the homes get hard links, so that memory is not filled four times."""
    os.makedirs(directory)
    for number in range(SMALL_FILES):
        write(os.path.join(directory, f"small-{number}"), b"x" * 1024)
    with open(os.path.join(directory, "large"), "wb") as file:
        piece = bytes(range(256)) * 4096
        for _ in range(bulk >> 20):
            file.write(piece)
    write(os.path.join(directory, "entry"), b"")


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


def fill_home(shared, home, listed=LISTED):
    for name in ("bench", "bulk"):
        os.makedirs(os.path.join(home, name))
    for number in range(SMALL_FILES):
        os.link(os.path.join(shared, f"small-{number}"), os.path.join(home, "bench", f"small-{number}"))
    os.link(os.path.join(shared, "large"), os.path.join(home, "bulk", "large"))
    for count in listed:
        inner = os.path.join(home, f"list-{count}", "list")
        os.makedirs(inner)
        for number in range(count):
            os.close(os.open(os.path.join(inner, f"entry-{number:05}"), os.O_CREAT | os.O_WRONLY, 0o644))
    own(home)


def own(home):
    for path, _, names in os.walk(home):
        for name in [path, *(os.path.join(path, name) for name in names)]:
            os.lchown(name, ID, ID)


class Server:
    """One server that runs: name, port, cgroup and home."""

    def __init__(self, name, directory, shared):
        self.name, self.directory = name, os.path.join(directory, name)
        self.home = os.path.join(self.directory, "home")
        os.makedirs(self.home, mode=0o755)
        fill_home(shared, self.home)
        self.port = free_port()
        self.group = accounting.Group(f"wardftpd-bench-{os.getpid()}-{name}")
        self.main = None

    def start(self):
        if self.name == "wardftpd":
            self._start_wardftpd()
        else:
            self._script("start", str(self.port))
            self.main = int(self._environment()["PID"])
        self.group.root = self.main
        return self

    def stop(self):
        if self.name != "wardftpd":
            self._script("stop")
        elif self.main and self.popen.poll() is None:
            os.kill(self.main, signal.SIGTERM)
            os.kill(self.main, signal.SIGTERM)
            self.popen.wait(20)
        self.group.remove()

    def login(self, user):
        return user if self.name == "wardftpd" else "bench"

    # the peers

    def _script(self, *arguments):
        command = [os.path.join(PEERS, self.name), arguments[0], self.directory, *arguments[1:]]
        with open(os.path.join(self.directory, "start.log"), "ab") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log, timeout=60, preexec_fn=self.group.join)

    def _environment(self):
        text = subprocess.run([os.path.join(PEERS, self.name), "env", self.directory], check=True,
                              capture_output=True, text=True).stdout
        return dict(line.split("=", 1) for line in text.split())

    # wardftpd

    def _start_wardftpd(self):
        self._write_wardftpd()
        log = open(os.path.join(self.directory, "log"), "ab")
        self.popen = subprocess.Popen(
            [os.path.join(BUILD, "wardftpd"), "-f", "-c", os.path.join(self.directory, "conf")],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=self.group.join, start_new_session=True)
        log.close()
        self.main = self.popen.pid
        deadline = time.monotonic() + 20
        while not self._greets():
            if self.popen.poll() is not None or time.monotonic() > deadline:
                sys.exit("bench: wardftpd does not start:\n" + open(os.path.join(self.directory, "log")).read())
            time.sleep(0.05)

    def _greets(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as one:
                return one.recv(100).startswith(b"220")
        except OSError:
            return False

    def _write_wardftpd(self):
        make_accounts()
        os.mkdir(os.path.join(self.directory, "state"), 0o700)
        os.mkdir(os.path.join(self.directory, "empty"), 0o555)
        text = WARDFTPD_CONF.format(dir=self.directory, port=self.port)
        if ports := int(os.environ.get("BENCH_PORTS", "0")):
            listener = f"address = 127.0.0.1:{self.port}\n"
            text = text.replace(listener, f"{listener}passive_ports = {self.port + 1}-{self.port + ports}\n")
        write(os.path.join(self.directory, "conf"), text.encode())
        users = "".join(f"{name}:{HASH}:{ID}:{ID}:{name}:{self.home}:/bin/sh\n"
                        for name in ("bench", "atomic", "synced"))
        with open(os.open(os.path.join(self.directory, "passwd"), os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(users)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "30", "-subj", "/CN=localhost", "-keyout", os.path.join(self.directory, "key.pem"),
                        "-out", os.path.join(self.directory, "cert.pem")], check=True, capture_output=True)
        os.chmod(os.path.join(self.directory, "key.pem"), 0o600)


def make_accounts():
    try:
        pwd.getpwnam("wardftpd-scribe")
    except KeyError:
        subprocess.run([os.path.join(TOP, "scripts", "make-accounts")], check=True, capture_output=True)


def unpack_peers():
    """The peers' Debian packages, unpacked once into PEERS."""
    peers = os.environ.setdefault("PEERS", "/var/tmp/wardftpd-peers")
    if not os.path.exists(os.path.join(peers, "proftpd", "usr", "sbin", "proftpd")):
        subprocess.run(["sh", os.path.join(PEERS, "unpack.sh")], check=True, env={**os.environ, "PEERS": peers})


def make_directory(bulk):
    """On a tmpfs: what is measured is the server, not a disk."""
    directory = f"/dev/shm/wardftpd-bench-{os.getpid()}"
    if os.statvfs("/dev/shm").f_bavail * os.statvfs("/dev/shm").f_frsize < 7 << 30:
        sys.exit("bench: /dev/shm has less than 7 GiB free")
    os.mkdir(directory, 0o755)
    fill_shared(os.path.join(directory, "shared"), bulk)
    return directory


def remove_directory(directory):
    shutil.rmtree(directory, ignore_errors=True)
