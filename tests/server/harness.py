# SPDX-License-Identifier: BSD-2-Clause
"""Starts a wardftpd of one's own: scratch directory, accounts, user file,
configuration, ports; and sees to it that nothing of it is left afterwards.

WARDFTPD_BUILD   the build directory (default: build)
WARDFTPD_KEEP    if set, scratch directories are left for inspection
"""

import contextlib
import ctypes
import fcntl
import ftplib
import os
import pwd
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid

from control import Control
from proc import LISTEN, OPTIONAL, ROLES, Process, look_at, marked, of_sessions, role_of, tcp_sockets, wait_for

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.path.join(TOP, os.environ.get("WARDFTPD_BUILD", "build"))
WARDFTPD = os.path.join(BUILD, "wardftpd")
WARDPASSWD = os.path.join(BUILD, "wardpasswd")

ACCOUNTS = ("wardftpd", "wardftpd-jail", "wardftpd-auth", "wardftpd-dialer", "wardftpd-keeper", "wardftpd-scribe",
            "wardftpd-control", "wardftpd-resolver", "wardftpd-greeter", "wardftpd-events", "wardftpd-metrics")

ALL_ROLES = tuple(role for role in ROLES.values() if role not in OPTIONAL)

# Lines that no server may log, whatever the test did to it: no process of its own dies
# but by the test's SIGKILL.
FORBIDDEN = re.compile(
    r"the filter of \S+ refused|SIGSYS|ended by signal 31|it is replaced|"
    r"ward-(?:auth|dialer|keeper|scribe) (?:has ended|was ended by signal (?!9\b))|confinement failed|"
    r"AddressSanitizer|LeakSanitizer|UndefinedBehavior|runtime error:"
)

SANITIZED = False
if os.access(WARDFTPD, os.R_OK):
    with open(WARDFTPD, "rb") as _file:
        SANITIZED = b"__asan_init" in _file.read()


class User:
    """A row of the user file; its home is made under the scratch directory."""

    def __init__(self, name, uid, password=None, groups=(), gid=None, home=None, hash=None, shell="/bin/sh"):
        self.name, self.uid, self.gid = name, uid, uid if gid is None else gid
        self.password = password or f"pw-{uuid.uuid4().hex}"
        self.groups, self.home, self.shell = groups, home, shell
        self.hash = hash or hash_password(self.password)

    def line(self):
        return f"{self.name}:{self.hash}:{self.uid}:{self.gid}:{self.name}:{self.home}:{self.shell}\n"


def hash_password(password, setting=None):
    """crypt(3) of libxcrypt, cheap: it is the server that is tested, not the hash."""
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    salt = setting or f"$6$rounds=1000${uuid.uuid4().hex[:12]}$"
    return library.crypt(password.encode(), salt.encode()).decode()


def make_certificate(directory):
    """A self-signed one for localhost: the paths of certificate and key, and the certificate's DER."""
    certificate, key = os.path.join(directory, "cert.pem"), os.path.join(directory, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-addext", "basicConstraints=critical,CA:FALSE",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)
    os.chmod(key, 0o600)
    der = subprocess.run(["openssl", "x509", "-in", certificate, "-outform", "DER"], check=True, capture_output=True)
    return certificate, key, der.stdout


@contextlib.contextmanager
def scratch_directory():
    directory = tempfile.mkdtemp(prefix="wardftpd-test-", dir="/var/tmp")
    os.chmod(directory, 0o755)
    try:
        yield directory
    finally:
        if not os.environ.get("WARDFTPD_KEEP"):
            shutil.rmtree(directory, ignore_errors=True)


def make_accounts():
    """The system users of the roles, made once and kept, as an installation has them."""

    def missing():
        names = {entry.pw_name for entry in pwd.getpwall()}
        return [name for name in ACCOUNTS if name not in names]

    if not missing():
        return
    with open("/var/tmp/wardftpd-test-accounts.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if missing():
            subprocess.run([os.path.join(TOP, "scripts", "make-accounts")], check=True, capture_output=True)
    assert not missing(), f"scripts/make-accounts did not make {missing()}"


def free_port():
    """A port below the ephemeral range, so that no client's end takes it meanwhile."""
    for _ in range(200):
        port = random.randrange(20000, 29000)
        try:
            for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
                with socket.socket(family, socket.SOCK_STREAM) as probe:
                    probe.bind((host, port))
            return port
        except OSError:
            continue
    raise AssertionError("no free port")


class Server:
    """One running wardftpd.

    config: {section: {key: value}} over the harness's own; a value of None takes a key out.
    users:  list of User; default alice and bob.
    events: whether it has an events_socket, and the process that serves it.
    wrapper: command that the server is started under (strace), or a function of the server that gives it.
    """

    def __init__(self, config=None, users=None, arguments=(), wrapper=(), foreground=True, binary=None,
                 prepare=None, events=False):
        make_accounts()
        self.users = users or [User("alice", 5001), User("bob", 5002)]
        self.arguments, self.wrapper, self.foreground = list(arguments), wrapper, foreground
        self.binary = binary or WARDFTPD
        self.overrides = config or {}
        self.prepare = prepare
        self.events = events
        self.mark = f"WARDFTPD_TEST={uuid.uuid4().hex}"
        self.popen = None
        self._sessions = set()
        self.killed = False
        self.allowed_log = None
        self.host = "127.0.0.1"
        self.port = None
        self._controls = []
        self._scratch = contextlib.ExitStack()
        self.directory = self._scratch.enter_context(scratch_directory())
        self.log = self.path("server.log")
        self.output = self.path("output")
        self.config_file = self.path("wardftpd.conf")
        self.user_file = self.path("passwd")
        self.pid_file = self.path("wardftpd.pid")
        self.empty_root = self.path("empty")
        self._make_homes()
        self.certificate = None  # DER, once use_tls() was called

    def use_tls(self, **keys):
        """Before the start: a certificate of its own, and what else [tls] is to say."""
        certificate, key, self.certificate = make_certificate(self.directory)
        section = {"certificate": certificate, "key": key, "mode": "optional", **keys}
        self.overrides = {**self.overrides, "tls": {**section, **self.overrides.get("tls", {})}}
        return self

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def user(self, name="alice"):
        return next(user for user in self.users if user.name == name)

    def home(self, name="alice", *names):
        return os.path.join(self.user(name).home, *names)

    def put(self, name, content=b"", user="alice", mode=0o644):
        """Makes a file in a user's home, as the user would have it."""
        path = self.home(user, name)
        with open(path, "wb") as file:
            file.write(content)
        os.chown(path, self.user(user).uid, self.user(user).gid)
        os.chmod(path, mode)
        return path

    def mkdir(self, name, user="alice"):
        path = self.home(user, name)
        os.mkdir(path)
        os.chown(path, self.user(user).uid, self.user(user).gid)
        return path

    def clear_home(self, user="alice"):
        """Leaves the user's home empty."""
        home = self.home(user)
        for folder, directories, files in os.walk(home, topdown=False):
            for name in files:
                os.unlink(os.path.join(folder, name))
            for name in directories:
                path = os.path.join(folder, name)
                os.unlink(path) if os.path.islink(path) else os.rmdir(path)

    def read(self, name, user="alice"):
        with open(self.home(user, name), "rb") as file:
            return file.read()

    # configuration

    def _make_homes(self):
        os.mkdir(self.path("homes"))
        os.mkdir(self.empty_root)
        os.chmod(self.empty_root, 0o555)
        os.mkdir(self.path("state"), 0o700)
        for user in self.users:
            if user.home is None:
                user.home = self.path("homes", user.name)
                os.mkdir(user.home, 0o700)
                os.chown(user.home, user.uid, user.gid)
        self.write_users()

    def write_users(self, lines=None):
        """Replaces the user file as wardpasswd does: a new file renamed over the old one."""
        content = "".join(user.line() for user in self.users) if lines is None else lines
        new = self.user_file + ".new"
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(content)
        os.rename(new, self.user_file)

    def write_groups(self, lines):
        """Replaces the group file, as an editor does."""
        new = self.path("group.new")
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), "w") as file:
            file.write(lines)
        os.rename(new, self.path("group"))

    def settings(self):
        daemon = {
            "user_file": self.user_file,
            "group_file": self.path("group"),
            "minimum_uid": 500,
            "pid_file": self.pid_file,
            "control_socket": self.path("control"),
            "state_directory": self.path("state"),
            "empty_root": self.empty_root,
            "log": self.log,
            "log_level": "debug",
            "pool_min": 2,
            "pool_max": 16,
            "max_sessions_per_address": 500,
            "stop_timeout": 5,
            "ban_after": 0,
        }
        if self.events:
            daemon["events_socket"] = self.path("events")
        listener = {
            "address": f"127.0.0.1:{self.port}, [::1]:{self.port}",
            "passive_ports": "30000-32700",
        }
        sections = {"daemon": daemon, "listener default": listener, "defaults": {"max_sessions_per_user": 1000}}
        for section, keys in self.overrides.items():
            sections.setdefault(section, {}).update(keys)
        return sections

    def write_config(self, extra=""):
        with open(self.config_file, "w") as file:
            for section, keys in self.settings().items():
                file.write(f"[{section}]\n")
                file.writelines(f"{key} = {value}\n" for key, value in keys.items() if value is not None)
                file.write("\n")
            file.write(extra)

    # start and end

    def command_line(self):
        foreground = ["-f"] if self.foreground else []
        wrapper = self.wrapper(self) if callable(self.wrapper) else self.wrapper
        return [*wrapper, self.binary, *foreground, "-c", self.config_file, *self.arguments]

    def start(self):
        for _ in range(5):
            self.port = free_port()
            self.write_config()
            if self.prepare:
                self.prepare(self)
            if self.launch():
                return self
        raise AssertionError("no port to start on:\n" + self.log_text())

    def launch(self):
        """Starts it on the port it has; False where another process took that port meanwhile."""
        self.killed = False
        with open(self.output, "ab") as output:
            name, _, value = self.mark.partition("=")
            self.popen = subprocess.Popen(self.command_line(), stdin=subprocess.DEVNULL, stdout=output,
                                          stderr=output, env={**os.environ, name: value}, start_new_session=True)
        self._sessions.add(self.popen.pid)
        deadline = time.monotonic() + 30
        while not self._listens():
            if self.popen.poll() is not None and (self.foreground or self.popen.returncode != 0):
                if "in use" in self.log_text():
                    return False
                self.killed = True  # reported once; finish() has nothing to ask
                raise AssertionError(f"the server ended with {self.popen.returncode}:\n{self.log_text()}")
            assert time.monotonic() < deadline, "the server does not listen:\n" + self.log_text()
            time.sleep(0.01)
        self._greets()
        return True

    def _listens(self):
        """It does, and not another test's server that took the port meanwhile: then ours ends and says so."""
        inodes = {inode for inode, s in tcp_sockets().items() if s["local"] == self.port and s["state"] == LISTEN}
        return bool(inodes) and any(process.socket_inodes() & inodes for process in self.processes("master"))

    def _greets(self):
        """It says 220; and the session that proved it is over for the master, too, so that no test counts it."""
        master = self.master()
        with Control(self.host, self.port) as control:
            assert control.greeting.code == 220, control.greeting
            nets = [p for p in master.children() if p.role() == "net"]
            control.command("QUIT", 221)

        def over():
            roles = [p.role() for p in master.children()]
            return not all(net.exists() for net in nets) and roles.count("net") == roles.count("jail")

        wait_for(over, what="the end of the first session")

    def master(self):
        """The master: what was started, or its child under a wrapper or as a daemon."""
        found = [p for p in self.processes("master")]
        parents = {p.pid for p in found}
        return next(p for p in found if p.parent() not in parents)

    def signal(self, number):
        os.kill(self.master().pid, number)

    def kill(self):
        """kill -9 of the master, and of it alone."""
        self.killed = True
        self.signal(signal.SIGKILL)
        self.popen.wait(10)

    def stop(self, seconds=20):
        """SIGTERM; returns the exit code."""
        if self.popen.poll() is None or not self.foreground:
            with contextlib.suppress(StopIteration, ProcessLookupError):
                self.signal(signal.SIGTERM)
        if self.foreground:
            return self.popen.wait(seconds)
        wait_for(lambda: not self.processes("master"), seconds, "the end of the daemon")
        return 0

    def finish(self):
        """The end of every test: exit code 0, no process left, nothing ugly in the log."""
        try:
            self.close_controls()
            if self.popen is None:
                return
            if not self.killed:
                try:
                    code = self.stop()
                except subprocess.TimeoutExpired:
                    raise AssertionError(f"the server does not end: {self.processes()}\n{self.log_text()}") from None
                assert code == 0, f"the server ended with {code}:\n{self.log_text()}"
            wait_for(lambda: not self.processes(), 10, "the end of every process of the server")
            assert not os.path.exists(self.pid_file) or self.killed, "the pid file was left"
            text = self.log_text()
            ugly = [line for line in text.splitlines()
                    if FORBIDDEN.search(line) and not (self.allowed_log and re.search(self.allowed_log, line))]
            assert not ugly, "in the log:\n" + "\n".join(ugly)
        finally:
            left = self.processes()
            for process in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
            if self.popen:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.popen.wait(5)
            self._scratch.close()
        assert not left, f"left running: {left}"

    def log_text(self):
        text = ""
        for path in (self.log, self.output):
            if os.path.exists(path):
                with open(path, errors="replace") as file:
                    text += file.read()
        return text

    def wait_log(self, pattern, seconds=10):
        """Waits for a line of the log that matches; returns the match."""
        return wait_for(lambda: re.search(pattern, self.log_text(), re.MULTILINE), seconds, f"log line /{pattern}/")

    # clients

    def connect(self, host=None, **arguments):
        control = Control(host or self.host, self.port, **arguments)
        self._controls.append(control)
        return control

    def login(self, name="alice", host=None, **arguments):
        control = self.connect(host, **arguments)
        control.login(name, self.user(name).password)
        control.command("TYPE I", 200)
        return control

    def ftp(self, name="alice", timeout=20):
        """Python's own client, logged in."""
        ftp = ftplib.FTP(timeout=timeout, encoding="utf-8")
        ftp.connect(self.host, self.port)
        ftp.login(name, self.user(name).password)
        return ftp

    def works(self, name="bob"):
        """A whole session: log in, list, upload, download, leave."""
        with Control(self.host, self.port) as control:
            assert control.greeting.code == 220, control.greeting
            control.login(name, self.user(name).password)
            control.command("TYPE I", 200)
            control.store("STOR probe", b"probe")
            assert control.fetch("RETR probe") == b"probe"
            assert b"probe" in control.fetch("NLST")
            control.command("QUIT", 221)
        return True

    def close_controls(self):
        while self._controls:
            self._controls.pop().close()

    # processes

    def _all_processes(self):
        """What we start ourselves has a session of its own; a daemon makes another one, and is known by its mark."""
        return of_sessions(self._sessions) if self.foreground else marked(self.mark.encode())

    def processes(self, role=None):
        found = {p: role_of(p.last_name) for p in self._all_processes() if p.last_name != "strace"}
        masters = {p.pid for p, name in found.items() if name == "master"}
        # a fork has no name of its own yet
        grown = [p for p in found if not (p.pid in masters and p.parent() in masters)]
        return [p for p in grown if role is None or found[p] == role]

    def at_rest(self):
        """Waits until no process is being started or does anything; all of them."""

        def scan():
            found = {p: p.at_rest() for p in self.processes()}
            roles = [p.role() for p in found]
            whole = roles.count("net") == roles.count("jail") and roles.count("zygote") == 2
            return found if whole and None not in found.values() else None

        def twice():
            first = scan()
            if first:
                time.sleep(0.02)
            return first if first and scan() == first else None

        return list(wait_for(twice, 30, "a server at rest"))

    def look_at(self, look, *roles):
        """process -> look(process), of the processes of these roles (default: all) of a server at rest.

        One that ends meanwhile is left out, but each role was seen at least once."""
        wanted = roles or ALL_ROLES + (("events",) if self.events else ())
        seen = look_at([p for p in self.at_rest() if not roles or p.role() in roles], look)
        missing = set(wanted) - {p.role() for p in seen}
        assert not missing, f"no process of {missing} was seen: {list(seen)}"
        return seen

    def one(self, role):
        """The only process of a shared role. Right after its start it, or a child of it, may not have its name yet."""

        def search():
            found = self.processes(role)
            return found[0] if len(found) == 1 else None

        return wait_for(search, what=f"one process of {role}")

    def zygotes(self):
        """By the role of what they fork. A child has its parent's name
        until it takes its own: the oldest is the parent."""
        found = {}
        for process in sorted(self.processes("zygote"), key=lambda p: (int(p.started), p.pid)):
            for role, account in (("net", "wardftpd"), ("jail", "wardftpd-jail")):
                if process.runs_as(pwd.getpwnam(account).pw_uid):
                    found.setdefault(role, process)
        return found

    def net_of(self, control):
        """The NET process that holds the other end of a control connection."""

        def search():
            inodes = {inode for inode, s in tcp_sockets().items()
                      if s["local"] == self.port and s["remote"] == control.local_port}
            return next((p for p in self.processes("net") if p.socket_inodes() & inodes), None)

        return wait_for(search, 10, "the NET process of a session")

    def jail_of(self, name):
        """The JAIL of a user who is logged in once."""
        uid = self.user(name).uid
        return wait_for(lambda: next((p for p in self.processes("jail") if p.runs_as(uid)), None),
                        10, f"the JAIL of {name}")

    def idle_nets(self):
        """NETs that wait for a client."""
        return self._nets(False)

    def busy_nets(self):
        """NETs that have one."""
        return self._nets(True)

    def _nets(self, busy):
        sockets = tcp_sockets()
        return [p for p in self.processes("net") if bool(p.socket_inodes() & sockets.keys()) == busy]

    def restarted(self, role, old):
        """Waits for another process of a shared role, confined and waiting for work."""
        return wait_for(lambda: next((p for p in self.processes(role) if p != old and p.at_rest() is not None), None),
                        15, f"another {role}")


def group_server(make_server, users, lines, **arguments):
    """A server with these lines in its group file."""

    def prepare(server):
        server.write_groups(lines)

    return make_server(users=users, prepare=prepare, **arguments)


def process(pid):
    return Process(pid)
