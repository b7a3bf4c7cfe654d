# SPDX-License-Identifier: BSD-2-Clause
"""The borders' lists of messages (daemon/protocol/rows.h): a message without a handler
does not compile, and no struct that crosses a border has padding."""

import os
import pathlib
import re
import shlex
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
BORDER = TOP / "daemon/protocol"
CC = shlex.split(os.environ.get("CC", "gcc"))
FLAGS = ["-std=c17", "-D_GNU_SOURCE", "-fsyntax-only"]

MESSAGE = "ROW(NEW_MESSAGE, 30, WHOLE(message_head), 0, ALWAYS, {})"
FOR_ONE = "ROW(MAKE, NEW_MESSAGE, 30, WHOLE(message_head), 0, ALWAYS, new_message, {})"
VERB = "ROW(NEW_VERB, 30, ANSWER_MS, numbers, new_verb)"

# header, its list, a row more, the folder that must handle it
LISTS = [
    ("net_jail", "NET_TO_JAIL", MESSAGE.format("ANSWER(new_message), 0"), "jail"),
    ("net_auth", "NET_TO_AUTH", MESSAGE.format("new_message"), "auth"),
    ("net_dialer", "NET_TO_DIALER", MESSAGE.format("new_message, 0, 0"), "dialer"),
    ("net_keeper", "NET_TO_KEEPER", MESSAGE.format("new_message"), "keeper"),
    ("auth_jail", "QUOTA_QUESTIONS", MESSAGE.format("new_message, ASKS_RATE"), "auth"),
    ("auth_jail", "OTHER_QUESTIONS", MESSAGE.format("new_message"), "auth"),
    ("to_net", "TO_NET", MESSAGE.format("new_message"), "net"),
    ("to_scribe", "TO_SCRIBE", MESSAGE.format("new_message"), "scribe"),
    ("from_master", "TO_MASTER", MESSAGE.format("new_message, nothing"), "master"),
    ("from_master", "FROM_MASTER", FOR_ONE.format("YES, NO, NO, NO, NO, NO"), "auth"),
    ("from_master", "FROM_MASTER", FOR_ONE.format("NO, YES, NO, NO, NO, NO"), "scribe"),
    ("from_master", "FROM_MASTER", FOR_ONE.format("NO, NO, YES, NO, NO, NO"), "control"),
    ("from_master", "FROM_MASTER", FOR_ONE.format("NO, NO, NO, YES, NO, NO"), "ipc"),
    ("from_master", "FROM_MASTER", FOR_ONE.format("NO, NO, NO, NO, YES, NO"), "dialer"),
    ("from_master", "FROM_MASTER", FOR_ONE.format("NO, NO, NO, NO, NO, YES"), "keeper"),
    ("control", "SCRIBE_VERBS", VERB, "scribe"),
    ("control", "AUTH_VERBS", VERB, "auth"),
    ("control", "MASTER_VERBS", VERB, "master"),
]


def complaints(*arguments):
    done = subprocess.run([*CC, *FLAGS, *arguments], cwd=TOP, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


def with_row(header, name, row):
    text = (BORDER / f"{header}.h").read_text()
    more, changed = re.subn(rf"(#define {name}\([^)]*\)[^\\]*\\\n)", lambda found: f"{found[1]}    {row} \\\n", text)
    assert changed == 1
    return more


def users_of(name, folder):
    """The sources of the folder that make something of the list, or of the part of FROM_MASTER that is theirs."""
    use = re.compile(r"\bMASTER_TO_\w+\(" if name == "FROM_MASTER" else rf"\b{name}\(")
    return [str(path) for path in (TOP / "daemon" / folder).glob("*.c") if use.search(path.read_text())]


@pytest.mark.parametrize("header, name, row, folder", LISTS, ids=[f"{row[1]}-{row[3]}" for row in LISTS])
def test_a_message_without_a_handler_does_not_compile(tmp_path, header, name, row, folder):
    sources = users_of(name, folder)
    changed = tmp_path / "daemon/protocol" / f"{header}.h"
    changed.parent.mkdir(parents=True)
    changed.write_text((BORDER / f"{header}.h").read_text())
    includes = [f"-I{tmp_path}", "-I."]
    assert sources and complaints(*includes, *sources) == ""
    changed.write_text(with_row(header, name, row))
    assert re.search(r"\b(\w*_)?new_(message|verb)(_\w+)?\b.* undeclared|"
                     r"implicit declaration .*new_|no member named .new_message",
                     complaints(*includes, "-Werror=implicit-function-declaration", *sources))


def test_a_type_that_is_there_twice_does_not_compile(tmp_path):
    changed = tmp_path / "daemon/protocol/net_jail.h"
    changed.parent.mkdir(parents=True)
    row = "ROW(NEW, 1, WHOLE(message_head), 0, LOGGED_IN, ANSWER(files_stat), 0)"
    changed.write_text(with_row("net_jail", "NET_TO_JAIL", row))
    assert "overwritten" in complaints(f"-I{tmp_path}", "-I.", "-Wextra", "-Werror", "daemon/jail/run.c")


WITH_MESSAGES = sorted(path.name for path in BORDER.glob("*.h") if "struct message_head head;" in path.read_text())


@pytest.mark.parametrize("header", WITH_MESSAGES)
def test_no_message_has_padding(header):
    assert complaints("-I.", "-Wpadded", "-Werror", "-x", "c", str(BORDER / header)) == ""
