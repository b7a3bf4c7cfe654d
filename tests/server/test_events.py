# SPDX-License-Identifier: BSD-2-Clause
"""doc/events.md and daemon/protocol/events.h: every event, with the fields of the
catalogue, in text and in JSON; who did it; which events `log_events` chooses."""

import json
import os
import re
import socket

import pytest

from control import read_all
from ctl import ctl, run
from harness import Server
from proc import wait_for
from tls import TlsControl

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HEADER = os.path.join(ROOT, "daemon/protocol/events.h")
ALWAYS = ["time", "level", "event", "seq", "chain"]  # the last two with log_chain


def catalogue():
    """{word: (level, [field], {optional field})} of events.h."""
    text = re.sub(r'"\s*\\\n\s*"', "", open(HEADER).read())
    rows = re.findall(r'ROW\((\w+), +"([\w-]+)", +(\w+), +"([^"]*)"\)', text)
    assert len(rows) > 25
    return {word: (level.lower(), re.findall(r"\w+", fields), set(re.findall(r"\[(\w+)\]", fields)))
            for _, word, level, fields in rows}


def documents(server):
    return [json.loads(line) for line in server.log_text().split("\n") if line.startswith("{")]


def events(server, name, **fields):
    return [one for one in documents(server)
            if one["event"] == name and all(one.get(key) == value for key, value in fields.items())]


def wait_event(server, name, **fields):
    return wait_for(lambda: events(server, name, **fields), 10, f"event {name} {fields}")[-1]


def log_in(server):
    control = TlsControl(server)
    server._controls.append(control)
    control.login("alice", server.user().password)
    return control.protect()


def make_server(**daemon):
    server = Server(config={"daemon": {"log_format": "json", "log_level": "debug", **daemon},
                            "user bob": {"rights": "read", "denied_commands": "SITE"},
                            "defaults": {"deny": "*.exe"}})
    server.use_tls()
    return server


@pytest.fixture(scope="module")
def busy():
    """A server after one of everything."""
    server = make_server(max_sessions_per_address="10", xferlog="/nowhere", log_chain="yes")
    server.overrides["daemon"]["xferlog"] = server.path("xferlog")
    server.start()
    try:
        everything(server)
        yield server
    finally:
        server.finish()


def everything(server):
    server.connect().close()                                        # probe
    control = log_in(server)                                        # connect, tls, login
    control.close()
    broken = server.connect()
    broken.command("AUTH TLS", 234)
    broken.raw(b"this is no ClientHello\r\n" * 20)                  # tls-failed
    assert broken.ended()
    alice = server.login()
    wrong = server.connect()
    wrong.command("USER alice", 331)
    wrong.command("PASS wrong", 530)                                # login-failed
    wrong.close()
    with alice.connect_data() as data:                              # upload, append, download, listing
        alice.command("STOR a", 150)
        data.sendall(b"12345")
    assert alice.reply().code == 226
    with alice.connect_data() as data:
        alice.command("APPE a", 150)
        data.sendall(b"67")
    assert alice.reply().code == 226
    for line in ("RETR a", "MLSD"):
        with alice.connect_data() as data:
            alice.command(line, 150)
            read_all(data)
        assert alice.reply().code == 226
    ctl(server, "trace", "--log", "--for", "60", "127.0.0.9")
    control = server.connect(source="127.0.0.9")
    control.command("NOOP", 200)                                    # trace
    control.close()
    changes(alice)
    refusals(server, alice)
    administration(server)
    alice.command("QUIT", 221)                                      # leave
    many = [socket.create_connection((server.host, server.port), timeout=20) for _ in range(12)]  # refused
    wait_event(server, "refused")
    for one in many:
        one.close()


def changes(alice):
    for line, code in (("MKD d", 257), ("RNFR a", 350), ("RNTO d/b \"x\"", 250), ("SITE CHMOD 640 d/b \"x\"", 200),
                       ("MFMT 20200102030405 d/b \"x\"", 213), ("DELE d/b \"x\"", 250), ("RMD d", 250)):
        alice.command(line, code)


def refusals(server, alice):
    bob = server.login("bob")
    bob.command("MKD /x", 550)
    bob.command("SITE CHMOD 600 x", 550)
    bob.close()
    alice.command("MKD a.exe", 550)
    alice.command("DELE missing", 550)
    alice.command("SIZE missing", 550)                              # looked for all day: no event
    alice.listen_data().close()
    alice.command("MLSD", 150)
    assert alice.reply().code == 425                                # data-failed


def administration(server):
    victim = server.login("bob")
    ctl(server, "kick", "user", "bob")
    assert victim.ended()
    ctl(server, "ban", "-t", "600", "192.0.2.77")
    ctl(server, "unban", "192.0.2.77")
    ctl(server, "reload")
    ctl(server, "upgrade")
    ctl(server, "log-level", "debug")


def test_every_event_has_the_fields_of_the_catalogue(busy):
    known = catalogue()
    names = {"login refused": "login-failed"}
    wait_event(busy, "leave", reason="quit", files_up=2)
    wait_event(busy, "log-level")
    seen = set()
    for one in documents(busy):
        name = names.get(one["event"], one["event"])
        level, fields, optional = known[name]
        seen.add(name)
        if name == "note":                                          # of any level, about a session or none
            assert one["text"] and one["process"]
            continue
        assert one["level"] == level, one
        keys = [key for key in one if key not in ALWAYS]
        assert keys == [field for field in fields if field in keys], (fields, one)
        assert set(fields) - set(keys) <= optional, (fields, one)
    assert set(known) - seen <= {"stop"}, "some event was not seen"


def test_who_did_what_is_in_the_log(busy):
    session = wait_event(busy, "mkdir", path="/d")["session"]
    mine = {"session": session, "user": "alice", "address": "127.0.0.1"}
    for name, fields in (("rename", {"path": "/a", "to": '/d/b "x"'}), ("chmod", {"path": '/d/b "x"', "mode": "0640"}),
                         ("times", {"modify": "2020-01-02T03:04:05Z"}), ("delete", {"path": '/d/b "x"', "bytes": 7}),
                         ("rmdir", {"path": "/d"}), ("upload", {"path": "/a", "bytes": 5, "complete": True}),
                         ("append", {"bytes": 2}), ("download", {"bytes": 7})):
        wait_event(busy, name, **mine, **fields)


@pytest.mark.parametrize("user, command, path, reason", [
    ("bob", "MKD", "/x", "right"), ("bob", "SITE CHMOD", "", "command"), ("alice", "MKD", "/a.exe", "deny"),
    ("alice", "DELE", "/missing", "errno")])
def test_refused_commands_say_why(busy, user, command, path, reason):
    one = wait_event(busy, "refused-command", user=user, command=command, path=path)
    assert (one["reason"], one["reply"]) == (reason, 550)
    assert one.get("error") == ("No such file or directory" if reason == "errno" else None)


def test_what_clients_only_look_for_is_no_event(busy):
    assert not events(busy, "refused-command", command="SIZE")


def test_tls_and_the_login_over_it(busy):
    one = wait_event(busy, "tls")
    assert one["version"].startswith("TLSv1.") and one["resumed"] is False and one["cipher"]
    assert wait_event(busy, "login", session=one["session"])["tls"] is True
    assert events(busy, "login", user="bob")[0]["tls"] is False
    assert wait_event(busy, "tls-failed")["text"].startswith("TLS handshake failed: ")


def test_refused_connections_name_the_limit(busy):
    one = wait_event(busy, "refused")
    assert (one["limit"], one["address"]) == ("max_sessions_per_address", "127.0.0.1")
    assert one["reply"].startswith("421 Too many connections from your address")


def test_administrators_are_in_the_log(busy):
    assert wait_event(busy, "kick")["user"] == "bob"
    assert (wait_event(busy, "ban")["by"], wait_event(busy, "ban")["seconds"]) == ("administrator", 600)
    assert wait_event(busy, "unban")["address"] == "192.0.2.77"
    assert wait_event(busy, "reload")["done"] is True
    assert wait_event(busy, "upgrade")["done"] is True
    assert wait_event(busy, "log-level")["to"] == "debug"
    assert wait_event(busy, "start")["text"].endswith(" serves")


def test_the_xferlog_has_deletions(busy):
    text = wait_for(lambda: open(busy.path("xferlog")).read(), what="the xferlog")
    line = r"^\w{3} \w{3} +\d+ [\d:]{8} \d{4} 1 127\.0\.0\.1 7 /d/b_\"x\" b _ d r alice ftp 0 \* c$"
    assert re.search(line, text, re.MULTILINE)


def test_text_has_the_same_fields():
    """Each field of each event, as key=value, in the order of the catalogue."""
    server = make_server(log_format="text").start()
    try:
        alice = server.login()
        alice.command("MKD d", 257)
        alice.command("RNFR d", 350)
        alice.command("RNTO e", 250)
        alice.command("RMD missing", 550)
        who = r"info session=\d+ pid=\d+ address=127\.0\.0\.1 user=\"alice\" "
        for line in (r"login tls=no$", r'mkdir path="/d"$', r'rename path="/d" to="/e"$',
                     r'refused-command command="RMD" path="/missing" reply=550 reason=errno '
                     r'error="No such file or directory"$'):
            server.wait_log(who + line)
    finally:
        server.finish()


def test_trace_logs_the_protocol_of_a_user():
    """Running sessions and later ones, of this user alone, and no password."""
    server = make_server().start()
    try:
        alice, bob = server.login(), server.login("bob")
        alice.command("CWD /before", 550)
        ctl(server, "trace", "--log", "alice")
        alice.command("PASS hunter2")
        alice.command("SITE PSWD hunter2 hunter3")
        alice.command("PSWD hunter2", 500)
        alice.command("CWD /missing", 550)
        bob.command("CWD /bobs", 550)
        second = server.login()
        second.command("CWD /second", 550)
        wait_event(server, "trace", line="CWD /second")
        wait_event(server, "trace", line="CWD /missing", user="alice", reply=False)
        wait_event(server, "trace", line="550 No such file or directory.", user="alice", reply=True)
        assert not events(server, "trace", line="CWD /before") + events(server, "trace", line="CWD /bobs")
        assert wait_event(server, "trace", line="PASS ****")
        assert "hunter" not in server.log_text()
    finally:
        server.finish()


def test_trace_ends_and_is_bounded():
    server = make_server().start()
    try:
        alice = server.login()
        for number in range(8):
            ctl(server, "trace", "--log", "--for", "1", f"192.0.2.{number}")
        assert run(server, "trace", "--log", "alice").returncode in (0, 75), "the eight may be over by now"
        wait_for(lambda: run(server, "trace", "--log", "--for", "1", "alice").returncode == 0, what="a free place")
        ctl(server, "trace", "--log", "--for", "1", "alice")
        wait_event_end(alice, server)
    finally:
        server.finish()


def wait_event_end(alice, server):
    """Commands until one is no longer traced."""
    numbers = iter(range(10 ** 6))

    def is_over():
        line = f"CWD /{next(numbers)}"
        alice.command(line, 550)
        wait_for(lambda: events(server, "note", text=line), what="the command")
        return not events(server, "trace", line=line)

    wait_for(is_over, what="the end of the trace", step=0.1)


def test_log_events_chooses():
    server = make_server(log_events="all, -mkdir, -login, -connect").start()
    try:
        alice = server.login()
        alice.command("MKD d", 257)
        alice.command("RMD d", 250)
        wait_event(server, "rmdir", path="/d")
        assert not events(server, "mkdir") + events(server, "login") + events(server, "connect")
        assert [one for one in documents(server) if one["event"] == "note"], "notes depend on their level alone"
    finally:
        server.finish()


def test_an_unknown_event_is_a_fault():
    server = make_server(log_events="upload, uplaod")
    with pytest.raises(AssertionError, match="uplaod"):
        server.start()


def test_a_user_at_the_limit_is_refused_by_name():
    server = Server(config={"daemon": {"log_format": "json"}, "user alice": {"max_sessions_per_user": "1"}}).start()
    try:
        server.login()
        second = server.connect()
        second.command("USER alice", 331)
        assert second.command("PASS " + server.user().password).code in (421, 530)
        one = wait_event(server, "login refused")
        assert (one["reason"], one["limit"]) == ("limit", "max_sessions_per_user")
    finally:
        server.finish()


def test_a_data_connection_that_does_not_resume_is_named():
    server = make_server().use_tls(data_resume="required").start()
    try:
        server.put("file", b"x")
        control = log_in(server)
        data = socket.create_connection((control.host, control.epsv()), timeout=20)
        control.command("RETR file", 150)
        with control.wrap_data(data, resume=False):
            assert control.reply().code == 522
        one = wait_event(server, "data-failed")
        assert (one["why"], one["path"], one["user"]) == ("not-resumed", "/file", "alice")
    finally:
        server.finish()


def test_exhausted_ports_are_named():
    server = make_server()
    server.overrides["listener default"] = {"passive_ports": "29871-29871"}
    server.start()
    try:
        server.login().epsv()
        assert server.login("bob").command("EPSV").code == 425
        one = wait_event(server, "data-failed")
        assert (one["why"], one["user"]) == ("ports-exhausted", "bob")
        assert one["error"] == "all of 29871-29871 are in use"
    finally:
        server.finish()


def test_a_stranger_on_a_passive_port_is_named_and_the_transfer_goes_on():
    """Where the kernel's filter is missing, NET itself drops the stranger (D1)."""
    server = make_server().start()
    try:
        server.put("file", b"content")
        control = server.login()
        port = control.epsv()
        with socket.socket() as stranger:
            stranger.bind(("127.0.0.2", 0))
            stranger.settimeout(3)
            try:
                stranger.connect((control.host, port))
            except TimeoutError:
                pytest.skip("the kernel filters the port, so that no stranger gets as far as NET")
            control.command("RETR file", 150)
            assert stranger.recv(10) == b""
            with socket.create_connection((control.host, port), timeout=20) as data:
                assert data.recv(20) == b"content" and data.recv(20) == b""
        assert control.reply().code == 226
        one = wait_event(server, "data-failed")
        assert (one["why"], one["error"], one["user"]) == ("wrong-peer", "127.0.0.2", "alice")
        assert wait_event(server, "download")["complete"] is True
    finally:
        server.finish()
