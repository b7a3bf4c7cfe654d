# SPDX-License-Identifier: BSD-2-Clause
"""Wrong log-ins and what they lead to (law L3): delays, bans, and both over a
reload, a restart and a kill.  Each test fails from an address of its own."""

import os
import signal

import pytest

from control import Closed, Control
from proc import wait_for

ATTACKER, OTHER = "127.0.9.1", "127.0.9.2"


def wrong(server, source=ATTACKER, name="alice", times=1):
    """Fails so often; each in a connection of its own, none of which waits for its answer."""
    for _ in range(times):
        before = server.log_text().count("login refused")
        with Control(server.host, server.port, source=source) as control:
            control.command(f"USER {name}", 331)
            control.send("PASS wrong")
            wait_for(lambda: server.log_text().count("login refused") > before, what="the log line of a refusal")


def greeting(server, source=ATTACKER):
    """The first reply of a connection from there; None: closed without one."""
    try:
        with Control(server.host, server.port, source=source) as control:
            return control.greeting
    except (Closed, ConnectionError):
        return None


def is_banned(server, source=ATTACKER):
    reply = greeting(server, source)
    return reply is not None and reply.code == 421 and "banned" in reply.text


def banning(**keys):
    return {"daemon": {"ban_after": 3, "ban_time": 600, "max_login_failures": 50, **keys}}


def test_l3_the_ban_comes_with_the_last_failure_and_not_before(make_server):
    server = make_server(config=banning())
    wrong(server, times=2)
    assert greeting(server).code == 220
    wrong(server)
    wait_for(lambda: is_banned(server), what="the ban")
    assert greeting(server, OTHER).code == 220
    server.wait_log(f"address={ATTACKER} is banned for 600 seconds")


def test_l3_a_ban_ends_by_itself(make_server):
    server = make_server(config=banning(ban_time=2))
    wrong(server, times=3)
    wait_for(lambda: is_banned(server), what="the ban")
    wait_for(lambda: greeting(server).code == 220, 20, "the end of the ban")


def test_l3_a_ban_ends_what_is_not_logged_in(make_server):
    """An attacker's open connections are no way round it; sessions of the same address go on."""
    server = make_server(config=banning())
    session = server.login("bob", source=ATTACKER)
    waiting = server.connect(source=ATTACKER)
    wrong(server, times=3)
    reply = waiting.reply()
    assert reply.code == 421 and "banned" in reply.text
    assert waiting.ended()
    session.command("NOOP", 200)


def test_l3_a_ban_may_be_silent(make_server):
    server = make_server(config=banning(ban_reply="silence"))
    wrong(server, times=3)
    wait_for(lambda: greeting(server) is None, what="the silent ban")


def test_l3_ban_never_names_who_is_never_banned(make_server):
    server = make_server(config=banning(ban_never="192.0.2.0/24, 127.0.9.0/31"))
    wrong(server, times=4)  # 127.0.9.1: within
    wrong(server, source=OTHER, times=3)  # 127.0.9.2: the first one outside
    wait_for(lambda: is_banned(server, OTHER), what="the ban of the other")
    assert greeting(server).code == 220


def test_l3_a_reload_that_never_bans_lifts_the_ban(make_server):
    server = make_server(config=banning())
    wrong(server, times=3)
    wait_for(lambda: is_banned(server), what="the ban")
    server.overrides = banning(ban_never=ATTACKER)
    server.write_config()
    server.signal(signal.SIGHUP)
    wait_for(lambda: greeting(server).code == 220, what="the lifting of the ban")


def test_l3_anonymous_and_a_missing_pass_never_ban(make_server):
    server = make_server(config=banning())
    for _ in range(4):
        wrong(server, name="anonymous")
        with Control(server.host, server.port, source=ATTACKER) as control:
            control.command("USER alice", 331)
    assert greeting(server).code == 220


@pytest.mark.parametrize("event", ["reload", "auth killed", "restart", "master killed"])
def test_l3_bans_and_failures_survive(make_server, event):
    server = make_server(config=banning())
    wrong(server, times=3)
    wait_for(lambda: is_banned(server), what="the ban")
    wrong(server, source=OTHER, times=2)
    state = server.path("state", "penalties")
    # 127.0.9.2 as it is in the file: written at most a second after the failure
    wait_for(lambda: bytes([127, 0, 9, 2]) in open(state, "rb").read(), what="the state file")
    happen(server, event)
    wait_for(lambda: is_banned(server), what="the ban afterwards")
    assert greeting(server, OTHER).code == 220
    wrong(server, source=OTHER)
    wait_for(lambda: is_banned(server, OTHER), what="the ban of the one who failed twice before")


def happen(server, event):
    if event == "reload":
        server.signal(signal.SIGHUP)
        server.wait_log("configuration reloaded")
    elif event == "auth killed":
        written(server)
        os.kill(server.one("auth").pid, signal.SIGKILL)
        wait_for(lambda: server.log_text().count("the state file holds 1 bans") > 0, what="another auth")
    else:
        written(server)
        server.kill() if event == "master killed" else server.stop()
        wait_for(lambda: not server.processes(), what="the end of the first daemon")
        assert server.launch()


def written(server):
    """Waits until nothing is left to be written: the file has not changed for longer than auth waits."""
    state = server.path("state", "penalties")
    last = [os.stat(state).st_mtime_ns, 0]

    def quiet():
        now = os.stat(state).st_mtime_ns
        last[1] = last[1] + 1 if now == last[0] else 0
        last[0] = now
        return last[1] > 70

    wait_for(quiet, 20, "the writing of the state")


def test_l3_a_damaged_state_file_is_put_aside(make_server):
    def damage(server):
        with open(server.path("state", "penalties"), "wb") as file:
            file.write(b"not what auth has written" * 100)

    server = make_server(config=banning(), prepare=damage)
    server.wait_log("the state file is damaged: bans and failures start empty")
    wait_for(lambda: os.path.exists(server.path("state", "penalties.bad")), what="the damaged file, put aside")
    wrong(server, times=3)
    wait_for(lambda: is_banned(server), what="the ban")


def test_l3_a_state_directory_that_can_not_be_had_costs_only_the_state(make_server):
    def in_the_way(server):
        os.rmdir(server.path("state"))
        with open(server.path("state"), "w"):
            pass

    server = make_server(config=banning(), prepare=in_the_way)
    server.wait_log("bans end with the daemon")
    wrong(server, times=3)
    wait_for(lambda: is_banned(server), what="the ban")


def test_l3_the_state_file_is_roots_own(make_server):
    server = make_server(config=banning())
    wrong(server)
    about = os.stat(server.path("state", "penalties"))
    assert about.st_mode & 0o777 == 0o600 and about.st_uid == 0
