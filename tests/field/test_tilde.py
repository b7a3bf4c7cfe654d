# SPDX-License-Identifier: BSD-2-Clause
"""`~` is the home for commands that read, unless a file has that name.

Scripts send `CWD ~` and Globus lists `~/`; but `~$report.docx` is what Word calls its lock files, and a server
that expands it loses them (https://github.com/drakkan/sftpgo/issues/2291 tells of files that only the server saw
otherwise).
"""

import pytest


@pytest.mark.parametrize("name", ["~", "~/", "~alice", "~alice/"])
def test_n7_home(site, name):
    site.put("file", b"123")
    site.mkdir("dir")
    with site.login() as control:
        control.command("CWD dir", 250)
        assert b" file\r\n" in control.fetch(f"LIST {name}")
        assert f"{name.rstrip('/')}/file\r\n".encode() in control.fetch(f"NLST {name}")
        assert b"type=file" in control.fetch(f"MLSD {name}")
        assert "file" in control.command(f"STAT {name}", 213).text
        control.command(f"MLST {name}", 250)
        control.command(f"CWD {name}", 250)
        assert control.command("PWD").text.startswith('257 "/"')


@pytest.mark.parametrize("name", ["~/file", "~alice/file"])
def test_files_of_the_home(site, name):
    site.put("file", b"123")
    site.mkdir("dir")
    with site.login() as control:
        control.command("CWD dir", 250)
        assert control.fetch(f"RETR {name}") == b"123"
        assert control.command(f"SIZE {name}").text == "213 3"
        control.command(f"MDTM {name}", 213)
        control.command(f"HASH {name}", 213)
        control.command(f"XCRC {name}", 250)
        assert control.fetch("NLST ~/f*") == b"~/file\r\n"


def test_the_literal_name_comes_first(site):
    site.mkdir("~")
    site.put("~/file", b"literal")
    site.put("file", b"home")
    with site.login() as control:
        assert control.fetch("RETR ~/file") == b"literal"
        control.command("CWD ~", 250)
        assert control.command("PWD").text.startswith('257 "/~"')


def test_another_users_home(site):
    site.put("file", b"123")
    with site.login() as control:
        control.command("CWD ~bob", 550)
        control.command("SIZE ~bob/file", 550)
        control.command("CWD ~alicex", 550)


@pytest.mark.peers
def test_what_changes_takes_it_literally(site):
    with site.login() as control:
        control.store("STOR ~$report.docx", b"lock")
        assert site.read("~$report.docx") == b"lock"
        control.command("RNFR ~$report.docx", 350)
        control.command("RNTO ~x", 250)
        control.command("DELE ~x", 250)


def test_nothing_is_made_or_removed_in_the_home(site):
    site.put("file", b"123")
    site.mkdir("dir")
    with site.login() as control:
        control.command("CWD dir", 250)
        control.command("DELE ~/file", 550)
        control.command("RNFR ~/file", 550)
        control.command("MKD ~/new", 550)
        control.command("SITE CHMOD 600 ~/file", 550)
        control.command("MKD ~", 257)
        control.command("RMD ~", 250)
