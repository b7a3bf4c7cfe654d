# SPDX-License-Identifier: BSD-2-Clause
"""Servers that lie: nothing leaves its place, nothing hangs, nothing is believed."""

import os
import time

import pytest
from wardftp import AGAIN, PROTOCOL


def say(*lines):
    return lambda session, argument=None: session.send(*lines)


@pytest.mark.parametrize("greeting", [
    b"\x00\xff\xfe garbage\r\n", b"220-never ends\r\n" + b"x" * 2_000_000, b"\r\n\r\n", b"999 What\r\n",
    b"HTTP/1.1 400 Bad Request\r\n\r\n", b"x" * 2_000_000,
])
def test_garbage_for_a_greeting(client, liar, greeting):
    liar.greeting = lambda session: session.send(greeting)
    assert client.run("--idle-timeout=5", "ls", liar.url).code in (PROTOCOL, AGAIN)


def test_an_endless_reply_takes_little_memory(client, liar):
    def flood(session, argument):
        session.send("211-Features")
        for _ in range(200):
            session.send(b" " + b"y" * 100_000 + b"\r\n")

    liar.on["FEAT"] = flood
    assert client.run("ls", liar.url).code == PROTOCOL


@pytest.mark.parametrize("address", ["10,1,2,3", "192,0,2,7", "0,0,0,0", "127,0,0,2"])
def test_a_pasv_address_elsewhere_is_not_followed(client, liar, address):
    def pasv(session, argument):
        port = session.listen()
        session.send(f"227 Here ({address},{port // 256},{port % 256})")

    liar.on["EPSV"] = say("500 What")
    liar.on["PASV"] = pasv
    assert client.ok("cat", liar.url + "file").out == liar.files["file"]


@pytest.mark.parametrize("reply", ["227 Here (1,2,3)", "227 (300,1,1,1,1,1)", "227 ()", "227 here",
                                   "227 (127,0,0,1,0,0)"])
def test_nonsense_for_a_pasv_reply(client, liar, reply):
    liar.on["EPSV"] = say("500 What")
    liar.on["PASV"] = say(reply)
    assert client.run("cat", liar.url + "file").code == PROTOCOL


EVIL = ["../up", "/etc/abs", "..", ".", "a/b", "../../../../tmp/x", "dir/../../z"]


def test_names_in_listings_stay_below_the_target(client, liar):
    facts = "type=file;size=3;modify=20240229123000; "
    listing = "".join(f"{facts}{name}\r\n" for name in [*EVIL, "good"])
    liar.on["MLSD"] = lambda session, argument: session.send_data(listing.encode())
    liar.on["RETR"] = lambda session, argument: session.send_data(b"abc")
    os.makedirs(client.path("a/b/c"))
    result = client.run("-c", "lcd a/b/c; mirror . target", liar.url)
    assert result.code == PROTOCOL
    found = sorted(os.path.relpath(os.path.join(base, name), client.directory)
                   for base, _, names in os.walk(client.directory) for name in names)
    assert found == ["a/b/c/target/good"]


def test_directories_in_listings_stay_below_the_target(client, liar):
    liar.on["MLSD"] = lambda session, argument: session.send_data(b"type=dir; ..\r\ntype=dir; ../x\r\ntype=dir; /y\r\n")
    assert client.run("-c", "mirror . target", liar.url).code == PROTOCOL
    assert os.listdir(client.path("target")) == []


def test_a_bottomless_tree_ends(client, liar):
    liar.on["MLSD"] = lambda session, argument: session.send_data(b"type=dir; d\r\n")
    liar.on["CWD"] = say("250 Fine")
    assert client.run("--no-sync", "-c", "mirror . target", liar.url).code == PROTOCOL


def test_control_bytes_do_not_reach_a_terminal(client, liar):
    liar.greeting = say("220 \x1b[2Jboo\x07")
    liar.on["PASS"] = say("530 \x1b]0;title\x07")
    result = client.run("-v", "ls", liar.url)
    assert "\x1b" not in result.err and "\x07" not in result.err
    assert "x1b[2J" in result.err


DECEIVES = "a\x85b\u2028c\u202egpj.exe\u2066d\x9b"


def test_characters_that_change_how_a_name_is_shown_are_escaped(client, liar):
    """C1 controls, line separators, overrides and isolates: in JSON, and in what a person reads."""
    facts = "type=file;size=3;modify=20240229123000; "
    liar.on["MLSD"] = lambda session, argument: session.send_data(f"{facts}{DECEIVES}\r\n".encode())
    liar.on["RETR"] = say(f"550 No {DECEIVES}")
    told = client.ok("--json", "ls", liar.url)
    assert not set(told.out.decode()) & set("\x85\u2028\u202e\u2066\x9b")
    assert [event["name"] for event in told.events if event["event"] == "entry"] == [DECEIVES]
    refused = client.run("cat", liar.url + "file")
    assert not set(refused.err) & set("\x85\u2028\u202e\u2066\x9b")
    assert r"\xe2\x80\xaegpj.exe" in refused.err


def test_lines_of_a_listing_without_an_end(client, liar):
    liar.on["MLSD"] = lambda session, argument: session.send_data(b"type=file;" + b"x" * 3_000_000)
    client.ok("ls", liar.url)


def test_words_in_clear_after_auth_tls(client, liar, certificates):
    """What is injected before the handshake must not pass for the server's reply."""
    liar.tls(*certificates["good"])
    liar.on["AUTH"] = lambda session, argument: session.send(b"234 Go on\r\n200 injected\r\n")
    result = client.run("--tls=require", "--ca", certificates["good"][0], "ls", liar.url)
    assert result.code == PROTOCOL and "unencrypted" in result.err


def test_more_replies_than_commands(client, liar):
    liar.on["TYPE"] = say("200 Fine", "200 Fine again")
    client.run("--idle-timeout=2", "cat", liar.url + "file")


def test_a_server_that_says_nothing(client, liar):
    liar.greeting = lambda session: None
    began = time.monotonic()
    assert client.run("--idle-timeout=0.5", "ls", liar.url).code == AGAIN
    assert time.monotonic() - began < 10


def test_a_data_connection_that_never_comes(client, liar):
    def late(session, argument):
        session.send("150 Here it comes")

    def closed_port(session, argument):
        port = session.listen()
        session.listener.close()
        session.listener = None
        session.send(f"229 Here (|||{port}|)")

    liar.on["EPSV"], liar.on["RETR"], liar.on["PASV"] = closed_port, late, say("500 What")
    assert client.run("--idle-timeout=1", "get", liar.url + "file").code == AGAIN


def test_an_upload_that_is_refused_in_the_middle(client, liar):
    """The refusal is read while sending, not after all of it."""
    def stor(session, argument):
        session.send("150 Send it")
        session.held = session.data()
        session.held.recv(1000)
        session.send("452 The disk is full")

    liar.on["STOR"] = stor
    client.write("big", b"x" * 50_000_000)
    began = time.monotonic()
    result = client.run("--stall-timeout=20", "put", "big", liar.url + "up")
    assert result.code == AGAIN and "disk is full" in result.err
    assert time.monotonic() - began < 10


def test_list_where_there_is_no_mlsd(client, liar):
    liar.features = ["SIZE"]
    liar.on["LIST"] = lambda session, argument: session.send_data(
        b"total 2\r\n-rw-r--r-- 1 a b 5 Jan 01 2024 one name\r\ndrwxr-xr-x 2 a b 0 Jan 01 2024 dir\r\n"
        b"02-29-24  12:30PM  7 dos\r\nnonsense\r\n")
    events = client.ok("--json", "ls", liar.url).events
    assert events.pop() == {"event": "raw", "text": "nonsense"}
    assert [(e["name"], e["type"]) for e in events] == [("dir", "dir"), ("dos", "file"), ("one name", "file")]


def test_retries_resume_and_end(client, liar):
    """The first attempt is cut: the second goes on where it was."""
    honest = liar.files["file"] = b"content of a larger file\n" * 40_000
    attempts = []

    def retr(session, argument):
        offset, session.offset = session.offset, 0
        attempts.append(offset)
        end = len(honest) if len(attempts) > 1 else len(honest) // 2
        session.send_data(honest[offset:end], "226 Done" if len(attempts) > 1 else "426 Broken")

    liar.on["RETR"] = retr
    client.retry = "20"
    client.ok("get", liar.url + "file")
    assert client.read("file") == honest
    assert len(attempts) == 2 and attempts[1] > 0


@pytest.mark.parametrize("verb", ["TYPE", "RETR"])
def test_preliminary_replies_without_end_are_a_failure(client, liar, verb):
    def mumble(session, argument):
        if verb == "RETR":
            session.send("150 Here it comes")
            session.data().close()
        for _ in range(100):
            session.send(*["150 Soon"] * 50)

    liar.on[verb] = mumble
    result = client.run("cat", liar.url + "file")
    assert result.code == PROTOCOL and "without end" in result.err
