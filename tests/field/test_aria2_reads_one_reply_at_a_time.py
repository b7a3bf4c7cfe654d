# SPDX-License-Identifier: BSD-2-Clause
"""The 150 and the 226 of a small file come in segments of their own.

aria2 waits for a readable socket for each reply and reads what is there: where both replies came in one segment, it
waited for ever for the second in half of its runs with four connections to one file.  Firefox's kin had the like with
replies out of order (MoonchildProductions/UXP#1349).
"""

import socket

import pytest

from control import read_all, segments


@pytest.mark.peers
@pytest.mark.parametrize("size", [0, 1, 1000])
def test_two_replies_are_two_segments(site, size):
    site.put("small", b"x" * size)
    with site.login() as control:
        for _ in range(10):
            with socket.create_connection((site.host, control.epsv()), timeout=20) as data:
                before = segments(control.socket)[1]
                control.command("RETR small", 125, 150)
                assert len(read_all(data)) == size
                assert control.reply().code == 226
            assert segments(control.socket)[1] >= before + 2


def test_four_connections_to_one_file(site):
    """As aria2 asks: SIZE, EPSV, REST, RETR, each connection with a piece of its own; it stops reading at its end."""
    content = bytes(range(256)) * 4000
    site.put("file", content)
    piece = len(content) // 4
    for _ in range(5):
        got = b""
        for number in range(4):
            with site.login() as control:
                assert control.command("SIZE file", 213).text == f"213 {len(content)}"
                with socket.create_connection((site.host, control.epsv()), timeout=20) as data:
                    control.command(f"REST {number * piece}", 350)
                    control.command("RETR file", 150)
                    while len(got) < (number + 1) * piece:
                        got += data.recv((number + 1) * piece - len(got))
        assert got == content
