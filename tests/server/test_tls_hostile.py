# SPDX-License-Identifier: BSD-2-Clause
"""Handshakes that are none, and records that never become whole: what they
cost is bounded by login_timeout and idle_timeout, and they cost no CPU."""

import os
import socket
import ssl

import pytest

from control import Control
from proc import wait_for
from tls import TlsControl, client_context, tls_server

CPU_SECONDS = 0.5  # a handshake takes some thousandths; a loop that spins, as long as it lasts


def client_hello():
    """The first flight of an honest client."""
    outgoing = ssl.MemoryBIO()
    tls = client_context().wrap_bio(ssl.MemoryBIO(), outgoing)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


HALF_RECORD = b"\x16\x03\x01\x3f\xff" + b"x" * 3000
BAD_HANDSHAKES = {
    "nothing": b"",
    "one byte": b"\x16",
    "half a record": HALF_RECORD,
    "half a hello": client_hello()[:100],
    "a hello and then nothing": client_hello(),
    "many hellos": client_hello() * 200,
    "garbage": b"\x00\xff" * 20000,
    "a huge record": b"\x16\x03\x01\xff\xff" + b"x" * 70000,
    "a hello that says it is huge": b"\x16\x03\x01\x40\x00\x01\xff\xff\xff" + b"x" * 16380,
    "empty records": b"\x16\x03\x01\x00\x00" * 5000,
    "alerts": b"\x15\x03\x01\x00\x02\x01\x64" * 5000,
    "application data": b"\x17\x03\x03\x01\x00" + b"x" * 256,
    "a command": b"USER alice\r\n",
    "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "ssl 2": bytes.fromhex("802e0100020015000000100100800200800300800400800500800600400700c0") + b"x" * 16,
}


def send_all_or_less(control, data):
    try:
        control.raw(data)
    except OSError:
        pass  # it has ended meanwhile


class Watched:
    """A session's NET, whose CPU time is known to its end."""

    def __init__(self, server, control):
        self.net, self.cpu = server.net_of(control), 0.0

    def ended(self):
        self.cpu = self.net.cpu_seconds() or self.cpu
        return not self.net.alive()

    def wait(self):
        wait_for(self.ended, 20, "the end of the session")
        assert self.cpu < CPU_SECONDS


@pytest.fixture(params=["explicit", "implicit"])
def hasty(request, make_server):
    """A server with little patience, and what begins a handshake with it."""
    implicit = request.param == "implicit"
    config = {"daemon": {"login_timeout": 2}, "listener default": {"implicit_tls": "yes" if implicit else "no"}}
    with pytest.MonkeyPatch.context() as patch:
        if implicit:
            patch.setattr("harness.Server._greets", lambda self: None)
        server = tls_server(make_server, config)
    yield server, implicit


def test_a_bad_handshake_holds_no_cell_and_costs_no_cpu(hasty):
    """All at once, so that each waits its login_timeout at the same time."""
    server, implicit = hasty
    watched, controls = [], []
    for data in BAD_HANDSHAKES.values():
        control = Control(server.host, server.port, greet=not implicit)
        controls.append(control)
        watched.append(Watched(server, control))
        if not implicit:
            control.command("AUTH TLS", 234)
        send_all_or_less(control, data)
    for one in watched:
        one.wait()
    for control in controls:
        assert control.ended()
        control.close()
    assert server.log_text().count("TLS handshake failed") == len(BAD_HANDSHAKES)


def test_a_handshake_that_drips_ends_at_the_login_timeout(hasty):
    """The deadline is absolute: bytes that come do not move it."""
    server, implicit = hasty
    with Control(server.host, server.port, greet=not implicit) as control:
        watched = Watched(server, control)
        if not implicit:
            control.command("AUTH TLS", 234)
        hello = iter(client_hello())

        def drip():
            send_all_or_less(control, bytes([next(hello, 0)]))
            return watched.ended()

        wait_for(drip, 20, "the end of the session")
        assert watched.cpu < CPU_SECONDS


def raw_socket(control):
    """In addition to TLS, on the same connection."""
    return socket.socket(fileno=os.dup(control.socket.fileno()))


@pytest.mark.parametrize("logged_in", [False, True])
def test_half_a_record_costs_no_cpu(make_server, logged_in):
    server = tls_server(make_server, {"daemon": {"login_timeout": 2, "idle_timeout": 2}})
    control = TlsControl(server)
    server._controls.append(control)
    if logged_in:
        control.login("alice", server.user().password)
    watched = Watched(server, control)
    with raw_socket(control) as raw:
        raw.sendall(HALF_RECORD.replace(b"\x16\x03\x01", b"\x17\x03\x03", 1))
    watched.wait()


def test_garbage_on_a_control_connection_ends_its_session(make_server):
    server = tls_server(make_server)
    control = TlsControl(server)
    server._controls.append(control)
    control.login("alice", server.user().password)
    watched = Watched(server, control)
    with raw_socket(control) as raw:
        raw.sendall(b"\x17\x03\x03\x01\x00" + b"x" * 256)
    watched.wait()
