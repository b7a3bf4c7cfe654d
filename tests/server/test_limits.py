# SPDX-License-Identifier: BSD-2-Clause
"""Each limit on both sides of its border: the last one that is let in, and the
first that is not; which limit it was (law R5); plain and over TLS; and the
counts after a kill -9, over a reload and over the death of auth."""

import os
import signal

import pytest

from control import Closed
from harness import User, group_server
from proc import wait_for
from tls import TlsControl, tls_server

both = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])


def start(make_server, tls, config, **arguments):
    return tls_server(make_server, config=config) if tls else make_server(config=config, **arguments)


def open_session(server, tls, name="alice"):
    """A session that is logged in, or the reply that refused it."""
    try:
        control = TlsControl(server) if tls else server.connect()
    except (Closed, ConnectionError):  # refused at the greeting, so AUTH found no server
        return None, None
    if control.greeting.code != 220:
        return None, control.greeting
    control.command(f"USER {name}", 331)
    reply = control.command(f"PASS {server.user(name).password}", 230, 421)
    server._controls.append(control)
    return (control, None) if reply.code == 230 else (None, reply)


def fill(server, tls, most, name="alice", words=""):
    """So many sessions are let in, and the next one gets the reason."""
    inside = [open_session(server, tls, name)[0] for _ in range(most)]
    assert all(inside), f"only {sum(map(bool, inside))} of {most} were let in"
    assert_full(server, most, name, words)
    return inside


def assert_full(server, most, name="alice", words=""):
    control, reply = open_session(server, False, name)
    assert control is None and reply.code == 421, reply
    assert reply.text.split("(")[-1].removeprefix("maximum ").startswith(f"{most}") and words in reply.text, reply


LIMITS = [
    ({"daemon": {"max_sessions": 3}}, "Too many connections ("),
    ({"daemon": {"max_sessions_per_address": 3}}, "connections from your address"),
    ({"defaults": {"max_sessions_per_user": 3}}, "sessions of this user"),
]


@both
@pytest.mark.parametrize("config,words", LIMITS, ids=["all", "address", "user"])
def test_r5_the_limit_of_sessions(make_server, tls, config, words):
    server = start(make_server, tls, config)
    inside = fill(server, tls, 3, words=words)
    inside.pop().command("QUIT", 221)
    inside.append(wait_for(lambda: open_session(server, tls)[0], what="the place that became free"))
    assert_full(server, 3, words=words)


@pytest.mark.parametrize("config,words", LIMITS, ids=["all", "address", "user"])
def test_counts_are_right_after_a_kill_and_over_a_reload(make_server, config, words):
    server = make_server(config=config)
    inside = fill(server, False, 3, words=words)
    os.kill(server.net_of(inside[0]).pid, signal.SIGKILL)
    inside[0] = wait_for(lambda: open_session(server, False)[0], what="the place of the killed")
    assert_full(server, 3, words=words)
    server.signal(signal.SIGHUP)
    server.wait_log("configuration reloaded")
    assert_full(server, 3, words=words)
    section, keys = next(iter(config.items()))
    server.overrides = {section: dict.fromkeys(keys, 4)}
    server.write_config()
    server.signal(signal.SIGHUP)
    inside.append(wait_for(lambda: open_session(server, False)[0], what="the place of the larger limit"))
    assert_full(server, 4, words=words)
    assert all(control.command("NOOP").code == 200 for control in inside)


def groups(make_server, most=2):
    """alice and bob are of wardtest-g by the group file, carol by her gid; dave is not."""
    users = [User("alice", 5001), User("bob", 5002), User("carol", 5003, gid=7781), User("dave", 5004)]
    server = group_server(make_server, users, "wardtest-g:x:7781:alice,bob\n",
                          config={"group wardtest-g": {"max_sessions_per_group": most}})
    return server


def test_r5_the_limit_of_a_group(make_server):
    server = groups(make_server)
    inside = [open_session(server, False, name)[0] for name in ("alice", "bob")]
    for name in ("alice", "carol"):
        assert_full(server, 2, name, "sessions of your group")
    assert open_session(server, False, "dave")[0]
    os.kill(server.jail_of("bob").pid, signal.SIGKILL)
    assert wait_for(lambda: open_session(server, False, "carol")[0], what="the place of the killed")
    assert_full(server, 2, "bob", "sessions of your group")
    assert inside[0].command("NOOP").code == 200


def test_the_limit_of_a_group_survives_auth(make_server):
    """The master tells the next auth whose group each session counts as."""
    server = groups(make_server)
    inside = [open_session(server, False, name)[0] for name in ("alice", "bob")]
    os.kill(server.one("auth").pid, signal.SIGKILL)
    server.wait_log("is started again")
    wait_for(lambda: open_session(server, False, "dave")[0], what="another auth")
    assert_full(server, 2, "carol", "sessions of your group")
    inside[1].command("QUIT", 221)
    assert wait_for(lambda: open_session(server, False, "carol")[0], what="the freed place")


def greeted(server, source):
    with server.connect(source=source) as control:
        return control.greeting


def test_r5_new_connections_of_an_address(make_server):
    """One a second at the most, five at once; the next address has its own."""
    server = make_server(config={"daemon": {"connects_per_second": 1, "connects_at_once": 5}})
    replies = [greeted(server, "127.0.6.1") for _ in range(8)]
    assert [reply.code for reply in replies[:5]] == [220] * 5
    refused = [reply for reply in replies if reply.code == 421]
    assert refused and all("new connections from your address (1 a second)" in reply.text for reply in refused)
    assert greeted(server, "127.0.6.2").code == 220
    wait_for(lambda: greeted(server, "127.0.6.1").code == 220, what="the next second")


def test_max_login_failures_both_sides(make_server):
    server = make_server(config={"daemon": {"max_login_failures": 2}})
    control = server.connect(source="127.0.6.3")
    control.command("USER alice", 331)
    control.command("PASS wrong", 530)
    control.command("USER alice", 331)
    assert "(2)" in control.command("PASS wrong", 421).text
    with pytest.raises((Closed, ConnectionError)):
        control.command("NOOP")
    last = server.connect(source="127.0.6.4")
    last.command("USER alice", 331)
    last.command("PASS wrong", 530)
    last.login("alice", server.user().password)
