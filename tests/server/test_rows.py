"""The borders' lists of messages (daemon/protocol/rows.h): a message that nobody
handles does not compile, and no struct that crosses a border has padding."""

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

# header, its list, a row more, who must handle it
LISTS = [
    ("net_jail", "NET_TO_JAIL", MESSAGE.format("ANSWER(new_message), 0"), "jail/run"),
    ("net_auth", "NET_TO_AUTH", MESSAGE.format("new_message"), "auth/run"),
    ("net_dialer", "NET_TO_DIALER", MESSAGE.format("new_message, 0, 0"), "dialer/run"),
    ("net_keeper", "NET_TO_KEEPER", MESSAGE.format("new_message"), "keeper/signing"),
    ("auth_jail", "QUOTA_QUESTIONS", MESSAGE.format("new_message, ASKS_RATE"), "auth/quota"),
    ("auth_jail", "OTHER_QUESTIONS", MESSAGE.format("new_message"), "auth/from_jail"),
    ("to_net", "TO_NET", MESSAGE.format("new_message"), "net/from_master"),
    ("to_scribe", "TO_SCRIBE", MESSAGE.format("new_message"), "scribe/record"),
    ("from_master", "TO_MASTER", MESSAGE.format("new_message, nothing"), "master/shared"),
    ("from_master", "FROM_MASTER", FOR_ONE.format("YES, NO, NO, NO, NO, NO"), "auth/run"),
    ("from_master", "FROM_MASTER", FOR_ONE.format("NO, YES, NO, NO, NO, NO"), "scribe/run"),
    ("from_master", "FROM_MASTER", FOR_ONE.format("NO, NO, YES, NO, NO, NO"), "control/run"),
    ("from_master", "FROM_MASTER", FOR_ONE.format("NO, NO, NO, YES, NO, NO"), "ipc/serving"),
    ("from_master", "FROM_MASTER", FOR_ONE.format("NO, NO, NO, NO, YES, NO"), "dialer/run"),
    ("from_master", "FROM_MASTER", FOR_ONE.format("NO, NO, NO, NO, NO, YES"), "keeper/run"),
    ("control", "SCRIBE_VERBS", VERB, "scribe/doing"),
    ("control", "AUTH_VERBS", VERB, "auth/control"),
    ("control", "MASTER_VERBS", VERB, "master/admin"),
]


def complaints(*arguments):
    done = subprocess.run([*CC, *FLAGS, *arguments], cwd=TOP, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


def with_row(header, name, row):
    text = (BORDER / f"{header}.h").read_text()
    more, changed = re.subn(rf"(#define {name}\([^)]*\)[^\\]*\\\n)", lambda found: f"{found[1]}    {row} \\\n", text)
    assert changed == 1
    return more


@pytest.mark.parametrize("header, name, row, handler", LISTS, ids=[f"{r[1]}-{r[3].replace('/', '-')}" for r in LISTS])
def test_a_message_without_a_handler_does_not_compile(tmp_path, header, name, row, handler):
    source = f"daemon/{handler}.c"
    changed = tmp_path / "daemon/protocol" / f"{header}.h"
    changed.parent.mkdir(parents=True)
    changed.write_text((BORDER / f"{header}.h").read_text())
    includes = [f"-I{tmp_path}", "-I."]
    assert complaints(*includes, source) == ""
    changed.write_text(with_row(header, name, row))
    assert re.search(r"\b(\w*_)?new_(message|verb)(_\w+)?\b.* undeclared|implicit declaration .*new_|no member named .new_message",
                     complaints(*includes, "-Werror=implicit-function-declaration", source))


def test_a_type_that_is_there_twice_does_not_compile(tmp_path):
    changed = tmp_path / "daemon/protocol/net_jail.h"
    changed.parent.mkdir(parents=True)
    changed.write_text(with_row("net_jail", "NET_TO_JAIL", "ROW(NEW, 1, WHOLE(message_head), 0, LOGGED_IN, ANSWER(files_stat), 0)"))
    assert "overwritten" in complaints(f"-I{tmp_path}", "-I.", "-Wextra", "-Werror", "daemon/jail/run.c")


@pytest.mark.parametrize("header", sorted(path.name for path in BORDER.glob("*.h") if "struct message_head head;" in path.read_text()))
def test_no_message_has_padding(header):
    assert complaints("-I.", "-Wpadded", "-Werror", "-x", "c", str(BORDER / header)) == ""
