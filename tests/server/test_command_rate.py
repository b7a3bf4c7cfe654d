# SPDX-License-Identifier: BSD-2-Clause
"""command_rate and command_burst: commands above the rate wait, and lose neither their order nor
their replies; before the log-in they end the session."""

import socket
import time

import pytest

from control import Closed
from ctl import ctl
from proc import wait_for


def limited(make_server, rate, burst, section="user alice", **arguments):
    return make_server(config={section: {"command_rate": str(rate), "command_burst": str(burst)}}, **arguments)


def pipeline(control, lines):
    """All lines at once; the codes of all replies, and the seconds they took."""
    begin = time.monotonic()
    control.socket.sendall("".join(line + "\r\n" for line in lines).encode())
    codes = [control.reply().code for _ in lines]
    return codes, time.monotonic() - begin


def test_commands_above_the_rate_wait_in_order(make_server):
    """30 commands, 5 at once and 20 a second: at least a second, and the log says so once."""
    server = limited(make_server, 20, 5)
    control = server.login()
    lines = ["NOOP", "CWD /missing", "PWD"] * 10
    codes, seconds = pipeline(control, lines)
    assert codes == [200, 550, 257] * 10
    assert seconds >= (30 - 5 - 1) / 20
    codes, seconds = pipeline(control, lines)
    assert seconds >= (30 - 1) / 20
    control.command("QUIT", 221)
    server.wait_log("leave reason=quit")
    assert server.log_text().count("commands are delayed to 20 a second") == 1


def test_a_burst_passes_at_once_and_no_other_user_waits(make_server):
    """At one command a second, 100 NOOPs would take a minute and a half."""
    server = limited(make_server, 1, 150)
    for name in ("alice", "bob"):
        codes, seconds = pipeline(server.login(name), ["NOOP"] * 100)
        assert codes == [200] * 100 and seconds < 60
    assert "commands are delayed" not in server.log_text()


def test_a_client_that_floods_is_held_back_by_tcp(make_server):
    """The server does not read what it does not run: the client's sends block, and memory stays flat."""
    server = limited(make_server, 1, 2)
    control = server.login()
    control.socket.setblocking(False)
    sent = 0
    try:
        while sent < 1 << 26:
            sent += control.socket.send(b"NOOP\r\n" * 1000)
    except BlockingIOError:
        pass
    assert sent < 1 << 26
    server.login("bob").command("NOOP", 200)


def test_before_the_login_too_many_end_the_session(make_server):
    server = limited(make_server, 1, 10, "defaults")
    control = server.connect()
    for _ in range(10):
        control.command("NOOP", 200)
    reply = control.command("NOOP", 421)
    assert reply.text == "421 Too many commands (1 a second): closing control connection."
    assert control.ended()


def test_the_login_does_not_count_for_the_users_own_limit_more_than_it_took(make_server):
    server = limited(make_server, 1, 10)
    control = server.connect()
    for _ in range(50):
        control.command("NOOP", 200)
    control.login("alice", server.user().password)
    codes, _ = pipeline(control, ["NOOP"] * 8)
    assert codes == [200] * 8


@pytest.fixture
def transfer(make_server):
    """A session of alice's, with a download that its client does not read."""
    server = limited(make_server, 1, 8)
    server.put("file", b"x" * (64 << 20))
    control = server.login()
    with socket.create_connection((control.host, control.epsv()), timeout=30) as data:
        control.command("RETR file", 150)
        yield server, control, data


def test_an_abor_never_waits(transfer):
    _, control, data = transfer
    control.socket.sendall(b"NOOP\r\n" * 20 + b"ABOR\r\n")
    codes = [control.reply().code]
    while codes[-1] == 200:
        codes.append(control.reply().code)
    assert codes[-1] == 426 and len(codes) < 10
    codes = [control.reply().code]
    while len(codes) < 3:
        codes.append(control.reply().code)
    assert set(codes) <= {200, 226}


def test_a_transfer_goes_on_while_commands_wait(transfer):
    _, control, data = transfer
    control.socket.sendall(b"STAT\r\n" * 15)
    received = 0
    while part := data.recv(1 << 20):
        received += len(part)
    assert received == 64 << 20
    replies = [control.reply().code for _ in range(16)]
    assert sorted(set(replies)) == [211, 213, 226] or sorted(set(replies)) == [213, 226], replies


def test_a_client_that_leaves_while_it_waits_leaves_no_process(make_server):
    server = limited(make_server, 1, 2)
    control = server.login()
    control.socket.sendall(b"NOOP\r\n" * 3)
    control.close()
    wait_for(lambda: not [p for p in server.processes("jail") if p.runs_as(5001)], 10, "the end of the session")


def test_a_kick_ends_a_session_that_waits(make_server):
    server = limited(make_server, 1, 2)
    control = server.login()
    control.socket.sendall(b"NOOP\r\n" * 1000)
    ctl(server, "kick", "user", "alice")
    with pytest.raises(Closed):
        while True:
            control.reply()
