# SPDX-License-Identifier: BSD-2-Clause
"""Commands in the background: &, jobs, fg, wait and kill."""

import pathlib
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


def test_a_script_waits_for_its_jobs(client, liar):
    liar.files.update({"a": b"a", "b": b"b"})
    client.ok("-c", "get a & get b -o c &", liar.url)
    assert pathlib.Path(client.directory, "a").read_bytes() == b"a"
    assert pathlib.Path(client.directory, "c").read_bytes() == b"b"


def test_a_job_that_fails_gives_the_exit_code(client, liar):
    result = client.run("-c", "get missing & get file", liar.url)
    assert result.code == 66 and pathlib.Path(client.directory, "file").exists()
    assert client.run("-c", "get missing & wait; get file", liar.url).code == 66


def test_a_whole_chain_runs_in_the_background(client, liar):
    text = client.ok("-c", "get missing || echo one && (echo two; echo three) & wait; echo four", liar.url).text
    assert text.split()[-4:] == ["one", "two", "three", "four"]


def test_the_prompt_does_not_wait(shell, gate, client):
    shell.send("get slow &\n")
    shell.expect(r"\[1\] get slow")
    shell.send("get file\n")
    shell.expect("> ")
    assert gate.asked.wait(20)
    shell.send("jobs\n")
    shell.expect(r"\[1\] get slow\r?\n")
    gate.open.set()
    shell.send("fg\n")
    shell.expect("get slow")
    shell.expect("> ")
    assert pathlib.Path(client.directory, "slow").read_bytes() == b"slow content"


def test_the_end_of_a_job_is_shown_before_a_prompt(shell, gate, client):
    shell.send("get file -o other &\n")
    shell.expect(r"\[1\] get file -o other")
    shell.send("wait\n")
    shell.expect("> ")
    shell.send("get nothing & echo next\n")
    shell.expect("next")
    shell.send("fg 1\n")
    shell.expect("refused|nothing: ")


def test_ctrl_c_in_fg_ends_the_job(shell, gate, client):
    shell.send("get slow &\n")
    assert gate.asked.wait(20)
    shell.send("fg\n")
    shell.expect(r"\[1\] get slow\s")
    shell.expect(r"fg\s+get slow\s")
    shell.send("\x03")
    shell.expect("interrupted")
    shell.send("jobs\n")
    shell.expect("> ")
    assert not pathlib.Path(client.directory, "slow").exists()


def test_ctrl_c_at_the_prompt_leaves_jobs_alone(shell, gate, client):
    shell.send("get slow &\n")
    assert gate.asked.wait(20)
    shell.send("\x03")
    shell.expect("> ")
    gate.open.set()
    shell.send("wait all\n")
    shell.send("!cat slow\n")
    shell.expect("slow content")


def test_kill(shell, gate, client):
    shell.send("get slow &\n")
    assert gate.asked.wait(20)
    shell.send("kill 2\n")
    shell.expect("2: no such job")
    shell.send("kill %1\n")
    shell.send("wait\n")
    shell.expect("interrupted")
    assert not pathlib.Path(client.directory, "slow").exists()


def test_leaving_asks_once_and_then_ends_jobs(shell, gate, client):
    shell.send("get slow &\n")
    assert gate.asked.wait(20)
    shell.send("bye\n")
    shell.expect("jobs are running; leaving again ends them")
    shell.send("bye\n")
    assert shell.wait() == 0
    assert not pathlib.Path(client.directory, "slow").exists()


def test_no_job_without_a_command(client):
    assert client.run("-c", "& echo").code == 64
    assert client.run("-c", "fg").code == 64
    assert client.run("-c", "fg 1").code == 64
    assert client.ok("-c", "echo 'a&b' a\\&b \"a&b\"").text == "a&b a&b a&b\n"
