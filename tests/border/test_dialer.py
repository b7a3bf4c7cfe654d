# SPDX-License-Identifier: BSD-2-Clause
"""The dialer and a NET that was taken: what one session can hold of it, and whom that harms."""

import errno

import pytest

import harness
from messages import Message
from proc import LISTEN as LISTENING, tcp_sockets
from taken import CONNECT, DIALER, LISTEN, Session, dial, server_of

LISTENERS_MOST = 4
NET_DESCRIPTORS = 20  # roles.h


@pytest.fixture(scope="module")
def taken(make_shared_server):
    return server_of(make_shared_server, "net")


def answered(answer):
    """Error and port of an answer, and the descriptor that came."""
    message, fd = answer
    said = Message("dial_answer").unpack(message)
    assert (said.error == 0) == (fd >= 0)
    return said.error, said.port, fd


def listening(ports):
    found = {s["local"] for s in tcp_sockets().values() if s["state"] == LISTENING}
    return found & set(ports)


def violations(server):
    return server.log_text().count("border violation: NET to dialer")


def test_nothing_before_the_login(taken):
    for message in (dial(LISTEN), dial(CONNECT, 5000)):
        before = violations(taken)
        with Session(taken) as one:
            assert one.ask(DIALER, message) == (b"", -1)
        harness.wait_for(lambda: violations(taken) > before, 10, "a line in the log")


def test_one_answer_is_unread_at_most(taken):
    """A flood of questions costs the channel that it came on, and holds one socket in flight."""
    before = violations(taken)
    with Session(taken).login() as one:
        one.send(DIALER, dial(LISTEN), times=300)
        harness.wait_for(lambda: violations(taken) > before, 10, "a line in the log")
        error, port, fd = answered(one.read(DIALER))
        assert error == 0 and listening([port])
        assert one.read(DIALER) == (b"", -1), "more than one answer was waiting"
        with Session(taken).login("bob") as other:
            assert answered(other.ask(DIALER, dial(LISTEN)))[0] == 0


def test_four_listeners_at_most(taken):
    """A port counts until it can be listened on again, whatever NET says."""
    with Session(taken).login() as one:
        held = [answered(one.ask(DIALER, dial(LISTEN))) for _ in range(LISTENERS_MOST)]
        assert all(error == 0 for error, _, _ in held)
        ports = {port for _, port, _ in held}
        assert len(ports) == LISTENERS_MOST and listening(ports) == ports
        for _ in range(20):
            assert answered(one.ask(DIALER, dial(LISTEN)))[0] == errno.EMFILE
        assert answered(one.ask(DIALER, dial(CONNECT, 50000)))[0] == 0, "it is no listener"
        assert one.call(f"close {held[1][2]}") == "fine"
        error, port, fd = answered(one.ask(DIALER, dial(LISTEN)))
        assert error == 0 and fd == held[1][2]
        assert answered(one.ask(DIALER, dial(LISTEN)))[0] == errno.EMFILE


def test_sockets_end_where_nets_descriptors_do(taken):
    """Live sockets of one session: as many as NET may have descriptors, in addition to its own."""
    with Session(taken).login() as one:
        came = 0
        for _ in range(2 * NET_DESCRIPTORS):
            answer = one.ask(DIALER, dial(CONNECT, 50000))
            if answer is None or answer[1] < 0:
                break
            came += 1
        net = taken.net_of(one.control)
        assert 0 < came < NET_DESCRIPTORS
        assert len(net.fds()) <= NET_DESCRIPTORS and max(net.fds()) < NET_DESCRIPTORS


def test_few_can_not_fill_it(taken, make_server):
    """Forty taken NETs leave their answers unread: other sessions, and those of another daemon with the same
    accounts, get their data connections.  (Descriptors in flight are counted by uid.)"""
    honest = make_server(config={"daemon": {"max_sessions": "4", "pool_max": "2"}})
    sessions = []
    try:
        for number in range(40):
            one = Session(taken).login(("alice", "bob")[number % 2])
            sessions.append(one)
            one.send(DIALER, dial(LISTEN), times=300)
        honest.put("file", b"content")
        control = honest.login()
        for _ in range(10):
            assert control.fetch("RETR file") == b"content"
            control.epsv()
        with Session(taken).login() as other:
            assert answered(other.ask(DIALER, dial(LISTEN)))[0] == 0
        ports = {s["local"] for s in tcp_sockets().values() if s["state"] == LISTENING}
        assert len([port for port in ports if 30000 <= port <= 32700]) < 40 * LISTENERS_MOST
    finally:
        for one in sessions:
            one.control.close()
    assert taken.one("dialer").alive()
