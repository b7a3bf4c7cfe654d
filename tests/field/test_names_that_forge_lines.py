# SPDX-License-Identifier: BSD-2-Clause
"""A name with a line feed, a carriage return or an escape can't forge a line of a listing.

pure-ftpd, vsftpd and ProFTPD send such names as they are: who can create a file makes other users' clients show,
fetch and delete names that do not exist (FileZilla's parser ends a line at CR as well as at LF).
"""

import os

import pytest

EVIL = {"LF": b"a\ntype=file;size=6; evil", "CR": b"a\rtype=file;size=6; evil",
        "CR LF": b"a\r\n-rw-r--r-- 1 0 0 6 Jan 1 2020 evil",
        "CR at the end": b"evil\r", "ESC": b"a\x1b[2Kevil", "BS": b"a\b\b\bevil", "DEL": b"a\x7fevil",
        "TAB": b"a\tevil"}


def make(site, name):
    path = site.path().encode() + b"/" + name
    with open(path, "wb"):
        pass
    site.put("zzz")


@pytest.mark.parametrize("what", EVIL)
@pytest.mark.parametrize("line", ["LIST", "LIST -a", "LIST *", "STAT ."])
def test_long_listings_show_question_marks(site, what, line):
    make(site, EVIL[what])
    with site.login() as control:
        if "STAT" in line:
            text = "\r\n".join(control.command(line).lines[1:-1]).encode() + b"\r\n"
        else:
            text = control.fetch(line)
        rows = text.split(b"\r\n")[:-1]
        shown = bytes(63 if byte < 32 or byte == 127 else byte for byte in EVIL[what])
        assert [row.endswith(name) for row, name in zip(rows[-2:], (b" " + shown, b" zzz"))] == [True, True], rows
        assert len(rows) == (4 if "-a" in line else 2)
        assert not any(byte < 32 or byte == 127 for row in rows for byte in row)


@pytest.mark.parametrize("what", EVIL)
@pytest.mark.parametrize("line", ["NLST", "NLST *", "MLSD", "NLST ../*"])
def test_names_that_can_not_travel_are_left_out(site, what, line):
    make(site, EVIL[what])
    travels = b"\r" not in EVIL[what] and b"\n" not in EVIL[what]
    with site.login() as control:
        text = control.fetch(line)
        assert text.replace(b"\r\n", b"").count(b"\r") == 0 and text.count(b"\n") == text.count(b"\r\n")
        names = [row.partition(b"; ")[2] if line == "MLSD" else row.rpartition(b"/")[2]
                 for row in text.split(b"\r\n")[:-1]]
        assert set(names) - {b".", b".."} == {b"zzz"} | ({EVIL[what]} if travels else set())


def test_a_link_target_can_not_forge_a_line(site):
    os.symlink(b"x\r\n-rw-r--r-- 1 0 0 6 Jan 1 2020 evil", site.path("link"))
    with site.login() as control:
        assert len(control.fetch("LIST").splitlines()) == 1
        assert len([row for row in control.fetch("MLSD").splitlines() if b"dir;" not in row]) == 1
