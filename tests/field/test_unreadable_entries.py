# SPDX-License-Identifier: BSD-2-Clause
"""A directory whose entries can't be looked at is listed with their names, and can't be entered.

duplicati#6005 (a listing that is cut and still says 226) shows what a missing name does to a backup; a directory with
mode 0400 made the whole listing fail with 451 here, where vsftpd's NLST gives the names.
"""

import os

import pytest


def closed(site):
    """A directory that the user may read and not enter."""
    site.mkdir("closed")
    site.put("closed/file", b"123")
    site.mkdir("closed/dir")
    os.symlink("file", site.path("closed/link"))
    os.chmod(site.path("closed"), 0o400)


@pytest.mark.peers
def test_nlst_has_the_names(site):
    closed(site)
    with site.login() as control:
        names = {name.rpartition(b"/")[2] for name in control.fetch("NLST closed").split()}
        assert names == {b"file", b"dir", b"link"}


@pytest.mark.parametrize("line", ["LIST closed", "LIST -a closed", "LIST closed/*"])
def test_list_has_what_is_known(site, line):
    closed(site)
    with site.login() as control:
        rows = {row.split()[-1]: row for row in control.fetch(line).splitlines()}
        assert rows[b"file"].startswith(b"-") and rows[b"dir"].startswith(b"d") and rows[b"link"].startswith(b"l")


def test_mlsd_has_what_is_known(site):
    closed(site)
    with site.login() as control:
        facts = dict(reversed(row.split(b" ", 1)) for row in control.fetch("MLSD closed").splitlines())
        assert facts[b"file"] == b"type=file;" and facts[b"dir"] == b"type=dir;"
        assert facts[b"link"].startswith(b"type=OS.unix=s")
        assert b"modify=" in facts[b"."]


def test_stat_lists_it(site):
    closed(site)
    with site.login() as control:
        assert len(control.command("STAT closed", 213).lines) == 5


@pytest.mark.peers
def test_it_can_not_be_entered(site):
    closed(site)
    with site.login() as control:
        control.command("CWD closed", 550)
        assert control.command("PWD").text.startswith('257 "/"')
        control.command("CWD closed/dir", 550)


def test_a_directory_that_can_not_be_read_is_refused(site):
    site.mkdir("entered", 0o100)
    site.put("file")
    with site.login() as control:
        control.command("CWD entered", 250)
        with control.connect_data():
            control.command("LIST", 550)
        control.command("CDUP", 250)
        assert b" file\r\n" in control.fetch("LIST"), "beside it all is well"
