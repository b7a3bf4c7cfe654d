# SPDX-License-Identifier: BSD-2-Clause
"""Time-outs (law M1), on both sides of each limit, in clear and over TLS: a
client that stalls, drips, or won't hear is gone in bounded time, and
costs no CPU until then."""

import re
import subprocess
import time

import pytest

from control import Closed
from proc import wait_for
from tls import TlsControl, tls_server

IDLE = 3
LITTLE = 0.5  # seconds of CPU that no wait may cost


@pytest.fixture(params=["clear", "tls"])
def enter(request, make_server):
    """A server that is impatient, and a function that logs in to it; .server is the server."""
    config = {"daemon": {"idle_timeout": IDLE, "login_timeout": IDLE}}
    server = tls_server(make_server, config=config) if request.param == "tls" else make_server(config=config)

    def log_in():
        if request.param == "clear":
            return server.login()
        control = TlsControl(server)
        control.login("alice", server.user("alice").password)
        return control

    log_in.server = server
    return log_in


def ends(control):
    """The last replies, to the end of the connection."""
    words = []
    try:
        while True:
            words.append(control.reply().text)
    except (Closed, ConnectionError):
        return words


def test_m1_a_word_before_the_limit_keeps_the_session_and_silence_ends_it(enter):
    control = enter()
    net = enter.server.net_of(control)
    for _ in range(6):
        time.sleep(IDLE / 4)  # it is the time that is tested
        began = time.monotonic()
        control.command("NOOP", 200)
    assert ends(control) == [f"421 Idle timeout ({IDLE} seconds): closing control connection."]
    assert IDLE * 0.8 <= time.monotonic() - began
    assert (net.cpu_seconds() or 0) < LITTLE


def test_m1_bytes_that_make_no_line_are_silence(enter):
    control = enter()
    with pytest.raises((ConnectionError, OSError, Closed)):
        for _ in range(10 * IDLE):  # many times what is allowed
            control.raw(b"N")
            time.sleep(0.5)
    assert ends(control) in ([f"421 Idle timeout ({IDLE} seconds): closing control connection."], [])


def test_m1_who_reads_no_replies_is_gone_and_costs_nothing(enter):
    control = enter()
    net = enter.server.net_of(control)
    control.socket.settimeout(1)
    with pytest.raises((TimeoutError, ConnectionError, OSError)):
        while True:
            control.raw(b"HELP\r\n" * 2000)
    wait_for(lambda: not net.alive() or net.cpu_seconds() is None or is_waiting(net), 10, "the reply that waits")
    before = net.cpu_seconds() or 0
    wait_for(lambda: not net.alive(), IDLE * 4, "the end of the session")
    assert (net.cpu_seconds() or before) - before < LITTLE


def is_waiting(process):
    first = process.cpu_seconds()
    time.sleep(0.2)
    return process.cpu_seconds() == first


def test_m1_half_a_close_is_answered_by_a_whole_one(enter):
    control = enter()
    net = enter.server.net_of(control)
    control.socket.shutdown(1)
    wait_for(lambda: not net.alive(), IDLE * 4, "the end of the session")


def test_m1_who_does_not_close_after_quit_is_not_waited_for(enter):
    control = enter()
    net = enter.server.net_of(control)
    control.command("QUIT", 221)
    wait_for(lambda: not net.alive(), IDLE * 4, "the end of the session")


def test_d4_the_kernel_asks_after_silent_clients(server):
    """Keepalive, from the listener on: no transfer waits two hours for a client that has lost its line."""
    control = server.login()

    def timer():
        seen = subprocess.run(["ss", "-tnoH", "state", "established", f"( sport = :{server.port} )"], check=True,
                              capture_output=True, text=True).stdout
        return next(line for line in seen.splitlines() if f":{control.local_port} " in line)

    wait_for(lambda: re.search(r"timer:\(keepalive,(?:1min|\d+sec|[\d.]+ms)", timer()), what="keepalive on " + timer())
