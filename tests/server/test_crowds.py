# SPDX-License-Identifier: BSD-2-Clause
"""Clients that come while no cell is ready (laws M4, M6): who has gone costs no cell,
addresses take turns, and a waiting client counts as a session and gets its reply in time.

No cell is ready where both zygotes are stopped.  A session's number is given as its
socket is handed over, so the log says in which order clients were served."""

import contextlib
import functools
import os
import re
import resource
import signal
import socket
import struct
import time

import pytest

import harness
from control import Closed, Control
from faults import Injection
from proc import LISTEN, wait_for

ZYGOTES = "does not fork; it is replaced|it is started again"  # one that is stopped for long: the machine is busy
IDLE = 2
KEYS = {"pool_min": IDLE, "pool_max": 16, "max_sessions": 1000}


def queued(port):
    """Connections that the master has not accepted yet."""
    with open("/proc/net/tcp") as file:
        rows = [line.split() for line in file.readlines()[1:]]
    return sum(int(row[4].split(":")[1], 16) for row in rows
               if row[3] == LISTEN and int(row[1].split(":")[1], 16) == port)


def accepted(server):
    wait_for(lambda: queued(server.port) == 0, 20, "a master that has accepted all clients")


@contextlib.contextmanager
def no_cell_ready(server):
    """The idle cells get clients, and no other is made until the block ends."""
    server.allowed_log = ZYGOTES
    zygotes = [one for one in server.at_rest() if one.role() == "zygote"]
    for one in zygotes:
        os.kill(one.pid, signal.SIGSTOP)
    try:
        wait_for(lambda: all(one.status()["State"][0] == "T" for one in zygotes), 10, "the zygotes to stop")
        inside = [server.connect() for _ in range(len(server.idle_nets()))]
        assert all(one.greeting.code == 220 for one in inside)
        yield
    finally:
        for one in zygotes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one.pid, signal.SIGCONT)


def in_time(test):
    """Runs it again where it failed after the master had taken a zygote for hung: then there were cells too early."""

    @functools.wraps(test)
    def run(make_server, **arguments):
        for tries_left in (2, 1, 0):
            made = []

            def make(made=made, **keys):
                made.append(make_server(**keys))
                return made[-1]

            try:
                return test(make, **arguments)
            except (Exception, pytest.fail.Exception):
                if not tries_left or not any("does not fork; it is replaced" in one.log_text() for one in made):
                    raise

    return run


def waits(server, source="127.0.0.1"):
    control = Control(server.host, server.port, greet=False, source=source)
    server._controls.append(control)
    return control


def leave(one, reset):
    if reset:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()


def last_session(server):
    return max(map(int, re.findall(r" session=(\d+) ", server.log_text())))


def sessions_of(server, address):
    """The numbers of an address' sessions, in the order of the log."""
    return list(dict.fromkeys(map(int, re.findall(rf" session=(\d+) pid=\d+ address={re.escape(address)} ",
                                                  server.log_text()))))


def says_who_it_is(control, server):
    """A probe is logged as it ends, a session that says something at once."""
    control.command("NOOP")
    wait_for(lambda: sessions_of(server, control.socket.getsockname()[0]), 10, "the session in the log")


def reload(server, extra):
    before = server.log_text().count("configuration reloaded")
    server.write_config(extra)
    server.signal(signal.SIGHUP)
    wait_for(lambda: server.log_text().count("configuration reloaded") > before, 20, "the reload")


@in_time
def test_m6_connections_that_have_ended_cost_no_cell(make_server):
    server = make_server(config={"daemon": KEYS})
    with no_cell_ready(server):
        crowd = [socket.create_connection((server.host, server.port), source_address=("127.0.3.1", 0))
                 for _ in range(300)]
        for number, one in enumerate(crowd):
            leave(one, number % 2)
        accepted(server)
        late = waits(server, "127.0.3.2")
        accepted(server)
    assert late.reply().code == 220
    says_who_it_is(late, server)
    assert sessions_of(server, "127.0.3.1") == [], "no session for a client that is gone"
    assert sessions_of(server, "127.0.3.2") == [last_session(server)]


@in_time
def test_m6_a_client_that_has_said_all_is_served_though_others_wait(make_server):
    """As of `printf ... | nc -N`: it has ended its half of the connection, and its commands are there."""
    server = make_server(config={"daemon": KEYS})
    with no_cell_ready(server):
        talkers = [waits(server) for _ in range(3)]
        for one in talkers:
            one.raw(b"NOOP\r\nQUIT\r\n")
            one.socket.shutdown(socket.SHUT_WR)
        silent = waits(server)
        silent.socket.shutdown(socket.SHUT_WR)
        others = [waits(server) for _ in range(3)]
        accepted(server)
    for one in talkers:
        assert [one.reply().code for _ in range(3)] == [220, 200, 221]
    assert all(one.reply().code == 220 for one in others)
    with pytest.raises((Closed, ConnectionError)):
        silent.reply()


@in_time
def test_m6_a_crowd_from_one_address_costs_others_one_turn(make_server):
    server = make_server(config={"daemon": KEYS})
    with no_cell_ready(server):
        before = last_session(server)
        crowd = [waits(server, "127.0.3.1") for _ in range(30)]
        accepted(server)
        others = [waits(server, "127.0.3.2") for _ in range(2)]
        accepted(server)
    for one in [*crowd, *others]:
        assert one.reply().code == 220
    for one in others:
        says_who_it_is(one, server)
    wait_for(lambda: len(sessions_of(server, "127.0.3.2")) == 2, 10, "both in the log")
    assert max(sessions_of(server, "127.0.3.2")) <= before + IDLE + 4, "every second turn is theirs"


@in_time
def test_those_who_wait_count_for_the_limit_unless_they_have_gone(make_server):
    server = make_server(config={"daemon": {**KEYS, "max_sessions_per_address": IDLE + 3}})
    with no_cell_ready(server):
        crowd = [waits(server) for _ in range(3)]
        accepted(server)
        refused = waits(server).reply()
        assert refused.code == 421 and f"from your address ({IDLE + 3})" in refused.text
        leave(crowd[0].socket, True)
        leave(crowd[1].socket, False)
        crowd[1:] = [crowd[2], waits(server), waits(server)]
        accepted(server)
        assert waits(server).reply().code == 421
    assert [one.reply().code for one in crowd[1:]] == [220] * 3


@in_time
def test_those_who_wait_count_for_the_limit_of_all(make_server):
    server = make_server(config={"daemon": {**KEYS, "max_sessions": IDLE + 2}})
    with no_cell_ready(server):
        crowd = [waits(server, f"127.0.3.{number}") for number in (1, 2)]
        accepted(server)
        refused = waits(server, "127.0.3.3").reply()
        assert refused.code == 421 and f"Too many connections ({IDLE + 2})" in refused.text
        leave(crowd.pop().socket, True)
        crowd.append(waits(server, "127.0.3.3"))
        accepted(server)
    assert [one.reply().code for one in crowd] == [220] * 2


@in_time
def test_waiting_clients_are_told_of_a_shutdown(make_server):
    server = make_server(config={"daemon": KEYS})
    with no_cell_ready(server):
        one = waits(server)
        accepted(server)
        server.signal(signal.SIGTERM)
        assert one.reply().code == 421
        assert one.ended()


@in_time
def test_those_who_wait_over_a_reload(make_server):
    """They are served by the configuration that is then in force, which numbers its listeners again."""
    server = make_server(config={"daemon": KEYS})
    second, third = harness.free_port(), harness.free_port()
    sections = [f"[listener {name}]\naddress = {server.host}:{port}\n" for name, port in (("b", second), ("c", third))]
    reload(server, "".join(sections))
    with no_cell_ready(server):
        gone, kept = (Control(server.host, port, greet=False) for port in (second, third))
        server._controls += [gone, kept]
        wait_for(lambda: queued(second) + queued(third) == 0, 20, "a master that has accepted both")
        reload(server, sections[1])
        assert gone.ended(), "its listener is no more"
        assert kept.reply().code == 220
    kept.command("QUIT", 221)
    wait_for(lambda: 'connect listener="c"' in server.log_text(), 10, "the listener's name in the log")


@pytest.mark.full
def test_who_waits_for_too_long_is_refused(make_server):
    """Ten seconds: no cell comes, as the zygotes hang and can't be ended."""
    server = make_server(config={"daemon": KEYS})
    with no_cell_ready(server), Injection(server.master(), "pidfd_send_signal", "EPERM"):
        assert waits(server).reply().code == 421


@pytest.mark.parametrize("count", [200, pytest.param(2000, marks=pytest.mark.full)])
def test_m6_a_log_in_behind_a_crowd_that_has_left(make_server, count):
    """As a port scan or a broken balancer leaves them: opened and dropped at once, half of them by a reset."""
    server = make_server(config={"daemon": {"max_sessions": 5000, "max_sessions_per_address": 5000, "pool_max": 64}})
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    try:
        crowd = [socket.socket() for _ in range(count)]
        for one in crowd:
            one.setblocking(False)
            one.connect_ex((server.host, server.port))
        for number, one in enumerate(crowd):
            leave(one, number % 2)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    began = time.monotonic()
    with Control(server.host, server.port, timeout=60) as control:
        control.login("alice", server.user("alice").password)
    print(f"log-in behind {count} connections that were dropped: {time.monotonic() - began:.3f} s")
