# SPDX-License-Identifier: BSD-2-Clause
"""What only a person at a terminal is asked or shown."""

import os
import threading

import terminal


def test_a_file_is_replaced_only_after_a_question(client, odd):
    server = odd({"file": b"new", "a": b"1", "b": b"2"})
    client.write("file", b"old")
    with terminal.Terminal(client, server.url) as tty:
        tty.expect("> ")
        tty.send("get file\n")
        tty.expect(r"Replace file\? ")
        tty.send("n\n")
        tty.expect("not replaced")
        assert client.read("file") == b"old"
        tty.send("get file\n")
        tty.expect(r"Replace file\? ")
        tty.send("y\n")
        tty.expect("3 B")
        tty.send("mget a b file\n")
        tty.expect(r"Replace file\? ")
        tty.send("a\n")
        tty.expect("total 3 of 3")
        tty.send("bye\n")
        assert tty.wait() == 0
    assert client.read("file") == b"new"


def test_a_command_line_asks_nothing(client, odd):
    server = odd({"file": b"new"})
    client.write("file", b"old")
    with terminal.Terminal(client, "get", server.url + "file") as tty:
        assert tty.wait() == 0
    assert client.read("file") == b"new"


def test_the_plan_is_shown_before_the_first_deletion(client, odd):
    server = odd({"site": {"a": b"1"}})
    client.write("here/b/c", b"old")
    with terminal.Terminal(client, "-c", "mirror -e site here", server.url) as tty:
        tty.expect("files to copy: 1; in here to delete: files 1, directories 1")
        assert tty.wait() == 0
    assert os.listdir(client.path("here")) == ["a"]


def test_deleting_in_the_home_directory_is_asked_about(client, odd):
    server = odd({"site": {"a": b"1"}})
    client.write("mine", b"old")
    with terminal.Terminal(client, server.url) as tty:
        tty.expect("> ")
        tty.send("mirror -e site .\n")
        tty.expect(r"Delete from \. all that is not in site\?.*\(yes/no\)")
        tty.send("no\n")
        tty.expect("--force")
        tty.send("bye\n")
        assert tty.wait() == 0
    assert client.exists("mine")


def test_a_rate_is_shared_by_the_transfers_that_run(client, odd):
    """Seven end at once, and the eighth gets all of it: at an eighth it would take 25 seconds."""
    server = odd({**{f"f{i}": b"x" for i in range(7)}, "large": b"y" * 300_000})
    event = client.ok("--json", "--no-sync", "--rate=100k", "-P", 8, "-c", "mget *", server.url).events[-1]
    assert event["remote"] == "large" and 2 < event["seconds"] < 15


def test_ctrl_c_ends_a_download_to_a_pipe_that_is_not_read(client, odd):
    server = odd({"large": b"y" * 4_000_000})
    running = client.start("cat", server.url + "large")
    blocked = threading.Event()
    server.on["QUIT"] = lambda session, argument: blocked.set()
    while b"RETR large" not in [line.encode() for line in server.seen]:
        blocked.wait(0.02)
    blocked.wait(0.5)  # the pipe is full by now; an earlier signal would end it, too
    running.terminate()
    assert running.wait(timeout=30) == 130
    running.stdout.close()
    running.stderr.close()
