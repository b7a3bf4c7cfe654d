# SPDX-License-Identifier: BSD-2-Clause
"""RFC 3659 7.5.5: the perm fact is true.  For every letter that may stand there
the command that it promises is tried, on files and directories of all modes."""

import os
import shutil

import pytest

from control import read_all

OWN, OTHER = 5001, 0
MODES = [0o700, 0o500, 0o300, 0o600, 0o400, 0o200, 0o000]
FILE_COMMANDS = {"r": ["<RETR {}"], "a": [">APPE {}"], "w": [">STOR {}"], "d": ["DELE {}"],
                 "f": ["RNFR {}", "RNTO {}-renamed"]}
DIRECTORY_COMMANDS = {"e": ["CWD {}"], "l": ["<MLSD {}"], "c": [">STOR {}/new"], "m": ["MKD {}/new"], "d": ["RMD {}"],
                      "f": ["RNFR {}", "RNTO {}-renamed"]}


def furnish(server, parent_mode, mode, owner, directory):
    """/parent/it, of the mode; what the user does not own gets its bits as others have them."""
    shutil.rmtree(server.home("alice", "parent"), ignore_errors=True)
    parent = server.mkdir("parent")
    path = server.mkdir("parent/it") if directory else server.put("parent/it", b"content")
    os.chmod(path, mode if owner == OWN else mode >> 6)
    os.chown(path, owner, owner)
    os.chmod(parent, parent_mode)


def works(control, lines):
    for line in lines:
        line = line.format("/parent/it")
        if line[0] not in "<>":
            ok = control.command(line).code < 400
        else:
            ok = moves(control, line)
        if not ok:
            return False
    return True


def moves(control, line):
    with control.connect_data() as data:
        if control.command(line[1:]).code != 150:
            return False
        if line[0] == ">":
            data.sendall(b"more")
        else:
            read_all(data)
    return control.reply().code == 226


def told(control):
    facts = control.command("MLST /parent/it", 250).lines[1]
    return facts.partition("perm=")[2].partition(";")[0]


@pytest.mark.parametrize("directory, uploads", [(False, "atomic"), (False, "direct"), (True, "atomic")])
def test_perm_promises_what_works(make_server, directory, uploads):
    server = make_server(config={"defaults": {"uploads": uploads}})
    commands = DIRECTORY_COMMANDS if directory else FILE_COMMANDS
    control, faults = server.login(), []
    for parent_mode in (0o700, 0o500, 0o1777):
        for mode in MODES:
            for owner in (OWN, OTHER):
                for letter, lines in commands.items():
                    furnish(server, parent_mode, mode, owner, directory)
                    promised = letter in told(control)
                    if promised != works(control, lines):
                        faults.append(f"in {parent_mode:o}, mode {mode:o} of {owner}: {letter} "
                                      f"{'promised' if promised else 'withheld'}")
    assert not faults, "\n".join(faults)


def test_perm_of_a_read_only_user(make_server):
    server = make_server(config={"user alice": {"read_only": "yes"}})
    control = server.login()
    furnish(server, 0o700, 0o700, OWN, False)
    assert told(control) == "r"
    furnish(server, 0o700, 0o700, OWN, True)
    assert told(control) == "el"
    for letter, lines in {**FILE_COMMANDS, **DIRECTORY_COMMANDS}.items():
        furnish(server, 0o700, 0o700, OWN, letter in "elcm")
        assert works(control, lines) == (letter in "rel"), letter
