# SPDX-License-Identifier: BSD-2-Clause
"""create_home: a process of its own makes a home by the pattern at the first log-in."""

import fcntl
import os
import stat
import threading

import pytest

from harness import User
from proc import wait_for
from test_homes import without_home
from test_login import attempt


def homes_in(server):
    return server.path("base")


def serve(make_server, users=None, skeleton=None, mode=0o755, **daemon):
    """A server that makes homes in `base`; skeleton: a function that fills that directory."""

    def prepare(server):
        if not os.path.isdir(homes_in(server)):
            os.mkdir(homes_in(server), mode)
            os.chmod(homes_in(server), mode)
        keys = {"create_home": "yes", **daemon}
        if skeleton:
            os.makedirs(server.path("skeleton"), exist_ok=True)
            skeleton(server.path("skeleton"))
            keys["skeleton"] = server.path("skeleton")
        server.overrides.setdefault("daemon", {}).update(keys)
        server.overrides["defaults"] = {"home": server.path("base", "%u")}
        server.write_config()

    return make_server(users=users or [without_home("alice", 5001), without_home("bob", 5002)], prepare=prepare)


def owner_and_mode(path):
    about = os.lstat(path)
    return about.st_uid, about.st_gid, stat.S_IMODE(about.st_mode)


def test_the_first_log_in_makes_the_home(make_server):
    users = [without_home("alice", 5001, gid=5500), without_home("bob@example.org", 5002)]
    server = serve(make_server, users)
    assert os.listdir(homes_in(server)) == []
    control = server.login("alice")
    assert owner_and_mode(server.path("base", "alice")) == (5001, 5500, 0o700)
    assert os.listdir(homes_in(server)) == ["alice"]
    control.store("STOR file", b"content")
    server.wait_log(r"the home \S+/base/alice of user alice was made")
    again = server.login("alice")
    assert again.fetch("RETR file") == b"content"
    server.login("bob@example.org")
    assert owner_and_mode(server.path("base", "bob@example.org")) == (5002, 5002, 0o700)
    assert sorted(os.listdir(homes_in(server))) == ["alice", "bob@example.org"]
    wait_for(lambda: not server.processes("homes"), 10, "the end of the process")


def fill_skeleton(path):
    os.makedirs(os.path.join(path, "www", "deep"), exist_ok=True)
    for name, content, mode in (("README", b"hello", 0o644), ("www/index.html", b"x" * 20000, 0o640),
                                ("www/deep/empty", b"", 0o600), (".profile", b"dot", 0o644)):
        with open(os.path.join(path, name), "wb") as file:
            file.write(content)
        os.chmod(os.path.join(path, name), mode)
    os.chmod(os.path.join(path, "www"), 0o750)
    if not os.path.islink(os.path.join(path, "link")):
        os.symlink("/etc/shadow", os.path.join(path, "link"))
        os.mkfifo(os.path.join(path, "fifo"))


def test_the_skeleton_is_copied(make_server):
    server = serve(make_server, skeleton=fill_skeleton)
    control = server.login("alice")
    home = server.path("base", "alice")
    found = {os.path.relpath(os.path.join(folder, name), home)
             for folder, directories, files in os.walk(home) for name in directories + files}
    assert found == {"README", ".profile", "www", "www/index.html", "www/deep", "www/deep/empty"}
    assert control.fetch("RETR www/index.html") == b"x" * 20000
    assert control.fetch("RETR README") == b"hello"
    assert all(owner_and_mode(os.path.join(home, name))[:2] == (5001, 5001) for name in found)
    assert owner_and_mode(os.path.join(home, "www"))[2] == 0o750
    assert owner_and_mode(os.path.join(home, "www", "index.html"))[2] == 0o640
    assert owner_and_mode(home)[2] == 0o700


def test_many_first_log_ins_at_once(make_server):
    """Of one user and of others: each home is made once, and all come in."""
    users = [without_home(f"user{n}", 5100 + n) for n in range(6)]
    server = serve(make_server, users, skeleton=fill_skeleton)
    codes = []

    def enter(name):
        codes.append(attempt(server, name, server.user(name).password).code)

    threads = [threading.Thread(target=enter, args=(user.name,)) for user in users for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [230] * len(threads)
    assert sorted(os.listdir(homes_in(server))) == [user.name for user in users]
    assert server.log_text().count("was made") == len(users)


def test_a_home_of_the_row_is_not_made(make_server):
    users = [User("alice", 5001, home="/nowhere/alice"), without_home("bob", 5002)]
    server = serve(make_server, users)
    assert attempt(server, "alice", users[0].password).code != 230
    assert not os.path.exists("/nowhere")
    assert server.login("bob")


def test_a_wrong_password_makes_nothing(make_server):
    server = serve(make_server)
    assert attempt(server, "alice", "wrong").code == 530
    assert attempt(server, "nobody", "wrong").code == 530
    assert os.listdir(homes_in(server)) == []


@pytest.mark.parametrize("kind", ["group", "others", "owner", "link", "above"])
def test_only_root_may_write_where_homes_are_made(make_server, kind):
    """Else another could put something in the place of the home."""
    server = serve(make_server)
    base = homes_in(server)
    if kind == "link":
        os.rename(base, base + "-real")
        os.symlink(base + "-real", base)
    elif kind == "owner":
        os.chown(base, 5009, 0)
    elif kind == "above":
        os.chown(server.directory, 5009, 0)
    else:
        os.chmod(base, 0o775 if kind == "group" else 0o757)
    assert attempt(server, "alice", server.user().password).code != 230
    server.wait_log("the home .* of user alice cannot be made")
    assert os.listdir(base) == []
    if kind == "above":
        os.chown(server.directory, 0, 0)


@pytest.mark.parametrize("kind", ["file", "link", "directory"])
def test_what_is_there_already_is_left_alone(make_server, kind):
    """Of the home's name, made by another: neither entered by force nor given to the user."""
    server = serve(make_server)
    path = server.path("base", "alice")
    if kind == "file":
        with open(path, "w") as file:
            file.write("root's")
        os.chmod(path, 0o600)
    elif kind == "link":
        os.symlink("/nowhere/else", path)
    else:
        os.mkdir(path, 0o700)
    before = owner_and_mode(path)
    assert attempt(server, "alice", server.user().password).code != 230
    assert owner_and_mode(path) == before and before[:2] == (0, 0)
    assert os.listdir(homes_in(server)) == ["alice"]


def test_what_a_killed_one_has_left_is_made_anew(make_server):
    """It may have given parts of it to another user: nothing of that is in the new home."""
    server = serve(make_server, skeleton=fill_skeleton)
    left = server.path("base", ".wardftpd-new")
    os.makedirs(os.path.join(left, "www", "of-another"), 0o700)
    with open(os.path.join(left, "www", "of-another", "secret"), "w") as file:
        file.write("another's")
    for folder, directories, files in os.walk(left):
        for name in directories + files:
            os.chown(os.path.join(folder, name), 5009, 5009)
    os.chown(left, 5009, 5009)
    os.chmod(os.path.join(left, "www"), 0o700)
    assert server.login("alice")
    assert os.listdir(homes_in(server)) == ["alice"]
    assert sorted(os.listdir(server.path("base", "alice", "www"))) == ["deep", "index.html"]


def test_a_skeleton_that_others_may_change_makes_no_home(make_server):
    def fill(path):
        fill_skeleton(path)
        os.chmod(os.path.join(path, "README"), 0o666)

    server = serve(make_server, skeleton=fill)
    assert attempt(server, "alice", server.user().password).code != 230
    server.wait_log("skeleton .* has a file that others than root may change")
    assert os.listdir(homes_in(server)) == []
    os.chmod(server.path("skeleton", "README"), 0o644)
    assert server.login("alice")


def test_a_killed_one_costs_its_log_in_only(make_server):
    server = serve(make_server, [*(without_home(name, 5001 + n) for n, name in enumerate(("alice", "bob"))),
                                 User("carol", 5003)])
    held = os.open(homes_in(server), os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)  # so it waits, and can be met
    replies = []
    thread = threading.Thread(target=lambda: replies.append(attempt(server, "alice", server.user().password)))
    thread.start()
    process = wait_for(lambda: server.processes("homes"), 10, "the process")[0]
    assert server.login("carol")
    process.kill()
    thread.join()
    assert replies[0].code == 530
    server.wait_log("the home .* of user alice cannot be made")
    os.close(held)
    assert server.login("alice") and server.login("bob")


def test_without_create_home_there_is_no_such_power(make_server):
    """The master has CAP_CHOWN only where homes are to be made."""
    chown = 1 << 0
    plain, making = make_server(), serve(make_server)
    for server, wanted in ((plain, 0), (making, chown)):
        status = server.master().status()
        for key in ("CapPrm", "CapEff", "CapBnd"):
            assert int(status[key], 16) & chown == wanted, key


def test_the_process_ends_and_leaves_nothing(make_server):
    server = serve(make_server)
    master = server.master()
    before = len(master.fds())
    for name in ("alice", "bob"):
        server.login(name).command("QUIT", 221)
    wait_for(lambda: not server.processes("homes"), 10, "the end of the processes")
    wait_for(lambda: len(master.fds()) <= before, 10, "the master's descriptors")
