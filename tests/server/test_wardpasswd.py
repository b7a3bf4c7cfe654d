# SPDX-License-Identifier: BSD-2-Clause
"""wardpasswd, as an administrator runs it: what it changes, keeps and refuses."""

import grp
import json
import os
import pty
import re
import resource
import select
import shutil
import signal
import stat
import subprocess
import tempfile
import time

import pytest

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
WARDPASSWD = os.path.join(TOP, os.environ.get("WARDFTPD_BUILD", "build"), "wardpasswd")

USAGE, DATAERR, NOINPUT, NOUSER, CANTCREAT, NOPERM = 64, 65, 66, 67, 73, 77
CHEAP = "$6$rounds=1000$saltsaltsaltsalt$"


class Tool:
    """wardpasswd on one file."""

    def __init__(self, path):
        self.path = path

    def run(self, *args, password=None):
        text = None if password is None else password if isinstance(password, bytes) else password.encode()
        return subprocess.run(
            [WARDPASSWD, "-f", self.path, *args],
            input=text if text is not None else b"",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # no terminal to ask on
            timeout=60,
            check=False,
        )

    def ok(self, *args, password=None):
        done = self.run(*args, password=password)
        assert done.returncode == 0, done.stderr
        return done

    def add(self, name, password="correct horse", uid="2001", *more):
        return self.ok("add", name, "-u", uid, "-d", "/tmp", "-m", "sha512crypt", "--stdin", "--force", *more,
                       password=password)

    def verify(self, name, password):
        return self.run("verify", name, "--stdin", password=password).returncode

    def bytes(self):
        with open(self.path, "rb") as file:
            return file.read()

    def write(self, contents, mode=0o600):
        with open(self.path, "wb") as file:
            file.write(contents)
        os.chmod(self.path, mode)

    def entry(self, name):
        lines = [line for line in self.bytes().split(b"\n") if line.startswith(name.encode() + b":")]
        assert len(lines) == 1
        return lines[0].decode().split(":")


@pytest.fixture
def tool(tmp_path):
    assert os.access(WARDPASSWD, os.X_OK), "run make, or set WARDFTPD_BUILD"
    return Tool(str(tmp_path / "passwd"))


def test_add_makes_the_file_for_root_alone(tool):
    tool.ok("add", "alice", "-u", "2001", "-g", "3001", "-d", "/srv", "-c", "Alice A.", "--stdin", password="pw\n")
    assert stat.S_IMODE(os.stat(tool.path).st_mode) == 0o600
    name, hash_, *rest = tool.entry("alice")
    assert hash_.startswith("$y$")
    assert rest == ["2001", "3001", "Alice A.", "/srv", "/usr/sbin/nologin"]
    assert sorted(os.listdir(os.path.dirname(tool.path))) == ["passwd", "passwd.lock"]


@pytest.mark.parametrize("method, prefix", [("yescrypt", "$y$"), ("sha512crypt", "$6$"), ("bcrypt", "$2b$")])
def test_methods(tool, method, prefix):
    tool.ok("add", "alice", "-u", "2001", "-d", "/tmp", "-m", method, "--stdin", password="pässword\n")
    assert tool.entry("alice")[1].startswith(prefix)
    assert tool.verify("alice", "pässword") == 0
    assert tool.verify("alice", "passwort") == 1


def test_two_hashes_of_one_password_differ(tool):
    tool.add("alice")
    tool.add("bob")
    assert tool.entry("alice")[1] != tool.entry("bob")[1]


def test_passwd_changes_the_password_and_nothing_else(tool):
    tool.add("alice")
    tool.add("bob", "other", "2002")
    before = tool.bytes().split(b"\n")
    tool.ok("passwd", "alice", "-m", "sha512crypt", "--stdin", password="new\n")
    after = tool.bytes().split(b"\n")
    assert before[1:] == after[1:]
    assert before[0].split(b":")[2:] == after[0].split(b":")[2:]
    assert tool.verify("alice", "new") == 0
    assert tool.verify("alice", "correct horse") == 1
    assert tool.verify("bob", "other") == 0


def test_lock_and_unlock(tool):
    tool.add("alice")
    before = tool.bytes()
    tool.ok("lock", "alice")
    assert tool.bytes() == before.replace(b"alice:", b"alice:!")
    assert tool.verify("alice", "correct horse") == 1
    locked = tool.bytes()
    tool.ok("lock", "alice")
    assert tool.bytes() == locked
    tool.ok("unlock", "alice")
    assert tool.bytes() == before
    tool.ok("unlock", "alice")
    assert tool.bytes() == before


def test_a_new_password_does_not_unlock(tool):
    tool.add("alice")
    tool.ok("lock", "alice")
    done = tool.ok("passwd", "alice", "-m", "sha512crypt", "--stdin", password="new")
    assert b"still locked" in done.stderr
    assert tool.verify("alice", "new") == 1
    tool.ok("unlock", "alice")
    assert tool.verify("alice", "new") == 0


@pytest.mark.parametrize("hash_", ["", "!", "!!", "*", "!*"])
def test_unlock_needs_a_password(tool, hash_):
    tool.write(f"alice:{hash_}:2001:2001::/tmp:/bin/sh\n".encode())
    before = tool.bytes()
    done = tool.run("unlock", "alice")
    assert done.returncode == DATAERR
    assert tool.bytes() == before


KEPT = (
    b"# a comment\n"
    b"\n"
    b"   \t\n"
    b"broken line without colons\n"
    b"half:x:1\n"
    b"eight:x:1:1::/:/bin/sh:more\n"
    b":nameless:1:1::/:/bin/sh\n"
    b"b\xffytes:\xfe:2002:2002:\xc3\xa9:/t\xffp:/bin/sh\n"
    b"windows:*:2003:2003::/tmp:/bin/sh\r\n"
    b"nul\0:x:1:1::/:/\n"
    b"target:!x:2004:2004:g:/tmp:/bin/sh\n"
    b"#target:disabled:1:1::/:/\n"
    b"long:" + b"x" * 70000 + b":1:1::/:/\n"
    b"last:*:2005:2005::/tmp:/bin/sh"
)  # and no LF at its end


def test_other_lines_are_kept_byte_for_byte(tool):
    tool.write(KEPT, 0o640)
    os.chown(tool.path, 12345 if os.geteuid() == 0 else -1, -1)
    owner = os.stat(tool.path)
    tool.ok("lock", "windows")
    assert tool.bytes() == KEPT.replace(b"windows:*", b"windows:!*")
    tool.write(KEPT, 0o640)
    tool.ok("delete", "target")
    assert tool.bytes() == KEPT.replace(b"target:!x:2004:2004:g:/tmp:/bin/sh\n", b"", 1)
    tool.write(KEPT, 0o640)
    tool.add("new")
    assert tool.bytes().startswith(KEPT + b"\nnew:$6$")
    now = os.stat(tool.path)
    assert (now.st_uid, now.st_gid, now.st_mode) == (owner.st_uid, owner.st_gid, owner.st_mode)
    tool.ok("delete", "new")
    tool.ok("delete", "last")
    assert tool.bytes() == KEPT[: KEPT.rindex(b"last")]


def test_broken_entries_are_not_edited_but_can_be_deleted(tool):
    tool.write(b"alice:x:1\nbob:x:1:1::/:/\nbob:y:2:2::/:/\n")
    for command in ("lock", "unlock", "passwd", "verify"):
        assert tool.run(command, "alice", password="x").returncode == DATAERR
        assert tool.run(command, "bob", password="x").returncode == DATAERR
    assert tool.run("add", "alice", "-u", "2001", "-d", "/tmp", "--stdin", password="x").returncode == CANTCREAT
    tool.ok("delete", "bob")
    tool.ok("delete", "alice")
    assert tool.bytes() == b""


def test_a_name_matches_whole(tool):
    tool.write(b"alice2:x:1:1::/:/\n#alice:x:1:1::/:/\n alice:x:1:1::/:/\nALICE:x:1:1::/:/\n")
    assert tool.run("lock", "alice").returncode == NOUSER
    assert tool.run("delete", "alice").returncode == NOUSER


def test_a_link_stays_and_its_file_is_replaced(tool, tmp_path):
    real = tmp_path / "elsewhere" / "users"
    real.parent.mkdir()
    real.write_bytes(b"")
    os.symlink("elsewhere/users", tool.path)
    tool.add("alice")
    assert os.path.islink(tool.path)
    assert real.read_bytes().startswith(b"alice:")


@pytest.mark.parametrize(
    "args",
    [
        ["-u", "0"],
        ["-u", "-1"],
        ["-u", "4294967295"],
        ["-u", "4294967296"],  # must not wrap to 0
        ["-u", "18446744073709551616"],
        ["-u", "1x"],
        ["-u", ""],
        ["-u", "2001", "-g", "0"],
        ["-u", "2001", "-g", "4294967295"],
        ["-u", "2001", "-d", "relative"],
        ["-u", "2001", "-d", "/a:b"],
        ["-u", "2001", "-d", "/a\nb"],
        ["-u", "2001", "-d", "/" + "a" * 4096],
        ["-u", "2001", "-c", "a:b"],
        ["-u", "2001", "-c", "a\nroot:x:0"],
        ["-u", "2001", "-s", "/bin:sh"],
        ["-u", "2001", "-s", "/bin/\x7f"],
        ["-u", "2001", "-m", "md5"],
        ["-u", "2001", "--json"],
        ["-u", "2001", "surplus"],
        ["-u", "2001", "--nonsense"],
        [],  # no system account of that name
    ],
)
def test_add_refuses(tool, args):
    home = [] if "-d" in args else ["-d", "/tmp"]
    done = tool.run("add", "nobody-has-this", "--stdin", *home, *args, password="pw")
    assert done.returncode == USAGE, done.stderr
    assert done.stderr
    assert not os.path.exists(tool.path)


@pytest.mark.parametrize("name", ["", "a:b", "a\nb", "a\rb", "a\x7f", "\x01", "#a", "  ", "n" * 256])
def test_bad_names_are_refused(tool, name):
    tool.add("alice")
    before = tool.bytes()
    for command in ("add", "change", "passwd", "delete", "lock", "unlock", "verify", "show"):
        assert tool.run(command, "--", name, password="pw").returncode == USAGE
    assert tool.bytes() == before


@pytest.mark.parametrize("name", ["n" * 255, "a b", "-dash", "ü", "a'b\"c\\", "user@example.org", "$HOME", "*"])
def test_good_names_are_taken(tool, name):
    tool.ok("add", "-u", "2001", "-d", "/tmp", "-m", "sha512crypt", "--stdin", "--", name, password="pw")
    assert tool.run("verify", "--stdin", "--", name, password="pw").returncode == 0
    assert json.loads(tool.ok("list", "--json").stdout)[0]["name"] == name


@pytest.mark.parametrize("uid", ["1", "499", "500", "4294967294"])
def test_uids_in_range(tool, uid):
    done = tool.ok("add", "alice", "-u", uid, "-d", "/tmp", "-m", "sha512crypt", "--stdin", password="pw")
    assert tool.entry("alice")[2] == uid
    assert (b"minimum_uid" in done.stderr) == (int(uid) < 500)


@pytest.mark.parametrize("name,warned", [("shadow", True), ("disk", True), ("nogroup", False)])
def test_gids_that_the_server_refuses_bring_a_warning(tool, name, warned):
    try:
        gid = grp.getgrnam(name).gr_gid
    except KeyError:
        pytest.skip(f"this system has no group {name}")
    done = tool.add("alice", "pw", "2001", "-g", str(gid))
    assert (b"forbidden_groups" in done.stderr) == warned


def test_the_system_account_gives_what_is_left_out(tool):
    done = tool.run("add", "daemon", "-m", "sha512crypt", "--stdin", password="pw")
    assert done.returncode == 0
    import pwd

    account = pwd.getpwnam("daemon")
    entry = tool.entry("daemon")
    assert entry[2:4] == [str(account.pw_uid), str(account.pw_gid)]
    assert entry[5] == account.pw_dir
    assert tool.run("add", "root", "--stdin", password="pw").returncode == USAGE


def test_password_lengths(tool):
    tool.add("alice", "p" * 511)
    assert tool.verify("alice", "p" * 511) == 0
    assert tool.verify("alice", "p" * 510) == 1
    before = tool.bytes()
    for password in ("p" * 512, "p" * 513, "p" * 100000, "", "\n", b"a\0b\n", "a\r\n"):
        done = tool.run("passwd", "alice", "--stdin", password=password)
        assert done.returncode == DATAERR, password
    assert tool.run("passwd", "alice", "-m", "bcrypt", "--stdin", password="p" * 73).returncode == DATAERR
    assert tool.bytes() == before
    tool.ok("passwd", "alice", "-m", "bcrypt", "--stdin", password="p" * 72)


def test_only_the_first_line_is_the_password(tool):
    tool.add("alice", "first\nsecond\n")
    assert tool.verify("alice", "first") == 0


def test_no_terminal_no_prompt(tool):
    done = tool.run("add", "alice", "-u", "2001", "-d", "/tmp", password="pw")
    assert done.returncode == NOINPUT
    assert b"--stdin" in done.stderr


def test_the_password_can_not_be_an_argument(tool):
    tool.add("alice")
    assert tool.run("passwd", "alice", "secret").returncode == USAGE


def test_unknown_users_and_files(tool, tmp_path):
    for command in ("passwd", "delete", "lock", "unlock", "verify"):
        assert tool.run(command, "alice", password="pw").returncode == NOINPUT
    assert tool.run("list").returncode == NOINPUT
    assert os.listdir(tmp_path) == []
    tool.write(b"")
    for command in ("passwd", "delete", "lock", "unlock", "verify"):
        assert tool.run(command, "alice", password="pw").returncode == NOUSER
    tool.add("alice")
    assert tool.run("add", "alice", "-u", "2001", "-d", "/tmp", "--stdin", password="x").returncode == CANTCREAT


def test_what_is_not_a_regular_file_is_refused(tool):
    os.mkfifo(tool.path)
    assert tool.run("list").returncode == DATAERR
    os.unlink(tool.path)
    os.mkdir(tool.path)
    assert tool.run("lock", "alice").returncode == DATAERR


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
def test_no_permission():
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        expect_no_permission(directory)


def expect_no_permission(directory):
    tool = Tool(os.path.join(directory, "passwd"))
    tool.write(b"alice:x:1:1::/:/\n")
    binary = shutil.copy(WARDPASSWD, directory)  # which the other user reaches, wherever the build is
    for command in ("lock", "verify"):
        done = subprocess.run(
            [binary, "-f", tool.path, command, "alice"], stderr=subprocess.PIPE, user=65534, check=False, timeout=60
        )
        assert done.returncode == NOPERM, done.stderr
    assert tool.bytes() == b"alice:x:1:1::/:/\n"


def test_list(tool):
    tool.write(
        b"alice:$y$j9T$salt$hash:2001:3001:Alice:/home/a b:/bin/sh\n"
        b"bob:!$6$salt$hash:2002:2002::/home/bob:/bin/sh\n"
        b"old:abJnggxhB/yWI:2003:2003::/:/\n"
        b"none:*:2004:2004::/:/\n"
    )
    lines = tool.ok("list").stdout.decode().splitlines()
    assert lines[0].split() == ["NAME", "UID", "GID", "HASH", "LOCK", "HOME"]
    assert lines[1].split(None, 5) == ["alice", "2001", "3001", "yescrypt", "-", "/home/a b"]
    assert lines[2].split() == ["bob", "2002", "2002", "sha512crypt", "locked", "/home/bob"]
    assert lines[3].split()[3] == "des"
    assert lines[4].split()[3] == "none"
    assert b"hash" not in tool.ok("list").stdout.replace(b"HASH", b"")


def test_list_as_json(tool):
    tool.write(
        b"a\"\\\x1b\xff\xc3\xa9:!$y$j9T$s$h:2001:3001:g\tx:/h\xed\xa0\x80:/bin/sh\n"
        b"bob:$2b$10$x:2002:2002::/home/bob:/bin/sh\n"
    )
    users = json.loads(tool.ok("list", "--json").stdout)
    assert users == [
        {
            "name": os.fsdecode(b"a\"\\\x1b\xff\xc3\xa9"),
            "uid": 2001,
            "gid": 3001,
            "gecos": "g\tx",
            "home": os.fsdecode(b"/h\xed\xa0\x80"),
            "hash": "yescrypt",
            "locked": True,
        },
        {"name": "bob", "uid": 2002, "gid": 2002, "gecos": "", "home": "/home/bob", "hash": "bcrypt", "locked": False},
    ]
    tool.write(b"")
    assert json.loads(tool.ok("list", "--json").stdout) == []


def test_list_names_broken_lines_and_goes_on(tool):
    tool.write(b"half:x\nbob:*:2002:2002::/home/bob:/bin/sh\nids:*:x:1::/:/\n")
    done = tool.run("list", "--json")
    assert done.returncode == DATAERR
    assert [user["name"] for user in json.loads(done.stdout)] == ["bob"]
    assert b":1:" in done.stderr and b":3:" in done.stderr


def test_messages_do_not_drive_the_terminal(tool):
    tool.write(b"\x1b]0;owned\x07:*:2001:2001::/\x1b[2J:/\n")
    done = tool.ok("list")
    assert b"\x1b" not in done.stdout
    assert b"\x1b" not in tool.run("\x1b[2J").stderr


def test_verify_says_when_the_server_would_refuse_the_hash(tool):
    tool.write(b"old:$1$salt$qJH7.N4xYta3aEG/dfqo/0:2001:2001::/:/\n")
    done = tool.run("verify", "old", "--stdin", password="password")
    assert done.returncode == 1
    assert b"md5crypt" in done.stderr


def test_concurrent_edits_lose_nothing(tool):
    """Two at a time, twenty times over: each adds or locks another user."""
    tool.write(b"".join(b"u%d:%s:2001:2001::/tmp:/\n" % (i, CHEAP.encode()) for i in range(20)))
    for i in range(20):
        add = [WARDPASSWD, "-f", tool.path, "add", f"new{i}", "-u", "2001", "-d", "/tmp", "-m", "sha512crypt",
               "--stdin", "--force"]
        lock = [WARDPASSWD, "-f", tool.path, "lock", f"u{i}"]
        first = subprocess.Popen(add, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        second = subprocess.Popen(lock, stderr=subprocess.PIPE)
        assert first.communicate(b"pw", timeout=60)[1] == b""
        assert second.communicate(timeout=60)[1] == b""
        assert first.returncode == 0 and second.returncode == 0
    lines = tool.bytes().decode().splitlines()
    assert len(lines) == 40
    assert all(line.split(":")[1].startswith("!") for line in lines[:20])
    assert {line.split(":")[0] for line in lines[20:]} == {f"new{i}" for i in range(20)}


def test_many_edits_at_once_lose_nothing(tool):
    tool.write(b"".join(b"u%d:%s:2001:2001::/tmp:/\n" % (i, CHEAP.encode()) for i in range(50)))
    edits = [subprocess.Popen([WARDPASSWD, "-f", tool.path, "lock", f"u{i}"]) for i in range(50)]
    assert [edit.wait(timeout=60) for edit in edits] == [0] * 50
    assert tool.bytes().count(b":!$6$") == 50


def test_a_failed_write_leaves_the_file_alone(tool, tmp_path):
    """As on a full disk: the limit on a file's size lets the new one not be written whole."""
    tool.write(b"#" * 9000 + b"\nalice:x:2001:2001::/tmp:/\n")
    before = tool.bytes()

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = subprocess.run(
        [WARDPASSWD, "-f", tool.path, "lock", "alice"], stderr=subprocess.PIPE, preexec_fn=limit, check=False,
        timeout=60
    )
    assert done.returncode == 74
    assert tool.bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["passwd", "passwd.lock"]


class Terminal:
    """wardpasswd with a terminal of its own, as a user sits before it."""

    def __init__(self, tool, *args):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a suite that runs in the background ignores it
            os.execv(WARDPASSWD, [WARDPASSWD, "-f", tool.path, *args])
        self.seen = b""

    def read_until(self, pattern):
        deadline = time.monotonic() + 30
        while not re.search(pattern, self.seen):
            assert time.monotonic() < deadline, self.seen
            if select.select([self.fd], [], [], 1)[0]:
                try:
                    more = os.read(self.fd, 4096)
                except OSError:  # EIO: the program has ended
                    more = b""
                assert more, self.seen
                self.seen += more

    def say(self, question, answer):
        self.read_until(question)
        self.seen = b""
        os.write(self.fd, answer)

    def end(self):
        """The wait status, and what was still shown."""
        while True:
            try:
                more = os.read(self.fd, 4096)
            except OSError:
                more = b""
            if not more:
                break
            self.seen += more
        os.close(self.fd)
        return os.waitpid(self.pid, 0)[1]


ADD = ("add", "alice", "-u", "2001", "-d", "/tmp", "-m", "sha512crypt")


def test_the_prompt_asks_twice_without_echo(tool):
    terminal = Terminal(tool, *ADD)
    terminal.say(rb"New password for alice: ", b"hidden one\n")
    terminal.say(rb"Retype password: ", b"hidden one\n")
    assert os.waitstatus_to_exitcode(terminal.end()) == 0
    assert b"hidden" not in terminal.seen
    assert tool.verify("alice", "hidden one") == 0


def test_two_different_answers_change_nothing(tool):
    terminal = Terminal(tool, *ADD)
    terminal.say(rb"New password for alice: ", b"one\n")
    terminal.say(rb"Retype password: ", b"two\n")
    assert os.waitstatus_to_exitcode(terminal.end()) == DATAERR
    assert b"differ" in terminal.seen
    assert not os.path.exists(tool.path)


def test_verify_asks_once(tool):
    tool.add("alice")
    terminal = Terminal(tool, "verify", "alice")
    terminal.say(rb"Password for alice: ", b"correct horse\n")
    assert os.waitstatus_to_exitcode(terminal.end()) == 0
    assert b"ok" in terminal.seen and b"horse" not in terminal.seen


def test_an_interrupted_prompt_gives_the_echo_back(tool):
    import termios

    terminal = Terminal(tool, *ADD)
    terminal.read_until(rb"New password for alice: ")
    assert not termios.tcgetattr(terminal.fd)[3] & termios.ECHO
    os.write(terminal.fd, b"half a pass\x03")
    # The far end keeps its settings until the last close of the near one: look before the wait.
    deadline = time.monotonic() + 30
    while not termios.tcgetattr(terminal.fd)[3] & termios.ECHO:
        assert time.monotonic() < deadline
        select.select([], [], [], 0.01)
    assert os.waitstatus_to_exitcode(terminal.end()) == -signal.SIGINT
    assert not os.path.exists(tool.path)


def test_other_edits_go_on_while_someone_types(tool):
    tool.add("bob")
    terminal = Terminal(tool, *ADD, "--force")
    terminal.read_until(rb"New password for alice: ")
    tool.ok("lock", "bob")
    terminal.say(rb"New password for alice: ", b"pw\n")
    terminal.say(rb"Retype password: ", b"pw\n")
    assert os.waitstatus_to_exitcode(terminal.end()) == 0
    assert tool.entry("bob")[1].startswith("!")
    assert tool.verify("alice", "pw") == 0


def test_help_names_every_command(tool):
    out = subprocess.run([WARDPASSWD, "--help"], stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode()
    with open(os.path.join(TOP, "man", "wardpasswd.8"), encoding="utf-8") as page:
        manual = page.read()
    commands = re.findall(r"\[-f FILE\] (\w+)", out)
    assert commands == ["add", "change", "passwd", "delete", "lock", "unlock", "verify", "show", "list", "check",
                        "import"]
    assert all(f".It Cm {command}" in manual for command in commands)
    for option in set(re.findall(r"\[(--?\w+)", out)):
        assert f".It Fl {option[1:]}" in manual, option


@pytest.mark.parametrize("args", [[], ["frobnicate"], ["add"], ["list", "x"], ["lock", "a", "b"],
                                  ["lock", "-m", "x", "a"]])
def test_wrong_command_lines(tool, args):
    assert tool.run(*args).returncode == USAGE
