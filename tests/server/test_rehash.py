# SPDX-License-Identifier: BSD-2-Clause
"""rehash: an old hash is replaced by one of the default kind at a log-in, and nothing else of the user file."""

import fcntl
import os
import stat
import struct
import threading

import pytest

from harness import User, hash_password
from proc import wait_for
from test_login import accepted, attempt


def old(name, uid, setting="$1$saltsalt"):
    return User(name, uid, password=f"pw of {name}", hash=hash_password(f"pw of {name}", setting))


def serve(make_server, users, **daemon):
    return make_server(users=users, config={"daemon": {
        "rehash": "yes", "accept_hashes": "md5crypt, sha1crypt, des, sunmd5, nt", **daemon}})


def rows(server):
    with open(server.user_file, encoding="utf-8") as file:
        return {line.split(":")[0]: line.rstrip("\n").split(":") for line in file if line.count(":") == 6}


def contents(server):
    with open(server.user_file, "rb") as file:
        return file.read()


def test_an_old_hash_becomes_yescrypt(make_server):
    server = serve(make_server, [old("alice", 5001), old("bob", 5002, "$5$rounds=1000$saltsalt"), User("carol", 5003)])
    server.write_users("# first\n\n" + "".join(user.line() for user in server.users) + "not a row\n#last")
    before, user = contents(server), server.user("alice")
    assert accepted(server, user)
    wait_for(lambda: rows(server)["alice"][1].startswith("$y$"), 20, "the new hash")
    new = rows(server)["alice"][1]
    assert contents(server) == before.replace(user.hash.encode(), new.encode())
    assert hash_password(user.password, new) == new
    about = os.stat(server.user_file)
    assert (about.st_uid, about.st_gid, stat.S_IMODE(about.st_mode)) == (0, 0, 0o600)
    server.wait_log("the hash of user alice was replaced by a new one")
    assert accepted(server, user)
    assert attempt(server, "alice", "wrong", "127.0.10.1").code == 530
    wait_for(lambda: not server.processes("rehash"), 10, "the end of the process")
    assert sorted(os.listdir(server.directory)).count("passwd.rehash") == 0
    assert accepted(server, server.user("bob"))
    wait_for(lambda: rows(server)["bob"][1].startswith("$y$"), 20, "the other new hash")


def test_good_hashes_stay(make_server):
    users = [User("six", 5001),
             User("bcrypt", 5002, password="x", hash=hash_password("x", "$2b$04$abcdefghijklmnopqrstuu"))]
    server = serve(make_server, users)
    before = contents(server)
    for user in users:
        assert accepted(server, user)
    assert contents(server) == before
    assert not server.processes("rehash")


def test_a_wrong_password_changes_nothing(make_server):
    server = serve(make_server, [old("alice", 5001)])
    before = contents(server)
    assert attempt(server, "alice", "wrong").code == 530
    assert contents(server) == before


def test_it_is_off_by_default(make_server):
    server = serve(make_server, [old("alice", 5001)], rehash=None)
    before = contents(server)
    assert accepted(server, server.user("alice"))
    assert contents(server) == before


def test_the_lock_of_wardpasswd_is_waited_for_and_its_change_stays(make_server):
    """An administrator who holds the lock sets another password meanwhile: that one stays."""
    server = serve(make_server, [old("alice", 5001), old("bob", 5002)])
    with open(server.user_file + ".lock", "w") as lock:
        fcntl.fcntl(lock, 37, struct.pack("hhllhh", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0, 0))  # F_OFD_SETLK
        assert accepted(server, server.user("alice"))  # the log-in does not wait
        wait_for(lambda: server.processes("rehash"), 10, "the process")
        before = contents(server)
        changed = before.replace(server.user("alice").hash.encode(), b"!" + server.user("alice").hash.encode())
        server.write_users(changed.decode())
    wait_for(lambda: not server.processes("rehash"), 10, "the end of the process")
    assert contents(server) == changed
    server.wait_log("the hash of user alice has been changed meanwhile and stays")


def test_a_killed_one_leaves_the_file_as_it_was(make_server):
    server = serve(make_server, [old("alice", 5001)])
    before = contents(server)
    with open(server.user_file + ".lock", "w") as lock:
        fcntl.fcntl(lock, 37, struct.pack("hhllhh", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0, 0))
        assert accepted(server, server.user("alice"))
        wait_for(lambda: server.processes("rehash"), 10, "the process")[0].kill()
        server.wait_log("the old hash of user alice cannot be replaced")
    assert contents(server) == before
    assert accepted(server, server.user("alice"))


def test_many_log_ins_at_once_lose_no_hash(make_server):
    users = [old(f"user{n}", 5100 + n) for n in range(8)]
    server = serve(make_server, users)

    def enter(user):
        assert accepted(server, user)

    threads = [threading.Thread(target=enter, args=(user,)) for user in users for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_for(lambda: all(row[1].startswith("$y$") for row in rows(server).values()), 30, "all new hashes")
    assert sorted(rows(server)) == sorted(user.name for user in users)
    for user in users:
        assert hash_password(user.password, rows(server)[user.name][1]) == rows(server)[user.name][1]


@pytest.mark.parametrize("kind", ["two rows", "link"])
def test_odd_files(make_server, kind):
    server = serve(make_server, [old("alice", 5001)])
    if kind == "two rows":
        server.write_users(server.user().line() * 2)
    else:  # the file is replaced, not the link
        os.mkdir(server.path("elsewhere"))
        os.rename(server.user_file, server.path("elsewhere", "users"))
        os.symlink(server.path("elsewhere", "users"), server.user_file)
    before = contents(server)
    assert accepted(server, server.user())
    if kind == "link":
        wait_for(lambda: contents(server) != before, 20, "the new hash")
        assert os.path.islink(server.user_file)
        assert rows(server)["alice"][1].startswith("$y$")
    else:
        server.wait_log("the old hash of user alice cannot be replaced")
        assert contents(server) == before
        assert accepted(server, server.user())


def test_the_file_of_a_host(make_server):
    users = [User("alice", 5001)]

    def prepare(server):
        other = old("alice", 5001)
        other.home = server.home("alice")
        with open(os.open(server.path("other"), os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(other.line())
        server.overrides["host ftp.example.org"] = {"user_file": server.path("other")}
        server.write_config()

    server = make_server(users=users, prepare=prepare,
                         config={"daemon": {"rehash": "yes", "accept_hashes": "md5crypt"}})
    before = contents(server)
    with server.connect() as control:
        control.command("HOST ftp.example.org", 220)
        control.command("USER alice", 331)
        control.command("PASS pw of alice", 230)

    def new():
        with open(server.path("other"), encoding="utf-8") as file:
            return file.read().split(":")[1].startswith("$y$")

    wait_for(new, 20, "the new hash")
    assert contents(server) == before
