# SPDX-License-Identifier: BSD-2-Clause
"""A client that sends its commands and then ends its half of the connection gets every reply.

Monitoring scripts do it with `printf 'USER x\r\nQUIT\r\n' | nc -N host 21`; servers that take the end of the
input for the end of the session leave them without the replies.
"""

import socket

import pytest


@pytest.mark.peers
def test_commands_before_a_half_close_are_answered(site):
    with socket.create_connection((site.host, site.port), timeout=20) as one:
        one.sendall(b"NOOP\r\nQUIT\r\n")
        one.shutdown(socket.SHUT_WR)
        with one.makefile("rb") as replies:
            text = replies.read()
    assert text.startswith(b"220"), text
    assert b"\r\n221" in text, text
