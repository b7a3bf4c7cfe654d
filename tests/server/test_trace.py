# SPDX-License-Identifier: BSD-2-Clause
"""wardctl trace: the lines of running and coming sessions, as they come, without passwords."""

import contextlib
import re
import signal
import socket
import subprocess

import pytest

from ctl import WARDCTL
from harness import User
from proc import wait_for
from tls import TlsControl, tls_server

LINE = re.compile(r"\d\d:\d\d:\d\d (?P<session>\d+) (?P<address>\S+) (?P<user>\S+) (?P<way>[<>]) (?P<text>.*)")


class Trace:
    """A running `wardctl trace`; its output goes to files."""

    def __init__(self, server, *words):
        self.out, self.err = server.path("trace.out"), server.path("trace.err")
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen([WARDCTL, "-s", server.path("control"), "trace", *words], stdout=out,
                                            stderr=err, stdin=subprocess.DEVNULL)
        wait_for(lambda: "are traced" in open(self.err).read() or self.process.poll() is not None, what="the trace")

    def text(self):
        with open(self.out, errors="replace") as file:
            return file.read()

    def lines(self):
        return [LINE.fullmatch(line) or line for line in self.text().splitlines()]

    def pairs(self):
        return [(line["way"], line["text"]) for line in self.lines()]

    def wait(self, way, text):
        wait_for(lambda: (way, text) in self.pairs(), what=f"{way} {text} in {self.text()}")

    def end(self):
        """As Ctrl-C does; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


@contextlib.contextmanager
def trace(server, *words):
    one = Trace(server, *words)
    try:
        yield one
    finally:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait(10)


def test_a_running_session_is_traced_as_it_goes(server):
    alice, bob = server.login(), server.login("bob")
    alice.command("CWD /before", 550)
    with trace(server, "alice") as live:
        alice.command("CWD /missing", 550)
        live.wait(">", "CWD /missing")
        live.wait("<", "550 No such file or directory.")
        bob.command("CWD /bobs", 550)
        alice.command("PASS hunter2"), alice.command("SITE PSWD hunter2 hunter3"), alice.command("PSWD hunter2", 500)
        alice.command("STAT", 211)
        live.wait("<", "211 End of status.")
        second = server.login()
        second.command("CWD /second", 550)
        live.wait(">", "CWD /second")
        assert (">", "PASS ****") in live.pairs() and "hunter" not in live.text()
        assert "/before" not in live.text() and "/bobs" not in live.text()
        assert {(line["user"], line["address"]) for line in live.lines()} == {("alice", "127.0.0.1")}
        assert len({line["session"] for line in live.lines()}) == 2
        assert live.end() == 0
        before = live.text()
        alice.command("CWD /after", 550)
        server.wait_log("CWD /after")
        assert live.text() == before and 'trace reply=no line="CWD /after"' not in server.log_text()
    assert "hunter" not in server.log_text()


def test_an_address_is_traced_from_the_connection_on(server):
    with trace(server, "--for", "60", "127.0.0.9") as live:
        server.login(source="127.0.0.8").command("CWD /other", 550)
        control = server.login(source="127.0.0.9")
        control.command("QUIT", 221)
        live.wait("<", "221 Goodbye.")
        pairs = live.pairs()
        assert pairs.index(("<", "220 wardftpd ready.")) < pairs.index((">", "USER alice"))
        assert (">", "PASS ****") in pairs and server.user().password not in live.text()
        users = [line["user"] for line in live.lines()]
        assert users[0] == "-" and users[-1] == "alice"
        assert {line["address"] for line in live.lines()} == {"127.0.0.9"}


def test_it_ends_after_its_time(server):
    control = server.login()
    with trace(server, "--for", "1", "alice") as live:
        assert live.process.wait(30) == 0
        text = live.text()
        control.command("CWD /late", 550)
        server.wait_log("CWD /late")
        assert live.text() == text and "trace reply" not in server.log_text().split("CWD /late")[-1]


@pytest.mark.parametrize("daemon", [{"log": "none"}, {"log_events": "all, -trace"}, {"log_level": "error"}])
def test_the_log_needs_not_have_it(make_server, daemon):
    server = make_server(config={"daemon": daemon})
    control = server.login()
    with trace(server, "alice") as live:
        control.command("CWD /missing", 550)
        live.wait("<", "550 No such file or directory.")
    assert "trace reply" not in server.log_text()


def test_commands_during_a_transfer_are_traced(server):
    server.put("file", b"x" * (64 << 20))
    control = server.login()
    with trace(server, "alice") as live, \
            socket.create_connection((control.host, control.epsv()), timeout=30) as data:
        control.command("RETR file", 150)
        control.command("STAT", 213)
        control.send("ABOR")
        data.recv(1)
        assert control.reply().code == 426 and control.reply().code == 226
        live.wait("<", "226 ABOR command successful.")
        ways = [text.split()[0] for way, text in live.pairs() if way == ">"]
        assert ways[-3:] == ["RETR", "STAT", "ABOR"], ways


def test_a_tls_session_is_traced(make_server):
    server = tls_server(make_server)
    control = TlsControl(server)
    server._controls.append(control)
    control.login("alice", server.user().password)
    with trace(server, "alice") as live:
        control.command("CWD /missing", 550)
        live.wait(">", "CWD /missing")


def test_a_trace_that_ends_leaves_the_longer_one(server):
    """Both name the session: by its user, and by its address."""
    control = server.login()
    subprocess.run([WARDCTL, "-s", server.path("control"), "trace", "--log", "127.0.0.1"], check=True,
                   capture_output=True)
    with trace(server, "alice") as live:
        control.command("CWD /first", 550)
        live.wait(">", "CWD /first")
        assert live.end() == 0
    control.command("CWD /second", 550)
    server.wait_log('trace reply=no line="CWD /second"')


def test_no_line_reaches_the_terminal_raw(make_server):
    server = make_server(users=[User("al\u00e9ce", 5001)])
    control = server.login("al\u00e9ce")
    with trace(server, "al\u00e9ce") as live:
        control.socket.sendall(b"CWD \x1b[2J\ttab\xff\xff\r\n")
        assert control.reply().code == 550
        live.wait("<", "550 No such file or directory.")
        shown = [text for way, text in live.pairs() if way == ">"][-1]
        assert shown.startswith("CWD \\x1b[2J\\x09tab") and live.lines()[-1]["user"] == "al\u00e9ce"


def test_lines_that_were_lost_are_counted(server):
    control = server.login()
    with trace(server, "alice") as live:
        control.command("NOOP", 200)
        live.wait(">", "NOOP")
        live.process.send_signal(signal.SIGSTOP)
        for _ in range(100):
            control.socket.sendall(b"NOOP\r\n" * 20)
            for _ in range(20):
                control.reply()
        live.process.send_signal(signal.SIGCONT)
        wait_for(lambda: "came faster than they could be read" in live.text(), what="the count")
        control.command("CWD /missing", 550)
        wait_for(lambda: "> CWD /missing" in live.text(), what="the lines that follow")


def test_it_goes_on_with_a_new_scribe(server):
    """Its numbers begin at zero; the master has the trace, NET knows it."""
    control = server.login()
    with trace(server, "alice") as live:
        control.command("CWD /one", 550)
        live.wait(">", "CWD /one")
        scribe = server.one("scribe")
        scribe.kill()
        wait_for(lambda: server.processes("scribe") and server.one("scribe").pid != scribe.pid, what="a new scribe")
        control.command("CWD /two", 550)
        live.wait(">", "CWD /two")
