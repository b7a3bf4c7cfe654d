# SPDX-License-Identifier: BSD-2-Clause
"""An auth that was taken, and what it asks the processes for that have files: it gets no home but one that a user
may have, and changes no hash but one that it knows, into one of the default kind."""

import os

import pytest

import harness
from harness import User, hash_password
from taken import Session, server_of

HOMES = ("root", "minimum", "gid", "path", "dot", "byte", "pattern", "good")
HASHES = ("weak", "line", "field", "other", "none", "guess", "good")


@pytest.fixture(scope="module")
def taken(make_shared_server):
    users = [User("alice", 5001, hash=hash_password("x", "$1$alicesal"))]
    users += [User(f"home@{kind}", 5010 + n, home="") for n, kind in enumerate(HOMES)]
    users += [User(f"hash@{kind}", 5030 + n, password="pw", hash=hash_password("pw", f"$1$salt{kind}"))
              for n, kind in enumerate(HASHES)]

    def prepare(server):
        if not os.path.isdir(server.path("base")):
            os.mkdir(server.path("base"), 0o755)
        server.overrides["defaults"] = {"home": server.path("base", "%u")}
        server.write_config()

    return server_of(make_shared_server, "auth", users=users, prepare=prepare, config={
        "daemon": {"create_home": "yes", "rehash": "yes", "accept_hashes": "md5crypt"}})


def ask(server, name):
    """With a wrong password: after a right one auth would do the same of its own accord."""
    with Session(server) as one:
        one.control.command(f"LOGIN {name} wrong")


def tree(server):
    return {name: os.lstat(os.path.join(server.path("base"), name)).st_uid for name in os.listdir(server.path("base"))}


@pytest.mark.parametrize("kind, said", [
    ("root", "a user or a group that no session may have"),
    ("minimum", "a user or a group that no session may have"),
    ("gid", "a user or a group that no session may have"),
    ("path", "a name that is no part of a path"),
    ("dot", "a name that is no part of a path"),
    ("byte", "a name that is no part of a path"),
])
def test_i3_a_taken_auth_gets_no_home_beyond_a_users(taken, kind, said):
    before = taken.log_text().count(f"homes: border violation: {said}")
    ask(taken, f"home@{kind}")
    harness.wait_for(lambda: taken.log_text().count(f"homes: border violation: {said}") > before, 10, "its line")
    assert set(tree(taken)) <= {"made"}
    assert not os.path.exists(taken.path("outside"))


def test_i3_a_taken_auth_gets_no_home_elsewhere(taken):
    """The master compares the pattern with those of the configuration."""
    ask(taken, "home@pattern")
    assert not os.path.exists("/etc/made")


def test_a_home_that_a_user_may_have_is_made_by_the_same_way(taken):
    ask(taken, "home@good")
    harness.wait_for(lambda: "made" in tree(taken), 10, "the home")


def contents(server):
    with open(server.user_file, encoding="utf-8") as file:
        return file.read()


@pytest.mark.parametrize("kind", ["weak", "line", "field", "none"])
def test_a_taken_auth_puts_no_other_hash_into_the_user_file(taken, kind):
    said = "rehash: border violation: a hash that may not be replaced, or not be put in"
    count, before = taken.log_text().count(said), contents(taken)
    ask(taken, f"hash@{kind}")
    harness.wait_for(lambda: taken.log_text().count(said) > count, 10, "its line")
    assert contents(taken).split("\n")[0] == before.split("\n")[0]
    assert not any(line.startswith("root:") for line in contents(taken).split("\n"))
    assert rows(taken) == rows_of(before)


@pytest.mark.parametrize("kind", ["other", "guess"])
def test_a_taken_auth_changes_no_hash_that_it_does_not_know(taken, kind):
    before = contents(taken)
    ask(taken, f"hash@{kind}")
    harness.wait_for(lambda: not taken.processes("rehash"), 10, "its end")
    assert contents(taken) == before


def test_a_hash_that_it_knows_is_changed_by_the_same_way(taken):
    ask(taken, "hash@good")
    harness.wait_for(lambda: rows(taken)["hash@good"].startswith("$y$"), 10, "the hash")


def rows_of(text):
    return {line.split(":")[0]: line.split(":")[1] for line in text.split("\n") if line}


def rows(server):
    return rows_of(contents(server))
