# SPDX-License-Identifier: BSD-2-Clause
"""Homes by pattern (`home`), for rows of the user file that name none, and names that are mail addresses."""

import os

import pytest

from harness import User
from test_login import attempt


def make_home(server, path, uid):
    os.makedirs(path, mode=0o755, exist_ok=True)
    os.chown(path, uid, uid)
    return path


def without_home(name, uid, **keys):
    return User(name, uid, home="", **keys)


def test_the_pattern_gives_a_home_to_rows_without_one(make_server):
    users = [without_home("alice", 5001), without_home("bob@example.org", 5002), User("carol", 5003)]

    def prepare(server):
        for user in users[:2]:
            path = make_home(server, server.path("by-name", user.name), user.uid)
            with open(os.path.join(path, "whose"), "w") as file:
                file.write(user.name)
        with open(os.path.join(users[2].home, "whose"), "w") as file:
            file.write("carol")

    server = make_server(users=users, prepare=lambda server: (
        server.overrides.update({"defaults": {"home": server.path("by-name", "%u")}}),
        server.write_config(), prepare(server)))
    for user in users:
        control = server.login(user.name)
        assert control.fetch("RETR whose").decode() == user.name


def test_the_nearest_pattern_wins(make_server):
    users = [without_home("alice@example.org", 5001), without_home("bob", 5002)]

    def prepare(server):
        server.overrides = {"defaults": {"home": server.path("all", "%u")},
                            "user alice@example.org": {"home": server.path("shared")}}
        server.write_config()
        make_home(server, server.path("shared"), 5001)
        make_home(server, server.path("all", "bob"), 5002)

    server = make_server(users=users, prepare=prepare)
    for name, home in (("alice@example.org", server.path("shared")), ("bob", server.path("all", "bob"))):
        control = server.login(name)
        control.command("MKD here", 257)
        assert os.listdir(home) == ["here"]


@pytest.mark.parametrize("name", ["a/b", "..", ".ssh", "../homes"])
def test_no_name_leads_out_of_the_pattern(make_server, name):
    """Such a name gets no home, and its refusal reads as that of a wrong password."""

    def prepare(server):
        server.overrides = {"defaults": {"home": server.path("all", "%u")}}
        server.write_config()
        make_home(server, server.path("all", "a", "b"), 5001)

    server = make_server(users=[without_home(name, 5001), User("bob", 5002)], prepare=prepare)
    right = attempt(server, name, server.user(name).password, "127.0.9.1")
    wrong = attempt(server, "bob", "wrong", "127.0.9.2")
    assert (right.code, right.text) == (wrong.code, wrong.text)
    server.wait_log("has no home: the name cannot be part of a path")


def test_without_a_pattern_such_a_row_cannot_log_in(make_server):
    server = make_server(users=[without_home("alice", 5001), User("bob", 5002)])
    assert attempt(server, "alice", server.user().password).code == 530
    server.wait_log("user alice has no home: its row names none, and no `home` is configured")
    assert server.login("bob")


def test_the_rules_of_a_mail_address(make_server):
    """[user NAME] with 128 bytes, and with the signs of an address."""
    long = "a" * 100 + "@" + "b" * 23 + ".org"
    assert len(long) == 128
    users = [User("alice@example.org", 5001), User("alice@example.com", 5002), User(long, 5003)]
    server = make_server(users=users, config={"user alice@example.org": {"read_only": "yes"},
                                              f"user {long}": {"read_only": "yes"}})
    for user, code in ((users[0], 550), (users[1], 257), (users[2], 550)):
        assert server.login(user.name).command("MKD directory").code == code
