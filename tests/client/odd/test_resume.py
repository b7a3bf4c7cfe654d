# SPDX-License-Identifier: BSD-2-Clause
"""A resume is proven by HASH, or by the last blocks where HASH is refused or slow."""

import os
import time

import pytest
from odd_server import OLD, say
from wardftp import INTERRUPTED

CONTENT = bytes(range(256)) * 2000
FEATURES = ("SIZE", "MDTM", "REST STREAM", "HASH SHA-256*", "RANG STREAM")


@pytest.fixture
def half(client, odd):
    """A server with HASH, and half of its file here."""
    server = odd({"file": CONTENT}, features=FEATURES)
    part = client.path(".file.wardftp-part")
    with open(part, "wb") as file:
        file.write(CONTENT[:len(CONTENT) // 2])
    os.utime(part, (OLD, OLD))
    return server


def check_resumed(client, server):
    assert client.read("file") == CONTENT
    assert [int(line.split()[1]) for line in server.sent("REST")][-1] > 100_000, "not from the start"


def test_by_hash(client, half):
    client.ok("reget", half.url + "file")
    check_resumed(client, half)
    assert half.sent("HASH")


@pytest.mark.parametrize("reply", ["504 Not for this", "451 Error", "450 Busy", "502 No", "550 No", "552 Too large"])
def test_by_the_last_block_where_hash_is_refused(client, half, reply):
    half.on["HASH"] = say(reply)
    client.ok("reget", half.url + "file")
    check_resumed(client, half)


def test_a_hash_gets_more_time_than_other_commands(client, half):
    def slow(session, argument):
        time.sleep(1.5)
        session.do_HASH(argument)

    half.on["HASH"] = slow
    client.ok("--idle-timeout=0.5", "reget", half.url + "file")
    check_resumed(client, half)
    assert len(half.sessions) == 1


def test_by_the_last_block_where_hash_takes_too_long(client, half):
    half.on["HASH"] = say()
    client.ok("--idle-timeout=0.3", "--retry=10", "reget", half.url + "file")
    check_resumed(client, half)
    assert len(half.sent("HASH")) == 1


def test_an_upload_likewise(client, odd):
    server = odd({"up": CONTENT[:300_000]}, features=FEATURES)
    server.on["HASH"] = say("451 Error")
    client.write("up", CONTENT)
    client.ok("-c", "reput up", server.url)
    assert server.tree["up"] == CONTENT and server.sent("REST")[-1] == "REST 300000"


def test_ctrl_c_ends_the_wait_for_a_hash(client, half):
    half.on["HASH"] = say()
    running = client.start("--idle-timeout=60", "reget", half.url + "file")
    deadline = time.monotonic() + 30
    while not half.sent("HASH"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    running.terminate()
    assert running.wait(timeout=20) == INTERRUPTED
    running.stdout.close()
    running.stderr.close()


def test_progress_of_a_hash_is_shown(client, half):
    import terminal

    def slow(session, argument):
        time.sleep(2.5)
        session.do_HASH(argument)

    half.on["HASH"] = slow
    with terminal.Terminal(client, "reget", half.url + "file") as tty:
        tty.expect(r"file: checksum, [12] s")
        assert tty.wait() == 0


@pytest.mark.parametrize("command", ["reget", "get"])
def test_a_part_survives_an_attempt_that_moves_nothing(client, half, command):
    half.on["RETR"] = say("450 Busy")
    assert client.run(command, half.url + "file").code != 0
    with open(client.path(".file.wardftp-part"), "rb") as file:
        assert file.read() == CONTENT[:len(CONTENT) // 2]


def test_a_part_of_another_version_is_not_taken_for_this_one(client, half):
    """Its time stays that of its own version, whatever becomes of the attempts in between."""
    os.utime(client.path(".file.wardftp-part"), (OLD - 100, OLD - 100))
    half.on["RETR"] = say("450 Busy")
    assert client.run("reget", half.url + "file").code != 0
    assert os.stat(client.path(".file.wardftp-part")).st_mtime == OLD - 100
    del half.on["RETR"]
    client.ok("reget", half.url + "file")
    assert client.read("file") == CONTENT and not half.sent("REST")


def test_retries_never_continue_the_file_that_is_replaced(client, odd):
    """A part that is lost on the way does not make the old file the one to go on with."""
    server = odd({"file": CONTENT}, mlsd=False)
    client.write("file", b"the old version")
    attempts = []

    def cut(session):
        session.send("150 Here it comes")
        session.reset(session.data())
        session.send("426 Cut")

    def retr(session, argument):
        attempts.append(session.offset)
        session.offset = 0
        if len(attempts) == 1:
            session.send_data(CONTENT[:200_000], "426 Cut")
        elif len(attempts) == 2:
            session.send_data(b"another file " * 20_000)
        elif len(attempts) == 4:
            session.send_data(CONTENT[:1000], "426 Cut")
        elif len(attempts) < 6:
            cut(session)
        else:
            session.send("550 No")

    server.on["RETR"] = retr
    client.retry = "20"
    assert client.run("get", server.url + "file").code != 0
    assert len(attempts) >= 6 and attempts[1] > 0
    assert client.read("file") == b"the old version"


@pytest.mark.parametrize("features", [FEATURES, ("SIZE", "MDTM", "REST STREAM")])
def test_reget_of_a_file_that_differs_keeps_it_until_the_new_one_is_complete(client, odd, features):
    server = odd({"file": CONTENT}, features=features)
    old = b"another start" + CONTENT[:100_000] + b"another end"
    client.write("file", old)
    server.on["RETR"] = lambda session, argument: session.send_data(CONTENT[session.offset:200_000], "426 Cut")
    assert client.run("reget", server.url + "file").code != 0
    assert client.read("file") == old
    del server.on["RETR"]
    client.ok("get", server.url + "file")
    assert client.read("file") == CONTENT
