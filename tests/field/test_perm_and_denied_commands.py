# SPDX-License-Identifier: BSD-2-Clause
"""The perm fact promises no command that denied_commands or allowed_commands refuses.

Clients decide by it: FileZilla and lftp offer to delete where it has "d", and then show a refusal
(RFC 3659 section 7.5.5 says that a letter means the command may be tried).
"""

import pytest

ALL_FILE, ALL_DIRECTORY = "adfrw", "cdeflmp"


def perm(control, name):
    return control.command(f"MLST {name}", 250).text.partition("perm=")[2].partition(";")[0]


@pytest.mark.parametrize("denied, without_file, without_directory", [
    ("", "", ""), ("DELE", "d", ""), ("RMD, XRMD", "", "d"), ("RMD", "", ""), ("DELE, RMD, XRMD", "d", "dp"),
    ("RNTO", "f", "f"), ("RNFR", "f", "f"),
    ("STOR", "w", ""), ("APPE", "a", ""), ("STOR, STOU, APPE", "aw", "c"), ("RETR", "r", ""), ("MKD, XMKD", "", "m"),
    ("CWD, XCWD", "", "e"), ("LIST", "", ""), ("LIST, NLST, MLSD", "", "l")])
def test_denied(make_server, denied, without_file, without_directory):
    server = make_server(config={"defaults": {"denied_commands": denied}})
    server.put("file")
    server.mkdir("dir")
    control = server.login()
    assert perm(control, "file") == "".join(letter for letter in ALL_FILE if letter not in without_file)
    assert perm(control, "dir") == "".join(letter for letter in ALL_DIRECTORY if letter not in without_directory)


def test_allowed(make_server):
    server = make_server(config={"defaults": {"allowed_commands": "USER, PASS, TYPE, EPSV, MLSD, MLST, RETR, CWD"}})
    server.put("file")
    server.mkdir("dir")
    control = server.login()
    assert perm(control, "file") == "r" and perm(control, "dir") == "el"
    assert b"perm=r;" in control.fetch("MLSD")
