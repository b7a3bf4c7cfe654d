# SPDX-License-Identifier: BSD-2-Clause
"""Every command of the table with arguments by a grammar, against a server whose filters are on: no argument
leads to a system call that NET or JAIL may not make, before the log-in or after it.

tests/fuzz/fuzz_commands.c looks for faults of memory in the same way, but without the filters."""

import os
import random
import re

import pytest

import harness

with open(os.path.join(harness.TOP, "daemon", "net", "commands.c"), encoding="utf-8") as table:
    VERBS = re.findall(r'^    \{ "([A-Z0-9 -]+)", cmd_', table.read(), re.MULTILINE)
ENDS_IT = {"QUIT", "AUTH", "PASS", "SITE IDLE"}  # or may
BATCH = 25
WAITS = ("PASV", "EPSV")  # for a connection, at the next transfer; ABOR takes it back

PIECES = [
    "0", "1", "-1", "256", "65536", "4294967296", "9223372036854775807", "18446744073709551616", "0777", "1.5",
    "127.0.0.1", "0.0.0.0", "1.2.3", "::1", "[::1]", "[", "]", "[]", "[::1", "fe80::1%lo", "[fe80::1%lo]", "fe80::1%1",
    "%", "example", ".",
    "127,0,0,1,4,0", "127,0,0,1,255,255", "256,0,0,1,4,0", ",,,,,", "|1|127.0.0.1|2000|", "|2|::1|2000|",
    "|2|fe80::1%lo|2000|", "|||1|", "|", "ALL",
    "/", "a", "file", "../..", "//", "-la", "--", "-", "~", "~alice", "*", "*[!", "[a-z]*", "\\", '"file"', '"', "a;b",
    "\t", "é", "%s%n",
    "20270101000000", "19691231235959", "99999999999999", "20010229120000.123", "20270101000000 file",
    "file 20270101000000 20270101000000 20270101000000 UTC",
    "Modify=20270101000000;", "UNIX.mode=0644; file", "Modify=;", "type;size;", ";", "=",
    "A", "I", "L 8", "S", "F", "P", "C", "ON", "UTF8", "MLST", "HASH", "TLS", "EN-us", "SHA-256", "CRC32", "CHMOD",
    "HELP", "R", "anonymous",
]


def lines(logged_in):
    """Each verb with each piece, and some with several; USER comes last, as HOST comes before it."""
    chance = random.Random(8)
    for verb in sorted(set(VERBS) - ENDS_IT, key=lambda verb: verb == "USER"):
        for piece in ["", *PIECES, *(chance.choice((" ", ";", "")).join(chance.sample(PIECES, 2)) for _ in range(20))]:
            yield f"{verb} {piece}" if piece else verb
            if logged_in and verb in WAITS:
                yield "ABOR"


def answered(control, batch):
    """Sends them all, and takes a last reply for each."""
    control.raw(b"".join(line.encode() + b"\r\n" for line in batch))
    for line in batch:
        code = control.reply().code
        while code < 200:
            code = control.reply().code
        assert code != 421, line


@pytest.mark.parametrize("logged_in", [False, True], ids=["before", "after"])
def test_no_argument_leads_to_a_forbidden_system_call(make_server, logged_in):
    server = make_server()
    server.put("file", b"content")
    control = server.login() if logged_in else server.connect()
    wanted = list(lines(logged_in))
    for at in range(0, len(wanted), BATCH):
        answered(control, wanted[at:at + BATCH])
    control.close()
    assert "refused system call" not in server.log_text()
