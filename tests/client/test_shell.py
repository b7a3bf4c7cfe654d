# SPDX-License-Identifier: BSD-2-Clause
"""The shell on a terminal: completion, history, progress, Ctrl-C."""

import os
import subprocess

import pytest
import terminal

from proc import wait_for


@pytest.fixture
def shell(at_ward):
    server = at_ward.server
    server.mkdir("folder")
    server.put("alpha one", b"1")
    server.put("beta", b"22")
    with terminal.Terminal(at_ward, "--tls=off", at_ward.url) as tty:
        tty.expect("127.0.0.1:/> ")
        tty.client, tty.server = at_ward, server
        yield tty


def test_commands_and_leaving(shell):
    shell.send("pwd\n")
    shell.expect("\n/\r")
    shell.send("ls\n")
    shell.expect("alpha one")
    shell.send("nonsense\n")
    shell.expect("unknown command")
    shell.send("cd folder\n")
    shell.expect("127.0.0.1:/folder> ")
    shell.send("bye\n")
    assert shell.wait() == 0


def test_remote_names_are_completed_and_quoted(shell):
    shell.send("cat al\t")
    shell.expect(r"pha\\ one")
    shell.send("\n")
    shell.expect("1")
    shell.send("cd fo\t\n")
    shell.expect("127.0.0.1:/folder> ")


def test_what_a_command_has_made_is_completed_at_once(shell):
    shell.send("cat be\t\n")
    shell.expect("22")
    shell.send("put /etc/hostname newcomer\n")
    shell.expect("newcomer.*\n")
    shell.expect("> ")
    shell.send("rm newc\t")
    shell.expect("omer")
    shell.send("\n")
    wait_for(lambda: not os.path.exists(shell.server.home("alice", "newcomer")), what="the end of the file")


def test_commands_are_completed(shell):
    shell.send("pass\t\n")
    shell.expect("ive ")
    shell.send("stat\t\t")
    shell.expect("stat +status")
    shell.send("us\n")
    shell.expect("not connected|as alice")


def test_local_names_are_completed(shell):
    shell.client.write("local file", b"xyz")
    shell.send("put loc\t\n")
    shell.expect(r"al\\ file")
    shell.expect("> ")
    shell.send("stat local\\ file\n")
    shell.expect(" 3 ")
    assert shell.server.read("local file") == b"xyz"


def test_history_is_kept_without_passwords(shell):
    shell.send("pwd\n")
    shell.expect("\n/\r")
    shell.send("open ftp://u:secret@127.0.0.1:1/\n")
    shell.expect("refused")
    shell.send("open u:secret@127.0.0.1 1\n")
    shell.expect("refused")
    shell.send("\x1b[A\x1b[A\x15bye\n")
    assert shell.wait() == 0
    history = shell.client.read(".config/wardftp/history").decode()
    assert "pwd" in history and "secret" not in history
    assert os.stat(shell.client.path(".config/wardftp/history")).st_mode & 0o077 == 0


def test_ctrl_c_ends_the_transfer_and_not_the_session(at_ward):
    at_ward.server.put("big", os.urandom(4_000_000))
    with terminal.Terminal(at_ward, "--tls=off", "--rate=500k", at_ward.url) as tty:
        tty.expect("127.0.0.1:/> ")
        tty.send("get big\n")
        tty.expect(r"big +\d+%")
        tty.send("\x03")
        tty.expect("interrupted")
        tty.send("pwd\n")
        tty.expect("\n/\r")
        assert at_ward.exists(".big.wardftp-part")
        tty.send("\x03")
        tty.send("bye\n")
        assert tty.wait() == 0


def test_a_file_is_edited_and_shown(at_ward):
    at_ward.server.put("notes", b"old\n")
    at_ward.environment["EDITOR"] = "sed -i s/old/new/"
    at_ward.environment["PAGER"] = "tr a-z A-Z <"
    at_ward.ok("--tls=off", "-c", "edit notes", at_ward.url)
    assert at_ward.server.read("notes") == b"new\n"
    assert at_ward.ok("--tls=off", "-c", "page notes", at_ward.url).text == "NEW\n"
    at_ward.environment["EDITOR"] = "false"
    os.mkdir(at_ward.path("tmp"))
    at_ward.environment["TMPDIR"] = at_ward.path("tmp")
    assert at_ward.run("--tls=off", "-c", "edit notes", at_ward.url).code == 74
    assert at_ward.run("--tls=off", "-c", "edit nosuch", at_ward.url).code == 66
    assert at_ward.run("--tls=off", "-c", "page nosuch", at_ward.url).code == 66
    assert os.listdir(at_ward.path("tmp")) == [], "nothing is left of what was not changed"
    at_ward.environment["EDITOR"] = "echo more >>"
    at_ward.server.home("alice", "notes")
    os.chmod(at_ward.server.home("alice"), 0o555)
    os.chmod(at_ward.server.home("alice", "notes"), 0o444)
    result = at_ward.run("--tls=off", "-c", "edit notes", at_ward.url)
    os.chmod(at_ward.server.home("alice"), 0o755)
    assert result.code != 0 and "your changes are in" in result.err
    kept = result.err.split("your changes are in ")[1].splitlines()[0]
    with open(kept) as file:
        assert file.read() == "new\nmore\n"
    assert at_ward.server.read("notes") == b"new\n"


def test_ctrl_c_takes_the_line_away(shell):
    shell.send("rm beta")
    shell.expect("rm beta")
    shell.send("\x03")
    shell.expect("> ")
    shell.send("pwd\n")
    shell.expect("\n/\r")
    assert os.path.exists(shell.server.home("alice", "beta"))


def test_a_lost_session_is_made_again(shell):
    shell.send("cd folder\n")
    shell.expect("/folder> ")
    shell.send("quote QUIT\n")
    shell.expect("221")
    shell.send("pwd\n")
    shell.expect("/folder\r")


def test_the_password_is_asked_for_without_echo(client, ward):
    with terminal.Terminal(client, "--tls=off", "-c", "pwd", f"ftp://alice@127.0.0.1:{ward.port}/") as tty:
        tty.expect("Password for alice@127.0.0.1: ")
        tty.send(ward.user("alice").password + "\n")
        assert tty.wait() == 0, tty.text
        assert ward.user("alice").password not in tty.text


def test_the_local_shell(shell):
    shell.send("!echo a b  c; echo \"$((6 * 7))\"\n")
    shell.expect("a b c\r\n42")
    shell.send("pwd\n")
    shell.expect("\n/\r")


def test_a_failed_local_command_stops_a_script(client):
    result = client.run("-c", "!exit 3\n!echo not reached")
    assert result.code == 74 and "not reached" not in result.text
    assert client.ok("-c", "!echo reached").text == "reached\n"


def test_a_local_command_under_a_process_that_ignores_sigchld(client):
    words = ["env", "--ignore-signal=CHLD", *client.command("-c", "!true\n!echo reached")]
    done = subprocess.run(words, env=client.environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "reached\n"), done


def test_after_many_files_at_once_the_session_is_there(shell):
    shell.send("mget -nothing\n")
    shell.expect("> ")
    shell.server.put("b2", b"x")
    shell.send("cd folder\n")
    shell.expect("/folder> ")
    shell.send("mirror -P 2 / copy\n")
    shell.expect("total 3 of 3 files")
    shell.expect("127.0.0.1:/folder> ")
    shell.send("status\n")
    shell.expect("directory /folder")
