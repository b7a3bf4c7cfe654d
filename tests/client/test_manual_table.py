# SPDX-License-Identifier: BSD-2-Clause
"""The table in wardftp(1) of the commands of lftp and tnftp is complete and true."""

import os
import shutil
import subprocess

import pytest
from wardftp import TOP

# What `help` of lftp does not list.
ALSO_LFTP = {"?", "bye", "bzcat", "command", "echo", "find", "quit", "reget"}


def table():
    with open(os.path.join(TOP, "man", "wardftp.1"), encoding="utf-8") as file:
        section = file.read().split("\n.Sh LFTP AND TNFTP\n")[1].split("\n.Sh ")[0]
    rows = {}
    for line in section.splitlines():
        if line.startswith(".It Cm "):
            name, lftp, tnftp, *note = line.replace("\\&", "").replace("\\-", "-")[7:].split(" Ta")
            assert name not in rows, name
            rows[name] = (lftp.strip(), tnftp.strip(), "".join(note).strip())
    return rows


TABLE = table()


def lftp_commands():
    text = subprocess.run(["lftp", "-c", "help"], capture_output=True, text=True, check=True, timeout=60).stdout
    names = set(ALSO_LFTP)
    for word in (line.split()[0] for line in text.splitlines()):
        names |= {word[4:], "re" + word[4:]} if word.startswith("[re]") else {word[0] if word[0] in "!(" else word}
    return names


def tnftp_commands():
    done = subprocess.run(["tnftp", "-n"], input="help\n", capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split("Commands are:")[1].split())


@pytest.mark.parametrize("column, client, commands", ((0, "lftp", lftp_commands), (1, "tnftp", tnftp_commands)))
def test_the_table_has_each_command_of_the_other_client(column, client, commands):
    if not shutil.which(client):
        pytest.skip(f"{client} is not installed")
    theirs = commands()
    assert len(theirs) > 50
    assert {name for name, row in TABLE.items() if row[column] != "-"} == theirs


def exists(client, name):
    if name in ("!", "("):
        return True
    return any(client.run("--no-config", "-c", f"{verb} '{name}'").code == 0 for verb in ("help", "alias"))


def test_the_rows_say_what_is_so(client):
    for name, (lftp, tnftp, note) in TABLE.items():
        assert {lftp, tnftp} <= {"same", "differs", "absent", "-"} and {lftp, tnftp} != {"-"}, name
        states = {lftp, tnftp} - {"-"}
        assert ("absent" not in states) == exists(client, name), name
        assert states == {"absent"} or "absent" not in states, name
        assert note or states == {"same"}, f"{name}: how does it differ, or what is there instead?"
