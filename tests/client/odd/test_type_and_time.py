# SPDX-License-Identifier: BSD-2-Clause
"""Representation types, and times where the server has no MLSD."""

import os
import time

import pytest
from odd_server import OLD
from wardftp import REFUSED

TEXT = b"one\ntwo\r\nthree\rfour\n"


def test_a_type_set_by_hand_changes_no_file(client, odd):
    server = odd({"text": TEXT})
    client.write("up", TEXT)
    client.ok("-c", "type A; get text; quote TYPE A; put up", server.url)
    assert client.read("text") == TEXT and server.tree["up"] == TEXT


def test_the_type_is_sent_once_where_nothing_changes_it(client, odd):
    server = odd({"a": b"1", "b": b"2"})
    client.ok("-c", "get a; get b; ls", server.url)
    assert server.sent("TYPE") == ["TYPE I"]


@pytest.mark.parametrize("how", ["--ascii", "ascii"])
def test_ascii_converts_both_ways(client, odd, how):
    server = odd({"text": b"a\nb\n"})
    client.write("up", b"c\nd\n")
    raw = []
    plain = server.session_class.store

    def store(session, argument, append=False):
        session.type = "I"  # to see what was sent
        plain(session, argument, append)
        raw.append(server.tree["up"])

    server.on["STOR"] = store
    options, first = (["--ascii"], "") if how == "--ascii" else ([], "ascii; ")
    client.ok(*options, "-c", first + "get text; put up; binary; get text again", server.url)
    assert client.read("text") == b"a\nb\n" and raw == [b"c\r\nd\r\n"]
    assert client.read("again") == b"a\nb\n"
    assert "TYPE A" in server.seen and server.sent("TYPE")[-1] == "TYPE I"


def test_downloads_get_the_servers_time(client, odd):
    server = odd({"site": {"a": b"1"}, "b": b"2"}, mlsd=False)
    client.ok("-c", "mirror site here; mget b; get b c", server.url)
    assert all(os.stat(client.path(name)).st_mtime == OLD for name in ("here/a", "b", "c"))


def test_without_mdtm_the_time_of_list_serves(client, odd):
    server = odd({"site": {"a": b"1"}}, mlsd=False, features=("SIZE",))
    client.ok("-c", "mirror site here", server.url)
    assert os.stat(client.path("here/a")).st_mtime == OLD // 86400 * 86400
    server.tree["site"]["a"] = b"2"
    client.ok("-c", "mirror site here", server.url)
    assert client.read("here/a") == b"1", "the same size and day"
    server.times["/site/a"] = OLD + 86400
    client.ok("-c", "mirror site here", server.url)
    assert client.read("here/a") == b"2"


@pytest.mark.parametrize("upload", [False, True])
def test_mdtm_says_what_is_newer_where_list_does_not(client, odd, upload):
    server = odd({"site": {"f": b"server"}}, mlsd=False)
    client.write("here/f", b"client")
    way = "-R here site" if upload else "site here"

    def mirrored(local_time):
        server.tree["site"]["f"] = b"server"
        server.times["/site/f"] = OLD
        client.write("here/f", b"client")
        os.utime(client.path("here/f"), (local_time, local_time))
        client.ok("-c", f"mirror {way}", server.url)
        return server.tree["site"]["f"] == b"client" if upload else client.read("here/f") == b"server"

    assert mirrored(OLD - 1) != upload
    assert mirrored(OLD + 1) == upload
    assert not mirrored(OLD)


def test_an_edit_notices_that_the_file_has_changed(client, odd):
    server = odd({"file": b"first"})
    editor = client.path("editor")
    with open(editor, "w") as script:
        script.write('#!/bin/sh\nprintf mine > "$1"\nprintf x > "$HOME/ready"\n'
                     'while [ -e "$HOME/ready" ]; do sleep 0.05; done\n')
    os.chmod(editor, 0o755)
    client.environment["EDITOR"] = editor
    running = client.start("edit", server.url + "file")
    deadline = time.monotonic() + 30
    while not client.exists("ready"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    server.tree["file"] = b"theirs!"
    os.unlink(client.path("ready"))
    _, err = running.communicate(timeout=30)
    assert running.returncode == REFUSED and b"changed" in err
    assert server.tree["file"] == b"theirs!"
    kept = err.split(b"your changes are in ")[1].splitlines()[0]
    with open(kept, "rb") as file:
        assert file.read() == b"mine"


@pytest.mark.parametrize("mode", ["auto", "yes"])
def test_the_byte_ff_is_doubled_where_the_server_wants_it(client, odd, mode):
    name = b"\xff.txt".decode("utf-8", "surrogateescape")
    server = odd({name: b"1"})
    plain = server.session_class.path

    def path(session, argument):
        raw = argument.encode("utf-8", "surrogateescape")
        telnet = b"\0".join(part.replace(b"\xff", b"") for part in raw.split(b"\xff\xff")).replace(b"\0", b"\xff")
        return plain(session, telnet.decode("utf-8", "surrogateescape"))

    server.session_class = type("Telnet", (server.session_class,), {"path": path})
    client.ok("-c", f"set telnet {mode}; mget *", server.url)
    assert os.listdir(os.fsencode(client.directory)).count(b"\xff.txt") == 1


def test_the_byte_ff_is_not_doubled_where_the_server_does_not(client, odd):
    name = b"\xff.txt".decode("utf-8", "surrogateescape")
    server = odd({name: b"1"})
    client.ok("-c", "mget *", server.url)
    assert os.listdir(os.fsencode(client.directory)).count(b"\xff.txt") == 1
    assert not server.sent("DELE") and not server.sent("STOR")
