# SPDX-License-Identifier: BSD-2-Clause
"""The queue: transfers that are kept on disk and run in the background."""

import os
import pathlib
import signal
import threading

import pytest
import terminal


@pytest.fixture
def gate(liar):
    """A server that sends the file "slow" only when the gate is open."""
    opened, asked = threading.Event(), threading.Event()

    def retr(session, argument):
        if argument.endswith("slow"):
            asked.set()
            opened.wait(60)
        session.do_RETR(argument)

    liar.files["slow"] = b"slow content"
    liar.on["RETR"] = retr
    liar.open, liar.asked = opened, asked
    yield liar
    opened.set()


@pytest.fixture
def shell(client, gate):
    with terminal.Terminal(client, gate.url) as tty:
        tty.expect("> ")
        yield tty


def journal(client):
    return pathlib.Path(client.environment["HOME"], ".config/wardftp/queue")


def local(client, name):
    return pathlib.Path(client.directory, name)


def test_a_script_waits_for_its_queue(client, liar):
    liar.files.update({f"f{number}": b"%d" % number for number in range(5)})
    client.ok("-P", 2, "-c", f"queue mget f?; lcd /; queue get f0 -o {local(client, 'other')}; echo next", liar.url)
    assert [local(client, f"f{number}").read_bytes() for number in range(5)] == [b"0", b"1", b"2", b"3", b"4"]
    assert local(client, "other").read_bytes() == b"0"
    assert client.ok("-c", "queue").text == ""


def test_uploads_and_mirrors(at_ward):
    local(at_ward, "tree/sub").mkdir(parents=True)
    local(at_ward, "tree/sub/one").write_text("one")
    local(at_ward, "two words").write_text("two")
    at_ward.ok("-c", "mkdir there; cd there; queue put 'two words'; cd /; queue mirror -R tree copy", at_ward.url)
    assert at_ward.ok("-c", "cat '/there/two words' copy/sub/one", at_ward.url).text == "twoone"


def test_a_failure_stays_and_can_be_retried(client, liar):
    result = client.run("-c", "queue get late; queue get file", liar.url)
    assert result.code == 66 and local(client, "file").exists()
    shown = client.ok("-c", "queue").text.split("\n")
    assert len(shown) == 2 and shown[0].split()[:3] == ["1", "failed", "get"]
    liar.files["late"] = b"now"
    client.ok("-c", "queue -r all", liar.url)
    assert local(client, "late").read_bytes() == b"now"
    assert client.ok("-c", "queue").text == ""


def test_it_is_kept_private_and_without_a_password(client, ward):
    password = ward.user("alice").password
    client.login("127.0.0.1", "alice", password)
    client.ok("-c", "queue stop; queue get missing", f"ftp://alice@127.0.0.1:{ward.port}/")
    assert journal(client).stat().st_mode & 0o777 == 0o600
    text = journal(client).read_text()
    assert "alice" in text and password not in text


def test_what_waits_is_offered_and_resumed(client, gate):
    client.ok("-c", "queue stop; queue get file; queue get slow", gate.url)
    gate.open.set()
    with terminal.Terminal(client) as tty:
        tty.expect("transfers in the queue: 2")
        tty.expect("> ")
        tty.send("queue start\n")
        tty.send("wait\n")
        tty.send("!cat slow\n")
        tty.expect("slow content")
    assert local(client, "file").exists()


def test_after_a_kill_the_next_start_goes_on(client, gate):
    with terminal.Terminal(client, gate.url) as tty:
        tty.expect("> ")
        tty.send("queue get slow\n")
        tty.send("queue get file\n")
        assert gate.asked.wait(20)
        os.kill(tty.pid, signal.SIGKILL)
        tty.wait()
    gate.open.set()
    client.ok("-c", "queue start; wait", gate.url)
    assert local(client, "slow").read_bytes() == b"slow content"
    assert local(client, "file").exists()


def test_the_prompt_does_not_wait(shell, gate, client):
    shell.send("queue get slow\n")
    assert gate.asked.wait(20)
    shell.send("queue get file\n")
    shell.send("queue\n")
    shell.expect(r"1 running 0%\s+get ftp://127.0.0.1:\d+/slow\r?\n\s+2 waiting\s+get .*/file\r?\n")
    shell.send("jobs\n")
    shell.expect(r"\[1\] queue")
    gate.open.set()
    shell.send("wait\n")
    shell.send("queue\n")
    shell.send("!cat slow\n")
    shell.expect("slow content")
    assert local(client, "file").exists()


def test_order_and_removal(shell, gate, client):
    order = []
    gate.files.update({"a": b"", "b": b"", "c": b""})
    plain = gate.on["RETR"]
    gate.on["RETR"] = lambda session, name: (order.append(name.strip("/")), plain(session, name))
    for name in ("slow", "a", "b", "c"):
        shell.send(f"queue get {name}\n")
    assert gate.asked.wait(20)
    shell.send("queue -f 4\n")
    shell.send("queue -d 2\n")
    shell.send("queue -d 77\n")
    shell.expect("no such transfer")
    gate.open.set()
    shell.send("wait\n")
    shell.send("echo the end\n")
    shell.expect("echo the end\\s+the end")
    assert order == ["slow", "c", "b"]
    assert not local(client, "a").exists()


def test_stop_and_start(shell, gate, client):
    shell.send("queue get slow\n")
    assert gate.asked.wait(20)
    shell.send("queue stop\n")
    shell.send("queue\n")
    shell.expect(r"1 waiting\s+get")
    assert not local(client, "slow").exists()
    gate.open.set()
    shell.send("queue start\n")
    shell.send("fg\n")
    shell.send("!cat slow\n")
    shell.expect("slow content")


def test_a_running_one_can_be_removed(shell, gate, client):
    shell.send("queue get slow\n")
    assert gate.asked.wait(20)
    shell.send("queue -d all\n")
    shell.send("wait\n")
    shell.send("echo the end\n")
    shell.expect("echo the end\\s+the end")
    assert not local(client, "slow").exists()
    assert client.ok("-c", "queue").text == ""


def test_what_cannot_be_queued(client, liar):
    for command in ("queue ls", "queue get file -", "queue get -E file", "queue mirror -e / copy",
                    "queue queue get file", "queue -x", "queue nothing"):
        assert client.run("-c", command, liar.url).code == 64, command
    assert "file" in liar.files
    assert client.ok("-c", "queue").text == ""
