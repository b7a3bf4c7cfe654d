# SPDX-License-Identifier: BSD-2-Clause
"""A client that closes its data connection only after the 226 gets the 226.

Servers that wait for the client's end of the connection before they reply (ProFTPD's TimeoutLinger) are
known for a pause after each transfer with such clients.
"""

import pytest


@pytest.mark.peers
@pytest.mark.parametrize("command", ["RETR file", "NLST"])
def test_the_reply_comes_though_the_data_connection_is_open(site, command):
    site.put("file", b"content")
    with site.login() as control:
        for _ in range(3):
            with control.connect_data() as data:
                control.command(command, 150)
                while data.recv(65536):
                    pass
                assert control.reply().code == 226
