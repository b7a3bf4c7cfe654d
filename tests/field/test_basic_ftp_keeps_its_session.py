# SPDX-License-Identifier: BSD-2-Clause
"""A refused transfer over TLS ends its data connection without a reset, and not before its reply.

Node's basic-ftp begins the TLS handshake as soon as it is connected.  Any error of the data connection ends its whole
session: a reset, and also an end of file in the middle of the handshake that Node sees before the 550
(patrickjuchli/basic-ftp#242).
"""

import select
import socket

import pytest

from tls import TlsControl

CLIENT_HELLO = bytes.fromhex("16030100c8") + b"x" * 200


def with_tls(server):
    if not server.certificate:
        server.use_tls()
        server.write_config()


@pytest.mark.peers
@pytest.mark.site(prepare=with_tls)
@pytest.mark.parametrize("line, code", [("RETR missing", 550), ("MLSD missing", 550), ("STOR no/such/file", 550)])
def test_a_refused_transfer_keeps_the_session(site, line, code):
    control = TlsControl(site)
    control.login(site.user, site.password)
    control.protect()
    data = socket.create_connection((site.host, control.epsv()), timeout=20)
    data.sendall(CLIENT_HELLO)
    with select.epoll() as events, data, control.socket:
        events.register(control.socket.fileno(), select.EPOLLIN)
        events.register(data.fileno(), select.EPOLLIN | select.EPOLLRDHUP)
        control.send(line)
        first = events.poll(20, 1)  # what came first comes first
        assert [fd for fd, _ in first] == [control.socket.fileno()], "the data connection ended before the reply"
        assert control.reply().code in (code, 553)
        data.settimeout(10)
        try:
            assert data.recv(1) in (b"", b"\x15")  # the end, or an alert
        except TimeoutError:
            assert site.name != "wardftpd"  # some leave it open until the next PASV
        assert control.command("NOOP").code == 200
