# SPDX-License-Identifier: BSD-2-Clause
"""Listings of every kind, and what becomes of lines that are not understood (the forms themselves: tests/unit)."""

import pytest
from wardftp import PROTOCOL

FORMS = {
    "IIS": (["02-29-24  12:30PM       <DIR>          dir", "02-29-24  12:30PM                 5 a file"], "a file"),
    "day first": (["drwxr-xr-x 2 u g 0 29 Feb 2024 dir", "-rw-r--r-- 1 u g 5 29 Feb 2024 a file"], "a file"),
    "German": (["insgesamt 8", "drwxr-xr-x 2 u g 0 Mai 29 2024 dir", "-rw-r--r-- 1 u g 5 Mai 29 2024 a file"],
               "a file"),
    "NetWare": (["d [R----F--] boss   512  Feb 29  2024    dir", "- [R----F--] boss   5  Feb 29  2024    a file"],
                "a file"),
    "EPLF": (["+i1,m824255902,/,\tdir", "+i2,m839956783,r,s5,\ta file"], "a file"),
    "VMS": (["Directory DKA0:[X]", "", "DIR.DIR;1   1   29-FEB-2024 12:30  [A]  (RWE,RWE,RE,E)",
             "A.TXT;3   1/3   29-FEB-2024 12:30  [A]  (RWE,RWE,RE,E)", "", "Total of 2 files, 2/6 blocks."], "A.TXT;3"),
    "IBM i": (["QSYS  77824 29/02/24 15:09:55 *DIR  dir/", "PEP  5 29/02/24 18:58:16 *STMF  a file"], "a file"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_mirror_from_a_server_of_that_form(client, odd, form):
    lines, name = FORMS[form]
    directory = "DIR" if form == "VMS" else "dir"
    server = odd({name: b"12345", directory: {}}, mlsd=False, features=("SIZE",))

    def list_(session, argument):
        session.send_lines(lines if session.cwd == "/" else [])

    server.on["LIST"] = list_
    client.write("here/gone", b"old")
    client.ok("-c", "mirror -e / here", server.url)
    assert client.read(f"here/{name}") == b"12345" and not client.exists("here/gone")


def test_lines_that_are_not_understood_are_shown(client, odd):
    server = odd({"a": b"1", "b": b"2"}, mlsd=False)
    plain = server.line
    server.line = lambda name, node, when: f"<< {name} >>" if name == "b" else plain(name, node, when)
    result = client.ok("ls", server.url)
    assert "<< b >>" in result.text and " a\n" in result.text
    assert any(event["event"] == "raw" and event["text"] == "<< b >>"
               for event in client.ok("--json", "ls", server.url).events)
    client.write("here/b", b"mine")
    assert client.run("-c", "mirror -e / here", server.url).code == PROTOCOL and client.read("here/b") == b"mine"


def test_a_raw_listing_and_quote_with_a_data_connection(client, odd):
    server = odd({"a": b"1"}, mlsd=False)
    line = server.line("a", b"1", 1_709_209_800)
    assert client.ok("-c", "ls --raw", server.url).text == line + "\n"
    assert client.ok("-c", "quote LIST -a; quote NOOP", server.url).text == line + "\n200 Fine\n"
