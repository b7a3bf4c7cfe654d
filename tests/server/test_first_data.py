# SPDX-License-Identifier: BSD-2-Clause
"""The dialer serves a session from its log-in on: EPSV in the segment after PASS is never 425."""

import os
import signal
import threading

import pytest

from control import Control
from proc import wait_for

THREADS = 4


def log_in_and_ask(server, host):
    """The codes of PASS and of the EPSV that was sent right behind it."""
    with Control(server.host, server.port, source=host) as control:
        control.command("USER alice", 331)
        control.raw(f"PASS {server.user().password}\r\n".encode())
        control.raw(b"EPSV\r\n")
        return control.reply().code, control.reply().code


class Crowd:
    """Threads that log in one after the other, so many times each."""

    def __init__(self, server, times):
        self.server, self.times = server, times
        self.codes, self.faults = [], []
        self.threads = [threading.Thread(target=self._run, args=(number,)) for number in range(THREADS)]

    def _run(self, number):
        for _ in range(self.times // THREADS):
            try:
                self.codes.append(log_in_and_ask(self.server, f"127.0.1.{number + 1}"))
            except Exception as fault:  # the process that it needed was killed
                self.faults.append(fault)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        for thread in self.threads:
            thread.join()

    def check(self):
        """A client with a 230 has a port."""
        ports = [second for first, second in self.codes if first == 230]
        assert ports and set(ports) == {229}, self.codes


def crowd_of(server, times, killed=None):
    with Crowd(server, times) as crowd:
        if killed:
            wait_for(lambda: len(crowd.codes) >= times // 10, 60, "the first log-ins")
            old = server.one(killed)
            os.kill(old.pid, signal.SIGKILL)
            server.restarted(killed, old)
    crowd.check()
    return crowd


@pytest.fixture
def crowded(make_server):
    return make_server(config={"daemon": {"connects_per_second": 0}})


def check_all(server, times):
    assert not crowd_of(server, times).faults
    for role in ("dialer", "auth", "scribe"):
        crowd_of(server, times, role)
        assert not crowd_of(server, times // 4).faults, f"after the restart of {role}"


def test_a_port_right_after_the_login(crowded):
    check_all(crowded, 80)


@pytest.mark.full
def test_a_port_right_after_ten_thousand_logins(crowded):
    check_all(crowded, 2700)


def test_a_port_after_another_master(crowded):
    """The sessions of the one that was killed go on with their dialer, those of the next have theirs."""
    old = crowded.login()
    crowded.kill()
    assert old.command("EPSV").code == 229
    assert crowded.launch()
    assert not crowd_of(crowded, 40).faults
    assert old.command("EPSV").code == 229
    old.close()


def test_a_restarted_dialer_knows_who_is_logged_in(crowded):
    """And who is not: the ones before the log-in get theirs by logging in."""
    inside, outside = crowded.login(), crowded.connect()
    old = crowded.one("dialer")
    os.kill(old.pid, signal.SIGKILL)
    crowded.restarted("dialer", old)
    assert inside.command("EPSV").code == 229
    outside.login("bob", crowded.user("bob").password)
    assert outside.command("EPSV").code == 229
