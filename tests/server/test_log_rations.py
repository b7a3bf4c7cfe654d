# SPDX-License-Identifier: BSD-2-Clause
"""The log has every record of an honest session, and no more of a flood than a
ration; no secret; no character that changes how a line is shown."""

import json
import os
import re
import socket

import pytest

from control import read_all
from ctl import run, who
from harness import SANITIZED, Server
from proc import wait_for


def counts(server, *patterns):
    text = server.log_text()
    return [len(re.findall(pattern, text)) for pattern in patterns]


def transfer(control, line, content=None):
    """One small file over a data connection of its own."""
    with control.connect_data() as data:
        control.command(line, 150)
        if content is None:
            assert read_all(data)
        else:
            data.sendall(content)
    assert control.reply().code == 226


@pytest.mark.parametrize("each", [1500, pytest.param(5000, marks=pytest.mark.full)])
def test_all_of_many_small_files_are_in_the_log(each):
    """Uploads, downloads and deletions, as fast as one client can; xferlog too."""
    each = each if not SANITIZED else each // 10
    server = Server(config={"defaults": {"sync_uploads": "no"}})
    xferlog = server.path("xferlog")
    server.overrides.setdefault("daemon", {})["xferlog"] = xferlog
    server.start()
    try:
        control = server.login(timeout=60)
        for number in range(each):
            transfer(control, f"STOR {number}", b"x")
        for number in range(each):
            transfer(control, f"RETR {number}")
        for first in range(0, each, 100):
            control.raw(b"".join(b"DELE %d\r\n" % number for number in range(first, first + 100)))
            assert {control.reply().code for _ in range(100)} == {250}
        control.command("QUIT", 221)
        server.wait_log(r"leave reason=quit", 60)
        events = (r' upload path="/\d+"', r' download path="/\d+"', r' delete path="/\d+"')
        wait_for(lambda: counts(server, *events) == [each] * 3, 60, "a line for each file")  # JAIL's come late
        assert counts(server, "left out", "records were lost") == [0, 0]
        with open(xferlog) as file:
            assert len(file.readlines()) == 3 * each
    finally:
        server.finish()


def test_refused_connections_do_not_fill_the_log():
    server = Server(config={"daemon": {"max_sessions_per_address": 1}}).start()
    try:
        server.connect()
        for _ in range(600):
            with socket.create_connection((server.host, server.port), timeout=20) as refused:
                assert refused.recv(200).startswith(b"421 Too many connections from your address")
        server.stop(60)  # the ration grows meanwhile, and the scribe may be behind
        written, = counts(server, r'address=127\.0\.0\.1 refused reply="421 Too many')
        assert 200 <= written < 600
        told = re.findall(r"may log: address=127\.0\.0\.1 (\d+) refused connections", server.log_text())
        assert written + sum(map(int, told)) == 600
    finally:
        server.finish()


@pytest.mark.parametrize("line", ["ACCT hunter2", "SITE PSWD hunter2 hunter3", "USER alice PASS hunter2",
                                  "PASS hunter2", "site pswd hunter2", "PSWD hunter2"])
def test_l6_no_secret_is_logged(server, line):
    control = server.connect()
    control.command(line)
    control.command("PASS hunter2")
    control.close()
    control = server.login()
    control.command(line)
    control.command("PASS hunter2")
    control.command("NOOP the-last", 200)
    server.wait_log("NOOP the-last")
    assert "hunter" not in server.log_text()


SHOWN_AS = {"c1": ("a\x85b\x9b2Jc", r"a\xc2\x85b\xc2\x9b2Jc"),
            "separators": ("a\u2028b\u2029c", r"a\xe2\x80\xa8b\xe2\x80\xa9c"),
            "overrides": ("a\u202egpj.exe\u202c", r"a\xe2\x80\xaegpj.exe\xe2\x80\xac"),
            "isolates": ("a\u2066b\u2069", r"a\xe2\x81\xa6b\xe2\x81\xa9"), "plain": ("a\u05d0\u00e9", "a\u05d0\u00e9")}


@pytest.mark.parametrize("what", SHOWN_AS)
@pytest.mark.parametrize("form", ["text", "json"])
def test_m3_what_changes_how_a_line_is_shown_is_escaped(what, form):
    name, shown = SHOWN_AS[what]
    hidden = [character for character in name if character in "\x85\x9b\u2028\u2029\u202e\u202c\u2066\u2069"]
    server = Server(config={"daemon": {"log_format": form}})
    xferlog = server.path("xferlog")
    server.overrides["daemon"]["xferlog"] = xferlog
    server.start()
    try:
        control = server.login()
        control.store("STOR " + name, b"x")
        wait_for(lambda: '"upload"' in server.log_text() or " upload " in server.log_text(), what="the record")
        wait_for(lambda: open(xferlog).read(), what="the line of the xferlog")
        with open(server.log, newline="\n") as file:
            lines = [line for line in file.read().split("\n") if "upload" in line]
        with open(xferlog, newline="\n") as file:
            lines.append(file.read())
        for line in lines:
            assert not any(character in line for character in hidden), line
        if form == "text":
            assert f'path="/{shown}"' in lines[0]
        else:
            assert json.loads(lines[0])["path"] == "/" + name
    finally:
        server.finish()


@pytest.mark.parametrize("what", SHOWN_AS)
def test_m3_wardctl_escapes_them(server, what):
    name, shown = SHOWN_AS[what]
    server.put("big", bytes(20000000))
    control = server.login()
    os.rename(server.home("alice", "big"), server.home("alice", name))
    with control.connect_data() as data:
        control.command("RETR " + name, 150)
        row = wait_for(lambda: next((row for row in who(server) if row.get("file")), None), what="the transfer in who")
        assert row["file"] == "/" + name
        for words in (["who"], ["who", "--json"]):
            told = run(server, *words).stdout
            assert name == shown or name not in told, told
        assert "/" + shown in run(server, "who").stdout
        read_all(data)
    assert control.reply().code == 226
