# SPDX-License-Identifier: BSD-2-Clause
"""wardpasswd: what it shows and changes of a user, homes that it makes, what it refuses to share, and its look at
the whole file."""

import json
import os
import stat

import pytest

from test_wardpasswd import CANTCREAT, CHEAP, DATAERR, NOUSER, USAGE, Tool

ROWS = (
    b"# users\n"
    b"alice:$y$j9T$salt$hash:2001:3001:Alice A.:/srv/alice:/bin/sh\n"
    b"bob:!$6$salt$hash:2002:2002::/srv/bob/:/bin/false\r\n"
    b"carol:*:2003:2003:::/bin/sh"
)


@pytest.fixture
def tool(tmp_path):
    tool = Tool(str(tmp_path / "passwd"))
    tool.write(ROWS)
    return tool


def test_show(tool):
    lines = dict(line.split(None, 1) for line in tool.ok("show", "alice").stdout.decode().splitlines())
    assert lines == {"name": "alice", "uid": "2001", "gid": "3001", "gecos": "Alice A.", "home": "/srv/alice",
                     "shell": "/bin/sh", "hash": "yescrypt"}
    assert b"sha512crypt, locked" in tool.ok("show", "bob").stdout
    assert json.loads(tool.ok("show", "carol", "--json").stdout) == {
        "name": "carol", "uid": 2003, "gid": 2003, "gecos": "", "home": "", "hash": "none", "locked": False}
    assert tool.run("show", "dave").returncode == NOUSER
    for name in ("alice", "bob"):
        assert b"salt" not in tool.ok("show", name).stdout + tool.ok("show", name, "--json").stdout


@pytest.mark.parametrize("args, field, value", [
    (["-u", "2101"], 2, "2101"), (["-g", "3101"], 3, "3101"), (["-c", "Alice B., room 5"], 4, "Alice B., room 5"),
    (["-c", ""], 4, ""), (["-d", "/srv/else"], 5, "/srv/else"), (["-d", ""], 5, ""), (["-s", "/bin/x"], 6, "/bin/x"),
])
def test_change_changes_this_field_alone(tool, args, field, value):
    done = tool.ok("change", "alice", *args)
    fields = ROWS.split(b"\n")[1].decode().split(":")
    fields[field] = value
    assert tool.bytes() == ROWS.replace(ROWS.split(b"\n")[1], ":".join(fields).encode())
    assert (b"still belong to uid 2001" in done.stderr) == (field == 2)


def test_change_takes_several_fields_and_keeps_line_ends(tool):
    tool.ok("change", "bob", "-u", "2102", "-g", "2103", "-d", "/srv/bob2")
    assert tool.bytes() == ROWS.replace(b"2002:2002::/srv/bob/", b"2102:2103::/srv/bob2")
    tool.ok("change", "carol", "-d", "/srv/carol")
    assert tool.bytes().endswith(b"carol:*:2003:2003::/srv/carol:/bin/sh")


@pytest.mark.parametrize("args", [
    [], ["-u", "0"], ["-u", "x"], ["-u", "4294967295"], ["-g", "0"], ["-d", "srv"], ["-d", "/a:b"], ["-c", "a\nb"],
    ["-m", "bcrypt"], ["--stdin"], ["--generate"], ["-d", "/" + "a" * 4096],
])
def test_change_refuses(tool, args):
    assert tool.run("change", "alice", *args).returncode == USAGE
    assert tool.bytes() == ROWS


def test_change_of_no_one(tool):
    assert tool.run("change", "dave", "-u", "2009").returncode == NOUSER
    tool.write(b"alice:x:2001\n")
    assert tool.run("change", "alice", "-u", "2009").returncode == DATAERR


@pytest.mark.parametrize("command", ["add", "change"])
@pytest.mark.parametrize("args, who", [
    (["-u", "2002", "-d", "/srv/new"], b"bob"), (["-u", "2009", "-d", "/srv/bob"], b"bob"),
    (["-u", "2009", "-d", "/srv/bob///"], b"bob"),
])
def test_what_is_anothers_is_shared_by_force_only(tool, command, args, who):
    """Two users of one uid can use each other's files; two of one home see them."""
    name = "alice" if command == "change" else "dave"
    more = ["-m", "sha512crypt", "--stdin"] if command == "add" else []
    done = tool.run(command, name, *args, *more, password="pw")
    assert done.returncode == CANTCREAT and who in done.stderr and b"--force" in done.stderr
    assert tool.bytes() == ROWS
    tool.ok(command, name, *args, *more, "--force", password="pw")
    assert tool.entry(name)[2] == args[1]


def test_one_may_keep_what_is_shared_and_what_is_empty(tool):
    tool.write(b"a:*:2001:2001::/srv:/\nb:*:2001:2001::/srv:/\nc:*:2003:2003:::/\n")
    tool.ok("change", "b", "-c", "other")
    tool.ok("add", "d", "-u", "2004", "-d", "", "-m", "sha512crypt", "--stdin", password="pw")
    assert tool.entry("d")[5] == ""


def test_generate(tool):
    seen = set()
    for command in (["add", "dave", "-u", "2009", "-d", ""], ["passwd", "dave"], ["passwd", "dave"]):
        password = tool.ok(*command, "--generate", "-m", "sha512crypt").stdout.decode()
        assert len(password) == 21 and password.endswith("\n") and password[:-1].isalnum()
        assert not set(password) & set("0O1lI")
        assert tool.verify("dave", password) == 0
        seen.add(password)
    assert len(seen) == 3
    assert tool.run("passwd", "dave", "--generate", "--stdin", password="x").returncode == USAGE
    assert tool.run("passwd", "eve", "--generate").stdout == b""


def fill(skeleton):
    os.makedirs(skeleton / "www" / "css", mode=0o755)
    (skeleton / "README").write_text("hello")
    (skeleton / "www" / "css" / "x.css").write_text("x" * 9000)
    (skeleton / "link").symlink_to("/etc/passwd")
    for path, mode in ((skeleton / "README", 0o640), (skeleton, 0o755), (skeleton / "www", 0o750),
                       (skeleton / "www" / "css", 0o755), (skeleton / "www" / "css" / "x.css", 0o644)):
        os.chmod(path, mode)


def owners(path):
    return {os.path.relpath(os.path.join(folder, name), path): (about.st_uid, about.st_gid, stat.S_IMODE(about.st_mode))
            for folder, directories, files in os.walk(path) for name in directories + files
            for about in [os.lstat(os.path.join(folder, name))]}


@pytest.mark.parametrize("end", ["", "/", "//"])
def test_create_home(tool, tmp_path, end):
    fill(tmp_path / "skeleton")
    home = tmp_path / "dave"
    tool.ok("add", "dave", "-u", "2009", "-g", "3009", "-d", str(home) + end, "--create-home", "--skeleton",
            str(tmp_path / "skeleton"), "-m", "sha512crypt", "--stdin", password="pw")
    about = os.stat(home)
    assert (about.st_uid, about.st_gid, stat.S_IMODE(about.st_mode)) == (2009, 3009, 0o700)
    assert owners(home) == {"README": (2009, 3009, 0o640), "www": (2009, 3009, 0o750),
                            "www/css": (2009, 3009, 0o755), "www/css/x.css": (2009, 3009, 0o644)}
    assert (home / "www" / "css" / "x.css").read_text() == "x" * 9000
    again = tool.ok("change", "dave", "--create-home")
    assert b"exists already" in again.stderr


def test_create_home_for_a_user_who_is_there(tool, tmp_path):
    tool.ok("change", "alice", "-d", str(tmp_path / "alice"), "--create-home")
    assert os.stat(tmp_path / "alice").st_uid == 2001
    assert tool.run("change", "carol", "--create-home").returncode == USAGE  # without a home


def test_a_home_is_taken_from_no_one(tool, tmp_path):
    os.mkdir(tmp_path / "theirs")
    os.chown(tmp_path / "theirs", 2999, 2999)
    os.symlink("/etc", tmp_path / "link")
    (tmp_path / "file").write_text("")
    for name in ("theirs", "link", "file", "no/such/parent"):
        done = tool.run("change", "alice", "-d", str(tmp_path / name), "--create-home")
        assert done.returncode == CANTCREAT, (name, done.stderr)
    assert os.stat(tmp_path / "theirs").st_uid == 2999
    assert os.stat("/etc").st_uid == 0


def test_a_skeleton_that_others_may_change_is_refused(tool, tmp_path):
    fill(tmp_path / "skeleton")
    os.chmod(tmp_path / "skeleton" / "README", 0o666)
    done = tool.run("change", "alice", "-d", str(tmp_path / "alice"), "--create-home", "--skeleton",
                    str(tmp_path / "skeleton"))
    assert done.returncode != 0 and b"others than root may change" in done.stderr
    assert not (tmp_path / "alice").exists()


def test_check_of_a_good_file(tool):
    good = f"alice:{CHEAP}hash:2001:2001::/srv/alice:/bin/sh\nbob:*:2002:2002:::/\n"
    tool.write(good.encode())
    done = tool.ok("check")
    assert b"2 users, 0 faults" in done.stdout and done.stderr == b""


FAULTS = {
    b"eve:x:2009": b"seven fields",
    b"e\x07ve:*:2009:2009::/srv/e:/": b"name",
    b":*:2009:2009::/srv/e:/": b"name",
    b"eve:*:x:2009::/srv/e:/": b"numbers",
    b"eve:*:4294967295:2009::/srv/e:/": b"numbers",
    b"eve:*:0:2009::/srv/e:/": b"refuses uid 0",
    b"eve:*:2009:2009::srv:/": b"absolute",
    b"eve:secret:2009:2009::/srv/e:/": b"crypt(3)",
    b"alice:*:2009:2009::/srv/e:/": b"the name is that of line 2",
}
WARNINGS = {
    b"eve:$1$salt$hash:2009:2009::/srv/e:/": b"md5crypt",
    b"eve:*:2001:2009::/srv/e:/": b"the uid is that of line 2",
    b"eve:*:2009:2009::/srv/alice:/": b"the home is that of line 2",
}


@pytest.mark.parametrize("row", [*FAULTS, *WARNINGS])
def test_check_names_the_line(tool, row):
    tool.write(ROWS + b"\n" + row + b"\n")
    done = tool.run("check")
    assert done.returncode == (DATAERR if row in FAULTS else 0), done.stderr
    lines = [line for line in done.stderr.splitlines() if b":5: " in line]
    assert len(lines) == 1 and {**FAULTS, **WARNINGS}[row] in lines[0]
    assert (b"warning: " in lines[0]) == (row in WARNINGS)


def test_check_of_the_file_itself(tool):
    os.chmod(tool.path, 0o644)
    done = tool.run("check")
    assert done.returncode == DATAERR and b"mode 0600" in done.stderr
