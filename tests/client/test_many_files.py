# SPDX-License-Identifier: BSD-2-Clause
"""Many files at once, and mirrors at servers that lack something or lie."""

import os
import threading

import terminal
from wardftp import PROTOCOL, REFUSED


def names(liar, count, size=2000):
    liar.files.clear()
    for number in range(count):
        liar.files[f"f{number}"] = bytes([65 + number]) * size


def arrived(client, liar):
    return all(client.read(name) == content for name, content in liar.files.items())


def test_n_files_at_once_take_n_sessions(client, liar):
    names(liar, 8)
    client.ok("-P", 3, "-c", "mget f*", liar.url)
    assert arrived(client, liar)
    assert len(liar.sessions) == 3, "the first worker goes on with the session that was there"
    assert sum(line == "PASS wardftp@" for line in liar.seen) == 3


def test_a_421_in_the_middle_means_one_session_less(client, liar):
    names(liar, 8)
    once = threading.Lock()

    def retr(session, argument):
        if once.acquire(blocking=False):
            session.send("421 Too many sessions")
            session.socket.shutdown(2)
        else:
            session.do_RETR(argument)

    liar.on["RETR"] = retr
    client.ok("-P", 3, "-c", "mget f*", liar.url)
    assert arrived(client, liar)
    assert len(liar.sessions) == 3, "nobody dials again"


def test_the_rate_is_that_of_all_files_together(client, liar):
    names(liar, 4, 60_000)
    event = client.ok("--json", "--no-sync", "--rate=200k", "-P", 4, "-c", "mget f*", liar.url).events[-1]
    assert arrived(client, liar)
    assert event["seconds"] >= 1, "60 kB at a quarter of 200 kB a second"


def test_progress_has_a_line_a_file_and_one_for_all(client, liar):
    names(liar, 3, 200_000)
    with terminal.Terminal(client, "--rate=500k", "-P", 2, "-c", "mget f*", liar.url) as tty:
        tty.expect(r"f\d +\d+% .*/s.*left")
        tty.expect(r"total \[\d/3\] +\d+% .*/s.*left")
        assert tty.wait(30) == 0
        assert "total 3 of 3 files, 600.0 kB" in tty.text
    assert "\r" not in client.ok("-c", "mget f*", liar.url).err, "no progress without a terminal"


def test_progress_as_json(client, liar):
    names(liar, 1, 300_000)
    events = client.ok("--json", "--rate=150k", "get", liar.url + "f0").events
    assert [event["event"] for event in events][-1] == "transfer"
    assert any(e["event"] == "progress" and 0 < e["done"] < e["total"] == 300_000 for e in events)


def test_a_dry_run_is_a_result(client, liar):
    names(liar, 2)
    client.write("here/extra", b"x")
    text = client.ok("-c", "mirror -e --dry-run / here", liar.url).text
    assert text.splitlines() == ["would copy /f0", "would copy /f1", "would delete here/extra"]
    events = client.ok("--json", "-c", "mirror -e --dry-run / here", liar.url).events
    assert [(e["action"], e["path"], e["dry_run"]) for e in events] == [
        ("copy", "/f0", True), ("copy", "/f1", True), ("delete", "here/extra", True)]
    assert os.listdir(client.path("here")) == ["extra"]


def test_options_of_mirror_are_joined_as_fingers_know_them(client, liar):
    names(liar, 3)
    client.write("here/extra", b"x")
    client.ok("-c", "mirror -eP2 --exclude f1 / here", liar.url)
    assert sorted(os.listdir(client.path("here"))) == ["f0", "f2"]


def test_checksums_that_cannot_be_had_are_told(client, liar):
    names(liar, 1)
    client.ok("-c", "mirror / here", liar.url)
    result = client.run("-c", "mirror --checksum / here", liar.url)
    assert result.code == REFUSED and "HASH" in result.err


def test_nothing_is_deleted_for_a_listing_that_was_not_understood(client, liar):
    names(liar, 1)
    client.write("here/kept", b"x")
    liar.on["MLSD"] = lambda session, argument: session.send_data((session.listing() + "what is this\r\n").encode())
    result = client.run("-c", "mirror -e / here", liar.url)
    assert result.code == PROTOCOL and "nothing in it is deleted" in result.err
    assert client.exists("here/kept")


LINES = b"-rw-r--r-- 1 a b 5 Jan 01 2024 seen\r\n"
HIDDEN = (b"drwxr-xr-x 2 a b 0 Jan 01 2024 .\r\ndrwxr-xr-x 2 a b 0 Jan 01 2024 ..\r\n"
          b"-rw-r--r-- 1 a b 5 Jan 01 2024 .hidden\r\n")


def test_list_shows_hidden_names_where_the_server_knows_flags(client, liar):
    liar.features = ["SIZE"]
    liar.on["LIST"] = lambda session, argument: session.send_data((HIDDEN if argument[:2] == "-a" else b"") + LINES)
    result = client.ok("-c", "nlist; nlist dir", liar.url)
    assert result.text.split() == [".hidden", "seen"] * 2
    assert [line for line in liar.seen if line.startswith("LIST")] == ["LIST -a", "LIST -a dir"]


def test_list_goes_without_flags_where_they_are_names(client, liar):
    liar.features = ["SIZE"]
    liar.on["LIST"] = lambda session, argument: (
        session.send("550 No such file") if argument[:2] == "-a" else session.send_data(LINES * 2))
    assert client.ok("-c", "nlist", liar.url).text.split() == ["seen", "seen"]
