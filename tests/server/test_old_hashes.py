# SPDX-License-Identifier: BSD-2-Clause
"""accept_hashes: the old kinds that the configuration lets in (law L4), and what it does not change."""

import signal
import time

import pytest

from harness import User, hash_password
from proc import wait_for
from test_login import accepted, attempt

OLD = {
    "des": ["ab", "_J9..abcd"],
    "md5crypt": ["$1$saltsalt"],
    "sunmd5": ["$md5,rounds=100$saltsalt$$"],
    "sha1crypt": ["$sha1$4096$saltsalt"],
    "nt": ["$3$"],
}


def old_users():
    settings = [(kind, setting) for kind, those in OLD.items() for setting in those]
    return [User(f"{kind}{n}", 5100 + n, password="right", hash=hash_password("right", setting))
            for n, (kind, setting) in enumerate(settings)]


@pytest.mark.parametrize("kind", OLD)
def test_l4_an_old_kind_is_accepted_where_it_is_named(make_server, kind):
    users = old_users()
    server = make_server(users=users, config={"daemon": {"accept_hashes": kind, "max_login_failures": 100}})
    for n, user in enumerate(users):
        named = user.name.startswith(kind)
        assert attempt(server, user.name, "right", f"127.0.7.{n + 1}").code == (230 if named else 530), user.name
        if named:
            assert attempt(server, user.name, "wrong", f"127.0.7.{n + 1}").code == 530, user.name
            server.wait_log(rf"the hash of user {user.name} is of a weak kind")


def test_l4_accept_hashes_follows_a_reload(make_server):
    users = [User("old", 5001, password="right", hash=hash_password("right", "$1$saltsalt"))]
    server = make_server(users=users)
    assert not accepted(server, users[0])
    for kinds, taken in (("md5crypt", True), ("des", False), ("des, md5crypt", True)):
        server.overrides = {"daemon": {"accept_hashes": kinds}}
        server.write_config()
        server.signal(signal.SIGHUP)
        wait_for(lambda taken=taken: accepted(server, users[0]) == taken, 20, f"what {kinds} accepts")


def test_l1_kinds_of_hashes_take_the_same_time(make_server):
    """A file with cheap and dear hashes: the reply to a wrong password tells neither the kind, nor that the
    user exists.  The dear one takes longer than the shortest delay, so the cheap ones would be answered earlier."""
    dear = next(setting for setting in (f"$6$rounds={rounds}$saltsaltsalt$" for rounds in
                                        (1500000, 3000000, 6000000, 12000000)) if seconds_of(setting) > 1.1)
    users = [User("dear", 5001, password="right", hash=hash_password("right", dear)),
             User("cheap", 5002, password="right", hash=hash_password("right", "$1$saltsalt")),
             User("cheap2", 5003, password="right", hash=hash_password("right", "$1$saltsalt"))]
    server = make_server(users=users, config={"daemon": {"accept_hashes": "md5crypt"}})
    assert attempt(server, "dear", "wrong", "127.0.8.1").code == 530  # the server has seen what one costs
    times = {"dear": [], "cheap": [], "unknown": []}

    def alike(index):
        for offset, name in enumerate(times):
            began = time.monotonic()
            assert attempt(server, name, "wrong", f"127.0.8.{index * 3 + offset + 2}").code == 530
            times[name].append(time.monotonic() - began)
        shortest = [min(those) for those in times.values()]
        return index >= 2 and min(shortest) / max(shortest) > 0.7

    assert any(alike(index) for index in range(12)), times


def seconds_of(setting):
    began = time.monotonic()
    hash_password("wrong", setting)
    return time.monotonic() - began
