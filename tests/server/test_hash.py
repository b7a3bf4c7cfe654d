# SPDX-License-Identifier: BSD-2-Clause
"""Check sums of files: HASH, XCRC and their kin cost a processor, so one session of a user computes at a time,
at the pace that the administrator sets, and a client can always end it."""

import os
import signal
import socket
import time
import zlib

import pytest

LARGE = 50_000_000  # at the rate below: minutes
RATE = 200_000
SMALL = b"some bytes"


@pytest.fixture(scope="module")
def slow(make_shared_server):
    server = make_shared_server(config={"defaults": {"hash_rate": RATE}})
    os.truncate(server.put("large"), LARGE)
    for user in ("alice", "bob"):
        server.put("small", SMALL, user=user)
    return server


def answers(control, seconds):
    """The next reply, or None where none comes for so long."""
    control.socket.settimeout(seconds)
    try:
        return control.reply()
    except socket.timeout:
        return None
    finally:
        control.socket.settimeout(control.timeout)


def begin_waiting(control, line="HASH small"):
    """Asks until another session of the user is at it, and this one waits."""
    for _ in range(100):
        control.send(line)
        if answers(control, 0.5) is None:
            return
    raise AssertionError("no session has the turn")


def aborted(control):
    control.send("ABOR")
    assert [control.reply().code, control.reply().code] == [426, 226]


@pytest.fixture
def busy(slow):
    """Two sessions of alice's: one computes, and one waits for it."""
    with slow.login() as first, slow.login() as second:
        first.send("XSHA512 large")
        begin_waiting(second)
        yield first, second


def test_one_session_of_a_user_computes_at_a_time(busy):
    first, second = busy
    aborted(first)
    assert second.reply().code == 213, "its turn has come"
    first.command("NOOP", 200)


def test_who_waits_can_abort(busy):
    first, second = busy
    aborted(second)
    second.command("NOOP", 200)
    assert answers(first, 0.1) is None, "the other one goes on"
    aborted(first)
    assert second.command("XCRC small", 250).text == f"250 {zlib.crc32(SMALL):08X}"


def test_commands_sent_meanwhile_are_answered_in_order(busy):
    """There is no 1yz reply to HASH: a 200 before the 213 would pass for HASH's own (law D6)."""
    first, second = busy
    second.send("NOOP")
    assert answers(second, 0.3) is None
    aborted(first)
    assert [second.reply().code, second.reply().code] == [213, 200]


def test_another_users_turn_is_another(slow, busy):
    with slow.login("bob") as other:
        other.command("HASH small", 213)
    aborted(busy[0])


@pytest.mark.parametrize("how", ["close", "net", "jail"])
def test_a_turn_ends_with_its_session(slow, how):
    with slow.login() as first:
        net = slow.net_of(first)
        first.send("XSHA512 large")
        with slow.login() as second:
            begin_waiting(second)
            if how == "close":
                first.close()
            else:
                slow.allowed_log = "signal 9|died"
                os.kill(net.pid if how == "net" else slow.jail_of("alice").pid, signal.SIGKILL)
            assert second.reply().code in (213, 421)


def test_a_check_sum_is_limited_by_the_rate(slow):
    slow.put("medium", bytes(RATE))
    with slow.login() as control:
        begun = time.monotonic()
        control.command("HASH medium", 213)
        assert time.monotonic() - begun > 0.8, "less than a second by the first piece, which is an eighth"


def test_sessions_take_turns_and_none_starves(make_server):
    """Without a rate: long check sums in many sessions at once all come to their end; small ones do not wait."""
    server = make_server()
    os.truncate(server.put("large"), LARGE)
    server.put("small", SMALL)
    controls = [server.login() for _ in range(4)]
    for _ in range(3):
        for control in controls:
            control.send("XCRC large")
    with server.login() as another:
        another.command("HASH small", 213)
    assert {control.reply().text for control in controls for _ in range(3)} == {f"250 {zlib.crc32(bytes(LARGE)):08X}"}
