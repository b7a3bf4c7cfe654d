# SPDX-License-Identifier: BSD-2-Clause
"""A client that ends its half of the connection at once is greeted.

`nc -N host 21 </dev/null` is how many checks of a service read its banner. A server that drops
connections whose client has sent an end of file, to save itself the work, breaks these checks.
"""

import socket

import pytest


@pytest.mark.peers
def test_the_greeting_follows_a_half_close(site):
    with socket.create_connection((site.host, site.port), timeout=20) as one:
        one.shutdown(socket.SHUT_WR)
        with one.makefile("rb") as replies:
            assert replies.readline().startswith(b"220")
