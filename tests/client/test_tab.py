# SPDX-License-Identifier: BSD-2-Clause
"""Completion by the Tab key, and what becomes of the history when the terminal goes away."""

import os
import signal

import pytest
import terminal


@pytest.fixture
def shell(at_ward):
    server = at_ward.server
    server.mkdir("folder")
    server.put("folder/inside", b"inside\n")
    server.put("größe eins", b"eins\n")
    server.put("größe zwei", b"zwei\n")
    server.put("名前", b"name\n")
    server.put("a;b|c>d", b"odd\n")
    server.put("-dash", b"dash\n")
    with terminal.Terminal(at_ward, "--tls=off", at_ward.url) as tty:
        tty.expect("127.0.0.1:/> ")
        tty.client, tty.server = at_ward, server
        yield tty


def run(tty, typed, shown=""):
    tty.send(typed + "\n")
    tty.expect(shown)
    tty.expect(r"\n(?:\x1b\[K|\r)*(127\.0\.0\.1:\S*|\(127\.0\.0\.1\) )> ")


def test_names_beyond_ascii(shell):
    run(shell, "cat gr\te\t", "\r\neins")
    run(shell, "cat größe\\ z\t", "\r\nzwei")
    run(shell, "cat 名\t", "\r\nname")
    run(shell, "cat 'größe ei\t", "\r\neins")


def test_the_common_part_ends_between_characters(shell):
    shell.server.put("tä1", b"one\n")  # C3 A4
    shell.server.put("tö1", b"two\n")  # C3 B6: the first byte is the same
    run(shell, "cat t\tö\t", "\r\ntwo")


def test_editing_in_the_middle_of_a_line(shell):
    shell.send("cat größe\\ e nosuch")
    shell.send("\x1b[D" * 7 + "\t")
    shell.expect("ins")
    shell.send("\n")
    shell.expect("eins\r")


def test_names_that_need_quotes(shell):
    run(shell, "cat a\t", "\r\nodd")
    run(shell, 'cat "a;\t', "\r\nodd")
    run(shell, "cat \\-\t", "\r\ndash")


def test_options_do_not_count(shell):
    os.mkdir(shell.client.path("local dir"))
    run(shell, "get -c fol\tins\t", "inside")
    shell.client.write("upload me", b"up\n")
    run(shell, "put -E upl\t", "upload me")
    assert shell.server.read("upload me") == b"up\n"
    run(shell, "get -O loc\t fol\tins\t", "inside")
    assert shell.client.exists("local dir/inside")
    run(shell, "get folder/inside -o loc\tother", "other|inside")
    assert shell.client.exists("local dir/other")
    run(shell, "mirror -R -P 2 loc\t fol\tsub", "total|copy|other|inside")
    assert shell.server.read("folder/sub/other") == b"inside\n"


def test_after_operators(shell):
    shell.client.write("tolower.sh", b"tr a-z A-Z\n")
    run(shell, "pwd; cat fol\tins\t| sh tol\t", "INSIDE")
    run(shell, "cd / && cat 名\t", "name")
    run(shell, "(cat 名\t)", "name")
    run(shell, "cat 名\t > tol\t")
    assert shell.client.read("tolower.sh") == b"name\n"


def test_tildes_stay(shell):
    shell.client.write("homely", b"home\n")
    run(shell, "cat ~/fol\tins\t", "\r\ninside\r")
    run(shell, "put ~/hom\t")
    assert shell.client.directory not in shell.text
    assert shell.server.read("homely") == b"home\n"


def test_words_of_the_shell(shell):
    run(shell, "alias shout 'cat'")
    run(shell, "sho\t 名\t", "\r\nname")
    run(shell, "bookmark add place")
    run(shell, "open pla\t")
    run(shell, "set stop\tno")
    run(shell, "set stop\t", "stop-on-error no")


def test_thousands_of_names_are_asked_about(shell):
    for number in range(3000):
        shell.server.put(f"folder/file-{number:04}", b"")
    shell.send("cd folder\n")
    shell.expect("folder> ")
    shell.send("cat f\t\t")
    shell.expect(r"Display all 3000 possibilities\? \(y or n\) ")
    shell.send("n")
    shell.expect("cat file-")
    assert "file-0001" not in shell.text
    shell.send("\t")
    shell.expect(r"Display all 3000 possibilities\? \(y or n\) ")
    shell.send("y")
    shell.expect("file-0000 +file-")
    shell.expect("file-2999")
    shell.expect("cat file-")
    shell.send("12\t")
    shell.send("\t")
    shell.expect("file-1200 +file-")


def test_a_name_that_cannot_be_typed_is_left_alone(shell):
    with open(os.path.join(os.fsencode(shell.server.home("alice", "folder")), b"byte-\xff"), "w"):
        pass
    shell.send("cat folder/by\t\t")
    shell.send("\x15pwd\n")
    shell.expect("\r\n/\r")


@pytest.mark.parametrize("number", (signal.SIGHUP, signal.SIGTERM))
def test_a_signal_keeps_the_history(shell, number):
    run(shell, "echo remember me", "remember me")
    os.kill(shell.pid, number)
    assert shell.wait() == 130
    assert b"remember" in shell.client.read(".config/wardftp/history")


def test_the_history_is_shown_without_passwords(shell):
    run(shell, "user bob secret1", "log-in|refused|failed")
    run(shell, "open -u bob,secret2 127.0.0.1 1", "refused")
    run(shell, "quote ACCT secret3", "refused")
    run(shell, "echo remember", "remember")
    shell.send("history\n")
    shell.expect("echo remember\r\n")
    shell.expect("> ")
    shown = shell.text.split("history\r\n")[1]
    assert "secret" not in shown and "pwd" not in shown
    run(shell, "history -c")
    shell.send("bye\n")
    assert shell.wait() == 0
    kept = shell.client.read(".config/wardftp/history")
    assert b"secret" not in kept and b"remember" not in kept
